"""Every rule of the catalogue: the stored error, whole, and the rest of the batch went through."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta

import pytest

from schema.catalogue import DOCUMENT_TYPES, RULES
from tests.integration.conftest import Prepared
from tests.integration.reading import SOME_TIME, breaches, errors, status, told
from tests.integration.rule_cases import CASES
from tests.integration.rule_making import Case
from tests.integration.working import drain_with
from tests.support.builders import Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_send import Sender
from tests.support.builders_wms import WmsDocuments
from tests.support.builders_world import World

RULE = {rule.code: rule for rule in RULES}
ROAD = {document.name: document.road for document in DOCUMENT_TYPES}
#: Codes that are no finding of a message, and the test below that shows them.
ELSEWHERE = {
    "STA-009": "test_a_request_that_nobody_answers_is_a_task_alone",
    "STA-010": "test_an_order_that_cannot_end_yet_is_a_task_alone",
    "STA-012": "test_a_refused_change_that_needed_no_answer_is_a_task_alone",
}

_NUMBERS = itertools.count(1)
_E, _F = ErpDocuments("good"), WmsDocuments("good")


@pytest.fixture(scope="module")
def shared(prepared: Prepared) -> Iterator[World]:
    """Give one world to all cases of this file: each uses numbers of its own.

    WMS2 has codes of its own for items: the rest uses canonical ones.
    """
    made = prepared.world()
    try:
        made.erp.code_map("WMS2", "item", "X-1", "A")
        made.drain()
        yield made
        assert breaches(made) == []
    finally:
        made.close()
        made.database.close()


def _good(like: Document, system: str, token: str) -> Document:
    """Build a good document of the same road, for the same batch where that is possible."""
    road, warehouse = ROAD[like.view], "W3" if system == "WMS2" else "W1"
    line = {"item_code": "A", "qty": 1, "reason_code": "X"}
    if road == "master":
        return _E.item(token)
    if road == "detail":
        return _E.item_uom("A", token, 2)
    if road == "request":
        return _E.purchase_order(token, warehouse=warehouse, lines=[("A", 1)])
    if road == "count":
        counted = {"item_code": "B", "qty": 1, "lot_no": token}
        return _F.stock_count(token, warehouse=warehouse, through=1, lines=[counted])
    if road == "answer":
        order = ("purchase_order", "GOOD")
        return _F.order_milestone(token, warehouse=warehouse, order=order, milestone="picking")
    if road == "snapshot":
        return _F.stock_snapshot(token, warehouse=warehouse, through=1, lines=[("A", 1)])
    return _F.goods_receipt(token, warehouse=warehouse, lines=[line])


def _sender(world: World, document: Document, system: str) -> Sender:
    of_erp = ROAD[document.view] in ("master", "detail", "request")
    return world.erp if of_erp else world.sender(system)


@pytest.mark.parametrize(
    "case", CASES, ids=[f"{case.code} {case.column} {n}" for n, case in enumerate(CASES)]
)
def test_a_broken_rule_is_stored_whole_and_the_rest_goes_through(shared: World, case: Case) -> None:
    """Line, column in the contract's words, code, value, expected, text and hint."""
    token = f"T{next(_NUMBERS)}"
    if not shared.order("purchase_order", "GOOD"):
        shared.erp.purchase_order("GOOD", warehouse="W1", lines=[("A", 1)])
        shared.drain()
    earlier = None
    if case.before is not None:
        case.before(shared, token)
        earlier = shared.admin.read(
            "SELECT seq FROM staging.message WHERE message_id = %s", f"{token}-0"
        )
    bad = case.make(token).again(token)
    sender = _sender(shared, bad, case.system)
    good = [_good(bad, case.system, f"{token}-{word}") for word in ("before", "behind")]
    good = [document.again(document.number or f"{token}-{n}") for n, document in enumerate(good)]
    with sender.transaction():
        for document in (good[0], bad, good[1]):
            sender.send(document)
    case.settle(shared, bad)

    words = {
        name: text.replace("<0>", str(earlier[0]["seq"]) if earlier else "")
        for name, text in case.told(token).items()
    }
    rule = RULE[case.code]
    text = rule.text.replace("{column}", case.column or "")
    for name in ("value", "expected"):
        text = text.replace(f"{{{name}}}", words.get(name, ""))
    found = [row for row in errors(sender, bad) if "resolved_at" not in row]
    assert [row for row in found if row["code"] not in case.also] == [told({
        "line_no": case.line_no, "column_name": case.column, "code": case.code,
        "severity": case.severity, **words, "text": text, "hint": rule.hint,
        "first_seen_at": SOME_TIME,
    })]  # fmt: skip
    assert {row["code"] for row in found} == {case.code, *case.also}
    assert status(sender, bad)["state"] == case.state
    assert [status(sender, document)["state"] for document in good] == ["applied", "applied"]
    if case.severity == "task":
        [task] = shared.admin.read(
            "SELECT code, text, hint, state FROM ops.task WHERE seq = %s",
            status(sender, bad)["seq"],
        )
        assert task == {"code": case.code, "text": text, "hint": rule.hint, "state": "open"}
    if case.state == "error":
        assert shared.admin.read(
            "SELECT * FROM book.ledger WHERE message_seq = %s", status(sender, bad)["seq"]
        ) == []  # fmt: skip


