"""Define `recon`: the nightly reconciliation, its runs, their rows, and the rules they go by.

A run is immutable once it has ended: `schema/functions/recon.sql` holds the triggers. What a run
reads on its way (both sides, movements) lies in temporary tables and is gone with its session.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import UserDefinedType

from schema import reconciliation
from schema.tables.base import BASE_QTY, INSTANT, SENT, TEXT_, col, key, metadata, one_of

SCHEMA = "recon"

_KEY = ("warehouse_code", "item_code", "lot_no", "stock_status")


class PgSnapshot(UserDefinedType[Any]):
    """PostgreSQL's list of the transactions that a snapshot sees."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in DDL."""
        return "pg_snapshot"


def _identity(name: str, comment: str) -> Column[Any]:
    return Column(name, BigInteger, Identity(always=True), comment=comment)


def _run() -> Column[Any]:
    return key("run_id", BigInteger(), "the run")


def _key_columns() -> list[Column[Any]]:
    """Return the columns of the canonical key; locations are summed up."""
    return [
        key("warehouse_code", TEXT_, "warehouse"),
        key("item_code", TEXT_, "canonical item code"),
        key("lot_no", TEXT_, "lot; empty for none", "''"),
        key("stock_status", TEXT_, "canonical stock status"),
    ]


def _of_run() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["run_id"], ["recon.run.run_id"])


def _validity() -> list[Column[Any]]:
    return [
        key("valid_from", Date(), "first day on which it holds"),
        col("valid_to", Date(), "last day on which it holds; null: until further notice"),
        key("reason", TEXT_, "why"),
    ]


difference_class = Table(
    "class",
    metadata,
    key("class", TEXT_, "name of the class, the same in every report"),
    key("test_order", Integer(), "when it is tested: the first that fits is taken"),
    key("kind", TEXT_, "run, quarantine, part (of the known movements) or residual"),
    key("evidence", TEXT_, "A proven, B structural, C numeric suspicion, none"),
    key("owner", TEXT_, "who acts"),
    key("action", TEXT_, "what to do"),
    key("is_unexplained", Boolean(), "true: a run that has it does not end well"),
    key("may_adjust", Boolean(), "true: an adjustment may be suggested"),
    key("meaning", TEXT_, "what it means"),
    PrimaryKeyConstraint("class"),
    one_of("evidence", reconciliation.EVIDENCES),
    schema=SCHEMA,
    comment="The classes of differences, as data.",
)

phrase = Table(
    "phrase",
    metadata,
    key("why_key", TEXT_, "name of the sentence"),
    key("text", TEXT_, "the sentence; {name} stands for an argument"),
    PrimaryKeyConstraint("why_key"),
    schema=SCHEMA,
    comment="The sentences that say why a key differs.",
)

run = Table(
    "run",
    metadata,
    _identity("run_id", "number of the run"),
    key("as_of", INSTANT, "the newest snapshots up to this instant are compared"),
    key("state", TEXT_, "running, closed, not_valid or failed", "'running'"),
    col("verdict", TEXT_, "RECONCILED, OPEN_ITEMS or NOT_VALID; null while it runs"),
    col("reason", TEXT_, "why it is not valid or failed"),
    key("trigger", TEXT_, "nightly or command"),
    key("requested_by", TEXT_, "login, and the operator's name beside it", "session_user"),
    key("started_at", INSTANT, "when it was started", "clock_timestamp()"),
    col("ended_at", INSTANT, "when it ended"),
    col("previous_run_id", BigInteger(), "the closed run before it in the chain"),
    key("config", JSONB(), "limits, tolerances, scope rules, roll-ups, version of the maps"),
    col("config_hash", TEXT_, "SHA-256 of config"),
    col("input_hash", TEXT_, "SHA-256 of the inputs: positions, totals and hashes of snapshots"),
    col("previous_hash", TEXT_, "run_hash of the closed run before it; empty for the first"),
    col("run_hash", TEXT_, "SHA-256 of previous_hash, header, inputs and all rows of the run"),
    key("revision", TEXT_, "revision of the schema"),
    key("durations", JSONB(), "seconds of each step", "'{}'"),
    PrimaryKeyConstraint("run_id"),
    UniqueConstraint("previous_hash"),
    one_of("state", reconciliation.RUN_STATES),
    one_of("verdict", reconciliation.VERDICTS),
    one_of("trigger", reconciliation.TRIGGERS),
    CheckConstraint("(state = 'closed') = (run_hash IS NOT NULL)", name="closed"),
    Index("run_running_idx", "run_id", postgresql_where=text("state = 'running'")),
    schema=SCHEMA,
    comment="The runs of the reconciliation; one that has ended is never changed.",
)

