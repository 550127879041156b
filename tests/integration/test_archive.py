"""The archive's months: exported, dropped and restored, and nothing is lost or done twice."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors
from sqlalchemy.exc import DBAPIError

from schema import archive_copy
from sync import archive_export, partitions
from sync.archive_export import Exported, export_month
from sync.archive_restore import restore
from sync.config import Settings, libpq_url
from sync.errors import (
    ConfigurationError,
    ContractError,
    NotFoundError,
    PermanentError,
    sqlstate,
)
from sync.partitions import attach_month, drop_month, maintain_partitions, months
from sync.store import Store
from tests.integration.reading import breaches
from tests.integration.working import working
from tests.support.builders import Document
from tests.support.builders_send import Row
from tests.support.builders_world import World
from tests.support.day import play_day

RECEIPT = [{"item_code": "A", "qty": 5, "reason_code": "FOUND"}]
REASON = "older than we keep"


def archived(world: World) -> dict[str, list[Row]]:
    """Return all rows of the archive."""
    return {
        table: world.admin.read(
            f"SELECT * FROM archive.{table} ORDER BY {', '.join(archive_copy.key(table))}"
        )
        for table in archive_copy.TABLES
    }


def this_month(world: World) -> date:
    """Return the month in which everything of a test ends."""
    [row] = world.admin.read("SELECT max(finished_at) AS at FROM archive.message")
    found: date = row["at"].date().replace(day=1)
    return found


def export(world: World, folder: Path, **given: Any) -> Exported:
    """Export this month."""
    return export_month(world.store, this_month(world), folder, revision="test", **given)


def receive(world: World, receipt_no: str) -> None:
    """Have a goods receipt applied, posted by the ERP, and retired."""
    world.wms.goods_receipt(receipt_no, warehouse="W1", lines=RECEIPT)
    world.drain()
    world.answer_everything()
    world.retire()


@pytest.fixture
def retired(bare: World) -> World:
    """Have a day with every kind of document and ending in the archive, and awkward values."""
    play_day(bare)
    bare.answer_everything()
    bare.retire()
    bare.admin.connection.execute(
        b"INSERT INTO archive.message_error (finished_at, error_id, seq, code, severity, value, text,"
        b" hint, first_seen_at) SELECT max(m.finished_at), 900000001, max(m.seq), 'SYN-001', 'error',"
        b" E'a \"quoted\" word,\\r\\na line\\n\\\\N', '', NULL, now() FROM archive.message AS m"
    )
    return bare


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_a_month_comes_back_as_it_was(
    retired: World, tmp_path: Path, file_format: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row and value of the seven tables, whatever a sender wrote; pages do not matter."""
    monkeypatch.setattr(archive_export, "PAGE_ROWS", 7)
    before, month = archived(retired), this_month(retired)
    assert all(before[table] for table in archive_copy.TABLES if table != "answer_line")
    told: list[int] = []
    done = export(retired, tmp_path, file_format=file_format, progress=told.append)
    assert done.rows == sum(map(len, before.values())) == told[-1]
    assert done.folder == tmp_path / f"{month:%Y-%m}-1"
    assert archived(retired) == before

    assert drop_month(retired.store, month, REASON).freed_bytes > 0
    assert not any(archived(retired).values())
    result = restore(retired.store, done.folder)
    assert (result.month, result.part) == (month, 1)
    assert archived(retired) == before
    assert breaches(retired) == []
    # What was restored is as exported, so it may be dropped again.
    drop_month(retired.store, month, REASON)


def end_told(world: World, sent: Document) -> tuple[object, ...]:
    """Return what the sender reads of the end of its message."""
    (row,) = world.wms.read_view("message_status", "seq", message_id=sent.message_id)
    return row["seq"], row["doc_type"], row["state"], row["finished_at"]


