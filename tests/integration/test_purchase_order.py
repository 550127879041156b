"""Purchase orders: from the ERP's insert to the WMS's inbox, and every change before it is read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from tests.integration.reading import (
    SOME_TIME,
    W1,
    errors,
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
    "warehouse_code": "W1", "order_no": "PO1", "revision": 3, "supplier_code": "SUP",
    "ordered_on": date(2026, 3, 2), "expected_at": datetime(2026, 3, 9, 7, 30, tzinfo=UTC),
    "note": "gate 4\nring twice", "action": "upsert", "line_count": 2,
    "attributes": {"buyer": "Müller", "incoterm": "DAP"},
}  # fmt: skip
LINES = (
    {"line_no": 10, "item_code": "A", "qty": Decimal("2.5"), "uom": "BOX",
     "over_tolerance_pct": 10, "under_tolerance_pct": Decimal("2.5")},
    {"line_no": 20, "item_code": "L", "qty": 40, "lot_no": "LOT-7"},
)  # fmt: skip


def test_a_purchase_order_travels_from_the_erp_to_the_wms(world: World) -> None:
    """What was validated is what the WMS reads, its units given where the ERP left them out."""
    order = world.erp.build("purchase_order", HEADER, LINES)
    world.drain()

    number = status(world.erp, order)["seq"]
    key = {"message_id": "E-1", "warehouse_code": "W1"}
    assert sent(world.erp, order) == (
        {"message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "purchase_order", **HEADER},
        [{**key, "doc_type": "purchase_order", **line} for line in LINES],
    )  # fmt: skip
    assert status(world.erp, order) == {
        "seq": number, "message_id": "E-1", "doc_type": "purchase_order", "doc_no": "PO1",
        "revision": 3, "state": "applied", "received_at": SOME_TIME, "finished_at": SOME_TIME,
        "attempts": 0,
    }  # fmt: skip
    assert inbox(world.wms1, doc_type="purchase_order") == [{
        "delivery_id": W1 + 1, "warehouse_code": "W1", "doc_type": "purchase_order",
        "doc_no": "PO1", "revision": 3, "action": "upsert", "message_id": "E-1",
        "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    header = {name: value for name, value in HEADER.items() if name != "line_count"}
    assert received(world.wms1, "purchase_order") == [(
        {"delivery_id": W1 + 1, "message_id": "E-1", "seq": number, "delivered_at": SOME_TIME,
         **header},
        [
            {"warehouse_code": "W1", **LINES[0]},
            {"warehouse_code": "W1", "uom": "PCE", "over_tolerance_pct": 0,
             "under_tolerance_pct": 0, **LINES[1]},
        ],
    )]  # fmt: skip
    assert received(world.wms2, "purchase_order") == []
    common = {"warehouse_code": "W1", "order_type": "purchase_order", "order_no": "PO1",
              "revision": 3, "state": "released", "uom": "PCE", "done_qty": 0, "cancelled_qty": 0,
              "short_qty": 0, "over_qty": 0, "state_of_line": "open"}  # fmt: skip
    assert order_lines(world, "purchase_order", "PO1") == [
        {**common, "line_no": 10, "item_code": "A", "ordered_qty": 30, "open_qty": 30},
        {**common, "line_no": 20, "item_code": "L", "ordered_qty": 40, "open_qty": 40},
    ]
    assert promised(world.erp, "A") == (0, 0, 0, 30, 0)
    assert world.ledger() == []
    assert world.events(order) == [("received", "applied")]


def test_taking_an_order_puts_it_in_work_and_accepting_keeps_it_so(world: World) -> None:
    """The receiver's steps are seen at the order after the next batch."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    [taken] = world.wms1.take(10, "purchase_order")
    assert (taken["delivery_id"], taken["state"]) == (W1 + 1, "taken")
    world.drain()
    assert state_of_order(world, "purchase_order", "PO1")[0] == "in_work"

    world.wms1.answer(W1 + 1, "accepted", receiver_ref="WE-1", note="ok")
    world.drain()
    assert state_of_order(world, "purchase_order", "PO1")[0] == "in_work"
    assert inbox(world.wms1, doc_type="purchase_order") == [{
        "delivery_id": W1 + 1, "warehouse_code": "W1", "doc_type": "purchase_order",
        "doc_no": "PO1", "revision": 1, "action": "upsert", "message_id": "E-1",
        "delivered_at": SOME_TIME, "state": "accepted", "receiver_ref": "WE-1", "note": "ok",
        "answered_at": SOME_TIME,
    }]  # fmt: skip


def test_a_first_release_that_the_wms_refuses_ends_the_order(world: World) -> None:
    """The message stays applied; the order and its lines are refused, nothing is expected."""
    order = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10), ("B", 5)])
    world.drain()
    world.wms1.answer(W1 + 1, "refused", reason_code="NO_SPACE")
    world.drain()

    assert world.state(order) == "applied"
    assert state_of_order(world, "purchase_order", "PO1") == ("refused", {
        1: ("refused", 10, 0, 10, 0, 0, 0), 2: ("refused", 5, 0, 5, 0, 0, 0),
    })  # fmt: skip
    assert promised(world.erp, "A") == ()


