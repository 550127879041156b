"""Hold every policy as data: what may be decided, for whom, in which unit, and what holds else.

A row of `POLICIES` becomes a row of ``ops.policy_kind``; the settings of the program take their
defaults from here, and `crossdock policy list` prints the meaning. `ops.set_policy` sets a value
for a warehouse, a system or an order type.
"""

from dataclasses import dataclass
from datetime import timedelta

SCOPE_KINDS = ("warehouse", "system", "order_type")


@dataclass(frozen=True)
class Policy:
    """Describe a policy.

    ``choices`` are the legal values; none means an interval. ``setting`` is the program's setting
    that holds where nothing was decided, before ``default``.
    """

    name: str
    scope_kinds: tuple[str, ...]
    default: str
    meaning: str
    choices: tuple[str, ...] = ()
    setting: str | None = None

    @property
    def unit(self) -> str:
        """Return in words what a value is."""
        return f"one of {', '.join(self.choices)}" if self.choices else "interval"


#: The limits of one warehouse: how long, and for what.
_LIMITS: dict[str, tuple[timedelta, str]] = {
    "reference_limit": (
        timedelta(hours=4),
        "how long a message waits for an item, unit, party, location, warehouse or reversed fact",
    ),
    "order_limit": (
        timedelta(hours=1),
        "how long a fact waits for its order; then it is posted without, with a task",
    ),
    "stock_limit": (
        timedelta(minutes=15),
        "how long a fact waits for stock; then it is posted below zero, with a task",
    ),
    "line_limit": (
        timedelta(minutes=15),
        "how long a header waits for its lines, and lines for their header",
    ),
    "answer_alarm": (
        timedelta(hours=2),
        "how long a forwarded request goes unanswered before a person is told",
    ),
    "clock_skew_limit": (
        timedelta(minutes=15),
        "how far ahead of our clock a fact may say it happened before a person is told",
    ),
}

DEFAULT_LIMITS: dict[str, timedelta] = {name: limit for name, (limit, _) in _LIMITS.items()}


#: What a WMS may lack. An order that its WMS cannot represent is an error at once.
CAPABILITIES: dict[str, str] = {
    "lots": "a line that names a lot cannot be sent to it",
    "serials": "an item kept by serial number cannot be ordered from it",
    "decimals": "a quantity that is not whole in its unit cannot be sent to it",
    "repeated_items": "one item cannot stand on two lines of an order",
    "partial": "it works a line in full or not at all: a line cannot have an under_tolerance_pct",
    "cancel": "an order that it has read cannot be cancelled; one that it has not read can",
    "packages": "it counts in base units: a line cannot be in another unit",
    "production": "production orders cannot be sent to it",
}


def _interval(limit: timedelta) -> str:
    """Return a limit of less than a day as PostgreSQL writes it."""
    minutes = limit.seconds // 60
    return f"{minutes // 60:02d}:{minutes % 60:02d}:00"


POLICIES: tuple[Policy, ...] = (
    *(
        Policy(name, ("warehouse",), _interval(limit), meaning, setting=f"CROSSDOCK_{name.upper()}")
        for name, (limit, meaning) in _LIMITS.items()
    ),
    Policy(
        "negative_stock",
        ("warehouse",),
        "wait",
        "a fact that would take stock below zero: wait up to stock_limit for an earlier fact, or"
        " post at once; a task tells of it when it is posted",
        ("wait", "post"),
    ),
    Policy(
        "remainder",
        ("order_type", "warehouse"),
        "close_short",
        "who owns what a receipt or shipment leaves. close_short: a final fact ends it, else it"
        " stays open; back_order_erp: every fact ends it, the ERP sends a new order;"
        " back_order_wms: no fact ends it, only the full quantity or a close does",
        ("close_short", "back_order_erp", "back_order_wms"),
    ),
    Policy(
        "authoritative_book",
        ("warehouse",),
        "wms",
        "whose book is right where both disagree and nobody knows better: adjustments correct the"
        " other one",
        ("wms", "erp"),
    ),
    *(
        Policy(name, ("system",), "on", f"off for a WMS: {meaning} (SYN-015)", ("on", "off"))
        for name, meaning in CAPABILITIES.items()
    ),
)

#: Order types of which a remainder is left. Production ends by its completion alone, and what is on
#: the way to a transfer's destination comes whoever owns the rest.
REMAINDER_ORDER_TYPES = (
    "purchase_order",
    "sales_order",
    "transfer_order",
    "customer_return",
    "supplier_return",
)

BY_NAME: dict[str, Policy] = {policy.name: policy for policy in POLICIES}
