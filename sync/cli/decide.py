"""Decide what is decided once for a warehouse, a system or an order type, and show it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session

policy = typer.Typer(
    help="Show and set policies: waiting limits and the like, for a warehouse or a system.",
    no_args_is_help=True,
)

period = typer.Typer(
    help="Show, close and open accounting periods: months of a warehouse.", no_args_is_help=True
)

Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in ops.audit.")]


@policy.command("list")
def list_policies(
    scope: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Only what was set for this one.", show_default=False),
    ] = None,
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Show every policy with its default and meaning, and those that were set."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        found = [row._asdict() for row in tx.rows("show_policies", scope=scope)]
    if json:
        print_json({"policies": found})
        return
    print_table(
        ("for", "which", "policy", "value", "unit", "meaning"),
        [
            (
                row["scope_kind"],
                row["scope"] or "where nothing is set",
                row["name"],
                row["value"],
                row["unit"],
                row["meaning"],
            )
            for row in found
        ],
    )


@policy.command("set")
def set_policy(
    scope_kind: Annotated[str, typer.Argument(help="warehouse, system or order_type.")],
    scope: Annotated[
        str, typer.Argument(help="Its code; for an order type in one warehouse 'sales_order W1'.")
    ],
    name: Annotated[str, typer.Argument(help="Policy; `crossdock policy list` names them.")],
    value: Annotated[
        str, typer.Argument(help="What holds from now on; `default` takes the decision back.")
    ],
    *,
    reason: Reason,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Set a policy. Exits with 4 when there is no such thing or the value is none for it."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        done = tx.one(
            "decide_policy",
            scope_kind=scope_kind,
            scope=scope,
            policy_name=name,
            value=value,
            reason=reason,
        )
    if json:
        print_json({"name": name, "from": done.value_before, "to": done.value_after})
    else:
        typer.echo(f"{name} of {scope}: {done.value_before} -> {done.value_after}")


@period.command("list")
def list_periods(
    warehouse: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Only this warehouse's.", show_default=False),
    ] = None,
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Show the periods that were set, this month and the last, and those with open work.

    A period that is not shown is open.
    """
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        found = [row._asdict() for row in tx.rows("show_periods", warehouse_code=warehouse)]
    if json:
        print_json({"periods": found})
        return
    print_table(
        ("warehouse", "period", "state", "blocked by", "set by", "reason"),
        [
            (
                row["warehouse_code"],
                f"{row['period_start']:%Y-%m}",
                row["state"],
                row["blocker_count"],
                row["changed_by"],
                row["reason"],
            )
            for row in found
        ],
    )


class PeriodState(StrEnum):
    """What a period may be."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


@period.command("set")
def set_period(
    warehouse: Annotated[str, typer.Argument(help="Code of the warehouse.")],
    month: Annotated[
        datetime, typer.Argument(metavar="MONTH", formats=["%Y-%m", "%Y-%m-01"], help="2026-03.")
    ],
    state: Annotated[PeriodState, typer.Argument(help="What it is from now on.")],
    *,
    reason: Reason,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Close a period, open it again, or say that it is closing.

    Exits with 4 while facts of it are unapplied: the answer names the first and how many there
    are, `ops.period_blocker` lists them.
    """
    start = month.date()
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        done = tx.one(
            "decide_period",
            warehouse_code=warehouse,
            period_start=start,
            state=state.value,
            reason=reason,
        )
    if json:
        print_json(
            {
                "warehouse_code": warehouse,
                "period_start": start,
                "from": done.state_before,
                "to": done.state_after,
            }
        )
    else:
        typer.echo(f"{start:%Y-%m} of {warehouse}: {done.state_before} -> {done.state_after}")
