"""Measure the engine on databases that are old, watched by a long transaction, or not vacuumed.

Five databases on one server take turns: a short history, a long one, and three copies of the short:
in one of them a transaction holds a snapshot from before all traffic, in another nobody vacuums.
These and the short one first see so many minutes of the same traffic at full load, so that the held
snapshot keeps as many dead rows as it would in operation. The long one and the last copy see none:
they tell what history alone does, and traffic alone. Histories are made by SQL and look like what the engine leaves behind.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any

import psycopg
from psycopg import sql

from sync.batch import BatchResult, run_road
from sync.config import libpq_url
from sync.drain import drain
from sync.embedded import EmbeddedServer
from sync.floor import Floors
from sync.migrate import upgrade
from sync.store import Store
from tests.bench.contest import Profile, timed
from tests.bench.race import Side, Told, figures, goal, race, ratio
from tests.bench.world import World
from tests.support.history import WAREHOUSE, Size, write

SHORT = 100_000  # messages of the short history
LONG = 1_000_000
LINES = 3
DOCUMENTS = 4000  # of a turn
BATCH = 2000
LOOKS = 20  # empty claims timed in a turn
CLAIM_MS = 5.0
FRESH = "short, no traffic before"
_CLAIM = ("claim_messages", "first_due", "newest_seq")

#: Its rows are no shorter than those of the history. Shorter ones would fit into what is left in its
#: pages, one into each, as the smallest documents of a mixed traffic do now and then: all of 2,000
#: took 72 ms instead of 24 to deliver, and 207 where images of pages were compressed by pglz.
_SEND = """
INSERT INTO wms_v1.goods_receipt (
    message_id, warehouse_code, line_count, receipt_no, occurred_at, source_seq, delivery_note_no, note
)
SELECT 'b' || n, %(w)s, %(lines)s, 'B' || n, now(), 1000000 + n, 'DN-' || (100000000 + n),
    'pallets 1 to 3 of 3, seal intact'
FROM generate_series(%(first)s::int, %(last)s::int) AS n;
INSERT INTO wms_v1.goods_receipt_line (
    message_id, warehouse_code, line_no, item_code, qty, uom, location_code, reason_code
)
SELECT 'b' || n, %(w)s, l, 'I' || (1 + (n * 7 + l * 13) %% 500), 1, 'BOX',
    'L' || (1 + (n + l) %% 100), 'FOUND'
