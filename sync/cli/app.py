"""List the commands. Each stands in the module of what it is about."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from sync.cli import (
    adjust,
    alarm,
    archive,
    config,
    database,
    decide,
    look,
    play,
    reconcile,
    rehearsal,
    repair,
    report,
    schedule,
    tasks,
    work,
)

app = typer.Typer(
    name="crossdock",
    help="Two-way ERP and WMS exchange through intermediate tables in one PostgreSQL database.",
    epilog=(
        "Exit codes: 0 done, 1 the answer is bad, 2 usage or configuration, 3 schema revision, "
        "4 refused or not found, 5 a reconciliation is not valid, 70 a law of the program is "
        "broken, 75 try again later."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"crossdock {version('crossdock')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Two-way ERP and WMS exchange through intermediate tables in one PostgreSQL database."""


app.command()(play.demo)
app.command()(work.up)
app.command()(database.migrate)
app.command()(database.register)
app.command()(database.doctor)
app.command()(work.run)
app.command()(work.drain)
app.command()(work.retire)
app.command()(look.status)
app.command()(look.why)
app.command()(look.proof)
app.command()(reconcile.reconcile)
app.command()(report.report)
app.command()(tasks.tasks)
app.command()(tasks.resolve)
app.command()(adjust.adjustments)
app.command()(adjust.adjust)
app.command()(repair.requeue)
app.command()(repair.hold)
app.command()(repair.release)
app.command()(repair.discard)
app.command()(repair.amend)
app.command()(rehearsal.dry_run)
app.command()(play.simulate)
app.add_typer(archive.archive, name="archive")
app.add_typer(decide.policy, name="policy")
app.add_typer(decide.period, name="period")
app.add_typer(schedule.schedule, name="schedule")
app.add_typer(alarm.alarm, name="alarm")
app.add_typer(config.config, name="config")
