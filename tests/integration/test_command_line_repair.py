"""The commands that lay hands on messages: one, many, by filter; what they print, how they exit."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

import pytest

from sync.cli.main import run
from tests.integration.repairing import Dba, dba_of
from tests.support.builders import Document
from tests.support.builders_world import World

BECAUSE = ["--reason", "because"]


@pytest.fixture(autouse=True)
def _on_this_database(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the database by the environment, in a folder without crossdock.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", world.database.url)


def _wrong(world: World, number: str, item: str = "NEW", warehouse: str = "W1") -> Document:
    line = {"item_code": item, "qty": 1, "reason_code": "X"}
    return world.wms.goods_receipt(number, warehouse=warehouse, lines=[line])


def _seq(world: World, document: Document) -> int:
    return int(world.status(document)["seq"])


def _told(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> list[Any]:
    """Run a command with --json and return the objects that it printed."""
    assert run([*arguments, "--json"]) == code
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_one_message_is_told_as_seq_from_and_to(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON and in words; the operator is the user of the machine unless another is named."""
    seq = _seq(world, _wrong(world, "R1"))
    assert _told(capsys, "hold", str(seq), *BECAUSE) == [
        {"seq": seq, "from": "received", "to": "held"}
    ]
    assert run(["release", str(seq), *BECAUSE, "--operator", "Ana"]) == 0
    assert capsys.readouterr().out == f"message {seq}: held -> received\n"
    rows = world.admin.read("SELECT action, operator, reason FROM ops.audit ORDER BY audit_id")
    assert [tuple(row.values()) for row in rows] == [
        ("hold", getpass.getuser(), "because"), ("release", "Ana", "because"),
    ]  # fmt: skip


