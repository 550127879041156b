"""Hold one order line: its quantities, its state, and what changes, answers and finals do to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(eq=False)
class OrderLine:
    """Hold one order line; quantities in base units."""

    line_no: int
    item: str
    ordered: Decimal
    over_pct: Decimal = ZERO
    under_pct: Decimal = ZERO
    lot: str = ""
    done: Decimal = ZERO
    cancelled: Decimal = ZERO
    dead: str = ""  # cancelled or refused: the whole line, before anything was done
    finals: dict[Any, None] = field(default_factory=dict)  # what ended it: final facts, a close

    # -- what it amounts to

    @property
    def agreed(self) -> Decimal:
        """Return how much the ERP and the warehouse agree on."""
        return ZERO if self.dead else self.ordered - self.cancelled

    @property
    def limit(self) -> Decimal:
        """Return how much may be done within the tolerance."""
        return self.ordered * (1 + self.over_pct / 100) - self.cancelled

    @property
    def is_full(self) -> bool:
        """Say whether the line completes by itself."""
        enough = (self.ordered - self.cancelled) * (1 - self.under_pct / 100)
        return not self.dead and self.done > 0 and self.done >= enough

    @property
    def over(self) -> Decimal:
        """Return what was done and cancelled above ordered."""
        return max(ZERO, self.done + self.cancelled - self.ordered)

    @property
    def rest(self) -> Decimal:
        """Return what was neither done nor cancelled."""
        return max(ZERO, self.ordered - self.cancelled - self.done)

    @property
    def short(self) -> Decimal:
        """Return what was given up."""
        return self.rest if not self.dead and (self.is_full or self.finals) else ZERO

    @property
    def open(self) -> Decimal:
        """Return what is still expected."""
        return self.rest - self.short

    @property
    def state(self) -> str:
        """Return the state of the line."""
        if self.dead:
            return "done_after_cancel" if self.done > 0 else self.dead
        if self.is_full or (self.cancelled > 0 and self.rest == 0):
            return "completed"
        return "short" if self.finals else "open"

    # -- what happens to it

    def cancel(self, accepted: Decimal | None = None, *, dead: str = "cancelled") -> None:
        """Cancel what is still open, or so much of it as the warehouse accepts."""
        self.cancelled += self.rest if accepted is None else min(accepted, self.rest)
        self.finals.clear()
        if self.rest == 0 and self.done == 0:
            self.dead = dead

    def become(self, asked: OrderLine, accepted: Decimal | None = None) -> None:
        """Become what a revision asks for, or what of it the warehouse accepts.

        What is done stays done: less becomes what is done. A line that has ended stays ended
        unless more is asked for.
        """
        qty = asked.ordered
        if accepted is not None:
            low, high = sorted((asked.ordered, self.agreed))
            qty = min(accepted, qty) if asked.item != self.item else min(max(accepted, low), high)
        qty = max(qty, self.done)
        has_ended = self.state == "short" or (self.state == "completed" and self.short > 0)
        if not (has_ended and asked.item == self.item and qty <= self.ordered):
            self.finals.clear()
        self.item, self.lot, self.dead = asked.item, asked.lot, ""
        self.over_pct, self.under_pct = asked.over_pct, asked.under_pct
        self.ordered, self.cancelled = qty, ZERO

    def agree(self, accepted: Decimal | None) -> None:
        """Keep so much as the warehouse promises of what it was asked; nothing: it refuses."""
        if self.state != "open" or (accepted or ZERO) >= self.ordered:
            return
        kept = max(accepted or ZERO, self.done)
        self.cancelled = max(ZERO, self.ordered - kept)
        if not accepted and self.done == 0:
            self.dead = "refused"
