"""Forwarded requests that are not answered yet, and what comes after them."""

from __future__ import annotations

import pytest

from tests.integration.reading import W1, errors, inbox, state_of_order, status
from tests.support.builders import Document
from tests.support.builders_world import World

ORDER = ("sales_order", "SO1")


@pytest.fixture
def taken(world: World) -> World:
    """Have an order over 10 A that the WMS has read and agreed to."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "accepted")
    world.drain()
    return world


def _revise(world: World, revision: int, quantity: int) -> Document:
    document = world.erp.sales_order(
        "SO1", warehouse="W1", lines=[("A", quantity)], revision=revision
    )
    world.drain()
    return document


def _states(world: World) -> list[tuple[object, ...]]:
    return [
        (row["revision"], row["action"], row["state"]) for row in inbox(world.wms, doc_no="SO1")
    ]


def test_an_unread_question_gives_way_to_a_newer_revision(taken: World) -> None:
    """Nobody has read it: it is withdrawn, and only the newest is asked."""
    first, second = _revise(taken, 2, 4), _revise(taken, 3, 3)
    assert (taken.state(first), taken.state(second)) == ("superseded", "waiting")
    assert status(taken.erp, first)["superseded_by"] == status(taken.erp, second)["seq"]
    assert [row for row in _states(taken) if row[0] != 1] == [
        (2, "upsert", "withdrawn"), (3, "upsert", "pending"),
    ]  # fmt: skip
    taken.wms.answer(W1 + 4, "accepted")
    taken.drain()
    assert taken.state(second) == "applied"
    assert state_of_order(taken, *ORDER)[1][1] == ("open", 3, 0, 0, 0, 0, 3)


def test_an_unread_question_gives_way_to_an_increase_that_needs_no_answer(taken: World) -> None:
    """The order never knew of the question: the increase is judged against what is agreed."""
    first, second = _revise(taken, 2, 4), _revise(taken, 3, 12)
    assert (taken.state(first), taken.state(second)) == ("superseded", "applied")
    assert state_of_order(taken, *ORDER)[1][1] == ("open", 12, 0, 0, 0, 0, 12)


def test_an_older_revision_is_superseded_by_a_question(taken: World) -> None:
    """In the other order of arrival the question stands."""
    newer, older = _revise(taken, 3, 3), _revise(taken, 2, 4)
    assert (taken.state(newer), taken.state(older)) == ("waiting", "superseded")
    assert [row for row in _states(taken) if row[0] != 1] == [(3, "upsert", "pending")]


def test_a_cancel_without_revision_means_the_question(taken: World) -> None:
    """The newest known revision is the one that was asked about."""
    question = _revise(taken, 2, 4)
    cancel = taken.erp.cancel("sales_order", "SO1", warehouse="W1")
    taken.drain()
    assert (taken.state(question), taken.state(cancel)) == ("superseded", "waiting")
    assert [row for row in _states(taken) if row[0] != 1] == [
        (2, "upsert", "withdrawn"), (2, "cancel", "pending"),
    ]  # fmt: skip


def test_a_question_of_a_refused_order_is_withdrawn_and_agreed(world: World) -> None:
    """The release was refused while a cancel lay unread: nothing is left to cancel."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    [release] = world.wms.take(1, "sales_order")
    cancel = world.erp.cancel("sales_order", "SO1", warehouse="W1")
    world.drain()
    world.wms.answer(release["delivery_id"], "refused", reason_code="NO_SPACE")
    world.drain()
    assert world.state(cancel) == "applied"
    assert errors(world.erp, cancel) == []
    assert _states(world) == [(1, "upsert", "refused"), (1, "cancel", "withdrawn")]
    assert state_of_order(world, *ORDER)[0] == "refused"


def test_a_revision_that_nobody_read_releases_the_refused_order_anew(world: World) -> None:
    """Its question is withdrawn and the same document released: told once, as ops.proof counts."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    [release] = world.wms.take(1, "sales_order")
    less = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 4)], revision=2)
    world.drain()
    world.wms.answer(release["delivery_id"], "refused", reason_code="NO_SPACE")
    world.drain()
    assert world.state(less) == "applied"
    assert _states(world) == [
        (1, "upsert", "refused"), (2, "upsert", "withdrawn"), (2, "upsert", "pending"),
    ]  # fmt: skip
    assert state_of_order(world, *ORDER)[0] == "released"


def test_a_question_that_the_fact_overtakes_is_judged_by_its_answer(taken: World) -> None:
    """The order is completed when the yes comes: nothing is cancelled, nothing breaks."""
    question = _revise(taken, 2, 4)
    taken.wms.shipment("S1", warehouse="W1", order=ORDER, lines=[("A", 10)])
    taken.drain()
    assert state_of_order(taken, *ORDER)[0] == "completed"
    taken.wms.answer(W1 + 3, "accepted")
    taken.drain()
    assert taken.state(question) == "applied"
    assert state_of_order(taken, *ORDER) == (
        "completed", {1: ("completed", 10, 10, 0, 0, 0, 0)},
    )  # fmt: skip


def test_a_final_line_stays_ended_when_a_revision_repeats_it(taken: World) -> None:
    """The warehouse said that no more comes of line 1; line 2 is raised."""
    taken.erp.sales_order("SO2", warehouse="W1", lines=[("A", 10), ("A", 5)])
    order = ("sales_order", "SO2")
    taken.drain()
    taken.wms.shipment(
        "S1", warehouse="W1", order=order, lines=[{"item_code": "A", "qty": 12, "order_line_no": 1}]
    )
    taken.drain()
    assert state_of_order(taken, *order)[1][1] == ("completed", 10, 12, 0, 0, 2, 0)
    change = taken.erp.sales_order("SO2", warehouse="W1", lines=[("A", 11), ("A", 6)], revision=2)
    taken.drain()
    assert taken.state(change) == "applied"
    assert state_of_order(taken, *order)[1] == {
        1: ("completed", 12, 12, 0, 0, 0, 0), 2: ("open", 6, 0, 0, 0, 0, 6),
    }  # fmt: skip
