"""Share one server among all tests, give each its own database, and mark tests by their folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.cluster import (
    ENVIRONMENT,
    POOLER,
    Cluster,
    Database,
    remove_folder,
    shared_folder,
)

KINDS = ("unit", "contract", "integration", "property", "chaos", "bench")
ROOT = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with the name of its folder: tests/contract/... is a contract test."""
    for item in items:
        kind = item.path.relative_to(ROOT).parts[0]
        if kind in KINDS:
            item.add_marker(kind)


@pytest.fixture(scope="session")
def cluster(
    tmp_path_factory: pytest.TempPathFactory, testrun_uid: str, worker_id: str
) -> Iterator[Cluster]:
    """Give the server that all test processes of this run share."""
    base = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        base = base.parent
    # Whatever the developer's shell says, a test sees the settings that it makes itself.
    run_id = f"{testrun_uid[:6]}{os.getppid() if worker_id != 'master' else os.getpid()}"
    folder = shared_folder(base, run_id)
    shared = Cluster(folder, run_id, worker_id).open()
    try:
        yield shared
    finally:
        shared.close()
        remove_folder(folder)


@pytest.fixture
def database(cluster: Cluster) -> Iterator[Database]:
    """Give a fresh, migrated database to one test."""
    fresh = cluster.clone()
    try:
        yield fresh
    finally:
        fresh.close()


@pytest.fixture
def empty_database(cluster: Cluster) -> Iterator[Database]:
    """Give a fresh database without the schema to one test."""
    fresh = cluster.empty()
    try:
        yield fresh
    finally:
        fresh.close()


@pytest.fixture
def another_database(cluster: Cluster) -> Iterator[Callable[[], Database]]:
    """Give a maker of further migrated databases, for tests that compare several."""
    made: list[Database] = []

    def make() -> Database:
        made.append(cluster.clone())
        return made[-1]

    try:
        yield make
    finally:
        for fresh in made:
            fresh.close()


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hide CROSSDOCK_* of the shell: a test sees the settings that it makes itself."""
    for name in list(os.environ):
        if name.startswith("CROSSDOCK_") and name not in (ENVIRONMENT, POOLER):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CROSSDOCK_HOME", str(tmp_path / "home"))
