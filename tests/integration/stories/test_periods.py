"""Periods: the months of a warehouse are closed, and what comes too late counts for the next."""

from __future__ import annotations

import psycopg
import pytest

from tests.support.story import Story

LATE = "it happened on 2026-03-31, in a closed period; it counts for"


def test_a_receipt_of_march_comes_after_the_close(story: Story) -> None:
    """Posted on the first of April, marked as late, and listed for both months."""
    story.period_is("2026-03-01", "closed", because="month end")
    story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE", occurred_at="2026-03-31 20:00+00")

    story.expect_days("goods_receipt GR-1: 2026-03-31 posted on 2026-04-01")
    story.expect_cut_off(
        "2026-03 posted later: goods_receipt GR-1 10 BOLT, 5 EUR",
        "2026-04 from an earlier period: goods_receipt GR-1 10 BOLT, 5 EUR",
    )
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK late")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_tasks(f"PER-002 goods_receipt GR-1: {LATE} 2026-04-01")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")
    story.expect_operators_book("period_set 2026-03-01 of W1 to closed: month end")


def test_two_months_are_closed(story: Story) -> None:
    """The first month that takes postings is the one after them."""
    story.period_is("2026-03-01", "closed", because="month end")
    story.period_is("2026-04-01", "closed", because="month end")
    story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE", occurred_at="2026-03-31 20:00+00")

    story.expect_days("goods_receipt GR-1: 2026-03-31 posted on 2026-05-01")
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK late")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_tasks(f"PER-002 goods_receipt GR-1: {LATE} 2026-05-01")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")
    story.expect_operators_book(
        "period_set 2026-03-01 of W1 to closed: month end",
        "period_set 2026-04-01 of W1 to closed: month end",
    )


def test_a_month_that_is_closing_still_takes_its_facts(story: Story) -> None:
    """The accountants are at it, the warehouse is still reporting: posted on its own day."""
    story.period_is("2026-03-01", "closing", because="month end")
    story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE", occurred_at="2026-03-31 20:00+00")

    story.expect_days("goods_receipt GR-1: 2026-03-31")
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")
    story.expect_operators_book("period_set 2026-03-01 of W1 to closing: month end")


def test_a_receipt_in_error_blocks_the_close(story: Story) -> None:
    """A month cannot be closed while a fact of it is not posted; the refusal names the first."""
    wrong = story.wms_receives(
        "GR-1", "0 BOLT at DOCK because SAMPLE", occurred_at="2026-03-31 20:00+00"
    )
    with pytest.raises(psycopg.Error, match="goods_receipt GR-1 of WMS1 is error"):
        story.period_is("2026-03-01", "closed", because="month end")
    story.dba_does("discard", wrong, because="typed by mistake")
    story.period_is("2026-03-01", "closed", because="month end")

    story.expect_all_applied_but("goods_receipt GR-1: discarded")
    story.expect_operators_book(
        "discard goods_receipt GR-1: typed by mistake",
        "period_set 2026-03-01 of W1 to closed: month end",
    )


def test_the_last_evening_of_march_is_april_in_berlin(story: Story) -> None:
    """The month is the warehouse's: 22:30 UTC on the 31st is not late there."""
    story.erp_sends("warehouse", warehouse_code="W1", version=2, time_zone="Europe/Berlin")
    story.period_is("2026-03-01", "closed", because="month end")
    story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE", occurred_at="2026-03-31 22:30+00")

    story.expect_days("goods_receipt GR-1: 2026-04-01")
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")
    story.expect_operators_book("period_set 2026-03-01 of W1 to closed: month end")


def test_a_receipt_of_march_is_taken_back_in_may(story: Story) -> None:
    """A reversal counts for the day on which it happens, not for the month of its original."""
    story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE", occurred_at="2026-03-31 20:00+00")
    story.period_is("2026-03-01", "closed", because="month end")
    story.wms_reverses("GR-2", of="GR-1", occurred_at="2026-05-04 09:00+00")

    story.expect_days("goods_receipt GR-1: 2026-03-31", "goods_receipt GR-2 reverse: 2026-05-04")
    story.expect_ledger(
        "receipt_purchase BOLT +10 at DOCK", "receipt_purchase BOLT -10 at DOCK reversing"
    )
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK", "goods_receipt GR-2 reverse")
    story.expect_operators_book("period_set 2026-03-01 of W1 to closed: month end")


def test_a_month_is_opened_again(story: Story) -> None:
    """With a reason, for the auditors: from then on it takes its facts."""
    story.period_is("2026-03-01", "closed", because="month end")
    story.period_is("2026-03-01", "open", because="the auditors want a correction")
    story.wms_adjusts("AD-1", "10 BOLT at A-01", because="FOUND", occurred_at="2026-03-31 20:00+00")

    story.expect_days("stock_adjustment AD-1: 2026-03-31")
    story.expect_ledger("adjustment BOLT +10 at A-01")
    story.expect_stock("10 BOLT at A-01")
    story.expect_erp_inbox("stock_adjustment AD-1: 10 PCE BOLT at A-01")
    story.expect_operators_book(
        "period_set 2026-03-01 of W1 to closed: month end",
        "period_set 2026-03-01 of W1 to open: the auditors want a correction",
    )
