"""What a batch costs the server only gets less: a ratchet on counts, not on seconds.

The limits stand in ``cost_limits.json``. They are those of the server that crossdock brings along.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sync.batch import QUICK_MESSAGES
from tests.support.builders_world import World
from tests.support.bulk import Bulk
from tests.support.cluster import Database
from tests.support.costs import SINCE, batch_costs
from tests.support.history import WAREHOUSE, Size, fill, without_autovacuum

LIMITS = Path(__file__).with_name("cost_limits.json")
#: Documents of a batch, by the session that works it: the largest quick batch, and one for bulk.
DOCUMENTS = {"quick": QUICK_MESSAGES, "bulk": 2 * QUICK_MESSAGES}
LINES = 3


def costs_of(database: Database, documents: int) -> dict[str, float]:
    """Return what a batch of receipts of three lines costs, each for an order of its own."""
    world = World(database)
    without_autovacuum(world)
    fill(world, Size(orders=150, waiting=0, retired=0))
    total = 3 * documents
    bulk = Bulk(world, WAREHOUSE)
    item = "'I' || (1 + (g * 7 + l * 13) % 500)"
    bulk.erp("purchase_order", "po", total, lines=LINES,
             line={"item_code": item, "qty": "10", "uom": "'BOX'"},
             order_no="'PC' || g", revision="1", supplier_code="'SUP'")  # fmt: skip
    world.drain()
    bulk.wms("goods_receipt", "gr", total, lines=LINES,
             line={"order_line_no": "l", "item_code": item, "qty": "2", "uom": "'BOX'",
                   "location_code": "'L' || (1 + (g + l) % 100)"},
             receipt_no="'RC' || g", order_type="'purchase_order'", order_no="'PC' || g",
             occurred_at="now()", source_seq="g")  # fmt: skip
    world.admin.connection.execute("VACUUM (ANALYZE)")
    try:
        return batch_costs(
            database.engine_url, world.admin.connection, WAREHOUSE,
            documents=documents, lines=LINES,
        )  # fmt: skip
    finally:
        world.close()


@pytest.mark.parametrize("session", DOCUMENTS)
def test_a_batch_costs_no_more_than_the_ratchet_allows(database: Database, session: str) -> None:
    """Statements, WAL and buffers of a batch stay within their limits, and limits follow gains."""
    ratchet: dict[str, Any] = json.loads(LIMITS.read_text(encoding="utf-8"))
    limits = ratchet["limits"][session]
    costs = costs_of(database, DOCUMENTS[session])
    with database.connect() as connection:
        counted = connection.info.server_version >= SINCE
    assert costs.keys() == (limits.keys() if counted else {"statements"})
    for name, found in costs.items():
        limit, tolerance = limits[name], ratchet["tolerance"][name]
        assert found <= limit * (1 + tolerance), (
            f"{session}, {name}: {found}, the limit is {limit}. A batch has become dearer: find the statement,"
            f" or say in DECISIONS.md what it is worth and raise {LIMITS.name}. All: {costs}"
        )
        assert found >= limit * (1 - ratchet["tighten_after"]), (
            f"{session}, {name}: {found}, much better than the limit of {limit}. Well done: write the new"
            f" figure into {LIMITS.name}, so that it is not lost again. All: {costs}"
        )
