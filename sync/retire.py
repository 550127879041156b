"""Retire what has long ended: small batches move to the archive, and their memory stays.

A killed run leaves nothing half done, a repeated one finds what is left, and two at a time share
the work: rows that somebody holds are passed by.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sync import retry
from sync.store import Store, Transaction

#: Messages looked at in one transaction: some tenths of a second of row locks that nobody wants.
BATCH_ROWS = 2000

#: How far back lines are looked for that came after their message was retired, as `ops.backlog`
#: shows them, and how much of it in one transaction.
LATE_LINES = timedelta(days=3)
LATE_STEP = timedelta(hours=1)

#: Beyond every seq: the last look, at what came after its message was retired.
_END = 2**63 - 1

T = TypeVar("T")


@dataclass
class Retired:
    """Say what a run moved, by document type, and what it left although it is old enough.

    ``kept`` counts by reason: delivery (not answered yet), task (a decision is owed), message (an
    open one is linked to it), busy (somebody holds its deliveries at this moment). ``late`` counts
    deliveries, findings and lines that came after their message had been retired.
    """

    before: datetime
    doc_types: Counter[str] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    late: int = 0

    @property
    def total(self) -> int:
        """Return how many messages were retired."""
        return self.doc_types.total()

    def add(self, other: "Retired") -> None:
        """Add what one batch did."""
        self.doc_types.update(other.doc_types)
        self.kept.update(other.kept)
        self.late += other.late


@dataclass
class _Run:
    """Hold what the batches of a run share, with the months that are known to have partitions."""

    store: Store
    now: datetime
    before: datetime
    months: set[date] = field(default_factory=set)


def retire(
    store: Store,
    older_than: timedelta | None = None,
    *,
    rows: int = BATCH_ROWS,
    progress: Callable[[int], None] | None = None,
) -> Retired:
    """Move all messages that ended longer ago than ``older_than``; default: setting retention.

    ``rows`` is the size of a batch in messages; ``progress`` is told the messages retired so far.
    Raises SQLAlchemy's errors when a fault does not pass within some attempts; what was committed
    stays retired.
    """
    now = store.now()
    run = _Run(store, now, now - (store.settings.retention if older_than is None else older_than))
    result = Retired(run.before)
    _retried(partial(_make_ahead, run))
    after, is_old = 0, True
    while is_old:
        last, is_old = _retried(partial(_window, run, after, rows))
        result.add(_retried(partial(_batch, run, after, last)))
        after = last
        if progress is not None:
            progress(result.total)
    _late_lines(run, result)
    return result


def _retried(work: Callable[[], T]) -> T:
    return retry.retire()(work)


def _make_ahead(run: _Run) -> None:
    """Make the partitions of this month and the next, so that no batch has to wait for a lock."""
    this = run.now.date().replace(day=1)
    following = (this + timedelta(days=31)).replace(day=1)
    with run.store.transaction() as tx:
        _make_months(tx, run, (this, following))
    run.months.update((this, following))


def _make_months(tx: Transaction, run: _Run, months: Iterable[date]) -> None:
    for month in sorted(set(months) - run.months):
        tx.scalar("retire_month", month=month)


def _window(run: _Run, after: int, rows: int) -> tuple[int, bool]:
    """Return where the next messages end, and whether some are old enough to go on after them."""
    with run.store.transaction() as tx:
        window = tx.one("retire_window", after=after, before=run.before, rows=rows)
    return (_END, False) if window.last_seq is None else (window.last_seq, window.is_old)


def _batch(run: _Run, after: int, last: int) -> Retired:
    """Move what may go of the messages after one number up to another, in one transaction."""
    result = Retired(run.before)
    where = {"after": after, "last_seq": last, "before": run.before}
    with run.store.transaction() as tx:
        found = {row.seq: row for row in tx.rows("retire_claim", **where)}
        inboxes = {row.seq: row for row in tx.rows("retire_inboxes", **where)}
        kept = {seq: row.kept_by for seq, row in found.items() if row.kept_by is not None}
        kept.update((seq, "delivery") for seq in found if seq in inboxes and inboxes[seq].is_open)
        free = [seq for seq in found if seq not in kept]
        deliveries = tx.rows("retire_deliveries", **where, seqs=free)
        locked = Counter(row.seq for row in deliveries)
        kept.update(
            (seq, "busy") for seq in free if seq in inboxes and locked[seq] < inboxes[seq].total
        )
        gone = [seq for seq in free if seq not in kept]
        leaving = set(gone)
        answered = [row for row in deliveries if row.seq in leaving or row.seq not in found]
        findings = tx.rows("retire_late_findings", **where)
        months = {found[seq].month for seq in gone}
        months.update(row.month for row in findings)
        months.update(row.month for row in answered if row.seq not in leaving)
        _make_months(tx, run, months)
        _move(
            tx,
            where,
            run.now,
            seqs=gone,
            delivery_ids=[row.delivery_id for row in answered],
            error_ids=[row.error_id for row in findings],
        )
    run.months.update(months)
    result.doc_types.update(found[seq].doc_type for seq in gone)
    result.kept.update(kept.values())
    result.late = len(findings) + sum(row.seq not in leaving for row in answered)
    return result


def _move(
    tx: Transaction,
    where: dict[str, Any],
    now: datetime,
    *,
    seqs: list[int],
    delivery_ids: list[int],
    error_ids: list[int],
) -> None:
    """Remember the messages, then move all that belongs to them, their headers last."""
    if seqs:
        tx.run("retire_remember", **where, seqs=seqs, now=now)
        tx.run("retire_move_lines", seqs=seqs)
        tx.run("retire_move_events", seqs=seqs)
    if seqs or error_ids:
        tx.run("retire_move_findings", seqs=seqs, error_ids=error_ids)
    if delivery_ids:
        tx.run("retire_move_delivery_lines", delivery_ids=delivery_ids)
        tx.run("retire_move_answer_lines", delivery_ids=delivery_ids)
        tx.run("retire_move_deliveries", delivery_ids=delivery_ids)
    if seqs:
        tx.run("retire_move_messages", seqs=seqs)


def _late_lines(run: _Run, result: Retired) -> None:
    """Move the lines that came after their message was retired, each with a warning on it.

    Younger than the limit for missing lines they stay: a resend may still bring their header.
    """
    end = run.now - run.store.settings.line_limit
    since = end - LATE_LINES
    while since < end:
        until = min(since + LATE_STEP, end)
        result.late += _retried(partial(_late_step, run, since, until))
        since = until


def _late_step(run: _Run, since: datetime, until: datetime) -> int:
    with run.store.transaction() as tx:
        lines = tx.rows("retire_late_lines", since=since, before=until)
        if not lines:
            return 0
        months = {row.month for row in lines}
        _make_months(tx, run, months)
        moved = tx.rows(
            "retire_move_late_lines",
            senders=[row.sender for row in lines],
            doc_types=[row.doc_type for row in lines],
            message_ids=[row.message_id for row in lines],
            line_nos=[row.line_no for row in lines],
        )
        tx.run(
            "retire_warn_lines",
            seqs=[row.seq for row in moved],
            line_nos=[row.line_no for row in moved],
            now=run.now,
        )
    run.months.update(months)
    return len(moved)
