"""The daemon's threads around an engine that is played by the test."""

from __future__ import annotations

import json
import logging
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors as pg

from sync.config import Settings, load_settings
from sync.daemon import Daemon
from sync.daemon.board import LaneBoard
from sync.daemon.engine import Worked
from sync.daemon.gate import DatabaseGate
from sync.daemon.health import HealthServer
from sync.daemon.pace import BatchSize, Pace
from sync.errors import SchemaRevisionError

PATIENCE_S = 10.0


class PlayedEngine:
    """Hold messages per lane as mere counts; fail when told to."""

    def __init__(self, **messages: int) -> None:
        self.messages = Counter(messages)
        self.lock = threading.Lock()
        self.failures: list[Exception] = []
        self.probe_failures: list[Exception] = []
        self.at_once: Counter[str] = Counter()
        self.collisions = 0
        self.done = threading.Event()
        self.adopted: Settings | None = None
        self.in_batch = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def probe(self) -> None:
        if self.probe_failures:
            raise self.probe_failures.pop(0)

    def adopt(self, settings: Settings) -> None:
        self.adopted = settings

    def lanes(self) -> list[str]:
        with self.lock:
            return [lane for lane, count in self.messages.items() if count > 0]

    def work(self, lane: str, limit: int) -> Worked:
        with self.lock:
            if self.failures:
                raise self.failures.pop(0)
            self.at_once[lane] += 1
            self.collisions += self.at_once[lane] > 1
            taken = min(limit, self.messages[lane])
        self.in_batch.set()
        assert self.go_on.wait(PATIENCE_S)
        with self.lock:
            self.messages[lane] -= taken
            self.at_once[lane] -= 1
            if not +self.messages:
                self.done.set()
        return Worked(taken, {"applied": taken})

    def notice(self) -> int:
        return 0

    def sweep(self) -> int:
        return 0

    def run_jobs(self) -> int:
        return 0

    def open_windows(self) -> int:
        return 0


@pytest.fixture
def settings(tmp_path: object) -> Settings:
    return load_settings(workers=3, batch_rows=100, batch_rows_idle=5, health_port=0)


@pytest.fixture(autouse=True)
def _leave_logging_alone() -> Iterator[None]:
    before = list(logging.getLogger().handlers)
    yield
    logging.getLogger().handlers[:] = before


def finish(daemon: Daemon) -> bool:
    daemon.stop()
    return daemon.wait()


def test_the_pause_is_short_after_work_and_doubles_while_idle() -> None:
    """Milliseconds while rows flow, a fraction of a second when idle."""
    pace = Pace(0.005, 0.25)
    idle = [pace.after(worked=False) for _ in range(7)]
    assert idle == [0.01, 0.02, 0.04, 0.08, 0.16, 0.25, 0.25]
    assert pace.after(worked=True) == 0.005


def test_batches_grow_under_load_and_shrink_after_it() -> None:
    """Small when idle for latency, large under load for throughput."""
    size = BatchSize(50, 2000)
    assert [size.after(n) for n in (50, 200, 800, 2000)] == [200, 800, 2000, 2000]
    assert [size.after(n) for n in (1000, 10, 10, 0)] == [2000, 500, 125, 50]


def test_a_lane_is_given_to_one_worker_at_a_time() -> None:
    """Two workers on one lane would only wait for each other's counter row."""
    board = LaneBoard(10, 100)
    board.offer(["W1"])
    assert board.take("a", 0) == ("W1", 10)
    board.offer(["W1"])
    assert board.take("b", 0) is None
    board.give_back("W1", 10)
    assert board.take("b", 0) == ("W1", 40)


def test_a_lane_goes_back_to_its_worker_when_that_one_is_free() -> None:
    """Another one takes it only while its own worker is busy."""
    board = LaneBoard(10, 100)
    board.offer(["W1", "W2"])
    assert board.take("a", 0) == ("W1", 10)
    assert board.take("b", 0) == ("W2", 10)
    board.give_back("W1", 0)
    board.give_back("W2", 0)
    board.offer(["W2", "W1"])
    assert board.take("a", 0) == ("W1", 10)
    # a is busy with W1 now; b is asked to leave its own lane only if a has more than one.
    assert board.take("b", 0) == ("W2", 10)
    board.give_back("W2", 0)
    board.offer(["W2"])
    assert board.take("c", 0) == ("W2", 10)


