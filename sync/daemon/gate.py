"""Hold all work while the database is away, and say so loudly until it is back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from sync import logs, retry
from sync.errors import describe

log = logs.get("gate")


class DatabaseGate:
    """Know whether the database is reachable. Whoever meets a broken connection closes the gate.

    ``lost_at`` says since when it is away, by this machine's clock, and ``reason`` why; None and
    the last reason while it is reachable.
    """

    def __init__(self, probe: Callable[[], None], stopping: threading.Event) -> None:
        self._probe = probe
        self._stopping = stopping
        self._open = threading.Event()
        self._open.set()
        self._failures = 0
        self.outages = 0
        self.lost_at: datetime | None = None
        self.reason = ""

    @property
    def is_open(self) -> bool:
        """Say whether the database was reachable when last used."""
        return self._open.is_set()

    def lost(self, exc: BaseException) -> None:
        """Close the gate because of this failure."""
        if self._open.is_set():
            self._open.clear()
            self.outages += 1
            self._failures = 1
            self.reason = describe(exc)
            self.lost_at = datetime.now(UTC)
            log.error("database lost; all work waits for it", reason=self.reason)

    def wait(self, timeout_s: float) -> bool:
        """Wait until the gate is open, at most so long; return whether it is."""
        return self._open.wait(timeout_s)

    def try_to_open(self) -> bool:
        """Probe once after the present pause; open the gate on success. Never gives up."""
        self._stopping.wait(retry.DATABASE.after(self._failures))
        if self._stopping.is_set():
            return False
        try:
            self._probe()
        except Exception as exc:  # noqa: BLE001 - any failure of the probe means: not yet
            self._failures += 1
            self.reason = describe(exc)
            log.error("database still unreachable", reason=self.reason, tries=self._failures - 1)
            return False
        self.lost_at = None
        log.warning("database is back")
        self._open.set()
        return True
