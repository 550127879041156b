"""Several WMSs, each with its own warehouses; one registered later; one login of another system."""

from __future__ import annotations

import psycopg
import pytest

from tests.integration.reading import SOME_TIME, all_told, errors, inbox, received, status
from tests.support.builders_send import Wms
from tests.support.builders_world import StockKey, World


@pytest.fixture
def world(fresh_world: World) -> World:
    """Give a database of its own: these tests change more than rows."""
    return fresh_world


def _later(world: World, *warehouses: str) -> Wms:
    """Register a third WMS, and return it."""
    login = world.database.register("WMS3", "wms", list(warehouses))
    return Wms(world.database.connect(login), "wms_v1", "H")


def test_each_wms_reads_the_requests_of_its_own_warehouses(world: World) -> None:
    """And sees stock and orders of nobody else."""
    for code in ("W1", "W2", "W3"):
        world.erp.purchase_order(f"PO-{code}", warehouse=code, lines=[("A", 1)])
    world.drain()
    world.wms1.goods_receipt(
        "R1", warehouse="W2", order=("purchase_order", "PO-W2"), lines=[("A", 1)]
    )
    world.wms2.goods_receipt(
        "R1", warehouse="W3", order=("purchase_order", "PO-W3"), lines=[("A", 1)]
    )
    world.drain()

    for wms, codes in ((world.wms1, ["W1", "W2"]), (world.wms2, ["W3"])):
        assert [header["order_no"] for header, _ in received(wms, "purchase_order")] == [
            f"PO-{code}" for code in codes
        ]
        seen = wms.read("SELECT warehouse_code, order_no FROM wms_v1.order_status ORDER BY 1")
        assert [row["warehouse_code"] for row in seen] == codes
        assert {row["warehouse_code"] for row in wms.read("SELECT * FROM wms_v1.stock")} == {
            codes[-1]
        }
    assert world.stock() == {StockKey("W2", "A"): 1, StockKey("W3", "A"): 1}
    assert [row["warehouse_code"] for row in inbox(world.erp)] == ["W2", "W3"]


def test_a_wms_registered_later_gets_all_master_data_in_force(world: World) -> None:
    """Newest versions only, what is out of use too, and of warehouses its own."""
    world.erp.item("A", version=2, description="Plain article, new")
    world.erp.item("C", version=2, active=False)
    world.erp.warehouse("W9", time_zone="Asia/Tokyo", name="Tokyo")
    world.erp.location("W9", "T-1", zone="T")
    world.erp.code_map("WMS3", "reason", "01", "FOUND")
    world.drain()
    wms = _later(world, "W9")
    assert inbox(wms) == []
    world.drain()

    boxes = inbox(wms)
    assert [(row["doc_type"], row["doc_no"]) for row in boxes] == [
        *[("item", code) for code in "BLSP"],
        *[("item_uom", name) for name in
          ("A BOX", "A PAL", "B GRM", "C BOX", "C SET", "L BOX")],
        *[("party", name) for name in ("SUP supplier", "CUS customer", "CAR carrier")],
        ("item", "A"), ("item", "C"), ("warehouse", "W9"), ("location", "W9 T-1"),
        ("code_map", "WMS3 reason 01"),
    ]  # fmt: skip
    assert {row["state"] for row in boxes} == {"pending"}
    items = {row["item_code"]: row for row in wms.read_view("item", "delivery_id")}
    assert (items["A"]["version"], items["A"]["description"]) == (2, "Plain article, new")
    assert items["C"]["active"] is False
    assert items["L"]["shelf_life_days"] == 365
    [place] = wms.read_view("location", "delivery_id")
    assert (place["warehouse_code"], place["zone"]) == ("W9", "T")
    [unit] = [row for row in wms.read_view("item_uom", "delivery_id") if row["uom"] == "SET"]
    assert (unit["item_code"], unit["numerator"], unit["denominator"]) == ("C", 1, 3)
    [warehouse] = wms.read_view("warehouse", "delivery_id")
    assert (warehouse["name"], warehouse["time_zone"]) == ("Tokyo", "Asia/Tokyo")
    [code] = all_told(wms.read_view("code_map", "delivery_id"))
    assert code == {
        "delivery_id": boxes[-1]["delivery_id"], "message_id": boxes[-1]["message_id"],
        "action": "upsert", "seq": code["seq"], "system_code": "WMS3", "domain": "reason",
        "external_code": "01", "version": 1, "canonical_code": "FOUND", "active": True,
        "is_default_out": False, "delivered_at": SOME_TIME,
    }  # fmt: skip


