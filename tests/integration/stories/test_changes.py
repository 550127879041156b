"""Changes of an order that the warehouse has, may have read, or has begun."""

from __future__ import annotations

from tests.support.story import Story


def test_a_change_before_the_warehouse_has_read_the_order(story: Story) -> None:
    """The newer revision takes the place of the older in the inbox."""
    story.erp_orders("SO-1", "40 BOLT")
    story.erp_changes("SO-1", 2, "25 BOLT", "5 NUT")

    story.expect_order(
        "SO-1", "released", "1 BOLT open: 25 ordered, 25 open", "2 NUT open: 5 ordered, 5 open"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (withdrawn)",
        "sales_order SO-1 rev 2: 25 PCE BOLT; 5 PCE NUT",
    )


def test_the_customer_wants_less_and_the_warehouse_agrees(story: Story) -> None:
    """Less than before is a question once the order is read; until the answer nothing changes."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "25 BOLT")
    story.expect_all_applied_but("sales_order SO-1 rev 2: waiting for answer")
    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.wms_accepts("SO-1")

    story.expect_all_applied_but()
    story.expect_order("SO-1", "in_work", "1 BOLT open: 25 ordered, 25 open")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 rev 2: 25 PCE BOLT (accepted)"
    )


def test_the_customer_wants_less_and_the_warehouse_says_no(story: Story) -> None:
    """The order stays as it was; the ERP reads the warehouse's reason."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "25 BOLT")
    story.wms_refuses("SO-1", because="PICKED")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_all_applied_but("sales_order SO-1 rev 2: refused")
    story.expect_errors("sales_order SO-1 rev 2: STA-007 the warehouse refused the request: PICKED")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)",
        "sales_order SO-1 rev 2: 25 PCE BOLT (refused PICKED)",
    )


def test_the_customer_wants_more(story: Story) -> None:
    """More than before needs no answer: it is agreed at once and the warehouse is told."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.wms_reports("SO-1", "picking")
    story.erp_changes("SO-1", 2, "50 BOLT", "5 NUT")

    story.expect_order(
        "SO-1", "in_work", "1 BOLT open: 50 ordered, 50 open", "2 NUT open: 5 ordered, 5 open"
    )
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 rev 2: 50 PCE BOLT; 5 PCE NUT"
    )
    story.expect_erp_inbox("order_milestone MS-1 picking")


def test_a_line_is_dropped(story: Story) -> None:
    """A revision without a line cancels that line; the warehouse is asked before."""
    story.erp_orders("SO-1", "40 BOLT", "5 NUT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "40 BOLT")
    story.expect_all_applied_but("sales_order SO-1 rev 2: waiting for answer")
    story.wms_accepts("SO-1")

    story.expect_all_applied_but()
    story.expect_order(
        "SO-1", "in_work",
        "1 BOLT open: 40 ordered, 40 open", "2 NUT cancelled: 5 ordered, 5 cancelled",
    )  # fmt: skip
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT; 5 PCE NUT (taken)",
        "sales_order SO-1 rev 2: 40 PCE BOLT (accepted)",
    )


def test_less_is_asked_than_has_left(story: Story) -> None:
    """A quantity never falls below what is done: the line ends at that, and the ERP is warned."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "30 BOLT at A-01", order="SO-1")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "20 BOLT")
    story.wms_accepts("SO-1")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 30 ordered, 30 done")
    story.expect_errors(
        "sales_order SO-1 rev 2 line 1: STA-008 the warehouse kept the line at 30, not 20"
    )
    story.expect_ledger("issue_sales BOLT -30 at A-01 for SO-1/1")
    story.expect_stock("70 BOLT at A-01")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 rev 2: 20 PCE BOLT (accepted)"
    )
    story.expect_erp_inbox("shipment SH-1: 30 PCE BOLT at A-01")


def test_an_older_revision_arrives_after_the_newer(story: Story) -> None:
    """The highest revision is in force, whatever comes first."""
    story.erp_changes("SO-1", 3, "25 BOLT")
    story.erp_changes("SO-1", 2, "60 BOLT")

    story.expect_order("SO-1", "released", "1 BOLT open: 25 ordered, 25 open")
    story.expect_all_applied_but("sales_order SO-1 rev 2: superseded")
    story.expect_wms_inbox("sales_order SO-1 rev 3: 25 PCE BOLT")


def test_the_erp_changes_its_mind_three_times_over_night(story: Story) -> None:
    """Revisions that lie there together end as the newest; the warehouse has one order to read."""
    with story.crossdock_down():
        story.erp_orders("SO-1", "40 BOLT")
        story.erp_changes("SO-1", 2, "50 BOLT")
        story.erp_changes("SO-1", 3, "25 BOLT")

    story.expect_order("SO-1", "released", "1 BOLT open: 25 ordered, 25 open")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (withdrawn)",
        "sales_order SO-1 rev 2: 50 PCE BOLT (withdrawn)",
        "sales_order SO-1 rev 3: 25 PCE BOLT",
    )


