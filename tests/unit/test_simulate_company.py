"""The simulated company is the same for the same seed, and complete enough to trade."""

from __future__ import annotations

from fractions import Fraction

import pytest

from sync.simulate.company import CRATE_ITEM, PORT_SYSTEM
from sync.simulate.founding import build_company, gtin


def test_the_same_seed_founds_the_same_company() -> None:
    """Nothing but the seed decides."""
    assert build_company(11) == build_company(11)


def test_another_seed_founds_another_company() -> None:
    """Opening stock and costs come from the seed."""
    assert build_company(11).opening != build_company(12).opening


def test_the_company_has_every_kind_of_goods() -> None:
    """Items with packs, by weight, by lot, by serial and with shelf life are all there."""
    items = build_company(1).items.values()
    assert len(items) == 120
    assert {item.base_uom for item in items} == {"PCE", "KG"}
    assert {unit.uom for item in items for unit in item.units} >= {"BOX12", "PAL", "BAG60", "LB"}
    assert any(item.lot for item in items)
    assert any(item.serial for item in items)
    assert any(item.shelf_life_days for item in items)
    assert {item.abc_class for item in items} == {"A", "B", "C"}


def test_units_convert_exactly() -> None:
    """A factor is a ratio of integers, never a float."""
    company = build_company(1)
    green = company.items["GC-1001"]
    assert green.factor("BAG60") == 60
    assert green.factor("G") == Fraction(1, 1000)
    assert green.factor("LB") == Fraction(45359237, 100000000)
    assert green.factor(None) == green.factor("KG") == 1


def test_an_unknown_unit_has_no_factor() -> None:
    """A guess would be a wrong quantity."""
    with pytest.raises(KeyError, match="no unit BARREL"):
        build_company(1).items["GC-1001"].factor("BARREL")


def test_a_late_unit_converts_but_is_not_master_data() -> None:
    """The warehouse counts in crates before the ERP has sent them."""
    item = build_company(1).items[CRATE_ITEM]
    assert item.factor("CRATE20-1") == 20
    assert "CRATE20-1" not in {unit.uom for unit in item.units}


def test_each_simulated_day_has_a_new_item_and_a_new_unit() -> None:
    """A second day in the same database must be able to surprise again."""
    first, second = build_company(1, ordinal=0), build_company(1, ordinal=1)
    assert first.late_items.keys().isdisjoint(second.late_items)
    assert first.items[CRATE_ITEM].late_units != second.items[CRATE_ITEM].late_units


def test_what_was_late_on_an_earlier_day_is_ordinary_afterwards() -> None:
    """Its stock lies in the warehouse, so the later company must know it."""
    first, second = build_company(1, ordinal=0), build_company(1, ordinal=1)
    assert first.late_items.keys() <= second.items.keys()
    assert set(first.items[CRATE_ITEM].late_units) <= set(second.items[CRATE_ITEM].units)


def test_article_numbers_have_the_standard_check_digit() -> None:
    """The weighted sum of all 13 digits is a multiple of ten."""
    for number in (1, 42, 11006):
        digits = [int(digit) for digit in gtin(number)]
        assert len(digits) == 13
        assert sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 == 0


def test_the_port_maps_every_code_one_to_one() -> None:
    """The port WMS has its own word for each item, unit, status, location and carrier."""
    company = build_company(1)
    codes = [code for code in company.codes if code.system == PORT_SYSTEM]
    assert {code.domain for code in codes} == {"item", "uom", "stock_status", "location", "carrier"}
    assert len({(code.domain, code.external) for code in codes}) == len(codes)
    assert len({(code.domain, code.canonical) for code in codes}) == len(codes)
    units = {unit.uom for item in company.items.values() for unit in item.units}
    assert units <= {code.canonical for code in codes if code.domain == "uom"}


def test_serial_controlled_opening_stock_names_every_piece() -> None:
    """One serial number stands for one piece, and for one place only."""
    company = build_company(5)
    rows = [row for row in company.opening if company.items[row.item].serial]
    serials = [serial for row in rows for serial in row.serials]
    assert rows
    assert all(len(row.serials) == row.qty for row in rows)
    assert len(set(serials)) == len(serials)


def test_a_larger_scale_brings_more_opening_stock() -> None:
    """Ten times the demand must not find the stock of one day."""
    small, large = (sum(row.qty for row in build_company(3, scale).opening) for scale in (1, 4))
    assert large > 3 * small


def test_every_made_item_has_a_recipe_of_known_components() -> None:
    """Production orders are made from the recipes."""
    company = build_company(1)
    assert company.recipes.keys() == {item.code for item in company.role("made")}
    assert all(
        component in company.items and share > 0
        for recipe in company.recipes.values()
        for component, share in recipe
    )
