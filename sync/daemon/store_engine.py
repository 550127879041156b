"""Let the daemon's threads drive the real engine through a store."""

from __future__ import annotations

from sync import migrate
from sync.batch import run_batch
from sync.daemon.engine import Worked
from sync.jobs import Clerk
from sync.nightly import JOBS
from sync.store import Store
from sync.sweep import notice_answers, open_lanes, release_complete, sweep


class StoreEngine:
    """Work the messages of one database."""

    def __init__(self, store: Store, url: str) -> None:
        self._store = store
        self._url = url
        self._clerk = Clerk(store, JOBS)

    def probe(self) -> None:
        """Raise when the database is away or its schema is not the one this program needs."""
        migrate.check(self._url)

    def lanes(self) -> list[str]:
        """Return the lanes that have open messages."""
        return open_lanes(self._store)

    def notice(self) -> int:
        """See to what arrived outside of batches: answers, missing lines; return how many go on."""
        return notice_answers(self._store) + release_complete(self._store)

    def work(self, lane: str, limit: int) -> Worked:
        """Run one batch of the lane, of at most `limit` messages, in one transaction."""
        result = run_batch(self._store, lane, limit=limit)
        return Worked(result.processed, result.states, result.lost_races)

    def run_jobs(self) -> int:
        """Run the jobs that are due by the clock; return how many were run here."""
        return len(self._clerk.run_due())

    def sweep(self) -> int:
        """Release what waits for nothing any more, end what passed its limit; return how many."""
        return sweep(self._store)
