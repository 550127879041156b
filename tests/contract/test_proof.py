"""The conservation laws: empty on an honest day, and each breach is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from tests.support.builders_world import World
from tests.support.cluster import Cluster
from tests.support.day import play_day


@pytest.fixture(scope="module")
def world(cluster: Cluster) -> Iterator[World]:
    """Play one day for all tests of this module; each breaks it in a transaction of its own."""
    database = cluster.clone()
    played = World(database)
    try:
        yield play_day(played)
    finally:
        played.close()
        database.close()


@pytest.fixture(scope="module")
def archived(cluster: Cluster) -> Iterator[World]:
    """Play the same day, let everybody answer, and retire all that has ended."""
    database = cluster.clone()
    played = World(database)
    try:
        play_day(played)
        played.answer_everything()
        played.retire()
        yield played
    finally:
        played.close()
        database.close()


def laws(connection: psycopg.Connection[object]) -> set[str]:
    """Return the names of the laws that are broken."""
    return {str(row[0]) for row in connection.execute("SELECT DISTINCT law FROM ops.proof")}  # type: ignore[index]  # rows are tuples


def test_all_laws_hold_after_a_day(world: World) -> None:
    """Empty when all hold: every flow was applied, and messages wait, failed and were resent."""
    assert world.admin.read("SELECT * FROM ops.proof") == []
    states = {row["state"] for row in world.admin.read("SELECT state FROM ops.message")}
    assert states >= {"applied", "duplicate", "superseded", "error", "waiting", "received"}
    moved = {row["movement_type"] for row in world.ledger()}
    assert moved >= {
        "receipt_purchase", "receipt_production", "receipt_return", "receipt_transfer",
        "issue_sales", "issue_production", "issue_transfer", "issue_return", "move_status",
        "adjustment", "count_gain", "count_loss", "initial_load",
    }  # fmt: skip


def test_the_laws_hold_while_a_transfer_is_on_the_way(world: World) -> None:
    """What one lane has told the other and the other has not applied is no breach."""
    connection = world.admin.connection
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(
            "WITH gone AS (DELETE FROM book.ledger WHERE message_seq = ("
            "SELECT seq FROM staging.message WHERE doc_type = 'transit_receipt')"
            " RETURNING qty, item_code)"
            " UPDATE book.balance SET qty = balance.qty - gone.qty FROM gone"
            " WHERE balance.item_code = gone.item_code AND stock_status = 'in_transit'"
        )
        connection.execute(
            "UPDATE staging.message SET state = 'received', finished_at = NULL"
            " WHERE doc_type = 'transit_receipt'"
        )
        assert {"transfer", "balance"} & laws(connection) == set()
        connection.execute("DELETE FROM staging.line WHERE doc_type = 'transit_receipt'")
        assert "transfer" in laws(connection)


@dataclass(frozen=True)
class Breach:
    """Break one law by SQL, and name the law; others may break with it."""

    law: str
    sql: str

    def __str__(self) -> str:
        return f"{self.law}: {self.sql}"


def fact(doc_no: str) -> str:
    """Return SQL for the number of the first message with a document number."""
    return f"(SELECT min(seq) FROM staging.message WHERE doc_no = '{doc_no}')"


BREACHES = [
    # Law 1: each accepted fact has exactly one set of ledger rows.
    Breach("posted once", f"DELETE FROM book.ledger WHERE message_seq = {fact('V1')}"),
    Breach(
        "posted once", "UPDATE book.ledger SET qty = qty + 1 WHERE movement_type = 'issue_sales'"
    ),
    Breach(
        "posted once",
        "UPDATE book.ledger SET qty = qty + 1"
        " WHERE movement_type = 'issue_transfer' AND stock_status = 'in_transit'",
    ),
    Breach("posted once", "UPDATE book.ledger SET qty = qty + 1 WHERE ledger_seq = 7"),
    Breach(
        "posted once",
        "INSERT INTO book.ledger (warehouse_code, ledger_seq, message_seq, line_no, entry_no,"
        " movement_type, item_code, lot_no, serial_no, location_code, stock_status, qty,"
        " occurred_at, business_date, received_at, applied_at, posting_date)"
        " SELECT warehouse_code,"
        " 1 + (SELECT max(ledger_seq) FROM book.ledger WHERE warehouse_code = 'W1'), message_seq,"
        " line_no, 99, movement_type, item_code, lot_no, serial_no, location_code, stock_status,"
        " qty, occurred_at, business_date, received_at, applied_at, posting_date"
        " FROM book.ledger WHERE warehouse_code = 'W1' AND ledger_seq = 9",
    ),
    Breach(
        "posted once", f"UPDATE book.ledger SET message_seq = 0 WHERE message_seq = {fact('V1')}"
    ),
    Breach("posted once", f"UPDATE staging.message SET state = 'error' WHERE seq = {fact('V1')}"),
    Breach("posted once", f"UPDATE staging.message SET doc_no = 'S1' WHERE seq = {fact('S3')}"),
    # Reversals: exact, linked, once.
    Breach("reversal", "UPDATE book.ledger SET qty = -1 WHERE reverses_ledger_seq IS NOT NULL"),
    Breach(
        "reversal",
        "UPDATE book.ledger SET location_code = 'X' WHERE reverses_ledger_seq IS NOT NULL",
    ),
    Breach(
        "reversal",
        "UPDATE book.ledger SET reverses_ledger_seq = NULL WHERE reverses_ledger_seq IS NOT NULL",
    ),
    Breach(
        "reversal",
        "UPDATE book.ledger SET reverses_ledger_seq = 9999 WHERE reverses_ledger_seq IS NOT NULL",
    ),
    Breach(
        "reversal",
        "UPDATE book.ledger SET reverses_ledger_seq = (SELECT max(reverses_ledger_seq)"
        " FROM book.ledger) WHERE ledger_seq = 2 AND warehouse_code = 'W1'",
    ),
    # Periods: nothing behind the close, nothing before its day.
    Breach(
        "closed period",
        "INSERT INTO book.period SELECT 'W1', date_trunc('month', min(posting_date)), 'closed', 0,"
        " now(), 'x', 'x' FROM book.ledger WHERE warehouse_code = 'W1'",
    ),
    Breach("posting date", "UPDATE book.ledger SET posting_date = posting_date - 1"),
    Breach(
        "posting date",
        "UPDATE book.ledger SET posting_date = date_trunc('month', business_date) + '40 days'::interval",
    ),
    Breach("closed before", "UPDATE book.lane_counter SET closed_before = '2001-02-01'"),
    # Law 2: balance = sum of its ledger rows.
    Breach("balance", "UPDATE book.balance SET qty = qty + 1 WHERE item_code = 'A'"),
    Breach("balance", "DELETE FROM book.balance WHERE item_code = 'P'"),
    Breach(
        "balance",
        "INSERT INTO book.balance VALUES ('W1', 'Z', '', '', 'unrestricted', 1, 0, now())",
    ),
    Breach("balance", "UPDATE book.ledger SET lot_no = 'OTHER' WHERE item_code = 'P'"),
    Breach("serial", "UPDATE book.serial SET on_hand = on_hand + 1"),
    Breach("serial", "UPDATE book.ledger SET serial_no = 'X' WHERE serial_no <> ''"),
    # Law 3: order lines and transfers.
    Breach("order done", "UPDATE book.order_line SET done_qty = done_qty + 1 WHERE line_no = 1"),
    Breach("order done", "UPDATE book.ledger SET order_qty = 1 WHERE order_qty > 1"),
    Breach("order done", "UPDATE book.ledger SET order_line_no = 77 WHERE order_no = 'SO1'"),
    Breach("order done", "UPDATE book.ledger SET order_line_no = NULL WHERE order_no = 'SO1'"),
    Breach("order line state", "UPDATE book.order_line SET state = 'open' WHERE open_qty = 0"),
    Breach("order line state", "UPDATE book.order_line SET state = 'short' WHERE open_qty > 0"),
    Breach("order state", "UPDATE book.order_head SET ended_at = NULL WHERE order_no = 'SO1'"),
    Breach("order state", "UPDATE book.order_head SET state = 'in_work' WHERE order_no = 'SO1'"),
    Breach(
        "order state",
        "UPDATE book.order_head SET state = 'completed', ended_at = now() WHERE order_no = 'TO1'",
    ),
    Breach("order head", "DELETE FROM book.order_head WHERE order_no = 'SO1'"),
    Breach(
        "transfer",
        "UPDATE book.ledger SET qty = -24 WHERE message_seq = (SELECT min(seq)"
        " FROM staging.message WHERE doc_type = 'transit_receipt')",
    ),
    Breach(
        "transfer",
        "UPDATE book.order_line SET ordered_qty = 41 WHERE order_type = 'transit_notice'",
    ),
    Breach(
        "transfer",
        "UPDATE book.ledger SET location_code = 'BIN1' WHERE stock_status = 'in_transit'",
    ),
    Breach("transfer", "UPDATE book.ledger SET stock_status = 'in_transit' WHERE item_code = 'P'"),
    # Positions and delivery numbers.
    Breach("ledger position", "UPDATE book.ledger SET ledger_seq = 999 WHERE ledger_seq = 3"),
    Breach("ledger position", "UPDATE book.lane_counter SET ledger_seq = ledger_seq + 1"),
    Breach("ledger position", "DELETE FROM book.lane_counter WHERE warehouse_code = 'W1'"),
    Breach("delivery number", "UPDATE book.lane_counter SET delivery_n = delivery_n + 1"),
    Breach("delivery number", "DELETE FROM staging.delivery WHERE delivery_id = 1000000000002"),
    # Deliveries.
    Breach("fact delivered once", f"DELETE FROM staging.delivery WHERE seq = {fact('R1')}"),
    Breach(
        "fact delivered once",
        f"UPDATE staging.delivery SET seq = {fact('S1')} WHERE seq = {fact('S3')}",
    ),
    Breach(
        "request delivered once",
        f"UPDATE staging.delivery SET seq = {fact('PO1')} WHERE seq = {fact('SO1')}",
    ),
    Breach("delivery", "UPDATE staging.delivery SET answered_at = NULL WHERE state = 'accepted'"),
    Breach("delivery", "UPDATE staging.delivery SET answered_at = now() WHERE state = 'pending'"),
    Breach("delivery", "UPDATE staging.delivery SET seq = 0 WHERE delivery_id = 1000000000001"),
    Breach("delivery", "UPDATE staging.delivery SET warehouse_code = 'W2' WHERE doc_no = 'PO1'"),
    Breach("delivery line", "UPDATE staging.delivery_line SET delivery_id = -delivery_id"),
    # Law 5: nothing silent, nothing terminal and pending.
    Breach(
        "message state", "UPDATE staging.message SET finished_at = NULL WHERE state = 'applied'"
    ),
    Breach(
        "message state", "UPDATE staging.message SET finished_at = now() WHERE state = 'waiting'"
    ),
    Breach(
        "message state", "UPDATE staging.message SET duplicate_of = 0 WHERE state = 'duplicate'"
    ),
    Breach(
        "message state",
        "UPDATE staging.message SET superseded_by = NULL WHERE state = 'superseded'",
    ),
    Breach("message state", "DELETE FROM staging.wait_key"),
    Breach(
        "message state", "UPDATE staging.message SET waiting_for = NULL WHERE state = 'waiting'"
    ),
    Breach("message state", "UPDATE staging.message SET wait_until = NULL WHERE state = 'waiting'"),
    Breach(
        "message state",
        "UPDATE staging.message SET wait_until = received_at - interval '1 day'"
        " WHERE state = 'waiting'",
    ),
    Breach("message state", "UPDATE staging.message_error SET resolved_at = now()"),
    Breach(
        "message state",
        "ALTER TABLE staging.message DROP CONSTRAINT message_a_fact_is_never_refused_check;"
        f" UPDATE staging.message SET state = 'refused' WHERE seq = {fact('R5')}",
    ),
    Breach(
        "applied without error",
        f"UPDATE staging.message_error SET seq = {fact('V1')} WHERE code = 'QTY-001'",
    ),
    Breach("wait key", f"UPDATE staging.wait_key SET seq = {fact('V1')}"),
    Breach("wait key", "UPDATE staging.wait_key SET seq = 0"),
    Breach("business key", "UPDATE staging.business_key SET seq = 0 WHERE doc_type = 'shipment'"),
    Breach("business key", f"DELETE FROM staging.business_key WHERE seq = {fact('S1')}"),
    Breach(
        "business key",
        f"UPDATE staging.business_key SET seq = {fact('V1')} WHERE seq = {fact('S1')}",
    ),
    Breach("task", "UPDATE ops.task SET seq = 0"),
    # Law 6: events are a chain of legal steps.
    Breach("event", f"DELETE FROM staging.event WHERE seq = {fact('S1')}"),
    Breach("event", f"UPDATE staging.event SET to_state = 'error' WHERE seq = {fact('S1')}"),
    Breach(
        "event",
        f"UPDATE staging.event SET from_state = 'held' WHERE seq = {fact('S1')} "
        "AND to_state = 'applied'",
    ),
    Breach(
        "event",
        "INSERT INTO staging.event (seq, at, from_state, to_state, actor)"
        f" VALUES ({fact('S1')}, now(), 'received', 'applied', 'x')",
    ),
    Breach("event", "UPDATE staging.event SET seq = 0 WHERE event_id = 1"),
    # Counts: the book ends at the counted truth.
    Breach("count", "UPDATE book.count_position SET counted_qty = counted_qty + 1"),
    Breach("count", "DELETE FROM book.ledger WHERE reason_code = 'BEFORE_COUNT'"),
]


def old(doc_no: str) -> str:
    """Return SQL for the number of a retired message with a document number."""
    return f"(SELECT min(seq) FROM archive.message WHERE doc_no = '{doc_no}')"


#: The same laws where the message is retired.
ARCHIVED = [
    Breach("posted once", f"DELETE FROM book.ledger WHERE message_seq = {old('V1')}"),
    Breach("posted once", "UPDATE archive.line SET qty = qty + 1 WHERE doc_type = 'stock_move'"),
    Breach(
        "posted once", f"UPDATE book.ledger SET message_seq = 0 WHERE message_seq = {old('V1')}"
    ),
    Breach("posted once", f"UPDATE archive.message SET doc_no = 'S1' WHERE seq = {old('S3')}"),
    Breach("posted once", f"UPDATE staging.memory SET state = 'refused' WHERE seq = {old('S3')}"),
    Breach("posted once", f"DELETE FROM staging.memory WHERE seq = {old('S3')}"),
    Breach("reversal", f"UPDATE archive.message SET reverses_no = 'X' WHERE seq = {old('R9')}"),
    Breach("delivery number", f"DELETE FROM archive.delivery WHERE seq = {old('S1')}"),
    Breach("fact delivered once", f"DELETE FROM archive.delivery WHERE seq = {old('S1')}"),
    Breach(
        "request delivered once",
        f"UPDATE archive.delivery SET seq = {old('PO1')} WHERE seq = {old('SO1')}",
    ),
    Breach("delivery", "UPDATE archive.delivery SET answered_at = NULL WHERE state = 'accepted'"),
    Breach("delivery", "UPDATE archive.delivery SET seq = 0 WHERE doc_no = 'PO1'"),
    Breach("delivery line", "UPDATE archive.delivery_line SET delivery_id = -delivery_id"),
    Breach(
        "message state", "UPDATE staging.message SET duplicate_of = 0 WHERE state = 'duplicate'"
    ),
    Breach(
        "applied without error",
        "INSERT INTO archive.message_error (finished_at, error_id, seq, code, severity, text,"
        f" first_seen_at) VALUES (now(), -1, {old('V1')}, 'QTY-001', 'error', 'x', now())",
    ),
    Breach("business key", f"DELETE FROM staging.business_key WHERE seq = {old('S1')}"),
    Breach(
        "business key",
        f"UPDATE staging.business_key SET seq = {old('V1')} WHERE seq = {old('S1')}",
    ),
    Breach("event", f"DELETE FROM archive.event WHERE seq = {old('S1')}"),
    Breach("event", f"UPDATE archive.event SET to_state = 'error' WHERE seq = {old('S1')}"),
    Breach("count", "UPDATE book.count_position SET counted_qty = counted_qty + 1"),
    Breach("memory", f"DELETE FROM staging.memory WHERE seq = {old('S1')}"),
    Breach("memory", f"DELETE FROM archive.message WHERE seq = {old('S1')}"),
    Breach("memory", f"UPDATE archive.message SET state = 'refused' WHERE seq = {old('S1')}"),
    Breach(
        "memory",
        "INSERT INTO staging.message (seq, sender, doc_type, message_id, lane, road, doc_key)"
        f" OVERRIDING SYSTEM VALUE VALUES ({old('S1')}, 'WMS1', 'shipment', 'twice', '*', 'fact', 'x')",
    ),
]


def test_all_laws_hold_after_the_day_is_retired(archived: World) -> None:
    """Live and archived rows together prove what the live ones did; most of the day is archived."""
    assert archived.admin.read("SELECT * FROM ops.proof") == []
    [counted] = archived.admin.read("SELECT count(*) AS n FROM archive.message")
    assert counted["n"] > 50


@pytest.mark.parametrize("breach", ARCHIVED, ids=str)
def test_a_breach_in_the_archive_is_found(archived: World, breach: Breach) -> None:
    """The laws are no weaker for what is retired."""
    connection = archived.admin.connection
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute(breach.sql.encode())
        assert breach.law in laws(connection)


@pytest.mark.parametrize("breach", BREACHES, ids=str)
def test_a_breach_is_found(world: World, breach: Breach) -> None:
    """Each law has rows when it does not hold: triggers and constraints are passed by."""
    connection = world.admin.connection
    with connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        before = laws(connection)
        for statement in breach.sql.split(";"):
            connection.execute(statement.encode())
        assert breach.law in laws(connection) - before


def test_arithmetic_that_the_constraints_would_refuse_is_found_too(world: World) -> None:
    """Proof trusts no constraint: it recomputes what generated columns and CHECKs promise."""
    connection = world.admin.connection
    with connection.transaction(force_rollback=True):
        connection.execute(
            "ALTER TABLE book.order_line DROP CONSTRAINT order_line_arithmetic_check"
        )
        connection.execute("UPDATE book.order_line SET short_qty = ordered_qty + done_qty + 1")
        assert "order arithmetic" in laws(connection)


def test_every_law_has_a_breach_in_this_test(world: World) -> None:
    """A law without a test is a law that may be blind."""
    text = "".join(
        row["definition"]
        for row in world.admin.read(
            "SELECT definition FROM pg_views WHERE schemaname = 'ops' AND viewname ~ '^proof_'"
        )
    )
    named = {part.split("'")[1] for part in text.split("SELECT ") if "::text AS law" in part[:60]}
    assert named
    assert named - {"order arithmetic"} == {breach.law for breach in BREACHES + ARCHIVED}
