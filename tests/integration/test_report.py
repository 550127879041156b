"""The reconciliation report on rows of several nights: every format, both languages, bad names."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from sync.cli.main import run
from sync.recon.report import Wanted, workbook, write
from sync.recon.report.evidence import of_key
from sync.recon.report.reading import read
from sync.recon.report.speech import Speech
from sync.store import Store
from tests.support.builders_world import World
from tests.support.cluster import Cluster, Connection, Database
from tests.support.month import Month
from tests.support.recon_nights import Nights

NIGHTS = 4


@pytest.fixture(scope="module")
def nights(cluster: Cluster) -> Iterator[Database]:
    """Give a database with a few nights, all its items in use."""
    made = cluster.clone()
    connection = made.connect(autocommit=False)
    writer = Nights(connection, item_count=12, new_count=14, known_count=30)
    for number in range(NIGHTS):
        writer.night(number)
    connection.commit()
    yield made
    made.close()


@pytest.fixture
def store(nights: Database) -> Iterator[Store]:
    """Give a store of it."""
    opened = Store(nights.url)
    yield opened
    opened.close()


@pytest.fixture
def admin(nights: Database) -> Connection:
    """Give a connection of the superuser."""
    return nights.connect()


def written(store: Store, **wanted: Any) -> bytes:
    """Return a report as bytes."""
    into = io.BytesIO()
    write(store, Wanted(**wanted), into)
    return into.getvalue()


@pytest.mark.parametrize("form", ["html", "xlsx", "csv", "json"])
def test_the_same_run_gives_the_same_bytes(store: Store, form: str) -> None:
    """No clock, no random number: a past night can be shown to an auditor as it was."""
    assert written(store, form=form, run_id=2) == written(store, form=form, run_id=2)


def test_the_csv_has_every_difference_and_no_formula(store: Store, admin: Connection) -> None:
    """By key, with numbers by value; a text that looks like a formula gets an apostrophe."""
    rows = list(csv.DictReader(io.StringIO(written(store, form="csv").decode(), newline="")))
    found = admin.execute(
        "SELECT warehouse_code, item_code, residual_qty FROM recon.difference WHERE run_id = %s"
        " ORDER BY warehouse_code, item_code, lot_no, stock_status", (NIGHTS,)
    ).fetchall()  # fmt: skip
    assert [
        (r["warehouse_code"], r["item_code"].lstrip("'"), Decimal(r["residual_qty"])) for r in rows
    ] == found
    assert all(
        "." not in row["residual_qty"] or not row["residual_qty"].endswith("0") for row in rows
    )
    everything = "".join(
        written(store, form="csv", table="difference", run_id=number + 1).decode()
        for number in range(NIGHTS)
    )
    assert "'=cmd|" in everything
    assert not re.search(r"(^|,)\"?=cmd", everything, re.MULTILINE)


def test_a_sample_is_drawn_again_by_its_seed(store: Store) -> None:
    """Whoever has the seed has the sample; another seed draws another one."""
    first = written(store, form="csv", sample=(5, "a"))
    assert first == written(store, form="csv", sample=(5, "a"))
    assert first != written(store, form="csv", sample=(5, "b"))
    assert first.count(b"\r\n") == 6


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_holds_names_as_text(store: Store, language: str) -> None:
    """An item called <script> is a name, in the table and in the data of the drill-down."""
    pages = "".join(
        written(store, language=language, run_id=number + 1).decode() for number in range(NIGHTS)
    )
    assert "&lt;script&gt;alert(1)" in pages
    assert "<script>alert(1)" not in pages
    assert "\\u003cscript\\u003ealert(1)" in pages
    assert "http://" not in pages
    assert "https://" not in pages


def test_the_page_says_the_verdict_and_ties_out(store: Store) -> None:
    """The waterfall on the page ends at the WMS's total, for every unit and currency."""
    with store.transaction() as tx:
        reading = read(tx, None)
    assert {fall.unit for fall in reading.falls} >= {"EUR", "PCE"}
    for fall in reading.falls:
        assert fall.erp + sum(step.amount for step in fall.steps) == fall.wms
    page = written(store).decode()
    assert "OPEN ITEMS" in page
    assert f"all {reading.difference_count} differences" in page
    assert sum(int(row["key_count"]) for row in reading.matrix) == sum(
        "CLOSED" not in row["flags"] for row in reading.worst
    )


