"""Say that an order is final while facts of it are not applied."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from sync.simulate.day import Turn
from sync.simulate.inbound import put_down, receipt_line, unpack
from sync.simulate.trouble.base import Trouble


class ClosingOrder(Trouble):
    """Receive on a place that nobody knows yet, then say that the order is complete."""

    name = "closing_order"
    what = "a final receipt comes while an earlier one waits for a place that is not known yet"
    expected = "the order is closing with the task STA-010, and ends by itself later"

    def schedule(self) -> None:
        """Order at 7, receive at 9 and 10, look at 11, send the place at 12."""
        order = self.order(("CR-7008", 48, "PCE"), ("AC-8003", 24, "PCE"), hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, lambda: self._receive(1, self.place))
        self.day.at(10, Turn.FLOOR, lambda: self._receive(2))
        self.day.at(11, Turn.FLOOR, self._look)
        self.day.at(12, Turn.ORDERS, self._send_place)

    @property
    def place(self) -> str:
        """Return the code of the new place, another one each day."""
        return f"N-{self.day.options.tag}"

    def _receive(self, line_no: int, place: str | None = None) -> None:
        work = self.work()
        line = work.lines[line_no]
        goods = unpack(self.wms, work, line, Fraction(line.ordered))[0]
        if place:
            goods = replace(goods, key=goods.key._replace(location=place))
        put_down(self.wms, work, goods)
        message = self.wms.send(
            self.receipt([dict(receipt_line(self.wms, goods))], is_final=place is None or None)
        )
        self.touch(self.wms, message, f"receipt of line {line_no}", "applied")

    def _look(self) -> None:
        self.expect_now(
            self.wms, self.touched[0].message, "receipt of line 1", "waiting", "location:"
        )
        asked = self.day.until(lambda: [task["state"] for task in self._tasks()] == ["open"])
        state = self.order_state()
        fits = asked and state == "closing"
        self.note(f"order first {state}", ok=fits)

    def _send_place(self) -> None:
        row = {
            "warehouse_code": self.warehouse,
            "location_code": self.place,
            "zone": "N",
            "kind": "storage",
        }
        self.day.erp.send_master("location", row)

    def _tasks(self) -> list[dict[str, Any]]:
        return self.day.inspect(
            "SELECT state, decision FROM ops.task WHERE code = 'STA-010' AND order_no = %s",
            self.order_no,
        )

    def verify(self) -> None:
        """Check that the order has ended and that nobody had to decide."""
        state = self.order_state()
        fits = self._tasks() == [{"state": "done", "decision": "moot"}]
        self.note(f"order {state}", ok=state == "completed" and fits)
