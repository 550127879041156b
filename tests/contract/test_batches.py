"""A batch is a handful of statements, however many rows it has: never a loop over rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from schema.catalogue import ROADS
from schema.sql import Statement
from schema.statements import statements
from sync.batch import QUICK_MESSAGES, BatchResult, run_road
from sync.store import Transaction
from tests.support.builders_world import World
from tests.support.bulk import Bulk
from tests.support.cluster import Cluster
from tests.support.history import WAREHOUSE, Size, fill

#: Rows of a batch: lines where the documents have lines, else documents.
ROWS: Final = (10, 1_000, 10_000)
LINES: Final = 5

Send = Callable[[Bulk, int], None]


@pytest.fixture(scope="module")
def world(cluster: Cluster) -> Iterator[World]:
    """Give a database with master data and a short history; the session has its work tables."""
    database = cluster.clone()
    opened = World(database)
    try:
        fill(opened, Size(orders=300, waiting=10))
        yield opened
    finally:
        opened.close()
        database.close()


def masters(bulk: Bulk, rows: int) -> None:
    """Send items."""
    bulk.erp("item", f"item{rows}n", rows, of_lane=False,
             item_code=f"'J{rows}n' || g", version="1", base_uom="'PCE'")  # fmt: skip


def details(bulk: Bulk, rows: int) -> None:
    """Send locations."""
    bulk.erp("location", f"location{rows}n", rows,
             location_code=f"'M{rows}n' || g", version="1")  # fmt: skip


def requests(bulk: Bulk, rows: int) -> None:
    """Send purchase orders."""
    bulk.erp("purchase_order", f"order{rows}n", rows // LINES, lines=LINES,
             line={"item_code": "'I' || (1 + (g + l) % 500)", "qty": "10", "uom": "'BOX'"},
             order_no=f"'P{rows}n' || g", revision="1", supplier_code="'SUP'")  # fmt: skip


def answers(bulk: Bulk, rows: int) -> None:
    """Send milestones of one order."""
    bulk.wms("order_milestone", f"milestone{rows}n", rows,
             milestone_no=f"'M{rows}n' || g", milestone="'accepted'",
             order_type="'purchase_order'", order_no=f"'P{rows}n1'")  # fmt: skip


def facts(bulk: Bulk, rows: int) -> None:
    """Send receipts of those orders: new balances, with and without order lines named."""
    bulk.wms("goods_receipt", f"receipt{rows}n", rows // LINES, lines=LINES,
             line={"order_line_no": "CASE WHEN g % 2 = 0 THEN l END", "qty": "2", "uom": "'BOX'",
                   "item_code": "'I' || (1 + (g + l) % 500)", "lot_no": f"'LOT{rows}'",
                   "location_code": "'L' || (1 + g % 100)"},
             receipt_no=f"'R{rows}n' || g", order_type="'purchase_order'",
             order_no=f"'P{rows}n' || g")  # fmt: skip


def counts(bulk: Bulk, rows: int) -> None:
    """Send counts, each of balances of its own."""
    bulk.wms("stock_count", f"count{rows}n", rows // LINES, lines=LINES,
             line={"item_code": "'I' || l", "counted_qty": "3", "lot_no": f"'C{rows}n' || g"},
             count_no=f"'C{rows}n' || g", counted_through_seq="1000000")  # fmt: skip


def snapshots(bulk: Bulk, rows: int) -> None:
    """Send snapshots."""
    bulk.wms("stock_snapshot", f"snapshot{rows}n", rows // LINES, lines=LINES,
             line={"item_code": "'I' || l", "qty": "3"},
             snapshot_no=f"'S{rows}n' || g", as_of="now()")  # fmt: skip


def instructions(bulk: Bulk, rows: int) -> None:
    """Let crossdock ask for corrections of the ERP's book."""
    bulk.crossdock("book_correction", f"correction{rows}n", rows // LINES, lines=LINES,
                   line={"item_code": "'I' || l", "qty": "-3", "stock_status": "'blocked'"},
                   doc_no=f"'B{rows}n' || g", system_code="'ERP'", action="'post'")  # fmt: skip


#: In the order of the roads: the facts are for the orders of the requests.
SENT: Final[dict[str, Send]] = {
    "master": masters,
    "detail": details,
    "request": requests,
    "answer": answers,
    "fact": facts,
    "count": counts,
    "snapshot": snapshots,
    "instruction": instructions,
}


def test_every_road_is_looked_at() -> None:
    """A new road must be added below."""
    assert tuple(SENT) == ROADS


@pytest.fixture(scope="module")
def batches(world: World) -> dict[str, list[BatchResult]]:
    """Give, for each road, the results of one batch of each size."""
    bulk = Bulk(world, WAREHOUSE)
    found: dict[str, list[BatchResult]] = {}
    for rows, limit in ((11, QUICK_MESSAGES), (12, QUICK_MESSAGES + 1)):
        # The first batch of a session makes its work tables.
        masters(bulk, rows)
        assert run_road(world.store, "*", "master", limit=limit).processed == rows
    for road, send in SENT.items():
        lane = "*" if road in ("master", "detail") else WAREHOUSE
        for rows in ROWS:
            send(bulk, rows)
            found.setdefault(road, []).append(run_road(world.store, lane, road, limit=rows))
    return found


@pytest.mark.parametrize("road", ROADS)
def test_the_number_of_statements_does_not_depend_on_the_rows(
    batches: dict[str, list[BatchResult]], road: str
) -> None:
    """Set-based means: as many statements at 10 rows as at 10,000.

    A quick session, which the smallest batch takes, empties its work tables by one more.
    """
    has_lines = road not in ("master", "detail", "answer")
    sizes = [rows // LINES if has_lines else rows for rows in ROWS]
    assert [result.processed for result in batches[road]] == sizes
    assert [dict(result.states) for result in batches[road]] == [{"applied": n} for n in sizes]
    quick, *bulk = [result.statements for result in batches[road]]
    assert set(bulk) == {quick - (road != "snapshot")}


@pytest.mark.parametrize("road", ROADS)
def test_a_batch_is_a_handful_of_statements(
    batches: dict[str, list[BatchResult]], road: str
) -> None:
    """Each statement is a round trip and a plan: small batches pay for every one of them."""
    assert all(0 < result.statements <= 45 for result in batches[road])


#: What a batch of plain receipts has no use for.
RARE: Final = (
    "defer_mixed", "enter_reversals", "allocate_open", "enter_other_facts",
    "enter_count_corrections", "send_transit", "remember_reversals",
)  # fmt: skip


def test_plain_receipts_do_not_pay_for_what_they_do_not_hold(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Receipts that name their order lines, in a warehouse that counted nothing yet."""
    ran: list[str] = []
    plain = Transaction.execute_statement

    def note(self: Transaction, statement: Statement, params: dict[str, Any]) -> object:
        ran.append(statement.name)
        return plain(self, statement, params)

    database = cluster.clone()
    opened = World(database)
    try:
        opened.load_masters()
        opened.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 9)])
        opened.drain()
        opened.wms.goods_receipt(
            "R1", warehouse="W1", order=("purchase_order", "PO1"),
            lines=[{"item_code": "A", "qty": 2, "order_line_no": 1}],
        )  # fmt: skip
        monkeypatch.setattr(Transaction, "execute_statement", note)
        assert run_road(opened.store, "W1", "fact", limit=10).states == {"applied": 1}
    finally:
        opened.close()
        database.close()
    assert sorted(set(ran) & set(RARE)) == []
    assert "insert_ledger" in ran
    assert set(RARE) <= set(statements())
