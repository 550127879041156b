"""Tell what the systems do in the words of the warehouse; `story_expect` tells what comes of it.

The ERP and the warehouses' systems act through the contract's views, each with its own login.
crossdock works after every act, as the daemon would, unless a story says that it was down.
Numbers say what a document is: SO-1 is a sales order, GR-1 a goods receipt (`story_words`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from tests.support.builders import Document
from tests.support.builders_erp import ErpDocuments
from tests.support.builders_send import Row, Sender, Wms
from tests.support.builders_world import World
from tests.support.story_expect import Expectations
from tests.support.story_words import line_of, view_of


def story_masters() -> list[Document]:
    """Build the articles, units, partners and locations that the stories are about.

    BOLT and NUT by the piece (a BOX holds 100 bolts, a DOZ 12), PAINT by the litre with lots (a CAN
    holds 5), FLOUR by the kilogram (a BAG holds 25), DRILL with serial numbers; a TABLE is made of
    one TOP and four LEGs.
    """
    erp = ErpDocuments("story")
    cost: dict[str, Any] = {"unit_cost": "0.50", "currency": "EUR"}
    found = [
        erp.item("BOLT", description="Bolt M8", **cost),
        erp.item("NUT", description="Nut M8", **cost),
        erp.item("PAINT", base_uom="LTR", lot_controlled=True, shelf_life_days=365),
        erp.item("DRILL", serial_controlled=True, unit_cost="120", currency="EUR"),
        erp.item("FLOUR", base_uom="KGM"),
        erp.item("TABLE"), erp.item("TOP"), erp.item("LEG"),
        erp.item_uom("BOLT", "BOX", 100), erp.item_uom("BOLT", "DOZ", 12),
        erp.item_uom("PAINT", "CAN", 5), erp.item_uom("FLOUR", "BAG", 25),
        erp.item_uom("FLOUR", "GRM", 1, 1000),
    ]  # fmt: skip
    return found + [
        erp.location(warehouse, code)
        for warehouse in ("W1", "W2", "W3")
        for code in ("A-01", "A-02", "B-01")
    ]


class Story(Expectations):
    """Play the ERP, the warehouses' systems, the clock and the people around one database."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._numbers: Counter[str] = Counter()
        self._is_down = False
        self._dba: Sender | None = None
        self._given()

    def close(self) -> None:
        """Close what the story has opened beside its world."""
        if self._dba is not None:
            self._dba.connection.close()

    # What is there before the story begins.

    def stock(self, *lines: str, warehouse: str = "W1", **more: Any) -> None:
        """Have this stock from the beginning; it is no part of what the story expects."""
        number = self._number("START")
        told = [line_of(line) for line in lines]
        self._wms(warehouse).initial_load(number, warehouse=warehouse, lines=told, **more)
        self._given()

    def _given(self) -> None:
        self.world.drain()
        [row] = self.world.admin.read("SELECT max(seq) AS seq FROM staging.message")
        self.given_seq = row["seq"]
        self._given_stock = tuple(self._stock())

    # The clock and crossdock itself.

    @contextmanager
    def crossdock_down(self) -> Iterator[None]:
        """Let everything of the block lie there until crossdock is back, and then be worked off."""
        self._is_down = True
        yield
        self._is_down = False
        self.crossdock_works()

    def crossdock_works(self) -> None:
        """Work until nothing is due."""
        if not self._is_down:
            self.world.drain()

    def hours_pass(self, hours: float) -> None:
        """Let time go by for everything that waits, and work again."""
        self.world.admin.connection.execute(
            "UPDATE staging.message SET wait_until = wait_until - %(gone)s,"
            " waiting_since = waiting_since - %(gone)s"
            " WHERE state IN ('received', 'waiting', 'error') AND waiting_since IS NOT NULL",
            {"gone": timedelta(hours=hours)},
        )
        self.crossdock_works()

    def a_year_passes(self) -> None:
        """Let everybody answer, and move all that has ended into the archive."""
        self.world.answer_everything()
        self.world.retire()

    # The ERP.

    def erp_sends(self, view: str, **header: Any) -> Document:
        """Send master data or any other document that has no lines."""
        return self._done(self.world.erp.build(view, header))

    def erp_orders(
        self, number: str, *lines: str, warehouse: str = "W1", product: str = "", **more: Any
    ) -> Document:
        """Send an order, a full image; `product` is what a production order makes."""
        view = view_of(number)
        needs: dict[str, Any] = {
            "purchase_order": {"supplier_code": "SUP"},
            "supplier_return": {"supplier_code": "SUP"},
            "sales_order": {"customer_code": "CUS"},
            "customer_return": {"customer_code": "CUS"},
            "transfer_order": {"to_warehouse_code": more.pop("to", None)},
            "production_order": line_of(product) if product else {},
        }[view]
        told = [line_of(line) for line in lines]
        build = self.world.erp.order
        return self._done(build(view, number, warehouse=warehouse, lines=told, **needs, **more))

    def erp_changes(self, number: str, revision: int, *lines: str, **more: Any) -> Document:
        """Send a newer revision of an order: the full new image."""
        return self.erp_orders(number, *lines, revision=revision, **more)

    def erp_cancels(self, number: str, *, warehouse: str = "W1", **more: Any) -> Document:
        """Cancel an order in its newest revision, or in the one named."""
        return self._done(
            self.world.erp.cancel(view_of(number), number, warehouse=warehouse, **more)
        )

    def erp_closes(self, number: str, *, warehouse: str = "W1", **more: Any) -> Document:
        """Close an order: what is not done will not come."""
        return self._done(
            self.world.erp.close(view_of(number), number, warehouse=warehouse, **more)
        )

    def erp_posts(self, number: str, receiver_ref: str) -> None:
        """Let the ERP book a fact and say under which number of its own."""
        [row] = [row for row in self.world.erp.inbox(doc_no=number) if row["state"] == "pending"]
        self.world.erp.answer(row["delivery_id"], "accepted", receiver_ref=receiver_ref)
        self.crossdock_works()

    # A warehouse's system answers requests.

    def wms_takes(self, number: str, warehouse: str = "W1") -> None:
        """Read what is open of an order: from here a cancel is a question."""
        self._answer(number, warehouse, "taken")

    def wms_accepts(self, number: str, warehouse: str = "W1") -> None:
        """Agree to the newest open request of an order, in the inbox."""
        self._answer(number, warehouse, "accepted")

    def wms_refuses(
        self, number: str, *, because: str, warehouse: str = "W1", oldest: bool = False
    ) -> None:
        """Say no to the newest open request of an order, in the inbox; or to the oldest."""
        self._answer(number, warehouse, "refused", which=0 if oldest else -1, reason_code=because)

    def _answer(
        self, number: str, warehouse: str, state: str, *, which: int = -1, **more: str
    ) -> None:
        row = self.open_deliveries(number, warehouse)[which]
        assert self._wms(warehouse).answer(row["delivery_id"], state, **more) == 1
        self.crossdock_works()

    def open_deliveries(self, number: str, warehouse: str = "W1") -> list[Row]:
        """Return the inbox rows of an order that are still open, as their reader sees them."""
        rows = self._wms(warehouse).inbox(doc_no=number, warehouse_code=warehouse)
        return [row for row in rows if row["state"] in ("pending", "taken")]

    def wms_answers(
        self,
        number: str,
        response: str,
        accepted: dict[int, int | None] | None = None,
        *,
        revision: int = 1,
        warehouse: str = "W1",
        because: str | None = None,
    ) -> Document:
        """Answer a request by message: accepted, partial or refused.

        `accepted` says for lines how much of what was asked is agreed to; None refuses the line.
        """
        lines = [
            {"line_no": n, "order_line_no": line, "accepted_qty": qty}
            for n, (line, qty) in enumerate((accepted or {}).items(), start=1)
        ]
        return self._done(
            self._wms(warehouse).order_response(
                self._number("AN"), warehouse=warehouse, order=(view_of(number), number),
                revision=revision, response=response, lines=lines, reason_code=because,
            )
        )  # fmt: skip

    def wms_reports(self, number: str, milestone: str, warehouse: str = "W1") -> Document:
        """Tell how far an order has come: accepted, picking, packed, loaded ..."""
        return self._done(
            self._wms(warehouse).order_milestone(
                self._number("MS"), warehouse=warehouse, milestone=milestone,
                order=(view_of(number), number),
            )
        )  # fmt: skip

    # A warehouse's system reports what has happened.

    def wms_receives(self, number: str, *lines: str, **more: Any) -> Document:
        """Report a goods receipt, GR-; with `order`, `final`, `seq` where they are known."""
        return self._reports("goods_receipt", number, lines, **more)

    def wms_ships(self, number: str, *lines: str, **more: Any) -> Document:
        """Report a shipment, SH-."""
        return self._reports("shipment", number, lines, **more)

    def wms_issues(self, number: str, *lines: str, **more: Any) -> Document:
        """Report components given to production, MI-."""
        return self._reports("material_issue", number, lines, **more)

    def wms_makes(self, number: str, *lines: str, **more: Any) -> Document:
        """Report product that came from production, PR-."""
        return self._reports("production_receipt", number, lines, **more)

    def wms_moves(self, number: str, *lines: str, **more: Any) -> Document:
        """Report a move between locations or statuses, MV-."""
        told = []
        for line in map(line_of, lines):
            if "location_code" in line:
                line["from_location_code"] = line.pop("location_code")
            told.append(line)
        return self._reports("stock_move", number, told, **more)

    def wms_adjusts(self, number: str, *lines: str, because: str, **more: Any) -> Document:
        """Report stock gained or lost, AD-, with its reason."""
        told = [{"reason_code": because, **line_of(line)} for line in lines]
        return self._reports("stock_adjustment", number, told, **more)

    def wms_counts(self, number: str, *lines: str, through: int | None, **more: Any) -> Document:
        """Report a count, CT-, that includes the sender's movements up to `through`."""
        more = {"counted_through_seq": through, "qty_column": "counted_qty", **more}
        return self._reports("stock_count", number, lines, **more)

    def wms_reverses(self, number: str, *, of: str, **more: Any) -> Document:
        """Take back an earlier fact of the same kind, wholly."""
        return self._reports(view_of(of), number, (), action="reverse", reverses_no=of, **more)

    def _reports(
        self,
        view: str,
        number: str,
        lines: Any,
        *,
        warehouse: str = "W1",
        order: str | None = None,
        **more: Any,
    ) -> Document:
        told = [line_of(line) if isinstance(line, str) else line for line in lines]
        named = None if order is None else (view_of(order), order)
        send = self._wms(warehouse).fact
        return self._done(send(view, number, warehouse=warehouse, lines=told, order=named, **more))

    # The people: a DBA, with a login of the role crossdock_dba and nothing else.

    @property
    def dba(self) -> Sender:
        """Return the DBA's connection; the login is made once for each database."""
        if self._dba is None:
            database = self.world.database
            login = f"dba_{database.name}"
            if login not in database._logins:
                assert database.create_login("dba", "crossdock_dba") == login
            self._dba = Sender(database.connect(login), "ops", "")
        return self._dba

    def dba_does(self, act: str, document: Document | int, *, because: str) -> None:
        """Requeue, hold, release or discard a message."""
        self.dba.read(f"SELECT ops.{act}(%s, %s)", self.seq_of(document), because)
        self.crossdock_works()

    def dba_amends(
        self,
        document: Document | int,
        line_no: int | None,
        column: str,
        value: str,
        *,
        because: str,
    ) -> int:
        """Correct one value in a version of its own; return the version's number."""
        [row] = self.dba.read(
            "SELECT ops.amend(%s, %s, %s, %s, %s) AS seq",
            self.seq_of(document), line_no, column, value, because,
        )  # fmt: skip
        self.crossdock_works()
        return int(row["seq"])

    def dba_decides(self, kind: str, scope: str, name: str, value: str, *, because: str) -> None:
        """Set a policy for a warehouse, a system or an order type; it holds from now on."""
        query = "SELECT * FROM ops.set_policy(%s, %s, %s, %s, %s)"
        self.dba.read(query, kind, scope, name, value, because)
        self.crossdock_works()

    def period_is(
        self, period_start: str, state: str, *, because: str, warehouse: str = "W1"
    ) -> None:
        """Open a month of a warehouse, let it be closing, or close it."""
        query = "SELECT * FROM ops.period_set(%s, CAST(%s AS date), %s, %s)"
        self.dba.read(query, warehouse, period_start, state, because)
        self.crossdock_works()

    def people_decide(self, code: str, choice: str, *, because: str) -> None:
        """Decide the only open task of a code."""
        [task] = self.dba.read(
            "SELECT task_id FROM ops.task WHERE code = %s AND state = 'open'", code
        )
        query = "SELECT ops.resolve_task(%s, %s, %s)"
        self.dba.read(query, task["task_id"], choice, because)
        self.crossdock_works()

    def dry_run(self, document: Document | int) -> list[str]:
        """Return what the rules would find in a message now, without changing anything."""
        rows = self.dba.read("SELECT * FROM ops.dry_run(%s)", self.seq_of(document))
        return [f"line {row['line_no']}: {row['code']} {row['text']}" for row in rows]

    def why(self, document: Document) -> str:
        """Return the whole story of a message, as the DBA reads it."""
        rows = self.dba.read("SELECT ops.why(%s) AS told", self.seq_of(document))
        return "\n".join(row["told"] for row in rows)

    def seq_of(self, document: Document | int) -> int:
        """Return the number of a document's message."""
        if isinstance(document, int):
            return document
        return int(self.world.status(document)["seq"])

    def sends_again(self, document: Document, **changed: Any) -> Document:
        """Send a document again under another message_id, with header columns changed or none."""
        again = document.again(self._number(f"{document.message_id} again"), **changed)
        erp = document.view in ("item", "item_uom") or document.view in _REQUESTS
        sender = self.world.erp if erp else self._wms(document.warehouse or "W1")
        sender.send(again)
        return self._done(again)

    def _number(self, kind: str) -> str:
        self._numbers[kind] += 1
        return f"{kind}-{self._numbers[kind]}"

    def _done(self, document: Document) -> Document:
        self.crossdock_works()
        return document

    def _wms(self, warehouse: str) -> Wms:
        return self.world.wms2 if warehouse == "W3" else self.world.wms1


_REQUESTS = (
    "purchase_order", "sales_order", "production_order", "transfer_order", "customer_return",
    "supplier_return",
)  # fmt: skip
