"""Memory: idempotency that outlives payloads. What was retired is still known when it comes again."""

from __future__ import annotations

import pytest

from tests.integration.reading import errors, moved, state_of_order, status
from tests.integration.test_duplicates import DOCUMENTS, LINE, RECEIPT, _effects, _sender
from tests.support.builders import Document
from tests.support.builders_send import Row, Shape, line_rows
from tests.support.builders_world import StockKey, World


def retired(world: World, *documents: Document) -> list[int]:
    """Apply, answer and retire everything; return the seq of each document."""
    world.drain()
    world.answer_everything()
    numbers = [int(world.status(document)["seq"]) for document in documents]
    world.retire()
    assert world.admin.read("SELECT seq FROM staging.message WHERE seq = ANY (%s)", numbers) == []
    return numbers


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


def test_of_every_document_type_a_retired_message_is_known_when_it_comes_again(
    day: World,
) -> None:
    """The same message_id: the same content is a duplicate, other content a conflict."""
    for document, _ in DOCUMENTS:
        _sender(day, document).send(document)
    numbers = retired(day, *(document for document, _ in DOCUMENTS))
    before = _effects(day)

    for document, _ in DOCUMENTS:
        _sender(day, document).send(document)
    day.drain()
    for number, (document, _) in zip(numbers, DOCUMENTS, strict=True):
        row = status_of(day, document)
        assert (row["state"], row["duplicate_of"]) == ("duplicate", number), document
    assert _effects(day) == before

    day.retire()
    for document, change in DOCUMENTS:
        _sender(day, document).send(change(document).again(document.message_id))
    day.drain()
    for number, (document, _) in zip(numbers, DOCUMENTS, strict=True):
        row = status_of(day, document)
        assert row["state"] == "error", document
        found = day.errors(document)
        assert [
            (e["code"], e["column_name"], e["value"], e["expected"])
            for e in found
            if e["column_name"] == "message_id"
        ] == [("DUP-001", "message_id", document.message_id, str(number))]
        assert {e["code"] for e in found} <= {"DUP-001", "DUP-002"}, document
    assert _effects(day) == before


def test_of_every_document_type_a_retired_business_key_is_known_under_another_message_id(
    day: World,
) -> None:
    """As before it was retired."""
    for document, _ in DOCUMENTS:
        _sender(day, document).send(document)
    numbers = retired(day, *(document for document, _ in DOCUMENTS))
    before = _effects(day)

    for document, change in DOCUMENTS:
        _sender(day, document).send(document.again("again"))
        _sender(day, document).send(change(document).again("changed"))
    day.drain()

    for number, (document, _) in zip(numbers, DOCUMENTS, strict=True):
        again, changed = day.status(document.again("again")), document.again("changed")
        assert (again["state"], again["duplicate_of"]) == ("duplicate", number), document
        assert day.state(changed) == "error", document
        finding = day.errors(changed)[0]
        assert (finding["code"], finding["expected"]) == ("DUP-001", str(number)), document
    assert _effects(day) == before


def status_of(world: World, document: Document) -> Row:
    """Return the newest row of message_status of a document: its message_id stands there twice."""
    rows = _sender(world, document).read_view(
        "message_status", "seq", doc_type=document.view, message_id=document.message_id
    )
    return rows[-1]


def test_the_hash_is_the_same_before_and_after(day: World) -> None:
    """Computed from the archived text or taken from the business key: one and the same."""
    for document, _ in DOCUMENTS:
        _sender(day, document).send(document)
    day.drain()
    day.answer_everything()
    before = day.admin.read("SELECT seq, content_hash FROM staging.business_key ORDER BY seq")
    # Without the business key the hash must be computed.
    day.admin.connection.execute(
        b"CREATE TEMPORARY TABLE kept AS SELECT * FROM staging.business_key"
    )
    day.admin.connection.execute(b"DELETE FROM staging.business_key WHERE seq % 2 = 0")
    day.retire()
    day.admin.connection.execute(
        b"INSERT INTO staging.business_key SELECT k.* FROM kept AS k WHERE k.seq % 2 = 0"
    )
    day.admin.connection.execute(b"DROP TABLE kept")
    after = day.admin.read("SELECT seq, content_hash FROM staging.memory ORDER BY seq")
    known = {row["seq"]: row["content_hash"] for row in after}
    compared = [row for row in before if row["seq"] in known]
    assert len(compared) > 40
    assert [row for row in compared if known[row["seq"]] != row["content_hash"]] == []


