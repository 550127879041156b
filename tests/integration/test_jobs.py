"""Jobs of the clock: each due time runs once, whoever looks, whatever dies."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sync.config import Settings, libpq_url
from sync.errors import PermanentError, TransientError
from sync.jobs import Clerk, Job, Progress
from sync.store import Store
from tests.support.cluster import Database

PATIENCE_S = 20.0
NIGHT = datetime(2030, 3, 1, 1, 0, tzinfo=UTC)


@pytest.fixture
def store(database: Database) -> Iterator[Store]:
    opened = Store(database.engine_url, pool_size=8, settings=Settings(pooled=database.pooled))
    with psycopg.connect(libpq_url(database.url)) as connection:
        connection.execute("UPDATE ops.job SET since = %s", [NIGHT - timedelta(hours=12)])
    try:
        yield opened
    finally:
        opened.close()


def _runs(store: Store, job: str = "proof") -> list[tuple[object, ...]]:
    with store.transaction() as tx:
        found = tx.rows("show_job_runs", job=job, limit=50)
    return [(row.due_at, row.state, row.attempts, row.missed_count) for row in reversed(found)]


class Counted:
    """A job that counts how often it was run, and does what the test wants."""

    def __init__(self, act: Callable[[], None] = lambda: None) -> None:
        self.count = 0
        self.lock = threading.Lock()
        self.act = act

    def __call__(self, _store: Store, progress: Progress) -> Mapping[str, object]:
        progress("begun")
        with self.lock:
            self.count += 1
        self.act()
        return {"done": self.count}

    def jobs(self) -> dict[str, Job]:
        return {"proof": self}


def test_of_many_daemons_one_runs_each_due_time(store: Store) -> None:
    """The run row is unique by due time, and one look at a time holds the job's guard."""
    job = Counted()
    clerks = [Clerk(store, job.jobs(), f"daemon-{n}") for n in range(4)]
    for night in range(3):
        now = NIGHT + timedelta(days=night, hours=4)
        threads = [threading.Thread(target=clerk.run_due, args=[now]) for clerk in clerks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S)
        assert clerks[0].run_due(now) == []
    assert job.count == 3
    expected = [NIGHT.replace(hour=4) + timedelta(days=night) for night in range(3)]
    assert _runs(store) == [(due, "done", 1, 0) for due in expected]


def test_missed_nights_are_caught_up_once(store: Store) -> None:
    """A daemon that was away for four nights runs the job once, for all of them."""
    job = Counted()
    ran = Clerk(store, job.jobs()).run_due(NIGHT + timedelta(days=4))
    assert [(r.due_at, r.state) for r in ran] == [
        (NIGHT.replace(hour=4) + timedelta(days=3), "done")
    ]
    assert _runs(store)[0][3] == 3


def test_a_run_whose_process_died_is_run_again(store: Store) -> None:
    """The guard falls with its session: the run is lost, and begun again under the same due time."""
    now = NIGHT + timedelta(hours=4)
    due = NIGHT.replace(hour=4)
    with store.transaction() as tx:  # what a killed daemon leaves: a running row, and no guard
        begin = {"job": "proof", "origin": "schedule", "missed_count": 0, "runner": "dead"}
        tx.rows("schedule_begin", due_at=due, now=now, **begin)
    job = Counted()
    ran = Clerk(store, job.jobs()).run_due(now)
    assert [(r.due_at, r.state) for r in ran] == [(due, "done")]
    assert _runs(store) == [(due, "done", 2, 0)]
    assert job.count == 1


def test_a_run_that_goes_on_is_left_alone(store: Store) -> None:
    """Who holds the guard lives: nobody takes his run for lost."""
    began, go_on = threading.Event(), threading.Event()

    def act() -> None:
        began.set()
        assert go_on.wait(PATIENCE_S)

    job = Counted(act)
    now = NIGHT + timedelta(hours=4)
    thread = threading.Thread(target=Clerk(store, job.jobs()).run_due, args=[now])
    thread.start()
    assert began.wait(PATIENCE_S)
    other = Clerk(store, Counted().jobs())
    assert other.run_due(now) == []
    assert other.run_due(now + timedelta(days=1)) == []  # the next night waits for this one
    with pytest.raises(PermanentError, match="running already"):
        other.run_now("proof")
    go_on.set()
    thread.join(PATIENCE_S)
    assert [state for _, state, _, _ in _runs(store)] == ["done"]


def test_a_fault_that_passes_is_tried_again_later_and_not_for_ever(store: Store) -> None:
    """Three tries of a due time; then it stays failed, and the next due time is a new one."""

    def act() -> None:
        raise TransientError("the network hiccups")

    job = Counted(act)
    clerk = Clerk(store, job.jobs())
    now = NIGHT + timedelta(hours=4)
    for _ in range(5):
        clerk.run_due(now)
        with store.transaction() as tx:
            tx.connection.exec_driver_sql(
                "UPDATE ops.job_run SET retry_at = retry_at - interval '1 h'"
            )
    assert job.count == 3
    assert _runs(store) == [(NIGHT.replace(hour=4), "failed", 3, 0)]


def test_a_bad_answer_is_told_and_not_repeated(store: Store) -> None:
    """An error that stays the same is written to the run; the next night runs again."""

    def act() -> None:
        raise PermanentError("law 2 is broken")

    job = Counted(act)
    clerk = Clerk(store, job.jobs())
    now = NIGHT + timedelta(hours=4)
    assert [r.error for r in clerk.run_due(now)] == ["law 2 is broken"]
    assert clerk.run_due(now + timedelta(hours=1)) == []
    assert len(clerk.run_due(now + timedelta(days=1))) == 1


def test_a_paused_job_waits_and_does_not_catch_up(store: Store) -> None:
    """What fell due while somebody had paused it is left out; by hand it may be run."""
    job = Counted()
    clerk = Clerk(store, job.jobs())
    with store.transaction() as tx:
        assert tx.scalar("decide_pause", job="proof", reason="the disk is replaced") == "paused"
    assert clerk.run_due(NIGHT + timedelta(days=2)) == []
    assert clerk.run_now("proof").state == "done"
    with store.transaction() as tx:
        assert tx.scalar("decide_resume", job="proof", reason="it is replaced") == "active"
        tx.connection.exec_driver_sql(
            "UPDATE ops.job SET since = %s", ((NIGHT + timedelta(days=2, hours=6)),)
        )
    assert clerk.run_due(NIGHT + timedelta(days=2, hours=7)) == []
    assert [r.due_at for r in clerk.run_due(NIGHT + timedelta(days=3, hours=4))] == [
        NIGHT.replace(hour=4) + timedelta(days=3)
    ]
    acts = "SELECT array_agg(action ORDER BY audit_id) FROM ops.audit"
    with store.transaction() as tx:
        found = tx.connection.exec_driver_sql(acts).scalar()
    assert found == ["schedule_pause", "schedule_resume"]


def test_a_schedule_that_makes_no_sense_is_refused(store: Store) -> None:
    """The database refuses what is no expression and no zone, and names what is right."""
    with store.transaction() as tx:
        done = tx.one(
            "decide_schedule",
            job="proof",
            schedule="0  5 * * 1",
            time_zone="Asia/Shanghai",
            reason="x",
        )
    assert done.schedule_after == "0 5 * * 1 Asia/Shanghai"
    for schedule, zone in (("nightly", "UTC"), ("0 5 * * *", "Mars/Olympus")):
        with (
            pytest.raises(Exception, match=r"is no schedule|no time zone"),
            store.transaction() as tx,
        ):
            tx.one("decide_schedule", job="proof", schedule=schedule, time_zone=zone, reason="x")
