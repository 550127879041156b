"""Make a history that fails smaller, step by step: what is left is what it takes.

Hypothesis shrinks the choices of a history; where steps build on each other that takes thousands
of runs. The steps themselves are plain values: leaving some out, or making one simpler, needs one
run each.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from tests.property.runs import Way
from tests.property.steps import Send, Settle, Step
from tests.support.builders import Document
from tests.support.builders_send import Shape

#: Does steps and tells what is wrong afterwards, as texts; empty when nothing is.
Check = Callable[[Sequence[Step]], list[str]]
SECONDS = 600.0 if os.environ.get("CROSSDOCK_PROPERTY_EXAMPLES") else 120.0


def report(steps: Sequence[Step], check: Check, *, seconds: float = SECONDS) -> str:
    """Return the shortest history found in time that fails like these steps, and how it fails."""
    shrinking = Shrinking(list(steps), check, seconds)
    shrinking.run()
    told = [f"  {number}. {step}" for number, step in enumerate(shrinking.steps, start=1)]
    tried = f"({len(steps)} steps made {len(told)} in {shrinking.runs} runs)"
    return "\n".join(["database and oracle differ:", *shrinking.found, f"after {tried}", *told])


class Shrinking:
    """Hold the best history so far."""

    def __init__(self, steps: list[Step], check: Check, seconds: float) -> None:
        self.steps = steps
        self.check = check
        self.found = check(steps)
        self.runs = 1
        self._kinds = kinds(self.found)
        self._ends = time.monotonic() + seconds

    def run(self) -> None:
        """Leave steps out, then make what is left simpler, until nothing helps or time is up."""
        before: list[Step] = []
        while before != self.steps:
            before = self.steps
            self._leave_out()
            self._simplify()

    def _leave_out(self) -> None:
        size = max(1, len(self.steps) // 2)
        while True:
            at = 0
            while at < len(self.steps):
                if not self._try(self.steps[:at] + self.steps[at + size :]):
                    at += size
            if size == 1:
                return
            size //= 2

    def _simplify(self) -> None:
        for at in range(len(self.steps)):
            while any(
                self._try([*self.steps[:at], simpler, *self.steps[at + 1 :]])
                for simpler in _simpler(self.steps[at])
            ):
                continue

    def _try(self, steps: list[Step]) -> bool:
        """Keep these steps if they fail alike."""
        if not steps or time.monotonic() > self._ends:
            return False
        self.runs += 1
        found = self.check(steps)
        if not kinds(found) & self._kinds:
            return False
        self.steps, self.found = steps, found
        return True


def kinds(found: Sequence[str]) -> set[str]:
    """Return what kind of things are wrong, so that one defect is not taken for another."""
    return {text.partition(" ")[0] for text in found}


def _simpler(step: Step) -> Iterator[Step]:
    if isinstance(step, Settle) and step.way != Way():
        yield Settle()
        way = step.way
        if way.kill_at:
            yield Settle(replace(way, kill_at=way.kill_at[1:]))
        if way.workers > 1:
            yield Settle(replace(way, workers=1))
    if isinstance(step, Send):
        if step.shape is not Shape.TOGETHER:
            yield replace(step, shape=Shape.TOGETHER)
        for document in _simpler_documents(step.document):
            yield replace(step, document=document)


def _simpler_documents(document: Document) -> Iterator[Document]:
    lines = document.lines
    if len(lines) > 1:
        for at in range(len(lines)):
            yield replace(document, lines=lines[:at] + lines[at + 1 :])
    for column in ("is_final", "note", "line_count"):
        if column in document.header:
            header = {k: v for k, v in document.header.items() if k != column}
            yield replace(document, header=header)
    for at, columns in enumerate(lines):
        for simpler in _simpler_columns(columns):
            yield replace(document, lines=(*lines[:at], simpler, *lines[at + 1 :]))


def _simpler_columns(columns: dict[str, object]) -> Iterator[dict[str, object]]:
    for column in ("over_tolerance_pct", "under_tolerance_pct", "stock_status", "uom"):
        if column in columns:
            yield {k: v for k, v in columns.items() if k != column}
    qty = columns.get("qty")
    if isinstance(qty, int | Decimal) and qty > 1:
        for fewer in dict.fromkeys((1, int(qty) // 2, int(qty) - 1)):
            if fewer < qty:
                yield {**columns, "qty": fewer}
