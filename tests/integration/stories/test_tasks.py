"""Tasks: what people owe a decision about, what they may choose, and what each choice posts."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.story import Story

MORE = "more than the order line allows:"


def _surplus(story: Story) -> None:
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "45 BOLT at DOCK", order="PO-1")


RECEIVED = (
    "receipt_purchase BOLT +40 at DOCK for PO-1/1",
    "receipt_purchase BOLT +5 at DOCK blocked for PO-1/1",
)
GOODS_RECEIPT = "goods_receipt GR-1: 40 PCE BOLT at DOCK; 5 PCE BOLT at DOCK blocked"
SURPLUS = f"QTY-005 goods_receipt GR-1 line 1, PO-1, 5 BOLT: {MORE} 45 above 40"


def _expect_received(story: Story) -> None:
    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 45 done, 5 over")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")


def test_the_surplus_is_bought(story: Story) -> None:
    """The choice release moves the blocked bolts to free stock, and the ERP is told like of any fact."""
    _surplus(story)
    story.expect_owed("QTY-005", "purchasing", "2.5 EUR", "keep_blocked", "release", "scrap")
    story.people_decide("QTY-005", "release", because="the supplier grants a discount")

    _expect_received(story)
    story.expect_ledger(
        *RECEIVED,
        "move_status BOLT -5 at DOCK blocked for PO-1", "move_status BOLT +5 at DOCK for PO-1",
    )  # fmt: skip
    story.expect_stock("45 BOLT at DOCK")
    story.expect_tasks(f"{SURPLUS} (done release)")
    story.expect_erp_inbox(
        GOODS_RECEIPT,
        "stock_move TASK-1: 5 PCE BOLT at DOCK blocked to unrestricted",
    )
    story.expect_operators_book(
        "resolve_task QTY-005 goods_receipt GR-1 release: the supplier grants a discount"
    )


def test_the_surplus_stays_blocked(story: Story) -> None:
    """The supplier will fetch it: nothing is posted, and nobody is asked again."""
    _surplus(story)
    story.people_decide("QTY-005", "keep_blocked", because="the supplier fetches it")

    _expect_received(story)
    story.expect_ledger(*RECEIVED)
    story.expect_stock("40 BOLT at DOCK", "5 BOLT at DOCK blocked")
    story.expect_tasks(f"{SURPLUS} (done keep_blocked)")
    story.expect_erp_inbox(GOODS_RECEIPT)
    story.expect_operators_book(
        "resolve_task QTY-005 goods_receipt GR-1 keep_blocked: the supplier fetches it"
    )


def test_the_surplus_is_scrapped(story: Story) -> None:
    """An adjustment with the reason SCRAP takes it out of the book."""
    _surplus(story)
    story.people_decide("QTY-005", "scrap", because="not worth the freight")

    _expect_received(story)
    story.expect_ledger(*RECEIVED, "adjustment BOLT -5 at DOCK blocked")
    story.expect_stock("40 BOLT at DOCK")
    story.expect_tasks(f"{SURPLUS} (done scrap)")
    story.expect_erp_inbox(
        GOODS_RECEIPT,
        "stock_adjustment TASK-1: -5 PCE BOLT at DOCK blocked",
    )
    story.expect_operators_book(
        "resolve_task QTY-005 goods_receipt GR-1 scrap: not worth the freight"
    )


def test_a_decision_that_is_no_choice(story: Story) -> None:
    """The choices are data: anything else is refused, and the task stays open."""
    _surplus(story)
    with pytest.raises(psycopg.Error, match="choices: keep_blocked, release, scrap"):
        story.people_decide("QTY-005", "eat", because="hungry")
    with pytest.raises(psycopg.Error, match="reason"):
        story.people_decide("QTY-005", "scrap", because="")

    _expect_received(story)
    story.expect_ledger(*RECEIVED)
    story.expect_stock("40 BOLT at DOCK", "5 BOLT at DOCK blocked")
    story.expect_tasks(SURPLUS)
    story.expect_erp_inbox(GOODS_RECEIPT)


def test_the_surplus_was_moved_before_somebody_decided(story: Story) -> None:
    """What cannot be carried out opens the task again and says why; nothing was posted."""
    _surplus(story)
    story.wms_moves("MV-1", "5 BOLT from DOCK to A-01 from blocked to blocked")
    story.people_decide("QTY-005", "release", because="the supplier grants a discount")
    story.expect_outcome("QTY-005", "only 0 of 5 BOLT blocked at DOCK")

    _expect_received(story)
    story.expect_tasks(SURPLUS)
    story.expect_ledger(
        *RECEIVED,
        "move_location BOLT -5 at DOCK blocked", "move_location BOLT +5 at A-01 blocked",
    )  # fmt: skip
    story.expect_stock("40 BOLT at DOCK", "5 BOLT at A-01 blocked")
    story.expect_erp_inbox(
        GOODS_RECEIPT,
        "stock_move MV-1: 5 PCE BOLT at DOCK blocked to A-01",
    )
    story.expect_operators_book(
        "resolve_task QTY-005 goods_receipt GR-1 release: the supplier grants a discount"
    )


def test_the_bolts_were_there_all_the_time(story: Story) -> None:
    """Stock below zero is raised to zero: the book was short, not the shelf."""
    story.stock("10 BOLT at A-01")
    story.wms_ships("SH-1", "40 BOLT at A-01 because SAMPLE")
    story.hours_pass(1)
    story.expect_owed("QTY-006", "stock control", "20 EUR", "accept", "adjust")
    story.people_decide("QTY-006", "adjust", because="counted twice")

    story.expect_ledger("issue_sales BOLT -40 at A-01", "adjustment BOLT +30 at A-01")
    story.expect_stock()
    story.expect_tasks(
        "QTY-006 shipment SH-1 line 1, 40 BOLT:"
        " stock would fall below zero: 10 is there, 40 is needed (done adjust)"
    )
    story.expect_erp_inbox(
        "shipment SH-1: 40 PCE BOLT at A-01", "stock_adjustment TASK-1: 30 PCE BOLT at A-01"
    )
    story.expect_operators_book("resolve_task QTY-006 shipment SH-1 adjust: counted twice")


def test_goods_for_a_cancelled_order_are_set_aside(story: Story) -> None:
    """Nobody knows yet whether they go back: what came is blocked."""
    story.erp_orders("PO-1", "40 BOLT")
    story.erp_cancels("PO-1")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")
    story.expect_owed("STA-005", "purchasing", "20 EUR", "block", "keep")
    story.people_decide("STA-005", "block", because="the supplier is asked")

    story.expect_order(
        "PO-1", "completed", "1 BOLT done_after_cancel: 40 ordered, 40 done, 40 cancelled, 40 over"
    )
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1",
        "move_status BOLT -40 at DOCK for PO-1", "move_status BOLT +40 at DOCK blocked for PO-1",
    )  # fmt: skip
    story.expect_stock("40 BOLT at DOCK blocked")
    story.expect_tasks(
        "STA-005 goods_receipt GR-1 line 1, PO-1, 40 BOLT:"
        " a fact came for a line that is cancelled (done block)"
    )
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT (withdrawn)")
    story.expect_erp_inbox(
        "goods_receipt GR-1: 40 PCE BOLT at DOCK",
        "stock_move TASK-1: 40 PCE BOLT at DOCK to blocked",
    )
    story.expect_operators_book(
        "resolve_task STA-005 goods_receipt GR-1 block: the supplier is asked"
    )


def test_the_warehouse_answers_by_telephone(story: Story) -> None:
    """Nobody answered in the inbox: a person asks, and what was said is the answer."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_cancels("SO-1")
    story.hours_pass(3)
    story.expect_owed("STA-009", "warehouse", "20 EUR", "accepted", "refused")
    story.people_decide("STA-009", "accepted", because="the shift leader said yes")

    story.expect_all_applied_but()
    story.expect_order("SO-1", "cancelled", "1 BOLT cancelled: 40 ordered, 40 cancelled")
    story.expect_tasks(
        "STA-009 sales_order SO-1 cancel:"
        " the warehouse did not answer within 02:00:00 (done accepted)"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (accepted)"
    )
    story.expect_operators_book(
        "resolve_task STA-009 sales_order SO-1 cancel accepted: the shift leader said yes"
    )


