"""Give the tests processes, and end those that a test left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.processes import Process, Start


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Give a starter of processes; none outlives the test."""
    started: list[Process] = []

    def begin(*arguments: str, **environment: str) -> Process:
        log = tmp_path / f"log-{len(started)}"
        started.append(Process(log, *arguments, CROSSDOCK_HEALTH_PORT="0", **environment))
        return started[-1]

    yield begin
    for process in started:
        if process.popen.poll() is None:
            process.popen.kill()
            process.popen.wait()
