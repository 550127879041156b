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


def test_a_period_is_closed_and_opened_again(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON: warehouse, period, from, to; the list shows it."""
    command = ["period", "set", "W1", "2025-03"]
    assert answer(capsys, *command, "closed", "--reason", "month end") == {
        "warehouse_code": "W1", "period_start": "2025-03-01", "from": "open", "to": "closed",
    }  # fmt: skip
    listed = answer(capsys, "period", "list", "--warehouse", "W1")["periods"]
    assert [row["state"] for row in listed] == ["open", "open", "closed"]
    assert listed[-1]["reason"] == "month end"
    assert run(["period", "list"]) == 0
    assert "2025-03" in capsys.readouterr().out
    assert run([*command[:3], "2025-03-01", "open", "--reason", "forgot one"]) == 0
    assert capsys.readouterr().out == "2025-03 of W1: closed -> open\n"


def test_a_period_with_open_work_is_not_closed(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 4; the first blocker is named."""
    world.wms.goods_receipt(
        "R1", warehouse="W1", occurred_at="2025-03-05 12:00:00+00",
        lines=[{"item_code": "X1", "qty": 1, "reason_code": "X"}],
    )  # fmt: skip
    world.drain()
    assert run(["period", "set", "W1", "2025-03", "closed", "--reason", "month end"]) == 4
    told = capsys.readouterr().err
    assert "blocked by 1, first goods_receipt R1 of WMS1 is waiting for item:X1" in told


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["policy", "set", "warehouse", "W9", "negative_stock", "post", "--reason", "x"], 4),
        (["policy", "set", "warehouse", "W1", "negative_stock", "soon", "--reason", "x"], 4),
        (["policy", "set", "warehouse", "W1", "negative_stock", "post", "--reason", " "], 4),
        (["policy", "set", "warehouse", "W1", "negative_stock", "post"], 2),
        (["policy", "set", "warehouse", "W1"], 2),
        (["policy", "get"], 2),
        (["period", "set", "W9", "2025-03", "closed", "--reason", "x"], 4),
        (["period", "set", "W1", "2025-03", "closed", "--reason", ""], 4),
        (["period", "set", "W1", "2025-03-02", "closed", "--reason", "x"], 2),
        (["period", "set", "W1", "March", "closed", "--reason", "x"], 2),
        (["period", "set", "W1", "2025-03", "shut", "--reason", "x"], 2),
        (["period", "set", "W1", "2025-03", "closed"], 2),
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
