"""Work lanes, one batch after the other, until told to stop."""

from __future__ import annotations

import threading
import time

from sync import logs, retry
from sync.daemon.board import LaneBoard
from sync.daemon.engine import Engine
from sync.daemon.gate import DatabaseGate
from sync.daemon.metrics import Metrics
from sync.errors import describe, is_connection_lost, is_transient

WAIT_S = 0.5

log = logs.get("worker")


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


class Worker(threading.Thread):
    """One thread: take a lane, run a batch, give the lane back.

    It ends between two batches, never inside one: what it has in hand when the stop comes is
    finished. A failed batch costs its messages no attempt here; the engine counts those itself.
    """

    def __init__(
        self,
        name: str,
        *,
        engine: Engine,
        board: LaneBoard,
        gate: DatabaseGate,
        metrics: Metrics,
        stopping: threading.Event,
    ) -> None:
        # A daemon thread: a second signal must end the process although a batch is running.
        super().__init__(name=name, daemon=True)
        self._engine = engine
        self._board = board
        self._gate = gate
        self._metrics = metrics
        self._stopping = stopping

    def run(self) -> None:
        """Work until the stop."""
        while not self._stopping.is_set():
            if not self._gate.wait(WAIT_S):
                continue
            taken = self._board.take(self.name, WAIT_S)
            if taken is None:
                continue
            lane, limit = taken
            if self._stopping.is_set():
                self._board.give_back(lane, 0)
                return
            self.batch(lane, limit)

    def batch(self, lane: str, limit: int) -> None:
        """Run one batch and give the lane back, whatever happens."""
        processed, pause_s = 0, 0.0
        started = time.perf_counter()
        try:
            worked = self._engine.work(lane, limit)
        except Exception as exc:  # noqa: BLE001 - the worker must outlive every failure
            pause_s = self._failed(lane, exc)
        else:
            processed = worked.processed
            seconds = time.perf_counter() - started
            self._metrics.worked(worked, seconds)
            if processed:
                log.info(
                    "batch",
                    lane=lane,
                    messages=processed,
                    **worked.states,
                    ms=_ms(seconds),
                    **{f"{step}_ms": _ms(took) for step, took in worked.seconds.items()},
                    **({"lost_races": worked.lost_races} if worked.lost_races else {}),
                )
        finally:
            self._board.give_back(lane, processed, pause_s=pause_s)

    def _failed(self, lane: str, exc: Exception) -> float:
        """Say what failed, and return how long the lane rests."""
        if is_connection_lost(exc):
            self._metrics.batches.labels("lost").inc()
            self._gate.lost(exc)
            return retry.LANE.after(1)
        if is_transient(exc):
            self._metrics.batches.labels("transient").inc()
            log.warning("batch rolled back, tried again", lane=lane, reason=describe(exc))
            return retry.LANE.after(1)
        self._metrics.batches.labels("unexpected").inc()
        log.error("batch failed unexpectedly, rolled back", lane=lane, exc_info=exc)
        return retry.LANE_UNEXPECTED.after(1)
