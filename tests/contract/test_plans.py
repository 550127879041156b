"""The plans of the internal statements on a filled database: what their headers promise.

One batch of each road is worked on a database with a long history. Before each statement runs, it
is explained with its real parameters and work tables, analyzed, and rolled back to a savepoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError

from schema.sql import Statement
from schema.statements import statements
from sync import batch as road
from sync.store import Store, Transaction
from sync.sweep import next_retry, open_roads, sweep
from tests.support.builders_world import World
from tests.support.cluster import Cluster
from tests.support.headers import field_of
from tests.support.history import WAREHOUSE, Size, fill

#: Documents in a batch: enough that work which grows with the square of it stands out.
DOCUMENTS = 200
#: Rows that one node of a plan may handle for one document: 3 lines, 13 columns looked at in each.
ROWS_A_DOCUMENT = 50
#: A big table is one that grows with the history; no statement reads a tenth of one.
BIG = frozenset(
    {"message", "line", "delivery", "delivery_line", "business_key", "event",
     "order_head", "order_line", "ledger", "balance"}
)  # fmt: skip

Plan = dict[str, Any]


@dataclass
class Seen:
    """Collect the plans of each statement, in the order in which they ran."""

    plans: dict[str, list[Plan]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> list[Plan]:
        """Return the plans of a statement; fail when the batches below never ran it."""
        assert name in self.plans, f"no batch below runs {name}"
        return self.plans[name]


def nodes(plan: Plan) -> Iterator[Plan]:
    """Yield a plan's nodes from the top."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def handled(node: Plan) -> float:
    """Return how many rows a node handled, those that it threw away included."""
    thrown = ("Filter", "Join Filter", "Index Recheck")
    each = sum(float(node.get(f"Rows Removed by {kind}", 0)) for kind in thrown)
    return (float(node["Actual Rows"]) + each) * float(node["Actual Loops"])


def explaining(
    seen: Seen,
) -> Callable[[Transaction, Statement, dict[str, Any]], CursorResult[Any]]:
    """Return an `execute_statement` that explains first."""
    plain = Transaction.execute_statement

    def execute(
        self: Transaction, statement: Statement, params: dict[str, Any]
    ) -> CursorResult[Any]:
        if not statement.text.startswith("CREATE"):
            text = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + statement.text
            savepoint = self.connection.begin_nested()
            explained = Statement(statement.name, "", text, statement.parameters)
            plan = plain(self, explained, params).scalar_one()[0]["Plan"]
            savepoint.rollback()
            seen.plans.setdefault(statement.name, []).append(plan)
        return plain(self, statement, params)

    return execute


@pytest.fixture(scope="module")
def seen(cluster: Cluster) -> Iterator[Seen]:
    """Fill a database, work one batch of each kind, and give the plans of all statements."""
    database = cluster.clone()
    world = World(database)
    found = Seen()
    patch = pytest.MonkeyPatch()
    try:
        size = fill(world)
        patch.setattr(Transaction, "execute_statement", explaining(found))
        work_everything(world, size)
        patch.undo()
        found.rows = {
            str(row["relname"]): int(row["n"])
            for row in world.admin.read(
                "SELECT relname, CAST(reltuples AS bigint) AS n FROM pg_class"
                " WHERE relnamespace IN ('staging'::regnamespace, 'book'::regnamespace)"
            )
        }
        yield found
    finally:
        patch.undo()
        world.close()
        database.close()


