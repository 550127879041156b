"""crossdock dry-run: the real application of one message, told and rolled back."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sync.cli.main import run
from sync.rehearse import Rehearsal, rehearse
from tests.integration.repairing import dba_of
from tests.integration.working import lay_trap
from tests.support.builders import Document
from tests.support.builders_world import World

KEPT = ("staging", "book", "ops")


@pytest.fixture(autouse=True)
def _on_this_database(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name the database by the environment, in a folder without crossdock.toml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", world.database.url)


def _seq(world: World, document: Document) -> int:
    return int(world.status(document)["seq"])


def _everything(world: World) -> dict[str, Any]:
    """Return every row of every table, to see that nothing was written."""
    tables = world.admin.read(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname = ANY (%s)",
        list(KEPT),
    )
    return {
        row["name"]: world.admin.read(
            f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS rows"
            f" FROM {row['name']} AS t"
        )
        for row in tables
    }


def _rehearsed(world: World, document: Document) -> Rehearsal:
    """Rehearse a document and make sure that nothing is left of it."""
    before = _everything(world)
    told = rehearse(world.store, _seq(world, document))
    assert _everything(world) == before
    return told


def _plain(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row.get(name) for name in names) for row in rows]


def test_a_receipt_tells_its_ledger_balances_order_and_task_and_then_does_just_that(
    world: World,
) -> None:
    """What is foretold is what the batch writes afterwards."""
    world.wms.initial_load(
        "I1", warehouse="W1", lines=[{"item_code": "A", "qty": 5, "location_code": "DOCK"}]
    )
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10), ("B", 3)])
    world.drain()
    receipt = world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO1"),
        lines=[{"item_code": "A", "qty": 12, "order_line_no": 1, "location_code": "DOCK"}],
    )  # fmt: skip
    told = _rehearsed(world, receipt)
    assert (told.source, told.target, told.has_effect) == ("received", "applied", True)
    assert _plain(told.ledger, "movement_type", "stock_status", "qty") == [
        ("receipt_purchase", "unrestricted", 10), ("receipt_purchase", "blocked", 2),
    ]  # fmt: skip
    assert _plain(told.balances, "stock_status", "qty_before", "qty_after") == [
        ("blocked", 0, 2), ("unrestricted", 5, 15),
    ]  # fmt: skip
    assert [(row["line_no"], row["before"]["state"], row["after"]["state"]) for row in told.order_lines] == [
        (1, "open", "completed"), (None, "released", "in_work"),
    ]  # fmt: skip
    [line] = [row for row in told.order_lines if row["line_no"] == 1]
    assert (line["before"]["open_qty"], line["after"]["open_qty"]) == (10, 0)
    assert _plain(told.deliveries, "receiver", "doc_type", "is_new") == [
        ("ERP", "goods_receipt", True)
    ]
    assert _plain(told.tasks, "code", "line_no") == [("QTY-005", 1)]
    assert _plain(told.findings, "code", "severity") == [("QTY-005", "task")]

    world.drain()
    assert [
        (row["movement_type"], row["stock_status"], row["qty"]) for row in world.ledger()[1:]
    ] == (_plain(told.ledger, "movement_type", "stock_status", "qty"))
    assert [task["code"] for task in world.tasks()] == ["QTY-005"]


def test_a_revision_tells_what_it_withdraws_and_replaces(world: World) -> None:
    """The delivery that nobody has read, the older message, the lines before and after."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    failed = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 0)], revision=2)
    world.drain()
    third = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 7), ("B", 1)], revision=3)
    told = _rehearsed(world, third)
    assert _plain(told.deliveries, "state", "is_new") == [("withdrawn", False), ("pending", True)]
    assert _plain(told.messages, "seq", "state", "is_new") == [
        (_seq(world, failed), "superseded", False)
    ]
    assert [(row["line_no"], row["before"] is None) for row in told.order_lines] == [
        (1, False), (2, True), (None, False),
    ]  # fmt: skip


