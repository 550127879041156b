"""Give every test run one PostgreSQL server and every test a database of its own.

The server: the one in CROSSDOCK_TEST_DATABASE_URL, else a container where Docker answers, else the
embedded one; else the run fails. Test processes of one run share the server: the first makes it
and its template database, the last removes both. Database tests never skip.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from sync.config import libpq_url, normalise_url
from sync.embedded import EmbeddedServer
from sync.migrate import upgrade

ENVIRONMENT: Final = "CROSSDOCK_TEST_DATABASE_URL"
#: Where a pooler by transaction listens, as libpq words: the engine's stores then go through it.
POOLER: Final = "CROSSDOCK_TEST_POOLER"
IMAGE: Final = "postgres:18"
PASSWORD: Final = "crossdock-test"
Connection = psycopg.Connection[Any]


class Cluster:
    """Hold one use of the run's server; `folder` is shared by all test processes of the run."""

    def __init__(self, folder: Path, run_id: str, worker: str) -> None:
        self._folder = folder
        self._name = f"xd_{run_id}"
        self._worker = worker
        self._numbers = itertools.count(1)
        self._in_use: IO[bytes] | None = None
        self._embedded: EmbeddedServer | None = None
        self.admin_url = ""

    @property
    def template(self) -> str:
        """Name the migrated template database of this run."""
        return f"{self._name}_template"

    def open(self) -> Cluster:
        """Join the run's server, and make server and template when this process is the first."""
        with self._control():
            state = self._folder / "cluster.json"
            found = json.loads(state.read_text()) if state.exists() else None
            if found is None or found["kind"] == "embedded":
                found = self._make(found)
            self._in_use = (self._folder / "users.lock").open("ab")
            fcntl.flock(self._in_use, fcntl.LOCK_SH)
            self.admin_url = found["url"]
            if not found.get("template"):
                self._create_database(self.template)
                upgrade(self._database_url(self.template))
                found["template"] = self.template
            state.write_text(json.dumps(found))
        return self

    def close(self) -> None:
        """Leave; the last process of the run removes the template, and the server it made."""
        if self._in_use is None:
            return
        with self._control():
            self._in_use.close()
            self._in_use = None
            state = self._folder / "cluster.json"
            with (self._folder / "users.lock").open("ab") as probe:
                try:
                    fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if self._embedded is not None:
                        self._embedded.close()
                    return
                found = json.loads(state.read_text())
                if found["kind"] == "given":
                    self._drop_database(self.template)
                elif found["kind"] == "container":
                    _remove_container(found["id"])
                elif self._embedded is not None:
                    self._embedded.close(destroy=True)
                state.unlink()

    def clone(self) -> Database:
        """Return a fresh copy of the template (some 50 ms)."""
        name = f"{self._name}_{self._worker}_{next(self._numbers)}"
        self._create_database(name, template=self.template)
        return Database(self, name, self._database_url(name))

    def empty(self) -> Database:
        """Return a fresh database without the schema, for tests of migrations."""
        name = f"{self._name}_{self._worker}_{next(self._numbers)}"
        self._create_database(name)
        return Database(self, name, self._database_url(name))

    def execute(self, statement: sql.SQL | sql.Composed) -> None:
        """Run one statement as the server's superuser, outside any test database."""
        with self.admin() as connection:
            connection.execute(statement)

    def admin(self) -> Connection:
        """Return a new autocommit connection of the superuser to the maintenance database."""
        return psycopg.connect(libpq_url(self.admin_url), autocommit=True)

    def drop(self, name: str, logins: Sequence[str]) -> None:
        """Drop a test's database and its logins, whoever is still connected."""
        self._drop_database(name)
        for login in logins:
            self.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(login)))

    @contextlib.contextmanager
    def _control(self) -> Iterator[None]:
        with (self._folder / "control.lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _make(self, found: dict[str, str] | None) -> dict[str, str]:
        given = os.environ.get(ENVIRONMENT)
        if given:
            return {"kind": "given", "url": normalise_url(given)}
        if found is None:
            container = _start_container()
            if container is not None:
                return container
        self._embedded = EmbeddedServer(self._folder / "server", durable=False)
        url = self._embedded.start("postgres")
        return {**(found or {}), "kind": "embedded", "url": url}

    def _create_database(self, name: str, template: str = "template0") -> None:
        if os.environ.get(POOLER):  # it keeps sessions of databases that nobody uses any more
            self.execute(
                sql.SQL(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}"
                ).format(sql.Literal(template))
            )
        # Copying files costs two checkpoints, which without fsync are cheaper than logging pages.
        self.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )

    def _drop_database(self, name: str) -> None:
        self.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def _database_url(self, name: str) -> str:
        parts = conninfo_to_dict(libpq_url(self.admin_url))
        return normalise_url(make_conninfo("", **{**parts, "dbname": name}))


