"""Name, for every rule of the catalogue, documents that break it and what is stored of each.

A case is told by the document as its sender writes it; `test_rules` sends it between two good ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tests.integration.reading import inbox
from tests.integration.working import drain_with, give_up_waiting, lay_trap, remove_trap
from tests.support.builders import Columns, Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_send import line_rows
from tests.support.builders_wms import WmsDocuments
from tests.support.builders_world import World

E, F = ErpDocuments("unsent"), WmsDocuments("unsent")
Make = Callable[[str], Document]
Act = Callable[[World, str], None]
Settle = Callable[[World, Document], None]

STATUSES = "unrestricted, quality, blocked, returns"
REQUESTS = (
    "purchase_order, sales_order, production_order, transfer_order, customer_return,"
    " supplier_return"
)
LONG = "X" * 201


def _drained(world: World, _: Document) -> None:
    world.drain()


def _given_up(world: World, _: Document) -> None:
    give_up_waiting(world)


@dataclass(frozen=True)
class Case:
    """Say what is sent and which finding is stored; `before` has its effects first."""

    code: str
    make: Make
    column: str | None = None
    line_no: int | None = None
    value: str | None = None
    expected: str | None = None
    severity: str = "error"
    state: str = "error"
    system: str = "WMS1"
    before: Act | None = None
    settle: Settle = _drained
    also: frozenset[str] = field(default=frozenset())

    def told(self, token: str) -> dict[str, Any]:
        """Return value and expected with the case's own numbers put in."""
        return {
            name: text.replace("<T>", token)
            for name, text in (("value", self.value), ("expected", self.expected))
            if text is not None
        }


def _po(**more: Any) -> Make:
    more.setdefault("lines", [("A", 1)])
    return lambda t: E.purchase_order(t, **{"warehouse": "W1", **more})


def _receipt(*lines: Columns, **more: Any) -> Make:
    told = [{"item_code": "A", "qty": 1, "reason_code": "X", **columns} for columns in lines]
    return lambda t: F.goods_receipt(
        t, **{"warehouse": "W1", "lines": told or [{"item_code": "A", "qty": 1, "reason_code": "X"}],
              **more})  # fmt: skip


def _header(view: str, **header: Any) -> Make:
    return lambda _: E.build(view, header)


def _without(make: Make, *columns: str) -> Make:
    def build(token: str) -> Document:
        document = make(token)
        header = {name: value for name, value in document.header.items() if name not in columns}
        return Document(document.view, header, document.lines)

    return build


def _changed(make: Make, **columns: Any) -> Make:
    return lambda token: make(token).again("unsent", **columns)


def _order_for(kind: str, *lines: Any) -> Act:
    """Return an act that has an order of the case's own number."""
    more: Columns = {"product": ("P", 9)} if kind == "production_order" else {}

    def act(world: World, token: str) -> None:
        maker = getattr(world.erp, kind)
        maker(token, warehouse="W1", lines=list(lines) or [("A", 10)], **more)
        world.drain()

    return act


def _and(*acts: Act) -> Act:
    def act(world: World, token: str) -> None:
        for one in acts:
            one(world, token)

    return act


def _sent(make: Make, suffix: str = "-0") -> Act:
    """Return an act that sends a WMS1 document under a number of its own, and drains."""

    def act(world: World, token: str) -> None:
        document = make(token)
        world.wms1.send(document.again(f"{token}{suffix}"))
        world.drain()

    return act


def _stocked(qty: int = 100) -> Act:
    return _sent(lambda t: F.initial_load(f"{t}-I", warehouse="W1", lines=[("A", qty)]), "-I")


def _fact_of(view: str, order: str, *lines: Any, **more: Any) -> Make:
    return lambda t: F.fact(
        view, f"{t}-F", warehouse="W1", order=(order, t), lines=list(lines) or [("A", 1)], **more
    )


def _milestone(**more: Any) -> Make:
    def build(t: str) -> Document:
        told = {"order_type": "purchase_order", "order_no": t, "milestone": "picking", **more}
        return F.build(
            "order_milestone", {"warehouse_code": "W1", "milestone_no": f"{t}-M", **told}
        )

    return build


