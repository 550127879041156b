"""The main road: claim, validate, apply, settle. One short transaction for a whole batch.

Start reading here. `run_road` is one batch; each step is a handful of set-based statements from
``schema/statements``, and their number does not depend on the number of rows. A batch that loses
a race starts again from a fresh read; a batch that fails is split until the bad message is alone.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from schema.catalogue import ROADS
from schema.policies import DEFAULT_LIMITS
from schema.statements import read_and_resolve, rules
from sync import apply, retry, turn
from sync.errors import LostRace, describe, is_connection_lost, is_transient, sqlstate
from sync.floor import Floors
from sync.openings import floor_of, open_roads_of
from sync.plan import Batch
from sync.policies import Policies
from sync.steps import Latency, Steps, span
from sync.store import Store, Transaction
from sync.work_tables import open_tables

#: Batches up to so many messages and lines run in a quick session (see `sync.store`). One message
#: takes 9 ms there and 64 ms in a session for bulk, 20 messages 15 and 75, 200 messages 61 and 88,
#: 500 messages 114 and 136; 1,000 are alike, and 2,000 take 8 % longer: deleting what truncation
#: drops costs more by then than planning.
QUICK_MESSAGES = 512
QUICK_LINES = 5000

_OUTCOME_STATES = {
    "go": "applied",
    "incomplete": "received",
    "later": "received",
    "ask": "waiting",
    "asked": "waiting",
    "busy": "retrying",
}


class _TooLarge(Exception):  # noqa: N818 - no fault: the batch takes the other road
    """A quick batch met documents that are too long for it; nothing was written."""


@dataclass
class BatchResult:
    """Say what a batch did: messages claimed, and how many came to each state."""

    processed: int = 0
    states: Counter[str] = field(default_factory=Counter)
    released: int = 0
    lost_races: int = 0
    statements: int = 0
    seconds: Counter[str] = field(default_factory=Counter)
    latency: Latency = field(default_factory=Latency)

    def add(self, other: "BatchResult") -> None:
        """Add another batch to this one."""
        self.processed += other.processed
        self.states.update(other.states)
        self.released += other.released
        self.lost_races += other.lost_races
        self.statements += other.statements
        self.seconds.update(other.seconds)
        self.latency.add(other.latency)


def run_batch(
    store: Store,
    lane: str,
    *,
    limit: int,
    only: Sequence[int] | None = None,
    floors: Floors | None = None,
) -> BatchResult:
    """Work a lane once: one batch of each road that has work, foundations first.

    ``only`` restricts the batch to these messages, ``floors`` to where they may begin. Never raises
    for bad data: that is a state.
    """
    open_now = open_roads_of(store, lane, floors)
    total = BatchResult()
    for road in ROADS:
        if road in open_now:
            total.add(run_road(store, lane, road, limit=limit, only=only, floors=floors))
    return total


def run_road(
    store: Store,
    lane: str,
    road: str,
    *,
    limit: int,
    only: Sequence[int] | None = None,
    floors: Floors | None = None,
) -> BatchResult:
    """Run one batch of one lane and road, whatever it takes: retries, splitting, poison.

    Raises only what concerns more than this batch: the database is gone, or time is up.
    """
    try:
        return _run_retried(store, lane, road, limit, only, floors)
    except (LostRace, DBAPIError) as exc:
        if is_connection_lost(exc):
            raise
        return _split(store, lane, road, limit, only, exc)


def _run_retried(
    store: Store,
    lane: str,
    road: str,
    limit: int,
    only: Sequence[int] | None,
    floors: Floors | None,
) -> BatchResult:
    lost = 0
    floor = floor_of(store, lane, road, floors) if only is None else 0
    for attempt in retry.batch():
        with attempt:
            number = attempt.retry_state.attempt_number
            try:
                result = _run_once(
                    store,
                    lane,
                    road,
                    limit,
                    only,
                    floor=floor,
                    with_locks=number > retry.OPTIMISTIC_ATTEMPTS,
                    quick=number == 1 and only is None and limit <= QUICK_MESSAGES,
                )
            except _TooLarge:
                result = _run_once(store, lane, road, limit, only, floor=floor)
            except LostRace:
                lost += 1
                raise
            result.lost_races = lost
            if floors is not None:
                floors.worked((lane, road), result.processed)
            return result
    raise AssertionError("tenacity ends by returning or raising")


def _run_once(
    store: Store,
    lane: str,
    road: str,
    limit: int,
    only: Sequence[int] | None,
    *,
    floor: int = 0,
    with_locks: bool = False,
    quick: bool = False,
) -> BatchResult:
    steps = Steps()
    quick = quick and road != "snapshot"
    with span("batch", lane=lane, road=road):
        with store.transaction(quick=quick) as tx:
            with steps.step("claim"):
                batch = claim(
                    tx, store, lane, road, limit, only, floor=floor, with_locks=with_locks
                )
            if batch is None:
                # Without a commit nobody truncates the work tables, which are empty: 12 of 15 ms.
                tx.is_void = tx.had_tables and not tx.is_quick
                return BatchResult(statements=tx.statement_count)
            tx.kept_rows = batch.size + batch.lines
            if tx.is_quick and batch.lines > QUICK_LINES:
                raise _TooLarge
            with steps.step("validate"):
                validate(tx, batch)
            with steps.step("apply"):
                apply.apply(tx, batch)
            with steps.step("settle"):
                result, waiting, keys = settle(tx, batch)
            result.statements = tx.statement_count
        steps.rest("commit")
        if waiting or keys:
            # In a new snapshot: what arrived while we decided to wait, who waited for what we did.
            with steps.step("release"):
                result.released = release(store, keys=keys, seqs=waiting, quick=quick)
    result.seconds.update(steps.seconds)
    return result


def claim(
    tx: Transaction,
    store: Store,
    lane: str,
    road: str,
    limit: int,
    only: Sequence[int] | None,
    *,
    floor: int = 0,
    with_locks: bool = False,
) -> Batch | None:
    """Lock the heads of the document keys and read their lines; None when nothing is due."""
    batch = lock(tx, lane, road, limit, only, floor=floor)
    batch.with_locks = with_locks
    batch.limits = limits_of(store, batch.policies)
    if batch.size == 0:
        return None
    batch.mapped = [row.system_code for row in tx.rows("batch_systems")]
    has_lines = road not in ("master", "detail", "snapshot")
    if batch.mapped and road not in ("master", "detail"):
        if has_lines:
            batch.lines = tx.run("read_lines")
        tx.run("map_messages_in", systems=batch.mapped)
        tx.run("map_lines_in", systems=batch.mapped)
    if road == "request":
        tx.run("read_questions")
        tx.run("name_revisions", warehouse_code=lane)
        tx.run("resolve_products")
    if batch.lines:
        tx.run("resolve_lines")
    elif has_lines and not batch.mapped:
        batch.lines = tx.execute_statement(read_and_resolve(), {}).rowcount
    if road == "snapshot":
        tx.one("lift_limit")
        tx.run("read_snapshot_content")
    else:
        tx.run("read_content")
    return batch


def lock(
    tx: Transaction,
    lane: str,
    road: str,
    limit: int,
    only: Sequence[int] | None,
    *,
    floor: int = 0,
) -> Batch:
    """Lock up to ``limit`` messages; the row lock is the claim, a crash leaves nothing behind."""
    begin = open_tables(tx, lane)
    batch = Batch(lane=lane, road=road, now=begin.at, policies=Policies(lane, begin.policies or []))
    if begin.work and only is None:
        only = turn.choose(tx, begin.work, lane, road, limit, batch.now, floor)
    batch.size = tx.limited(
        "claim_messages",
        limit,
        lane=lane,
        road=road,
        only=None if only is None else list(only),
        floor=floor,
        now=batch.now,
    ).rowcount
    return batch


def limits_of(store: Store, policies: Policies) -> dict[str, Any]:
    """Return what was decided for the lane, as the statements take it: policy, setting, default."""
    settings = {name: getattr(store.settings, name) for name in DEFAULT_LIMITS}
    return {
        **settings,
        **policies.limits,
        "posts_negative": policies.posts_negative,
        "always_final": policies.with_remainder("back_order_erp"),
        "never_final": policies.with_remainder("back_order_wms"),
    }


def validate(tx: Transaction, batch: Batch) -> None:
    """Run every rule of the road over the batch at once and weigh what they found."""
    statement = rules(
        batch.road, mapped=bool(batch.mapped), limited=batch.policies.lacks_capability
    )
    tx.execute_statement(
        statement,
        {**batch.limits, "now": batch.now, "warehouse_code": batch.lane, "systems": batch.mapped},
    )
    if batch.mapped:
        tx.run("prefer_mapping")
    tx.run("verdict", now=batch.now, **batch.limits)


def settle(tx: Transaction, batch: Batch) -> tuple[BatchResult, list[int], list[str]]:
    """Write keys, numbers, ledger, deliveries and states.

    Returns the result, the messages that wait, and the keys of things that others wait for.
    """
    counts = {row.outcome: row for row in tx.rows("count_batch")}
    repeated = sum(row.repeated for row in counts.values())
    replaced = [row.seq for row in tx.rows("supersede_earlier", now=batch.now)]
    if replaced:
        tx.run("forget_waits_of", seqs=replaced)
    tx.run("remember_keys")
    if batch.look.has_reversals:
        tx.run("remember_reversals")
    if repeated:
        tx.run("resolve_findings", now=batch.now)
        tx.run("forget_waits")
    if "go" in counts:
        batch.oldest_s = counts["go"].oldest_s
    delivery_base = _write_numbers(tx, batch)
    tx.run("settle_messages", now=batch.now, delivery_base=delivery_base)
    _write_findings(tx, batch)
    result = BatchResult(processed=batch.size)
    if "go" in counts:
        within = [*counts["go"].within, counts["go"].total]
        counted = [upto - before for before, upto in zip([0, *within], within, strict=False)]
        result.latency = Latency(counted, float(counts["go"].taken_s))
    for outcome, row in counts.items():
        result.states[_OUTCOME_STATES.get(outcome, outcome)] += row.total
    result.processed -= counts["later"].total if "later" in counts else 0
    waits = "waiting" in counts or "error" in counts
    waiting = [row.seq for row in tx.rows("waiting_seqs")] if waits else []
    keys = [row.key for row in tx.rows("provided_keys", warehouse_code=batch.lane)]
    return result, waiting, keys


def _write_numbers(tx: Transaction, batch: Batch) -> int:
    """Take the lane's counter, as late as can be, and write what is numbered by it."""
    if not (batch.entries or batch.deliveries):
        return 0
    base = tx.one("take_counter", warehouse_code=batch.lane, deliveries=batch.deliveries)
    if batch.entries:
        _write_ledger(tx, batch, base)
    delivery_base: int = base.delivery_base
    if batch.deliveries:
        tx.run("insert_deliveries", delivery_base=delivery_base, now=batch.now)
        if batch.lines:
            tx.run("insert_delivery_lines", delivery_base=delivery_base)
        if batch.resent:
            tx.run("insert_resent_deliveries", delivery_base=delivery_base, now=batch.now)
        if batch.road == "request":
            tx.run("point_orders", warehouse_code=batch.lane, delivery_base=delivery_base)
            tx.run("wait_for_answers", delivery_base=delivery_base)
    return delivery_base


