"""Keep the hours of the simulated day; all of them are hours of UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

OPENING_HOUR = 5
FIRST_HOUR = 6
LAST_HOUR = 19
COUNT_HOUR = 20
CLOSING_HOUR = 21
CLOSE_ORDERS_HOUR = 18


@dataclass(frozen=True, slots=True)
class Clock:
    """Turn hours of the simulated day into instants; the day is over when it is simulated."""

    day: date

    def at(self, hour: int, minute: int = 0, second: int = 0) -> datetime:
        """Return the instant of an hour, UTC, of the simulated day."""
        midnight = datetime(self.day.year, self.day.month, self.day.day, tzinfo=UTC)
        return midnight + timedelta(hours=hour, minutes=minute, seconds=second)


def yesterday() -> date:
    """Return the default day: the last complete one, so no instant lies in the future."""
    return datetime.now(UTC).date() - timedelta(days=1)
