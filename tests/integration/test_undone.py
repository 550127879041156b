"""Facts that are taken back after a person has decided about their goods."""

from __future__ import annotations

from typing import Any

import pytest

from sync.decide import decide
from tests.integration.reading import inbox
from tests.integration.resolving import decided, resolve, task
from tests.integration.working import give_up_waiting
from tests.support.builders import Document
from tests.support.builders_world import StockKey, World

ORDER = ("purchase_order", "PO1")
FREE = StockKey("W1", "A", location="DOCK")
BLOCKED = FREE._replace(status="blocked")


@pytest.fixture
def surplus(world: World) -> World:
    """Have 12 A received on an order over 10: 2 of them lie blocked, and somebody must decide."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    _receive(world, ("A", 12))
    return world


def _receive(world: World, *lines: tuple[str, int]) -> None:
    world.wms.goods_receipt(
        "R1", warehouse="W1", order=ORDER,
        lines=[{"item_code": item, "qty": qty, "location_code": "DOCK"} for item, qty in lines],
    )  # fmt: skip
    world.drain()


def _take_back(world: World) -> Document:
    return world.wms.reverse("goods_receipt", "R2", of="R1", warehouse="W1")


def _undone(world: World, doc_type: str) -> list[dict[str, Any]]:
    return [
        {name: row[name] for name in ("doc_no", "action", "state")}
        for row in inbox(world.erp, doc_type=doc_type)
    ]


@pytest.mark.parametrize(
    ("choice", "doc_type"), [("release", "stock_move"), ("scrap", "stock_adjustment")]
)
def test_what_was_decided_about_a_receipt_is_taken_back_with_it(
    surplus: World, choice: str, doc_type: str
) -> None:
    """At once, though the stock that lay blocked has gone: nothing is left, nobody is asked."""
    decided(surplus, "QTY-005", choice)
    back = _take_back(surplus)
    surplus.drain()
    assert surplus.state(back) == "applied"
    assert surplus.stock() == {}
    assert _undone(surplus, doc_type) == [
        {"doc_no": "TASK-1", "action": "post", "state": "pending"},
        {"doc_no": "TASK-1-R", "action": "reverse", "state": "pending"},
    ]
    assert surplus.findings(back) == []
    row = task(surplus, "QTY-005")
    assert row["state"] == "done"
    assert "taken back with its fact by message" in row["outcome"]
    assert [t["code"] for t in surplus.tasks()] == ["QTY-005"]


def test_what_was_set_aside_is_taken_back_from_where_it_lies(surplus: World) -> None:
    """The receipt brought it unrestricted, a person moved it to blocked."""
    surplus.wms.goods_receipt(
        "R7", warehouse="W1", order=ORDER,
        lines=[{"item_code": "B", "qty": 4, "location_code": "DOCK"}],
    )  # fmt: skip
    surplus.drain()
    decided(surplus, "QTY-007", "block")
    assert surplus.stock()[BLOCKED._replace(item="B")] == 4
    surplus.wms.reverse("goods_receipt", "R8", of="R7", warehouse="W1")
    surplus.drain()
    assert surplus.stock() == {FREE: 10, BLOCKED: 2}


def test_what_was_released_and_shipped_meanwhile_is_for_a_person_to_explain(
    surplus: World,
) -> None:
    """The surplus is gone: what lacks waits for its time, then it is posted and asked about."""
    decided(surplus, "QTY-005", "release")
    surplus.wms.shipment(
        "S1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 2, "location_code": "DOCK", "reason_code": "X"}],
    )  # fmt: skip
    surplus.drain()
    back = _take_back(surplus)
    surplus.drain()
    assert surplus.state(back) == "applied"
    assert surplus.stock() == {BLOCKED: -2}
    surplus.pass_limits()
    surplus.drain()
    assert surplus.stock() == {FREE: -2}
    assert [t["code"] for t in surplus.tasks() if t["state"] == "open"] == ["QTY-006"]


@pytest.mark.parametrize("is_together", [True, False])
def test_a_decision_on_its_way_meets_the_reversal(surplus: World, is_together: bool) -> None:
    """Sent but not posted yet: in the same batch it goes and comes back, else it never goes."""
    resolve(surplus, task(surplus, "QTY-005")["task_id"], "release")
    decide(surplus.store)
    if not is_together:
        surplus.admin.connection.execute(
            b"UPDATE staging.message SET next_attempt_at = now() + interval '1 hour',"
            b" state = 'retrying' WHERE doc_no = 'TASK-1'"
        )
    back = _take_back(surplus)
    surplus.drain()
    assert surplus.state(back) == "applied"
    assert surplus.stock() == {}
    row = task(surplus, "QTY-005")
    assert row["state"] == "done"
    assert (row["decision"] == "moot") is not is_together


def test_what_was_found_below_zero_stays_when_the_fact_is_taken_back(world: World) -> None:
    """The goods were there, so they are there when it turns out that they did not leave."""
    world.wms.shipment(
        "S1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 5, "location_code": "DOCK", "reason_code": "X"}],
    )  # fmt: skip
    give_up_waiting(world)
    decided(world, "QTY-006", "adjust")
    world.wms.reverse("shipment", "S2", of="S1", warehouse="W1")
    world.drain()
    assert world.stock() == {FREE: 5}
