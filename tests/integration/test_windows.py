"""Batch windows and priorities: which messages are worked when, and before which others."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from sync.batch import run_batch
from sync.cli.main import run
from sync.jobs import Clerk
from sync.openings import open_lanes
from sync.sweep import sweep
from tests.support.builders import Document
from tests.support.builders_world import World

JOB = "window stock_count"
BERLIN = "Europe/Berlin"


def rule(
    world: World, doc_type: str, warehouse: str | None = None, *, priority: int = 0,
    schedule: str | None = None, lasts: str | None = None,
) -> None:  # fmt: skip
    """Set a rule of work as a DBA does."""
    world.admin.read(
        "SELECT * FROM ops.set_work_rule(%s, %s, %s::integer, %s, %s, %s::interval, 'a test')",
        doc_type, warehouse, priority, schedule, BERLIN, lasts,
    )  # fmt: skip


def nightly(world: World) -> None:
    """Work counts from two o'clock at night, Berlin time, for an hour."""
    rule(world, "stock_count", schedule="0 2 * * *", lasts="1 hour")


def count(world: World, number: str, qty: int = 5) -> Document:
    """Send a count of item A."""
    line = {"item_code": "A", "counted_qty": qty, "location_code": "BIN1"}
    return world.wms.stock_count(number, warehouse="W1", through=None, lines=[line])


def receipt(world: World, number: str) -> Document:
    """Send a receipt without an order."""
    line = {"item_code": "A", "qty": 1, "reason_code": "FOUND", "location_code": "BIN1"}
    return world.wms.goods_receipt(number, warehouse="W1", lines=[line])


def applied(world: World) -> list[str]:
    """Return the own numbers of the messages of W1 in the order in which they were applied."""
    return [
        str(row["doc_no"])
        for row in world.admin.read(
            "SELECT m.doc_no FROM staging.event AS e JOIN staging.message AS m USING (seq)"
            " WHERE e.to_state = 'applied' AND m.lane = 'W1' ORDER BY e.event_id"
        )
    ]


def since(world: World, at: datetime) -> None:
    """Let the jobs of windows have been there since a time."""
    world.admin.connection.execute(
        "UPDATE ops.job SET since = %s WHERE job LIKE 'window %%'", (at,)
    )


def close_windows(world: World) -> None:
    """Let the hour of every open window be over."""
    world.admin.connection.execute(
        "UPDATE ops.work_rule SET open_until = clock_timestamp() WHERE job IS NOT NULL"
    )


def test_a_type_with_a_window_waits_for_it_and_others_do_not(world: World) -> None:
    """While its window is closed a type is out of the claim's way, and everybody sees why."""
    nightly(world)
    counted, came = count(world, "C1"), receipt(world, "R1")
    assert run_batch(world.store, "W1", limit=10).states == {"applied": 1}
    assert (world.state(counted), world.state(came)) == ("received", "applied")
    assert world.status(counted)["waiting_for"] == "window"
    assert open_lanes(world.store) == []
    assert sweep(world.store) == 0
    Clerk(world.store, {}).open_windows()
    opens = world.admin.read("SELECT opens_at, waiting_count, is_open FROM ops.work")[0]
    assert (opens["waiting_count"], opens["is_open"]) == (1, False)
    waiting = world.admin.read("SELECT waits_for, until, released_by FROM ops.waiting_on")
    assert [(row["waits_for"], row["until"]) for row in waiting] == [("window", opens["opens_at"])]
    seq = world.status(counted)["seq"]
    story = "\n".join(str(row["why"]) for row in world.admin.read("SELECT ops.why(%s) AS why", seq))
    assert (
        f"its batch window, which opens at {opens['opens_at'].astimezone(UTC):%Y-%m-%d %H:%M}"
        in story
    )
    assert {"waits_for": "window", "message_count": 1} in world.admin.read(
        "SELECT waits_for, message_count FROM ops.backlog"
    )


def test_its_opening_is_a_run_of_a_job_and_closes_again(world: World) -> None:
    """The window opens once for each due time, whoever looks, and what comes late waits again."""
    nightly(world)
    counted = count(world, "C1")
    run_batch(world.store, "W1", limit=10)
    since(world, datetime(2030, 1, 1, tzinfo=UTC))
    night = datetime(2030, 1, 2, 1, 0, 1, tzinfo=UTC)
    clerks = [Clerk(world.store, {}), Clerk(world.store, {})]
    assert [len(clerk.open_windows(night)) for clerk in clerks] == [1, 0]
    assert run_batch(world.store, "W1", limit=10).states == {"applied": 1}
    assert world.state(counted) == "applied"
    close_windows(world)
    late = count(world, "C2")
    run_batch(world.store, "W1", limit=10)
    assert world.status(late)["waiting_for"] == "window"
    runs = world.admin.read("SELECT due_at, state, counts FROM ops.job_run")
    assert [(r["due_at"].astimezone(UTC).hour, r["state"], r["counts"]) for r in runs] == [
        (1, "done", {"opened": 1, "released": 1})
    ]


