"""Measure what the contract views cost a sender, beside bare tables of the same shape.

The bare tables have the views' columns and types, and a unique index on what identifies a row.
Rows/s: statements of 1 and of 1,000 rows, and COPY (which PostgreSQL does not do into a view: there
the rows go through a temporary table). Commits/s: a document of a header and three lines for each
transaction, on 8 and 32 connections at once; the loop runs in the server, so that no client is
measured.
"""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Any

import psycopg
from psycopg import sql

from sync.embedded import EmbeddedServer
from tests.bench.company import Company, found
from tests.bench.race import Side, Told, figures, goal, race, ratio

ROWS = 20_000  # of a turn with 1,000 rows a statement and with COPY
SINGLE_ROWS = 4000  # of a turn with one row a statement
DOCUMENTS = 4000  # of a turn with one document a transaction, over all connections
#: Sent by each connection before the clock starts: the first document of a session costs 4.5 ms more
#: through the view (2.5 into a bare table), which a sender pays once and not with each document.
WARM_DOCUMENTS = 20
CONNECTIONS = (8, 32)
VIEW, BARE = "contract view", "bare table"

_HEAD = ("message_id", "warehouse_code", "line_count", "receipt_no", "occurred_at", "source_seq")
_LINE = ("message_id", "warehouse_code", "line_no", "item_code", "qty", "uom", "location_code",
         "reason_code")  # fmt: skip
_TABLES = """
CREATE TABLE bench.receipt AS SELECT * FROM wms_v1.goods_receipt WITH NO DATA;
CREATE UNIQUE INDEX ON bench.receipt (message_id);
CREATE TABLE bench.receipt_line AS SELECT * FROM wms_v1.goods_receipt_line WITH NO DATA;
CREATE UNIQUE INDEX ON bench.receipt_line (message_id, line_no);
GRANT SELECT, INSERT ON bench.receipt, bench.receipt_line TO bench_wms;
"""
_SEND = """
CREATE PROCEDURE bench.send_{name}(prefix text, documents int) LANGUAGE plpgsql AS $$
BEGIN
    FOR g IN 1 .. documents LOOP
        INSERT INTO {head} (message_id, warehouse_code, line_count, receipt_no, occurred_at, source_seq)
        VALUES (prefix || g, 'W1', 3, prefix || g, now(), g);
        INSERT INTO {line} (
            message_id, warehouse_code, line_no, item_code, qty, uom, location_code, reason_code)
        VALUES (prefix || g, 'W1', 1, 'I1', 2, 'BOX', 'L1', 'FOUND'),
            (prefix || g, 'W1', 2, 'I2', 2, 'BOX', 'L2', 'FOUND'),
            (prefix || g, 'W1', 3, 'I3', 2, 'BOX', 'L3', 'FOUND');
        COMMIT;
    END LOOP;
END
$$;
"""
_TARGETS = {
    VIEW: ("wms_v1.goods_receipt", "wms_v1.goods_receipt_line"),
    BARE: ("bench.receipt", "bench.receipt_line"),
}