@pytest.mark.parametrize("code", RULE)
def test_every_code_of_the_catalogue_has_a_case(code: str) -> None:
    """A rule without a test is not kept."""
    assert code in {case.code for case in CASES} or ELSEWHERE[code] in globals()


def test_no_case_is_of_a_code_that_is_gone() -> None:
    """And no severity is told that its rule cannot have."""
    for case in CASES:
        severity = RULE[case.code].severity
        # What may still come is an error or a task at its limit.
        legal = {"wait": {"wait", "error", "task"}}.get(severity, {severity})
        assert case.severity in legal, case.code


def test_a_request_that_nobody_answers_is_a_task_alone(world: World) -> None:
    """STA-009: the message has no error, it goes on waiting; a person is told once."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)])
    world.drain()
    world.wms.take(1, "sales_order")
    cancel = world.erp.cancel("sales_order", "SO1", warehouse="W1")
    drain_with(world, answer_alarm=timedelta(0))
    drain_with(world, answer_alarm=timedelta(0))
    assert (world.state(cancel), errors(world.erp, cancel)) == ("waiting", [])
    [task] = world.tasks()
    assert (task["code"], task["seq"]) == ("STA-009", status(world.erp, cancel)["seq"])
    assert (task["text"], task["hint"]) == (
        RULE["STA-009"].text.replace("{expected}", "00:00:00"), RULE["STA-009"].hint,
    )  # fmt: skip


def test_an_order_that_cannot_end_yet_is_a_task_alone(world: World) -> None:
    """STA-010: the final fact has no error; the task names what blocks the end."""
    order = ("purchase_order", "PO1")
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 5)])
    world.drain()
    late = world.wms.goods_receipt("R1", warehouse="W1", order=order, lines=[("GHOST", 1)])
    final = world.wms.goods_receipt(
        "R2", warehouse="W1", order=order, is_final=True, lines=[("A", 4)]
    )
    world.drain()
    world.drain()
    assert (world.state(late), world.state(final), errors(world.wms, final)) == (
        "waiting", "applied", [],
    )  # fmt: skip
    [task] = world.tasks()
    assert (task["code"], task["seq"]) == ("STA-010", status(world.wms, final)["seq"])
    assert (task["text"], task["hint"]) == (
        RULE["STA-010"].text.replace("{value}", "goods_receipt R1 waiting"), RULE["STA-010"].hint,
    )  # fmt: skip


def test_a_refused_change_that_needed_no_answer_is_a_task_alone(world: World) -> None:
    """STA-012: the order stands as agreed; the change's message stays applied."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)])
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "accepted")
    more = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 2)], revision=2)
    world.drain()
    [row] = world.wms.take(1, "sales_order")
    world.wms.answer(row["delivery_id"], "refused", reason_code="NO_STOCK")
    world.drain()
    world.drain()
    assert (world.state(more), errors(world.erp, more)) == ("applied", [])
    assert world.order("sales_order", "SO1")[0]["state"] == "in_work"
    [task] = world.tasks()
    assert (task["code"], task["seq"]) == ("STA-012", status(world.erp, more)["seq"])
    assert task["text"] == "the warehouse refused a change that needed no answer: upsert, NO_STOCK"


def test_all_errors_of_a_document_are_stored_at_once(world: World) -> None:
    """One row for each line and column, not the first one only."""
    receipt = world.wms.goods_receipt(
        "R\x021", warehouse="W1", reverses_no="R0", occurred_at="infinity", line_count=5,
        order=("sales_order", "SO1"),
        lines=[
            {"item_code": "GHOST", "qty": 0},
            {"item_code": "L", "qty": -1, "stock_status": "odd", "location_code": "MOON"},
            {"item_code": "A", "uom": "DOZEN", "lot_no": "K" * 201, "expires_on": "infinity"},
            {"item_code": None, "qty": "NaN", "warehouse_code": "W2"},
            {"item_code": "S", "qty": 2, "uom": "PCE"},
        ],
    )  # fmt: skip
    world.drain()
    assert status(world.wms, receipt)["state"] == "error"
    assert sorted(
        (row.get("line_no", 0), row["column_name"], row["code"])
        for row in errors(world.wms, receipt)
    ) == [
        (0, "occurred_at", "SYN-013"), (0, "order_no", "REF-005"), (0, "order_type", "SYN-009"),
        (0, "receipt_no", "SYN-002"), (0, "reverses_no", "SYN-014"),
        (1, "item_code", "REF-001"), (1, "qty", "QTY-001"),
        (2, "location_code", "REF-004"), (2, "lot_no", "LOT-001"), (2, "qty", "QTY-002"),
        (2, "stock_status", "SYN-009"),
        (3, "expires_on", "SYN-013"), (3, "lot_no", "SYN-003"), (3, "qty", "SYN-001"),
        (3, "uom", "UOM-001"),
        (4, "item_code", "SYN-001"), (4, "qty", "QTY-003"), (4, "warehouse_code", "SYN-008"),
        (5, "serial_no", "LOT-002"),
    ]  # fmt: skip
