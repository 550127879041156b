"""Waiting on each kind of reference: named, released by its arrival, decided at its limit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.integration.reading import (
    SOME_TIME,
    asked,
    errors,
    moved,
    received,
    state_of_order,
    status,
    told,
)
from tests.integration.working import give_up_waiting
from tests.support.builders import Document
from tests.support.builders_world import StockKey, World

Act = Callable[[World], Document]


@dataclass(frozen=True)
class Wait:
    """Say what waits, for what, what is told of it, and what brings it."""

    make: Act
    waiting_for: str
    line_no: int | None
    column: str
    code: str
    value: str
    expected: str | None
    bring: Act

    def row(self, severity: str) -> dict[str, object]:
        """Return the finding that the sender reads, without its words."""
        return told({
            "line_no": self.line_no, "column_name": self.column, "code": self.code,
            "severity": severity, "value": self.value, "expected": self.expected,
            "first_seen_at": SOME_TIME,
        })  # fmt: skip


def _receipt(**columns: object) -> Act:
    line = {"item_code": "A", "qty": 1, "reason_code": "FOUND", **columns}
    return lambda world: world.wms.goods_receipt("R1", warehouse="W1", lines=[line])


def _fact_of(order: tuple[str, str]) -> Act:
    view = "goods_receipt" if order[0] == "purchase_order" else "shipment"
    return lambda world: world.wms.fact(view, "F1", warehouse="W1", order=order, lines=[("A", 1)])


WAITS = {
    "item of a fact": Wait(
        _receipt(item_code="X1"), "item:X1", 1, "item_code", "REF-001", "X1", None,
        lambda world: world.erp.item("X1")),
    "item of a request": Wait(
        lambda world: world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 1), ("X1", 1)]),
        "item:X1", 2, "item_code", "REF-001", "X1", None, lambda world: world.erp.item("X1")),
    "item of a count": Wait(
        lambda world: world.wms.stock_count("C1", warehouse="W1", through=1, lines=[("X1", 1)]),
        "item:X1", 1, "item_code", "REF-001", "X1", None, lambda world: world.erp.item("X1")),
    "product": Wait(
        lambda world: world.erp.production_order(
            "PR1", warehouse="W1", product=("X1", 1), lines=[("A", 1)]),
        "item:X1", None, "item_code", "REF-001", "X1", None, lambda world: world.erp.item("X1")),
    "item of a unit": Wait(
        lambda world: world.erp.item_uom("X1", "BOX", 2),
        "item:X1", None, "item_code", "REF-001", "X1", None, lambda world: world.erp.item("X1")),
    "unit": Wait(
        _receipt(uom="DRUM"), "item_uom:A DRUM", 1, "uom", "UOM-001", "DRUM", "A",
        lambda world: world.erp.item_uom("A", "DRUM", 3)),
    "supplier": Wait(
        lambda world: world.erp.purchase_order(
            "PO1", warehouse="W1", supplier="V 9", lines=[("A", 1)]),
        "party:supplier V 9", None, "supplier_code", "REF-003", "V 9", "supplier",
        lambda world: world.erp.party("V 9", "supplier")),
    "customer": Wait(
        lambda world: world.erp.sales_order("SO1", warehouse="W1", customer="K9", lines=[("A", 1)]),
        "party:customer K9", None, "customer_code", "REF-003", "K9", "customer",
        lambda world: world.erp.party("K9", "customer")),
    "carrier of a request": Wait(
        lambda world: world.erp.sales_order(
            "SO1", warehouse="W1", carrier_code="UPS", lines=[("A", 1)]),
        "party:carrier UPS", None, "carrier_code", "REF-003", "UPS", "carrier",
        lambda world: world.erp.party("UPS", "carrier")),
    "carrier of a fact": Wait(
        lambda world: world.wms.goods_receipt(
            "R1", warehouse="W1", carrier_code="UPS",
            lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}]),
        "party:carrier UPS", None, "carrier_code", "REF-003", "UPS", "carrier",
        lambda world: world.erp.party("UPS", "carrier")),
    "location": Wait(
        _receipt(location_code="BIN 9"), "location:W1 BIN 9", 1, "location_code", "REF-004",
        "BIN 9", None, lambda world: world.erp.location("W1", "BIN 9")),
    "location that a move reaches": Wait(
        lambda world: world.wms.stock_move(
            "M1", warehouse="W1", lines=[
                {"item_code": "B", "qty": 1, "from_location_code": "BIN1",
                 "to_location_code": "BIN9"}]),
        "location:W1 BIN9", 1, "to_location_code", "REF-004", "BIN9", None,
        lambda world: world.erp.location("W1", "BIN9")),
    "destination of a transfer": Wait(
        lambda world: world.erp.transfer_order("TO1", warehouse="W1", to="W8", lines=[("A", 1)]),
        "warehouse:W8", None, "to_warehouse_code", "REF-002", "W8", "warehouse",
        lambda world: world.erp.warehouse("W8")),
    "warehouse of a location": Wait(
        lambda world: world.erp.location("W8", "BIN1"),
        "warehouse:W8", None, "warehouse_code", "REF-002", "W8", None,
        lambda world: world.erp.warehouse("W8")),
    "order of a cancel": Wait(
        lambda world: world.erp.cancel("sales_order", "SO1", warehouse="W1"),
        "order:W1 sales_order SO1", None, "order_no", "REF-005", "SO1", None,
        lambda world: world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)])),
    "order of a milestone": Wait(
        lambda world: world.wms.order_milestone(
            "MS1", warehouse="W1", order=("sales_order", "SO1"), milestone="picking"),
        "order:W1 sales_order SO1", None, "order_no", "REF-005", "SO1", None,
        lambda world: world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)])),
    "fact to reverse": Wait(
        lambda world: world.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1"),
        "fact:WMS1 goods_receipt W1 R1", None, "reverses_no", "REF-006", "R1", None,
        _receipt()),
}  # fmt: skip

#: These are posted at their limit, not refused: they have tests of their own below.
ORDER_WAITS = {
    "order of a receipt": (("purchase_order", "PO1"),
                           lambda world: world.erp.purchase_order(
                               "PO1", warehouse="W1", lines=[("A", 1)])),
    "order of a shipment": (("sales_order", "SO1"),
                            lambda world: world.erp.sales_order(
                                "SO1", warehouse="W1", lines=[("A", 1)])),
}  # fmt: skip


@pytest.fixture
def stocked(world: World) -> World:
    """Have some stock, so that nothing waits for it."""
    world.wms.initial_load(
        "I1", warehouse="W1",
        lines=[("A", 50), {"item_code": "B", "qty": 5, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    return world


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS.keys())
def test_a_missing_reference_is_named_and_its_arrival_releases_the_message(
    stocked: World, wait: Wait
) -> None:
    """Waiting for one named thing; applied when it comes; the finding is resolved, not lost."""
    document = wait.make(stocked)
    stocked.drain()
    sender = stocked.sender(str(stocked.status(document)["sender"]))
    assert stocked.state(document) == "waiting"
    assert status(sender, document)["waiting_for"] == wait.waiting_for
    [found] = errors(sender, document)
    assert told(found, "text", "hint") == wait.row("wait")
    assert wait.value in found["text"]
    assert "by itself" in found["hint"]
    assert stocked.drain().processed == 0

    wait.bring(stocked)
    stocked.drain()
    assert stocked.state(document) == "applied"
    assert "waiting_for" not in status(sender, document)
    assert stocked.findings(document) == []
    [found] = errors(sender, document)
    assert found["resolved_at"] == SOME_TIME
    assert stocked.events(document) == [
        ("received", "waiting"), ("waiting", "received"), ("received", "applied"),
    ]  # fmt: skip
    assert stocked.admin.read("SELECT * FROM staging.wait_key") == []


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS.keys())
def test_at_its_limit_the_wait_is_an_error_that_heals_itself(stocked: World, wait: Wait) -> None:
    """When the thing arrives afterwards, the message goes on without anybody's help."""
    document = wait.make(stocked)
    give_up_waiting(stocked)
    sender = stocked.sender(str(stocked.status(document)["sender"]))
    assert stocked.state(document) == "error"
    found = [told(row, "text", "hint") for row in errors(sender, document)]
    assert wait.row("error") in found
    assert {row["severity"] for row in found if "resolved_at" not in row} == {"error"}

    wait.bring(stocked)
    stocked.drain()
    assert stocked.state(document) == "applied"
    assert stocked.findings(document) == []


