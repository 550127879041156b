"""Requeue, hold, release, discard: what a person may do with a message, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from schema import states
from sync.batch import run_road
from tests.integration.reading import SOME_TIME, errors, inbox, state_of_order, status
from tests.integration.repairing import Dba, dba_of
from tests.integration.working import (
    Pause,
    another_store,
    drain_with,
    give_up_waiting,
    lay_trap,
    remove_trap,
    working,
)
from tests.support.builders import Document
from tests.support.builders_world import World

ORDER = ("sales_order", "SO1")


@pytest.fixture
def dba(world: World) -> Iterator[Dba]:
    """Give a login that is a member of crossdock_dba."""
    with dba_of(world) as made:
        yield made


def _receipt(world: World, number: str = "R1", item: str | None = "A", **more: object) -> Document:
    lines = [{"item_code": item, "qty": 1, "reason_code": "X"}]
    return world.wms.goods_receipt(number, warehouse="W1", lines=lines, **more)


def _asked(world: World) -> tuple[Document, int]:
    """Have a cancel forwarded to the warehouse; return it and the delivery that asks."""
    world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.wms.take()
    world.drain()
    cancel = world.erp.cancel(*ORDER, warehouse="W1", revision=1)
    world.drain()
    assert world.state(cancel) == "waiting"
    return cancel, int(str(world.status(cancel)["waiting_for"]).removeprefix("answer:"))


def test_requeue_judges_a_message_afresh(world: World, dba: Dba) -> None:
    """Error to received: with the cause mended it goes through, its findings are resolved."""
    bad = _receipt(world, item="NEW")
    give_up_waiting(world)
    assert world.state(bad) == "error"
    seq = dba.seq(bad)
    assert dba.act("requeue", bad) == {"seq": seq, "from": "error", "to": "received"}
    row = dba.message(seq)
    assert (row["finished_at"], row["waiting_since"], row["wait_until"]) == (None, None, None)
    world.drain()
    row = dba.message(seq)
    assert row["state"] == "waiting", "its limit begins anew"
    assert row["wait_until"] - row["waiting_since"] == timedelta(hours=4)
    dba.act("requeue", bad, "the item is on its way")
    world.erp.item("NEW")
    world.drain()
    assert world.state(bad) == "applied"
    assert world.findings(bad) == []
    assert dba.audit() == [
        (None, "requeue", seq, "because"),
        (None, "requeue", seq, "the item is on its way"),
    ]


def test_requeue_sends_a_message_on_before_its_next_attempt(fresh_world: World) -> None:
    """Retrying to received: attempts begin anew."""
    world = fresh_world
    lay_trap(world, "staging.delivery", "RAISE 'boom';")
    bad = _receipt(world)
    with another_store(world, retry_delay=timedelta(hours=1)) as store:
        run_road(store, "W1", "fact", limit=1)
    assert world.state(bad) == "retrying"
    remove_trap(world, "staging.delivery")
    with dba_of(world) as dba:
        assert dba.act("requeue", bad)["from"] == "retrying"
        assert dba.message(dba.seq(bad))["attempts"] == 0
    world.drain()
    assert world.state(bad) == "applied"
    assert world.findings(bad) == []


def test_the_final_failure_stands_alone(fresh_world: World) -> None:
    """Warnings of earlier attempts are resolved when the message fails for good."""
    world = fresh_world
    lay_trap(world, "staging.delivery", "RAISE 'boom %', nextval('trap');")
    bad = _receipt(world)
    drain_with(world, max_attempts=3, retry_delay=timedelta(milliseconds=1))
    assert world.state(bad) == "error"
    assert [(f.code, f.severity) for f in world.findings(bad)] == [("SYS-001", "error")]
    assert len(world.findings(bad, resolved=True)) == 2


def test_a_requeued_question_is_not_asked_twice(world: World, dba: Dba) -> None:
    """The wait for an answer stays with the message."""
    cancel, delivery = _asked(world)
    dba.act("requeue", cancel)
    world.drain()
    assert world.status(cancel)["waiting_for"] == f"answer:{delivery}"
    assert len(inbox(world.wms, doc_type="sales_order")) == 2
    world.wms.answer(delivery, "accepted")
    world.drain()
    assert state_of_order(world, *ORDER)[0] == "cancelled"


def test_held_messages_stand_still_and_hold_up_their_document_alone(world: World, dba: Dba) -> None:
    """Until they are released; their limits do not run meanwhile."""
    first = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 10)])
    waiting = _receipt(world, "R2", "NEW")
    world.drain()
    second = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 20)], revision=2)
    third = world.erp.sales_order("SO1", warehouse="W1", lines=[("A", 30)], revision=3)
    other = world.erp.sales_order("SO2", warehouse="W1", lines=[("A", 1)])
    assert dba.act("hold", second)["from"] == "received"
    assert dba.act("hold", waiting)["from"] == "waiting"
    world.pass_limits()
    give_up_waiting(world)
    assert [world.state(d) for d in (first, second, third, other, waiting)] == [
        "applied", "held", "received", "applied", "held",
    ]  # fmt: skip
    [told] = dba.sender.read(
        "SELECT * FROM ops.waiting_on WHERE seq = %s AND waits_for = 'operator'", dba.seq(second)
    )
    assert f"ops.release({dba.seq(second)}, reason)" in told["released_by"]
    for document in (second, waiting):
        assert dba.act("release", document)["to"] == "received"
    world.drain()
    assert [world.state(d) for d in (second, third, waiting)] == ["applied", "applied", "waiting"]
    assert state_of_order(world, *ORDER)[1][1][1] == 30


def test_an_answer_to_a_held_request_is_kept_until_it_is_released(world: World, dba: Dba) -> None:
    """The answer decides, whenever the message is let go."""
    cancel, delivery = _asked(world)
    dba.act("hold", cancel)
    world.wms.answer(delivery, "accepted")
    world.drain()
    assert world.state(cancel) == "held"
    assert state_of_order(world, *ORDER)[0] == "in_work"
    dba.act("release", cancel)
    world.drain()
    assert world.state(cancel) == "applied"
    assert state_of_order(world, *ORDER)[0] == "cancelled"


def test_a_message_without_its_lines_may_be_held_and_released(world: World, dba: Dba) -> None:
    """It waits for them again."""
    late = _receipt(world, line_count=2)
    world.drain()
    dba.act("hold", late)
    world.drain()
    dba.act("release", late)
    world.drain()
    assert (world.state(late), world.status(late)["waiting_for"]) == ("received", "lines")


@pytest.mark.parametrize("state", ["error", "held", "waiting"])
def test_a_discarded_message_has_no_effect_and_leaves_nothing_open(
    world: World, dba: Dba, state: str
) -> None:
    """Its findings are resolved, its waits forgotten; the sender may say the same key again."""
    bad = _receipt(world, item="NEW")
    if state == "error":
        give_up_waiting(world)
    else:
        world.drain()
    if state == "held":
        dba.act("hold", bad)
    seq = dba.seq(bad)
    assert dba.act("discard", bad, "sent by mistake") == {
        "seq": seq, "from": state, "to": "discarded",
    }  # fmt: skip
    row = dba.message(seq)
    assert (row["finished_at"], row["waiting_for"]) == (SOME_TIME, None)
    assert row["state_reason"] == "sent by mistake"
    assert world.findings(bad) == []
    assert world.admin.read("SELECT * FROM staging.wait_key") == []
    world.erp.item("NEW")
    world.drain()
    assert world.state(bad) == "discarded"
    again = world.wms.emit(bad.again("again"))
    world.drain()
    assert world.state(again) == "applied"


def test_an_unread_question_is_withdrawn_with_its_request(world: World, dba: Dba) -> None:
    """The warehouse never sees it; the order goes on, and the alarm's task is closed."""
    cancel, delivery = _asked(world)
    drain_with(world, answer_alarm=timedelta(0))
    assert [task["state"] for task in world.tasks("STA-009")] == ["open"]
    dba.act("discard", cancel)
    [asked] = inbox(world.wms, delivery_id=delivery)
    assert asked["state"] == "withdrawn"
    [task] = world.tasks("STA-009")
    assert (task["state"], task["decision"], task["decided_by"]) == ("done", "moot", dba.login)
    world.drain()
    assert state_of_order(world, *ORDER)[0] == "in_work"
    again = world.erp.cancel(*ORDER, warehouse="W1", revision=1)
    world.drain()
    assert world.state(again) == "waiting"


