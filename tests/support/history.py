"""Make a long history by SQL: what a database looks like after months, in a few seconds.

Purchase orders of one warehouse, released, read, and received in full or not at all, with every row
that the engine leaves behind: findings that were resolved, tasks that were decided, a count of each
balance when it was empty, the memory of messages whose payload is long gone, and moves that wait
for their items until today. The history is lawful: `ops.proof` finds nothing in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from psycopg import ClientCursor, Connection
from psycopg.rows import TupleRow

from tests.support.builders_world import World

WAREHOUSE = "W1"
LINES = 3


@dataclass(frozen=True)
class Size:
    """Say how long the history is; all but one of 15 orders were received."""

    items: int = 500
    locations: int = 100
    orders: int = 20_000
    waiting: int = 2000
    retired: int = 50_000
    lines: int = LINES
    #: The oldest document is so old; each later one came so much later.
    oldest: timedelta = timedelta(days=90)
    step: timedelta = timedelta(minutes=1)

    @property
    def receipts(self) -> int:
        """Return how many goods receipts there are."""
        return self.orders * 14 // 15

    def parameters(self) -> dict[str, int | str | timedelta]:
        """Return what the statements below take."""
        return {
            "items": self.items,
            "locations": self.locations,
            "orders": self.orders,
            "receipts": self.receipts,
            "waiting": self.waiting,
            "retired": self.retired,
            "lines": self.lines,
            "oldest": self.oldest,
            "step": self.step,
            "w": WAREHOUSE,
        }


#: Sent through the contract, as any load of master data.
_MASTERS = """
INSERT INTO erp_v1.warehouse (message_id, warehouse_code, version, time_zone)
VALUES ('w1', %(w)s, 1, 'Europe/Berlin');
INSERT INTO erp_v1.party (message_id, party_code, version, role)
VALUES ('p1', 'SUP', 1, 'supplier'), ('p2', 'CUS', 1, 'customer');
INSERT INTO erp_v1.item (message_id, item_code, version, base_uom)
SELECT 'i' || g, 'I' || g, 1, 'PCE' FROM generate_series(1, %(items)s) AS g;
INSERT INTO erp_v1.item (message_id, item_code, version, base_uom, serial_controlled)
VALUES ('piece', 'PIECE', 1, 'PCE', true);
INSERT INTO erp_v1.item_uom (message_id, item_code, uom, version, numerator, denominator)
SELECT 'u' || g, 'I' || g, 'BOX', 1, 12, 1 FROM generate_series(1, %(items)s) AS g;
INSERT INTO erp_v1.location (message_id, warehouse_code, location_code, version)
SELECT 'l' || g, %(w)s, 'L' || g, 1 FROM generate_series(1, %(locations)s) AS g;
"""

#: Order g: lines 1 to 3 of 10 boxes. Receipt g is for order g, in full.
_DOCUMENTS = """
CREATE TEMPORARY TABLE past ON COMMIT DROP AS
SELECT
    d.sender, d.receiver, d.doc_type, d.message_id, d.doc_no, d.order_no, g.n,
    d.of_order + g.n AS delivery_n,
    now() - %(oldest)s + (d.of_order + g.n) * %(step)s AS at
FROM (
    VALUES
    ('ERP', 'WMS1', 'purchase_order', 'hpo', 'HPO', 'HPO', 0, %(orders)s),
    ('WMS1', 'ERP', 'goods_receipt', 'hgr', 'HGR', 'HPO', %(orders)s, %(receipts)s)
) AS d (sender, receiver, doc_type, message_id, doc_no, order_no, of_order, count)
CROSS JOIN LATERAL generate_series(1, d.count) AS g (n)
"""
_PAST_LINES = """
CREATE TEMPORARY TABLE past_line ON COMMIT DROP AS
SELECT p.*, l.line_no, 'I' || (1 + (p.n * 7 + l.line_no * 13) %% %(items)s) AS item_code,
    'L' || (1 + (p.n / 250 + l.line_no) %% %(locations)s) AS location_code
FROM past AS p, generate_series(1, %(lines)s) AS l (line_no)
"""
_HISTORY = (
    _DOCUMENTS,
    _PAST_LINES,
    "ANALYZE past",
    "ANALYZE past_line",
    """
