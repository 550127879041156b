"""Play a company: the demonstration that tells a day, and the load without a story."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.cli.output import print_json, print_table
from sync.cli.session import DatabaseUrl, Json, Session, session
from sync.errors import EXIT_BAD_ANSWER, ConfigurationError

if TYPE_CHECKING:
    from sync.simulate.begun import BegunDay
    from sync.simulate.run import Result

Seed = Annotated[int, typer.Option(help="The same seed gives the same company and the same day.")]
Scale = Annotated[float, typer.Option(help="Size of the day; 1 is some 500 requests.")]
Trouble = Annotated[
    list[str] | None,
    typer.Option(
        "--trouble",
        metavar="NAME",
        help="Only this kind of trouble; repeat it. Default: all kinds.",
        show_default=False,
    ),
]
Workers = Annotated[int, typer.Option("--workers", min=1, max=64, help="Worker threads.")]


def demo(
    *,
    seed: Seed = 7,
    scale: Scale = 1.0,
    workers: Workers = 2,
    trouble: Trouble = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Run a realistic business day end to end and tell how it went.

    Migrates the database, loads master data, lets an ERP and two warehouse systems work a day with
    trouble on purpose, kills the daemon in mid-batch, compares the books with what physically
    happened and checks the laws. Exits with 0 when the day ended as the contract says.
    """
    from sync.migrate import current
    from sync.simulate.demo import run_demo

    with session(database_url) as opened, _plain_words(), _whole_day(opened) as day:
        current(opened.url)  # nothing is told before the database answers
        code = run_demo(
            opened.url,
            seed=seed,
            scale=scale,
            workers=workers,
            troubles=trouble,
            as_json=json,
            is_embedded=opened.is_embedded,
            kept_as=day.kept_as if day is not None else None,
            reports=opened.settings.home / "reports",
        )
        if day is not None and not code:
            day.end()
    if code:
        raise typer.Exit(code)


@contextlib.contextmanager
def _whole_day(opened: Session) -> Iterator[BegunDay | None]:
    """Begin a day on the embedded server; a database somewhere else is its owner's to keep."""
    if opened.embedded is None:
        yield None
        return
    from sync.simulate.begun import begin_day

    with begin_day(opened.embedded, opened.settings.home / "demo.lock") as day:
        yield day


def simulate(
    *,
    seed: Seed = 7,
    scale: Scale = 1.0,
    workers: Workers = 2,
    trouble: Trouble = None,
    peaceful: Annotated[bool, typer.Option("--peaceful", help="No trouble at all.")] = False,
    daemon: Annotated[
        bool,
        typer.Option(
            "--daemon/--no-daemon", help="Start a daemon for it, or rely on one that runs already."
        ),
    ] = True,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Play a day of an ERP and two WMSs.

    The database must be migrated. They use the contract's views alone, on logins of their own.
    Exits with 1 when the books differ from what physically happened, or a message ended otherwise
    than the contract says.
    """
    troubles = [] if peaceful else trouble
    with session(database_url) as opened, _plain_words():
        result = _simulate(
            opened, seed=seed, scale=scale, troubles=troubles, workers=workers if daemon else 0
        )
    if json:
        print_json(result.as_dict())
    else:
        _print_result(result)
    if not result.ok:
        raise typer.Exit(EXIT_BAD_ANSWER)


def _simulate(
    opened: Session, *, seed: int, scale: float, troubles: list[str] | None, workers: int
) -> Result:
    """Run the day beside a daemon of our own with so many workers, or beside none of ours."""
    from sync.cli.progress import stepping
    from sync.migrate import check
    from sync.simulate.clock import CLOSING_HOUR, FIRST_HOUR
    from sync.simulate.pump import DaemonProcess, WaitForDaemon
    from sync.simulate.run import run_simulation

    check(opened.url)
    with (
        stepping(CLOSING_HOUR - FIRST_HOUR + 1, "opening") as step,
        tempfile.TemporaryDirectory(prefix="crossdock-") as folder,
    ):

        def told(hour: int) -> None:
            if step is not None:
                step(f"{hour:02d}:00")

        if not workers:
            pump = WaitForDaemon()
            return run_simulation(
                opened.url, pump, seed=seed, scale=scale, troubles=troubles, progress=told
            )
        process = DaemonProcess(opened.url, workers=workers, log_path=Path(folder) / "daemon.log")
        process.start()
        try:
            return run_simulation(
                opened.url, process, seed=seed, scale=scale, troubles=troubles, progress=told
            )
        finally:
            process.stop()


def _print_result(result: Result) -> None:
    kinds = ", ".join(f"{result.number_of(kind)} {kind}" for kind in ("master", "request", "fact"))
    typer.echo(f"{kinds} messages with {result.line_count} lines in {result.seconds:.1f} s")
    if result.outcomes:
        print_table(
            ("trouble", "as expected", "what was seen"),
            [
                (one.name, "yes" if one.ok else "NO", "; ".join(map(str, one.seen)))
                for one in result.outcomes
            ],
        )
    typer.echo(
        f"{len(result.differences)} differences between truth and book, "
        f"{len(result.unexpected)} messages in an unexpected state, {len(result.breaches)} breaches"
    )
    for note in result.notes:
        typer.echo(f"note: {note}")


@contextlib.contextmanager
def _plain_words() -> Iterator[None]:
    """Turn a wrong option of the simulation, which says ValueError, into a usage failure."""
    try:
        yield
    except ValueError as exc:
        raise ConfigurationError(str(exc)) from exc
