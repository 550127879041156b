"""Answers line by line, to what was forwarded and to what was released."""

from __future__ import annotations

import pytest

from tests.integration.reading import W1, errors, inbox, state_of_order
from tests.support.builders import Document
from tests.support.builders_world import World

ORDER = ("sales_order", "SO1")


@pytest.fixture
def taken(world: World) -> World:
    """Have an order over 10 A, 5 B and 8 C that the WMS has read and agreed to."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100), ("B", 100), ("C", 100)])
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10), ("B", 5), ("C", 8)])
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "accepted")
    world.drain()
    return world


def _respond(world: World, number: str, revision: int, *lines: tuple[int, int | None]) -> None:
    world.wms.order_response(
        number, warehouse="W1", order=ORDER, revision=revision, response="partial",
        lines=[{"order_line_no": line, "accepted_qty": qty, "reason_code": "PICKED"}
               for line, qty in lines],
    )  # fmt: skip
    world.drain()


def _kept(world: World, document: Document) -> list[tuple[object, ...]]:
    return [
        (row["line_no"], row["code"], row["severity"], row["value"], row["expected"])
        for row in errors(world.erp, document)
    ]


def test_a_revision_is_answered_line_by_line(taken: World) -> None:
    """Line 1 is refused, line 2 in part, line 3 is not listed and so accepted."""
    change = taken.erp.sales_order(
        "SO1", warehouse="W1", lines=[("A", 4), ("B", 1), ("C", 2)], revision=2
    )
    taken.drain()
    _respond(taken, "RSP1", 2, (1, None), (2, 3))
    assert taken.state(change) == "applied"
    assert state_of_order(taken, *ORDER) == ("in_work", {
        1: ("open", 10, 0, 0, 0, 0, 10), 2: ("open", 3, 0, 0, 0, 0, 3),
        3: ("open", 2, 0, 0, 0, 0, 2),
    })  # fmt: skip
    assert _kept(taken, change) == [
        (1, "STA-008", "warning", "10", "4"), (2, "STA-008", "warning", "3", "1"),
    ]  # fmt: skip
    assert [row["state"] for row in inbox(taken.wms, delivery_id=W1 + 3)] == ["accepted"]


def test_a_dropped_line_may_be_kept_by_the_warehouse(taken: World) -> None:
    """It was picked already: refused for that line alone, in part for the other."""
    change = taken.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)], revision=2)
    taken.drain()
    _respond(taken, "RSP1", 2, (2, None), (3, 6))
    assert taken.state(change) == "applied"
    assert state_of_order(taken, *ORDER) == ("in_work", {
        1: ("open", 10, 0, 0, 0, 0, 10), 2: ("open", 5, 0, 0, 0, 0, 5),
        3: ("open", 8, 0, 6, 0, 0, 2),
    })  # fmt: skip
    assert _kept(taken, change) == [
        (2, "STA-008", "warning", "5", "0"), (3, "STA-008", "warning", "2", "0"),
    ]  # fmt: skip


def test_a_cancel_may_be_agreed_for_some_lines(taken: World) -> None:
    """accepted_qty is how much of the cancel is accepted; what is picked goes on."""
    cancel = taken.erp.cancel("sales_order", "SO1", warehouse="W1")
    taken.drain()
    _respond(taken, "RSP1", 1, (1, 4), (2, None))
    assert taken.state(cancel) == "applied"
    assert state_of_order(taken, *ORDER) == ("in_work", {
        1: ("open", 10, 0, 4, 0, 0, 6), 2: ("open", 5, 0, 0, 0, 0, 5),
        3: ("cancelled", 8, 0, 8, 0, 0, 0),
    })  # fmt: skip
    taken.wms.shipment("S1", warehouse="W1", order=ORDER, lines=[("A", 6), ("B", 5)])
    taken.drain()
    assert state_of_order(taken, *ORDER) == ("completed", {
        1: ("completed", 10, 6, 4, 0, 0, 0), 2: ("completed", 5, 5, 0, 0, 0, 0),
        3: ("cancelled", 8, 0, 8, 0, 0, 0),
    })  # fmt: skip


@pytest.mark.parametrize("quantity", [None, 0])
def test_an_answer_that_accepts_nothing_is_a_no(taken: World, quantity: int | None) -> None:
    """All changed lines refused: the request is refused, the order stands."""
    change = taken.erp.sales_order(
        "SO1", warehouse="W1", lines=[("A", 10), ("B", 1), ("C", 2)], revision=2
    )
    taken.drain()
    _respond(taken, "RSP1", 2, (2, quantity), (3, quantity))
    assert taken.state(change) == "refused"
    assert [(row["code"], row["value"]) for row in errors(taken.erp, change)] == [
        ("STA-007", "PICKED")
    ]
    assert state_of_order(taken, *ORDER)[1] == {
        1: ("open", 10, 0, 0, 0, 0, 10), 2: ("open", 5, 0, 0, 0, 0, 5),
        3: ("open", 8, 0, 0, 0, 0, 8),
    }  # fmt: skip


def test_an_added_line_may_be_refused(taken: World) -> None:
    """It then stands in the order as refused; the decrease beside it is agreed."""
    change = taken.erp.sales_order(
        "SO1", warehouse="W1", lines=[("A", 4), ("B", 5), ("C", 8), ("A", 3)], revision=2
    )
    taken.drain()
    _respond(taken, "RSP1", 2, (4, None))
    assert taken.state(change) == "applied"
    assert state_of_order(taken, *ORDER)[1] == {
        1: ("open", 4, 0, 0, 0, 0, 4), 2: ("open", 5, 0, 0, 0, 0, 5),
        3: ("open", 8, 0, 0, 0, 0, 8), 4: ("refused", 3, 0, 3, 0, 0, 0),
    }  # fmt: skip


def test_the_units_of_an_answer_are_converted(taken: World) -> None:
    """accepted_qty has a unit of its own; null is the base unit."""
    taken.erp.item_uom("A", "PAIR", 2)
    change = taken.erp.sales_order(
        "SO1", warehouse="W1", lines=[("A", 4), ("B", 5), ("C", 8)], revision=2
    )
    taken.drain()
    taken.wms.order_response(
        "RSP1", warehouse="W1", order=ORDER, revision=2, response="partial",
        lines=[{"order_line_no": 1, "accepted_qty": 3, "uom": "PAIR"}],
    )  # fmt: skip
    taken.drain()
    assert taken.state(change) == "applied"
    assert state_of_order(taken, *ORDER)[1][1] == ("open", 6, 0, 0, 0, 0, 6)


def test_a_response_answers_what_was_taken_last(taken: World) -> None:
    """The release was taken and never answered; the refusal is of the cancel that was read."""
    taken.erp.sales_order("SO2", warehouse="W1", lines=[("A", 10)])
    taken.drain()
    [release] = taken.wms.take(1, "sales_order")
    cancel = taken.erp.cancel("sales_order", "SO2", warehouse="W1")
    taken.drain()
    [question] = inbox(taken.wms, doc_no="SO2", action="cancel")
    taken.wms.answer(question["delivery_id"], "taken")
    taken.wms.order_response(
        "RSP9", warehouse="W1", order=("sales_order", "SO2"), revision=1, response="refused",
        reason_code="LOADED",
    )  # fmt: skip
    taken.drain()
    assert taken.state(cancel) == "refused"
    assert [row["state"] for row in inbox(taken.wms, doc_no="SO2")] == ["taken", "refused"]
    assert state_of_order(taken, "sales_order", "SO2")[0] == "in_work"
    assert release["doc_no"] == "SO2"


def test_a_header_change_is_told_before_picking_and_asked_afterwards(taken: World) -> None:
    """Another address while the goods are being picked needs the warehouse's answer."""
    lines = [("A", 10), ("B", 5), ("C", 8)]
    told = taken.erp.sales_order("SO1", warehouse="W1", lines=lines, revision=2, ship_to="Dock 1")
    taken.drain()
    assert taken.state(told) == "applied"
    taken.wms.order_milestone("M1", warehouse="W1", order=ORDER, milestone="picking")
    taken.drain()
    asked = taken.erp.sales_order("SO1", warehouse="W1", lines=lines, revision=3, ship_to="Dock 2")
    taken.drain()
    assert taken.state(asked) == "waiting"
    taken.wms.order_milestone("M2", warehouse="W1", order=ORDER, milestone="put_back")
    same = taken.erp.sales_order("SO1", warehouse="W1", lines=lines, revision=4, ship_to="Dock 1")
    taken.drain()
    assert (taken.state(asked), taken.state(same)) == ("superseded", "applied")


def test_a_refused_release_with_facts_ends_as_its_lines_say(taken: World) -> None:
    """What is done stays; the rest is cancelled, lines with nothing done are refused."""
    taken.erp.sales_order("SO2", warehouse="W1", lines=[("A", 10), ("B", 2)])
    taken.drain()
    taken.wms.shipment("S1", warehouse="W1", order=("sales_order", "SO2"), lines=[("A", 3)])
    taken.drain()
    [release] = taken.wms.take(1, "sales_order")
    taken.wms.answer(release["delivery_id"], "refused", reason_code="NO_SPACE")
    taken.drain()
    assert state_of_order(taken, "sales_order", "SO2") == ("completed", {
        1: ("completed", 10, 3, 7, 0, 0, 0), 2: ("refused", 2, 0, 2, 0, 0, 0),
    })  # fmt: skip
