"""Prepare page 1: verdict, tiles, tie-out, matrix, changes, what everybody has to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from sync.recon.report import charts
from sync.recon.report.reading import Reading, Row, key_of
from sync.recon.report.speech import Speech, about
from sync.recon.report.waterfall import ZERO

BUCKETS = 5
#: Buckets above it are older than 7 nights.
OLD_BUCKET = 2
#: What fits on a laptop's screen beside the rest of page 1.
MATRIX_ROWS = 12
UNITS_SHOWN = 3
_ORDER = ("new", "closed", "worse", "better", "same")


@dataclass(frozen=True)
class Tile:
    """Hold one tile, ready to print."""

    label: str
    value: str
    last: str
    change: str
    target: str
    verdict: str
    spark: Markup


@dataclass(frozen=True)
class Measure:
    """Name a tile, the figures that it adds up, their unit, and whether more is better."""

    word: str
    names: tuple[str, ...]
    unit: str
    more_is_better: bool = False


TILES = (
    Measure("tile_adjusted", ("record_accuracy_pct",), "%", more_is_better=True),
    Measure("tile_gross", ("open_value",), "currency"),
    Measure("tile_ppm", ("unexplained_ppm",), "ppm"),
    Measure("tile_old", ("open_over_7_count",), "keys"),
    Measure("tile_rejected", ("rejected_open_count",), "messages"),
    Measure("tile_lag", ("dock_to_book_p95_s",), "s"),
)


def main_currency(reading: Reading) -> str:
    """Return the currency with the largest total, in which sums of values are printed."""
    return next((fall.unit for fall in reading.falls if fall.kind == "value"), "")


def scope(reading: Reading) -> str | None:
    """Return the warehouse whose figures are shown: `*` for all, None where none fit."""
    chosen = reading.choice.warehouses
    if chosen is None:
        return "*"
    return chosen[0] if len(chosen) == 1 else None


def figure(reading: Reading, name: str) -> Row | None:
    """Return a figure of the run over all classes and flows; of values, in the main currency."""
    place, currency = scope(reading), main_currency(reading)
    for row in reading.figures:
        is_it = (row["warehouse_code"], row["abc_class"], row["name"]) == (place, "*", name)
        if is_it and row["flow"] in ("*", currency):
            return row
    return None


def open_count(reading: Reading) -> int:
    """Return how many residuals no tolerance covers."""
    return sum(int(row["key_count"]) for row in reading.matrix if row["is_open"])


def _counted(reading: Reading, name: str) -> Decimal | None:
    """Return a tile's figure from the rows of the run, where no figure was kept."""
    keys = Decimal(sum(int(row["key_count"]) for row in reading.warehouses))
    opened = [row for row in reading.matrix if row["is_open"]]
    if name == "tile_adjusted" and keys:
        agreed = sum(int(row["agreed_adjusted_count"]) for row in reading.warehouses)
        return Decimal(100 * agreed) / keys
    if name == "tile_gross":
        return sum((row["open_value"] for row in opened), ZERO)
    if name == "tile_ppm" and keys:
        found = [row for row in opened if about(row["cause"]).is_unexplained]
        return Decimal(1_000_000 * sum(int(row["key_count"]) for row in found)) / keys
    if name == "tile_old":
        old = (row for row in opened if row["bucket"] > OLD_BUCKET)
        return Decimal(sum(int(row["key_count"]) for row in old))
    if name == "tile_rejected":
        waiting = (row for row in reading.queue if row["class"] == "REJECTED")
        return Decimal(sum(int(row["message_count"]) for row in waiting))
    return None


