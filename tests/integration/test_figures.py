"""The promised figures, against small worlds whose figures were worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from schema.figures import FIGURES
from sync.recon.figures import compute
from tests.support.builders_world import World
from tests.support.run_rows import Night, night

Found = dict[tuple[str, str, str, str], Any]


def computed(run: Night) -> Found:
    """Compute a night's figures: {(name, warehouse, class, flow): value}, without trailing zeros."""
    with run.world.store.transaction() as tx:
        compute(tx, run.run_id)
    return {
        (row["name"], row["warehouse_code"], row["abc_class"], row["flow"]): row["value"]
        for row in run.world.admin.read("SELECT * FROM recon.figure WHERE run_id = %s", run.run_id)
    }


def of(
    found: Found, warehouse: str = "*", abc: str = "*", flow: str = "*", **named: Number
) -> None:
    """Compare figures of one warehouse, class and flow with what was worked out."""
    told = {name: found.get((name, warehouse, abc, flow), "not there") for name in named}
    assert told == {name: value if value is None else pytest.approx(Decimal(value), abs=Decimal("1e-5"))
                    for name, value in named.items()}  # fmt: skip


Number = int | str | None


def test_the_books_are_measured_per_warehouse_class_unit_and_currency(world: World) -> None:
    """Two warehouses, three nights; every number below is worked out on paper.

    W1 holds 8 keys of class A (400 pieces, 4,000 EUR) and 2 of class B (100, 100 EUR); W2 holds
    10 of class A (500, 500 EUR). Differences of the third night, in W1: X is 6 too many in the
    ERP (cost 10), proven, three nights old; Y 2 too few, new, nobody knows; Z agrees once 4 in
    flight are taken off; Q is at the ERP alone, new and again after it was closed. In W2: V is off
    by 1 and tolerated. P was open in the second night and is gone: it was one night old.
    """
    first = night(world).house("W1").difference("X", erp=16, wms=10, cost=10).close()
    second = (
        night(world, 1).house("W1", previous=first)
        .difference("X", erp=16, wms=10, cost=10, first=first, cause="CARRIED_FORWARD")
        .difference("P", erp=5, wms=2)
        .close()
    )  # fmt: skip
    third = (
        night(world, 3)
        .house("W1", previous=second, compared_count=11, quarantined_count=2, not_assessable_count=1,
               skew_s=60, straddling_count=3)
        .house("W2", compared_count=10, skew_s=90, straddling_count=1)
        .book(8, 400, 4000).book(2, 100, 100, abc="B").book(10, 500, 500, code="W2")
        .difference("X", erp=16, wms=10, cost=10, first=first, cause="DUPLICATE", evidence="A")
        .difference("Y", erp=8, wms=10)
        .difference("Z", erp=9, wms=5, in_flight=4, cause="IN_FLIGHT", evidence="A", abc_class="B")
        .difference("Q", erp=3, wms=0, cause="POSSIBLE_DUPLICATE", evidence="C", flags="{RECURRENT}")
        .difference("V", erp=50, wms=49, tolerance=2, cause="ROUNDING", evidence="B", code="W2")
    )  # fmt: skip
    found = computed(third)

    # 8 + Q, which the WMS does not hold, are 9 keys of class A: X, Y and Q are wrong.
    of(found, "W1", "A", record_accuracy_pct="66.666667", raw_agreement_pct="66.666667",
       unexplained_ppm="111111.111111")  # fmt: skip
    of(found, "W1", "B", record_accuracy_pct=100, raw_agreement_pct=50, unexplained_ppm=0)
    # 11 keys: 3 wrong, 4 as they stand, Y is without a cause.
    of(found, "W1", record_accuracy_pct="72.727273", raw_agreement_pct="63.636364",
       unexplained_ppm="90909.090909")  # fmt: skip
    of(found, "W2", record_accuracy_pct=100, raw_agreement_pct=100)
    of(found, record_accuracy_pct="85.714286")  # 18 of 21
    # 6 + 2 + 3 of 500 pieces; 6 - 2 + 3.
    of(
        found,
        "W1",
        flow="PCE",
        quantity_accuracy_gross_pct="97.8",
        quantity_accuracy_net_pct="98.6",
    )
    # 60 + 2 + 3 of 4,100 EUR; 60 - 2 + 3; 4 known of 4 + 65.
    of(found, "W1", flow="EUR", value_accuracy_gross_pct="98.414634",
       value_accuracy_net_pct="98.512195", explained_share_pct="5.797101", open_value=65,
       evidence_a_pct="92.307692", evidence_b_pct=0, evidence_c_pct="4.615385",
       evidence_none_pct="3.076923")  # fmt: skip
    of(found, "W2", flow="EUR", open_value=0, evidence_b_pct=100)
    # Ages 3, 0, 0 nights. P is gone after 2 nights; nothing was closed before.
    of(found, "W1", open_count=3, open_oldest_nights=3, open_median_nights=0, open_0_1_count=2,
       open_2_3_count=1, open_4_7_count=0, open_over_7_count=0, opened_count=2, closed_count=1,
       net_opened_count=1, repair_time_nights=2, recurrence_pct=100)  # fmt: skip
    of(found, "W2", open_count=0, open_oldest_nights=None, closed_count=0, repair_time_nights=None)
    of(found, open_count=3, opened_count=2, closed_count=1)
    of(found, "W1", coverage_pct="78.571429", watermark_skew_s=60, straddling_count=3)
    of(found, coverage_pct="87.5", watermark_skew_s=90, straddling_count=4)