run_warehouse = Table(
    "run_warehouse",
    metadata,
    _run(),
    key("warehouse_code", TEXT_, "warehouse"),
    col("previous_run_id", BigInteger(), "last closed run of this warehouse"),
    col("erp_seq", BigInteger(), "message of the ERP's snapshot"),
    col("wms_seq", BigInteger(), "message of the WMS's snapshot"),
    col("erp_snapshot_no", TEXT_, "the ERP's number of it"),
    col("wms_snapshot_no", TEXT_, "the WMS's number of it"),
    col("erp_as_of", INSTANT, "instant of the ERP's snapshot"),
    col("wms_as_of", INSTANT, "instant of the WMS's snapshot"),
    col("erp_through_seq", BigInteger(), "last delivery_id that the ERP's snapshot contains"),
    col("wms_through_seq", BigInteger(), "last source_seq that the WMS's snapshot contains"),
    col("erp_line_count", BigInteger(), "lines of the ERP's snapshot, counted"),
    col("wms_line_count", BigInteger(), "lines of the WMS's snapshot, counted"),
    col("erp_total_qty", SENT, "sum of its quantities as sent, over all units"),
    col("wms_total_qty", SENT, "sum of its quantities as sent, over all units"),
    col("erp_hash", TEXT_, "hash of what the ERP's snapshot says"),
    col("wms_hash", TEXT_, "hash of what the WMS's snapshot says"),
    key("ledger_seq", BigInteger(), "position of the warehouse's ledger when it was read", "0"),
    col("visible", PgSnapshot(), "transactions that the run saw; tells what was told later"),
    col("skew_s", SENT, "seconds between the two snapshots"),
    key("straddling_count", BigInteger(), "movements between the snapshots", "0"),
    key("key_count", BigInteger(), "keys that are not zero on a side, and in scope", "0"),
    key("compared_count", BigInteger(), "keys that were compared", "0"),
    key("quarantined_count", BigInteger(), "lines set apart: unknown codes, doubles", "0"),
    key("not_comparable_count", BigInteger(), "lines out of scope", "0"),
    key("not_assessable_count", BigInteger(), "keys of which lines lie apart", "0"),
    key("agreed_raw_count", BigInteger(), "keys whose books agree within tolerance", "0"),
    key("agreed_adjusted_count", BigInteger(), "keys whose residual is within tolerance", "0"),
    key("has_echo", Boolean(), "true: the ERP says what it posts", "false"),
    PrimaryKeyConstraint("run_id", "warehouse_code"),
    _of_run(),
    Index("run_warehouse_last_idx", "warehouse_code", "run_id"),
    schema=SCHEMA,
    comment="What a run compared in a warehouse: both snapshots, positions and counts.",
)

run_total = Table(
    "run_total",
    metadata,
    _run(),
    key("warehouse_code", TEXT_, "warehouse"),
    key("uom", TEXT_, "base unit: quantities never add across units"),
    key("currency", TEXT_, "currency of the values; empty for none", "''"),
    *(
        column
        for name, meaning in (
            ("erp", "ERP's book"),
            ("cut_off", "cut-off"),
            ("in_flight", "in flight"),
            ("rejected", "rejected"),
            ("unconfirmed", "unconfirmed"),
            ("carried", "carried forward, restated"),
            ("erp_drift", "new drift of the ERP's book"),
            ("wms_drift", "new drift of the WMS's book"),
            ("wms", "WMS's book"),
        )
        for column in (
            key(f"{name}_qty", SENT, f"{meaning}, in uom", "0"),
            key(f"{name}_value", SENT, f"{meaning}, in currency", "0"),
        )
    ),
    PrimaryKeyConstraint("run_id", "warehouse_code", "uom", "currency"),
    _of_run(),
    CheckConstraint(
        "erp_qty - cut_off_qty - in_flight_qty - rejected_qty - unconfirmed_qty - carried_qty"
        " - erp_drift_qty + wms_drift_qty = wms_qty",
        name="qty_adds_up",
    ),
    CheckConstraint(
        "erp_value - cut_off_value - in_flight_value - rejected_value - unconfirmed_value"
        " - carried_value - erp_drift_value + wms_drift_value = wms_value",
        name="value_adds_up",
    ),
    schema=SCHEMA,
    comment="The waterfall: ERP total, its parts, WMS total; it adds up to the last digit.",
)

