"""Goods receipts: with and without an order, into the ledger, the stock and the ERP's inbox."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.integration.reading import (
    SOME_TIME,
    W1,
    asked,
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

OCCURRED = datetime(2026, 3, 4, 8, 15, tzinfo=UTC)
ORDER = ("purchase_order", "PO1")
HEADER = {
    "warehouse_code": "W1", "receipt_no": "R1", "order_type": "purchase_order", "order_no": "PO1",
    "delivery_note_no": "LS-4711", "carrier_code": "CAR", "is_final": False,
    "occurred_at": OCCURRED, "source_seq": 17, "note": "one carton wet", "line_count": 2,
    "attributes": {"gate": 4},
}  # fmt: skip
LINES = (
    {"line_no": 1, "order_line_no": 1, "item_code": "A", "qty": 2, "uom": "BOX",
     "location_code": "DOCK", "stock_status": "quality", "reason_code": "WET"},
    {"line_no": 2, "order_line_no": 2, "item_code": "L", "qty": Decimal("5.0"), "uom": "PCE",
     "lot_no": "K1", "expires_on": date(2027, 3, 1)},
)  # fmt: skip


def _order(world: World, *lines: object, **more: object) -> None:
    told_lines = lines or (("A", 30), ("L", 5))
    world.erp.purchase_order("PO1", warehouse="W1", lines=told_lines, **more)
    world.drain()


def test_a_receipt_of_an_order_travels_from_the_wms_to_the_erp(world: World) -> None:
    """Ledger rows, balances, progress, the ERP's copy: all from one message."""
    _order(world)
    receipt = world.wms.build("goods_receipt", HEADER, LINES)
    world.drain()

    number = status(world.wms, receipt)["seq"]
    assert sent(world.wms, receipt) == (
        {"message_id": "F-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "goods_receipt", **HEADER},
        [{"message_id": "F-1", "warehouse_code": "W1", "doc_type": "goods_receipt", **line}
         for line in LINES],
    )  # fmt: skip
    assert status(world.wms, receipt) == {
        "seq": number, "message_id": "F-1", "doc_type": "goods_receipt", "doc_no": "R1",
        "state": "applied", "received_at": SOME_TIME, "finished_at": SOME_TIME, "attempts": 0,
    }  # fmt: skip
    assert inbox(world.erp) == [{
        "delivery_id": W1 + 2, "warehouse_code": "W1", "doc_type": "goods_receipt",
        "doc_no": "R1", "action": "post", "message_id": "F-1", "delivered_at": SOME_TIME,
        "state": "pending",
    }]  # fmt: skip
    header = {name: value for name, value in HEADER.items() if name != "line_count"}
    assert received(world.erp, "goods_receipt") == [(
        {"delivery_id": W1 + 2, "message_id": "F-1", "seq": number, "action": "post",
         "delivered_at": SOME_TIME, **header},
        [{"warehouse_code": "W1", **LINES[0]},
         {"warehouse_code": "W1", "stock_status": "unrestricted", **LINES[1]}],
    )]  # fmt: skip
    common = {
        "warehouse_code": "W1", "message_seq": number, "entry_no": 4,
        "movement_type": "receipt_purchase", "numerator": 1, "denominator": 1,
        "order_type": "purchase_order", "order_no": "PO1", "source_seq": 17,
        "occurred_at": OCCURRED, "business_date": date(2026, 3, 4), "received_at": SOME_TIME,
        "applied_at": SOME_TIME, "posting_date": date(2026, 3, 4),
    }  # fmt: skip
    assert ledger(world) == [
        {**common, "ledger_seq": 1, "line_no": 1, "item_code": "A", "location_code": "DOCK",
         "stock_status": "quality", "qty": 24, "sent_qty": 2, "sent_uom": "BOX",
         "numerator": 12, "order_line_no": 1, "order_qty": 24, "reason_code": "WET"},
        {**common, "ledger_seq": 2, "line_no": 2, "item_code": "L", "lot_no": "K1",
         "stock_status": "unrestricted", "qty": 5, "sent_qty": 5, "sent_uom": "PCE",
         "order_line_no": 2, "order_qty": 5},
    ]  # fmt: skip
    stock = {"warehouse_code": "W1", "uom": "PCE", "row_version": 1, "changed_at": SOME_TIME}
    for reader in (world.erp, world.wms1):
        assert stock_rows(reader) == [
            {**stock, "item_code": "A", "lot_no": "", "location_code": "DOCK",
             "stock_status": "quality", "qty": 24},
            {**stock, "item_code": "L", "lot_no": "K1", "location_code": "",
             "stock_status": "unrestricted", "qty": 5},
        ]  # fmt: skip
    assert world.wms2.read("SELECT * FROM wms_v1.stock") == []
    order = {"warehouse_code": "W1", "order_type": "purchase_order", "order_no": "PO1",
             "revision": 1, "state": "in_work", "uom": "PCE", "cancelled_qty": 0, "short_qty": 0,
             "over_qty": 0, "last_fact_at": SOME_TIME}  # fmt: skip
    assert order_lines(world, *ORDER) == [
        {**order, "line_no": 1, "item_code": "A", "ordered_qty": 30, "done_qty": 24, "open_qty": 6,
         "state_of_line": "open"},
        {**order, "line_no": 2, "item_code": "L", "ordered_qty": 5, "done_qty": 5, "open_qty": 0,
         "state_of_line": "completed"},
    ]  # fmt: skip
    assert promised(world.erp, "A") == (0, 24, 0, 6, 0)
    assert promised(world.erp, "L") == (5, 0, 0, 0, 5)
    assert world.events(receipt) == [("received", "applied")]
    assert world.tasks() == []


def test_the_erp_accepts_a_receipt_with_its_own_number(world: World) -> None:
    """A fact cannot be refused; accepting it twice with the same words changes nothing."""
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "A", "qty": 1, "reason_code": "FOUND"}]
    )
    world.drain()
    assert [row["delivery_id"] for row in world.erp.take(5)] == [W1 + 1]
    assert world.erp.answer(W1 + 1, "accepted", receiver_ref="5000000017") == 1
    assert world.erp.answer(W1 + 1, "accepted", receiver_ref="5000000017") == 1
    world.drain()
    [row] = inbox(world.erp)
    assert (row["state"], row["receiver_ref"]) == ("accepted", "5000000017")
    assert world.state(receipt) == "applied"


