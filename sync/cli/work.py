"""Do the work: the daemon, one drain, or database and daemon together."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, Session, session
from sync.errors import EXIT_BAD_ANSWER, ConfigurationError, DatabaseUnreachableError

if TYPE_CHECKING:
    from sync.alarm import Away
    from sync.config import Settings
    from sync.daemon import Daemon

Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        max=64,
        help="Worker threads; default CROSSDOCK_WORKERS or 2.",
        show_default=False,
    ),
]

# Beside the workers: the scout, the sweep, the watch, the metrics, and a job with its guard and its
# progress.
OTHER_CONNECTIONS = 7

KEPT = {
    "delivery": "the receiver has not answered the delivery",
    "task": "a decision is owed",
    "message": "an open message is linked to it",
    "busy": "somebody holds its deliveries at this moment",
}


def run(*, workers: Workers = None, database_url: DatabaseUrl = None) -> None:
    """Run the daemon until SIGTERM or Ctrl-C.

    The first signal finishes the batches in hand, a second one rolls them back. A database that is
    away is waited for. The log goes to standard error.
    """
    with session(database_url, workers=workers) as opened:
        serve(opened)


def up(*, workers: Workers = None, database_url: DatabaseUrl = None) -> None:
    """Start database, schema and daemon.

    Without a URL the database is the embedded one. Ends with SIGTERM or Ctrl-C.
    """
    from sync import retry
    from sync.config import for_psql, masked
    from sync.migrate import upgrade

    with session(database_url, workers=workers) as opened:
        configure_log(opened)
        revision, failures = None, 0
        while revision is None:
            try:
                _, revision = upgrade(opened.url)
            except DatabaseUnreachableError as exc:
                typer.echo(f"crossdock: {exc}; waiting for it", err=True)
                failures += 1
                time.sleep(retry.DATABASE.after(failures))
        typer.echo(f"database: {masked(opened.url)}")
        if opened.is_embedded:
            typer.echo(f"psql:     {for_psql(opened.url)}")
        typer.echo(f"schema:   {revision}")
        serve(opened, announce=True)


def drain(
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if any message is in error.")
    ] = False,
) -> None:
    """Work until nothing is due, then stop.

    Prints the messages by state. Waits for messages that are to be tried again; leaves those that
    wait for something.
    """
    from sync.cli.progress import counting
    from sync.drain import drain as work_off
    from sync.recon.adjust import post

    with (
        session(database_url) as opened,
        opened.store(part="drain") as store,
        counting("messages") as count,
    ):
        post(store)
        result = work_off(store, progress=count)
    if json:
        print_json({"processed": result.processed, "states": result.states})
    else:
        typer.echo(f"processed {result.processed} messages")
        print_table(("state", "messages"), [row for row in result.states.items() if row[1]])
    if strict and result.states.get("error"):
        raise typer.Exit(EXIT_BAD_ANSWER)


def retire(
    *,
    older_than: Annotated[
        int | None,
        typer.Option(
            "--older-than",
            metavar="DAYS",
            min=0,
            help="Days since a message ended; default CROSSDOCK_RETENTION or 90.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Move messages that ended long ago to the archive.

    The memory of them stays: a resend is still a duplicate or a conflict. Messages that something
    open belongs to stay, too. It may be stopped at any time and run again.
    """
    from sync.cli.progress import counting
    from sync.retire import retire as move

    with (
        session(database_url) as opened,
        opened.store(part="retire") as store,
        counting("messages") as count,
    ):
        limit = None if older_than is None else timedelta(days=older_than)
        result = move(store, limit, progress=count)
    if json:
        print_json(
            {
                "retired": result.total,
                "before": result.before,
                "doc_types": dict(sorted(result.doc_types.items())),
                "kept": dict(sorted(result.kept.items())),
                "late": result.late,
            }
        )
        return
    typer.echo(f"retired {result.total} messages that ended before {result.before:%Y-%m-%d %H:%M}")
    if result.doc_types:
        print_table(("document type", "messages"), sorted(result.doc_types.items()))
    for reason, number in sorted(result.kept.items()):
        typer.echo(f"kept {number}: {KEPT[reason]}")
    if result.late:
        typer.echo(f"moved {result.late} rows that came after their message was retired")


def configure_log(opened: Session) -> None:
    """Send log lines to standard error in the form that the settings name."""
    from sync import logs

    logs.configure(opened.settings.log_format, level=opened.settings.log_level)


def serve(opened: Session, *, announce: bool = False) -> None:
    """Run a daemon on the session's database until it is told to stop."""
    from sync.alarm import OutageAlarm, Watch
    from sync.daemon import Daemon, stop_on_signals
    from sync.daemon.gauges import DatabaseGauges
    from sync.daemon.store_engine import StoreEngine

    configure_log(opened)
    if opened.settings.traces:
        _trace()
    connections = opened.settings.workers + OTHER_CONNECTIONS
    with opened.store(part="daemon", pool_size=connections, checked=False) as store:
        daemon = Daemon(StoreEngine(store, opened.url), opened.settings)
        daemon.metrics.registry.register(DatabaseGauges(store, lambda: daemon.gate.is_open))
        watch = Watch(store, opened.settings, told=daemon.metrics.looked)
        outage = OutageAlarm(
            lambda: _away(daemon),
            opened.settings,
            watch.database,
            told=lambda sent: daemon.metrics.looked(None, sent),
        )
        for adopt in (watch.adopt, outage.adopt):
            daemon.on_reload(adopt)

        def look_for_alarms(chosen: Settings) -> None:
            period_s = chosen.alarm_period.total_seconds()
            daemon.every(period_s, "alarms", watch.run)
            daemon.every(period_s, "database alarm", outage.look, always=True)

        look_for_alarms(opened.settings)
        daemon.on_reload(look_for_alarms)
        stop_on_signals(daemon)
        daemon.start()
        watch.arrive()
        if announce:
            _announce(daemon)
        daemon.wait()
        watch.leave()


def _away(daemon: Daemon) -> Away | None:
    from sync.alarm import Away

    since = daemon.gate.lost_at
    return None if since is None else Away(since, daemon.gate.reason)


def _trace() -> None:
    from sync.steps import trace_by_otlp

    try:
        trace_by_otlp()
    except ModuleNotFoundError as exc:
        raise ConfigurationError(f"traces: {exc}; pip install 'crossdock[otel]'") from None


def _announce(daemon: Daemon) -> None:
    typer.echo(f"health:   http://127.0.0.1:{daemon.health_port}/readyz and /metrics")
    typer.echo("daemon:   running; Ctrl-C stops it")
