"""Memory: what was said once is known, however often and under whatever name it is said again."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.story import Story


def test_a_receipt_is_sent_again(story: Story) -> None:
    """The line was bad and the warehouse sends once more: nothing is posted twice."""
    first = story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE")
    story.sends_again(first)

    story.expect_all_applied_but("goods_receipt GR-1: duplicate")
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")


def test_the_same_number_with_another_content(story: Story) -> None:
    """A conflict: the first stands, the second is an error that names it."""
    first = story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE")
    story.sends_again(first.with_line(1, qty=12))

    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors(
        "goods_receipt GR-1: DUP-001 the same key came before with other content:"
        " goods_receipt GR-1"
    )
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")


def test_the_same_transmission_is_inserted_twice(story: Story) -> None:
    """The database refuses the same message_id at once; the sender knows that it had arrived."""
    first = story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE")
    with pytest.raises(psycopg.errors.UniqueViolation):
        story.world.wms.send(first)

    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")


def test_an_order_is_sent_again(story: Story) -> None:
    """The same revision with the same content is a duplicate, with another content a conflict."""
    first = story.erp_orders("SO-1", "40 BOLT")
    story.sends_again(first)
    story.sends_again(first.with_line(1, qty=50))

    story.expect_order("SO-1", "released", "1 BOLT open: 40 ordered, 40 open")
    story.expect_all_applied_but("sales_order SO-1: duplicate", "sales_order SO-1: error")
    story.expect_errors(
        "sales_order SO-1: DUP-001 the same key came before with other content: sales_order SO-1"
    )
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")


def test_a_receipt_of_last_year_is_sent_again(story: Story) -> None:
    """The payload is in the archive, the memory of it is not: still a duplicate."""
    first = story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE")
    story.a_year_passes()
    story.world.wms.send(first)
    story.sends_again(first)

    story.expect_all_applied_but("goods_receipt GR-1: duplicate", "goods_receipt GR-1: duplicate")
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")


def test_a_number_of_last_year_is_used_again(story: Story) -> None:
    """Another content under an old number is a conflict after the archive as it was before."""
    first = story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE")
    story.a_year_passes()
    story.sends_again(first.with_line(1, qty=12))

    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors(
        "goods_receipt GR-1: DUP-001 the same key came before with other content:"
        " goods_receipt GR-1"
    )
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")


def test_a_receipt_of_last_year_is_taken_back(story: Story) -> None:
    """Its ledger rows are there: the reversal is exact, and the order is open again."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")
    story.a_year_passes()
    story.wms_reverses("GR-2", of="GR-1")
    story.wms_reverses("GR-3", of="GR-1")

    story.expect_order("PO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_all_applied_but("goods_receipt GR-3 reverse: error")
    story.expect_errors("goods_receipt GR-3 reverse: STA-004 the fact GR-1 is reversed already")
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1",
        "receipt_purchase BOLT -40 at DOCK for PO-1/1 reversing",
    )
    story.expect_stock()
    story.expect_erp_inbox("goods_receipt GR-2 reverse")


def test_an_order_of_last_year_goes_on(story: Story) -> None:
    """The order is open although its messages are archived: it is changed and shipped as any other."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "10 BOLT at A-01", order="SO-1")
    story.a_year_passes()
    story.erp_changes("SO-1", 2, "50 BOLT")
    story.wms_ships("SH-2", "40 BOLT at A-01", order="SO-1")
    story.erp_cancels("SO-1")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 50 ordered, 50 done")
    story.expect_all_applied_but("sales_order SO-1 cancel: refused")
    story.expect_errors(
        "sales_order SO-1 cancel: STA-001 the order is completed, by shipment SH-2;"
        " cancel is no longer possible"
    )
    story.expect_ledger(
        "issue_sales BOLT -10 at A-01 for SO-1/1", "issue_sales BOLT -40 at A-01 for SO-1/1"
    )
    story.expect_stock("50 BOLT at A-01")
    story.expect_wms_inbox("sales_order SO-1 rev 2: 50 PCE BOLT")
    story.expect_erp_inbox("shipment SH-2: 40 PCE BOLT at A-01")


def test_a_late_fact_from_before_an_old_count(story: Story) -> None:
    """The count is in the archive, its position is not: the late shipment still corrects it."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_counts("CT-1", "70 BOLT at A-01", through=2)
    story.a_year_passes()
    story.wms_ships("SH-1", "30 BOLT at A-01 because SAMPLE", seq=2)

    story.expect_ledger(
        "count_loss BOLT -30 at A-01", "issue_sales BOLT -30 at A-01", "count_gain BOLT +30 at A-01"
    )
    story.expect_stock("70 BOLT at A-01")
    story.expect_erp_inbox("shipment SH-1: 30 PCE BOLT at A-01")


def test_what_is_not_decided_is_not_archived(story: Story) -> None:
    """A task is owed about the receipt: it stays where people find it."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "45 BOLT at DOCK", order="PO-1")
    story.a_year_passes()

    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 45 done, 5 over")
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK for PO-1/1",
        "receipt_purchase BOLT +5 at DOCK blocked for PO-1/1",
    )
    story.expect_stock("40 BOLT at DOCK", "5 BOLT at DOCK blocked")
    story.expect_tasks(
        "QTY-005 goods_receipt GR-1 line 1, PO-1, 5 BOLT:"
        " more than the order line allows: 45 above 40"
    )
    story.expect_erp_inbox(
        "goods_receipt GR-1: 40 PCE BOLT at DOCK; 5 PCE BOLT at DOCK blocked (accepted)"
    )
