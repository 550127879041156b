"""Bring about each condition of which an alarm tells, in a real database, and say what it tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg.types.json import Jsonb

from sync.alarm import Watch
from sync.alarm.watch import Looked
from sync.config import AlarmRoute, Settings
from tests.integration.working import drain_with, lay_trap
from tests.support.builders_world import World
from tests.support.sinks import MailSink, WebSink

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Case:
    """Say how a condition comes about, how much later it is looked for, and what is told."""

    provoke: Callable[[World], object]
    later: timedelta
    what: str
    behind: str
    look: str


def settings(mail: MailSink, web: WebSink, **more: Any) -> Settings:
    """Return settings with two routes: all by mail, critical ones to the web service as well."""
    routes = [
        AlarmRoute.model_validate({"name": "duty", "urls": [mail.url]}),
        AlarmRoute.model_validate({"name": "chat", "urls": [web.url], "least": "critical"}),
    ]
    return Settings(**{"alarm_routes": routes, **more})


def watch(world: World, chosen: Settings, later: timedelta = timedelta(0)) -> Looked:
    """Look once as a daemon would, so much later than it is."""
    looked = Watch(world.store, chosen, name="watcher").run(world.store.now() + later)
    assert looked is not None
    return looked


def set_rule(world: World, code: str, name: str, value: str) -> None:
    """Change a rule as a DBA would."""
    world.admin.read("SELECT * FROM ops.set_alarm_rule(%s, %s, %s, 'a test')", code, name, value)


def receipts(world: World, count: int, item: str = "A", **more: Any) -> None:
    """Send receipts without an order."""
    for n in range(1, count + 1):
        line = {"item_code": item, "qty": 1, "reason_code": "FOUND", **more}
        world.wms.goods_receipt(f"R{n}", warehouse="W1", lines=[line])


def _waiting(world: World) -> None:
    receipts(world, 2, item="NEW")
    world.drain()


def _errors(world: World, count: int) -> None:
    receipts(world, count, qty=0)
    world.drain()


def _poison(world: World) -> None:
    lay_trap(world, "staging.delivery", "IF NEW.message_id = 'bad' THEN RAISE 'boom'; END IF;")
    world.wms.goods_receipt(
        "R1", warehouse="W1", message_id="bad",
        lines=[{"item_code": "A", "qty": 1, "reason_code": "FOUND"}],
    )  # fmt: skip
    drain_with(world, max_attempts=1, retry_delay=timedelta(milliseconds=1))


def _storm(world: World) -> None:
    set_rule(world, "retrying", "threshold", "2")
    set_rule(world, "retrying", "hold", "0")
    receipts(world, 3)
    for row in world.admin.read("SELECT seq FROM staging.message WHERE doc_type = 'goods_receipt'"):
        world.admin.connection.execute(
            "UPDATE staging.message SET state = 'retrying', attempts = 2,"
            " state_reason = 'disk full (SQLSTATE 53100)', next_attempt_at = now() + interval '1h'"
            " WHERE seq = %s",
            (row["seq"],),
        )


def _question(world: World) -> None:
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "accepted")
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 4)], revision=2)
    world.drain()


def _unread(world: World) -> None:
    world.answer_everything()
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()


def _task(world: World) -> None:
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 1)])
    world.wms.goods_receipt("R1", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", 9)])
    world.drain()


def _silent(world: World) -> None:
    world.admin.read(
        "SELECT ops.expect_traffic('WMS1', '30min', '00:00', '00:00', '{1,2,3,4,5,6,7}', 'UTC', 'x')"
    )
    receipts(world, 1)
    world.drain()


def _dead_rows(world: World) -> None:
    set_rule(world, "dead_rows", "hold", "0")
    run = world.admin.connection.execute
    run(b"ALTER TABLE ops.traffic_hour SET (autovacuum_enabled = off)")
    run(
        b"INSERT INTO ops.traffic_hour SELECT 'X' || n, now(), 1, now()"
        b" FROM generate_series(1, 10001) AS n"
    )
    run(b"DELETE FROM ops.traffic_hour")
    run(b"SELECT pg_stat_force_next_flush()")
    run(b"SELECT 1")


def _snapshot(world: World) -> None:
    connection = world.database.connect(autocommit=False)
    connection.execute("SET application_name = 'report'")
    connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    connection.execute("SELECT 1")


def _vanished(world: World) -> None:
    for n, name in enumerate(("watcher", "lost")):
        Watch(world.store, Settings(), name=name).run(world.store.now() - timedelta(minutes=9 - n))


def _unreachable(world: World) -> None:
    world.admin.connection.execute(
        "INSERT INTO ops.alarm_notice (route, address, severity, title, body, made_at, attempts,"
        " next_attempt_at, last_error) VALUES ('pager', 1, 'critical', 'x', 'x', now(), 1,"
        " now() + interval '1 day', 'json: the server says 503')"
    )


def _run(world: World, state: str, **more: object) -> int:
    row = {"as_of": world.store.now(), "state": state, "trigger": "nightly", "config": Jsonb({}),
           "revision": "x", "started_at": world.store.now(), **more}  # fmt: skip
    if state != "running":
        row["ended_at"] = world.store.now()
    return _insert(world, "recon.run", row, "run_id")


def _close(world: World, run_id: int) -> None:
    world.admin.connection.execute(
        "UPDATE recon.run SET state = 'closed', verdict = 'OPEN_ITEMS', run_hash = 'x',"
        " ended_at = now() WHERE run_id = %s",
        (run_id,),
    )


def _insert(world: World, table: str, row: dict[str, Any], returning: str) -> int:
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    found = world.admin.connection.execute(
        f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING {returning}".encode(),
        list(row.values()),
    ).fetchone()
    assert found is not None
    return int(found[0])


def _job_run(world: World, job: str, error: str) -> None:
    _insert(
        world, "ops.job_run",
        {"job": job, "due_at": "2026-01-02 04:00+00", "origin": "schedule", "state": "failed",
         "attempts": 3, "runner": "x", "started_at": world.store.now(),
         "ended_at": world.store.now(), "error": error},
        "attempts",
    )  # fmt: skip


def _overdue(world: World) -> None:
    world.admin.connection.execute("UPDATE ops.job SET next_due_at = now() WHERE job = 'retire'")


def _unexplained(world: World) -> None:
    run_id = _run(world, "running")
    zero = dict.fromkeys(
        ("wms_qty", "book_qty", "cut_off_qty", "in_flight_qty", "rejected_qty", "unconfirmed_qty",
         "carried_qty", "reported_carried_qty", "wms_drift_qty", "wms_total_drift_qty"), 0,
    )  # fmt: skip
    five = dict.fromkeys(
        ("erp_qty", "difference_qty", "residual_qty", "erp_drift_qty", "erp_total_drift_qty"), 5
    )
    _insert(
        world, "recon.difference",
        {"run_id": run_id, "warehouse_code": "W1", "item_code": "A", "stock_status": "unrestricted",
         "uom": "PCE", "class": "UNEXPLAINED", "evidence": "none", "first_run_id": run_id,
         "first_seen_on": "2026-01-01", "night_count": 1, "owner": "x", "action": "x", "why": "x",
         "why_key": "x", "why_args": Jsonb({}), **zero, **five},
        "run_id",
    )  # fmt: skip
    _close(world, run_id)


def _below(world: World) -> None:
    run_id = _run(world, "running")
    _insert(
        world, "recon.figure",
        {"run_id": run_id, "warehouse_code": "W1", "name": "record accuracy", "value": 98.5,
         "numerator": 985, "denominator": 1000, "unit": "%", "target": 99.5},
        "run_id",
    )  # fmt: skip
    _close(world, run_id)


CASES: dict[str, Case] = {
    "backlog": Case(
        lambda world: receipts(world, 3), 10 * MINUTE,
        r"lane W1 is not worked: message \d+ has waited for its turn for 10 min",
        "3 messages of the lane",
        r"crossdock status; crossdock why \d+; SELECT \* FROM ops.claim",
    ),
    "waiting": Case(
        _waiting, 3 * HOUR,
        r"2 messages of lane W1 are past 50 percent of their limit; the first waits for item:NEW"
        r" and its limit passes at \d{4}-\d\d-\d\d \d\d:\d\d UTC",
        "0 later messages of the same documents",
        r"crossdock why \d+; SELECT \* FROM ops.waiting_on WHERE lane = 'W1'",
    ),
    "errors": Case(
        lambda world: _errors(world, 10), MINUTE,
        r"10 messages are in error QTY-\d+: .+", "0 later messages of the same documents",
        r"crossdock why \d+; SELECT \* FROM ops.error WHERE code = 'QTY-\d+'",
    ),
    "system_error": Case(
        _poison, MINUTE,
        r"1 messages ended in SYS-001, a fault of the program or the server: .*boom.*",
        "0 later messages of the same documents",
        r"crossdock why (\d+); when the cause is mended: crossdock requeue \1 --reason '...'",
    ),
    "error_age": Case(
        lambda world: _errors(world, 1), 5 * HOUR,
        "1 messages of lane W1 are in error and nobody sees to them; the oldest is goods_receipt"
        " R1 of WMS1", "0 later messages of the same documents",
        r"crossdock why \d+; SELECT \* FROM ops.error WHERE lane = 'W1'",
    ),
    "retrying": Case(
        _storm, MINUTE,
        r"3 messages of lane W1 are tried again and again; one of them: disk full \(SQLSTATE 53100\)",
        "0 later messages of the same documents", r"crossdock why \d+; crossdock doctor",
    ),
    "unanswered": Case(
        _question, 3 * HOUR,
        r"WMS1 has not answered 1 requests; the oldest is sales_order SO1, delivery \d+, now pending",
        "0 later messages of the same documents",
        r"crossdock why \d+; crossdock tasks --code STA-009",
    ),
    "unread": Case(
        _unread, 3 * HOUR,
        r"WMS1 does not read its inbox: sales_order SO1, delivery \d+, lies there for 3 h",
        "1 deliveries to WMS1", r"crossdock status; crossdock why \d+",
    ),
    "task_age": Case(
        _task, 25 * HOUR,
        r"1 decisions QTY-\d+ are owed and overdue; the oldest is task \d+: .+", "1 decisions",
        r"crossdock tasks --code QTY-\d+",
    ),
    "no_traffic": Case(
        _silent, HOUR,
        "WMS1 is silent: nothing has come for 60 min; it should send every 00:30:00 from 00:00"
        " to 00:00 UTC", "everything that WMS1 would have sent",
        r"SELECT \* FROM ops.traffic WHERE system_code = 'WMS1'; look whether WMS1 runs",
    ),
    "sender_failing": Case(
        lambda world: _errors(world, 6), MINUTE,
        r"[\d.]+ percent of what WMS1 sent in the last hour ended in error \(6 messages\), most of"
        r" them with QTY-\d+", "6 messages of WMS1",
        r"SELECT \* FROM ops.error WHERE sender = 'WMS1'; crossdock why \d+",
    ),
    "dead_rows": Case(
        _dead_rows, MINUTE,
        r"table ops.traffic_hour has 1\d\d\d\d dead rows beside \d+ live ones",
        "every claim walks over them",
        r"SELECT \* FROM ops.health WHERE advice IS NOT NULL; VACUUM ops.traffic_hour",
    ),
    "snapshot": Case(
        _snapshot, 20 * MINUTE,
        r"process \d+ of \w+, report holds a transaction open for 20 min; no dead row can be"
        " removed", "the cleaning of every table",
        r"crossdock doctor; SELECT \* FROM ops.health WHERE kind <> 'table';"
        r" SELECT pg_terminate_backend\(\d+\)",
    ),
    "database_size": Case(
        lambda world: set_rule(world, "database_size", "threshold", "0.001"), MINUTE,
        r"database \w+ has 0.0\d GiB; the limit is 0.001 GiB",
        "the disk: when it is full the server stops",
        r"SELECT \* FROM ops.health ORDER BY table_bytes DESC NULLS LAST; crossdock retire",
    ),
    "proof": Case(
        lambda world: _job_run(world, "proof", "2 breaches of the laws: balance: W1 A"), MINUTE,
        "the proof that was due at 2026-01-02 04:00 UTC failed: 2 breaches of the laws: balance:"
        " W1 A", "trust in every balance that the breaches name",
        r"crossdock proof; SELECT \* FROM ops.proof",
    ),
    "job_failed": Case(
        lambda world: _job_run(world, "retire", "no permission"), MINUTE,
        "job retire that was due at 2026-01-02 04:00 UTC failed after 3 attempts: no permission",
        "what the job should have done: .+",
        "crossdock schedule list; crossdock schedule run retire",
    ),
    "job_overdue": Case(
        _overdue, HOUR, r"job retire is overdue by 60 min", "what the job should do: .+",
        r"crossdock schedule list; SELECT \* FROM ops.daemon",
    ),
    "recon_invalid": Case(
        lambda world: _run(world, "not_valid", reason="the ERP's snapshot is 9 hours old"), MINUTE,
        r"reconciliation run \d+ is not valid: the ERP's snapshot is 9 hours old",
        "nobody knows whether the books agree; the last closed run is of never",
        r"SELECT \* FROM recon.run WHERE run_id = \d+; SELECT .+ NOT passed",
    ),
    "recon_missing": Case(
        lambda world: _run(world, "running"), 30 * HOUR,
        r"no reconciliation has run for 30 h; the last one is run \d+",
        "differences that nobody sees", "crossdock reconcile; .+",
    ),
    "recon_unexplained": Case(
        _unexplained, MINUTE,
        r"1 differences of warehouse W1 are not explained by run \d+; the dearest is A",
        "1 differences", "crossdock report; .+ AND warehouse_code = 'W1'",
    ),
    "recon_below_target": Case(
        _below, MINUTE,
        r"record accuracy of W1 is 98.5 percent in run \d+; the target is 99.5", "15 of 1000",
        r"crossdock report; SELECT \* FROM recon.figure WHERE run_id = \d+",
    ),
    "daemon_missing": Case(
        _vanished, timedelta(0),
        r"daemon lost has not been heard of for 8 min; 1 others are alive",
        "what it worked is worked by the others, if there are any",
        r"crossdock status; systemctl status crossdock on \S+; SELECT \* FROM ops.daemon",
    ),
    "notification": Case(
        _unreachable, timedelta(0),
        "route pager does not take notifications: 1 failed in the last hour; json: the server says"
        " 503", "1 notifications; nobody reads this on pager",
        "crossdock alarm test --route pager; SELECT .+ WHERE route = 'pager'",
    ),
}  # fmt: skip


@contextmanager
def only(world: World, *codes: str) -> Iterator[None]:
    """Switch all other rules off: what one brings about may be seen by another as well."""
    world.admin.connection.execute(
        "UPDATE ops.alarm_rule SET is_on = code = ANY (%s)", (list(codes),)
    )
    yield
