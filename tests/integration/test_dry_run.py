"""ops.dry_run: the engine's own rules over one message, whatever its state; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from schema.catalogue import DOCUMENT_TYPES, ROADS
from schema.dry_run import STEPS
from sync.batch import claim, validate
from sync.recon.documents import InstructionLine, send
from sync.store import Transaction
from sync.work_tables import open_tables
from tests.integration.repairing import Dba, dba_of
from tests.integration.rule_cases import CASES
from tests.integration.rule_making import drained
from tests.support.builders import Document
from tests.support.builders_world import World


@pytest.fixture
def dba(world: World) -> Iterator[Dba]:
    """Give a login that is a member of crossdock_dba."""
    with dba_of(world) as made:
        yield made


def _run(dba: Dba, document: Document | int) -> list[dict[str, Any]]:
    """Return what a dry run finds, without nulls and without the seq that it repeats."""
    seq = document if isinstance(document, int) else dba.seq(document)
    rows = dba.sender.read("SELECT * FROM ops.dry_run(%s)", seq)
    assert {row.pop("seq") for row in rows} <= {seq}
    return [{name: told for name, told in row.items() if told is not None} for row in rows]


def _stored(world: World, document: Document) -> list[dict[str, Any]]:
    """Return the open findings of a message in the same form and order."""
    names = ("line_no", "column_name", "code", "severity", "value", "expected", "text", "hint")
    rows = [
        {name: row[name] for name in names if row[name] is not None}
        for row in world.admin.read(
            "SELECT e.* FROM staging.message_error AS e JOIN staging.message AS m USING (seq)"
            " WHERE m.doc_type = %s AND m.message_id = %s AND e.resolved_at IS NULL",
            document.view,
            document.message_id,
        )
    ]
    return sorted(rows, key=lambda row: (row.get("line_no", -1), row["code"], row["column_name"]))


def _everything(world: World) -> dict[str, int]:
    """Return the number of rows of every table, to see that nothing was written."""
    tables = world.admin.read(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables"
        " WHERE schemaname IN ('staging', 'book', 'ops')"
    )
    return {
        row["name"]: world.admin.read(f"SELECT count(*) AS n FROM {row['name']}")[0]["n"]
        for row in tables
    }


def _receipt(world: World, number: str = "R1", **columns: Any) -> Document:
    line = {"item_code": "A", "qty": 1, "reason_code": "X", **columns}
    return world.wms.goods_receipt(number, warehouse="W1", lines=[line])


def test_it_tells_before_the_batch_what_the_batch_will_find(world: World, dba: Dba) -> None:
    """Codes, values and words are those that are stored afterwards; nothing is left behind."""
    world.wms.shipment("S0", warehouse="W1", lines=[("A", 1)])
    bad = world.wms.goods_receipt(
        "R1", warehouse="W1", order=("purchase_order", "PO9"),
        lines=[
            {"item_code": "A", "qty": -1}, {"item_code": "NEW", "qty": 1},
            {"item_code": "L", "qty": 1}, {"item_code": "A", "qty": 1, "uom": "CRATE"},
            {"item_code": "A", "qty": 1, "location_code": "NOWHERE", "stock_status": "odd"},
        ],
    )  # fmt: skip
    before = _everything(world)
    found = _run(dba, bad)
    assert _everything(world) == before
    assert world.state(bad) == "received"
    world.drain()
    assert world.state(bad) == "error"
    assert found == _stored(world, bad)
    assert len({row["code"] for row in found}) >= 6
    assert _run(dba, bad) == found, "again, in the same session"


def test_a_good_message_finds_nothing(world: World, dba: Dba) -> None:
    """Before it is applied and afterwards."""
    good = _receipt(world)
    assert _run(dba, good) == []
    world.drain()
    assert _run(dba, good) == []


def test_master_data_and_requests_and_counts_and_snapshots_are_judged_too(
    world: World, dba: Dba
) -> None:
    """Every road has its rules."""
    documents = [
        world.erp.item(None),
        world.erp.item_uom("NEW", "BOX", 12, 1),
        world.erp.purchase_order("PO1", warehouse="W1", lines=[("NEW", 1)]),
        world.wms.order_milestone("M1", warehouse="W1", order=("sales_order", "X"), milestone="up"),
        world.wms.stock_count("C1", warehouse="W1", through=5, lines=[("A", -1)]),
        world.wms.stock_snapshot("N1", warehouse="W1", through=5, lines=[("A", "NaN")]),
    ]
    found = [_run(dba, document) for document in documents]
    world.drain()
    assert found == [_stored(world, document) for document in documents]
    assert all(found)


def test_mapped_codes_are_judged_as_the_batch_judges_them(mapped: World) -> None:
    """A code that its system's maps lack is a finding."""
    with dba_of(mapped) as dba:
        bad = mapped.wms1.goods_receipt(
            "R1", warehouse="W1", lines=[{"item_code": "999", "qty": 1, "reason_code": "09"}]
        )
        found = _run(dba, bad)
        mapped.drain()
        assert found == _stored(mapped, bad)
        assert [row["code"] for row in found] == ["MAP-001"]


@pytest.mark.parametrize("state", ["waiting", "held", "error", "discarded"])
def test_a_message_in_any_state_is_judged_as_if_it_were_due(
    world: World, dba: Dba, state: str
) -> None:
    """And once its cause is mended, it says so."""
    wrong = _receipt(world, item_code="NEW")
    world.drain()
    if state == "error":
        world.pass_limits()
        world.drain()
    elif state in ("held", "discarded"):
        dba.act("hold" if state == "held" else "discard", wrong)
    assert world.state(wrong) == state
    assert [(row["code"], row["severity"]) for row in _run(dba, wrong)] == [("REF-001", "wait")]
    world.admin.connection.execute(
        b'INSERT INTO book.item SELECT (jsonb_populate_record(i, \'{"item_code": "NEW"}\')).*'
        b" FROM book.item AS i WHERE item_code = 'A'"
    )
    assert _run(dba, wrong) == []


