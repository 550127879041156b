"""Decide how long to pause and how much to claim: small and quick when idle, large under load.

Both are plain arithmetic over what the last step did, without a clock or a thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Pace:
    """Hold the pause between two looks, in seconds: shortest after work, doubling while idle."""

    shortest_s: float
    longest_s: float
    pause_s: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin as if work were near."""
        self.pause_s = self.shortest_s

    def after(self, *, worked: bool) -> float:
        """Return the pause before the next look."""
        self.pause_s = self.shortest_s if worked else min(self.pause_s * 2, self.longest_s)
        return self.pause_s


@dataclass
class BatchSize:
    """Hold how many messages to claim at most; grows fourfold while batches come back full."""

    smallest: int
    largest: int
    limit: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin small: the first message after a quiet time waits for no other."""
        self.limit = self.smallest

    def after(self, processed: int) -> int:
        """Return the limit of the next batch of the lane."""
        if processed >= self.limit:
            self.limit = min(self.limit * 4, self.largest)
        elif processed < self.limit // 4:
            self.limit = max(self.limit // 4, self.smallest)
        return self.limit
