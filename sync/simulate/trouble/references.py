"""Use what is not known: items, units, codes and warehouses; and quantities that are not exact."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from sync.simulate.company import CRATE_ITEM
from sync.simulate.day import Turn
from sync.simulate.floor import DOCK, Goods
from sync.simulate.inbound import put_down, receipt_line, unpack
from sync.simulate.trouble.base import Trouble
from sync.simulate.truth import StockKey
from sync.simulate.writing import Message, Shape


class UnknownItem(Trouble):
    """Order an item whose master data come hours later."""

    name = "unknown_item"
    what = "an order names an item that the ERP sends two hours later"
    expected = "waiting for the item, then applied by itself and received"

    def schedule(self) -> None:
        """Order at 7, look at 8, send the item at 9; the goods arrive at 11."""
        self._item = next(iter(self.day.company.late_items.values()))
        self._order = self.order((self._item.code, 5, "BOX12"), hour=7, due_hour=11)
        self.day.at(7, Turn.ORDERS, self._order_it)
        self.day.at(8, Turn.FLOOR, self._look)
        self.day.at(9, Turn.ORDERS, self._send_item)

    def _order_it(self) -> None:
        message = self.day.erp.release(self._order)
        self.touch(self.day.erp, message, "order", "applied")

    def _look(self) -> None:
        self.expect_now(self.day.erp, self.touched[0].message, "the order", "waiting", "item:")

    def _send_item(self) -> None:
        self.day.erp.send_item(self._item)

    def verify(self) -> None:
        """Check that the goods were received after all."""
        state = self.order_state()
        self.note(f"order {state}", ok=state == "completed")


class WrongUnit(Trouble):
    """Report goods in a unit that the item does not have yet."""

    name = "wrong_unit"
    what = "a receipt counts in crates that the item master does not know"
    expected = "waiting for the unit, then applied with its exact ratio"
    warehouse = "LEJ"

    def schedule(self) -> None:
        """Order at 7, receive in crates at 9, look at 10, send the unit at 11."""
        self._unit = self.item(CRATE_ITEM).late_units[0]
        order = self.order((CRATE_ITEM, 60, "PCE"), hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, self._receive)
        self.day.at(10, Turn.FLOOR, self._look)
        self.day.at(11, Turn.ORDERS, self._send_unit)

    def _receive(self) -> None:
        work = self.work()
        goods = unpack(self.wms, work, work.lines[1], Fraction(60))[0]
        put_down(self.wms, work, goods)
        line = {**receipt_line(self.wms, goods), "qty": Decimal(3), "uom": self._unit.uom}
        message = self.wms.send(self.receipt([line]))
        self.touch(self.wms, message, "receipt of 3 crates", "applied")

    def _look(self) -> None:
        self.expect_now(
            self.wms, self.touched[0].message, "receipt of 3 crates", "waiting", "item_uom:"
        )

    def _send_unit(self) -> None:
        row = {
            "item_code": CRATE_ITEM,
            "uom": self._unit.uom,
            "numerator": self._unit.numerator,
            "denominator": self._unit.denominator,
        }
        self.day.erp.send_master("item_uom", row)


class InexactQuantity(Trouble):
    """Use a quantity that is not exact in the base unit, in a request and in a fact."""

    name = "inexact_quantity"
    what = "pounds that are no whole number of the smallest part of a kilogram"
    expected = "error UOM; the fact is sent again in kilograms, which supersedes the error"
    _item = "GC-1002"

    def schedule(self) -> None:
        """Order at 7, receive wrongly at 10, correct at 11; sell wrongly at 8."""
        order = self.order((self._item, 100, "LB"), hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(8, Turn.ORDERS, self._sell)
        self.day.at(10, Turn.FLOOR, self._receive)
        self.day.at(11, Turn.FLOOR, self._correct)

    def _sell(self) -> None:
        sale = self.order((self._item, 1, "LB"), hour=8, kind="sales_order")
        message = self.day.erp.release(sale)
        self.touch(self.day.erp, message, "sale of 1 LB", "error", code="UOM")

    def _receive(self) -> None:
        work = self.work()
        # What stands at the dock was weighed in kilograms; the scale's pounds are the mistake.
        self._goods = unpack(self.wms, work, work.lines[1], Fraction("14.969"))[0]
        put_down(self.wms, work, self._goods)
        line = {**receipt_line(self.wms, self._goods), "qty": Decimal(33), "uom": "LB"}
        self._wrong = self.wms.send(self.receipt([line], is_final=True))
        self.touch(self.wms, self._wrong, "receipt of 33 LB", "superseded", code="UOM")

    def _correct(self) -> None:
        self.expect_now(self.wms, self._wrong, "receipt of 33 LB", "error")
        goods = Goods(self._goods.key, self._goods.qty, None, 1, "KG")
        message = self.receipt(
            [dict(receipt_line(self.wms, goods))],
            receipt_no=self._wrong.header["receipt_no"],
            is_final=True,
        )
        self.touch(self.wms, self.wms.send(message), "receipt of 14.969 KG", "applied")


class UnmappedCode(Trouble):
    """Use an item code that the sender's code map does not have."""

    name = "unmapped_code"
    what = "the port WMS scans an item code that its code map does not have"
    expected = "error MAP; the receipt sent again with the right code supersedes it"
    warehouse = "RTM"

    def schedule(self) -> None:
        """Order at 7, receive with a wrong code at 9, correct it at 10."""
        order = self.order(("CR-7011", 12, "PCE"), hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, self._receive)
        self.day.at(10, Turn.FLOOR, self._correct)

    def _receive(self) -> None:
        work = self.work()
        self._goods = unpack(self.wms, work, work.lines[1], Fraction(12))[0]
        put_down(self.wms, work, self._goods)
        right = self.receipt([dict(receipt_line(self.wms, self._goods))])
        wrong_lines = [{**line, "item_code": "7999999"} for line in right.lines]
        self._wrong = self.wms.send(Message(right.view, right.header, wrong_lines))
        self.touch(self.wms, self._wrong, "receipt of 7999999", "superseded", code="MAP")

    def _correct(self) -> None:
        self.expect_now(self.wms, self._wrong, "receipt of 7999999", "error")
        message = self.receipt(
            [dict(receipt_line(self.wms, self._goods))],
            receipt_no=self._wrong.header["receipt_no"],
        )
        self.touch(self.wms, self.wms.send(message), "corrected receipt", "applied")


class ForeignWarehouse(Trouble):
    """Report a receipt in a warehouse of another system."""

    name = "foreign_warehouse"
    what = "the port WMS reports a receipt in Hamburg, which is not its warehouse"
    expected = "error AUT; nothing is booked"
    warehouse = "RTM"

    def schedule(self) -> None:
        """Send it at noon."""
        self.day.at(12, Turn.FLOOR, self._send)

    def _send(self) -> None:
        key = StockKey("RTM", "CR-7012", "", DOCK, "unrestricted")
        line = {**receipt_line(self.wms, Goods(key, Fraction(10))), "reason_code": "SAMPLE"}
        own = self.wms.fact("goods_receipt", "RTM", [line])
        message = Message(own.view, {**own.header, "warehouse_code": "HAM"}, own.lines)
        self.wms.send(message, Shape.MULTI_ROW)
        self.touch(self.wms, message, "receipt in HAM", "error", code="AUT")
