"""Apply counts: the difference to the book as it was at the count's position."""

from __future__ import annotations

from decimal import Decimal

from tests.support.oracle_book import Book, Key, Message, Verdict, number
from tests.support.oracle_codes import mapped, to_base
from tests.support.oracle_lines import ZERO
from tests.support.oracle_masters import deliver
from tests.support.oracle_posting import Posting, key_of


def apply_count(book: Book, message: Message) -> str:
    """Post the difference between what was counted and the book at the count's position."""
    through = int(message.header["counted_through_seq"])
    posting = Posting(book, message)
    positions: dict[Key, tuple[int, Decimal]] = {}
    for line_no, columns in sorted(mapped(book, message).items()):
        counted = to_base(
            book, columns["item_code"], number(columns["counted_qty"]), columns["uom"]
        )
        assert counted is not None
        key = key_of(message, columns)
        earlier, quantity_then = book.counts.get(key, (None, ZERO))
        if earlier is not None and through <= earlier:
            if through == earlier and quantity_then == counted:
                continue
            code = "DUP-001" if through == earlier else "SEQ-002"
            message.verdicts.append(Verdict(line_no, code, "error"))
            continue
        positions[key] = (through, counted)
        difference = counted - _book_at(book, key, through)
        if difference:
            movement = "count_gain" if difference > 0 else "count_loss"
            entry = posting.add(line_no, movement, key, difference)
            entry.source_seq = through
    if message.verdicts:
        return "error"
    book.counts.update(positions)
    for key in positions:
        book.balances[key] += ZERO  # the row exists from now on
    posting.commit()
    deliver(book, message, "ERP")
    return "applied"


def _book_at(book: Book, key: Key, through: int) -> Decimal:
    return sum(
        (
            entry.qty
            for entry in book.entries
            if entry.key == key and (entry.source_seq is None or entry.source_seq <= through)
        ),
        ZERO,
    )
