"""Measure two floors below the engine: bare set-based SQL that writes rows and checks nothing.

The bare floor inserts the ledger rows of a batch and adds them to the balances. The full floor
writes the same durable rows as the engine: ledger, balances, order lines and heads, the lane's
counter, business keys, deliveries with lines, the messages' state and its events. Both know that
every document is right, that a box holds twelve, and which messages come next; both work on
tables of the same columns, indexes and storage settings, without triggers.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import psycopg

from sync.batch import run_road
from sync.store import Store
from tests.bench import checks
from tests.bench.clock import Spent, pids_of
from tests.bench.contest import Profile, timed, told_of
from tests.bench.race import Side, Told, figures, goal, race, ratio
from tests.bench.world import BOX, BOXES, LANE, LINES, World

TABLES = (
    "book.ledger", "book.balance", "book.order_line", "book.order_head", "book.lane_counter",
    "staging.message", "staging.line", "staging.business_key", "staging.event", "staging.delivery",
    "staging.delivery_line",
)  # fmt: skip
BATCHES = (500, 2000)
TURNS = 2
MESSAGES = 4000  # in a turn: 8 batches of 500, 2 of 2,000
GOALS = {"bare floor": 0.25, "full floor": 0.5}

#: Tables of the floor that begin as the world's are: what is staged and what it refers to.
_COPIED = (
    "staging.message", "staging.line", "book.order_line", "book.order_head", "book.lane_counter",
)  # fmt: skip
#: The lane, road and key of a message never change: the floor keeps them as plain columns. As
#: generated ones they are worked out anew with each state, 45 us a message.
_COPY_TABLE = """
SELECT format('CREATE TABLE %%I (LIKE %%s INCLUDING ALL %%s)', c.relname, c.oid::regclass,
        CASE WHEN c.relname = 'message' THEN 'EXCLUDING GENERATED' ELSE '' END)
    || coalesce(format(' WITH (%%s)', array_to_string(c.reloptions, ', ')), '')
FROM pg_class AS c WHERE c.oid = CAST(%s AS regclass)"""
_COLUMNS = """
SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
WHERE a.attrelid = CAST(%s AS regclass) AND a.attnum > 0
    AND (a.attgenerated = '' OR a.attrelid = CAST('staging.message' AS regclass))"""

_LEDGER = f"""
INSERT INTO ledger (
    warehouse_code, ledger_seq, message_seq, line_no, entry_no, movement_type, item_code, lot_no,
    serial_no, location_code, stock_status, qty, sent_qty, sent_uom, numerator, denominator,
    order_type, order_no, order_line_no, order_qty, source_seq, occurred_at, business_date,
    received_at, applied_at, posting_date
)
SELECT
    m.lane, %(ledger)s + row_number() OVER (ORDER BY m.seq, l.line_no), m.seq, l.line_no, 4,
    'receipt_purchase', l.item_code, '', '', l.location_code, 'unrestricted', l.qty * {BOX}, l.qty,
    l.uom, {BOX}, 1, m.order_type, m.order_no, l.order_line_no, l.qty * {BOX}, m.source_seq,
    m.occurred_at, CAST(m.occurred_at AS date), m.received_at, now(), CAST(m.occurred_at AS date)
FROM message AS m
INNER JOIN line AS l USING (sender, doc_type, message_id)
WHERE m.seq BETWEEN %(first)s AND %(last)s"""
_BALANCE = f"""
INSERT INTO balance AS b (
    warehouse_code, item_code, lot_no, location_code, stock_status, qty, row_version, changed_at
)
SELECT
    m.lane, l.item_code, '', l.location_code, 'unrestricted', sum(l.qty) * {BOX}, 1, now()
FROM message AS m
INNER JOIN line AS l USING (sender, doc_type, message_id)
WHERE m.seq BETWEEN %(first)s AND %(last)s
GROUP BY m.lane, l.item_code, l.location_code
ON CONFLICT (warehouse_code, item_code, lot_no, location_code, stock_status) DO UPDATE
SET qty = b.qty + excluded.qty, row_version = b.row_version + 1, changed_at = now()"""

BARE = (_LEDGER, _BALANCE)
FULL = (
    *BARE,
    f"""
UPDATE order_line AS o
SET done_qty = o.done_qty + x.qty, last_fact_at = now(), row_version = o.row_version + 1
FROM (
    SELECT m.lane, m.order_type, m.order_no, l.order_line_no, sum(l.qty) * {BOX} AS qty
    FROM message AS m
    INNER JOIN line AS l USING (sender, doc_type, message_id)
    WHERE m.seq BETWEEN %(first)s AND %(last)s
    GROUP BY m.lane, m.order_type, m.order_no, l.order_line_no
) AS x
WHERE o.warehouse_code = x.lane AND o.order_type = x.order_type AND o.order_no = x.order_no
    AND o.line_no = x.order_line_no""",
    """
