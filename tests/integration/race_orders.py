"""Bring orders into the situations of the race table, and send the events that meet there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from schema.races import CHANGES
from tests.integration.reading import inbox
from tests.support.builders import Document
from tests.support.builders_world import World

#: Situations in which a request is judged; those of forwarded questions have tests of their own.
JUDGED = ("unread", "read", "picking", "ended", "cancelled", "refused")
EVENTS = (*CHANGES, "fact")

_LINES = {"decrease": [("A", 6), ("B", 5)], "increase": [("A", 12), ("B", 5)]}


@dataclass(frozen=True)
class Order:
    """Name one sales order over 10 A and 5 B."""

    number: str

    @property
    def key(self) -> tuple[str, str]:
        """Return order type and number."""
        return "sales_order", self.number

    def event(self, world: World, kind: str, revision: int) -> Document:
        """Send one event of the race table; requests carry the revision."""
        lines = _LINES.get(kind, [("A", 10), ("B", 5)])
        if kind == "fact":
            line = {"item_code": "A", "qty": 3, "order_line_no": 1}
            return world.wms.shipment(
                f"{self.number}-F{revision}", warehouse="W1", order=self.key, lines=[line]
            )
        if kind in ("cancel", "close"):
            act = world.erp.cancel if kind == "cancel" else world.erp.close
            return act("sales_order", self.number, warehouse="W1", revision=revision)
        ship_to = {"ship_to": "Dock 2"} if kind == "header" else {}
        return world.erp.sales_order(
            self.number, warehouse="W1", lines=lines, revision=revision, **ship_to
        )

    def deliveries(self, world: World) -> list[dict[str, Any]]:
        """Return the inbox rows of the order, by delivery_id."""
        return inbox(world.wms, doc_type="sales_order", doc_no=self.number)

    def end_state(self, world: World) -> dict[str, list[Any]]:
        """Return all that must not depend on the order of commits: head, lines, stock, open inbox."""
        return {
            "lines": [
                tuple(row[name] for name in (
                    "line_no", "revision", "state", "state_of_line", "ordered_qty", "done_qty",
                    "cancelled_qty", "short_qty", "over_qty", "open_qty",
                )) for row in world.order(*self.key)
            ],
            "moved": [row["qty"] for row in world.admin.read(
                "SELECT sum(qty) AS qty FROM book.ledger WHERE order_no = %s", self.number)],
            "asked": [
                (row["revision"], row["action"]) for row in self.deliveries(world)
                if row["state"] in ("pending", "taken") and row["revision"] > 1
            ],
            "tasks": sorted(row["code"] for row in world.admin.read(
                "SELECT code FROM ops.task WHERE order_no = %s", self.number)),
        }  # fmt: skip


def bring_into(world: World, situation: str, orders: Sequence[Order]) -> None:
    """Release the orders and bring them where the situation says they are."""
    with world.erp.transaction():
        for order in orders:
            order.event(world, "release", 1)
    world.drain()
    states = {"read": "taken", "picking": "taken", "ended": "accepted", "refused": "refused"}
    if situation in states:
        world.wms.connection.execute(
            "UPDATE wms_v1.inbox SET state = %s, reason_code = %s"
            " WHERE doc_type = 'sales_order' AND doc_no = ANY (%s)",
            [
                states[situation],
                "NO" if situation == "refused" else None,
                [o.number for o in orders],
            ],
        )
    for order in orders:
        if situation == "picking":
            world.wms.order_milestone(
                f"{order.number}-M", warehouse="W1", order=order.key, milestone="picking"
            )
        if situation == "ended":
            world.wms.shipment(
                f"{order.number}-END", warehouse="W1", order=order.key, is_final=True,
                lines=[{"item_code": "A", "qty": 9, "order_line_no": 1},
                       {"item_code": "B", "qty": 5, "order_line_no": 2}],
            )  # fmt: skip
        if situation == "cancelled":
            order.event(world, "cancel", 1)
    world.drain()
