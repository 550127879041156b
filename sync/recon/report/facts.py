"""Prepare what IT and auditors read: run facts, queue, positions, totals, configuration, chain."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sync.recon.report import charts, overview
from sync.recon.report.reading import LISTED, SAMPLE, Reading, Row, key_of
from sync.recon.report.speech import Speech
from sync.recon.report.waterfall import ZERO

Lines = list[list[str]]
_RUN_FACTS = ("trigger", "requested_by", "revision")


def of_run(reading: Reading, say: Speech) -> dict[str, Any]:
    """Return everything that the parts for IT, auditors and figures print."""
    return {
        "gates": _gates(reading.gates, say),
        "newest_gates": _gates(reading.newest_gates, say),
        **(_for_it(reading, say) | _for_auditor(reading, say) | _figures(reading, say)),
    }


def _gates(rows: list[Row], say: Speech) -> Lines:
    return [
        [
            row["warehouse_code"],
            row["gate"],
            f"✓ {say.text('passed')}" if row["passed"] else f"✕ {say.text('failed')}",
            row["expected"] or "",
            row["found"] or "",
            row["text"],
        ]
        for row in rows
    ]


def _name(row: Row) -> str:
    return " · ".join(filter(None, key_of(row)))


def _for_it(reading: Reading, say: Speech) -> dict[str, Any]:
    run = reading.run
    longest = max((Decimal(str(value)) for value in run["durations"].values()), default=ZERO)
    rejects: dict[str, int] = {}
    for row in reading.queue:
        if row["class"] == "REJECTED":
            rejects[row["code"] or "?"] = rejects.get(row["code"] or "?", 0) + row["part_count"]
    most = max(rejects.values(), default=0)
    return {
        "run_facts": [
            *[[say.text(name), str(run[name] or "")] for name in _RUN_FACTS],
            [say.text("started"), say.instant(run["started_at"])],
            [say.text("ended"), say.instant(run["ended_at"])],
        ],
        "durations": [
            {
                "name": name,
                "bar": charts.share(Decimal(str(value)), longest),
                "value": say.number(Decimal(str(value)).quantize(Decimal("0.001"))),
            }
            for name, value in run["durations"].items()
        ],
        "queue": [
            [
                say.class_label(row["class"]),
                " ".join(filter(None, (row["state"], row["code"]))),
                say.number(row["message_count"]),
                say.seconds(row["oldest_age_s"]),
            ]
            for row in reading.queue
        ],
        "rejects": [
            {"code": code, "bar": charts.share(count, most), "count": say.number(count)}
            for code, count in sorted(rejects.items(), key=lambda one: (-one[1], one[0]))
        ],
        "positions": _positions(reading, say),
        "map_gaps": [
            [
                row["warehouse_code"],
                row["side"].upper(),
                say.class_label(row["class"]),
                row["missing"],
                say.number(row["line_count"]),
                say.number(row["qty"]),
                row["uom"],
            ]
            for row in reading.quarantine
            if row["class"] != "NOT_COMPARABLE"
        ],
        "seq_gaps": [
            [
                row["warehouse_code"],
                row["item_code"],
                say.signed(row["qty"]),
                str(row["detail"].get("numbers") or row["source_seq"] or ""),
            ]
            for row in reading.waiting
            if row["class"] == "SEQ_GAP"
        ],
        "waiting": [
            {
                **row,
                "code": row["detail"].get("code", ""),
                "doc_type": row["doc_type"] or "",
                "doc_no": row["doc_no"] or "",
                "state": row["state"] or "",
                "look": f"crossdock why {row['seq']}" if row["seq"] else "",
            }
            for row in reading.waiting
            if row["class"] != "SEQ_GAP"
        ],
        "runs": [
            [
                row["run_id"],
                say.instant(row["as_of"]),
                say.text(row["verdict"] or "FAILED"),
                say.instant(row["ended_at"]),
                row["reason"] or "",
                f"crossdock report --run {row['run_id']}",
            ]
            for row in reading.runs
        ],
    }


def _positions(reading: Reading, say: Speech) -> Lines:
    found = []
    for row in reading.warehouses:
        for side in ("erp", "wms"):
            is_first = side == "erp"
            found.append(
                [
                    row["warehouse_code"] if is_first else "",
                    side.upper(),
                    row[f"{side}_snapshot_no"] or "",
                    f"crossdock why {row[f'{side}_seq']}" if row[f"{side}_seq"] else "",
                    say.instant(row[f"{side}_as_of"]),
                    "" if row[f"{side}_through_seq"] is None else str(row[f"{side}_through_seq"]),
                    say.number(row[f"{side}_line_count"]),
                    *(
                        [
                            str(row["ledger_seq"]),
                            say.number(row["straddling_count"]),
                            f"{say.number(row['compared_count'])} / {say.number(row['key_count'])}",
                            say.number(row["agreed_raw_count"]),
                            say.number(row["agreed_adjusted_count"]),
                            say.number(row["quarantined_count"]),
                            say.number(row["not_assessable_count"]),
                        ]
                        if is_first
                        else [""] * 7
                    ),
                ]
            )
    return found


def _for_auditor(reading: Reading, say: Speech) -> dict[str, Any]:
    without_echo = [row["warehouse_code"] for row in reading.warehouses if not row["has_echo"]]
    return {
        "no_echo": say.text("no_echo", codes=", ".join(without_echo)) if without_echo else "",
        "control": [
            [
                row["warehouse_code"],
                side.upper(),
                row[f"{side}_snapshot_no"] or "",
                say.number(row[f"{side}_line_count"]),
                say.number(row[f"{side}_total_qty"]),
                row[f"{side}_hash"] or "",
            ]
            for row in reading.warehouses
            for side in ("erp", "wms")
        ],
        "falls": reading.falls,
        "tolerated": _tolerated(reading, say),
        "exclusions": [
            [
                row["warehouse_code"],
                row["side"].upper(),
                say.class_label(row["class"]),
                " ".join(filter(None, (str(row["rule_id"] or ""), row["reason"]))),
                say.number(row["line_count"]),
                say.number(row["qty"]),
                row["uom"],
            ]
            for row in reading.quarantine
            if row["class"] == "NOT_COMPARABLE"
        ],
        **_configuration(reading, say),
        **chain(reading.runs, say),
        "approvals": _approvals(reading, say),
        "restated": [
            [
                _name(row),
                say.signed(row["reported_carried_qty"]),
                say.signed(row["carried_qty"]),
                say.money(row["value"]),
            ]
            for row in reading.restated
        ],
        "masked": [
            [
                _name(row),
                say.number(row["erp_qty"]),
                say.number(row["wms_qty"]),
                say.signed(row["explained_qty"]),
                say.signed(row["residual_qty"]),
                say.class_label(row["class"]),
            ]
            for row in reading.masked
        ],
        "guesses": [
            [
                _name(row),
                say.class_label(row["class"]),
                say.signed(row["residual_qty"]),
                say.money(row["value"]),
                say.number(row["candidate_count"]),
                row["why"],
                "; ".join(
                    f"{said['by']}: {said['text']}"
                    for said in reading.comments.get(key_of(row), [])
                ),
            ]
            for row in reading.guesses
        ],
        "sample": [
            [
                _name(row),
                row["uom"],
                say.number(row["erp_qty"]),
                say.number(row["wms_qty"]),
                say.signed(row["residual_qty"]),
                say.money(row["value"]),
                say.class_label(row["class"]),
                row["evidence"],
            ]
            for row in reading.sample
        ],
        "sample_note": say.text(
            "sample_note", seed=reading.seed, run=reading.run["run_id"], count=SAMPLE
        ),
    }


def _tolerated(reading: Reading, say: Speech) -> Lines:
    sums: dict[tuple[int, str], list[Decimal]] = {}
    for row in reading.residuals:
        for place, unit, kind in ((0, row["currency"], "value"), (1, row["uom"], "qty")):
            if unit:
                into = sums.setdefault((place, unit), [ZERO] * 4)
                names = ("gross", "net", "tolerated_gross", "tolerated_net")
                for number, name in enumerate(names):
                    into[number] += row[f"{name}_{kind}"]
    return [
        [unit, *(say.number(value) for value in values)]
        for (_, unit), values in sorted(sums.items())
    ]


def _approvals(reading: Reading, say: Speech) -> Lines:
    return [
        [
            row["adjustment_id"],
            _name(row),
            f"{say.signed(row['qty'])} {row['uom']}",
            say.money(row["value"]),
            row["state"],
            row["requested_by"] or "",
            row["approved_by"] or "",
            say.instant(row["approved_at"]) if row["approved_at"] else "",
            row["reason"] or row["expires_reason"] or "",
            " ".join(filter(None, (row["document_ref"], row["answered_state"]))),
        ]
        for row in reading.adjustments[:LISTED]
    ]


def flattened(value: object, name: str = "") -> dict[str, str]:
    """Return a configuration as `part.part: text`."""
    if isinstance(value, Mapping):
        found: dict[str, str] = {}
        for key, one in value.items():
            found |= flattened(one, f"{name}.{key}" if name else str(key))
        return found
    if isinstance(value, list):
        found = {}
        for number, one in enumerate(value, start=1):
            found |= flattened(one, f"{name}[{number}]")
        return found or {name: "–"}
    return {name: "–" if value is None else str(value)}


def _configuration(reading: Reading, say: Speech) -> dict[str, Any]:
    now = flattened(reading.run["config"])
    previous = reading.previous_config
    before = {} if previous is None else flattened(previous)
    changed = [
        [name, before.get(name, "–"), now.get(name, "–")]
        for name in sorted(set(now) | set(before))
        if before.get(name) != now.get(name)
    ]
    if previous is None:
        return {
            "config": sorted([name, value] for name, value in now.items()),
            "config_changes": [],
            "config_said": say.text("no_previous"),
        }
    return {
        "config": sorted([name, value] for name, value in now.items()),
        "config_changes": changed,
        "config_said": say.text("no_config_changes", run=reading.run["previous_run_id"]),
    }


def chain(runs: list[Row], say: Speech) -> dict[str, Any]:
    """Check that each closed run carries the hash of the closed run before it."""
    closed = [row for row in runs if row["state"] == "closed"]
    broken = next(
        (
            after["run_id"]
            for after, before in pairwise(closed)
            if after["previous_hash"] != before["run_hash"]
        ),
        None,
    )
    said = (
        say.text("chain_ok", links=say.number(max(len(closed) - 1, 0)))
        if broken is None
        else say.text("chain_broken", run=broken)
    )
    return {
        "chain_said": said,
        "is_chain_whole": broken is None,
        "chain": [[row["run_id"], row["run_hash"]] for row in closed[:5]],
    }


def _figures(reading: Reading, say: Speech) -> dict[str, Any]:
    place = overview.scope(reading)
    nights = [int(row["run_id"]) for row in reading.runs if row["state"] == "closed"][::-1]
    currency = overview.main_currency(reading)
    listed, by_class, by_flow = [], [], []
    for row in reading.figures:
        unit = row["flow"] if row["unit"] == "currency" else row["unit"]
        label = say.figure(row["name"])
        value, target = say.measure(row["value"], unit), say.measure(row["target"], unit)
        if row["flow"] not in ("*", currency):
            by_flow.append([label, row["warehouse_code"], row["flow"], value, target])
        elif row["abc_class"] != "*" or (row["warehouse_code"] != "*" and place == "*"):
            by_class.append([label, row["warehouse_code"], row["abc_class"], value, target])
        elif row["warehouse_code"] == place:
            kept = reading.trend.get(row["name"], {}) if place == "*" else {}
            line = [kept.get(night) for night in nights]
            listed.append(_figure(row, label, line, unit, say))
    return {"figures": listed, "by_class": by_class, "by_flow": by_flow}


def _figure(
    row: Row, label: str, line: list[Decimal | None], unit: str, say: Speech
) -> dict[str, Any]:
    between = charts.limits(line)
    value = row["value"]
    said = ""
    if between is not None and value is not None:
        said = say.text("inside" if between[0] <= float(value) <= between[1] else "outside")
    of = ""
    if row["numerator"] is not None and row["denominator"] is not None:
        of = f"{say.number(row['numerator'])} / {say.number(row['denominator'])}"
    return {
        "label": label,
        "definition": say.definition(row["name"]),
        "value": say.measure(value, unit),
        "of": of,
        "mark": "",
        "target": say.measure(row["target"], unit),
        "mean_30": say.measure(_mean(line[-30:]), unit),
        "mean_90": say.measure(_mean(line), unit),
        "trend": charts.trend(line, row["target"], label),
        "limits": said,
    }


def _mean(values: list[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return sum(known, ZERO) / len(known) if known else None
