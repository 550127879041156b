"""Retire a long history while traffic runs: ``python -m tests.bench.growth [--messages N]``.

A sender commits goods receipts at an even pace, a reader takes them out of the ERP's inbox and
answers, the daemon runs as a process of its own. Looked at before, while ``crossdock retire`` moves
the whole history, and afterwards: the time from the sender's commit until the reader has it, how
quickly a pile of receipts is worked off, what an empty claim costs, and how large the tables are.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from psycopg import sql
from psycopg.rows import tuple_row
from rich.console import Console
from rich.table import Table

from sync.batch import run_road
from sync.config import libpq_url
from sync.drain import drain
from sync.embedded import EmbeddedServer
from sync.migrate import upgrade
from sync.store import Store
from tests.bench.world import World
from tests.support.history import WAREHOUSE, Size, write

DATABASE = "bench"
PATIENCE_S = 120.0
PILE = 4000  # receipts that are committed at once, to be worked off
LOOKS = 40  # empty claims that are timed
TABLES = ("message", "line", "delivery", "delivery_line", "event", "message_error")

_SEND = """
WITH h AS (
    INSERT INTO wms_v1.goods_receipt (
        message_id, warehouse_code, line_count, receipt_no, occurred_at, attributes
    )
    SELECT 'g' || n, %(w)s, 1, 'G' || n, now(), NULL
    FROM generate_series(%(first)s::int, %(last)s::int) AS n
)
INSERT INTO wms_v1.goods_receipt_line (
    message_id, warehouse_code, line_no, item_code, qty, uom, location_code, reason_code
)
SELECT 'g' || n, %(w)s, 1, 'I' || (1 + n %% 500), 1, 'BOX', 'L' || (1 + n %% 100), 'FOUND'
FROM generate_series(%(first)s::int, %(last)s::int) AS n
"""
_TAKE = "SELECT delivery_id, message_id FROM erp_v1.take(1000)"
_ANSWER = "UPDATE erp_v1.inbox SET state = 'accepted' WHERE delivery_id = ANY (%s)"
_SIZES = """
SELECT n.nspname || '.' || coalesce(parent.relname, c.relname) AS name,
    sum(pg_table_size(c.oid))::bigint AS table_bytes, sum(pg_indexes_size(c.oid))::bigint AS index_bytes,
    sum(pg_stat_get_live_tuples(c.oid))::bigint AS live_rows,
    sum(pg_stat_get_dead_tuples(c.oid))::bigint AS dead_rows
FROM pg_class AS c INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid LEFT JOIN pg_class AS parent ON i.inhparent = parent.oid
WHERE n.nspname IN ('staging', 'archive') AND c.relkind = 'r'
GROUP BY 1 HAVING sum(pg_table_size(c.oid)) > 1000000 ORDER BY 1
"""


@dataclass
class Phase:
    """Hold what was measured in one phase; times in milliseconds, rates in documents a second."""

    name: str
    latencies: list[float] = field(default_factory=list)
    piles: list[float] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Return the figures of the phase."""
        cuts = (
            statistics.quantiles(self.latencies, n=100) if len(self.latencies) > 1 else [0.0] * 99
        )
        return {
            "documents": len(self.latencies),
            "latency_ms": {
                "p50": round(cuts[49], 1),
                "p95": round(cuts[94], 1),
                "p99": round(cuts[98], 1),
            },
            "worked_off_per_s": [round(rate) for rate in self.piles],
            "empty_claim_ms": round(statistics.median(self.looks), 2),
        }


