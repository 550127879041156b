"""Measure the engine beside the loop that takes a receipt at a time and does all the engine does."""

from __future__ import annotations

from typing import Any

from sync.embedded import EmbeddedServer
from tests.bench.contest import (
    PER_ROW,
    TURNS,
    contest,
    play_round,
    receipts_needed,
    told_of,
    warm_up,
)
from tests.bench.race import Told, goal
from tests.bench.world import found

#: Name of the goal, the side, how many times the per-row loop it must be.
GOALS = (
    ("10 times the per-row loop", "crossdock, batch 500", 10.0),
    ("20 times the per-row loop", "crossdock, batch 2000", 20.0),
)


def measure(server: EmbeddedServer, *, rounds: int, told: Told | None = None) -> dict[str, Any]:
    """Return the rates in lines/s and how many times as fast as the loop each side is.

    Raises `AssertionError` when a sum is not exact.
    """
    say = told or (lambda _: None)
    world = found(server, receipts_needed(rounds))
    with contest(world) as side:
        warm_up(side)
        for number in range(rounds):
            play_round(side, number, told=lambda name, n=number: say(f"round {n + 1}: {name}"))  # type: ignore[misc]  # bound early
    return {
        "documents_applied": side.applied,
        "sides": {
            one.name: {
                "lines_per_s": round(sorted(one.rates)[len(one.rates) // 2]),
                "by_round": [round(rate) for rate in one.rates],
                "documents_a_round": one.messages * TURNS,
            }
            for one in side.runners
        },
        "ratios": {
            f"{one.name} to {PER_ROW}": round(side.ratio(one.name), 2)
            for one in side.runners
            if one.name != PER_ROW
        },
        "goals": [goal(name, side.ratio(one), wanted) for name, one, wanted in GOALS],
        "profile": {
            name: told_of(profile) for name, profile in side.profiles.items() if profile.statements
        },
    }