def _response(**more: Any) -> Make:
    def build(t: str) -> Document:
        told = {"order_type": "purchase_order", "order_no": t, "response": "accepted", **more}
        return F.build("order_response", {"warehouse_code": "W1", "response_no": f"{t}-A", **told})

    return build


def _move(**columns: Any) -> Make:
    line = {"item_code": "A", "qty": 1, **columns}
    return lambda t: F.stock_move(t, warehouse="W1", lines=[line])


def _count(*lines: Any, through: int | None = 5, **more: Any) -> Make:
    return lambda t: F.stock_count(t, warehouse="W1", through=through, lines=list(lines), **more)


def _counted_lot(qty: int, through: int) -> Make:
    """Return a count of a balance that is the case's own: its number is the lot."""
    return lambda t: F.stock_count(
        f"{t}-{through}-{qty}", warehouse="W1", through=through,
        lines=[{"item_code": "B", "qty": qty, "lot_no": t}],
    )  # fmt: skip


def _snapshot(**columns: Any) -> Make:
    line = {"item_code": "A", "qty": 1, **columns}
    return lambda t: F.stock_snapshot(t, warehouse="W1", through=1, lines=[line])


def _missing(column: str, make: Make, **more: Any) -> Case:
    return Case("SYN-001", make, column, **more)


def _late_line(world: World, document: Document) -> None:
    world.drain()
    [row] = line_rows(document)
    world.wms1.insert("goods_receipt_line", [{**row, "line_no": 2}])
    world.drain()


def _discard(world: World, token: str) -> None:
    world.wms1.send(_receipt({"qty": -1})(token).again(f"{token}-0"))
    world.drain()
    world.admin.connection.execute(
        b"UPDATE staging.message SET state = 'discarded', finished_at = now()"
        b" WHERE message_id = %s",
        (f"{token}-0",),
    )


def _take_and_ask(world: World, token: str) -> None:
    _order_for("purchase_order")(world, token)
    [row] = inbox(world.wms1, doc_type="purchase_order", doc_no=token)
    world.wms1.answer(row["delivery_id"], "taken")
    world.drain()


def _answered(state: str, **columns: str) -> Settle:
    def settle(world: World, document: Document) -> None:
        world.drain()
        rows = inbox(world.wms1, doc_type="purchase_order", doc_no=document.number)
        world.wms1.answer(rows[-1]["delivery_id"], state, **columns)
        world.drain()

    return settle


def _trapped(code: str) -> Settle:
    def settle(world: World, document: Document) -> None:
        told = f"IF NEW.message_id = '{document.message_id}' THEN"
        lay_trap(world, "staging.delivery",
                 f"{told} RAISE 'no way' USING ERRCODE = '{code}'; END IF;")  # fmt: skip
        try:
            drain_with(world, max_attempts=1, retry_delay=timedelta(milliseconds=1))
        finally:
            remove_trap(world, "staging.delivery")

    return settle


def _new_warehouse(world: World, token: str) -> None:
    world.erp.warehouse(token)
    world.drain()


