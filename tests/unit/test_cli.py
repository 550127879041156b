"""The command line: help for everything, one clear line for every failure, promised exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import typer
from psycopg import errors as pg

from sync import errors
from sync.cli.app import app
from sync.cli.main import _failed, run
from sync.cli.output import age, print_json

COMMANDS = (
    "adjust", "adjustments",
    "alarm", "amend", "archive", "config", "demo", "discard", "doctor", "drain", "dry-run", "hold", "migrate", "period", "policy",
    "proof", "reconcile", "register", "release", "report", "requeue", "resolve", "retire", "run", "schedule", "simulate",
    "status", "tasks", "up", "why",
)  # fmt: skip
UNREACHABLE = "postgresql://nobody:s3cret@127.0.0.1:1/nothing"


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start in a folder without crossdock.toml."""
    monkeypatch.chdir(tmp_path)


def test_every_promised_command_is_there() -> None:
    """No more and no less."""
    group = typer.main.get_command(app)
    assert tuple(sorted(getattr(group, "commands", {}))) == COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help works without a database and says what the command does."""
    assert run([*command.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert "Usage: crossdock" in said
    assert len(said.splitlines()) > 5


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["status", "--nonsense"],
        ["why"],
        ["why", "seven"],
        ["resolve", "7", "keep"],
        ["resolve", "seven", "keep", "--reason", "x"],
        ["run", "--workers", "0"],
        ["register", "erp", "ERP"],
        ["register", "erp", "ERP", "--kind", "mes"],
        ["status", "--database-url", "mysql://u:s3cret@h/d"],
        ["status", "--database-url", "nonsense"],
    ],
)
def test_wrong_usage_and_configuration_exit_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing on standard output, no traceback, no password."""
    assert run(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    assert "s3cret" not in said.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["why", "7"],
        ["proof"],
        ["proof", "--json"],
        ["drain"],
        ["doctor"],
        ["migrate"],
        ["demo"],
        ["simulate"],
        ["register", "erp", "ERP", "--kind", "erp"],
    ],
)
def test_an_unreachable_database_exits_with_75(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, without the password. Only `run` and `up` wait instead."""
    assert run([*arguments, "--database-url", UNREACHABLE]) == 75
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert said.err.startswith("crossdock: database unreachable")
    assert "s3cret" not in said.err


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (errors.ConfigurationError("x"), 2),
        (errors.SchemaRevisionError("x"), 3),
        (errors.NotFoundError("x"), 4),
        (errors.InvariantError("x"), 70),
        (errors.LostRace("x"), 75),
        (pg.ObjectNotInPrerequisiteState("message 7 cannot go from applied to held"), 4),
        (pg.UniqueViolation("there is an ERP already"), 4),
        (pg.UndefinedObject("login x does not exist"), 4),
        (pg.LockNotAvailable("x"), 75),
        (pg.AdminShutdown("x"), 75),
        (psycopg.OperationalError("connection refused"), 75),
        (ZeroDivisionError("x"), 70),
    ],
)
def test_each_failure_has_its_exit_code_and_one_line(
    failure: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table of exit codes, from the exception to the process."""
    assert _failed(failure) == code
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_migration_sql_is_printed_without_a_database(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A DBA reads it before anything is installed."""
    assert run(["migrate", "--sql"]) == 0
    printed = capsys.readouterr().out
    assert printed.lstrip().startswith("BEGIN;")
    assert "CREATE SCHEMA IF NOT EXISTS ops;" in printed
    assert printed.rstrip().endswith("COMMIT;")


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """As packages name it."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("crossdock 0.")


def test_a_closed_pipe_is_no_failure() -> None:
    """`crossdock migrate --sql | head` ends quietly."""
    program = subprocess.run(
        f"{sys.executable} -m sync.cli migrate --sql | head -1",
        shell=True,
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert program.stdout == "BEGIN;\n"
    assert program.stderr == ""


def test_json_is_one_line_with_exact_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    """Quantities are text, so that no reader rounds them; names stay readable."""
    from datetime import UTC, datetime
    from decimal import Decimal

    print_json({"qty": Decimal("0.100000"), "at": datetime(2026, 3, 2, tzinfo=UTC), "名": None})
    printed = capsys.readouterr().out
    assert printed == '{"qty": "0.100000", "at": "2026-03-02T00:00:00+00:00", "名": null}\n'
    assert json.loads(printed)["qty"] == "0.100000"


def test_ages_are_said_in_the_unit_that_fits() -> None:
    """No decimals, no two units."""
    said = [age(seconds) for seconds in (None, 0, 119, 120, 7199, 7200, 172799, 172800)]
    assert said == ["", "0 s", "119 s", "2 min", "119 min", "2 h", "47 h", "2 d"]
