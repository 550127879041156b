"""Decisions of people: each choice of each task, what it posts, and what becomes of the task."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sync.batch import run_batch
from sync.decide import decide
from sync.sweep import watch_gates
from tests.integration.reading import (
    SOME_TIME,
    W1,
    inbox,
    moved,
    received,
    state_of_order,
    told,
)
from tests.integration.resolving import decided, end_of, posting, resolve, task
from tests.integration.working import drain_with, give_up_waiting
from tests.support.builders_world import StockKey, World

ORDER = ("purchase_order", "PO1")
MADE = ("production_order", "MO1")
FREE = StockKey("W1", "A", location="DOCK")
BLOCKED = FREE._replace(status="blocked")


@pytest.fixture
def surplus(world: World) -> World:
    """Have 12 A received on an order over 10: 2 of them lie blocked, and somebody must decide."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.wms.goods_receipt(
        "R1", warehouse="W1", order=ORDER,
        lines=[{"item_code": "A", "qty": 12, "location_code": "DOCK"}],
    )  # fmt: skip
    world.drain()
    assert world.stock() == {FREE: 10, BLOCKED: 2}
    return world


def test_releasing_a_surplus_moves_it_to_the_status_as_sent_and_tells_the_erp(
    surplus: World,
) -> None:
    """A stock move of our own, on the main road: ledger, balances, delivery, business key."""
    row = decided(surplus, "QTY-005", "release")
    number = row["task_id"]
    sent = posting(surplus, row)
    assert surplus.stock() == {FREE: 12}
    assert moved(surplus)[2:] == [
        ("move_status", "A", "", "DOCK", "blocked", -2),
        ("move_status", "A", "", "DOCK", "unrestricted", 2),
    ]
    assert end_of(row) == (
        "done", "release", f"posted as stock_move TASK-{number}, message {sent['seq']}",
    )  # fmt: skip
    assert row["closed_at"] == SOME_TIME
    assert row["choices"] == []
    assert (sent["sender"], sent["message_id"], sent["doc_no"], sent["state"]) == (
        "crossdock", f"task-{number}", f"TASK-{number}", "applied",
    )  # fmt: skip
    [_, line] = received(surplus.erp, "stock_move")[0]
    [header, _] = received(surplus.erp, "stock_move")[0]
    login = surplus.admin.connection.info.user
    assert told(header, "attributes", "seq", "occurred_at") == {
        "delivery_id": W1 + 3, "message_id": f"task-{number}", "warehouse_code": "W1",
        "action": "post", "move_no": f"TASK-{number}", "order_no": "PO1",
        "delivered_at": SOME_TIME, "note": f"release by {login}: agreed",
    }  # fmt: skip
    assert header["attributes"] == {
        "task_id": number, "code": "QTY-005", "decision": "release", "seq": row["seq"],
    }  # fmt: skip
    assert line == [{
        "warehouse_code": "W1", "line_no": 1, "item_code": "A", "qty": 2, "uom": "PCE",
        "from_location_code": "DOCK", "from_stock_status": "blocked", "to_location_code": "DOCK",
        "to_stock_status": "unrestricted", "reason_code": "QTY-005",
    }]  # fmt: skip
    assert state_of_order(surplus, *ORDER) == ("completed", {1: ("completed", 10, 12, 0, 0, 2, 0)})


def test_a_surplus_that_is_kept_blocked_posts_nothing(surplus: World) -> None:
    """The decision stands, and nobody is asked again."""
    row = decided(surplus, "QTY-005", "keep_blocked")
    assert end_of(row) == ("done", "keep_blocked", "nothing was posted")
    assert surplus.stock() == {FREE: 10, BLOCKED: 2}
    assert [row["doc_type"] for row in inbox(surplus.erp)] == ["goods_receipt"]


def test_a_surplus_that_is_scrapped_leaves_the_book(surplus: World) -> None:
    """An adjustment with the reason SCRAP."""
    row = decided(surplus, "QTY-005", "scrap")
    assert row["state"] == "done"
    assert surplus.stock() == {FREE: 10}
    assert moved(surplus)[2:] == [("adjustment", "A", "", "DOCK", "blocked", -2)]
    [[header, lines]] = received(surplus.erp, "stock_adjustment")
    assert header["adjustment_no"] == f"TASK-{row['task_id']}"
    assert [(line["qty"], line["reason_code"]) for line in lines] == [(-2, "SCRAP")]