gate = Table(
    "gate",
    metadata,
    _run(),
    key("warehouse_code", TEXT_, "warehouse; * for the whole run"),
    key("gate", TEXT_, "name of the gate"),
    key("passed", Boolean(), "false: the run is not valid"),
    col("expected", TEXT_, "what would have been right"),
    col("found", TEXT_, "what was found"),
    key("text", TEXT_, "the finding in words"),
    PrimaryKeyConstraint("run_id", "warehouse_code", "gate"),
    _of_run(),
    schema=SCHEMA,
    comment="What was tested before anything was compared; one that fails makes the run invalid.",
)

difference = Table(
    "difference",
    metadata,
    _run(),
    *_key_columns(),
    key("uom", TEXT_, "base unit of the item"),
    col("unit_cost", SENT, "cost of one base unit"),
    col("currency", TEXT_, "ISO 4217 code of unit_cost"),
    col("abc_class", TEXT_, "A, B or C"),
    key("erp_qty", BASE_QTY, "the ERP's book"),
    key("wms_qty", BASE_QTY, "the WMS's book"),
    key("book_qty", BASE_QTY, "the ledger's balance when the run read it"),
    key("difference_qty", BASE_QTY, "ERP - WMS"),
    key("cut_off_qty", BASE_QTY, "known: cut-off"),
    key("in_flight_qty", BASE_QTY, "known: in flight, late or not"),
    key("rejected_qty", BASE_QTY, "known: in error or held"),
    key("unconfirmed_qty", BASE_QTY, "known: taken, not answered within the limit"),
    key("residual_qty", BASE_QTY, "difference without what is known; carried + ERP - WMS drift"),
    key("carried_qty", BASE_QTY, "residual of the last run, restated by late messages"),
    key("reported_carried_qty", BASE_QTY, "residual of the last run, as it was reported"),
    key("erp_drift_qty", BASE_QTY, "the ERP's book changed so much without the ledger, since then"),
    key("wms_drift_qty", BASE_QTY, "the WMS's book changed so much without the ledger, since then"),
    key("erp_total_drift_qty", BASE_QTY, "the ERP's book less what it should hold"),
    key("wms_total_drift_qty", BASE_QTY, "the WMS's book less what it should hold"),
    key("class", TEXT_, "cause, the first class that fits"),
    key("evidence", TEXT_, "A, B, C or none"),
    key("flags", ARRAY(TEXT_), "what else is to be said, sorted", "'{}'"),
    key("tolerance_qty", BASE_QTY, "residual that is tolerated", "0"),
    key("is_tolerated", Boolean(), "true: the residual is within tolerance", "false"),
    col("value", SENT, "abs(residual) * unit_cost, in currency"),
    key("first_run_id", BigInteger(), "run in which the residual was seen first"),
    key("first_seen_on", Date(), "night in which it was seen first"),
    key("night_count", Integer(), "closed runs in a row in which it is open, this one included"),
    key("owner", TEXT_, "who acts"),
    key("action", TEXT_, "what to do"),
    key("why", TEXT_, "the cause as a sentence"),
    key("why_key", TEXT_, "the sentence's name in recon.phrase"),
    key("why_args", JSONB(), "its arguments"),
    key("candidate_count", Integer(), "movements that may explain it, listed as parts", "0"),
    PrimaryKeyConstraint("run_id", *_KEY),
    _of_run(),
    CheckConstraint("difference_qty = erp_qty - wms_qty", name="difference_qty"),
    CheckConstraint(
        "residual_qty = difference_qty - cut_off_qty - in_flight_qty - rejected_qty"
        " - unconfirmed_qty",
        name="residual_qty",
    ),
    CheckConstraint("residual_qty = carried_qty + erp_drift_qty - wms_drift_qty", name="identity"),
    CheckConstraint("residual_qty = erp_total_drift_qty - wms_total_drift_qty", name="drift"),
    one_of("class", reconciliation.NAMES),
    one_of("evidence", reconciliation.EVIDENCES),
    Index("difference_key_idx", *_KEY, "run_id"),
    schema=SCHEMA,
    comment="The keys of a run that differ, or whose parts do not vanish; the rest is counted.",
)

