"""Tell Alembic where the revision is kept and how to reach the database.

`sync.migrate` is the way in: it opens the transaction, takes the lock and hands over the
connection.
"""

from alembic import context
from sqlalchemy import Connection, text

from sync.migrate import VERSION_SCHEMA, VERSION_TABLE


def run_online(connection: Connection) -> None:
    """Migrate inside the transaction that the caller opened."""
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS ops"))
    context.configure(
        connection=connection,
        version_table=VERSION_TABLE,
        version_table_schema=VERSION_SCHEMA,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def run_offline() -> None:
    """Print the SQL."""
    context.configure(
        dialect_name="postgresql",
        version_table=VERSION_TABLE,
        version_table_schema=VERSION_SCHEMA,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.get_context().impl.static_output(
            "SET LOCAL lock_timeout = '5s';\nSET LOCAL statement_timeout = '10min';\n\n"
            "CREATE SCHEMA IF NOT EXISTS ops;"
        )
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online(context.config.attributes["connection"])