def test_the_surplus_of_several_order_lines_and_a_lot_is_released_whole(world: World) -> None:
    """What one receipt line booked blocked, whatever it was allocated to; in the base unit."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("L", 6), ("L", 6)])
    world.wms.goods_receipt(
        "R1", warehouse="W1", order=ORDER,
        lines=[{"item_code": "L", "qty": 3, "uom": "BOX", "lot_no": "K1", "stock_status": "quality"}],
    )  # fmt: skip
    world.drain()
    decided(world, "QTY-005", "release")
    assert world.stock() == {StockKey("W1", "L", "K1", "", "quality"): 18}


def test_a_surplus_that_left_can_only_be_kept(world: World) -> None:
    """It is posted; the choices of receipts are refused."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 20)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.wms.shipment("S1", warehouse="W1", order=("sales_order", "SO1"), lines=[("A", 12)])
    world.drain()
    with pytest.raises(Exception, match="choices: keep") as refused:
        resolve(world, task(world, "QTY-005")["task_id"], "release")
    assert getattr(refused.value, "sqlstate", "") == "22023"
    assert end_of(decided(world, "QTY-005", "keep")) == ("done", "keep", "nothing was posted")
    assert world.stock() == {StockKey("W1", "A"): 8}


def below_zero(world: World) -> None:
    world.wms.shipment("S1", warehouse="W1", lines=[{"item_code": "A", "qty": 5, "reason_code": "X",
                       "location_code": "BIN1"}])  # fmt: skip
    give_up_waiting(world)
    assert world.stock() == {StockKey("W1", "A", location="BIN1"): -5}


def test_a_balance_below_zero_can_be_accepted(world: World) -> None:
    """Nothing is posted: a late fact or a count mends it."""
    below_zero(world)
    assert end_of(decided(world, "QTY-006", "accept")) == ("done", "accept", "nothing was posted")
    assert world.stock() == {StockKey("W1", "A", location="BIN1"): -5}


def test_a_balance_below_zero_can_be_raised_to_zero(world: World) -> None:
    """The goods were there; the book was short of them."""
    below_zero(world)
    assert decided(world, "QTY-006", "adjust")["state"] == "done"
    assert world.stock() == {}
    assert moved(world)[1:] == [("adjustment", "A", "", "BIN1", "unrestricted", 5)]
    [[_, lines]] = received(world.erp, "stock_adjustment")
    assert lines[0]["reason_code"] == "FOUND"


def test_what_came_beside_the_order_can_be_kept_or_set_aside(world: World) -> None:
    """Blocked until it is cleared; the part in quality, too."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("B", 5)])
    world.wms.goods_receipt(
        "R1", warehouse="W1", order=ORDER,
        lines=[("A", 3), {"item_code": "C", "qty": 4, "stock_status": "quality"}],
    )  # fmt: skip
    world.drain()
    first, second = world.tasks("QTY-007")
    resolve(world, first["task_id"], "keep")
    resolve(world, second["task_id"], "block")
    world.drain()
    assert [row["state"] for row in world.tasks("QTY-007")] == ["done", "done"]
    assert world.stock() == {StockKey("W1", "A"): 3, StockKey("W1", "C", status="blocked"): 4}


def test_what_came_without_its_order_can_be_set_aside_line_by_line(world: World) -> None:
    """One task for the receipt, one posting with a line for each of its lines."""
    world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "NONE"),
        lines=[("A", 3), {"item_code": "S", "qty": 1, "serial_no": "N1", "location_code": "DOCK"},
               {"item_code": "B", "qty": 2, "stock_status": "blocked"}],
    )  # fmt: skip
    give_up_waiting(world)
    row = decided(world, "REF-007", "block")
    assert row["state"] == "done"
    assert world.stock() == {
        StockKey("W1", "A", status="blocked"): 3,
        StockKey("W1", "S", location="DOCK", status="blocked"): 1,
        StockKey("W1", "B", status="blocked"): 2,
    }
    [[_, lines]] = received(world.erp, "stock_move")
    assert [(line["line_no"], line["item_code"], line.get("serial_no")) for line in lines] == [
        (1, "A", None), (2, "S", "N1"),
    ]  # fmt: skip


def test_what_came_for_a_cancelled_line_can_be_kept(world: World) -> None:
    """It stays posted to the line that had ended."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.erp.cancel("purchase_order", "PO1", warehouse="W1")
    world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, lines=[("A", 4)])
    world.drain()
    assert end_of(decided(world, "STA-005", "keep")) == ("done", "keep", "nothing was posted")
    assert world.stock() == {StockKey("W1", "A"): 4}


