"""A WMS's floor reserves each piece once, oldest first, and forgets what has left."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from sync.simulate.floor import Floor, Goods
from sync.simulate.founding import build_company
from sync.simulate.truth import StockKey, Truth

COMPANY = build_company(1)
TEA = "TE-4001"
GRINDER = "MA-6007"


def _floor() -> Floor:
    return Floor(COMPANY, Truth(), date(2026, 3, 2), "T")


def _key(item: str, location: str, lot: str = "") -> StockKey:
    return StockKey("HAM", item, lot, location, "unrestricted")


def test_what_is_reserved_is_not_offered_again() -> None:
    """Two orders never get the same goods."""
    floor = _floor()
    floor.put(Goods(_key(TEA, "A-01-1"), Fraction(10)))
    first = floor.reserve("HAM", TEA, Fraction(7))
    second = floor.reserve("HAM", TEA, Fraction(7))
    assert [goods.qty for goods in first + second] == [7, 3]
    floor.release(first[0])
    assert floor.free(_key(TEA, "A-01-1")) == 7


def test_goods_at_the_dock_are_not_picked() -> None:
    """Only storage places feed orders."""
    floor = _floor()
    floor.put(Goods(_key(TEA, "RCV-01"), Fraction(10)))
    assert floor.reserve("HAM", TEA, Fraction(1)) == []


def test_the_lot_that_expires_first_goes_first() -> None:
    """First expired, first out; a lot of unknown age goes last."""
    floor = _floor()
    lots = ["LT-1-1", "LT-2-1", "OLD"]
    for lot in lots:
        floor.put(Goods(_key(TEA, "A-01-1", lot), Fraction(1)))
    picked = [goods.key.lot for goods in floor.reserve("HAM", TEA, Fraction(3))]
    dates = [floor.expiry(TEA, lot) for lot in picked[:2]]
    assert picked[-1] == "OLD"
    assert dates == sorted(filter(None, dates))


def test_a_serial_number_is_reserved_once_even_when_another_is_released() -> None:
    """A cancelled order gives back its own piece, not somebody else's."""
    floor = _floor()
    for number in range(3):
        floor.put(Goods(_key(GRINDER, "A-01-1"), Fraction(1), f"S{number}"))
    first, second = (floor.reserve("HAM", GRINDER, Fraction(1))[0] for _ in range(2))
    floor.release(first)
    third, fourth = floor.reserve("HAM", GRINDER, Fraction(5))
    assert {second.serial, third.serial, fourth.serial} == {"S0", "S1", "S2"}


def test_a_serial_number_travels_with_its_piece() -> None:
    """Carried goods can be reserved where they lie now."""
    floor = _floor()
    goods = Goods(_key(GRINDER, "RCV-01"), Fraction(1), "S9")
    floor.put(goods)
    floor.carry(goods, "B-02-1", "unrestricted")
    assert floor.free_serials(_key(GRINDER, "RCV-01")) == []
    assert [one.serial for one in floor.reserve("HAM", GRINDER, Fraction(1))] == ["S9"]


def test_only_lots_of_the_day_have_a_known_expiry() -> None:
    """An older lot's date was said on its own day; saying another would be a clash."""
    floor = _floor()
    assert floor.expiry(TEA, "LT-1-1") == floor.expiry(TEA, "LT-1-1") is not None
    assert floor.expiry(TEA, "L4001H0") is None
    assert floor.expiry("CR-7001", "") is None
