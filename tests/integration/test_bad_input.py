"""Bad input: whatever a sender writes ends in a state that says what is wrong, and harms nobody."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from schema.contract.v1.documents import BY_NAME, DOCUMENTS, Column
from tests.integration.reading import errors, inbox, moved, received, status
from tests.support.builders import NUMBER, Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_send import Sender
from tests.support.builders_wms import WmsDocuments
from tests.support.builders_world import StockKey, World

E, F = ErpDocuments("x"), WmsDocuments("x")
LINE = {"item_code": "A", "qty": 1, "reason_code": "X"}

#: A good document of every type; orders O1 of all types are there.
GOOD: list[Document] = [
    E.item("X1", description="d"), E.item_uom("A", "X1", 6), E.party("X1", "supplier"),
    E.warehouse("X1"), E.location("W1", "X1"), E.code_map("WMS2", "reason", "X1", "Y1"),
    E.purchase_order("X", warehouse="W1", lines=[("A", 1)]),
    E.sales_order("X", warehouse="W1", lines=[("A", 1)]),
    E.production_order("X", warehouse="W1", product=("P", 1), lines=[("A", 1)]),
    E.transfer_order("X", warehouse="W1", to="W2", lines=[("A", 1)]),
    E.customer_return("X", warehouse="W1", lines=[("A", 1)]),
    E.supplier_return("X", warehouse="W1", lines=[("A", 1)]),
    F.goods_receipt("X", warehouse="W1", order=("purchase_order", "O1"), lines=[LINE]),
    F.shipment("X", warehouse="W1", order=("sales_order", "O1"), lines=[LINE]),
    F.material_issue("X", warehouse="W1", order_no="O1", lines=[("A", 1)]),
    F.production_receipt("X", warehouse="W1", order_no="O1", lines=[("P", 1)]),
    F.stock_move("X", warehouse="W1", lines=[{**LINE, "to_location_code": "BIN1"}]),
    F.stock_adjustment("X", warehouse="W1", lines=[LINE]),
    F.stock_count("X", warehouse="W1", through=1, lines=[("B", 1)]),
    F.order_milestone("X", warehouse="W1", order=("sales_order", "O1"), milestone="picking"),
    F.order_response("X", warehouse="W1", order=("sales_order", "O1"), revision=1,
                     response="accepted", lines=[{"order_line_no": 1, "accepted_qty": 1}]),
    F.stock_snapshot("X", warehouse="W1", through=1, lines=[("A", 1)]),
]  # fmt: skip

#: The column by which a document is told from the next one of its type.
KEY = {
    **NUMBER, "item": "item_code", "item_uom": "uom", "party": "party_code",
    "warehouse": "warehouse_code", "location": "location_code", "code_map": "external_code",
}  # fmt: skip

ODD: dict[str, list[Any]] = {
    "text": [None, "", "   ", "\t", "a\x1fb", "Y" * 201, "'; DROP TABLE staging.message; --",
             "{value} {expected} %s :name \\", "批次 货架①🙂", "item:X", "*"],
    "integer": [None, 0, -1, -(2**31), 2**31 - 1],
    "bigint": [None, 0, -1, -(2**63), 2**63 - 1],
    "boolean": [None, True, False],
    "numeric": [None, 0, -1, Decimal("NaN"), Decimal("Infinity"), Decimal("-Infinity"),
                Decimal("1e-40"), Decimal("1e40"), Decimal("1e130000"), Decimal("0.3333333")],
    "date": [None, "infinity", "-infinity", "4713-01-01 BC", "5874897-12-31"],
    "timestamp with time zone": [
        None, "infinity", "-infinity", "4713-01-01 00:00:00+00 BC", "294276-12-31 23:59:59+00"],
}  # fmt: skip


def _sender(world: World, document: Document) -> Sender:
    return world.erp if "erp" in BY_NAME[document.view].senders[:1] and (
        BY_NAME[document.view].senders != ("erp", "wms")) else world.wms  # fmt: skip


def _odd_ones(document: Document) -> Iterator[Document]:
    """Yield the document with one column changed at a time, under numbers of their own."""
    contract, number = BY_NAME[document.view], KEY[document.view]
    position = 0

    def numbered(changed: dict[str, Any]) -> Document:
        nonlocal position
        position += 1
        name = f"{document.view} {position}"
        own = {} if number in changed else {number: name}
        return document.again(name, **own, **changed)

    envelope = [Column(name, kind, "", "") for name, kind in (
        ("action", "text"), ("line_count", "integer"), ("warehouse_code", "text"))
        if contract.has_warehouse or name != "warehouse_code"]  # fmt: skip
    for column in [*envelope, *contract.header]:
        for value in ODD[column.type]:
            yield numbered({column.name: value})
    if document.lines:
        for column in [*contract.line, Column("line_no", "integer", "", "")]:
            for value in ODD[column.type]:
                if column.name != "line_no" or value is not None:
                    odd = numbered({})
                    lines = ({**document.lines[0], column.name: value}, *document.lines[1:])
                    yield Document(odd.view, odd.header, lines)


@pytest.fixture
def day(world: World) -> World:
    """Have stock, and an open order O1 of every type."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100000), ("C", 100)])
    world.erp.purchase_order("O1", warehouse="W1", lines=[("A", 900)])
    world.erp.sales_order("O1", warehouse="W1", lines=[("A", 900)])
    world.erp.production_order("O1", warehouse="W1", product=("P", 900), lines=[("A", 900)])
    world.drain()
    return world


