"""take(): one of several readers claims what is pending, without waiting for the others."""

from __future__ import annotations

import time

import pytest

from tests.support.company import Company, deliver, refusal, rows, value

TAKE = "SELECT delivery_id FROM wms_v1.take(%s)"


def taken(company: Company, limit: int = 10_000, doc_type: str | None = None) -> list[int]:
    """Take as WMS1 and return the delivery ids, in the order returned."""
    query = "SELECT delivery_id FROM wms_v1.take(%s, %s)"
    return [row[0] for row in rows(company.wms, query, limit, doc_type)]


def test_take_returns_rows_as_the_inbox_has_them_already_taken(company: Company) -> None:
    """Shaped like inbox, state taken; a second call finds nothing."""
    deliver(company)
    found = rows(company.wms, "SELECT * FROM wms_v1.take(10)")
    assert found == rows(company.wms, "SELECT * FROM wms_v1.inbox")
    assert value(company.wms, "SELECT state FROM wms_v1.inbox") == "taken"
    assert taken(company) == []


def test_take_gives_the_oldest_first_up_to_the_limit(company: Company) -> None:
    """By delivery_id, max_rows at most."""
    numbers = [deliver(company, doc_no=f"PO{n}") for n in range(5)]
    assert taken(company, 2) == numbers[:2]
    assert taken(company, 10) == numbers[2:]


def test_take_gives_only_the_lowest_open_delivery_of_a_document(company: Company) -> None:
    """A reader that answers out of turn would act on an old revision: the next one waits."""
    first = deliver(company, revision=1)
    second = deliver(company, revision=2)
    other_warehouse = deliver(company, warehouse_code="W2")
    other_type = deliver(company, doc_type="sales_order")
    assert taken(company) == [first, other_warehouse, other_type]
    assert taken(company) == []
    company.wms.execute(
        b"UPDATE wms_v1.inbox SET state = 'accepted' WHERE delivery_id = %s", (first,)
    )
    assert taken(company) == [second]


def test_an_answered_or_withdrawn_delivery_blocks_nothing(company: Company) -> None:
    """Only pending and taken ones are open."""
    deliver(company, state="withdrawn")
    deliver(company, state="accepted", answered_at="2026-03-02 09:00:00+00")
    number = deliver(company)
    assert taken(company) == [number]


def test_take_gives_only_the_named_type(company: Company) -> None:
    """doc_type is optional; an unknown one gives nothing."""
    deliver(company)
    sales = deliver(company, doc_type="sales_order")
    assert taken(company, 10, "sales_order") == [sales]
    assert taken(company, 10, "nonsense") == []


def test_take_gives_only_ones_own(company: Company) -> None:
    """Another receiver's rows are neither returned nor taken."""
    foreign = deliver(company, receiver="WMS2", warehouse_code="W3")
    assert taken(company) == []
    assert value(
        company.admin, "SELECT state FROM staging.delivery WHERE delivery_id = %s", foreign
    ) == "pending"  # fmt: skip


def test_two_readers_share_without_waiting(company: Company) -> None:
    """Rows that another reader holds are skipped; nothing is given twice, nothing is lost."""
    numbers = [deliver(company, doc_no=f"PO{n}") for n in range(6)]
    first = company.again(company.wms, autocommit=False)
    second = company.again(company.wms, autocommit=False)
    second.execute(b"SET LOCAL lock_timeout = '1s'")
    mine = [row[0] for row in rows(first, TAKE, 2)]
    others = [row[0] for row in rows(second, TAKE, 10)]
    assert (mine, others) == (numbers[:2], numbers[2:])
    first.rollback()
    second.commit()
    assert taken(company) == numbers[:2]


def test_a_second_reader_does_not_get_the_next_of_a_document_in_hand(company: Company) -> None:
    """While the first revision is in another reader's hands, the second one stays."""
    deliver(company, revision=1)
    deliver(company, revision=2)
    first = company.again(company.wms, autocommit=False)
    second = company.again(company.wms, autocommit=False)
    assert len(rows(first, TAKE, 10)) == 1
    assert rows(second, TAKE, 10) == []


@pytest.mark.parametrize("limit", [None, 0, -1, 10_001])
def test_max_rows_is_from_1_to_10000(company: Company, limit: int | None) -> None:
    """Everything else is refused with the limits in the message."""
    error = refusal(company.wms, TAKE, limit)
    assert error.sqlstate == "22023"
    assert "from 1 to 10000" in str(error)


def test_master_data_and_documents_without_number_are_taken(company: Company) -> None:
    """A null warehouse or document number is a value like any other."""
    item = deliver(company, doc_type="item", warehouse_code=None, doc_no=None, item_code="A")
    assert taken(company) == [item]


def test_each_thing_of_the_master_data_is_a_document_of_its_own(company: Company) -> None:
    """Many items are taken at once; of one item only the oldest version."""
    first, other = (
        deliver(company, doc_type="item", warehouse_code=None, doc_no=None, item_code=code)
        for code in ("A", "B")
    )
    newer = deliver(company, doc_type="item", warehouse_code=None, doc_no=None, item_code="A")
    assert taken(company, 10, "item") == [first, other]
    company.wms.execute(
        b"UPDATE wms_v1.inbox SET state = 'accepted' WHERE delivery_id = %s", (first,)
    )
    assert taken(company) == [newer]


@pytest.mark.parametrize("doc_type", ["item", "purchase_order"])
def test_a_pile_is_taken_in_a_time_that_grows_with_it_alone(
    company: Company, doc_type: str
) -> None:
    """Nobody has analyzed the table: eight times the rows take far less than 64 times as long."""
    number = "NULL" if doc_type == "item" else "'P' || g"
    warehouse = "NULL" if doc_type == "item" else "'W1'"
    spent: list[float] = []
    for pile, at in ((500, 0), (4000, 1_000_000)):
        company.admin.execute(
            "INSERT INTO staging.delivery (delivery_id, receiver, doc_type, warehouse_code, action,"
            " message_id, seq, delivered_at, doc_no, item_code)"
            f" SELECT {at} + g, 'WMS1', '{doc_type}', {warehouse}, 'upsert', 'm' || g, g, now(),"
            f" {number}, 'I' || g FROM generate_series({at} + 1, {at} + {pile}) AS g".encode()
        )
        begin = time.perf_counter()
        assert len(taken(company, 10_000)) == pile
        spent.append(time.perf_counter() - begin)
        company.admin.execute(b"UPDATE staging.delivery SET state = 'accepted'")
    assert spent[1] < 24 * spent[0] + 0.1


def test_the_erp_takes_too(company: Company) -> None:
    """Both sides have take() in their own schema."""
    number = deliver(company, receiver="ERP", doc_type="goods_receipt", doc_no="R1")
    assert rows(company.erp, "SELECT delivery_id, state FROM erp_v1.take(1)") == [(number, "taken")]


def test_a_plain_select_claims_nothing(company: Company) -> None:
    """Reading is not taking."""
    deliver(company)
    rows(company.wms, "SELECT * FROM wms_v1.inbox")
    rows(company.wms, "SELECT * FROM wms_v1.purchase_order")
    assert value(company.wms, "SELECT state FROM wms_v1.inbox") == "pending"
