"""Items: from the ERP to every WMS, the newest version in force."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.integration.reading import SOME_TIME, all_told, inbox, sent, status, told
from tests.support.builders_world import World

ITEM = {
    "item_code": "X1", "version": 3, "description": "Rollenlager 滚针轴承", "base_uom": "PCE",
    "item_group": "BEARING", "abc_class": "A", "gtin": "04012345678901", "lot_controlled": True,
    "serial_controlled": False, "shelf_life_days": 720, "unit_cost": Decimal("12.3456"),
    "currency": "EUR", "active": True,
    "attributes": {"colour": "blue", "nested": {"n": 1.5, "list": [None, True]}},
}  # fmt: skip


def test_every_wms_reads_an_item_as_the_erp_sent_it(bare: World) -> None:
    """Master data go once to each WMS, with every column and the sender's extra fields."""
    item = bare.erp.build("item", ITEM)
    bare.drain()

    [number] = {row["seq"] for row in bare.admin.read("SELECT seq FROM book.item")}
    assert sent(bare.erp, item) == ({
        "message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
        "finished_at": SOME_TIME, "doc_type": "item", **ITEM,
    }, [])  # fmt: skip
    assert status(bare.erp, item) == {
        "seq": number, "message_id": "E-1", "doc_type": "item", "doc_no": "X1",
        "state": "applied", "received_at": SOME_TIME, "finished_at": SOME_TIME, "attempts": 0,
    }  # fmt: skip
    for delivery_id, wms in ((1, bare.wms1), (2, bare.wms2)):
        assert all_told(wms.read_view("item", "delivery_id")) == [{
            "delivery_id": delivery_id, "message_id": "E-1", "action": "upsert", "seq": number,
            "delivered_at": SOME_TIME, **ITEM,
        }]  # fmt: skip
        assert inbox(wms) == [{
            "delivery_id": delivery_id, "doc_type": "item", "doc_no": "X1", "action": "upsert",
            "message_id": "E-1", "delivered_at": SOME_TIME, "state": "pending",
        }]  # fmt: skip
    assert bare.events(item) == [("received", "applied")]


def test_an_item_with_its_keys_alone_takes_the_defaults(bare: World) -> None:
    """Null means: version 1, active, without lots and serial numbers."""
    item = bare.erp.build("item", {"item_code": " X1 ", "base_uom": " PCE "})
    bare.drain()

    assert bare.state(item) == "applied"
    [book] = bare.admin.read("SELECT * FROM book.item")
    assert told(book, "seq") == {
        "item_code": "X1", "base_uom": "PCE", "lot_controlled": False,
        "serial_controlled": False, "version": 1, "active": True, "received_at": SOME_TIME,
    }  # fmt: skip
    [read] = bare.wms1.read_view("item", "delivery_id")
    assert told(read, "seq") == {
        "delivery_id": 1, "message_id": "E-1", "action": "upsert", "item_code": "X1",
        "version": 1, "base_uom": "PCE", "active": True, "delivered_at": SOME_TIME,
    }  # fmt: skip


def test_the_higher_version_is_in_force_when_it_comes_last(bare: World) -> None:
    """Both versions are applied and delivered, in their order."""
    first = bare.erp.item("X1", version=1, description="old")
    bare.drain()
    second = bare.erp.item("X1", version=2, description="new")
    bare.drain()

    assert (bare.state(first), bare.state(second)) == ("applied", "applied")
    [book] = bare.admin.read("SELECT version, description FROM book.item")
    assert book == {"version": 2, "description": "new"}
    read = bare.wms1.read_view("item", "delivery_id")
    assert [row["version"] for row in read] == [1, 2]


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two batches"])
def test_the_higher_version_is_in_force_when_it_comes_first(bare: World, together: bool) -> None:
    """The older one is superseded by the newer, and nobody is told of it."""
    newer = bare.erp.item("X1", version=7, description="new")
    if not together:
        bare.drain()
    older = bare.erp.item("X1", version=6, description="old")
    bare.drain()

    assert bare.state(newer) == "applied"
    assert told(bare.status(older), "xid")["superseded_by"] == bare.status(newer)["seq"]
    assert bare.state(older) == "superseded"
    [book] = bare.admin.read("SELECT version, description FROM book.item")
    assert book == {"version": 7, "description": "new"}
    assert len(inbox(bare.wms1)) == 1


def test_two_versions_sent_together_end_with_the_higher(bare: World) -> None:
    """A version is a document key: the second is not applied in the first one's batch."""
    with bare.erp.transaction():
        for version in (2, 3):
            bare.erp.item("X1", version=version, description=f"v{version}")
    bare.drain()

    [book] = bare.admin.read("SELECT version, description FROM book.item")
    assert book == {"version": 3, "description": "v3"}


def test_an_item_put_out_of_use_is_told_so(bare: World) -> None:
    """Active false is a new version like any other."""
    bare.erp.item("X1", version=1)
    bare.drain()
    bare.erp.item("X1", version=2, active=False)
    bare.drain()

    assert [row["active"] for row in bare.wms1.read_view("item", "delivery_id")] == [True, False]
    [book] = bare.admin.read("SELECT active FROM book.item")
    assert book == {"active": False}
