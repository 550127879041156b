"""Prepare the drill-down of a key: balances, nights, parts, movements, echo, codes, comments.

A drill-down is a list of sections, each a small table of texts that the page only has to draw.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from schema.reconciliation import PART_CLASSES
from sync.recon.report.reading import TRACED, Reading, Row, key_of
from sync.recon.report.speech import Speech

Section = dict[str, Any]


def of_key(reading: Reading, row: Row, place: int, say: Speech) -> list[Section]:
    """Return the sections of one key; `place` is its rank in the list of the worst."""
    found = [_balances(row, say), _parts(reading, row, say)]
    if place < TRACED:
        found.append(_movements(reading, row, say))
    else:
        found.append(
            _section(say.text("movements"), [], [], note=say.text("not_traced", count=TRACED))
        )
    found += [
        _history(reading, row, say),
        _echo(reading, row, say),
        _maps(reading, row, say),
        _comments(reading, row, say),
    ]
    return [one for one in found if one["rows"] or one.get("note")]


def _section(
    title: str,
    head: list[str],
    rows: list[list[str]],
    *,
    numbers: tuple[int, ...] = (),
    marks: dict[int, str] | None = None,
    note: str = "",
) -> Section:
    made: Section = {"title": title, "head": head, "rows": rows}
    if numbers:
        made["numbers"] = list(numbers)
    if marks:
        made["marks"] = marks
    if note:
        made["note"] = note
    return made


def _balances(row: Row, say: Speech) -> Section:
    rows = [
        ["ERP", say.number(row["erp_qty"])],
        ["WMS", say.number(row["wms_qty"])],
        [say.text("book"), say.number(row["book_qty"])],
        [say.text("difference"), say.signed(row["difference_qty"])],
    ]
    for name in ("cut_off", "in_flight", "rejected", "unconfirmed"):
        if row[f"{name}_qty"]:
            rows.append([say.text(f"step_{name}"), say.signed(row[f"{name}_qty"])])
    rows.append([say.text("residual"), say.signed(row["residual_qty"])])
    for name in ("carried", "erp_drift", "wms_drift"):
        if row[f"{name}_qty"]:
            rows.append([say.text(f"step_{name}"), say.signed(row[f"{name}_qty"])])
    if row["tolerance_qty"]:
        rows.append([say.text("tolerance"), say.number(row["tolerance_qty"])])
    return _section(say.text("balances"), ["", row["uom"]], rows, numbers=(1,))


def _parts(reading: Reading, row: Row, say: Speech) -> Section:
    head = ["class", "evidence", "side", "qty", "document", "message", "state", "happened", "age"]
    rows = []
    for part in reading.parts.get(key_of(row), []):
        rows.append(
            [
                say.class_label(part["class"]),
                part["evidence"],
                part["side"].upper() if part["side"] != "both" else say.text("in_both"),
                say.signed(part["qty"]),
                f"{part['doc_type'] or ''} {part['doc_no'] or ''}".strip(),
                "" if part["seq"] is None else f"{part['seq']}",
                " ".join(filter(None, (part["state"], part["detail"].get("code")))),
                say.moment(part["happened_at"]),
                say.seconds(part["age_s"]),
            ]
        )
    return _section(say.text("parts"), [say.text(name) for name in head], rows, numbers=(3, 5, 8))


def _movements(reading: Reading, row: Row, say: Speech) -> Section:
    """Run both books back over the window, and mark the first line that one side lacks."""
    moves = reading.movements.get(key_of(row), [])
    placed_parts = [part for part in reading.parts.get(key_of(row), []) if part["ledger_seq"]]
    sides = {p["ledger_seq"]: p["side"] for p in placed_parts if p["class"] in PART_CLASSES}
    suspects = {p["ledger_seq"] for p in placed_parts if p["evidence"] == "C"}
    erp, wms = row["erp_qty"], row["wms_qty"]
    placed: list[tuple[Row, str, Decimal, Decimal]] = []
    for move in reversed(moves):
        side = f"in_{sides.get(move['ledger_seq'], 'both')}"
        placed.append((move, side, erp, wms))
        erp -= move["qty"] if side != "in_wms" else 0
        wms -= move["qty"] if side != "in_erp" else 0
    rows = [
        [
            say.text("before"),
            "",
            "",
            "",
            "",
            "",
            say.number(erp),
            say.number(wms),
            say.signed(erp - wms),
        ]
    ]
    marks: dict[int, str] = {}
    is_first = True
    for move, side, after_erp, after_wms in reversed(placed):
        if side != "in_both" and is_first:
            marks[len(rows)] = say.text("first_bad")
            is_first = False
        elif move["ledger_seq"] in suspects:
            marks[len(rows)] = say.text("suspect")
        order = f"{move['order_type'] or ''} {move['order_no'] or ''}".strip()
        rows.append(
            [
                str(move["ledger_seq"]),
                move["movement_type"],
                f"{move['message_seq']}/{move['line_no']} {order}".strip(),
                say.moment(move["occurred_at"]),
                say.signed(move["qty"]),
                say.text(side),
                say.number(after_erp),
                say.number(after_wms),
                say.signed(after_erp - after_wms),
            ]
        )
    head = [
        "position",
        "movement",
        "message",
        "happened",
        "qty",
        "side",
        "running_erp",
        "running_wms",
        "running_gap",
    ]
    return _section(
        say.text("movements"),
        [say.text(name) for name in head],
        rows if moves else [],
        numbers=(0, 4, 6, 7, 8),
        marks=marks,
        note=say.text("movements_lead") if moves else "",
    )


def _history(reading: Reading, row: Row, say: Speech) -> Section:
    nights = {found["run_id"]: found for found in reading.history.get(key_of(row), [])}
    rows = []
    for run in [run for run in reading.runs if run["state"] == "closed"][:10]:
        found = nights.get(run["run_id"])
        rows.append(
            [
                f"{run['run_id']}",
                say.day(run["as_of"]),
                say.number(found["erp_qty"]) if found else "",
                say.number(found["wms_qty"]) if found else "",
                say.signed(found["residual_qty"]) if found else "0",
                say.class_label(found["class"]) if found else "",
            ]
        )
    head = ["run", "date", "erp", "wms", "residual", "class"]
    named = {"erp": "ERP", "wms": "WMS"}
    return _section(
        say.text("history"),
        [named.get(name) or say.text(name) for name in head],
        rows,
        numbers=(0, 2, 3, 4),
    )


def _echo(reading: Reading, row: Row, say: Speech) -> Section:
    rows = []
    for part in reading.parts.get(key_of(row), []):
        for echo in reading.echo.get(part["delivery_id"], []) if part["delivery_id"] else []:
            rows.append(
                [
                    f"{echo['delivery_id']}/{echo['line_no']}",
                    echo["receiver_ref"] or "",
                    " ".join(
                        filter(None, (echo["item_code"], echo["lot_no"], echo["stock_status"]))
                    ),
                    say.number(echo["qty"]),
                    echo["uom"] or "",
                    say.moment(echo["posted_at"]),
                ]
            )
    head = ["position", "document", "item", "qty", "unit", "happened"]
    return _section(say.text("echo"), [say.text(name) for name in head], rows, numbers=(3,))


def _maps(reading: Reading, row: Row, say: Speech) -> Section:
    rows = [
        [
            found["system_code"],
            found["external_code"],
            found["canonical_code"],
            str(found["version"]),
        ]
        for found in reading.maps.get(row["item_code"], [])
    ]
    return _section(say.text("mapping"), ["", say.text("code"), say.text("item"), ""], rows)


def _comments(reading: Reading, row: Row, say: Speech) -> Section:
    rows = [
        [
            say.instant(said["at"]),
            said["by"],
            said["text"],
            say.owner(said["owner"]) if said["owner"] else "",
        ]
        for said in reading.comments.get(key_of(row), [])
    ]
    return _section(say.text("comments"), ["", "", "", say.text("owner")], rows)
