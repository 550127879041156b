"""Play nights in which every class of difference is made on purpose, and compare what is reported.

Each fault is put on an item of its own, which moves several times that day. What a run reports of
that key (or, for lines set apart, of that line) is counted against what was made: a confusion table.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sync.recon.run import RunResult, reconcile
from tests.support.builders import Document
from tests.support.builders_world import World
from tests.support.nights import Nights, Place, lines_of

WAREHOUSES = ("W1", "W2", "W3")
#: Not reported as a class of its own: the run of a warehouse's first night is the opening.
APART = ("UNKNOWN_ITEM", "UNKNOWN_STATUS", "UNKNOWN_UOM", "DUPLICATE_KEY", "NOT_COMPARABLE")

Expected = dict[tuple[str, Place], str]


@dataclass
class Tally:
    """Count what was made against what was reported, over all nights."""

    cells: Counter[tuple[str, str]] = field(default_factory=Counter)
    keys: int = 0

    @property
    def misses(self) -> list[tuple[str, str, int]]:
        """Return (made, reported, how often) where they differ."""
        return sorted((made, told, n) for (made, told), n in self.cells.items() if made != told)

    def lines(self) -> list[str]:
        """Return the table as text: a line for each class that was made."""
        made = sorted({pair[0] for pair in self.cells})
        found = []
        for name in made:
            told = {b: n for (a, b), n in sorted(self.cells.items()) if a == name}
            total = sum(told.values())
            right = told.pop(name, 0)
            others = ", ".join(f"{other} {n}" for other, n in told.items())
            found.append(f"{name:<22} {total:>5} made {right:>5} found  {others}".rstrip())
        return found


class Month:
    """Hold three warehouses, make faults in them, and reconcile each night."""

    def __init__(self, world: World, seed: int = 1) -> None:
        self.world = world
        self.random = random.Random(seed)  # noqa: S311 - a seed gives the same month
        self.places = {code: Nights(world, code) for code in WAREHOUSES}
        self.items = 0
        self.tally = Tally()
        self.expected: Expected = {}
        self.carried: dict[tuple[str, Place], str] = {}
        self._after: list[Callable[[], None]] = []
        self._held: dict[str, set[str]] = {code: set() for code in WAREHOUSES}
        self._extra: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self._apart: list[tuple[str, str, str]] = []
        self._behind: list[tuple[Nights, dict[str, Any]]] = []

    # Small words for the faults

    def item(self, **columns: Any) -> str:
        """Make an item, a piece of which twelve are a box, and return its code."""
        self.items += 1
        code = f"I{self.items:04}"
        cost = Decimal(self.random.randint(50, 5000)) / 100
        self.world.erp.item(
            code,
            abc_class=self.random.choice("ABC"),
            unit_cost=cost,
            currency="EUR",
            **columns,
        )
        self.world.erp.item_uom(code, "BOX", 12)
        return code

    def busy(self, at: Nights, **line: Any) -> tuple[str, list[Document]]:
        """Return an item that was received and shipped several times today, and its receipts."""
        code = line.pop("item", None) or self.item()
        receipts = [at.receive(code, self.random.randint(400, 900), **line)]
        receipts.append(at.receive(code, self.random.randint(31, 99), **line))
        at.ship(code, self.random.randint(10, 30), **line)
        return code, receipts

    def expect(self, at: Nights, place: Place, name: str, *, stays: bool = True) -> None:
        """Say what tonight's run should call a key; what stays is carried forward afterwards."""
        self.expected[at.warehouse, place] = name
        if stays:
            self.carried[at.warehouse, place] = name

    def odd(self) -> int:
        """Return a quantity that no movement of the day has."""
        return self.random.choice((1009, 1013, 1019, 1021, 1031, 1033))

    # The faults

    def cut_off(self, at: Nights) -> None:
        """Let the ERP post what the WMS's snapshot does not contain yet."""
        code, _ = self.busy(at)
        self._behind.append((at, {"item": code, "qty": self.random.randint(5, 20)}))
        self.expect(at, Place(code), "CUT_OFF", stays=False)

    def in_flight(self, at: Nights) -> None:
        """Leave it in the ERP's inbox."""
        self._unposted(at, "IN_FLIGHT", timedelta(minutes=5))

    def in_flight_late(self, at: Nights) -> None:
        """Leave it there for too long."""
        self._unposted(at, "IN_FLIGHT_LATE", timedelta(hours=6))

    def _unposted(self, at: Nights, name: str, age: timedelta) -> None:
        code, _ = self.busy(at)
        document = at.receive(code, self.random.randint(5, 20), occurred_at=at.now - age)
        self._held[at.warehouse].add(document.number or "")
        self.expect(at, Place(code), name, stays=False)

    def unconfirmed(self, at: Nights) -> None:
        """Let the ERP take it and not answer for hours."""
        code, _ = self.busy(at)
        document = at.receive(
            code, self.random.randint(5, 20), occurred_at=at.now - timedelta(hours=3)
        )
        number = document.number or ""
        self._held[at.warehouse].add(number)
        self.world.drain()
        row = self.world.erp.inbox(doc_no=number)[0]
        self.world.erp.answer(row["delivery_id"], "taken")
        self.expect(at, Place(code), "UNCONFIRMED", stays=False)

    def rejected(self, at: Nights) -> None:
        """Send it without its reason, and again the next day."""
        code, _ = self.busy(at)
        qty = self.random.randint(5, 20)
        document = at.receive(code, qty, reason_code=None)
        self.expect(at, Place(code), "REJECTED", stays=False)

        def repair() -> None:
            at.receive_again(document, code, qty)

        self._after.append(repair)

    def late_message(self, at: Nights) -> None:
        """Have it in the WMS's book tonight, tell it tomorrow."""
        code, _ = self.busy(at)
        qty = self.odd()
        seq = at.reserve(code, qty)
        place = Place(code)
        self.expect(at, place, "UNREPORTED_WMS", stays=False)

        def tell() -> None:
            at.tell(code, qty, seq)
            self.expect(at, place, "LATE_MESSAGE", stays=False)

        self._after.append(tell)

    def rounding(self, at: Nights) -> None:
        """Let the ERP write two decimals of a weight, the WMS three."""
        code = self.item(base_uom="KGM")
        at.receive(code, "10.125")
        at.receive(code, "4.25")
        self._later(at, code, Decimal("0.005"), "ROUNDING")

    def lot_granularity(self, at: Nights) -> None:
        """Let the ERP keep an item without its lots."""
        code = self.item(lot_controlled=True)
        for lot in ("X1", "X2"):
            at.receive(code, self.random.randint(20, 90), lot_no=lot)

        def forget_lots() -> None:
            for lot in ("X1", "X2"):
                at.erp[Place(code)] += at.erp.pop(Place(code, lot))

        self._before_night(forget_lots)
        for lot in ("", "X1", "X2"):
            self.expect(at, Place(code, lot), "LOT_GRANULARITY")

    def status_shift(self, at: Nights) -> None:
        """Block it in the ERP alone."""
        code, _ = self.busy(at)
        qty = self.odd() % 100 + 100
        self._shift(at, Place(code), at, Place(code, "", "blocked"), qty, "STATUS_SHIFT")

    def lot_shift(self, at: Nights) -> None:
        """Post to the wrong lot."""
        code = self.item(lot_controlled=True)
        for lot in ("Y1", "Y2"):
            self.busy(at, item=code, lot_no=lot)
        self._shift(at, Place(code, "Y1"), at, Place(code, "Y2"), 123, "LOT_SHIFT")

    def warehouse_shift(self, at: Nights) -> None:
        """Post to the wrong warehouse."""
        other = self.places["W2" if at.warehouse == "W1" else "W1"]
        code, _ = self.busy(at)
        self.busy(other, item=code)
        self._shift(at, Place(code), other, Place(code), 127, "WAREHOUSE_SHIFT")

    def _shift(
        self, at: Nights, source: Place, to: Nights, target: Place, qty: int, name: str
    ) -> None:
        def shift() -> None:
            at.erp[source] -= qty
            to.erp[target] += qty

        self._before_night(shift)
        self.expect(at, source, name)
        self.expect(to, target, name)

    def uom_balance(self, at: Nights) -> None:
        """Let the ERP keep boxes where it should keep pieces."""
        code = self.item()
        at.receive(code, 1200)
        at.receive(code, 240, stock_status="quality")
        places = (Place(code), Place(code, "", "quality"))

        def divide() -> None:
            for place in places:
                at.erp[place] /= 12

        self._before_night(divide)
        for place in places:
            self.expect(at, place, "UOM_BALANCE")

    def _echoed(
        self, at: Nights, name: str, off: Callable[[int], int], *echoes: dict[str, Any]
    ) -> None:
        code = self.item()
        qty = self.random.randint(101, 199)
        at.receive(code, self.random.randint(500, 900))
        document = at.receive(code, qty)
        at.echoed_apart.add(document.number)

        def post() -> None:
            at.erp[Place(code)] += off(qty)
            for number, echo in enumerate(echoes):
                told = {"qty": qty, **echo}
                at.echo(document, told.pop("qty"), ref=f"{code}-{number}", **told)

        self._before_night(post)
        self.expect(at, Place(code), name)

    def duplicate(self, at: Nights) -> None:
        """Post twice, as the echo proves."""
        self._echoed(at, "DUPLICATE", lambda qty: qty, {}, {})

    def qty_mispost(self, at: Nights) -> None:
        """Post another quantity."""
        self._echoed(at, "QTY_MISPOST", lambda qty: 77 - qty, {"qty": 77})

    def uom_mispost(self, at: Nights) -> None:
        """Post in boxes."""
        self._echoed(at, "UOM_MISPOST", lambda qty: 11 * qty, {"uom": "BOX"})

    def misrouted(self, at: Nights) -> None:
        """Post to another item."""
        other, _ = self.busy(at)
        code = self.item()
        document = at.receive(code, 151)
        at.echoed_apart.add(document.number)

        def post() -> None:
            at.erp[Place(code)] -= 151
            at.erp[Place(other)] += 151
            at.echo(document, 151, ref=f"{code}-0", item_code=other)

        self._before_night(post)
        self.expect(at, Place(code), "MISROUTED")
        self.expect(at, Place(other), "MISROUTED")

    def seq_gap(self, _: Nights) -> None:
        """Lose a fact of a WMS that numbers without gaps."""
        gapless = self.places["W3"]
        code, _receipts = self.busy(gapless)
        gapless.reserve(code, self.odd())
        self.expect(gapless, Place(code), "SEQ_GAP")

    def possible_duplicate(self, at: Nights) -> None:
        """Post twice, without an echo."""
        self._by_numbers(at, "POSSIBLE_DUPLICATE", 1)

    def possible_lost_apply(self, at: Nights) -> None:
        """Accept and never post."""
        self._by_numbers(at, "POSSIBLE_LOST_APPLY", -1)

    def possible_sign(self, at: Nights) -> None:
        """Post a receipt as an issue."""
        self._by_numbers(at, "POSSIBLE_SIGN", -2)

    def possible_uom_move(self, at: Nights) -> None:
        """Post one receipt in boxes."""
        self._by_numbers(at, "POSSIBLE_UOM_MOVE", 11)

    def _by_numbers(self, at: Nights, name: str, factor: int) -> None:
        code = self.item()
        qty = self.random.randint(101, 199)
        at.receive(code, 5000)
        at.receive(code, qty)
        at.ship(code, self.random.randint(10, 30))
        self._later(at, code, factor * qty, name)

    def _later(self, at: Nights, code: str, qty: int | Decimal, name: str) -> None:
        def change() -> None:
            at.erp[Place(code)] += qty

        self._before_night(change)
        self.expect(at, Place(code), name)

    def unreported_erp(self, at: Nights) -> None:
        """Change the ERP by hand."""
        code, _ = self.busy(at)
        self._later(at, code, self.odd(), "UNREPORTED_ERP")

    def unreported_wms(self, at: Nights) -> None:
        """Change the floor and never tell."""
        code, _ = self.busy(at)
        at.floor[Place(code)] -= self.odd()
        self.expect(at, Place(code), "UNREPORTED_WMS")

    def unexplained(self, at: Nights) -> None:
        """Change both by hand."""
        code, _ = self.busy(at)
        at.floor[Place(code)] -= self.odd()
        self._later(at, code, 1 + self.odd(), "UNEXPLAINED")

    def lines_apart(self, at: Nights) -> None:
        """Name in a snapshot what nobody knows, and one place twice."""
        code, _ = self.busy(at)
        out, _ = self.busy(at)
        self.world.admin.connection.execute(
            "INSERT INTO recon.scope_rule (item_code, valid_from, reason)"
            " VALUES (%s, '2000-01-01', 'consignment')",
            (out,),
        )
        known = self.item()
        self._extra[at.warehouse] = {
            "erp": [
                {"item_code": f"NOBODY-{code}", "qty": 3},
                {"item_code": known, "qty": 4, "stock_status": "mislaid"},
                {"item_code": known, "qty": 5, "uom": "CRATE", "stock_status": "returns"},
            ],
            "wms": [{"item_code": code, "qty": 6, "stock_status": "blocked"}] * 2,
        }
        self.expect(at, Place(code, "", "blocked"), "DUPLICATE_KEY", stays=False)
        self._apart += [
            (at.warehouse, f"NOBODY-{code}", "UNKNOWN_ITEM"),
            (at.warehouse, known, "UNKNOWN_STATUS"),
            (at.warehouse, known, "UNKNOWN_UOM"),
            (at.warehouse, code, "DUPLICATE_KEY"),
            (at.warehouse, out, "NOT_COMPARABLE"),
        ]

    def _before_night(self, act: Callable[[], None]) -> None:
        self._evening.append(act)

    # The nights

    def opening(self) -> None:
        """Run the first night: one warehouse differs from the start."""
        self._evening: list[Callable[[], None]] = []
        for at in self.places.values():
            for _ in range(3):
                self.busy(at)
        code, _ = self.busy(self.places["W1"])
        self._later(self.places["W1"], code, 17, "OPENING_DIFFERENCE")
        self._night()

    def day(self, *faults: str) -> None:
        """Make each of the faults in one of two warehouses, and run the night."""
        self._evening = []
        after, self._after = self._after, []
        for act in after:
            act()
        for fault in faults:
            getattr(self, fault)(self.places[self.random.choice(("W1", "W2"))])
        self._night()

    def _night(self) -> None:
        for code, at in self.places.items():
            at.post(except_for=self._held[code])
            self._held[code] = set()
        for act in self._evening:
            act()
        told: dict[str, dict[str, Any]] = {}
        for code, at in self.places.items():
            behind = [line for where, line in self._behind if where is at]
            told[code] = {}
            if behind:  # the WMS's extract is made first, and the ERP's when more has happened
                told[code] = {
                    "wms_lines": lines_of(at.floor), "wms": {"through_seq": at.source_seq},
                }  # fmt: skip
                before = at.source_seq
                for line in behind:
                    at.receive(line["item"], line["qty"])
                at.post(
                    except_for=at.unposted()
                    - {f"GO-{code}-{n}" for n in range(before + 1, at.source_seq + 1)}
                )
            extra = self._extra.get(code, {})
            if extra:
                told[code].setdefault("wms_lines", lines_of(at.floor))
                told[code]["wms_lines"] = [*told[code]["wms_lines"], *extra["wms"]]
                told[code]["erp_lines"] = [*lines_of(at.erp), *extra["erp"]]
        for code, at in self.places.items():
            at.snapshots(**told[code])
        run = reconcile(self.world.store, list(WAREHOUSES), self.places["W1"].now)
        assert run.state == "closed", run.reason
        self._compare(run)
        self._behind, self._extra, self._apart = [], {}, []

    def _compare(self, run: RunResult) -> None:
        rows = self.world.admin.read(
            "SELECT warehouse_code, item_code, lot_no, stock_status, class FROM recon.difference"
            " WHERE run_id = %s AND NOT 'CLOSED' = ANY(flags)",
            run.run_id,
        )
        told = {
            (
                row["warehouse_code"],
                Place(row["item_code"], row["lot_no"], row["stock_status"]),
            ): row["class"]
            for row in rows
        }
        carried = {key: "CARRIED_FORWARD" for key in self.carried if key not in self.expected}
        for key, name in {**carried, **self.expected}.items():
            self.tally.cells[name, told.pop(key, "not listed")] += 1
            self.tally.keys += 1
        for name in told.values():
            self.tally.cells["nothing", name] += 1
        apart = Counter(
            (row["warehouse_code"], row["item_code"], row["class"])
            for row in self.world.admin.read(
                "SELECT warehouse_code, item_code, class FROM recon.quarantine WHERE run_id = %s",
                run.run_id,
            )
        )
        for found in self._apart:
            self.tally.cells[found[2], found[2] if apart[found] else "not listed"] += 1
        self.expected = {}

    def waterfall(self) -> list[dict[str, Any]]:
        """Return the totals of all runs that do not add up; none when all do."""
        return self.world.admin.read(
            "SELECT * FROM recon.run_total WHERE erp_qty <> wms_qty + cut_off_qty + in_flight_qty"
            " + rejected_qty + unconfirmed_qty + carried_qty + erp_drift_qty - wms_drift_qty"
            " OR erp_value <> wms_value + cut_off_value + in_flight_value + rejected_value"
            " + unconfirmed_value + carried_value + erp_drift_value - wms_drift_value"
        )


FAULTS = (
    "cut_off", "in_flight", "in_flight_late", "unconfirmed", "rejected", "late_message", "rounding",
    "lot_granularity", "status_shift", "lot_shift", "warehouse_shift", "uom_balance", "duplicate",
    "qty_mispost", "uom_mispost", "misrouted", "seq_gap", "possible_duplicate",
    "possible_lost_apply", "possible_sign", "possible_uom_move", "unreported_erp", "unreported_wms",
    "unexplained", "lines_apart",
)  # fmt: skip
