"""Collect what one fact would post: ledger rows, tasks, order lines; nothing before `commit`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from tests.support.builders import Columns
from tests.support.oracle_book import Book, Entry, Key, Message, Name, Order, Task
from tests.support.oracle_codes import text
from tests.support.oracle_lines import ZERO, OrderLine


class Posting:
    """Collect what one fact would post; nothing reaches the book before `commit`."""

    def __init__(self, book: Book, message: Message) -> None:
        self.book = book
        self.message = message
        self.entries: list[Entry] = []
        self.tasks: dict[tuple[str, int | None], Task] = {}
        seq = message.header.get("source_seq")
        self.source_seq = None if seq is None else int(seq)
        self._done: defaultdict[int, Decimal] = defaultdict(Decimal)
        self.pieces: defaultdict[Name, int] = defaultdict(int)
        self.dates: dict[Name, tuple[date, Message]] = {}

    def add(self, line_no: int, movement: str, key: Key, qty: Decimal) -> Entry:
        """Add one ledger row."""
        entry = Entry(self.message, line_no, movement, key, qty, self.source_seq)
        self.entries.append(entry)
        return entry

    def correct_counts(self) -> None:
        """Add the opposite row for everything that a count already included."""
        for entry in list(self.entries):
            through, _ = self.book.counts.get(entry.key, (None, ZERO))
            if through is None or entry.source_seq is None or entry.source_seq > through:
                continue
            movement = "count_loss" if entry.qty > 0 else "count_gain"
            self.add(entry.line_no, movement, entry.key, -entry.qty)

    def negate(self, original: Message) -> None:
        """Add the opposite of every row of a fact, but for what counts corrected."""
        for entry in [e for e in self.book.entries if e.message is original]:
            if entry.movement.startswith("count_"):
                continue
            back = self.add(entry.line_no, entry.movement, entry.key, -entry.qty)
            back.order, back.order_line, back.told = entry.order, entry.order_line, entry.told
            back.order_qty, back.reverses, back.serial = -entry.order_qty, entry, entry.serial

    def lacking(self, undone: Sequence[Entry] = ()) -> dict[int, Key]:
        """Return the lines that lower a balance which would fall below zero by this fact.

        `undone` are rows that come right after it: what they bring back is not lacking.
        """
        change: defaultdict[Key, Decimal] = defaultdict(Decimal)
        for entry in (*self.entries, *(e for e in undone if e.qty > 0)):
            change[entry.key] += entry.qty
        short = {
            key for key, qty in change.items() if qty < 0 and self.book.balances[key] + qty < 0
        }
        return {
            entry.line_no: entry.key
            for entry in self.entries
            if entry.key in short and entry.qty < 0
        }

    def commit(self) -> None:
        """Write rows, tasks and the dates of lots into the book."""
        self.book.post(self.entries)
        self.book.dates.update(self.dates)
        for task in self.tasks.values():
            self.book.add_task(task)

    def ask(
        self, code: str, line_no: int | None, qty: Decimal | None = None, key: Key | None = None
    ) -> None:
        """Ask a person for a decision; parts of one line are one question."""
        known = self.tasks.setdefault((code, line_no), Task(code, self.message, line_no, key=key))
        if qty is not None:
            known.qty = qty + (known.qty or ZERO)

    # -- orders

    def target(
        self, order: Order, columns: Columns, qty: Decimal
    ) -> list[tuple[OrderLine, Decimal]]:
        """Split a quantity over order lines: the named one, else open lines by number."""
        named = columns.get("order_line_no")
        if self.message.view == "production_receipt":
            named = 0 if order.lines[0].item == columns["item_code"] else None
        if named is not None:
            line = order.lines.get(named)
            return [(line, qty)] if line is not None and line.item == columns["item_code"] else []
        lines = [
            line
            for no, line in sorted(order.lines.items())
            if line.item == columns["item_code"] and (no > 0)
        ]
        parts: dict[int, Decimal] = {}
        left = qty
        for line in lines:
            # What was given up counts as room too: else it would matter whether the final, or the
            # receipt that completed the line within its tolerance, was applied before.
            room = line.ordered - line.cancelled - line.done - self._done[line.line_no]
            part = min(left, max(ZERO, room))
            if part > 0:
                parts[line.line_no] = part
                left -= part
        if left > 0 and lines:
            parts[lines[-1].line_no] = parts.get(lines[-1].line_no, ZERO) + left
        return [(order.lines[no], part) for no, part in parts.items()]

    def split(self, line: OrderLine, qty: Decimal) -> tuple[Decimal, Decimal]:
        """Split a quantity into what the tolerance allows and what is above it."""
        allowed = max(ZERO, min(qty, line.limit - line.done - self._done[line.line_no]))
        self._done[line.line_no] += qty
        return allowed, qty - allowed


def key_of(message: Message, columns: Columns, default: str = "unrestricted") -> Key:
    """Return the balance that a line names."""
    return Key(
        str(text(message.header["warehouse_code"])),
        str(columns["item_code"]),
        text(columns.get("lot_no")) or "",
        columns["location_code"] or "",
        columns["stock_status"] or default,
    )
