"""Play nights of two books: what happens reaches one, the other, both or nobody, as a test says.

The floor's and the ERP's books are plain dictionaries. Facts take the real way: sent by the WMS,
applied, delivered, posted by the ERP. A test may also change one book alone: that is the fault that
the reconciliation has to find. Both sides send their whole book as a snapshot at night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
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
        self.now = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        self._held_back: set[int] = set()

    # What happens on the floor

    def receive(self, item: str, qty: object, **more: Any) -> Document:
        """Receive goods without an order."""
        line = {"item_code": item, "qty": qty, "reason_code": "FOUND", **more}
        return self._fact("goods_receipt", [line], 1)

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

    def _fact(self, view: str, lines: list[dict[str, Any]], sign: int) -> Document:
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
            occurred_at=self.now,
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
        """Let the engine work, and the ERP post what it reads, but for these document numbers."""
        self.world.drain()
        left = set(except_for)
        for row in self.world.erp.inbox(warehouse_code=self.warehouse, state="pending"):
            if row["doc_no"] in left:
                self._held_back.add(row["delivery_id"])
                continue
            self._post(row)
        self.world.drain()

    def _post(self, row: Row) -> None:
        self.world.erp.answer(row["delivery_id"], "accepted", receiver_ref=f"D{row['delivery_id']}")
        self.posted_through = max(self.posted_through, row["delivery_id"])
        for line in self.world.erp.read(
            f"SELECT * FROM erp_v1.{row['doc_type']}_line WHERE delivery_id = %s",
            row["delivery_id"],
        ):
            if row["doc_type"] == "stock_move":
                left = {**line, "stock_status": line["from_stock_status"]}
                self._book(self.erp, left, -1)
                self._book(self.erp, left | {"stock_status": line["to_stock_status"]}, 1)
            else:
                sign = -1 if row["doc_type"] in ("shipment", "material_issue") else 1
                self._book(self.erp, line, sign)

    def echo(self, document: Document, qty: object, *, ref: str, **more: Any) -> None:
        """Let the ERP say what it posted for a fact."""
        row = next(row for row in self.world.erp.inbox(doc_no=document.number))
        line = self.world.erp.read(
            f"SELECT * FROM erp_v1.{row['doc_type']}_line WHERE delivery_id = %s",
            row["delivery_id"],
        )[0]
        told = {
            "message_id": f"echo-{ref}",
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
        """Send both books, and reconcile; the next day begins."""
        self.snapshots(**snapshots)
        result = reconcile(self.world.store, [self.warehouse], self.now)
        self.now += timedelta(seconds=30)
        return result

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
