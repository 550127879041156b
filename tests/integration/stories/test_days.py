"""Days: a fact belongs to the day of its warehouse, and a wrong clock is noticed."""

from __future__ import annotations

from tests.support.story import Story


def _berlin(story: Story) -> None:
    story.erp_sends("warehouse", warehouse_code="W1", version=2, time_zone="Europe/Berlin")


def test_shortly_before_midnight_in_london_is_tomorrow_in_berlin(story: Story) -> None:
    """The business day is the warehouse's own: 23:30 UTC on the 31st is the 1st in Berlin."""
    _berlin(story)
    for number, warehouse in (("GR-1", "W1"), ("GR-3", "W3")):
        story.wms_receives(
            number, "10 BOLT at DOCK because SAMPLE", warehouse=warehouse,
            occurred_at="2026-03-31 23:30+00",
        )  # fmt: skip

    story.expect_days("goods_receipt GR-1: 2026-04-01", "goods_receipt GR-3 in W3: 2026-03-31")
    story.expect_ledger(
        "receipt_purchase BOLT +10 at DOCK", "receipt_purchase BOLT +10 at DOCK in W3"
    )
    story.expect_stock("10 BOLT at DOCK", "10 BOLT at DOCK in W3")
    story.expect_erp_inbox(
        "goods_receipt GR-1: 10 PCE BOLT at DOCK", "goods_receipt GR-3 in W3: 10 PCE BOLT at DOCK"
    )


def test_the_day_that_has_twenty_five_hours(story: Story) -> None:
    """In October the clocks go back: the day in Berlin runs from 22:00 UTC to 23:00 UTC."""
    _berlin(story)
    for number, at in (
        ("GR-1", "2026-10-24 21:59+00"),
        ("GR-2", "2026-10-24 22:00+00"),
        ("GR-3", "2026-10-25 22:59+00"),
        ("GR-4", "2026-10-25 23:00+00"),
    ):
        story.wms_receives(number, "1 BOLT at DOCK because SAMPLE", occurred_at=at)

    story.expect_days(
        "goods_receipt GR-1: 2026-10-24", "goods_receipt GR-2: 2026-10-25",
        "goods_receipt GR-3: 2026-10-25", "goods_receipt GR-4: 2026-10-26",
    )  # fmt: skip
    story.expect_ledger(*["receipt_purchase BOLT +1 at DOCK"] * 4)
    story.expect_stock("4 BOLT at DOCK")
    story.expect_erp_inbox(*[f"goods_receipt GR-{n}: 1 PCE BOLT at DOCK" for n in (1, 2, 3, 4)])


def test_a_scanner_lives_in_the_future(story: Story) -> None:
    """A fact from tomorrow is posted, for it has happened; somebody must set the clock."""
    story.wms_receives("GR-1", "10 BOLT at DOCK because SAMPLE", occurred_at="2099-12-31 12:00+00")

    story.expect_days("goods_receipt GR-1: 2099-12-31")
    story.expect_ledger("receipt_purchase BOLT +10 at DOCK")
    story.expect_stock("10 BOLT at DOCK")
    story.expect_tasks(
        "PER-001 goods_receipt GR-1: occurred_at 2099-12-31 12:00:00+00 lies ahead of the clock"
        " by more than 00:15:00"
    )
    story.expect_erp_inbox("goods_receipt GR-1: 10 PCE BOLT at DOCK")