def test_only_the_worst_are_embedded_and_the_page_says_so(store: Store) -> None:
    """The page stays small; what is left out is counted."""
    with store.transaction() as tx:
        reading = read(tx, None, embedded=3)
        whole = read(tx, None)
    assert len(reading.worst) == 3
    assert reading.difference_count == len(whole.worst)
    assert reading.worst == whole.worst[:3]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_workbook_opens_and_holds_no_formula(store: Store, language: str) -> None:
    """Ten sheets; keys are text, whatever they look like."""
    book = openpyxl.load_workbook(io.BytesIO(written(store, form="xlsx", language=language)))
    assert len(book.sheetnames) == 10
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    items = book.worksheets[4]
    codes = [row[1] for row in items.iter_rows(min_row=2)]
    assert all(cell.data_type == "s" for cell in codes)
    assert {"000123", "1E5"} & {cell.value for cell in codes}


def test_a_workbook_that_is_cut_says_so(store: Store) -> None:
    """Rows beyond the format's limit are left out by name and number."""
    into = io.BytesIO()
    with store.transaction() as tx:
        reading = read(tx, None)
        workbook.write(tx, reading, "en", "UTC", into, row_limit=6)
    book = openpyxl.load_workbook(into)
    assert book["Items"].max_row == 6
    said = [row[0].value for row in book["Summary"].iter_rows()]
    assert book[
        "Summary"
    ].max_row <= 6 or f"Items: the first 5 of {reading.difference_count} rows" in str(said)


def test_the_json_is_one_object_with_all_differences(store: Store) -> None:
    """Exact numbers are text."""
    found = json.loads(written(store, form="json"))
    assert found["run"]["run_id"] == NIGHTS
    assert found["is_chain_whole"] is True
    with store.transaction() as tx:
        assert len(found["differences"]) == read(tx, None).difference_count
    assert all(isinstance(row["residual_qty"], str) for row in found["differences"])


def test_a_night_that_is_not_valid_leaves_the_last_one_standing(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The page tells why, with the gates; asked for by number it shows the gates alone."""
    made = cluster.clone()
    connection = made.connect(autocommit=False)
    writer = Nights(connection, item_count=6, new_count=3, known_count=4)
    url = ["--database-url", made.url]
    assert run(["report", *url]) == 4
    assert "no reconciliation run yet" in capsys.readouterr().err
    writer.night(0)
    bad = writer.night(1, valid=False)
    connection.commit()
    page = tmp_path / "page.html"
    assert run(["report", *url, "--output", str(page)]) == 0
    text = page.read_text("utf-8")
    assert f"Run {bad} of" in text
    assert "is NOT VALID" in text
    assert "it was cut off on the way" in text
    assert run(["report", *url, "--run", str(bad), "-o", str(page)]) == 0
    text = page.read_text("utf-8")
    assert "no differences are published" in text
    assert 'id="controller"' not in text
    assert run(["report", *url, "--warehouse", "W9"]) == 4
    assert run(["report", *url, "--format", "pdf"]) == 2
    assert run(["report", *url, "--time-zone", "Mars"]) == 2
    assert run(["report", *url, "--warehouse", "W1", "--format", "csv", "-o", str(page)]) == 0
    assert "W2," not in page.read_text("utf-8")
    made.close()


def test_a_night_of_the_engine_is_told_in_every_form(world: World, tmp_path: Path) -> None:
    """Movements run back to a book without the parts, a reject has its code, past bytes stay."""
    month = Month(world, seed=3)
    month.opening()
    month.day("cut_off", "rejected", "qty_mispost", "status_shift", "unreported_wms")
    opened = Store(world.database.url)
    try:
        before = written(opened, form="csv"), written(opened), written(opened, form="xlsx")
        with opened.transaction() as tx:
            reading = read(tx, None)
        month.day("unreported_erp", "seq_gap")
        again = {"run_id": reading.choice.run_id}
        assert written(opened, form="csv", **again) == before[0]
        first, second = (written(opened, **again) for _ in range(2))
        assert first == second
        for form in ("html", "xlsx", "csv", "json"):
            for language in ("en", "zh"):
                name = tmp_path / f"night-{language}.{form}"
                name.write_bytes(written(opened, form=form, language=language))
    finally:
        opened.close()
    assert {row["code"] for row in reading.queue if row["class"] == "REJECTED"} - {""}
    cut_off = next(row for row in reading.worst if row["class"] == "CUT_OFF")
    sections = of_key(reading, cut_off, 0, Speech("en"))
    moves = next(one for one in sections if one["title"] == "Movements since the last run")
    assert list(moves["marks"].values()) == ["first line that only one side has"]
    assert moves["rows"][0][-1] == "0"
    assert moves["rows"][-1][-1] == Speech("en").signed(cut_off["difference_qty"])
