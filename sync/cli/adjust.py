"""Show the suggested adjustments of the books, and decide them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from sync.cli.decide import Reason
from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session
from sync.cli.tasks import Operator, Warehouses


class Act(StrEnum):
    """What may be decided about an adjustment."""

    APPROVE = "approve"
    REJECT = "reject"
    COUNT = "count"


#: What each act asks the database for.
_STATEMENTS = {
    Act.APPROVE: "approve_adjustment",
    Act.REJECT: "reject_adjustment",
    Act.COUNT: "count_adjustment",
}


States = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="STATE", help="Only in this state; may be repeated."),
]


def adjustments(
    *,
    state: States = None,
    warehouse: Warehouses = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Show the adjustments that the reconciliation suggests, the dearest first."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        found = [
            row._asdict() for row in tx.rows("list_adjustments", states=state, warehouses=warehouse)
        ]
    if json:
        print_json({"adjustments": found})
    elif found:
        _print(found)
    else:
        typer.echo("no adjustment is suggested")


def adjust(
    adjustment_id: Annotated[int, typer.Argument(help="Number, as `crossdock adjustments` shows.")],
    act: Annotated[Act, typer.Argument(help="approve, reject, or count: have it counted.")],
    *,
    reason: Reason,
    operator: Operator = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Decide an adjustment; the daemon posts what is approved as a book_correction.

    Above your limit a second login has to approve too. Exits with 4 when there is no such
    adjustment, it was decided already, or it expired because the books moved.
    """
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        if operator is not None:
            tx.run("name_operator", operator=operator)
        told: dict[str, Any] = tx.scalar(
            _STATEMENTS[act], adjustment_id=adjustment_id, reason=reason
        )
    if json:
        print_json(told)
    else:
        more = told.get("why") or (f"needs {told['needs']}" if "needs" in told else "")
        typer.echo(f"adjustment {adjustment_id}: {told['to']}{f'; {more}' if more else ''}")
    if told["to"] == "expired":
        raise typer.Exit(4)


def _print(found: list[dict[str, Any]]) -> None:
    print_table(
        ("adjustment", "state", "warehouse", "item", "lot", "status", "book", "quantity", "value",
         "cause", "why", "who"),
        [
            (
                row["adjustment_id"],
                row["answered_state"] or row["state"],
                row["warehouse_code"],
                row["item_code"],
                row["lot_no"],
                row["stock_status"],
                row["side"],
                f"{row['qty'].normalize():f} {row['uom']}",
                "" if row["value"] is None else f"{row['value'].normalize():f} {row['currency']}",
                f"{row['class']} {row['evidence']}",
                row["expires_reason"] or row["why"],
                row["approved_by"] or row["requested_by"] or "",
            )
            for row in found
        ],
    )  # fmt: skip
