"""Give every story a fresh day: articles, partners and locations are known, nothing has happened."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest

from tests.integration.conftest import Prepared
from tests.support.cluster import Cluster
from tests.support.story import Story, story_masters


@pytest.fixture(scope="session")
def prepared_for_stories(cluster: Cluster) -> Iterator[Prepared]:
    """Prepare one database with the articles of the stories."""
    made = Prepared(cluster, documents=story_masters())
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def story(prepared_for_stories: Prepared) -> Iterator[Story]:
    """Tell a story; at its end nothing may have happened that it does not say."""
    with prepared_for_stories.lend() as world:
        told = Story(world)
        yield told
        told.close()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Let every story end: crossdock has another look, and nothing else may have happened."""
    result = yield
    told = pyfuncitem.funcargs.get("story")
    if isinstance(told, Story):
        told.crossdock_works()
        told.expect_nothing_else()
    return result
