"""Change one's mind late, before and after shipping; deliver more than was ordered."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import ClassVar

from sync.simulate.day import Turn
from sync.simulate.inbound import put_down, receipt_line, unpack
from sync.simulate.plan import Change, Order
from sync.simulate.trouble.base import Trouble
from sync.simulate.truth import StockKey, decimal


class _Cancel(Trouble):
    """Sell at 8 and cancel later, while the warehouse works on the order."""

    cancel_hour: ClassVar[int]
    policy: ClassVar[str] = "put_back"
    end: ClassVar[tuple[str, ...]]
    code: ClassVar[str | None] = None
    final_state: ClassVar[str]
    kind = "sales_order"

    def schedule(self) -> None:
        """Sell at 8; the WMS picks at 9, packs at 10 and ships at 11 unless it puts back."""
        order = self.order(("CR-7002", 18, "PCE"), ("AC-8007", 2, "PCE"), hour=8)
        self.wms.cancel_policy[order.order_no] = self.policy
        self.day.at(8, Turn.ORDERS, lambda: self._sell(order))
        self.day.at(self.cancel_hour, Turn.ORDERS, lambda: self._cancel(order))

    def _sell(self, order: Order) -> None:
        self.touch(self.day.erp, self.day.erp.release(order), "order", "applied")

    def _cancel(self, order: Order) -> None:
        change = Change(self.cancel_hour, "cancel", 1)
        message = self.day.erp.change_order(order, change)
        self.touch(self.day.erp, message, "cancel", *self.end, code=self.code)

    def verify(self) -> None:
        """Check how the order ended."""
        state = self.order_state()
        self.note(f"order {state}", ok=state == self.final_state)


class CancelWhilePicking(_Cancel):
    """Cancel while the warehouse picks; it puts the goods back."""

    name = "cancel_while_picking"
    what = "the ERP cancels an order that is being picked; the WMS puts the goods back"
    expected = "forwarded; applied when the WMS accepts, order cancelled"
    cancel_hour = 10
    end = ("applied",)
    final_state = "cancelled"


class CancelRefused(_Cancel):
    """Cancel while the warehouse picks; it goes on and ships."""

    name = "cancel_refused"
    what = "the ERP cancels an order that is being picked; the WMS refuses and ships"
    expected = "forwarded; refused with the WMS's reason, order completed"
    warehouse = "RTM"
    cancel_hour = 10
    policy = "refuse"
    end = ("refused",)
    final_state = "completed"


class CancelAfterShipping(_Cancel):
    """Cancel after the truck has left."""

    name = "cancel_after_shipping"
    what = "the ERP cancels an order whose truck has left"
    expected = "refused STA, order completed"
    warehouse = "LEJ"
    cancel_hour = 13
    end = ("refused",)
    code = "STA"
    final_state = "completed"


class OverReceipt(Trouble):
    """Receive more than the tolerance of the order line allows."""

    name = "over_receipt"
    what = "120 pieces arrive for an order of 100 with 5 % tolerance"
    expected = "applied; 105 as reported, 15 booked blocked, one QTY task"
    _item = "CR-7014"

    def schedule(self) -> None:
        """Order at 7, receive at 9."""
        order = self.order((self._item, 100, "PCE"), hour=7, over_pct=Decimal(5), manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, self._receive)

    def _receive(self) -> None:
        work = self.work()
        goods = unpack(self.wms, work, work.lines[1], Fraction(120))[0]
        self._parts = put_down(self.wms, work, goods)
        message = self.wms.send(self.receipt([dict(receipt_line(self.wms, goods))]))
        self.touch(self.wms, message, "receipt of 120", "applied")
        self.day.may_owe.add(message.message_id)

    def verify(self) -> None:
        """Check the blocked part, the order's arithmetic and the task."""
        for part in self._parts:
            booked = self._booked(part.key)
            fits = booked == decimal(self.day.truth.quantity(part.key))
            self.note(f"{decimal(part.qty):f} {part.key.status}", ok=fits)
        tasks = self.task_codes(self.status(self.wms, self.touched[0].message).seq)
        fits = len(tasks) == 1 and tasks[0].startswith("QTY")
        self.note(f"tasks: {', '.join(tasks) or 'none'}", ok=fits)

    def _booked(self, key: StockKey) -> Decimal:
        rows = self.day.erp.rows(
            "SELECT qty FROM {}.stock WHERE warehouse_code = %s AND item_code = %s"
            " AND location_code = %s AND stock_status = %s",
            key.warehouse,
            key.item,
            key.location,
            key.status,
        )
        return Decimal(rows[0]["qty"]) if rows else Decimal(0)
