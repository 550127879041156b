"""The daemon as a process: signals, a killed database session, a database that goes away."""

from __future__ import annotations

import signal
import time
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from psycopg import sql

from sync.config import libpq_url
from sync.embedded import EmbeddedServer
from tests.chaos.processes import Start, wait_until
from tests.support.cluster import Cluster, Database
from tests.support.sinks import WebSink

ITEM = "INSERT INTO erp_v1.item (message_id, item_code, base_uom) VALUES (%s, %s, 'PCE')"


def state_of(database: Database, message_id: str) -> str | None:
    """Return the state of a message as the DBA sees it."""
    with database.connect() as dba:
        row = dba.execute(
            "SELECT state FROM staging.message WHERE message_id = %s", (message_id,)
        ).fetchone()
    return None if row is None else str(row[0])


def test_the_daemon_works_what_comes_in_and_ends_on_sigterm(
    database: Database, start: Start
) -> None:
    """Within seconds, with exit code 0; the health endpoint answers meanwhile."""
    erp = database.connect(database.register("ERP", "erp"))
    daemon = start("run", "--database-url", database.url, "--workers", "2")
    port = daemon.wait_for_line("daemon runs")["health_port"]
    erp.execute(ITEM, ("M1", "A"))
    wait_until(lambda: state_of(database, "M1") == "applied")
    # The counter follows the commit.
    wait_until(lambda: b'crossdock_messages_total{state="applied"} 1.0' in _metrics(port))
    began = time.monotonic()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0
    assert time.monotonic() - began < 5


def test_the_batch_in_hand_is_finished_on_the_first_signal(
    database: Database, start: Start
) -> None:
    """A lock that the test holds keeps the batch from ending until the signal was sent."""
    erp = database.connect(database.register("ERP", "erp"))
    daemon = start("run", "--database-url", database.url, "--workers", "1")
    daemon.wait_for_line("daemon runs")
    blocker = database.connect(autocommit=False)
    blocker.execute("LOCK TABLE book.item IN SHARE MODE")
    erp.execute(ITEM, ("M1", "A"))
    wait_until(lambda: _is_blocked(database))
    daemon.signal(signal.SIGTERM)
    daemon.wait_for_line("stop: finishing the batches in hand")
    assert daemon.popen.poll() is None
    blocker.rollback()
    assert daemon.wait() == 0
    assert state_of(database, "M1") == "applied"
    assert daemon.wait_for_line("daemon ended")["clean"] is True


def test_the_second_signal_rolls_the_batch_back(database: Database, start: Start) -> None:
    """At once, without an attempt on the message's account."""
    erp = database.connect(database.register("ERP", "erp"))
    daemon = start("run", "--database-url", database.url, "--workers", "1")
    daemon.wait_for_line("daemon runs")
    blocker = database.connect(autocommit=False)
    blocker.execute("LOCK TABLE book.item IN SHARE MODE")
    erp.execute(ITEM, ("M1", "A"))
    wait_until(lambda: _is_blocked(database))
    daemon.signal(signal.SIGTERM)
    daemon.wait_for_line("stop: finishing the batches in hand")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0
    assert daemon.wait_for_line("daemon ended")["clean"] is False
    blocker.rollback()
    wait_until(lambda: not _sessions(database))
    with database.connect() as dba:
        row = dba.execute("SELECT state, attempts FROM staging.message").fetchone()
    assert row == ("received", 0)


def test_a_terminated_session_is_survived(database: Database, start: Start) -> None:
    """The gate closes, the probe opens it again, the work goes on."""
    erp = database.connect(database.register("ERP", "erp"))
    daemon = start("run", "--database-url", database.url, "--workers", "2")
    daemon.wait_for_line("daemon runs")
    erp.execute(ITEM, ("M1", "A"))
    wait_until(lambda: state_of(database, "M1") == "applied")
    with database.connect() as dba:
        dba.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name LIKE 'crossdock%%' AND datname = current_database()"
        )
    daemon.wait_for_line("database lost; all work waits for it")
    daemon.wait_for_line("database is back")
    erp.execute(ITEM, ("M2", "B"))
    wait_until(lambda: state_of(database, "M2") == "applied")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0


def test_a_schema_that_moves_ends_the_daemon_with_3(database: Database, start: Start) -> None:
    """It does not start on one either."""
    with database.connect() as dba:
        dba.execute("UPDATE ops.alembic_version SET version_num = '9999_future'")
    assert start("run", "--database-url", database.url).wait() == 3


