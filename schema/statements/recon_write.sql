-- Writing: the rows of the run, from candidates and movements.

-- name: hint_echo
-- Lists the echoes that differ from what was delivered, for keys that are listed.
INSERT INTO recon_hint (
    warehouse_code, item_no, lot_no, status_no, class, evidence, side, qty, seq, delivery_id, posting_message_id,
    doc_no, detail
)
SELECT
    e.warehouse_code,
    e.item_no,
    e.lot_no,
    e.status_no,
    CASE
        WHEN k.class IN ('DUPLICATE', 'QTY_MISPOST', 'UOM_MISPOST', 'MISROUTED') THEN k.class
        ELSE 'QTY_MISPOST'
    END,
    'A',
    'erp',
    e.posted - e.intended,
    d.seq,
    e.delivery_id,
    e.posting_message_id,
    e.documents,
    jsonb_build_object('posted', trim_scale(e.posted), 'intended', trim_scale(e.intended), 'documents', e.documents)
FROM recon_echo AS e
INNER JOIN recon_key AS k
    ON e.warehouse_code = k.warehouse_code AND e.item_no = k.item_no AND e.lot_no = k.lot_no AND e.status_no = k.status_no
LEFT JOIN staging.delivery AS d ON e.delivery_id = d.delivery_id;

-- name: hint_gap
-- Lists the missing numbers beside each key that they may explain.
-- params: warehouse_code text, missing bigint[]
INSERT INTO recon_hint (
    warehouse_code, item_no, lot_no, status_no, class, evidence, side, qty, source_seq, detail
)
SELECT
    k.warehouse_code,
    k.item_no,
    k.lot_no,
    k.status_no,
    'SEQ_GAP',
    'A',
    'wms',
    k.rw,
    (CAST(:missing AS bigint []))[1],
    jsonb_build_object('numbers', to_jsonb(CAST(:missing AS bigint [])))
FROM recon_key AS k
WHERE k.class = 'SEQ_GAP' AND k.warehouse_code = :warehouse_code;

