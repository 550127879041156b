"""Define `book`: current master data, orders, the inventory ledger and its balances.

warehouse_code leads every key of the hot tables (ledger, balance, order_head, order_line), and no
key is made by a sequence: numbers come from `lane_counter`, in commit order and without gaps.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from schema import states
from schema.catalogue import MOVEMENTS, STOCK_STATUSES
from schema.tables.base import BASE_QTY, INSTANT, SENT, TEXT_, col, key, metadata, one_of

SCHEMA = "book"


def _master() -> list[Column[object]]:
    """Return the columns that every master data table ends with."""
    return [
        key("version", BigInteger(), "version in force"),
        key("active", Boolean(), "false: no longer used"),
        key("seq", BigInteger(), "message that brought the version"),
        key("received_at", INSTANT, "when that message was received; start of validity"),
    ]


#: Orders arrive together and are worked together: a batch changes every row of a page, and only a
#: page that is half empty takes all the new rows, so that no index is touched. At 80 percent an
#: update of an order line took 11 us and 370 bytes of WAL, at 50 it takes 8 and 190.
_HALF_FULL = 50


item = Table(
    "item",
    metadata,
    key("item_code", TEXT_, "canonical item code"),
    col("description", TEXT_, "text for people"),
    key("base_uom", TEXT_, "unit in which stock is kept"),
    col("item_group", TEXT_, "group of items"),
    col("abc_class", TEXT_, "A, B or C: how closely the item is counted"),
    col("gtin", TEXT_, "global trade item number"),
    key("lot_controlled", Boolean(), "true: every quantity names its lot"),
    key("serial_controlled", Boolean(), "true: every piece names its serial number"),
    col("shelf_life_days", Integer(), "days from production to expiry"),
    col("unit_cost", SENT, "cost of one base unit, in currency"),
    col("currency", TEXT_, "ISO 4217 code of unit_cost"),
    *_master(),
    PrimaryKeyConstraint("item_code"),
    schema=SCHEMA,
    comment="Items, newest version.",
)

item_uom = Table(
    "item_uom",
    metadata,
    key("item_code", TEXT_, "canonical item code"),
    key("uom", TEXT_, "canonical unit"),
    key("numerator", BigInteger(), "one uom = numerator / denominator base units"),
    key("denominator", BigInteger(), "one uom = numerator / denominator base units"),
    col("gtin", TEXT_, "global trade item number of the pack"),
    *_master(),
    PrimaryKeyConstraint("item_code", "uom"),
    CheckConstraint("numerator > 0 AND denominator > 0", name="ratio"),
    schema=SCHEMA,
    comment="Units of items as exact ratios to the base unit, newest version.",
)

party = Table(
    "party",
    metadata,
    key("party_code", TEXT_, "canonical party code"),
    key("role", TEXT_, "supplier, customer or carrier"),
    col("name", TEXT_, "text for people"),
    col("country_code", TEXT_, "ISO 3166 code"),
    col("address", TEXT_, "postal address, free text"),
    *_master(),
    PrimaryKeyConstraint("party_code", "role"),
    schema=SCHEMA,
    comment="Suppliers, customers and carriers, newest version; one row for each role.",
)

warehouse = Table(
    "warehouse",
    metadata,
    key("warehouse_code", TEXT_, "warehouse, the same code in every system"),
    col("name", TEXT_, "text for people"),
    key("time_zone", TEXT_, "IANA zone in which the warehouse counts its days"),
    *_master(),
    PrimaryKeyConstraint("warehouse_code"),
    schema=SCHEMA,
    comment="Warehouses, newest version.",
)

location = Table(
    "location",
    metadata,
    key("warehouse_code", TEXT_, "warehouse"),
    key("location_code", TEXT_, "canonical location code"),
    col("zone", TEXT_, "zone of the warehouse"),
    col("kind", TEXT_, "what the location is for"),
    *_master(),
    PrimaryKeyConstraint("warehouse_code", "location_code"),
    schema=SCHEMA,
    comment="Locations in warehouses, newest version.",
)

code_map = Table(
    "code_map",
    metadata,
    key("system_code", TEXT_, "system whose code it is"),
    key("domain", TEXT_, "item, uom, stock_status, reason, carrier, location or party"),
    key("external_code", TEXT_, "the code as that system writes it"),
    key("canonical_code", TEXT_, "the code as the books write it"),
    key("is_default_out", Boolean(), "true: this external code is the one sent out"),
    *_master(),
    PrimaryKeyConstraint("system_code", "domain", "external_code"),
    Index(
        "code_map_out_idx",
        "system_code",
        "domain",
        "canonical_code",
        postgresql_where=text("active"),
    ),
    schema=SCHEMA,
    comment="Codes of systems and their canonical codes, newest version.",
)

lane_counter = Table(
    "lane_counter",
    metadata,
    key("warehouse_code", TEXT_, "lane; * for master data"),
    key("warehouse_no", Integer(), "number of the lane; * is 0"),
    key("ledger_seq", BigInteger(), "last position given in the lane's ledger", "0"),
    key("delivery_n", BigInteger(), "last delivery number given in the lane", "0"),
    col("closed_before", Date(), "first day after its last closed period; null: none is closed"),
    PrimaryKeyConstraint("warehouse_code"),
    UniqueConstraint("warehouse_no"),
    schema=SCHEMA,
    comment="One counter row for each lane: positions without gaps, in commit order.",
    postgresql_with={"fillfactor": 10},
)

order_head = Table(
    "order_head",
    metadata,
    key("warehouse_code", TEXT_, "warehouse that works the order"),
    key(
        "order_type",
        TEXT_,
        "document type of the order; transit_notice for a transfer's destination",
    ),
    key("order_no", TEXT_, "number of the order"),
    key("revision", Integer(), "revision in force"),
    key("action", TEXT_, "action in force: upsert, cancel, close"),
    key("state", TEXT_, "where the order stands"),
    col("milestone", TEXT_, "last milestone, by the time it happened"),
    col("milestone_at", INSTANT, "when it happened"),
    col("party_code", TEXT_, "supplier or customer"),
    col("other_warehouse_code", TEXT_, "transfers: the warehouse at the other end"),
    key("seq", BigInteger(), "message that brought the revision in force"),
    col("delivery_id", BigInteger(), "delivery that carries the revision in force"),
    col("release_delivery_id", BigInteger(), "delivery that released it; later ones change it"),
    col("asked_delivery_id", BigInteger(), "delivery that last forwarded a question about it"),
    col("header_hash", UUID(), "MD5 of the header in force, to see whether a revision changes it"),
    col("forced_at", INSTANT, "when it was closed by force, facts of it still unapplied"),
    key("released_at", INSTANT, "when the order was released first"),
    key("changed_at", INSTANT, "when this row changed last"),
    col("ended_at", INSTANT, "when the order ended"),
    key("row_version", BigInteger(), "raised by every change; guards optimistic updates", "0"),
    PrimaryKeyConstraint("warehouse_code", "order_type", "order_no"),
    one_of("state", states.names(states.ORDER_STATES)),
    Index(
        "order_head_closing_idx",
        "warehouse_code",
        "order_type",
        "order_no",
        postgresql_where=text("state = 'closing'"),
    ),
    Index(
        "order_head_ended_idx",
        "warehouse_code",
        "ended_at",
        postgresql_where=text("ended_at IS NOT NULL"),
    ),
    schema=SCHEMA,
    comment="Orders: requests in their newest agreed revision.",
    postgresql_with={"fillfactor": _HALF_FULL, "autovacuum_analyze_scale_factor": 0.02},
)

_OVER = "greatest(0, done_qty + cancelled_qty - ordered_qty)"
_OPEN = f"ordered_qty + {_OVER} - done_qty - cancelled_qty - short_qty"

order_line = Table(
    "order_line",
    metadata,
    key("warehouse_code", TEXT_, "warehouse that works the order"),
    key("order_type", TEXT_, "document type of the order"),
    key("order_no", TEXT_, "number of the order"),
    key("line_no", Integer(), "line of the order; 0 is the product of a production_order"),
    key("direction", TEXT_, "in: goods come; out: goods leave"),
    key("item_code", TEXT_, "item"),
    key("lot_no", TEXT_, "lot asked for; empty: any", "''"),
    col("uom", TEXT_, "unit as sent"),
    key("ordered_qty", BASE_QTY, "ordered, in base units"),
    key("done_qty", BASE_QTY, "received, shipped, issued or made, in base units", "0"),
    key("cancelled_qty", BASE_QTY, "cancelled, in base units", "0"),
    key("short_qty", BASE_QTY, "given up at the end, in base units", "0"),
    Column(
        "over_qty",
        BASE_QTY,
        Computed(_OVER, persisted=True),
        comment="done and cancelled above ordered, in base units",
    ),
    Column(
        "open_qty",
        BASE_QTY,
        Computed(_OPEN, persisted=True),
        comment="still expected, in base units",
    ),
    key("over_tolerance_pct", SENT, "percent above ordered that is accepted", "0"),
    key("under_tolerance_pct", SENT, "percent below ordered at which the line is complete", "0"),
    key("state", TEXT_, "where the line stands", "'open'"),
    key("was_refused", Boolean(), "before a late fact came it was refused, not cancelled", "false"),
    col("final_seq", BigInteger(), "message that ended the line: a final fact or a close"),
    col("last_fact_seq", BigInteger(), "message of the last fact that was applied to it"),
    col("last_fact_at", INSTANT, "when the last fact was applied to it"),
    key("row_version", BigInteger(), "raised by every change; guards optimistic updates", "0"),
    PrimaryKeyConstraint("warehouse_code", "order_type", "order_no", "line_no"),
    one_of("state", states.names(states.LINE_STATES)),
    one_of("direction", ("in", "out")),
    CheckConstraint(
        "ordered_qty >= 0 AND done_qty >= 0 AND cancelled_qty >= 0 AND short_qty >= 0"
        f" AND {_OPEN} >= 0",
        name="arithmetic",
    ),
    Index(
        "order_line_open_idx",
        "warehouse_code",
        "item_code",
        postgresql_where=text("state = 'open'"),
    ),
    schema=SCHEMA,
    comment="Order lines: ordered + over = done + cancelled + short + open, in base units.",
    postgresql_with={"fillfactor": _HALF_FULL, "autovacuum_analyze_scale_factor": 0.02},
)

order_final = Table(
    "order_final",
    metadata,
    key("warehouse_code", TEXT_, "warehouse that works the order"),
    key("message_seq", BigInteger(), "the fact that said so"),
    key("order_type", TEXT_, "document type of the order"),
    key("order_no", TEXT_, "number of the order"),
    key("order_seq", BigInteger(), "message that had brought the order's revision then in force"),
    key("is_of_components", Boolean(), "true: it ends the component lines of production only"),
    col("reversed_seq", BigInteger(), "message that reversed it"),
    PrimaryKeyConstraint("warehouse_code", "message_seq"),
    Index("order_final_order_idx", "warehouse_code", "order_type", "order_no"),
    schema=SCHEMA,
    comment="Final facts of orders: a reversed one opens the order again, unless others stand.",
)

_BALANCE_KEY = ("warehouse_code", "item_code", "lot_no", "location_code", "stock_status")

balance = Table(
    "balance",
    metadata,
    key("warehouse_code", TEXT_, "warehouse"),
    key("item_code", TEXT_, "item"),
    key("lot_no", TEXT_, "lot; empty for none"),
    key("location_code", TEXT_, "location; empty for the warehouse as a whole"),
    key("stock_status", TEXT_, "stock status"),
    key("qty", BASE_QTY, "quantity, in base units: the sum of its ledger rows", "0"),
    key("row_version", BigInteger(), "raised by every change; guards optimistic updates", "0"),
    key("changed_at", INSTANT, "when the row changed last"),
    PrimaryKeyConstraint(*_BALANCE_KEY),
    one_of("stock_status", STOCK_STATUSES),
    schema=SCHEMA,
    comment="Stock by warehouse, item, lot, location and status.",
    postgresql_with={
        # While an old snapshot keeps dead versions, an update that has to leave its page looks at
        # every one of them for the key's sake: 59 ms for 1,500 after 100 batches, half full 28.
        "fillfactor": _HALF_FULL,
        "autovacuum_vacuum_scale_factor": 0.02,
        "autovacuum_analyze_scale_factor": 0.02,
    },
)

ledger = Table(
    "ledger",
    metadata,
    key("warehouse_code", TEXT_, "warehouse"),
    key("ledger_seq", BigInteger(), "position in the warehouse's ledger: no gaps, in commit order"),
    key("message_seq", BigInteger(), "message that caused it"),
    key("line_no", Integer(), "line of that message; 0 for the whole"),
    key("entry_no", Integer(), "number of the row within the line"),
    key("movement_type", TEXT_, "why the stock changed"),
    col("reverses_ledger_seq", BigInteger(), "row of the same warehouse that this one negates"),
    key("item_code", TEXT_, "item"),
    key("lot_no", TEXT_, "lot; empty for none"),
    key("serial_no", TEXT_, "serial number; empty for none"),
    key("location_code", TEXT_, "location; empty for the warehouse as a whole"),
    key("stock_status", TEXT_, "stock status"),
    key("qty", BASE_QTY, "signed quantity, in base units"),
    col("sent_qty", SENT, "quantity of the line as sent"),
    col("sent_uom", TEXT_, "unit of the line as sent"),
    col("numerator", BigInteger(), "ratio used: one sent_uom = numerator / denominator base units"),
    col("denominator", BigInteger(), "ratio used"),
    col("order_type", TEXT_, "order it belongs to"),
    col("order_no", TEXT_, "order it belongs to"),
    col("order_line_no", Integer(), "order line it was allocated to"),
    col("order_qty", BASE_QTY, "signed base quantity that it adds to the line's done"),
    col("reason_code", TEXT_, "why, as sent"),
    col("source_seq", BigInteger(), "the sender's number of the fact"),
    key("occurred_at", INSTANT, "when it happened"),
    key("business_date", Date(), "day it happened, in the warehouse's time zone"),
    key("received_at", INSTANT, "when the message was received"),
    key("applied_at", INSTANT, "when it was posted"),
    key("posting_date", Date(), "day it counts for: the first open day from business_date"),
    Column(
        "is_late",
        Boolean(),
        Computed("posting_date <> business_date", persisted=True),
        comment="true: it happened in a closed period and counts for a later one",
    ),
    PrimaryKeyConstraint("warehouse_code", "ledger_seq"),
    Index(
        "ledger_message_key", "warehouse_code", "message_seq", "line_no", "entry_no", unique=True
    ),
    Index(
        "ledger_source_seq_idx",
        "warehouse_code",
        "source_seq",
        postgresql_where=text("source_seq IS NOT NULL"),
    ),
    Index("ledger_late_idx", "warehouse_code", "posting_date", postgresql_where=text("is_late")),
    one_of("movement_type", tuple(m.name for m in MOVEMENTS)),
    schema=SCHEMA,
    comment="The inventory ledger; append-only, corrections are new rows linked to the old.",
    postgresql_with={"autovacuum_vacuum_insert_scale_factor": 0.05},
)

lot = Table(
    "lot",
    metadata,
    key("warehouse_code", TEXT_, "warehouse"),
    key("item_code", TEXT_, "item"),
    key("lot_no", TEXT_, "lot"),
    col("expires_on", Date(), "day of expiry, as it was said first; null: taken back"),
    col("message_seq", BigInteger(), "message that said it first"),
    PrimaryKeyConstraint("warehouse_code", "item_code", "lot_no"),
    schema=SCHEMA,
    comment="Lots whose day of expiry was told: another day for the same lot is a clash.",
)

serial = Table(
    "serial",
    metadata,
    key("warehouse_code", TEXT_, "warehouse"),
    key("item_code", TEXT_, "item"),
    key("serial_no", TEXT_, "serial number"),
    key("on_hand", Integer(), "pieces on hand: the sum of its ledger rows but counts and transit"),
    key("message_seq", BigInteger(), "message that brought or took it last"),
    key("row_version", BigInteger(), "raised by every change; guards optimistic updates", "0"),
    key("changed_at", INSTANT, "when the row changed last"),
    PrimaryKeyConstraint("warehouse_code", "item_code", "serial_no"),
    schema=SCHEMA,
    comment="Serial numbers: 1 on hand, 0 gone, 2 two of one number, below 0 left unseen.",
    postgresql_with={"fillfactor": 80, "autovacuum_vacuum_scale_factor": 0.02},
)

period = Table(
    "period",
    metadata,
    key("warehouse_code", TEXT_, "warehouse"),
    key("period_start", Date(), "first day of the month, in the warehouse's calendar"),
    key("state", TEXT_, "open, closing or closed"),
    col("closed_ledger_seq", BigInteger(), "position of the warehouse's ledger when it was closed"),
    key("changed_at", INSTANT, "when the state was set"),
    key("changed_by", TEXT_, "login, and the operator's name beside it"),
    key("reason", TEXT_, "why"),
    PrimaryKeyConstraint("warehouse_code", "period_start"),
    one_of("state", states.names(states.PERIOD_STATES)),
    CheckConstraint("extract(day FROM period_start) = 1", name="period_start"),
    CheckConstraint("(state = 'closed') = (closed_ledger_seq IS NOT NULL)", name="closed"),
    schema=SCHEMA,
    comment="The months that somebody set; one that is not here is open. ops.period_set sets them.",
)

count_position = Table(
    "count_position",
    metadata,
    key("warehouse_code", TEXT_, "warehouse"),
    key("item_code", TEXT_, "item"),
    key("lot_no", TEXT_, "lot; empty for none"),
    key("location_code", TEXT_, "location; empty for the warehouse as a whole"),
    key("stock_status", TEXT_, "stock status"),
    key(
        "counted_through_seq",
        BigInteger(),
        "source_seq of the last movement that the count includes",
    ),
    key("counted_qty", BASE_QTY, "counted, in base units"),
    key("message_seq", BigInteger(), "the count's message"),
    PrimaryKeyConstraint(*_BALANCE_KEY),
    schema=SCHEMA,
    comment="The newest count of each balance: facts from before it correct themselves.",
)
