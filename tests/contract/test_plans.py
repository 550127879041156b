"""The plans of the internal statements on a filled database: what their headers promise.

One batch of each road is worked on a database with a long history, and the server tells the plan of
each statement as it ran it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from schema.sql import read
from schema.statements import statements
from sync import batch as road
from sync import repair
from sync.decide import decide
from sync.floor import Floors
from sync.openings import floor_of, next_retry, open_lanes, open_roads
from sync.rehearse import rehearse
from sync.retire import retire
from sync.store import Store, Transaction
from sync.sweep import sweep
from tests.support.builders_world import World
from tests.support.bulk import Bulk
from tests.support.cluster import Cluster
from tests.support.headers import field_of
from tests.support.history import WAREHOUSE, Size, fill, without_autovacuum
from tests.support.plans import Seen, explaining, handled, nodes, tell_plans

#: Documents in a batch: enough that work which grows with the square of it stands out.
DOCUMENTS = 200
#: Rows that one node of a plan may handle for one document: 3 lines, 13 columns looked at in each.
ROWS_A_DOCUMENT = 50
#: A big table is one that grows with the history; no statement reads a tenth of one.
BIG = frozenset(
    {"message", "line", "delivery", "delivery_line", "business_key", "event",
     "order_head", "order_line", "ledger", "balance", "memory"}
)  # fmt: skip


@pytest.fixture(scope="module", params=["bulk", "quick"])
def seen(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[Seen]:
    """Fill a database, work one batch of each kind, and give the plans of all statements.

    In sessions for bulk, which plan each batch anew, and in quick ones, which keep their plans.
    """
    database = cluster.clone()
    world = World(database)
    found = Seen()
    patch = pytest.MonkeyPatch()
    try:
        size = fill(world)
        without_autovacuum(world)
        tell_plans(world)
        patch.setattr(Transaction, "execute_statement", explaining(found))
        patch.setattr(road, "_run_once", partial(road._run_once, quick=request.param == "quick"))
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
    store, bulk, first = world.store, Bulk(world, WAREHOUSE), size.receipts
    receipts(bulk, "GR", first)
    work(store, "fact")
    orders(bulk, "PO", revision=1)
    work(store, "request")
    orders(bulk, "PO", revision=2)
    work(store, "request")
    cancel(bulk, "PO", revision=2)
    work(store, "request")
    orders(bulk, "PP", revision=1)
    work(store, "request")
    bulk.wms("order_milestone", "MS", DOCUMENTS, milestone_no="'MS' || g",
             milestone="'accepted'", order_type="'purchase_order'",
             order_no="'PP' || g")  # fmt: skip
    bulk.wms("order_response", "RS", DOCUMENTS // 2, response_no="'RS' || g",
             response="'accepted'", revision="1", order_type="'purchase_order'",
             order_no="'PP' || g")  # fmt: skip
    work(store, "answer")
    bulk.wms("stock_count", "SC", DOCUMENTS, lines=1,
             line={"item_code": "'I' || (1 + g % 500)", "counted_qty": "7",
                   "location_code": "'L' || (1 + g % 40)"},
             count_no="'SC' || g", counted_through_seq=str(first - 20))  # fmt: skip
    work(store, "count")
    bulk.wms("goods_receipt", "RV", DOCUMENTS // 2,
             receipt_no="'RV' || g", action="'reverse'", reverses_no="'HGR' || g")  # fmt: skip
    moves(bulk, "MV", "'I' || (1 + g % 500)")
    work(store, "fact")
    goods(bulk, "GD", first)
    work(store, "fact")
    substitutes(bulk, "SU")
    work(store, "request")
    work(store, "fact")
    bulk.wms("goods_receipt", "GB", 1, lines=1,
             line={"item_code": "'I1'", "qty": "1", "lot_no": "'NEW'", "reason_code": "'X'",
                   "expires_on": "'2030-01-01'"}, receipt_no="'GB'")  # fmt: skip
    work(store, "fact")
    bulk.wms("goods_receipt", "GV", 1, receipt_no="'GV'", action="'reverse'", reverses_no="'GB'")
    work(store, "fact")
    bulk.wms("stock_snapshot", "SN", DOCUMENTS, lines=1, line={"item_code": "'I1'", "qty": "1"},
             snapshot_no="'SN' || g", as_of="now()")  # fmt: skip
    work(store, "snapshot")
    items(bulk, "J")
    work(store, "master", lane="*")
    bulk.erp("item_uom", "JU", DOCUMENTS, of_lane=False, item_code="'J' || g", uom="'BOX'",
             version="1", numerator="12", denominator="1")  # fmt: skip
    work(store, "detail", lane="*")
    wait_and_be_released(store, bulk)
    correct_what_was_wrong(store, bulk)
    answer_the_inbox(world, bulk)
    fail_alone(world, bulk)
    be_late(world, bulk)
    repair_by_hand(store, bulk, first)
    receipts(bulk, "GL", first)
    goods(bulk, "GE", first)
    work(store, "fact", with_locks=True)
    sweep(store)
    open_roads(store)
    floors = Floors()
    for lane, kind in ((WAREHOUSE, "fact"), ("*", "detail")):
        floor_of(store, lane, kind, floors)
    open_lanes(store, floors)
    road.run_batch(store, WAREHOUSE, limit=DOCUMENTS)
    next_retry(store)
    decide_tasks(world, bulk, first)
    retire_some(world)
    with store.transaction() as tx:
        for name in ("show_backlog", "show_inboxes", "show_tasks"):
            tx.rows(name)
        tx.rows("list_tasks", codes=None, warehouses=None, owners=None)


def wait_and_be_released(store: Store, bulk: Bulk) -> None:
    """Let moves wait for items, and go on when the items come."""
    moves(bulk, "WA", "'K' || g")
    work(store, "fact")
    items(bulk, "K")
    work(store, "master", lane="*")
    work(store, "fact")


def correct_what_was_wrong(store: Store, bulk: Bulk) -> None:
    """Send moves that end in error, and the same numbers again with what was missing."""
    moves(bulk, "WR", "NULL")
    work(store, "fact")
    moves(bulk, "WR", "'I' || g", ids="WRagain")
    work(store, "fact")


def answer_the_inbox(world: World, bulk: Bulk) -> None:
    """Take the deliveries, cancel the orders, refuse, and let the sweep take notice."""
    world.wms.connection.execute(
        "UPDATE wms_v1.inbox SET state = 'taken' WHERE state = 'pending'"
        " AND doc_type = 'purchase_order'"
    )
    sweep(world.store)
    bulk.wms("order_response", "RP", DOCUMENTS // 2, lines=1,
             line={"order_line_no": "1", "accepted_qty": "5"}, response_no="'RP' || g",
             response="'partial'", revision="1", order_type="'purchase_order'",
             order_no=f"'PP' || ({DOCUMENTS // 2} + g)")  # fmt: skip
    work(world.store, "answer")
    for revision in (2, 3):
        orders(bulk, "PP", revision=revision)
        work(world.store, "request")
    cancel(bulk, "PP", revision=3)
    work(world.store, "request")
    world.admin.connection.execute(
        b"UPDATE staging.message SET waiting_since = now() + interval '1 hour'"
        b" WHERE waiting_for LIKE 'answer:%' AND seq % 2 = 0"
    )
    with world.store.transaction() as tx:
        now = tx.scalar("read_clock")
        tx.run("alarm_unanswered", now=now, answer_alarm=timedelta(0))
    world.admin.connection.execute(
        b"UPDATE ops.decision SET state = 'deciding', decision = 'refused', decided_by = 'a person',"
        b" reason = 'so', decided_at = now() WHERE code = 'STA-009' AND task_id % 2 = 0"
    )
    decide(world.store)
    world.wms.connection.execute(
        "UPDATE wms_v1.inbox SET state = 'refused', reason_code = 'NO'"
        " WHERE state IN ('pending', 'taken') AND doc_type = 'purchase_order'"
    )
    sweep(world.store)
    work(world.store, "request")


def decide_tasks(world: World, bulk: Bulk, first: int) -> None:
    """Receive too much, decide about every task, let some postings fail, and decide again."""
    run = world.admin.connection.execute
    receipts(bulk, "GX", first, qty=1000)
    work(world.store, "fact")
    run(
        b"UPDATE book.order_head SET state = 'closing' WHERE order_no LIKE 'PP%'"
        b" AND order_type = 'purchase_order'"
    )
    run(
        b"UPDATE book.order_line SET state = 'short', short_qty = open_qty"
        b" WHERE order_no LIKE 'PP%' AND order_type = 'purchase_order' AND state = 'open'"
    )
    run(
        b"INSERT INTO ops.decision (code, warehouse_code, seq, order_type, order_no, text, opened_at)"
        b" SELECT 'STA-010', warehouse_code, seq, order_type, order_no, 'gate', now()"
        b" FROM book.order_head WHERE state = 'closing'"
    )
    for choice in ("release", "scrap"):
        run(
            b"UPDATE ops.decision SET state = 'deciding', decided_by = 'a person', reason = 'so',"
            b" decision = CASE code WHEN 'STA-010' THEN 'force_close'"
            b" WHEN 'QTY-005' THEN %s WHEN 'QTY-006' THEN 'adjust' ELSE 'block' END,"
            b" decided_at = now() WHERE state = 'open'",
            (choice,),
        )
        decide(world.store)
        run(
            b"UPDATE staging.message SET state = 'error' WHERE sender = 'crossdock'"
            b" AND doc_no LIKE 'TASK-%' AND state = 'received' AND seq % 3 = 0"
        )
        decide(world.store)
    work(world.store, "fact")
    decide(world.store)


def be_late(world: World, bulk: Bulk) -> None:
    """Send moves that happened in a month that is closed."""
    closed = "SELECT * FROM ops.period_set(%s, '2001-01-01', 'closed', 'done')"
    world.admin.read(closed, WAREHOUSE)
    moves(bulk, "LT", "'I' || (1 + g % 500)", occurred_at="'2001-01-31 12:00:00+00'")
    work(world.store, "fact")


def fail_alone(world: World, bulk: Bulk) -> None:
    """Park one message as the engine does when it fails alone."""
    moves(bulk, "FA", "'I1'")
    found = world.admin.read("SELECT max(seq) AS seq FROM staging.message")[0]["seq"]
    broken = DBAPIError("", {}, psycopg.errors.InternalError_("broken"))
    road._quarantine(world.store, found, broken, world.store.now())


def retire_some(world: World) -> None:
    """Retire the first day of the history; then a finding and a line come for what was retired."""
    run = world.admin.connection.execute
    run(
        "UPDATE staging.message SET received_at = received_at - interval '91 days',"
        " finished_at = finished_at - interval '89 days' WHERE lane = '*'"
    )
    limit = timedelta(days=89, hours=20)
    assert retire(world.store, limit, rows=2 * DOCUMENTS).doc_types["purchase_order"] > DOCUMENTS
    run(
        "INSERT INTO staging.message_error (seq, code, severity, text, first_seen_at)"
        " SELECT max(seq), 'SYN-010', 'warning', 'late', now() - interval '90 days'"
        " FROM archive.message"
    )
    run(
        "INSERT INTO staging.line (sender, doc_type, message_id, line_no, received_at)"
        " SELECT sender, doc_type, message_id, 99, now() - interval '1 hour'"
        " FROM archive.message WHERE doc_type = 'purchase_order'"
    )
    assert retire(world.store, limit, rows=2 * DOCUMENTS).late > DOCUMENTS


def repair_by_hand(store: Store, bulk: Bulk, first: int) -> None:
    """Find messages, hold and amend one, and rehearse a revision, a receipt and one behind it."""
    orders(bulk, "PQ", revision=1)
    work(store, "request")
    orders(bulk, "PQ", revision=2)
    orders(bulk, "PQ", revision=3)
    receipts(bulk, "GH", first)
    told = {"reason": "planned", "operator": "Ana"}
    found = [
        repair.find(store, "hold", repair.Filter(state="received", doc_type=doc_type))
        for doc_type in ("purchase_order", "goods_receipt")
    ]
    for rows in found:
        for row in (rows[0], rows[-1]):
            rehearse(store, row["seq"])
    held = repair.act_on(store, "hold", found[1][0]["seq"], **told)["seq"]
    repair.amend(store, held, line_no=1, column="qty", value="2", **told)
    for kind in ("request", "request", "fact"):
        work(store, kind)


def work(store: Store, kind: str, *, lane: str = WAREHOUSE, with_locks: bool = False) -> None:
    """Work one batch."""
    result = road._run_once(store, lane, kind, 2 * DOCUMENTS, None, with_locks=with_locks)
    assert result.processed, f"nothing to do on the road {kind}"


def items(bulk: Bulk, name: str) -> None:
    """Send items."""
    bulk.erp("item", name, DOCUMENTS, of_lane=False,
             item_code=f"'{name}' || g", version="1", base_uom="'PCE'")  # fmt: skip


def orders(bulk: Bulk, name: str, *, revision: int) -> None:
    """Send purchase orders of three lines; a higher revision asks for less."""
    bulk.erp("purchase_order", f"{name}r{revision}n", DOCUMENTS, lines=3,
             line={"item_code": "'I' || (1 + (g + l) % 500)", "qty": str(11 - revision),
                   "uom": "'BOX'"},
             order_no=f"'{name}' || g", revision=str(revision), supplier_code="'SUP'")  # fmt: skip


def cancel(bulk: Bulk, name: str, *, revision: int) -> None:
    """Send cancels of those orders."""
    bulk.erp("purchase_order", f"{name}cancel", DOCUMENTS,
             order_no=f"'{name}' || g", revision=str(revision), action="'cancel'")  # fmt: skip


def receipts(bulk: Bulk, name: str, first: int, *, qty: int = 1) -> None:
    """Send goods receipts of three lines, every other one final, for open orders of the history."""
    bulk.wms("goods_receipt", name, DOCUMENTS, lines=3,
             line={"order_line_no": "nullif(l, 3)", "qty": str(qty), "uom": "'BOX'",
                   "item_code": f"'I' || (1 + (({first} + g) * 7 + l * 13) % 500)",
                   "location_code": "'L' || (1 + (g + l) % 40)"},
             receipt_no=f"'{name}' || g", order_type="'purchase_order'",
             order_no=f"'HPO' || ({first} + g)", source_seq="100000 + g",
             is_final="g % 2 = 0")  # fmt: skip


def goods(bulk: Bulk, name: str, first: int) -> None:
    """Send receipts of known lots and pieces: the second of each piece, and all have expired."""
    bulk.wms("goods_receipt", name, DOCUMENTS // 2, lines=2,
             line={"item_code": "'PIECE'", "qty": "1", "lot_no": "'HLOT' || g",
                   "serial_no": "'HSER' || g", "expires_on": "'2020-01-01'"},
             receipt_no=f"'{name}' || g", order_type="'purchase_order'",
             order_no=f"'HPO' || ({first} + g)")  # fmt: skip


def substitutes(bulk: Bulk, name: str) -> None:
    """Send sales orders, and shipments of other items for them."""
    bulk.erp("sales_order", name, DOCUMENTS, lines=1,
             line={"item_code": "'I' || (1 + g % 500)", "qty": "10"},
             order_no=f"'{name}' || g", revision="1", customer_code="'CUS'")  # fmt: skip
    bulk.wms("shipment", name, DOCUMENTS, lines=1,
             line={"item_code": "'I' || (2 + g % 500)", "qty": "1", "order_line_no": "1",
                   "reason_code": "'SUBSTITUTE'", "location_code": "'L' || (1 + g % 40)"},
             shipment_no=f"'{name}' || g", order_type="'sales_order'",
             order_no=f"'{name}' || g")  # fmt: skip


def moves(bulk: Bulk, name: str, item: str, *, ids: str = "", **header: str) -> None:
    """Send stock moves of one line, under the numbers ``name`` 1, 2 and so on."""
    bulk.wms("stock_move", ids or name, DOCUMENTS, lines=1,
             line={"item_code": item, "qty": "1", "from_location_code": "'L' || (1 + g % 40)",
                   "to_location_code": "'L' || (1 + (g + 1) % 40)"},
             move_no=f"'{name}' || g", source_seq="200000 + g", **header)  # fmt: skip


#: The files of the main road and of what sweeps, shows and mends around it: the filled database and
#: the batches of this module run them all. What runs by night or by hand over other tables is held
#: to indexes that exist (`test_statements`), and measured where its tables are filled.
MAIN_ROAD = (
    "apply_answer", "apply_count", "apply_fact", "apply_lot", "apply_master", "apply_request",
    "batch_tables", "claim", "decide", "doctor", "operate", "rehearse", "repair", "retire",
    "settle", "sweep", "validate",
)  # fmt: skip

OF_MAIN_ROAD = {
    name: one
    for file in MAIN_ROAD
    for name, one in read("schema.statements", f"{file}.sql").items()
}
PLANNED = sorted(name for name, one in OF_MAIN_ROAD.items() if field_of(one, "plan"))


@pytest.mark.parametrize("name", PLANNED)
def test_the_indexes_named_in_the_header_are_used(seen: Seen, name: str) -> None:
    """A header's ``plan`` names the indexes that the statement must use, or one ``or`` another.

    Or the kind of node that needs none.
    """
    promised = field_of(statements()[name], "plan").split(", ")
    for plan in seen.of(name):
        used = {str(node.get("Index Name", node["Node Type"])) for node in nodes(plan)}
        unused = [one for one in promised if used.isdisjoint(one.split(" or "))]
        assert not unused, f"{name}: unused {unused}, used {sorted(used)}"


def test_no_big_table_is_read_from_end_to_end(seen: Seen) -> None:
    """What grows with the history is reached by an index, and only where the batch needs it.

    What the command line shows is bounded by open work: here a tenth of everything is open. The
    look for late lines reads the last half minute, in which most of this history was sent, and what
    retires reads the 128 pages that one entry of a BRIN index stands for, however long history is.
    """
    wrong = []
    for name, plans in seen.plans.items():
        for node in (node for plan in plans for node in nodes(plan)):
            table = node.get("Relation Name")
            if table not in BIG:
                continue
            if name == "warn_late_lines":
                continue
            if node["Node Type"] == "Seq Scan" and node["Actual Loops"]:
                wrong.append(f"{name}: sequential scan of {table}")
            elif handled(node) > seen.rows[table] / 10 and not name.startswith(
                ("show_", "retire_")
            ):
                wrong.append(f"{name}: reads {handled(node):.0f} of {seen.rows[table]} {table}")
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_the_work_grows_no_faster_than_the_batch(seen: Seen) -> None:
    """No node handles rows by the square of the batch: no nested loop over two work tables.

    The look for late lines reads the last half minute, in which most of this history was sent.
    """
    wrong = [
        f"{name}: {node['Node Type']} {node.get('Relation Name', '')} handles {handled(node):.0f}"
        for name, plans in seen.plans.items()
        for plan in plans
        for node in nodes(plan)
        if handled(node) > ROWS_A_DOCUMENT * DOCUMENTS
        and node.get("Relation Name") not in BIG
        and name != "warn_late_lines"
    ]
    assert not wrong, "\n".join(sorted(set(wrong)))


def test_every_statement_of_the_main_road_was_looked_at(seen: Seen) -> None:
    """The batches above run everything but what the rules merge and what transfers need."""
    merged = {name for name in statements() if name.startswith(("rule_", "batch_", "doctor_"))}
    assert len(set(OF_MAIN_ROAD) - merged - set(seen.plans)) < 30
