"""Hold the classes of the nightly reconciliation as data: order, evidence, owner, action, words.

A row of `CLASSES` becomes a row of ``recon.class``; the run tests them in this order and takes the
first that fits. A row of `PHRASES` becomes a row of ``recon.phrase``: the sentence that says why a
key differs, with the names of its arguments in braces, so that it can be said in other languages.
"""

from dataclasses import dataclass

#: A proven by ledger or echo, B structural, C numeric suspicion, none: no cause known.
EVIDENCES = ("A", "B", "C", "none")
SIDES = ("erp", "wms", "both")
RUN_STATES = ("running", "closed", "not_valid", "failed")
VERDICTS = ("RECONCILED", "OPEN_ITEMS", "NOT_VALID")
TRIGGERS = ("nightly", "command")
QUARANTINE_CLASSES = (1, 2, 3)

#: What a difference may carry beside its class.
FLAGS: dict[str, str] = {
    "NEGATIVE": "a book is below zero",
    "ZERO_ONE_SIDE": "one side holds nothing of the key",
    "TRANSIENT": "had vanished when both sides were read a second time",
    "MASKED": "the books are equal, yet parts of the difference are not zero: they cancel",
    "TOLERATED": "the residual is within tolerance",
    "RECURRENT": "the key was closed within the last 30 nights and is open again",
    "CLOSED": "the residual of the last run is gone",
    "BY_TIME": "a movement without a position was placed by its time",
    "STRADDLING": "a movement's time and position disagree about a snapshot",
    "RESTATED": "a late message changed what was carried forward",
    "OTHERS_FIT": "more than one movement or pattern fits; all are listed",
}


@dataclass(frozen=True)
class DifferenceClass:
    """Describe a class: when it is tested, how well it is proved, who acts, and what to do."""

    name: str
    test_order: int
    evidence: str
    owner: str
    action: str
    meaning: str
    #: a known one-sided movement (part of C), a cause of the residual, or lines set apart
    kind: str = "residual"
    #: the exit code of a run counts those that nobody can explain
    is_unexplained: bool = False
    may_adjust: bool = False


_MASTER = "master data"
_IT = "IT"
_KEY_USER = "key user"

