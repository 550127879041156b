"""Retiring: what has long ended moves to the archive whole, and everything can still be told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from psycopg.sql import SQL, Identifier

from schema.statements import statements
from schema.states import TERMINAL
from sync import retire as retiring
from tests.integration.reading import all_told, breaches, inbox, status, told
from tests.integration.working import Pause, another_store, lay_trap, remove_trap, working
from tests.support.builders import Document
from tests.support.builders_send import Row, Sender
from tests.support.builders_world import World
from tests.support.day import play_day

TABLES = (
    "message", "line", "delivery", "delivery_line", "answer_line", "message_error", "event",
)  # fmt: skip
KEYS = {
    "message": "seq",
    "line": "sender, doc_type, message_id, line_no",
    "delivery": "delivery_id",
    "delivery_line": "delivery_id, line_no",
    "answer_line": "delivery_id, line_no",
    "message_error": "error_id",
    "event": "event_id",
}
RECEIPT = [{"item_code": "A", "qty": 5, "reason_code": "FOUND"}]


def rows_of(world: World, schema: str) -> dict[str, list[Row]]:
    """Return all rows of the six tables, by key; of the archive without its own columns."""
    found = {}
    for table in TABLES:
        rows = world.admin.read(f"SELECT * FROM {schema}.{table} ORDER BY {KEYS[table]}")
        extra = set() if schema == "staging" else {"finished_at", "is_late"}
        if table == "message":
            extra = set()
        elif table == "line" and schema == "archive":
            extra |= {"seq"}
        found[table] = [{k: row[k] for k in sorted(row) if k not in extra} for row in rows]
    return found


def counts(world: World, schema: str) -> dict[str, int]:
    """Return how many rows each table has."""
    return {
        table: int(world.admin.read(f"SELECT count(*) AS n FROM {schema}.{table}")[0]["n"])
        for table in TABLES
    }


def seen(world: World) -> list[Any]:
    """Return what both sides, and the DBA, see of messages and orders; open findings included."""
    views = ("message_status", "message_error", "order_status", "stock", "availability")
    told_rows: list[Any] = [
        sorted(map(str, all_told(sender.read(f"SELECT * FROM {sender.schema}.{view}"))))
        for sender in (world.erp, world.wms1, world.wms2)
        for view in views
    ]
    told_rows.append(
        all_told(world.admin.read("SELECT * FROM ops.message ORDER BY seq"), "is_retired", "age")
    )
    told_rows.append(
        all_told(world.admin.read("SELECT * FROM ops.order_timeline ORDER BY at, seq, kind, what"))
    )
    told_rows.append(all_told(world.admin.read("SELECT * FROM ops.task ORDER BY task_id"), "age"))
    return told_rows


def story(world: World, seq: int) -> list[str]:
    """Return the sentences of ops.why."""
    return [str(row["why"]) for row in world.admin.read("SELECT why FROM ops.why(%s)", seq)]


@pytest.fixture
def played(bare: World) -> World:
    """Have a day with every kind of document and every ending, all deliveries answered."""
    play_day(bare)
    bare.answer_everything()
    return bare


def test_a_day_is_retired_whole_and_everybody_sees_what_they_saw(played: World) -> None:
    """Every row of the six tables is in one place, unchanged; stories only become longer."""
    before, views = rows_of(played, "staging"), seen(played)
    numbers = [row["seq"] for row in before["message"]]
    stories = {seq: story(played, seq) for seq in numbers}

    result = played.retire(rows=7)

    live, archived = rows_of(played, "staging"), rows_of(played, "archive")
    assert result.total == len(archived["message"])
    assert result.total > 40
    for table in TABLES:
        together = sorted(map(str, live[table] + archived[table]))
        assert together == sorted(map(str, before[table])), table
    assert seen(played) == views
    for seq in numbers:
        retired = seq not in {row["seq"] for row in live["message"]}
        now = story(played, seq)
        assert [line for line in now if not line.startswith("It was retired")] == stories[seq]
        assert (len(now) > len(stories[seq])) is retired
    assert breaches(played) == []


def test_every_column_is_moved(world: World) -> None:
    """A column that is added to a live table and forgotten in the archive would lose its values."""
    columns = {
        (row["table_schema"], row["table_name"]): row["found"]
        for row in world.admin.read(
            "SELECT table_schema, table_name, jsonb_object_agg(column_name, udt_name) AS found"
            " FROM information_schema.columns WHERE table_schema IN ('staging', 'archive')"
            " GROUP BY 1, 2"
        )
    }
    for table in TABLES:
        live, archived = columns["staging", table], columns["archive", table]
        assert {k: v for k, v in archived.items() if k in live} == live, table
        assert set(archived) - set(live) <= {"finished_at", "seq", "is_late"}, table
        moved = retiring_columns(table)
        assert moved == set(archived), table


def retiring_columns(table: str) -> set[str]:
    """Return the columns that the statement for the table writes."""
    names = {"message_error": "findings", "delivery": "deliveries"}
    text = statements()[f"retire_move_{names.get(table, f'{table}s')}"].text
    listed = text.split(f"INSERT INTO archive.{table} (")[1].split(")")[0]
    return {name.strip() for name in listed.split(",")}


def test_only_what_is_older_than_the_limit_goes(world: World) -> None:
    """Counted from finished_at, whenever it was received."""
    old = world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    young = world.wms.goods_receipt("R2", warehouse="W1", lines=RECEIPT)
    world.drain()
    world.answer_everything()
    world.admin.connection.execute(
        b"UPDATE staging.message SET received_at = received_at - interval '40 days',"
        b" finished_at = finished_at - interval '31 days' WHERE seq = %s",
        (world.status(old)["seq"],),
    )
    world.admin.connection.execute(
        b"UPDATE staging.message SET received_at = received_at - interval '40 days' WHERE seq = %s",
        (world.status(young)["seq"],),
    )
    result = world.retire(days=30)
    assert dict(result.doc_types) == {"goods_receipt": 1}
    assert world.state(young) == "applied"
    assert world.retire(days=30).total == 0
    assert status(world.wms, old)["state"] == "applied"
    # Each lies in the partition of the month in which it ended.
    assert world.retire().total > 0
    wrong = world.admin.read(
        "SELECT tableoid::regclass::text AS partition, finished_at FROM archive.message"
        " WHERE tableoid::regclass::text"
        " <> 'archive.message_' || to_char(finished_at AT TIME ZONE 'UTC', 'YYYY_MM')"
    )
    assert wrong == []


def test_what_something_open_belongs_to_stays(world: World) -> None:
    """An unanswered delivery, a decision that is owed, an open message of the document."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.answer_everything()
    unread = world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    world.drain()
    assert world.retire().kept == {"delivery": 1}
    [delivery] = world.erp.inbox(doc_no="R1")
    world.erp.answer(delivery["delivery_id"], "taken")
    assert world.retire().kept == {"delivery": 1}
    world.erp.answer(delivery["delivery_id"], "accepted")

    over = world.wms.goods_receipt(
        "R2", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", 90)]
    )
    conflict = world.wms.goods_receipt("R1", warehouse="W1", lines=[("A", 6)])
    world.drain()
    world.answer_everything()
    assert (world.state(over), world.state(conflict)) == ("applied", "error")
    assert world.retire().kept == {"task": 1, "message": 1}
    assert {row["doc_no"] for row in world.admin.read("SELECT doc_no FROM staging.message")} == {
        "R1", "R2",
    }  # fmt: skip

    world.admin.connection.execute(
        b"UPDATE ops.decision SET closed_at = now(), state = 'done', decision = 'keep'"
    )
    world.admin.connection.execute(
        b"UPDATE staging.message SET state = 'discarded', finished_at = now() WHERE state = 'error'"
    )
    result = world.retire()
    assert (result.total, dict(result.kept)) == (3, {})
    assert status(world.wms, unread)["state"] == "applied"


