"""Apply master data to the oracle's book, and make deliveries of any document."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from tests.support.builders import NUMBER, Columns
from tests.support.oracle_book import MASTER_VIEWS, Book, Delivery, Message
from tests.support.oracle_codes import map_out, mapped, text, told_quantity

_MASTER_KEYS = {
    "item": ("item_code",),
    "item_uom": ("item_code", "uom"),
    "party": ("party_code", "role"),
    "warehouse": ("warehouse_code",),
    "location": ("warehouse_code", "location_code"),
    "code_map": ("system_code", "domain", "external_code"),
}


def master_key(message: Message) -> tuple[str, ...]:
    """Return the code columns of a master data record."""
    return tuple(str(message.header[column]).strip() for column in _MASTER_KEYS[message.view])


def version_of(message: Message) -> int:
    """Return the version of a master record or the revision of a request, null as 1."""
    column = "version" if message.view in MASTER_VIEWS else "revision"
    return int(message.header.get(column) or 1)


def _shelf(book: Book, message: Message) -> tuple[dict[Any, Columns], Any]:
    """Return where a master data record is kept, and under which key."""
    shelves: dict[str, dict[Any, Columns]] = {
        "item": book.items,
        "item_uom": book.uoms,
        "party": book.parties,
        "warehouse": book.warehouses,
        "location": book.locations,
        "code_map": book.codes,
    }
    key = master_key(message)
    return shelves[message.view], key[0] if len(key) == 1 else key


def is_older(book: Book, message: Message) -> bool:
    """Say whether a newer version of a record is in force."""
    shelf, place = _shelf(book, message)
    return place in shelf and version_of(message) < int(shelf[place].get("version") or 1)


def apply_master(book: Book, message: Message) -> str:
    """Let the higher version win, and tell every WMS."""
    if is_older(book, message):
        return "superseded"
    shelf, place = _shelf(book, message)
    shelf[place] = dict(message.header)
    for system in book.all_wms():
        if _concerns(book, message, system):
            deliver(book, message, system, lines=())
    return "applied"


def _concerns(book: Book, message: Message, system: str) -> bool:
    """Say whether a WMS is told: of its own warehouses and codes, and of everything common."""
    if message.view in ("warehouse", "location"):
        return book.wms_of.get(master_key(message)[0]) == system
    return message.view != "code_map" or master_key(message)[0] == system


def deliver(
    book: Book,
    message: Message,
    receiver: str,
    *,
    lines: Iterable[tuple[int, str, Decimal]] | None = None,
    revision: int | None = None,
    warehouse: str | None = None,
    doc_type: str | None = None,
) -> Delivery:
    """Make a delivery; lines are those of the message unless others are given."""
    told: Iterable[tuple[int, str | None, Decimal | None]] = lines or ()
    if lines is None:
        told = [(no, c["item_code"], told_quantity(c)) for no, c in mapped(book, message).items()]
    is_master = message.view in MASTER_VIEWS
    if is_master:
        doc_no = " ".join(master_key(message))
    else:
        doc_no = text(message.header.get(NUMBER[message.view])) or ""
    delivery = Delivery(
        receiver=receiver,
        doc_type=doc_type or message.view,
        doc_no=doc_no,
        warehouse=None if is_master else warehouse or text(message.header.get("warehouse_code")),
        action=message.action if not is_master else "upsert",
        revision=revision,
        message=message,
        lines=tuple(
            (no, None if code is None else map_out(book, receiver, "item", code), qty)
            for no, code, qty in told
        ),
    )
    book.deliveries.append(delivery)
    return delivery
