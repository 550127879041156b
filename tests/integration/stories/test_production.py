"""Production: components go in, product comes out, and the order ends."""

from __future__ import annotations

from tests.support.story import Story


def _table_order(story: Story) -> None:
    story.stock("20 TOP at A-01", "100 LEG at A-01")
    story.erp_orders("MO-1", "10 TOP", "40 LEG", product="10 TABLE")


SENT = "production_order MO-1: 10 PCE TOP; 40 PCE LEG"


def test_ten_tables_are_made(story: Story) -> None:
    """Components are issued, the product is received, the last receipt completes the order."""
    _table_order(story)
    story.wms_issues("MI-1", "10 TOP at A-01", "40 LEG at A-01", order="MO-1")
    story.wms_makes("PR-1", "10 TABLE at B-01", order="MO-1", final=True)

    story.expect_order(
        "MO-1", "completed",
        "0 TABLE completed: 10 ordered, 10 done",
        "1 TOP completed: 10 ordered, 10 done",
        "2 LEG completed: 40 ordered, 40 done",
    )  # fmt: skip
    story.expect_ledger(
        "issue_production TOP -10 at A-01 for MO-1/1", "issue_production LEG -40 at A-01 for MO-1/2",
        "receipt_production TABLE +10 at B-01 for MO-1/0",
    )  # fmt: skip
    story.expect_stock("10 TOP at A-01", "60 LEG at A-01", "10 TABLE at B-01")
    story.expect_wms_inbox(SENT)
    story.expect_erp_inbox(
        "material_issue MI-1: 10 PCE TOP at A-01; 40 PCE LEG at A-01",
        "production_receipt PR-1 final: 10 PCE TABLE at B-01",
    )


def test_two_legs_broke(story: Story) -> None:
    """More was consumed than planned: posted as it happened, and somebody looks at it."""
    _table_order(story)
    story.wms_issues("MI-1", "42 LEG at A-01", order="MO-1")

    story.expect_order(
        "MO-1", "in_work",
        "0 TABLE open: 10 ordered, 10 open", "1 TOP open: 10 ordered, 10 open",
        "2 LEG completed: 40 ordered, 42 done, 2 over",
    )  # fmt: skip
    story.expect_ledger("issue_production LEG -42 at A-01 for MO-1/2")
    story.expect_stock("20 TOP at A-01", "58 LEG at A-01")
    story.expect_tasks(
        "QTY-005 material_issue MI-1 line 1, MO-1, 2 LEG: more than the order line allows: 42 above 40"
    )
    story.expect_wms_inbox(SENT)
    story.expect_erp_inbox("material_issue MI-1: 42 PCE LEG at A-01")


def test_the_last_issue_does_not_end_the_order(story: Story) -> None:
    """A final issue closes the components only: the product is still expected."""
    _table_order(story)
    story.wms_issues("MI-1", "10 TOP at A-01", "38 LEG at A-01", order="MO-1", final=True)

    story.expect_order(
        "MO-1", "in_work",
        "0 TABLE open: 10 ordered, 10 open",
        "1 TOP completed: 10 ordered, 10 done",
        "2 LEG short: 40 ordered, 38 done, 2 short",
    )  # fmt: skip
    story.expect_ledger(
        "issue_production TOP -10 at A-01 for MO-1/1", "issue_production LEG -38 at A-01 for MO-1/2"
    )
    story.expect_stock("10 TOP at A-01", "62 LEG at A-01")
    story.expect_wms_inbox(SENT)
    story.expect_erp_inbox("material_issue MI-1 final: 10 PCE TOP at A-01; 38 PCE LEG at A-01")


def test_only_nine_tables_came_out(story: Story) -> None:
    """A final production receipt completes the order, short by the table that was spoiled."""
    _table_order(story)
    story.wms_issues("MI-1", "10 TOP at A-01", "40 LEG at A-01", order="MO-1")
    story.wms_makes("PR-1", "9 TABLE at B-01", order="MO-1", final=True)

    story.expect_order(
        "MO-1", "closed",
        "0 TABLE short: 10 ordered, 9 done, 1 short",
        "1 TOP completed: 10 ordered, 10 done",
        "2 LEG completed: 40 ordered, 40 done",
    )  # fmt: skip
    story.expect_ledger(
        "issue_production TOP -10 at A-01 for MO-1/1", "issue_production LEG -40 at A-01 for MO-1/2",
        "receipt_production TABLE +9 at B-01 for MO-1/0",
    )  # fmt: skip
    story.expect_stock("10 TOP at A-01", "60 LEG at A-01", "9 TABLE at B-01")
    story.expect_wms_inbox(SENT)
    story.expect_erp_inbox(
        "material_issue MI-1: 10 PCE TOP at A-01; 40 PCE LEG at A-01",
        "production_receipt PR-1 final: 9 PCE TABLE at B-01",
    )


