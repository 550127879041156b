"""Show the jobs of the clock, run one by hand, pause it, or decide when it is due."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from sync.cli.decide import Reason
from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, session
from sync.cli.work import configure_log
from sync.errors import EXIT_BAD_ANSWER

schedule = typer.Typer(
    help="Show, run, pause and set the jobs that the clock starts.", no_args_is_help=True
)

Name = Annotated[
    str, typer.Argument(metavar="JOB", help="Job; `crossdock schedule list` names them.")
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
    if json:
        print_json({"jobs": jobs, "runs": found})
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
