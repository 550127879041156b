"""Let things come late, apart, or in the wrong order."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from sync.simulate.day import Turn
from sync.simulate.erp import VERSIONS_PER_DAY
from sync.simulate.floor import DOCK, Goods
from sync.simulate.inbound import put_down, receipt_line, unpack
from sync.simulate.trouble.base import Trouble
from sync.simulate.truth import StockKey
from sync.simulate.writing import Message, insert


class OutOfOrderRevisions(Trouble):
    """Send revision 3 of an order before revision 2, and a newer item before an older."""

    name = "out_of_order_revisions"
    what = "revision 3 of an order arrives before revision 2, item version 3 before 2"
    expected = "the older ones are superseded, the WMS receives what revision 3 says"
    warehouse = "LEJ"

    def schedule(self) -> None:
        """Send all of it at 8; the WMS works the order as usual."""
        self.day.at(8, Turn.ORDERS, self._send)

    def _send(self) -> None:
        erp = self.day.erp
        newer = replace(self.order(("CR-7006", 48, "PCE"), hour=8), revision=3)
        older = replace(self.order(("CR-7006", 24, "PCE"), hour=8), revision=2)
        self.touch(erp, erp.release(newer), "revision 3", "applied")
        self.touch(erp, erp.release(older), "revision 2", "superseded")
        item = self.item("CR-7006")
        row = {"item_code": item.code, "base_uom": item.base_uom}
        row_3 = {**row, "description": f"{item.description}, new design"}
        row_2 = {**row, "description": f"{item.description}, trial"}
        base = VERSIONS_PER_DAY * self.day.options.ordinal
        self.touch(erp, erp.send_master("item", row_3, base + 3), "newer item", "applied")
        self.touch(erp, erp.send_master("item", row_2, base + 2), "older item", "superseded")

    def verify(self) -> None:
        """Check that the order counts as revision 3 and was received in full."""
        lines = self.order_lines()
        fits = [(line["revision"], line["done_qty"]) for line in lines] == [(3, 48)]
        said = ", ".join(f"revision {line['revision']} done {line['done_qty']:f}" for line in lines)
        self.note(f"order: {said or 'not found'}", ok=fits)


class MissingLines(Trouble):
    """Commit a header and two of three lines; the third comes hours later."""

    name = "missing_lines"
    what = "a receipt says three lines, the third is written three hours later"
    expected = "received, waiting for lines; applied when the third is there"
    warehouse = "LEJ"

    def schedule(self) -> None:
        """Order at 7, send two lines at 9, look at 10, send the third at 12."""
        items = (("TE-4003", 24, "PCE"), ("CR-7010", 12, "PCE"), ("AC-8010", 1, "BOX12"))
        order = self.order(*items, hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, self._send_two)
        self.day.at(10, Turn.FLOOR, self._look)
        self.day.at(12, Turn.FLOOR, self._send_third)

    def _send_two(self) -> None:
        work = self.work()
        arrived = [
            goods
            for line in work.lines.values()
            for goods in unpack(self.wms, work, line, line.ordered)
        ]
        for goods in arrived:
            put_down(self.wms, work, goods)
        lines = [dict(receipt_line(self.wms, goods)) for goods in arrived]
        self._whole = self.receipt(lines, line_count=3)
        self.wms.send(Message(self._whole.view, self._whole.header, self._whole.lines[:2]))
        self.touch(self.wms, self._whole, "receipt of three lines", "applied")

    def _look(self) -> None:
        self.expect_now(self.wms, self._whole, "with two lines", "received", "lines")

    def _send_third(self) -> None:
        third = self._whole.full_lines()[2]
        insert(self.wms.connection, self.wms.schema, "goods_receipt_line", [third])


class LateFact(Trouble):
    """Receive goods for an order that has not arrived yet."""

    name = "late_fact"
    what = "a receipt arrives three hours before its order"
    expected = "waiting for the order, then applied"
    warehouse = "RTM"

    def schedule(self) -> None:
        """Receive at 8, look at 9, send the order at 11."""
        self.day.at(8, Turn.FLOOR, self._receive)
        self.day.at(9, Turn.FLOOR, self._look)
        self.day.at(11, Turn.ORDERS, self._send_order)

    def _receive(self) -> None:
        key = StockKey(self.warehouse, "CR-7001", "", DOCK, "unrestricted")
        goods = Goods(key, Fraction(72), None, 1, "BOX12")
        self.wms.floor.put(goods)
        message = self.wms.send(self.receipt([dict(receipt_line(self.wms, goods))]))
        self.touch(self.wms, message, "receipt", "applied")

    def _look(self) -> None:
        self.expect_now(self.wms, self.touched[0].message, "receipt", "waiting", "order:")

    def _send_order(self) -> None:
        order = self.order(("CR-7001", 72, "PCE"), hour=11, manual=True)
        self.touch(self.day.erp, self.day.erp.release(order), "its order", "applied")

    def verify(self) -> None:
        """Check that the order knows its receipt."""
        state = self.order_state()
        self.note(f"order {state}", ok=state == "completed")


class MoveBeforeReceipt(Trouble):
    """Put goods away, in the messages, before they were received."""

    name = "move_before_receipt"
    what = "the put-away of a receipt is written an hour before the receipt itself"
    expected = "waiting for the stock, then applied"

    def schedule(self) -> None:
        """Order at 7, move at 9, look at 10 and send the receipt."""
        order = self.order(("SY-5002", 30, "PCE"), hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, self._move)
        self.day.at(10, Turn.FLOOR, self._receive)

    def _move(self) -> None:
        work = self.work()
        self._goods = unpack(self.wms, work, work.lines[1], Fraction(30))[0]
        put_down(self.wms, work, self._goods)
        self._receipt = self.receipt([dict(receipt_line(self.wms, self._goods))])
        after = self.wms.floor.carry(self._goods, "C-08-2", self._goods.key.status)
        line = {
            **self.wms.quantity(after),
            "from_location_code": DOCK,
            "to_location_code": "C-08-2",
            "from_stock_status": after.key.status,
        }
        message = self.wms.report("stock_move", self.warehouse, [line], order_no=self.order_no)
        self.touch(self.wms, message, "put-away", "applied")

    def _receive(self) -> None:
        self.expect_now(self.wms, self.touched[0].message, "put-away", "waiting", "stock")
        self.touch(self.wms, self.wms.send(self._receipt), "receipt", "applied")
