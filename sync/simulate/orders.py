"""Compare what the floors did for each order with what ``order_status`` says was done.

Orders that a trouble worked by hand are left out: their trouble checks them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from sync.simulate.erp import Erp
from sync.simulate.truth import decimal
from sync.simulate.wms import Wms, Work
from sync.simulate.writing import Row

_ENDED_WITHOUT_WORK = ("cancelled", "refused")


@dataclass(frozen=True, slots=True)
class OrderDifference:
    """Hold one order line, or an order with ``line_no`` None, that book and floor see apart."""

    order_type: str
    order_no: str
    line_no: int | None
    floor: str
    book: str


def compare_orders(erp: Erp, floors: Iterable[Wms]) -> tuple[int, list[OrderDifference]]:
    """Return how many orders were compared, and every difference."""
    booked: dict[tuple[str, str], dict[int, Row]] = {}
    for row in erp.rows("SELECT * FROM {}.order_status"):
        lines = booked.setdefault((row["order_no"], row["warehouse_code"]), {})
        lines[row["line_no"]] = row
    found: list[OrderDifference] = []
    count = 0
    for wms in floors:
        for key, work in wms.works.items():
            if work.order_no not in wms.manual:
                count += 1
                found += _compare_order(work, booked.get(key, {}))
    return count, found


def _compare_order(work: Work, booked: Mapping[int, Row]) -> list[OrderDifference]:
    found = []
    for line in work.lines.values():
        row = booked.get(line.line_no)
        book = None if row is None else Fraction(row["done_qty"])
        if book != line.done:
            seen = "no line" if book is None else f"{decimal(book):f} done"
            found.append(_difference(work, line.line_no, f"{decimal(line.done):f} done", seen))
        elif row is not None and line.line_no in work.refused_lines:
            state = row["state_of_line"]
            if state != "refused":
                found.append(_difference(work, line.line_no, "refused", state))
    states = {row["state"] for row in booked.values()}
    ended_without_work = states <= set(_ENDED_WITHOUT_WORK)
    if ended_without_work != (work.state == "cancelled"):
        found.append(_difference(work, None, work.state, ", ".join(sorted(states))))
    return found


def _difference(work: Work, line_no: int | None, floor: str, book: str) -> OrderDifference:
    return OrderDifference(work.kind, work.order_no, line_no, floor, book)
