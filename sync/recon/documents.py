"""Send the documents that crossdock itself asks a system with: correct, count, read once more.

They are messages of sender `crossdock` on the road ``instruction``: the daemon lays them into the
receiver's inbox like any delivery, and the receiver answers there (``instruct.sql``).
``accepted`` means: done; ``refused`` carries a reason. None of them writes a ledger row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from psycopg.types.json import Jsonb

from sync.store import Transaction

#: Sides whose books are compared, as `ops.system.kind` names them.
SIDES = ("erp", "wms")


@dataclass(frozen=True)
class InstructionLine:
    """Name one key in canonical codes, with a signed base quantity where the document has one."""

    item_code: str
    lot_no: str = ""
    stock_status: str = "unrestricted"
    location_code: str | None = None
    qty: Decimal | None = None


def addressee(tx: Transaction, warehouse_code: str, side: str) -> str | None:
    """Return the system that keeps the side's book of a warehouse; None when none is registered."""
    found = tx.rows("addressees", warehouse_codes=[warehouse_code], side=side)
    return str(found[0].system_code) if found else None


def send(
    tx: Transaction,
    doc_type: str,
    *,
    side: str,
    warehouse_code: str,
    number: str,
    lines: Sequence[InstructionLine],
    run_id: int | None = None,
    reason: str | None = None,
    attributes: dict[str, Any] | None = None,
) -> int | None:
    """Send ``book_correction``, ``count_request`` or ``snapshot_request`` to one side.

    ``number`` is the document's own number; the same number to the same side is sent once,
    whatever is repeated or killed. Returns the message's seq; None when it was sent before or
    nobody keeps that side's book of the warehouse. Raises `ValueError` without lines.
    """
    if not lines:
        raise ValueError(f"{doc_type} {number} has no lines")
    receiver = addressee(tx, warehouse_code, side)
    if receiver is None:
        return None
    head = {
        "doc_type": doc_type,
        "message_id": f"{number} {receiver}",
        "warehouse_code": warehouse_code,
    }
    seq: int | None = tx.scalar(
        "send_instruction",
        **head,
        line_count=len(lines),
        doc_no=number,
        system_code=receiver,
        run_id=run_id,
        note=reason,
        attributes=Jsonb(attributes or {}),
    )
    if seq is None:
        return None
    tx.run(
        "send_instruction_lines",
        **head,
        item_codes=[line.item_code for line in lines],
        lot_nos=[line.lot_no for line in lines],
        stock_statuses=[line.stock_status for line in lines],
        location_codes=[line.location_code for line in lines],
        qtys=[line.qty for line in lines],
    )
    return seq
