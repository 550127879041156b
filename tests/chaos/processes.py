"""Start crossdock as processes, read their logs, and wait for what they do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PATIENCE_S = 30.0
Start = Callable[..., "Process"]


class Process:
    """Hold a running `crossdock` with its log."""

    def __init__(
        self, log: Path, *arguments: str, module: str = "sync.cli", **environment: str
    ) -> None:
        self.log = log
        with log.open("wb") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=Path(__file__).parents[2],
                env={**os.environ, "CROSSDOCK_LOG_FORMAT": "json", **environment},
            )

    def lines(self) -> list[dict[str, Any]]:
        """Return the log lines so far."""
        text = self.log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def wait_for_line(self, event: str) -> dict[str, Any]:
        """Wait until the log holds the event, and return it."""
        found: dict[str, Any] = wait_until(
            lambda: next((line for line in self.lines() if line["event"] == event), None)
        )
        return found

    def signal(self, number: int) -> None:
        """Send a signal."""
        self.popen.send_signal(number)

    def wait(self) -> int:
        """Wait for the end and return the exit code."""
        return self.popen.wait(PATIENCE_S)


def wait_until(look: Callable[[], Any]) -> Any:
    """Return what `look` finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")
