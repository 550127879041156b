"""Look which lanes have open messages, quickly while rows flow and seldom when idle.

One look for the whole process, not one for each worker: that keeps the idle cost near zero.
"""

from __future__ import annotations

import threading
import time

from sync import logs, retry
from sync.daemon.board import LaneBoard
from sync.daemon.engine import Engine
from sync.daemon.gate import DatabaseGate
from sync.daemon.metrics import Metrics
from sync.daemon.pace import Pace
from sync.errors import CrossdockError, describe, is_connection_lost, is_transient

# Answers and late lines come from outside of batches; they are looked at this often, under load
# and when idle. A look costs more than one for lanes: it fills a work table.
NOTICE_S = 0.1
IDLE_NOTICE_S = 1.0
# While an old snapshot keeps dead entries of answers alive, a look walks over all of them.
NOTICE_SHARE = 50

log = logs.get("scout")


class Scout(threading.Thread):
    """One thread: offer the open lanes to the workers, and reopen the gate after an outage."""

    def __init__(
        self,
        *,
        engine: Engine,
        board: LaneBoard,
        gate: DatabaseGate,
        metrics: Metrics,
        pace: Pace,
        stopping: threading.Event,
    ) -> None:
        super().__init__(name="scout", daemon=True)
        self._engine = engine
        self._board = board
        self._gate = gate
        self._metrics = metrics
        self._pace = pace
        self._stopping = stopping
        self._notice_pace = Pace(NOTICE_S, IDLE_NOTICE_S)
        self._notice_at = 0.0

    def run(self) -> None:
        """Look until the stop."""
        while not self._stopping.is_set():
            if not self._gate.is_open:
                self._gate.try_to_open()
                continue
            self._stopping.wait(self.look())

    def set_pace(self, pace: Pace) -> None:
        """Pause as this pace says from the next look on."""
        self._pace = pace

    def look(self) -> float:
        """Offer the open lanes once, and return the pause before the next look in seconds."""
        try:
            began = time.monotonic()
            if began >= self._notice_at:
                noticed = self._engine.notice()
                ended = time.monotonic()
                worked = noticed > 0 or self._pace.pause_s < NOTICE_S
                pause = self._notice_pace.after(worked=worked)
                dear = 0 if noticed else NOTICE_SHARE * (ended - began)
                self._notice_at = ended + max(pause, dear)
            lanes = self._engine.lanes()
        except Exception as exc:
            if is_connection_lost(exc):
                self._gate.lost(exc)
            else:
                known = is_transient(exc) or isinstance(exc, CrossdockError)
                log.error("lanes unknown", reason=describe(exc), exc_info=None if known else exc)
            return retry.SCOUT.after(1)
        self._metrics.open_lanes.set(len(lanes))
        self._board.offer(lanes)
        return self._pace.after(worked=self._board.worked_since_last_asked())