def test_a_clock_that_ran_ahead_is_acknowledged(world: World) -> None:
    """The fact stays posted."""
    world.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}],
        occurred_at=world.store.now() + timedelta(hours=3),
    )  # fmt: skip
    world.drain()
    assert end_of(decided(world, "PER-001", "acknowledge"))[:2] == ("done", "acknowledge")


@pytest.mark.parametrize(("choice", "state"), [("accepted", "applied"), ("refused", "refused")])
def test_an_answer_by_telephone_goes_the_way_of_the_inbox(
    world: World, choice: str, state: str
) -> None:
    """The delivery is answered, the request ends as if the WMS had answered."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "accepted")
    world.drain()
    cancel = world.erp.cancel("sales_order", "SO1", warehouse="W1")
    world.drain()
    drain_with(world, answer_alarm=timedelta(0))
    owed = task(world, "STA-009")
    assert (owed["owner"], owed["order_no"]) == ("warehouse", "SO1")
    row = decided(world, "STA-009", choice)
    assert end_of(row) == ("done", choice, f"delivery {W1 + 2} answered")
    assert world.state(cancel) == state
    login = world.admin.connection.info.user
    [answered] = inbox(world.wms, delivery_id=W1 + 2)
    assert (answered["state"], answered["note"]) == (choice, f"by telephone, {login}: agreed")
    assert answered.get("reason_code") == (None if choice == "accepted" else "TELEPHONE")
    assert state_of_order(world, "sales_order", "SO1")[0] == (
        "cancelled" if choice == "accepted" else "in_work"
    )


@pytest.fixture
def closing(world: World) -> World:
    """Have a production order that was said to be complete while an issue of it waits."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 10)])
    world.erp.production_order("MO1", warehouse="W1", product=("P", 5), lines=[("A", 10)])
    world.drain()
    world.wms.material_issue("F1", warehouse="W1", order_no="MO1", lines=[("A", 1, "TRAY")])
    world.drain()
    world.wms.production_receipt(
        "F2", warehouse="W1", order_no="MO1", is_final=True, lines=[("P", 5)]
    )
    world.drain()
    assert state_of_order(world, *MADE)[0] == "closing"
    return world


def test_an_order_is_forced_to_its_end_and_a_late_fact_still_posts(closing: World) -> None:
    """It ends as its lines have; the ERP sees it; what was missing comes and is posted."""
    assert task(closing, "STA-010")["owner"] == "stock control"
    row = decided(closing, "STA-010", "force_close")
    assert end_of(row) == ("done", "force_close", "the order is closed")
    assert state_of_order(closing, *MADE) == ("closed", {
        0: ("completed", 5, 5, 0, 0, 0, 0), 1: ("short", 10, 0, 0, 10, 0, 0),
    })  # fmt: skip
    [head] = closing.admin.read("SELECT * FROM book.order_head WHERE order_no = 'MO1'")
    assert (head["forced_at"], head["ended_at"]) == (SOME_TIME, SOME_TIME)
    closing.erp.item_uom("A", "TRAY", 6)
    closing.drain()
    assert state_of_order(closing, *MADE)[1][1] == ("short", 10, 6, 0, 4, 0, 0)
    assert state_of_order(closing, *MADE)[0] == "closed"


