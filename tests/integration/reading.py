"""Read what both sides see of a document, in the form in which tests compare whole rows.

Rows come as dictionaries without their nulls: a test lists every column that has a value, and a
column too much fails it as surely as one too few. Times that nobody can foretell compare equal to
`SOME_TIME`; numbers compare by value, whatever their scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tests.support.builders import Document
from tests.support.builders_send import Row, Sender
from tests.support.builders_world import World


class _SomeTime:
    """Be equal to every instant that has a time zone."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, datetime) and other.tzinfo is not None

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "SOME_TIME"


SOME_TIME: Any = _SomeTime()

#: Deliveries are numbered by lane: W1, W2 and W3 are the lanes 1, 2 and 3, master data lane 0.
LANE = 1_000_000_000_000
W1, W2, W3 = LANE, 2 * LANE, 3 * LANE


def told(row: Row, *without: str) -> Row:
    """Return the row without nulls and without the columns named."""
    return {name: value for name, value in row.items() if value is not None and name not in without}


def asked(task: Row, *without: str) -> Row:
    """Return the task as it was raised: without what the view adds to help with the decision."""
    added = ("owner", "age", "value_at_risk", "currency", "choices", "message_id", "doc_type")
    return told(task, *added, "detail", *without)


def all_told(rows: Sequence[Row], *without: str) -> list[Row]:
    """Return the rows without nulls and without the columns named."""
    return [told(row, *without) for row in rows]


def sent(sender: Sender, document: Document) -> tuple[Row, list[Row]]:
    """Return header and lines of one document as its sender reads them back."""
    [header] = sender.read_view(document.view, "seq", message_id=document.message_id.strip())
    if not document.lines:
        return told(header), []
    lines = sender.read_view(
        f"{document.view}_line", "line_no", message_id=document.message_id.strip()
    )
    return told(header), all_told(lines)


def status(sender: Sender, document: Document) -> Row:
    """Return the row of message_status of one document, as its sender reads it."""
    [row] = sender.read_view(
        "message_status", "seq", doc_type=document.view, message_id=document.message_id.strip()
    )
    return told(row)


def errors(sender: Sender, document: Document) -> list[Row]:
    """Return the rows of message_error of one document, as its sender reads them."""
    number = status(sender, document)["seq"]
    rows = sender.read_view("message_error", "line_no NULLS FIRST, column_name, code", seq=number)
    return all_told(rows, "seq", "message_id")


def received(reader: Sender, view: str, **where: object) -> list[tuple[Row, list[Row]]]:
    """Return headers with their lines as their receiver reads them, by delivery_id."""
    found = []
    for header in reader.read_view(view, "delivery_id", **where):
        number = header["delivery_id"]
        found.append((told(header), all_told(reader.read_view(
            f"{view}_line", "line_no", delivery_id=number), "delivery_id", "message_id")))  # fmt: skip
    return found


def inbox(reader: Sender, **where: object) -> list[Row]:
    """Return own inbox rows without nulls, by delivery_id."""
    return all_told(reader.inbox(**where))


def order_lines(world: World, order_type: str, order_no: str, warehouse: str = "W1") -> list[Row]:
    """Return the rows of order_status of one order without nulls, by line."""
    return all_told(world.order(order_type, order_no, warehouse))


def state_of_order(
    world: World, order_type: str, order_no: str, warehouse: str = "W1"
) -> tuple[str, dict[int, tuple[Any, ...]]]:
    """Return the order's state, and for each line: state, ordered, done, cancelled, short, over, open."""
    rows = world.order(order_type, order_no, warehouse)
    amounts = ("ordered", "done", "cancelled", "short", "over", "open")
    lines = {
        row["line_no"]: (row["state_of_line"], *(int(row[f"{name}_qty"]) for name in amounts))
        for row in rows
    }
    return rows[0]["state"], lines


def stock_rows(reader: Sender, warehouse: str = "W1") -> list[Row]:
    """Return whole rows of the stock view of a warehouse, by key."""
    key = "item_code, lot_no, location_code, stock_status"
    return reader.read_view("stock", key, warehouse_code=warehouse)


def promised(reader: Sender, item: str, warehouse: str = "W1") -> tuple[int, ...]:
    """Return unrestricted, other, reserved, inbound and available to promise; () for no row."""
    names = ("unrestricted_qty", "other_qty", "reserved_qty", "inbound_qty", "available_to_promise")
    rows = reader.read_view("availability", "item_code", warehouse_code=warehouse, item_code=item)
    return tuple(int(row[name]) for row in rows for name in names)


def ledger(world: World, *warehouses: str) -> list[Row]:
    """Return the ledger without nulls, empty texts and what is false, by position."""
    return [
        {name: value for name, value in told(row).items() if value != "" and value is not False}
        for row in world.ledger(*warehouses)
    ]


def moved(world: World, *warehouses: str) -> list[tuple[Any, ...]]:
    """Return movement type, item, lot, location, status and quantity of each ledger row."""
    names = ("movement_type", "item_code", "lot_no", "location_code", "stock_status")
    return [(*(row[name] for name in names), int(row["qty"])) for row in world.ledger(*warehouses)]


def breaches(world: World) -> list[Row]:
    """Return the breaches of the laws; a test that leaves one has failed."""
    return all_told(world.admin.read("SELECT * FROM ops.proof"))
