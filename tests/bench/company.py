"""Found a company of several warehouses and load backlogs of mixed shapes into it.

Everything comes in through the contract's views, set-based, as a bulk load of a sender would. A
backlog is committed at once; documents are spread over the lanes in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from sync.config import libpq_url
from sync.drain import drain
from sync.embedded import EmbeddedServer
from sync.migrate import upgrade
from sync.store import Store
from tests.bench.world import BOX, BOXES, ITEMS, LINES, LOCATIONS, World, make_database

#: How the items of a backlog are chosen: all alike, by Zipf's law (the first of 500 has a ninth of
#: all lines), or always the same one in the same location.
SKEWS = ("uniform", "zipf", "hot")
STOCK = 1_000_000_000  # pieces of each item at home in each warehouse

_FUNCTIONS = f"""
CREATE SCHEMA bench;
GRANT USAGE ON SCHEMA bench TO PUBLIC;
CREATE FUNCTION bench.item(skew text, n bigint) RETURNS text IMMUTABLE LANGUAGE sql
RETURN 'I' || CASE skew
    WHEN 'hot' THEN 1
    WHEN 'zipf' THEN CAST(floor(power({ITEMS}, (n * 7919 % 10007) / 10007.0)) AS bigint)
    ELSE 1 + n * 7 % {ITEMS} END;
CREATE FUNCTION bench.place(skew text, n bigint) RETURNS text IMMUTABLE LANGUAGE sql
RETURN 'L' || CASE skew WHEN 'hot' THEN 1 ELSE 1 + n % {LOCATIONS} END;
CREATE FUNCTION bench.home(item text) RETURNS text IMMUTABLE LANGUAGE sql
RETURN 'L' || (1 + CAST(substr(item, 2) AS int) % {LOCATIONS});
"""
_MASTERS = f"""
INSERT INTO erp_v1.warehouse (message_id, warehouse_code, version, time_zone)
SELECT 'w' || w, w, 1, 'Europe/Berlin' FROM unnest(%(lanes)s::text[]) AS w;
INSERT INTO erp_v1.party (message_id, party_code, version, role)
VALUES ('p1', 'SUP', 1, 'supplier'), ('p2', 'CUS', 1, 'customer');
INSERT INTO erp_v1.item (message_id, item_code, version, base_uom)
SELECT 'i' || g, 'I' || g, 1, 'PCE' FROM generate_series(1, {ITEMS}) AS g;
INSERT INTO erp_v1.item_uom (message_id, item_code, uom, version, numerator, denominator)
SELECT 'u' || g, 'I' || g, 'BOX', 1, {BOX}, 1 FROM generate_series(1, {ITEMS}) AS g;
INSERT INTO erp_v1.location (message_id, warehouse_code, location_code, version)
SELECT 'l' || w || '-' || g, w, 'L' || g, 1
FROM unnest(%(lanes)s::text[]) AS w, generate_series(1, {LOCATIONS}) AS g;
"""
_ORDERS = f"""
INSERT INTO erp_v1.purchase_order (
    message_id, warehouse_code, line_count, order_no, revision, supplier_code
)
SELECT 'po' || s || w || '-' || g, w, {LINES}, s || g, 1, 'SUP'
FROM unnest(%(lanes)s::text[]) AS w, unnest(%(skews)s::text[]) AS s,
    generate_series(1, %(orders)s::int) AS g;
INSERT INTO erp_v1.purchase_order_line (
    message_id, warehouse_code, line_no, item_code, qty, uom
)
SELECT 'po' || s || w || '-' || g, w, l, bench.item(s, g * {LINES} + l), 1000000, 'BOX'
FROM unnest(%(lanes)s::text[]) AS w, unnest(%(skews)s::text[]) AS s,
    generate_series(1, %(orders)s::int) AS g, generate_series(1, {LINES}) AS l;
