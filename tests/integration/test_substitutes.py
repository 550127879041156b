"""Substitutes: another item fills the order line that it names, when the reason says so."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.reading import moved, received, state_of_order
from tests.support.builders import Columns
from tests.support.builders_world import StockKey, World

SO = ("sales_order", "SO1")


def _line(qty: int, item: str = "C", **more: Any) -> Columns:
    return {
        "item_code": item, "qty": qty, "order_line_no": 1, "reason_code": "SUBSTITUTE", **more
    }  # fmt: skip


def _day(world: World) -> None:
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100), ("B", 100), ("C", 100)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10), ("A", 5)])
    world.drain()


def test_a_substitute_fills_the_line_that_it_names_without_a_task(world: World) -> None:
    """In base units: two boxes of the one are twenty pieces of the other."""
    _day(world)
    world.wms.shipment("S1", warehouse="W1", order=SO, lines=[("A", 4), _line(6)])
    world.drain()
    assert state_of_order(world, *SO)[1] == {
        1: ("completed", 10, 10, 0, 0, 0, 0), 2: ("open", 5, 0, 0, 0, 0, 5),
    }  # fmt: skip
    assert world.tasks() == []
    assert moved(world)[3:] == [
        ("issue_sales", "A", "", "", "unrestricted", -4),
        ("issue_sales", "C", "", "", "unrestricted", -6),
    ]
    [(_, lines)] = received(world.erp, "shipment")
    assert [(line["item_code"], line["qty"], line.get("reason_code")) for line in lines] == [
        ("A", 4, None), ("C", 6, "SUBSTITUTE"),
    ]  # fmt: skip


def test_too_much_of_a_substitute_is_too_much(world: World) -> None:
    """Its tolerance is the line's."""
    _day(world)
    world.wms.shipment("S1", warehouse="W1", order=SO, lines=[_line(2, uom="BOX")])
    world.drain()
    assert state_of_order(world, *SO)[1][1] == ("completed", 10, 20, 0, 0, 10, 0)
    assert [(task["code"], task["qty"]) for task in world.tasks()] == [("QTY-005", 10)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (_line(6, "B"), "another base unit"),
        (_line(6, order_line_no=None), "no line named"),
        (_line(6, order_line_no=8), "no such line"),
        (_line(6, reason_code="OOPS"), "another reason"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_all_else_is_not_in_the_order(world: World, line: Columns, why: str) -> None:
    """Posted beside the order's lines, and a person decides."""
    _day(world)
    told = {name: value for name, value in line.items() if value is not None}
    world.wms.shipment("S1", warehouse="W1", order=SO, lines=[told])
    world.drain()
    assert [task["code"] for task in world.tasks()] == ["QTY-007"], why
    assert state_of_order(world, *SO)[1][1][2] == 0


def test_a_receipt_knows_no_substitutes(world: World) -> None:
    """What a supplier sends instead was not ordered."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.wms.goods_receipt("R1", warehouse="W1", order=("purchase_order", "PO1"),
                            lines=[_line(10)])  # fmt: skip
    world.drain()
    assert [task["code"] for task in world.tasks()] == ["QTY-007"]


def test_another_component_may_be_used_in_production(world: World) -> None:
    """The line of the component is filled; the product has no substitute."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100), ("C", 100)])
    world.erp.production_order("PR1", warehouse="W1", product=("P", 10), lines=[("C", 40)])
    world.drain()
    world.wms.material_issue(
        "MI1", warehouse="W1", order_no="PR1",
        lines=[("C", 30), _line(10, "A"), _line(1, "A", order_line_no=0)],
    )  # fmt: skip
    world.drain()
    assert state_of_order(world, "production_order", "PR1")[1] == {
        0: ("open", 10, 0, 0, 0, 0, 10), 1: ("completed", 40, 40, 0, 0, 0, 0),
    }  # fmt: skip
    assert [(task["code"], task["line_no"]) for task in world.tasks()] == [("QTY-007", 3)]


def test_a_reversed_substitute_gives_the_line_back(world: World) -> None:
    """Order and stock are as before."""
    _day(world)
    world.wms.shipment("S1", warehouse="W1", order=SO, lines=[_line(6)])
    world.drain()
    world.wms.reverse("shipment", "S1-R", of="S1", warehouse="W1")
    world.drain()
    assert state_of_order(world, *SO)[1][1] == ("open", 10, 0, 0, 0, 0, 10)
    assert world.stock()[StockKey("W1", "C")] == 100


def test_a_substitute_in_a_transfer_is_announced_as_what_it_is(world: World) -> None:
    """Two items fill one line: the destination reads a line for each, and receives each."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100), ("C", 100)])
    world.erp.transfer_order("TO1", warehouse="W1", to="W3", lines=[("A", 10)])
    world.drain()
    order = ("transfer_order", "TO1")
    world.wms.shipment("S1", warehouse="W1", order=order, lines=[("A", 4), _line(6)])
    world.drain()
    assert state_of_order(world, *order)[0] == "completed"
    [(_, lines)] = received(world.wms2, "transfer_order")
    assert [(line["line_no"] == 1, line["item_code"], line["qty"]) for line in lines] == [
        (True, "A", 4), (False, "C", 6),
    ]  # fmt: skip
    world.wms2.goods_receipt("R1", warehouse="W3", order=order, lines=[("A", 4), ("C", 6)])
    world.drain()
    assert world.stock() == {
        StockKey("W1", "A"): 96, StockKey("W1", "C"): 94, StockKey("W3", "A"): 4,
        StockKey("W3", "C"): 6,
    }  # fmt: skip
    assert state_of_order(world, *order, "W3")[0] == "completed"
    assert world.tasks() == []
