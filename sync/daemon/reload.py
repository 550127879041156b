"""Tell which settings may change while the daemon runs, and which wait for a restart."""

from __future__ import annotations

from dataclasses import dataclass

from sync.config import Settings

#: Read anew at each use. All others were used to open connections, threads and ports.
RELOADABLE = frozenset(
    {
        "batch_rows",
        "batch_rows_idle",
        "poll_min_ms",
        "poll_max_ms",
        "sweep_ms",
        "retry_delay",
        "max_attempts",
        "reference_limit",
        "order_limit",
        "stock_limit",
        "line_limit",
        "answer_alarm",
        "clock_skew_limit",
        "retention",
        "alarm_period",
        "alarm_routes",
        "alarm_quiet_hours",
        "alarm_time_zone",
        "alarm_pause",
        "alarm_reminder",
        "alarm_database",
    }
)


@dataclass(frozen=True)
class Reloaded:
    """Hold the settings in force from now, and the names of those that changed."""

    settings: Settings
    taken: tuple[str, ...]
    waiting: tuple[str, ...]


def take_over(in_force: Settings, read_before: Settings, read_now: Settings) -> Reloaded:
    """Return the settings in force with what changed between two readings and may change.

    Compared with the reading before, not with what is in force: an argument of the command line
    goes on to win over a file that says something else.
    """
    changed = [
        name
        for name in Settings.model_fields
        if getattr(read_before, name) != getattr(read_now, name)
    ]
    taken = tuple(name for name in changed if name in RELOADABLE)
    update = {name: getattr(read_now, name) for name in taken}
    waiting = tuple(name for name in changed if name not in RELOADABLE)
    return Reloaded(in_force.model_copy(update=update), taken, waiting)
