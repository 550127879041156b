-- The classes, in the order in which they are tested: each takes keys that have none yet.

-- name: classify_quarantine
-- Unknown codes and doubles: lines of the key lie apart, so its residual says nothing of the stock.
UPDATE recon_key AS k
SET
    class = x.class,
    evidence = 'A',
    why_key = 'quarantine',
    why_args = jsonb_build_object('lines', x.line_count, 'classes', x.classes)
FROM (
    SELECT
        c.warehouse_code,
        c.item_no,
        c.lot_no,
        c.status_no,
        (array_agg(a.class ORDER BY a.class = 'DUPLICATE_KEY', a.class))[1] AS class,
        sum(a.line_count) AS line_count,
        string_agg(DISTINCT a.class, ', ' ORDER BY a.class) AS classes
    FROM recon_key AS c
    INNER JOIN recon_apart AS a
        ON
            c.warehouse_code = a.warehouse_code AND c.item_no = a.item_no AND c.lot_no = a.lot_no
            AND (a.status_no IS NULL OR c.status_no = a.status_no)
    WHERE c.r <> 0
    GROUP BY c.warehouse_code, c.item_no, c.lot_no, c.status_no
) AS x
WHERE
    k.warehouse_code = x.warehouse_code AND k.item_no = x.item_no AND k.lot_no = x.lot_no AND k.status_no = x.status_no;

-- name: classify_parts
-- Known movements are all of the difference: the most urgent of them names the key.
UPDATE recon_key AS k
SET
    class = k.worst_part,
    evidence = 'A',
    why_key = CASE WHEN k.late <> 0 THEN 'late' ELSE 'parts' END
WHERE k.class IS NULL AND k.r = 0 AND k.worst_part IS NOT NULL;

-- name: classify_held_back
-- A message of which the quantity cannot be told waits, and the WMS's book has it already.
UPDATE recon_key AS k
SET
    class = x.class,
    evidence = 'B',
    why_key = 'held_back',
    why_args = jsonb_build_object('documents', x.documents)
FROM (
    SELECT
        m.warehouse_code,
        m.item_no,
        m.lot_no,
        m.status_no,
        max(m.class) AS class,
        string_agg(DISTINCT m.doc_type || ' ' || coalesce(m.doc_no, CAST(m.seq AS text)), ', ') AS documents
    FROM recon_move AS m
    WHERE NOT m.is_applied AND m.qty IS NULL
    GROUP BY m.warehouse_code, m.item_no, m.lot_no, m.status_no
) AS x
WHERE
    k.class IS NULL AND k.r <> 0 AND k.rw <> 0
    AND k.warehouse_code = x.warehouse_code AND k.item_no = x.item_no AND k.lot_no = x.lot_no AND k.status_no = x.status_no;

-- name: classify_late
-- A late message restates the last run, and nothing else is left.
UPDATE recon_key AS k
SET
    class = 'LATE_MESSAGE',
    evidence = 'A',
    why_key = 'late'
WHERE k.class IS NULL AND k.r = 0 AND k.late <> 0;

-- name: classify_closed
-- The residual of the last run is gone: it keeps the class it had.
UPDATE recon_key AS k
SET
    class = coalesce(k.was, 'UNEXPLAINED'),
    evidence = coalesce(k.was_evidence, 'A'),
    why_key = 'closed',
    flags = array_append(k.flags, 'CLOSED')
WHERE k.class IS NULL AND k.r = 0 AND k.residual_before <> 0;

-- name: classify_masked
-- The books agree with each other, and not with the ledger: both changed outside the interface.
UPDATE recon_key AS k
SET
    class = CASE
        WHEN k.is_first THEN 'OPENING_DIFFERENCE'
        WHEN k.re = 0 AND k.rw = 0 THEN 'CARRIED_FORWARD'
        ELSE 'UNREPORTED_ERP'
    END,
    evidence = CASE WHEN k.is_first THEN 'none' ELSE 'A' END,
    why_key = CASE
        WHEN k.is_first THEN 'opening'
        WHEN k.re = 0 AND k.rw = 0 THEN 'carried'
        ELSE 'both_sides'
    END
WHERE k.class IS NULL AND k.r = 0;

-- name: classify_carried
-- Nothing new: the residual is that of an earlier night.
UPDATE recon_key AS k
SET
    class = 'CARRIED_FORWARD',
    evidence = 'A',
    why_key = 'carried'