def test_the_memory_says_what_became_of_a_message(world: World) -> None:
    """Whole rows: ids, key, state, times; a duplicate holds no business key."""
    world.wms.send(RECEIPT)
    world.drain()
    again = RECEIPT.again("again")
    world.wms.send(again)
    first, second = retired(world, RECEIPT, again)
    rows = world.admin.read(
        "SELECT seq, sender, doc_type, message_id, warehouse_code, action, business_key, state,"
        " finished_at <= retired_at AS in_order FROM staging.memory WHERE sender = 'WMS1'"
        " ORDER BY seq"
    )
    common = {
        "sender": "WMS1", "doc_type": "goods_receipt", "warehouse_code": "W1", "action": "post",
        "in_order": True,
    }  # fmt: skip
    assert rows == [
        {"seq": first, "message_id": RECEIPT.message_id,
         "business_key": "W1 R1", "state": "applied", **common},
        {"seq": second, "message_id": "again", "business_key": None,
         "state": "duplicate", **common},
    ]  # fmt: skip
    [one, other] = world.admin.read("SELECT content_hash FROM staging.memory WHERE sender = 'WMS1'")
    assert one == other


def test_the_sender_sees_the_retired_message_and_its_resend(world: World) -> None:
    """message_status and message_error tell of both."""
    wrong = RECEIPT.again("wrong").with_line(1, qty=-5)
    world.wms.send(wrong)
    world.drain()
    world.wms.send(RECEIPT)
    _, number = retired(world, wrong, RECEIPT)
    world.wms.send(RECEIPT)
    world.drain()
    rows = world.wms.read_view("message_status", "seq", doc_type="goods_receipt")
    assert [(row["message_id"], row["state"], row["doc_no"]) for row in rows] == [
        ("wrong", "superseded", "R1"), (RECEIPT.message_id, "applied", "R1"),
        (RECEIPT.message_id, "duplicate", "R1"),
    ]  # fmt: skip
    assert rows[0]["superseded_by"] == rows[2]["duplicate_of"] == number
    assert [row["code"] for row in errors(world.wms, wrong)] == ["QTY-002"]
    # Another system sees none of it.
    assert world.wms2.read("SELECT * FROM wms_v1.message_status") == []
    assert world.wms2.read("SELECT * FROM wms_v1.message_error") == []


def test_the_same_message_id_for_another_warehouse_is_a_conflict(world: World) -> None:
    """The warehouse is no part of the hashed text, but it is of what was said."""
    location = world.erp.location("W1", "NEW")
    receipt = world.wms.goods_receipt("R1", warehouse="W1", lines=[LINE])
    retired(world, location, receipt)
    world.erp.send(location.again(location.message_id, warehouse_code="W2"))
    world.wms.send(receipt.again(receipt.message_id, warehouse_code="W2"))
    world.drain()
    assert (world.state(location), world.state(receipt)) == ("error", "error")
    assert [row["code"] for row in world.errors(receipt)] == ["DUP-001"]


def test_a_resend_comes_in_any_transaction_shape(world: World) -> None:
    """Header first, lines first or together: the door is open again, and the end is the same."""
    for shape in Shape:
        document = RECEIPT.again(shape.name, receipt_no=shape.name)
        world.wms.send(document, shape)
    documents = [RECEIPT.again(shape.name, receipt_no=shape.name) for shape in Shape]
    retired(world, *documents)
    for shape, document in zip(Shape, documents, strict=True):
        world.wms.send(document, shape)
    world.drain()
    assert {world.state(document) for document in documents} == {"duplicate"}
    assert len(world.ledger()) == len(Shape)


def test_what_was_sent_twice_and_retired_twice_is_known_a_third_time(world: World) -> None:
    """The first of them stands; each has its own row in memory and archive."""
    world.wms.send(RECEIPT)
    [number] = retired(world, RECEIPT)
    for _ in range(2):
        world.wms.send(RECEIPT)
        world.drain()
        assert world.status(RECEIPT)["duplicate_of"] == number
        assert world.retire().total == 1
    rows = world.wms.read_view("message_status", "seq", message_id=RECEIPT.message_id)
    assert [row["state"] for row in rows] == ["applied", "duplicate", "duplicate"]
    assert moved(world) == [("receipt_purchase", "A", "", "", "unrestricted", 5)]


def test_a_discarded_message_that_was_retired_makes_room_for_its_number(world: World) -> None:
    """Under another message_id it is processed; under its own it stays what it was."""
    wrong = RECEIPT.again("wrong").with_line(1, qty=-5)
    world.wms.send(wrong)
    world.drain()
    world.admin.connection.execute(
        b"UPDATE staging.message SET state = 'discarded', finished_at = now() WHERE seq = %s",
        (world.status(wrong)["seq"],),
    )
    [number] = retired(world, wrong)
    world.wms.send(wrong)
    world.wms.send(RECEIPT)
    world.drain()
    assert (world.state(RECEIPT), world.state(wrong)) == ("applied", "duplicate")
    assert world.status(wrong)["duplicate_of"] == number


