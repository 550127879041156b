"""Time the steps of a batch, and trace them where that was asked for.

Without `trace_to` no tracing library is imported and a step costs two looks at the clock (0.3 us).
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Protocol

#: Upper bounds of the time from a message's insertion to its booking, in seconds.
LATENCY_BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)


class Tracer(Protocol):
    """What is needed of an OpenTelemetry tracer."""

    def start_as_current_span(
        self, name: str, *, attributes: Mapping[str, Any]
    ) -> AbstractContextManager[Any]:
        """Begin a span that ends with the block."""
        ...


class _Tracing:
    tracer: Tracer | None = None


def trace_to(tracer: Tracer | None) -> None:
    """Send a span for each batch and step to the tracer; None ends that."""
    _Tracing.tracer = tracer


def trace_by_otlp() -> None:
    """Send spans by OTLP over HTTP, where the variables OTEL_EXPORTER_OTLP_* say.

    Raises:
        ModuleNotFoundError: crossdock[otel] is not installed.

    """
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - optional
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - the same
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - the same
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - the same

    provider = TracerProvider(resource=Resource.create({"service.name": "crossdock"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace_to(provider.get_tracer("crossdock"))


def span(name: str, **about: Any) -> AbstractContextManager[Any]:
    """Return a span around a block, or nothing when nobody traces."""
    if _Tracing.tracer is None:
        return nullcontext()
    return _Tracing.tracer.start_as_current_span(name, attributes=about)


@dataclass
class Steps:
    """Hold how long each step took, in seconds, by its name; steps of the same name add up."""

    seconds: dict[str, float] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def rest(self, name: str) -> None:
        """Count as this step what no other step has taken since the beginning."""
        taken = time.perf_counter() - self.started
        self.seconds[name] = taken - sum(self.seconds.values())

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a block as the step of this name."""
        started = time.perf_counter()
        try:
            with span(name):
                yield
        finally:
            taken = time.perf_counter() - started
            self.seconds[name] = self.seconds.get(name, 0.0) + taken


@dataclass
class Latency:
    """Hold how long messages took to be booked: counts by bound, the last one above all bounds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS_S) + 1))
    sum_s: float = 0.0

    def add(self, other: Latency) -> None:
        """Add other messages to these."""
        self.counts = [a + b for a, b in zip(self.counts, other.counts, strict=True)]
        self.sum_s += other.sum_s
