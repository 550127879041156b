"""Drive a database and the oracle side by side: send, answer, work, compare.

Everything that happens is a `Step`, and the driver keeps the list, so that a history which fails
can be made smaller. Documents that touch the same order, number or stock are worked off one after
another, so that there is one right answer; all others may be worked off together, in any way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg.errors import ObjectNotInPrerequisiteState, UniqueViolation

from tests.property.conftest import Pair, Stable
from tests.property.laws import History, breaches
from tests.property.runs import run
from tests.property.seen import seen_by, seen_in
from tests.property.steps import (
    Amend,
    Answer,
    Bring,
    Compare,
    Decide,
    Policy,
    Repair,
    Send,
    Settle,
    Step,
    Wait,
    name_of,
)
from tests.property.touches import Token, touches
from tests.support.oracle_book import Message
from tests.support.oracle_repair import amend, discard, hold, is_legal, release
from tests.support.oracle_tasks import choices, decide


@dataclass
class Driver:
    """Do steps on a database and on its oracle, and keep the list of them."""

    pair: Pair
    script: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world, self.oracle = self.pair.world, self.pair.oracle
        self.history = History()
        self._touched: set[Token] = set()
        self._is_due = False

    def do(self, step: Step) -> bool:
        """Do a step on both sides; say whether it was possible."""
        acts: dict[type[Step], Any] = {
            Send: self._send, Bring: self._bring, Answer: self._answer, Settle: self._settle,
            Compare: self._compare, Wait: self._wait, Repair: self._repair, Amend: self._amend,
            Decide: self._decide, Policy: self._policy,
        }  # fmt: skip
        self.script.append(step)
        if acts[type(step)](step) is False:
            self.script.pop()
            return False
        return True

    def settle(self) -> None:
        """Work off what is due, if anything is."""
        if self._is_due:
            self.do(Settle())

    # -- acts

    def _send(self, step: Send) -> bool:
        tokens = touches(step.document)
        if tokens & self._touched:
            self._settle(Settle())
        if self._is_unclear(tokens):
            return False
        try:
            self.world.sender(step.system).send(step.document, step.shape)
        except UniqueViolation:
            return False
        self._touched |= tokens
        self._is_due = True
        self.oracle.send(step.system, step.document)
        return True

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

    def _bring(self, step: Bring) -> bool:
        self._settle(Settle())
        message = self.message(step.system, step.message_id)
        if message is None or int(step.columns["line_no"]) in message.lines:
            return False
        document = message.document
        envelope = {"message_id": document.message_id, "warehouse_code": document.warehouse}
        row = {**envelope, **step.columns}
        self.world.sender(step.system).insert(f"{document.view}_line", [row])
        self.oracle.send_line(message, step.columns)
        self._is_due = True
        self._settle(Settle())
        return True

    def message(self, system: str, message_id: str) -> Message | None:
        """Find a message as the oracle follows it."""
        found = (m for m in self.oracle.messages if m.sender == system)
        return next((m for m in found if m.document.message_id == message_id), None)

    def _answer(self, step: Answer) -> bool:
        self._settle(Settle())
        twins = [d for d in self.oracle.book.deliveries if name_of(d) == step.name]
        if step.twin >= len(twins):
            return False
        names = ("doc_type", "warehouse_code", "doc_no", "action", "revision", "state")
        receiver, *values = step.name
        sender = self.world.sender(receiver)
        rows = sender.inbox(**dict(zip(names, values, strict=True)))
        assert len(rows) == len(twins), f"deliveries {step.name}: {rows}"
        columns = {} if step.reason is None else {"reason_code": step.reason}
        assert sender.answer(rows[step.twin]["delivery_id"], step.state, **columns) == 1
        self.oracle.answer(twins[step.twin], step.state)
        self._is_due = True
        self._settle(Settle())
        return True

    # -- repair

    def _repair(self, step: Repair) -> bool:
        self._settle(Settle())
        message = self.message(step.system, step.message_id)
        if message is None:
            return False
        call = f"SELECT ops.{step.act}(%s, 'because')"
        if not is_legal(message, step.act):
            self._must_fail(call, self._seq(message))
            return True
        self.world.admin.read(call, self._seq(message))
        acts = {"hold": hold, "release": release, "requeue": release}
        if step.act == "discard":
            discard(self.oracle, message)
        else:
            acts[step.act](message)
        self._is_due = True
        self._settle(Settle())
        return True

    def _amend(self, step: Amend) -> bool:
        self._settle(Settle())
        message = self.message(step.system, step.message_id)
        if message is None or (step.line_no is not None and step.line_no not in message.lines):
            return False
        call = "SELECT ops.amend(%s, %s, %s, %s, 'because')"
        told = None if step.value is None else str(step.value)
        args = (self._seq(message), step.line_no, step.column, told)
        if not is_legal(message, "amend"):
            self._must_fail(call, *args)
            return True
        self.world.admin.read(call, *args)
        amend(self.oracle, message, step.line_no, step.column, step.value)
        self._is_due = True
        self._settle(Settle())
        return True

    def _decide(self, step: Decide) -> bool:
        self._settle(Settle())
        message = self.message(step.system, step.message_id)
        tasks = self.oracle.book.tasks
        name = (step.code, message, step.line_no)
        task = next((t for t in tasks if (t.code, t.message, t.line_no) == name), None)
        if message is None or task is None or step.choice not in choices(task):
            return False
        found = self.world.admin.read(
            "SELECT task_id FROM ops.decision WHERE seq = %s AND code = %s"
            " AND coalesce(line_no, 0) = coalesce(%s, 0)",
            self._seq(message), step.code, step.line_no,
        )  # fmt: skip
        assert len(found) == 1, f"tasks:\ntask {step}: {found}"
        call = "SELECT ops.resolve_task(%s, %s, 'because')"
        if not task.is_open:
            self._must_fail(call, found[0]["task_id"], step.choice)
            return True
        self.world.admin.read(call, found[0]["task_id"], step.choice)
        decide(self.oracle.book, task, step.choice)
        self._is_due = True
        self._settle(Settle())
        return True

    def _policy(self, step: Policy) -> None:
        self.world.admin.read(
            "SELECT * FROM ops.set_policy('warehouse', %s, 'negative_stock', %s, 'because')",
            step.warehouse, step.value,
        )  # fmt: skip
        change = self.oracle.book.below_zero
        (change.add if step.value == "post" else change.discard)(step.warehouse)

    def _must_fail(self, call: str, *args: Any) -> None:
        try:
            self.world.admin.read(call, *args)
        except ObjectNotInPrerequisiteState:
            return
        raise AssertionError(f"refused:\nlegality {call} {args} was not refused")

    def _seq(self, message: Message) -> int:
        return int(self.world.status(message.document)["seq"])

    # -- work

    def _settle(self, step: Settle) -> bool:
        way = step.way
        if not self._is_due:
            return False
        if way.workers == 1 and not way.kill_at:
            self.world.drain(way.batch_rows)
        else:
            run(self.world.database.url, way)
        self.oracle.drain()
        self._is_due = False
        self._touched.clear()
        return True

    def _wait(self, _: Wait) -> None:
        self._settle(Settle())
        self.world.pass_limits()
        self.world.admin.connection.execute(
            "UPDATE staging.message SET waiting_since = waiting_since - interval '1 day'"
            " WHERE state = 'waiting' AND waiting_for LIKE 'answer:%'"
        )
        self.oracle.pass_limits()
        self._is_due = True
        self._settle(Settle())

    def _compare(self, _: Compare) -> None:
        """Raise: AssertionError that names each difference, database first."""
        self._settle(Settle())
        found = seen_in(self.world).differences(seen_by(self.oracle))
        found += breaches(self.world) + self.history.changed(self.world)
        assert not found, "database and oracle differ:\n" + "\n".join(found)


def check(stable: Stable, steps: Sequence[Step]) -> list[str]:
    """Do steps on a fresh pair and compare in the end; return what is wrong."""
    with stable.pair() as pair:
        driver = Driver(pair)
        try:
            for step in (*steps, Compare()):
                driver.do(step)
        except AssertionError as exc:
            return str(exc).splitlines()[1:] or [str(exc)]
        except Exception as exc:  # noqa: BLE001 - the histories of a crash are made smaller too
            return [f"{type(exc).__name__} {exc}"]
    return []
