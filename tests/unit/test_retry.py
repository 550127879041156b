"""The policies of trying again: each has an end, and none waits for a database that is away."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from psycopg import errors as pg
from tenacity import Retrying

from sync import retry


class Work:
    """Fail with the same failure each time, and count."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure
        self.tries = 0

    def __call__(self) -> None:
        self.tries += 1
        raise self.failure


def unhurried(policy: Callable[[], Retrying], pauses: list[float]) -> Retrying:
    """Return the policy with a sleep that only notes how long it would have been."""
    return policy().copy(sleep=pauses.append)


@pytest.mark.parametrize(
    ("policy", "tries", "longest_s"), [(retry.batch, 8, 1.0), (retry.retire, 5, 2.0)]
)
def test_what_does_not_pass_is_given_up_after_its_tries(
    policy: Callable[[], Retrying], tries: int, longest_s: float
) -> None:
    """With the failure itself, and no pause longer than the cap."""
    work, pauses = Work(pg.DeadlockDetected("deadlock detected")), list[float]()
    with pytest.raises(pg.DeadlockDetected):
        unhurried(policy, pauses)(work)
    assert work.tries == tries
    assert len(pauses) == tries - 1
    assert max(pauses) <= longest_s


@pytest.mark.parametrize("policy", [retry.batch, retry.retire, retry.partitions])
@pytest.mark.parametrize(
    "failure", [psycopg.OperationalError("server closed the connection"), pg.CheckViolation("no")]
)
def test_a_lost_connection_and_bad_data_are_not_tried_again(
    policy: Callable[[], Retrying], failure: Exception
) -> None:
    """The gate waits for the server; bad data is bad the next time."""
    work, pauses = Work(failure), list[float]()
    with pytest.raises(type(failure)):
        unhurried(policy, pauses)(work)
    assert (work.tries, pauses) == (1, [])


def test_a_pause_doubles_to_its_cap_and_no_further() -> None:
    """A day of outage makes no huge number."""
    bounds = [(0.35, 0.65), (0.7, 1.3), (1.4, 2.6)]
    for failures, (low, high) in enumerate(bounds, start=1):
        assert low <= retry.DATABASE.after(failures) <= high
    assert 10 <= retry.DATABASE.after(1_000_000) <= 20
