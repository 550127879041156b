"""Revisions, cancels and closes in any order of arrival; document keys are worked one by one."""

from __future__ import annotations

import itertools

import pytest

from tests.integration.reading import inbox, state_of_order, status
from tests.support.builders import Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_world import World

_ERP = ErpDocuments("B")
REVISIONS = [
    _ERP.sales_order("SO1", warehouse="W1", lines=[("A", 10 * n)], revision=n) for n in (1, 2, 4)
]
CANCEL = _ERP.cancel("sales_order", "SO1", warehouse="W1", revision=4)
CLOSE = _ERP.close("sales_order", "SO1", warehouse="W1", revision=4)
ORDER = ("sales_order", "SO1")


@pytest.mark.parametrize("batches", ["one batch", "a batch each"])
@pytest.mark.parametrize(
    "sequence", list(itertools.permutations(range(3))), ids=lambda s: "".join(map(str, s))
)
def test_the_highest_revision_is_in_force_whatever_the_order_of_arrival(
    world: World, sequence: tuple[int, ...], batches: str
) -> None:
    """Gaps are nothing to wait for, and what came too late is superseded."""
    for position in sequence:
        world.erp.send(REVISIONS[position])
        if batches != "one batch":
            world.drain()
    world.drain()

    assert state_of_order(world, *ORDER) == ("released", {1: ("open", 40, 0, 0, 0, 0, 40)})
    assert {row["revision"] for row in world.order(*ORDER)} == {4}
    highest = -1
    for position in sequence:
        late = position < highest
        highest = max(highest, position)
        assert world.state(REVISIONS[position]) == ("superseded" if late else "applied")
    open_ones = [row for row in inbox(world.wms1, doc_type="sales_order")
                 if row["state"] == "pending"]  # fmt: skip
    assert [row["revision"] for row in open_ones] == [4]


@pytest.mark.parametrize(
    ("documents", "state"),
    [
        ([REVISIONS[2], CANCEL, CLOSE], "cancelled"),
        ([REVISIONS[2], CLOSE], "closed"),
        ([REVISIONS[1], REVISIONS[2], CLOSE], "closed"),
        ([REVISIONS[1], REVISIONS[2], CANCEL], "cancelled"),
    ],
    ids=["cancel and close", "close", "close of a change", "cancel of a change"],
)
def test_at_the_same_revision_cancel_beats_close_beats_upsert(
    world: World, documents: list[Document], state: str
) -> None:
    """Every order of arrival ends the same: before the warehouse has read anything."""
    sequences = list(itertools.permutations(documents))
    for step in range(len(documents)):
        for number, sequence in enumerate(sequences):
            own = {"order_no": f"SO-{number}"}
            world.erp.send(sequence[step].again(f"{number}-{step}", **own))
        world.drain()
    ends = {
        state_of_order(world, "sales_order", f"SO-{number}")[0] for number in range(len(sequences))
    }
    assert ends == {state}
    assert inbox(world.wms1, doc_type="sales_order", state="pending") == []


def test_a_cancel_below_the_revision_in_force_is_superseded(world: World) -> None:
    """It names a revision that nobody works on any more."""
    world.erp.send(REVISIONS[1])
    world.drain()
    cancel = world.erp.cancel("sales_order", "SO1", warehouse="W1", revision=1)
    world.drain()
    assert world.state(cancel) == "superseded"
    assert state_of_order(world, *ORDER)[0] == "released"


def test_a_cancel_of_an_order_that_is_not_known_waits_for_it(world: World) -> None:
    """The cancel was faster: the order is released and cancelled behind it."""
    world.erp.send(CANCEL)
    world.drain()
    assert status(world.erp, CANCEL)["waiting_for"] == "order:W1 sales_order SO1"
    world.erp.send(REVISIONS[2])
    world.drain()
    assert (world.state(CANCEL), world.state(REVISIONS[2])) == ("applied", "applied")
    assert state_of_order(world, *ORDER)[0] == "cancelled"


def test_the_same_cancel_of_the_same_revision_again_is_a_duplicate(world: World) -> None:
    """A null revision means the one that is in force."""
    world.erp.send(REVISIONS[2])
    world.erp.send(CANCEL)
    world.drain()
    again = world.erp.cancel("sales_order", "SO1", warehouse="W1", revision=4)
    world.drain()
    assert world.state(again) == "duplicate"


