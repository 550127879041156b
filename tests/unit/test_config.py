"""Settings: where they come from, what is refused, and with which words."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sync.config import for_psql, libpq_url, load_settings, masked, normalise_url, parse_duration
from sync.errors import ConfigurationError


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start in a folder without crossdock.toml."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("15min", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("1h30min", timedelta(minutes=90)),
        ("1h 30m", timedelta(minutes=90)),
        ("500ms", timedelta(milliseconds=500)),
        ("2.5s", timedelta(seconds=2.5)),
        ("3d", timedelta(days=3)),
        ("PT15M", timedelta(minutes=15)),
        ("P1DT2H", timedelta(hours=26)),
        ("0", timedelta(0)),
    ],
)
def test_a_duration_is_read_with_its_unit(text: str, expected: timedelta) -> None:
    """Durations accept short units and ISO 8601."""
    assert parse_duration(text) == expected


@pytest.mark.parametrize(
    "text", ["15", "soon", "-5min", "5 parsecs", "", "PT", "P", "15 min of fame"]
)
def test_a_duration_without_a_unit_or_sense_is_refused(text: str) -> None:
    """A bare number could be seconds or minutes, so it is not guessed."""
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("postgresql://u:p@h:5433/d", "postgresql+psycopg://u:p@h:5433/d"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg2://u@h/d", "postgresql+psycopg://u@h/d"),
        (
            "postgresql+psycopg://u@h/d?sslmode=require",
            "postgresql+psycopg://u@h/d?sslmode=require",
        ),
        ("postgresql://u@/d?host=/tmp/x", "postgresql+psycopg://u@/d?host=%2Ftmp%2Fx"),
        ("host=/tmp/x dbname=d user=u", "postgresql+psycopg://u@/d?host=%2Ftmp%2Fx"),
        ("host=h port=5433 dbname=d", "postgresql+psycopg://h:5433/d"),
        ("postgresql://u:p%40ss%2F@h/d", "postgresql+psycopg://u:p%40ss%2F@h/d"),
        ("postgresql://u@[::1]:5432/d", "postgresql+psycopg://u@[::1]:5432/d"),
    ],
)
def test_every_form_of_url_becomes_one(given: str, expected: str) -> None:
    """Libpq's and SQLAlchemy's forms mean the same; normalising twice changes nothing."""
    assert normalise_url(given) == expected
    assert normalise_url(expected) == expected
    assert normalise_url(libpq_url(given)) == expected


def test_several_hosts_survive() -> None:
    """A failover list stays one."""
    url = normalise_url("postgresql://u@a:1,b:2/d?target_session_attrs=read-write")
    assert "a%2Cb" in url
    assert "1%2C2" in url
    assert normalise_url(url) == url


@pytest.mark.parametrize(
    "text", ["mysql://u@h/d", "nonsense", "", "postgresql://h:port/d", "host=h nonsense=1"]
)
def test_a_url_that_is_none_is_refused_without_its_password(text: str) -> None:
    """The message never repeats the URL: it may hold a password."""
    with pytest.raises(ConfigurationError, match="database URL"):
        normalise_url(text)
    with pytest.raises(ConfigurationError) as caught:
        normalise_url("postgresql://u:s3cret@h:port/d")
    assert "s3cret" not in str(caught.value)


def test_a_printed_url_hides_its_passwords() -> None:
    """Also the one that stands in the query part."""
    assert "s3cret" not in masked("postgresql://u:s3cret@h/d")
    assert "s3cret" not in masked("host=h user=u password=s3cret dbname=d")
    assert "s3cret" not in masked("postgresql://u@h/d?password=s3cret&sslpassword=s3cret2")


def test_arguments_win_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is: argument, CROSSDOCK_*, crossdock.toml, default."""
    (tmp_path / "crossdock.toml").write_text('workers = 3\nbatch_rows = 300\nline_limit = "1h"\n')
    monkeypatch.setenv("CROSSDOCK_BATCH_ROWS", "400")
    settings = load_settings(workers=5, batch_rows=None)
    assert settings.workers == 5
    assert settings.batch_rows == 400
    assert settings.line_limit == timedelta(hours=1)
    assert settings.order_limit == timedelta(hours=1)
    assert settings.reference_limit == timedelta(hours=4)


def test_the_file_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CROSSDOCK_CONFIG names another file; a name that leads nowhere is an error."""
    (tmp_path / "other.toml").write_text("workers = 7\n")
    monkeypatch.setenv("CROSSDOCK_CONFIG", str(tmp_path / "other.toml"))
    assert load_settings().workers == 7
    monkeypatch.setenv("CROSSDOCK_CONFIG", str(tmp_path / "gone.toml"))
    with pytest.raises(ConfigurationError, match=r"gone\.toml"):
        load_settings()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("workers = 0", "workers"),
        ('workers = "many"', "workers"),
        ("line_limit = 15", "line_limit: not a duration"),
        ("wrokers = 3", "wrokers: unknown setting"),
        ("poll_min_ms = 900", "poll_min_ms must not exceed poll_max_ms"),
        ('log_format = "xml"', "log_format"),
        ("workers = = 3", r"crossdock\.toml"),
    ],
)
def test_a_bad_setting_is_one_clear_configuration_error(
    tmp_path: Path, line: str, words: str
) -> None:
    """It names the setting, the reason and what was given, and exits with 2."""
    (tmp_path / "crossdock.toml").write_text(f"{line}\n")
    with pytest.raises(ConfigurationError, match=words) as caught:
        load_settings()
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_a_bad_database_url_setting_does_not_print_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does the representation of the settings."""
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", "mysql://u:s3cret@h/d")
    with pytest.raises(ConfigurationError, match="not PostgreSQL") as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", "postgresql://u:s3cret@h/d")
    assert "s3cret" not in repr(load_settings())


def test_psql_is_told_where_the_database_is_without_a_password() -> None:
    """As a line for a shell, quoted where a path needs it."""
    there = for_psql("postgresql+psycopg://postgres:s3cret@/crossdock?host=/home/a%20person/socket")
    assert there == "export PGHOST='/home/a person/socket' PGUSER=postgres PGDATABASE=crossdock"
    there = for_psql("host=h port=6543 user=u dbname=d")
    assert there == "export PGHOST=h PGPORT=6543 PGUSER=u PGDATABASE=d"


def test_libpq_finds_a_socket_below_a_folder_with_a_blank() -> None:
    """And one with a plus sign: the two are not mixed up."""
    for folder in ("/home/a person/socket", "/home/c++/socket"):
        url = normalise_url(make_conninfo(host=folder, dbname="d"))
        assert conninfo_to_dict(libpq_url(url)) == {"host": folder, "dbname": "d"}
