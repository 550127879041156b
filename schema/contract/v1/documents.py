"""List the documents of contract version 1 as data: views, columns, types, base columns.

Each `Document` becomes an insertable view in its sender's schema (``erp_v1`` or ``wms_v1``), a
readable one in its receiver's, and the same pair with the suffix ``_line`` where it has lines.
Names and types here are fixed for the life of the version.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """Name a contract column, its PostgreSQL type, and the staging column behind it."""

    name: str
    type: str
    comment: str
    base: str


@dataclass(frozen=True)
class Document:
    """Describe one document type.

    ``kind`` is master, request, answer, fact, count, snapshot or instruction: which road applies
    it. ``senders`` and ``receivers`` are of ``erp`` and ``wms``; an instruction has no sender, for
    crossdock makes it itself.
    """

    name: str
    kind: str
    senders: tuple[str, ...]
    receivers: tuple[str, ...]
    header: tuple[Column, ...]
    line: tuple[Column, ...]
    comment: str

    @property
    def has_warehouse(self) -> bool:
        """Say whether the header carries the lane's warehouse_code in the envelope."""
        return self.name not in WITHOUT_WAREHOUSE


#: Master data that belong to no warehouse; their envelope has no warehouse_code.
WITHOUT_WAREHOUSE = frozenset({"item", "item_uom", "party", "code_map"})

_COMMENT = {
    "item_code": "item, in the sender's or the canonical code",
    "version": "version of the record; the higher wins, whatever the order of arrival",
    "description": "text for people",
    "base_uom": "unit in which stock of the item is kept",
    "item_group": "group of items, for people and reports",
    "abc_class": "A, B or C: how closely the item is counted",
    "gtin": "global trade item number",
    "lot_controlled": "true: every quantity of the item names its lot",
    "serial_controlled": "true: every piece of the item names its serial number",
    "shelf_life_days": "days from production to expiry",
    "unit_cost": "cost of one base unit, in currency",
    "currency": "ISO 4217 code of unit_cost",
    "active": "false: no longer used; null means true",
    "uom": "unit of the quantity; null means the item's base unit",
    "numerator": "one uom = numerator / denominator base units",
    "denominator": "one uom = numerator / denominator base units",
    "party_code": "supplier, customer or carrier",
    "role": "supplier, customer or carrier",
    "name": "text for people",
    "country_code": "ISO 3166 code of the country",
    "address": "postal address, free text",
    "time_zone": "IANA name of the zone in which the warehouse counts its days",
    "location_code": "bin or area in the warehouse; null means the warehouse as a whole",
    "zone": "zone of the warehouse that holds the location",
    "kind": "what the location is for",
    "system_code": "the system whose codes are mapped",
    "domain": "item, uom, stock_status, reason, carrier, location or party",
    "external_code": "the code as that system writes it",
    "canonical_code": "the code as the books write it",
    "is_default_out": "true: this external code is the one that is sent out",
    "order_no": "number of the order",
    "revision": "revision of the order, a full image; the higher wins; null means 1",
    "supplier_code": "party in the role supplier",
    "customer_code": "party in the role customer",
    "ordered_on": "day of the order",
    "expected_at": "when the goods are expected",
    "note": "free text",
    "requested_ship_at": "when the goods should leave",
    "carrier_code": "party in the role carrier",
    "ship_to": "address to ship to, free text",
    "priority": "the lower, the sooner",
    "qty": "quantity, in uom",
    "start_at": "when production should start",
    "due_at": "when production should be done",
    "to_warehouse_code": "warehouse that receives the transfer",
    "original_order_no": "order that the return refers to",
    "occurred_at": "when it happened; null means when it was received",
    "source_seq": "the sender's increasing number of the fact per warehouse; gaps allowed",
    "reverses_no": "own number of the fact that this one reverses; with action reverse",
    "receipt_no": "the sender's number of the receipt",
    "order_type": "document type of the order: the name of its view",
    "delivery_note_no": "supplier's delivery note",
    "is_final": "true: nothing more will come; closes the order, short if short",
    "shipment_no": "the sender's number of the shipment",
    "tracking_no": "carrier's tracking number",
    "issue_no": "the sender's number of the issue",
    "move_no": "the sender's number of the move",
    "adjustment_no": "the sender's number of the adjustment",
    "count_no": "the sender's number of the count",
    "counted_through_seq": "source_seq of the last movement that the count includes",
    "milestone_no": "the sender's number of the milestone",
    "milestone": "accepted, picking, packed, loaded, delivered or put_back",
    "response_no": "the sender's number of the answer",
    "response": "accepted, partial or refused",
    "reason_code": "why, free text; codes of the catalogue have an effect",
    "snapshot_no": "the sender's number of the snapshot",
    "as_of": "instant at which the stock was read",
    "through_seq": "WMS: its last source_seq included; ERP: its last delivery_id posted",
    "total_qty": "control total: sum of qty as sent; null means not checked",
    "lot_no": "lot; null means none",
    "serial_no": "serial number; null means none",
    "over_tolerance_pct": "percent above the quantity that is accepted; null means 0",
    "under_tolerance_pct": "percent below the quantity at which the line is complete; null means 0",
    "order_line_no": "line of the order; null: allocated over the open lines of the item",
    "expires_on": "day of expiry of the lot",
    "stock_status": "unrestricted, quality, blocked, returns; null means the default",
    "from_location_code": "location the goods leave",
    "to_location_code": "location the goods reach; null means where they were",
    "from_stock_status": "status before; null means unrestricted",
    "to_stock_status": "status after; null means unchanged",
    "counted_qty": "quantity found by the count, in uom",
    "accepted_qty": "quantity agreed to, in uom",
    "correction_no": "crossdock's number of the correction",
    "request_no": "crossdock's number of the request; of a snapshot that answers one: its number",
    "run_id": "reconciliation run that it follows from; null means none",
    "reason": "why, in words",
}

