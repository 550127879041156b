"""Answers of the warehouse: yes, no, and not all of it."""

from __future__ import annotations

from tests.support.story import Story


def test_the_warehouse_accepts_an_order(story: Story) -> None:
    """Accepted in the inbox: the order is in work."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_accepts("SO-1")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT (accepted)")


def test_the_warehouse_refuses_an_order(story: Story) -> None:
    """A first release that the warehouse refuses leaves nothing open; the ERP sees it at the order."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_refuses("SO-1", because="NO_CAPACITY")

    story.expect_order("SO-1", "refused", "1 BOLT refused: 40 ordered, 40 cancelled")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT (refused NO_CAPACITY)")


def test_the_warehouse_can_deliver_only_a_part(story: Story) -> None:
    """A partial answer to a release: 30 of 40 bolts are promised, the nuts are not."""
    story.erp_orders("SO-1", "40 BOLT", "5 NUT")
    story.wms_takes("SO-1")
    story.wms_answers("SO-1", "partial", {1: 30, 2: 0})

    story.expect_order(
        "SO-1", "in_work",
        "1 BOLT open: 40 ordered, 10 cancelled, 30 open",
        "2 NUT refused: 5 ordered, 5 cancelled",
    )  # fmt: skip
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT; 5 PCE NUT (accepted)")
    story.expect_erp_inbox("order_response AN-1 partial: line 1: 30; line 2: 0")


def test_a_second_answer_differs_from_the_first(story: Story) -> None:
    """The first answer wins; the second is an error that people must talk about."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_answers("SO-1", "accepted")
    story.wms_answers("SO-1", "refused", because="NO_CAPACITY")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_all_applied_but("order_response AN-2: error")
    story.expect_errors(
        "order_response AN-2: DUP-002 the request was answered before: accepted, now refused"
    )
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT (accepted)")
    story.expect_erp_inbox("order_response AN-1 accepted")


def test_a_refused_order_is_shipped_anyway(story: Story) -> None:
    """Facts are never refused: the goods are gone, and a person decides."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_refuses("SO-1", because="NO_CAPACITY")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")

    story.expect_ledger("issue_sales BOLT -40 at A-01 for SO-1/1")
    story.expect_stock("60 BOLT at A-01")
    story.expect_order(
        "SO-1", "completed", "1 BOLT done_after_cancel: 40 ordered, 40 done, 40 cancelled, 40 over"
    )
    story.expect_tasks(
        "STA-005 shipment SH-1 line 1, SO-1, 40 BOLT: a fact came for a line that is refused"
    )
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT (refused NO_CAPACITY)")
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01")
