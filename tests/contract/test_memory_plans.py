"""The claim beside a memory of a million retired messages: one probe of one index for each."""

from __future__ import annotations

import pytest

from sync import batch as road
from sync.store import Transaction
from tests.support.builders_world import World
from tests.support.bulk import Bulk
from tests.support.cluster import Cluster
from tests.support.plans import Plan, Seen, explaining, handled, nodes, tell_plans

REMEMBERED = 1_000_000
DOCUMENTS = 500

#: As `crossdock retire` would have left them, of one sender and the two document types below.
_FILL = """
INSERT INTO staging.memory (
    seq, sender, doc_type, message_id, warehouse_code, action, content_hash, state, finished_at,
    retired_at
)
SELECT 1000000 + g, 'WMS1', CASE WHEN mod(g, 10) = 0 THEN 'stock_snapshot' ELSE 'stock_move' END,
    'MV' || (g / 2), 'W1', 'post', CAST(md5(CAST(g AS text)) AS uuid), 'duplicate',
    now() - interval '2 years', now() - interval '1 year'
FROM generate_series(1, %s) AS g
"""


def probes(plan: Plan) -> list[Plan]:
    """Return the nodes that read the memory."""
    return [node for node in nodes(plan) if node.get("Relation Name") == "memory"]


@pytest.mark.parametrize("is_analyzed", [False, True], ids=["never analyzed", "analyzed"])
def test_a_million_remembered_messages_cost_one_probe_each(
    cluster: Cluster, is_analyzed: bool
) -> None:
    """By message_id, and nothing of the memory is read that is not asked for.

    Half of the moves are resends of retired ones. Without statistics the plan must be the same: a
    first retirement moves more in an hour than autovacuum has looked at.
    """
    seen = worked(cluster, is_analyzed=is_analyzed)
    for name, messages in (("read_content", 2 * DOCUMENTS), ("read_snapshot_content", DOCUMENTS)):
        [plan] = seen.of(name)
        by_id = [n for n in probes(plan) if n.get("Index Name") == "memory_message_id_idx"]
        assert [node["Actual Loops"] for node in by_id] == [messages], name
        assert handled(by_id[0]) <= messages, name
    for name, plans in seen.plans.items():
        for node in (node for plan in plans for node in probes(plan)):
            assert handled(node) <= 2 * DOCUMENTS, name
            assert "Index Name" in node or not node["Actual Loops"], name


def worked(cluster: Cluster, *, is_analyzed: bool) -> Seen:
    """Fill the memory, work a batch of moves and one of snapshots, and return their plans."""
    database = cluster.clone()
    world = World(database)
    patch = pytest.MonkeyPatch()
    found = Seen()
    try:
        world.load_masters()
        run = world.admin.connection.execute
        run("ALTER TABLE staging.memory SET (autovacuum_enabled = off)")
        run(_FILL.encode(), (REMEMBERED,))
        if is_analyzed:
            run("VACUUM (ANALYZE) staging.memory")
        bulk = Bulk(world, "W1")
        line = {"item_code": "'A'", "qty": "1", "to_location_code": "'DOCK'"}
        bulk.wms("stock_move", "MV", DOCUMENTS, lines=1, line=line, move_no="'M' || g")
        bulk.wms("stock_move", "NEW", DOCUMENTS, lines=1, line=line, move_no="'N' || g")
        bulk.wms("stock_snapshot", "SN", DOCUMENTS, lines=1,
                 line={"item_code": "'A'", "qty": "1"}, snapshot_no="'S' || g", as_of="now()")  # fmt: skip
        tell_plans(world)
        patch.setattr(Transaction, "execute_statement", explaining(found))
        for kind in ("fact", "snapshot"):
            road._run_once(world.store, "W1", kind, 2 * DOCUMENTS, None, with_locks=False)
        return found
    finally:
        patch.undo()
        world.close()
        database.close()
