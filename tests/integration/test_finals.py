"""Final facts: what they end, what a reversal opens again, and that the batch does not matter."""

from __future__ import annotations

import pytest

from tests.integration.reading import state_of_order
from tests.support.builders_world import World

PO = ("purchase_order", "PO1")
PR = ("production_order", "PR1")


def _order(world: World, *lines: object, **more: object) -> None:
    world.erp.purchase_order("PO1", warehouse="W1", lines=lines or (("A", 30),), **more)
    world.drain()


def test_reversing_a_final_receipt_without_lines_opens_the_order_again(world: World) -> None:
    """It moved nothing, so no ledger row tells which order it had ended."""
    _order(world, ("A", 30), ("B", 5))
    world.wms.goods_receipt("R1", warehouse="W1", order=PO, lines=[("A", 10)])
    world.wms.goods_receipt("R2", warehouse="W1", order=PO, final=True)
    world.drain()
    assert state_of_order(world, *PO)[0] == "closed"
    reversal = world.wms.reverse("goods_receipt", "R2-R", of="R2", warehouse="W1")
    world.drain()
    assert world.state(reversal) == "applied"
    assert state_of_order(world, *PO) == ("in_work", {
        1: ("open", 30, 10, 0, 0, 0, 20), 2: ("open", 5, 0, 0, 0, 0, 5),
    })  # fmt: skip
    world.wms.goods_receipt("R3", warehouse="W1", order=PO, lines=[("A", 20), ("B", 5)])
    world.drain()
    assert state_of_order(world, *PO)[0] == "completed"


@pytest.mark.parametrize("limit", [1, None], ids=["one by one", "in one batch"])
@pytest.mark.parametrize("reversed_first", ["R1", "R2"])
def test_an_order_stays_ended_as_long_as_one_final_fact_stands(
    world: World, reversed_first: str, limit: int | None
) -> None:
    """Two receipts said that nothing more comes: both must be taken back."""
    _order(world)
    world.wms.goods_receipt("R1", warehouse="W1", order=PO, lines=[("A", 10)], final=True)
    world.wms.goods_receipt("R2", warehouse="W1", order=PO, final=True)
    world.drain(limit)
    world.wms.reverse("goods_receipt", "X1", of=reversed_first, warehouse="W1")
    world.drain(limit)
    done = 0 if reversed_first == "R1" else 10
    assert state_of_order(world, *PO) == ("closed", {1: ("short", 30, done, 0, 30 - done, 0, 0)})
    other = "R2" if reversed_first == "R1" else "R1"
    world.wms.reverse("goods_receipt", "X2", of=other, warehouse="W1")
    world.drain(limit)
    assert state_of_order(world, *PO) == ("in_work", {1: ("open", 30, 0, 0, 0, 0, 30)})


@pytest.mark.parametrize("limit", [1, None], ids=["one by one", "in one batch"])
def test_a_final_fact_that_comes_with_the_reversal_of_another_ends_the_order(
    world: World, limit: int | None
) -> None:
    """The corrected receipt is final too: what it leaves open is short."""
    _order(world)
    world.wms.goods_receipt("R1", warehouse="W1", order=PO, lines=[("A", 10)], final=True)
    world.drain()
    world.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1")
    world.wms.goods_receipt("R2", warehouse="W1", order=PO, lines=[("A", 12)], final=True)
    world.drain(limit)
    assert state_of_order(world, *PO) == ("closed", {1: ("short", 30, 12, 0, 18, 0, 0)})
    world.wms.reverse("goods_receipt", "R2-R", of="R2", warehouse="W1")
    world.drain(limit)
    assert state_of_order(world, *PO)[0] == "in_work"