def test_what_was_dropped_is_remembered_and_what_was_restored_too(
    world: World, tmp_path: Path
) -> None:
    """A resend is a duplicate, other content a conflict, the books stand: before and after."""
    sent = world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    world.drain()
    world.answer_everything()
    world.retire()
    month = this_month(world)
    done = export(world, tmp_path)

    def resend(number: int) -> None:
        same = sent.again(f"again {number}")
        other = sent.again(f"other {number}").with_line(1, qty=6)
        world.wms.send(same)
        world.wms.send(other)
        world.drain()
        assert world.state(same) == "duplicate"
        assert world.state(other) == "error"
        assert breaches(world) == []
        assert world.stock() == before
        # Given up, so that the month may go again.
        world.admin.connection.execute(
            b"UPDATE staging.message SET state = 'discarded', finished_at = now()"
            b" WHERE state = 'error'"
        )

    before = world.stock()
    told = end_told(world, sent)
    drop_month(world.store, month, REASON)
    assert end_told(world, sent) == told
    resend(1)
    # Also a reversal needs no more than the ledger and the memory.
    world.wms.reverse("goods_receipt", "R2", of="R1", warehouse="W1")
    world.drain()
    assert list(before.values()) == [5]
    assert not world.stock()
    assert breaches(world) == []
    restore(world.store, done.folder)
    before = world.stock()
    resend(2)


def test_nothing_is_dropped_that_was_not_exported(retired: World, tmp_path: Path) -> None:
    """Neither without an export nor when rows came since; told so, it goes."""
    month, before = this_month(retired), archived(retired)
    with pytest.raises(DBAPIError, match="was not exported as it is now") as refused:
        drop_month(retired.store, month, REASON)
    assert sqlstate(refused.value) == "55000"
    assert archived(retired) == before
    export(retired, tmp_path)
    retired.admin.connection.execute(
        b"UPDATE archive.message_error SET value = 'changed' WHERE error_id = 900000001"
    )
    with pytest.raises(DBAPIError, match="was not exported as it is now"):
        drop_month(retired.store, month, REASON)
    assert archived(retired)["message"] == before["message"]
    with pytest.raises(DBAPIError, match="a reason is needed"):
        drop_month(retired.store, month, " ", without_export=True)
    drop_month(retired.store, month, REASON, without_export=True)
    assert not any(archived(retired).values())
    [act] = retired.admin.read(
        "SELECT detail->>'exported' AS exported, reason FROM ops.audit WHERE action = 'archive drop'"
    )
    assert act == {"exported": "false", "reason": REASON}
    with pytest.raises(NotFoundError):
        drop_month(retired.store, month, REASON)
    with pytest.raises(NotFoundError):
        export_month(retired.store, month, tmp_path, revision="test")


def test_what_is_retired_after_a_month_was_dropped_is_a_further_part(
    world: World, tmp_path: Path
) -> None:
    """The month is made anew; both parts are restored side by side."""
    receive(world, "R1")
    month = this_month(world)
    first, one = archived(world), export(world, tmp_path)
    drop_month(world.store, month, REASON)
    receive(world, "R2")
    second, two = archived(world), export(world, tmp_path)
    assert (one.part, two.part) == (1, 2)
    assert one.folder != two.folder
    drop_month(world.store, month, REASON)
    assert next(row.state for row in months(world.store)) == "dropped"
    for folder in (two.folder, one.folder):
        restore(world.store, folder)
    assert archived(world) == {table: first[table] + second[table] for table in first}
    with pytest.raises(DBAPIError, match="is back already"):
        restore(world.store, one.folder)
    assert archived(world) == {table: first[table] + second[table] for table in first}


def _cut(folder: Path) -> None:
    path = folder / "message.csv.gz"
    path.write_bytes(path.read_bytes()[:-40])


def _other_row(folder: Path) -> None:
    """Change a value in the file and its hash in the manifest: only the digest is left."""
    path = folder / "message_error.csv.gz"
    path.write_bytes(
        gzip.compress(gzip.decompress(path.read_bytes()).replace(b"quoted", b"forged"))
    )
    manifest = json.loads((folder / "manifest.json").read_text())
    from sync.archive_files import sha256

    manifest["tables"]["message_error"]["sha256"] = sha256(path)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _newer(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["tables"]["event"]["columns"].append("new_column")
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("spoil", "error", "told"),
    [
        (_cut, PermanentError, "is not the file that was written"),
        (_other_row, PermanentError, "nothing was loaded"),
        (_newer, ContractError, "new_column"),
        (lambda folder: (folder / "line.csv.gz").unlink(), PermanentError, "No such file"),
        (lambda folder: (folder / "manifest.json").unlink(), ConfigurationError, "manifest.json"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), ConfigurationError, "not a"),
    ],
)  # fmt: skip
def test_a_damaged_export_is_refused_whole(
    retired: World, tmp_path: Path, spoil: Callable[[Path], Any], error: type[Exception], told: str
) -> None:
    """Cut, forged, of a newer schema, incomplete: a clear error, and the archive stays empty."""
    done = export(retired, tmp_path)
    drop_month(retired.store, done.month, REASON)
    spoil(done.folder)
    with pytest.raises(error, match=told):
        restore(retired.store, done.folder)
    assert not any(archived(retired).values())


