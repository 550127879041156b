"""Explain one warehouse: load both books, find the candidates, sum up what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from schema.catalogue import STOCK_STATUSES
from sync.config import Settings
from sync.recon.inputs import Inputs, Snapshot
from sync.store import Transaction

Clocked = Callable[[str], None]

TABLES = (
    "recon_item", "recon_status", "recon_map", "recon_unit", "recon_roll", "recon_scope",
    "recon_line", "recon_double", "recon_erp", "recon_wms", "recon_book", "recon_delivery",
    "recon_position", "recon_move", "recon_before", "recon_key", "recon_apart", "recon_echo",
    "recon_hint", "recon_scale",
)  # fmt: skip


def freeze(tx: Transaction, as_of: datetime) -> bool:
    """Read items, codes, units and roll-ups as they hold for the run; true when lots roll up."""
    tx.run("recon_read_items")
    tx.run("recon_read_statuses", statuses=list(STOCK_STATUSES), as_of=as_of)
    tx.run("recon_read_codes", as_of=as_of)
    tx.run("recon_read_units", as_of=as_of)
    return tx.run("recon_read_rolls", as_of=as_of) > 0


class Warehouse:
    """Explain one warehouse inside the transaction of the run."""

    def __init__(
        self,
        tx: Transaction,
        run_id: int,
        inputs: Inputs,
        *,
        as_of: datetime,
        rolled: bool,
        same_rules: bool,
        settings: Settings,
        step: Clocked,
        keeps_apart: bool = True,
    ) -> None:
        erp, wms = inputs.snapshots
        if erp is None or wms is None:
            raise ValueError("a warehouse is explained from both snapshots")
        self._tx = tx
        self._run_id = run_id
        self._inputs = inputs
        self._erp, self._wms = erp, wms
        self._as_of = as_of
        self._rolled = rolled
        self._same_rules = same_rules
        self._settings = settings
        self._step = step
        self._keeps_apart = keeps_apart

    def load(self) -> int:
        """Load both snapshots and the ledger's balances; return the ERP's keys that are not zero.

        Lines with unknown codes, doubles and what is out of scope go to the quarantine.
        """
        tx, code = self._tx, self._inputs.warehouse
        tx.execute("recon_empty_lines")
        tx.execute("recon_empty_sides")
        both = (self._erp, self._wms)
        transit = all(tx.scalar("recon_tells_transit", **one.where) for one in both)
        tx.run("recon_read_scope", warehouse_code=code, as_of=self._as_of, with_transit=transit)
        tx.execute("recon_analyze_lines")
        for one in both:
            self._step(f"load_{one.side}")
            self._load(one)
        self._step("sum_up")
        tx.run("recon_sum_erp")
        tx.run("recon_sum_wms")
        tx.run("recon_note_apart", warehouse_code=code)
        tx.run("recon_sum_book", warehouse_code=code, rolled=self._rolled)
        return int(tx.scalar("recon_count_sides"))

    def _load(self, one: Snapshot) -> None:
        tx = self._tx
        tx.run("recon_load_lines", side=one.side, rolled=self._rolled, **one.where)
        tx.run("recon_find_doubles", side=one.side, **one.where)
        if self._keeps_apart:
            tx.run(
                "recon_insert_quarantine",
                run_id=self._run_id,
                warehouse_code=self._inputs.warehouse,
                side=one.side,
                **one.where,
            )

    def move(self) -> None:
        """Read the movements that a snapshot of this run or the last may not contain."""
        self._step("movements")
        tx, inputs, last = self._tx, self._inputs, self._inputs.last
        code, known = inputs.warehouse, inputs.positions
        erp, wms = self._erp, self._wms
        instants = [erp.as_of, wms.as_of]
        if last is not None:
            instants += [last.erp_as_of, last.wms_as_of]
        if known is not None:
            tx.run(
                "recon_read_deliveries",
                receiver=inputs.erp,
                low=max(_lower(erp.through_seq, last and last.erp_through_seq),
                        known.first_delivery_id),
                last_delivery_id=known.last_delivery_id,
            )  # fmt: skip
            low = _lower(wms.through_seq, last and last.wms_through_seq)
            tx.run("recon_positions_by_source", warehouse_code=code, low=low)
            tx.run("recon_positions_by_delivery", warehouse_code=code)
            reached = tx.scalar("recon_position_at", warehouse_code=code, at=min(instants))
            tx.run("recon_positions_by_time", warehouse_code=code, low=reached or 0)
        params = self._movement_params()
        tx.run("recon_read_moves", **params)
        tx.run("recon_read_unapplied", **params)
        if last is not None:
            tx.run(
                "recon_read_before",
                run_id=last.run_id,
                warehouse_code=code,
                rolled=self._rolled,
                same_rules=self._same_rules,
            )
        tx.run("recon_read_echo", warehouse_code=code, sender=inputs.erp)

    def _movement_params(self) -> dict[str, Any]:
        last = self._inputs.last
        return {
            "warehouse_code": self._inputs.warehouse,
            "wms": self._inputs.wms,
            "rolled": self._rolled,
            "as_of": self._as_of,
            "erp_through": self._erp.through_seq,
            "wms_through": self._wms.through_seq,
            "erp_as_of": self._erp.as_of,
            "wms_as_of": self._wms.as_of,
            "erp_before": last and last.erp_through_seq,
            "wms_before": last and last.wms_through_seq,
            "erp_as_of_before": last and last.erp_as_of,
            "wms_as_of_before": last and last.wms_as_of,
            "visible_before": last and last.visible,
            "ledger_before": last and last.ledger_seq,
            "in_flight_limit": self._settings.in_flight_limit,
            "confirm_limit": self._settings.confirm_limit,
        }

    def explain(self) -> int:
        """Find the candidates with their arithmetic; return their number."""
        self._step("explain")
        tx, code = self._tx, self._inputs.warehouse
        tx.execute("recon_analyze_sides")
        found = tx.run(
            "recon_find_candidates", warehouse_code=code, is_first=self._inputs.last is None
        )
        found -= tx.run("recon_drop_quiet")
        tx.execute("recon_analyze_keys")
        tx.run("recon_note_scales", warehouse_code=code)
        return found

    def total(self) -> None:
        """Write the waterfall of the warehouse."""
        self._step("totals")
        self._tx.run(
            "recon_insert_totals", run_id=self._run_id, warehouse_code=self._inputs.warehouse
        )

    def missing_numbers(self) -> list[int]:
        """Return the WMS's numbers that never came in the window; none where gaps are allowed."""
        last = self._inputs.last
        if last is None or not self._inputs.gapless or last.wms_through_seq is None:
            return []
        rows = self._tx.rows(
            "recon_missing_numbers",
            warehouse_code=self._inputs.warehouse,
            wms=self._inputs.wms,
            wms_before=last.wms_through_seq,
            wms_through=self._wms.through_seq,
        )
        return [row.source_seq for row in rows]


def _lower(now: int | None, before: int | None) -> int:
    return min(position for position in (now, before) if position is not None)
