"""Write messages in the ways that real senders write them.

Only plain SQL on the contract's views: nothing but INSERT, INSERT .. SELECT and COPY into a
temporary table. The actors are outsiders with connections of their own, so this is the one place
beside the store that sends SQL, and it knows no table of crossdock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier, Placeholder
from psycopg.types.json import Json, Jsonb

# Columns by name; what a column holds is the view's business.
Row = Mapping[str, Any]
Conn = Connection[TupleRow]


class Shape(Enum):
    """Name the ways to write one message; the value says it for people."""

    SINGLE = "one transaction, one INSERT per row"
    MULTI_ROW = "one transaction, one INSERT with many rows"
    SELECT = "one transaction, INSERT .. SELECT"
    IF_NEW = "one transaction, ON CONFLICT DO NOTHING"
    HEADER_FIRST = "header with line_count first, lines in further transactions"
    BULK = "bulk load: COPY to a temporary table, INSERT .. SELECT"
    LINES_FIRST = "lines first, header with line_count in a later transaction"


@dataclass(frozen=True, slots=True)
class Message:
    """Hold one message as its sender writes it.

    ``header`` and ``lines`` hold columns of the view by name; lines need neither ``message_id``
    nor ``warehouse_code``, they are taken from the header.
    """

    view: str
    header: Row
    lines: Sequence[Row] = field(default=())

    @property
    def message_id(self) -> str:
        """Return the sender's id of this message."""
        return str(self.header["message_id"])

    def full_lines(self) -> list[Row]:
        """Return the lines with the envelope columns that they share with the header."""
        envelope = {
            "message_id": self.header["message_id"],
            "warehouse_code": self.header.get("warehouse_code"),
        }
        return [{**envelope, **line} for line in self.lines]

    def again(self, message_id: str, **changed: object) -> Message:
        """Return the same message under another id, with header columns changed."""
        return Message(
            self.view, {**self.header, "message_id": message_id, **changed}, tuple(self.lines)
        )


def write(conn: Conn, schema: str, message: Message, shape: Shape) -> int:
    """Write a message in a shape and commit; return how many rows the database took.

    Raises: psycopg.Error as the server says it; the open transaction is rolled back.
    """
    header, lines, view = message.header, message.full_lines(), message.view
    if shape in (Shape.HEADER_FIRST, Shape.LINES_FIRST) and lines:
        return _write_apart(conn, schema, message, shape)
    line_view = f"{view}_line"
    with conn.transaction():
        if shape is Shape.SELECT:
            written = insert_select(conn, schema, view, [header])
            return written + insert_select(conn, schema, line_view, lines)
        if_new = shape is Shape.IF_NEW
        written = insert(conn, schema, view, [header], if_new=if_new)
        if shape is Shape.SINGLE:
            return written + sum(insert(conn, schema, line_view, [line]) for line in lines)
        return written + insert(conn, schema, line_view, lines, if_new=if_new)


def _write_apart(conn: Conn, schema: str, message: Message, shape: Shape) -> int:
    lines, line_view = message.full_lines(), f"{message.view}_line"
    # A count that the sender has given stands, also a wrong one.
    header = {"line_count": len(lines), **message.header}
    half = (len(lines) + 1) // 2
    steps: list[tuple[str, list[Row]]] = [
        (line_view, lines[:half]),
        (line_view, lines[half:]),
    ]
    steps.insert(0 if shape is Shape.HEADER_FIRST else 2, (message.view, [header]))
    written = 0
    for view, rows in steps:
        with conn.transaction():
            written += insert(conn, schema, view, rows)
    return written


def insert(conn: Conn, schema: str, view: str, rows: Sequence[Row], *, if_new: bool = False) -> int:
    """Insert rows into a view with one statement; 0 rows are no statement."""
    if not rows:
        return 0
    columns = _columns(rows)
    one = SQL("({})").format(SQL(", ").join([Placeholder()] * len(columns)))
    statement = _insert_into(schema, view, columns)
    statement += SQL(" VALUES {}").format(SQL(", ").join([one] * len(rows)))
    if if_new:
        statement += SQL(" ON CONFLICT DO NOTHING")
    values = [_value(row.get(column)) for row in rows for column in columns]
    return conn.execute(statement, values).rowcount


def insert_select(conn: Conn, schema: str, view: str, rows: Sequence[Row]) -> int:
    """Insert rows with INSERT .. SELECT, as a sender does from an outbox of its own."""
    if not rows:
        return 0
    columns = _columns(rows)
    statement = _insert_into(schema, view, columns)
    statement += SQL(
        " SELECT {} FROM jsonb_populate_recordset(CAST(NULL AS {}), CAST(%s AS jsonb))"
    ).format(_list(columns), Identifier(schema, view))
    payload = [{column: _text(row.get(column)) for column in columns} for row in rows]
    return conn.execute(statement, [Json(payload)]).rowcount


def bulk_load(conn: Conn, schema: str, view: str, rows: Sequence[Row]) -> int:
    """Load many rows: COPY into a temporary table shaped like the view, then INSERT .. SELECT.

    The caller's transaction is used, so a header and its lines can be loaded together.
    """
    if not rows:
        return 0
    columns = _columns(rows)
    own = Identifier(f"own_{view}")
    conn.execute(
        SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
            own, _list(columns), Identifier(schema, view)
        )
    )
    with (
        conn.cursor() as cursor,
        cursor.copy(SQL("COPY {} ({}) FROM STDIN").format(own, _list(columns))) as copy,
    ):
        for row in rows:
            copy.write_row([_value(row.get(column)) for column in columns])
    statement = _insert_into(schema, view, columns)
    statement += SQL(" SELECT {} FROM {}").format(_list(columns), own)
    return conn.execute(statement).rowcount


def _insert_into(schema: str, view: str, columns: Sequence[str]) -> Composed:
    return SQL("INSERT INTO {} ({})").format(Identifier(schema, view), _list(columns))


def _columns(rows: Sequence[Row]) -> list[str]:
    """Return the columns that any row names, in order of first use."""
    return list(dict.fromkeys(column for row in rows for column in row))


def _list(columns: Sequence[str]) -> Composed:
    return SQL(", ").join(Identifier(column) for column in columns)


def _value(value: object) -> object:
    return Jsonb(value) if isinstance(value, dict) else value


def _text(value: object) -> object:
    """Return a JSON form that keeps every digit: numbers and times travel as text."""
    return value if value is None or isinstance(value, (bool, dict)) else str(value)
