"""Look at the work: what is open, why a message stands where it stands, whether the laws hold."""

from __future__ import annotations

from typing import Annotated

import typer

from sync.cli.output import age, print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session
from sync.errors import EXIT_BAD_ANSWER


def status(*, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Show open messages, deliveries, decisions owed, and how many daemons live and alarms hold."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        backlog = [row._asdict() for row in tx.rows("show_backlog")]
        inboxes = [row._asdict() for row in tx.rows("show_inboxes")]
        tasks = [row._asdict() for row in tx.rows("show_tasks")]
        watch = tx.one("show_watch")._asdict()
    if json:
        print_json({"backlog": backlog, "inboxes": inboxes, "tasks": tasks, "watch": watch})
        return
    if backlog:
        print_table(
            ("lane", "document type", "state", "waits for", "messages", "oldest", "its seq"),
            [
                (
                    row["lane"],
                    row["doc_type"],
                    row["state"],
                    row["waits_for"],
                    row["message_count"],
                    age(row["oldest_age_s"]),
                    row["oldest_seq"],
                )
                for row in backlog
            ],
        )
    else:
        typer.echo("no open messages")
    if inboxes:
        typer.echo()
        print_table(
            ("receiver", "deliveries", "number", "oldest"),
            [
                (row["receiver"], row["state"], row["delivery_count"], age(row["oldest_age_s"]))
                for row in inboxes
            ],
        )
    if tasks:
        typer.echo()
        print_table(
            ("decisions owed", "number", "oldest"),
            [(row["code"], row["task_count"], age(row["oldest_age_s"])) for row in tasks],
        )
    typer.echo()
    typer.echo(f"daemons alive: {watch['daemon_count'] or 'none, nobody works what is open'}")
    grave, other = watch["critical_count"], watch["warning_count"]
    if grave or other:
        typer.echo(f"alarms: {grave} critical, {other} warning; crossdock alarm list tells them")


def why(
    seq: Annotated[int, typer.Argument(help="Number of the message, as message_status shows it.")],
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Tell the whole story of a message in plain words. Exits with 4 when there is none."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        answer = tx.scalar("tell_story", seq=seq)
    if json:
        print_json(answer)
        return
    for sentence in answer["story"]:
        typer.echo(sentence)


def proof(*, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Check the laws of conservation and print each breach. Exits with 1 when there is one."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        tx.one("lift_limit")  # all of history is read
        breaches = [row._asdict() for row in tx.rows("list_breaches")]
    if json:
        print_json({"ok": not breaches, "breaches": breaches})
    elif breaches:
        print_table(
            ("law", "warehouse", "key", "expected", "found"),
            [tuple(row.values()) for row in breaches],
        )
    else:
        typer.echo("all laws hold")
    if breaches:
        raise typer.Exit(EXIT_BAD_ANSWER)