def test_reversing_a_final_issue_opens_the_components_alone(world: World) -> None:
    """The completion of the product stands."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("C", 100)])
    world.erp.production_order("PR1", warehouse="W1", product=("P", 10), lines=[("C", 40)])
    world.drain()
    world.wms.material_issue("MI1", warehouse="W1", order_no="PR1", lines=[("C", 30)], final=True)
    world.drain()
    assert state_of_order(world, *PR)[1][1] == ("short", 40, 30, 0, 10, 0, 0)
    world.wms.reverse("material_issue", "MI1-R", of="MI1", warehouse="W1")
    world.drain()
    assert state_of_order(world, *PR)[1] == {
        0: ("open", 10, 0, 0, 0, 0, 10), 1: ("open", 40, 0, 0, 0, 0, 40),
    }  # fmt: skip
    world.wms.material_issue("MI2", warehouse="W1", order_no="PR1", lines=[("C", 30)], final=True)
    world.wms.production_receipt("PR", warehouse="W1", order_no="PR1", lines=[("P", 9)], final=True)
    world.drain()
    world.wms.reverse("material_issue", "MI2-R", of="MI2", warehouse="W1")
    world.drain()
    assert state_of_order(world, *PR) == ("closed", {
        0: ("short", 10, 9, 0, 1, 0, 0), 1: ("short", 40, 0, 0, 40, 0, 0),
    })  # fmt: skip


def test_an_order_that_the_erp_closed_stays_closed_when_a_final_issue_is_reversed(
    world: World,
) -> None:
    """The close ended the product; the components had ended before, and stay so."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("C", 100)])
    world.erp.production_order("PR1", warehouse="W1", product=("P", 10), lines=[("C", 40)])
    world.drain()
    world.wms.material_issue("MI1", warehouse="W1", order_no="PR1", lines=[("C", 30)], final=True)
    world.drain()
    closed = world.erp.close("production_order", "PR1", warehouse="W1")
    world.drain()
    if world.state(closed) == "waiting":  # the warehouse had read the order: it is asked
        [question] = world.wms.inbox(action="close")
        world.wms.answer(question["delivery_id"], "accepted")
        world.drain()
    assert world.state(closed) == "applied"
    world.wms.reverse("material_issue", "MI1-R", of="MI1", warehouse="W1")
    world.drain()
    assert state_of_order(world, *PR) == ("closed", {
        0: ("short", 10, 0, 0, 10, 0, 0), 1: ("short", 40, 0, 0, 40, 0, 0),
    })  # fmt: skip


@pytest.mark.parametrize("limit", [1, None], ids=["one by one", "in one batch"])
@pytest.mark.parametrize("final_first", [True, False])
def test_the_final_fact_takes_nothing_from_the_allocation_of_the_others(
    world: World, limit: int | None, *, final_first: bool
) -> None:
    """What lines gave up as short is room for a fact without line numbers, as if it came before."""
    _order(world, {"line_no": 1, "item_code": "A", "qty": 10},
           {"line_no": 2, "item_code": "A", "qty": 10})  # fmt: skip

    def plain() -> None:
        world.wms.goods_receipt("R1", warehouse="W1", order=PO, lines=[("A", 13)])

    def final() -> None:
        world.wms.goods_receipt("R2", warehouse="W1", order=PO, final=True)

    for send in (final, plain) if final_first else (plain, final):
        send()
    world.drain(limit)
    assert state_of_order(world, *PO) == ("closed", {
        1: ("completed", 10, 10, 0, 0, 0, 0), 2: ("short", 10, 3, 0, 7, 0, 0),
    })  # fmt: skip
    assert world.tasks() == []


def test_facts_of_an_order_that_was_closed_by_force_are_posted_each_with_a_task(
    world: World,
) -> None:
    """Receipts, finals and reversals: whoever closed it is told what came after."""
    _order(world)
    world.wms.goods_receipt("R1", warehouse="W1", order=PO, lines=[("A", 10)], final=True)
    world.drain()
    world.admin.connection.execute(b"UPDATE book.order_head SET forced_at = now()")
    late = [
        world.wms.goods_receipt("R2", warehouse="W1", order=PO, lines=[("A", 2), ("A", 3)]),
        world.wms.goods_receipt("R3", warehouse="W1", order=PO, final=True),
        world.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1"),
    ]
    world.drain()
    assert [world.state(document) for document in late] == ["applied"] * 3
    assert [(task["code"], task["line_no"], task["text"]) for task in world.tasks()] == [
        ("STA-011", None, "order PO1 was closed by force before this fact came"),
    ] * 3  # fmt: skip
    assert state_of_order(world, *PO) == ("closed", {1: ("short", 30, 5, 0, 25, 0, 0)})