def test_a_fact_that_an_open_reversal_waits_for_stays(world: World) -> None:
    """The discarded original of a reversal in error is still looked at by whoever repairs it."""
    first = world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    world.drain()
    world.answer_everything()
    world.wms.reverse("goods_receipt", "R2", of="R1", warehouse="W1")
    world.admin.connection.execute(
        b"INSERT INTO staging.wait_key (key, seq) SELECT"
        b" concat_ws(E'\\x1f', 'fact:WMS1', 'goods_receipt', 'W1', 'R1'), seq"
        b" FROM staging.message WHERE doc_no = 'R2'"
    )
    assert world.retire().kept == {"message": 1}
    assert world.state(first) == "applied"
    world.admin.connection.execute(b"DELETE FROM staging.wait_key")
    assert world.retire().total == 1
    world.drain()


def test_open_messages_stay_in_every_open_state(played: World) -> None:
    """Whatever waits, is in error or held is work, not history."""
    played.retire()
    left = {row["state"] for row in played.admin.read("SELECT state FROM staging.message")}
    assert {"waiting", "error", "received"} <= left
    archived = {row["state"] for row in played.admin.read("SELECT state FROM archive.message")}
    assert archived
    assert archived <= set(TERMINAL)


def test_an_answer_by_line_is_retired_with_its_delivery(world: World) -> None:
    """What the warehouse did not accept stays to be read."""
    order = ("sales_order", "SO1")
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10), ("B", 5)])
    world.drain()
    world.wms.order_response(
        "RS1", warehouse="W1", order=order, revision=1, response="partial",
        lines=[{"order_line_no": 1, "qty": 4}],
    )  # fmt: skip
    world.drain()
    world.answer_everything()
    before = rows_of(world, "staging")["answer_line"]
    assert len(before) == 1
    world.retire()
    assert rows_of(world, "archive")["answer_line"] == before
    assert rows_of(world, "staging")["answer_line"] == []


