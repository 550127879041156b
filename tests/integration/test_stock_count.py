"""Counts: the difference to the book at the count's own position."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.integration.reading import (
    SOME_TIME,
    W1,
    inbox,
    ledger,
    moved,
    received,
    sent,
    status,
    stock_rows,
)
from tests.support.builders_world import StockKey, World

OCCURRED = datetime(2026, 3, 4, 20, tzinfo=UTC)
HEADER = {
    "warehouse_code": "W1", "count_no": "C1", "counted_through_seq": 12, "occurred_at": OCCURRED,
    "source_seq": 13, "note": "aisle 4", "attributes": {"counter": "Li"},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "A", "counted_qty": 4, "uom": "BOX", "location_code": "BIN1"},
    {"line_no": 2, "item_code": "L", "counted_qty": 0, "lot_no": "K1"},
    {"line_no": 3, "item_code": "B", "counted_qty": 5, "stock_status": "quality"},
)  # fmt: skip


def _stock(world: World) -> None:
    world.wms.initial_load(
        "I1", warehouse="W1", source_seq=10,
        lines=[{"item_code": "A", "qty": 50, "location_code": "BIN1"},
               {"item_code": "L", "qty": 3, "lot_no": "K1"}],
    )  # fmt: skip
    world.drain()


def test_a_count_travels_from_the_wms_to_the_erp(world: World) -> None:
    """The ledger has the differences, the ERP reads what was counted."""
    _stock(world)
    count = world.wms.build("stock_count", HEADER, LINES)
    world.drain()

    number = status(world.wms, count)["seq"]
    assert sent(world.wms, count) == (
        {"message_id": "F-2", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "stock_count", **HEADER},
        [{"message_id": "F-2", "warehouse_code": "W1", "doc_type": "stock_count", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.erp, doc_type="stock_count") == [{
        "delivery_id": W1 + 2, "warehouse_code": "W1", "doc_type": "stock_count", "doc_no": "C1",
        "action": "post", "message_id": "F-2", "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert received(world.erp, "stock_count") == [(
        {"delivery_id": W1 + 2, "message_id": "F-2", "seq": number, "action": "post",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", "stock_status": "unrestricted", **LINES[0]},
         {"warehouse_code": "W1", "stock_status": "unrestricted", "uom": "PCE", **LINES[1]},
         {"warehouse_code": "W1", "uom": "KGM", **LINES[2]}],
    )]  # fmt: skip
    common = {
        "warehouse_code": "W1", "message_seq": number, "entry_no": 0, "denominator": 1,
        "numerator": 1, "source_seq": 12, "occurred_at": OCCURRED,
        "business_date": date(2026, 3, 4), "received_at": SOME_TIME, "applied_at": SOME_TIME,
        "posting_date": date(2026, 3, 4), "stock_status": "unrestricted",
    }  # fmt: skip
    assert ledger(world)[2:] == [
        {**common, "ledger_seq": 3, "line_no": 1, "movement_type": "count_loss", "item_code": "A",
         "location_code": "BIN1", "qty": -2, "sent_qty": 4, "sent_uom": "BOX", "numerator": 12},
        {**common, "ledger_seq": 4, "line_no": 2, "movement_type": "count_loss", "item_code": "L",
         "lot_no": "K1", "qty": -3, "sent_qty": 0, "sent_uom": "PCE"},
        {**common, "ledger_seq": 5, "line_no": 3, "movement_type": "count_gain", "item_code": "B",
         "stock_status": "quality", "qty": 5, "sent_qty": 5, "sent_uom": "KGM"},
    ]  # fmt: skip
    assert world.stock() == {
        StockKey("W1", "A", location="BIN1"): 48, StockKey("W1", "B", status="quality"): 5,
    }  # fmt: skip


def test_a_count_that_finds_what_the_book_holds_moves_nothing(world: World) -> None:
    """It still decides: the balance's version is raised, the ERP is told."""
    _stock(world)
    before = stock_rows(world.erp)[0]["row_version"]
    count = world.wms.stock_count(
        "C1", warehouse="W1", through=10,
        lines=[{"item_code": "A", "qty": 50, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    assert world.state(count) == "applied"
    assert len(world.ledger()) == 2
    assert stock_rows(world.erp)[0]["row_version"] == before + 1
    assert [row["doc_no"] for row in inbox(world.erp)] == ["I1", "C1"]


def test_movements_after_the_count_do_not_falsify_it(world: World) -> None:
    """The truck left while the count was on its way: only the difference of then is posted."""
    _stock(world)
    world.wms.stock_adjustment(
        "ADJ1", warehouse="W1", seq=15,
        lines=[{"item_code": "A", "qty": -20, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    world.wms.stock_count(
        "C1", warehouse="W1", through=12,
        lines=[{"item_code": "A", "qty": 49, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    assert moved(world)[-1] == ("count_loss", "A", "", "BIN1", "unrestricted", -1)
    assert world.stock()[StockKey("W1", "A", location="BIN1")] == 29


def test_a_late_fact_from_before_the_count_corrects_itself(world: World) -> None:
    """The count knew it already: it is posted with an equal and opposite count row."""
    _stock(world)
    world.wms.stock_count(
        "C1", warehouse="W1", through=12,
        lines=[{"item_code": "A", "qty": 60, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    world.wms.goods_receipt(
        "R1", warehouse="W1", seq=11,
        lines=[{"item_code": "A", "qty": 10, "location_code": "BIN1", "reason_code": "FOUND"}],
    )  # fmt: skip
    world.drain()
    assert moved(world)[2:] == [
        ("count_gain", "A", "", "BIN1", "unrestricted", 10),
        ("receipt_purchase", "A", "", "BIN1", "unrestricted", 10),
        ("count_loss", "A", "", "BIN1", "unrestricted", -10),
    ]
    assert world.stock()[StockKey("W1", "A", location="BIN1")] == 60


def test_a_fact_without_a_number_is_later_than_every_count(world: World) -> None:
    """Null source_seq: posted as it is."""
    _stock(world)
    world.wms.stock_count(
        "C1", warehouse="W1", through=12,
        lines=[{"item_code": "A", "qty": 60, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    world.wms.goods_receipt(
        "R1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 10, "location_code": "BIN1", "reason_code": "FOUND"}],
    )  # fmt: skip
    world.drain()
    assert world.stock()[StockKey("W1", "A", location="BIN1")] == 70


def test_a_recount_at_a_higher_position_decides_anew(world: World) -> None:
    """The newest count is the truth."""
    _stock(world)
    for number, through, qty in (("C1", 12, 40), ("C2", 20, 45)):
        world.wms.stock_count(
            number, warehouse="W1", through=through,
            lines=[{"item_code": "A", "qty": qty, "location_code": "BIN1"}],
        )  # fmt: skip
    world.drain()
    assert [entry[-1] for entry in moved(world)[2:]] == [-10, 5]
    assert world.stock()[StockKey("W1", "A", location="BIN1")] == 45


def test_the_same_count_under_another_number_has_no_effect(world: World) -> None:
    """Same key, same position, same quantity."""
    _stock(world)
    for number in ("C1", "C2"):
        world.wms.stock_count(
            number, warehouse="W1", through=12,
            lines=[{"item_code": "A", "qty": 40, "location_code": "BIN1"}],
        )  # fmt: skip
        world.drain()
    assert [entry[-1] for entry in moved(world)[2:]] == [-10]
    assert world.stock()[StockKey("W1", "A", location="BIN1")] == 40


def test_lines_of_one_key_are_one_count(world: World) -> None:
    """Two pallets of one bin are told on two lines and counted together."""
    _stock(world)
    world.wms.stock_count(
        "C1", warehouse="W1", through=12,
        lines=[{"item_code": "A", "qty": 30, "location_code": "BIN1"},
               {"item_code": "A", "qty": 1, "uom": "BOX", "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    assert world.stock()[StockKey("W1", "A", location="BIN1")] == 42
    again = world.wms.stock_count(
        "C2", warehouse="W1", through=12,
        lines=[{"item_code": "A", "qty": 42, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    assert world.state(again) == "applied"


def test_lines_of_one_key_said_again_under_another_number_have_no_effect(world: World) -> None:
    """What they add up to is compared, not each of them; another sum is a conflict."""
    _stock(world)
    pallets = [
        {"item_code": "A", "qty": 30, "location_code": "BIN1"},
        {"item_code": "A", "qty": 1, "uom": "BOX", "location_code": "BIN1"},
    ]
    other = [pallets[0], {**pallets[1], "qty": 2}]
    counts = [
        world.wms.stock_count(number, warehouse="W1", through=12, lines=lines)
        for number, lines in (("C1", pallets), ("C2", pallets), ("C3", other))
    ]
    world.drain()
    assert [world.state(count) for count in counts] == ["applied", "applied", "error"]
    assert [(row.line_no, row.code) for row in world.findings(counts[2])] == [
        (1, "DUP-001"), (2, "DUP-001"),
    ]  # fmt: skip
    assert world.stock()[StockKey("W1", "A", location="BIN1")] == 42


def test_a_count_touches_only_the_keys_that_it_lists(world: World) -> None:
    """Another location, another status: untouched."""
    _stock(world)
    world.wms.stock_count(
        "C1", warehouse="W1", through=12,
        lines=[{"item_code": "A", "qty": 7, "location_code": "BIN2"}],
    )  # fmt: skip
    world.drain()
    assert world.stock()[StockKey("W1", "A", location="BIN1")] == 50
    assert world.stock()[StockKey("W1", "A", location="BIN2")] == 7
