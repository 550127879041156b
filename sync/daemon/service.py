"""Put the daemon together: scout, workers, schedule, health; start it, wait for it, stop it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType

from sync import logs
from sync.config import SECRET, Settings, load_settings
from sync.daemon.board import LaneBoard
from sync.daemon.engine import Engine
from sync.daemon.gate import DatabaseGate
from sync.daemon.health import HealthServer
from sync.daemon.jobs import JobThread
from sync.daemon.metrics import Metrics
from sync.daemon.notify import Notifier, Watchdog
from sync.daemon.pace import Pace
from sync.daemon.reload import take_over
from sync.daemon.schedule import SCHEMA_CHECK_S, WINDOW_S, Schedule
from sync.daemon.scout import Scout
from sync.daemon.worker import Worker
from sync.errors import (
    ConfigurationError,
    ContractError,
    CrossdockError,
    describe,
    is_transient,
)

log = logs.get("daemon")


class Daemon:
    """Run workers over all lanes until stopped."""

    def __init__(self, engine: Engine, settings: Settings, *, health: bool = True) -> None:
        self._engine = engine
        self._settings = settings
        self._read = load_settings()
        self._stopping = threading.Event()
        self._aborting = threading.Event()
        self._failure: CrossdockError | None = None
        self._started = time.monotonic()
        self.metrics = Metrics()
        self.board = LaneBoard(settings.batch_rows_idle, settings.batch_rows)
        self.gate = DatabaseGate(engine.probe, self._stopping)
        self._workers: list[Worker] = []
        self._scout: Scout | None = None
        self._schedule = Schedule(self.gate, self.metrics, self._give_up)
        self._jobs: JobThread | None = None
        self._health: HealthServer | None = None
        self._serve_health = health
        self._notifier = Notifier()
        self._adopters: list[Callable[[Settings], None]] = [engine.adopt]

    @property
    def health_port(self) -> int | None:
        """Return the port of the health endpoint, or None without one."""
        return self._health.port if self._health is not None else None

    def every(
        self, seconds: float, name: str, job: Callable[[], object], *, always: bool = False
    ) -> None:
        """Run a further job each so many seconds, while the database is reachable or ``always``."""
        self._schedule.every(seconds, name, job, always=always)

    def on_reload(self, adopt: Callable[[Settings], None]) -> None:
        """Hand the settings to a further part each time that they were read again."""
        self._adopters.append(adopt)

    def start(self) -> None:
        """Check the schema and start all threads; a database that is away is waited for.

        Raises:
            SchemaRevisionError: the schema is not the one this program needs.

        """
        if self._serve_health:
            self._health = HealthServer(
                self._settings.health_host,
                self._settings.health_port,
                alive=self.alive,
                ready=self.ready,
                metrics=self._metrics_text,
            )
        self._probe_first()
        parts = {
            "engine": self._engine,
            "board": self.board,
            "gate": self.gate,
            "metrics": self.metrics,
            "stopping": self._stopping,
        }
        self._scout = Scout(pace=self._pace(), **parts)  # type: ignore[arg-type]  # typed one by one there
        self._workers = [
            Worker(f"worker-{number}", **parts)  # type: ignore[arg-type]  # the same
            for number in range(1, self._settings.workers + 1)
        ]
        self.metrics.workers.set(len(self._workers))
        self._sweep_by(self._settings)
        self._schedule.every(WINDOW_S, "windows", self._engine.open_windows)
        self._schedule.every(SCHEMA_CHECK_S, "schema check", self._engine.probe)
        self._jobs = JobThread(self._engine, self.gate, self._stopping)
        for thread in (self._scout, *self._workers, self._jobs):
            thread.start()
        self._schedule.start()
        self._notifier.ready(self._status())
        if self._notifier.watchdog_s:
            Watchdog(self._notifier, lambda: self.alive()[0], self._status, self._stopping).start()
        log.info("daemon runs", workers=len(self._workers), health_port=self.health_port)

    def reload(self) -> None:
        """Read the settings again and take over those that may change; a wrong one changes none."""
        self._notifier.reloading()
        try:
            found = take_over(self._settings, self._read, load_settings())
        except ConfigurationError as exc:
            log.error("settings are wrong; nothing changed", reason=describe(exc))
        else:
            taken = {name: getattr(found.settings, name) for name in found.taken}
            self._settings = found.settings
            # What waits stays as it was read, so that each reload says so again.
            self._read = self._read.model_copy(update=taken)
            for adopt in self._adopters:
                adopt(found.settings)
            self._sweep_by(found.settings)
            self.board.resize(found.settings.batch_rows_idle, found.settings.batch_rows)
            if self._scout is not None:
                self._scout.set_pace(self._pace())
            shown = {n: "***" if n in SECRET else str(value) for n, value in taken.items()}
            log.info("settings reloaded", changed=shown, need_restart=list(found.waiting))
        self._notifier.ready(self._status())

    def _sweep_by(self, settings: Settings) -> None:
        self._schedule.every(settings.sweep_ms / 1000, "sweep", self._engine.sweep)

    def stop(self) -> None:
        """Finish the batches in hand; called again, leave them to the database to roll back."""
        if self._stopping.is_set():
            log.warning("second stop: batches in hand are rolled back", lanes=self.board.busy())
            self._aborting.set()
            return
        log.info("stop: finishing the batches in hand", lanes=self.board.busy())
        self._notifier.stopping()
        self._stopping.set()
        self.board.wake()

    def wait(self) -> bool:
        """Wait for the end; return whether every batch in hand was finished.

        Raises:
            CrossdockError: what made the daemon give up by itself.

        """
        while not self._stopping.wait(0.2):
            pass
        while any(worker.is_alive() for worker in self._workers) and not self._aborting.is_set():
            time.sleep(0.02)
        clean = not self._aborting.is_set()
        if clean:
            self._schedule.close()
            clean = self._jobs is None or self._jobs.close()
        self._close_health()
        log.info("daemon ended", clean=clean)
        if self._failure is not None:
            raise self._failure
        return clean

    def alive(self) -> tuple[bool, Mapping[str, object]]:
        """Return whether every thread that should run does."""
        threads = [self._scout, *self._workers, self._jobs]
        dead = [thread.name for thread in threads if thread is not None and not thread.is_alive()]
        facts = {"uptime_s": round(time.monotonic() - self._started), "dead_threads": dead}
        return not dead or self._stopping.is_set(), facts

    def ready(self) -> tuple[bool, Mapping[str, object]]:
        """Return whether messages are being worked."""
        alive, _ = self.alive()
        good = bool(self._workers) and alive and self.gate.is_open and not self._stopping.is_set()
        facts = {
            "database": "reachable" if self.gate.is_open else "lost",
            "stopping": self._stopping.is_set(),
            "working": self.board.busy(),
        }
        return good, facts

    def _pace(self) -> Pace:
        return Pace(self._settings.poll_min_ms / 1000, self._settings.poll_max_ms / 1000)

    def _status(self) -> str:
        """Return one line for `systemctl status`."""
        if not self.gate.is_open:
            return "the database is away; waiting for it"
        busy = ", ".join(sorted(self.board.busy()))
        return f"{len(self._workers)} workers; at work on {busy or 'nothing'}"

    def _metrics_text(self) -> bytes:
        self.metrics.database_up.set(self.gate.is_open)
        self.metrics.outages.set(self.gate.outages)
        return self.metrics.text()

    def _probe_first(self) -> None:
        try:
            self._engine.probe()
        except Exception as exc:
            if not is_transient(exc):
                self._close_health()
                raise
            self.gate.lost(exc)

    def _close_health(self) -> None:
        if self._health is not None:
            self._health.close()
            self._health = None

    def _give_up(self, exc: ContractError) -> None:
        self._failure = exc
        self._stopping.set()
        self.board.wake()


def stop_on_signals(daemon: Daemon) -> None:
    """Stop on SIGTERM and SIGINT, the second time without finishing; reload on SIGHUP."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        # A handler may interrupt a thread that holds the board's or the log's lock.
        act = daemon.reload if number == signal.SIGHUP else daemon.stop
        threading.Thread(target=act, name=act.__name__, daemon=True).start()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGHUP, on_signal)
