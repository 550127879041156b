"""Kill the daemon while it works."""

from __future__ import annotations

import time

from sync.simulate.day import Turn
from sync.simulate.pump import DaemonProcess
from sync.simulate.trouble.base import Trouble

# How long to lie in wait for an open writing transaction before killing anyway.
_AMBUSH_S = 10.0
_OPEN_BATCHES = (
    "SELECT count(*) AS number FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name LIKE 'crossdock%%' AND backend_xid IS NOT NULL AND pid <> %s"
)


class KilledWorker(Trouble):
    """Kill the daemon (SIGKILL) in the middle of a batch and start it again."""

    name = "killed_worker"
    what = "the daemon is killed (SIGKILL) in the middle of a batch and started again"
    expected = "nothing lost, nothing twice: every message in flight ends, no law is broken"

    def is_possible(self) -> bool:
        """Return whether there is a daemon of our own to kill."""
        return isinstance(self.day.pump, DaemonProcess)

    def schedule(self) -> None:
        """Strike at noon and in the afternoon, while both floors work."""
        self._in_flight: list[set[str]] = []
        for hour in (12, 15):
            self.day.at(hour, Turn.DURING, self._strike)

    def _strike(self) -> None:
        daemon = self.day.pump
        if not isinstance(daemon, DaemonProcess):
            return
        end, open_batches = time.monotonic() + _AMBUSH_S, 0
        while not open_batches and time.monotonic() < end:
            open_batches = self.day.inspect(_OPEN_BATCHES, self.day.inspector.info.backend_pid)[0][
                "number"
            ]
        daemon.kill()
        rows = self.day.inspect(
            "SELECT message_id FROM staging.message WHERE state IN ('received', 'retrying')"
            " AND sender <> 'crossdock'"
        )
        self._in_flight.append({row["message_id"] for row in rows})
        self.note(
            f"hour {self.day.hour}: killed with {open_batches} open transactions and "
            f"{len(rows)} messages not yet settled",
            ok=open_batches > 0,
        )
        daemon.start()

    def verify(self) -> None:
        """Check that every message in flight ended and that no law of the ledger is broken."""
        ids = set().union(*self._in_flight) if self._in_flight else set()
        states: dict[str, int] = {}
        for actor in self.day.actors:
            for status in actor.statuses(ids):
                states[status.state] = states.get(status.state, 0) + 1
        said = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        lost = len(ids) - sum(states.values())
        hanging = [state for state in ("received", "waiting", "retrying") if state in states]
        self.note(f"in flight: {said or 'none'}, lost {lost}", ok=lost == 0 and not hanging)
        breaches = self.day.inspect("SELECT count(*) AS number FROM ops.proof")[0]["number"]
        self.note(f"breaches in ops.proof: {breaches}", ok=breaches == 0)
