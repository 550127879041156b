"""Run a real daemon whose jobs read the time of day from a table of the test.

usage: python -m tests.chaos.clocked URL

Only the clock is the test's. Signals, threads, sessions and statements are the daemon's own. The
job `reconcile` is one that takes as long as the test wants: until it has a lock that the test holds.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from sync import logs
from sync.config import load_settings
from sync.daemon import Daemon, jobs, stop_on_signals
from sync.daemon.store_engine import StoreEngine
from sync.jobs import Clerk, Progress
from sync.nightly import JOBS
from sync.store import Store

HELD_LOCK = 4711
CONNECTIONS = 9


def run_held(store: Store, progress: Progress) -> Mapping[str, object]:
    """Wait for the test's lock, then do nothing."""
    progress("waiting for the lock")
    with store.transaction() as tx:
        tx.connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        tx.connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (HELD_LOCK,))
    return {"held": 1}


class ClockedEngine(StoreEngine):
    """Work for real, by the clock of the test."""

    def __init__(self, store: Store, url: str) -> None:
        super().__init__(store, url)
        self._clocked = store
        self._hands = Clerk(store, {**JOBS, "reconcile": run_held})

    def run_jobs(self) -> int:
        """Look at the jobs as of the test's time."""
        with self._clocked.transaction() as tx:
            now = tx.connection.exec_driver_sql("SELECT at FROM public.test_clock").scalar()
        return len(self._hands.run_due(cast("datetime", now)))


def main(url: str) -> None:
    """Run until SIGTERM."""
    settings = load_settings()
    logs.configure(settings.log_format)
    jobs.LOOK_S = 0.1
    store = Store(url, application_name="crossdock daemon", pool_size=CONNECTIONS)
    daemon = Daemon(ClockedEngine(store, url), settings)
    stop_on_signals(daemon)
    daemon.start()
    daemon.wait()
    store.close()


if __name__ == "__main__":
    main(sys.argv[1])