@contextmanager
def killed_at(world: World, table: str, number: int) -> Iterator[None]:
    """Let the insert of the n-th row into a table end the session, as a kill would."""
    lay_trap(
        world, table,
        f"IF nextval('public.trap') = {number} THEN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); END IF;",
    )  # fmt: skip
    yield
    remove_trap(world, table)


@pytest.mark.parametrize(
    "table",
    ["staging.memory", *(f"archive.{table}" for table in TABLES if table != "answer_line")],
)
def test_a_killed_run_loses_and_doubles_nothing(played_fresh: World, table: str) -> None:
    """Killed while it writes any of the tables, in any batch: what it had not committed is due."""
    world = played_fresh
    before = rows_of(world, "staging")
    killed = 0
    with killed_at(world, table, 1 if table.endswith("error") else 5):
        try:
            world.retire(rows=10)
        except Exception as exc:  # noqa: BLE001 - the session is gone, however that is told
            killed += "terminat" in str(exc) or "clos" in str(exc)
    assert killed == 1
    assert breaches(world) == []
    half = counts(world, "archive")
    assert world.retire(rows=10).total > 0
    assert counts(world, "archive") != half
    live, archived = rows_of(world, "staging"), rows_of(world, "archive")
    for name in TABLES:
        assert sorted(map(str, live[name] + archived[name])) == sorted(map(str, before[name]))
    assert world.retire(rows=10).total == 0


@pytest.fixture
def played_fresh(bare: World) -> World:
    """Have the same day with a message that was corrected, and the partitions made."""
    play_day(bare)
    wrong = bare.wms.goods_receipt("R20", warehouse="W1", lines=[("A", -1)])
    bare.drain()
    bare.wms.send(wrong.again("corrected").with_line(1, qty=1, reason_code="FOUND"))
    bare.answer_everything()
    with another_store(bare) as store:
        retiring.retire(store, timedelta(days=9))
    return bare


def test_two_runs_at_once_share_the_work(played: World) -> None:
    """SKIP LOCKED: the second passes by what the first holds, and neither waits."""
    with another_store(played) as store:
        pause = Pause(store, "INSERT INTO staging.memory")
        with working(partial(retiring.retire, store, timedelta(0), rows=20)) as results:
            other = pause.meanwhile(lambda: played.retire(rows=20))
    assert other.total > 0
    assert results[0].total > 0
    assert counts(played, "archive")["message"] == other.total + results[0].total
    assert breaches(played) == []


def test_the_main_road_goes_on_while_messages_are_retired(world: World) -> None:
    """A run that stands in the middle of its transaction holds nobody up."""
    world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    world.drain()
    world.answer_everything()
    with another_store(world) as store:
        pause = Pause(store, "WITH gone AS (\n    DELETE FROM staging.message")

        def work() -> Document:
            world.wms.goods_receipt("R2", warehouse="W1", lines=RECEIPT)
            last = world.wms.reverse("goods_receipt", "R3", of="R1", warehouse="W1")
            world.drain()
            return last

        with working(partial(retiring.retire, store, timedelta(0))) as results:
            reversal = pause.meanwhile(work)
    assert results[0].total > 0
    assert world.state(reversal) == "applied"


def test_a_delivery_that_somebody_holds_keeps_its_message(world: World) -> None:
    """A reader that repeats its answer in a long transaction is not waited for."""
    receipt = world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    world.drain()
    world.answer_everything()
    with world.erp.transaction():
        world.erp.connection.execute("UPDATE erp_v1.inbox SET state = 'accepted'")
        result = world.retire()
        assert result.kept["busy"] == 1
        assert world.state(receipt) == "applied"
    assert world.retire().total == 1


def test_answered_deliveries_leave_the_inbox_with_their_message(world: World) -> None:
    """The insertable views, the inbox and the typed views show what is live."""
    world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    world.drain()
    world.answer_everything()
    assert len(inbox(world.erp, doc_no="R1")) == 1
    world.retire()
    assert inbox(world.erp) == []
    for view in ("goods_receipt", "goods_receipt_line"):
        assert world.wms.read(f"SELECT * FROM wms_v1.{view}") == []
        assert world.erp.read(f"SELECT * FROM erp_v1.{view}") == []


