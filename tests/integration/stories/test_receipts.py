"""Goods receipts: too early, too much, too little, for another order, twice."""

from __future__ import annotations

from tests.support.story import Story

BLOCKED = "more than the order line allows: 45 above 40"


def test_the_truck_is_faster_than_the_order(story: Story) -> None:
    """A receipt before its order waits for it and is then posted on it."""
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")
    story.expect_all_applied_but("goods_receipt GR-1: waiting for order W1 purchase_order PO-1")
    story.expect_errors("goods_receipt GR-1: REF-005 order PO-1 is not known")
    story.hours_pass(0.5)
    story.erp_orders("PO-1", "40 BOLT")

    story.expect_all_applied_but()
    story.expect_errors()
    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger("receipt_purchase BOLT +40 at DOCK for PO-1/1")
    story.expect_stock("40 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK")


def test_the_order_never_comes(story: Story) -> None:
    """After an hour the goods are booked without the order; a person finds out whose they are."""
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")
    story.hours_pass(1.5)

    story.expect_ledger("receipt_purchase BOLT +40 at DOCK")
    story.expect_stock("40 BOLT at DOCK")
    story.expect_tasks(
        "REF-007 goods_receipt GR-1, PO-1: order PO-1 did not come in time; posted without it"
    )
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK")


def test_a_little_more_than_ordered(story: Story) -> None:
    """Within the tolerance of the order line everything is free stock."""
    story.erp_orders("PO-1", "40 BOLT +10%")
    story.wms_receives("GR-1", "44 BOLT at DOCK", order="PO-1")

    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 44 done, 4 over")
    story.expect_ledger("receipt_purchase BOLT +44 at DOCK for PO-1/1")
    story.expect_stock("44 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 44 PCE BOLT at DOCK")


def test_a_little_less_than_ordered(story: Story) -> None:
    """Within the tolerance the line is complete, and the order with it."""
    story.erp_orders("PO-1", "40 BOLT -5%")
    story.wms_receives("GR-1", "38 BOLT at DOCK", order="PO-1")

    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 38 done, 2 short")
    story.expect_ledger("receipt_purchase BOLT +38 at DOCK for PO-1/1")
    story.expect_stock("38 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 38 PCE BOLT at DOCK")


def test_the_supplier_sent_too_much(story: Story) -> None:
    """What is above the tolerance is booked blocked until somebody has agreed with the supplier."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "45 BOLT at DOCK", order="PO-1")

    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 45 done, 5 over")
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1",
        "receipt_purchase BOLT +5 at DOCK blocked for PO-1/1",
    )
    story.expect_stock("40 BOLT at DOCK", "5 BOLT at DOCK blocked")
    story.expect_tasks(f"QTY-005 goods_receipt GR-1 line 1, PO-1, 5 BOLT: {BLOCKED}")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK; 5 PCE BOLT at DOCK blocked")


def test_one_order_in_two_deliveries(story: Story) -> None:
    """What has not come yet stays open; the second truck completes the order."""
    story.erp_orders("PO-1", "40 BOLT", "5 NUT")
    story.wms_receives("GR-1", "30 BOLT at DOCK", "5 NUT at DOCK", order="PO-1")
    story.expect_order(
        "PO-1", "in_work",
        "1 BOLT open: 40 ordered, 30 done, 10 open", "2 NUT completed: 5 ordered, 5 done",
    )  # fmt: skip
    story.wms_receives("GR-2", "10 BOLT at DOCK", order="PO-1")

    story.expect_order(
        "PO-1", "completed",
        "1 BOLT completed: 40 ordered, 40 done", "2 NUT completed: 5 ordered, 5 done",
    )  # fmt: skip
    story.expect_ledger(
        "receipt_purchase BOLT +30 at DOCK for PO-1/1", "receipt_purchase NUT +5 at DOCK for PO-1/2",
        "receipt_purchase BOLT +10 at DOCK for PO-1/1",
    )  # fmt: skip
    story.expect_stock("40 BOLT at DOCK", "5 NUT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT; 5 PCE NUT")
    story.expect_erp_inbox(
        "goods_receipt GR-1: 30 PCE BOLT at DOCK; 5 PCE NUT at DOCK",
        "goods_receipt GR-2: 10 PCE BOLT at DOCK",
    )


def test_two_lines_of_one_article_and_no_line_number(story: Story) -> None:
    """The warehouse does not know the ERP's lines: they are filled in their order, the split shows."""
    story.erp_orders("PO-1", "10 BOLT", "30 BOLT")
    story.wms_receives("GR-1", "25 BOLT at DOCK", order="PO-1")

    story.expect_order(
        "PO-1", "in_work",
        "1 BOLT completed: 10 ordered, 10 done", "2 BOLT open: 30 ordered, 15 done, 15 open",
    )  # fmt: skip
    story.expect_ledger(
        "receipt_purchase BOLT +10 at DOCK for PO-1/1",
        "receipt_purchase BOLT +15 at DOCK for PO-1/2",
    )
    story.expect_stock("25 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 10 PCE BOLT; 30 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 25 PCE BOLT at DOCK")


