"""Measure what crossdock promises: every figure of a run, kept with what it was computed from.

The arithmetic is in ``schema/functions/kpi.sql``, the definitions in ``schema/figures.py``; the
live view `ops.kpi` uses the same functions, so that a page and a report never differ.
"""

from sync.store import Transaction


def count_books(tx: Transaction, run_id: int, warehouse_code: str) -> int:
    """Keep the denominators of a warehouse while its books lie in the run's work tables.

    Returns the number of groups (ABC class, unit, currency).
    """
    return tx.run("count_books", run_id=run_id, warehouse_code=warehouse_code)


def compute(tx: Transaction, run_id: int) -> int:
    """Compute and keep every figure of a run; call it after its rows, before it is closed.

    Returns the number of figures, which does not depend on the size of the books.
    """
    return tx.run("insert_figures", run_id=run_id)
