"""List what a person may decide about each task, as data: meaning, effect, what it posts, owner.

It renders ``ops.choice``. A new task code needs one line here; a code of the catalogue that asks
for a decision and has no choice is a failing test.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """Describe one choice.

    ``doc_types`` are the documents whose tasks offer it, `ANY` for all. ``posts`` says what it
    books, in words; ``effect`` names it for the engine, see `EFFECTS`. ``owner`` is the role that
    owes the decision until somebody assigns the task; all choices of a task name the same one.
    """

    code: str
    choice: str
    doc_types: tuple[str, ...]
    meaning: str
    posts: str
    effect: str
    owner: str


OWNERS = ("purchasing", "sales", "production", "warehouse", "stock control", "finance", "IT")

#: What the engine does for a choice; ``schema/statements/decide.sql`` carries each of them out.
EFFECTS = {
    "none": "nothing is posted: the task is done",
    "stay": "nothing is posted: the task stays open, with the reason",
    "release": "stock_move of what the line booked blocked to the status as sent",
    "block": "stock_move of what the fact booked to blocked",
    "scrap": "stock_adjustment that takes out what the line booked blocked",
    "lift": "stock_adjustment that raises a balance below zero to zero",
    "accept": "the delivery that waits for an answer becomes accepted",
    "refuse": "the delivery that waits for an answer becomes refused",
    "end": "the order ends although facts of it are unapplied",
}

DocTypes = tuple[str, ...]

ANY: DocTypes = ("*",)
RECEIPT: DocTypes = ("goods_receipt",)
PRODUCED: DocTypes = ("production_receipt",)
SHIPPED: DocTypes = ("shipment",)
ISSUED: DocTypes = ("material_issue",)

_NOTHING = "nothing"
_RELEASE = "stock_move from blocked to the status as sent"
_BLOCK = "stock_move from the status as posted to blocked"
_SCRAP = "stock_adjustment out of blocked, reason SCRAP"
_FOUND = "stock_adjustment of what is below zero, reason FOUND"
_THROWN = "the goods are thrown away here; the WMS does not report it as well"
_YES, _NO = "the answer accepted to the request", "the answer refused to the request"
_CONTROL = "stock control"


def _blocked(code: str, accepted: str, owners: dict[DocTypes, str]) -> tuple[Choice, ...]:
    """Return the choices about stock that was booked blocked when it came."""
    choices = (
        ("release", accepted, _RELEASE, "release"),
        ("keep_blocked", "it stays blocked, until it is sent back or moved", _NOTHING, "none"),
        ("scrap", _THROWN, _SCRAP, "scrap"),
    )
    return tuple(
        Choice(code, choice, doc_types, meaning, posts, effect, owner)
        for doc_types, owner in owners.items()
        for choice, meaning, posts, effect in choices
    )


def _posted(code: str, kept: str, owners: dict[DocTypes, str]) -> tuple[Choice, ...]:
    """Return the choices about goods that were posted as they were reported."""
    aside = "what came is set aside, until it is cleared"
    return tuple(
        Choice(code, choice, doc_types, meaning, posts, effect, owner)
        for doc_types, owner in owners.items()
        for choice, meaning, posts, effect in (
            ("keep", kept, _NOTHING, "none"),
            ("block", aside, _BLOCK, "block"),
        )
        if choice == "keep" or doc_types in (RECEIPT, PRODUCED)
    )


def _any(code: str, choice: str, meaning: str, posts: str, effect: str, owner: str) -> Choice:
    return Choice(code, choice, ANY, meaning, posts, effect, owner)


def _seen(code: str, meaning: str, owner: str) -> Choice:
    return _any(code, "acknowledge", meaning, _NOTHING, "none", owner)


_CAME = {RECEIPT: "purchasing", PRODUCED: "production"}
_LEFT = {SHIPPED: "sales", ISSUED: "production"}
_ADJUSTED: dict[DocTypes, str] = {("stock_adjustment",): _CONTROL}
_CAME_ODD = dict.fromkeys(_CAME, _CONTROL)
_LEFT_ODD = dict.fromkeys(_LEFT, _CONTROL)

_BELOW_ZERO = "it stays below zero until a late fact or a count mends it"
_FORCE = "the order ends now; facts of it that come later are posted, each with a task"
_WAIT = "the order ends by itself when its last fact is applied"

CHOICES: tuple[Choice, ...] = (
    *_blocked("QTY-005", "the surplus is accepted: pay for it, or agree on it", _CAME),
    *_posted("QTY-005", "what left too much stays posted: charge it, or have it sent back", _LEFT),
    _any("QTY-006", "accept", _BELOW_ZERO, _NOTHING, "none", _CONTROL),
    _any("QTY-006", "adjust", "the goods were there: the book was short", _FOUND, "lift", _CONTROL),
    *_posted("QTY-007", "it stays posted beside the order's lines", _CAME | _LEFT),
    *_posted("REF-007", "it stays posted without an order", _CAME | _LEFT | _ADJUSTED),
    *_posted("STA-005", "it stays posted to the line that had ended", _CAME | _LEFT),
    *_blocked("LOT-004", "the date was checked: the lot is good", _CAME_ODD),
    *_blocked("LOT-005", "the serial number was checked: this piece is the right one", _CAME_ODD),
    *_blocked("LOT-006", "it may be used all the same", _CAME_ODD),
    *_posted("LOT-006", "it has left although it was expired: the customer is told", _LEFT_ODD),
    _any(
        "STA-009", "accepted", "the warehouse said yes, by telephone", _YES, "accept", "warehouse"
    ),
    _any("STA-009", "refused", "the warehouse said no, by telephone", _NO, "refuse", "warehouse"),
    _any("STA-010", "force_close", _FORCE, "the end of the order; no stock", "end", _CONTROL),
    _any("STA-010", "wait", _WAIT, _NOTHING, "stay", _CONTROL),
    _seen("STA-011", "the fact stays posted, after the end of its order", _CONTROL),
    _seen("STA-012", "the warehouse works on without the change", "warehouse"),
    _seen("PER-001", "the clock was looked at; the fact stays posted", "IT"),
    _seen("PER-002", "it stays in the month that it was posted to", "finance"),
)
