"""The commands on a real database: what they print, as JSON and for people, and how they exit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schema import states
from sync.cli.main import run
from tests.support.cluster import Database

ITEM = "INSERT INTO erp_v1.item (message_id, item_code, base_uom) VALUES (%s, %s, %s)"


@pytest.fixture(autouse=True)
def _on_this_database(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the database by the environment, in a folder without crossdock.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", database.url)


@pytest.fixture
def erp(database: Database) -> Any:
    """Give a connection of the registered ERP."""
    return database.connect(database.register("ERP", "erp"))


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    """Run a command with --json and return what it printed."""
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_drain_counts_all_ten_states(erp: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """And the messages that it processed itself."""
    erp.execute(ITEM, ("M1", "A", "PCE"))
    erp.execute(ITEM, ("M2", None, "PCE"))
    drained = answer(capsys, "drain")
    assert drained["processed"] == 2
    assert list(drained["states"]) == list(states.names(states.MESSAGE_STATES))
    assert {name: n for name, n in drained["states"].items() if n} == {"applied": 1, "error": 1}
    assert answer(capsys, "drain")["processed"] == 0


def test_drain_is_strict_about_errors_only_when_asked(erp: Any) -> None:
    """Exit 1 with --strict, 0 without."""
    erp.execute(ITEM, ("M2", None, "PCE"))
    assert run(["drain"]) == 0
    assert run(["drain", "--strict"]) == 1


def test_status_shows_what_is_open(erp: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """By lane, type and state, with the oldest."""
    nobody = {"daemon_count": 0, "critical_count": 0, "warning_count": 0}
    assert answer(capsys, "status") == {
        "backlog": [], "inboxes": [], "tasks": [], "watch": nobody,
    }  # fmt: skip
    erp.execute(ITEM, ("M2", None, "PCE"))
    (row,) = answer(capsys, "status")["backlog"]
    assert (row["lane"], row["doc_type"], row["state"]) == ("*", "item", "received")
    assert row["message_count"] == 1
    assert run(["status"]) == 0
    assert "item" in capsys.readouterr().out


def test_why_tells_the_story(erp: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """As the ruling says: seq, state, story, errors. A message that is not there exits with 4."""
    erp.execute(ITEM, ("M2", None, "PCE"))
    assert run(["drain"]) == 0
    capsys.readouterr()
    seq = erp.execute("SELECT seq FROM erp_v1.message_status").fetchone()[0]
    told = answer(capsys, "why", str(seq))
    assert set(told) == {"seq", "state", "story", "errors"}
    assert (told["seq"], told["state"]) == (seq, "error")
    assert told["story"]
    assert told["errors"][0]["column_name"] == "item_code"
    assert run(["why", str(seq)]) == 0
    assert capsys.readouterr().out.splitlines() == told["story"]
    assert run(["why", "999999999"]) == 4
    assert "no message 999999999" in capsys.readouterr().err


def test_proof_names_each_breach(
    database: Database, erp: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Law, warehouse, key, expected, found; exit 1."""
    assert answer(capsys, "proof") == {"ok": True, "breaches": []}
    assert run(["proof"]) == 0
    assert capsys.readouterr().out == "all laws hold\n"
    with database.connect() as dba:
        dba.execute(
            "INSERT INTO book.balance (warehouse_code, item_code, lot_no, location_code,"
            " stock_status, qty, changed_at) VALUES ('W1', 'A', '', '', 'unrestricted', 7, now())"
        )
    proved = answer(capsys, "proof", code=1)
    assert not proved["ok"]
    for breach in proved["breaches"]:
        assert set(breach) == {"law", "warehouse_code", "key", "expected", "found"}
    assert any(breach["warehouse_code"] == "W1" for breach in proved["breaches"])
    assert run(["proof"]) == 1


