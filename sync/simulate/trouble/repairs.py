"""Let a DBA mend messages: amend, requeue, discard, hold and release."""

from __future__ import annotations

from fractions import Fraction

from sync.simulate.day import Turn
from sync.simulate.floor import DOCK, Goods
from sync.simulate.inbound import put_down, receipt_line, unpack
from sync.simulate.trouble.base import Trouble
from sync.simulate.truth import StockKey
from sync.simulate.writing import Message


class AmendedMessage(Trouble):
    """Send a receipt with a minus; the DBA corrects it in a version of its own."""

    name = "amended_message"
    what = "a receipt says -24 pieces; the WMS cannot send it again, so the DBA amends it to 24"
    expected = "error QTY-002; superseded by the amended version, which is applied"

    def schedule(self) -> None:
        """Order at 7, receive at 9, amend and release at 10."""
        order = self.order(("CR-7016", 24, "PCE"), hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, self._receive)
        self.day.at(10, Turn.FLOOR, self._amend)

    def _receive(self) -> None:
        work = self.work()
        goods = unpack(self.wms, work, work.lines[1], Fraction(24))[0]
        put_down(self.wms, work, goods)
        line = {**receipt_line(self.wms, goods), "qty": -24}
        self._wrong = self.wms.send(self.receipt([line]))
        self.touch(self.wms, self._wrong, "receipt of -24", "superseded", code="QTY-002")

    def _amend(self) -> None:
        self.expect_now(self.wms, self._wrong, "receipt of -24", "error")
        seq = self.seq(self.wms, self._wrong)
        made = self.act("ops.amend(%s, 1, 'qty', '24', 'the minus is a typing error')", seq)
        self.act("ops.release(%s, 'checked on the delivery note')", made)
        header = {**self._wrong.header, "message_id": f"{self._wrong.header['message_id']}~1"}
        amended = Message(self._wrong.view, header, self._wrong.lines)
        self.touch(self.wms, amended, "amended version", "applied")

    def verify(self) -> None:
        """Check that the order has its goods."""
        state = self.order_state()
        self.note(f"order {state}", ok=state == "completed")


class RequeuedMessage(Trouble):
    """Use a code without mapping; the mapping is added, and the DBA requeues the message."""

    name = "requeued_message"
    what = "a new label is missing in the code map; the ERP adds it, the DBA requeues the receipt"
    expected = "error MAP-001, then applied; nobody sends it again"
    warehouse = "RTM"

    def schedule(self) -> None:
        """Order at 7, receive at 9, add the code at 11, requeue at 12."""
        order = self.order(("CR-7006", 12, "PCE"), hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, self._receive)
        self.day.at(11, Turn.ORDERS, self._add_code)
        self.day.at(12, Turn.ORDERS, self._requeue)

    @property
    def label(self) -> str:
        """Return the new external code, another one each day."""
        return f"NEW-{self.day.options.tag}"

    def _receive(self) -> None:
        work = self.work()
        goods = unpack(self.wms, work, work.lines[1], Fraction(12))[0]
        put_down(self.wms, work, goods)
        known = self.receipt([dict(receipt_line(self.wms, goods))])
        lines = [{**line, "item_code": self.label} for line in known.lines]
        message = self.wms.send(Message(known.view, known.header, tuple(lines)))
        self.touch(self.wms, message, f"receipt of {self.label}", "applied", code="MAP-001")

    def _add_code(self) -> None:
        row = {
            "system_code": self.wms.login.system,
            "domain": "item",
            "external_code": self.label,
            "canonical_code": "CR-7006",
        }
        self.day.erp.send_master("code_map", row)

    def _requeue(self) -> None:
        message = self.touched[0].message
        self.expect_now(self.wms, message, f"receipt of {self.label}", "error")
        self.act("ops.requeue(%s, 'the code map has the label now')", self.seq(self.wms, message))

    def verify(self) -> None:
        """Check that the order has its goods."""
        state = self.order_state()
        self.note(f"order {state}", ok=state == "completed")


class DiscardedMessage(Trouble):
    """Report a move from a place to the same place; the DBA discards it."""

    name = "discarded_message"
    what = "a WMS reports a move that moves nothing; the DBA discards it"
    expected = "error STA-002, then discarded; nothing is booked"

    def schedule(self) -> None:
        """Send it at 13, discard it at 14."""
        self.day.at(13, Turn.FLOOR, self._move)
        self.day.at(14, Turn.FLOOR, self._discard)

    def _move(self) -> None:
        key = StockKey(self.warehouse, "CR-7001", "", DOCK, "unrestricted")
        line = {**self.wms.quantity(Goods(key, Fraction(3))), "from_location_code": DOCK}
        message = self.wms.report("stock_move", self.warehouse, [line])
        self.touch(self.wms, message, "move", "discarded", code="STA-002")

    def _discard(self) -> None:
        message = self.touched[0].message
        self.expect_now(self.wms, message, "move", "error")
        self.act("ops.discard(%s, 'a test of the scanner')", self.seq(self.wms, message))


class HeldMessage(Trouble):
    """Hold a receipt that waits; its order comes, and it waits on until it is released."""

    name = "held_message"
    what = "the DBA holds a receipt until its delivery note is checked, and then releases it"
    expected = "waiting, held although its order has come, then applied"
    warehouse = "LEJ"

    def schedule(self) -> None:
        """Receive at 9, hold at 10, order at 11, release at 12."""
        self.day.at(9, Turn.FLOOR, self._receive)
        self.day.at(10, Turn.FLOOR, self._hold)
        self.day.at(11, Turn.ORDERS, self._order)
        self.day.at(12, Turn.ORDERS, self._release)

    def _receive(self) -> None:
        key = StockKey(self.warehouse, "CR-7007", "", DOCK, "unrestricted")
        goods = Goods(key, Fraction(36), None, 1, "PCE")
        self.wms.floor.put(goods)
        message = self.wms.send(self.receipt([dict(receipt_line(self.wms, goods))]))
        self.touch(self.wms, message, "receipt", "applied")

    def _hold(self) -> None:
        message = self.touched[0].message
        self.expect_now(self.wms, message, "receipt", "waiting", "order:")
        self.act("ops.hold(%s, 'the delivery note is checked')", self.seq(self.wms, message))

    def _order(self) -> None:
        order = self.order(("CR-7007", 36, "PCE"), hour=11, manual=True)
        self.touch(self.day.erp, self.day.erp.release(order), "its order", "applied")

    def _release(self) -> None:
        message = self.touched[0].message
        self.expect_now(self.wms, message, "receipt", "held")
        self.act("ops.release(%s, 'the delivery note is right')", self.seq(self.wms, message))

    def verify(self) -> None:
        """Check that the order knows its receipt."""
        state = self.order_state()
        self.note(f"order {state}", ok=state == "completed")
