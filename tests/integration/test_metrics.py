"""What a scrape shows of a daemon at work, and that dashboards and rules ask for nothing else."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client.parser import text_string_to_metric_families

from sync import steps
from sync.alarm import Watch
from sync.config import Settings
from sync.daemon import Daemon
from sync.daemon.gauges import GAUGES, DatabaseGauges
from sync.daemon.store_engine import StoreEngine
from tests.integration.alarming import receipts
from tests.integration.working import PATIENCE_S
from tests.support.builders_world import World

DEPLOY = Path(__file__).parents[2] / "deploy"
NAME = re.compile(r"crossdock_[a-z_]+[a-z]")
Numbers = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Numbers:
    """Return each number by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def scraped(world: World) -> tuple[str, Numbers]:
    """Give what a daemon tells that booked two receipts; one waits and one is wrong."""
    receipts(world, 2)
    receipts_of_new = {"item_code": "NEW", "qty": 1, "reason_code": "FOUND"}
    world.wms.goods_receipt("R8", warehouse="W1", lines=[receipts_of_new])
    world.wms.goods_receipt("R9", warehouse="W1", lines=[{**receipts_of_new, "qty": 0}])
    settings = Settings(workers=1, health_port=0)
    daemon = Daemon(StoreEngine(world.store, world.database.url), settings)
    daemon.start()
    try:
        for _ in range(PATIENCE_S * 20):
            counted = daemon.metrics.registry.get_sample_value(
                "crossdock_messages_total", {"state": "applied"}
            )
            if counted == 2 and not world.admin.read(
                "SELECT FROM staging.message WHERE state = 'received'"
            ):
                break
            daemon._stopping.wait(0.05)
        daemon.metrics.registry.register(DatabaseGauges(world.store, lambda: daemon.gate.is_open))
        Watch(world.store, settings, told=daemon.metrics.looked).run(
            world.store.now() + timedelta(hours=3)
        )
        url = f"http://127.0.0.1:{daemon.health_port}/metrics"
        with urllib.request.urlopen(url) as answer:
            text = answer.read().decode()
    finally:
        daemon.stop()
        daemon.wait()
    return text, parsed(text)


def test_a_scrape_tells_how_the_work_stands(scraped: tuple[str, Numbers]) -> None:
    """Counts by state, steps, latency, backlog, findings, jobs, tables, alarms."""
    _, numbers = scraped

    def of(name: str, **labels: str) -> float:
        return numbers[f"crossdock_{name}", tuple(sorted(labels.items()))]

    assert of("messages_total", state="applied") == 2
    assert of("dock_to_book_seconds_count") == 2
    assert of("dock_to_book_seconds_bucket", le="3600") == 2
    assert of("dock_to_book_seconds_sum") > 0
    for step in ("claim", "validate", "apply", "settle", "commit"):
        assert of("step_seconds_count", step=step) >= 1
    waiting = {"lane": "W1", "doc_type": "goods_receipt", "state": "waiting"}
    assert of("backlog_messages", **waiting) == 1
    assert of("backlog_oldest_seconds", **waiting) > 0
    assert of("backlog_messages", **{**waiting, "state": "error"}) == 1
    assert of("findings_open", code="REF-001", severity="wait") >= 1
    assert of("database_up") == 1
    assert of("daemons_alive") == 1
    assert of("alarm_looks_total") == 1
    assert of("alarms_firing", rule="waiting", severity="warning") == 1
    assert of("table_live_rows", table_name="staging.message") >= 0
    assert of("database_bytes") > 1_000_000
    assert of("sender_silent_seconds", system="WMS1") < 600
    assert of("job_paused", job_name="proof") == 0


def test_rules_and_dashboard_ask_for_metrics_that_are_there(scraped: tuple[str, Numbers]) -> None:
    """A name that nobody tells makes a rule that never fires and a panel that stays empty."""
    text, _ = scraped
    told = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    told |= {f"{name}{end}" for name in told for end in ("_bucket", "_sum", "_count")}
    dashboard = json.loads((DEPLOY / "grafana" / "crossdock.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
        for name in NAME.findall(target["expr"])
    }
    assert len(asked) > 20
    asked |= set(NAME.findall((DEPLOY / "prometheus" / "crossdock.rules.yml").read_text()))
    assert asked <= told
    assert {f"crossdock_{one[0]}" for _, wanted in GAUGES for one in wanted} <= told


def test_gauges_are_left_out_while_the_database_is_away(world: World) -> None:
    """A scrape never fails, and never shows what is no longer known."""
    is_open = True
    now = 0.0
    gauges = DatabaseGauges(world.store, lambda: is_open, lambda: now)
    assert len(list(gauges.collect())) == sum(len(wanted) for _, wanted in GAUGES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.store, "transaction", lambda: 1 / 0)
        assert list(gauges.collect()) != []  # kept for a moment
        now = 6.0
        assert list(gauges.collect()) == []
    is_open = False
    assert list(gauges.collect()) == []


def test_a_batch_is_a_span_with_its_steps_as_children(world: World) -> None:
    """Only where it was asked for."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    receipts(world, 1)
    steps.trace_to(provider.get_tracer("crossdock"))
    try:
        world.drain()
    finally:
        steps.trace_to(None)
    spans = exporter.get_finished_spans()
    [claim] = [one for one in spans if one.name == "apply"]
    [batch] = [
        one
        for one in spans
        if one.parent is None and one.context.trace_id == claim.context.trace_id
    ]
    assert batch.name == "batch"
    assert dict(batch.attributes or {}) == {"lane": "W1", "road": "fact"}
    children = [
        one.name for one in spans if one.parent and one.parent.span_id == batch.context.span_id
    ]
    assert children[:4] == ["claim", "validate", "apply", "settle"]
    count = len(spans)
    receipts(world, 1, item="B")
    world.drain()
    assert len(exporter.get_finished_spans()) == count


@pytest.mark.parametrize(
    "command",
    ["check config prometheus.yml", "check rules crossdock.rules.yml", "test rules crossdock.rules.test.yml"],
)  # fmt: skip
def test_prometheus_takes_the_files(command: str) -> None:
    """With Prometheus' own promtool where it is installed; the names are checked above in any case."""
    tool = shutil.which("promtool")
    if tool is None:
        for path in (DEPLOY / "prometheus").glob("*.yml"):
            assert path.read_text().startswith("# ")
        return
    done = subprocess.run(
        [tool, *command.split()],
        cwd=DEPLOY / "prometheus",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
