"""Be the DBA: a login with the role crossdock_dba and nothing else, at a plain connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from tests.support.builders import Document
from tests.support.builders_send import Row, Sender
from tests.support.builders_world import World


class Dba:
    """Call the repair functions as a person would, and read what they left behind."""

    def __init__(self, world: World, login: str) -> None:
        self.world = world
        self.login = login
        self.sender = Sender(world.database.connect(login), "ops", "")

    def seq(self, document: Document) -> int:
        """Return the number of a document's message."""
        [row] = self.world.admin.read(
            "SELECT seq FROM staging.message WHERE doc_type = %s AND message_id = %s",
            document.view,
            document.message_id.strip(),
        )
        return int(row["seq"])

    def act(self, act: str, document: Document | int, reason: str | None = "because") -> Any:
        """Call requeue, hold, release or discard and return what it returns."""
        seq = self.seq(document) if isinstance(document, Document) else document
        [row] = self.sender.read(f"SELECT ops.{act}(%s, %s) AS told", seq, reason)
        return row["told"]

    def amend(
        self,
        document: Document | int,
        line_no: int | None,
        column: str | None,
        value: str | None,
        reason: str | None = "because",
    ) -> int:
        """Call amend and return the seq of the version."""
        seq = self.seq(document) if isinstance(document, Document) else document
        [row] = self.sender.read(
            "SELECT ops.amend(%s, %s, %s, %s, %s) AS made", seq, line_no, column, value, reason
        )
        return int(row["made"])

    def refused(self, *arguments: Any) -> psycopg.Error:
        """Call an act that must be refused and return the error; `amend` takes its own five."""
        try:
            if arguments[0] == "amend":
                self.amend(*arguments[1:])
            else:
                self.act(*arguments)
        except psycopg.Error as exc:
            return exc
        raise AssertionError(f"was not refused: {arguments}")

    def message(self, seq: int) -> Row:
        """Return the row of a message."""
        [row] = self.sender.read("SELECT * FROM staging.message WHERE seq = %s", seq)
        return row

    def audit(self) -> list[tuple[Any, ...]]:
        """Return login, operator, act, seq, reason of every entry; the login is checked here."""
        rows = self.sender.read("SELECT * FROM ops.audit ORDER BY audit_id")
        assert all(row["login"] == self.login for row in rows)
        return [(row["operator"], row["action"], row["seq"], row["reason"]) for row in rows]

    def event(self, seq: int) -> tuple[Any, ...]:
        """Return from, to, actor and reason of a message's last event."""
        [row] = self.sender.read(
            "SELECT * FROM staging.event WHERE seq = %s ORDER BY event_id DESC LIMIT 1", seq
        )
        return row["from_state"], row["to_state"], row["actor"], row["reason"]


@contextmanager
def dba_of(world: World) -> Iterator[Dba]:
    """Give the DBA of a world; its login is made once for each database."""
    login = f"dba_{world.database.name}"
    if login not in world.database._logins:
        assert world.database.create_login("dba", "crossdock_dba") == login
    dba = Dba(world, login)
    try:
        yield dba
    finally:
        dba.sender.connection.close()
