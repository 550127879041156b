"""See the end state of a database and of the oracle in one form, so that two can be compared.

`Seen` is exact: what one order of events must give. `settled` leaves out what the rulings let
depend on the order of arrival (which of two equal messages was the first, older versions that were
or were not in force for a while), so that different histories of the same documents compare equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from tests.support.builders import NUMBER
from tests.support.builders_world import World
from tests.support.oracle import Oracle
from tests.support.oracle_availability import availability
from tests.support.oracle_book import MASTER_VIEWS, ORDER_VIEWS, Message
from tests.support.oracle_codes import text
from tests.support.oracle_road import BESIDE

Amounts = tuple[Decimal, ...]
Name = tuple[Any, ...]


@dataclass
class Seen:
    """Hold everything that both sides can see, by names that do not depend on the history."""

    messages: dict[Name, Any] = field(default_factory=dict)
    stock: dict[Name, Decimal] = field(default_factory=dict)
    orders: dict[Name, Any] = field(default_factory=dict)
    lines: dict[Name, Any] = field(default_factory=dict)
    availability: dict[Name, Amounts] = field(default_factory=dict)
    deliveries: Counter[Name] = field(default_factory=Counter)
    ledger: Counter[Name] = field(default_factory=Counter)
    tasks: Counter[Name] = field(default_factory=Counter)

    def differences(self, other: Seen) -> list[str]:
        """Return one text for each part and key in which two states differ."""
        found = []
        for part in fields(self):
            mine, theirs = getattr(self, part.name), getattr(other, part.name)
            found += [
                f"{part.name} {key}: {mine.get(key)} and not {theirs.get(key)}"
                for key in sorted(mine.keys() | theirs.keys(), key=str)
                if mine.get(key) != theirs.get(key)
            ]
        return found


def plain(value: Decimal) -> Decimal:
    """Return a decimal without trailing zeros."""
    return value.normalize() + 0


def seen_in(world: World) -> Seen:
    """Read a database: through the contract's views, and the tables that it does not show."""
    seen = Seen()
    read = world.admin.read
    for row in read(_MESSAGES):
        key = (row["sender"], row["doc_type"], row["message_id"])
        found = _told([(no, code) for no, code in row["found"] or []])
        seen.messages[key] = (row["state"], _kind_of_wait(row["waiting_for"]), found)
    seen.stock = {tuple(key): qty for key, qty in world.stock().items()}
    for row in world.erp.read("SELECT * FROM erp_v1.order_status"):
        order = (row["warehouse_code"], row["order_type"], row["order_no"])
        seen.orders[order] = (row["revision"], row["state"])
        if row["line_no"] is not None:
            amounts = ("ordered", "done", "cancelled", "short", "over", "open")
            quantities = tuple(plain(row[f"{name}_qty"]) for name in amounts)
            state = row["state_of_line"]
            seen.lines[*order, *_line_name(row["line_no"], row["item_code"])] = (
                row["item_code"],
                *quantities,
                state,
            )
    for row in world.erp.read("SELECT * FROM erp_v1.availability"):
        parts = ("unrestricted", "other", "reserved", "inbound")
        sums = tuple(plain(row[f"{name}_qty"]) for name in parts)
        assert row["available_to_promise"] == sums[0] - sums[2]
        if any(sums):
            seen.availability[row["warehouse_code"], row["item_code"]] = sums
    for row in read(_DELIVERIES):
        lines = _lines((no, item, qty and Decimal(qty)) for no, item, qty in row["lines"] or [])
        names = ("receiver", "doc_type", "doc_no", "warehouse_code", "action", "state", "revision")
        seen.deliveries[*(row[name] for name in names), lines] += 1
    for row in read(_LEDGER):
        seen.ledger[*(v if not isinstance(v, Decimal) else plain(v) for v in row.values())] += 1
    for row in read(_TASKS):
        seen.tasks[*row.values()] += 1
    return seen


def _line_name(line_no: int, item: str | None) -> tuple[int, str]:
    """Name a line; what was shipped beside an order has no number that both sides know."""
    return (line_no, "") if line_no < BESIDE else (BESIDE, str(item))


