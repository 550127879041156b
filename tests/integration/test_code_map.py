"""Codes of a system: mapped on every message on the way in, and back on the way out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.reading import (
    SOME_TIME,
    all_told,
    errors,
    inbox,
    ledger,
    received,
    sent,
    status,
    told,
)
from tests.support.builders import Document
from tests.support.builders_world import World

CODE = {
    "system_code": "WMS1", "domain": "item", "external_code": "4711", "version": 2,
    "canonical_code": "A", "active": True, "is_default_out": True,
}  # fmt: skip


def test_a_code_is_read_by_the_system_whose_code_it_is(world: World) -> None:
    """The mapping itself is delivered unmapped, and to nobody else."""
    code = world.erp.build("code_map", CODE)
    world.drain()

    number = status(world.erp, code)["seq"]
    assert sent(world.erp, code) == ({
        "message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
        "finished_at": SOME_TIME, "doc_type": "code_map", **CODE,
    }, [])  # fmt: skip
    assert status(world.erp, code)["doc_no"] == "WMS1 item 4711"
    [row] = inbox(world.wms1, message_id="E-1")
    assert row == {
        "delivery_id": row["delivery_id"], "doc_type": "code_map", "doc_no": "WMS1 item 4711",
        "action": "upsert", "message_id": "E-1", "delivered_at": SOME_TIME, "state": "pending",
    }  # fmt: skip
    assert all_told(world.wms1.read_view("code_map", "delivery_id", message_id="E-1")) == [{
        "delivery_id": row["delivery_id"], "message_id": "E-1", "action": "upsert",
        "seq": number, "delivered_at": SOME_TIME, **CODE,
    }]  # fmt: skip
    assert inbox(world.wms2, message_id="E-1") == []


def test_requests_go_out_in_the_codes_of_the_wms(mapped: World) -> None:
    """Item, unit, party, carrier and reason are the receiver's own; the books stay canonical."""
    order = mapped.erp.sales_order(
        "SO1", warehouse="W1", carrier_code="CAR", lines=[("A", 2, "BOX"), ("B", "0.5")]
    )
    mapped.erp.customer_return(
        "CR1", warehouse="W1",
        lines=[{"item_code": "L", "qty": 1, "reason_code": "DAMAGED"}],
    )  # fmt: skip
    mapped.erp.production_order(
        "PR1", warehouse="W1", product=("P", 5, "PCE"), lines=[("C", 3, "BOX")]
    )
    mapped.drain()

    assert sent(mapped.erp, order)[1][0]["item_code"] == "A"
    [(header, lines)] = received(mapped.wms1, "sales_order")
    assert (header["customer_code"], header["carrier_code"]) == ("K1", "DPD")
    assert [(line["item_code"], line["uom"]) for line in lines] == [("100A", "CT"), ("100B", "KG")]
    [(_, [line])] = received(mapped.wms1, "customer_return")
    assert (line["item_code"], line["uom"], line["reason_code"]) == ("100L", "EA", "09")
    [(header, [line])] = received(mapped.wms1, "production_order")
    assert (header["item_code"], header["uom"]) == ("100P", "EA")
    assert (line["item_code"], line["uom"]) == ("100C", "CT")
    assert [row["item_code"] for row in mapped.order("sales_order", "SO1")] == ["A", "B"]


def test_facts_come_in_in_the_codes_of_the_wms(mapped: World) -> None:
    """The ledger, the stock and the ERP's copy have canonical codes."""
    receipt = mapped.wms.goods_receipt(
        "R1", warehouse="W1", carrier_code="DPD", source_seq=1,
        lines=[{"item_code": "100L", "qty": 2, "uom": "CT", "lot_no": "K1", "location_code": "D-1",
                "stock_status": "Q", "reason_code": "10"}],
    )  # fmt: skip
    move = mapped.wms.stock_move(
        "M1", warehouse="W1", source_seq=2,
        lines=[{"item_code": "100L", "qty": 12, "uom": "EA", "lot_no": "K1",
                "from_location_code": "D-1", "from_stock_status": "Q",
                "to_location_code": "B-1", "to_stock_status": "F", "reason_code": "09"}],
    )  # fmt: skip
    mapped.drain()

    assert (mapped.state(receipt), mapped.state(move)) == ("applied", "applied")
    columns = ("item_code", "lot_no", "location_code", "stock_status", "qty", "sent_uom")
    assert [tuple(row[name] for name in columns) for row in ledger(mapped, "W1")] == [
        ("L", "K1", "DOCK", "quality", 12, "BOX"),
        ("L", "K1", "DOCK", "quality", -12, "PCE"),
        ("L", "K1", "BIN1", "unrestricted", 12, "PCE"),
    ]
    [(header, [line])] = received(mapped.erp, "goods_receipt")
    assert header["carrier_code"] == "CAR"
    assert line == {
        "warehouse_code": "W1", "line_no": 1, "item_code": "L", "qty": 2, "uom": "BOX",
        "lot_no": "K1", "location_code": "DOCK", "stock_status": "quality",
        "reason_code": "FOUND",
    }  # fmt: skip
    [(_, [line])] = received(mapped.erp, "stock_move")
    assert line == {
        "warehouse_code": "W1", "line_no": 1, "item_code": "L", "qty": 12, "uom": "PCE",
        "lot_no": "K1", "from_location_code": "DOCK", "from_stock_status": "quality",
        "to_location_code": "BIN1", "to_stock_status": "unrestricted", "reason_code": "DAMAGED",
    }  # fmt: skip


