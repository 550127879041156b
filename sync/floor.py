"""Remember below which number a lane has nothing to claim, where dead entries make looks dear.

A claim begins at the oldest message of its lane. While somebody holds an old snapshot, the index
entries of all messages that were worked since are dead and stay: after 10 minutes at full load each
look walked over 1.2 million of them, 205 ms. What was looked through once need not be again, but
for messages that come back with a low number: of a transaction that committed late, or released
from a wait. So a floor is a hint, and a short-lived one: looks from the bottom go on, as often as
they are cheap.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: A look from the bottom that takes no longer is taken each time: it costs 0.3 ms, and 5 ms more or
#: less is what a message may wait.
DEAR_S = 0.005
#: A look between these two is repeated: it may have been the machine.
BELIEVED_S = 0.02
#: Dear looks from the bottom take so much of the time, for each lane and road: one part in fifty.
SHARE = 50
#: Whether looks are dear is looked at once a second at most.
PAUSE_S = 1.0
#: After so many messages a floor is raised: their entries are dead by now, and take 1.5 ms.
RAISED_AFTER = 10_000

Pair = tuple[str, str]


@dataclass
class _Floor:
    seq: int = 0
    until: float = 0.0
    worked: int = 0


class Floors:
    """Hold a floor for each lane and road that one process works; 0 where looks are cheap."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._floors: dict[Pair, _Floor] = {}
        self._survey_at = 0.0

    def of(self, pair: Pair, first_due: Callable[[int], int]) -> int:
        """Return the number to claim from.

        ``first_due`` looks for the first message that can be claimed, from a number on, and returns
        its number, or the one that the next message will have at least.
        """
        floor = self._floors.setdefault(pair, _Floor())
        if self._clock() >= floor.until:
            seq, took = self._timed(first_due)
            if DEAR_S <= took < BELIEVED_S:
                seq, took = self._timed(first_due)
            floor.seq = seq if took >= DEAR_S else 0
            floor.until = self._clock() + max(PAUSE_S, SHARE * took)
            floor.worked = 0
        elif floor.seq and floor.worked >= RAISED_AFTER:
            floor.seq = first_due(floor.seq)
            floor.worked = 0
        return floor.seq

    def last(self, pair: Pair) -> int:
        """Return the number to look from, as it was told last."""
        floor = self._floors.get(pair)
        return floor.seq if floor is not None else 0

    def worked(self, pair: Pair, messages: int) -> None:
        """Say that so many messages of a lane and road were worked."""
        if pair in self._floors:
            self._floors[pair].worked += messages

    def open_pairs(
        self,
        survey: Callable[[], Sequence[Pair]],
        ask: Callable[[Sequence[Pair]], Sequence[Pair]],
    ) -> Sequence[Pair]:
        """Return the lanes and roads that have messages to claim.

        ``survey`` looks through all of them. While that is dear, ``ask`` looks at those that are
        known in between: a new lane is found by the next survey.
        """
        if self._clock() < self._survey_at:
            return ask(list(self._floors))
        began = self._clock()
        pairs = survey()
        ended = self._clock()
        if ended - began >= DEAR_S:
            self._survey_at = ended + SHARE * (ended - began)
        for pair in pairs:
            self._floors.setdefault(pair, _Floor())
        return pairs

    def _timed(self, first_due: Callable[[int], int]) -> tuple[int, float]:
        began = self._clock()
        return first_due(0), self._clock() - began
