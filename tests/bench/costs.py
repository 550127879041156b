"""Count what a document costs: CPU by step, WAL, index entries, buffers, and the daemon's memory.

WAL and buffers are counts of the server, by document line; index entries are read out of the WAL
(pg_walinspect). CPU is that of the engine's session and of this process. Memory is the daemon's
highest, at a short and at a long backlog.
"""

from __future__ import annotations

import re
import resource
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

import sync.batch
from sync import apply
from sync.batch import run_road
from sync.config import libpq_url
from sync.embedded import EmbeddedServer
from sync.store import Store
from tests.bench.clock import pids_of, server_cpu_s
from tests.bench.company import Company, found
from tests.bench.daemon import daemon, until_done
from tests.bench.race import Told, goal
from tests.bench.world import LINES
from tests.support.costs import batch_costs

BATCH = 500
BATCHES = 8
SHORT = 2000  # documents of the short backlog
LONG = 100_000
MEMORY_MB = 150.0
FLAT = 1.15  # the daemon may need so many times as much at the long backlog

_INDEX_ENTRIES = """
SELECT coalesce(sum(count), 0) FROM pg_get_wal_stats(%s, %s, true)
WHERE "resource_manager/record_type" ~ '^Btree/INSERT_(LEAF|POST)'"""
_WAL_TYPES = """
SELECT "resource_manager/record_type", count, record_size FROM pg_get_wal_stats(%s, %s, true)
WHERE count > 0 ORDER BY record_size DESC LIMIT 8"""


def measure(
    server: EmbeddedServer,
    *,
    long: int = LONG,
    short: int = SHORT,
    batches: int = BATCHES,
    told: Told | None = None,
) -> dict[str, Any]:
    """Return the counts by document and line, and the memory of the daemon, with its goals."""
    say = told or (lambda _: None)
    company = found(server, 1, 4000, ("uniform",))
    say("counting WAL and buffers")
    figures: dict[str, Any] = _counts(company)
    say("counting CPU by step")
    figures |= _cpu(company, batches)
    short_mb = _memory(company, short, say)
    long_mb = _memory(company, long, say)
    figures |= {
        f"daemon memory at a backlog of {short:,}, MB": short_mb,
        f"daemon memory at a backlog of {long:,}, MB": long_mb,
    }
    return {
        "figures": figures,
        "goals": [
            goal(f"daemon memory at a backlog of {long:,}, MB", long_mb, MEMORY_MB, at_most=True),
            goal("the same, times a short one's", long_mb / short_mb, FLAT, at_most=True),
        ],
    }


def _counts(company: Company) -> dict[str, float]:
    """Return WAL, index entries and buffers by line of a batch of 500 receipts."""
    company.receipts(company.lanes, 3 * BATCH)
    company.vacuum()
    with psycopg.connect(libpq_url(company.url), autocommit=True) as watcher:
        watcher.execute("CREATE EXTENSION IF NOT EXISTS pg_walinspect")
        counts = batch_costs(company.url, watcher, "W1", documents=BATCH, lines=LINES, strict=False)
        company.receipts(company.lanes, 2 * BATCH)
        company.vacuum()
        store = Store(company.url, pool_size=1)
        try:
            run_road(store, "W1", "fact", limit=BATCH)
            first = _position(watcher)
            run_road(store, "W1", "fact", limit=BATCH)
            last = _position(watcher)
        finally:
            store.close()
        row = watcher.execute(_INDEX_ENTRIES, (first, last)).fetchone()
        assert row is not None
        entries = float(row[0]) / (BATCH * LINES)
        types = {
            f"WAL by line, {kind}, bytes": round(float(size) / (BATCH * LINES), 1)
            for kind, _, size in watcher.execute(_WAL_TYPES, (first, last))
        }
    return {
        "statements of a batch": counts.pop("statements"),
        **{f"{name.replace('_', ' ')} by line": value for name, value in counts.items()},
        "index entries by line": round(entries, 2),
        **types,
    }


def _position(watcher: psycopg.Connection[Any]) -> str:
    row = watcher.execute("SELECT pg_current_wal_flush_lsn()").fetchone()
    assert row is not None
    return str(row[0])


def _cpu(company: Company, batches: int) -> dict[str, float]:
    """Return CPU microseconds by message of each step, in the server's session and here."""
    company.receipts(company.lanes, BATCH * (batches + 1))
    company.vacuum()
    store = Store(company.url, pool_size=1)
    try:
        run_road(store, "W1", "fact", limit=BATCH)
        pids = pids_of(store)
        spent: dict[str, float] = defaultdict(float)

        def clocks() -> tuple[float, float]:
            used = resource.getrusage(resource.RUSAGE_SELF)
            return server_cpu_s(pids), used.ru_utime + used.ru_stime

        with _stepped(spent, clocks):
            before = clocks()
            for _ in range(batches):
                run_road(store, "W1", "fact", limit=BATCH)
            after = clocks()
    finally:
        store.close()
    messages = batches * BATCH
    spent["all, server"] = after[0] - before[0]
    spent["all, client"] = after[1] - before[1]
    return {
        f"CPU by message, {name}, us": round(seconds / messages * 1e6, 1)
        for name, seconds in spent.items()
    }


@contextmanager
def _stepped(spent: dict[str, float], clocks: Callable[[], tuple[float, float]]) -> Iterator[None]:
    """Sum up the CPU seconds of each step of the road; the functions are as they were afterwards."""
    places: tuple[tuple[Any, str], ...] = (
        (sync.batch, "claim"), (sync.batch, "validate"), (apply, "apply"), (sync.batch, "settle"),
    )  # fmt: skip
    plain = {name: getattr(module, name) for module, name in places}

    def timed(name: str) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            before = clocks()
            try:
                return plain[name](*args, **kwargs)
            finally:
                after = clocks()
                spent[f"{name}, server"] += after[0] - before[0]
                spent[f"{name}, client"] += after[1] - before[1]

        return step

    for module, name in places:
        setattr(module, name, timed(name))
    try:
        yield
    finally:
        for module, name in places:
            setattr(module, name, plain[name])


def _memory(company: Company, documents: int, say: Told) -> float:
    """Return the daemon's highest memory while it drains so many documents, in MB."""
    say(f"loading {documents:,} documents")
    for at in range(0, documents, 20_000):
        company.receipts(company.lanes, min(20_000, documents - at))
    company.vacuum()
    total = company.open_messages()
    say(f"draining {documents:,} documents")
    with daemon(company.url, workers=2) as process:
        until_done(process, lambda: total - company.open_messages(), total)
        status = Path(f"/proc/{process.pid}/status").read_text()
    company.check()
    found_kb = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found_kb is not None
    return round(int(found_kb[1]) / 1000, 1)
