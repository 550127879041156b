"""Shipments: actual quantities leave, with and without an order."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.integration.reading import (
    SOME_TIME,
    W1,
    inbox,
    ledger,
    moved,
    order_lines,
    promised,
    received,
    sent,
    state_of_order,
    status,
    stock_rows,
    told,
)
from tests.support.builders_world import StockKey, World

OCCURRED = datetime(2026, 3, 4, 16, tzinfo=UTC)
ORDER = ("sales_order", "SO1")
HEADER = {
    "warehouse_code": "W1", "shipment_no": "S1", "order_type": "sales_order", "order_no": "SO1",
    "carrier_code": "CAR", "tracking_no": "1Z999", "is_final": False, "occurred_at": OCCURRED,
    "source_seq": 31, "note": "2 parcels", "attributes": {"parcels": 2},
}  # fmt: skip
LINES = (
    {"line_no": 1, "order_line_no": 1, "item_code": "A", "qty": 1, "uom": "BOX",
     "location_code": "BIN1"},
    {"line_no": 2, "order_line_no": 2, "item_code": "S", "qty": 1, "uom": "PCE",
     "serial_no": "SN1", "reason_code": "GIFT"},
)  # fmt: skip


def _day(world: World) -> None:
    """Have stock and an order over 20 A and 1 S."""
    world.wms.initial_load(
        "I1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 100, "location_code": "BIN1"},
               {"item_code": "S", "qty": 1, "serial_no": "SN1"}],
    )  # fmt: skip
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 20), ("S", 1)])
    world.drain()


def test_a_shipment_travels_from_the_wms_to_the_erp(world: World) -> None:
    """Ledger rows, balances, progress, reservations, the ERP's copy."""
    _day(world)
    shipment = world.wms.build("shipment", HEADER, LINES)
    world.drain()

    number = status(world.wms, shipment)["seq"]
    assert sent(world.wms, shipment) == (
        {"message_id": "F-2", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "shipment", **HEADER},
        [{"message_id": "F-2", "warehouse_code": "W1", "doc_type": "shipment", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.erp, doc_type="shipment") == [{
        "delivery_id": W1 + 3, "warehouse_code": "W1", "doc_type": "shipment", "doc_no": "S1",
        "action": "post", "message_id": "F-2", "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert received(world.erp, "shipment") == [(
        {"delivery_id": W1 + 3, "message_id": "F-2", "seq": number, "action": "post",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", "stock_status": "unrestricted", **line} for line in LINES],
    )]  # fmt: skip
    common = {
        "warehouse_code": "W1", "message_seq": number, "entry_no": 6,
        "movement_type": "issue_sales", "stock_status": "unrestricted", "denominator": 1,
        "order_type": "sales_order", "order_no": "SO1", "source_seq": 31, "occurred_at": OCCURRED,
        "business_date": date(2026, 3, 4), "received_at": SOME_TIME, "applied_at": SOME_TIME,
        "posting_date": date(2026, 3, 4),
    }  # fmt: skip
    assert ledger(world)[2:] == [
        {**common, "ledger_seq": 3, "line_no": 1, "item_code": "A", "location_code": "BIN1",
         "qty": -12, "sent_qty": 1, "sent_uom": "BOX", "numerator": 12, "order_line_no": 1,
         "order_qty": 12},
        {**common, "ledger_seq": 4, "line_no": 2, "item_code": "S", "serial_no": "SN1",
         "qty": -1, "sent_qty": 1, "sent_uom": "PCE", "numerator": 1, "order_line_no": 2,
         "order_qty": 1, "reason_code": "GIFT"},
    ]  # fmt: skip
    stock = {"warehouse_code": "W1", "uom": "PCE", "row_version": 2, "changed_at": SOME_TIME,
             "lot_no": "", "stock_status": "unrestricted"}  # fmt: skip
    assert stock_rows(world.erp) == [
        {**stock, "item_code": "A", "location_code": "BIN1", "qty": 88},
        {**stock, "item_code": "S", "location_code": "", "qty": 0},
    ]
    order = {"warehouse_code": "W1", "order_type": "sales_order", "order_no": "SO1",
             "revision": 1, "state": "in_work", "uom": "PCE", "cancelled_qty": 0, "short_qty": 0,
             "over_qty": 0, "last_fact_at": SOME_TIME}  # fmt: skip
    assert order_lines(world, *ORDER) == [
        {**order, "line_no": 1, "item_code": "A", "ordered_qty": 20, "done_qty": 12, "open_qty": 8,
         "state_of_line": "open"},
        {**order, "line_no": 2, "item_code": "S", "ordered_qty": 1, "done_qty": 1, "open_qty": 0,
         "state_of_line": "completed"},
    ]  # fmt: skip
    assert promised(world.erp, "A") == (88, 0, 8, 0, 80)


def test_partial_shipments_add_up_and_the_final_one_closes_short(world: World) -> None:
    """The rest is not reserved any more."""
    _day(world)
    for number, qty, final in (("S1", 5, None), ("S2", 5, None), ("S3", 4, True)):
        world.wms.shipment(
            number, warehouse="W1", order=ORDER, final=final,
            lines=[{"item_code": "A", "qty": qty, "location_code": "BIN1"}],
        )  # fmt: skip
    world.drain()
    assert state_of_order(world, *ORDER) == ("closed", {
        1: ("short", 20, 14, 0, 6, 0, 0), 2: ("short", 1, 0, 0, 1, 0, 0),
    })  # fmt: skip
    assert promised(world.erp, "A") == (86, 0, 0, 0, 86)


def test_a_shipment_above_the_order_is_posted_with_a_task(world: World) -> None:
    """It has happened: the goods are gone, a person is asked."""
    _day(world)
    shipment = world.wms.shipment(
        "S1", warehouse="W1", order=ORDER,
        lines=[{"item_code": "A", "qty": 23, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    assert world.state(shipment) == "applied"
    assert state_of_order(world, *ORDER)[1][1] == ("completed", 20, 23, 0, 0, 3, 0)
    [task] = world.tasks()
    assert (task["code"], task["item_code"], task["qty"]) == ("QTY-005", "A", 3)
    assert task["text"] == "more than the order line allows: 23 above 20"


def test_a_shipment_without_an_order_is_posted_with_its_reasons(world: World) -> None:
    """No order, no task."""
    _day(world)
    shipment = world.wms.shipment(
        "S1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 2, "location_code": "BIN1", "reason_code": "SAMPLE"}],
    )  # fmt: skip
    world.drain()
    assert world.state(shipment) == "applied"
    row = told(world.ledger()[-1])
    assert (row["movement_type"], row["qty"], row["reason_code"]) == ("issue_sales", -2, "SAMPLE")
    assert "order_no" not in row
    assert world.tasks() == []
    assert state_of_order(world, *ORDER)[0] == "released"


def test_an_item_that_is_not_in_the_order_is_posted_with_a_task(world: World) -> None:
    """It counts for no line; an order_line_no that does not exist is the same."""
    _day(world)
    world.wms.shipment(
        "S1", warehouse="W1", order=ORDER,
        lines=[{"item_code": "A", "qty": 1, "location_code": "BIN1", "order_line_no": 9},
               {"item_code": "A", "qty": 2, "location_code": "BIN1", "order_line_no": 2}],
    )  # fmt: skip
    world.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "B", "qty": 5, "reason_code": "FOUND"}]
    )
    world.drain()
    world.wms.shipment("S2", warehouse="W1", order=ORDER, lines=[("B", 5)])
    world.drain()
    assert [
        (task["code"], task["line_no"], task["text"], task["qty"]) for task in world.tasks()
    ] == [
        ("QTY-007", 1, "line 9 is not in the order", 1),
        ("QTY-007", 2, "line 2 is not in the order", 2),
        ("QTY-007", 1, "item B is not in the order", 5),
    ]
    assert state_of_order(world, *ORDER)[1] == {
        1: ("open", 20, 0, 0, 0, 0, 20), 2: ("open", 1, 0, 0, 0, 0, 1),
    }  # fmt: skip
    assert world.stock() == {StockKey("W1", "A", location="BIN1"): 97, StockKey("W1", "S"): 1}


def test_a_reversed_shipment_brings_the_goods_back_to_their_place(world: World) -> None:
    """To the location and the status that they left."""
    _day(world)
    world.wms.build("shipment", HEADER, LINES)
    world.drain()
    world.wms.reverse("shipment", "S1-R", of="S1", warehouse="W1")
    world.drain()
    assert world.stock() == {StockKey("W1", "A", location="BIN1"): 100, StockKey("W1", "S"): 1}
    assert moved(world)[-2:] == [
        ("issue_sales", "A", "", "BIN1", "unrestricted", 12),
        ("issue_sales", "S", "", "", "unrestricted", 1),
    ]
    assert state_of_order(world, *ORDER) == ("in_work", {
        1: ("open", 20, 0, 0, 0, 0, 20), 2: ("open", 1, 0, 0, 0, 0, 1),
    })  # fmt: skip


def test_a_shipment_for_a_cancelled_order_is_posted_with_a_task(world: World) -> None:
    """The truck left before anybody could stop it: the line is done after cancel."""
    _day(world)
    world.erp.cancel("sales_order", "SO1", warehouse="W1")
    world.drain()
    shipment = world.wms.shipment(
        "S1", warehouse="W1", order=ORDER,
        lines=[{"item_code": "A", "qty": 20, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    assert world.state(shipment) == "applied"
    assert state_of_order(world, *ORDER)[1][1] == ("done_after_cancel", 20, 20, 20, 0, 20, 0)
    assert [(task["code"], task["text"]) for task in world.tasks()] == [
        ("STA-005", "a fact came for a line that is cancelled")
    ]
