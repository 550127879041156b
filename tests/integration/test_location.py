"""Locations: after their warehouse, for the WMS that runs it."""

from __future__ import annotations

from tests.integration.reading import SOME_TIME, all_told, inbox, sent, status
from tests.support.builders_world import World

LOCATION = {
    "warehouse_code": "W1", "location_code": "HR-01-02", "version": 2, "zone": "HR",
    "kind": "pallet", "active": True, "attributes": {"height_mm": 1800},
}  # fmt: skip


def test_a_location_is_read_by_the_wms_that_runs_its_warehouse(world: World) -> None:
    """The other WMS is not told."""
    location = world.erp.build("location", LOCATION)
    world.drain()

    number = status(world.erp, location)["seq"]
    assert sent(world.erp, location) == ({
        "message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
        "finished_at": SOME_TIME, "doc_type": "location", **LOCATION,
    }, [])  # fmt: skip
    assert status(world.erp, location)["doc_no"] == "W1 HR-01-02"
    [row] = inbox(world.wms1, message_id="E-1")
    assert row == {
        "delivery_id": row["delivery_id"], "warehouse_code": "W1", "doc_type": "location",
        "doc_no": "W1 HR-01-02", "action": "upsert", "message_id": "E-1",
        "delivered_at": SOME_TIME, "state": "pending",
    }  # fmt: skip
    assert all_told(world.wms1.read_view("location", "delivery_id", message_id="E-1")) == [{
        "delivery_id": row["delivery_id"], "message_id": "E-1", "action": "upsert",
        "seq": number, "delivered_at": SOME_TIME, **LOCATION,
    }]  # fmt: skip
    assert inbox(world.wms2, message_id="E-1") == []


def test_the_same_code_in_two_warehouses_is_two_locations(world: World) -> None:
    """Versions of one do not touch the other."""
    world.erp.location("W1", "BIN9", version=5)
    world.erp.location("W3", "BIN9", version=1)
    world.drain()
    older = world.erp.location("W1", "BIN9", version=4)
    newer = world.erp.location("W3", "BIN9", version=2)
    world.drain()
    assert (world.state(older), world.state(newer)) == ("superseded", "applied")


def test_a_fact_waits_for_its_location_in_its_own_warehouse(world: World) -> None:
    """A location of the same code elsewhere does not help."""
    world.erp.location("W2", "BIN9")
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 1, "location_code": "BIN9", "reason_code": "FOUND"}],
    )  # fmt: skip
    world.drain()
    assert status(world.wms, receipt)["waiting_for"] == "location:W1 BIN9"

    world.erp.location("W1", "BIN9")
    world.drain()
    assert world.state(receipt) == "applied"


def test_load_of_warehouses_and_locations_in_one_transaction_waits_for_nothing(
    bare: World,
) -> None:
    """Warehouses are applied before their locations."""
    with bare.erp.transaction():
        places = [bare.erp.location(code, "DOCK") for code in ("W1", "W2", "W3")]
        for code in ("W1", "W2", "W3"):
            bare.erp.warehouse(code)
    bare.drain()
    assert [bare.events(place) for place in places] == [[("received", "applied")]] * 3
