"""Hold every state machine as data: it renders the CHECKs, the step tables and the tests.

A state or a legal step is written here once. The tables take their CHECK constraints from it,
`staging.step` and the guard triggers are rendered from it, and the tests walk its matrix.
"""

from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class State:
    """Name one state; ``is_open`` means that work may still follow."""

    name: str
    meaning: str
    is_open: bool


MESSAGE_STATES: tuple[State, ...] = (
    State("received", "waiting for its turn, or for its missing lines", True),
    State("waiting", "blocked by one named thing that is not here yet", True),
    State("retrying", "met a transient fault; tried again at next_attempt_at", True),
    State("held", "stopped by an operator", True),
    State("error", "needs a person or a corrected message; all its errors are listed", False),
    State("applied", "its effects and its deliveries are committed", False),
    State("refused", "a request that was answered no, with the reason", False),
    State("duplicate", "same business content as an earlier message; no effect", False),
    State("superseded", "replaced by a newer revision or a correction", False),
    State("discarded", "given up by an operator, with a reason", False),
)

#: States in which a message still moves by itself.
MOVING = ("received", "waiting", "retrying")

_OUTCOMES = ("error", "applied", "refused", "duplicate", "superseded")


def _message_steps() -> tuple[tuple[str, str], ...]:
    """Return the legal (from, to) steps of a message, as the contract's step table says."""
    steps: list[tuple[str, str]] = []
    for source in MOVING:
        targets = (*(s for s in MOVING if s != source), "held", *_OUTCOMES, "discarded")
        steps += [(source, target) for target in targets]
    steps += [("held", to) for to in ("received", "superseded", "discarded")]
    steps += [("error", to) for to in ("received", "held", "superseded", "discarded")]
    return tuple(steps)


MESSAGE_STEPS: tuple[tuple[str, str], ...] = _message_steps()


@dataclass(frozen=True)
class Act:
    """Say from which states a person may take a message where; each is a function of `ops`."""

    name: str
    sources: tuple[str, ...]
    target: str
    meaning: str


ACTS: tuple[Act, ...] = (
    Act("requeue", ("error", "waiting", "retrying"), "received", "judge it afresh, from the start"),
    Act("hold", (*MOVING, "error"), "held", "stop it; later messages of its document wait too"),
    Act("release", ("held",), "received", "let a held message go on"),
    Act("discard", ("held", "error", "waiting"), "discarded", "give it up for good"),
    Act("amend", ("error", "waiting", "held"), "superseded", "replace it by a corrected version"),
)

#: States that nothing leaves: such a message is history, and is retired after the retention.
TERMINAL: tuple[str, ...] = tuple(
    state.name
    for state in MESSAGE_STATES
    if all(source != state.name for source, _ in MESSAGE_STEPS)
)

#: A fact has happened: the answer "no" does not exist for it.
REQUEST_ONLY_STATES = ("refused",)

INBOX_STATES: tuple[State, ...] = (
    State("pending", "not yet read by the receiver", True),
    State("taken", "read; from here a cancel is a request to the receiver", True),
    State("accepted", "agreed, or posted by the receiver", False),
    State("refused", "answered no by the receiver, with a reason code", False),
    State("withdrawn", "superseded or cancelled before it was taken", False),
)

#: What a receiver may do; ``withdrawn`` is the synchronizer's alone.
INBOX_STEPS: tuple[tuple[str, str], ...] = (
    ("pending", "taken"),
    ("pending", "accepted"),
    ("pending", "refused"),
    ("taken", "accepted"),
    ("taken", "refused"),
    ("taken", "pending"),
)
INBOX_SYSTEM_STEPS: tuple[tuple[str, str], ...] = (("pending", "withdrawn"),)

ORDER_STATES: tuple[State, ...] = (
    State("released", "sent to the warehouse, not read there yet", True),
    State("in_work", "taken, a milestone or a fact exists", True),
    State("closing", "said final, facts of it are still unapplied", True),
    State("completed", "every line done", False),
    State("closed", "ended with a short quantity", False),
    State("cancelled", "every line cancelled", False),
    State("refused", "answered no by the warehouse", False),
)

LINE_STATES: tuple[State, ...] = (
    State("open", "quantity is still expected", True),
    State("completed", "done within tolerance", False),
    State("short", "ended below the ordered quantity", False),
    State("cancelled", "cancelled before it was done", False),
    State("refused", "answered no by the warehouse", False),
    State("done_after_cancel", "a fact came after the cancel; a person decides", False),
)

TASK_STATES: tuple[State, ...] = (
    State("open", "a person owes the decision", True),
    State("deciding", "decided; what it posts is on its way", True),
    State("done", "decided and carried out, or no longer needed", False),
)

#: A decision that could not be carried out opens its task again; a task that became moot is done.
TASK_STEPS: tuple[tuple[str, str], ...] = (
    ("open", "deciding"),
    ("open", "done"),
    ("deciding", "open"),
    ("deciding", "done"),
)

PERIOD_STATES: tuple[State, ...] = (
    State("open", "takes postings; a month that nobody touched is open", True),
    State("closing", "still takes postings, while what blocks its close is cleared", True),
    State("closed", "takes none: what happened in it is posted in the next that is open", False),
)

PERIOD_STEPS: tuple[tuple[str, str], ...] = (
    ("open", "closing"),
    ("open", "closed"),
    ("closing", "open"),
    ("closing", "closed"),
    ("closed", "open"),
)


def names(states: tuple[State, ...]) -> tuple[str, ...]:
    """Return the names of the states, in their order."""
    return tuple(state.name for state in states)


def matrix(states: tuple[State, ...]) -> tuple[tuple[str, str], ...]:
    """Return every ordered pair of different states, legal or not, for tests."""
    every = names(states)
    return tuple((a, b) for a, b in product(every, every) if a != b)
