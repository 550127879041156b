"""Say who works while the company waits: a daemon elsewhere, or a drain in this process."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Protocol

from sync.drain import drain
from sync.store import Store

# One look at the own messages costs about a millisecond; more often would disturb the daemon.
_LOOK_S = 0.02
_STOP_LIMIT_S = 20.0
# Where an hour passes in a few seconds, so does what a daemon does by the clock.
_SWEEP_MS = "500"


class Pump(Protocol):
    """Bring the work forward a little, or let time pass while others do."""

    def turn(self) -> None:
        """Work or wait once."""


class WaitForDaemon:
    """Let time pass: somebody else runs the daemon."""

    def turn(self) -> None:
        """Sleep a few milliseconds."""
        time.sleep(_LOOK_S)


class DaemonProcess:
    """Run ``crossdock run`` as a process that can be killed and started again."""

    def __init__(self, url: str, *, workers: int, log_path: Path) -> None:
        self._url = url
        self._workers = workers
        self.log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.starts = 0

    @property
    def pid(self) -> int | None:
        """Return the process id, or None while it does not run."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the daemon; its output goes to the log file."""
        self._log = self.log_path.open("ab")
        command = [
            sys.executable, "-m", "sync.cli", "run",
            "--database-url", self._url, "--workers", str(self._workers),
        ]  # fmt: skip
        self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
            command, stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={"CROSSDOCK_SWEEP_MS": _SWEEP_MS, **os.environ},
        )  # fmt: skip
        self.starts += 1

    def turn(self) -> None:
        """Sleep a few milliseconds.

        Raises: RuntimeError when the daemon has ended by itself; the text says where its log is.
        """
        if self._process is not None and (code := self._process.poll()) is not None:
            tail = self.log_path.read_text(errors="replace").splitlines()[-5:]
            raise RuntimeError(
                f"the daemon ended with exit code {code}; the end of {self.log_path}: "
                + " | ".join(tail)
            )
        time.sleep(_LOOK_S)

    def kill(self) -> None:
        """Kill the daemon without warning (SIGKILL)."""
        if self._process is not None:
            self._process.kill()
        self._forget()

    def stop(self) -> int | None:
        """Ask the daemon to finish (SIGTERM) and return its exit code; None when none ran."""
        process = self._process
        if process is None:
            return None
        process.terminate()
        try:
            process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
        code = process.wait()
        self._forget()
        return code

    def _forget(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None


class Drain:
    """Do crossdock's work in this process, turn by turn; for days without a daemon."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def turn(self) -> None:
        """Work off everything that is due."""
        drain(self._store)
