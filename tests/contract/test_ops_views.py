"""What a DBA sees: open work, who waits for what, findings, an order's timeline, locks, health."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from sync.config import libpq_url
from sync.store import Store
from tests.support.company import Company, deliver, insert, rows, value


def message(company: Company, **values: object) -> int:
    """Store a message as any sender, in any state, and return its number."""
    row: dict[str, object] = {
        "sender": "WMS1",
        "doc_type": "goods_receipt",
        "warehouse_code": "W1",
        **values,
    }
    row.setdefault("message_id", str(value(company.admin, "SELECT gen_random_uuid()")))
    insert(company.admin, "staging.message", **row)
    return int(
        value(
            company.admin,
            "SELECT seq FROM staging.message WHERE sender = %s AND doc_type = %s"
            " AND message_id = %s",
            row["sender"],
            row["doc_type"],
            row["message_id"],
        )
    )


def without_resends(company: Company) -> None:
    """Forget the messages that registering the WMSs made."""
    with company.admin.transaction():
        # As a replica no trigger fires: what is not retired cannot be deleted.
        company.admin.execute(b"SET LOCAL session_replication_role = replica")
        company.admin.execute(b"DELETE FROM staging.message WHERE sender = 'crossdock'")


def test_a_message_is_one_row_with_plain_columns(company: Company) -> None:
    """Defaults filled in, codes trimmed, the order it names, its lines and findings counted."""
    seq = message(
        company, message_id="m1", doc_no=" R1 ", order_type="purchase_order", order_no=" PO1",
        line_count=2,
    )  # fmt: skip
    insert(
        company.admin, "staging.line",
        sender="WMS1", doc_type="goods_receipt", message_id="m1", line_no=1,
    )  # fmt: skip
    found = rows(
        company.admin,
        "SELECT doc_no, action, order_type, order_no, state, lane, line_count, lines_arrived,"
        " open_findings FROM ops.message WHERE seq = %s",
        seq,
    )
    assert found == [("R1", "post", "purchase_order", "PO1", "received", "W1", 2, 1, 0)]


def test_master_data_show_their_codes_as_their_number(company: Company) -> None:
    """An item has no document number; its code stands in for it, also for the sender."""
    for view, codes, shown in (
        ("item", {"item_code": "A"}, "A"),
        ("item_uom", {"item_code": "A", "uom": "BOX"}, "A BOX"),
        ("location", {"warehouse_code": "W1", "location_code": "L1"}, "W1 L1"),
    ):
        insert(company.erp, f"erp_v1.{view}", message_id="m", **codes)
        query = "SELECT doc_no FROM ops.message WHERE sender = 'ERP' AND doc_type = %s"
        assert value(company.admin, query, view) == shown
        query = "SELECT doc_no FROM erp_v1.message_status WHERE doc_type = %s"
        assert value(company.erp, query, view) == shown


def test_the_backlog_counts_open_messages_and_nothing_else(company: Company) -> None:
    """By lane, type, state and kind of thing waited for, with the oldest of each."""
    without_resends(company)
    first = message(company, received_at="2026-01-01 00:00:00+00")
    message(company)
    held = message(company, state="held")
    waiting = message(company, state="waiting", waiting_for="item:A")
    for ended in ("applied", "duplicate", "superseded", "discarded"):
        message(company, state=ended)
    assert rows(
        company.admin,
        "SELECT lane, doc_type, state, waits_for, message_count, oldest_seq FROM ops.backlog"
        " ORDER BY oldest_seq",
    ) == [
        ("W1", "goods_receipt", "received", None, 2, first),
        ("W1", "goods_receipt", "held", None, 1, held),
        ("W1", "goods_receipt", "waiting", "item", 1, waiting),
    ]
    oldest = value(company.admin, "SELECT max(oldest_age) FROM ops.backlog")
    assert oldest > timedelta(days=30)


def test_lines_without_a_header_are_in_the_backlog_after_the_limit(company: Company) -> None:
    """15 minutes; younger ones may still get their header."""
    without_resends(company)
    insert(company.wms, "wms_v1.goods_receipt_line", message_id="young", line_no=1)
    insert(
        company.wms, "wms_v1.goods_receipt_line",
        message_id="old", line_no=1, warehouse_code="W1",
    )  # fmt: skip
    insert(
        company.wms, "wms_v1.goods_receipt_line",
        message_id="old", line_no=2, warehouse_code="W1",
    )  # fmt: skip
    company.admin.execute(
        b"UPDATE staging.line SET received_at = now() - interval '16 minutes'"
        b" WHERE message_id = 'old'"
    )
    query = "SELECT lane, doc_type, state, message_count FROM ops.backlog"
    assert rows(company.admin, query) == [("W1", "goods_receipt", "no header", 1)]
    message(company, message_id="old")
    assert rows(company.admin, query) == [("W1", "goods_receipt", "received", 1)]


def test_waiting_on_names_each_thing_and_what_releases_it(company: Company) -> None:
    """One row per thing: items and orders with their limit, answers without one."""
    seq = message(
        company, state="waiting", waiting_for="item:A", wait_until="2030-01-01 00:00:00+00",
        waiting_since="2026-01-01 00:00:00+00",
    )  # fmt: skip
    for key in ("item:A", "order:W1\x1fpurchase_order\x1fPO1", "stock:W1\x1fA\x1f\x1fL1"):
        insert(company.admin, "staging.wait_key", key=key, seq=seq)
    found = {
        row[0]: row[1:]
        for row in rows(
            company.admin,
            "SELECT waits_for, until IS NOT NULL, released_by FROM ops.waiting_on WHERE seq = %s",
            seq,
        )
    }
    assert set(found) == {"item:A", "order:W1 purchase_order PO1", "stock:W1 A  L1"}
    assert all(row[0] for row in found.values())
    assert "REF-007" in found["order:W1 purchase_order PO1"][1]
    assert "QTY-006" in found["stock:W1 A  L1"][1]


def test_waiting_on_shows_lines_answers_clocks_operators_and_predecessors(
    company: Company,
) -> None:
    """Every reason for which a message may stand still has its row and its way out."""
    without_resends(company)
    asked = deliver(company, action="cancel", state="taken")
    answer = message(
        company, sender="ERP", doc_type="purchase_order", doc_no="PO1", state="waiting",
        waiting_for=f"answer:{asked}",
    )  # fmt: skip
    insert(company.admin, "staging.wait_key", key=f"answer:{asked}", seq=answer)
    behind = message(company, sender="ERP", doc_type="purchase_order", doc_no="PO1")
    lines = message(company, doc_no="R1", waiting_for="lines", line_count=3)
    clock = message(company, doc_no="R2", state="retrying", attempts=2)
    held = message(company, doc_no="R3", state="held")
    found = {
        row[0]: row[1:]
        for row in rows(
            company.admin, "SELECT seq, waits_for, blocked_by, released_by FROM ops.waiting_on"
        )
    }
    assert set(found) == {answer, behind, lines, clock, held}
    assert found[answer][0] == f"answer:{asked}"
    assert "WMS1 answers" in found[answer][2]
    assert found[behind][:2] == (f"message:{answer}", answer)
    assert "0 of 3 are here" in found[lines][2]
    assert "2 that failed" in found[clock][2]
    assert found[held][2] == f"the operator who holds it: ops.release({held}, reason)"


def test_a_message_in_error_that_comes_back_by_itself_is_shown(company: Company) -> None:
    """At the limit a missing reference is an error; its arrival still requeues the message."""
    seq = message(company, state="error")
    insert(company.admin, "staging.wait_key", key="item:A", seq=seq)
    found = rows(
        company.admin, "SELECT waits_for, released_by FROM ops.waiting_on WHERE seq = %s", seq
    )
    assert found[0][0] == "item:A"
    assert "comes back by itself" in found[0][1]


def test_an_earlier_message_of_another_document_blocks_nothing(company: Company) -> None:
    """Only the own document key waits; an incomplete or failed predecessor does not block."""
    without_resends(company)
    message(company, doc_no="R1")
    message(company, doc_no="R2")
    message(company, doc_no="R3", state="error")
    message(company, doc_no="R3")
    message(company, doc_no="R4", waiting_for="lines")
    message(company, doc_no="R4")
    assert rows(
        company.admin, "SELECT seq FROM ops.waiting_on WHERE blocked_by IS NOT NULL"
    ) == []  # fmt: skip


def finding(company: Company, seq: int, **values: object) -> None:
    """Store a finding of a message."""
    row = {"code": "REF-001", "severity": "error", "text": "item A is not known", **values}
    insert(company.admin, "staging.message_error", seq=seq, first_seen_at="2026-01-01+00", **row)


def test_error_lists_what_still_holds(company: Company) -> None:
    """Open findings with who can act; resolved ones and those of given-up messages are gone."""
    open_one = message(company, state="error", doc_no="R1")
    finding(company, open_one, line_no=2, column_name="item_code", value="A", hint="send it")
    finding(company, open_one, resolved_at="2026-01-02+00")
    finding(company, message(company, state="superseded"))
    assert rows(
        company.admin,
        "SELECT seq, doc_no, line_no, column_name, code, repair, value, text, hint,"
        " age > interval '1 day' FROM ops.error",
    ) == [
        (open_one, "R1", 2, "item_code", "REF-001", "fix data", "A", "item A is not known",
         "send it", True)
    ]  # fmt: skip


def test_the_timeline_of_an_order_is_complete_and_in_order(company: Company) -> None:
    """Request, delivery, answer, milestone, fact and task, each with its time."""
    at = [f"2026-03-02 0{hour}:00:00+00" for hour in range(1, 8)]
    order = message(
        company, sender="ERP", doc_type="purchase_order", doc_no=" PO1", received_at=at[0],
        state="applied",
    )  # fmt: skip
    deliver(
        company, seq=order, delivered_at=at[1], state="accepted", answered_at=at[2],
        receiver_ref="IN-9",
    )  # fmt: skip
    common = {"order_type": "purchase_order", "order_no": "PO1 "}
    message(company, doc_type="order_milestone", doc_no="M1", received_at=at[3], **common)
    fact = message(company, doc_no="R1", received_at=at[4], is_final=True, **common)
    insert(
        company.admin, "ops.task",
        code="QTY-005", seq=fact, warehouse_code="W1", order_type="purchase_order",
        order_no="PO1", text="more than ordered", opened_at=at[5],
    )  # fmt: skip
    message(company, doc_no="R9", order_type="purchase_order", order_no="PO2")
    found = rows(
        company.admin,
        "SELECT kind, doc_no, what FROM ops.order_timeline"
        " WHERE order_no = 'PO1' AND order_type = 'purchase_order' ORDER BY at",
    )
    assert [row[0] for row in found] == [
        "request", "delivery", "answer", "milestone", "fact", "task",
    ]  # fmt: skip
    assert found[2][2] == "WMS1 answers accepted as IN-9"
    assert found[4][2] == "WMS1 sends goods_receipt R1, final"


def test_production_and_transfer_facts_find_their_order(company: Company) -> None:
    """Issues name no order type; a transfer's notice belongs to the transfer."""
    message(company, doc_type="material_issue", doc_no="I1", order_no="MO1")
    message(
        company, sender="crossdock", doc_type="transit_notice", doc_no="S1",
        order_type="transfer_order", order_no="TO1",
    )  # fmt: skip
    assert rows(
        company.admin, "SELECT order_type, order_no, kind FROM ops.order_timeline ORDER BY 1"
    ) == [("production_order", "MO1", "fact"), ("transfer_order", "TO1", "request")]  # fmt: skip