SYN: list[Case] = [
    _missing("item_code", _header("item", base_uom="PCE")),
    _missing("base_uom", _header("item", item_code="NEW1")),
    _missing("item_code", _header("item_uom", uom="BOX", numerator=1, denominator=1)),
    _missing("uom", _header("item_uom", item_code="A", numerator=1, denominator=1)),
    _missing("numerator", _header("item_uom", item_code="A", uom="X1", denominator=1)),
    _missing("denominator", _header("item_uom", item_code="A", uom="X2", numerator=1)),
    _missing("party_code", _header("party", role="supplier")),
    _missing("role", _header("party", party_code="NEW1")),
    _missing("warehouse_code", _header("warehouse", name="nowhere")),
    _missing("warehouse_code", _header("location", location_code="X1")),
    _missing("location_code", _header("location", warehouse_code="W1")),
    _missing("system_code", _header(
        "code_map", domain="item", external_code="X", canonical_code="A")),
    _missing("domain", _header(
        "code_map", system_code="WMS1", external_code="X", canonical_code="A")),
    _missing("external_code", _header(
        "code_map", system_code="WMS1", domain="item", canonical_code="A")),
    _missing("canonical_code", _header(
        "code_map", system_code="WMS1", domain="item", external_code="X")),
    _missing("order_no", _without(_po(), "order_no")),
    _missing("order_no", _changed(_po(), order_no="   ")),
    _missing("warehouse_code", _without(_po(), "warehouse_code")),
    _missing("supplier_code", _po(supplier=None)),
    _missing("customer_code", lambda t: E.sales_order(
        t, warehouse="W1", customer=None, lines=[("A", 1)])),
    _missing("customer_code", lambda t: E.customer_return(
        t, warehouse="W1", customer=None, lines=[("A", 1)])),
    _missing("supplier_code", lambda t: E.supplier_return(
        t, warehouse="W1", supplier=None, lines=[("A", 1)])),
    _missing("item_code", lambda t: E.production_order(
        t, warehouse="W1", product={"qty": 1}, lines=[("C", 1)])),
    _missing("qty", lambda t: E.production_order(
        t, warehouse="W1", product={"item_code": "P"}, lines=[("C", 1)])),
    _missing("to_warehouse_code", lambda t: E.transfer_order(
        t, warehouse="W1", to=None, lines=[("A", 1)])),
    _missing("receipt_no", _without(_receipt(), "receipt_no")),
    _missing("shipment_no", lambda _: F.build(
        "shipment", {"warehouse_code": "W1"}, [{"item_code": "A", "qty": 1, "reason_code": "X"}])),
    _missing("warehouse_code", _without(_receipt(), "warehouse_code")),
    _missing("order_type", _receipt(order_no="PO9")),
    _missing("order_no", lambda t: F.material_issue(
        t, warehouse="W1", order_no=None, lines=[("C", 1)])),
    _missing("order_no", lambda t: F.production_receipt(
        t, warehouse="W1", order_no=None, lines=[("P", 1)])),
    _missing("milestone", _milestone(milestone=None), before=_order_for("purchase_order")),
    _missing("order_no", _milestone(order_no=None)),
    _missing("order_type", _milestone(order_type=None)),
    _missing("response", _response(response=None), before=_order_for("purchase_order")),
    _missing("as_of", _without(_snapshot(), "as_of")),
    _missing("reverses_no", lambda t: F.reverse(
        "goods_receipt", t, of=None, warehouse="W1")),
    _missing("item_code", _receipt({"item_code": None}), line_no=1),
    _missing("item_code", _receipt({}, {"item_code": "  "}), line_no=2),
    _missing("qty", _receipt({"qty": None}), line_no=1),
    _missing("counted_qty", _count({"item_code": "A"}), line_no=1),
    _missing("reason_code", _receipt({"reason_code": None}), line_no=1),
    _missing("reason_code", lambda t: F.stock_adjustment(
        t, warehouse="W1", lines=[("A", 1)], reason=None), line_no=1),
    _missing("item_code", _snapshot(item_code=None), line_no=1),
    Case("SYN-002", lambda t: _receipt()(f"R\t{t}"), "receipt_no", value="R\t<T>",
         expected="200"),
    Case("SYN-002", _header("item", item_code="A\u0085B", base_uom="PCE"), "item_code",
         value="A\u0085B", expected="200"),
    Case("SYN-002", _receipt({"lot_no": "K\n1"}), "lot_no", 1, "K\n1", "200"),
    Case("SYN-002", _move(to_location_code="BIN\x1f1"), "to_location_code", 1, "BIN\x1f1", "200",
         also=frozenset({"REF-004"})),
    Case("SYN-003", _receipt(carrier_code=LONG), "carrier_code", value=LONG, expected="200",
         also=frozenset({"REF-003"})),
    Case("SYN-003", _receipt({"serial_no": LONG}), "serial_no", 1, LONG, "200"),
    Case("SYN-004", _po(lines=[]), "line_count", value="0"),
    Case("SYN-004", _receipt(lines=[]), "line_count", value="0"),
    Case("SYN-004", _count(), "line_count", value="0"),
    Case("SYN-005", _po(lines=[("A", 1), ("B", 1)], line_count=1), "line_count", value="2",
         expected="1"),
    Case("SYN-006", lambda t: E.cancel(
        "purchase_order", t, warehouse="W1", lines=[("A", 1)]), "action", value="1",
        expected="cancel", before=_order_for("purchase_order")),
    Case("SYN-006", lambda t: F.reverse(
        "goods_receipt", f"{t}-R", of=t, warehouse="W1",
        lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}]), "action", value="1",
        expected="reverse", before=_sent(_receipt())),
    Case("SYN-007", _receipt(line_count=4), "line_count", value="1", expected="4",
         settle=_given_up),
    Case("SYN-008", _receipt({}, {"warehouse_code": "W2"}), "warehouse_code", 2, "W2", "W1"),
    Case("SYN-008", _snapshot(warehouse_code="W2"), "warehouse_code", 1, "W2", "W1"),
    Case("SYN-009", _po(action="delete"), "action", value="delete",
         expected="upsert, cancel, close"),
    Case("SYN-009", _receipt(action="cancel"), "action", value="cancel", expected="post, reverse",
         also=frozenset({"SYN-006"})),
    Case("SYN-009", _header("item", item_code="NEW2", base_uom="PCE", action="cancel"), "action",
         value="cancel", expected="upsert"),
    Case("SYN-009", _receipt(order=("sales_order", "SO9")), "order_type", value="sales_order",
         expected="purchase_order, transfer_order, customer_return",
         also=frozenset({"REF-005"})),
    Case("SYN-009", _milestone(order_type="invoice"), "order_type", value="invoice",
         expected=REQUESTS, also=frozenset({"REF-005"})),
    Case("SYN-009", _milestone(milestone="eaten"), "milestone", value="eaten",
         expected="accepted, picking, packed, loaded, delivered, put_back",
         before=_order_for("purchase_order")),
    Case("SYN-009", _response(response="perhaps"), "response", value="perhaps",
         expected="accepted, partial, refused", before=_order_for("purchase_order")),
    Case("SYN-009", _header("party", party_code="X", role="friend"), "role", value="friend",
         expected="supplier, customer, carrier"),
    Case("SYN-009", _header("code_map", system_code="WMS1", domain="colour", external_code="1",
                            canonical_code="2"), "domain", value="colour",
         expected="item, uom, stock_status, reason, carrier, location, party"),
    Case("SYN-009", _receipt({"stock_status": "broken"}), "stock_status", 1, "broken", STATUSES),
    Case("SYN-009", _move(from_stock_status="broken", to_stock_status="quality"),
         "from_stock_status", 1, "broken", STATUSES),
    Case("SYN-009", _move(to_stock_status="broken"), "to_stock_status", 1, "broken", STATUSES),
    Case("SYN-010", _receipt(), "line_no", 2, "2", severity="warning", state="applied",
         settle=_late_line),
    Case("SYN-011", _header("item_uom", item_code="A", uom="X3", numerator=0, denominator=1),
         "numerator", value="0", expected="above 0"),
    Case("SYN-011", _header("item_uom", item_code="A", uom="X4", numerator=1, denominator=-2),
         "denominator", value="-2", expected="above 0"),
    Case("SYN-011", _header("item", item_code="NEW3", base_uom="PCE", shelf_life_days=-1),
         "shelf_life_days", value="-1", expected="0 or more"),
    Case("SYN-011", _header("item", item_code="NEW4", base_uom="PCE", unit_cost=Decimal("NaN")),
         "unit_cost", value="NaN", expected="a finite number of 0 or more"),
    Case("SYN-011", _po(revision=0), "revision", value="0", expected="1 or more"),
    Case("SYN-011", _receipt(line_count=-1), "line_count", value="-1", expected="0 or more",
         also=frozenset({"SYN-005"})),
    Case("SYN-011", _po(lines=[{"item_code": "A", "qty": 1, "over_tolerance_pct": -5}]),
         "over_tolerance_pct", 1, "-5", "a finite number of 0 or more"),
    Case("SYN-011", _po(lines=[{"item_code": "A", "qty": 1, "under_tolerance_pct": 101}]),
         "under_tolerance_pct", 1, "101", "from 0 to 100"),
    Case("SYN-011", lambda t: E.production_order(
        t, warehouse="W1", product=("P", 1), lines=[{"line_no": 0, "item_code": "C", "qty": 1}]),
        "line_no", 0, "0", "other than 0, which is the product"),
    Case("SYN-012", _header("warehouse", warehouse_code="W7", time_zone="Mars/Olympus"),
         "time_zone", value="Mars/Olympus"),
    Case("SYN-013", _receipt(occurred_at="infinity"), "occurred_at", value="infinity"),
    Case("SYN-013", _receipt({"expires_on": "-infinity"}), "expires_on", 1, "-infinity"),
    *(Case("SYN-013", _po(**{column: "infinity"}), column, value="infinity")
      for column in ("ordered_on", "expected_at")),
    Case("SYN-013", lambda t: E.sales_order(
        t, warehouse="W1", requested_ship_at="infinity", lines=[("A", 1)]), "requested_ship_at",
        value="infinity"),
    *(Case("SYN-013", lambda t, column=column: E.production_order(
        t, warehouse="W1", product=("P", 1), lines=[("C", 1)], **{column: "infinity"}), column,
        value="infinity") for column in ("start_at", "due_at")),
    Case("SYN-013", _changed(_snapshot(), as_of="infinity"), "as_of", value="infinity"),
    Case("SYN-014", _receipt(reverses_no="R0"), "reverses_no", value="R0", expected="post"),
    Case("SYN-014", lambda t: E.transfer_order(t, warehouse="W1", to="W1", lines=[("A", 1)]),
         "to_warehouse_code", value="W1", expected="warehouse_code"),
]  # fmt: skip

