"""Least privilege: the full matrix of roles, tables, views and functions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg import errors

from tests.support import contract_v1
from tests.support.cluster import Connection, Database
from tests.support.company import Company, deliver, insert, refusal, rows, value

ROLES = (
    "crossdock_erp",
    "crossdock_wms",
    "crossdock_dba",
    "crossdock_daemon",
    "crossdock_reader",
)
PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
SCHEMAS = ("staging", "book", "archive", "ops", "erp_v1", "wms_v1")

USAGE = {
    "crossdock_erp": {"erp_v1"},
    "crossdock_wms": {"wms_v1"},
    "crossdock_dba": set(SCHEMAS),
    "crossdock_daemon": {"staging", "book", "archive", "ops"},
    "crossdock_reader": {"archive", "ops"},
}

#: What the daemon writes, beside reading staging, book, archive and ops. It changes neither the
#: ledger nor the events nor what is archived, and deletes nothing but wait keys and what it has
#: archived: triggers refuse to delete what is not remembered.
#: What the watch keeps; it forgets what is old.
WATCHED = {
    "ops.alarm_state", "ops.alarm_told", "ops.alarm_notice", "ops.watch_mark", "ops.traffic_hour",
    "ops.daemon",
}  # fmt: skip
DAEMON_WRITES = {
    "INSERT": WATCHED | {
        "staging.message", "staging.line", "staging.delivery", "staging.delivery_line",
        "staging.business_key", "staging.message_error", "staging.wait_key", "staging.event",
        "staging.answer_line",
        "book.item", "book.item_uom", "book.party", "book.warehouse", "book.location",
        "book.code_map", "book.lane_counter", "book.order_head", "book.order_line",
        "book.order_final", "book.balance", "book.lot", "book.serial", "book.count_position",
        "book.ledger", "ops.decision", "ops.job_run", "ops.table_size", "staging.memory",
        "archive.message", "archive.line", "archive.delivery", "archive.delivery_line",
        "archive.answer_line", "archive.message_error", "archive.event",
    },
    "UPDATE": WATCHED | {
        "staging.message", "staging.delivery", "staging.business_key", "staging.message_error",
        "book.item", "book.item_uom", "book.party", "book.warehouse", "book.location",
        "book.code_map", "book.lane_counter", "book.order_head", "book.order_line",
        "book.order_final", "book.balance", "book.lot", "book.serial", "book.count_position",
        "ops.decision", "ops.job", "ops.job_run", "ops.table_size", "ops.work_rule",
    },
    "DELETE": WATCHED | {
        "ops.table_size",
        "staging.wait_key", "staging.message", "staging.line", "staging.delivery",
        "staging.delivery_line", "staging.answer_line", "staging.message_error", "staging.event",
    },
}  # fmt: skip


def relations(connection: Connection) -> list[str]:
    """Return every table and view of crossdock's schemas."""
    return [
        row[0]
        for row in rows(
            connection,
            "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY (%s)"
            " UNION ALL"
            " SELECT schemaname || '.' || viewname FROM pg_views WHERE schemaname = ANY (%s)",
            list(SCHEMAS),
            list(SCHEMAS),
        )
    ]


def expected(relation: str) -> Iterator[tuple[str, str]]:
    """Yield (role, privilege) that must be there on a table or view, whole or on columns."""
    schema = relation.split(".", maxsplit=1)[0]
    for kind in ("erp", "wms"):
        if schema == f"{kind}_v1":
            yield f"crossdock_{kind}", "SELECT"
            if relation in contract_v1.insertable():
                yield f"crossdock_{kind}", "INSERT"
            if relation.endswith(".inbox"):
                yield f"crossdock_{kind}", "UPDATE"
    if schema in ("staging", "book", "archive", "ops"):
        yield "crossdock_dba", "SELECT"
        yield "crossdock_daemon", "SELECT"
        for privilege, tables in DAEMON_WRITES.items():
            if relation in tables:
                yield "crossdock_daemon", privilege
    if schema in ("archive", "ops"):
        yield "crossdock_reader", "SELECT"