@pytest.mark.parametrize("document", GOOD, ids=[document.view for document in GOOD])
def test_no_value_of_any_column_is_unexpected(day: World, document: Document) -> None:
    """Each column with each odd value of its type: a state, a finding in words, no SYS, no end.

    The good document among them goes through.
    """
    sender, odd = _sender(day, document), list(_odd_ones(document))
    good = document.again("good", **{KEY[document.view]: "GOOD"})
    if document.view == "stock_count":  # the odd ones count the same balance at other positions
        good = good.with_line(1, lot_no="GOOD")
    with sender.transaction():
        for one in [*odd[: len(odd) // 2], good, *odd[len(odd) // 2 :]]:
            sender.send(one)
    day.drain()

    rows = day.admin.read(
        "SELECT m.message_id, m.state, m.waiting_for, e.code, e.value FROM staging.message AS m"
        " LEFT JOIN staging.message_error AS e ON m.seq = e.seq AND e.resolved_at IS NULL"
        " WHERE m.doc_type = %s AND m.sender <> 'crossdock' AND m.seq >= 30",
        document.view,
    )
    assert [row for row in rows if row["code"] in ("SYS-001", "RES-001")] == []
    assert [row for row in rows if row["state"] in ("received", "retrying")
            and row["waiting_for"] != "lines"] == []  # fmt: skip
    assert [row for row in rows if row["state"] == "error" and row["code"] is None] == []
    assert [row for row in rows if len(row["value"] or "") > 250] == []
    assert len({row["message_id"] for row in rows}) >= len(odd)
    assert day.state(good) == "applied"


@pytest.mark.parametrize("view", [one.name for one in DOCUMENTS if one.senders])
def test_a_message_with_nothing_in_it_is_an_error_that_names_what_is_missing(
    world: World, view: str
) -> None:
    """A header with a message_id alone, and one line with its number alone."""
    contract = BY_NAME[view]
    sender = world.erp if contract.senders[0] == "erp" else world.wms
    with sender.transaction():
        sender.insert(view, [{"message_id": "EMPTY"}])
        if contract.line:
            sender.insert(f"{view}_line", [{"message_id": "EMPTY", "line_no": 1}])
    world.drain()
    document = Document(view, {"message_id": "EMPTY"})
    assert world.state(document) == "error"
    codes = {row["code"] for row in errors(sender, document)}
    assert codes == ({"SYN-001", "STA-002"} if view == "stock_move" else {"SYN-001"})


def _send_many(world: World, message_id: str, lines: int, bad: int | None = None) -> Document:
    """Send a receipt of many lines with two statements, line `bad` without a quantity."""
    header = {"message_id": message_id, "warehouse_code": "W1", "receipt_no": message_id}
    with world.wms.transaction():
        world.wms.insert("goods_receipt", [{**header, "line_count": lines}])
        world.wms.connection.execute(
            b"INSERT INTO wms_v1.goods_receipt_line (message_id, warehouse_code, line_no, item_code,"
            b" qty, reason_code) SELECT %s, 'W1', n, CASE WHEN n %% 2 = 0 THEN 'A' ELSE 'B' END,"
            b" CASE WHEN n = %s THEN NULL ELSE 2 END, 'X' FROM generate_series(1, %s) AS n",
            (message_id, bad, lines),
        )
    return Document("goods_receipt", header)


def test_a_message_of_ten_thousand_lines_is_applied_as_one(world: World) -> None:
    """Whole or not at all; the ERP reads every line."""
    document = _send_many(world, "BIG", 10_000)
    small = world.wms.goods_receipt("SMALL", warehouse="W1", lines=[LINE])
    world.drain()
    assert (world.state(document), world.state(small)) == ("applied", "applied")
    assert world.stock() == {StockKey("W1", "A"): 10_001, StockKey("W1", "B"): 10_000}
    [ledger] = world.admin.read(
        "SELECT count(*) AS n, max(ledger_seq) AS last, sum(qty) AS qty FROM book.ledger"
    )
    assert ledger == {"n": 10_001, "last": 10_001, "qty": 20_001}
    [lines] = world.erp.read("SELECT count(*) AS n, sum(qty) AS qty FROM erp_v1.goods_receipt_line")
    assert lines == {"n": 10_001, "qty": 20_001}


def test_one_bad_line_of_ten_thousand_is_named_and_nothing_is_posted(world: World) -> None:
    """The message is an error; the one beside it goes through."""
    document = _send_many(world, "BIG", 10_000, bad=7_777)
    small = world.wms.goods_receipt("SMALL", warehouse="W1", lines=[LINE])
    world.drain()
    assert (world.state(document), world.state(small)) == ("error", "applied")
    assert [(row["line_no"], row["column_name"], row["code"])
            for row in errors(world.wms, document)] == [(7_777, "qty", "SYN-001")]  # fmt: skip
    assert moved(world) == [("receipt_purchase", "A", "", "", "unrestricted", 1)]


def test_ten_thousand_wrong_lines_are_ten_thousand_findings(world: World) -> None:
    """All errors of a document, whatever their number."""
    with world.wms.transaction():
        header = {"message_id": "BIG", "warehouse_code": "W1", "receipt_no": "BIG"}
        world.wms.insert("goods_receipt", [header])
        world.wms.connection.execute(
            b"INSERT INTO wms_v1.goods_receipt_line (message_id, warehouse_code, line_no, item_code,"
            b" qty, reason_code) SELECT 'BIG', 'W1', n, 'GHOST' || n, -n, 'X'"
            b" FROM generate_series(1, 10000) AS n"
        )
    world.drain()
    found = world.wms.read(
        "SELECT code, severity, count(*) AS n FROM wms_v1.message_error GROUP BY 1, 2 ORDER BY 1"
    )
    assert found == [
        {"code": "QTY-002", "severity": "error", "n": 10_000},
        {"code": "REF-001", "severity": "wait", "n": 10_000},
    ]


def test_a_note_of_ten_megabytes_is_passed_through(world: World) -> None:
    """Free text has no limit of ours; a resend of it is a duplicate."""
    note = "Zeile 行\n" * 1_000_000
    document = world.wms.goods_receipt(
        "R1", warehouse="W1", note=note, attributes={"log": note[:1_000_000]}, lines=[LINE]
    )
    world.drain()
    world.wms.send(document.again("again"))
    world.drain()
    [(header, _)] = received(world.erp, "goods_receipt")
    assert header["note"] == note
    assert header["attributes"] == {"log": note[:1_000_000]}
    assert world.state(document.again("again")) == "duplicate"


def test_blanks_around_codes_are_nothing_and_blanks_inside_are_part_of_them(
    world: World,
) -> None:
    """Trimmed on both sides; two codes that differ inside are two codes."""
    for code in ("A B", "A  B"):
        world.erp.item(f"  {code} ")
    world.drain()
    world.erp.location(" W1 ", " BIN 7 ")
    document = world.wms.goods_receipt(
        "  R 1 ", warehouse=" W1", message_id=" M 1\t",
        lines=[{"item_code": " A B", "qty": 1, "uom": " PCE ", "lot_no": "  ", "reason_code": " X ",
                "location_code": "BIN 7  ", "stock_status": " quality "},
               {"item_code": "A  B ", "qty": 2, "serial_no": " ", "reason_code": "X"}],
    )  # fmt: skip
    world.drain()
    assert world.state(document) == "applied"
    assert world.stock() == {
        StockKey("W1", "A B", location="BIN 7", status="quality"): 1, StockKey("W1", "A  B"): 2,
    }  # fmt: skip
    assert status(world.wms, document)["doc_no"].strip() == "R 1"
    [(header, [line, _])] = received(world.erp, "goods_receipt")
    assert (header["receipt_no"], header["message_id"]) == ("R 1", "M 1")
    assert (line["item_code"], line["reason_code"]) == ("A B", "X")
    assert "lot_no" not in line


@pytest.mark.parametrize(
    "code",
    ["螺栓①", "Ünïcødé", "🙂", "مسمار", "a'b\"c", "x; DROP TABLE book.item; --", "50%", "\\N", "%s",
     ":name", "{value}", "item:Y", "*", "null", "A" * 200],
)  # fmt: skip
def test_every_text_without_control_characters_is_a_code(world: World, code: str) -> None:
    """As item, lot, location, order, party and message id; waited for, and found again."""
    order = world.erp.purchase_order(code, warehouse="W1", supplier=code, lines=[(code, 2)])
    receipt = world.wms.goods_receipt(
        code, warehouse="W1", order=("purchase_order", code), message_id=code,
        lines=[{"item_code": code, "qty": 2, "lot_no": code, "location_code": code}],
    )  # fmt: skip
    world.drain()
    assert status(world.erp, order)["waiting_for"] == f"party:supplier {code}"
    world.erp.item(code)
    world.erp.party(code, "supplier")
    world.erp.location("W1", code)
    world.drain()
    assert (world.state(order), world.state(receipt)) == ("applied", "applied")
    assert world.stock() == {StockKey("W1", code, code, code): 2}
    assert [row["doc_no"] for row in inbox(world.erp)] == [code]


def test_a_warehouse_that_nobody_knows_waits_in_a_lane_of_its_own(world: World) -> None:
    """The lanes that are known go on."""
    strange = [
        world.wms.goods_receipt(f"R{n}", warehouse=f"NOWHERE{n}", lines=[LINE]) for n in range(5)
    ]
    known = world.wms.goods_receipt("R9", warehouse="W1", lines=[LINE])
    world.drain()
    assert world.state(known) == "applied"
    for n, document in enumerate(strange):
        # It is not assigned to the sender either, and that no arrival will mend.
        assert {row["code"] for row in errors(world.wms, document)} == {"REF-002"}
        assert status(world.wms, document)["waiting_for"] == f"warehouse:NOWHERE{n}"


def test_another_senders_document_is_out_of_reach(world: World) -> None:
    """It cannot be reversed, answered, corrected or completed by lines."""
    receipt = world.wms1.goods_receipt("R1", warehouse="W1", lines=[LINE])
    parked = world.wms1.goods_receipt("R2", warehouse="W1", lines=[LINE], line_count=2)
    world.drain()
    foreign = [
        world.wms2.reverse("goods_receipt", "R1-R", of="R1", warehouse="W1"),
        world.wms2.send(receipt.again("steal").with_line(1, qty=99)) and receipt.again("steal"),
    ]
    lines = [{**LINE, "message_id": parked.message_id, "warehouse_code": "W1", "line_no": 2}]
    world.wms2.insert("goods_receipt_line", lines)
    world.drain()
    for document in foreign:
        assert "AUT-001" in {row["code"] for row in errors(world.wms2, document)}
    assert (world.state(receipt), status(world.wms1, parked)["waiting_for"]) == ("applied", "lines")
    assert world.stock() == {StockKey("W1", "A"): 1}


def test_another_senders_warehouse_is_out_of_reach(world: World) -> None:
    """Every kind of fact ends with AUT-001, and posts nothing."""
    facts = [document for document in GOOD if BY_NAME[document.view].senders[0] == "wms"]
    for document in facts:
        world.wms2.send(document)
    world.drain()
    for document in facts:
        assert world.state(document) == "error", document
        assert "AUT-001" in {row["code"] for row in errors(world.wms2, document)}, document
    assert world.ledger() == []


def test_a_sender_cannot_write_what_is_the_synchronizers(world: World) -> None:
    """Neither state nor seq nor sender; a fact cannot be sent as a request's type."""
    header = {"message_id": "M1", "warehouse_code": "W1", "receipt_no": "R1"}
    for column, value in (("state", "applied"), ("seq", 7), ("received_at", "2020-01-01"),
                          ("doc_type", "item")):  # fmt: skip
        with pytest.raises(psycopg.Error) as caught:
            world.wms.insert("goods_receipt", [{**header, column: value}])
        assert caught.value.sqlstate in ("42501", "428C9"), column
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.wms.insert("item", [{"message_id": "M1", "item_code": "X"}])
    assert world.drain().processed == 0


def test_a_value_of_the_wrong_type_fails_at_the_door_and_leaves_nothing(world: World) -> None:
    """With PostgreSQL's message, and the whole transaction of the sender."""
    header = {"message_id": "M1", "warehouse_code": "W1", "receipt_no": "R1"}
    for row in ({**header, "occurred_at": "yesterday noon"}, {**header, "line_count": "many"},
                {**header, "is_final": "perhaps"}, {**header, "message_id": "  "},
                {**header, "message_id": None}, {**header, "message_id": "M" * 201}):  # fmt: skip
        with pytest.raises(psycopg.Error), world.wms.transaction():
            world.wms.insert("goods_receipt_line", [
                {"message_id": "M1", "warehouse_code": "W1", "line_no": 1, **LINE}])  # fmt: skip
            world.wms.insert("goods_receipt", [row])
    assert world.admin.read("SELECT * FROM staging.line") == []
    assert world.drain().processed == 0
