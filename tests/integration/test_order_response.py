"""Order responses: the warehouse's answer to a request, whole or by line, beside the inbox."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.integration.reading import (
    SOME_TIME,
    W1,
    errors,
    inbox,
    received,
    sent,
    state_of_order,
    status,
)
from tests.support.builders_world import World

OCCURRED = datetime(2026, 3, 4, 7, tzinfo=UTC)
ORDER = ("sales_order", "SO1")
HEADER = {
    "warehouse_code": "W1", "response_no": "RSP1", "order_type": "sales_order", "order_no": "SO1",
    "revision": 1, "response": "partial", "reason_code": "SPLIT", "occurred_at": OCCURRED,
    "source_seq": 2, "note": "rest next week", "attributes": {"planner": "Bo"},
}  # fmt: skip
LINES = (
    {"line_no": 1, "order_line_no": 1, "accepted_qty": 6, "uom": "PCE", "reason_code": "NO_STOCK"},
    {"line_no": 2, "order_line_no": 2, "accepted_qty": 5},
)  # fmt: skip


def _release(world: World) -> None:
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10), ("B", 5)])
    world.drain()


def test_a_response_travels_from_the_wms_to_the_erp_and_answers_the_inbox(world: World) -> None:
    """A partial yes is a yes; the ERP reads what was agreed to for each line."""
    _release(world)
    response = world.wms.build("order_response", HEADER, LINES)
    world.drain()

    number = status(world.wms, response)["seq"]
    assert sent(world.wms, response) == (
        {"message_id": "F-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "order_response", **HEADER},
        [{"message_id": "F-1", "warehouse_code": "W1", "doc_type": "order_response", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.erp) == [{
        "delivery_id": W1 + 2, "warehouse_code": "W1", "doc_type": "order_response",
        "doc_no": "RSP1", "revision": 1, "action": "post", "message_id": "F-1",
        "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert received(world.erp, "order_response") == [(
        {"delivery_id": W1 + 2, "message_id": "F-1", "seq": number, "action": "post",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", **line} for line in LINES],
    )]  # fmt: skip
    assert inbox(world.wms1, doc_type="sales_order") == [{
        "delivery_id": W1 + 1, "warehouse_code": "W1", "doc_type": "sales_order",
        "doc_no": "SO1", "revision": 1, "action": "upsert", "message_id": "E-1",
        "delivered_at": SOME_TIME, "state": "accepted", "receiver_ref": "RSP1",
        "reason_code": "SPLIT", "note": "rest next week", "answered_at": SOME_TIME,
    }]  # fmt: skip
    assert state_of_order(world, *ORDER)[0] == "in_work"


def test_a_response_without_lines_holds_for_the_whole_document(world: World) -> None:
    """Accepted: the order is in work."""
    _release(world)
    response = world.wms.order_response(
        "RSP1", warehouse="W1", order=ORDER, revision=1, response="accepted"
    )
    world.drain()
    assert world.state(response) == "applied"
    assert inbox(world.wms1, doc_type="sales_order")[0]["state"] == "accepted"
    assert state_of_order(world, *ORDER)[0] == "in_work"


def test_a_refusing_response_ends_a_first_release(world: World) -> None:
    """As a refusal in the inbox does; the ERP's message stays applied."""
    _release(world)
    world.wms.order_response(
        "RSP1", warehouse="W1", order=ORDER, revision=1, response="refused", reason_code="CLOSED"
    )
    world.drain()
    [row] = inbox(world.wms1, doc_type="sales_order")
    assert (row["state"], row["reason_code"]) == ("refused", "CLOSED")
    assert state_of_order(world, *ORDER) == ("refused", {
        1: ("refused", 10, 0, 10, 0, 0, 0), 2: ("refused", 5, 0, 5, 0, 0, 0),
    })  # fmt: skip


@pytest.mark.parametrize("batches", [1, 2], ids=["in one batch", "in two batches"])
def test_the_first_answer_wins_and_another_one_is_an_error(world: World, batches: int) -> None:
    """DUP-002: the first stands, whatever the batch."""
    _release(world)
    first = world.wms.order_response(
        "RSP1", warehouse="W1", order=ORDER, revision=1, response="accepted"
    )
    if batches == 2:
        world.drain()
    second = world.wms.order_response(
        "RSP2", warehouse="W1", order=ORDER, revision=1, response="refused"
    )
    world.drain()
    assert (world.state(first), world.state(second)) == ("applied", "error")
    assert errors(world.wms, second) == [{
        "column_name": "response", "code": "DUP-002", "severity": "error", "value": "refused",
        "expected": "accepted", "text": "the request was answered before: accepted, now refused",
        "hint": "the first answer stands; agree on the telephone, then send a new revision",
        "first_seen_at": SOME_TIME,
    }]  # fmt: skip
    [row] = inbox(world.wms1, doc_type="sales_order")
    assert (row["state"], row["receiver_ref"]) == ("accepted", "RSP1")


def test_the_same_answer_again_changes_nothing(world: World) -> None:
    """Under a new number: applied, without another effect."""
    _release(world)
    for number in ("RSP1", "RSP2"):
        world.wms.order_response(
            number, warehouse="W1", order=ORDER, revision=1, response="accepted"
        )
        world.drain()
    [row] = inbox(world.wms1, doc_type="sales_order")
    assert (row["state"], row["receiver_ref"]) == ("accepted", "RSP1")


def test_a_response_waits_for_its_order(world: World) -> None:
    """It cannot answer what was sent only after it was written: that delivery stays open."""
    response = world.wms.order_response(
        "RSP1", warehouse="W1", order=ORDER, revision=1, response="accepted"
    )
    world.drain()
    assert status(world.wms, response)["waiting_for"] == "order:W1 sales_order SO1"
    _release(world)
    assert world.state(response) == "applied"
    assert inbox(world.wms1, doc_type="sales_order")[0]["state"] == "pending"
