"""Give a transaction empty work tables: made at a session's first batch, emptied for each one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from schema.statements import clear_batch, work_tables
from sync.store import Transaction


def open_tables(tx: Transaction, lane: str | None = None) -> Row[Any]:
    """Make the session's work tables when it has none yet, and see that they are empty.

    Returns the time of the batch, ``at``, and the ``policies`` that were set for the lane.
    """
    begin = tx.one("batch_begin", lane=lane)
    tx.had_tables = begin.ready
    if not begin.ready:
        for table in work_tables(kept=tx.is_quick):
            tx.execute_statement(table, {})
    elif tx.is_quick:
        tx.execute_statement(clear_batch(), {})
    return begin