def test_every_role_has_exactly_its_privileges_on_every_relation(database: Database) -> None:
    """Senders have none on the internal schemas; the daemon owns nothing; readers read two."""
    connection = database.connect()
    wanted = {
        (relation, *pair) for relation in relations(connection) for pair in expected(relation)
    }
    there = set(
        rows(
            connection,
            "SELECT r.relation, o.role, p.privilege FROM unnest(%s::text[]) AS r (relation)"
            " CROSS JOIN unnest(%s::text[]) AS o (role)"
            " CROSS JOIN unnest(%s::text[]) AS p (privilege)"
            " WHERE has_table_privilege(o.role, r.relation, p.privilege)"
            " OR (p.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')"
            " AND has_any_column_privilege(o.role, r.relation, p.privilege))",
            relations(connection),
            list(ROLES),
            list(PRIVILEGES),
        )
    )
    assert there - wanted == set(), "too much"
    assert wanted - there == set(), "too little"


def test_nothing_is_granted_to_everybody(database: Database) -> None:
    """A login without a role reaches no table, no view and no schema."""
    login = database.create_login("stranger")
    connection = database.connect()
    reached = rows(
        connection,
        "SELECT r.relation FROM unnest(%s::text[]) AS r (relation)"
        " WHERE has_table_privilege(%s, r.relation, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')"
        " OR has_any_column_privilege(%s, r.relation, 'SELECT, INSERT, UPDATE')",
        relations(connection),
        login,
        login,
    )
    assert reached == []
    assert rows(
        connection,
        "SELECT s.name FROM unnest(%s::text[]) AS s (name)"
        " WHERE has_schema_privilege(%s, s.name, 'USAGE, CREATE')",
        list(SCHEMAS),
        login,
    ) == []  # fmt: skip


def test_every_role_uses_exactly_its_schemas_and_creates_in_none(database: Database) -> None:
    """USAGE where the contract says, CREATE nowhere."""
    connection = database.connect()
    used = {
        role: {
            schema
            for schema in SCHEMAS
            if value(connection, "SELECT has_schema_privilege(%s, %s, 'USAGE')", role, schema)
        }
        for role in ROLES
    }
    assert used == USAGE
    assert not any(
        value(connection, "SELECT has_schema_privilege(%s, %s, 'CREATE')", role, schema)
        for role in ROLES
        for schema in SCHEMAS
    )


def test_no_role_owns_anything_or_is_powerful(database: Database) -> None:
    """The daemon owns nothing; roles cannot log in, create roles or pass by row security."""
    connection = database.connect()
    assert rows(
        connection,
        "SELECT rolname FROM pg_roles WHERE rolname = ANY (%s) AND (rolsuper OR rolcanlogin"
        " OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)",
        list(ROLES),
    ) == []  # fmt: skip
    assert rows(
        connection,
        "SELECT c.relname FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner"
        " WHERE r.rolname = ANY (%s)",
        list(ROLES),
    ) == []  # fmt: skip


def test_functions_of_ops_are_for_the_dba(database: Database) -> None:
    """EXECUTE on ops: the DBA all, the daemon what the command line needs, senders nothing."""
    connection = database.connect()
    granted = {
        (name, role)
        for name, role in rows(
            connection,
            "SELECT p.proname, o.role FROM pg_proc AS p"
            " CROSS JOIN unnest(%s::text[] || ARRAY['public']) AS o (role)"
            " WHERE p.pronamespace = 'ops'::regnamespace"
            " AND has_function_privilege(o.role, p.oid, 'EXECUTE')",
            list(ROLES),
        )
    }
    names = {
        row[0]
        for row in rows(
            connection, "SELECT proname FROM pg_proc WHERE pronamespace = 'ops'::regnamespace"
        )
    }
    assert {name for name, role in granted if role == "crossdock_dba"} == names
    assert {role for _, role in granted} <= {
        "crossdock_dba",
        "crossdock_daemon",
        "crossdock_reader",
    }
    assert ("register_system", "crossdock_daemon") not in granted
    assert {name for name, role in granted if role == "crossdock_reader"} <= {"session"}


