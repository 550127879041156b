"""Define the tables of `ops` that hold alarms, who was told of them, and who sends when."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL, TIME

from schema import alarms
from schema.tables.base import INSTANT, SENT, TEXT_, col, key, metadata, one_of

SCHEMA = "ops"

alarm_rule = Table(
    "alarm_rule",
    metadata,
    key("code", TEXT_, "name of the rule"),
    key("severity", TEXT_, "warning or critical; a critical one breaks quiet hours"),
    key("threshold", SENT, "from here on it is an alarm, in unit"),
    key("unit", TEXT_, "what the threshold is counted in"),
    key("hold", INTERVAL(), "how long the condition must hold before it is an alarm"),
    key("is_on", Boolean(), "false: not looked at", "true"),
    key("meaning", TEXT_, "what it looks for"),
    key("what", TEXT_, "words of the alarm: what happened; names in braces are replaced"),
    key("behind", TEXT_, "words of the alarm: what waits behind it"),
    key("look", TEXT_, "words of the alarm: what to type"),
    PrimaryKeyConstraint("code"),
    one_of("severity", alarms.SEVERITIES),
    schema=SCHEMA,
    comment="The rules of alarms, as data; ops.set_alarm_rule changes threshold and severity.",
)

alarm_state = Table(
    "alarm_state",
    metadata,
    Column("alarm_id", BigInteger, Identity(always=True), comment="number of the alarm"),
    key("code", TEXT_, "rule that found it"),
    key("subject", TEXT_, "what it is about: a lane, a sender, a code, a table ..."),
    key("severity", TEXT_, "warning or critical"),
    key("state", TEXT_, "pending (does not hold long enough yet), firing or resolved"),
    key("since", INSTANT, "since when the condition holds, as the data say"),
    key("first_seen_at", INSTANT, "when it was seen first"),
    key("last_seen_at", INSTANT, "when it was seen last"),
    col("fired_at", INSTANT, "when it became an alarm"),
    col("resolved_at", INSTANT, "when it no longer held"),
    key("value", SENT, "what was measured, in the unit of the rule"),
    key("text", TEXT_, "what happened"),
    key("behind", TEXT_, "what waits behind it"),
    key("look", TEXT_, "what to type"),
    col("acknowledged_by", TEXT_, "who sees to it"),
    col("acknowledged_at", INSTANT, "since when"),
    col("acknowledge_reason", TEXT_, "in whose words"),
    PrimaryKeyConstraint("alarm_id"),
    ForeignKeyConstraint(["code"], ["ops.alarm_rule.code"]),
    one_of("severity", alarms.SEVERITIES),
    one_of("state", alarms.ALARM_STATES),
    CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved"),
    Index(
        "alarm_state_open_key",
        "code",
        "subject",
        unique=True,
        postgresql_where=text("state <> 'resolved'"),
    ),
    Index("alarm_state_resolved_idx", "resolved_at", postgresql_where=text("state = 'resolved'")),
    schema=SCHEMA,
    comment="Alarms that hold, and those that did in the last 90 days; ops.alarm shows them.",
)

alarm_told = Table(
    "alarm_told",
    metadata,
    key("alarm_id", BigInteger(), "the alarm"),
    key("route", TEXT_, "route of notifications, as the settings name it"),
    key("told_at", INSTANT, "when the route was told last that it holds"),
    col("recovery_told_at", INSTANT, "when the route was told that it is over"),
    PrimaryKeyConstraint("alarm_id", "route"),
    ForeignKeyConstraint(["alarm_id"], ["ops.alarm_state.alarm_id"], ondelete="CASCADE"),
    schema=SCHEMA,
    comment="Which route was told of which alarm; nobody is told twice.",
)

alarm_notice = Table(
    "alarm_notice",
    metadata,
    Column("notice_id", BigInteger, Identity(always=True), comment="number of the notification"),
    key("route", TEXT_, "route of notifications, as the settings name it"),
    key("address", Integer(), "number of the address in the list of the route"),
    key("severity", TEXT_, "the gravest of its alarms"),
    key("title", TEXT_, "subject line"),
    key("body", TEXT_, "text"),
    key("made_at", INSTANT, "when it was decided to send it"),
    key("state", TEXT_, "pending, sent or failed (given up)", "'pending'"),
    key("attempts", Integer(), "attempts to deliver it", "0"),
    key("next_attempt_at", INSTANT, "not tried before this; a daemon that tries moves it on"),
    col("ended_at", INSTANT, "when it was delivered or given up"),
    col("last_error", TEXT_, "why the last attempt failed, without secrets"),
    PrimaryKeyConstraint("notice_id"),
    one_of("state", alarms.NOTICE_STATES),
    Index("alarm_notice_pending_idx", "notice_id", postgresql_where=text("state = 'pending'")),
    Index("alarm_notice_made_idx", "made_at"),
    schema=SCHEMA,
    comment="Notifications, one for each address; written with the alarms, delivered afterwards.",
)

watch_mark = Table(
    "watch_mark",
    metadata,
    key("name", TEXT_, "alarms: the last look; traffic: the last message counted"),
    key("at", INSTANT, "when"),
    key("position", BigInteger(), "seq of the last message counted", "0"),
    PrimaryKeyConstraint("name"),
    schema=SCHEMA,
    comment="How far the watch has come; whoever moves a mark takes that turn, others leave it.",
)

traffic_hour = Table(
    "traffic_hour",
    metadata,
    key("system_code", TEXT_, "sender"),
    key("hour", INSTANT, "begin of the hour"),
    key("message_count", BigInteger(), "messages that came in it"),
    key("last_at", INSTANT, "when the last of them came"),
    PrimaryKeyConstraint("system_code", "hour"),
    schema=SCHEMA,
    comment="How much each sender sent in each hour of the last five weeks; counted by the watch.",
)

traffic_expectation = Table(
    "traffic_expectation",
    metadata,
    key("system_code", TEXT_, "sender"),
    col("every", INTERVAL(), "it sends at least once in this time; null: nothing is expected"),
    key("from_time", TIME(), "begin of the hours in which it sends"),
    key("to_time", TIME(), "end of these hours; 00:00 is midnight, the end of the day"),
    key("weekdays", ARRAY(Integer()), "days on which it sends, 1 is Monday"),
    key("time_zone", TEXT_, "time zone of these hours"),
    key("set_by", TEXT_, "who said so"),
    key("reason", TEXT_, "why"),
    PrimaryKeyConstraint("system_code"),
    ForeignKeyConstraint(["system_code"], ["ops.system.system_code"]),
    schema=SCHEMA,
    comment="When a sender should send; of those without a row it is learned.",
)

daemon = Table(
    "daemon",
    metadata,
    key("daemon_name", TEXT_, "machine, process and start"),
    key("host", TEXT_, "machine or container"),
    key("pid", Integer(), "process on it"),
    key("started_at", INSTANT, "when it started"),
    key("seen_at", INSTANT, "when it was heard of last"),
    col("ended_at", INSTANT, "when it ended of itself"),
    PrimaryKeyConstraint("daemon_name"),
    schema=SCHEMA,
    comment="Daemons that run and that ran in the last week.",
)