def test_windows_that_were_missed_open_once_and_follow_the_clock_of_their_zone(
    world: World,
) -> None:
    """Three nights without a daemon, summer time in the midst: one opening, at once, for all."""
    nightly(world)
    counted = count(world, "C1")
    run_batch(world.store, "W1", limit=10)
    since(world, datetime(2030, 3, 29, 12, tzinfo=UTC))
    # Night of 31 March: two o'clock does not exist; it opens when the clock has jumped.
    ran = Clerk(world.store, {}).open_windows(datetime(2030, 4, 1, 9, tzinfo=UTC))
    assert [(one.due_at, one.state) for one in ran] == [(datetime(2030, 4, 1, tzinfo=UTC), "done")]
    assert world.admin.read("SELECT missed_count FROM ops.job_run") == [{"missed_count": 2}]
    run_batch(world.store, "W1", limit=10)
    assert world.state(counted) == "applied"


def test_a_parked_message_is_not_overtaken_in_its_document(world: World) -> None:
    """A new message of a document waits for one that is still parked, although the window opened."""
    rule(world, "purchase_order", schedule="0 2 * * *", lasts="1 hour")
    lines = [("A", 10)]
    first = world.erp.purchase_order("PO1", warehouse="W1", revision=1, lines=lines)
    run_batch(world.store, "W1", limit=10)
    world.admin.connection.execute(
        "UPDATE ops.work_rule SET opened_at = now(), open_until = now() + interval '1 hour'"
    )
    second = world.erp.purchase_order("PO1", warehouse="W1", revision=2, lines=lines)
    assert run_batch(world.store, "W1", limit=10).processed == 0
    assert sweep(world.store) > 0
    for _ in range(2):
        run_batch(world.store, "W1", limit=10)
    assert [world.state(first), world.state(second)] == ["applied", "applied"]


def test_a_rule_of_the_warehouse_goes_before_the_general_one(world: World) -> None:
    """Counts wait everywhere but in W1; taking the rules back lets the parked go on."""
    nightly(world)
    counted = count(world, "C1")
    run_batch(world.store, "W1", limit=10)
    rule(world, "stock_count", "W1")
    assert sweep(world.store) > 0
    run_batch(world.store, "W1", limit=10)
    assert world.state(counted) == "applied"
    world.admin.read("SELECT ops.drop_work_rule('stock_count', 'W1', 'a test')")
    again = count(world, "C2")
    run_batch(world.store, "W1", limit=10)
    assert world.status(again)["waiting_for"] == "window"
    world.admin.read("SELECT ops.drop_work_rule('stock_count', NULL, 'a test')")
    assert sweep(world.store) > 0
    run_batch(world.store, "W1", limit=10)
    assert world.state(again) == "applied"
    assert world.admin.read("SELECT FROM ops.job WHERE job LIKE 'window %'") == []
    acts = world.admin.read(
        "SELECT action FROM ops.audit WHERE action LIKE '%_work_rule' ORDER BY audit_id"
    )
    assert [row["action"] for row in acts] == ["set_work_rule"] * 2 + ["drop_work_rule"] * 2


def test_a_drain_works_what_waits_for_windows_too(world: World) -> None:
    """Who drains wants all of it now; afterwards the windows close again."""
    nightly(world)
    counted = count(world, "C1")
    run_batch(world.store, "W1", limit=10)
    world.drain()
    assert world.state(counted) == "applied"


def test_waiting_for_a_window_is_no_alarm_and_its_age_counts_from_the_opening(world: World) -> None:
    """A message of yesterday is not late while its window is shut, nor just after it opened."""
    nightly(world)
    count(world, "C1")
    run_batch(world.store, "W1", limit=10)
    age = (
        "UPDATE staging.message SET received_at = received_at - interval '1 day' WHERE lane = 'W1'"
    )
    world.admin.connection.execute(age.encode())

    def told(later: timedelta) -> int:
        with world.store.transaction() as tx:
            now = world.store.now() + later
            return len(tx.rows("watch_backlog", now=now, threshold=600))

    def age_s() -> float:
        with world.store.transaction() as tx:
            return max(float(row.oldest_s) for row in tx.rows("metrics_backlog"))

    assert (told(timedelta(0)), age_s()) == (0, 0)
    Clerk(world.store, {}).run_now(JOB)
    assert told(timedelta(seconds=1)) == 0
    assert age_s() < 60
    assert told(timedelta(minutes=50)) == 1