def _sum(values: list[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, ZERO) if known else None


def tiles(reading: Reading, say: Speech) -> list[Tile]:
    """Return the six tiles, each with last run, target and the line of the last 30 nights."""
    made = []
    nights = [int(row["run_id"]) for row in reading.runs if row["state"] == "closed"][:30][::-1]
    for one in TILES:
        rows = [row for name in one.names if (row := figure(reading, name)) is not None]
        value = _sum([row["value"] for row in rows]) if rows else _counted(reading, one.word)
        unit = main_currency(reading) if one.unit == "currency" else one.unit
        kept = [reading.trend.get(name, {}) for name in one.names if scope(reading) == "*"]
        line = [_sum([of.get(night) for of in kept]) for night in nights]
        last = line[-2] if len(line) > 1 else None
        target = rows[0]["target"] if rows else None
        change = "none"
        if value is not None and last is not None:
            grown = (value > last) == one.more_is_better
            change = "same" if value == last else "better" if grown else "worse"
        verdict = ""
        if value is not None and target is not None:
            is_met = value >= target if one.more_is_better else value <= target
            verdict = "met" if is_met else "missed"
        label = say.text(one.word)
        made.append(
            Tile(
                label=label,
                value=say.measure(value, unit) if value is not None else say.text("not_measured"),
                last=say.measure(last, unit),
                change=change,
                target="" if target is None else say.measure(target, unit),
                verdict=verdict,
                spark=charts.sparkline(line, target, label),
            )
        )
    return made


def tie_out(reading: Reading, say: Speech) -> dict[str, Any]:
    """Return the rows of the waterfall: name, bar, value, quantities of the largest units."""
    values = [fall for fall in reading.falls if fall.kind == "value"]
    units = [fall for fall in reading.falls if fall.kind == "qty"]
    shown = [*values[:1], *units[: UNITS_SHOWN if values else UNITS_SHOWN + 1]]
    if not shown:
        return {"heads": [], "rows": [], "more": 0}
    bars = charts.bars_of(shown[0])
    names = ["erp", *(step.name for step in shown[0].steps), "wms"]
    rows = []
    for number, name in enumerate(names):
        cells = []
        for fall in shown:
            places = 0 if fall.kind == "value" else None
            if name in ("erp", "wms"):
                amount = fall.erp if name == "erp" else fall.wms
                cells.append(say.number(amount, places))
            else:
                amount = fall.amount(name)
                cells.append("0" if amount == 0 else say.signed(amount, places))
        rows.append(
            {"name": say.text(f"step_{name}"), "step": name, "bar": bars[number], "cells": cells}
        )
    return {
        "heads": [fall.unit for fall in shown],
        "rows": rows,
        "more": len(reading.falls) - len(shown),
    }


def matrix(reading: Reading) -> dict[str, Any]:
    """Return the classes by age: a row for each class, the most valuable first."""
    rows: dict[str, dict[str, Any]] = {}
    for found in reading.matrix:
        row = rows.setdefault(
            found["cause"],
            {
                "class": found["cause"],
                "evidence": about(found["cause"]).evidence,
                "cells": [[0, ZERO] for _ in range(BUCKETS)],
                "count": 0,
                "amount": ZERO,
            },
        )
        cell = row["cells"][found["bucket"]]
        cell[0] += int(found["key_count"])
        cell[1] += found["amount"]
        row["count"] += int(found["key_count"])
        row["amount"] += found["amount"]
    ordered = sorted(rows.values(), key=lambda row: (-row["amount"], row["class"]))
    total = {
        "cells": [
            [
                sum(row["cells"][n][0] for row in ordered),
                sum((row["cells"][n][1] for row in ordered), ZERO),
            ]
            for n in range(BUCKETS)
        ],
        "count": sum(row["count"] for row in ordered),
        "amount": sum((row["amount"] for row in ordered), ZERO),
    }
    cut = len(ordered) if len(ordered) <= MATRIX_ROWS + 1 else MATRIX_ROWS
    return {"rows": ordered, "shown": ordered[:cut], "rest": ordered[cut:], "total": total}


def changes(reading: Reading) -> list[Mapping[str, Any]]:
    """Return new, closed, worse, better and unchanged keys with their values."""
    found: list[Mapping[str, Any]] = []
    for name in _ORDER:
        row = reading.changes.get(name)
        now = row["value_now"] if row else ZERO
        before = row["value_before"] if row else ZERO
        found.append(
            {"name": name, "count": int(row["key_count"]) if row else 0, "net": now - before,
             "value": max(now, before)}
        )  # fmt: skip
    return found


def owners(reading: Reading) -> list[dict[str, Any]]:
    """Return who has something to do: keys and value, the most valuable first."""
    found: dict[str, dict[str, Any]] = {}
    for row in reading.matrix:
        if row["owner"] == "none":
            continue
        one = found.setdefault(row["owner"], {"owner": row["owner"], "count": 0, "amount": ZERO})
        one["count"] += int(row["key_count"])
        one["amount"] += row["amount"]
    return sorted(found.values(), key=lambda one: (-one["amount"], one["owner"]))


def actions(reading: Reading) -> list[dict[str, Any]]:
    """Return each owner's top 20, most valuable first; `top` marks the 20 of all owners."""
    embedded = {key_of(row) for row in reading.worst}
    return [
        {**row, "top": number < 20, "is_embedded": key_of(row) in embedded}
        for number, row in enumerate(reading.actions)
    ]
