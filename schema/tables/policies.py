"""Define the tables of `ops` that hold policies: which there are, and what was decided."""

from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL

from schema import policies
from schema.tables.base import INSTANT, TEXT_, col, key, metadata, one_of

SCHEMA = "ops"

policy_kind = Table(
    "policy_kind",
    metadata,
    key("name", TEXT_, "name of the policy"),
    key("scope_kinds", ARRAY(TEXT_), "for what it may be set: warehouse, system, order_type"),
    key("default_value", TEXT_, "what holds where nothing was set"),
    key("choices", ARRAY(TEXT_), "legal values; none: an interval such as 90min"),
    key("unit", TEXT_, "what a value is, in words"),
    col("setting", TEXT_, "setting of the program that goes before the default"),
    key("meaning", TEXT_, "what it decides"),
    PrimaryKeyConstraint("name"),
    schema=SCHEMA,
    comment="The policies that there are, as data.",
)

policy_value = Table(
    "policy_value",
    metadata,
    key("scope_kind", TEXT_, "warehouse, system or order_type"),
    key("scope", TEXT_, "code of the warehouse or system; order type, or it and a warehouse"),
    key("name", TEXT_, "name of the policy"),
    key("value", TEXT_, "what was decided"),
    col("duration", INTERVAL(), "the same, where the policy is an interval"),
    key("set_at", INSTANT, "when"),
    key("set_by", TEXT_, "login, and the operator's name beside it"),
    key("reason", TEXT_, "why"),
    PrimaryKeyConstraint("scope_kind", "scope", "name"),
    ForeignKeyConstraint(["name"], ["ops.policy_kind.name"]),
    one_of("scope_kind", policies.SCOPE_KINDS),
    schema=SCHEMA,
    comment="Policies that were set, as they hold now; ops.audit keeps every change.",
)