def test_an_article_that_nobody_ordered(story: Story) -> None:
    """It is there, so it is booked; no order line is filled by it, and a person decides."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "40 BOLT at DOCK", "5 NUT at DOCK", order="PO-1")

    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1", "receipt_purchase NUT +5 at DOCK for PO-1"
    )
    story.expect_stock("40 BOLT at DOCK", "5 NUT at DOCK")
    story.expect_tasks(
        "QTY-007 goods_receipt GR-1 line 2, PO-1, 5 NUT: item NUT is not in the order"
    )
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK; 5 PCE NUT at DOCK")


def test_a_sample_without_an_order(story: Story) -> None:
    """Without an order a reason is enough; nobody is asked."""
    story.wms_receives("GR-1", "3 BOLT at DOCK because SAMPLE")

    story.expect_ledger("receipt_purchase BOLT +3 at DOCK")
    story.expect_stock("3 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 3 PCE BOLT at DOCK")


def test_neither_order_nor_reason(story: Story) -> None:
    """The warehouse is told what is missing; its corrected message takes the place of the first."""
    first = story.wms_receives("GR-1", "3 BOLT at DOCK")
    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors("goods_receipt GR-1 line 1: SYN-001 reason_code is missing")
    story.sends_again(first.with_line(1, reason_code="SAMPLE"))

    story.expect_all_applied_but("goods_receipt GR-1: superseded")
    story.expect_ledger("receipt_purchase BOLT +3 at DOCK")
    story.expect_stock("3 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 3 PCE BOLT at DOCK")


def test_goods_for_a_cancelled_order(story: Story) -> None:
    """The supplier did not hear of the cancel: the goods are here, a person decides."""
    story.erp_orders("PO-1", "40 BOLT")
    story.erp_cancels("PO-1")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")

    story.expect_order(
        "PO-1", "completed", "1 BOLT done_after_cancel: 40 ordered, 40 done, 40 cancelled, 40 over"
    )
    story.expect_ledger("receipt_purchase BOLT +40 at DOCK for PO-1/1")
    story.expect_stock("40 BOLT at DOCK")
    story.expect_tasks(
        "STA-005 goods_receipt GR-1 line 1, PO-1, 40 BOLT: a fact came for a line that is cancelled"
    )
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT (withdrawn)")
    story.expect_erp_inbox("goods_receipt GR-1: 40 PCE BOLT at DOCK")


def test_goods_for_a_completed_order(story: Story) -> None:
    """The order is done: every further piece is above the tolerance, booked blocked, and asked about."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")
    story.wms_receives("GR-2", "5 BOLT at DOCK", order="PO-1")

    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 45 done, 5 over")
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1",
        "receipt_purchase BOLT +5 at DOCK blocked for PO-1/1",
    )
    story.expect_stock("40 BOLT at DOCK", "5 BOLT at DOCK blocked")
    story.expect_tasks(
        "QTY-005 goods_receipt GR-2 line 1, PO-1, 5 BOLT:"
        " more than the order line allows: 5 above 0"
    )
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "goods_receipt GR-1: 40 PCE BOLT at DOCK",
        "goods_receipt GR-2: 5 PCE BOLT at DOCK blocked",
    )


def test_another_system_reports_for_the_warehouse(story: Story) -> None:
    """W1 belongs to one system: what another one reports for it is an error, and nothing is posted."""
    line = {"item_code": "BOLT", "qty": 5, "reason_code": "SAMPLE"}
    story.world.wms2.goods_receipt("GR-1", warehouse="W1", lines=[line])
    story.crossdock_works()

    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors("goods_receipt GR-1: AUT-001 warehouse W1 is not assigned to this sender")
