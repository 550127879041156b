"""Expect of a story what happened, all of it, and nothing else.

Each ``expect_`` names everything of its kind since the story began: all ledger rows, all stock, all
deliveries, all tasks. What a story does not mention did not happen: at its end every kind is
compared again, after crossdock had another look at everything, and the laws must hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pytest

from tests.support import story_words as words
from tests.support.builders_send import Row
from tests.support.builders_world import World

_MASTERS = "('item', 'item_uom', 'party', 'warehouse', 'location', 'code_map')"
_OF_MESSAGE = "m.doc_type, m.doc_no, m.message_id, m.revision, m.action"


class Expectations:
    """Compare what both sides and the books show with what the story says."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.given_seq = 0
        self._expected: dict[str, tuple[str, ...]] = {}
        self._expected_orders: dict[str, tuple[str, ...]] = {}

    def expect_ledger(self, *rows: str) -> None:
        """Expect these ledger rows since the story began, by warehouse in their order."""
        __tracebackhide__ = True
        self._expect("ledger", rows)

    def expect_stock(self, *rows: str) -> None:
        """Expect exactly this stock, as the ERP sees it; empty places are left out."""
        __tracebackhide__ = True
        self._expect("stock", tuple(sorted(rows)))

    def expect_order(self, number: str, state: str, *lines: str, warehouse: str = "W1") -> None:
        """Expect the order in this state, with these lines."""
        __tracebackhide__ = True
        where = "" if warehouse == "W1" else f" in {warehouse}"
        self._expected_orders[f"{number}{where}"] = (state, *lines)
        found = self._orders().get(f"{number}{where}", ())
        if found != (state, *lines):
            _differ(f"order {number}{where}", (state, *lines), found)

    def expect_wms_inbox(self, *rows: str) -> None:
        """Expect these deliveries to the warehouses' systems, by delivery_id."""
        __tracebackhide__ = True
        self._expect("wms inbox", rows)

    def expect_erp_inbox(self, *rows: str) -> None:
        """Expect these deliveries to the ERP, by delivery_id."""
        __tracebackhide__ = True
        self._expect("erp inbox", rows)

    def expect_all_applied_but(self, *rows: str) -> None:
        """Expect every message applied but these, in order of arrival."""
        __tracebackhide__ = True
        self._expect("messages", rows)

    def expect_errors(self, *rows: str) -> None:
        """Expect these findings that nothing has resolved: errors, warnings, what is waited for."""
        __tracebackhide__ = True
        self._expect("errors", rows)

    def expect_tasks(self, *rows: str) -> None:
        """Expect these decisions owed by people, or made."""
        __tracebackhide__ = True
        self._expect("tasks", rows)

    def expect_days(self, *rows: str) -> None:
        """Expect for each ledger row of the story the day it happened and the day it counts for."""
        __tracebackhide__ = True
        query = "SELECT m.*, g.business_date, g.posting_date FROM book.ledger AS g"
        found = tuple(
            words.day(row)
            for row in self._since(
                f"{query} JOIN staging.message AS m ON m.seq = g.message_seq WHERE true",
                "g.warehouse_code, g.ledger_seq",
            )
        )
        if found != rows:
            _differ("days", rows, found)

    def expect_cut_off(self, *rows: str) -> None:
        """Expect this cut-off list: month, how it is concerned, document, quantity, value."""
        __tracebackhide__ = True
        query = "SELECT c.*, trim_scale(c.value) AS worth FROM ops.cut_off AS c"
        found = tuple(
            f"{row['period_start']:%Y-%m} {row['kind']}: {row['doc_type']} {row['doc_no']}"
            f" {words.amount(row['qty'])} {row['item_code']}, {row['worth']} {row['currency']}"
            for row in self.world.admin.read(f"{query} ORDER BY c.ledger_seq, c.period_start")
        )
        if found != rows:
            _differ("cut-off list", rows, found)

    def expect_owed(self, code: str, by: str, worth: str | None, *choices: str) -> None:
        """Expect one open task of a code: who owes it, what it is worth, what may be chosen."""
        __tracebackhide__ = True
        rows = self._since(
            "SELECT t.owner, t.choices, trim_scale(t.value_at_risk) || ' ' || t.currency AS worth"
            " FROM ops.task AS t JOIN staging.message AS m USING (seq)"
            f" WHERE t.state = 'open' AND t.code = '{code}'"
        )
        found = [
            (row["owner"], row["worth"], *(choice["choice"] for choice in row["choices"]))
            for row in rows
        ]
        if found != [(by, worth, *choices)]:
            _differ(f"owed for {code}", (str((by, worth, *choices)),), tuple(map(str, found)))

    def expect_outcome(self, code: str, words_of_it: str) -> None:
        """Expect that the outcome of the only task of a code says this."""
        [task] = self.world.tasks(code)
        assert words_of_it in str(task["outcome"])

    def expect_operators_book(self, *rows: str) -> None:
        """Expect these acts of people, each with its reason, in order."""
        __tracebackhide__ = True
        self._expect("operators' book", rows)

    def expect_nothing_else(self) -> None:
        """Expect that nothing but what was named has happened, and that the books hold."""
        __tracebackhide__ = True
        for kind in _READERS:
            self._compare(kind, self._expected.get(kind, self._before(kind)))
        if self._orders() != self._expected_orders:
            _differ("orders", _flat(self._expected_orders), _flat(self._orders()))
        breaches = self.world.admin.read("SELECT law, key, expected, found FROM ops.proof")
        if breaches:
            _differ("breaches of the laws", (), tuple(map(str, breaches)))

    def _expect(self, kind: str, rows: tuple[str, ...]) -> None:
        __tracebackhide__ = True
        self._expected[kind] = rows
        self._compare(kind, rows)

    def _compare(self, kind: str, rows: tuple[str, ...]) -> None:
        __tracebackhide__ = True
        found = tuple(_READERS[kind](self))
        if found != rows:
            _differ(kind, rows, found)

    def _before(self, kind: str) -> tuple[str, ...]:
        return self._given_stock if kind == "stock" else ()

    _given_stock: tuple[str, ...] = ()

    def _ledger(self) -> Iterable[str]:
        rows = self.world.ledger()
        return (words.ledger_row(row) for row in rows if row["message_seq"] > self.given_seq)

    def _stock(self) -> Iterable[str]:
        rows = self.world.erp.read("SELECT * FROM erp_v1.stock WHERE qty <> 0")
        return sorted(words.stock_row(row) for row in rows)

    def _orders(self) -> dict[str, tuple[str, ...]]:
        rows = self.world.erp.read(
            "SELECT * FROM erp_v1.order_status ORDER BY warehouse_code, order_no, line_no"
        )
        found: dict[str, tuple[str, ...]] = {}
        for row in rows:
            where = "" if row["warehouse_code"] == "W1" else f" in {row['warehouse_code']}"
            key = f"{row['order_no']}{where}"
            found[key] = (*found.get(key, (row["state"],)), words.order_line(row))
        return found

    def _inbox(self, kind: str) -> Iterable[str]:
        rows = self.world.admin.read(
            "SELECT d.* FROM staging.delivery AS d JOIN ops.system AS s ON s.system_code = d.receiver"
            f" WHERE s.kind = %s AND d.seq > %s AND d.doc_type NOT IN {_MASTERS}"
            " ORDER BY d.delivery_id",
            kind, self.given_seq,
        )  # fmt: skip
        return [words.delivery(row, self.world.delivery_lines(row["delivery_id"])) for row in rows]

    def _erp_inbox(self) -> Iterable[str]:
        return self._inbox("erp")

    def _wms_inbox(self) -> Iterable[str]:
        return self._inbox("wms")

    def _messages(self) -> Iterable[str]:
        rows = self._since("SELECT m.* FROM staging.message AS m WHERE m.state <> 'applied'")
        return map(words.message, rows)

    def _errors(self) -> Iterable[str]:
        rows = self._since(
            f"SELECT {_OF_MESSAGE}, e.line_no, e.code, e.text, m.seq FROM staging.message_error AS e"
            " JOIN staging.message AS m USING (seq)"
            " WHERE e.resolved_at IS NULL AND e.severity <> 'task'",
            "m.seq, e.line_no NULLS FIRST, e.code, e.column_name",
        )
        return map(words.finding, rows)

    def _tasks(self) -> Iterable[str]:
        rows = self._since(
            f"SELECT {_OF_MESSAGE}, t.*, t.order_no AS task_order_no, t.item_code AS task_item_code"
            " FROM ops.task AS t JOIN staging.message AS m USING (seq) WHERE true",
            "t.task_id",
        )
        return map(words.task, rows)

    def _acts(self) -> Iterable[str]:
        rows = self.world.admin.read(
            f"SELECT a.action AS act, a.reason, a.detail, t.code, {_OF_MESSAGE} FROM ops.audit AS a"
            " LEFT JOIN staging.message AS m USING (seq) LEFT JOIN ops.task AS t USING (task_id)"
            " ORDER BY a.audit_id"
        )
        return map(words.act, rows)

    def _since(self, query: str, order_by: str = "m.seq") -> list[Row]:
        """Return the rows that messages of the story have caused; texts name documents."""
        rows = self.world.admin.read(f"{query} AND m.seq > %s ORDER BY {order_by}", self.given_seq)
        told = "SELECT seq, doc_type, doc_no, message_id, revision, action FROM ops.message"
        names = {str(row["seq"]): words.name_of(row) for row in self.world.admin.read(told)}
        return [
            {**row, "text": words.named(row["text"], names)} if "text" in row else row
            for row in rows
        ]


_READERS = {
    "ledger": Expectations._ledger,
    "stock": Expectations._stock,
    "erp inbox": Expectations._erp_inbox,
    "wms inbox": Expectations._wms_inbox,
    "messages": Expectations._messages,
    "errors": Expectations._errors,
    "tasks": Expectations._tasks,
    "operators' book": Expectations._acts,
}


def _flat(orders: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(f"{key}: {' | '.join(rows)}" for key, rows in sorted(orders.items()))


def _differ(kind: str, expected: tuple[str, ...], found: tuple[str, ...]) -> None:
    """Fail with both sides in words, and with what is missing and what is too much."""
    __tracebackhide__ = True
    missing = Counter(expected) - Counter(found)
    extra = Counter(found) - Counter(expected)
    pytest.fail(
        f"{kind}: the story expects{words.shown(expected)}\n  and there is{words.shown(found)}"
        f"\n  missing:{words.shown(missing.elements())}\n  too much:{words.shown(extra.elements())}"
    )
