"""Show what a message would do: the rehearsal of one message, for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session
from sync.errors import EXIT_REFUSED

if TYPE_CHECKING:
    from sync.rehearse import Rehearsal

_FINDINGS = ("severity", "code", "line_no", "column_name", "text", "hint")
_LEDGER = (
    "line_no", "movement_type", "item_code", "lot_no", "serial_no", "location_code", "stock_status",
    "qty", "order_no", "order_line_no", "posting_date",
)  # fmt: skip
_BALANCES = ("item_code", "lot_no", "location_code", "stock_status", "qty_before", "qty_after")
_ORDERS = ("order", "line", "before", "after")
_DELIVERIES = ("receiver", "doc_type", "doc_no", "action", "state")
_TASKS = ("code", "line_no", "text", "hint")
_MESSAGES = ("seq", "doc_type", "doc_no", "lane", "state")


def dry_run(
    seq: Annotated[int, typer.Argument(help="Number of the message.")],
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Apply a message, tell everything that changed, and roll it back.

    Works in any state but the ended ones; nothing is left. It needs the rights of the daemon: a
    member of crossdock_dba alone may SELECT * FROM ops.dry_run(seq), which tells the findings.
    Exits with 4 when the message would have no effect or is not there.
    """
    from sync.rehearse import rehearse

    with session(database_url) as opened, opened.store(part="dry-run") as store:
        told = rehearse(store, seq)
    if json:
        print_json(told.as_json())
    else:
        _print(told)
    if not told.has_effect:
        raise typer.Exit(EXIT_REFUSED)


def _print(told: Rehearsal) -> None:
    reason = f": {told.reason}" if told.reason else ""
    typer.echo(f"message {told.seq}: {told.source} -> {told.target}{reason}")
    _table("findings", _FINDINGS, told.findings)
    _table("ledger rows", _LEDGER, told.ledger)
    _table("balances", _BALANCES, told.balances)
    _table("orders", _ORDERS, [_line(row) for row in told.order_lines])
    _table("deliveries", _DELIVERIES, told.deliveries)
    _table("decisions to be made", _TASKS, told.tasks)
    _table("other messages", _MESSAGES, told.messages)
    typer.echo("nothing was changed" if told.has_effect else "no effect; nothing was changed")


def _table(title: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> None:
    """Print the rows that there are, and of the columns those that some row has."""
    if not rows:
        return
    used = [name for name in columns if any(name in row for row in rows)]
    typer.echo()
    print_table(
        [name.replace("_", " ") for name in used],
        [[_plain(row.get(name)) for name in used] for row in rows],
        title=title,
    )


def _plain(value: object) -> object:
    """Return quantities without the zeros behind their last digit."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _line(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "order": f"{row['order_type']} {row['order_no']}",
        "line": "" if row["line_no"] is None else row["line_no"],
        "before": _standing(row["before"]),
        "after": _standing(row["after"]),
    }


def _standing(row: dict[str, Any] | None) -> str:
    """Return in a few words how an order or a line of it stands."""
    if row is None:
        return "not there"
    if "open_qty" not in row:
        return f"{row['state']}, revision {row['revision']}"
    amounts = (
        f"{name} {_plain(row[f'{name}_qty'])}"
        for name in ("ordered", "done", "cancelled", "short", "open")
        if row[f"{name}_qty"] or name in ("ordered", "open")
    )
    return f"{row['item_code']} {row['state']}: {', '.join(amounts)}"