class Database:
    """Give one test its database: `url` for the superuser, logins, connections."""

    def __init__(self, cluster: Cluster, name: str, url: str) -> None:
        self.cluster = cluster
        self.name = name
        self.url = url
        self._logins: list[str] = []
        self._connections: list[Connection] = []

    @property
    def pooled(self) -> bool:
        """Say whether the engine reaches the database through a pooler in this run."""
        return bool(os.environ.get(POOLER))

    @property
    def engine_url(self) -> str:
        """Return the superuser's URL by which the engine's stores reach the database."""
        parts = conninfo_to_dict(libpq_url(self.url))
        way = conninfo_to_dict(os.environ.get(POOLER, ""))
        return normalise_url(make_conninfo("", **{**parts, **way}))

    def sender_url(self, login: str) -> str:
        """Return a login's URL by which a sender reaches the database: through the pooler, too."""
        parts = conninfo_to_dict(libpq_url(self.login_url(login)))
        way = conninfo_to_dict(os.environ.get(POOLER, ""))
        return normalise_url(make_conninfo("", **{**parts, **way}))

    def connect(self, login: str | None = None, *, autocommit: bool = True) -> Connection:
        """Return a new connection as the superuser or as a login; closed after the test."""
        connection = psycopg.connect(libpq_url(self.login_url(login)), autocommit=autocommit)
        self._connections.append(connection)
        return connection

    def login_url(self, login: str | None = None) -> str:
        """Return the URL for a login, with the test's password where the server asks for one."""
        if login is None:
            return self.url
        parts = conninfo_to_dict(libpq_url(self.url))
        return normalise_url(make_conninfo("", **{**parts, "user": login, "password": PASSWORD}))

    def create_login(self, name: str, *roles: str) -> str:
        """Create a login, member of the roles, and return its name.

        Roles belong to the whole server: the name is made unique by the database's.
        """
        login = f"{name.lower()}_{self.name}"
        with self.cluster.admin() as connection:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(login), sql.Literal(PASSWORD)
                )
            )
            for role in roles:
                connection.execute(
                    sql.SQL("GRANT {} TO {}").format(sql.Identifier(role), sql.Identifier(login))
                )
        self._logins.append(login)
        return login

    def register(self, system: str, kind: str, warehouses: Sequence[str] = ()) -> str:
        """Create a login, tie it to a sender as a DBA would, and return its name."""
        login = self.create_login(system)
        with psycopg.connect(libpq_url(self.url), autocommit=True) as connection:
            connection.execute(
                "SELECT ops.register_system(%s, %s, %s, %s::text[])",
                (login, system, kind, list(warehouses)),
            )
        return login

    def close(self) -> None:
        """Close what the test left open and drop the database with its logins."""
        for connection in self._connections:
            connection.close()
        self.cluster.drop(self.name, self._logins)


def shared_folder(base: Path, run_id: str) -> Path:
    """Return the folder that all test processes of one run share."""
    folder = base / f"cluster-{run_id}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def remove_folder(folder: Path) -> None:
    """Delete the run's folder when nobody uses it any more."""
    if not (folder / "cluster.json").exists():
        shutil.rmtree(folder, ignore_errors=True)


def _docker_answers() -> bool:
    """Return whether a Docker engine answers; a client without one, or a hanging one, does not."""
    try:
        asked = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],
            check=False,
            capture_output=True,
            timeout=5,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _start_container() -> dict[str, str] | None:
    """Start PostgreSQL in a container, or return None where no Docker engine answers."""
    if not _docker_answers():
        return None
    # The last test process removes the container; the library's own reaper would take it away as
    # soon as the process that started it ends.
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"
    from docker.errors import DockerException
    from testcontainers.community.postgres import PostgresContainer

    try:
        container = PostgresContainer(IMAGE, username="postgres", password=PASSWORD, driver=None)
        container.with_command("postgres -c fsync=off -c jit=off -c max_connections=100")
        container.start()
    except DockerException as exc:
        # An engine without a way to the image: the embedded server does as well.
        sys.stderr.write(f"no container ({exc}); using the embedded server\n")
        return None
    return {
        "kind": "container",
        "url": normalise_url(container.get_connection_url()),
        "id": container.get_wrapped_container().id,
    }


def _remove_container(container_id: str) -> None:
    import docker

    client = docker.from_env(timeout=30)
    client.containers.get(container_id).remove(force=True, v=True)
    client.close()
