"""Judge the inputs before anything is compared: one gate that fails makes the run not valid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sync.config import Settings
from sync.recon.inputs import Inputs, Snapshot

#: So few keys more or fewer are no sign of a truncated snapshot, whatever the percentage.
FEW_KEYS = 100

_SIDES = ("ERP", "WMS")


@dataclass(frozen=True)
class Gate:
    """Say what a gate expected and found."""

    warehouse: str
    name: str
    passed: bool
    expected: str
    found: str
    text: str


def judge(inputs: Inputs, as_of: datetime, settings: Settings) -> list[Gate]:
    """Return the findings of the gates that need no comparison, in a fixed order.

    Without both snapshots only `both_sides` is judged.
    """
    found = [_both_sides(inputs)]
    erp, wms = inputs.snapshots
    if erp is None or wms is None:
        return found
    sides = ((erp, "ERP"), (wms, "WMS"))
    found += [_known(inputs)]
    found += [gate for snapshot, name in sides for gate in _complete(inputs, snapshot, name)]
    found += [_fresh(inputs, snapshot, name) for snapshot, name in sides]
    found += [_age(inputs, snapshot, name, as_of, settings) for snapshot, name in sides]
    found += [_position(inputs, erp, wms), _skew(inputs, erp, wms, settings)]
    return found


def key_count(inputs: Inputs, count: int, settings: Settings) -> Gate:
    """Judge whether the number of keys is like that of the last run."""
    before = None if inputs.last is None else int(inputs.last.key_count)
    allowed = settings.key_count_change_pct
    if before is None:
        return _gate(
            inputs, "key_count", "any", count, f"{count} keys, for the first time", passed=True
        )
    change = abs(count - before)
    passed = change <= max(FEW_KEYS, before * allowed / 100)
    text = f"{count} keys after {before} in the last run"
    return _gate(inputs, "key_count", f"{before} +-{allowed} %", count, text, passed=passed)


def identity(inputs: Inputs, count: int) -> Gate:
    """Note that the identity held on every key that was looked at."""
    text = f"R = D - C = R0 + rE - rW on each of {count} keys; the others agree in all three books"
    return _gate(inputs, "identity", 0, 0, text, passed=True)


def failed(gates: Iterable[Gate]) -> str | None:
    """Return in one line what failed, or None."""
    bad = [f"{gate.warehouse}: {gate.text}" for gate in gates if not gate.passed]
    return "; ".join(bad) or None


def _gate(
    inputs: Inputs, name: str, expected: object, found: object, text: str, *, passed: bool
) -> Gate:
    return Gate(inputs.warehouse, name, passed, str(expected), str(found), text)


def _both_sides(inputs: Inputs) -> Gate:
    missing = [
        name for name, snapshot in zip(_SIDES, inputs.snapshots, strict=True) if snapshot is None
    ]
    text = f"no snapshot of the {' and of the '.join(missing)}" if missing else "both sides told"
    found = ", ".join(name for name in _SIDES if name not in missing) or "none"
    return _gate(inputs, "both_sides", "ERP, WMS", found, text, passed=not missing)


def _known(inputs: Inputs) -> Gate:
    text = "the warehouse is known" if inputs.is_known else "UNKNOWN_WAREHOUSE: no master data"
    return _gate(
        inputs, "warehouse", inputs.warehouse, inputs.is_known, text, passed=inputs.is_known
    )


def _complete(inputs: Inputs, snapshot: Snapshot, name: str) -> Iterator[Gate]:
    said, lines = snapshot.said_lines, snapshot.lines
    passed = said is None or said == lines
    text = f"{name} snapshot {snapshot.snapshot_no}: {lines} lines"
    text += "" if passed else f" of {said}: it is truncated"
    expected = "not said" if said is None else said
    yield _gate(inputs, f"{snapshot.side}_lines", expected, lines, text, passed=passed)
    total = snapshot.said_total
    passed = total is None or total == snapshot.total
    text = f"{name} snapshot {snapshot.snapshot_no}: the quantities sum up to {snapshot.total}"
    text += "" if passed else f", its header says {total}"
    wanted = "not said" if total is None else str(total)
    yield _gate(inputs, f"{snapshot.side}_total", wanted, snapshot.total, text, passed=passed)


def _fresh(inputs: Inputs, snapshot: Snapshot, name: str) -> Gate:
    """Judge whether a snapshot is newer than the last run's, by its position and its instant."""
    label = f"{snapshot.side}_fresh"
    position = snapshot.through_seq
    if inputs.last is None:
        return _gate(inputs, label, "any", position, f"{name}: the first run", passed=True)
    before: dict[str, Any] = inputs.last._asdict()
    seq, through = before[f"{snapshot.side}_seq"], before[f"{snapshot.side}_through_seq"]
    at = before[f"{snapshot.side}_as_of"]
    what = f"{name} snapshot {snapshot.snapshot_no}"
    if seq == snapshot.seq:
        text = f"{what} was compared in run {before['run_id']} already: no newer one came"
    elif position is not None and through is not None and position < through:
        text = f"{what} goes back to position {position}, the last run had {through}"
    elif snapshot.as_of <= at:
        text = f"{what} is as of {snapshot.as_of:%Y-%m-%d %H:%M:%S}, not later than the last run's"
    else:
        return _gate(inputs, label, f">= {through}", position, f"{what}: it is newer", passed=True)
    return _gate(inputs, label, f">= {through} after {at}", position, text, passed=False)


