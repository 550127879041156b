"""The receiver's steps in its inbox: a matrix generated from the states, enforced by a trigger."""

from __future__ import annotations

import pytest
from psycopg import errors

from schema import states
from tests.support.cluster import Connection
from tests.support.company import Company, deliver, refusal, rows, value

STATES = states.names(states.INBOX_STATES)
ILLEGAL = [pair for pair in states.matrix(states.INBOX_STATES) if pair not in states.INBOX_STEPS]
ANSWER = "UPDATE wms_v1.inbox SET state = %s, reason_code = %s WHERE delivery_id = %s"


def reason(state: str) -> str | None:
    """Return the reason code that goes with a state."""
    return "NO_SPACE" if state == "refused" else None


def lay(company: Company, state: str, **values: object) -> int:
    """Lay a delivery in the given state into the inbox of WMS1."""
    answered = "2026-03-02 09:00:00+00" if state in ("accepted", "refused") else None
    return deliver(
        company, state=state, answered_at=answered, answer_reason_code=reason(state), **values
    )


def state_of(company: Company, number: int) -> str:
    """Return the delivery's state as the table has it."""
    return str(
        value(company.admin, "SELECT state FROM staging.delivery WHERE delivery_id = %s", number)
    )


def count(connection: Connection, query: str, *parameters: object) -> int:
    """Run an UPDATE and return its row count."""
    return connection.execute(query.encode(), parameters).rowcount


def test_every_legal_step_of_the_receiver_passes(company: Company) -> None:
    """Every pair that the step table lists for receivers works by a plain UPDATE."""
    for before, after in states.INBOX_STEPS:
        number = lay(company, before)
        assert count(company.wms, ANSWER, after, reason(after), number) == 1
        assert state_of(company, number) == after


def test_every_other_step_of_the_receiver_fails_with_55000(company: Company) -> None:
    """All pairs that are not listed are refused, with the legal ones in the hint."""
    for before, after in ILLEGAL:
        number = lay(company, before)
        error = refusal(company.wms, ANSWER, after, reason(after), number)
        assert error.sqlstate == "55000", (before, after)
        assert f"cannot go from {before} to {after}" in str(error)
        assert error.diag.message_hint
        assert state_of(company, number) == before


def test_a_state_that_does_not_exist_fails(company: Company) -> None:
    """A mistyped state changes nothing."""
    number = lay(company, "pending")
    assert refusal(company.wms, ANSWER, "done", None, number).sqlstate == "55000"
    assert refusal(company.wms, ANSWER, None, None, number).sqlstate in ("55000", "23502")
    assert state_of(company, number) == "pending"


@pytest.mark.parametrize("state", STATES)
def test_repeating_the_present_answer_changes_nothing(company: Company, state: str) -> None:
    """A resend that says the same is harmless: same values, and the first time stays."""
    number = lay(company, state, receiver_ref="REF-1")
    before = rows(company.wms, "SELECT * FROM wms_v1.inbox WHERE delivery_id = %s", number)
    again = "UPDATE wms_v1.inbox SET state = %s, receiver_ref = 'REF-1' WHERE delivery_id = %s"
    assert count(company.wms, again, state, number) == 1
    assert rows(company.wms, "SELECT * FROM wms_v1.inbox WHERE delivery_id = %s", number) == before


@pytest.mark.parametrize("column", ["receiver_ref", "reason_code", "note"])
def test_a_given_answer_cannot_be_changed(company: Company, column: str) -> None:
    """The same state with another reference, reason or note is another answer."""
    number = lay(company, "accepted")
    change = f"UPDATE wms_v1.inbox SET {column} = 'other' WHERE delivery_id = %s"
    error = refusal(company.wms, change, number)
    assert error.sqlstate == "55000"
    assert "cannot be changed" in str(error)