WHERE k.class IS NULL AND k.re = 0 AND k.rw = 0 AND k.r = k.r_before AND k.r_before <> 0;

-- name: classify_rounding
-- Smaller than half of what the coarser side can write, once for the balance and for each movement
-- that was converted since the residual was zero.
UPDATE recon_key AS k
SET
    class = 'ROUNDING',
    evidence = 'B',
    why_key = 'rounding',
    why_args = jsonb_build_object('limit', trim_scale(x.quantum * (k.converted_count + 1)))
FROM (
    SELECT
        e.item_no,
        0.5 * power(CAST(10 AS numeric), -least(e.decimals, w.decimals)) AS quantum
    FROM (
        SELECT
            g.item_no,
            max(g.decimals) AS decimals
        FROM recon_scale AS g
        WHERE g.side = 'erp'
        GROUP BY g.item_no
    ) AS e
    INNER JOIN (
        SELECT
            g.item_no,
            max(g.decimals) AS decimals
        FROM recon_scale AS g
        WHERE g.side = 'wms'
        GROUP BY g.item_no
    ) AS w ON e.item_no = w.item_no
    WHERE e.decimals <> w.decimals
) AS x
WHERE
    k.class IS NULL AND k.item_no = x.item_no
    AND abs(k.r) <= x.quantum * (k.converted_count + 1);

-- name: classify_lots
-- One side keeps the item without lots, and over all lots nothing is left.
UPDATE recon_key AS k
SET
    class = 'LOT_GRANULARITY',
    evidence = 'A',
    why_key = 'lots',
    why_args = jsonb_build_object('side', CASE WHEN x.erp_lots THEN 'wms' ELSE 'erp' END)
FROM (
    SELECT
        c.warehouse_code,
        c.item_no,
        g.erp_lots
    FROM recon_key AS c
    INNER JOIN (
        SELECT
            s.warehouse_code,
            s.item_no,
            bool_or(s.side = 'erp' AND s.has_lots) AS erp_lots,
            bool_or(s.side = 'wms' AND s.has_lots) AS wms_lots
        FROM recon_scale AS s
        GROUP BY s.warehouse_code, s.item_no
        HAVING count(*) = 2
    ) AS g ON c.warehouse_code = g.warehouse_code AND c.item_no = g.item_no AND g.erp_lots <> g.wms_lots
    WHERE c.r <> 0
    GROUP BY c.warehouse_code, c.item_no, g.erp_lots
    HAVING sum(c.r) = 0 AND count(*) > 1
) AS x
WHERE k.class IS NULL AND k.r <> 0 AND k.warehouse_code = x.warehouse_code AND k.item_no = x.item_no;

-- name: classify_status_shift
-- New drifts that cancel over the statuses of an item and lot.
UPDATE recon_key AS k
SET
    class = 'STATUS_SHIFT',
    evidence = 'B',
    why_key = 'shift',
    why_args = jsonb_build_object('others', x.others)
FROM (
    SELECT
        c.warehouse_code,
        c.item_no,
        c.lot_no,
        string_agg(t.stock_status || ' ' || trim_scale(c.re - c.rw), ', ' ORDER BY t.stock_status) AS others
    FROM recon_key AS c
    INNER JOIN recon_status AS t ON c.status_no = t.status_no
    WHERE c.class IS NULL AND c.re <> c.rw
    GROUP BY c.warehouse_code, c.item_no, c.lot_no
    HAVING count(*) > 1 AND sum(c.re - c.rw) = 0
) AS x
WHERE
    k.class IS NULL AND k.re <> k.rw
    AND k.warehouse_code = x.warehouse_code AND k.item_no = x.item_no AND k.lot_no = x.lot_no;

-- name: classify_lot_shift
-- New drifts that cancel over the lots of an item and status.
UPDATE recon_key AS k
SET
    class = 'LOT_SHIFT',
    evidence = 'B',
    why_key = 'shift',
    why_args = jsonb_build_object('others', x.others)
FROM (
    SELECT
        c.warehouse_code,
        c.item_no,
        c.status_no,
        string_agg('lot ' || c.lot_no || ' ' || trim_scale(c.re - c.rw), ', ' ORDER BY c.lot_no) AS others
    FROM recon_key AS c
    WHERE c.class IS NULL AND c.re <> c.rw
    GROUP BY c.warehouse_code, c.item_no, c.status_no
    HAVING count(*) > 1 AND sum(c.re - c.rw) = 0
) AS x
WHERE
    k.class IS NULL AND k.re <> k.rw
    AND k.warehouse_code = x.warehouse_code AND k.item_no = x.item_no AND k.status_no = x.status_no;