INSERT INTO staging.message (
    sender, doc_type, message_id, warehouse_code, line_count, state, received_at, finished_at,
    state_reason, actor, doc_no, revision, party_code, order_type, order_no, source_seq,
    occurred_at, is_final
)
SELECT p.sender, p.doc_type, p.message_id || p.n, %(w)s, %(lines)s, 'applied', p.at,
    p.at + interval '1 second', NULL, 'crossdock', p.doc_no || p.n,
    CASE p.doc_type WHEN 'purchase_order' THEN 1 END,
    CASE p.doc_type WHEN 'purchase_order' THEN 'SUP' END,
    CASE p.doc_type WHEN 'goods_receipt' THEN 'purchase_order' END,
    CASE p.doc_type WHEN 'goods_receipt' THEN p.order_no || p.n END,
    CASE p.doc_type WHEN 'goods_receipt' THEN p.n END,
    CASE p.doc_type WHEN 'goods_receipt' THEN p.at END,
    p.doc_type = 'goods_receipt' AND p.n %% 2 = 0
FROM past AS p ORDER BY p.delivery_n
""",
    """
INSERT INTO staging.line (
    sender, doc_type, message_id, line_no, warehouse_code, received_at, item_code, qty, uom,
    order_line_no, location_code
)
SELECT p.sender, p.doc_type, p.message_id || p.n, p.line_no, %(w)s, p.at, p.item_code, 10, 'BOX',
    CASE p.doc_type WHEN 'goods_receipt' THEN p.line_no END,
    CASE p.doc_type WHEN 'goods_receipt' THEN p.location_code END
FROM past_line AS p ORDER BY p.delivery_n, p.line_no
""",
    """
CREATE TEMPORARY TABLE past_seq ON COMMIT DROP AS
SELECT p.delivery_n, m.seq FROM past AS p
INNER JOIN staging.message AS m
    ON m.sender = p.sender AND m.doc_type = p.doc_type AND m.message_id = p.message_id || p.n
""",
    "ANALYZE past_seq",
    """
INSERT INTO staging.event (seq, at, from_state, to_state, actor)
SELECT s.seq, p.at + interval '1 second', 'received', 'applied', 'crossdock'
FROM past AS p INNER JOIN past_seq AS s USING (delivery_n) ORDER BY s.seq
""",
    """
INSERT INTO staging.business_key (sender, doc_type, business_key, seq, content_hash)
SELECT p.sender, p.doc_type,
    concat_ws(
        ' ', %(w)s, p.doc_no || p.n, CASE p.doc_type WHEN 'purchase_order' THEN '1 upsert' END
    ),
    s.seq, CAST(md5(p.message_id || p.n) AS uuid)
FROM past AS p INNER JOIN past_seq AS s USING (delivery_n)
""",
    """
INSERT INTO staging.delivery (
    delivery_id, receiver, doc_type, warehouse_code, action, message_id, seq, delivered_at, state,
    answered_at, active, is_default_out, doc_no, revision, party_code, order_type, order_no,
    is_final, source_seq, occurred_at
)
SELECT c.warehouse_no * 1000000000000 + c.delivery_n + p.delivery_n, p.receiver, p.doc_type,
    %(w)s, CASE p.doc_type WHEN 'purchase_order' THEN 'upsert' ELSE 'post' END,
    p.message_id || p.n, s.seq, p.at + interval '1 second', 'accepted', p.at + interval '1 hour',
    true, false, p.doc_no || p.n, CASE p.doc_type WHEN 'purchase_order' THEN 1 END,
    CASE p.doc_type WHEN 'purchase_order' THEN 'SUP' END,
    'purchase_order', p.order_no || p.n, p.doc_type = 'goods_receipt' AND p.n %% 2 = 0,
    CASE p.doc_type WHEN 'goods_receipt' THEN p.n END, p.at
FROM past AS p INNER JOIN past_seq AS s USING (delivery_n)
INNER JOIN book.lane_counter AS c ON c.warehouse_code = %(w)s
ORDER BY p.delivery_n
""",
    """
INSERT INTO staging.delivery_line (
    delivery_id, line_no, receiver, doc_type, warehouse_code, message_id, item_code, qty, uom,
    over_tolerance_pct, under_tolerance_pct, order_line_no, location_code, stock_status,
    to_location_code, to_stock_status
)
SELECT c.warehouse_no * 1000000000000 + c.delivery_n + p.delivery_n, p.line_no, p.receiver,
    p.doc_type, %(w)s, p.message_id || p.n, p.item_code, 10, 'BOX', 0, 0,
    CASE p.doc_type WHEN 'goods_receipt' THEN p.line_no END,
    CASE p.doc_type WHEN 'goods_receipt' THEN p.location_code END, 'unrestricted',
    CASE p.doc_type WHEN 'goods_receipt' THEN p.location_code END, 'unrestricted'
FROM past_line AS p INNER JOIN book.lane_counter AS c ON c.warehouse_code = %(w)s
ORDER BY p.delivery_n, p.line_no
""",
    """
