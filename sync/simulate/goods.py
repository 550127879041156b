"""Name the goods of the simulated company: a coffee roaster that also trades tea and kitchenware.

Each family is one kind of goods with the same units, controls and price range. The names are
ordinary trade names of goods; no brand and no person is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Unit:
    """Hold one unit of measure of an item: ``uom`` = ``numerator / denominator`` base units."""

    uom: str
    numerator: int
    denominator: int = 1


@dataclass(frozen=True, slots=True)
class Family:
    """Describe goods that are handled alike.

    ``role`` says how the company uses them: ``raw`` and ``packaging`` are bought and consumed,
    ``trade`` is bought and sold, ``made`` is produced and sold. ``cost`` is the range of the
    unit cost in EUR per base unit.
    """

    prefix: str
    group: str
    role: str
    base_uom: str
    packs: tuple[Unit, ...]
    cost: tuple[Decimal, Decimal]
    names: tuple[str, ...]
    lot: bool = False
    serial: bool = False
    shelf_life_days: int | None = None
    inspected: bool = False


def _cost(low: str, high: str) -> tuple[Decimal, Decimal]:
    return Decimal(low), Decimal(high)


BOX12 = Unit("BOX12", 12)
BOX6 = Unit("BOX6", 6)
GRAM = Unit("G", 1, 1000)
# The pound is exact by definition, but has eight decimals in kilograms: most whole numbers of
# pounds are not exact in a base unit of six decimals. The wrong-quantity trouble lives on it.
POUND = Unit("LB", 45_359_237, 100_000_000)

ROASTS = (
    "Espresso Classico",
    "Espresso Forte",
    "House Blend",
    "Breakfast Blend",
    "Decaf Mild",
    "Single Origin Sidamo",
    "Single Origin Antigua",
    "Filter Roast Light",
)

FAMILIES: tuple[Family, ...] = (
    Family(
        "GC",
        "Green coffee",
        "raw",
        "KG",
        (Unit("BAG60", 60), GRAM, POUND),
        _cost("3.10", "9.80"),
        (
            "Green coffee Brazil Santos",
            "Green coffee Colombia Supremo",
            "Green coffee Ethiopia Sidamo",
            "Green coffee Guatemala Antigua",
            "Green coffee Kenya AA",
            "Green coffee India Monsooned",
            "Green coffee Vietnam Robusta",
            "Green coffee Costa Rica Tarrazu",
        ),
        lot=True,
        shelf_life_days=365,
        inspected=True,
    ),
    Family(
        "BK",
        "Bulk ingredients",
        "raw",
        "KG",
        (Unit("BAG25", 25), GRAM),
        _cost("0.80", "6.40"),
        (
            "Cane sugar fine",
            "Cocoa powder 20/22",
            "Drinking chocolate base",
            "Milk powder skimmed",
            "Cinnamon ground",
            "Vanilla sugar",
        ),
        lot=True,
        shelf_life_days=540,
        inspected=True,
    ),
    Family(
        "RC",
        "Roasted coffee",
        "made",
        "PCE",
        (BOX12, Unit("PAL", 480)),
        _cost("2.40", "11.90"),
        tuple(f"{roast} {size}" for roast in ROASTS for size in ("250 g", "1 kg")),
        lot=True,
        shelf_life_days=540,
    ),
    Family(
        "TE",
        "Tea",
        "trade",
        "PCE",
        (BOX12, Unit("PAL", 960)),
        _cost("1.20", "5.70"),
        (
            "Assam loose 200 g",
            "Darjeeling First Flush 100 g",
            "Earl Grey 50 bags",
            "English Breakfast 50 bags",
            "Green Sencha 100 g",
            "Jasmine Green 50 bags",
            "Rooibos 50 bags",
            "Camomile 25 bags",
            "Peppermint 25 bags",
            "Ginger Lemon 25 bags",
            "Fruit Garden 50 bags",
            "Chai Spiced 150 g",
        ),
        lot=True,
        shelf_life_days=730,
    ),
    Family(
        "SY",
        "Syrups",
        "trade",
        "PCE",
        (BOX6, Unit("PAL", 360)),
        _cost("2.10", "4.90"),
        (
            "Caramel syrup 700 ml",
            "Vanilla syrup 700 ml",
            "Hazelnut syrup 700 ml",
            "Almond syrup 700 ml",
            "Chocolate sauce 1 l",
            "White chocolate sauce 1 l",
            "Gingerbread syrup 700 ml",
            "Agave syrup 500 ml",
        ),
        lot=True,
        shelf_life_days=720,
        inspected=True,
    ),
    Family(
        "MA",
        "Machines",
        "trade",
        "PCE",
        (),
        _cost("89.00", "1450.00"),
        (
            "Espresso machine one group",
            "Espresso machine two groups",
            "Espresso machine home 15 bar",
            "Filter machine 1.8 l",
            "Filter machine thermos 1.2 l",
            "Cold brew tower 2 l",
            "Burr grinder flat 58 mm",
            "Burr grinder conical 40 mm",
            "Grinder on demand 65 mm",
            "Milk frother induction",
            "Kettle gooseneck electric",
            "Water softener cartridge head",
        ),
        serial=True,
    ),
    Family(
        "CR",
        "Crockery",
        "trade",
        "PCE",
        (BOX6, BOX12, Unit("PAL", 1152)),
        _cost("0.95", "8.20"),
        (
            "Espresso cup 70 ml",
            "Cappuccino cup 180 ml",
            "Latte glass 300 ml",
            "Saucer 12 cm",
            "Saucer 15 cm",
            "Mug stoneware 350 ml",
            "Tea cup porcelain 220 ml",
            "Tea pot cast iron 0.8 l",
            "Tea pot glass 1.2 l",
            "French press 350 ml",
            "French press 1 l",
            "Sugar bowl steel",
            "Milk jug 350 ml",
            "Milk jug 600 ml",
            "Water glass 200 ml",
            "Tray oak 40 cm",
        ),
    ),
    Family(
        "AC",
        "Accessories",
        "trade",
        "PCE",
        (BOX12, Unit("PAL", 2400)),
        _cost("0.60", "24.00"),
        (
            "Paper filter size 2, 100 pcs",
            "Paper filter size 4, 100 pcs",
            "Paper filter cone V, 40 pcs",
            "Tamper 58 mm",
            "Tamping mat",
            "Knock box steel",
            "Portafilter double spout",
            "Filter basket 18 g",
            "Hand dripper ceramic",
            "Storage tin 500 g",
            "Storage tin 1 kg",
            "Measuring spoon 7 g",
            "Kitchen scale with timer",
            "Thermometer milk",
        ),
    ),
    Family(
        "CL",
        "Cleaning and spares",
        "trade",
        "PCE",
        (BOX12,),
        _cost("1.10", "31.00"),
        (
            "Descaler liquid 500 ml",
            "Cleaning tablets 100 pcs",
            "Milk system cleaner 1 l",
            "Group head gasket 8.5 mm",
            "Shower screen 56 mm",
            "Water filter cartridge M",
            "Water filter cartridge L",
            "Grinder burr set 58 mm",
            "Steam tip four holes",
            "Pump 15 bar spare",
            "Group brush angled",
            "Micro fibre cloth set",
        ),
    ),
    Family(
        "PK",
        "Packaging",
        "packaging",
        "PCE",
        (Unit("BUNDLE", 100), Unit("PAL", 20_000)),
        _cost("0.03", "0.90"),
        (
            "Valve bag 250 g",
            "Valve bag 1 kg",
            "Label roasted coffee",
            "Label gift set",
            "Carton 12 x 250 g",
            "Carton 12 x 1 kg",
            "Gift box large",
            "Gift box small",
            "Filling paper sheet",
            "Ribbon cut 60 cm",
        ),
    ),
    Family(
        "GS",
        "Gift sets",
        "made",
        "PCE",
        (BOX6, Unit("PAL", 180)),
        _cost("9.50", "29.00"),
        (
            "Gift set Espresso for two",
            "Gift set Tea time",
            "Gift set Winter spice",
            "Gift set Barista starter",
            "Gift set Breakfast",
            "Gift set Latte",
        ),
    ),
)
