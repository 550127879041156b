"""Every class of difference, made on purpose over some nights, and what the runs call it."""

from __future__ import annotations

from tests.support.builders_world import World
from tests.support.month import FAULTS, Month


def test_what_was_made_is_what_is_reported(world: World) -> None:
    """Each class is found on keys that moved several times; carried ones stay what they were.

    The identity is checked by each run on every key, and each waterfall adds up.
    """
    world.admin.connection.execute(
        "UPDATE ops.system SET gapless_source_seq = true WHERE system_code = 'WMS2'"
    )
    month = Month(world, seed=7)
    month.opening()
    month.day(*FAULTS)
    month.day("late_message", "rejected", "unreported_erp")
    assert month.tally.misses == [], "\n".join(month.tally.lines())
    assert len({made for made, _ in month.tally.cells}) >= 28
    assert month.waterfall() == []
