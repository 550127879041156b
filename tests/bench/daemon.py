"""Run the real daemon beside a measurement: ``crossdock run`` as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

LOOK_S = 0.05
PATIENCE_S = 60.0


@contextmanager
def daemon(url: str, *, workers: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``crossdock run`` inside the block; a SIGTERM ends it."""
    command = [sys.executable, "-m", "sync.cli", "run", "--workers", str(workers)]
    with subprocess.Popen(
        [*command, "--database-url", url],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "CROSSDOCK_HEALTH_PORT": "0", "CROSSDOCK_LOG_LEVEL": "warning"},
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_S)


def until_done(
    process: subprocess.Popen[bytes], done: Callable[[], int], total: int
) -> tuple[float, float]:
    """Look until ``total`` are done; return how many were done after the first tenth, and how long.

    So nobody's start counts. Raises `RuntimeError` when the process that does it has ended, and
    `TimeoutError` when nothing is done for long.
    """
    first: tuple[int, float] | None = None
    newest, moved_at = 0, time.monotonic()
    while True:
        found, now = done(), time.perf_counter()
        if found > newest:
            newest, moved_at = found, time.monotonic()
        if first is None and found >= total / 10:
            first = found, now
        if found >= total:
            assert first is not None
            assert first[0] < total, "all was done within one look: the backlog is too small"
            return total - first[0], now - first[1]
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        if time.monotonic() - moved_at > PATIENCE_S:
            raise TimeoutError(f"{total - found} of {total} were not done")
        time.sleep(LOOK_S)
