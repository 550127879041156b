"""Suppliers, customers and carriers: one record for each role."""

from __future__ import annotations

from tests.integration.reading import SOME_TIME, all_told, inbox, sent, status
from tests.support.builders_world import World

PARTY = {
    "party_code": "V-17", "version": 4, "role": "supplier", "name": "Größe & Söhne",
    "country_code": "AT", "address": "Hauptstraße 1\n1010 Wien", "active": True,
    "attributes": {"vat": "ATU1"},
}  # fmt: skip


def test_every_wms_reads_a_party_as_the_erp_sent_it(bare: World) -> None:
    """An address may have several lines: it is text, not a code."""
    party = bare.erp.build("party", PARTY)
    bare.drain()

    number = status(bare.erp, party)["seq"]
    assert sent(bare.erp, party) == ({
        "message_id": "E-1", "seq": number, "state": "applied", "received_at": SOME_TIME,
        "finished_at": SOME_TIME, "doc_type": "party", **PARTY,
    }, [])  # fmt: skip
    assert status(bare.erp, party)["doc_no"] == "V-17 supplier"
    for delivery_id, wms in ((1, bare.wms1), (2, bare.wms2)):
        assert inbox(wms) == [{
            "delivery_id": delivery_id, "doc_type": "party", "doc_no": "V-17 supplier",
            "action": "upsert", "message_id": "E-1", "delivered_at": SOME_TIME,
            "state": "pending",
        }]  # fmt: skip
        assert all_told(wms.read_view("party", "delivery_id")) == [{
            "delivery_id": delivery_id, "message_id": "E-1", "action": "upsert", "seq": number,
            "delivered_at": SOME_TIME, **PARTY,
        }]  # fmt: skip


def test_one_code_may_be_a_supplier_and_a_customer(bare: World) -> None:
    """Each role has versions of its own."""
    for role, version in (("supplier", 5), ("customer", 1), ("carrier", 2)):
        bare.erp.party("V-17", role, version=version)
    bare.drain()
    bare.erp.party("V-17", "customer", version=3)
    older = bare.erp.party("V-17", "supplier", version=4)
    bare.drain()

    book = bare.admin.read("SELECT role, version FROM book.party ORDER BY role")
    assert book == [
        {"role": "carrier", "version": 2},
        {"role": "customer", "version": 3},
        {"role": "supplier", "version": 5},
    ]
    assert bare.state(older) == "superseded"


def test_a_party_in_another_role_is_not_the_one_waited_for(world: World) -> None:
    """A purchase order needs a supplier; a customer of the same code does not help."""
    order = world.erp.purchase_order("PO1", warehouse="W1", supplier="V-17", lines=[("A", 1)])
    world.erp.party("V-17", "customer")
    world.drain()
    assert status(world.erp, order)["waiting_for"] == "party:supplier V-17"

    world.erp.party("V-17", "supplier")
    world.drain()
    assert world.state(order) == "applied"