@pytest.mark.parametrize(("order", "bring"), ORDER_WAITS.values(), ids=ORDER_WAITS.keys())
def test_a_fact_waits_for_its_order(stocked: World, order: tuple[str, str], bring: Act) -> None:
    """The order may be a few seconds behind."""
    fact = _fact_of(order)(stocked)
    stocked.drain()
    assert status(stocked.wms, fact)["waiting_for"] == f"order:W1 {order[0]} {order[1]}"
    bring(stocked)
    stocked.drain()
    assert stocked.state(fact) == "applied"
    assert state_of_order(stocked, *order)[1][1][2] == 1
    assert stocked.tasks() == []


@pytest.mark.parametrize(("order", "bring"), ORDER_WAITS.values(), ids=ORDER_WAITS.keys())
def test_a_fact_whose_order_never_comes_is_posted_without_it(
    stocked: World, order: tuple[str, str], bring: Act
) -> None:
    """It has happened: stock moves, a person is asked; the late order is not touched by it."""
    fact = _fact_of(order)(stocked)
    give_up_waiting(stocked)
    assert stocked.state(fact) == "applied"
    number = status(stocked.wms, fact)["seq"]
    assert asked(stocked.tasks()[0]) == {
        "task_id": 1, "code": "REF-007", "state": "open", "warehouse_code": "W1", "seq": number,
        "order_type": order[0], "order_no": order[1],
        "text": f"order {order[1]} did not come in time; posted without it",
        "hint": "find the order and assign the quantity", "opened_at": SOME_TIME,
    }  # fmt: skip
    assert len(stocked.tasks()) == 1
    last = told(stocked.ledger()[-1])
    assert abs(last["qty"]) == 1
    assert "order_no" not in last
    view = "goods_receipt" if order[0] == "purchase_order" else "shipment"
    [(header, _)] = received(stocked.erp, view)
    assert header["order_no"] == order[1]
    bring(stocked)
    stocked.drain()
    assert state_of_order(stocked, *order) == ("released", {1: ("open", 1, 0, 0, 0, 0, 1)})


