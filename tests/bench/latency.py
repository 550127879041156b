"""Measure how soon a receiver sees what a sender committed, and what an idle daemon costs.

usage: python -m tests.bench.latency [--json FILE]

A real `crossdock run` on an embedded server with durability on. The sender commits one receipt of
three lines in each transaction at a steady rate; the receiver looks at its inbox every 2 ms, so a
figure is up to 2 ms too high. Nothing notifies anybody: the daemon polls.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from sync.embedded import EmbeddedServer
from tests.bench.world import ITEMS, LANE, World, found

LOOK_S = 0.002
GOAL_P99_MS = 100.0
GOAL_IDLE_SHARE = 0.01
START_LIMIT_S = 60.0
TICKS = os.sysconf("SC_CLK_TCK")

HEAD = """
INSERT INTO wms_v1.goods_receipt (
    message_id, warehouse_code, line_count, receipt_no, order_type, order_no, source_seq
) VALUES (%(id)s, %(lane)s, 3, %(id)s, 'purchase_order', %(order)s, %(n)s)"""
LINES = f"""
INSERT INTO wms_v1.goods_receipt_line (
    message_id, warehouse_code, line_no, order_line_no, item_code, qty, uom, location_code
)
SELECT %(id)s, %(lane)s, l, l, 'I' || (1 + (%(order_n)s::int * 7 + l * 13) %% {ITEMS}), 1, 'BOX', 'L1'
FROM generate_series(1, 3) AS l"""
INBOX = """
SELECT delivery_id, message_id FROM erp_v1.inbox
WHERE warehouse_code = %s AND delivery_id > %s ORDER BY delivery_id"""


def cpu_s(pid: int) -> float:
    """Return the CPU seconds that a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def server_cpu_s(postmaster: int) -> float:
    """Return the CPU seconds of a server: its living processes and those that ended."""
    total = 0.0
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if folder.name == str(postmaster):
            total += sum(int(ticks) for ticks in fields[11:15]) / TICKS
        elif fields[1] == str(postmaster):
            total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def measure_latency(world: World, per_second: int, seconds: int) -> dict[str, Any]:
    """Return the percentiles in ms from the end of the sender's commit to the receiver's look."""
    committed: dict[str, float] = {}
    seen: dict[str, float] = {}
    begun, ended = threading.Event(), threading.Event()

    def receive() -> None:
        with world.connect("bench_erp") as erp:
            erp.autocommit = True
            row = erp.execute("SELECT max(delivery_id) FROM erp_v1.inbox").fetchone()
            newest: Any = row[0] if row and row[0] else 0
            begun.set()
            while not ended.is_set():
                got = erp.execute(INBOX, (LANE, newest)).fetchall()
                now = time.perf_counter()
                for delivery_id, message_id in got:
                    seen[str(message_id)] = now
                    newest = delivery_id
                time.sleep(LOOK_S)

    receiver = threading.Thread(target=receive)
    receiver.start()
    begun.wait()
    count = per_second * seconds
    began = time.perf_counter()
    with world.connect("bench_wms") as wms:
        for number in range(count):
            pause = began + number / per_second - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            name, order = f"L{number}", 1 + number % 1000
            row = {"id": name, "lane": LANE, "order": f"PO{order}", "order_n": order}
            wms.execute(HEAD, {**row, "n": 10_000_000 + number})
            wms.execute(LINES.encode(), row)
            wms.commit()
            committed[name] = time.perf_counter()
    took = time.perf_counter() - began
    limit = time.monotonic() + START_LIMIT_S
    while len(seen.keys() & committed.keys()) < count and time.monotonic() < limit:
        time.sleep(LOOK_S)
    ended.set()
    receiver.join()
    waits = sorted(1000 * (seen[name] - committed[name]) for name in committed if name in seen)
    return {
        "documents": count,
        "seen": len(waits),
        "per_second": round(count / took, 1),
        **{
            f"p{p}_ms": round(waits[min(len(waits) * p // 100, len(waits) - 1)], 1)
            for p in (50, 95, 99)
        },
        "max_ms": round(waits[-1], 1),
    }


def measure_idle(daemon: int, postmaster: int, seconds: int) -> dict[str, Any]:
    """Return the CPU seconds for each minute in which nothing happens."""
    before = cpu_s(daemon), server_cpu_s(postmaster)
    began = time.monotonic()
    time.sleep(seconds)
    minutes = (time.monotonic() - began) / 60
    spent = (cpu_s(daemon) - before[0]) / minutes, (server_cpu_s(postmaster) - before[1]) / minutes
    return {
        "daemon_cpu_s_per_min": round(spent[0], 3),
        "server_cpu_s_per_min": round(spent[1], 3),
        "share": round(sum(spent) / 60, 4),
    }


def main(
    json_file: Annotated[Path | None, typer.Option("--json", help="write the figures here")] = None,
    per_second: Annotated[int, typer.Option(min=1, help="documents a second")] = 100,
    seconds: Annotated[int, typer.Option(min=1, help="length of each measurement")] = 60,
) -> None:
    """Print latency and idle cost; exit 1 when a goal is missed or a document was not seen."""
    with tempfile.TemporaryDirectory(prefix="crossdock-latency-") as name:
        server = EmbeddedServer(Path(name) / "server", durable=True)
        try:
            figures = measure(server, Path(name) / "log", per_second, seconds)
        finally:
            server.close(destroy=True)
    typer.echo(json.dumps(figures, indent=1))
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    latency, idle = figures["latency"], figures["idle"]
    met = latency["p99_ms"] < GOAL_P99_MS and latency["seen"] == latency["documents"]
    raise typer.Exit(0 if met and idle["share"] < GOAL_IDLE_SHARE else 1)


def measure(server: EmbeddedServer, log: Path, per_second: int, seconds: int) -> dict[str, Any]:
    """Start a daemon on a filled database, and measure it idle and at work."""
    world = found(server, 10)
    with world.connect() as dba:
        row = dba.execute("SELECT pg_backend_pid()").fetchone()
        parent = Path(f"/proc/{row[0] if row else 0}/stat").read_text().rpartition(")")[2].split()
    with log.open("wb") as output:
        daemon = subprocess.Popen(
            [sys.executable, "-m", "sync.cli", "run", "--database-url", world.url],
            stderr=output,
            env={**os.environ, "CROSSDOCK_HEALTH_PORT": "0"},
        )
    try:
        limit = time.monotonic() + START_LIMIT_S
        while b"daemon runs" not in log.read_bytes() and time.monotonic() < limit:
            time.sleep(0.05)
        work_off(world)
        latency = measure_latency(world, per_second, seconds)
        return {"latency": latency, "idle": measure_idle(daemon.pid, int(parent[1]), seconds)}
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait()


def work_off(world: World) -> None:
    """Wait until the backlog of the world is worked off."""
    query = "SELECT count(*) FROM staging.message WHERE state = 'received'"
    limit = time.monotonic() + START_LIMIT_S
    while world.scalar(query) and time.monotonic() < limit:
        time.sleep(0.1)


if __name__ == "__main__":
    typer.run(main)
