"""Reversals: a fact is taken back once, wholly, whichever of the two comes first."""

from __future__ import annotations

from tests.support.story import Story


def test_a_receipt_is_taken_back(story: Story) -> None:
    """The exact opposite is posted and the order is open again."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")
    story.wms_reverses("GR-2", of="GR-1")

    story.expect_order("PO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1",
        "receipt_purchase BOLT -40 at DOCK for PO-1/1 reversing",
    )
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK", "goods_receipt GR-2 reverse")


def test_a_receipt_with_a_blocked_part_is_taken_back(story: Story) -> None:
    """Free and blocked stock go out as they came in, whatever the tolerance would say today."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "45 BOLT at DOCK", order="PO-1")
    story.wms_reverses("GR-2", of="GR-1")

    story.expect_order("PO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1",
        "receipt_purchase BOLT +5 at DOCK blocked for PO-1/1",
        "receipt_purchase BOLT -40 at DOCK for PO-1/1 reversing",
        "receipt_purchase BOLT -5 at DOCK blocked for PO-1/1 reversing",
    )
    story.expect_tasks(
        "QTY-005 goods_receipt GR-1 line 1, PO-1, 5 BOLT:"
        " more than the order line allows: 45 above 40 (done moot)"
    )
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "goods_receipt GR-1: 40 PCE BOLT at DOCK; 5 PCE BOLT at DOCK blocked",
        "goods_receipt GR-2 reverse",
    )


def test_the_reversal_comes_first(story: Story) -> None:
    """A reversal waits for the fact that it takes back; together they leave nothing."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_reverses("GR-2", of="GR-1")
    story.expect_all_applied_but(
        "goods_receipt GR-2 reverse: waiting for fact WMS1 goods_receipt W1 GR-1"
    )
    story.expect_errors(
        "goods_receipt GR-2 reverse: REF-006 the fact GR-1 to reverse is not applied"
    )
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")

    story.expect_all_applied_but()
    story.expect_errors()
    story.expect_order("PO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1",
        "receipt_purchase BOLT -40 at DOCK for PO-1/1 reversing",
    )
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK", "goods_receipt GR-2 reverse")


def test_a_fact_is_taken_back_once_only(story: Story) -> None:
    """A second reversal under another number is an error; a resend of the first is a duplicate."""
    story.stock("100 BOLT at A-01")
    story.wms_ships("SH-1", "40 BOLT at A-01 because SAMPLE")
    first = story.wms_reverses("SH-2", of="SH-1")
    story.wms_reverses("SH-3", of="SH-1")
    story.sends_again(first)

    story.expect_all_applied_but("shipment SH-3 reverse: error", "shipment SH-2 reverse: duplicate")
    story.expect_errors("shipment SH-3 reverse: STA-004 the fact SH-1 is reversed already")
    story.expect_ledger("issue_sales BOLT -40 at A-01", "issue_sales BOLT +40 at A-01 reversing")
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01", "shipment SH-2 reverse")


def test_the_goods_are_gone_when_the_receipt_is_taken_back(story: Story) -> None:
    """A reversal waits for stock as every fact does; then it is posted below zero, and asked about."""
    story.wms_receives("GR-1", "40 BOLT at DOCK because SAMPLE")
    story.wms_ships("SH-1", "40 BOLT at DOCK because SAMPLE")
    story.wms_reverses("GR-2", of="GR-1")
    story.expect_all_applied_but(
        "goods_receipt GR-2 reverse: waiting for stock W1 BOLT DOCK unrestricted"
    )
    story.expect_errors(
        "goods_receipt GR-2 reverse line 1: QTY-006 stock would fall below zero: 0 is there, 40 is needed"
    )
    story.hours_pass(1)

    story.expect_all_applied_but()
    story.expect_errors()
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK", "issue_sales BOLT -40 at DOCK",
        "receipt_purchase BOLT -40 at DOCK reversing",
    )  # fmt: skip
    story.expect_stock("-40 BOLT at DOCK")
    story.expect_tasks(
        "QTY-006 goods_receipt GR-2 reverse line 1:"
        " stock would fall below zero: 0 is there, 40 is needed"
    )
    story.expect_erp_inbox(
        "goods_receipt GR-1: 40 PCE BOLT at DOCK", "shipment SH-1: 40 PCE BOLT at DOCK",
        "goods_receipt GR-2 reverse",
    )  # fmt: skip


def test_an_earlier_receipt_is_taken_back_after_the_final_one(story: Story) -> None:
    """The order stays closed: the final receipt still says that nothing more will come."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "10 BOLT at DOCK", order="PO-1")
    story.wms_receives("GR-2", "20 BOLT at DOCK", order="PO-1", final=True)
    story.wms_reverses("GR-3", of="GR-1")

    story.expect_order("PO-1", "closed", "1 BOLT short: 40 ordered, 20 done, 20 short")
    story.expect_ledger(
        "receipt_purchase BOLT +10 at DOCK for PO-1/1",
        "receipt_purchase BOLT +20 at DOCK for PO-1/1",
        "receipt_purchase BOLT -10 at DOCK for PO-1/1 reversing",
    )
    story.expect_stock("20 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "goods_receipt GR-1: 10 PCE BOLT at DOCK", "goods_receipt GR-2 final: 20 PCE BOLT at DOCK",
        "goods_receipt GR-3 reverse",
    )  # fmt: skip


def test_a_shipment_from_before_the_count_is_taken_back(story: Story) -> None:
    """The goods stand on the shelf again after the count: the reversal adds to what was counted."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_ships("SH-1", "30 BOLT at A-01 because SAMPLE", seq=2)
    story.wms_counts("CT-1", "69 BOLT at A-01", through=2)
    story.wms_reverses("SH-2", of="SH-1", seq=3)

    story.expect_ledger(
        "issue_sales BOLT -30 at A-01", "count_loss BOLT -1 at A-01",
        "issue_sales BOLT +30 at A-01 reversing",
    )  # fmt: skip
    story.expect_stock("99 BOLT at A-01")
    story.expect_erp_inbox(
        "shipment SH-1: 30 PCE BOLT at A-01", "stock_count CT-1: 69 PCE BOLT at A-01",
        "shipment SH-2 reverse",
    )  # fmt: skip


def test_a_count_cannot_be_taken_back(story: Story) -> None:
    """Who counted wrong counts again."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_counts("CT-1", "90 BOLT at A-01", through=1)
    story.wms_reverses("CT-2", of="CT-1")

    story.expect_all_applied_but("stock_count CT-2 reverse: error")
    story.expect_errors("stock_count CT-2 reverse: STA-003 stock_count CT-1 cannot be reversed")
    story.expect_ledger("count_loss BOLT -10 at A-01")
    story.expect_stock("90 BOLT at A-01")
    story.expect_erp_inbox("stock_count CT-1: 90 PCE BOLT at A-01")
