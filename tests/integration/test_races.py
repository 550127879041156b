"""Two workers at the same rows: named steps, no lost update, no double effect, no lost wake-up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date

import pytest

from sync.batch import BatchResult, run_road
from sync.drain import drain
from sync.store import Store
from tests.integration.reading import inbox, moved, state_of_order, status
from tests.integration.working import Pause, another_store, working
from tests.support.builders import Document
from tests.support.builders_world import StockKey, World

KEY = StockKey("W1", "A")


@pytest.fixture
def first(world: World) -> Iterator[Store]:
    """Give the worker that is stopped in the middle."""
    with another_store(world) as store:
        yield store


@pytest.fixture
def second(world: World) -> Iterator[Store]:
    """Give the worker that is faster."""
    with another_store(world) as store:
        yield store


def _receipt(world: World, number: str, qty: int = 1, **more: object) -> Document:
    lines = [{"item_code": "A", "qty": qty, "reason_code": "X"}]
    return world.wms.goods_receipt(number, warehouse="W1", lines=lines, **more)


def _work(world: World, store: Store, *documents: Document, road: str = "fact") -> BatchResult:
    seqs = [int(world.status(document)["seq"]) for document in documents]
    return run_road(store, "W1", road, limit=100, only=seqs)


def _balance(world: World) -> tuple[int, int, int]:
    [row] = world.admin.read(
        "SELECT count(*) AS rows, sum(qty) AS qty, max(row_version) AS version FROM book.balance"
    )
    return int(row["rows"]), int(row["qty"]), int(row["version"])


def test_no_update_is_lost_between_read_and_write(
    world: World, first: Store, second: Store
) -> None:
    """The second worker commits between the first one's read and its guarded update."""
    start, slow, fast = (_receipt(world, f"R{n}", n) for n in (1, 10, 100))
    _work(world, second, start)
    pause = Pause(first, "UPDATE book.balance")
    with working(lambda: _work(world, first, slow)) as results:
        won = pause.meanwhile(lambda: _work(world, second, fast))
    [lost] = results
    assert (won.lost_races, lost.lost_races) == (0, 1)
    assert lost.states == {"applied": 1}
    assert _balance(world) == (1, 111, 3)
    assert [row["qty"] for row in world.ledger()] == [1, 100, 10]


def test_the_first_insert_of_a_balance_by_two_workers_is_one_row(
    world: World, first: Store, second: Store
) -> None:
    """Both found none; the slower one adds to the faster one's."""
    slow, fast = _receipt(world, "R1", 10), _receipt(world, "R2", 100)
    pause = Pause(first, "INSERT INTO book.balance")
    with working(lambda: _work(world, first, slow)):
        pause.meanwhile(lambda: _work(world, second, fast))
    assert _balance(world) == (1, 110, 2)
    assert world.state(slow) == "applied"