def test_a_shipment_of_a_transfer_tells_the_message_to_the_other_lane(world: World) -> None:
    """No transaction joins two warehouses: the destination is told by a message."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.erp.transfer_order("TO1", warehouse="W1", to="W3", lines=[("A", 5)])
    world.drain()
    shipment = world.wms.shipment(
        "S1", warehouse="W1", order=("transfer_order", "TO1"), lines=[("A", 5)]
    )
    told = _rehearsed(world, shipment)
    assert _plain(told.messages, "doc_type", "lane", "is_new") == [("transit_notice", "W3", True)]
    assert {row["stock_status"] for row in told.balances} == {"unrestricted", "in_transit"}


@pytest.mark.parametrize("state", ["error", "waiting", "held"])
def test_what_is_not_due_is_rehearsed_as_if_it_were(world: World, state: str) -> None:
    """With its cause mended: what a requeue or a release would bring about."""
    wrong = world.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "NEW", "qty": 1, "reason_code": "X"}]
    )
    world.drain()
    if state == "error":
        world.pass_limits()
        world.drain()
    told = _rehearsed(world, wrong)
    assert (told.target, told.has_effect) == ("waiting", False)
    assert told.waiting_for == "item:NEW"
    assert _plain(told.findings, "code", "severity") == [("REF-001", "wait")]
    with dba_of(world) as dba:
        if state == "held":
            dba.act("hold", wrong)
        made = world.admin.read("SELECT state FROM staging.message WHERE seq = %s", dba.seq(wrong))
        assert made == [{"state": state}]
        world.admin.connection.execute(
            b'INSERT INTO book.item SELECT (jsonb_populate_record(i, \'{"item_code": "NEW"}\')).*'
            b" FROM book.item AS i WHERE item_code = 'A'"
        )
        told = _rehearsed(world, wrong)
        assert (told.source, told.target) == (state, "applied")
        assert _plain(told.ledger, "item_code", "qty") == [("NEW", Decimal(1))]


def test_what_has_ended_is_behind_another_or_fails_has_no_effect(fresh_world: World) -> None:
    """The reason is told."""
    world = fresh_world
    done = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 1)])
    world.drain()
    second = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 2)], revision=2)
    third = world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 3)], revision=3)
    assert _rehearsed(world, done).reason == "it is applied: it is not applied again"
    told = _rehearsed(world, third)
    assert told.reason == f"message {_seq(world, second)} of the same document goes first"
    lay_trap(world, "staging.delivery", "RAISE 'boom';")
    told = _rehearsed(world, second)
    assert told.reason is not None
    assert told.reason.startswith("it fails: boom")
    assert not any(one.has_effect for one in (told, _rehearsed(world, third)))


def test_the_command_prints_it_and_says_by_its_exit_whether_there_is_an_effect(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 with an effect, 4 without one or without a message; JSON for machines."""
    world.erp.purchase_order("PO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    good = world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO1"), lines=[("A", "2.5", "BOX")]
    )
    bad = world.wms.goods_receipt("R2", warehouse="W1", lines=[("A", 0)])
    assert run(["dry-run", str(_seq(world, good))]) == 0
    printed = capsys.readouterr().out
    for words in ("received -> applied", "ledger rows", "balances", "orders", "deliveries",
                  "decisions to be made", "A open: ordered 10, open 10", "nothing was changed"):  # fmt: skip
        assert words in printed, words
    assert run(["dry-run", str(_seq(world, bad))]) == 4
    printed = capsys.readouterr().out
    assert "QTY-001" in printed
    assert "no effect" in printed
    assert run(["dry-run", "999999"]) == 4
    assert "no message 999999" in capsys.readouterr().err

    seq = _seq(world, good)
    assert run(["dry-run", str(seq), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {
        "seq", "from", "to", "effect", "waiting_for", "reason", "findings", "ledger", "balances",
        "order_lines", "deliveries", "tasks", "messages",
    }  # fmt: skip
    assert (told["seq"], told["from"], told["to"], told["effect"]) == (
        seq, "received", "applied", True,
    )  # fmt: skip
    assert told["ledger"][0]["qty"] == "10.000000"


def test_the_daemons_login_may_rehearse_and_a_dba_is_told_what_to_do_instead(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """To write, even for a moment, takes the daemon's rights."""
    good = world.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "A", "qty": 1, "reason_code": "X"}]
    )
    seq = str(_seq(world, good))
    login = world.database.create_login("engine", "crossdock_daemon")
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", world.database.login_url(login))
    assert run(["dry-run", seq]) == 0
    capsys.readouterr()
    with dba_of(world) as dba:
        monkeypatch.setenv("CROSSDOCK_DATABASE_URL", world.database.login_url(dba.login))
        assert run(["dry-run", seq]) == 4
        assert f"ops.dry_run({seq})" in capsys.readouterr().err
