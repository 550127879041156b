"""Rules of the state machine for what an ERP asks and what a WMS answers."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.property.machine_base import ITEMS, LANES, Exchange, pick
from tests.property.machine_goods import UNITS
from tests.property.planner import WMS_OF
from tests.support.builders import Document, LineSpec, line
from tests.support.builders_send import Shape
from tests.support.oracle_book import Delivery

QTY = st.integers(1, 20)
TYPES = ("purchase_order", "sales_order", "customer_return", "supplier_return", "transfer_order")
FACTLESS = ("released", "in_work")


class OrderRules(Exchange):
    """Send requests, read them, answer them."""

    def _wanted(self, data: st.DataObject, order_type: str) -> list[LineSpec]:
        chosen = data.draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3))
        has_tolerance = order_type in ("purchase_order", "sales_order")
        told: list[LineSpec] = []
        for item in chosen:
            over = pick(data, (None, 10)) if has_tolerance else None
            under = pick(data, (None, 50)) if has_tolerance else None
            qty = data.draw(QTY) if item != "S" else data.draw(st.integers(1, 3))
            uom = UNITS.get(item) if data.draw(st.integers(0, 9)) == 9 else None
            told.append(line(item, qty, uom, over_tolerance_pct=over, under_tolerance_pct=under))
        return told

    def _order(
        self, data: st.DataObject, order_type: str, order_no: str, warehouse: str, revision: int
    ) -> Document:
        more = {}
        if order_type == "transfer_order":
            more["to"] = next(w for w in LANES if w != warehouse)
        build = getattr(self.erp, order_type)
        lines = self._wanted(data, order_type)
        document = build(order_no, warehouse=warehouse, lines=lines, revision=revision, **more)
        assert isinstance(document, Document)
        return document

    @rule(data=st.data(), shape=st.sampled_from(list(Shape)))
    def order(self, data: st.DataObject, shape: Shape) -> None:
        """Release a new order."""
        order_type, warehouse = pick(data, TYPES), pick(data, LANES)
        self.send("ERP", self._order(data, order_type, self.number("O"), warehouse, 1), shape)

    @initialize(data=st.data(), kinds=st.integers(1, 5))
    def begin(self, data: st.DataObject, kinds: int) -> None:
        """Begin with some orders."""
        for _ in range(kinds):
            self.order(data, Shape.TOGETHER)
        self.production(data, 5)

    @rule(data=st.data(), made=QTY)
    def production(self, data: st.DataObject, made: int) -> None:
        """Release a production order."""
        warehouse, lines = pick(data, LANES), self._wanted(data, "production_order")
        build = self.erp.production_order
        self.send(
            "ERP", build(self.number("O"), warehouse=warehouse, product=("P", made), lines=lines)
        )

    @rule(data=st.data(), wrong=st.sampled_from(("item", "supplier")), arrives=st.booleans())
    def order_ahead_of_its_master(self, data: st.DataObject, wrong: str, arrives: bool) -> None:
        """Order an item or from a supplier that is not known yet."""
        warehouse, code = pick(data, LANES), self.number("NEW")
        item, supplier = (code, "SUP") if wrong == "item" else ("A", code)
        order = self.erp.purchase_order(
            self.number("O"), warehouse=warehouse, lines=[(item, 5)], supplier=supplier
        )
        self.send("ERP", order)
        if arrives:
            self.settle_now(data)
            master = self.erp.item(code) if wrong == "item" else self.erp.party(code, "supplier")
            self.send("ERP", master)

    def settle_now(self, data: st.DataObject) -> None:
        """Work off what is due, sometimes."""
        if data.draw(st.booleans()):
            self.compare_after_settling()

    def compare_after_settling(self) -> None:
        """Settle and compare; overridden where the ways are drawn."""

    @rule(data=st.data(), up=st.integers(-1, 2))
    def revise(self, data: st.DataObject, up: int) -> None:
        """Send another revision of an order on which no goods have moved."""
        orders = [
            o for o in self.orders(*TYPES)
            if not any(each.done for each in o.lines.values()) and o.state() != "refused"
            and not self._is_asked(o.key.order_no)
        ]  # fmt: skip
        if not orders:
            return
        order = pick(data, orders)
        revision = max(1, order.revision + up)
        warehouse, order_type, order_no = order.key
        self.send("ERP", self._order(data, order_type, order_no, warehouse, revision))

    @rule(
        data=st.data(), action=st.sampled_from(("cancel", "cancel", "close")), named=st.booleans()
    )
    def end(self, data: st.DataObject, action: str, named: bool) -> None:
        """Cancel or close an order, as the ERP knows it."""
        orders = [
            o for o in self.orders()
            if o.action == "upsert" and o.state() != "refused"
            and not self._is_asked(o.key.order_no) and o.key.order_type != "transit_notice"
        ]  # fmt: skip
        if not orders:
            return
        order = pick(data, orders)
        warehouse, order_type, order_no = order.key
        revision = order.revision if named else None
        if action == "close" and self.oracle.unapplied(order.key):
            return
        build = getattr(self.erp, action)
        self.send("ERP", build(order_type, order_no, warehouse=warehouse, revision=revision))

    def _is_asked(self, order_no: str) -> bool:
        return any(
            m.forwarded is not None and m.state == "waiting" and m.document.number == order_no
            for m in self.oracle.messages
        )

    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        """Read a delivery: from here on a cancel is a request to its reader."""
        deliveries = self.open_deliveries("pending")
        if deliveries:
            self.answer(pick(data, deliveries), "taken")

    @rule(data=st.data(), state=st.sampled_from(("accepted", "accepted", "refused")))
    def decide(self, data: st.DataObject, state: str) -> None:
        """Answer a delivery in the inbox."""
        deliveries = [
            d for d in self.open_deliveries("taken")
            if state == "accepted" or d.message.forwarded is d or self._is_untouched(d.doc_no)
        ]  # fmt: skip
        if deliveries:
            reason = "NO" if state == "refused" else None
            self.answer(pick(data, deliveries), state, reason)

    def _is_untouched(self, order_no: str | None) -> bool:
        return not any(
            each.done
            for o in self.oracle.book.orders.values()
            if o.key.order_no == order_no
            for each in o.lines.values()
        )

    @rule(data=st.data(), response=st.sampled_from(("accepted", "refused")))
    def respond(self, data: st.DataObject, response: str) -> None:
        """Answer a forwarded request with a document."""
        asked = self._respond_targets()
        if not asked:
            return
        delivery = pick(data, asked)
        assert delivery.warehouse is not None
        assert delivery.doc_no is not None
        assert delivery.revision is not None
        document = self.wms.order_response(
            self.number("Y"), warehouse=delivery.warehouse, revision=delivery.revision,
            order=(delivery.doc_type, delivery.doc_no), response=response, reason_code="NO",
        )  # fmt: skip
        self.fact(document)

    def _respond_targets(self) -> list[Delivery]:
        """Return the forwarded requests that a document can answer without a doubt.

        A document names a revision only: while the release of that revision is unanswered too, a
        warehouse answers in its inbox.
        """
        asked = [m.forwarded for m in self.oracle.messages if m.forwarded and m.state == "waiting"]
        return [delivery for delivery in asked if len(self._unanswered(delivery)) == 1]

    def _unanswered(self, delivery: Delivery) -> list[Delivery]:
        return [
            other
            for other in self.oracle.book.deliveries
            if other.state in ("pending", "taken")
            and (other.warehouse, other.doc_no, other.revision)
            == (delivery.warehouse, delivery.doc_no, delivery.revision)
        ]

    def milestone(self, data: st.DataObject, milestone: str) -> None:
        """Tell how far an order is."""
        orders = [o for o in self.orders() if o.key.order_type != "transit_notice"]
        if not orders:
            return
        key = pick(data, orders).key
        order = (key.order_type, key.order_no)
        self.fact(
            self.wms.order_milestone(
                self.number("M"), warehouse=key.warehouse, order=order, milestone=milestone
            )
        )

    def version(self, data: st.DataObject, version: int, code: str) -> None:
        """Send a version of a party, newer or older than the one in force, or another content."""
        role = {"SUP": "supplier", "CUS": "customer"}[code]
        name = pick(data, ("One", "Two"))
        self.send("ERP", self.erp.party(code, role, version=version, name=name))


assert set(LANES) <= set(WMS_OF)
