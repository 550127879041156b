"""Draw goods as a WMS tells them, and the rules for stock that belongs to no order."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.property.machine_base import PLACES, Exchange, pick
from tests.property.steps import Policy
from tests.property.touches import ITEMS, LANES
from tests.support.builders import Columns, line
from tests.support.oracle_book import Order

QTY = st.integers(1, 25)
STATUSES = (None, None, "quality", "blocked")
#: Units beside the base unit, drawn seldom; 1000 GRM are one base unit of B.
UNITS = {"A": "BOX", "B": "GRM", "C": "BOX", "L": "BOX"}
LOTS = ("L1", "L2")
SERIALS = ("S1", "S2", "S3")


class GoodsRules(Exchange):
    """Find, move, count and write off goods; draw the lines of all other facts."""

    # -- lines

    def goods_of(self, data: st.DataObject, order: Order | None) -> list[Columns]:
        """Draw one or two lines of different items, for lines of an order or for none."""
        if order is None:
            return [self.goods(data, item) for item in self.items(data)]
        told, seen = [], set()
        numbers = [no for no in order.lines if no > 0]
        for number in data.draw(st.lists(st.sampled_from(numbers), min_size=1, max_size=2)):
            item = order.lines[number].item
            if data.draw(st.integers(0, 19)) == 19:  # what nobody ordered
                item = pick(data, ITEMS)
            if item not in seen:
                seen.add(item)
                named = pick(data, (number, number, None, None, None, 7))
                told.append({**self.goods(data, item), "order_line_no": named})
        return [{k: v for k, v in columns.items() if v is not None} for columns in told]

    def items(self, data: st.DataObject) -> list[str]:
        """Draw one or two different items."""
        return data.draw(st.lists(st.sampled_from(ITEMS), min_size=1, max_size=2, unique=True))

    def goods(self, data: st.DataObject, item: str) -> Columns:
        """Draw a line of goods in one place."""
        qty, uom = self.amount(data, item)
        return line(
            item, qty, uom, location_code=pick(data, PLACES), stock_status=pick(data, STATUSES),
            reason_code="FREE", **self.marks(data, item),
        )  # fmt: skip

    def amount(self, data: st.DataObject, item: str) -> tuple[int, str | None]:
        """Draw a quantity, at times in another unit than the base unit."""
        qty = 1 if item == "S" else data.draw(QTY)
        if item not in UNITS or data.draw(st.integers(0, 9)) < 8:
            return qty, None
        return (qty * 100 if item == "B" else 1 + qty % 3), UNITS[item]

    def marks(self, data: st.DataObject, item: str) -> dict[str, str]:
        """Draw the lot or serial number that a line of this item has to name."""
        if item == "L":
            return {"lot_no": pick(data, LOTS)}
        return {"serial_no": pick(data, SERIALS)} if item == "S" else {}

    # -- stock

    @initialize(data=st.data(), kinds=st.integers(1, 4))
    def open_up(self, data: st.DataObject, kinds: int) -> None:
        """Begin with some stock, in warehouses of either policy."""
        for warehouse in LANES:
            if pick(data, (False, False, True)):
                self.do(Policy(warehouse, "post"))
        for _ in range(kinds):
            self.load(data)

    @rule(data=st.data())
    def load(self, data: st.DataObject) -> None:
        """Find goods."""
        warehouse, item = pick(data, LANES), pick(data, ITEMS)
        qty, uom = self.amount(data, item)
        told = [line(item, qty, uom, location_code=pick(data, PLACES), **self.marks(data, item))]
        reason = pick(data, ("INITIAL", "FOUND"))
        self.fact(
            self.wms.stock_adjustment(
                self.number("F"), warehouse=warehouse, seq=self.seq(warehouse), lines=told,
                reason=reason,
            )
        )  # fmt: skip

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        """Move goods between places and statuses, whether they are there or not."""
        warehouse, item = pick(data, LANES), pick(data, ITEMS)
        qty, uom = self.amount(data, item)
        told = line(
            item, qty, uom, from_location_code=pick(data, (None, *PLACES)),
            to_location_code=pick(data, (None, *PLACES)), from_stock_status=pick(data, STATUSES),
            to_stock_status=pick(data, (*STATUSES, "unrestricted")), **self.marks(data, item),
        )  # fmt: skip
        self.fact(
            self.wms.stock_move(
                self.number("F"), warehouse=warehouse, seq=self.seq(warehouse), lines=[told]
            )
        )

    @rule(data=st.data(), found=st.integers(0, 30), back=st.sampled_from((0, 0, 1, 4)))
    def count(self, data: st.DataObject, found: int, back: int) -> None:
        """Count places, at times at an older position than facts or counts before."""
        warehouse = pick(data, LANES)
        told = [
            line(
                item, found, location_code=pick(data, PLACES), lot_no="L1" if item == "L" else None
            )
            for item in self.items(data)
        ]
        through = max(1, self.position(warehouse) - back)
        self.fact(
            self.wms.stock_count(self.number("F"), warehouse=warehouse, through=through, lines=told)
        )

    @rule(data=st.data(), lost=st.integers(1, 8))
    def write_off(self, data: st.DataObject, lost: int) -> None:
        """Give up goods that a transfer lost on the road."""
        orders = [o for o in self.orders("transfer_order") if o.lines]
        if not orders:
            return
        order = pick(data, orders)
        number = pick(data, list(order.lines))
        item = order.lines[number].item
        told = line(
            item, -(1 if item == "S" else lost), stock_status="in_transit", order_line_no=number,
            **self.marks(data, item),
        )  # fmt: skip
        warehouse = order.key.warehouse
        self.fact(
            self.wms.stock_adjustment(
                self.number("F"), warehouse=warehouse, seq=self.seq(warehouse), lines=[told],
                order=("transfer_order", order.key.order_no), reason="WRITE_OFF",
            )
        )  # fmt: skip
