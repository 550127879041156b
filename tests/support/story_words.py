"""Say document lines, ledger rows, orders and deliveries in the words of the stories.

What a story sends and what it expects is written in the same short sentences:

    40 BOLT                             a quantity of an item, in its base unit
    2 BOX BOLT at A-01                  in another unit, at a location
    2: 5 CAN PAINT lot L7 expires 2030-01-31 quality
    10 BOLT +10% -5%                    line of an order, with what may be over and under
    8 BOLT line 2 because DAMAGED       line of a fact: it names line 2 of its order, and a reason
    8 BOLT from DOCK to A-01            line of a move; between statuses: from quality to blocked
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from schema.catalogue import STOCK_STATUSES
from tests.support.builders import Columns
from tests.support.builders_send import Row

#: The first letters of a number say what is ordered or reported.
VIEW_OF = {
    "PO": "purchase_order",
    "SO": "sales_order",
    "MO": "production_order",
    "TO": "transfer_order",
    "CR": "customer_return",
    "SR": "supplier_return",
    "GR": "goods_receipt",
    "SH": "shipment",
    "MI": "material_issue",
    "PR": "production_receipt",
    "MV": "stock_move",
    "AD": "stock_adjustment",
    "CT": "stock_count",
}

_WITH_WORD = {
    "lot": "lot_no",
    "serial": "serial_no",
    "at": "location_code",
    "expires": "expires_on",
    "because": "reason_code",
    "line": "order_line_no",
}


def view_of(number: str) -> str:
    """Return the document type that a number such as SO-1 stands for."""
    return VIEW_OF[number.split("-", maxsplit=1)[0]]


def line_of(sentence: str) -> Columns:
    """Return the columns of a line told in a sentence; raise ValueError for an unknown word."""
    words = sentence.split()
    columns: Columns = {}
    if words[0].endswith(":"):
        columns["line_no"] = int(words.pop(0)[:-1])
    columns["qty"] = Decimal(words.pop(0))
    if len(words) > 1 and not _is_word(words[1]):
        columns["uom"] = words.pop(0)
    columns["item_code"] = words.pop(0)
    rest = iter(words)
    for word in rest:
        columns |= _told_by(word, rest, sentence)
    return columns


def _is_word(word: str) -> bool:
    return (
        word in _WITH_WORD
        or word in (*STOCK_STATUSES, "from", "to")
        or (word[0] in "+-" and word[-1] == "%")
    )


def _told_by(word: str, rest: Iterator[str], sentence: str) -> Columns:
    if word in STOCK_STATUSES:
        return {"stock_status": word}
    if word in ("from", "to"):
        value = next(rest)
        kind = "stock_status" if value in STOCK_STATUSES else "location_code"
        return {f"{word}_{kind}": value}
    if word in _WITH_WORD:
        value = next(rest)
        return {_WITH_WORD[word]: int(value) if word == "line" else value}
    if word[0] in "+-" and word[-1] == "%":
        side = "over" if word[0] == "+" else "under"
        return {f"{side}_tolerance_pct": Decimal(word[1:-1])}
    raise ValueError(f"{word!r} in {sentence!r} is no word of the stories")


def amount(value: Decimal) -> str:
    """Say a number without the zeros of its scale."""
    return f"{value.normalize():f}"


def name_of(row: Row) -> str:
    """Say which document a message or a delivery is: type, number, revision, what is asked."""
    words = [row["doc_type"], row["doc_no"] or row["message_id"]]
    if row["revision"] is not None and row["revision"] > 1:
        words.append(f"rev {row['revision']}")
    if row["action"] not in (None, "upsert", "post"):
        words.append(row["action"])
    return " ".join(words)


def place_of(row: Row, moved_to: str = "") -> str:
    """Say lot, serial, location and status of a row, each where it has one."""
    words = []
    for word, column in (("lot", "lot_no"), ("serial", "serial_no"), ("at", "location_code")):
        if row.get(column):
            words.append(f" {word} {row[column]}")
    if row["stock_status"] not in (None, "unrestricted"):
        words.append(f" {row['stock_status']}")
    return "".join(words) + moved_to + _elsewhere(row)


def _elsewhere(row: Row) -> str:
    return f" in {row['warehouse_code']}" if row["warehouse_code"] not in (None, "W1") else ""


def ledger_row(row: Row) -> str:
    """Say a ledger row: movement, item, signed base quantity, where, and for which order line."""
    told = f"{row['movement_type']} {row['item_code']} {row['qty'].normalize():+f}{place_of(row)}"
    if row["order_no"] is not None:
        line = "" if row["order_line_no"] is None else f"/{row['order_line_no']}"
        told += f" for {row['order_no']}{line}"
    told += " reversing" if row["reverses_ledger_seq"] is not None else ""
    return told + (" late" if row.get("is_late") else "")


def day(row: Row) -> str:
    """Say the day on which a fact happened, and the day it counts for where that is another."""
    told = f"{name_of(row)}{_elsewhere(row)}: {row['business_date']}"
    moved = row["posting_date"] != row["business_date"]
    return f"{told} posted on {row['posting_date']}" if moved else told


def stock_row(row: Row) -> str:
    """Say a balance: quantity, item, where."""
    return f"{amount(row['qty'])} {row['item_code']}{place_of(row)}"


def order_line(row: Row) -> str:
    """Say a line of order_status with those of its quantities that are not zero."""
    names = ("ordered", "done", "cancelled", "short", "over", "open")
    told = [f"{amount(row[f'{n}_qty'])} {n}" for n in names if row[f"{n}_qty"] or n == "ordered"]
    return f"{row['line_no']} {row['item_code']} {row['state_of_line']}: {', '.join(told)}"


def sent_line(row: Row) -> str:
    """Say a line as its receiver reads it."""
    if row["item_code"] is None:
        return f"line {row['order_line_no']}: {'refused' if row['qty'] is None else amount(row['qty'])}"
    words = [] if row["qty"] is None else [amount(row["qty"])]
    words += [row["uom"]] if row["uom"] else []
    to = [
        f" to {row[column]}"
        for column in ("to_location_code", "to_stock_status")
        if row["doc_type"] == "stock_move" and row[column] not in (None, row[column[3:]])
    ]
    here = {**row, "warehouse_code": None}
    return " ".join([*words, row["item_code"]]) + place_of(here, "".join(to))


def delivery(row: Row, lines: list[Row]) -> str:
    """Say a delivery: the document, its lines, and what its reader did with it."""
    told = name_of(row) + (" final" if row["is_final"] else "") + _elsewhere(row)
    if row["doc_type"] == "order_milestone":
        told += f" {row['milestone']}"
    if row["doc_type"] == "order_response":
        told += f" {row['response']}"
    told += f": {'; '.join(map(sent_line, lines))}" if lines else ""
    if row["state"] == "pending":
        return told
    why = f" {row['answer_reason_code']}" if row["answer_reason_code"] else ""
    return f"{told} ({row['state']}{why})"


def message(row: Row) -> str:
    """Say a message and its state, and what it waits for."""
    told = f"{name_of(row)}{_elsewhere(row)}: {row['state']}"
    if row["waiting_for"] is None:
        return told
    kind, _, thing = row["waiting_for"].partition(":")
    thing = "" if kind == "answer" else " ".join(thing.split())
    return f"{told} for {kind} {thing}".rstrip()


def finding(row: Row) -> str:
    """Say a finding: of which document and line, its code, and the finding in words."""
    line = "" if row["line_no"] is None else f" line {row['line_no']}"
    return f"{name_of(row)}{line}: {row['code']} {row['text']}"


def named(text: str, names: dict[str, str]) -> str:
    """Say document names for the numbers of messages that nobody can foretell."""
    text = re.sub(r" \(message \d+\)", "", text)
    return re.sub(r"message (\d+)", lambda found: names.get(found[1], found[0]), text)


def task(row: Row) -> str:
    """Say a task: its code, what raised it, what is at stake, and the decision if there is one."""
    line = "" if row["line_no"] is None else f" line {row['line_no']}"
    told = f"{row['code']} {name_of(row)}{line}{_elsewhere(row)}"
    if row["task_order_no"] not in (None, row["doc_no"]):
        told += f", {row['task_order_no']}"
    if row["qty"] is not None and row["task_item_code"] is not None:
        told += f", {amount(row['qty'])} {row['task_item_code']}"
    told += f": {row['text']}"
    return told if row["state"] == "open" else f"{told} ({row['state']} {row['decision']})"


def act(row: Row) -> str:
    """Say what a person did with a message, a task or a policy, and why."""
    detail = row["detail"] or {}
    if row["act"] == "set_policy":
        where = f"{detail['scope_kind']} {detail['scope']}"
        return f"set_policy {detail['name']} of {where} to {detail['to']}: {row['reason']}"
    if row["act"] == "period_set":
        what = f"{detail['period_start']} of {detail['warehouse_code']}"
        return f"period_set {what} to {detail['to']}: {row['reason']}"
    if row["code"] is not None:
        return f"{row['act']} {row['code']} {name_of(row)} {detail['decision']}: {row['reason']}"
    return f"{row['act']} {name_of(row)}: {row['reason']}"


def shown(value: Any) -> str:
    """Say a list of sentences, one on each line, for the report of a failed story."""
    return "".join(f"\n    {sentence}" for sentence in value) or " nothing"
