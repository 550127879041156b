"""Write nights of reconciliation as SQL rows: what a report has to show, without an engine.

The rows obey the arithmetic that the tables check: D = C + R, R = R0 + ERP drift - WMS drift. The
same seed writes the same nights.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from psycopg import sql

from schema.reconciliation import BY_NAME, PHRASES
from tests.support.cluster import Connection

FIRST_NIGHT: Final = datetime(2026, 10, 1, 0, 30, tzinfo=UTC)
WAREHOUSES: Final = ("W1", "W2", "W3")
ZERO: Final = Decimal(0)
#: (item, unit, cost, ABC class); names that a spreadsheet or a page might take for something else
ODD: Final = (
    ("<script>alert(1)</script>", "PCE", Decimal("12.50"), "A"),
    ("=cmd|' /C calc'!A0", "PCE", Decimal("3.10"), "B"),
    ("1E5", "PCE", Decimal("0.40"), "C"),
    ("000123", "PCE", None, "C"),
)
#: class of a new residual, how often, which side drifts
RESIDUALS: Final = (
    ("UNREPORTED_ERP", 8, "erp"),
    ("UNREPORTED_WMS", 14, "wms"),
    ("QTY_MISPOST", 6, "erp"),
    ("DUPLICATE", 5, "erp"),
    ("UOM_MISPOST", 3, "erp"),
    ("MISROUTED", 3, "erp"),
    ("SEQ_GAP", 4, "wms"),
    ("ROUNDING", 4, "erp"),
    ("STATUS_SHIFT", 4, "wms"),
    ("LOT_SHIFT", 4, "wms"),
    ("WAREHOUSE_SHIFT", 2, "wms"),
    ("LOT_GRANULARITY", 2, "wms"),
    ("UOM_BALANCE", 2, "erp"),
    ("POSSIBLE_DUPLICATE", 3, "erp"),
    ("POSSIBLE_LOST_APPLY", 3, "wms"),
    ("POSSIBLE_SIGN", 2, "erp"),
    ("UNEXPLAINED", 2, "erp"),
)
KNOWN: Final = (
    ("CUT_OFF", "cut_off", 20),
    ("IN_FLIGHT", "in_flight", 16),
    ("IN_FLIGHT_LATE", "in_flight", 5),
    ("REJECTED", "rejected", 9),
    ("UNCONFIRMED", "unconfirmed", 5),
)
Key = tuple[str, str, str, str]


@dataclass
class _Drift:
    """Hold what is open at a key from night to night."""

    qty: Decimal
    side: str
    name: str
    first_run: int
    first_on: Any
    nights: int = 1


@dataclass
class Nights:
    """Write night after night; `open_keys` lives from one to the next."""

    connection: Connection
    seed: int = 7
    item_count: int = 120
    new_count: int = 12
    known_count: int = 40
    odd: bool = True
    open_keys: dict[Key, _Drift] = field(default_factory=dict)
    hashes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the items of the company."""
        self.random = random.Random(self.seed)
        made: list[tuple[str, str, Decimal | None, str]] = list(ODD) if self.odd else []
        for number in range(self.item_count):
            unit = self.random.choice(("PCE", "PCE", "PCE", "KGM", "MTR"))
            cost = Decimal(self.random.randrange(20, 9000)) / 100
            made.append(
                (f"{unit[0]}-{4000 + number * 7}", unit, cost, self.random.choice("ABBCCC"))
            )
        self.items = made

    def night(self, number: int, *, valid: bool = True) -> int:
        """Write one night and return its run's number."""
        as_of = FIRST_NIGHT + timedelta(days=number)
        previous = self.hashes[-1] if self.hashes else ""
        run_id = self._run(number, as_of, previous)
        if not valid:
            self._gate(run_id, "W2", "line_count", passed=False)
            self._end(
                run_id, as_of, "not_valid", "NOT_VALID", "W2: line_count of the ERP's snapshot"
            )
            return run_id
        rows = self._differences(run_id, as_of)
        for code in WAREHOUSES:
            self._warehouse(
                run_id, code, as_of, [row for row in rows if row["warehouse_code"] == code]
            )
        self._figures(run_id, rows)
        self.hashes.append(hashlib.sha256(f"{previous}{run_id}{rows}".encode()).hexdigest())
        is_open = any(drift.qty for drift in self.open_keys.values())
        self._end(run_id, as_of, "closed", "OPEN_ITEMS" if is_open else "RECONCILED", None)
        return run_id

    def insert(self, table: str, **values: Any) -> None:
        """Insert one row."""
        self.connection.execute(
            sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                sql.Identifier(*table.split(".")),
                sql.SQL(", ").join(sql.Identifier(name) for name in values),
                sql.SQL(", ").join(sql.Placeholder() for _ in values),
            ),
            [json.dumps(value) if isinstance(value, dict) else value for value in values.values()],
        )

    def _run(self, number: int, as_of: datetime, previous: str) -> int:
        found = self.connection.execute("SELECT max(run_id) FROM recon.run WHERE state = 'closed'")
        last = (found.fetchone() or (None,))[0]
        config = {
            "skew_limit_s": 900,
            "age_limit_s": 86400,
            "code_map_version": 40 + number // 9,
            "tolerances": [{"abc_class": "*", "uom": "KGM", "abs_qty": "0.5", "pct": "0"}],
            "scope_rules": [
                {"rule_id": 1, "item_code": "PALLET", "reason": "pallets are not kept"}
            ],
        }
        self.config = config
        row = self.connection.execute(
            "INSERT INTO recon.run (as_of, state, trigger, requested_by, started_at, previous_run_id,"
            " config, config_hash, input_hash, previous_hash, revision, durations)"
            " VALUES (%s, 'running', 'nightly', 'crossdock', %s, %s, %s, %s, %s, %s, '0001_main_road', %s)"
            " RETURNING run_id",
            (
                as_of, as_of + timedelta(minutes=12), last, json.dumps(config),
                hashlib.sha256(json.dumps(config).encode()).hexdigest(),
                hashlib.sha256(str(number).encode()).hexdigest(),
                previous if self.hashes else f"first of {self.seed}",
                json.dumps({"load": 4.2, "compare": 1.9, "explain": 2.4, "classify": 0.8, "close": 0.3}),
            ),
        ).fetchone()  # fmt: skip
        assert row is not None
        return int(row[0])

    def _end(
        self, run_id: int, as_of: datetime, state: str, verdict: str, reason: str | None
    ) -> None:
        self.connection.execute(
            "UPDATE recon.run SET state = %s, verdict = %s, reason = %s, ended_at = %s, run_hash = %s"
            " WHERE run_id = %s",
            (state, verdict, reason, as_of + timedelta(minutes=13),
             self.hashes[-1] if state == "closed" else None, run_id),
        )  # fmt: skip

    def _gate(self, run_id: int, code: str, gate: str, *, passed: bool) -> None:
        self.insert(
            "recon.gate",
            run_id=run_id, warehouse_code=code, gate=gate, passed=passed, expected="48211",
            found="48211" if passed else "31007",
            text="the lines counted are those announced" if passed else
            "the ERP's snapshot announces 48211 lines, 31007 came: it was cut off on the way",
        )  # fmt: skip

    def _key(self) -> tuple[Key, tuple[str, str, Decimal | None, str]]:
        item = self.random.choice(self.items)
        lot = f"L{self.random.randrange(100, 999)}" if item[0][-1] in "02468" else ""
        status = self.random.choices(("unrestricted", "quality", "blocked"), (8, 2, 1))[0]
        return (self.random.choice(WAREHOUSES), item[0], lot, status), item

    def _qty(self, unit: str) -> Decimal:
        if unit == "PCE":
            return Decimal(self.random.choice((1, 2, 4, 6, 8, 12, 24, 48, 96)))
        return Decimal(self.random.randrange(100, 90000)) / 1000

    def _differences(self, run_id: int, as_of: datetime) -> list[dict[str, Any]]:
        chooser = self.random
        by_code = {item[0]: item for item in self.items}
        before = {key: drift.qty for key, drift in self.open_keys.items()}
        for key in list(self.open_keys):
            self.open_keys[key].nights += 1
            if chooser.random() < 0.16:
                del self.open_keys[key]
        fresh: set[Key] = set()
        while len(fresh) < self.new_count + chooser.randrange(-3, 6):
            key, item = self._key()
            if key in before:
                continue
            name, _, side = chooser.choices(RESIDUALS, [weight for _, weight, _ in RESIDUALS])[0]
            qty = self._qty(item[1]) * chooser.choice((1, -1))
            if name == "ROUNDING":
                qty = Decimal("0.25") * chooser.choice((1, -1))
            if not self.hashes:
                name = "OPENING_DIFFERENCE"
            self.open_keys[key] = _Drift(qty, side, name, run_id, as_of.date())
            fresh.add(key)
        known: dict[Key, tuple[str, str, Decimal]] = {}
        for _ in range(self.known_count):
            key, item = self._key()
            name, component, _ = chooser.choices(KNOWN, [weight for _, _, weight in KNOWN])[0]
            known[key] = (name, component, self._qty(item[1]) * chooser.choice((1, -1)))
        rows = []
        for key in sorted(set(self.open_keys) | set(known) | set(before)):
            rows.append(self._difference(run_id, as_of, key, by_code[key[1]], before, known))
        return rows

    def _difference(
        self,
        run_id: int,
        as_of: datetime,
        key: Key,
        item: tuple[str, str, Decimal | None, str],
        before: Mapping[Key, Decimal],
        known: Mapping[Key, tuple[str, str, Decimal]],
    ) -> dict[str, Any]:
        drift = self.open_keys.get(key)
        residual = drift.qty if drift else ZERO
        carried = before.get(key, ZERO)
        change = residual - carried
        side = drift.side if drift else "erp"
        components = dict.fromkeys(("cut_off", "in_flight", "rejected", "unconfirmed"), ZERO)
        part = known.get(key)
        if part:
            components[part[1]] = part[2]
        if drift and drift.nights == 1:
            name = drift.name
        elif drift:
            name = "CARRIED_FORWARD"
        elif part:
            name = part[0]
        else:
            name = "CARRIED_FORWARD"
        wms = Decimal(self.random.randrange(0, 40000)) / 10 if item[1] != "PCE" else Decimal(
            self.random.randrange(0, 4000)
        )  # fmt: skip
        difference = residual + sum(components.values(), ZERO)
        about = BY_NAME[drift.name if drift and name == "CARRIED_FORWARD" else name]
        flags = [] if carried == 0 or drift else ["CLOSED"]
        tolerated = item[1] == "KGM" and 0 < abs(residual) <= Decimal("0.5")
        if tolerated:
            flags.append("TOLERATED")
        if difference == 0 and part:
            flags.append("MASKED")
        why_key, args = self._why(name, item, wms, difference, residual, drift)
        values: dict[str, Any] = dict(
            run_id=run_id, warehouse_code=key[0], item_code=key[1], lot_no=key[2], stock_status=key[3],
            uom=item[1], unit_cost=item[2], currency="EUR" if item[2] else None, abc_class=item[3],
            erp_qty=wms + difference, wms_qty=wms, book_qty=wms, difference_qty=difference,
            **{f"{one}_qty": qty for one, qty in components.items()},
            residual_qty=residual, carried_qty=carried, reported_carried_qty=carried,
            erp_drift_qty=change if side == "erp" else ZERO,
            wms_drift_qty=-change if side == "wms" else ZERO,
            erp_total_drift_qty=residual, wms_total_drift_qty=ZERO,
            **{"class": name}, evidence=about.evidence, flags=flags,
            tolerance_qty=Decimal("0.5") if item[1] == "KGM" else ZERO, is_tolerated=tolerated,
            value=abs(residual) * item[2] if item[2] is not None else None,
            first_run_id=drift.first_run if drift else run_id,
            first_seen_on=drift.first_on if drift else as_of.date(),
            night_count=drift.nights if drift else 1, owner=about.owner, action=about.action,
            why=self._say(why_key, args), why_key=why_key, why_args=args, candidate_count=0,
        )  # fmt: skip
        self.insert("recon.difference", **values)
        if part:
            self._part(run_id, as_of, key, 1, part[0], part[2], part[0] == "REJECTED")
        if name.startswith("POSSIBLE") or name in ("DUPLICATE", "QTY_MISPOST", "SEQ_GAP"):
            self._part(run_id, as_of, key, 2, name, residual, False)
        return values

    def _why(
        self, name: str, item: tuple[str, str, Decimal | None, str], wms: Decimal,
        difference: Decimal, residual: Decimal, drift: _Drift | None,
    ) -> tuple[str, dict[str, str]]:  # fmt: skip
        number = self.random.randrange(1000, 9999)
        common = {"erp": str(wms + difference), "wms": str(wms), "uom": item[1], "terms": "",
                  "residual": str(residual), "documents": f"GR-{number}"}  # fmt: skip
        if name in ("QTY_MISPOST", "DUPLICATE", "UOM_MISPOST", "MISROUTED"):
            return "echo", {
                **common,
                "posted": str(abs(residual) * 2),
                "intended": str(abs(residual)),
            }
        if name.startswith("UNREPORTED"):
            return "unreported", {**common, "side": name[-3:], "drift": str(residual)}
        if name == "CARRIED_FORWARD" and drift:
            return "carried", {**common, "first_seen_on": str(drift.first_on), "was": drift.name}
        if name == "CARRIED_FORWARD":
            return "closed", {**common, "carried": "its"}
        if name == "SEQ_GAP":
            return "gap", {
                **common,
                "wms_drift": str(-residual),
                "numbers": f"{number}-{number + 2}",
            }
        if name.startswith("POSSIBLE"):
            return "possible", {
                **common,
                "side": drift.side.upper() if drift else "ERP",
                "drift": str(residual),
            }
        if name == "ROUNDING":
            return "rounding", {**common, "limit": "0.5"}
        if name.endswith("SHIFT"):
            return "shift", {**common, "others": "blocked"}
        if name == "UOM_BALANCE":
            return "uom_balance", {**common, "factor": "12", "unit": "BOX"}
        if name == "LOT_GRANULARITY":
            return "lots", {**common, "side": "ERP", "item": item[0]}
        if name == "OPENING_DIFFERENCE":
            return "opening", common
        if name == "UNEXPLAINED":
            return "unexplained", common
        return "parts", common

    def _say(self, why_key: str, args: Mapping[str, str]) -> str:
        text = PHRASES[why_key]
        for name, value in args.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def _part(
        self,
        run_id: int,
        as_of: datetime,
        key: Key,
        number: int,
        name: str,
        qty: Decimal,
        rejected: bool,
    ) -> None:
        seq = self.random.randrange(10000, 99999)
        hours = self.random.choice((1, 2, 3, 5, 9, 30, 75))
        self.insert(
            "recon.difference_part",
            run_id=run_id, warehouse_code=key[0], item_code=key[1], lot_no=key[2], stock_status=key[3],
            part_no=number, **{"class": name}, evidence=BY_NAME[name].evidence,
            side="erp" if qty > 0 else "wms", qty=qty, seq=seq, line_no=1, delivery_id=1000000000000 + seq,
            source_seq=seq // 3, doc_type=self.random.choice(("goods_receipt", "shipment", "stock_move")),
            doc_no=f"GR-{seq}", state="error" if rejected else "pending",
            happened_at=as_of - timedelta(hours=hours), age_s=hours * 3600,
            detail={},
        )  # fmt: skip

    def _warehouse(
        self, run_id: int, code: str, as_of: datetime, rows: list[dict[str, Any]]
    ) -> None:
        place = WAREHOUSES.index(code)
        total = 21000 + place * 8000
        lines = {"erp": total + 31, "wms": total + 12}
        self.insert(
            "recon.run_warehouse",
            run_id=run_id, warehouse_code=code,
            previous_run_id=run_id - 1 if len(self.hashes) else None,
            erp_seq=run_id * 10 + place, wms_seq=run_id * 10 + place + 5,
            erp_snapshot_no=f"E{run_id}-{code}", wms_snapshot_no=f"S{run_id}-{code}",
            erp_as_of=as_of - timedelta(seconds=20 + place), wms_as_of=as_of + timedelta(seconds=18),
            erp_through_seq=1_000_000_000_000 * (place + 1) + run_id * 900, wms_through_seq=run_id * 1100,
            erp_line_count=lines["erp"], wms_line_count=lines["wms"],
            erp_total_qty=Decimal(1481200 + place), wms_total_qty=Decimal(1480900 + place),
            erp_hash=hashlib.sha256(f"e{run_id}{code}".encode()).hexdigest(),
            wms_hash=hashlib.sha256(f"w{run_id}{code}".encode()).hexdigest(),
            ledger_seq=run_id * 5000, skew_s=38 + place, straddling_count=7 * place,
            key_count=total, compared_count=total - 4, quarantined_count=3, not_comparable_count=1,
            not_assessable_count=2, agreed_raw_count=total - len(rows),
            agreed_adjusted_count=total - sum(1 for row in rows if _is_open(row)), has_echo=code != "W3",
        )  # fmt: skip
        for gate in ("line_count", "total_qty", "age", "skew", "identity"):
            self._gate(run_id, code, gate, passed=True)
        self.insert("recon.quarantine", run_id=run_id, warehouse_code=code, side="wms", line_no=17,
                    item_code="X-77", stock_status="Z9", uom="PCE", qty=Decimal(14),
                    **{"class": "UNKNOWN_STATUS"}, missing="stock_status:Z9")  # fmt: skip
        self.insert("recon.quarantine", run_id=run_id, warehouse_code=code, side="erp", line_no=90,
                    item_code="+NEW", uom="PCE", qty=Decimal(3), **{"class": "UNKNOWN_ITEM"},
                    missing="item:+NEW")  # fmt: skip
        self.insert("recon.quarantine", run_id=run_id, warehouse_code=code, side="erp", line_no=91,
                    item_code="PALLET", uom="PCE", qty=Decimal(210), **{"class": "NOT_COMPARABLE"},
                    rule_id=None)  # fmt: skip
        self._totals(run_id, code)

    def _totals(self, run_id: int, code: str) -> None:
        """Add up the night's rows and put the agreed stock beneath them."""
        self.connection.execute(
            """
            INSERT INTO recon.run_total (run_id, warehouse_code, uom, currency, erp_qty, wms_qty,
                cut_off_qty, in_flight_qty, rejected_qty, unconfirmed_qty, carried_qty, erp_drift_qty, wms_drift_qty,
                erp_value, wms_value, cut_off_value, in_flight_value, rejected_value, unconfirmed_value,
                carried_value, erp_drift_value, wms_drift_value)
            SELECT run_id, warehouse_code, uom, coalesce(currency, ''), 40000 + sum(erp_qty), 40000 + sum(wms_qty),
                sum(cut_off_qty), sum(in_flight_qty), sum(rejected_qty), sum(unconfirmed_qty), sum(carried_qty),
                sum(erp_drift_qty), sum(wms_drift_qty),
                900000 + sum(erp_qty * c), 900000 + sum(wms_qty * c), sum(cut_off_qty * c), sum(in_flight_qty * c),
                sum(rejected_qty * c), sum(unconfirmed_qty * c), sum(carried_qty * c), sum(erp_drift_qty * c),
                sum(wms_drift_qty * c)
            FROM recon.difference, LATERAL (SELECT coalesce(unit_cost, 0) AS c) AS cost
            WHERE run_id = %s AND warehouse_code = %s GROUP BY 1, 2, 3, 4
            """,
            (run_id, code),
        )

    def _figures(self, run_id: int, rows: list[dict[str, Any]]) -> None:
        open_rows = [row for row in rows if _is_open(row)]
        keys = sum(21000 + place * 8000 for place in range(3))
        wave = Decimal(self.random.randrange(-20, 20)) / 1000
        old = sum(1 for drift in self.open_keys.values() if drift.nights > 7)
        values: list[tuple[str, str, Any, str, Any]] = [
            (
                "record_accuracy_pct",
                "*",
                100 - Decimal(100 * len(open_rows)) / keys,
                "%",
                Decimal("99.5"),
            ),
            ("raw_agreement_pct", "*", 100 - Decimal(100 * len(rows)) / keys, "%", None),
            (
                "open_value",
                "EUR",
                sum((row["value"] or ZERO for row in open_rows), ZERO),
                "currency",
                None,
            ),
            ("unexplained_ppm", "*", Decimal(len(open_rows) * 200000) / keys, "ppm", Decimal(100)),
            ("open_over_7_count", "*", Decimal(old), "keys", None),
            (
                "rejected_open_count",
                "*",
                Decimal(sum(1 for row in rows if row["rejected_qty"])),
                "messages",
                None,
            ),
            ("dock_to_book_p95_s", "*", Decimal("0.38") + wave, "s", Decimal(1)),
            ("interface_success_pct", "*", Decimal("99.93") + wave, "%", Decimal("99.9")),
            ("first_pass_yield_pct", "*", Decimal("98.1") + wave * 10, "%", None),
        ]
        for name, flow, value, unit, target in values:
            self.insert("recon.figure", run_id=run_id, warehouse_code="*", flow=flow, name=name, value=value,
                        numerator=None, denominator=Decimal(keys), unit=unit, target=target)  # fmt: skip
        for code in WAREHOUSES:
            for abc in "ABC":
                self.insert("recon.figure", run_id=run_id, warehouse_code=code, abc_class=abc,
                            name="record_accuracy_pct", value=Decimal("99.91") - abs(wave),
                            unit="%", target=Decimal("99.5"))  # fmt: skip


def _is_open(row: Mapping[str, Any]) -> bool:
    return bool(row["residual_qty"]) and not row["is_tolerated"]
