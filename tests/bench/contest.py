"""Let the engine and the per-row loop work off the same backlog in turns, and take the time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy.engine import CursorResult

from schema.sql import Statement
from sync.batch import run_road
from sync.store import Store, Transaction
from tests.bench import checks
from tests.bench.per_row import PerRow
from tests.bench.world import LANE, LINES, World

Work = Callable[[int], int]


@dataclass
class Runner:
    """Hold one side: how many messages it does in a turn, and the lines/s of each round."""

    name: str
    messages: int
    work: Work
    rates: list[float] = field(default_factory=list)


@dataclass
class Cost:
    """Sum up a statement: calls and seconds, parse to last row."""

    calls: int = 0
    seconds: float = 0.0


@dataclass
class Profile:
    """Say where the time of a runner went, by statement; `wall_s` also holds commit and Python."""

    wall_s: float = 0.0
    statements: dict[str, Cost] = field(default_factory=dict)

    def slowest(self) -> list[tuple[str, Cost]]:
        """Return the statements, most expensive first."""
        return sorted(self.statements.items(), key=lambda pair: -pair[1].seconds)


@dataclass
class Contest:
    """Hold all sides and what was measured."""

    world: World
    store: Store
    runners: list[Runner]
    profiles: dict[str, Profile]
    applied: int = 0

    def runner(self, name: str) -> Runner:
        """Return a side by name."""
        return next(one for one in self.runners if one.name == name)

    def ratio(self, name: str) -> float:
        """Return how many times as fast as the per-row loop a side is: the median of the rounds.

        Compared within each round: what else the machine does then slows all sides alike.
        """
        pairs = zip(self.runner(name).rates, self.runner(PER_ROW).rates, strict=True)
        return median(mine / theirs for mine, theirs in pairs)


#: In a round every side works so many turns, one after the other: load from outside hits all.
TURNS = 4
#: The sides: name, batch size, messages in a turn. The slow ones get fewer messages.
PER_ROW = "per row, by hand"
SIDES = ((PER_ROW, 0, 100), ("crossdock, batch 1", 1, 10), ("crossdock, batch 500", 500, 1000),
         ("crossdock, batch 2000", 2000, 2000))  # fmt: skip


def receipts_needed(rounds: int) -> int:
    """Return the size of the backlog: all turns of all sides, and one turn each to warm up."""
    return sum(messages for _, _, messages in SIDES) * (rounds * TURNS + 1)


@contextmanager
def contest(world: World) -> Iterator[Contest]:
    """Yield the sides, each with one connection of its own."""
    store = Store(world.url, pool_size=1)
    connection = world.connect()
    by_hand = PerRow(connection, LANE)

    def engine(batch: int) -> Work:
        def work(messages: int) -> int:
            done = 0
            while done < messages:
                result = run_road(store, LANE, "fact", limit=min(batch, messages - done))
                assert result.processed, "the backlog is empty"
                done += result.processed
            return done * LINES

        return work

    runners = [
        Runner(name, messages, by_hand.work if name == PER_ROW else engine(batch))
        for name, batch, messages in SIDES
    ]
    try:
        yield Contest(world, store, runners, {one.name: Profile() for one in runners})
    finally:
        connection.close()
        store.close()


def warm_up(side: Contest) -> None:
    """Let every side work once unmeasured, and check that they leave the same rows behind."""
    examples: list[int] = []
    for runner in side.runners:
        _turn(side, runner)
        examples.append(checks.newest_applied(side.world))
    for other in examples[1:]:
        checks.alike(side.world, examples[0], other)
    checks.lawful(side.world)


def play_round(side: Contest, number: int, *, told: Callable[[str], None]) -> None:
    """Let every side work in turns, each round another one first; check the sums after each."""
    count = len(side.runners)
    spent = dict.fromkeys((one.name for one in side.runners), 0.0)
    for turn in range(count * TURNS):
        runner = side.runners[(number + turn) % count]
        told(runner.name)
        with timed(side.profiles[runner.name]):
            spent[runner.name] += _turn(side, runner)
    for runner in side.runners:
        runner.rates.append(runner.messages * LINES * TURNS / spent[runner.name])
        side.profiles[runner.name].wall_s += spent[runner.name]
    checks.lawful(side.world)


def _turn(side: Contest, runner: Runner) -> float:
    """Let a side work off its messages and return the seconds; the sums are checked after that."""
    begin = time.perf_counter()
    lines = runner.work(runner.messages)
    seconds = time.perf_counter() - begin
    assert lines == runner.messages * LINES, "the backlog is empty"
    side.applied += runner.messages
    checks.exact(side.world, side.applied)
    return seconds


@contextmanager
def timed(profile: Profile) -> Iterator[None]:
    """Sum up what each statement of the engine costs; two clock reads for each of 40 a batch."""
    plain = Transaction.execute_statement

    def execute(
        self: Transaction, statement: Statement, params: dict[str, Any]
    ) -> CursorResult[Any]:
        begin = time.perf_counter()
        try:
            return plain(self, statement, params)
        finally:
            cost = profile.statements.setdefault(statement.name, Cost())
            cost.calls += 1
            cost.seconds += time.perf_counter() - begin

    Transaction.execute_statement = execute  # type: ignore[method-assign]  # for these runs only
    try:
        yield
    finally:
        Transaction.execute_statement = plain  # type: ignore[method-assign]  # as it was


def told_of(profile: Profile) -> dict[str, Any]:
    """Return what a profile tells, statements first that cost most."""
    return {
        "wall_s": round(profile.wall_s, 3),
        "statements": {
            name: {
                "calls": cost.calls,
                "ms_each": round(cost.seconds / cost.calls * 1000, 2),
                "share_pct": round(cost.seconds / profile.wall_s * 100, 1),
            }
            for name, cost in profile.slowest()
        },
    }
