"""Render the page: one self-contained HTML file, whatever is in the data is text in it."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import Any

from jinja2 import BaseLoader, Environment, StrictUndefined
from markupsafe import Markup

from sync.recon.report import evidence, facts, overview
from sync.recon.report.reading import LISTED, Reading, Row, key_of
from sync.recon.report.speech import Speech
from sync.recon.report.waterfall import ZERO

#: Keys named under "since last night"; what fits beneath the counts.
MOVED = 8


def render(reading: Reading, language: str, zone: str) -> str:
    """Return the page of a run."""
    say = Speech(language, zone)
    environment = Environment(
        loader=BaseLoader(), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    folder = files(__package__).joinpath("page_files")
    template = environment.from_string(folder.joinpath("page.html").read_text("utf-8"))
    return template.render(
        style=Markup(folder.joinpath("style.css").read_text("utf-8")),
        script=Markup(folder.joinpath("page.js").read_text("utf-8")),
        say=say,
        t=say.text,
        **_head(reading, say),
        **(_overview(reading, say) | _controller(reading, say) if reading.choice.is_valid else {}),
        **facts.of_run(reading, say),
    )


def slug(row: Row) -> str:
    """Return the anchor of a key: the same in every run, safe in a URL."""
    return "k" + hashlib.sha256("\x1f".join(key_of(row)).encode()).hexdigest()[:12]


def embedded_json(value: object) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        said = said.replace(sign, code)
    return Markup(said)


def _head(reading: Reading, say: Speech) -> dict[str, Any]:
    run, newest = reading.run, reading.choice.newest
    verdict = run["verdict"] if run["state"] in ("closed", "not_valid") else "FAILED"
    currency = overview.main_currency(reading)
    if verdict == "OPEN_ITEMS":
        worth = sum((row["open_value"] for row in reading.matrix if row["is_open"]), ZERO)
        said = say.text(
            "verdict_OPEN_ITEMS",
            keys=say.number(overview.open_count(reading)),
            value=f"{say.money(worth)} {currency}".strip(),
        )
    elif verdict == "RECONCILED":
        said = say.text("verdict_RECONCILED")
    else:
        said = f"{say.text('verdict_NOT_VALID')} {run['reason'] or say.text('no_reason')}"
    chosen = reading.choice.warehouses
    stands = ""
    if newest is not None:
        stands = say.text(
            "stands",
            newest=newest["run_id"],
            when=say.instant(newest["as_of"]),
            verdict=say.text(newest["verdict"] or "FAILED"),
            reason=newest["reason"] or say.text("no_reason"),
            run=run["run_id"],
        )
    return {
        "run": run,
        "newest": newest,
        "is_valid": reading.choice.is_valid,
        "verdict": verdict,
        "verdict_text": said,
        "stands": stands,
        "scope_text": say.text("only_warehouses", codes=", ".join(chosen))
        if chosen
        else say.text("all_warehouses"),
        "stamps": _stamps(reading, say),
        "currency": currency,
    }


def _stamps(reading: Reading, say: Speech) -> list[dict[str, str]]:
    """Return both as-of stamps of each warehouse, or the range of them where there are many."""
    rows = reading.warehouses
    if len(rows) <= 3:
        return [
            {
                "codes": row["warehouse_code"],
                "erp": say.moment_exact(row["erp_as_of"]),
                "wms": say.moment_exact(row["wms_as_of"]),
                "skew": say.seconds(row["skew_s"]),
            }
            for row in rows
        ]

    def span(name: str) -> str:
        known = sorted(row[name] for row in rows if row[name] is not None)
        if not known:
            return "–"
        return f"{say.moment_exact(known[0])} … {say.moment_exact(known[-1])}"

    skews = [abs(row["skew_s"]) for row in rows if row["skew_s"] is not None]
    return [
        {
            "codes": f"{len(rows)} ×",
            "erp": span("erp_as_of"),
            "wms": span("wms_as_of"),
            "skew": f"≤ {say.seconds(max(skews))}" if skews else "–",
        }
    ]


def _overview(reading: Reading, say: Speech) -> dict[str, Any]:
    changes = overview.changes(reading)
    places = {"new": 0, "worse": 1, "closed": 2}
    moved = sorted(
        reading.changed,
        key=lambda row: (places[row["change"]], -(row["value"] or ZERO), key_of(row)),
    )
    shown: list[Row] = []
    for name, most in (("new", 4), ("worse", 2), ("closed", 2)):
        shown += [row for row in moved if row["change"] == name][:most]
    return {
        "tiles": overview.tiles(reading, say),
        "tie": overview.tie_out(reading, say),
        "grid": overview.matrix(reading),
        "changes": changes,
        "net_change": sum((row["net"] for row in changes), ZERO),
        "has_previous": any(row["previous_run_id"] for row in reading.warehouses),
        "moved": [{**row, "slug": slug(row)} for row in shown[:MOVED]],
        "owners": overview.owners(reading),
        "actions": [{**row, "slug": slug(row)} for row in overview.actions(reading)],
    }


def _controller(reading: Reading, say: Speech) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = {}
    drills = []
    for place, found in enumerate(reading.worst):
        row = {
            **found,
            "n": place,
            "slug": slug(found),
            "said": say.why(found),
            "open": bool(found["residual_qty"]) and not found["is_tolerated"],
            "bucket": _bucket(found["night_count"]),
        }
        group = groups.setdefault(
            found["warehouse_code"], {"code": found["warehouse_code"], "rows": [], "value": ZERO}
        )
        group["rows"].append(row)
        group["value"] += found["value"] or ZERO
        drills.append(
            {
                "title": " · ".join(filter(None, key_of(found))),
                "why": f"{say.class_label(found['class'])}: {row['said']}",
                "sections": evidence.of_key(reading, found, place, say),
            }
        )
    shown = say.number(len(reading.worst))
    count = say.number(reading.difference_count)
    is_all = len(reading.worst) == reading.difference_count
    return {
        "groups": sorted(groups.values(), key=lambda group: (-group["value"], group["code"])),
        "shown_text": say.text("shown_all", all=count)
        if is_all
        else say.text("shown_of", shown=shown, all=count),
        "choices": {
            name: sorted({row[column] for row in reading.worst})
            for name, column in (
                ("warehouse", "warehouse_code"),
                ("class", "cause"),
                ("owner", "owner"),
            )
        },
        "bins": [
            [
                row["warehouse_code"],
                row["zone"] or say.text("no_zone"),
                row["location_code"] or say.text("no_bin"),
                row["item_code"],
                row["lot_no"],
                row["stock_status"],
                say.number(row["qty"]),
                "",
            ]
            for row in reading.bins
        ],
        "adjustments": [
            [
                row["adjustment_id"],
                " · ".join(filter(None, key_of(row))),
                row["side"].upper(),
                f"{say.signed(row['qty'])} {row['uom']}",
                say.money(row["value"]),
                say.class_label(row["class"]),
                row["evidence"],
                row["state"],
            ]
            for row in reading.adjustments[:LISTED]
        ],
        "evidence": embedded_json(drills),
    }


def _bucket(nights: int) -> int:
    """Return the age bucket as `report_matrix` counts it."""
    return sum(nights > limit for limit in (1, 3, 7, 30))
