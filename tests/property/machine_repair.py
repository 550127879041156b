"""Rules of the state machine for what an operator does."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.property.machine_base import Exchange, pick
from tests.property.steps import Amend, Decide, Repair
from tests.support.oracle_book import Message
from tests.support.oracle_checks import FACTS
from tests.support.oracle_tasks import choices

ACTS = ("hold", "release", "release", "requeue", "discard")
#: What may be corrected on the line of a fact, and to what.
CORRECTIONS = (
    ("qty", Decimal(2)), ("qty", Decimal(-1)), ("item_code", "A"), ("item_code", "B"),
    ("location_code", "DOCK"), ("stock_status", "quality"), ("lot_no", "L1"), ("uom", None),
    ("reason_code", "FREE"),
)  # fmt: skip


class RepairRules(Exchange):
    """Hold, release, requeue, discard and amend: mostly where it is legal."""

    def _stuck(self, data: st.DataObject, *states: str) -> Message | None:
        self.driver.settle()
        found = [m for m in self.oracle.messages if m.state in states and m.position >= self.first]
        return pick(data, found) if found else None

    @rule(data=st.data(), act=st.sampled_from(ACTS), is_wild=st.integers(0, 7))
    def repair(self, data: st.DataObject, act: str, is_wild: int) -> None:
        """Step in where something is stuck, at times where nothing is."""
        states: tuple[str, ...] = ("error", "waiting", "held")
        if act == "release":
            states = ("held",)
        if is_wild == 7:
            states = ("applied", "superseded", "refused", "discarded", "error", "waiting", "held")
        message = self._stuck(data, *states)
        if message is not None:
            self.do(Repair(act, message.sender, message.document.message_id))

    @rule(data=st.data(), is_wild=st.integers(0, 9))
    def decide(self, data: st.DataObject, is_wild: int) -> None:
        """Decide about a task, at times about one that was decided before."""
        self.driver.settle()
        tasks = [t for t in self.oracle.book.tasks if choices(t) and (t.is_open or is_wild == 9)]
        if tasks:
            task = pick(data, tasks)
            told = task.message
            choice = pick(data, sorted(choices(task)))
            name = (told.sender, told.document.message_id, task.line_no)
            self.do(Decide(task.code, *name, choice))

    @rule(data=st.data(), correction=st.sampled_from(CORRECTIONS), release=st.booleans())
    def amend(self, data: st.DataObject, correction: tuple[str, object], release: bool) -> None:
        """Correct a line of a fact, and let it go on."""
        message = self._stuck(data, "error", "waiting", "held")
        if message is None or message.view not in FACTS or not message.lines:
            return
        column, value = correction
        line_no = pick(data, sorted(message.lines))
        if message.view == "stock_move" and column in (
            "location_code",
            "stock_status",
            "reason_code",
        ):
            column = f"to_{column}" if column != "reason_code" else column
        if message.view in ("material_issue", "production_receipt") and column == "reason_code":
            return
        now = message.lines[line_no].get(column)
        if now == value or str(now) == str(value):
            return
        self.do(Amend(message.sender, message.document.message_id, line_no, column, value))
        version = self.oracle.messages[-1]
        if release and version.state == "held":
            self.do(Repair("release", version.sender, version.document.message_id))