def test_a_begun_line_cannot_become_another_article(story: Story) -> None:
    """Bolts have left for line 1: it cannot be about nuts afterwards."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "10 BOLT at A-01", order="SO-1")
    story.erp_changes("SO-1", 2, "40 NUT")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 10 done, 30 open")
    story.expect_all_applied_but("sales_order SO-1 rev 2: refused")
    story.expect_errors(
        "sales_order SO-1 rev 2: STA-001 the order is in_work, by shipment SH-1; upsert is no longer possible"
    )
    story.expect_ledger("issue_sales BOLT -10 at A-01 for SO-1/1")
    story.expect_stock("90 BOLT at A-01")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 10 PCE BOLT at A-01")


def test_a_change_of_a_completed_order(story: Story) -> None:
    """What is still needed then is a new order."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")
    story.erp_changes("SO-1", 2, "60 BOLT")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_all_applied_but("sales_order SO-1 rev 2: refused")
    story.expect_errors(
        "sales_order SO-1 rev 2: STA-001 the order is completed, by shipment SH-1; upsert is no longer possible"
    )
    story.expect_ledger("issue_sales BOLT -40 at A-01 for SO-1/1")
    story.expect_stock("60 BOLT at A-01")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01")


def test_another_lot_is_wanted(story: Story) -> None:
    """Another lot is another thing: the warehouse is asked as if the line were dropped and added."""
    story.erp_orders("SO-1", "4 CAN PAINT lot L7")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "4 CAN PAINT lot L8")
    story.expect_all_applied_but("sales_order SO-1 rev 2: waiting for answer")
    story.wms_accepts("SO-1")

    story.expect_all_applied_but()
    story.expect_order("SO-1", "in_work", "1 PAINT open: 20 ordered, 20 open")
    story.expect_wms_inbox(
        "sales_order SO-1: 4 CAN PAINT lot L7 (taken)",
        "sales_order SO-1 rev 2: 4 CAN PAINT lot L8 (accepted)",
    )


def test_a_question_that_nobody_has_read_gives_way_to_the_next(story: Story) -> None:
    """The warehouse is asked about the newest wish only."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "25 BOLT")
    story.erp_changes("SO-1", 3, "20 BOLT")

    story.expect_all_applied_but(
        "sales_order SO-1 rev 2: superseded", "sales_order SO-1 rev 3: waiting for answer"
    )
    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)",
        "sales_order SO-1 rev 2: 25 PCE BOLT (withdrawn)",
        "sales_order SO-1 rev 3: 20 PCE BOLT",
    )


def test_a_question_that_was_read_is_answered_before_the_next(story: Story) -> None:
    """Somebody in the warehouse is thinking about it: the next wish waits its turn."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "25 BOLT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 3, "20 BOLT")
    story.expect_all_applied_but(
        "sales_order SO-1 rev 2: waiting for answer", "sales_order SO-1 rev 3: received"
    )
    story.wms_refuses("SO-1", because="PICKED")
    story.wms_accepts("SO-1")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 20 ordered, 20 open")
    story.expect_all_applied_but("sales_order SO-1 rev 2: refused")
    story.expect_errors("sales_order SO-1 rev 2: STA-007 the warehouse refused the request: PICKED")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)",
        "sales_order SO-1 rev 2: 25 PCE BOLT (refused PICKED)",
        "sales_order SO-1 rev 3: 20 PCE BOLT (accepted)",
    )


def test_another_carrier_before_picking_and_after(story: Story) -> None:
    """Before picking the warehouse is told; once it picks, it is asked."""
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "40 BOLT", carrier_code="CAR")
    story.expect_all_applied_but()
    story.wms_reports("SO-1", "picking")
    story.erp_changes("SO-1", 3, "40 BOLT", note="to the back door")
    story.expect_all_applied_but("sales_order SO-1 rev 3: waiting for answer")
    story.wms_accepts("SO-1")

    story.expect_all_applied_but()
    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 rev 2: 40 PCE BOLT",
        "sales_order SO-1 rev 3: 40 PCE BOLT (accepted)",
    )  # fmt: skip
    story.expect_erp_inbox("order_milestone MS-1 picking")


def test_the_truck_leaves_while_the_warehouse_thinks_about_it(story: Story) -> None:
    """The yes comes when all is shipped: nothing is taken away, and the ERP is warned."""
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_takes("SO-1")
    story.erp_changes("SO-1", 2, "25 BOLT")
    story.wms_ships("SH-1", "40 BOLT at A-01", order="SO-1")
    story.wms_accepts("SO-1")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_errors(
        "sales_order SO-1 rev 2 line 1: STA-008 the warehouse kept the line at 40, not 25"
    )
    story.expect_ledger("issue_sales BOLT -40 at A-01 for SO-1/1")
    story.expect_stock("60 BOLT at A-01")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 rev 2: 25 PCE BOLT (accepted)"
    )
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01")
