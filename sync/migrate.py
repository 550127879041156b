"""Bring a database to the newest schema revision, or say why it cannot be.

All pending migrations run in one transaction. A transaction-level advisory lock lets one migrator
at a time through, and `lock_timeout` keeps a migration from queueing in front of the senders.
"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, pool, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from sync.config import normalise_url
from sync.errors import (
    ConfigurationError,
    DatabaseUnreachableError,
    SchemaRevisionError,
    TransientError,
    describe,
    is_connection_lost,
    is_transient,
    sqlstate,
)

VERSION_SCHEMA: Final = "ops"
VERSION_TABLE: Final = "alembic_version"
# Any fixed number will do; advisory locks are per database.
ADVISORY_KEY: Final = 7_102_030
# Alembic keeps the running migration in module globals: one at a time in a process.
_ALEMBIC: Final = threading.Lock()
LOCK_TIMEOUT: Final = timedelta(seconds=5)
MIGRATOR_TIMEOUT: Final = timedelta(minutes=2)
STATEMENT_TIMEOUT: Final = timedelta(minutes=10)


def script_folder() -> Path:
    """Return the folder of the migrations: inside an installed wheel, else in the project."""
    packaged = Path(__file__).parent / "_migrations"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "migrations"


def head() -> str:
    """Return the newest revision that this program knows."""
    newest = _scripts().get_current_head()
    if newest is None:
        raise SchemaRevisionError("this crossdock brings no migrations")
    return newest


def current(url: str) -> str | None:
    """Return the revision of the database, or None when crossdock is not installed in it.

    Raises:
        DatabaseUnreachableError: no connection.
        ConfigurationError: the login may not read it.

    """
    with _connected(url) as connection:
        try:
            return _current(connection)
        except DBAPIError as exc:
            if sqlstate(exc) == "42501":
                login = make_url(normalise_url(url)).username
                raise ConfigurationError(
                    f"login {login} may not read the schema revision ({describe(exc)}); as the "
                    f'owner of the database GRANT crossdock_daemon TO "{login}" for a daemon, '
                    "or crossdock_dba for a person"
                ) from exc
            raise


def check(url: str) -> str:
    """Return the revision of the database when it is the one that this program needs.

    Raises:
        SchemaRevisionError: it is missing, older or unknown; the text says what to do.
        DatabaseUnreachableError: no connection.

    """
    found = current(url)
    if found is None:
        raise SchemaRevisionError("the database holds no crossdock schema; run `crossdock migrate`")
    _refuse_unknown(found)
    if found != head():
        raise SchemaRevisionError(
            f"the database is at revision {found} and this crossdock needs {head()}; "
            "run `crossdock migrate`"
        )
    return found


def upgrade(
    url: str, *, revision: str = "head", lock_timeout: timedelta = LOCK_TIMEOUT
) -> tuple[str | None, str]:
    """Migrate and return the revisions before and after.

    Raises:
        SchemaRevisionError: the database has, or the caller named, an unknown revision.
        ConfigurationError: the login lacks a privilege.
        TransientError: a lock was not given in time, or another migrator holds on.
        DatabaseUnreachableError: no connection.

    """
    if revision != "head":
        _refuse_unknown(revision)
    with _connected(url) as connection:
        try:
            _limit(connection, "statement_timeout", STATEMENT_TIMEOUT)
            _limit(connection, "lock_timeout", MIGRATOR_TIMEOUT)
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_KEY})
            _limit(connection, "lock_timeout", lock_timeout)
            before = _current(connection)
            if before is not None:
                _refuse_unknown(before)
            config = _config()
            config.attributes["connection"] = connection
            with _ALEMBIC:
                command.upgrade(config, revision)
            after = _current(connection)
            connection.commit()
        except DBAPIError as exc:
            raise _migration_failure(exc) from exc
    if after is None:
        raise SchemaRevisionError("the migrations left no revision behind")
    return before, after


def offline_sql(*, revision: str = "head") -> str:
    """Return the SQL of all migrations from nothing to the revision, for a DBA to read or run."""
    if revision != "head":
        _refuse_unknown(revision)
    printed = io.StringIO()
    config = _config()
    config.output_buffer = printed
    with _ALEMBIC:
        command.upgrade(config, revision, sql=True)
    return printed.getvalue()


def execute_file(name: str) -> None:
    """Run one frozen SQL file from inside a revision, online or printed.

    The file goes to the server as it is: no parameters, no templating.
    """
    script = (script_folder() / "sql" / name).read_text(encoding="utf-8")
    context = op.get_context()
    if context.as_sql:
        context.impl.static_output(script)
        return
    connection = op.get_bind()
    # Without parameters psycopg sends the text in one piece, so it may hold many statements, and
    # neither a colon nor a percent sign means anything.
    connection.execution_options(no_parameters=True).exec_driver_sql(script)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(script_folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE, schema=VERSION_SCHEMA):
        return None
    context = MigrationContext.configure(
        connection,
        opts={"version_table": VERSION_TABLE, "version_table_schema": VERSION_SCHEMA},
    )
    return context.get_current_revision()


def _refuse_unknown(revision: str) -> None:
    if revision not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaRevisionError(
            f"schema revision {revision} is unknown to this crossdock (it knows up to {head()}); "
            "use the crossdock that made it, or a newer one"
        )


@contextlib.contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(
        normalise_url(url),
        poolclass=pool.NullPool,
        connect_args={"application_name": "crossdock migrate", "connect_timeout": 10},
    )
    try:
        connection = engine.connect()
    except DBAPIError as exc:
        if is_connection_lost(exc):
            raise DatabaseUnreachableError(f"database unreachable: {describe(exc)}") from exc
        raise ConfigurationError(describe(exc)) from exc
    with connection:
        yield connection


def _limit(connection: Connection, setting: str, limit: timedelta) -> None:
    milliseconds = int(limit.total_seconds() * 1000)
    connection.execute(
        text("SELECT set_config(:setting, :limit, true)"),
        {"setting": setting, "limit": f"{milliseconds}ms"},
    )


def _migration_failure(exc: DBAPIError) -> Exception:
    reason = f"migration failed, nothing was changed: {describe(exc)}"
    if sqlstate(exc) == "42501":
        return ConfigurationError(f"{reason}; migrate as the owner of the database with CREATEROLE")
    return TransientError(reason) if is_transient(exc) else SchemaRevisionError(reason)
