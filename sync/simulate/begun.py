"""Notice that the last day did not end, and begin the next one in a database of its own.

A day that was cut off leaves orders behind that nobody will ever finish: a day played on top of
them differs from what its actors remember. Nothing is deleted: the old database gets a new name.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sync.embedded import EmbeddedServer
from sync.errors import ConfigurationError


@dataclass(frozen=True)
class BegunDay:
    """Hold the mark of a day that runs, and what became of the database of the one before.

    `kept_as` is the name that the database of a day without an end has now, else None.
    """

    mark: IO[bytes]
    kept_as: str | None

    def end(self) -> None:
        """Tell that the day ended as it should: the next one may go on in its database."""
        self.mark.truncate(0)


@contextlib.contextmanager
def begin_day(server: EmbeddedServer, path: Path) -> Iterator[BegunDay]:
    """Mark in the file `path` that a day runs on the server, until :meth:`BegunDay.end`.

    Raises:
        ConfigurationError: another day runs, or somebody works in the database of the last one.

    """
    with path.open("ab+") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                f"another demonstration runs in {path.parent}; "
                "wait for its end, or choose another CROSSDOCK_HOME"
            ) from None
        mark.seek(0)
        before = mark.read()
        mark.truncate(0)
        now = f"{datetime.now(UTC):%Y%m%d_%H%M%S_%f}"
        mark.write(now.encode())
        mark.flush()
        # The lock goes with the process, the text stays: a day with a mark and no lock was cut off.
        yield BegunDay(mark, server.set_aside(f"until_{now}") if before else None)
