"""Work the floor of a WMS's warehouses: put down, reserve, pick, carry and lose goods.

Every physical act is told to the :class:`~sync.simulate.truth.Truth`. Serial numbers and
reservations are the WMS's own business and live here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from zlib import crc32

from sync.simulate.company import Company
from sync.simulate.truth import StockKey, TruckLoad, Truth

DOCK = "RCV-01"
RETURNS = "RET-01"
PRODUCTION = "PRD-01"


@dataclass(frozen=True, slots=True)
class Goods:
    """Hold goods in hand: where they lie, how many base units, the serial if controlled.

    ``line_no`` is the order line they belong to, None where there is no order; ``uom`` is the
    unit in which the floor counts them.
    """

    key: StockKey
    qty: Fraction
    serial: str | None = None
    line_no: int | None = None
    uom: str | None = None


class Floor:
    """Know what lies in the warehouses of one WMS and what of it is spoken for."""

    def __init__(self, company: Company, truth: Truth, day: date, tag: str) -> None:
        self.company = company
        self.truth = truth
        self._day = day
        self._tag = tag
        self._reserved: dict[StockKey, Fraction] = {}
        self._serials: dict[StockKey, list[str]] = {}
        self._reserved_serials: set[str] = set()

    def expiry(self, item_code: str, lot: str) -> date | None:
        """Return the expiry date of a lot, the same wherever the lot lies.

        None for an item without shelf life, and for a lot that is older than this day: what was
        said of it then is not known any more. Lots of this day carry its tag after one letter.
        """
        days = self.company.item(item_code).shelf_life_days
        if days is None or not lot[1:].startswith(f"{self._tag}-"):
            return None
        return self._day + timedelta(days=days - crc32(lot.encode()) % 60)

    def put(self, goods: Goods) -> None:
        """Put goods down at their key."""
        self.truth.add(goods.key, goods.qty)
        if goods.serial is not None:
            self._serials.setdefault(goods.key, []).append(goods.serial)

    def remove(self, goods: Goods) -> None:
        """Take goods away for good: shipped, consumed, broken or reversed."""
        self.truth.take(goods.key, goods.qty)
        self._forget_serial(goods)

    def carry(self, goods: Goods, location: str, status: str) -> Goods:
        """Carry goods to a location and status; return them as they lie then."""
        target = goods.key._replace(location=location, status=status)
        self.truth.move(goods.key, target, goods.qty)
        self._forget_serial(goods)
        moved = Goods(target, goods.qty, goods.serial, goods.line_no, goods.uom)
        if goods.serial is not None:
            self._serials.setdefault(target, []).append(goods.serial)
        return moved

    def load(self, goods: Goods, order_no: str, destination: str) -> None:
        """Put goods onto the truck to another warehouse."""
        load = TruckLoad(
            order_no=order_no,
            order_line_no=goods.line_no or 0,
            source=goods.key.warehouse,
            destination=destination,
            item=goods.key.item,
            lot=goods.key.lot,
            qty=goods.qty,
            serial=goods.serial,
        )
        self.truth.load(load, goods.key)
        self._forget_serial(goods)

    def free(self, key: StockKey) -> Fraction:
        """Return what lies at a key and is not reserved."""
        return self.truth.quantity(key) - self._reserved.get(key, Fraction(0))

    def free_keys(
        self, warehouse: str, item_code: str, status: str = "unrestricted"
    ) -> list[tuple[StockKey, Fraction]]:
        """Return storage places of an item with something free, oldest expiry first."""
        storage = set(self.company.places(warehouse, "storage"))
        found = [
            (key, self.free(key))
            for key, _ in self.truth.held(warehouse, item_code)
            if key.status == status and key.location in storage and self.free(key) > 0
        ]
        latest = date.max
        return sorted(found, key=lambda row: (self.expiry(item_code, row[0].lot) or latest, row[0]))

    def reserve(
        self,
        warehouse: str,
        item_code: str,
        wanted: Fraction,
        *,
        line_no: int | None = None,
        uom: str | None = None,
        status: str = "unrestricted",
    ) -> list[Goods]:
        """Reserve up to ``wanted`` base units from as many places as needed.

        Returns what was found, possibly less; serial-controlled goods piece by piece.
        """
        picked: list[Goods] = []
        serial_controlled = self.company.item(item_code).serial
        for key, free in self.free_keys(warehouse, item_code, status):
            if wanted <= 0:
                break
            qty = min(wanted, free)
            if serial_controlled:
                serials = self.free_serials(key)[: int(qty)]
                self._reserved_serials.update(serials)
                picked += [Goods(key, Fraction(1), one, line_no, uom) for one in serials]
                qty = Fraction(len(serials))
            else:
                picked.append(Goods(key, qty, None, line_no, uom))
            if qty:
                self._reserved[key] = self._reserved.get(key, Fraction(0)) + qty
                wanted -= qty
        return picked

    def release(self, goods: Goods) -> None:
        """Give a reservation back, before the goods are removed, loaded or put back."""
        self._reserved[goods.key] -= goods.qty
        if goods.serial is not None:
            self._reserved_serials.discard(goods.serial)

    def free_serials(self, key: StockKey) -> list[str]:
        """Return the serial numbers that lie at a key and are not reserved."""
        serials = self._serials.get(key, [])
        return [serial for serial in serials if serial not in self._reserved_serials]

    def _forget_serial(self, goods: Goods) -> None:
        if goods.serial is not None:
            self._serials[goods.key].remove(goods.serial)