def test_the_answer_comes_before_somebody_has_asked(story: Story) -> None:
    """A task that nobody needs any more closes by itself."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_cancels("SO-1")
    story.hours_pass(3)
    story.wms_refuses("SO-1", because="PACKED")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_all_applied_but("sales_order SO-1 cancel: refused")
    story.expect_errors(
        "sales_order SO-1 cancel: STA-007 the warehouse refused the request: PACKED"
    )
    story.expect_tasks(
        "STA-009 sales_order SO-1 cancel: the warehouse did not answer within 02:00:00 (done moot)"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel (refused PACKED)"
    )


def test_goods_of_a_completed_order_are_bought_after_all(story: Story) -> None:
    """A line that was blocked as a whole is released to the status that was sent with it."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")
    story.wms_receives("GR-2", "5 BOLT at A-01 quality", order="PO-1")
    story.people_decide("QTY-005", "release", because="the supplier grants a discount")

    _expect_received(story)
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1",
        "receipt_purchase BOLT +5 at A-01 blocked for PO-1/1",
        "move_status BOLT -5 at A-01 blocked for PO-1", "move_status BOLT +5 at A-01 quality for PO-1",
    )  # fmt: skip
    story.expect_stock("40 BOLT at DOCK", "5 BOLT at A-01 quality")
    story.expect_tasks(
        f"QTY-005 goods_receipt GR-2 line 1, PO-1, 5 BOLT: {MORE} 5 above 0 (done release)"
    )
    story.expect_erp_inbox(
        "goods_receipt GR-1: 40 PCE BOLT at DOCK", "goods_receipt GR-2: 5 PCE BOLT at A-01 blocked",
        "stock_move TASK-1: 5 PCE BOLT at A-01 blocked to quality",
    )  # fmt: skip
    story.expect_operators_book(
        "resolve_task QTY-005 goods_receipt GR-2 release: the supplier grants a discount"
    )
