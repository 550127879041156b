"""Be one system at the door: a login, a connection, message ids, and what is asked of crossdock.

An actor knows the contract's views and nothing else. It is used by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import LiteralString

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from sync.config import libpq_url
from sync.simulate.clock import OPENING_HOUR, Clock
from sync.simulate.writing import Message, Row, Shape, write

# A real sender writes most messages in one transaction and some in stranger ways.
_SHAPE_WEIGHTS = {
    Shape.SINGLE: 3,
    Shape.MULTI_ROW: 6,
    Shape.SELECT: 3,
    Shape.IF_NEW: 3,
    Shape.HEADER_FIRST: 1,
    Shape.LINES_FIRST: 1,
}
OPEN_STATES = ("received", "waiting", "retrying", "held")


@dataclass(frozen=True, slots=True)
class Login:
    """Hold how one system logs in: a connection string, its schema and its system code."""

    conninfo: str
    schema: str
    system: str


@dataclass(frozen=True, slots=True)
class Status:
    """Hold where one message stands, as ``message_status`` and ``message_error`` say it."""

    seq: int
    message_id: str
    doc_type: str
    doc_no: str | None
    state: str
    waiting_for: str | None
    duplicate_of: int | None
    superseded_by: int | None
    codes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class InboxRow:
    """Hold one row of the inbox; ``warehouse`` is None for master data."""

    delivery_id: int
    warehouse: str | None
    doc_type: str
    doc_no: str
    revision: int | None
    action: str
    state: str


def conninfo_of(url: str, **changed: str | None) -> str:
    """Return a libpq connection string for a URL with parameters changed."""
    return make_conninfo(libpq_url(url), **changed)


class Actor:
    """Connect as one system and write, read and answer as it would."""

    def __init__(self, login: Login, clock: Clock, seed: int, tag: str) -> None:
        self.login = login
        self.schema = login.schema
        self.clock = clock
        self.seed = seed
        self.tag = tag
        self.connection = psycopg.connect(
            login.conninfo, autocommit=True, application_name=f"simulate-{login.system.lower()}"
        )
        self.sent: dict[str, Message] = {}
        self.shapes_used: dict[Shape, int] = {}
        self.hour = OPENING_HOUR
        self._ids = 0
        self._ticks = 0

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def random(self, *about: object) -> Random:
        """Return the random numbers of one subject; they do not depend on any other subject."""
        return Random("/".join(str(part) for part in (self.seed, self.login.system, *about)))

    def moment(self) -> datetime:
        """Return the instant of the next thing that this actor does in the present hour."""
        self._ticks += 1
        return self.clock.at(self.hour, second=self._ticks % 3600)

    def next_message_id(self) -> str:
        """Return a new id of a transmission, as this system numbers them."""
        self._ids += 1
        return f"{self.login.system}-{self.tag}-{self._ids:06d}"

    def send(self, message: Message, shape: Shape | None = None) -> Message:
        """Write a message, in a shape of its own choice unless one is given, and remember it."""
        if shape is None:
            weights = _SHAPE_WEIGHTS
            chosen = self.random("shape", message.message_id)
            shape = chosen.choices(list(weights), weights=list(weights.values()))[0]
        write(self.connection, self.schema, message, shape)
        self.note_sent(message, shape)
        return message

    def note_sent(self, message: Message, shape: Shape) -> None:
        """Remember a message that was written, and how."""
        self.shapes_used[shape] = self.shapes_used.get(shape, 0) + 1
        self.sent[message.message_id] = message

    def first_sent(self, view: str, **header: object) -> Message:
        """Return the first message of a view that was sent with these header columns.

        Raises: LookupError when there is none.
        """
        for message in self.sent.values():
            if message.view == view and all(
                message.header.get(column) == value for column, value in header.items()
            ):
                return message
        raise LookupError(f"{self.login.system} has sent no {view} with {header}")

    def rows(self, query: LiteralString, *values: object) -> list[Row]:
        """Return the rows of a query on the actor's own schema; ``{}`` in it is the schema."""
        statement = SQL(query).format(Identifier(self.schema))
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return list(cursor.execute(statement, values or None).fetchall())

    def change(self, query: LiteralString, *values: object) -> int:
        """Run an UPDATE on the actor's own schema; return how many rows it changed."""
        statement = SQL(query).format(Identifier(self.schema))
        return self.connection.execute(statement, values).rowcount

    def statuses(self, message_ids: Iterable[str] | None = None) -> list[Status]:
        """Return where messages of this sender stand, by seq: the named ones, or all."""
        chosen = None if message_ids is None else list(message_ids)
        rows = self.rows(
            "SELECT s.seq, s.message_id, s.doc_type, s.doc_no, s.state, s.waiting_for,"
            " s.duplicate_of, s.superseded_by,"
            " (SELECT array_agg(DISTINCT e.code ORDER BY e.code) FROM {0}.message_error e"
            "  WHERE e.seq = s.seq) AS codes"
            " FROM {0}.message_status s"
            " WHERE CAST(%s AS text[]) IS NULL OR s.message_id = ANY(%s) ORDER BY s.seq",
            chosen,
            chosen,
        )
        return [_status(row) for row in rows]

    def unfinished(self) -> dict[str, tuple[str, str | None]]:
        """Return state and cause of the sender's own messages that are not finished, by id."""
        rows = self.rows(
            "SELECT message_id, state, waiting_for FROM {}.message_status WHERE state = ANY(%s)",
            list(OPEN_STATES),
        )
        return {row["message_id"]: (row["state"], row["waiting_for"]) for row in rows}

    def take(self, most: int) -> list[InboxRow]:
        """Claim pending inbox rows with the function ``take``."""
        return [_inbox_row(row) for row in self.rows("SELECT * FROM {}.take(%s)", most)]

    def take_plainly(self, most: int) -> list[InboxRow]:
        """Claim pending inbox rows with nothing but SELECT and UPDATE, as a single reader may."""
        rows = self.rows(
            "UPDATE {0}.inbox SET state = 'taken' WHERE delivery_id IN"
            " (SELECT delivery_id FROM {0}.inbox WHERE state = 'pending'"
            "  ORDER BY delivery_id LIMIT %s)"
            " RETURNING *",
            most,
        )
        return sorted((_inbox_row(row) for row in rows), key=lambda row: row.delivery_id)

    def accept(self, delivery_ids: Iterable[int], receiver_ref: str | None = None) -> int:
        """Answer deliveries with yes; return how many rows took the answer."""
        return self.change(
            "UPDATE {}.inbox SET state = 'accepted', receiver_ref = %s WHERE delivery_id = ANY(%s)",
            receiver_ref,
            list(delivery_ids),
        )

    def refuse(self, delivery_id: int, reason: str, note: str) -> int:
        """Answer one delivery with no, and say why."""
        return self.change(
            "UPDATE {}.inbox SET state = 'refused', reason_code = %s, note = %s"
            " WHERE delivery_id = %s",
            reason,
            note,
            delivery_id,
        )

    def delivered(self, view: str, delivery_ids: Iterable[int]) -> dict[int, list[Row]]:
        """Return rows of a receiver's view by delivery; lines of one delivery in line order."""
        found: dict[int, list[Row]] = {}
        order = "delivery_id, line_no" if view.endswith("_line") else "delivery_id"
        statement = SQL("SELECT * FROM {} WHERE delivery_id = ANY(%s) ORDER BY {}").format(
            Identifier(self.schema, view),
            SQL(", ").join(Identifier(column) for column in order.split(", ")),
        )
        with self.connection.cursor(row_factory=dict_row) as cursor:
            for row in cursor.execute(statement, [list(delivery_ids)]):
                found.setdefault(row["delivery_id"], []).append(row)
        return found


def _status(row: Row) -> Status:
    return Status(
        seq=row["seq"],
        message_id=row["message_id"],
        doc_type=row["doc_type"],
        doc_no=row["doc_no"],
        state=row["state"],
        waiting_for=row["waiting_for"],
        duplicate_of=row["duplicate_of"],
        superseded_by=row["superseded_by"],
        codes=tuple(row["codes"] or ()),
    )


def _inbox_row(row: Row) -> InboxRow:
    return InboxRow(
        delivery_id=row["delivery_id"],
        warehouse=row["warehouse_code"],
        doc_type=row["doc_type"],
        doc_no=row["doc_no"] or "",
        revision=row["revision"],
        action=row["action"],
        state=row["state"],
    )