UPDATE order_head AS h
SET state = 'in_work', changed_at = now(), row_version = h.row_version + 1
FROM (
    SELECT DISTINCT m.lane, m.order_type, m.order_no FROM message AS m
    WHERE m.seq BETWEEN %(first)s AND %(last)s
) AS x
WHERE h.warehouse_code = x.lane AND h.order_type = x.order_type AND h.order_no = x.order_no""",
    """
INSERT INTO business_key (sender, doc_type, business_key, seq, content_hash)
SELECT m.sender, m.doc_type, m.lane || ' ' || m.doc_no, m.seq, CAST(md5(m.doc_no) AS uuid)
FROM message AS m WHERE m.seq BETWEEN %(first)s AND %(last)s""",
    f"""
UPDATE lane_counter
SET ledger_seq = ledger_seq + {LINES} * %(count)s, delivery_n = delivery_n + %(count)s
WHERE warehouse_code = '{LANE}'""",
    """
INSERT INTO delivery (
    delivery_id, receiver, doc_type, warehouse_code, action, message_id, seq, delivered_at, active,
    is_default_out, doc_no, order_type, order_no, is_final, occurred_at, source_seq
)
SELECT
    m.seq, 'ERP', m.doc_type, m.lane, 'post', m.message_id, m.seq, now(), true, false, m.doc_no,
    m.order_type, m.order_no, coalesce(m.is_final, false), m.occurred_at, m.source_seq
FROM message AS m WHERE m.seq BETWEEN %(first)s AND %(last)s""",
    """
INSERT INTO delivery_line (
    delivery_id, line_no, receiver, doc_type, warehouse_code, message_id, item_code, qty, uom,
    over_tolerance_pct, under_tolerance_pct, order_line_no, location_code, stock_status,
    to_location_code, to_stock_status
)
SELECT
    m.seq, l.line_no, 'ERP', m.doc_type, m.lane, m.message_id, l.item_code, l.qty, l.uom, 0, 0,
    l.order_line_no, l.location_code, 'unrestricted', l.location_code, 'unrestricted'
FROM message AS m
INNER JOIN line AS l USING (sender, doc_type, message_id)
WHERE m.seq BETWEEN %(first)s AND %(last)s""",
    """
UPDATE message SET state = 'applied', finished_at = now(), actor = 'crossdock'
WHERE seq BETWEEN %(first)s AND %(last)s""",
    """
