"""Random nights against an oracle that knows only what was done to each book."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.support.builders_world import World
from tests.support.cluster import Database
from tests.support.nights import Book, Nights, Place

PLACES = (
    Place("A"), Place("A", "", "quality"), Place("B"), Place("C"), Place("L", "1E5"),
    Place("L", "00012"), Place("L", "K1", "quality"),
)  # fmt: skip


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    """Give a world with master data."""
    made = World(database)
    try:
        made.load_masters()
        yield made
    finally:
        made.close()


class Oracle:
    """Hold, key by key, what each book was spoiled by and what the ERP was not given yet."""

    def __init__(self) -> None:
        self.erp_off: Book = defaultdict(Decimal)
        self.wms_off: Book = defaultdict(Decimal)
        self.before: dict[Place, tuple[Decimal, Decimal]] = {}
        self.unposted: dict[str, tuple[Place, Decimal]] = {}

    def expected(self, nights: Nights) -> dict[Place, tuple[Decimal, ...]]:
        """Return (D, C, R, R0, rE, rW) of each key that a run has to list."""
        found: dict[Place, tuple[Decimal, ...]] = {}
        for place in PLACES:
            known = -sum((q for p, q in self.unposted.values() if p == place), Decimal(0))
            erp_off, wms_off = self.erp_off[place], self.wms_off[place]
            erp_before, wms_before = self.before.get(place, (Decimal(0), Decimal(0)))
            parts = any(p == place for p, _ in self.unposted.values())
            if parts or erp_off or wms_off or erp_before or wms_before:
                found[place] = (
                    nights.erp[place] - nights.floor[place], known, erp_off - wms_off,
                    erp_before - wms_before, erp_off - erp_before, wms_off - wms_before,
                )  # fmt: skip
        return found

    def close(self) -> None:
        """Begin the next night."""
        self.before = {p: (self.erp_off[p], self.wms_off[p]) for p in PLACES}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_night_equals_the_oracle_key_by_key(world: World, seed: int) -> None:
    """D, C, R, R0, rE and rW of every key, and no key more; R = R0 + rE - rW without exception.

    Quantities have up to six decimals, lots look like numbers, facts arrive in any order and twice.
    """
    chance = random.Random(seed)  # noqa: S311 - a repeatable choice, no secret
    nights, oracle = Nights(world), Oracle()
    for place in PLACES:
        nights.receive(place.item, 1000, lot_no=place.lot or None, stock_status=place.status)
    nights.post()
    assert nights.night().verdict == "RECONCILED"
    for _ in range(5):
        for place in chance.choices(PLACES, k=9):
            qty = (
                Decimal(chance.randrange(1, 4000)) / 1000
                if place.item == "B"
                else Decimal(chance.randrange(1, 9))
            )
            line = {"lot_no": place.lot or None, "stock_status": place.status}
            match chance.randrange(6):
                case 0:
                    nights.erp[place] += qty
                    oracle.erp_off[place] += qty
                case 1:
                    nights.floor[place] -= qty
                    oracle.wms_off[place] -= qty
                case 2:
                    sent = nights.receive(place.item, qty, **line)
                    oracle.unposted[str(sent.number)] = (place, qty)
                case 3:
                    sent = nights.ship(place.item, qty, **line)
                    nights.wms.send(sent.again(f"again-{sent.message_id}"))
                case _:
                    nights.receive(place.item, qty, **line)
        nights.post(except_for=list(oracle.unposted))
        run = nights.night()
        assert run.state == "closed", run.reason
        rows = {
            Place(row["item_code"], row["lot_no"], row["stock_status"]): row
            for row in nights.differences(run)
        }
        told = {
            place: (
                row["difference_qty"],
                row["cut_off_qty"] + row["in_flight_qty"] + row["rejected_qty"]
                + row["unconfirmed_qty"],
                row["residual_qty"], row["carried_qty"], row["erp_drift_qty"],
                row["wms_drift_qty"],
            )
            for place, row in rows.items()
        }  # fmt: skip
        assert told == oracle.expected(nights)
        for _, _, residual, carried, erp_drift, wms_drift in told.values():
            assert residual == carried + erp_drift - wms_drift
        oracle.close()
        if chance.random() < 0.5:
            oracle.unposted.clear()
            nights.post()