def test_a_failed_lane_rests_and_is_due_again() -> None:
    """The pause belongs to the lane, not to the worker."""
    now = [0.0]
    board = LaneBoard(10, 100, clock=lambda: now[0])
    board.offer(["W1"])
    assert board.take("a", 0) is not None
    board.give_back("W1", 0, pause_s=5.0)
    board.offer(["W1"])
    assert board.take("a", 0) is None
    now[0] = 5.0
    assert board.take("a", 0) == ("W1", 10)


def test_all_lanes_are_worked_off_without_two_workers_on_one(settings: Settings) -> None:
    """Three workers, four lanes."""
    engine = PlayedEngine(W1=900, W2=500, W3=1, **{"*": 40})
    daemon = Daemon(engine, settings)
    daemon.start()
    assert engine.done.wait(PATIENCE_S)
    assert finish(daemon)
    assert engine.collisions == 0
    assert b'crossdock_messages_total{state="applied"} 1441.0' in daemon.metrics.text()


def test_the_first_stop_finishes_the_batch_in_hand(settings: Settings) -> None:
    """And no other is begun."""
    engine = PlayedEngine(W1=100)
    engine.go_on.clear()
    daemon = Daemon(engine, settings, health=False)
    daemon.start()
    assert engine.in_batch.wait(PATIENCE_S)
    daemon.stop()
    engine.go_on.set()
    assert daemon.wait()
    assert engine.messages["W1"] == 95


def test_the_second_stop_does_not_wait_for_it(settings: Settings) -> None:
    """The transaction is left to the database to roll back."""
    engine = PlayedEngine(W1=100)
    engine.go_on.clear()
    daemon = Daemon(engine, settings, health=False)
    daemon.start()
    assert engine.in_batch.wait(PATIENCE_S)
    daemon.stop()
    daemon.stop()
    assert not daemon.wait()
    assert engine.messages["W1"] == 100
    engine.go_on.set()


@pytest.mark.parametrize(
    "failure",
    [
        psycopg.OperationalError("server closed the connection unexpectedly"),
        pg.AdminShutdown("terminating connection"),
        pg.DeadlockDetected("deadlock detected"),
    ],
)
def test_work_goes_on_after_a_failure_that_passes(settings: Settings, failure: Exception) -> None:
    """A lost connection closes the gate until the probe succeeds; a lost race only costs time."""
    engine = PlayedEngine(W1=10)
    engine.failures = [failure]
    daemon = Daemon(engine, settings, health=False)
    daemon.start()
    assert engine.done.wait(PATIENCE_S)
    assert finish(daemon)
    assert daemon.gate.outages == (0 if isinstance(failure, pg.DeadlockDetected) else 1)


def test_an_unexpected_failure_in_one_lane_leaves_the_others_running(settings: Settings) -> None:
    """The worker survives, the lane rests."""
    engine = PlayedEngine(W1=10)
    engine.failures = [ValueError("a bug")]
    daemon = Daemon(engine, settings, health=False)
    daemon.start()
    with engine.lock:
        engine.messages["W2"] += 10
    while engine.messages["W1"] and engine.messages["W2"]:
        pass
    assert daemon.alive()[0]
    assert finish(daemon)


