"""Read what a report is made of: one run, its warehouses, sums, worst keys and their evidence.

Rows stay rows: mappings by the column names of `schema/statements/report.sql`. All lists are
bounded, so that a report of millions of differences takes no more memory than one of thousands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sync.errors import NotFoundError
from sync.recon.report.waterfall import Waterfall, waterfalls
from sync.store import Transaction

Row = Mapping[str, Any]
Key = tuple[str, str, str, str]

#: Differences on the page; CSV has all of them.
EMBEDDED = 2000
#: Keys with their movements on the page: a window of movements is 3 kB, and 300 of them are 1 MB.
TRACED = 300
#: Rows of the shorter lists.
LISTED = 200
NIGHTS = 10
SAMPLE = 25
#: Classes whose next step is to look at the shelf.
COUNTED = frozenset({"UNREPORTED_WMS", "UNEXPLAINED", "OPENING_DIFFERENCE", "LOT_SHIFT"})


@dataclass(frozen=True)
class Choice:
    """Hold which run is reported, and the newest one when that one is not valid or failed."""

    run: Row
    newest: Row | None
    until: datetime | None
    warehouses: list[str] | None

    @property
    def run_id(self) -> int:
        """Return the number of the run that is reported."""
        return int(self.run["run_id"])

    @property
    def is_valid(self) -> bool:
        """Say whether the run published differences."""
        return bool(self.run["state"] == "closed")


@dataclass(frozen=True)
class Reading:
    """Hold everything but the full lists."""

    choice: Choice
    warehouses: list[Row]
    gates: list[Row]
    newest_gates: list[Row]
    runs: list[Row]
    totals: list[Row]
    falls: list[Waterfall]
    residuals: list[Row]
    matrix: list[Row]
    changes: dict[str, Row]
    changed: list[Row]
    actions: list[Row]
    worst: list[Row]
    difference_count: int
    waiting: list[Row]
    queue: list[Row]
    flags: list[Row]
    restated: list[Row]
    masked: list[Row]
    guesses: list[Row]
    sample: list[Row]
    quarantine: list[Row]
    adjustments: list[Row]
    figures: list[Row]
    trend: dict[str, dict[int, Any]]
    bins: list[Row]
    seed: str
    previous_config: Any = None
    parts: dict[Key, list[Row]] = field(default_factory=dict)
    history: dict[Key, list[Row]] = field(default_factory=dict)
    movements: dict[Key, list[Row]] = field(default_factory=dict)
    comments: dict[Key, list[Row]] = field(default_factory=dict)
    maps: dict[str, list[Row]] = field(default_factory=dict)
    echo: dict[int, list[Row]] = field(default_factory=dict)

    @property
    def run(self) -> Row:
        """Return the run that is reported."""
        return self.choice.run


def key_of(row: Row) -> Key:
    """Return the canonical key of a row."""
    return (row["warehouse_code"], row["item_code"], row["lot_no"], row["stock_status"])


def choose(tx: Transaction, run_id: int | None, warehouses: Sequence[str] = ()) -> Choice:
    """Find the run: the one that is named, else the newest closed one.

    Where no run has closed yet, the newest that ended is told with its reason.

    Raises:
        NotFoundError: no such run, it still runs, or it has nothing of the warehouses.

    """
    wanted = list(warehouses) or None
    newest = _first(_rows(tx, "report_newest_run"))
    run = _first(_rows(tx, "report_run", run_id=run_id, warehouses=wanted))
    if run is None and run_id is None and newest is not None:
        named = _rows(tx, "report_run", run_id=newest["run_id"], warehouses=None)
        run = _first(named) if newest["state"] != "closed" else None
    if run is None:
        if run_id is not None:
            raise NotFoundError(f"there is no reconciliation run {run_id}")
        of_them = f" of {', '.join(wanted)}" if wanted else ""
        raise NotFoundError(f"no reconciliation run{of_them} yet; `crossdock reconcile` makes one")
    if run["state"] == "running":
        raise NotFoundError(f"run {run['run_id']} is still running")
    if wanted:
        listed = _rows(tx, "report_warehouses", run_id=run["run_id"], warehouses=None)
        missing = sorted(set(wanted) - {row["warehouse_code"] for row in listed})
        if missing:
            raise NotFoundError(f"run {run['run_id']} has no warehouse {', '.join(missing)}")
    later = run_id is None and newest is not None and newest["run_id"] > run["run_id"]
    return Choice(
        run=run,
        newest=newest if later and newest is not None and newest["state"] != "closed" else None,
        until=tx.scalar("report_next_close", run_id=run["run_id"]),
        warehouses=wanted,
    )


def read(
    tx: Transaction, run_id: int | None, warehouses: Sequence[str] = (), *, embedded: int = EMBEDDED
) -> Reading:
    """Read a run and, for its worst keys, the evidence.

    Raises:
        NotFoundError: see `choose`.
        InvariantError: the waterfall does not add up.

    """
    choice = choose(tx, run_id, warehouses)
    of_run: dict[str, Any] = {"run_id": choice.run_id, "warehouses": choice.warehouses}
    worst = _rows(tx, "report_worst", row_limit=embedded, **of_run)
    runs = _rows(tx, "report_runs", run_id=choice.run_id)
    closed = [int(row["run_id"]) for row in runs if row["state"] == "closed"]
    totals = _rows(tx, "report_totals", **of_run)
    seed = str(choice.run["run_hash"] or choice.run_id)[:12]
    newest = choice.newest
    falls = waterfalls(totals)
    currency = next((fall.unit for fall in falls if fall.kind == "value"), "")
    trend: dict[str, dict[int, Any]] = {}
    for row in _rows(tx, "report_trend", run_ids=closed, currency=currency):
        trend.setdefault(row["name"], {})[row["run_id"]] = row["value"]
    keys = [key_of(row) for row in worst]
    counted = [key_of(row) for row in worst if row["class"] in COUNTED][: LISTED * 2]
    parts = _by_key(_rows(tx, "report_parts", run_id=choice.run_id, **_arrays(keys)))
    deliveries = sorted(
        {row["delivery_id"] for rows in parts.values() for row in rows if row["delivery_id"]}
    )
    items = sorted({key[1] for key in keys[:TRACED]})
    return Reading(
        choice=choice,
        warehouses=_rows(tx, "report_warehouses", **of_run),
        gates=_rows(tx, "report_gates", **of_run),
        newest_gates=(
            []
            if newest is None
            else _rows(tx, "report_gates", run_id=newest["run_id"], warehouses=None)
        ),
        runs=runs,
        totals=totals,
        falls=falls,
        residuals=_rows(tx, "report_residuals", **of_run),
        matrix=_rows(tx, "report_matrix", **of_run),
        changes={row["change"]: row for row in _rows(tx, "report_changes", **of_run)},
        changed=_rows(tx, "report_changed_keys", key_limit=LISTED, **of_run),
        actions=_rows(tx, "report_actions", row_limit=20, **of_run),
        worst=worst,
        difference_count=int(tx.scalar("report_count", **of_run)),
        waiting=_rows(tx, "report_parts_waiting", row_limit=LISTED, **of_run),
        queue=_rows(tx, "report_queue", **of_run),
        flags=_rows(tx, "report_flags", **of_run),
        restated=_rows(tx, "report_restated", row_limit=LISTED, **of_run),
        masked=_rows(tx, "report_flagged", flag="MASKED", evidence=None, row_limit=50, **of_run),
        guesses=_rows(tx, "report_flagged", flag=None, evidence="C", row_limit=50, **of_run),
        sample=_rows(tx, "report_sample", seed=seed, row_limit=SAMPLE, **of_run),
        quarantine=_rows(tx, "report_quarantine_totals", **of_run),
        adjustments=_rows(
            tx, "report_adjustments", until=choice.until, row_limit=LISTED * 5, **of_run
        ),
        figures=_rows(tx, "report_figures", run_id=choice.run_id),
        trend=trend,
        bins=_rows(tx, "report_bins", run_id=choice.run_id, **_arrays(counted)),
        seed=seed,
        previous_config=_config_of(tx, choice.run["previous_run_id"]),
        parts=parts,
        history=_by_key(_rows(tx, "report_history", run_ids=closed[:NIGHTS], **_arrays(keys))),
        movements=_by_key(
            _rows(tx, "report_movements", run_id=choice.run_id, **_arrays(keys[:TRACED]))
        ),
        comments=_by_key(_rows(tx, "report_comments", until=choice.until, **_arrays(keys))),
        maps=_grouped(
            _rows(tx, "report_maps", run_id=choice.run_id, items=items), "canonical_code"
        ),
        echo=_grouped(
            _rows(tx, "report_echo", run_id=choice.run_id, delivery_ids=deliveries), "delivery_id"
        ),
    )


def _rows(tx: Transaction, name: str, **params: Any) -> list[Row]:
    return [row._asdict() for row in tx.rows(name, **params)]


def _config_of(tx: Transaction, run_id: int | None) -> Any:
    """Return the configuration of a run, None where there is no such run."""
    found = (
        None if run_id is None else _first(_rows(tx, "report_run", run_id=run_id, warehouses=None))
    )
    return None if found is None else found["config"]


def _first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


def _arrays(keys: Sequence[Key]) -> dict[str, list[str]]:
    """Return the keys as four parallel arrays, the parameters that statements unnest."""
    names = ("warehouses", "items", "lots", "stock_statuses")
    return {name: [key[n] for key in keys] for n, name in enumerate(names)}


def _by_key(rows: list[Row]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault(key_of(row), []).append(row)
    return found


def _grouped(rows: list[Row], column: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found
