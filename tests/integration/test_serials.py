"""Serial numbers: a piece is on hand once; a second one of its number waits for a person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.integration.reading import moved, received
from tests.support.builders import Columns, Document
from tests.support.builders_world import StockKey, World

BATCHES = pytest.mark.parametrize("limit", [1, None], ids=["one by one", "in one batch"])
FREE, BLOCKED = StockKey("W1", "S"), StockKey("W1", "S", status="blocked")


def _line(serial: str, **more: Any) -> Columns:
    return {"item_code": "S", "qty": 1, "serial_no": serial, "reason_code": "X", **more}


def _receipt(world: World, number: str, *serials: str, **more: Any) -> Document:
    lines = [_line(serial) for serial in serials]
    return world.wms.goods_receipt(number, warehouse="W1", lines=lines, **more)


def _shipment(world: World, number: str, *serials: str, **more: Any) -> Document:
    lines = [_line(serial) for serial in serials]
    return world.wms.shipment(number, warehouse="W1", lines=lines, **more)


def _on_hand(world: World, warehouse: str = "W1") -> dict[str, int]:
    rows = world.admin.read(
        "SELECT serial_no, on_hand FROM book.serial WHERE warehouse_code = %s", warehouse
    )
    return {row["serial_no"]: row["on_hand"] for row in rows}


@BATCHES
def test_a_piece_that_is_on_hand_already_is_booked_blocked(world: World, limit: int | None) -> None:
    """The second of two receipts of one number, in one batch or in two."""
    _receipt(world, "R1", "N1", "N2")
    second = _receipt(world, "R2", "N3", "N1")
    world.drain(limit)
    assert world.state(second) == "applied"
    assert world.stock() == {FREE: 3, BLOCKED: 1}
    assert _on_hand(world) == {"N1": 2, "N2": 1, "N3": 1}
    [task] = world.tasks()
    assert (task["code"], task["line_no"], task["item_code"], task["qty"], task["text"]) == (
        "LOT-005", 2, "S", 1, "serial number N1 is on hand already",
    )  # fmt: skip
    [row] = world.errors(second)
    assert (row["column_name"], row["value"], row["severity"]) == ("serial_no", "N1", "task")
    [_, (_, lines)] = received(world.erp, "goods_receipt")
    assert [line["stock_status"] for line in lines] == ["unrestricted", "blocked"]


def test_two_lines_of_one_receipt_with_one_number_clash(world: World) -> None:
    """The higher line number is the second piece."""
    _receipt(world, "R1", "N1", "N1")
    world.drain()
    assert [(task["code"], task["line_no"]) for task in world.tasks()] == [("LOT-005", 2)]


@BATCHES
def test_a_piece_that_was_shipped_may_come_back(world: World, limit: int | None) -> None:
    """It is not on hand any more."""
    _receipt(world, "R1", "N1")
    _shipment(world, "S1", "N1")
    _receipt(world, "R2", "N1")
    _shipment(world, "S2", "N1")
    _receipt(world, "R3", "N1")
    world.drain(limit)
    assert world.tasks() == []
    assert world.stock() == {FREE: 1}
    assert _on_hand(world) == {"N1": 1}


@BATCHES
def test_a_piece_that_moves_stays_one_piece(world: World, limit: int | None) -> None:
    """From place to place, from status to status."""
    _receipt(world, "R1", "N1")
    world.wms.stock_move(
        "M1", warehouse="W1",
        lines=[{"item_code": "S", "qty": 1, "serial_no": "N1", "to_stock_status": "quality",
                "to_location_code": "BIN1"}],
    )  # fmt: skip
    _receipt(world, "R2", "N1")
    world.drain(limit)
    assert [(task["code"], task["qty"]) for task in world.tasks()] == [("LOT-005", 1)]
    assert world.stock() == {StockKey("W1", "S", "", "BIN1", "quality"): 1, BLOCKED: 1}
    assert _on_hand(world) == {"N1": 2}


@BATCHES
def test_reversals_give_the_number_free_or_take_it_back(world: World, limit: int | None) -> None:
    """A reversed receipt is no piece, a reversed shipment is one; what a reversal brings is no clash."""
    _receipt(world, "R1", "N1")
    world.drain()
    world.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1")
    _receipt(world, "R2", "N1")
    _shipment(world, "S1", "N1")
    world.drain(limit)
    assert (world.tasks(), _on_hand(world)) == ([], {"N1": 0})
    world.wms.reverse("shipment", "S1-R", of="S1", warehouse="W1")
    clash = _receipt(world, "R3", "N1")
    world.drain(limit)
    assert [row.code for row in world.findings(clash)] == ["LOT-005"]
    assert _on_hand(world) == {"N1": 2}
    world.wms.reverse("goods_receipt", "R3-R", of="R3", warehouse="W1")
    world.drain()
    assert world.stock() == {FREE: 1}
    assert moved(world)[-1] == ("receipt_purchase", "S", "", "", "blocked", -1)
    assert _on_hand(world) == {"N1": 1}


def test_a_found_piece_that_is_on_hand_is_booked_blocked_too(world: World) -> None:
    """An adjustment or the opening stock may bring a number twice as well."""
    _receipt(world, "R1", "N1")
    world.wms.stock_adjustment("J1", warehouse="W1", lines=[_line("N1")])
    world.wms.initial_load("I1", warehouse="W1",
                           lines=[{"item_code": "S", "qty": 1, "serial_no": "N2"}])  # fmt: skip
    world.drain()
    assert world.stock() == {FREE: 2, BLOCKED: 1}
    assert [task["code"] for task in world.tasks()] == ["LOT-005"]
    [(_, [line]), (_, [initial])] = received(world.erp, "stock_adjustment")
    assert (line["stock_status"], initial["stock_status"]) == ("blocked", "unrestricted")
    world.wms.stock_adjustment("J2", warehouse="W1", reason="SCRAP",
                               lines=[_line("N1", qty=-1, stock_status="blocked")])  # fmt: skip
    world.drain()
    assert _on_hand(world) == {"N1": 1, "N2": 1}
    assert world.stock() == {FREE: 2}


def test_a_piece_that_left_unseen_is_not_on_hand_twice_when_its_receipt_comes(world: World) -> None:
    """The shipment came first: minus one and one are none."""
    _receipt(world, "R0", "N9")
    _shipment(world, "S1", "N1")
    world.drain()
    assert _on_hand(world) == {"N9": 1, "N1": -1}
    _receipt(world, "R1", "N1")
    world.drain()
    assert (world.tasks(), _on_hand(world)) == ([], {"N9": 1, "N1": 0})


@BATCHES
def test_a_transfer_takes_a_piece_out_of_one_house_and_into_the_other(
    world: World, limit: int | None
) -> None:
    """In transit it is on nobody's hand; it may come back before its notice is settled."""
    _receipt(world, "R1", "N1", "N2")
    world.erp.transfer_order("TO1", warehouse="W1", to="W3", lines=[("S", 2)])
    world.drain()
    order = ("transfer_order", "TO1")
    _shipment(world, "S1", "N1", "N2", order=order)
    world.drain(limit)
    assert _on_hand(world) == {"N1": 0, "N2": 0}
    world.wms2.goods_receipt("R1", warehouse="W3", order=order, lines=[_line("N1"), _line("N1")])
    _receipt(world, "R2", "N2")
    world.drain(limit)
    assert _on_hand(world) == {"N1": 0, "N2": 1}
    assert _on_hand(world, "W3") == {"N1": 2}
    assert [(task["warehouse_code"], task["code"]) for task in world.tasks("LOT-005")] == [
        ("W3", "LOT-005"),
    ]  # fmt: skip


