"""Draw random business days whose end state must not depend on the order of arrival.

A day is a list of (system, document) in the order in which things happened. What the rulings let
depend on the order is left out on purpose: it is the state machine's part (test_machine).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from hypothesis import strategies as st

from tests.property.floor import ZERO, Day, Job
from tests.property.planner import BINS, OUTBOUND_ORDERS, STOCKED
from tests.property.planner_goods import GoodsPlanner
from tests.support.builders import Columns, line
from tests.support.oracle_book import Key


class DayPlanner(GoodsPlanner):
    """Draw one act after another; each appends the documents that it causes to the day."""

    def open_up(self) -> None:
        """Load opening stock into the bins."""
        for _ in range(self.whole(1, 5)):
            self._found(self.lane(), "INITIAL")

    def act(self) -> None:
        """Let one thing happen."""
        acts: list[Callable[[], None]] = [
            self.ship, self.receive, self.transfer_arrives, self.count, self.put_away, self.reverse,
            self.produce, self.adjust, self.ship, self.receive, self.put_away, self.resend,
            self.revise, self.versions, self.late_item, self.mistake, self.milestone,
            self.order_in, self.order_out,
        ]  # fmt: skip
        self.pick(acts)()

    # -- the book is put right

    def adjust(self) -> None:
        """Load opening stock, find or lose something."""
        warehouse = self.lane()
        keys = self.day.available(warehouse, BINS)
        if keys and self.chance(40):
            key = self.pick(keys)
            self._adjust(key, -self._part(self.day.stock[key]), "BROKEN")
        else:
            self._found(warehouse, "FOUND")

    def _found(self, warehouse: str, reason: str) -> None:
        item = self.pick(STOCKED)
        lot = "L1" if item == "L" else ""
        key = Key(warehouse, item, lot, self.pick(BINS), "unrestricted")
        self._adjust(key, Decimal(self.whole(1, 30)), reason)

    def _adjust(self, key: Key, qty: Decimal, reason: str) -> None:
        self.day.stock[key] += qty
        columns = {"lot_no": key.lot or None, "location_code": key.location, "reason_code": reason}
        if key.status != "unrestricted":
            columns["stock_status"] = key.status
        told = [line(key.item, qty, **columns)]
        number, seq = self.number("J"), self.day.seq(key.warehouse)
        document = self.wms.stock_adjustment(number, warehouse=key.warehouse, seq=seq, lines=told)
        self._send(document)

    def count(self) -> None:
        """Count a bin and find a little more or less than is there."""
        warehouse = self.lane()
        keys = [k for k in self.day.available(warehouse, BINS) if k not in self.day.counted]
        if not keys:
            return
        key = self.pick(keys)
        self.day.counted.add(key)
        found = max(ZERO, self.day.stock[key] + self.whole(-2, 2))
        self.day.stock[key] = found
        told = [line(key.item, found, lot_no=key.lot or None, location_code=key.location,
                     stock_status=key.status)]  # fmt: skip
        through = self.day.positions[warehouse]
        number = self.number("N")
        self._send(self.wms.stock_count(number, warehouse=warehouse, through=through, lines=told))

    def reverse(self) -> None:
        """Take a receipt back whose goods nobody touched."""
        if not self.day.reversible:
            self.receive()
            return
        at = self.whole(0, len(self.day.reversible) - 1)
        warehouse, original = self.day.reversible.pop(at)
        number, of = self.number("X"), str(original.number)
        seq = self.day.seq(warehouse)
        self._send(self.wms.reverse("goods_receipt", number, of=of, warehouse=warehouse, seq=seq))

    # -- words

    def revise(self) -> None:
        """Send several revisions of an order that nobody works on, at times a cancel."""
        warehouse, order_no = self.lane(), self.number("O")
        last = self.whole(2, 3)
        for revision in range(1, last + 1):
            told = [(self.pick(STOCKED), self.whole(1, 20)) for _ in range(self.whole(1, 2))]
            order = self.erp.sales_order(
                order_no, warehouse=warehouse, lines=told, revision=revision
            )
            self.day.send("ERP", order)
        if self.chance(40):
            cancel = self.erp.cancel("sales_order", order_no, warehouse=warehouse, revision=last)
            self.day.send("ERP", cancel)

    def versions(self) -> None:
        """Send versions of a party and of an item."""
        code = self.pick(("SUP", "CUS"))
        role = {"SUP": "supplier", "CUS": "customer"}[code]
        for version in range(2, 2 + self.whole(1, 2)):
            if self._is_new("party", code, version):
                party = self.erp.party(code, role, version=version, name=f"Name {version}")
                self.day.send("ERP", party)

    def late_item(self) -> None:
        """Use an item before, or after, its master record arrives."""
        # Not for WMS2: it maps items, and a code without a map is an error at once, not a wait.
        warehouse = self.pick(("W1", "W2"))
        code, order_no = self.number("NEW"), self.number("O")
        told = [(code, self.whole(1, 9))]
        self.day.send("ERP", self.erp.purchase_order(order_no, warehouse=warehouse, lines=told))
        job = Job("purchase_order", order_no, warehouse, [])
        received = [line(code, self.whole(1, 9), order_line_no=1, location_code="DOCK")]
        self._fact("goods_receipt", job, received)
        if self.chance(80):
            self.day.send("ERP", self.erp.item(code))

    def resend(self) -> None:
        """Send the same content again under another message_id."""
        if not self.day.sent:
            return
        system, document = self.pick(self.day.sent)
        again = document.again(self.number("again-"))
        self.day.send(system, again)

    def mistake(self) -> None:
        """Send a fact that can never be applied."""
        warehouse = self.lane()
        wrong: Columns = self.pick(
            (
                line("A", 0),
                line("A", -3),
                line(None, 3),
                line("C", 1, "SET"),
                line("L", 2),
                line("S", 2, serial_no="S-1"),
                line("A", 3, stock_status="in_transit"),
                line("A\t7", 3),
            )
        )
        told = [{**wrong, "reason_code": "FREE"}, line("A", 2, reason_code="FREE")]
        number, seq = self.number("R"), self.day.seq(warehouse)
        self._send(self.wms.goods_receipt(number, warehouse=warehouse, seq=seq, lines=told))

    def milestone(self) -> None:
        """Tell how far an order is."""
        jobs = self.day.open_jobs(*OUTBOUND_ORDERS)
        if not jobs:
            return
        job = self.pick(jobs)
        document = self.wms.order_milestone(
            self.number("M"),
            warehouse=job.warehouse,
            order=(job.order_type, job.order_no),
            milestone=self.pick(("picking", "packed")),
        )
        self._send(document)


@st.composite
def days(draw: st.DrawFn, *, acts: int = 14) -> Day:
    """Draw a day of up to so many acts."""
    planner = DayPlanner(draw)
    planner.open_up()
    for _ in range(draw(st.integers(1, acts))):
        planner.act()
    return planner.day
