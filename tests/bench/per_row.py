"""Apply goods receipts one by one: the loop that crossdock is measured against.

Written as a careful programmer writes such a worker: one message for each transaction, claimed
with SKIP LOCKED, every reference validated, every statement prepared, one look-up for item, unit
and location together, optimistic updates guarded by row_version. It leaves the same rows behind as
the engine; `tests.bench.checks` compares them column by column. The event is written by the same
trigger as the engine's.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import psycopg

_TAKE = """
SELECT m.seq, m.sender, m.message_id, m.warehouse_code, m.doc_no, m.order_type, m.order_no,
    m.line_count, coalesce(m.is_final, false), coalesce(m.occurred_at, m.received_at),
    m.source_seq, m.received_at
FROM staging.message AS m
WHERE m.lane = %s AND m.road = 'fact' AND m.state IN ('received', 'retrying')
    AND m.waiting_for IS NULL
    AND NOT EXISTS (
        SELECT FROM staging.message AS e
        WHERE e.lane = m.lane AND e.doc_key = m.doc_key AND e.seq < m.seq
            AND e.state IN ('received', 'waiting', 'retrying', 'held')
    )
ORDER BY m.seq LIMIT 1
FOR NO KEY UPDATE OF m SKIP LOCKED
"""
_LINES = """
SELECT l.line_no, l.order_line_no, l.item_code, l.qty, l.uom, coalesce(l.lot_no, ''),
    coalesce(l.serial_no, ''), l.expires_on, coalesce(l.location_code, ''),
    coalesce(l.stock_status, 'unrestricted'), l.reason_code
FROM staging.line AS l
WHERE l.sender = %s AND l.doc_type = 'goods_receipt' AND l.message_id = %s
ORDER BY l.line_no
"""
_HEADER = """
SELECT w.time_zone, h.row_version
FROM book.warehouse AS w
INNER JOIN ops.system_warehouse AS s ON s.warehouse_code = w.warehouse_code AND s.system_code = %s
LEFT JOIN book.order_head AS h
    ON h.warehouse_code = w.warehouse_code AND h.order_type = %s AND h.order_no = %s
WHERE w.warehouse_code = %s
"""
_REFERENCES = """
SELECT i.base_uom, i.lot_controlled, i.serial_controlled,
    CASE WHEN i.base_uom = %s THEN 1 ELSE u.numerator END,
    CASE WHEN i.base_uom = %s THEN 1 ELSE u.denominator END,
    l.location_code IS NOT NULL
FROM book.item AS i
LEFT JOIN book.item_uom AS u ON u.item_code = i.item_code AND u.uom = %s AND u.active
LEFT JOIN book.location AS l ON l.warehouse_code = %s AND l.location_code = %s
WHERE i.item_code = %s
"""
_ORDER_LINE = """
SELECT l.item_code, l.ordered_qty, l.done_qty, l.cancelled_qty, l.over_tolerance_pct,
    l.under_tolerance_pct, l.row_version
FROM book.order_line AS l
WHERE l.warehouse_code = %s AND l.order_type = %s AND l.order_no = %s AND l.line_no = %s
"""
_KEY = """
INSERT INTO staging.business_key (sender, doc_type, business_key, seq, content_hash)
VALUES (%s, 'goods_receipt', %s, %s, %s)
ON CONFLICT (sender, doc_type, business_key) DO NOTHING
"""
_BALANCE = """
SELECT b.qty, b.row_version FROM book.balance AS b
WHERE b.warehouse_code = %s AND b.item_code = %s AND b.lot_no = %s AND b.location_code = %s
    AND b.stock_status = %s
"""
_NEW_BALANCE = """
INSERT INTO book.balance
    (warehouse_code, item_code, lot_no, location_code, stock_status, qty, row_version, changed_at)
VALUES (%s, %s, %s, %s, %s, 0, 0, now())
ON CONFLICT (warehouse_code, item_code, lot_no, location_code, stock_status) DO NOTHING
"""
_MOVE_BALANCE = """
UPDATE book.balance SET qty = %s, row_version = row_version + 1, changed_at = now()
WHERE warehouse_code = %s AND item_code = %s AND lot_no = %s AND location_code = %s
    AND stock_status = %s AND row_version = %s
"""
_MOVE_ORDER_LINE = """
UPDATE book.order_line SET done_qty = %s, short_qty = %s, state = %s, last_fact_at = now(),
    row_version = row_version + 1
WHERE warehouse_code = %s AND order_type = %s AND order_no = %s AND line_no = %s
    AND row_version = %s
