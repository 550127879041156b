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


def test_the_warehouse_agrees_to_one_line_and_not_to_the_other(story: Story) -> None:
    """A change is answered line by line: the refused line stays as it was, and the ERP is warned."""
    story.erp_orders("SO-1", "40 BOLT", "10 NUT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "20 BOLT", "5 NUT")
    story.wms_takes("SO-1")
    story.wms_answers("SO-1", "partial", {2: None}, revision=2)

    story.expect_order(
        "SO-1", "in_work", "1 BOLT open: 20 ordered, 20 open", "2 NUT open: 10 ordered, 10 open"
    )
    story.expect_errors(
        "sales_order SO-1 rev 2 line 2: STA-008 the warehouse kept the line at 10, not 5"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT; 10 PCE NUT (taken)",
        "sales_order SO-1 rev 2: 20 PCE BOLT; 5 PCE NUT (accepted)",
    )
    story.expect_erp_inbox("order_response AN-1 rev 2 partial: line 2: refused")


def test_the_warehouse_meets_the_erp_halfway(story: Story) -> None:
    """Asked for 20 instead of 40, the warehouse agrees to 30: ten are packed already."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "20 BOLT")
    story.wms_takes("SO-1")
    story.wms_answers("SO-1", "partial", {1: 30}, revision=2)

    story.expect_order("SO-1", "in_work", "1 BOLT open: 30 ordered, 30 open")
    story.expect_errors(
        "sales_order SO-1 rev 2 line 1: STA-008 the warehouse kept the line at 30, not 20"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 rev 2: 20 PCE BOLT (accepted)"
    )
    story.expect_erp_inbox("order_response AN-1 rev 2 partial: line 1: 30")


def test_a_part_of_the_cancel_is_agreed(story: Story) -> None:
    """25 of 40 bolts are still on the shelf and are cancelled; 15 are packed and will be shipped."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_cancels("SO-1")
    story.wms_takes("SO-1")
    story.wms_answers("SO-1", "partial", {1: 25})

    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 25 cancelled, 15 open")
    story.expect_errors(
        "sales_order SO-1 cancel line 1: STA-008 the warehouse kept the line at 15, not 0"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (accepted)"
    )
    story.expect_erp_inbox("order_response AN-1 partial: line 1: 25")


def test_the_warehouse_refuses_more_bolts(story: Story) -> None:
    """More was agreed without asking: the order stands as agreed, and people talk about it."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_accepts("SO-1")
    story.erp_changes("SO-1", 2, "50 BOLT")
    story.wms_refuses("SO-1", because="NO_STOCK")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 50 ordered, 50 open")
    story.expect_tasks(
        "STA-012 sales_order SO-1 rev 2:"
        " the warehouse refused a change that needed no answer: upsert, NO_STOCK"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (accepted)",
        "sales_order SO-1 rev 2: 50 PCE BOLT (refused NO_STOCK)",
    )


def test_the_warehouse_refuses_the_order_while_the_erp_cancels_it(story: Story) -> None:
    """Both mean the same: the order stays refused, and the question that nobody read goes back."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_cancels("SO-1")
    story.wms_refuses("SO-1", because="NO_CAPACITY", oldest=True)

    story.expect_order("SO-1", "refused", "1 BOLT refused: 40 ordered, 40 cancelled")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (refused NO_CAPACITY)", "sales_order SO-1 cancel (withdrawn)"
    )


def test_the_warehouse_refuses_an_order_that_it_has_begun(story: Story) -> None:
    """What has left stays done; the rest is cancelled, and lines that were not begun are refused."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT", "5 NUT")
    story.wms_ships("SH-1", "10 BOLT at A-01", order="SO-1")
    story.wms_refuses("SO-1", because="BROKEN_RACK")

    story.expect_order(
        "SO-1", "completed",
        "1 BOLT completed: 40 ordered, 10 done, 30 cancelled",
        "2 NUT refused: 5 ordered, 5 cancelled",
    )  # fmt: skip
    story.expect_ledger("issue_sales BOLT -10 at A-01 for SO-1/1")
    story.expect_stock("90 BOLT at A-01")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT; 5 PCE NUT (refused BROKEN_RACK)")
    story.expect_erp_inbox("shipment SH-1: 10 PCE BOLT at A-01")
