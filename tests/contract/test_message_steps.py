"""The steps of a message: a matrix generated from the states, enforced also on a raw UPDATE."""

from __future__ import annotations

import pytest
from psycopg import errors

from schema import states
from schema.contract.v1.documents import BY_NAME
from tests.support.company import Company, refusal, rows, value

STATES = states.names(states.MESSAGE_STATES)
STEP = "UPDATE staging.message SET state = %s, state_reason = 'by hand' WHERE seq = %s"


def message_in(company: Company, state: str, doc_type: str = "purchase_order") -> int:
    """Make a message that stands in a state, without a history, and return its number."""
    return int(
        value(
            company.admin,
            "INSERT INTO staging.message (sender, doc_type, message_id, warehouse_code, doc_no,"
            " state) VALUES ('ERP', %s, gen_random_uuid()::text, 'W1', 'D1', %s) RETURNING seq",
            doc_type,
            state,
        )
    )


def state_of(company: Company, seq: int) -> str:
    """Return the state as the table has it."""
    return str(value(company.admin, "SELECT state FROM staging.message WHERE seq = %s", seq))


def test_every_legal_step_passes_and_leaves_its_event(company: Company) -> None:
    """When, who, from, to, why: one event for each step, by the login that made it."""
    for before, after in states.MESSAGE_STEPS:
        seq = message_in(company, before)
        company.admin.execute(STEP.encode(), (after, seq))
        assert state_of(company, seq) == after
        assert rows(
            company.admin,
            "SELECT from_state, to_state, actor = session_user, reason,"
            " at BETWEEN now() - interval '1 minute' AND clock_timestamp()"
            " FROM staging.event WHERE seq = %s",
            seq,
        ) == [(before, after, True, "by hand", True)]  # fmt: skip


def test_every_other_step_is_refused_even_to_the_superuser(company: Company) -> None:
    """55000, naming the message and the step; the hint names the functions; no event."""
    illegal = [
        pair for pair in states.matrix(states.MESSAGE_STATES) if pair not in states.MESSAGE_STEPS
    ]
    assert len(illegal) + len(states.MESSAGE_STEPS) == len(STATES) * (len(STATES) - 1)
    for before, after in illegal:
        seq = message_in(company, before)
        error = refusal(company.admin, STEP, after, seq)
        assert error.sqlstate == "55000", (before, after)
        assert f"message {seq} cannot go from {before} to {after}" in str(error)
        hint = error.diag.message_hint or ""
        acts = [act.name for act in states.ACTS if before in act.sources]
        assert all(f"ops.{act}({seq}, " in hint for act in acts)
        assert acts or "stays so" in hint
        assert state_of(company, seq) == before
    assert rows(company.admin, "SELECT * FROM staging.event") == []


def test_a_raw_step_cannot_strand_a_message(company: Company) -> None:
    """Received and waiting for a thing would never be looked at again: the hint names requeue."""
    seq = message_in(company, "waiting")
    company.admin.execute(
        b"UPDATE staging.message SET waiting_for = 'item:A' WHERE seq = %s", (seq,)
    )
    error = refusal(company.admin, STEP, "received", seq)
    assert error.sqlstate == "55000"
    assert f"ops.requeue({seq}, reason)" in (error.diag.message_hint or "")
    company.admin.execute(b"SELECT ops.requeue(%s, 'it is there')", (seq,))
    assert state_of(company, seq) == "received"


def test_a_raw_step_is_told_as_what_it_is(company: Company) -> None:
    """The event names the login that made it, and neither the actor nor the words of before."""
    seq = message_in(company, "received")
    company.admin.execute(
        b"UPDATE staging.message SET state = 'error', actor = 'crossdock',"
        b" state_reason = 'SYN-001' WHERE seq = %s", (seq,)
    )  # fmt: skip
    company.admin.execute(b"UPDATE staging.message SET state = 'received' WHERE seq = %s", (seq,))
    assert rows(
        company.admin,
        "SELECT to_state, actor = session_user, reason FROM staging.event ORDER BY event_id",
    ) == [("error", False, "SYN-001"), ("received", True, None)]  # fmt: skip


