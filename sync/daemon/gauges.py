"""Read from the database what Prometheus asks for: backlog, inboxes, errors, jobs, health, alarms.

Read when somebody scrapes, at most every five seconds; a daemon that nobody scrapes pays nothing.
Every query is bounded by open work or by the catalog. Each daemon tells the same numbers.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sync import logs
from sync.errors import describe
from sync.store import Store, Transaction

KEPT_S = 5.0

log = logs.get("metrics")

#: Statement, then (metric, help, labels, column) for each number in its rows.
GAUGES: tuple[tuple[str, tuple[tuple[str, str, tuple[str, ...], str], ...]], ...] = (
    (
        "metrics_backlog",
        (
            ("backlog_messages", "open messages", ("lane", "doc_type", "state"), "total"),
            (
                "backlog_oldest_seconds",
                "age of the oldest open message",
                ("lane", "doc_type", "state"),
                "oldest_s",
            ),
        ),
    ),
    (
        "show_inboxes",
        (
            ("inbox_deliveries", "unanswered deliveries", ("receiver", "state"), "delivery_count"),
            (
                "inbox_oldest_seconds",
                "age of the oldest unanswered delivery",
                ("receiver", "state"),
                "oldest_age_s",
            ),
        ),
    ),
    ("show_tasks", (("tasks_open", "decisions owed", ("code",), "task_count"),)),
    ("metrics_errors", (("findings_open", "open findings", ("code", "severity"), "total"),)),
    (
        "metrics_jobs",
        (
            ("job_last_run_ok", "1: the last run came to its end", ("job_name",), "is_good"),
            (
                "job_last_end_seconds",
                "when the last run ended, in seconds since 1970",
                ("job_name",),
                "ended_s",
            ),
            ("job_last_duration_seconds", "how long it took", ("job_name",), "lasted_s"),
            ("job_overdue_seconds", "how long it is overdue", ("job_name",), "overdue_s"),
            ("job_paused", "1: it is paused", ("job_name",), "is_paused"),
        ),
    ),
    (
        "metrics_tables",
        (
            ("table_dead_rows", "dead rows, by the statistics", ("table_name",), "dead_rows"),
            ("table_live_rows", "live rows, by the statistics", ("table_name",), "live_rows"),
            ("table_bytes", "size with indexes", ("table_name",), "bytes"),
        ),
    ),
    (
        "metrics_server",
        (
            ("oldest_snapshot_seconds", "age of the oldest transaction", (), "snapshot_s"),
            ("database_bytes", "size of the database", (), "database_bytes"),
            ("slot_wal_bytes", "most WAL that a replication slot keeps", (), "slot_bytes"),
            ("daemons_alive", "daemons heard of in the last two minutes", (), "daemon_count"),
        ),
    ),
    ("metrics_alarms", (("alarms_firing", "alarms that hold", ("rule", "severity"), "total"),)),
    (
        "metrics_traffic",
        (("sender_silent_seconds", "time since the last message", ("system",), "silent_s"),),
    ),
)


class DatabaseGauges(Collector):
    """Collect the gauges of one database; none while it is away."""

    def __init__(
        self, store: Store, is_open: Callable[[], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._is_open = is_open
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._kept: list[Metric] = []

    def describe(self) -> Iterable[Metric]:
        """Return nothing: registering must not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Return the gauges, read now or a moment ago."""
        with self._lock:
            if not self._is_open():
                return []
            if self._clock() - self._read_at >= KEPT_S:
                try:
                    with self._store.transaction() as tx:
                        self._kept = [one for entry in GAUGES for one in _read(tx, *entry)]
                except Exception as exc:  # noqa: BLE001 - a scrape never fails because of one part
                    log.warning("gauges could not be read", reason=describe(exc))
                    self._kept = []
                self._read_at = self._clock()
            return self._kept


def _read(
    tx: Transaction, statement: str, wanted: Sequence[tuple[str, str, tuple[str, ...], str]]
) -> list[Metric]:
    rows: list[dict[str, Any]] = [row._asdict() for row in tx.rows(statement)]
    found: list[Metric] = []
    for name, about, labels, column in wanted:
        family = GaugeMetricFamily(f"crossdock_{name}", about, labels=labels)
        for row in rows:
            if row[column] is not None:
                family.add_metric([str(row[label]) for label in labels], float(row[column]))
        found.append(family)
    return found
