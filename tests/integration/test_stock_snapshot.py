"""Stock snapshots: from both sides, kept for reconciliation, delivered to nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.integration.reading import SOME_TIME, errors, inbox, sent, status
from tests.integration.working import drain_with
from tests.support.builders_world import World

HEADER = {
    "warehouse_code": "W1", "snapshot_no": "SN1",
    "as_of": datetime(2026, 3, 4, 22, tzinfo=UTC), "through_seq": 120,
    "total_qty": Decimal("41.5"), "line_count": 3, "attributes": {"run": "nightly"},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "A", "qty": 40, "uom": "PCE", "location_code": "BIN1"},
    {"line_no": 2, "item_code": "L", "qty": -1, "lot_no": "K1", "stock_status": "quality"},
    {"line_no": 3, "item_code": "B", "qty": Decimal("2.5"), "uom": "KGM"},
)  # fmt: skip


@pytest.mark.parametrize("system", ["ERP", "WMS1"])
def test_a_snapshot_of_either_side_is_kept_as_it_was_sent(world: World, system: str) -> None:
    """Negative and unknown stock is what it is; nothing is posted, nobody has to read it."""
    sender = world.sender(system)
    snapshot = sender.build("stock_snapshot", HEADER, LINES)
    before = (inbox(world.erp), inbox(world.wms1))
    world.drain()

    number = status(sender, snapshot)["seq"]
    assert sent(sender, snapshot) == (
        {"message_id": snapshot.message_id, "seq": number, "state": "applied",
         "received_at": SOME_TIME, "finished_at": SOME_TIME, "doc_type": "stock_snapshot",
         **HEADER},
        [{"message_id": snapshot.message_id, "warehouse_code": "W1",
          "doc_type": "stock_snapshot", **line} for line in LINES],
    )  # fmt: skip
    assert status(sender, snapshot) == {
        "seq": number, "message_id": snapshot.message_id, "doc_type": "stock_snapshot",
        "doc_no": "SN1", "state": "applied", "received_at": SOME_TIME,
        "finished_at": SOME_TIME, "attempts": 0,
    }  # fmt: skip
    assert (inbox(world.erp), inbox(world.wms1)) == before
    assert world.ledger() == []


def test_an_empty_warehouse_says_so_with_line_count_zero(world: World) -> None:
    """Without the control total an empty snapshot is a lost one."""
    empty = world.wms.stock_snapshot("SN1", warehouse="W1", through=1, lines=[], line_count=0)
    lost = world.wms.stock_snapshot("SN2", warehouse="W1", through=2, lines=[])
    world.drain()
    assert (world.state(empty), world.state(lost)) == ("applied", "error")
    assert [row["code"] for row in errors(world.wms, lost)] == ["SYN-004"]


def test_both_sides_may_use_the_same_number(world: World) -> None:
    """A business key belongs to its sender."""
    erp = world.erp.build("stock_snapshot", HEADER, LINES)
    wms = world.wms.build("stock_snapshot", HEADER, LINES)
    world.drain()
    assert (world.status(erp)["state"], world.status(wms)["state"]) == ("applied", "applied")


def test_a_resent_snapshot_is_a_duplicate_and_another_one_an_error(world: World) -> None:
    """Also when the totals agree: what the lines say is compared."""
    first = world.wms.build("stock_snapshot", HEADER, LINES)
    world.drain()
    again, other = first.again("again"), first.again("other").with_line(1, location_code="BIN2")
    for document in (again, other):
        world.wms.send(document)
    world.drain()
    assert (world.state(again), world.state(other)) == ("duplicate", "error")
    assert [row["code"] for row in errors(world.wms, other)] == ["DUP-001"]


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"item_code": None}, "item_code", "SYN-001"),
        ({"qty": None}, "qty", "SYN-001"),
        ({"qty": Decimal("NaN")}, "qty", "QTY-003"),
        ({"lot_no": "K\t1"}, "lot_no", "SYN-002"),
        ({"location_code": "B" * 201}, "location_code", "SYN-003"),
        ({"warehouse_code": "W2"}, "warehouse_code", "SYN-008"),
    ],
)
def test_a_snapshot_line_that_says_nothing_is_an_error(
    world: World, changed: dict[str, object], column: str, code: str
) -> None:
    """A snapshot that cannot be read must not be compared as if the rest were all."""
    good = world.wms.build("stock_snapshot", HEADER, LINES)
    bad = good.again("bad", snapshot_no="SN2").with_line(2, **changed)
    world.wms.send(bad)
    world.drain()
    assert (world.state(good), world.state(bad)) == ("applied", "error")
    assert [
        (row["line_no"], row["column_name"], row["code"]) for row in errors(world.wms, bad)
    ] == [(2, column, code)]


def test_a_snapshot_may_name_what_nobody_knows(world: World) -> None:
    """An item or a place that is unknown is a difference to explain, not an error."""
    line = {"item_code": "GHOST", "qty": 0, "uom": "XXX", "location_code": "NOWHERE"}
    snapshot = world.wms.stock_snapshot("SN1", warehouse="W1", through=1, lines=[line])
    world.drain()
    assert world.state(snapshot) == "applied"


def test_a_snapshot_takes_as_long_as_it_has_lines(fresh_world: World) -> None:
    """No time limit of a statement cuts it off: it would be retried and cut off for ever."""
    snapshot = fresh_world.wms.build("stock_snapshot", HEADER, LINES)
    # What a line says now takes longer than any statement of this store may.
    fresh_world.admin.connection.execute(
        "CREATE OR REPLACE FUNCTION staging.snapshot_content(l staging.line) RETURNS text"
        " LANGUAGE sql VOLATILE AS 'SELECT md5(l.item_code) FROM pg_sleep(0.5)'"
    )
    drain_with(fresh_world, statement_timeout=timedelta(seconds=1))
    assert fresh_world.state(snapshot) == "applied"
