-- Accounting periods: months of a warehouse's calendar. What happened in a closed one is posted in
-- the next that is not closed, and flagged.

-- name: period_blocker
-- plan: message_doc_key_idx (open messages only)
CREATE VIEW ops.period_blocker AS
SELECT
    m.lane AS warehouse_code,
    CAST(date_trunc('month', CAST(b.business_date AS timestamp)) AS date) AS period_start,
    'fact' AS kind,
    m.seq,
    m.sender,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    b.business_date,
    m.state,
    concat_ws(
        ' ', m.doc_type, btrim(m.doc_no), 'of', m.sender, 'is', m.state, 'for ' || nullif(m.waiting_for, '')
    ) AS what
FROM staging.message AS m
INNER JOIN book.warehouse AS w ON m.lane = w.warehouse_code
CROSS JOIN LATERAL (
    SELECT CAST(coalesce(m.occurred_at, m.received_at) AT TIME ZONE w.time_zone AS date) AS business_date
) AS b
WHERE
    m.road IN ('fact', 'count')
    AND m.state IN ('received', 'waiting', 'retrying', 'held', 'error')
    AND isfinite(coalesce(m.occurred_at, m.received_at))
UNION ALL
SELECT
    h.warehouse_code,
    CAST(date_trunc('month', CAST(b.business_date AS timestamp)) AS date) AS period_start,
    'order' AS kind,
    f.seq,
    m.sender,
    h.order_type AS doc_type,
    h.order_no AS doc_no,
    b.business_date,
    h.state,
    concat_ws(' ', h.order_type, h.order_no, 'is said to be final, facts of it are not applied') AS what
FROM book.order_head AS h
INNER JOIN book.warehouse AS w ON h.warehouse_code = w.warehouse_code
CROSS JOIN LATERAL (
    SELECT max(l.final_seq) AS seq
    FROM book.order_line AS l
    WHERE l.warehouse_code = h.warehouse_code AND l.order_type = h.order_type AND l.order_no = h.order_no
) AS f
LEFT JOIN staging.message AS m ON f.seq = m.seq
CROSS JOIN LATERAL (
    SELECT
        CAST(coalesce(m.occurred_at, m.received_at, h.changed_at) AT TIME ZONE w.time_zone AS date) AS business_date
) AS b
WHERE h.state = 'closing';

-- name: period
-- The months that somebody opened or closed, this month and the last, and those with open work.
CREATE VIEW ops.period AS
SELECT
    x.warehouse_code,
    x.period_start,
    CAST(x.period_start + CAST('1 month' AS interval) AS date) - 1 AS period_end,
    coalesce(p.state, 'open') AS state,
    (
        SELECT count(*)
        FROM ops.period_blocker AS b
        WHERE b.warehouse_code = x.warehouse_code AND b.period_start = x.period_start
    ) AS blocker_count,
    p.changed_at,
    p.changed_by,
    p.reason
FROM (
    SELECT
        k.warehouse_code,
        k.period_start
    FROM book.period AS k
    UNION
    SELECT
        w.warehouse_code,
        CAST(date_trunc('month', now() AT TIME ZONE w.time_zone) + v.months * CAST('1 month' AS interval) AS date)
    FROM book.warehouse AS w
    CROSS JOIN (VALUES (0), (-1)) AS v (months)
    UNION
    SELECT
        b.warehouse_code,
        b.period_start
    FROM ops.period_blocker AS b
) AS x
LEFT JOIN book.period AS p ON x.warehouse_code = p.warehouse_code AND x.period_start = p.period_start;

-- name: cut_off
-- A late row stands under the month in which it happened and under the one in which it was posted.
-- plan: ledger_late_idx
CREATE VIEW ops.cut_off AS
SELECT
    g.warehouse_code,
    v.period_start,
    v.kind,
    g.business_date,
    g.posting_date,
    g.message_seq AS seq,
    m.sender,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    g.line_no,
    g.ledger_seq,
    g.movement_type,
    g.item_code,
    g.lot_no,
    g.stock_status,
    g.qty,
    i.base_uom AS uom,
    round(g.qty * i.unit_cost, 2) AS value,
    i.currency,
    g.occurred_at,
    g.received_at,
    g.applied_at