class Traffic:
    """Send, read and answer, and remember when each document was committed and when it was seen."""

    def __init__(self, url: str, rate: int) -> None:
        self.rate = rate
        self.phase: Phase | None = None
        self.failed: Exception | None = None
        self._url = url
        self._sent: dict[str, float] = {}
        self._seen = 0
        self._next = 1
        self._lock = threading.Lock()
        self._steady = threading.Event()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._guarded, args=(work,), daemon=True)
                         for work in (self._send, self._read)]  # fmt: skip

    @contextmanager
    def running(self) -> Iterator[Traffic]:
        """Run both sides inside the block."""
        for thread in self._threads:
            thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()
        if self.failed is not None:
            raise self.failed

    def steady(self, phase: Phase, seconds: float) -> None:
        """Send at the even pace for some seconds, on the account of a phase."""
        self.phase = phase
        self._steady.set()
        self._stop.wait(seconds)
        self._steady.clear()
        self._until_all_seen()
        self.phase = None

    def pile(self, phase: Phase) -> None:
        """Commit a pile of receipts at once, and time how long it takes until the last is read."""
        with psycopg.connect(self._login("bench_wms")) as connection:
            first, last = self._numbers(PILE)
            connection.execute(_SEND.encode(), {"w": WAREHOUSE, "first": first, "last": last})
            begin = time.perf_counter()
            connection.commit()
        with self._lock:
            self._sent.update((f"g{n}", begin) for n in range(first, last + 1))
        self._until_all_seen()
        phase.piles.append(PILE / (time.perf_counter() - begin))

    def _until_all_seen(self) -> None:
        end = time.monotonic() + PATIENCE_S
        while True:
            with self._lock:
                if not self._sent:
                    return
            if self.failed is not None or time.monotonic() > end:
                raise self.failed or TimeoutError(f"{len(self._sent)} documents were not seen")
            self._stop.wait(0.005)

    def _numbers(self, count: int) -> tuple[int, int]:
        with self._lock:
            first, self._next = self._next, self._next + count
        return first, first + count - 1

    def _login(self, login: str) -> str:
        return psycopg.conninfo.make_conninfo(self._url, user=login)

    def _guarded(self, work: Any) -> None:
        try:
            work()
        except Exception as exc:  # noqa: BLE001 - raised by whoever waits for this side
            self.failed = exc

    def _send(self) -> None:
        with psycopg.connect(self._login("bench_wms")) as connection:
            due = time.perf_counter()
            while not self._stop.is_set():
                if not self._steady.wait(0.1):
                    due = time.perf_counter()
                    continue
                number, _ = self._numbers(1)
                connection.execute(
                    _SEND.encode(), {"w": WAREHOUSE, "first": number, "last": number}
                )
                with self._lock:
                    # Before the commit: the reader may be quicker than this thread.
                    self._sent[f"g{number}"] = time.perf_counter()
                connection.commit()
                due += 1 / self.rate
                self._stop.wait(max(0.0, due - time.perf_counter()))

    def _read(self) -> None:
        with psycopg.connect(self._login("bench_erp"), autocommit=True) as connection:
            while not self._stop.is_set():
                taken = connection.execute(_TAKE).fetchall()
                now = time.perf_counter()
                if not taken:
                    self._stop.wait(0.002)
                    continue
                with self._lock:
                    times = [self._sent.pop(row[1], now) for row in taken]
                    if self.phase is not None:
                        self.phase.latencies += [(now - sent) * 1000 for sent in times]
                connection.execute(_ANSWER, ([row[0] for row in taken],))


def main(
    messages: Annotated[int, typer.Option(help="terminal messages to retire")] = 5_000_000,
    rate: Annotated[int, typer.Option(help="documents a second, evenly")] = 50,
    seconds: Annotated[int, typer.Option(help="of even traffic before and after")] = 40,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the figures here")] = None,
    keep: Annotated[
        Path | None, typer.Option(help="folder of a database that stays, with its history")
    ] = None,
    *,
    write_only: Annotated[bool, typer.Option(help="write the history there and stop")] = False,
) -> None:
    """Print what traffic felt of it; exit 1 when a message is left or a law is broken."""
    console = Console(highlight=False, width=max(Console().width, 110))
    with tempfile.TemporaryDirectory(prefix="crossdock-growth-") as name:
        server = EmbeddedServer((keep or Path(name)) / "server", durable=True)
        try:
            with console.status("writing the history ..."):
                world = _found(server, messages)
            figures = None if write_only else measure(world, rate, seconds, console)
        finally:
            server.close(destroy=keep is None)
    if figures is None:
        return
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if figures["breaches"] or figures["left"]:
        raise typer.Exit(1)


def measure(world: World, rate: int, seconds: int, console: Console) -> dict[str, Any]:
    """Run everything, print it, and return the figures."""
    before, during, after = Phase("before"), Phase("during"), Phase("after")
    store = Store(world.url)
    sizes = {"before": _sizes(world)}
    try:
        with _daemon(world.url), Traffic(libpq_url(world.url), rate).running() as traffic:
            traffic.steady(Phase("warm up"), 5)
            _look(store, traffic, before, seconds)
            begin = time.perf_counter()
            with _crossdock(world.url, "retire", "--older-than", "30", "--json") as retiring:
                while retiring.poll() is None:
                    _look(store, traffic, during, 15)
                answer = retiring.stdout.read() if retiring.stdout is not None else ""
            retire_s = time.perf_counter() - begin
            if retiring.returncode != 0:
                raise RuntimeError(f"crossdock retire ended with {retiring.returncode}")
            sizes["after"] = _sizes(world)
            _look(store, traffic, after, seconds)
        begin = time.perf_counter()
        with world.connect() as connection:
            connection.execute("SET statement_timeout = 0")
            breaches = connection.execute("SELECT count(*) FROM ops.proof").fetchone()
        proof_s = time.perf_counter() - begin
    finally:
        store.close()
    left = world.scalar(
        "SELECT count(*) FROM staging.message WHERE finished_at < now() - interval '30 days'"
    )
    figures = {
        "server": str(world.scalar("SHOW server_version")),
        "cores": os.cpu_count(),
        "retire_s": round(retire_s, 1),
        "retired_per_s": round(json.loads(answer)["retired"] / retire_s),
        "retired": json.loads(answer),
        "phases": {one.name: one.figures() for one in (before, during, after)},
        "sizes": sizes,
        "proof_s": round(proof_s, 1),
        "breaches": breaches[0] if breaches else None,
        "left": left,
    }
    _show(console, figures)
    return figures


