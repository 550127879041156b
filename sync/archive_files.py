"""Write and read the files of an exported month: CSV, gzipped, or Parquet, and their manifest.

A CSV file is what PostgreSQL's own COPY reads: NULL is an empty field, every other value stands in
quotes. A Parquet file has whole numbers, truth values and the synchronizer's instants as such; what
a sender wrote stays text: no other type holds every number and date that PostgreSQL takes.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from schema import archive_copy
from sync.errors import ConfigurationError, PermanentError

FileFormat = Literal["csv", "parquet"]
Rows = Sequence[Sequence[str | None]]

FORMAT: Final = "crossdock archive 1"
MANIFEST: Final = "manifest.json"
ENDINGS: Final[dict[FileFormat, str]] = {"csv": ".csv.gz", "parquet": ".parquet"}
_FIELD = re.compile(r'(?:"((?:[^"]|"")*)")?(,|\r?\n|$)')
_CHUNK = 1 << 20


@dataclass(frozen=True)
class TableFile:
    """Say what one file holds: rows, the database's digest of them, and the file's own hash."""

    file: str
    rows: int
    digest: str
    sha256: str
    size_bytes: int
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Manifest:
    """Say what an exported month consists of, and which schema it was written from."""

    month: date
    file_format: FileFormat
    revision: str
    exported_at: str
    database: str
    tables: dict[str, TableFile]

    def content(self) -> dict[str, dict[str, Any]]:
        """Return rows and digest of each table, as the database tells them."""
        return {name: {"rows": one.rows, "digest": one.digest} for name, one in self.tables.items()}

    def save(self, folder: Path) -> None:
        """Write the manifest, last of all files: a folder without one is no export."""
        told = {"format": FORMAT, **asdict(self), "month": f"{self.month:%Y-%m}"}
        path = folder / MANIFEST
        with path.open("w", encoding="utf-8") as file:
            file.write(json.dumps(told, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the manifest of a folder.

        Raises:
            ConfigurationError: there is none, or it is none of ours.

        """
        path = folder / MANIFEST
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
        except OSError as exc:
            raise ConfigurationError(f"{path}: {exc.strerror}") from None
        except ValueError as exc:
            raise ConfigurationError(f"{path}: {exc}") from None
        if not isinstance(told, dict) or told.pop("format", None) != FORMAT:
            raise ConfigurationError(f"{path}: not a manifest of {FORMAT}")
        try:
            tables = {
                name: TableFile(**{**one, "columns": tuple(one["columns"])})
                for name, one in told.pop("tables").items()
            }
            month = date.fromisoformat(f"{told.pop('month')}-01")
            found = cls(month=month, tables=tables, **told)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise ConfigurationError(f"{path}: incomplete or damaged: {exc}") from None
        if found.tables.keys() != archive_copy.TABLES.keys() or found.file_format not in ENDINGS:
            raise ConfigurationError(f"{path}: does not name the tables of a month")
        return found


def file_name(table: str, file_format: FileFormat) -> str:
    """Return the name of a table's file."""
    return table + ENDINGS[file_format]


def write(path: Path, table: str, file_format: FileFormat, pages: Iterable[Rows]) -> int:
    """Write the rows of one table and return their number; the file is on the disk afterwards."""
    with path.open("xb") as raw:
        writer = _write_csv if file_format == "csv" else _write_parquet
        total = writer(raw, table, pages)
        raw.flush()
        os.fsync(raw.fileno())
    return total


def read(path: Path, file_format: FileFormat, columns: Sequence[str], rows: int) -> Iterator[Rows]:
    """Yield the rows of a file as text, so many at a time, values in the order of the columns.

    Raises:
        PermanentError: the file is damaged, or has other columns.

    """
    reader = _read_csv if file_format == "csv" else _read_parquet
    yield from reader(path, columns, rows)


def sha256(path: Path) -> str:
    """Return the hash of a file.

    Raises:
        PermanentError: it is not there, or cannot be read.

    """
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                found.update(chunk)
    except OSError as exc:
        raise PermanentError(f"{path}: {exc.strerror}") from None
    return found.hexdigest()


