"""Draw random business days whose end state must not depend on the order of arrival.

A day is a list of (system, document) in the order in which things happened. What the rulings let
depend on the order is left out on purpose: it is the state machine's part (test_machine).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from tests.property.floor import ZERO, Day, Job, Line
from tests.support.builders import Columns, Document, line
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_wms import WmsDocuments
from tests.support.oracle_book import Key

T = TypeVar("T")

WMS_OF = {"W1": "WMS1", "W2": "WMS1", "W3": "WMS2"}
STOCKED = ("A", "B", "C", "L")
BINS = ("BIN1", "BIN2")
_IN = ("purchase_order", "customer_return")
_OUT = ("sales_order", "supplier_return", "transfer_order")


class Planner:
    """Draw one act after another; each appends the documents that it causes to the day."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.day = Day()
        self.erp = ErpDocuments("E")
        self.wms = WmsDocuments("F")
        self._numbers = 0

    def number(self, prefix: str) -> str:
        """Return a new document number."""
        self._numbers += 1
        return f"{prefix}{self._numbers}"

    def pick(self, options: Sequence[T]) -> T:
        """Draw one of the options."""
        return self.draw(st.sampled_from(options))

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number."""
        return self.draw(st.integers(low, high))

    def chance(self, percent: int) -> bool:
        """Draw true with about this chance; shrinks to false."""
        return self.whole(1, 100) > 100 - percent

    def lane(self) -> str:
        """Draw a warehouse, mostly the first, so that documents meet."""
        return self.pick(("W1", "W1", "W1", "W3", "W2"))

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

    # -- goods come

    def order_in(self) -> None:
        """Order goods from a supplier, or expect some back from a customer."""
        order_type, warehouse = self.pick(_IN), self.lane()
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
        jobs = self.day.open_jobs(*_IN)
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
        order_type, warehouse = self.pick(_OUT), self.lane()
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
        jobs = self.day.open_jobs(*_OUT)
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
        warehouse, code, order_no = self.lane(), self.number("NEW"), self.number("O")
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
        jobs = self.day.open_jobs(*_OUT)
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

    # -- small parts

    def _fact(
        self, view: str, job: Job, told: list[Columns], *, final: bool | None = None
    ) -> Document:
        seq = self.day.seq(job.warehouse)
        order = (job.order_type, job.order_no)
        return self._send(
            self.wms.fact(
                view, self.number("F"), warehouse=job.warehouse, order=order, seq=seq,
                lines=told, final=final,
            )
        )  # fmt: skip

    def _send(self, document: Document) -> Document:
        return self.day.send(WMS_OF[str(document.warehouse)], document)

    def _some(self, lines: list[Line]) -> list[Line]:
        kept = [each for each in lines if self.chance(70)]
        return kept or lines[:1]

    def _part(self, qty: Decimal) -> Decimal:
        return Decimal(self.whole(1, int(qty))) if qty >= 1 else qty

    def _is_new(self, view: str, code: str, version: int) -> bool:
        return not any(
            document.view == view
            and document.header.get("party_code") == code
            and document.header["version"] == version
            for _, document in self.day.sent
        )


@st.composite
def days(draw: st.DrawFn, *, acts: int = 14) -> Day:
    """Draw a day of up to so many acts."""
    planner = Planner(draw)
    planner.open_up()
    for _ in range(draw(st.integers(1, acts))):
        planner.act()
    return planner.day
