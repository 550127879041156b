"""Suggested adjustments: from which differences, who approves them, how they are posted, when not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from sync.cli.main import run
from sync.recon.adjust import post
from tests.integration.repairing import Dba, dba_of
from tests.integration.working import working
from tests.support.builders_world import World
from tests.support.nights import Nights, Place

A = Place("A")


@pytest.fixture
def nights(world: World) -> Nights:
    """Have 100 A in both books, and a first night that agrees; A costs 10 EUR."""
    world.erp.item("A", version=2, unit_cost=10, currency="EUR", abc_class="A")
    made = Nights(world)
    made.receive("A", 100)
    made.receive("C", 50)
    made.post()
    made.night()
    return made


@pytest.fixture
def dba(world: World) -> Iterator[Dba]:
    """Give a login that is a member of crossdock_dba."""
    with dba_of(world) as made:
        yield made


@contextmanager
def two_of(world: World) -> Iterator[tuple[Dba, Dba]]:
    """Give two different logins."""
    login = f"dba2_{world.database.name}"
    if login not in world.database._logins:
        assert world.database.create_login("dba2", "crossdock_dba") == login
    with dba_of(world) as one:
        other = Dba(world, login)
        try:
            yield one, other
        finally:
            other.sender.connection.close()


def call(dba: Dba, function: str, *arguments: object) -> Any:
    """Call a function of ops as this login."""
    marks = ", ".join(["%s"] * len(arguments))
    [row] = dba.sender.read(f"SELECT ops.{function}({marks}) AS told", *arguments)
    return row["told"]


def listed(world: World) -> list[dict[str, Any]]:
    """Return what the view shows, by number."""
    return world.admin.read("SELECT * FROM ops.adjustment ORDER BY adjustment_id")


def suggested(nights: Nights, qty: int = 8) -> int:
    """Let somebody change the ERP's book by hand, and return the suggestion after two nights."""
    nights.erp[A] += qty
    nights.night()
    assert listed(nights.world) == []
    nights.night()
    [row] = listed(nights.world)
    return int(row["adjustment_id"])


def limit(world: World, value: int) -> None:
    """Let every DBA approve alone up to a value."""
    world.admin.read("SELECT ops.set_approval_limit('crossdock_dba', %s, 'agreed')", value)


def approve(dba: Dba, number: int) -> dict[str, Any]:
    """Approve as this login."""
    told: dict[str, Any] = call(dba, "adjustment_approve", number, "looked at the document")
    return told


def test_the_opposite_of_a_residual_that_two_runs_found_is_suggested(nights: Nights) -> None:
    """The WMS's book is right by default, so the ERP's is corrected; once, however often it is run."""
    suggested(nights)
    nights.night()
    [row] = listed(nights.world)
    assert (row["side"], row["qty"], row["uom"], row["value"], row["state"]) == (
        "erp", -8, "PCE", 80, "suggested",
    )  # fmt: skip
    assert (row["class"], row["evidence"]) == ("UNREPORTED_ERP", "A")


def test_the_other_book_is_corrected_where_the_erps_is_right(nights: Nights) -> None:
    """A policy of the warehouse."""
    nights.world.admin.read(
        "SELECT * FROM ops.set_policy('warehouse', 'W1', 'authoritative_book', 'erp', 'agreed')"
    )
    suggested(nights)
    [row] = listed(nights.world)
    assert (row["side"], row["qty"]) == ("wms", 8)


def test_a_suspicion_is_never_adjusted(nights: Nights) -> None:
    """The floor's book lacks exactly what one receipt brought: a possible loss, grade C."""
    nights.receive("A", 7)
    nights.post()
    nights.erp[A] += 7
    nights.night()
    nights.night()
    nights.night()
    found = nights.world.admin.read(
        "SELECT DISTINCT evidence FROM recon.difference WHERE item_code = 'A' AND residual_qty <> 0"
    )
    assert "C" in {row["evidence"] for row in found}
    assert listed(nights.world) == []


def test_not_while_a_message_of_the_key_is_in_error(nights: Nights) -> None:
    """A rejected part may be the cause: its repair comes first."""
    nights.erp[A] += 8
    nights.night()
    nights.wms.goods_receipt("BAD", warehouse="W1", seq=nights.source_seq + 1,
                             lines=[{"item_code": "A", "qty": 3}])  # fmt: skip
    nights.source_seq += 1
    nights.night()
    nights.night()
    assert listed(nights.world) == []


