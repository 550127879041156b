"""Play a warehouse system: read the inbox, keep an agenda, do the work, report the facts.

One actor runs all warehouses of one WMS. What a handler does for an order is in ``inbound``,
``outbound``, ``making`` and ``upkeep``; here is what they share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sync.simulate import inbound, making, outbound
from sync.simulate.actor import Actor, InboxRow, Login
from sync.simulate.clock import LAST_HOUR, Clock
from sync.simulate.company import Company
from sync.simulate.erp_book import NUMBER_COLUMNS
from sync.simulate.floor import Floor, Goods
from sync.simulate.plan import PREFIXES
from sync.simulate.truth import Truth, decimal, from_base, to_base
from sync.simulate.writing import Message, Row, Shape, bulk_load, insert

_TAKE_ROWS = 200
_CODE_COLUMNS = {
    "item_code": "item",
    "uom": "uom",
    "base_uom": "uom",
    "stock_status": "stock_status",
    "from_stock_status": "stock_status",
    "to_stock_status": "stock_status",
    "location_code": "location",
    "from_location_code": "location",
    "to_location_code": "location",
    "carrier_code": "carrier",
}
_FACT_PREFIXES = {
    "goods_receipt": "GR",
    "shipment": "SH",
    "material_issue": "MI",
    "production_receipt": "PR",
    "stock_move": "MV",
    "stock_adjustment": "AD",
    "stock_count": "CT",
    "order_milestone": "MS",
    "order_response": "RE",
    "stock_snapshot": "SN",
}


@dataclass(slots=True)
class WorkLine:
    """Hold one order line as the WMS knows it; quantities in base units."""

    line_no: int
    item: str
    uom: str | None
    ordered: Fraction
    over_pct: Decimal | None = None
    done: Fraction = Fraction(0)


@dataclass(slots=True)
class Work:
    """Hold one order in the warehouse; ``state`` is open, picking, done or cancelled."""

    kind: str
    order_no: str
    warehouse: str
    revision: int
    lines: dict[int, WorkLine]
    header: Row
    delivery_id: int
    state: str = "open"
    picked: list[Goods] = field(default_factory=list)
    refused_lines: set[int] = field(default_factory=set)


@dataclass(order=True, slots=True)
class Job:
    """Hold one thing to do at an hour; the order of jobs depends on their subject alone."""

    subject: str
    number: int
    run: Callable[[], None] = field(compare=False)


class Wms(Actor):
    """Act as one WMS with its warehouses, in its own codes."""

    def __init__(
        self, login: Login, company: Company, clock: Clock, seed: int, tag: str, truth: Truth
    ) -> None:
        super().__init__(login, clock, seed, tag)
        self.company = company
        self.floor = Floor(company, truth, clock.day, tag)
        self.warehouses = [
            place.code for place in company.warehouses if place.system == login.system
        ]
        self.works: dict[tuple[str, str], Work] = {}
        self.fates: dict[str, str] = {}
        self.manual: set[str] = set()
        self.cancel_policy: dict[str, str] = {}
        # Orders whose revisions are answered in their own way.
        self.by_hand: dict[str, Callable[[Work, InboxRow, Sequence[Row]], None]] = {}
        self.agenda: dict[int, list[Job]] = {}
        self.source_seqs = dict.fromkeys(self.warehouses, 0)
        self.reads_plainly = len(self.warehouses) == 1
        self.handled_count = 0
        self._numbers: dict[str, int] = {}
        self._job_count = 0
        mine = [code for code in company.codes if code.system == login.system]
        self._out = {(code.domain, code.canonical): code.external for code in mine}
        self._in = {(code.domain, code.external): code.canonical for code in mine}

    # --- codes and numbers -------------------------------------------------------------------

    def own_codes(self, row: Row) -> dict[str, Any]:
        """Return a row with canonical codes turned into this system's own."""
        return self._translate(row, self._out)

    def canonical(self, row: Row) -> dict[str, Any]:
        """Return a row with this system's own codes turned into canonical ones."""
        return self._translate(row, self._in)

    def next_number(self, view: str, warehouse: str) -> str:
        """Return the next number of a document, as this system numbers them."""
        prefix = f"{_FACT_PREFIXES[view]}-{self.tag}-{warehouse}"
        self._numbers[prefix] = self._numbers.get(prefix, 0) + 1
        return f"{prefix}-{self._numbers[prefix]:05d}"

    def next_source_seq(self, warehouse: str) -> int:
        """Return the next position of a warehouse; some positions stay unused, as in life."""
        self.source_seqs[warehouse] += 2 if self.source_seqs[warehouse] % 10 == 7 else 1
        return self.source_seqs[warehouse]

    # --- facts -------------------------------------------------------------------------------

    def fact(
        self, view: str, warehouse: str, lines: Iterable[Row] = (), **header: object
    ) -> Message:
        """Return a fact in this system's codes, numbered and dated, not sent yet."""
        number_column = NUMBER_COLUMNS[view]
        full: dict[str, object] = {
            "message_id": self.next_message_id(),
            "warehouse_code": warehouse,
            number_column: header.pop(number_column, None) or self.next_number(view, warehouse),
            **header,
        }
        if view != "stock_snapshot":
            full.setdefault("source_seq", self.next_source_seq(warehouse))
            full.setdefault("occurred_at", self.moment())
        numbered = [
            {"line_no": number, **self.own_codes(line)}
            for number, line in enumerate(lines, start=1)
        ]
        return Message(view, self.own_codes(full), tuple(numbered))

    def report(
        self, view: str, warehouse: str, lines: Iterable[Row] = (), **header: object
    ) -> Message:
        """Make and send a fact; return it as sent."""
        return self.send(self.fact(view, warehouse, lines, **header))

    def report_in_bulk(
        self, view: str, warehouse: str, lines: Sequence[Row], **header: object
    ) -> Message:
        """Make and send a fact with many lines: COPY, then INSERT .. SELECT."""
        message = self.fact(view, warehouse, lines, line_count=len(lines), **header)
        with self.connection.transaction():
            insert(self.connection, self.schema, view, [message.header])
            bulk_load(self.connection, self.schema, f"{view}_line", message.full_lines())
        self.note_sent(message, Shape.BULK)
        return message

    def quantity(self, goods: Goods) -> dict[str, Any]:
        """Return item, quantity, unit, lot and serial of goods as columns of a fact line."""
        item = self.company.item(goods.key.item)
        uom, qty = goods.uom, from_base(item, goods.qty, goods.uom)
        if qty is None:
            uom, qty = item.base_uom, decimal(goods.qty)
        return {
            "item_code": item.code,
            "qty": qty,
            "uom": uom,
            "lot_no": goods.key.lot or None,
            "serial_no": goods.serial,
        }

    # --- inbox -------------------------------------------------------------------------------

    def read_inbox(self) -> int:
        """Take and handle everything in the inbox; return the number of deliveries."""
        handled = 0
        while rows := self._take():
            rows.sort(key=lambda row: (row.doc_type, row.doc_no, row.delivery_id))
            orders = [row for row in rows if row.doc_type in PREFIXES]
            self.accept([row.delivery_id for row in rows if row.doc_type not in PREFIXES])
            for kind in dict.fromkeys(row.doc_type for row in orders):
                self._handle_kind(kind, [row for row in orders if row.doc_type == kind])
            handled += len(rows)
        self.handled_count += handled
        return handled

    def plan_job(self, hour: int, subject: str, run: Callable[[], None]) -> None:
        """Put a job on the agenda, at the latest in the last working hour."""
        self._job_count += 1
        hour = min(hour, max(LAST_HOUR, self.hour))
        self.agenda.setdefault(hour, []).append(Job(subject, self._job_count, run))

    def work_hour(self) -> int:
        """Do all jobs of the present hour, also those that they add; return how many."""
        done = 0
        while jobs := self.agenda.pop(self.hour, []):
            for job in sorted(jobs):
                job.run()
                done += 1
        return done

    def _take(self) -> list[InboxRow]:
        return self.take_plainly(_TAKE_ROWS) if self.reads_plainly else self.take(_TAKE_ROWS)

    def _handle_kind(self, kind: str, rows: Sequence[InboxRow]) -> None:
        ids = [row.delivery_id for row in rows]
        headers, lines = self.delivered(kind, ids), self.delivered(f"{kind}_line", ids)
        for row in rows:
            header = self.canonical(headers[row.delivery_id][0])
            body = [self.canonical(line) for line in lines.get(row.delivery_id, [])]
            self._handle(row, header, body)

    def _handle(self, row: InboxRow, header: Row, body: Sequence[Row]) -> None:
        warehouse = row.warehouse or ""
        if row.doc_type == "transfer_order" and header["to_warehouse_code"] == warehouse:
            self.accept([row.delivery_id])
            inbound.expect_transfer(self, row.doc_no, warehouse)
            return
        work = self.works.get((row.doc_no, warehouse))
        if row.action == "cancel":
            outbound.answer_cancel(self, work, row)
        elif row.action == "close":
            if work is not None and work.state == "open":
                work.state = "done"
            self.accept([row.delivery_id])
        elif work is None:
            self._start(row, header, body)
        elif by_hand := self.by_hand.get(work.order_no):
            by_hand(work, row, body)
        else:
            work.revision, work.header = row.revision or 1, header
            self._take_over(work, body)
            self.accept([row.delivery_id], f"WO-{row.delivery_id}")

    def _start(self, row: InboxRow, header: Row, body: Sequence[Row]) -> None:
        work = Work(
            row.doc_type, row.doc_no, row.warehouse or "", row.revision or 1, {}, header,
            row.delivery_id,
        )  # fmt: skip
        self._take_over(work, body)
        self.works[row.doc_no, work.warehouse] = work
        if work.order_no in self.manual:
            self.accept([row.delivery_id])
            return
        if outbound.answer_release(self, work):
            _STARTERS[work.kind](self, work)

    def _take_over(self, work: Work, body: Sequence[Row]) -> None:
        """Take over the lines of a revision; what was done on a line stays."""
        done = {number: line.done for number, line in work.lines.items()}
        work.lines = {
            line["line_no"]: WorkLine(
                line_no=line["line_no"],
                item=line["item_code"],
                uom=line["uom"],
                ordered=to_base(self.company.item(line["item_code"]), line["qty"], line["uom"]),
                over_pct=line.get("over_tolerance_pct"),
                done=done.get(line["line_no"], Fraction(0)),
            )
            for line in body
        }

    def _translate(self, row: Row, codes: Mapping[tuple[str, str], str]) -> dict[str, Any]:
        return {
            column: codes.get((_CODE_COLUMNS.get(column, ""), value), value)
            if isinstance(value, str)
            else value
            for column, value in row.items()
        }


_STARTERS: Mapping[str, Callable[[Wms, Work], None]] = {
    "purchase_order": inbound.start_purchase,
    "customer_return": inbound.start_return,
    "sales_order": outbound.start_sales,
    "transfer_order": outbound.start_transfer,
    "supplier_return": outbound.start_supplier_return,
    "production_order": making.start_production,
}
