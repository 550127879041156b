"""Lay hands on messages: requeue, hold, release, discard, amend."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync.cli.output import age, print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session
from sync.errors import EXIT_REFUSED, ConfigurationError

if TYPE_CHECKING:
    from sync.repair import Filter
    from sync.store import Store

PREVIEW_ROWS = 20

Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in ops.audit.")]
Operator = Annotated[
    str | None,
    typer.Option(
        "--operator",
        metavar="NAME",
        envvar="CROSSDOCK_OPERATOR",
        help="Who sits here; default: the user of this machine.",
        show_default=False,
        show_envvar=True,
    ),
]
Seqs = Annotated[
    list[int] | None,
    typer.Argument(metavar="[SEQ]...", help="Numbers of messages.", show_default=False),
]
_Text = str | None


def _filter(name: str, text: str, metavar: str = "TEXT") -> Any:
    return typer.Option(name, metavar=metavar, help=text, show_default=False)


DocType = Annotated[_Text, _filter("--type", "Document type, for example goods_receipt.")]
State = Annotated[_Text, _filter("--state", "State of the message.")]
Code = Annotated[_Text, _filter("--code", "An error code that still holds.", "CODE")]
Warehouse = Annotated[_Text, _filter("--warehouse", "Warehouse; * for master data.", "CODE")]
Order = Annotated[_Text, _filter("--order", "Number of the order it is or names.", "NUMBER")]
Sender = Annotated[_Text, _filter("--sender", "System that sent it.", "SYSTEM")]
OlderThan = Annotated[_Text, _filter("--older-than", "Received longer ago, as 90min or 3d.", "AGE")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before many are changed.")]


def _acting(act: str, text: str) -> Callable[..., None]:
    """Return the command of an act: the same for all, but for its name and its help."""

    def command(
        seqs: Seqs = None,
        *,
        reason: Reason,
        doc_type: DocType = None,
        state: State = None,
        code: Code = None,
        warehouse: Warehouse = None,
        order: Order = None,
        sender: Sender = None,
        older_than: OlderThan = None,
        yes: Yes = False,
        operator: Operator = None,
        database_url: DatabaseUrl = None,
        json: Json = False,
    ) -> None:
        from sync.config import parse_duration
        from sync.repair import Filter

        try:
            age_limit = None if older_than is None else parse_duration(older_than)
        except ValueError as exc:
            raise ConfigurationError(f"--older-than: {exc}") from None
        wanted = Filter(
            state=state,
            doc_type=doc_type,
            code=code,
            lane=warehouse,
            order_no=order,
            sender=sender,
            older_than=age_limit,
        )
        if bool(seqs) != wanted.is_empty:
            raise ConfigurationError(f"{act}: name messages by number, or by a filter")
        _need(reason)
        with session(database_url) as opened, opened.store() as store:
            chosen = seqs or _choose(store, act, wanted, yes=yes, quiet=json)
            _act(store, act, chosen, reason=reason, operator=_who(operator), json=json)

    command.__name__ = act
    command.__doc__ = text
    return command


requeue = _acting(
    "requeue",
    """Judge messages afresh that are in error, waiting or retrying.

    Their limits begin anew. Exits with 4 when one of them is not there or not in such a state.
    """,
)
hold = _acting(
    "hold",
    """Stop messages until they are released.

    Later messages of the same document wait behind them. Legal from received, waiting, retrying
    and error. Exits with 4 when one of them is not there or not in such a state.
    """,
)
release = _acting(
    "release",
    """Let held messages go on.

    Their limits begin anew. Exits with 4 when one of them is not there or not held.
    """,
)
discard = _acting(
    "discard",
    """Give up messages for good that are held, in error or waiting.

    A question to the warehouse that nobody has read is withdrawn. Exits with 4 when one of them is
    not there, not in such a state, or its question was read.
    """,
)


def amend(
    seq: Annotated[int, typer.Argument(help="Number of the message.")],
    column: Annotated[str, typer.Argument(help="Column, as the contract names it.")],
    value: Annotated[
        str | None, typer.Argument(help="The right value; none with --null.", show_default=False)
    ] = None,
    *,
    reason: Reason,
    line: Annotated[
        int | None,
        typer.Option(metavar="N", help="Line; none: the header.", show_default=False),
    ] = None,
    null: Annotated[bool, typer.Option("--null", help="Take the value away.")] = False,
    operator: Operator = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Make a corrected version of a message that is in error, waiting or held.

    The version is held until `crossdock release`; until then it may be amended further. The
    original stays as it was sent, superseded. Exits with 4 when that is refused.
    """
    from sync.repair import amend as correct

    if (value is None) is not null:
        raise ConfigurationError("amend: give a value, or --null")
    _need(reason)
    with session(database_url) as opened, opened.store() as store:
        told = correct(
            store,
            seq,
            line_no=line,
            column=column,
            value=value,
            reason=reason,
            operator=_who(operator),
        )
    if json:
        print_json(told)
        return
    if told["seq"] != seq:
        typer.echo(f"message {seq} is superseded by {told['seq']} ({told['message_id']}), held")
    else:
        typer.echo(f"message {seq} is changed, still held")
    held = told["seq"]
    typer.echo(f"look: crossdock dry-run {held}; send: crossdock release {held} --reason '...'")