def test_register_ties_a_login_and_says_so(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """A refusal exits with 4 and the database's reason."""
    login = database.create_login("wms9")
    command = ["register", login, "WMS9", "--kind", "wms", "--warehouse"]
    assert run([*command, "W8", "--warehouse", "W9"]) == 0
    assert capsys.readouterr().out == f"login {login} sends for WMS9 (wms): W8, W9\n"
    other = database.create_login("wms10")
    assert run(["register", other, "WMS10", "--kind", "wms", "--warehouse", "W9"]) == 4
    assert "W9" in capsys.readouterr().err
    assert run(["register", "nobody_at_all", "WMS11", "--kind", "wms"]) == 4
    assert run([*command, "W7"]) == 0


def test_the_doctor_finds_a_healthy_database(
    erp: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Apart from the test server's own carelessness."""
    told = answer(capsys, "doctor", code=1)
    problems = {found["name"] for found in told["findings"] if found["level"] == "problem"}
    assert problems <= {"fsync", "full_page_writes", "max_connections"}
    assert {"name", "level", "found", "remedy"} == set(told["findings"][0])


def test_the_doctor_names_who_holds_an_old_snapshot_and_who_goes_round_the_views(
    database: Database,
    erp: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With what to do about each."""
    from datetime import timedelta

    from sync import doctor

    monkeypatch.setattr(doctor, "OLD_SNAPSHOT", timedelta(0))
    sleeper = database.connect(autocommit=False)
    sleeper.execute("SELECT pg_current_xact_id()")  # as after a write
    pid = sleeper.info.backend_pid
    with database.connect() as dba:
        dba.execute("GRANT SELECT ON staging.message TO crossdock_erp")
    told = answer(capsys, "doctor", code=1)
    remedies = {found["remedy"] for found in told["findings"]}
    assert f"end it there, or SELECT pg_terminate_backend({pid})" in remedies
    assert "REVOKE ALL ON staging.message FROM crossdock_erp" in remedies


def test_retire_moves_what_has_ended_and_says_what_it_kept(
    database: Database, erp: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Counts by document type as JSON and for people; run again, nothing is left to do."""
    database.register("WMS1", "wms", ["W1"])
    for number, code in enumerate(("A", "B", "A")):
        erp.execute(ITEM, (f"M{number}", code, "PCE"))
    assert run(["drain"]) == 0
    capsys.readouterr()
    assert answer(capsys, "retire")["retired"] == 0
    told = answer(capsys, "retire", "--older-than", "0")
    assert (told["retired"], told["doc_types"], told["kept"], told["late"]) == (
        2, {"item": 1, "master_resend": 1}, {"delivery": 2}, 0,
    )  # fmt: skip
    assert told["before"].startswith("20")
    erp.execute("SELECT 1")
    with database.connect() as dba:
        dba.execute("UPDATE staging.delivery SET state = 'accepted'")
    assert run(["retire", "--older-than", "0"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("retired 2 messages that ended before 20")
    assert "item" in said
    assert run(["retire", "--older-than", "0"]) == 0
    assert capsys.readouterr().out.startswith("retired 0 messages")
    assert run(["retire", "--older-than", "-1"]) == 2
    assert answer(capsys, "proof") == {"ok": True, "breaches": []}


def test_the_daemons_role_may_retire(
    database: Database,
    erp: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It needs no more than the daemon: partitions are made by a function of the owner."""
    erp.execute(ITEM, ("M1", "A", "PCE"))
    login = database.create_login("worker", "crossdock_daemon")
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", database.login_url(login))
    assert answer(capsys, "drain")["processed"] == 1
    assert answer(capsys, "retire", "--older-than", "0")["retired"] == 1
    assert erp.execute("SELECT state FROM erp_v1.message_status").fetchall() == [("applied",)]


def test_commands_refuse_a_schema_that_they_do_not_know(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 3, and the doctor says it as a problem."""
    with database.connect() as dba:
        dba.execute("UPDATE ops.alembic_version SET version_num = '9999_future'")
    for command in (["status"], ["drain"], ["proof"], ["migrate"], ["run"]):
        assert run(command) == 3
        assert "9999_future" in capsys.readouterr().err
    told = answer(capsys, "doctor", code=1)
    assert told["findings"][0]["level"] == "problem"
