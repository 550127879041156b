"""Describe the simulated company: items, partners, warehouses, places, codes, recipes.

Quantities and factors are exact: units are integer ratios, base quantities are fractions.
``founding`` builds a company from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from sync.simulate.goods import Unit

ERP_SYSTEM = "ERP"
NORTH_SYSTEM = "WMSNORTH"
PORT_SYSTEM = "WMSPORT"
CRATE_ITEM = "CR-7005"
STATUSES = ("unrestricted", "quality", "blocked", "returns")


@dataclass(frozen=True, slots=True)
class Item:
    """Hold one item of the master data; ``units`` are its units besides the base unit.

    ``late_units`` are units that the warehouses use already and the ERP has not sent yet.
    """

    code: str
    number: int
    description: str
    group: str
    role: str
    base_uom: str
    units: tuple[Unit, ...]
    abc_class: str
    gtin: str
    unit_cost: Decimal
    lot: bool
    serial: bool
    inspected: bool
    shelf_life_days: int | None
    late_units: tuple[Unit, ...] = ()

    def factor(self, uom: str | None) -> Fraction:
        """Return how many base units one ``uom`` is; ``None`` means the base unit.

        Raises: KeyError when the item has no such unit.
        """
        if uom is None or uom == self.base_uom:
            return Fraction(1)
        for unit in (*self.units, *self.late_units):
            if unit.uom == uom:
                return Fraction(unit.numerator, unit.denominator)
        raise KeyError(f"{self.code} has no unit {uom}")


@dataclass(frozen=True, slots=True)
class Party:
    """Hold a supplier, customer or carrier."""

    code: str
    role: str
    name: str
    country_code: str


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Hold a warehouse and the WMS (by system code) that runs it."""

    code: str
    name: str
    time_zone: str
    system: str


@dataclass(frozen=True, slots=True)
class Location:
    """Hold a place in a warehouse; ``kind`` is dock, storage, returns or production."""

    warehouse: str
    code: str
    zone: str
    kind: str


@dataclass(frozen=True, slots=True)
class Code:
    """Hold one row of a system's code map."""

    system: str
    domain: str
    external: str
    canonical: str


@dataclass(frozen=True, slots=True)
class Opening:
    """Hold the opening stock of one key; ``qty`` in base units; serials only where controlled."""

    warehouse: str
    item: str
    lot: str
    location: str
    status: str
    qty: Fraction
    serials: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """Hold everything that exists before the day begins."""

    seed: int
    items: dict[str, Item]
    parties: tuple[Party, ...]
    warehouses: tuple[Warehouse, ...]
    locations: tuple[Location, ...]
    codes: tuple[Code, ...]
    recipes: dict[str, tuple[tuple[str, Fraction], ...]]
    opening: tuple[Opening, ...]
    late_items: dict[str, Item] = field(default_factory=dict)

    def item(self, code: str) -> Item:
        """Return an item, also one whose master data the ERP has not sent yet."""
        return self.items.get(code) or self.late_items[code]

    def role(self, *roles: str) -> list[Item]:
        """Return the items of these roles in code order."""
        return [item for item in self.items.values() if item.role in roles]

    def partners(self, role: str) -> list[Party]:
        """Return the parties of a role in code order."""
        return [party for party in self.parties if party.role == role]

    def places(self, warehouse: str, kind: str) -> list[str]:
        """Return the location codes of a kind in a warehouse."""
        return [
            place.code
            for place in self.locations
            if place.warehouse == warehouse and place.kind == kind
        ]

    def system_of(self, warehouse: str) -> str:
        """Return the system code of the WMS that runs a warehouse."""
        return next(place.system for place in self.warehouses if place.code == warehouse)


WAREHOUSES = (
    Warehouse("HAM", "Hamburg distribution centre", "Europe/Berlin", NORTH_SYSTEM),
    Warehouse("LEJ", "Leipzig roastery and warehouse", "Europe/Berlin", NORTH_SYSTEM),
    Warehouse("RTM", "Rotterdam port warehouse", "Europe/Amsterdam", PORT_SYSTEM),
)
