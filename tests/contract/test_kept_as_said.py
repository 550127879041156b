"""What was said stays: raw changes of documents and deliveries are refused, with what to do instead."""

from __future__ import annotations

import pytest

from tests.support.company import Company, deliver, insert, refusal, rows, value


@pytest.fixture
def said(company: Company) -> int:
    """Have a stock move of one line and a delivery with one line; return the message's seq."""
    with company.wms.transaction():
        insert(company.wms, "wms_v1.stock_move", message_id="m", warehouse_code="W1", move_no="M1")
        insert(
            company.wms, "wms_v1.stock_move_line",
            message_id="m", warehouse_code="W1", line_no=1, item_code="A", qty=1,
        )  # fmt: skip
    number = deliver(company)
    insert(
        company.admin, "staging.delivery_line",
        delivery_id=number, line_no=1, receiver="WMS1", doc_type="purchase_order",
        warehouse_code="W1", message_id="m", item_code="A", qty=1,
    )  # fmt: skip
    return int(value(company.admin, "SELECT seq FROM staging.message WHERE sender = 'WMS1'"))


@pytest.mark.parametrize("state", ["received", "error", "applied"])
@pytest.mark.parametrize(
    "change",
    [
        "staging.message SET sender = 'WMS2'",
        "staging.message SET doc_type = 'shipment'",
        "staging.message SET message_id = 'n'",
        "staging.message SET warehouse_code = 'W2'",
        "staging.message SET doc_no = 'M2'",
        "staging.message SET seq = DEFAULT",
        "staging.message SET attributes = '{}'",
        "staging.line SET qty = 5",
        "staging.line SET line_no = 2",
        "staging.line SET warehouse_code = 'W2'",
    ],
)
def test_a_document_is_not_changed_even_by_the_superuser(
    company: Company, said: int, change: str, state: str
) -> None:
    """55000; the hint names ops.amend, which keeps the original."""
    company.admin.execute(b"SET session_replication_role = replica")
    company.admin.execute(b"UPDATE staging.message SET state = %s WHERE seq = %s", (state, said))
    company.admin.execute(b"RESET session_replication_role")
    error = refusal(company.admin, f"UPDATE {change} WHERE sender = 'WMS1'")
    assert error.sqlstate == "55000"
    assert "ops.amend" in (error.diag.message_hint or "")
    query = "SELECT seq, doc_no FROM staging.message WHERE sender = 'WMS1'"
    assert rows(company.admin, query) == [(said, "M1")]


@pytest.mark.parametrize(
    "change",
    [
        "staging.delivery SET doc_no = 'PO2'",
        "staging.delivery SET receiver = 'WMS2'",
        "staging.delivery SET delivery_id = 7",
        "staging.delivery SET qty = 7",
        "staging.delivery_line SET qty = 7",
        "staging.delivery_line SET receiver = 'WMS2'",
    ],
)
def test_what_a_receiver_was_told_is_not_changed(company: Company, said: int, change: str) -> None:
    """It may have been read: only states and answers move."""
    assert said
    error = refusal(company.admin, f"UPDATE {change}")
    assert error.sqlstate == "55000"
    assert "further document" in (error.diag.message_hint or "")


@pytest.mark.parametrize("table", ["message", "line", "delivery", "delivery_line", "event"])
def test_no_table_of_documents_is_emptied(company: Company, table: str) -> None:
    """TRUNCATE passes row triggers by; it has one of its own."""
    error = refusal(company.admin, f"TRUNCATE staging.{table} CASCADE")
    assert error.sqlstate == "55000"


def test_states_and_answers_still_move(company: Company, said: int) -> None:
    """The guards are on what was said, not on what becomes of it."""
    step = b"UPDATE staging.message SET state = 'held', state_reason = 'x' WHERE seq = %s"
    company.admin.execute(step, (said,))
    company.wms.execute(b"UPDATE wms_v1.inbox SET state = 'taken'")
    company.admin.execute(b"SELECT ops.release(%s, 'right')", (said,))
    query = "SELECT state FROM staging.message WHERE seq = %s"
    assert rows(company.admin, query, said) == [("received",)]