-- name: classify_warehouse_shift
-- New drifts that cancel over the warehouses of the run.
UPDATE recon_key AS k
SET
    class = 'WAREHOUSE_SHIFT',
    evidence = 'B',
    why_key = 'shift',
    why_args = jsonb_build_object('others', x.others)
FROM (
    SELECT
        c.item_no,
        c.lot_no,
        c.status_no,
        string_agg(c.warehouse_code || ' ' || trim_scale(c.re - c.rw), ', ' ORDER BY c.warehouse_code) AS others
    FROM recon_key AS c
    WHERE c.class IS NULL AND c.re <> c.rw
    GROUP BY c.item_no, c.lot_no, c.status_no
    HAVING count(*) > 1 AND sum(c.re - c.rw) = 0
) AS x
WHERE
    k.class IS NULL AND k.re <> k.rw
    AND k.item_no = x.item_no AND k.lot_no = x.lot_no AND k.status_no = x.status_no;

-- name: classify_uom_balance
-- The books differ by the factor of a unit; proved when two keys of the item, or the last run, agree.
UPDATE recon_key AS k
SET
    class = 'UOM_BALANCE',
    evidence = CASE WHEN x.key_count > 1 OR k.was = 'UOM_BALANCE' THEN 'B' ELSE 'C' END,
    why_key = 'uom_balance',
    why_args = jsonb_build_object('factor', trim_scale(x.factor), 'unit', x.uom),
    candidate_count = 1
FROM (
    SELECT DISTINCT ON (y.warehouse_code, y.item_no, y.lot_no, y.status_no)
        y.warehouse_code,
        y.item_no,
        y.lot_no,
        y.status_no,
        y.uom,
        y.factor,
        count(*) OVER (PARTITION BY y.item_no, y.uom, y.is_multiple) AS key_count
    FROM (
        SELECT
            c.warehouse_code,
            c.item_no,
            c.lot_no,
            c.status_no,
            u.uom,
            CAST(u.numerator AS numeric) / u.denominator AS factor,
            c.erp - c.cut_off - c.in_flight - c.rejected - c.unconfirmed
            = round(c.wms * u.numerator / u.denominator, 6) AS is_multiple
        FROM recon_key AS c
        INNER JOIN recon_unit AS u ON c.item_no = u.item_no AND u.numerator <> u.denominator
        WHERE
            c.class IS NULL AND c.wms <> 0
            AND (
                c.erp - c.cut_off - c.in_flight - c.rejected - c.unconfirmed
                = round(c.wms * u.numerator / u.denominator, 6)
                OR c.erp - c.cut_off - c.in_flight - c.rejected - c.unconfirmed
                = round(c.wms * u.denominator / u.numerator, 6)
            )
    ) AS y
    ORDER BY y.warehouse_code, y.item_no, y.lot_no, y.status_no, y.uom
) AS x
WHERE
    k.class IS NULL
    AND k.warehouse_code = x.warehouse_code AND k.item_no = x.item_no AND k.lot_no = x.lot_no AND k.status_no = x.status_no;

-- name: classify_echo
-- What the ERP says it posted is what its book is off by: twice, another quantity or unit, or to
-- another key.
UPDATE recon_key AS k
SET
    class = x.class,
    evidence = 'A',
    why_key = 'echo',
    why_args = jsonb_build_object(
        'posted', trim_scale(x.posted), 'intended', trim_scale(x.intended), 'documents', x.documents
    ),
    candidate_count = x.echo_count
