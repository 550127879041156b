"""Apply what was found valid: master data, requests and answers here, facts in `sync.facts`.

Each function plans in the work tables first and writes at the end, guarded by the row versions
that were read; `LostRace` means that another worker was faster, and the batch starts again.
"""

from typing import Any

from sync.facts import apply_counts, apply_facts
from sync.plan import Batch, expect
from sync.store import Transaction


def apply(tx: Transaction, batch: Batch) -> None:
    """Apply the messages whose outcome is go; each road has its own way.

    A snapshot has no effect of its own: reconciliation reads it from where it lies.
    """
    if batch.road != "snapshot":
        _ROADS[batch.road](tx, batch)


def _master(tx: Transaction, batch: Batch) -> None:
    for kind in ("item", "party", "warehouse"):
        tx.run(f"apply_{kind}")
    tx.run("open_lanes")
    _tell_warehouses(tx, batch)


def _detail(tx: Transaction, batch: Batch) -> None:
    for kind in ("item_uom", "location", "code_map"):
        tx.run(f"apply_{kind}")
    _tell_warehouses(tx, batch)


def _tell_warehouses(tx: Transaction, batch: Batch) -> None:
    batch.deliveries = tx.run("plan_master_deliveries", systems=batch.mapped)
    resent = tx.run("resend_master", systems=batch.mapped)
    batch.resent = resent > 0
    batch.deliveries += resent


def _request(tx: Transaction, batch: Batch) -> None:
    lane: dict[str, Any] = {"warehouse_code": batch.lane, "now": batch.now}
    if batch.with_locks:
        tx.rows("lock_orders", **lane)
    tx.run("read_request_orders", **lane)
    tx.run("look_deliveries")
    judged = tx.run("judge_requests", **lane)
    if judged:
        tx.run("judge_clashes", **lane)
        tx.run("settle_requests")
        tx.run("find_refusals")
        steps = tx.one("count_requests")
        expect(tx.run("write_orders", **lane), steps.agreed)
        if steps.known:
            tx.run("find_below_done", **lane)
        tx.run("write_order_lines", **lane)
        if steps.known:
            _end_lines(tx, lane)
    if tx.run("write_notice_orders", **lane):
        tx.run("write_notice_lines", **lane)
        tx.run("lower_notice_lines", **lane)
        tx.run("end_notice_orders", **lane)
    batch.deliveries = tx.run("plan_request_deliveries", systems=batch.mapped)


def _end_lines(tx: Transaction, lane: dict[str, Any]) -> None:
    """End what a revision dropped, a cancel or a close ended; take back what was not read yet."""
    tx.run("end_order_lines", **lane)
    tx.run("mark_in_work", **lane)
    tx.run("end_orders", **lane)
    tx.run("withdraw_deliveries")


def _answer(tx: Transaction, batch: Batch) -> None:
    tx.run("defer_responses")
    tx.run("apply_responses", warehouse_code=batch.lane)
    if batch.lines and tx.run("apply_response_lines", warehouse_code=batch.lane):
        tx.run("end_answered_orders", warehouse_code=batch.lane, now=batch.now)
    tx.run("apply_milestones", warehouse_code=batch.lane, now=batch.now)
    batch.deliveries = tx.run("plan_fact_deliveries", systems=batch.mapped)


_ROADS = {
    "master": _master,
    "detail": _detail,
    "request": _request,
    "answer": _answer,
    "fact": apply_facts,
    "count": apply_counts,
}