@pytest.mark.parametrize("answer", ["taken", "accepted"])
def test_a_question_that_was_read_cannot_be_taken_back(world: World, dba: Dba, answer: str) -> None:
    """The warehouse may have acted on it: only the answer decides."""
    cancel, delivery = _asked(world)
    world.wms.answer(delivery, answer)
    error = dba.refused("discard", cancel)
    assert error.sqlstate == "55000"
    assert f"delivery {delivery} is {answer}" in str(error)
    assert world.state(cancel) == "waiting"
    world.wms.answer(delivery, "accepted")
    world.drain()
    assert world.state(cancel) == "applied"


@pytest.mark.parametrize("judged", [True, False], ids=["judged before", "never judged"])
def test_a_reversal_learns_that_its_fact_was_discarded(
    world: World, dba: Dba, *, judged: bool
) -> None:
    """It does not wait for what will never be: SEQ-001, at once."""
    fact = _receipt(world, item="NEW" if judged else "A")
    if judged:
        world.drain()
    dba.act("hold", fact)
    back = world.wms.reverse("goods_receipt", "R1-", of="R1", warehouse="W1")
    world.drain()
    assert world.state(back) == "waiting"
    dba.act("discard", fact)
    world.drain()
    assert [(told["code"], told["severity"]) for told in errors(world.wms, back)
            if "resolved_at" not in told] == [("SEQ-001", "error")]  # fmt: skip


