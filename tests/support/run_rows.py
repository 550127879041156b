"""Write nights of a reconciliation by hand, row by row, to test what is computed from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.builders_world import World

#: As of which the first night is; each further one is a day later.
FIRST = datetime(2026, 3, 1, 22, tzinfo=UTC)
Number = int | str | Decimal


@dataclass
class Night:
    """Hold a run that is still open; `close` makes it evidence."""

    world: World
    run_id: int
    number: int
    warehouses: dict[str, int | None] = field(default_factory=dict)

    @property
    def as_of(self) -> datetime:
        """Return the instant of its snapshots."""
        return FIRST + timedelta(days=self.number)

    def house(self, code: str = "W1", *, previous: Night | None = None, **counts: Number) -> Night:
        """Compare a warehouse: positions are of no matter here, counts are."""
        _insert(self.world, "run_warehouse", run_id=self.run_id, warehouse_code=code,
                previous_run_id=previous and previous.run_id, **counts)  # fmt: skip
        return self

    def book(
        self, keys: int, qty: Number, value: Number, *, abc: str = "A", uom: str = "PCE",
        currency: str = "EUR", code: str = "W1",
    ) -> Night:  # fmt: skip
        """Say what the WMS's book holds of a class, in a unit and a currency."""
        _insert(self.world, "book_total", run_id=self.run_id, warehouse_code=code, abc_class=abc,
                uom=uom, currency=currency, key_count=keys, abs_qty=qty, abs_value=value)  # fmt: skip
        return self

    def difference(
        self,
        item: str,
        *,
        erp: int,
        wms: int,
        in_flight: int = 0,
        rejected: int = 0,
        cause: str = "UNEXPLAINED",
        evidence: str = "none",
        first: Night | None = None,
        cost: Number = 1,
        tolerance: Number = 0,
        code: str = "W1",
        **more: Any,
    ) -> Night:
        """Add a key that differs; its residual is what is not in flight or rejected."""
        residual = erp - wms - in_flight - rejected
        since = first or self
        row = {
            "run_id": self.run_id, "warehouse_code": code, "item_code": item, "lot_no": "",
            "stock_status": "unrestricted", "uom": "PCE", "unit_cost": cost, "currency": "EUR",
            "abc_class": "A", "erp_qty": erp, "wms_qty": wms, "book_qty": wms,
            "difference_qty": erp - wms, "cut_off_qty": 0, "in_flight_qty": in_flight,
            "rejected_qty": rejected, "unconfirmed_qty": 0, "residual_qty": residual,
            "carried_qty": 0 if since is self else residual,
            "reported_carried_qty": 0 if since is self else residual,
            "erp_drift_qty": residual if since is self else 0, "wms_drift_qty": 0,
            "erp_total_drift_qty": residual, "wms_total_drift_qty": 0, "class": cause,
            "evidence": evidence, "tolerance_qty": tolerance,
            "is_tolerated": abs(residual) <= Decimal(tolerance),
            "value": abs(residual) * Decimal(cost),
            "first_run_id": since.run_id, "first_seen_on": since.as_of.date(),
            "night_count": 1 + self.number - since.number, "owner": "controller",
            "action": "count the stock", "why": "", "why_key": "unexplained", "why_args": "{}",
        }  # fmt: skip
        _insert(self.world, "difference", **(row | more))
        return self

    def close(self) -> Night:
        """Close the run: nothing of it changes any more."""
        self.world.admin.connection.execute(
            b"UPDATE recon.run SET state = 'closed', verdict = 'OPEN_ITEMS', run_hash = %s,"
            b" previous_hash = %s, ended_at = started_at WHERE run_id = %s",
            (f"hash {self.run_id}", f"hash before {self.run_id}", self.run_id),
        )
        return self


def night(world: World, number: int = 0) -> Night:
    """Begin the run of a night; the first has the number 0."""
    [row] = world.admin.read(
        "INSERT INTO recon.run (as_of, trigger, config, revision) VALUES (%s, 'nightly', '{}', 'x')"
        " RETURNING run_id",
        FIRST + timedelta(days=number),
    )
    return Night(world, row["run_id"], number)


def _insert(world: World, table: str, **row: Any) -> None:
    names, marks = ", ".join(row), ", ".join(["%s"] * len(row))
    world.admin.connection.execute(
        f"INSERT INTO recon.{table} ({names}) VALUES ({marks})".encode(), list(row.values())
    )