def test_a_database_that_is_away_at_the_start_is_waited_for(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Loudly: each try is an error in the log."""
    engine = PlayedEngine(W1=10)
    engine.probe_failures = [psycopg.OperationalError("refused")] * 2
    daemon = Daemon(engine, settings, health=False)
    daemon.start()
    assert not daemon.ready()[0]
    assert engine.done.wait(PATIENCE_S)
    assert daemon.ready()[0]
    assert finish(daemon)


def test_a_schema_that_is_not_known_stops_the_start(settings: Settings) -> None:
    """The daemon refuses to start on a revision it does not know."""
    engine = PlayedEngine()
    engine.probe_failures = [SchemaRevisionError("9999 is unknown")]
    daemon = Daemon(engine, settings)
    with pytest.raises(SchemaRevisionError):
        daemon.start()
    assert daemon.health_port is None


def test_a_schema_that_moved_ends_the_daemon(settings: Settings) -> None:
    """An old daemon stops when the schema moved under it, with the reason."""
    daemon = Daemon(PlayedEngine(), settings, health=False)
    daemon.start()

    def moved() -> None:
        raise SchemaRevisionError("the schema moved")

    daemon._schedule.run("schema check", moved)
    with pytest.raises(SchemaRevisionError, match="moved"):
        daemon.wait()


def test_the_gate_never_gives_up_and_backs_off() -> None:
    """The pauses double up to their limit."""
    pauses: list[float] = []

    class NoTime(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0.0)
            return False

    failures = iter([psycopg.OperationalError("no")] * 8)

    def probe() -> None:
        for failure in failures:
            raise failure

    gate = DatabaseGate(probe, NoTime())
    gate.lost(psycopg.OperationalError("gone"))
    while not gate.try_to_open():
        assert not gate.is_open
    assert gate.is_open
    assert len(pauses) == 9
    assert pauses[0] < 1
    assert 10 < pauses[-1] < 20


def _get(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as exc:
        with exc:
            return exc.code, exc.read()


def test_the_health_endpoint_tells_alive_from_ready(settings: Settings) -> None:
    """A lost database is no reason to restart the daemon, but to send it no probes of success."""
    engine = PlayedEngine()
    daemon = Daemon(engine, settings)
    daemon.start()
    port = daemon.health_port
    assert port
    assert _get(port, "/healthz")[0] == 200
    assert _get(port, "/readyz")[0] == 200
    status, text = _get(port, "/metrics")
    assert status == 200
    assert b"crossdock_database_up 1.0" in text
    assert _get(port, "/nonsense")[0] == 404
    engine.probe_failures = [psycopg.OperationalError("away")] * 1000
    daemon.gate.lost(psycopg.OperationalError("away"))
    assert _get(port, "/healthz")[0] == 200
    status, body = _get(port, "/readyz")
    assert status == 503
    assert json.loads(body)["database"] == "lost"
    assert finish(daemon)


def test_a_taken_health_port_is_no_failure() -> None:
    """The next one is used and said."""
    facts = (True, {"a": 1})
    first = HealthServer("127.0.0.1", 0, alive=lambda: facts, ready=lambda: facts, metrics=bytes)
    second = HealthServer(
        "127.0.0.1", first.port, alive=lambda: facts, ready=lambda: facts, metrics=bytes
    )
    try:
        assert second.port != first.port
        assert _get(second.port, "/healthz") == (200, b'{"ok": true, "a": 1}\n')
    finally:
        first.close()
        second.close()


def test_a_reload_takes_what_may_change_and_names_what_may_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An argument given at the start goes on to win; a wrong value changes nothing."""
    engine = PlayedEngine()
    daemon = Daemon(engine, settings, health=False)
    monkeypatch.setenv("CROSSDOCK_BATCH_ROWS", "70")
    monkeypatch.setenv("CROSSDOCK_WORKERS", "9")
    daemon.reload()
    assert engine.adopted is not None
    assert (engine.adopted.batch_rows, engine.adopted.workers) == (70, 3)
    daemon.board.offer(["W1"])
    for _ in range(3):
        found = daemon.board.take("a", 0)
        assert found is not None
        daemon.board.give_back("W1", found[1])
    assert daemon.board.take("a", 0) == ("W1", 70)
    before = engine.adopted
    monkeypatch.setenv("CROSSDOCK_BATCH_ROWS", "many")
    daemon.reload()
    assert engine.adopted is before


def test_a_restarted_daemon_comes_back_on_its_health_port() -> None:
    """Although the connections of the last scrapes are not forgotten yet."""

    def serve(port: int) -> HealthServer:
        return HealthServer(
            "127.0.0.1", port, alive=lambda: (True, {}), ready=lambda: (True, {}), metrics=bytes
        )

    first = serve(0)
    assert _get(first.port, "/healthz")[0] == 200
    first.close()
    second = serve(first.port)
    assert second.port == first.port
    second.close()
