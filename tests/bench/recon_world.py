"""Make two books of any size for the bench of the reconciliation, mostly by SQL.

Night 1: both books agree but for `CARRIED` keys. Then the floor receives `MOVEMENTS` times through
the contract, of which the ERP posts most. Night 2: `FAULTS` more keys differ, and the snapshots stop
at different movements. Of night 2 the WMS's snapshot is sent through the contract and drained.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import psycopg

from sync.config import libpq_url
from sync.drain import drain
from sync.embedded import EmbeddedServer
from sync.store import Store
from tests.bench.world import LANE, World, found

LOTS = 50  # lots of an item: a key is an item, a lot and a status
CARRIED = 500  # keys that differ in both nights
FAULTS = 2000  # keys that differ in the second night only
MOVEMENTS = 5000  # receipts between the nights
IN_WMS = 4900  # of them in the WMS's snapshot
IN_ERP = 4000  # of them posted by the ERP
SNAPSHOT = "wms2"

_MASTERS = """
INSERT INTO erp_v1.item (
    message_id, item_code, version, base_uom, lot_controlled, unit_cost, currency, abc_class
)
SELECT 'ci' || g, 'C' || lpad(CAST(g AS text), 6, '0'), 1, 'PCE', true, 1 + g %% 90, 'EUR',
    (ARRAY['A', 'B', 'C', 'C'])[1 + g %% 4]
FROM generate_series(1, %(items)s::int) AS g;
INSERT INTO erp_v1.item_uom (message_id, item_code, uom, version, numerator, denominator)
SELECT 'cu' || g, 'C' || lpad(CAST(g AS text), 6, '0'), 'BOX', 1, 12, 1
FROM generate_series(1, %(items)s::int) AS g
"""

#: The opening stock, 1,000 rows a message; the messages themselves were retired long ago.
_BOOK = (
    "CREATE SCHEMA bench",
    """
CREATE UNLOGGED TABLE bench.key AS
SELECT n, 'C' || lpad(CAST(n / %(lots)s + 1 AS text), 6, '0') AS item_code,
    'B' || lpad(CAST(n AS text), 8, '0') AS lot_no, 'L' || 1 + n %% 20 AS location_code,
    CASE WHEN n %% 20 = 0 THEN 'quality' ELSE 'unrestricted' END AS stock_status,
    CAST(12 * (1 + n %% 50) AS numeric) AS qty
FROM generate_series(0, %(keys)s::int - 1) AS n
""",
    "CREATE UNLOGGED TABLE bench.moved (n integer PRIMARY KEY, erp numeric, wms numeric)",
    """
CREATE UNLOGGED TABLE bench.fault AS
SELECT 1 AS night, k * (%(keys)s::int / %(carried)s) + 11 AS n, 'erp more' AS kind
FROM generate_series(0, %(carried)s - 1) AS k
UNION ALL
SELECT 2, k * (%(keys)s::int / %(faults)s) + 7,
    (ARRAY['erp more', 'wms less', 'not in wms', 'erp blocked'])[1 + k %% 4]
FROM generate_series(0, %(faults)s - 1) AS k
""",
    """
INSERT INTO staging.memory (
    seq, sender, doc_type, message_id, warehouse_code, action, content_hash, state, finished_at,
    retired_at
)
SELECT -g, 'WMS1', 'stock_adjustment', 'opening' || g, %(w)s, 'post', CAST(md5('o' || g) AS uuid),
    'applied', now() - interval '1 year', now() - interval '9 months'
FROM generate_series(1, (%(keys)s::int + 999) / 1000) AS g
""",
    """
INSERT INTO book.ledger (
    warehouse_code, ledger_seq, message_seq, line_no, entry_no, movement_type, item_code, lot_no,
    serial_no, location_code, stock_status, qty, sent_qty, sent_uom, numerator, denominator,
    reason_code, source_seq, occurred_at, business_date, received_at, applied_at, posting_date
)
SELECT %(w)s, n + 1, -1 - n / 1000, 1 + n %% 1000, 4, 'adjustment', item_code, lot_no, '',
    location_code, stock_status, qty, qty, 'PCE', 1, 1, 'INITIAL_LOAD', 1 + n / 1000,
    now() - interval '1 year', current_date - 365, now() - interval '1 year',
    now() - interval '1 year', current_date - 365
FROM bench.key ORDER BY n
""",
    """
INSERT INTO book.balance (
    warehouse_code, item_code, lot_no, location_code, stock_status, qty, row_version, changed_at
)
SELECT %(w)s, item_code, lot_no, location_code, stock_status, qty, 1, now() - interval '1 year'
FROM bench.key ORDER BY n
""",
    """
