"""The views of contract version 1: names, columns and types, and what may be inserted."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from schema.contract.v1.documents import DOCUMENTS
from tests.support import contract_v1
from tests.support.cluster import Connection, Database
from tests.support.company import rows

SCHEMAS = ("erp_v1", "wms_v1")
ROLES = {"erp_v1": "crossdock_erp", "wms_v1": "crossdock_wms"}


def catalogue_columns(connection: Connection) -> dict[str, dict[str, str]]:
    """Return {schema.view: {column: type}} of both contract schemas."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for view, column, kind in rows(
        connection,
        "SELECT table_schema || '.' || table_name, column_name, data_type"
        " FROM information_schema.columns WHERE table_schema IN ('erp_v1', 'wms_v1')",
    ):
        found[view][column] = kind
    return dict(found)


def granted(connection: Connection, privilege: str) -> dict[str, set[str]]:
    """Return {schema.view: columns} that the side's role has the privilege on."""
    found: dict[str, set[str]] = defaultdict(set)
    for schema, role in ROLES.items():
        for view, column in rows(
            connection,
            "SELECT n.nspname || '.' || c.relname, a.attname FROM pg_class AS c"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0"
            " WHERE n.nspname = %s AND has_column_privilege(%s, c.oid, a.attnum, %s)",
            schema,
            role,
            privilege,
        ):
            found[view].add(column)
    return dict(found)


def test_every_contract_column_is_there_with_its_type(database: Database) -> None:
    """Columns may be added; none is renamed, retyped or removed within a version."""
    there = catalogue_columns(database.connect())
    missing = {
        (view, column, kind, there.get(view, {}).get(column))
        for view, listed in contract_v1.readable().items()
        for column, kind in listed.items()
        if there.get(view, {}).get(column) != kind
    }
    assert missing == set()


def test_the_contract_schemas_hold_the_contract_and_nothing_else(database: Database) -> None:
    """A view that is in no list is in no contract."""
    assert set(catalogue_columns(database.connect())) == set(contract_v1.readable())


def test_senders_insert_exactly_the_columns_of_the_contract(database: Database) -> None:
    """Synchronizer columns have no INSERT grant; a column too few would break a sender."""
    connection = database.connect()
    assert granted(connection, "INSERT") == {
        view: set(listed) for view, listed in contract_v1.insertable().items()
    }


def test_receivers_update_exactly_their_answer_in_the_inbox(database: Database) -> None:
    """Nothing else in the contract can be updated by a sender or a receiver."""
    answer = set(contract_v1.INBOX_ANSWER)
    assert granted(database.connect(), "UPDATE") == {
        "erp_v1.inbox": answer,
        "wms_v1.inbox": answer,
    }


def test_each_side_reads_all_columns_of_its_own_views(database: Database) -> None:
    """A plain SELECT * works in every view of one's own schema."""
    connection = database.connect()
    there = catalogue_columns(connection)
    assert granted(connection, "SELECT") == {view: set(cols) for view, cols in there.items()}


def test_every_view_is_a_security_barrier(database: Database) -> None:
    """A function of the sender's own in a WHERE must not see other senders' rows."""
    open_views = rows(
        database.connect(),
        "SELECT n.nspname, c.relname FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('erp_v1', 'wms_v1') AND c.relkind = 'v'"
        " AND NOT coalesce('security_barrier=true' = ANY (c.reloptions)"
        " OR 'security_barrier=on' = ANY (c.reloptions), false)",
    )
    assert open_views == []


def test_every_insertable_view_is_updatable_by_itself(database: Database) -> None:
    """No INSTEAD OF trigger: ON CONFLICT DO NOTHING and multi-row inserts work."""
    connection = database.connect()
    updatable = {
        row[0]
        for row in rows(
            connection,
            "SELECT table_schema || '.' || table_name FROM information_schema.views"
            " WHERE table_schema IN ('erp_v1', 'wms_v1') AND is_insertable_into = 'YES'"
            " AND is_trigger_insertable_into = 'NO'",
        )
    }
    assert set(contract_v1.insertable()) | {"erp_v1.inbox", "wms_v1.inbox"} <= updatable


def test_the_tenant_is_looked_up_once_for_each_statement(database: Database) -> None:
    """The lookup is written (SELECT staging.sender()), so that it runs once, not per row."""
    bare = [
        view
        for view, text in rows(
            database.connect(),
            "SELECT schemaname || '.' || viewname, definition FROM pg_views"
            " WHERE schemaname IN ('erp_v1', 'wms_v1')",
        )
        if len(re.findall(r"staging\.(?:sender|my_warehouses)\(\)", text))
        != len(re.findall(r"\(\s*SELECT staging\.(?:sender|my_warehouses)\(\)", text))
    ]
    assert bare == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_the_document_as_data_is_the_document_as_listed(document: object) -> None:
    """The contract in schema/ equals the independent list: names, order and types."""
    assert isinstance(document, type(DOCUMENTS[0]))
    sent = {column.name: column.type for column in document.header}
    if document.has_warehouse:
        sent = {"warehouse_code": "text", **sent}
    listed = dict(contract_v1.HEADERS[document.name])
    if document.has_warehouse:
        listed = {"warehouse_code": "text", **listed}
    assert sent == listed
    assert list(sent) == list(listed)
    lines = {column.name: column.type for column in document.line}
    assert lines == contract_v1.LINES.get(document.name, {})
    assert document.senders == contract_v1.SENDERS[document.name]
    assert document.receivers == contract_v1.READERS[document.name]


def test_the_list_and_the_data_name_the_same_documents() -> None:
    """A document that is added needs its line in the independent list."""
    assert {document.name for document in DOCUMENTS} == set(contract_v1.HEADERS)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_take_is_called_as_the_contract_says(database: Database, schema: str) -> None:
    """take(max_rows int, doc_type text default null) returns rows shaped like the inbox."""
    found = rows(
        database.connect(),
        "SELECT pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)"
        " FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace"
        " WHERE n.nspname = %s",
        schema,
    )
    assert found == [
        ("max_rows integer, doc_type text DEFAULT NULL::text", f"SETOF {schema}.inbox")
    ]
