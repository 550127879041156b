"""The gate: an order that was said to be final ends when its last fact is posted."""

from __future__ import annotations

from tests.support.story import Story

FINAL = "the order was said to be final; facts of it are not applied:"


def test_the_tables_are_ready_and_an_issue_still_waits(story: Story) -> None:
    """The order is closing until the missing legs are found and their issue is posted."""
    story.stock("38 LEG at A-01")
    story.erp_orders("MO-1", "40 LEG", product="10 TABLE")
    story.wms_issues("MI-1", "40 LEG at A-01", order="MO-1")
    story.wms_makes("PR-1", "10 TABLE at B-01", order="MO-1", final=True)
    story.expect_order(
        "MO-1", "closing",
        "0 TABLE completed: 10 ordered, 10 done", "1 LEG short: 40 ordered, 40 short",
    )  # fmt: skip
    story.expect_tasks(
        f"STA-010 production_receipt PR-1, MO-1: {FINAL} material_issue MI-1 waiting"
    )
    story.wms_adjusts("AD-1", "2 LEG at A-01", because="FOUND")

    story.expect_order(
        "MO-1", "completed",
        "0 TABLE completed: 10 ordered, 10 done", "1 LEG completed: 40 ordered, 40 done",
    )  # fmt: skip
    story.expect_tasks(
        f"STA-010 production_receipt PR-1, MO-1: {FINAL} material_issue MI-1 waiting (done moot)"
    )
    story.expect_ledger(
        "receipt_production TABLE +10 at B-01 for MO-1/0",
        "adjustment LEG +2 at A-01",
        "issue_production LEG -40 at A-01 for MO-1/1",
    )
    story.expect_stock("10 TABLE at B-01")
    story.expect_wms_inbox("production_order MO-1: 40 PCE LEG")
    story.expect_erp_inbox(
        "production_receipt PR-1 final: 10 PCE TABLE at B-01",
        "stock_adjustment AD-1: 2 PCE LEG at A-01",
        "material_issue MI-1: 40 PCE LEG at A-01",
    )


def test_the_erp_closes_an_order_and_a_receipt_is_in_error(story: Story) -> None:
    """The receipt must be mended first: the order shows closing, and a task names the receipt."""
    story.erp_orders("PO-1", "40 BOLT")
    bad = story.wms_receives("GR-1", "0 BOLT at DOCK", order="PO-1")
    story.erp_closes("PO-1")
    story.expect_order("PO-1", "closing", "1 BOLT short: 40 ordered, 40 short")
    task = f"STA-010 purchase_order PO-1 close: {FINAL} goods_receipt GR-1 error"
    story.expect_tasks(task)
    story.sends_again(bad.with_line(1, qty=30))

    story.expect_order("PO-1", "closed", "1 BOLT short: 40 ordered, 30 done, 10 short")
    story.expect_tasks(f"{task} (done moot)")
    story.expect_all_applied_but("goods_receipt GR-1: superseded")
    story.expect_errors("goods_receipt GR-1 line 1: QTY-001 the quantity is zero")
    story.expect_ledger("receipt_purchase BOLT +30 at DOCK for PO-1/1")
    story.expect_stock("30 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT (withdrawn)")
    story.expect_erp_inbox("goods_receipt GR-1: 30 PCE BOLT at DOCK")


def test_a_closing_order_takes_no_change(story: Story) -> None:
    """It has ended for the ERP: what is still needed is a new order."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "5 WASHER at DOCK", order="PO-1")
    story.wms_receives("GR-2", "30 BOLT at DOCK", order="PO-1", final=True)
    story.erp_changes("PO-1", 2, "60 BOLT")

    story.expect_order("PO-1", "closing", "1 BOLT short: 40 ordered, 30 done, 10 short")
    story.expect_all_applied_but(
        "goods_receipt GR-1: waiting for item WASHER", "purchase_order PO-1 rev 2: refused"
    )
    story.expect_errors(
        "goods_receipt GR-1 line 1: REF-001 item WASHER is not known",
        "purchase_order PO-1 rev 2: STA-001 the order is closing, by goods_receipt GR-2;"
        " upsert is no longer possible",
    )
    story.expect_tasks(f"STA-010 goods_receipt GR-2, PO-1: {FINAL} goods_receipt GR-1 waiting")
    story.expect_ledger("receipt_purchase BOLT +30 at DOCK for PO-1/1")
    story.expect_stock("30 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox("goods_receipt GR-2 final: 30 PCE BOLT at DOCK")


def test_the_end_is_forced(story: Story) -> None:
    """Nobody finds the missing receipt: a person ends the order, and the receipt still posts later."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "5 WASHER at DOCK", order="PO-1")
    story.wms_receives("GR-2", "30 BOLT at DOCK", order="PO-1", final=True)
    story.people_decide("STA-010", "force_close", because="the year ends")

    story.expect_order("PO-1", "closed", "1 BOLT short: 40 ordered, 30 done, 10 short")
    story.expect_all_applied_but("goods_receipt GR-1: waiting for item WASHER")
    story.erp_sends("item", item_code="WASHER", base_uom="PCE")
    story.expect_all_applied_but()
    story.expect_order("PO-1", "closed", "1 BOLT short: 40 ordered, 30 done, 10 short")
    story.expect_tasks(
        f"STA-010 goods_receipt GR-2, PO-1: {FINAL} goods_receipt GR-1 waiting (done force_close)",
        "QTY-007 goods_receipt GR-1 line 1, PO-1, 5 WASHER: item WASHER is not in the order",
        "STA-011 goods_receipt GR-1, PO-1: order PO-1 was closed by force before this fact came",
    )
    story.expect_ledger(
        "receipt_purchase BOLT +30 at DOCK for PO-1/1",
        "receipt_purchase WASHER +5 at DOCK for PO-1",
    )
    story.expect_stock("30 BOLT at DOCK", "5 WASHER at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "goods_receipt GR-2 final: 30 PCE BOLT at DOCK", "goods_receipt GR-1: 5 PCE WASHER at DOCK"
    )
    story.expect_operators_book(
        "resolve_task STA-010 goods_receipt GR-2 force_close: the year ends"
    )