def test_the_limits_of_the_warehouse_are_taken(world: World, dba: Dba) -> None:
    """As `ops.set_policy` decided them: what waits past its limit is an error."""
    wrong = _receipt(world, item_code="NEW")
    world.drain()
    assert [row["severity"] for row in _run(dba, wrong)] == ["wait"]
    dba.sender.read("SELECT ops.set_policy('warehouse', 'W1', 'reference_limit', '0', 'now')")
    assert [row["severity"] for row in _run(dba, wrong)] == ["error"]


def test_what_would_have_no_effect_is_told(world: World, dba: Dba) -> None:
    """A duplicate, an older revision, missing lines, and who of the same document goes first."""
    first = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)], revision=2)
    world.drain()
    seq = dba.seq(first)
    again = world.erp.emit(first.again("again"))
    older = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 1)], revision=1)
    short = world.erp.sales_order("SO2", warehouse="W1", lines=[("A", 1)], line_count=3)
    told = {(row["severity"], row["text"]) for row in _run(dba, again)}
    assert ("duplicate", f"message {seq} said the same before") in told
    told = {(row["severity"], row["text"]) for row in _run(dba, older)}
    assert ("superseded", f"message {seq} is newer") in told
    assert ("wait", f"it waits for message:{dba.seq(again)}") in told
    told = {(row["severity"], row["text"]) for row in _run(dba, short)}
    assert ("wait", "lines are missing: 1 of 3 are here") in told


def test_it_does_not_disturb_the_session_that_calls_it(world: World) -> None:
    """A worker's session has work tables of its own; both live side by side."""
    bad = _receipt(world, qty=0)
    seq = int(world.status(bad)["seq"])
    with world.store.transaction() as tx:
        open_tables(tx)
    with world.store.transaction() as tx:
        rows = tx.connection.exec_driver_sql(f"SELECT code FROM ops.dry_run({seq})").all()
    assert [row.code for row in rows] == ["QTY-001"]
    world.drain()
    assert world.state(bad) == "error"


def test_an_unknown_message_is_told(dba: Dba) -> None:
    """P0002."""
    with pytest.raises(Exception, match="there is no message 999999"):
        dba.sender.read("SELECT * FROM ops.dry_run(999999)")


def test_it_takes_every_step_that_a_batch_takes_before_its_verdict(
    world: World, mapped: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that is added to the batch must be added to the dry run."""
    taken: set[str] = set()
    execute = Transaction.execute

    def note(tx: Transaction, name: str, **params: Any) -> Any:
        taken.add(name)
        return execute(tx, name, **params)

    line = InstructionLine("A", qty=Decimal(1))
    for company in (world, mapped):
        with company.store.transaction() as tx:
            send(tx, "book_correction", side="erp", warehouse_code="W1", number="B1", lines=[line])
    monkeypatch.setattr(Transaction, "execute", note)
    for company in (world, mapped):
        company.erp.item("NEW")
        company.erp.item_uom("NEW", "BOX", 2)
        company.erp.production_order("MO1", warehouse="W1", product=("P", 1), lines=[("A", 1)])
        _receipt(company)
        company.wms.order_milestone(
            "M1", warehouse="W1", order=("production_order", "MO1"), milestone="picking"
        )
        company.wms.stock_count("C1", warehouse="W1", through=5, lines=[("A", 1)])
        company.wms.stock_snapshot("N1", warehouse="W1", through=5, lines=[("A", 1)])
        for road in ROADS:
            with company.store.transaction() as tx:
                found = claim(tx, company.store, "*" if road in ("master", "detail") else "W1",
                              road, 10, None)  # fmt: skip
                assert found is not None, road
                validate(tx, found)
                tx.connection.rollback()
    steps = {name for name, _ in STEPS} | {
        "batch_begin", "claim_messages", "batch_systems", "prefer_mapping", "verdict",
        "lift_limit",  # a dry run goes by the limit of whoever calls it
    }  # fmt: skip
    assert {name for name in taken if not name.startswith("batch_") or name in steps} == steps


#: Found when a message is applied, not by the rules: `crossdock dry-run` tells them.
_APPLIED = {"STA-001", "QTY-006"}
_FORETOLD = [case for case in CASES if case.settle is drained]


@pytest.mark.parametrize("part", range(4))
def test_every_rule_is_found_by_the_dry_run_too(world: World, dba: Dba, part: int) -> None:
    """What validation stores, the dry run had told."""
    road = {document.name: document.road for document in DOCUMENT_TYPES}
    world.erp.code_map("WMS2", "item", "X-1", "A")
    world.drain()
    for number, case in enumerate(_FORETOLD[part::4]):
        token = f"T{part}-{number}"
        if case.before is not None:
            case.before(world, token)
        bad = case.make(token).again(token)
        of_erp = road[bad.view] in ("master", "detail", "request")
        (world.erp if of_erp else world.sender(case.system)).send(bad)
        found = _run(dba, bad)
        world.drain()
        stored = [
            row
            for row in _stored(world, bad)
            if row["severity"] != "task" and row["code"] not in _APPLIED
        ]
        assert [row for row in stored if row not in found] == [], str(bad)