def test_staying_in_a_state_leaves_no_event(company: Company) -> None:
    """A change of other columns is not a step."""
    for state in STATES:
        company.admin.execute(STEP.encode(), (state, message_in(company, state)))
    assert rows(company.admin, "SELECT * FROM staging.event") == []


def test_one_update_of_many_messages_leaves_an_event_for_each(company: Company) -> None:
    """The trigger works once for a statement, whatever its number of rows."""
    seqs = [message_in(company, "received") for _ in range(50)]
    company.admin.execute(
        b"UPDATE staging.message SET state = 'held', actor = 'Ana' WHERE seq = ANY (%s)", (seqs,)
    )
    assert rows(
        company.admin, "SELECT seq, to_state, actor FROM staging.event ORDER BY event_id"
    ) == [(seq, "held", "Ana") for seq in seqs]  # fmt: skip


def test_one_illegal_step_refuses_the_whole_update(company: Company) -> None:
    """Nothing is half changed."""
    legal, illegal = message_in(company, "received"), message_in(company, "applied")
    error = refusal(company.admin, "UPDATE staging.message SET state = 'held'")
    assert f"message {illegal} cannot go" in str(error)
    assert state_of(company, legal) == "received"


@pytest.mark.parametrize("fact", [d.name for d in BY_NAME.values() if d.kind != "request"])
def test_nothing_but_a_request_can_be_refused(company: Company, fact: str) -> None:
    """A fact has happened: the answer no does not exist for it."""
    seq = message_in(company, "received", fact)
    error = refusal(company.admin, STEP, "refused", seq)
    assert isinstance(error, errors.CheckViolation)
    assert "a_fact_is_never_refused" in str(error)


def test_no_other_state_exists(company: Company) -> None:
    """The states are closed; null is none of them."""
    seq = message_in(company, "received")
    assert refusal(company.admin, STEP, "done", seq).sqlstate in ("23514", "55000")
    assert isinstance(refusal(company.admin, STEP, None, seq), errors.NotNullViolation)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE staging.event SET reason = 'another'",
        "DELETE FROM staging.event",
        "UPDATE staging.event SET reason = 'another' WHERE false",
    ],
)
def test_events_are_append_only_even_to_the_superuser(company: Company, change: str) -> None:
    """Corrections are new rows; history is not rewritten."""
    company.admin.execute(STEP.encode(), ("held", message_in(company, "received")))
    error = refusal(company.admin, change)
    assert error.sqlstate == "55000"
    assert "append-only" in str(error)


@pytest.mark.parametrize("table", ["book.ledger", "staging.event"])
def test_the_daemon_may_add_to_history_and_not_change_it(company: Company, table: str) -> None:
    """The ledger and the events are append-only for the one role that writes them."""
    company.admin.execute(STEP.encode(), ("held", message_in(company, "received")))
    login = company.database.create_login("worker", "crossdock_daemon")
    company.admin.execute(STEP.encode(), ("held", message_in(company, "received")))
    with company.database.connect(login) as connection:
        for change in (f"UPDATE {table} SET seq = 1", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            sqlstate = refusal(connection, change.replace("seq = 1", _some_column(table))).sqlstate
            assert sqlstate in ("42501", "55000")


def _some_column(table: str) -> str:
    return "qty = 0" if table == "book.ledger" else "reason = ''"


def test_the_daemon_makes_steps_and_its_events_name_it(company: Company) -> None:
    """The role has what the step and its event need, and nothing is owned by it."""
    login = company.database.create_login("worker", "crossdock_daemon")
    seq = message_in(company, "received")
    with company.database.connect(login) as connection:
        connection.execute(STEP.encode(), ("error", seq))
    assert rows(company.admin, "SELECT to_state, actor FROM staging.event") == [("error", login)]
