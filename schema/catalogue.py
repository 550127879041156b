"""List error codes, movement types, stock statuses and closed vocabularies as data.

They render the tables `staging.rule`, `staging.document_type` and `staging.vocabulary`, the docs
and the test matrix. A rule's statement stands in ``schema/statements/validate.sql`` and names its
code; a code without a statement or a test is a failing test.
"""

from dataclasses import dataclass

from schema.contract.v1.documents import DOCUMENTS, Document


@dataclass(frozen=True)
class Rule:
    """Describe one error code.

    ``severity`` is error, wait (the reference may still come), task (posted, a person decides) or
    warning. ``repair`` says who can act: retry, fix data, fix configuration, decide.
    In ``text`` the words {value}, {expected} and {column} are replaced.
    """

    code: str
    severity: str
    repair: str
    text: str
    hint: str


_DATA, _CONFIG, _DECIDE, _RETRY = "fix data", "fix configuration", "decide", "retry"

RULES: tuple[Rule, ...] = (
    Rule("SYN-001", "error", _DATA, "{column} is missing", "send the document again with it"),
    Rule("SYN-002", "error", _DATA, "{column} holds a control character: {value}",
         "remove tabs, line ends and other control characters from codes"),
    Rule("SYN-003", "error", _DATA, "{column} is longer than {expected} characters: {value}",
         "codes have up to 200 characters; use attributes for longer texts"),
    Rule("SYN-004", "error", _DATA, "the document has no lines",
         "send at least one line; only milestones, answers, final facts and empty snapshots have none"),
    Rule("SYN-005", "error", _DATA, "more lines arrived than line_count says: {value}, not {expected}",
         "send the document again under a new message_id with the right line_count"),
    Rule("SYN-006", "error", _DATA, "lines were sent with action {expected}: {value}",
         "cancel, close and reverse act on the whole document; to cancel one line send a revision without it"),
    Rule("SYN-007", "error", _DATA, "lines are missing: {value} of {expected} arrived in time",
         "send the missing lines; the message goes on by itself"),
    Rule("SYN-008", "error", _DATA, "the line's warehouse_code {value} is not its header's {expected}",
         "a document belongs to one warehouse"),
    Rule("SYN-009", "error", _DATA, "{column} {value} is not one of: {expected}",
         "use one of the values listed"),
    Rule("SYN-010", "warning", _DATA, "the line came after its message was processed; it has no effect",
         "set line_count when header and lines travel in different transactions"),
    Rule("SYN-011", "error", _DATA, "{column} must be {expected}: {value}", "correct the value"),
    Rule("SYN-012", "error", _DATA, "time_zone {value} is not known", "use an IANA name such as Europe/Berlin"),
    Rule("SYN-013", "error", _DATA, "{column} is infinite", "send a real date"),
    Rule("SYN-014", "error", _DATA, "{column} says {value} and {expected} contradicts it",
         "reverses_no goes with action reverse, and only with it"),
    Rule("SYN-015", "error", _DATA, "the WMS cannot represent {column} {value}: {expected} is off",
         "send it in a form that the WMS knows; when it has learnt more, ops.set_policy says so and ops.requeue tries again"),
    Rule("QTY-001", "error", _DATA, "the quantity is zero", "leave the line out"),
    Rule("QTY-002", "error", _DATA, "the quantity is negative: {value}",
         "only adjustments are signed; to take a fact back send action reverse"),
    Rule("QTY-003", "error", _DATA, "the quantity is not a finite number: {value}", "send a number"),
    Rule("QTY-004", "error", _DATA, "the quantity is too large: {value} is {expected} or more base units",
         "check the unit"),
    Rule("QTY-005", "task", _DECIDE, "more than the order line allows: {value} above {expected}",
         "receipts above tolerance are booked blocked; agree with the party, then release, return or keep"),
    Rule("QTY-006", "wait", _DECIDE, "stock would fall below zero: {value} is there, {expected} is needed",
         "an earlier fact is missing or late; count the location"),
    Rule("QTY-007", "task", _DECIDE, "{value} is not in the order", "posted without an order line; decide whose it is"),
    Rule("REF-001", "wait", _DATA, "item {value} is not known", "send the item; the message goes on by itself"),
    Rule("REF-002", "wait", _DATA, "warehouse {value} is not known",
         "send the warehouse; the message goes on by itself"),
    Rule("REF-003", "wait", _DATA, "party {value} in the role {expected} is not known",
         "send the party; the message goes on by itself"),
    Rule("REF-004", "wait", _DATA, "location {value} is not known in the warehouse",
         "send the location; the message goes on by itself"),
    Rule("REF-005", "wait", _DATA, "order {value} is not known", "send the order; the message goes on by itself"),
    Rule("REF-006", "wait", _DATA, "the fact {value} to reverse is not applied",
         "send or repair the fact; the reversal follows by itself"),
    Rule("REF-007", "task", _DECIDE, "order {value} did not come in time; posted without it",
         "find the order and assign the quantity"),
    Rule("MAP-001", "error", _CONFIG, "code {value} has no mapping in the domain {expected}",
         "add a code_map row, then ops.requeue it, or send the document again under a new message_id"),
    Rule("DUP-001", "error", _DATA, "the same key came before with other content: message {expected}",
         "the earlier message stands; send a correction as a new revision or a reversal"),
    Rule("DUP-002", "error", _DECIDE, "the request was answered before: {expected}, now {value}",
         "the first answer stands; agree on the telephone, then send a new revision"),
    Rule("SEQ-001", "error", _DATA, "the fact {value} was discarded and cannot be reversed", "neither the fact nor its reversal has an effect; ops.discard it"),
    Rule("SEQ-002", "error", _DATA, "counted_through_seq {value} is not above the earlier count's {expected}",
         "count again with a newer position"),
    Rule("UOM-001", "wait", _DATA, "unit {value} of item {expected} is not known",
         "send the item_uom; the message goes on by itself"),
    Rule("UOM-002", "error", _DATA, "{value} is not exact in the base unit {expected}",
         "send the quantity in a unit that divides it exactly"),
    Rule("UOM-003", "error", _DATA, "{column} cannot change from {expected} to {value}: stock is kept in it",
         "send a new item_code, or send other units as item_uom"),
    Rule("LOT-001", "error", _DATA, "item {value} is kept by lot and the line names none", "send lot_no"),
    Rule("LOT-002", "error", _DATA, "item {value} is kept by serial number and the line names none",
         "send one line for each serial number"),
    Rule("LOT-003", "error", _DATA, "a serial number stands for one piece, not {value}",
         "send one line for each serial number"),
    Rule("LOT-004", "task", _DECIDE, "the lot expires on {expected} as it was said first, and the line says {value}",
         "booked blocked; look at the label, then ops.resolve_task: release, keep_blocked or scrap"),
    Rule("LOT-005", "task", _DECIDE, "serial number {value} is on hand already",
         "booked blocked; look at both pieces, then ops.resolve_task: release, keep_blocked or scrap"),
    Rule("LOT-006", "task", _DECIDE, "the goods had expired on {value}; they came or left on {expected}",
         "what came is booked blocked, what left is posted; ops.resolve_task with one of its choices"),
    Rule("STA-001", "error", _DATA, "the order is {value}; {expected} is no longer possible",
         "send a new order for what is still needed"),
    Rule("STA-002", "error", _DATA, "the move changes neither location nor status", "ops.discard it, and send the move that was meant"),
    Rule("STA-003", "error", _DATA, "{value} cannot be reversed", "send the opposite fact"),
    Rule("STA-004", "error", _DATA, "the fact {value} is reversed already", "the first reversal stands; ops.discard this one"),
    Rule("STA-005", "task", _DECIDE, "a fact came for a line that is {value}", "keep it, or have it brought back"),
    Rule("STA-006", "error", _DATA, "stock status {value} is not legal here",
         "in_transit is moved by transfers; only a WRITE_OFF adjustment names it"),
    Rule("STA-007", "error", _DECIDE, "the warehouse refused the request: {value}", "send a new revision"),
    Rule("STA-008", "warning", _DECIDE, "the warehouse kept the line at {value}, not {expected}",
         "what is done stays done, and the warehouse answers line by line"),
    Rule("STA-009", "task", _DECIDE, "the warehouse did not answer within {expected}",
         "ask the warehouse; nothing is assumed"),
    Rule("STA-010", "task", _DECIDE, "the order was said to be final; facts of it are not applied: {value}",
         "repair or discard them, or force the end with resolve_task; they post all the same"),
    Rule("STA-011", "task", _DECIDE, "order {value} was closed by force before this fact came",
         "posted as usual; look whether the end was right, then acknowledge"),
    Rule("STA-012", "task", _DECIDE, "the warehouse refused a change that needed no answer: {value}, {expected}",
         "the order stands as agreed; talk to the warehouse, then send a new revision"),
    Rule("PER-001", "task", _DECIDE, "occurred_at {value} lies ahead of the clock by more than {expected}",
         "check the sender's clock"),
    Rule("PER-002", "task", _DECIDE, "it happened on {value}, in a closed period; it counts for {expected}",
         "the view ops.cut_off lists it for both months; tell whoever reports them"),
    Rule("AUT-001", "error", _CONFIG, "warehouse {value} is not assigned to this sender",
         "ask the DBA to run ops.register_system with the warehouse, then ops.requeue"),
    Rule("AUT-002", "error", _CONFIG, "no {expected} is registered for warehouse {value}",
         "register it with ops.register_system, then ops.requeue the message"),
    Rule("RES-001", "error", _RETRY, "a resource was short or busy: {value}", "tried again by itself"),
    Rule("SYS-001", "error", _CONFIG, "unexpected: {value}", "ask support; after the repair ops.requeue it"),
)  # fmt: skip


