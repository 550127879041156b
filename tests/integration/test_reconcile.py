"""The reconciliation through the real contract: each cause is found, named and proved."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from decimal import Decimal

import pytest

from sync.recon import second_look
from sync.recon.report import Wanted, write
from tests.support.builders_wms import WmsDocuments
from tests.support.builders_world import World
from tests.support.cluster import Database
from tests.support.nights import Nights, Place, lines_of


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


def test_a_contradiction_of_what_is_posted_is_no_second_movement(nights: Nights) -> None:
    """The same number with other content waits for a person; the books agree all the same."""
    first = nights.receive("A", 7)
    nights.post()
    header = {name: value for name, value in first.header.items() if name != "message_id"}
    nights.wms.build("goods_receipt", header, [{**first.lines[0], "qty": 9}])
    nights.post()
    run = nights.night()
    assert (run.verdict, nights.differences(run)) == ("RECONCILED", [])


def test_a_snapshot_that_is_not_whole_or_not_new_is_refused_and_yesterday_stands(
    nights: Nights,
) -> None:
    """Each gate names what it expected and found; nothing is published."""
    runs = {
        "wms_total": nights.night(wms={"total_qty": 1}),
        "position": nights.night(erp={"through_seq": nights.posted_through + 1}),
        "wms_fresh": nights.night(wms={"through_seq": 0}),
    }
    for gate, run in runs.items():
        assert (run.state, run.verdict) == ("not_valid", "NOT_VALID")
        failed = nights.world.admin.read(
            "SELECT gate FROM recon.gate WHERE run_id = %s AND NOT passed", run.run_id
        )
        assert gate in {row["gate"] for row in failed}, run.reason
        assert nights.differences(run) == []


def test_a_closed_run_cannot_be_changed(nights: Nights) -> None:
    """Not even by a superuser: the chain of hashes is evidence."""
    nights.erp[Place("A")] += 3
    run = nights.night()
    for command in (
        "UPDATE recon.difference SET owner = 'nobody'",
        "DELETE FROM recon.run",
        "UPDATE recon.run SET verdict = 'RECONCILED'",
    ):
        with pytest.raises(Exception, match=r"has ended|append"):
            nights.world.admin.connection.execute(command.encode())
    assert nights.classes(run) == {Place("A"): "UNREPORTED_ERP"}


def test_the_order_of_arrival_and_a_resend_change_nothing(
    world: World, another_database: Callable[[], Database]
) -> None:
    """The same facts, shuffled and sent twice, give the same rows but for numbers and times."""
    other = World(another_database())
    try:
        other.load_masters()
        rows = [_shuffled_night(world, shuffled=False), _shuffled_night(other, shuffled=True)]
    finally:
        other.close()
    assert rows[0] == rows[1] != []


def _shuffled_night(world: World, *, shuffled: bool) -> list[tuple[object, ...]]:
    played = Nights(world)
    played.receive("A", 100)
    played.post()
    played.night()
    wms = WmsDocuments("S")
    documents = [
        wms.goods_receipt(
            f"GR-{seq}",
            warehouse="W1",
            lines=[{"item_code": item, "qty": qty, "reason_code": reason, "location_code": "BIN1"}],
            seq=seq,
        )
        for seq, item, qty, reason in (
            (2, "A", 5, "FOUND"), (3, "B", "1.5", "FOUND"), (4, "C", 9, None), (5, "A", 2, "FOUND"),
        )
    ]  # fmt: skip
    for document in reversed(documents) if shuffled else documents:
        world.wms1.send(document)
        if shuffled:
            world.wms1.send(document.again(f"again-{document.message_id}"))
            world.drain()
    played.source_seq = 5
    played.floor.update(
        {Place("A"): Decimal(107), Place("B"): Decimal("1.5"), Place("C"): Decimal(9)}
    )
    world.drain()
    played.erp[Place("A")] += 11  # by hand; the ERP has not read anything today
    run = played.night()
    names = ("item_code", "class", "evidence", "difference_qty", "in_flight_qty", "rejected_qty",
             "residual_qty", "erp_drift_qty", "wms_drift_qty", "flags", "why")  # fmt: skip
    return [tuple(row[name] for name in names) for row in played.differences(run)]


def test_what_vanished_at_the_second_look_was_no_difference(nights: Nights) -> None:
    """Both sides are asked for the open keys alone; their answers are compared where they stand now.

    The closed run stays; what is left is written beside it, once.
    """
    nights.erp[Place("A")] += 3  # a posting that the ERP takes back in the morning
    nights.floor[Place("C")] -= 2  # goods that are gone
    run = nights.night()
    store = nights.world.store
    assert second_look.request(store, run.run_id) == 2
    assert second_look.request(store, run.run_id) == 0
    nights.world.drain()
    assert second_look.look(store) == []  # nobody has answered
    nights.receive("A", 5)
    nights.post()
    nights.erp[Place("A")] -= 3
    asked = [
        row["item_code"]
        for row in nights.world.erp.read(
            "SELECT item_code FROM erp_v1.snapshot_request_line ORDER BY 1"
        )
    ]
    assert asked == ["A", "C"]
    number = second_look.number_of(run.run_id, "W1")
    few = [
        [
            line
            for line in lines_of(book)
            if line["item_code"] in asked and line["stock_status"] == "unrestricted"
        ]
        for book in (nights.erp, nights.floor)
    ]
    nights.snapshots(
        erp={"request_no": number}, wms={"request_no": number}, erp_lines=few[0], wms_lines=few[1]
    )
    assert second_look.look(store) == [second_look.Look(run.run_id, "W1", 2, 1)]
    assert second_look.look(store) == []
    found = nights.world.admin.read(
        "SELECT item_code, erp_qty, wms_qty, residual_qty, is_transient FROM recon.second_look ORDER BY 1"
    )
    assert [tuple(row.values()) for row in found] == [
        ("A", 105, 105, 0, True), ("C", 40, 38, 2, False),
    ]  # fmt: skip
    assert nights.classes(run) == {Place("A"): "UNREPORTED_ERP", Place("C"): "UNREPORTED_WMS"}
    told = io.BytesIO()
    write(store, Wanted(run_id=run.run_id, form="csv"), told)
    rows = csv.DictReader(io.StringIO(told.getvalue().decode()))
    flagged = {row["item_code"]: "TRANSIENT" in row["flags"] for row in rows}
    assert flagged == {"A": True, "C": False}
