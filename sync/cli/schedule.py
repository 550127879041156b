"""Show the jobs of the clock, run one by hand, pause it, or decide when it is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from sync.cli.decide import Reason
from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session
from sync.cli.work import configure_log
from sync.durations import parse_duration
from sync.errors import EXIT_BAD_ANSWER

schedule = typer.Typer(
    help="Show, run, pause and set the jobs that the clock starts.", no_args_is_help=True
)

Name = Annotated[
    str, typer.Argument(metavar="JOB", help="Job; `crossdock schedule list` names them.")
]


Lasts = Annotated[
    timedelta | None,
    typer.Option(
        "--for",
        parser=parse_duration,
        metavar="DURATION",
        help="How long the window stays open: 2h, 90min.",
        show_default=False,
    ),
]


@schedule.command("list")
def list_jobs(
    job: Annotated[
        str | None,
        typer.Argument(metavar="JOB", help="Show the newest runs of this one.", show_default=False),
    ] = None,
    *,
    runs: Annotated[
        int, typer.Option("--runs", min=0, help="How many of the newest runs to show.")
    ] = 0,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Show each job with its schedule, when it is due next and what its last run did."""
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        jobs = [row._asdict() for row in tx.rows("show_schedule") if job in (None, row.job)]
        limit = runs or (20 if job else 0)
        found = [row._asdict() for row in tx.rows("show_job_runs", job=job, limit=limit)]
        rules = [row._asdict() for row in tx.rows("show_work") if job in (None, row.job)]
    if json:
        print_json({"jobs": jobs, "runs": found, "work": rules})
        return
    print_table(
        ("job", "schedule", "zone", "due next", "last due", "last run", "what it does"),
        [
            (
                row["job"],
                row["schedule"],
                row["time_zone"],
                "paused" if row["paused_at"] else _at(row["next_due_at"]),
                _at(row["last_due_at"]),
                _told(row, "last_state"),
                row["meaning"],
            )
            for row in jobs
        ],
    )
    if rules:
        print_table(
            ("document type", "warehouse", "priority", "worked", "waiting", "reason"),
            [
                (
                    rule["doc_type"],
                    rule["warehouse_code"] or "all",
                    rule["priority"],
                    _worked(rule),
                    "" if rule["waiting_count"] is None else rule["waiting_count"],
                    rule["reason"],
                )
                for rule in rules
            ],
        )
    if found:
        print_table(
            ("job", "due", "origin", "run", "tries", "missed", "started", "ended", "by"),
            [
                (
                    row["job"],
                    _at(row["due_at"]),
                    row["origin"],
                    _told(row, "state"),
                    row["attempts"],
                    row["missed_count"],
                    _at(row["started_at"]),
                    _at(row["ended_at"]),
                    row["runner"],
                )
                for row in found
            ],
        )


def _at(instant: datetime | None) -> str:
    """Return an instant as people read it, in UTC."""
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if instant else ""


def _worked(rule: dict[str, Any]) -> str:
    """Return when a document type is worked, in words."""
    if rule["schedule"] is None:
        return "at once"
    if rule["is_open"]:
        return f"now, until {_at(rule['open_until'])}"
    if rule["paused_at"]:
        return "never: its job is paused"
    return f"from {_at(rule['opens_at']) or 'its window on'} for {rule['lasts']}"


def _told(row: dict[str, Any], state: str) -> str:
    """Return a run's state with what it said: its error, its counts, or how far it is."""
    said = row["error"] or row.get("progress") if row[state] != "done" else row["counts"]
    if isinstance(said, dict):
        said = ", ".join(f"{name} {number}" for name, number in said.items())
    return f"{row[state] or 'never'}{f': {said}' if said else ''}"


