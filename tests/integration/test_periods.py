"""Periods: closed months take no postings; what happened in one counts for the next open one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from sync.batch import run_batch
from tests.integration.deciding import close, set_period
from tests.integration.reading import SOME_TIME, breaches, told
from tests.integration.working import Pause, another_store, working
from tests.support.builders import Document
from tests.support.builders_world import World

LINE = {"item_code": "A", "qty": 1, "reason_code": "X"}
MARCH, APRIL, MAY, JUNE = (date(2025, month, 1) for month in (3, 4, 5, 6))


def receive(
    world: World, number: str, at: str | datetime, *, warehouse: str = "W1", **line: Any
) -> Document:
    """Report a receipt that happened at a time."""
    lines = [{**LINE, **line}]
    return world.wms.goods_receipt(number, warehouse=warehouse, occurred_at=at, lines=lines)


def days(world: World) -> list[tuple[date, date, bool]]:
    """Return business date, posting date and lateness of each ledger row."""
    return [(row["business_date"], row["posting_date"], row["is_late"]) for row in world.ledger()]


def test_an_open_month_takes_its_facts_on_their_day(world: World) -> None:
    """Nobody touched it: no task, nothing late."""
    receive(world, "R1", "2025-03-31 21:59:59+00")
    world.drain()
    assert days(world) == [(date(2025, 3, 31), date(2025, 3, 31), False)]
    assert world.tasks() == []


def test_a_fact_of_a_closed_month_counts_for_the_next_and_is_told(world: World) -> None:
    """Posted on the first day of the next month, flagged late, one task for each fact."""
    close(world, MARCH)
    late = world.wms.goods_receipt(
        "R1", warehouse="W1", occurred_at="2025-03-30 10:00:00+00", lines=[LINE, LINE]
    )
    receive(world, "R2", "2025-04-01 00:00:00+00")
    receive(world, "R3", "2025-02-11 10:00:00+00")
    world.drain()
    assert days(world) == [
        (date(2025, 3, 30), APRIL, True),
        (date(2025, 3, 30), APRIL, True),
        (APRIL, APRIL, False),
        (date(2025, 2, 11), date(2025, 2, 11), False),
    ]
    [task] = world.tasks()
    assert (task["code"], task["seq"]) == ("PER-002", world.status(late)["seq"])
    text = "it happened on 2025-03-30, in a closed period; it counts for 2025-04-01"
    assert task["text"] == text
    [found] = world.errors(late)
    assert (found["column_name"], found["severity"], found["text"]) == (
        "occurred_at", "task", text,
    )  # fmt: skip


def test_the_posting_rolls_over_all_closed_months(world: World) -> None:
    """Periods are closed in any order; the first that is not closed takes it, closing or not."""
    for month in (MAY, MARCH, APRIL, date(2025, 7, 1)):
        close(world, month)
    set_period(world, JUNE, "closing")
    for number, at in enumerate(("2025-03-09", "2025-05-31", "2025-07-02", "2025-06-05"), 1):
        receive(world, f"R{number}", f"{at} 12:00:00+00")
    world.drain()
    assert days(world) == [
        (date(2025, 3, 9), JUNE, True),
        (date(2025, 5, 31), JUNE, True),
        (date(2025, 7, 2), date(2025, 8, 1), True),
        (date(2025, 6, 5), date(2025, 6, 5), False),
    ]


def test_a_period_is_a_warehouses_own(world: World) -> None:
    """W2 still takes what W1 does not."""
    close(world, MARCH)
    for warehouse in ("W1", "W2"):
        receive(world, f"R-{warehouse}", "2025-03-05 12:00:00+00", warehouse=warehouse)
    world.drain()
    assert [row["posting_date"] for row in world.ledger("W1")] == [APRIL]
    assert [row["posting_date"] for row in world.ledger("W2")] == [date(2025, 3, 5)]


def test_counts_moves_and_reversals_are_late_like_receipts(world: World) -> None:
    """Whatever moves stock; a reversal counts from its own day, not from its original's."""
    receive(world, "R1", "2025-03-05 12:00:00+00", location_code="BIN1")
    world.drain()
    close(world, MARCH)
    at = "2025-03-06 12:00:00+00"
    world.wms.stock_move(
        "M1", warehouse="W1", occurred_at=at,
        lines=[{"item_code": "A", "qty": 1, "from_location_code": "BIN1",
                "to_location_code": "BIN2"}],
    )  # fmt: skip
    world.wms.stock_count(
        "C1", warehouse="W1", through=1, occurred_at=at, lines=[{"item_code": "B", "qty": 3}]
    )
    world.drain()
    world.wms.reverse("stock_move", "M1-R", of="M1", warehouse="W1", occurred_at=at)
    world.drain()
    assert [(row["movement_type"], row["posting_date"]) for row in world.ledger()][1:] == [
        ("move_location", APRIL), ("move_location", APRIL), ("count_gain", APRIL),
        ("move_location", APRIL), ("move_location", APRIL),
    ]  # fmt: skip
    assert [task["code"] for task in world.tasks()] == ["PER-002"] * 3


