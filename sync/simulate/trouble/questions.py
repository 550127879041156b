"""Change orders while the warehouse works on them: unread questions, answers by line, refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from sync.simulate import outbound
from sync.simulate.actor import InboxRow
from sync.simulate.day import Turn
from sync.simulate.plan import Change, Order
from sync.simulate.trouble.base import Trouble
from sync.simulate.wms import Work
from sync.simulate.writing import Message, Row


class _Revision(Trouble):
    """Sell at 8; the WMS reads it, picks at 9, packs at 10 and ships at 11."""

    kind = "sales_order"

    def sell(self, *lines: tuple[str, int, str]) -> Order:
        """Plan the release of a sales order at 8."""
        order = self.order(*lines, hour=8)
        self.day.at(8, Turn.ORDERS, lambda: self.day.erp.release(order))
        return order

    def revise(self, order: Order, revision: int, *quantities: int) -> Message:
        """Send a new revision with other quantities, one for each line."""
        lines = tuple(
            replace(line, qty=Decimal(qty))
            for line, qty in zip(order.lines, quantities, strict=True)
        )
        change = Change(self.day.hour, "upsert", revision, lines)
        return self.day.erp.change_order(order, change)

    def expect_lines(self, state: str, *done: int) -> None:
        """Check the state of the order and what was done on each line."""
        lines = self.order_lines()
        found = self.order_state(), [int(line["done_qty"]) for line in lines]
        quantities = "; ".join(
            f"line {line['line_no']} {line['ordered_qty'].normalize():f} ordered,"
            f" {line['done_qty'].normalize():f} done"
            for line in lines
        )
        self.note(f"order {found[0]}: {quantities}", ok=found == (state, list(done)))


class UnreadQuestion(_Revision):
    """Ask for less, then for still less before anybody has read the first question."""

    name = "unread_question"
    what = "the ERP asks for 8 of 12, then for 6, before the WMS has read the first question"
    expected = "the unread question is superseded, the WMS answers only the newer one"

    def schedule(self) -> None:
        """Sell at 8; both questions at 9, before the WMS reads its inbox."""
        self._order = self.sell(("CR-7003", 12, "PCE"))
        self.day.at(9, Turn.ORDERS, self._ask_twice)

    def _ask_twice(self) -> None:
        erp = self.day.erp
        first = self.revise(self._order, 2, 8)
        self.touch(erp, first, "12 to 8", "superseded")
        self.day.settle()
        self.expect_now(erp, first, "12 to 8", "waiting", "answer:")
        self.touch(erp, self.revise(self._order, 3, 6), "12 to 6", "applied")

    def verify(self) -> None:
        """Check that the newest revision was agreed and shipped."""
        self.expect_lines("completed", 6)


class AnsweredByLine(_Revision):
    """Ask for less of two lines; the warehouse keeps one of them as it is."""

    name = "answered_by_line"
    what = "a revision takes from two lines of an order in picking; the WMS agrees to one"
    expected = "applied for line 2; line 1 stays as it was, with the warning STA-008"
    warehouse = "LEJ"

    def schedule(self) -> None:
        """Sell at 8, ask at 10, while it is being packed."""
        order = self.sell(("CR-7004", 10, "PCE"), ("CR-7009", 8, "PCE"))
        self.wms.by_hand[self.order_no] = self._answer
        self.day.at(
            10,
            Turn.ORDERS,
            lambda: self.touch(
                self.day.erp, self.revise(order, 2, 4, 3), "revision 2", "applied", code="STA-008"
            ),
        )

    def _answer(self, work: Work, row: InboxRow, body: Sequence[Row]) -> None:
        """Refuse line 1, which is in the parcel; put back what line 2 has too much."""
        work.revision = row.revision or work.revision
        kept = [goods for goods in work.picked if goods.line_no == 1]
        for goods in work.picked:
            if goods.line_no == 2:
                self.wms.floor.release(goods)
        line = work.lines[2]
        line.ordered = next(Fraction(one["qty"]) for one in body if one["line_no"] == 2)
        found = self.wms.floor.reserve(
            work.warehouse, line.item, line.ordered, line_no=2, uom=line.uom
        )
        work.picked = kept + found
        refused = [{"order_line_no": 1, "accepted_qty": None, "reason_code": "PACKED"}]
        outbound.respond(self.wms, work, "partial", lines=refused)

    def verify(self) -> None:
        """Check that each line stands as it was agreed."""
        self.expect_lines("completed", 10, 3)


class ToldAndRefused(_Revision):
    """Ask for more while the order is picked: nobody is asked, and the warehouse cannot."""

    name = "told_and_refused"
    what = "the ERP raises an order in picking, which needs no answer; the WMS says no all the same"
    expected = "applied; task STA-012, until the ERP closes the order short"
    warehouse = "RTM"

    def schedule(self) -> None:
        """Sell at 8, raise at 10, ship at 11, close at 14."""
        order = self.sell(("CR-7013", 6, "PCE"))
        self.wms.by_hand[self.order_no] = self._answer
        self.day.at(10, Turn.ORDERS, lambda: self._raise(order))
        self.day.at(14, Turn.ORDERS, lambda: self._close(order))

    def _raise(self, order: Order) -> None:
        message = self.revise(order, 2, 9)
        self.touch(self.day.erp, message, "6 to 9", "applied")
        self.day.may_owe.add(message.message_id)

    def _answer(self, _work: Work, row: InboxRow, _body: Sequence[Row]) -> None:
        self.wms.refuse(row.delivery_id, "WAVE CLOSED", "the parcel is packed")

    def _close(self, order: Order) -> None:
        message = self.day.erp.change_order(order, Change(14, "close", 2))
        self.touch(self.day.erp, message, "close", "applied")

    def verify(self) -> None:
        """Check that the order ended short and that the task stands."""
        self.expect_lines("closed", 6)
        tasks = self.task_codes(self.seq(self.day.erp, self.touched[0].message))
        self.note(f"task {', '.join(tasks)}", ok=tasks == ["STA-012"])


class ShippedAfterCancel(Trouble):
    """Cancel an order; the warehouse agrees, and a parcel leaves all the same."""

    name = "shipped_after_cancel"
    what = "the WMS agrees to a cancel, and then the parcel leaves all the same"
    expected = "the fact is posted, the line is done_after_cancel, task STA-005"
    warehouse = "LEJ"
    kind = "sales_order"

    def schedule(self) -> None:
        """Sell at 12, cancel at 13, ship at 14."""
        order = self.order(("CR-7015", 5, "PCE"), hour=12, manual=True)
        self.day.at(12, Turn.ORDERS, lambda: self.day.erp.release(order))
        self.day.at(13, Turn.ORDERS, lambda: self._cancel(order))
        self.day.at(14, Turn.FLOOR, self._ship)

    def _cancel(self, order: Order) -> None:
        message = self.day.erp.change_order(order, Change(13, "cancel", 1))
        self.touch(self.day.erp, message, "cancel", "applied")

    def _ship(self) -> None:
        work = self.work()
        line = work.lines[1]
        parcel = self.wms.floor.reserve(
            work.warehouse, line.item, line.ordered, line_no=1, uom=line.uom
        )
        message = outbound.ship(self.wms, work, parcel, final=False)
        self.touch(self.wms, message, "shipment", "applied")
        self.day.may_owe.add(message.message_id)

    def verify(self) -> None:
        """Check the line and the task."""
        states = [(line["state_of_line"], line["done_qty"]) for line in self.order_lines()]
        self.note(
            f"line {states[0][0]}" if states else "no line", ok=states == [("done_after_cancel", 5)]
        )
        tasks = self.task_codes(self.seq(self.wms, self.touched[1].message))
        self.note(f"task {', '.join(tasks)}", ok="STA-005" in tasks)