def test_a_message_waits_its_turn_behind_an_earlier_one_of_its_document(world: World) -> None:
    """A held revision holds the later ones of the same order, and nobody else's."""
    world.erp.send(REVISIONS[0])
    world.admin.connection.execute(b"UPDATE staging.message SET state = 'held' WHERE seq >= 30")
    world.erp.send(REVISIONS[1])
    other = world.erp.sales_order("SO2", warehouse="W1", lines=[("A", 1)])
    world.drain()
    assert world.state(REVISIONS[1]) == "received"
    assert world.state(other) == "applied"

    world.admin.connection.execute(
        b"UPDATE staging.message SET state = 'received' WHERE state = 'held'"
    )
    world.drain()
    assert [world.state(document) for document in REVISIONS[:2]] == ["applied", "applied"]


@pytest.mark.parametrize("wrong", ["waiting", "error"])
def test_a_newer_revision_passes_one_that_waits_or_is_in_error(world: World, wrong: str) -> None:
    """The older one is superseded by it: what it lacked is not needed any more."""
    item, qty = ("GHOST", 1) if wrong == "waiting" else ("A", -1)
    older = world.erp.sales_order("SO1", warehouse="W1", lines=[(item, qty)])
    world.drain()
    assert world.state(older) == wrong
    world.erp.send(REVISIONS[1])
    world.drain()
    assert world.state(REVISIONS[1]) == "applied"
    assert status(world.erp, older)["state"] == "superseded"
    assert status(world.erp, older)["superseded_by"] == status(world.erp, REVISIONS[1])["seq"]
    world.erp.item("GHOST")
    world.drain()
    assert world.state(older) == "superseded"


def test_an_older_revision_does_not_pass_a_newer_one_that_waits(world: World) -> None:
    """It goes ahead; the newer one replaces it when its item is there."""
    newer = world.erp.sales_order("SO1", warehouse="W1", lines=[("LATER", 7)], revision=2)
    world.drain()
    older = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 5)], revision=1)
    world.drain()
    assert world.state(older) == "applied"
    world.erp.item("LATER")
    world.drain()
    assert world.state(newer) == "applied"
    assert state_of_order(world, *ORDER) == ("released", {1: ("open", 7, 0, 0, 0, 0, 7)})
    assert world.order(*ORDER)[0]["item_code"] == "LATER"


def test_orders_of_the_same_number_and_other_type_do_not_touch(world: World) -> None:
    """The document key is warehouse, type and number."""
    world.erp.sales_order("X1", warehouse="W1", lines=[("A", 1)], revision=5)
    world.erp.purchase_order("X1", warehouse="W1", lines=[("A", 2)], revision=1)
    world.erp.sales_order("X1", warehouse="W2", lines=[("A", 3)], revision=1)
    world.drain()
    assert [
        state_of_order(world, kind, "X1", warehouse)[1][1][1]
        for kind, warehouse in (
            ("sales_order", "W1"), ("purchase_order", "W1"), ("sales_order", "W2"),
        )
    ] == [1, 2, 3]  # fmt: skip


def test_many_documents_of_one_key_are_worked_in_the_order_in_which_they_came(
    world: World,
) -> None:
    """Head of the key only in each batch, and all of them in one drain."""
    documents = [
        world.erp.sales_order("SO1", warehouse="W1", lines=[("A", n)], revision=n)
        for n in range(1, 21)
    ]
    result = world.drain()
    assert result.processed == 20
    assert {world.state(document) for document in documents} == {"applied"}
    assert [row["state"] for row in inbox(world.wms1, doc_type="sales_order")] == [
        *["withdrawn"] * 19, "pending",
    ]  # fmt: skip


@pytest.mark.parametrize("order_first", [True, False], ids=["order first", "cancel first"])
def test_a_cancel_without_revision_means_the_order_that_comes_after_it_too(
    world: World, *, order_first: bool
) -> None:
    """It waits for its order, whose first revision here is the second: both ways it is cancelled."""
    cancel = ErpDocuments("C").cancel("sales_order", "SO1", warehouse="W1")
    documents = [REVISIONS[1], cancel]
    for document in documents if order_first else reversed(documents):
        world.erp.send(document)
        world.drain()
    assert [world.state(one) for one in documents] == ["applied", "applied"]
    assert state_of_order(world, *ORDER)[0] == "cancelled"
