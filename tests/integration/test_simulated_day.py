"""A small business day of all three actors ends as the contract says, with one worker draining."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.simulate.actor import Login, conninfo_of
from sync.simulate.company import ERP_SYSTEM, NORTH_SYSTEM, PORT_SYSTEM, WAREHOUSES
from sync.simulate.logins import Logins
from sync.simulate.plan import PREFIXES
from sync.simulate.pump import Drain
from sync.simulate.run import Result, run_simulation
from sync.simulate.trouble import ALL
from sync.store import Store
from tests.support.cluster import Database

FACT_TYPES = {
    "goods_receipt",
    "shipment",
    "material_issue",
    "production_receipt",
    "stock_move",
    "stock_adjustment",
    "stock_count",
    "order_milestone",
    "order_response",
    "stock_snapshot",
}

# What leaves traces for the next day: a new item, a new unit, blocked goods.
SURPRISES = ("unknown_item", "wrong_unit", "over_receipt")


@pytest.fixture
def logins(database: Database) -> Logins:
    """Register the three systems under logins of this test alone."""
    login = database.register(ERP_SYSTEM, "erp")
    erp = Login(conninfo_of(database.login_url(login)), "erp_v1", ERP_SYSTEM)
    floors = []
    for system in (NORTH_SYSTEM, PORT_SYSTEM):
        codes = [place.code for place in WAREHOUSES if place.system == system]
        login = database.register(system, "wms", codes)
        floors.append(Login(conninfo_of(database.login_url(login)), "wms_v1", system))
    return Logins(erp, tuple(floors), conninfo_of(database.url))


@pytest.fixture
def drain(database: Database) -> Iterator[Drain]:
    """Give a worker that drains between the turns of the actors."""
    store = Store(database.url)
    try:
        yield Drain(store)
    finally:
        store.close()


def _complaints(result: Result) -> list[object]:
    """Return everything that did not end as the contract says."""
    return [
        *(outcome for outcome in result.outcomes if not outcome.ok),
        *result.differences,
        *result.order_differences,
        *result.surprises,
        *result.unexpected,
        *result.breaches,
        *result.notes,
    ]


def test_a_small_day_with_all_its_trouble_ends_as_the_contract_says(
    database: Database, drain: Drain, logins: Logins
) -> None:
    """Book equals floor, every trouble ends where the contract says, and no law is broken."""
    result = run_simulation(database.url, drain, seed=5, scale=0.05, logins=logins)
    assert _complaints(result) == []
    assert result.ok
    assert {outcome.name for outcome in result.outcomes} == {
        kind.name for kind in ALL if kind.name != "killed_worker"
    }
    assert result.counts.keys() >= set(PREFIXES) | FACT_TYPES


def test_a_second_day_goes_on_where_the_first_ended(
    database: Database, drain: Drain, logins: Logins
) -> None:
    """Its documents are new ones, and the stock of the first day is the start of the second."""
    first, second = (
        run_simulation(database.url, drain, seed=6, scale=0.02, logins=logins, troubles=SURPRISES)
        for _ in range(2)
    )
    assert _complaints(first) == _complaints(second) == []
    assert second.options.ordinal == 1
    assert second.stock_rows > first.stock_rows
