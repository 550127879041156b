"""Policies of a warehouse: its limits, what happens below zero; the settings hold elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.deciding import decide
from tests.integration.reading import all_told, status
from tests.integration.working import drain_with
from tests.support.builders import Document
from tests.support.builders_world import StockKey, World

LINE = {"item_code": "A", "qty": 1, "reason_code": "X"}


def _unknown_item(world: World, warehouse: str) -> Document:
    lines = [{**LINE, "item_code": "X1"}]
    return world.wms.goods_receipt(f"R{warehouse}", warehouse=warehouse, lines=lines)


def _unknown_order(world: World, warehouse: str) -> Document:
    order = ("purchase_order", "PO1")
    return world.wms.goods_receipt(f"R{warehouse}", warehouse=warehouse, order=order, lines=[LINE])


def _no_stock(world: World, warehouse: str) -> Document:
    return world.wms.shipment(f"S{warehouse}", warehouse=warehouse, lines=[LINE])


def _no_lines(world: World, warehouse: str) -> Document:
    return world.wms.goods_receipt(f"R{warehouse}", warehouse=warehouse, line_count=1)


#: Policy, what waits by it, and what becomes of it at the limit.
LIMITS = {
    "reference_limit": (_unknown_item, "error"),
    "order_limit": (_unknown_order, "applied"),
    "stock_limit": (_no_stock, "applied"),
    "line_limit": (_no_lines, "error"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_a_warehouses_own_limit_goes_before_the_setting(world: World, name: str) -> None:
    """W1 does not wait at all, W2 as long as the setting says."""
    make, end = LIMITS[name]
    decide(world, name, "0")
    here, there = make(world, "W1"), make(world, "W2")
    drain_with(world, **{name: timedelta(days=9)})
    assert world.state(here) == end
    waits = world.status(there)
    assert waits["waiting_for"]
    assert waits["wait_until"] - waits["waiting_since"] == timedelta(days=9)


@pytest.mark.parametrize("name", LIMITS)
def test_a_changed_limit_holds_for_what_waits_already(world: World, name: str) -> None:
    """Longer: it waits on, from when it began to wait. Shorter: it ends. Other lanes wait on."""
    make, end = LIMITS[name]
    here, there = make(world, "W1"), make(world, "W2")
    world.drain()
    since = world.status(here)["waiting_since"]
    decide(world, name, "3 days")
    world.drain()
    assert world.status(here)["wait_until"] - since == timedelta(days=3)
    decide(world, name, "0")
    world.drain()
    assert world.state(here) == end
    assert world.status(there)["waiting_for"]


def test_a_warehouse_may_post_below_zero_at_once(world: World) -> None:
    """policy post: no wait; one task; the other warehouse waits."""
    decide(world, "negative_stock", "post")
    here, there = _no_stock(world, "W1"), _no_stock(world, "W2")
    world.drain()
    assert (world.state(here), world.state(there)) == ("applied", "waiting")
    assert world.stock() == {StockKey("W1", "A"): -1}
    assert world.events(here) == [("received", "applied")]
    assert [(row["code"], row["seq"], row["qty"]) for row in world.tasks()] == [
        ("QTY-006", world.status(here)["seq"], 1)
    ]
    assert [(found.code, found.severity) for found in world.findings(here)] == [
        ("QTY-006", "task")
    ]  # fmt: skip


def test_a_batch_that_posts_below_zero_takes_the_stock_that_is_there_first(world: World) -> None:
    """One event, one task: only the shipments that find too little are told."""
    decide(world, "negative_stock", "post")
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 3)])
    world.drain()
    shipments = [
        world.wms.shipment(f"S{n}", warehouse="W1", lines=[{**LINE, "qty": 2}]) for n in range(3)
    ]
    world.drain()
    assert world.stock() == {StockKey("W1", "A"): -3}
    assert [row["seq"] for row in world.tasks()] == [
        world.status(document)["seq"] for document in shipments[1:]
    ]


def test_what_waits_for_stock_is_posted_when_the_policy_changes(world: World) -> None:
    """And waits again for what comes after the policy is taken back."""
    waits = _no_stock(world, "W1")
    world.drain()
    assert world.state(waits) == "waiting"
    decide(world, "negative_stock", "post")
    world.drain()
    assert world.state(waits) == "applied"
    decide(world, "negative_stock", None)
    later = world.wms.shipment("S9", warehouse="W1", lines=[LINE])
    world.drain()
    assert world.state(later) == "waiting"


def test_each_warehouse_has_its_own_alarm_for_requests_without_answer(world: World) -> None:
    """W1 tells a person at once, W2 as the setting says."""
    decide(world, "answer_alarm", "0")
    for warehouse in ("W1", "W2"):
        world.erp.sales_order("SO1", warehouse=warehouse, lines=[("A", 1)])
    world.drain()
    world.wms.take(2, "sales_order")
    for warehouse in ("W1", "W2"):
        world.erp.cancel("sales_order", "SO1", warehouse=warehouse)
    world.drain()
    assert [(row["code"], row["warehouse_code"]) for row in world.tasks()] == [("STA-009", "W1")]
    assert "within 00:00:00" in world.tasks()[0]["text"]
    drain_with(world, answer_alarm=timedelta(0))
    assert [row["warehouse_code"] for row in world.tasks()] == ["W1", "W2"]


def test_each_warehouse_has_its_own_patience_with_clocks(world: World) -> None:
    """An hour ahead: W2 is told of it, W1 is used to it."""
    decide(world, "clock_skew_limit", "2h")
    [row] = world.admin.read("SELECT now() + interval '1 hour' AS soon")
    facts = [
        world.wms.goods_receipt("R1", warehouse=code, occurred_at=row["soon"], lines=[LINE])
        for code in ("W1", "W2")
    ]
    world.drain()
    assert [world.state(fact) for fact in facts] == ["applied", "applied"]
    assert [(row["code"], row["warehouse_code"]) for row in world.tasks()] == [("PER-001", "W2")]


def test_lines_without_a_header_are_in_the_backlog_after_their_warehouses_limit(
    world: World,
) -> None:
    """The view knows policies and defaults; it shows W1's lines and not W2's."""
    decide(world, "line_limit", "0")
    for code in ("W1", "W2"):
        row = {"message_id": f"late {code}", "warehouse_code": code, "line_no": 1}
        world.wms.insert("goods_receipt_line", [row])
    seen = world.admin.read("SELECT lane, state, message_count FROM ops.backlog")
    assert all_told(seen) == [{"lane": "W1", "state": "no header", "message_count": 1}]


def test_master_data_know_no_warehouse(world: World) -> None:
    """The lane of master data takes the settings, whatever warehouses decided."""
    decide(world, "reference_limit", "0")
    unit = world.erp.item_uom("X1", "BOX", 2)
    world.drain()
    assert status(world.erp, unit)["state"] == "waiting"
