"""Every transaction shape in which a sender may insert, and what fails at the door."""

from __future__ import annotations

import pytest
from psycopg import errors

from tests.support.cluster import Connection
from tests.support.company import Company, insert, refusal, rows, value

ITEMS = "SELECT message_id FROM erp_v1.item ORDER BY message_id"


def order(connection: Connection, message_id: str, **header: object) -> None:
    """Insert the header of a purchase order."""
    values = {"warehouse_code": "W1", "order_no": "PO1", "supplier_code": "S1", **header}
    insert(connection, "erp_v1.purchase_order", message_id=message_id, **values)


def order_line(connection: Connection, message_id: str, line_no: object, **line: object) -> None:
    """Insert a line of a purchase order."""
    values = {"warehouse_code": "W1", "item_code": "A", "qty": 5, **line}
    insert(
        connection, "erp_v1.purchase_order_line",
        message_id=message_id, line_no=line_no, **values,
    )  # fmt: skip


def nothing_is_stored(company: Company) -> bool:
    """Say whether neither headers nor lines of any sender are there."""
    return rows(
        company.admin,
        "SELECT message_id FROM staging.message WHERE sender <> 'crossdock'"
        " UNION ALL SELECT message_id FROM staging.line",
    ) == []  # fmt: skip


def test_a_plain_insert_gives_the_number_and_the_state_back(company: Company) -> None:
    """RETURNING works on one's own row; the state is received."""
    row = company.erp.execute(
        b"INSERT INTO erp_v1.item (message_id, item_code, base_uom) VALUES ('m1', 'A', 'PCS')"
        b" RETURNING seq > 0, state, received_at <= clock_timestamp(), finished_at, doc_type"
    ).fetchone()
    assert row == (True, "received", True, None, "item")
    assert rows(company.admin, "SELECT sender, lane, road FROM staging.message"
                " WHERE message_id = 'm1'") == [("ERP", "*", "master")]  # fmt: skip


def test_many_rows_in_one_statement(company: Company) -> None:
    """A multi-row insert lands whole."""
    done = company.erp.execute(
        b"INSERT INTO erp_v1.item (message_id, item_code) VALUES ('m1', 'A'), ('m2', 'B')"
    )
    assert done.rowcount == 2
    assert rows(company.erp, ITEMS) == [("m1",), ("m2",)]


def test_insert_select(company: Company) -> None:
    """INSERT .. SELECT lands whole."""
    done = company.erp.execute(
        b"INSERT INTO erp_v1.item (message_id, item_code)"
        b" SELECT 'm' || n, 'I' || n FROM generate_series(1, 500) AS g (n)"
    )
    assert done.rowcount == 500


def test_bulk_load_by_copy_into_a_temporary_table(company: Company) -> None:
    """COPY into a temporary table, then INSERT .. SELECT, with one's own plain rights."""
    with company.again(company.erp, autocommit=False) as connection:
        connection.execute(
            b"CREATE TEMPORARY TABLE load (message_id text, line_no int, item_code text,"
            b" qty numeric) ON COMMIT DROP"
        )
        with connection.cursor().copy(b"COPY load FROM STDIN") as copy:
            for n in range(1, 1001):
                copy.write_row((f"m{n % 10}", n, "A", n))
        connection.execute(
            b"INSERT INTO erp_v1.purchase_order (message_id, warehouse_code, order_no)"
            b" SELECT DISTINCT message_id, 'W1', message_id FROM load"
        )
        connection.execute(
            b"INSERT INTO erp_v1.purchase_order_line"
            b" (message_id, warehouse_code, line_no, item_code, qty)"
            b" SELECT message_id, 'W1', line_no, item_code, qty FROM load"
        )
        connection.commit()
    assert value(company.erp, "SELECT count(*) FROM erp_v1.purchase_order") == 10
    assert value(company.erp, "SELECT count(*) FROM erp_v1.purchase_order_line") == 1000


def test_on_conflict_do_nothing_skips_what_was_sent_before(company: Company) -> None:
    """The untargeted ON CONFLICT DO NOTHING is promised, for headers and for lines."""
    order(company.erp, "m1")
    order_line(company.erp, "m1", 1)
    header = company.erp.execute(
        b"INSERT INTO erp_v1.purchase_order (message_id, warehouse_code, order_no)"
        b" VALUES ('m1', 'W1', 'PO1'), (' m1 ', 'W1', 'PO1'), ('m2', 'W1', 'PO2')"
        b" ON CONFLICT DO NOTHING"
    )
    line = company.erp.execute(
        b"INSERT INTO erp_v1.purchase_order_line (message_id, line_no, item_code)"
        b" VALUES ('m1', 1, 'A'), ('m1', 2, 'A') ON CONFLICT DO NOTHING"
    )
    assert (header.rowcount, line.rowcount) == (1, 1)


