"""Say what was found in words: alarms, and notifications that hold several of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from schema.alarms import BY_CODE

#: A notification is read on a telephone; `crossdock alarm list` has the rest.
MOST_ALARMS = 15
MOST_LETTERS = 400


@dataclass(frozen=True)
class Sighting:
    """Hold one subject for which a rule's condition holds now."""

    code: str
    subject: str
    severity: str
    value: Decimal
    threshold: Decimal
    since: datetime
    hold: timedelta
    facts: Mapping[str, Any] = field(default_factory=dict)

    def said(self, part: str) -> str:
        """Return one part of the alarm's words: what, behind or look."""
        template: str = getattr(BY_CODE[self.code], part)
        known = {
            "subject": self.subject,
            "value": plain(self.value),
            "lasts": lasted(timedelta(seconds=float(self.value))),
            "threshold": plain(self.threshold),
            **{name: _fact(value) for name, value in self.facts.items()},
        }
        return template.format_map(known)


@dataclass(frozen=True)
class Alarm:
    """Hold an alarm as a notification tells it; ``told`` says when each route was told last."""

    alarm_id: int
    code: str
    subject: str
    severity: str
    state: str
    since: datetime
    fired_at: datetime
    resolved_at: datetime | None
    text: str
    behind: str
    look: str
    acknowledged_by: str | None
    told: Mapping[str, float] = field(default_factory=dict)


def plain(number: Decimal) -> str:
    """Return a number without exponent and without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fact(value: object) -> str:
    if value is None:
        return "unknown"
    text = " ".join(str(value).split())
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}..."


def lasted(span: timedelta) -> str:
    """Return a time span in the largest unit that says enough: `45 s`, `12 min`, `5 h`, `3 d`."""
    seconds = max(round(span.total_seconds()), 0)
    for limit, size, unit in ((120, 1, "s"), (7200, 60, "min"), (172800, 3600, "h")):
        if seconds < limit:
            return f"{seconds // size} {unit}"
    return f"{seconds // 86400} d"


def title(database: str, firing: Sequence[Alarm], resolved: Sequence[Alarm]) -> str:
    """Return the subject line: how many of what, and the gravest by its name."""
    parts = []
    for severity in ("critical", "warning"):
        of_it = [alarm for alarm in firing if alarm.severity == severity]
        if of_it:
            names = ", ".join(dict.fromkeys(f"{one.code} {one.subject}" for one in of_it[:3]))
            more = f" and {len(of_it) - 3} more" if len(of_it) > 3 else ""
            parts.append(f"{len(of_it)} {severity}: {names}{more}")
    if resolved:
        parts.append(f"{len(resolved)} over")
        if not firing:
            parts[-1] += f": {resolved[0].code} {resolved[0].subject}"
    return f"[crossdock {database}] {'; '.join(parts)}"


def body(firing: Sequence[Alarm], resolved: Sequence[Alarm], now: datetime, zone: ZoneInfo) -> str:
    """Return the text: each alarm with since when, what waits behind it, and what to type."""
    shown = [_firing(alarm, now, zone) for alarm in firing[:MOST_ALARMS]]
    shown += [_resolved(alarm, zone) for alarm in resolved[:MOST_ALARMS]]
    left = max(len(firing) - MOST_ALARMS, 0) + max(len(resolved) - MOST_ALARMS, 0)
    if left:
        shown.append(f"and {left} more: crossdock alarm list --all")
    return "\n\n".join(shown)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _firing(alarm: Alarm, now: datetime, zone: ZoneInfo) -> str:
    lines = [
        f"{alarm.severity.upper()} {alarm.code} (alarm {alarm.alarm_id}): {alarm.text}",
        f"  since:  {_moment(alarm.since, zone)} ({lasted(now - alarm.since)})",
        f"  behind: {alarm.behind}",
        f"  look:   {alarm.look}",
    ]
    if alarm.acknowledged_by is None:
        lines.append(f"  yours:  crossdock alarm ack {alarm.alarm_id} --reason '...'")
    else:
        lines.append(f"  seen to by {alarm.acknowledged_by}")
    return "\n".join(lines)


def _resolved(alarm: Alarm, zone: ZoneInfo) -> str:
    end = alarm.resolved_at or alarm.fired_at
    return (
        f"OVER {alarm.code} (alarm {alarm.alarm_id}): {alarm.text}\n"
        f"  until:  {_moment(end, zone)}, it lasted {lasted(end - alarm.since)}"
    )
