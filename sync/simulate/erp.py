"""Play the ERP: load master data, release and change orders, read and post what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

from sync.simulate.actor import Actor, InboxRow, Login
from sync.simulate.clock import Clock
from sync.simulate.company import Company, Item
from sync.simulate.erp_book import NUMBER_COLUMNS, POSTED_TYPES, ErpBook
from sync.simulate.plan import Change, Order, OrderLine
from sync.simulate.truth import decimal
from sync.simulate.writing import Message, Row, Shape, bulk_load, insert

_PARTY_COLUMNS = {
    "purchase_order": "supplier_code",
    "sales_order": "customer_code",
    "customer_return": "customer_code",
    "supplier_return": "supplier_code",
}
_TAKE_ROWS = 500
# A statement has at most 65,535 parameters; an echo row has eleven.
_ECHO_ROWS = 1000


# A day uses up to nine versions of one record.
VERSIONS_PER_DAY = 10


class Erp(Actor):
    """Act as the one ERP of the company."""

    def __init__(self, login: Login, company: Company, clock: Clock, seed: int, tag: str) -> None:
        super().__init__(login, clock, seed, tag)
        self.company = company
        self.book = ErpBook(company)
        self.posted_through: dict[str, int] = {}
        self.posted_count = 0
        self.responses: list[Row] = []
        self._references = 0

    def load_master_data(self, ordinal: int = 0) -> int:
        """Send all master data, one bulk load per view; return the number of messages.

        Each simulated day of a database has versions above those of the days before.
        """
        company = self.company
        loads: Mapping[str, Sequence[Row]] = {
            "warehouse": [
                {"warehouse_code": place.code, "name": place.name, "time_zone": place.time_zone}
                for place in company.warehouses
            ],
            "location": [
                {
                    "warehouse_code": place.warehouse,
                    "location_code": place.code,
                    "zone": place.zone,
                    "kind": place.kind,
                }
                for place in company.locations
            ],
            "party": [
                {
                    "party_code": party.code,
                    "role": party.role,
                    "name": party.name,
                    "country_code": party.country_code,
                }
                for party in company.parties
            ],
            "code_map": [
                {
                    "system_code": code.system,
                    "domain": code.domain,
                    "external_code": code.external,
                    "canonical_code": code.canonical,
                    "is_default_out": True,
                }
                for code in company.codes
            ],
            "item": [_item_row(item) for item in company.items.values()],
            "item_uom": [row for item in company.items.values() for row in _unit_rows(item)],
        }
        for view, rows in loads.items():
            numbered = [
                {
                    "message_id": self.next_message_id(),
                    "version": 1 + VERSIONS_PER_DAY * ordinal,
                    **row,
                }
                for row in rows
            ]
            with self.connection.transaction():
                bulk_load(self.connection, self.schema, view, numbered)
            for row in numbered:
                self.note_sent(Message(view, row), Shape.BULK)
        return sum(len(rows) for rows in loads.values())

    def send_master(self, view: str, row: Row, version: int = 1) -> Message:
        """Send one row of master data."""
        header = {"message_id": self.next_message_id(), "version": version, **row}
        return self.send(Message(view, header), Shape.SINGLE)

    def send_item(self, item: Item) -> list[Message]:
        """Send an item and its units, one message each."""
        messages = [self.send_master("item", _item_row(item))]
        messages += [self.send_master("item_uom", row) for row in _unit_rows(item)]
        return messages

    def release(self, order: Order, shape: Shape | None = None) -> Message:
        """Send an order for the first time, in the revision that it has."""
        return self.send(self._order(order, order.revision, order.lines), shape)

    def change_order(self, order: Order, change: Change, shape: Shape | None = None) -> Message:
        """Send a new revision, a cancel or a close of an order."""
        if change.action == "upsert":
            return self.send(self._order(order, change.revision, change.lines), shape)
        header = {
            "message_id": self.next_message_id(),
            "warehouse_code": order.warehouse,
            "action": change.action,
            "order_no": order.order_no,
            "revision": change.revision,
        }
        return self.send(Message(order.kind, header), Shape.SINGLE)

    def post_inbox(self) -> int:
        """Take, post and accept everything in the inbox; return the number of deliveries."""
        posted = 0
        while rows := self.take(_TAKE_ROWS):
            for view in dict.fromkeys(row.doc_type for row in rows):
                self._post_type(view, [row for row in rows if row.doc_type == view])
            for row in rows:
                if row.warehouse is not None:
                    last = self.posted_through.get(row.warehouse, 0)
                    self.posted_through[row.warehouse] = max(last, row.delivery_id)
            posted += len(rows)
        self.posted_count += posted
        return posted

    def send_snapshot(self, warehouse: str, as_of: datetime) -> Message:
        """Send what the ERP's own book says about a warehouse, as a bulk load."""
        rows = self.book.rows(warehouse)
        lines = [
            {
                "line_no": number,
                "item_code": key.item,
                "qty": decimal(qty),
                "uom": self.company.item(key.item).base_uom,
                "lot_no": key.lot or None,
                "location_code": key.location or None,
                "stock_status": key.status,
            }
            for number, (key, qty) in enumerate(rows, start=1)
        ]
        header = {
            "message_id": self.next_message_id(),
            "warehouse_code": warehouse,
            "line_count": len(lines),
            "snapshot_no": f"ES-{self.tag}-{warehouse}",
            "as_of": as_of,
            "through_seq": self.posted_through.get(warehouse),
            "total_qty": decimal(sum((qty for _, qty in rows), Fraction(0))),
        }
        message = Message("stock_snapshot", header, tuple(lines))
        with self.connection.transaction():
            insert(self.connection, self.schema, message.view, [header])
            bulk_load(self.connection, self.schema, "stock_snapshot_line", message.full_lines())
        self.note_sent(message, Shape.BULK)
        return message

    def _order(self, order: Order, revision: int, lines: Sequence[OrderLine]) -> Message:
        header: dict[str, object] = {
            "message_id": self.next_message_id(),
            "warehouse_code": order.warehouse,
            "order_no": order.order_no,
            "revision": revision,
            **self._order_header(order),
        }
        if order.kind in _PARTY_COLUMNS:
            header[_PARTY_COLUMNS[order.kind]] = order.party
        return Message(order.kind, header, tuple(_order_line(order, line) for line in lines))

    def _order_header(self, order: Order) -> Row:
        due = self.clock.at(order.due_hour)
        if order.kind == "purchase_order":
            return {"ordered_on": self.clock.day, "expected_at": due}
        if order.kind == "sales_order":
            return {
                "requested_ship_at": due,
                "carrier_code": order.carrier,
                "ship_to": "Goods entrance, dock 2",
                "priority": 5,
                "attributes": {"channel": "wholesale"},
            }
        if order.kind == "production_order":
            return {
                "item_code": order.product,
                "qty": order.product_qty,
                "uom": order.product_uom,
                "start_at": self.clock.at(order.hour),
                "due_at": due,
            }
        if order.kind == "transfer_order":
            return {"to_warehouse_code": order.to_warehouse, "requested_ship_at": due}
        return {"note": "agreed by telephone"}

    def _post_type(self, view: str, rows: Sequence[InboxRow]) -> None:
        ids = [row.delivery_id for row in rows]
        reference = None
        if view in NUMBER_COLUMNS:
            headers = self.delivered(view, ids)
            lines = {} if view == "order_milestone" else self.delivered(f"{view}_line", ids)
            for delivery_id in ids:
                for header in headers.get(delivery_id, []):
                    if view in POSTED_TYPES:
                        self.book.post(view, header, lines.get(delivery_id, []))
                    elif view == "order_response":
                        self.responses.append(header)
            self._references += 1
            reference = f"{'DOC' if view in POSTED_TYPES else 'LOG'}-{self._references:06d}"
            if view in POSTED_TYPES:
                self._echo(ids, lines, reference)
        self.accept(ids, reference)

    def _echo(self, ids: Sequence[int], lines: Mapping[int, Sequence[Row]], reference: str) -> None:
        """Tell what was posted, line by line, as a careful ERP does."""
        posted_at = self.moment()
        echo = [
            {
                "message_id": f"{reference}-{delivery_id}-{line['line_no']}",
                "warehouse_code": line["warehouse_code"],
                "delivery_id": delivery_id,
                "line_no": line["line_no"],
                "receiver_ref": reference,
                "item_code": line["item_code"],
                "qty": line.get("qty", line.get("counted_qty")),
                "uom": line["uom"],
                "lot_no": line["lot_no"],
                "stock_status": line.get("stock_status", line.get("to_stock_status")),
                "posted_at": posted_at,
            }
            for delivery_id in ids
            for line in lines.get(delivery_id, [])
        ]
        for start in range(0, len(echo), _ECHO_ROWS):
            insert(self.connection, self.schema, "posting_line", echo[start : start + _ECHO_ROWS])


def _order_line(order: Order, line: OrderLine) -> Row:
    row: dict[str, object] = {
        "line_no": line.line_no,
        "item_code": line.item,
        "qty": line.qty,
        "uom": line.uom,
    }
    if order.kind in ("purchase_order", "sales_order"):
        row["over_tolerance_pct"] = line.over_pct
        row["under_tolerance_pct"] = line.under_pct
    if order.kind in ("customer_return", "supplier_return"):
        row["reason_code"] = line.reason
    return row


def _item_row(item: Item) -> Row:
    return {
        "item_code": item.code,
        "description": item.description,
        "base_uom": item.base_uom,
        "item_group": item.group,
        "abc_class": item.abc_class,
        "gtin": item.gtin,
        "lot_controlled": item.lot,
        "serial_controlled": item.serial,
        "shelf_life_days": item.shelf_life_days,
        "unit_cost": item.unit_cost,
        "currency": "EUR",
    }


def _unit_rows(item: Item) -> list[Row]:
    return [
        {
            "item_code": item.code,
            "uom": unit.uom,
            "numerator": unit.numerator,
            "denominator": unit.denominator,
        }
        for unit in item.units
    ]