def test_a_transfers_own_messages_cannot_be_discarded(world: World, dba: Dba) -> None:
    """They carry the goods from lane to lane; the two ends would never agree again."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 10)])
    world.drain()
    world.erp.transfer_order("TO1", warehouse="W1", to="W3", lines=[("A", 5)])
    world.drain()
    world.wms.shipment("S1", warehouse="W1", order=("transfer_order", "TO1"), lines=[("A", 5)])
    run_road(world.store, "W1", "fact", limit=10)
    [notice] = world.admin.read("SELECT seq FROM staging.message WHERE doc_type = 'transit_notice'")
    dba.act("hold", notice["seq"])
    error = dba.refused("discard", notice["seq"])
    assert error.sqlstate == "55000"
    assert "WRITE_OFF" in (error.diag.message_hint or "")
    dba.act("release", notice["seq"])
    world.drain()


@pytest.mark.parametrize("act", ["requeue", "hold", "release", "discard", "amend"])
def test_an_act_that_is_not_legal_is_refused_with_what_is(world: World, dba: Dba, act: str) -> None:
    """55000 names the state and the states from which it is legal; the hint what may be done."""
    sources = {a.name: a.sources for a in states.ACTS}
    own = ("line_no", "qty", "5") if act == "amend" else ()
    for number, state in enumerate(states.names(states.MESSAGE_STATES)):
        if state in sources[act]:
            continue
        [row] = world.admin.read(
            "INSERT INTO staging.message (sender, doc_type, message_id, warehouse_code, doc_no,"
            " state, finished_at) VALUES ('ERP', 'sales_order', %s, 'W1', 'X', %s, now())"
            " RETURNING seq",
            f"m{number}",
            state,
        )
        arguments = (row["seq"], 1, *own[1:]) if own else (row["seq"],)
        error = dba.refused(act, *arguments)
        assert error.sqlstate == "55000"
        assert f"message {row['seq']} is {state}" in str(error)
        assert all(source in str(error) for source in sources[act])
        hint = error.diag.message_hint or ""
        for other, legal in sources.items():
            assert (f"ops.{other}({row['seq']}, " in hint) is (state in legal)
        assert ("stays so" in hint) is not any(state in legal for legal in sources.values())
    world.admin.connection.execute(
        b"SET session_replication_role = replica; DELETE FROM staging.message"
        b" WHERE doc_no = 'X'; RESET session_replication_role"
    )
    assert dba.audit() == []


@pytest.mark.parametrize("act", ["requeue", "hold", "release", "discard"])
def test_acts_need_a_message_and_a_reason(world: World, dba: Dba, act: str) -> None:
    """P0002 for a number that is nobody's, 22023 without a reason."""
    assert dba.refused(act, 999_999).sqlstate == "P0002"
    document = _receipt(world)
    for reason in (None, "", " \n"):
        error = dba.refused(act, document, reason)
        assert error.sqlstate == "22023"
        assert "reason" in str(error)


def test_steps_by_hand_name_the_login_and_the_operator(world: World, dba: Dba) -> None:
    """One login is shared by a shift: the setting crossdock.operator says who sat there."""
    document = _receipt(world)
    dba.act("hold", document, "wrong lot")
    seq = dba.seq(document)
    assert dba.event(seq) == ("received", "held", dba.login, "wrong lot")
    dba.sender.connection.execute(b"SELECT set_config('crossdock.operator', 'Ana', false)")
    dba.act("release", document, "right after all")
    told = f"{dba.login} (Ana)"
    assert dba.event(seq) == ("held", "received", told, "right after all")
    assert dba.audit()[-1] == ("Ana", "release", seq, "right after all")
    world.drain()
    assert dba.event(seq) == ("received", "applied", "crossdock", None)
    story = dba.sender.read("SELECT * FROM ops.why(%s)", seq)
    assert any(f"held to received by {told}: right after all." in str(row) for row in story)


def test_a_batch_that_works_on_the_message_is_waited_for(world: World, dba: Dba) -> None:
    """It is judged where the batch left it; nobody overtakes nobody."""
    document = _receipt(world)
    with another_store(world) as store:
        pause = Pause(store, "UPDATE book.lane_counter")
        with working(lambda: run_road(store, "W1", "fact", limit=1)):
            error = pause.meanwhile(lambda: dba.refused("hold", document))
            assert error.sqlstate == "55P03"
            assert "at this moment" in str(error)
    error = dba.refused("hold", document)
    assert (error.sqlstate, world.state(document)) == ("55000", "applied")


def test_others_may_not(world: World, dba: Dba) -> None:
    """Senders and auditors call none of the functions."""
    document = _receipt(world)
    for sender in (world.erp, world.wms1):
        with pytest.raises(Exception, match="permission denied"):
            sender.read("SELECT ops.hold(%s, 'x')", dba.seq(document))
    assert status(world.wms, document)["state"] == "received"
