"""Name what the daemon needs of the engine, so that its threads can be tested without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sync.config import Settings
from sync.steps import Latency


@dataclass(frozen=True)
class Worked:
    """Say what one batch did: messages processed, their states, races lost, seconds by step."""

    processed: int
    states: Mapping[str, int] = field(default_factory=dict)
    lost_races: int = 0
    seconds: Mapping[str, float] = field(default_factory=dict)
    latency: Latency | None = None


class Engine(Protocol):
    """The engine as the daemon sees it. Every method is safe to call from any thread."""

    def probe(self) -> None:
        """Raise when the database is away or its schema is not the one this program needs."""
        ...

    def adopt(self, settings: Settings) -> None:
        """Work by these settings from the next batch on."""
        ...

    def lanes(self) -> list[str]:
        """Return the lanes that have open messages."""
        ...

    def notice(self) -> int:
        """See to what arrived outside of batches: answers, missing lines; return how many go on."""
        ...

    def work(self, lane: str, limit: int) -> Worked:
        """Run one batch of the lane, of at most `limit` messages, in one transaction."""
        ...

    def run_jobs(self) -> int:
        """Run the jobs that are due by the clock; return how many were run here."""
        ...

    def open_windows(self) -> int:
        """Open the batch windows that are due; return how many were opened here."""
        ...

    def sweep(self) -> int:
        """Release what waits for nothing any more, end what passed its limit; return how many."""
        ...