_TYPE = {
    "version": "bigint", "numerator": "bigint", "denominator": "bigint", "source_seq": "bigint",
    "counted_through_seq": "bigint", "through_seq": "bigint", "run_id": "bigint",
    "revision": "integer", "priority": "integer", "shelf_life_days": "integer",
    "order_line_no": "integer",
    "lot_controlled": "boolean", "serial_controlled": "boolean", "active": "boolean",
    "is_default_out": "boolean", "is_final": "boolean",
    "unit_cost": "numeric", "qty": "numeric", "total_qty": "numeric", "counted_qty": "numeric",
    "accepted_qty": "numeric", "over_tolerance_pct": "numeric", "under_tolerance_pct": "numeric",
    "ordered_on": "date", "expires_on": "date",
    "expected_at": "timestamp with time zone", "requested_ship_at": "timestamp with time zone",
    "start_at": "timestamp with time zone", "due_at": "timestamp with time zone",
    "occurred_at": "timestamp with time zone", "as_of": "timestamp with time zone",
}  # fmt: skip

#: Contract columns whose staging column has another name: own numbers share ``doc_no``, and
#: quantities, places and parties of one meaning share a column, so that one table holds all.
_BASE = {
    "order_no@request": "doc_no", "receipt_no": "doc_no", "shipment_no": "doc_no",
    "issue_no": "doc_no", "move_no": "doc_no", "adjustment_no": "doc_no", "count_no": "doc_no",
    "milestone_no": "doc_no", "response_no": "doc_no", "snapshot_no": "doc_no",
    "correction_no": "doc_no", "request_no@instruction": "doc_no", "reason": "note",
    "supplier_code": "party_code", "customer_code": "party_code",
    "counted_qty": "qty", "accepted_qty": "qty",
    "from_location_code": "location_code", "from_stock_status": "stock_status",
}  # fmt: skip


def _columns(names: Iterable[str], kind: str) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=name,
            type=_TYPE.get(name, "text"),
            comment=_COMMENT[name],
            base=_BASE.get(f"{name}@{kind}", _BASE.get(name, name)),
        )
        for name in names
    )


def _document(
    name: str,
    kind: str,
    header: str,
    line: str,
    comment: str,
    senders: str = "",
    receivers: str = "",
) -> Document:
    from_erp = kind in ("master", "request")
    facts = (
        " occurred_at source_seq reverses_no note" if kind in ("fact", "count", "answer") else ""
    )
    return Document(
        name=name,
        kind=kind,
        senders=tuple((senders or ("erp" if from_erp else "wms")).split()),
        receivers=tuple((receivers or ("wms" if from_erp else "erp")).split()),
        header=_columns((header + facts).split(), kind),
        line=_columns(line.split(), kind),
        comment=comment,
    )


_ORDER_LINE = "item_code qty uom lot_no over_tolerance_pct under_tolerance_pct"

