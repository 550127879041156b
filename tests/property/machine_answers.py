"""Rules of the state machine for what a WMS does with requests."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.property.machine_base import Exchange, pick
from tests.support.builders import Columns
from tests.support.oracle_book import Delivery, Order, OrderKey

MILESTONES = ("accepted", "picking", "packed", "loaded", "delivered", "put_back")


class AnswerRules(Exchange):
    """Read requests, answer them in the inbox or by document, whole or by line; tell milestones."""

    @rule(data=st.data(), back=st.sampled_from((False, False, False, True)))
    def take(self, data: st.DataObject, back: bool) -> None:
        """Read a delivery: from here on a cancel is a request to its reader. Or lay it back."""
        deliveries = self.open_deliveries("taken" if back else "pending")
        if deliveries:
            self.answer(pick(data, deliveries), "pending" if back else "taken")

    @rule(data=st.data(), state=st.sampled_from(("accepted", "accepted", "refused")))
    def decide(self, data: st.DataObject, state: str) -> None:
        """Answer a delivery in the inbox."""
        deliveries = self.open_deliveries("taken", "taken", "pending")
        if deliveries:
            reason = "NO" if state == "refused" else None
            self.answer(pick(data, deliveries), state, reason)

    @rule(data=st.data(), response=st.sampled_from(("accepted", "partial", "partial", "refused")))
    def respond(self, data: st.DataObject, response: str) -> None:
        """Answer a request with a document, at times one that was answered before."""
        asked = self.open_deliveries("taken", "pending") or self.open_deliveries("accepted")
        asked = [d for d in asked if self._order_of(d) is not None]
        if not asked:
            return
        delivery = pick(data, asked)
        order = self._order_of(delivery)
        assert order is not None
        assert delivery.doc_no is not None
        document = self.wms.order_response(
            self.number("Y"), warehouse=order.key.warehouse, revision=delivery.revision or 1,
            order=(delivery.doc_type, delivery.doc_no), response=response, reason_code="NO",
            lines=self._answers(data, order, delivery) if response == "partial" else [],
        )  # fmt: skip
        self.fact(document)

    def _answers(self, data: st.DataObject, order: Order, delivery: Delivery) -> list[Columns]:
        """Draw answers by line: part of what was asked, or none of it."""
        numbers = sorted({no for no, _, _ in delivery.lines} | order.lines.keys())
        told: list[Columns] = []
        for position, number in enumerate(numbers, start=1):
            qty = pick(data, ("unsaid", None, 0, 1, 3, 10))
            if qty != "unsaid":
                columns = {"line_no": position, "order_line_no": number, "accepted_qty": qty}
                told.append({k: v for k, v in columns.items() if v is not None})
        return told

    def _order_of(self, delivery: Delivery) -> Order | None:
        key = OrderKey(str(delivery.warehouse), delivery.doc_type, str(delivery.doc_no))
        return self.oracle.book.orders.get(key)

    @rule(data=st.data(), milestone=st.sampled_from(MILESTONES))
    def milestone(self, data: st.DataObject, milestone: str) -> None:
        """Tell how far an order is."""
        orders = [o for o in self.orders() if o.key.order_type != "transit_notice"]
        if orders:
            key = pick(data, orders).key
            document = self.wms.order_milestone(
                self.number("M"), warehouse=key.warehouse, milestone=milestone,
                order=(key.order_type, key.order_no),
            )  # fmt: skip
            self.fact(document)
