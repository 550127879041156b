"""Run one simulated day against a database and tell how it ended.

:func:`run_simulation` is load without a story; ``demo`` tells the story around it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

import psycopg

from sync.simulate import trouble
from sync.simulate.actor import Status
from sync.simulate.clock import yesterday
from sync.simulate.day import Day, Options
from sync.simulate.logins import Logins, create_logins
from sync.simulate.orders import OrderDifference, compare_orders
from sync.simulate.plan import PREFIXES
from sync.simulate.pump import Pump
from sync.simulate.trouble import Outcome
from sync.simulate.truth import Difference

MASTER_TYPES = ("item", "item_uom", "party", "warehouse", "location", "code_map")


@dataclass(frozen=True, slots=True)
class Result:
    """Hold how a simulated day ended.

    ``counts`` is the number of messages by document type and state; ``breaches`` are the rows of
    ``ops.proof``; ``unexpected`` are messages that ended otherwise than the contract says;
    ``shapes`` is the number of messages by the way in which they were written; ``tasks`` are the
    decisions that people owe, ``surprises`` those that no trouble explains. ``notes`` say where
    the day had to go on without an answer.
    """

    options: Options
    seconds: float
    counts: dict[str, dict[str, int]]
    line_count: int
    delivery_count: int
    stock_rows: int
    in_transit_loads: int
    shapes: dict[str, int] = field(default_factory=dict)
    tasks: tuple[dict[str, Any], ...] = ()
    surprises: tuple[dict[str, Any], ...] = ()
    order_count: int = 0
    order_differences: tuple[OrderDifference, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    differences: tuple[Difference, ...] = ()
    unexpected: tuple[Status, ...] = ()
    breaches: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """Return whether everything ended as the contract says."""
        bad = (
            self.differences,
            self.order_differences,
            self.unexpected,
            self.surprises,
            self.breaches,
            self.notes,
        )
        return not any(bad) and all(outcome.ok for outcome in self.outcomes)

    def number_of(self, kind: str) -> int:
        """Return the number of messages of a kind: master, request or fact."""
        return sum(
            sum(states.values())
            for doc_type, states in self.counts.items()
            if kind_of(doc_type) == kind
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain values for JSON."""
        return {
            "ok": self.ok,
            "seed": self.options.seed,
            "scale": self.options.scale,
            "day": self.options.day.isoformat(),
            "seconds": round(self.seconds, 2),
            "messages": {kind: self.number_of(kind) for kind in ("master", "request", "fact")},
            "lines": self.line_count,
            "deliveries": self.delivery_count,
            "counts": self.counts,
            "shapes": self.shapes,
            "tasks": [_plain(task) for task in self.tasks],
            "trouble": [
                {
                    "name": outcome.name,
                    "what": outcome.what,
                    "expected": outcome.expected,
                    "ok": outcome.ok,
                    "seen": list(outcome.seen),
                    "seqs": list(outcome.seqs),
                    "decisions": list(outcome.decisions),
                }
                for outcome in self.outcomes
            ],
            "stock": {
                "rows": self.stock_rows,
                "differences": [
                    {**one.key._asdict(), "truth": str(one.truth), "book": str(one.book)}
                    for one in self.differences
                ],
            },
            "orders": {
                "compared": self.order_count,
                "differences": [asdict(one) for one in self.order_differences],
            },
            "surprises": [_plain(task) for task in self.surprises],
            "unexpected": [
                {
                    "seq": status.seq,
                    "message_id": status.message_id,
                    "doc_type": status.doc_type,
                    "state": status.state,
                    "codes": list(status.codes),
                }
                for status in self.unexpected
            ],
            "proof": [_plain(breach) for breach in self.breaches],
            "notes": list(self.notes),
        }


def _plain(row: dict[str, Any]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in row.items()}


def kind_of(doc_type: str) -> str:
    """Return whether a document type is master data, a request or a fact."""
    if doc_type in MASTER_TYPES:
        return "master"
    return "request" if doc_type in PREFIXES else "fact"


def run_simulation(
    url: str,
    pump: Pump,
    *,
    seed: int = 7,
    scale: float = 1.0,
    day: date | None = None,
    troubles: Iterable[str] | None = None,
    logins: Logins | None = None,
    progress: Callable[[int], None] | None = None,
) -> Result:
    """Run a business day against a migrated database and return how it ended.

    ``pump`` says who does crossdock's work meanwhile. ``troubles`` names the kinds of trouble;
    none named means all that can happen, an empty list means a peaceful day. Without ``logins``
    they are created. A database in which days were simulated before is continued: its stock is
    taken as given.

    Raises: ValueError for an unknown trouble or a scale that is not positive.
    """
    if scale <= 0:
        raise ValueError(f"scale must be above 0, not {scale}")
    logins = logins or create_logins(url)
    options = Options(seed, scale, day or yesterday(), _days_before(logins))
    began = time.monotonic()
    simulated = Day(options, logins, pump)
    try:
        chosen = trouble.choose(simulated, troubles)
        simulated.run(progress)
        return _result(simulated, chosen, time.monotonic() - began)
    finally:
        simulated.close()


def _days_before(logins: Logins) -> int:
    """Return how many days were simulated in the database: each has one first message."""
    with psycopg.connect(logins.erp.conninfo, application_name="simulate-erp") as connection:
        row = connection.execute(
            "SELECT count(*) FROM erp_v1.message_status WHERE message_id LIKE 'ERP-%-000001'"
        ).fetchone()
    return 0 if row is None else int(row[0])


def _result(day: Day, chosen: Iterable[trouble.Trouble], seconds: float) -> Result:
    counts: dict[str, dict[str, int]] = {}
    shapes: dict[str, int] = {}
    lines = 0
    for actor in day.actors:
        for shape, number in actor.shapes_used.items():
            shapes[shape.value] = shapes.get(shape.value, 0) + number
        lines += sum(len(message.lines) for message in actor.sent.values())
        for status in actor.statuses(actor.sent):
            states = counts.setdefault(status.doc_type, {})
            states[status.state] = states.get(status.state, 0) + 1
    order_count, order_differences = compare_orders(day.erp, day.floors)
    outcomes = tuple(one.outcome() for one in chosen)
    return Result(
        options=day.options,
        seconds=seconds,
        counts=counts,
        line_count=lines,
        delivery_count=day.delivery_count,
        stock_rows=len(day.truth.rows()),
        in_transit_loads=day.truth.on_the_road(),
        shapes=shapes,
        tasks=tuple(
            day.inspect(
                "SELECT code, owner, text, hint, count(*) AS number, min(seq) AS first_seq,"
                " sum(value_at_risk) AS value, currency FROM ops.task WHERE state = 'open'"
                " GROUP BY code, owner, text, hint, currency ORDER BY code, first_seq"
            )
        ),
        surprises=tuple(day.surprises()),
        order_count=order_count,
        order_differences=tuple(order_differences),
        outcomes=outcomes,
        differences=tuple(day.differences()),
        unexpected=tuple(_unexpected(day)),
        breaches=tuple(day.inspect("SELECT * FROM ops.proof")),
        notes=tuple(day.notes),
    )


def _unexpected(day: Day) -> Iterator[Status]:
    """Yield the messages that ended, or hang, in a state that nobody expected."""
    for actor in day.actors:
        for status in actor.statuses(actor.sent):
            if status.state not in day.allowed.get(status.message_id, ("applied",)):
                yield status
