"""Keep the simulator's own truth: what physically lies where, in base units.

Nothing here knows crossdock's code. The truth is told by the warehouse actors about what they
physically do, computed with fractions, and compared with the published stock views at the end.
The one rule of the contract that it must know is where goods above a receipt tolerance are
booked: they lie in the warehouse, but as ``blocked`` (:func:`split_over_tolerance`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from threading import Lock
from typing import NamedTuple

from sync.simulate.company import Item

IN_TRANSIT = "in_transit"
# Messages carry decimals; a quantity is exact when it has at most this many decimal places.
SENT_DECIMALS = 3


class StockKey(NamedTuple):
    """Name one balance; lot and location are empty strings where there is none."""

    warehouse: str
    item: str
    lot: str
    location: str
    status: str


class PhysicalError(RuntimeError):
    """Say that an actor tried to take goods that are not there: a defect of the simulator."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Hold one key where book and truth differ, in base units."""

    key: StockKey
    truth: Decimal
    book: Decimal


@dataclass(frozen=True, slots=True)
class TruckLoad:
    """Hold goods on the road between two warehouses; ``qty`` in base units."""

    order_no: str
    order_line_no: int
    source: str
    destination: str
    item: str
    lot: str
    qty: Fraction
    serial: str | None


class Truth:
    """Record physical stock and the goods on trucks; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._stock: dict[StockKey, Fraction] = {}
        self._keys: dict[tuple[str, str], set[StockKey]] = {}
        self._trucks: list[TruckLoad] = []

    def add(self, key: StockKey, qty: Fraction) -> None:
        """Put goods into a place.

        Raises: PhysicalError when ``qty`` is not positive.
        """
        if qty <= 0:
            raise PhysicalError(f"cannot add {qty} to {key}")
        with self._lock:
            self._stock[key] = self._stock.get(key, Fraction(0)) + qty
            self._keys.setdefault((key.warehouse, key.item), set()).add(key)

    def take(self, key: StockKey, qty: Fraction) -> None:
        """Take goods out of a place.

        Raises: PhysicalError when there is less than ``qty``.
        """
        with self._lock:
            held = self._stock.get(key, Fraction(0))
            if qty <= 0 or held < qty:
                raise PhysicalError(f"cannot take {qty} from {key}, it holds {held}")
            self._stock[key] = held - qty

    def move(self, source: StockKey, target: StockKey, qty: Fraction) -> None:
        """Carry goods from one key to another."""
        self.take(source, qty)
        self.add(target, qty)

    def quantity(self, key: StockKey) -> Fraction:
        """Return what lies at a key, 0 when it was never used."""
        with self._lock:
            return self._stock.get(key, Fraction(0))

    def held(self, warehouse: str, item: str) -> list[tuple[StockKey, Fraction]]:
        """Return the keys of one item in a warehouse that hold something, sorted."""
        with self._lock:
            keys = self._keys.get((warehouse, item), set())
            return sorted((key, self._stock[key]) for key in keys if self._stock[key])

    def rows(self, warehouse: str | None = None) -> list[tuple[StockKey, Fraction]]:
        """Return the keys that hold something, sorted; of one warehouse or of all."""
        with self._lock:
            return sorted(
                (key, qty)
                for key, qty in self._stock.items()
                if qty and warehouse in (None, key.warehouse)
            )

    def load(self, goods: TruckLoad, source: StockKey) -> None:
        """Take goods from a place onto a truck; they are in transit of the source warehouse."""
        self.take(source, goods.qty)
        self.add(_in_transit(goods), goods.qty)
        with self._lock:
            self._trucks.append(goods)

    def unload(self, order_no: str, warehouse: str) -> list[TruckLoad]:
        """Return and remove all goods on the road for an order to a warehouse, in loading order.

        The goods leave the transit stock; the caller puts them into its own places.
        """
        with self._lock:
            arrived = [
                goods
                for goods in self._trucks
                if goods.order_no == order_no and goods.destination == warehouse
            ]
            self._trucks = [goods for goods in self._trucks if goods not in arrived]
        for goods in arrived:
            self.take(_in_transit(goods), goods.qty)
        return arrived

    def on_the_road(self) -> int:
        """Return how many loads are on trucks."""
        with self._lock:
            return len(self._trucks)


def _in_transit(goods: TruckLoad) -> StockKey:
    return StockKey(goods.source, goods.item, goods.lot, "", IN_TRANSIT)


def to_base(item: Item, qty: Decimal, uom: str | None) -> Fraction:
    """Convert a quantity of a unit to base units, exactly."""
    return Fraction(qty) * item.factor(uom)


def from_base(item: Item, base: Fraction, uom: str | None) -> Decimal | None:
    """Convert base units to a unit, or return None when that is not exact in three decimals."""
    scaled = base / item.factor(uom) * 10**SENT_DECIMALS
    if scaled.denominator != 1:
        return None
    return decimal(Fraction(scaled, 10**SENT_DECIMALS))


def decimal(value: Fraction) -> Decimal:
    """Return a fraction as a decimal.

    Raises: ValueError when it has no finite decimal form of at most 12 places.
    """
    scaled = value * 10**12
    if scaled.denominator != 1:
        raise ValueError(f"{value} is not a short decimal")
    result = Decimal(scaled.numerator).scaleb(-12)
    return result.quantize(Decimal(1)) if result == result.to_integral() else result.normalize()


def split_over_tolerance(
    ordered: Fraction, done: Fraction, qty: Fraction, over_pct: Decimal | None
) -> tuple[Fraction, Fraction]:
    """Split a receipt into what the tolerance allows and what the book shows as ``blocked``.

    ``ordered``, ``done`` (received before) and ``qty`` are of one order line, in base units; no
    tolerance means none. Source: the contract's rule that over-tolerance is judged on the line's
    cumulative quantity and the part above goes to ``blocked``.
    """
    allowed = ordered * (1 + Fraction(over_pct or 0) / 100)
    normal = max(Fraction(0), min(qty, allowed - done))
    return normal, qty - normal


def compare(
    truth: Iterable[tuple[StockKey, Fraction]], book: Iterable[tuple[StockKey, Decimal]]
) -> list[Difference]:
    """Return every key where truth and book differ; a missing row counts as zero."""
    expected = dict(truth)
    seen: dict[StockKey, Decimal] = {}
    for key, qty in book:
        seen[key] = seen.get(key, Decimal(0)) + qty
    differences = []
    for key in sorted(expected.keys() | seen.keys()):
        real, booked = expected.get(key, Fraction(0)), seen.get(key, Decimal(0))
        if real != Fraction(booked):
            differences.append(Difference(key, decimal(real), booked))
    return differences
