"""Requests after the order has gone to the warehouse: forwarded, and decided by its answer alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.integration.reading import (
    SOME_TIME,
    W1,
    asked,
    errors,
    inbox,
    promised,
    received,
    state_of_order,
    status,
    told,
)
from tests.integration.working import drain_with
from tests.support.builders_world import World

ORDER = ("sales_order", "SO1")
Answer = Callable[[World, int, bool], None]


def _by_inbox(world: World, delivery_id: int, yes: bool) -> None:
    reason = {} if yes else {"reason_code": "PICKED"}
    assert world.wms.answer(delivery_id, "accepted" if yes else "refused", **reason) == 1


def _by_response(world: World, delivery_id: int, yes: bool) -> None:
    [row] = inbox(world.wms, delivery_id=delivery_id)
    world.wms.order_response(
        f"RSP{delivery_id}", warehouse="W1", order=ORDER, revision=row["revision"],
        response="accepted" if yes else "refused", reason_code=None if yes else "PICKED",
    )  # fmt: skip


ANSWERS = pytest.mark.parametrize(
    "answer", [_by_inbox, _by_response], ids=["by inbox", "by order_response"]
)


@pytest.fixture
def taken(world: World) -> World:
    """Have an order over 10 A and 5 B that the WMS has read and agreed to."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100), ("B", 100)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10), ("B", 5)])
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "accepted")
    world.drain()
    return world


def _open_delivery(world: World) -> dict[str, object]:
    [row] = inbox(world.wms, doc_type="sales_order", state="pending")
    return row


def test_a_cancel_of_a_taken_order_is_forwarded_and_waits_for_its_answer(taken: World) -> None:
    """Nothing is assumed: the order stands as it was, the WMS reads the question."""
    cancel = taken.erp.cancel("sales_order", "SO1", warehouse="W1", note="customer called")
    taken.drain()
    question = _open_delivery(taken)
    assert question == {
        "delivery_id": W1 + 3, "warehouse_code": "W1", "doc_type": "sales_order",
        "doc_no": "SO1", "revision": 1, "action": "cancel", "message_id": cancel.message_id,
        "delivered_at": SOME_TIME, "state": "pending",
    }  # fmt: skip
    assert told(status(taken.erp, cancel), "seq", "received_at") == {
        "message_id": cancel.message_id, "doc_type": "sales_order", "doc_no": "SO1",
        "state": "waiting", "attempts": 0, "waiting_for": f"answer:{W1 + 3}",
    }  # fmt: skip
    [_, (header, lines)] = received(taken.wms, "sales_order")
    assert (header["action"], header["note"], lines) == ("cancel", "customer called", [])
    assert state_of_order(taken, *ORDER)[0] == "in_work"
    assert promised(taken.erp, "A") == (100, 0, 10, 0, 90)

    taken.wms.answer(W1 + 3, "taken")
    taken.drain()
    assert taken.state(cancel) == "waiting"


@ANSWERS
def test_a_cancel_that_the_warehouse_agrees_to_ends_the_order(taken: World, answer: Answer) -> None:
    """Applied by the answer; the lines are cancelled and nothing is reserved."""
    cancel = taken.erp.cancel("sales_order", "SO1", warehouse="W1")
    taken.drain()
    answer(taken, W1 + 3, True)
    taken.drain()
    assert taken.state(cancel) == "applied"
    assert state_of_order(taken, *ORDER) == ("cancelled", {
        1: ("cancelled", 10, 0, 10, 0, 0, 0), 2: ("cancelled", 5, 0, 5, 0, 0, 0),
    })  # fmt: skip
    assert promised(taken.erp, "A") == (100, 0, 0, 0, 100)
    assert inbox(taken.wms, delivery_id=W1 + 3)[0]["state"] == "accepted"
    assert taken.events(cancel) == [
        ("received", "waiting"), ("waiting", "received"), ("received", "applied"),
    ]  # fmt: skip
    assert taken.admin.read("SELECT * FROM staging.wait_key") == []


@ANSWERS
def test_a_cancel_that_the_warehouse_refuses_changes_nothing(taken: World, answer: Answer) -> None:
    """Refused with the warehouse's reason; the order goes on."""
    cancel = taken.erp.cancel("sales_order", "SO1", warehouse="W1")
    taken.drain()
    answer(taken, W1 + 3, False)
    taken.drain()
    assert taken.state(cancel) == "refused"
    assert errors(taken.erp, cancel) == [{
        "column_name": "order_no", "code": "STA-007", "severity": "error", "value": "PICKED",
        "expected": "cancel", "text": "the warehouse refused the request: PICKED",
        "hint": "send a new revision", "first_seen_at": SOME_TIME,
    }]  # fmt: skip
    assert state_of_order(taken, *ORDER) == ("in_work", {
        1: ("open", 10, 0, 0, 0, 0, 10), 2: ("open", 5, 0, 0, 0, 0, 5),
    })  # fmt: skip
    assert promised(taken.erp, "A") == (100, 0, 10, 0, 90)
    taken.wms.shipment("S1", warehouse="W1", order=ORDER, lines=[("A", 10), ("B", 5)])
    taken.drain()
    assert state_of_order(taken, *ORDER)[0] == "completed"


