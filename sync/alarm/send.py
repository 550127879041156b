"""Deliver notifications through apprise: mail, chat, webhooks. A failure is noted, never raised."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache

from sync import logs
from sync.config import AlarmRoute
from sync.retry import NOTICE_PAUSES
from sync.store import Store

#: A daemon that dies while it delivers leaves the notification to another one after this.
LEASE = timedelta(minutes=5)
UNKNOWN = "the settings of this daemon have no such route and address"

log = logs.get("alarm")


def deliver(store: Store, routes: Sequence[AlarmRoute], now: datetime) -> dict[str, int]:
    """Deliver what is due; return how many notifications were sent, put off and given up.

    No transaction is open while a mail server or a webhook thinks.
    """
    by_name = {route.name: route for route in routes}
    with store.transaction() as tx:
        due = tx.rows("alarm_claim_notices", now=now, lease=LEASE)
    counts: dict[str, int] = {}
    for notice in due:
        route = by_name.get(notice.route)
        error = _attempt(route, notice.address, notice.title, notice.body, notice.severity)
        last = notice.attempts > len(NOTICE_PAUSES)
        state = "sent" if error is None else "failed" if last else "pending"
        pause = NOTICE_PAUSES[min(notice.attempts, len(NOTICE_PAUSES)) - 1]
        with store.transaction() as tx:
            tx.run(
                "alarm_settle_notice",
                notice_id=notice.notice_id,
                state=state,
                last_error=error,
                next_attempt_at=now + pause,
                now=now,
            )
        counts[state] = counts.get(state, 0) + 1
        if error is None:
            log.info("notification sent", route=notice.route, title=notice.title)
        else:
            log.error(
                "notification not delivered",
                route=notice.route,
                attempt=notice.attempts,
                given_up=last,
                reason=error,
            )
    return counts


def _attempt(
    route: AlarmRoute | None, address: int, title: str, body: str, severity: str
) -> str | None:
    """Return why a notification could not be delivered, or None when it was."""
    if route is None or address > len(route.urls):
        return UNKNOWN
    try:
        return send(route, address, title, body, severity)
    except Exception as exc:  # noqa: BLE001 - whatever a service does, the daemon goes on
        return hidden(f"{type(exc).__name__}: {exc}", route)


def send(route: AlarmRoute, address: int, title: str, body: str, severity: str) -> str | None:
    """Deliver one text to one address of a route, counted from 1; return why not, or None."""
    import apprise  # noqa: PLC0415 - 0.3 s and 20 MB, for those who are told something

    kinds: Mapping[str, apprise.NotifyType] = {
        "warning": apprise.NotifyType.WARNING,
        "critical": apprise.NotifyType.FAILURE,
    }
    url = route.addresses()[address - 1]
    target = apprise.Apprise()
    capture = apprise.LogCapture(level=logging.WARNING)  # type: ignore[no-untyped-call]
    with capture as said:
        good = target.add(url) and target.notify(
            title=title,
            body=body,
            notify_type=kinds.get(severity, apprise.NotifyType.INFO),
            body_format=apprise.NotifyFormat.TEXT,
        )
        words = " ".join(said.getvalue().split())
    if good:
        return None
    return hidden(f"{url.partition(':')[0]}: {words or 'the address is not understood'}", route)


def hidden(text: str, route: AlarmRoute) -> str:
    """Return the text without any part of the route's addresses that may be a secret."""
    for secret in _secrets(tuple(route.addresses())):
        text = text.replace(secret, "***")
    return text[:500]


@cache
def _secrets(urls: tuple[str, ...]) -> tuple[str, ...]:
    """Return what must not be shown: all of an address behind its scheme, and its long parts."""
    found = set()
    for url in urls:
        rest = url.partition("://")[2]
        found.add(url)
        found.add(rest)
        login = rest.rpartition("@")[0]
        found.update(part for part in re.split(r"[:/?&=]", login) if len(part) > 3)
        if "@" not in rest:  # tokens of chat services stand in the path
            found.update(part for part in rest.split("/")[1:] if len(part) > 7)
    return tuple(sorted((one for one in found if one), key=len, reverse=True))
