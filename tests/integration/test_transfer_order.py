"""Transfers: two lanes, in transit between them, no transaction that joins the two."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.integration.reading import (
    SOME_TIME,
    W1,
    W3,
    inbox,
    moved,
    order_lines,
    promised,
    received,
    sent,
    state_of_order,
    status,
)
from tests.integration.working import give_up_waiting
from tests.support.builders_world import StockKey, World

HEADER = {
    "warehouse_code": "W1", "order_no": "TO1", "revision": 1, "to_warehouse_code": "W3",
    "requested_ship_at": datetime(2026, 3, 9, 12, tzinfo=UTC), "note": "overnight",
    "attributes": {"lane": 9},
}  # fmt: skip
LINES = (
    {"line_no": 1, "item_code": "A", "qty": 5, "uom": "BOX"},
    {"line_no": 2, "item_code": "L", "qty": 6, "uom": "PCE", "lot_no": "K1"},
)  # fmt: skip
ORDER = ("transfer_order", "TO1")


def _stock(world: World) -> None:
    world.wms.initial_load(
        "I1", warehouse="W1", lines=[("A", 100), {"item_code": "L", "qty": 30, "lot_no": "K1"}]
    )


def _release(world: World) -> None:
    _stock(world)
    world.erp.build("transfer_order", HEADER, LINES)
    world.drain()


def test_a_transfer_order_is_read_at_the_source(world: World) -> None:
    """Reserved at the source, expected at the destination, which has nothing to read yet."""
    _stock(world)
    order = world.erp.build("transfer_order", HEADER, LINES)
    world.drain()

    number = status(world.erp, order)["seq"]
    assert sent(world.erp, order) == (
        {"message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "transfer_order", **HEADER},
        [{"message_id": "E-1", "warehouse_code": "W1", "doc_type": "transfer_order", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.wms1, doc_type="transfer_order") == [{
        "delivery_id": W1 + 1, "warehouse_code": "W1", "doc_type": "transfer_order",
        "doc_no": "TO1", "revision": 1, "action": "upsert", "message_id": "E-1",
        "delivered_at": SOME_TIME, "state": "pending",
    }]  # fmt: skip
    assert received(world.wms1, "transfer_order") == [(
        {"delivery_id": W1 + 1, "message_id": "E-1", "seq": number, "action": "upsert",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", **line} for line in LINES],
    )]  # fmt: skip
    assert inbox(world.wms2, doc_type="transfer_order") == []
    common = {"warehouse_code": "W1", "order_type": "transfer_order", "order_no": "TO1",
              "revision": 1, "state": "released", "uom": "PCE", "done_qty": 0,
              "cancelled_qty": 0, "short_qty": 0, "over_qty": 0,
              "state_of_line": "open"}  # fmt: skip
    assert order_lines(world, *ORDER) == [
        {**common, "line_no": 1, "item_code": "A", "ordered_qty": 60, "open_qty": 60},
        {**common, "line_no": 2, "item_code": "L", "ordered_qty": 6, "open_qty": 6},
    ]
    assert promised(world.erp, "A") == (100, 0, 60, 0, 40)
    assert promised(world.erp, "A", "W3") == (0, 0, 0, 60, 0)


def test_a_shipment_puts_the_goods_in_transit_and_tells_the_destination(world: World) -> None:
    """In transit is a balance of the source; the destination reads a transfer order of its own."""
    _release(world)
    world.wms1.take(1, "transfer_order")
    shipment = world.wms1.shipment(
        "S1", warehouse="W1", order=ORDER, source_seq=2,
        lines=[{"item_code": "A", "qty": 4, "uom": "BOX"},
               {"item_code": "L", "qty": 6, "lot_no": "K1"}],
    )  # fmt: skip
    world.drain()

    assert world.state(shipment) == "applied"
    assert moved(world, "W1")[2:] == [
        ("issue_transfer", "A", "", "", "unrestricted", -48),
        ("issue_transfer", "A", "", "", "in_transit", 48),
        ("issue_transfer", "L", "K1", "", "unrestricted", -6),
        ("issue_transfer", "L", "K1", "", "in_transit", 6),
    ]
    assert world.stock() == {
        StockKey("W1", "A"): 52, StockKey("W1", "A", status="in_transit"): 48,
        StockKey("W1", "L", "K1"): 24, StockKey("W1", "L", "K1", status="in_transit"): 6,
    }  # fmt: skip
    assert state_of_order(world, *ORDER) == ("in_work", {
        1: ("open", 60, 48, 0, 0, 0, 12), 2: ("completed", 6, 6, 0, 0, 0, 0),
    })  # fmt: skip
    [(header, lines)] = received(world.wms2, "transfer_order")
    assert header == {
        "delivery_id": W3 + 1, "message_id": header["message_id"], "seq": header["seq"],
        "warehouse_code": "W3", "action": "upsert", "order_no": "TO1", "revision": 1,
        "to_warehouse_code": "W3", "delivered_at": SOME_TIME,
        "attributes": {"from_warehouse_code": "W1", "seq": status(world.wms1, shipment)["seq"]},
    }  # fmt: skip
    assert lines == [
        {"warehouse_code": "W3", "line_no": 1, "item_code": "A", "qty": 48, "uom": "PCE"},
        {"warehouse_code": "W3", "line_no": 2, "item_code": "L", "qty": 6, "uom": "PCE",
         "lot_no": "K1"},
    ]  # fmt: skip
    assert state_of_order(world, *ORDER, "W3") == ("released", {
        1: ("open", 48, 0, 0, 0, 0, 48), 2: ("open", 6, 0, 0, 0, 0, 6),
    })  # fmt: skip
    assert promised(world.erp, "A") == (52, 48, 12, 0, 40)


def test_a_receipt_takes_the_goods_out_of_transit(world: World) -> None:
    """The destination books its receipt; the source's lane is told and empties the transit."""
    _release(world)
    world.wms1.shipment(
        "S1", warehouse="W1", order=ORDER, final=True,
        lines=[("A", 60), {"item_code": "L", "qty": 6, "lot_no": "K1"}],
    )  # fmt: skip
    world.drain()
    receipt = world.wms2.goods_receipt(
        "R1", warehouse="W3", order=ORDER,
        lines=[{"item_code": "A", "qty": 5, "uom": "BOX", "location_code": "DOCK"},
               {"item_code": "L", "qty": 6, "lot_no": "K1", "stock_status": "quality"}],
    )  # fmt: skip
    world.drain()

    assert world.state(receipt) == "applied"
    assert moved(world, "W3") == [
        ("receipt_transfer", "A", "", "DOCK", "unrestricted", 60),
        ("receipt_transfer", "L", "K1", "", "quality", 6),
    ]
    assert moved(world, "W1")[-2:] == [
        ("receipt_transfer", "A", "", "", "in_transit", -60),
        ("receipt_transfer", "L", "K1", "", "in_transit", -6),
    ]
    assert world.stock() == {
        StockKey("W1", "A"): 40, StockKey("W1", "L", "K1"): 24,
        StockKey("W3", "A", location="DOCK"): 60, StockKey("W3", "L", "K1", status="quality"): 6,
    }  # fmt: skip
    assert state_of_order(world, *ORDER)[0] == "completed"
    assert state_of_order(world, *ORDER, "W3")[0] == "completed"
    assert promised(world.erp, "A", "W3") == (60, 0, 0, 0, 60)