def test_security_definer_functions_fix_their_search_path(database: Database) -> None:
    """A SECURITY DEFINER function must not find an attacker's objects first."""
    loose = rows(
        database.connect(),
        "SELECT p.oid::regprocedure::text FROM pg_proc AS p"
        " WHERE p.prosecdef AND p.pronamespace::regnamespace::text = ANY (%s) AND NOT EXISTS ("
        " SELECT FROM unnest(p.proconfig) AS c (setting)"
        " WHERE c.setting = 'search_path=pg_catalog, pg_temp')",
        list(SCHEMAS),
    )
    assert loose == []


@pytest.mark.parametrize("relation", ["staging.message", "staging.line", "book.item", "ops.login"])
def test_a_sender_cannot_touch_internal_tables(company: Company, relation: str) -> None:
    """The contract views are the senders' only way in."""
    for connection in (company.erp, company.wms):
        error = refusal(connection, f"SELECT * FROM {relation}")
        assert isinstance(error, errors.InsufficientPrivilege)


def test_a_sender_cannot_reach_the_other_sides_schema(company: Company) -> None:
    """The ERP sees erp_v1, a WMS sees wms_v1."""
    for connection, schema in ((company.erp, "wms_v1"), (company.wms, "erp_v1")):
        error = refusal(connection, f"SELECT * FROM {schema}.inbox")
        assert isinstance(error, errors.InsufficientPrivilege)


@pytest.mark.parametrize("column", ["seq", "state", "received_at", "finished_at", "doc_type"])
def test_a_sender_cannot_write_a_column_of_the_synchronizer(company: Company, column: str) -> None:
    """Neither with INSERT nor with UPDATE."""
    given = {"seq": "7", "state": "'applied'", "doc_type": "'party'"}.get(column, "now()")
    error = refusal(
        company.erp,
        f"INSERT INTO erp_v1.item (message_id, item_code, {column}) OVERRIDING SYSTEM VALUE"
        f" VALUES ('m', 'A', {given})",
    )
    assert isinstance(error, errors.InsufficientPrivilege)
    insert(company.erp, "erp_v1.item", message_id="m1", item_code="A")
    error = refusal(company.erp, f"UPDATE erp_v1.item SET {column} = {given}")
    # An identity column is refused before PostgreSQL asks for rights.
    assert isinstance(error, errors.InsufficientPrivilege | errors.GeneratedAlways)
    assert isinstance(refusal(company.erp, "DELETE FROM erp_v1.item"), errors.InsufficientPrivilege)


def test_a_sender_never_sees_anothers_messages(company: Company) -> None:
    """Two WMSs share a schema and see their own rows alone, in every view."""
    insert(company.wms, "wms_v1.stock_move", message_id="a", warehouse_code="W1", move_no="M1")
    insert(
        company.wms, "wms_v1.stock_move_line",
        message_id="a", warehouse_code="W1", line_no=1, item_code="A", qty=1,
    )  # fmt: skip
    for view in ("stock_move", "stock_move_line", "message_status"):
        query = f"SELECT message_id FROM wms_v1.{view}"
        assert rows(company.wms, query) == [("a",)]
        assert rows(company.other_wms, query) == []


def test_a_sender_may_use_a_message_id_that_another_used(company: Company) -> None:
    """message_id is unique per sender and document type, so nobody learns of another's ids."""
    move = {"message_id": "same", "move_no": "M1"}
    assert insert(company.wms, "wms_v1.stock_move", **move, warehouse_code="W1") == 1
    assert insert(company.other_wms, "wms_v1.stock_move", **move, warehouse_code="W3") == 1
    receipt = {"message_id": "same", "receipt_no": "R1", "warehouse_code": "W1"}
    assert insert(company.wms, "wms_v1.goods_receipt", **receipt) == 1


def test_a_receiver_never_sees_anothers_inbox(company: Company) -> None:
    """Headers, lines and inbox are filtered by receiver."""
    number = deliver(company)
    insert(
        company.admin, "staging.delivery_line",
        delivery_id=number, line_no=1, receiver="WMS1", doc_type="purchase_order",
        warehouse_code="W1", message_id="m", item_code="A", qty=1,
    )  # fmt: skip
    for view in ("inbox", "purchase_order", "purchase_order_line"):
        query = f"SELECT delivery_id FROM wms_v1.{view}"
        assert rows(company.wms, query) == [(number,)]
        assert rows(company.other_wms, query) == []


