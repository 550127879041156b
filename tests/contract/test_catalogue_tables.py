"""What schema/ holds as data stands in the database as rows, and every object is explained."""

from __future__ import annotations

import pytest

from schema import catalogue, races, states
from schema.contract.v1.documents import BY_NAME, DOCUMENTS, REQUESTS
from tests.support.cluster import Database
from tests.support.company import rows

SCHEMAS = ["staging", "book", "archive", "ops", "erp_v1", "wms_v1"]


def test_the_step_table_is_the_step_data(database: Database) -> None:
    """The legal steps are data; what the triggers enforce is what the table says."""
    wanted = {("message", *pair) for pair in states.MESSAGE_STEPS}
    wanted |= {("inbox", *pair) for pair in states.INBOX_STEPS}
    wanted |= {("inbox", *pair) for pair in states.INBOX_SYSTEM_STEPS}
    wanted |= {("task", *pair) for pair in states.TASK_STEPS}
    wanted |= {("period", *pair) for pair in states.PERIOD_STEPS}
    found = rows(database.connect(), "SELECT machine, from_state, to_state FROM staging.step")
    assert len(found) == len(wanted)
    assert set(found) == wanted


def test_the_race_table_is_the_race_data(database: Database) -> None:
    """Every situation meets every change; requests are judged by the table."""
    found = rows(database.connect(), "SELECT situation, event, outcome, meaning FROM staging.race")
    assert len(found) == len(races.RACES)
    assert set(found) == {(r.situation, r.event, r.outcome, r.meaning) for r in races.RACES}
    for situation in ("unread", "read", "picking", "ended", "cancelled", "refused"):
        events = {r.event for r in races.RACES if r.situation == situation}
        assert events == {*races.CHANGES, "fact"}
    assert {r.outcome for r in races.RACES} <= set(races.OUTCOMES)


def test_the_steps_say_who_makes_them(database: Database) -> None:
    """Operators hold, release and discard; receivers answer; the synchronizer does the rest."""
    by = dict.fromkeys(("operator", "synchronizer", "receiver"), 0)
    for machine, before, after, who in rows(
        database.connect(), "SELECT machine, from_state, to_state, by FROM staging.step"
    ):
        by[who] += 1
        if machine == "inbox":
            assert (who == "receiver") == (after != "withdrawn")
        elif machine == "task":
            assert (who == "operator") == (after == "deciding")
        elif machine == "period":
            assert who == "operator"
        else:
            by_hand = after in ("held", "discarded") or before == "held"
            assert (who == "operator") == by_hand, (before, after)
    assert all(by.values())


def test_the_state_table_is_the_state_data(database: Database) -> None:
    """Ten states of a message, five of an inbox row, and those of orders, lines, tasks and periods."""
    machines = {
        "message": states.MESSAGE_STATES,
        "inbox": states.INBOX_STATES,
        "order": states.ORDER_STATES,
        "order_line": states.LINE_STATES,
        "task": states.TASK_STATES,
        "period": states.PERIOD_STATES,
    }
    wanted = {
        (machine, state.name, state.is_open, state.meaning)
        for machine, members in machines.items()
        for state in members
    }
    found = rows(database.connect(), "SELECT machine, state, is_open, meaning FROM staging.state")
    assert set(found) == wanted
    assert [state.name for state in states.MESSAGE_STATES] == [
        "received", "waiting", "retrying", "held", "error",
        "applied", "refused", "duplicate", "superseded", "discarded",
    ]  # fmt: skip
    assert [state.name for state in states.INBOX_STATES] == [
        "pending", "taken", "accepted", "refused", "withdrawn",
    ]  # fmt: skip


def test_the_step_data_is_the_contracts_step_table() -> None:
    """Written out once more, as rulings for message steps say it."""
    moving = {"received", "waiting", "retrying"}
    ends = {"held", "error", "applied", "refused", "duplicate", "superseded", "discarded"}
    wanted = {(a, b) for a in moving for b in (moving - {a}) | ends}
    wanted |= {("held", b) for b in ("received", "superseded", "discarded")}
    wanted |= {("error", b) for b in ("received", "held", "superseded", "discarded")}
    assert set(states.MESSAGE_STEPS) == wanted


def test_the_rule_table_is_the_rule_catalogue(database: Database) -> None:
    """Each code has one entry: severity, class, text, hint."""
    found = rows(database.connect(), "SELECT code, severity, repair, text, hint FROM staging.rule")
    assert set(found) == {
        (rule.code, rule.severity, rule.repair, rule.text, rule.hint) for rule in catalogue.RULES
    }
    assert len(found) == len(catalogue.RULES)


