"""The reconciliation through the real contract: each cause is found, named and proved."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.support.builders_world import World
from tests.support.nights import Nights, Place


@pytest.fixture
def nights(world: World) -> Nights:
    """Give two books that agree after a first closed night."""
    played = Nights(world)
    played.receive("A", 100)
    played.receive("A", 10, stock_status="quality")
    played.receive("B", "12.5")
    played.receive("C", 40)
    played.post()
    assert played.night().verdict == "RECONCILED"
    return played


def test_two_books_that_agree_are_reconciled(nights: Nights) -> None:
    """Movements on both sides leave no row."""
    nights.ship("A", 30)
    nights.receive("A", 5)
    nights.post()
    run = nights.night()
    assert (run.state, run.verdict, nights.differences(run)) == ("closed", "RECONCILED", [])


def test_what_the_erp_has_not_posted_is_in_flight_and_gone_next_night(nights: Nights) -> None:
    """A delivery that lies in the ERP's inbox explains the difference to the last piece."""
    late = nights.receive("A", 8)
    nights.post(except_for=[late.number or ""])
    run = nights.night()
    (row,) = nights.differences(run)
    assert (row["class"], row["difference_qty"], row["in_flight_qty"], row["residual_qty"]) == (
        "IN_FLIGHT", Decimal(-8), Decimal(-8), 0,
    )  # fmt: skip
    assert row["why"] == "ERP 100 = WMS 108 - 8 in flight"
    nights.post()
    run = nights.night()
    assert nights.classes(run) in ({}, {Place("A"): "CARRIED_FORWARD"})


def test_a_change_outside_the_interface_is_told_by_side_and_carried(nights: Nights) -> None:
    """The identity names the side and the night; the next night only carries it forward."""
    nights.erp[Place("A")] += 3
    nights.floor[Place("C")] -= 2
    run = nights.night()
    rows = {row["item_code"]: row for row in nights.differences(run)}
    assert {key: row["class"] for key, row in rows.items()} == {
        "A": "UNREPORTED_ERP", "C": "UNREPORTED_WMS",
    }  # fmt: skip
    assert (rows["A"]["erp_drift_qty"], rows["A"]["wms_drift_qty"]) == (3, 0)
    assert (rows["C"]["erp_drift_qty"], rows["C"]["wms_drift_qty"]) == (0, -2)
    assert run.unexplained == 2
    nights.receive("A", 1)
    nights.post()
    again = nights.night()
    rows = {row["item_code"]: row for row in nights.differences(again)}
    assert {row["class"] for row in rows.values()} == {"CARRIED_FORWARD"}
    assert [rows["A"][name] for name in ("first_run_id", "night_count")] == [run.run_id, 2]
