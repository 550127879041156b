"""Cancels: who decides, and what becomes of goods that were on their way."""

from __future__ import annotations

from tests.support.story import Story

ALARM = "the warehouse did not answer within 02:00:00"


def test_a_cancel_before_the_warehouse_has_read_the_order(story: Story) -> None:
    """An unread order is cancelled at once; the warehouse never hears of it."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.erp_cancels("SO-1")

    story.expect_order("SO-1", "cancelled", "1 BOLT cancelled: 40 ordered, 40 cancelled")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT (withdrawn)")


def test_the_warehouse_agrees_to_a_cancel(story: Story) -> None:
    """Once the order is read, a cancel is a question, and only the answer decides."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_cancels("SO-1")
    story.expect_all_applied_but("sales_order SO-1 cancel: waiting for answer")
    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.wms_accepts("SO-1")

    story.expect_all_applied_but()
    story.expect_order("SO-1", "cancelled", "1 BOLT cancelled: 40 ordered, 40 cancelled")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (accepted)"
    )


def test_the_goods_are_packed_and_the_warehouse_says_no(story: Story) -> None:
    """A cancel that the warehouse refuses changes nothing; the order goes on and is shipped."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.wms_reports("SO-1", "packed")
    story.erp_cancels("SO-1")
    story.wms_refuses("SO-1", because="PACKED")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")

    story.expect_ledger("issue_sales BOLT -40 at A-01 for SO-1/1")
    story.expect_stock("60 BOLT at A-01")
    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_all_applied_but("sales_order SO-1 cancel: refused")
    story.expect_errors(
        "sales_order SO-1 cancel: STA-007 the warehouse refused the request: PACKED"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (refused PACKED)"
    )
    story.expect_erp_inbox("order_milestone MS-1 packed", "shipment SH-1: 40 PCE BOLT at A-01")


def test_the_picked_goods_are_put_back(story: Story) -> None:
    """The warehouse agrees to a cancel after picking, puts the goods back and says so."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.wms_reports("SO-1", "picking")
    story.wms_moves("MV-1", "40 BOLT from A-01 to DOCK", order="SO-1")
    story.erp_cancels("SO-1")
    story.wms_accepts("SO-1")
    story.wms_moves("MV-2", "40 BOLT from DOCK to A-01", order="SO-1")
    story.wms_reports("SO-1", "put_back")

    story.expect_order("SO-1", "cancelled", "1 BOLT cancelled: 40 ordered, 40 cancelled")
    story.expect_stock("100 BOLT at A-01")
    story.expect_ledger(
        "move_location BOLT -40 at A-01 for SO-1", "move_location BOLT +40 at DOCK for SO-1",
        "move_location BOLT -40 at DOCK for SO-1", "move_location BOLT +40 at A-01 for SO-1",
    )  # fmt: skip
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (accepted)"
    )
    story.expect_erp_inbox(
        "order_milestone MS-1 picking", "stock_move MV-1: 40 PCE BOLT at A-01 to DOCK",
        "stock_move MV-2: 40 PCE BOLT at DOCK to A-01", "order_milestone MS-2 put_back",
    )  # fmt: skip


def test_a_part_was_shipped_when_the_cancel_came(story: Story) -> None:
    """What is done stays done; the cancel is about the rest alone."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.wms_ships("SH-1", "15 BOLT at A-01", order="SO-1")
    story.erp_cancels("SO-1")
    story.wms_accepts("SO-1")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 15 done, 25 cancelled")
    story.expect_errors(
        "sales_order SO-1 cancel line 1: STA-008 the warehouse kept the line at 15, not 0"
    )
    story.expect_ledger("issue_sales BOLT -15 at A-01 for SO-1/1")
    story.expect_stock("85 BOLT at A-01")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (accepted)"
    )
    story.expect_erp_inbox("shipment SH-1: 15 PCE BOLT at A-01")


def test_the_truck_left_before_the_cancel(story: Story) -> None:
    """A shipment reported after the cancel was agreed still posts; a person decides."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_cancels("SO-1")
    story.wms_accepts("SO-1")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")

    story.expect_ledger("issue_sales BOLT -40 at A-01 for SO-1/1")
    story.expect_stock("60 BOLT at A-01")
    story.expect_order(
        "SO-1", "completed", "1 BOLT done_after_cancel: 40 ordered, 40 done, 40 cancelled, 40 over"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (accepted)"
    )
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01")
    story.expect_tasks(
        "STA-005 shipment SH-1 line 1, SO-1, 40 BOLT: a fact came for a line that is cancelled"
    )