def test_a_number_that_is_only_told_clashes_with_nothing(world: World) -> None:
    """Of an item without serial control it may stand on a receipt and on no shipment."""
    for number in ("R1", "R2"):
        world.wms.goods_receipt(
            number, warehouse="W1",
            lines=[{"item_code": "A", "qty": 1, "serial_no": "N1", "reason_code": "X"}],
        )  # fmt: skip
    world.drain()
    assert world.tasks() == []
    assert world.stock() == {StockKey("W1", "A"): 2}


@BATCHES
def test_a_late_receipt_that_a_count_knew_does_not_count_twice(
    world: World, limit: int | None
) -> None:
    """The count said one piece, not which one; the receipt says which one, not one more."""
    world.wms.stock_count("C1", warehouse="W1", through=12, lines=[("S", 1)])
    world.drain()
    _receipt(world, "R1", "N1", source_seq=11)
    _receipt(world, "R2", "N1", source_seq=13)
    world.drain(limit)
    assert _on_hand(world) == {"N1": 2}
    assert world.stock() == {FREE: 1, BLOCKED: 1}
    assert [task["code"] for task in world.tasks()] == ["LOT-005"]


def test_a_piece_in_doubt_with_another_date_has_two_decisions(world: World) -> None:
    """It is free when neither the piece nor the date holds it any more."""
    day = datetime(2026, 3, 4, 8, tzinfo=UTC)
    for number, year in (("R1", 2027), ("R2", 2028)):
        world.wms.goods_receipt(
            number, warehouse="W1", occurred_at=day,
            lines=[_line("N1", lot_no="K1", expires_on=date(year, 3, 1))],
        )  # fmt: skip
    world.drain()
    assert [(task["code"], task["qty"]) for task in world.tasks()] == [
        ("LOT-004", 1), ("LOT-005", 1),
    ]  # fmt: skip
    for task, stock in zip(world.tasks(), ({FREE: 1, BLOCKED: 1}, {FREE: 2}), strict=True):
        world.admin.connection.execute(
            "SELECT ops.resolve_task(%s, 'release', 'looked at')", (task["task_id"],)
        )
        world.drain()
        assert {key._replace(lot=""): qty for key, qty in world.stock().items()} == stock


def test_a_piece_above_tolerance_and_on_hand_is_blocked_once(world: World) -> None:
    """Two tasks of one line: for the surplus, and for the piece."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("S", 1)])
    _receipt(world, "R1", "N1")
    world.drain()
    _receipt(world, "R2", "N2", "N1", order=("purchase_order", "PO1"))
    world.drain()
    assert world.stock() == {FREE: 2, BLOCKED: 1}
    assert [(task["code"], task["line_no"], task["qty"]) for task in world.tasks()] == [
        ("LOT-005", 2, 1), ("QTY-005", 2, 1),
    ]  # fmt: skip
