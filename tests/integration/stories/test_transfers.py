"""Transfers between two warehouses: what left the one and has not reached the other is in transit."""

from __future__ import annotations

from tests.support.story import Story


def _shipped(story: Story, qty: int = 40) -> None:
    story.stock("100 BOLT at A-01")
    story.erp_orders("TO-1", "40 BOLT", to="W3")
    story.wms_ships("SH-1", f"{qty} BOLT at A-01", order="TO-1")


OUT = (
    "issue_transfer BOLT -40 at A-01 for TO-1/1",
    "issue_transfer BOLT +40 in_transit for TO-1/1",
)
SENT = ("transfer_order TO-1: 40 PCE BOLT", "transfer_order TO-1 in W3: 40 PCE BOLT")
SHIPMENT = "shipment SH-1: 40 PCE BOLT at A-01"


def test_goods_go_from_one_warehouse_to_the_other(story: Story) -> None:
    """Between the two warehouses the goods are in transit, in the books of the source."""
    _shipped(story)
    story.expect_stock("40 BOLT in_transit", "60 BOLT at A-01")
    story.expect_order("TO-1", "released", "1 BOLT open: 40 ordered, 40 open", warehouse="W3")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="TO-1", warehouse="W3")

    story.expect_stock("40 BOLT at DOCK in W3", "60 BOLT at A-01")
    story.expect_order("TO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_order("TO-1", "completed", "1 BOLT completed: 40 ordered, 40 done", warehouse="W3")
    story.expect_ledger(
        *OUT, "receipt_transfer BOLT -40 in_transit for TO-1/1",
        "receipt_transfer BOLT +40 at DOCK in W3 for TO-1/1",
    )  # fmt: skip
    story.expect_wms_inbox(*SENT)
    story.expect_erp_inbox(SHIPMENT, "goods_receipt GR-1 in W3: 40 PCE BOLT at DOCK")


def test_a_carton_is_lost_on_the_way(story: Story) -> None:
    """The receiving warehouse closes its order short; the source writes off what is still in transit."""
    _shipped(story)
    story.wms_receives("GR-1", "35 BOLT at DOCK", order="TO-1", warehouse="W3", final=True)
    story.expect_stock("35 BOLT at DOCK in W3", "5 BOLT in_transit", "60 BOLT at A-01")
    story.wms_adjusts("AD-1", "-5 BOLT in_transit line 1", because="WRITE_OFF", order="TO-1")

    story.expect_stock("35 BOLT at DOCK in W3", "60 BOLT at A-01")
    story.expect_order("TO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_order(
        "TO-1", "closed", "1 BOLT short: 40 ordered, 35 done, 5 short", warehouse="W3"
    )
    story.expect_ledger(
        *OUT, "receipt_transfer BOLT -35 in_transit for TO-1/1",
        "adjustment BOLT -5 in_transit for TO-1/1",
        "receipt_transfer BOLT +35 at DOCK in W3 for TO-1/1",
    )  # fmt: skip
    story.expect_wms_inbox(*SENT)
    story.expect_erp_inbox(
        SHIPMENT, "stock_adjustment AD-1: -5 PCE BOLT in_transit",
        "goods_receipt GR-1 final in W3: 35 PCE BOLT at DOCK",
    )  # fmt: skip


def test_the_truck_is_faster_than_its_message(story: Story) -> None:
    """The receipt waits for the shipment's message; what arrived can only have been sent."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("TO-1", "40 BOLT", to="W3")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="TO-1", warehouse="W3")
    story.expect_all_applied_but(
        "goods_receipt GR-1 in W3: waiting for order W3 transit_notice TO-1"
    )
    story.wms_ships("SH-1", "40 BOLT at A-01", order="TO-1")

    story.expect_all_applied_but()
    story.expect_stock("40 BOLT at DOCK in W3", "60 BOLT at A-01")
    story.expect_order("TO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_order("TO-1", "completed", "1 BOLT completed: 40 ordered, 40 done", warehouse="W3")
    story.expect_ledger(
        *OUT, "receipt_transfer BOLT -40 in_transit for TO-1/1",
        "receipt_transfer BOLT +40 at DOCK in W3 for TO-1/1",
    )  # fmt: skip
    story.expect_wms_inbox(*SENT)
    story.expect_erp_inbox(SHIPMENT, "goods_receipt GR-1 in W3: 40 PCE BOLT at DOCK")


def test_two_trucks_for_one_transfer(story: Story) -> None:
    """Each shipment announces itself at the destination; both together are the order there."""
    _shipped(story, 25)
    story.wms_ships("SH-2", "15 BOLT at A-01", order="TO-1")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="TO-1", warehouse="W3")

    story.expect_stock("40 BOLT at DOCK in W3", "60 BOLT at A-01")
    story.expect_order("TO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_order("TO-1", "completed", "1 BOLT completed: 40 ordered, 40 done", warehouse="W3")
    story.expect_ledger(
        "issue_transfer BOLT -25 at A-01 for TO-1/1", "issue_transfer BOLT +25 in_transit for TO-1/1",
        "issue_transfer BOLT -15 at A-01 for TO-1/1", "issue_transfer BOLT +15 in_transit for TO-1/1",
        "receipt_transfer BOLT -40 in_transit for TO-1/1",
        "receipt_transfer BOLT +40 at DOCK in W3 for TO-1/1",
    )  # fmt: skip
    story.expect_wms_inbox(
        "transfer_order TO-1: 40 PCE BOLT", "transfer_order TO-1 in W3: 25 PCE BOLT",
        "transfer_order TO-1 in W3: 15 PCE BOLT",
    )  # fmt: skip
    story.expect_erp_inbox(
        "shipment SH-1: 25 PCE BOLT at A-01", "shipment SH-2: 15 PCE BOLT at A-01",
        "goods_receipt GR-1 in W3: 40 PCE BOLT at DOCK",
    )  # fmt: skip


def test_a_receipt_at_the_destination_is_taken_back(story: Story) -> None:
    """The goods are in transit again, and the destination expects them."""
    _shipped(story)
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="TO-1", warehouse="W3")
    story.wms_reverses("GR-2", of="GR-1", warehouse="W3")

    story.expect_stock("40 BOLT in_transit", "60 BOLT at A-01")
    story.expect_order("TO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_order("TO-1", "in_work", "1 BOLT open: 40 ordered, 40 open", warehouse="W3")
    story.expect_ledger(
        *OUT, "receipt_transfer BOLT -40 in_transit for TO-1/1",
        "receipt_transfer BOLT +40 in_transit for TO-1/1",
        "receipt_transfer BOLT +40 at DOCK in W3 for TO-1/1",
        "receipt_transfer BOLT -40 at DOCK in W3 for TO-1/1 reversing",
    )  # fmt: skip
    story.expect_wms_inbox(*SENT)
    story.expect_erp_inbox(
        SHIPMENT,
        "goods_receipt GR-1 in W3: 40 PCE BOLT at DOCK",
        "goods_receipt GR-2 reverse in W3",
    )
