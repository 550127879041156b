"""Say what two transmissions of the same document share: its business key and its content."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.support.builders import NUMBER
from tests.support.oracle_book import MASTER_VIEWS, ORDER_VIEWS, Book, Message
from tests.support.oracle_codes import order_of, text
from tests.support.oracle_masters import master_key, version_of
from tests.support.oracle_orders import revision_of

_NOT_CONTENT = ("message_id", "line_count", "source_seq", "attributes")


def business_key(book: Book, message: Message) -> tuple[str, ...] | None:
    """Return what identifies the document apart from its message_id; None without a number."""
    if message.view in MASTER_VIEWS:
        key = master_key(message)
        return (message.sender, message.view, *key, str(version_of(message)))
    own = text(message.header.get(NUMBER[message.view]))
    if own is None:
        return None
    warehouse = text(message.header.get("warehouse_code")) or ""
    key = (message.sender, message.view, warehouse, own)
    if message.view not in ORDER_VIEWS:
        return key
    revision = message.header.get("revision")
    if revision is None:
        known = order_of(message)
        order = book.orders.get(known) if known is not None else None
        revision = revision_of(message, order) if order is not None else 1
    return (*key, str(revision), message.action)


def document_key(message: Message) -> tuple[str, ...]:
    """Return what messages share that are worked off one after another."""
    if message.view in MASTER_VIEWS:
        return message.view, *master_key(message)
    own = text(message.header.get(NUMBER[message.view])) or message.document.message_id
    return message.view, text(message.header.get("warehouse_code")) or "", own


def content(message: Message) -> tuple[Any, ...]:
    """Return what a document says, without what belongs to its transmission."""
    header = tuple(
        sorted(
            (column, _plain(value))
            for column, value in message.header.items()
            if column not in _NOT_CONTENT and _plain(value) is not None
        )
    )
    lines = tuple(
        tuple(sorted((c, _plain(v)) for c, v in columns.items() if _plain(v) is not None))
        for _, columns in sorted(message.lines.items())
    )
    return header, lines


def _plain(value: object) -> str | None:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return str(Decimal(value).normalize())
    return text(value)
