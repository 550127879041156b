"""Look for everything that people must know, once over all daemons, and tell them."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy.engine import make_url

from sync import logs
from sync.alarm import routes
from sync.alarm.send import deliver
from sync.alarm.words import Alarm, Sighting, body, title
from sync.config import Settings
from sync.errors import describe, is_connection_lost
from sync.store import Store, Transaction

#: A condition that comes and goes within this is one alarm.
CLEAR = timedelta(seconds=90)

log = logs.get("alarm")


@dataclass
class Looked:
    """Say what one look did; ``firing`` is by (code, severity), None when another daemon looked."""

    found: int = 0
    fired: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    notices: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    failed_rules: list[str] = field(default_factory=list)


class Watch:
    """Look at each rule, keep the alarms, and notify. Any number of daemons may do so.

    ``told`` is called with what a look did (None: another daemon's turn) and what was delivered.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        *,
        name: str | None = None,
        told: Callable[[Looked | None, Mapping[str, int]], None] = lambda _looked, _sent: None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._host = socket.gethostname()
        self._name = name
        self._zone = ZoneInfo(settings.alarm_time_zone)
        self.database = make_url(store.engine.url).database or "database"
        self._told = told

    @property
    def name(self) -> str | None:
        """Return the name of this daemon, once it was heard of."""
        return self._name

    def adopt(self, settings: Settings) -> None:
        """Look and tell by these settings from the next look on."""
        self._settings, self._zone = settings, ZoneInfo(settings.alarm_time_zone)

    def run(self, now: datetime | None = None) -> Looked | None:
        """Say that this daemon lives; look, when no other daemon did so in this period; deliver.

        Returns None when the turn was another daemon's. ``now`` is the database's time otherwise.
        """
        at = now or self._store.now()
        self._beat(at)
        looked = self._look(at)
        sent = deliver(self._store, self._settings.alarm_routes, at)
        if looked is not None:
            looked.sent = sent
        self._told(looked, sent)
        return looked

    def arrive(self) -> None:
        """Say that this daemon lives, before its first look; later when the database is away."""
        try:
            self._beat(self._store.now())
        except Exception as exc:  # noqa: BLE001 - the first look says it again
            log.info("the start could not be noted", reason=describe(exc))

    def leave(self) -> None:
        """Say that this daemon has ended of itself; a database that is away is left alone."""
        if self._name is None:
            return
        try:
            at = self._store.now()
            with self._store.transaction() as tx:
                tx.run("watch_daemon_ends", daemon_name=self._name, now=at)
        except Exception as exc:  # noqa: BLE001 - the process ends; others will miss it
            log.warning("the end could not be noted", reason=describe(exc))

    def _beat(self, at: datetime) -> None:
        if self._name is None:
            self._name = f"{self._host}:{os.getpid()}:{at:%Y%m%dT%H%M%S}"
        with self._store.transaction() as tx:
            tx.run("watch_daemon", daemon_name=self._name, host=self._host, pid=os.getpid(), now=at)

    def _look(self, at: datetime) -> Looked | None:
        # A little less than the period: the clocks of two looks are never exactly so far apart.
        period = self._settings.alarm_period * 0.9
        with self._store.transaction() as tx:
            if not tx.rows("watch_turn", now=at, period=period):
                return None
            rules = tx.rows("watch_rules")
        looked = Looked()
        self._count_traffic(at, looked)
        seen: list[Sighting] = []
        done: list[str] = []
        holds: list[timedelta] = []
        for rule in rules:
            try:
                with self._store.transaction() as tx:
                    found = tx.rows(
                        f"watch_{rule.code}",
                        now=at,
                        threshold=rule.threshold,
                        answer_alarm=self._settings.answer_alarm,
                    )
                seen += [
                    Sighting(
                        rule.code,
                        row.subject,
                        rule.severity,
                        row.value if row.value is not None else Decimal(0),
                        rule.threshold,
                        row.since,
                        rule.hold,
                        row.facts,
                    )
                    for row in found
                ]
            except Exception as exc:
                if is_connection_lost(exc):
                    raise
                # Its alarms stay as they are: not having looked is no recovery.
                looked.failed_rules.append(rule.code)
                log.error("alarm rule could not be looked at", rule=rule.code, reason=describe(exc))
                continue
            done.append(rule.code)
            holds.append(rule.hold)
        looked.found = len(seen)
        with self._store.transaction() as tx:
            if tx.scalar("watch_still_mine", now=at):
                self._keep(tx, seen, done, holds, at, looked)
                self._tell(tx, at, looked)
        return looked

    def _count_traffic(self, at: datetime, looked: Looked) -> None:
        try:
            with self._store.transaction() as tx:
                span = tx.one("watch_traffic_range")
                tx.run("watch_count_traffic", after=span.after, last=span.last)
                tx.run("watch_traffic_counted", last=span.last, now=at)
                tx.run("watch_forget_hours", now=at)
        except Exception as exc:
            if is_connection_lost(exc):
                raise
            looked.failed_rules.append("traffic")
            log.error("traffic could not be counted", reason=describe(exc))

    def _keep(
        self,
        tx: Transaction,
        seen: Sequence[Sighting],
        done: Sequence[str],
        holds: Sequence[timedelta],
        at: datetime,
        looked: Looked,
    ) -> None:
        """Bring the alarms up to date with what was seen."""
        before = {row.alarm_id for row in tx.rows("alarm_to_tell") if row.state == "firing"}
        if seen:
            tx.run(
                "alarm_seen",
                codes=[one.code for one in seen],
                subjects=[one.subject for one in seen],
                severities=[one.severity for one in seen],
                numbers=[one.value for one in seen],
                times=[one.since for one in seen],
                texts=[one.said("what") for one in seen],
                behinds=[one.said("behind") for one in seen],
                looks=[one.said("look") for one in seen],
                holds=[one.hold for one in seen],
                now=at,
            )
        codes = list(done)
        tx.run("alarm_fire", codes=codes, holds=list(holds), now=at)
        for row in tx.rows("alarm_resolve", codes=codes, clear=CLEAR, now=at):
            looked.resolved.append(row.text)
            log.info("alarm is over", alarm=row.alarm_id, rule=row.code, text=row.text)
        tx.run("alarm_forget", codes=codes, now=at)
        tx.run("alarm_forget_notices", now=at)
        tx.run("watch_forget_daemons", now=at)
        for row in tx.rows("alarm_to_tell"):
            if row.state == "firing" and row.alarm_id not in before:
                looked.fired.append(row.text)
                log.warning(
                    "alarm",
                    alarm=row.alarm_id,
                    rule=row.code,
                    severity=row.severity,
                    text=row.text,
                    behind=row.behind,
                    look=row.look,
                )

    def _tell(self, tx: Transaction, at: datetime, looked: Looked) -> None:
        """Write the notifications that are due, one for each route."""
        chosen = self._settings
        if not chosen.alarm_routes:
            return
        alarms = [Alarm(**row._asdict()) for row in tx.rows("alarm_to_tell")]
        last = {
            (row.route, row.severity): row.made_at for row in tx.rows("alarm_last_notices", now=at)
        }
        for plan in routes.plan(
            alarms,
            chosen.alarm_routes,
            last,
            at,
            quiet=chosen.alarm_quiet_hours,
            zone=self._zone,
            pause=chosen.alarm_pause,
            reminder=chosen.alarm_reminder,
        ):
            tx.run(
                "alarm_tell",
                route=plan.route,
                firing=[alarm.alarm_id for alarm in plan.firing],
                resolved=[alarm.alarm_id for alarm in plan.resolved],
                now=at,
            )
            tx.run(
                "alarm_notify",
                route=plan.route,
                address_count=plan.address_count,
                severity=plan.severity,
                title=title(self.database, plan.firing, plan.resolved),
                body=body(plan.firing, plan.resolved, at, self._zone),
                now=at,
            )
            looked.notices += 1
