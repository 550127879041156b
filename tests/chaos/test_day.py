"""Three daemons through days in which clocks change, processes die and the database restarts."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sync.config import libpq_url
from sync.embedded import EmbeddedServer
from sync.migrate import upgrade
from tests.chaos.clocked import HELD_LOCK
from tests.chaos.processes import Process, Start, wait_until

DATABASE = "day"
BEGIN = datetime(2030, 3, 30, 12, 0, tzinfo=UTC)
AUTUMN = datetime(2030, 10, 27, 0, 0, tzinfo=UTC)
STEP = timedelta(hours=2)
STEPS = 12  # of a day
#: Steps of the first day before which something happens.
ROLLING, KILLED, RESTARTED = 3, 11, 12
PAUSE_S = 0.02
SKIPPED = datetime(2030, 3, 31, 1, 0, tzinfo=UTC)  # 03:00 in Berlin; 02:30 does not exist
TWICE = datetime(2030, 10, 27, 0, 30, tzinfo=UTC)  # 02:30 in Berlin for the first time

MASTERS = (
    "INSERT INTO erp_v1.warehouse (message_id, warehouse_code) VALUES ('w1', 'W1'), ('w2', 'W2')",
    "INSERT INTO erp_v1.item (message_id, item_code, base_uom) VALUES ('i1', 'A', 'PCE')",
)
HEAD = """
INSERT INTO wms_v1.stock_adjustment (message_id, warehouse_code, adjustment_no, source_seq, line_count)
VALUES (%(id)s, %(lane)s, %(id)s, %(n)s, 1) ON CONFLICT DO NOTHING"""
LINE = """
INSERT INTO wms_v1.stock_adjustment_line
    (message_id, warehouse_code, line_no, item_code, qty, reason_code)
