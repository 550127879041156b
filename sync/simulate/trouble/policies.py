"""Let one warehouse book below zero for a while, by a policy that a DBA sets."""

from __future__ import annotations

from fractions import Fraction

from sync.simulate.day import Turn
from sync.simulate.floor import DOCK
from sync.simulate.inbound import put_down, receipt_line, unpack
from sync.simulate.trouble.base import Trouble


class BelowZero(Trouble):
    """Put goods away before their receipt is reported, where the policy says: post."""

    name = "below_zero"
    what = "a put-away comes before its receipt where the DBA has set negative_stock to post"
    expected = "applied at once below zero, task QTY-006, which the receipt settles"
    warehouse = "LEJ"
    _item = "TE-4005"

    def schedule(self) -> None:
        """Order at 13, set the policy and move at 14, receive at 15, take the policy back at 16."""
        order = self.order((self._item, 24, "PCE"), hour=13, manual=True)
        self.day.at(13, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(14, Turn.ORDERS, lambda: self._set_policy("post", "the scanners are down"))
        self.day.at(14, Turn.FLOOR, self._move)
        self.day.at(15, Turn.FLOOR, self._receive)
        self.day.at(16, Turn.FLOOR, lambda: self._set_policy("default", "the scanners are back"))

    def _set_policy(self, value: str, reason: str) -> None:
        self.act(
            "ops.set_policy('warehouse', %s, 'negative_stock', %s, %s)",
            self.warehouse,
            value,
            reason,
        )
        self.note(f"DBA sets negative_stock to {value}")

    def _move(self) -> None:
        work = self.work()
        goods = unpack(self.wms, work, work.lines[1], Fraction(24))[0]
        put_down(self.wms, work, goods)
        self._receipt = self.receipt([dict(receipt_line(self.wms, goods))])
        after = self.wms.floor.carry(goods, "C-08-2", goods.key.status)
        line = {
            **self.wms.quantity(after),
            "from_location_code": DOCK,
            "to_location_code": "C-08-2",
        }
        message = self.wms.report("stock_move", self.warehouse, [line], order_no=self.order_no)
        self.touch(self.wms, message, "put-away", "applied", code="QTY-006")

    def _receive(self) -> None:
        self.expect_now(self.wms, self.touched[0].message, "put-away", "applied")
        self.touch(self.wms, self.wms.send(self._receipt), "receipt", "applied")

    def verify(self) -> None:
        """Check the task and the order."""
        tasks = self.task_codes(self.seq(self.wms, self.touched[0].message))
        state = self.order_state()
        said = f"order {state}; task {', '.join(tasks)}"
        self.note(said, ok=state == "completed" and tasks == ["QTY-006"])
