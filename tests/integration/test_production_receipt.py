"""Production receipts: the product arrives, the final one completes the order."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.integration.reading import (
    SOME_TIME,
    W1,
    inbox,
    ledger,
    moved,
    promised,
    received,
    sent,
    state_of_order,
    status,
)
from tests.support.builders_world import StockKey, World

OCCURRED = datetime(2026, 3, 4, 14, tzinfo=UTC)
ORDER = ("production_order", "PR1")
HEADER = {
    "warehouse_code": "W1", "receipt_no": "PRR1", "order_no": "PR1", "is_final": False,
    "occurred_at": OCCURRED, "source_seq": 6, "note": "first pallet", "attributes": {"cell": 2},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "P", "qty": 6, "uom": "PCE", "location_code": "DOCK",
     "stock_status": "quality", "lot_no": "P-77", "expires_on": date(2028, 1, 1)},
)  # fmt: skip


def _day(world: World) -> None:
    world.wms.initial_load("I1", warehouse="W1", lines=[("C", 100)])
    world.erp.production_order("PR1", warehouse="W1", product=("P", 10), lines=[("C", 40)])
    world.drain()


def test_a_production_receipt_travels_from_the_wms_to_the_erp(world: World) -> None:
    """It counts for line 0, the product."""
    _day(world)
    receipt = world.wms.build("production_receipt", HEADER, LINES)
    world.drain()

    number = status(world.wms, receipt)["seq"]
    assert sent(world.wms, receipt) == (
        {"message_id": "F-2", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "production_receipt", **HEADER},
        [{"message_id": "F-2", "warehouse_code": "W1", "doc_type": "production_receipt", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.erp, doc_type="production_receipt") == [{
        "delivery_id": W1 + 3, "warehouse_code": "W1", "doc_type": "production_receipt",
        "doc_no": "PRR1", "action": "post", "message_id": "F-2", "delivered_at": SOME_TIME,
        "state": "pending",
    }]  # fmt: skip
    assert received(world.erp, "production_receipt") == [(
        {"delivery_id": W1 + 3, "message_id": "F-2", "seq": number, "action": "post",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", **line} for line in LINES],
    )]  # fmt: skip
    assert ledger(world)[1:] == [{
        "warehouse_code": "W1", "ledger_seq": 2, "message_seq": number, "line_no": 1,
        "entry_no": 4, "movement_type": "receipt_production", "item_code": "P", "lot_no": "P-77",
        "location_code": "DOCK", "stock_status": "quality", "qty": 6, "sent_qty": 6,
        "sent_uom": "PCE", "numerator": 1, "denominator": 1, "order_type": "production_order",
        "order_no": "PR1", "order_line_no": 0, "order_qty": 6, "source_seq": 6,
        "occurred_at": OCCURRED, "business_date": date(2026, 3, 4), "received_at": SOME_TIME,
        "applied_at": SOME_TIME, "posting_date": date(2026, 3, 4),
    }]  # fmt: skip
    assert state_of_order(world, *ORDER) == ("in_work", {
        0: ("open", 10, 6, 0, 0, 0, 4), 1: ("open", 40, 0, 0, 0, 0, 40),
    })  # fmt: skip
    assert promised(world.erp, "P") == (0, 6, 0, 4, 0)


def test_the_final_receipt_completes_the_order(world: World) -> None:
    """Product and components: what is not done is short."""
    _day(world)
    world.wms.material_issue("MI1", warehouse="W1", order_no="PR1", lines=[("C", 40)])
    world.wms.production_receipt("PRR1", warehouse="W1", order_no="PR1", lines=[("P", 10)])
    world.drain()
    assert state_of_order(world, *ORDER)[0] == "completed"
    final = world.wms.production_receipt("PRR2", warehouse="W1", order_no="PR1", final=True)
    world.drain()
    assert world.state(final) == "applied"
    assert state_of_order(world, *ORDER) == ("completed", {
        0: ("completed", 10, 10, 0, 0, 0, 0), 1: ("completed", 40, 40, 0, 0, 0, 0),
    })  # fmt: skip


def test_a_final_receipt_of_less_closes_the_order_short(world: World) -> None:
    """With the components that were not used."""
    _day(world)
    world.wms.material_issue("MI1", warehouse="W1", order_no="PR1", lines=[("C", 30)])
    world.wms.production_receipt(
        "PRR1", warehouse="W1", order_no="PR1", lines=[("P", 7)], final=True
    )
    world.drain()
    assert state_of_order(world, *ORDER) == ("closed", {
        0: ("short", 10, 7, 0, 3, 0, 0), 1: ("short", 40, 30, 0, 10, 0, 0),
    })  # fmt: skip
    assert promised(world.erp, "C") == (70, 0, 0, 0, 70)


def test_more_than_ordered_is_booked_blocked(world: World) -> None:
    """A receipt above tolerance, with a task."""
    _day(world)
    world.wms.production_receipt("PRR1", warehouse="W1", order_no="PR1", lines=[("P", 12)])
    world.drain()
    assert moved(world)[1:] == [
        ("receipt_production", "P", "", "", "unrestricted", 10),
        ("receipt_production", "P", "", "", "blocked", 2),
    ]
    assert [(task["code"], task["qty"]) for task in world.tasks()] == [("QTY-005", 2)]


def test_a_by_product_is_posted_with_a_task(world: World) -> None:
    """Another item than the order's product counts for no line."""
    _day(world)
    world.wms.production_receipt("PRR1", warehouse="W1", order_no="PR1", lines=[("A", 3)])
    world.drain()
    assert world.stock()[StockKey("W1", "A")] == 3
    assert [(task["code"], task["text"]) for task in world.tasks()] == [
        ("QTY-007", "item A is not in the order")
    ]


def test_reversing_the_final_receipt_opens_the_order_again(world: World) -> None:
    """What it closed is open; what was issued stays."""
    _day(world)
    world.wms.material_issue("MI1", warehouse="W1", order_no="PR1", lines=[("C", 30)])
    world.wms.production_receipt(
        "PRR1", warehouse="W1", order_no="PR1", lines=[("P", 7)], final=True
    )
    world.drain()
    world.wms.reverse("production_receipt", "PRR1-R", of="PRR1", warehouse="W1")
    world.drain()
    assert state_of_order(world, *ORDER) == ("in_work", {
        0: ("open", 10, 0, 0, 0, 0, 10), 1: ("open", 40, 30, 0, 0, 0, 10),
    })  # fmt: skip
