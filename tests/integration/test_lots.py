"""Lots and their day of expiry: the first word counts, another one is a clash, expired is told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.integration.reading import moved, received, state_of_order
from tests.support.builders import Columns, Document
from tests.support.builders_world import StockKey, World

GOOD, OTHER, GONE = date(2027, 3, 1), date(2027, 4, 1), date(2026, 3, 3)
DAY = datetime(2026, 3, 4, 8, tzinfo=UTC)
ORDER = ("purchase_order", "PO1")
BATCHES = pytest.mark.parametrize("limit", [1, None], ids=["one by one", "in one batch"])


def _line(qty: int, expires_on: date | None = None, lot: str = "K1", **more: Any) -> Columns:
    columns = {"item_code": "L", "qty": qty, "lot_no": lot, "reason_code": "X", **more}
    return columns if expires_on is None else {**columns, "expires_on": expires_on}


def _receipt(world: World, number: str, *lines: Columns, **more: Any) -> Document:
    more = {"occurred_at": DAY, **more}
    return world.wms.goods_receipt(number, warehouse="W1", lines=lines, **more)


def _ship(world: World, number: str, qty: int, **more: Any) -> Document:
    more = {"occurred_at": DAY, **more}
    return world.wms.shipment(number, warehouse="W1", lines=[_line(qty)], **more)


def _tasks(world: World) -> list[tuple[str, int, str]]:
    tasks = world.tasks("LOT-004", "LOT-006")
    return [(task["code"], int(task["qty"]), task["text"]) for task in tasks]


def _lots(world: World) -> list[tuple[str, date | None]]:
    rows = world.admin.read("SELECT lot_no, expires_on FROM book.lot ORDER BY 1")
    return [(row["lot_no"], row["expires_on"]) for row in rows]


FREE, BLOCKED = StockKey("W1", "L", "K1"), StockKey("W1", "L", "K1", status="blocked")


@BATCHES
def test_a_lot_with_another_expiry_is_booked_blocked_with_a_task(
    world: World, limit: int | None
) -> None:
    """The first date stands; what says another one waits for a person, wherever batches were cut."""
    _receipt(world, "R1", _line(5, GOOD))
    clash = _receipt(world, "R2", _line(3, OTHER, stock_status="quality"))
    _receipt(world, "R3", _line(2, GOOD))
    world.drain(limit)
    assert world.state(clash) == "applied"
    assert world.stock() == {FREE: 7, BLOCKED: 3}
    assert _lots(world) == [("K1", GOOD)]
    assert _tasks(world) == [(
        "LOT-004", 3,
        "the lot expires on 2027-03-01 as it was said first, and the line says 2027-04-01",
    )]  # fmt: skip
    [row] = world.errors(clash)
    assert (row["column_name"], row["value"], row["expected"], row["severity"]) == (
        "expires_on", "2027-04-01", "2027-03-01", "task",
    )  # fmt: skip


@BATCHES
def test_a_line_without_a_date_never_clashes_and_takes_no_date_away(
    world: World, limit: int | None
) -> None:
    """It may come before the first date is known, or after it."""
    _receipt(world, "R1", _line(1))
    _receipt(world, "R2", _line(1, GOOD))
    _receipt(world, "R3", _line(1))
    _receipt(world, "R4", _line(1, OTHER))
    world.drain(limit)
    assert _lots(world) == [("K1", GOOD)]
    assert world.stock() == {FREE: 3, BLOCKED: 1}
    assert [task["code"] for task in world.tasks()] == ["LOT-004"]


def test_two_lines_of_one_receipt_with_two_dates_clash(world: World) -> None:
    """The lower line number is the first word."""
    _receipt(world, "R1", _line(1, OTHER, line_no=2), _line(1, GOOD, line_no=1),
             _line(1, OTHER, lot="K2", line_no=3))  # fmt: skip
    world.drain()
    assert _lots(world) == [("K1", GOOD), ("K2", OTHER)]
    assert [(task["code"], task["line_no"]) for task in world.tasks()] == [("LOT-004", 2)]


@BATCHES
def test_a_reversed_clash_leaves_blocked_as_it_came(world: World, limit: int | None) -> None:
    """The reversal posts to the status that was booked, not to the one that was sent."""
    _receipt(world, "R1", _line(5, GOOD))
    _receipt(world, "R2", _line(3, OTHER))
    world.drain()
    world.wms.reverse("goods_receipt", "R2-R", of="R2", warehouse="W1")
    world.drain(limit)
    assert world.stock() == {FREE: 5}
    assert moved(world)[-1] == ("receipt_purchase", "L", "K1", "", "blocked", -3)
    assert _lots(world) == [("K1", GOOD)]


@BATCHES
def test_a_receipt_that_is_reversed_takes_its_date_along(world: World, limit: int | None) -> None:
    """It was mistyped: the corrected receipt brings the right one, and clashes with nothing."""
    _receipt(world, "R1", _line(5, OTHER))
    world.drain()
    world.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1", occurred_at=DAY)
    _receipt(world, "R2", _line(5, GOOD))
    _receipt(world, "R3", _line(1, OTHER))
    world.drain(limit)
    assert world.stock() == {FREE: 5, BLOCKED: 1}
    assert _lots(world) == [("K1", GOOD)]
    assert [task["code"] for task in world.tasks()] == ["LOT-004"]


@BATCHES
def test_before_the_reversal_the_old_date_still_counts(world: World, limit: int | None) -> None:
    """Order of arrival, not the batch, says what was known when a line came."""
    _receipt(world, "R1", _line(5, OTHER))
    world.drain()
    clash = _receipt(world, "R2", _line(5, GOOD))
    world.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1", occurred_at=DAY)
    _receipt(world, "R3", _line(1, GOOD))
    world.drain(limit)
    assert [row.code for row in world.findings(clash)] == ["LOT-004"]
    assert world.stock() == {FREE: 1, BLOCKED: 5}
    assert _lots(world) == [("K1", GOOD)]


@BATCHES
def test_goods_that_had_expired_are_booked_blocked(world: World, limit: int | None) -> None:
    """By the date of the line, or by the one that the lot is known by; the last day is a good one."""
    _receipt(world, "R1", _line(5, GONE))
    _receipt(world, "R2", _line(2))
    _receipt(world, "R3", _line(4, date(2026, 3, 4), lot="K2"))
    _receipt(world, "R4", {"item_code": "A", "qty": 1, "reason_code": "X", "expires_on": GONE})
    world.drain(limit)
    assert world.stock() == {
        BLOCKED: 7, StockKey("W1", "L", "K2"): 4, StockKey("W1", "A", status="blocked"): 1,
    }  # fmt: skip
    text = "the goods had expired on 2026-03-03; they came or left on 2026-03-04"
    assert _tasks(world) == [("LOT-006", n, text) for n in (5, 2, 1)]
    assert _lots(world) == [("K1", GONE), ("K2", date(2026, 3, 4))]


@BATCHES
def test_goods_that_were_shipped_expired_are_posted_with_a_task(
    world: World, limit: int | None
) -> None:
    """They have left: nothing is blocked any more. Sent back to the supplier they are no surprise."""
    _receipt(world, "R1", _line(9, GOOD))
    late = datetime(2027, 3, 2, 8, tzinfo=UTC)
    shipment = _ship(world, "S1", 4, occurred_at=late)
    _ship(world, "S2", 1, occurred_at=datetime(2027, 3, 1, 8, tzinfo=UTC))
    world.erp.supplier_return("SR1", warehouse="W1", lines=[("L", 2)])
    world.wms.shipment("S3", warehouse="W1", order=("supplier_return", "SR1"), occurred_at=late,
                       lines=[_line(2)])  # fmt: skip
    world.drain(limit)
    assert _tasks(world) == [
        ("LOT-006", 4, "the goods had expired on 2027-03-01; they came or left on 2027-03-02"),
    ]
    # That they are told of next year is a task of its own.
    assert {(row.column_name, row.code) for row in world.findings(shipment)} == {
        ("lot_no", "LOT-006"), ("occurred_at", "PER-001"),
    }  # fmt: skip
    assert world.stock() == {FREE: 2}


def test_the_day_is_that_of_the_warehouse(world: World) -> None:
    """At 23:30 in London it is tomorrow in Berlin."""
    world.erp.warehouse("W1", version=2, time_zone="Europe/Berlin")
    world.drain()
    _receipt(world, "R1", _line(1, GONE), occurred_at=datetime(2026, 3, 3, 22, 30, tzinfo=UTC))
    _receipt(world, "R2", _line(1, GONE), occurred_at=datetime(2026, 3, 3, 23, 30, tzinfo=UTC))
    world.drain()
    assert [(task["code"], task["line_no"]) for task in world.tasks()] == [("LOT-006", 1)]
    assert world.stock() == {FREE: 1, BLOCKED: 1}


def test_a_line_above_tolerance_and_with_another_date_has_two_decisions(world: World) -> None:
    """All of it is blocked: the date is about the whole line, the surplus about its last part."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("L", 10)])
    _receipt(world, "R1", _line(1, GOOD))
    world.drain()
    _receipt(world, "R2", _line(12, OTHER), order=ORDER)
    world.drain()
    assert world.stock() == {FREE: 1, BLOCKED: 12}
    assert [(task["code"], task["qty"]) for task in world.tasks()] == [
        ("LOT-004", 12), ("QTY-005", 2),
    ]  # fmt: skip
    assert state_of_order(world, *ORDER)[1] == {1: ("completed", 10, 12, 0, 0, 2, 0)}