@pytest.mark.parametrize("again", ["m1", " m1", "m1  ", "\tm1\r\n"])
def test_a_repeated_message_id_fails_with_23505(company: Company, again: str) -> None:
    """message_id is stored trimmed: blanks around it do not make another message."""
    insert(company.erp, "erp_v1.item", message_id="m1", item_code="A")
    error = refusal(
        company.erp, "INSERT INTO erp_v1.item (message_id, item_code) VALUES (%s, 'A')", again
    )
    assert isinstance(error, errors.UniqueViolation)
    assert error.sqlstate == "23505"
    assert rows(company.erp, ITEMS) == [("m1",)]


def test_a_repeated_line_fails_with_23505(company: Company) -> None:
    """(message_id, line_no) is unique per sender and document type."""
    order_line(company.erp, "m1", 1)
    error = refusal(
        company.erp,
        "INSERT INTO erp_v1.purchase_order_line (message_id, line_no) VALUES (' m1 ', 1)",
    )
    assert isinstance(error, errors.UniqueViolation)
    order_line(company.erp, "m1", 2)
    insert(company.erp, "erp_v1.sales_order_line", message_id="m1", line_no=1)


@pytest.mark.parametrize("message_id", [None, "", "   ", "\t\n", "x" * 201])
def test_a_null_blank_or_overlong_message_id_fails(company: Company, message_id: str) -> None:
    """One of the few things that fail at INSERT; nothing is half written."""
    company.erp.autocommit = False
    order(company.erp, "m1")
    for view in ("purchase_order", "purchase_order_line"):
        with pytest.raises((errors.NotNullViolation, errors.CheckViolation)):
            insert(company.erp, f"erp_v1.{view}", message_id=message_id, **(
                {"line_no": 1} if view.endswith("_line") else {}
            ))  # fmt: skip
        company.erp.rollback()
    assert nothing_is_stored(company)


def test_a_message_id_of_200_characters_lands(company: Company) -> None:
    """The limit holds for what is stored: blanks around it do not count."""
    insert(company.erp, "erp_v1.item", message_id="  " + "x" * 200 + "  ", item_code="A")
    assert rows(company.erp, "SELECT length(message_id) FROM erp_v1.item") == [(200,)]


def test_a_line_without_line_no_fails(company: Company) -> None:
    """A null line_no fails at INSERT."""
    error = refusal(
        company.erp, "INSERT INTO erp_v1.purchase_order_line (message_id) VALUES ('m1')"
    )
    assert isinstance(error, errors.NotNullViolation)


@pytest.mark.parametrize(
    ("view", "column", "given"),
    [
        ("purchase_order", "revision", "first"),
        ("purchase_order", "revision", "99999999999"),
        ("purchase_order", "expected_at", "soon"),
        ("purchase_order", "ordered_on", "2026-02-30"),
        ("purchase_order", "line_count", "1.5"),
        ("purchase_order", "attributes", "{no json"),
        ("purchase_order_line", "qty", "ten"),
        ("purchase_order_line", "line_no", "one"),
        ("item", "lot_controlled", "perhaps"),
        ("item", "version", "v1"),
    ],
)
def test_a_value_of_the_wrong_type_fails_and_leaves_nothing(
    company: Company, view: str, column: str, given: str
) -> None:
    """PostgreSQL's own message; the rows beside it in the statement are not written either."""
    key = "message_id, line_no" if view.endswith("_line") and column != "line_no" else "message_id"
    marks = "(%s, 1, %s)" if "," in key else "(%s, %s)"
    plain = "('good', 2, NULL)" if "," in key else "('good', NULL)"
    statement = f"INSERT INTO erp_v1.{view} ({key}, {column}) VALUES {plain}, {marks}"
    if column == "line_no":
        plain = "('good', 2)"
        statement = f"INSERT INTO erp_v1.{view} (message_id, line_no) VALUES {plain}, (%s, %s)"
    error = refusal(company.erp, statement, "m1", given)
    assert isinstance(error, errors.DataError | errors.InvalidTextRepresentation)
    assert nothing_is_stored(company)


