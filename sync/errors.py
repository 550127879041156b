"""Split failures by what the caller does next.

Bad business data is a row (`message_error`), never an exception. An exception says that a program
or its surroundings failed, and its class says what to do: mend the configuration, migrate, try
again, give up, or call the makers. Each class carries the exit code of the command line.
"""

from __future__ import annotations

from typing import ClassVar, Final, Literal

import psycopg
import sqlalchemy.exc

EXIT_OK: Final = 0
EXIT_BAD_ANSWER: Final = 1
EXIT_CONFIGURATION: Final = 2
EXIT_CONTRACT: Final = 3
EXIT_REFUSED: Final = 4
EXIT_NOT_VALID: Final = 5
EXIT_INVARIANT: Final = 70
EXIT_TRANSIENT: Final = 75


class CrossdockError(Exception):
    """Carry one clear line for the operator and the exit code that belongs to it."""

    exit_code: ClassVar[int] = EXIT_INVARIANT


class ConfigurationError(CrossdockError):
    """A setting or an argument is wrong: mend it and start again (exit 2)."""

    exit_code = EXIT_CONFIGURATION


class ContractError(CrossdockError):
    """The database and this program do not fit together (exit 3)."""

    exit_code = EXIT_CONTRACT


class SchemaRevisionError(ContractError):
    """The database's schema revision is unknown, missing or not the newest (exit 3)."""


class PermanentError(CrossdockError):
    """Trying again gives the same answer (exit 4)."""

    exit_code = EXIT_REFUSED


class RefusedError(PermanentError):
    """The database refused a step that is not legal (exit 4)."""


class NotFoundError(PermanentError):
    """The thing that was named does not exist (exit 4)."""


class TransientError(CrossdockError):
    """Trying again later may well succeed (exit 75)."""

    exit_code = EXIT_TRANSIENT


class DatabaseUnreachableError(TransientError):
    """No connection to the database could be made or kept (exit 75)."""


class LostRace(TransientError):  # noqa: N818 - the engine's word for it, and no fault
    """A row changed between its unlocked read and its guarded update: read afresh and try again."""


class InvariantError(CrossdockError):
    """Something that cannot be is so: stop and report it (exit 70)."""

    exit_code = EXIT_INVARIANT


Verdict = Literal["transient", "permanent"]

# One table for all of SQLSTATE: an exact code wins over its class, a class over the default.
# https://www.postgresql.org/docs/current/errcodes-appendix.html
VERDICT_BY_CODE: Final[dict[str, Verdict]] = {
    "25P03": "transient",  # idle_in_transaction_session_timeout
    "25P04": "transient",  # transaction_timeout
    "25006": "transient",  # read_only_sql_transaction: connected to a standby during a failover
    "40002": "permanent",  # transaction_integrity_constraint_violation: bad data, not a race
    "55P03": "transient",  # lock_not_available: lock_timeout
    "55006": "transient",  # object_in_use
    "57014": "transient",  # query_canceled: statement_timeout
    "57P01": "transient",  # admin_shutdown
    "57P02": "transient",  # crash_shutdown
    "57P03": "transient",  # cannot_connect_now
    "57P05": "transient",  # idle_session_timeout
    "58030": "transient",  # io_error
    "53400": "permanent",  # configuration_limit_exceeded: the same next time
}
VERDICT_BY_CLASS: Final[dict[str, Verdict]] = {
    "08": "transient",  # connection exceptions
    "40": "transient",  # serialization failure, deadlock
    "53": "transient",  # out of memory, disk full, too many connections
}

# After these the connection is gone, whatever the statement was.
CONNECTION_LOST: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})


def sqlstate(exc: BaseException) -> str | None:
    """Return the SQLSTATE that PostgreSQL gave, or None when it gave none.

    Looks through SQLAlchemy's wrapper and the chain of causes.
    """
    seen: set[int] = set()
    current: BaseException | None = exc
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if isinstance(current, sqlalchemy.exc.DBAPIError) and current.orig is not None:
            current = current.orig
            continue
        if isinstance(current, psycopg.Error):
            return current.sqlstate
        current = current.__cause__
    return None


def verdict(code: str) -> Verdict:
    """Return whether a statement that failed with this SQLSTATE may succeed when repeated."""
    return VERDICT_BY_CODE.get(code) or VERDICT_BY_CLASS.get(code[:2]) or "permanent"


def is_transient(exc: BaseException) -> bool:
    """Return whether the whole transaction is worth another try."""
    if isinstance(exc, CrossdockError):
        return isinstance(exc, TransientError)
    code = sqlstate(exc)
    if code is not None:
        return verdict(code) == "transient"
    return isinstance(exc, sqlalchemy.exc.TimeoutError) or is_connection_lost(exc)


def is_connection_lost(exc: BaseException) -> bool:
    """Return whether the connection itself failed, so that the database has to be waited for."""
    if isinstance(exc, DatabaseUnreachableError):
        return True
    code = sqlstate(exc)
    if code is not None:
        return code[:2] == "08" or code in CONNECTION_LOST
    if isinstance(exc, sqlalchemy.exc.DBAPIError):
        if exc.connection_invalidated:
            return True
        return exc.orig is not None and is_connection_lost(exc.orig)
    # psycopg raises it without a SQLSTATE when the socket breaks or no server answers.
    return isinstance(exc, psycopg.OperationalError)


def describe(exc: BaseException) -> str:
    """Return the failure as one line without statement, parameters or traceback."""
    if isinstance(exc, sqlalchemy.exc.DBAPIError) and exc.orig is not None:
        return describe(exc.orig)
    if isinstance(exc, psycopg.Error) and exc.diag.message_primary:
        hint = f" ({exc.diag.message_hint})" if exc.diag.message_hint else ""
        return f"{exc.diag.message_primary}{hint} [{exc.sqlstate}]"
    text = " ".join(str(exc).split())
    return text or type(exc).__name__
