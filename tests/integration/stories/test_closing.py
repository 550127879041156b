"""Closing an order: nothing more will come, and what if it does."""

from __future__ import annotations

from tests.support.story import Story


def test_the_erp_closes_an_order_of_which_a_part_came(story: Story) -> None:
    """What is not done becomes short; what is done stays."""
    story.erp_orders("PO-1", "40 BOLT", "5 NUT")
    story.wms_receives("GR-1", "30 BOLT at DOCK", order="PO-1")
    story.erp_closes("PO-1")

    story.expect_order(
        "PO-1", "closed",
        "1 BOLT short: 40 ordered, 30 done, 10 short", "2 NUT short: 5 ordered, 5 short",
    )  # fmt: skip
    story.expect_ledger("receipt_purchase BOLT +30 at DOCK for PO-1/1")
    story.expect_stock("30 BOLT at DOCK")
    story.expect_wms_inbox(
        "purchase_order PO-1: 40 PCE BOLT; 5 PCE NUT (withdrawn)", "purchase_order PO-1 close"
    )
    story.expect_erp_inbox("goods_receipt GR-1: 30 PCE BOLT at DOCK")


def test_the_warehouse_says_that_nothing_more_will_come(story: Story) -> None:
    """A final receipt closes the order short; lines of which nothing came are short as well."""
    story.erp_orders("PO-1", "40 BOLT", "5 NUT")
    story.wms_receives("GR-1", "30 BOLT at DOCK", order="PO-1", final=True)

    story.expect_order(
        "PO-1", "closed",
        "1 BOLT short: 40 ordered, 30 done, 10 short", "2 NUT short: 5 ordered, 5 short",
    )  # fmt: skip
    story.expect_ledger("receipt_purchase BOLT +30 at DOCK for PO-1/1")
    story.expect_stock("30 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT; 5 PCE NUT")
    story.expect_erp_inbox("goods_receipt GR-1 final: 30 PCE BOLT at DOCK")


def test_a_final_word_without_goods(story: Story) -> None:
    """Nothing was found for the order: a final shipment without lines closes it short."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", order="SO-1", final=True)

    story.expect_order("SO-1", "closed", "1 BOLT short: 40 ordered, 40 short")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1 final")


def test_the_missing_pallet_comes_after_all(story: Story) -> None:
    """A receipt after the close lowers what was short; the line ends completed."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "30 BOLT at DOCK", order="PO-1", final=True)
    story.wms_receives("GR-2", "10 BOLT at DOCK", order="PO-1")

    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger(
        "receipt_purchase BOLT +30 at DOCK for PO-1/1",
        "receipt_purchase BOLT +10 at DOCK for PO-1/1",
    )
    story.expect_stock("40 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "goods_receipt GR-1 final: 30 PCE BOLT at DOCK", "goods_receipt GR-2: 10 PCE BOLT at DOCK"
    )


def test_the_final_receipt_was_a_mistake(story: Story) -> None:
    """Taking the final receipt back opens the order again."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "30 BOLT at DOCK", order="PO-1", final=True)
    story.wms_reverses("GR-2", of="GR-1")

    story.expect_order("PO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_ledger(
        "receipt_purchase BOLT +30 at DOCK for PO-1/1",
        "receipt_purchase BOLT -30 at DOCK for PO-1/1 reversing",
    )
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "goods_receipt GR-1 final: 30 PCE BOLT at DOCK", "goods_receipt GR-2 reverse"
    )


def test_cancel_and_close_at_the_same_time(story: Story) -> None:
    """Two clerks, one order, no goods yet: at the same revision cancel beats close."""
    for number, acts in (("PO-1", "cancel close"), ("PO-2", "close cancel")):
        story.erp_orders(number, "40 BOLT")
        with story.crossdock_down():
            for act in acts.split():
                if act == "cancel":
                    story.erp_cancels(number, revision=1)
                else:
                    story.erp_closes(number, revision=1)

    cancelled = ("cancelled", "1 BOLT cancelled: 40 ordered, 40 cancelled")
    story.expect_order("PO-1", *cancelled)
    story.expect_order("PO-2", *cancelled)
    story.expect_all_applied_but("purchase_order PO-1 close: superseded")
    story.expect_wms_inbox(
        "purchase_order PO-1: 40 PCE BOLT (withdrawn)",
        "purchase_order PO-2: 40 PCE BOLT (withdrawn)",
    )
