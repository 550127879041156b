"""Waiting: what comes too early waits for one named thing, and nothing else waits with it."""

from __future__ import annotations

from tests.support.story import Story


def test_a_new_article_arrives_before_its_master_data(story: Story) -> None:
    """The receipt waits for the article and goes on by itself."""
    story.wms_receives("GR-1", "10 WASHER at DOCK because SAMPLE")
    story.expect_all_applied_but("goods_receipt GR-1: waiting for item WASHER")
    story.expect_errors("goods_receipt GR-1 line 1: REF-001 item WASHER is not known")
    story.erp_sends("item", item_code="WASHER", base_uom="PCE")

    story.expect_all_applied_but()
    story.expect_errors()
    story.expect_ledger("receipt_purchase WASHER +10 at DOCK")
    story.expect_stock("10 WASHER at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE WASHER at DOCK")


def test_the_master_data_come_after_the_limit(story: Story) -> None:
    """After four hours the receipt is an error that people see; the article still releases it."""
    story.wms_receives("GR-1", "10 WASHER at DOCK because SAMPLE")
    story.hours_pass(5)
    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors("goods_receipt GR-1 line 1: REF-001 item WASHER is not known")
    story.erp_sends("item", item_code="WASHER", base_uom="PCE")

    story.expect_all_applied_but()
    story.expect_errors()
    story.expect_ledger("receipt_purchase WASHER +10 at DOCK")
    story.expect_stock("10 WASHER at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE WASHER at DOCK")


def test_everything_that_is_missing_is_told_at_once(story: Story) -> None:
    """Two unknown articles and an unknown location: three findings, not one after the other."""
    story.wms_receives("GR-1", "10 WASHER at Z-99 because SAMPLE", "5 SCREW at DOCK because SAMPLE")

    story.expect_all_applied_but("goods_receipt GR-1: waiting for item WASHER")
    story.expect_errors(
        "goods_receipt GR-1 line 1: REF-001 item WASHER is not known",
        "goods_receipt GR-1 line 1: REF-004 location Z-99 is not known in the warehouse",
        "goods_receipt GR-1 line 2: REF-001 item SCREW is not known",
    )


def test_one_bad_document_holds_up_nobody(story: Story) -> None:
    """The next receipt is posted while the first waits."""
    story.wms_receives("GR-1", "10 WASHER at DOCK because SAMPLE")
    story.wms_receives("GR-2", "10 BOLT at DOCK because SAMPLE")

    story.expect_all_applied_but("goods_receipt GR-1: waiting for item WASHER")
    story.expect_errors("goods_receipt GR-1 line 1: REF-001 item WASHER is not known")
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-2: 10 PCE BOLT at DOCK")


def test_the_second_page_of_a_receipt_is_late(story: Story) -> None:
    """The header announces two lines: nothing is posted before both are there."""
    story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE", line_count=2, message_id="P-1")
    story.expect_all_applied_but("goods_receipt GR-1: received for lines")
    line = {
        "line_no": 2,
        "item_code": "NUT",
        "qty": 5,
        "location_code": "DOCK",
        "reason_code": "SAMPLE",
    }
    story.world.wms.insert(
        "goods_receipt_line", [{"message_id": "P-1", "warehouse_code": "W1", **line}]
    )
    story.crossdock_works()

    story.expect_all_applied_but()
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK", "receipt_purchase NUT +5 at DOCK")
    story.expect_stock("10 BOLT at DOCK", "5 NUT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK; 5 PCE NUT at DOCK")


def test_the_second_page_never_comes(story: Story) -> None:
    """After a quarter of an hour the receipt is an error; not one line of it was posted."""
    story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE", line_count=2)
    story.hours_pass(0.5)

    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors("goods_receipt GR-1: SYN-007 lines are missing: 1 of 2 arrived in time")
