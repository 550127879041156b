"""What a WMS cannot represent is an error at once, told to the ERP by line and column."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from schema.policies import CAPABILITIES
from tests.integration.deciding import decide
from tests.integration.reading import errors, received, state_of_order
from tests.support.builders import Document
from tests.support.builders_world import World

LINES: list[dict[str, Any]] = [
    {"item_code": "A", "qty": 10},
    {"item_code": "L", "qty": 6, "lot_no": "L1"},
    {"item_code": "A", "qty": "1.5", "uom": "BOX"},
    {"item_code": "S", "qty": 1},
    {"item_code": "B", "qty": "0.25", "under_tolerance_pct": 10},
    {"item_code": "A", "qty": 2},
]
#: Capability, and what of the lines above it does not know: line, column, value.
LACKING: dict[str, list[tuple[int, str, str]]] = {
    "lots": [(2, "lot_no", "L1")],
    "serials": [(4, "item_code", "S")],
    "decimals": [(3, "qty", "1.5"), (5, "qty", "0.25")],
    "repeated_items": [(3, "item_code", "A"), (6, "item_code", "A")],
    "partial": [(5, "under_tolerance_pct", "10")],
    "packages": [(3, "uom", "BOX")],
}


def lack(world: World, *names: str, system: str = "WMS1") -> None:
    """Switch capabilities of a WMS off."""
    for name in names:
        decide(world, name, "off", scope=system, scope_kind="system")


def order(world: World, number: str = "PO1", warehouse: str = "W1") -> Document:
    """Order everything that is special."""
    return world.erp.purchase_order(number, warehouse=warehouse, lines=LINES)


def lacking(world: World, document: Document) -> list[tuple[int | None, str, str, str]]:
    """Return line, column, value and missing capability of each finding that the ERP reads."""
    found = errors(world.erp, document)
    assert {row["code"] for row in found} <= {"SYN-015"}
    return [
        (row.get("line_no"), row["column_name"], row["value"], row["expected"]) for row in found
    ]


def test_a_wms_that_can_everything_gets_everything(world: World) -> None:
    """Capabilities are on until somebody says otherwise; that of another WMS does not matter."""
    lack(world, *CAPABILITIES, system="WMS2")
    document = order(world)
    world.drain()
    assert world.state(document) == "applied"
    assert len(received(world.wms1, "purchase_order")[0][1]) == len(LINES)


@pytest.mark.parametrize("name", LACKING)
def test_each_line_that_the_wms_cannot_represent_is_told(world: World, name: str) -> None:
    """Line, column, value and the capability; nothing reaches the WMS, nothing is rounded."""
    lack(world, name)
    document = order(world)
    elsewhere = order(world, warehouse="W3")
    world.drain()
    assert world.state(document) == "error"
    assert lacking(world, document) == [(*row, f"{name} of WMS1") for row in LACKING[name]]
    assert world.wms1.inbox(doc_type="purchase_order") == []
    assert world.state(elsewhere) == "applied"


def test_all_that_is_lacking_is_told_at_once(world: World) -> None:
    """And the corrected order goes through."""
    lack(world, *LACKING)
    document = order(world)
    world.drain()
    told = sorted(lacking(world, document))
    wanted = [(*row, f"{name} of WMS1") for name, rows in LACKING.items() for row in rows]
    assert told == sorted(wanted)
    plain = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 30), ("C", 2)])
    world.drain()
    assert (world.state(plain), world.state(document)) == ("applied", "superseded")


def test_a_production_order_is_judged_by_its_product_too(world: World) -> None:
    """Where production is off, it cannot be sent at all."""
    lack(world, "decimals", "packages", "serials")
    first = world.erp.production_order(
        "MO1", warehouse="W1", product=("A", "1.5", "BOX"), lines=[("C", 2)]
    )
    second = world.erp.production_order(
        "MO2", warehouse="W1", product=("S", 1), lines=[("C", 1, "BOX")]
    )
    world.drain()
    assert lacking(world, first) == [
        (None, "qty", "1.5", "decimals of WMS1"), (None, "uom", "BOX", "packages of WMS1"),
    ]  # fmt: skip
    assert lacking(world, second) == [
        (None, "item_code", "S", "serials of WMS1"), (1, "uom", "BOX", "packages of WMS1"),
    ]  # fmt: skip
    lack(world, "production")
    third = world.erp.production_order("MO3", warehouse="W1", product=("P", 1), lines=[("C", 1)])
    world.drain()
    assert lacking(world, third) == [(None, "order_no", "MO3", "production of WMS1")]


def test_an_order_that_was_read_cannot_be_cancelled_where_the_wms_cannot(world: World) -> None:
    """Unread it is taken back without the WMS; a close ends it in either case."""
    lack(world, "cancel")
    for number in ("SO1", "SO2"):
        world.erp.sales_order(number, warehouse="W1", lines=[("A", 1)])
    world.drain()
    read = next(row for row in world.wms1.inbox(doc_type="sales_order") if row["doc_no"] == "SO2")
    world.wms1.answer(read["delivery_id"], "taken")
    world.drain()
    cancels = [world.erp.cancel("sales_order", n, warehouse="W1") for n in ("SO1", "SO2")]
    world.drain()
    assert [world.state(cancel) for cancel in cancels] == ["applied", "error"]
    assert lacking(world, cancels[1]) == [(None, "action", "cancel", "cancel of WMS1")]
    assert state_of_order(world, "sales_order", "SO2")[0] == "in_work"
    world.erp.build("sales_order", {"warehouse_code": "W1", "order_no": "SO2", "action": "close"})
    world.drain()
    assert state_of_order(world, "sales_order", "SO2")[0] == "closed"


def test_a_question_that_is_under_way_is_answered_all_the_same(world: World) -> None:
    """The capability was switched off meanwhile: what was forwarded is not judged again."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)])
    world.drain()
    world.wms1.take(1, "sales_order")
    cancel = world.erp.cancel("sales_order", "SO1", warehouse="W1")
    world.drain()
    lack(world, *CAPABILITIES)
    question = world.wms1.inbox(doc_type="sales_order", action="cancel")[0]
    world.wms1.answer(question["delivery_id"], "accepted")
    world.drain()
    assert world.state(cancel) == "applied"


