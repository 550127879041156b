"""Tell that the database is away: the one alarm that cannot be kept in the database.

Each daemon tells it for itself, of its own connection, to the routes of its settings; one that
still reaches the server says nothing. What it remembers ends with the process.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from schema.alarms import DATABASE_AWAY as RULE
from sync import logs
from sync.alarm.send import send
from sync.alarm.words import lasted
from sync.config import AlarmRoute, Settings
from sync.retry import NOTICE_PAUSES

#: It is back when it was reachable for so long; one that comes and goes is one outage.
BACK: Final = timedelta(seconds=90)

log = logs.get("alarm")


class Away(NamedTuple):
    """Say since when the database is away, and why."""

    since: datetime
    reason: str


@dataclass
class _Address:
    """Remember what one address of a route was told, and when it is tried again."""

    told_at: datetime | None = None
    failures: int = 0
    next_at: datetime = field(default=datetime.min.replace(tzinfo=UTC))


class OutageAlarm:
    """Look at the gate and tell; ``away`` returns None while the database is reachable.

    ``told`` is called with each attempt to notify: sent, or pending when it is tried again.
    """

    def __init__(
        self,
        away: Callable[[], Away | None],
        settings: Settings,
        database: str,
        *,
        told: Callable[[Mapping[str, int]], None] = lambda _sent: None,
    ) -> None:
        self._away = away
        self._told = told
        self._settings = settings
        self._database = database
        self._daemon = f"{socket.gethostname()}:{os.getpid()}"
        self._outage: Away | None = None
        self._back_at: datetime | None = None
        self._addresses: dict[tuple[str, int], _Address] = {}

    def adopt(self, settings: Settings) -> None:
        """Tell the routes of these settings from the next look on."""
        self._settings = settings

    def look(self, now: datetime | None = None) -> None:
        """Tell what is due: that the database is away for too long, or that it is back."""
        at = now or datetime.now(UTC)
        away = self._away()
        if away is not None:
            since = self._outage.since if self._outage is not None else away.since
            self._outage, self._back_at = Away(since, away.reason), None
            self._tell_of(self._outage, at)
        elif self._outage is not None:
            self._back_at = self._back_at or at
            if at - self._back_at >= BACK:
                self._tell_end(self._outage, self._back_at, at)

    def _tell_of(self, outage: Away, at: datetime) -> None:
        chosen = self._settings
        lasts = at - outage.since
        title = f"[crossdock {self._database}] 1 critical: {RULE.code} away"
        what = RULE.what.format(
            subject=self._daemon, lasts=lasted(lasts), reason=" ".join(outage.reason.split())[:400]
        )
        body = (
            f"CRITICAL {RULE.code}: {what}\n"
            f"  since:  {self._moment(outage.since)} ({lasted(lasts)})\n"
            f"  behind: {RULE.behind}\n  look:   {RULE.look}"
        )
        for route in chosen.alarm_routes:
            if not chosen.alarm_database or lasts < chosen.alarm_database + route.after:
                continue
            for number in range(1, len(route.urls) + 1):
                one = self._addresses.setdefault((route.name, number), _Address())
                again = chosen.alarm_reminder
                if one.told_at is not None and (not again or at - one.told_at < again):
                    continue
                if self._send(one, route, number, title, body, at):
                    one.told_at = at

    def _tell_end(self, outage: Away, end: datetime, at: datetime) -> None:
        """Tell those who heard of it; an address that does not take it is left after its tries."""
        title = f"[crossdock {self._database}] 1 over: {RULE.code} away"
        body = (
            f"OVER {RULE.code}: daemon {self._daemon} has its database again\n"
            f"  until:  {self._moment(end)}, it lasted {lasted(end - outage.since)}"
        )
        routes = {route.name: route for route in self._settings.alarm_routes}
        for (name, number), one in list(self._addresses.items()):
            route = routes.get(name)
            known = route is not None and number <= len(route.urls) and one.told_at is not None
            if (
                route is None
                or not known
                or self._send(one, route, number, title, body, at)
                or one.failures > len(NOTICE_PAUSES)
            ):
                del self._addresses[name, number]
        if not self._addresses:
            self._outage = self._back_at = None

    def _send(
        self, one: _Address, route: AlarmRoute, number: int, title: str, body: str, at: datetime
    ) -> bool:
        """Return whether the address took it; try one that failed later again."""
        if at < one.next_at:
            return False
        try:
            error = send(route, number, title, body, "critical")
        except Exception as exc:  # noqa: BLE001 - whatever a service does, the daemon goes on
            error = type(exc).__name__
        if error is None:
            one.failures, one.next_at = 0, at
            self._told({"sent": 1})
            log.info("notification sent", route=route.name, title=title)
            return True
        one.next_at = at + NOTICE_PAUSES[min(one.failures, len(NOTICE_PAUSES) - 1)]
        one.failures += 1
        self._told({"pending": 1})
        log.error(
            "notification not delivered", route=route.name, attempt=one.failures, reason=error
        )
        return False

    def _moment(self, at: datetime) -> str:
        return f"{at.astimezone(ZoneInfo(self._settings.alarm_time_zone)):%Y-%m-%d %H:%M %Z}"
