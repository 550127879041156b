"""Apply requests, answers and milestones to the oracle's book."""

from __future__ import annotations

from tests.support.oracle_book import (
    INBOUND,
    ORDER_VIEWS,
    ZERO,
    Book,
    Delivery,
    Message,
    Order,
    OrderKey,
    OrderLine,
    Verdict,
    number,
)
from tests.support.oracle_codes import book_key, mapped, order_of, quantity, text, to_base
from tests.support.oracle_masters import deliver, version_of


def apply_request(book: Book, message: Message) -> str:
    """Take a request up into the orders, forward it, or answer it; return the message's state."""
    key = order_of(message)
    assert key is not None
    order = book.orders.get(key)
    if message.action != "upsert":
        assert order is not None
        return _end(book, message, order)
    if order is None:
        order = book.orders[key] = Order(key, version_of(message), message)
        return _release(book, message, order)
    if version_of(message) <= order.revision:
        return "superseded"
    if order.action == "cancel" or _withdraw(order):
        return _release(book, message, order)
    return _change(book, message, order)


def _change(book: Book, message: Message, order: Order) -> str:
    """Change an order that the warehouse has read already."""
    revision = version_of(message)
    if order.is_over or order.refused:
        return _refuse(message)
    if _needs_answer(book, message, order):
        message.forwarded = _tell_wms(book, message, revision)
        return "waiting"
    _replace(book, message, order)
    if order.delivery is not None and order.delivery.state == "pending":
        order.delivery.state = "withdrawn"  # its reader knows the order, but not from the inbox
    order.delivery = _tell_wms(book, message, revision)
    return "applied"


def _refuse(message: Message) -> str:
    message.verdicts = [Verdict(None, "STA-001", "error")]
    return "refused"


def _withdraw(order: Order) -> bool:
    """Withdraw the delivery that nobody read yet; say whether there was one.

    Whoever reports work on the order has read it, whatever its inbox says.
    """
    if order.worked or order.delivery is None or order.delivery.state != "pending":
        return False
    order.delivery.state = "withdrawn"
    return True


def _release(book: Book, message: Message, order: Order) -> str:
    _replace(book, message, order)
    order.delivery = _tell_wms(book, message, order.revision)
    order.worked = any(line.done for line in order.lines.values())
    return "applied"


def _tell_wms(book: Book, message: Message, revision: int) -> Delivery:
    warehouse = text(message.header["warehouse_code"]) or ""
    return deliver(book, message, book.wms_of[warehouse], revision=revision)


def _wanted(book: Book, message: Message) -> dict[int, OrderLine]:
    """Return the lines that a full image asks for; the product of a production order is line 0."""
    told = dict(mapped(book, message))
    if message.view == "production_order":
        told[0] = message.header
    found = {}
    for line_no, columns in told.items():
        item, uom = str(columns["item_code"]).strip(), text(columns.get("uom"))
        base = to_base(book, item, quantity(columns), uom)
        assert base is not None
        found[line_no] = OrderLine(
            line_no,
            item,
            base,
            number(columns.get("over_tolerance_pct") or 0),
            number(columns.get("under_tolerance_pct") or 0),
        )
    return dict(sorted(found.items()))


def _needs_answer(book: Book, message: Message, order: Order) -> bool:
    """Say whether a revision takes away what the warehouse works on already."""
    wanted = _wanted(book, message)
    return any(
        number not in wanted
        or wanted[number].ordered < line.ordered
        or wanted[number].item != line.item
        for number, line in order.lines.items()
        if line.state == "open"
    )


def _replace(book: Book, message: Message, order: Order) -> None:
    """Put a full image into force; a line that it lacks is cancelled."""
    wanted = _wanted(book, message)
    for line_no, line in order.lines.items():
        if line_no not in wanted:
            line.cancel()
    for line_no, line in wanted.items():
        line.done = order.lines[line_no].done if line_no in order.lines else ZERO
        order.lines[line_no] = line
    order.lines = dict(sorted(order.lines.items()))
    order.revision, order.action, order.message = version_of(message), "upsert", message
    order.other_warehouse = text(message.header.get("to_warehouse_code"))