def test_a_message_that_was_never_judged_is_hashed_too(world: World) -> None:
    """Held and discarded before anybody looked at it."""
    with world.wms.transaction():
        world.wms.send(RECEIPT)
        world.wms.send(RECEIPT.again("other", receipt_no="R2"))
    run = world.admin.connection.execute
    run(b"UPDATE staging.message SET state = 'held' WHERE message_id = 'other'")
    run(
        b"UPDATE staging.message SET state = 'discarded', finished_at = now()"
        b" WHERE message_id = 'other'"
    )
    other = RECEIPT.again("other", receipt_no="R2")
    retired(world, RECEIPT, other)
    world.wms.send(other)
    changed = RECEIPT.with_line(1, qty=6)
    world.wms.send(changed)
    world.drain()
    assert (world.state(other), world.state(changed)) == ("duplicate", "error")


def test_a_retired_fact_is_reversed_exactly_and_once(world: World) -> None:
    """From the ledger; the order gets back what it had given; a second reversal is STA-004."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", 4)]
    )
    retired(world, receipt)
    reversal = world.wms.reverse("goods_receipt", "R2", of="R1", warehouse="W1")
    world.drain()
    assert world.state(reversal) == "applied"
    assert world.stock() == {}
    assert state_of_order(world, "purchase_order", "PO1") == (
        "in_work", {1: ("open", 10, 0, 0, 0, 0, 10)},
    )  # fmt: skip
    retired(world, reversal)
    second = world.wms.reverse("goods_receipt", "R3", of="R1", warehouse="W1")
    of_the_reversal = world.wms.reverse("goods_receipt", "R4", of="R2", warehouse="W1")
    world.drain()
    assert [row["code"] for row in world.errors(second)] == ["STA-004"]
    assert [row["code"] for row in world.errors(of_the_reversal)] == ["STA-003"]
    assert world.stock() == {}


def test_the_reversal_of_a_retired_discarded_fact_is_an_error(world: World) -> None:
    """SEQ-001, as while it was live."""
    wrong = RECEIPT.with_line(1, qty=-5)
    world.wms.send(wrong)
    world.drain()
    world.admin.connection.execute(
        b"UPDATE staging.message SET state = 'discarded', finished_at = now() WHERE seq = %s",
        (world.status(wrong)["seq"],),
    )
    retired(world, wrong)
    reversal = world.wms.reverse("goods_receipt", "R2", of="R1", warehouse="W1")
    world.drain()
    assert [row["code"] for row in world.errors(reversal)] == ["SEQ-001"]


def test_a_reversal_finds_a_fact_that_was_retired_while_it_waited(world: World) -> None:
    """It waits for the number, whoever tells that it is there."""
    reversal = world.wms.reverse("goods_receipt", "R2", of="R1", warehouse="W1")
    world.drain()
    assert world.state(reversal) == "waiting"
    world.wms.send(RECEIPT)
    world.drain()
    assert world.state(reversal) == "applied"
    assert world.stock() == {}


@pytest.mark.parametrize("change", ["cancel", "close", "revision", "fact", "refusal"])
def test_an_order_lives_on_after_its_release_is_retired(world: World, change: str) -> None:
    """What was accepted counts as accepted: changes are forwarded, facts are booked."""
    order = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    retired(world, order)
    if change == "cancel":
        sent = world.erp.cancel("sales_order", "SO1", warehouse="W1")
    elif change == "close":
        sent = world.erp.cancel("sales_order", "SO1", warehouse="W1", action="close")
    elif change == "revision":
        sent = world.erp.sales_order("SO1", warehouse="W1", revision=2, lines=[("A", 6)])
    elif change == "fact":
        world.wms.initial_load("I1", warehouse="W1", lines=[("A", 10)])
        sent = world.wms.shipment(
            "S1", warehouse="W1", order=("sales_order", "SO1"), lines=[("A", 10)]
        )
    else:
        sent = world.wms.order_response(
            "RS1", warehouse="W1", order=("sales_order", "SO1"), revision=1, response="refused",
            reason_code="NO",
        )  # fmt: skip
    world.drain()
    if change in ("cancel", "revision"):
        assert world.state(sent) == "waiting"
        world.answer_everything()
    expected = {
        "cancel": ("applied", "cancelled"), "close": ("applied", "closed"),
        "revision": ("applied", "in_work"), "fact": ("applied", "completed"),
        "refusal": ("error", "in_work"),
    }  # fmt: skip
    state, lines = state_of_order(world, "sales_order", "SO1")
    assert (world.state(sent), state) == expected[change]
    if change == "revision":
        assert lines == {1: ("open", 6, 0, 0, 0, 0, 6)}
    if change == "refusal":
        assert [row["code"] for row in world.errors(sent)] == ["DUP-002"]


def test_an_older_revision_gives_way_to_a_retired_newer_one(world: World) -> None:
    """It is superseded by the number that the archive has."""
    newer = world.erp.sales_order("SO1", warehouse="W1", revision=2, lines=[("A", 6)])
    [number] = retired(world, newer)
    older = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    row = status(world.erp, older)
    assert (row["state"], row["superseded_by"]) == ("superseded", number)


def test_a_recount_after_its_count_is_retired_needs_a_higher_position(world: World) -> None:
    """The counted position stays in the book; proof asks the memory when the count ended."""
    world.wms.initial_load("I1", warehouse="W1", seq=1, lines=[("A", 10)])
    count = world.wms.stock_count("C1", warehouse="W1", through=1, seq=2, lines=[("A", 8)])
    retired(world, count)
    lower = world.wms.stock_count("C2", warehouse="W1", through=0, lines=[("A", 7)])
    higher = world.wms.stock_count("C3", warehouse="W1", through=2, lines=[("A", 9)])
    world.drain()
    assert (world.state(lower), world.state(higher)) == ("error", "applied")
    assert world.stock() == {StockKey("W1", "A"): 9}


def test_lines_that_come_after_their_message_was_retired_have_no_effect(world: World) -> None:
    """They stand in the backlog, then leave with a warning on the message that they meant."""
    document = RECEIPT.again(RECEIPT.message_id, line_count=1)
    world.wms.send(document)
    [number] = retired(world, document)
    extra = [{**row, "line_no": n} for row in line_rows(RECEIPT) for n in (1, 2)]
    world.wms.insert("goods_receipt_line", extra)
    world.drain()
    assert world.retire().late == 0, "a resend may still bring their header"
    world.admin.connection.execute(
        b"UPDATE staging.line SET received_at = received_at - interval '1 hour'"
    )
    [row] = world.admin.read("SELECT * FROM ops.backlog")
    assert (row["state"], row["doc_type"], row["message_count"]) == (
        "no header", "goods_receipt", 1,
    )  # fmt: skip

    assert world.retire().late == 2
    assert world.admin.read("SELECT * FROM staging.line") == []
    assert world.admin.read("SELECT * FROM ops.backlog") == []
    assert moved(world) == [("receipt_purchase", "A", "", "", "unrestricted", 5)]
    warnings = world.wms.read_view("message_error", "line_no", seq=number)
    assert [(e["line_no"], e["code"], e["severity"]) for e in warnings] == [
        (1, "SYN-010", "warning"), (2, "SYN-010", "warning"),
    ]  # fmt: skip
    assert [
        (e["seq"], e["code"], e["state"]) for e in world.admin.read("SELECT * FROM ops.error")
    ] == [(number, "SYN-010", "applied")] * 2
    assert world.retire().late == 2, "the warnings follow"
    assert world.wms.read_view("message_error", "line_no", seq=number) == warnings


def test_lines_of_a_resend_wait_for_their_header(world: World) -> None:
    """A resend in several transactions is not taken for late lines, whatever the sweep sees."""
    world.wms.send(RECEIPT)
    retired(world, RECEIPT)
    world.wms.insert("goods_receipt_line", line_rows(RECEIPT))
    world.drain()
    world.retire()
    header = RECEIPT.again(RECEIPT.message_id, line_count=1)
    world.wms.insert("goods_receipt", [dict(header.header)])
    world.drain()
    assert world.state(RECEIPT) == "duplicate"


def test_a_resend_whose_lines_do_not_come_is_no_duplicate(world: World) -> None:
    """Without its lines it says something else."""
    world.wms.send(RECEIPT)
    retired(world, RECEIPT)
    header = RECEIPT.again(RECEIPT.message_id, line_count=1)
    world.wms.insert("goods_receipt", [dict(header.header)])
    world.drain()
    assert world.state(RECEIPT) == "received"
    world.pass_limits()
    world.drain()
    assert world.state(RECEIPT) == "error"
    assert {row["code"] for row in world.errors(RECEIPT)} == {"DUP-001", "SYN-007"}


def test_codes_of_a_system_do_not_change_what_it_said(mapped: World) -> None:
    """Content is what was sent, before mapping; a resend after the map changed is a duplicate."""
    receipt = mapped.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "100A", "qty": 5, "reason_code": "10"}]
    )
    retired(mapped, receipt)
    mapped.erp.code_map("WMS1", "item", "100A", "B", version=2)
    mapped.drain()
    mapped.wms.send(receipt)
    mapped.drain()
    assert mapped.state(receipt) == "duplicate"
