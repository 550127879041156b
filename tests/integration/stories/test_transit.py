"""Under way: trucks that turn back, that bring more than was sent, and what was sent by mistake."""

from __future__ import annotations

from tests.support.story import Story

OUT = (
    "issue_transfer BOLT -40 at A-01 for TO-1/1",
    "issue_transfer BOLT +40 in_transit for TO-1/1",
)
SENT = ("transfer_order TO-1: 40 PCE BOLT", "transfer_order TO-1 in W3: 40 PCE BOLT")
UNSENT = "transfer_order TO-1 in W3: -40 PCE BOLT"
SHIPMENT = "shipment SH-1: 40 PCE BOLT at A-01"
DONE = ("completed", "1 BOLT completed: 40 ordered, 40 done")


def _shipped(story: Story) -> None:
    story.stock("100 BOLT at A-01")
    story.erp_orders("TO-1", "40 BOLT", to="W3")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="TO-1")


def test_the_truck_turns_back(story: Story) -> None:
    """The shipment is taken back on the way: the destination is told the opposite of its notice."""
    _shipped(story)
    story.wms_reverses("SH-2", of="SH-1")

    story.expect_order("TO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_order("TO-1", "cancelled", "1 BOLT cancelled: 0 ordered", warehouse="W3")
    story.expect_ledger(
        *OUT, "issue_transfer BOLT +40 at A-01 for TO-1/1 reversing",
        "issue_transfer BOLT -40 in_transit for TO-1/1 reversing",
    )  # fmt: skip
    story.expect_wms_inbox(*SENT, UNSENT)
    story.expect_erp_inbox(SHIPMENT, "shipment SH-2 reverse")


def test_more_arrives_than_was_sent(story: Story) -> None:
    """The destination books what came; what was in transit falls below zero, and somebody must look."""
    _shipped(story)
    story.wms_receives("GR-1", "45 BOLT at DOCK", order="TO-1", warehouse="W3")
    story.expect_all_applied_but("transit_receipt GR-1: waiting for stock W1 BOLT in_transit")
    story.expect_stock("40 BOLT in_transit", "45 BOLT at DOCK in W3", "60 BOLT at A-01")
    story.hours_pass(1)

    story.expect_all_applied_but()
    story.expect_stock("-5 BOLT in_transit", "45 BOLT at DOCK in W3", "60 BOLT at A-01")
    story.expect_order("TO-1", *DONE)
    story.expect_order(
        "TO-1", "completed", "1 BOLT completed: 40 ordered, 45 done, 5 over", warehouse="W3"
    )
    story.expect_ledger(
        *OUT, "receipt_transfer BOLT -45 in_transit for TO-1/1",
        "receipt_transfer BOLT +45 at DOCK in W3 for TO-1/1",
    )  # fmt: skip
    story.expect_tasks(
        "QTY-006 transit_receipt GR-1 line 1, TO-1, 45 BOLT:"
        " stock would fall below zero: 40 is there, 45 is needed"
    )
    story.expect_wms_inbox(*SENT)
    story.expect_erp_inbox(SHIPMENT, "goods_receipt GR-1 in W3: 45 PCE BOLT at DOCK")


def test_a_shipment_is_taken_back_that_has_arrived(story: Story) -> None:
    """Both warehouses say that they have the goods: transit shows the contradiction below zero."""
    _shipped(story)
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="TO-1", warehouse="W3")
    story.wms_reverses("SH-2", of="SH-1")
    story.expect_all_applied_but("shipment SH-2 reverse: waiting for stock W1 BOLT in_transit")
    story.hours_pass(1)

    story.expect_all_applied_but()
    story.expect_stock("-40 BOLT in_transit", "100 BOLT at A-01", "40 BOLT at DOCK in W3")
    story.expect_order("TO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_order(
        "TO-1", "completed", "1 BOLT completed: 0 ordered, 40 done, 40 over", warehouse="W3"
    )
    story.expect_ledger(
        *OUT, "receipt_transfer BOLT -40 in_transit for TO-1/1",
        "issue_transfer BOLT +40 at A-01 for TO-1/1 reversing",
        "issue_transfer BOLT -40 in_transit for TO-1/1 reversing",
        "receipt_transfer BOLT +40 at DOCK in W3 for TO-1/1",
    )  # fmt: skip
    story.expect_tasks(
        "QTY-006 shipment SH-2 reverse line 1:"
        " stock would fall below zero: 0 is there, 40 is needed"
    )
    story.expect_wms_inbox(*SENT, UNSENT)
    story.expect_erp_inbox(
        SHIPMENT, "shipment SH-2 reverse", "goods_receipt GR-1 in W3: 40 PCE BOLT at DOCK"
    )


def test_a_transfer_is_cancelled_while_a_part_is_under_way(story: Story) -> None:
    """The rest does not leave; what is under way arrives, and both ends are done."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("TO-1", "40 BOLT", to="W3")
    story.wms_ships("SH-1", "25 BOLT at A-01", order="TO-1")
    story.erp_cancels("TO-1")
    story.wms_accepts("TO-1")
    story.wms_receives("GR-1", "25 BOLT at DOCK", order="TO-1", warehouse="W3")

    story.expect_order("TO-1", "completed", "1 BOLT completed: 40 ordered, 25 done, 15 cancelled")
    story.expect_order("TO-1", "completed", "1 BOLT completed: 25 ordered, 25 done", warehouse="W3")
    story.expect_errors(
        "transfer_order TO-1 cancel line 1: STA-008 the warehouse kept the line at 25, not 0"
    )
    story.expect_ledger(
        "issue_transfer BOLT -25 at A-01 for TO-1/1", "issue_transfer BOLT +25 in_transit for TO-1/1",
        "receipt_transfer BOLT -25 in_transit for TO-1/1",
        "receipt_transfer BOLT +25 at DOCK in W3 for TO-1/1",
    )  # fmt: skip
    story.expect_stock("25 BOLT at DOCK in W3", "75 BOLT at A-01")
    story.expect_wms_inbox(
        "transfer_order TO-1: 40 PCE BOLT", "transfer_order TO-1 cancel (accepted)",
        "transfer_order TO-1 in W3: 25 PCE BOLT",
    )  # fmt: skip
    story.expect_erp_inbox(
        "shipment SH-1: 25 PCE BOLT at A-01", "goods_receipt GR-1 in W3: 25 PCE BOLT at DOCK"
    )