def test_what_is_refused_exits_with_4_and_says_why(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not there, not legal; of many the others are done."""
    first, second = (_seq(world, _wrong(world, number)) for number in ("R1", "R2"))
    assert run(["release", str(first), *BECAUSE]) == 4
    assert f"message {first} is received; release is legal from held" in capsys.readouterr().err
    assert run(["release", "999999", *BECAUSE]) == 4
    assert "there is no message 999999" in capsys.readouterr().err
    told = _told(capsys, "hold", str(first), "999999", str(second), *BECAUSE, code=4)
    assert [(one["seq"], "refused" in one) for one in told] == [
        (first, False), (999999, True), (second, False),
    ]  # fmt: skip
    assert run(["release", str(first), "999999", str(second), *BECAUSE]) == 4
    printed = capsys.readouterr()
    assert "release: 2 messages, 1 refused" in printed.out
    assert "no message 999999" in printed.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["hold", "1"],
        ["hold", "1", "--reason", "  "],
        ["hold", *BECAUSE],
        ["hold", "1", "--warehouse", "W1", *BECAUSE],
        ["hold", "one", *BECAUSE],
        ["requeue", "--state", "applied", *BECAUSE],
        ["requeue", "--older-than", "long", *BECAUSE],
        ["amend", "1", "qty", *BECAUSE],
        ["amend", "1", "qty", "5", "--null", *BECAUSE],
        ["amend", "1", "qty", "5"],
    ],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str]) -> None:
    """Without a reason, without messages, with both kinds of choice, with values that are none."""
    assert run(arguments) == 2


@pytest.mark.parametrize(
    ("options", "numbers"),
    [
        (["--type", "goods_receipt"], {"R1", "R2"}),
        (["--warehouse", "W2"], {"R2"}),
        (["--code", "REF-001"], {"R1", "R2", "PO1"}),
        (["--code", "QTY-001"], {"PO2"}),
        (["--state", "error"], {"PO2"}),
        (["--state", "waiting", "--sender", "ERP"], {"PO1"}),
        (["--order", "PO1"], {"PO1"}),
        (["--sender", "WMS1", "--older-than", "1h"], set()),
        (["--sender", "WMS1", "--older-than", "0"], {"R1", "R2"}),
    ],
)
def test_a_filter_chooses_what_the_act_is_legal_for(
    world: World, capsys: pytest.CaptureFixture[str], options: list[str], numbers: set[str]
) -> None:
    """By type, state, code, warehouse, order, sender and age; what is applied is never meant."""
    _wrong(world, "R1")
    _wrong(world, "R2", warehouse="W2")
    _wrong(world, "R3", item="A")
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("NEW", 1)])
    world.erp.purchase_order("PO2", warehouse="W1", lines=[("A", 0)])
    world.drain()
    told = _told(capsys, "requeue", *options, *BECAUSE, "--yes")
    rows = world.admin.read(
        "SELECT doc_no FROM staging.message WHERE seq = ANY (%s)", [one["seq"] for one in told]
    )
    assert {row["doc_no"] for row in rows} == numbers
    assert all((one["to"]) == "received" for one in told)


def test_many_are_shown_and_asked_for_before_they_are_changed(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A preview, the number, a question; without a terminal and without --yes exit 2."""
    for number in range(25):
        _wrong(world, f"R{number}")
    world.drain()
    command = ["discard", "--type", "goods_receipt", *BECAUSE]
    assert run(command) == 2
    printed = capsys.readouterr()
    assert "25 messages; --yes confirms" in printed.err
    assert "... and 5 more" in printed.out
    assert "REF-001 item NEW is not known" in printed.out
    assert run([*command, "--json"]) == 2

    class Terminal:
        @staticmethod
        def isatty() -> bool:
            return True

    for answer, left in ((False, 25), (True, 0)):
        monkeypatch.setattr("sys.stdin", Terminal)
        monkeypatch.setattr("typer.confirm", lambda _, answer=answer: answer)
        assert run(command) == 0
        rows = world.admin.read("SELECT count(*) AS n FROM staging.message WHERE state = 'waiting'")
        assert rows[0]["n"] == left
    assert "discard: 25 messages, 0 refused" in capsys.readouterr().out
    assert run(command) == 0
    assert "no message to discard" in capsys.readouterr().out


def test_a_message_is_amended_and_its_version_named(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line's column, the header's, and a value taken away; a refusal exits with 4."""
    wrong = _wrong(world, "R1")
    world.drain()
    seq = _seq(world, wrong)
    [told] = _told(capsys, "amend", str(seq), "item_code", "A", "--line", "1", *BECAUSE)
    made = told["seq"]
    assert told == {
        "seq": made, "from": "waiting", "to": "held", "message_id": f"{wrong.message_id}~1",
        "amended_from": seq,
    }  # fmt: skip
    assert run(["amend", str(made), "note", "counted twice", *BECAUSE]) == 0
    assert run(["amend", str(made), "note", "--null", *BECAUSE]) == 0
    assert f"message {made} is changed, still held" in capsys.readouterr().out
    assert run(["amend", str(made), "qty", "many", "--line", "1", *BECAUSE]) == 4
    assert "qty takes a numeric" in capsys.readouterr().err
    assert run(["amend", "999999", "note", "x", *BECAUSE]) == 4
    assert run(["release", str(made), *BECAUSE]) == 0
    world.drain()
    assert world.admin.read("SELECT state, note FROM staging.message WHERE seq = %s", made) == [
        {"state": "applied", "note": None}
    ]


def test_a_member_of_crossdock_dba_may_use_all_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No superuser is needed for the repair of a message."""
    wrong = _wrong(world, "R1")
    world.drain()
    with dba_of(world) as dba:
        assert isinstance(dba, Dba)
        monkeypatch.setenv("CROSSDOCK_DATABASE_URL", world.database.login_url(dba.login))
        seq = str(dba.seq(wrong))
        for act in ("hold", "release", "requeue"):
            if act == "requeue":
                world.drain()
            assert run([act, seq, *BECAUSE]) == 0, act
        capsys.readouterr()
        world.drain()
        [told] = _told(capsys, "amend", seq, "item_code", "A", "--line", "1", *BECAUSE)
        assert run(["discard", str(told["seq"]), *BECAUSE]) == 0
        assert run(["dry-run", seq]) == 4
        assert run(["why", seq]) == 0