QUANTITIES: list[Case] = [
    Case("QTY-001", _po(lines=[("A", 1), ("B", 0)]), "qty", 2, "0"),
    Case("QTY-001", lambda t: F.stock_adjustment(t, warehouse="W1", lines=[("A", 0)]), "qty", 1,
         "0"),
    Case("QTY-001", lambda t: E.production_order(
        t, warehouse="W1", product=("P", 0), lines=[("C", 1)]), "qty", value="0"),
    Case("QTY-002", _receipt({"qty": "-2.50"}), "qty", 1, "-2.5"),
    Case("QTY-002", _count(("A", -1)), "counted_qty", 1, "-1"),
    Case("QTY-002", lambda t: E.production_order(
        t, warehouse="W1", product=("P", -3, "PCE"), lines=[("C", 1)]), "qty", value="-3"),
    *(Case("QTY-003", _receipt({"qty": Decimal(word)}), "qty", 1, word)
      for word in ("NaN", "Infinity", "-Infinity")),
    Case("QTY-003", lambda t: F.stock_adjustment(
        t, warehouse="W1", lines=[("A", Decimal("-Infinity"))]), "qty", 1, "-Infinity"),
    Case("QTY-003", _snapshot(qty=Decimal("NaN")), "qty", 1, "NaN"),
    Case("QTY-003", lambda t: E.production_order(
        t, warehouse="W1", product=("P", Decimal("NaN")), lines=[("C", 1)]), "qty", value="NaN"),
    Case("QTY-004", _receipt({"qty": 10**13}), "qty", 1, "10000000000000", "10000000000000"),
    Case("QTY-004", _receipt({"qty": 10**12, "uom": "BOX"}), "qty", 1, "1000000000000",
         "10000000000000"),
    Case("QTY-004", _receipt({"qty": Decimal("1e1000")}), "qty", 1, "1" + "0" * 249,
         "10000000000000"),
    Case("QTY-004", lambda t: E.production_order(
        t, warehouse="W1", product=("P", 10**13), lines=[("C", 1)]), "qty",
        value="10000000000000", expected="10000000000000"),
    Case("QTY-004", lambda t: E.production_order(
        t, warehouse="W1", product=("A", 10**12, "BOX"), lines=[("C", 1)]), "qty",
        value="1000000000000", expected="10000000000000"),
    Case("QTY-005", _fact_of("goods_receipt", "purchase_order", ("A", 13)), "qty", 1, "13", "10",
         "task", "applied", before=_order_for("purchase_order")),
    Case("QTY-006", lambda t: F.shipment(
        t, warehouse="W1", lines=[{"item_code": "A", "qty": 5, "lot_no": t, "reason_code": "X"}]),
        "qty", 1, "0", "5", "wait", "waiting"),
    Case("QTY-006", lambda t: F.shipment(
        t, warehouse="W1", lines=[{"item_code": "A", "qty": 5, "lot_no": t, "reason_code": "X"}]),
        "qty", 1, "0", "5", "task", "applied", settle=_given_up),
    Case("QTY-007", _fact_of("goods_receipt", "purchase_order", ("B", 1)), "item_code", 1,
         "item B", None, "task", "applied", before=_order_for("purchase_order")),
    Case("QTY-007", _fact_of("goods_receipt", "purchase_order",
                             {"item_code": "A", "qty": 1, "order_line_no": 8}),
         "order_line_no", 1, "line 8", None, "task", "applied",
         before=_order_for("purchase_order")),
    Case("UOM-002", _receipt({"item_code": "C", "qty": 1, "uom": "SET"}), "uom", 1, "1 SET", "PCE"),
    Case("UOM-002", _receipt({"item_code": "B", "qty": "0.0000001"}), "uom", 1, "0.0000001 KGM",
         "KGM"),
    Case("UOM-002", _po(lines=[("C", "0.5", "SET")]), "uom", 1, "0.5 SET", "PCE"),
    Case("UOM-002", lambda t: E.production_order(
        t, warehouse="W1", product=("C", 1, "SET"), lines=[("A", 1)]), "uom", value="1 SET",
        expected="PCE"),
    Case("LOT-001", _receipt({"item_code": "L"}), "lot_no", 1, "L"),
    Case("LOT-001", _count(("L", 1)), "lot_no", 1, "L"),
    Case("LOT-002", _receipt({"item_code": "S"}), "serial_no", 1, "S"),
    Case("LOT-003", _receipt({"item_code": "S", "qty": 2, "serial_no": "SN1"}), "serial_no", 1,
         "2"),
]  # fmt: skip