def _lines(lines: Iterable[tuple[int, str | None, Decimal | None]]) -> tuple[Name, ...]:
    told = [(*_line_name(no, item), item, qty and plain(qty)) for no, item, qty in lines]
    return tuple(sorted(told, key=str))


def _told(found: list[tuple[int | None, str]]) -> tuple[tuple[int | None, str], ...]:
    """Return findings in order; beside a conflict with an earlier document the rest says nothing."""
    if (None, "DUP-001") in found:
        found = [(None, "DUP-001")]
    # Which of its lines lacked stock when a message was looked at last is no promise.
    told = {(None, code) if code == "QTY-006" else (line_no, code) for line_no, code in found}
    return tuple(sorted(told, key=str))


def _kind_of_wait(waiting_for: str | None) -> str | None:
    return None if waiting_for is None else waiting_for.partition(":")[0]


_MESSAGES = """
SELECT m.sender, m.doc_type, m.message_id, m.state, m.waiting_for, (
    SELECT json_agg(json_build_array(e.line_no, e.code)) FROM staging.message_error AS e
    WHERE e.seq = m.seq AND e.resolved_at IS NULL
        AND (e.severity IN ('error', 'wait') OR e.code = 'STA-008')
) AS found
FROM staging.message AS m WHERE m.sender <> 'crossdock'
"""
_DELIVERIES = """
SELECT d.receiver, d.doc_type, d.action, d.state,
    CASE WHEN t.road NOT IN ('master', 'detail') THEN d.warehouse_code END AS warehouse_code,
    CASE WHEN t.road IN ('master', 'detail') THEN substr(m.doc_key, length(m.doc_type) + 2)
        WHEN m.sender = 'crossdock' AND d.doc_no LIKE 'TASK-%' THEN 'TASK'
        ELSE d.doc_no END AS doc_no,
    CASE WHEN t.road = 'request' THEN d.revision END AS revision, (
        SELECT json_agg(json_build_array(l.line_no, l.item_code, CAST(l.qty AS text))
            ORDER BY l.line_no)
        FROM staging.delivery_line AS l WHERE l.delivery_id = d.delivery_id
    ) AS lines
FROM staging.delivery AS d
INNER JOIN staging.document_type AS t ON d.doc_type = t.doc_type
LEFT JOIN staging.message AS m ON d.seq = m.seq
"""
_LEDGER = """
SELECT l.warehouse_code, m.sender, m.doc_type, m.message_id, l.line_no, l.movement_type,
    l.item_code, l.lot_no, l.location_code, l.stock_status, l.qty
FROM book.ledger AS l INNER JOIN staging.message AS m ON l.message_seq = m.seq
WHERE m.sender <> 'crossdock'
"""
_TASKS = """
SELECT t.code, m.sender, m.doc_type, m.message_id, t.line_no,
    CASE t.decision WHEN 'moot' THEN 'moot' ELSE t.state END AS state
FROM ops.decision AS t INNER JOIN staging.message AS m ON t.seq = m.seq
WHERE m.sender <> 'crossdock' AND (t.code <> 'STA-010' OR t.decision IS DISTINCT FROM 'moot')
"""


def seen_by(oracle: Oracle) -> Seen:
    """Read the oracle's books."""
    seen, book = Seen(), oracle.book
    for message in oracle.messages:
        found = _told([(v.line_no, v.code) for v in message.verdicts])
        wait = _kind_of_wait(message.waiting_for)
        seen.messages[_name(message)] = (message.state, wait, found)
    seen.stock = {tuple(key): plain(qty) for key, qty in book.balances.items() if qty}
    for key, order in book.orders.items():
        name = (key.warehouse, _order_type(key.order_type), key.order_no)
        seen.orders[name] = (order.revision, order.state())
        for no, line in order.lines.items():
            amounts = (line.ordered, line.done, line.cancelled, line.short, line.over, line.open)
            seen.lines[*name, *_line_name(no, line.item)] = (
                line.item,
                *map(plain, amounts),
                line.state,
            )
    seen.availability = {key: tuple(map(plain, sums)) for key, sums in availability(book).items()}
    for d in book.deliveries:
        lines = _lines(d.lines)
        revision = d.revision if d.doc_type in ORDER_VIEWS else None
        key_of = (d.receiver, d.doc_type, d.doc_no, d.warehouse, d.action, d.state, revision)
        seen.deliveries[*key_of, lines] += 1
    for entry in book.entries:
        if entry.message.view == "goods_receipt" and entry.key.status == "in_transit":
            continue  # the source lane's half of a transfer belongs to an internal message
        if entry.message.sender == "crossdock":
            continue
        who = (entry.key.warehouse, *_name(entry.message), entry.line_no, entry.movement)
        seen.ledger[*who, *entry.key[1:], plain(entry.qty)] += 1
    for task in book.tasks:
        if (task.code, task.state) != (
            "STA-010",
            "moot",
        ):  # several workers may see it for a moment
            seen.tasks[task.code, *_name(task.message), task.line_no, task.state] += 1
    return seen