def _need(reason: str) -> None:
    if not reason.strip():
        raise ConfigurationError("--reason: say in a few words why")


def _who(operator: str | None) -> str:
    """Return who sits here; a container may have a user without a name."""
    if operator and operator.strip():
        return operator.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _choose(store: Store, act: str, wanted: Filter, *, yes: bool, quiet: bool) -> Sequence[int]:
    """Find the messages, show them and ask; return their numbers, none when the answer is no."""
    from sync.repair import find

    found = find(store, act, wanted)
    if not found:
        if not quiet:
            typer.echo(f"no message to {act}")
        return []
    if not quiet:
        _preview(found)
    if not yes:
        if quiet or not sys.stdin.isatty():
            raise ConfigurationError(f"{act}: {_messages(len(found))}; --yes confirms")
        if not typer.confirm(f"{act} {_messages(len(found))}?"):
            typer.echo("nothing was done")
            return []
    return [row["seq"] for row in found]


def _preview(found: Sequence[dict[str, Any]]) -> None:
    print_table(
        ("seq", "lane", "document type", "number", "sender", "state", "age", "finding"),
        [
            (
                row["seq"],
                row["lane"],
                row["doc_type"],
                row["doc_no"],
                row["sender"],
                row["state"],
                age(row["age_s"]),
                row["finding"],
            )
            for row in found[:PREVIEW_ROWS]
        ],
    )
    if len(found) > PREVIEW_ROWS:
        typer.echo(f"... and {len(found) - PREVIEW_ROWS} more")


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"


def _act(
    store: Store, act: str, seqs: Sequence[int], *, reason: str, operator: str, json: bool
) -> None:
    """Act on the messages and tell each; one alone that is refused fails as the database says."""
    from sync.cli.progress import counting
    from sync.repair import act_on, act_on_each

    if len(seqs) == 1:
        _tell(act_on(store, act, seqs[0], reason=reason, operator=operator), json=json)
        return
    refused = 0
    with counting("messages") as count:
        told = act_on_each(store, act, seqs, reason=reason, operator=operator)
        for number, one in enumerate(told, start=1):
            refused += "refused" in one
            _tell(one, json=json)
            if count is not None:
                count(number)
    if seqs and not json:
        typer.echo(f"{act}: {_messages(len(seqs) - refused)}, {refused} refused")
    if refused:
        raise typer.Exit(EXIT_REFUSED)


def _tell(one: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(one)
    elif "refused" in one:
        typer.echo(f"crossdock: {one['refused']}", err=True)
    else:
        typer.echo(f"message {one['seq']}: {one['from']} -> {one['to']}")
