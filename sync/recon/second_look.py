"""Look a second time at the open keys of a run: what has vanished was no difference.

`request` asks both sides for these keys alone, by ``snapshot_request``. When both have answered
with a snapshot that names the request, `look` compares the answers at their new positions, by the
statements of the run, and writes what is left. The run itself stays as it was closed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row

from sync.recon import explain
from sync.recon.documents import SIDES, InstructionLine, send
from sync.recon.inputs import Inputs, answered, compared
from sync.recon.run import open_tables
from sync.store import Store, Transaction

#: Answers are waited for so long; then the next run has come.
PATIENCE = timedelta(days=2)


@dataclass(frozen=True)
class Look:
    """Say what a second look found in one warehouse: keys read again, and how many had vanished."""

    run_id: int
    warehouse: str
    keys: int
    transient: int


def number_of(run_id: int, warehouse: str) -> str:
    """Return the number of the request, which the answers name as ``request_no``."""
    return f"RUN-{run_id}-{warehouse}"


def request(store: Store, run_id: int) -> int:
    """Ask both sides for the open keys of a closed run; return how many requests were sent.

    Repeated, it sends nothing new.
    """
    sent = 0
    with store.transaction() as tx:
        rows = tx.rows("second_keys", run_id=run_id)
        for warehouse, keys in groupby(rows, key=lambda row: str(row.warehouse_code)):
            lines = [InstructionLine(row.item_code, row.lot_no, row.stock_status) for row in keys]
            for side in SIDES:
                seq = send(
                    tx,
                    "snapshot_request",
                    side=side,
                    warehouse_code=warehouse,
                    number=number_of(run_id, warehouse),
                    lines=lines,
                    run_id=run_id,
                    reason="second look at what differed",
                )
                sent += seq is not None
    return sent


def look(store: Store) -> list[Look]:
    """Compare the answers that have come to the requests of the newest runs; oldest run first.

    A warehouse of which a side has not answered yet is left for the next call.
    """
    now = store.now()
    with store.transaction() as tx:
        waiting = tx.rows("second_open", since=now - PATIENCE)
    found = (_look(store, row, now) for row in waiting)
    return [one for one in found if one is not None]


def _look(store: Store, row: Row[Any], now: datetime) -> Look | None:
    with store.transaction(one_snapshot=True) as tx:
        tx.one("recon_no_limits")
        [known] = compared(tx, [row.warehouse_code])
        inputs = answered(tx, known, number_of(row.run_id, row.warehouse_code))
        if None in inputs.snapshots or inputs.last is None:
            return None
        keys = _compare(tx, store, row.run_id, inputs, now)
        return Look(row.run_id, row.warehouse_code, len(keys), sum(keys))


def _compare(
    tx: Transaction, store: Store, run_id: int, inputs: Inputs, now: datetime
) -> Sequence[bool]:
    open_tables(tx)
    part = explain.Warehouse(
        tx,
        run_id,
        inputs,
        as_of=now,
        rolled=explain.freeze(tx, now),
        same_rules=False,  # two snapshots of some keys are no whole books to compare with the last
        settings=store.settings,
        step=lambda _: None,
        keeps_apart=False,
    )
    part.load()
    part.move()
    part.explain()
    rows = tx.rows("second_write", run_id=run_id, warehouse_code=inputs.warehouse, now=now)
    return [bool(row.is_transient) for row in rows]