def _look(store: Store, traffic: Traffic, phase: Phase, seconds: float) -> None:
    """Measure one phase: even traffic, then a pile, then empty claims."""
    traffic.steady(phase, seconds)
    traffic.pile(phase)
    for _ in range(LOOKS):
        begin = time.perf_counter()
        run_road(store, WAREHOUSE, "count", limit=1000)
        phase.looks.append((time.perf_counter() - begin) * 1000)


def _found(server: EmbeddedServer, messages: int) -> World:
    """Migrate, register both systems, and write the history, if there is none yet."""
    server.start(DATABASE)
    world = World(server)
    before, _ = upgrade(world.url)
    if before is not None:
        return world
    # Half of them orders, 14 of 15 orders received: the history ended 90 days ago at the latest.
    orders = messages * 15 // 29
    size = Size(
        orders=orders, waiting=2000, retired=0, lines=1, oldest=timedelta(days=270),
        step=timedelta(days=180) / messages,
    )  # fmt: skip
    with psycopg.connect(libpq_url(world.url), autocommit=True) as admin:
        for login, system, kind in (("bench_erp", "ERP", "erp"), ("bench_wms", "WMS1", "wms")):
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(login)))
            admin.execute(
                "SELECT ops.register_system(%s, %s, %s, %s::text[])",
                (login, system, kind, [WAREHOUSE] if kind == "wms" else []),
            )
        store = Store(world.url)
        erp = psycopg.connect(libpq_url(server.url(DATABASE, "bench_erp")), autocommit=True)
        try:
            write(erp, admin, size, lambda: drain(store))
            # What the masters left in the inboxes is read, so that only traffic is pending.
            admin.execute("UPDATE staging.delivery SET state = 'accepted' WHERE state = 'pending'")
            drain(store)
        finally:
            erp.close()
            store.close()
        admin.execute("CHECKPOINT")
    return world


@contextmanager
def _crossdock(url: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command of crossdock as a process of its own; end it with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sync.cli", *arguments, "--database-url", url],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "CROSSDOCK_HEALTH_PORT": "0"},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE_S)


@contextmanager
def _daemon(url: str) -> Iterator[None]:
    with _crossdock(url, "run", "--workers", "1"):
        yield


def _sizes(world: World) -> dict[str, dict[str, int]]:
    with world.connect() as connection:
        names = ("table_bytes", "index_bytes", "live", "dead")
        return {
            str(row[0]): dict(zip(names, map(int, row[1:]), strict=True))
            for row in connection.cursor(row_factory=tuple_row).execute(_SIZES)
        }


def _show(console: Console, figures: dict[str, Any]) -> None:
    console.print(
        f"{figures['retired']['retired']:,} messages retired in {figures['retire_s']:.0f} s"
        f" ({figures['retired_per_s']:,} a second) beside traffic;"
        f" PostgreSQL {figures['server']}, {figures['cores']} cores"
    )
    table = Table(
        "phase", "documents", "p50 ms", "p95 ms", "p99 ms", "worked off/s", "empty claim ms"
    )
    for name, one in figures["phases"].items():
        late, piles = one["latency_ms"], one["worked_off_per_s"]
        table.add_row(
            name, str(one["documents"]), *(str(late[cut]) for cut in ("p50", "p95", "p99")),
            f"{round(statistics.median(piles))} ({min(piles)} to {max(piles)})",
            str(one["empty_claim_ms"]),
        )  # fmt: skip
    console.print(table)
    table = Table("table", "MB before", "indexes", "MB after", "indexes", "live rows after", "dead")
    nothing = {"table_bytes": 0, "index_bytes": 0, "live": 0, "dead": 0}
    before, after = figures["sizes"]["before"], figures["sizes"]["after"]
    for name in sorted(before.keys() | after.keys()):
        one, other = before.get(name, nothing), after.get(name, nothing)
        sizes = (one["table_bytes"], one["index_bytes"], other["table_bytes"], other["index_bytes"])
        table.add_row(name, *(f"{size / 1e6:,.0f}" for size in sizes), f"{other['live']:,}", f"{other['dead']:,}")  # fmt: skip
    console.print(table)
    console.print(
        f"proof in {figures['proof_s']:.0f} s: {figures['breaches']} breaches;"
        f" {figures['left']} messages left"
    )


if __name__ == "__main__":
    typer.run(main)