def test_no_progress_of_an_order_line_is_lost(world: World, first: Store, second: Store) -> None:
    """Allocation is judged anew after a lost race: what is over is over, once."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    order = ("purchase_order", "PO1")
    slow, fast = (
        world.wms.goods_receipt(number, warehouse="W1", order=order, lines=[("A", 7)])
        for number in ("R1", "R2")
    )
    pause = Pause(first, "UPDATE book.order_line")
    with working(lambda: _work(world, first, slow)) as results:
        pause.meanwhile(lambda: _work(world, second, fast))
    assert results[0].lost_races == 1
    assert state_of_order(world, *order)[1] == {1: ("completed", 10, 14, 0, 0, 4, 0)}
    assert world.stock() == {KEY: 10, StockKey("W1", "A", status="blocked"): 4}
    assert [(task["code"], task["qty"]) for task in world.tasks()] == [("QTY-005", 4)]
    assert [row["qty"] for row in world.ledger()] == [7, 3, 4]


def test_after_three_lost_races_the_rows_are_locked_and_progress_is_certain(
    world: World, first: Store, second: Store
) -> None:
    """The fast one now waits for the slow one, and loses a race itself."""
    _work(world, second, _receipt(world, "R0"))
    slow = _receipt(world, "SLOW", 1000)
    fast = [_receipt(world, f"FAST{n}") for n in range(4)]
    losing = Pause(first, "UPDATE book.balance", times=3)
    locking = Pause(first, "SELECT b.row_version\nFROM book.balance")
    locked = Pause(first, "INSERT INTO book.ledger")
    with working(lambda: _work(world, first, slow)) as results:
        for document in fast[:3]:
            losing.meanwhile(lambda document=document: _work(world, second, document))
        locking.meanwhile(lambda: None)
        locked.reached.wait(30)
        with working(lambda: _work(world, second, fast[3])) as late:
            # Wait until the fast one stands at the lock that the slow one holds.
            _wait_for_a_blocked_worker(world)
            locked.go.set()
    assert (results[0].lost_races, losing.seen, locking.seen) == (3, 4, 1)
    assert late[0].lost_races == 1
    assert _balance(world) == (1, 1005, 6)
    assert [row["qty"] for row in world.ledger()] == [1, 1, 1, 1, 1000, 1]


def _wait_for_a_blocked_worker(world: World) -> None:
    """Return as soon as some worker of this database waits for a lock."""
    # The server offers no event for this: ask it until it says so.
    deadline = threading.Event()
    for _ in range(3000):
        if world.admin.read(
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
            " AND wait_event_type = 'Lock'"
        ):
            return
        deadline.wait(0.01)
    raise AssertionError("no worker waits for a lock")


def test_a_message_is_claimed_by_one_worker_only(world: World, first: Store, second: Store) -> None:
    """The row lock is the claim; the other worker passes by without waiting."""
    document = _receipt(world, "R1", 5)
    pause = Pause(first, "INSERT INTO book.balance")
    with working(lambda: run_road(first, "W1", "fact", limit=10)) as results:
        other = pause.meanwhile(lambda: run_road(second, "W1", "fact", limit=10))
    assert (results[0].processed, other.processed) == (1, 0)
    assert moved(world) == [("receipt_purchase", "A", "", "", "unrestricted", 5)]
    assert world.events(document) == [("received", "applied")]


def test_a_document_is_worked_by_one_worker_at_a_time(
    world: World, first: Store, second: Store
) -> None:
    """Revision 2 is not taken while revision 1 is in another worker's hands."""
    one = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)])
    two = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 2)], revision=2)
    pause = Pause(first, "INSERT INTO book.order_head")
    with working(lambda: run_road(first, "W1", "request", limit=1)):
        other = pause.meanwhile(lambda: run_road(second, "W1", "request", limit=10))
    assert other.processed == 0
    assert (world.state(one), world.state(two)) == ("applied", "received")
    drain(second)
    assert state_of_order(world, "sales_order", "SO1")[1][1][1] == 2


def test_no_wake_up_is_lost_when_the_item_arrives_while_the_fact_decides_to_wait(
    world: World, first: Store, second: Store
) -> None:
    """The waiting side looks again in a new snapshot after its commit."""
    document = world.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "X1", "qty": 3, "reason_code": "X"}]
    )
    world.erp.item("X1")
    pause = Pause(first, "INSERT INTO staging.wait_key")
    with working(lambda: run_road(first, "W1", "fact", limit=10)) as results:
        arrived = pause.meanwhile(lambda: run_road(second, "*", "master", limit=10))
    assert (arrived.states, arrived.released) == ({"applied": 1}, 0)
    assert (results[0].states, results[0].released) == ({"waiting": 1}, 1)
    # No sweep runs here: the fact is due by itself.
    assert run_road(first, "W1", "fact", limit=10).states == {"applied": 1}
    assert world.state(document) == "applied"


def test_no_wake_up_is_lost_when_the_stock_arrives_while_the_shipment_decides_to_wait(
    world: World, first: Store, second: Store
) -> None:
    """The same for stock."""
    shipment = world.wms.shipment(
        "S1", warehouse="W1", lines=[{"item_code": "A", "qty": 3, "reason_code": "X"}]
    )
    receipt = _receipt(world, "R1", 3)
    pause = Pause(first, "INSERT INTO staging.wait_key")
    with working(lambda: _work(world, first, shipment)) as results:
        pause.meanwhile(lambda: _work(world, second, receipt))
    assert results[0].released == 1
    assert run_road(first, "W1", "fact", limit=10).states == {"applied": 1}
    assert world.stock() == {}


