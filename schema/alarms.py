"""Hold every alarm rule as data: what it looks for, from which threshold on, and its words.

A row of `RULES` becomes a row of ``ops.alarm_rule``, where `ops.set_alarm_rule` may change its
threshold, severity and patience. The statement ``watch_<code>`` in ``statements/alarm.sql`` finds
the subjects for which the condition holds now. ``docs/alarms.md`` is printed from here.
"""

from dataclasses import dataclass

SEVERITIES = ("warning", "critical")
ALARM_STATES = ("pending", "firing", "resolved")
NOTICE_STATES = ("pending", "sent", "failed")


@dataclass(frozen=True)
class AlarmRule:
    """Describe a rule.

    ``threshold`` is in ``unit``. A condition must hold for ``hold_s`` seconds to be an alarm.
    ``what``, ``behind`` and ``look`` are the words of an alarm: what happened, what waits behind
    it, and what to type. In braces: subject, value, lasts
    (the value as a time), threshold, and the facts of the statement.
    """

    code: str
    severity: str
    threshold: float
    unit: str
    hold_s: int
    meaning: str
    what: str
    behind: str
    look: str


RULES: tuple[AlarmRule, ...] = (
    AlarmRule(
        "backlog",
        "critical",
        300,
        "seconds",
        0,
        "complete messages of a lane are not worked for so long",
        "lane {subject} is not worked: message {seq} has waited for its turn for {lasts}",
        "{count} messages of the lane",
        "crossdock status; crossdock why {seq}; SELECT * FROM ops.claim",
    ),
    AlarmRule(
        "waiting",
        "warning",
        50,
        "percent of the limit",
        0,
        "messages have waited for a missing thing for more than so much of their limit",
        "{count} messages of lane {subject} are past {threshold} percent of their limit; the first"
        " waits for {waiting_for} and its limit passes at {until}",
        "{behind_count} later messages of the same documents",
        "crossdock why {seq}; SELECT * FROM ops.waiting_on WHERE lane = '{subject}'",
    ),
    AlarmRule(
        "errors",
        "warning",
        10,
        "messages",
        0,
        "so many messages are in error with one code",
        "{count} messages are in error {subject}: {example}",
        "{behind_count} later messages of the same documents",
        "crossdock why {seq}; SELECT * FROM ops.error WHERE code = '{subject}'",
    ),
    AlarmRule(
        "system_error",
        "critical",
        1,
        "messages",
        0,
        "so many messages failed for no reason that the program knows",
        "{count} messages ended in {subject}, a fault of the program or the server: {example}",
        "{behind_count} later messages of the same documents",
        "crossdock why {seq}; when the cause is mended: crossdock requeue {seq} --reason '...'",
    ),
    AlarmRule(
        "error_age",
        "warning",
        4 * 3600,
        "seconds",
        0,
        "a message is in error for so long and nobody has seen to it",
        "{count} messages of lane {subject} are in error and nobody sees to them; the oldest is"
        " {doc_type} {doc_no} of {sender}",
        "{behind_count} later messages of the same documents",
        "crossdock why {seq}; SELECT * FROM ops.error WHERE lane = '{subject}'",
    ),
    AlarmRule(
        "retrying",
        "warning",
        20,
        "messages",
        60,
        "so many messages of a lane are tried again after faults",
        "{count} messages of lane {subject} are tried again and again; one of them: {example}",
        "{behind_count} later messages of the same documents",
        "crossdock why {seq}; crossdock doctor",
    ),
    AlarmRule(
        "unanswered",
        "warning",
        100,
        "percent of answer_alarm",
        0,
        "a forwarded change or cancel is not answered for so much of answer_alarm",
        "{subject} has not answered {count} requests; the oldest is {doc_type} {doc_no}, delivery"
        " {delivery_id}, now {delivery_state}",
        "{behind_count} later messages of the same documents",
        "crossdock why {seq}; crossdock tasks --code STA-009",
    ),
    AlarmRule(
        "unread",
        "warning",
        2 * 3600,
        "seconds",
        0,
        "a receiver has not taken a delivery from its inbox for so long",
        "{subject} does not read its inbox: {doc_type} {doc_no}, delivery {delivery_id}, lies there"
        " for {lasts}",
        "{count} deliveries to {subject}",
        "crossdock status; crossdock why {seq}",
    ),
    AlarmRule(
        "task_age",
        "warning",
        24 * 3600,
        "seconds",
        0,
        "a decision is owed for so long",
        "{count} decisions {subject} are owed and overdue; the oldest is task {task_id}: {example}",
        "{count} decisions",
        "crossdock tasks --code {subject}",
    ),
    AlarmRule(
        "no_traffic",
        "warning",
        3600,
        "seconds",
        0,
        "a sender is silent when it should send; for so long, where nothing was said for it",
        "{subject} is silent: nothing has come for {lasts}; {expected}",
        "everything that {subject} would have sent",
        "SELECT * FROM ops.traffic WHERE system_code = '{subject}'; look whether {subject} runs",
    ),
    AlarmRule(
        "sender_failing",
        "warning",
        20,
        "percent of its messages in the hour",
        0,
        "so much of what a sender sends ends in error, five messages at least",
        "{value} percent of what {subject} sent in the last hour ended in error ({count} messages),"
        " most of them with {example}",
        "{count} messages of {subject}",
        "SELECT * FROM ops.error WHERE sender = '{subject}'; crossdock why {seq}",
    ),
    AlarmRule(
        "dead_rows",
        "warning",
        100,
        "percent of the live rows",
        900,
        "a table has so many dead rows, ten thousand at least",
        "table {subject} has {dead} dead rows beside {live} live ones",
        "every claim walks over them",
        "SELECT * FROM ops.health WHERE advice IS NOT NULL; VACUUM {subject}",
    ),
    AlarmRule(
        "snapshot",
        "warning",
        900,
        "seconds",
        0,
        "a transaction is open for so long: dead rows cannot be removed",
        "{subject} holds a transaction open for {lasts}; no dead row can be removed",
        "the cleaning of every table",
        "crossdock doctor; SELECT * FROM ops.health WHERE kind <> 'table'; {remedy}",
    ),
    AlarmRule(
        "slot",
        "critical",
        10,
        "GiB",
        0,
        "a replication slot keeps so much WAL on the server's disk",
        "replication slot {subject} keeps {value} GiB of WAL on the disk ({activity})",
        "the disk: when it is full the server stops",
        "SELECT * FROM pg_replication_slots; SELECT pg_drop_replication_slot('{subject}')",
    ),
    AlarmRule(
        "database_size",
        "critical",
        0,
        "GiB",
        0,
        "the database is larger than this; 0: not looked at",
        "database {subject} has {value} GiB; the limit is {threshold} GiB",
        "the disk: when it is full the server stops",
        "SELECT * FROM ops.health ORDER BY table_bytes DESC NULLS LAST; crossdock retire",
    ),
    AlarmRule(
        "proof",
        "critical",
        1,
        "runs",
        0,
        "the newest proof of the ledger failed: a law is broken",
        "the proof that was due at {due} failed: {example}",
        "trust in every balance that the breaches name",
        "crossdock proof; SELECT * FROM ops.proof",
    ),
    AlarmRule(
        "job_failed",
        "warning",
        1,
        "runs",
        0,
        "the newest run of a job failed, or who ran it is gone, and it is not tried again",
        "job {subject} that was due at {due} {state} after {attempts} attempts: {example}",
        "what the job should have done: {meaning}",
        "crossdock schedule list; crossdock schedule run {subject}",
    ),
    AlarmRule(
        "job_overdue",
        "warning",
        1800,
        "seconds",
        0,
        "a job is due for so long and has not been started, though it is not paused",
        "job {subject} is overdue by {lasts}",
        "what the job should do: {meaning}",
        "crossdock schedule list; SELECT * FROM ops.daemon",
    ),
    AlarmRule(
        "recon_invalid",
        "critical",
        1,
        "runs",
        0,
        "the newest reconciliation run is not valid or failed",
        "reconciliation run {subject} is {state}: {example}",
        "nobody knows whether the books agree; the last closed run is of {last_closed}",
        "SELECT * FROM recon.run WHERE run_id = {subject};"
        " SELECT * FROM recon.gate WHERE run_id = {subject} AND NOT passed",
    ),
    AlarmRule(
        "recon_missing",
        "warning",
        26 * 3600,
        "seconds",
        0,
        "no reconciliation has run for so long, though there were some",
        "no reconciliation has run for {lasts}; the last one is run {run_id}",
        "differences that nobody sees",
        "crossdock reconcile; SELECT * FROM recon.run ORDER BY run_id DESC LIMIT 5",
    ),
    AlarmRule(
        "recon_unexplained",
        "warning",
        1,
        "differences",
        0,
        "the newest closed run has so many differences of a warehouse that nothing explains",
        "{count} differences of warehouse {subject} are not explained by run {run_id}; the dearest"
        " is {item_code}",
        "{count} differences",
        "crossdock report; SELECT * FROM recon.difference WHERE run_id = {run_id}"
        " AND warehouse_code = '{subject}'",
    ),
    AlarmRule(
        "recon_below_target",
        "warning",
        0,
        "points below the target",
        0,
        "a figure in percent of the newest closed run is below its target by more than this",
        "{subject} is {measured} percent in run {run_id}; the target is {target}",
        "{missing} of {denominator}",
        "crossdock report; SELECT * FROM recon.figure WHERE run_id = {run_id}",
    ),
    AlarmRule(
        "daemon_missing",
        "critical",
        120,
        "seconds",
        0,
        "a daemon has vanished without an end, and none has started since",
        "daemon {subject} has not been heard of for {lasts}; {others} others are alive",
        "what it worked is worked by the others, if there are any",
        "crossdock status; systemctl status crossdock on {host}; SELECT * FROM ops.daemon",
    ),
    AlarmRule(
        "notification",
        "critical",
        1,
        "notifications",
        0,
        "so many notifications of a route could not be delivered in the last hour",
        "route {subject} does not take notifications: {count} failed in the last hour; {example}",
        "{count} notifications; nobody reads this on {subject}",
        "crossdock alarm test --route {subject};"
        " SELECT * FROM ops.alarm_notice WHERE route = '{subject}'",
    ),
)

#: No row of ``ops.alarm_rule``: the daemon tells it without a database (`sync/alarm/outage.py`),
#: and its threshold is the setting ``alarm_database``.
DATABASE_AWAY = AlarmRule(
    "database",
    "critical",
    120,
    "seconds",
    0,
    "a daemon cannot reach the database for so long; the setting alarm_database",
    "daemon {subject} has had no database for {lasts}: {reason}",
    "every message; what senders write meanwhile fails on their side, or waits there",
    "systemctl status postgresql; crossdock doctor; the daemon goes on by itself",
)

BY_CODE: dict[str, AlarmRule] = {rule.code: rule for rule in RULES}
