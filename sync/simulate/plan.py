"""Plan a business day: which orders the ERP releases when, and what the world does with them.

Everything is decided here from the seed before the day starts: orders, changes of mind, and the
``fate`` of each order (what the supplier really sends, what the floor really manages). So the
quantities of a day do not depend on the timing of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from random import Random

from sync.simulate.clock import CLOSE_ORDERS_HOUR
from sync.simulate.company import Company, Item
from sync.simulate.truth import decimal, from_base

# How many orders of each type a day has at scale 1.
VOLUMES = {
    "purchase_order": 150,
    "sales_order": 260,
    "production_order": 50,
    "transfer_order": 45,
    "customer_return": 35,
    "supplier_return": 30,
}
PREFIXES = {
    "purchase_order": "PO",
    "sales_order": "SO",
    "production_order": "MO",
    "transfer_order": "TO",
    "customer_return": "CR",
    "supplier_return": "SR",
}
# When orders are released: hour and weight. Purchases early, sales in waves before the carriers.
RELEASE_HOURS: Mapping[str, Mapping[int, int]] = {
    "purchase_order": {6: 5, 7: 4, 8: 3, 9: 2, 10: 2, 11: 1},
    "sales_order": {6: 3, 7: 7, 8: 4, 9: 3, 10: 6, 11: 2, 12: 5, 13: 3, 14: 4, 15: 2},
    "production_order": {6: 5, 7: 3, 8: 2, 10: 2, 11: 1},
    "transfer_order": {7: 3, 8: 3, 9: 2, 10: 2, 12: 2, 13: 1},
    "customer_return": {8: 2, 9: 3, 10: 3, 11: 2, 13: 2},
    "supplier_return": {9: 2, 10: 2, 11: 2, 13: 2, 14: 1},
}
FATES: Mapping[str, Mapping[str, int]] = {
    "purchase_order": {
        "exact": 70,
        "within_tolerance": 8,
        "in_two": 10,
        "short_final": 5,
        "short_open": 4,
        "reversed": 3,
        "by_item": 6,
    },
    "sales_order": {"exact": 80, "in_two": 9, "short": 7, "refused": 2, "line_refused": 2},
    "production_order": {"exact": 7, "high_yield": 1, "low_yield": 2},
    "transfer_order": {"exact": 8, "in_two": 1, "overnight": 1},
    "customer_return": {"exact": 1},
    "supplier_return": {"exact": 1},
}
RETURN_REASONS = ("DAMAGED", "WRONG ITEM", "QUALITY", "NOT ORDERED")


@dataclass(frozen=True, slots=True)
class OrderLine:
    """Hold one line of an order as the ERP writes it."""

    line_no: int
    item: str
    qty: Decimal
    uom: str | None
    over_pct: Decimal | None = None
    under_pct: Decimal | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """Hold a later message on an order: a new revision with all its lines, a cancel or a close."""

    hour: int
    action: str
    revision: int
    lines: tuple[OrderLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """Hold one order of the plan; ``fate`` is known to the world, not to either system."""

    kind: str
    order_no: str
    warehouse: str
    hour: int
    due_hour: int
    lines: tuple[OrderLine, ...]
    party: str | None = None
    carrier: str | None = None
    to_warehouse: str | None = None
    product: str | None = None
    product_qty: Decimal | None = None
    product_uom: str | None = None
    fate: str = "exact"
    revision: int = 1
    changes: tuple[Change, ...] = ()


def plan_day(company: Company, seed: int, scale: float, tag: str) -> list[Order]:
    """Plan all orders of a day, in order of release.

    Every order type appears at least three times, however small ``scale`` is. ``tag`` makes the
    document numbers of several simulated days in one database differ.
    """
    orders: list[Order] = []
    for kind, volume in VOLUMES.items():
        for number in range(1, max(3, round(volume * scale)) + 1):
            order_no = f"{PREFIXES[kind]}-{tag}-{number:04d}"
            random = Random(f"{seed}/{kind}/{number}")
            orders.append(_MAKERS[kind](company, random, order_no))
    return sorted(orders, key=lambda order: (order.hour, order.order_no))


def _pick(random: Random, weights: Mapping[int, int]) -> int:
    return random.choices(list(weights), weights=list(weights.values()))[0]


def _frame(company: Company, random: Random, kind: str, order_no: str) -> Order:
    fates = FATES[kind]
    hour = _pick(random, RELEASE_HOURS[kind])
    warehouse = random.choices(company.warehouses, weights=(4, 4, 3))[0].code
    fate = random.choices(list(fates), weights=list(fates.values()))[0]
    return Order(kind, order_no, warehouse, hour, hour + 1, (), fate=fate)


def _lines(
    random: Random,
    items: list[Item],
    most: int,
    quantity: Callable[[Random, Item], tuple[Decimal, str | None]],
) -> tuple[OrderLine, ...]:
    chosen = random.sample(items, random.randint(1, most))
    return tuple(
        OrderLine(number, item.code, *quantity(random, item))
        for number, item in enumerate(chosen, start=1)
    )


def _bought(random: Random, item: Item) -> tuple[Decimal, str | None]:
    """Return a quantity as a buyer orders it: packs where there are packs."""
    in_packs = random.random() < 0.6
    if item.serial:
        low, high, uom = 1, 4, "PCE"
    elif item.role == "packaging":
        low, high, uom = 5, 20, "BUNDLE"
    elif item.base_uom == "KG" and not in_packs:
        return Decimal(random.randint(60_000, 400_000)) / 1000, "KG"
    elif in_packs:
        low, high, uom = 2, 12, item.units[0].uom
    elif random.random() < 0.2 and item.units[-1].uom == "PAL":
        low, high, uom = 1, 1, "PAL"
    else:
        return Decimal(random.randint(24, 240)), random.choice(("PCE", None))
    return Decimal(random.randint(low, high)), uom


def _sold(random: Random, item: Item) -> tuple[Decimal, str | None]:
    """Return a quantity as a customer orders it."""
    if item.serial:
        return Decimal(random.choice((1, 1, 2))), "PCE"
    if random.random() < 0.4:
        return Decimal(random.randint(1, 5)), item.units[0].uom
    return Decimal(random.randint(1, 36)), random.choice(("PCE", "PCE", None))


def _purchase(company: Company, random: Random, order_no: str) -> Order:
    frame = _frame(company, random, "purchase_order", order_no)
    lines = tuple(
        replace(
            line,
            over_pct=random.choice((None, None, Decimal(5), Decimal(10))),
            under_pct=random.choice((None, None, Decimal(2), Decimal(5))),
        )
        for line in _lines(random, company.role("raw", "trade", "packaging"), 5, _bought)
    )
    changes: tuple[Change, ...] = ()
    number, kind_of_change = int(order_no.rpartition("-")[2]), random.random()
    if frame.fate == "short_open":
        changes = (Change(CLOSE_ORDERS_HOUR, "close", 1),)
    elif kind_of_change < 0.08 or number == 1:
        changes = (Change(frame.hour, "upsert", 2, _revised(lines)),)
    elif kind_of_change < 0.11 or number == 2:
        changes = (Change(frame.hour, "cancel", 1),)
    supplier = random.choice(company.partners("supplier")).code
    due = frame.hour + random.choice((1, 2, 2, 3, 4))
    return replace(frame, lines=lines, party=supplier, due_hour=due, changes=changes)


def _sales(company: Company, random: Random, order_no: str) -> Order:
    frame = _frame(company, random, "sales_order", order_no)
    lines = _lines(random, company.role("trade", "made"), 6, _sold)
    if frame.fate == "line_refused" and len(lines) == 1:
        frame = replace(frame, fate="exact")
    changes: tuple[Change, ...] = ()
    number, kind_of_change = int(order_no.rpartition("-")[2]), random.random()
    if frame.fate == "exact":
        if kind_of_change < 0.04 or number == 1:
            changes = (Change(frame.hour + 1, "upsert", 2, _revised(lines)),)
        elif kind_of_change < 0.06 or number == 2:
            changes = (Change(frame.hour, "cancel", 1),)
        elif kind_of_change < 0.09 or number == 3:
            changes = (Change(frame.hour + 1, "cancel", 1),)
    return replace(
        frame,
        lines=lines,
        party=random.choice(company.partners("customer")).code,
        carrier=random.choice(company.partners("carrier")).code,
        due_hour=frame.hour + 3,
        changes=changes,
    )


def _revised(lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
    """Return the lines of the next revision: the first one up, the last one down if it can be."""
    first, last = lines[0], lines[-1]
    changed = [replace(first, qty=first.qty + 2), *lines[1:]]
    if last is not first and last.qty > 2:
        changed[-1] = replace(last, qty=last.qty - 1)
    return tuple(changed)


def _production(company: Company, random: Random, order_no: str) -> Order:
    frame = _frame(company, random, "production_order", order_no)
    product = company.items[random.choice(sorted(company.recipes))]
    pieces = 12 * random.randint(2, 10)
    uom = random.choice((product.units[0].uom, "PCE", None))
    qty = from_base(product, Fraction(pieces), uom)
    lines = tuple(
        OrderLine(place, code, decimal(share * pieces), company.items[code].base_uom)
        for place, (code, share) in enumerate(company.recipes[product.code], start=1)
    )
    return replace(
        frame,
        lines=lines,
        product=product.code,
        product_qty=Decimal(pieces) if qty is None else qty,
        product_uom=uom,
        due_hour=frame.hour + 3,
    )


def _transfer(company: Company, random: Random, order_no: str) -> Order:
    frame = _frame(company, random, "transfer_order", order_no)
    others = [place.code for place in company.warehouses if place.code != frame.warehouse]
    lines = _lines(random, company.role("trade", "made"), 4, _sold)
    if order_no.endswith("-0001"):
        frame = replace(frame, fate="overnight")  # so that every day ends with goods on the road
    return replace(frame, lines=lines, to_warehouse=random.choice(others))


def _customer_return(company: Company, random: Random, order_no: str) -> Order:
    frame = _frame(company, random, "customer_return", order_no)
    lines = tuple(
        replace(line, reason=random.choice(RETURN_REASONS))
        for line in _lines(random, company.role("trade", "made"), 3, _returned)
    )
    customer = random.choice(company.partners("customer")).code
    return replace(frame, lines=lines, party=customer, due_hour=frame.hour + 2)


def _returned(random: Random, item: Item) -> tuple[Decimal, str | None]:
    return Decimal(1 if item.serial else random.randint(1, 6)), "PCE"


def _supplier_return(company: Company, random: Random, order_no: str) -> Order:
    frame = _frame(company, random, "supplier_return", order_no)
    items = [item for item in company.role("raw", "trade") if not item.serial]
    lines = tuple(
        replace(line, reason=random.choice(RETURN_REASONS))
        for line in _lines(random, items, 2, _rejected)
    )
    return replace(frame, lines=lines, party=random.choice(company.partners("supplier")).code)


def _rejected(random: Random, item: Item) -> tuple[Decimal, str | None]:
    return Decimal(random.randint(2, 12)), item.base_uom


_MAKERS: Mapping[str, Callable[[Company, Random, str], Order]] = {
    "purchase_order": _purchase,
    "sales_order": _sales,
    "production_order": _production,
    "transfer_order": _transfer,
    "customer_return": _customer_return,
    "supplier_return": _supplier_return,
}
