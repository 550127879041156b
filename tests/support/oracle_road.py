"""Carry goods between two lanes: what left is told to the one, what arrived to the other."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.support.oracle_book import ZERO, Arrival, Book, Entry, Key, Order, OrderKey, OrderLine
from tests.support.oracle_masters import deliver
from tests.support.oracle_posting import Posting


def over_the_road(posting: Posting, order: Order) -> None:
    """Tell the other lane of a transfer what left, or take what arrived out of transit."""
    book, message = posting.book, posting.message
    if order.key.order_type == "transit_notice":
        source = str(order.other_warehouse)
        book.arrivals.append(
            Arrival(
                [
                    Entry(message, e.line_no, e.movement, _in_transit(source, e.key), -e.qty, None)
                    for e in posting.entries
                    if e.movement == "receipt_transfer"
                ]
            )
        )
        return
    there = OrderKey(str(order.other_warehouse), "transit_notice", order.key.order_no)
    if there not in book.orders:
        book.orders[there] = Order(
            there, order.revision, message, other_warehouse=order.key.warehouse
        )
    notice = book.orders[there]
    for line_no, item, qty in posting.notices:
        line = notice.lines.setdefault(line_no, OrderLine(line_no, item, ZERO))
        line.ordered += qty
    notice.delivery = deliver(
        book,
        message,
        book.wms_of[there.warehouse],
        doc_type="transfer_order",
        lines=posting.notices,
        revision=order.revision,
        warehouse=there.warehouse,
    )
    notice.delivery.doc_no, notice.delivery.action = order.key.order_no, "upsert"


def _in_transit(warehouse: str, key: Key) -> Key:
    return Key(warehouse, key.item, key.lot, "", "in_transit")


def arrive(book: Book) -> bool:
    """Take what arrived out of its source's transit stock, or wait for it; say whether any went."""
    went = []
    for arrival in book.arrivals:
        taken: defaultdict[Key, Decimal] = defaultdict(Decimal)
        for entry in arrival.entries:
            taken[entry.key] += entry.qty
        if arrival.expired or all(book.balances[k] + qty >= 0 for k, qty in taken.items()):
            book.post(arrival.entries)
            went.append(arrival)
    book.arrivals = [arrival for arrival in book.arrivals if arrival not in went]
    return bool(went)
