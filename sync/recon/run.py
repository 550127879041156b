"""Run the reconciliation: gates, books, movements, causes, rows, and the chain of closed runs.

One run at a time, by an advisory lock: each is chained to the one before. The whole comparison is
one transaction in one snapshot of the database, so nothing that happens meanwhile is in half.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.errors import CrossdockError, InvariantError, RefusedError, describe
from sync.migrate import head
from sync.recon import adjust, classify, explain, figures, gates
from sync.recon.inputs import Inputs, compared, pick
from sync.store import Store, Transaction

Progress = Callable[[str], None]


@dataclass(frozen=True)
class ClassCount:
    """Say how often a class was found."""

    name: str
    evidence: str
    differences: int
    residuals: int
    unexplained: int
    value: Any


@dataclass(frozen=True)
class RunResult:
    """Say how a run ended.

    ``state`` is closed or not_valid; ``verdict`` RECONCILED, OPEN_ITEMS or NOT_VALID.
    """

    run_id: int
    as_of: datetime
    state: str
    verdict: str
    reason: str | None
    warehouses: tuple[str, ...]
    run_hash: str | None = None
    classes: tuple[ClassCount, ...] = ()
    durations: dict[str, float] = field(default_factory=dict)

    @property
    def unexplained(self) -> int:
        """Return the keys beyond tolerance that nobody can explain, opening differences too."""
        return sum(one.unexplained for one in self.classes)


class _Clock:
    """Measure the steps of a run in seconds, and tell who watches which one begins."""

    def __init__(self, progress: Progress | None) -> None:
        self.durations: dict[str, float] = {}
        self._progress = progress
        self._name: str | None = None
        self._since = time.monotonic()

    def step(self, name: str) -> None:
        """Begin a step; the one before ends."""
        self.end()
        self._name = name
        if self._progress is not None:
            self._progress(name)

    def end(self) -> None:
        """End the step in hand."""
        now = time.monotonic()
        if self._name is not None:
            spent = self.durations.get(self._name, 0.0) + now - self._since
            self.durations[self._name] = round(spent, 3)
        self._name, self._since = None, now


class _NotValid(Exception):  # noqa: N818 - an answer, no fault
    """A gate failed: undo what was loaded, keep what the gates said."""

    def __init__(
        self,
        reason: str,
        config: dict[str, Any],
        found: Sequence[gates.Gate],
        inputs: Sequence[Inputs],
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.config = config
        self.found = found
        self.inputs = inputs


def reconcile(
    store: Store,
    warehouses: Sequence[str] | None = None,
    as_of: datetime | None = None,
    *,
    trigger: str = "command",
    progress: Progress | None = None,
) -> RunResult:
    """Compare the newest snapshots up to ``as_of`` and close the run, or say why it is not valid.

    ``warehouses``: all that have a WMS by default. ``progress`` is told the step that begins.

    Raises:
        RefusedError: another run is going on.
        NotFoundError: a warehouse has no WMS.
        InvariantError: the identity does not hold: a fault of the program; nothing is published.

    """
    with store.transaction() as lock:
        lock.one("recon_no_limits")
        if not lock.scalar("recon_lock"):
            raise RefusedError("another reconciliation is running; see crossdock reconcile --list")
        now = store.now()
        instant = as_of or now
        with store.transaction() as tx:
            # Refused before there is a run, so that a wrong name leaves no trace.
            compared(tx, warehouses)
            tx.run("recon_fail_left", now=now)
            run_id = int(
                tx.scalar(
                    "recon_begin_run", as_of=instant, trigger=trigger, now=now, revision=head()
                )
            )
        clock = _Clock(progress)
        try:
            return _Run(store, run_id, instant, clock).go(warehouses)
        except _NotValid as exc:
            return _not_valid(store, run_id, instant, exc, clock)
        except Exception as exc:
            _end(store, run_id, "failed", describe(exc), {}, clock)
            raise


class _Run:
    """Hold one run from its first look to its close."""

    def __init__(self, store: Store, run_id: int, as_of: datetime, clock: _Clock) -> None:
        self._store = store
        self._run_id = run_id
        self._as_of = as_of
        self._clock = clock
        self._gates: list[gates.Gate] = []
        self._counts: dict[str, dict[str, int]] = {}

    def go(self, warehouses: Sequence[str] | None) -> RunResult:
        """Compare everything in one snapshot of the database and close the run."""
        with self._store.transaction(one_snapshot=True) as tx:
            tx.one("recon_no_limits")
            tx.one("recon_plan_by_hash")
            open_tables(tx)
            self._clock.step("gates")
            inputs = pick(tx, warehouses, self._as_of)
            rolled = explain.freeze(tx, self._as_of)
            config = self._configuration(tx)
            for one in inputs:
                self._gates += gates.judge(one, self._as_of, self._store.settings)
            self._stop_at_gates(inputs, config)
            for one in inputs:
                insert_warehouse(tx, self._run_id, one)
            missing = {
                one.warehouse: self._compare(tx, one, config, rolled=rolled) for one in inputs
            }
            self._stop_at_gates(inputs, config)
            self._gates += [
                gates.identity(one, self._counts[one.warehouse]["key_count"]) for one in inputs
            ]
            self._clock.step("classify")
            classify.classify(tx, missing)
            return self._write(tx, inputs, config)

    def _configuration(self, tx: Transaction) -> dict[str, Any]:
        settings = self._store.settings
        names = ("snapshot_age_limit", "snapshot_skew_limit", "in_flight_limit", "confirm_limit")
        limits: dict[str, Any] = {name: getattr(settings, name).total_seconds() for name in names}
        limits["key_count_change_pct"] = settings.key_count_change_pct
        row = tx.one("recon_configuration", limits=json.dumps(limits), as_of=self._as_of)
        return {**row.config, "hash": row.config_hash}

    def _stop_at_gates(self, inputs: Sequence[Inputs], config: dict[str, Any]) -> None:
        reason = gates.failed(self._gates)
        if reason is not None:
            raise _NotValid(reason, config, self._gates, inputs)

    def _compare(
        self, tx: Transaction, one: Inputs, config: dict[str, Any], *, rolled: bool
    ) -> list[int]:
        before = one.last.config if one.last is not None else {}
        part = explain.Warehouse(
            tx,
            self._run_id,
            one,
            as_of=self._as_of,
            rolled=rolled,
            same_rules=all(before.get(name) == config[name] for name in ("scope", "roll_ups")),
            settings=self._store.settings,
            step=self._clock.step,
        )
        erp_keys = part.load()
        part.move()
        part.explain()
        # Before the totals: their CHECK would refuse a broken sum without naming the keys.
        self._check_identity(tx)
        figures.count_books(tx, self._run_id, one.warehouse)
        counts = tx.one("recon_key_counts", warehouse_code=one.warehouse)
        key_count = erp_keys - counts.erp_keys + counts.any_keys
        self._gates.append(gates.key_count(one, key_count, self._store.settings))
        part.total()
        self._counts[one.warehouse] = {
            "key_count": key_count,
            "straddling": counts.straddling,
            "not_assessable": counts.not_assessable,
        }
        return part.missing_numbers()

    def _check_identity(self, tx: Transaction) -> None:
        wrong = tx.rows("recon_check_identity")
        if wrong:
            told = "; ".join(
                f"{row.warehouse_code} {row.item_code} {row.lot_no} {row.stock_status}:"
                f" R {row.r}, by drift {row.by_drift}, rE {row.re} / {row.re_by_snapshots}"
                for row in wrong
            )
            raise InvariantError(f"the identity of the reconciliation is broken: {told}")

    def _write(
        self, tx: Transaction, inputs: Sequence[Inputs], config: dict[str, Any]
    ) -> RunResult:
        self._clock.step("write")
        run_id = self._run_id
        tx.run("recon_insert_differences", run_id=run_id, seen_on=self._as_of.date())
        tx.run("recon_insert_parts", run_id=run_id)
        for gate in self._gates:
            insert_gate(tx, run_id, gate)
        for one in inputs:
            opened = tx.one("recon_open_counts", run_id=run_id, warehouse_code=one.warehouse)
            tx.run(
                "recon_count_warehouse",
                run_id=run_id,
                warehouse_code=one.warehouse,
                **self._counts[one.warehouse],
                **opened._asdict(),
            )
        summary = tx.rows("recon_summary", run_id=run_id)
        classes = tuple(
            ClassCount(
                row.__getattr__("class"),
                row.evidence,
                row.difference_count,
                row.residual_count,
                row.unexplained_count,
                row.value,
            )
            for row in summary
        )
        is_open = any(row.residual_count or row.waiting_count for row in summary)
        verdict = "OPEN_ITEMS" if is_open else "RECONCILED"
        self._clock.step("figures")
        figures.compute(tx, run_id)
        adjust.suggest(tx, run_id, self._store.now())
        self._clock.step("close")
        durations = dict(self._clock.durations)
        closed = tx.one(
            "recon_close_run",
            run_id=run_id,
            verdict=verdict,
            now=self._store.now(),
            config=json.dumps({key: config[key] for key in config if key != "hash"}),
            config_hash=config["hash"],
            durations=json.dumps(durations),
        )
        self._clock.end()
        return RunResult(
            run_id,
            self._as_of,
            "closed",
            verdict,
            None,
            tuple(one.warehouse for one in inputs),
            closed.run_hash,
            classes,
            self._clock.durations,
        )


def open_tables(tx: Transaction) -> None:
    """Make the work tables of a run where the session has none."""
    if not tx.scalar("recon_is_ready"):
        for table in explain.TABLES:
            tx.execute(table)


def insert_warehouse(tx: Transaction, run_id: int, one: Inputs) -> None:
    """Write what is compared in a warehouse; a side that is missing stays null."""
    erp, wms = one.snapshots
    known = one.positions
    tx.run(
        "recon_insert_warehouse",
        run_id=run_id,
        warehouse_code=one.warehouse,
        previous_run_id=one.last and one.last.run_id,
        erp_seq=erp and erp.seq,
        wms_seq=wms and wms.seq,
        erp_snapshot_no=erp and erp.snapshot_no,
        wms_snapshot_no=wms and wms.snapshot_no,
        erp_as_of=erp and erp.as_of,
        wms_as_of=wms and wms.as_of,
        erp_through=erp and erp.through_seq,
        wms_through=wms and wms.through_seq,
        erp_lines=erp and erp.lines,
        wms_lines=wms and wms.lines,
        erp_total=erp.total if erp else None,
        wms_total=wms.total if wms else None,
        erp_hash=erp and erp.content_hash,
        wms_hash=wms and wms.content_hash,
        ledger_seq=known.ledger_seq if known else 0,
        visible=known and known.visible,
        skew_s=abs((erp.as_of - wms.as_of).total_seconds()) if erp and wms else None,
        straddling=0,
        has_echo=bool(known and known.has_echo),
    )


def insert_gate(tx: Transaction, run_id: int, gate: gates.Gate) -> None:
    """Write what a gate found."""
    tx.run(
        "recon_insert_gate",
        run_id=run_id,
        warehouse_code=gate.warehouse,
        gate=gate.name,
        passed=gate.passed,
        expected=gate.expected,
        found=gate.found,
        said=gate.text,
    )


def _not_valid(
    store: Store, run_id: int, as_of: datetime, exc: _NotValid, clock: _Clock
) -> RunResult:
    """Keep what the gates said, and nothing else: the last closed run stands."""
    names = tuple(one.warehouse for one in exc.inputs)
    with store.transaction() as tx:
        for one in exc.inputs:
            insert_warehouse(tx, run_id, one)
        for gate in exc.found:
            insert_gate(tx, run_id, gate)
    _end(store, run_id, "not_valid", exc.reason, exc.config, clock)
    return RunResult(
        run_id, as_of, "not_valid", "NOT_VALID", exc.reason, names, durations=clock.durations
    )


def _end(
    store: Store, run_id: int, state: str, reason: str, config: dict[str, Any], clock: _Clock
) -> None:
    clock.end()
    try:
        with store.transaction() as tx:
            tx.run(
                "recon_end_run",
                run_id=run_id,
                state=state,
                reason=reason,
                now=store.now(),
                config=json.dumps(config),
                durations=json.dumps(clock.durations),
            )
    except CrossdockError:
        # The database is away: the next run ends this one as cut off.
        if state != "failed":
            raise
