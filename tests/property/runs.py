"""Run the engine in every way that must not matter: batch sizes, several workers, kills.

A kill is exact, not a matter of luck: the worker's own backend is terminated from another
connection just before the n-th statement of its work, so the same seed dies at the same place.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from sync.config import libpq_url
from sync.drain import drain
from sync.errors import DatabaseUnreachableError
from sync.store import Store

#: A worker that had to start again so often is stuck: a defect, not bad luck.
STARTS = 20


@dataclass(frozen=True)
class Way:
    """Say how a drain is run: workers at a time, messages of a batch, statements until a kill."""

    workers: int = 1
    batch_rows: int = 2000
    kill_at: tuple[int, ...] = ()


def run(url: str, way: Way) -> None:
    """Drain a database in this way; returns when nothing is due.

    Raises: what a worker raises, unless its connection was killed on purpose.
    """
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            _drain_until_done(url, way, number)
        except BaseException as exc:  # noqa: BLE001 - told to the test, whatever it is
            failures.append(exc)

    if way.workers == 1:
        _drain_until_done(url, way, 0)
        return
    threads = [threading.Thread(target=work, args=(n,)) for n in range(way.workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    # What one worker left because another held it at that moment.
    _drain_until_done(url, Way(batch_rows=way.batch_rows), 0)


def _drain_until_done(url: str, way: Way, number: int) -> None:
    kills = iter(way.kill_at[number :: way.workers])
    for _ in range(STARTS):
        store = Store(url, application_name=f"crossdock-worker-{number}", pool_size=2)
        at = next(kills, None)
        try:
            with _killed(store, url, at):
                drain(store, limit=way.batch_rows)
        except (DBAPIError, DatabaseUnreachableError):
            if at is None:
                raise
        else:
            return
        finally:
            store.close()
    raise AssertionError(f"worker {number} did not come to an end in {STARTS} starts")


@contextmanager
def _killed(store: Store, url: str, at: int | None) -> Iterator[None]:
    """Terminate the store's backend before its statement number `at`."""
    count = 0

    def before(_connection: Any, cursor: Any, *_: Any) -> None:
        nonlocal count
        count += 1
        if count == at:
            pid = cursor.connection.info.backend_pid
            with psycopg.connect(libpq_url(url), autocommit=True) as killer:
                killer.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))

    if at is not None:
        for engine in store.engines:
            event.listen(engine, "before_cursor_execute", before)
    yield


@st.composite
def ways(draw: st.DrawFn) -> Way:
    """Draw a way: one to three workers, tiny to large batches, up to four kills."""
    return Way(
        workers=draw(st.integers(1, 3)),
        batch_rows=draw(st.sampled_from((2000, 1, 2, 5))),
        kill_at=tuple(draw(st.lists(st.integers(1, 300), max_size=4))),
    )
