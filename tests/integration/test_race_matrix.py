"""The race table, walked: every pair of events, in both orders of commit, with one worker and two.

The pairs are made from the rows of `schema/races.py`; a row that is added is run here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

import pytest

from schema.races import CHANGES, RACES
from sync.batch import BatchResult, run_road
from sync.drain import drain
from sync.store import Store
from tests.integration.conftest import Prepared
from tests.integration.race_orders import EVENTS, JUDGED, Order, bring_into
from tests.integration.reading import breaches
from tests.integration.working import Pause, another_store, working
from tests.support.builders import Document
from tests.support.builders_world import World

ROWS: Final = [race for race in RACES if race.situation in JUDGED and race.event in CHANGES]
ENDS: Final = ("cancel", "close")
#: (situation, the older event, the newer event): requests carry revisions 2 and 3.
PAIRS: Final = [
    (situation, older, newer)
    for situation in JUDGED
    for older, newer in itertools.permutations(EVENTS, 2)
]
#: A close ends the order for good: what is newer is refused. The other way round the close is the
#: older one and superseded. The race table has two answers here, and says so.
TWO_ANSWERS: Final = {
    (situation, "close", newer)
    for situation in ("unread", "read", "picking")
    for newer in CHANGES
    if newer not in ENDS
}
MEETINGS: Final = [(situation, change) for situation in JUDGED for change in CHANGES]

_NUMBERS = itertools.count(1)


def outcome(line: tuple[object, ...]) -> tuple[object, ...]:
    """Return line number, whether anything may follow, done and open of a line of `end_state`."""
    return line[0], line[2] in ("released", "in_work", "closing"), line[5], line[9]


def _order() -> Order:
    return Order(f"SO{next(_NUMBERS)}")


@pytest.fixture(scope="module")
def shared(prepared: Prepared) -> Iterator[World]:
    """Give one world with stock to all pairs: each has orders of its own."""
    made = prepared.world()
    try:
        made.wms.initial_load("LOAD", warehouse="W1", lines=[("A", 100_000), ("B", 100_000)])
        made.drain()
        yield made
        assert breaches(made) == []
    finally:
        made.close()
        made.database.close()


@pytest.fixture(scope="module")
def met(shared: World) -> dict[tuple[str, str, str], tuple[Order, Order]]:
    """Run all pairs at once: (older first, newer first) of each; one drain works both events."""
    orders = {pair: (_order(), _order()) for pair in PAIRS}
    for situation in JUDGED:
        mine = [order for pair, two in orders.items() if pair[0] == situation for order in two]
        bring_into(shared, situation, mine)
    for (_, older, newer), (forwards, backwards) in orders.items():
        forwards.event(shared, older, 2)
        forwards.event(shared, newer, 3)
        backwards.event(shared, newer, 3)
        backwards.event(shared, older, 2)
    shared.drain()
    # The warehouse agrees to all that it was asked or told: then nothing is open any more.
    shared.wms.connection.execute(
        b"UPDATE wms_v1.inbox SET state = 'accepted' WHERE doc_type = 'sales_order'"
        b" AND revision > 1 AND state IN ('pending', 'taken')"
    )
    shared.drain()
    return orders


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair not in TWO_ANSWERS], ids="-".join)
def test_a_pair_of_events_ends_the_same_in_both_orders_of_commit(
    shared: World,
    met: dict[tuple[str, str, str], tuple[Order, Order]],
    pair: tuple[str, str, str],
) -> None:
    """Law 4: what was committed first does not matter, where the table gives one answer.

    An order that is cancelled or closed has nothing open in both orders; how much was ordered at
    the end, and by which word it ended, depends on whether the request before was seen.
    """
    forwards, backwards = met[pair]
    ends = [order.end_state(shared) for order in (forwards, backwards)]
    if pair[2] in ENDS and pair[1] != "fact":
        ends = [{**end, "lines": [outcome(line) for line in end["lines"]]} for end in ends]
    assert ends[0] == ends[1]
    assert ends[0]["lines"], "the order is not there"


@pytest.mark.parametrize("pair", sorted(TWO_ANSWERS), ids="-".join)
def test_a_close_before_a_newer_request_is_the_end_and_after_it_is_late(
    shared: World,
    met: dict[tuple[str, str, str], tuple[Order, Order]],
    pair: tuple[str, str, str],
) -> None:
    """Two answers, both of the table: closed and refused; or changed and superseded."""
    forwards, backwards = met[pair]
    [ended] = {row["state"] for row in shared.order(*forwards.key)}
    assert ended == "closed"
    late = "SELECT state FROM staging.message WHERE doc_no = %s AND revision = %s"
    assert shared.admin.read(late, forwards.number, 3) == [{"state": "refused"}]
    assert shared.admin.read(late, backwards.number, 2) == [{"state": "superseded"}]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.situation}-{row.event}")
def test_a_change_has_the_outcome_of_its_row(shared: World, row: object) -> None:
    """Message state, what the warehouse is told, and what is taken back, by the row's outcome."""
    assert isinstance(row, type(ROWS[0]))
    order = _order()
    bring_into(shared, row.situation, [order])
    before = {one["delivery_id"] for one in order.deliveries(shared)}
    document = order.event(shared, row.event, 2)
    shared.drain()
    new = [one for one in order.deliveries(shared) if one["delivery_id"] not in before]
    withdrawn = [one for one in order.deliveries(shared) if one["state"] == "withdrawn"]
    state = {"ask": "waiting", "refuse": "refused"}.get(row.outcome, "applied")
    assert shared.state(document) == state
    told = row.outcome in ("tell", "replace", "release", "ask") or (
        row.outcome == "close" and row.situation != "unread"
    )
    assert [one["state"] for one in new] == (["pending"] if told else [])
    if row.situation == "unread":
        assert len(withdrawn) == 1, "the unread release is taken back"
    revision = {one["revision"] for one in shared.order(*order.key)}
    assert revision == ({1} if row.outcome in ("ask", "refuse") else {2})