#: Zone, instant, the day it is there: midnight, the 23-hour and the 25-hour day.
DAYS = [
    ("Europe/Berlin", "2025-03-31 21:59:59.999999+00", date(2025, 3, 31)),
    ("Europe/Berlin", "2025-03-31 22:00:00+00", date(2025, 4, 1)),
    ("Europe/Berlin", "2025-03-29 22:59:59+00", date(2025, 3, 29)),
    ("Europe/Berlin", "2025-03-29 23:00:00+00", date(2025, 3, 30)),
    ("Europe/Berlin", "2025-03-30 21:59:59+00", date(2025, 3, 30)),
    ("Europe/Berlin", "2025-03-30 22:00:00+00", date(2025, 3, 31)),
    ("Europe/Berlin", "2025-10-25 22:00:00+00", date(2025, 10, 26)),
    ("Europe/Berlin", "2025-10-26 00:30:00+00", date(2025, 10, 26)),
    ("Europe/Berlin", "2025-10-26 01:30:00+00", date(2025, 10, 26)),
    ("Europe/Berlin", "2025-10-26 22:59:59+00", date(2025, 10, 26)),
    ("Europe/Berlin", "2025-10-26 23:00:00+00", date(2025, 10, 27)),
    ("America/New_York", "2025-03-09 04:59:59+00", date(2025, 3, 8)),
    ("America/New_York", "2025-03-09 05:00:00+00", date(2025, 3, 9)),
    ("America/New_York", "2025-03-10 03:59:59+00", date(2025, 3, 9)),
    ("America/New_York", "2025-03-10 04:00:00+00", date(2025, 3, 10)),
    ("America/New_York", "2025-11-02 04:00:00+00", date(2025, 11, 2)),
    ("America/New_York", "2025-11-03 04:59:59+00", date(2025, 11, 2)),
    ("America/New_York", "2025-11-03 05:00:00+00", date(2025, 11, 3)),
    ("America/New_York", "2025-12-31 23:59:59-05", date(2025, 12, 31)),
    ("Pacific/Kiritimati", "2025-12-31 10:00:00+00", date(2026, 1, 1)),
    ("Etc/GMT+12", "2026-01-01 11:59:59+00", date(2025, 12, 31)),
]


