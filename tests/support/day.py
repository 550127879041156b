"""Play one small day with every kind of document and every ending, for tests that look at it."""

from __future__ import annotations

from tests.support.builders import line
from tests.support.builders_world import World


def play_day(world: World) -> World:
    """Send and apply a day: all flows, and messages that end in each way."""
    world.load_masters()
    erp, wms, wms2 = world.erp, world.wms1, world.wms2
    wms.initial_load(
        "INIT", warehouse="W1", seq=1,
        lines=[("A", 500), line("C", 100, location_code="BIN1"), line("L", 60, lot_no="LOT1")],
    )  # fmt: skip
    erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10, "BOX"), ("L", 12)])
    erp.sales_order("SO1", warehouse="W1", lines=[("A", 30), ("B", 2)])
    erp.production_order("MO1", warehouse="W1", product=("P", 4), lines=[("C", 8)])
    erp.transfer_order("TO1", warehouse="W1", to="W3", lines=[("A", 40)])
    erp.customer_return("CR1", warehouse="W1", lines=[("A", 2)])
    erp.supplier_return("SR1", warehouse="W1", lines=[("A", 3)])
    erp.purchase_order("PO2", warehouse="W1", lines=[("NEW", 1)])
    world.drain()
    for delivery in wms.take():
        wms.answer(delivery["delivery_id"], "accepted")
    purchase, transfer = ("purchase_order", "PO1"), ("transfer_order", "TO1")
    wms.order_milestone("M1", warehouse="W1", order=purchase, milestone="accepted")
    wms.goods_receipt(
        "R1", warehouse="W1", seq=2, order=purchase,
        lines=[line("A", 10, uom="BOX", order_line_no=1, location_code="DOCK"),
               line("L", 15, lot_no="LOT2", stock_status="quality")],
    )  # fmt: skip
    wms.stock_move(
        "V1", warehouse="W1", seq=3,
        lines=[{"item_code": "L", "qty": 12, "lot_no": "LOT2", "from_stock_status": "quality",
                "to_stock_status": "unrestricted", "to_location_code": "BIN2"}],
    )  # fmt: skip
    wms.shipment("S1", warehouse="W1", seq=4, order=("sales_order", "SO1"),
                 lines=[("A", 30)], final=True)  # fmt: skip
    wms.shipment("S2", warehouse="W1", seq=5, order=transfer, lines=[("A", 40)])
    wms.shipment("S3", warehouse="W1", seq=6, order=("supplier_return", "SR1"), lines=[("A", 3)])
    wms.goods_receipt("R2", warehouse="W1", seq=7, order=("customer_return", "CR1"),
                      lines=[("A", 2)])  # fmt: skip
    wms.material_issue("I1", warehouse="W1", seq=8, order_no="MO1",
                       lines=[line("C", 8, location_code="BIN1")])  # fmt: skip
    wms.production_receipt("R3", warehouse="W1", seq=9, order_no="MO1", lines=[("P", 4)],
                           final=True)  # fmt: skip
    world.drain()
    wms2.goods_receipt("R1", warehouse="W3", seq=1, order=transfer, lines=[("A", 25)])
    wms.stock_count("K1", warehouse="W1", through=9, seq=10, lines=[("A", 421), ("C", 0)])
    wms.stock_count("K2", warehouse="W1", through=9, seq=11,
                    lines=[line("C", 92, location_code="BIN1")])  # fmt: skip
    world.drain()
    wms.reverse("goods_receipt", "R9", of="R2", warehouse="W1", seq=12)
    wms.stock_adjustment("J1", warehouse="W1", seq=8, lines=[("A", -1)])
    wms.goods_receipt("R1", warehouse="W1", seq=2, order=purchase, message_id="resent",
                      lines=[line("A", 10, uom="BOX", order_line_no=1, location_code="DOCK"),
                             line("L", 15, lot_no="LOT2", stock_status="quality")])  # fmt: skip
    wms.goods_receipt("R1", warehouse="W1", order=purchase, message_id="conflict",
                      lines=[("A", 1)])  # fmt: skip
    wms.goods_receipt("R5", warehouse="W1", order=purchase, lines=[("A", 0), ("A", -1)])
    wms.shipment("S9", warehouse="W1", order=("sales_order", "SO1"), lines=[("A", 9000)])
    wms.goods_receipt("R6", warehouse="W1", order=("purchase_order", "LATE"), lines=[("A", 1)])
    wms.goods_receipt("R7", warehouse="W1", line_count=3, lines=[line("A", 1, reason_code="X")])
    wms.goods_receipt("R8", warehouse="W1", lines=[line("S", 1, serial_no="N1", reason_code="X")])
    erp.sales_order("SO2", warehouse="W1", lines=[("A", 5)])
    erp.sales_order("SO2", warehouse="W1", lines=[("A", 7)], revision=2)
    erp.cancel("sales_order", "SO2", warehouse="W1", revision=2)
    erp.sales_order("SO2", warehouse="W1", lines=[("A", 6)], revision=1, message_id="old")
    erp.item("A", version=0)
    world.drain()
    return world
