"""Lots, expiry dates and serial numbers."""

from __future__ import annotations

from tests.support.story import Story


def test_paint_without_a_lot(story: Story) -> None:
    """The article is kept by lot: a receipt without one is an error, its correction is posted."""
    first = story.wms_receives("GR-1", "2 CAN PAINT at A-01 because SAMPLE")
    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors(
        "goods_receipt GR-1 line 1: LOT-001 item PAINT is kept by lot and the line names none"
    )
    story.sends_again(first.with_line(1, lot_no="L7"))

    story.expect_all_applied_but("goods_receipt GR-1: superseded")
    story.expect_ledger("receipt_purchase PAINT +10 lot L7 at A-01")
    story.expect_stock("10 PAINT lot L7 at A-01")
    story.expect_erp_inbox("goods_receipt GR-1: 2 CAN PAINT lot L7 at A-01")


def test_two_drills_with_one_number(story: Story) -> None:
    """A serial number stands for one piece: two on one line are an error."""
    story.wms_receives("GR-1", "2 DRILL serial 4711 at A-01 because SAMPLE")
    story.wms_receives("GR-2", "1 DRILL at A-01 because SAMPLE")

    story.expect_all_applied_but("goods_receipt GR-1: error", "goods_receipt GR-2: error")
    story.expect_errors(
        "goods_receipt GR-1 line 1: LOT-003 a serial number stands for one piece, not 2",
        "goods_receipt GR-2 line 1: LOT-002 item DRILL is kept by serial number and the line names none",
    )


def test_a_drill_goes_out_and_comes_back(story: Story) -> None:
    """A serial number that has left may come again."""
    story.stock("1 DRILL serial 4711 at A-01")
    story.erp_orders("SO-1", "1 DRILL")
    story.wms_ships("SH-1", "1 DRILL serial 4711 at A-01", order="SO-1")
    story.erp_orders("CR-1", "1 DRILL because BROKEN")
    story.wms_receives("GR-1", "1 DRILL serial 4711 at DOCK", order="CR-1")

    story.expect_order("SO-1", "completed", "1 DRILL completed: 1 ordered, 1 done")
    story.expect_order("CR-1", "completed", "1 DRILL completed: 1 ordered, 1 done")
    story.expect_ledger(
        "issue_sales DRILL -1 serial 4711 at A-01 for SO-1/1",
        "receipt_return DRILL +1 serial 4711 at DOCK returns for CR-1/1",
    )
    story.expect_stock("1 DRILL at DOCK returns")
    story.expect_wms_inbox("sales_order SO-1: 1 PCE DRILL", "customer_return CR-1: 1 PCE DRILL")
    story.expect_erp_inbox(
        "shipment SH-1: 1 PCE DRILL serial 4711 at A-01",
        "goods_receipt GR-1: 1 PCE DRILL serial 4711 at DOCK returns",
    )


def test_the_number_is_on_hand_already(story: Story) -> None:
    """One of the two is not what it says: the second is booked blocked, and a person looks at it."""
    story.stock("1 DRILL serial 4711 at A-01")
    story.wms_receives("GR-1", "1 DRILL serial 4711 at DOCK because SAMPLE")

    story.expect_ledger("receipt_purchase DRILL +1 serial 4711 at DOCK blocked")
    story.expect_stock("1 DRILL at A-01", "1 DRILL at DOCK blocked")
    story.expect_tasks(
        "LOT-005 goods_receipt GR-1 line 1, 1 DRILL: serial number 4711 is on hand already"
    )
    story.expect_erp_inbox("goods_receipt GR-1: 1 PCE DRILL serial 4711 at DOCK blocked")


def test_one_lot_with_two_dates(story: Story) -> None:
    """The label says another expiry than the lot has: booked blocked until somebody has looked."""
    story.wms_receives("GR-1", "2 CAN PAINT lot L7 expires 2030-01-31 at A-01 because SAMPLE")
    story.wms_receives("GR-2", "1 CAN PAINT lot L7 expires 2031-01-31 at A-01 because SAMPLE")

    story.expect_ledger(
        "receipt_purchase PAINT +10 lot L7 at A-01",
        "receipt_purchase PAINT +5 lot L7 at A-01 blocked",
    )
    story.expect_stock("10 PAINT lot L7 at A-01", "5 PAINT lot L7 at A-01 blocked")
    story.expect_tasks(
        "LOT-004 goods_receipt GR-2 line 1, 5 PAINT:"
        " the lot expires on 2030-01-31 as it was said first, and the line says 2031-01-31"
    )
    story.expect_erp_inbox(
        "goods_receipt GR-1: 2 CAN PAINT lot L7 at A-01",
        "goods_receipt GR-2: 1 CAN PAINT lot L7 at A-01 blocked",
    )


