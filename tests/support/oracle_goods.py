"""Look at pieces and lots that come, and say how the ERP is told what was booked."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tests.support.builders import Columns
from tests.support.oracle_book import Book, Entry
from tests.support.oracle_codes import mapped, text, to_base, told_quantity
from tests.support.oracle_lines import ZERO
from tests.support.oracle_posting import Posting

_CAME = ("goods_receipt", "production_receipt")
_LEFT = ("shipment", "material_issue")


def look(posting: Posting, line_no: int, columns: Columns) -> None:
    """Book a line blocked whose piece is on hand already, or whose lot cannot be right."""
    rows = [entry for entry in posting.entries if entry.line_no == line_no]
    odd = _doubts_piece(posting, line_no, columns, rows)
    odd |= _doubts_lot(posting, line_no, columns, rows) and posting.message.view in _CAME
    if odd:
        for entry in rows:
            entry.key = entry.key._replace(status="blocked")


def _doubts_piece(posting: Posting, line_no: int, columns: Columns, rows: list[Entry]) -> bool:
    book, message = posting.book, posting.message
    serial = text(columns.get("serial_no")) or ""
    for entry in rows:
        entry.serial = serial
    on_hand = sum(entry.pieces for entry in rows)
    if not serial or not on_hand:
        return False
    name = (rows[0].key.warehouse, rows[0].key.item, serial)
    posting.pieces[name] += on_hand
    controlled = book.items[rows[0].key.item].get("serial_controlled")
    if not controlled or on_hand < 0 or book.pieces[name] + posting.pieces[name] < 2:
        return False
    posting.ask("LOT-005", line_no, sum((entry.qty for entry in rows), ZERO), rows[0].key)
    return message.view in _CAME or message.view == "stock_adjustment"


def _doubts_lot(posting: Posting, line_no: int, columns: Columns, rows: list[Entry]) -> bool:
    book, message = posting.book, posting.message
    if message.view not in (*_CAME, *_LEFT):
        return False
    lot = text(columns.get("lot_no")) or ""
    name = (rows[0].key.warehouse, rows[0].key.item, lot)
    said: date | None = columns.get("expires_on")
    known = None
    if lot:
        known = (book.dates.get(name) or posting.dates.get(name) or (None,))[0]
        if said is not None and known is None:
            posting.dates[name] = (said, message)
    goods = abs(sum((e.qty for e in rows if e.key.status != "in_transit"), ZERO))
    if said is not None and known is not None and said != known:
        posting.ask("LOT-004", line_no, goods, rows[0].key)
        return True
    expires = said or known
    if expires is None or message.header.get("order_type") == "supplier_return":
        return False
    if expires >= _day(posting):
        return False
    posting.ask("LOT-006", line_no, goods, rows[0].key)
    return True


def _day(posting: Posting) -> date:
    """Return the day of the fact where it happened; today when it tells no time."""
    warehouse = posting.book.warehouses[str(text(posting.message.header["warehouse_code"]))]
    zone = ZoneInfo(str(warehouse.get("time_zone") or "UTC"))
    at = posting.message.header.get("occurred_at")
    return (at if isinstance(at, datetime) else datetime.now(zone)).astimezone(zone).date()


def booked_lines(posting: Posting) -> list[tuple[int, str, Decimal]]:
    """Return the lines as the ERP reads them: what was booked blocked beside a rest is its own."""
    told: list[tuple[int, str, Decimal]] = []
    for line_no, columns in mapped(posting.book, posting.message).items():
        qty = told_quantity(columns)
        assert qty is not None
        rows = [
            entry
            for entry in posting.entries
            if entry.line_no == line_no and not entry.movement.startswith("count_")
        ]
        total = sum((entry.qty for entry in rows), ZERO)
        blocked = sum((entry.qty for entry in rows if entry.key.status == "blocked"), ZERO)
        if posting.message.view not in _CAME or not ZERO < blocked < total:
            told.append((line_no, columns["item_code"], qty))
            continue
        part = _in_unit(posting.book, columns, qty, blocked)
        rest = total - blocked if part is None else qty - part
        told.append((line_no, columns["item_code"], rest))
        told.append((line_no + 1_000_000, columns["item_code"], blocked if part is None else part))
    return sorted(told)


def _in_unit(book: Book, columns: Columns, qty: Decimal, blocked: Decimal) -> Decimal | None:
    """Return a base quantity in the line's unit, None when it has more decimals than the line."""
    digits = max(0, -int(qty.normalize().as_tuple().exponent))
    one = to_base(book, columns["item_code"], Decimal(1), columns["uom"])
    if one is None:  # not exact in the base unit: count in the smallest step that the line has
        return None
    part = (blocked / one).quantize(Decimal(1).scaleb(-digits))
    return part if part * one == blocked else None
