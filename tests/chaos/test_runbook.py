"""The runbook, night by night: a system is broken on purpose, and the page mends it as printed."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from sync.alarm import Watch
from sync.config import Settings, libpq_url
from sync.embedded import EmbeddedServer
from sync.jobs import Clerk
from sync.migrate import upgrade
from sync.nightly import JOBS
from tests.chaos.processes import Process, wait_until
from tests.chaos.ward import RUNBOOK, Night, chapters
from tests.integration.working import drain_with, lay_trap, remove_trap
from tests.support.builders_world import Logins, World
from tests.support.cluster import ENVIRONMENT, Cluster, Database
from tests.support.nights import Nights
from tests.support.pages import blocks
from tests.support.sinks import WebSink

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TITLES = {
    "1. The daemon is down",
    "2. The database is away",
    "3. Messages wait",
    "4. A pile of errors",
    "5. A message that fails again and again",
    "6. The ERP or the WMS does not take its inbox",
    "7. The books do not agree",
    "8. A transaction, a slot, the disk",
    "9. A job failed, the nightly reconciliation is missing",
    "10. Back from the backup",
    "11. The month does not close",
    "12. A storm of resends",
}


class Ward:
    """A server with the names that the page uses, and a prepared database to copy."""

    def __init__(self, folder: Path) -> None:
        self.server = EmbeddedServer(folder / "server")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(ENVIRONMENT, self.server.start("postgres"))
            self.cluster = Cluster(folder, "ward", "ward").open()
        self.cluster._create_database("prepared")
        database = self.database("prepared")
        with psycopg.connect(libpq_url(self.cluster.admin_url), autocommit=True) as admin:
            for name in ("erp", "wms1", "wms2"):
                admin.execute(f"CREATE ROLE {name} LOGIN".encode())
        upgrade(database.url)
        with psycopg.connect(libpq_url(database.url), autocommit=True) as admin:
            admin.execute("SELECT ops.register_system('erp', 'ERP', 'erp', '{}')")
            admin.execute("SELECT ops.register_system('wms1', 'WMS1', 'wms', '{W1}')")
            admin.execute("SELECT ops.register_system('wms2', 'WMS2', 'wms', '{}')")
            [start] = [block for block in blocks(RUNBOOK) if block.words == ("sql", "once")]
            admin.execute(start.text.encode())
            admin.execute("CREATE ROLE crossdock_daemon_login LOGIN IN ROLE crossdock_daemon")
        world = World(database, LOGINS)
        world.load_masters()
        world.answer_everything()
        world.close()
        with psycopg.connect(libpq_url(database.url), autocommit=True) as admin:
            # The numbers that the page shows.
            for table, column, number in (
                ("staging.message", "seq", 4711),
                ("ops.alarm_state", "alarm_id", 7),
            ):
                admin.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s, false)",
                    (table, column, number),
                )  # fmt: skip

    def database(self, name: str) -> Database:
        return Database(self.cluster, name, self.cluster._database_url(name))

    def close(self) -> None:
        self.cluster.close()
        self.server.close(destroy=True)


LOGINS = Logins("erp", "wms1", "wms2")


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    made = Ward(tmp_path_factory.mktemp("ward"))
    yield made
    made.close()


@pytest.fixture
def night(ward: Ward, tmp_path: Path) -> Iterator[Night]:
    ward.cluster._create_database("crossdock", template="prepared")
    sink = WebSink()
    made = Night(World(ward.database("crossdock"), LOGINS), tmp_path, sink)
    try:
        yield made
    finally:
        made.world.close()
        sink.close()
        for name in ("crossdock", "crossdock_broken", "crossdock_restored"):
            ward.cluster._drop_database(name)


def test_every_chapter_has_its_night() -> None:
    """A chapter that nobody follows here is a promise; every block is in one of them."""
    assert set(chapters()) == TITLES
    followed = [
        step for one in chapters().values() for step in one.steps if not isinstance(step, str)
    ]
    beside = [block.words for block in blocks(RUNBOOK) if block not in followed]
    assert beside == [("sql", "once")]


def receipt(night: Night, number: str, qty: object = 1, item: str = "A", **more: object) -> None:
    """Let the WMS send a receipt without an order."""
    line = {"item_code": item, "qty": qty, "reason_code": "FOUND"}
    night.world.wms.goods_receipt(number, warehouse="W1", lines=[line], **more)


def test_the_daemon_is_down(night: Night) -> None:
    """Killed; what it left is worked when it is started again."""
    world = night.world
    Watch(world.store, Settings(), name="watcher").arrive()  # another one, that goes on living
    daemon = night.daemon(CROSSDOCK_ALARM_PERIOD="1h")
    wait_until(lambda: len(world.admin.read("SELECT 1 FROM ops.daemon")) == 2)
    daemon.signal(signal.SIGKILL)
    daemon.wait()
    world.admin.connection.execute(
        "UPDATE ops.daemon SET started_at = started_at - interval '1 h',"
        " seen_at = seen_at - interval '10 min'"
    )
    receipt(night, "GR-100")
    started: list[Process] = []

    def start() -> None:
        started.append(night.daemon(CROSSDOCK_ALARM_PERIOD="1h"))
        wait_until(lambda: not world.admin.read("SELECT 1 FROM ops.backlog"))

    try:
        night.follow("1. The daemon is down", machine={"systemctl start crossdock": start})
    finally:
        for process in started:
            process.signal(signal.SIGTERM)
            assert process.wait() == 0
    night.assert_over()


def test_the_database_is_away(night: Night, ward: Ward, tmp_path: Path) -> None:
    """The daemon tells it without a database, waits, and goes on by itself."""
    file = tmp_path / "crossdock.toml"
    file.write_text(
        f'alarm_period = "1s"\nalarm_database = "2s"\n'
        f'[[alarm_routes]]\nname = "duty"\nurls = ["{night.sink.url}"]\n',
        encoding="utf-8",
    )
    daemon = night.daemon(CROSSDOCK_CONFIG=str(file))
    night.world.close()
    ward.server.close()

    def start() -> None:
        ward.server.start("postgres")
        daemon.wait_for_line("database is back")
        night.world = World(night.world.database, LOGINS)

    try:
        wait_until(lambda: night.sink.posts)
        night.follow("2. The database is away", machine={"systemctl start postgresql": start})
        assert night.world.admin.read("SELECT * FROM ops.proof") == []
    finally:
        ward.server.start("postgres")
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0


def test_messages_wait(night: Night) -> None:
    """For lines that were never written, and for an item that nobody sent."""
    wms = night.world.wms.connection
    wms.execute(
        "INSERT INTO wms_v1.goods_receipt (message_id, warehouse_code, receipt_no, line_count)"
        " VALUES ('GR-100', 'W1', 'GR-100', 2)"
    )
    wms.execute(
        "INSERT INTO wms_v1.goods_receipt_line (message_id, warehouse_code, line_no, item_code, qty,"
        " reason_code) VALUES ('GR-100', 'W1', 1, 'A', 5, 'FOUND')"
    )
    for number in ("GR-101", "GR-102"):
        receipt(night, number, item="NEW")
    night.world.drain()
    night.ahead = 3 * HOUR
    night.follow("3. Messages wait")
    night.assert_over()
    assert [
        row["state"] for row in night.world.admin.read("SELECT state FROM ops.waiting_on")
    ] == []


def test_a_pile_of_errors(night: Night) -> None:
    """A master upload says that an item has lots; no receipt has one."""
    night.world.erp.item("A", version=2, lot_controlled=True)
    night.world.answer_everything()
    for n in range(100, 112):
        receipt(night, f"GR-{n}")
    night.world.drain()
    night.ahead = MINUTE
    night.follow("4. A pile of errors", meanwhile={"the daemon works": night.world.drain})
    night.assert_over()
    assert len(night.world.ledger()) == 12


def test_a_message_that_fails_again_and_again(night: Night) -> None:
    """A trigger that somebody laid; the others pass by, and it goes on when the cause is gone."""
    lay_trap(
        night.world, "staging.delivery", "IF NEW.message_id = 'bad' THEN RAISE 'boom'; END IF;"
    )
    receipt(night, "GR-100", message_id="bad")
    receipt(night, "GR-101")
    drain_with(night.world, max_attempts=2, retry_delay=timedelta(milliseconds=1))
    night.ahead = MINUTE
    night.follow(
        "5. A message that fails again and again",
        meanwhile={
            "the cause is mended": lambda: remove_trap(night.world, "staging.delivery"),
            "the daemon works": night.world.drain,
        },
    )
    night.assert_over()
    assert len(night.world.ledger()) == 2


def test_a_receiver_does_not_take_its_inbox(night: Night) -> None:
    """Unread orders, and a question that nobody answers until somebody telephones."""
    world = night.world
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100)])
    world.erp.sales_order("SO-1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.answer_everything()
    world.erp.sales_order("SO-2", warehouse="W1", lines=[("A", 3)])
    world.drain()
    world.erp.sales_order("SO-1", warehouse="W1", lines=[("A", 4)], revision=2)
    world.drain()
    world.admin.connection.execute(
        "UPDATE staging.message SET waiting_since = waiting_since - interval '3 h'"
        " WHERE waiting_for LIKE 'answer:%'"
    )
    world.drain()
    night.ahead = 3 * HOUR
    night.follow(
        "6. The ERP or the WMS does not take its inbox", meanwhile={"the daemon works": world.drain}
    )
    night.assert_over()
    assert {row["ordered_qty"] for row in world.order("sales_order", "SO-1")} == {4}


def test_the_books_do_not_agree(night: Night) -> None:
    """A balance that somebody changed by hand, then a difference of the two books."""
    world = night.world
    played = Nights(world)
    played.receive("A", 100)
    played.post()
    assert played.night().verdict == "RECONCILED"
    world.admin.connection.execute("UPDATE book.balance SET qty = qty + 7 WHERE item_code = 'A'")
    Clerk(world.store, JOBS).run_now("proof")
    night.ahead = MINUTE

    def snapshots() -> None:
        for place in list(played.erp):
            played.erp[place] += 3
        played.snapshots()

    night.follow("7. The books do not agree", meanwhile={"the night's snapshots came": snapshots})
    night.assert_over()


def test_a_transaction_a_slot_the_disk(night: Night, ward: Ward) -> None:
    """A sender that forgot to commit, and a slot whose standby is gone."""
    world = night.world
    sender = psycopg.connect(
        libpq_url(world.database.login_url("wms1")), application_name="wms-export"
    )
    receiver = "INSERT INTO wms_v1.stock_move (message_id, warehouse_code, move_no) VALUES ('m', 'W1', 'm')"
    sender.execute(receiver)
    world.admin.connection.execute("SELECT pg_create_physical_replication_slot('standby_7', true)")
    world.admin.connection.execute("SELECT ops.set_alarm_rule('slot', 'threshold', '0', 'a test')")
    world.admin.connection.execute(
        "SELECT ops.set_alarm_rule('database_size', 'threshold', '0.001', 'a test')"
    )
    night.ahead = 20 * MINUTE
    try:
        night.follow(
            "8. A transaction, a slot, the disk",
            meanwhile={"there is room again": lambda: world.admin.connection.execute(
                "SELECT ops.set_alarm_rule('database_size', 'threshold', '100', 'a test')")},
        )  # fmt: skip
        night.assert_over()
    finally:
        sender.close()


def test_a_job_failed(night: Night) -> None:
    """The ERP sent no stock: the nightly run is not valid, and is run again when it has."""
    played = Nights(night.world)
    played.receive("A", 100)
    played.post()
    as_of = datetime.now(UTC)
    header = {"warehouse_code": "W1", "snapshot_no": "F-1", "as_of": as_of, "through_seq": 1,
              "line_count": 1, "total_qty": 100}  # fmt: skip
    night.world.wms.build("stock_snapshot", header, [{"line_no": 1, "item_code": "A", "qty": 100}])
    night.world.drain()
    Clerk(night.world.store, JOBS).run_now("reconcile")
    night.ahead = MINUTE

    def send() -> None:
        told = {**header, "snapshot_no": "E-1", "through_seq": played.posted_through}
        night.world.erp.build(
            "stock_snapshot", told, [{"line_no": 1, "item_code": "A", "qty": 100}]
        )
        night.world.drain()

    night.follow(
        "9. A job failed, the nightly reconciliation is missing",
        meanwhile={"the ERP sends its stock": send},
    )
    night.assert_over()


def test_back_from_the_backup(night: Night) -> None:
    """Somebody wiped orders; the dump of the evening comes back, and the senders send again."""
    world = night.world
    (night.folder / "deploy").symlink_to(RUNBOOK.parents[1] / "deploy")
    receipt(night, "GR-100", qty=5, message_id="GR-100")
    world.drain()

    def wipe() -> None:
        receipt(night, "GR-101", qty=7, message_id="GR-101")
        world.drain()
        world.admin.connection.execute("TRUNCATE book.balance")

    def again() -> None:
        night.world = World(night.world.database, LOGINS)
        with pytest.raises(errors.UniqueViolation):  # it is in the backup
            receipt(night, "GR-100", qty=5, message_id="GR-100")
        receipt(night, "GR-101", qty=7, message_id="GR-101")
        night.world.drain()

    started: list[Process] = []

    def start() -> None:
        started.append(night.daemon())
        wait_until(lambda: night.world.admin.read("SELECT 1 FROM ops.daemon"))

    try:
        night.follow(
            "10. Back from the backup",
            machine={
                "systemctl stop crossdock": world.close, "systemctl start crossdock": start,
            },
            meanwhile={"somebody runs the wrong statement": wipe, "the senders send again": again},
        )  # fmt: skip
    finally:
        for process in started:
            process.signal(signal.SIGTERM)
            assert process.wait() == 0
    assert {row.normalize() for row in night.world.stock().values()} == {12}


def test_the_month_does_not_close(night: Night) -> None:
    """Two receipts of October are in error: one is corrected, one is given up."""
    at = datetime(2026, 10, 15, 12, tzinfo=UTC)
    for number in ("GR-100", "GR-101"):
        receipt(night, number, qty=0, occurred_at=at)
    night.world.drain()
    night.follow("11. The month does not close", meanwhile={"the daemon works": night.world.drain})
    [row] = night.world.admin.read("SELECT state FROM ops.period WHERE state <> 'open'")
    assert row["state"] == "closed"


def test_a_storm_of_resends(night: Night) -> None:
    """After an outage a sender sends all again, and ten documents with other content."""
    for n in range(100, 120):
        receipt(night, f"GR-{n}", message_id=f"first-{n}")
    night.world.drain()
    for n in range(100, 120):
        receipt(night, f"GR-{n}", qty=1 if n < 110 else 2, message_id=f"again-{n}")
    night.world.drain()
    night.ahead = MINUTE
    night.follow("12. A storm of resends")
    night.assert_over()
    assert len(night.world.ledger()) == 20


def test_what_is_said_for_containers_names_what_is_there() -> None:
    """The service of the Compose file and the deployment of the manifests."""
    page = RUNBOOK.read_text(encoding="utf-8")
    deploy = RUNBOOK.parents[1] / "deploy"
    services = re.findall(
        r"^  (\w+):$", (deploy / "compose" / "compose.yaml").read_text(), flags=re.MULTILINE
    )
    assert set(re.findall(r"(?:logs|restart) (\w+)`", page)) == {"daemon"} <= set(services)
    manifests = (deploy / "kubernetes" / "crossdock.yaml").read_text()
    named = re.findall(r"^kind: Deployment\nmetadata:\n  name: (\w+)$", manifests, re.MULTILINE)
    assert set(re.findall(r"deployment/(\w+)", page)) == set(named) == {"crossdock"}


def test_the_page_is_short_and_leads_somewhere() -> None:
    """At three in the morning nobody reads more than a screen or two for each night."""
    page = RUNBOOK.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", page):
        assert (RUNBOOK.parent / link).exists(), link
    for chapter in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        assert len(chapter.splitlines()) <= 75, chapter.splitlines()[0]