difference_part = Table(
    "difference_part",
    metadata,
    _run(),
    *_key_columns(),
    key("part_no", Integer(), "number of the part within the key"),
    key("class", TEXT_, "class of the part; candidates have the class they would prove"),
    key("evidence", TEXT_, "A, B, C or none"),
    key("side", TEXT_, "side whose book has it: erp, wms or both"),
    col("qty", BASE_QTY, "signed as in ERP - WMS, or the suspected amount; null: not known"),
    col("seq", BigInteger(), "message"),
    col("line_no", Integer(), "line of the message"),
    col("ledger_seq", BigInteger(), "position in the warehouse's ledger"),
    col("delivery_id", BigInteger(), "delivery to the ERP"),
    col("posting_message_id", TEXT_, "echo of the ERP"),
    col("source_seq", BigInteger(), "the WMS's number"),
    col("doc_type", TEXT_, "document type"),
    col("doc_no", TEXT_, "the sender's number of the document"),
    col("state", TEXT_, "state of the message, or of its delivery"),
    col("happened_at", INSTANT, "when it happened"),
    col("age_s", SENT, "seconds from then to the run's as_of"),
    key("detail", JSONB(), "more evidence", "'{}'"),
    PrimaryKeyConstraint("run_id", *_KEY, "part_no"),
    _of_run(),
    one_of("class", reconciliation.NAMES),
    one_of("side", reconciliation.SIDES),
    schema=SCHEMA,
    comment="The messages behind a difference: known movements, late messages, candidates.",
)

quarantine = Table(
    "quarantine",
    metadata,
    _run(),
    key("warehouse_code", TEXT_, "warehouse"),
    key("side", TEXT_, "whose snapshot: erp or wms"),
    key("line_no", Integer(), "line of the snapshot"),
    col("item_code", TEXT_, "item as sent"),
    col("lot_no", TEXT_, "lot as sent"),
    col("location_code", TEXT_, "location as sent"),
    col("stock_status", TEXT_, "stock status as sent"),
    col("uom", TEXT_, "unit as sent"),
    col("qty", SENT, "quantity as sent"),
    key("class", TEXT_, "UNKNOWN_*, DUPLICATE_KEY or NOT_COMPARABLE"),
    col("missing", TEXT_, "what has no mapping, or stands twice"),
    col("rule_id", BigInteger(), "scope rule that sets it apart"),
    PrimaryKeyConstraint("run_id", "warehouse_code", "side", "line_no"),
    _of_run(),
    one_of("class", reconciliation.NAMES),
    one_of("side", reconciliation.SIDES),
    schema=SCHEMA,
    comment="Lines of snapshots that were set apart: unknown codes, doubles, out of scope.",
)

figure = Table(
    "figure",
    metadata,
    _run(),
    key("warehouse_code", TEXT_, "warehouse; * for all"),
    key("abc_class", TEXT_, "A, B or C; * for all", "'*'"),
    key(
        "flow",
        TEXT_,
        "document type; of quantities the unit, of values the currency; * for all",
        "'*'",
    ),
    key("name", TEXT_, "name of the figure"),
    col("value", SENT, "the figure; null: nothing to divide by"),
    col("numerator", SENT, "what was counted"),
    col("denominator", SENT, "out of how many"),
    key("unit", TEXT_, "unit of value"),
    col("target", SENT, "what it should be"),
    PrimaryKeyConstraint("run_id", "warehouse_code", "abc_class", "flow", "name"),
    _of_run(),
    schema=SCHEMA,
    comment="The figures of a run, with what they were computed from.",
)