def test_every_rule_is_of_a_family_and_says_what_to_do() -> None:
    """FAMILY-nnn with a severity, a class, a text and a hint."""
    families = {
        "SYN",
        "REF",
        "MAP",
        "DUP",
        "SEQ",
        "STA",
        "QTY",
        "UOM",
        "LOT",
        "PER",
        "AUT",
        "RES",
        "SYS",
    }
    for rule in catalogue.RULES:
        family, number = rule.code.split("-")
        assert family in families
        assert len(number) == 3
        assert number.isdecimal()
        assert rule.severity in ("error", "wait", "task", "warning")
        assert rule.repair in ("retry", "fix data", "fix configuration", "decide")
        assert rule.text
        assert rule.hint
    assert {rule.code.split("-")[0] for rule in catalogue.RULES} == families


def test_the_document_type_table_is_the_catalogue(database: Database) -> None:
    """Roads, lines, actions, order types and senders of every document type."""
    found = {
        row[0]: row[1:]
        for row in rows(
            database.connect(),
            "SELECT doc_type, road, lines, actions, senders, meaning FROM staging.document_type",
        )
    }
    assert set(found) == {kind.name for kind in catalogue.DOCUMENT_TYPES}
    for kind in catalogue.DOCUMENT_TYPES:
        assert found[kind.name][:2] == (kind.road, kind.lines)
        assert found[kind.name][4] == kind.meaning
    for document in DOCUMENTS:
        _, lines, actions, senders, _ = found[document.name]
        assert (lines == "none") == (not document.line)
        assert tuple(senders) == document.senders
        if document.name in REQUESTS:
            assert actions == ["upsert", "cancel", "close"]
        elif document.kind == "master":
            assert actions == ["upsert"]
        elif document.kind == "instruction":
            assert actions == ["post"]
        else:
            assert actions == ["post", "reverse"]


def test_every_document_lands_on_the_road_and_lane_of_its_type(database: Database) -> None:
    """The trigger that places a message agrees with the catalogue."""
    connection = database.connect()
    for kind in catalogue.DOCUMENT_TYPES:
        lane, road = rows(
            connection,
            "INSERT INTO staging.message (sender, doc_type, message_id, warehouse_code)"
            " VALUES ('X', %s, 'm', ' W1 ') RETURNING lane, road",
            kind.name,
        )[0]
        assert road == kind.road, kind.name
        is_master = kind.name in BY_NAME and BY_NAME[kind.name].kind == "master"
        assert lane == ("*" if is_master else "W1"), kind.name


def test_every_table_view_column_function_and_schema_has_a_comment(database: Database) -> None:
    """What a DBA describes in psql explains itself."""
    connection = database.connect()
    bare = rows(
        connection,
        "SELECT n.nspname || '.' || c.relname, NULL FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        " AND coalesce(obj_description(c.oid, 'pg_class'), '') = ''"
        " AND c.relname <> 'alembic_version'"
        " UNION ALL SELECT n.nspname || '.' || c.relname, a.attname FROM pg_class AS c"
        " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
        " AND coalesce(col_description(c.oid, a.attnum), '') = ''"
        " AND c.relname <> 'alembic_version'"
        " UNION ALL SELECT p.oid::regprocedure::text, NULL FROM pg_proc AS p"
        " JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = ANY (%s)"
        " AND coalesce(obj_description(p.oid, 'pg_proc'), '') = ''"
        " UNION ALL SELECT n.nspname, NULL FROM pg_namespace AS n WHERE n.nspname = ANY (%s)"
        " AND coalesce(obj_description(n.oid, 'pg_namespace'), '') = ''",
        SCHEMAS,
        SCHEMAS,
        SCHEMAS,
        SCHEMAS,
    )
    assert bare == []


@pytest.mark.parametrize("table", ["balance", "order_head", "order_line", "ledger"])
def test_the_warehouse_leads_every_key_of_the_hot_tables(database: Database, table: str) -> None:
    """What keeps the door to several database machines open: warehouse_code NOT NULL and first."""
    connection = database.connect()
    assert rows(
        connection,
        "SELECT i.indexrelid::regclass::text FROM pg_index AS i"
        " JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indrelid = ('book.' || %s)::regclass AND a.attname <> 'warehouse_code'",
        table,
    ) == []  # fmt: skip
    assert rows(
        connection,
        "SELECT attname FROM pg_attribute WHERE attrelid = ('book.' || %s)::regclass"
        " AND attname = 'warehouse_code' AND attnotnull",
        table,
    ) == [("warehouse_code",)]  # fmt: skip


def test_book_has_no_triggers_sequences_or_foreign_keys(database: Database) -> None:
    """Numbers come from the lane's counter, in commit order; no key points across lanes."""
    connection = database.connect()
    assert rows(
        connection,
        "SELECT c.relname, c.relkind::text FROM pg_class AS c"
        " WHERE c.relnamespace = 'book'::regnamespace AND c.relkind = 'S'"
        " UNION ALL SELECT t.tgname, 'trigger' FROM pg_trigger AS t"
        " JOIN pg_class AS c ON c.oid = t.tgrelid WHERE c.relnamespace = 'book'::regnamespace"
        " UNION ALL SELECT conname, 'foreign key' FROM pg_constraint"
        " WHERE connamespace = 'book'::regnamespace AND contype = 'f'",
    ) == []  # fmt: skip
