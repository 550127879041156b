"""Settings as people see them: pages that are true, origins, secrets, mistakes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sync.alarm_pages import alarms_page
from sync.cli.main import run
from sync.config import Settings, load_settings
from sync.settings_pages import example, page, unit

DOCS = Path(__file__).parents[2] / "docs"
SECRETS = ("s3cret", "t0ken")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start in a folder without crossdock.toml."""
    monkeypatch.chdir(tmp_path)


def show(capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, dict[str, Any]]:
    assert run(["config", "show", "--json", *more]) == 0
    out = capsys.readouterr().out
    assert not any(secret in out for secret in SECRETS)
    return {row["name"]: row for row in json.loads(out)["settings"]}


@pytest.mark.parametrize(
    ("name", "text"),
    [("settings.md", page), ("crossdock.toml", example), ("alarms.md", alarms_page)],
)
def test_a_page_is_what_the_program_says(name: str, text: Any) -> None:
    """`make settings` writes them."""
    assert (DOCS / name).read_text(encoding="utf-8") == text()


def test_every_setting_says_what_it_is() -> None:
    """A description and a unit, from the field itself."""
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert unit(name) not in ("number", ""), f"{name}: say in _COUNTED what is counted"


def test_the_example_holds_the_defaults(tmp_path: Path) -> None:
    """With every comment sign taken off it loads, and says what holds without it."""
    lines = [line.removeprefix("# ") for line in example().split("\n") if " = " in line[:60]]
    head = [line for line in lines if '"..."' not in line]
    routes = head.index('name = "duty"')
    kept = [line for line in head[:routes] if not line.startswith("home")]
    parsed = tomllib.loads("\n".join(kept))
    (tmp_path / "crossdock.toml").write_text("\n".join(kept))
    assert load_settings() == Settings()
    assert len(parsed) > 20


def test_each_value_tells_where_it_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Argument, variable, file, default; passwords and tokens are never shown."""
    (tmp_path / "crossdock.toml").write_text(
        'workers = 3\nbatch_rows = 300\n[[alarm_routes]]\nname = "duty"\nafter = "10min"\n'
        'urls = ["slack://t0ken/t0ken/t0ken", "mailtos://me:s3cret@example.org"]\n'
    )
    monkeypatch.setenv("CROSSDOCK_BATCH_ROWS", "400")
    found = show(capsys, "--database-url", "postgresql://u:s3cret@h/d")
    told = {name: (row["value"], row["origin"]) for name, row in found.items()}
    assert told["database_url"] == ("postgresql://u:***@h/d", "argument")
    assert told["batch_rows"] == ("400", "environment CROSSDOCK_BATCH_ROWS")
    assert told["workers"] == ("3", "file crossdock.toml")
    assert told["line_limit"] == ("15min", "default")
    assert told["alarm_routes"] == (
        "duty (slack://***, mailtos://***; warning and graver, after 10min)", "file crossdock.toml",
    )  # fmt: skip
    assert found["poll_min_ms"]["unit"] == "milliseconds"


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CROSSDOCK_WORKES", "3", "CROSSDOCK_WORKES: no setting reads this variable"),
        ("CROSSDOCK_ALARM_ROUTES", "[{s3cret", "CROSSDOCK_ALARM_ROUTES: not JSON"),
        ("CROSSDOCK_ALARM_ROUTES", '[{"name": "a", "urls": ["nosuch://s3cret"]}]',
         "alarm_routes: address 1 of a (nosuch) is not understood"),
        ("CROSSDOCK_ALARM_ROUTES", '[{"name": "a", "url": ["json://s3cret"]}]', "alarm_routes.0.url"),
        ("CROSSDOCK_ALARM_ROUTES",
         '[{"name": "a", "urls": ["json://h"]}, {"name": "a", "urls": ["json://h"]}]',
         "alarm_routes: two routes have the same name"),
        ("CROSSDOCK_ALARM_QUIET_HOURS", "at night", "alarm_quiet_hours: not a span of hours"),
        ("CROSSDOCK_ALARM_QUIET_HOURS", "25:00-06:00", "alarm_quiet_hours: not a span of hours"),
        ("CROSSDOCK_ALARM_TIME_ZONE", "Mars/Base", "there is no time zone 'Mars/Base'"),
        ("CROSSDOCK_ALARM_PERIOD", "10ms", "alarm_period must be a second at least"),
    ],
)  # fmt: skip
def test_a_mistake_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture, variable: str, value: str, said: str,
) -> None:  # fmt: skip
    """Exit 2 and one line, without the secret that it may hold, and without a line in a log."""
    monkeypatch.setenv(variable, value)
    assert run(["config", "check"]) == 2
    printed = capsys.readouterr()
    assert said in printed.out + printed.err
    assert "s3cret" not in printed.out + printed.err + caplog.text
    assert len((printed.out + printed.err).strip().split("\n")) == 1


def test_a_file_with_secrets_that_everybody_reads_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said what to type; afterwards all is well."""
    path = tmp_path / "crossdock.toml"
    path.write_text('database_url = "postgresql://u:s3cret@h/d"\n')
    path.chmod(0o644)
    assert run(["config", "check"]) == 2
    assert "chmod 640 crossdock.toml" in capsys.readouterr().out
    path.chmod(0o640)
    assert run(["config", "check"]) == 0
    assert capsys.readouterr().out == "the settings are in order\n"
