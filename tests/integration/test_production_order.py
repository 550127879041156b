"""Production orders: the product is line 0, the components are the lines."""

from __future__ import annotations

from datetime import UTC, datetime

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
    "warehouse_code": "W1", "order_no": "PR1", "revision": 1, "item_code": "P", "qty": 20,
    "uom": "PCE", "start_at": datetime(2026, 3, 9, 6, tzinfo=UTC),
    "due_at": datetime(2026, 3, 10, 22, tzinfo=UTC), "note": "line 2", "attributes": {"shift": 1},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "C", "qty": 6, "uom": "SET"},
    {"line_no": 2, "item_code": "L", "qty": 40, "uom": "PCE", "lot_no": "LOT-1"},
)  # fmt: skip


def test_a_production_order_travels_from_the_erp_to_the_wms(world: World) -> None:
    """The product is expected, the components are reserved."""
    order = world.erp.build("production_order", HEADER, LINES)
    world.drain()

    number = status(world.erp, order)["seq"]
    assert sent(world.erp, order) == (
        {"message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "production_order", **HEADER},
        [{"message_id": "E-1", "warehouse_code": "W1", "doc_type": "production_order", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.wms1, doc_type="production_order") == [{
        "delivery_id": W1 + 1, "warehouse_code": "W1", "doc_type": "production_order",
        "doc_no": "PR1", "revision": 1, "action": "upsert", "message_id": "E-1",
        "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert received(world.wms1, "production_order") == [(
        {"delivery_id": W1 + 1, "message_id": "E-1", "seq": number, "action": "upsert",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", **line} for line in LINES],
    )]  # fmt: skip
    common = {"warehouse_code": "W1", "order_type": "production_order", "order_no": "PR1",
              "revision": 1, "state": "released", "uom": "PCE", "done_qty": 0,
              "cancelled_qty": 0, "short_qty": 0, "over_qty": 0,
              "state_of_line": "open"}  # fmt: skip
    assert order_lines(world, "production_order", "PR1") == [
        {**common, "line_no": 0, "item_code": "P", "ordered_qty": 20, "open_qty": 20},
        {**common, "line_no": 1, "item_code": "C", "ordered_qty": 2, "open_qty": 2},
        {**common, "line_no": 2, "item_code": "L", "ordered_qty": 40, "open_qty": 40},
    ]
    assert promised(world.erp, "P") == (0, 0, 0, 20, 0)
    assert promised(world.erp, "C") == (0, 0, 2, 0, -2)
    assert promised(world.erp, "L") == (0, 0, 40, 0, -40)


def test_the_product_waits_for_its_item_and_its_unit(world: World) -> None:
    """The header's references are waited for like a line's."""
    order = world.erp.production_order(
        "PR1", warehouse="W1", product=("NEW", 2, "BOX"), lines=[("C", 1)]
    )
    world.drain()
    assert status(world.erp, order)["waiting_for"] == "item:NEW"
    world.erp.item("NEW")
    world.drain()
    assert status(world.erp, order)["waiting_for"] == "item_uom:NEW BOX"
    world.erp.item_uom("NEW", "BOX", 6)
    world.drain()
    assert world.state(order) == "applied"
    assert order_lines(world, "production_order", "PR1")[0]["ordered_qty"] == 12


def test_changes_of_the_product_and_of_components_before_the_order_is_read(
    world: World,
) -> None:
    """A dropped component is cancelled, the product follows the header."""
    world.erp.production_order("PR1", warehouse="W1", product=("P", 20), lines=[("C", 2), ("L", 4)])
    world.drain()
    world.erp.production_order(
        "PR1", warehouse="W1", product=("P", 15), lines=[("C", 3)], revision=2
    )
    world.drain()
    assert state_of_order(world, "production_order", "PR1") == ("released", {
        0: ("open", 15, 0, 0, 0, 0, 15), 1: ("open", 3, 0, 0, 0, 0, 3),
        2: ("cancelled", 4, 0, 4, 0, 0, 0),
    })  # fmt: skip
    world.erp.cancel("production_order", "PR1", warehouse="W1")
    world.drain()
    assert state_of_order(world, "production_order", "PR1") == ("cancelled", {
        0: ("cancelled", 15, 0, 15, 0, 0, 0), 1: ("cancelled", 3, 0, 3, 0, 0, 0),
        2: ("cancelled", 4, 0, 4, 0, 0, 0),
    })  # fmt: skip


def test_a_close_ends_product_and_components_short(world: World) -> None:
    """The WMS has read the order: it is told."""
    world.erp.production_order("PR1", warehouse="W1", product=("P", 20), lines=[("C", 2)])
    world.drain()
    world.wms1.take(1, "production_order")
    world.drain()
    close = world.erp.close("production_order", "PR1", warehouse="W1")
    world.drain()
    assert world.state(close) == "applied"
    assert state_of_order(world, "production_order", "PR1") == ("closed", {
        0: ("short", 20, 0, 0, 20, 0, 0), 1: ("short", 2, 0, 0, 2, 0, 0),
    })  # fmt: skip
    assert [row["action"] for row in inbox(world.wms1, doc_type="production_order")] == [
        "upsert", "close",
    ]  # fmt: skip
