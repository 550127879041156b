"""Apply what has happened on the floor: facts and counts become ledger rows, progress, balances.

A batch is looked at once, so that statements which cannot do anything in it are not run: of forty
statements a plain goods receipt needs thirty.
"""

from typing import Any

from sync.plan import Batch, Goods, Look, expect
from sync.store import Transaction


def apply_facts(tx: Transaction, batch: Batch) -> None:
    """Plan the ledger rows of the batch, then write orders and balances, guarded.

    Raises `LostRace` when another worker changed what was read.
    """
    lane: dict[str, Any] = {"warehouse_code": batch.lane, "now": batch.now, **batch.limits}
    batch.look = look = _look(tx, lane)
    if batch.with_locks:
        tx.rows("lock_orders", **lane)
    if look.is_mixed:
        tx.run("defer_mixed")
    _plan(tx, batch, lane)
    risk = tx.one("risk_of_shortage")
    while risk.risky and _wait_for_stock(tx, batch, lane):
        # Each round takes out at least one message, so this ends; two rounds are the most seen.
        tx.run("forget_plan")
        _plan(tx, batch, lane)
        risk = tx.one("risk_of_shortage")
    _write_orders(tx, batch, lane)
    _write_goods(tx, batch, lane)
    _write_balances(tx, lane, missing=risk.missing, total=risk.total)
    if (look.has_transfers or look.has_reversals) and tx.run("send_transit", **lane):
        tx.run("send_notice_lines", **lane)
        tx.run("send_receipt_lines")
    if look.has_reversals:
        _undo_decisions(tx, lane)
    if batch.blocked and tx.run("plan_blocked_lines"):
        tx.run("show_blocked_lines")
        tx.run("show_blocked_parts")
    batch.deliveries = tx.run("plan_fact_deliveries", systems=batch.mapped)


def apply_counts(tx: Transaction, batch: Batch) -> None:
    """Post the difference of each counted balance to what the book held at the count's position.

    Raises `LostRace` when another worker changed what was read.
    """
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


def _look(tx: Transaction, lane: dict[str, Any]) -> Look:
    return Look(**tx.one("look_batch", **lane)._asdict())


def _plan(tx: Transaction, batch: Batch, lane: dict[str, Any]) -> None:
    """Plan who takes what, what the ledger will say, and how the balances will change."""
    look = batch.look
    batch.entries, batch.goods = 0, Goods()
    reverses = look.has_reversals and tx.run("read_reversals") > 0
    if reverses:
        batch.entries = tx.run("enter_reversals", **lane)
    tx.run("read_fact_orders", **lane)
    if reverses:
        tx.run("read_reopened_orders", **lane)
    orders = tx.one("count_orders")
    batch.orders = orders.total
    if orders.forced:
        tx.run("find_forced")
    if look.has_order_facts:
        batch.entries += _plan_order_facts(tx, batch, lane)
    if look.has_other_facts:
        batch.entries += tx.run("enter_other_facts")
    if look.has_serials or look.has_lots or reverses:
        _look_at_goods(tx, batch, lane, reverses=reverses)
    if look.has_counts:
        batch.entries += tx.run("enter_count_corrections", **lane)
    if batch.with_locks:
        tx.rows("lock_balances", **lane)
    tx.run("read_balances", **lane)


def _plan_order_facts(tx: Transaction, batch: Batch, lane: dict[str, Any]) -> int:
    """Allocate receipts, shipments and issues to order lines; return the number of entries."""
    allocated = tx.run("allocate_named", **lane)
    if batch.look.has_substitutes:
        tx.run("allocate_substitutes", **lane)
    if batch.look.has_unnamed:
        allocated += tx.run("allocate_open", **lane)
    if not allocated:
        return 0
    if tx.run("measure_excess"):
        batch.blocked = True
    tx.run("find_surprises")
    return tx.run("enter_order_facts")


def _look_at_goods(tx: Transaction, batch: Batch, lane: dict[str, Any], *, reverses: bool) -> None:
    """Look at lots and serial numbers; what comes and cannot be right is booked blocked."""
    if batch.look.has_serials or reverses:
        if batch.with_locks:
            tx.rows("lock_pieces", **lane)
        tx.run("read_pieces", **lane)
    if batch.look.has_lots:
        tx.run("read_lots", **lane)
    goods = tx.one("look_goods")
    if goods.odd_pieces:
        tx.run("find_pieces")
    if goods.odd_lots:
        tx.run("find_lots")
    if goods.odd_pieces or goods.odd_lots:
        tx.run("block_entries")
        batch.blocked = True
    batch.goods = Goods(goods.pieces, goods.new_pieces, goods.new_lots)


def _write_goods(tx: Transaction, batch: Batch, lane: dict[str, Any]) -> None:
    """Write what became of serial numbers, and the dates of lots that were said first."""
    forgotten = tx.rows("find_forgotten", **lane) if batch.look.has_reversals else ()
    if forgotten:
        items, lots = zip(*forgotten, strict=True)
        tx.run("forget_lots", items=list(items), lots=list(lots), **lane)
    if batch.goods.new_lots:
        expect(tx.run("write_lots", **lane), batch.goods.new_lots)
    if batch.goods.new_pieces:
        tx.run("create_pieces", **lane)
    if batch.goods.pieces:
        expect(tx.run("update_pieces", **lane), batch.goods.pieces)


def _undo_decisions(tx: Transaction, lane: dict[str, Any]) -> None:
    """Take back what was decided about facts that are taken back."""
    discarded = [row.seq for row in tx.rows("discard_undone", **lane)]
    if discarded:
        tx.run("forget_waits_of", seqs=discarded)
    if tx.run("undo_postings", **lane):
        tx.run("tell_undone")


def _wait_for_stock(tx: Transaction, batch: Batch, lane: dict[str, Any]) -> bool:
    """Take the facts that must wait for stock out of the batch; say whether there were any."""
    tx.run("judge_stock", **lane)
    return tx.run("wait_for_stock", now=batch.now, **batch.limits) > 0


def _write_orders(tx: Transaction, batch: Batch, lane: dict[str, Any]) -> None:
    look = batch.look
    if not batch.orders:
        return
    if look.has_finals or look.has_reversals:
        tx.run("plan_finals", **lane)
    planned = tx.run("plan_order_lines", **lane)
    if planned:
        expect(tx.run("update_order_lines", **lane), planned)
    expect(tx.run("update_order_heads", **lane), batch.orders)
    if look.has_finals:
        tx.run("write_finals", **lane)
    if look.has_reversals:
        tx.run("reverse_finals", **lane)


def _write_balances(tx: Transaction, lane: dict[str, Any], *, missing: int, total: int) -> None:
    if missing:
        expect(tx.run("insert_balances", **lane), missing)
    if total > missing:
        expect(tx.run("update_balances", **lane), total - missing)