-- name: recon_insert_differences
-- Writes a row for each candidate: class, tolerance, age, owner, and the sentence that says why.
-- params: run_id bigint, seen_on date
-- returns: nothing; the row count is the number of differences
INSERT INTO recon.difference (
    run_id, warehouse_code, item_code, lot_no, stock_status, uom, unit_cost, currency, abc_class, erp_qty, wms_qty,
    book_qty, difference_qty, cut_off_qty, in_flight_qty, rejected_qty, unconfirmed_qty, residual_qty, carried_qty,
    reported_carried_qty, erp_drift_qty, wms_drift_qty, erp_total_drift_qty, wms_total_drift_qty, class, evidence,
    flags, tolerance_qty, is_tolerated, value, first_run_id, first_seen_on, night_count, owner, action, why, why_key,
    why_args, candidate_count
)
SELECT
    :run_id,
    y.warehouse_code,
    y.item_code,
    y.lot_no,
    y.stock_status,
    y.base_uom,
    y.unit_cost,
    y.currency,
    y.abc_class,
    y.erp,
    y.wms,
    y.book,
    y.d,
    y.cut_off,
    y.in_flight,
    y.rejected,
    y.unconfirmed,
    y.r,
    y.r_before,
    y.residual_before,
    y.re,
    y.rw,
    y.erp_total_drift,
    y.wms_total_drift,
    y.class,
    y.evidence,
    ARRAY(
        SELECT f.flag
        FROM unnest(y.flags || array_remove(ARRAY[
            CASE WHEN y.erp < 0 OR y.wms < 0 THEN 'NEGATIVE' END,
            CASE WHEN (y.erp = 0) <> (y.wms = 0) THEN 'ZERO_ONE_SIDE' END,
            CASE WHEN y.d = 0 AND (y.r <> 0 OR y.has_parts OR (y.re <> 0 AND y.re = y.rw)) THEN 'MASKED' END,
            CASE WHEN y.r <> 0 AND abs(y.r) <= y.tolerance THEN 'TOLERATED' END,
            CASE WHEN y.late <> 0 THEN 'RESTATED' END,
            CASE
                WHEN y.r <> 0 AND y.residual_before = 0 AND EXISTS (
                    SELECT
                    FROM recon.difference AS o
                    WHERE
                        o.warehouse_code = y.warehouse_code AND o.item_code = y.item_code AND o.lot_no = y.lot_no
                        AND o.stock_status = y.stock_status AND 'CLOSED' = ANY(o.flags)
                        AND o.run_id IN (
                            SELECT w.run_id
                            FROM recon.run_warehouse AS w
                            INNER JOIN recon.run AS c ON w.run_id = c.run_id AND c.state = 'closed'
                            WHERE w.warehouse_code = y.warehouse_code
                            ORDER BY w.run_id DESC
                            LIMIT 30
                        )
                ) THEN 'RECURRENT'
            END
        ], NULL)) AS f (flag)
        ORDER BY f.flag
    ),
    y.tolerance,
    abs(y.r) <= y.tolerance,
    abs(y.r) * y.unit_cost,
    CASE WHEN y.is_open_on THEN y.first_run_id ELSE :run_id END,
    CASE WHEN y.is_open_on THEN y.first_seen_on ELSE CAST(:seen_on AS date) END,
    CASE WHEN y.is_open_on THEN y.night_count + 1 ELSE 1 END,
    CASE
        WHEN y.class = 'CARRIED_FORWARD' OR y.is_open_on
            THEN coalesce(
                (
                    SELECT m.owner
                    FROM recon.comment AS m
                    WHERE
                        m.warehouse_code = y.warehouse_code AND m.item_code = y.item_code AND m.lot_no = y.lot_no
                        AND m.stock_status = y.stock_status AND m.owner IS NOT NULL
                    ORDER BY m.comment_id DESC
                    LIMIT 1
                ), CASE WHEN y.class = 'CARRIED_FORWARD' THEN y.was_owner END, y.owner
            )
        ELSE y.owner
    END,
    CASE WHEN y.class = 'CARRIED_FORWARD' THEN coalesce(y.was_action, y.action) ELSE y.action END,
    recon.say(y.phrase, y.args),
    y.why_key,
    y.args,
    y.candidate_count
FROM (
    SELECT
        k.warehouse_code,
        i.item_code,
        k.lot_no,
        s.stock_status,
        i.base_uom,
        i.unit_cost,
        i.currency,
        i.abc_class,
        k.erp,
        k.wms,
        k.book,
        k.d,
        k.cut_off,
        k.in_flight,
        k.rejected,
        k.unconfirmed,
        k.r,
        k.r_before,
        k.residual_before,
        k.re,
        k.rw,
        k.erp_total_drift,
        k.wms_total_drift,
        k.late,
        k.class,
        k.evidence,
        k.flags,
        k.why_key,
        k.candidate_count,
        k.first_run_id,
        k.first_seen_on,
        k.night_count,
        k.was_owner,
        k.was_action,
        c.owner,
        c.action,
        p.text AS phrase,
        k.cut_off <> 0 OR k.in_flight <> 0 OR k.rejected <> 0 OR k.unconfirmed <> 0 AS has_parts,
        k.residual_before <> 0 AND k.first_run_id IS NOT NULL AS is_open_on,
        greatest(t.abs_qty, round(t.pct / 100 * greatest(abs(k.erp), abs(k.wms)), 6)) AS tolerance,
        k.why_args || jsonb_strip_nulls(jsonb_build_object(
            'item', i.item_code,
            'uom', i.base_uom,
            'erp', trim_scale(k.erp),
            'wms', trim_scale(k.wms),
            'residual', trim_scale(k.r),
            'carried', trim_scale(k.residual_before),
            'restated', trim_scale(k.late),
            'erp_drift', trim_scale(k.re),
            'wms_drift', trim_scale(k.rw),
            'first_seen_on', coalesce(k.first_seen_on, CAST(:seen_on AS date)),
            'was', CASE WHEN k.class = 'CARRIED_FORWARD' THEN coalesce(k.was, 'UNEXPLAINED') END,
            'converted', nullif(k.converted_count, 0)
        )) || jsonb_build_object('terms', (
            SELECT coalesce(string_agg(
                CASE WHEN x.qty < 0 THEN ' - ' ELSE ' + ' END || trim_scale(abs(x.qty)) || ' ' || x.name, '' ORDER BY x.n
            ), '')
            FROM (
                VALUES
                (1, k.cut_off, 'cut-off'),
                (2, k.in_flight, 'in flight'),
                (3, k.rejected, 'rejected'),
                (4, k.unconfirmed, 'unconfirmed')
            ) AS x (n, qty, name)
            WHERE x.qty <> 0
        )) AS args
    FROM recon_key AS k
    INNER JOIN recon_item AS i ON k.item_no = i.item_no
    INNER JOIN recon_status AS s ON k.status_no = s.status_no
    INNER JOIN recon.class AS c ON k.class = c.class
    INNER JOIN recon.phrase AS p ON k.why_key = p.why_key
    CROSS JOIN LATERAL (
        SELECT
            o.abs_qty,
            o.pct
        FROM recon.tolerance AS o
        WHERE o.abc_class IN (i.abc_class, '*') AND o.uom IN (i.base_uom, '*')
        ORDER BY o.abc_class = '*', o.uom = '*'
        LIMIT 1
    ) AS t
) AS y;

