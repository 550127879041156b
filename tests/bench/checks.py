"""Prove after each measurement that the work was done, exactly, and by both sides alike."""

from __future__ import annotations

from tests.bench.world import BOX, BOXES, LANE, LINES, World

#: Each query returns 0 when the sums are exact. {n} is the number of receipts applied so far.
_SUMS = {
    "balances that are not the sum of their ledger rows": """
        SELECT count(*) FROM (
            SELECT warehouse_code, item_code, lot_no, location_code, stock_status,
                sum(qty) AS qty
            FROM book.ledger GROUP BY 1, 2, 3, 4, 5
        ) AS g FULL JOIN book.balance AS b
            USING (warehouse_code, item_code, lot_no, location_code, stock_status)
        WHERE g.qty IS DISTINCT FROM b.qty""",
    "order lines that are not the sum of their ledger rows": """
        SELECT count(*) FROM (
            SELECT warehouse_code, order_type, order_no, order_line_no AS line_no,
                sum(order_qty) AS qty
            FROM book.ledger GROUP BY 1, 2, 3, 4
        ) AS g FULL JOIN book.order_line AS l
            USING (warehouse_code, order_type, order_no, line_no)
        WHERE coalesce(g.qty, 0) <> l.done_qty OR l.ordered_qty - l.done_qty <> l.open_qty""",
    "pieces too many or too few in stock": f"""
        SELECT coalesce(sum(qty), 0) - {{n}} * {LINES * BOXES * BOX} FROM book.balance""",
    "messages too many or too few applied": """
        SELECT count(*) - {n} FROM staging.message
        WHERE doc_type = 'goods_receipt' AND state = 'applied'""",
    "ledger rows too many or too few": f"""
        SELECT count(*) - {{n}} * {LINES} FROM book.ledger""",
    "positions given too many or too few": f"""
        SELECT ledger_seq - {{n}} * {LINES} FROM book.lane_counter
        WHERE warehouse_code = '{LANE}'""",
    "deliveries too many or too few": """
        SELECT count(*) - {n} FROM staging.delivery WHERE doc_type = 'goods_receipt'""",
    "delivery lines too many or too few": f"""
        SELECT count(*) - {{n}} * {LINES} FROM staging.delivery_line
        WHERE doc_type = 'goods_receipt'""",
    "business keys too many or too few": """
        SELECT count(*) - {n} FROM staging.business_key WHERE doc_type = 'goods_receipt'""",
    "events too many or too few": """
        SELECT count(*) - {n} FROM staging.event AS e
        INNER JOIN staging.message AS m USING (seq)
        WHERE m.doc_type = 'goods_receipt' AND e.to_state = 'applied'""",
    "errors": "SELECT count(*) FROM staging.message_error",
    "tasks": "SELECT count(*) FROM ops.task",
}

#: Where both sides must have filled the same columns, and how the rows of a message are found.
_ROWS = {
    "staging.message": "t.seq = {seq}",
    "staging.business_key": "t.seq = {seq}",
    "staging.event": "t.seq = {seq}",
    "staging.delivery": "t.seq = {seq}",
    "staging.delivery_line": (
        "t.delivery_id IN (SELECT d.delivery_id FROM staging.delivery AS d WHERE d.seq = {seq})"
    ),
    "book.ledger": f"t.warehouse_code = '{LANE}' AND t.message_seq = {{seq}}",
}


def exact(world: World, applied: int) -> None:
    """Check every sum after ``applied`` receipts; raise `AssertionError` naming what is wrong."""
    for what, query in _SUMS.items():
        found = world.scalar(query.format(n=applied))
        assert found == 0, f"{found} {what}"


def lawful(world: World) -> None:
    """Check that the proof finds no breach of a law."""
    found = world.scalar("SELECT json_agg(p) FROM (SELECT * FROM ops.proof LIMIT 5) AS p")
    assert found is None, f"breaches: {found}"


def alike(world: World, one_seq: int, other_seq: int) -> None:
    """Check that two messages left rows behind in the same tables with the same columns filled."""
    for table, where in _ROWS.items():
        one, other = (
            world.scalar(
                "SELECT json_agg(k ORDER BY k) FROM ("
                "SELECT e.key || ' x' || count(*) AS k"
                f" FROM {table} AS t, jsonb_each_text(to_jsonb(t)) AS e"
                f" WHERE {where.format(seq=seq)} AND e.value IS NOT NULL GROUP BY e.key) AS f"
            )
            for seq in (one_seq, other_seq)
        )
        assert one is not None, f"{table}: no rows"
        assert one == other, f"{table}: {one} and {other}"


def newest_applied(world: World) -> int:
    """Return the seq of the receipt that was applied last."""
    found = world.scalar(
        "SELECT seq FROM staging.event WHERE to_state = 'applied' ORDER BY event_id DESC LIMIT 1"
    )
    assert isinstance(found, int)
    return found


def same_columns(world: World, schema: str) -> None:
    """Check that a floor filled the same columns of the same tables as the engine did."""
    seq, other = (
        newest_applied(world),
        world.scalar(f"SELECT max(seq) FROM {schema}.message WHERE state = 'applied'"),
    )
    for table, where in _ROWS.items():
        one, copy = (
            world.scalar(
                "SELECT json_agg(k ORDER BY k) FROM ("
                "SELECT e.key || ' x' || count(*) AS k"
                f" FROM {source} AS t, jsonb_each_text(to_jsonb(t)) AS e"
                f" WHERE {where.format(seq=found).replace('staging.', prefix)}"
                " AND e.value IS NOT NULL GROUP BY e.key) AS f"
            )
            for source, found, prefix in (
                (table, seq, "staging."),
                (f"{schema}.{table.partition('.')[2]}", other, f"{schema}."),
            )
        )
        assert copy is not None, f"{schema}, {table}: no rows"
        assert one == copy, f"{table}: {one} and, in {schema}, {copy}"
