"""Periods: which steps are legal, who may make them, what is refused and what is kept."""

from __future__ import annotations

from datetime import date

import pytest
from psycopg import errors

from schema import states
from tests.support.cluster import Connection, Database
from tests.support.company import refusal, rows, value

SET = "SELECT state_before, state_after FROM ops.period_set(%s, %s, %s, %s)"
MARCH = date(2025, 3, 1)


@pytest.fixture
def dba(database: Database) -> Connection:
    """Give a DBA's connection to a database with one warehouse in Berlin."""
    with database.connect() as owner:
        owner.execute(
            b"INSERT INTO book.warehouse (warehouse_code, time_zone, version, active, seq,"
            b" received_at) VALUES ('W1', 'Europe/Berlin', 1, true, 1, now())"
        )
        owner.execute(
            b"INSERT INTO book.lane_counter (warehouse_code, warehouse_no, ledger_seq)"
            b" VALUES ('W1', 1, 7)"
        )
    return database.connect(database.create_login("dba", "crossdock_dba"))


@pytest.mark.parametrize(("before", "after"), states.matrix(states.PERIOD_STATES))
def test_a_period_makes_its_legal_steps_alone(dba: Connection, before: str, after: str) -> None:
    """A closed one must be opened first; every step is audited, to repeat one is none."""
    if before != "open":
        assert rows(dba, SET, "W1", MARCH, before, "x") == [("open", before)]
    if (before, after) in states.PERIOD_STEPS:
        assert rows(dba, SET, " W1 ", MARCH, after, "why so") == [(before, after)]
        assert rows(dba, SET, "W1", MARCH, after, "again") == [(after, after)]
    else:
        assert refusal(dba, SET, "W1", MARCH, after, "x").sqlstate == "55000"
    now = after if (before, after) in states.PERIOD_STEPS else before
    closed = now == "closed"
    assert rows(
        dba, "SELECT state, closed_ledger_seq FROM book.period WHERE warehouse_code = 'W1'"
    ) == [(now, 7 if closed else None)]
    assert value(
        dba, "SELECT closed_before FROM book.lane_counter WHERE warehouse_code = 'W1'"
    ) == (date(2025, 4, 1) if closed else None)  # fmt: skip
    if now == after:
        assert rows(
            dba,
            "SELECT login = session_user, action, reason, detail FROM ops.audit"
            " ORDER BY audit_id DESC LIMIT 1",
        ) == [(True, "period_set", "why so", {
            "warehouse_code": "W1", "period_start": "2025-03-01", "from": before, "to": after,
        })]  # fmt: skip


@pytest.mark.parametrize(
    ("warehouse", "start", "state", "reason", "sqlstate"),
    [
        ("W9", "2025-03-01", "closed", "x", "P0002"),
        (None, "2025-03-01", "closed", "x", "P0002"),
        ("*", "2025-03-01", "closed", "x", "P0002"),
        ("W1", "2025-03-02", "closed", "x", "22023"),
        ("W1", None, "closed", "x", "22023"),
        ("W1", "infinity", "closed", "x", "22023"),
        ("W1", "3000-01-01", "closed", "x", "22023"),
        ("W1", "2025-03-01", "shut", "x", "22023"),
        ("W1", "2025-03-01", None, "x", "22023"),
        ("W1", "2025-03-01", "closed", " ", "22023"),
        ("W1", "2025-03-01", "closed", None, "22023"),
    ],
)
def test_what_is_no_period_is_refused(
    dba: Connection, warehouse: str, start: str, state: str, reason: str, sqlstate: str
) -> None:
    """An unknown warehouse is not found; a month begins on its first day; a reason is needed."""
    assert refusal(dba, SET, warehouse, start, state, reason).sqlstate == sqlstate
    assert value(dba, "SELECT count(*) FROM book.period") == 0
    assert value(dba, "SELECT count(*) FROM ops.audit") == 0


def test_the_view_shows_this_month_the_last_and_what_was_set(dba: Connection) -> None:
    """In the warehouse's calendar; a period without a row is open."""
    rows(dba, SET, "W1", date(2024, 2, 1), "closed", "year end")
    found = rows(
        dba,
        "SELECT period_start, period_end, state, blocker_count, changed_by = session_user, reason"
        " FROM ops.period ORDER BY period_start",
    )
    assert found[0] == (date(2024, 2, 1), date(2024, 2, 29), "closed", 0, True, "year end")
    today = value(dba, "SELECT CAST(now() AT TIME ZONE 'Europe/Berlin' AS date)")
    this = today.replace(day=1)
    assert [row[0] for row in found[1:]][1] == this
    assert [row[2:] for row in found[1:]] == [("open", 0, None, None)] * 2


@pytest.mark.parametrize("role", ["crossdock_daemon", "crossdock_reader", "crossdock_wms"])
def test_only_the_dba_closes(database: Database, dba: Connection, role: str) -> None:
    """A reader sees the periods, a sender not even that."""
    with database.connect(database.create_login("other", role)) as other:
        error = refusal(other, SET, "W1", MARCH, "closed", "x")
        assert isinstance(error, errors.InsufficientPrivilege)