def test_a_wms_registered_later_works_like_the_others(world: World) -> None:
    """Orders reach it, its facts are posted; it gets nothing twice."""
    world.erp.warehouse("W9")
    world.drain()
    wms = _later(world, "W9")
    world.drain()
    count = len(inbox(wms))
    order = world.erp.purchase_order("PO1", warehouse="W9", lines=[("A", 2)])
    world.drain()
    wms.goods_receipt("R1", warehouse="W9", order=("purchase_order", "PO1"), lines=[("A", 2)])
    world.drain()
    assert world.state(order) == "applied"
    assert len(inbox(wms)) == count + 1
    assert world.stock() == {StockKey("W9", "A"): 2}


def test_a_request_for_a_warehouse_without_wms_is_an_error_until_one_is_registered(
    world: World,
) -> None:
    """AUT-002: somebody has to register it; then the request is sent on."""
    world.erp.warehouse("W9")
    order = world.erp.purchase_order("PO1", warehouse="W9", lines=[("A", 2)])
    world.drain()
    assert world.state(order) == "error"
    assert [row["code"] for row in errors(world.erp, order)] == ["AUT-002"]
    wms = _later(world, "W9")
    world.admin.connection.execute(
        b"UPDATE staging.message SET state = 'received', finished_at = NULL WHERE state = 'error'"
    )
    world.drain()
    assert world.state(order) == "applied"
    assert len(received(wms, "purchase_order")) == 1


def test_a_warehouse_that_changes_hands_is_worked_by_its_new_system(world: World) -> None:
    """The old one may not send for it any more."""
    world.admin.connection.execute(
        b"SELECT ops.register_system(%s, 'WMS1', 'wms', '{W1}')", (world.logins.wms1,)
    )
    wms = _later(world, "W2")
    world.erp.purchase_order("PO1", warehouse="W2", lines=[("A", 2)])
    world.drain()
    old = world.wms1.goods_receipt(
        "R1", warehouse="W2", order=("purchase_order", "PO1"), lines=[("A", 2)]
    )
    new = wms.goods_receipt("R1", warehouse="W2", order=("purchase_order", "PO1"), lines=[("A", 2)])
    world.drain()
    assert (world.state(old.again("F-1")), status(wms, new)["state"]) == ("error", "applied")
    assert [row["code"] for row in errors(world.wms1, old)] == ["AUT-001"]
    assert len(received(wms, "purchase_order")) == 1
    assert received(world.wms1, "purchase_order") == []


def test_a_login_without_a_system_sees_and_sends_nothing(world: World) -> None:
    """42501 with a hint for the DBA."""
    login = world.database.create_login("stranger", "crossdock_wms")
    stranger = Wms(world.database.connect(login), "wms_v1", "X")
    for act in (
        lambda: stranger.read("SELECT * FROM wms_v1.inbox"),
        lambda: stranger.goods_receipt("R1", warehouse="W1", lines=[("A", 1)]),
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="no registered system"):
            act()


def test_nobody_reads_or_answers_what_is_for_another(world: World) -> None:
    """Messages, errors, inbox, deliveries: each sees its own; an UPDATE elsewhere hits 0 rows."""
    order = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 2)])
    receipt = world.wms1.goods_receipt("R1", warehouse="W1", lines=[("A", -2)])
    world.drain()
    [delivery] = inbox(world.wms1, doc_type="purchase_order")
    assert world.wms2.answer(delivery["delivery_id"], "taken") == 0
    assert inbox(world.wms1, doc_type="purchase_order")[0]["state"] == "pending"
    assert world.wms2.take(10, "purchase_order") == []
    assert received(world.wms2, "purchase_order") == []
    for reader in (world.wms2, world.erp):
        assert reader.read_view("message_status", "seq", message_id=receipt.message_id) == []
        assert reader.read_view("message_error", "seq", message_id=receipt.message_id) == []
    assert world.wms1.read_view("message_status", "seq", message_id=order.message_id) == []
    assert len(errors(world.wms1, receipt)) > 0
