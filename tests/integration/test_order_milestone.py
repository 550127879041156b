"""Milestones: how far the warehouse has come; read by the ERP, kept at the order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from schema.catalogue import MILESTONES
from schema.contract.v1.documents import REQUESTS
from tests.integration.reading import (
    SOME_TIME,
    W1,
    inbox,
    sent,
    state_of_order,
    status,
    told,
)
from tests.support.builders_world import World

OCCURRED = datetime(2026, 3, 4, 10, tzinfo=UTC)
HEADER = {
    "warehouse_code": "W1", "milestone_no": "MS1", "order_type": "sales_order", "order_no": "SO1",
    "milestone": "picking", "occurred_at": OCCURRED, "source_seq": 4, "note": "wave 3",
    "attributes": {"wave": 3},
}  # fmt: skip


def test_a_milestone_travels_from_the_wms_to_the_erp(world: World) -> None:
    """The order is in work; nothing else changes."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    milestone = world.wms.build("order_milestone", HEADER)
    world.drain()

    number = status(world.wms, milestone)["seq"]
    assert sent(world.wms, milestone) == (
        {"message_id": "F-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "order_milestone", **HEADER}, [],
    )  # fmt: skip
    assert inbox(world.erp) == [{
        "delivery_id": W1 + 2, "warehouse_code": "W1", "doc_type": "order_milestone",
        "doc_no": "MS1", "action": "post", "message_id": "F-1", "delivered_at": SOME_TIME,
        "state": "pending",
    }]  # fmt: skip
    [read] = world.erp.read_view("order_milestone", "delivery_id")
    assert told(read) == {
        "delivery_id": W1 + 2, "message_id": "F-1", "seq": number, "action": "post",
        "delivered_at": SOME_TIME, **HEADER,
    }  # fmt: skip
    assert state_of_order(world, "sales_order", "SO1") == (
        "in_work", {1: ("open", 10, 0, 0, 0, 0, 10)},
    )  # fmt: skip
    assert world.admin.read("SELECT milestone FROM book.order_head") == [{"milestone": "picking"}]
    assert world.ledger() == []


def test_every_milestone_may_be_told(world: World) -> None:
    """The last one that happened is kept, whatever the order in which they arrive."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    documents = [
        world.wms.order_milestone(
            f"MS{hour}", warehouse="W1", order=("sales_order", "SO1"), milestone=milestone,
            occurred_at=OCCURRED.replace(hour=hour),
        )
        for hour, milestone in reversed(list(enumerate(MILESTONES)))
    ]  # fmt: skip
    world.drain()
    assert [world.state(document) for document in documents] == ["applied"] * len(MILESTONES)
    assert world.admin.read("SELECT milestone FROM book.order_head") == [
        {"milestone": MILESTONES[-1]}
    ]


def test_a_milestone_may_concern_every_type_of_order(world: World) -> None:
    """Its order_type is the name of the request's view."""
    lines = [{"item_code": "A", "qty": 1, "reason_code": "X"}]
    world.erp.purchase_order("O1", warehouse="W1", lines=[("A", 1)])
    world.erp.sales_order("O1", warehouse="W1", lines=[("A", 1)])
    world.erp.production_order("O1", warehouse="W1", product=("P", 1), lines=[("A", 1)])
    world.erp.transfer_order("O1", warehouse="W1", to="W2", lines=[("A", 1)])
    world.erp.customer_return("O1", warehouse="W1", lines=lines)
    world.erp.supplier_return("O1", warehouse="W1", lines=lines)
    world.drain()
    for order_type in REQUESTS:
        world.wms.order_milestone(
            f"MS-{order_type}", warehouse="W1", order=(order_type, "O1"), milestone="accepted"
        )
    world.drain()
    assert [
        (order_type, state_of_order(world, order_type, "O1")[0]) for order_type in REQUESTS
    ] == [(order_type, "in_work") for order_type in REQUESTS]


@pytest.mark.parametrize("batches", [1, 2], ids=["in one batch", "in two batches"])
def test_milestones_of_one_order_apply_in_their_own_time(world: World, batches: int) -> None:
    """A late message of an earlier milestone does not take the order back."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    for number, milestone, hour in (("MS2", "loaded", 12), ("MS1", "picking", 9)):
        world.wms.order_milestone(
            number, warehouse="W1", order=("sales_order", "SO1"), milestone=milestone,
            occurred_at=OCCURRED.replace(hour=hour),
        )  # fmt: skip
        if batches == 2:
            world.drain()
    world.drain()
    assert world.admin.read("SELECT milestone FROM book.order_head") == [{"milestone": "loaded"}]
