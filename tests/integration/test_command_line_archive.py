"""`crossdock archive`: a month is listed, written, dropped and loaded back by commands alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.cli.main import run
from tests.integration.reading import breaches
from tests.support.builders_world import World

LINES = [{"item_code": "A", "qty": 5, "reason_code": "FOUND"}]


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> Any:
    """Run a command with --json and return what it printed."""
    capsys.readouterr()
    assert run([*arguments, "--json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def month(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have one receipt and its masters in the archive; return the month."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", world.database.url)
    monkeypatch.setenv("CROSSDOCK_ARCHIVE_FOLDER", str(tmp_path / "kept"))
    world.wms.goods_receipt("R1", warehouse="W1", lines=LINES)
    world.drain()
    world.answer_everything()
    world.retire()
    [row] = world.admin.read(
        "SELECT to_char(max(finished_at) AT TIME ZONE 'UTC', 'YYYY-MM') AS month FROM archive.message"
    )
    return str(row["month"])


def test_a_month_goes_to_files_and_comes_back(
    month: str, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Export, drop, list, restore; each with --json and for people; refusals exit with 4."""
    count = "SELECT count(*) AS n FROM archive.message"
    before = world.admin.read(count)
    assert run(["archive", "drop", month, "--reason", "space"]) == 4
    assert "was not exported" in capsys.readouterr().err
    assert world.admin.read(count) == before

    wrote = answer(capsys, "archive", "export", month)
    assert wrote["path"] == str(tmp_path / "kept" / f"{month}-1")
    assert wrote["rows"]["message"] == before[0]["n"]
    assert answer(capsys, "archive", "drop", month, "--reason", "space")["freed_bytes"] > 0
    assert world.admin.read(count) == [{"n": 0}]
    row = next(r for r in answer(capsys, "archive", "list")["months"] if r["month"] == month)
    assert (row["state"], row["path"]) == ("dropped", wrote["path"])
    assert breaches(world) == []

    back = answer(capsys, "archive", "restore", wrote["path"])
    assert (back["month"], back["part"], back["rows"]) == (month, 1, wrote["rows"])
    assert world.admin.read(count) == before
    assert run(["archive", "restore", wrote["path"]]) == 4
    assert "is back already" in capsys.readouterr().err
    assert run(["archive", "list"]) == 0
    assert month in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["export", "2026-13"], 2, "YYYY-MM"),
        (["export", "1999-01"], 4, "has no month 1999-01"),
        (["drop", "1999-01", "--reason", "x"], 4, "has no month 1999-01"),
        (["drop", "1999-01"], 2, "--reason"),
        (["attach", "1999-01", "--reason", "x"], 4, "no part of 1999-01 is detached"),
        (["restore", "/nowhere"], 2, "manifest.json"),
    ],
)
def test_what_cannot_be_done_is_told(
    month: str, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, told: str
) -> None:
    """One clear line, and the exit code that belongs to it."""
    assert month
    assert run(["archive", *arguments]) == code
    assert told in capsys.readouterr().err
