"""Run random histories step by step against the oracle: what one order of events must give."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test
from psycopg.errors import UniqueViolation

from tests.property.conftest import Stable
from tests.property.driver import check
from tests.property.machine_answers import AnswerRules
from tests.property.machine_base import pick
from tests.property.machine_facts import FactRules
from tests.property.machine_orders import OrderRules
from tests.property.machine_repair import RepairRules
from tests.property.runs import Way, ways
from tests.property.shrink import report
from tests.property.steps import Bring, Compare, Wait
from tests.support.builders import Document, line


class Machine(OrderRules, AnswerRules, FactRules, RepairRules):
    """Add to the rules of both sides: resends, lost lines, time, and the engine's own work."""

    @rule(way=ways())
    def work(self, way: Way) -> None:
        """Drain in any way, and compare everything."""
        self.settle(way)
        self.do(Compare())

    @rule(data=st.data(), what=st.sampled_from(("foreign", "version", "resend")))
    def say(self, data: st.DataObject, what: str) -> None:
        """Send something that moves no goods."""
        if what == "foreign":
            self.foreign(data)
        elif what == "version":
            self.version(data, pick(data, (1, 2, 3)), pick(data, ("SUP", "CUS")))
        else:
            self.resend(data)

    def resend(self, data: st.DataObject) -> None:
        """Send a document again: as it was, under another id, or with other content."""
        if not self.sent:
            return
        system, document = pick(data, self.sent)
        with pytest.raises(UniqueViolation):
            self.driver.world.sender(system).send(document)
        again = document.again(self.number("again-"))
        if data.draw(st.booleans()):
            again = Document(again.view, {**again.header, "note": "another"}, again.lines)
        if "note" not in again.header or document.view not in ("item", "party"):
            self.send(system, again)

    @rule(promised=st.integers(1, 3), sent=st.integers(0, 3))
    def lose_lines(self, promised: int, sent: int) -> None:
        """Promise some lines and send fewer or more."""
        told = [line("A", n + 1, reason_code="FREE") for n in range(sent)]
        self.fact(
            self.wms.goods_receipt(
                self.number("F"),
                warehouse="W1",
                seq=self.seq("W1"),
                lines=told,
                line_count=promised,
            )
        )

    @rule(data=st.data())
    def bring_line(self, data: st.DataObject) -> None:
        """Send a line that was promised, before or after its time is over."""
        self.settle()
        lacking = [
            m
            for m in self.oracle.messages
            if (m.document.header.get("line_count") and m.waiting_for == "lines")
            or any(v.code == "SYN-007" for v in m.verdicts)
        ]
        if lacking:
            message = pick(data, lacking)
            columns = {"line_no": 50 + len(message.lines), **line("A", 1, reason_code="FREE")}
            self.do(Bring(message.sender, message.document.message_id, columns))

    @rule()
    def hours_pass(self) -> None:
        """Let the limit of everything that waits pass."""
        self.do(Wait())
        self.do(Compare())


def test_every_history_step_by_step_is_as_the_oracle_says(stable: Stable) -> None:
    """The rulings, for everything that one order of events can bring."""
    Machine.stable, Machine.failed = stable, []
    try:
        run_state_machine_as_test(Machine, settings=settings(max_examples=settings().max_examples))
    except Exception:
        if not Machine.failed:
            raise
    if Machine.failed:
        raise AssertionError(report(Machine.failed, lambda steps: check(stable, steps)))