def test_two_shipments_of_the_last_piece_do_not_both_take_it(
    world: World, first: Store, second: Store
) -> None:
    """The slower one finds nothing there any more, and waits for stock."""
    _work(world, second, _receipt(world, "R1", 5))
    slow, fast = (
        world.wms.shipment(
            number, warehouse="W1", lines=[{"item_code": "A", "qty": 5, "reason_code": "X"}]
        )
        for number in ("S1", "S2")
    )
    pause = Pause(first, "UPDATE book.balance")
    with working(lambda: _work(world, first, slow)):
        pause.meanwhile(lambda: _work(world, second, fast))
    assert (world.state(fast), world.state(slow)) == ("applied", "waiting")
    assert _balance(world)[1] == 0


def _goods(world: World, number: str, **columns: object) -> Document:
    line = {"qty": 1, "reason_code": "X", **columns}
    return world.wms.goods_receipt(number, warehouse="W1", lines=[line])


def _known(world: World, worker: Store) -> None:
    """Have a serial number that was here and has gone."""
    _work(world, worker, _goods(world, "R0", item_code="S", serial_no="N1"))
    line = {"item_code": "S", "qty": 1, "serial_no": "N1", "reason_code": "X"}
    _work(world, worker, world.wms.shipment("S0", warehouse="W1", lines=[line]))


@pytest.mark.parametrize("statement", ["INSERT INTO book.serial", "UPDATE book.serial"])
def test_of_two_receipts_of_one_serial_number_one_is_blocked(
    world: World, first: Store, second: Store, statement: str
) -> None:
    """Both saw none on hand; one row, and the slower one judges its piece anew."""
    if statement.startswith("UPDATE"):
        _known(world, second)
    slow, fast = (_goods(world, number, item_code="S", serial_no="N1") for number in ("R1", "R2"))
    pause = Pause(first, statement)
    with working(lambda: _work(world, first, slow)) as results:
        pause.meanwhile(lambda: _work(world, second, fast))
    assert results[0].lost_races == 1
    assert (world.findings(fast), [row.code for row in world.findings(slow)]) == ([], ["LOT-005"])
    assert world.stock() == {
        StockKey("W1", "S"): 1, StockKey("W1", "S", status="blocked"): 1,
    }  # fmt: skip
    [row] = world.admin.read("SELECT on_hand FROM book.serial")
    assert row["on_hand"] == 2


def test_of_two_receipts_that_date_one_new_lot_the_slower_one_clashes(
    world: World, first: Store, second: Store
) -> None:
    """One row with the date of the faster one."""
    slow, fast = (
        _goods(world, f"R{year}", item_code="L", lot_no="K1", expires_on=date(year, 1, 1))
        for year in (2031, 2030)
    )
    pause = Pause(first, "INSERT INTO book.lot")
    with working(lambda: _work(world, first, slow)) as results:
        pause.meanwhile(lambda: _work(world, second, fast))
    assert results[0].lost_races == 1
    assert (world.findings(fast), [row.code for row in world.findings(slow)]) == ([], ["LOT-004"])
    rows = world.admin.read("SELECT lot_no, expires_on FROM book.lot")
    assert rows == [{"lot_no": "K1", "expires_on": date(2030, 1, 1)}]


def test_a_serial_number_that_loses_races_is_locked_in_the_end(
    world: World, first: Store, second: Store
) -> None:
    """Progress is certain: the fourth attempt takes its rows under lock."""
    _known(world, second)
    slow = _goods(world, "SLOW", item_code="S", serial_no="N1")
    losing = Pause(first, "UPDATE book.serial", times=3)
    locking = Pause(first, "SELECT s.row_version\nFROM book.serial")
    with working(lambda: _work(world, first, slow)) as results:
        for n in range(3):
            fast = _goods(world, f"FAST{n}", item_code="S", serial_no="N1")
            losing.meanwhile(lambda fast=fast: _work(world, second, fast))
        locking.meanwhile(lambda: None)
    assert (results[0].lost_races, losing.seen, locking.seen) == (3, 4, 1)
    assert [task["code"] for task in world.tasks()] == ["LOT-005"] * 3


def test_a_count_sees_every_movement_that_was_posted_before_it(
    world: World, first: Store, second: Store
) -> None:
    """A movement that meets a count at its balance comes before it or after it, never between."""
    _work(world, second, _receipt(world, "R1", 50, seq=1))
    count = world.wms.stock_count("C1", warehouse="W1", through=2, lines=[("A", 40)])
    late = world.wms.stock_adjustment("ADJ1", warehouse="W1", seq=3, lines=[("A", -5)])
    pause = Pause(first, "INSERT INTO batch_count")
    with working(lambda: _work(world, first, count, road="count")):
        pause.reached.wait(30)
        with working(lambda: _work(world, second, late)):
            _wait_for_a_blocked_worker(world)
            pause.go.set()
    assert [entry[0] for entry in moved(world)] == ["receipt_purchase", "count_loss", "adjustment"]
    assert _balance(world)[1] == 35