def _end(book: Book, message: Message, order: Order) -> str:
    """Cancel or close an order by the race table."""
    revision = int(message.header.get("revision") or order.revision)
    if revision < order.revision:
        return "superseded"
    if order.is_over:
        return _refuse(message)
    if message.action == "close":
        _close(book, message, order, revision)
    elif _withdraw(order):
        _finish(message, order, revision)
    else:
        message.forwarded = _tell_wms(book, message, revision)
        return "waiting"
    return "applied"


def _close(book: Book, message: Message, order: Order, revision: int) -> None:
    """Expect nothing more: the ERP's own decision, told to a warehouse that knows the order."""
    known = order.worked or order.delivery is None or order.delivery.state != "pending"
    if order.delivery is not None and order.delivery.state == "pending":
        order.delivery.state = "withdrawn"
    if known:
        _tell_wms(book, message, revision)
    _finish(message, order, revision)


def _finish(message: Message, order: Order, revision: int) -> None:
    order.revision, order.action = revision, message.action
    if message.action == "close":
        order.closed = True
        return
    for line in order.lines.values():
        line.cancel()


def settle_answer(book: Book, message: Message) -> str:
    """End a forwarded request as the warehouse answered it; return the message's state."""
    delivery = message.forwarded
    assert delivery is not None
    if delivery.state == "refused":
        message.verdicts = [Verdict(None, "STA-007", "error")]
        return "refused"
    key = order_of(message)
    assert key is not None
    order = book.orders[key]
    if message.action == "upsert":
        _replace(book, message, order)
        order.delivery = delivery
    else:
        _finish(message, order, int(message.header.get("revision") or order.revision))
    return "applied"


def notice(book: Book, delivery: Delivery) -> None:
    """Follow what a WMS did with the delivery of an order."""
    delivery.noticed = True
    for order in book.orders.values():
        if order.key.order_type == "transit_notice":  # goods on the road cannot be refused
            read = (order.key.warehouse, order.key.order_no) == (
                delivery.warehouse,
                delivery.doc_no,
            )
            order.worked = order.worked or (read and delivery.doc_type == "transfer_order")
        elif order.delivery is delivery:
            order.end_lines()
            if delivery.state == "refused" and any(e.open for e in order.lines.values()):
                order.refused = True
                for line in order.lines.values():
                    line.cancel()
            order.worked = order.worked or delivery.state in ("taken", "accepted")


def apply_answer(book: Book, message: Message) -> str:
    """Apply a milestone or an answer, and tell the ERP."""
    key = book_key(book, message)
    assert key is not None
    order = book.orders[key]
    if message.view == "order_milestone":
        order.worked = True
    else:
        verdict = _respond(book, message, order)
        if verdict is not None:
            message.verdicts = [verdict]
            return "error"
    deliver(book, message, "ERP", revision=message.header.get("revision"))
    return "applied"


def _respond(book: Book, message: Message, order: Order) -> Verdict | None:
    """Answer the newest delivery of the named revision as its inbox would."""
    answered = {"accepted": "accepted", "partial": "accepted", "refused": "refused"}
    wanted = answered[str(message.header["response"])]
    candidates = [
        delivery
        for delivery in book.deliveries
        if delivery.doc_type in ORDER_VIEWS
        and (delivery.warehouse, delivery.doc_type, delivery.doc_no) == order.key
        and delivery.revision == message.header["revision"]
        and delivery.state != "withdrawn"
    ]
    delivery = candidates[-1]
    if delivery.state in ("accepted", "refused"):
        return None if delivery.state == wanted else Verdict(None, "DUP-002", "error")
    delivery.state, delivery.noticed = wanted, False
    return None


def direction(order: OrderKey, line_no: int) -> str:
    """Say whether goods come in or leave by an order line."""
    if order.order_type == "production_order":
        return "in" if line_no == 0 else "out"
    return "in" if order.order_type in (*INBOUND, "transit_notice") else "out"
