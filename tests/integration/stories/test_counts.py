"""Counts and adjustments: the book ends at what was counted, whatever moves meanwhile.

`seq` is the warehouse's own number of a movement; a count says through which one it sees.
"""

from __future__ import annotations

from tests.support.story import Story


def test_three_bolts_are_missing(story: Story) -> None:
    """The difference between the count and the book is posted, and the ERP is told."""
    story.stock("100 BOLT at A-01", "20 NUT at A-02", seq=1)
    story.wms_counts("CT-1", "97 BOLT at A-01", "22 NUT at A-02", through=1)

    story.expect_ledger("count_loss BOLT -3 at A-01", "count_gain NUT +2 at A-02")
    story.expect_stock("22 NUT at A-02", "97 BOLT at A-01")
    story.expect_erp_inbox("stock_count CT-1: 97 PCE BOLT at A-01; 22 PCE NUT at A-02")


def test_everything_is_where_it_should_be(story: Story) -> None:
    """A count without a difference posts nothing."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_counts("CT-1", "1 BOX BOLT at A-01", through=1)

    story.expect_erp_inbox("stock_count CT-1: 1 BOX BOLT at A-01")


def test_an_empty_location_is_counted(story: Story) -> None:
    """Zero is a result."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_counts("CT-1", "0 BOLT at A-01", through=1)

    story.expect_ledger("count_loss BOLT -100 at A-01")
    story.expect_stock()
    story.expect_erp_inbox("stock_count CT-1: 0 PCE BOLT at A-01")


def test_goods_leave_while_the_count_is_under_way(story: Story) -> None:
    """The count saw 97 before the truck left: three are missing, not thirty-three."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_ships("SH-1", "30 BOLT at A-01 because SAMPLE", seq=2)
    story.wms_counts("CT-1", "97 BOLT at A-01", through=1)

    story.expect_ledger("issue_sales BOLT -30 at A-01", "count_loss BOLT -3 at A-01")
    story.expect_stock("67 BOLT at A-01")
    story.expect_erp_inbox(
        "shipment SH-1: 30 PCE BOLT at A-01", "stock_count CT-1: 97 PCE BOLT at A-01"
    )


def test_a_shipment_from_before_the_count_is_reported_after_it(story: Story) -> None:
    """The counters did not see these bolts: the late shipment corrects the count's difference."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_counts("CT-1", "70 BOLT at A-01", through=2)
    story.wms_ships("SH-1", "30 BOLT at A-01 because SAMPLE", seq=2)

    story.expect_ledger(
        "count_loss BOLT -30 at A-01", "issue_sales BOLT -30 at A-01", "count_gain BOLT +30 at A-01"
    )
    story.expect_stock("70 BOLT at A-01")
    story.expect_erp_inbox(
        "stock_count CT-1: 70 PCE BOLT at A-01", "shipment SH-1: 30 PCE BOLT at A-01"
    )


def test_the_same_result_is_told_twice(story: Story) -> None:
    """Two devices send the same count of the same moment: it counts once."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_counts("CT-1", "97 BOLT at A-01", through=1)
    story.wms_counts("CT-2", "97 BOLT at A-01", through=1)

    story.expect_ledger("count_loss BOLT -3 at A-01")
    story.expect_stock("97 BOLT at A-01")
    story.expect_erp_inbox(
        "stock_count CT-1: 97 PCE BOLT at A-01", "stock_count CT-2: 97 PCE BOLT at A-01"
    )


def test_two_results_for_one_moment(story: Story) -> None:
    """They cannot both be true: the first stands, the second is a conflict."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_counts("CT-1", "97 BOLT at A-01", through=1)
    story.wms_counts("CT-2", "95 BOLT at A-01", through=1)

    story.expect_all_applied_but("stock_count CT-2: error")
    story.expect_errors(
        "stock_count CT-2 line 1: DUP-001 the same key came before with other content:"
        " stock_count CT-1"
    )
    story.expect_ledger("count_loss BOLT -3 at A-01")
    story.expect_stock("97 BOLT at A-01")
    story.expect_erp_inbox("stock_count CT-1: 97 PCE BOLT at A-01")


def test_the_recount_is_the_truth(story: Story) -> None:
    """A count with a newer position decides anew."""
    story.stock("100 BOLT at A-01", seq=1)
    story.wms_counts("CT-1", "90 BOLT at A-01", through=1)
    story.wms_moves("MV-1", "10 BOLT from A-01 to A-02", seq=2)
    story.wms_counts("CT-2", "89 BOLT at A-01", through=2)

    story.expect_ledger(
        "count_loss BOLT -10 at A-01",
        "move_location BOLT -10 at A-01", "move_location BOLT +10 at A-02",
        "count_gain BOLT +9 at A-01",
    )  # fmt: skip
    story.expect_stock("10 BOLT at A-02", "89 BOLT at A-01")
    story.expect_erp_inbox(
        "stock_count CT-1: 90 PCE BOLT at A-01", "stock_move MV-1: 10 PCE BOLT at A-01 to A-02",
        "stock_count CT-2: 89 PCE BOLT at A-01",
    )  # fmt: skip


def test_an_older_count_comes_after_the_newer(story: Story) -> None:
    """The newer one knew better."""
    story.stock("100 BOLT at A-01", seq=5)
    story.wms_counts("CT-2", "97 BOLT at A-01", through=5)
    story.wms_counts("CT-1", "100 BOLT at A-01", through=4)

    story.expect_all_applied_but("stock_count CT-1: error")
    story.expect_errors(
        "stock_count CT-1 line 1: SEQ-002 counted_through_seq 4 is not above the earlier count's 5"
    )
    story.expect_ledger("count_loss BOLT -3 at A-01")
    story.expect_stock("97 BOLT at A-01")
    story.expect_erp_inbox("stock_count CT-2: 97 PCE BOLT at A-01")


def test_a_pallet_fell_from_the_rack(story: Story) -> None:
    """An adjustment says why; without a reason it is an error."""
    story.stock("100 BOLT at A-01")
    story.wms_adjusts("AD-1", "-12 BOLT at A-01", because="BROKEN")
    story.wms_adjusts("AD-2", "-12 BOLT at A-01", because="")

    story.expect_all_applied_but("stock_adjustment AD-2: error")
    story.expect_errors("stock_adjustment AD-2 line 1: SYN-001 reason_code is missing")
    story.expect_ledger("adjustment BOLT -12 at A-01")
    story.expect_stock("88 BOLT at A-01")
    story.expect_erp_inbox("stock_adjustment AD-1: -12 PCE BOLT at A-01")
