"""Let an operator step in: hold, release, requeue, discard and amend messages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.support.builders import NUMBER, Document
from tests.support.oracle import Oracle
from tests.support.oracle_book import ORDER_VIEWS, Message
from tests.support.oracle_checks import FACTS
from tests.support.oracle_codes import order_of

#: From which states an operator may do what.
LEGAL = {
    "requeue": ("error", "waiting"),
    "hold": ("received", "waiting", "error"),
    "release": ("held",),
    "discard": ("held", "error", "waiting"),
    "amend": ("error", "waiting", "held"),
}


def is_legal(message: Message, act: str) -> bool:
    """Say whether an act is legal now; a question that was read cannot be given up."""
    if message.state not in LEGAL[act]:
        return False
    asked = message.forwarded
    return act not in ("discard", "amend") or asked is None or asked.state == "pending"


def hold(message: Message) -> None:
    """Stop a message."""
    message.state = "held"


def release(message: Message) -> None:
    """Let a held message, or one that is judged afresh, go on: all limits begin anew."""
    message.state, message.waiting_for, message.expired = "received", None, False


def discard(oracle: Oracle, message: Message) -> None:
    """Give a message up for good; its reversal must learn of it."""
    _let_go(oracle, message)
    message.state = "discarded"
    own = message.document.number
    if message.view in FACTS and own is not None:
        warehouse = str(message.document.warehouse).strip()
        oracle.memory.setdefault((message.sender, message.view, warehouse, own.strip()), message)


def amend(
    oracle: Oracle, message: Message, line_no: int | None, column: str, value: Any
) -> Message:
    """Make a corrected version, held; the original is superseded. A held version is corrected."""
    version = message
    if message.state != "held" or message.amended_from is None:
        version = _copy(oracle, message)
        _let_go(oracle, message)
        message.state, message.superseded_by = "superseded", version
        for key, owner in oracle.memory.items():
            if owner is message:
                oracle.memory[key], version.has_key = version, True
    document = version.document
    if line_no is None:
        document = Document(document.view, {**document.header, column: value}, document.lines)
    else:
        document = document.with_line(line_no, **{column: value})
        version.lines = {int(columns["line_no"]): columns for columns in document.lines}
    version.document = document
    return version


def _copy(oracle: Oracle, message: Message) -> Message:
    root = (
        message.document.message_id.partition("~")[0]
        if message.amended_from
        else (message.document.message_id)
    )
    taken = {m.document.message_id for m in oracle.messages if m.sender == message.sender}
    name = next(f"{root}~{n}" for n in range(1, 100) if f"{root}~{n}" not in taken)
    lines = tuple(columns for _, columns in sorted(message.lines.items()))
    header = {**message.header, "message_id": name}
    version = oracle.send(message.sender, Document(message.view, header, lines))
    assert version is not None
    version.state, version.amended_from = "held", message
    return version


def _let_go(oracle: Oracle, message: Message) -> None:
    """End what hangs on a message: its question, what it waits for, its findings, its tasks."""
    asked = message.forwarded
    if asked is not None:
        asked.state = "withdrawn"
        key = order_of(message)
        if key is not None and oracle.book.orders[key].asked is message:
            oracle.book.orders[key].asked = None
    message.forwarded, message.waiting_for, message.verdicts = None, None, []
    for task in oracle.book.tasks:
        if task.message is message and task.is_open:
            task.state = "moot"


def number_of(value: str | None) -> Decimal | None:
    """Return an amended quantity."""
    return None if value is None else Decimal(value)


assert set(ORDER_VIEWS) <= set(NUMBER)
