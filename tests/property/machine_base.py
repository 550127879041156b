"""Drive a database and the oracle side by side: send, work, compare.

Documents that touch the same order, number or stock are worked off one after another, so that
there is one right answer; all others may be worked off together, in any way.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, TypeVar

from hypothesis import event, note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.property.conftest import Pair, Stable
from tests.property.laws import History, breaches
from tests.property.planner import WMS_OF
from tests.property.runs import Way, run
from tests.property.seen import seen_by, seen_in
from tests.support.builders import NUMBER, Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_send import Shape
from tests.support.builders_wms import WmsDocuments
from tests.support.oracle_book import ORDER_VIEWS, Delivery, Order

T = TypeVar("T")
Token = tuple[str, ...]
LANES = ("W1", "W3")
ITEMS = ("A", "B", "C", "L", "S")
PLACES = ("DOCK", "BIN1")


class Exchange(RuleBasedStateMachine):
    """Hold the pair under test and what all rules need."""

    stable: ClassVar[Stable]

    def __init__(self) -> None:
        super().__init__()
        self._open: AbstractContextManager[Pair] = self.stable.pair()
        self.pair = self._open.__enter__()
        self.world, self.oracle = self.pair.world, self.pair.oracle
        self.erp, self.wms = ErpDocuments("E"), WmsDocuments("F")
        self.history = History()
        self.sent: list[tuple[str, Document]] = []
        self.documents: dict[str, Document] = {}  # facts by their own number
        self._numbers = 0
        self._positions = dict.fromkeys(WMS_OF, 0)
        self._touched: set[Token] = set()
        self._is_due = False

    def teardown(self) -> None:
        """Compare once more, then drop the database."""
        try:
            self.settle(Way())
            self.compare()
        finally:
            self._open.__exit__(None, None, None)

    # -- documents

    def number(self, prefix: str) -> str:
        """Return a new document number."""
        self._numbers += 1
        return f"{prefix}{self._numbers}"

    def seq(self, warehouse: str) -> int:
        """Return the next source_seq of a warehouse."""
        self._positions[warehouse] += 2
        return self._positions[warehouse]

    def position(self, warehouse: str) -> int:
        """Return the last source_seq of a warehouse."""
        return self._positions[warehouse]

    def send(self, system: str, document: Document, shape: Shape = Shape.TOGETHER) -> None:
        """Send a document to both, after what touches the same things was worked off."""
        tokens = touches(document)
        if tokens & self._touched:
            self.settle(Way())
        if self._is_unclear(tokens):
            event("left out: two others wait for the same")
            return
        self._touched |= tokens
        self._is_due = True
        note(f"{system}: {document}")
        self.world.sender(system).send(document, shape)
        self.oracle.send(system, document)
        self.sent.append((system, document))
        if document.number is not None and document.view not in ORDER_VIEWS:
            self.documents[document.number] = document

    def fact(self, document: Document, shape: Shape = Shape.TOGETHER) -> None:
        """Send a document as the WMS of its warehouse."""
        self.send(WMS_OF[str(document.warehouse)], document, shape)

    def _is_unclear(self, tokens: set[Token]) -> bool:
        """Say whether two messages wait that share something with the new one."""
        waiting = [
            touches(m.document)
            for m in self.oracle.messages
            if m.state == "waiting" and not m.forwarded
        ]
        waiting += [
            {("stock", entry.key.warehouse, entry.key.item) for entry in arrival.entries}
            for arrival in self.oracle.book.arrivals
        ]
        return sum(bool(touched & tokens) for touched in waiting) > 1

    # -- work

    def settle(self, way: Way) -> None:
        """Let both work off what is due."""
        if not self._is_due:
            return
        note(f"settle {way}")
        if way.workers == 1 and not way.kill_at:
            self.world.drain(way.batch_rows)
        else:
            run(self.world.database.url, way)
        self.oracle.drain()
        self._is_due = False
        self._touched.clear()

    def compare(self) -> None:
        """Compare everything that can be seen, and ask for the laws.

        Raises: AssertionError that names each difference, database first.
        """
        found = seen_in(self.world).differences(seen_by(self.oracle))
        found += breaches(self.world) + self.history.changed(self.world)
        assert not found, "database and oracle differ:\n" + "\n".join(found)

    def pass_limits(self) -> None:
        """Let the limit of everything that waits pass."""
        self.settle(Way())
        self.world.pass_limits()
        self.oracle.pass_limits()
        self._is_due = True
        self.settle(Way())

    # -- choices

    def orders(self, *order_types: str) -> list[Order]:
        """Return the orders that the oracle knows, of some or all types."""
        self.settle(Way())
        found = self.oracle.book.orders.values()
        return [o for o in found if not order_types or o.key.order_type in order_types]

    def open_deliveries(self, *states: str) -> list[Delivery]:
        """Return the deliveries of requests to a WMS in these states."""
        self.settle(Way())
        return [
            delivery
            for delivery in self.oracle.book.deliveries
            if delivery.state in states and delivery.doc_type in ORDER_VIEWS
        ]

    def answer(self, delivery: Delivery, state: str, reason: str | None = None) -> None:
        """Let a WMS take or answer a delivery on both sides."""
        sender = self.world.sender(delivery.receiver)
        rows = sender.inbox(
            doc_type=delivery.doc_type, warehouse_code=delivery.warehouse,
            doc_no=delivery.doc_no, action=delivery.action, revision=delivery.revision,
            state=delivery.state,
        )  # fmt: skip
        twins = [
            d for d in self.oracle.book.deliveries
            if (d.doc_type, d.warehouse, d.doc_no, d.action, d.revision, d.state)
            == (delivery.doc_type, delivery.warehouse, delivery.doc_no, delivery.action,
                delivery.revision, delivery.state)
        ]  # fmt: skip
        assert len(rows) == len(twins), f"{delivery}: {rows}"
        note(
            f"{delivery.receiver}: {delivery.doc_type} {delivery.doc_no} {delivery.action} {state}"
        )
        columns = {} if reason is None else {"reason_code": reason}
        row = rows[twins.index(delivery)]
        assert sender.answer(row["delivery_id"], state, **columns) == 1
        self.oracle.answer(delivery, state)
        self._is_due = True
        self.settle(Way())


def pick(data: st.DataObject, options: Sequence[T]) -> T:
    """Draw one of the options."""
    # By index: reports of failures then hold no whole orders, only what was sent.
    return options[data.draw(st.integers(0, len(options) - 1))]


def touches(document: Document) -> set[Token]:
    """Return names of everything whose state a document may change or depend on."""
    header, warehouse = document.header, str(document.warehouse)
    own = NUMBER.get(document.view)
    found: set[Token] = {(document.view, warehouse, str(header.get(own or "item_code")))}
    if "reverses_no" in header:
        found.add((document.view, warehouse, str(header["reverses_no"])))
    if header.get("order_no"):
        found.add(("order", str(header["order_no"])))
    stocked = document.view not in ORDER_VIEWS
    for line in document.lines:
        item = str(line.get("item_code"))
        if item.startswith("NEW"):
            found.add(("item", "None", item))
        if stocked:
            found.add(("stock", warehouse, item))
    if "reverses_no" in header:
        found |= {("stock", warehouse, item) for item in (*ITEMS, "P")}
    if header.get("order_type") == "transfer_order" or "reverses_no" in header:
        # What happens at the one end moves the transit stock at the other.
        found |= {
            ("stock", lane, token[2]) for token in found if token[0] == "stock" for lane in LANES
        }
    return found
