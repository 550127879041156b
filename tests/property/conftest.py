"""Give each example a database of its own in which master data are loaded already."""

from __future__ import annotations

import copy
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.property.codes import code_documents
from tests.property.planner import WMS_OF
from tests.support.builders_world import Logins, World, master_documents
from tests.support.cluster import Cluster, Database
from tests.support.oracle import Oracle

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
settings.register_profile(
    "quick", max_examples=12, stateful_step_count=25, deadline=None, derandomize=True,
    suppress_health_check=_SLOW, phases=(Phase.explicit, Phase.generate), print_blob=False,
    report_multiple_bugs=False,
)  # fmt: skip
#: How many examples a long run makes of each test; without it the quick profile counts.
_EXAMPLES = os.environ.get("CROSSDOCK_PROPERTY_EXAMPLES", "")
settings.register_profile(
    "long", max_examples=int(_EXAMPLES or 100), stateful_step_count=40, deadline=None,
    suppress_health_check=_SLOW, phases=(Phase.explicit, Phase.generate), print_blob=False,
    report_multiple_bugs=False,
)  # fmt: skip
#: quick is what every run does: the same examples each time; long looks for new ones. What fails
#: is made smaller by `shrink`, which knows what a history is made of.
settings.load_profile("long" if _EXAMPLES else "quick")


@dataclass
class Pair:
    """Hold a database and the oracle that must agree with it."""

    world: World
    oracle: Oracle


class Stable:
    """Make pairs from one prepared database, each in some 50 ms."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.base = cluster.clone()
        self.logins = Logins.register(self.base)
        self.oracle = Oracle(WMS_OF)
        world = World(self.base, self.logins)
        world.load_masters()
        for document in code_documents():
            world.erp.send(document)
        world.drain()
        failed = world.admin.read(
            "SELECT doc_type, code, value FROM staging.message_error AS e"
            " INNER JOIN staging.message AS m ON e.seq = m.seq"
        )
        assert failed == [], failed
        for document in (*master_documents(), *code_documents()):
            self.oracle.send("ERP", document)
        self.oracle.drain()
        world.close()
        self._numbers = itertools.count(1)

    @contextmanager
    def pair(self) -> Iterator[Pair]:
        """Give a fresh copy of the prepared database and of its oracle."""
        name = f"{self.base.name}_{next(self._numbers)}"
        self.cluster._create_database(name, template=self.base.name)
        database = Database(self.cluster, name, self.cluster._database_url(name))
        world = World(database, self.logins)
        try:
            yield Pair(world, copy.deepcopy(self.oracle))
        finally:
            world.close()
            database.close()

    def close(self) -> None:
        """Drop the prepared database and its logins."""
        self.base.close()


@pytest.fixture(scope="session")
def stable(cluster: Cluster) -> Iterator[Stable]:
    """Give the maker of pairs."""
    made = Stable(cluster)
    try:
        yield made
    finally:
        made.close()