@schedule.command("run")
def run_job(job: Name, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Run a job now, also a paused one.

    Exits with 1 when it fails, with 4 while it is running already.
    """
    from sync.jobs import Clerk
    from sync.nightly import JOBS

    with session(database_url) as opened, opened.store(part="job", pool_size=4) as store:
        configure_log(opened)
        ran = Clerk(store, JOBS).run_now(job)
    if json:
        print_json({"job": ran.job, "due_at": ran.due_at, "state": ran.state, "error": ran.error})
    else:
        typer.echo(f"{ran.job}: {ran.state}{f': {ran.error}' if ran.error else ''}")
    if ran.error:
        raise typer.Exit(EXIT_BAD_ANSWER)


@schedule.command("pause")
def pause_job(
    job: Name, *, reason: Reason, database_url: DatabaseUrl = None, json: Json = False
) -> None:
    """Let nobody run the job until it is resumed; what falls due meanwhile is left out."""
    _halt("decide_pause", job, reason, database_url, json=json)


@schedule.command("resume")
def resume_job(
    job: Name, *, reason: Reason, database_url: DatabaseUrl = None, json: Json = False
) -> None:
    """Let a paused job go on from now."""
    _halt("decide_resume", job, reason, database_url, json=json)


def _halt(statement: str, job: str, reason: str, database_url: str | None, *, json: bool) -> None:
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        state = tx.scalar(statement, job=job, reason=reason)
    if json:
        print_json({"job": job, "state": state})
    else:
        typer.echo(f"{job}: {state}")


@schedule.command("set")
def set_schedule(
    job: Name,
    when: Annotated[
        str, typer.Argument(metavar="SCHEDULE", help="Five fields of cron: '15 1 * * *'.")
    ],
    *,
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", help="IANA zone; as it is by default.", show_default=False),
    ] = None,
    reason: Reason,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Decide when a job is due. Times that have passed are not caught up."""
    from sync.jobs import check_schedule

    check_schedule(when, time_zone)
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        done = tx.one("decide_schedule", job=job, schedule=when, time_zone=time_zone, reason=reason)
    if json:
        print_json({"job": job, "from": done.schedule_before, "to": done.schedule_after})
    else:
        typer.echo(f"{job}: {done.schedule_before} -> {done.schedule_after}")


@schedule.command("work")
def set_work(
    doc_type: Annotated[
        str, typer.Argument(metavar="DOC_TYPE", help="Document type, such as stock_count.")
    ],
    window: Annotated[
        str | None,
        typer.Argument(
            metavar="[SCHEDULE]",
            help="When its window opens, as five fields of cron; without: it is worked at once.",
            show_default=False,
        ),
    ] = None,
    *,
    lasts: Lasts = None,
    time_zone: Annotated[
        str, typer.Option("--time-zone", help="IANA zone in which the schedule is read.")
    ] = "UTC",
    warehouse: Annotated[
        str | None,
        typer.Option("--warehouse", help="In this one alone; everywhere by default."),
    ] = None,
    priority: Annotated[
        int, typer.Option("--priority", min=0, max=9, help="0 as all, 9 before all others.")
    ] = 0,
    drop: Annotated[bool, typer.Option("--drop", help="Take the rule back.")] = False,
    reason: Reason,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Decide when a document type is worked, at once or in a window, and what it goes before."""
    from sync.jobs import check_schedule

    if window is not None and not drop:
        check_schedule(window, time_zone)
    with session(database_url) as opened, opened.store() as store, store.transaction() as tx:
        of = {"doc_type": doc_type, "warehouse_code": warehouse, "reason": reason}
        if drop:
            before, after = tx.scalar("decide_no_work_rule", **of), None
        else:
            more = {"priority": priority, "schedule": window, "time_zone": time_zone}
            done = tx.one("decide_work_rule", lasts=lasts, **more, **of)
            before, after = done.rule_before, done.rule_after
    if json:
        print_json({"doc_type": doc_type, "warehouse": warehouse, "from": before, "to": after})
    else:
        place = f" in {warehouse}" if warehouse else ""
        typer.echo(f"{doc_type}{place}: {before or 'no rule'} -> {after or 'no rule'}")