def test_a_server_that_is_away_is_waited_for_and_up_migrates(tmp_path: Path, start: Start) -> None:
    """`up` on a server that starts only later: database, schema, daemon in one go."""
    server = EmbeddedServer(tmp_path / "late", durable=False)
    url = server.start()
    server.close()
    try:
        process = start("up", "--database-url", url)
        wait_until(lambda: "waiting for it" in process.log.read_text(encoding="utf-8"))
        server.start()
        process.wait_for_line("daemon runs")
        process.signal(signal.SIGINT)
        assert process.wait() == 0
    finally:
        server.start()
        server.close(destroy=True)


def test_two_databases_of_one_server_have_daemons_side_by_side(
    database: Database, another_database: Callable[[], Database], start: Start, cluster: Cluster
) -> None:
    """Each works its own; a taken health port is no failure."""
    other = another_database()
    pairs = [(db, db.connect(db.register("ERP", "erp"))) for db in (database, other)]
    first = start("run", "--database-url", database.url)
    port = str(first.wait_for_line("daemon runs")["health_port"])
    second = start("run", "--database-url", other.url)
    assert str(second.wait_for_line("daemon runs")["health_port"]) != port
    for db, erp in pairs:
        erp.execute(ITEM, ("M1", "A"))
        wait_until(partial(_is_applied, db))
    for process in (first, second):
        process.signal(signal.SIGTERM)
        assert process.wait() == 0
    with cluster.admin() as admin:
        assert admin.execute(sql.SQL("SELECT 1")).fetchone() == (1,)
    assert libpq_url(other.url) != libpq_url(database.url)


def _is_applied(database: Database) -> bool:
    return state_of(database, "M1") == "applied"


def _metrics(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return bytes(answer.read())


def _is_blocked(database: Database) -> bool:
    return any(row[1] == "Lock" for row in _sessions(database))


def _sessions(database: Database) -> list[Any]:
    with database.connect() as dba:
        return dba.execute(
            "SELECT pid, wait_event_type FROM pg_stat_activity"
            " WHERE application_name = 'crossdock daemon' AND datname = current_database()"
        ).fetchall()


def test_a_login_without_rights_is_told_what_to_grant(database: Database, start: Start) -> None:
    """The daemon does not start, and names the GRANT."""
    login = database.register("ERP", "erp")
    process = start("run", "--database-url", database.login_url(login))
    assert process.wait() == 2
    assert "GRANT crossdock_daemon TO" in process.log.read_text(encoding="utf-8")


def test_sighup_reloads_the_settings_file(database: Database, start: Start, tmp_path: Path) -> None:
    """What changed is told, also what waits for a restart; the daemon goes on working."""
    file = tmp_path / "crossdock.toml"
    file.write_text("poll_max_ms = 200\n", encoding="utf-8")
    erp = database.connect(database.register("ERP", "erp"))
    daemon = start("run", "--database-url", database.url, CROSSDOCK_CONFIG=str(file))
    daemon.wait_for_line("daemon runs")
    file.write_text("poll_max_ms = 100\nworkers = 5\n", encoding="utf-8")
    daemon.signal(signal.SIGHUP)
    told = daemon.wait_for_line("settings reloaded")
    assert (told["changed"], told["need_restart"]) == ({"poll_max_ms": "100"}, ["workers"])
    file.write_text("poll_max_ms = 'soon'\n", encoding="utf-8")
    daemon.signal(signal.SIGHUP)
    assert "poll_max_ms" in daemon.wait_for_line("settings are wrong; nothing changed")["reason"]
    erp.execute(ITEM, ("M1", "A"))
    wait_until(lambda: state_of(database, "M1") == "applied")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0


def test_sighup_takes_over_who_is_told_and_how_often_alarms_are_looked_for(
    database: Database, start: Start, tmp_path: Path
) -> None:
    """A route that was added hears at the next look, which is the new period away, not an hour."""
    sink = WebSink()
    file = tmp_path / "crossdock.toml"
    file.write_text('alarm_period = "1h"\n', encoding="utf-8")
    daemon = start("run", "--database-url", database.url, CROSSDOCK_CONFIG=str(file))
    daemon.wait_for_line("daemon runs")
    with database.connect() as dba:
        dba.execute("SELECT ops.set_alarm_rule('database_size', 'threshold', '0.001', 'a test')")
    try:
        file.write_text(
            f'alarm_period = "1s"\n[[alarm_routes]]\nname = "duty"\nurls = ["{sink.url}"]\n',
            encoding="utf-8",
        )
        daemon.signal(signal.SIGHUP)
        told = daemon.wait_for_line("settings reloaded")
        assert told["changed"] == {"alarm_period": "0:00:01", "alarm_routes": "***"}
        [(title, _)] = wait_until(sink.take)
        assert "database_size" in title
    finally:
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
        sink.close()
