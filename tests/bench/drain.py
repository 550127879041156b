"""Measure how the real daemon drains backlogs: by shape of the day, workers, lanes and skew.

Each turn loads a backlog, starts ``crossdock run`` as a process of its own, and looks at what is
committed. The sides take turns on the same database; afterwards every sum must be exact, nothing
may be open, and the server may have seen no deadlock.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from sync.embedded import EmbeddedServer
from tests.bench.company import Company, found
from tests.bench.daemon import daemon, until_done
from tests.bench.race import Side, Told, figures, goal, race, ratio

LANES = 4
ORDERS = 2000  # purchase orders of each lane and skew
DOCUMENTS = 12_000  # of a backlog: some seconds of work


@dataclass(frozen=True)
class Load:
    """Say what is drained: receipts, sales or mixed; by how many workers, over how many lanes."""

    shape: str
    workers: int
    lanes: int
    skew: str = "uniform"

    @property
    def name(self) -> str:
        """Return the name of the side."""
        lanes = "1 lane" if self.lanes == 1 else f"{self.lanes} lanes"
        workers = "1 worker" if self.workers == 1 else f"{self.workers} workers"
        skew = "" if self.skew == "uniform" else f", {self.skew}"
        return f"{self.shape}, {workers}, {lanes}{skew}"


LOADS = (
    *(Load("receipts", workers, LANES) for workers in (1, 2, 4)),
    *(Load("receipts", workers, 1) for workers in (1, 4)),
    Load("receipts", 4, LANES, "zipf"),
    Load("receipts", 4, LANES, "hot"),
    Load("receipts", 4, 1, "hot"),
    Load("sales cycle", 1, LANES),
    Load("sales cycle", 4, LANES),
    Load("mixed day", 1, LANES),
    Load("mixed day", 4, LANES),
)
#: Side, the side it is compared with, at least so many times.
_GOALS = (
    (Load("receipts", 4, LANES), Load("receipts", 1, LANES), 1.5),
    (Load("receipts", 4, 1), Load("receipts", 1, 1), 0.9),
    (Load("receipts", 4, LANES, "hot"), Load("receipts", 4, LANES), 0.5),
    (Load("receipts", 4, 1, "hot"), Load("receipts", 4, 1), 0.5),
    (Load("receipts", 4, LANES, "zipf"), Load("receipts", 4, LANES), 0.5),
)


def measure(
    server: EmbeddedServer,
    *,
    rounds: int,
    documents: int = DOCUMENTS,
    orders: int = ORDERS,
    loads: tuple[Load, ...] = LOADS,
    told: Told | None = None,
) -> dict[str, Any]:
    """Return the rates of all loads in lines/s, and how they compare."""
    company = found(server, LANES, orders)
    sides = {load: Side(load.name, partial(_turn, company, load, documents)) for load in loads}
    race(list(sides.values()), rounds=rounds, told=told)
    deadlocks = company.scalar(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    assert deadlocks == 0, f"{deadlocks} deadlocks"
    law = company.scalar("SELECT json_agg(p) FROM (SELECT * FROM ops.proof LIMIT 5) AS p")
    assert law is None, f"breaches: {law}"
    pairs = [(sides[one], sides[other], wanted) for one, other, wanted in _GOALS
             if one in sides and other in sides]  # fmt: skip
    return {
        "sides": figures(list(sides.values()), "lines"),
        "ratios": {f"{a.name} to {b.name}": round(ratio(a, b), 3) for a, b, _ in pairs},
        "goals": [
            goal(f"{one.name}, to {other.name}", ratio(one, other), wanted)
            for one, other, wanted in pairs
        ],
    }


def _turn(company: Company, load: Load, documents: int) -> tuple[float, float]:
    lanes = company.lanes[: load.lanes]
    if load.shape == "receipts":
        lines = company.receipts(lanes, documents, load.skew)
    elif load.shape == "sales cycle":
        lines = company.sales_cycles(lanes, documents // 3, load.skew)
    else:
        lines = company.mixed_day(lanes, documents // 100, load.skew)
    company.vacuum()
    total = company.open_messages()
    with daemon(company.url, workers=load.workers) as process:
        done, took = until_done(process, lambda: total - company.open_messages(), total)
    company.check()
    # Lines are spread over the messages evenly enough: all kinds come in the same mix throughout.
    return lines * done / total, took