def test_master_data_sent_anew_later_are_retired_later(fresh_world: World) -> None:
    """A WMS that is registered after items were retired gets them, and their deliveries go, too."""
    world = fresh_world
    world.answer_everything()
    world.retire()
    assert counts(world, "staging")["message"] == 0
    login = world.database.register("WMS3", "wms", ["W9"])
    world.drain()
    new = Sender(world.database.connect(login), "wms_v1", "N")
    [item] = new.read_view("item", "delivery_id", item_code="A")
    [sent] = world.erp.read_view("message_status", "seq", doc_type="item", doc_no="A")
    assert item["message_id"] == sent["message_id"]
    sent_anew = len(inbox(new))
    assert world.retire().late == 0
    new.connection.execute("UPDATE wms_v1.inbox SET state = 'accepted'")
    world.drain()
    result = world.retire()
    assert (result.late, counts(world, "staging")["delivery"]) == (sent_anew, 0)


def test_the_archive_takes_rows_of_any_month(world: World) -> None:
    """Partitions are made when a month is needed, for past ones as for the present."""
    receipts = [world.wms.goods_receipt(f"R{n}", warehouse="W1", lines=RECEIPT) for n in range(3)]
    world.drain()
    world.answer_everything()
    for age, receipt in enumerate(receipts):
        world.admin.connection.execute(
            b"UPDATE staging.message SET finished_at = finished_at - %s * interval '40 days',"
            b" received_at = received_at - %s * interval '40 days' WHERE seq = %s",
            (age, age, world.status(receipt)["seq"]),
        )
    assert world.retire().doc_types["goods_receipt"] == 3
    months = world.admin.read(
        "SELECT DISTINCT date_trunc('month', finished_at AT TIME ZONE 'UTC') FROM archive.line"
    )
    assert len(months) == 3


def test_a_live_row_cannot_be_deleted_even_by_the_superuser(world: World) -> None:
    """A message leaves staging only after it is remembered, and its parts with it."""
    world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    world.wms.goods_receipt("R2", warehouse="W1", lines=[("A", -1)])
    world.drain()
    for table in ("message", "delivery", "message_error", "event"):
        with pytest.raises(Exception, match=r"append-only: message \d+ is not retired"):
            world.admin.connection.execute(
                SQL("DELETE FROM {}").format(Identifier("staging", table))
            )


def test_the_order_timeline_of_a_retired_order_uses_an_index(played: World) -> None:
    """Looking at one order does not read the archive."""
    played.retire()
    played.admin.connection.execute("SET enable_seqscan = off")
    plan = "\n".join(
        str(row["QUERY PLAN"])
        for row in played.admin.read("EXPLAIN SELECT * FROM ops.message WHERE order_no = %s", "PO1")
    )
    played.admin.connection.execute("RESET enable_seqscan")
    assert "Index" in plan
    assert "message_20" in plan
    assert "_expr_idx" in plan or "order_no" in plan


def test_open_states_are_not_looked_for_in_the_archive(played: World) -> None:
    """Its CHECK tells the planner that nothing open is there."""
    played.retire()
    plan = "\n".join(
        str(row["QUERY PLAN"])
        for row in played.admin.read("EXPLAIN SELECT seq FROM ops.message WHERE state = 'error'")
    )
    assert "message_20" not in plan


def test_why_tells_what_is_known_when_the_payload_is_gone(world: World) -> None:
    """A partition that was dropped takes the payload; the memory stays."""
    receipt = world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    world.drain()
    world.answer_everything()
    seq = world.status(receipt)["seq"]
    world.retire()
    connection = world.admin.connection
    with connection.transaction(force_rollback=True):
        for table in TABLES:
            connection.execute(SQL("DELETE FROM archive.{}").format(Identifier(table)))
        told_now = story(world, seq)
        assert told_now[0] == (
            f"Message {seq} was goods_receipt, message_id {receipt.message_id}, from WMS1 for"
            " warehouse W1. What it said is no longer kept."
        )
        assert "as applied" in told_now[1]
        broken = {row["law"] for row in world.admin.read("SELECT DISTINCT law FROM ops.proof")}
        # Dropped behind the back of archive.drop_month: the memory says so, too.
        assert broken == {"delivery number", "memory"}
    assert told(world.admin.read("SELECT ops.why_json(%s) AS a", seq)[0])["a"]["state"] == "applied"