def test_the_completion_was_a_mistake(story: Story) -> None:
    """Taking the final receipt back opens product and components again."""
    _table_order(story)
    story.wms_issues("MI-1", "10 TOP at A-01", "38 LEG at A-01", order="MO-1")
    story.wms_makes("PR-1", "9 TABLE at B-01", order="MO-1", final=True)
    story.wms_reverses("PR-2", of="PR-1")

    story.expect_order(
        "MO-1", "in_work",
        "0 TABLE open: 10 ordered, 10 open",
        "1 TOP completed: 10 ordered, 10 done",
        "2 LEG open: 40 ordered, 38 done, 2 open",
    )  # fmt: skip
    story.expect_ledger(
        "issue_production TOP -10 at A-01 for MO-1/1", "issue_production LEG -38 at A-01 for MO-1/2",
        "receipt_production TABLE +9 at B-01 for MO-1/0",
        "receipt_production TABLE -9 at B-01 for MO-1/0 reversing",
    )  # fmt: skip
    story.expect_stock("10 TOP at A-01", "62 LEG at A-01")
    story.expect_wms_inbox(SENT)
    story.expect_erp_inbox(
        "material_issue MI-1: 10 PCE TOP at A-01; 38 PCE LEG at A-01",
        "production_receipt PR-1 final: 9 PCE TABLE at B-01",
        "production_receipt PR-2 reverse",
    )


def test_more_tables_than_ordered(story: Story) -> None:
    """The eleventh table is booked blocked: nobody has asked for it."""
    story.erp_orders("MO-1", "10 TOP", product="10 TABLE")
    story.wms_makes("PR-1", "11 TABLE at B-01", order="MO-1")

    story.expect_order(
        "MO-1", "in_work",
        "0 TABLE completed: 10 ordered, 11 done, 1 over", "1 TOP open: 10 ordered, 10 open",
    )  # fmt: skip
    story.expect_ledger(
        "receipt_production TABLE +10 at B-01 for MO-1/0",
        "receipt_production TABLE +1 at B-01 blocked for MO-1/0",
    )
    story.expect_stock("10 TABLE at B-01", "1 TABLE at B-01 blocked")
    story.expect_tasks(
        "QTY-005 production_receipt PR-1 line 1, MO-1, 1 TABLE:"
        " more than the order line allows: 11 above 10"
    )
    story.expect_wms_inbox("production_order MO-1: 10 PCE TOP")
    story.expect_erp_inbox(
        "production_receipt PR-1: 10 PCE TABLE at B-01; 1 PCE TABLE at B-01 blocked"
    )


def test_fewer_tables_are_wanted(story: Story) -> None:
    """The plan is changed while legs are issued already: the warehouse agrees, and eight are made."""
    story.stock("100 LEG at A-01")
    story.erp_orders("MO-1", "40 LEG", product="10 TABLE")
    story.wms_takes("MO-1")
    story.wms_issues("MI-1", "20 LEG at A-01", order="MO-1")
    story.erp_changes("MO-1", 2, "32 LEG", product="8 TABLE")
    story.expect_all_applied_but("production_order MO-1 rev 2: waiting for answer")
    story.wms_accepts("MO-1")
    story.wms_issues("MI-2", "12 LEG at A-01", order="MO-1")
    story.wms_makes("PR-1", "8 TABLE at B-01", order="MO-1", final=True)

    story.expect_all_applied_but()
    story.expect_order(
        "MO-1", "completed",
        "0 TABLE completed: 8 ordered, 8 done", "1 LEG completed: 32 ordered, 32 done",
    )  # fmt: skip
    story.expect_ledger(
        "issue_production LEG -20 at A-01 for MO-1/1", "issue_production LEG -12 at A-01 for MO-1/1",
        "receipt_production TABLE +8 at B-01 for MO-1/0",
    )  # fmt: skip
    story.expect_stock("68 LEG at A-01", "8 TABLE at B-01")
    story.expect_wms_inbox(
        "production_order MO-1: 40 PCE LEG (taken)",
        "production_order MO-1 rev 2: 32 PCE LEG (accepted)",
    )
    story.expect_erp_inbox(
        "material_issue MI-1: 20 PCE LEG at A-01", "material_issue MI-2: 12 PCE LEG at A-01",
        "production_receipt PR-1 final: 8 PCE TABLE at B-01",
    )  # fmt: skip
