"""Look at the clock every few seconds and run the jobs that are due."""

from __future__ import annotations

import threading

from sync import logs
from sync.daemon.engine import Engine
from sync.daemon.gate import DatabaseGate
from sync.errors import describe, is_connection_lost, is_transient

#: A look is one query of a handful of rows: 0.3 ms. Jobs are due by the minute.
LOOK_S = 5.0
#: A job that is not done so long after the stop is left: its guard falls, and another daemon or
#: the next start runs it again.
GRACE_S = 5.0

log = logs.get("jobs")


class JobThread(threading.Thread):
    """Run jobs one after another, beside the workers; a long one holds up no message."""

    def __init__(self, engine: Engine, gate: DatabaseGate, stopping: threading.Event) -> None:
        # A daemon thread: a job of an hour must not keep a stopped process alive.
        super().__init__(name="jobs", daemon=True)
        self._engine = engine
        self._gate = gate
        self._stopping = stopping

    def run(self) -> None:
        """Look until the daemon stops; whatever a job met, the next look comes."""
        while not self._stopping.wait(LOOK_S):
            if not self._gate.is_open:
                continue
            try:
                self._engine.run_jobs()
            except Exception as exc:
                if is_connection_lost(exc):
                    self._gate.lost(exc)
                elif is_transient(exc):
                    log.warning("look at the jobs put off", reason=describe(exc))
                else:
                    log.error("look at the jobs failed", exc_info=exc)

    def close(self) -> bool:
        """Wait a while for the job in hand; return whether none is left."""
        self.join(GRACE_S)
        if self.is_alive():
            log.warning("a job is left unfinished; it will be run again")
        return not self.is_alive()
