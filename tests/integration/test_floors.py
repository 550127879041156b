"""Where looks from the bottom are dear: what comes is claimed at once, what comes back, soon."""

from __future__ import annotations

from sync.batch import run_batch
from sync.drain import drain
from sync.floor import PAUSE_S, Floors
from sync.openings import floor_of, open_lanes
from tests.support.builders import Document
from tests.support.builders_world import World


class Clock:
    """Tell a time at which each look has taken long."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.now = 0.0
        self.step = 0.1

    def __call__(self) -> float:
        """Return the time, and go on."""
        self.now += self.step
        return self.now


def receipt(world: World, number: str, item: str) -> Document:
    """Send a receipt without an order."""
    line = {"item_code": item, "qty": 1, "reason_code": "FOUND", "location_code": "BIN1"}
    return world.wms.goods_receipt(number, warehouse="W1", lines=[line])


def work(world: World, floors: Floors) -> int:
    """Work the lane as a daemon does; return how many messages were processed."""
    assert set(open_lanes(world.store, floors)) <= {"*", "W1"}
    return run_batch(world.store, "W1", limit=10, floors=floors).processed


def test_what_comes_back_below_the_floor_is_worked_when_the_bottom_is_looked_at(
    world: World,
) -> None:
    """A receipt waits for its item; later ones are worked; the item comes; so does the receipt."""
    clock = Clock()
    late = receipt(world, "R1", "LATER")
    drain(world.store)
    assert world.state(late) == "waiting"
    first = receipt(world, "R2", "A")
    floors = Floors(clock)
    assert work(world, floors) == 1
    floor = floor_of(world.store, "W1", "fact", floors)
    assert floor >= world.status(first)["seq"] > world.status(late)["seq"]

    clock.step = 0.0
    world.erp.item("LATER", version=1, base_uom="PCE")
    run_batch(world.store, "*", limit=10)
    assert world.state(late) == "received"
    second = receipt(world, "R3", "A")
    assert work(world, floors) == 1
    assert (world.state(second), world.state(late)) == ("applied", "received")
    assert work(world, floors) == 0
    clock.now += 100 * PAUSE_S
    assert work(world, floors) == 1
    assert world.state(late) == "applied"


def test_a_lane_with_nothing_due_is_claimed_from_the_next_message_on(
    world: World,
) -> None:
    """The floor of an empty lane is the number that the next message has at least."""
    floors = Floors(Clock())
    drain(world.store)
    floor = floor_of(world.store, "W1", "fact", floors)
    sent = receipt(world, "R1", "A")
    assert floor <= world.status(sent)["seq"]
    assert work(world, floors) == 1
    assert world.state(sent) == "applied"
