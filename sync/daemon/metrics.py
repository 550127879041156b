"""Count what the daemon does, in its own registry so that several daemons fit in one process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from sync.alarm.watch import Looked
from sync.daemon.engine import Worked
from sync.steps import LATENCY_BOUNDS_S, Latency

# A second series beside each counter that says when it was made: nobody asks for it.
disable_created_metrics()  # type: ignore[no-untyped-call]  # the library leaves it untyped

# From one idle poll to a batch of 20,000 messages.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class LatencyHistogram(Collector):
    """Add up the counts by bound that batches bring: one call for a batch, not for a message."""

    def __init__(self) -> None:
        self._sum = Latency()
        self._lock = threading.Lock()

    def add(self, latency: Latency) -> None:
        """Add the messages of a batch."""
        with self._lock:
            self._sum.add(latency)

    def collect(self) -> Iterable[Metric]:
        """Return the histogram."""
        with self._lock:
            counts, sum_s = list(self._sum.counts), self._sum.sum_s
        bounds = [*(format(bound, "g") for bound in LATENCY_BOUNDS_S), "+Inf"]
        upto = [sum(counts[: n + 1]) for n in range(len(counts))]
        yield HistogramMetricFamily(
            "crossdock_dock_to_book_seconds",
            "time from a message's insertion to its booking",
            buckets=list(zip(bounds, map(float, upto), strict=True)),
            sum_value=sum_s,
        )


class Metrics:
    """Hold the daemon's counters and gauges."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "crossdock_messages", "messages brought to a state", ["state"], registry=self.registry
        )
        self.batches = Counter(
            "crossdock_batches", "batches by outcome", ["outcome"], registry=self.registry
        )
        self.lost_races = Counter(
            "crossdock_lost_races",
            "batches begun anew because a balance or an order line had changed",
            registry=self.registry,
        )
        self.step_seconds = Histogram(
            "crossdock_step_seconds",
            "time of the steps of a batch that found work",
            ["step"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._latency = LatencyHistogram()
        self.registry.register(self._latency)
        self.batch_seconds = Histogram(
            "crossdock_batch_seconds",
            "time of a batch that found work",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.sweeps = Counter(
            "crossdock_sweeps",
            "scheduled jobs by outcome",
            ["job_name", "outcome"],
            registry=self.registry,
        )
        self.looks = Counter(
            "crossdock_alarm_looks", "looks for alarms by this daemon", registry=self.registry
        )
        self.failed_rules = Counter(
            "crossdock_alarm_rule_failures",
            "alarm rules that could not be looked at",
            ["rule"],
            registry=self.registry,
        )
        self.notifications = Counter(
            "crossdock_notifications",
            "attempts to deliver a notification: sent, pending (tried again), failed (given up)",
            ["outcome"],
            registry=self.registry,
        )
        # A counter that appears with its first failure had no value before: increase() sees none.
        for outcome in ("worked", "empty", "lost", "transient", "unexpected"):
            self.batches.labels(outcome)
        for outcome in ("sent", "pending", "failed"):
            self.notifications.labels(outcome)
        self.workers = Gauge("crossdock_workers", "worker threads", registry=self.registry)
        self.database_up = Gauge(
            "crossdock_database_up", "1 when the database is reachable", registry=self.registry
        )
        self.outages = Gauge(
            "crossdock_database_outages", "times the database was lost", registry=self.registry
        )
        self.open_lanes = Gauge(
            "crossdock_open_lanes",
            "lanes with open messages at the last look",
            registry=self.registry,
        )

    def worked(self, worked: Worked, seconds: float) -> None:
        """Count one batch that came to its end."""
        self.batches.labels("worked" if worked.processed else "empty").inc()
        self.lost_races.inc(worked.lost_races)
        for state, count in worked.states.items():
            self.messages.labels(state).inc(count)
        if worked.processed:
            self.batch_seconds.observe(seconds)
            for step, took in worked.seconds.items():
                self.step_seconds.labels(step).observe(took)
        if worked.latency is not None:
            self._latency.add(worked.latency)

    def looked(self, looked: Looked | None, delivered: Mapping[str, int]) -> None:
        """Count a look for alarms, when it was this daemon's, and attempts to notify people."""
        if looked is not None:
            self.looks.inc()
            for rule in looked.failed_rules:
                self.failed_rules.labels(rule).inc()
        for outcome, count in delivered.items():
            self.notifications.labels(outcome).inc(count)

    def text(self) -> bytes:
        """Return everything in Prometheus' text form."""
        return generate_latest(self.registry)
