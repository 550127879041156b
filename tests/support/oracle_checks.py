"""Judge a document as the rulings say: every finding at once, errors and things to wait for."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.support.builders import NUMBER, Columns
from tests.support.oracle_book import (
    MASTER_VIEWS,
    ORDER_VIEWS,
    Book,
    Message,
    OrderKey,
    Verdict,
    number,
)
from tests.support.oracle_codes import (
    CODES,
    STATUSES,
    book_key,
    map_in,
    mapped,
    order_of,
    text,
    to_base,
    translated,
)

FACTS = (
    "goods_receipt",
    "shipment",
    "material_issue",
    "production_receipt",
    "stock_move",
    "stock_adjustment",
)
WITHOUT_LINES = ("order_milestone", "order_response")
_PARTY = {
    "purchase_order": ("supplier_code", "supplier"),
    "supplier_return": ("supplier_code", "supplier"),
    "sales_order": ("customer_code", "customer"),
    "customer_return": ("customer_code", "customer"),
}


def judge(book: Book, message: Message) -> list[Verdict]:
    """Return every finding of a complete message; empty means that it may be applied."""
    header = message.header
    found = [*_form(message), *_warehouse(book, message)]
    if message.view in MASTER_VIEWS:
        return [*found, *_master(book, message)]
    if message.view in _PARTY:
        column, role = _PARTY[message.view]
        party = text(header.get(column))
        if party is None and message.action == "upsert":
            found.append(Verdict(None, "SYN-001", "error"))
        elif party is not None and (party, role) not in book.parties:
            found.append(Verdict(None, "REF-003", "wait", f"party:{role} {party}"))
    carrier = text(header.get("carrier_code"))
    if carrier is not None and (carrier, "carrier") not in book.parties:
        found.append(Verdict(None, "REF-003", "wait", f"party:carrier {carrier}"))
    found += _order(book, message)
    if message.view == "production_order" and message.action == "upsert":
        found += _line(book, message, None, header)
    for line_no, columns in message.lines.items():
        found += _line(book, message, line_no, columns)
    return found


def _form(message: Message) -> Iterator[Verdict]:
    """Check numbers, control totals and what lines the action may have."""
    header, lines = message.header, message.lines
    if message.view in NUMBER and text(header.get(NUMBER[message.view])) is None:
        yield Verdict(None, "SYN-001", "error")
    promised = header.get("line_count")
    if promised is not None and len(lines) > int(promised):
        yield Verdict(None, "SYN-005", "error")
    if message.action in ("cancel", "close", "reverse"):
        if lines:
            yield Verdict(None, "SYN-006", "error")
    elif not lines and not _may_be_empty(message):
        yield Verdict(None, "SYN-004", "error")
    warehouse = text(header.get("warehouse_code"))
    for line_no, columns in lines.items():
        if text(columns.get("warehouse_code", warehouse)) != warehouse:
            yield Verdict(line_no, "SYN-008", "error")


def _may_be_empty(message: Message) -> bool:
    if message.view in MASTER_VIEWS or message.view in WITHOUT_LINES:
        return True
    if message.view == "stock_snapshot":
        return message.header.get("line_count") == 0
    return bool(message.header.get("is_final"))


def _warehouse(book: Book, message: Message) -> Iterator[Verdict]:
    """Check that the lane is the sender's and is known."""
    warehouse = text(message.header.get("warehouse_code"))
    if message.view in MASTER_VIEWS:
        if message.view == "location" and warehouse not in book.warehouses:
            yield Verdict(None, "REF-002", "wait", f"warehouse:{warehouse}")
        return
    if warehouse is None:
        yield Verdict(None, "SYN-001", "error")
    elif message.sender != "ERP" and book.wms_of.get(warehouse) != message.sender:
        yield Verdict(None, "AUT-001", "error")
    elif warehouse not in book.warehouses:
        yield Verdict(None, "REF-002", "wait", f"warehouse:{warehouse}")


def _master(book: Book, message: Message) -> Iterator[Verdict]:
    item = text(message.header.get("item_code"))
    if message.view == "item_uom" and item not in book.items:
        yield Verdict(None, "REF-001", "wait", f"item:{item}")


def _order(book: Book, message: Message) -> Iterator[Verdict]:
    """Check the order that a fact, an answer, a cancel or a close names."""
    to = text(message.header.get("to_warehouse_code"))
    if message.view == "transfer_order" and message.action == "upsert":
        if to is None:
            yield Verdict(None, "SYN-001", "error")
        elif to not in book.warehouses:
            yield Verdict(None, "REF-002", "wait", f"warehouse:{to}")
    key = order_of(message)
    if key is None or (message.view in ORDER_VIEWS and message.action == "upsert"):
        return
    kept = book_key(book, message)
    if kept is None or (kept != key and _is_ahead(book, message, kept)):
        yield Verdict(None, "REF-005", "wait", "order:{} {} {}".format(*key))


