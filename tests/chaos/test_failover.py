"""A real streaming standby takes over, and the daemon goes on there by itself."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from sync.config import libpq_url
from sync.embedded import EmbeddedServer, account, places
from sync.migrate import upgrade
from tests.chaos.processes import Start, wait_until

DATABASE = "failover"
STREAMING = {"wal_level": "replica", "max_wal_senders": "4", "hot_standby": "on"}
ITEM = "INSERT INTO erp_v1.item (message_id, item_code, base_uom) VALUES (%s, %s, 'PCE')"


def socket_of(server: EmbeddedServer) -> str:
    """Return the folder of the server's socket."""
    return str(make_url(server.url("postgres")).query["host"])


class Standby:
    """A second server that follows the first, made and started by PostgreSQL's own programs."""

    def __init__(self, path: Path, primary: EmbeddedServer) -> None:
        data_of_primary = (primary.path / "data").resolve()
        self.account = account.choose(data_of_primary)
        self.programs = places.programs(self.account)
        self.path = path
        self.path.mkdir()
        self.data = places.data_folder(path, self.account)
        self.socket = str(places.socket_folder(self.data, self.account))
        self._run(
            "pg_basebackup", "-h", socket_of(primary), "-U", "postgres", "-D", str(self.data),
            "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
        )  # fmt: skip
        options = (
            f"-c unix_socket_directories={self.socket} -c listen_addresses= -c shared_buffers=32MB"
        )
        self._run("pg_ctl", "-D", str(self.data), "-w", "-o", options, "start")

    def _run(self, program: str, *arguments: str) -> None:
        with (self.path / "log").open("a", encoding="utf-8") as log:
            done = self.account.run([self.programs / program, *arguments], log=log)
        assert done.returncode == 0, (self.path / "log").read_text(encoding="utf-8")

    def promote(self) -> None:
        """Make it the primary."""
        self._run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def close(self) -> None:
        """Stop it and delete its files."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        places.remove(self.path, self.data, self.account)


@pytest.fixture
def primary(tmp_path: Path) -> Iterator[EmbeddedServer]:
    """Give a primary that a standby can follow."""
    server = EmbeddedServer(tmp_path / "primary", durable=False, settings=STREAMING)
    server.start(DATABASE)
    upgrade(server.url(DATABASE))
    try:
        yield server
    finally:
        server.start(DATABASE)
        server.close(destroy=True)


@pytest.fixture
def standby(tmp_path: Path, primary: EmbeddedServer) -> Iterator[Standby]:
    """Give a standby that streams from the primary."""
    follower = Standby(tmp_path / "standby", primary)
    try:
        yield follower
    finally:
        follower.close()


def test_a_promoted_standby_is_found_by_a_url_of_both(
    primary: EmbeddedServer, standby: Standby, start: Start
) -> None:
    """With target_session_attrs the daemon waits until one of them can be written to."""
    first, second = socket_of(primary), standby.socket
    url = f"postgresql://postgres@/{DATABASE}?host={first},{second}&target_session_attrs=read-write"
    alone = f"postgresql://postgres@/{DATABASE}?host={second}"
    with psycopg.connect(libpq_url(primary.url(DATABASE)), autocommit=True) as dba:
        dba.execute("CREATE ROLE failover_erp LOGIN")
        dba.execute("SELECT ops.register_system('failover_erp', 'ERP', 'erp', '{}')")
        wait_until(lambda: dba.execute("SELECT state FROM pg_stat_replication").fetchone())
    refused = start("run", "--database-url", alone)
    assert refused.wait() == 2
    assert "target_session_attrs=read-write" in refused.log.read_text(encoding="utf-8")

    daemon = start("run", "--database-url", url)
    daemon.wait_for_line("daemon runs")
    send(url, "M1", "A")
    wait_until(lambda: applied(alone) == 1)  # worked on the primary, streamed to the standby
    primary.stop()
    daemon.wait_for_line("database lost; all work waits for it")
    daemon.wait_for_line("database still unreachable")
    standby.promote()
    daemon.wait_for_line("database is back")
    send(url, "M2", "B")
    wait_until(lambda: applied(alone) == 2)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0


def send(url: str, message_id: str, item: str) -> None:
    """Send an item as the ERP, to whichever server can be written to."""
    with psycopg.connect(url.replace("postgres@", "failover_erp@")) as erp:
        erp.execute(ITEM, (message_id, item))


def applied(url: str) -> int:
    """Return how many messages that server knows to be applied."""
    with psycopg.connect(url) as dba:
        row = dba.execute("SELECT count(*) FROM staging.message WHERE state = 'applied'").fetchone()
        return int(row[0]) if row else 0