def test_messages_are_measured_from_the_door_to_their_end(world: World) -> None:
    """Ten messages of W1 in the window: what went through alone, what waited, what a person did."""
    wms, erp = world.wms, world.erp
    wms.initial_load("I1", warehouse="W1", lines=[("A", 100)])
    resent = wms.stock_move("M1", warehouse="W1", lines=[
        {"item_code": "A", "qty": 1, "to_location_code": "BIN1"}])  # fmt: skip
    world.drain()
    wms.send(resent.again("M1 again"))  # a duplicate: by itself, not at the first look
    late = wms.stock_move("M2", warehouse="W1", lines=[
        {"item_code": "NEW", "qty": 1, "to_location_code": "BIN1"}])  # fmt: skip
    wrong = wms.goods_receipt("R1", warehouse="W1", lines=[{"item_code": "A", "qty": 1}])
    world.drain()
    assert (world.state(late), world.state(wrong)) == ("waiting", "error")
    erp.item("NEW")
    world.drain()
    erp.purchase_order("PO1", warehouse="W1", lines=[("A", 2)])
    world.drain()
    wms.goods_receipt("R2", warehouse="W1", order=("purchase_order", "PO1"), is_final=True,
                      lines=[("A", 2)])  # fmt: skip
    world.drain()

    # I1, M1, its resend, M2 (waits for its item, then for stock), R1 (in error), PO1 and R2.
    run = _now(world)
    found = computed(run)
    of(found, "W1", received_count=7, duplicates_suppressed_count=1, rejected_open_count=1)
    # Of the 6 that ended or stand in error, R1 needs a person; M2 still waits for stock.
    of(found, "W1", interface_success_pct="83.333333")
    # I1, M1, PO1 and R2 of seven.
    of(found, "W1", first_pass_yield_pct="57.142857")
    of(found, "W1", flow="goods_receipt", interface_success_pct=50, first_pass_yield_pct=50)
    of(found, "W1", flow="stock_move", interface_success_pct=100)
    [lag] = world.admin.read(
        "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY applied_at - received_at) AS p50"
        " FROM (SELECT DISTINCT message_seq, applied_at, received_at FROM book.ledger) AS l"
    )
    assert float(found["dock_to_book_p50_s", "W1", "*", "*"]) == pytest.approx(
        lag["p50"].total_seconds(), abs=1e-5
    )
    [order] = world.admin.read("SELECT ended_at - released_at AS t FROM book.order_head")
    assert float(found["order_cycle_p50_h", "W1", "*", "purchase_order"]) == pytest.approx(
        order["t"].total_seconds() / 3600, abs=1e-5
    )


def test_a_repaired_message_is_no_success_and_a_retired_one_still_counts(world: World) -> None:
    """Whatever became of it, whoever looks later finds the same figure."""
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100)])
    wrong = world.wms.goods_receipt("R1", warehouse="W1", lines=[{"item_code": "A", "qty": 1}])
    world.drain()
    seq = world.status(wrong)["seq"]
    world.admin.connection.execute(b"SELECT ops.discard(%s, 'typed twice')", (seq,))
    world.drain()
    run = _now(world)
    before = computed(run)
    of(before, "W1", received_count=2, interface_success_pct=50, first_pass_yield_pct=50)
    world.answer_everything()
    assert world.retire().total
    after = computed(_now(world))
    of(after, "W1", received_count=2, interface_success_pct=50, first_pass_yield_pct=50)


def test_a_count_is_right_within_the_tolerance_of_its_class(world: World) -> None:
    """A 1 %, B 3 %, C 5 % of what the ledger held; without a class as strict as A."""
    world.erp.item("A", version=2, abc_class="A")
    world.erp.item("C", version=2, abc_class="C")
    world.wms.initial_load("I1", warehouse="W1", seq=1, lines=[("A", 100), ("C", 100), ("B", 100)])
    world.drain()
    world.wms.stock_count("C1", warehouse="W1", through=1, lines=[("A", 98), ("C", 95), ("B", 101)])
    world.drain()
    found = computed(_now(world).house("W1"))
    of(found, "W1", "A", physical_accuracy_pct=0)
    of(found, "W1", "C", physical_accuracy_pct=100)
    of(found, "W1", physical_accuracy_pct="66.666667")