def test_a_shipment_waits_for_the_stock_and_the_receipt_behind_it_releases_it(
    world: World,
) -> None:
    """An earlier fact is late: its arrival is the stock that was missing."""
    shipment = world.wms.shipment(
        "S1", warehouse="W1", lines=[{"item_code": "A", "qty": 8, "reason_code": "X"}]
    )
    world.drain()
    assert status(world.wms, shipment)["waiting_for"] == "stock:W1 A   unrestricted"
    assert errors(world.wms, shipment) == [{
        "line_no": 1, "column_name": "qty", "code": "QTY-006", "severity": "wait", "value": "0",
        "expected": "8", "text": "stock would fall below zero: 0 is there, 8 is needed",
        "hint": "an earlier fact is missing or late; count the location",
        "first_seen_at": SOME_TIME,
    }]  # fmt: skip
    for number, qty in (("R1", 5), ("R2", 3)):
        assert world.state(shipment) == "waiting"
        world.wms.goods_receipt(
            number, warehouse="W1", lines=[{"item_code": "A", "qty": qty, "reason_code": "X"}]
        )
        world.drain()
    assert world.state(shipment) == "applied"
    assert world.stock() == {}
    assert world.tasks() == []


def test_a_shipment_whose_stock_never_comes_is_posted_below_zero(world: World) -> None:
    """It has happened: the balance is negative, flagged, and a person is asked."""
    shipment = world.wms.shipment(
        "S1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 8, "location_code": "BIN1", "reason_code": "X"}],
    )  # fmt: skip
    give_up_waiting(world)
    assert world.state(shipment) == "applied"
    assert world.stock() == {StockKey("W1", "A", location="BIN1"): -8}
    assert asked(world.tasks()[0]) == {
        "task_id": 1, "code": "QTY-006", "state": "open", "warehouse_code": "W1",
        "seq": status(world.wms, shipment)["seq"], "line_no": 1, "item_code": "A", "qty": 8,
        "text": "stock would fall below zero: 0 is there, 8 is needed",
        "hint": "an earlier fact is missing or late; count the location",
        "opened_at": SOME_TIME,
    }  # fmt: skip
    world.wms.goods_receipt(
        "R1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 8, "location_code": "BIN1", "reason_code": "X"}],
    )  # fmt: skip
    world.drain()
    assert world.stock() == {}


def test_a_reversal_of_what_was_shipped_on_waits_for_the_stock(world: World) -> None:
    """The policy for negative stock holds for reversals, too."""
    receipt = {"item_code": "A", "qty": 5, "reason_code": "X"}
    world.wms.goods_receipt("R1", warehouse="W1", lines=[receipt])
    world.wms.shipment("S1", warehouse="W1", lines=[receipt])
    world.drain()
    reversal = world.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1")
    world.drain()
    assert status(world.wms, reversal)["waiting_for"] == "stock:W1 A   unrestricted"
    world.wms.reverse("shipment", "S1-R", of="S1", warehouse="W1")
    world.drain()
    assert world.state(reversal) == "applied"
    assert world.stock() == {}


