"""Read the CPU clock of a server process and of this one: other work does not count there."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sync.store import Store
from tests.bench.race import Turn


def server_cpu_s(pids: Iterable[int]) -> float:
    """Return the CPU seconds of processes, as the scheduler counts them, to the nanosecond."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9 for pid in pids)


def pids_of(store: Store) -> tuple[int, ...]:
    """Return the server's processes of a store with a pool of one: for bulk and for quick batches."""
    found = []
    for engine in store.engines:
        with engine.connect() as session:
            found.append(session.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
    return tuple(found)


@dataclass
class Spent:
    """Hold the CPU seconds of one side, its sessions in the server and this process, and units."""

    pids: tuple[int, ...]
    units: float = 0.0
    cpu_s: float = 0.0

    def counted(self, turn: Turn) -> Turn:
        """Return the turn with its CPU counted here."""

        def work() -> tuple[float, float]:
            before = server_cpu_s(self.pids) + time.process_time()
            units, took = turn()
            self.cpu_s += server_cpu_s(self.pids) + time.process_time() - before
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
