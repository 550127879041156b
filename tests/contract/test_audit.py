"""The operators' book: append-only, readable by operators and auditors, written by functions."""

from __future__ import annotations

import pytest
from psycopg import errors

from tests.support.company import Company, refusal, rows, value

ACT = "SELECT staging.record_act('hold', 'wrong lot', 7, NULL, '{\"from\": \"waiting\"}')"


def test_an_entry_tells_who_what_and_why(company: Company) -> None:
    """The login, the operator's name where it was set, the act, the message, the reason."""
    company.admin.execute(ACT.encode())
    company.admin.execute(b"SELECT set_config('crossdock.operator', ' Ana ', false)")
    company.admin.execute(ACT.encode())
    assert rows(
        company.admin,
        "SELECT login = session_user, operator, action, seq, task_id, reason, detail ->> 'from',"
        " at BETWEEN now() - interval '1 minute' AND clock_timestamp()"
        " FROM ops.audit ORDER BY audit_id",
    ) == [
        (True, None, "hold", 7, None, "wrong lot", "waiting", True),
        (True, "Ana", "hold", 7, None, "wrong lot", "waiting", True),
    ]


@pytest.mark.parametrize("reason", [None, "", " \t\n"])
def test_an_entry_needs_a_reason(company: Company, reason: str | None) -> None:
    """22023, and nothing is written."""
    error = refusal(company.admin, "SELECT staging.record_act('hold', %s)", reason)
    assert error.sqlstate == "22023"
    assert value(company.admin, "SELECT count(*) FROM ops.audit") == 0


@pytest.mark.parametrize(
    "change",
    ["UPDATE ops.audit SET reason = 'another'", "DELETE FROM ops.audit", "TRUNCATE ops.audit"],
)
def test_entries_are_append_only_even_to_the_superuser(company: Company, change: str) -> None:
    """What was done by hand is not rewritten."""
    company.admin.execute(ACT.encode())
    error = refusal(company.admin, change)
    assert error.sqlstate == "55000"
    assert "append-only" in str(error)


@pytest.mark.parametrize("role", ["crossdock_dba", "crossdock_reader", "crossdock_daemon"])
def test_operators_and_auditors_read_it_and_none_of_them_writes_it(
    company: Company, role: str
) -> None:
    """Entries come from the functions alone."""
    company.admin.execute(ACT.encode())
    with company.database.connect(company.database.create_login("ana", role)) as connection:
        assert value(connection, "SELECT count(*) FROM ops.audit") == 1
        insert = "INSERT INTO ops.audit (action, reason) VALUES ('hold', 'x')"
        assert isinstance(refusal(connection, insert), errors.InsufficientPrivilege)
        assert isinstance(refusal(connection, ACT), errors.InsufficientPrivilege)
