"""Read what a document says: texts, orders, codes in canonical form, quantities in base units."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.support.builders import Columns
from tests.support.oracle_book import ORDER_VIEWS, Book, Message, OrderKey, number

STATUSES = ("unrestricted", "quality", "blocked", "returns", "in_transit")
CODES = {
    "item_code": "item",
    "uom": "uom",
    "location_code": "location",
    "from_location_code": "location",
    "to_location_code": "location",
    "stock_status": "stock_status",
    "from_stock_status": "stock_status",
    "to_stock_status": "stock_status",
}


def text(value: Any) -> str | None:
    """Return a text as the rules read it: trimmed, and empty is null."""
    return (str(value).strip() or None) if value is not None else None


def order_of(message: Message) -> OrderKey | None:
    """Return the order that a request or a fact names."""
    header = message.header
    warehouse, order_no = text(header.get("warehouse_code")) or "", text(header.get("order_no"))
    if order_no is None:
        return None
    if message.view in ORDER_VIEWS:
        return OrderKey(warehouse, message.view, order_no)
    if message.view in ("material_issue", "production_receipt"):
        return OrderKey(warehouse, "production_order", order_no)
    order_type = text(header.get("order_type"))
    return None if order_type is None else OrderKey(warehouse, order_type, order_no)


def book_key(book: Book, message: Message) -> OrderKey | None:
    """Return the order of a message as its lane keeps it, None while it is not known.

    What a transfer's destination receives belongs to what was announced to it.
    """
    key = kept_key(message)
    return key if key in book.orders else None


def kept_key(message: Message) -> OrderKey | None:
    """Return the order of a message as its lane keeps it, whether it is known or not."""
    key = order_of(message)
    if key is not None and (message.view, key.order_type) == ("goods_receipt", "transfer_order"):
        return key._replace(order_type="transit_notice")
    return key


def quantity(columns: Columns) -> Decimal:
    """Return the quantity of a line, whatever its column is called."""
    qty = told_quantity(columns)
    assert qty is not None
    return qty


def told_quantity(columns: Columns) -> Decimal | None:
    """Return the quantity of a line, None when it names none."""
    names = ("qty", "counted_qty", "accepted_qty")
    return next((number(columns[name]) for name in names if columns.get(name) is not None), None)


def map_in(book: Book, system: str, domain: str, code: str) -> str | None:
    """Return the canonical code of what a system sent; None where it has no mapping."""
    rows = {
        external: row
        for (owner, kind, external), row in book.codes.items()
        if owner == system and kind == domain and row.get("active", True)
    }
    if not rows:
        return code
    if code in rows:
        return str(rows[code]["canonical_code"])
    canonical = {str(row["canonical_code"]) for row in rows.values()}
    known = {
        "item": set(book.items),
        "uom": {uom for _, uom in book.uoms} | {str(i["base_uom"]) for i in book.items.values()},
        "stock_status": set(STATUSES),
        "location": {location for _, location in book.locations},
    }
    return code if code in canonical or code in known.get(domain, set()) else None


def map_out(book: Book, system: str, domain: str, code: str) -> str:
    """Return the code that a system reads for a canonical one."""
    found = sorted(
        (not row.get("is_default_out"), external)
        for (owner, kind, external), row in book.codes.items()
        if (owner, kind) == (system, domain)
        and row.get("active", True)
        and row["canonical_code"] == code
    )
    return found[0][1] if found else code


def mapped(book: Book, message: Message) -> dict[int, Columns]:
    """Return the lines with canonical codes; a code without a mapping is left as it is."""
    return {no: translated(book, message.sender, columns) for no, columns in message.lines.items()}


def translated(book: Book, system: str, columns: Columns) -> Columns:
    """Return the columns of one line with canonical codes."""
    found = dict(columns)
    for column, domain in CODES.items():
        code = text(columns.get(column))
        found[column] = None if code is None else map_in(book, system, domain, code) or code
    return found


def to_base(book: Book, item: str, qty: Decimal, uom: str | None) -> Decimal | None:
    """Return a quantity in the base unit, None when it is not exact in six decimals."""
    base = str(book.items[item]["base_uom"])
    ratio = Fraction(1)
    if uom is not None and uom != base:
        row = book.uoms[item, uom]
        ratio = Fraction(int(row["numerator"]), int(row["denominator"]))
    scaled = Fraction(qty) * ratio * 10**6
    return Decimal(scaled.numerator).scaleb(-6) if scaled.denominator == 1 else None
