"""Build what a WMS sends: facts, answers and snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from tests.support.builders import NUMBER, Columns, Document, Documents, LineSpec, Order, numbered


class WmsDocuments(Documents):
    """Build what a WMS sends: facts, answers and snapshots. `seq` is the source_seq."""

    def fact(
        self,
        view: str,
        number: str,
        *,
        warehouse: str,
        lines: Sequence[LineSpec] = (),
        order: Order | None = None,
        seq: int | None = None,
        final: bool | None = None,
        qty_column: str = "qty",
        **more: Any,
    ) -> Document:
        """Build a fact of any type; the named methods below are its short forms."""
        header: Columns = {
            "warehouse_code": warehouse,
            NUMBER[view]: number,
            "source_seq": seq,
            "is_final": final,
        }
        if order is not None:
            header["order_no"] = order[1]
            if view not in ("material_issue", "production_receipt", "stock_move"):
                header["order_type"] = order[0]
        return self.build(view, {**header, **more}, lines, qty_column)

    def goods_receipt(self, number: str, *, warehouse: str, **more: Any) -> Document:
        """Build a goods receipt."""
        return self.fact("goods_receipt", number, warehouse=warehouse, **more)

    def shipment(self, number: str, *, warehouse: str, **more: Any) -> Document:
        """Build a shipment."""
        return self.fact("shipment", number, warehouse=warehouse, **more)

    def material_issue(
        self, number: str, *, warehouse: str, order_no: str, **more: Any
    ) -> Document:
        """Build the issue of components to a production order."""
        return self.fact("material_issue", number, warehouse=warehouse, order_no=order_no, **more)

    def production_receipt(
        self, number: str, *, warehouse: str, order_no: str, **more: Any
    ) -> Document:
        """Build the receipt of a product from its production order."""
        return self.fact(
            "production_receipt", number, warehouse=warehouse, order_no=order_no, **more
        )

    def stock_move(self, number: str, *, warehouse: str, **more: Any) -> Document:
        """Build a move between locations or statuses."""
        return self.fact("stock_move", number, warehouse=warehouse, **more)

    def stock_adjustment(
        self,
        number: str,
        *,
        warehouse: str,
        lines: Sequence[LineSpec],
        reason: str = "FOUND",
        **more: Any,
    ) -> Document:
        """Build an adjustment; the reason goes to every line that names none."""
        told = [{"reason_code": reason, **columns} for columns in numbered(lines)]
        return self.fact("stock_adjustment", number, warehouse=warehouse, lines=told, **more)

    def initial_load(
        self, number: str, *, warehouse: str, lines: Sequence[LineSpec], **more: Any
    ) -> Document:
        """Build the opening stock."""
        return self.stock_adjustment(
            number, warehouse=warehouse, lines=lines, reason="INITIAL", **more
        )

    def stock_count(
        self,
        number: str,
        *,
        warehouse: str,
        through: int | None,
        lines: Sequence[LineSpec],
        **more: Any,
    ) -> Document:
        """Build a count that includes movements up to the source_seq `through`."""
        more = {"counted_through_seq": through, "qty_column": "counted_qty", **more}
        return self.fact("stock_count", number, warehouse=warehouse, lines=lines, **more)

    def order_milestone(
        self, number: str, *, warehouse: str, order: Order, milestone: str, **more: Any
    ) -> Document:
        """Build a milestone."""
        more = {"milestone": milestone, **more}
        return self.fact("order_milestone", number, warehouse=warehouse, order=order, **more)

    def order_response(
        self,
        number: str,
        *,
        warehouse: str,
        order: Order,
        revision: int,
        response: str,
        **more: Any,
    ) -> Document:
        """Build the answer to a request."""
        more = {"revision": revision, "response": response, "qty_column": "accepted_qty", **more}
        return self.fact("order_response", number, warehouse=warehouse, order=order, **more)

    def reverse(self, view: str, number: str, *, of: str, warehouse: str, **more: Any) -> Document:
        """Build the reversal of the fact `of` of the same view."""
        more = {"action": "reverse", "reverses_no": of, **more}
        return self.fact(view, number, warehouse=warehouse, **more)

    def stock_snapshot(
        self, number: str, *, warehouse: str, lines: Sequence[LineSpec], through: int, **more: Any
    ) -> Document:
        """Build a snapshot of the warehouse's stock."""
        as_of = more.pop("as_of", datetime(2025, 3, 3, 18, tzinfo=UTC))
        more = {"as_of": as_of, "through_seq": through, **more}
        return self.fact("stock_snapshot", number, warehouse=warehouse, lines=lines, **more)