def test_an_answer_is_stamped_and_a_step_back_is_not(company: Company) -> None:
    """answered_at belongs to accepted and refused alone; nobody else sets it."""
    number = lay(company, "pending")
    stamped = "SELECT answered_at FROM wms_v1.inbox WHERE delivery_id = %s"
    for state, is_stamped in (("taken", False), ("pending", False), ("accepted", True)):
        count(company.wms, ANSWER, state, None, number)
        assert (value(company.wms, stamped, number) is not None) == is_stamped, state
    error = refusal(company.wms, "UPDATE wms_v1.inbox SET answered_at = now()")
    assert isinstance(error, errors.InsufficientPrivilege)


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_refusing_needs_a_reason(company: Company, blank: str | None) -> None:
    """refused without a reason_code fails; the receiver_ref is optional."""
    number = lay(company, "taken")
    error = refusal(company.wms, ANSWER, "refused", blank, number)
    assert error.sqlstate == "55000"
    assert "without a reason_code" in str(error)
    assert count(company.wms, ANSWER, "refused", "NO_SPACE", number) == 1


@pytest.mark.parametrize(
    "fact",
    ["goods_receipt", "shipment", "material_issue", "production_receipt", "stock_move",
     "stock_adjustment", "stock_count", "order_milestone", "order_response"],
)  # fmt: skip
def test_a_fact_cannot_be_refused(company: Company, fact: str) -> None:
    """It has happened: it may be taken and accepted, never refused."""
    number = lay(company, "pending", receiver="ERP", doc_type=fact)
    refuse = "UPDATE erp_v1.inbox SET state = 'refused', reason_code = 'X' WHERE delivery_id = %s"
    error = refusal(company.erp, refuse, number)
    assert error.sqlstate == "55000"
    assert "has happened" in str(error)
    accept = (
        "UPDATE erp_v1.inbox SET state = 'accepted', receiver_ref = 'INV-7' WHERE delivery_id = %s"
    )
    assert count(company.erp, accept, number) == 1


def test_a_row_of_another_receiver_is_not_there(company: Company) -> None:
    """UPDATE 0 on another's row, whatever the step."""
    number = lay(company, "pending")
    for state in STATES:
        assert count(company.other_wms, ANSWER, state, reason(state), number) == 0
    assert state_of(company, number) == "pending"


def test_a_receiver_cannot_withdraw_and_the_synchronizer_can(company: Company) -> None:
    """withdrawn is the synchronizer's alone, and only from pending."""
    number = lay(company, "pending")
    assert refusal(company.wms, ANSWER, "withdrawn", None, number).sqlstate == "55000"
    withdraw = "UPDATE staging.delivery SET state = 'withdrawn' WHERE delivery_id = %s"
    assert count(company.admin, withdraw, number) == 1
    for state in ("taken", "accepted", "refused"):
        assert refusal(company.admin, withdraw, lay(company, state)).sqlstate == "55000"


def test_an_answer_to_a_request_is_work_for_the_synchronizer(company: Company) -> None:
    """noticed turns false: an answered or taken request is looked at, a fact needs no look."""
    request = lay(company, "pending")
    fact = lay(company, "pending", receiver="ERP", doc_type="goods_receipt")
    count(company.wms, ANSWER, "taken", None, request)
    company.erp.execute(b"UPDATE erp_v1.inbox SET state = 'accepted'")
    assert rows(
        company.admin, "SELECT delivery_id, noticed FROM staging.delivery ORDER BY 1"
    ) == [(request, False), (fact, True)]  # fmt: skip


def test_a_whole_inbox_is_answered_by_one_update(company: Company) -> None:
    """Set-based receivers answer many rows at once; one illegal row refuses the statement."""
    numbers = [lay(company, "pending", doc_no=f"PO{n}") for n in range(5)]
    assert count(company.wms, "UPDATE wms_v1.inbox SET state = %s", "taken") == len(numbers)
    lay(company, "withdrawn", doc_no="PO9")
    assert refusal(company.wms, "UPDATE wms_v1.inbox SET state = 'accepted'").sqlstate == "55000"
    assert {state_of(company, number) for number in numbers} == {"taken"}