def test_a_receipt_before_the_shipment_was_told_waits_for_it(world: World) -> None:
    """The truck was faster than the message: the order of the destination is waited for."""
    _release(world)
    receipt = world.wms2.goods_receipt("R1", warehouse="W3", order=ORDER, lines=[("A", 60)])
    world.drain()
    assert world.state(receipt) == "waiting"
    world.wms1.shipment("S1", warehouse="W1", order=ORDER, lines=[("A", 60)])
    world.drain()
    assert world.state(receipt) == "applied"
    assert world.stock("W3") == {StockKey("W3", "A"): 60}


def test_what_is_lost_on_the_way_is_written_off_at_the_source(world: World) -> None:
    """Shipped = in transit + received + written off."""
    _release(world)
    world.wms1.shipment("S1", warehouse="W1", order=ORDER, lines=[("A", 60)])
    world.drain()
    world.wms2.goods_receipt("R1", warehouse="W3", order=ORDER, lines=[("A", 57)])
    world.drain()
    assert world.stock("W1")[StockKey("W1", "A", status="in_transit")] == 3
    written_off = world.wms1.stock_adjustment(
        "ADJ1", warehouse="W1", order=ORDER, reason="WRITE_OFF",
        lines=[{"item_code": "A", "qty": -3, "stock_status": "in_transit", "order_line_no": 1}],
    )  # fmt: skip
    world.drain()
    assert world.state(written_off) == "applied"
    assert StockKey("W1", "A", status="in_transit") not in world.stock("W1")
    assert world.ledger("W1")[-1]["order_no"] == "TO1"


