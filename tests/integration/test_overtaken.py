"""Questions that facts or newer requests overtake, and answers that come late."""

from __future__ import annotations

import pytest

from tests.integration.reading import errors, inbox, state_of_order
from tests.support.builders import Document, LineSpec
from tests.support.builders_world import World

ORDER = ("sales_order", "SO1")


@pytest.fixture
def taken(world: World) -> World:
    """Have an order over 10 A and 8 C that the WMS has read and agreed to."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100), ("B", 100), ("C", 100)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10), ("C", 8)])
    world.drain()
    _answer(world)
    return world


def _answer(world: World, state: str = "accepted") -> None:
    """Read the lowest open delivery of an order and answer it."""
    [row] = world.wms.take(1, "sales_order")
    reason = {"reason_code": "NO_SPACE"} if state == "refused" else {}
    world.wms.answer(row["delivery_id"], state, **reason)
    world.drain()


def _revise(world: World, revision: int, *lines: LineSpec) -> Document:
    document = world.erp.sales_order("SO1", warehouse="W1", lines=list(lines), revision=revision)
    world.drain()
    return document


def _ship(world: World, number: str, *lines: LineSpec) -> Document:
    document = world.wms.shipment(number, warehouse="W1", order=ORDER, lines=list(lines))
    world.drain()
    return document


def _told(world: World, document: Document) -> list[tuple[object, ...]]:
    return [
        (row.get("line_no"), row["code"], row["severity"], row["value"], row["expected"])
        for row in errors(world.erp, document)
    ]


def test_an_answer_to_a_completed_order_opens_it_for_the_line_that_was_agreed(taken: World) -> None:
    """The facts completed it while the question lay there; the new line is wanted and promised."""
    question = _revise(taken, 2, ("A", 4), ("C", 8), ("B", 5))
    _ship(taken, "S1", ("A", 10), ("C", 8))
    assert state_of_order(taken, *ORDER)[0] == "completed"
    _answer(taken)
    assert taken.state(question) == "applied"
    assert state_of_order(taken, *ORDER) == ("in_work", {
        1: ("completed", 10, 10, 0, 0, 0, 0), 2: ("completed", 8, 8, 0, 0, 0, 0),
        3: ("open", 5, 0, 0, 0, 0, 5),
    })  # fmt: skip
    _ship(taken, "S2", ("B", 5))
    assert state_of_order(taken, *ORDER)[0] == "completed"


def test_another_item_is_refused_for_the_line_of_which_something_is_done_meanwhile(
    taken: World,
) -> None:
    """Judged again when the yes comes: that line stays as it is, the others become as agreed."""
    question = _revise(taken, 2, ("B", 10), ("C", 2))
    _ship(taken, "S1", ("A", 3))
    _answer(taken)
    assert taken.state(question) == "applied"
    assert _told(taken, question) == [(1, "STA-008", "warning", "10 A", "10 B")]
    assert state_of_order(taken, *ORDER) == ("in_work", {
        1: ("open", 10, 3, 0, 0, 0, 7), 2: ("open", 2, 0, 0, 0, 0, 2),
    })  # fmt: skip
    _ship(taken, "S2", ("A", 7), ("C", 2))
    assert state_of_order(taken, *ORDER)[0] == "completed"


def test_a_yes_to_nothing_but_another_item_is_refused_as_at_the_first_look(taken: World) -> None:
    """Nothing is left of the revision: STA-001 names the fact, whichever came first."""
    question = _revise(taken, 2, ("B", 10), ("C", 8))
    fact = _ship(taken, "S1", ("A", 3))
    _answer(taken)
    assert taken.state(question) == "refused"
    late = _revise(taken, 3, ("B", 10), ("C", 8))
    assert taken.state(late) == "refused"
    number = taken.wms.read_view("message_status", "seq", message_id=fact.message_id)[0]["seq"]
    blocked = f"in_work, by shipment S1 (message {number})"
    assert _told(taken, question) == [(None, "STA-001", "error", blocked, "upsert")]
    assert _told(taken, late) == _told(taken, question)
    assert state_of_order(taken, *ORDER)[1][1] == ("open", 10, 3, 0, 0, 0, 7)


def test_another_item_that_the_warehouse_refuses_for_a_line_is_told(taken: World) -> None:
    """The quantity is the same, so only the items show the difference."""
    question = _revise(taken, 2, ("B", 10), ("C", 2))
    taken.wms.order_response(
        "RSP1", warehouse="W1", order=ORDER, revision=2, response="partial",
        lines=[{"order_line_no": 1, "accepted_qty": None, "reason_code": "PICKED"}],
    )  # fmt: skip
    taken.drain()
    assert taken.state(question) == "applied"
    assert _told(taken, question) == [(1, "STA-008", "warning", "10 A", "10 B")]


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_cancel_that_named_no_revision_still_means_the_question_it_replaced(
    taken: World, is_answered: bool
) -> None:
    """It meant revision 3, the newest known; revision 2 comes late and releases nothing."""
    _revise(taken, 3, ("A", 4), ("C", 2))
    cancel = taken.erp.cancel("sales_order", "SO1", warehouse="W1")
    taken.drain()
    assert inbox(taken.wms, doc_no="SO1")[-1]["revision"] == 3
    if is_answered:
        _answer(taken)
        assert taken.state(cancel) == "applied"
    late = _revise(taken, 2, ("A", 6), ("C", 6))
    assert taken.state(late) == "superseded"
    if not is_answered:
        assert taken.state(cancel) == "waiting"
        _answer(taken)
    state, lines = state_of_order(taken, *ORDER)
    assert (state, {line[0] for line in lines.values()}) == ("cancelled", {"cancelled"})
    assert {row["revision"] for row in taken.order(*ORDER)} == {3}


def test_a_line_that_was_refused_is_refused_again_when_its_late_fact_is_reversed(
    world: World,
) -> None:
    """What came after the no is taken back: the no stands, not a cancel that nobody asked for."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    _answer(world, "refused")
    fact = _ship(world, "S1", ("A", 3))
    assert state_of_order(world, *ORDER)[1][1][0] == "done_after_cancel"
    _ship(world, "S2", ("A", 2))
    for number in ("S1", "S2"):
        world.wms.reverse(fact.view, f"R-{number}", of=number, warehouse="W1")
        world.drain()
    assert state_of_order(world, *ORDER) == ("refused", {1: ("refused", 10, 0, 10, 0, 0, 0)})


def test_a_second_answer_that_differs_is_told_for_every_revision(taken: World) -> None:
    """Revision 2 is neither the release nor in force, yet its first answer stands."""
    _revise(taken, 2, ("A", 6), ("C", 8))
    _answer(taken)
    _revise(taken, 3, ("A", 4), ("C", 8))
    _answer(taken)
    second = taken.wms.order_response(
        "RSP1", warehouse="W1", order=ORDER, revision=2, response="refused"
    )
    same = taken.wms.order_response(
        "RSP2", warehouse="W1", order=ORDER, revision=2, response="accepted"
    )
    taken.drain()
    assert (taken.state(second), taken.state(same)) == ("error", "applied")
    assert [row["code"] for row in errors(taken.wms, second)] == ["DUP-002"]
