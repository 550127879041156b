"""The bench itself works: tiny sizes of its floors, mixes, workers and the hot item."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.embedded import EmbeddedServer
from tests.bench import drain, floors
from tests.bench.drain import Load
from tests.bench.world import found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """Give a server of the bench's own: it makes and drops its database."""
    one = EmbeddedServer(tmp_path_factory.mktemp("bench") / "server", durable=False)
    one.start("postgres")
    try:
        yield one
    finally:
        one.close(destroy=True)


def test_every_shape_of_a_day_is_drained_exactly_by_real_daemons(server: EmbeddedServer) -> None:
    """Receipts, sales cycles and a mixed day come out exact, with a hot item and four workers."""
    loads = (
        Load("receipts", 4, drain.LANES, "hot"),
        Load("sales cycle", 1, 1, "zipf"),
        Load("mixed day", 4, drain.LANES),
    )
    figures = drain.measure(server, rounds=1, documents=300, orders=30, loads=loads)
    assert figures["sides"].keys() == {load.name for load in loads}
    assert all(side["lines_per_s"] > 0 for side in figures["sides"].values())


def test_the_full_floor_leaves_the_same_rows_as_the_engine(server: EmbeddedServer) -> None:
    """The floor fills the same columns of the same tables, or it would not be one."""
    batches, messages = (100,), 200
    with_room = floors.receipts_needed(1, 1, messages, batches)
    figures = floors.measure(
        found(server, with_room), rounds=1, turns=1, messages=messages, batches=batches
    )
    assert figures["ratios"].keys() == {
        "crossdock to bare floor, batch 100",
        "crossdock to full floor, batch 100",
    }
