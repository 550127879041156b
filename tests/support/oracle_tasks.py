"""Follow the decisions owed: which end by themselves, and what people's decisions post."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.support.builders import Document
from tests.support.oracle_book import Book, Key, Message, Task
from tests.support.oracle_codes import kept_key, text
from tests.support.oracle_masters import deliver
from tests.support.oracle_posting import Posting

_BLOCKED = {"release": "release", "keep_blocked": "none", "scrap": "scrap"}
_KEEP = {"keep": "none", "block": "block"}
_STAY = {"keep": "none"}
_SEEN = {"acknowledge": "none"}
_CAME = ("goods_receipt", "production_receipt")
#: What may be decided about a task of goods that came, of goods that left, and of anything else.
CHOICES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "QTY-005": (_BLOCKED, _STAY),
    "QTY-006": ({"accept": "none", "adjust": "lift"},) * 2,
    "QTY-007": (_KEEP, _STAY),
    "REF-007": (_KEEP, _STAY),
    "STA-005": (_KEEP, _STAY),
    "LOT-004": (_BLOCKED, {}),
    "LOT-005": (_BLOCKED, _BLOCKED),
    "LOT-006": (_BLOCKED, _STAY),
    "STA-009": ({"accepted": "accept", "refused": "refuse"},) * 2,
    "STA-010": ({"force_close": "end", "wait": "stay"},) * 2,
    "STA-011": (_SEEN, _SEEN),
    "STA-012": (_SEEN, _SEEN),
    "PER-001": (_SEEN, _SEEN),
    "PER-002": (_SEEN, _SEEN),
}
_HOLDING = tuple(code for code, (came, _) in CHOICES.items() if "release" in came)


def choices(task: Task) -> dict[str, str]:
    """Return what may be decided about a task, and the effect of each choice."""
    came, left = CHOICES[task.code]
    return came if task.message.view in _CAME else left


def end_moot(book: Book) -> None:
    """End the tasks that nobody has to decide any more."""
    for task in book.tasks:
        if task.is_open and _is_moot(book, task):
            task.state = "moot"


def _is_moot(book: Book, task: Task) -> bool:
    message = task.message
    reversed_by = any(
        other.action == "reverse"
        and (other.sender, other.view, other.document.warehouse)
        == (message.sender, message.view, message.document.warehouse)
        and other.header.get("reverses_no") == message.document.number
        for other in book.applied
    )
    if reversed_by or message.state == "discarded":
        return True
    if task.code == "STA-009":
        return message.state not in ("received", "waiting", "held")
    if task.code == "STA-010" and task.order is not None:
        return book.orders[task.order].state() != "closing"
    if task.code == "QTY-006" and task.key is not None:
        return book.balances[task.key] >= 0
    return task.code == "STA-005" and not _is_dead(book, task)


def _is_dead(book: Book, task: Task) -> bool:
    """Say whether the line for which a fact came is still cancelled."""
    key = kept_key(task.message)
    assert key is not None
    assert task.line_no is not None
    columns = task.message.lines[task.line_no]
    named = columns.get("order_line_no")
    return any(
        line.dead and (line.line_no == named if named is not None else line.item == task.item)
        for line in book.orders[key].lines.values()
    )


def decide(book: Book, task: Task, choice: str) -> None:
    """Carry out a decision; what cannot be posted leaves the task open."""
    effect = choices(task)[choice]
    if effect == "stay":
        return
    task.decision = choice
    if effect == "end" and task.order is not None:
        order = book.orders[task.order]
        order.gated, order.forced = False, True
    elif effect in ("accept", "refuse"):
        asked = task.message.forwarded
        if asked is None or not asked.is_open or task.message.state != "waiting":
            task.decision = ""
            return
        asked.state, asked.noticed = {"accept": "accepted", "refuse": "refused"}[effect], False
    elif effect != "none" and not _post(book, task, effect):
        task.decision = ""
        return
    task.state = "done"


def _post(book: Book, task: Task, effect: str) -> bool:
    """Post what a decision moves; say whether the stock for it is there."""
    pieces = [(key, qty) for key, qty in _pieces(book, task, effect).items() if qty > 0]
    if effect == "release":
        pieces = [(key, qty) for key, qty in pieces if task.status_as_sent != "blocked"]
    if not pieces:
        return True
    if effect != "lift" and any(book.balances[key] < qty for key, qty in pieces):
        return False
    view = "stock_move" if effect in ("release", "block") else "stock_adjustment"
    number = {"move_no": "TASK"} if view == "stock_move" else {"adjustment_no": "TASK"}
    lines = tuple(
        {"line_no": no, "item_code": key.item, "qty": -qty if effect == "scrap" else qty}
        for no, (key, qty) in enumerate(pieces, start=1)
    )
    header = {"message_id": "TASK", "warehouse_code": pieces[0][0].warehouse, **number}
    message = Message("crossdock", Document(view, header, lines), -1, "applied")
    message.lines = {int(str(columns["line_no"])): columns for columns in lines}
    posting = Posting(book, message)
    for no, (key, qty) in enumerate(pieces, start=1):
        if effect in ("release", "block"):
            target = "blocked" if effect == "block" else task.status_as_sent
            posting.add(no, "move_status", key, -qty)
            posting.add(no, "move_status", key._replace(status=target), qty)
        else:
            posting.add(no, "adjustment", key, qty if effect == "lift" else -qty)
    if task.line_no is not None:
        serial = text(task.message.lines[task.line_no].get("serial_no")) or ""
        for entry in posting.entries:
            entry.serial = "" if effect == "lift" else serial
    posting.commit()
    deliver(book, message, "ERP")
    task.posting = None if effect == "lift" else message
    if effect in ("release", "scrap"):
        task.posted = sum((qty for _, qty in pieces), Decimal(0))
    return True


def _pieces(book: Book, task: Task, effect: str) -> dict[Key, Decimal]:
    """Return what a decision takes, by balance."""
    if effect == "lift" and task.key is not None:
        return {task.key: -book.balances[task.key]}
    booked: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for entry in book.entries:
        is_line = task.line_no is None or entry.line_no == task.line_no
        if entry.message is task.message and is_line:
            booked[entry.key] += entry.qty
    if effect == "block":
        return {k: qty for k, qty in booked.items() if k.status not in ("blocked", "in_transit")}
    return {
        key: _free(book, task, effect, qty)
        for key, qty in booked.items()
        if key.status == "blocked"
    }


def _free(book: Book, task: Task, effect: str, blocked: Decimal) -> Decimal:
    """Return how much of what a line booked blocked a decision may take out.

    A surplus is the last part of its line, another reason holds all of it: free is what the
    released ones cover, less what the others hold, less what has gone already.
    """
    same = [
        other
        for other in book.tasks
        if other.message is task.message
        and other.line_no == task.line_no
        and other.code in _HOLDING
    ]
    gone = sum((other.posted for other in same), Decimal(0))
    if effect == "scrap":
        return min(blocked - gone, task.qty if task.qty is not None else blocked)
    released = [_covers(other, blocked) for other in same if other.decision == "release"]
    held = [
        _covers(other, blocked)
        for other in same
        if (other.is_open and other is not task)
        or other.decision == "keep_blocked"
        or (other.decision == "scrap" and not other.posted)
    ]
    free = max(released, default=Decimal(0)) - max(held, default=Decimal(0)) - gone
    return max(Decimal(0), min(blocked - gone, free))


def _covers(task: Task, blocked: Decimal) -> Decimal:
    return blocked if task.qty is None else task.qty
