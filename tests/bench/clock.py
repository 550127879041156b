"""Read the CPU clock of a server process and of this one: other work does not count there."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.race import Turn


def server_cpu_s(pid: int) -> float:
    """Return the CPU seconds of a process, as the scheduler counts them, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


@dataclass
class Spent:
    """Hold the CPU seconds of one side, its session in the server and this process, and the units."""

    pid: int
    units: float = 0.0
    cpu_s: float = 0.0

    def counted(self, turn: Turn) -> Turn:
        """Return the turn with its CPU counted here."""

        def work() -> tuple[float, float]:
            before = server_cpu_s(self.pid) + time.process_time()
            units, took = turn()
            self.cpu_s += server_cpu_s(self.pid) + time.process_time() - before
            self.units += units
            return units, took

        return work

    def forget(self) -> None:
        """Begin anew, after a warm-up."""
        self.units = self.cpu_s = 0.0

    @property
    def us(self) -> float:
        """Return the CPU microseconds by unit."""
        return self.cpu_s / self.units * 1e6
