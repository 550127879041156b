"""Name the cause of every candidate: each class is one statement, tested in the design's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.store import Transaction

#: Before the gaps of numbers; each takes the candidates that have no class yet.
FIRST = (
    "classify_quarantine",
    "classify_parts",
    "classify_held_back",
    "classify_late",
    "classify_closed",
    "classify_masked",
    "classify_carried",
    "classify_rounding",
    "classify_lots",
    "classify_status_shift",
    "classify_lot_shift",
    "classify_warehouse_shift",
    "classify_uom_balance",
    "classify_echo",
)
LAST = ("hint_possible", "classify_possible", "classify_rest")
_SHOWN_NUMBERS = 10


def classify(tx: Transaction, missing: Mapping[str, Sequence[int]]) -> None:
    """Give every candidate of the run its class, and list what supports it.

    ``missing`` holds, by warehouse, the numbers of a gapless WMS that never came.
    """
    for name in FIRST:
        tx.run(name)
    for warehouse, numbers in missing.items():
        if numbers:
            shown = ", ".join(str(number) for number in numbers[:_SHOWN_NUMBERS])
            shown += ", ..." if len(numbers) > _SHOWN_NUMBERS else ""
            params = {"warehouse_code": warehouse, "missing": list(numbers)}
            tx.run("classify_gap", numbers=shown, **params)
            tx.run("hint_gap", **params)
    for name in LAST:
        tx.run(name)
    tx.run("hint_echo")
