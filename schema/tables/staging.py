"""Define `staging`: the versioned intermediate tables both systems write to and read from.

`message` and `line` hold every document type of every contract version: one wide table each, so
that a claim, a rule or a settle step is one statement for all types. The contract views cut them
to size. `delivery` and `delivery_line` hold what receivers read, codes mapped as they were sent.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.types import UserDefinedType

from schema import states
from schema.catalogue import DOCUMENT_TYPES
from schema.contract.v1.documents import DOCUMENTS
from schema.tables.base import INSTANT, SENT, TEXT_, TYPES, col, key, metadata, one_of

SCHEMA = "staging"

#: For tables whose rows leave for the archive. With the server's default of 20 % dead rows a table
#: of 15 million lines would be vacuumed after 3 million have left; so after 300,000.
_LEAVING: dict[str, Any] = {
    "autovacuum_vacuum_scale_factor": 0.02,
    "autovacuum_vacuum_threshold": 1000,
    "autovacuum_vacuum_insert_scale_factor": 0.05,
    "autovacuum_analyze_scale_factor": 0.02,
}


class Xid8(UserDefinedType[Any]):
    """PostgreSQL's 64-bit transaction id, which never wraps."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the type's name in DDL."""
        return "xid8"


def _base_columns(part: str) -> list[tuple[str, str, str]]:
    """Return (name, type, comment) of each base column that some document uses, in first-use order.

    Columns that several documents share keep the comment of the first, unless they are own numbers.
    """
    seen: dict[str, tuple[str, str, str]] = {}
    for document in DOCUMENTS:
        for column in document.header if part == "header" else document.line:
            used_by = column.comment if column.name == column.base else _SHARED[column.base]
            seen.setdefault(column.base, (column.base, column.type, used_by))
    return list(seen.values())


_SHARED = {
    "doc_no": "the sender's own number of the document",
    "note": "free text",
    "party_code": "supplier, customer or carrier",
    "qty": "quantity, in uom",
    "location_code": "location in the warehouse; the one left by a move",
    "stock_status": "stock status; the one left by a move",
}

HEADER_BASE = _base_columns("header")
LINE_BASE = _base_columns("line")


def _document_columns(base: list[tuple[str, str, str]]) -> list[Column[Any]]:
    return [col(name, TYPES[kind], comment) for name, kind, comment in base]


def _case_by_type(pairs: dict[str, str], otherwise: str) -> str:
    branches = " ".join(f"WHEN '{name}' THEN {value}" for name, value in pairs.items())
    return f"CASE new.doc_type {branches} ELSE {otherwise} END"


_MASTER_KEY = {
    "item": "btrim(new.item_code)",
    "item_uom": "btrim(new.item_code) || ' ' || btrim(new.uom)",
    "party": "btrim(new.party_code) || ' ' || btrim(new.role)",
    "warehouse": "btrim(new.warehouse_code)",
    "location": "btrim(new.warehouse_code) || ' ' || btrim(new.location_code)",
    "code_map": "btrim(new.system_code) || ' ' || btrim(new.domain)"
    " || ' ' || btrim(new.external_code)",
}
_MASTERS = ", ".join(f"'{d.name}'" for d in DOCUMENTS if d.kind == "master")

#: Columns of a message that a trigger fills when it comes. Generated columns would do the same, but
#: PostgreSQL reads their expressions anew for each INSERT: 64 us of the 121 that one header cost.
PLACED = {
    "lane": f"CASE WHEN new.doc_type IN ({_MASTERS}) THEN '*'"
    " ELSE coalesce(nullif(btrim(new.warehouse_code), ''), '*') END",
    "road": _case_by_type(
        {t.name: f"'{t.road}'" for t in DOCUMENT_TYPES if t.road != "fact"}, "'fact'"
    ),
    "doc_key": "new.doc_type || ' ' || coalesce("
    f"{_case_by_type(_MASTER_KEY, 'btrim(new.doc_no)')}, new.message_id)",
}
#: What they are made of.
PLACED_BY = (
    "message_id", "doc_type", "warehouse_code", "doc_no", "item_code", "uom", "party_code", "role",
    "location_code", "system_code", "domain", "external_code",
)  # fmt: skip

_MESSAGE_ID_OK = "message_id <> '' AND length(message_id) <= 200"

message = Table(
    "message",
    metadata,
    Column(
        "seq",
        BigInteger,
        Identity(always=True),
        comment="number of the message, unique across everything",
    ),
    key("sender", TEXT_, "system that sent it; told by the login", "staging.sender()"),
    key("doc_type", TEXT_, "document type: the name of the view it came through"),
    key("message_id", TEXT_, "the sender's own id of this transmission, trimmed"),
    col("warehouse_code", TEXT_, "warehouse of the document, as sent"),
    col("action", TEXT_, "requests: upsert, cancel, close; facts: post, reverse"),
    col("line_count", Integer(), "control total: the message is complete when so many lines exist"),
    key("state", TEXT_, "where the message stands; see staging.step", "'received'"),
    key("xid", Xid8(), "transaction that brought it", "pg_current_xact_id()"),
    key("received_at", INSTANT, "when it was inserted", "clock_timestamp()"),
    Column(
        "lane",
        TEXT_,
        nullable=False,
        comment="warehouse whose worker applies it; * for master data and unknown warehouses",
    ),
    Column(
        "road",
        TEXT_,
        nullable=False,
        comment="kind of batch that applies it: master, detail, request, answer, fact, count ...",
    ),
    Column(
        "doc_key",
        TEXT_,
        nullable=False,
        comment="document key: messages with the same key in a lane are applied one after another",
    ),
    col("finished_at", INSTANT, "when it reached a state in which nothing moves by itself"),
    key("attempts", Integer(), "attempts that failed", "0"),
    key("passes", Integer(), "times it was processed without coming to an end", "0"),
    col("next_attempt_at", INSTANT, "not tried before this"),
    col("waiting_for", TEXT_, "the first thing it waits for: lines, window, item:X, answer:N ..."),
    col("waiting_since", INSTANT, "since when it waits"),
    col("wait_until", INSTANT, "when its wait ends by decision"),
    col("duplicate_of", BigInteger(), "seq of the message with the same content"),
    col("superseded_by", BigInteger(), "seq of the message that replaced it"),
    col("amended_from", BigInteger(), "seq of the message that this one corrects by hand"),
    col("state_reason", TEXT_, "why it is in its state, in plain words"),
    col("actor", TEXT_, "who made the last step, where it was not the synchronizer"),
    col("attributes", JSONB(), "the sender's extra fields; passed through untouched"),
    *_document_columns(HEADER_BASE),
    PrimaryKeyConstraint("seq"),
    one_of("state", states.names(states.MESSAGE_STATES)),
    CheckConstraint(_MESSAGE_ID_OK, name="message_id"),
    CheckConstraint(
        "state <> 'refused' OR road = 'request'",
        name="a_fact_is_never_refused",
    ),
    Index(
        "message_sender_doc_type_message_id_key", "sender", "doc_type", "message_id", unique=True
    ),
    Index(
        "message_claim_idx",
        "lane",
        "road",
        "seq",
        postgresql_where=text("state IN ('received', 'retrying') AND waiting_for IS NULL"),
    ),
    Index(
        "message_doc_key_idx",
        "lane",
        "doc_key",
        "seq",
        postgresql_where=text("state IN ('received', 'waiting', 'retrying', 'held', 'error')"),
    ),
    Index(
        "message_incomplete_idx",
        "seq",
        postgresql_where=text("state = 'received' AND waiting_for = 'lines'"),
    ),
    # Parked until the window of its document type opens: out of the claim's way, however many.
    Index(
        "message_window_idx",
        "doc_type",
        "lane",
        "seq",
        postgresql_where=text("state = 'received' AND waiting_for = 'window'"),
    ),
    Index(
        "message_duplicate_of_idx",
        "duplicate_of",
        postgresql_where=text("duplicate_of IS NOT NULL"),
    ),
    Index(
        "message_superseded_by_idx",
        "superseded_by",
        postgresql_where=text("superseded_by IS NOT NULL"),
    ),
    # For figures over a night: messages are received in the order in which they lie.
    Index("message_received_at_idx", "received_at", postgresql_using="brin"),
    Index("message_wait_until_idx", "wait_until", postgresql_where=text("state = 'waiting'")),
    Index(
        "message_unapplied_idx",
        "lane",
        text("btrim(order_no)"),
        postgresql_where=text(
            "road = 'fact' AND order_no IS NOT NULL"
            " AND state IN ('received', 'waiting', 'retrying', 'held', 'error')"
        ),
    ),
    schema=SCHEMA,
    comment="Every document header sent, with its state; one row for each transmission.",
    postgresql_with={"fillfactor": 85, **_LEAVING},
)

line = Table(
    "line",
    metadata,
    key("sender", TEXT_, "system that sent it; told by the login", "staging.sender()"),
    key("doc_type", TEXT_, "document type of the header"),
    key("message_id", TEXT_, "message_id of the header, trimmed"),
    key("line_no", Integer(), "number of the line in the document"),
    col("warehouse_code", TEXT_, "warehouse of the document; equal to the header's"),
    key("xid", Xid8(), "transaction that brought it", "pg_current_xact_id()"),
    key("received_at", INSTANT, "when it was inserted", "clock_timestamp()"),
    *_document_columns(LINE_BASE),
    PrimaryKeyConstraint("sender", "doc_type", "message_id", "line_no"),
    CheckConstraint(_MESSAGE_ID_OK, name="message_id"),
    Index("line_received_at_idx", "received_at", postgresql_using="brin"),
    schema=SCHEMA,
    comment="Every document line sent; a line belongs to the header of its message_id.",
    postgresql_with=_LEAVING,
)

delivery = Table(
    "delivery",
    metadata,
    key("delivery_id", BigInteger(), "warehouse_no * 10^12 + n, n in commit order in its lane"),
    key("receiver", TEXT_, "system that reads it"),
    key("doc_type", TEXT_, "document type: the name of the receiver's view"),
    col("warehouse_code", TEXT_, "warehouse of the document; null for master data"),
    key("action", TEXT_, "what the document asks or reports"),
    key("message_id", TEXT_, "the sender's message_id"),
    key("seq", BigInteger(), "number of the message it was made from"),
    key("delivered_at", INSTANT, "when it was made"),
    key("state", TEXT_, "where it stands in the receiver's inbox", "'pending'"),
    key("noticed", Boolean(), "true: the synchronizer has acted on the state", "true"),
    col("receiver_ref", TEXT_, "the receiver's own document number"),
    col("answer_reason_code", TEXT_, "why the receiver refused"),
    col("answer_note", TEXT_, "the receiver's words"),
    col("answered_at", INSTANT, "when the receiver accepted or refused it"),
    col("attributes", JSONB(), "the sender's extra fields"),
    *_document_columns(HEADER_BASE),
    PrimaryKeyConstraint("delivery_id"),
    one_of("state", states.names(states.INBOX_STATES)),
    Index(
        "delivery_inbox_idx",
        "receiver",
        "delivery_id",
        postgresql_where=text("state IN ('pending', 'taken')"),
    ),
    Index(
        "delivery_document_idx",
        "receiver",
        "doc_type",
        "warehouse_code",
        "doc_no",
        "delivery_id",
        postgresql_where=text("state IN ('pending', 'taken')"),
    ),
    # Only requests have a revision: facts, the bulk of what is answered, cost nothing here.
    Index(
        "delivery_answered_idx",
        "receiver",
        "doc_type",
        "warehouse_code",
        "doc_no",
        "delivery_id",
        postgresql_where=text("revision IS NOT NULL AND state IN ('accepted', 'refused')"),
    ),
    Index("delivery_seq_idx", "seq", postgresql_using="brin"),
    Index("delivery_noticed_idx", "delivery_id", postgresql_where=text("NOT noticed")),
    schema=SCHEMA,
    comment="Every document header made for a receiver, with the receiver's answer.",
    postgresql_with={"fillfactor": 85, **_LEAVING},
)

delivery_line = Table(
    "delivery_line",
    metadata,
    key("delivery_id", BigInteger(), "delivery it belongs to"),
    key("line_no", Integer(), "number of the line in the document"),
    key("receiver", TEXT_, "system that reads it"),
    key("doc_type", TEXT_, "document type of the header"),
    col("warehouse_code", TEXT_, "warehouse of the document"),
    key("message_id", TEXT_, "the sender's message_id"),
    *_document_columns(LINE_BASE),
    PrimaryKeyConstraint("delivery_id", "line_no"),
    schema=SCHEMA,
    comment="Every document line made for a receiver, codes mapped to the receiver's own.",
    postgresql_with=_LEAVING,
)

business_key = Table(
    "business_key",
    metadata,
    key("sender", TEXT_, "system that sent the document"),
    key("doc_type", TEXT_, "document type"),
    key("business_key", TEXT_, "what identifies the document's content, apart from message_id"),
    key("seq", BigInteger(), "message that holds the key"),
    key("content_hash", UUID(), "MD5 of all document columns and lines, trimmed, before mapping"),
    PrimaryKeyConstraint("sender", "doc_type", "business_key"),
    # Written in the order of the messages: a BRIN index costs the main road nothing, and lets a
    # message that is retired find the keys that it holds.
    Index(
        "business_key_seq_idx",
        "seq",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 16},
    ),
    schema=SCHEMA,
    comment="The memory of what was said before: the second level of idempotency.",
    postgresql_with={"fillfactor": 90, "autovacuum_analyze_scale_factor": 0.02},
)

memory = Table(
    "memory",
    metadata,
    key("seq", BigInteger(), "number of the retired message"),
    key("sender", TEXT_, "system that sent it"),
    key("doc_type", TEXT_, "document type"),
    key("message_id", TEXT_, "the sender's own id of the transmission, trimmed"),
    col("warehouse_code", TEXT_, "warehouse of the document, trimmed"),
    key("action", TEXT_, "upsert, cancel, close, post or reverse; the default filled in"),
    col("business_key", TEXT_, "key that it holds in staging.business_key; null: none"),
    key("content_hash", UUID(), "the same hash of its content as in staging.business_key"),
    key("state", TEXT_, "what became of it"),
    key("finished_at", INSTANT, "when it came to its end; the month of its archive partition"),
    key("retired_at", INSTANT, "when it was moved to the archive"),
    PrimaryKeyConstraint("seq"),
    one_of("state", states.TERMINAL),
    Index("memory_message_id_idx", "sender", "doc_type", "message_id", "seq"),
    schema=SCHEMA,
    comment="What stays of a retired message for ever: a resend of it is still told as such.",
    postgresql_with={
        "autovacuum_vacuum_insert_scale_factor": 0.05,
        "autovacuum_analyze_scale_factor": 0.02,
    },
)

message_error = Table(
    "message_error",
    metadata,
    Column("error_id", BigInteger, Identity(always=True), comment="number of the finding"),
    key("seq", BigInteger(), "message it was found in"),
    col("line_no", Integer(), "line it was found on; null for the header"),
    col("column_name", TEXT_, "contract column it was found in"),
    key("code", TEXT_, "rule that found it; see staging.rule"),
    key("severity", TEXT_, "error, wait, task or warning"),
    col("value", TEXT_, "what was sent"),
    col("expected", TEXT_, "what would have been right"),
    key("text", TEXT_, "the finding in words"),
    col("hint", TEXT_, "what to do"),
    key("first_seen_at", INSTANT, "when it was found first"),
    col("resolved_at", INSTANT, "since when it no longer holds"),
    PrimaryKeyConstraint("error_id"),
    Index("message_error_seq_idx", "seq"),
    Index(
        "message_error_open_idx", "code", "error_id", postgresql_where=text("resolved_at IS NULL")
    ),
    one_of("severity", ("error", "wait", "task", "warning")),
    schema=SCHEMA,
    comment="Every finding of every message: all of them, not the first.",
    postgresql_with=_LEAVING,
)

wait_key = Table(
    "wait_key",
    metadata,
    key("key", TEXT_, "what is missing: item:X, order:W type number, stock:..., answer:N"),
    key("seq", BigInteger(), "message that waits for it"),
    col("need", SENT, "for stock: the base quantity the message takes from the key"),
    PrimaryKeyConstraint("key", "seq"),
    Index("wait_key_seq_idx", "seq"),
    schema=SCHEMA,
    comment="Who waits for what; the arrival of the thing releases the message.",
)

event = Table(
    "event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), comment="number of the event"),
    key("seq", BigInteger(), "message that made the step"),
    key("at", INSTANT, "when"),
    key("from_state", TEXT_, "state before"),
    key("to_state", TEXT_, "state after"),
    key("actor", TEXT_, "login, or the operator's name beside it"),
    col("reason", TEXT_, "why"),
    PrimaryKeyConstraint("event_id"),
    Index("event_seq_idx", "seq", "event_id"),
    schema=SCHEMA,
    comment="Every step of every message; append-only.",
    postgresql_with=_LEAVING,
)

answer_line = Table(
    "answer_line",
    metadata,
    key("delivery_id", BigInteger(), "delivery that was answered in part"),
    key("line_no", Integer(), "line of the order"),
    col("qty", SENT, "how much of what was asked is accepted; null: nothing of it"),
    col("uom", TEXT_, "unit of qty, canonical; null: the item's base unit"),
    col("reason_code", TEXT_, "why not all of it"),
    PrimaryKeyConstraint("delivery_id", "line_no"),
    schema=SCHEMA,
    comment="Answers by line to deliveries; a line that is not listed is accepted.",
)

posting_line = Table(
    "posting_line",
    metadata,
    key("sender", TEXT_, "system that posted; told by the login", "staging.sender()"),
    key("message_id", TEXT_, "the sender's own id of this row, trimmed"),
    col("warehouse_code", TEXT_, "warehouse of the delivery"),
    col("delivery_id", BigInteger(), "delivery that was posted"),
    col("line_no", Integer(), "line of the delivery"),
    col("receiver_ref", TEXT_, "the ERP's own document number"),
    col("item_code", TEXT_, "item as posted"),
    col("qty", SENT, "quantity as posted, in uom"),
    col("uom", TEXT_, "unit as posted"),
    col("lot_no", TEXT_, "lot as posted"),
    col("stock_status", TEXT_, "stock status as posted"),
    col("posted_at", INSTANT, "when it was posted"),
    key("received_at", INSTANT, "when it was inserted", "clock_timestamp()"),
    PrimaryKeyConstraint("sender", "message_id"),
    CheckConstraint(_MESSAGE_ID_OK, name="message_id"),
    Index("posting_line_delivery_idx", "delivery_id", "line_no"),
    schema=SCHEMA,
    comment="The echo: what the ERP says it posted for a delivery.",
)

document_type = Table(
    "document_type",
    metadata,
    key("doc_type", TEXT_, "document type"),
    key("road", TEXT_, "kind of batch that applies it"),
    key("lines", TEXT_, "required, optional or none"),
    key("actions", ARRAY(TEXT_), "legal actions; the first is the default"),
    key("order_types", ARRAY(TEXT_), "order types it may name"),
    key("senders", ARRAY(TEXT_), "kinds of system that send it"),
    key("meaning", TEXT_, "what it says"),
    PrimaryKeyConstraint("doc_type"),
    schema=SCHEMA,
    comment="The document types of the contract, as data.",
)

column_name = Table(
    "column_name",
    metadata,
    key("doc_type", TEXT_, "document type"),
    key("part", TEXT_, "header or line"),
    key("base", TEXT_, "column of the staging table"),
    key("name", TEXT_, "column of the contract's view"),
    key("type", TEXT_, "type of the column"),
    PrimaryKeyConstraint("doc_type", "part", "base"),
    schema=SCHEMA,
    comment="What a sender may say in each document; findings and amendments name columns so.",
)

rule = Table(
    "rule",
    metadata,
    key("code", TEXT_, "error code, FAMILY-nnn"),
    key("severity", TEXT_, "error, wait, task or warning"),
    key("repair", TEXT_, "who can act: retry, fix data, fix configuration, decide"),
    key("text", TEXT_, "what is wrong; {value}, {expected}, {column} are replaced"),
    key("hint", TEXT_, "what to do"),
    PrimaryKeyConstraint("code"),
    schema=SCHEMA,
    comment="The rule catalogue: one row for each error code.",
)

step = Table(
    "step",
    metadata,
    key("machine", TEXT_, "message, inbox or task"),
    key("from_state", TEXT_, "state before"),
    key("to_state", TEXT_, "state after"),
    key("by", TEXT_, "who may make it: synchronizer, operator, receiver"),
    PrimaryKeyConstraint("machine", "from_state", "to_state"),
    schema=SCHEMA,
    comment="The legal steps of the state machines, as data; enforced by triggers.",
)

race = Table(
    "race",
    metadata,
    key("situation", TEXT_, "how far the warehouse has come with the order"),
    key("event", TEXT_, "what comes then: a change of the order, a fact, silence"),
    key("outcome", TEXT_, "what becomes of it"),
    key("strength", Integer(), "of several changes in one revision the strongest decides"),
    key("meaning", TEXT_, "the outcome in words"),
    PrimaryKeyConstraint("situation", "event"),
    schema=SCHEMA,
    comment="The race table, as data: requests are judged by it.",
)

state = Table(
    "state",
    metadata,
    key("machine", TEXT_, "message, inbox, order, order_line or task"),
    key("state", TEXT_, "name of the state"),
    key("is_open", Boolean(), "true: work may still follow"),
    key("meaning", TEXT_, "what it means"),
    PrimaryKeyConstraint("machine", "state"),
    schema=SCHEMA,
    comment="The states of every state machine and what they mean.",
)