INSERT INTO event (seq, at, from_state, to_state, actor)
SELECT m.seq, clock_timestamp(), 'received', 'applied', 'crossdock' FROM message AS m
WHERE m.seq BETWEEN %(first)s AND %(last)s""",
)


class Floor:
    """Work off copies of the world's receipts with bare statements, a batch a transaction."""

    def __init__(self, world: World, schema: str, statements: tuple[str, ...]) -> None:
        self._connection: psycopg.Connection[Any] = world.connect()
        self._connection.prepare_threshold = 0
        self._schema = schema
        self._statements = [statement.encode() for statement in statements]
        self._next, self._last = self._lay()
        self._ledger = 0
        self.applied = 0

    def work(self, messages: int, batch: int) -> None:
        """Write the rows of the next messages, ``batch`` of them in each transaction."""
        assert self._next + messages - 1 <= self._last, "the floor's backlog is empty"
        for _ in range(messages // batch):
            span = {"first": self._next, "last": self._next + batch - 1, "count": batch}
            for statement in self._statements:
                self._connection.execute(statement, {**span, "ledger": self._ledger})
            self._connection.commit()
            self._next += batch
            self._ledger += batch * LINES
            self.applied += batch

    def check(self) -> None:
        """Check the sums of what was written; raise `AssertionError` naming what is wrong."""
        pieces = self.applied * LINES * BOXES * BOX
        for table in ("ledger", "balance"):
            row = self._connection.execute(f"SELECT coalesce(sum(qty), 0) FROM {table}").fetchone()
            assert row is not None
            assert row[0] == pieces, f"{self._schema}.{table}: {row[0]} pieces, not {pieces}"
        self._connection.commit()

    @property
    def pid(self) -> int:
        """Return the number of the server's process."""
        return self._connection.info.backend_pid

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _lay(self) -> tuple[int, int]:
        """Make the tables in a schema of their own; return the first and last staged message."""
        connection = self._connection
        connection.autocommit = True
        connection.execute(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")
        connection.execute(f"CREATE SCHEMA {self._schema}")
        connection.execute(f"SET search_path = {self._schema}")
        for table in TABLES:
            connection.execute(_one(connection, _COPY_TABLE, table))
            if table in _COPIED:
                columns = _one(connection, _COLUMNS, table)
                staged = table.startswith("staging")
                connection.execute(
                    f"INSERT INTO {table.partition('.')[2]} ({columns}) OVERRIDING SYSTEM VALUE"
                    f" SELECT {columns} FROM {table}"
                    + (" WHERE doc_type = 'goods_receipt'" if staged else "")
                    + (" ORDER BY seq" if table.endswith("message") else "")
                )
        connection.execute("UPDATE lane_counter SET ledger_seq = 0, delivery_n = 0")
        connection.execute("VACUUM (ANALYZE)")
        row = connection.execute("SELECT min(seq), max(seq) FROM message").fetchone()
        assert row is not None
        connection.autocommit = False
        return row[0], row[1]


def _one(connection: psycopg.Connection[Any], query: str, table: str) -> str:
    row = connection.execute(query.encode(), (table,)).fetchone()
    assert row is not None
    return str(row[0])


def receipts_needed(
    rounds: int,
    turns: int = TURNS,
    messages: int = MESSAGES,
    batches: tuple[int, ...] = BATCHES,
) -> int:
    """Return the receipts that the engine works off in `measure`."""
    return len(batches) * messages * (rounds * turns + 1)


def measure(
    world: World,
    *,
    rounds: int,
    turns: int = TURNS,
    messages: int = MESSAGES,
    batches: tuple[int, ...] = BATCHES,
    told: Told | None = None,
) -> dict[str, Any]:
    """Return the rates of the floors and of the engine, in lines/s, and the engine's shares.

    The world holds `receipts_needed` receipts. Raises `AssertionError` when a sum is not exact or
    the full floor leaves other rows behind than the engine.
    """
    floors = {
        name: Floor(world, f"floor_{name[:4]}", statements)
        for name, statements in (("bare floor", BARE), ("full floor", FULL))
    }
    store = Store(world.url, pool_size=1)
    profiles = {batch: Profile() for batch in batches}

    def engine(batch: int) -> tuple[float, float]:
        with timed(profiles[batch]):
            begin = time.perf_counter()
            done = 0
            while done < messages:
                processed = run_road(store, LANE, "fact", limit=batch).processed
                assert processed, "the backlog is empty"
                done += processed
            took = time.perf_counter() - begin
        profiles[batch].wall_s += took
        return messages * LINES, took

    def floor(name: str, batch: int) -> tuple[float, float]:
        begin = time.perf_counter()
        floors[name].work(messages, batch)
        return messages * LINES, time.perf_counter() - begin

    own = pids_of(store)
    sides: list[Side] = []
    spent: dict[str, Spent] = {}
    for batch in batches:
        turns_of = {f"crossdock, batch {batch}": (own, partial(engine, batch))} | {
            f"{name}, batch {batch}": ((one.pid,), partial(floor, name, batch))
            for name, one in floors.items()
        }
        for name, (pids, turn) in turns_of.items():
            spent[name] = Spent(pids)
            sides.append(Side(name, spent[name].counted(turn)))
    try:
        with world.connect() as connection:
            connection.autocommit = True
            connection.execute("CHECKPOINT")
        for side in sides:
            side.turn()
        profiles.update({batch: Profile() for batch in batches})
        for one_spent in spent.values():
            one_spent.forget()
        race(sides, rounds=rounds, turns=turns, told=told)
        for one in floors.values():
            one.check()
        checks.lawful(world)
        checks.same_columns(world, "floor_full")
    finally:
        for one in floors.values():
            one.close()
        store.close()
    by_name = {side.name: side for side in sides}
    shares = {
        (name, batch): ratio(
            by_name[f"crossdock, batch {batch}"], by_name[f"{name}, batch {batch}"]
        )
        for name in floors
        for batch in batches
    }
    by_cpu = {
        (name, batch): spent[f"{name}, batch {batch}"].us / spent[f"crossdock, batch {batch}"].us
        for name, batch in shares
    }
    return {
        "sides": figures(sides, "lines"),
        "figures": {
            **{f"CPU by line, {name}, us": round(one.us, 1) for name, one in spent.items()},
            **{
                f"crossdock to {name}, batch {batch}, by CPU": round(share, 3)
                for (name, batch), share in by_cpu.items()
            },
        },
        "ratios": {
            f"crossdock to {name}, batch {batch}": round(share, 3)
            for (name, batch), share in shares.items()
        },
        "goals": [
            goal(f"{name}, batch {batch}", share, GOALS[name])
            for (name, batch), share in shares.items()
        ],
        "profile": {f"batch {batch}": told_of(profile) for batch, profile in profiles.items()},
    }
