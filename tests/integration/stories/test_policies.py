"""Policies: what a company decides for one warehouse, one system or one kind of order."""

from __future__ import annotations

from tests.support.story import Story

SHORT = "stock would fall below zero: {} is there, {} is needed"


def test_a_warehouse_that_books_at_once(story: Story) -> None:
    """negative_stock post: nothing waits for stock, and a person is asked at once."""
    story.stock("10 BOLT at A-01")
    story.dba_decides("warehouse", "W1", "negative_stock", "post", because="many small moves")
    story.wms_ships("SH-1", "40 BOLT at A-01 because SAMPLE")

    story.expect_ledger("issue_sales BOLT -40 at A-01")
    story.expect_stock("-30 BOLT at A-01")
    story.expect_tasks(f"QTY-006 shipment SH-1 line 1, 40 BOLT: {SHORT.format(10, 40)}")
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01")
    story.expect_operators_book(
        "set_policy negative_stock of warehouse W1 to post: many small moves"
    )


def test_what_waits_is_judged_by_the_new_policy(story: Story) -> None:
    """A shipment that waits for stock goes on when the warehouse decides not to wait any more."""
    story.wms_ships("SH-1", "40 BOLT at A-01 because SAMPLE")
    story.expect_all_applied_but("shipment SH-1: waiting for stock W1 BOLT A-01 unrestricted")
    story.dba_decides("warehouse", "W1", "negative_stock", "post", because="many small moves")

    story.expect_all_applied_but()
    story.expect_ledger("issue_sales BOLT -40 at A-01")
    story.expect_stock("-40 BOLT at A-01")
    story.expect_tasks(f"QTY-006 shipment SH-1 line 1, 40 BOLT: {SHORT.format(0, 40)}")
    story.expect_erp_inbox("shipment SH-1: 40 PCE BOLT at A-01")
    story.expect_operators_book(
        "set_policy negative_stock of warehouse W1 to post: many small moves"
    )


def test_a_warehouse_whose_orders_come_by_night(story: Story) -> None:
    """order_limit 12 hours: a receipt of W1 waits over night, one of W3 is booked after an hour."""
    story.dba_decides("warehouse", "W1", "order_limit", "12h", because="the ERP sends by night")
    story.wms_receives("GR-1", "40 BOLT at DOCK", order="PO-1")
    story.wms_receives("GR-3", "40 BOLT at DOCK", order="PO-3", warehouse="W3")
    story.hours_pass(8)

    story.expect_all_applied_but("goods_receipt GR-1: waiting for order W1 purchase_order PO-1")
    story.expect_errors("goods_receipt GR-1: REF-005 order PO-1 is not known")
    story.expect_ledger("receipt_purchase BOLT +40 at DOCK in W3")
    story.expect_stock("40 BOLT at DOCK in W3")
    story.expect_tasks(
        "REF-007 goods_receipt GR-3 in W3, PO-3: order PO-3 did not come in time; posted without it"
    )
    story.expect_erp_inbox("goods_receipt GR-3 in W3: 40 PCE BOLT at DOCK")
    story.expect_operators_book(
        "set_policy order_limit of warehouse W1 to 12:00:00: the ERP sends by night"
    )


def test_a_warehouse_that_answers_within_the_hour(story: Story) -> None:
    """answer_alarm 30 minutes: a question that lies longer is a task, in this warehouse only."""
    story.dba_decides("warehouse", "W1", "answer_alarm", "30 min", because="they are quick")
    for number, warehouse in (("SO-1", "W1"), ("SO-3", "W3")):
        story.erp_orders(number, "40 BOLT", warehouse=warehouse)
        story.wms_takes(number, warehouse)
        story.erp_cancels(number, warehouse=warehouse)
    story.hours_pass(1)

    story.expect_all_applied_but(
        "sales_order SO-1 cancel: waiting for answer",
        "sales_order SO-3 cancel in W3: waiting for answer",
    )
    story.expect_tasks(
        "STA-009 sales_order SO-1 cancel: the warehouse did not answer within 00:30:00"
    )
    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 40 open")
    story.expect_order("SO-3", "in_work", "1 BOLT open: 40 ordered, 40 open", warehouse="W3")
    story.expect_wms_inbox(
        "sales_order SO-1: 40 PCE BOLT (taken)", "sales_order SO-1 cancel",
        "sales_order SO-3 in W3: 40 PCE BOLT (taken)", "sales_order SO-3 cancel in W3",
    )  # fmt: skip
    story.expect_operators_book(
        "set_policy answer_alarm of warehouse W1 to 00:30:00: they are quick"
    )


