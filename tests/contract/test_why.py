"""The story of a message in plain words: what it is, where it stands, and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from tests.support.builders_world import World
from tests.support.cluster import Cluster
from tests.support.day import play_day


@pytest.fixture(scope="module")
def world(cluster: Cluster) -> Iterator[World]:
    """Play one day for all tests of this module, which only read."""
    database = cluster.clone()
    played = World(database)
    try:
        yield play_day(played)
    finally:
        played.close()
        database.close()


def seq_of(world: World, doc_no: str, **where: object) -> int:
    """Return the number of the first message with a document number."""
    tests = "".join(f" AND {column} = %s" for column in where)
    query = f"SELECT min(seq) AS seq FROM staging.message WHERE doc_no = %s{tests}"
    return int(world.admin.read(query, doc_no, *where.values())[0]["seq"])


def story(world: World, seq: int) -> str:
    """Return the story of a message as one text."""
    return "\n".join(row["why"] for row in world.admin.read("SELECT ops.why(%s)", seq))


def test_every_message_has_a_story_of_whole_sentences(world: World) -> None:
    """Whatever its type and state: what it is, when it came, where it stands."""
    for row in world.admin.read("SELECT seq, state, doc_type FROM staging.message"):
        told = story(world, row["seq"]).split("\n")
        assert told[0].startswith(f"Message {row['seq']} is {row['doc_type']} ")
        assert told[1].startswith("It was received at ")
        assert any(sentence.startswith(f"State: {row['state']}, ") for sentence in told)
        assert [sentence for sentence in told if re.search(r", \.|: \.|\bto \.|,,", sentence)] == []


def test_an_applied_fact_tells_what_it_moved_and_who_was_told(world: World) -> None:
    """Ledger rows in words, with the unit as sent, the order line, the delivery, the task."""
    told = story(world, seq_of(world, "R1", sender="WMS1"))
    assert "is goods_receipt R1, for purchase_order PO1, from WMS1 for warehouse W1." in told
    assert "the sender's position is 2." in told
    assert "Line 1: 10 BOX of A, at DOCK, order line 1." in told
    assert re.search(
        r"Posted at position \d+ of W1, .*: \+120 PCE of A, at DOCK, unrestricted"
        r" \(receipt_purchase\), sent as 10 BOX, for purchase_order PO1 line 1\.",
        told,
    )
    assert re.search(r"\+3 PCE of L, lot LOT2, blocked \(receipt_purchase\)", told)
    assert re.search(r"Delivery 1\d{12} of .* to ERP \(goods_receipt, post\): pending, ", told)
    assert re.search(
        r"Task \d+ \(QTY-005\), open since .*, owed by purchasing, .*What to do: ", told
    )
    assert re.search(
        r"It may be decided as release: .*; that posts stock_move from blocked to the status as sent\."
        r" SELECT ops.resolve_task\(\d+, 'release', reason\)\.",
        told,
    )
    assert "received to applied by crossdock." in told
    again = seq_of(world, "R1", message_id="resent")
    assert f"Message {again} said the same again at " in told


def test_a_duplicate_names_its_original(world: World) -> None:
    """No effect, and why."""
    told = story(world, seq_of(world, "R1", message_id="resent"))
    assert f"Message {seq_of(world, 'R1', sender='WMS1')} said the same before" in told
    assert "Posted" not in told


def test_an_error_lists_all_its_findings_with_what_to_do(world: World) -> None:
    """Code, line, column, text and hint of each."""
    told = story(world, seq_of(world, "R5"))
    assert "Error: QTY-001 in line 1, qty: the quantity is zero. What to do: " in told
    assert "Error: QTY-002 in line 2, qty: the quantity is negative: -1. What to do: " in told


def test_a_waiting_message_says_for_what_and_what_releases_it(world: World) -> None:
    """The missing thing, the limit, and what happens then."""
    told = story(world, seq_of(world, "R6"))
    assert "Missing: REF-005, order_no: order LATE is not known." in told
    assert re.search(
        r"It waits for order:W1 purchase_order LATE since .*, until .*\."
        r" What releases it: the ERP sends the order; at the limit it is posted without",
        told,
    )
    assert "1 of 3 are here; at the limit error SYN-007" in story(world, seq_of(world, "R7"))
    told = story(world, seq_of(world, "PO2"))
    assert "Missing: REF-001 in line 1, item_code: item NEW is not known." in told
    assert "What releases it: the ERP sends the item; at the limit error REF-001." in told


def test_a_reversal_names_what_it_takes_back(world: World) -> None:
    """The fact and the ledger position."""
    told = story(world, seq_of(world, "R9"))
    assert "is goods_receipt R9, action reverse, taking back R2, from WMS1" in told
    assert re.search(r"-2 PCE of A, returns .*, taking back position \d+\.", told)


def test_a_superseded_message_names_what_replaced_it_and_is_named_by_it(world: World) -> None:
    """The link is told from both ends."""
    old = seq_of(world, "SO2", message_id="old")
    newer = world.admin.read("SELECT superseded_by FROM staging.message WHERE seq = %s", old)
    newer_seq = newer[0]["superseded_by"]
    assert f"Message {newer_seq} replaced it: sales_order SO2" in story(world, old)
    assert f"Message {old} gave way to it" in story(world, newer_seq)


def test_a_count_without_difference_says_so(world: World) -> None:
    """A fact that moved nothing is not a fact that was forgotten."""
    assert "It moved no stock: the count found what the book holds." in story(
        world, seq_of(world, "K2")
    )


def test_an_answer_is_told(world: World) -> None:
    """Who answered what, and when."""
    told = story(world, seq_of(world, "PO1"))
    assert re.search(r"to WMS1 \(purchase_order, upsert\): accepted, .*, at 20", told)


def test_an_unknown_number_is_refused_with_a_hint(world: World) -> None:
    """P0002; null is no number either."""
    for wrong in (0, None):
        with pytest.raises(errors.NoDataFound) as caught, world.admin.connection.transaction():
            world.admin.connection.execute("SELECT ops.why(%s)", (wrong,))
        assert "there is no message" in str(caught.value)
        assert caught.value.diag.message_hint


def test_the_story_for_machines_is_the_same_story(world: World) -> None:
    """seq, state, story, errors: the findings that still hold."""
    seq = seq_of(world, "R5")
    told = world.admin.read("SELECT ops.why_json(%s) AS told", seq)[0]["told"]
    assert set(told) == {"seq", "state", "story", "errors"}
    assert (told["seq"], told["state"]) == (seq, "error")
    assert told["story"] == story(world, seq).split("\n")
    assert [(e["code"], e["line_no"]) for e in told["errors"]] == [("QTY-001", 1), ("QTY-002", 2)]
    assert json.dumps(told)
    fine = world.admin.read("SELECT ops.why_json(%s) AS told", seq_of(world, "PO1"))[0]["told"]
    assert fine["errors"] == []


def test_what_a_sender_wrote_cannot_disturb_the_terminal(world: World) -> None:
    """Control characters are shown as question marks; long notes and documents are cut."""
    with world.admin.connection.transaction(force_rollback=True):
        world.admin.connection.execute(
            "INSERT INTO staging.message (sender, doc_type, message_id, doc_no, note)"
            " VALUES ('WMS1', 'stock_move', 'odd', E'N\\x1b[31m\\n1', repeat('n', 5000000))"
        )
        world.admin.connection.execute(
            "INSERT INTO staging.line (sender, doc_type, message_id, line_no)"
            " SELECT 'WMS1', 'stock_move', 'odd', n FROM generate_series(1, 10000) AS g (n)"
        )
        told = [
            row["why"]
            for row in world.admin.read(
                "SELECT ops.why(seq) AS why FROM staging.message WHERE message_id = 'odd'"
            )
        ]
    assert "stock_move N?[31m?1" in told[0]
    assert len(told) < 40
    assert max(map(len, told)) < 300
    assert "... and 9980 more lines." in told


@pytest.mark.parametrize("role", ["crossdock_dba", "crossdock_daemon"])
def test_the_dba_and_the_command_line_may_ask(world: World, role: str) -> None:
    """It reads with the caller's own rights; nobody else may execute it."""
    seq = seq_of(world, "R1", sender="WMS1")
    login = world.database.create_login(f"asks_{role}", role)
    connection = world.database.connect(login)
    told = connection.execute(b"SELECT ops.why(%s)", (seq,)).fetchall()
    assert [row[0] for row in told] == story(world, seq).split("\n")
    assert connection.execute(b"SELECT * FROM ops.proof").fetchall() == []


def test_a_reader_may_not_ask(world: World) -> None:
    """A dashboard sees views; stories hold what senders wrote."""
    login = world.database.create_login("dashboard", "crossdock_reader")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.database.connect(login).execute(b"SELECT ops.why(1)")
