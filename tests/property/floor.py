"""Walk a warehouse floor: what physically lies where, so that a random day stays possible.

Every act is possible in the order in which it happens, whatever order the documents arrive in
later. Goods only move onwards (dock, then bins, then out), and a document never needs what another
one brings that needs it in turn: so no order of arrival can leave a fact waiting for ever.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support.builders import Document
from tests.support.oracle_book import Key

ZERO = Decimal(0)


@dataclass
class Line:
    """Hold an open line as the floor knows it; quantities in base units."""

    line_no: int
    item: str
    ordered: Decimal
    lot: str = ""
    status: str | None = None
    over_pct: int = 0
    exact: bool = False  # never above its limit, so that its receipts may be reversed
    done: Decimal = ZERO


@dataclass
class Job:
    """Hold an order that the floor works on."""

    order_type: str
    order_no: str
    warehouse: str
    lines: list[Line]
    to: str = ""
    ended: bool = False


@dataclass(repr=False)
class Day:
    """Hold the documents of a day in the order in which things happened, and the floor."""

    sent: list[tuple[str, Document]] = field(default_factory=list)
    stock: defaultdict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    jobs: list[Job] = field(default_factory=list)
    reversible: list[tuple[str, Document]] = field(default_factory=list)
    counted: set[Key] = field(default_factory=set)
    positions: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Print one line for each document in reports of failed tests."""
        told = "the same day" if cycle else "\n".join(f"  {s}: {d}" for s, d in self.sent)
        printer.text(f"\n{told}\n")

    def send(self, system: str, document: Document) -> Document:
        """Note a document as sent."""
        self.sent.append((system, document))
        return document

    def seq(self, warehouse: str) -> int:
        """Give the next source_seq of a warehouse; gaps are allowed."""
        self.positions[warehouse] += 2
        return self.positions[warehouse]

    def available(self, warehouse: str, places: tuple[str, ...]) -> list[Key]:
        """Return the keys in these places that hold something."""
        return sorted(
            key
            for key, qty in self.stock.items()
            if qty > 0 and key.warehouse == warehouse and key.location in places
        )

    def receive(self, key: Key, line: Line, qty: Decimal) -> None:
        """Put goods down; what is above the line's limit lies blocked."""
        limit = line.ordered * (100 + line.over_pct) / 100
        before, line.done = line.done, line.done + qty
        normal = min(limit, line.done) - min(limit, before)
        self.stock[key] += normal
        self.stock[key._replace(status="blocked")] += qty - normal

    def open_jobs(self, *order_types: str) -> list[Job]:
        """Return the jobs of these types that take further facts."""
        return [job for job in self.jobs if job.order_type in order_types and not job.ended]
