"""The jobs of the clock on the command line."""

from __future__ import annotations

import json

import pytest

from sync.cli.main import run
from tests.support.cluster import Database


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(list(arguments))
    return code, capsys.readouterr().out


def test_a_job_is_listed_run_paused_and_set(
    database: Database, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator sees what a run did, runs one by hand, pauses it, and decides when it is due."""
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", database.url)
    code, said = _said(capsys, "schedule", "run", "proof", "--json")
    assert (code, json.loads(said)["state"]) == (0, "done")
    assert _said(capsys, "schedule", "pause", "proof", "--reason", "a test") == (
        0,
        "proof: paused\n",
    )
    assert _said(capsys, "schedule", "pause", "proof", "--reason", "again")[0] == 4
    code, said = _said(capsys, "schedule", "list", "proof", "--json")
    found = json.loads(said)
    assert (code, [j["last_state"] for j in found["jobs"]]) == (0, ["done"])
    assert found["jobs"][0]["paused_at"]
    assert [(r["origin"], r["counts"]) for r in found["runs"]] == [("hand", {"breaches": 0})]
    assert "paused" in _said(capsys, "schedule", "list")[1]
    assert _said(capsys, "schedule", "resume", "proof", "--reason", "done")[0] == 0
    zone = ["--time-zone", "Europe/Berlin", "--reason", "x"]
    assert _said(capsys, "schedule", "set", "proof", "30 5 * * *", *zone) == (
        0,
        "proof: 0 4 * * * UTC -> 30 5 * * * Europe/Berlin\n",
    )
    for wrong in ("61 5 * * *", "soon"):
        assert _said(capsys, "schedule", "set", "proof", wrong, "--reason", "x")[0] == 4
    assert _said(capsys, "schedule", "run", "nothing")[0] == 4
