"""Name everything that happens in a history as plain values: they can be printed and done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.property.runs import Way
from tests.support.builders import Columns, Document
from tests.support.builders_send import Shape
from tests.support.oracle_book import Delivery

Name = tuple[Any, ...]
#: As a worker does it that nobody disturbs.
PLAINLY = Way()


@dataclass(frozen=True)
class Step:
    """Hold one thing that happens: an act of a system, of an operator, of time or of crossdock."""


@dataclass(frozen=True)
class Send(Step):
    """Let a system insert a document."""

    system: str
    document: Document
    shape: Shape = Shape.TOGETHER

    def __str__(self) -> str:
        """Return the step in one line."""
        shape = "" if self.shape is Shape.TOGETHER else f" ({self.shape.name.lower()})"
        return f"{self.system} sends {self.document}{shape}"


@dataclass(frozen=True)
class Bring(Step):
    """Let a system insert one more line of a document that it has sent before."""

    system: str
    message_id: str
    columns: Columns

    def __str__(self) -> str:
        """Return the step in one line."""
        return f"{self.system} brings a line of {self.message_id}: {self.columns}"


@dataclass(frozen=True)
class Answer(Step):
    """Let a WMS take or answer a delivery; `twin` counts equal ones."""

    name: Name  # receiver, doc_type, warehouse, doc_no, action, revision, state
    twin: int
    state: str
    reason: str | None = None

    def __str__(self) -> str:
        """Return the step in one line."""
        receiver, doc_type, warehouse, doc_no, action, revision, state = self.name
        about = f"{doc_type} {doc_no} {warehouse} revision {revision} {action}"
        return f"{receiver} answers {about}: {state} -> {self.state}"


@dataclass(frozen=True)
class Repair(Step):
    """Let an operator hold, release, requeue or discard a message."""

    act: str
    system: str
    message_id: str

    def __str__(self) -> str:
        """Return the step in one line."""
        return f"an operator calls {self.act} for {self.message_id} of {self.system}"


@dataclass(frozen=True)
class Amend(Step):
    """Let an operator correct one column of a message."""

    system: str
    message_id: str
    line_no: int | None
    column: str
    value: Any

    def __str__(self) -> str:
        """Return the step in one line."""
        line = "" if self.line_no is None else f" line {self.line_no}"
        what = f"{self.column} = {self.value}"
        return f"an operator amends {self.message_id} of {self.system}{line}: {what}"


@dataclass(frozen=True)
class Policy(Step):
    """Let an operator decide whether a warehouse's facts wait for stock or are posted at once."""

    warehouse: str
    value: str

    def __str__(self) -> str:
        """Return the step in one line."""
        return f"an operator sets negative_stock of {self.warehouse} to {self.value}"


@dataclass(frozen=True)
class Decide(Step):
    """Let a person decide about a task."""

    code: str
    system: str
    message_id: str
    line_no: int | None
    choice: str

    def __str__(self) -> str:
        """Return the step in one line."""
        line = "" if self.line_no is None else f" line {self.line_no}"
        return f"a person decides {self.choice} of {self.code} for {self.message_id}{line}"


@dataclass(frozen=True)
class Settle(Step):
    """Let crossdock work off what is due."""

    way: Way = PLAINLY

    def __str__(self) -> str:
        """Return the step in one line."""
        return "crossdock works" if self.way == PLAINLY else f"crossdock works {self.way}"


@dataclass(frozen=True)
class Compare(Step):
    """Compare everything that can be seen."""

    def __str__(self) -> str:
        """Return the step in one line."""
        return "compare"


@dataclass(frozen=True)
class Wait(Step):
    """Let the limit of everything that waits pass."""

    def __str__(self) -> str:
        """Return the step in one line."""
        return "hours pass"


def name_of(delivery: Delivery) -> Name:
    """Name a delivery by what its receiver sees of it."""
    d = delivery
    return d.receiver, d.doc_type, d.warehouse, d.doc_no, d.action, d.revision, d.state