INSERT INTO book.order_head (
    warehouse_code, order_type, order_no, revision, action, state, party_code, seq, delivery_id,
    released_at, changed_at, ended_at, row_version
)
SELECT %(w)s, p.doc_type, p.order_no || p.n, 1, 'upsert',
    CASE WHEN p.n <= %(receipts)s THEN 'completed' ELSE 'in_work' END, 'SUP', s.seq,
    c.warehouse_no * 1000000000000 + c.delivery_n + p.delivery_n, p.at, p.at,
    CASE WHEN p.n <= %(receipts)s THEN p.at END, 1
FROM past AS p INNER JOIN past_seq AS s USING (delivery_n)
INNER JOIN book.lane_counter AS c ON c.warehouse_code = %(w)s
WHERE p.doc_type = 'purchase_order'
""",
    """
INSERT INTO book.order_line (
    warehouse_code, order_type, order_no, line_no, direction, item_code, uom, ordered_qty, done_qty,
    state, last_fact_at
)
SELECT %(w)s, p.doc_type, p.order_no || p.n, p.line_no, 'in', p.item_code, 'BOX', 120,
    CASE WHEN p.n <= %(receipts)s THEN 120 ELSE 0 END,
    CASE WHEN p.n <= %(receipts)s THEN 'completed' ELSE 'open' END,
    CASE WHEN p.n <= %(receipts)s THEN p.at END
FROM past_line AS p WHERE p.doc_type = 'purchase_order'
""",
    # Without statistics the join below is one look at all orders for each receipt.
    "ANALYZE book.order_head",
    """
INSERT INTO book.order_final (
    warehouse_code, message_seq, order_type, order_no, order_seq, is_of_components
)
SELECT %(w)s, s.seq, h.order_type, h.order_no, h.seq, false
FROM past AS p INNER JOIN past_seq AS s USING (delivery_n)
INNER JOIN book.order_head AS h
    ON h.warehouse_code = %(w)s AND h.order_type = 'purchase_order' AND h.order_no = p.order_no || p.n
WHERE p.doc_type = 'goods_receipt' AND p.n %% 2 = 0
""",
    """
INSERT INTO book.ledger (
    warehouse_code, ledger_seq, message_seq, line_no, entry_no, movement_type, item_code, lot_no,
    serial_no, location_code, stock_status, qty, sent_qty, sent_uom, numerator, denominator,
    order_type, order_no, order_line_no, order_qty, source_seq, occurred_at, business_date,
    received_at, applied_at, posting_date
)
SELECT %(w)s, c.ledger_seq + row_number() OVER (ORDER BY p.n, p.line_no), s.seq, p.line_no, 4,
    'receipt_purchase', p.item_code, '', '', p.location_code, 'unrestricted', 120, 10, 'BOX', 12, 1,
    'purchase_order', p.order_no || p.n, p.line_no, 120, p.n, p.at,
    CAST(p.at AT TIME ZONE 'Europe/Berlin' AS date), p.at, p.at + interval '1 second',
    CAST(p.at AT TIME ZONE 'Europe/Berlin' AS date)
FROM past_line AS p INNER JOIN past_seq AS s USING (delivery_n)
INNER JOIN book.lane_counter AS c ON c.warehouse_code = %(w)s
WHERE p.doc_type = 'goods_receipt'
""",
    """
INSERT INTO book.balance (
    warehouse_code, item_code, lot_no, location_code, stock_status, qty, row_version, changed_at
)
SELECT %(w)s, p.item_code, '', p.location_code, 'unrestricted', sum(120), count(*), max(p.at)
FROM past_line AS p WHERE p.doc_type = 'goods_receipt' GROUP BY p.item_code, p.location_code
""",
    """
INSERT INTO book.count_position (
    warehouse_code, item_code, lot_no, location_code, stock_status, counted_through_seq,
    counted_qty, message_seq
)
SELECT b.warehouse_code, b.item_code, b.lot_no, b.location_code, b.stock_status, 0, 0, 1
FROM book.balance AS b
""",
    """
INSERT INTO book.lot (warehouse_code, item_code, lot_no, expires_on, message_seq)
SELECT %(w)s, 'PIECE', 'HLOT' || g, '2030-01-01', 1 FROM generate_series(1, %(orders)s) AS g
""",
    """
INSERT INTO book.serial (
    warehouse_code, item_code, serial_no, on_hand, message_seq, row_version, changed_at
)
SELECT %(w)s, 'PIECE', 'HSER' || g, 0, 1, 2, now() FROM generate_series(1, %(orders)s) AS g
""",
    """