def _age(
    inputs: Inputs, snapshot: Snapshot, name: str, as_of: datetime, settings: Settings
) -> Gate:
    age = as_of - snapshot.as_of
    limit = settings.snapshot_age_limit
    text = f"{name} snapshot {snapshot.snapshot_no} is {_hours(age)} old"
    text += "" if age <= limit else f", more than {_hours(limit)}"
    return _gate(
        inputs, f"{snapshot.side}_age", _hours(limit), _hours(age), text, passed=age <= limit
    )


def _position(inputs: Inputs, erp: Snapshot, wms: Snapshot) -> Gate:
    """Judge whether the positions can be true: given at all, and not beyond what was delivered."""
    known = inputs.positions
    if erp.through_seq is None or wms.through_seq is None:
        text = "a snapshot does not say through which position it goes (through_seq)"
        return _gate(inputs, "position", "given", "null", text, passed=False)
    first = 0 if known is None else int(known.first_delivery_id)
    last = 0 if known is None else int(known.last_delivery_id)
    if erp.through_seq > max(last, first) or 0 < erp.through_seq < first:
        text = f"the ERP says it posted through {erp.through_seq}, deliveries go from {first}"
        text += f" to {last}"
        return _gate(inputs, "position", f"<= {last}", erp.through_seq, text, passed=False)
    told = [
        f"{count} {what}"
        for count, what in (
            (known and known.told_above, ("facts happened before the WMS's snapshot, above its"
             " position")),
            (known and known.answered_above, ("deliveries were accepted before the ERP's snapshot,"
             " above its position")),
            (known and known.unanswered_below, ("deliveries below the ERP's position are not"
             " answered")),
        )
        if count
    ]  # fmt: skip
    text = f"skew of headers: {'; '.join(told)}" if told else "no movement contradicts the headers"
    return _gate(inputs, "position", f"<= {last}", erp.through_seq, text, passed=True)


def _skew(inputs: Inputs, erp: Snapshot, wms: Snapshot, settings: Settings) -> Gate:
    skew = abs(erp.as_of - wms.as_of)
    limit = settings.snapshot_skew_limit
    text = f"the snapshots lie {_hours(skew)} apart"
    text += "" if skew <= limit else f", more than {_hours(limit)}"
    return _gate(inputs, "skew", _hours(limit), _hours(skew), text, passed=skew <= limit)


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.2f} h"
