"""Hold what is known of a batch while it travels the main road."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Batch:
    """Carry the facts of one batch between steps; the rows themselves stay in the work tables.

    ``now`` is the one time of the batch. ``mapped`` are the systems with code maps. ``entries``
    and ``deliveries`` count what will be numbered by the lane's counter.
    """

    lane: str
    road: str
    now: datetime
    with_locks: bool = False
    limits: dict[str, Any] = field(default_factory=dict)
    size: int = 0
    lines: int = 0
    mapped: list[str] = field(default_factory=list)
    entries: int = 0
    deliveries: int = 0
    resent: bool = False
