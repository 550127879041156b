"""Deciding from the command line: what is owed, by whom, what it is worth; and the decision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.cli.main import run
from tests.integration.resolving import task
from tests.support.builders_world import World


@pytest.fixture
def owing(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Have a surplus of 2 A worth 5 EUR, and a shipment beside its order."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", world.database.url)
    world.erp.item("A", version=2, unit_cost="2.50", currency="EUR")
    world.wms.initial_load("I1", warehouse="W1", lines=[("B", 9)])
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)])
    world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", 12)]
    )
    world.wms.shipment("S1", warehouse="W1", order=("sales_order", "SO1"), lines=[("B", 1)])
    world.drain()
    return world


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    """Run a command with --json and return what it printed."""
    capsys.readouterr()
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_tasks_show_what_is_owed_and_what_each_choice_posts(
    owing: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people a table with age, value and choices, and what the choices mean."""
    assert run(["tasks"]) == 0
    printed = capsys.readouterr().out
    number = task(owing, "QTY-005")["task_id"]
    [row] = [line for line in printed.splitlines() if line.startswith(f"{number} ")]
    for word in ("QTY-005", " s ", "purchasing", "W1", "PO1", "2 A", "5.00 EUR",
                 "keep_blocked, release, scrap"):  # fmt: skip
        assert word in row
    assert "stock_move from blocked to the status as sent" in printed
    assert "it stays posted beside the order's lines" in printed


def test_tasks_as_json_carry_everything(owing: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The choices with meaning and posting; exact numbers as text."""
    told = answer(capsys, "tasks", "--code", "QTY-005")["tasks"]
    [row] = told
    assert {name: row[name] for name in ("code", "state", "owner", "order_no", "qty", "item_code",
                                         "value_at_risk", "currency", "doc_type")} == {
        "code": "QTY-005", "state": "open", "owner": "purchasing", "order_no": "PO1", "qty": "2",
        "item_code": "A", "value_at_risk": "5.00", "currency": "EUR", "doc_type": "goods_receipt",
    }  # fmt: skip
    assert [choice["choice"] for choice in row["choices"]] == ["keep_blocked", "release", "scrap"]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], ["QTY-005", "QTY-007"]),
        (["--code", "QTY-007"], ["QTY-007"]),
        (["--code", "QTY-007", "--code", "QTY-005"], ["QTY-005", "QTY-007"]),
        (["--owner", "sales"], ["QTY-007"]),
        (["--warehouse", "W1"], ["QTY-005", "QTY-007"]),
        (["--warehouse", "W2"], []),
    ],
)
def test_tasks_are_chosen_by_code_owner_and_warehouse(
    owing: World, options: list[str], codes: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each may be repeated; without any all are shown."""
    assert sorted(row["code"] for row in answer(capsys, "tasks", *options)["tasks"]) == codes
    assert run(["tasks", *options]) == 0
    assert ("nobody owes a decision" in capsys.readouterr().out) == (codes == [])


def test_resolve_decides_and_says_what_it_posts(
    owing: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The operator's name stands beside the login; the next drain carries it out."""
    number = task(owing, "QTY-005")["task_id"]
    command = ("resolve", str(number), "release", "--reason", "agreed", "--operator", "Ana")
    assert answer(capsys, *command) == {
        "task_id": number, "from": "open", "to": "deciding", "decision": "release",
        "posts": "stock_move from blocked to the status as sent",
    }  # fmt: skip
    assert task(owing, "QTY-005")["decided_by"].endswith(" (Ana)")
    told = answer(capsys, "tasks", "--code", "QTY-005")["tasks"]
    assert [(row["state"], row["decision"]) for row in told] == [("deciding", "release")]
    assert run(["drain"]) == 0
    assert task(owing, "QTY-005")["state"] == "done"
    [act] = owing.admin.read("SELECT operator, reason FROM ops.audit WHERE task_id = %s", number)
    assert act == {"operator": "Ana", "reason": "agreed"}
    other = str(task(owing, "QTY-007")["task_id"])
    assert run(["resolve", other, "keep", "--reason", "so be it"]) == 0
    assert capsys.readouterr().out.endswith(f"task {other}: keep; it posts: nothing\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["0", "keep", "--reason", "x"], 4, "there is no task 0"),
        (["TASK", "burn", "--reason", "x"], 4, "choices: keep_blocked, release, scrap"),
        (["TASK", "release", "--reason", " "], 4, "a reason is needed"),
        (["TASK", "release"], 2, "--reason"),
    ],
)
def test_resolve_refuses_in_one_line(
    owing: World, arguments: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """4 when the database refuses, 2 when the command line is wrong; the task stays open."""
    number = str(task(owing, "QTY-005")["task_id"])
    assert run(["resolve", *(number if word == "TASK" else word for word in arguments)]) == code
    assert said in capsys.readouterr().err
    assert task(owing, "QTY-005")["state"] == "open"


def test_the_story_of_a_message_tells_its_task_and_what_was_decided(
    owing: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The choices before, the decision, the posting and its outcome after; also from the other end."""
    row = task(owing, "QTY-005")
    number, seq = row["task_id"], str(row["seq"])
    told = "\n".join(answer(capsys, "why", seq)["story"])
    assert f"Task {number} (QTY-005), open since " in told
    assert ", owed by purchasing, line 1, worth 5.00 EUR: more than the order line allows" in told
    assert f"SELECT ops.resolve_task({number}, 'scrap', reason)." in told
    assert run(["resolve", str(number), "release", "--reason", "agreed"]) == 0
    assert run(["drain"]) == 0
    told = "\n".join(answer(capsys, "why", seq)["story"])
    assert f"Task {number} was decided: release, the surplus is accepted" in told
    assert ", because: agreed." in told
    posted = task(owing, "QTY-005")["posted_seq"]
    assert f"Message {posted}, stock_move TASK-{number}, carries it out; it is applied." in told
    assert f"What came of task {number}: posted as stock_move TASK-{number}" in told
    assert "ops.resolve_task" not in told
    made = "\n".join(answer(capsys, "why", str(posted))["story"])
    assert (
        f"it carries out what was decided about task {number} (QTY-005) of message {seq}." in made
    )