def _is_ahead(book: Book, message: Message, kept: OrderKey) -> bool:
    """Say whether goods of a transfer arrived before word came that their line was shipped."""
    noticed = book.orders[kept].lines
    items = {line.item for line in noticed.values()}
    return any(
        columns["item_code"] not in items
        if columns.get("order_line_no") is None
        else columns["order_line_no"] not in noticed
        for columns in mapped(book, message).values()
    )


def _line(book: Book, message: Message, line_no: int | None, sent: Columns) -> Iterator[Verdict]:
    """Check item, quantity, unit, lot, place and status of a line (or a production header)."""
    if message.view == "order_response":
        return
    columns = translated(book, message.sender, sent)
    for column, domain in CODES.items():
        code = text(sent.get(column))
        if code is not None and map_in(book, message.sender, domain, code) is None:
            yield Verdict(line_no, "MAP-001", "error")
            columns[column] = None  # nothing further can be said of it
    yield from _reason(message, line_no, sent)
    yield from _place(book, message, line_no, columns)
    yield from _status(message, line_no, columns)
    amount = next((sent[c] for c in ("qty", "counted_qty") if sent.get(c) is not None), None)
    qty = None if amount is None else number(amount)
    yield from _quantity(message, line_no, qty)
    told, item = text(sent.get("item_code")), columns["item_code"]
    if told is None:
        yield Verdict(line_no, "SYN-001", "error")
    elif any(ord(character) < 32 for character in told):
        yield Verdict(line_no, "SYN-002", "error")
    if item is not None and item not in book.items:
        yield Verdict(line_no, "REF-001", "wait", f"item:{item}")
    elif item is not None:
        yield from _item(book, message, line_no, columns, qty)


def _is_write_off(message: Message, columns: Columns) -> bool:
    """Say whether a line gives up goods that were lost between two warehouses."""
    lowers = number(columns.get("qty") or 0) < 0
    return message.view == "stock_adjustment" and columns["reason_code"] == "WRITE_OFF" and lowers


def _quantity(message: Message, line_no: int | None, qty: Decimal | None) -> Iterator[Verdict]:
    if qty is None:
        yield Verdict(line_no, "SYN-001", "error")
    elif not qty.is_finite():
        yield Verdict(line_no, "QTY-003", "error")
    elif qty == 0 and message.view not in ("stock_count", "stock_snapshot"):
        yield Verdict(line_no, "QTY-001", "error")
    elif qty < 0 and message.view not in ("stock_adjustment", "stock_snapshot"):
        yield Verdict(line_no, "QTY-002", "error")


def _item(
    book: Book, message: Message, line_no: int | None, columns: Columns, qty: Decimal | None
) -> Iterator[Verdict]:
    """Check what only the item's own record can tell."""
    code, uom = str(columns["item_code"]), columns["uom"]
    item = book.items[code]
    base: Decimal | None = None
    if uom is not None and uom != item["base_uom"] and (code, uom) not in book.uoms:
        yield Verdict(line_no, "UOM-001", "wait", f"item_uom:{code} {uom}")
    elif qty is not None and qty.is_finite():
        base = to_base(book, code, qty, uom)
        if base is None:
            yield Verdict(line_no, "UOM-002", "error")
    by_lot = item.get("lot_controlled") and message.view in (*FACTS, "stock_count")
    if by_lot and text(columns.get("lot_no")) is None:
        yield Verdict(line_no, "LOT-001", "error")
    serial = text(columns.get("serial_no"))
    if message.view in FACTS and item.get("serial_controlled") and serial is None:
        yield Verdict(line_no, "LOT-002", "error")
    if serial is not None and base is not None and abs(base) != 1:
        yield Verdict(line_no, "LOT-003", "error")


def _reason(message: Message, line_no: int | None, sent: Columns) -> Iterator[Verdict]:
    free = message.view in ("goods_receipt", "shipment") and message.header.get("order_no") is None
    if (free or message.view == "stock_adjustment") and text(sent.get("reason_code")) is None:
        yield Verdict(line_no, "SYN-001", "error")


def _place(
    book: Book, message: Message, line_no: int | None, columns: Columns
) -> Iterator[Verdict]:
    warehouse = text(message.header.get("warehouse_code")) or ""
    for column in ("location_code", "from_location_code", "to_location_code"):
        place = columns[column]
        if place is not None and (warehouse, place) not in book.locations:
            yield Verdict(line_no, "REF-004", "wait", f"location:{warehouse} {place}")


def _status(message: Message, line_no: int | None, columns: Columns) -> Iterator[Verdict]:
    for column in ("stock_status", "from_stock_status", "to_stock_status"):
        status = columns[column]
        if status is not None and status not in STATUSES:
            yield Verdict(line_no, "SYN-009", "error")
        elif status == "in_transit" and not _is_write_off(message, columns):
            yield Verdict(line_no, "STA-006", "error")
    if message.view == "stock_move":
        before = (columns["from_location_code"] or "", columns["from_stock_status"] or STATUSES[0])
        after = (columns["to_location_code"] or before[0], columns["to_stock_status"] or before[1])
        if before == after:
            yield Verdict(line_no, "STA-002", "error")
