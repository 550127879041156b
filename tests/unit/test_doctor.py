"""What the doctor says of what it finds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sync import doctor
from sync.config import load_settings

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def server(**changes: Any) -> dict[str, Any]:
    """Return a server with which all is well, but for the changes."""
    return {
        "version_number": 160004,
        "version": "16.4",
        "encoding": "UTF8",
        "is_standby": False,
        "now": NOW,
        **changes,
    }


def problems(findings: Any) -> dict[str, str]:
    """Return the remedy of each problem by its name."""
    return {found.name: found.remedy for found in findings if found.level == "problem"}


def values(**changes: str) -> list[dict[str, str]]:
    """Return settings with which all is well, but for the changes."""
    good = {
        name: right[0] if right else "600000"
        for name, (right, _level, _remedy) in doctor.EXPECTED.items()
    }
    return [
        {"name": name, "setting": value}
        for name, value in {**good, "max_connections": "100", **changes}.items()
    ]


def test_a_good_server_has_no_problem() -> None:
    """Each thing is still listed, as ok."""
    findings = list(doctor.judge_server(server(), NOW, load_settings()))
    findings += doctor.judge_settings(values(), 5, load_settings())
    assert problems(findings) == {}
    assert {found.level for found in findings} == {"ok"}


def test_versions_15_to_18_are_served_and_no_others() -> None:
    """The remedy names the versions."""
    for number, good in {140012: False, 150000: True, 180006: True, 190000: False}.items():
        found = problems(doctor.judge_server(server(version_number=number), NOW, load_settings()))
        assert ("server version" not in found) is good


def test_clocks_apart_are_a_problem_in_either_direction() -> None:
    """The limit is the one that senders' clocks are held to."""
    for skew in (timedelta(minutes=-16), timedelta(minutes=16)):
        found = problems(doctor.judge_server(server(now=NOW + skew), NOW, load_settings()))
        assert "NTP" in found["clock"]
    fine = doctor.judge_server(server(now=NOW + timedelta(minutes=14)), NOW, load_settings())
    assert problems(fine) == {}


def test_a_standby_and_another_encoding_are_problems() -> None:
    """Neither can be worked on."""
    found = problems(
        doctor.judge_server(server(is_standby=True, encoding="LATIN1"), NOW, load_settings())
    )
    assert set(found) == {"role", "encoding"}


def test_settings_that_can_lose_facts_are_problems_and_slow_ones_are_notes() -> None:
    """A note does not make the doctor exit with 1."""
    findings = list(
        doctor.judge_settings(values(synchronous_commit="off", jit="on"), 5, load_settings())
    )
    assert set(problems(findings)) == {"synchronous_commit"}
    assert [found.name for found in findings if found.level == "note"] == ["jit"]


def test_too_few_connections_are_a_problem() -> None:
    """The workers, the other threads and the senders must fit."""
    findings = doctor.judge_settings(values(max_connections="20"), 15, load_settings(workers=4))
    assert "raise max_connections" in problems(findings)["max_connections"]


def test_a_long_transaction_is_named_with_what_ends_it() -> None:
    """Sessions, prepared transactions and slots each have their own remedy."""
    rows: list[dict[str, Any]] = [
        {
            "kind": "session",
            "holder": "4711",
            "login": "erp",
            "application_name": "sync job",
            "state": "idle in transaction",
            "age_s": 900,
        },
        {
            "kind": "prepared transaction",
            "holder": "gx",
            "login": "erp",
            "application_name": None,
            "state": "prepared",
            "age_s": 99,
        },
        {
            "kind": "replication slot",
            "holder": "old",
            "login": None,
            "application_name": None,
            "state": "inactive",
            "age_s": None,
        },
    ]
    session, prepared, slot = doctor.judge_snapshots(rows)
    assert session.found == "session 4711 of erp (sync job): idle in transaction, for 900 s"
    assert "pg_terminate_backend(4711)" in session.remedy
    assert "ROLLBACK PREPARED 'gx'" in prepared.remedy
    assert "pg_drop_replication_slot('old')" in slot.remedy
    (none,) = doctor.judge_snapshots([])
    assert none.level == "ok"


def test_rights_that_go_round_the_views_are_a_problem() -> None:
    """The sender roles have no privilege on the internal schemas."""
    roles = [{"name": name, "found": True, "is_mine": False} for name in doctor.ROLES]
    leak = {"grantee": "crossdock_erp", "table_name": "staging.message", "privileges": "SELECT"}
    found = problems(doctor.judge_rights(roles, [leak], superuser=False))
    assert found["senders' rights"] == "REVOKE ALL ON staging.message FROM crossdock_erp"
    assert "GRANT crossdock_daemon" in found["daemon's rights"]
    assert problems(doctor.judge_rights(roles, [], superuser=True)) == {}
    roles[0]["found"] = False
    assert "CREATE ROLE" in problems(doctor.judge_rights(roles, [], superuser=True))["roles"]


def test_a_system_without_a_usable_login_is_a_problem() -> None:
    """An unregistered side is only a note: a new installation has none."""

    def row(**changes: Any) -> dict[str, Any]:
        return {
            "system_code": "ERP",
            "kind": "erp",
            "login": "erp",
            "login_found": True,
            "has_role": True,
            "warehouses": 0,
            **changes,
        }

    wms = row(system_code="WMS1", kind="wms", login="wms1", warehouses=2)
    assert [found.level for found in doctor.judge_systems([row(), wms])] == ["ok", "ok"]
    assert [found.level for found in doctor.judge_systems([])] == ["note", "note"]
    assert problems(doctor.judge_systems([row(login_found=False), wms])).keys() == {"systems"}
    assert problems(doctor.judge_systems([row(has_role=False), wms]))["systems"] == (
        "GRANT crossdock_erp TO erp"
    )
    idle = [found.level for found in doctor.judge_systems([row(), {**wms, "warehouses": 0}])]
    assert idle == ["ok", "note"]
