"""Follow what warehouses do with requests: read, answer as a whole or by line, report milestones."""

from __future__ import annotations

from tests.support.oracle_book import (
    ORDER_VIEWS,
    Book,
    Delivery,
    Message,
    Order,
    Task,
    Verdict,
    number,
)
from tests.support.oracle_codes import book_key, text, to_base
from tests.support.oracle_masters import deliver


def notice(book: Book, delivery: Delivery) -> None:
    """Follow what a WMS did with the delivery of an order."""
    delivery.noticed = True
    name = (delivery.warehouse, delivery.doc_type, delivery.doc_no)
    for order in book.orders.values():
        if order.key.order_type == "transit_notice":  # goods on the road cannot be refused
            order.worked |= name == (order.key.warehouse, "transfer_order", order.key.order_no)
        elif order.key != name:
            continue
        elif delivery.state != "refused":
            order.worked |= order.delivery is delivery
        elif delivery is order.release:
            _refuse_release(book, order)
        elif delivery.message.state == "applied":
            book.add_task(Task("STA-012", delivery.message, None))


def _refuse_release(book: Book, order: Order) -> None:
    """End an order that its warehouse does not take, and take back what it has not read of it."""
    if order.state() in ("released", "in_work"):
        for line in order.lines.values():
            if line.state == "open":
                line.cancel(dead="refused")
    assert order.release is not None
    for later in book.deliveries[book.deliveries.index(order.release) + 1 :]:
        if later.state == "pending" and order.key == (
            later.warehouse,
            later.doc_type,
            later.doc_no,
        ):
            later.state = "withdrawn"
            if order.asked is not None and order.asked.forwarded is later:
                order.asked = None  # the question is judged anew, as nobody heard it


def apply_answer(book: Book, message: Message) -> str:
    """Apply a milestone or an answer, and tell the ERP."""
    key = book_key(book, message)
    assert key is not None
    order = book.orders[key]
    if message.view == "order_milestone":
        order.worked = True
        order.milestone = str(message.header["milestone"])
    else:
        verdict = _respond(book, message, order)
        if verdict is not None:
            message.verdicts = [verdict]
            return "error"
    deliver(book, message, "ERP", revision=message.header.get("revision"))
    return "applied"


def _respond(book: Book, message: Message, order: Order) -> Verdict | None:
    """Answer a delivery of the named revision as its inbox would."""
    wanted = "refused" if message.header["response"] == "refused" else "accepted"
    named = [
        delivery
        for delivery in book.deliveries
        if delivery.doc_type in ORDER_VIEWS
        and (delivery.warehouse, delivery.doc_type, delivery.doc_no) == order.key
        and delivery.revision == message.header["revision"]
    ]
    delivery = _answered_by(named, order)
    if delivery is None:
        return _repeated(named, wanted)
    if message.header["response"] == "partial":
        for columns in message.lines.values():
            qty = columns.get("accepted_qty")
            told = (None if qty is None else number(qty), text(columns.get("uom")))
            delivery.answers[columns["order_line_no"]] = told
        if order.action == "upsert" and delivery in (order.delivery, order.release):
            _agree(book, order, delivery)
    delivery.state, delivery.noticed = wanted, False
    return None


def _answered_by(named: list[Delivery], order: Order) -> Delivery | None:
    """Choose the newest that was taken; if none was, the newest when the order is in work."""
    taken = [delivery for delivery in named if delivery.state == "taken"]
    pending = [delivery for delivery in named if delivery.state == "pending"]
    if taken or not pending:
        return taken[-1] if taken else None
    return pending[0] if order.state() == "released" else pending[-1]


def _repeated(named: list[Delivery], wanted: str) -> Verdict | None:
    """Compare a further answer with the one before."""
    answered = [delivery for delivery in named if delivery.state in ("accepted", "refused")]
    is_other = bool(answered) and answered[-1].state != wanted
    return Verdict(None, "DUP-002", "error") if is_other else None


def _agree(book: Book, order: Order, delivery: Delivery) -> None:
    """Let a release become what its warehouse accepts of it."""
    for line_no, (qty, uom) in delivery.answers.items():
        line = order.lines.get(line_no)
        if line is not None:
            line.agree(None if qty is None else to_base(book, line.item, qty, uom))
