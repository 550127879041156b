"""Resends: the same message, the same content under another id, other content, corrections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from tests.integration.reading import SOME_TIME, errors, inbox, moved, status, told
from tests.support.builders import Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_send import Sender, Shape
from tests.support.builders_wms import WmsDocuments
from tests.support.builders_world import StockKey, World

_ERP, _WMS = ErpDocuments("B"), WmsDocuments("B")
LINE = {"item_code": "A", "qty": 5, "reason_code": "FOUND"}
RECEIPT = _WMS.goods_receipt("R1", warehouse="W1", seq=7, lines=[LINE])
STOCK = [{"item_code": "A", "qty": 100, "reason_code": "INITIAL"}]
ORDERED = ("sales_order", "SO0")

#: One document of each type, with a change that makes it another content.
Change = Callable[[Document], Document]


def _line(**changed: object) -> Change:
    return lambda document: document.with_line(1, **changed)


def _header(**changed: object) -> Change:
    return lambda document: document.again(document.message_id, **changed)


DOCUMENTS: list[tuple[Document, Change]] = [
    (_ERP.item("X1", description="old"), _header(description="new")),
    (_ERP.item_uom("A", "CASE", 6), _header(numerator=7)),
    (_ERP.party("V9", "supplier", name="old"), _header(name="new")),
    (_ERP.warehouse("W9", name="old"), _header(name="new")),
    (_ERP.location("W1", "BIN9", zone="old"), _header(zone="new")),
    (_ERP.code_map("WMS1", "reason", "77", "SCRAP"), _header(canonical_code="LOST")),
    (_ERP.purchase_order("PO1", warehouse="W1", lines=[("A", 1)]), _line(qty=2)),
    (_ERP.sales_order("SO1", warehouse="W1", lines=[("A", 1)]), _line(uom="BOX")),
    (_ERP.production_order("PR1", warehouse="W1", product=("P", 1), lines=[("A", 1)]),
     _header(qty=2)),
    (_ERP.transfer_order("TO1", warehouse="W1", to="W3", lines=[("A", 1)]),
     _header(to_warehouse_code="W2")),
    (_ERP.customer_return("CR1", warehouse="W1", lines=[("A", 1)]), _line(reason_code="X")),
    (_ERP.supplier_return("SR1", warehouse="W1", lines=[("A", 1)]), _header(note="other")),
    (RECEIPT, _line(qty=6)),
    (_WMS.shipment("S1", warehouse="W1", lines=[LINE]), _line(lot_no="K1")),
    (_WMS.material_issue("MI1", warehouse="W1", order_no="PR0", lines=[("C", 1)]),
     _header(is_final=True)),
    (_WMS.production_receipt("RP1", warehouse="W1", order_no="PR0", lines=[("P", 1)]),
     _line(location_code="BIN1")),
    (_WMS.stock_move("M1", warehouse="W1", lines=[{**LINE, "to_location_code": "BIN1"}]),
     _line(to_location_code="BIN2")),
    (_WMS.stock_adjustment("ADJ1", warehouse="W1", lines=[("A", 1)]), _line(qty=-1)),
    (_WMS.stock_count("C1", warehouse="W1", through=9, lines=[("B", 1)]), _line(counted_qty=2)),
    (_WMS.order_milestone("MS1", warehouse="W1", order=ORDERED, milestone="picking"),
     _header(milestone="packed")),
    (_WMS.order_response("RS1", warehouse="W1", order=ORDERED, revision=1, response="accepted"),
     _header(response="refused")),
    (_WMS.stock_snapshot("SN1", warehouse="W1", through=9, lines=[("A", 1)]), _line(qty=2)),
]  # fmt: skip


def _sender(world: World, document: Document) -> Sender:
    return world.erp if document in [known for known, _ in DOCUMENTS[:12]] else world.wms


def _effects(world: World) -> list[Any]:
    """Return everything that a message without effect must leave as it was."""
    read = world.admin.read
    return [
        world.ledger(), world.tasks(), inbox(world.erp), inbox(world.wms1), inbox(world.wms2),
        read("SELECT * FROM book.balance ORDER BY 1, 2, 3, 4, 5"),
        read("SELECT * FROM book.order_head ORDER BY 1, 2, 3"),
        read("SELECT * FROM book.order_line ORDER BY 1, 2, 3, 4"),
        read("SELECT * FROM book.item ORDER BY 1"), read("SELECT * FROM book.count_position"),
    ]  # fmt: skip


@pytest.fixture
def day(world: World) -> World:
    """Have stock and open orders, so that one document of each type can be applied."""
    world.wms.stock_adjustment(
        "I1", warehouse="W1",
        lines=[("A", 100), ("C", 100), {"item_code": "A", "qty": 9, "lot_no": "K1"}],
    )  # fmt: skip
    world.erp.sales_order("SO0", warehouse="W1", lines=[("A", 1)])
    world.erp.production_order("PR0", warehouse="W1", product=("P", 9), lines=[("C", 9)])
    world.drain()
    return world


def test_of_every_document_type_a_resend_is_a_duplicate_and_a_change_a_conflict(
    day: World,
) -> None:
    """Same business key: the same content has no effect, other content is an error."""
    for document, _ in DOCUMENTS:
        _sender(day, document).send(document)
    day.drain()
    assert [day.state(document) for document, _ in DOCUMENTS] == ["applied"] * len(DOCUMENTS)
    before = _effects(day)

    for document, change in DOCUMENTS:
        _sender(day, document).send(document.again("again"))
        _sender(day, document).send(change(document).again("changed"))
    day.drain()

    for document, _ in DOCUMENTS:
        first = day.status(document)["seq"]
        again, changed = day.status(document.again("again")), day.status(document.again("changed"))
        assert (again["state"], again["duplicate_of"]) == ("duplicate", first), document
        assert changed["state"] == "error", document
        # A count says it for its key, too, and an answer for the request that it answers.
        finding, *others = day.errors(document.again("changed"))
        assert (finding["code"], finding["expected"]) == ("DUP-001", str(first)), document
        assert {row["code"] for row in others} <= {"DUP-001", "DUP-002"}, document
    assert _effects(day) == before


def test_the_conflict_names_the_earlier_message(world: World) -> None:
    """Whoever reads it finds the message that stands."""
    world.wms.send(RECEIPT)
    world.drain()
    other = RECEIPT.again("other").with_line(1, qty=6)
    world.wms.send(other)
    world.drain()
    number = status(world.wms, RECEIPT)["seq"]
    assert errors(world.wms, other) == [{
        "column_name": "receipt_no", "code": "DUP-001", "severity": "error", "value": "W1 R1",
        "expected": str(number),
        "text": f"the same key came before with other content: message {number}",
        "hint": "the earlier message stands; send a correction as a new revision or a reversal",
        "first_seen_at": SOME_TIME,
    }]  # fmt: skip


def test_the_same_message_id_is_refused_at_the_door(world: World) -> None:
    """23505 while the message is there, or nothing with ON CONFLICT DO NOTHING."""
    world.wms.send(RECEIPT)
    with pytest.raises(psycopg.errors.UniqueViolation):
        world.wms.send(RECEIPT)
    assert world.wms.send(RECEIPT, Shape.IF_NEW) == 0
    world.drain()
    assert world.wms.send(RECEIPT, Shape.IF_NEW) == 0
    assert world.drain().processed == 0
    assert len(world.ledger()) == 1


def test_a_duplicate_says_whose_it_is(world: World) -> None:
    """In the sender's message_status."""
    world.wms.send(RECEIPT)
    world.drain()
    again = RECEIPT.again("again")
    world.wms.send(again)
    world.drain()
    number = status(world.wms, RECEIPT)["seq"]
    assert status(world.wms, again) == {
        "seq": number + 1, "message_id": "again", "doc_type": "goods_receipt", "doc_no": "R1",
        "state": "duplicate", "received_at": SOME_TIME, "finished_at": SOME_TIME, "attempts": 0,
        "duplicate_of": number,
    }  # fmt: skip
    assert errors(world.wms, again) == []


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_what_does_not_count_as_content_does_not_make_a_conflict(
    world: World, together: bool
) -> None:
    """message_id, line_count, source_seq, attributes; blanks, empty texts, scales of numbers."""
    world.wms.send(RECEIPT)
    if not together:
        world.drain()
    again = RECEIPT.again(
        " again ", line_count=1, source_seq=99, attributes={"try": 2}, receipt_no="R1  ",
        carrier_code="  ", warehouse_code="W1 ",
    ).with_line(1, qty="5.000", lot_no="", item_code=" A")  # fmt: skip
    world.wms.send(again)
    world.drain()
    assert (world.state(RECEIPT), world.state(again)) == ("applied", "duplicate")


