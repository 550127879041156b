"""Look at the months of the archive, write them to files, drop them, load them back."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session

archive = typer.Typer(
    help="Retired messages lie in monthly partitions: list, export, drop and restore them.",
    no_args_is_help=True,
)


class Format(StrEnum):
    """Kinds of file that a month is written to."""

    CSV = "csv"
    PARQUET = "parquet"


Month = Annotated[str, typer.Argument(metavar="YYYY-MM", help="Month in which messages ended.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in ops.audit.")]
_MB = 1_000_000


@archive.command("list")
def list_months(*, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Show the months that are here, detached, or dropped, and where they were exported to."""
    from sync.partitions import months

    with session(database_url) as opened, opened.store() as store:
        found = [row._asdict() for row in months(store)]
    for row in found:
        row["month"] = f"{row['month']:%Y-%m}"
    if json:
        print_json({"months": found})
        return
    if not found:
        typer.echo("the archive is empty: crossdock retire moves messages there")
        return
    print_table(
        ("month", "state", "messages", "MB", "exported", "part", "to", "restored"),
        [
            (
                row["month"],
                row["state"],
                row["message_count"],
                None
                if row["table_bytes"] is None
                else round((row["table_bytes"] + row["index_bytes"]) / _MB, 1),
                _day(row["exported_at"]),
                row["exported_part"],
                row["path"],
                _day(row["restored_at"]),
            )
            for row in found
        ],
    )


@archive.command("export")
def export(
    month: Month,
    *,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to",
            metavar="FOLDER",
            help="Where its folder is made; default: setting archive_folder.",
            show_default=False,
        ),
    ] = None,
    file_format: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="csv (gzipped) or parquet; default: setting archive_format.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Write a month to files with a manifest of rows and hashes; it stays where it is."""
    from sync.archive_export import export_month
    from sync.cli.progress import counting
    from sync.migrate import head

    wanted = _month(month)
    with session(database_url) as opened, opened.store(part="archive") as store:
        settings = opened.settings
        with counting("rows") as count:
            found = export_month(
                store,
                wanted,
                (to or settings.archive_folder).absolute(),
                file_format.value if file_format is not None else settings.archive_format,
                revision=head(),
                progress=count,
            )
    if json:
        print_json(
            {
                "month": month,
                "part": found.part,
                "path": str(found.folder),
                "bytes": found.size_bytes,
                "rows": {name: one.rows for name, one in found.manifest.tables.items()},
            }
        )
        return
    typer.echo(
        f"wrote {month}, part {found.part}: {found.rows} rows,"
        f" {found.size_bytes / _MB:.1f} MB, to {found.folder}"
    )


@archive.command("drop")
def drop(
    month: Month,
    reason: Reason,
    *,
    without_export: Annotated[
        bool,
        typer.Option(
            "--without-export", help="Also when it was not exported as it is: it is lost."
        ),
    ] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Drop a month that was exported. What was said is remembered; resends are still told.

    Exits with 4 when the month was not exported, or rows have come to it since.
    """
    from sync.partitions import drop_month

    with session(database_url) as opened, opened.store(part="archive") as store:
        found = drop_month(store, _month(month), reason, without_export=without_export)
    if json:
        print_json({"month": month, "freed_bytes": found.freed_bytes})
        return
    typer.echo(f"dropped {month}: {found.freed_bytes / _MB:.1f} MB are free")


@archive.command("attach")
def attach(
    month: Month, reason: Reason, *, database_url: DatabaseUrl = None, json: Json = False
) -> None:
    """Put a month back that a DBA had detached, or that a killed run left so."""
    from sync.partitions import attach_month

    with session(database_url) as opened, opened.store(part="archive") as store:
        attach_month(store, _month(month), reason)
    if json:
        print_json({"month": month, "state": "attached"})
        return
    typer.echo(f"{month} is part of the archive again")


@archive.command("restore")
def restore(
    folder: Annotated[Path, typer.Argument(help="Folder of an export, with its manifest.json.")],
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Load an exported month back, checked against its manifest; all of it or nothing."""
    from sync.archive_restore import restore as load
    from sync.cli.progress import counting

    with (
        session(database_url) as opened,
        opened.store(part="archive") as store,
        counting("rows") as count,
    ):
        found = load(store, folder, progress=count)
    if json:
        print_json({"month": f"{found.month:%Y-%m}", "part": found.part, "rows": found.rows})
        return
    typer.echo(f"restored {found.month:%Y-%m}: {sum(found.rows.values())} rows, as exported")


@archive.command("maintain")
def maintain(*, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Do what the daemon does every night: months ahead, old ones exported and dropped.

    Old is what ended longer ago than CROSSDOCK_ARCHIVE_KEEP; without it nothing is dropped.
    """
    from sync.cli.progress import counting
    from sync.partitions import maintain_partitions

    with (
        session(database_url) as opened,
        opened.store(part="archive") as store,
        counting("rows") as count,
    ):
        found = maintain_partitions(store, progress=count)
    if json:
        print_json(found.as_json())
        return
    typer.echo(f"made {found.made} partitions")
    for one in found.exported:
        typer.echo(f"exported {one.month:%Y-%m}: {one.rows} rows to {one.folder}")
    for gone in found.dropped:
        typer.echo(f"dropped {gone.month:%Y-%m}: {gone.freed_bytes / _MB:.1f} MB are free")


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise typer.BadParameter("write the month as YYYY-MM", param_hint="YYYY-MM") from None


def _day(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d}"
