"""Tell the rules of alarms as a page, printed from `schema.alarms`."""

from __future__ import annotations

from datetime import timedelta

from schema.alarms import DATABASE_AWAY, RULES
from sync.durations import duration_text


def alarms_page() -> str:
    """Return docs/alarms.md."""
    rows = "\n".join(
        f"| `{rule.code}` | {rule.severity} | {rule.threshold:g} {rule.unit} |"
        f" {duration_text(timedelta(seconds=rule.hold_s))} | {rule.meaning} |"
        for rule in (*RULES, DATABASE_AWAY)
    )
    words = "\n\n".join(
        f"### {rule.code}\n\n    {rule.what}\n      behind: {rule.behind}\n      look:   {rule.look}"
        for rule in (*RULES, DATABASE_AWAY)
    )
    return f"""# Alarms

Printed from `schema/alarms.py` by `make settings`. The daemon looks every `alarm_period`; of several
daemons one does. What holds is a row of `ops.alarm` (`crossdock alarm list`), and is told to the routes
of the settings ([settings](settings.md)).

* **Once, together.** Everything that a look finds is one notification for each address. Two of them to
  one route are `alarm_pause` apart; a critical alarm waits for a minute at most. After
  `alarm_reminder` what nobody has acknowledged is told again.
* **Its end is told** to the routes that heard of it, when it was not seen for 90 s.
* **Quiet hours** hold back warnings, and their ends, until they are over.
* **Escalation**: a route with `after` hears only of what nobody has acknowledged for so long
  (`crossdock alarm ack 7 --reason '...'`, `SELECT ops.alarm_ack(7, '...')`; kept in `ops.audit`).
* **A notification that is not delivered** is tried five times within 45 minutes, is kept in
  `ops.alarm_notice` with the reason, and is the alarm `notification` on the other routes. The engine
  does not wait for it. `crossdock alarm test` tries every address now.
* **The database is away** for `alarm_database`: each daemon that misses it tells the routes of its
  settings itself, and tells the end when it was reachable again for 90 s. Nobody can acknowledge it.
* **All daemons dead**: nobody is left to look. Let Prometheus watch them (`deploy/prometheus`).
* **SIGHUP** takes over changed routes, hours and periods (`systemctl reload crossdock`).
* [The runbook](runbook.md) says what to type in the ten most likely nights.

Thresholds are changed for all daemons: `crossdock alarm set waiting threshold 80 --reason '...'`;
`severity`, `hold` (how long the condition must hold) and `is_on` likewise. When a sender should send is
learned from four weeks (in an hour in which it sent in three of them), or said: `crossdock alarm expect
WMS1 --every 30min --hours 06:00-22:00 --days 1-5 --time-zone Europe/Berlin --reason '...'`.

| rule | severity | threshold | holds for | meaning |
|---|---|---|---|---|
{rows}

## What is told

{words}
"""