def test_two_shipments_add_up_at_the_destination(world: World) -> None:
    """Each one is a delivery; the expected quantity is their sum."""
    _release(world)
    for number, qty in (("S1", 20), ("S2", 40)):
        world.wms1.shipment(number, warehouse="W1", order=ORDER, lines=[("A", qty)])
        world.drain()
    assert [len(lines) for _, lines in received(world.wms2, "transfer_order")] == [1, 1]
    assert state_of_order(world, *ORDER, "W3")[1] == {1: ("open", 60, 0, 0, 0, 0, 60)}


def test_a_reversed_shipment_takes_the_notice_back(world: World) -> None:
    """What was announced and not received is not expected any more."""
    _release(world)
    world.wms1.shipment("S1", warehouse="W1", order=ORDER, lines=[("A", 60)])
    world.drain()
    world.wms1.reverse("shipment", "S1-R", of="S1", warehouse="W1")
    world.drain()
    assert world.stock("W1") == {StockKey("W1", "A"): 100, StockKey("W1", "L", "K1"): 30}
    assert state_of_order(world, *ORDER)[1][1] == ("open", 60, 0, 0, 0, 0, 60)
    assert state_of_order(world, *ORDER, "W3") == (
        "cancelled", {1: ("cancelled", 0, 0, 0, 0, 0, 0)},
    )  # fmt: skip


def test_what_was_taken_back_before_the_destination_heard_of_it_is_cancelled(
    world: World,
) -> None:
    """Both notices come in one batch: what they say together is nothing, and that is an end."""
    _release(world)
    world.wms.reverse("shipment", "S2", of="S1", warehouse="W1")
    world.drain()
    world.wms.shipment("S1", warehouse="W1", order=ORDER, lines=[("A", 20)])
    world.drain()
    assert state_of_order(world, *ORDER, "W3") == (
        "cancelled", {1: ("cancelled", 0, 0, 0, 0, 0, 0)},
    )  # fmt: skip


def test_a_final_receipt_stands_when_a_shipment_is_taken_back(world: World) -> None:
    """Four of ten came and nothing more will: with six announced two are short, and still ended."""
    _release(world)
    for number, qty in (("S1", 6), ("S2", 4)):
        world.wms1.shipment(number, warehouse="W1", order=ORDER, lines=[("A", qty)])
    world.drain()
    world.wms2.goods_receipt("R1", warehouse="W3", order=ORDER, lines=[("A", 4)], final=True)
    world.drain()
    world.wms1.reverse("shipment", "S2-R", of="S2", warehouse="W1")
    world.drain()
    assert state_of_order(world, *ORDER, "W3") == ("closed", {1: ("short", 6, 4, 0, 2, 0, 0)})


def test_a_transfer_between_two_warehouses_of_one_wms(world: World) -> None:
    """The same system reads it twice: once for each warehouse."""
    world.wms1.initial_load("I1", warehouse="W1", lines=[("A", 10)])
    world.erp.transfer_order("TO2", warehouse="W1", to="W2", lines=[("A", 10)])
    world.drain()
    world.wms1.shipment("S1", warehouse="W1", order=("transfer_order", "TO2"), lines=[("A", 10)])
    world.drain()
    world.wms1.goods_receipt(
        "R1", warehouse="W2", order=("transfer_order", "TO2"), lines=[("A", 10)]
    )
    world.drain()
    assert world.stock() == {StockKey("W2", "A"): 10}
    assert [row["warehouse_code"] for row in inbox(world.wms1, doc_type="transfer_order")] == [
        "W1", "W2",
    ]  # fmt: skip


def test_a_receipt_for_what_was_taken_back_stays_a_decision_at_the_destination(
    world: World,
) -> None:
    """The line is cancelled there: somebody decides, unless the next truck brings word of it."""
    _release(world)
    shipment = world.wms1.shipment("S1", warehouse="W1", order=ORDER, lines=[("A", 12)])
    world.drain()
    world.wms1.reverse(shipment.view, "S2", of="S1", warehouse="W1")
    world.drain()
    receipt = world.wms2.goods_receipt("R1", warehouse="W3", order=ORDER, lines=[("A", 12)])
    give_up_waiting(world)
    assert world.state(receipt) == "applied"
    assert _ended_line_tasks(world) == [("W3", "open")]
    world.wms1.shipment("S3", warehouse="W1", order=ORDER, lines=[("A", 12)])
    world.drain()
    assert _ended_line_tasks(world) == [("W3", "done")]


def _ended_line_tasks(world: World) -> list[tuple[str, str]]:
    return [
        (task["warehouse_code"], task["state"])
        for task in world.tasks()
        if task["code"] == "STA-005"
    ]