figure_kind = Table(
    "figure_kind",
    metadata,
    key("name", TEXT_, "name of the figure"),
    key("source", TEXT_, "interface (messages, live in ops.kpi) or run (the books)"),
    key("per", TEXT_, "what it is published by besides the warehouse"),
    key("unit", TEXT_, "unit of its value"),
    key("better", TEXT_, "higher, lower or none"),
    key("meaning", TEXT_, "what it says"),
    key("numerator", TEXT_, "what is counted"),
    key("denominator", TEXT_, "out of how many"),
    col("factor", SENT, "value = factor * numerator / denominator; null: computed otherwise"),
    col("target", SENT, "what it should be"),
    key("position", Integer(), "place in lists"),
    PrimaryKeyConstraint("name"),
    one_of("source", ("interface", "run")),
    one_of("better", ("higher", "lower", "none")),
    schema=SCHEMA,
    comment="The figures that crossdock promises, with their definitions.",
)

count_tolerance = Table(
    "count_tolerance",
    metadata,
    key("abc_class", TEXT_, "A, B or C; * for items without a class"),
    key("pct", SENT, "percent of the book that a count may differ by"),
    key("meaning", TEXT_, "which items these are"),
    PrimaryKeyConstraint("abc_class"),
    CheckConstraint("pct >= 0", name="pct"),
    schema=SCHEMA,
    comment="How exact a count must be to be called right, by ABC class.",
)

book_total = Table(
    "book_total",
    metadata,
    _run(),
    key("warehouse_code", TEXT_, "warehouse"),
    key("abc_class", TEXT_, "A, B or C; empty for none"),
    key("uom", TEXT_, "base unit: quantities never add across units"),
    key("currency", TEXT_, "currency of the values; empty for none"),
    key("key_count", BigInteger(), "keys that the WMS's book holds"),
    key("abs_qty", SENT, "sum of abs(quantity), in uom"),
    key("abs_value", SENT, "sum of abs(quantity) * unit cost, in currency"),
    PrimaryKeyConstraint("run_id", "warehouse_code", "abc_class", "uom", "currency"),
    _of_run(),
    schema=SCHEMA,
    comment="What the WMS's book held in a run: the denominators of its figures.",
)

adjustment = Table(
    "adjustment",
    metadata,
    _identity("adjustment_id", "number of the adjustment"),
    _run(),
    *_key_columns(),
    key("side", TEXT_, "whose book it changes: erp or wms"),
    key("qty", BASE_QTY, "signed quantity to post"),
    key("uom", TEXT_, "base unit of the item"),
    col("value", SENT, "abs(qty) * unit_cost"),
    col("currency", TEXT_, "ISO 4217 code of value"),
    key("class", TEXT_, "class of the difference"),
    key("evidence", TEXT_, "A or B: a suspicion is never adjusted"),
    key("state", TEXT_, "suggested, approved, rejected, posted, expired, count_requested"),
    key("idempotency_key", TEXT_, "made of run, key and quantity: it is posted once"),
    key("suggested_at", INSTANT, "when it was suggested"),
    col("requested_by", TEXT_, "who approved first, where a second person is needed"),
    col("requested_login", TEXT_, "that person's login: another one approves"),
    col("approved_by", TEXT_, "who approved or rejected it"),
    col("approved_at", INSTANT, "when"),
    col("reason", TEXT_, "why"),
    col("expires_reason", TEXT_, "why it expired"),
    col("posted_at", INSTANT, "when it was sent to the system whose book it changes"),
    col("expired_at", INSTANT, "when it expired"),
    col("posted_seq", BigInteger(), "message that carries it"),
    col("delivery_id", BigInteger(), "delivery that carries it"),
    col("answered_state", TEXT_, "what the receiver answered"),
    col("document_ref", TEXT_, "the receiver's document number"),
    PrimaryKeyConstraint("adjustment_id"),
    UniqueConstraint("idempotency_key"),
    _of_run(),
    one_of("side", ("erp", "wms")),
    one_of("evidence", ("A", "B")),
    one_of(
        "state",
        ("suggested", "approved", "rejected", "posted", "expired", "count_requested"),
    ),
    Index("adjustment_key_idx", *_KEY),
    Index(
        "adjustment_open_idx",
        "adjustment_id",
        postgresql_where=text("answered_state IS NULL AND state NOT IN ('rejected', 'expired')"),
    ),
    schema=SCHEMA,
    comment="Suggested corrections of one side's book, and what became of them.",
)