REFERENCES: list[Case] = [
    Case("REF-001", _receipt({"item_code": "GHOST"}), "item_code", 1, "GHOST", None, "wait",
         "waiting"),
    Case("REF-002", lambda t: E.purchase_order(t, warehouse=f"W-{t}", lines=[("A", 1)]),
         "warehouse_code", None, "W-<T>", None, "wait", "waiting"),
    Case("REF-002", lambda t: E.transfer_order(t, warehouse="W1", to=f"W-{t}", lines=[("A", 1)]),
         "to_warehouse_code", None, "W-<T>", "warehouse", "wait", "waiting"),
    Case("REF-003", _po(supplier="NOBODY"), "supplier_code", None, "NOBODY", "supplier", "wait",
         "waiting"),
    Case("REF-004", _receipt({"location_code": "MOON"}), "location_code", 1, "MOON", None, "wait",
         "waiting"),
    Case("REF-005", _fact_of("goods_receipt", "purchase_order"), "order_no", None, "<T>", None,
         "wait", "waiting"),
    Case("REF-006", lambda t: F.reverse("goods_receipt", t, of=f"{t}-0", warehouse="W1"),
         "reverses_no", None, "<T>-0", None, "wait", "waiting"),
    Case("REF-007", _fact_of("goods_receipt", "purchase_order"), "order_no", None, "<T>", None,
         "task", "applied", settle=_given_up),
    Case("UOM-001", _receipt({"uom": "DOZEN"}), "uom", 1, "DOZEN", "A", "wait", "waiting"),
    Case("MAP-001", lambda t: F.goods_receipt(
        t, warehouse="W3", lines=[{"item_code": "X-9", "qty": 1, "reason_code": "X"}]),
        "item_code", 1, "X-9", "item", system="WMS2"),
]  # fmt: skip

