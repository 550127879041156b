"""Hold the contract of version 1 a second time, as literal lists, independent of `schema`.

The names and types here are what integrators have coded against. A test that fails on this page
means that their programs would fail too: change the page only by adding columns.
"""

from __future__ import annotations

from typing import Final

SHORT: Final = {
    "t": "text",
    "b": "bigint",
    "i": "integer",
    "n": "numeric",
    "f": "boolean",
    "d": "date",
    "z": "timestamp with time zone",
    "j": "jsonb",
}


def columns(listed: str) -> dict[str, str]:
    """Return {name: type} of a list such as ``item_code:t version:b``."""
    pairs = (entry.split(":") for entry in listed.split())
    return {name: SHORT[kind] for name, kind in pairs}


MASTER: Final = ("item", "item_uom", "party", "warehouse", "location", "code_map")
REQUESTS: Final = (
    "purchase_order",
    "sales_order",
    "production_order",
    "transfer_order",
    "customer_return",
    "supplier_return",
)
FACTS: Final = (
    "goods_receipt",
    "shipment",
    "material_issue",
    "production_receipt",
    "stock_move",
    "stock_adjustment",
    "stock_count",
    "order_milestone",
    "order_response",
)
#: What crossdock itself asks of a system: nobody inserts them.
INSTRUCTIONS: Final = ("book_correction", "count_request", "snapshot_request")
#: Master data that belong to no warehouse: no warehouse_code in the envelope.
NO_WAREHOUSE: Final = ("item", "item_uom", "party", "code_map")

ENVELOPE: Final = columns("message_id:t warehouse_code:t action:t line_count:i attributes:j")
READ_BACK: Final = columns("seq:b state:t received_at:z finished_at:z")
LINE_KEYS: Final = columns("message_id:t warehouse_code:t line_no:i")

_FACT = " occurred_at:z source_seq:b reverses_no:t note:t"

#: Header columns besides the envelope.
HEADERS: Final = {
    name: columns(listed)
    for name, listed in {
        "item": "item_code:t version:b description:t base_uom:t item_group:t abc_class:t gtin:t"
        " lot_controlled:f serial_controlled:f shelf_life_days:i unit_cost:n currency:t active:f",
        "item_uom": "item_code:t uom:t version:b numerator:b denominator:b gtin:t active:f",
        "party": "party_code:t version:b role:t name:t country_code:t address:t active:f",
        "warehouse": "warehouse_code:t version:b name:t time_zone:t active:f",
        "location": "warehouse_code:t location_code:t version:b zone:t kind:t active:f",
        "code_map": "system_code:t domain:t external_code:t version:b canonical_code:t active:f"
        " is_default_out:f",
        "purchase_order": "order_no:t revision:i supplier_code:t ordered_on:d expected_at:z note:t",
        "sales_order": "order_no:t revision:i customer_code:t requested_ship_at:z carrier_code:t"
        " ship_to:t priority:i note:t",
        "production_order": "order_no:t revision:i item_code:t qty:n uom:t start_at:z due_at:z"
        " note:t",
        "transfer_order": "order_no:t revision:i to_warehouse_code:t requested_ship_at:z note:t",
        "customer_return": "order_no:t revision:i customer_code:t original_order_no:t note:t",
        "supplier_return": "order_no:t revision:i supplier_code:t original_order_no:t note:t",
        "goods_receipt": "receipt_no:t order_type:t order_no:t delivery_note_no:t carrier_code:t"
        " is_final:f" + _FACT,
        "shipment": "shipment_no:t order_type:t order_no:t carrier_code:t tracking_no:t is_final:f"
        + _FACT,
        "material_issue": "issue_no:t order_no:t is_final:f" + _FACT,
        "production_receipt": "receipt_no:t order_no:t is_final:f" + _FACT,
        "stock_move": "move_no:t order_no:t" + _FACT,
        "stock_adjustment": "adjustment_no:t order_type:t order_no:t" + _FACT,
        "stock_count": "count_no:t counted_through_seq:b" + _FACT,
        "order_milestone": "milestone_no:t order_type:t order_no:t milestone:t" + _FACT,
        "order_response": "response_no:t order_type:t order_no:t revision:i response:t"
        " reason_code:t" + _FACT,
        "stock_snapshot": "snapshot_no:t as_of:z through_seq:b total_qty:n request_no:t",
        "book_correction": "correction_no:t run_id:b reason:t",
        "count_request": "request_no:t run_id:b reason:t",
        "snapshot_request": "request_no:t run_id:b reason:t",
    }.items()
}

_ORDER_LINE = "item_code:t qty:n uom:t lot_no:t"
_TOLERANCES = " over_tolerance_pct:n under_tolerance_pct:n"
_PLACE = " location_code:t stock_status:t"

