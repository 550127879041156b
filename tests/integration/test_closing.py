"""The gate: an order that was said to be final ends when its last fact is applied."""

from __future__ import annotations

import pytest

from tests.integration.reading import breaches, state_of_order
from tests.support.builders_world import World

PO = ("purchase_order", "PO1")
MO = ("production_order", "MO1")


@pytest.fixture
def production(world: World) -> World:
    """Have a production order for 5 P out of 10 A, of which 7 are there."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 7)])
    world.erp.production_order("MO1", warehouse="W1", product=("P", 5), lines=[("A", 10)])
    world.drain()
    return world


def _gate(world: World) -> list[tuple[object, ...]]:
    return [
        (row["order_no"], row["doc_type"], row["doc_no"], row["state"])
        for row in world.admin.read("SELECT * FROM ops.gate ORDER BY seq")
    ]


def test_completion_waits_for_an_issue_that_waits_for_stock(production: World) -> None:
    """The product is posted, the order is closing; the stock comes, and it ends."""
    production.wms.material_issue("F1", warehouse="W1", order_no="MO1", lines=[("A", 10)])
    production.drain()
    production.wms.production_receipt(
        "F2", warehouse="W1", order_no="MO1", is_final=True, lines=[("P", 5)]
    )
    production.drain()
    assert state_of_order(production, *MO) == ("closing", {
        0: ("completed", 5, 5, 0, 0, 0, 0), 1: ("short", 10, 0, 0, 10, 0, 0),
    })  # fmt: skip
    assert _gate(production) == [("MO1", "material_issue", "F1", "waiting")]
    assert [(t["code"], t["state"]) for t in production.tasks()] == [("STA-010", "open")]
    production.wms.stock_adjustment("ADJ", warehouse="W1", lines=[("A", 3)])
    production.drain()
    assert state_of_order(production, *MO) == ("completed", {
        0: ("completed", 5, 5, 0, 0, 0, 0), 1: ("completed", 10, 10, 0, 0, 0, 0),
    })  # fmt: skip
    assert _gate(production) == []
    assert [(t["state"], t["decision"]) for t in production.tasks()] == [("done", "moot")]
    assert breaches(production) == []


def test_close_meets_the_same_gate(production: World) -> None:
    """The ERP closes the order while an issue of it is in error."""
    bad = production.wms.material_issue("F1", warehouse="W1", order_no="MO1", lines=[("A", 0)])
    close = production.erp.close("production_order", "MO1", warehouse="W1")
    production.drain()
    assert (production.state(bad), production.state(close)) == ("error", "applied")
    assert state_of_order(production, *MO)[0] == "closing"
    assert _gate(production) == [("MO1", "material_issue", "F1", "error")]
    # The corrected document replaces the one in error, and opens the gate.
    good = production.wms.material_issue("F1", warehouse="W1", order_no="MO1", lines=[("A", 6)])
    production.drain()
    assert (production.state(bad), production.state(good)) == ("superseded", "applied")
    assert state_of_order(production, *MO) == ("closed", {
        0: ("short", 5, 0, 0, 5, 0, 0), 1: ("short", 10, 6, 0, 4, 0, 0),
    })  # fmt: skip
    assert breaches(production) == []


def test_a_fact_of_the_same_batch_does_not_keep_the_gate_shut(world: World) -> None:
    """Final first, the rest behind it, one batch or two: the same end."""
    for number, limit in (("PO1", 100), ("PO2", 1)):
        order = ("purchase_order", number)
        world.erp.purchase_order(number, warehouse="W1", lines=[("A", 10), ("B", 5)])
        world.drain()
        for part, lines in enumerate(([("A", 4)], [("B", 5)], [("A", 5)])):
            world.wms.goods_receipt(
                f"{number}R{part}", warehouse="W1", order=order, is_final=part == 0, lines=lines
            )
        world.drain(limit=limit)
        assert state_of_order(world, *order) == ("closed", {
            1: ("short", 10, 9, 0, 1, 0, 0), 2: ("completed", 5, 5, 0, 0, 0, 0),
        })  # fmt: skip
    assert world.tasks("STA-010") == [] or {t["state"] for t in world.tasks()} == {"done"}


def test_an_order_that_is_closing_takes_no_change(production: World) -> None:
    """It has ended for the ERP; what is still needed is a new order."""
    production.wms.material_issue("F1", warehouse="W1", order_no="MO1", lines=[("A", 10)])
    production.drain()
    production.wms.production_receipt("F2", warehouse="W1", order_no="MO1", is_final=True, lines=[])
    production.drain()
    cancel = production.erp.cancel("production_order", "MO1", warehouse="W1")
    production.drain()
    assert production.state(cancel) == "refused"
    assert state_of_order(production, *MO)[0] == "closing"


def test_the_gate_is_for_every_order_type(world: World) -> None:
    """A receipt of the order lacks an item that nobody knows: the purchase is closing."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.wms.goods_receipt("R1", warehouse="W1", order=PO, lines=[("NEW", 1)])
    world.wms.goods_receipt("R2", warehouse="W1", order=PO, is_final=True, lines=[("A", 8)])
    world.drain()
    assert state_of_order(world, *PO)[0] == "closing"
    world.erp.item("NEW")
    world.drain()
    assert state_of_order(world, *PO)[0] == "closed"
    assert breaches(world) == []
