"""Define `archive`: where retired messages lie, in monthly partitions by the time they ended.

Each table has the columns of its live table in `staging`, as plain values. A partition is made
before rows come (`archive.create_month`), and leaves whole. What must outlive it stays elsewhere:
the ledger, the orders, the tasks, and `staging.memory`.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from schema import states
from schema.tables import staging
from schema.tables.base import INSTANT, TEXT_, col, key, metadata, one_of

SCHEMA = "archive"

#: The order that a message is or names, as `ops.message` shows it.
ORDER_NO = (
    "CASE WHEN road = 'request' OR nullif(btrim(order_no), '') IS NOT NULL"
    " THEN coalesce(nullif(btrim(order_no), ''), btrim(doc_no)) END"
)

_MONTH = "when its message came to its end: says in which partition it lies"


def _columns(live: Table) -> list[Column[Any]]:
    """Return copies of the live table's columns without defaults; all but finished_at."""
    return [
        Column(column.name, column.type, nullable=column.nullable, comment=column.comment)
        for column in live.columns
        if column.name != "finished_at"
    ]


def _archived(live: Table, comment: str, leading: list[Column[Any]], *rest: SchemaItem) -> Table:
    return Table(
        live.name,
        metadata,
        key("finished_at", INSTANT, _MONTH),
        *leading,
        *_columns(live),
        *rest,
        schema=SCHEMA,
        comment=comment,
        postgresql_partition_by="RANGE (finished_at)",
    )


message = _archived(
    staging.message,
    "Headers of retired messages.",
    [],
    PrimaryKeyConstraint("seq", "finished_at"),
    one_of("state", states.TERMINAL),
    Index("message_message_id_idx", "message_id", "sender", "doc_type"),
    Index("message_order_no_idx", text(f"({ORDER_NO})")),
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
)

line = _archived(
    staging.line,
    "Lines of retired messages.",
    [
        key("seq", BigInteger(), "message that it belongs to"),
        key("is_late", Boolean(), "true: it came too late and had no effect"),
    ],
    PrimaryKeyConstraint("seq", "line_no", "is_late", "finished_at"),
)

delivery = _archived(
    staging.delivery,
    "Deliveries of retired messages, with the receivers' answers.",
    [],
    PrimaryKeyConstraint("delivery_id", "finished_at"),
    Index("delivery_seq_idx", "seq"),
)

delivery_line = _archived(
    staging.delivery_line,
    "Lines of retired deliveries.",
    [],
    PrimaryKeyConstraint("delivery_id", "line_no", "finished_at"),
)

answer_line = _archived(
    staging.answer_line,
    "Answers by line to retired deliveries.",
    [],
    PrimaryKeyConstraint("delivery_id", "line_no", "finished_at"),
)

message_error = _archived(
    staging.message_error,
    "Findings of retired messages.",
    [],
    PrimaryKeyConstraint("error_id", "finished_at"),
    Index("message_error_seq_idx", "seq"),
)

event = _archived(
    staging.event,
    "Steps of retired messages; append-only.",
    [],
    PrimaryKeyConstraint("event_id", "finished_at"),
    Index("event_seq_idx", "seq", "event_id"),
)

export = Table(
    "export",
    metadata,
    key("month", Date(), "first day of the month"),
    key("part", Integer(), "number of the export of this month"),
    key("exported_at", INSTANT, "when", "clock_timestamp()"),
    key("exported_by", TEXT_, "database login that did it", "session_user"),
    key("file_format", TEXT_, "csv or parquet"),
    key("path", TEXT_, "folder of the files, on the machine that wrote them"),
    key("revision", TEXT_, "schema revision of the database that they were written from"),
    key("content", JSONB(), "rows and digest of each table, as archive.month_content tells"),
    PrimaryKeyConstraint("month", "part"),
    one_of("file_format", ("csv", "parquet")),
    schema=SCHEMA,
    comment="Months that were written to files; what is dropped is compared with them.",
)

dropped = Table(
    "dropped",
    metadata,
    Column("drop_id", BigInteger, Identity(always=True), comment="number of the entry"),
    key("month", Date(), "first day of the month"),
    key("dropped_at", INSTANT, "when", "clock_timestamp()"),
    key("dropped_by", TEXT_, "database login that did it", "session_user"),
    col("part", Integer(), "export that holds it; null: it was not exported, it is lost"),
    key("message_count", BigInteger(), "messages that were dropped"),
    key("delivery_counts", JSONB(), "deliveries that were dropped, by number of the lane"),
    col("restored_at", INSTANT, "when the export was loaded again"),
    PrimaryKeyConstraint("drop_id"),
    Index("dropped_month_idx", "month"),
    schema=SCHEMA,
    comment="Months that left the archive: what a proof need not look for any more.",
)

#: What a month consists of, in the order in which it is restored.
TABLES = (message, line, delivery, delivery_line, answer_line, message_error, event)
