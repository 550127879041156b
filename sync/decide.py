"""Carry out what people decided about tasks, and close the tasks that became moot.

`ops.resolve_task` writes an intent; here it is executed, set-based, many tasks at once. Stock is
moved by messages of our own that take the main road: the task is done when its message is applied,
in the next sweep, and open again, with the reason, when it cannot be. Whatever is killed, a
decision is posted once: the task, its message and the message's lines change in one transaction,
and the message_id is the task's.
"""

from sync.store import Store, Transaction
from sync.work_tables import open_tables

DECISIONS = 1000


def decide(store: Store) -> int:
    """Take one look at all tasks that are owed or decided; return how many moved on."""
    with store.transaction() as tx:
        look = tx.one("decisions_owed")
        if not look.is_owed:
            return 0
        moved = _close_moot(tx)
    if look.is_decided:
        moved += _finish(store) + _carry_out(store)
    return moved


def _close_moot(tx: Transaction) -> int:
    """Close the tasks that nobody has to decide any more; return how many."""
    moot = tx.rows("find_moot")
    if not moot:
        return 0
    return tx.run(
        "close_moot",
        task_ids=[row.task_id for row in moot],
        reasons=[row.reason for row in moot],
        now=tx.scalar("read_clock"),
    )


def _finish(store: Store) -> int:
    """End the tasks whose posting is applied; open those again whose posting cannot be."""
    with store.transaction(quick=True) as tx:
        now = tx.scalar("read_clock")
        moved = tx.run("finish_decisions", now=now)
        given_up = [row.seq for row in tx.rows("give_up_postings", now=now)]
        if given_up:
            tx.run("forget_waits_of", seqs=given_up)
        return moved + tx.run("reopen_decisions")


def _carry_out(store: Store) -> int:
    """Take the decisions that nobody has taken yet; return how many were carried out or sent."""
    with store.transaction() as tx:
        now = open_tables(tx).at
        if not tx.run("take_decisions", limit=DECISIONS):
            return 0
        steps = tx.one("count_decisions")
        tx.run("judge_quiet")
        if steps.answers:
            tx.run("look_answers")
            tx.run("judge_answers")
            tx.run("answer_deliveries")
        if steps.ends:
            tx.run("force_close_orders", now=now)
            tx.run("judge_ends", now=now)
        sent = _post(tx) if steps.postings else 0
        return sent + tx.run("settle_decisions", now=now)


def _post(tx: Transaction) -> int:
    """Send what the decisions post; return the number of messages."""
    tx.run("plan_releases")
    tx.run("plan_blocks")
    tx.run("plan_lifts")
    tx.run("judge_postings")
    sent = tx.rows("send_postings")
    if sent:
        tx.run("send_posting_lines")
        task_ids, seqs = [row.task_id for row in sent], [row.seq for row in sent]
        tx.run("link_postings", task_ids=task_ids, seqs=seqs)
    return len(sent)