def test_numbers_without_gaps_are_counted(world: World) -> None:
    """Only where the WMS says that its numbers have none: 1, 2 and 5 of five."""
    world.admin.connection.execute(
        b"UPDATE ops.system SET gapless_source_seq = true WHERE system_code = 'WMS1'"
    )
    for number in (1, 2, 5):
        world.wms.initial_load(f"I{number}", warehouse="W1", seq=number, lines=[("A", 1)])
        world.wms2.initial_load(f"I{number}", warehouse="W3", seq=number, lines=[("A", 1)])
    world.drain()
    found = computed(_now(world))
    of(found, "W1", sequence_completeness_pct=60)
    assert ("sequence_completeness_pct", "W3", "*", "*") not in found


def test_the_live_view_shows_the_same_figures_with_targets(world: World) -> None:
    """Messages of the last day as they are now, the books as the newest closed run found them."""
    run = _now(world).house("W1", compared_count=1).book(100, 100, 100)
    run.difference("X", erp=3, wms=1)
    world.wms.initial_load("I1", warehouse="W1", lines=[("A", 100)])
    world.drain()
    assert world.admin.read("SELECT * FROM ops.kpi WHERE name = 'record_accuracy_pct'") == []
    computed(run)
    run.close()
    with world.admin.transaction():
        world.admin.connection.execute(b"SET LOCAL ROLE crossdock_reader")
        rows = world.admin.read("SELECT * FROM ops.kpi WHERE warehouse_code = 'W1' AND flow = '*'")
    told = {(row["name"], row["abc_class"]): row for row in rows}
    accuracy = told["record_accuracy_pct", "*"]
    assert (accuracy["value"], accuracy["target"], accuracy["is_met"]) == (
        99,
        Decimal("99.5"),
        False,
    )
    assert accuracy["run_id"] == run.run_id
    success = told["interface_success_pct", "*"]
    assert (success["value"], success["is_met"], success["run_id"]) == (100, True, None)
    assert all(row["meaning"] and row["unit"] for row in rows)


def test_a_trend_has_the_limits_of_an_individuals_chart(world: World) -> None:
    """Values 10, 12, 10, 12, 30: mean 14.8; moving ranges 2, 2, 2, 18, so 2.66 * 6 = 15.96."""
    values = (99, 10, 12, 10, 12, 30)
    for number, value in enumerate(values):
        run = night(world, number)
        world.admin.connection.execute(
            b"INSERT INTO recon.figure (run_id, warehouse_code, name, value, unit)"
            b" VALUES (%s, '*', 'open_count', %s, 'keys')", (run.run_id, value),
        )  # fmt: skip
        run.close()
    rows = world.admin.read("SELECT * FROM recon.trend('open_count', 5)")
    assert [row["value"] for row in rows] == list(values[1:])
    assert {(row["mean"], row["lower_limit"], row["upper_limit"]) for row in rows} == {
        (Decimal("14.8"), Decimal("-1.16"), Decimal("30.76"))
    }
    assert not any(row["is_outside"] for row in rows)


def test_every_figure_is_defined_and_the_definitions_are_no_ones_to_change(world: World) -> None:
    """What is computed has a definition, what is defined is computed, and both are data."""
    kinds = world.admin.read("SELECT * FROM recon.figure_kind ORDER BY position")
    assert [row["name"] for row in kinds] == [figure.name for figure in FIGURES]
    [source] = world.admin.read(
        "SELECT string_agg(prosrc, '') AS text FROM pg_proc"
        " WHERE proname IN ('interface_figures', 'run_figures')"
    )
    assert [f.name for f in FIGURES if f"'{f.name}'" not in source["text"]] == []
    with world.admin.transaction(), pytest.raises(psycopg.errors.InsufficientPrivilege):
        world.admin.connection.execute(b"SET LOCAL ROLE crossdock_daemon")
        world.admin.connection.execute(b"UPDATE recon.figure_kind SET target = 0")


def _now(world: World) -> Night:
    """Begin a run as of now: its window is the last day."""
    [row] = world.admin.read(
        "INSERT INTO recon.run (as_of, trigger, config, revision)"
        " VALUES (clock_timestamp(), 'command', '{}', 'x') RETURNING run_id, as_of"
    )
    made = Night(world, row["run_id"], 0)
    assert row["as_of"] > datetime.now(UTC) - timedelta(minutes=5)
    return made