def work_everything(world: World, size: Size) -> None:
    """Send documents of all roads in bulk and work one batch of each."""
    store, first = world.store, size.receipts
    receipts(world, "GR", order=f"'HPO' || ({first} + g)", item=f"({first} + g)")
    work(store, "fact")
    orders(world, "PO", revision=1)
    work(store, "request")
    orders(world, "PO", revision=2)
    work(store, "request")
    erp(world, "purchase_order", "order_no, revision, action", "'PO' || g, 2, 'cancel'", "CX")
    work(store, "request")
    orders(world, "PP", revision=1)
    work(store, "request")
    wms(world, "order_milestone", "milestone_no, order_type, order_no, milestone",
        "'MS' || g, 'purchase_order', 'PP' || g, 'accepted'", "MS")  # fmt: skip
    wms(world, "order_response", "response_no, order_type, order_no, revision, response",
        "'RS' || g, 'purchase_order', 'PP' || g, 1, 'accepted'", "RS",
        of=DOCUMENTS // 2)  # fmt: skip
    work(store, "answer")
    wms(world, "stock_count", "line_count, count_no, counted_through_seq",
        f"1, 'SC' || g, {first - 20}", "SC")  # fmt: skip
    wms(world, "stock_count_line", "line_no, item_code, counted_qty, location_code",
        "1, 'I' || (1 + g % 500), 7, 'L' || (1 + g % 40)", "SC")  # fmt: skip
    work(store, "count")
    wms(world, "goods_receipt", "receipt_no, action, reverses_no",
        "'RV' || g, 'reverse', 'HGR' || g", "RV", of=DOCUMENTS // 2)  # fmt: skip
    moves(world, "MV", "'I' || (1 + g % 500)")
    work(store, "fact")
    wms(world, "stock_snapshot", "line_count, snapshot_no, as_of", "1, 'SN' || g, now()", "SN")
    wms(world, "stock_snapshot_line", "line_no, item_code, qty", "1, 'I1', 1", "SN")
    work(store, "snapshot")
    erp(world, "item", "item_code, version, base_uom", "'J' || g, 1, 'PCE'", "J", lane=False)
    work(store, "master", lane="*")
    erp(world, "item_uom", "item_code, uom, version, numerator, denominator",
        "'J' || g, 'BOX', 1, 12, 1", "JU", lane=False)  # fmt: skip
    work(store, "detail", lane="*")
    wait_and_be_released(world)
    correct_what_was_wrong(world)
    answer_the_inbox(world)
    fail_alone(world)
    receipts(world, "GL", order=f"'HPO' || ({first} + g)", item=f"({first} + g)")
    work(store, "fact", with_locks=True)
    sweep(store)
    open_roads(store)
    next_retry(store)
    ask(store, "show_backlog", "show_inboxes", "show_tasks")


def wait_and_be_released(world: World) -> None:
    """Let moves wait for items, be corrected, and go on when the items come."""
    moves(world, "WA", "'K' || g")
    work(world.store, "fact")
    erp(world, "item", "item_code, version, base_uom", "'K' || g, 1, 'PCE'", "K", lane=False)
    work(world.store, "master", lane="*")
    work(world.store, "fact")


def correct_what_was_wrong(world: World) -> None:
    """Send moves that end in error, and the same numbers again with what was missing."""
    moves(world, "WR", "NULL")
    work(world.store, "fact")
    moves(world, "WR", "'I' || g", ids="WRagain")
    work(world.store, "fact")


def answer_the_inbox(world: World) -> None:
    """Take the deliveries, cancel the orders, refuse some, and let the sweep take notice."""
    world.wms.connection.execute(
        "UPDATE wms_v1.inbox SET state = 'taken' WHERE state = 'pending'"
        " AND doc_type = 'purchase_order'"
    )
    sweep(world.store)
    erp(world, "purchase_order", "order_no, revision, action", "'PP' || g, 1, 'cancel'", "CY")
    work(world.store, "request")
    world.wms.connection.execute(
        "UPDATE wms_v1.inbox SET state = 'refused', reason_code = 'NO'"
        " WHERE state IN ('pending', 'taken') AND doc_type = 'purchase_order'"
    )
    sweep(world.store)
    work(world.store, "request")


def fail_alone(world: World) -> None:
    """Park one message as the engine does when it fails alone."""
    moves(world, "FA", "'I1'")
    found = world.admin.read("SELECT max(seq) AS seq FROM staging.message")[0]["seq"]
    broken = DBAPIError("", {}, psycopg.errors.InternalError_("broken"))
    road._quarantine(world.store, found, broken, world.store.now())


def work(store: Store, kind: str, *, lane: str = WAREHOUSE, with_locks: bool = False) -> None:
    """Work one batch."""
    result = road._run_once(store, lane, kind, 2 * DOCUMENTS, None, with_locks=with_locks)
    assert result.processed, f"nothing to do on the road {kind}"


def ask(store: Store, *names: str) -> None:
    """Run queries that the command line asks."""
    with store.transaction() as tx:
        for name in names:
            tx.rows(name)


def erp(world: World, view: str, columns: str, values: str, ids: str, *, lane: bool = True) -> None:
    """Insert one row for each document g, set-based, as the ERP."""
    _insert(world.erp.connection, f"erp_v1.{view}", columns, values, ids, lane, DOCUMENTS)


def wms(
    world: World, view: str, columns: str, values: str, ids: str, *, of: int = DOCUMENTS
) -> None:
    """Insert one row for each document g, set-based, as the WMS."""
    _insert(world.wms.connection, f"wms_v1.{view}", columns, values, ids, True, of)


def _insert(
    connection: Any, view: str, columns: str, values: str, ids: str, lane: bool, of: int
) -> None:
    more, mine = (", warehouse_code", f", '{WAREHOUSE}'") if lane else ("", "")
    connection.execute(
        f"INSERT INTO {view} (message_id{more}, {columns})"
        f" SELECT '{ids}' || g{mine}, {values} FROM generate_series(1, {of}) AS g"
    )


def orders(world: World, name: str, *, revision: int) -> None:
    """Send purchase orders of three lines."""
    ids = f"{name}r{revision}n"
    with world.erp.transaction():
        erp(world, "purchase_order", "line_count, order_no, revision, supplier_code",
            f"3, '{name}' || g, {revision}, 'SUP'", ids)  # fmt: skip
        world.erp.connection.execute(
            "INSERT INTO erp_v1.purchase_order_line"
            " (message_id, warehouse_code, line_no, item_code, qty, uom)"
            f" SELECT '{ids}' || g, '{WAREHOUSE}', l, 'I' || (1 + (g + l) % 500),"
            f" {11 - revision}, 'BOX'"
            f" FROM generate_series(1, {DOCUMENTS}) AS g, generate_series(1, 3) AS l"
        )


def receipts(world: World, name: str, *, order: str, item: str) -> None:
    """Send goods receipts of three lines, every other one final, for orders of the history."""
    with world.wms.transaction():
        wms(world, "goods_receipt",
            "line_count, receipt_no, order_type, order_no, source_seq, is_final",
            f"3, '{name}' || g, 'purchase_order', {order}, 100000 + g, g % 2 = 0",
            name)  # fmt: skip
        world.wms.connection.execute(
            "INSERT INTO wms_v1.goods_receipt_line (message_id, warehouse_code, line_no,"
            " order_line_no, item_code, qty, uom, location_code)"
            f" SELECT '{name}' || g, '{WAREHOUSE}', l, nullif(l, 3),"
            f" 'I' || (1 + ({item} * 7 + l * 13) % 500), 1, 'BOX', 'L' || (1 + (g + l) % 40)"
            f" FROM generate_series(1, {DOCUMENTS}) AS g, generate_series(1, 3) AS l"
        )


def moves(world: World, name: str, item: str, *, ids: str = "") -> None:
    """Send stock moves of one line, under the numbers ``name`` 1, 2 and so on."""
    ids = ids or name
    with world.wms.transaction():
        wms(world, "stock_move", "line_count, move_no, source_seq",
            f"1, '{name}' || g, 200000 + g", ids)  # fmt: skip
        wms(world, "stock_move_line",
            "line_no, item_code, qty, from_location_code, to_location_code",
            f"1, {item}, 1, 'L' || (1 + g % 40), 'L' || (1 + (g + 1) % 40)", ids)  # fmt: skip


PLANNED = sorted(name for name, one in statements().items() if field_of(one, "plan"))


@pytest.mark.parametrize("name", PLANNED)
def test_the_indexes_named_in_the_header_are_used(seen: Seen, name: str) -> None:
    """A header's ``plan`` names the indexes that the statement must use, or one ``or`` another."""
    promised = field_of(statements()[name], "plan").split(", ")
    for plan in seen.of(name):
        used = {node["Index Name"] for node in nodes(plan) if "Index Name" in node}
        unused = [one for one in promised if used.isdisjoint(one.split(" or "))]
        assert not unused, f"{name}: unused {unused}, used {sorted(used)}"


def test_no_big_table_is_read_from_end_to_end(seen: Seen) -> None:
    """What grows with the history is reached by an index, and only where the batch needs it.

    What the command line shows is bounded by open work: here a tenth of everything is open.
    """
    wrong = []
    for name, plans in seen.plans.items():
        for node in (node for plan in plans for node in nodes(plan)):
            table = node.get("Relation Name")
            if table not in BIG:
                continue
            if node["Node Type"] == "Seq Scan" and node["Actual Loops"]:
                wrong.append(f"{name}: sequential scan of {table}")
            elif handled(node) > seen.rows[table] / 10 and not name.startswith("show_"):
                wrong.append(f"{name}: reads {handled(node):.0f} of {seen.rows[table]} {table}")
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_the_work_grows_no_faster_than_the_batch(seen: Seen) -> None:
    """No node handles rows by the square of the batch: no nested loop over two work tables."""
    wrong = [
        f"{name}: {node['Node Type']} {node.get('Relation Name', '')} handles {handled(node):.0f}"
        for name, plans in seen.plans.items()
        for plan in plans
        for node in nodes(plan)
        if handled(node) > ROWS_A_DOCUMENT * DOCUMENTS and node.get("Relation Name") not in BIG
    ]
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_every_statement_of_the_main_road_was_looked_at(seen: Seen) -> None:
    """The batches above run everything but what the rules merge and what transfers need."""
    merged = {name for name in statements() if name.startswith(("rule_", "batch_", "doctor_"))}
    assert len(set(statements()) - merged - set(seen.plans)) < 30
