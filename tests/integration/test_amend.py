"""Amend: a corrected version beside the original, held until it is released."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.reading import SOME_TIME, inbox, moved, state_of_order, status, told
from tests.integration.repairing import Dba, dba_of
from tests.integration.working import give_up_waiting
from tests.support.builders import Document
from tests.support.builders_send import header_row, line_rows
from tests.support.builders_wms import WmsDocuments
from tests.support.builders_world import StockKey, World


@pytest.fixture
def dba(world: World) -> Iterator[Dba]:
    """Give a login that is a member of crossdock_dba."""
    with dba_of(world) as made:
        yield made


def _bad_receipt(world: World, number: str = "R1", **more: object) -> Document:
    """Send a receipt of two lines, the second in a unit that nobody knows."""
    told = {"reason_code": "X"}
    bad = world.wms.goods_receipt(
        number, warehouse="W1",
        lines=[{"item_code": "A", "qty": 2, **told}, {"item_code": "A", "qty": -3, **told}],
        occurred_at="2025-03-03 10:00:00+00", attributes={"truck": 7}, **more,
    )  # fmt: skip
    world.drain()
    assert world.state(bad) == "error"
    return bad


def test_the_original_stays_and_a_corrected_version_is_held(world: World, dba: Dba) -> None:
    """Both are linked, the sender sees both, and only the release has an effect."""
    bad = _bad_receipt(world)
    seq = dba.seq(bad)
    made = dba.amend(bad, 2, "qty", "3", "typed a minus")

    assert status(world.wms, bad) == {
        "seq": seq, "message_id": bad.message_id, "doc_type": "goods_receipt", "doc_no": "R1",
        "state": "superseded", "superseded_by": made, "attempts": 0,
        "received_at": SOME_TIME, "finished_at": SOME_TIME,
    }  # fmt: skip
    [version] = world.wms.read_view("message_status", "seq", seq=made)
    assert told(version) == {
        "seq": made, "message_id": f"{bad.message_id}~1", "doc_type": "goods_receipt",
        "doc_no": "R1", "state": "held", "attempts": 0, "received_at": SOME_TIME,
    }  # fmt: skip
    lines = world.wms.read_view("goods_receipt_line", "message_id, line_no")
    assert [(row["message_id"], row["line_no"], row["qty"]) for row in lines] == [
        (bad.message_id, 1, 2), (bad.message_id, 2, -3),
        (f"{bad.message_id}~1", 1, 2), (f"{bad.message_id}~1", 2, 3),
    ]  # fmt: skip
    header = dba.message(made)
    for column in ("attributes", "occurred_at", "received_at", "lane", "doc_key", "sender"):
        assert header[column] == dba.message(seq)[column]
    assert (header["amended_from"], header["actor"]) == (seq, dba.login)
    assert world.findings(bad) == []
    assert dba.event(seq) == ("error", "superseded", dba.login, "typed a minus")
    assert dba.event(made) == ("received", "held", dba.login, "typed a minus")

    world.drain()
    assert world.stock() == {}
    dba.act("release", made)
    world.drain()
    assert dba.message(made)["state"] == "applied"
    assert world.stock() == {StockKey("W1", "A"): 5}
    [entry] = dba.sender.read("SELECT detail FROM ops.audit WHERE action = 'amend'")
    assert entry["detail"] == {
        "line_no": 2, "column_name": "qty", "old": "-3", "new": "3", "version": made,
    }  # fmt: skip


def test_a_held_version_is_corrected_further_in_place(world: World, dba: Dba) -> None:
    """Every change is audited with the value before and after."""
    bad = _bad_receipt(world)
    made = dba.amend(bad, 2, "qty", "4")
    assert dba.amend(made, 2, "qty", "3") == made
    assert dba.amend(made, None, "occurred_at", None) == made
    assert dba.amend(made, 1, "stock_status", "quality") == made
    dba.act("release", made)
    world.drain()
    assert moved(world) == [
        ("receipt_purchase", "A", "", "", "quality", 2),
        ("receipt_purchase", "A", "", "", "unrestricted", 3),
    ]
    rows = dba.sender.read("SELECT seq, detail FROM ops.audit WHERE action = 'amend' ORDER BY 1")
    assert [(row["seq"], row["detail"]["column_name"], row["detail"]["old"]) for row in rows] == [
        (dba.seq(bad), "qty", "-3"), (made, "qty", "4"),
        (made, "occurred_at", "2025-03-03T10:00:00+00:00"), (made, "stock_status", None),
    ]  # fmt: skip


def test_a_version_that_fails_again_is_amended_again(world: World, dba: Dba) -> None:
    """`~2` beside `~1`; the chain is linked, and the last one is no duplicate of the first."""
    bad = _bad_receipt(world)
    first = dba.amend(bad, 2, "qty", "0")
    dba.act("release", first)
    world.drain()
    assert dba.message(first)["state"] == "error"
    second = dba.amend(first, 2, "qty", "3")
    assert dba.message(second)["message_id"] == f"{bad.message_id}~2"
    assert dba.message(first)["superseded_by"] == second
    dba.act("release", second)
    world.drain()
    assert dba.message(second)["state"] == "applied"
    assert world.stock() == {StockKey("W1", "A"): 5}


@pytest.mark.parametrize("state", ["waiting", "held"])
def test_messages_that_are_not_in_error_are_amended_too(world: World, dba: Dba, state: str) -> None:
    """What a waiting one waited for is forgotten."""
    wrong = world.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "AA", "qty": 1, "reason_code": "X"}]
    )
    if state == "waiting":
        world.drain()
    else:
        dba.act("hold", wrong)
    made = dba.amend(wrong, 1, "item_code", "A")
    assert world.admin.read("SELECT * FROM staging.wait_key") == []
    dba.act("release", made)
    world.drain()
    assert dba.message(made)["state"] == "applied"
    world.erp.item("AA")
    world.drain()
    assert world.state(wrong) == "superseded"


def test_a_resend_meets_the_version_and_not_the_original(world: World, dba: Dba) -> None:
    """While it is held a resend waits behind it; then its content is a duplicate, another DUP."""
    bad = _bad_receipt(world)
    made = dba.amend(bad, 2, "qty", "3")
    wrong = world.wms.emit(bad.again("wrong"))
    good = world.wms.emit(bad.with_line(2, qty=3).again("good"))
    world.drain()
    assert (world.state(wrong), world.state(good)) == ("received", "received")
    dba.act("release", made)
    world.drain()
    assert status(world.wms, good)["duplicate_of"] == made
    assert "DUP-001" in {f.code for f in world.findings(wrong)}
    assert world.stock() == {StockKey("W1", "A"): 5}


def test_when_a_version_is_discarded_the_key_is_free(world: World, dba: Dba) -> None:
    """As with any message that was given up: the sender may say the same again."""
    bad = _bad_receipt(world)
    made = dba.amend(bad, 2, "qty", "3")
    back = world.wms.reverse("goods_receipt", "R1-", of="R1", warehouse="W1")
    world.drain()
    assert world.state(back) == "waiting"
    dba.act("discard", made)
    world.drain()
    assert [f.code for f in world.findings(back)] == ["SEQ-001"]
    again = world.wms.emit(bad.with_line(2, qty=3).again("again"))
    world.drain()
    assert world.state(again) == "applied"


def test_a_senders_own_correction_replaces_a_version_in_error(world: World, dba: Dba) -> None:
    """Error gives way, whoever made the message."""
    bad = _bad_receipt(world)
    made = dba.amend(bad, 2, "qty", "0")
    dba.act("release", made)
    world.drain()
    good = world.wms.emit(bad.with_line(2, qty=3).again("good"))
    world.drain()
    assert world.state(good) == "applied"
    assert (dba.message(made)["state"], dba.message(made)["superseded_by"]) == (
        "superseded", dba.seq(good),
    )  # fmt: skip


def test_a_request_is_amended_by_the_contracts_names(world: World, dba: Dba) -> None:
    """supplier_code, order_no, revision: the sender's words, whatever the tables call them."""
    order = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 5)], supplier_code="SUPP")
    world.drain()
    made = dba.amend(order, None, "supplier_code", "SUP")
    dba.amend(made, None, "revision", "2")
    dba.act("release", made)
    world.drain()
    assert dba.message(made)["state"] == "applied"
    [row] = inbox(world.wms, doc_type="purchase_order")
    assert (row["doc_no"], row["revision"]) == ("PO1", 2)