-- name: recon_insert_parts
-- Writes the messages behind the rows: known movements, late ones, candidates, echoes, gaps.
-- params: run_id bigint
INSERT INTO recon.difference_part (
    run_id, warehouse_code, item_code, lot_no, stock_status, part_no, class, evidence, side, qty, seq, line_no,
    ledger_seq, delivery_id, posting_message_id, source_seq, doc_type, doc_no, state, happened_at, age_s, detail
)
SELECT
    :run_id,
    x.warehouse_code,
    i.item_code,
    x.lot_no,
    s.stock_status,
    row_number() OVER (
        PARTITION BY x.warehouse_code, x.item_no, x.lot_no, x.status_no
        ORDER BY x.kind, c.test_order, x.class, x.happened_at, x.seq, x.line_no, x.entry_no, x.delivery_id
    ),
    x.class,
    x.evidence,
    x.side,
    x.qty,
    x.seq,
    x.line_no,
    x.ledger_seq,
    x.delivery_id,
    x.posting_message_id,
    x.source_seq,
    x.doc_type,
    x.doc_no,
    x.state,
    x.happened_at,
    round(x.age_s),
    x.detail
FROM (
    SELECT
        1 AS kind,
        m.warehouse_code,
        m.item_no,
        m.lot_no,
        m.status_no,
        m.class,
        'A' AS evidence,
        CASE WHEN m.in_erp THEN 'erp' ELSE 'wms' END AS side,
        CASE WHEN m.in_erp THEN m.qty ELSE -m.qty END AS qty,
        m.seq,
        m.line_no,
        m.entry_no,
        m.ledger_seq,
        m.delivery_id,
        m.posting_message_id,
        m.source_seq,
        m.doc_type,
        m.doc_no,
        m.state,
        m.happened_at,
        m.age_s,
        CASE WHEN m.by_time THEN '{"by": "time"}' ELSE '{}' END AS detail
    FROM recon_move AS m
    WHERE m.class IS NOT NULL
    UNION ALL
    SELECT
        2,
        m.warehouse_code,
        m.item_no,
        m.lot_no,
        m.status_no,
        'LATE_MESSAGE',
        'A',
        'wms',
        m.qty,
        m.seq,
        m.line_no,
        m.entry_no,
        m.ledger_seq,
        m.delivery_id,
        m.posting_message_id,
        m.source_seq,
        m.doc_type,
        m.doc_no,
        m.state,
        m.happened_at,
        m.age_s,
        '{}'
    FROM recon_move AS m
    WHERE m.is_late
    UNION ALL
    SELECT
        3,
        h.warehouse_code,
        h.item_no,
        h.lot_no,
        h.status_no,
        h.class,
        h.evidence,
        h.side,
        h.qty,
        h.seq,
        h.line_no,
        0,
        h.ledger_seq,
        h.delivery_id,
        h.posting_message_id,
        h.source_seq,
        h.doc_type,
        h.doc_no,
        h.state,
        h.happened_at,
        h.age_s,
        CAST(h.detail AS text)
    FROM recon_hint AS h
) AS z
CROSS JOIN LATERAL (
    SELECT
        z.kind,
        z.warehouse_code,
        z.item_no,
        z.lot_no,
        z.status_no,
        z.class,
        z.evidence,
        z.side,
        z.qty,
        z.seq,
        z.line_no,
        z.entry_no,
        z.ledger_seq,
        z.delivery_id,
        z.posting_message_id,
        z.source_seq,
        z.doc_type,
        z.doc_no,
        z.state,
        z.happened_at,
        z.age_s,
        CAST(z.detail AS jsonb) AS detail
) AS x
INNER JOIN recon_key AS k
    ON x.warehouse_code = k.warehouse_code AND x.item_no = k.item_no AND x.lot_no = k.lot_no AND x.status_no = k.status_no
