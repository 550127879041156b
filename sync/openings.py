"""Ask which lanes and roads have messages to claim, and from which number on."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import cast

from schema.catalogue import ROADS
from schema.statements import first_due
from sync.floor import Floors, Pair
from sync.store import Store


def open_roads(store: Store) -> list[Pair]:
    """Return the (lane, road) pairs that have messages to claim, in index order."""
    with store.look() as tx:
        return [(row.lane, row.road) for row in tx.rows("open_lanes_with_work")]


def open_lanes(store: Store, floors: Floors | None = None) -> list[str]:
    """Return the lanes that have messages to claim; with floors, those that are known of."""
    if floors is None:
        pairs: Sequence[Pair] = open_roads(store)
    else:
        pairs = floors.open_pairs(partial(open_roads, store), partial(_known, store, floors))
    return list(dict.fromkeys(lane for lane, _ in pairs))


def open_roads_of(store: Store, lane: str, floors: Floors | None = None) -> set[str]:
    """Return the roads of a lane that have messages to claim, from their floors on."""
    pairs = [(lane, road) for road in ROADS]
    # Where there is no floor there is no look, either: only those that stand are looked at anew.
    stand = [floors is not None and floors.last(pair) > 0 for pair in pairs]
    known = [
        floor_of(store, *pair, floors) if stands else 0
        for pair, stands in zip(pairs, stand, strict=True)
    ]
    return {road for _, road in _with_work(store, pairs, known)}


def floor_of(store: Store, lane: str, road: str, floors: Floors | None) -> int:
    """Return the number from which on messages of a lane and road are to be claimed."""
    if floors is None:
        return 0
    return floors.of((lane, road), partial(_first_due, store, lane, road))


def next_retry(store: Store) -> datetime | None:
    """Return when the next message that met a fault is due, or None."""
    with store.transaction() as tx:
        return cast("datetime | None", tx.scalar("next_retry"))


def _known(store: Store, floors: Floors, pairs: Sequence[Pair]) -> list[Pair]:
    return _with_work(store, pairs, [floor_of(store, *pair, floors) for pair in pairs])


def _with_work(store: Store, pairs: Sequence[Pair], floors: Sequence[int]) -> list[Pair]:
    lanes, roads = [lane for lane, _ in pairs], [road for _, road in pairs]
    with store.look() as tx:
        rows = tx.rows("known_with_work", lanes=lanes, roads=roads, floors=list(floors))
    return [(row.lane, row.road) for row in rows]


def _first_due(store: Store, lane: str, road: str, floor: int) -> int:
    """Return the first message that can be claimed from a number on, or where the next will be."""
    with store.look() as tx:
        asked = {"lane": lane, "road": road, "now": tx.scalar("read_clock"), "only": None}
        seq = tx.execute_statement(first_due(), {**asked, "floor": floor}).scalar()
        if seq is None:
            seq = (tx.scalar("newest_seq") or 0) + 1
    return max(int(seq), floor)
