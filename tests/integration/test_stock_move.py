"""Stock moves: put-away, quality release, blocking; a move sums to zero."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

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

OCCURRED = datetime(2026, 3, 4, 9, tzinfo=UTC)
HEADER = {
    "warehouse_code": "W1", "move_no": "M1", "order_no": "PO1", "occurred_at": OCCURRED,
    "source_seq": 3, "note": "put-away", "attributes": {"truck": "FL-2"},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "A", "qty": 1, "uom": "BOX", "from_location_code": "DOCK",
     "from_stock_status": "quality", "to_location_code": "BIN1",
     "to_stock_status": "unrestricted", "reason_code": "RELEASE"},
    {"line_no": 2, "item_code": "S", "qty": 1, "uom": "PCE", "serial_no": "SN1",
     "to_location_code": "BIN2"},
)  # fmt: skip


def _stock(world: World) -> None:
    world.wms.initial_load(
        "I1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 30, "location_code": "DOCK", "stock_status": "quality"},
               {"item_code": "S", "qty": 1, "serial_no": "SN1"}],
    )  # fmt: skip
    world.drain()


def test_a_move_travels_from_the_wms_to_the_erp(world: World) -> None:
    """Two ledger rows for each line; null to_status and null from_location have a meaning."""
    _stock(world)
    move = world.wms.build("stock_move", HEADER, LINES)
    world.drain()

    number = status(world.wms, move)["seq"]
    assert sent(world.wms, move) == (
        {"message_id": "F-2", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "stock_move", **HEADER},
        [{"message_id": "F-2", "warehouse_code": "W1", "doc_type": "stock_move", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.erp, doc_type="stock_move") == [{
        "delivery_id": W1 + 2, "warehouse_code": "W1", "doc_type": "stock_move", "doc_no": "M1",
        "action": "post", "message_id": "F-2", "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert received(world.erp, "stock_move") == [(
        {"delivery_id": W1 + 2, "message_id": "F-2", "seq": number, "action": "post",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", **LINES[0]},
         {"warehouse_code": "W1", "from_stock_status": "unrestricted",
          "to_stock_status": "unrestricted", **LINES[1]}],
    )]  # fmt: skip
    common = {
        "warehouse_code": "W1", "message_seq": number, "denominator": 1, "order_no": "PO1",
        "source_seq": 3, "occurred_at": OCCURRED, "business_date": date(2026, 3, 4),
        "received_at": SOME_TIME, "applied_at": SOME_TIME, "posting_date": date(2026, 3, 4),
    }  # fmt: skip
    first = {**common, "line_no": 1, "movement_type": "move_status", "item_code": "A",
             "sent_qty": 1, "sent_uom": "BOX", "numerator": 12,
             "reason_code": "RELEASE"}  # fmt: skip
    second = {**common, "line_no": 2, "movement_type": "move_location", "item_code": "S",
              "serial_no": "SN1", "sent_qty": 1, "sent_uom": "PCE", "numerator": 1,
              "stock_status": "unrestricted"}  # fmt: skip
    assert ledger(world)[2:] == [
        {**first, "ledger_seq": 3, "entry_no": 0, "location_code": "DOCK",
         "stock_status": "quality", "qty": -12},
        {**first, "ledger_seq": 4, "entry_no": 1, "location_code": "BIN1",
         "stock_status": "unrestricted", "qty": 12},
        {**second, "ledger_seq": 5, "entry_no": 0, "qty": -1},
        {**second, "ledger_seq": 6, "entry_no": 1, "location_code": "BIN2", "qty": 1},
    ]  # fmt: skip
    stock = {"warehouse_code": "W1", "uom": "PCE", "lot_no": "", "changed_at": SOME_TIME}
    assert stock_rows(world.wms1) == [
        {**stock, "item_code": "A", "location_code": "BIN1", "stock_status": "unrestricted",
         "qty": 12, "row_version": 1},
        {**stock, "item_code": "A", "location_code": "DOCK", "stock_status": "quality",
         "qty": 18, "row_version": 2},
        {**stock, "item_code": "S", "location_code": "", "stock_status": "unrestricted",
         "qty": 0, "row_version": 2},
        {**stock, "item_code": "S", "location_code": "BIN2", "stock_status": "unrestricted",
         "qty": 1, "row_version": 1},
    ]  # fmt: skip
    assert promised(world.erp, "A") == (12, 18, 0, 0, 12)


def test_a_quality_release_makes_stock_promisable(world: World) -> None:
    """The stock stays where it is; only its status changes."""
    _stock(world)
    assert promised(world.erp, "A") == (0, 30, 0, 0, 0)
    world.wms.stock_move(
        "M1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 30, "from_location_code": "DOCK",
                "from_stock_status": "quality", "to_stock_status": "unrestricted"}],
    )  # fmt: skip
    world.drain()
    assert promised(world.erp, "A") == (30, 0, 0, 0, 30)
    assert world.stock()[StockKey("W1", "A", location="DOCK")] == 30


def test_receipt_put_away_and_release_of_one_batch_follow_each_other(world: World) -> None:
    """What the receipt brings the moves behind it may take, in the order in which they came."""
    world.wms.goods_receipt(
        "R1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 10, "location_code": "DOCK", "stock_status": "quality",
                "reason_code": "FOUND"}],
    )  # fmt: skip
    world.wms.stock_move(
        "M1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 10, "from_location_code": "DOCK",
                "from_stock_status": "quality", "to_location_code": "BIN1"}],
    )  # fmt: skip
    world.wms.stock_move(
        "M2", warehouse="W1",
        lines=[{"item_code": "A", "qty": 10, "from_location_code": "BIN1",
                "from_stock_status": "quality", "to_stock_status": "unrestricted"}],
    )  # fmt: skip
    world.drain()
    assert world.stock() == {StockKey("W1", "A", location="BIN1"): 10}
    assert (
        sum(row["qty"] for row in world.ledger() if row["movement_type"] != "receipt_purchase") == 0
    )
    assert world.tasks() == []


@pytest.mark.parametrize("target", ["quality", "blocked", "returns"])
def test_stock_may_be_moved_to_every_status_but_in_transit(world: World, target: str) -> None:
    """The four statuses that a warehouse decides on."""
    _stock(world)
    world.wms.stock_move(
        "M1", warehouse="W1",
        lines=[{"item_code": "S", "qty": 1, "serial_no": "SN1", "to_stock_status": target}],
    )  # fmt: skip
    world.drain()
    assert world.stock()[StockKey("W1", "S", status=target)] == 1


def test_a_reversed_move_puts_the_stock_back(world: World) -> None:
    """To location and status of before."""
    _stock(world)
    before = world.stock()
    world.wms.build("stock_move", HEADER, LINES)
    world.drain()
    world.wms.reverse("stock_move", "M1-R", of="M1", warehouse="W1")
    world.drain()
    assert world.stock() == before
    assert [entry[-1] for entry in moved(world)[2:]] == [-12, 12, -1, 1, 12, -12, 1, -1]
