"""Apply requests to the oracle's book: agreed at once, forwarded as a question, or refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.support.oracle_book import Book, Delivery, Message, Order, Verdict, number
from tests.support.oracle_codes import mapped, order_of, quantity, text, to_base
from tests.support.oracle_lines import ZERO, OrderLine
from tests.support.oracle_masters import deliver, version_of

#: What becomes of a change, by how far the warehouse has come; what stands last is the strongest.
_OUTCOMES = ("tell", "replace", "release", "withdraw", "close", "ask", "refuse")
_RACES = {
    "unread": {"cancel": "withdraw", "close": "close", "less": "replace", "more": "replace",
               "header": "replace"},
    "read": {"cancel": "ask", "close": "close", "less": "ask", "more": "tell", "header": "tell"},
    "picking": {"cancel": "ask", "close": "close", "less": "ask", "more": "tell",
                "header": "ask"},
    "ended": dict.fromkeys(("cancel", "close", "less", "more", "header"), "refuse"),
    "cancelled": {"cancel": "withdraw", "close": "withdraw", "less": "release", "more": "release",
                  "header": "release"},
}  # fmt: skip
_RACES["refused"] = _RACES["cancelled"]
_RANK = ("upsert", "close", "cancel")
_NOT_HEADER = (
    "message_id", "warehouse_code", "action", "line_count", "attributes", "order_no", "revision",
    "item_code", "qty", "uom",
)  # fmt: skip


def apply_request(book: Book, message: Message) -> str:
    """Take a request up into the orders, forward it, or answer it; return the message's state."""
    key = order_of(message)
    assert key is not None
    order = book.orders.get(key)
    if order is None:
        order = book.orders[key] = Order(key, version_of(message), message)
        return _release(book, message, order)
    if is_stale(message, order):
        return "superseded"
    message.means = revision_of(message, order)
    outcome = _judge(book, message, order)
    if outcome == "refuse":
        message.verdicts = [Verdict(None, "STA-001", "error")]
        return "refused"
    if order.asked is not None:  # nobody has read the question: it gives way
        give_way(order, message)
    if outcome == "ask":
        message.forwarded = _tell_wms(book, message, revision_of(message, order))
        order.asked = message
        return "waiting"
    if outcome in ("release", "replace"):
        _withdraw(order)
        return _release(book, message, order)
    if outcome == "tell":
        _tell(book, message, order)
    elif outcome == "close":
        _close(book, message, order)
    else:
        _withdraw(order)
        finish(message, order)
    return "applied"


def revision_of(message: Message, order: Order) -> int:
    """Return the revision that a request names; a cancel or close may mean the newest known."""
    named = message.header.get("revision")
    if named is not None or message.action == "upsert":
        return int(named or 1)
    if message.means is not None:
        return message.means
    asked = order.asked
    known = 0 if asked is None or asked is message else revision_of(asked, order)
    return max(order.revision, known)


def is_stale(message: Message, order: Order) -> bool:
    """Say whether something newer is in force, or was asked: cancel beats close beats upsert."""
    own = (revision_of(message, order), _RANK.index(message.action))
    if own < (order.revision, _RANK.index(order.action)) and message is not order.message:
        return True
    asked = order.asked
    return asked is not None and asked is not message and own < _rank(asked, order)


def _rank(message: Message, order: Order) -> tuple[int, int]:
    return revision_of(message, order), _RANK.index(message.action)


def give_way(order: Order, message: Message) -> None:
    """Withdraw the question about an order, for something newer was said."""
    asked = order.asked
    assert asked is not None
    assert asked.forwarded is not None
    asked.forwarded.state = "withdrawn"
    asked.state, asked.waiting_for, asked.superseded_by = "superseded", None, message
    order.asked = None


def _judge(book: Book, message: Message, order: Order) -> str:
    """Return the strongest outcome of everything that a request changes."""
    if message.action == "cancel" and _beats_close(message, order):
        return "withdraw"
    wanted = {} if message.action != "upsert" else _wanted(book, message)
    if _clashes(order, wanted):
        return "refuse"
    changes = {message.action} if message.action != "upsert" else {"more"}
    if message.action == "upsert":
        if any(_is_less(wanted.get(no), line) for no, line in order.lines.items()):
            changes.add("less")
        if _header(message) != order.header:
            changes.add("header")
    outcomes = [_RACES[order.situation][change] for change in changes]
    return max(outcomes, key=_OUTCOMES.index)


def _clashes(order: Order, wanted: dict[int, OrderLine]) -> list[int]:
    """Return the lines that would become another item though something of them is done."""
    lines = order.lines
    return [
        no
        for no, asked in wanted.items()
        if no in lines and lines[no].done > 0 and asked.item != lines[no].item
    ]


def _beats_close(message: Message, order: Order) -> bool:
    return (
        order.action == "close"
        and order.state() in ("closing", "closed")
        and not any(line.done > 0 for line in order.lines.values())
    )


def _is_less(asked: OrderLine | None, line: OrderLine) -> bool:
    """Say whether a revision takes away from a line what the warehouse may work on already."""
    if line.state != "open":
        return False
    if asked is None:
        return line.line_no > 0
    if (asked.item, asked.lot) != (line.item, line.lot):
        return True
    return max(asked.ordered, line.done) < line.agreed


def _header(message: Message) -> tuple[Any, ...]:
    told = (
        (column, value) for column, value in message.header.items() if column not in _NOT_HEADER
    )
    return tuple(sorted((column, str(value).strip()) for column, value in told))


def _withdraw(order: Order) -> None:
    if order.delivery is not None and order.delivery.state == "pending":
        order.delivery.state = "withdrawn"


