"""Load an exported month back into the archive, in one transaction, checked by its manifest."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from schema import archive_copy
from sync import archive_files as files
from sync.archive_export import month_bounds
from sync.archive_files import Manifest
from sync.errors import ContractError, PermanentError, RefusedError
from sync.store import Store, Transaction

#: Rows inserted at once; 80 columns of them are some megabytes.
PAGE_ROWS = 2000


@dataclass(frozen=True)
class Restored:
    """Say what was loaded."""

    month: date
    part: int
    rows: dict[str, int]


def restore(
    store: Store, folder: Path, *, progress: Callable[[int], None] | None = None
) -> Restored:
    """Load what a folder holds; all of it, or nothing.

    The files are compared with the hashes of the manifest first, then what has come into the
    database with its digests. The memory of the messages never left: it is not touched.

    Raises:
        ConfigurationError: there is no manifest, or pyarrow is missing.
        PermanentError: a file is missing, damaged or not the one that was written.
        ContractError: a newer schema wrote it.
        RefusedError: rows of it are in the archive.
        DBAPIError: 55000 for what was not dropped from this database.

    """
    manifest = Manifest.load(folder)
    for name, one in manifest.tables.items():
        if files.sha256(folder / one.file) != one.sha256:
            raise PermanentError(f"{folder / one.file} is not the file that was written for {name}")
        unknown = sorted(set(one.columns) - set(archive_copy.columns(name)))
        if unknown:
            raise ContractError(
                f"{folder} was written from schema revision {manifest.revision}, whose {name} has"
                f" columns unknown here ({', '.join(unknown)}): use the crossdock that wrote it"
            )
    try:
        return _load(store, folder, manifest, progress)
    except IntegrityError as exc:
        raise RefusedError(
            f"rows of {folder} are in the archive already: crossdock archive list shows its months"
        ) from exc


def _load(
    store: Store, folder: Path, manifest: Manifest, progress: Callable[[int], None] | None
) -> Restored:
    total = 0
    with store.transaction() as tx:
        tx.run("archive_patience")
        part = tx.scalar(
            "archive_record_restore", month=manifest.month, content=json.dumps(manifest.content())
        )
        tx.scalar("retire_month", month=manifest.month)
        for name, one in manifest.tables.items():
            rows, digest = _digest(tx, name, manifest)
            statement = archive_copy.write(name, one.columns)
            path = folder / one.file
            for page in files.read(path, manifest.file_format, one.columns, PAGE_ROWS):
                values: dict[str, Any] = {
                    column: list(column_values)
                    for column, column_values in zip(
                        one.columns, zip(*page, strict=True), strict=True
                    )
                }
                tx.execute_statement(statement, values)
                total += len(page)
                if progress is not None:
                    progress(total)
            now, digest_now = _digest(tx, name, manifest)
            if (now - rows, digest_now - digest) != (one.rows, Decimal(one.digest)):
                raise PermanentError(
                    f"{path} gives {now - rows} rows that are not the {one.rows} rows of"
                    f" {name} that were exported; nothing was loaded"
                )
    return Restored(manifest.month, part, {name: one.rows for name, one in manifest.tables.items()})


def _digest(tx: Transaction, table: str, manifest: Manifest) -> tuple[int, Decimal]:
    since, before = month_bounds(manifest.month)
    found = tx.one(
        "archive_digest",
        relation=f"archive.{table}",
        columns=sorted(manifest.tables[table].columns),
        since=since,
        before=before,
    )
    return int(found.row_count), Decimal(found.digest)