FROM (
    SELECT
        e.warehouse_code,
        e.item_no,
        e.lot_no,
        e.status_no,
        sum(e.posted) AS posted,
        sum(e.intended) AS intended,
        string_agg(coalesce(e.documents, e.also), ', ' ORDER BY e.delivery_id) AS documents,
        count(*) AS echo_count,
        CASE
            WHEN bool_and(e.is_misrouted) THEN 'MISROUTED'
            WHEN bool_and(e.document_count > 1) THEN 'DUPLICATE'
            WHEN bool_or(e.uom_differs) THEN 'UOM_MISPOST'
            ELSE 'QTY_MISPOST'
        END AS class
    FROM (
        SELECT
            o.warehouse_code,
            o.item_no,
            o.lot_no,
            o.status_no,
            o.delivery_id,
            o.posted,
            o.intended,
            o.documents,
            o.document_count,
            o.uom_differs,
            max(o.documents) OVER v AS also,
            sum(o.posted - o.intended) OVER v = 0 AND count(*) OVER v > 1 AS is_misrouted
        FROM recon_echo AS o
        WINDOW v AS (PARTITION BY o.warehouse_code, o.delivery_id)
    ) AS e
    GROUP BY e.warehouse_code, e.item_no, e.lot_no, e.status_no
) AS x
WHERE
    k.class IS NULL AND k.re = x.posted - x.intended AND k.rw = 0 AND k.re <> 0
    AND k.warehouse_code = x.warehouse_code AND k.item_no = x.item_no AND k.lot_no = x.lot_no AND k.status_no = x.status_no;

-- name: classify_gap
-- The WMS's book changed, and numbers of it never came; that one is the cause of the other is a link,
-- not a proof.
-- params: warehouse_code text, numbers text, missing bigint[]
UPDATE recon_key AS k
SET
    class = 'SEQ_GAP',
    evidence = 'B',
    why_key = 'gap',
    why_args = jsonb_build_object('numbers', CAST(:numbers AS text)),
    candidate_count = cardinality(CAST(:missing AS bigint []))
WHERE k.class IS NULL AND NOT k.is_first AND k.rw <> 0 AND k.re = 0 AND k.warehouse_code = :warehouse_code;

-- name: hint_possible
-- Movements of the window that one book's drift would be explained by: twice, missing, turned round,
-- or in another unit. A suspicion by numbers: all are listed.
INSERT INTO recon_hint (
    warehouse_code, item_no, lot_no, status_no, class, evidence, side, qty, seq, line_no, ledger_seq, delivery_id,
    posting_message_id, source_seq, doc_type, doc_no, state, happened_at, age_s, detail
)
SELECT
    k.warehouse_code,
    k.item_no,
    k.lot_no,
    k.status_no,
    p.class,
    'C',
    s.side,
    s.drift,
    v.seq,
    v.line_no,
    v.ledger_seq,
    v.delivery_id,
    v.posting_message_id,
    v.source_seq,
    v.doc_type,
    v.doc_no,
    v.state,
    v.happened_at,
    v.age_s,
    jsonb_build_object('movement', trim_scale(v.qty)) || p.detail
FROM recon_key AS k
CROSS JOIN LATERAL (
    SELECT
        'erp' AS side,
        k.re AS drift
    WHERE k.re <> 0 AND k.rw = 0
    UNION ALL
    SELECT
        'wms',
        k.rw
    WHERE k.rw <> 0 AND k.re = 0
) AS s
INNER JOIN (
    SELECT
        m.warehouse_code,
        m.item_no,
        m.lot_no,
        m.status_no,
        m.seq,
        m.doc_type,
        m.doc_no,
        min(m.line_no) AS line_no,
        min(m.ledger_seq) AS ledger_seq,
        min(m.delivery_id) AS delivery_id,
        min(m.posting_message_id) AS posting_message_id,
        min(m.source_seq) AS source_seq,
        min(m.state) AS state,
        min(m.happened_at) AS happened_at,
        max(m.age_s) AS age_s,
        sum(m.qty) AS qty,
        bool_or(m.in_erp AND NOT m.in_erp_before OR m.straddles) AS is_new_erp,
        bool_or(m.in_wms AND NOT m.in_wms_before OR m.straddles) AS is_new_wms
    FROM recon_move AS m
    WHERE m.qty IS NOT NULL
    GROUP BY m.warehouse_code, m.item_no, m.lot_no, m.status_no, m.seq, m.doc_type, m.doc_no
    HAVING sum(m.qty) <> 0
) AS v
    ON
        k.warehouse_code = v.warehouse_code AND k.item_no = v.item_no AND k.lot_no = v.lot_no
        AND k.status_no = v.status_no
        AND CASE s.side WHEN 'erp' THEN v.is_new_erp ELSE v.is_new_wms END