@ANSWERS
@pytest.mark.parametrize("yes", [True, False], ids=["agreed", "refused"])
def test_less_than_before_is_a_question_to_the_warehouse(
    taken: World, answer: Answer, yes: bool
) -> None:
    """A lower quantity and a dropped line: the full image is forwarded and decided as one."""
    change = taken.erp.sales_order("SO1", warehouse="W1", lines=[("A", 4)], revision=2)
    taken.drain()
    assert status(taken.erp, change)["waiting_for"] == f"answer:{W1 + 3}"
    assert {row["revision"] for row in taken.order(*ORDER)} == {1}
    answer(taken, W1 + 3, yes)
    taken.drain()
    assert taken.state(change) == ("applied" if yes else "refused")
    assert state_of_order(taken, *ORDER) == ("in_work", {
        1: ("open", 4, 0, 0, 0, 0, 4), 2: ("cancelled", 5, 0, 5, 0, 0, 0),
    } if yes else {
        1: ("open", 10, 0, 0, 0, 0, 10), 2: ("open", 5, 0, 0, 0, 0, 5),
    })  # fmt: skip
    assert {row["revision"] for row in taken.order(*ORDER)} == {2 if yes else 1}


def test_more_than_before_is_agreed_at_once_and_told(taken: World) -> None:
    """A higher quantity or a further line needs no answer: the delta is delivered."""
    change = taken.erp.sales_order(
        "SO1", warehouse="W1", lines=[("A", 15), ("B", 5), ("C", 1)], revision=2
    )
    taken.drain()
    assert taken.state(change) == "applied"
    assert state_of_order(taken, *ORDER) == ("in_work", {
        1: ("open", 15, 0, 0, 0, 0, 15), 2: ("open", 5, 0, 0, 0, 0, 5),
        3: ("open", 1, 0, 0, 0, 0, 1),
    })  # fmt: skip
    delivery = _open_delivery(taken)
    assert (delivery["revision"], delivery["action"]) == (2, "upsert")


def test_a_question_that_was_read_is_answered_before_the_next_one(taken: World) -> None:
    """The newer revision waits its turn."""
    first = taken.erp.sales_order("SO1", warehouse="W1", lines=[("A", 4), ("B", 5)], revision=2)
    taken.drain()
    taken.wms.answer(W1 + 3, "taken")
    second = taken.erp.sales_order("SO1", warehouse="W1", lines=[("A", 3), ("B", 5)], revision=3)
    taken.drain()
    assert (taken.state(first), taken.state(second)) == ("waiting", "received")
    taken.wms.answer(W1 + 3, "refused", reason_code="PICKED")
    taken.drain()
    assert (taken.state(first), taken.state(second)) == ("refused", "waiting")
    taken.wms.answer(W1 + 4, "accepted")
    taken.drain()
    assert taken.state(second) == "applied"
    assert state_of_order(taken, *ORDER)[1][1] == ("open", 3, 0, 0, 0, 0, 3)


def test_no_answer_is_no_answer_and_a_person_is_told(taken: World) -> None:
    """Never auto-accepted, never auto-refused: it stays open, with one task."""
    cancel = taken.erp.cancel("sales_order", "SO1", warehouse="W1")
    for _ in range(3):
        drain_with(taken, answer_alarm=timedelta(0))
    assert taken.state(cancel) == "waiting"
    assert [asked(task, "text") for task in taken.tasks()] == [{
        "task_id": 1, "code": "STA-009", "state": "open", "warehouse_code": "W1",
        "seq": status(taken.erp, cancel)["seq"], "order_type": "sales_order", "order_no": "SO1",
        "hint": "ask the warehouse; nothing is assumed", "opened_at": SOME_TIME,
    }]  # fmt: skip
    assert state_of_order(taken, *ORDER)[0] == "in_work"


def test_what_is_done_when_the_yes_arrives_stays_done(taken: World) -> None:
    """A shipment crossed the question: only the rest is cancelled."""
    cancel = taken.erp.cancel("sales_order", "SO1", warehouse="W1")
    taken.drain()
    taken.wms.shipment("S1", warehouse="W1", order=ORDER, lines=[("A", 6)])
    taken.drain()
    taken.wms.answer(W1 + 3, "accepted")
    taken.drain()
    assert taken.state(cancel) == "applied"
    assert state_of_order(taken, *ORDER)[1] == {
        1: ("completed", 10, 6, 4, 0, 0, 0), 2: ("cancelled", 5, 0, 5, 0, 0, 0),
    }  # fmt: skip


def test_a_release_that_was_given_back_is_pending_again(world: World) -> None:
    """taken to pending: a cancel is agreed at once again."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.wms.answer(W1 + 1, "taken")
    world.wms.answer(W1 + 1, "pending")
    cancel = world.erp.cancel("sales_order", "SO1", warehouse="W1")
    world.drain()
    assert world.state(cancel) == "applied"
    assert state_of_order(world, *ORDER)[0] == "cancelled"


@pytest.mark.parametrize("action", ["cancel", "close"])
def test_a_refused_order_stays_refused_whatever_ends_it_too(world: World, action: str) -> None:
    """The ERP gives up what the warehouse has refused: both agree, and the lines say who began."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    _by_inbox(world, W1 + 1, yes=False)
    end = world.erp.order("sales_order", "SO1", warehouse="W1", revision=None, action=action)
    world.drain()
    assert world.state(end) == "applied"
    assert state_of_order(world, *ORDER) == ("refused", {1: ("refused", 10, 0, 10, 0, 0, 0)})