@dataclass(frozen=True)
class Movement:
    """Describe a movement type of the ledger and its SAP equivalent."""

    name: str
    sap: str
    meaning: str


MOVEMENTS: tuple[Movement, ...] = (
    Movement("receipt_purchase", "101", "goods received from a supplier, or without an order"),
    Movement("receipt_production", "101 F", "product received from production"),
    Movement("receipt_return", "651", "goods received back from a customer"),
    Movement(
        "receipt_transfer",
        "101",
        "goods received from another warehouse, and their way out of transit",
    ),
    Movement("issue_sales", "601", "goods shipped to a customer, or without an order"),
    Movement("issue_production", "261", "component consumed by production"),
    Movement(
        "issue_transfer", "641", "goods shipped to another warehouse, and their way into transit"
    ),
    Movement("issue_return", "122", "goods sent back to a supplier"),
    Movement("move_location", "311", "stock moved between locations"),
    Movement("move_status", "321/343/349", "stock moved between statuses"),
    Movement("adjustment", "701/702, 551", "stock gained or lost, with a reason"),
    Movement("count_gain", "701", "more counted than booked"),
    Movement("count_loss", "702", "less counted than booked"),
    Movement("initial_load", "561", "opening stock"),
)

STOCK_STATUSES = ("unrestricted", "quality", "blocked", "returns", "in_transit")
MILESTONES = ("accepted", "picking", "packed", "loaded", "delivered", "put_back")
RESPONSES = ("accepted", "partial", "refused")
PARTY_ROLES = ("supplier", "customer", "carrier")
CODE_DOMAINS = ("item", "uom", "stock_status", "reason", "carrier", "location", "party")
REQUEST_ACTIONS = ("upsert", "cancel", "close")
FACT_ACTIONS = ("post", "reverse")
SYSTEM_KINDS = ("erp", "wms")

