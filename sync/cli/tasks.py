"""Show the decisions that people owe, and decide them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from sync.cli.decide import Reason
from sync.cli.output import age, print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session

Codes = Annotated[
    list[str] | None,
    typer.Option("--code", metavar="CODE", help="Only this code; may be repeated."),
]
Warehouses = Annotated[
    list[str] | None,
    typer.Option("--warehouse", metavar="CODE", help="Only this warehouse; may be repeated."),
]
Owners = Annotated[
    list[str] | None,
    typer.Option("--owner", metavar="NAME", help="Only what this one owes; may be repeated."),
]
Operator = Annotated[
    str | None,
    typer.Option(
        "--operator", metavar="NAME", help="Who decides, where a login is shared.",
        envvar="CROSSDOCK_OPERATOR", show_envvar=True, show_default=False,
    ),
]  # fmt: skip


def tasks(
    *,
    code: Codes = None,
    warehouse: Warehouses = None,
    owner: Owners = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Show the decisions that people owe, oldest first, and what each choice posts."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        found = [
            row._asdict()
            for row in tx.rows("list_tasks", codes=code, warehouses=warehouse, owners=owner)
        ]
    if json:
        print_json({"tasks": found})
    elif found:
        _print_tasks(found)
    else:
        typer.echo("nobody owes a decision")


def resolve(
    task_id: Annotated[int, typer.Argument(help="Number of the task, as `crossdock tasks` shows.")],
    choice: Annotated[str, typer.Argument(help="What is decided: one of its choices.")],
    *,
    reason: Reason,
    operator: Operator = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Decide a task; the daemon, or the next drain, carries it out.

    Exits with 4 when there is no such task, it is decided already, or the choice is none of its.
    """
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        if operator is not None:
            tx.run("name_operator", operator=operator)
        told: dict[str, Any] = tx.scalar(
            "decide_task", task_id=task_id, decision=choice, reason=reason
        )
    if json:
        print_json(told)
    else:
        typer.echo(f"task {told['task_id']}: {told['decision']}; it posts: {told['posts']}")


def _print_tasks(found: list[dict[str, Any]]) -> None:
    """Print one row for each task, then what the choices of these codes mean."""
    print_table(
        ("task", "code", "since", "owner", "warehouse", "order", "quantity", "value", "what",
         "choices"),
        [
            (
                row["task_id"],
                row["code"],
                age(row["age_s"]),
                row["owner"],
                row["warehouse_code"],
                _told(row["order_no"], row["order_line_no"], between="/"),
                _told(row["qty"], row["item_code"]),
                _told(row["value_at_risk"], row["currency"]),
                row["text"],
                row["decision"] or ", ".join(choice["choice"] for choice in row["choices"]),
            )
            for row in found
        ],
    )  # fmt: skip
    meanings: dict[tuple[str, str], Mapping[str, str]] = {
        (row["code"], choice["choice"]): choice for row in found for choice in row["choices"]
    }
    if meanings:
        typer.echo()
        print_table(
            ("code", "choice", "means", "posts"),
            [
                (code, name, choice["meaning"], choice["posts"])
                for (code, name), choice in sorted(meanings.items())
            ],
        )


def _told(*parts: object, between: str = " ") -> str:
    """Return the parts that there are, as one text."""
    return between.join(str(part) for part in parts if part is not None)
