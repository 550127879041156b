"""Keep the oracle's books: stock, orders, deliveries, tasks, as plain Python objects.

The oracle is written from the published rules alone and shares no code with the engine. States of
lines and orders are derived from their quantities whenever somebody asks; nothing is stored twice.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from tests.support.builders import Columns, Document
from tests.support.oracle_lines import ZERO, OrderLine

INBOUND = ("purchase_order", "customer_return")


Name = tuple[str, str, str]  # warehouse, item, lot or serial number


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
    has_key: bool = False  # its business key is remembered as its own
    amended_from: Message | None = None
    means: int | None = None  # the revision that a cancel or close without one was found to mean

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
    serial: str = ""

    @property
    def pieces(self) -> int:
        """Return how many pieces it brings or takes: in transit none are on hand, counts name none."""
        named = self.serial and self.key.status != "in_transit"
        return int(self.qty) if named and not self.movement.startswith("count_") else 0


@dataclass(eq=False)
class Order:
    """Hold one order in the revision in force."""

    key: OrderKey
    revision: int
    message: Message
    action: str = "upsert"
    lines: dict[int, OrderLine] = field(default_factory=dict)
    worked: bool = False
    milestone: str | None = None
    gated: bool = False  # it was said to be final, and facts of it are still on their way
    forced: bool = False
    header: tuple[Any, ...] = ()  # of the image in force, to see what a revision changes
    other_warehouse: str | None = None
    release: Delivery | None = None  # the delivery that released it
    delivery: Delivery | None = None  # the delivery that carries the revision in force
    asked: Message | None = None  # a forwarded request that is not answered yet

    def state(self) -> str:
        """Return the state, by the lines."""
        states = [line.state for line in self.lines.values()]
        if self.has_open:
            return "in_work" if self.worked else "released"
        if all(state == "refused" for state in states):
            return "refused"
        if all(state in ("cancelled", "refused") for state in states):
            return "cancelled"
        if self.gated:
            return "closing"
        return "closed" if "short" in states else "completed"

    @property
    def has_open(self) -> bool:
        """Say whether anything is still expected."""
        return any(line.state == "open" for line in self.lines.values())

    @property
    def is_final(self) -> bool:
        """Say whether a final fact or a close ended any line."""
        return any(line.finals for line in self.lines.values())

    @property
    def situation(self) -> str:
        """Return how far the warehouse has come, as the race table calls it."""
        state = self.state()
        if state in ("closing", "completed", "closed"):
            return "ended"
        if state in ("cancelled", "refused"):
            return state
        if state == "released" and self.delivery is not None and self.delivery.state == "pending":
            return "unread"
        begun = ("picking", "packed", "loaded", "delivered")
        return "picking" if self.milestone in begun else "read"


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
    #: By order line: how much of what was asked is accepted (None: nothing), and its unit.
    answers: dict[int, tuple[Decimal | None, str | None]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Say whether the receiver has not answered yet."""
        return self.state in ("pending", "taken")


@dataclass(eq=False)
class Arrival:
    """Hold a posting of crossdock's own that may have to wait for stock.

    The word to the source lane of a transfer that goods arrived, or a decision that is taken back.
    """

    entries: list[Entry]
    expired: bool = False
    told: Message | None = None  # what the ERP reads of it


@dataclass(eq=False)
class Task:
    """Hold one decision owed."""

    code: str
    message: Message
    line_no: int | None
    order: OrderKey | None = None
    qty: Decimal | None = None  # at stake, in base units
    key: Key | None = None  # the balance that fell below zero, or where the goods were sent to
    state: str = "open"
    decision: str = ""
    posted: Decimal = ZERO  # taken out of blocked
    posting: Message | None = None  # what carried the decision out

    @property
    def is_open(self) -> bool:
        """Say whether a person owes the decision."""
        return self.state == "open"

    @property
    def item(self) -> str:
        """Return the item concerned."""
        return "" if self.key is None else self.key.item

    @property
    def status_as_sent(self) -> str:
        """Return the status in which the goods were reported."""
        return "" if self.key is None else self.key.status


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
    pieces: defaultdict[Name, int] = field(default_factory=lambda: defaultdict(int))
    dates: dict[Name, tuple[date, Message]] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    applied: list[Message] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    wms_of: dict[str, str] = field(default_factory=dict)  # warehouse to WMS
    below_zero: set[str] = field(
        default_factory=set
    )  # warehouses that post at once what lacks stock

    def post(self, entries: list[Entry]) -> None:
        """Append ledger rows and follow them in the balances and order lines."""
        for entry in entries:
            self.entries.append(entry)
            self.balances[entry.key] += entry.qty
            self.pieces[entry.key.warehouse, entry.key.item, entry.serial] += entry.pieces
            if entry.order is not None and entry.order_line is not None:
                self.orders[entry.order].lines[entry.order_line].done += entry.order_qty

    def add_task(self, task: Task) -> None:
        """Open a task unless the same event opened it before."""
        known = {(each.code, each.message, each.line_no) for each in self.tasks}
        if (task.code, task.message, task.line_no) not in known:
            self.tasks.append(task)

    def all_wms(self) -> list[str]:
        """Return every registered WMS."""
        return sorted(set(self.wms_of.values()))


def number(value: Any) -> Decimal:
    """Return a quantity as sent as a decimal."""
    return Decimal(str(value))