#: Reason codes with an effect; every other one is free text.
REASON_EFFECTS = {
    "INITIAL": "stock_adjustment posts the opening stock as initial_load",
    "WRITE_OFF": "stock_adjustment may take stock out of in_transit",
    "SUBSTITUTE": "shipment and material_issue: another item fills the order line, base unit for base unit",
}

#: Order types that each fact may name.
ORDER_TYPES_OF = {
    "goods_receipt": ("purchase_order", "transfer_order", "customer_return"),
    "shipment": ("sales_order", "transfer_order", "supplier_return"),
    "material_issue": ("production_order",),
    "production_receipt": ("production_order",),
    "stock_adjustment": ("transfer_order",),
}

#: The sender of the documents that crossdock makes itself.
SELF = "crossdock"

#: Messages from lane to lane, so that no transaction joins two warehouses: a transfer's shipment
#: tells the destination what comes, its receipt tells the source what arrived.
TRANSIT_NOTICE = "transit_notice"
TRANSIT_RECEIPT = "transit_receipt"

#: Asks for all current master data as deliveries, for a WMS that was registered later.
MASTER_RESEND = "master_resend"


@dataclass(frozen=True)
class DocumentType:
    """Describe how the engine treats a document type; a row of ``staging.document_type``.

    ``road`` is the batch kind that applies it. ``lines`` is required, optional (with is_final or
    an answer for the whole document) or none.
    """

    name: str
    road: str
    lines: str
    meaning: str


#: Master data that refer to other master data: applied after them, so that a load of both in one
#: transaction waits for nothing.
_DETAILS = frozenset({"item_uom", "location", "code_map"})


def _road(document: Document) -> str:
    return "detail" if document.name in _DETAILS else document.kind


def _lines(name: str, *, has_lines: bool) -> str:
    if not has_lines:
        return "none"
    return "optional" if name == "order_response" else "required"


DOCUMENT_TYPES: tuple[DocumentType, ...] = (
    *(
        DocumentType(d.name, _road(d), _lines(d.name, has_lines=bool(d.line)), d.comment)
        for d in DOCUMENTS
    ),
    DocumentType(
        MASTER_RESEND, "master", "none", "For a WMS registered later: all current master data."
    ),
    DocumentType(
        TRANSIT_NOTICE,
        "request",
        "required",
        "From the source lane of a transfer: goods are under way.",
    ),
    DocumentType(
        TRANSIT_RECEIPT,
        "fact",
        "required",
        "From the destination lane of a transfer: goods arrived.",
    ),
)

#: The order in which a worker takes the roads of a lane: foundations first.
ROADS = ("master", "detail", "request", "answer", "fact", "count", "snapshot", "instruction")