def test_a_receipt_without_an_order_is_posted_with_its_reasons(world: World) -> None:
    """It opens no task and touches no order."""
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 3, "reason_code": "SAMPLE"},
               {"item_code": "B", "qty": "0.125", "reason_code": "SAMPLE"},
               {"item_code": "B", "qty": 250, "uom": "GRM", "reason_code": "SAMPLE"}],
    )  # fmt: skip
    world.drain()
    assert world.state(receipt) == "applied"
    assert [told(row, "occurred_at", "business_date", "received_at", "applied_at", "posting_date",
                 "message_seq") for row in ledger(world)] == [
        {"warehouse_code": "W1", "ledger_seq": n, "line_no": n, "entry_no": 4,
         "movement_type": "receipt_purchase", "item_code": item, "stock_status": "unrestricted",
         "qty": qty, "sent_qty": sent_qty, "sent_uom": uom, "numerator": 1,
         "denominator": denominator, "reason_code": "SAMPLE"}
        for n, item, qty, sent_qty, uom, denominator in (
            (1, "A", 3, 3, "PCE", 1),
            (2, "B", Decimal("0.125"), Decimal("0.125"), "KGM", 1),
            (3, "B", Decimal("0.25"), 250, "GRM", 1000),
        )
    ]  # fmt: skip
    assert world.tasks() == []


def test_lines_without_order_line_no_are_allocated_by_line_number(world: World) -> None:
    """Each line up to its open quantity; the surplus goes to the last line of the item."""
    _order(
        world,
        {"line_no": 1, "item_code": "A", "qty": 10},
        {"line_no": 2, "item_code": "B", "qty": 5},
        {"line_no": 3, "item_code": "A", "qty": 10, "over_tolerance_pct": 50},
    )
    world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, lines=[("A", 4)])
    world.drain()
    world.wms.goods_receipt("R2", warehouse="W1", order=ORDER, lines=[("A", 9), ("A", 10)])
    world.drain()

    assert [
        (row["message_seq"] - world.ledger()[0]["message_seq"], row["line_no"],
         row["order_line_no"], row["order_qty"])
        for row in world.ledger()
    ] == [(0, 1, 1, 4), (1, 1, 1, 6), (1, 1, 3, 3), (1, 2, 3, 10)]  # fmt: skip
    assert state_of_order(world, *ORDER)[1] == {
        1: ("completed", 10, 10, 0, 0, 0, 0), 2: ("open", 5, 0, 0, 0, 0, 5),
        3: ("completed", 10, 13, 0, 0, 3, 0),
    }  # fmt: skip


