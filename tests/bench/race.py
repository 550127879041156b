"""Let several sides work in turns and compare them within each round.

Each figure is a ratio of two sides of one run: what else the machine does slows all sides alike.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

#: Works once; returns the units done and the seconds they took.
Turn = Callable[[], tuple[float, float]]
Told = Callable[[str], None]


@dataclass
class Side:
    """Hold one side: its name, what a turn of it is, and the units/s of each round."""

    name: str
    turn: Turn
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return the median of the rounds, in units a second."""
        return median(self.rates)


def race(sides: Sequence[Side], *, rounds: int, turns: int = 1, told: Told | None = None) -> None:
    """Let every side work ``turns`` times a round, one after the other, each round another first."""
    for number in range(rounds):
        units = [0.0] * len(sides)
        seconds = [0.0] * len(sides)
        for step in range(len(sides) * turns):
            at = (number + step) % len(sides)
            if told is not None:
                told(f"round {number + 1} of {rounds}: {sides[at].name}")
            gc.collect()
            done, took = sides[at].turn()
            units[at] += done
            seconds[at] += took
        for at, side in enumerate(sides):
            side.rates.append(units[at] / seconds[at])


def ratio(one: Side, other: Side) -> float:
    """Return how many times as fast ``one`` was as ``other``: the median of the rounds' ratios."""
    return median(mine / theirs for mine, theirs in zip(one.rates, other.rates, strict=True))


def figures(sides: Sequence[Side], unit: str) -> dict[str, Any]:
    """Return the rates of all sides, median and by round, for JSON and the table."""
    return {
        side.name: {f"{unit}_per_s": round(side.rate), "by_round": [round(r) for r in side.rates]}
        for side in sides
    }


def goal(name: str, found: float, wanted: float, *, at_most: bool = False) -> dict[str, Any]:
    """Return what was wanted, what was found and whether it is reached."""
    reached = found <= wanted if at_most else found >= wanted
    return {"goal": name, "found": round(found, 3), "wanted": wanted, "at_most": at_most,
            "reached": reached}  # fmt: skip