VALUES (%(id)s, %(lane)s, 1, 'A', %(n)s, 'INITIAL') ON CONFLICT DO NOTHING"""


class Sender(threading.Thread):
    """A WMS that sends without an end, and sends again what it does not know to have arrived."""

    def __init__(self, url: str) -> None:
        super().__init__(name="sender")
        self.url = url
        self.sent = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Send until told to end."""
        while not self.ended.is_set():
            try:
                with psycopg.connect(libpq_url(self.url), autocommit=False) as wms:
                    while not self.ended.wait(PAUSE_S):
                        number = self.sent + 1
                        row = {"id": f"A{number}", "n": number, "lane": f"W{1 + number % 2}"}
                        wms.execute(HEAD, row)
                        wms.execute(LINE, row)
                        wms.commit()
                        self.sent = number
            except psycopg.OperationalError:
                self.ended.wait(0.1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """Give a server of its own: the test stops it."""
    own = EmbeddedServer(tmp_path / "server", durable=False)
    own.start(DATABASE)
    upgrade(own.url(DATABASE))
    try:
        yield own
    finally:
        own.start(DATABASE)
        own.close(destroy=True)


def rows(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """Run one statement as the DBA; without an answer the list is empty."""
    with psycopg.connect(libpq_url(url), autocommit=True) as dba:
        cursor = dba.execute(query.encode(), values)
        return cursor.fetchall() if cursor.description else []


def prepare(url: str, server: EmbeddedServer) -> Sender:
    """Register both systems, set schedules and the clock, and return the WMS."""
    for login, system, kind, warehouses in (
        ("day_erp", "ERP", "erp", []),
        ("day_wms", "WMS", "wms", ["W1", "W2"]),
    ):
        rows(url, f"CREATE ROLE {login} LOGIN")
        rows(url, "SELECT ops.register_system(%s, %s, %s, %s)", login, system, kind, warehouses)
    for statement in MASTERS:
        rows(server.url(DATABASE, "day_erp"), statement)
    rows(url, "CREATE TABLE public.test_clock AS SELECT %s::timestamptz AS at", BEGIN)
    for job, schedule, zone in (
        ("proof", "0 */2 * * *", "UTC"),
        ("retire", "30 2 * * *", "Europe/Berlin"),
        ("reconcile", "15 4 * * *", "America/New_York"),
    ):
        rows(url, "SELECT ops.schedule_set(%s, %s, %s, 'a day of a test')", job, schedule, zone)
    rows(url, "UPDATE ops.job SET since = %s", BEGIN)
    return Sender(server.url(DATABASE, "day_wms"))


def set_clock(url: str, at: datetime) -> None:
    """Turn the clock, and wait until nothing that is due by it is open."""
    rows(url, "UPDATE public.test_clock SET at = %s", at)
    wait_until(lambda: _is_quiet(url, at))


def _is_quiet(url: str, at: datetime) -> bool:
    hour = at.replace(minute=0)
    found = rows(
        url,
        "SELECT count(*) FILTER (WHERE state <> 'done'),"
        " count(*) FILTER (WHERE job = 'proof' AND due_at = %s) FROM ops.job_run",
        hour,
    )
    ahead = rows(url, "SELECT count(*) FROM ops.job WHERE next_due_at <= %s", at)
    return (found[0][0], ahead[0][0]) == (0, 0) and (found[0][1] == 1 or hour == BEGIN)


def roll(daemons: list[Process], begin: Any) -> None:
    """Restart the daemons one after the other, as an upgrade does."""
    for place, old in enumerate(daemons):
        old.signal(signal.SIGTERM)
        assert old.wait() == 0
        daemons[place] = begin()


def kill_the_one_at_work(url: str, daemons: list[Process], begin: Any, at: datetime) -> None:
    """Kill the daemon that runs the long job; another one runs it again, once."""
    with psycopg.connect(libpq_url(url)) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", (HELD_LOCK,))
        rows(url, "UPDATE public.test_clock SET at = %s", at)
        running = "SELECT runner FROM ops.job_run WHERE job = 'reconcile' AND progress IS NOT NULL"
        running += " AND state = 'running'"
        runner = wait_until(lambda: rows(url, running))[0][0]
        victim = next(d for d in daemons if str(d.popen.pid) == runner.rpartition(":")[2])
        os.kill(victim.popen.pid, signal.SIGKILL)
        victim.popen.wait()
        again = wait_until(lambda: [row[0] for row in rows(url, running) if row[0] != runner])
        assert again[0] != runner
    daemons[daemons.index(victim)] = begin()


def test_each_due_time_runs_once_whatever_happens_in_the_day(
    server: EmbeddedServer, start: Start
) -> None:
    """A rolling restart, one kill -9, one restart of the database, and both changes of the clock."""
    url = server.url(DATABASE)
    sender = prepare(url, server)

    def begin() -> Process:
        daemon = start(url, module="tests.chaos.clocked")
        daemon.wait_for_line("daemon runs")
        return daemon

    daemons = [begin() for _ in range(3)]
    sender.start()
    try:
        for step in range(1, STEPS + 1):
            at = BEGIN + step * STEP
            if step == ROLLING:
                roll(daemons, begin)
            elif step == RESTARTED:
                server.stop()
                server.start(DATABASE)
            if step == KILLED:  # 06:00 in New York
                kill_the_one_at_work(url, daemons, begin, at)
            set_clock(url, at)
        # Nobody is there for half a year: each job is caught up once; then a night with an hour twice.
        set_clock(url, AUTUMN)
        for step in range(1, STEPS // 2 + 1):
            set_clock(url, AUTUMN + step * STEP)
    finally:
        sender.ended.set()
        sender.join()
    wait_until(lambda: rows(url, "SELECT count(*) FROM book.ledger")[0][0] >= sender.sent)
    for daemon in daemons:
        daemon.signal(signal.SIGTERM)
    assert [daemon.wait() for daemon in daemons] == [0, 0, 0]
    found = rows(
        url,
        "SELECT job, due_at, state, attempts, missed_count, runner FROM ops.job_run"
        " ORDER BY due_at, job",
    )
    for job, due_at, state, attempts, missed, runner in found:
        print(  # noqa: T201 - the run table, with pytest -s
            f"{job:10} {due_at:%Y-%m-%d %H:%M} {state} {attempts} {missed:5} {runner}"
        )
    check_runs(found)
    assert rows(url, "SELECT law, key FROM ops.proof") == []
    total = sum(range(1, sender.sent + 1))
    assert rows(url, "SELECT count(*), sum(qty) FROM book.ledger")[0] == (sender.sent, total)


def check_runs(found: list[tuple[Any, ...]]) -> None:
    """Compare the run table with what the calendar says, due time by due time."""
    due = {
        job: [(row[1], row[3]) for row in found if row[0] == job]
        for job in ("proof", "retire", "reconcile")
    }
    assert {row[2] for row in found} == {"done"}
    hours = [BEGIN + timedelta(hours=n) for n in range(2, 25, 2)]
    hours += [AUTUMN + timedelta(hours=n) for n in range(0, 13, 2)]
    assert due["proof"] == [(hour, 1) for hour in hours]
    assert due["retire"] == [
        (SKIPPED, 1),
        (datetime(2030, 10, 26, 0, 30, tzinfo=UTC), 1),
        (TWICE, 1),
    ]
    assert due["reconcile"] == [
        (datetime(2030, 3, 31, 8, 15, tzinfo=UTC), 2),  # the one whose runner was killed
        (datetime(2030, 10, 26, 8, 15, tzinfo=UTC), 1),
        (datetime(2030, 10, 27, 8, 15, tzinfo=UTC), 1),
    ]
    caught_up = {row[0]: row[4] for row in found if row[4]}
    assert set(caught_up) >= {"proof", "retire", "reconcile"}
