"""Complete messages: header and lines in any transaction shape, control totals, late lines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.reading import (
    SOME_TIME,
    all_told,
    errors,
    received,
    state_of_order,
    status,
)
from tests.integration.working import drain_with, give_up_waiting
from tests.support.builders import Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_send import Shape, header_row, line_rows
from tests.support.builders_wms import WmsDocuments
from tests.support.builders_world import StockKey, World

ORDER = ErpDocuments("B").purchase_order(
    "PO1", warehouse="W1", lines=[("A", 10), ("B", 5), ("C", 2, "BOX")]
)
RECEIPT = WmsDocuments("B").goods_receipt(
    "R1", warehouse="W1",
    lines=[{"item_code": item, "qty": 1, "reason_code": "FOUND"} for item in "ABC"],
)  # fmt: skip


def _send_header(world: World, document: Document, **changed: object) -> Document:
    """Insert a header alone, in a transaction of its own."""
    changed_document = document.again(document.message_id, **changed)
    sender = world.erp if document.view.endswith("order") else world.wms
    sender.insert(document.view, [header_row(changed_document)])
    return changed_document


def _send_lines(world: World, document: Document, *numbers: int) -> None:
    """Insert some lines, in a transaction of their own."""
    sender = world.erp if document.view.endswith("order") else world.wms
    rows = [row for row in line_rows(document) if row["line_no"] in numbers]
    sender.insert(f"{document.view}_line", rows)


@pytest.mark.parametrize("shape", list(Shape), ids=lambda shape: shape.name.lower())
def test_every_transaction_shape_ends_the_same(world: World, shape: Shape) -> None:
    """One transaction or several, header or lines first, row by row or at once."""
    world.erp.send(ORDER, shape)
    world.wms.send(RECEIPT, shape)
    world.drain()
    assert state_of_order(world, "purchase_order", "PO1") == ("released", {
        1: ("open", 10, 0, 0, 0, 0, 10), 2: ("open", 5, 0, 0, 0, 0, 5),
        3: ("open", 20, 0, 0, 0, 0, 20),
    })  # fmt: skip
    assert world.stock() == {StockKey("W1", item): 1 for item in "ABC"}
    [(_, lines)] = received(world.erp, "goods_receipt")
    assert [line["line_no"] for line in lines] == [1, 2, 3]
    assert world.events(RECEIPT) == [("received", "applied")]


def test_the_engine_may_look_between_any_two_transactions(world: World) -> None:
    """A message with missing lines is parked, said so, and goes on by itself."""
    header = _send_header(world, RECEIPT, line_count=3)
    world.drain()
    assert status(world.wms, header) == {
        "seq": status(world.wms, header)["seq"], "message_id": "B-1", "doc_type": "goods_receipt",
        "doc_no": "R1", "state": "received", "received_at": SOME_TIME, "attempts": 0,
        "waiting_for": "lines",
    }  # fmt: skip
    for number in (3, 1):
        _send_lines(world, RECEIPT, number)
        world.drain()
        assert status(world.wms, header)["waiting_for"] == "lines"
    _send_lines(world, RECEIPT, 2)
    world.drain()
    assert world.state(header) == "applied"
    assert world.stock() == {StockKey("W1", item): 1 for item in "ABC"}
    assert errors(world.wms, header) == []


def test_lines_without_a_header_wait_for_it(world: World) -> None:
    """Nothing happens to them until the header says how many there are."""
    _send_lines(world, RECEIPT, 1, 2, 3)
    assert world.drain().processed == 0
    _send_header(world, RECEIPT, line_count=3)
    world.drain()
    assert world.state(RECEIPT) == "applied"


def test_a_parked_message_does_not_hold_up_its_document(world: World) -> None:
    """An incomplete revision 2 lets revision 3 pass, and is too late when its lines come."""
    world.erp.send(ORDER)
    second = _send_header(world, ORDER.again("second"), revision=2, line_count=3)
    third = ORDER.again("third", revision=3)
    world.erp.send(third)
    world.drain()
    assert world.state(third) == "applied"
    _send_lines(world, second, 1, 2, 3)
    world.drain()
    assert world.state(second) == "superseded"
    assert [row["revision"] for row in world.order("purchase_order", "PO1")] == [3, 3, 3]


def test_lines_that_never_come_make_an_error_and_heal_it_when_they_do(world: World) -> None:
    """SYN-007 after the limit; the late lines release the message without anybody's help."""
    header = _send_header(world, RECEIPT, line_count=3)
    _send_lines(world, RECEIPT, 2)
    give_up_waiting(world)
    assert world.state(header) == "error"
    assert errors(world.wms, header) == [{
        "column_name": "line_count", "code": "SYN-007", "severity": "error", "value": "1",
        "expected": "3", "text": "lines are missing: 1 of 3 arrived in time",
        "hint": "send the missing lines; the message goes on by itself",
        "first_seen_at": SOME_TIME,
    }]  # fmt: skip
    _send_lines(world, RECEIPT, 1, 3)
    world.drain()
    assert world.state(header) == "applied"
    [finding] = errors(world.wms, header)
    assert finding["resolved_at"] == SOME_TIME
    assert world.events(header) == [
        ("received", "error"), ("error", "received"), ("received", "applied"),
    ]  # fmt: skip


