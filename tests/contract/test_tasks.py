"""Decisions owed: the choices as data, what ops.task shows, who owns a task, its legal steps."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from schema import states
from schema.catalogue import DOCUMENT_TYPES, RULES
from schema.choices import ANY, CHOICES, EFFECTS, OWNERS
from tests.support.company import Company, insert, refusal, rows, value

MESSAGE = (
    "INSERT INTO staging.message (sender, doc_type, message_id, warehouse_code, doc_no, state)"
    " VALUES ('WMS1', %s, %s, 'W1', %s, 'applied') RETURNING seq"
)
TASK = (
    "INSERT INTO ops.decision (code, seq, text, opened_at, warehouse_code, line_no, item_code,"
    " qty, order_type, order_no) VALUES (%s, %s, 'what now', now() - interval '2 hours', 'W1',"
    " %s, %s, %s, %s, %s) RETURNING task_id"
)


def task(
    company: Company, code: str = "QTY-005", *, doc_type: str = "goods_receipt", **about: Any
) -> int:
    """Open a task about a message of a type, as the engine would, and return its number."""
    message_id = str(value(company.admin, "SELECT gen_random_uuid()"))
    seq = value(company.admin, MESSAGE, doc_type, message_id, f"R-{message_id}")
    names = ("line_no", "item_code", "qty", "order_type", "order_no")
    return int(value(company.admin, TASK, code, seq, *(about.get(name) for name in names)))


def test_every_code_that_asks_for_a_decision_has_a_choice() -> None:
    """A task that nobody can decide would stand for ever."""
    asked = {
        rule.code for rule in RULES if rule.severity in ("task", "wait") and rule.repair == "decide"
    }
    assert asked <= {choice.code for choice in CHOICES}


def test_the_choices_of_a_task_name_one_owner_and_each_stands_once() -> None:
    """Known effects, owners and document types; nobody owes half a decision."""
    known = {kind.name for kind in DOCUMENT_TYPES} | set(ANY)
    owners: dict[tuple[str, str], set[str]] = {}
    seen = set()
    for choice in CHOICES:
        assert choice.effect in EFFECTS
        assert choice.owner in OWNERS
        assert choice.meaning
        assert choice.posts
        assert set(choice.doc_types) <= known
        for doc_type in choice.doc_types:
            assert (choice.code, doc_type, choice.choice) not in seen
            seen.add((choice.code, doc_type, choice.choice))
            owners.setdefault((choice.code, doc_type), set()).add(choice.owner)
    assert [key for key, names in owners.items() if len(names) > 1] == []
    everywhere = {code for code, doc_type in owners if doc_type in ANY}
    assert [key for key in owners if key[0] in everywhere and key[1] not in ANY] == []


def test_the_choice_table_is_the_choice_data(company: Company) -> None:
    """One row for each document type that offers it."""
    found = rows(
        company.admin,
        "SELECT code, doc_type, choice, meaning, posts, effect, owner FROM ops.choice",
    )
    wanted = {
        (c.code, doc_type, c.choice, c.meaning, c.posts, c.effect, c.owner)
        for c in CHOICES
        for doc_type in c.doc_types
    }
    assert len(found) == len(wanted)
    assert set(found) == wanted


def test_a_task_shows_its_owner_age_value_and_choices(company: Company) -> None:
    """The role that owes it, how long, what is at risk, and what each choice posts."""
    insert(
        company.admin, "book.item", item_code="A", base_uom="PCE", lot_controlled=False,
        serial_controlled=False, unit_cost="2.505", currency="EUR", version=1, active=True, seq=1,
        received_at="2026-01-01+00",
    )  # fmt: skip
    number = task(
        company, line_no=1, item_code="A", qty=3, order_type="purchase_order", order_no="PO1"
    )
    [row] = rows(
        company.admin,
        "SELECT code, text, state, warehouse_code, order_type, order_no, item_code, qty,"
        " value_at_risk, currency, owner, age, opened_at < now(), choices, seq > 0,"
        " message_id IS NOT NULL, doc_type FROM ops.task WHERE task_id = %s",
        number,
    )
    assert row[:11] == (
        "QTY-005", "what now", "open", "W1", "purchase_order", "PO1", "A", 3, Decimal("7.52"),
        "EUR", "purchasing",
    )  # fmt: skip
    assert timedelta(hours=2) <= row[11] < timedelta(hours=3)
    assert row[12]
    assert [choice["choice"] for choice in row[13]] == ["keep_blocked", "release", "scrap"]
    assert row[13][1] == {
        "choice": "release", "meaning": "the surplus is accepted: pay for it, or agree on it",
        "posts": "stock_move from blocked to the status as sent",
    }  # fmt: skip
    assert row[14:] == (True, True, "goods_receipt")


def test_the_choices_are_those_of_the_document(company: Company) -> None:
    """A surplus that left cannot be blocked any more; its owner is another."""
    number = task(company, doc_type="shipment")
    [row] = rows(
        company.admin, "SELECT owner, choices FROM ops.task WHERE task_id = %s", number
    )  # fmt: skip
    assert row[0] == "sales"
    assert [choice["choice"] for choice in row[1]] == ["keep"]


def test_a_task_without_an_item_is_worth_its_message_or_its_order(company: Company) -> None:
    """What the message moved, or what of the order is open; several currencies have no sum."""
    for code, currency in (("A", "EUR"), ("B", "EUR"), ("C", "USD")):
        insert(
            company.admin, "book.item", item_code=code, base_uom="PCE", lot_controlled=False,
            serial_controlled=False, unit_cost=2, currency=currency, version=1, active=True,
            seq=1, received_at="2026-01-01+00",
        )  # fmt: skip
        insert(
            company.admin, "book.order_line", warehouse_code="W1", order_type="sales_order",
            order_no=f"SO-{currency}", line_no=len(code) + ord(code), direction="out",
            item_code=code, ordered_qty=10, done_qty=4,
        )  # fmt: skip
    late = task(company, "REF-007")
    seq = value(company.admin, "SELECT seq FROM ops.task WHERE task_id = %s", late)
    for position, (item, qty) in enumerate((("A", 7), ("A", -2), ("B", 1)), start=1):
        insert(
            company.admin, "book.ledger", warehouse_code="W1", ledger_seq=position,
            message_seq=seq, line_no=position, entry_no=0, movement_type="receipt_purchase",
            item_code=item, lot_no="", serial_no="", location_code="", stock_status="unrestricted",
            qty=qty, occurred_at="2026-01-01+00", business_date="2026-01-01",
            received_at="2026-01-01+00", applied_at="2026-01-01+00", posting_date="2026-01-01",
        )  # fmt: skip
    order = {"order_type": "sales_order", "order_no": "SO-EUR"}
    asked = task(company, "STA-009", doc_type="sales_order", **order)
    query = "SELECT value_at_risk, currency FROM ops.task WHERE task_id = %s"
    assert rows(company.admin, query, late) == [(16, "EUR")]
    assert rows(company.admin, query, asked) == [(24, "EUR")]
    company.admin.execute(b"UPDATE book.item SET currency = 'USD' WHERE item_code = 'B'")
    assert rows(company.admin, query, late) == [(None, None)]
    assert rows(company.admin, query, task(company, "PER-001")) == [(None, None)]


def test_a_task_can_be_assigned_and_the_book_says_by_whom(company: Company) -> None:
    """To a role or a person; the reason is kept."""
    number = task(company)
    dba = company.database.connect(company.database.create_login("dba", "crossdock_dba"))
    dba.execute(b"SELECT set_config('crossdock.operator', 'Ana', false)")
    dba.execute(b"SELECT ops.assign_task(%s, ' Bo ', 'his supplier')", (number,))
    assert value(dba, "SELECT owner FROM ops.task WHERE task_id = %s", number) == "Bo"
    assert rows(
        dba, "SELECT action, operator, reason, detail FROM ops.audit WHERE task_id = %s", number
    ) == [("assign_task", "Ana", "his supplier", {"from": None, "to": "Bo"})]  # fmt: skip


@pytest.mark.parametrize(
    ("owner", "reason", "code"),
    [("Bo", " ", "22023"), (" ", "x", "22023"), (None, "x", "22023"), ("B\to", "x", "22023")],
)
def test_an_owner_is_a_name_and_the_reason_is_needed(
    company: Company, owner: str | None, reason: str, code: str
) -> None:
    """Nothing is changed, nothing is written down."""
    number = task(company)
    error = refusal(company.admin, "SELECT ops.assign_task(%s, %s, %s)", number, owner, reason)
    assert error.sqlstate == code
    assert value(company.admin, "SELECT owner FROM ops.task WHERE task_id = %s", number) == (
        "purchasing"
    )


def test_a_task_that_is_not_there_or_done_cannot_be_assigned(company: Company) -> None:
    """P0002 and 55000."""
    number = task(company)
    company.admin.execute(
        b"UPDATE ops.decision SET state = 'done', decision = 'moot' WHERE task_id = %s", (number,)
    )
    for target, code in ((number, "55000"), (number + 1, "P0002"), (None, "P0002")):
        error = refusal(company.admin, "SELECT ops.assign_task(%s, 'Bo', 'x')", target)
        assert error.sqlstate == code


def test_every_other_step_of_a_task_is_refused_even_to_the_superuser(company: Company) -> None:
    """A raw UPDATE is told which function decides."""
    for before, after in states.matrix(states.TASK_STATES):
        number = task(company)
        for state in (before, after):
            decision = None if state == "open" else "keep"
            change = (
                f"UPDATE ops.decision SET state = '{state}', decision = %s WHERE task_id = {number}"
            )
            if state == after and (before, after) not in states.TASK_STEPS:
                error = refusal(company.admin, change, decision)
                assert error.sqlstate == "55000"
                assert "ops.resolve_task" in str(error.diag.message_hint)
            else:
                company.admin.execute(change.encode(), (decision,))


def test_a_task_without_a_decision_is_open(company: Company) -> None:
    """Neither half: no decision without a step, no step without a decision."""
    number = task(company)
    for change in ("decision = 'keep'", "state = 'deciding'"):
        error = refusal(company.admin, f"UPDATE ops.decision SET {change} WHERE task_id = {number}")
        assert error.sqlstate == "23514"