class Sender:
    """Send rows as the warehouse's login, each message_id once."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.connection: psycopg.Connection[Any] = company.connect("bench_wms")
        self._next = 0

    def take(self, count: int) -> int:
        """Take so many numbers of documents; return the first."""
        first, self._next = self._next, self._next + count
        return first

    def lines(self, target: str, rows_at_once: int, rows: int) -> tuple[float, float]:
        """Insert lines with statements of so many rows, in one transaction; return rows, seconds."""
        statement = _insert(_TARGETS[target][1], _LINE, rows_at_once)
        values = [_line(n) for n in self._lines(rows)]
        chunks = [
            [value for row in values[at : at + rows_at_once] for value in row]
            for at in range(0, rows, rows_at_once)
        ]
        begin = time.perf_counter()
        for chunk in chunks:
            self.connection.execute(statement, chunk)
        self.connection.commit()
        return rows, time.perf_counter() - begin

    def copy(self, target: str, rows: int) -> tuple[float, float]:
        """Copy lines; into the view by way of a temporary table."""
        values = [_line(n) for n in self._lines(rows)]
        table = _TARGETS[target][1]
        names = sql.SQL(", ").join(map(sql.Identifier, _LINE))
        begin = time.perf_counter()
        into = sql.SQL(table)
        if target == VIEW:
            into = sql.SQL("sent")
            self.connection.execute(
                "CREATE TEMPORARY TABLE sent ON COMMIT DROP AS"
                f" SELECT {', '.join(_LINE)} FROM {table} WITH NO DATA"
            )
        with (
            self.connection.cursor() as cursor,
            cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(into, names)) as copy,
        ):
            for row in values:
                copy.write_row(row)
        if target == VIEW:
            self.connection.execute(
                f"INSERT INTO {table} ({', '.join(_LINE)}) SELECT {', '.join(_LINE)} FROM sent"
            )
        self.connection.commit()
        return rows, time.perf_counter() - begin

    def commits(self, target: str, connections: int, documents: int) -> tuple[float, float]:
        """Send documents on many connections at once, each in a transaction of its own."""
        name = "view" if target == VIEW else "bare"
        first = self.take(1)
        each = documents // connections
        opened = [self.company.connect("bench_wms") for _ in range(connections)]
        failed: list[Exception] = []
        ready = threading.Barrier(connections + 1)

        def send(number: int) -> None:
            connection = opened[number]
            connection.autocommit = True
            connection.execute(f"CALL bench.send_{name}('w{first}-{number}-', {WARM_DOCUMENTS})")
            ready.wait()
            try:
                connection.execute(f"CALL bench.send_{name}('c{first}-{number}-', {each})")
            except psycopg.Error as exc:
                failed.append(exc)

        threads = [threading.Thread(target=send, args=(n,)) for n in range(connections)]
        for thread in threads:
            thread.start()
        ready.wait()
        begin = time.perf_counter()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - begin
        for connection in opened:
            connection.close()
        if failed:
            raise failed[0]
        return each * connections, took

    def _lines(self, rows: int) -> range:
        first = self.take(rows)
        return range(first, first + rows)


def _line(n: int) -> tuple[Any, ...]:
    return (f"s{n // 3}", "W1", 1 + n % 3, f"I{1 + n % 500}", 2, "BOX", f"L{1 + n % 20}", "FOUND")


def _insert(table: str, columns: tuple[str, ...], rows: int) -> bytes:
    row = f"({', '.join(['%s'] * len(columns))})"
    return (f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([row] * rows)}").encode()


def measure(
    server: EmbeddedServer, *, rounds: int, scale: float = 1.0, told: Told | None = None
) -> dict[str, Any]:
    """Return rows/s and commits/s through the views and into bare tables, and the ratios."""
    company = found(server, 1, 10, ("uniform",))
    with company.connect() as admin:
        admin.execute(_TABLES.encode())
        for target, name in ((VIEW, "view"), (BARE, "bare")):
            head, line = _TARGETS[target]
            admin.execute(_SEND.format(name=name, head=head, line=line).encode())
    sender = Sender(company)
    rows, singles, documents = (int(n * scale) for n in (ROWS, SINGLE_ROWS, DOCUMENTS))
    kinds: dict[str, tuple[partial[tuple[float, float]], float | None]] = {
        "1 row a statement": (partial(sender.lines, rows_at_once=1, rows=singles), 0.6),
        "1,000 rows a statement": (partial(sender.lines, rows_at_once=1000, rows=rows), 0.6),
        "COPY": (partial(sender.copy, rows=rows), None),
        **{
            f"commits of {count} senders": (
                partial(sender.commits, connections=count, documents=documents), 0.8)
            for count in CONNECTIONS
        },
    }  # fmt: skip
    sides: dict[str, tuple[Side, Side]] = {}
    for kind, (work, _) in kinds.items():
        sides[kind] = (
            Side(f"{kind}, {VIEW}", partial(work, VIEW)),
            Side(f"{kind}, {BARE}", partial(work, BARE)),
        )
    every = [side for pair in sides.values() for side in pair]
    for side in every:
        side.turn()
    race(every, rounds=rounds, turns=2, told=told)
    sender.connection.close()
    ratios = {kind: ratio(*pair) for kind, pair in sides.items()}
    return {
        "sides": figures(every, "rows"),
        "ratios": {f"{kind}, view to table": round(value, 3) for kind, value in ratios.items()},
        "goals": [
            goal(f"{kind}, view to table", ratios[kind], wanted)
            for kind, (_, wanted) in kinds.items()
            if wanted is not None
        ],
    }