approval_limit = Table(
    "approval_limit",
    metadata,
    key("role", TEXT_, "database role; its members may approve so much alone"),
    key("value_limit", SENT, "value up to which one person approves an adjustment"),
    PrimaryKeyConstraint("role"),
    CheckConstraint("value_limit >= 0", name="value_limit"),
    schema=SCHEMA,
    comment="Up to which value the members of a role approve adjustments alone.",
)

scope_rule = Table(
    "scope_rule",
    metadata,
    _identity("rule_id", "number of the rule"),
    col("warehouse_code", TEXT_, "warehouse; null: any"),
    col("item_code", TEXT_, "item; null: any"),
    col("stock_status", TEXT_, "stock status; null: any"),
    col("side", TEXT_, "side that does not keep it; null: both"),
    *_validity(),
    PrimaryKeyConstraint("rule_id"),
    one_of("side", ("erp", "wms")),
    schema=SCHEMA,
    comment="Stock that is not compared, since one side does not keep it.",
)

roll_up = Table(
    "roll_up",
    metadata,
    _identity("rule_id", "number of the rule"),
    key("side", TEXT_, "side that is coarser; the key is rolled up on both sides and the ledger"),
    key("domain", TEXT_, "lot or stock_status"),
    col("item_code", TEXT_, "item; null: any"),
    key("from_code", TEXT_, "lot or status; * for any lot"),
    key("to_code", TEXT_, "what it counts as; an empty lot: without lots"),
    *_validity(),
    PrimaryKeyConstraint("rule_id"),
    one_of("side", ("erp", "wms")),
    one_of("domain", ("lot", "stock_status")),
    schema=SCHEMA,
    comment="Declared roll-ups: several lots or statuses that are compared as one.",
)

tolerance = Table(
    "tolerance",
    metadata,
    key("abc_class", TEXT_, "A, B or C; * for any", "'*'"),
    key("uom", TEXT_, "base unit; * for any", "'*'"),
    key("abs_qty", BASE_QTY, "tolerated in any case", "0"),
    key("pct", SENT, "tolerated in percent of the larger book", "0"),
    col("approval_value_limit", SENT, "adjustments above it need a second person; null: all do"),
    PrimaryKeyConstraint("abc_class", "uom"),
    CheckConstraint("abs_qty >= 0 AND pct >= 0", name="not_negative"),
    schema=SCHEMA,
    comment="Residuals that are tolerated; the row that names class and unit best holds.",
)

second_look = Table(
    "second_look",
    metadata,
    key("run_id", BigInteger(), "run whose open keys were read a second time"),
    *_key_columns(),
    key("erp_qty", BASE_QTY, "the ERP's book at the second look"),
    key("wms_qty", BASE_QTY, "the WMS's book at the second look"),
    key("residual_qty", BASE_QTY, "what was left of the difference then"),
    key("is_transient", Boolean(), "true: nothing was left, the difference had vanished"),
    key("at", INSTANT, "when both answers were compared"),
    PrimaryKeyConstraint("run_id", *_KEY),
    _of_run(),
    schema=SCHEMA,
    comment="What a second look at both sides found of a run's open keys; append-only.",
)

comment = Table(
    "comment",
    metadata,
    _identity("comment_id", "number of the comment"),
    *_key_columns(),
    col("run_id", BigInteger(), "run that was looked at"),
    key("at", INSTANT, "when", "clock_timestamp()"),
    key("by", TEXT_, "login, and the operator's name beside it", "session_user"),
    col("owner", TEXT_, "who takes it over; null: no change"),
    key("text", TEXT_, "what was said"),
    PrimaryKeyConstraint("comment_id"),
    Index("comment_key_idx", *_KEY, "comment_id"),
    schema=SCHEMA,
    comment="What people say about a difference, and who takes it over; append-only.",
)