STATES: list[Case] = [
    Case("DUP-001", _receipt({"qty": 2}), "receipt_no", None, "W1 <T>", "<0>",
         before=_sent(_receipt())),
    Case("DUP-001", _counted_lot(5, 9), "counted_through_seq", 1, "5", "<0>",
         before=_sent(_counted_lot(4, 9))),
    Case("DUP-002", lambda t: _response(response="refused", reason_code="NO")(t).again(
        "unsent", response_no=f"{t}-B"), "response", None, "refused", "accepted",
        before=_and(_order_for("purchase_order"), _sent(_response()))),
    Case("SEQ-001", lambda t: F.reverse("goods_receipt", f"{t}-R", of=t, warehouse="W1"),
         "reverses_no", None, "<T>", before=_discard),
    Case("SEQ-002", _counted_lot(5, 8), "counted_through_seq", 1, "8", "9",
         before=_sent(_counted_lot(5, 9))),
    Case("STA-001", _po(revision=2), "order_no", None, "completed", "upsert", state="refused",
         before=_and(_order_for("purchase_order"),
                     _sent(_fact_of("goods_receipt", "purchase_order", ("A", 10))))),
    Case("STA-002", _move(to_location_code=None, to_stock_status="unrestricted"),
         "to_location_code", 1),
    Case("STA-003", lambda t: F.reverse("stock_count", f"{t}-R", of=t, warehouse="W1"),
         "reverses_no", None, "stock_count <T>",
         before=_sent(lambda t: F.stock_count(
             t, warehouse="W1", through=1, lines=[{"item_code": "B", "qty": 1, "lot_no": t}]))),
    Case("STA-003", lambda t: F.reverse("goods_receipt", f"{t}-RR", of=f"{t}-R", warehouse="W1"),
         "reverses_no", None, "goods_receipt <T>-R",
         before=_and(_sent(_receipt()), _sent(lambda t: F.reverse(
             "goods_receipt", f"{t}-R", of=t, warehouse="W1"), "-1"))),
    Case("STA-004", lambda t: F.reverse("goods_receipt", f"{t}-R2", of=t, warehouse="W1"),
         "reverses_no", None, "<T>",
         before=_and(_sent(_receipt()), _sent(lambda t: F.reverse(
             "goods_receipt", f"{t}-R", of=t, warehouse="W1"), "-1"))),
    Case("STA-005", _fact_of("goods_receipt", "purchase_order", ("A", 3)), "order_no", 1,
         "cancelled", None, "task", "applied",
         before=_and(_order_for("purchase_order"), lambda world, t: (
             world.erp.cancel("purchase_order", t, warehouse="W1"), world.drain(), None)[2])),
    Case("STA-006", _receipt({"stock_status": "in_transit"}), "stock_status", 1, "in_transit"),
    Case("STA-006", _move(to_stock_status="in_transit"), "to_stock_status", 1, "in_transit"),
    Case("STA-006", _count({"item_code": "A", "qty": 1, "stock_status": "in_transit"}),
         "stock_status", 1, "in_transit"),
    Case("STA-006", lambda t: F.stock_adjustment(
        t, warehouse="W1", reason="WRITE_OFF",
        lines=[{"item_code": "A", "qty": 1, "stock_status": "in_transit"}]), "stock_status", 1,
        "in_transit"),
    Case("STA-007", lambda t: E.cancel("purchase_order", t, warehouse="W1"), "order_no", None,
         "TOO_LATE", "cancel", state="refused", before=_take_and_ask,
         settle=_answered("refused", reason_code="TOO_LATE")),
    Case("STA-008", _po(lines=[("A", 4)], revision=2), "qty", 1, "6", "4", "warning", "applied",
         before=_and(_take_and_ask,
                     _sent(_fact_of("goods_receipt", "purchase_order", ("A", 6)))),
         settle=_answered("accepted")),
    Case("PER-001", _receipt(occurred_at="2999-01-01 00:00:00+00"), "occurred_at", None,
         "2999-01-01 00:00:00+00", "00:15:00", "task", "applied"),
    Case("AUT-001", lambda t: F.goods_receipt(
        t, warehouse="W3", lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}]),
        "warehouse_code", None, "W3"),
    Case("AUT-002", lambda t: E.purchase_order(t, warehouse=t, lines=[("A", 1)]),
         "warehouse_code", None, "<T>", before=_new_warehouse),
    Case("RES-001", _receipt(), None, None, "no way [55P03] (SQLSTATE 55P03)",
         settle=_trapped("55P03")),
    Case("SYS-001", _receipt(), None, None, "no way [XX000] (SQLSTATE XX000)",
         settle=_trapped("XX000")),
]  # fmt: skip

CASES = [*SYN, *QUANTITIES, *REFERENCES, *STATES]
