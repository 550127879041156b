"""Inject trouble into a day: each kind is an object that knows how it must end.

``ALL`` lists the kinds in the order in which a day tells them.
"""

from collections.abc import Iterable

from sync.simulate.day import Day
from sync.simulate.trouble.base import Outcome, Trouble
from sync.simulate.trouble.changes import (
    CancelAfterShipping,
    CancelRefused,
    CancelWhilePicking,
    OverReceipt,
)
from sync.simulate.trouble.crash import KilledWorker
from sync.simulate.trouble.decided import ForcedClose, ReleasedSurplus
from sync.simulate.trouble.doubles import ConflictingResend, ResendNewId, ResendSameId
from sync.simulate.trouble.gate import ClosingOrder
from sync.simulate.trouble.policies import BelowZero
from sync.simulate.trouble.questions import (
    AnsweredByLine,
    ShippedAfterCancel,
    ToldAndRefused,
    UnreadQuestion,
)
from sync.simulate.trouble.references import (
    ForeignWarehouse,
    InexactQuantity,
    UnknownItem,
    UnmappedCode,
    WrongUnit,
)
from sync.simulate.trouble.repairs import (
    AmendedMessage,
    DiscardedMessage,
    HeldMessage,
    RequeuedMessage,
)
from sync.simulate.trouble.timing import (
    LateFact,
    MissingLines,
    MoveBeforeReceipt,
    OutOfOrderRevisions,
)

ALL: tuple[type[Trouble], ...] = (
    ResendSameId,
    ResendNewId,
    ConflictingResend,
    OutOfOrderRevisions,
    UnknownItem,
    WrongUnit,
    InexactQuantity,
    UnmappedCode,
    ForeignWarehouse,
    MissingLines,
    LateFact,
    MoveBeforeReceipt,
    CancelWhilePicking,
    CancelRefused,
    CancelAfterShipping,
    UnreadQuestion,
    AnsweredByLine,
    ToldAndRefused,
    ShippedAfterCancel,
    ClosingOrder,
    ForcedClose,
    OverReceipt,
    ReleasedSurplus,
    BelowZero,
    AmendedMessage,
    RequeuedMessage,
    DiscardedMessage,
    HeldMessage,
    KilledWorker,
)


def choose(day: Day, names: Iterable[str] | None = None) -> list[Trouble]:
    """Return the named kinds of trouble, or all that can happen on this day, and schedule them.

    Raises: ValueError for a name that is no kind of trouble.
    """
    known = {kind.name: kind for kind in ALL}
    wanted = list(known) if names is None else list(names)
    if unknown := [name for name in wanted if name not in known]:
        raise ValueError(f"no such trouble: {', '.join(unknown)}; there is {', '.join(known)}")
    troubles = [known[name](day) for name in wanted]
    possible = [trouble for trouble in troubles if trouble.is_possible()]
    for trouble in possible:
        trouble.schedule()
    return possible


__all__ = ["ALL", "Outcome", "Trouble", "choose"]