def test_expired_paint_arrives(story: Story) -> None:
    """It is here, so it is booked, but nobody can sell it."""
    story.wms_receives(
        "GR-1", "2 CAN PAINT lot L7 expires 2026-01-31 at A-01 because SAMPLE",
        occurred_at="2026-03-02 09:00+00",
    )  # fmt: skip

    story.expect_ledger("receipt_purchase PAINT +10 lot L7 at A-01 blocked")
    story.expect_stock("10 PAINT lot L7 at A-01 blocked")
    story.expect_tasks(
        "LOT-006 goods_receipt GR-1 line 1, 10 PAINT:"
        " the goods had expired on 2026-01-31; they came or left on 2026-03-02"
    )
    story.expect_erp_inbox("goods_receipt GR-1: 2 CAN PAINT lot L7 at A-01 blocked")


def test_expired_paint_was_shipped(story: Story) -> None:
    """The goods have left: posted as it happened, and somebody must call the customer."""
    story.wms_receives(
        "GR-1", "2 CAN PAINT lot L7 expires 2026-01-31 at A-01 because SAMPLE",
        occurred_at="2025-12-01 09:00+00",
    )  # fmt: skip
    story.wms_ships(
        "SH-1", "1 CAN PAINT lot L7 at A-01 because SAMPLE", occurred_at="2026-03-02 09:00+00"
    )

    story.expect_ledger(
        "receipt_purchase PAINT +10 lot L7 at A-01", "issue_sales PAINT -5 lot L7 at A-01"
    )
    story.expect_stock("5 PAINT lot L7 at A-01")
    story.expect_tasks(
        "LOT-006 shipment SH-1 line 1, 5 PAINT:"
        " the goods had expired on 2026-01-31; they came or left on 2026-03-02"
    )
    story.expect_erp_inbox(
        "goods_receipt GR-1: 2 CAN PAINT lot L7 at A-01",
        "shipment SH-1: 1 CAN PAINT lot L7 at A-01",
    )


def test_the_label_is_read_again(story: Story) -> None:
    """A receipt that is blocked for its date is released when somebody has looked at the lot."""
    story.wms_receives("GR-1", "2 CAN PAINT lot L7 expires 2030-01-31 at A-01 because SAMPLE")
    story.wms_receives("GR-2", "1 CAN PAINT lot L7 expires 2031-01-31 at A-01 because SAMPLE")
    story.people_decide("LOT-004", "release", because="the label says 2030")

    story.expect_ledger(
        "receipt_purchase PAINT +10 lot L7 at A-01",
        "receipt_purchase PAINT +5 lot L7 at A-01 blocked",
        "move_status PAINT -5 lot L7 at A-01 blocked", "move_status PAINT +5 lot L7 at A-01",
    )  # fmt: skip
    story.expect_stock("15 PAINT lot L7 at A-01")
    story.expect_tasks(
        "LOT-004 goods_receipt GR-2 line 1, 5 PAINT:"
        " the lot expires on 2030-01-31 as it was said first, and the line says 2031-01-31"
        " (done release)"
    )
    story.expect_erp_inbox(
        "goods_receipt GR-1: 2 CAN PAINT lot L7 at A-01",
        "goods_receipt GR-2: 1 CAN PAINT lot L7 at A-01 blocked",
        "stock_move TASK-1: 5 LTR PAINT lot L7 at A-01 blocked to unrestricted",
    )
    story.expect_operators_book(
        "resolve_task LOT-004 goods_receipt GR-2 release: the label says 2030"
    )


def test_nuts_instead_of_bolts(story: Story) -> None:
    """A substitute with its reason fills the line that it names, and nobody is asked."""
    story.stock("100 NUT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "40 NUT at A-01 line 1 because SUBSTITUTE", order="SO-1")

    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger("issue_sales NUT -40 at A-01 for SO-1/1")
    story.expect_stock("60 NUT at A-01")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 40 PCE NUT at A-01")


def test_flour_instead_of_bolts(story: Story) -> None:
    """Kilograms cannot fill a line of pieces, whatever the reason says: a person decides."""
    story.stock("100 FLOUR at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "40 FLOUR at A-01 line 1 because SUBSTITUTE", order="SO-1")

    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_ledger("issue_sales FLOUR -40 at A-01 for SO-1")
    story.expect_stock("60 FLOUR at A-01")
    story.expect_tasks("QTY-007 shipment SH-1 line 1, SO-1, 40 FLOUR: line 1 is not in the order")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 40 KGM FLOUR at A-01")