def test_the_business_date_is_the_day_on_the_warehouses_wall(world: World) -> None:
    """Its own midnight, also on the days that have 23 or 25 hours."""
    zones = dict.fromkeys(zone for zone, _, _ in DAYS)
    codes = {zone: f"Z{n}" for n, zone in enumerate(zones, 1)}
    for zone, code in codes.items():
        world.erp.warehouse(code, time_zone=zone)
    world.admin.connection.execute(
        b"SELECT ops.register_system(%s, 'WMS1', 'wms', %s)",
        (world.logins.wms1, ["W1", "W2", *codes.values()]),
    )
    world.drain()
    for number, (zone, at, _) in enumerate(DAYS):
        receive(world, f"R{number}", at, warehouse=codes[zone], lot_no=f"{number:02d}")
    world.drain()
    found = sorted((row["lot_no"], row["business_date"]) for row in world.ledger())
    assert [day for _, day in found] == [day for _, _, day in DAYS]
    for zone, at, day in DAYS:  # and Python's calendar agrees
        assert datetime.fromisoformat(at).astimezone(ZoneInfo(zone)).date() == day


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Etc/GMT+12", "Pacific/Kiritimati"]
)
def test_the_last_second_of_a_closed_month_is_late_and_the_next_is_not(
    world: World, zone: str
) -> None:
    """By the warehouse's own midnight."""
    world.erp.warehouse("W1", version=2, time_zone=zone)
    world.drain()
    for month in (MARCH, date(2025, 10, 1)):
        close(world, month)
        midnight = datetime(2025, month.month + 1, 1, tzinfo=ZoneInfo(zone))
        last = midnight.astimezone(ZoneInfo("UTC"))
        receive(world, f"R{month.month}-1", last.replace(microsecond=0))
        receive(
            world,
            f"R{month.month}-0",
            f"{datetime.fromtimestamp(last.timestamp() - 1, ZoneInfo('UTC'))}",
        )
    world.drain()
    assert [row["is_late"] for row in world.ledger()] == [False, True, False, True]
    assert len(world.tasks("PER-002")) == 2


def test_an_open_fact_keeps_its_month_open(world: World) -> None:
    """The refusal names the first and says how many; other months close."""
    waits = receive(world, "R1", "2025-03-09 12:00:00+00", item_code="X1")
    wrong = receive(world, "R2", "2025-03-08 12:00:00+00", qty=-1)
    receive(world, "R3", "2025-03-31 22:00:00+00")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as refused:
        close(world, MARCH)
    assert "blocked by 3, first goods_receipt R2 of WMS1 is received" in str(refused.value)
    world.drain()
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as refused:
        close(world, MARCH)
    assert "blocked by 2, first goods_receipt R2 of WMS1 is error" in str(refused.value)
    assert "ops.period_blocker" in (refused.value.diag.message_hint or "")
    rows = world.admin.read("SELECT * FROM ops.period_blocker ORDER BY business_date")
    assert [told(row) for row in rows] == [
        {"warehouse_code": "W1", "period_start": MARCH, "kind": "fact", "sender": "WMS1",
         "seq": world.status(wrong)["seq"], "doc_type": "goods_receipt", "doc_no": "R2",
         "business_date": date(2025, 3, 8), "state": "error",
         "what": "goods_receipt R2 of WMS1 is error"},
        {"warehouse_code": "W1", "period_start": MARCH, "kind": "fact", "sender": "WMS1",
         "seq": world.status(waits)["seq"], "doc_type": "goods_receipt", "doc_no": "R1",
         "business_date": date(2025, 3, 9), "state": "waiting",
         "what": "goods_receipt R1 of WMS1 is waiting for item:X1"},
    ]  # fmt: skip
    close(world, APRIL)
    world.erp.item("X1")
    world.wms.send(wrong.again("mended").with_line(1, qty=1))
    world.drain()
    close(world, MARCH)


