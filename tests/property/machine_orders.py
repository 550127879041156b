"""Rules of the state machine for what an ERP asks."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.property.machine_base import Exchange, pick
from tests.property.machine_goods import UNITS
from tests.property.touches import ITEMS, LANES
from tests.support.builders import Columns, Document, LineSpec, line
from tests.support.builders_send import Shape
from tests.support.oracle_book import Order
from tests.support.oracle_lines import OrderLine

QTY = st.integers(1, 20)
TYPES = ("purchase_order", "sales_order", "customer_return", "supplier_return", "transfer_order")
TOLERANT = ("purchase_order", "sales_order")
CHANGES = ("same", "same", "less", "more", "other", "dropped")


class OrderRules(Exchange):
    """Send requests: new ones, revisions that change them line by line, cancels, closes."""

    # -- documents

    def _wanted(self, data: st.DataObject, order_type: str) -> list[LineSpec]:
        chosen = data.draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=3))
        return [self._line(data, order_type, item) for item in chosen]

    def _line(self, data: st.DataObject, order_type: str, item: str, **columns: Any) -> Columns:
        more = dict(columns)
        if order_type in TOLERANT:
            more["over_tolerance_pct"] = pick(data, (None, 10))
            more["under_tolerance_pct"] = pick(data, (None, 50))
        if item == "L":
            more["lot_no"] = pick(data, (None, None, "L1"))
        if "qty" not in more:
            more["qty"] = data.draw(QTY) if item != "S" else data.draw(st.integers(1, 3))
            more["uom"] = UNITS.get(item) if data.draw(st.integers(0, 9)) == 9 else None
        return line(item, **more)

    def _order(
        self,
        data: st.DataObject,
        key: tuple[str, str, str],
        lines: list[LineSpec],
        revision: int,
        product: LineSpec | None = None,
    ) -> Document:
        warehouse, order_type, order_no = key
        more: Columns = {"note": pick(data, (None, None, "urgent"))}
        if order_type == "transfer_order":
            more["to"] = next(w for w in LANES if w != warehouse)
        if order_type == "production_order":
            more["product"] = product or ("P", data.draw(QTY))
        build = getattr(self.erp, order_type)
        document = build(order_no, warehouse=warehouse, lines=lines, revision=revision, **more)
        assert isinstance(document, Document)
        return document

    # -- rules

    @rule(data=st.data(), shape=st.sampled_from(list(Shape)))
    def order(self, data: st.DataObject, shape: Shape) -> None:
        """Release a new order."""
        order_type = pick(data, (*TYPES, "production_order"))
        key = (pick(data, LANES), order_type, self.number("O"))
        self.send("ERP", self._order(data, key, self._wanted(data, order_type), 1), shape)

    @initialize(data=st.data(), kinds=st.integers(1, 5))
    def begin(self, data: st.DataObject, kinds: int) -> None:
        """Begin with some orders."""
        for _ in range(kinds):
            self.order(data, Shape.TOGETHER)

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
            if data.draw(st.booleans()):
                self.settle()
            master = self.erp.item(code) if wrong == "item" else self.erp.party(code, "supplier")
            self.send("ERP", master)

    @rule(data=st.data(), up=st.sampled_from((1, 1, 1, 2, 0, -1)))
    def revise(self, data: st.DataObject, up: int) -> None:
        """Send another revision of an order, at times an old one."""
        orders = [o for o in self.orders() if o.key.order_type != "transit_notice"]
        if not orders:
            return
        order = pick(data, orders)
        revision = max(1, self._newest(order) + up)
        lines: list[LineSpec] = [
            revised
            for no, each in order.lines.items()
            if no > 0 and (revised := self._revised(data, order, each)) is not None
        ]
        if not lines or data.draw(st.integers(0, 3)) == 3:
            number = max(order.lines, default=0) + 1
            item = pick(data, ITEMS)
            lines.append(self._line(data, order.key.order_type, item, line_no=number))
        product = None
        if 0 in order.lines:
            product = ("P", self._changed(data, order.lines[0], pick(data, CHANGES[:4])))
        self.send("ERP", self._order(data, order.key, lines, revision, product))

    def _newest(self, order: Order) -> int:
        """Return the newest revision that the ERP has sent of an order that is known."""
        asked = order.asked
        return max(order.revision, int(asked.header.get("revision") or 1) if asked else 1)

    def _revised(self, data: st.DataObject, order: Order, each: OrderLine) -> Columns | None:
        """Draw what becomes of one line; None when the revision lacks it."""
        change = pick(data, CHANGES)
        if change == "dropped":
            return None
        item = pick(data, ITEMS) if change == "other" else each.item
        qty = self._changed(data, each, change)
        more = {} if each.lot == "" or item != each.item else {"lot_no": each.lot}
        told = self._line(data, order.key.order_type, item, line_no=each.line_no, qty=qty)
        return {**told, **more} if change == "same" else told

    def _changed(self, data: st.DataObject, each: OrderLine, change: str) -> int:
        now = max(1, int(each.ordered))
        if change == "less":
            return data.draw(st.integers(1, now))
        return now + data.draw(st.integers(1, 8)) if change == "more" else now

    @rule(
        data=st.data(), action=st.sampled_from(("cancel", "cancel", "close")), named=st.booleans()
    )
    def end(self, data: st.DataObject, action: str, named: bool) -> None:
        """Cancel or close an order, as the ERP knows it."""
        orders = [o for o in self.orders() if o.key.order_type != "transit_notice"]
        if not orders:
            return
        order = pick(data, orders)
        warehouse, order_type, order_no = order.key
        revision = self._newest(order) if named else None
        build = getattr(self.erp, action)
        self.send("ERP", build(order_type, order_no, warehouse=warehouse, revision=revision))

    def version(self, data: st.DataObject, version: int, code: str) -> None:
        """Send a version of a party, newer or older than the one in force, or another content."""
        role = {"SUP": "supplier", "CUS": "customer"}[code]
        name = pick(data, ("One", "Two"))
        self.send("ERP", self.erp.party(code, role, version=version, name=name))