def test_a_message_with_missing_lines_is_not_judged_on_those_that_came(world: World) -> None:
    """No finding of a line is told before all lines are there."""
    header = _send_header(world, RECEIPT, line_count=3)
    bad = RECEIPT.with_line(1, item_code="GHOST", qty=-1)
    _send_lines(world, bad, 1)
    world.drain()
    assert errors(world.wms, header) == []
    _send_lines(world, bad, 2, 3)
    world.drain()
    assert {row["code"] for row in errors(world.wms, header)} == {"QTY-002", "REF-001"}


def test_a_document_without_its_lines_is_an_error_at_once(world: World) -> None:
    """Without line_count the lines must come with the header."""
    header = _send_header(world, RECEIPT)
    world.drain()
    assert [row["code"] for row in errors(world.wms, header)] == ["SYN-004"]
    assert world.state(header) == "error"


def test_a_late_line_has_no_effect_and_leaves_a_warning(world: World) -> None:
    """It came in another transaction than its header, which announced no line_count."""
    first, rest = line_rows(RECEIPT)[:2], line_rows(RECEIPT)[2:]
    with world.wms.transaction():
        world.wms.insert("goods_receipt", [header_row(RECEIPT)])
        world.wms.insert("goods_receipt_line", first)
    world.drain()
    world.wms.insert("goods_receipt_line", rest)
    world.drain()
    world.drain()
    assert world.state(RECEIPT) == "applied"
    assert StockKey("W1", "C") not in world.stock()
    assert errors(world.wms, RECEIPT) == [{
        "line_no": 3, "column_name": "line_no", "code": "SYN-010", "severity": "warning",
        "value": "3", "text": "the line came after its message was processed; it has no effect",
        "hint": "set line_count when header and lines travel in different transactions",
        "first_seen_at": SOME_TIME,
    }]  # fmt: skip
    [(_, lines)] = received(world.erp, "goods_receipt")
    assert len(lines) == 2


def test_a_line_of_another_transaction_is_told_also_when_nobody_worked_meanwhile(
    world: World,
) -> None:
    """The daemon was down for an hour: the line was there when the message was processed."""
    with world.wms.transaction():
        world.wms.insert("goods_receipt", [header_row(RECEIPT)])
        world.wms.insert("goods_receipt_line", line_rows(RECEIPT)[:2])
    world.wms.insert("goods_receipt_line", line_rows(RECEIPT)[2:])
    for table in ("message", "line"):
        world.admin.connection.execute(
            f"UPDATE staging.{table} SET received_at = received_at - interval '1 hour'".encode()
        )
    world.drain()
    assert world.state(RECEIPT) == "applied"
    assert [row["code"] for row in errors(world.wms, RECEIPT)] == ["SYN-010"]


def test_a_line_above_line_count_that_comes_late_leaves_a_warning(world: World) -> None:
    """The control total held when the message was processed: it is not changed afterwards."""
    with world.wms.transaction():
        world.wms.insert("goods_receipt", [{**header_row(RECEIPT), "line_count": 2}])
        world.wms.insert("goods_receipt_line", line_rows(RECEIPT)[:2])
    world.drain()
    _send_lines(world, RECEIPT, 3)
    world.drain()
    assert world.state(RECEIPT) == "applied"
    assert [(row["line_no"], row["code"]) for row in errors(world.wms, RECEIPT)] == [(3, "SYN-010")]


def test_more_lines_than_announced_are_an_error(world: World) -> None:
    """Which of them count is not guessed."""
    header = RECEIPT.again(RECEIPT.message_id, line_count=2)
    world.wms.send(header)
    world.drain()
    assert world.state(header) == "error"
    assert errors(world.wms, header) == [{
        "column_name": "line_count", "code": "SYN-005", "severity": "error", "value": "3",
        "expected": "2", "text": "more lines arrived than line_count says: 3, not 2",
        "hint": "send the document again under a new message_id with the right line_count",
        "first_seen_at": SOME_TIME,
    }]  # fmt: skip


def test_a_rolled_back_transaction_leaves_nothing(world: World) -> None:
    """Neither header nor lines; the message_id is free again."""
    with pytest.raises(ZeroDivisionError), world.wms.transaction():
        world.wms.send(RECEIPT)
        raise ZeroDivisionError
    assert world.drain().processed == 0
    world.wms.send(RECEIPT)
    world.drain()
    assert world.state(RECEIPT) == "applied"


def test_lines_of_a_rolled_back_savepoint_do_not_count(world: World) -> None:
    """Top-level transactions are compared: what a savepoint kept belongs to the message."""
    rows = line_rows(RECEIPT)
    with world.wms.transaction():
        world.wms.insert("goods_receipt", [header_row(RECEIPT)])
        with world.wms.transaction():
            world.wms.insert("goods_receipt_line", rows[:1])
        with pytest.raises(ZeroDivisionError), world.wms.transaction():
            world.wms.insert("goods_receipt_line", rows[1:2])
            raise ZeroDivisionError
        world.wms.insert("goods_receipt_line", rows[2:])
    world.drain()
    assert world.stock() == {StockKey("W1", "A"): 1, StockKey("W1", "C"): 1}


def test_a_longer_patience_waits_longer(world: World) -> None:
    """The limit is a setting, and a message that waits has not failed."""
    header = _send_header(world, RECEIPT, line_count=3)
    drain_with(world, line_limit=timedelta(hours=9))
    assert (world.state(header), status(world.wms, header)["waiting_for"]) == ("received", "lines")
    assert all_told(world.admin.read("SELECT * FROM staging.message_error")) == []
