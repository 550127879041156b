"""Hold all work while the database is away, and say so loudly until it is back."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

from sync import logs
from sync.errors import describe

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0

log = logs.get("gate")


class DatabaseGate:
    """Know whether the database is reachable. Whoever meets a broken connection closes the gate."""

    def __init__(self, probe: Callable[[], None], stopping: threading.Event) -> None:
        self._probe = probe
        self._stopping = stopping
        self._open = threading.Event()
        self._open.set()
        self._pause_s = FIRST_PAUSE_S
        self.outages = 0

    @property
    def is_open(self) -> bool:
        """Say whether the database was reachable when last used."""
        return self._open.is_set()

    def lost(self, exc: BaseException) -> None:
        """Close the gate because of this failure."""
        if self._open.is_set():
            self._open.clear()
            self.outages += 1
            self._pause_s = FIRST_PAUSE_S
            log.error("database lost; all work waits for it", reason=describe(exc))

    def wait(self, timeout_s: float) -> bool:
        """Wait until the gate is open, at most so long; return whether it is."""
        return self._open.wait(timeout_s)

    def try_to_open(self) -> bool:
        """Probe once after the present pause; open the gate on success. Never gives up."""
        # Jitter: many daemons must not fall upon a database that has just come back.
        self._stopping.wait(self._pause_s * random.uniform(0.7, 1.3))  # noqa: S311 - no secret
        if self._stopping.is_set():
            return False
        try:
            self._probe()
        except Exception as exc:  # noqa: BLE001 - any failure of the probe means: not yet
            self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
            log.error(
                "database still unreachable",
                reason=describe(exc),
                next_try_s=round(self._pause_s, 1),
            )
            return False
        log.warning("database is back")
        self._open.set()
        return True
