"""Failures are split by what the caller does next."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy.exc
from psycopg import errors as pg

from sync import errors


def test_each_class_has_the_exit_code_that_the_command_line_promises() -> None:
    """2 configuration, 3 contract, 4 refused or not found, 70 invariant, 75 try again."""
    codes = {
        errors.ConfigurationError: 2,
        errors.ContractError: 3,
        errors.SchemaRevisionError: 3,
        errors.RefusedError: 4,
        errors.NotFoundError: 4,
        errors.InvariantError: 70,
        errors.TransientError: 75,
        errors.DatabaseUnreachableError: 75,
        errors.LostRace: 75,
    }
    for kind, code in codes.items():
        assert kind("reason").exit_code == code


@pytest.mark.parametrize(
    ("code", "transient"),
    [
        ("40001", True),
        ("40P01", True),
        ("40002", False),
        ("55P03", True),
        ("57014", True),
        ("57P01", True),
        ("08006", True),
        ("53300", True),
        ("25006", True),
        ("23505", False),
        ("23514", False),
        ("22003", False),
        ("42501", False),
        ("55000", False),
        ("P0001", False),
        ("XX000", False),
    ],
)
def test_the_sqlstate_decides_whether_another_try_makes_sense(code: str, transient: bool) -> None:
    """Also through SQLAlchemy's wrapper and a chain of causes."""
    raw = pg.lookup(code)("x")
    wrapped = sqlalchemy.exc.DBAPIError("SELECT 1", None, raw)
    outer = RuntimeError("batch failed")
    outer.__cause__ = wrapped
    for exc in (raw, wrapped, outer):
        assert errors.sqlstate(exc) == code
        assert errors.is_transient(exc) is transient


def test_a_broken_connection_is_transient_and_known_as_such() -> None:
    """psycopg gives it no SQLSTATE."""
    broken = psycopg.OperationalError("server closed the connection unexpectedly")
    assert errors.sqlstate(broken) is None
    assert errors.is_transient(broken)
    assert errors.is_connection_lost(broken)
    assert errors.is_connection_lost(sqlalchemy.exc.OperationalError("SELECT 1", None, broken))
    assert errors.is_connection_lost(pg.AdminShutdown("x"))
    assert not errors.is_connection_lost(pg.DeadlockDetected("x"))
    assert not errors.is_connection_lost(ValueError("x"))


def test_our_own_classes_speak_for_themselves() -> None:
    """A lost race is tried again; a refusal is not; a bug of ours is not."""
    assert errors.is_transient(errors.LostRace("balance"))
    assert not errors.is_transient(errors.RefusedError("no"))
    assert not errors.is_transient(ValueError("x"))
    assert errors.is_transient(sqlalchemy.exc.TimeoutError("pool"))


def test_a_failure_is_described_in_one_line() -> None:
    """No statement, no parameters, no traceback."""
    text = errors.describe(
        sqlalchemy.exc.DBAPIError("SELECT secret", {"a": 1}, psycopg.OperationalError("a\nb  c"))
    )
    assert text == "a b c"
    assert errors.describe(ValueError()) == "ValueError"