def test_the_rest_is_always_a_new_order(story: Story) -> None:
    """remainder back_order_erp: each shipment ends its order, and the ERP orders the rest anew."""
    story.dba_decides("order_type", "sales_order", "remainder", "back_order_erp", because="agreed")
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "25 BOLT at A-01", order="SO-1")

    story.expect_order("SO-1", "closed", "1 BOLT short: 40 ordered, 25 done, 15 short")
    story.expect_ledger("issue_sales BOLT -25 at A-01 for SO-1/1")
    story.expect_stock("75 BOLT at A-01")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox("shipment SH-1: 25 PCE BOLT at A-01")
    story.expect_operators_book(
        "set_policy remainder of order_type sales_order to back_order_erp: agreed"
    )


def test_the_warehouse_makes_its_own_back_orders(story: Story) -> None:
    """remainder back_order_wms: a final shipment ends nothing, the rest leaves with the next truck."""
    story.dba_decides("warehouse", "W1", "remainder", "back_order_wms", because="agreed")
    story.stock("100 BOLT at A-01")
    story.erp_orders("SO-1", "40 BOLT")
    story.wms_ships("SH-1", "25 BOLT at A-01", order="SO-1", final=True)
    story.expect_order("SO-1", "in_work", "1 BOLT open: 40 ordered, 25 done, 15 open")
    story.wms_ships("SH-2", "15 BOLT at A-01", order="SO-1", final=True)

    story.expect_order("SO-1", "completed", "1 BOLT completed: 40 ordered, 40 done")
    story.expect_ledger(
        "issue_sales BOLT -25 at A-01 for SO-1/1", "issue_sales BOLT -15 at A-01 for SO-1/1"
    )
    story.expect_stock("60 BOLT at A-01")
    story.expect_wms_inbox("sales_order SO-1: 40 PCE BOLT")
    story.expect_erp_inbox(
        "shipment SH-1 final: 25 PCE BOLT at A-01", "shipment SH-2 final: 15 PCE BOLT at A-01"
    )
    story.expect_operators_book("set_policy remainder of warehouse W1 to back_order_wms: agreed")


def test_a_warehouse_system_without_serial_numbers(story: Story) -> None:
    """An order that its warehouse cannot represent is an error at once, not a surprise on the floor."""
    story.dba_decides("system", "WMS1", "serials", "off", because="an old system")
    story.erp_orders("SO-1", "2 DRILL")

    story.expect_all_applied_but("sales_order SO-1: error")
    story.expect_errors(
        "sales_order SO-1 line 1: SYN-015 the WMS cannot represent item_code DRILL:"
        " serials of WMS1 is off"
    )
    story.expect_operators_book("set_policy serials of system WMS1 to off: an old system")


def test_a_warehouse_system_that_knows_whole_numbers_only(story: Story) -> None:
    """Half a dozen is six bolts: the order must say six, for nobody rounds on the way."""
    story.dba_decides("system", "WMS1", "decimals", "off", because="whole numbers only")
    story.erp_orders("SO-1", "0.5 DOZ BOLT")
    story.erp_orders("SO-2", "6 BOLT")

    story.expect_all_applied_but("sales_order SO-1: error")
    story.expect_errors(
        "sales_order SO-1 line 1: SYN-015 the WMS cannot represent qty 0.5: decimals of WMS1 is off"
    )
    story.expect_order("SO-2", "released", "1 BOLT open: 6 ordered, 6 open")
    story.expect_wms_inbox("sales_order SO-2: 6 PCE BOLT")
    story.expect_operators_book("set_policy decimals of system WMS1 to off: whole numbers only")
