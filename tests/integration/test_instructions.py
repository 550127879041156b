"""What crossdock itself asks of a system: correct your book, count, read these keys once more."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from sync.recon.documents import InstructionLine, send
from sync.rehearse import rehearse
from tests.support.builders_world import World

WRONG = InstructionLine("A", stock_status="blocked", qty=Decimal(-8))


def ask(world: World, doc_type: str, side: str, number: str, *lines: InstructionLine) -> int | None:
    """Send one document for W1, as a step of a reconciliation run does."""
    with world.store.transaction() as tx:
        return send(
            tx, doc_type, side=side, warehouse_code="W1", number=number, lines=lines, run_id=7,
            reason="the ERP posted it twice",
        )  # fmt: skip


def test_a_correction_is_read_and_answered_in_the_inbox_and_books_nothing(mapped: World) -> None:
    """The receiver's codes, its own view, its answer; no ledger row, no message for the others."""
    seq = ask(mapped, "book_correction", "wms", "ADJ-1", WRONG)
    mapped.drain()
    [header] = mapped.wms.read("SELECT * FROM wms_v1.book_correction")
    assert (header["correction_no"], header["run_id"], header["reason"], header["seq"]) == (
        "ADJ-1", 7, "the ERP posted it twice", seq,
    )  # fmt: skip
    [line] = mapped.wms.read(
        "SELECT line_no, item_code, lot_no, stock_status, qty, uom FROM wms_v1.book_correction_line"
    )
    assert line == {"line_no": 1, "item_code": "100A", "lot_no": None, "stock_status": "S",
                    "qty": -8, "uom": "EA"}  # fmt: skip
    [row] = mapped.wms.read("SELECT * FROM wms_v1.inbox WHERE doc_type = 'book_correction'")
    assert (row["doc_no"], row["action"], row["state"]) == ("ADJ-1", "post", "pending")
    mapped.wms.connection.execute(
        b"UPDATE wms_v1.inbox SET state = 'accepted', receiver_ref = 'IM-9' WHERE doc_no = 'ADJ-1'"
    )
    assert mapped.erp.read("SELECT * FROM erp_v1.book_correction") == []
    assert mapped.wms2.read("SELECT * FROM wms_v1.book_correction") == []
    assert mapped.ledger() == []
    assert mapped.admin.read("SELECT * FROM ops.proof") == []


def test_it_may_be_refused_with_a_reason(world: World) -> None:
    """Unlike a fact it has not happened: the period may be closed over there."""
    ask(world, "book_correction", "erp", "ADJ-1", WRONG)
    world.drain()
    update = "UPDATE erp_v1.inbox SET state = 'refused'{} WHERE doc_no = 'ADJ-1'"
    with pytest.raises(psycopg.Error, match="cannot be refused without a reason_code"):
        world.erp.connection.execute(update.format("").encode())
    world.erp.connection.execute(update.format(", reason_code = 'CLOSED'").encode())
    [row] = world.erp.read("SELECT state, reason_code FROM erp_v1.inbox WHERE doc_no = 'ADJ-1'")
    assert row == {"state": "refused", "reason_code": "CLOSED"}


def test_the_same_number_is_sent_once_to_each_side(world: World) -> None:
    """Whatever is repeated or killed; also when the first was retired to the archive."""
    key = InstructionLine("L", lot_no="K1")
    assert ask(world, "snapshot_request", "erp", "RUN-7", key) is not None
    assert ask(world, "snapshot_request", "erp", "RUN-7", key) is None
    assert ask(world, "snapshot_request", "wms", "RUN-7", key) is not None
    world.drain()
    for side, sender in (("erp", world.erp), ("wms", world.wms)):
        [line] = sender.read(f"SELECT item_code, lot_no FROM {side}_v1.snapshot_request_line")
        assert line == {"item_code": "L", "lot_no": "K1"}
    world.answer_everything()
    assert world.retire().total
    assert world.erp.read("SELECT * FROM erp_v1.inbox WHERE doc_type = 'snapshot_request'") == []
    again = ask(world, "snapshot_request", "erp", "RUN-7", key)
    assert again is not None
    world.drain()
    [state] = world.admin.read("SELECT state FROM staging.message WHERE seq = %s", again)
    assert state["state"] == "duplicate"


def test_a_snapshot_says_which_request_it_answers(world: World) -> None:
    """It holds the keys that were asked for, not the whole stock."""
    ask(world, "snapshot_request", "wms", "RUN-7", InstructionLine("A"))
    world.drain()
    answer = world.wms.stock_snapshot(
        "S1", warehouse="W1", through=3, lines=[("A", 5)], request_no="RUN-7"
    )
    world.drain()
    assert (world.state(answer), world.status(answer)["request_no"]) == ("applied", "RUN-7")


def test_a_count_is_asked_for_at_a_place_or_everywhere(world: World) -> None:
    """Only the WMS counts; a line without location means all places of the key."""
    lines = (InstructionLine("A", location_code="BIN1"), InstructionLine("L", lot_no="K1"))
    ask(world, "count_request", "wms", "COUNT-1", *lines)
    world.drain()
    found = world.wms.read(
        "SELECT item_code, lot_no, location_code FROM wms_v1.count_request_line ORDER BY line_no"
    )
    assert [tuple(row.values()) for row in found] == [("A", None, "BIN1"), ("L", "K1", None)]
    with pytest.raises(psycopg.errors.UndefinedTable):
        world.erp.read("SELECT * FROM erp_v1.count_request")


@pytest.mark.parametrize("doc_type", ["book_correction", "count_request", "snapshot_request"])
def test_no_sender_may_send_it(world: World, doc_type: str) -> None:
    """They are crossdock's own; a forged one would change a book."""
    insert = f"INSERT INTO wms_v1.{doc_type} (message_id, warehouse_code) VALUES ('x', 'W1')"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.wms.connection.execute(insert.encode())


def test_nobody_is_asked_where_nobody_keeps_the_book(world: World) -> None:
    """Neither when it is sent, nor when the system was taken away before it was delivered."""
    seq = ask(world, "book_correction", "wms", "ADJ-1", WRONG)
    correction = "book_correction"
    with world.store.transaction() as tx:
        assert (
            send(tx, correction, side="wms", warehouse_code="W9", number="X", lines=[WRONG]) is None
        )
        with pytest.raises(ValueError, match="no lines"):
            send(tx, correction, side="wms", warehouse_code="W1", number="X", lines=[])
    world.admin.connection.execute("DELETE FROM ops.system_warehouse WHERE warehouse_code = 'W1'")
    world.drain()
    [found] = world.admin.read("SELECT code, text FROM staging.message_error WHERE seq = %s", seq)
    assert found == {"code": "AUT-002", "text": "no WMS1 is registered for warehouse W1"}


def test_a_dry_run_tells_its_delivery_and_takes_it_back(world: World) -> None:
    """The real road in a savepoint."""
    seq = ask(world, "book_correction", "erp", "ADJ-1", WRONG)
    assert seq is not None
    told = rehearse(world.store, seq)
    assert told is not None
    assert [row["receiver"] for row in told.deliveries] == ["ERP"]
    assert world.erp.read("SELECT * FROM erp_v1.book_correction") == []