INNER JOIN recon_item AS i ON x.item_no = i.item_no
INNER JOIN recon_status AS s ON x.status_no = s.status_no
INNER JOIN recon.class AS c ON x.class = c.class;

-- name: recon_insert_totals
-- Writes the waterfall of a warehouse by unit and currency; keys that are no candidates are equal.
-- params: run_id bigint, warehouse_code text
INSERT INTO recon.run_total (
    run_id, warehouse_code, uom, currency, erp_qty, erp_value, cut_off_qty, cut_off_value, in_flight_qty, in_flight_value,
    rejected_qty, rejected_value, unconfirmed_qty, unconfirmed_value, carried_qty, carried_value, erp_drift_qty,
    erp_drift_value, wms_drift_qty, wms_drift_value, wms_qty, wms_value
)
SELECT
    :run_id,
    :warehouse_code,
    i.base_uom,
    CASE WHEN i.unit_cost IS NULL THEN '' ELSE coalesce(i.currency, '') END,
    sum(x.erp),
    sum(x.erp * coalesce(i.unit_cost, 0)),
    sum(x.cut_off),
    sum(x.cut_off * coalesce(i.unit_cost, 0)),
    sum(x.in_flight),
    sum(x.in_flight * coalesce(i.unit_cost, 0)),
    sum(x.rejected),
    sum(x.rejected * coalesce(i.unit_cost, 0)),
    sum(x.unconfirmed),
    sum(x.unconfirmed * coalesce(i.unit_cost, 0)),
    sum(x.carried),
    sum(x.carried * coalesce(i.unit_cost, 0)),
    sum(x.re),
    sum(x.re * coalesce(i.unit_cost, 0)),
    sum(x.rw),
    sum(x.rw * coalesce(i.unit_cost, 0)),
    sum(x.wms),
    sum(x.wms * coalesce(i.unit_cost, 0))
FROM (
    SELECT
        e.item_no,
        sum(e.qty) AS erp,
        0 AS wms,
        0 AS cut_off,
        0 AS in_flight,
        0 AS rejected,
        0 AS unconfirmed,
        0 AS carried,
        0 AS re,
        0 AS rw
    FROM recon_erp AS e
    GROUP BY e.item_no
    UNION ALL
    SELECT
        w.item_no,
        0,
        sum(w.qty),
        0,
        0,
        0,
        0,
        0,
        0,
        0
    FROM recon_wms AS w
    GROUP BY w.item_no
    UNION ALL
    SELECT
        k.item_no,
        0,
        0,
        sum(k.cut_off),
        sum(k.in_flight),
        sum(k.rejected),
        sum(k.unconfirmed),
        sum(k.r_before),
        sum(k.re),
        sum(k.rw)
    FROM recon_key AS k
    WHERE k.warehouse_code = :warehouse_code
    GROUP BY k.item_no
) AS x
INNER JOIN recon_item AS i ON x.item_no = i.item_no
GROUP BY i.base_uom, CASE WHEN i.unit_cost IS NULL THEN '' ELSE coalesce(i.currency, '') END;

