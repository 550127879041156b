"""Model in plain Python what crossdock must do with every document it is sent.

The oracle is told the same documents as the database, in the order in which they were committed,
and the same answers of the receivers. `drain` then works off what is due, one document at a time.
Its books (`oracle_book`) are what the contract's views must show afterwards.
"""

from __future__ import annotations

from tests.support.builders import Columns, Document
from tests.support.oracle_answers import apply_answer, notice
from tests.support.oracle_book import (
    MASTER_VIEWS,
    ORDER_VIEWS,
    Book,
    Delivery,
    Message,
    OrderKey,
    Task,
    Verdict,
)
from tests.support.oracle_checks import FACTS, judge
from tests.support.oracle_codes import book_key, kept_key, order_of
from tests.support.oracle_content import business_key, content, document_key
from tests.support.oracle_counts import apply_count
from tests.support.oracle_facts import apply_fact, fact_of
from tests.support.oracle_masters import apply_master, is_older, version_of
from tests.support.oracle_orders import apply_request, is_stale, settle_answer
from tests.support.oracle_road import arrive
from tests.support.oracle_tasks import end_moot

#: Views in the order of the roads: foundations first.
_ROADS: tuple[tuple[str, ...], ...] = (
    MASTER_VIEWS,
    ORDER_VIEWS,
    ("order_milestone", "order_response"),
    FACTS,
    ("stock_count",),
    ("stock_snapshot",),
)