def test_a_blocked_receipt_does_not_feed_a_shipment(world: World) -> None:
    """The shipment waits for stock that is free; at its limit it is posted with a task."""
    _receipt(world, "R1", _line(5, GONE))
    shipment = _ship(world, "S1", 5, occurred_at=datetime(2026, 3, 2, tzinfo=UTC))
    world.drain()
    assert world.state(shipment) == "waiting"
    world.pass_limits()
    world.drain()
    assert world.state(shipment) == "applied"
    assert world.stock() == {FREE: -5, BLOCKED: 5}


def test_the_erp_reads_a_blocked_line_as_blocked(world: World) -> None:
    """As it was booked, not as it was sent."""
    _receipt(world, "R1", _line(5, GONE), _line(1, GOOD, lot="K2"))
    world.drain()
    [(_, lines)] = received(world.erp, "goods_receipt")
    assert [(line["line_no"], line["qty"], line["stock_status"]) for line in lines] == [
        (1, 5, "blocked"), (2, 1, "unrestricted"),
    ]  # fmt: skip


def test_a_product_and_a_transfer_are_looked_at_as_well(world: World) -> None:
    """Expired products, and a lot that the destination knows by another date."""
    world.erp.production_order("PR1", warehouse="W1", product=("L", 5), lines=[("C", 1)])
    world.drain()
    world.wms.production_receipt(
        "PR", warehouse="W1", order_no="PR1", occurred_at=DAY,
        lines=[{"item_code": "L", "qty": 5, "lot_no": "K1", "expires_on": GONE}],
    )  # fmt: skip
    _receipt(world, "R1", _line(4, GOOD, lot="K2"))
    world.wms2.goods_receipt("R0", warehouse="W3", occurred_at=DAY,
                             lines=[_line(1, OTHER, lot="K2")])  # fmt: skip
    world.erp.transfer_order("TO1", warehouse="W1", to="W3", lines=[("L", 4)])
    world.drain()
    transfer = ("transfer_order", "TO1")
    world.wms.shipment("S1", warehouse="W1", order=transfer, occurred_at=DAY,
                       lines=[{"item_code": "L", "qty": 4, "lot_no": "K2"}])  # fmt: skip
    world.drain()
    world.wms2.goods_receipt("R1", warehouse="W3", order=transfer, occurred_at=DAY,
                             lines=[_line(4, GOOD, lot="K2")])  # fmt: skip
    world.drain()
    assert world.stock() == {
        BLOCKED: 5, StockKey("W3", "L", "K2"): 1, StockKey("W3", "L", "K2", status="blocked"): 4,
    }  # fmt: skip
    assert [(task["warehouse_code"], task["code"]) for task in world.tasks()] == [
        ("W1", "LOT-006"), ("W3", "LOT-004"),
    ]  # fmt: skip