"""
_MOVE_ORDER = """
UPDATE book.order_head SET state = 'in_work', changed_at = now(), row_version = row_version + 1
WHERE warehouse_code = %s AND order_type = %s AND order_no = %s AND row_version = %s
"""
_COUNTER = """
UPDATE book.lane_counter SET ledger_seq = ledger_seq + %s, delivery_n = delivery_n + 1
WHERE warehouse_code = %s
RETURNING ledger_seq - %s, warehouse_no * 1000000000000 + delivery_n
"""
_LEDGER = """
INSERT INTO book.ledger (
    warehouse_code, ledger_seq, message_seq, line_no, entry_no, movement_type, item_code, lot_no,
    serial_no, location_code, stock_status, qty, sent_qty, sent_uom, numerator, denominator,
    order_type, order_no, order_line_no, order_qty, reason_code, source_seq, occurred_at,
    business_date, received_at, applied_at, posting_date
) VALUES (
    %s, %s, %s, %s, 4, 'receipt_purchase', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s,
    %s, %s, %s, %s, CAST(CAST(%s AS timestamptz) AT TIME ZONE %s AS date), %s, now(),
    CAST(CAST(%s AS timestamptz) AT TIME ZONE %s AS date)
)
"""
_DELIVERY = """
INSERT INTO staging.delivery (
    delivery_id, receiver, doc_type, warehouse_code, action, message_id, seq, delivered_at, active,
    is_default_out, doc_no, order_type, order_no, is_final, occurred_at, source_seq
) VALUES (
    %s, 'ERP', 'goods_receipt', %s, 'post', %s, %s, now(), true, false, %s, %s, %s, %s, %s, %s
)
"""
_DELIVERY_LINE = """
INSERT INTO staging.delivery_line (
    delivery_id, line_no, receiver, doc_type, warehouse_code, message_id, item_code, qty, uom,
    lot_no, over_tolerance_pct, under_tolerance_pct, reason_code, order_line_no, serial_no,
    expires_on, location_code, stock_status, to_location_code, to_stock_status
) VALUES (
    %s, %s, 'ERP', 'goods_receipt', %s, %s, %s, %s, %s, nullif(%s, ''), 0, 0, %s, %s,
    nullif(%s, ''), %s, nullif(%s, ''), %s, nullif(%s, ''), %s
)
"""
_SETTLE = """
UPDATE staging.message SET state = 'applied', finished_at = now(), actor = 'crossdock'
WHERE seq = %s
"""

Values = tuple[Any, ...]


class Message(NamedTuple):
    """Hold a claimed header."""

    seq: int
    sender: str
    message_id: str
    warehouse: str
    doc_no: str
    order_type: str
    order_no: str
    line_count: int
    is_final: bool
    occurred_at: datetime
    source_seq: int
    received_at: datetime


class Line(NamedTuple):
    """Hold a line as sent."""

    line_no: int
    order_line_no: int
    item: str
    qty: Decimal
    uom: str
    lot: str
    serial: str
    expires_on: object
    location: str
    status: str
    reason: str | None


class Valid(NamedTuple):
    """Hold a line that was found valid: its ratio, base quantity and order line as read."""

    line: Line
    numerator: int
    denominator: int
    qty: Decimal
    order_line: Values


class PerRow:
    """Work off goods receipts of one lane, one for each transaction."""

    def __init__(self, connection: psycopg.Connection[Values], lane: str) -> None:
        connection.prepare_threshold = 0
        self._connection = connection
        self._execute = connection.cursor().execute
        self._lane = lane

    def work(self, messages: int) -> int:
        """Apply up to so many messages and return the number of their lines."""
        lines = 0
        for _ in range(messages):
            done = self._work_one()
            self._connection.commit()
            if not done:
                break
            lines += done
        return lines

    def _one(self, query: str, values: Values) -> Values | None:
        return self._execute(query, values).fetchone()

    def _work_one(self) -> int:
        taken = self._one(_TAKE, (self._lane,))
        if taken is None:
            return 0
        message = Message(*taken)
        lines = [Line(*row) for row in self._execute(_LINES, (message.sender, message.message_id))]
        _must(len(lines) == message.line_count, "lines are missing")
        header = self._one(
            _HEADER, (message.sender, message.order_type, message.order_no, message.warehouse)
        )
        _must(header is not None and header[1] is not None, "no such warehouse, or no such order")
        assert header is not None
        time_zone, head_version = header
        valid = [self._validate(message, line) for line in lines]
        self._remember(message, lines)
        for one in valid:
            self._move_balance(one)
        for one in valid:
            self._move_order_line(message, one)
        changed = self._execute(
            _MOVE_ORDER, (self._lane, message.order_type, message.order_no, head_version)
        ).rowcount
        _must(changed == 1, "the order changed meanwhile")
        self._write(message, valid, time_zone)
        self._execute(_SETTLE, (message.seq,))
        return len(lines)

    def _validate(self, message: Message, line: Line) -> Valid:
        found = self._one(
            _REFERENCES, (line.uom, line.uom, line.uom, self._lane, line.location, line.item)
        )
        _must(found is not None, "no such item")
        assert found is not None
        _, by_lot, by_serial, numerator, denominator, has_location = found
        _must(numerator is not None, "no such unit")
        _must(has_location or line.location == "", "no such location")
        _must(not by_lot or line.lot != "", "no lot")
        _must(not by_serial or line.serial != "", "no serial number")
        _must(line.qty.is_finite() and line.qty > 0, "no quantity")
        qty = line.qty * numerator / denominator
        _must(qty * denominator == line.qty * numerator, "not exact in the base unit")
        order_line = self._one(
            _ORDER_LINE, (self._lane, message.order_type, message.order_no, line.order_line_no)
        )
        _must(order_line is not None and order_line[0] == line.item, "not in the order")
        assert order_line is not None
        _, ordered, done, cancelled, over_pct, _, _ = order_line
        _must(done + qty <= ordered * (1 + over_pct / 100) - cancelled, "above tolerance")
        return Valid(line, numerator, denominator, qty, order_line)

    def _remember(self, message: Message, lines: list[Line]) -> None:
        said = repr((message.doc_no, message.order_type, message.order_no, lines)).encode()
        digest = hashlib.md5(said, usedforsecurity=False).hexdigest()
        key = f"{message.warehouse} {message.doc_no}"
        taken = self._execute(_KEY, (message.sender, key, message.seq, digest)).rowcount
        _must(taken == 1, "said before")

    def _move_balance(self, one: Valid) -> None:
        line = one.line
        key = (self._lane, line.item, line.lot, line.location, line.status)
        found = self._one(_BALANCE, key)
        if found is None:
            self._execute(_NEW_BALANCE, key)
            found = (Decimal(0), 0)
        qty, version = found
        moved = self._execute(_MOVE_BALANCE, (qty + one.qty, *key, version)).rowcount
        _must(moved == 1, "the balance changed meanwhile")

    def _move_order_line(self, message: Message, one: Valid) -> None:
        _, ordered, done, cancelled, _, under_pct, version = one.order_line
        done += one.qty
        complete = done >= (ordered - cancelled) * (1 - under_pct / 100)
        short = max(Decimal(0), ordered - done - cancelled) if complete else Decimal(0)
        moved = self._execute(
            _MOVE_ORDER_LINE,
            (
                done,
                short,
                "completed" if complete else "open",
                self._lane,
                message.order_type,
                message.order_no,
                one.line.order_line_no,
                version,
            ),
        ).rowcount
        _must(moved == 1, "the order line changed meanwhile")

    def _write(self, message: Message, valid: list[Valid], time_zone: str) -> None:
        numbers = self._one(_COUNTER, (len(valid), self._lane, len(valid)))
        assert numbers is not None
        position, delivery_id = numbers
        at = message.occurred_at
        for offset, (line, numerator, denominator, qty, _) in enumerate(valid, start=1):
            self._execute(
                _LEDGER,
                (
                    self._lane, position + offset, message.seq, line.line_no, line.item, line.lot,
                    line.serial, line.location, line.status, qty, line.qty, line.uom, numerator,
                    denominator, message.order_type, message.order_no, line.order_line_no, qty,
                    line.reason, message.source_seq, at, at, time_zone, message.received_at, at,
                    time_zone,
                ),
            )  # fmt: skip
        self._execute(
            _DELIVERY,
            (
                delivery_id, self._lane, message.message_id, message.seq, message.doc_no,
                message.order_type, message.order_no, message.is_final, at, message.source_seq,
            ),
        )  # fmt: skip
        for line, *_ in valid:
            self._execute(
                _DELIVERY_LINE,
                (
                    delivery_id, line.line_no, self._lane, message.message_id, line.item, line.qty,
                    line.uom, line.lot, line.reason, line.order_line_no, line.serial,
                    line.expires_on, line.location, line.status, line.location, line.status,
                ),
            )  # fmt: skip


def _must(good: bool, reason: str) -> None:
    """Stop the bench when a message is not what it loaded: all of them are valid."""
    if not good:
        raise ValueError(reason)
