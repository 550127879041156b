"""Build documents of the contract tersely: one method for each view, one `Document` as result.

`ErpDocuments` (builders_erp) and `WmsDocuments` (builders_wms) only build. The senders of
builders_world inherit them and insert what they build, so a test reads like the day it tells:

    erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10), ("B", 2, "BOX")])
    wms.goods_receipt("R1", warehouse="W1", order=("purchase_order", "PO1"),
                      lines=[line("A", 10, location_code="DOCK")])

A line is ``(item, qty)``, ``(item, qty, uom)`` or the mapping that `line` returns. Lines are
numbered from 1 where they name no ``line_no``. Further columns go by name.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Qty = int | str | Decimal
Columns = dict[str, Any]
LineSpec = tuple[str, Qty] | tuple[str, Qty, str] | Mapping[str, Any]
Order = tuple[str, str]  # order_type, order_no

#: The column in which each view carries its document's own number.
NUMBER = {
    "purchase_order": "order_no",
    "sales_order": "order_no",
    "production_order": "order_no",
    "transfer_order": "order_no",
    "customer_return": "order_no",
    "supplier_return": "order_no",
    "goods_receipt": "receipt_no",
    "shipment": "shipment_no",
    "material_issue": "issue_no",
    "production_receipt": "receipt_no",
    "stock_move": "move_no",
    "stock_adjustment": "adjustment_no",
    "stock_count": "count_no",
    "order_milestone": "milestone_no",
    "order_response": "response_no",
    "stock_snapshot": "snapshot_no",
}


@dataclass(frozen=True)
class Document:
    """Hold one message as its sender writes it: the view, header columns, line columns.

    Lines hold ``line_no`` and need neither ``message_id`` nor ``warehouse_code``.
    """

    view: str
    header: Columns
    lines: tuple[Columns, ...] = field(default=())

    @property
    def message_id(self) -> str:
        """Return the sender's id of this transmission."""
        return str(self.header["message_id"])

    @property
    def number(self) -> str | None:
        """Return the document's own number; None for master data."""
        return self.header.get(NUMBER.get(self.view, ""))

    @property
    def warehouse(self) -> str | None:
        """Return the warehouse_code as sent."""
        return self.header.get("warehouse_code")

    def __str__(self) -> str:
        """Return the document in one line, for reports of failed tests."""
        header = {k: v for k, v in self.header.items() if k not in ("message_id", "warehouse_code")}
        told = " ".join(f"{name}={value}" for name, value in header.items())
        lines = "; ".join(" ".join(str(v) for v in columns.values()) for columns in self.lines)
        return f"{self.view} {self.message_id} {self.warehouse or ''} {told} [{lines}]"

    def again(self, message_id: str | None = None, **changed: object) -> Document:
        """Return the document under another message_id, with header columns changed."""
        header = {**self.header, "message_id": message_id or f"{self.message_id}'", **changed}
        return Document(self.view, header, self.lines)

    def with_line(self, line_no: int, **changed: object) -> Document:
        """Return the document with columns of one line changed."""
        lines = tuple(
            {**line, **changed} if line["line_no"] == line_no else line for line in self.lines
        )
        return Document(self.view, self.header, lines)


def line(
    item_code: str | None, qty: Qty | None = None, uom: str | None = None, **more: Any
) -> Columns:
    """Return the columns of one line; what is None is left out."""
    columns = {"item_code": item_code, "qty": qty, "uom": uom, **more}
    return {name: value for name, value in columns.items() if value is not None}


def numbered(lines: Sequence[LineSpec], qty_column: str = "qty") -> tuple[Columns, ...]:
    """Return full line columns, numbered from 1 where a line names no number."""
    found = []
    for position, spec in enumerate(lines, start=1):
        columns = dict(spec) if isinstance(spec, Mapping) else line(*spec)
        if qty_column != "qty" and "qty" in columns:
            columns[qty_column] = columns.pop("qty")
        found.append({"line_no": position, **columns})
    return tuple(found)


class Documents:
    """Number messages and hand each built document to `emit`, which only returns it here."""

    def __init__(self, prefix: str = "M") -> None:
        self._ids: Iterator[int] = itertools.count(1)
        self._prefix = prefix

    def emit(self, document: Document) -> Document:
        """Return the document; a sender overrides this and inserts it."""
        return document

    def build(
        self,
        view: str,
        header: Mapping[str, Any],
        lines: Sequence[LineSpec] = (),
        qty_column: str = "qty",
    ) -> Document:
        """Build any document; the message_id is given by number unless the header names it."""
        columns = {name: value for name, value in header.items() if value is not None}
        columns.setdefault("message_id", f"{self._prefix}-{next(self._ids)}")
        return self.emit(Document(view, columns, numbered(lines, qty_column)))
