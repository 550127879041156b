"""Apply what was found valid: master data, requests, answers, facts, counts.

Each function plans in the work tables first and writes at the end, guarded by the row versions
that were read; `LostRace` means that another worker was faster, and the batch starts again.
"""

from typing import Any

from sync.errors import LostRace
from sync.plan import Batch
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
        _expect(tx.run("write_orders", **lane), steps.agreed)
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


def _fact(tx: Transaction, batch: Batch) -> None:
    lane: dict[str, Any] = {"warehouse_code": batch.lane, "now": batch.now}
    if batch.with_locks:
        tx.rows("lock_orders", **lane)
    tx.run("defer_mixed")
    _plan_facts(tx, batch, lane)
    risk = tx.one("risk_of_shortage")
    while risk.risky and _wait_for_stock(tx, batch):
        # Each round takes out at least one message, so this ends; two rounds are the most seen.
        tx.run("forget_plan")
        _plan_facts(tx, batch, lane)
        risk = tx.one("risk_of_shortage")
    _write_orders(tx, lane)
    _write_balances(tx, lane, missing=risk.missing, total=risk.total)
    if tx.run("send_transit", **lane):
        tx.run("send_notice_lines")
        tx.run("send_receipt_lines")
    batch.deliveries = tx.run("plan_fact_deliveries", systems=batch.mapped)


def _plan_facts(tx: Transaction, batch: Batch, lane: dict[str, Any]) -> None:
    """Plan who takes what, what the ledger will say, and how the balances will change."""
    batch.entries = tx.run("enter_reversals", **lane)
    tx.run("read_fact_orders", **lane)
    allocated = tx.run("allocate_named", **lane)
    allocated += tx.run("allocate_open", **lane)
    if allocated:
        tx.run("measure_excess", **lane)
        tx.run("find_surprises", **lane)
        batch.entries += tx.run("enter_order_facts")
    batch.entries += tx.run("enter_other_facts")
    batch.entries += tx.run("enter_count_corrections", **lane)
    if batch.with_locks:
        tx.rows("lock_balances", **lane)
    tx.run("read_balances", **lane)


def _wait_for_stock(tx: Transaction, batch: Batch) -> bool:
    """Take the facts that must wait for stock out of the batch; say whether there were any."""
    tx.run("judge_stock", now=batch.now, **batch.limits)
    return tx.run("wait_for_stock", now=batch.now, **batch.limits) > 0


def _write_orders(tx: Transaction, lane: dict[str, Any]) -> None:
    orders = tx.scalar("count_orders")
    if not orders:
        return
    planned = tx.run("plan_order_lines", **lane)
    if planned:
        _expect(tx.run("update_order_lines", **lane), planned)
    _expect(tx.run("update_order_heads", **lane), orders)


def _write_balances(tx: Transaction, lane: dict[str, Any], *, missing: int, total: int) -> None:
    if missing:
        tx.run("create_balances", **lane)
    if total:
        _expect(tx.run("update_balances", **lane), total)


def _count(tx: Transaction, batch: Batch) -> None:
    lane: dict[str, Any] = {"warehouse_code": batch.lane, "now": batch.now}
    tx.run("defer_counts")
    # Counts are rare and decide by what they read: they take their balances under lock, so that
    # no movement slips between the ledger's sum and the difference that is posted.
    tx.run("create_counted_balances", **lane)
    tx.rows("lock_counted_balances", **lane)
    tx.run("read_counts", lowest=tx.scalar("lowest_position"), **lane)
    batch.entries = tx.run("enter_counts")
    tx.run("read_balances", **lane)
    risk = tx.one("risk_of_shortage")
    _write_balances(tx, lane, missing=risk.missing, total=risk.total)
    tx.run("write_count_positions", **lane)
    batch.deliveries = tx.run("plan_fact_deliveries", systems=batch.mapped)


def _expect(written: int, planned: int) -> None:
    if written != planned:
        raise LostRace(f"{planned - written} of {planned} rows changed meanwhile")


_ROADS = {
    "master": _master,
    "detail": _detail,
    "request": _request,
    "answer": _answer,
    "fact": _fact,
    "count": _count,
}
