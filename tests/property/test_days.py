"""Guard law 4: neither order of arrival, nor shapes, workers or kills change how a day ends."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from psycopg.errors import UniqueViolation

from tests.property.conftest import Pair, Stable
from tests.property.days import days
from tests.property.floor import Day
from tests.property.laws import History, breaches, is_closed
from tests.property.runs import Way, run, ways
from tests.property.seen import Seen, by_name, seen_by, seen_in, settled
from tests.support.builders import Document
from tests.support.builders_send import Shape

CHANCES = st.randoms(use_true_random=True)
SHAPES = list(Shape)


@given(day=days())
def test_a_day_in_its_natural_order_ends_as_the_oracle_says(stable: Stable, day: Day) -> None:
    """Every document type does to stock, orders and deliveries what the rulings say."""
    with stable.pair() as pair:
        _send_all(pair, day)
        pair.world.drain()
        _tell_oracle(pair, day)
        check(pair)


@given(day=days(), chance=CHANCES)
def test_documents_may_arrive_in_any_order_and_any_transactions(
    stable: Stable, day: Day, chance: random.Random
) -> None:
    """Law 4: the same documents, permuted and cut into other transactions, end the same."""
    with stable.pair() as pair:
        _send_all(pair, day, chance)
        pair.world.drain()
        _tell_oracle(pair, day)
        check(pair)


@given(day=days(acts=20), chance=CHANCES, way=ways())
def test_workers_and_batch_sizes_and_kills_do_not_matter(
    stable: Stable, day: Day, chance: random.Random, way: Way
) -> None:
    """Laws 1 and 4: whoever does the work, in whatever portions, killed wherever: once."""
    with stable.pair() as pair:
        _send_all(pair, day, chance, way=way)
        history = History()
        run(pair.world.database.url, way)
        history.changed(pair.world)
        _tell_oracle(pair, day)
        check(pair)
        assert history.changed(pair.world) == []


@given(day=days(), chance=CHANCES, way=ways())
def test_sending_everything_again_changes_nothing(
    stable: Stable, day: Day, chance: random.Random, way: Way
) -> None:
    """Both levels of idempotency: the same message_id fails, the same content is a duplicate.

    Documents in error, and those they replaced, are left out: sent again they are a correction,
    and end in error again.
    """
    with stable.pair() as pair:
        world = pair.world
        _send_all(pair, day, chance)
        world.drain()
        before = _without_messages(seen_in(world))
        again = []
        wrong = {_key(document) for _, document in day.sent if world.state(document) == "error"}
        for system, document in day.sent:
            with pytest.raises(UniqueViolation):
                world.sender(system).send(document)
            state = world.state(document)
            if state in ("applied", "waiting", "superseded") and _key(document) not in wrong:
                again.append(document.again(f"{document.message_id} again"))
                world.sender(system).send(again[-1])
        run(world.database.url, way)
        assert [world.state(document) for document in again] == ["duplicate"] * len(again)
        assert _without_messages(seen_in(world)).differences(before) == []
        assert breaches(world) == []


def test_senders_are_kept_out_of_the_internal_schemas(stable: Stable) -> None:
    """Law 7: the contract's views are the only way in."""
    with stable.pair() as pair:
        assert is_closed(pair.world)


def check(pair: Pair) -> None:
    """Compare database and oracle, whatever the order of arrival was, and ask for the laws.

    Raises: AssertionError that names each difference, database first.
    """
    names = by_name(pair.oracle)
    found = settled(seen_in(pair.world), names).differences(settled(seen_by(pair.oracle), names))
    found += breaches(pair.world)
    assert not found, "database and oracle differ:\n" + "\n".join(found)


def _tell_oracle(pair: Pair, day: Day) -> None:
    for system, document in day.sent:
        pair.oracle.send(system, document)
    pair.oracle.drain()


def _send_all(
    pair: Pair, day: Day, chance: random.Random | None = None, way: Way | None = None
) -> None:
    """Send a day's documents; with `chance` permuted, in many shapes, with work in between."""
    world, sent = pair.world, list(day.sent)
    if chance is None:
        for system, document in sent:
            world.sender(system).send(document)
        return
    chance.shuffle(sent)
    for system, document in sent:
        shape = chance.choice(SHAPES)
        note(f"{system} sends {document} as {shape.name}")
        world.sender(system).send(document, shape)
        if chance.random() < 0.12:
            batch_rows = chance.choice((1, 2, 3, 1000)) if way is None else way.batch_rows
            note(f"drain with batches of {batch_rows}")
            world.drain(batch_rows)


def _key(document: Document) -> tuple[object, ...]:
    header = document.header
    return (document.view, document.warehouse, document.number,
            header.get("revision"), header.get("action"))  # fmt: skip


def _without_messages(seen: Seen) -> Seen:
    seen.messages = {}
    return seen
