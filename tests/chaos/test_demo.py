"""The demonstration ends well beside a daemon of its own, in a database that is its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT_S = 240  # some 20 s, on a machine that does nothing else


@pytest.mark.parametrize("sweep_ms", [500, 5000])
def test_a_small_day_with_all_trouble_ends_as_the_contract_says(
    tmp_path: Path, sweep_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also beside a daemon that looks at decisions and gates as seldom as it does by default."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for name, value in {"HOME": home, "SWEEP_MS": sweep_ms, "DATABASE_URL": ""}.items():
        monkeypatch.setenv(f"CROSSDOCK_{name}", str(value))
    done = subprocess.run(
        [sys.executable, "-m", "sync.cli", "demo", "--scale", "0.1", "--json"],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    bad = [one for one in told["trouble"] if not one["ok"]]
    assert (bad, told["surprises"], told["notes"]) == ([], [], [])
    assert told["ok"], told["reconciliation"]
    assert done.returncode == 0
    assert len(told["trouble"]) > 25
