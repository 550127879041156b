"""Shipments: in parts, too much, without stock, without order."""

from __future__ import annotations

from tests.support.story import Story

SHORT = "stock would fall below zero: {} is there, {} is needed"


def test_an_order_leaves_on_two_trucks(story: Story) -> None:
    """The rest stays open as a back order until the second truck has left."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "25 BOLT at A-01", order="SO-1")
    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 25 done, 15 open")
    story.wms_ships("SH-2", "15 BOLT at A-01", order="SO-1")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger(
        "issue_sales BOLT -25 at A-01 for SO-1/1", "issue_sales BOLT -15 at A-01 for SO-1/1"
    )
    story.expect_stock("60 BOLT at A-01")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "shipment SH-1: 25 PCE BOLT at A-01", "shipment SH-2: 15 PCE BOLT at A-01"
    )


def test_the_rest_is_not_coming(story: Story) -> None:
    """A final shipment below the order closes it short; the ERP makes a new order if it wants."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "25 BOLT at A-01", order="SO-1", final=True)

    story.expect_order("SO-1", "closed", "1 BOLT short: 40 ordered, 25 done, 15 short")
    story.expect_ledger("issue_sales BOLT -25 at A-01 for SO-1/1")
    story.expect_stock("75 BOLT at A-01")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1 final: 25 PCE BOLT at A-01")


def test_more_is_shipped_than_ordered(story: Story) -> None:
    """The goods are gone: it is posted as it happened, and a person decides what to do."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "45 BOLT at A-01", order="SO-1")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 45 done, 5 over")
    story.expect_ledger("issue_sales BOLT -45 at A-01 for SO-1/1")
    story.expect_stock("55 BOLT at A-01")
    story.expect_tasks(
        "QTY-005 shipment SH-1 line 1, SO-1, 5 BOLT: more than the order line allows: 45 above 40"
    )
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 45 PCE BOLT at A-01")


def test_the_shipment_is_faster_than_the_put_away(story: Story) -> None:
    """No stock at the location yet: the shipment waits a little for the move that brings it."""
    story.stock("40 BOLT at DOCK")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")
    story.expect_all_applied_but("shipment SH-1: waiting for stock W1 BOLT A-01 unrestricted")
    story.expect_errors(f"shipment SH-1 line 1: QTY-006 {SHORT.format(0, 40)}")
    story.expect_ledger()
    story.wms_moves("MV-1", "40 BOLT from DOCK to A-01")

    story.expect_all_applied_but()
    story.expect_errors()
    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger(
        "move_location BOLT -40 at DOCK", "move_location BOLT +40 at A-01",
        "issue_sales BOLT -40 at A-01 for SO-1/1",
    )  # fmt: skip
    story.expect_stock()
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "stock_move MV-1: 40 PCE BOLT at DOCK to A-01", "shipment SH-1: 40 PCE BOLT at A-01"
    )


def test_goods_leave_that_the_books_do_not_know(story: Story) -> None:
    """Nothing comes within a quarter of an hour: posted below zero, and a person has to count."""
    story.stock("10 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")
    story.expect_all_applied_but("shipment SH-1: waiting for stock W1 BOLT A-01 unrestricted")
    story.hours_pass(0.5)

    story.expect_all_applied_but()
    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger("issue_sales BOLT -40 at A-01 for SO-1/1")
    story.expect_stock("-30 BOLT at A-01")
    story.expect_tasks(f"QTY-006 shipment SH-1 line 1, SO-1, 40 BOLT: {SHORT.format(10, 40)}")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01")


def test_a_sample_is_given_away(story: Story) -> None:
    """Without an order a reason is enough; nobody is asked."""
    story.stock("10 BOLT at A-01")
    story.wms_ships("SH-1", "2 BOLT at A-01 because SAMPLE")

    story.expect_ledger("issue_sales BOLT -2 at A-01")
    story.expect_stock("8 BOLT at A-01")
    story.expect_erp_inbox("shipment SH-1: 2 PCE BOLT at A-01")


def test_the_wrong_article_was_shipped(story: Story) -> None:
    """Nuts for a line of bolts: posted, the line stays open, a person decides."""
    story.stock("100 BOLT at A-01", "100 NUT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "40 NUT at A-01 line 1", order="SO-1")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_ledger("issue_sales NUT -40 at A-01 for SO-1")
    story.expect_stock("100 BOLT at A-01", "60 NUT at A-01")
    story.expect_tasks("QTY-007 shipment SH-1 line 1, SO-1, 40 NUT: line 1 is not in the order")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 40 PCE NUT at A-01")


def test_the_truck_comes_back(story: Story) -> None:
    """A shipment is taken back: the stock is there again and the order open."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")
    story.wms_reverses("SH-2", of="SH-1")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_ledger(
        "issue_sales BOLT -40 at A-01 for SO-1/1",
        "issue_sales BOLT +40 at A-01 for SO-1/1 reversing",
    )
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01", "shipment SH-2 reverse")
