"""Send many documents of one kind with two statements, as a sender's bulk load does."""

from __future__ import annotations

from collections.abc import Mapping

from tests.support.builders_send import Sender
from tests.support.builders_world import World
from tests.support.cluster import Connection

Expressions = Mapping[str, str]


class Bulk:
    """Insert documents 1 to ``count``; columns are SQL expressions in g (document) and l (line)."""

    def __init__(self, world: World, warehouse: str) -> None:
        self._world = world
        self._warehouse = warehouse

    def erp(
        self,
        view: str,
        ids: str,
        count: int,
        *,
        lines: int = 0,
        line: Expressions | None = None,
        of_lane: bool = True,
        **header: str,
    ) -> None:
        """Insert as the ERP: headers, and ``lines`` lines of each where ``line`` is given."""
        self._send(self._world.erp, view, ids, count, lines, line, of_lane, header)

    def wms(
        self,
        view: str,
        ids: str,
        count: int,
        *,
        lines: int = 0,
        line: Expressions | None = None,
        **header: str,
    ) -> None:
        """Insert as the WMS: headers, and ``lines`` lines of each where ``line`` is given."""
        self._send(self._world.wms, view, ids, count, lines, line, True, header)

    def crossdock(
        self,
        doc_type: str,
        ids: str,
        count: int,
        *,
        lines: int,
        line: Expressions,
        **header: str,
    ) -> None:
        """Insert as the engine itself: base columns, into the tables behind the views."""
        own = {"sender": "'crossdock'", "doc_type": f"'{doc_type}'", "message_id": f"'{ids}' || g",
               "warehouse_code": f"'{self._warehouse}'"}  # fmt: skip
        source = f"generate_series(1, {count}) AS g"
        connection = self._world.admin.connection
        _fill(connection, "staging.message", {**own, "line_count": str(lines), **header}, source)
        source = f"{source}, generate_series(1, {lines}) AS l"
        _fill(connection, "staging.line", {**own, "line_no": "l", **line}, source)

    def _send(
        self,
        sender: Sender,
        view: str,
        ids: str,
        count: int,
        lines: int,
        line: Expressions | None,
        of_lane: bool,
        header: Expressions,
    ) -> None:
        common = {"message_id": f"'{ids}' || g"}
        if of_lane:
            common["warehouse_code"] = f"'{self._warehouse}'"
        total = {"line_count": str(lines)} if line is not None else {}
        with sender.transaction():
            _insert(
                sender, view, {**common, **total, **header}, f"generate_series(1, {count}) AS g"
            )
            if line is not None:
                source = f"generate_series(1, {count}) AS g, generate_series(1, {lines}) AS l"
                _insert(sender, f"{view}_line", {**common, "line_no": "l", **line}, source)


def _insert(sender: Sender, view: str, columns: Expressions, source: str) -> None:
    _fill(sender.connection, f"{sender.schema}.{view}", columns, source)


def _fill(connection: Connection, table: str, columns: Expressions, source: str) -> None:
    query = (
        f"INSERT INTO {table} ({', '.join(columns)})"
        f" SELECT {', '.join(columns.values())} FROM {source}"
    )
    connection.execute(query.encode())