def test_canonical_codes_pass_beside_the_own_ones(mapped: World) -> None:
    """A code that has no mapping passes when it is canonical."""
    receipt = mapped.wms.goods_receipt(
        "R1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 1, "uom": "BOX", "location_code": "DOCK",
                "stock_status": "quality", "reason_code": "FOUND"}],
    )  # fmt: skip
    mapped.drain()
    assert mapped.state(receipt) == "applied"


def test_a_wms_without_maps_uses_canonical_codes(mapped: World) -> None:
    """The codes of WMS1 mean nothing to WMS2."""
    receipt = mapped.wms2.goods_receipt(
        "R1", warehouse="W3", lines=[{"item_code": "100A", "qty": 1, "reason_code": "FOUND"}]
    )
    order = mapped.erp.purchase_order("PO1", warehouse="W3", lines=[("A", 1)])
    mapped.drain()
    assert status(mapped.wms2, receipt)["waiting_for"] == "item:100A"
    assert mapped.state(order) == "applied"
    [(header, [line])] = received(mapped.wms2, "purchase_order")
    assert (header["supplier_code"], line["item_code"]) == ("SUP", "A")


Maker = Callable[[World], Document]


def _receipt(**columns: object) -> Maker:
    line = {"item_code": "100A", "qty": 1, "reason_code": "10", **columns}
    return lambda world: world.wms.goods_receipt("R1", warehouse="W1", lines=[line])


def _move(**columns: object) -> Maker:
    line = {"item_code": "100A", "qty": 1, "from_location_code": "D-1", **columns}
    return lambda world: world.wms.stock_move("M1", warehouse="W1", lines=[line])


@pytest.mark.parametrize(
    ("make", "line_no", "column", "value", "domain"),
    [
        (_receipt(item_code="999"), 1, "item_code", "999", "item"),
        (_receipt(uom="XX"), 1, "uom", "XX", "uom"),
        (_receipt(location_code="Z-9"), 1, "location_code", "Z-9", "location"),
        (_receipt(stock_status="Z"), 1, "stock_status", "Z", "stock_status"),
        (_move(from_location_code="Z-9", to_location_code="B-1"),
         1, "from_location_code", "Z-9", "location"),
        (_move(to_location_code="Z-9"), 1, "to_location_code", "Z-9", "location"),
        (_move(from_stock_status="Z", to_stock_status="F"),
         1, "from_stock_status", "Z", "stock_status"),
        (_move(to_stock_status="Z"), 1, "to_stock_status", "Z", "stock_status"),
        (lambda world: world.wms.shipment(
            "S1", warehouse="W1", carrier_code="UPS",
            lines=[{"item_code": "100A", "qty": 1, "reason_code": "10"}]),
         None, "carrier_code", "UPS", "carrier"),
    ],
    ids=["item", "unit", "location", "status", "move from", "move to", "status from", "status to",
         "carrier"],
)  # fmt: skip
def test_a_code_without_mapping_is_one_error_at_its_column(
    mapped: World, make: Maker, line_no: int | None, column: str, value: str, domain: str
) -> None:
    """MAP-001 at once, without waiting: only the maps can mend it, so nothing else is said."""
    document = make(mapped)
    mapped.drain()
    assert mapped.state(document) == "error"
    assert errors(mapped.wms, document) == [told({
        "line_no": line_no, "column_name": column, "code": "MAP-001", "severity": "error",
        "value": value, "expected": domain,
        "text": f"code {value} has no mapping in the domain {domain}",
        "hint": "add a code_map row, then ops.requeue it, or send the document again under a new message_id", "first_seen_at": SOME_TIME,
    })]  # fmt: skip