def test_an_approved_one_is_posted_once_and_its_answer_is_known(nights: Nights, dba: Dba) -> None:
    """A book_correction in the ERP's inbox; the ledger stays as it is; the next night it is gone."""
    world, number = nights.world, suggested(nights)
    limit(world, 100)
    assert approve(dba, number)["to"] == "approved"
    ledger = world.ledger()
    assert post(world.store) == 1
    assert post(world.store) == 0
    world.drain()
    [line] = world.erp.read("SELECT item_code, qty, uom FROM erp_v1.book_correction_line")
    assert line == {"item_code": "A", "qty": -8, "uom": "PCE"}
    [header] = world.erp.read("SELECT * FROM erp_v1.book_correction")
    assert header["correction_no"] == f"ADJ-{number}"
    world.erp.answer(header["delivery_id"], "accepted", receiver_ref="MB-1")
    assert post(world.store) == 1
    [row] = listed(world)
    assert (row["state"], row["answered_state"], row["document_ref"]) == (
        "posted", "accepted", "MB-1",
    )  # fmt: skip
    assert world.ledger() == ledger
    nights.erp[A] -= 8
    nights.posted_through = header["delivery_id"]
    done = nights.night()
    open_keys = [d for d in nights.differences(done) if d["residual_qty"] != 0]
    assert open_keys == []
    nights.night()
    assert len(listed(world)) == 1


def test_a_refused_one_may_be_suggested_anew(nights: Nights, dba: Dba) -> None:
    """The ERP said no; the difference stands, and so does the need to decide."""
    world, number = nights.world, suggested(nights)
    limit(world, 100)
    approve(dba, number)
    post(world.store)
    world.drain()
    [row] = world.erp.inbox(doc_type="book_correction")
    world.erp.answer(row["delivery_id"], "refused", reason_code="CLOSED")
    nights.posted_through = row["delivery_id"]
    post(world.store)
    nights.night()
    assert [(one["state"], one["answered_state"]) for one in listed(world)] == [
        ("posted", "refused"), ("suggested", None),
    ]  # fmt: skip


def test_above_the_limit_two_logins_are_needed(nights: Nights) -> None:
    """Never the requester twice; without any limit every adjustment needs two."""
    number = suggested(nights)
    with two_of(nights.world) as (one, other):
        told = approve(one, number)
        assert (told["to"], told["needs"]) == ("suggested", "the approval of another login")
        with pytest.raises(psycopg.Error, match="somebody else approves it"):
            approve(one, number)
        assert post(nights.world.store) == 0
        assert approve(other, number)["to"] == "approved"
    [row] = listed(nights.world)
    assert one.login in row["requested_by"]
    assert other.login in row["approved_by"]
    acts = nights.world.admin.read(
        "SELECT login, reason FROM ops.audit WHERE action = 'adjustment_approve' ORDER BY audit_id"
    )
    assert [act["login"] for act in acts] == [one.login, other.login]


def test_of_two_who_approve_at_once_one_is_told_that_it_is_done(nights: Nights) -> None:
    """The second waits for the first and reads what it left."""
    number = suggested(nights)
    limit(nights.world, 100)
    with two_of(nights.world) as (one, other):

        def second() -> str:
            try:
                return str(approve(other, number)["to"])
            except psycopg.Error as exc:
                return str(exc)

        one.sender.connection.execute(b"BEGIN")
        approve(one, number)
        with working(second) as results:
            while not nights.world.admin.read(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND usename = %s", other.login,
            ):  # fmt: skip
                pass
            one.sender.connection.execute(b"COMMIT")
        assert "approved already" in results[0]
    assert [row["state"] for row in listed(nights.world)] == ["approved"]


def test_it_expires_when_another_run_finds_another_residual(nights: Nights, dba: Dba) -> None:
    """Also an approved one that is not posted yet; the new residual needs its own two nights."""
    number = suggested(nights)
    limit(nights.world, 100)
    approve(dba, number)
    nights.erp[A] += 1
    nights.night()
    [row] = listed(nights.world)
    assert row["state"] == "expired"
    assert row["expires_reason"].endswith("finds 9")
    assert post(nights.world.store) == 0


def test_it_expires_when_the_stock_moves_between_approval_and_posting(
    nights: Nights, dba: Dba
) -> None:
    """Nobody posts what was true of another stock. One that is approved too late says so."""
    world, number = nights.world, suggested(nights)
    limit(world, 100)
    approve(dba, number)
    nights.ship("A", 1)
    world.drain()
    assert post(world.store) == 1
    [row] = listed(world)
    assert row["state"] == "expired"
    assert "the stock moved after run" in row["expires_reason"]
    assert world.erp.inbox(doc_type="book_correction") == []
    nights.post()
    nights.night()
    again = listed(world)[-1]
    nights.ship("A", 1)
    world.drain()
    assert approve(dba, again["adjustment_id"])["to"] == "expired"


