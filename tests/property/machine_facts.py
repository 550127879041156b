"""Rules of the state machine for what a WMS reports."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.property.machine_base import PLACES, pick
from tests.property.machine_goods import QTY, GoodsRules
from tests.property.touches import LANES
from tests.support.builders import line
from tests.support.builders_send import Shape
from tests.support.oracle_book import Order


class FactRules(GoodsRules):
    """Report facts: expected ones, surprising ones, wrong ones."""

    @rule(
        data=st.data(),
        shape=st.sampled_from(list(Shape)),
        final=st.sampled_from((None, None, True)),
    )
    def receive(self, data: st.DataObject, shape: Shape, final: bool | None) -> None:
        """Receive for an order, for none, or for one that is not known."""
        orders = self.orders("purchase_order", "customer_return", "transit_notice")
        self._report(data, "goods_receipt", orders, shape, final=final)

    @rule(
        data=st.data(),
        shape=st.sampled_from(list(Shape)),
        final=st.sampled_from((None, None, True)),
    )
    def ship(self, data: st.DataObject, shape: Shape, final: bool | None) -> None:
        """Ship for an order, for none, whether the stock is there or not."""
        orders = self.orders("sales_order", "supplier_return", "transfer_order")
        self._report(data, "shipment", orders, shape, final=final)

    @rule(data=st.data(), final=st.sampled_from((None, None, True)))
    def issue(self, data: st.DataObject, final: bool | None) -> None:
        """Issue components."""
        orders = self.orders("production_order")
        if orders:
            order = pick(data, orders)
            told = self.goods_of(data, order)
            for columns in told:
                del columns["reason_code"]  # the contract's issue lines have none
            document = self.wms.material_issue(
                self.number("F"), warehouse=order.key.warehouse, order_no=order.key.order_no,
                seq=self.seq(order.key.warehouse), lines=told, final=final,
            )  # fmt: skip
            self.fact(document)

    @rule(data=st.data(), final=st.sampled_from((None, None, True)), qty=QTY)
    def make(self, data: st.DataObject, final: bool | None, qty: int) -> None:
        """Receive a product from production."""
        orders = self.orders("production_order")
        if orders:
            order = pick(data, orders)
            told = [line("P", qty, location_code=pick(data, PLACES))]
            document = self.wms.production_receipt(
                self.number("F"), warehouse=order.key.warehouse, order_no=order.key.order_no,
                seq=self.seq(order.key.warehouse), final=final,
                lines=[] if final and data.draw(st.booleans()) else told,
            )  # fmt: skip
            self.fact(document)

    def _report(
        self,
        data: st.DataObject,
        view: str,
        orders: list[Order],
        shape: Shape,
        *,
        final: bool | None,
    ) -> None:
        warehouse, named = pick(data, LANES), None
        kind = pick(data, ("order", "order", "order", "order", "none", "unknown"))
        lines = self.goods_of(data, None)
        if kind == "order":
            if not orders:
                return
            order = pick(data, orders)
            warehouse, lines = order.key.warehouse, self.goods_of(data, order)
            notice = order.key.order_type == "transit_notice"
            order_type = "transfer_order" if notice else order.key.order_type
            named = (order_type, order.key.order_no)
        elif kind == "unknown":
            named = (
                "purchase_order" if view == "goods_receipt" else "sales_order",
                self.number("O"),
            )
            final = None
        else:
            final = None
        document = self.wms.fact(
            view, self.number("F"), warehouse=warehouse, order=named, seq=self.seq(warehouse),
            lines=lines, final=final,
        )  # fmt: skip
        self.fact(document, shape)

    @rule(data=st.data(), late=st.booleans())
    def reverse(self, data: st.DataObject, late: bool) -> None:
        """Reverse a fact, once or twice, or one that is still to come."""
        facts = [
            d for number, d in self.documents.items()
            if number.startswith("F") and d.view != "stock_count"
        ]  # fmt: skip
        if not facts:
            return
        original = pick(data, facts)
        warehouse, number = str(original.warehouse), self.number("X")
        of = self.number("F") if late and data.draw(st.booleans()) else str(original.number)
        self.fact(
            self.wms.reverse(
                original.view, number, of=of, warehouse=warehouse, seq=self.seq(warehouse)
            )
        )

    @rule(data=st.data())
    def mistake(self, data: st.DataObject) -> None:
        """Send a fact with errors, and at times its correction under the same number."""
        warehouse, number = pick(data, LANES), self.number("F")
        wrong = pick(
            data,
            (
                line("A", 0), line("A", -3), line("A", "NaN"), line(None, 3), line("C", 1, "SET"),
                line("L", 2), line("S", 1), line("S", 2, serial_no="S-1"), line("A", 1, "NOUNIT"),
                line("A", 3, stock_status="in_transit"), line("A", 3, stock_status="fine"),
                line("A", 3, location_code="NOWHERE"), line("A\t7", 3), line("A"),
            ),
        )  # fmt: skip
        told = [{**wrong, "reason_code": "FREE"}, line("A", 2, reason_code="FREE"), line("B", 1)]
        build = self.wms.goods_receipt
        document = build(number, warehouse=warehouse, seq=self.seq(warehouse), lines=told)
        self.fact(document)
        if data.draw(st.booleans()):
            right = [line("A", 3, reason_code="FREE", location_code="DOCK")]
            document = build(number, warehouse=warehouse, seq=self.seq(warehouse), lines=right)
            self.fact(document)

    def foreign(self, data: st.DataObject) -> None:
        """Report for a warehouse that is another WMS's."""
        told = [line("A", 1, reason_code="FREE")]
        document = self.wms.goods_receipt(self.number("Z"), warehouse="W3", lines=told)
        self.send("WMS1", document, pick(data, list(Shape)))
