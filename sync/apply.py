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
    if tx.run("read_request_orders", **lane):
        tx.run("read_request_lines", **lane)
        tx.run("look_deliveries")
        tx.run("judge_requests")
        if tx.run("read_answers"):
            tx.run("decline_unaccepted")
        tx.run("plan_request_lines")
        tx.run("settle_requests")
        tx.run("find_refusals")
        _write_requests(tx, lane)
    if tx.run("write_notice_orders", **lane):
        tx.run("write_notice_lines", **lane)
        tx.run("lower_notice_lines", **lane)
        tx.run("end_notice_orders", **lane)
    batch.deliveries = tx.run("plan_request_deliveries", systems=batch.mapped)


def _write_requests(tx: Transaction, lane: dict[str, Any]) -> None:
    """Write the agreed revisions; take back what was not read yet and has given way."""
    steps = tx.one("count_requests")
    if steps.questions:
        superseded = [row.seq for row in tx.rows("supersede_questions", now=lane["now"])]
        expect(len(superseded), steps.questions)
        tx.run("forget_waits_of", seqs=superseded)
    if steps.asked:
        expect(tx.run("touch_asked_orders", **lane), steps.asked)
    if steps.agreed:
        expect(tx.run("write_orders", **lane), steps.agreed)
    if steps.added:
        tx.run("insert_order_lines", **lane)
    if steps.known:
        tx.run("find_kept")
        expect(tx.run("change_order_lines", **lane), steps.changed)
        tx.run("mark_in_work", **lane)
        tx.run("end_orders", **lane)
        tx.run("withdraw_deliveries")


def _answer(tx: Transaction, batch: Batch) -> None:
    lane: dict[str, Any] = {"warehouse_code": batch.lane}
    tx.run("defer_responses")
    if tx.run("find_replied", **lane):
        tx.run("apply_responses")
        if batch.lines:
            tx.run("write_answer_lines")
            if tx.run("apply_response_lines", **lane):
                tx.run("end_answered_orders", now=batch.now, **lane)
    tx.run("apply_milestones", now=batch.now, **lane)
    batch.deliveries = tx.run("plan_fact_deliveries", systems=batch.mapped)


def _instruction(tx: Transaction, batch: Batch) -> None:
    """Lay what crossdock asks of a system into its inbox; its answer is its own affair."""
    batch.deliveries = tx.run("plan_instruction_deliveries", systems=batch.mapped)


_ROADS = {
    "master": _master,
    "detail": _detail,
    "request": _request,
    "answer": _answer,
    "fact": apply_facts,
    "count": apply_counts,
    "instruction": _instruction,
}
