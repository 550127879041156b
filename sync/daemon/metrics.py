"""Count what the daemon does, in its own registry so that several daemons fit in one process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

# From one idle poll to a batch of 20,000 messages.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


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
        self.batch_seconds = Histogram(
            "crossdock_batch_seconds",
            "time of a batch that found work",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.sweeps = Counter(
            "crossdock_sweeps",
            "scheduled jobs by outcome",
            ["job", "outcome"],
            registry=self.registry,
        )
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

    def text(self) -> bytes:
        """Return everything in Prometheus' text form."""
        return generate_latest(self.registry)