def test_the_warehouse_changes_on_the_header_and_its_lines(world: World, dba: Dba) -> None:
    """A document belongs to one warehouse: it moves to the other lane as a whole."""
    wrong = world.wms.goods_receipt(
        "R1", warehouse="W9", lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}]
    )
    give_up_waiting(world)
    made = dba.amend(wrong, None, "warehouse_code", "W2")
    assert dba.message(made)["lane"] == "W2"
    dba.act("release", made)
    world.drain()
    assert world.stock() == {StockKey("W2", "A"): 1}


def test_line_count_may_be_amended_to_what_arrived(world: World, dba: Dba) -> None:
    """Also where header and lines came in transactions of their own without it."""
    receipt = WmsDocuments("unsent").goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}]
    )
    world.wms.insert("goods_receipt", [header_row(receipt)])
    world.wms.insert("goods_receipt_line", line_rows(receipt))
    world.drain()
    assert world.state(receipt) == "error"
    made = dba.amend(receipt, None, "line_count", "1")
    dba.act("release", made)
    world.drain()
    assert world.stock() == {StockKey("W1", "A"): 1}


def test_an_unread_question_is_asked_anew_in_the_corrected_version(world: World, dba: Dba) -> None:
    """The first question is withdrawn; one that was read cannot be amended."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.wms.take()
    world.drain()
    less = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 4)], revision=2)
    world.drain()
    made = dba.amend(less, 1, "qty", "6")
    dba.act("release", made)
    world.drain()
    rows = inbox(world.wms, doc_type="sales_order", revision=2)
    assert [row["state"] for row in rows] == ["withdrawn", "pending"]
    world.wms.answer(rows[1]["delivery_id"], "taken")
    assert dba.refused("amend", made, 1, "qty", "7").sqlstate == "55000"
    world.wms.answer(rows[1]["delivery_id"], "accepted")
    world.drain()
    assert state_of_order(world, "sales_order", "SO1")[1][1][1] == 6


@pytest.mark.parametrize(
    ("line_no", "column", "value", "sqlstate", "words"),
    [
        (2, "qty", "three", "22P02", "qty takes a numeric"),
        (2, "expires_on", "31.02.2026", "22P02", "expires_on takes a date"),
        (2, "order_line_no", "99999999999", "22P02", "order_line_no takes a integer"),
        (None, "is_final", "perhaps", "22P02", "is_final takes a boolean"),
        (None, "occurred_at", "yesterdayish", "22P02", "occurred_at takes a timestamp"),
        (None, "attributes", "{", "22P02", "attributes takes a jsonb"),
        (2, "qty", "-3.0", "22023", 'qty is "-3.0" already'),
        (None, "message_id", "x", "22023", "message_id is no column"),
        (None, "state", "applied", "22023", "state is no column"),
        (None, "doc_no", "R2", "22023", "doc_no is no column"),
        (None, "qty", "3", "22023", "in its header"),
        (2, "line_no", "3", "22023", "in its line"),
        (None, None, "3", "22023", "null is no column"),
        (7, "qty", "3", "P0002", "has no line 7"),
    ],
)  # fmt: skip
def test_what_cannot_be_amended_is_refused_in_clear_words(
    world: World, dba: Dba, line_no: int | None, column: str, value: str, sqlstate: str, words: str
) -> None:
    """The type is named, the columns that may be amended are listed; nothing is changed."""
    bad = _bad_receipt(world)
    error = dba.refused("amend", bad, line_no, column, value)
    assert error.sqlstate == sqlstate
    assert words in str(error)
    if "no column" in words:
        assert "qty" in (error.diag.message_hint or "") or line_no is None
        assert "warehouse_code" in (error.diag.message_hint or "")
    assert world.state(bad) == "error"
    assert dba.audit() == []


def test_a_long_message_id_still_finds_room_for_its_version(world: World, dba: Dba) -> None:
    """The door takes 200 characters; the next free number is taken."""
    long = "x" * 200
    bad = _bad_receipt(world, message_id=long)
    world.wms.goods_receipt("R2", warehouse="W1", message_id=f"{long[:190]}~1")
    made = dba.amend(bad, 2, "qty", "3")
    assert dba.message(made)["message_id"] == f"{long[:190]}~2"
