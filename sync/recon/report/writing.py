"""Choose the run, read it, and write it in one of the formats."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from sync.recon.report import page, stream, workbook
from sync.recon.report.reading import choose, read
from sync.recon.report.stream import TABLES
from sync.recon.report.words import LANGUAGES
from sync.store import Store

FORMATS = ("html", "xlsx", "csv", "json")


@dataclass(frozen=True)
class Wanted:
    """Say what is asked for: which run, of which warehouses, in which form."""

    run_id: int | None = None
    warehouses: tuple[str, ...] = ()
    form: str = "html"
    language: str = "en"
    zone: str = "UTC"
    table: str = next(iter(TABLES))
    sample: tuple[int, str] | None = None


def write(store: Store, wanted: Wanted, into: BinaryIO) -> int:
    """Write the report and return the number of its run.

    Raises:
        NotFoundError: no such run, or it has nothing of the warehouses.
        InvariantError: the waterfall does not add up.

    """
    with store.transaction() as tx:
        if wanted.form == "csv":
            choice = choose(tx, wanted.run_id, wanted.warehouses)
            with _text(into) as lines:
                stream.write_csv(tx, choice, lines, wanted.table, wanted.sample)
            return choice.run_id
        reading = read(tx, wanted.run_id, wanted.warehouses)
        if wanted.form == "json":
            with _text(into) as lines:
                stream.write_json(tx, reading, lines)
        elif wanted.form == "xlsx":
            workbook.write(tx, reading, wanted.language, wanted.zone, into)
    if wanted.form == "html":
        into.write(page.render(reading, wanted.language, wanted.zone).encode())
    return reading.choice.run_id


@contextmanager
def _text(into: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """Lend a binary stream as UTF-8 text, and leave it open."""
    lines = io.TextIOWrapper(into, encoding="utf-8", newline="")
    try:
        yield lines
        lines.flush()
    finally:
        lines.detach()


__all__ = ["FORMATS", "LANGUAGES", "TABLES", "Wanted", "write"]
