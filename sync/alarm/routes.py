"""Decide which route is told of which alarms now: plain arithmetic over what each was told before.

A route is told of an alarm once, grouped with the others of the same look; again only after the
reminder. Quiet hours hold back all that is not critical, the pause between two notifications
collects what comes in a storm, and a route with a delay hears only what nobody has acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sync.alarm.words import Alarm
from sync.config import AlarmRoute, QuietHours

#: A new critical alarm does not wait for the pause of the warnings, but never comes in a stream.
CRITICAL_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True)
class Plan:
    """Say what one route is told now."""

    route: str
    address_count: int
    firing: Sequence[Alarm]
    resolved: Sequence[Alarm]

    @property
    def severity(self) -> str:
        """Return the gravest severity of what is told."""
        found = {alarm.severity for alarm in (*self.firing, *self.resolved)}
        return "critical" if "critical" in found else "warning"


def plan(
    alarms: Sequence[Alarm],
    routes: Iterable[AlarmRoute],
    last: Mapping[tuple[str, str], datetime],
    now: datetime,
    *,
    quiet: QuietHours | None,
    zone: ZoneInfo,
    pause: timedelta,
    reminder: timedelta,
) -> list[Plan]:
    """Return what is to be told, route by route.

    ``last`` says when each (route, severity) got a notification last.
    """
    is_quiet = quiet is not None and quiet.holds(now.astimezone(zone).time())
    plans = []
    for route in routes:
        firing = [one for one in alarms if _due(one, route, now, reminder)]
        resolved = [one for one in alarms if one.state == "resolved" and route.name in one.told]
        if is_quiet:
            firing = [alarm for alarm in firing if alarm.severity == "critical"]
            resolved = [alarm for alarm in resolved if alarm.severity == "critical"]
        if not (firing or resolved):
            continue
        grave = any(alarm.severity == "critical" for alarm in firing)
        if _rests(route, last, now, pause=pause, grave=grave):
            continue
        plans.append(Plan(route.name, len(route.urls), firing, resolved))
    return plans


def _due(alarm: Alarm, route: AlarmRoute, now: datetime, reminder: timedelta) -> bool:
    """Return whether the route has to hear of an alarm that holds."""
    if alarm.state != "firing":
        return False
    if route.least == "critical" and alarm.severity != "critical":
        return False
    if alarm.code == "notification" and alarm.subject == route.name:
        return False  # it is the one that does not take notifications
    told = alarm.told.get(route.name)
    if alarm.acknowledged_by is not None:
        return False
    if told is None:
        return now - alarm.fired_at >= route.after
    return bool(reminder) and now.timestamp() - told >= reminder.total_seconds()


def _rests(
    route: AlarmRoute,
    last: Mapping[tuple[str, str], datetime],
    now: datetime,
    *,
    pause: timedelta,
    grave: bool,
) -> bool:
    """Return whether the route had a notification just now."""
    before = {severity: last.get((route.name, severity)) for severity in ("warning", "critical")}
    if grave:
        at = before["critical"]
        return at is not None and now - at < min(pause, CRITICAL_PAUSE)
    newest = max((at for at in before.values() if at is not None), default=None)
    return newest is not None and now - newest < pause
