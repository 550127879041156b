"""The commands for policies and periods on a real database: answers, refusals, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from schema import policies
from sync.cli.main import run
from tests.support.builders_world import World


@pytest.fixture(autouse=True)
def _on_this_database(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the database by the environment, in a folder without crossdock.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", world.database.url)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run a command with --json and return what it printed."""
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_policies_are_listed_with_their_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    """Every policy with default and unit; what was set stands below it."""
    listed = answer(capsys, "policy", "list")["policies"]
    assert {row["name"] for row in listed} == set(policies.BY_NAME)
    assert run(["policy", "list"]) == 0
    printed = capsys.readouterr().out
    for policy in policies.POLICIES:
        assert policy.name in printed
    assert run(["policy", "set", "warehouse", "W1", "stock_limit", "2h", "--reason", "slow"]) == 0
    assert capsys.readouterr().out == "stock_limit of W1: 00:15:00 -> 02:00:00\n"
    (row,) = answer(capsys, "policy", "list", "--scope", "W1")["policies"]
    assert (row["name"], row["value"], row["reason"]) == ("stock_limit", "02:00:00", "slow")


def test_a_policy_is_set_and_taken_back(capsys: pytest.CaptureFixture[str]) -> None:
    """As JSON: name, from, to."""
    command = ["policy", "set", "warehouse", "W1", "negative_stock"]
    assert answer(capsys, *command, "post", "--reason", "bulk") == {
        "name": "negative_stock", "from": "wait", "to": "post",
    }  # fmt: skip
    assert answer(capsys, *command, "default", "--reason", "no more") == {
        "name": "negative_stock", "from": "post", "to": "wait",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["policy", "set", "warehouse", "W9", "negative_stock", "post", "--reason", "x"], 4),
        (["policy", "set", "warehouse", "W1", "negative_stock", "soon", "--reason", "x"], 4),
        (["policy", "set", "warehouse", "W1", "negative_stock", "post", "--reason", " "], 4),
        (["policy", "set", "warehouse", "W1", "negative_stock", "post"], 2),
        (["policy", "set", "warehouse", "W1"], 2),
        (["policy", "get"], 2),
    ],
)
def test_what_is_refused_exits_with_4_and_wrong_usage_with_2(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one line that says why, and nothing on standard output."""
    assert run(arguments) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err
