"""Play nights of two books: what happens reaches one, the other, both or nobody, as a test says.

The floor's and the ERP's books are plain dictionaries. Facts take the real way: sent by the WMS,
applied, delivered, posted by the ERP. A test may also change one book alone: that is the fault that
the reconciliation has to find. Both sides send their whole book as a snapshot at night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sync.recon.run import RunResult, reconcile
from tests.support.builders import Document, numbered
from tests.support.builders_send import Row
from tests.support.builders_world import World

LOCATION = "BIN1"


class Place(NamedTuple):
    """Name one line of a book."""

    item: str
    lot: str = ""
    status: str = "unrestricted"


Book = dict[Place, Decimal]


class Nights:
    """Hold both books of one warehouse, and send what happens in them."""

    def __init__(self, world: World, warehouse: str = "W1") -> None:
        self.world = world
        self.warehouse = warehouse
        self.wms = world.wms1 if warehouse in ("W1", "W2") else world.wms2
        self.floor: Book = defaultdict(Decimal)
        self.erp: Book = defaultdict(Decimal)
        self.source_seq = 0
        self.posted_through = 0
        self.nights = 0
        #: Numbers of documents of which the test itself says what the ERP echoes.
        self.echoed_apart: set[str | None] = set()

    @property
    def now(self) -> datetime:
        """Return the clock's time: what was sent before it holds as of it."""
        return datetime.now(UTC)

    # What happens on the floor

    def receive(self, item: str, qty: object, **more: Any) -> Document:
        """Receive goods without an order."""
        header = {name: more.pop(name) for name in ("occurred_at",) if name in more}
        line = {"item_code": item, "qty": qty, "reason_code": "FOUND", **more}
        return self._fact("goods_receipt", [line], 1, **header)

    def receive_again(self, document: Document, item: str, qty: object) -> None:
        """Send a receipt that was in error again, repaired; the floor has the goods already."""
        header = {name: value for name, value in document.header.items() if name != "message_id"}
        line = {"item_code": item, "qty": qty, "reason_code": "FOUND", "location_code": LOCATION}
        self.wms.build("goods_receipt", header, [line])

    def reserve(self, item: str, qty: object) -> int:
        """Let goods come on the floor under a number that is not told (yet); return the number."""
        self.source_seq += 1
        self._book(self.floor, {"item_code": item, "qty": qty}, 1)
        return self.source_seq

    def tell(self, item: str, qty: object, source_seq: int) -> None:
        """Tell of goods that came under a number that was reserved."""
        line = {"item_code": item, "qty": qty, "reason_code": "FOUND", "location_code": LOCATION}
        self.wms.goods_receipt(
            f"LATE-{self.warehouse}-{source_seq}",
            warehouse=self.warehouse,
            lines=[line],
            seq=source_seq,
            occurred_at=self.now,
        )

    def unposted(self) -> set[str]:
        """Return the numbers of the documents that lie in the ERP's inbox."""
        rows = self.world.erp.inbox(warehouse_code=self.warehouse)
        return {row["doc_no"] for row in rows if row["state"] in ("pending", "taken")}

    def ship(self, item: str, qty: object, **more: Any) -> Document:
        """Ship goods without an order."""
        line = {"item_code": item, "qty": qty, "reason_code": "SAMPLE", **more}
        return self._fact("shipment", [line], -1)

    def move_status(self, item: str, qty: object, to: str, **more: Any) -> Document:
        """Move stock to another status."""
        line = {"item_code": item, "qty": qty, "to_stock_status": to, **more}
        document = self._fact("stock_move", [line], -1)
        self._book(self.floor, line | {"stock_status": to}, 1)
        return document

    def _fact(self, view: str, lines: list[dict[str, Any]], sign: int, **header: Any) -> Document:
        self.source_seq += 1
        number = f"{view[:2].upper()}-{self.warehouse}-{self.source_seq}"
        place = "from_location_code" if view == "stock_move" else "location_code"
        sent = [{place: LOCATION, **line} for line in lines]
        document = self.wms.fact(
            view,
            number,
            warehouse=self.warehouse,
            lines=sent,
            seq=self.source_seq,
            **{"occurred_at": self.now, **header},
        )
        for line in lines:
            self._book(self.floor, line, sign)
        return document

    def _book(self, book: Book, line: Mapping[str, Any], sign: int, factor: int = 1) -> None:
        place = Place(
            line["item_code"], line.get("lot_no") or "", line.get("stock_status") or "unrestricted"
        )
        book[place] += sign * factor * Decimal(str(line["qty"]))

    # What the ERP does

    def post(self, *, except_for: Iterable[str] = ()) -> None:
        """Let the engine work, and the ERP post what it reads, but for these document numbers.

        Its position is that of the last delivery before the first that it left; what it posts
        beyond, it echoes.
        """
        self.world.drain()
        left = set(except_for)
        is_gapless = True
        for row in self.world.erp.inbox(warehouse_code=self.warehouse):
            is_open = row["state"] in ("pending", "taken")
            if is_open and row["doc_no"] in left:
                is_gapless = False
                continue
            if is_gapless:
                self.posted_through = max(self.posted_through, row["delivery_id"])
            if is_open:
                self._post(row, with_echo=not is_gapless)
        self.world.drain()

    def _post(self, row: Row, *, with_echo: bool) -> None:
        delivery = row["delivery_id"]
        self.world.erp.answer(delivery, "accepted", receiver_ref=f"D{delivery}")
        if row["doc_type"] in ("snapshot_request", "count_request"):
            return  # it asks for something, and moves nothing
        for line in self._lines(row):
            if row["doc_type"] == "stock_move":
                left = {**line, "stock_status": line["from_stock_status"]}
                self._book(self.erp, left, -1)
                self._book(self.erp, left | {"stock_status": line["to_stock_status"]}, 1)
            else:
                sign = -1 if row["doc_type"] in ("shipment", "material_issue") else 1
                self._book(self.erp, line, sign)
            if with_echo and row["doc_no"] not in self.echoed_apart:
                self._echo(row, line, line["qty"], ref=f"D{delivery}")

    def _lines(self, row: Row) -> list[Row]:
        return self.world.erp.read(
            f"SELECT * FROM erp_v1.{row['doc_type']}_line WHERE delivery_id = %s",
            row["delivery_id"],
        )

    def echo(self, document: Document, qty: object, *, ref: str, **more: Any) -> None:
        """Let the ERP say what it posted for a fact of one line."""
        row = next(iter(self.world.erp.inbox(doc_no=document.number)))
        self._echo(row, self._lines(row)[0], qty, ref=ref, **more)

    def _echo(self, row: Row, line: Row, qty: object, *, ref: str, **more: Any) -> None:
        told = {
            "message_id": f"echo-{ref}-{row['delivery_id']}",
            "warehouse_code": self.warehouse,
            "delivery_id": row["delivery_id"],
            "line_no": line["line_no"],
            "receiver_ref": ref,
            "item_code": line["item_code"],
            "qty": qty,
            "uom": line["uom"],
            "lot_no": line["lot_no"],
            "stock_status": line.get("stock_status"),
            "posted_at": self.now,
        }
        self.world.erp.insert("posting_line", [told | more])

    # The night

    def snapshots(
        self,
        *,
        erp: Mapping[str, Any] | None = None,
        wms: Mapping[str, Any] | None = None,
        erp_lines: list[dict[str, Any]] | None = None,
        wms_lines: list[dict[str, Any]] | None = None,
    ) -> None:
        """Send both books as they are; columns of a header, or all lines, may be said otherwise."""
        self.nights += 1
        as_of = self.now
        sides = (
            (self.world.erp, "E", self.erp, self.posted_through, erp, erp_lines),
            (self.wms, "F", self.floor, self.source_seq, wms, wms_lines),
        )
        for sender, letter, book, position, changed, said in sides:
            lines = said if said is not None else lines_of(book)
            header = {
                "warehouse_code": self.warehouse,
                "snapshot_no": f"{letter}-{self.warehouse}-{self.nights}",
                "as_of": as_of,
                "through_seq": position,
                "line_count": len(lines),
                "total_qty": sum((Decimal(str(line["qty"])) for line in lines), Decimal(0)),
                **(changed or {}),
            }
            sender.build("stock_snapshot", header, numbered(lines))
        self.world.drain()

    def night(self, **snapshots: Any) -> RunResult:
        """Send both books, and reconcile."""
        self.snapshots(**snapshots)
        return reconcile(self.world.store, [self.warehouse], self.now)

    def differences(self, run: RunResult) -> list[Row]:
        """Return the rows of a run, by key."""
        return self.world.admin.read(
            "SELECT * FROM recon.difference WHERE run_id = %s"
            " ORDER BY warehouse_code, item_code, lot_no, stock_status",
            run.run_id,
        )

    def classes(self, run: RunResult) -> dict[Place, str]:
        """Return the class of each key of a run."""
        return {
            Place(row["item_code"], row["lot_no"], row["stock_status"]): row["class"]
            for row in self.differences(run)
        }


def lines_of(book: Book) -> list[dict[str, Any]]:
    """Return a book as lines of a snapshot; what is zero is left out."""
    return [
        {
            "item_code": place.item,
            "qty": qty,
            "lot_no": place.lot or None,
            "stock_status": place.status,
        }
        for place, qty in sorted(book.items())
        if qty != 0
    ]
