"""Run what is due by the clock exactly once over any number of daemons, without a leader.

A run is a row, unique by job and due time: who inserts it runs the job. While it runs, a
transaction that does nothing holds the job's advisory lock; it dies with its process, so a run
whose lock is free is lost, and is begun again. What was missed is caught up once: one run stands
for all due times since the last. Cron expressions are read as Debian's cron reads them when clocks
change: a time that is skipped runs at once after the gap, one that comes twice runs once.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from psycopg.types.json import Jsonb
from sqlalchemy import Row

from schema.jobs import ATTEMPTS
from sync import logs, retry
from sync.errors import PermanentError, describe, is_transient
from sync.store import Store
from sync.turn import WINDOW_JOB, open_window

#: What a job is told to say how far it has come; called as often as it likes.
Progress = Callable[[str], None]
#: A job: does its work and returns what it did, in numbers.
Job = Callable[[Store, Progress], Mapping[str, object]]

#: Progress is written at most so often, in seconds.
PROGRESS_S = 1.0
#: More due times than this are not counted: a job of each minute after a year's outage.
COUNTED_MISSES = 1000

log = logs.get("jobs")


class JobFailed(PermanentError):  # noqa: N818 - what became of it, not what kind of error it is
    """A job came to its end and its answer is bad, a broken law for example."""


@dataclass(frozen=True)
class Due:
    """Say when a job is due: the newest due time that has come, and the next one to come.

    ``at`` is None when none has come; ``missed`` counts the earlier ones that ``at`` stands for.
    """

    at: datetime | None
    missed: int
    following: datetime


@dataclass(frozen=True)
class Ran:
    """Say what became of one run: done or failed."""

    job: str
    due_at: datetime
    state: str
    error: str | None = None


def when_due(schedule: str, time_zone: str, after: datetime, now: datetime) -> Due:
    """Return the due times of a cron expression in a zone, later than ``after``.

    Raises:
        PermanentError: the expression cannot be read.

    """
    try:
        times = CronSim(schedule, after.astimezone(ZoneInfo(time_zone)))
        latest: datetime | None = None
        missed = -1
        for found in times:
            # As instants: within a zone Python compares wall clocks, and an hour comes twice.
            if found.astimezone(UTC) > now.astimezone(UTC):
                return Due(latest, max(missed, 0), found.astimezone(UTC))
            latest = found.astimezone(UTC)
            missed = min(missed + 1, COUNTED_MISSES)
    except CronSimError as exc:
        raise PermanentError(f"schedule {schedule!r}: {exc}") from None
    raise PermanentError(f"schedule {schedule!r} never comes")


def check_schedule(schedule: str, time_zone: str | None) -> datetime:
    """Return when the expression is due next; for commands, before they ask the database.

    Raises:
        PermanentError: the expression or the zone cannot be read.

    """
    now = datetime.now(UTC)
    try:
        ZoneInfo(time_zone or "UTC")
    except (KeyError, ValueError):
        raise PermanentError(f"there is no time zone {time_zone}") from None
    return when_due(schedule, time_zone or "UTC", now, now).following


def this_runner() -> str:
    """Return the name under which this process runs jobs."""
    return f"{socket.gethostname()}:{os.getpid()}"


class Clerk:
    """Run the jobs that are due. Safe to call from any thread and any number of processes."""

    def __init__(self, store: Store, jobs: Mapping[str, Job], runner: str | None = None) -> None:
        self._store = store
        self._jobs = jobs
        self._runner = runner or this_runner()

    def run_due(self, now: datetime | None = None) -> list[Ran]:
        """Look once at the clock; run what is due and what was lost, one job after another.

        ``now`` stands for the database's clock. Returns what was run here; a job that another
        daemon runs at this moment is left to it. An error of a job is written to its run.
        """
        with self._store.look() as tx:
            rows = tx.rows("schedule_look")
        done = (self._run_if_due(row, now or row.at) for row in rows if row.job in self._jobs)
        return [ran for ran in done if ran is not None]

    def open_windows(self, now: datetime | None = None) -> list[Ran]:
        """Open the batch windows that are due: runs of jobs like others, but no job delays them."""
        with self._store.look() as tx:
            rows = tx.rows("schedule_look") if tx.scalar("any_window") else []
        windows = (row for row in rows if row.job.startswith(WINDOW_JOB))
        done = (self._run_if_due(row, now or row.at) for row in windows)
        return [ran for ran in done if ran is not None]

    def run_now(self, name: str) -> Ran:
        """Run a job by hand, whatever its schedule says, also when it is paused.

        Raises:
            PermanentError: there is no such job, or it is running already.

        """
        if name not in self._jobs and not self._is_window(name):
            raise PermanentError(f"there is no job {name}; there are: {', '.join(self._jobs)}")
        with self._store.transaction() as guard:
            if not guard.one("schedule_guard", job=name).is_mine:
                raise PermanentError(f"job {name} is running already")
            now = self._store.now()
            self._lose(name, now)
            attempts = self._begin(name, now, "hand", 0, now)
            if attempts is None:
                raise PermanentError(f"job {name} was started at this very moment")
            return self._run(name, now, attempts)

    def _is_window(self, name: str) -> bool:
        if not name.startswith(WINDOW_JOB):
            return False
        with self._store.transaction() as tx:
            return any(row.job == name for row in tx.rows("show_work"))

    def _run_if_due(self, row: Row[Any], now: datetime) -> Ran | None:
        after = max(row.since, row.last_due_at or row.since)
        try:
            due = when_due(row.schedule, row.time_zone, after, now)
        except PermanentError as exc:
            log.error("job cannot be scheduled", job=row.job, reason=describe(exc))
            return None
        if row.next_due_at != due.following:
            with self._store.transaction() as tx:
                tx.run("schedule_next", job=row.job, next_due_at=due.following)
        if due.at is None and row.retry_due_at is None and not row.is_running:
            return None
        with self._store.transaction() as guard:
            if not guard.one("schedule_guard", job=row.job).is_mine:
                return None
            return self._take(row, due, now)

    def _take(self, row: Row[Any], due: Due, now: datetime) -> Ran | None:
        """Begin what is due, or again what was lost, under the job's guard."""
        lost = self._lose(row.job, now) if row.is_running else []
        if due.at is not None:
            attempts = self._begin(row.job, due.at, "schedule", due.missed, now)
            return None if attempts is None else self._run(row.job, due.at, attempts)
        again: list[datetime | None] = [at for at, origin in lost if origin == "schedule"]
        again = again or [row.retry_due_at]
        if again[-1] is None:
            return None
        with self._store.transaction() as tx:
            found = tx.rows(
                "schedule_again", job=row.job, due_at=again[-1], runner=self._runner, now=now
            )
        return self._run(row.job, again[-1], found[0].attempts) if found else None

    def _lose(self, name: str, now: datetime) -> list[tuple[datetime, str]]:
        with self._store.transaction() as tx:
            lost = tx.rows("schedule_lose", job=name, now=now, max_attempts=ATTEMPTS)
        for row in lost:
            log.warning("job was lost", job=name, due_at=str(row.due_at))
        return [(row.due_at, row.origin) for row in lost]

    def _begin(
        self, name: str, due_at: datetime, origin: str, missed: int, now: datetime
    ) -> int | None:
        with self._store.transaction() as tx:
            found = tx.rows(
                "schedule_begin",
                job=name,
                due_at=due_at,
                origin=origin,
                missed_count=missed,
                runner=self._runner,
                now=now,
            )
        return int(found[0].attempts) if found else None

    def _run(self, name: str, due_at: datetime, attempts: int) -> Ran:
        told = 0.0

        def progress(text: str) -> None:
            nonlocal told
            if time.monotonic() - told >= PROGRESS_S:
                told = time.monotonic()
                with self._store.transaction() as tx:
                    tx.run(
                        "schedule_progress",
                        job=name,
                        due_at=due_at,
                        attempts=attempts,
                        progress=text,
                    )

        counts: Mapping[str, object] | None = None
        error: str | None = None
        retry_at: datetime | None = None
        began = time.monotonic()
        try:
            if name in self._jobs:
                counts = self._jobs[name](self._store, progress)
            else:
                counts = open_window(self._store, name)
        except Exception as exc:  # noqa: BLE001 - whatever a job met is told in its run
            error = describe(exc)
            if is_transient(exc) and attempts < ATTEMPTS:
                retry_at = self._store.now() + retry.JOB_PAUSE * attempts
            log.error("job failed", job=name, due_at=str(due_at), reason=error, retry_at=retry_at)
        state = "done" if error is None else "failed"
        now = self._store.now()
        with self._store.transaction() as tx:
            tx.run(
                "schedule_end",
                now=now,
                job=name,
                due_at=due_at,
                attempts=attempts,
                state=state,
                counts=None if counts is None else Jsonb(dict(counts)),
                error=error,
                retry_at=retry_at,
            )
        seconds = round(time.monotonic() - began, 3)
        log.info("job ended", job=name, due_at=str(due_at), state=state, seconds=seconds)
        return Ran(name, due_at, state, error)