INSERT INTO staging.message_error (
    seq, line_no, column_name, code, severity, value, text, first_seen_at, resolved_at
)
SELECT s.seq, p.line_no, 'item_code', 'REF-001', 'wait', p.item_code, 'is not known', p.at, p.at
FROM past_line AS p INNER JOIN past_seq AS s USING (delivery_n)
WHERE p.line_no = 1 AND p.doc_type = 'goods_receipt'
""",
    """
INSERT INTO ops.task (
    code, state, warehouse_code, seq, line_no, text, opened_at, decision, decided_by, decided_at,
    closed_at
)
SELECT 'PER-001', 'done', %(w)s, s.seq, 1, 'clock', p.at, 'keep', 'a person', p.at, p.at
FROM past AS p INNER JOIN past_seq AS s USING (delivery_n)
WHERE p.n %% 4 = 0 AND p.doc_type = 'goods_receipt'
""",
    """
INSERT INTO staging.message (
    sender, doc_type, message_id, warehouse_code, line_count, state, received_at, waiting_for,
    waiting_since, wait_until, passes, doc_no
)
SELECT 'WMS1', 'stock_move', 'hmv' || g, %(w)s, 1, 'waiting', now() - interval '1 hour',
    'item:U' || g, now() - interval '1 hour', now() + interval '3 hours', 1, 'HMV' || g
FROM generate_series(1, %(waiting)s) AS g
""",
    """
INSERT INTO staging.line (
    sender, doc_type, message_id, line_no, warehouse_code, received_at, item_code, qty,
    to_location_code
)
SELECT 'WMS1', 'stock_move', 'hmv' || g, 1, %(w)s, now() - interval '1 hour', 'U' || g, 1, 'L1'
FROM generate_series(1, %(waiting)s) AS g
""",
    """
INSERT INTO staging.event (seq, at, from_state, to_state, actor)
SELECT m.seq, m.received_at, 'received', 'waiting', 'crossdock'
FROM staging.message AS m WHERE m.doc_type = 'stock_move' AND m.state = 'waiting'
""",
    """
INSERT INTO staging.message_error (
    seq, line_no, column_name, code, severity, value, text, first_seen_at
)
SELECT m.seq, 1, 'item_code', 'REF-001', 'wait', substr(m.waiting_for, 6), 'is not known',
    m.received_at
FROM staging.message AS m WHERE m.doc_type = 'stock_move' AND m.state = 'waiting'
""",
    """
INSERT INTO staging.wait_key (key, seq)
SELECT m.waiting_for, m.seq
FROM staging.message AS m WHERE m.doc_type = 'stock_move' AND m.state = 'waiting'
""",
    """
INSERT INTO staging.memory (
    seq, sender, doc_type, message_id, warehouse_code, action, content_hash, state, finished_at,
    retired_at
)
SELECT -g, 'WMS1', 'goods_receipt', 'old' || g, %(w)s, 'post', CAST(md5(CAST(g AS text)) AS uuid),
    'duplicate', now() - interval '2 years', now() - interval '1 year'
FROM generate_series(1, %(retired)s) AS g
""",
    """
UPDATE book.lane_counter SET
    ledger_seq = ledger_seq + %(receipts)s * %(lines)s,
    delivery_n = delivery_n + %(orders)s + %(receipts)s
WHERE warehouse_code = %(w)s
""",
)


def fill(world: World, size: Size | None = None) -> Size:
    """Apply master data and write the history; every table is vacuumed and analyzed afterwards."""
    chosen = size or Size()
    write(world.erp.connection, world.admin.connection, chosen, world.drain)
    return chosen


def write(
    erp: Connection[TupleRow],
    admin: Connection[TupleRow],
    size: Size,
    drain: Callable[[], object],
) -> None:
    """Do the same by two connections in autocommit, the ERP's and the superuser's."""
    with erp.transaction():
        _run(erp, _MASTERS, size)
    drain()
    with admin.transaction():
        for statement in _HISTORY:
            _run(admin, statement, size)
    admin.execute("VACUUM (ANALYZE)")


def _run(connection: Connection[TupleRow], statement: str, size: Size) -> None:
    # Bound by the client: CREATE TABLE AS takes no parameters whose type it would have to guess.
    ClientCursor(connection).execute(statement.encode(), size.parameters())


def without_autovacuum(world: World) -> None:
    """Keep the statistics as the history made them: on a busy machine they would change midway."""
    for row in world.admin.read(
        "SELECT format('ALTER TABLE %s SET (autovacuum_enabled = off)', c.oid::regclass) AS command"
        " FROM pg_class AS c WHERE c.relkind = 'r'"
        " AND c.relnamespace IN ('staging'::regnamespace, 'book'::regnamespace)"
    ):
        world.admin.connection.execute(str(row["command"]).encode())