#: Line columns besides message_id, warehouse_code, line_no.
LINES: Final = {
    name: columns(listed)
    for name, listed in {
        "purchase_order": _ORDER_LINE + _TOLERANCES,
        "sales_order": _ORDER_LINE + _TOLERANCES,
        "production_order": _ORDER_LINE,
        "transfer_order": _ORDER_LINE,
        "customer_return": _ORDER_LINE + " reason_code:t",
        "supplier_return": _ORDER_LINE + " reason_code:t",
        "goods_receipt": "order_line_no:i item_code:t qty:n uom:t lot_no:t serial_no:t expires_on:d"
        + _PLACE
        + " reason_code:t",
        "shipment": "order_line_no:i item_code:t qty:n uom:t lot_no:t serial_no:t"
        + _PLACE
        + " reason_code:t",
        "material_issue": "order_line_no:i item_code:t qty:n uom:t lot_no:t serial_no:t"
        + _PLACE
        + " reason_code:t",
        "production_receipt": "item_code:t qty:n uom:t lot_no:t serial_no:t expires_on:d" + _PLACE,
        "stock_move": "item_code:t qty:n uom:t lot_no:t serial_no:t from_location_code:t"
        " to_location_code:t from_stock_status:t to_stock_status:t reason_code:t",
        "stock_adjustment": "order_line_no:i item_code:t qty:n uom:t lot_no:t serial_no:t"
        + _PLACE
        + " reason_code:t",
        "stock_count": "item_code:t counted_qty:n uom:t lot_no:t" + _PLACE,
        "order_response": "order_line_no:i accepted_qty:n uom:t reason_code:t",
        "stock_snapshot": "item_code:t qty:n uom:t lot_no:t" + _PLACE,
        "book_correction": "item_code:t qty:n uom:t lot_no:t stock_status:t",
        "count_request": "item_code:t lot_no:t" + _PLACE,
        "snapshot_request": "item_code:t lot_no:t stock_status:t",
    }.items()
}

#: Who inserts each document, and who reads it.
SENDERS: Final = {
    **dict.fromkeys((*MASTER, *REQUESTS), ("erp",)),
    **dict.fromkeys(FACTS, ("wms",)),
    "stock_snapshot": ("erp", "wms"),
    **dict.fromkeys(INSTRUCTIONS, ()),
}
READERS: Final = {
    **dict.fromkeys((*MASTER, *REQUESTS), ("wms",)),
    **dict.fromkeys(FACTS, ("erp",)),
    "stock_snapshot": (),
    "book_correction": ("erp", "wms"),
    "count_request": ("wms",),
    "snapshot_request": ("erp", "wms"),
}

#: Views that both sides have under the same name.
SHARED: Final = {
    name: columns(listed)
    for name, listed in {
        "inbox": "delivery_id:b warehouse_code:t doc_type:t doc_no:t revision:i action:t"
        " message_id:t delivered_at:z state:t receiver_ref:t reason_code:t note:t answered_at:z",
        "message_status": "seq:b message_id:t doc_type:t doc_no:t revision:i state:t received_at:z"
        " finished_at:z attempts:i waiting_for:t duplicate_of:b superseded_by:b",
        "message_error": "seq:b message_id:t line_no:i column_name:t code:t severity:t value:t"
        " expected:t text:t hint:t first_seen_at:z resolved_at:z",
        "order_status": "warehouse_code:t order_type:t order_no:t revision:i state:t line_no:i"
        " item_code:t uom:t ordered_qty:n done_qty:n cancelled_qty:n short_qty:n over_qty:n"
        " open_qty:n state_of_line:t last_fact_at:z",
        "stock": "warehouse_code:t item_code:t lot_no:t location_code:t stock_status:t qty:n uom:t"
        " row_version:b changed_at:z",
        "availability": "warehouse_code:t item_code:t uom:t unrestricted_qty:n other_qty:n"
        " reserved_qty:n inbound_qty:n available_to_promise:n",
    }.items()
}
INBOX_ANSWER: Final = frozenset({"state", "receiver_ref", "reason_code", "note"})

#: The echo, insertable by the ERP alone.
POSTING_LINE: Final = columns(
    "message_id:t warehouse_code:t delivery_id:b line_no:i receiver_ref:t item_code:t qty:n uom:t"
    " lot_no:t stock_status:t posted_at:z"
)


def sent_header(document: str) -> dict[str, str]:
    """Return what a sender may insert into the document's header view."""
    envelope = dict(ENVELOPE)
    if document in NO_WAREHOUSE:
        del envelope["warehouse_code"]
    return {**envelope, **HEADERS[document]}


def sent_line(document: str) -> dict[str, str]:
    """Return what a sender may insert into the document's line view."""
    return {**LINE_KEYS, **LINES[document]}


def insertable() -> dict[str, dict[str, str]]:
    """Return {schema.view: columns that its role may insert}, of every insertable view."""
    found: dict[str, dict[str, str]] = {"erp_v1.posting_line": POSTING_LINE}
    for document, senders in SENDERS.items():
        for kind in senders:
            found[f"{kind}_v1.{document}"] = sent_header(document)
            if document in LINES:
                found[f"{kind}_v1.{document}_line"] = sent_line(document)
    return found


def readable() -> dict[str, dict[str, str]]:
    """Return {schema.view: columns that its role can rely on}, of every view of both sides."""
    found: dict[str, dict[str, str]] = {}
    for view, sent in insertable().items():
        is_header = not view.endswith(("_line",))
        found[view] = {**sent, **(READ_BACK if is_header else {})}
    for document, readers in READERS.items():
        for kind in readers:
            envelope = {k: v for k, v in ENVELOPE.items() if k != "line_count"}
            found[f"{kind}_v1.{document}"] = {
                "delivery_id": "bigint",
                **envelope,
                **HEADERS[document],
            }
            if document in LINES:
                found[f"{kind}_v1.{document}_line"] = {
                    "delivery_id": "bigint",
                    **LINE_KEYS,
                    **LINES[document],
                }
    for kind in ("erp", "wms"):
        found |= {f"{kind}_v1.{view}": listed for view, listed in SHARED.items()}
    return found
