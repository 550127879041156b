"""Send things twice: the same transmission, the same document, and not quite the same document."""

from __future__ import annotations

from abc import abstractmethod

from psycopg.errors import UniqueViolation

from sync.simulate.day import Turn
from sync.simulate.trouble.base import Trouble
from sync.simulate.writing import Message, Shape, write


class _Resend(Trouble):
    """Let the WMS receive an order normally and send something again an hour later."""

    def schedule(self) -> None:
        order = self.order(("CR-7009", 36, "PCE"), ("AC-8004", 2, "BOX12"), hour=7)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, self._send_again)

    def _send_again(self) -> None:
        original = self.wms.first_sent("goods_receipt", order_no=self.order_no)
        self.touch(self.wms, original, "first transmission", "applied")
        self.strike(original)

    @abstractmethod
    def strike(self, original: Message) -> None:
        """Send something again."""


class ResendSameId(_Resend):
    """Send a transmission again under its own message_id."""

    name = "resend_same_id"
    what = "a WMS repeats a receipt under the same message_id"
    expected = "23505 for a plain INSERT, 0 rows for ON CONFLICT DO NOTHING, one message"

    def strike(self, original: Message) -> None:
        """Try both ways of inserting it again."""
        try:
            write(self.wms.connection, self.wms.schema, original, Shape.MULTI_ROW)
        except UniqueViolation as error:
            self.note(f"plain INSERT: {error.sqlstate}")
        else:
            self.note("plain INSERT: taken, expected 23505", ok=False)
        rows = write(self.wms.connection, self.wms.schema, original, Shape.IF_NEW)
        self.note(f"ON CONFLICT DO NOTHING: {rows} rows", ok=rows == 0)

    def verify(self) -> None:
        """Check that there is one message."""
        message = self.touched[0].message if self.touched else None
        count = len(self.wms.statuses([message.message_id])) if message else 0
        self.note(f"messages with this id: {count}", ok=count == 1)


class ResendNewId(_Resend):
    """Send the same document again as a new transmission."""

    name = "resend_new_id"
    what = "a WMS repeats a receipt under a new message_id"
    expected = "duplicate, naming the first"
    warehouse = "RTM"

    def strike(self, original: Message) -> None:
        """Send the same content under a new id and position."""
        again = original.again(
            self.wms.next_message_id(), source_seq=self.wms.next_source_seq(self.warehouse)
        )
        self.touch(self.wms, self.wms.send(again), "second transmission", "duplicate")

    def verify(self) -> None:
        """Check that the duplicate names the first message."""
        if len(self.touched) == 2:
            first, second = (self.status(one.actor, one.message) for one in self.touched)
            fits = second.duplicate_of == first.seq
            self.note(f"duplicate_of is {'the first' if fits else second.duplicate_of}", ok=fits)


class ConflictingResend(_Resend):
    """Send the same document number again with another quantity."""

    name = "conflicting_resend"
    what = "a WMS repeats a receipt number with another quantity"
    expected = "error DUP; the first stands"
    warehouse = "LEJ"

    def strike(self, original: Message) -> None:
        """Send the number again with one piece more."""
        first, *rest = original.lines
        header = {
            **original.header,
            "message_id": self.wms.next_message_id(),
            "source_seq": self.wms.next_source_seq(self.warehouse),
        }
        message = Message(original.view, header, ({**first, "qty": first["qty"] + 1}, *rest))
        self.touch(self.wms, self.wms.send(message), "second, different", "error", code="DUP")