CLASSES: tuple[DifferenceClass, ...] = (
    DifferenceClass("RUN_INVALID", 0, "A", "DBA", "mend what the gate names, run again",
                    "a gate failed; no differences are published", "run"),
    DifferenceClass("UNKNOWN_ITEM", 1, "A", _MASTER, "add the mapping or the item, run again",
                    "an item code that neither the map nor the books know", "quarantine"),
    DifferenceClass("UNKNOWN_WAREHOUSE", 1, "A", _MASTER, "add the warehouse, run again",
                    "a warehouse that the books do not know", "quarantine"),
    DifferenceClass("UNKNOWN_STATUS", 1, "A", _MASTER, "add the mapping, run again",
                    "a stock status that neither the map nor the catalogue knows", "quarantine"),
    DifferenceClass("UNKNOWN_UOM", 1, "A", _MASTER, "add the unit of the item, run again",
                    "a unit without a ratio to the base unit", "quarantine"),
    DifferenceClass("DUPLICATE_KEY", 2, "A", "integration", "mend the extract of the snapshot",
                    "the same item, lot, location and status stands twice in one snapshot",
                    "quarantine"),
    DifferenceClass("NOT_COMPARABLE", 3, "A", "none", "none: counted and shown",
                    "one side does not keep this stock, by a dated rule", "quarantine"),
    DifferenceClass("CUT_OFF", 4, "A", "none", "none: gone with the next run",
                    "posted on both sides, on one of them after its snapshot", "part"),
    DifferenceClass("IN_FLIGHT", 5, "A", "none", "none: on its way",
                    "known here, not posted by the other side yet", "part"),
    DifferenceClass("IN_FLIGHT_LATE", 5, "A", "IT queue", "look why it is not posted yet",
                    "on its way for longer than agreed", "part"),
    DifferenceClass("REJECTED", 6, "A", _KEY_USER, "correct it and let it go on",
                    "stands in error or was stopped, and waits for a person", "part"),
    DifferenceClass("UNCONFIRMED", 7, "A", _IT,
                    "ask the receiver by delivery, then post or give up",
                    "read by the receiver, no answer within the limit", "part"),
    DifferenceClass("LATE_MESSAGE", 8, "A", "none", "none: the last run is restated",
                    "told after the last run, though it happened before"),
    DifferenceClass("CARRIED_FORWARD", 9, "A", "as before", "as before",
                    "open since an earlier night, nothing new"),
    DifferenceClass("ROUNDING", 10, "B", "none", "none while the sum stays small",
                    "smaller than what the coarser side cannot write"),
    DifferenceClass("LOT_GRANULARITY", 11, "A", _MASTER, "declare the roll-up of lots",
                    "one side keeps the item without lots; over all lots nothing is left"),
    DifferenceClass("STATUS_SHIFT", 12, "B", "mapping owner", "look at the map of statuses",
                    "stands under another status on the other side", may_adjust=True),
    DifferenceClass("LOT_SHIFT", 12, "B", _KEY_USER, "look at the lot numbers",
                    "stands under another lot on the other side", may_adjust=True),
    DifferenceClass("WAREHOUSE_SHIFT", 12, "B", "transfer desk", "look at the transfers",
                    "stands in another warehouse on the other side", may_adjust=True),
    DifferenceClass("UOM_BALANCE", 13, "B", _MASTER, "look at the units of the item",
                    "the books differ by the factor of a unit"),
    DifferenceClass("DUPLICATE", 14, "A", _KEY_USER, "reverse the document that is named",
                    "the ERP posted one fact twice, its echo says so", may_adjust=True),
    DifferenceClass("QTY_MISPOST", 15, "A", _KEY_USER, "correct the document that is named",
                    "the ERP posted another quantity, its echo says so", may_adjust=True),
    DifferenceClass("UOM_MISPOST", 15, "A", _KEY_USER, "correct the document that is named",
                    "the ERP posted another unit, its echo says so", may_adjust=True),
    DifferenceClass("MISROUTED", 16, "A", "mapping owner", "correct the map and the document",
                    "the ERP posted to another item, lot or status, its echo says so",
                    may_adjust=True),
    DifferenceClass("SEQ_GAP", 17, "B", _IT, "ask the WMS for the missing numbers",
                    "numbers of the WMS are missing in the window of this run"),
    DifferenceClass("POSSIBLE_DUPLICATE", 18, "C", _KEY_USER, "look up the document",
                    "as large as one movement: it may stand twice"),
    DifferenceClass("POSSIBLE_LOST_APPLY", 18, "C", _KEY_USER, "look up the document",
                    "as large as one movement: it may be missing"),
    DifferenceClass("POSSIBLE_SIGN", 18, "C", _KEY_USER, "look up the document",
                    "twice as large as one movement: it may have the wrong sign"),
    DifferenceClass("POSSIBLE_UOM_MOVE", 18, "C", _KEY_USER, "look up the document",
                    "one movement in another unit would explain it"),
    DifferenceClass("UNREPORTED_ERP", 19, "A", "controller", "find the posting in the ERP",
                    "the ERP's book changed outside the interface", is_unexplained=True,
                    may_adjust=True),
    DifferenceClass("UNREPORTED_WMS", 19, "A", "controller", "count the stock",
                    "the WMS's book changed without a fact", is_unexplained=True,
                    may_adjust=True),
    DifferenceClass("OPENING_DIFFERENCE", 20, "none", "controller", "align the books once",
                    "no earlier run of the warehouse: the books differed from the start",
                    is_unexplained=True),
    DifferenceClass("UNEXPLAINED", 21, "none", "controller", "count the stock",
                    "no cause was found", is_unexplained=True),
)  # fmt: skip

BY_NAME = {one.name: one for one in CLASSES}
NAMES = tuple(BY_NAME)
#: The parts of C, the most urgent last: it names a key whose residual is zero.
PART_CLASSES = ("CUT_OFF", "IN_FLIGHT", "IN_FLIGHT_LATE", "UNCONFIRMED", "REJECTED")

#: Sentences by ``why_key``; quantities are in the base unit, without trailing zeros.
PHRASES: dict[str, str] = {
    "parts": "ERP {erp} = WMS {wms}{terms}",
    "late": "ERP {erp} = WMS {wms}{terms}; a message told late restates the last run by {restated}",
    "carried": "{residual} {uom} open since {first_seen_on}, nothing new; was {was}",
    "closed": "the {carried} {uom} of the last run are gone",
    "quarantine": "{residual} {uom} left, while {lines} lines of a snapshot lie apart ({classes})",
    "held_back": "{residual} {uom} left; a message of unknown quantity waits: {documents}",
    "rounding": "{residual} {uom} is within {limit}, what the coarser side cannot write",
    "lots": "the {side} side keeps {item} without lots; over all lots nothing is left",
    "shift": "{residual} {uom} here, the opposite at {others}",
    "uom_balance": "ERP {erp} is WMS {wms} times or divided by {factor}, the factor of {unit}",
    "echo": "the ERP posted {posted} instead of {intended} {uom}: {documents}",
    "gap": "the WMS's book changed by {wms_drift} {uom}; its numbers {numbers} never came",
    "possible": "the {side} book is off by {drift} {uom}; one movement would explain it:"
    " {documents}",
    "unreported": "the {side} book changed by {drift} {uom} outside the interface",
    "both_sides": "the ERP's book changed by {erp_drift}, the WMS's by {wms_drift} {uom}, both"
    " outside the interface",
    "opening": "ERP {erp}, WMS {wms}{terms}; {residual} {uom} differ from the start",
    "unexplained": "ERP {erp}, WMS {wms}{terms}; {residual} {uom} have no cause",
}