def test_both_ends_of_a_transfer_must_understand_it(world: World) -> None:
    """The destination reads it in base units; what is under way is delivered to it whatever it is."""
    lack(world, "lots", "packages", "decimals", system="WMS2")
    lines: list[Any] = [{"item_code": "L", "qty": 1, "lot_no": "L1"}, {"item_code": "A", "qty": "0.5", "uom": "BOX"},
             {"item_code": "B", "qty": 500, "uom": "GRM"}]  # fmt: skip
    document = world.erp.transfer_order("TO1", warehouse="W1", to="W3", lines=lines)
    world.drain()
    assert lacking(world, document) == [
        (1, "lot_no", "L1", "lots of WMS2"), (3, "qty", "0.5", "decimals of WMS2"),
    ]  # fmt: skip
    world.wms1.initial_load("I1", warehouse="W1", lines=[lines[0]])
    plain = world.erp.transfer_order("TO1", warehouse="W1", to="W3", lines=[("L", 1)])
    world.drain()
    assert world.state(plain) == "applied"
    world.wms1.shipment("S1", warehouse="W1", order=("transfer_order", "TO1"), lines=[lines[0]])
    world.drain()
    assert len(received(world.wms2, "transfer_order")) == 1


def test_a_capability_is_a_wmss(world: World) -> None:
    """The ERP has none to lack; a capability that was learnt lets the order through."""
    with pytest.raises(psycopg.errors.NoDataFound):
        lack(world, "lots", system="ERP")
    lack(world, "lots")
    document = order(world)
    world.drain()
    decide(world, "lots", "on", scope="WMS1", scope_kind="system")
    world.admin.read("SELECT * FROM ops.requeue(%s, 'it knows lots now')",
                     world.status(document)["seq"])  # fmt: skip
    world.drain()
    assert world.state(document) == "applied"
