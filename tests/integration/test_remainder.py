"""Who owns what a receipt or a shipment leaves: a back order in the ERP, in the WMS, or nobody."""

from __future__ import annotations

import psycopg
import pytest

from tests.integration.deciding import decide
from tests.integration.reading import promised, state_of_order
from tests.support.builders_world import StockKey, World

ORDER = ("sales_order", "SO1")


@pytest.fixture
def stocked(world: World) -> World:
    """Have 100 pieces of A and 10 of B in W1, and an order of 10 A and 5 B."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100), ("B", 10)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10), ("B", 5)])
    world.drain()
    return world


def ship(world: World, number: str, qty: int, order_no: str = "SO1", **more: object) -> None:
    """Ship some A for an order."""
    lines = [{"order_line_no": 1, "item_code": "A", "qty": qty}]
    world.wms.shipment(number, warehouse="W1", order=("sales_order", order_no), lines=lines, **more)
    world.drain()


def test_by_default_a_final_fact_ends_it_short_and_no_other_does(stocked: World) -> None:
    """close_short: what is not said to be final stays open."""
    ship(stocked, "S1", 6)
    assert state_of_order(stocked, *ORDER) == (
        "in_work", {1: ("open", 10, 6, 0, 0, 0, 4), 2: ("open", 5, 0, 0, 0, 0, 5)},
    )  # fmt: skip
    ship(stocked, "S2", 1, final=True)
    assert state_of_order(stocked, *ORDER) == (
        "closed", {1: ("short", 10, 7, 0, 3, 0, 0), 2: ("short", 5, 0, 0, 5, 0, 0)},
    )  # fmt: skip


def test_a_back_order_in_the_erp_ends_the_order_with_every_shipment(stocked: World) -> None:
    """The ERP sends a new order for the rest: it is demanded once, not twice."""
    decide(stocked, "remainder", "back_order_erp")
    assert promised(stocked.erp, "A") == (100, 0, 10, 0, 90)
    ship(stocked, "S1", 6)
    assert state_of_order(stocked, *ORDER) == (
        "closed", {1: ("short", 10, 6, 0, 4, 0, 0), 2: ("short", 5, 0, 0, 5, 0, 0)},
    )  # fmt: skip
    stocked.erp.sales_order("SO1-B", warehouse="W1", lines=[("A", 4), ("B", 5)])
    stocked.drain()
    assert promised(stocked.erp, "A") == (94, 0, 4, 0, 90)
    ship(stocked, "S2", 4, "SO1-B")
    assert promised(stocked.erp, "A") == (90, 0, 0, 0, 90)
    assert stocked.tasks() == []


@pytest.mark.parametrize("together", [True, False])
def test_two_shipments_end_it_alike_in_one_batch_or_in_two(stocked: World, together: bool) -> None:
    """The second lowers what the first left short; nobody is asked."""
    decide(stocked, "remainder", "back_order_erp")
    for number in ("S1", "S2"):
        lines = [{"order_line_no": 1, "item_code": "A", "qty": 3}]
        stocked.wms.shipment(number, warehouse="W1", order=ORDER, lines=lines)
        if not together:
            stocked.drain()
    stocked.drain()
    assert state_of_order(stocked, *ORDER) == (
        "closed", {1: ("short", 10, 6, 0, 4, 0, 0), 2: ("short", 5, 0, 0, 5, 0, 0)},
    )  # fmt: skip
    assert stocked.tasks() == []


def test_the_reversal_of_what_ended_an_order_opens_it_again(stocked: World) -> None:
    """As with a fact that says final itself."""
    decide(stocked, "remainder", "back_order_erp")
    ship(stocked, "S1", 6)
    stocked.wms.reverse("shipment", "S1-R", of="S1", warehouse="W1")
    stocked.drain()
    assert state_of_order(stocked, *ORDER) == (
        "in_work", {1: ("open", 10, 0, 0, 0, 0, 10), 2: ("open", 5, 0, 0, 0, 0, 5)},
    )  # fmt: skip


def test_a_back_order_in_the_wms_outlives_final_facts(stocked: World) -> None:
    """Only the full quantity or a close ends the line."""
    decide(stocked, "remainder", "back_order_wms")
    ship(stocked, "S1", 6, final=True)
    assert state_of_order(stocked, *ORDER)[0] == "in_work"
    assert promised(stocked.erp, "A") == (94, 0, 4, 0, 90)
    ship(stocked, "S2", 4, final=True)
    assert state_of_order(stocked, *ORDER) == (
        "in_work", {1: ("completed", 10, 10, 0, 0, 0, 0), 2: ("open", 5, 0, 0, 0, 0, 5)},
    )  # fmt: skip
    stocked.erp.build("sales_order", {"warehouse_code": "W1", "order_no": "SO1", "action": "close"})
    stocked.drain()
    assert state_of_order(stocked, *ORDER)[0] == "closed"


def test_the_nearest_decision_holds(world: World) -> None:
    """The order type in the warehouse, then the order type, then the warehouse."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100)])
    decide(world, "remainder", "back_order_erp")
    decide(world, "remainder", "back_order_wms", scope="sales_order", scope_kind="order_type")

    def ended(number: str, view: str = "shipment", kind: str = "sales_order") -> str:
        maker = getattr(world.erp, kind)
        maker(number, warehouse="W1", lines=[("A", 10)])
        world.drain()
        order = (kind, number)
        world.wms.fact(view, f"F{number}", warehouse="W1", order=order, lines=[("A", 1)])
        world.drain()
        return state_of_order(world, *order)[0]

    assert ended("PO1", "goods_receipt", "purchase_order") == "closed"
    assert ended("SO1") == "in_work"
    nearest = {"scope": "sales_order W1", "scope_kind": "order_type"}
    decide(world, "remainder", "back_order_erp", **nearest)
    assert ended("SO2") == "closed"
    decide(world, "remainder", "close_short", **nearest)
    assert ended("SO3") == "in_work"
    decide(world, "remainder", None, **nearest)
    decide(world, "remainder", None, scope="sales_order", scope_kind="order_type")
    assert ended("SO4") == "closed"


