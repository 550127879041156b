-- The arithmetic: one join of both books and the ledger finds the candidates; all else is theirs.

-- name: recon_find_candidates
-- Joins both books, the ledger and what is not zero beside them; keeps the keys where anything is.
-- A key where all three agree and nothing moved has nothing to explain: D, C, rE and rW are zero.
-- params: warehouse_code text, is_first boolean
-- plan: three full joins by hash, none by a loop
INSERT INTO recon_key (
    warehouse_code, item_no, lot_no, status_no, is_first, erp, wms, book, erp_decimals, wms_decimals, not_erp,
    not_wms, early_wms, cut_off, in_flight, rejected, unconfirmed, late, newly_erp, newly_wms, converted_count,
    worst_part, flags, erp_before, wms_before, erp_drift_before, wms_drift_before, residual_before, was,
    was_evidence, was_owner, was_action, first_run_id, first_seen_on, night_count
)
SELECT
    :warehouse_code,
    item_no,
    lot_no,
    status_no,
    :is_first,
    coalesce(e.qty, 0),
    coalesce(w.qty, 0),
    coalesce(b.qty, 0),
    e.decimals,
    w.decimals,
    coalesce(s.not_erp, 0),
    coalesce(s.not_wms, 0),
    coalesce(s.early_wms, 0),
    coalesce(s.cut_off, 0),
    coalesce(s.in_flight, 0),
    coalesce(s.rejected, 0),
    coalesce(s.unconfirmed, 0),
    coalesce(s.late, 0),
    coalesce(s.newly_erp, 0),
    coalesce(s.newly_wms, 0),
    coalesce(s.converted_count, 0) + coalesce(s.converted_before, 0),
    (ARRAY['CUT_OFF', 'IN_FLIGHT', 'IN_FLIGHT_LATE', 'UNCONFIRMED', 'REJECTED'])[s.worst],
    array_remove(ARRAY[
        CASE WHEN s.by_time THEN 'BY_TIME' END,
        CASE WHEN s.straddles THEN 'STRADDLING' END
    ], NULL),
    s.erp_qty,
    s.wms_qty,
    coalesce(s.erp_drift, 0),
    coalesce(s.wms_drift, 0),
    coalesce(s.residual, 0),
    s.was,
    s.evidence,
    s.owner,
    s.action,
    s.first_run_id,
    s.first_seen_on,
    s.night_count
FROM recon_erp AS e
FULL JOIN recon_wms AS w USING (item_no, lot_no, status_no)
FULL JOIN recon_book AS b USING (item_no, lot_no, status_no)
FULL JOIN (
    SELECT
        item_no,
        lot_no,
        status_no,
        m.not_erp,
        m.not_wms,
        m.early_wms,
        m.cut_off,
        m.in_flight,
        m.rejected,
        m.unconfirmed,
        m.late,
        m.newly_erp,
        m.newly_wms,
        m.converted_count,
        m.worst,
        m.by_time,
        m.straddles,
        p.erp_qty,
        p.wms_qty,
        p.erp_drift,
        p.wms_drift,
        p.residual,
        p.was,
        p.evidence,
        p.owner,
        p.action,
        p.first_run_id,
        p.first_seen_on,
        p.night_count,
        CASE WHEN p.residual <> 0 THEN p.converted_count END AS converted_before,
        -- What is in both snapshots, and was before, matters to keys that differ for another reason.
        coalesce(m.matters, false) OR p.item_no IS NOT NULL AS matters
    FROM (
        SELECT
            v.item_no,
            v.lot_no,
            v.status_no,
            sum(v.qty) FILTER (WHERE v.is_applied AND NOT v.in_erp) AS not_erp,
            sum(v.qty) FILTER (WHERE v.is_applied AND NOT v.in_wms) AS not_wms,
            sum(v.qty) FILTER (WHERE NOT v.is_applied AND v.in_wms) AS early_wms,
            sum(x.part) FILTER (WHERE v.class = 'CUT_OFF') AS cut_off,
            sum(x.part) FILTER (WHERE v.class IN ('IN_FLIGHT', 'IN_FLIGHT_LATE')) AS in_flight,
            sum(x.part) FILTER (WHERE v.class = 'REJECTED') AS rejected,
            sum(x.part) FILTER (WHERE v.class = 'UNCONFIRMED') AS unconfirmed,
            sum(v.qty) FILTER (WHERE v.is_late) AS late,
            sum(v.qty) FILTER (WHERE v.in_erp AND NOT v.in_erp_before) AS newly_erp,
            sum(v.qty) FILTER (WHERE v.in_wms AND NOT v.in_wms_before) AS newly_wms,
            count(*) FILTER (WHERE v.is_converted) AS converted_count,
            max(array_position(
                ARRAY['CUT_OFF', 'IN_FLIGHT', 'IN_FLIGHT_LATE', 'UNCONFIRMED', 'REJECTED'], v.class
            )) AS worst,
            bool_or(v.by_time AND v.class IS NOT NULL) AS by_time,
            bool_or(v.straddles) AS straddles,
            bool_or(v.is_late OR v.in_erp <> v.in_wms OR NOT v.in_erp OR NOT v.in_wms) AS matters
        FROM recon_move AS v
        CROSS JOIN LATERAL (
            SELECT CASE WHEN v.in_erp AND NOT v.in_wms THEN v.qty WHEN v.in_wms AND NOT v.in_erp THEN -v.qty END AS part
        ) AS x
        WHERE v.warehouse_code = :warehouse_code
        GROUP BY v.item_no, v.lot_no, v.status_no
    ) AS m
    FULL JOIN recon_before AS p USING (item_no, lot_no, status_no)
) AS s USING (item_no, lot_no, status_no)
WHERE
    coalesce(e.qty, 0) <> coalesce(w.qty, 0)
    OR coalesce(e.qty, 0) <> coalesce(b.qty, 0)
    OR s.matters;

-- name: recon_drop_quiet
-- Drops candidates that turned out to have nothing to say: what moved is in the ledger alone.
DELETE FROM recon_key AS k
WHERE
    k.d = 0 AND k.cut_off = 0 AND k.in_flight = 0 AND k.rejected = 0 AND k.unconfirmed = 0 AND k.re = 0 AND k.rw = 0
    AND k.late = 0 AND k.worst_part IS NULL AND k.erp_total_drift = 0 AND k.wms_total_drift = 0 AND k.residual_before = 0
    AND k.erp_drift_before = 0 AND k.wms_drift_before = 0;

-- name: recon_check_identity
-- The law: R = D - C from the parts, R0 + rE - rW from the ledger, and for keys that the last run
-- listed (E - E0) - what is newly in E, from both snapshots. All three come from different numbers.
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, r numeric, by_drift numeric,
-- re numeric, re_by_snapshots numeric, rw numeric, rw_by_snapshots numeric
SELECT
    k.warehouse_code,
    i.item_code,
    k.lot_no,
    t.stock_status,
    k.r,
    k.r_before + k.re - k.rw AS by_drift,
    k.re,
    k.erp - k.erp_before - k.newly_erp AS re_by_snapshots,
    k.rw,
    k.wms - k.wms_before - k.newly_wms AS rw_by_snapshots
FROM recon_key AS k
INNER JOIN recon_item AS i ON k.item_no = i.item_no
INNER JOIN recon_status AS t ON k.status_no = t.status_no
WHERE
    k.r <> k.r_before + k.re - k.rw
    OR k.re <> k.erp - k.erp_before - k.newly_erp
ORDER BY k.warehouse_code, i.item_code, k.lot_no, t.stock_status
LIMIT 20;
