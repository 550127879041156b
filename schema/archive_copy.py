"""Render the statements that read and write months of the archive, from the archive's tables.

Values travel as text: what PostgreSQL prints and reads is exact for every type. A month is read by
its primary key, some thousand rows at a time, each time in a short transaction: an export of hours
holds no old snapshot.
"""

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

from schema.sql import Statement
from schema.tables import archive, staging

TABLES: dict[str, Table] = {table.name: table for table in archive.TABLES}

#: Columns that a sender filled, as it liked.
SENT = frozenset(name for name, _, _ in (*staging.HEADER_BASE, *staging.LINE_BASE))


def columns(table: str) -> tuple[str, ...]:
    """Return the columns of a table of the archive, in its order."""
    return tuple(column.name for column in TABLES[table].columns)


def key(table: str) -> tuple[str, ...]:
    """Return the columns by which the rows of a table are read, in their order."""
    return tuple(column.name for column in TABLES[table].primary_key.columns)


def type_of(table: str, column: str) -> str:
    """Return the type of a column as PostgreSQL names it."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return str(TABLES[table].columns[column].type.compile(dialect=dialect))


def read(table: str, *, first: bool) -> Statement:
    """Return what reads the next rows of a month by key, as text.

    Parameters: since, before (the month), rows, and unless it is the first look the columns of
    the last key that was read, as text.
    """
    listed = ", ".join(f"CAST(t.{name} AS text) AS {name}" for name in columns(table))
    ordered = ", ".join(f"t.{name}" for name in key(table))
    after = ", ".join(
        f"CAST(CAST(:{name} AS text) AS {type_of(table, name)})" for name in key(table)
    )
    beyond = "" if first else f"\n    AND ({ordered}) > ({after})"
    text = (
        f"SELECT {listed}\nFROM archive.{table} AS t\n"
        f"WHERE t.finished_at >= :since AND t.finished_at < :before{beyond}\n"
        f"ORDER BY {ordered}\nLIMIT :rows"
    )
    parameters = {"since", "before", "rows"} | (set() if first else set(key(table)))
    return Statement(f"archive_read_{table}", "", text, frozenset(parameters))


def write(table: str, names: Sequence[str]) -> Statement:
    """Return what inserts rows; each column is a parameter, an array of text.

    ``names`` are the columns that there are values for; an export of an older schema has fewer.

    Raises `ValueError` for a column that the table does not have.
    """
    unknown = sorted(set(names) - set(columns(table)))
    if unknown:
        raise ValueError(f"archive.{table} has no column {', '.join(unknown)}")
    cast = ", ".join(f"CAST(u.{name} AS {type_of(table, name)})" for name in names)
    arrays = ", ".join(f"CAST(:{name} AS text [])" for name in names)
    listed = ", ".join(names)
    text = (
        f"INSERT INTO archive.{table} ({listed})\nSELECT {cast}\n"
        f"FROM unnest({arrays}) AS u ({listed})"
    )
    return Statement(f"archive_write_{table}", "", text, frozenset(names))
