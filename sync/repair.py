"""Lay hands on messages through the functions of `ops`: on one, or on all that a filter finds."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError

from schema import states
from sync.errors import ConfigurationError, NotFoundError, describe, is_connection_lost
from sync.store import Store

#: From which states each act is legal.
SOURCES = {act.name: act.sources for act in states.ACTS}

Told = dict[str, Any]


@dataclass(frozen=True)
class Filter:
    """Say which open messages are meant; None asks nothing. ``lane`` is a warehouse or ``*``."""

    state: str | None = None
    doc_type: str | None = None
    code: str | None = None
    lane: str | None = None
    order_no: str | None = None
    sender: str | None = None
    older_than: timedelta | None = None

    @property
    def is_empty(self) -> bool:
        """Return whether every open message is meant."""
        return all(value is None for value in asdict(self).values())


def find(store: Store, act: str, wanted: Filter) -> list[Told]:
    """Return the messages that the filter means and that the act is legal for, oldest first.

    Raises:
        ConfigurationError: the act is not legal from the state that the filter names.

    """
    sources = SOURCES[act]
    if wanted.state is not None and wanted.state not in sources:
        raise ConfigurationError(f"{act} is legal from {', '.join(sources)}, not {wanted.state}")
    chosen = [wanted.state] if wanted.state else list(sources)
    asked = {name: value for name, value in asdict(wanted).items() if name != "state"}
    with store.transaction() as tx:
        return [row._asdict() for row in tx.rows("show_candidates", states=chosen, **asked)]


def act_on(store: Store, act: str, seq: int, *, reason: str, operator: str) -> Told:
    """Requeue, hold, release or discard one message; return seq, from, to.

    Raises SQLAlchemy's errors for what the database refuses: P0002, 22023, 55000, 55P03.
    """
    with store.transaction() as tx:
        tx.one("set_operator", operator=operator)
        return dict(tx.scalar("act_on_message", act=act, seq=seq, reason=reason))


def act_on_each(
    store: Store, act: str, seqs: Sequence[int], *, reason: str, operator: str
) -> Iterator[Told]:
    """Act on each message in a transaction of its own; a refusal is told and stops nobody else."""
    for seq in seqs:
        try:
            yield act_on(store, act, seq, reason=reason, operator=operator)
        except DBAPIError as exc:
            if is_connection_lost(exc):
                raise
            yield {"seq": seq, "refused": describe(exc)}


def amend(
    store: Store,
    seq: int,
    *,
    line_no: int | None,
    column: str,
    value: str | None,
    reason: str,
    operator: str,
) -> Told:
    """Make or change a corrected version; return its seq, from, to, message_id and amended_from.

    Raises `NotFoundError`, and SQLAlchemy's errors for what the database refuses.
    """
    with store.transaction() as tx:
        tx.one("set_operator", operator=operator)
        before = tx.rows("show_message", seq=seq)
        if not before:
            raise NotFoundError(f"there is no message {seq}")
        made = tx.scalar(
            "amend_message",
            seq=seq,
            line_no=line_no,
            column_name=column,
            new_value=value,
            reason=reason,
        )
        version = tx.one("show_message", seq=made)
    return {
        "seq": version.seq,
        "from": before[0].state,
        "to": version.state,
        "message_id": version.message_id,
        "amended_from": version.amended_from,
    }