def _release(book: Book, message: Message, order: Order) -> str:
    if order.state() in ("cancelled", "refused"):
        order.worked, order.milestone = False, None
    replace(book, message, order)
    order.delivery = order.release = _tell_wms(book, message, order.revision)
    return "applied"


def _tell(book: Book, message: Message, order: Order) -> None:
    """Put a change into force at once that the warehouse does not have to agree to."""
    is_release = order.delivery is order.release
    unread = order.delivery is not None and order.delivery.state == "pending"
    _withdraw(order)  # its reader knows the order, but not from the inbox
    replace(book, message, order)
    order.worked = True
    order.delivery = _tell_wms(book, message, order.revision)
    if unread and is_release:
        order.release = order.delivery


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
            text(columns.get("lot_no")) or "",
        )
    return dict(sorted(found.items()))


def replace(book: Book, message: Message, order: Order) -> None:
    """Put a full image into force, line by line where the warehouse answered so."""
    wanted = _wanted(book, message)
    answers = answers_to(book, message, order, wanted)
    for line_no, line in order.lines.items():
        is_dropped = line_no not in wanted and line_no > 0 and line.state == "open"
        if is_dropped and answers.get(line_no, ZERO) is not None:
            line.cancel(answers.get(line_no))
    asked = {line_no: (line.ordered, line.item) for line_no, line in wanted.items()}
    for line in wanted.values():
        _replace_line(order, line, answers)
    order.lines = dict(sorted(order.lines.items()))
    _tell_kept(message, order, asked, answers)
    order.revision, order.action, order.message = version_of(message), "upsert", message
    order.header = _header(message)
    order.other_warehouse = text(message.header.get("to_warehouse_code"))


def _replace_line(order: Order, asked: OrderLine, answers: dict[int, Decimal | None]) -> None:
    """Put one line of a full image into force, or what of it the warehouse accepts."""
    line_no = asked.line_no
    accepted = answers.get(line_no)
    is_refused = line_no in answers and accepted is None
    line = order.lines.setdefault(line_no, asked)
    if line is not asked:
        if not is_refused:
            line.become(asked, accepted)
    elif is_refused:
        line.cancel(dead="refused")
    elif accepted is not None:
        line.ordered = min(accepted, line.ordered)


def answers_to(
    book: Book, message: Message, order: Order, wanted: dict[int, OrderLine]
) -> dict[int, Decimal | None]:
    """Return what the warehouse answered line by line, in base units; None: no."""
    found: dict[int, Decimal | None] = {}
    answers = {} if message.forwarded is None else message.forwarded.answers
    for line_no, (qty, uom) in answers.items():
        line = wanted.get(line_no) or order.lines.get(line_no)
        if line is not None:
            found[line_no] = to_base(book, line.item, qty, uom) if qty and qty > 0 else None
    if message.forwarded is not None:  # judged again: no yes makes another item of what is done
        found |= dict.fromkeys(_clashes(order, wanted))
    return found


def _tell_kept(
    message: Message,
    order: Order,
    asked: dict[int, tuple[Decimal, str]],
    answers: dict[int, Decimal | None],
) -> None:
    """Warn of lines that did not become what was asked: what is done stays done."""
    for line_no, line in order.lines.items():
        wanted, item = asked.get(line_no, (ZERO, line.item))
        kept = (line.ordered - line.cancelled, line.item)
        is_other = line_no in answers and kept != (wanted, item)
        if is_other or (message.action != "close" and wanted < line.done):
            message.verdicts.append(Verdict(line_no, "STA-008", "warning"))


def _close(book: Book, message: Message, order: Order) -> None:
    """Expect nothing more: the ERP's own decision, told to a warehouse that knows the order."""
    known = order.situation != "unread"
    _withdraw(order)
    if known:
        order.delivery = _tell_wms(book, message, revision_of(message, order))
    finish(message, order)


def finish(
    message: Message, order: Order, answers: dict[int, Decimal | None] | None = None
) -> None:
    """Cancel or close what is left of an order."""
    order.revision, order.action = revision_of(message, order), message.action
    answers = answers or {}
    for line_no, line in order.lines.items():
        if message.action == "close":
            if line.state == "open":
                line.finals[message] = None
        elif line.state in ("open", "short") and answers.get(line_no, ZERO) is not None:
            line.cancel(answers.get(line_no))
    _tell_kept(message, order, {}, answers)


def settle_answer(book: Book, message: Message) -> str:
    """End a forwarded request as the warehouse answered it; return the message's state."""
    delivery, key = message.forwarded, order_of(message)
    assert delivery is not None
    assert key is not None
    order = book.orders[key]
    order.asked = None
    wanted = {} if message.action != "upsert" else _wanted(book, message)
    answers = answers_to(book, message, order, wanted)
    if delivery.state == "refused" or _accepts_nothing(message, order, wanted, answers):
        is_late = delivery.state != "refused" and _clashes(order, wanted)
        message.verdicts = [Verdict(None, "STA-001" if is_late else "STA-007", "error")]
        return "refused"
    message.verdicts = []
    if message.action == "upsert":
        replace(book, message, order)
    else:
        finish(message, order, answers)
    order.delivery, order.worked = delivery, True
    return "applied"


def _accepts_nothing(
    message: Message,
    order: Order,
    wanted: dict[int, OrderLine],
    answers: dict[int, Decimal | None],
) -> bool:
    """Say whether an answer by line refuses everything that was asked."""
    asked = {
        no
        for no, line in order.lines.items()
        if no not in wanted and no > 0 and line.state in ("open", "short")
    }
    for line_no, line in wanted.items():
        before = order.lines.get(line_no)
        if before is None or (before.item, before.lot, before.ordered - before.cancelled) != (
            line.item, line.lot, line.ordered,
        ):  # fmt: skip
            asked.add(line_no)
    return bool(asked) and all(no in answers and answers[no] is None for no in asked)
