"""Hold one database with its three systems, and read what both sides see of their documents.

A `World` is one database with the logins of an ERP and two WMSs (WMS1 runs W1 and W2, WMS2 runs
W3). Everything is written and read as those logins, through the contract; only what the contract
does not show (ledger, tasks, events) is read as the superuser.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from sync.config import Settings
from sync.drain import DrainResult, drain
from sync.retire import Retired, retire
from sync.store import Store
from tests.support.builders import Columns, Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_send import Erp, Row, Sender, Wms
from tests.support.cluster import Database


class StockKey(NamedTuple):
    """Name one balance."""

    warehouse: str
    item: str
    lot: str = ""
    location: str = ""
    status: str = "unrestricted"


class Finding(NamedTuple):
    """Hold what a test usually asserts of a row of message_error."""

    line_no: int | None
    column_name: str | None
    code: str
    severity: str


@dataclass(frozen=True)
class Logins:
    """Name the logins of the three systems; they belong to the server, not to the database."""

    erp: str
    wms1: str
    wms2: str

    @classmethod
    def register(cls, database: Database) -> Logins:
        """Create and register the ERP, WMS1 (W1, W2) and WMS2 (W3)."""
        return cls(
            erp=database.register("ERP", "erp"),
            wms1=database.register("WMS1", "wms", ["W1", "W2"]),
            wms2=database.register("WMS2", "wms", ["W3"]),
        )


class World:
    """Hold one database with its three systems, and everything a test reads of it."""

    def __init__(self, database: Database, logins: Logins | None = None) -> None:
        self.database = database
        self.logins = logins or Logins.register(database)
        self.erp = Erp(database.connect(self.logins.erp), "erp_v1", "E")
        self.wms1 = Wms(database.connect(self.logins.wms1), "wms_v1", "F")
        self.wms2 = Wms(database.connect(self.logins.wms2), "wms_v1", "G")
        self.admin = Sender(database.connect(), "ops", "")
        self.store = Store(
            database.engine_url,
            application_name="crossdock-test",
            pool_size=2,
            settings=Settings(pooled=database.pooled),
        )

    def close(self) -> None:
        """Close every connection of this world."""
        self.store.close()
        for sender in (self.erp, self.wms1, self.wms2, self.admin):
            sender.connection.close()

    @property
    def wms(self) -> Wms:
        """Return the WMS that most tests need: WMS1."""
        return self.wms1

    def sender(self, system: str) -> Erp | Wms:
        """Return the sender of a system code."""
        senders: dict[str, Erp | Wms] = {"ERP": self.erp, "WMS1": self.wms1, "WMS2": self.wms2}
        return senders[system]

    def load_masters(self) -> None:
        """Send and apply a minimal set of master data.

        Items: A (piece, box of 12, pallet of 480), B (kilogram), L (lot), S (serial), P (product).
        Parties SUP, CUS and CAR; warehouses W1 to W3; locations DOCK, BIN1, BIN2 in each.
        """
        with self.erp.transaction():
            for document in master_documents():
                self.erp.send(document)
        self.drain()

    def drain(self, limit: int | None = None) -> DrainResult:
        """Work until nothing is due, in batches of `limit` messages."""
        return drain(self.store, limit=limit)

    def answer_everything(self) -> None:
        """Let every receiver accept what lies in its inbox, and the engine take notice."""
        for sender in (self.erp, self.wms1, self.wms2):
            sender.connection.execute(
                f"UPDATE {sender.schema}.inbox SET state = 'accepted'"
                " WHERE state IN ('pending', 'taken')".encode()
            )
        self.drain()

    def retire(self, days: int = 0, *, rows: int = 1000) -> Retired:
        """Retire what ended so many days ago, or has ended at all."""
        return retire(self.store, timedelta(days=days), rows=rows)

    def pass_limits(self) -> None:
        """Let every limit of a waiting or incomplete message pass, as if a day had gone by."""
        self.admin.connection.execute(
            "UPDATE staging.message SET wait_until = wait_until - interval '1 day',"
            " waiting_since = waiting_since - interval '1 day'"
            " WHERE wait_until IS NOT NULL AND state IN ('received', 'waiting')"
        )

    def status(self, document: Document) -> Row:
        """Return the row of staging.message of a document, found by view and message_id."""
        found = self.admin.read(
            "SELECT * FROM staging.message WHERE doc_type = %s AND message_id = %s",
            document.view,
            document.message_id.strip(),
        )
        assert len(found) == 1, f"{document.view} {document.message_id}: {len(found)} messages"
        return found[0]

    def state(self, document: Document) -> str:
        """Return the state of a document's message."""
        return str(self.status(document)["state"])

    def findings(self, document: Document, *, resolved: bool = False) -> list[Finding]:
        """Return the findings of a document that still hold, or the resolved ones, sorted."""
        rows = self.errors(document)
        return sorted(
            (
                Finding(row["line_no"], row["column_name"], row["code"], row["severity"])
                for row in rows
                if (row["resolved_at"] is not None) is resolved
            ),
            key=str,
        )

    def errors(self, document: Document) -> list[Row]:
        """Return whole rows of message_error of a document."""
        return self.admin.read(
            "SELECT * FROM staging.message_error WHERE seq = %s ORDER BY error_id",
            self.status(document)["seq"],
        )

    def stock(self, *warehouses: str) -> dict[StockKey, Decimal]:
        """Return what the ERP's stock view shows above or below zero, of some or all warehouses."""
        rows = self.erp.read("SELECT * FROM erp_v1.stock WHERE qty <> 0")
        return {
            StockKey(
                row["warehouse_code"],
                row["item_code"],
                row["lot_no"],
                row["location_code"],
                row["stock_status"],
            ): row["qty"].normalize()
            for row in rows
            if not warehouses or row["warehouse_code"] in warehouses
        }

    def order(self, order_type: str, order_no: str, warehouse: str = "W1") -> list[Row]:
        """Return the rows of order_status of one order, by line."""
        return self.erp.read_view(
            "order_status",
            "line_no",
            warehouse_code=warehouse,
            order_type=order_type,
            order_no=order_no,
        )

    def ledger(self, *warehouses: str) -> list[Row]:
        """Return ledger rows by position, of some or all warehouses."""
        rows = self.admin.read("SELECT * FROM book.ledger ORDER BY warehouse_code, ledger_seq")
        return [row for row in rows if not warehouses or row["warehouse_code"] in warehouses]

    def tasks(self, *codes: str) -> list[Row]:
        """Return tasks in the order they were raised, of some or all codes."""
        rows = self.admin.read("SELECT * FROM ops.task ORDER BY task_id")
        return [row for row in rows if not codes or row["code"] in codes]

    def events(self, document: Document) -> list[tuple[str, str]]:
        """Return the (from, to) steps of a document's message, oldest first."""
        rows = self.admin.read(
            "SELECT from_state, to_state FROM staging.event WHERE seq = %s ORDER BY event_id",
            self.status(document)["seq"],
        )
        return [(row["from_state"], row["to_state"]) for row in rows]

    def deliveries(self, receiver: str, doc_types: Iterable[str] = ()) -> list[Row]:
        """Return the deliveries of a receiver by delivery_id, of some or all document types."""
        rows = self.admin.read(
            "SELECT * FROM staging.delivery WHERE receiver = %s ORDER BY delivery_id", receiver
        )
        wanted = set(doc_types)
        return [row for row in rows if not wanted or row["doc_type"] in wanted]

    def delivery_lines(self, delivery_id: int) -> list[Row]:
        """Return the lines of a delivery by line_no."""
        return self.admin.read(
            "SELECT * FROM staging.delivery_line WHERE delivery_id = %s ORDER BY line_no",
            delivery_id,
        )


