"""Found the simulated company: the same seed always gives the same one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from random import Random

from sync.simulate.company import (
    CRATE_ITEM,
    PORT_SYSTEM,
    STATUSES,
    WAREHOUSES,
    Code,
    Company,
    Item,
    Location,
    Opening,
    Party,
    Warehouse,
)
from sync.simulate.goods import FAMILIES, Family, Unit

_SUPPLIERS = (
    ("Santos Coffee Exporters", "BR"),
    ("Sidamo Growers Union", "ET"),
    ("Antigua Highland Estates", "GT"),
    ("Ceylon and Assam Tea Trading", "IN"),
    ("Kanto Green Tea Works", "JP"),
    ("Lombard Espresso Machines", "IT"),
    ("Bohemia Porcelain Works", "CZ"),
    ("Rhine Packaging Supplies", "DE"),
    ("Flanders Syrup House", "BE"),
    ("Elbe Cleaning Products", "DE"),
    ("Iberia Glassware", "ES"),
    ("Nordic Kitchen Tools", "SE"),
)
_CUSTOMERS = (
    ("Harbour Cafe Group", "DE"),
    ("Old Town Coffee Bars", "DE"),
    ("Canal Side Bakeries", "NL"),
    ("Alpine Hotels Purchasing", "AT"),
    ("Metro Office Catering", "DE"),
    ("Fjord Food Stores", "NO"),
    ("Baltic Online Kitchen Shop", "PL"),
    ("Green Leaf Tea Rooms", "DK"),
    ("Campus Canteens North", "DE"),
    ("Station Kiosks", "DE"),
    ("Tulip Department Stores", "NL"),
    ("Vineyard Restaurants", "FR"),
    ("Lakeside Hotels", "CH"),
    ("City Gift Boutiques", "BE"),
    ("Riverside Roast Bars", "LU"),
    ("Pier Seven Bistros", "DE"),
)
_CARRIERS = (
    ("North Sea Parcel", "DE"),
    ("Continental Road Freight", "NL"),
    ("Elbe Pallet Network", "DE"),
    ("Green Mile Couriers", "NL"),
)
_UOM_CODES = {
    "PCE": "EA",
    "KG": "KGM",
    "G": "GRM",
    "LB": "LBR",
    "BOX6": "CS6",
    "BOX12": "CS12",
    "PAL": "PLT",
    "BAG60": "BG60",
    "BAG25": "BG25",
    "BUNDLE": "BDL",
}
_STATUS_CODES = {"unrestricted": "AVL", "quality": "QIN", "blocked": "HLD", "returns": "RTN"}


def gtin(number: int) -> str:
    """Return a 13-digit article number with its check digit, from the range for internal use."""
    digits = f"20{number:010d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"


def build_company(seed: int, scale: float = 1.0, ordinal: int = 0) -> Company:
    """Build the company of a seed; ``scale`` above 1 raises the opening stock with the demand.

    ``ordinal`` counts the simulated days of one database: each brings one new item and one new
    unit of its own, which the warehouses use before the ERP has sent them. Those of earlier days
    are ordinary ones by now.
    """
    random = Random(f"company/{seed}")
    items = _items(random, ordinal)
    items.update((late.code, late) for late in map(_late_item, range(ordinal)))
    locations = _locations()
    late = _late_item(ordinal)
    company = Company(
        seed=seed,
        items=items,
        parties=_parties(),
        warehouses=WAREHOUSES,
        locations=locations,
        codes=(),
        recipes=_recipes(items),
        opening=(),
        late_items={late.code: late},
    )
    return Company(
        seed=seed,
        items=items,
        parties=company.parties,
        warehouses=WAREHOUSES,
        locations=locations,
        codes=_port_codes(company),
        recipes=company.recipes,
        opening=tuple(_opening(company, random, max(1.0, scale))),
        late_items=company.late_items,
    )


def _family(prefix: str) -> Family:
    return next(family for family in FAMILIES if family.prefix == prefix)


def _item(random: Random, family: Family, code: str, number: int, name: str) -> Item:
    low, high = family.cost
    cost = low + (high - low) * Decimal(random.randint(0, 1000)) / 1000
    return Item(
        code=code,
        number=number,
        description=name,
        group=family.group,
        role=family.role,
        base_uom=family.base_uom,
        units=family.packs,
        abc_class=random.choices("ABC", weights=(2, 3, 5))[0],
        gtin=gtin(number),
        unit_cost=cost.quantize(Decimal("0.01")),
        lot=family.lot,
        serial=family.serial,
        inspected=family.inspected,
        shelf_life_days=family.shelf_life_days,
    )


def _late_item(ordinal: int) -> Item:
    number = 90001 + ordinal
    random = Random(f"late/{number}")
    return _item(random, _family("AC"), f"AC-{number}", number, "Travel mug steel 400 ml")


def _items(random: Random, ordinal: int) -> dict[str, Item]:
    items: dict[str, Item] = {}
    for block, family in enumerate(FAMILIES, start=1):
        for place, name in enumerate(family.names, start=1):
            code = f"{family.prefix}-{block}{place:03d}"
            items[code] = _item(random, family, code, block * 1000 + place, name)
    crate = items[CRATE_ITEM]
    known, late = (
        tuple(Unit(f"CRATE20-{number}", 20) for number in numbers)
        for numbers in (range(1, ordinal + 1), range(ordinal + 1, ordinal + 2))
    )
    items[CRATE_ITEM] = replace(crate, units=crate.units + known, late_units=late)
    return items


def _parties() -> tuple[Party, ...]:
    groups = (("supplier", "SUP", _SUPPLIERS), ("customer", "CUS", _CUSTOMERS))
    parties = [
        Party(f"{prefix}-{number:03d}", role, name, country)
        for role, prefix, names in groups
        for number, (name, country) in enumerate(names, start=101)
    ]
    parties += [
        Party(f"CAR-{number}", "carrier", name, country)
        for number, (name, country) in enumerate(_CARRIERS, start=1)
    ]
    return tuple(parties)


def _locations() -> tuple[Location, ...]:
    places: list[Location] = []
    for warehouse in WAREHOUSES:
        places.append(Location(warehouse.code, "RCV-01", "DOCK", "dock"))
        places.append(Location(warehouse.code, "RET-01", "RETURNS", "returns"))
        places.append(Location(warehouse.code, "PRD-01", "PRODUCTION", "production"))
        places += [
            Location(warehouse.code, f"{aisle}-{bay:02d}-{level}", aisle, "storage")
            for aisle in "ABC"
            for bay in range(1, 9)
            for level in (1, 2)
        ]
    return tuple(places)


def _recipes(items: dict[str, Item]) -> dict[str, tuple[tuple[str, Fraction], ...]]:
    """Return per made item its components: item code and base quantity per piece."""
    code_of = {item.description: item.code for item in items.values()}
    green = [item.code for item in items.values() if item.group == "Green coffee"]
    cups = [item.code for item in items.values() if item.group == "Crockery"]
    teas = [item.code for item in items.values() if item.group == "Tea"]
    recipes: dict[str, tuple[tuple[str, Fraction], ...]] = {}
    for place, item in enumerate(one for one in items.values() if one.role == "made"):
        if item.group == "Roasted coffee":
            size = "1 kg" if item.description.endswith("1 kg") else "250 g"
            kilograms = Fraction(1) if size == "1 kg" else Fraction(1, 4)
            recipes[item.code] = (
                (green[place % len(green)], kilograms * Fraction(7, 10)),
                (green[(place + 3) % len(green)], kilograms * Fraction(48, 100)),
                (code_of[f"Valve bag {size}"], Fraction(1)),
                (code_of["Label roasted coffee"], Fraction(1)),
                (code_of[f"Carton 12 x {size}"], Fraction(1, 12)),
            )
        else:
            recipes[item.code] = (
                (teas[place % len(teas)], Fraction(1)),
                (cups[place % len(cups)], Fraction(2)),
                (code_of["Gift box large"], Fraction(1)),
                (code_of["Label gift set"], Fraction(1)),
            )
    return recipes


def _port_codes(company: Company) -> tuple[Code, ...]:
    """Return the code map of the port WMS, which has its own word for nearly everything."""
    pairs = [
        ("item", f"7{item.number:06d}", item.code)
        for item in (*company.items.values(), *company.late_items.values())
    ]
    pairs += [("uom", external, canonical) for canonical, external in _UOM_CODES.items()]
    pairs += [("stock_status", own, status) for status, own in _STATUS_CODES.items()]
    rtm = [place for place in company.locations if place.warehouse == "RTM"]
    pairs += [
        ("location", f"{number:05d}", place.code) for number, place in enumerate(rtm, start=10001)
    ]
    pairs += [
        ("carrier", f"{party.code[-1]}{party.name[:3].upper()}", party.code)
        for party in company.partners("carrier")
    ]
    return tuple(Code(PORT_SYSTEM, domain, own, canonical) for domain, own, canonical in pairs)


def _opening(company: Company, random: Random, scale: float) -> list[Opening]:
    rows: list[Opening] = []
    for warehouse in company.warehouses:
        storage = company.places(warehouse.code, "storage")
        for item in company.items.values():
            rows += [
                _opening_row(warehouse, item, number, storage, random, scale)
                for number in range(random.choice((1, 1, 2, 3)))
            ]
    return rows


def _opening_row(
    warehouse: Warehouse,
    item: Item,
    number: int,
    storage: list[str],
    random: Random,
    scale: float,
) -> Opening:
    lot = f"L{item.number}{warehouse.code[0]}{number}" if item.lot else ""
    serials: tuple[str, ...] = ()
    if item.serial:
        count = int(random.randint(6, 14) * scale)
        serials = tuple(
            f"SN{item.number}{warehouse.code}{number}{place:03d}" for place in range(count)
        )
        qty = Fraction(count)
    elif item.role == "packaging":
        qty = Fraction(int(random.randint(90, 160) * 100 * scale))
    elif item.base_uom == "KG":
        qty = Fraction(int(random.randint(600, 1800) * scale * 1000) + random.randint(0, 999), 1000)
    else:
        qty = Fraction(int(random.randint(500, 1600) * scale))
    status = random.choices(STATUSES[:3], weights=(93, 4, 3))[0]
    place = random.choice(storage)
    return Opening(warehouse.code, item.code, lot, place, status, qty, serials)
