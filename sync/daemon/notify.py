"""Tell systemd how the daemon is: ready, stopping, alive. Without systemd nothing is sent.

The protocol is one datagram of `NAME=value` lines to the socket in NOTIFY_SOCKET; see sd_notify(3).
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Mapping

from sync import logs
from sync.errors import describe

log = logs.get("notify")


class Notifier:
    """Send what systemd wants to know; a socket that does not answer never stops the daemon."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        found = os.environ if environment is None else environment
        self._address = found.get("NOTIFY_SOCKET", "")
        self._watchdog_us = int(found.get("WATCHDOG_USEC", "0") or 0)
        if found.get("WATCHDOG_PID") not in (None, "", str(os.getpid())):
            self._watchdog_us = 0  # it watches another process

    @property
    def watchdog_s(self) -> float:
        """Return how long systemd waits for a sign of life, in seconds; 0: it does not watch."""
        return self._watchdog_us / 1e6 if self._address else 0.0

    def ready(self, status: str) -> None:
        """Say that the daemon works."""
        self._send(READY="1", STATUS=status)

    def stopping(self) -> None:
        """Say that the daemon finishes what it has in hand."""
        self._send(STOPPING="1", STATUS="finishing the batches in hand")

    def reloading(self) -> None:
        """Say that the settings are read again; `ready` ends it."""
        # systemd tells this reload from an older one by the time.
        now_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(RELOADING="1", MONOTONIC_USEC=str(now_us))

    def alive(self, status: str) -> None:
        """Send the sign of life that the watchdog waits for."""
        self._send(WATCHDOG="1", STATUS=status)

    def _send(self, **lines: str) -> None:
        if not self._address:
            return
        # A leading @ stands for the zero byte of an abstract socket.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        told = "\n".join(f"{name}={value}" for name, value in lines.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
                channel.connect(address)
                channel.sendall(told.encode())
        except OSError as exc:
            log.warning("systemd was not told", reason=describe(exc))


class Watchdog(threading.Thread):
    """Send signs of life as long as every thread lives; without them systemd starts anew.

    A database that is away is no reason to start anew: waiting for it is what the daemon does.
    """

    def __init__(
        self,
        notifier: Notifier,
        alive: Callable[[], bool],
        status: Callable[[], str],
        stopping: threading.Event,
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._notifier = notifier
        self._alive = alive
        self._status = status
        self._stopping = stopping

    def run(self) -> None:
        """Send at a third of the time that systemd allows, until the stop."""
        while not self._stopping.wait(self._notifier.watchdog_s / 3):
            if self._alive():
                self._notifier.alive(self._status())
            else:
                log.error("a thread died; no sign of life is sent")
