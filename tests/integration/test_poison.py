"""Faults: poison is isolated, transient ones pass by, a killed worker leaves nothing half done."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from sync.batch import run_road
from tests.integration.reading import SOME_TIME, errors, inbox, status
from tests.integration.working import another_store, drain_with, lay_trap, remove_trap
from tests.support.builders import Document
from tests.support.builders_world import StockKey, World

QUICK = {"retry_delay": timedelta(milliseconds=1)}
POISON = "IF NEW.message_id = 'poison' THEN RAISE 'boom % %', NEW.doc_type, 'x'; END IF;"


@pytest.fixture
def world(fresh_world: World) -> World:
    """Give a database of its own: these tests change more than rows."""
    return fresh_world


def _receipts(world: World, count: int, poison: int) -> tuple[list[Document], Document]:
    """Send receipts, one of them poison; return the healthy ones and the poison."""
    sent = [
        world.wms.goods_receipt(
            f"R{n}", warehouse="W1", message_id="poison" if n == poison else f"healthy-{n}",
            lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}],
        )
        for n in range(count)
    ]  # fmt: skip
    return [document for document in sent if document.message_id != "poison"], sent[poison]


@pytest.mark.parametrize(("count", "poison"), [(1, 0), (9, 0), (9, 4), (9, 8)])
def test_poison_is_isolated_and_the_rest_goes_through(
    world: World, count: int, poison: int
) -> None:
    """It is tried again with a delay, then it is an error; nobody else is held up."""
    lay_trap(world, "staging.delivery", POISON)
    healthy, bad = _receipts(world, count, poison)
    drain_with(world, max_attempts=3, **QUICK)

    assert [world.state(document) for document in healthy] == ["applied"] * (count - 1)
    row = world.status(bad)
    assert (row["state"], row["attempts"]) == ("error", 3)
    assert row["finished_at"] == SOME_TIME
    assert world.events(bad) == [("received", "retrying"), ("retrying", "error")]
    assert [told for told in errors(world.wms, bad) if told["severity"] == "error"] == [{
        "code": "SYS-001", "severity": "error",
        "value": "boom goods_receipt x [P0001] (SQLSTATE P0001)",
        "text": "unexpected: boom goods_receipt x [P0001] (SQLSTATE P0001)",
        "hint": "ask support; after the repair ops.requeue it", "first_seen_at": SOME_TIME,
    }]  # fmt: skip
    assert len(world.ledger()) == count - 1
    assert len(inbox(world.erp)) == count - 1
    assert [row["ledger_seq"] for row in world.ledger()] == list(range(1, count))


def test_poison_waits_between_its_attempts_while_others_pass(world: World) -> None:
    """The delay is the message's own, not the lane's; it doubles."""
    lay_trap(world, "staging.delivery", POISON)
    _, bad = _receipts(world, 3, 1)
    with another_store(world, retry_delay=timedelta(minutes=10)) as store:
        run_road(store, "W1", "fact", limit=10)
        row = world.status(bad)
        assert (row["state"], row["attempts"]) == ("retrying", 1)
        first = row["next_attempt_at"] - store.now()
        assert timedelta(minutes=9) < first <= timedelta(minutes=10)
        assert run_road(store, "W1", "fact", limit=10).processed == 0
        world.admin.connection.execute(
            b"UPDATE staging.message SET next_attempt_at = now() WHERE state = 'retrying'"
        )
        run_road(store, "W1", "fact", limit=10)
        second = world.status(bad)["next_attempt_at"] - store.now()
        assert timedelta(minutes=19) < second <= timedelta(minutes=20)
        later = world.wms.goods_receipt(
            "R9", warehouse="W1", lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}]
        )
        run_road(store, "W1", "fact", limit=10)
        assert world.state(later) == "applied"


def test_poison_that_is_mended_goes_through(world: World) -> None:
    """After the repair the message is sent on, and its finding is resolved."""
    lay_trap(world, "staging.delivery", POISON)
    _, bad = _receipts(world, 2, 0)
    drain_with(world, max_attempts=2, **QUICK)
    assert world.state(bad) == "error"
    remove_trap(world, "staging.delivery")
    world.admin.connection.execute(
        b"UPDATE staging.message SET state = 'received', next_attempt_at = NULL, finished_at = NULL"
        b" WHERE state = 'error'"
    )
    world.drain()
    assert world.state(bad) == "applied"
    assert world.findings(bad) == []
    assert world.stock() == {StockKey("W1", "A"): 2}


def test_two_poisons_of_one_batch_are_both_isolated(world: World) -> None:
    """Splitting goes on until each is alone."""
    lay_trap(world, "staging.delivery",
             "IF NEW.doc_no IN ('R2', 'R6') THEN RAISE 'boom'; END IF;")  # fmt: skip
    sent, _ = _receipts(world, 8, 7)
    drain_with(world, max_attempts=1, **QUICK)
    assert [document.number for document in sent if world.state(document) == "error"] == [
        "R2",
        "R6",
    ]
    assert len(world.ledger()) == 6


def test_a_poisoned_request_holds_its_own_document_only(world: World) -> None:
    """While it is retried its later revision waits; another order passes."""
    lay_trap(world, "staging.delivery", POISON)
    bad = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)], message_id="poison")
    behind = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 2)], revision=2)
    other = world.erp.sales_order("SO2", warehouse="W1", lines=[("A", 3)])
    with another_store(world, retry_delay=timedelta(minutes=10)) as store:
        for _ in range(3):
            run_road(store, "W1", "request", limit=10)
    assert [world.state(document) for document in (bad, behind, other)] == [
        "retrying", "received", "applied",
    ]  # fmt: skip
    world.admin.connection.execute(
        b"UPDATE staging.message SET next_attempt_at = now() WHERE state = 'retrying'"
    )
    drain_with(world, max_attempts=2, **QUICK)
    assert world.state(behind) == "applied"
    assert world.state(bad) == "superseded"


@pytest.mark.parametrize("code", ["40001", "40P01", "55P03", "57014", "53200"])
def test_a_transient_fault_passes_without_a_trace(world: World, code: str) -> None:
    """The whole transaction is tried again at once; it costs no attempt."""
    lay_trap(world, "book.ledger",
             f"IF nextval('public.trap') <= 2 THEN RAISE 'busy' USING ERRCODE = '{code}'; END IF;")  # fmt: skip
    healthy, last = _receipts(world, 3, 2)
    world.drain()
    for document in [*healthy, last]:
        row = world.status(document)
        assert (row["state"], row["attempts"]) == ("applied", 0)
        assert world.events(document) == [("received", "applied")]
    assert len(world.ledger()) == 3


def test_a_fault_that_lasts_is_retried_later_and_then_forgotten(world: World) -> None:
    """Longer than the attempts of one batch: retrying, RES-001 as a warning, then applied."""
    lay_trap(world, "book.ledger",
             "IF nextval('public.trap') <= 12 THEN"
             " RAISE 'busy' USING ERRCODE = '55P03'; END IF;")  # fmt: skip
    _, only = _receipts(world, 1, 0)
    drain_with(world, **QUICK)
    row = world.status(only)
    assert (row["state"], row["attempts"]) == ("applied", 1)
    assert world.events(only) == [("received", "retrying"), ("retrying", "applied")]
    [found] = errors(world.wms, only)
    assert found == {
        "code": "RES-001", "severity": "warning", "value": "busy [55P03] (SQLSTATE 55P03)",
        "text": "a resource was short or busy: busy [55P03] (SQLSTATE 55P03)",
        "hint": "tried again by itself", "first_seen_at": SOME_TIME, "resolved_at": SOME_TIME,
    }  # fmt: skip
    assert len(world.ledger()) == 1


def test_a_resource_that_stays_short_is_an_error_in_the_end(world: World) -> None:
    """RES-001: not unexpected, but not to be had."""
    lay_trap(world, "book.ledger", "RAISE 'disk full' USING ERRCODE = '53100';")
    _, only = _receipts(world, 1, 0)
    drain_with(world, max_attempts=1, **QUICK)
    assert world.state(only) == "error"
    assert [(row["code"], row["severity"]) for row in errors(world.wms, only)] == [
        ("RES-001", "error")
    ]
    assert status(world.wms, only)["attempts"] == 1


@pytest.mark.parametrize(
    ("table", "event"),
    [
        ("book.order_line", "UPDATE"), ("book.balance", "INSERT"), ("book.balance", "UPDATE"),
        ("staging.business_key", "INSERT"), ("book.lane_counter", "UPDATE"),
        ("book.ledger", "INSERT"), ("staging.delivery", "INSERT"),
        ("staging.delivery_line", "INSERT"), ("staging.message", "UPDATE"),
        ("staging.event", "INSERT"),
    ],
)  # fmt: skip
def test_a_worker_killed_in_mid_batch_leaves_nothing_half_done(
    world: World, table: str, event: str
) -> None:
    """The row lock was the claim: the next worker starts from the beginning, and once only."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    receipts = [
        world.wms.goods_receipt(
            f"R{n}", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", 2)]
        )
        for n in range(4)
    ]
    if (table, event) == ("book.balance", "UPDATE"):  # else it is made as it will be
        world.admin.connection.execute(
            "INSERT INTO book.balance (warehouse_code, item_code, lot_no, location_code,"
            " stock_status, changed_at) VALUES ('W1', 'A', '', '', 'unrestricted', now())"
        )
    before = _everything(world)
    lay_trap(world, table,
             "IF nextval('public.trap') = 1 THEN"
             " PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10); END IF;",
             on=event)  # fmt: skip
    with another_store(world) as store, pytest.raises(DBAPIError):
        run_road(store, "W1", "fact", limit=10)
    assert _everything(world) == before

    remove_trap(world, table)
    world.drain()
    assert [world.state(document) for document in receipts] == ["applied"] * 4
    assert [world.status(document)["attempts"] for document in receipts] == [0] * 4
    assert world.stock() == {StockKey("W1", "A"): 8}
    assert [row["ledger_seq"] for row in world.ledger()] == [1, 2, 3, 4]
    assert len(inbox(world.erp)) == 4


def _everything(world: World) -> list[object]:
    read = world.admin.read
    return [
        read(f"SELECT * FROM {table} ORDER BY 1, 2, 3")
        for table in ("staging.message", "staging.delivery", "staging.event", "book.ledger",
                      "book.balance", "book.order_line", "book.lane_counter", "ops.decision",
                      "staging.business_key", "staging.message_error", "staging.wait_key")
    ]  # fmt: skip