"""
_INITIAL = f"""
INSERT INTO wms_v1.stock_adjustment (
    message_id, warehouse_code, line_count, adjustment_no, occurred_at
)
SELECT 'in' || w, w, {ITEMS}, 'INIT', now() FROM unnest(%(lanes)s::text[]) AS w;
INSERT INTO wms_v1.stock_adjustment_line (
    message_id, warehouse_code, line_no, item_code, qty, location_code, reason_code
)
SELECT 'in' || w, w, g, 'I' || g, {STOCK}, bench.home('I' || g), 'INITIAL'
FROM unnest(%(lanes)s::text[]) AS w, generate_series(1, {ITEMS}) AS g;
"""

# In each of these, document g goes to lane 1 + g modulo the number of lanes; n is its number there.
_DOCUMENTS = """
CREATE TEMPORARY TABLE doc ON COMMIT DROP AS
SELECT g, lanes[1 + g %% cardinality(lanes)] AS w, g / cardinality(lanes) AS n, skew
FROM (SELECT %(lanes)s::text[] AS lanes, %(skew)s::text AS skew) AS x,
    generate_series(%(first)s::bigint, %(last)s::bigint) AS g;
"""
_RECEIPTS = f"""
INSERT INTO wms_v1.goods_receipt (
    message_id, warehouse_code, line_count, receipt_no, order_type, order_no, source_seq,
    occurred_at
)
SELECT 'gr' || g, w, {LINES}, 'GR' || g, 'purchase_order', skew || (1 + n %% %(orders)s), g, now()
FROM doc ORDER BY g;
INSERT INTO wms_v1.goods_receipt_line (
    message_id, warehouse_code, line_no, order_line_no, item_code, qty, uom, location_code
)
SELECT 'gr' || g, w, l, l, bench.item(skew, (1 + n %% %(orders)s) * {LINES} + l), {BOXES}, 'BOX',
    bench.place(skew, n + l)
