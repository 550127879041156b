"""Export a month of the archive to files, with a manifest that says what must be in them.

Read page by page, each in a short transaction: no old snapshot is held. Rows of the archive are
only ever added, so a file with as many rows as the table holds the same ones.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from schema import archive_copy
from sync import archive_files as files
from sync.archive_files import FileFormat, Manifest, TableFile
from sync.errors import ConfigurationError, NotFoundError, TransientError
from sync.store import Store

#: Rows read at once: a tenth of a second, some megabytes.
PAGE_ROWS = 5000
#: How many times a month is read when rows come to it in the meantime.
ATTEMPTS = 3


@dataclass(frozen=True)
class Exported:
    """Say where a month was written to, and what it holds."""

    month: date
    part: int
    folder: Path
    manifest: Manifest

    @property
    def rows(self) -> int:
        """Return the rows of all tables."""
        return sum(one.rows for one in self.manifest.tables.values())

    @property
    def size_bytes(self) -> int:
        """Return the size of all files."""
        return sum(one.size_bytes for one in self.manifest.tables.values())


def month_bounds(month: date) -> tuple[datetime, datetime]:
    """Return the first instant of a month and that of the next, in UTC."""
    first = datetime(month.year, month.month, 1, tzinfo=UTC)
    return first, (first + timedelta(days=31)).replace(day=1)


def export_month(
    store: Store,
    month: date,
    folder: Path,
    file_format: FileFormat = "csv",
    *,
    revision: str,
    progress: Callable[[int], None] | None = None,
) -> Exported:
    """Write a month to a new folder inside ``folder``, and remember it in `archive.export`.

    The folder appears under its name when it is whole; a run that was killed leaves a folder whose
    name begins with a dot, which may be deleted. ``progress`` is told the rows written so far.

    Raises:
        NotFoundError: the archive has no such month.
        ConfigurationError: the folder cannot be written, or pyarrow is missing.
        TransientError: rows kept coming to the month; try again.

    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{month:%Y-%m}-", dir=folder))
        try:
            return _export(store, month, folder, place, file_format, revision, progress)
        finally:
            shutil.rmtree(place, ignore_errors=True)
    except OSError as exc:
        raise ConfigurationError(f"{exc.filename or folder}: {exc.strerror}") from exc


def _export(
    store: Store,
    month: date,
    folder: Path,
    place: Path,
    file_format: FileFormat,
    revision: str,
    progress: Callable[[int], None] | None,
) -> Exported:
    written: dict[str, int] = {}
    for _ in range(ATTEMPTS):
        content = _content(store, month)
        for table in archive_copy.TABLES:
            if written.get(table) == content[table]["rows"]:
                continue
            path = place / files.file_name(table, file_format)
            path.unlink(missing_ok=True)
            before = sum(count for name, count in written.items() if name != table)
            pages = _counted(_pages(store, table, month), before, progress)
            written[table] = files.write(path, table, file_format, pages)
        if all(written[table] == content[table]["rows"] for table in archive_copy.TABLES):
            break
    else:
        raise TransientError(f"rows keep coming to {month:%Y-%m}; export it later")
    manifest = _manifest(store, month, place, file_format, revision, content)
    manifest.save(place)
    target = _take_name(place, folder, month)
    with store.transaction() as tx:
        part = tx.scalar(
            "archive_record_export",
            month=month,
            file_format=file_format,
            path=str(target),
            revision=revision,
            content=json.dumps(content),
        )
    return Exported(month, part, target, manifest)


def _content(store: Store, month: date) -> dict[str, dict[str, Any]]:
    attached = {row.month for row in months(store) if row.state == "attached"}
    if month not in attached:
        raise NotFoundError(f"the archive has no month {month:%Y-%m}")
    with store.transaction() as tx:
        tx.run("archive_patience")
        content: dict[str, dict[str, Any]] = tx.scalar("archive_content", month=month)
    return content


def months(store: Store) -> list[Any]:
    """Return the months of the archive, as `ops.archive_month` has them, oldest first."""
    with store.transaction() as tx:
        return list(tx.rows("archive_months"))


def _pages(store: Store, table: str, month: date) -> Iterator[files.Rows]:
    since, before = month_bounds(month)
    names = archive_copy.columns(table)
    places = {name: names.index(name) for name in archive_copy.key(table)}
    statement = archive_copy.read(table, first=True)
    after: dict[str, Any] = {}
    while True:
        with store.transaction() as tx:
            given = {"since": since, "before": before, "rows": PAGE_ROWS, **after}
            page = tx.execute_statement(statement, given).all()
        if page:
            yield page
        if len(page) < PAGE_ROWS:
            return
        statement = archive_copy.read(table, first=False)
        after = {name: page[-1][place] for name, place in places.items()}


def _counted(
    pages: Iterator[files.Rows], before: int, progress: Callable[[int], None] | None
) -> Iterator[files.Rows]:
    total = before
    for page in pages:
        yield page
        total += len(page)
        if progress is not None:
            progress(total)


def _manifest(
    store: Store,
    month: date,
    place: Path,
    file_format: FileFormat,
    revision: str,
    content: dict[str, dict[str, Any]],
) -> Manifest:
    with store.transaction() as tx:
        server = tx.one("doctor_server")
    tables = {}
    for table in archive_copy.TABLES:
        path = place / files.file_name(table, file_format)
        tables[table] = TableFile(
            file=path.name,
            rows=content[table]["rows"],
            digest=content[table]["digest"],
            sha256=files.sha256(path),
            size_bytes=path.stat().st_size,
            columns=archive_copy.columns(table),
        )
    return Manifest(
        month=month,
        file_format=file_format,
        revision=revision,
        exported_at=server.now.isoformat(),
        database=server.database_name,
        tables=tables,
    )


def _take_name(place: Path, folder: Path, month: date) -> Path:
    """Give the finished folder the next free name of its month; what is there is never replaced."""
    number = 1
    while True:
        target = folder / f"{month:%Y-%m}-{number}"
        number += 1
        if target.exists():
            continue
        try:
            place.rename(target)
        except OSError:
            if target.exists():  # another export was quicker
                continue
            raise
        # mkdtemp made it for its owner alone; who may read the archive's folder may read this.
        target.chmod(0o750)
        _sync_folder(folder)
        return target


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut: what was exported may be dropped next."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
