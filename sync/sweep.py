"""Wake up what waits: arrived references, passed limits, missing lines, answers, decisions."""

from datetime import timedelta

from sync.batch import release
from sync.decide import decide
from sync.store import Store
from sync.turn import release_windows
from sync.work_tables import open_tables

NOTICE_ROWS = 1000

#: Documents with more lines are looked at for missing ones by the sweep only: to count 10,000 takes
#: 2 ms.
LONG_LINES = 10_000

#: How far back late lines are looked for: six sweeps. Half an hour of lines under full load
#: would be 27 million rows for each sweep.
LATE_LINES = timedelta(seconds=30)


def sweep(store: Store) -> int:
    """Take one look at everything that waits; return how much may go on."""
    woken = notice_answers(store) + release_limits(store) + release_windows(store)
    watch_gates(store)
    return woken + decide(store) + release(store)


def watch_gates(store: Store) -> None:
    """End the orders whose gate is open, and say for the others what keeps it shut."""
    with store.transaction(quick=True) as tx:
        now = tx.scalar("read_clock")
        tx.rows("end_gated_orders", now=now)
        tx.run("open_gate_tasks", now=now)


def release_limits(store: Store) -> int:
    """Send on messages whose lines are complete or whose wait is over; warn of late lines."""
    with store.transaction(quick=True) as tx:
        now = tx.scalar("read_clock")
        woken = len(tx.rows("release_complete", now=now, longest=None))
        woken += len(tx.rows("release_due", now=now))
        tx.run("alarm_unanswered", now=now, answer_alarm=store.settings.answer_alarm)
        tx.run("warn_late_lines", since=now - LATE_LINES, now=now)
    return woken


def notice(store: Store) -> int:
    """See to what arrives outside of batches: answers, missing lines; return how much may go on."""
    with store.look() as tx:
        look = tx.one("look_around")
    woken = _notice(store) if look.unnoticed else 0
    if look.incomplete:
        with store.transaction(quick=True) as tx:
            now = tx.scalar("read_clock")
            woken += len(tx.rows("release_complete", now=now, longest=LONG_LINES))
    return woken


def notice_answers(store: Store) -> int:
    """Bring what receivers did with requests into the book; return how many requests may go on."""
    with store.look() as tx:
        look = tx.one("look_around")
    return _notice(store) if look.unnoticed else 0


def _notice(store: Store) -> int:
    woken = 0
    while True:
        with store.transaction(quick=True) as tx:
            now = open_tables(tx).at
            noticed = tx.kept_rows = tx.run("notice_claim", limit=NOTICE_ROWS)
            if noticed:
                tx.run("notice_lines")
                tx.run("notice_orders", now=now)
                withdrawn = [f"answer:{row.delivery_id}" for row in tx.rows("notice_withdrawn")]
                tx.run("notice_refused_changes", now=now)
                woken += len(tx.rows("notice_release"))
                if withdrawn:
                    woken += len(tx.rows("release_arrived", keys=withdrawn, seqs=None))
                tx.run("notice_done")
        if noticed < NOTICE_ROWS:
            return woken
