"""The gates of the reconciliation: a night that cannot be trusted says why and publishes nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from sync.errors import InvariantError
from sync.recon.run import reconcile
from tests.support.builders_world import World
from tests.support.nights import Nights, Place


@pytest.fixture
def nights(world: World) -> Nights:
    """Give two books that agree after a first closed night, and moved since."""
    played = Nights(world)
    played.receive("A", 100)
    played.receive("C", 40)
    played.post()
    assert played.night().verdict == "RECONCILED"
    played.receive("A", 7)
    played.ship("C", 1)
    played.post()
    return played


@pytest.mark.parametrize(
    ("side", "changed", "gate"),
    [
        ("wms", {"line_count": None, "total_qty": Decimal(1)}, "wms_total"),
        ("erp", {"total_qty": Decimal("146.5")}, "erp_total"),
        ("wms", {"through_seq": 1}, "wms_fresh"),
        ("erp", {"through_seq": 1_000_000_000_001}, "erp_fresh"),
        ("erp", {"through_seq": 1_000_000_000_999}, "position"),
        ("wms", {"through_seq": None}, "position"),
    ],
)
def test_a_header_that_cannot_be_true_makes_the_run_not_valid(
    nights: Nights, side: str, changed: dict[str, Any], gate: str
) -> None:
    """The gate is named, no difference is published, and the last closed run stands."""
    sides: dict[str, Any] = {side: changed}
    run = nights.night(**sides)
    assert (run.state, run.verdict, nights.differences(run)) == ("not_valid", "NOT_VALID", [])
    failed = nights.world.admin.read(
        "SELECT gate FROM recon.gate WHERE run_id = %s AND NOT passed", run.run_id
    )
    assert [row["gate"] for row in failed] == [gate]
    # The next good night goes on from the last closed run.
    nights.receive("A", 1)
    nights.post()
    assert nights.night().verdict == "RECONCILED"


def test_the_same_snapshots_are_not_reconciled_twice(nights: Nights) -> None:
    """A re-used file is as of its real position, never of the hour at which it is looked at."""
    assert nights.night().state == "closed"
    again = reconcile(nights.world.store, ["W1"], nights.now)
    assert again.state == "not_valid"
    assert "was compared in run" in (again.reason or "")


def test_old_and_skewed_snapshots_and_a_missing_side_are_not_valid(nights: Nights) -> None:
    """Yesterday's file, two files of different hours, a warehouse that one side does not tell."""
    earlier = nights.now - timedelta(hours=5)
    nights.snapshots()
    stale = reconcile(nights.world.store, ["W1"], nights.now + timedelta(hours=27))
    assert "h old, more than" in (stale.reason or "")
    other = Nights(nights.world, "W2")
    other.receive("A", 5, occurred_at=earlier)
    other.post()
    missing = reconcile(nights.world.store, ["W2"], nights.now)
    assert missing.reason == "W2: no snapshot of the ERP and of the WMS"
    other.snapshots(wms={"as_of": earlier})
    skewed = reconcile(nights.world.store, ["W2"], nights.now)
    assert "apart, more than" in (skewed.reason or "")


def test_a_position_that_is_off_by_one_is_shown_as_skew(nights: Nights) -> None:
    """The floor holds a movement above its own position: the header says so itself."""
    nights.receive("A", 3)
    nights.post()
    run = nights.night(wms={"through_seq": nights.source_seq - 1})
    (gate,) = nights.world.admin.read(
        "SELECT text FROM recon.gate WHERE run_id = %s AND gate = 'position'", run.run_id
    )
    assert gate["text"].startswith("skew of headers: 1 facts happened before the WMS's snapshot")
    (row,) = nights.differences(run)
    assert "STRADDLING" in row["flags"]


def test_a_snapshot_that_answers_a_request_is_no_nights_stock(nights: Nights) -> None:
    """It holds a few keys: taken for the whole, everything else would seem to have vanished."""
    nights.snapshots()
    few = [{"item_code": "A", "qty": nights.floor[Place("A")]}]
    nights.snapshots(
        erp={"request_no": "RUN-1"}, wms={"request_no": "RUN-1"}, erp_lines=few, wms_lines=few
    )
    run = reconcile(nights.world.store, ["W1"], nights.now)
    assert (run.state, nights.differences(run)) == ("closed", [])
    (compared,) = nights.world.admin.read(
        "SELECT erp_snapshot_no, wms_snapshot_no FROM recon.run_warehouse WHERE run_id = %s",
        run.run_id,
    )
    assert list(compared.values()) == ["E-W1-2", "F-W1-2"]


def test_a_closed_run_and_its_rows_are_never_changed(nights: Nights) -> None:
    """Not by the superuser either; each run is chained to the one before."""
    nights.erp[Place("A")] += 2
    run = nights.night()
    admin = nights.world.admin
    for statement in (
        "UPDATE recon.run SET verdict = 'RECONCILED' WHERE run_id = %s",
        "DELETE FROM recon.run WHERE run_id = %s",
        "UPDATE recon.difference SET why = '' WHERE run_id = %s",
        "DELETE FROM recon.difference WHERE run_id = %s",
        (
            "INSERT INTO recon.gate (run_id, warehouse_code, gate, passed, text)"
            " VALUES (%s, 'W1', 'x', true, '')"
        ),
    ):
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="never changed"):
            admin.connection.execute(statement.encode(), (run.run_id,))
    first, last = admin.read(
        "SELECT run_hash, previous_hash FROM recon.run WHERE state = 'closed' ORDER BY run_id"
    )
    assert last["previous_hash"] == first["run_hash"] != last["run_hash"]


def test_a_broken_identity_is_told_by_key_and_publishes_nothing(nights: Nights) -> None:
    """It is a fault of the program: exit 70, the run failed, no row of it is kept."""
    nights.erp[Place("A")] += 2
    listed = nights.night()
    nights.snapshots()
    admin = nights.world.admin.connection
    # What the last run kept is falsified behind its triggers, so that two ways of counting differ.
    admin.execute(b"SET session_replication_role = replica")
    admin.execute(
        b"UPDATE recon.difference SET erp_qty = erp_qty + 1, difference_qty = difference_qty + 1,"
        b" cut_off_qty = cut_off_qty + 1 WHERE run_id = %s",
        (listed.run_id,),
    )
    admin.execute(b"RESET session_replication_role")
    with pytest.raises(InvariantError, match=r"identity .* is broken: W1 A"):
        reconcile(nights.world.store, ["W1"], nights.now)
    (last,) = nights.world.admin.read(
        "SELECT r.state, (SELECT count(*) FROM recon.difference AS d WHERE d.run_id = r.run_id)"
        " AS kept FROM recon.run AS r ORDER BY r.run_id DESC LIMIT 1"
    )
    assert (last["state"], last["kept"]) == ("failed", 0)
    assert InvariantError.exit_code == 70
