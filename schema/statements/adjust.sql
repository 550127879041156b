-- Adjust: suggest corrections of one book from what a run found, post the approved ones, and learn
-- what became of them.

-- name: expire_adjustments
-- Ends what no longer holds: the run finds another residual, or none. In the run's transaction.
-- params: run_id bigint, now timestamptz
-- returns: nothing; the row count is the number of adjustments
-- plan: adjustment_open_idx
UPDATE recon.adjustment AS a
SET
    state = 'expired',
    expired_at = :now,
    expires_reason = 'run ' || w.run_id || ' finds ' || coalesce(
        (
            SELECT CAST(trim_scale(d.residual_qty) AS text)
            FROM recon.difference AS d
            WHERE
                d.run_id = w.run_id AND d.warehouse_code = a.warehouse_code AND d.item_code = a.item_code
                AND d.lot_no = a.lot_no AND d.stock_status = a.stock_status
        ), 'no difference any more'
    )
FROM recon.run_warehouse AS w
WHERE
    w.run_id = :run_id
    AND a.warehouse_code = w.warehouse_code
    AND a.run_id < w.run_id
    AND a.state IN ('suggested', 'approved', 'count_requested')
    AND NOT EXISTS (
        SELECT
        FROM recon.difference AS d
        WHERE
            d.run_id = w.run_id AND d.warehouse_code = a.warehouse_code AND d.item_code = a.item_code
            AND d.lot_no = a.lot_no AND d.stock_status = a.stock_status
            AND d.residual_qty = CASE a.side WHEN 'erp' THEN -a.qty ELSE a.qty END
    );

-- name: suggest_adjustments
-- Suggests the opposite of each residual that two closed runs found alike, where the cause is proven
-- or structural and nothing of the key waits for a person or an answer. Never from a suspicion. Not
-- while an adjustment of the key is under way, nor again after a person has said no.
-- params: run_id bigint, now timestamptz
-- returns: nothing; the row count is the number of adjustments
INSERT INTO recon.adjustment (
    run_id, warehouse_code, item_code, lot_no, stock_status, side, qty, uom, value, currency, class, evidence, state,
    idempotency_key, suggested_at
)
SELECT
    d.run_id,
    d.warehouse_code,
    d.item_code,
    d.lot_no,
    d.stock_status,
    s.side,
    CASE s.side WHEN 'erp' THEN -d.residual_qty ELSE d.residual_qty END,
    d.uom,
    d.value,
    d.currency,
    c.class,
    d.evidence,
    'suggested',
    concat_ws('/', d.run_id, d.warehouse_code, d.item_code, d.lot_no, d.stock_status, trim_scale(d.residual_qty)),
    :now
FROM recon.run_warehouse AS w
INNER JOIN recon.difference AS d ON w.run_id = d.run_id AND w.warehouse_code = d.warehouse_code
INNER JOIN recon.difference AS p
    ON
        w.previous_run_id = p.run_id
        AND d.warehouse_code = p.warehouse_code
        AND d.item_code = p.item_code
        AND d.lot_no = p.lot_no
        AND d.stock_status = p.stock_status
        AND d.residual_qty = p.residual_qty
INNER JOIN recon.class AS c
    ON c.class = CASE d.class WHEN 'CARRIED_FORWARD' THEN d.why_args ->> 'was' ELSE d.class END
LEFT JOIN ops.policy_value AS v
    ON v.scope_kind = 'warehouse' AND d.warehouse_code = v.scope AND v.name = 'authoritative_book'
CROSS JOIN LATERAL (
    SELECT CASE v.value WHEN 'erp' THEN 'wms' ELSE 'erp' END AS side
) AS s
WHERE
    w.run_id = :run_id
    AND d.residual_qty <> 0
    AND NOT d.is_tolerated
    AND NOT EXISTS (
        SELECT
        FROM recon.second_look AS l
        WHERE
            l.run_id = p.run_id AND l.warehouse_code = p.warehouse_code AND l.item_code = p.item_code
            AND l.lot_no = p.lot_no AND l.stock_status = p.stock_status AND l.is_transient
    )
    AND c.may_adjust
    AND c.evidence IN ('A', 'B')
    AND d.evidence IN ('A', 'B')
    AND d.rejected_qty = 0
    AND d.unconfirmed_qty = 0
    AND NOT EXISTS (
        SELECT
        FROM recon.difference_part AS t
        WHERE
            t.run_id = d.run_id AND t.warehouse_code = d.warehouse_code AND t.item_code = d.item_code
            AND t.lot_no = d.lot_no AND t.stock_status = d.stock_status
            AND t.class IN ('REJECTED', 'UNCONFIRMED')
    )
    AND NOT EXISTS (
        SELECT
        FROM recon.adjustment AS a
        WHERE
            a.warehouse_code = d.warehouse_code AND a.item_code = d.item_code AND a.lot_no = d.lot_no
            AND a.stock_status = d.stock_status
            AND CASE a.state
                WHEN 'expired' THEN false
                WHEN 'rejected' THEN a.run_id >= d.first_run_id AND abs(a.qty) = abs(d.residual_qty)
                WHEN 'posted' THEN a.answered_state IS NULL
                ELSE true
            END
    )
