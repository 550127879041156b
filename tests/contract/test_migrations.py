"""Migrations: frozen, safe to run twice and at once, and honest about what they do not know."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import psycopg
import pytest

from migrations.freeze import TARGET, rendered
from sync import migrate
from sync.config import libpq_url
from sync.errors import ConfigurationError, DatabaseUnreachableError, SchemaRevisionError
from tests.support.cluster import Database


def test_the_first_migration_is_what_the_schema_renders() -> None:
    """A change of schema/ without `make freeze` shows here."""
    assert TARGET.read_text(encoding="utf-8") == rendered()


def test_an_empty_database_reaches_the_newest_revision_and_stays(empty_database: Database) -> None:
    """The second run changes nothing."""
    assert migrate.current(empty_database.url) is None
    assert migrate.upgrade(empty_database.url) == (None, migrate.head())
    assert migrate.upgrade(empty_database.url) == (migrate.head(), migrate.head())
    assert migrate.check(empty_database.url) == migrate.head()


def test_two_migrations_at_once_are_one(empty_database: Database) -> None:
    """The second waits for the first and then finds nothing to do."""
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        runs = list(pool.map(migrate.upgrade, [empty_database.url] * 2))
    assert sorted(run[0] or "" for run in runs) == ["", migrate.head()]


def test_two_databases_of_one_server_migrate_at_once(
    empty_database: Database, cluster: object
) -> None:
    """Roles belong to the server: the loser of the race accepts those that exist."""
    assert hasattr(cluster, "empty")
    second: Database = cluster.empty()
    try:
        with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
            runs = list(pool.map(migrate.upgrade, [empty_database.url, second.url]))
        assert runs == [(None, migrate.head())] * 2
    finally:
        second.close()


def test_a_revision_of_the_future_is_refused(database: Database) -> None:
    """An old program does not touch a newer database: exit 3, for the daemon and the migrator."""
    with database.connect() as connection:
        connection.execute("UPDATE ops.alembic_version SET version_num = '9999_future'")
    for attempt in (migrate.check, migrate.upgrade):
        with pytest.raises(SchemaRevisionError, match="9999_future is unknown") as caught:
            attempt(database.url)
        assert caught.value.exit_code == 3


def test_a_missing_schema_is_said_with_the_remedy(empty_database: Database) -> None:
    """The daemon does not start on a database that nobody migrated."""
    with pytest.raises(SchemaRevisionError, match="run `crossdock migrate`"):
        migrate.check(empty_database.url)


def test_an_unknown_target_revision_is_refused(empty_database: Database) -> None:
    """A mistyped revision changes nothing."""
    with pytest.raises(SchemaRevisionError, match="nonsense is unknown"):
        migrate.upgrade(empty_database.url, revision="nonsense")
    assert migrate.current(empty_database.url) is None


def test_a_failed_migration_leaves_nothing_behind(empty_database: Database) -> None:
    """An object in the way: one line of reason, and the database as it was."""
    with empty_database.connect() as connection:
        connection.execute("CREATE SCHEMA staging")
    with pytest.raises(SchemaRevisionError, match=r"nothing was changed.*staging"):
        migrate.upgrade(empty_database.url)
    with empty_database.connect() as connection:
        found = connection.execute(
            "SELECT count(*) FROM pg_namespace WHERE nspname IN ('ops', 'book', 'erp_v1')"
        ).fetchone()
    assert found == (0,)


def test_the_printed_sql_builds_the_same_database(empty_database: Database) -> None:
    """`crossdock migrate --sql` is for the DBA who runs it by hand."""
    printed = migrate.offline_sql()
    with psycopg.connect(libpq_url(empty_database.url), autocommit=True) as connection:
        connection.execute(printed.encode())
    assert migrate.check(empty_database.url) == migrate.head()


def test_a_login_without_rights_is_told_so(empty_database: Database) -> None:
    """The reason is a missing privilege, and nothing was changed."""
    login = empty_database.create_login("nobody")
    with pytest.raises(ConfigurationError, match="CREATEROLE"):
        migrate.upgrade(empty_database.login_url(login))


def test_no_server_is_unreachable() -> None:
    """Exit 75: trying again later may help."""
    with pytest.raises(DatabaseUnreachableError) as caught:
        migrate.current("postgresql://postgres@127.0.0.1:1/nothing")
    assert caught.value.exit_code == 75