FROM book.ledger AS g
CROSS JOIN LATERAL (
    VALUES
    (CAST(date_trunc('month', CAST(g.business_date AS timestamp)) AS date), 'posted later'),
    (CAST(date_trunc('month', CAST(g.posting_date AS timestamp)) AS date), 'from an earlier period')
) AS v (period_start, kind)
LEFT JOIN staging.message AS m ON g.message_seq = m.seq
LEFT JOIN book.item AS i ON g.item_code = i.item_code
WHERE g.is_late;

-- name: period_set
-- The lane's counter is locked first: whoever took it before has committed and is seen, whoever
-- comes after sees the period as it is set here. So no fact slips into a month that closes.
CREATE FUNCTION ops.period_set(warehouse text, period_start date, state text, reason text)
RETURNS TABLE (state_before text, state_after text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    place text := btrim(warehouse);
    position_now bigint;
    blockers bigint;
    first_one text;
BEGIN
    IF NOT EXISTS (SELECT FROM staging.state AS s WHERE s.machine = 'period' AND s.state = period_set.state) THEN
        RAISE EXCEPTION 'a period cannot be %', coalesce(state, 'null')
            USING ERRCODE = '22023', HINT = 'say open, closing or closed';
    END IF;
    IF NOT coalesce(period_start BETWEEN DATE '1900-01-01' AND DATE '2999-12-01' AND extract(day FROM period_start) = 1, false) THEN
        RAISE EXCEPTION 'a period begins on the first day of a month, not on %', coalesce(CAST(period_start AS text), 'null')
            USING ERRCODE = '22023', HINT = 'say for example 2026-03-01';
    END IF;
    SELECT c.ledger_seq INTO position_now
    FROM book.lane_counter AS c
    WHERE c.warehouse_code = place AND EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = place)
    FOR UPDATE;
    IF position_now IS NULL THEN
        RAISE EXCEPTION 'there is no warehouse %', coalesce(place, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT warehouse_code FROM book.warehouse lists them';
    END IF;
    state_after := state;
    state_before := coalesce((
        SELECT p.state FROM book.period AS p
        WHERE p.warehouse_code = place AND p.period_start = period_set.period_start
    ), 'open');
    IF state_before = state_after THEN
        RETURN NEXT;
        RETURN;
    END IF;
    IF NOT EXISTS (
        SELECT FROM staging.step AS s
        WHERE s.machine = 'period' AND s.from_state = state_before AND s.to_state = state_after
    ) THEN
        RAISE EXCEPTION 'period % of % is % and cannot become %', period_start, place, state_before, state_after
            USING ERRCODE = '55000', HINT = 'open it first';
    END IF;
    IF state_after = 'closed' THEN
        SELECT count(*), (array_agg(b.what ORDER BY b.business_date, b.seq))[1] INTO blockers, first_one
        FROM ops.period_blocker AS b
        WHERE b.warehouse_code = place AND b.period_start = period_set.period_start;
        IF blockers > 0 THEN
            RAISE EXCEPTION 'period % of % cannot close: blocked by %, first %', period_start, place, blockers, first_one
                USING ERRCODE = '55000', HINT = format(
                    'SELECT * FROM ops.period_blocker WHERE warehouse_code = %L AND period_start = %L', place, period_start
                );
        END IF;
    END IF;
    INSERT INTO book.period (warehouse_code, period_start, state, closed_ledger_seq, changed_at, changed_by, reason)
    VALUES (
        place, period_start, state_after, CASE state_after WHEN 'closed' THEN position_now END, clock_timestamp(),
        staging.actor(), why
    )
    ON CONFLICT ON CONSTRAINT period_pkey DO UPDATE SET
        state = excluded.state, closed_ledger_seq = excluded.closed_ledger_seq, changed_at = excluded.changed_at,
        changed_by = excluded.changed_by, reason = excluded.reason;
    UPDATE book.lane_counter AS c
    SET closed_before = (
        SELECT CAST(max(p.period_start) + CAST('1 month' AS interval) AS date) FROM book.period AS p
        WHERE p.warehouse_code = place AND p.state = 'closed'
    )
    WHERE c.warehouse_code = place;
    PERFORM staging.record_act('period_set', why, NULL, NULL, jsonb_build_object(
        'warehouse_code', place, 'period_start', period_start, 'from', state_before, 'to', state_after
    ));
    RETURN NEXT;
END
$body$;

-- name: period_comments
COMMENT ON VIEW ops.period_blocker IS
'What keeps a month of a warehouse from closing: facts of it that are not applied, orders in closing.';
COMMENT ON COLUMN ops.period_blocker.warehouse_code IS 'warehouse';
COMMENT ON COLUMN ops.period_blocker.period_start IS 'first day of the month that it blocks';
COMMENT ON COLUMN ops.period_blocker.kind IS 'fact or order';
COMMENT ON COLUMN ops.period_blocker.seq IS 'the fact; for an order the message that said final';
COMMENT ON COLUMN ops.period_blocker.sender IS 'system that sent that message';
COMMENT ON COLUMN ops.period_blocker.doc_type IS 'document type of the fact; type of the order';
COMMENT ON COLUMN ops.period_blocker.doc_no IS 'own number of the fact; number of the order';
COMMENT ON COLUMN ops.period_blocker.business_date IS 'day it happened, in the warehouse''s time zone';
COMMENT ON COLUMN ops.period_blocker.state IS 'state of the fact or of the order';
COMMENT ON COLUMN ops.period_blocker.what IS 'the same in words';
COMMENT ON VIEW ops.period IS
'The months of each warehouse: those set by ops.period_set, this and the last, and those with open work.';
COMMENT ON COLUMN ops.period.warehouse_code IS 'warehouse';
COMMENT ON COLUMN ops.period.period_start IS 'first day of the month, in the warehouse''s calendar';
COMMENT ON COLUMN ops.period.period_end IS 'its last day';
COMMENT ON COLUMN ops.period.state IS
'open; closing: it still takes postings while its blockers are cleared; closed: it takes none';
COMMENT ON COLUMN ops.period.blocker_count IS 'what keeps it from closing; ops.period_blocker lists it';
COMMENT ON COLUMN ops.period.changed_at IS 'when its state was set; null: never';
COMMENT ON COLUMN ops.period.changed_by IS 'who set it; ops.audit keeps every change';
COMMENT ON COLUMN ops.period.reason IS 'why';
COMMENT ON VIEW ops.cut_off IS
'Ledger rows posted in a later month than they happened in, under both months.';
COMMENT ON COLUMN ops.cut_off.warehouse_code IS 'warehouse';
COMMENT ON COLUMN ops.cut_off.period_start IS 'first day of the month that it concerns';
COMMENT ON COLUMN ops.cut_off.kind IS
'posted later: happened in this month; from an earlier period: posted in this month';
COMMENT ON COLUMN ops.cut_off.business_date IS 'day it happened';
COMMENT ON COLUMN ops.cut_off.posting_date IS 'day it counts for';
COMMENT ON COLUMN ops.cut_off.seq IS 'message that caused it; ops.why(seq) tells its story';
COMMENT ON COLUMN ops.cut_off.sender IS 'system that sent the message';
COMMENT ON COLUMN ops.cut_off.doc_type IS 'document type';
COMMENT ON COLUMN ops.cut_off.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.cut_off.line_no IS 'line of the document';
COMMENT ON COLUMN ops.cut_off.ledger_seq IS 'position in the warehouse''s ledger';
COMMENT ON COLUMN ops.cut_off.movement_type IS 'why the stock changed';
COMMENT ON COLUMN ops.cut_off.item_code IS 'item';
COMMENT ON COLUMN ops.cut_off.lot_no IS 'lot; empty for none';
COMMENT ON COLUMN ops.cut_off.stock_status IS 'stock status';
COMMENT ON COLUMN ops.cut_off.qty IS 'signed quantity, in base units';
COMMENT ON COLUMN ops.cut_off.uom IS 'base unit';
COMMENT ON COLUMN ops.cut_off.value IS 'quantity times the item''s present cost';
COMMENT ON COLUMN ops.cut_off.currency IS 'currency of the value';
COMMENT ON COLUMN ops.cut_off.occurred_at IS 'when it happened';
COMMENT ON COLUMN ops.cut_off.received_at IS 'when the message was received';
COMMENT ON COLUMN ops.cut_off.applied_at IS 'when it was posted';
COMMENT ON FUNCTION ops.period_set(text, date, text, text) IS
'Opens or closes a month of a warehouse; no close (55000) while something of it is unapplied. Returns the states before and after.';

-- name: period_revoke
REVOKE ALL ON FUNCTION ops.period_set(text, date, text, text) FROM public;

-- name: period_grant
GRANT EXECUTE ON FUNCTION ops.period_set(text, date, text, text) TO crossdock_dba;