def test_an_order_that_waits_goes_on_waiting_and_the_task_stays(closing: World) -> None:
    """The reason is kept; the last fact ends the order, and the task with it."""
    row = decided(closing, "STA-010", "wait")
    login = closing.admin.connection.info.user
    assert end_of(row) == ("open", None, f"wait by {login} goes on: agreed")
    assert [choice["choice"] for choice in row["choices"]] == ["force_close", "wait"]
    closing.erp.item_uom("A", "TRAY", 6)
    closing.drain()
    assert state_of_order(closing, *MADE)[0] == "closed"
    row = task(closing, "STA-010")
    assert (row["decision"], row["reason"]) == (
        "moot", "the last fact is applied, or the order was opened again",
    )  # fmt: skip


def test_a_forced_end_that_comes_too_late_closes_the_task_all_the_same(closing: World) -> None:
    """The gate opened between the decision and the sweep."""
    number = task(closing, "STA-010")["task_id"]
    closing.erp.item_uom("A", "TRAY", 6)
    resolve(closing, number, "force_close")
    for lane in ("*", "W1", "W1"):
        run_batch(closing.store, lane, limit=9)
    watch_gates(closing.store)
    closing.drain()
    assert task(closing, "STA-010")["decision"] == "moot"
    [head] = closing.admin.read("SELECT * FROM book.order_head WHERE order_no = 'MO1'")
    assert (head["state"], head["forced_at"]) == ("closed", None)


def test_a_refused_change_that_needed_no_answer_is_acknowledged(world: World) -> None:
    """The order stands as agreed."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)])
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "accepted")
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 2)], revision=2)
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "refused", reason_code="NO_STOCK")
    world.drain()
    assert end_of(decided(world, "STA-012", "acknowledge"))[:2] == ("done", "acknowledge")


# What becomes of a task when its decision cannot be carried out, or is not needed any more.


def test_a_decision_is_an_intent_until_the_engine_has_carried_it_out(surplus: World) -> None:
    """ops.task shows it; the first decision stands."""
    number = task(surplus, "QTY-005")["task_id"]
    assert resolve(surplus, number, " release ", " the supplier gave them ") == (
        "stock_move from blocked to the status as sent"
    )
    row = task(surplus, "QTY-005")
    assert (row["state"], row["decision"], row["reason"]) == (
        "deciding", "release", "the supplier gave them",
    )  # fmt: skip
    assert surplus.stock() == {FREE: 10, BLOCKED: 2}
    for _ in range(2):
        with pytest.raises(Exception, match=rf"task {number} is d.* already: release by ") as again:
            resolve(surplus, number, "scrap")
        assert getattr(again.value, "sqlstate", "") == "55000"
        surplus.drain()
    assert surplus.stock() == {FREE: 12}
    acts = surplus.admin.read(
        "SELECT action, reason, detail FROM ops.audit WHERE task_id IS NOT NULL"
    )
    assert acts == [{
        "action": "resolve_task", "reason": "the supplier gave them",
        "detail": {"decision": "release", "posts": "stock_move from blocked to the status as sent"},
    }]  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "reason", "code"),
    [("release", " ", "22023"), ("release", None, "22023"), ("keep", "x", "22023"),
     (None, "x", "22023")],
)  # fmt: skip
def test_a_decision_needs_a_legal_choice_and_a_reason(
    surplus: World, choice: Any, reason: Any, code: str
) -> None:
    """The refusal lists the choices; the task stays as it is."""
    number = task(surplus, "QTY-005")["task_id"]
    with pytest.raises(
        Exception, match=r"a reason is needed|choices: keep_blocked, release, scrap"
    ) as refused:
        resolve(surplus, number, choice, reason)
    assert getattr(refused.value, "sqlstate", "") == code
    assert task(surplus, "QTY-005")["state"] == "open"


def test_a_task_that_is_not_there_cannot_be_decided(world: World) -> None:
    """P0002."""
    with pytest.raises(Exception, match="there is no task 7") as refused:
        resolve(world, 7, "keep")
    assert getattr(refused.value, "sqlstate", "") == "P0002"


def test_stock_that_is_no_longer_blocked_opens_the_task_again(surplus: World) -> None:
    """The person is told what is there; the next decision goes through."""
    surplus.wms.stock_move(
        "M1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 1, "from_location_code": "DOCK",
                "to_location_code": "BIN1", "from_stock_status": "blocked"}],
    )  # fmt: skip
    surplus.drain()
    row = decided(surplus, "QTY-005", "release")
    login = surplus.admin.connection.info.user
    failure = f"release by {login} only 1 of 2 A blocked at DOCK"
    assert (row["state"], row["decision"], row["outcome"]) == ("open", None, failure)
    assert len(row["choices"]) == 3
    surplus.wms.stock_move(
        "M2", warehouse="W1",
        lines=[{"item_code": "A", "qty": 1, "from_location_code": "BIN1",
                "to_location_code": "DOCK", "from_stock_status": "blocked"}],
    )  # fmt: skip
    surplus.drain()
    row = decided(surplus, "QTY-005", "release")
    assert posting(surplus, row)["message_id"] == f"task-{row['task_id']}-2"
    assert row["outcome"].startswith(f"{failure}; posted as stock_move ")
    assert surplus.stock() == {FREE: 12}


def test_a_posting_that_a_race_left_without_stock_is_given_up(surplus: World) -> None:
    """The stock went between the decision's look and its posting: the task is open again."""
    resolve(surplus, task(surplus, "QTY-005")["task_id"], "release")
    assert decide(surplus.store) == 1
    move = surplus.wms.stock_move(
        "M1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 2, "from_location_code": "DOCK",
                "to_location_code": "BIN1", "from_stock_status": "blocked"}],
    )  # fmt: skip
    assert run_batch(surplus.store, "W1", limit=9, only=[surplus.status(move)["seq"]]).processed
    surplus.drain()
    row = task(surplus, "QTY-005")
    assert row["state"] == "open"
    told = "could not be posted: stock would fall below zero: 0 is there, 2 is needed"
    assert told in row["outcome"]
    assert surplus.admin.read("SELECT * FROM staging.wait_key") == []
    posted = surplus.admin.read("SELECT state FROM staging.message WHERE doc_no LIKE 'TASK-%%'")
    assert posted == [{"state": "discarded"}]


