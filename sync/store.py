"""Open connections and transactions, and execute named statements: the only module that does.

Statements come by name from `schema.statements`; nobody builds SQL elsewhere.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Connection, Engine, Row, create_engine, event
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import DBAPIError

from schema.sql import PARAMETER, Statement
from schema.statements import at_most, statements
from sync.config import Settings, normalise_url
from sync.errors import DatabaseUnreachableError, is_connection_lost

#: Set once for each session. jit off: it costs 100 ms to compile what runs in 2. Custom plans: the
#: work tables are of another size in each batch, and a generic claim does not know its LIMIT; it
#: sorted all open messages (90 ms for 1,000 of 20,000, with custom plans 15). Random pages cost
#: little: what a batch probes is the working set. Time zone and date style fixed: contents are
#: hashed as text.
_SESSION = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "jit": "off",
    "random_page_cost": "1.1",
    "plan_cache_mode": "force_custom_plan",
    "client_min_messages": "warning",
}


#: A session for batches of a few messages: 33 statements, each one cheap, so that planning them is
#: most of the work (13 of 26 ms for one message). Cached generic plans end that, and they stay
#: valid only while nobody truncates the work tables, which alone took 38 ms. Dear pages make plans
#: that probe the books for a handful of rows instead of reading a middling table whole.
_QUICK_SESSION = {"plan_cache_mode": "force_generic_plan", "seq_page_cost": "4"}
#: After batches of so many messages and lines a quick session gives back the room of its deleted
#: rows (6 ms, and 22 for plans that are made anew); each batch counts as 100 at least. Deleted rows
#: cost little: the 400th batch of one takes as long as the first, the 14th of 500 5 % longer.
TIDY_AFTER = 20_000
#: More than all statements of the main road: one that falls out is planned anew.
_PREPARED_AT_MOST = 500


@cache
def _driver_text(sql: str) -> str:
    """Return a statement as psycopg takes it; SQLAlchemy's own form costs 30 us at each call."""
    return PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


class Transaction:
    """Run named statements on one connection, inside one transaction."""

    def __init__(self, connection: Connection, *, is_quick: bool = False) -> None:
        self.connection = connection
        self.statement_count = 0
        self.is_quick = is_quick
        self.kept_rows = 0  # messages and lines that it left in work tables
        self.had_tables = False  # its session had work tables before
        self.is_void = False  # it wrote nothing worth a commit

    def execute(self, name: str, **params: Any) -> CursorResult[Any]:
        """Execute the statement ``name``; parameters it does not have are ignored.

        Raises `KeyError` for an unknown name, SQLAlchemy's errors for what the server refuses.
        """
        return self.execute_statement(statements()[name], params)

    def execute_statement(self, statement: Statement, params: dict[str, Any]) -> CursorResult[Any]:
        """Execute a statement with those of the parameters that it has."""
        self.statement_count += 1
        used = {key: value for key, value in params.items() if key in statement.parameters}
        return self.connection.exec_driver_sql(_driver_text(statement.text), used)

    def limited(self, name: str, limit: int, **params: Any) -> CursorResult[Any]:
        """Execute a statement that takes a ``limit``; a quick session's plans have to know it."""
        if self.is_quick:
            return self.execute_statement(at_most(name, limit), params)
        return self.execute(name, limit=limit, **params)

    def run(self, name: str, **params: Any) -> int:
        """Execute the statement and return the number of rows it wrote."""
        return self.execute(name, **params).rowcount

    def rows(self, name: str, **params: Any) -> Sequence[Row[Any]]:
        """Execute the statement and return its rows, in its order."""
        return self.execute(name, **params).all()

    @contextmanager
    def stream(
        self, name: str, *, rows_at_once: int = 2000, **params: Any
    ) -> Iterator[tuple[list[str], Iterator[Row[Any]]]]:
        """Execute the statement and lend its column names and its rows as they come.

        A cursor on the server: the memory of this process does not grow with the answer.
        """
        statement = statements()[name]
        self.statement_count += 1
        used = {key: value for key, value in params.items() if key in statement.parameters}
        options = {"stream_results": True, "yield_per": rows_at_once}
        result = self.connection.exec_driver_sql(
            _driver_text(statement.text), used, execution_options=options
        )
        try:
            yield list(result.keys()), iter(result)
        finally:
            result.close()

    def one(self, name: str, **params: Any) -> Row[Any]:
        """Execute the statement and return its only row."""
        return self.execute(name, **params).one()

    @contextmanager
    def rolled_back(self) -> Iterator[None]:
        """Undo what the block writes, whatever becomes of it; the transaction goes on."""
        savepoint = self.connection.begin_nested()
        try:
            yield
        finally:
            savepoint.rollback()

    def scalar(self, name: str, **params: Any) -> Any:
        """Execute the statement and return the first column of its first row, or None."""
        return self.execute(name, **params).scalar()