def test_everything_else_lands_however_odd(company: Company) -> None:
    """Bad business data is stored and answered with findings; the insert itself succeeds."""
    insert(
        company.erp, "erp_v1.purchase_order",
        message_id="odd", warehouse_code="no such", action="explode", order_no="\x07\t" + "x" * 300,
        revision=-5, note="n" * 10_000_000, line_count=-1,
    )  # fmt: skip
    for number, qty in enumerate(["NaN", "Infinity", "-1", "0", "1e40", None], start=-2):
        order_line(company.erp, "odd", number, qty=qty, item_code="零件 號")
    order_line(company.erp, "lines only", 2_147_483_647, item_code=None)
    assert value(company.erp, "SELECT length(note) FROM erp_v1.purchase_order") == 10_000_000
    assert value(company.erp, "SELECT count(*) FROM erp_v1.purchase_order_line") == 7


def test_header_and_lines_in_one_transaction(company: Company) -> None:
    """The same transaction carries the same transaction id on header and lines."""
    with company.again(company.erp, autocommit=False) as connection:
        order_line(connection, "m1", 1)
        order(connection, "m1")
        connection.execute(b"SAVEPOINT inner_one")
        order_line(connection, "m1", 2)
        connection.commit()
    assert rows(
        company.admin,
        "SELECT l.line_no, l.xid = m.xid FROM staging.line AS l JOIN staging.message AS m"
        " USING (sender, doc_type, message_id) ORDER BY 1",
    ) == [(1, True), (2, True)]  # fmt: skip


def test_header_and_lines_in_several_transactions_and_either_order(company: Company) -> None:
    """Lines may come before their header; each part is stored as it comes."""
    order_line(company.erp, "m1", 2)
    order(company.erp, "m1", line_count=3)
    order_line(company.erp, "m1", 1)
    order_line(company.erp, " m1", 3)
    assert rows(
        company.erp, "SELECT message_id, line_no FROM erp_v1.purchase_order_line ORDER BY 2"
    ) == [("m1", 1), ("m1", 2), ("m1", 3)]  # fmt: skip


def test_a_rolled_back_transaction_leaves_nothing(company: Company) -> None:
    """Nothing half written."""
    with company.again(company.erp, autocommit=False) as connection:
        order(connection, "m1")
        order_line(connection, "m1", 1)
        connection.rollback()
    assert nothing_is_stored(company)


def test_null_means_default(company: Company) -> None:
    """A driver that sends every column sends NULL for what it does not know."""
    names = "warehouse_code, order_no, action, line_count, attributes, note"
    company.erp.execute(
        f"INSERT INTO erp_v1.purchase_order (message_id, {names})"
        " VALUES ('m1', NULL, NULL, NULL, NULL, NULL, NULL)".encode()
    )
    assert rows(
        company.admin, "SELECT sender, lane, state FROM staging.message WHERE message_id = 'm1'"
    ) == [("ERP", "*", "received")]  # fmt: skip


def test_seq_is_unique_across_senders_and_types(company: Company) -> None:
    """One number names one message."""
    insert(company.erp, "erp_v1.item", message_id="m", item_code="A")
    insert(company.wms, "wms_v1.stock_move", message_id="m", move_no="M")
    insert(company.other_wms, "wms_v1.stock_move", message_id="m", move_no="M")
    assert value(
        company.admin, "SELECT count(*) = count(DISTINCT seq) FROM staging.message"
    ) is True  # fmt: skip


def test_both_sides_send_a_snapshot(company: Company) -> None:
    """stock_snapshot is the one document that both sides insert and nobody reads."""
    for connection, kind in ((company.erp, "erp"), (company.wms, "wms")):
        insert(
            connection, f"{kind}_v1.stock_snapshot",
            message_id="s", warehouse_code="W1", snapshot_no="S1", line_count=0,
        )  # fmt: skip
        query = f"SELECT snapshot_no FROM {kind}_v1.stock_snapshot"
        assert rows(connection, query) == [("S1",)]


def test_the_echo_is_inserted_by_the_erp_alone(company: Company) -> None:
    """posting_line: unique by message_id, several rows for a delivery line are allowed."""
    for number in (1, 2):
        insert(
            company.erp, "erp_v1.posting_line",
            message_id=f"p{number}", delivery_id=5, line_no=1, item_code="A", qty=1,
        )  # fmt: skip
    error = refusal(company.erp, "INSERT INTO erp_v1.posting_line (message_id) VALUES (' p1')")
    assert isinstance(error, errors.UniqueViolation)
    assert isinstance(
        refusal(company.wms, "SELECT * FROM erp_v1.posting_line"), errors.InsufficientPrivilege
    )
