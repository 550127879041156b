"""Prepare a database: migrate it, register who sends, and look whether all is well."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session
from sync.errors import EXIT_BAD_ANSWER


class Kind(StrEnum):
    """Which side of the exchange a system is on."""

    ERP = "erp"
    WMS = "wms"


def migrate(
    *,
    database_url: DatabaseUrl = None,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the SQL of a new installation and do nothing.")
    ] = False,
) -> None:
    """Bring the database to the newest schema revision.

    Runs in one transaction; several at once are safe. Exits with 3 when the database has a revision
    that this crossdock does not know.
    """
    from sync.migrate import offline_sql, upgrade

    if sql:
        typer.echo(offline_sql())
        return
    with session(database_url) as opened:
        before, after = upgrade(opened.url)
    if before == after:
        typer.echo(f"schema is at {after} already")
    else:
        typer.echo(f"schema migrated from {before or 'nothing'} to {after}")


def register(
    login: Annotated[str, typer.Argument(help="Database login; CREATE ROLE makes one.")],
    system: Annotated[str, typer.Argument(help="Name of the sender, for example ERP or WMS1.")],
    *,
    kind: Annotated[Kind, typer.Option(help="Which side of the exchange it is.")],
    warehouse: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE",
            help="A warehouse of the system; repeat it. An ERP needs none and sees all.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Tie a login to a system with its warehouses, and grant its role.

    Repeat it to replace the list of warehouses.
    """
    codes = warehouse or []
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        tx.one("register_login", login=login, system_code=system, kind=kind.value, warehouses=codes)
    reach = ", ".join(codes) or ("all warehouses" if kind is Kind.ERP else "no warehouse yet")
    typer.echo(f"login {login} sends for {system} ({kind.value}): {reach}")


def doctor(*, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Check server, settings, rights and clocks.

    Also long transactions and the schema revision. Says what to do about each. Exits with 1 when
    there is a problem.
    """
    from sync.doctor import examine

    with session(database_url) as opened, opened.store(checked=False) as store:
        findings = examine(store, opened.url, opened.settings)
    good = all(finding.level != "problem" for finding in findings)
    if json:
        print_json({"ok": good, "findings": [finding.as_json() for finding in findings]})
    else:
        print_table(
            ("", "what", "found", "what to do"),
            [(found.level, found.name, found.found, found.remedy) for found in findings],
        )
    if not good:
        raise typer.Exit(EXIT_BAD_ANSWER)
