"""Turn facts into ledger rows: allocation, tolerance, counts, reversals, transfers."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.support.builders import Columns
from tests.support.oracle_book import (
    ZERO,
    Book,
    Entry,
    Key,
    Message,
    Order,
    OrderKey,
    OrderLine,
    Verdict,
    number,
)
from tests.support.oracle_checks import book_key, mapped, order_of, quantity, text, to_base
from tests.support.oracle_orders import deliver

_MOVEMENT = {
    ("goods_receipt", "purchase_order"): "receipt_purchase",
    ("goods_receipt", "customer_return"): "receipt_return",
    ("goods_receipt", "transfer_order"): "receipt_transfer",
    ("goods_receipt", ""): "receipt_purchase",
    ("shipment", "sales_order"): "issue_sales",
    ("shipment", "supplier_return"): "issue_return",
    ("shipment", "transfer_order"): "issue_transfer",
    ("shipment", ""): "issue_sales",
    ("material_issue", "production_order"): "issue_production",
    ("production_receipt", "production_order"): "receipt_production",
}


class Posting:
    """Collect what one fact would post; nothing reaches the book before `commit`."""

    def __init__(self, book: Book, message: Message) -> None:
        self.book = book
        self.message = message
        self.entries: list[Entry] = []
        self.tasks: list[tuple[str, int | None]] = []
        self.notices: list[tuple[int, str, Decimal]] = []  # order line, item, base qty
        seq = message.header.get("source_seq")
        self.source_seq = None if seq is None else int(seq)
        self._done: defaultdict[int, Decimal] = defaultdict(Decimal)

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

    def lacking(self) -> dict[int, Key]:
        """Return the lines that lower a balance which would fall below zero by this fact."""
        change: defaultdict[Key, Decimal] = defaultdict(Decimal)
        for entry in self.entries:
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
        """Write rows and tasks into the book."""
        self.book.post(self.entries)
        for code, line_no in self.tasks:
            self.book.add_task(code, self.message, line_no)

    # -- orders

    def target(
        self, order: Order, columns: Columns, qty: Decimal
    ) -> list[tuple[OrderLine, Decimal]]:
        """Split a quantity over order lines: the named one, else open lines by number."""
        named = columns.get("order_line_no")
        if self.message.view == "production_receipt":
            named = 0 if order.lines[0].item == columns["item_code"] else None
        if named is not None:
            return [(order.lines[named], qty)] if named in order.lines else []
        lines = [
            line
            for no, line in sorted(order.lines.items())
            if line.item == columns["item_code"] and (no > 0)
        ]
        parts: dict[int, Decimal] = {}
        left = qty
        for line in lines:
            done = line.done + self._done[line.line_no]
            room = ZERO if line.is_full else line.ordered - line.cancelled - done
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


def apply_fact(book: Book, message: Message) -> str | list[Verdict]:
    """Post a fact; return its state, or the verdicts for the stock that it has to wait for."""
    posting = Posting(book, message)
    if message.action == "reverse":
        original = fact_of(book, message)
        assert original is not None
        _negate(posting, original)
    else:
        _build(posting)
    posting.correct_counts()
    lacking = posting.lacking()
    if lacking and not message.expired:
        keys = [(no, "stock:{}|{}|{}|{}|{}".format(*key)) for no, key in lacking.items()]
        return [Verdict(no, "QTY-006", "wait", key) for no, key in keys]
    posting.tasks += [("QTY-006", line_no) for line_no in lacking]
    posting.commit()
    _follow(posting)
    return "applied"


def fact_of(book: Book, message: Message) -> Message | None:
    """Return the applied fact that a reversal names, None while there is none."""
    wanted = text(message.header.get("reverses_no"))
    for found in book.applied:
        if (
            (found.view, found.sender, found.action) == (message.view, message.sender, "post")
            and found.document.number == wanted
            and found.document.warehouse == message.document.warehouse
        ):
            return found
    return None


def _negate(posting: Posting, original: Message) -> None:
    for entry in [e for e in posting.book.entries if e.message is original]:
        if entry.movement.startswith("count_"):
            continue
        back = posting.add(entry.line_no, entry.movement, entry.key, -entry.qty)
        back.order, back.order_line = entry.order, entry.order_line
        back.order_qty, back.reverses = -entry.order_qty, entry


def _build(posting: Posting) -> None:
    """Build the ledger rows of a fact that is posted."""
    book, message = posting.book, posting.message
    named = order_of(message)
    kept = None if named is None else book_key(book, named)
    if named is not None and kept is None:  # its time is over: posted without the order
        posting.tasks.append(("REF-007", None))
    order = None if kept is None else book.orders[kept]
    for line_no, columns in sorted(mapped(book, message).items()):
        base = to_base(book, columns["item_code"], quantity(columns), columns["uom"])
        assert base is not None
        if message.view == "stock_move":
            _move(posting, line_no, columns, base)
        elif message.view == "stock_adjustment":
            initial = columns.get("reason_code") == "INITIAL"
            movement = "initial_load" if initial else "adjustment"
            posting.add(line_no, movement, _key(message, columns), base)
        else:
            _goods(posting, order, named, line_no, columns, base)


def _key(message: Message, columns: Columns, default: str = "unrestricted") -> Key:
    return Key(
        str(text(message.header["warehouse_code"])),
        str(columns["item_code"]),
        text(columns.get("lot_no")) or "",
        columns["location_code"] or "",
        columns["stock_status"] or default,
    )


def _move(posting: Posting, line_no: int, columns: Columns, base: Decimal) -> None:
    place, status = columns["from_location_code"] or "", columns["from_stock_status"]
    source = _key(posting.message, {**columns, "location_code": place, "stock_status": status})
    target = source._replace(
        location=columns["to_location_code"] or source.location,
        status=columns["to_stock_status"] or source.status,
    )
    movement = "move_location" if source.status == target.status else "move_status"
    posting.add(line_no, movement, source, -base)
    posting.add(line_no, movement, target, base)


def _goods(
    posting: Posting,
    order: Order | None,
    named: OrderKey | None,
    line_no: int,
    columns: Columns,
    base: Decimal,
) -> None:
    """Post goods that come or leave, split over order lines and tolerance."""
    message = posting.message
    incoming = message.view in ("goods_receipt", "production_receipt")
    is_return = named is not None and named.order_type == "customer_return"
    key = _key(message, columns, "returns" if incoming and is_return else "unrestricted")
    movement = _MOVEMENT[message.view, "" if named is None else named.order_type]
    parts = [] if order is None else posting.target(order, columns, base)
    if order is None or not parts:
        posting.add(line_no, movement, key, base if incoming else -base)
        if order is not None:
            posting.tasks.append(("QTY-007", line_no))
        return
    for order_line, qty in parts:
        _to_order(posting, order, order_line, (line_no, movement, key), qty, incoming=incoming)


def _to_order(
    posting: Posting,
    order: Order,
    line: OrderLine,
    place: tuple[int, str, Key],
    qty: Decimal,
    *,
    incoming: bool,
) -> None:
    """Post a quantity for one order line: above the tolerance it is booked blocked."""
    line_no, movement, key = place
    allowed, above = posting.split(line, qty)
    if order.key.order_type == "transit_notice":
        # The next truck's notice may still be on its way: what is above it is no surplus yet.
        # Goods that nobody shipped show as missing transit stock in the source lane.
        allowed, above = qty, ZERO
    if line.state in ("cancelled", "done_after_cancel", "refused"):
        allowed, above = qty, ZERO
        posting.tasks.append(("STA-005", line_no))
    if above > 0:
        posting.tasks.append(("QTY-005", line_no))
    pieces = (
        [(key, allowed), (key._replace(status="blocked"), above)] if incoming else [(key, -qty)]
    )
    for where, piece in pieces:
        if piece:
            entry = posting.add(line_no, movement, where, piece)
            entry.order, entry.order_line, entry.order_qty = order.key, line.line_no, abs(piece)
    if movement == "issue_transfer":
        posting.add(line_no, movement, key._replace(location="", status="in_transit"), qty)
    if movement in ("issue_transfer", "receipt_transfer"):
        posting.notices.append((line.line_no, line.item, qty))


def _follow(posting: Posting) -> None:
    """Let the order follow the fact: finals, work, transfers; and tell the ERP."""
    book, message = posting.book, posting.message
    named = order_of(message)
    if message.action == "reverse":
        original = fact_of(book, message)
        for order in book.orders.values():
            order.finals = {m: c for m, c in order.finals.items() if m is not original}
            order.end_lines()
    kept = None if named is None else book_key(book, named)
    if kept is not None and message.action == "post":
        order = book.orders[kept]
        order.worked = True
        if message.header.get("is_final"):
            order.finals[message] = message.view == "material_issue"
        order.end_lines()
    deliver(book, message, "ERP")
    if posting.notices and kept is not None:
        _over_the_road(posting, book.orders[kept])


def _over_the_road(posting: Posting, order: Order) -> None:
    """Tell the other lane of a transfer what left, or take what arrived out of transit."""
    book, message = posting.book, posting.message
    if order.key.order_type == "transit_notice":
        source = str(order.other_warehouse)
        arrived = [e for e in posting.entries if e.movement == "receipt_transfer"]
        out = [
            Entry(
                message, e.line_no, "receipt_transfer",
                Key(source, e.key.item, e.key.lot, "", "in_transit"), -e.qty, None,
            )
            for e in arrived
        ]  # fmt: skip
        book.post(out)
        return
    there = OrderKey(str(order.other_warehouse), "transit_notice", order.key.order_no)
    if there not in book.orders:
        book.orders[there] = Order(
            there, order.revision, message, other_warehouse=order.key.warehouse
        )
    notice = book.orders[there]
    for line_no, item, qty in posting.notices:
        line = notice.lines.setdefault(line_no, OrderLine(line_no, item, ZERO))
        line.ordered += qty
    notice.delivery = deliver(
        book,
        message,
        book.wms_of[there.warehouse],
        doc_type="transfer_order",
        lines=posting.notices,
        revision=order.revision,
        warehouse=there.warehouse,
    )
    notice.delivery.doc_no, notice.delivery.action = order.key.order_no, "upsert"


def apply_count(book: Book, message: Message) -> str:
    """Post the difference between what was counted and the book at the count's position."""
    through = int(message.header["counted_through_seq"])
    posting = Posting(book, message)
    positions: dict[Key, tuple[int, Decimal]] = {}
    for line_no, columns in sorted(mapped(book, message).items()):
        counted = to_base(
            book, columns["item_code"], number(columns["counted_qty"]), columns["uom"]
        )
        assert counted is not None
        key = _key(message, columns)
        earlier, quantity_then = book.counts.get(key, (None, ZERO))
        if earlier is not None and through <= earlier:
            if through == earlier and quantity_then == counted:
                continue
            code = "DUP-001" if through == earlier else "SEQ-002"
            message.verdicts.append(Verdict(line_no, code, "error"))
            continue
        positions[key] = (through, counted)
        difference = counted - _book_at(book, key, through)
        if difference:
            movement = "count_gain" if difference > 0 else "count_loss"
            entry = posting.add(line_no, movement, key, difference)
            entry.source_seq = through
    if message.verdicts:
        return "error"
    book.counts.update(positions)
    for key in positions:
        book.balances[key] += ZERO  # the row exists from now on
    posting.commit()
    deliver(book, message, "ERP")
    return "applied"


def _book_at(book: Book, key: Key, through: int) -> Decimal:
    return sum(
        (
            entry.qty
            for entry in book.entries
            if entry.key == key and (entry.source_seq is None or entry.source_seq <= through)
        ),
        ZERO,
    )