def test_a_receipt_above_tolerance_is_booked_blocked_with_one_task(world: World) -> None:
    """The part within tolerance is free, the part above waits for a decision."""
    _order(world, {"line_no": 1, "item_code": "A", "qty": 10, "over_tolerance_pct": 20})
    receipt = world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, lines=[("A", 15)])
    world.drain()

    assert moved(world) == [
        ("receipt_purchase", "A", "", "", "unrestricted", 12),
        ("receipt_purchase", "A", "", "", "blocked", 3),
    ]
    assert state_of_order(world, *ORDER)[1] == {1: ("completed", 10, 15, 0, 0, 5, 0)}
    [task] = world.tasks()
    assert asked(task) == {
        "task_id": 1, "code": "QTY-005", "state": "open", "warehouse_code": "W1",
        "seq": status(world.wms, receipt)["seq"], "line_no": 1, "order_type": "purchase_order",
        "order_no": "PO1", "item_code": "A", "qty": 3,
        "text": "more than the order line allows: 15 above 12",
        "hint": "receipts above tolerance are booked blocked; agree with the party, then release,"
                " return or keep",
        "opened_at": SOME_TIME,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("done", "state", "short"),
    [(94, "open", 0), (95, "completed", 5), (99, "completed", 1), (100, "completed", 0)],
)
def test_a_line_is_complete_within_its_under_tolerance(
    world: World, done: int, state: str, short: int
) -> None:
    """From there on the rest is short, without anybody saying final."""
    _order(world, {"line_no": 1, "item_code": "A", "qty": 100, "under_tolerance_pct": 5})
    world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, lines=[("A", done)])
    world.drain()
    assert state_of_order(world, *ORDER)[1] == {
        1: (state, 100, done, 0, short, 0, 100 - done - short)
    }


def test_a_final_receipt_closes_the_order_short(world: World) -> None:
    """Nothing more is expected."""
    _order(world)
    world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, lines=[("A", 10)], final=True)
    world.drain()
    assert state_of_order(world, *ORDER) == ("closed", {
        1: ("short", 30, 10, 0, 20, 0, 0), 2: ("short", 5, 0, 0, 5, 0, 0),
    })  # fmt: skip
    assert promised(world.erp, "A") == (10, 0, 0, 0, 10)


def test_a_final_receipt_may_come_without_lines(world: World) -> None:
    """It says only that nothing more will come."""
    _order(world)
    receipt = world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, final=True)
    world.drain()
    assert world.state(receipt) == "applied"
    assert state_of_order(world, *ORDER)[0] == "closed"
    assert world.ledger() == []
    assert [row["doc_no"] for row in inbox(world.erp)] == ["R1"]


def test_a_later_receipt_on_a_short_line_lowers_the_short_quantity_first(world: World) -> None:
    """The truck that nobody expected any more."""
    _order(world, ("A", 30))
    world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, lines=[("A", 10)], final=True)
    world.drain()
    world.wms.goods_receipt("R2", warehouse="W1", order=ORDER, lines=[("A", 5)])
    world.drain()
    assert state_of_order(world, *ORDER) == ("closed", {1: ("short", 30, 15, 0, 15, 0, 0)})


def test_a_reversal_takes_everything_back_once(world: World) -> None:
    """The exact negation, linked row by row; the order is open again."""
    _order(world, {"line_no": 1, "item_code": "A", "qty": 10})
    world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, lines=[("A", 15)], source_seq=1)
    world.drain()
    reversal = world.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1", source_seq=2)
    world.drain()

    assert world.state(reversal) == "applied"
    rows = ledger(world)
    same = ("movement_type", "item_code", "stock_status", "line_no", "entry_no", "order_no",
            "order_line_no", "sent_uom", "numerator", "denominator")  # fmt: skip
    for original, negation in zip(rows[:2], rows[2:], strict=True):
        assert negation["reverses_ledger_seq"] == original["ledger_seq"]
        assert (negation["qty"], negation["order_qty"]) == (
            -original["qty"],
            -original["order_qty"],
        )
        assert negation["source_seq"] == 2
        assert {name: negation.get(name) for name in same} == {
            name: original.get(name) for name in same
        }
    assert world.stock() == {}
    assert state_of_order(world, *ORDER) == ("in_work", {1: ("open", 10, 0, 0, 0, 0, 10)})
    [_, (header, lines)] = received(world.erp, "goods_receipt")
    assert (header["action"], header["reverses_no"], lines) == ("reverse", "R1", [])


def test_reversing_the_final_receipt_opens_the_order_again(world: World) -> None:
    """What it gave up is expected again, what others brought stays."""
    _order(world, ("A", 30))
    world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, lines=[("A", 10)])
    world.wms.goods_receipt("R2", warehouse="W1", order=ORDER, lines=[("A", 5)], final=True)
    world.drain()
    assert state_of_order(world, *ORDER)[0] == "closed"
    world.wms.reverse("goods_receipt", "R2-R", of="R2", warehouse="W1")
    world.drain()
    assert state_of_order(world, *ORDER) == ("in_work", {1: ("open", 30, 10, 0, 0, 0, 20)})


def test_serial_numbers_are_received_piece_by_piece(world: World) -> None:
    """Stock is kept by item; the ledger knows each piece."""
    lines = [{"item_code": "S", "qty": 1, "serial_no": f"SN{n}", "reason_code": "FOUND"}
             for n in range(3)]  # fmt: skip
    world.wms.goods_receipt("R1", warehouse="W1", lines=lines)
    world.drain()
    assert [(row["serial_no"], row["qty"]) for row in world.ledger()] == [
        ("SN0", 1), ("SN1", 1), ("SN2", 1),
    ]  # fmt: skip
    assert world.stock() == {StockKey("W1", "S"): 3}