-- name: recon_key_counts
-- Counts the candidates of a warehouse that are not zero on a side, and its movements in between.
-- params: warehouse_code text
-- returns: erp_keys bigint, any_keys bigint, straddling bigint, not_assessable bigint
SELECT
    count(*) FILTER (WHERE k.erp <> 0) AS erp_keys,
    count(*) FILTER (WHERE k.erp <> 0 OR k.wms <> 0) AS any_keys,
    (
        SELECT count(*)
        FROM recon_move AS m
        WHERE m.warehouse_code = :warehouse_code AND m.is_applied AND m.in_erp <> m.in_wms
    ) AS straddling,
    count(*) FILTER (
        WHERE EXISTS (
            SELECT
            FROM recon_apart AS a
            WHERE
                a.warehouse_code = k.warehouse_code AND a.item_no = k.item_no AND a.lot_no = k.lot_no
                AND (a.status_no IS NULL OR a.status_no = k.status_no)
        )
    ) AS not_assessable
FROM recon_key AS k
WHERE k.warehouse_code = :warehouse_code;

-- name: recon_open_counts
-- Counts the rows of a warehouse beyond tolerance, by raw difference and by residual, and its lines
-- apart.
-- params: run_id bigint, warehouse_code text
-- returns: raw_open bigint, adjusted_open bigint, apart bigint, out_of_scope bigint
SELECT
    count(*) FILTER (WHERE abs(d.difference_qty) > d.tolerance_qty) AS raw_open,
    count(*) FILTER (WHERE abs(d.residual_qty) > d.tolerance_qty AND (d.erp_qty <> 0 OR d.wms_qty <> 0)) AS adjusted_open,
    (
        SELECT count(*)
        FROM recon.quarantine AS q
        WHERE q.run_id = :run_id AND q.warehouse_code = :warehouse_code AND q.class <> 'NOT_COMPARABLE'
    ) AS apart,
    (
        SELECT count(*)
        FROM recon.quarantine AS q
        WHERE q.run_id = :run_id AND q.warehouse_code = :warehouse_code AND q.class = 'NOT_COMPARABLE'
    ) AS out_of_scope
FROM recon.difference AS d
WHERE d.run_id = :run_id AND d.warehouse_code = :warehouse_code;

-- name: recon_summary
-- What a run found, by class: rows, residual rows, unexplained ones beyond tolerance, and value.
-- params: run_id bigint
-- returns: class text, evidence text, difference_count bigint, residual_count bigint, unexplained_count bigint,
-- waiting_count bigint, value numeric
SELECT
    d.class,
    d.evidence,
    count(*) AS difference_count,
    count(*) FILTER (WHERE d.residual_qty <> 0 AND NOT d.is_tolerated) AS residual_count,
    count(*) FILTER (
        WHERE
            d.residual_qty <> 0 AND NOT d.is_tolerated
            AND (c.is_unexplained OR coalesce(w.is_unexplained, false))
    ) AS unexplained_count,
    count(*) FILTER (WHERE d.rejected_qty <> 0 OR d.unconfirmed_qty <> 0) AS waiting_count,
    coalesce(sum(d.value), 0) AS value
FROM recon.difference AS d
INNER JOIN recon.class AS c ON d.class = c.class
LEFT JOIN recon.class AS w ON w.class = d.why_args ->> 'was'
WHERE d.run_id = :run_id
GROUP BY d.class, d.evidence, c.test_order
ORDER BY c.test_order, d.class, d.evidence;