def test_production_ends_by_its_completion_whoever_owns_remainders(world: World) -> None:
    """An issue of components ends nothing, a final receipt of the product ends all."""
    decide(world, "remainder", "back_order_erp")
    world.wms.initial_load("I1", warehouse="W1", lines=[("C", 20)])
    world.erp.production_order("MO1", warehouse="W1", product=("P", 5), lines=[("C", 10)])
    world.drain()
    world.wms.material_issue("MI1", warehouse="W1", order_no="MO1", lines=[("C", 4)])
    world.wms.production_receipt("PR1", warehouse="W1", order_no="MO1", lines=[("P", 2)])
    world.drain()
    assert state_of_order(world, "production_order", "MO1")[0] == "in_work"
    decide(world, "remainder", "back_order_wms")
    world.wms.production_receipt("PR2", warehouse="W1", order_no="MO1", final=True)
    world.drain()
    assert state_of_order(world, "production_order", "MO1")[0] == "closed"


def test_what_is_on_the_way_comes_whoever_owns_the_rest(world: World) -> None:
    """The source's shipment ends the transfer there; the destination takes all that was shipped.

    A write-off at the source is no shipment and ends nothing.
    """
    for scope in ("transfer_order W1", "transfer_order W2"):
        decide(world, "remainder", "back_order_erp", scope=scope, scope_kind="order_type")
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 20)])
    world.erp.transfer_order("TO1", warehouse="W1", to="W2", lines=[("A", 10)])
    world.drain()
    order = ("transfer_order", "TO1")
    world.wms.shipment("S1", warehouse="W1", order=order, lines=[("A", 6)])
    world.drain()
    assert state_of_order(world, *order, "W1")[0] == "closed"
    for number, qty in (("R1", 2), ("R2", 4)):
        world.wms.goods_receipt(number, warehouse="W2", order=order, lines=[("A", qty)])
        world.drain()
        state = state_of_order(world, *order, "W2")[0]
        assert state == ("in_work" if number == "R1" else "completed")
    assert world.stock() == {StockKey("W1", "A"): 14, StockKey("W2", "A"): 6}


@pytest.mark.parametrize(
    ("scope_kind", "scope", "code"),
    [
        ("order_type", "production_order", "P0002"),
        ("order_type", "transit_notice", "P0002"),
        ("order_type", "sales_order W9", "P0002"),
        ("order_type", "", "P0002"),
        ("system", "WMS1", "22023"),
    ],
)
def test_a_remainder_is_of_an_order_type_that_leaves_one(
    world: World, scope_kind: str, scope: str, code: str
) -> None:
    """Nothing is decided for what there is not."""
    with pytest.raises(psycopg.Error) as refused:
        decide(world, "remainder", "back_order_erp", scope=scope, scope_kind=scope_kind)
    assert refused.value.sqlstate == code
