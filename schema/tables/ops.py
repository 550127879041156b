"""Define `ops`: who may send what, decisions owed, and what operators see."""

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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from schema import states
from schema.catalogue import SYSTEM_KINDS
from schema.choices import EFFECTS
from schema.tables.base import BASE_QTY, INSTANT, TEXT_, col, key, metadata, one_of

SCHEMA = "ops"

system = Table(
    "system",
    metadata,
    key("system_code", TEXT_, "sender: the name of the ERP or of a WMS"),
    key("kind", TEXT_, "erp or wms"),
    key("gapless_source_seq", Boolean(), "true: its source_seq has no gaps", "false"),
    key("registered_at", INSTANT, "when it was registered first", "now()"),
    PrimaryKeyConstraint("system_code"),
    one_of("kind", SYSTEM_KINDS),
    Index("system_one_erp_key", "kind", unique=True, postgresql_where=text("kind = 'erp'")),
    schema=SCHEMA,
    comment="The systems that exchange documents: one ERP, any number of WMSs.",
)

login = Table(
    "login",
    metadata,
    key("login", TEXT_, "database login"),
    key("system_code", TEXT_, "system it sends for"),
    PrimaryKeyConstraint("login"),
    ForeignKeyConstraint(["system_code"], ["ops.system.system_code"]),
    schema=SCHEMA,
    comment="Which login sends for which system.",
)

system_warehouse = Table(
    "system_warehouse",
    metadata,
    key("system_code", TEXT_, "the system"),
    key("warehouse_code", TEXT_, "warehouse that it runs (wms) or may name (erp; no row: all)"),
    key("kind", TEXT_, "kind of the system: erp or wms"),
    PrimaryKeyConstraint("system_code", "warehouse_code"),
    ForeignKeyConstraint(["system_code"], ["ops.system.system_code"]),
    Index(
        "system_warehouse_one_wms_key",
        "warehouse_code",
        unique=True,
        postgresql_where=text("kind = 'wms'"),
    ),
    schema=SCHEMA,
    comment="Which system runs or names which warehouse; a warehouse belongs to one WMS.",
)

decision = Table(
    "decision",
    metadata,
    Column("task_id", BigInteger, Identity(always=True), comment="number of the task"),
    key("code", TEXT_, "rule that asks for the decision"),
    key("state", TEXT_, "open, deciding (the decision is on its way) or done", "'open'"),
    col("owner", TEXT_, "who owes it, where it was assigned; else the role in ops.choice"),
    col("warehouse_code", TEXT_, "warehouse"),
    key("seq", BigInteger(), "message that raised it"),
    col("line_no", Integer(), "line that raised it"),
    col("order_type", TEXT_, "order concerned"),
    col("order_no", TEXT_, "order concerned"),
    col("order_line_no", Integer(), "order line concerned"),
    col("item_code", TEXT_, "item concerned"),
    col("qty", BASE_QTY, "quantity at stake, in base units"),
    key("text", TEXT_, "what is to be decided"),
    col("hint", TEXT_, "what to do"),
    key("opened_at", INSTANT, "since when it is owed"),
    col("decision", TEXT_, "what was decided; moot: it was no longer needed"),
    col("reason", TEXT_, "why it was decided so"),
    col("decided_by", TEXT_, "who decided"),
    col("decided_at", INSTANT, "when"),
    col("posted_seq", BigInteger(), "message that carries the decision out"),
    col("posted_qty", BASE_QTY, "how much of the line's stock it took out of blocked"),
    key("attempts", Integer(), "decisions that could not be carried out", "0"),
    col("outcome", TEXT_, "what came of its decisions, the newest last"),
    col("closed_at", INSTANT, "when it was done"),
    col("detail", JSONB(), "evidence: lot, serial, location and status of the line as sent"),
    PrimaryKeyConstraint("task_id"),
    one_of("state", states.names(states.TASK_STATES)),
    CheckConstraint("(state = 'open') = (decision IS NULL)", name="decided"),
    Index("decision_event_key", "seq", text("coalesce(line_no, 0)"), "code", unique=True),
    Index("decision_open_idx", "opened_at", postgresql_where=text("state <> 'done'")),
    Index("decision_deciding_idx", "task_id", postgresql_where=text("state = 'deciding'")),
    schema=SCHEMA,
    comment="Decisions owed by people; one event, one task. ops.task shows them with choices.",
)

choice = Table(
    "choice",
    metadata,
    key("code", TEXT_, "code of the task"),
    key("doc_type", TEXT_, "document type of the message that raised it; * for all"),
    key("choice", TEXT_, "what may be decided"),
    key("meaning", TEXT_, "what it means"),
    key("posts", TEXT_, "what it posts, in words"),
    key("effect", TEXT_, "what it posts, for the engine"),
    key("owner", TEXT_, "role that owes the decision"),
    PrimaryKeyConstraint("code", "choice", "doc_type"),
    one_of("effect", tuple(EFFECTS)),
    schema=SCHEMA,
    comment="What may be decided about a task, and what that posts.",
)

audit = Table(
    "audit",
    metadata,
    Column("audit_id", BigInteger, Identity(always=True), comment="number of the entry"),
    key("at", INSTANT, "when", "clock_timestamp()"),
    key("login", TEXT_, "database login that did it", "session_user"),
    col("operator", TEXT_, "who sat there: the setting crossdock.operator, where it was set"),
    key("action", TEXT_, "what was done: requeue, hold, release, discard, amend ..."),
    col("seq", BigInteger(), "message concerned"),
    col("task_id", BigInteger(), "task concerned"),
    key("reason", TEXT_, "why, in the operator's words"),
    col("detail", JSONB(), "what exactly: states or values before and after"),
    PrimaryKeyConstraint("audit_id"),
    Index("audit_seq_idx", "seq", postgresql_where=text("seq IS NOT NULL")),
    Index("audit_at_idx", "at", postgresql_using="brin"),
    schema=SCHEMA,
    comment="Every act of an operator, with the reason; append-only.",
)

table_size = Table(
    "table_size",
    metadata,
    key("table_name", TEXT_, "table with its schema; the archive's months together"),
    key("taken_on", Date(), "day (UTC)"),
    key("live_rows", BigInteger(), "rows in use, as estimated by the statistics"),
    key("table_bytes", BigInteger(), "size without indexes"),
    key("index_bytes", BigInteger(), "size of the indexes"),
    PrimaryKeyConstraint("table_name", "taken_on"),
    schema=SCHEMA,
    comment="How large the tables were, once a day: ops.health tells from it how they grow.",
)

act = Table(
    "act",
    metadata,
    key("act", TEXT_, "function of ops that a person calls"),
    key("from_state", TEXT_, "state of the message before"),
    key("to_state", TEXT_, "state of the message after"),
    key("meaning", TEXT_, "what it does"),
    PrimaryKeyConstraint("act", "from_state"),
    schema=SCHEMA,
    comment="What a person may do with a message in which state, as data; the functions obey it.",
)
