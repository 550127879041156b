"""The plan of a day is decided by the seed, has every order type, and fits into the day."""

from __future__ import annotations

from collections import Counter
from datetime import date

from sync.simulate.clock import CLOSE_ORDERS_HOUR, FIRST_HOUR, LAST_HOUR, Clock, yesterday
from sync.simulate.founding import build_company
from sync.simulate.plan import PREFIXES, VOLUMES, Order, plan_day


def _plan(seed: int, scale: float = 1.0, tag: str = "T") -> list[Order]:
    return plan_day(build_company(seed), seed, scale, tag)


def test_the_same_seed_plans_the_same_day() -> None:
    """Nothing but the seed decides."""
    assert _plan(3) == _plan(3)
    assert _plan(3) != _plan(4)


def test_a_day_of_scale_one_has_all_requests_promised() -> None:
    """At least 500 requests of all six types."""
    counts = Counter(order.kind for order in _plan(7))
    assert counts == VOLUMES
    assert sum(counts.values()) >= 500


def test_a_tiny_day_still_has_every_order_type_three_times() -> None:
    """A small day is a small model of a large one, not a part of it."""
    counts = Counter(order.kind for order in _plan(7, scale=0.01))
    assert counts == dict.fromkeys(PREFIXES, 3)


def test_a_larger_day_begins_with_the_orders_of_the_smaller() -> None:
    """Each order has random numbers of its own, so volume changes no single order."""
    small = {order.order_no: order for order in _plan(7, scale=0.1)}
    large = {order.order_no: order for order in _plan(7, scale=0.5)}
    assert {number: large[number] for number in small} == small


def test_every_day_has_revisions_cancels_and_closes() -> None:
    """Minds change every day."""
    changes = Counter(change.action for order in _plan(7) for change in order.changes)
    assert changes.keys() == {"upsert", "cancel", "close"}


def test_orders_are_released_within_working_hours_and_changed_afterwards() -> None:
    """No change comes before its order, none after the working day."""
    for order in _plan(9):
        assert FIRST_HOUR <= order.hour < order.due_hour <= LAST_HOUR
        assert all(order.hour <= change.hour <= CLOSE_ORDERS_HOUR for change in order.changes)


def test_a_revision_is_a_full_image_with_a_higher_number() -> None:
    """A line that is missing from a revision would be cancelled."""
    for order in _plan(9):
        for change in order.changes:
            if change.action == "upsert":
                assert change.revision > order.revision
                numbers = [line.line_no for line in order.lines]
                assert [line.line_no for line in change.lines] == numbers
                assert change.lines != order.lines


def test_lines_of_an_order_name_different_items_in_positive_quantities() -> None:
    """Receipts without a line number find their line by the item."""
    for order in _plan(2):
        items = [line.item for line in order.lines]
        assert len(set(items)) == len(items) > 0
        assert all(line.qty > 0 for line in order.lines)


def test_a_transfer_goes_to_another_warehouse() -> None:
    """A transfer within one warehouse would be a move."""
    transfers = [order for order in _plan(2) if order.kind == "transfer_order"]
    assert transfers
    assert all(order.to_warehouse not in (None, order.warehouse) for order in transfers)


def test_the_default_day_is_over() -> None:
    """No instant of a simulated day lies in the future, whatever the hour of the real one."""
    assert yesterday() < date.max
    clock = Clock(date(2026, 3, 29))
    assert clock.at(21, 30).isoformat() == "2026-03-29T21:30:00+00:00"
    assert clock.at(5, second=3599).isoformat() == "2026-03-29T05:59:59+00:00"