def test_a_count_is_asked_for_instead(nights: Nights, dba: Dba) -> None:
    """The alternative that is always there; the WMS reads it, and answers with a stock_count."""
    world, number = nights.world, suggested(nights)
    assert call(dba, "adjustment_request_count", number, "look first")["to"] == "count_requested"
    assert post(world.store) == 1
    assert post(world.store) == 0
    world.drain()
    [line] = world.wms.read("SELECT item_code, stock_status FROM wms_v1.count_request_line")
    assert line == {"item_code": "A", "stock_status": "unrestricted"}
    nights.night()
    assert [row["state"] for row in listed(world)] == ["count_requested"]


def test_what_a_person_rejected_does_not_come_again_unchanged(nights: Nights, dba: Dba) -> None:
    """With a reason that is kept; a posted or expired one cannot be rejected."""
    number = suggested(nights)
    with pytest.raises(psycopg.Error, match="a reason is needed"):
        call(dba, "adjustment_reject", number, " ")
    call(dba, "adjustment_reject", number, "the ERP will post it")
    nights.night()
    assert [row["state"] for row in listed(nights.world)] == ["rejected"]
    with pytest.raises(psycopg.Error, match="is rejected already"):
        approve(dba, number)
    with pytest.raises(psycopg.Error, match="cannot go from rejected to posted"):
        nights.world.admin.connection.execute(b"UPDATE recon.adjustment SET state = 'posted'")


def test_comments_and_owners_stay_with_the_key(nights: Nights, dba: Dba) -> None:
    """Over nights, audited; a key that never differed has nothing to say about."""
    nights.erp[A] += 8
    nights.night()
    key = ("W1", "A", "", "unrestricted")
    call(dba, "difference_comment", *key, "asked the supplier")
    call(dba, "difference_assign", *key, "Ms Ito", "she knows the supplier")
    found = nights.night()
    [row] = nights.differences(found)
    assert row["owner"] == "Ms Ito"
    told = nights.world.admin.read("SELECT text, owner FROM recon.comment ORDER BY comment_id")
    assert [tuple(one.values()) for one in told] == [
        ("asked the supplier", None), ("she knows the supplier", "Ms Ito"),
    ]  # fmt: skip
    with pytest.raises(psycopg.Error, match="no run found a difference"):
        call(dba, "difference_comment", "W1", "B", "", "unrestricted", "x")


def test_the_command_line_lists_and_decides(
    nights: Nights, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table for people, JSON for machines; 4 when it was decided already or no longer holds."""
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", nights.world.database.url)
    number = str(suggested(nights))
    limit(nights.world, 100)
    assert run(["adjustments"]) == 0
    printed = capsys.readouterr().out
    for word in (number, "suggested", "W1", "-8 PCE", "80 EUR", "UNREPORTED_ERP A"):
        assert word in printed
    decide = ["adjust", number, "approve", "--reason", "looked", "--operator", "Ito", "--json"]
    assert run(decide) == 0
    assert json.loads(capsys.readouterr().out)["to"] == "approved"
    assert run(decide) == 4
    assert "approved already" in capsys.readouterr().err
    assert run(["drain"]) == 0
    capsys.readouterr()
    assert run(["adjustments", "--state", "posted", "--json"]) == 0
    [row] = json.loads(capsys.readouterr().out)["adjustments"]
    assert (row["state"], row["qty"]) == ("posted", "-8.000000")
    assert "Ito" in row["approved_by"]


def test_a_real_run_keeps_its_figures(nights: Nights) -> None:
    """100 A and 50 C in two keys; 8 too many A in the ERP: one key of two, 8 pieces of 150."""
    nights.erp[A] += 8
    done = nights.night()
    rows = nights.world.admin.read(
        "SELECT name, value FROM recon.figure WHERE run_id = %s AND warehouse_code = 'W1'"
        " AND abc_class = '*' AND flow IN ('*', 'PCE')", done.run_id,
    )  # fmt: skip
    found = {row["name"]: row["value"] for row in rows}
    assert (found["record_accuracy_pct"], found["open_count"], found["opened_count"]) == (50, 1, 1)
    assert found["quantity_accuracy_gross_pct"] == Decimal("94.666667")
    assert found["unexplained_ppm"] == 500000
