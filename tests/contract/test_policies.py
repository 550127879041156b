"""Policies: what may be decided is data; a decision is checked, kept and audited."""

from __future__ import annotations

from datetime import timedelta

import pytest
from psycopg import errors

from schema import policies
from sync.config import Settings, parse_duration
from tests.support.cluster import Connection, Database
from tests.support.company import refusal, rows, value

SET = "SELECT value_before, value_after FROM ops.set_policy(%s, %s, %s, %s, %s)"


@pytest.fixture
def dba(database: Database) -> Connection:
    """Give a DBA's connection to a database with two warehouses."""
    database.register("ERP", "erp")
    database.register("WMS1", "wms", ["W1", "W2"])
    with database.connect() as owner:
        owner.execute(
            b"INSERT INTO book.warehouse (warehouse_code, time_zone, version, active, seq,"
            b" received_at) SELECT w, 'UTC', 1, true, 1, now() FROM unnest('{W1,W2}'::text[]) AS w"
        )
    return database.connect(database.create_login("dba", "crossdock_dba"))


def test_the_policies_that_there_are_stand_in_the_database(database: Database) -> None:
    """Name, scopes, default, unit, setting and meaning come from one place."""
    found = rows(
        database.connect(),
        'SELECT name, scope_kind, scope, value, "default", unit, setting, meaning'
        " FROM ops.policy ORDER BY name",
    )
    assert found == [
        (one.name, one.scope_kinds[0], None, one.default, one.default, one.unit, one.setting,
         one.meaning)
        for one in sorted(policies.POLICIES, key=lambda one: one.name)
    ]  # fmt: skip


def test_every_default_is_legal_and_is_the_programs(database: Database) -> None:
    """A limit's default is the setting's default; a choice's is one of its choices."""
    connection = database.connect()
    for one in policies.POLICIES:
        if one.choices:
            assert one.default in one.choices
            continue
        field = Settings.model_fields[one.name]
        assert value(connection, "SELECT %s::interval", one.default) == field.default
        assert one.setting == f"CROSSDOCK_{one.name.upper()}"
        assert field.description == one.meaning


def test_a_decision_is_told_kept_and_audited(dba: Connection) -> None:
    """The view shows what holds, ops.audit every change with login and reason."""
    args = ("warehouse", " W1 ", "stock_limit")
    assert rows(dba, SET, *args, "90 min", "slow dock") == [("00:15:00", "01:30:00")]
    assert rows(dba, SET, *args, "PT2H", "slower still") == [("01:30:00", "02:00:00")]
    assert rows(
        dba,
        'SELECT scope_kind, scope, name, value, "default", unit, set_by = session_user, reason'
        " FROM ops.policy WHERE set_at IS NOT NULL",
    ) == [("warehouse", "W1", "stock_limit", "02:00:00", "00:15:00", "interval", True,
           "slower still")]  # fmt: skip
    assert rows(dba, SET, *args, None, "the dock is mended") == [("02:00:00", "00:15:00")]
    assert rows(dba, "SELECT * FROM ops.policy WHERE set_at IS NOT NULL") == []
    assert rows(
        dba,
        "SELECT login = session_user, action, reason, detail ->> 'scope', detail ->> 'name',"
        " detail ->> 'from', detail ->> 'to' FROM ops.audit ORDER BY audit_id",
    ) == [
        (True, "set_policy", "slow dock", "W1", "stock_limit", None, "01:30:00"),
        (True, "set_policy", "slower still", "W1", "stock_limit", "01:30:00", "02:00:00"),
        (True, "set_policy", "the dock is mended", "W1", "stock_limit", "02:00:00", None),
    ]


@pytest.mark.parametrize("text", ["15min", "4h", "1 day", "0", "PT15M", "00:20", "1h30min"])
def test_a_duration_says_its_unit(dba: Connection, text: str) -> None:
    """In the forms that PostgreSQL reads; the settings read most of them too."""
    [(_, after)] = rows(dba, SET, "warehouse", "W1", "order_limit", text, "x")
    known = {"1 day": timedelta(days=1), "00:20": timedelta(minutes=20)}
    assert value(dba, "SELECT %s::interval", after) == (known.get(text) or parse_duration(text))


@pytest.mark.parametrize(
    ("scope_kind", "scope", "name", "decided", "sqlstate"),
    [
        ("warehouse", "W1", "patience", "1h", "P0002"),
        ("warehouse", "W9", "stock_limit", "1h", "P0002"),
        ("warehouse", None, "stock_limit", "1h", "P0002"),
        ("system", "WMS1", "stock_limit", "1h", "22023"),
        ("galaxy", "W1", "stock_limit", "1h", "22023"),
        (None, "W1", "stock_limit", "1h", "22023"),
        ("warehouse", "W1", "stock_limit", "15", "22023"),
        ("warehouse", "W1", "stock_limit", "-1h", "22023"),
        ("warehouse", "W1", "stock_limit", "1 month", "22023"),
        ("warehouse", "W1", "stock_limit", "soon", "22023"),
        ("warehouse", "W1", "stock_limit", "infinity", "22023"),
        ("warehouse", "W1", "stock_limit", "9999999999999 h", "22023"),
        ("warehouse", "W1", "negative_stock", "never", "22023"),
        ("warehouse", "W1", "negative_stock", "1h", "22023"),
    ],
)
def test_what_is_none_is_refused(
    dba: Connection, scope_kind: str, scope: str, name: str, decided: str, sqlstate: str
) -> None:
    """An unknown policy, scope or value; nothing is written."""
    assert refusal(dba, SET, scope_kind, scope, name, decided, "x").sqlstate == sqlstate
    assert value(dba, "SELECT count(*) FROM ops.audit") == 0
    assert rows(dba, "SELECT * FROM ops.policy WHERE set_at IS NOT NULL") == []


@pytest.mark.parametrize("reason", [None, " "])
def test_a_decision_needs_a_reason(dba: Connection, reason: str | None) -> None:
    """22023, and nothing is written."""
    error = refusal(dba, SET, "warehouse", "W1", "negative_stock", "post", reason)
    assert error.sqlstate == "22023"
    assert rows(dba, "SELECT * FROM ops.policy WHERE set_at IS NOT NULL") == []


@pytest.mark.parametrize("role", ["crossdock_daemon", "crossdock_reader", "crossdock_erp"])
def test_only_the_dba_decides(database: Database, dba: Connection, role: str) -> None:
    """Neither the daemon nor a reader, nor a sender."""
    with database.connect(database.create_login("other", role)) as other:
        error = refusal(other, SET, "warehouse", "W1", "negative_stock", "post", "x")
        assert isinstance(error, errors.InsufficientPrivilege)
