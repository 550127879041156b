"""Alarms: every rule brought about in a real database, received as a mail and by a web service."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from schema.alarms import BY_CODE, RULES
from sync.alarm import Away, OutageAlarm, Watch
from sync.config import AlarmRoute, libpq_url
from sync.embedded import EmbeddedServer
from sync.migrate import upgrade
from sync.store import Store
from tests.integration.alarming import (
    CASES,
    HOUR,
    MINUTE,
    only,
    receipts,
    set_rule,
    settings,
    watch,
)
from tests.support.builders_world import World
from tests.support.sinks import MailSink, WebSink

#: Cases that lay a trigger, change a table, leave a transaction open or write a run.
NOT_ONLY_ROWS = {"system_error", "dead_rows", "snapshot", *(c for c in CASES if "recon" in c)}


@pytest.fixture(scope="module")
def mail() -> Iterator[MailSink]:
    sink = MailSink()
    yield sink
    sink.close()


@pytest.fixture(scope="module")
def web() -> Iterator[WebSink]:
    sink = WebSink()
    yield sink
    sink.close()


@pytest.fixture(autouse=True)
def _empty_sinks(mail: MailSink, web: WebSink) -> None:
    mail.take()
    web.take()
    web.is_broken = False


def test_every_rule_has_its_case() -> None:
    """A rule that nobody brings about here is a rule of which nobody knows what it says."""
    assert set(CASES) == {rule.code for rule in RULES} - {"slot"}


@pytest.mark.parametrize("code", CASES)
def test_a_condition_is_told_in_words_with_what_waits_and_what_to_type(
    request: pytest.FixtureRequest, mail: MailSink, web: WebSink, code: str
) -> None:
    """By mail and web service, to whom it may concern. The text has no gap and no brace left."""
    case, rule = CASES[code], BY_CODE[code]
    every = WebSink()
    request.addfinalizer(every.close)
    chosen = settings(mail, web)
    all_of_it = AlarmRoute.model_validate({"name": "board", "urls": [every.url]})
    chosen = chosen.model_copy(update={"alarm_routes": [*chosen.alarm_routes, all_of_it]})
    world: World = request.getfixturevalue("fresh_world" if code in NOT_ONLY_ROWS else "world")
    case.provoke(world)
    with only(world, code):
        watch(world, chosen, case.later)
    [(title, text)] = mail.take()
    assert every.take() == [(title, text.replace("\r", ""))]
    print(f"{title}\n{text}\n")  # noqa: T201 - `pytest -rP` shows every text
    lines = text.replace("\r", "").split("\n")
    assert re.fullmatch(rf"{rule.severity.upper()} {code} \(alarm \d+\): {case.what}", lines[0])
    assert re.fullmatch(r"  since:  \d{4}-\d\d-\d\d \d\d:\d\d UTC \(\d+ (s|min|h|d)\)", lines[1])
    assert re.fullmatch(f"  behind: {case.behind}", lines[2])
    assert re.fullmatch(f"  look:   {case.look}", lines[3])
    assert re.fullmatch(r"  yours:  crossdock alarm ack \d+ --reason '...'", lines[4])
    assert len(lines) == 5
    assert title.startswith(f"[crossdock {world.database.name}] 1 {rule.severity}: {code} ")
    assert [got.replace("\r", "") for _, got in web.take()] == (
        ["\n".join(lines)] if rule.severity == "critical" else []
    )


def test_a_slot_that_keeps_wal_is_told(tmp_path: Path, mail: MailSink, web: WebSink) -> None:
    """On a server of its own: that of the tests writes too little WAL for slots."""
    with EmbeddedServer(tmp_path / "server") as server:
        upgrade(server.url())
        store = Store(server.url())
        with psycopg.connect(libpq_url(server.url()), autocommit=True) as connection:
            connection.execute("SELECT ops.set_alarm_rule('slot', 'threshold', '0', 'a test')")
            connection.execute("SELECT pg_create_physical_replication_slot('standby_7', true)")
        Watch(store, settings(mail, web)).run()
        store.close()
    [(title, text)] = web.take()
    assert [(head, said.replace("\r", "")) for head, said in mail.take()] == [(title, text)]
    print(f"{title}\n{text}\n")  # noqa: T201 - `pytest -rP` shows every text
    assert re.match(
        r"CRITICAL slot \(alarm 1\): replication slot standby_7 keeps [\d.]+ GiB of WAL on the disk"
        r" \(nobody reads it\)\n  since:  .+\n  behind: the disk: when it is full the server stops\n"
        r"  look:   SELECT \* FROM pg_replication_slots;"
        r" SELECT pg_drop_replication_slot\('standby_7'\)\n",
        text.replace("\r", ""),
    )


def test_a_database_that_is_away_is_told_by_the_daemon_itself(mail: MailSink, web: WebSink) -> None:
    """Once, after the limit; one that comes and goes is one outage; its end is told once."""
    begin = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
    away: Away | None = Away(begin, "connection refused")
    chosen = settings(mail, web, alarm_time_zone="Asia/Shanghai", alarm_quiet_hours="00:00-23:59")
    counted: Counter[str] = Counter()
    outage = OutageAlarm(lambda: away, chosen, "stock", told=counted.update)
    outage.look(begin + MINUTE)
    assert mail.take() == web.take() == []
    outage.look(begin + 2 * MINUTE)
    outage.look(begin + 3 * MINUTE)
    [(title, text)] = mail.take()
    [(_, posted)] = web.take()
    print(f"{title}\n{text}\n")  # noqa: T201 - `pytest -rP` shows every text
    assert title == "[crossdock stock] 1 critical: database away"
    assert text.replace("\r", "") == posted
    assert re.fullmatch(
        r"CRITICAL database: daemon \S+:\d+ has had no database for 2 min: connection refused\n"
        r"  since:  2026-01-02 11:00 CST \(2 min\)\n  behind: every message; .+\n"
        r"  look:   systemctl status postgresql; crossdock doctor; .+",
        posted,
    )
    away = None
    outage.look(begin + 4 * MINUTE)
    away = Away(begin + 5 * MINUTE, "refused again")
    outage.look(begin + 7 * MINUTE)
    away = None
    outage.look(begin + 8 * MINUTE)
    assert mail.take() == web.take() == []
    outage.look(begin + 10 * MINUTE)
    outage.look(begin + 11 * MINUTE)
    [(title, text)] = mail.take()
    assert title == "[crossdock stock] 1 over: database away"
    assert "until:  2026-01-02 11:08 CST, it lasted 8 min" in text
    assert counted == {"sent": 4}
    assert len(web.take()) == 1


def test_an_outage_is_told_again_to_who_did_not_take_it_and_escalated(
    mail: MailSink, web: WebSink
) -> None:
    """A route with a delay hears of it later; an address that fails is tried with growing pauses."""
    begin = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
    chosen = settings(mail, web)
    first, second = chosen.alarm_routes
    later = second.model_copy(update={"after": timedelta(minutes=10)})
    outage = OutageAlarm(lambda: Away(begin, "gone"), chosen, "stock")
    outage.adopt(chosen.model_copy(update={"alarm_routes": [first, later]}))
    outage.look(begin + 3 * MINUTE)
    assert (len(mail.take()), web.take()) == (1, [])
    web.is_broken = True
    outage.look(begin + 12 * MINUTE)
    web.is_broken = False
    outage.look(begin + 12 * MINUTE + timedelta(seconds=20))
    assert web.take() == []
    outage.look(begin + 13 * MINUTE)
    assert (mail.take(), len(web.take())) == ([], 1)


def test_an_alarm_is_told_once_and_its_end_once(world: World, mail: MailSink, web: WebSink) -> None:
    """The second look is silent; when the cause is gone for a while, the same routes hear of it."""
    chosen = settings(mail, web)
    receipts(world, 1)
    with only(world, "backlog"):
        watch(world, chosen, HOUR)
        assert len(mail.take()) == len(web.take()) == 1
        assert watch(world, chosen, HOUR + MINUTE).found == 1
        assert watch(world, chosen, HOUR + 9 * MINUTE).found == 1
        assert mail.take() == web.take() == []
        world.drain()
        # It could come back at once: it is over when it was not seen for a while.
        assert watch(world, chosen, HOUR + 10 * MINUTE).resolved == []
        assert mail.take() == []
        watch(world, chosen, HOUR + 11 * MINUTE)
        [(title, text)] = mail.take()
        assert "1 over: backlog W1" in title
        assert re.match(r"OVER backlog \(alarm \d+\): lane W1 is not worked", text)
        assert re.search(r"until:  .+, it lasted \d+ min", text)
        assert len(web.take()) == 1
        watch(world, chosen, HOUR + 30 * MINUTE)
        assert mail.take() == web.take() == []


def test_of_several_daemons_one_looks(world: World, mail: MailSink, web: WebSink) -> None:
    """Three daemons, one look, one mail; each of them is known to live."""
    receipts(world, 1)
    at = world.store.now() + HOUR
    daemons = [Watch(world.store, settings(mail, web), name=f"d{n}") for n in range(3)]
    with only(world, "backlog"):
        assert [daemon.run(at) is not None for daemon in daemons] == [True, False, False]
        assert [daemon.run(at + MINUTE) is not None for daemon in daemons[::-1]] == [
            True, False, False,
        ]  # fmt: skip
    assert len(mail.take()) == 1
    daemons[0].leave()
    rows = world.admin.read("SELECT daemon_name, ended_at FROM ops.daemon ORDER BY 1")
    assert [(row["daemon_name"], row["ended_at"] is None) for row in rows] == [
        ("d0", False), ("d1", True), ("d2", True),
    ]  # fmt: skip


def test_quiet_hours_let_only_critical_alarms_pass(
    world: World, mail: MailSink, web: WebSink
) -> None:
    """In the time zone of the settings; what was held back is told in the morning."""
    now = world.store.now()
    chosen = settings(
        mail, web, alarm_time_zone="Asia/Shanghai",
        alarm_quiet_hours=f"{now + 7 * HOUR:%H:%M}-{now + 12 * HOUR:%H:%M}",  # UTC+8, in an hour ago
    )  # fmt: skip
    for code in ("waiting", "backlog"):
        CASES[code].provoke(world)
    with only(world, "waiting", "backlog"):
        set_rule(world, "waiting", "threshold", "0")
        watch(world, chosen, HOUR)
        [(title, text)] = mail.take()
        assert "1 critical: backlog W1" in title
        assert "CST" in text
        assert "waiting" not in title
        world.admin.connection.execute("UPDATE ops.alarm_rule SET is_on = code = 'waiting'")
        watch(world, chosen, 2 * HOUR)
        assert mail.take() == []
        watch(world, chosen, 5 * HOUR)
        [(title, _)] = mail.take()
        assert "1 warning: waiting W1" in title


def test_what_nobody_acknowledges_goes_to_the_next_one(
    world: World, mail: MailSink, web: WebSink
) -> None:
    """After the delay of the second route; an acknowledged alarm stays where it is."""
    first, second = settings(mail, web).alarm_routes
    chosen = settings(
        mail, web,
        alarm_routes=[first, second.model_copy(update={"after": timedelta(minutes=20)})],
    )  # fmt: skip
    receipts(world, 1)
    with only(world, "backlog"):
        watch(world, chosen, HOUR)
        watch(world, chosen, HOUR + 10 * MINUTE)
        assert (len(mail.take()), web.take()) == (1, [])
        watch(world, chosen, HOUR + 20 * MINUTE)
        assert (mail.take(), len(web.take())) == ([], 1)
        [row] = world.admin.read("SELECT alarm_id, told FROM ops.alarm")
        assert row["told"] == ["duty", "chat"]
        # Nobody is reminded of what somebody sees to, and it is escalated no further.
        world.admin.connection.execute(b"DELETE FROM ops.alarm_told WHERE route = 'chat'")
        world.admin.read("SELECT ops.alarm_ack(%s, 'I am at it')", row["alarm_id"])
        watch(world, chosen, 30 * HOUR)
        assert mail.take() == web.take() == []


def test_a_reminder_comes_when_nobody_sees_to_it(
    world: World, mail: MailSink, web: WebSink
) -> None:
    """A day later by default."""
    receipts(world, 1)
    with only(world, "backlog"):
        watch(world, settings(mail, web), HOUR)
        watch(world, settings(mail, web), 24 * HOUR)
        assert len(mail.take()) == 1
        watch(world, settings(mail, web), 25 * HOUR)
        assert len(mail.take()) == 1


def test_a_storm_is_a_few_notifications(world: World, mail: MailSink, web: WebSink) -> None:
    """Everything of one look is one mail; within the pause there is no second one."""
    chosen = settings(mail, web)
    with only(world, "errors", "error_age", "task_age"):
        CASES["errors"].provoke(world)
        set_rule(world, "error_age", "threshold", "1")
        watch(world, chosen, MINUTE)
        [(title, text)] = mail.take()
        assert "2 warning: error" in title
        assert text.count("WARNING") == 2
        CASES["task_age"].provoke(world)
        set_rule(world, "task_age", "threshold", "1")
        watch(world, chosen, 2 * MINUTE)
        watch(world, chosen, 5 * MINUTE)
        assert mail.take() == []
        watch(world, chosen, 6 * MINUTE)
        assert len(mail.take()) == 1


def test_a_route_that_does_not_answer_hurts_nobody_and_is_an_alarm(
    world: World, mail: MailSink, web: WebSink
) -> None:
    """It is tried again, noted without secrets, and told to the other route; then it gets through."""
    web.is_broken = True
    chosen = settings(mail, web)
    receipts(world, 1)
    with only(world, "backlog", "notification"):
        looked = watch(world, chosen, HOUR)
        assert looked.sent == {"sent": 1, "pending": 1}
        [row] = world.admin.read("SELECT * FROM ops.alarm_notice WHERE route = 'chat'")
        assert (row["state"], row["attempts"]) == ("pending", 1)
        assert "503" in row["last_error"]
        assert "s3cret" not in row["last_error"]
        mail.take()
        watch(world, chosen, HOUR + 2 * MINUTE)
        [(_, text)] = mail.take()
        assert "route chat does not take notifications" in text
        web.is_broken = False
        watch(world, chosen, HOUR + 5 * MINUTE)
        [(title, _)] = web.take()
        assert "backlog W1" in title


def test_a_rule_that_fails_ends_no_alarm(world: World, mail: MailSink, web: WebSink) -> None:
    """Not having looked is no recovery, and the other rules are looked at all the same."""
    chosen = settings(mail, web)
    receipts(world, 1)
    with only(world, "backlog", "snapshot"):
        watch(world, chosen, HOUR)
        world.drain()
        world.admin.connection.execute(
            "UPDATE ops.alarm_rule SET threshold = 'NaN' WHERE code = 'backlog'"
        )
        looked = watch(world, chosen, 2 * HOUR)
    assert looked.failed_rules == ["backlog"]
    assert looked.resolved == []
    [row] = world.admin.read("SELECT state FROM ops.alarm")
    assert row["state"] == "firing"


def test_the_rights_of_a_daemon_suffice(world: World, mail: MailSink, web: WebSink) -> None:
    """Every rule can be looked at, and everything be written, without being the owner."""
    receipts(world, 1)
    login = world.database.create_login("daemon", "crossdock_daemon")
    store = Store(world.database.login_url(login))
    chosen = settings(mail, web)
    looked = Watch(store, chosen).run(store.now() + HOUR)
    later = Watch(store, chosen).run(store.now() + 2 * HOUR)
    store.close()
    assert looked is not None
    assert later is not None
    assert looked.failed_rules == later.failed_rules == []
    assert looked.sent == {"sent": 2}


def test_silence_is_learned_from_the_last_weeks(world: World, mail: MailSink, web: WebSink) -> None:
    """Three of four weeks with traffic in the hour; two are not enough."""
    for system, weeks in (("WMS1", (7, 14, 28)), ("WMS2", (7, 14))):
        for days in weeks:
            world.admin.connection.execute(
                "INSERT INTO ops.traffic_hour SELECT %s, h, 5, h + interval '59 min' FROM ("
                "SELECT date_trunc('hour', now() + interval '90 min')"
                " - interval '1 hour' - make_interval(days => %s) AS h) AS x",
                (system, days),
            )
    with only(world, "no_traffic"):
        watch(world, settings(mail, web), timedelta(minutes=90))
    [(_, text)] = mail.take()
    assert "WMS1 is silent" in text
    assert "in this hour it sent in 3 of the last 4 weeks" in text
    assert "WMS2" not in text


@pytest.mark.parametrize("days", ["{1,2,3,4,5,6,7}", "yesterday"])
def test_silence_round_the_clock_does_not_begin_anew_at_midnight(
    world: World, mail: MailSink, web: WebSink, days: str
) -> None:
    """At 00:20 it is counted from the last message, or from the day on which traffic was due."""
    now = world.store.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=2)
    if days == "yesterday":
        days = f"{{{(midnight - timedelta(days=1)).isoweekday()},{midnight.isoweekday()}}}"
    world.admin.read(
        "SELECT ops.expect_traffic('WMS1', '30min', '00:00', '00:00', %s::integer[], 'UTC', 'x')",
        days,
    )
    receipts(world, 1)
    world.drain()
    with only(world, "no_traffic"):
        watch(world, settings(mail, web), midnight + timedelta(minutes=20) - now)
    assert len(mail.take()) == 1
    [alarm] = world.admin.read("SELECT since FROM ops.alarm")
    due = now if days == "{1,2,3,4,5,6,7}" else midnight - timedelta(days=1)
    assert abs(alarm["since"] - due) < timedelta(minutes=1)


def test_an_acknowledgement_is_audited_and_refused_where_it_is_none(
    world: World, mail: MailSink, web: WebSink
) -> None:
    """Once for each alarm, with a reason, by those who may."""
    receipts(world, 1)
    with only(world, "backlog"):
        watch(world, settings(mail, web), HOUR)
    [alarm] = world.admin.read("SELECT alarm_id FROM ops.alarm")
    number = alarm["alarm_id"]
    dba = world.database.create_login("on_call", "crossdock_dba")
    with world.database.connect(dba) as connection:
        connection.execute("SELECT ops.alarm_ack(%s, 'on it')", (number,))
    [row] = world.admin.read("SELECT * FROM ops.audit WHERE action = 'alarm_ack'")
    assert (row["login"], row["reason"], row["detail"]["code"]) == (dba, "on it", "backlog")
    for given, state in ((number, "55000"), (number + 1, "P0002")):
        with pytest.raises(Exception, match="alarm") as caught:
            world.admin.read("SELECT ops.alarm_ack(%s, 'x')", given)
        assert getattr(caught.value, "sqlstate", None) == state
