"""Units: boxes, dozens, bags and grams, and what happens when a box changes its size."""

from __future__ import annotations

from tests.support.story import Story


def test_boxes_are_ordered_and_pieces_arrive(story: Story) -> None:
    """Everything is kept in the base unit; both sides read what was sent."""
    story.erp_orders("PO-1", "2 BOX BOLT")
    story.wms_receives("GR-1", "150 BOLT at DOCK", order="PO-1")
    story.expect_order("PO-1", "in_work", "1 BOLT open: 200 ordered, 150 done, 50 open")
    story.wms_receives("GR-2", "0.5 BOX BOLT at DOCK", order="PO-1")

    story.expect_order("PO-1", "completed", "1 BOLT completed: 200 ordered, 200 done")
    story.expect_ledger(
        "receipt_purchase BOLT +150 at DOCK for PO-1/1",
        "receipt_purchase BOLT +50 at DOCK for PO-1/1",
    )
    story.expect_stock("200 BOLT at DOCK")
    story.expect_wms_inbox("purchase_order PO-1: 2 BOX BOLT")
    story.expect_erp_inbox(
        "goods_receipt GR-1: 150 PCE BOLT at DOCK", "goods_receipt GR-2: 0.5 BOX BOLT at DOCK"
    )


def test_the_box_becomes_larger_between_order_and_receipt(story: Story) -> None:
    """Ordered were 2 boxes of 100; the supplier now packs 120: 40 bolts are too many, and blocked."""
    story.erp_orders("PO-1", "2 BOX BOLT")
    story.erp_sends(
        "item_uom", item_code="BOLT", uom="BOX", version=2, numerator=120, denominator=1
    )
    story.wms_receives("GR-1", "2 BOX BOLT at DOCK", order="PO-1")

    story.expect_order("PO-1", "completed", "1 BOLT completed: 200 ordered, 240 done, 40 over")
    story.expect_ledger(
        "receipt_purchase BOLT +200 at DOCK for PO-1/1",
        "receipt_purchase BOLT +40 at DOCK blocked for PO-1/1",
    )
    story.expect_stock("200 BOLT at DOCK", "40 BOLT at DOCK blocked")
    story.expect_tasks(
        "QTY-005 goods_receipt GR-1 line 1, PO-1, 40 BOLT:"
        " more than the order line allows: 240 above 200"
    )
    story.expect_wms_inbox("purchase_order PO-1: 2 BOX BOLT")
    story.expect_erp_inbox("goods_receipt GR-1: 200 PCE BOLT at DOCK; 40 PCE BOLT at DOCK blocked")


def test_flour_by_the_bag_and_by_the_gram(story: Story) -> None:
    """Ratios are exact: 2 bags of 25 kg less 250 g are 49.75 kg, today and after a year."""
    story.stock("2 BAG FLOUR at A-01")
    story.wms_ships("SH-1", "250 GRM FLOUR at A-01 because SAMPLE")

    story.expect_ledger("issue_sales FLOUR -0.25 at A-01")
    story.expect_stock("49.75 FLOUR at A-01")
    story.expect_erp_inbox("shipment SH-1: 250 GRM FLOUR at A-01")


def test_a_quantity_that_does_not_come_out_even(story: Story) -> None:
    """A third of a piece does not exist: an error at the door, not 33.333333 in the books."""
    story.erp_sends(
        "item_uom", item_code="BOLT", uom="THIRD", version=1, numerator=1, denominator=3
    )
    story.wms_receives("GR-1", "100 THIRD BOLT at DOCK because SAMPLE")

    story.expect_all_applied_but("goods_receipt GR-1: error")
    story.expect_errors(
        "goods_receipt GR-1 line 1: UOM-002 100 THIRD is not exact in the base unit PCE"
    )


def test_a_unit_that_nobody_knows_yet(story: Story) -> None:
    """The receipt waits for the unit, names it, and goes on when the ERP has sent it."""
    story.wms_receives("GR-1", "1 PAL BOLT at DOCK because SAMPLE")
    story.expect_all_applied_but("goods_receipt GR-1: waiting for item_uom BOLT PAL")
    story.expect_errors("goods_receipt GR-1 line 1: UOM-001 unit PAL of item BOLT is not known")
    story.erp_sends(
        "item_uom", item_code="BOLT", uom="PAL", version=1, numerator=4800, denominator=1
    )

    story.expect_all_applied_but()
    story.expect_errors()
    story.expect_ledger("receipt_purchase BOLT +4800 at DOCK")
    story.expect_stock("4800 BOLT at DOCK")
    story.expect_erp_inbox("goods_receipt GR-1: 1 PAL BOLT at DOCK")
