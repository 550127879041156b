"""Run a business day in compressed time: the clock, the actors' turns, and the end of the day.

Each simulated hour has the same turns: the ERP writes, trouble strikes, everybody waits until
crossdock has worked off what was written, then both WMSs work their floors while the ERP posts its
inbox, all three at the same time. The waiting between the turns makes the quantities of a day a
matter of the seed alone; the load inside a turn is as concurrent as in life.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sync.simulate import upkeep
from sync.simulate.actor import Actor
from sync.simulate.clock import (
    CLOSING_HOUR,
    COUNT_HOUR,
    FIRST_HOUR,
    LAST_HOUR,
    OPENING_HOUR,
    Clock,
    yesterday,
)
from sync.simulate.company import Company
from sync.simulate.erp import Erp
from sync.simulate.founding import build_company
from sync.simulate.logins import Logins
from sync.simulate.plan import Order, plan_day
from sync.simulate.pump import Pump
from sync.simulate.truth import Difference, StockKey, Truth, compare
from sync.simulate.wms import Wms

# After so long without any progress the day goes on and says so.
PATIENCE_S = 10.0
# Three sweeps of a daemon by default: one takes a decision, the next ends it, one for a busy day.
SWEEPS_S = 15.0
COUNT_DOCUMENTS = 10
# Whose name the audit shows beside what is done by hand.
OPERATOR = "DBA on duty"


class Turn(Enum):
    """Name the moments of an hour at which trouble can strike."""

    ORDERS = "after the ERP wrote its orders"
    DURING = "while the floors work"
    FLOOR = "after the floors worked"


@dataclass(frozen=True, slots=True)
class Options:
    """Hold what decides a day: the seed, the size and the date.

    ``ordinal`` counts the simulated days of one database from 0: documents, ids and positions of
    later days must not be those of earlier ones.
    """

    seed: int = 7
    scale: float = 1.0
    day: date = field(default_factory=yesterday)
    ordinal: int = 0

    @property
    def tag(self) -> str:
        """Return the mark in all numbers of this day."""
        return f"{self.seed}.{self.ordinal}" if self.ordinal else str(self.seed)

    @property
    def first_position(self) -> int:
        """Return where the ``source_seq`` of every warehouse starts."""
        return self.ordinal * 1_000_000


class NobodyWorksError(RuntimeError):
    """Say that no daemon works on the database, so that a day would never end."""


class Day:
    """Hold one simulated day: the company, its actors, its clock and what was noticed."""

    def __init__(self, options: Options, logins: Logins, pump: Pump) -> None:
        self.options = options
        self.pump = pump
        self.company: Company = build_company(options.seed, options.scale, options.ordinal)
        self.clock = Clock(options.day)
        self.truth = Truth()
        self.orders: list[Order] = plan_day(self.company, options.seed, options.scale, options.tag)
        self.erp = Erp(logins.erp, self.company, self.clock, options.seed, options.tag)
        self.floors = [
            Wms(login, self.company, self.clock, options.seed, options.tag, self.truth)
            for login in logins.wms
        ]
        for wms in self.floors:
            wms.source_seqs = dict.fromkeys(wms.warehouses, options.first_position)
        self.inspector = psycopg.connect(
            logins.inspector, autocommit=True, application_name="simulate-inspector"
        )
        self.inspector.execute(f"SET crossdock.operator = '{OPERATOR}'")
        self.notes: list[str] = []
        self.allowed: dict[str, tuple[str, ...]] = {}
        self.may_owe: set[str] = set()
        self.hour = OPENING_HOUR
        self._steps: dict[tuple[int, Turn], list[Callable[[], object]]] = {}

    @property
    def actors(self) -> list[Actor]:
        """Return all actors: the ERP first."""
        return [self.erp, *self.floors]

    @property
    def delivery_count(self) -> int:
        """Return how many deliveries the actors have read and answered."""
        return self.erp.posted_count + sum(wms.handled_count for wms in self.floors)

    def floor_of(self, warehouse: str) -> Wms:
        """Return the WMS that runs a warehouse."""
        return next(wms for wms in self.floors if warehouse in wms.warehouses)

    def at(self, hour: int, turn: Turn, step: Callable[[], object]) -> None:
        """Have a step done at a turn of an hour."""
        self._steps.setdefault((hour, turn), []).append(step)

    def run(self, progress: Callable[[int], None] | None = None) -> None:
        """Run the day from the opening to the last answer; ``progress`` hears each hour."""
        self._open()
        for hour in range(FIRST_HOUR, CLOSING_HOUR + 1):
            self._set_hour(hour)
            if progress is not None:
                progress(hour)
            self._work_hour(hour)
        self.finish()
        self.close_books()

    def close(self) -> None:
        """Close all connections."""
        for actor in self.actors:
            actor.close()
        self.inspector.close()

    def settle(self) -> None:
        """Wait until crossdock has worked off everything that it can work off now."""
        self._wait(("received", "retrying"))

    def until(self, is_so: Callable[[], bool]) -> bool:
        """Let sweeps pass until something is so; return whether it came to be."""
        end = time.monotonic() + SWEEPS_S
        while not is_so():
            if time.monotonic() > end:
                return False
            self.pump.turn()
        return True

    def finish(self) -> None:
        """Wait until nothing is unfinished, decisions are carried out and inboxes are answered."""
        while True:
            self.settle()
            self._wait(("waiting",))
            if self._read_all():
                continue
            if not self._in_the_way() or not self.until(lambda: not self._in_the_way()):
                return

    def surprises(self) -> Iterator[dict[str, Any]]:
        """Yield the open decisions about messages of this day that no trouble has announced."""
        peaceful = {message_id for actor in self.actors for message_id in actor.sent} - self.may_owe
        for task in self.inspect(
            "SELECT m.message_id, m.doc_type, t.seq, t.line_no, t.code, t.text, t.state"
            " FROM ops.task AS t INNER JOIN staging.message AS m ON t.seq = m.seq"
            " WHERE t.state <> 'done' ORDER BY t.seq, t.line_no, t.code"
        ):
            if task["message_id"] in peaceful:
                yield task

    def _in_the_way(self) -> bool:
        """Return whether sweeps are still to come for decisions: to carry out, or to find moot."""
        deciding = self.inspect("SELECT FROM ops.task WHERE state = 'deciding' LIMIT 1")
        return bool(deciding) or any(True for _ in self.surprises())

    def close_books(self) -> None:
        """Let both sides send their whole stock, as they know it when everything is answered."""
        as_of = datetime.now(UTC)
        for wms in self.floors:
            for warehouse in wms.warehouses:
                upkeep.send_snapshot(wms, warehouse, as_of)
                self.erp.send_snapshot(warehouse, as_of)
        self.settle()

    def inspect(self, query: str, *values: object) -> list[dict[str, Any]]:
        """Return the rows of a query as the DBA sees them."""
        with self.inspector.cursor(row_factory=dict_row) as cursor:
            return list(cursor.execute(query.encode(), values or None).fetchall())

    def differences(self) -> list[Difference]:
        """Compare truth and book: the ERP's view of all stock, then each WMS's own view."""
        found = compare(self.truth.rows(), self._stock(self.erp))
        for wms in self.floors:
            mine = [row for row in self.truth.rows() if row[0].warehouse in wms.warehouses]
            found += [
                difference
                for difference in compare(mine, self._stock(wms))
                if difference not in found
            ]
        return found

    def _open(self) -> None:
        self._set_hour(OPENING_HOUR)
        for wms in self.floors:
            wms.fates.update({order.order_no: order.fate for order in self.orders})
        self.erp.book.adopt(self._stock(self.erp))
        self.erp.load_master_data(self.options.ordinal)
        self.settle()
        if all(state == "received" for state, _ in self.erp.unfinished().values()) and self.notes:
            raise NobodyWorksError(
                "nobody works on what was written: start `crossdock run` on this database"
            )
        self._together([partial(self._open_floor, wms) for wms in self.floors])
        self.settle()

    def _open_floor(self, wms: Wms) -> None:
        """Take what the books say of an earlier day as given, or load the opening stock."""
        wms.read_inbox()
        found = [(key, Fraction(qty)) for key, qty in self._stock(wms) if qty > 0]
        for key, qty in found:
            self.truth.add(key, qty)
        for warehouse in wms.warehouses:
            if all(key.warehouse != warehouse for key, _ in found):
                upkeep.load_opening_stock(wms, warehouse)

    def _work_hour(self, hour: int) -> None:
        self._write_orders(hour)
        self._do_steps(hour, Turn.ORDERS)
        self.settle()
        during = self._steps.get((hour, Turn.DURING), [])
        self._together(
            [partial(self._work_floor, wms, hour) for wms in self.floors]
            + [self.erp.post_inbox, *during]
        )
        self._do_steps(hour, Turn.FLOOR)

    def _write_orders(self, hour: int) -> None:
        for order in self.orders:
            if order.hour == hour:
                self.erp.release(order)
            for change in order.changes:
                if change.hour == hour:
                    message = self.erp.change_order(order, change)
                    if change.action == "close":
                        # It may be complete by its tolerance before the ERP closes it.
                        self.allowed[message.message_id] = ("applied", "refused")

    def _work_floor(self, wms: Wms, hour: int) -> None:
        wms.read_inbox()
        wms.work_hour()
        for warehouse in wms.warehouses:
            if FIRST_HOUR < hour <= LAST_HOUR:
                self._keep_up(wms, warehouse, hour)
            elif hour == COUNT_HOUR:
                upkeep.lose_and_count(wms, warehouse, COUNT_DOCUMENTS)

    def _keep_up(self, wms: Wms, warehouse: str, hour: int) -> None:
        for number in range(max(1, round(2 * self.options.scale))):
            upkeep.tidy_up(wms, warehouse, number)
        if hour in (10, 13, 16, 19):
            upkeep.report_damage(wms, warehouse)
        if hour == 11:
            upkeep.receive_sample(wms, warehouse)
        if hour == 14:
            upkeep.ship_gift(wms, warehouse)

    def _read_all(self) -> int:
        """Read and answer every inbox once more; return how much there was."""
        read = self.erp.post_inbox() + sum(wms.read_inbox() for wms in self.floors)
        return read + sum(wms.work_hour() for wms in self.floors)

    def _do_steps(self, hour: int, turn: Turn) -> None:
        for step in self._steps.get((hour, turn), []):
            step()

    def _set_hour(self, hour: int) -> None:
        self.hour = hour
        for actor in self.actors:
            actor.hour = hour

    def _together(self, turns: list[Callable[[], object]]) -> None:
        with ThreadPoolExecutor(max_workers=len(turns)) as pool:
            for future in [pool.submit(turn) for turn in turns]:
                future.result()

    def _wait(self, states: Sequence[str]) -> None:
        """Wait until no message is in these states, but for those whose lines are missing."""
        before: set[tuple[str, str]] = set()
        since = time.monotonic()
        while True:
            now = {
                (message_id, state)
                for actor in self.actors
                for message_id, (state, cause) in actor.unfinished().items()
                if message_id in actor.sent
                and state in states
                and cause != "lines"
                and state not in self.allowed.get(message_id, ())
            }
            if not now:
                return
            if now != before:
                before, since = now, time.monotonic()
            elif time.monotonic() - since > PATIENCE_S:
                self.notes.append(f"hour {self.hour}: {len(now)} messages made no progress")
                return
            self.pump.turn()

    def _stock(self, actor: Actor) -> Iterator[tuple[StockKey, Decimal]]:
        for row in actor.rows(
            "SELECT warehouse_code, item_code, coalesce(lot_no, '') AS lot_no,"
            " coalesce(location_code, '') AS location_code, stock_status, qty FROM {}.stock"
        ):
            key = StockKey(
                row["warehouse_code"],
                row["item_code"],
                row["lot_no"],
                row["location_code"],
                row["stock_status"],
            )
            yield key, row["qty"]