class Store:
    """Hold the connection pool of one database."""

    def __init__(
        self,
        url: str,
        *,
        application_name: str = "crossdock",
        pool_size: int = 5,
        settings: Settings | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self._application_name = application_name
        self._pool_size = pool_size
        self.engine: Engine = self._create_engine(url, {})
        # Behind a pooler a session is nobody's: its plans and work tables may be another one's.
        self._quick_engine = (
            None if self.settings.pooled else self._create_engine(url, _QUICK_SESSION)
        )

    @property
    def engines(self) -> tuple[Engine, ...]:
        """Return the pools: of sessions for bulk, and of quick ones where they are kept."""
        return (self.engine, self._quick_engine) if self._quick_engine else (self.engine,)

    def _create_engine(self, url: str, session: dict[str, str]) -> Engine:
        engine = create_engine(
            normalise_url(url),
            pool_size=self._pool_size,
            max_overflow=5,
            pool_pre_ping=False,
            connect_args={
                "application_name": self._application_name,
                # Behind a pooler the next transaction may meet a server that never saw the plan.
                "prepare_threshold": None if self.settings.pooled else 1,
            },
        )
        if self.settings.pooled:
            event.listen(engine, "begin", self._prepare_transaction)
        else:
            event.listen(engine, "connect", lambda one, _: self._prepare_session(one, session))
        return engine

    def _session(self) -> dict[str, str]:
        """Return what holds for all work, by setting."""
        chosen = self.settings
        limits = {
            "statement_timeout": chosen.statement_timeout,
            "lock_timeout": chosen.lock_timeout,
            "idle_in_transaction_session_timeout": chosen.idle_in_transaction_timeout,
        }
        return _SESSION | {
            name: str(round(limit.total_seconds() * 1000)) for name, limit in limits.items()
        }

    def _prepare_session(self, connection: Any, session: dict[str, str]) -> None:
        connection.prepared_max = _PREPARED_AT_MOST
        with connection.cursor() as cursor:
            for name, value in (self._session() | session).items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()

    def _prepare_transaction(self, connection: Connection) -> None:
        """Set the same for one transaction: the server's session is shared with others."""
        settings = self._session()
        calls = ", ".join(["set_config(%s, %s, true)"] * len(settings))
        values = tuple(part for pair in settings.items() for part in pair)
        connection.exec_driver_sql(f"SELECT {calls}", values)

    @contextmanager
    def transaction(
        self, *, one_snapshot: bool = False, quick: bool = False
    ) -> Iterator[Transaction]:
        """Yield a transaction; commit at the end, roll back when an exception leaves it.

        ``one_snapshot``: all its statements see the database as its first one does. ``quick``: for
        a few rows, in a session that keeps its plans; behind a pooler there is none.

        Raises `DatabaseUnreachableError` when no connection can be made.
        """
        engine = self._quick_engine if quick and self._quick_engine else self.engine
        is_quick = engine is self._quick_engine
        connection = _connect(engine)
        with connection:
            if one_snapshot:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin() as transaction:
                tx = Transaction(connection, is_quick=is_quick)
                yield tx
                if tx.is_void:
                    transaction.rollback()
            if is_quick and tx.kept_rows:
                _tidy(connection, tx.kept_rows)

    @contextmanager
    def look(self) -> Iterator[Transaction]:
        """Yield a quick session in which each statement stands alone: for looks that write nothing.

        Without BEGIN and COMMIT a look costs a third; many are taken each second, idle or not.

        Raises `DatabaseUnreachableError` when no connection can be made.
        """
        if self._quick_engine is None:
            with self.transaction() as tx:
                yield tx
            return
        with _connect(self._quick_engine) as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            yield Transaction(connection, is_quick=True)

    def now(self) -> datetime:
        """Return the database's clock."""
        with self.look() as tx:
            return cast("datetime", tx.scalar("read_clock"))

    def close(self) -> None:
        """Close every connection."""
        for engine in self.engines:
            engine.dispose()


def _connect(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except DBAPIError as exc:
        if is_connection_lost(exc):
            raise DatabaseUnreachableError(str(exc.orig).strip()) from exc
        raise


def _tidy(connection: Connection, kept_rows: int) -> None:
    """Truncate a quick session's work tables now and then: each look walks over deleted rows.

    VACUUM is cheaper, but it tells the planner how many rows it saw, and plans are kept: after
    batches of one message the next of 500 took 650 ms. A truncated table is unknown, not empty.
    """
    kept = connection.info.get("kept_rows", 0) + max(kept_rows, 100)
    if kept >= TIDY_AFTER:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        used = connection.exec_driver_sql(statements()["find_used_tables"].text).scalars().all()
        if used:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(used)}")
        kept = 0
    connection.info["kept_rows"] = kept
