"""Read and print durations and times of the day, always with a unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Annotated, Final

from pydantic import BeforeValidator

_UNITS: Final[dict[str, timedelta]] = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "sec": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)", re.IGNORECASE)
_ISO = re.compile(
    r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?",
    re.IGNORECASE,
)


def parse_duration(value: object) -> timedelta:
    """Read `15min`, `4h`, `1h30min`, `500ms` or ISO 8601 `PT15M`.

    A bare number is refused: nobody can see whether it means seconds or minutes. `0` is allowed.

    Raises:
        ValueError: the text is no duration, or is negative.

    """
    if isinstance(value, timedelta):
        return value
    text = str(value).strip()
    if text == "0":
        return timedelta(0)
    iso = _ISO.fullmatch(text)
    if iso is not None and any(iso.groups()):
        part = {name: float(number or 0) for name, number in iso.groupdict().items()}
        return timedelta(days=part["d"], hours=part["h"], minutes=part["m"], seconds=part["s"])
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ValueError("not a duration; write for example 15min, 4h, 500ms or PT15M")
    return sum((float(number) * _UNITS[unit.lower()] for number, unit in parts), timedelta(0))


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]


_SIZES = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1))


def duration_text(span: timedelta) -> str:
    """Return a duration as `parse_duration` reads it: `1h30min`, `500ms`, `0`."""
    left = round(span.total_seconds() * 1000)
    parts = []
    for unit, size_ms in _SIZES:
        count, left = divmod(left, size_ms)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"


@dataclass(frozen=True)
class QuietHours:
    """Hold the hours in which only critical alarms are told; they may go over midnight."""

    start: time
    end: time

    def holds(self, moment: time) -> bool:
        """Return whether the time of the day lies in them; the end does not."""
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end

    def __str__(self) -> str:
        """Return them as they are written in the settings."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


_HOURS = re.compile(r"^([0-2]?\d:[0-5]\d)\s*-\s*([0-2]?\d:[0-5]\d)$")


def parse_quiet_hours(value: object) -> QuietHours | None:
    """Read `22:00-06:00`; nothing at all means none.

    Raises:
        ValueError: the text names no hours, or none lie between them.

    """
    if value is None or isinstance(value, QuietHours):
        return value
    found = _HOURS.findall(str(value).strip())
    try:
        [(first, last)] = found
        start, end = time.fromisoformat(first.zfill(5)), time.fromisoformat(last.zfill(5))
    except ValueError:
        raise ValueError("not a span of hours; write for example 22:00-06:00") from None
    if start == end:
        raise ValueError("no hour lies between them")
    return QuietHours(start, end)
