"""Suggest corrections of one book, post the approved ones, learn what became of them.

A run suggests, people approve with `ops.adjustment_approve`, and `post` sends the document: once,
for the adjustment, its message and the message's lines change in one transaction and the number
is the adjustment's. What no longer holds expires instead.
"""

from datetime import datetime

from sync.recon.documents import InstructionLine, send
from sync.store import Store, Transaction

#: Adjustments that one transaction posts: people approve them one by one.
BATCH = 200


def suggest(tx: Transaction, run_id: int, now: datetime) -> int:
    """Expire what the run no longer finds, and suggest what two runs found alike.

    Call it in the run's transaction, after its rows. Returns the number of new suggestions.
    """
    tx.run("expire_adjustments", run_id=run_id, now=now)
    return tx.run("suggest_adjustments", run_id=run_id, now=now)


def post(store: Store) -> int:
    """Send what is approved or to be counted, and note answers; return how many moved on."""
    with store.transaction() as tx:
        if not tx.scalar("adjustments_owed"):
            return 0
        moved = tx.run("note_adjustment_answers")
        now = tx.scalar("read_clock")
        for row in tx.rows("take_adjustments", limit=BATCH):
            if row.stale is not None:
                tx.run(
                    "expire_adjustment", adjustment_id=row.adjustment_id, stale=row.stale, now=now
                )
                moved += 1
                continue
            counts = row.state == "count_requested"
            seq = send(
                tx,
                "count_request" if counts else "book_correction",
                side="wms" if counts else row.side,
                warehouse_code=row.warehouse_code,
                number=f"{'CNT' if counts else 'ADJ'}-{row.adjustment_id}",
                lines=[
                    InstructionLine(
                        row.item_code,
                        row.lot_no,
                        row.stock_status,
                        qty=None if counts else row.qty,
                    )
                ],
                run_id=row.run_id,
                reason=row.reason,
                attributes={"adjustment_id": row.adjustment_id},
            )
            # None: nobody keeps that book at the moment; it is tried again, and stays in sight.
            if seq is not None:
                tx.run("link_adjustment", adjustment_id=row.adjustment_id, seq=seq, now=now)
                moved += 1
    return moved
