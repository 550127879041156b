"""Tell, from crossdock's own tables, where messages were posted and who decides about them."""

from __future__ import annotations

from collections.abc import Sequence

from sync.simulate.day import Day

NOBODY = "nobody"
_MOST_ROWS = 4

_POSTED = """
SELECT g.warehouse_code, g.location_code, g.stock_status, i.base_uom, sum(g.qty) AS qty
FROM book.ledger AS g
INNER JOIN book.item AS i ON g.item_code = i.item_code
WHERE g.message_seq = ANY(%s)
GROUP BY g.warehouse_code, g.location_code, g.stock_status, i.base_uom
HAVING sum(g.qty) <> 0
ORDER BY min(g.message_seq), min(g.line_no), min(g.entry_no)
"""

# A task of crossdock's own (the gate's) names the order rather than one of the messages.
_TASKS = """
SELECT
    t.state, t.code, t.owner, t.decision, t.decided_by, t.outcome, count(*) AS number,
    (SELECT string_agg(c.one ->> 'choice', ' / ' ORDER BY c.place)
     FROM jsonb_array_elements(t.choices) WITH ORDINALITY AS c (one, place)) AS choices
FROM ops.task AS t
WHERE t.seq = ANY(%s) OR t.order_no = %s
GROUP BY t.state, t.code, t.owner, t.decision, t.decided_by, t.outcome, t.choices
ORDER BY t.code
"""

_ACTS = """
SELECT a.operator, a.action, a.reason
FROM ops.audit AS a
WHERE a.seq = ANY(%s) AND a.task_id IS NULL
GROUP BY a.operator, a.action, a.reason
ORDER BY min(a.audit_id)
"""

_ERRORS = """
SELECT DISTINCT m.sender, r.repair, e.code, e.hint
FROM staging.message AS m
INNER JOIN staging.message_error AS e ON m.seq = e.seq
INNER JOIN staging.rule AS r ON e.code = r.code
WHERE m.seq = ANY(%s) AND m.state IN ('error', 'refused') AND e.severity = 'error'
    AND e.resolved_at IS NULL
ORDER BY e.code
"""


def posted(day: Day, seqs: Sequence[int]) -> list[str]:
    """Return where the stock of messages was posted, in a sentence, or nothing."""
    rows = day.inspect(_POSTED, list(seqs))
    parts = [
        f"{row['qty'].normalize():+f} {row['base_uom']} {row['stock_status']} at"
        f" {row['warehouse_code']} {row['location_code']}"
        for row in rows
    ]
    if len(parts) > _MOST_ROWS:
        parts = [*parts[:_MOST_ROWS], f"{len(rows) - _MOST_ROWS} more"]
    return [f"posted {', '.join(parts)}"] if parts else []


def decisions(day: Day, seqs: Sequence[int], order_no: str) -> list[str]:
    """Return who owes a decision about messages or an order and what may be chosen, or who took it.

    Somebody who must mend a message or a configuration owes that in the same way.
    """
    told = []
    for task in day.inspect(_TASKS, list(seqs), order_no):
        if task["state"] == "open":
            told.append(f"{task['owner']} must decide {task['code']}: {task['choices']}")
        elif task["decision"] == "moot":
            told.append(f"{task['code']} asked {task['owner']}, then settled itself")
        else:
            said = f"{task['code']}: {task['decision']}, said {task['decided_by']}"
            told.append(f"{said}; {task['outcome']}" if task["outcome"] else said)
    told += [
        f"{act['operator']}: {act['action']} ({act['reason']})"
        for act in day.inspect(_ACTS, list(seqs))
    ]
    for error in day.inspect(_ERRORS, list(seqs)):
        who = "IT" if error["repair"] == "fix configuration" else error["sender"]
        told.append(f"{who} must act, {error['code']}: {error['hint']}")
    return told or [NOBODY]