DOCUMENTS: tuple[Document, ...] = (
    _document(
        "item",
        "master",
        "item_code version description base_uom item_group abc_class gtin lot_controlled"
        " serial_controlled shelf_life_days unit_cost currency active",
        "",
        "Item master record; the higher version wins.",
    ),
    _document(
        "item_uom",
        "master",
        "item_code uom version numerator denominator gtin active",
        "",
        "Unit of an item: one uom = numerator / denominator base units.",
    ),
    _document(
        "party",
        "master",
        "party_code version role name country_code address active",
        "",
        "Supplier, customer or carrier; one record for each party and role.",
    ),
    _document(
        "warehouse",
        "master",
        "version name time_zone active",
        "",
        "Warehouse; its time zone decides its business days.",
    ),
    _document(
        "location",
        "master",
        "location_code version zone kind active",
        "",
        "Location in a warehouse.",
    ),
    _document(
        "code_map",
        "master",
        "system_code domain external_code version canonical_code active is_default_out",
        "",
        "One code of one system and its canonical code; applied on the way in, reversed out.",
    ),
    _document(
        "purchase_order",
        "request",
        "order_no revision supplier_code ordered_on expected_at note",
        _ORDER_LINE,
        "Goods expected from a supplier.",
    ),
    _document(
        "sales_order",
        "request",
        "order_no revision customer_code requested_ship_at carrier_code ship_to priority note",
        _ORDER_LINE,
        "Goods to ship to a customer.",
    ),
    _document(
        "production_order",
        "request",
        "order_no revision item_code qty uom start_at due_at note",
        "item_code qty uom lot_no",
        "Product to make (header) and its components (lines).",
    ),
    _document(
        "transfer_order",
        "request",
        "order_no revision to_warehouse_code requested_ship_at note",
        "item_code qty uom lot_no",
        "Goods to move from warehouse_code to to_warehouse_code.",
    ),
    _document(
        "customer_return",
        "request",
        "order_no revision customer_code original_order_no note",
        "item_code qty uom lot_no reason_code",
        "Goods expected back from a customer.",
    ),
    _document(
        "supplier_return",
        "request",
        "order_no revision supplier_code original_order_no note",
        "item_code qty uom lot_no reason_code",
        "Goods to send back to a supplier.",
    ),
    _document(
        "goods_receipt",
        "fact",
        "receipt_no order_type order_no delivery_note_no carrier_code is_final",
        "order_line_no item_code qty uom lot_no serial_no expires_on location_code stock_status"
        " reason_code",
        "Goods received: for a purchase_order, a transfer_order, a customer_return, or no order.",
    ),
    _document(
        "shipment",
        "fact",
        "shipment_no order_type order_no carrier_code tracking_no is_final",
        "order_line_no item_code qty uom lot_no serial_no location_code stock_status reason_code",
        "Goods shipped: for a sales_order, a transfer_order, a supplier_return, or no order.",
    ),
    _document(
        "material_issue",
        "fact",
        "issue_no order_no is_final",
        "order_line_no item_code qty uom lot_no serial_no location_code stock_status reason_code",
        "Components consumed by a production_order.",
    ),
    _document(
        "production_receipt",
        "fact",
        "receipt_no order_no is_final",
        "item_code qty uom lot_no serial_no expires_on location_code stock_status",
        "Product made by a production_order; is_final completes the order.",
    ),
    _document(
        "stock_move",
        "fact",
        "move_no order_no",
        "item_code qty uom lot_no serial_no from_location_code to_location_code from_stock_status"
        " to_stock_status reason_code",
        "Stock moved between locations or statuses: put-away, quality release, blocking.",
    ),
    _document(
        "stock_adjustment",
        "fact",
        "adjustment_no order_type order_no",
        "order_line_no item_code qty uom lot_no serial_no location_code stock_status reason_code",
        "Stock gained or lost; qty is signed, reason_code is required.",
    ),
    _document(
        "stock_count",
        "count",
        "count_no counted_through_seq",
        "item_code counted_qty uom lot_no location_code stock_status",
        "Stock counted, as of the sender's position counted_through_seq.",
    ),
    _document(
        "order_milestone",
        "answer",
        "milestone_no order_type order_no milestone",
        "",
        "Progress of an order on the warehouse floor.",
    ),
    _document(
        "order_response",
        "answer",
        "response_no order_type order_no revision response reason_code",
        "order_line_no accepted_qty uom reason_code",
        "The warehouse's answer to a request, whole or by line.",
    ),
    _document(
        "stock_snapshot",
        "snapshot",
        "snapshot_no as_of through_seq total_qty request_no",
        "item_code qty uom lot_no location_code stock_status",
        "A system's whole stock at one instant, for reconciliation; with request_no of those keys.",
        senders="erp wms",
        receivers=" ",
    ),
    _document(
        "book_correction",
        "instruction",
        "correction_no run_id reason",
        "item_code qty uom lot_no stock_status",
        "From crossdock: change your own book by qty (signed); nothing moved, no fact follows.",
        senders=" ",
        receivers="erp wms",
    ),
    _document(
        "count_request",
        "instruction",
        "request_no run_id reason",
        "item_code lot_no location_code stock_status",
        "From crossdock: count this stock and send a stock_count; no location means all of them.",
        senders=" ",
        receivers="wms",
    ),
    _document(
        "snapshot_request",
        "instruction",
        "request_no run_id reason",
        "item_code lot_no stock_status",
        "From crossdock: read these keys once more and send a stock_snapshot with its request_no.",
        senders=" ",
        receivers="erp wms",
    ),
)

BY_NAME = {document.name: document for document in DOCUMENTS}
REQUESTS = tuple(d.name for d in DOCUMENTS if d.kind == "request")