def _write_csv(raw: Any, table: str, pages: Iterable[Rows]) -> int:
    total = 0
    # Neither name nor time in the gzip header: the same rows give the same file.
    with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=6, mtime=0) as packed:
        packed.write((",".join(archive_copy.columns(table)) + "\n").encode())
        for page in pages:
            text = io.StringIO()
            for row in page:
                text.write(",".join(map(_quoted, row)))
                text.write("\n")
            packed.write(text.getvalue().encode())
            total += len(page)
    return total


def _quoted(value: str | None) -> str:
    return "" if value is None else '"' + value.replace('"', '""') + '"'


def _read_csv(path: Path, columns: Sequence[str], rows: int) -> Iterator[Rows]:
    page: list[list[str | None]] = []
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            if next(csv.reader([next(lines, "")]), []) != list(columns):
                raise PermanentError(f"{path}: other columns than its manifest says")
            for record in _records(lines):
                fields = _fields(record)
                if len(fields) != len(columns):
                    raise PermanentError(f"{path}: a row of {len(fields)} fields")
                page.append(fields)
                if len(page) == rows:
                    yield page
                    page = []
    except (OSError, EOFError, UnicodeDecodeError) as exc:
        raise PermanentError(f"{path}: damaged: {exc}") from None
    if page:
        yield page


def _records(lines: Iterable[str]) -> Iterator[str]:
    """Put lines together until every quote is closed: a note may have lines of its own."""
    record = ""
    for line in lines:
        record += line
        if record.count('"') % 2 == 0:
            yield record
            record = ""
    if record:
        yield record


def _fields(record: str) -> list[str | None]:
    found: list[str | None] = []
    place = 0
    while True:
        match = _FIELD.match(record, place)
        if match is None:
            raise PermanentError(f"not a row of an export: {record[:80]!r}")
        value = match[1]
        found.append(None if value is None else value.replace('""', '"'))
        if match[2] != ",":
            return found
        place = match.end()


def _arrow() -> tuple[Any, Any]:
    """Return pyarrow and its Parquet part.

    Raises:
        ConfigurationError: it is not installed.

    """
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise ConfigurationError(
            "Parquet needs pyarrow: pip install 'crossdock[parquet]', or use CSV"
        ) from None


def _arrow_type(arrow: Any, table: str, column: str) -> Any:
    name = archive_copy.type_of(table, column)
    # Instants that the synchronizer wrote; those that a sender sent may be infinite.
    if name == "TIMESTAMP WITH TIME ZONE":
        own = column.endswith("_at") and column not in archive_copy.SENT
        return arrow.timestamp("us", tz="UTC") if own else arrow.string()
    types = {"BIGINT": arrow.int64(), "INTEGER": arrow.int32(), "BOOLEAN": arrow.bool_()}
    return types.get(name, arrow.string())


def _write_parquet(raw: Any, table: str, pages: Iterable[Rows]) -> int:
    arrow, parquet = _arrow()
    names = archive_copy.columns(table)
    schema = arrow.schema([(name, _arrow_type(arrow, table, name)) for name in names])
    total = 0
    with parquet.ParquetWriter(raw, schema, compression="zstd") as writer:
        for page in pages:
            arrays = [
                arrow.array(values, arrow.string()).cast(field.type)
                for values, field in zip(zip(*page, strict=True), schema, strict=True)
            ]
            writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            total += len(page)
    return total


def _read_parquet(path: Path, columns: Sequence[str], rows: int) -> Iterator[Rows]:
    arrow, parquet = _arrow()
    try:
        with parquet.ParquetFile(path) as file:
            if file.schema_arrow.names != list(columns):
                raise PermanentError(f"{path}: other columns than its manifest says")
            for batch in file.iter_batches(batch_size=rows):
                texts = [column.cast(arrow.string()).to_pylist() for column in batch.columns]
                yield list(zip(*texts, strict=True))
    except (OSError, arrow.ArrowException) as exc:
        raise PermanentError(f"{path}: damaged: {exc}") from None
