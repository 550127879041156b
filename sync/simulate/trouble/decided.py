"""Let people decide during the day: release a surplus, force the end of an order."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from sync.simulate.day import Turn
from sync.simulate.inbound import put_down, receipt_line, unpack
from sync.simulate.trouble.base import Trouble


class _Decided(Trouble):
    """Order manually at 7; a person resolves the one task of it later."""

    code: str

    def tasks(self) -> list[dict[str, Any]]:
        """Return the tasks of the trouble's order."""
        return self.day.inspect(
            "SELECT * FROM ops.task WHERE code = %s AND order_no = %s", self.code, self.order_no
        )

    def decide(self, decision: str, reason: str) -> None:
        """Resolve the task of the trouble's order; without one the trouble has failed."""
        self.day.until(lambda: bool(self._open()))
        found = self._open()
        if len(found) != 1:
            self.note(f"{len(found)} open tasks {self.code}, expected one", ok=False)
            return
        self.act("ops.resolve_task(%s, %s, %s)", found[0], decision, reason)
        self.day.until(lambda: all(task["state"] != "deciding" for task in self.tasks()))

    def _open(self) -> list[int]:
        return [task["task_id"] for task in self.tasks() if task["state"] == "open"]

    def expect_done(self, decision: str) -> None:
        """Check that the task was carried out as it was decided."""
        found = [(task["state"], task["decision"]) for task in self.tasks()]
        said = ", ".join(" ".join(str(part) for part in task) for task in found)
        self.note(f"task {said or 'none'}", ok=found == [("done", decision)])


class ReleasedSurplus(_Decided):
    """Receive more than the tolerance allows; purchasing accepts it."""

    name = "released_surplus"
    what = "60 pieces arrive for an order of 48 without tolerance; purchasing accepts the surplus"
    expected = "12 booked blocked, task QTY-005; released by a stock_move of crossdock's own"
    code = "QTY-005"

    def schedule(self) -> None:
        """Order at 7, receive at 9, decide at 11."""
        order = self.order(("CR-7011", 48, "PCE"), hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(9, Turn.FLOOR, self._receive)
        self.day.at(11, Turn.FLOOR, self._release)

    def _receive(self) -> None:
        work = self.work()
        goods = unpack(self.wms, work, work.lines[1], Fraction(60))[0]
        self._surplus = put_down(self.wms, work, goods)[1]
        message = self.wms.send(self.receipt([dict(receipt_line(self.wms, goods))]))
        self.touch(self.wms, message, "receipt of 60", "applied", code="QTY-005")

    def _release(self) -> None:
        key = self._surplus.key
        self.wms.floor.carry(self._surplus, key.location, "unrestricted")
        self.decide("release", "the supplier gives a discount")

    def verify(self) -> None:
        """Check the task."""
        self.expect_done("release")


class ForcedClose(_Decided):
    """Say that an order is final while a wrong fact of it is stuck; somebody forces the end."""

    name = "forced_close"
    what = "a final receipt comes, an earlier one is stuck in error; stock control forces the end"
    expected = "closing with STA-010, then ended by force_close; the stuck receipt is discarded"
    warehouse = "RTM"
    code = "STA-010"

    def schedule(self) -> None:
        """Order at 7, receive wrongly at 8 and rightly at 9, force at 11, discard at 13."""
        order = self.order(("CR-7012", 24, "PCE"), hour=7, manual=True)
        self.day.at(7, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(8, Turn.FLOOR, self._receive_wrongly)
        self.day.at(9, Turn.FLOOR, self._receive)
        self.day.at(11, Turn.FLOOR, self._force)
        self.day.at(13, Turn.FLOOR, self._discard)

    def _receive_wrongly(self) -> None:
        work = self.work()
        goods = unpack(self.wms, work, work.lines[1], Fraction(24))[0]
        line = {**receipt_line(self.wms, goods), "qty": Decimal(-6)}
        message = self.wms.send(self.receipt([line]))
        self.touch(self.wms, message, "receipt of -6", "discarded", code="QTY-002")

    def _receive(self) -> None:
        work = self.work()
        goods = unpack(self.wms, work, work.lines[1], Fraction(18))[0]
        put_down(self.wms, work, goods)
        message = self.wms.send(self.receipt([dict(receipt_line(self.wms, goods))], is_final=True))
        self.touch(self.wms, message, "final receipt of 18", "applied")

    def _force(self) -> None:
        state = self.order_state()
        self.note(f"order first {state}", ok=state == "closing")
        self.decide("force_close", "nothing more will come")

    def _discard(self) -> None:
        state = self.order_state()
        self.note(f"order {state}", ok=state == "closed")
        seq = self.seq(self.wms, self.touched[0].message)
        self.act("ops.discard(%s, 'it was never unloaded')", seq)

    def verify(self) -> None:
        """Check the task."""
        self.expect_done("force_close")