ON CONFLICT (idempotency_key) DO NOTHING;

-- name: adjustments_owed
-- Whether something is to be posted, or an answer to be looked for.
-- returns: is_owed boolean
-- plan: adjustment_open_idx
SELECT EXISTS (
    SELECT
    FROM recon.adjustment AS a
    WHERE
        a.answered_state IS NULL
        AND (a.state IN ('approved', 'posted') OR a.state = 'count_requested')
) AS is_owed;

-- name: take_adjustments
-- Takes what is approved, or to be counted, and not sent yet, with why it no longer holds.
-- params: limit bigint
-- returns: adjustment_id bigint, state text, run_id bigint, warehouse_code text, item_code text,
-- lot_no text, stock_status text, side text, qty numeric, reason text, stale text
-- locks: recon.adjustment rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: adjustment_open_idx
SELECT
    a.adjustment_id,
    a.state,
    a.run_id,
    a.warehouse_code,
    a.item_code,
    a.lot_no,
    a.stock_status,
    a.side,
    a.qty,
    a.reason,
    CASE a.state WHEN 'approved' THEN recon.adjustment_stale(a.adjustment_id) END AS stale
FROM recon.adjustment AS a
WHERE
    a.answered_state IS NULL
    AND (a.state = 'approved' OR (a.state = 'count_requested' AND a.posted_seq IS NULL))
ORDER BY a.adjustment_id
LIMIT :limit
FOR NO KEY UPDATE OF a SKIP LOCKED;

-- name: expire_adjustment
-- Ends one that no longer holds, instead of posting it.
-- params: adjustment_id bigint, stale text, now timestamptz
-- plan: adjustment_pkey
UPDATE recon.adjustment AS a
SET state = 'expired', expired_at = :now, expires_reason = :stale
WHERE a.adjustment_id = :adjustment_id;

-- name: link_adjustment
-- Ties an adjustment to the message that carries it.
-- params: adjustment_id bigint, seq bigint, now timestamptz
-- plan: adjustment_pkey
UPDATE recon.adjustment AS a
SET
    state = CASE a.state WHEN 'approved' THEN 'posted' ELSE a.state END,
    posted_seq = :seq,
    posted_at = :now
WHERE a.adjustment_id = :adjustment_id;

-- name: note_adjustment_answers
-- Learns what the receivers answered.
-- returns: nothing; the row count is the number of adjustments
-- plan: adjustment_open_idx
UPDATE recon.adjustment AS a
SET
    delivery_id = d.delivery_id,
    answered_state = d.state,
    document_ref = d.receiver_ref
FROM staging.delivery AS d
WHERE
    a.answered_state IS NULL AND a.posted_seq IS NOT NULL
    AND d.seq = a.posted_seq AND d.state IN ('accepted', 'refused');

-- name: list_adjustments
-- The adjustments in some or all states, the dearest first.
-- params: states text[] (null: all), warehouses text[] (null: all)
-- returns: adjustment_id bigint, state text, warehouse_code text, item_code text, lot_no text,
-- stock_status text, side text, qty numeric, uom text, value numeric, currency text, class text,
-- evidence text, why text, run_id bigint, requested_by text, approved_by text, reason text,
-- posted_seq bigint, answered_state text, document_ref text, expires_reason text
SELECT
    a.adjustment_id,
    a.state,
    a.warehouse_code,
    a.item_code,
    a.lot_no,
    a.stock_status,
    a.side,
    a.qty,
    a.uom,
    a.value,
    a.currency,
    a.class,
    a.evidence,
    a.why,
    a.run_id,
    a.requested_by,
    a.approved_by,
    a.reason,
    a.posted_seq,
    a.answered_state,
    a.document_ref,
    a.expires_reason
FROM ops.adjustment AS a
WHERE
    (CAST(:states AS text []) IS NULL OR a.state = ANY(CAST(:states AS text [])))
    AND (CAST(:warehouses AS text []) IS NULL OR a.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY a.value DESC NULLS LAST, a.adjustment_id ASC;

-- name: approve_adjustment
-- Approves one, or is the first of two who do.
-- params: adjustment_id bigint, reason text
-- returns: told jsonb; fails with P0002, 55000, 42501 or 22023
SELECT ops.adjustment_approve(:adjustment_id, :reason) AS told;

-- name: reject_adjustment
-- Rejects one.
-- params: adjustment_id bigint, reason text
-- returns: told jsonb; fails with P0002, 55000 or 22023
SELECT ops.adjustment_reject(:adjustment_id, :reason) AS told;

-- name: count_adjustment
-- Has the stock counted instead.
-- params: adjustment_id bigint, reason text
-- returns: told jsonb; fails with P0002, 55000 or 22023
SELECT ops.adjustment_request_count(:adjustment_id, :reason) AS told;