FROM doc, generate_series(1, {LINES}) AS l ORDER BY g, l;
"""
_SALES = f"""
INSERT INTO erp_v1.sales_order (
    message_id, warehouse_code, line_count, order_no, revision, customer_code
)
SELECT 'so' || g, w, {LINES}, 'SO' || g, 1, 'CUS' FROM doc ORDER BY g;
INSERT INTO erp_v1.sales_order_line (message_id, warehouse_code, line_no, item_code, qty, uom)
SELECT 'so' || g, w, l, bench.item(skew, n * {LINES} + l), {BOXES}, 'BOX'
FROM doc, generate_series(1, {LINES}) AS l ORDER BY g, l;
"""
_SHIPMENTS = f"""
INSERT INTO wms_v1.order_milestone (
    message_id, warehouse_code, milestone_no, order_type, order_no, milestone, occurred_at
)
SELECT 'om' || g, w, 'OM' || g, 'sales_order', 'SO' || g, 'picking', now() FROM doc ORDER BY g;
INSERT INTO wms_v1.shipment (
    message_id, warehouse_code, line_count, shipment_no, order_type, order_no, occurred_at
)
SELECT 'sh' || g, w, {LINES}, 'SH' || g, 'sales_order', 'SO' || g, now() FROM doc ORDER BY g;
INSERT INTO wms_v1.shipment_line (
    message_id, warehouse_code, line_no, order_line_no, item_code, qty, uom, location_code
)
SELECT 'sh' || g, w, l, l, i, {BOXES}, 'BOX', bench.home(i)
FROM (
    SELECT g, w, l, bench.item(skew, n * {LINES} + l) AS i FROM doc, generate_series(1, {LINES}) AS l
) AS x ORDER BY g, l;
"""
# Of 100 documents: moves, adjustments, a count, and one receipt that is wrong.
_SUNDRIES = """
INSERT INTO wms_v1.stock_move (message_id, warehouse_code, line_count, move_no, occurred_at)
SELECT 'mv' || g, w, 1, 'MV' || g, now() FROM doc WHERE g %% 15 < 8 ORDER BY g;
INSERT INTO wms_v1.stock_move_line (
    message_id, warehouse_code, line_no, item_code, qty, from_location_code, to_location_code
)
SELECT 'mv' || g, w, 1, i, 1, bench.home(i), 'L' || (1 + (substr(bench.home(i), 2)::int %% 20))
FROM (SELECT g, w, bench.item(skew, n) AS i FROM doc WHERE g %% 15 < 8) AS x ORDER BY g;
INSERT INTO wms_v1.stock_adjustment (
    message_id, warehouse_code, line_count, adjustment_no, occurred_at
)
SELECT 'ad' || g, w, 1, 'AD' || g, now() FROM doc WHERE g %% 15 BETWEEN 8 AND 12 ORDER BY g;
INSERT INTO wms_v1.stock_adjustment_line (
    message_id, warehouse_code, line_no, item_code, qty, location_code, reason_code
)
SELECT 'ad' || g, w, 1, i, 5, bench.home(i), 'FOUND'
FROM (SELECT g, w, bench.item(skew, n) AS i FROM doc WHERE g %% 15 BETWEEN 8 AND 12) AS x ORDER BY g;
INSERT INTO wms_v1.stock_count (
    message_id, warehouse_code, line_count, count_no, counted_through_seq, occurred_at
)
SELECT 'co' || g, w, 1, 'CO' || g, g, now() FROM doc WHERE g %% 15 = 13 ORDER BY g;
INSERT INTO wms_v1.stock_count_line (
    message_id, warehouse_code, line_no, item_code, counted_qty, location_code
)
SELECT 'co' || g, w, 1, i, 1000000, bench.home(i)
FROM (SELECT g, w, bench.item(skew, n) AS i FROM doc WHERE g %% 15 = 13) AS x ORDER BY g;
INSERT INTO wms_v1.goods_receipt (message_id, warehouse_code, line_count, receipt_no, occurred_at)
SELECT 'wr' || g, w, 1, 'WR' || g, now() FROM doc WHERE g %% 15 = 14 ORDER BY g;
INSERT INTO wms_v1.goods_receipt_line (
    message_id, warehouse_code, line_no, item_code, qty, location_code, reason_code
)
SELECT 'wr' || g, w, 1, 'I1', -1, 'L1', 'FOUND' FROM doc WHERE g %% 15 = 14 ORDER BY g;
"""

_OPEN = """
SELECT count(*) FROM staging.message AS m
WHERE m.state = ANY (ARRAY['received', 'waiting', 'retrying', 'held', 'error'])
    AND m.state <> 'error'"""
#: What must be 0 when a backlog is drained.
_SUMS = {
    "balances that are not the sum of their ledger rows": """
        SELECT count(*) FROM (
            SELECT warehouse_code, item_code, lot_no, location_code, stock_status, sum(qty) AS qty
            FROM book.ledger GROUP BY 1, 2, 3, 4, 5
        ) AS g FULL JOIN book.balance AS b
            USING (warehouse_code, item_code, lot_no, location_code, stock_status)
        WHERE g.qty IS DISTINCT FROM b.qty AND (g.qty IS NOT NULL OR b.qty <> 0)""",
    "messages that are open": _OPEN,
    "tasks": "SELECT count(*) FROM ops.task",
}


@dataclass
class Company(World):
    """Hold the database of several warehouses and what was loaded."""

    lanes: list[str] = field(default_factory=list)
    orders: int = 0
    loaded: int = 0
    lines: int = 0
    wrong: int = 0
    received: int = 0

    def receipts(self, lanes: Sequence[str], count: int, skew: str = "uniform") -> int:
        """Load goods receipts of three lines for purchase orders; return the number of lines."""
        self._load(lanes, count, skew, {"bench_wms": _RECEIPTS})
        self.received += count * LINES
        return self._lines(count * LINES)

    def sales_cycles(self, lanes: Sequence[str], count: int, skew: str = "uniform") -> int:
        """Load sales orders, their milestones and shipments; return the number of lines."""
        self._load(lanes, count, skew, {"bench_erp": _SALES, "bench_wms": _SHIPMENTS})
        return self._lines(count * LINES * 2)

    def mixed_day(self, lanes: Sequence[str], hundreds: int, skew: str = "uniform") -> int:
        """Load, for each hundred documents, 40 receipts, 15 sales cycles and 15 other documents.

        The others: 8 moves, 5 adjustments, a count, and a receipt that is wrong. Returns the lines.
        """
        lines = self.receipts(lanes, hundreds * 40, skew)
        lines += self.sales_cycles(lanes, hundreds * 15, skew)
        self.loaded += -self.loaded % 15  # 15 documents from here on are one of each kind's share
        self._load(lanes, hundreds * 15, skew, {"bench_wms": _SUNDRIES})
        self.wrong += hundreds
        return lines + self._lines(hundreds * 15)

    def open_messages(self) -> int:
        """Return how many messages are still to be worked."""
        found = self.scalar(_OPEN)
        assert isinstance(found, int)
        return found

    def positions(self) -> int:
        """Return the number of ledger rows of all lanes, from their counters."""
        found = self.scalar("SELECT sum(ledger_seq)::bigint FROM book.lane_counter")
        assert isinstance(found, int)
        return found

    def check(self) -> None:
        """Check that everything was worked off, exactly; raise `AssertionError` otherwise."""
        for what, query in _SUMS.items():
            found = self.scalar(query)
            assert found == 0, f"{found} {what}"
        wrong = self.scalar("SELECT count(*) FROM staging.message WHERE state = 'error'")
        assert wrong == self.wrong, f"{wrong} messages in error, not {self.wrong}"
        pieces = self.scalar(
            "SELECT coalesce(sum(qty), 0)::bigint FROM book.ledger"
            " WHERE movement_type = 'receipt_purchase'"
        )
        assert pieces == self.received * BOXES * BOX, f"{pieces} pieces received"

    def vacuum(self) -> None:
        """Tidy up, so that the next measurement finds what a night leaves."""
        with psycopg.connect(libpq_url(self.url), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")

    def _lines(self, lines: int) -> int:
        self.lines += lines
        return lines

    def _load(self, lanes: Sequence[str], count: int, skew: str, commands: dict[str, str]) -> None:
        span = {
            "lanes": list(lanes), "skew": skew, "first": self.loaded, "orders": self.orders,
            "last": self.loaded + count - 1,
        }  # fmt: skip
        for login, command in commands.items():
            self.send(login, _DOCUMENTS + command, span)
        self.loaded += count

    def send(self, login: str, commands: str, values: dict[str, object]) -> None:
        """Run commands in one transaction as a login."""
        with self.connect(login) as connection, psycopg.ClientCursor(connection) as cursor:
            cursor.execute(commands.encode(), values)


def found(server: EmbeddedServer, lanes: int, orders: int, skews: Sequence[str] = SKEWS) -> Company:
    """Migrate, register both systems, apply master data, purchase orders and initial stock."""
    server.start("postgres")
    known = make_database(server)
    company = Company(server, [f"W{n}" for n in range(1, lanes + 1)], orders)
    upgrade(company.url)
    with company.connect() as connection:
        connection.execute(_FUNCTIONS.encode())
        for login, system, kind in (("bench_erp", "ERP", "erp"), ("bench_wms", "WMS1", "wms")):
            if login not in known:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(login)))
            connection.execute(
                "SELECT ops.register_system(%s, %s, %s, %s::text[])",
                (login, system, kind, company.lanes if kind == "wms" else []),
            )
    values: dict[str, object] = {"lanes": company.lanes, "skews": list(skews), "orders": orders}
    store = Store(company.url)
    try:
        for login, commands in (
            ("bench_erp", _MASTERS),
            ("bench_erp", _ORDERS),
            ("bench_wms", _INITIAL),
        ):
            company.send(login, commands, values)
            drain(store)
    finally:
        store.close()
    company.vacuum()
    return company
