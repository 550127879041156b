"""Units of items: exact ratios, after their item."""

from __future__ import annotations

from tests.integration.reading import SOME_TIME, all_told, inbox, sent, status
from tests.support.builders_world import World

UNIT = {
    "item_code": "A", "uom": "LAYER", "version": 2, "numerator": 96, "denominator": 1,
    "gtin": "04012345678918", "active": True, "attributes": {"per": "pallet"},
}  # fmt: skip


def test_every_wms_reads_a_unit_as_the_erp_sent_it(world: World) -> None:
    """The document number of a unit is its item and its code."""
    unit = world.erp.build("item_uom", UNIT)
    world.drain()

    number = status(world.erp, unit)["seq"]
    assert sent(world.erp, unit) == ({
        "message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
        "finished_at": SOME_TIME, "doc_type": "item_uom", **UNIT,
    }, [])  # fmt: skip
    assert status(world.erp, unit)["doc_no"] == "A LAYER"
    for wms in (world.wms1, world.wms2):
        [row] = inbox(wms, message_id="E-1")
        assert row == {
            "delivery_id": row["delivery_id"], "doc_type": "item_uom", "doc_no": "A LAYER",
            "action": "upsert", "message_id": "E-1", "delivered_at": SOME_TIME,
            "state": "pending",
        }  # fmt: skip
        assert all_told(wms.read_view("item_uom", "delivery_id", message_id="E-1")) == [{
            "delivery_id": row["delivery_id"], "message_id": "E-1", "action": "upsert",
            "seq": number, "delivered_at": SOME_TIME, **UNIT,
        }]  # fmt: skip


def test_a_unit_waits_for_its_item_and_goes_on_by_itself(bare: World) -> None:
    """The reference is named, and its arrival releases the unit."""
    unit = bare.erp.item_uom("X1", "BOX", 12)
    bare.drain()
    assert status(bare.erp, unit)["waiting_for"] == "item:X1"

    bare.erp.item("X1")
    bare.drain()
    assert bare.state(unit) == "applied"
    assert [row["doc_type"] for row in inbox(bare.wms1)] == ["item", "item_uom"]


def test_items_and_units_of_one_load_wait_for_nothing(bare: World) -> None:
    """Items are applied before their units, whatever the order in which they were sent."""
    with bare.erp.transaction():
        unit = bare.erp.item_uom("X1", "BOX", 12)
        bare.erp.item("X1")
    bare.drain()
    assert bare.events(unit) == [("received", "applied")]


def test_a_new_ratio_is_used_from_then_on_and_the_old_one_stays_on_the_ledger(
    world: World,
) -> None:
    """The ratio in force is stored on each ledger row."""
    line = [{"item_code": "A", "qty": 2, "uom": "BOX", "reason_code": "FOUND"}]
    world.wms.goods_receipt("R1", warehouse="W1", lines=line)
    world.drain()
    world.erp.item_uom("A", "BOX", 10, version=2)
    world.drain()
    world.wms.goods_receipt("R2", warehouse="W1", lines=line)
    world.drain()

    assert [
        (row["sent_qty"], row["sent_uom"], row["numerator"], row["denominator"], row["qty"])
        for row in world.ledger("W1")
    ] == [(2, "BOX", 12, 1, 24), (2, "BOX", 10, 1, 20)]


def test_a_unit_put_out_of_use_is_not_known_any_more(world: World) -> None:
    """A quantity in it waits for the unit."""
    world.erp.item_uom("A", "BOX", 12, version=2, active=False)
    world.drain()
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1",
        lines=[{"item_code": "A", "qty": 1, "uom": "BOX", "reason_code": "FOUND"}],
    )  # fmt: skip
    world.drain()
    assert status(world.wms, receipt)["waiting_for"] == "item_uom:A BOX"

    world.erp.item_uom("A", "BOX", 12, version=3)
    world.drain()
    assert world.state(receipt) == "applied"