def test_the_order_in_which_lines_were_inserted_is_not_content(world: World) -> None:
    """Lines are compared by line_no."""
    document = _WMS.goods_receipt("R2", warehouse="W1", lines=[LINE, {**LINE, "item_code": "B"}])
    world.wms.send(document)
    world.drain()
    turned = Document("goods_receipt", document.again("turned").header, document.lines[::-1])
    world.wms.send(turned)
    world.drain()
    assert world.state(turned) == "duplicate"


def test_a_missing_or_further_line_is_other_content(world: World) -> None:
    """Each line counts."""
    document = _WMS.goods_receipt("R2", warehouse="W1", lines=[LINE, {**LINE, "item_code": "B"}])
    world.wms.send(document)
    world.drain()
    shorter = Document("goods_receipt", document.again("shorter").header, document.lines[:1])
    world.wms.send(shorter)
    world.drain()
    assert world.state(shorter) == "error"


def test_a_corrected_message_replaces_the_one_in_error(world: World) -> None:
    """The earlier becomes superseded; its findings stay for the record."""
    wrong = RECEIPT.again("wrong").with_line(1, qty=-5)
    world.wms.send(wrong)
    world.drain()
    assert world.state(wrong) == "error"
    world.wms.send(RECEIPT)
    world.drain()
    assert world.state(RECEIPT) == "applied"
    assert told(status(world.wms, wrong), "seq", "received_at") == {
        "message_id": "wrong", "doc_type": "goods_receipt", "doc_no": "R1",
        "state": "superseded", "finished_at": SOME_TIME, "attempts": 0,
        "superseded_by": status(world.wms, RECEIPT)["seq"],
    }  # fmt: skip
    assert world.events(wrong) == [("received", "error"), ("error", "superseded")]
    assert [row["code"] for row in errors(world.wms, wrong)] == ["QTY-002"]


