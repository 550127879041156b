"""A floor stands only while looks from the bottom are dear, and never for long."""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.floor import DEAR_S, PAUSE_S, RAISED_AFTER, SHARE, Floors

PAIR = ("W1", "fact")
OTHER = ("W2", "request")


@dataclass
class Bottom:
    """Stand for a database whose looks take so long; the clock goes on with each."""

    took: list[float]
    first: int = 700
    now: float = 0.0
    asked: list[int] = field(default_factory=list)

    def clock(self) -> float:
        """Return the time."""
        return self.now

    def first_due(self, floor: int) -> int:
        """Return the first message that is due."""
        self.asked.append(floor)
        self.now += self.took.pop(0) if len(self.took) > 1 else self.took[0]
        return self.first


def test_where_looks_are_cheap_there_is_no_floor() -> None:
    """The bottom is looked at once a second at most, only to know what it costs."""
    bottom = Bottom([DEAR_S / 2])
    floors = Floors(bottom.clock)
    assert [floors.of(PAIR, bottom.first_due) for _ in range(5)] == [0] * 5
    floors.worked(PAIR, 10 * RAISED_AFTER)
    assert floors.of(PAIR, bottom.first_due) == 0
    assert bottom.asked == [0]
    bottom.now += PAUSE_S
    assert floors.of(PAIR, bottom.first_due) == 0
    assert bottom.asked == [0, 0]
    assert floors.last(PAIR) == floors.last(OTHER) == 0


def test_a_dear_bottom_is_looked_at_for_a_fiftieth_of_the_time() -> None:
    """In between messages are claimed from the first one that was due."""
    bottom = Bottom([0.2])
    floors = Floors(bottom.clock)
    assert floors.of(PAIR, bottom.first_due) == floors.last(PAIR) == 700
    bottom.now += 0.2 * SHARE - 0.001
    assert floors.of(PAIR, bottom.first_due) == 700
    assert bottom.asked == [0]
    bottom.now += 0.002
    bottom.first = 3
    assert floors.of(PAIR, bottom.first_due) == 3
    assert bottom.asked == [0, 0]


def test_one_slow_look_may_have_been_the_machine() -> None:
    """It is repeated, and believed when it is slow again, or much too slow at once."""
    bottom = Bottom([2 * DEAR_S, DEAR_S / 2])
    assert Floors(bottom.clock).of(PAIR, bottom.first_due) == 0
    assert bottom.asked == [0, 0]
    bottom = Bottom([2 * DEAR_S])
    assert Floors(bottom.clock).of(PAIR, bottom.first_due) == 700
    assert bottom.asked == [0, 0]


def test_a_floor_rises_with_what_is_worked() -> None:
    """After ten thousand messages it is looked for anew, from where it is."""
    bottom = Bottom([0.2])
    floors = Floors(bottom.clock)
    floors.of(PAIR, bottom.first_due)
    bottom.first = 9000
    floors.worked(PAIR, RAISED_AFTER - 1)
    assert floors.of(PAIR, bottom.first_due) == 700
    floors.worked(PAIR, 1)
    assert floors.of(PAIR, bottom.first_due) == 9000
    assert floors.of(PAIR, bottom.first_due) == 9000
    assert bottom.asked == [0, 700]


def test_a_dear_survey_is_replaced_by_questions_about_what_is_known() -> None:
    """New lanes are found by the next survey; a cheap one is taken each time."""
    bottom = Bottom([0.1])
    floors = Floors(bottom.clock)
    asked: list[list[tuple[str, str]]] = []

    def survey() -> list[tuple[str, str]]:
        bottom.now += bottom.took[0]
        return [PAIR, OTHER]

    def ask(known: object) -> list[tuple[str, str]]:
        assert isinstance(known, list)
        asked.append(known)
        return [OTHER]

    assert floors.open_pairs(survey, ask) == [PAIR, OTHER]
    assert floors.open_pairs(survey, ask) == [OTHER]
    assert asked == [[PAIR, OTHER]]
    bottom.now += 0.1 * SHARE
    bottom.took = [DEAR_S / 2]
    assert floors.open_pairs(survey, ask) == [PAIR, OTHER]
    assert floors.open_pairs(survey, ask) == [PAIR, OTHER]
