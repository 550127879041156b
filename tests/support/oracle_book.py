"""Keep the oracle's books: stock, orders, deliveries, tasks, as plain Python objects.

The oracle is written from the published rules alone and shares no code with the engine. States of
lines and orders are derived from their quantities whenever somebody asks; nothing is stored twice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from tests.support.builders import Columns, Document

ZERO = Decimal(0)
INBOUND = ("purchase_order", "customer_return")


class Key(NamedTuple):
    """Name one balance."""

    warehouse: str
    item: str
    lot: str
    location: str
    status: str


class OrderKey(NamedTuple):
    """Name one order."""

    warehouse: str
    order_type: str
    order_no: str


class Verdict(NamedTuple):
    """Hold one finding: line (None for the header), code, severity and the key waited for."""

    line_no: int | None
    code: str
    severity: str
    waits_for: str = ""


@dataclass(eq=False)
class Message:
    """Hold one transmission as the oracle follows it."""

    sender: str
    document: Document
    position: int
    state: str = "received"
    lines: dict[int, Columns] = field(default_factory=dict)
    together: int = 0  # lines that came in the header's transaction
    verdicts: list[Verdict] = field(default_factory=list)
    waiting_for: str | None = None
    expired: bool = False
    duplicate_of: Message | None = None
    superseded_by: Message | None = None
    forwarded: Delivery | None = None
    memory_key: tuple[str, ...] | None = None

    @property
    def view(self) -> str:
        """Return the document type."""
        return self.document.view

    @property
    def header(self) -> Columns:
        """Return the header columns as sent."""
        return self.document.header

    @property
    def action(self) -> str:
        """Return the action, with its default."""
        default = "upsert" if self.view in ORDER_VIEWS else "post"
        return str(self.header.get("action") or default)

    @property
    def is_open(self) -> bool:
        """Say whether the message may still move by itself."""
        return self.state in ("received", "waiting")


ORDER_VIEWS = (
    "purchase_order",
    "sales_order",
    "production_order",
    "transfer_order",
    "customer_return",
    "supplier_return",
)
MASTER_VIEWS = ("item", "item_uom", "party", "warehouse", "location", "code_map")


@dataclass(eq=False)
class Entry:
    """Hold one ledger row."""

    message: Message
    line_no: int
    movement: str
    key: Key
    qty: Decimal
    source_seq: int | None
    order: OrderKey | None = None
    order_line: int | None = None
    told: int | None = None  # in transit: the line under which the destination is told of it
    order_qty: Decimal = ZERO
    reverses: Entry | None = None


@dataclass(eq=False)
class OrderLine:
    """Hold one order line; quantities in base units."""

    line_no: int
    item: str
    ordered: Decimal
    over_pct: Decimal = ZERO
    under_pct: Decimal = ZERO
    done: Decimal = ZERO
    cancelled: Decimal = ZERO
    done_at_cancel: Decimal = ZERO
    refused: bool = False
    ended: bool = False  # a final fact or a close ended it, set by the order

    def cancel(self) -> None:
        """Cancel what is still open."""
        self.cancelled += self.open
        self.done_at_cancel = self.done

    @property
    def limit(self) -> Decimal:
        """Return how much may be done within the tolerance."""
        return self.ordered * (1 + self.over_pct / 100) - self.cancelled

    @property
    def is_full(self) -> bool:
        """Say whether the line completes by itself."""
        return self.done > 0 and self.done >= (
            self.ordered * (1 - self.under_pct / 100) - self.cancelled
        )

    @property
    def over(self) -> Decimal:
        """Return what was done and cancelled above ordered."""
        return max(ZERO, self.done + self.cancelled - self.ordered)

    @property
    def short(self) -> Decimal:
        """Return what was given up."""
        missing = max(ZERO, self.ordered - self.cancelled - self.done)
        return missing if self.is_full or self.ended else ZERO

    @property
    def open(self) -> Decimal:
        """Return what is still expected."""
        return self.ordered + self.over - self.done - self.cancelled - self.short

    @property
    def state(self) -> str:
        """Return the state of the line."""
        if self.cancelled > 0 and self.done > self.done_at_cancel:
            return "done_after_cancel"
        if self.refused:
            return "refused"
        if self.cancelled >= self.ordered and (self.cancelled > 0 or self.done <= 0):
            return "cancelled"
        if self.is_full or (self.cancelled > 0 and self.open == 0):
            return "completed"
        return "short" if self.ended else "open"


@dataclass(eq=False)
class Order:
    """Hold one order in the revision in force."""

    key: OrderKey
    revision: int
    message: Message
    action: str = "upsert"
    lines: dict[int, OrderLine] = field(default_factory=dict)
    finals: dict[Message, bool] = field(default_factory=dict)  # True: component lines only
    closed: bool = False
    gate: bool = False  # when the last final was said, facts were still on their way
    worked: bool = False
    refused: bool = False
    other_warehouse: str | None = None
    delivery: Delivery | None = None

    def end_lines(self) -> None:
        """Let final facts and a close end the lines that they concern."""
        everything = self.closed or any(not components for components in self.finals.values())
        components = bool(self.finals)
        for number, line in self.lines.items():
            line.ended = everything or (components and number > 0)
            line.refused = self.refused

    def state(self, *, unapplied: bool = False) -> str:
        """Return the state; `unapplied` says that facts of the order are still on their way."""
        self.end_lines()
        states = [line.state for line in self.lines.values()]
        if self.refused and "done_after_cancel" not in states:
            return "refused"
        is_final = self.closed or any(not components for components in self.finals.values())
        if "open" in states:
            return "in_work" if self.worked else "released"
        if states and all(state == "cancelled" for state in states):
            return "cancelled"
        if is_final and self.gate and unapplied:
            return "closing"
        return "closed" if "short" in states else "completed"

    @property
    def is_over(self) -> bool:
        """Say whether the race table calls the order completed."""
        return self.state() in ("completed", "closed")


@dataclass(eq=False)
class Delivery:
    """Hold one document made for a receiver."""

    receiver: str
    doc_type: str
    doc_no: str | None
    warehouse: str | None
    action: str
    revision: int | None
    message: Message
    lines: tuple[tuple[int, str | None, Decimal | None], ...]  # line_no, item as mapped, qty
    state: str = "pending"
    noticed: bool = True


@dataclass(eq=False)
class Arrival:
    """Hold the word to the source lane of a transfer that goods arrived at the destination."""

    entries: list[Entry]
    expired: bool = False


@dataclass(frozen=True)
class Task:
    """Hold one decision owed."""

    code: str
    message: Message
    line_no: int | None


@dataclass
class Book:
    """Hold everything that the oracle knows beside its messages."""

    items: dict[str, Columns] = field(default_factory=dict)
    uoms: dict[tuple[str, str], Columns] = field(default_factory=dict)
    parties: dict[tuple[str, str], Columns] = field(default_factory=dict)
    warehouses: dict[str, Columns] = field(default_factory=dict)
    locations: dict[tuple[str, str], Columns] = field(default_factory=dict)
    codes: dict[tuple[str, str, str], Columns] = field(default_factory=dict)
    orders: dict[OrderKey, Order] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    balances: defaultdict[Key, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    counts: dict[Key, tuple[int, Decimal]] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    applied: list[Message] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    wms_of: dict[str, str] = field(default_factory=dict)  # warehouse to WMS

    def post(self, entries: list[Entry]) -> None:
        """Append ledger rows and follow them in the balances and order lines."""
        for entry in entries:
            self.entries.append(entry)
            self.balances[entry.key] += entry.qty
            if entry.order is not None and entry.order_line is not None:
                self.orders[entry.order].lines[entry.order_line].done += entry.order_qty

    def add_task(self, code: str, message: Message, line_no: int | None) -> None:
        """Open a task unless the same event opened it before."""
        task = Task(code, message, line_no)
        if task not in self.tasks:
            self.tasks.append(task)

    def all_wms(self) -> list[str]:
        """Return every registered WMS."""
        return sorted(set(self.wms_of.values()))


def number(value: Any) -> Decimal:
    """Return a quantity as sent as a decimal."""
    return Decimal(str(value))