def test_claim_shows_who_holds_rows_and_who_waits(company: Company) -> None:
    """Told by application_name; a DBA without superuser rights sees the daemon's transaction."""
    message(company)
    dba = company.database.create_login("dba", "crossdock_dba")
    with psycopg.connect(
        libpq_url(company.database.url), application_name="crossdock worker"
    ) as worker:
        worker.execute(b"SELECT seq FROM staging.message FOR NO KEY UPDATE")
        found = rows(
            company.database.connect(dba),
            "SELECT pid, locked, mode, granted, since <= now(), query FROM ops.claim"
            " WHERE locked = 'staging.message'",
        )
        assert found == [
            (worker.info.backend_pid, "staging.message", "RowShareLock", True, True,
             "SELECT seq FROM staging.message FOR NO KEY UPDATE")
        ]  # fmt: skip
        worker.rollback()
        assert rows(company.admin, "SELECT pid FROM ops.claim") == []


def test_health_shows_every_table_and_who_holds_an_old_snapshot(company: Company) -> None:
    """Sizes and dead rows of crossdock's tables; sessions whose snapshot keeps dead rows."""
    reader = company.database.create_login("reader", "crossdock_reader")
    with psycopg.connect(libpq_url(company.database.url), application_name="report") as holder:
        holder.execute(b"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        holder.execute(b"SELECT 1 FROM staging.message")
        found = rows(
            company.database.connect(reader),
            "SELECT kind, name, table_bytes >= 0, index_bytes >= 0, held_for >= interval '0'"
            " FROM ops.health",
        )
    tables = {row[1] for row in found if row[0] == "table" and row[2] and row[3]}
    assert {"staging.message", "book.ledger", "ops.decision"} <= tables
    assert all(
        name.split(".")[0] in ("staging", "book", "recon", "archive", "ops") for name in tables
    )
    holders = [row for row in found if row[0] == "snapshot"]
    assert any("report" in row[1] and row[4] for row in holders)


def test_a_sender_that_forgot_to_commit_is_seen_without_being_a_superuser(company: Company) -> None:
    """It holds no snapshot but a transaction number; health and doctor name it to the daemon."""
    daemon = company.database.create_login("daemon", "crossdock_daemon")
    with psycopg.connect(libpq_url(company.database.url), application_name="export") as sender:
        sender.execute(b"SELECT pg_current_xact_id()")
        store = Store(company.database.login_url(daemon))
        try:
            with store.transaction() as tx:
                doctor = tx.rows("doctor_old_snapshots", older_than=timedelta(0))
                health = tx.connection.exec_driver_sql(
                    "SELECT name FROM ops.health WHERE kind = 'snapshot'"
                ).all()
        finally:
            store.close()
        login = sender.info.user
        sender.rollback()
    sessions = [(row.login, row.application_name) for row in doctor if row.kind == "session"]
    assert (login, "export") in sessions
    assert any(f"{login}, export" in row.name for row in health)
