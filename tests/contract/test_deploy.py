"""What is deployed: the roles have just enough, and the files are what their readers expect."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors, sql

from sync import doctor
from sync.config import Settings, libpq_url
from sync.drain import drain
from sync.migrate import upgrade
from sync.partitions import maintain_partitions
from sync.store import Store
from tests.contract.test_readme import psql_program
from tests.support.cluster import PASSWORD, Cluster, Database

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture
def deployed(cluster: Cluster) -> Iterator[Database]:
    """Give an empty database on which the roles script was run, twice, with names of its own."""
    database = cluster.empty()
    names = {who: f"{who}_{database.name}" for who in ("owner", "daemon", "reader")}
    database._logins += names.values()
    given = [word for who, name in names.items() for word in ("-v", f"{who}={name}")]
    command = [psql_program(), "-X", "-q", "-v", "ON_ERROR_STOP=1", *given, "-d"]
    try:
        for _ in range(2):
            done = subprocess.run(
                [*command, libpq_url(database.url), "-f", DEPLOY / "sql" / "roles.sql"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr
        for name in names.values():
            cluster.execute(
                sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                    sql.Identifier(name), sql.Literal(PASSWORD)
                )
            )
        yield database
    finally:
        # Whom the owner granted a role goes before the owner.
        database._logins.reverse()
        database.close()


def test_each_login_can_do_its_work_and_nothing_else(deployed: Database) -> None:
    """The owner migrates and registers without being a superuser; the daemon works, owns nothing."""
    owner, daemon, reader = (
        deployed.login_url(f"{who}_{deployed.name}") for who in ("owner", "daemon", "reader")
    )
    upgrade(owner)
    erp = deployed.create_login("erp")
    with psycopg.connect(libpq_url(owner), autocommit=True) as connection:
        connection.execute("SELECT ops.register_system(%s, 'ERP', 'erp', '{}')", (erp,))
        connection.execute("SELECT * FROM ops.health")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("CREATE ROLE another")
    with psycopg.connect(libpq_url(deployed.login_url(erp)), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO erp_v1.item (message_id, item_code, base_uom) VALUES ('m', 'TEA', 'PCE')"
        )
    store = Store(daemon)
    try:
        assert drain(store).states["applied"] == 1
        assert maintain_partitions(store).made > 0
        findings = doctor.examine(store, daemon, Settings())
    finally:
        store.close()
    # The tests' server gives up safety against power cuts; those two findings are about the server.
    problems = {one.name for one in findings if one.level == "problem"}
    assert problems <= {"fsync", "full_page_writes"}, findings
    refused = {
        daemon: ("CREATE TABLE public.t (a int)", "CREATE TABLE ops.t (a int)", "DELETE FROM book.ledger",
                 "SELECT ops.register_system('x', 'X', 'erp', '{}')"),
        reader: ("SELECT * FROM staging.message", "SELECT archive.create_month('2026-01-01')"),
    }  # fmt: skip
    for url, statements in refused.items():
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            connection.execute("SELECT * FROM ops.message")
            for statement in statements:
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(statement.encode())
    stranger = deployed.create_login("stranger")
    with pytest.raises(psycopg.OperationalError, match="CONNECT"):
        psycopg.connect(libpq_url(deployed.login_url(stranger)))


def test_every_setting_and_file_that_is_named_exists() -> None:
    """A mistyped CROSSDOCK_ variable would be ignored in silence; a broken link helps nobody."""
    known = {f"CROSSDOCK_{name.upper()}" for name in Settings.model_fields}
    # Of the program beside its settings, and of the files themselves.
    known |= {"CROSSDOCK_CONFIG", "CROSSDOCK_VERSION"}
    for path in (path for path in DEPLOY.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"\bCROSSDOCK_[A-Z_]+\b", text)) <= known, path
        if path.suffix == ".md":
            for link in re.findall(r"\]\(([^)#:]+)\)", text):
                assert (path.parent / link).exists(), f"{path}: {link}"


def test_the_program_that_is_started_has_the_commands(tmp_path: Path) -> None:
    """Units, container and manifests start `crossdock run` and `crossdock migrate`; scripts parse."""
    started = set()
    for path in (DEPLOY / "systemd").glob("*.service"):
        started |= set(re.findall(r"ExecStart=\S+/crossdock (\w+)", path.read_text()))
    for path in (DEPLOY / "kubernetes").glob("*.yaml"):
        started |= set(re.findall(r"args: \[(\w+)", path.read_text()))
    assert started == {"run", "migrate"}
    for script in (*(DEPLOY / "backup").glob("*.sh"), DEPLOY / "compose" / "roles.sh"):
        done = subprocess.run(["sh", "-n", script], cwd=tmp_path, check=False)
        assert done.returncode == 0, script
