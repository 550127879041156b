"""Sales orders: what the ERP sends, what the WMS reads, what is reserved."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from tests.integration.reading import (
    SOME_TIME,
    W1,
    inbox,
    order_lines,
    promised,
    received,
    sent,
    state_of_order,
    status,
)
from tests.support.builders_world import World

HEADER = {
    "warehouse_code": "W1", "order_no": "SO1", "revision": 1, "customer_code": "CUS",
    "requested_ship_at": datetime(2026, 3, 9, 15, tzinfo=UTC), "carrier_code": "CAR",
    "ship_to": "c/o Werft\nHafenstraße 7\n4040 Linz", "priority": 2, "note": "前台收货",
    "attributes": {"web": 1},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "A", "qty": 3, "uom": "PAL"},
    {"line_no": 2, "item_code": "B", "qty": Decimal("0.75"), "over_tolerance_pct": 5},
)  # fmt: skip


def test_a_sales_order_travels_from_the_erp_to_the_wms(world: World) -> None:
    """Its open quantities are reserved, in base units."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 2000)])
    order = world.erp.build("sales_order", HEADER, LINES)
    world.drain()

    number = status(world.erp, order)["seq"]
    assert sent(world.erp, order) == (
        {"message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "sales_order", **HEADER},
        [{"message_id": "E-1", "warehouse_code": "W1", "doc_type": "sales_order", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.wms1, doc_type="sales_order") == [{
        "delivery_id": W1 + 1, "warehouse_code": "W1", "doc_type": "sales_order",
        "doc_no": "SO1", "revision": 1, "action": "upsert", "message_id": "E-1",
        "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert received(world.wms1, "sales_order") == [(
        {"delivery_id": W1 + 1, "message_id": "E-1", "seq": number, "action": "upsert",
         "delivered_at": SOME_TIME, **HEADER},
        [
            {"warehouse_code": "W1", "over_tolerance_pct": 0, "under_tolerance_pct": 0, **LINES[0]},
            {"warehouse_code": "W1", "uom": "KGM", "under_tolerance_pct": 0, **LINES[1]},
        ],
    )]  # fmt: skip
    common = {"warehouse_code": "W1", "order_type": "sales_order", "order_no": "SO1",
              "revision": 1, "state": "released", "done_qty": 0, "cancelled_qty": 0,
              "short_qty": 0, "over_qty": 0, "state_of_line": "open"}  # fmt: skip
    assert order_lines(world, "sales_order", "SO1") == [
        {**common, "line_no": 1, "item_code": "A", "uom": "PCE", "ordered_qty": 1440,
         "open_qty": 1440},
        {**common, "line_no": 2, "item_code": "B", "uom": "KGM", "ordered_qty": Decimal("0.75"),
         "open_qty": Decimal("0.75")},
    ]  # fmt: skip
    for reader in (world.erp, world.wms1):
        assert promised(reader, "A") == (2000, 0, 1440, 0, 560)


def test_a_null_revision_is_the_first(world: World) -> None:
    """A system without revisions sends its orders once."""
    order = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)], revision=None)
    world.drain()
    assert "revision" not in sent(world.erp, order)[0]
    [(header, _)] = received(world.wms1, "sales_order")
    assert header["revision"] == 1
    assert [row["revision"] for row in world.order("sales_order", "SO1")] == [1]


def test_an_order_may_promise_what_is_not_there(world: World) -> None:
    """Available to promise may be negative; nobody is stopped by it."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10), ("A", 5)])
    world.drain()
    assert promised(world.erp, "A") == (0, 0, 15, 0, -15)


def test_a_sales_order_of_another_warehouse_reserves_there(world: World) -> None:
    """The WMS of the one sees nothing of the other."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.erp.sales_order("SO1", warehouse="W3", lines=[("A", 7)])
    world.drain()
    assert promised(world.erp, "A") == (0, 0, 10, 0, -10)
    assert promised(world.erp, "A", "W3") == (0, 0, 7, 0, -7)
    assert promised(world.wms1, "A", "W3") == ()
    assert [
        row["warehouse_code"] for row in world.wms2.read("SELECT * FROM wms_v1.order_status")
    ] == ["W3"]


def test_revision_cancel_and_close_of_an_unread_order(world: World) -> None:
    """Each replaces what was there before; what is reserved follows."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 25)], revision=2)
    world.drain()
    assert promised(world.erp, "A") == (0, 0, 25, 0, -25)
    world.erp.cancel("sales_order", "SO1", warehouse="W1", revision=2)
    world.drain()
    assert promised(world.erp, "A") == ()
    assert state_of_order(world, "sales_order", "SO1")[0] == "cancelled"
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 3)], revision=4)
    world.drain()
    world.erp.close("sales_order", "SO1", warehouse="W1", revision=4)
    world.drain()
    assert state_of_order(world, "sales_order", "SO1") == (
        "closed", {1: ("short", 3, 0, 0, 3, 0, 0)},
    )  # fmt: skip
    assert [(row["revision"], row["action"], row["state"]) for row in inbox(
        world.wms1, doc_type="sales_order")] == [
        (1, "upsert", "withdrawn"), (2, "upsert", "withdrawn"), (4, "upsert", "withdrawn"),
    ]  # fmt: skip
