"""Customer returns: announced by the ERP, received into the status returns."""

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
    "warehouse_code": "W1", "order_no": "CR1", "revision": 1, "customer_code": "CUS",
    "original_order_no": "SO77", "note": "opened box", "attributes": {"rma": "9"},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "A", "qty": 2, "uom": "PCE", "reason_code": "DAMAGED"},
    {"line_no": 2, "item_code": "L", "qty": 1, "uom": "BOX", "lot_no": "K1",
     "reason_code": "WRONG_ITEM"},
)  # fmt: skip
ORDER = ("customer_return", "CR1")


def test_a_customer_return_travels_from_the_erp_to_the_wms(world: World) -> None:
    """The reasons travel with the lines; the units are expected."""
    order = world.erp.build("customer_return", HEADER, LINES)
    world.drain()

    number = status(world.erp, order)["seq"]
    assert sent(world.erp, order) == (
        {"message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "customer_return", **HEADER},
        [{"message_id": "E-1", "warehouse_code": "W1", "doc_type": "customer_return", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.wms1, doc_type="customer_return") == [{
        "delivery_id": W1 + 1, "warehouse_code": "W1", "doc_type": "customer_return",
        "doc_no": "CR1", "revision": 1, "action": "upsert", "message_id": "E-1",
        "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert received(world.wms1, "customer_return") == [(
        {"delivery_id": W1 + 1, "message_id": "E-1", "seq": number, "action": "upsert",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", **line} for line in LINES],
    )]  # fmt: skip
    common = {"warehouse_code": "W1", "order_type": "customer_return", "order_no": "CR1",
              "revision": 1, "state": "released", "uom": "PCE", "done_qty": 0,
              "cancelled_qty": 0, "short_qty": 0, "over_qty": 0,
              "state_of_line": "open"}  # fmt: skip
    assert order_lines(world, *ORDER) == [
        {**common, "line_no": 1, "item_code": "A", "ordered_qty": 2, "open_qty": 2},
        {**common, "line_no": 2, "item_code": "L", "ordered_qty": 6, "open_qty": 6},
    ]
    assert promised(world.erp, "A") == (0, 0, 0, 2, 0)


def test_goods_that_come_back_are_booked_as_returns(world: World) -> None:
    """Where the receipt names no status; they are not promised to anybody."""
    world.erp.build("customer_return", HEADER, LINES)
    world.drain()
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1", order=ORDER,
        lines=[{"item_code": "A", "qty": 2},
               {"item_code": "L", "qty": 6, "lot_no": "K1", "stock_status": "blocked"}],
    )  # fmt: skip
    world.drain()

    assert world.state(receipt) == "applied"
    assert moved(world) == [
        ("receipt_return", "A", "", "", "returns", 2),
        ("receipt_return", "L", "K1", "", "blocked", 6),
    ]
    assert world.stock() == {
        StockKey("W1", "A", status="returns"): 2, StockKey("W1", "L", "K1", status="blocked"): 6,
    }  # fmt: skip
    assert state_of_order(world, *ORDER)[0] == "completed"
    assert promised(world.erp, "A") == (0, 2, 0, 0, 0)
    [(_, lines)] = received(world.erp, "goods_receipt")
    assert [line["stock_status"] for line in lines] == ["returns", "blocked"]


def test_a_return_that_is_final_and_short_is_closed(world: World) -> None:
    """What the customer keeps is given up."""
    world.erp.build("customer_return", HEADER, LINES)
    world.drain()
    world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, final=True, lines=[("A", 1)])
    world.drain()
    assert state_of_order(world, *ORDER) == ("closed", {
        1: ("short", 2, 1, 0, 1, 0, 0), 2: ("short", 6, 0, 0, 6, 0, 0),
    })  # fmt: skip
    assert promised(world.erp, "L") == ()