def _write_ledger(tx: Transaction, batch: Batch, base: Row[Any]) -> None:
    """Write the ledger rows, and tell of those that happened in a period that is closed by now.

    Only now, under the counter's lock, is it certain which periods are closed.
    """
    tx.run(
        "insert_ledger",
        warehouse_code=batch.lane,
        ledger_base=base.ledger_base,
        closed_before=base.closed_before,
        now=batch.now,
    )
    if batch.may_be_late(base.closed_before):
        tx.run("find_late", warehouse_code=batch.lane, ledger_base=base.ledger_base)


def _write_findings(tx: Transaction, batch: Batch) -> None:
    """Write what the rules found, what is waited for, and the decisions owed."""
    if tx.scalar("count_findings"):
        tx.run("insert_findings", now=batch.now)
        tx.run("insert_waits")
        tx.run("open_tasks", now=batch.now)


def release(
    store: Store,
    *,
    keys: Sequence[str] | None = None,
    seqs: Sequence[int] | None = None,
    quick: bool = False,
) -> int:
    """Release the messages whose awaited thing is there: by key, by message, or all of them."""
    with store.transaction(quick=quick) as tx:
        lists = {
            name: None if wanted is None else list(wanted)
            for name, wanted in (("keys", keys), ("seqs", seqs))
        }
        return len(tx.rows("release_arrived", **lists))


