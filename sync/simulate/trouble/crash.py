"""Kill the daemon while it works."""

from __future__ import annotations

import time

from sync.simulate.day import Turn
from sync.simulate.pump import DaemonProcess
from sync.simulate.trouble.base import Trouble

# How long to lie in wait for an open batch before killing anyway.
_AMBUSH_S = 10.0
# How long a server process may take to notice that its client is gone.
_FAREWELL_S = 10.0
# A batch may commit between the look and the kill; then it is tried again.
_TRIES = 5
_OPEN_BATCHES = (
    "SELECT a.pid, CAST(CAST(a.backend_xid AS text) AS bigint) AS xid"
    " FROM pg_stat_activity AS a WHERE a.datname = current_database()"
    " AND a.application_name LIKE 'crossdock%' AND a.backend_xid IS NOT NULL"
)
_STILL_THERE = "SELECT count(*) AS number FROM pg_stat_activity WHERE pid = ANY(%s)"
# The activity view shows 32 bits of a transaction number; the epoch is that of the present.
_FATE = (
    "SELECT pg_xact_status(CAST(CAST(x.high + %s AS text) AS xid8)) AS fate FROM (SELECT"
    " CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint) >> 32 << 32 AS high)"
    " AS x"
)


class KilledWorker(Trouble):
    """Kill the daemon (SIGKILL) in the middle of a batch and start it again."""

    name = "killed_worker"
    what = "the daemon is killed (SIGKILL) in the middle of a batch and started again"
    expected = "the batch rolled back; nothing lost, nothing twice: every message in flight ends"

    def is_possible(self) -> bool:
        """Return whether there is a daemon of our own to kill."""
        return isinstance(self.day.pump, DaemonProcess)

    def schedule(self) -> None:
        """Strike at noon and in the afternoon, while both floors work."""
        self._in_flight: set[str] = set()
        for hour in (12, 15):
            self.day.at(hour, Turn.DURING, self._strike)

    def _strike(self) -> None:
        """Kill until a batch was really cut off, and say so."""
        kills, before, rolled_back = 0, len(self._in_flight), False
        while kills < _TRIES and not rolled_back:
            rolled_back = self._kill_once()
            kills += 1
        said = "its batch rolled back" if rolled_back else "no batch was cut off"
        self.note(
            f"hour {self.day.hour}: kill {kills}, {said}, "
            f"{len(self._in_flight) - before} messages in flight",
            ok=rolled_back,
        )

    def _kill_once(self) -> bool:
        """Kill the daemon when it has a batch open; return whether that batch rolled back."""
        daemon = self.day.pump
        if not isinstance(daemon, DaemonProcess):
            return False
        end = time.monotonic() + _AMBUSH_S
        batches = self.day.inspect(_OPEN_BATCHES)
        while not batches and time.monotonic() < end:
            batches = self.day.inspect(_OPEN_BATCHES)
        daemon.kill()
        self._in_flight |= {
            row["message_id"]
            for row in self.day.inspect(
                "SELECT message_id FROM staging.message WHERE sender <> 'crossdock'"
                " AND state IN ('received', 'retrying')"
            )
        }
        self._wait_for_farewell([batch["pid"] for batch in batches])
        daemon.start()
        fates = [self.day.inspect(_FATE, batch["xid"])[0]["fate"] for batch in batches]
        return "aborted" in fates

    def _wait_for_farewell(self, pids: list[int]) -> None:
        end = time.monotonic() + _FAREWELL_S
        while self.day.inspect(_STILL_THERE, pids)[0]["number"] and time.monotonic() < end:
            time.sleep(0.005)

    def verify(self) -> None:
        """Check that every message in flight ended and that no law of the ledger is broken."""
        states: dict[str, int] = {}
        for actor in self.day.actors:
            for status in actor.statuses(self._in_flight):
                states[status.state] = states.get(status.state, 0) + 1
        said = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        lost = len(self._in_flight) - sum(states.values())
        hanging = [state for state in ("received", "waiting", "retrying") if state in states]
        self.note(f"in flight: {said or 'none'}, lost {lost}", ok=lost == 0 and not hanging)
        breaches = self.day.inspect("SELECT count(*) AS number FROM ops.proof")[0]["number"]
        self.note(f"breaches in ops.proof: {breaches}", ok=breaches == 0)