def test_an_order_that_waits_at_the_gate_keeps_its_month_open(world: World) -> None:
    """Final was said in March, a fact of it is not applied."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    order = ("purchase_order", "PO1")
    world.wms.goods_receipt(
        "R1", warehouse="W1", order=order, occurred_at="2025-04-02 12:00:00+00", lines=[("X1", 1)]
    )
    world.drain()
    final = world.wms.goods_receipt(
        "R2", warehouse="W1", order=order, occurred_at="2025-03-20 12:00:00+00", final=True,
        lines=[("A", 5)],
    )  # fmt: skip
    world.drain()
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as refused:
        close(world, MARCH)
    assert "blocked by 1, first purchase_order PO1" in str(refused.value)
    [row] = world.admin.read("SELECT * FROM ops.period_blocker WHERE kind = 'order'")
    assert (row["seq"], row["state"]) == (world.status(final)["seq"], "closing")
    world.erp.item("X1")
    world.drain()
    close(world, MARCH)


def test_the_cut_off_shows_a_late_fact_under_both_months(world: World) -> None:
    """With the message behind it and what it is worth."""
    world.erp.item("A", version=2, description="Plain article", unit_cost="2.5", currency="EUR")
    world.drain()
    close(world, MARCH)
    late = receive(world, "R1", "2025-03-30 10:00:00+00", qty=4)
    receive(world, "R2", "2025-04-30 10:00:00+00")
    world.drain()
    rows = world.admin.read("SELECT * FROM ops.cut_off ORDER BY period_start")
    shared = {
        "warehouse_code": "W1", "business_date": date(2025, 3, 30), "posting_date": APRIL,
        "seq": world.status(late)["seq"], "sender": "WMS1", "doc_type": "goods_receipt",
        "doc_no": "R1", "line_no": 1, "ledger_seq": 1, "movement_type": "receipt_purchase",
        "item_code": "A", "lot_no": "", "stock_status": "unrestricted", "qty": 4, "uom": "PCE",
        "value": 10, "currency": "EUR", "occurred_at": SOME_TIME, "received_at": SOME_TIME,
        "applied_at": SOME_TIME,
    }  # fmt: skip
    assert rows == [
        {**shared, "period_start": MARCH, "kind": "posted later"},
        {**shared, "period_start": APRIL, "kind": "from an earlier period"},
    ]
    story = [row["why"] for row in world.admin.read("SELECT * FROM ops.why(%s)", shared["seq"])]
    assert any("(it happened on 2025-03-30, in a closed period)" in one for one in story)


def test_a_month_that_is_opened_again_takes_its_facts_again(world: World) -> None:
    """What was posted late stays where it is."""
    close(world, MARCH)
    receive(world, "R1", "2025-03-30 10:00:00+00")
    world.drain()
    set_period(world, MARCH, "open")
    receive(world, "R2", "2025-03-30 10:00:00+00")
    world.drain()
    close(world, MARCH)
    assert [row["posting_date"] for row in world.ledger()] == [APRIL, date(2025, 3, 30)]


def test_a_close_waits_for_the_posting_in_hand_and_the_posting_for_the_close(
    world: World,
) -> None:
    """No fact slips into the month while it closes: the lane's counter orders them."""
    receive(world, "R1", "2025-03-30 10:00:00+00")
    with another_store(world) as store:
        pause = Pause(store, "INSERT INTO book.ledger")
        with working(lambda: run_batch(store, "W1", limit=10)):
            pause.meanwhile(lambda: _refused_by_the_lock(world))
    assert [row["is_late"] for row in world.ledger()] == [False]
    close(world, MARCH)

    receive(world, "R2", "2025-04-30 10:00:00+00")
    with another_store(world) as store:
        pause = Pause(store, "UPDATE book.lane_counter")
        with working(lambda: run_batch(store, "W1", limit=10)):
            pause.meanwhile(lambda: _close_past_the_blocker(world, APRIL))
    assert [row["posting_date"] for row in world.ledger()] == [date(2025, 3, 30), MAY]
    assert breaches(world) == []


def _refused_by_the_lock(world: World) -> None:
    """Try to close while the batch holds the counter."""
    connection = world.admin.connection
    connection.execute(b"SET lock_timeout = '50ms'")
    try:
        with pytest.raises(psycopg.errors.LockNotAvailable):
            close(world, MARCH)
    finally:
        connection.execute(b"RESET lock_timeout")


def _close_past_the_blocker(world: World, month: date) -> None:
    """Close although a batch has the fact in hand and has not taken the counter yet.

    `period_set` refuses, for it sees the fact as open: so the row is laid by hand, as it would be
    if the fact had been inserted the moment after.
    """
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="blocked by 1"):
        close(world, month)
    world.admin.connection.execute(
        b"INSERT INTO book.period (warehouse_code, period_start, state, closed_ledger_seq,"
        b" changed_at, changed_by, reason) SELECT 'W1', %s, 'closed', ledger_seq, now(), 'x', 'x'"
        b" FROM book.lane_counter WHERE warehouse_code = 'W1'",
        (month,),
    )
    world.admin.connection.execute(
        b"UPDATE book.lane_counter SET closed_before = %s WHERE warehouse_code = 'W1'", (MAY,)
    )
