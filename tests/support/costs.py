"""Count what a batch costs the server, in units that do not depend on the machine.

PostgreSQL 18 counts WAL and buffers for each server process; older ones only for the whole server,
where parallel work would be counted, too: there only the statements are counted.
"""

from __future__ import annotations

from typing import Any

import psycopg

from sync.batch import run_road
from sync.store import Store

SINCE = 180000  # the first version that counts by process

_NAMES = ("wal_records", "wal_bytes", "images", "shared_buffers", "temp_buffers")
_FLUSH = "SELECT pg_backend_pid(), pg_stat_force_next_flush()"
_COUNTS = """
SELECT w.wal_records, w.wal_bytes, w.wal_fpi, i.shared, i.own
FROM pg_stat_get_backend_wal(%(pid)s) AS w, (
    SELECT
        coalesce(sum(hits + reads + extends) FILTER (WHERE object = 'relation'), 0) AS shared,
        coalesce(sum(hits + reads + extends) FILTER (WHERE object = 'temp relation'), 0) AS own
    FROM pg_stat_get_backend_io(%(pid)s)
) AS i"""


def batch_costs(
    url: str,
    watcher: psycopg.Connection[Any],
    lane: str,
    *,
    documents: int,
    lines: int,
    strict: bool = True,
) -> dict[str, float]:
    """Return what one batch of facts costs on a session that has worked before.

    ``statements`` are those of the batch, all else is by document line: ``wal_records``,
    ``wal_bytes``, ``shared_buffers`` (pages of tables and indexes looked at) and ``temp_buffers``
    (those of the session's work tables). Three times so many documents of so many lines are due in
    the lane: a batch warms up the session, and the cheaper one of two counts. While somebody holds
    a snapshot, be it in another database of the server, old rows are not pruned, and a line costs
    up to 0.8 WAL records more. Raises `AssertionError` when less was due, or when full images of
    pages falsify the count of WAL and it is to be ``strict``.
    """
    store = Store(url, pool_size=1)
    try:
        warmed = run_road(store, lane, "fact", limit=documents)
        assert warmed.processed == documents, f"{warmed.processed} documents to warm up"
        costs = [_one_batch(store, watcher, lane, documents, lines, strict) for _ in range(2)]
    finally:
        store.close()
    return {name: min(one[name] for one in costs) for name in costs[0]}


def _one_batch(
    store: Store,
    watcher: psycopg.Connection[Any],
    lane: str,
    documents: int,
    lines: int,
    strict: bool,
) -> dict[str, float]:
    counts = watcher.info.server_version >= SINCE
    before = _counts(store, watcher) if counts else {}
    result = run_road(store, lane, "fact", limit=documents)
    after = _counts(store, watcher) if counts else {}
    assert result.states == {"applied": documents}, f"{result.states}"
    spent = {name: after[name] - before[name] for name in after}
    images = spent.pop("images", 0)
    assert not strict or images * 1000 <= spent.get("wal_bytes", 0), f"{images} images of pages"
    total = documents * lines
    return {
        "statements": result.statements,
        **{name: round(value / total, 1) for name, value in spent.items()},
    }


def _counts(store: Store, watcher: psycopg.Connection[Any]) -> dict[str, float]:
    """Return the counts of the store's sessions so far: one for bulk, one for quick batches."""
    total = dict.fromkeys(_NAMES, 0.0)
    for engine in store.engines:
        with engine.connect() as connection:
            session = connection.exec_driver_sql(_FLUSH).one()
            connection.commit()
        row = watcher.execute(_COUNTS, {"pid": session[0]}).fetchone()
        assert row is not None
        total = {name: total[name] + float(value) for name, value in zip(_NAMES, row, strict=True)}
    return total