def test_a_higher_priority_goes_first_but_not_for_ever(world: World) -> None:
    """A level is worth a minute: shipments' place is before counts of the last minutes alone."""
    rule(world, "goods_receipt", priority=3)
    line = {"item_code": "A", "qty": 1, "location_code": "BIN1"}
    for number in ("A-old", "A-new"):
        world.wms.initial_load(number, warehouse="W1", lines=[line])
    world.admin.connection.execute(
        "UPDATE staging.message SET received_at = received_at - interval '4 minutes'"
        " WHERE doc_no = 'A-old'"
    )
    receipt(world, "R1")
    receipt(world, "R2")
    for _ in range(4):
        run_batch(world.store, "W1", limit=1)
    assert applied(world) == ["A-old", "R1", "R2", "A-new"]


def test_a_held_document_does_not_keep_others_from_their_turn(world: World) -> None:
    """Messages behind the head of their document take no place among those that are looked at."""
    rule(world, "sales_order", priority=5)
    for revision in range(1, 6):
        world.erp.purchase_order("P", warehouse="W1", revision=revision, lines=[("A", 1)])
    world.admin.read("SELECT ops.hold(min(seq), 'a test') FROM staging.message WHERE doc_no = 'P'")
    other = world.erp.purchase_order("Q", warehouse="W1", lines=[("A", 1)])
    run_batch(world.store, "W1", limit=2)
    assert world.state(other) == "applied"


@pytest.mark.parametrize(
    ("doc_type", "warehouse", "priority", "schedule", "lasts"),
    [
        ("nothing", None, 0, None, None),
        ("transit_notice", None, 0, None, None),
        ("item", "W1", 0, None, None),
        ("stock_count", "NOWHERE", 0, None, None),
        ("stock_count", None, 10, None, None),
        ("stock_count", None, 0, "0 2 * * *", None),
        ("stock_count", None, 0, None, "1 hour"),
        ("stock_count", None, 0, "0 24 * * *", "1 hour"),
        ("stock_count", None, 0, "0 2 * * foo", "1 hour"),
        ("stock_count", None, 0, "9-8 2 * * *", "1 hour"),
        ("stock_count", None, 0, "*/0 2 * * *", "1 hour"),
        ("stock_count", None, 0, "0 2 * *", "1 hour"),
        ("stock_count", None, 0, "0 2 * * *", "1 second"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(
    world: World, doc_type: str, warehouse: str | None, priority: int, schedule: str, lasts: str
) -> None:
    """What is written is checked at once: a window that never opens would be a silent stop."""
    with pytest.raises(psycopg.Error) as told:
        rule(world, doc_type, warehouse, priority=priority, schedule=schedule, lasts=lasts)
    assert told.value.sqlstate in ("22023", "P0002")
    assert world.admin.read("SELECT FROM ops.work_rule") == []


def test_the_command_line_sets_shows_and_drops_a_rule(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`schedule work` decides, `schedule list` shows it with what waits, `schedule run` opens."""
    monkeypatch.setenv("CROSSDOCK_DATABASE_URL", world.store.engine.url.render_as_string(False))

    def said(*arguments: str) -> tuple[int, str]:
        code = run(["schedule", *arguments])
        return code, capsys.readouterr().out

    why = ("--reason", "a test")
    window = ("stock_count", "0 2 * * mon-fri", "--for", "2h", "--time-zone", BERLIN)
    assert said("work", *window, "--priority", "2", *why) == (
        0,
        "stock_count: no rule -> from 0 2 * * mon-fri Europe/Berlin for 02:00:00, priority 2\n",
    )
    count(world, "C1")
    run_batch(world.store, "W1", limit=10)
    work = json.loads(said("list", "--json")[1])["work"]
    assert [(row["doc_type"], row["waiting_count"]) for row in work] == [("stock_count", 1)]
    assert "from its window on for 2:00:00" in said("list")[1]
    assert said("run", JOB)[0] == 0
    assert "now, until" in said("list", JOB)[1]
    assert said("work", "stock_count", "61 2 * * *", "--for", "2h", *why)[0] == 4
    assert said("work", "stock_count", "--drop", *why)[0] == 0
    assert said("work", "stock_count", "--drop", *why)[0] == 4


def test_without_a_rule_a_batch_chooses_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing was decided the claim is what it was: no statement of turns runs."""
    monkeypatch.setattr("sync.turn.choose", None)
    receipt(world, "R1")
    assert run_batch(world.store, "W1", limit=10).states == {"applied": 1}
