"""Carry goods between two lanes: what left is told to the one, what arrived to the other."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from tests.support.oracle_book import Arrival, Book, Entry, Key, Order, OrderKey
from tests.support.oracle_lines import ZERO, OrderLine
from tests.support.oracle_masters import deliver
from tests.support.oracle_posting import Posting

#: From here on the lines of a notice are numbered that the transfer order does not have.
BESIDE = 1_000_000_000


def beside(item: str) -> int:
    """Return a line number for an item that was shipped beside the order's lines."""
    return BESIDE + int.from_bytes(item.encode())


def load(posting: Posting, order: Order, entry: Entry, told: int) -> None:
    """Book what leaves by an entry as in transit; `told` is its line in the notice."""
    key = entry.key._replace(location="", status="in_transit")
    moving = posting.add(entry.line_no, entry.movement, key, -entry.qty)
    moving.order, moving.told = order.key, told


def announce(posting: Posting) -> None:
    """Tell the destinations what left for them, or that it came back."""
    book, message = posting.book, posting.message
    told: defaultdict[OrderKey, defaultdict[tuple[int, str], Decimal]] = defaultdict(
        lambda: defaultdict(Decimal)
    )
    for entry in posting.entries:
        if entry.told is not None and entry.order is not None:
            told[entry.order][entry.told, entry.key.item] += entry.qty
    for key, lines in told.items():
        order = book.orders[key]
        there = OrderKey(str(order.other_warehouse), "transit_notice", key.order_no)
        notice = book.orders.get(there)
        if notice is None:
            notice = Order(there, order.revision, message, other_warehouse=key.warehouse)
            book.orders[there] = notice
        for (line_no, item), qty in lines.items():
            line = notice.lines.setdefault(line_no, OrderLine(line_no, item, ZERO))
            line.ordered = max(ZERO, line.ordered + qty)
            if qty >= 0:
                line.finals.clear()  # the next truck opens its line again
            line.dead = "cancelled" if line.ordered == line.done == 0 else ""
        notice.delivery = deliver(
            book,
            message,
            book.wms_of[there.warehouse],
            doc_type="transfer_order",
            lines=[(line_no, item, qty) for (line_no, item), qty in lines.items()],
            revision=order.revision,
            warehouse=there.warehouse,
        )
        notice.delivery.doc_no, notice.delivery.action = key.order_no, "upsert"


def unload(posting: Posting) -> None:
    """Tell the source of a transfer what arrived of it, or that it did not."""
    book, message = posting.book, posting.message
    entries = [
        Entry(message, e.line_no, e.movement, _in_transit(book, e), -e.qty, None)
        for e in posting.entries
        if e.movement == "receipt_transfer" and e.order is not None
    ]
    if entries:
        book.arrivals.append(Arrival(entries))


def _in_transit(book: Book, entry: Entry) -> Key:
    assert entry.order is not None
    source = str(book.orders[entry.order].other_warehouse)
    return Key(source, entry.key.item, entry.key.lot, "", "in_transit")


def arrive(book: Book) -> bool:
    """Post what is crossdock's own and has its stock, or wait for it; say whether any went."""
    went = []
    for arrival in book.arrivals:
        taken: defaultdict[Key, Decimal] = defaultdict(Decimal)
        for entry in arrival.entries:
            taken[entry.key] += entry.qty
        # Only what lowers a balance can lack.
        may_lack = arrival.expired or arrival.entries[0].key.warehouse in book.below_zero
        if may_lack or all(qty >= 0 or book.balances[k] + qty >= 0 for k, qty in taken.items()):
            book.post(arrival.entries)
            if arrival.told is not None:
                deliver(book, arrival.told, "ERP")
            went.append(arrival)
    book.arrivals = [arrival for arrival in book.arrivals if arrival not in went]
    return bool(went)
