"""Tell the main job on a realistic day: load, run, trouble, kill, drain, compare, prove."""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import psycopg
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from sync.config import libpq_url, masked
from sync.migrate import upgrade
from sync.recon.report import Wanted, write
from sync.recon.run import RunResult, reconcile
from sync.simulate.actor import conninfo_of
from sync.simulate.clock import CLOSING_HOUR, FIRST_HOUR
from sync.simulate.logins import ERP_LOGIN, WMS_LOGINS
from sync.simulate.pump import DaemonProcess
from sync.simulate.run import Result, run_simulation
from sync.simulate.story import Story
from sync.simulate.trouble import Outcome
from sync.store import Store

# The width of a page where no terminal says another.
PAGE_WIDTH = 100
# The messages whose whole story the demonstration tells: trouble, and which of its messages.
TOLD = (("unknown_item", 0), ("cancel_refused", 1))


def run_demo(
    url: str,
    *,
    seed: int = 7,
    scale: float = 1.0,
    workers: int = 2,
    troubles: Iterable[str] | None = None,
    as_json: bool = False,
    is_embedded: bool = False,
    kept_as: str | None = None,
    reports: Path | None = None,
) -> int:
    """Run the whole story against a database and print it; return the exit code.

    ``url`` is a login that may migrate, create roles and register systems. The daemon runs as a
    process of its own, is killed in mid-batch, and is stopped at the end. 0 means that everything
    ended as the contract says, 1 that something did not. With ``as_json`` only one JSON object is
    printed. The report of the reconciliation is written into the folder ``reports``. ``kept_as`` is
    the name of the database of a day before that did not end well.
    """
    console = Console(quiet=as_json, highlight=False)
    if not console.is_terminal:
        console.width = PAGE_WIDTH
    story = Story(console)
    story.chapter("crossdock: a business day of one ERP and two warehouse systems")
    before, after = upgrade(url)
    if kept_as is not None:
        story.say(f"the last day did not end well; its database is kept as {kept_as}")
    story.say(f"database  {masked(url)}")
    story.say(f"schema    {after}" + ("" if before == after else f", was {before or 'empty'}"))
    with _daemon(url, workers) as daemon, _progress(console, quiet=as_json) as progress:
        story.say(f"daemon    process {daemon.pid}, {workers} workers")
        result = run_simulation(
            url, daemon, seed=seed, scale=scale, troubles=troubles, progress=progress
        )
        exit_code = daemon.stop()
    stories = _stories(url, result.outcomes)
    run, report = _reconcile(url, reports)
    ok = result.ok and exit_code == 0 and run.state == "closed" and not run.unexplained
    if as_json:
        books = {"run_id": run.run_id, "verdict": run.verdict, "report": report and str(report)}
        told = {**result.as_dict(), "reconciliation": books, "ok": ok, "why": stories}
        sys.stdout.write(json.dumps(told) + "\n")
        return 0 if ok else 1
    story.messages(result)
    story.whys(stories)
    story.troubles(result.outcomes)
    story.decisions(result)
    story.verdict(result)
    story.say(f"daemon: started {daemon.starts} times, ended with {exit_code}", good=exit_code == 0)
    story.books(run, report)
    story.next_steps(_commands(url, result, is_embedded=is_embedded))
    story.chapter(
        "The day ended as the contract says." if ok else "The day did NOT end as the contract says."
    )
    return 0 if ok else 1


def _reconcile(url: str, reports: Path | None) -> tuple[RunResult, Path | None]:
    """Compare the books that both sides sent at the end of the day, and write the report."""
    store = Store(url, application_name="crossdock demo", pool_size=4)
    try:
        run = reconcile(store)
        if reports is None or run.state != "closed":
            return run, None
        reports.mkdir(parents=True, exist_ok=True)
        path = reports / f"reconciliation-{run.run_id}.html"
        with path.open("wb") as into:
            write(store, Wanted(run_id=run.run_id), into)
        return run, path
    finally:
        store.close()


@contextlib.contextmanager
def _daemon(url: str, workers: int) -> Iterator[DaemonProcess]:
    """Run a daemon, whose log is thrown away when all went well."""
    with tempfile.NamedTemporaryFile(prefix="crossdock-demo-", suffix=".log", delete=False) as log:
        path = Path(log.name)
    daemon = DaemonProcess(url, workers=workers, log_path=path)
    daemon.start()
    try:
        yield daemon
    finally:
        daemon.stop()
    path.unlink()


@contextlib.contextmanager
def _progress(console: Console, *, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Show the hour of the day on a terminal, and nothing in a pipe."""
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (TextColumn("  {task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("opening", total=CLOSING_HOUR - FIRST_HOUR + 1)

        def advance(hour: int) -> None:
            bar.update(task, advance=1, description=f"{hour:02d}:00")

        yield advance


def _stories(url: str, outcomes: Iterable[Outcome]) -> dict[str, list[str]]:
    """Return what ``ops.why`` tells about the chosen messages, by title."""
    stories: dict[str, list[str]] = {}
    by_name = {outcome.name: outcome for outcome in outcomes}
    with psycopg.connect(libpq_url(url), application_name="simulate-inspector") as connection:
        for name, place in TOLD:
            if name not in by_name or len(by_name[name].seqs) <= place:
                continue
            seq = by_name[name].seqs[place]
            rows = connection.execute("SELECT w.why FROM ops.why(%s) AS w (why)", [seq])
            stories[f"crossdock why {seq}   ({name.replace('_', ' ')})"] = [row[0] for row in rows]
    return stories


def _commands(url: str, result: Result, *, is_embedded: bool) -> Mapping[str, str]:
    """Return command lines with what they show, most useful first."""
    option = "" if is_embedded else f" --database-url {shlex.quote(masked(url))}"
    commands: dict[str, str] = {}
    troubled = [seq for outcome in result.outcomes for seq in outcome.seqs if seq]
    for seq in troubled[-1:]:
        commands[f"crossdock why {seq}{option}"] = "the whole story of one message"
    commands[f"crossdock status{option}"] = "what is open, and which decisions are owed"
    commands[f"crossdock proof{option}"] = "the laws of the ledger, checked again"
    if is_embedded:
        commands["crossdock up"] = "keeps the embedded database running for the following"
    erp = "SELECT * FROM erp_v1.availability LIMIT 10"
    wms = "SELECT * FROM wms_v1.inbox ORDER BY delivery_id DESC LIMIT 10"
    commands[_psql(url, ERP_LOGIN, erp)] = "what may be promised, as the ERP sees it"
    commands[_psql(url, next(iter(WMS_LOGINS.values())), wms)] = "the newest deliveries to a WMS"
    commands[_psql(url, None, "SELECT * FROM ops.task")] = (
        "the decisions owed, as the DBA sees them"
    )
    return commands


def _psql(url: str, login: str | None, query: str) -> str:
    # Without a password: what is printed is read over shoulders.
    changed = {"password": None} if login is None else {"password": None, "user": login}
    return f"psql {shlex.quote(conninfo_of(url, **changed))} -c {shlex.quote(query)}"
