"""Hold the pair under test for the rules of the state machine, and draw from what it knows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import ClassVar, TypeVar

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from tests.property.conftest import Pair, Stable
from tests.property.driver import Driver
from tests.property.planner import WMS_OF
from tests.property.runs import Way
from tests.property.steps import Answer, Compare, Send, Settle, Step, name_of
from tests.support.builders import NUMBER, Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_send import Shape
from tests.support.builders_wms import WmsDocuments
from tests.support.oracle import Oracle
from tests.support.oracle_book import ORDER_VIEWS, Delivery, Order

T = TypeVar("T")
PLACES = ("DOCK", "BIN1")


class Exchange(RuleBasedStateMachine):
    """Hold the pair under test and what all rules need."""

    stable: ClassVar[Stable]
    #: The steps of the last history that failed.
    failed: ClassVar[list[Step]] = []

    def __init__(self) -> None:
        super().__init__()
        self._open: AbstractContextManager[Pair] = self.stable.pair()
        self.driver = Driver(self._open.__enter__())
        self.erp, self.wms = ErpDocuments("E"), WmsDocuments("F")
        self.sent: list[tuple[str, Document]] = []
        self.documents: dict[str, Document] = {}  # facts by their own number
        self._numbers = 0
        self._positions = dict.fromkeys(WMS_OF, 0)
        self._has_failed = False
        self.first = len(self.oracle.messages)  # before it lie the master data

    def teardown(self) -> None:
        """Compare once more, then drop the database."""
        try:
            if not self._has_failed:
                self.do(Compare())
        finally:
            self._open.__exit__(None, None, None)

    @property
    def oracle(self) -> Oracle:
        """Return the oracle."""
        return self.driver.oracle

    def do(self, step: Step) -> bool:
        """Do a step on both sides; say whether it was possible."""
        try:
            return self.driver.do(step)
        except BaseException:
            self._has_failed = True
            type(self).failed = list(self.driver.script)
            raise

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
        if not self.do(Send(system, document, shape)):
            event("left out: two others wait for the same")
            return
        self.sent.append((system, document))
        if (
            document.number is not None
            and document.view in NUMBER
            and document.view not in ORDER_VIEWS
        ):
            self.documents[document.number] = document

    def fact(self, document: Document, shape: Shape = Shape.TOGETHER) -> None:
        """Send a document as the WMS of its warehouse."""
        self.send(WMS_OF[str(document.warehouse)], document, shape)

    # -- choices

    def settle(self, way: Way | None = None) -> None:
        """Let both work off what is due."""
        self.do(Settle(way or Way()))

    def orders(self, *order_types: str) -> list[Order]:
        """Return the orders that the oracle knows, of some or all types."""
        self.driver.settle()
        found = self.oracle.book.orders.values()
        return [o for o in found if not order_types or o.key.order_type in order_types]

    def open_deliveries(self, *states: str) -> list[Delivery]:
        """Return the deliveries of requests to a WMS in these states."""
        self.driver.settle()
        return [
            delivery
            for delivery in self.oracle.book.deliveries
            if delivery.state in states and delivery.doc_type in ORDER_VIEWS
        ]

    def answer(self, delivery: Delivery, state: str, reason: str | None = None) -> None:
        """Let a WMS take or answer a delivery on both sides."""
        name = name_of(delivery)
        twins = [d for d in self.oracle.book.deliveries if name_of(d) == name]
        self.do(Answer(name, twins.index(delivery), state, reason))


def pick(data: st.DataObject, options: Sequence[T]) -> T:
    """Draw one of the options."""
    # By index: reports of failures then hold no whole orders, only what was sent.
    return options[data.draw(st.integers(0, len(options) - 1))]
