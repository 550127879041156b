"""What the ERP reads of a receipt is what was booked: blocked parts are lines of their own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.reading import moved, received
from tests.support.builders_world import World

PO = ("purchase_order", "PO1")


def _shown(world: World, view: str = "goods_receipt") -> list[tuple[Any, ...]]:
    [*_, (_, lines)] = received(world.erp, view)
    return [(line["line_no"], line["qty"], line["uom"], line["stock_status"]) for line in lines]


def _receive(world: World, ordered: tuple[Any, ...], *lines: dict[str, Any]) -> None:
    world.erp.purchase_order("PO1", warehouse="W1", lines=[ordered])
    world.drain()
    world.wms.goods_receipt("R1", warehouse="W1", order=PO, lines=lines)
    world.drain()


@pytest.mark.parametrize(
    ("ordered", "line", "shown"),
    [
        (("A", 10), {"qty": 15, "uom": "PCE"}, [(10, "PCE"), (5, "PCE")]),
        (("A", 24), {"qty": 3, "uom": "BOX"}, [(2, "BOX"), (1, "BOX")]),
        (("A", 30), {"qty": 3, "uom": "BOX"}, [(30, "PCE"), (6, "PCE")]),
        (("A", 30), {"qty": "3.0", "uom": "BOX"}, [(30, "PCE"), (6, "PCE")]),
        (("A", 27), {"qty": "2.5", "uom": "BOX"}, [(27, "PCE"), (3, "PCE")]),
        (("A", 18), {"qty": "2.5", "uom": "BOX"}, [("1.5", "BOX"), (1, "BOX")]),
        (("B", "1.25"), {"qty": 1300, "uom": "GRM"}, [(1250, "GRM"), (50, "GRM")]),
        (("B", "1.2505"), {"qty": 1300, "uom": "GRM"}, [("1.2505", "KGM"), ("0.0495", "KGM")]),
        (("C", 2), {"qty": 9, "uom": "SET"}, [(6, "SET"), (3, "SET")]),
    ],
)
def test_a_line_above_tolerance_is_shown_as_two(
    world: World, ordered: tuple[Any, ...], line: dict[str, Any], shown: list[tuple[Any, ...]]
) -> None:
    """In the unit sent as long as it stays as whole as it was, else in the base unit."""
    _receive(world, ordered, {"item_code": ordered[0], "order_line_no": 1, **line})
    (qty, uom), (above, uom_above) = shown
    assert _shown(world) == [
        (1, Decimal(qty), uom, "unrestricted"), (1000001, Decimal(above), uom_above, "blocked"),
    ]  # fmt: skip
    assert [row["sent_qty"] for row in world.ledger()] == [Decimal(line["qty"])] * 2


def test_a_line_that_is_blocked_as_a_whole_stays_one(world: World) -> None:
    """Nothing of it was wanted; its number and quantity are those that were sent."""
    _receive(
        world, ("A", 10), {"item_code": "A", "qty": 10}, {"item_code": "A", "qty": 1, "uom": "BOX"}
    )
    assert _shown(world) == [(1, 10, "PCE", "unrestricted"), (2, 1, "BOX", "blocked")]


def test_a_line_that_was_sent_as_blocked_is_shown_as_sent(world: World) -> None:
    """Both parts lie in the same status."""
    _receive(world, ("A", 10), {"item_code": "A", "qty": 15, "stock_status": "blocked"})
    assert [row[-2:] for row in moved(world)] == [("blocked", 10), ("blocked", 5)]
    assert _shown(world) == [(1, 15, "PCE", "blocked")]


def test_all_columns_of_the_line_stand_on_both_parts(world: World) -> None:
    """Lot, place, reason and order line are the same."""
    _receive(
        world, ("L", 10),
        {"item_code": "L", "qty": 12, "lot_no": "K1", "location_code": "DOCK", "order_line_no": 1,
         "reason_code": "WET", "stock_status": "quality"},
    )  # fmt: skip
    [(_, [first, second])] = received(world.erp, "goods_receipt")
    same = {"warehouse_code": "W1", "item_code": "L", "uom": "PCE", "lot_no": "K1",
            "location_code": "DOCK", "order_line_no": 1, "reason_code": "WET"}  # fmt: skip
    assert first == {**same, "line_no": 1, "qty": 10, "stock_status": "quality"}
    assert second == {**same, "line_no": 1000001, "qty": 2, "stock_status": "blocked"}


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ((1, 1000001), (1, 1000001, 1000002, 1000003)),
        ((-999999, 1), (-999999, 1, 2, 3)),
        ((5, 2147483647), (3, 4, 5, 2147483647)),
    ],
)
def test_a_sender_may_number_its_lines_as_it_likes(
    world: World, numbers: tuple[int, int], shown: tuple[int, ...]
) -> None:
    """The numbers of blocked parts keep clear of them."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10), ("B", 10)])
    world.drain()
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1", order=PO,
        lines=[{"line_no": numbers[0], "item_code": "A", "qty": 11},
               {"line_no": numbers[1], "item_code": "B", "qty": 12}],
    )  # fmt: skip
    world.drain()
    assert world.state(receipt) == "applied"
    assert tuple(row[0] for row in _shown(world)) == shown


def test_an_over_shipment_is_posted_with_a_task_and_shown_as_sent(world: World) -> None:
    """It has left: nothing is blocked, nothing is split."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.wms.shipment("S1", warehouse="W1", order=("sales_order", "SO1"),
                       lines=[{"item_code": "A", "qty": 1, "uom": "BOX"}])  # fmt: skip
    world.drain()
    assert [(task["code"], task["qty"]) for task in world.tasks()] == [("QTY-005", 2)]
    assert moved(world)[1:] == [("issue_sales", "A", "", "", "unrestricted", -12)]
    assert _shown(world, "shipment") == [(1, 1, "BOX", "unrestricted")]


def test_a_mapped_erp_reads_its_own_word_for_blocked(world: World) -> None:
    """And its own word for the base unit."""
    for domain, own, code in (("stock_status", "S", "blocked"), ("uom", "ST", "PCE"),
                              ("uom", "KT", "BOX")):  # fmt: skip
        world.erp.code_map("ERP", domain, own, code)
    world.drain()
    _receive(world, ("A", 10), {"item_code": "A", "qty": 1, "uom": "BOX"})
    assert _shown(world) == [(1, 10, "ST", "unrestricted"), (1000001, 2, "ST", "S")]
