"""When a job is due: cron expressions in a zone, also on the days on which clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync.errors import PermanentError
from sync.jobs import when_due

BERLIN = "Europe/Berlin"


def _fired(schedule: str, zone: str, begin: datetime, end: datetime) -> list[datetime]:
    """Return every due time that a daemon which looks each five minutes would run."""
    fired: list[datetime] = []
    now = begin
    while now <= end:
        due = when_due(schedule, zone, fired[-1] if fired else begin, now)
        if due.at is not None:
            fired.append(due.at)
        now += timedelta(minutes=5)
    return fired


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime(2026, 3, 29, tzinfo=UTC), ["01:00"]),  # 02:30 does not exist: after the gap
        (datetime(2026, 10, 25, tzinfo=UTC), ["00:30"]),  # 02:30 comes twice: the first
        (datetime(2026, 6, 1, tzinfo=UTC), ["00:30"]),
    ],
)
def test_a_night_job_runs_once_on_the_days_on_which_clocks_change(
    day: datetime, expected: list[str]
) -> None:
    """A time that is skipped runs once after the gap; one that comes twice runs once."""
    begin = day - timedelta(hours=2)
    fired = _fired("30 2 * * *", BERLIN, begin, begin + timedelta(hours=23))
    assert [f"{at:%H:%M}" for at in fired] == expected


def test_an_hourly_job_runs_each_hour_of_the_long_day() -> None:
    """An hour that comes twice is two hours: 25 runs on that day, no two at one instant."""
    begin = datetime(2026, 10, 24, 22, 0, tzinfo=UTC) - timedelta(minutes=1)
    fired = _fired("0 * * * *", BERLIN, begin, begin + timedelta(hours=25))
    assert len(fired) == len(set(fired)) == 25


def test_what_was_missed_is_caught_up_once() -> None:
    """After an outage the newest due time stands for all of them, and says for how many."""
    after = datetime(2026, 1, 1, 12, tzinfo=UTC)
    due = when_due("15 1 * * *", "UTC", after, after + timedelta(days=4))
    assert due.at == datetime(2026, 1, 5, 1, 15, tzinfo=UTC)
    assert due.missed == 3
    assert due.following == datetime(2026, 1, 6, 1, 15, tzinfo=UTC)


def test_nothing_is_due_before_its_time() -> None:
    """Before the first due time there is only a next one."""
    after = datetime(2026, 1, 1, 12, tzinfo=UTC)
    due = when_due("15 1 * * *", "UTC", after, after + timedelta(hours=1))
    assert due.at is None
    assert due.following == datetime(2026, 1, 2, 1, 15, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["61 1 * * *", "1 * *", "0 0 31 2 *"])
def test_a_schedule_that_cannot_be_read_is_told(wrong: str) -> None:
    """Out of range, too short, or a day that never comes."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(PermanentError, match="schedule"):
        when_due(wrong, "UTC", now, now)
