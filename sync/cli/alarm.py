"""Show alarms, acknowledge them, try the routes, and change the rules."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from sync.cli.decide import Reason
from sync.cli.output import age, print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session
from sync.cli.tasks import Operator
from sync.errors import EXIT_BAD_ANSWER, ConfigurationError

alarm = typer.Typer(
    help="Show alarms, acknowledge them, try the routes of notifications, change the rules.",
    no_args_is_help=True,
)


@alarm.command("list")
def list_alarms(
    *,
    every_one: Annotated[
        bool, typer.Option("--all", help="Also those that are over, of the last 90 days.")
    ] = False,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Show the alarms that hold, gravest first: what, since when, what waits, what to type."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        found = [row._asdict() for row in tx.rows("alarm_list", every_one=every_one)]
    if json:
        print_json({"alarms": found})
        return
    if not found:
        typer.echo("no alarms")
    for row in found:
        head = f"{row['severity'].upper()} {row['code']} (alarm {row['alarm_id']}"
        typer.echo(f"{head}, {row['state']}): {row['text']}")
        until = f" until {row['resolved_at']:%Y-%m-%d %H:%M}" if row["resolved_at"] else ""
        typer.echo(f"  since:  {row['since']:%Y-%m-%d %H:%M} UTC{until} ({age(row['lasts_s'])})")
        typer.echo(f"  behind: {row['behind']}")
        typer.echo(f"  look:   {row['look']}")
        if row["acknowledged_by"]:
            typer.echo(f"  seen to by {row['acknowledged_by']}: {row['acknowledge_reason']}")
        if row["told"]:
            typer.echo(f"  told:   {', '.join(row['told'])}")


@alarm.command("ack")
def acknowledge(
    alarm_id: Annotated[int, typer.Argument(help="Number of the alarm.")],
    *,
    reason: Reason,
    operator: Operator = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Say that you see to an alarm: it is not escalated and nobody is reminded of it.

    Exits with 4 when there is no such alarm, it is over, or somebody sees to it already.
    """
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        if operator is not None:
            tx.run("name_operator", operator=operator)
        told = tx.scalar("alarm_acknowledge", alarm_id=alarm_id, reason=reason)
    if json:
        print_json(told)
    else:
        typer.echo(f"{told['acknowledged_by']} sees to alarm {alarm_id}: {told['text']}")


@alarm.command("test")
def try_routes(
    *,
    route: Annotated[
        list[str] | None,
        typer.Option("--route", metavar="NAME", help="Only this route; may be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Send a test notification to every address of every route, now, and say what came of it.

    Needs no database. Exits with 1 when an address did not take it, with 2 when there is no route.
    """
    from sync.alarm.send import send
    from sync.config import load_settings

    routes = load_settings().alarm_routes
    unknown = sorted(set(route or ()) - {one.name for one in routes})
    if unknown or not routes:
        known = ", ".join(one.name for one in routes) or "none"
        raise ConfigurationError(f"alarm_routes: no route {', '.join(unknown)} (known: {known})")
    text = "A test: if you read this, notifications of crossdock reach you. Nothing is wrong."
    tried = [
        (one.name, number, send(one, number, "[crossdock] test", text, "info"))
        for one in routes
        if not route or one.name in route
        for number in range(1, len(one.urls) + 1)
    ]
    good = all(error is None for _, _, error in tried)
    if json:
        print_json(
            {
                "ok": good,
                "tried": [
                    {"route": name, "address": n, "error": error} for name, n, error in tried
                ],
            }
        )
    else:
        print_table(
            ("route", "address", "result"), [(name, n, error or "sent") for name, n, error in tried]
        )
    if not good:
        raise typer.Exit(EXIT_BAD_ANSWER)


@alarm.command("rules")
def list_rules(*, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Show what is looked for, and from which threshold on."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        found = [row._asdict() for row in tx.rows("alarm_list_rules")]
    if json:
        print_json({"rules": found})
        return
    print_table(
        ("rule", "severity", "threshold", "unit", "holds for", "on", "meaning"),
        [
            (
                row["code"],
                row["severity"],
                row["threshold"],
                row["unit"],
                age(row["hold_s"]),
                "yes" if row["is_on"] else "no",
                row["meaning"],
            )
            for row in found
        ],
    )


@alarm.command("set")
def set_rule(
    rule: Annotated[str, typer.Argument(help="Rule; `crossdock alarm rules` names them.")],
    name: Annotated[str, typer.Argument(help="threshold, severity, hold or is_on.")],
    value: Annotated[str, typer.Argument(help="What holds from now on, for all daemons.")],
    *,
    reason: Reason,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Change a rule. Exits with 4 when there is no such rule or the value is none for it."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        done = tx.one("alarm_set_rule", code=rule, part=name, value=value, reason=reason)
    if json:
        print_json({"rule": rule, "name": name, "from": done.value_before, "to": done.value_after})
    else:
        typer.echo(f"{name} of {rule}: {done.value_before} -> {done.value_after}")


@alarm.command("expect")
def expect(
    system: Annotated[str, typer.Argument(help="Sender, for example WMS1.")],
    *,
    every: Annotated[
        str | None,
        typer.Option(
            help="It sends at least once in this time, such as 30min; not given: expect nothing.",
            show_default=False,
        ),
    ] = None,
    hours: Annotated[
        str, typer.Option(help="Hours in which it sends; 00:00-00:00 is the whole day.")
    ] = "00:00-00:00",
    days: Annotated[str, typer.Option(help="Days on which it sends; 1 is Monday.")] = "1-7",
    time_zone: Annotated[str, typer.Option(help="Time zone of the hours.")] = "UTC",
    reason: Reason,
    database_url: DatabaseUrl = None,
) -> None:
    """Say when a sender should send; without that it is learned from the last four weeks.

    Exits with 4 when there is no such sender or time zone.
    """
    from sync.durations import parse_duration

    try:
        span = None if every is None else parse_duration(every)
        start, end = (datetime.strptime(one, "%H:%M").time() for one in hours.split("-"))  # noqa: DTZ007 - a time of the day has no zone
        low, _, high = days.partition("-")
        weekdays = list(range(int(low), int(high or low) + 1))
    except ValueError as exc:
        raise ConfigurationError(f"{exc}; say for example --every 30min --days 1-5") from None
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        tx.one(
            "alarm_expect",
            system_code=system,
            every=span,
            from_time=start,
            to_time=end,
            weekdays=weekdays,
            time_zone=time_zone,
            reason=reason,
        )
    what = "nothing is expected" if every is None else f"at least once in {every}, {hours}"
    typer.echo(f"{system}: {what}" + ("" if every is None else f" {time_zone}, days {days}"))
