"""Define what every kind of trouble has: what it does, how it must end, and how that is checked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from sync.simulate.actor import Actor, Status
from sync.simulate.company import Item
from sync.simulate.day import Day
from sync.simulate.plan import PREFIXES, Order, OrderLine
from sync.simulate.trouble.telling import decisions, posted
from sync.simulate.wms import Wms, Work
from sync.simulate.writing import Message

_UNKNOWN = "not found"


@dataclass(frozen=True, slots=True)
class Touched:
    """Hold one message that a trouble touched and how it must end."""

    actor: Actor
    message: Message
    what: str
    states: tuple[str, ...]
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what became of one kind of trouble; ``decisions`` say who owes or took one."""

    name: str
    what: str
    expected: str
    ok: bool
    seen: tuple[str, ...]
    seqs: tuple[int, ...] = field(default=())
    decisions: tuple[str, ...] = field(default=())


class Trouble(ABC):
    """Inject one kind of trouble into a day and check how it ended."""

    name: ClassVar[str]
    what: ClassVar[str]
    expected: ClassVar[str]
    warehouse: ClassVar[str] = "HAM"
    kind: ClassVar[str] = "purchase_order"

    def __init__(self, day: Day) -> None:
        self.day = day
        self.touched: list[Touched] = []
        self.seen: list[str] = []
        self.failures: list[str] = []

    @property
    def wms(self) -> Wms:
        """Return the WMS whose warehouse is in trouble."""
        return self.day.floor_of(self.warehouse)

    @property
    def order_no(self) -> str:
        """Return the number of the order that this kind of trouble has for itself."""
        return f"{PREFIXES[self.kind]}-{self.day.options.tag}-T-{self.name}"

    def is_possible(self) -> bool:
        """Return whether this kind of trouble can happen on this day."""
        return True

    @abstractmethod
    def schedule(self) -> None:
        """Put the steps of the trouble on the day's plan."""

    def verify(self) -> None:
        """Check what the states of the touched messages do not show; by default nothing."""
        return

    def outcome(self) -> Outcome:
        """Compare every touched message with how it must end, and return the verdict."""
        for one in self.touched:
            status = self.status(one.actor, one.message)
            codes = f" ({', '.join(status.codes)})" if status.codes else ""
            said = f"{one.what}: {status.state}{codes}"
            fits = status.state in one.states and (
                one.code is None or any(code.startswith(one.code) for code in status.codes)
            )
            wanted = "/".join(one.states) + (f" ({one.code})" if one.code else "")
            self.note(said if fits else f"{said}, expected {wanted}", ok=fits)
        self.verify()
        seqs = [self.status(one.actor, one.message).seq for one in self.touched]
        self.seen += posted(self.day, seqs)
        return Outcome(
            name=self.name,
            what=self.what,
            expected=self.expected,
            ok=bool(self.seen) and not self.failures,
            seen=tuple(self.seen),
            seqs=tuple(seqs),
            decisions=tuple(decisions(self.day, seqs, self.order_no)),
        )

    # --- what the kinds share ----------------------------------------------------------------

    def note(self, text: str, *, ok: bool = True) -> None:
        """Write down what was seen; what is not as expected is a failure too."""
        self.seen.append(text)
        if not ok:
            self.failures.append(text)

    def touch(
        self, actor: Actor, message: Message, what: str, *states: str, code: str | None = None
    ) -> Message:
        """Remember a message and how it must end."""
        self.touched.append(Touched(actor, message, what, states, code))
        self.day.allowed[message.message_id] = states
        return message

    def status(self, actor: Actor, message: Message) -> Status:
        """Return where a message stands now."""
        found = [
            status
            for status in actor.statuses([message.message_id])
            if status.doc_type == message.view
        ]
        if not found:
            return Status(0, message.message_id, message.view, None, _UNKNOWN, None, None, None)
        return found[0]

    def expect_now(
        self, actor: Actor, message: Message, what: str, state: str, cause: str | None = None
    ) -> None:
        """Check, in the middle of the day, that a message is in a state for a cause."""
        status = self.status(actor, message)
        waits_for = status.waiting_for or ""
        fits = status.state == state and waits_for.startswith(cause or "")
        said = f"{what}: first {status.state}" + (f" for {waits_for}" if waits_for else "")
        wanted = state + (f" for {cause}" if cause else "")
        self.note(said if fits else f"{said}, expected {wanted}", ok=fits)

    def item(self, code: str) -> Item:
        """Return an item of the company."""
        return self.day.company.item(code)

    def order(
        self,
        *lines: tuple[str, Decimal | int, str | None],
        hour: int,
        kind: str | None = None,
        over_pct: Decimal | None = None,
        manual: bool = False,
        **more: Any,
    ) -> Order:
        """Make an order of this trouble's own; a manual one is worked by the trouble itself."""
        company = self.day.company
        kind = kind or self.kind
        role = "customer" if kind == "sales_order" else "supplier"
        order = Order(
            kind=kind,
            order_no=self.order_no,
            warehouse=self.warehouse,
            hour=hour,
            due_hour=more.pop("due_hour", hour + 1),
            lines=tuple(
                OrderLine(number, code, Decimal(qty), uom, over_pct=over_pct)
                for number, (code, qty, uom) in enumerate(lines, start=1)
            ),
            party=company.partners(role)[0].code,
            carrier=company.partners("carrier")[0].code if kind == "sales_order" else None,
            **more,
        )
        if manual:
            self.wms.manual.add(order.order_no)
        return order

    def work(self) -> Work:
        """Return the trouble's order as its WMS knows it.

        Raises: KeyError when the WMS has not got the order.
        """
        return self.wms.works[self.order_no, self.warehouse]

    def receipt(self, lines: list[dict[str, Any]], **header: Any) -> Message:
        """Make a goods receipt for the trouble's order, not sent yet."""
        return self.wms.fact(
            "goods_receipt",
            self.warehouse,
            lines,
            order_type="purchase_order",
            order_no=self.order_no,
            **header,
        )

    def order_state(self) -> str:
        """Return the state of the trouble's order, as the ERP sees it."""
        rows = self.day.erp.rows(
            "SELECT DISTINCT state FROM {}.order_status WHERE order_no = %s", self.order_no
        )
        return str(rows[0]["state"]) if rows else _UNKNOWN

    def order_lines(self) -> list[dict[str, Any]]:
        """Return the lines of the trouble's order, as the ERP sees them."""
        return [
            dict(row)
            for row in self.day.erp.rows(
                "SELECT * FROM {}.order_status WHERE order_no = %s ORDER BY line_no",
                self.order_no,
            )
        ]

    def act(self, call: str, *values: object) -> Any:
        """Do something as the DBA: call a function of ``ops``, return what it returns."""
        return next(iter(self.day.inspect(f"SELECT {call}", *values)[0].values()))

    def seq(self, actor: Actor, message: Message) -> int:
        """Return the number that crossdock has given to a message."""
        return self.status(actor, message).seq

    def task_codes(self, seq: int) -> list[str]:
        """Return the codes of the tasks that a message opened."""
        rows = self.day.inspect("SELECT code FROM ops.task WHERE seq = %s ORDER BY code", seq)
        return [row["code"] for row in rows]
