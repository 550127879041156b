"""A receiver's loop as its own login: take, do, answer; through the pooler where the run has one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import errors

from sync.config import libpq_url
from tests.support.builders_world import World

ORDERS, READERS = 40, 4
ACCEPT = "UPDATE wms_v1.inbox SET state = 'accepted', receiver_ref = %s WHERE delivery_id = %s"


@contextmanager
def login(world: World, name: str) -> Iterator[psycopg.Connection[Any]]:
    """Connect as a sender would. Behind a pooler a driver must not prepare on the server."""
    url = libpq_url(world.database.sender_url(name))
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as connection:
        yield connection


def read(world: World, mine: list[int], problems: list[BaseException]) -> None:
    """Take five at a time until nothing is left; answer each in a transaction of its own."""
    try:
        with login(world, world.logins.wms1) as wms:
            while found := wms.execute(
                "SELECT delivery_id, doc_no FROM wms_v1.take(5, 'sales_order')"
            ).fetchall():
                for delivery_id, doc_no in found:
                    with wms.transaction():
                        lines = wms.execute(
                            "SELECT item_code, qty FROM wms_v1.sales_order_line WHERE delivery_id = %s",
                            (delivery_id,),
                        ).fetchall()
                        assert [item for item, _ in lines] == ["A"]
                        assert wms.execute(ACCEPT, (f"P-{doc_no}", delivery_id)).rowcount == 1
                    mine.append(delivery_id)
    except BaseException as exc:  # noqa: BLE001 - told to the test, whatever it is
        problems.append(exc)


def test_several_readers_share_an_inbox_and_the_sender_hears_each_answer(world: World) -> None:
    """Each delivery goes to one reader, each answer reaches the ERP, the facts come back."""
    world.answer_everything()
    with login(world, world.logins.erp) as erp:
        for n in range(ORDERS):
            with erp.transaction():
                erp.execute(
                    "INSERT INTO erp_v1.sales_order (message_id, warehouse_code, order_no,"
                    " customer_code) VALUES (%s, 'W1', %s, 'CUS')", (f"m{n}", f"SO-{n}"),
                )  # fmt: skip
                erp.execute(
                    "INSERT INTO erp_v1.sales_order_line (message_id, warehouse_code, line_no,"
                    " item_code, qty) VALUES (%s, 'W1', 1, 'A', 2)", (f"m{n}",),
                )  # fmt: skip
        world.drain()
        shares: list[list[int]] = [[] for _ in range(READERS)]
        problems: list[BaseException] = []
        readers = [threading.Thread(target=read, args=(world, one, problems)) for one in shares]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert problems == []
        answered = [number for share in shares for number in share]
        assert len(set(answered)) == len(answered) == ORDERS
        world.drain()
        heard = erp.execute("SELECT count(*) FROM erp_v1.order_status WHERE state = 'in_work'")
        assert heard.fetchone() == (ORDERS,)
    with login(world, world.logins.wms1) as wms, login(world, world.logins.wms2) as other:
        for n in range(ORDERS):
            with wms.transaction():
                wms.execute(
                    "INSERT INTO wms_v1.shipment (message_id, warehouse_code, shipment_no, order_type,"
                    " order_no) VALUES (%s, 'W1', %s, 'sales_order', %s)", (f"s{n}", f"SH-{n}", f"SO-{n}"),
                )  # fmt: skip
                wms.execute(
                    "INSERT INTO wms_v1.shipment_line (message_id, warehouse_code, line_no,"
                    " order_line_no, item_code, qty) VALUES (%s, 'W1', 1, 1, 'A', 2)", (f"s{n}",),
                )  # fmt: skip
            # Between each two of its statements the pooler lends the session to others.
            assert other.execute("SELECT count(*) FROM wms_v1.message_status").fetchone() == (0,)
        with pytest.raises(errors.UniqueViolation):
            wms.execute(
                "INSERT INTO wms_v1.shipment (message_id, warehouse_code, shipment_no)"
                " VALUES ('s1', 'W1', 'SH-1')"
            )
        with pytest.raises(errors.ObjectNotInPrerequisiteState):
            wms.execute("UPDATE wms_v1.inbox SET state = 'taken' WHERE doc_no = 'SO-1'")
    senders = world.admin.read(
        "SELECT DISTINCT sender FROM ops.message WHERE doc_type = 'shipment'"
    )
    assert [row["sender"] for row in senders] == ["WMS1"]
