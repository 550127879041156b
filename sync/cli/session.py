"""Open what a command needs: settings, a database (the embedded one without a URL), a store."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync.config import Settings, load_settings

if TYPE_CHECKING:
    from sync.embedded import EmbeddedServer
    from sync.store import Store

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        metavar="URL",
        help="libpq or SQLAlchemy form; default CROSSDOCK_DATABASE_URL, else an embedded server.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON on standard output.")]


@dataclass(frozen=True)
class Session:
    """Hold the settings and the URL of the database that a command works on.

    `embedded` is the server that runs for this command, None where a URL was given.
    """

    settings: Settings
    url: str
    embedded: EmbeddedServer | None = None

    @property
    def is_embedded(self) -> bool:
        """Return whether the database is the embedded one."""
        return self.embedded is not None

    @contextlib.contextmanager
    def store(
        self, *, part: str = "command", pool_size: int = 2, checked: bool = True
    ) -> Iterator[Store]:
        """Open a store, after making sure that the schema is the one this program needs.

        `part` is what a DBA reads in pg_stat_activity behind the word crossdock.

        Raises:
            SchemaRevisionError: it is not, and `checked` was wanted.
            DatabaseUnreachableError: no connection.

        """
        from sync.migrate import check
        from sync.store import Store

        if checked:
            check(self.url)
        opened = Store(
            self.url,
            application_name=f"crossdock {part}",
            pool_size=pool_size,
            settings=self.settings,
        )
        try:
            yield opened
        finally:
            opened.close()


@contextlib.contextmanager
def session(
    database_url: str | None, *, workers: int | None = None, home: Path | None = None
) -> Iterator[Session]:
    """Read the settings and open the database that they name.

    Raises:
        ConfigurationError: a setting is wrong, or the embedded server cannot run here.

    """
    settings = load_settings(database_url=database_url, workers=workers, home=home)
    if settings.database_url is not None:
        yield Session(settings, settings.database_url)
        return
    from sync.embedded import EmbeddedServer

    with EmbeddedServer(settings.home / "postgres") as server:
        yield Session(settings, server.url(), server)


def is_terminal() -> bool:
    """Return whether a person is looking: progress bars and colours are for them alone."""
    return sys.stderr.isatty() and not os.environ.get("CI")
