"""Break every rule of the catalogue; the rules of form have a module of their own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.integration.rule_cases_form import FORM
from tests.integration.rule_making import (
    Case,
    E,
    F,
    answered,
    closed_before,
    closed_by_force,
    count,
    counted_lot,
    discarded_before,
    each_of,
    fact_of,
    given_up,
    lot,
    move,
    new_warehouse,
    order_for,
    partial,
    purchase_order,
    receipt,
    response,
    sent_before,
    snapshot,
    taken_before,
    trapped,
)

QUANTITIES: list[Case] = [
    Case("QTY-001", purchase_order(lines=[("A", 1), ("B", 0)]), "qty", 2, "0"),
    Case("QTY-001", lambda t: F.stock_adjustment(t, warehouse="W1", lines=[("A", 0)]), "qty", 1,
         "0"),
    Case("QTY-001", lambda t: E.production_order(
        t, warehouse="W1", product=("P", 0), lines=[("C", 1)]), "qty", value="0"),
    Case("QTY-002", receipt({"qty": "-2.50"}), "qty", 1, "-2.5"),
    Case("QTY-002", count(("A", -1)), "counted_qty", 1, "-1"),
    Case("QTY-002", lambda t: E.production_order(
        t, warehouse="W1", product=("P", -3, "PCE"), lines=[("C", 1)]), "qty", value="-3"),
    *(Case("QTY-003", receipt({"qty": Decimal(word)}), "qty", 1, word)
      for word in ("NaN", "Infinity", "-Infinity")),
    Case("QTY-003", lambda t: F.stock_adjustment(
        t, warehouse="W1", lines=[("A", Decimal("-Infinity"))]), "qty", 1, "-Infinity"),
    Case("QTY-003", snapshot(qty=Decimal("NaN")), "qty", 1, "NaN"),
    Case("QTY-003", lambda t: E.production_order(
        t, warehouse="W1", product=("P", Decimal("NaN")), lines=[("C", 1)]), "qty", value="NaN"),
    Case("QTY-004", receipt({"qty": 10**13}), "qty", 1, "10000000000000", "10000000000000"),
    Case("QTY-004", receipt({"qty": 10**12, "uom": "BOX"}), "qty", 1, "1000000000000",
         "10000000000000"),
    Case("QTY-004", receipt({"qty": Decimal("1e1000")}), "qty", 1, "1" + "0" * 249,
         "10000000000000"),
    Case("QTY-004", lambda t: E.production_order(
        t, warehouse="W1", product=("P", 10**13), lines=[("C", 1)]), "qty",
        value="10000000000000", expected="10000000000000"),
    Case("QTY-004", lambda t: E.production_order(
        t, warehouse="W1", product=("A", 10**12, "BOX"), lines=[("C", 1)]), "qty",
        value="1000000000000", expected="10000000000000"),
    Case("QTY-005", fact_of("goods_receipt", "purchase_order", ("A", 13)), "qty", 1, "13", "10",
         "task", "applied", before=order_for("purchase_order")),
    Case("QTY-006", lambda t: F.shipment(
        t, warehouse="W1", lines=[{"item_code": "A", "qty": 5, "lot_no": t, "reason_code": "X"}]),
        "qty", 1, "0", "5", "wait", "waiting"),
    Case("QTY-006", lambda t: F.shipment(
        t, warehouse="W1", lines=[{"item_code": "A", "qty": 5, "lot_no": t, "reason_code": "X"}]),
        "qty", 1, "0", "5", "task", "applied", settle=given_up),
    Case("QTY-007", fact_of("goods_receipt", "purchase_order", ("B", 1)), "item_code", 1,
         "item B", None, "task", "applied", before=order_for("purchase_order")),
    Case("QTY-007", fact_of("goods_receipt", "purchase_order",
                             {"item_code": "A", "qty": 1, "order_line_no": 8}),
         "order_line_no", 1, "line 8", None, "task", "applied",
         before=order_for("purchase_order")),
    Case("QTY-002", partial(order_line_no=1, accepted_qty=-1), "accepted_qty", 1, "-1",
         before=order_for("purchase_order")),
    Case("QTY-003", partial(order_line_no=1, accepted_qty=Decimal("NaN")), "accepted_qty", 1, "NaN",
         before=order_for("purchase_order")),
    Case("SYN-001", partial(accepted_qty=1), "order_line_no", 1,
         before=order_for("purchase_order")),
    Case("UOM-001", partial(order_line_no=1, accepted_qty=1, uom="DOZEN"), "uom", 1, "DOZEN", "A",
         "error", before=order_for("purchase_order")),
    Case("UOM-002", receipt({"item_code": "C", "qty": 1, "uom": "SET"}), "uom", 1, "1 SET", "PCE"),
    Case("UOM-002", receipt({"item_code": "B", "qty": "0.0000001"}), "uom", 1, "0.0000001 KGM",
         "KGM"),
    Case("UOM-002", purchase_order(lines=[("C", "0.5", "SET")]), "uom", 1, "0.5 SET", "PCE"),
    Case("UOM-002", lambda t: E.production_order(
        t, warehouse="W1", product=("C", 1, "SET"), lines=[("A", 1)]), "uom", value="1 SET",
        expected="PCE"),
    Case("UOM-003", lambda _: E.item("A", version=99, base_uom="KGM"), "base_uom", None, "KGM",
         "PCE"),
    Case("LOT-001", receipt({"item_code": "L"}), "lot_no", 1, "L"),
    Case("LOT-001", count(("L", 1)), "lot_no", 1, "L"),
    Case("LOT-002", receipt({"item_code": "S"}), "serial_no", 1, "S"),
    Case("LOT-003", receipt({"item_code": "S", "qty": 2, "serial_no": "SN1"}), "serial_no", 1,
         "2"),
    Case("LOT-004", lot(expires_on=date(2031, 1, 1)), "expires_on", 1, "2031-01-01", "2030-01-01",
         "task", "applied", before=sent_before(lot("-0", expires_on=date(2030, 1, 1)))),
    Case("LOT-005", lot(item_code="S"), "serial_no", 1, "<T>", None, "task", "applied",
         before=sent_before(lot("-0", item_code="S"))),
    Case("LOT-006", lot(expires_on=date(2026, 3, 3)), "expires_on", 1, "2026-03-03", "2026-03-04",
         "task", "applied"),
]  # fmt: skip

REFERENCES: list[Case] = [
    Case("REF-001", receipt({"item_code": "GHOST"}), "item_code", 1, "GHOST", None, "wait",
         "waiting"),
    Case("REF-002", lambda t: E.purchase_order(t, warehouse=f"W-{t}", lines=[("A", 1)]),
         "warehouse_code", None, "W-<T>", None, "wait", "waiting"),
    Case("REF-002", lambda t: E.transfer_order(t, warehouse="W1", to=f"W-{t}", lines=[("A", 1)]),
         "to_warehouse_code", None, "W-<T>", "warehouse", "wait", "waiting"),
    Case("REF-003", purchase_order(supplier="NOBODY"), "supplier_code", None, "NOBODY", "supplier", "wait",
         "waiting"),
    Case("REF-004", receipt({"location_code": "MOON"}), "location_code", 1, "MOON", None, "wait",
         "waiting"),
    Case("REF-005", fact_of("goods_receipt", "purchase_order"), "order_no", None, "<T>", None,
         "wait", "waiting"),
    Case("REF-006", lambda t: F.reverse("goods_receipt", t, of=f"{t}-0", warehouse="W1"),
         "reverses_no", None, "<T>-0", None, "wait", "waiting"),
    Case("REF-007", fact_of("goods_receipt", "purchase_order"), "order_no", None, "<T>", None,
         "task", "applied", settle=given_up),
    Case("UOM-001", receipt({"uom": "DOZEN"}), "uom", 1, "DOZEN", "A", "wait", "waiting"),
    Case("MAP-001", lambda t: F.goods_receipt(
        t, warehouse="W3", lines=[{"item_code": "X-9", "qty": 1, "reason_code": "X"}]),
        "item_code", 1, "X-9", "item", system="WMS2"),
]  # fmt: skip

STATES: list[Case] = [
    Case("DUP-001", receipt({"qty": 2}), "receipt_no", None, "W1 <T>", "<0>",
         before=sent_before(receipt())),
    Case("DUP-001", counted_lot(5, 9), "counted_through_seq", 1, "5", "<0>",
         before=sent_before(counted_lot(4, 9))),
    Case("DUP-002", lambda t: response(response="refused", reason_code="NO")(t).again(
        "unsent", response_no=f"{t}-B"), "response", None, "refused", "accepted",
        before=each_of(order_for("purchase_order"), sent_before(response()))),
    Case("SEQ-001", lambda t: F.reverse("goods_receipt", f"{t}-R", of=t, warehouse="W1"),
         "reverses_no", None, "<T>", before=discarded_before),
    Case("SEQ-002", counted_lot(5, 8), "counted_through_seq", 1, "8", "9",
         before=sent_before(counted_lot(5, 9))),
    Case("STA-001", purchase_order(revision=2), "order_no", None,
         "completed, by goods_receipt <T>-F (message <0>)", "upsert", state="refused",
         before=each_of(order_for("purchase_order"),
                     sent_before(fact_of("goods_receipt", "purchase_order", ("A", 10))))),
    Case("STA-002", move(to_location_code=None, to_stock_status="unrestricted"),
         "to_location_code", 1),
    Case("STA-003", lambda t: F.reverse("stock_count", f"{t}-R", of=t, warehouse="W1"),
         "reverses_no", None, "stock_count <T>",
         before=sent_before(lambda t: F.stock_count(
             t, warehouse="W1", through=1, lines=[{"item_code": "B", "qty": 1, "lot_no": t}]))),
    Case("STA-003", lambda t: F.reverse("goods_receipt", f"{t}-RR", of=f"{t}-R", warehouse="W1"),
         "reverses_no", None, "goods_receipt <T>-R",
         before=each_of(sent_before(receipt()), sent_before(lambda t: F.reverse(
             "goods_receipt", f"{t}-R", of=t, warehouse="W1"), "-1"))),
    Case("STA-004", lambda t: F.reverse("goods_receipt", f"{t}-R2", of=t, warehouse="W1"),
         "reverses_no", None, "<T>",
         before=each_of(sent_before(receipt()), sent_before(lambda t: F.reverse(
             "goods_receipt", f"{t}-R", of=t, warehouse="W1"), "-1"))),
    Case("STA-005", fact_of("goods_receipt", "purchase_order", ("A", 3)), "order_no", 1,
         "cancelled", None, "task", "applied",
         before=each_of(order_for("purchase_order"), lambda world, t: (
             world.erp.cancel("purchase_order", t, warehouse="W1"), world.drain(), None)[2])),
    Case("STA-011", fact_of("goods_receipt", "purchase_order"), "order_no", None, "<T>", None,
         "task", "applied", before=each_of(order_for("purchase_order"), closed_by_force)),
    Case("STA-006", receipt({"stock_status": "in_transit"}), "stock_status", 1, "in_transit"),
    Case("STA-006", move(to_stock_status="in_transit"), "to_stock_status", 1, "in_transit"),
    Case("STA-006", count({"item_code": "A", "qty": 1, "stock_status": "in_transit"}),
         "stock_status", 1, "in_transit"),
    Case("STA-006", lambda t: F.stock_adjustment(
        t, warehouse="W1", reason="WRITE_OFF",
        lines=[{"item_code": "A", "qty": 1, "stock_status": "in_transit"}]), "stock_status", 1,
        "in_transit"),
    Case("STA-007", lambda t: E.cancel("purchase_order", t, warehouse="W1"), "order_no", None,
         "TOO_LATE", "cancel", state="refused", before=taken_before,
         settle=answered("refused", reason_code="TOO_LATE")),
    Case("STA-008", purchase_order(lines=[("A", 4)], revision=2), "qty", 1, "6", "4", "warning", "applied",
         before=each_of(taken_before,
                     sent_before(fact_of("goods_receipt", "purchase_order", ("A", 6)))),
         settle=answered("accepted")),
    Case("PER-001", receipt(occurred_at="2999-01-01 00:00:00+00"), "occurred_at", None,
         "2999-01-01 00:00:00+00", "00:15:00", "task", "applied"),
    Case("PER-002", receipt(occurred_at="2001-01-31 23:59:59+00"), "occurred_at", None,
         "2001-01-31", "2001-02-01", "task", "applied", before=closed_before),
    Case("AUT-001", lambda t: F.goods_receipt(
        t, warehouse="W3", lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}]),
        "warehouse_code", None, "W3"),
    Case("AUT-002", lambda t: E.purchase_order(t, warehouse=t, lines=[("A", 1)]),
         "warehouse_code", None, "<T>", expected="WMS", before=new_warehouse),
    Case("RES-001", receipt(), None, None, "no way [55P03] (SQLSTATE 55P03)",
         settle=trapped("55P03")),
    Case("SYS-001", receipt(), None, None, "no way [XX000] (SQLSTATE XX000)",
         settle=trapped("XX000")),
]  # fmt: skip

CASES = [*FORM, *QUANTITIES, *REFERENCES, *STATES]
