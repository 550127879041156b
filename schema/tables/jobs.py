"""Define the tables of `ops` that hold jobs: which there are, when they are due, what they did."""

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    text,
)
from sqlalchemy.dialects.postgresql import INTERVAL, JSONB

from schema.jobs import STATES
from schema.tables.base import INSTANT, TEXT_, col, key, metadata, one_of

SCHEMA = "ops"

job = Table(
    "job",
    metadata,
    key("job", TEXT_, "name of the job"),
    key("schedule", TEXT_, "when it is due: a cron expression of five fields"),
    key("time_zone", TEXT_, "IANA zone in which the schedule is read", "'UTC'"),
    key("since", INSTANT, "times before this are not caught up", "now()"),
    col("next_due_at", INSTANT, "when it is due next, as the daemon last saw it"),
    col("paused_at", INSTANT, "since when it is paused; null: it is not"),
    col("changed_by", TEXT_, "who set, paused or resumed it last"),
    col("reason", TEXT_, "why"),
    key("meaning", TEXT_, "what it does"),
    PrimaryKeyConstraint("job"),
    schema=SCHEMA,
    comment="The jobs that the clock starts; ops.schedule shows them with their last run.",
)

job_run = Table(
    "job_run",
    metadata,
    key("job", TEXT_, "name of the job"),
    key("due_at", INSTANT, "when it was due; started by hand: when it was asked for"),
    key("origin", TEXT_, "schedule, or hand"),
    key("state", TEXT_, "running, done, failed or lost"),
    key("attempts", Integer(), "times it was started for this due time", "1"),
    key("missed_count", Integer(), "due times before this one that it stands for", "0"),
    key("runner", TEXT_, "host and process that ran it last"),
    key("started_at", INSTANT, "when it was started last"),
    col("ended_at", INSTANT, "when it ended"),
    col("retry_at", INSTANT, "not run again before this; null: it is not run again"),
    col("progress", TEXT_, "how far it has come, in its own words"),
    col("counts", JSONB(), "what it did, in numbers"),
    col("error", TEXT_, "why it failed"),
    PrimaryKeyConstraint("job", "due_at"),
    ForeignKeyConstraint(["job"], ["ops.job.job"]),
    one_of("origin", ("schedule", "hand")),
    one_of("state", tuple(STATES)),
    CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    Index("job_run_running_idx", "job", postgresql_where=text("state = 'running'")),
    schema=SCHEMA,
    comment="Each run of each job: unique by due time, so that of all daemons one runs it.",
)

work_rule = Table(
    "work_rule",
    metadata,
    key("doc_type", TEXT_, "document type"),
    key("warehouse_code", TEXT_, "warehouse; empty: every one without a rule of its own"),
    key("priority", Integer(), "0 to 9; a level lets a message overtake those of a minute"),
    col("job", TEXT_, "job that opens its window; null: it is worked at once"),
    col("lasts", INTERVAL(), "how long the window stays open"),
    col("opened_at", INSTANT, "when the window was opened last"),
    col("open_until", INSTANT, "when that opening ends, or ended"),
    key("set_at", INSTANT, "when the rule was set"),
    key("set_by", TEXT_, "login, and the operator's name beside it"),
    key("reason", TEXT_, "why"),
    PrimaryKeyConstraint("doc_type", "warehouse_code"),
    ForeignKeyConstraint(["job"], ["ops.job.job"]),
    CheckConstraint("priority BETWEEN 0 AND 9", name="priority"),
    CheckConstraint("(job IS NULL) = (lasts IS NULL)", name="lasts"),
    CheckConstraint("lasts > '0'", name="lasts_positive"),
    Index("work_rule_job_idx", "job", postgresql_where=text("job IS NOT NULL")),
    schema=SCHEMA,
    comment="Document types with a batch window or a priority; all others are worked at once.",
)
