"""Run what is due by the clock: the sweep that releases and ends waits, and the schema check.

Sweeps of several daemons may overlap: each statement repeats its guard, so the second finds
nothing. What must run once across daemons takes its own run row in the database.
"""

from __future__ import annotations

from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler

from sync import logs
from sync.daemon.gate import DatabaseGate
from sync.daemon.metrics import Metrics
from sync.errors import ContractError, describe, is_connection_lost, is_transient

#: Windows open so much late at most; where there is none a look is one probe of an empty table.
WINDOW_S = 5.0
SCHEMA_CHECK_S = 60.0

log = logs.get("schedule")


class Schedule:
    """Hold the scheduler and its jobs; a job never ends the scheduler, whatever it meets."""

    def __init__(
        self, gate: DatabaseGate, metrics: Metrics, give_up: Callable[[ContractError], None]
    ) -> None:
        self._gate = gate
        self._metrics = metrics
        self._give_up = give_up
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1}
        )

    def every(
        self, seconds: float, name: str, job: Callable[[], object], *, always: bool = False
    ) -> None:
        """Run the job each so many seconds; a run that is still busy makes the next one wait.

        ``always``: also while the database is away. A name that is known already gets a new time.
        """
        known = self._scheduler.get_job(name)
        # Replaced anew at each reload, a job would not run while reloads come quickly.
        if known is not None and known.trigger.interval_length == seconds:
            return
        self._scheduler.add_job(
            self.run,
            "interval",
            seconds=seconds,
            args=[name, job],
            kwargs={"always": always},
            id=name,
            replace_existing=True,
            misfire_grace_time=None,
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def close(self) -> None:
        """Finish the jobs in hand and end."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def run(self, name: str, job: Callable[[], object], *, always: bool = False) -> None:
        """Run one job now, unless it needs the database and that is away."""
        if not (always or self._gate.is_open):
            return
        try:
            job()
        except ContractError as exc:
            self._metrics.sweeps.labels(name, "contract").inc()
            self._give_up(exc)
        except Exception as exc:
            self._metrics.sweeps.labels(name, "failed").inc()
            if is_connection_lost(exc):
                self._gate.lost(exc)
            elif is_transient(exc):
                log.warning("job put off", job=name, reason=describe(exc))
            else:
                log.error("job failed", job=name, exc_info=exc)
        else:
            self._metrics.sweeps.labels(name, "done").inc()
