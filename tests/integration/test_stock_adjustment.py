"""Adjustments: stock gained or lost with a reason; the opening stock."""

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
    status,
    stock_rows,
)
from tests.support.builders_world import StockKey, World

OCCURRED = datetime(2026, 3, 4, 11, tzinfo=UTC)
HEADER = {
    "warehouse_code": "W1", "adjustment_no": "ADJ1", "occurred_at": OCCURRED, "source_seq": 8,
    "note": "breakage", "attributes": {"who": "Ada"},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "A", "qty": -1, "uom": "BOX", "location_code": "BIN1",
     "reason_code": "BROKEN"},
    {"line_no": 2, "item_code": "L", "qty": 4, "uom": "PCE", "lot_no": "K1",
     "stock_status": "blocked", "reason_code": "FOUND"},
)  # fmt: skip


def test_an_adjustment_travels_from_the_wms_to_the_erp(world: World) -> None:
    """Its quantity is signed."""
    world.wms.initial_load(
        "I1", warehouse="W1", lines=[{"item_code": "A", "qty": 20, "location_code": "BIN1"}]
    )
    world.drain()
    adjustment = world.wms.build("stock_adjustment", HEADER, LINES)
    world.drain()

    number = status(world.wms, adjustment)["seq"]
    assert sent(world.wms, adjustment) == (
        {"message_id": "F-2", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "stock_adjustment", **HEADER},
        [{"message_id": "F-2", "warehouse_code": "W1", "doc_type": "stock_adjustment", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.erp, message_id="F-2") == [{
        "delivery_id": W1 + 2, "warehouse_code": "W1", "doc_type": "stock_adjustment",
        "doc_no": "ADJ1", "action": "post", "message_id": "F-2", "delivered_at": SOME_TIME,
        "state": "pending",
    }]  # fmt: skip
    assert received(world.erp, "stock_adjustment", message_id="F-2") == [(
        {"delivery_id": W1 + 2, "message_id": "F-2", "seq": number, "action": "post",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", "stock_status": "unrestricted", **LINES[0]},
         {"warehouse_code": "W1", **LINES[1]}],
    )]  # fmt: skip
    common = {
        "warehouse_code": "W1", "message_seq": number, "entry_no": 0,
        "movement_type": "adjustment", "denominator": 1, "source_seq": 8, "occurred_at": OCCURRED,
        "business_date": date(2026, 3, 4), "received_at": SOME_TIME, "applied_at": SOME_TIME,
        "posting_date": date(2026, 3, 4),
    }  # fmt: skip
    assert ledger(world)[1:] == [
        {**common, "ledger_seq": 2, "line_no": 1, "item_code": "A", "location_code": "BIN1",
         "stock_status": "unrestricted", "qty": -12, "sent_qty": -1, "sent_uom": "BOX",
         "numerator": 12, "reason_code": "BROKEN"},
        {**common, "ledger_seq": 3, "line_no": 2, "item_code": "L", "lot_no": "K1",
         "stock_status": "blocked", "qty": 4, "sent_qty": 4, "sent_uom": "PCE", "numerator": 1,
         "reason_code": "FOUND"},
    ]  # fmt: skip
    stock = {"warehouse_code": "W1", "uom": "PCE", "changed_at": SOME_TIME}
    assert stock_rows(world.erp) == [
        {**stock, "item_code": "A", "lot_no": "", "location_code": "BIN1",
         "stock_status": "unrestricted", "qty": 8, "row_version": 2},
        {**stock, "item_code": "L", "lot_no": "K1", "location_code": "",
         "stock_status": "blocked", "qty": 4, "row_version": 1},
    ]  # fmt: skip
    assert promised(world.erp, "L") == (0, 4, 0, 0, 0)


def test_the_opening_stock_is_an_adjustment_with_the_reason_initial(world: World) -> None:
    """It is an initial_load in the ledger, told to the ERP like every fact."""
    load = world.wms.initial_load(
        "I1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 2, "uom": "PAL", "location_code": "BIN1"},
               {"item_code": "L", "qty": 30, "lot_no": "K1", "stock_status": "quality"},
               {"item_code": "B", "qty": "12.345678"}],
    )  # fmt: skip
    world.drain()
    assert world.state(load) == "applied"
    assert [(row["movement_type"], row["qty"]) for row in world.ledger()] == [
        ("initial_load", 960), ("initial_load", 30), ("initial_load", world.ledger()[2]["qty"]),
    ]  # fmt: skip
    assert str(world.ledger()[2]["qty"]) == "12.345678"
    assert [row["doc_type"] for row in inbox(world.erp)] == ["stock_adjustment"]


def test_gain_and_loss_of_one_document_on_one_balance_add_up(world: World) -> None:
    """Each is a ledger row, the balance changes once."""
    world.wms.stock_adjustment(
        "ADJ1", warehouse="W1", lines=[("A", 10), ("A", -3), ("A", -7), ("A", 4)]
    )
    world.drain()
    assert [entry[-1] for entry in moved(world)] == [10, -3, -7, 4]
    [row] = stock_rows(world.erp)
    assert (row["qty"], row["row_version"]) == (4, 1)


def test_a_reversed_adjustment_is_as_if_it_had_not_been(world: World) -> None:
    """In both directions."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 20)])
    world.wms.stock_adjustment("ADJ1", warehouse="W1", lines=[("A", -5), ("B", 2)])
    world.drain()
    world.wms.reverse("stock_adjustment", "ADJ1-R", of="ADJ1", warehouse="W1")
    world.drain()
    assert world.stock() == {StockKey("W1", "A"): 20}