class Oracle:
    """Follow documents and answers, and say what the end state must be."""

    def __init__(self, wms_of: dict[str, str]) -> None:
        self.book = Book(wms_of=dict(wms_of))
        self.messages: list[Message] = []
        self._by_id: dict[tuple[str, str, str], Message] = {}
        self.memory: dict[tuple[str, ...], Message] = {}

    # -- what the systems do

    def send(self, sender: str, document: Document, *, with_lines: bool = True) -> Message | None:
        """Insert a document in one transaction; None when its message_id was used before.

        Without lines only the header is inserted; `send_line` brings the others.
        """
        key = (sender, document.view, document.message_id.strip())
        if key in self._by_id:
            return None
        message = Message(sender, document, len(self.messages))
        if with_lines:
            message.lines = {int(columns["line_no"]): columns for columns in document.lines}
        self.messages.append(message)
        self._by_id[key] = message
        return message

    def send_line(self, message: Message, columns: Columns) -> None:
        """Insert a line in a transaction of its own; it counts while the message is unclaimed."""
        if message.state == "received" or any(v.waits_for == "lines" for v in message.verdicts):
            message.lines[int(columns["line_no"])] = columns

    def answer(self, delivery: Delivery, state: str) -> None:
        """Let the receiver take or answer a delivery."""
        delivery.state, delivery.noticed = state, False

    def pass_limits(self) -> None:
        """Let the limit of everything that waits pass, as if hours had gone by."""
        for message in self.messages:
            if message.is_open and message.waiting_for and not message.forwarded:
                message.expired = True
            elif message.state == "waiting" and message.forwarded is not None:
                self.book.add_task(Task("STA-009", message, None))
        for arrival in self.book.arrivals:
            arrival.expired = True

    # -- what crossdock does

    def drain(self) -> None:
        """Work until nothing is due."""
        while self._notice() or any(self._road(views) for views in _ROADS) or arrive(self.book):
            continue
        self._open_gates()

    def _notice(self) -> bool:
        due = [delivery for delivery in self.book.deliveries if not delivery.noticed]
        for delivery in due:
            notice(self.book, delivery)
        return bool(due)

    def _road(self, views: tuple[str, ...]) -> bool:
        """Process the messages of one road once; say whether any of them moved."""
        moved = False
        for message in [m for m in self.messages if m.view in views and self._is_due(m)]:
            if not self._is_due(message):
                continue  # superseded by one before it
            before = (message.state, message.waiting_for)
            self._process(message)
            moved |= before != (message.state, message.waiting_for)
        return moved

    def _is_due(self, message: Message) -> bool:
        if message.state == "error":  # what it lacked may have come after its limit
            lacked = {v.waits_for for v in message.verdicts if v.waits_for}
            return bool(lacked - self._lacks(message))
        asked = message.forwarded
        if message.state == "waiting" and asked is not None and asked.is_open:
            return False
        return message.is_open and not self._is_blocked(message)

    def _is_blocked(self, message: Message) -> bool:
        """Say whether another message of the document must go first.

        One that is held before it, or a question that was read and is not answered yet.
        """
        key = document_key(message)
        return any(
            (other.state == "held" and other.position < message.position)
            or (other.state == "waiting" and other.forwarded is not None and other is not message
                and other.forwarded.state in ("taken", "accepted", "refused"))
            for other in self.messages
            if document_key(other) == key
        )  # fmt: skip

    def _process(self, message: Message) -> None:
        if message.forwarded is not None and message.forwarded.state == "withdrawn":
            message.forwarded = None
        if message.forwarded is not None:
            self._hear(message, message.forwarded)
            return
        promised = message.header.get("line_count")
        if promised is not None and len(message.lines) < int(promised):
            self._lack_lines(message)
            return
        message.waiting_for = None
        if self._remember(message):
            return
        verdicts = [*judge(self.book, message), *self._missing_fact(message)]
        if any(verdict.severity == "error" for verdict in verdicts):
            self._end(message, "error", verdicts)
            return
        if message.view in ORDER_VIEWS and self._is_outdated(message):
            return
        if message.expired and message.view in FACTS:
            verdicts = [v for v in verdicts if v.code != "REF-005"]
        if verdicts:
            self._wait(message, verdicts)
        else:
            self._apply(message)

    def _hear(self, message: Message, asked: Delivery) -> None:
        """Go on with a forwarded request as its answer says, or wait for it again."""
        if asked.is_open:
            message.state, message.waiting_for = "waiting", "answer"
            return
        message.state, message.waiting_for = settle_answer(self.book, message), None
        self._gate(message)

    def _lack_lines(self, message: Message) -> None:
        message.waiting_for = "lines"
        if message.expired:
            told = [v for v in judge(self.book, message) if v.code != "SYN-004"]
            if self._remember(message):
                if message.state != "error":
                    return
                told.append(Verdict(None, "DUP-001", "error"))
            self._end(message, "error", [Verdict(None, "SYN-007", "error", "lines"), *told])

    def _end(self, message: Message, state: str, verdicts: list[Verdict]) -> None:
        message.state, message.verdicts = state, verdicts
        message.waiting_for, message.expired = None, False

    def _wait(self, message: Message, verdicts: list[Verdict]) -> None:
        if message.expired:
            self._end(message, "error", verdicts)
            return
        message.state, message.verdicts = "waiting", verdicts
        message.waiting_for = verdicts[0].waits_for

    def _apply(self, message: Message) -> None:
        message.verdicts = []
        outcome: str | list[Verdict] = "applied"
        if message.view in MASTER_VIEWS:
            outcome = apply_master(self.book, message)
        elif message.view in ORDER_VIEWS:
            outcome = apply_request(self.book, message)
        elif message.view in ("order_milestone", "order_response"):
            outcome = apply_answer(self.book, message)
        elif message.view == "stock_count":
            outcome = apply_count(self.book, message)
        elif message.view in FACTS:
            outcome = apply_fact(self.book, message)
        if isinstance(outcome, list):
            self._wait(message, outcome)
            return
        if outcome == "waiting":
            message.state, message.waiting_for = "waiting", "answer"
            return
        if outcome == "applied":
            self.book.applied.append(message)
        self._end(message, outcome, message.verdicts)
        if outcome == "applied":
            self._gate(message)

    def _gate(self, message: Message) -> None:
        """Keep an order from its end while facts of it are on their way though it is final."""
        if message.view in ORDER_VIEWS:
            touched = {order_of(message)}
        else:
            touched = {entry.order for entry in self.book.entries if entry.message is message}
            touched |= {book_key(self.book, message)} if message.view in FACTS else set()
        for key in touched:
            order = None if key is None else self.book.orders.get(key)
            if order is not None:
                is_last = order.is_final and not order.forced and not order.has_open
                order.gated = is_last and self._unapplied(order.key)

    def _open_gates(self) -> None:
        """End the orders of which no fact is on its way any more; ask a person about the others."""
        for order in self.book.orders.values():
            order.gated = order.gated and self._unapplied(order.key)
            if order.state() == "closing":
                finals = [next(iter(line.finals)) for line in order.lines.values() if line.finals]
                final = max(finals, key=lambda message: message.position)
                self.book.add_task(Task("STA-010", final, None, order.key))
        end_moot(self.book)

    # -- what was said before

    def _remember(self, message: Message) -> bool:
        """Look the business key up and keep it; say whether the message ended by that."""
        key = None if message.has_key else business_key(self.book, message)
        if key is None:
            return False
        earlier = self.memory.get(key)
        if earlier is None or earlier.state in ("error", "discarded"):
            if earlier is not None and earlier.state == "error":
                earlier.state, earlier.superseded_by = "superseded", message
            self.memory[key], message.has_key = message, True
            return False
        if content(earlier) == content(message):
            message.duplicate_of = earlier
            self._end(message, "duplicate", [])
        elif self._is_stale(message):
            self._end(message, "superseded", [])
        else:
            known = Verdict(None, "DUP-001", "error")
            self._end(message, "error", [known, *judge(self.book, message)])
        return True

    def _is_stale(self, message: Message) -> bool:
        """Say whether something newer is in force."""
        if message.view in MASTER_VIEWS:
            return is_older(self.book, message)
        key = order_of(message) if message.view in ORDER_VIEWS else None
        order = None if key is None else self.book.orders.get(key)
        return order is not None and is_stale(message, order)

    def _is_outdated(self, message: Message) -> bool:
        """Let the newer of two revisions win that both are still without an order."""
        key = order_of(message)
        others = [
            other
            for other in self.messages
            if other is not message
            and other.view == message.view
            and other.state in ("waiting", "error")
            and other.forwarded is None
            and order_of(other) == key
            and other.action == message.action == "upsert"
        ]
        for other in others:
            if version_of(other) < version_of(message):
                self._end(other, "superseded", other.verdicts)
                other.superseded_by = message
            elif version_of(other) > version_of(message) and other.state == "waiting":
                self._end(message, "superseded", [])
                return True
        return False

    def _missing_fact(self, message: Message) -> list[Verdict]:
        if message.action != "reverse":
            return []
        original = fact_of(self.book, message)
        if original is None and self._is_discarded(message):
            return [Verdict(None, "SEQ-001", "error")]
        if original is None:
            own = f"fact:{message.sender} {message.view} {message.header.get('reverses_no')}"
            return [Verdict(None, "REF-006", "wait", own)]
        again = any(
            other.action == "reverse" and fact_of(self.book, other) is original
            for other in self.book.applied
        )
        return [Verdict(None, "STA-004", "error")] if again else []

    def _is_discarded(self, message: Message) -> bool:
        """Say whether the fact that a reversal names was given up."""
        warehouse, own = str(message.document.warehouse), str(message.header.get("reverses_no"))
        named = self.memory.get((message.sender, message.view, warehouse.strip(), own.strip()))
        return named is not None and named.state == "discarded"

    def _lacks(self, message: Message) -> set[str]:
        """Return everything that a message still waits for."""
        if len(message.lines) < int(message.header.get("line_count") or 0):
            return {"lines"}
        found = [*judge(self.book, message), *self._missing_fact(message)]
        return {verdict.waits_for for verdict in found}

    def _unapplied(self, key: OrderKey) -> bool:
        """Say whether facts of an order are still on their way."""
        states = ("received", "waiting", "held", "error")
        return any(
            m.view in FACTS and m.state in states and kept_key(m) == key for m in self.messages
        )
