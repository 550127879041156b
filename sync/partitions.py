"""Keep the archive's months: made ahead, and dropped when the time to keep them has passed.

Nothing is dropped that was not exported, unless the caller says so; the memory of the messages, the
ledger and the orders are never touched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from functools import partial
from typing import Any, TypeVar

from sync import migrate, retry
from sync.archive_export import Exported, export_month, month_bounds, months
from sync.errors import NotFoundError
from sync.store import Store

__all__ = ["Dropped", "Maintained", "attach_month", "drop_month", "maintain_partitions", "months"]

#: Partitions are there so many months before the first row comes.
MONTHS_AHEAD = 2
#: How long the sizes of tables are kept, to see how they grow.
SIZES_KEPT = timedelta(days=400)

T = TypeVar("T")


@dataclass(frozen=True)
class Dropped:
    """Say which month was dropped and how many bytes the database freed."""

    month: date
    freed_bytes: int


@dataclass
class Maintained:
    """Say what a run did: partitions made, months exported and dropped."""

    made: int = 0
    exported: list[Exported] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it for a machine."""
        return {
            "made": self.made,
            "exported": [
                {"month": f"{one.month:%Y-%m}", "path": str(one.folder), "rows": one.rows}
                for one in self.exported
            ],
            "dropped": [
                {"month": f"{one.month:%Y-%m}", "freed_bytes": one.freed_bytes}
                for one in self.dropped
            ],
        }


def maintain_partitions(
    store: Store, *, progress: Callable[[int], None] | None = None
) -> Maintained:
    """Make the months ahead, note how large the tables are, and let go what was kept long enough.

    Settings: ``archive_keep`` says how long a month stays after its end (not set: for ever),
    ``archive_export`` whether it is written to ``archive_folder`` before it is dropped. May be
    repeated at any time, also after it was killed; two at once do no harm.

    Raises:
        ConfigurationError: the folder cannot be written; nothing was dropped then.

    """
    settings, now = store.settings, store.now()
    result = Maintained()
    following = now.date().replace(day=1)
    for _ in range(MONTHS_AHEAD + 1):
        result.made += _patiently(partial(_run, store, "retire_month", month=following))
        following = month_bounds(following)[1].date()
    _patiently(partial(_execute, store, "archive_analyze"))
    with store.transaction() as tx:
        today = now.astimezone(UTC).date()
        tx.run("table_sizes_record", today=today)
        tx.run("table_sizes_forget", before=today - SIZES_KEPT)
    if settings.archive_keep is None:
        return result
    for row in months(store):
        if row.state == "dropped" or month_bounds(row.month)[1] > now - settings.archive_keep:
            continue
        # A month that is detached was left behind by a run that was killed, or by a person: it is
        # put back to be looked at whole.
        if row.state == "detached":
            attach_month(store, row.month, "to be exported and dropped as settings say")
        if settings.archive_export:
            result.exported.append(
                export_month(
                    store,
                    row.month,
                    settings.archive_folder,
                    settings.archive_format,
                    revision=migrate.head(),
                    progress=progress,
                )
            )
        reason = f"ended more than {settings.archive_keep.days} days ago (archive_keep)"
        result.dropped.append(
            drop_month(store, row.month, reason, without_export=not settings.archive_export)
        )
    return result


def drop_month(store: Store, month: date, reason: str, *, without_export: bool = False) -> Dropped:
    """Detach a month and drop it, when it is the same as what was exported.

    Otherwise it is put back and stays. Raises SQLAlchemy's error 55000 then, 55P03 when readers
    hold the archive for longer than a minute, and `NotFoundError` for a month that is not there.
    """
    states = {row.state for row in months(store) if row.month == month} - {"dropped"}
    if not states:
        raise NotFoundError(f"the archive has no month {month:%Y-%m}")
    if "detached" not in states:
        _patiently(partial(_run, store, "archive_detach", month=month, reason=reason))
    try:
        freed = _patiently(
            partial(
                _run,
                store,
                "archive_drop",
                month=month,
                reason=reason,
                without_export=without_export,
            )
        )
    except Exception as exc:
        try:
            attach_month(store, month, f"not dropped: {reason}")
        except Exception:  # noqa: BLE001 - the first failure is the one to be told
            exc.add_note(f"{month:%Y-%m} is still detached: crossdock archive attach")
        raise
    return Dropped(month, freed)


def attach_month(store: Store, month: date, reason: str) -> None:
    """Put a month that was detached back into the archive. Raises P0002 when none is."""
    _patiently(partial(_run, store, "archive_attach", month=month, reason=reason))


def _run(store: Store, name: str, **params: Any) -> int:
    return int(_execute(store, name, **params))


def _execute(store: Store, name: str, **params: Any) -> Any:
    with store.transaction() as tx:
        tx.run("archive_patience")
        return tx.scalar(name, **params)


def _patiently(work: Callable[[], T]) -> T:
    return retry.partitions()(work)
