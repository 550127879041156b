"""Make cases of broken rules: documents as their senders write them, and what comes before.

Every document is built for a token, the case's own number; ``<T>`` stands for it in what is
expected, and ``<0>`` for the seq of the message that `sent_before` sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.integration.deciding import close, decide
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
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def drained(world: World, _: Document) -> None:
    world.drain()


def given_up(world: World, _: Document) -> None:
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
    settle: Settle = drained
    also: frozenset[str] = field(default=frozenset())

    def told(self, token: str) -> dict[str, Any]:
        """Return value and expected with the case's own numbers put in."""
        return {
            name: text.replace("<T>", token)
            for name, text in (("value", self.value), ("expected", self.expected))
            if text is not None
        }


def purchase_order(**more: Any) -> Make:
    more.setdefault("lines", [("A", 1)])
    return lambda t: E.purchase_order(t, **{"warehouse": "W1", **more})


def receipt(*lines: Columns, **more: Any) -> Make:
    told = [{"item_code": "A", "qty": 1, "reason_code": "X", **columns} for columns in lines]
    return lambda t: F.goods_receipt(
        t, **{"warehouse": "W1", "lines": told or [{"item_code": "A", "qty": 1, "reason_code": "X"}],
              **more})  # fmt: skip


def header(view: str, **header: Any) -> Make:
    return lambda _: E.build(view, header)


def lot(number: str = "", **columns: Any) -> Make:
    """Return a receipt of a lot, or with ``serial_no`` of a piece, that is the case's own."""
    what = "serial_no" if columns.get("item_code") == "S" else "lot_no"
    return lambda t: F.goods_receipt(
        f"{t}{number}", warehouse="W1", occurred_at=NOON,
        lines=[{"item_code": "L", "qty": 1, "reason_code": "X", what: t, **columns}],
    )  # fmt: skip


def closed_by_force(world: World, token: str) -> None:
    world.admin.connection.execute(
        b"UPDATE book.order_head SET forced_at = now() WHERE order_no = %s", (token,)
    )


def without(make: Make, *columns: str) -> Make:
    def build(token: str) -> Document:
        document = make(token)
        header = {name: value for name, value in document.header.items() if name not in columns}
        return Document(document.view, header, document.lines)

    return build


def changed(make: Make, **columns: Any) -> Make:
    return lambda token: make(token).again("unsent", **columns)


def order_for(kind: str, *lines: Any) -> Act:
    """Return an act that has an order of the case's own number."""
    more: Columns = {"product": ("P", 9)} if kind == "production_order" else {}

    def act(world: World, token: str) -> None:
        maker = getattr(world.erp, kind)
        maker(token, warehouse="W1", lines=list(lines) or [("A", 10)], **more)
        world.drain()

    return act


def each_of(*acts: Act) -> Act:
    def act(world: World, token: str) -> None:
        for one in acts:
            one(world, token)

    return act


def sent_before(make: Make, suffix: str = "-0") -> Act:
    """Return an act that sends a WMS1 document under a number of its own, and drains."""

    def act(world: World, token: str) -> None:
        document = make(token)
        world.wms1.send(document.again(f"{token}{suffix}"))
        world.drain()

    return act


def fact_of(view: str, order: str, *lines: Any, **more: Any) -> Make:
    return lambda t: F.fact(
        view, f"{t}-F", warehouse="W1", order=(order, t), lines=list(lines) or [("A", 1)], **more
    )


def milestone(**more: Any) -> Make:
    def build(t: str) -> Document:
        told = {"order_type": "purchase_order", "order_no": t, "milestone": "picking", **more}
        return F.build(
            "order_milestone", {"warehouse_code": "W1", "milestone_no": f"{t}-M", **told}
        )

    return build


def response(**more: Any) -> Make:
    def build(t: str) -> Document:
        told = {"order_type": "purchase_order", "order_no": t, "response": "accepted", **more}
        return F.build("order_response", {"warehouse_code": "W1", "response_no": f"{t}-A", **told})

    return build


def partial(**line: Any) -> Make:
    """Answer an order in part, with one line."""

    def build(t: str) -> Document:
        return F.order_response(
            f"{t}-A", warehouse="W1", order=("purchase_order", t), revision=1,
            response="partial", lines=[line],
        )  # fmt: skip

    return build


def move(**columns: Any) -> Make:
    line = {"item_code": "A", "qty": 1, **columns}
    return lambda t: F.stock_move(t, warehouse="W1", lines=[line])


def count(*lines: Any, through: int | None = 5, **more: Any) -> Make:
    return lambda t: F.stock_count(t, warehouse="W1", through=through, lines=list(lines), **more)


def counted_lot(qty: int, through: int) -> Make:
    """Return a count of a balance that is the case's own: its number is the lot."""
    return lambda t: F.stock_count(
        f"{t}-{through}-{qty}", warehouse="W1", through=through,
        lines=[{"item_code": "B", "qty": qty, "lot_no": t}],
    )  # fmt: skip


def snapshot(**columns: Any) -> Make:
    line = {"item_code": "A", "qty": 1, **columns}
    return lambda t: F.stock_snapshot(t, warehouse="W1", through=1, lines=[line])


def missing(column: str, make: Make, **more: Any) -> Case:
    return Case("SYN-001", make, column, **more)


def late_line(world: World, document: Document) -> None:
    world.drain()
    [row] = line_rows(document)
    world.wms1.insert("goods_receipt_line", [{**row, "line_no": 2}])
    world.drain()


def lacking(*capabilities: str) -> Act:
    """Return an act that switches capabilities of WMS2 off; the cases for it stand in W3."""

    def act(world: World, _: str) -> None:
        for name in capabilities:
            decide(world, name, "off", scope="WMS2", scope_kind="system")

    return act


def closed_before(world: World, _: str) -> None:
    close(world, date(2001, 1, 1))


def discarded_before(world: World, token: str) -> None:
    world.wms1.send(receipt({"qty": -1})(token).again(f"{token}-0"))
    world.drain()
    world.admin.connection.execute(
        b"UPDATE staging.message SET state = 'discarded', finished_at = now()"
        b" WHERE message_id = %s",
        (f"{token}-0",),
    )


def taken_before(world: World, token: str) -> None:
    order_for("purchase_order")(world, token)
    [row] = inbox(world.wms1, doc_type="purchase_order", doc_no=token)
    world.wms1.answer(row["delivery_id"], "taken")
    world.drain()


def answered(state: str, **columns: str) -> Settle:
    def settle(world: World, document: Document) -> None:
        world.drain()
        rows = inbox(world.wms1, doc_type="purchase_order", doc_no=document.number)
        world.wms1.answer(rows[-1]["delivery_id"], state, **columns)
        world.drain()

    return settle


def trapped(code: str) -> Settle:
    def settle(world: World, document: Document) -> None:
        told = f"IF NEW.message_id = '{document.message_id}' THEN"
        lay_trap(world, "staging.delivery",
                 f"{told} RAISE 'no way' USING ERRCODE = '{code}'; END IF;")  # fmt: skip
        try:
            drain_with(world, max_attempts=1, retry_delay=timedelta(milliseconds=1))
        finally:
            remove_trap(world, "staging.delivery")

    return settle


def new_warehouse(world: World, token: str) -> None:
    world.erp.warehouse(token)
    world.drain()
