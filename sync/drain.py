"""Work until nothing is due: what ``crossdock drain`` and the tests do."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from schema import states
from schema.catalogue import ROADS
from sync.batch import BatchResult, run_road
from sync.openings import next_retry, open_lanes, open_roads
from sync.store import Store
from sync.sweep import sweep
from sync.turn import open_all_windows

__all__ = ["DrainResult", "drain", "open_lanes", "sweep"]

#: The longest pause while a message waits for its next attempt.
PAUSE_S = 0.2


@dataclass(frozen=True)
class DrainResult:
    """Say how many messages were processed, and how many there are in each of the ten states."""

    processed: int
    states: dict[str, int]


def drain(
    store: Store,
    *,
    limit: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> DrainResult:
    """Work off all complete messages, and waiting ones whose cause arrived or whose limit passed.

    Batch windows are held open meanwhile, for daemons too: who drains wants all of it now.
    Waits for messages that are to be tried again. ``limit`` is the size of a batch, the setting
    ``batch_rows`` by default; ``progress`` is told the messages processed so far.
    """
    rows = limit or store.settings.batch_rows
    processed = 0
    while True:
        open_all_windows(store)
        woken = sweep(store)
        done = _one_round(store, rows, processed, progress)
        processed += done
        if done or woken:
            continue
        due = next_retry(store)
        if due is None:
            return DrainResult(processed, state_counts(store))
        time.sleep(min(PAUSE_S, max(0.0, (due - store.now()).total_seconds())))


def _one_round(store: Store, rows: int, before: int, progress: Callable[[int], None] | None) -> int:
    """Run every road that has work until it has none; return the messages processed."""
    done = 0
    for road in ROADS:
        for lane, _ in (pair for pair in open_roads(store) if pair[1] == road):
            result = BatchResult(processed=1)
            while result.processed:
                result = run_road(store, lane, road, limit=rows)
                done += result.processed
                if progress is not None and result.processed:
                    progress(before + done)
    return done


def state_counts(store: Store) -> dict[str, int]:
    """Return the number of messages in each of the ten states."""
    with store.transaction() as tx:
        found = {row.state: int(row.total) for row in tx.rows("state_counts")}
    return {name: found[name] for name in states.names(states.MESSAGE_STATES)}