def _split(
    store: Store,
    lane: str,
    road: str,
    limit: int,
    only: Sequence[int] | None,
    cause: Exception,
) -> BatchResult:
    """Halve a batch that failed until the poison message is alone; the rest goes through."""
    seqs = _claimable(store, lane, road, limit, only)
    if len(seqs) > 1:
        half = len(seqs) // 2
        total = run_road(store, lane, road, limit=half, only=seqs[:half])
        total.add(run_road(store, lane, road, limit=len(seqs) - half, only=seqs[half:]))
        return total
    result = BatchResult()
    for seq in seqs:
        _quarantine(store, seq, cause, store.now())
        result.processed += 1
        result.states["retrying"] += 1
    return result


def _claimable(
    store: Store, lane: str, road: str, limit: int, only: Sequence[int] | None
) -> list[int]:
    """Return the messages that the failed batch held, by claiming them again and letting go."""
    with store.transaction() as tx:
        lock(tx, lane, road, limit, only)
        return [row.seq for row in tx.rows("batch_seqs")]


def _quarantine(store: Store, seq: int, cause: Exception, now: datetime) -> None:
    """Park a message that fails alone: retried with growing delay, then an error."""
    code = "RES-001" if is_transient(cause) else "SYS-001"
    reason = f"{describe(cause)} (SQLSTATE {sqlstate(cause) or 'unknown'})"
    with store.transaction() as tx:
        state = tx.scalar(
            "mark_retrying",
            seq=seq,
            now=now,
            base_delay=store.settings.retry_delay,
            max_attempts=store.settings.max_attempts,
            reason=reason,
        )
        if state is not None:
            severity = "error" if state == "error" else "warning"
            failure = {"seq": seq, "code": code, "severity": severity, "value": reason, "now": now}
            tx.run("resolve_failures", **failure)
            tx.run("insert_failure", **failure)
