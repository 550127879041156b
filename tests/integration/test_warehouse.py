"""Warehouses: their lanes, their WMS, their days."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from tests.integration.reading import SOME_TIME, all_told, inbox, sent, status
from tests.support.builders_world import World

WAREHOUSE = {
    "warehouse_code": "W1", "version": 2, "name": "Zentrallager", "time_zone": "Europe/Berlin",
    "active": True, "attributes": {"gln": "4012345000009"},
}  # fmt: skip


def test_a_warehouse_is_read_by_the_wms_that_runs_it(bare: World) -> None:
    """Its own WMS is told; the other one has nothing to do with it."""
    warehouse = bare.erp.build("warehouse", WAREHOUSE)
    bare.drain()

    number = status(bare.erp, warehouse)["seq"]
    assert sent(bare.erp, warehouse) == ({
        "message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
        "finished_at": SOME_TIME, "doc_type": "warehouse", **WAREHOUSE,
    }, [])  # fmt: skip
    assert status(bare.erp, warehouse)["doc_no"] == "W1"
    assert inbox(bare.wms1) == [{
        "delivery_id": 1, "warehouse_code": "W1", "doc_type": "warehouse", "doc_no": "W1",
        "action": "upsert", "message_id": "E-1", "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert all_told(bare.wms1.read_view("warehouse", "delivery_id")) == [{
        "delivery_id": 1, "message_id": "E-1", "action": "upsert", "seq": number,
        "delivered_at": SOME_TIME, **WAREHOUSE,
    }]  # fmt: skip
    assert inbox(bare.wms2) == []


def test_each_warehouse_gets_a_lane_and_a_number_of_its_own(bare: World) -> None:
    """Delivery numbers of a lane begin with the lane's number."""
    bare.erp.warehouse("W1")
    bare.drain()
    for code in ("W3", "W2"):
        bare.erp.warehouse(code)
    bare.erp.warehouse("W1", version=2)
    bare.drain()
    rows = bare.admin.read("SELECT * FROM book.lane_counter ORDER BY warehouse_no")
    assert [(row["warehouse_no"], row["warehouse_code"]) for row in rows] == [
        (0, "*"), (1, "W1"), (2, "W2"), (3, "W3"),
    ]  # fmt: skip
    assert [row["ledger_seq"] for row in rows] == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("zone", "occurred_at", "day"),
    [
        ("Europe/Berlin", "2026-10-24T23:30:00+00:00", date(2026, 10, 25)),
        ("Europe/Berlin", "2026-10-25T22:59:59+00:00", date(2026, 10, 25)),
        ("Europe/Berlin", "2026-10-25T23:00:00+00:00", date(2026, 10, 26)),
        ("Pacific/Auckland", "2026-06-30T12:00:00+00:00", date(2026, 7, 1)),
        ("America/Los_Angeles", "2026-07-01T06:59:00+00:00", date(2026, 6, 30)),
        ("UTC", "2026-07-01T00:00:00+02:00", date(2026, 6, 30)),
    ],
)
def test_a_fact_belongs_to_the_day_of_its_warehouse(
    world: World, zone: str, occurred_at: str, day: date
) -> None:
    """The business date is told by the warehouse's time zone, the 25-hour day too."""
    world.erp.warehouse("W1", version=2, time_zone=zone)
    world.wms.goods_receipt(
        "R1", warehouse="W1", occurred_at=datetime.fromisoformat(occurred_at),
        lines=[{"item_code": "A", "qty": 1, "reason_code": "FOUND"}],
    )  # fmt: skip
    world.drain()
    [row] = world.ledger("W1")
    assert (row["business_date"], row["posting_date"]) == (day, day)


def test_documents_of_a_warehouse_wait_for_it(bare: World) -> None:
    """Lanes are what the documents name: a warehouse that is not known yet is waited for."""
    for document in (bare.erp.item("A"), bare.erp.party("SUP", "supplier")):
        assert bare.state(document) == "received"
    order = bare.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    place = bare.erp.location("W1", "DOCK")
    bare.drain()
    for document in (order, place):
        assert status(bare.erp, document)["waiting_for"] == "warehouse:W1"

    bare.erp.warehouse("W1")
    bare.drain()
    assert (bare.state(order), bare.state(place)) == ("applied", "applied")