UPDATE book.lane_counter SET ledger_seq = %(keys)s::int WHERE warehouse_code = %(w)s
""",
)

#: One receipt on one key each; the WMS's own numbers go on after those of the opening stock.
_MOVEMENTS = """
INSERT INTO wms_v1.goods_receipt (
    message_id, warehouse_code, line_count, receipt_no, source_seq, occurred_at
)
SELECT 'cr' || g, %(w)s, 1, 'CR' || g, %(opening)s + g, now()
FROM generate_series(1, %(movements)s) AS g;
INSERT INTO wms_v1.goods_receipt_line (
    message_id, warehouse_code, line_no, item_code, lot_no, qty, uom, location_code, stock_status,
    reason_code
)
SELECT 'cr' || g, %(w)s, 1, k.item_code, k.lot_no, 1, 'BOX', k.location_code, k.stock_status,
    'FOUND'
FROM generate_series(1, %(movements)s) AS g
INNER JOIN bench.key AS k ON k.n = CAST(CAST(g AS bigint) * 7919 %% %(keys)s::int AS integer)
"""

#: What a night's snapshot of a side says, in base units but for every tenth line of the WMS.
_LINES = {
    "erp": """
SELECT k.n + 1 AS line_no, k.item_code, k.lot_no, k.location_code,
    CASE WHEN f.kind = 'erp blocked' THEN 'blocked' ELSE k.stock_status END AS stock_status,
    k.qty + coalesce(m.erp, 0) + CASE WHEN f.kind = 'erp more' THEN 5 ELSE 0 END AS qty,
    'PCE' AS uom
FROM bench.key AS k
LEFT JOIN bench.moved AS m ON k.n = m.n
LEFT JOIN bench.fault AS f ON k.n = f.n AND f.night <= {night}
""",
    "wms": """
SELECT k.n + 1 AS line_no, k.item_code, k.lot_no, k.location_code, k.stock_status,
    CASE WHEN k.n %% 10 = 5 AND f.kind IS NULL THEN (k.qty + coalesce(m.wms, 0)) / 12
    ELSE k.qty + coalesce(m.wms, 0) - CASE WHEN f.kind = 'wms less' THEN 3 ELSE 0 END END AS qty,
    CASE WHEN k.n %% 10 = 5 AND f.kind IS NULL THEN 'BOX' ELSE 'PCE' END AS uom
FROM bench.key AS k
LEFT JOIN bench.moved AS m ON k.n = m.n
LEFT JOIN bench.fault AS f ON k.n = f.n AND f.night <= {night}
WHERE f.kind IS DISTINCT FROM 'not in wms'
""",
}

#: A snapshot as the engine leaves it behind.
_SNAPSHOT = (
    """
INSERT INTO staging.line (
    sender, doc_type, message_id, line_no, warehouse_code, item_code, lot_no, location_code,
    stock_status, qty, uom
)
SELECT %(sender)s, 'stock_snapshot', %(message_id)s, x.line_no, %(w)s, x.item_code, x.lot_no,
    x.location_code, x.stock_status, x.qty, x.uom
FROM ({lines}) AS x ORDER BY x.line_no
""",
    """
INSERT INTO staging.message (
    sender, doc_type, message_id, warehouse_code, line_count, state, finished_at, actor, doc_no,
    as_of, through_seq, total_qty
)
SELECT %(sender)s, 'stock_snapshot', %(message_id)s, %(w)s, count(*), 'applied', now(), 'crossdock',
    %(message_id)s, now() - make_interval(hours => %(hours)s), %(through)s, sum(n.qty)
FROM staging.line AS n
WHERE n.sender = %(sender)s AND n.doc_type = 'stock_snapshot' AND n.message_id = %(message_id)s
""",
    """
INSERT INTO staging.business_key (sender, doc_type, business_key, seq, content_hash)
SELECT m.sender, m.doc_type, concat_ws(' ', m.warehouse_code, m.doc_no), m.seq,
    CAST(md5(m.message_id) AS uuid)
FROM staging.message AS m
WHERE m.sender = %(sender)s AND m.doc_type = 'stock_snapshot' AND m.message_id = %(message_id)s
""",
)

_MOVED = """
INSERT INTO bench.moved (n, erp, wms)
SELECT k.n,
    sum(l.qty) FILTER (WHERE d.delivery_id <= %(erp_through)s),
    sum(l.qty) FILTER (WHERE l.source_seq <= %(wms_through)s)