def test_the_cancel_comes_after_the_last_shipment(story: Story) -> None:
    """A completed order cannot be cancelled: the ERP is told so at once."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")
    story.erp_cancels("SO-1")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_all_applied_but("sales_order SO-1 cancel: refused")
    story.expect_errors(
        "sales_order SO-1 cancel: STA-001 the order is completed, by shipment SH-1; cancel is no longer possible"
    )
    story.expect_ledger("issue_sales BOLT -40 at A-01 for SO-1/1")
    story.expect_stock("60 BOLT at A-01")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01")


def test_nobody_answers_the_cancel(story: Story) -> None:
    """Silence is no answer: the cancel stays open, a person is alarmed, and a late yes still counts."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_cancels("SO-1")
    story.hours_pass(3)

    story.expect_all_applied_but("sales_order SO-1 cancel: waiting for answer")
    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_tasks(f"STA-009 sales_order SO-1 cancel: {ALARM}")

    story.hours_pass(48)
    story.wms_accepts("SO-1")
    story.expect_all_applied_but()
    story.expect_tasks(f"STA-009 sales_order SO-1 cancel: {ALARM} (done moot)")
    story.expect_order("SO-1", "cancelled", "1 BOLT cancelled: 40 ordered, 40 cancelled")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (accepted)"
    )


def test_the_shipment_and_the_cancel_cross_while_crossdock_is_down(story: Story) -> None:
    """Both lie there when crossdock is back: the goods are gone, the question is still put."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    with story.crossdock_down():
        story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")
        story.erp_cancels("SO-1")
    story.wms_refuses("SO-1", because="SHIPPED")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_all_applied_but("sales_order SO-1 cancel: refused")
    story.expect_errors(
        "sales_order SO-1 cancel: STA-007 the warehouse refused the request: SHIPPED"
    )
    story.expect_ledger("issue_sales BOLT -40 at A-01 for SO-1/1")
    story.expect_stock("60 BOLT at A-01")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (refused SHIPPED)"
    )
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01")


def test_the_cancel_overtakes_its_order(story: Story) -> None:
    """A cancel of an order that is not here yet waits for it, and is done when it comes."""
    story.erp_cancels("SO-1")
    story.expect_all_applied_but("sales_order SO-1 cancel: waiting for order W1 sales_order SO-1")
    story.expect_errors("sales_order SO-1 cancel: REF-005 order SO-1 is not known")
    story.erp_orders("SO-1", "40 BOLT")

    story.expect_all_applied_but()
    story.expect_errors()
    story.expect_order("SO-1", "cancelled", "1 BOLT cancelled: 40 ordered, 40 cancelled")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT (withdrawn)")


def test_the_customer_wants_the_goods_after_all(story: Story) -> None:
    """A revision above the cancelled one releases the order anew."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.erp_cancels("SO-1")
    story.erp_changes("SO-1", 2, "30 BOLT")
    story.wms_ships("SH-1", "30 BOLT at A-01", order="SO-1")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 30 ordered, 30 done")
    story.expect_ledger("issue_sales BOLT -30 at A-01 for SO-1/1")
    story.expect_stock("70 BOLT at A-01")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (withdrawn)", "sales_order SO-1 rev 2: 30 PCE BOLT"
    )
    story.expect_erp_inbox("shipment SH-1: 30 PCE BOLT at A-01")


def test_a_cancel_below_the_newest_revision_comes_too_late(story: Story) -> None:
    """The ERP has changed its mind meanwhile: a cancel of revision 1 does not touch revision 2."""
    story.erp_orders("SO-1", "40 BOLT")
    story.erp_changes("SO-1", 2, "30 BOLT")
    story.erp_cancels("SO-1", revision=1)

    story.expect_order("SO-1", "released", "1 BOLT open: 30 ordered, 30 open")
    story.expect_all_applied_but("sales_order SO-1 cancel: superseded")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (withdrawn)", "sales_order SO-1 rev 2: 30 PCE BOLT"
    )
