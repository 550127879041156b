"""Rehearse one message: apply it for real, tell what it did, and roll it back.

It is the main road itself, over a batch of one; what an operator would have to requeue or release
first is taken as requeued. Numbers of sequences are used up, nothing else is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from sync import apply
from sync.batch import claim, settle, validate
from sync.errors import (
    LostRace,
    NotFoundError,
    RefusedError,
    describe,
    is_connection_lost,
    is_transient,
    sqlstate,
)
from sync.store import Store, Transaction

ATTEMPTS = 4
INSUFFICIENT_PRIVILEGE = "42501"

Told = dict[str, Any]
_QUANTITIES = ("ordered_qty", "done_qty", "cancelled_qty", "short_qty", "open_qty")


@dataclass
class Rehearsal:
    """Say where a message would come to, and everything that would change with it."""

    seq: int
    source: str
    target: str
    waiting_for: str | None = None
    reason: str | None = None
    findings: list[Told] = field(default_factory=list)
    ledger: list[Told] = field(default_factory=list)
    balances: list[Told] = field(default_factory=list)
    order_lines: list[Told] = field(default_factory=list)
    deliveries: list[Told] = field(default_factory=list)
    tasks: list[Told] = field(default_factory=list)
    messages: list[Told] = field(default_factory=list)

    @property
    def has_effect(self) -> bool:
        """Return whether anything but the message itself would change."""
        return self.target == "applied" or bool(
            self.ledger or self.order_lines or self.deliveries or self.tasks or self.messages
        )

    def as_json(self) -> Told:
        """Return it with the names that the other commands use."""
        told = dict(vars(self))
        place = {"seq": told.pop("seq"), "from": told.pop("source"), "to": told.pop("target")}
        return {**place, "effect": self.has_effect, **told}


def rehearse(store: Store, seq: int) -> Rehearsal:
    """Apply a message and roll it back; return what would have changed.

    Raises:
        NotFoundError: there is no such message.
        RefusedError: the login may not write, even for a moment.
        LostRace: other workers were faster every time.

    """
    for attempt in range(ATTEMPTS):
        try:
            with store.transaction() as tx, tx.rolled_back():
                return _play(tx, store, seq, with_locks=attempt > 0)
        except LostRace:
            continue
        except DBAPIError as exc:
            if sqlstate(exc) != INSUFFICIENT_PRIVILEGE:
                raise
            raise RefusedError(
                "a rehearsal takes the rights of crossdock_daemon;"
                f" ops.dry_run({seq}) tells the findings to a crossdock_dba"
            ) from exc
    raise LostRace(f"message {seq} could not be rehearsed: others change the same stock")


def _play(tx: Transaction, store: Store, seq: int, *, with_locks: bool) -> Rehearsal:
    found = tx.rows("rehearse_lock", seq=seq)
    if not found:
        raise NotFoundError(f"there is no message {seq}")
    [message] = found
    told = Rehearsal(seq, message.state, message.state)
    if not message.is_open:
        told.reason = f"it is {message.state}: it is not applied again"
        return told
    try:
        with tx.rolled_back():
            orders = _apply(tx, store, told, message, with_locks=with_locks)
            after = _lines(tx, message.lane, orders)
    except DBAPIError as exc:
        if is_connection_lost(exc) or is_transient(exc):
            raise
        told.reason = f"it fails: {describe(exc)}"
        return told
    before = _lines(tx, message.lane, orders)
    told.order_lines = [
        {"order_type": kind, "order_no": number, "line_no": line_no,
         "before": before.get(key), "after": after.get(key)}
        for key in sorted({*before, *after}, key=str)
        if before.get(key) != after.get(key)
        for kind, number, line_no in [key]
    ]  # fmt: skip
    return told


def _apply(
    tx: Transaction, store: Store, told: Rehearsal, message: Row[Any], *, with_locks: bool
) -> list[tuple[str, str]]:
    """Run the message down the main road and read what it did; return the orders it concerns."""
    seq, lane, road = told.seq, message.lane, message.road
    place: dict[str, Any] = {"seq": seq, "warehouse_code": lane}
    known = tx.one("rehearse_known", **place)
    earlier = []
    if road == "request":
        document = {**place, "doc_type": message.doc_type, "doc_no": message.doc_no}
        earlier = [row.delivery_id for row in tx.rows("rehearse_open_deliveries", **document)]
    tx.run("rehearse_wake", seq=seq)
    batch = claim(tx, store, lane, road, 1, [seq], with_locks=with_locks)
    if batch is None:
        blocker = tx.scalar("rehearse_blocker", seq=seq)
        told.reason = f"message {blocker} of the same document goes first"
        return []
    validate(tx, batch)
    apply.apply(tx, batch)
    settle(tx, batch)
    end = tx.one("show_message", seq=seq)
    told.target, told.waiting_for, told.reason = end.state, end.waiting_for, end.state_reason
    told.findings = _all(tx, "rehearse_findings", seq=seq)
    told.ledger = _all(tx, "rehearse_ledger", **place)
    told.balances = _all(tx, "rehearse_balances", **place)
    told.deliveries = _all(
        tx, "rehearse_deliveries", delivery_n=known.delivery_n, earlier=earlier, **place
    )
    told.tasks = _all(tx, "rehearse_tasks", seq=seq, known=known.tasks)
    told.messages = _all(tx, "rehearse_messages", seq=seq, highest=known.highest)
    return [(row.order_type, row.order_no) for row in tx.rows("rehearse_orders", **place)]


def _all(tx: Transaction, statement: str, **params: Any) -> list[Told]:
    """Return the rows of a statement without their nulls."""
    return [
        {name: value for name, value in row._asdict().items() if value is not None}
        for row in tx.rows(statement, **params)
    ]


def _lines(
    tx: Transaction, lane: str, orders: list[tuple[str, str]]
) -> Mapping[tuple[str, str, int | None], Told]:
    """Return how orders and their lines stand, by order type, order and line; None for no line."""
    if not orders:
        return {}
    found: dict[tuple[str, str, int | None], Told] = {}
    for row in tx.rows(
        "rehearse_order_lines",
        warehouse_code=lane,
        order_types=[kind for kind, _ in orders],
        order_nos=[number for _, number in orders],
    ):
        order = (row.order_type, row.order_no)
        found[(*order, None)] = {"state": row.order_state, "revision": row.revision}
        if row.line_no is not None:
            found[(*order, row.line_no)] = {
                "item_code": row.item_code,
                "state": row.state,
                **{name: getattr(row, name) for name in _QUANTITIES},
            }
    return found
