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
    (those of the session's work tables). So many documents of so many lines are due in the lane,
    and three fifths more to warm up a session for bulk (fewer would go to a quick one). Raises
    `AssertionError` when less was due, or when full images of pages falsify the count of WAL and it
    is to be ``strict``.
    """
    store = Store(url, pool_size=1)
    counts = watcher.info.server_version >= SINCE
    try:
        warmed = run_road(store, lane, "fact", limit=documents * 3 // 5)
        assert warmed.processed == documents * 3 // 5, f"{warmed.processed} documents to warm up"
        before = _counts(store, watcher) if counts else {}
        result = run_road(store, lane, "fact", limit=documents)
        after = _counts(store, watcher) if counts else {}
    finally:
        store.close()
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
    """Return the counts of the store's only session so far."""
    with store.engine.connect() as connection:
        session = connection.exec_driver_sql(_FLUSH).one()
        connection.commit()
    row = watcher.execute(_COUNTS, {"pid": session[0]}).fetchone()
    assert row is not None
    return dict(zip(_NAMES, map(float, row), strict=True))