def _seq(world: World, document: Document) -> int:
    return int(world.status(document)["seq"])


def _serial(world: World, situation: str, *kinds: str) -> dict[str, list[object]]:
    order = _order()
    bring_into(world, situation, [order])
    for kind in kinds:
        document = order.event(world, kind, 2)
        _work(world, world.store, kind, document)
    drain(world.store)
    return order.end_state(world)


def _work(world: World, store: Store, kind: str, document: Document) -> BatchResult:
    road = "fact" if kind == "fact" else "request"
    return run_road(store, "W1", road, limit=10, only=[_seq(world, document)])


@pytest.mark.parametrize(("situation", "change"), MEETINGS, ids="-".join)
@pytest.mark.parametrize("stopped", ["request", "fact"])
def test_two_workers_that_meet_at_one_order_end_as_one_after_the_other(
    shared: World, situation: str, change: str, stopped: str
) -> None:
    """One worker has read and judged; the other commits; the first one must see it.

    Steps: (1) the stopped worker reads and plans, and stands before its first write; (2) the other
    works its message whole; (3) the first goes on. The end is that of the other one coming first.
    """
    order = _order()
    bring_into(shared, situation, [order])
    request = order.event(shared, change, 2)
    fact = order.event(shared, "fact", 2)
    slow, fast = (change, "fact") if stopped == "request" else ("fact", change)
    documents = {change: request, "fact": fact}
    step = "UPDATE batch_outcome AS o\nSET\n    outcome = CASE r.step" if slow != "fact" else (
        "UPDATE book.order_line"
    )  # fmt: skip
    with another_store(shared) as first, another_store(shared) as second:
        pause = Pause(first, step)
        with working(lambda: _work(shared, first, slow, documents[slow])):
            pause.meanwhile(lambda: _work(shared, second, fast, documents[fast]))
        assert pause.seen >= 1
    drain(shared.store)
    assert order.end_state(shared) == _serial(shared, situation, fast, slow)


def test_every_row_of_the_table_is_run() -> None:
    """Six situations, five changes; facts; the rows of questions have stories of their own."""
    assert len(ROWS) == len(JUDGED) * len(CHANGES)
    assert {race.situation for race in RACES} - set(JUDGED) == {"asked_unread", "asked_read"}
    assert len(PAIRS) == len(JUDGED) * len(EVENTS) * (len(EVENTS) - 1) == 180
    assert 2 * len(MEETINGS) == 60
