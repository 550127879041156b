"""Pick what a run compares: of each warehouse the newest applied snapshot of either side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from sync.errors import NotFoundError
from sync.store import Transaction


@dataclass(frozen=True)
class Snapshot:
    """Hold one side's snapshot: what its header says, and what was counted.

    ``through_seq`` is its position: the ERP's last delivery_id, the WMS's last source_seq.
    """

    side: str
    sender: str
    seq: int
    message_id: str
    xid: str
    snapshot_no: str
    as_of: datetime
    through_seq: int | None
    said_lines: int | None
    said_total: Decimal | None
    content_hash: str | None
    lines: int
    total: Decimal

    @property
    def where(self) -> dict[str, Any]:
        """Return the parameters by which statements find its lines."""
        return {
            "sender": self.sender,
            "message_id": self.message_id,
            "counted": self.said_lines is not None,
            "xid": self.xid,
        }


@dataclass(frozen=True)
class Inputs:
    """Hold what is compared in one warehouse, and the last closed run of it."""

    warehouse: str
    erp: str | None
    wms: str
    gapless: bool
    is_known: bool
    erp_snapshot: Snapshot | None
    wms_snapshot: Snapshot | None
    positions: Row[Any] | None
    last: Row[Any] | None

    @property
    def snapshots(self) -> tuple[Snapshot | None, Snapshot | None]:
        """Return the ERP's and the WMS's snapshot."""
        return self.erp_snapshot, self.wms_snapshot


def compared(tx: Transaction, warehouses: Sequence[str] | None) -> list[Row[Any]]:
    """Return the warehouses that are named, or all that have a WMS, by code.

    Raises:
        NotFoundError: a warehouse that is named has no WMS, or there is none at all.

    """
    known = {row.warehouse_code: row for row in tx.rows("recon_warehouses")}
    wanted = sorted(set(warehouses)) if warehouses else sorted(known)
    unknown = [code for code in wanted if code not in known]
    if unknown:
        raise NotFoundError(f"no WMS is registered for {', '.join(unknown)}")
    if not wanted:
        raise NotFoundError("no WMS is registered: there is nothing to reconcile")
    return [known[code] for code in wanted]


def pick(tx: Transaction, warehouses: Sequence[str] | None, as_of: datetime) -> list[Inputs]:
    """Return the inputs of the warehouses, by code; raises like `compared`."""
    return [_newest(tx, row, as_of) for row in compared(tx, warehouses)]


def answered(tx: Transaction, row: Row[Any], request_no: str) -> Inputs:
    """Return both sides' answers to a request; a side that has not answered has no snapshot."""
    find = {"warehouse_code": row.warehouse_code, "request_no": request_no}
    erp = _snapshot(tx, "erp", row.erp, "recon_answer", find)
    wms = _snapshot(tx, "wms", row.wms, "recon_answer", find)
    return _inputs(tx, row, erp, wms)


def _newest(tx: Transaction, row: Row[Any], as_of: datetime) -> Inputs:
    find = {"warehouse_code": row.warehouse_code, "as_of": as_of}
    erp = _snapshot(tx, "erp", row.erp, "recon_snapshot", find)
    wms = _snapshot(tx, "wms", row.wms, "recon_snapshot", find)
    return _inputs(tx, row, erp, wms)


def _inputs(tx: Transaction, row: Row[Any], erp: Snapshot | None, wms: Snapshot | None) -> Inputs:
    warehouse = row.warehouse_code
    positions = tx.execute(
        "recon_positions",
        warehouse_code=warehouse,
        sender=row.wms,
        receiver=row.erp,
        erp_through=erp.through_seq if erp else None,
        wms_through=wms.through_seq if wms else None,
        erp_as_of=erp.as_of if erp else None,
        wms_as_of=wms.as_of if wms else None,
    ).first()
    last = tx.execute("recon_last", warehouse_code=warehouse).first()
    return Inputs(warehouse, row.erp, row.wms, row.gapless, row.is_known, erp, wms, positions, last)


def _snapshot(
    tx: Transaction, side: str, sender: str | None, statement: str, find: dict[str, Any]
) -> Snapshot | None:
    if sender is None:
        return None
    row = tx.execute(statement, sender=sender, **find).first()
    if row is None:
        return None
    read = tx.one(
        "recon_lines_read",
        sender=sender,
        message_id=row.message_id,
        counted=row.line_count is not None,
        xid=row.xid,
    )
    return Snapshot(
        side=side,
        sender=sender,
        seq=row.seq,
        message_id=row.message_id,
        xid=row.xid,
        snapshot_no=row.snapshot_no,
        as_of=row.as_of,
        through_seq=row.through_seq,
        said_lines=row.line_count,
        said_total=row.total_qty,
        content_hash=row.content_hash,
        lines=read.line_count,
        total=read.total_qty,
    )
