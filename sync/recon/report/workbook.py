"""Write the workbook: ten sheets, keys as text, numbers as numbers, nothing a formula.

Rows are written as they come (constant memory), so a sheet is written once, from top to bottom. A
sheet ends at the format's row limit and says so on the first sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

from sync.recon.report import facts, overview
from sync.recon.report.reading import LISTED, Reading
from sync.recon.report.speech import Speech, about
from sync.recon.report.stream import cell
from sync.recon.report.waterfall import STEPS, ZERO
from sync.store import Transaction

#: Rows of a sheet in this format, the header among them.
ROW_LIMIT = 1_048_576
#: More digits than a spreadsheet's number holds exactly.
_DIGITS = 15
_KEY = ("warehouse_code", "item_code", "lot_no", "stock_status")


class _Book:
    """Write sheets of one workbook in one language."""

    def __init__(self, into: BinaryIO, reading: Reading, say: Speech, row_limit: int) -> None:
        self.say = say
        self.row_limit = row_limit
        self.book = xlsxwriter.Workbook(
            into,
            {
                "constant_memory": True,
                "strings_to_numbers": False,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "remove_timezone": True,
                "default_date_format": "yyyy-mm-dd hh:mm:ss",
            },
        )
        made_at = reading.run["ended_at"] or reading.run["as_of"]
        self.book.set_properties(
            {
                "title": f"{say.text('title')} {reading.run['run_id']}",
                "author": "crossdock",
                "created": made_at.astimezone(UTC).replace(tzinfo=None),
            }
        )
        self.bold = self.book.add_format(
            {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self.number = self.book.add_format({"num_format": "#,##0.######"})
        self.text = self.book.add_format({"num_format": "@"})
        self.instant = self.book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})

    def sheet(
        self,
        name: str,
        heads: Sequence[str],
        rows: Iterable[Sequence[object]],
        widths: Sequence[int] = (),
        *,
        limit: int = ROW_LIMIT,
    ) -> None:
        """Write one sheet with a frozen header; rows beyond the limit are left out."""
        sheet = self.book.add_worksheet(self.say.text(name))
        sheet.freeze_panes(1, 0)
        for column in range(len(heads)):
            sheet.set_column(column, column, widths[column] if column < len(widths) else 14)
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, self.bold)
        line = 0
        for line, row in enumerate(rows, start=1):
            if line >= limit:
                break
            for column, value in enumerate(row):
                self._cell(sheet, line, column, value)
        if line:
            sheet.autofilter(0, 0, min(line, limit - 1), len(heads) - 1)

    def _cell(self, sheet: Any, line: int, column: int, value: object) -> None:
        """Write a value by its kind; every text is a text cell, whatever it looks like."""
        match value:
            case None | "":
                return
            case bool():
                sheet.write_boolean(line, column, value)
            case int() if abs(value) < 10**_DIGITS:
                sheet.write_number(line, column, value)
            case Decimal() if len(value.normalize().as_tuple().digits) <= _DIGITS:
                sheet.write_number(line, column, float(value), self.number)
            case datetime():
                sheet.write_datetime(
                    line, column, value.astimezone(UTC).replace(tzinfo=None), self.instant
                )
            case date():
                sheet.write_datetime(
                    line,
                    column,
                    datetime.combine(value, time()),
                    self.day,
                )
            case _:
                sheet.write_string(line, column, cell(value), self.text)


def write(
    tx: Transaction,
    reading: Reading,
    language: str,
    zone: str,
    into: BinaryIO,
    row_limit: int = ROW_LIMIT,
) -> None:
    """Write the workbook of a run; differences and parts are streamed from the database."""
    say = Speech(language, zone)
    book = _Book(into, reading, say, row_limit)
    text = say.text
    part_count = sum(int(row["part_count"]) for row in reading.queue)
    rejected = [row for row in reading.waiting if row["class"] == "REJECTED"]
    _summary(book, reading, part_count)
    book.sheet(
        "sheet_waterfall",
        [text("unit"), text("value"), *[text(f"step_{n}") for n in _steps()]],
        [
            [f.unit, f.kind == "value", f.erp, *[s.amount for s in f.steps], f.wms]
            for f in reading.falls
        ],
    )
    _by_class(book, reading)
    _by_warehouse(book, reading)
    _items(book, tx, reading)
    _movements(book, tx, reading)
    book.sheet(
        "sheet_rejected",
        [
            text(n)
            for n in (
                "warehouse",
                "item",
                "lot",
                "status",
                "qty",
                "document",
                "message",
                "state",
                "happened",
                "look",
            )
        ],
        [
            [
                *[row[n] for n in _KEY],
                row["qty"],
                f"{row['doc_type'] or ''} {row['doc_no'] or ''}".strip(),
                row["seq"],
                row["state"],
                row["happened_at"],
                f"crossdock why {row['seq']}",
            ]
            for row in rejected
        ],
        (10, 18, 14, 14, 12, 26, 12, 12, 20, 24),
    )
    book.sheet(
        "sheet_maps",
        [
            text(n)
            for n in ("warehouse", "side", "class", "missing", "rule", "lines", "qty", "unit")
        ],
        [
            [
                row["warehouse_code"],
                row["side"],
                row["class"],
                row["missing"],
                row["reason"],
                row["line_count"],
                row["qty"],
                row["uom"],
            ]
            for row in reading.quarantine
        ],
        (10, 8, 20, 28, 30),
    )
    _adjustments(book, reading)
    _run(book, reading)
    book.book.close()


def _steps() -> list[str]:
    return ["erp", *(name for name, _ in STEPS), "wms"]


def _summary(book: _Book, reading: Reading, part_count: int) -> None:
    say, run = book.say, reading.run
    rows: list[list[object]] = [
        [say.text("verdict"), run["verdict"]],
        [say.text("reason"), run["reason"]],
        [say.text("run"), run["run_id"]],
        [say.text("as_of"), run["as_of"]],
        [say.text("difference"), reading.difference_count],
        [say.text("open"), overview.open_count(reading)],
    ]
    rows += [[tile.label, tile.value, tile.target] for tile in overview.tiles(reading, say)]
    if reading.choice.newest is not None:
        newest = reading.choice.newest
        rows.append([f"{say.text('run')} {newest['run_id']}", newest["verdict"], newest["reason"]])
    for name, count in (("sheet_items", reading.difference_count), ("sheet_movements", part_count)):
        if count >= book.row_limit:
            rows.append(
                [
                    say.text(
                        "capped",
                        sheet=say.text(name),
                        shown=say.number(book.row_limit - 1),
                        all=say.number(count),
                    )
                ]
            )
    waiting = len(reading.waiting)
    if waiting >= LISTED:
        rows.append(
            [
                say.text(
                    "capped",
                    sheet=say.text("sheet_rejected"),
                    shown=say.number(waiting),
                    all=f"≥ {waiting}",
                )
            ]
        )
    rows += [
        [
            row["warehouse_code"],
            say.text("erp_as_of"),
            row["erp_as_of"],
            say.text("wms_as_of"),
            row["wms_as_of"],
            say.text("skew"),
            row["skew_s"],
        ]
        for row in reading.warehouses
    ]
    book.sheet(
        "sheet_summary",
        [say.text("title"), "", "", "", "", "", ""],
        rows,
        (34, 24, 24, 14, 24, 10, 10),
    )


def _by_class(book: _Book, reading: Reading) -> None:
    say = book.say
    grid = overview.matrix(reading)
    heads = [say.text("class"), "", say.text("evidence"), say.text("owner"), say.text("action")]
    for number in range(overview.BUCKETS):
        bucket = say.text(f"bucket_{number}")
        heads += [
            f"{bucket} {say.text('nights')}: {say.text('keys')}",
            f"{bucket}: {say.text('value')}",
        ]
    heads += [say.text("keys"), say.text("value")]
    rows = []
    for row in grid["rows"]:
        known = about(row["class"])
        rows.append(
            [
                row["class"],
                say.class_meaning(row["class"]),
                row["evidence"],
                say.owner(known.owner),
                say.action(known.action),
                *[one for pair in row["cells"] for one in pair],
                row["count"],
                row["amount"],
            ]
        )
    book.sheet("sheet_class", heads, rows, (22, 44, 10, 16, 34))


def _by_warehouse(book: _Book, reading: Reading) -> None:
    say = book.say
    names = (
        "key_count",
        "compared_count",
        "agreed_raw_count",
        "agreed_adjusted_count",
        "quarantined_count",
        "not_comparable_count",
        "not_assessable_count",
    )
    heads = [
        say.text(n)
        for n in (
            "warehouse",
            "keys",
            "compared",
            "agreed",
            "agreed_adjusted",
            "quarantined",
            "not_comparable",
            "not_assessable",
            "open",
            "gross",
            "net",
        )
    ]
    currency = overview.main_currency(reading)
    rows = []
    for row in reading.warehouses:
        code = row["warehouse_code"]
        of_it = [one for one in reading.residuals if one["warehouse_code"] == code]
        worth = [one for one in of_it if one["currency"] == currency]
        rows.append(
            [
                code,
                *[row[name] for name in names],
                sum(int(one["open_count"]) for one in of_it),
                sum((one["gross_value"] for one in worth), ZERO),
                sum((one["net_value"] for one in worth), ZERO),
            ]
        )
    book.sheet("sheet_warehouse", heads, rows)


def _items(book: _Book, tx: Transaction, reading: Reading) -> None:
    say, choice = book.say, reading.choice
    with tx.stream(
        "report_every_difference", run_id=choice.run_id, warehouses=choice.warehouses
    ) as (columns, rows):
        kept = [name for name in columns if name not in ("why_key", "why_args")]

        def shown() -> Iterable[list[object]]:
            for row in rows:
                found = row._asdict()
                found |= {
                    "why": say.why(found),
                    "owner": say.owner(found["owner"]),
                    "action": say.action(found["action"]),
                }
                yield [found[name] for name in kept]

        # The columns are named as in the CSV: one name for one thing.
        book.sheet("sheet_items", kept, shown(), (10, 18, 14, 14, 8), limit=book.row_limit)


def _movements(book: _Book, tx: Transaction, reading: Reading) -> None:
    choice = reading.choice
    with tx.stream("report_every_part", run_id=choice.run_id, warehouses=choice.warehouses) as (
        columns,
        rows,
    ):
        lines = (list(row) for row in rows)
        widths = (10, 18, 14, 14, 8, 20)
        book.sheet("sheet_movements", columns, lines, widths, limit=book.row_limit)


def _adjustments(book: _Book, reading: Reading) -> None:
    names = (
        "adjustment_id",
        *_KEY,
        "side",
        "qty",
        "uom",
        "value",
        "currency",
        "class",
        "evidence",
        "state",
        "requested_by",
        "approved_by",
        "approved_at",
        "reason",
        "document_ref",
    )
    book.sheet(
        "sheet_adjustments", names, [[row[name] for name in names] for row in reading.adjustments]
    )


def _run(book: _Book, reading: Reading) -> None:
    say, run = book.say, reading.run
    rows: list[list[object]] = [
        [name, run[name]]
        for name in (
            "run_id",
            "as_of",
            "state",
            "verdict",
            "reason",
            "trigger",
            "requested_by",
            "started_at",
            "ended_at",
            "previous_run_id",
            "revision",
            "config_hash",
            "input_hash",
            "previous_hash",
            "run_hash",
        )
    ]
    rows += [
        [f"config.{name}", value] for name, value in sorted(facts.flattened(run["config"]).items())
    ]
    rows += [[f"durations.{name}", Decimal(str(value))] for name, value in run["durations"].items()]
    for row in reading.warehouses:
        rows += [
            [f"{row['warehouse_code']}.{name}", value]
            for name, value in row.items()
            if name != "warehouse_code"
        ]
    rows += [
        [f"gate.{row['warehouse_code']}.{row['gate']}", row["passed"], row["text"]]
        for row in reading.gates
    ]
    book.sheet("sheet_run", [say.text("setting"), say.text("is"), ""], rows, (40, 70, 60))
