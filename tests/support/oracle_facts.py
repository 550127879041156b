"""Turn facts into ledger rows: goods that come, leave, move or are found; and reversals."""

from __future__ import annotations

from decimal import Decimal

from tests.support.builders import Columns, Document
from tests.support.oracle_book import Arrival, Book, Key, Message, Order, OrderKey, Verdict
from tests.support.oracle_codes import book_key, mapped, order_of, quantity, text, to_base
from tests.support.oracle_goods import booked_lines, look
from tests.support.oracle_lines import ZERO, OrderLine
from tests.support.oracle_masters import deliver
from tests.support.oracle_posting import Posting, key_of
from tests.support.oracle_road import announce, beside, load, unload

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


def apply_fact(book: Book, message: Message) -> str | list[Verdict]:
    """Post a fact; return its state, or the verdicts for the stock that it has to wait for."""
    posting = Posting(book, message)
    undone: list[Arrival] = []
    if message.action == "reverse":
        original = fact_of(book, message)
        assert original is not None
        posting.negate(original)
        undone = _undo(book, original)
    else:
        _build(posting)
    posting.correct_counts()
    lacking = posting.lacking([entry for arrival in undone for entry in arrival.entries])
    warehouse = text(message.header["warehouse_code"])
    if lacking and not message.expired and warehouse not in book.below_zero:
        keys = [(no, "stock:{}|{}|{}|{}|{}".format(*key)) for no, key in lacking.items()]
        return [Verdict(no, "QTY-006", "wait", key) for no, key in keys]
    for line_no, key in lacking.items():
        posting.ask("QTY-006", line_no, key=key)
    posting.commit()
    book.arrivals += undone
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


def _undo(book: Book, original: Message) -> list[Arrival]:
    """Return what takes back the decisions about the goods of a fact."""
    found = []
    for task in book.tasks:
        if task.message is not original or task.posting is None:
            continue
        header = {**task.posting.header, "action": "reverse"}
        back = Message("crossdock", Document(task.posting.view, header, ()), -1, "applied")
        posting = Posting(book, back)
        posting.negate(task.posting)
        found.append(Arrival(posting.entries, told=back))
    return found


def _build(posting: Posting) -> None:
    """Build the ledger rows of a fact that is posted."""
    book, message = posting.book, posting.message
    named = order_of(message)
    kept = book_key(book, message)
    if named is not None and kept is None:  # its time is over: posted without the order
        posting.ask("REF-007", None)
    order = None if kept is None else book.orders[kept]
    for line_no, columns in sorted(mapped(book, message).items()):
        base = to_base(book, columns["item_code"], quantity(columns), columns["uom"])
        assert base is not None
        if message.view == "stock_move":
            _move(posting, line_no, columns, base)
        elif message.view == "stock_adjustment":
            initial = columns.get("reason_code") == "INITIAL"
            movement = "initial_load" if initial else "adjustment"
            key = key_of(message, columns)
            if key.status == "in_transit":
                key = key._replace(location="")
            posting.add(line_no, movement, key, base)
        else:
            _goods(posting, order, named, line_no, columns, base)
        look(posting, line_no, columns)


def _move(posting: Posting, line_no: int, columns: Columns, base: Decimal) -> None:
    place, status = columns["from_location_code"] or "", columns["from_stock_status"]
    source = key_of(posting.message, {**columns, "location_code": place, "stock_status": status})
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
    key = key_of(message, columns, "returns" if incoming and is_return else "unrestricted")
    movement = _MOVEMENT[message.view, "" if named is None else named.order_type]
    parts = [] if order is None else posting.target(order, columns, base)
    if order is None or not parts:
        entry = posting.add(line_no, movement, key, base if incoming else -base)
        if order is not None:
            entry.order = order.key
            posting.ask("QTY-007", line_no, base, key)
            if movement == "issue_transfer":
                load(posting, order, entry, beside(key.item))
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
        posting.ask("STA-005", line_no, qty, key)
    if above > 0:
        posting.ask("QTY-005", line_no, above, key)
    pieces = (
        [(key, allowed), (key._replace(status="blocked"), above)] if incoming else [(key, -qty)]
    )
    for where, piece in pieces:
        if piece:
            entry = posting.add(line_no, movement, where, piece)
            entry.order, entry.order_line, entry.order_qty = order.key, line.line_no, abs(piece)
            if movement == "issue_transfer":
                load(posting, order, entry, line.line_no)


def _follow(posting: Posting) -> None:
    """Let the order follow the fact: finals, work, transfers; and tell the ERP."""
    book, message = posting.book, posting.message
    if message.action == "reverse":
        original = fact_of(book, message)
        for order in book.orders.values():
            for line in order.lines.values():
                line.finals.pop(original, None)
        dates = book.dates.items()
        book.dates = {name: told for name, told in dates if told[1] is not original}
    kept = book_key(book, message)
    if kept is not None and message.action == "post":
        order = book.orders[kept]
        order.worked = True
        if message.header.get("is_final"):
            for line_no, line in order.lines.items():
                if line_no > 0 or message.view != "material_issue":
                    line.finals[message] = None
    deliver(book, message, "ERP", lines=booked_lines(posting))
    announce(posting)
    unload(posting)
