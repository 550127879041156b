"""The echo: what the ERP says it posted for a delivery."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from psycopg import errors as refused

from tests.integration.reading import SOME_TIME, W1, all_told
from tests.support.builders_world import World

LINE = {
    "message_id": "ECHO-1", "warehouse_code": "W1", "delivery_id": W1 + 1, "line_no": 1,
    "receiver_ref": "5000000001", "item_code": "A", "qty": 10, "uom": "PCE", "lot_no": "K1",
    "stock_status": "unrestricted", "posted_at": datetime(2026, 3, 4, 12, tzinfo=UTC),
}  # fmt: skip


def test_the_erp_may_tell_what_it_posted(world: World) -> None:
    """Optional, and several rows for one line of a delivery are allowed."""
    world.wms.goods_receipt(
        "R1", warehouse="W1", lines=[{"item_code": "A", "qty": 10, "reason_code": "FOUND"}]
    )
    world.drain()
    half = {**LINE, "qty": 5}
    world.erp.insert("posting_line", [half, {**half, "message_id": "ECHO-2"}])
    world.drain()
    assert all_told(world.erp.read_view("posting_line", "message_id")) == [
        {**half, "received_at": SOME_TIME},
        {**half, "message_id": "ECHO-2", "received_at": SOME_TIME},
    ]


def test_the_same_echo_again_is_refused_at_the_door(world: World) -> None:
    """23505, or nothing with ON CONFLICT DO NOTHING."""
    assert world.erp.insert("posting_line", [LINE], if_new=True) == 1
    assert world.erp.insert("posting_line", [LINE], if_new=True) == 0
    with pytest.raises(refused.UniqueViolation):
        world.erp.insert("posting_line", [LINE])


def test_a_wms_has_no_echo(world: World) -> None:
    """Only the ERP posts."""
    with pytest.raises(refused.UndefinedTable):
        world.wms.insert("posting_line", [LINE])
