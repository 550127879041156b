"""Send built documents through the contract views of one schema, as one login."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.sql import SQL, Composed, Identifier, Placeholder
from psycopg.types.json import Jsonb

from tests.support.builders import Columns, Document, Documents
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_wms import WmsDocuments

Row = dict[str, Any]


class Shape(Enum):
    """Name the transaction shapes in which a message may be written."""

    TOGETHER = "one transaction, one INSERT for each view"
    ROW_BY_ROW = "one transaction, one INSERT for each row"
    SAVEPOINTS = "one transaction, every INSERT in a savepoint"
    IF_NEW = "one transaction, ON CONFLICT DO NOTHING"
    HEADER_FIRST = "header with line_count first, each line in a transaction of its own"
    LINES_FIRST = "each line in a transaction of its own, then the header with line_count"


class Sender(Documents):
    """Insert documents through the views of one schema as one login."""

    def __init__(self, connection: Connection[Any], schema: str, prefix: str) -> None:
        super().__init__(prefix)
        self.connection = connection
        self.schema = schema

    def emit(self, document: Document) -> Document:
        """Insert a document that was just built, in one transaction."""
        self.send(document)
        return document

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write everything of the block in one transaction."""
        with self.connection.transaction():
            yield

    def send(self, document: Document, shape: Shape = Shape.TOGETHER) -> int:
        """Insert a document in a shape; return how many rows were taken.

        Raises: psycopg.Error as the sender sees it, 23505 for a message_id that was used before.
        """
        header, lines = header_row(document), line_rows(document)
        line_view = f"{document.view}_line"
        if lines and shape in (Shape.HEADER_FIRST, Shape.LINES_FIRST):
            header = {"line_count": len(lines), **header}
            parts = [(line_view, [row]) for row in lines]
            parts.insert(
                0 if shape is Shape.HEADER_FIRST else len(parts), (document.view, [header])
            )
            return sum(self.insert(view, rows) for view, rows in parts)
        with self.connection.transaction():
            if shape is Shape.TOGETHER or shape is Shape.IF_NEW:
                if_new = shape is Shape.IF_NEW
                taken = self.insert(document.view, [header], if_new=if_new)
                return taken + self.insert(line_view, lines, if_new=if_new)
            taken = 0
            for view, row in [(document.view, header), *((line_view, row) for row in lines)]:
                if shape is Shape.SAVEPOINTS:
                    with self.connection.transaction():
                        taken += self.insert(view, [row])
                else:
                    taken += self.insert(view, [row])
            return taken

    def insert(self, view: str, rows: Sequence[Row], *, if_new: bool = False) -> int:
        """Insert rows with one statement; no rows are no statement."""
        if not rows:
            return 0
        columns = list(dict.fromkeys(column for row in rows for column in row))
        one = SQL("({})").format(SQL(", ").join([Placeholder()] * len(columns)))
        statement: Composed = SQL("INSERT INTO {} ({}) VALUES {}").format(
            Identifier(self.schema, view),
            SQL(", ").join(map(Identifier, columns)),
            SQL(", ").join([one] * len(rows)),
        )
        if if_new:
            statement += SQL(" ON CONFLICT DO NOTHING")
        values = [_value(row.get(column)) for row in rows for column in columns]
        return self.connection.execute(statement, values).rowcount

    def read(self, query: str, *parameters: object) -> list[Row]:
        """Return the rows of a query as dictionaries."""
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), parameters or None).fetchall()

    def inbox(self, **where: object) -> list[Row]:
        """Return own inbox rows by delivery_id, narrowed by column values."""
        return self.read_view("inbox", "delivery_id", **where)

    def read_view(self, view: str, order_by: str, **where: object) -> list[Row]:
        """Return rows of a view of this schema, narrowed by column values, in the order given."""
        tests = " AND ".join(f"{column} IS NOT DISTINCT FROM %s" for column in where) or "true"
        query = f"SELECT * FROM {self.schema}.{view} WHERE {tests} ORDER BY {order_by}"
        return self.read(query, *where.values())

    def take(self, max_rows: int = 10_000, doc_type: str | None = None) -> list[Row]:
        """Take pending inbox rows as one of several readers would."""
        return self.read(f"SELECT * FROM {self.schema}.take(%s, %s)", max_rows, doc_type)

    def answer(self, delivery_id: int, state: str, **columns: object) -> int:
        """Answer an inbox row; return how many rows were changed."""
        sets = ", ".join(f"{column} = %s" for column in ("state", *columns))
        query = f"UPDATE {self.schema}.inbox SET {sets} WHERE delivery_id = %s"
        return self.connection.execute(
            query.encode(), (state, *columns.values(), delivery_id)
        ).rowcount


class Erp(Sender, ErpDocuments):
    """Be the ERP: build and insert master data and requests, read the ERP's inbox."""


class Wms(Sender, WmsDocuments):
    """Be a WMS: build and insert facts, read and answer the WMS's inbox."""


def header_row(document: Document) -> Row:
    """Return the header's columns as they go into the view."""
    return dict(document.header)


def line_rows(document: Document) -> list[Row]:
    """Return the lines' columns with the envelope that they share with the header."""
    envelope: Columns = {"message_id": document.header["message_id"]}
    if document.warehouse is not None:
        envelope["warehouse_code"] = document.warehouse
    return [{**envelope, **columns} for columns in document.lines]


def _value(value: object) -> object:
    return Jsonb(value) if isinstance(value, dict) else value
