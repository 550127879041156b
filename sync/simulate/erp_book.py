"""Keep the ERP's own stock book: what it posted from the facts that it was told.

The ERP believes what its inbox says, line by line, in canonical codes and base units. This book
feeds its end-of-day snapshot; it is neither crossdock's ledger nor the physical truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

from sync.simulate.company import Company
from sync.simulate.truth import IN_TRANSIT, StockKey, to_base
from sync.simulate.writing import Row

_SIGNS = {
    "goods_receipt": 1,
    "production_receipt": 1,
    "stock_adjustment": 1,
    "shipment": -1,
    "material_issue": -1,
}
POSTED_TYPES = (*_SIGNS, "stock_move", "stock_count")
# Own numbers of facts, by view: the key under which a reversal finds what it reverses.
NUMBER_COLUMNS = {
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

Effects = list[tuple[StockKey, Fraction]]


class ErpBook:
    """Post delivered facts and tell the stock that results."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._stock: dict[StockKey, Fraction] = {}
        self._posted: dict[tuple[str, str, str], Effects] = {}

    def adopt(self, stock: Iterable[tuple[StockKey, Decimal]]) -> None:
        """Begin with what an earlier day left behind."""
        for key, qty in stock:
            if key.status != IN_TRANSIT:
                self._stock[key] = Fraction(qty)

    def post(self, view: str, header: Row, lines: Sequence[Row]) -> None:
        """Post one delivered fact; a reversal takes back what its original posted."""
        number = (view, header["warehouse_code"], header[NUMBER_COLUMNS[view]])
        if header["action"] == "reverse":
            original = (view, header["warehouse_code"], header["reverses_no"])
            effects = [(key, -qty) for key, qty in self._posted.get(original, [])]
        else:
            effects = [effect for line in lines for effect in self._effects(view, header, line)]
        self._posted[number] = effects
        for key, qty in effects:
            self._stock[key] = self._stock.get(key, Fraction(0)) + qty

    def rows(self, warehouse: str) -> list[tuple[StockKey, Fraction]]:
        """Return what the ERP believes to lie in a warehouse, sorted, without zero rows."""
        return sorted(
            (key, qty) for key, qty in self._stock.items() if key.warehouse == warehouse and qty
        )

    def _effects(self, view: str, header: Row, line: Row) -> Effects:
        item = self._company.item(line["item_code"])
        if view == "stock_count":
            return self._count(header, line)
        qty = to_base(item, line["qty"], line["uom"])
        if view == "stock_move":
            source = _key(header, line, line["from_location_code"], line["from_stock_status"])
            target = _key(
                header,
                line,
                line["to_location_code"] or source.location,
                line["to_stock_status"] or source.status,
            )
            return [(source, -qty), (target, qty)]
        status = line["stock_status"]
        if status is None and view == "goods_receipt" and header["order_type"] == "customer_return":
            status = "returns"
        if status == IN_TRANSIT:
            return []
        key = _key(header, line, line["location_code"], status)
        return [(key, _SIGNS[view] * qty)]

    def _count(self, header: Row, line: Row) -> Effects:
        item = self._company.item(line["item_code"])
        key = _key(header, line, line["location_code"], line["stock_status"])
        counted = to_base(item, line["counted_qty"], line["uom"])
        return [(key, counted - self._stock.get(key, Fraction(0)))]


def _key(header: Row, line: Row, location: str | None, status: str | None) -> StockKey:
    return StockKey(
        header["warehouse_code"],
        line["item_code"],
        line["lot_no"] or "",
        location or "",
        status or "unrestricted",
    )