def test_a_task_about_a_fact_that_was_taken_back_closes_by_itself(surplus: World) -> None:
    """Nothing is left to decide."""
    reversal = surplus.wms.reverse("goods_receipt", "R2", of="R1", warehouse="W1")
    surplus.drain()
    row = task(surplus, "QTY-005")
    assert (row["state"], row["decision"], row["decided_by"], row["reason"]) == (
        "done", "moot", "crossdock",
        f"message {surplus.status(reversal)['seq']} took the fact back",
    )  # fmt: skip


def test_a_task_about_missing_stock_closes_when_the_stock_comes(world: World) -> None:
    """The earlier fact was only late."""
    below_zero(world)
    world.wms.goods_receipt("R1", warehouse="W1", lines=[{"item_code": "A", "qty": 5, "reason_code": "X",
                            "location_code": "BIN1"}])  # fmt: skip
    world.drain()
    assert task(world, "QTY-006")["decision"] == "moot"


def test_a_task_about_an_answer_closes_when_the_answer_comes(world: World) -> None:
    """By the inbox after all."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "accepted")
    world.drain()
    world.erp.cancel("sales_order", "SO1", warehouse="W1")
    world.drain()
    drain_with(world, answer_alarm=timedelta(0))
    assert task(world, "STA-009")["state"] == "open"
    world.wms.answer(W1 + 2, "accepted")
    world.drain()
    assert (task(world, "STA-009")["decision"], task(world, "STA-009")["reason"]) == (
        "moot", "the request is applied",
    )  # fmt: skip


def test_a_task_about_a_cancelled_line_closes_when_the_order_asks_for_it_again(
    world: World,
) -> None:
    """A revision dropped the line, goods came for it all the same, a newer one has it back."""
    both = [("A", 10), ("B", 10)]
    world.erp.purchase_order("PO1", warehouse="W1", lines=both)
    world.erp.purchase_order("PO1", warehouse="W1", revision=2, lines=both[:1])
    world.drain()
    world.wms.goods_receipt("R1", warehouse="W1", order=ORDER, lines=[("B", 4)])
    world.drain()
    assert task(world, "STA-005")["state"] == "open"
    world.erp.purchase_order("PO1", warehouse="W1", revision=3, lines=both)
    world.drain()
    row = task(world, "STA-005")
    assert (row["decision"], row["reason"]) == ("moot", "the order asks for it again")