FROM book.ledger AS l
INNER JOIN bench.key AS k ON l.item_code = k.item_code AND l.lot_no = k.lot_no
INNER JOIN staging.delivery AS d ON d.seq = l.message_seq AND d.receiver = 'ERP'
WHERE l.warehouse_code = %(w)s AND l.source_seq > %(opening)s
GROUP BY k.n
"""


@dataclass(frozen=True)
class Books:
    """Hold the world with both books, and the positions between its two nights."""

    world: World
    keys: int

    @property
    def opening(self) -> int:
        """Return the WMS's last number of the opening stock."""
        return (self.keys + 999) // 1000

    @property
    def parameters(self) -> dict[str, object]:
        """Return what the statements above take."""
        return {
            "w": LANE,
            "keys": self.keys,
            "lots": LOTS,
            "carried": CARRIED,
            "faults": FAULTS,
            "movements": MOVEMENTS,
            "opening": self.opening,
            "items": (self.keys + LOTS - 1) // LOTS,
        }

    def run(self, statement: str, login: str | None = None, **more: object) -> None:
        """Run statements in one transaction, as the superuser or a login."""
        with self.world.connect(login) as connection:
            # Bound by the client: CREATE TABLE AS takes no parameters whose type it must guess.
            psycopg.ClientCursor(connection).execute(
                statement.encode(), {**self.parameters, **more}
            )

    def tidy(self) -> None:
        """Leave the tables as a quiet night does."""
        with psycopg.connect(libpq_url(self.world.url), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            connection.execute("CHECKPOINT")

    def first_night(self) -> None:
        """Write both snapshots of the first night, as the engine leaves them."""
        start = int(str(self.world.scalar(f"SELECT warehouse_no FROM book.lane_counter"
                                          f" WHERE warehouse_code = '{LANE}'")))  # fmt: skip
        self._snapshot("erp", "erp1", 1, hours=20, through=start * 10**12)
        self._snapshot("wms", "wms1", 1, hours=20, through=self.opening)
        self.tidy()

    def day(self, store: Store) -> None:
        """Let the floor receive, and the ERP post what it reads up to its position."""
        self.run(_MOVEMENTS, "bench_wms")
        drain(store)
        through = int(str(self.world.scalar(
            "SELECT delivery_id FROM staging.delivery WHERE receiver = 'ERP' AND doc_type ="
            f" 'goods_receipt' ORDER BY delivery_id OFFSET {IN_ERP - 1} LIMIT 1"
        )))  # fmt: skip
        self.run(
            "UPDATE erp_v1.inbox SET state = 'accepted' WHERE delivery_id <= %(through)s",
            "bench_erp",
            through=through,
        )
        drain(store)
        self.run(_MOVED, erp_through=through, wms_through=self.opening + IN_WMS)
        self._snapshot("erp", "erp2", 2, hours=0, through=through)

    def send(self) -> dict[str, float]:
        """Send the WMS's second snapshot through the contract; return seconds per step.

        As a WMS does that has a file: COPY into a table of its session, then one INSERT .. SELECT.
        """
        took: dict[str, float] = {}
        query = _LINES["wms"].format(night=2).replace("%%", "%")
        with self.world.connect() as source, self.world.connect("bench_wms") as wms:
            begin = time.perf_counter()
            wms.execute(
                "CREATE TEMPORARY TABLE sent (line_no integer, item_code text, lot_no text,"
                " location_code text, stock_status text, qty numeric, uom text)"
            )
            with (
                source.cursor().copy(f"COPY ({query}) TO STDOUT".encode()) as read,
                wms.cursor().copy("COPY sent FROM STDIN") as written,
            ):
                for block in read:
                    written.write(block)
            took["copy"] = time.perf_counter() - begin
            begin = time.perf_counter()
            wms.execute(
                "INSERT INTO wms_v1.stock_snapshot (message_id, warehouse_code, line_count,"
                " snapshot_no, as_of, through_seq, total_qty)"
                " SELECT %s, %s, count(*), %s, now(), %s, sum(qty) FROM sent",
                (SNAPSHOT, LANE, SNAPSHOT, self.opening + IN_WMS),
            )
            wms.execute(
                "INSERT INTO wms_v1.stock_snapshot_line (message_id, warehouse_code, line_no,"
                " item_code, lot_no, location_code, stock_status, qty, uom)"
                " SELECT %s, %s, line_no, item_code, lot_no, location_code, stock_status, qty, uom"
                " FROM sent ORDER BY line_no",
                (SNAPSHOT, LANE),
            )
            wms.commit()
            took["insert"] = time.perf_counter() - begin
        return took

    def _snapshot(self, side: str, message_id: str, night: int, hours: int, through: int) -> None:
        for statement in _SNAPSHOT:
            self.run(
                statement.replace("{lines}", _LINES[side].format(night=night)),
                sender="ERP" if side == "erp" else "WMS1",
                message_id=message_id,
                hours=hours,
                through=through,
            )


def open_books(server: EmbeddedServer, keys: int) -> Books:
    """Found the company, its items, and a ledger with that many keys."""
    books = Books(found(server, 0), keys)
    books.run(_MASTERS, "bench_erp")
    store = Store(books.world.url)
    try:
        drain(store)
    finally:
        store.close()
    for statement in _BOOK:
        books.run(statement)
    books.run("GRANT USAGE ON SCHEMA bench TO PUBLIC; GRANT SELECT ON bench.key TO PUBLIC")
    books.run("CREATE UNIQUE INDEX ON bench.key (n)")
    books.tidy()
    return books
