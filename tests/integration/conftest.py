"""Give each integration test a world of its own: three systems, master data loaded."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from tests.integration.reading import breaches
from tests.integration.saving import restore, save
from tests.support.builders import Document
from tests.support.builders_world import Logins, World
from tests.support.cluster import Cluster, Database

#: What WMS1 of the mapped world calls things: domain, its code, canonical code.
CODES_OF_WMS1 = (
    ("item", "100A", "A"),
    ("item", "100B", "B"),
    ("item", "100C", "C"),
    ("item", "100L", "L"),
    ("item", "100S", "S"),
    ("item", "100P", "P"),
    ("uom", "EA", "PCE"),
    ("uom", "CT", "BOX"),
    ("uom", "KG", "KGM"),
    ("stock_status", "F", "unrestricted"),
    ("stock_status", "Q", "quality"),
    ("stock_status", "S", "blocked"),
    ("stock_status", "R", "returns"),
    ("reason", "09", "DAMAGED"),
    ("reason", "10", "FOUND"),
    ("reason", "561", "INITIAL"),
    ("carrier", "DPD", "CAR"),
    ("location", "D-1", "DOCK"),
    ("location", "B-1", "BIN1"),
    ("location", "B-2", "BIN2"),
    ("party", "V1", "SUP"),
    ("party", "K1", "CUS"),
)


class Prepared:
    """Hold a database in which master data are loaded; lend worlds that begin like it."""

    def __init__(
        self,
        cluster: Cluster,
        codes: Sequence[tuple[str, str, str]] = (),
        documents: Sequence[Document] = (),
    ) -> None:
        self._cluster = cluster
        self._base = cluster.clone()
        self._logins = Logins.register(self._base)
        self._numbers = itertools.count(1)
        self._idle: World | None = None
        world = World(self._base, self._logins)
        try:
            world.load_masters()
            for code in codes:
                world.erp.code_map("WMS1", *code, message_id="/".join(code))
            for document in documents:
                world.erp.send(document)
            world.drain()
            left = world.admin.read("SELECT * FROM staging.message WHERE state <> 'applied'")
            assert left == []
            save(world)
        finally:
            world.close()

    def world(self) -> World:
        """Return a fresh copy of the prepared world, in some 150 ms."""
        name = f"{self._base.name}_{next(self._numbers)}"
        self._cluster._create_database(name, template=self._base.name)
        return World(Database(self._cluster, name, self._cluster._database_url(name)), self._logins)

    @contextmanager
    def fresh(self) -> Iterator[World]:
        """Lend a world of its own to a test that changes more than rows."""
        world = self.world()
        try:
            yield world
            assert breaches(world) == []
        finally:
            _end(world)

    @contextmanager
    def lend(self) -> Iterator[World]:
        """Lend a world whose rows are as prepared; its warm connections make most of the speed.

        It is used again when the test has passed, and thrown away when it has not.
        """
        world, self._idle = self._idle or self.world(), None
        try:
            yield world
            assert breaches(world) == []
            restore(world)
        except BaseException:
            _end(world)
            raise
        self._idle = world

    def close(self) -> None:
        """Drop the prepared database with its copies and logins."""
        if self._idle is not None:
            _end(self._idle)
        self._base.close()


def _end(world: World) -> None:
    world.close()
    world.database.close()


@pytest.fixture(scope="session")
def prepared(cluster: Cluster) -> Iterator[Prepared]:
    """Prepare one database with master data for all tests of this process."""
    made = Prepared(cluster)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def prepared_with_codes(cluster: Cluster) -> Iterator[Prepared]:
    """Prepare one database in which WMS1 has codes of its own in every domain."""
    made = Prepared(cluster, CODES_OF_WMS1)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def world(prepared: Prepared) -> Iterator[World]:
    """Give a world whose masters are loaded and whose lanes are empty.

    W1, W2 (WMS1) and W3 (WMS2); lanes 1, 2 and 3, so W1's first delivery is 1_000_000_000_001.
    Whatever a test does, the laws hold at its end.
    """
    with prepared.lend() as lent:
        yield lent


@pytest.fixture
def fresh_world(prepared: Prepared) -> Iterator[World]:
    """Give the same as a database of its own: for triggers, logins and killed connections."""
    with prepared.fresh() as made:
        yield made


@pytest.fixture
def mapped(prepared_with_codes: Prepared) -> Iterator[World]:
    """Give a world in which WMS1 has codes of its own, `CODES_OF_WMS1`, and WMS2 has none."""
    with prepared_with_codes.lend() as lent:
        yield lent


@pytest.fixture
def bare(database: Database) -> Iterator[World]:
    """Give a world without any master data."""
    made = World(database)
    try:
        yield made
        assert breaches(made) == []
    finally:
        made.close()