def test_several_own_codes_of_one_canonical_come_in_and_the_default_goes_out(
    world: World,
) -> None:
    """The default out is sent; without one the lowest."""
    for external, default in (("9", False), ("5", True), ("3", False)):
        world.erp.code_map("WMS1", "item", external, "A", is_default_out=default)
    for external in ("8", "7"):
        world.erp.code_map("WMS1", "item", external, "B")
    world.drain()
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 1), ("B", 1)])
    for number, external in enumerate(("9", "5", "3"), start=1):
        world.wms.goods_receipt(
            f"R{number}", warehouse="W1",
            lines=[{"item_code": external, "qty": number, "reason_code": "FOUND"}],
        )  # fmt: skip
    world.drain()
    [(_, lines)] = received(world.wms1, "purchase_order")
    assert [line["item_code"] for line in lines] == ["5", "7"]
    assert [(row["item_code"], row["qty"]) for row in world.ledger("W1")] == [
        ("A", 1), ("A", 2), ("A", 3),
    ]  # fmt: skip


def test_a_mapping_put_out_of_use_is_not_used_any_more(mapped: World) -> None:
    """The next lowest active code goes out, and the old one comes in no more."""
    mapped.erp.code_map("WMS1", "item", "100A", "A", version=2, active=False)
    mapped.erp.code_map("WMS1", "item", "200A", "A")
    mapped.drain()
    mapped.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 1)])
    old, new = (
        mapped.wms.goods_receipt(
            f"R{code}", warehouse="W1", lines=[{"item_code": code, "qty": 1, "reason_code": "10"}]
        )
        for code in ("100A", "200A")
    )
    mapped.drain()
    [(_, [line])] = received(mapped.wms1, "purchase_order")
    assert line["item_code"] == "200A"
    assert (mapped.state(old), mapped.state(new)) == ("error", "applied")


def test_master_data_reach_the_wms_in_its_codes(mapped: World) -> None:
    """What it later reads in orders it must find in its master data."""
    mapped.erp.item("A", version=2)
    mapped.erp.item_uom("A", "BOX", 12, version=2)
    mapped.erp.party("SUP", "supplier", version=2)
    mapped.erp.party("CAR", "carrier", version=2)
    mapped.erp.location("W1", "BIN1", version=2)
    mapped.drain()
    read = mapped.wms1.read_view
    assert [row["item_code"] for row in read("item", "delivery_id", version=2)] == ["100A"]
    assert [row["base_uom"] for row in read("item", "delivery_id", version=2)] == ["EA"]
    [unit] = read("item_uom", "delivery_id", version=2)
    assert (unit["item_code"], unit["uom"]) == ("100A", "CT")
    assert [row["party_code"] for row in read("party", "delivery_id", version=2)] == ["V1", "DPD"]
    assert [row["location_code"] for row in read("location", "delivery_id", version=2)] == ["B-1"]
    assert [
        row["item_code"] for row in mapped.wms2.read_view("item", "delivery_id", version=2)
    ] == ["A"]


def test_the_erp_may_have_codes_of_its_own(world: World) -> None:
    """Its requests come in and the facts go back in its codes; WMSs see canonical ones."""
    for domain, external, canonical in (
        ("item", "MAT-1", "A"), ("party", "0000100", "SUP"), ("stock_status", "01", "unrestricted"),
        ("uom", "KAR", "BOX"),
    ):  # fmt: skip
        world.erp.code_map("ERP", domain, external, canonical)
    world.drain()
    world.erp.purchase_order("PO1", warehouse="W1", supplier="0000100", lines=[("MAT-1", 2, "KAR")])
    world.drain()
    world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", 2, "BOX")]
    )
    world.drain()

    [(header, [line])] = received(world.wms1, "purchase_order")
    assert (header["supplier_code"], line["item_code"], line["uom"]) == ("SUP", "A", "BOX")
    [(_, [line])] = received(world.erp, "goods_receipt")
    assert (line["item_code"], line["uom"], line["stock_status"]) == ("MAT-1", "KAR", "01")
    assert [row["item_code"] for row in world.order("purchase_order", "PO1")] == ["A"]
    unknown = world.erp.purchase_order("PO2", warehouse="W1", supplier="999", lines=[("A", 1)])
    world.drain()
    assert [row["code"] for row in errors(world.erp, unknown)] == ["MAP-001"]


def test_same_content_is_told_before_mapping(mapped: World) -> None:
    """A resend in the other code is other content: what was sent is compared, not what it means."""
    line = {"item_code": "100A", "qty": 1, "reason_code": "10"}
    first = mapped.wms.goods_receipt("R1", warehouse="W1", lines=[line])
    mapped.drain()
    again = mapped.wms.send(first.again("again"))
    other = first.again("other").with_line(1, item_code="A")
    mapped.wms.send(other)
    mapped.drain()
    assert again == 2
    assert [mapped.state(first.again(name)) for name in ("again", "other")] == [
        "duplicate", "error",
    ]  # fmt: skip
