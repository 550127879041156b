"""Hold the race table as data: what becomes of an event after the order has left for the warehouse.

It renders the table `staging.race`, which the engine joins when it judges requests, and the tests
generate their pairs of events from it. A row says: in this situation of the order, this event has
that outcome. Facts and silence have rows too, so that the table tells all of it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Race:
    """Say what becomes of one kind of event in one situation of its order."""

    situation: str
    event: str
    outcome: str
    meaning: str


#: How far the warehouse has come, by the order's state, its milestone and its inbox row.
SITUATIONS = {
    "unread": "released, and the inbox row is still pending",
    "read": "taken, accepted, or begun by a milestone or a fact; not yet picking",
    "picking": "the last milestone is picking, packed, loaded or delivered",
    "ended": "closing, completed or closed",
    "cancelled": "every line cancelled",
    "refused": "answered no by the warehouse",
    "asked_unread": "a change or cancel was forwarded, and its inbox row is still pending",
    "asked_read": "a change or cancel was forwarded and read, but not answered",
}

#: Kinds of change that a request makes. A dropped line and another item or lot are a decrease, an
#: added line is an increase; a revision that changes nothing counts as an increase of nothing.
CHANGES = {
    "cancel": "the order is not wanted any more",
    "close": "nothing further is expected; what is open becomes short",
    "decrease": "less of a line than agreed, or none of it",
    "increase": "more of a line than agreed, or a further line",
    "header": "another party, carrier, address, date, priority or note",
}

#: Events that are no requests of the ERP.
OTHER_EVENTS = {
    "fact": "the warehouse reports what has happened",
    "newer": "a newer revision, a cancel or a close of the same order comes",
    "silence": "no answer within the limit",
}

#: What may become of an event, weakest first: of several changes in one revision the strongest
#: decides for the delivery, and each line is agreed for itself.
OUTCOMES = {
    "tell": "agreed at once; the new revision is delivered, no answer is needed",
    "replace": "agreed at once; the unread delivery is withdrawn, the new revision takes its place",
    "release": "agreed at once; the order is released anew",
    "withdraw": "agreed at once; an unread delivery is withdrawn, the warehouse never hears of it",
    "close": "agreed at once; the warehouse is told unless it never read the order",
    "ask": "forwarded; only the warehouse's answer decides, line by line",
    "refuse": "refused: STA-001, naming the fact that ended the order",
    "post": "posted",
    "post_flagged": "posted all the same, and a person decides",
    "supersede": "the question is withdrawn, and the newer request is judged in its place",
    "wait": "the newer request waits until the question is answered",
    "alarm": "a task; the question stays open, nothing is assumed",
}


def _requests(situation: str, **outcomes: str) -> tuple[Race, ...]:
    return tuple(Race(situation, event, o, OUTCOMES[o]) for event, o in outcomes.items())


RACES: tuple[Race, ...] = (
    *_requests("unread", cancel="withdraw", close="close", decrease="replace", increase="replace",
               header="replace"),
    *_requests("read", cancel="ask", close="close", decrease="ask", increase="tell",
               header="tell"),
    *_requests("picking", cancel="ask", close="close", decrease="ask", increase="tell",
               header="ask"),
    *_requests("ended", cancel="refuse", close="refuse", decrease="refuse", increase="refuse",
               header="refuse"),
    *_requests("cancelled", cancel="withdraw", close="withdraw", decrease="release",
               increase="release", header="release"),
    *_requests("refused", cancel="withdraw", close="withdraw", decrease="release",
               increase="release", header="release"),
    Race("unread", "fact", "post", "posted; the order is in work, for whoever ships has read it"),
    Race("read", "fact", "post", "posted; what is done stays done, whatever is asked later"),
    Race("picking", "fact", "post", "posted; what is done stays done, whatever is asked later"),
    Race("ended", "fact", "post", "posted; it lowers what was short, then tolerance decides"),
    Race("cancelled", "fact", "post_flagged", "posted; the line is done_after_cancel, STA-005"),
    Race("refused", "fact", "post_flagged", "posted; the line is done_after_cancel, STA-005"),
    Race("asked_unread", "newer", "supersede", OUTCOMES["supersede"]),
    Race("asked_read", "newer", "wait", OUTCOMES["wait"]),
    Race("asked_unread", "silence", "alarm", OUTCOMES["alarm"]),
    Race("asked_read", "silence", "alarm", OUTCOMES["alarm"]),
)  # fmt: skip
