"""Say how often and how soon each kind of work is tried again: every policy, with its reason.

What is repeated is always a whole transaction, never one statement, and only after a failure that
may pass (`errors.is_transient`). A lost connection is never repeated here: the daemon's gate waits
for the server, a command ends with 75. Each policy has a cap, and jitter where several ask at once.
A message that fails alone has its own count in the database (`mark_retrying`: `retry_delay`,
doubled each time, `max_attempts`), for it must outlive the process.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)
from tenacity.stop import stop_base

from sync.errors import is_connection_lost, is_transient

#: Races a batch may lose before it takes its rows under lock, so that progress is certain. A lock
#: costs the others a wait; three fresh readings are enough unless several write one hot item.
OPTIMISTIC_ATTEMPTS: Final = 3

#: A job of the clock that failed: a minute later, then two. Jobs are due by the minute, and what
#: made a nightly job fail (a full disk, a deadlock with a restore) does not pass in seconds.
JOB_PAUSE: Final = timedelta(minutes=1)

#: A notification: five tries in 43 minutes. The first soon, for a mail server that greylists; the
#: last after a service's usual outage. Then it is an alarm of its own on the other routes.
NOTICE_PAUSES: Final = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
)


def _passes(exc: BaseException) -> bool:
    return is_transient(exc) and not is_connection_lost(exc)


def _policy(stop: stop_base, first_s: float, longest_s: float) -> Retrying:
    """Return a policy whose pauses are random below a bound that doubles up to the longest."""
    return Retrying(
        retry=retry_if_exception(_passes),
        stop=stop,
        wait=wait_random_exponential(multiplier=first_s, max=longest_s),
        reraise=True,
    )


def batch() -> Retrying:
    """Return the policy of a batch that lost a race: 8 tries, 10 ms doubling to 1 s, 2 s in all.

    A batch takes tens of milliseconds, so the other one is through after one pause. After 8 it is
    no race: the batch is split until the message that fails is alone.
    """
    return _policy(stop_after_attempt(8), 0.01, 1.0)


def retire() -> Retrying:
    """Return the policy of a batch of the archive: 5 tries, 100 ms doubling to 2 s, 5 s in all.

    It yields to the daily work. The run is repeated the next night, and goes on where it stopped.
    """
    return _policy(stop_after_attempt(5), 0.1, 2.0)


def partitions() -> Retrying:
    """Return the policy of locks on whole tables of the archive: up to 3 s apart, for a minute.

    Each try waits 300 ms for the lock, so that nobody queues behind it for longer. Who reads the
    archive is a person with a report: a minute is more than their queries take.
    """
    return _policy(stop_after_delay(60.0), 0.2, 3.0)


@dataclass(frozen=True)
class Pause:
    """Hold how long a thread rests after failures in a row, in seconds; it never gives up."""

    first_s: float
    longest_s: float
    jitter: float

    def after(self, failures: int) -> float:
        """Return the pause after so many failures in a row: it doubles, and jitter spreads it."""
        # 2 ** 20 is beyond every longest pause; a day of outage must not become a huge number.
        pause_s = min(self.first_s * 2.0 ** min(max(failures - 1, 0), 20), self.longest_s)
        return pause_s * random.uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 - no secret


#: A database that is away: soon, for a failover takes seconds; then every 15 s, for ever. With
#: jitter, for many daemons must not fall upon a server that has just come back.
DATABASE: Final = Pause(0.5, 15.0, 0.3)

#: A lane whose batch failed for what passes, after all tries within the batch.
LANE: Final = Pause(0.25, 0.25, 0.5)

#: A lane whose batch failed for a reason that nobody foresaw: the log must stay legible.
LANE_UNEXPECTED: Final = Pause(10.0, 10.0, 0.0)

#: The look for open lanes failed.
SCOUT: Final = Pause(1.0, 1.0, 0.0)
