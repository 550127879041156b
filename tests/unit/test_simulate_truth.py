"""The simulator's truth is exact, refuses what cannot be, and knows nothing of crossdock."""

from __future__ import annotations

import ast
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sync.simulate.truth
from sync.simulate.founding import build_company
from sync.simulate.truth import (
    IN_TRANSIT,
    Difference,
    PhysicalError,
    StockKey,
    TruckLoad,
    Truth,
    compare,
    decimal,
    from_base,
    split_over_tolerance,
    to_base,
)

KEY = StockKey("HAM", "TE-4001", "L1", "A-01-1", "unrestricted")
COMPANY = build_company(1)


def test_truth_imports_nothing_of_crossdock() -> None:
    """A truth that shares code with what it judges would share its mistakes."""
    tree = ast.parse(Path(sync.simulate.truth.__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    own = {name for name in modules if name and name.split(".")[0] in ("sync", "schema")}
    assert own == {"sync.simulate.company"}


def test_goods_come_and_go() -> None:
    """What is put down and not taken away lies there."""
    truth = Truth()
    truth.add(KEY, Fraction(7))
    truth.take(KEY, Fraction(5, 2))
    assert truth.quantity(KEY) == Fraction(9, 2)
    assert truth.rows("HAM") == [(KEY, Fraction(9, 2))]
    assert truth.rows("RTM") == []


def test_nobody_can_take_what_is_not_there() -> None:
    """Physical stock is never negative: an actor that tries is a defect of the simulator."""
    truth = Truth()
    truth.add(KEY, Fraction(1))
    with pytest.raises(PhysicalError, match="it holds 1"):
        truth.take(KEY, Fraction(2))
    assert truth.quantity(KEY) == 1


@pytest.mark.parametrize("qty", [Fraction(0), Fraction(-1)])
def test_nothing_is_no_movement(qty: Fraction) -> None:
    """Zero and negative movements are refused."""
    with pytest.raises(PhysicalError):
        Truth().add(KEY, qty)


def test_goods_on_a_truck_are_in_transit_of_the_source() -> None:
    """Loading moves stock into transit, unloading takes it out and hands the goods over."""
    truth = Truth()
    truth.add(KEY, Fraction(10))
    load = TruckLoad("TO-1", 1, "HAM", "RTM", KEY.item, KEY.lot, Fraction(4), None)
    truth.load(load, KEY)
    transit = StockKey("HAM", KEY.item, KEY.lot, "", IN_TRANSIT)
    assert truth.rows() == [(transit, Fraction(4)), (KEY, Fraction(6))]
    assert truth.unload("TO-1", "LEJ") == []
    assert truth.unload("TO-1", "RTM") == [load]
    assert truth.unload("TO-1", "RTM") == []
    assert truth.rows() == [(KEY, Fraction(6))]
    assert truth.on_the_road() == 0


@given(
    code=st.sampled_from(sorted(COMPANY.items)),
    thousandths=st.integers(min_value=1, max_value=10**7),
    data=st.data(),
)
def test_units_convert_there_and_back(code: str, thousandths: int, data: st.DataObject) -> None:
    """A quantity of any unit comes back from base units as it was."""
    item = COMPANY.items[code]
    uom = data.draw(st.sampled_from([None, item.base_uom, *(unit.uom for unit in item.units)]))
    qty = Decimal(thousandths) / 1000
    assert from_base(item, to_base(item, qty, uom), uom) == qty


def test_what_is_not_exact_in_a_unit_is_not_converted() -> None:
    """Ten pieces are no number of boxes of twelve with three decimals."""
    assert from_base(COMPANY.items["TE-4001"], Fraction(10), "BOX12") is None
    assert from_base(COMPANY.items["TE-4001"], Fraction(18), "BOX12") == Decimal("1.5")


def test_a_fraction_without_a_short_decimal_form_is_refused() -> None:
    """A third is never written as 0.333."""
    assert decimal(Fraction(1, 8)) == Decimal("0.125")
    assert str(decimal(Fraction(1200))) == "1200"
    with pytest.raises(ValueError, match="not a short decimal"):
        decimal(Fraction(1, 3))


@pytest.mark.parametrize(
    ("done", "qty", "over_pct", "expected"),
    [
        (0, 100, None, (100, 0)),
        (0, 101, None, (100, 1)),
        (0, 105, Decimal(5), (105, 0)),
        (0, 120, Decimal(5), (105, 15)),
        (100, 20, Decimal(5), (5, 15)),
        (110, 20, Decimal(5), (0, 20)),
    ],
)
def test_the_part_above_the_tolerance_is_split_off(
    done: int, qty: int, over_pct: Decimal | None, expected: tuple[int, int]
) -> None:
    """Over-tolerance is judged on what the line of 100 has received in all."""
    split = split_over_tolerance(Fraction(100), Fraction(done), Fraction(qty), over_pct)
    assert split == tuple(map(Fraction, expected))


def test_a_row_that_only_one_side_has_is_a_difference() -> None:
    """A missing row counts as zero, a zero row as nothing."""
    other = KEY._replace(location="B-01-1")
    empty = KEY._replace(location="C-01-1")
    found = compare(
        [(KEY, Fraction(5)), (other, Fraction(1))],
        [(KEY, Decimal(4)), (empty, Decimal(0)), (KEY._replace(lot=""), Decimal(2))],
    )
    assert found == [
        Difference(KEY._replace(lot=""), Decimal(0), Decimal(2)),
        Difference(KEY, Decimal(5), Decimal(4)),
        Difference(other, Decimal(1), Decimal(0)),
    ]


def test_equal_books_have_no_difference() -> None:
    """Trailing zeros are no difference."""
    assert compare([(KEY, Fraction(5, 2))], [(KEY, Decimal("2.500000"))]) == []
