"""Choose whose turn it is, in lanes that have rules of work: windows and priorities."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sync.store import Store, Transaction

#: Document type, priority, whether its window is closed; `batch_begin` reads them for a lane.
Rules = Sequence[tuple[str, int, bool]]

#: Names of jobs that open a window begin so.
WINDOW_JOB = "window "
#: A level of priority counts as so much age: a message is overtaken by those of the next level that
#: came up to a minute after it, and by nothing later.
STEP = timedelta(minutes=1)
#: Parked in one batch at most: 10,000 take 0.4 to 0.8 s, which nobody waits for.
PARK_ROWS = 10_000
#: Released at once, of each document type and lane.
RELEASE_ROWS = 10_000
#: A drain holds the windows open so far ahead, anew in each round.
DRAIN_AHEAD = timedelta(minutes=1)


def choose(
    tx: Transaction, rules: Rules, lane: str, road: str, limit: int, now: datetime, floor: int
) -> list[int]:
    """Park what waits for its window; lock and return up to ``limit`` of those whose turn it is."""
    closed = [doc_type for doc_type, _, is_closed in rules if is_closed]
    ranked = {doc_type: rank for doc_type, rank, is_closed in rules if rank and not is_closed}
    if closed:
        tx.run("park_closed", lane=lane, road=road, closed=closed, limit=PARK_ROWS)
    found = tx.limited(
        "choose_messages",
        limit,
        lane=lane,
        road=road,
        now=now,
        closed=closed,
        ranked=list(ranked),
        ranks=list(ranked.values()),
        step=STEP,
        floor=floor,
    )
    return [row.seq for row in found]


def any_window(store: Store) -> bool:
    """Return whether some document type waits for windows."""
    with store.look() as tx:
        return bool(tx.scalar("any_window"))


def open_window(store: Store, job: str) -> Mapping[str, object]:
    """Open the window of a job from now on, and send on what waits for it; return how many."""
    with store.transaction(quick=True) as tx:
        now = tx.scalar("read_clock")
        is_there = tx.run("open_window", job=job, now=now) > 0
    return {"opened": int(is_there), "released": release_windows(store)}


def open_all_windows(store: Store) -> None:
    """Hold every window open for a little while, and send on what waits."""
    if any_window(store):
        with store.transaction(quick=True) as tx:
            now = tx.scalar("read_clock")
            tx.run("open_all_windows", now=now, until=now + DRAIN_AHEAD)
        release_windows(store)


def release_windows(store: Store) -> int:
    """Send on what is parked although its window is open or its rule is gone; return how many."""
    released = 0
    while True:
        with store.transaction(quick=True) as tx:
            now = tx.scalar("read_clock")
            found = len(tx.rows("release_windows", now=now, limit=RELEASE_ROWS))
        released += found
        if found < RELEASE_ROWS:
            return released
