"""Supplier returns: stock that goes back, reserved until it has left."""

from __future__ import annotations

from tests.integration.reading import (
    SOME_TIME,
    W1,
    inbox,
    moved,
    order_lines,
    promised,
    received,
    sent,
    state_of_order,
    status,
)
from tests.support.builders_world import StockKey, World

HEADER = {
    "warehouse_code": "W1", "order_no": "SR1", "revision": 1, "supplier_code": "SUP",
    "original_order_no": "PO77", "note": "pick up Friday", "attributes": {"claim": "C-1"},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "A", "qty": 1, "uom": "BOX", "reason_code": "DAMAGED"},
    {"line_no": 2, "item_code": "L", "qty": 3, "uom": "PCE", "lot_no": "K1",
     "reason_code": "EXPIRED"},
)  # fmt: skip
ORDER = ("supplier_return", "SR1")


def _release(world: World) -> None:
    world.wms.initial_load(
        "I1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 20, "stock_status": "blocked"},
               {"item_code": "L", "qty": 10, "lot_no": "K1"}],
    )  # fmt: skip
    world.erp.build("supplier_return", HEADER, LINES)
    world.drain()


def test_a_supplier_return_travels_from_the_erp_to_the_wms(world: World) -> None:
    """What is to go back is reserved."""
    order = world.erp.build("supplier_return", HEADER, LINES)
    world.drain()

    number = status(world.erp, order)["seq"]
    assert sent(world.erp, order) == (
        {"message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "supplier_return", **HEADER},
        [{"message_id": "E-1", "warehouse_code": "W1", "doc_type": "supplier_return", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.wms1, doc_type="supplier_return") == [{
        "delivery_id": W1 + 1, "warehouse_code": "W1", "doc_type": "supplier_return",
        "doc_no": "SR1", "revision": 1, "action": "upsert", "message_id": "E-1",
        "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert received(world.wms1, "supplier_return") == [(
        {"delivery_id": W1 + 1, "message_id": "E-1", "seq": number, "action": "upsert",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", **line} for line in LINES],
    )]  # fmt: skip
    common = {"warehouse_code": "W1", "order_type": "supplier_return", "order_no": "SR1",
              "revision": 1, "state": "released", "uom": "PCE", "done_qty": 0,
              "cancelled_qty": 0, "short_qty": 0, "over_qty": 0,
              "state_of_line": "open"}  # fmt: skip
    assert order_lines(world, *ORDER) == [
        {**common, "line_no": 1, "item_code": "A", "ordered_qty": 12, "open_qty": 12},
        {**common, "line_no": 2, "item_code": "L", "ordered_qty": 3, "open_qty": 3},
    ]
    assert promised(world.erp, "A") == (0, 0, 12, 0, -12)


def test_goods_that_go_back_leave_from_the_status_they_are_in(world: World) -> None:
    """Blocked stock may be shipped to its supplier."""
    _release(world)
    shipment = world.wms.shipment(
        "S1", warehouse="W1", order=ORDER, tracking_no="1Z", carrier_code="CAR",
        lines=[{"item_code": "A", "qty": 12, "stock_status": "blocked"},
               {"item_code": "L", "qty": 3, "lot_no": "K1"}],
    )  # fmt: skip
    world.drain()

    assert world.state(shipment) == "applied"
    assert moved(world)[2:] == [
        ("issue_return", "A", "", "", "blocked", -12),
        ("issue_return", "L", "K1", "", "unrestricted", -3),
    ]
    assert world.stock() == {
        StockKey("W1", "A", status="blocked"): 8, StockKey("W1", "L", "K1"): 7,
    }  # fmt: skip
    assert state_of_order(world, *ORDER) == ("completed", {
        1: ("completed", 12, 12, 0, 0, 0, 0), 2: ("completed", 3, 3, 0, 0, 0, 0),
    })  # fmt: skip
    assert promised(world.erp, "A") == (0, 8, 0, 0, 0)


def test_a_supplier_return_that_is_cancelled_in_time_reserves_nothing(world: World) -> None:
    """It was not read yet."""
    _release(world)
    world.erp.cancel("supplier_return", "SR1", warehouse="W1")
    world.drain()
    assert state_of_order(world, *ORDER)[0] == "cancelled"
    assert promised(world.erp, "L") == (10, 0, 0, 0, 10)
