"""Hold what is known of a batch while it travels the main road."""

from calendar import timegm
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sync.errors import LostRace
from sync.policies import Policies

#: Local midnight of a day comes at most so long after midnight UTC.
WESTMOST_S = int(timedelta(hours=12).total_seconds())


@dataclass(frozen=True)
class Look:
    """Say what a batch of facts holds; without it, statements that would find nothing are left out.

    ``has_unnamed`` and ``is_mixed`` speak of lines without order_line_no, ``has_lots`` of lots
    whose day of expiry may be known; ``has_counts`` says that the lane was counted before.
    """

    has_order_facts: bool = False
    has_other_facts: bool = False
    has_reversals: bool = False
    has_transfers: bool = False
    has_finals: bool = False
    has_unnamed: bool = False
    is_mixed: bool = False
    has_substitutes: bool = False
    has_serials: bool = False
    has_lots: bool = False
    has_counts: bool = False


@dataclass(frozen=True)
class Goods:
    """Count the serial numbers that a batch brings or takes, and the lots that get their date."""

    pieces: int = 0
    new_pieces: int = 0
    new_lots: int = 0


@dataclass
class Batch:
    """Carry the facts of one batch between steps; the rows themselves stay in the work tables.

    ``now`` is the one time of the batch. ``policies`` are those of the lane. ``mapped`` are the
    systems with code maps. ``entries`` and ``deliveries`` count what will be numbered by the lane's
    counter, ``orders`` those that the facts touch. ``blocked`` says that a line may have been
    booked otherwise than it was sent. ``oldest_s`` is when the first of its facts happened, in
    seconds since 1970.
    """

    lane: str
    road: str
    now: datetime
    policies: Policies
    with_locks: bool = False
    limits: dict[str, Any] = field(default_factory=dict)
    size: int = 0
    lines: int = 0
    mapped: list[str] = field(default_factory=list)
    entries: int = 0
    deliveries: int = 0
    orders: int = 0
    blocked: bool = False
    resent: bool = False
    oldest_s: Decimal | None = None
    look: Look = field(default_factory=Look)
    goods: Goods = field(default_factory=Goods)

    def may_be_late(self, closed_before: date | None) -> bool:
        """Return whether a fact may have happened before that day, wherever the warehouse is."""
        if closed_before is None or self.oldest_s is None:
            return False
        return self.oldest_s < timegm(closed_before.timetuple()) + WESTMOST_S


def expect(written: int, planned: int) -> None:
    """Raise `LostRace` unless a guarded statement wrote as many rows as were planned."""
    if written != planned:
        raise LostRace(f"{planned - written} of {planned} rows changed meanwhile")