def test_everything_that_is_missing_is_told_at_once(world: World) -> None:
    """The first is named as waited for; all of them release one after the other."""
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO1"), carrier_code="UPS",
        lines=[("X1", 1), {"item_code": "A", "qty": 1, "uom": "DRUM", "location_code": "BIN9"}],
    )  # fmt: skip
    world.drain()
    assert [(found.line_no, found.column_name, found.code) for found in world.findings(receipt)] == [
        (1, "item_code", "REF-001"), (2, "location_code", "REF-004"), (2, "uom", "UOM-001"),
        (None, "carrier_code", "REF-003"), (None, "order_no", "REF-005"),
    ]  # fmt: skip
    world.erp.location("W1", "BIN9")
    world.erp.party("UPS", "carrier")
    world.erp.item_uom("A", "DRUM", 2)
    world.erp.item("X1")
    world.drain()
    assert [found.code for found in world.findings(receipt)] == ["REF-005"]
    assert status(world.wms, receipt)["waiting_for"] == "order:W1 purchase_order PO1"
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("X1", 1), ("A", 2)])
    world.drain()
    assert world.state(receipt) == "applied"


def test_a_definite_error_is_told_with_what_is_missing(world: World) -> None:
    """Error at once; the arrival of the missing thing does not hide the error."""
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1",
        lines=[{"item_code": "X1", "qty": 1, "reason_code": "X"},
               {"item_code": "A", "qty": -1, "reason_code": "X"}],
    )  # fmt: skip
    world.drain()
    assert world.state(receipt) == "error"
    assert world.findings(receipt) == [
        (1, "item_code", "REF-001", "wait"), (2, "qty", "QTY-002", "error"),
    ]  # fmt: skip
    world.erp.item("X1")
    world.drain()
    assert world.state(receipt) == "error"
    assert world.findings(receipt) == [(2, "qty", "QTY-002", "error")]


def test_a_waiting_message_does_not_hold_up_others(world: World) -> None:
    """Only its own document waits; the lane goes on."""
    waiting = [
        world.wms.goods_receipt(
            f"R{n}", warehouse="W1", lines=[{"item_code": f"X{n}", "qty": 1, "reason_code": "X"}]
        )
        for n in range(5)
    ]
    passing = world.wms.goods_receipt(
        "R9", warehouse="W1", lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}]
    )
    world.drain()
    assert {world.state(document) for document in waiting} == {"waiting"}
    assert world.state(passing) == "applied"


def test_one_arrival_releases_everybody_who_waited_for_it(world: World) -> None:
    """In all lanes, of both senders."""
    facts = [
        sender.goods_receipt(
            f"R{n}", warehouse=warehouse, lines=[{"item_code": "X1", "qty": 1, "reason_code": "X"}]
        )
        for n, (sender, warehouse) in enumerate(
            [(world.wms1, "W1"), (world.wms1, "W2"), (world.wms2, "W3"), (world.wms1, "W1")]
        )
    ]
    order = world.erp.purchase_order("PO1", warehouse="W3", lines=[("X1", 1)])
    world.drain()
    assert {world.state(document) for document in [*facts, order]} == {"waiting"}
    world.erp.item("X1")
    world.drain()
    assert {world.state(document) for document in [*facts, order]} == {"applied"}
    assert [len(moved(world, code)) for code in ("W1", "W2", "W3")] == [2, 1, 1]


def test_a_chain_of_references_unwinds_in_one_drain(bare: World) -> None:
    """Everything was sent backwards: reversal, fact, order, item, warehouse."""
    reversal = bare.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1")
    receipt = bare.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", 1, "BOX")]
    )
    order = bare.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 12)])
    bare.drain()
    assert {bare.state(document) for document in (reversal, receipt, order)} == {"waiting"}
    bare.erp.item_uom("A", "BOX", 12)
    bare.erp.item("A")
    bare.erp.party("SUP", "supplier")
    bare.drain()
    bare.erp.warehouse("W1")
    bare.drain()
    assert {bare.state(document) for document in (reversal, receipt, order)} == {"applied"}
    assert [entry[-1] for entry in moved(bare)] == [12, -12]


def test_a_reversal_waits_with_its_fact_when_that_is_in_error(world: World) -> None:
    """The corrected fact releases the reversal."""
    wrong = world.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "A", "qty": -4, "reason_code": "X"}]
    )
    reversal = world.wms.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1")
    world.drain()
    assert (world.state(wrong), world.state(reversal)) == ("error", "waiting")
    world.wms.send(wrong.again("corrected").with_line(1, qty=4))
    world.drain()
    assert world.state(reversal) == "applied"
    assert [entry[-1] for entry in moved(world)] == [4, -4]