def test_a_revision_before_the_order_is_read_replaces_it(world: World) -> None:
    """The older delivery is withdrawn; the WMS reads only the new image."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10), ("B", 5)])
    world.drain()
    change = world.erp.purchase_order(
        "PO1", warehouse="W1", revision=2,
        lines=[{"line_no": 1, "item_code": "A", "qty": 4}, {"line_no": 3, "item_code": "C", "qty": 7}],
    )  # fmt: skip
    world.drain()

    assert world.state(change) == "applied"
    assert [(row["revision"], row["state"]) for row in inbox(world.wms1, doc_type="purchase_order")] == [
        (1, "withdrawn"), (2, "pending"),
    ]  # fmt: skip
    assert state_of_order(world, "purchase_order", "PO1") == ("released", {
        1: ("open", 4, 0, 0, 0, 0, 4),
        2: ("cancelled", 5, 0, 5, 0, 0, 0),
        3: ("open", 7, 0, 0, 0, 0, 7),
    })  # fmt: skip
    [taken] = world.wms1.take(10, "purchase_order")
    assert taken["revision"] == 2


def test_a_cancel_before_the_order_is_read_is_agreed_at_once(world: World) -> None:
    """Null names the newest revision; the delivery is withdrawn and nothing else is sent."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)], revision=2)
    world.drain()
    cancel = world.erp.cancel("purchase_order", "PO1", warehouse="W1")
    world.drain()

    assert world.state(cancel) == "applied"
    [row] = inbox(world.wms1, doc_type="purchase_order")
    assert row["state"] == "withdrawn"
    assert state_of_order(world, "purchase_order", "PO1") == (
        "cancelled", {1: ("cancelled", 10, 0, 10, 0, 0, 0)},
    )  # fmt: skip
    assert promised(world.erp, "A") == ()


def test_an_upsert_above_a_cancel_releases_the_order_anew(world: World) -> None:
    """It is delivered again, and its lines are open."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.erp.cancel("purchase_order", "PO1", warehouse="W1", revision=1)
    world.drain()
    again = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 6)], revision=2)
    world.drain()

    assert world.state(again) == "applied"
    assert state_of_order(world, "purchase_order", "PO1") == (
        "released", {1: ("open", 6, 0, 0, 0, 0, 6)},
    )  # fmt: skip
    assert [row["state"] for row in inbox(world.wms1, doc_type="purchase_order")] == [
        "withdrawn", "pending",
    ]  # fmt: skip


def test_a_close_ends_the_open_lines_short_and_tells_the_wms(world: World) -> None:
    """What is done stays; the rest is given up."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10), ("B", 5)])
    world.drain()
    world.wms1.take(10, "purchase_order")
    world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", 4), ("B", 5)]
    )
    world.drain()
    close = world.erp.close("purchase_order", "PO1", warehouse="W1")
    world.drain()

    assert world.state(close) == "applied"
    assert state_of_order(world, "purchase_order", "PO1") == ("closed", {
        1: ("short", 10, 4, 0, 6, 0, 0), 2: ("completed", 5, 5, 0, 0, 0, 0),
    })  # fmt: skip
    assert [(row["action"], row["state"]) for row in inbox(world.wms1, doc_type="purchase_order")] == [
        ("upsert", "taken"), ("close", "pending"),
    ]  # fmt: skip
    assert promised(world.erp, "A") == (4, 0, 0, 0, 4)


def test_a_close_before_the_order_is_read_withdraws_it(world: World) -> None:
    """The WMS never hears of it."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.erp.close("purchase_order", "PO1", warehouse="W1")
    world.drain()
    assert [(row["action"], row["state"]) for row in inbox(world.wms1, doc_type="purchase_order")] == [
        ("upsert", "withdrawn"),
    ]  # fmt: skip
    assert state_of_order(world, "purchase_order", "PO1") == (
        "closed", {1: ("short", 10, 0, 0, 10, 0, 0)},
    )  # fmt: skip


def test_a_change_of_an_order_that_has_ended_is_refused(world: World) -> None:
    """The order is over: what is still needed is a new order."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", 10)]
    )
    world.drain()
    more = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 20)], revision=2)
    cancel = world.erp.cancel("purchase_order", "PO1", warehouse="W1")
    world.drain()

    ended = f"completed, by goods_receipt R1 (message {status(world.wms, receipt)['seq']})"
    for document, action in ((more, "upsert"), (cancel, "cancel")):
        assert world.state(document) == "refused"
        assert errors(world.erp, document) == [{
            "column_name": "order_no", "code": "STA-001", "severity": "error",
            "value": ended, "expected": action,
            "text": f"the order is {ended}; {action} is no longer possible",
            "hint": "send a new order for what is still needed", "first_seen_at": SOME_TIME,
        }]  # fmt: skip
    assert state_of_order(world, "purchase_order", "PO1") == (
        "completed", {1: ("completed", 10, 10, 0, 0, 0, 0)},
    )  # fmt: skip
