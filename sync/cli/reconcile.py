"""Compare the two books, and list the runs that did."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, is_terminal, session
from sync.errors import EXIT_BAD_ANSWER, EXIT_NOT_VALID

if TYPE_CHECKING:
    from sync.recon.run import RunResult

_LISTED = 20


def reconcile(
    *,
    warehouse: Annotated[
        list[str] | None,
        typer.Option(
            "--warehouse",
            metavar="CODE",
            help="May be repeated; default: all that have a WMS.",
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"],
            help="Newest snapshots up to this time (UTC); default: now.",
            show_default=False,
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="List the newest runs instead of making one.")
    ] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Compare the newest stock snapshots of ERP and WMS with the ledger, and close the run.

    Exits with 1 when a difference is unexplained or the books differed from the start, with 5 when
    a gate failed: then nothing is published and the last run stands.
    """
    if listed:
        _list(database_url, json=json)
        return
    from sync.recon.run import reconcile as compare

    instant = as_of if as_of is None or as_of.tzinfo else as_of.replace(tzinfo=UTC)
    with session(database_url) as opened, opened.store(part="reconcile", pool_size=4) as store:
        result = compare(
            store, warehouse, instant, progress=_say if is_terminal() and not json else None
        )
    if json:
        print_json(_as_json(result))
    else:
        _print(result)
    if result.state == "not_valid":
        raise typer.Exit(EXIT_NOT_VALID)
    if result.unexplained:
        raise typer.Exit(EXIT_BAD_ANSWER)


def _say(step: str) -> None:
    typer.echo(f"... {step.replace('_', ' ')}", err=True)


def _print(result: RunResult) -> None:
    where = ", ".join(result.warehouses)
    typer.echo(f"run {result.run_id} of {where} as of {result.as_of:%Y-%m-%d %H:%M:%S}")
    verdict = result.verdict.replace("_", " ")
    typer.echo(f"{verdict}{f': {result.reason}' if result.reason else ''}")
    if result.classes:
        print_table(
            ("class", "evidence", "keys", "with a residual", "unexplained", "value"),
            [
                (
                    one.name,
                    one.evidence,
                    one.differences,
                    one.residuals,
                    one.unexplained,
                    one.value,
                )
                for one in result.classes
            ],
        )
    if result.state == "closed":
        typer.echo(f"the report: crossdock report --run {result.run_id} --output report.html")


def _as_json(result: RunResult) -> dict[str, object]:
    return {
        "run_id": result.run_id,
        "as_of": result.as_of,
        "state": result.state,
        "verdict": result.verdict,
        "reason": result.reason,
        "warehouses": list(result.warehouses),
        "run_hash": result.run_hash,
        "unexplained": result.unexplained,
        "classes": [
            {
                "class": one.name,
                "evidence": one.evidence,
                "differences": one.differences,
                "residuals": one.residuals,
                "unexplained": one.unexplained,
                "value": one.value,
            }
            for one in result.classes
        ],
        "durations_s": result.durations,
    }


def _list(database_url: str | None, *, json: bool) -> None:
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        found = [row._asdict() for row in tx.rows("recon_list_runs", limit=_LISTED)]
    if json:
        print_json({"runs": found})
        return
    print_table(
        ("run", "as of", "verdict", "warehouses", "differences", "residuals", "by", "reason"),
        [
            (
                row["run_id"],
                f"{row['as_of'].astimezone(UTC):%Y-%m-%d %H:%M:%S}",
                row["verdict"] or row["state"],
                ", ".join(row["warehouses"]),
                row["difference_count"],
                row["residual_count"],
                row["trigger"],
                row["reason"],
            )
            for row in found
        ],
    )
