"""Found the company of the bench: master data, purchase orders, a backlog of goods receipts.

Everything comes in through the contract's views, set-based, as a bulk load of a sender would.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from sync.batch import run_road
from sync.config import libpq_url
from sync.drain import drain
from sync.embedded import EmbeddedServer
from sync.migrate import upgrade
from sync.store import Store

DATABASE = "bench"
LANE = "W1"
LINES = 3  # lines of a document
BOX = 12  # pieces in a box: every line is converted
BOXES = 2  # quantity of a line, as sent
ITEMS = 500
LOCATIONS = 20
ORDERS = 4000

_LOGINS: tuple[tuple[str, str, str, list[str]], ...] = (
    ("bench_erp", "ERP", "erp", []),
    ("bench_wms", "WMS1", "wms", [LANE]),
)

_MASTERS = f"""
INSERT INTO erp_v1.warehouse (message_id, warehouse_code, version, time_zone)
VALUES ('w1', '{LANE}', 1, 'Europe/Berlin');
INSERT INTO erp_v1.party (message_id, party_code, version, role)
VALUES ('p1', 'SUP', 1, 'supplier');
INSERT INTO erp_v1.item (message_id, item_code, version, base_uom)
SELECT 'i' || g, 'I' || g, 1, 'PCE' FROM generate_series(1, {ITEMS}) AS g;
INSERT INTO erp_v1.item_uom (message_id, item_code, uom, version, numerator, denominator)
SELECT 'u' || g, 'I' || g, 'BOX', 1, {BOX}, 1 FROM generate_series(1, {ITEMS}) AS g;
INSERT INTO erp_v1.location (message_id, warehouse_code, location_code, version)
SELECT 'l' || g, '{LANE}', 'L' || g, 1 FROM generate_series(1, {LOCATIONS}) AS g;
"""

# Order n has the items of its own three lines; receipt g is for order 1 + g modulo ORDERS.
_ORDERS = f"""
INSERT INTO erp_v1.purchase_order (
    message_id, warehouse_code, line_count, order_no, revision, supplier_code
)
SELECT 'po' || g, '{LANE}', {LINES}, 'PO' || g, 1, 'SUP' FROM generate_series(1, {ORDERS}) AS g;
INSERT INTO erp_v1.purchase_order_line (
    message_id, warehouse_code, line_no, item_code, qty, uom
)
SELECT 'po' || g, '{LANE}', l, 'I' || (1 + (g * 7 + l * 13) % {ITEMS}), 100000, 'BOX'
FROM generate_series(1, {ORDERS}) AS g, generate_series(1, {LINES}) AS l;
"""

_RECEIPTS = f"""
CREATE TEMPORARY TABLE backlog ON COMMIT DROP AS
SELECT g, 1 + g % {ORDERS} AS order_n FROM generate_series(1, {{receipts}}) AS g;
INSERT INTO wms_v1.goods_receipt (
    message_id, warehouse_code, line_count, receipt_no, order_type, order_no, source_seq,
    occurred_at
)
SELECT 'gr' || g, '{LANE}', {LINES}, 'GR' || g, 'purchase_order', 'PO' || order_n, g, now()
FROM backlog ORDER BY g;
INSERT INTO wms_v1.goods_receipt_line (
    message_id, warehouse_code, line_no, order_line_no, item_code, qty, uom, location_code
)
SELECT 'gr' || g, '{LANE}', l, l, 'I' || (1 + (order_n * 7 + l * 13) % {ITEMS}), {BOXES}, 'BOX',
    'L' || (1 + (g + l) % {LOCATIONS})
FROM backlog, generate_series(1, {LINES}) AS l ORDER BY g, l;
"""


@dataclass
class World:
    """Hold the database under measurement; `url` is the superuser's."""

    server: EmbeddedServer
    database: str = field(default=DATABASE, kw_only=True)

    @property
    def url(self) -> str:
        """Return the URL of the bench's database for the superuser."""
        return self.server.url(self.database)

    def connect(self, login: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
        """Return a new connection of the superuser or of a login, not in autocommit."""
        url = self.url if login is None else self.server.url(self.database, login)
        return psycopg.connect(libpq_url(url))

    def scalar(self, query: str) -> object:
        """Return the first column of the first row of a query."""
        with self.connect() as connection:
            row = connection.execute(query.encode()).fetchone()
            return None if row is None else row[0]

    def execute(self, login: str, commands: str) -> None:
        """Run commands in one transaction as a login."""
        with self.connect(login) as connection:
            connection.execute(commands.encode())


def make_database(server: EmbeddedServer) -> set[str]:
    """Make the bench's database anew on a server that runs; return the server's roles."""
    with psycopg.connect(libpq_url(server.url("postgres")), autocommit=True) as admin:
        name = sql.Identifier(DATABASE)
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        return {row[0] for row in admin.execute("SELECT rolname FROM pg_roles")}


def found(server: EmbeddedServer, receipts: int) -> World:
    """Migrate, register both systems, apply master data and orders, and load the backlog."""
    server.start("postgres")
    known = make_database(server)
    world = World(server)
    upgrade(world.url)
    with world.connect() as connection:
        for login, system, kind, warehouses in _LOGINS:
            if login not in known:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(login)))
            connection.execute(
                "SELECT ops.register_system(%s, %s, %s, %s::text[])",
                (login, system, kind, warehouses),
            )
    store = Store(world.url)
    try:
        world.execute("bench_erp", _MASTERS)
        drain(store)
        world.execute("bench_erp", _ORDERS)
        while run_road(store, LANE, "request", limit=1000).processed:
            pass
    finally:
        store.close()
    world.execute("bench_wms", _RECEIPTS.format(receipts=receipts))
    with psycopg.connect(libpq_url(world.url), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
    return world