def test_the_same_error_again_replaces_the_first_error(world: World) -> None:
    """Content is not compared with a message in error: it is judged anew."""
    wrong = RECEIPT.again("wrong").with_line(1, qty=-5)
    world.wms.send(wrong)
    world.drain()
    world.wms.send(wrong.again("wrong again"))
    world.drain()
    assert world.state(wrong) == "superseded"
    assert world.state(wrong.again("wrong again")) == "error"


def test_a_message_that_waited_and_was_corrected_waits_no_more(world: World) -> None:
    """What the replaced one waited for wakes nobody."""
    wrong = RECEIPT.again("wrong").with_line(1, item_code="GHOST", qty=-5)
    world.wms.send(wrong)
    world.drain()
    world.wms.send(RECEIPT)
    world.drain()
    world.erp.item("GHOST")
    world.drain()
    assert world.state(wrong) == "superseded"
    assert world.stock() == {StockKey("W1", "A"): 5}


def test_a_resend_of_a_waiting_message_is_its_duplicate(world: World) -> None:
    """The earlier is on its way; the later has no effect."""
    waiting = RECEIPT.again("waiting").with_line(1, item_code="NEW")
    again = waiting.again("again")
    world.wms.send(waiting)
    world.drain()
    world.wms.send(again)
    world.drain()
    assert (world.state(waiting), world.state(again)) == ("waiting", "duplicate")
    world.erp.item("NEW")
    world.drain()
    assert world.stock() == {StockKey("W1", "NEW"): 5}


def test_a_discarded_message_makes_room_for_another(world: World) -> None:
    """Whatever the new one says."""
    wrong = RECEIPT.again("wrong").with_line(1, qty=-5)
    world.wms.send(wrong)
    world.drain()
    world.admin.connection.execute(
        b"UPDATE staging.message SET state = 'discarded', finished_at = now() WHERE seq = %s",
        (world.status(wrong)["seq"],),
    )
    world.wms.send(RECEIPT)
    world.drain()
    assert (world.state(RECEIPT), world.state(wrong)) == ("applied", "discarded")


def test_many_resends_of_one_batch_have_one_effect(world: World) -> None:
    """Twenty copies sent before anybody looked."""
    copies = [RECEIPT.again(f"copy {number}") for number in range(20)]
    for copy in copies:
        world.wms.send(copy)
    world.drain()
    assert [world.state(copy) for copy in copies] == ["applied"] + ["duplicate"] * 19
    assert moved(world) == [("receipt_purchase", "A", "", "", "unrestricted", 5)]


def test_two_systems_may_use_the_same_numbers(world: World) -> None:
    """message_id and business key belong to their sender."""
    world.wms1.send(RECEIPT)
    other = RECEIPT.again(RECEIPT.message_id, warehouse_code="W3")
    world.wms2.send(other)
    world.drain()
    assert len(world.ledger()) == 2


def test_one_number_in_two_warehouses_is_two_documents(world: World) -> None:
    """The warehouse is part of the business key."""
    world.wms1.send(RECEIPT)
    world.wms1.send(RECEIPT.again("W2", warehouse_code="W2").with_line(1, qty=9))
    world.drain()
    assert world.stock() == {StockKey("W1", "A"): 5, StockKey("W2", "A"): 9}


def test_attributes_of_a_resend_are_not_delivered_anew(world: World) -> None:
    """The ERP reads one document."""
    world.wms.send(RECEIPT)
    world.wms.send(RECEIPT.again("again", attributes={"n": 2}))
    world.drain()
    assert len(inbox(world.erp)) == 1
