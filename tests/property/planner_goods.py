"""Let goods come and leave in a random day."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from tests.property.floor import Job, Line
from tests.property.planner import BINS, INBOUND_ORDERS, OUTBOUND_ORDERS, STOCKED, WMS_OF, Planner
from tests.support.builders import Columns, line
from tests.support.oracle_book import Key


class GoodsPlanner(Planner):
    """Order, receive, put away, make, ship and carry goods."""

    # -- goods come

    def order_in(self) -> None:
        """Order goods from a supplier, or expect some back from a customer."""
        order_type, warehouse = self.pick(INBOUND_ORDERS), self.lane()
        items = self.draw(st.lists(st.sampled_from(STOCKED), min_size=1, max_size=3, unique=True))
        lines, told = [], []
        for position, item in enumerate(items, start=1):
            qty = Decimal(self.whole(1, 20))
            over = self.pick((0, 0, 10, 50)) if order_type == "purchase_order" else 0
            lot = self.pick(("L1", "L2")) if item == "L" else ""
            status = self.pick((None, None, "quality"))
            lines.append(Line(position, item, qty, lot, status, over, self.chance(40)))
            more: Columns = {"over_tolerance_pct": over or None}
            if over and self.chance(50):
                more["under_tolerance_pct"] = 10
            told.append(line(item, qty, **more))
        job = Job(order_type, self.number("O"), warehouse, lines)
        build = getattr(self.erp, order_type)
        self.day.send("ERP", build(job.order_no, warehouse=warehouse, lines=told))
        self.day.jobs.append(job)

    def receive(self) -> None:
        """Receive for an order, at times more than ordered."""
        jobs = self.day.open_jobs(*INBOUND_ORDERS)
        if not jobs:
            self.order_in()
            return
        job = self.pick(jobs)
        told, can_reverse = [], True
        for open_line in self._some(job.lines):
            most = int(open_line.ordered - open_line.done) + (0 if open_line.exact else 6)
            if most < 1:
                continue
            qty = Decimal(self.whole(1, most))
            can_reverse &= open_line.exact
            told.append(self._inbound_line(open_line, qty))
            default = "returns" if job.order_type == "customer_return" else "unrestricted"
            key = Key(
                job.warehouse, open_line.item, open_line.lot, "DOCK", open_line.status or default
            )
            if not can_reverse:
                self.day.receive(key, open_line, qty)
            else:
                open_line.done += qty  # not for use: it may be reversed
        if not told:
            return
        final = self.chance(15)
        document = self._fact("goods_receipt", job, told, final=final or None)
        if can_reverse and not final:
            self.day.reversible.append((job.warehouse, document))

    def _inbound_line(self, open_line: Line, qty: Decimal) -> Columns:
        named = open_line.line_no if self.chance(50) else None
        uom = None
        sent = qty
        if open_line.item == "A" and qty % 12 == 0:
            sent, uom = qty / 12, "BOX"
        elif open_line.item == "B" and self.chance(50):
            sent, uom = qty * 1000, "GRM"
        return line(
            open_line.item, sent, uom, order_line_no=named, lot_no=open_line.lot or None,
            location_code="DOCK", stock_status=open_line.status,
        )  # fmt: skip

    def put_away(self) -> None:
        """Carry goods from the dock into a bin, releasing them from quality on the way."""
        warehouse = self.lane()
        keys = self.day.available(warehouse, ("DOCK",))
        if not keys:
            return
        key = self.pick(keys)
        target = key._replace(location=self.pick(BINS))
        if key.status in ("quality", "returns") and self.chance(70):
            target = target._replace(status="unrestricted")
        qty = self._part(self.day.stock[key])
        self.day.stock[key] -= qty
        self.day.stock[target] += qty
        columns = {
            "lot_no": key.lot or None,
            "from_location_code": key.location,
            "to_location_code": target.location,
            "from_stock_status": None if key.status == "unrestricted" else key.status,
            "to_stock_status": None if key.status == target.status else target.status,
        }
        told = [line(key.item, qty, **columns)]
        number, seq = self.number("V"), self.day.seq(warehouse)
        self._send(self.wms.stock_move(number, warehouse=warehouse, seq=seq, lines=told))

    # -- goods leave

    def order_out(self) -> None:
        """Order goods out: to a customer, back to a supplier, or to another warehouse."""
        order_type, warehouse = self.pick(OUTBOUND_ORDERS), self.lane()
        items = self.draw(st.lists(st.sampled_from(STOCKED), min_size=1, max_size=3, unique=True))
        lines = [Line(no, item, Decimal(self.whole(1, 20))) for no, item in enumerate(items, 1)]
        told = [line(each.item, each.ordered) for each in lines]
        job = Job(order_type, self.number("O"), warehouse, lines)
        more = {}
        if order_type == "transfer_order":
            job.to = more["to"] = self.pick([w for w in WMS_OF if w != warehouse])
        build = getattr(self.erp, order_type)
        self.day.send("ERP", build(job.order_no, warehouse=warehouse, lines=told, **more))
        self.day.jobs.append(job)

    def ship(self) -> None:
        """Ship what lies in the bins."""
        jobs = self.day.open_jobs(*OUTBOUND_ORDERS)
        if not jobs:
            self.order_out()
            return
        job = self.pick(jobs)
        told, loaded = [], []
        for open_line in self._some(job.lines):
            keys = [
                key
                for key in self.day.available(job.warehouse, BINS)
                if key.item == open_line.item and key.status == "unrestricted"
            ]
            left = open_line.ordered - open_line.done
            if not keys or (left <= 0 and job.to):
                continue
            key = self.pick(keys)
            most = self.day.stock[key] if not job.to else min(left, self.day.stock[key])
            qty = self._part(most)
            self.day.stock[key] -= qty
            open_line.done += qty
            loaded.append(Line(open_line.line_no, key.item, qty, key.lot))
            told.append(self._outbound_line(key, qty, open_line.line_no))
        if not told:
            return
        final = self.chance(15)
        job.ended = job.ended or (final and bool(job.to))
        self._fact("shipment", job, told, final=final or None)
        if job.to:
            self.day.jobs.append(Job("on the road", job.order_no, job.to, loaded))

    def _outbound_line(self, key: Key, qty: Decimal, line_no: int | None) -> Columns:
        return line(
            key.item, qty, order_line_no=line_no, lot_no=key.lot or None, location_code=key.location
        )

    def transfer_arrives(self) -> None:
        """Unload a truck from another warehouse."""
        trucks = self.day.open_jobs("on the road")
        if not trucks:
            self.ship()
            return
        truck = self.pick(trucks)
        truck.ended = True
        told = []
        for load in truck.lines:
            key = Key(truck.warehouse, load.item, load.lot, "DOCK", "unrestricted")
            self.day.stock[key] += load.ordered
            told.append(self._outbound_line(key, load.ordered, load.line_no))
        job = Job("transfer_order", truck.order_no, truck.warehouse, [])
        self._fact("goods_receipt", job, told)

    def produce(self) -> None:
        """Make a product: order, issue of what lies in the bins, receipt, at times completion."""
        warehouse = self.lane()
        keys = [k for k in self.day.available(warehouse, BINS) if k.status == "unrestricted"]
        if not keys:
            self.order_in()
            return
        key, made = self.pick(keys), Decimal(self.whole(1, 5))
        used, order_no = self._part(self.day.stock[key]), self.number("O")
        self.day.stock[key] -= used
        self.day.stock[Key(warehouse, "P", "", "DOCK", "unrestricted")] += made
        wanted = used + self.whole(0, 2)
        build = self.erp.production_order
        order = build(
            order_no, warehouse=warehouse, product=("P", made), lines=[(key.item, wanted)]
        )
        self.day.send("ERP", order)
        more = {"warehouse": warehouse, "order_no": order_no}
        told = [self._outbound_line(key, used, self.pick((1, None)))]
        issue = self.wms.material_issue(
            self.number("F"), seq=self.day.seq(warehouse), lines=told, **more
        )
        self._send(issue)
        told = [line("P", made, location_code="DOCK")]
        seq = self.day.seq(warehouse)
        final = self.chance(50) or None
        number = self.number("F")
        self._send(self.wms.production_receipt(number, seq=seq, lines=told, final=final, **more))
