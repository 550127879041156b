"""Build the tie-out: ERP total, what explains the difference, what is left, WMS total.

    ERP - cut-off - in flight - rejected - unconfirmed - carried - ERP drift + WMS drift = WMS

Quantities never add across units, values never across currencies: each has a waterfall of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sync.errors import InvariantError

#: (name, how it enters the sum) from the ERP's total to the WMS's.
STEPS: tuple[tuple[str, int], ...] = (
    ("cut_off", -1),
    ("in_flight", -1),
    ("rejected", -1),
    ("unconfirmed", -1),
    ("carried", -1),
    ("erp_drift", -1),
    ("wms_drift", 1),
)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Step:
    """Hold one bar: its name, what it adds, the running total behind it."""

    name: str
    amount: Decimal
    total: Decimal


@dataclass(frozen=True)
class Waterfall:
    """Hold the way from one book to the other in a unit (`kind` qty) or a currency (value)."""

    kind: str
    unit: str
    erp: Decimal
    steps: tuple[Step, ...]
    wms: Decimal

    def amount(self, name: str) -> Decimal:
        """Return what a step adds."""
        return next(step.amount for step in self.steps if step.name == name)


def waterfalls(totals: Iterable[Mapping[str, Any]]) -> list[Waterfall]:
    """Add up the totals of warehouses: currencies first, then units, largest ERP total first.

    Raises:
        InvariantError: one does not add up to the last digit.

    """
    sums: dict[tuple[str, str], dict[str, Decimal]] = {}
    names = ("erp", *(name for name, _ in STEPS), "wms")
    for row in totals:
        places = [("qty", row["uom"])]
        if row["currency"]:
            places.append(("value", row["currency"]))
        for kind, unit in places:
            into = sums.setdefault((kind, unit), dict.fromkeys(names, ZERO))
            for name in names:
                into[name] += row[f"{name}_{kind}"]
    made = [_waterfall(kind, unit, into) for (kind, unit), into in sums.items()]
    return sorted(made, key=lambda one: (one.kind != "value", -abs(one.erp), one.unit))


def _waterfall(kind: str, unit: str, sums: Mapping[str, Decimal]) -> Waterfall:
    total = sums["erp"]
    steps = []
    for name, sign in STEPS:
        amount = ZERO + sign * sums[name]  # never a negative zero
        total += amount
        steps.append(Step(name, amount, total))
    if total != sums["wms"]:
        raise InvariantError(
            f"the waterfall in {unit} ends at {total}, but the WMS's total is {sums['wms']}"
        )
    return Waterfall(kind, unit, sums["erp"], tuple(steps), sums["wms"])
