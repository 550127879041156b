"""Material issues: components leave for a production order."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.integration.reading import (
    SOME_TIME,
    W1,
    inbox,
    ledger,
    promised,
    received,
    sent,
    state_of_order,
    status,
)
from tests.support.builders_world import StockKey, World

OCCURRED = datetime(2026, 3, 4, 6, 30, tzinfo=UTC)
ORDER = ("production_order", "PR1")
HEADER = {
    "warehouse_code": "W1", "issue_no": "MI1", "order_no": "PR1", "is_final": False,
    "occurred_at": OCCURRED, "source_seq": 5, "note": "shift 1", "attributes": {"machine": "M3"},
}  # fmt: skip
LINES = (
    {"line_no": 1, "order_line_no": 1, "item_code": "C", "qty": 2, "uom": "BOX",
     "location_code": "BIN1"},
    {"line_no": 2, "item_code": "L", "qty": 10, "lot_no": "K1"},
)  # fmt: skip


def _day(world: World) -> None:
    world.wms.initial_load(
        "I1", warehouse="W1",
        lines=[{"item_code": "C", "qty": 100, "location_code": "BIN1"},
               {"item_code": "L", "qty": 50, "lot_no": "K1"}],
    )  # fmt: skip
    world.erp.production_order(
        "PR1", warehouse="W1", product=("P", 10), lines=[("C", 40), ("L", 10)]
    )
    world.drain()


def test_a_material_issue_travels_from_the_wms_to_the_erp(world: World) -> None:
    """It names the production order without naming its type."""
    _day(world)
    issue = world.wms.build("material_issue", HEADER, LINES)
    world.drain()

    number = status(world.wms, issue)["seq"]
    assert sent(world.wms, issue) == (
        {"message_id": "F-2", "seq": number, "state": "applied", "received_at": SOME_TIME,
         "finished_at": SOME_TIME, "doc_type": "material_issue", **HEADER},
        [{"message_id": "F-2", "warehouse_code": "W1", "doc_type": "material_issue", **line}
         for line in LINES],
    )  # fmt: skip
    assert inbox(world.erp, doc_type="material_issue") == [{
        "delivery_id": W1 + 3, "warehouse_code": "W1", "doc_type": "material_issue",
        "doc_no": "MI1", "action": "post", "message_id": "F-2", "delivered_at": SOME_TIME,
        "state": "pending",
    }]  # fmt: skip
    assert received(world.erp, "material_issue") == [(
        {"delivery_id": W1 + 3, "message_id": "F-2", "seq": number, "action": "post",
         "delivered_at": SOME_TIME, **HEADER},
        [{"warehouse_code": "W1", "stock_status": "unrestricted", **LINES[0]},
         {"warehouse_code": "W1", "stock_status": "unrestricted", "uom": "PCE", **LINES[1]}],
    )]  # fmt: skip
    common = {
        "warehouse_code": "W1", "message_seq": number, "entry_no": 6,
        "movement_type": "issue_production", "stock_status": "unrestricted", "denominator": 1,
        "order_type": "production_order", "order_no": "PR1", "source_seq": 5,
        "occurred_at": OCCURRED, "business_date": date(2026, 3, 4), "received_at": SOME_TIME,
        "applied_at": SOME_TIME, "posting_date": date(2026, 3, 4),
    }  # fmt: skip
    assert ledger(world)[2:] == [
        {**common, "ledger_seq": 3, "line_no": 1, "item_code": "C", "location_code": "BIN1",
         "qty": -20, "sent_qty": 2, "sent_uom": "BOX", "numerator": 10, "order_line_no": 1,
         "order_qty": 20},
        {**common, "ledger_seq": 4, "line_no": 2, "item_code": "L", "lot_no": "K1", "qty": -10,
         "sent_qty": 10, "sent_uom": "PCE", "numerator": 1, "order_line_no": 2, "order_qty": 10},
    ]  # fmt: skip
    assert state_of_order(world, *ORDER) == ("in_work", {
        0: ("open", 10, 0, 0, 0, 0, 10), 1: ("open", 40, 20, 0, 0, 0, 20),
        2: ("completed", 10, 10, 0, 0, 0, 0),
    })  # fmt: skip
    assert promised(world.erp, "C") == (80, 0, 20, 0, 60)


def test_a_final_issue_closes_the_components_alone(world: World) -> None:
    """The product is still expected: only a final production receipt completes the order."""
    _day(world)
    world.wms.material_issue(
        "MI1", warehouse="W1", order_no="PR1", final=True,
        lines=[{"item_code": "C", "qty": 35, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    assert state_of_order(world, *ORDER) == ("in_work", {
        0: ("open", 10, 0, 0, 0, 0, 10), 1: ("short", 40, 35, 0, 5, 0, 0),
        2: ("short", 10, 0, 0, 10, 0, 0),
    })  # fmt: skip
    assert promised(world.erp, "L") == (50, 0, 0, 0, 50)


def test_more_than_planned_is_posted_with_a_task(world: World) -> None:
    """Scrap costs material; a person looks at it."""
    _day(world)
    world.wms.material_issue(
        "MI1", warehouse="W1", order_no="PR1",
        lines=[{"item_code": "C", "qty": 44, "location_code": "BIN1"}],
    )  # fmt: skip
    world.drain()
    assert state_of_order(world, *ORDER)[1][1] == ("completed", 40, 44, 0, 0, 4, 0)
    assert [(task["code"], task["qty"]) for task in world.tasks()] == [("QTY-005", 4)]
    assert world.stock()[StockKey("W1", "C", location="BIN1")] == 56


def test_a_reversed_issue_brings_the_material_back(world: World) -> None:
    """Stock and progress are as before."""
    _day(world)
    world.wms.build("material_issue", HEADER, LINES)
    world.drain()
    world.wms.reverse("material_issue", "MI1-R", of="MI1", warehouse="W1")
    world.drain()
    assert world.stock() == {
        StockKey("W1", "C", location="BIN1"): 100, StockKey("W1", "L", "K1"): 50,
    }  # fmt: skip
    assert state_of_order(world, *ORDER)[1] == {
        0: ("open", 10, 0, 0, 0, 0, 10), 1: ("open", 40, 0, 0, 0, 0, 40),
        2: ("open", 10, 0, 0, 0, 0, 10),
    }  # fmt: skip
