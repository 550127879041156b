"""Give contract tests a small company: an ERP, two WMSs, each with its own login."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tests.support.cluster import Connection, Database


@dataclass(frozen=True)
class Company:
    """Hold open connections: the ERP's, two WMSs' (W1 and W2; W3) and the superuser's."""

    database: Database
    erp: Connection
    wms: Connection
    other_wms: Connection
    admin: Connection

    def login(self, connection: Connection) -> str:
        """Return the login of one of the connections."""
        return connection.info.user

    def again(self, connection: Connection, *, autocommit: bool = True) -> Connection:
        """Return a second connection of the same login."""
        return self.database.connect(self.login(connection), autocommit=autocommit)


def found(database: Database) -> Company:
    """Register the three systems in a fresh database and connect as each of them."""
    erp = database.register("ERP", "erp")
    wms = database.register("WMS1", "wms", ["W1", "W2"])
    other = database.register("WMS2", "wms", ["W3"])
    return Company(
        database,
        database.connect(erp),
        database.connect(wms),
        database.connect(other),
        database.connect(),
    )


def insert(connection: Connection, table: str, **values: object) -> int:
    """Insert one row as any driver would and return the row count."""
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join(sql.Placeholder() * len(values))
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(_table(table), names, marks)
    return connection.execute(statement, tuple(values.values())).rowcount


def rows(connection: Connection, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Return all rows of a query."""
    return connection.execute(query.encode(), parameters or None).fetchall()


def value(connection: Connection, query: str, *parameters: object) -> Any:
    """Return the first column of the first row of a query."""
    row = connection.execute(query.encode(), parameters or None).fetchone()
    assert row is not None, query
    return row[0]


def refusal(connection: Connection, query: str, *parameters: object) -> psycopg.Error:
    """Run a statement that must fail and return the error; the transaction is rolled back."""
    try:
        connection.execute(query.encode(), parameters or None)
    except psycopg.Error as exc:
        connection.rollback()
        return exc
    raise AssertionError(f"was not refused: {query}")


def deliver(company: Company, **values: object) -> int:
    """Lay a row into an inbox as the synchronizer would, and return its delivery_id.

    Without other values: purchase_order PO1 for W1, pending in the inbox of WMS1.
    """
    number = value(company.admin, "SELECT coalesce(max(delivery_id), 0) + 1 FROM staging.delivery")
    row = {
        "delivery_id": number,
        "receiver": "WMS1",
        "doc_type": "purchase_order",
        "warehouse_code": "W1",
        "action": "upsert",
        "message_id": f"m{number}",
        "seq": number,
        "delivered_at": "2026-03-02 08:00:00+00",
        "doc_no": "PO1",
        **values,
    }
    insert(company.admin, "staging.delivery", **row)
    return int(str(row["delivery_id"]))


def _table(name: str) -> sql.Identifier:
    return sql.Identifier(*name.split("."))