MASTER_ITEMS: dict[str, Columns] = {
    "A": {"description": "Plain article"},
    "B": {"base_uom": "KGM", "description": "Bulk, three decimals"},
    "C": {"description": "Component"},
    "L": {"lot_controlled": True, "shelf_life_days": 365, "description": "Article with lots"},
    "S": {"serial_controlled": True, "description": "Article with serial numbers"},
    "P": {"description": "Product"},
}
MASTER_UOMS = [
    ("A", "BOX", 12, 1),
    ("A", "PAL", 480, 1),
    ("B", "GRM", 1, 1000),
    ("C", "BOX", 10, 1),
    ("C", "SET", 1, 3),  # a third of a piece: exact only in multiples of 3
    ("L", "BOX", 6, 1),
]
MASTER_PARTIES = [("SUP", "supplier"), ("CUS", "customer"), ("CAR", "carrier")]
WAREHOUSES = ("W1", "W2", "W3")
LOCATIONS = ("DOCK", "BIN1", "BIN2")


def master_documents() -> list[Document]:
    """Build the minimal set of master data."""
    erp = ErpDocuments("master")
    found = [erp.item(code, **columns) for code, columns in MASTER_ITEMS.items()]
    found += [erp.item_uom(*ratio) for ratio in MASTER_UOMS]
    found += [erp.party(code, role) for code, role in MASTER_PARTIES]
    for warehouse in WAREHOUSES:
        found.append(erp.warehouse(warehouse))
        found += [erp.location(warehouse, location) for location in LOCATIONS]
    return found