FROM generate_series(%(first)s::int, %(last)s::int) AS n, generate_series(1, %(lines)s) AS l;
"""
_NO_VACUUM = """
SELECT format('ALTER TABLE %s SET (autovacuum_enabled = false)', c.oid::regclass)
FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname IN ('staging', 'book', 'ops') AND c.relkind = 'r'"""


@dataclass
class Aged:
    """Hold one database under measurement, and what its empty claims took."""

    world: World
    store: Store
    claims: list[float]
    sent: int = 0
    floors: Floors = field(default_factory=Floors)  # as a daemon remembers them

    def turn(self, documents: int) -> tuple[float, float]:
        """Send documents, work them off, and look for more; return lines and seconds of the work."""
        found = self.work(documents)
        profile = Profile()
        with timed(profile):
            for _ in range(LOOKS):
                self._batch()
        # Looks from the bottom, where a floor is not to be trusted any more, are part of it.
        spent = sum(
            profile.statements[name].seconds for name in _CLAIM if name in profile.statements
        )
        self.claims.append(spent / LOOKS * 1000)
        return found

    def _batch(self) -> BatchResult:
        return run_road(self.store, WAREHOUSE, "fact", limit=BATCH, floors=self.floors)

    def work(self, documents: int) -> tuple[float, float]:
        """Send documents and work them off; return lines and seconds of the work."""
        span = {
            "w": WAREHOUSE,
            "lines": LINES,
            "first": self.sent + 1,
            "last": self.sent + documents,
        }
        with (
            self.world.connect("bench_wms") as wms,
            psycopg.ClientCursor(wms) as cursor,
        ):
            cursor.execute(_SEND.encode(), span)
        self.sent += documents
        begin = time.perf_counter()
        done = 0
        while done < documents:
            result = self._batch()
            assert result.states["applied"] == result.processed > 0, f"{result}"
            done += result.processed
        return documents * LINES, time.perf_counter() - begin


def measure(
    server: EmbeddedServer,
    *,
    rounds: int,
    long: int = LONG,
    short: int = SHORT,
    minutes: float = 1.0,
    documents: int = DOCUMENTS,
    told: Told | None = None,
) -> dict[str, Any]:
    """Return the rates on all databases in lines/s, what an empty claim takes, and the ratios."""
    say = told or (lambda _: None)
    names = {f"{short:,} messages": "short", f"{long:,} messages": "long",
             "held snapshot": "held", "autovacuum behind": "behind", FRESH: "fresh"}  # fmt: skip
    for name, messages in (("short", short), ("long", long)):
        say(f"writing a history of {messages:,} messages")
        _write(server, name, messages)
    for copy in ("held", "behind", "fresh"):
        _admin(server, f"CREATE DATABASE {copy} TEMPLATE short")
    aged = {
        title: Aged(World(server, database=name), Store(server.url(name), pool_size=1), [])
        for title, name in names.items()
    }
    held, behind = aged["held snapshot"], aged["autovacuum behind"]
    with behind.world.connect() as connection:
        for (command,) in connection.execute(_NO_VACUUM.encode()).fetchall():
            connection.execute(str(command).encode())
    try:
        with _snapshot(held.world):
            churned = _churn(held, minutes, documents, say)
            say("the same traffic without the snapshot")
            others = aged[f"{short:,} messages"], behind
            with ThreadPoolExecutor(len(others)) as pool:
                list(pool.map(lambda one: _send_until(one, churned, documents), others))
            sides = {
                title: Side(title, partial(one.turn, documents)) for title, one in aged.items()
            }
            for title, side in sides.items():
                side.turn()
                aged[title].claims.clear()
            race(list(sides.values()), rounds=rounds, told=told)
        _lawful(held.world)
    finally:
        for one in aged.values():
            one.store.close()
    return _told_of(aged, sides, f"{short:,} messages", f"{long:,} messages", churned, minutes)


def _told_of(
    aged: Mapping[str, Aged],
    sides: Mapping[str, Side],
    short: str,
    long: str,
    churned: int,
    minutes: float,
) -> dict[str, Any]:
    claims = {title: median(one.claims) for title, one in aged.items()}
    pairs = {(long, FRESH): 0.9, (short, FRESH): 0.9,
             ("held snapshot", short): 0.7, ("autovacuum behind", short): 0.7}  # fmt: skip
    ratios = {pair: ratio(sides[pair[0]], sides[pair[1]]) for pair in pairs}
    return {
        "sides": figures(list(sides.values()), "lines"),
        "ratios": {f"{one} to {other}": round(value, 3) for (one, other), value in ratios.items()},
        "figures": {
            f"minutes at full load before ({churned:,} documents)": minutes,
            **{f"empty claim, {title}, ms": round(ms, 2) for title, ms in claims.items()},
        },
        "goals": [
            *(
                goal(f"{one} to {other}", ratios[one, other], least)
                for (one, other), least in pairs.items()
            ),
            *(
                goal(f"empty claim, {title}, ms", ms, CLAIM_MS, at_most=True)
                for title, ms in claims.items()
            ),
        ],
    }


def _churn(one: Aged, minutes: float, documents: int, say: Told) -> int:
    """Work at full load for so many minutes; return the documents that were worked off."""
    say(f"{minutes:g} minutes at full load under a held snapshot")
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        one.work(documents)
    return one.sent


def _send_until(one: Aged, sent: int, documents: int) -> None:
    while one.sent < sent:
        one.work(documents)


@contextmanager
def _snapshot(world: World) -> Iterator[None]:
    """Hold a snapshot of the database inside the block."""
    with world.connect() as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SELECT count(*) FROM staging.state")
        yield
        connection.rollback()


def _lawful(world: World) -> None:
    with world.connect() as connection:
        connection.execute("SET statement_timeout = 0")
        row = connection.execute("SELECT json_agg(p) FROM (SELECT * FROM ops.proof LIMIT 5) AS p")
        found = row.fetchone()
    assert found == (None,), f"breaches: {found}"


def _admin(server: EmbeddedServer, command: str) -> None:
    with psycopg.connect(libpq_url(server.url("postgres")), autocommit=True) as admin:
        admin.execute(command.encode())


def _write(server: EmbeddedServer, name: str, messages: int) -> None:
    """Make a database with a history: half orders, half receipts, all of them read."""
    _admin(server, f"CREATE DATABASE {name}")
    url = server.url(name)
    upgrade(url)
    # 14 of 15 orders were received; the history ended 90 days ago at the latest.
    size = Size(
        orders=messages * 15 // 29, waiting=2000, retired=0, lines=1, oldest=timedelta(days=270),
        step=timedelta(days=180) / messages,
    )  # fmt: skip
    with psycopg.connect(libpq_url(url), autocommit=True) as admin:
        known = {row[0] for row in admin.execute("SELECT rolname FROM pg_roles")}
        for login, system, kind in (("bench_erp", "ERP", "erp"), ("bench_wms", "WMS1", "wms")):
            if login not in known:
                admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(login)))
            admin.execute(
                "SELECT ops.register_system(%s, %s, %s, %s::text[])",
                (login, system, kind, [WAREHOUSE] if kind == "wms" else []),
            )
        store = Store(url)
        try:
            with psycopg.connect(libpq_url(server.url(name, "bench_erp")), autocommit=True) as erp:
                write(erp, admin, size, lambda: drain(store))
            admin.execute("UPDATE staging.delivery SET state = 'accepted' WHERE state = 'pending'")
            drain(store)
        finally:
            store.close()
        admin.execute("CHECKPOINT")
