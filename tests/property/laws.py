"""Check the conservation laws with plain SQL of our own, and ask `ops.proof` for its opinion."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from psycopg.errors import InsufficientPrivilege

from tests.support.builders_send import Row
from tests.support.builders_world import World

#: Each query returns the breaches of one law: no rows when it holds.
LAWS = {
    "1: an applied fact has one set of ledger rows, line by line": """
        SELECT m.seq, l.line_no, l.qty AS sent, x.sets, x.moved
        FROM staging.message AS m
        INNER JOIN staging.line AS l USING (sender, doc_type, message_id)
        CROSS JOIN LATERAL (
            SELECT count(DISTINCT b.message_seq) AS sets, sum(CASE
                WHEN m.doc_type = 'stock_move' THEN greatest(b.qty, 0)
                WHEN m.doc_type = 'stock_adjustment' THEN b.qty
                WHEN b.stock_status = 'in_transit' THEN 0
                ELSE abs(b.qty) END) AS moved
            FROM book.ledger AS b
            WHERE b.warehouse_code = m.lane AND b.message_seq = m.seq AND b.line_no = l.line_no
                AND b.movement_type NOT LIKE 'count%%'
        ) AS x
        LEFT JOIN book.item AS i ON i.item_code = l.item_code
        LEFT JOIN book.item_uom AS u ON u.item_code = l.item_code AND u.uom = l.uom
        WHERE m.road = 'fact' AND m.state = 'applied' AND m.sender <> 'crossdock'
            AND (x.sets <> 1 OR x.moved <> CASE WHEN l.uom IS NULL OR l.uom = i.base_uom
                THEN l.qty ELSE l.qty * u.numerator / u.denominator END)
    """,
    "1: only applied messages have ledger rows": """
        SELECT b.warehouse_code, b.ledger_seq, m.state
        FROM book.ledger AS b LEFT JOIN staging.message AS m ON m.seq = b.message_seq
        WHERE m.state IS DISTINCT FROM 'applied'
    """,
    "2: a balance is the sum of its ledger rows": """
        SELECT * FROM (
            SELECT warehouse_code, item_code, lot_no, location_code, stock_status, sum(qty) AS q
            FROM book.ledger GROUP BY 1, 2, 3, 4, 5
        ) AS l FULL JOIN book.balance AS b
            USING (warehouse_code, item_code, lot_no, location_code, stock_status)
        WHERE coalesce(l.q, 0) IS DISTINCT FROM b.qty
    """,
    "3: ordered + over = done + cancelled + short + open": """
        SELECT * FROM book.order_line
        WHERE ordered_qty + over_qty <> done_qty + cancelled_qty + short_qty + open_qty
            OR least(done_qty, cancelled_qty, short_qty, open_qty, over_qty) < 0
    """,
    "3: done is the sum of the ledger rows of the line": """
        SELECT * FROM book.order_line AS o LEFT JOIN (
            SELECT warehouse_code, order_type, order_no, order_line_no AS line_no,
                sum(order_qty) AS q
            FROM book.ledger GROUP BY 1, 2, 3, 4
        ) AS l USING (warehouse_code, order_type, order_no, line_no)
        WHERE o.done_qty <> coalesce(l.q, 0) AND o.order_type <> 'transit_notice'
    """,
    "3: a transfer's shipped = in transit + received + written off": """
        SELECT l.warehouse_code, l.item_code, l.lot_no, sum(l.qty) AS unexplained FROM (
            SELECT warehouse_code, item_code, lot_no, qty FROM book.ledger
            WHERE movement_type = 'issue_transfer' AND stock_status <> 'in_transit'
            UNION ALL
            SELECT warehouse_code, item_code, lot_no, qty FROM book.ledger
            WHERE movement_type = 'issue_transfer' AND stock_status = 'in_transit'
        ) AS l GROUP BY 1, 2, 3 HAVING sum(l.qty) <> 0
    """,
    "3: a stock move sums to zero": """
        SELECT message_seq, line_no FROM book.ledger WHERE movement_type LIKE 'move%%'
        GROUP BY 1, 2 HAVING sum(qty) <> 0
    """,
    "5: nothing is silent": """
        SELECT m.seq, m.state, m.waiting_for FROM staging.message AS m
        WHERE (m.state = 'error' AND NOT EXISTS (
                SELECT FROM staging.message_error AS e WHERE e.seq = m.seq
                    AND e.resolved_at IS NULL AND e.severity IN ('error', 'wait')))
            OR (m.state = 'waiting' AND NOT EXISTS (
                SELECT FROM staging.wait_key AS k WHERE k.seq = m.seq))
            OR (m.state <> 'held' AND
                (m.state = 'waiting') <> (m.waiting_for IS NOT NULL AND m.waiting_for <> 'lines'))
            OR (m.state = 'received' AND m.waiting_for IS DISTINCT FROM 'lines' AND NOT EXISTS (
                SELECT FROM staging.message AS e WHERE e.lane = m.lane AND e.doc_key = m.doc_key
                    AND e.seq <> m.seq AND e.state IN ('waiting', 'held')))
            OR (m.state NOT IN ('received', 'waiting', 'retrying', 'held')) <>
                (m.finished_at IS NOT NULL)
    """,
    "5: what is at its end waits for nothing": """
        SELECT k.* FROM staging.wait_key AS k INNER JOIN staging.message AS m USING (seq)
        WHERE m.state IN ('applied', 'refused', 'duplicate', 'superseded', 'discarded')
    """,
    "6: positions have no gaps": """
        SELECT warehouse_code, max(ledger_seq), count(*) FROM book.ledger GROUP BY 1
        HAVING max(ledger_seq) <> count(*) OR min(ledger_seq) <> 1
    """,
    "6: delivery numbers have no gaps": """
        SELECT delivery_id / 1000000000000 AS lane, max(delivery_id %% 1000000000000), count(*)
        FROM staging.delivery GROUP BY 1
        HAVING max(delivery_id %% 1000000000000) <> count(*)
    """,
    "6: the events of a message are a chain of legal steps": """
        SELECT * FROM (
            SELECT e.*, lag(e.to_state, 1, 'received') OVER (PARTITION BY e.seq
                ORDER BY e.event_id) AS before,
                last_value(e.to_state) OVER (PARTITION BY e.seq ORDER BY e.event_id
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS last
            FROM staging.event AS e
        ) AS e
        INNER JOIN staging.message AS m USING (seq)
        WHERE e.before <> e.from_state OR e.last <> m.state OR NOT EXISTS (
            SELECT FROM staging.step AS s WHERE s.machine = 'message'
                AND (s.from_state, s.to_state) = (e.from_state, e.to_state))
    """,
    "ops.proof": "SELECT * FROM ops.proof",
}


def breaches(world: World) -> list[str]:
    """Return every breach of laws 1, 2, 3, 5, 6 and 7; law 4 is what the tests compare."""
    found = []
    for law, query in LAWS.items():
        found += [f"law {law}: {row}" for row in world.admin.read(query.replace("%%", "%"))]
    return found + strangers(world)


def strangers(world: World) -> list[str]:
    """Return what a login sees that is not its own (law 7)."""
    found = []
    for system, own in (("WMS1", {"W1", "W2"}), ("WMS2", {"W3"})):
        sender = world.sender(system)
        for view in ("stock", "order_status", "availability", "inbox"):
            rows = sender.read(f"SELECT DISTINCT warehouse_code AS code FROM wms_v1.{view}")
            foreign = {row["code"] for row in rows} - {*own, None}
            found += [f"law 7: {system} sees {code} in {view}" for code in foreign]
        mine = f"SELECT count(*) AS n FROM staging.message WHERE sender = '{system}'"
        seen = sender.read("SELECT count(*) AS n FROM wms_v1.message_status")
        if seen != world.admin.read(mine):
            found.append(f"law 7: {system} sees {seen} messages")
    return found


def is_closed(world: World) -> bool:
    """Say whether a sender is kept out of the internal schemas (law 7)."""
    for table in ("staging.message", "book.ledger", "ops.task"):
        try:
            world.wms1.read(f"SELECT count(*) FROM {table}")
        except InsufficientPrivilege:
            continue
        return False
    return True


class History:
    """Remember ledger and events, so that a change of what was written is seen (law 6)."""

    def __init__(self) -> None:
        self._ledger: list[Row] = []
        self._events: list[Row] = []

    def changed(self, world: World) -> list[str]:
        """Return what was rewritten since the last look, and remember the present."""
        found = []
        ledger = world.admin.read("SELECT * FROM book.ledger ORDER BY applied_at, warehouse_code,"
                                  " ledger_seq")  # fmt: skip
        events = world.admin.read("SELECT * FROM staging.event ORDER BY event_id")
        for name, before, now in (
            ("ledger", self._ledger, ledger),
            ("event", self._events, events),
        ):
            kept = {_fingerprint(row) for row in now}
            found += [f"law 6: {name} {row}" for row in before if _fingerprint(row) not in kept]
        self._ledger, self._events = ledger, events
        return found


def _fingerprint(row: Row) -> tuple[Any, ...]:
    return tuple(str(v) if isinstance(v, Decimal) else v for v in row.values())
