"""Write CSV and JSON: complete, row by row from a cursor on the server, the same to the byte.

CSV: UTF-8 without a mark, comma, CRLF, a header line, `.` decimals without trailing zeros, ISO
instants in UTC, lists joined by a blank, JSON as text; empty for null. Texts that a spreadsheet
would take for a formula get an apostrophe before them.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TextIO

from sync.recon.report.facts import chain
from sync.recon.report.reading import Choice, Reading
from sync.recon.report.speech import Speech
from sync.store import Transaction

#: What `--table` may name: the statement behind it. The first is the default.
TABLES: dict[str, str] = {
    "difference": "report_every_difference",
    "part": "report_every_part",
    "quarantine": "report_every_quarantined",
    "warehouse": "report_warehouses",
    "total": "report_totals",
    "figure": "report_figures",
    "gate": "report_gates",
    "adjustment": "report_adjustments",
    "run": "report_runs",
}
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
ALL_ROWS = 2_147_483_647


def neutral(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain(value: Decimal) -> str:
    """Return a number by its value: no exponent, no trailing zeros."""
    said = format(value, "f")
    return said.rstrip("0").rstrip(".") if "." in said else said


def cell(value: object) -> str:
    """Return a value as a cell of a CSV file."""
    said = "" if value is None else str(value)
    match value:
        case bool():
            said = said.lower()
        case Decimal():
            said = plain(value)
        case datetime():
            said = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            said = value.isoformat()
        case dict():
            said = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        case list():
            said = neutral(" ".join(str(one) for one in value))
        case str():
            said = neutral(value)
    return said


def write_csv(
    tx: Transaction, choice: Choice, into: TextIO, table: str, sample: tuple[int, str] | None = None
) -> None:
    """Write one table of the run; with a sample, (how many, seed), only those differences."""
    params: dict[str, Any] = {
        "run_id": choice.run_id,
        "warehouses": choice.warehouses,
        "until": choice.until,
        "row_limit": ALL_ROWS,
    }
    name = TABLES[table]
    if sample is not None:
        name = "report_sample"
        params |= {"row_limit": sample[0], "seed": sample[1]}
    writer = csv.writer(into, lineterminator="\r\n")
    with tx.stream(name, **params) as (columns, rows):
        writer.writerow(columns)
        for row in rows:
            writer.writerow([cell(value) for value in row])


def write_json(tx: Transaction, reading: Reading, into: TextIO) -> None:
    """Write one object: the run with its sums, and all differences, streamed."""
    choice = reading.choice
    chained = chain(reading.runs, Speech("en"))
    head: dict[str, Any] = {
        "run": dict(reading.run),
        "newest_run": None if choice.newest is None else dict(choice.newest),
        "warehouses": [dict(row) for row in reading.warehouses],
        "gates": [dict(row) for row in reading.gates],
        "waterfalls": [
            {
                "kind": fall.kind,
                "unit": fall.unit,
                "erp": fall.erp,
                **{step.name: step.amount for step in fall.steps},
                "wms": fall.wms,
            }
            for fall in reading.falls
        ],
        "residuals": [dict(row) for row in reading.residuals],
        "matrix": [dict(row) for row in reading.matrix],
        "changes": {name: dict(row) for name, row in reading.changes.items()},
        "figures": [dict(row) for row in reading.figures],
        "quarantine": [dict(row) for row in reading.quarantine],
        "adjustments": [dict(row) for row in reading.adjustments],
        "is_chain_whole": chained["is_chain_whole"],
    }
    said = json.dumps(head, default=_json, ensure_ascii=False)
    into.write(said[:-1] + ', "differences": [')
    with tx.stream(
        "report_every_difference", run_id=choice.run_id, warehouses=choice.warehouses
    ) as (_, rows):
        said_rows = (json.dumps(row._asdict(), default=_json, ensure_ascii=False) for row in rows)
        into.writelines(_joined(said_rows))
    into.write("\n]}\n")


def _joined(pieces: Iterable[str]) -> Iterator[str]:
    for number, piece in enumerate(pieces):
        yield ("\n" if number == 0 else ",\n") + piece


def _json(value: object) -> object:
    match value:
        case Decimal():
            return plain(value)
        case datetime() | date():
            return cell(value)
    raise TypeError(type(value).__name__)
