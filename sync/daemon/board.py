"""Hand lanes to workers: one worker at a time each, the same one as before if it is free.

A lane's batches take numbers from one counter row, so two workers on it only wait for each other.
Going back to the same worker keeps its plans and its connection's caches warm. Other daemons are
kept apart by the row locks of the claim, not by this board.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sync.daemon.pace import BatchSize


@dataclass
class _Lane:
    size: BatchSize
    due: bool = False
    worker: str | None = None  # the one that works it, or worked it last
    busy: bool = False
    not_before: float = 0.0


class LaneBoard:
    """Keep which lanes are due, who works them, and how large their batches are."""

    def __init__(
        self, smallest: int, largest: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._smallest = smallest
        self._largest = largest
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._idle: set[str] = set()
        self._changed = threading.Condition()
        self._worked = threading.Event()

    def resize(self, smallest: int, largest: int) -> None:
        """Keep batches between these sizes from now on."""
        with self._changed:
            self._smallest, self._largest = smallest, largest
            for lane in self._lanes.values():
                lane.size = BatchSize(smallest, largest)

    def offer(self, lanes: Iterable[str]) -> None:
        """Say that these lanes have open messages."""
        with self._changed:
            for name in lanes:
                lane = self._lanes.setdefault(name, _Lane(BatchSize(self._smallest, self._largest)))
                lane.due = True
            self._changed.notify_all()

    def take(self, worker: str, timeout_s: float) -> tuple[str, int] | None:
        """Return a lane and its batch limit for the worker, or None when none came in time."""
        end = self._clock() + timeout_s
        with self._changed:
            self._idle.add(worker)
            try:
                while True:
                    found = self._choose(worker)
                    if found is not None:
                        lane = self._lanes[found]
                        lane.worker, lane.busy, lane.due = worker, True, False
                        return found, lane.size.limit
                    left = end - self._clock()
                    if left <= 0:
                        return None
                    self._changed.wait(min(left, self._until_next()))
            finally:
                self._idle.discard(worker)

    def give_back(self, name: str, processed: int, *, pause_s: float = 0.0) -> None:
        """Return a lane after a batch; it is due again at once when the batch did something.

        `pause_s` keeps a lane whose batch failed from being tried again at once.
        """
        with self._changed:
            lane = self._lanes[name]
            lane.busy = False
            lane.size.after(processed)
            lane.due = lane.due or processed > 0 or pause_s > 0
            lane.not_before = self._clock() + pause_s
            self._changed.notify_all()
        if processed:
            self._worked.set()

    def worked_since_last_asked(self) -> bool:
        """Return whether any batch did something since the last call."""
        worked = self._worked.is_set()
        self._worked.clear()
        return worked

    def busy(self) -> dict[str, str]:
        """Return which lane is worked by whom just now."""
        with self._changed:
            return {name: lane.worker or "" for name, lane in self._lanes.items() if lane.busy}

    def wake(self) -> None:
        """Let every waiting worker look again, for a shutdown."""
        with self._changed:
            self._changed.notify_all()

    def _choose(self, worker: str) -> str | None:
        now = self._clock()
        foreign: str | None = None
        for name, lane in self._lanes.items():
            if not lane.due or lane.busy or lane.not_before > now:
                continue
            if lane.worker in (worker, None):
                return name
            # Its own worker waits beside us and takes it in a moment.
            if foreign is None and lane.worker not in self._idle:
                foreign = name
        return foreign

    def _until_next(self) -> float:
        now = self._clock()
        waits = [lane.not_before - now for lane in self._lanes.values() if lane.due]
        return min((wait for wait in waits if wait > 0), default=60.0)
