"""Report: write what a reconciliation run found, for people and for machines."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from sync.cli.session import DatabaseUrl, session
from sync.errors import ConfigurationError


def report(
    run: Annotated[
        int | None, typer.Option(help="Number of the run; default: the newest closed one.")
    ] = None,
    warehouse: Annotated[
        list[str] | None, typer.Option(metavar="CODE", help="Only these; may be repeated.")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="html, xlsx, csv or json.")
    ] = "html",
    lang: Annotated[str, typer.Option(metavar="LANGUAGE", help="en or zh.")] = "en",
    zone: Annotated[
        str, typer.Option("--time-zone", metavar="ZONE", help="IANA zone of the instants shown.")
    ] = "UTC",
    table: Annotated[
        str,
        typer.Option(
            metavar="TABLE",
            help="CSV: difference, part, quarantine, warehouse, total, figure, gate, "
            "adjustment or run.",
        ),
    ] = "difference",
    sample: Annotated[
        int | None, typer.Option(min=1, help="CSV: only so many differences, drawn by --seed.")
    ] = None,
    seed: Annotated[str, typer.Option(help="CSV: the same seed draws the same sample.")] = "1",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Default: standard output."),
    ] = None,
    *,
    database_url: DatabaseUrl = None,
) -> None:
    """Write the report of a reconciliation run. Exits with 0 when it could be written."""
    from sync.recon.report import FORMATS, LANGUAGES, TABLES, Wanted, write

    for name, value, allowed in (
        ("--format", form, FORMATS),
        ("--lang", lang, LANGUAGES),
        ("--table", table, TABLES),
    ):
        if value not in allowed:
            raise typer.BadParameter(f"{value!r} is none of {', '.join(allowed)}", param_hint=name)
    _check_zone(zone)
    wanted = Wanted(
        run_id=run,
        warehouses=tuple(dict.fromkeys(warehouse or ())),
        form=form,
        language=lang,
        zone=zone,
        table=table,
        sample=None if sample is None else (sample, seed),
    )
    with (
        session(database_url) as opened,
        opened.store(part="report") as store,
        _target(output) as into,
    ):
        number = write(store, wanted, into)
    if output is not None:
        typer.echo(f"run {number}: {output}", err=True)


def _check_zone(zone: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise typer.BadParameter(f"{zone!r} is no time zone", param_hint="--time-zone") from None


@contextlib.contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    """Lend standard output, or a file that takes its name only when it is complete."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        handle, name = tempfile.mkstemp(dir=output.parent, prefix=f".{output.name}.")
    except OSError as exc:
        raise ConfigurationError(f"--output {output}: {exc.strerror}") from None
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as into:
            yield into
        made.chmod(0o644)
        made.replace(output)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