def test_two_warehouses_opened_at_once_get_different_numbers(
    world: World, first: Store, second: Store
) -> None:
    """Both saw the same highest lane number; one of them reads it again."""
    a, b = world.erp.warehouse("W8"), world.erp.warehouse("W9")
    seqs = [int(world.status(document)["seq"]) for document in (a, b)]
    pause = Pause(first, "INSERT INTO book.lane_counter")
    with working(lambda: run_road(first, "*", "master", limit=10, only=seqs[:1])):
        pause.meanwhile(lambda: run_road(second, "*", "master", limit=10, only=seqs[1:]))
    world.drain()
    assert (world.state(a), world.state(b)) == ("applied", "applied")
    rows = world.admin.read("SELECT warehouse_no FROM book.lane_counter ORDER BY 1")
    assert [row["warehouse_no"] for row in rows] == [0, 1, 2, 3, 4, 5]


def test_the_same_item_in_two_versions_by_two_workers_ends_with_the_higher(
    world: World, first: Store, second: Store
) -> None:
    """The guard of the write decides, not the order of the commits."""
    older = world.erp.item("X1", version=1, description="old", message_id="older")
    newer = world.erp.item("X1", version=2, description="new", message_id="newer")
    seqs = [int(world.status(document)["seq"]) for document in (older, newer)]
    pause = Pause(first, "INSERT INTO book.item")
    with working(lambda: run_road(first, "*", "master", limit=10, only=seqs[:1])):
        other = pause.meanwhile(lambda: run_road(second, "*", "master", limit=10, only=seqs[1:]))
    world.drain()
    assert other.processed == 0
    assert world.admin.read(
        "SELECT version, description FROM book.item WHERE item_code = 'X1'"
    ) == [{"version": 2, "description": "new"}]


def test_a_cancel_that_meets_the_reader_is_tried_again_without_costing_an_attempt(
    world: World, first: Store
) -> None:
    """The delivery is being taken at this moment: a second later the answer is clear."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)])
    drain(first)
    cancel = world.erp.cancel("sales_order", "SO1", warehouse="W1")
    with world.wms.transaction():
        world.wms.take(1, "sales_order")
        assert run_road(first, "W1", "request", limit=10).states == {"retrying": 1}
        row = status(world.erp, cancel)
        assert (row["state"], row["attempts"]) == ("retrying", 0)
    drain(first)
    assert status(world.erp, cancel)["state"] == "waiting"
    assert [row["action"] for row in inbox(world.wms1, doc_type="sales_order")] == [
        "upsert", "cancel",
    ]  # fmt: skip


def test_many_workers_on_a_few_hot_balances_lose_nothing(world: World) -> None:
    """Facts in and out of three balances by three workers in small batches."""
    documents = []
    for n in range(60):
        item = "ABC"[n % 3]
        documents.append(
            world.wms.goods_receipt(
                f"R{n}", warehouse="W1",
                lines=[{"item_code": item, "qty": 3, "reason_code": "X"},
                       {"item_code": "C", "qty": 1, "reason_code": "X"}],
            )
        )  # fmt: skip
        documents.append(
            world.wms.stock_move(
                f"M{n}", warehouse="W1",
                lines=[{"item_code": item, "qty": 2, "to_stock_status": "quality"}],
            )
        )  # fmt: skip

    def work(store: Store) -> BatchResult:
        total = BatchResult(processed=1)
        while total.processed:
            total = run_road(store, "W1", "fact", limit=7)
        return total

    with another_store(world) as a, another_store(world) as b, another_store(world) as c:
        with working(lambda: work(a)), working(lambda: work(b)), working(lambda: work(c)):
            pass
    world.drain()
    assert {world.state(document) for document in documents} == {"applied"}
    quality = {StockKey("W1", item, status="quality"): 40 for item in "ABC"}
    assert world.stock() == {
        StockKey("W1", "A"): 20, StockKey("W1", "B"): 20, StockKey("W1", "C"): 80, **quality,
    }  # fmt: skip
    assert [row["ledger_seq"] for row in world.ledger()] == list(range(1, 241))
    assert world.tasks() == []
