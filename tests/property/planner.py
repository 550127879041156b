"""Hold what all acts of a random day need: draws, numbers, and where documents go."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st

from tests.property.codes import SYSTEM, in_own_words
from tests.property.floor import Day, Job, Line
from tests.support.builders import Columns, Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_wms import WmsDocuments

T = TypeVar("T")

WMS_OF = {"W1": "WMS1", "W2": "WMS1", "W3": "WMS2"}
STOCKED = ("A", "B", "C", "L")
BINS = ("BIN1", "BIN2")
INBOUND_ORDERS = ("purchase_order", "customer_return")
OUTBOUND_ORDERS = ("sales_order", "supplier_return", "transfer_order")


class Planner:
    """Draw, number and send; the acts are in the classes that build on this one."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.day = Day()
        self.erp = ErpDocuments("E")
        self.wms = WmsDocuments("F")
        self._numbers = 0

    def number(self, prefix: str) -> str:
        """Return a new document number."""
        self._numbers += 1
        return f"{prefix}{self._numbers}"

    def pick(self, options: Sequence[T]) -> T:
        """Draw one of the options."""
        return self.draw(st.sampled_from(options))

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number."""
        return self.draw(st.integers(low, high))

    def chance(self, percent: int) -> bool:
        """Draw true with about this chance; shrinks to false."""
        return self.whole(1, 100) > 100 - percent

    def lane(self) -> str:
        """Draw a warehouse, mostly the first, so that documents meet."""
        return self.pick(("W1", "W1", "W1", "W3", "W2"))

    def _fact(
        self, view: str, job: Job, told: list[Columns], *, final: bool | None = None
    ) -> Document:
        seq = self.day.seq(job.warehouse)
        order = (job.order_type, job.order_no)
        return self._send(
            self.wms.fact(
                view, self.number("F"), warehouse=job.warehouse, order=order, seq=seq,
                lines=told, final=final,
            )
        )  # fmt: skip

    def _send(self, document: Document) -> Document:
        system = WMS_OF[str(document.warehouse)]
        if system == SYSTEM and self.chance(50):
            document = in_own_words(document, self.whole(0, 1))
        return self.day.send(system, document)

    def _some(self, lines: list[Line]) -> list[Line]:
        kept = [each for each in lines if self.chance(70)]
        return kept or lines[:1]

    def _part(self, qty: Decimal) -> Decimal:
        return Decimal(self.whole(1, int(qty))) if qty >= 1 else qty

    def _is_new(self, view: str, code: str, version: int) -> bool:
        return not any(
            document.view == view
            and document.header.get("party_code") == code
            and document.header["version"] == version
            for _, document in self.day.sent
        )