def _name(message: Message) -> tuple[str, str, str]:
    return message.sender, message.view, message.document.message_id.strip()


def _order_type(order_type: str) -> str:
    return "transfer_order" if order_type == "transit_notice" else order_type


def settled(seen: Seen, messages: Mapping[Name, Message]) -> Seen:
    """Leave out what may depend on the order of arrival.

    `messages` tells the documents of the message keys, so that outcomes can be told by business
    key: of equal documents one is applied and the others are duplicates; an older version or
    revision may have been in force for a while or not at all.
    """
    same = Seen(stock=seen.stock, availability=seen.availability, orders=seen.orders)
    outcomes: dict[Name, list[str]] = {}
    newest = _newest(messages)
    for key, (state, _, found) in seen.messages.items():
        message = messages[key]
        name, version = _versioned(message)
        is_old = state in ("applied", "superseded") and _is_outdated(message, newest)
        told = f"{'outdated' if is_old else state} {[code for _, code in found]}"
        outcomes.setdefault((*name, version, message.action), []).append(told)
    same.messages = {name: sorted(states) for name, states in outcomes.items()}
    # A line that only an older revision had is cancelled, or was never there.
    same.lines = {key: line for key, line in seen.lines.items() if line[-1] != "cancelled"}
    for key, count in seen.deliveries.items():
        receiver, doc_type, doc_no, _, _, state, *_ = key
        if doc_type in MASTER_VIEWS:
            same.deliveries[receiver, doc_type, doc_no] = 1
        elif doc_type in ("goods_receipt", "production_receipt"):
            # Which of several receipts lies above tolerance is a matter of who came first.
            same.deliveries[key[:-1]] += count
        elif state != "withdrawn":
            same.deliveries[key] += count
    for key, count in seen.ledger.items():
        warehouse, *_, movement, item, lot, location, status, qty = key
        if not movement.startswith("count_"):
            place = (warehouse, movement, item, lot, location, status)
            same.ledger[place] += qty * count
    for code, *_ in seen.tasks:
        same.tasks[code] = 1
    return same


def _versioned(message: Message) -> tuple[tuple[str, ...], int]:
    """Return what a message is about, and its version (0 where it has none)."""
    header = message.header
    if message.view in MASTER_VIEWS:
        columns = ("item_code", "uom", "party_code", "role", "warehouse_code", "location_code")
        codes = (*columns, "system_code", "domain", "external_code")
        name = tuple(str(header[c]).strip() for c in codes if c in header)
        return (message.view, *name), int(header.get("version") or 1)
    own = text(header.get(NUMBER[message.view])) or message.document.message_id
    version = int(header.get("revision") or 1) if message.view in ORDER_VIEWS else 0
    return (message.view, str(header.get("warehouse_code")), own), version


def _newest(messages: Mapping[Name, Message]) -> dict[tuple[str, ...], tuple[int, bool]]:
    """Return for each name its newest version, and whether a cancel names it."""
    found: dict[tuple[str, ...], tuple[int, bool]] = {}
    for message in messages.values():
        name, version = _versioned(message)
        found[name] = max(found.get(name, (0, False)), (version, message.action == "cancel"))
    return found


def _is_outdated(message: Message, newest: dict[tuple[str, ...], tuple[int, bool]]) -> bool:
    name, version = _versioned(message)
    return (version, message.action == "cancel") < newest[name]


def by_name(oracle: Oracle) -> dict[Name, Message]:
    """Return the oracle's messages by the names that `Seen.messages` uses."""
    return {_name(message): message for message in oracle.messages}