def test_a_folder_that_cannot_be_written_loses_nothing(retired: World, tmp_path: Path) -> None:
    """A clear error; nothing is remembered as exported, nothing is left behind."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match="file"):
        export(retired, tmp_path / "file")
    assert retired.admin.read("SELECT * FROM archive.export") == []


def test_detaching_gives_way_to_readers_and_is_tried_again(retired: World) -> None:
    """A reader holds the archive: 55P03 within a second, nothing half detached, then it goes."""
    month = this_month(retired)
    with psycopg.connect(libpq_url(retired.database.url)) as reader:
        reader.execute("SELECT * FROM archive.event LIMIT 1")
        with pytest.raises(errors.LockNotAvailable), retired.admin.connection.transaction():
            retired.admin.connection.execute("SELECT archive.detach_month(%s, 'x')", (month,))
        assert {row.state for row in months(retired.store)} == {"attached"}
        with working(
            partial(drop_month, retired.store, month, REASON, without_export=True)
        ) as results:
            reader.rollback()
    assert results[0].month == month


def test_a_detached_month_is_put_back_with_what_came_since(world: World) -> None:
    """A run that was killed between detaching and dropping is repaired by one command."""
    receive(world, "R1")
    month, before = this_month(world), archived(world)
    world.admin.connection.execute("SELECT archive.detach_month(%s, 'x')", (month,))
    [advice] = world.admin.read("SELECT advice FROM ops.health WHERE kind = 'archive month'")
    assert f"crossdock archive attach {month:%Y-%m}" in str(advice["advice"])
    with pytest.raises(errors.ObjectNotInPrerequisiteState):
        world.admin.connection.execute("SELECT archive.detach_month(%s, 'x')", (month,))
    receive(world, "R2")
    late = archived(world)
    attach_month(world.store, month, "back")
    assert archived(world) == {table: before[table] + late[table] for table in before}
    assert {row.state for row in months(world.store)} == {"attached"}


def test_what_was_kept_long_enough_is_exported_and_dropped(world: World, tmp_path: Path) -> None:
    """By the daemon's login, with its rights alone; younger months stay; by default all do."""
    receipt = world.wms.goods_receipt("R1", warehouse="W1", lines=RECEIPT)
    world.drain()
    world.answer_everything()
    world.admin.connection.execute(
        b"UPDATE staging.message SET received_at = received_at - interval '400 days',"
        b" finished_at = finished_at - interval '400 days' WHERE seq = %s",
        (world.status(receipt)["seq"],),
    )
    world.retire()
    login = world.database.create_login("night", "crossdock_daemon")
    url = world.database.login_url(login)

    def maintain(**given: Any) -> partitions.Maintained:
        store = Store(url, settings=Settings(archive_folder=tmp_path / "out", **given))
        try:
            return maintain_partitions(store)
        finally:
            store.close()

    before = archived(world)
    done = maintain()
    assert (done.exported, done.dropped) == ([], [])
    assert archived(world) == before
    done = maintain(archive_keep=timedelta(days=300))
    assert [one.month for one in done.exported] == [one.month for one in done.dropped]
    assert len(done.dropped) == 1
    left = archived(world)
    assert len(left["message"]) == len(before["message"]) - 1
    assert maintain(archive_keep=timedelta(days=300)).as_json() == {
        "made": 0, "exported": [], "dropped": [],
    }  # fmt: skip
    restore(world.store, done.exported[0].folder)
    assert archived(world) == before


def test_health_tells_how_tables_grow(world: World) -> None:
    """From the sizes of an earlier day; before there is one it says nothing."""
    maintain_partitions(world.store)
    grown = "SELECT growth_bytes_per_day AS n FROM ops.health WHERE name = 'staging.message'"
    assert world.admin.read(grown) == [{"n": None}]
    world.admin.connection.execute(
        b"UPDATE ops.table_size SET taken_on = taken_on - 2, table_bytes = table_bytes - 2000000"
    )
    assert world.admin.read(grown) == [{"n": 1_000_000}]


def test_months_are_there_before_the_first_row_comes(bare: World) -> None:
    """This one and two more; a second run has nothing to do."""
    assert maintain_partitions(bare.store).made == 21
    assert maintain_partitions(bare.store).made == 0