CROSS JOIN LATERAL (
    SELECT
        'POSSIBLE_DUPLICATE' AS class,
        CAST('{}' AS jsonb) AS detail
    WHERE s.drift = v.qty
    UNION ALL
    SELECT
        'POSSIBLE_LOST_APPLY',
        '{}'
    WHERE s.drift = -v.qty
    UNION ALL
    SELECT
        'POSSIBLE_SIGN',
        '{}'
    WHERE s.drift = -2 * v.qty
    UNION ALL
    (
        SELECT
            'POSSIBLE_UOM_MOVE',
            jsonb_build_object('unit', u.uom)
        FROM recon_unit AS u
        WHERE
            u.item_no = k.item_no AND u.numerator <> u.denominator
            AND (
                s.drift = round(v.qty * u.numerator / u.denominator - v.qty, 6)
                OR s.drift = round(v.qty * u.denominator / u.numerator - v.qty, 6)
            )
        ORDER BY u.uom
        LIMIT 1
    )
) AS p
WHERE k.class IS NULL AND NOT k.is_first;

-- name: classify_possible
-- Names the key by the first pattern that fits, and says when more do.
UPDATE recon_key AS k
SET
    class = x.class,
    evidence = 'C',
    why_key = 'possible',
    why_args = jsonb_build_object('side', x.side, 'drift', trim_scale(x.drift), 'documents', x.documents),
    candidate_count = x.hint_count,
    flags = CASE WHEN x.hint_count > 1 THEN array_append(k.flags, 'OTHERS_FIT') ELSE k.flags END
FROM (
    SELECT
        h.warehouse_code,
        h.item_no,
        h.lot_no,
        h.status_no,
        (array_agg(h.class ORDER BY array_position(
            ARRAY['POSSIBLE_DUPLICATE', 'POSSIBLE_LOST_APPLY', 'POSSIBLE_SIGN', 'POSSIBLE_UOM_MOVE'], h.class
        )))[1] AS class,
        min(h.side) AS side,
        min(h.qty) AS drift,
        count(*) AS hint_count,
        string_agg(
            DISTINCT h.doc_type || ' ' || coalesce(h.doc_no, CAST(h.seq AS text)), ', '
        ) AS documents
    FROM recon_hint AS h
    WHERE h.evidence = 'C'
    GROUP BY h.warehouse_code, h.item_no, h.lot_no, h.status_no
) AS x
WHERE
    k.class IS NULL
    AND k.warehouse_code = x.warehouse_code AND k.item_no = x.item_no AND k.lot_no = x.lot_no AND k.status_no = x.status_no;

-- name: classify_rest
-- What is left: changed outside the interface on one side, different from the start, or on both sides.
UPDATE recon_key AS k
SET
    class = CASE
        WHEN k.is_first THEN 'OPENING_DIFFERENCE'
        WHEN k.rw = 0 THEN 'UNREPORTED_ERP'
        WHEN k.re = 0 THEN 'UNREPORTED_WMS'
        ELSE 'UNEXPLAINED'
    END,
    evidence = CASE WHEN k.is_first OR (k.re <> 0 AND k.rw <> 0) THEN 'none' ELSE 'A' END,
    why_key = CASE
        WHEN k.is_first THEN 'opening'
        WHEN k.rw = 0 OR k.re = 0 THEN 'unreported'
        ELSE 'both_sides'
    END,
    why_args = CASE
        WHEN k.is_first OR (k.re <> 0 AND k.rw <> 0) THEN '{}'
        WHEN k.rw = 0 THEN jsonb_build_object('side', 'erp', 'drift', trim_scale(k.re))
        ELSE jsonb_build_object('side', 'wms', 'drift', trim_scale(k.rw))
    END
WHERE k.class IS NULL;

-- name: recon_note_scales
-- Notes, for items that have candidates, how fine each side writes them and whether it has lots.
-- params: warehouse_code text
INSERT INTO recon_scale (warehouse_code, side, item_no, decimals, has_lots)
SELECT
    :warehouse_code,
    x.side,
    x.item_no,
    max(x.decimals),
    bool_or(x.lot_no <> '' AND x.qty <> 0)
FROM (
    SELECT
        'erp' AS side,
        e.item_no,
        e.lot_no,
        e.qty,
        e.decimals
    FROM recon_erp AS e
    UNION ALL
    SELECT
        'wms',
        w.item_no,
        w.lot_no,
        w.qty,
        w.decimals
    FROM recon_wms AS w
) AS x
WHERE
    x.item_no IN (SELECT k.item_no FROM recon_key AS k WHERE k.warehouse_code = :warehouse_code AND k.r <> 0)
GROUP BY x.side, x.item_no;
