"""Returns: goods come back, are looked at, and go where they belong."""

from __future__ import annotations

from tests.support.story import Story

BACK = "receipt_return BOLT +10 at DOCK returns for CR-1/1"
RECEIPT = "goods_receipt GR-1: 10 PCE BOLT at DOCK returns"


def test_a_customer_sends_goods_back(story: Story) -> None:
    """Returns are booked apart: they can be promised to nobody before somebody has looked at them."""
    story.erp_orders("CR-1", "10 BOLT because BROKEN")
    story.wms_receives("GR-1", "10 BOLT at DOCK", order="CR-1")

    story.expect_order("CR-1", "completed", "1 BOLT completed: 10 ordered, 10 done")
    story.expect_ledger(BACK)
    story.expect_stock("10 BOLT at DOCK returns")
    story.expect_wms_inbox("customer_return CR-1: 10 PCE BOLT")
    story.expect_erp_inbox(RECEIPT)


def test_the_returned_goods_are_sorted(story: Story) -> None:
    """Seven are as good as new, two are blocked, one is scrapped."""
    story.erp_orders("CR-1", "10 BOLT because BROKEN")
    story.wms_receives("GR-1", "10 BOLT at DOCK", order="CR-1")
    story.wms_moves(
        "MV-1", "7 BOLT from DOCK to A-01 from returns to unrestricted",
        "2 BOLT at DOCK from returns to blocked",
    )  # fmt: skip
    story.wms_adjusts("AD-1", "-1 BOLT at DOCK returns", because="SCRAP")

    story.expect_order("CR-1", "completed", "1 BOLT completed: 10 ordered, 10 done")
    story.expect_ledger(
        BACK,
        "move_status BOLT -7 at DOCK returns", "move_status BOLT +7 at A-01",
        "move_status BOLT -2 at DOCK returns", "move_status BOLT +2 at DOCK blocked",
        "adjustment BOLT -1 at DOCK returns",
    )  # fmt: skip
    story.expect_stock("2 BOLT at DOCK blocked", "7 BOLT at A-01")
    story.expect_wms_inbox("customer_return CR-1: 10 PCE BOLT")
    story.expect_erp_inbox(
        RECEIPT,
        "stock_move MV-1: 7 PCE BOLT at DOCK returns to A-01 to unrestricted;"
        " 2 PCE BOLT at DOCK returns to blocked",
        "stock_adjustment AD-1: -1 PCE BOLT at DOCK returns",
    )


def test_more_comes_back_than_was_announced(story: Story) -> None:
    """What nobody has announced is blocked, and a person decides."""
    story.erp_orders("CR-1", "10 BOLT because BROKEN")
    story.wms_receives("GR-1", "12 BOLT at DOCK", order="CR-1")

    story.expect_order("CR-1", "completed", "1 BOLT completed: 10 ordered, 12 done, 2 over")
    story.expect_ledger(BACK, "receipt_return BOLT +2 at DOCK blocked for CR-1/1")
    story.expect_stock("10 BOLT at DOCK returns", "2 BOLT at DOCK blocked")
    story.expect_tasks(
        "QTY-005 goods_receipt GR-1 line 1, CR-1, 2 BOLT:"
        " more than the order line allows: 12 above 10"
    )
    story.expect_wms_inbox("customer_return CR-1: 10 PCE BOLT")
    story.expect_erp_inbox(
        "goods_receipt GR-1: 10 PCE BOLT at DOCK returns; 2 PCE BOLT at DOCK blocked"
    )


def test_blocked_goods_go_back_to_the_supplier(story: Story) -> None:
    """A supplier return takes the stock that the shipment names: the blocked one."""
    story.stock("10 BOLT at DOCK blocked", "90 BOLT at A-01")
    story.erp_orders("SR-1", "10 BOLT because BROKEN")
    story.wms_ships("SH-1", "10 BOLT at DOCK blocked", order="SR-1")

    story.expect_order("SR-1", "completed", "1 BOLT completed: 10 ordered, 10 done")
    story.expect_ledger("issue_return BOLT -10 at DOCK blocked for SR-1/1")
    story.expect_stock("90 BOLT at A-01")
    story.expect_wms_inbox("supplier_return SR-1: 10 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 10 PCE BOLT at DOCK blocked")


def test_quality_control_releases_a_delivery(story: Story) -> None:
    """Goods under inspection become free stock by a move; a move that changes nothing is an error."""
    story.erp_orders("PO-1", "40 BOLT")
    story.wms_receives("GR-1", "40 BOLT at DOCK quality", order="PO-1")
    story.wms_moves("MV-1", "40 BOLT from DOCK to A-01 from quality to unrestricted")
    story.wms_moves("MV-2", "40 BOLT at A-01")

    story.expect_order("PO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger(
        "receipt_purchase BOLT +40 at DOCK quality for PO-1/1",
        "move_status BOLT -40 at DOCK quality", "move_status BOLT +40 at A-01",
    )  # fmt: skip
    story.expect_stock("40 BOLT at A-01")
    story.expect_all_applied_but("stock_move MV-2: error")
    story.expect_errors(
        "stock_move MV-2 line 1: STA-002 the move changes neither location nor status"
    )
    story.expect_wms_inbox("purchase_order PO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "goods_receipt GR-1: 40 PCE BOLT at DOCK quality",
        "stock_move MV-1: 40 PCE BOLT at DOCK quality to A-01 to unrestricted",
    )
