"""Say what can be promised: stock, what open orders reserve of it, and what is on its way."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.support.oracle_book import INBOUND, Book, OrderKey
from tests.support.oracle_lines import ZERO

Sums = tuple[Decimal, Decimal, Decimal, Decimal]


def availability(book: Book) -> dict[tuple[str, str], Sums]:
    """Return (unrestricted, other, reserved, inbound) by warehouse and item, zeros left out."""
    found: dict[tuple[str, str], list[Decimal]] = {}
    for (warehouse, item), place, qty in _parts(book):
        found.setdefault((warehouse, item), [ZERO] * 4)[place] += qty
    return {key: (sums[0], sums[1], sums[2], sums[3]) for key, sums in found.items() if any(sums)}


def _parts(book: Book) -> Iterator[tuple[tuple[str, str], int, Decimal]]:
    for key, qty in book.balances.items():
        yield (key.warehouse, key.item), int(key.status != "unrestricted"), qty
    for order in book.orders.values():
        for no, line in order.lines.items():
            place = 3 if _direction(order.key, no) == "in" else 2
            if line.state != "open":
                continue
            yield (order.key.warehouse, line.item), place, line.open
            if order.key.order_type == "transfer_order" and order.other_warehouse:
                yield (order.other_warehouse, line.item), 3, line.open


def _direction(order: OrderKey, line_no: int) -> str:
    """Say whether goods come in or leave by an order line."""
    if order.order_type == "production_order":
        return "in" if line_no == 0 else "out"
    return "in" if order.order_type in (*INBOUND, "transit_notice") else "out"
