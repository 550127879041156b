"""Let the daemon's threads drive the real engine through a store."""

from __future__ import annotations

from sync import migrate
from sync.batch import run_batch
from sync.config import Settings
from sync.daemon.engine import Worked
from sync.errors import ConfigurationError
from sync.floor import Floors
from sync.jobs import Clerk
from sync.nightly import JOBS
from sync.openings import open_lanes
from sync.recon.adjust import post
from sync.store import Store
from sync.sweep import notice, sweep


class StoreEngine:
    """Work the messages of one database."""

    def __init__(self, store: Store, url: str) -> None:
        self._store = store
        self._floors = Floors()
        self._url = url
        self._clerk = Clerk(store, JOBS)

    def probe(self) -> None:
        """Raise when no daemon can work here, with what to do about it.

        Raises:
            DatabaseUnreachableError: no connection.
            SchemaRevisionError: the schema is not the one this program needs.
            ConfigurationError: the server is a standby, or the login lacks rights.

        """
        migrate.check(self._url)
        with self._store.transaction() as tx:
            server = tx.one("look_at_server")
        if server.is_standby:
            raise ConfigurationError(
                "the server is a standby and cannot be written to; name the primary, or all "
                "servers: postgresql://login@a,b/database?target_session_attrs=read-write"
            )
        if not server.is_daemon:
            raise ConfigurationError(
                f"login {server.login} may not do a daemon's work: as the owner of the database "
                f'GRANT crossdock_daemon TO "{server.login}"'
            )

    def adopt(self, settings: Settings) -> None:
        """Work by these settings from the next batch on."""
        self._store.settings = settings

    def lanes(self) -> list[str]:
        """Return the lanes that have open messages."""
        return open_lanes(self._store, self._floors)

    def notice(self) -> int:
        """See to what arrived outside of batches: answers, missing lines; return how many go on."""
        return notice(self._store)

    def work(self, lane: str, limit: int) -> Worked:
        """Run one batch of the lane, of at most `limit` messages, in one transaction."""
        result = run_batch(self._store, lane, limit=limit, floors=self._floors)
        return Worked(
            result.processed, result.states, result.lost_races, result.seconds, result.latency
        )

    def run_jobs(self) -> int:
        """Run the jobs that are due by the clock; return how many were run here."""
        return len(self._clerk.run_due())

    def open_windows(self) -> int:
        """Open the batch windows that are due; return how many were opened here."""
        return len(self._clerk.open_windows())

    def sweep(self) -> int:
        """Release what waits for nothing any more, end what passed its limit; return how many."""
        return sweep(self._store) + post(self._store)