def test_a_condition_of_the_readers_own_sees_no_foreign_rows(company: Company) -> None:
    """The views are security barriers: a cheap function cannot leak what it is not shown."""
    deliver(company, note="secret of WMS1")
    login = company.login(company.other_wms)
    company.admin.execute(f"GRANT CREATE ON SCHEMA public TO {login}".encode())
    company.other_wms.execute(
        b"CREATE FUNCTION public.leak(t text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001"
        b" AS $$ BEGIN RAISE NOTICE 'seen %', t; RETURN true; END $$"
    )
    seen: list[str] = []
    company.other_wms.add_notice_handler(lambda notice: seen.append(notice.message_primary or ""))
    query = "SELECT delivery_id FROM wms_v1.purchase_order WHERE public.leak(note)"
    assert rows(company.other_wms, query) == []
    assert seen == []
    company.other_wms.execute(b"DROP FUNCTION public.leak(text)")


def test_set_role_does_not_change_the_sender(company: Company) -> None:
    """Senders are told by session_user: a borrowed role borrows no identity."""
    insert(company.wms, "wms_v1.stock_move", message_id="a", warehouse_code="W1", move_no="M1")
    company.admin.execute(
        f"GRANT {company.login(company.wms)} TO {company.login(company.other_wms)}".encode()
    )
    company.other_wms.execute(f"SET ROLE {company.login(company.wms)}".encode())
    assert value(company.other_wms, "SELECT current_user") == company.login(company.wms)
    assert rows(company.other_wms, "SELECT message_id FROM wms_v1.stock_move") == []
    insert(company.other_wms, "wms_v1.stock_move", message_id="b", move_no="M2")
    assert rows(
        company.admin, "SELECT sender FROM staging.message WHERE message_id = 'b'"
    ) == [("WMS2",)]  # fmt: skip


def test_a_login_of_no_system_is_told_so(company: Company) -> None:
    """A role without a registration sends nothing: 42501 with the remedy."""
    login = company.database.create_login("lost", "crossdock_wms")
    deliver(company)
    for attempt in (
        "SELECT * FROM wms_v1.inbox",
        "SELECT * FROM wms_v1.take(1)",
        "INSERT INTO wms_v1.stock_move (message_id) VALUES ('m')",
    ):
        error = refusal(company.database.connect(login), attempt)
        assert isinstance(error, errors.InsufficientPrivilege)
        assert "belongs to no registered system" in str(error)
        assert "ops.register_system" in (error.diag.message_hint or "")


def test_the_erp_sees_all_warehouses_and_a_wms_its_own(company: Company) -> None:
    """stock, order_status and availability are cut by the assigned warehouses."""
    company.admin.execute(
        b"INSERT INTO book.balance (warehouse_code, item_code, lot_no, location_code,"
        b" stock_status, qty, changed_at) SELECT w, 'A', '', '', 'unrestricted', 5, now()"
        b" FROM unnest(ARRAY['W1', 'W2', 'W3']) AS u (w)"
    )
    company.admin.execute(
        b"INSERT INTO book.order_head (warehouse_code, order_type, order_no, revision, action,"
        b" state, seq, released_at, changed_at)"
        b" SELECT w, 'sales_order', 'SO1', 1, 'upsert', 'released', 1, now(), now()"
        b" FROM unnest(ARRAY['W1', 'W2', 'W3']) AS u (w)"
    )
    for view in ("stock", "availability", "order_status"):
        query = "SELECT warehouse_code FROM {}.{} ORDER BY 1"
        assert rows(company.erp, query.format("erp_v1", view)) == [("W1",), ("W2",), ("W3",)]
        assert rows(company.wms, query.format("wms_v1", view)) == [("W1",), ("W2",)]
        assert rows(company.other_wms, query.format("wms_v1", view)) == [("W3",)]
