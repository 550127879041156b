"""The embedded server: it starts anywhere, is shared, and stops with its last user.

No crossdock database is involved, hence among the unit tests.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sync.config import libpq_url
from sync.embedded import EmbeddedServer, places
from sync.embedded.account import Account, choose
from sync.errors import ConfigurationError, DatabaseUnreachableError
from sync.simulate.begun import begin_day


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder closed to others, with a blank and a quote in its name; clean up after."""
    closed = tmp_path / "it's a home"
    closed.mkdir(mode=0o700)
    yield closed
    last = EmbeddedServer(closed / "db", durable=False)
    if (closed / "db" / "data").exists():
        last.start()
        last.close(destroy=True)


def ask(url: str, question: str) -> Any:
    """Return the first value of the first row."""
    with psycopg.connect(libpq_url(url)) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row[0] if row else None


def test_a_server_starts_is_shared_and_stops_with_its_last_user(folder: Path) -> None:
    """Two users, one server; what the first wrote is there after a restart."""
    first, second = (EmbeddedServer(folder / "db", durable=False) for _ in range(2))
    url = first.start()
    assert second.start() == url
    assert ask(url, "SELECT current_database() || ' ' || current_user") == "crossdock postgres"
    assert ask(url, "SHOW jit") == "off"
    assert ask(url, "SHOW listen_addresses") == ""
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.close()
    assert ask(url, "SELECT answer FROM kept") == 42
    second.close()
    with pytest.raises(psycopg.OperationalError):
        ask(url, "SELECT 1")
    with pytest.raises(DatabaseUnreachableError):
        second.url()
    with EmbeddedServer(folder / "db", durable=False) as again:
        assert ask(again.url(), "SELECT answer FROM kept") == 42


def test_a_killed_server_comes_back(folder: Path) -> None:
    """A left-over pid file and socket do not count as a running server."""
    server = EmbeddedServer(folder / "db", durable=False)
    url = server.start()
    pid = int((folder / "db" / "data" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    while _answers(url):
        pass
    other = EmbeddedServer(folder / "db", durable=False)
    assert ask(other.start(), "SELECT 1") == 1
    other.close()
    server.close()


def _answers(url: str) -> bool:
    try:
        return bool(ask(url, "SELECT 1") == 1)
    except psycopg.OperationalError:
        return False


def test_a_killed_user_does_not_keep_the_server(folder: Path) -> None:
    """The lock that says `in use` dies with its process; the next user's leaving stops it."""
    program = (
        "import os, signal, sys; from sync.embedded import EmbeddedServer;"
        "print(EmbeddedServer(sys.argv[1], durable=False).start(), flush=True);"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / "db")],
        check=False,
        capture_output=True,
        text=True,
    )
    url = done.stdout.strip()
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert _answers(url)
    with EmbeddedServer(folder / "db") as server:
        assert server.url() == url
    assert not _answers(url)


def test_destroying_leaves_nothing_behind(folder: Path) -> None:
    """Data and socket are gone, wherever they were."""
    server = EmbeddedServer(folder / "db", durable=False)
    server.start()
    data = (folder / "db" / "data").resolve()
    server.close(destroy=True)
    assert not data.exists()
    assert not (folder / "db" / "data").is_symlink()
    if data.parent != folder / "db":
        assert not data.parent.exists()


def test_no_permission_of_the_given_folder_is_changed(folder: Path) -> None:
    """A home stays closed, whoever the server runs as."""
    with EmbeddedServer(folder / "db", durable=False):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_path_too_long_for_a_socket_works(tmp_path: Path) -> None:
    """The socket then lives in a short folder that is closed to others."""
    me = Account("me", os.geteuid(), os.getegid(), switch=False)
    deep = tmp_path / ("x" * 120) / "data"
    socket = places.socket_folder(deep, me)
    try:
        assert len(os.fsencode(socket)) <= places.SOCKET_DIR_LIMIT
        assert socket.stat().st_mode & 0o777 == 0o700
        assert places.socket_folder(deep, me) == socket
    finally:
        socket.rmdir()


def test_data_of_another_major_version_is_refused_with_the_remedy(folder: Path) -> None:
    """PostgreSQL would refuse it too, but only in its log."""
    server = EmbeddedServer(folder / "db", durable=False)
    server.start()
    server.close()
    version = folder / "db" / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(ConfigurationError, match="made by PostgreSQL 17"):
        EmbeddedServer(folder / "db").start()
    version.write_text("18\n")


def test_data_that_went_away_is_not_silently_made_anew(tmp_path: Path) -> None:
    """A dangling link means a missing volume, not an empty database."""
    (tmp_path / "data").symlink_to(tmp_path / "unmounted")
    with pytest.raises(ConfigurationError, match="which is gone"):
        places.data_folder(tmp_path, choose(tmp_path / "data"))


def test_tcp_wants_a_password(folder: Path, unused_port: int) -> None:
    """With a port the server listens on this machine only, and trusts nobody there."""
    with EmbeddedServer(folder / "db", durable=False, port=unused_port) as server:
        assert ask(server.url(), "SHOW listen_addresses") == "127.0.0.1"
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            ask(f"postgresql://postgres@127.0.0.1:{unused_port}/crossdock", "SELECT 1")


@pytest.fixture
def unused_port() -> int:
    """Give a port that nobody listens on."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_day_after_one_that_was_cut_off_begins_in_an_empty_database(folder: Path) -> None:
    """The half-done orders stay under another name; a day that ended is gone on with."""
    names = "SELECT count(*) FROM pg_class WHERE relname = 'half_done'"
    mark = folder / "demo.lock"
    with EmbeddedServer(folder / "db", durable=False) as server:
        with begin_day(server, mark) as first:
            assert first.kept_as is None
            with psycopg.connect(libpq_url(server.url())) as connection:
                connection.execute("CREATE TABLE half_done ()")
                with pytest.raises(ConfigurationError, match="another demonstration runs"):
                    begin_day(server, mark).__enter__()
        with psycopg.connect(libpq_url(server.url()), application_name="a daemon"):
            with pytest.raises(ConfigurationError, match="in use by a daemon"):
                begin_day(server, mark).__enter__()
        with begin_day(server, mark) as second:
            assert second.kept_as is not None
            assert ask(server.url(second.kept_as), names) == 1
            assert ask(server.url(), names) == 0
            second.end()
        with begin_day(server, mark) as third:
            assert third.kept_as is None
            third.end()
