-- Movements: what the ledger knows that a snapshot may not contain, and what it does not know yet.

-- name: recon_read_deliveries
-- Reads the deliveries to the ERP above the lower of its last two positions, with their echo.
-- params: receiver text, low bigint, last_delivery_id bigint
-- plan: delivery_pkey, posting_line_delivery_idx
INSERT INTO recon_delivery (
    delivery_id, seq, doc_type, action, state, answered_at, posted_at, posting_message_id
)
SELECT DISTINCT ON (d.seq)
    d.delivery_id,
    d.seq,
    d.doc_type,
    d.action,
    d.state,
    d.answered_at,
    p.posted_at,
    p.message_id
FROM (
    SELECT
        a.delivery_id,
        a.seq,
        a.doc_type,
        a.action,
        a.state,
        a.answered_at,
        a.receiver
    FROM staging.delivery AS a
    WHERE a.delivery_id > :low AND a.delivery_id <= :last_delivery_id
    UNION ALL
    SELECT
        b.delivery_id,
        b.seq,
        b.doc_type,
        b.action,
        b.state,
        b.answered_at,
        b.receiver
    FROM archive.delivery AS b
    WHERE b.delivery_id > :low AND b.delivery_id <= :last_delivery_id
) AS d
LEFT JOIN LATERAL (
    SELECT
        q.posted_at,
        q.message_id
    FROM staging.posting_line AS q
    WHERE q.delivery_id = d.delivery_id
    ORDER BY q.posted_at, q.message_id
    LIMIT 1
) AS p ON true
WHERE d.receiver = :receiver
ORDER BY d.seq, d.delivery_id;

-- name: recon_positions_by_source
-- Notes ledger rows above the lower of the WMS's last two positions.
-- params: warehouse_code text, low bigint
-- plan: ledger_source_seq_idx
INSERT INTO recon_position (ledger_seq)
SELECT l.ledger_seq
FROM book.ledger AS l
WHERE l.warehouse_code = :warehouse_code AND l.source_seq > :low;

-- name: recon_positions_by_delivery
-- Notes ledger rows whose facts were delivered above the lower of the ERP's last two positions.
-- params: warehouse_code text
-- plan: ledger_message_key
INSERT INTO recon_position (ledger_seq)
SELECT l.ledger_seq
FROM recon_delivery AS d
INNER JOIN book.ledger AS l ON d.seq = l.message_seq
WHERE l.warehouse_code = :warehouse_code;

-- name: recon_position_at
-- Finds the position of the ledger that was reached at an instant, in some 25 probes: positions are
-- given in commit order, so time grows with them, but for the length of a batch.
-- params: warehouse_code text, at timestamptz
-- returns: ledger_seq bigint
-- plan: ledger_pkey
WITH RECURSIVE probe AS (
    SELECT
        CAST(0 AS bigint) AS low,
        c.ledger_seq + 1 AS high
    FROM book.lane_counter AS c
    WHERE c.warehouse_code = :warehouse_code
    UNION ALL
    SELECT
        CASE WHEN l.applied_at <= CAST(:at AS timestamptz) - interval '10 minutes' THEN l.ledger_seq ELSE p.low END,
        CASE WHEN l.applied_at <= CAST(:at AS timestamptz) - interval '10 minutes' THEN p.high ELSE l.ledger_seq END
    FROM probe AS p
    INNER JOIN book.ledger AS l ON l.warehouse_code = :warehouse_code AND l.ledger_seq = (p.low + p.high) / 2
    WHERE p.high - p.low > 1
)

SELECT p.low AS ledger_seq
FROM probe AS p
ORDER BY p.high - p.low
LIMIT 1;

-- name: recon_positions_by_time
-- Notes ledger rows without a number of the WMS from a position on.
-- params: warehouse_code text, low bigint
-- plan: ledger_pkey
INSERT INTO recon_position (ledger_seq)
SELECT l.ledger_seq
FROM book.ledger AS l
WHERE l.warehouse_code = :warehouse_code AND l.ledger_seq > :low AND l.source_seq IS NULL;

-- name: recon_read_moves
-- Reads the movements at those positions, and says which snapshots contain them: in the ERP's by
-- delivery or echo, in the WMS's by its own number, both by time where there is none.
-- params: warehouse_code text, wms text, rolled boolean, erp_through bigint, wms_through bigint,
-- erp_as_of timestamptz, wms_as_of timestamptz, erp_before bigint, wms_before bigint,
-- erp_as_of_before timestamptz, wms_as_of_before timestamptz, visible_before text, ledger_before bigint,
-- as_of timestamptz, in_flight_limit interval, confirm_limit interval
-- plan: ledger_pkey, message_pkey
INSERT INTO recon_move (
    warehouse_code, item_no, lot_no, status_no, qty, is_applied, in_erp, in_wms, in_erp_before, in_wms_before,
    is_late, by_time, straddles, is_converted, class, seq, line_no, entry_no, ledger_seq, delivery_id,
    posting_message_id, source_seq, doc_type, doc_no, state, happened_at, age_s
)
SELECT
    y.warehouse_code,
    y.item_no,
    y.lot_no,
    y.status_no,
    y.qty,
    true,
    y.in_erp,
    y.in_wms,
    y.in_erp_before,
    y.in_wms_before,
    y.in_wms_before AND y.ledger_seq > :ledger_before
    AND NOT pg_visible_in_snapshot(coalesce(
        (SELECT o.xid FROM staging.message AS o WHERE o.seq = y.amended_from),
        -- Sent before, in error then: the last run counted it among the rejected.
        (SELECT o.xid FROM staging.message AS o WHERE o.superseded_by = y.seq ORDER BY o.seq LIMIT 1),
        (
            SELECT n.xid
            FROM staging.line AS n
            WHERE
                n.sender = y.sender AND n.doc_type = y.doc_type AND n.message_id = y.message_id
                AND n.line_no = y.line_no
        ),
        y.xid, '3'
    ), CAST(CAST(:visible_before AS text) AS pg_snapshot)),
    y.by_time,
    y.straddles,
    y.is_converted,
    CASE
        WHEN y.in_erp = y.in_wms THEN NULL
        WHEN y.in_erp OR y.delivery_id IS NULL OR y.state = 'accepted' THEN 'CUT_OFF'
        WHEN y.state = 'taken' AND :as_of - y.happened_at > CAST(:confirm_limit AS interval) THEN 'UNCONFIRMED'
        WHEN :as_of - y.happened_at > CAST(:in_flight_limit AS interval) THEN 'IN_FLIGHT_LATE'
        ELSE 'IN_FLIGHT'
    END,
    y.seq,
    y.line_no,
    y.entry_no,
    y.ledger_seq,
    y.delivery_id,
    y.posting_message_id,
    y.source_seq,
    y.doc_type,
    y.doc_no,
    y.state,
    y.happened_at,
    extract(EPOCH FROM :as_of - y.happened_at)
FROM (
    SELECT
        CAST(:warehouse_code AS text) AS warehouse_code,
        i.item_no,
        CASE
            WHEN CAST(:rolled AS boolean) THEN coalesce((
                SELECT r.to_code
                FROM recon_roll AS r
                WHERE (r.item_no IS NULL OR r.item_no = i.item_no) AND r.from_code IN (l.lot_no, '*')
                ORDER BY r.item_no ASC NULLS LAST, r.from_code DESC
                LIMIT 1
            ), l.lot_no)
            ELSE l.lot_no
        END AS lot_no,
        t.rolled_no AS status_no,
        l.qty,
        v.in_erp,
        v.in_wms,
        v.in_erp_before,
        v.in_wms_before,
        v.own_time IS NOT NULL AS by_time,
        (
            d.state = 'accepted' AND d.answered_at <= :erp_as_of AND NOT v.in_erp
        ) OR (
            -- A time that the sender itself told, on the wrong side of its own position.
            v.own_time IS NULL AND l.occurred_at < l.received_at
            AND (l.source_seq <= :wms_through) <> (l.occurred_at <= :wms_as_of)
        ) AS straddles,
        coalesce(l.numerator <> l.denominator, false) AS is_converted,
        l.message_seq AS seq,
        l.line_no,
        l.entry_no,
        l.ledger_seq,
        d.delivery_id,
        d.posting_message_id,
        l.source_seq,
        coalesce(m.doc_type, k.doc_type) AS doc_type,
        coalesce(m.doc_no, k.business_key) AS doc_no,
        m.sender,
        m.message_id,
        m.xid,
        m.amended_from,
        coalesce(d.state, 'applied') AS state,
        l.occurred_at AS happened_at
    FROM (SELECT DISTINCT q.ledger_seq FROM recon_position AS q) AS p
    INNER JOIN book.ledger AS l ON l.warehouse_code = :warehouse_code AND p.ledger_seq = l.ledger_seq
    INNER JOIN recon_item AS i ON l.item_code = i.item_code
    INNER JOIN recon_status AS t ON l.stock_status = t.stock_status
    LEFT JOIN recon_delivery AS d ON l.message_seq = d.seq
    LEFT JOIN staging.message AS m ON l.message_seq = m.seq
    LEFT JOIN staging.memory AS k ON l.message_seq = k.seq
    CROSS JOIN LATERAL (
        SELECT
            w.own_time,
            CASE
                WHEN d.delivery_id IS NOT NULL
                    THEN d.delivery_id <= :erp_through OR coalesce(d.posted_at <= :erp_as_of, false)
                WHEN coalesce(m.doc_type, k.doc_type) = 'transit_receipt' THEN l.applied_at <= :erp_as_of
                ELSE true
            END AS in_erp,
            CASE
                WHEN w.own_time IS NULL THEN l.source_seq <= :wms_through
                ELSE w.own_time <= :wms_as_of
            END AS in_wms,
            CASE
                WHEN d.delivery_id IS NOT NULL
                    THEN
                        d.delivery_id <= coalesce(CAST(:erp_before AS bigint), 0)
                        OR coalesce(d.posted_at <= CAST(:erp_as_of_before AS timestamptz), false)
                WHEN coalesce(m.doc_type, k.doc_type) = 'transit_receipt'
                    THEN coalesce(l.applied_at <= CAST(:erp_as_of_before AS timestamptz), false)
                ELSE CAST(:erp_before AS bigint) IS NOT NULL
            END AS in_erp_before,
            CASE
                WHEN w.own_time IS NULL THEN coalesce(l.source_seq <= CAST(:wms_before AS bigint), false)
                ELSE coalesce(w.own_time <= CAST(:wms_as_of_before AS timestamptz), false)
            END AS in_wms_before
        FROM (
            SELECT
                CASE
                    WHEN l.source_seq IS NOT NULL AND coalesce(m.sender, k.sender) = :wms THEN NULL
                    WHEN coalesce(m.sender, k.sender) = :wms THEN l.occurred_at
                    ELSE l.applied_at
                END AS own_time
        ) AS w
    ) AS v
    WHERE
        NOT EXISTS (
            SELECT
            FROM recon_scope AS c
            WHERE (c.item_no IS NULL OR c.item_no = i.item_no) AND (c.status_no IS NULL OR c.status_no = t.status_no)
        )
) AS y;

-- name: recon_read_unapplied
-- Reads the facts that the WMS's snapshot contains and the ledger does not: on their way, in error,
-- or held. A quantity that cannot be told (unknown unit, a count) is null.
-- params: warehouse_code text, wms text, rolled boolean, wms_through bigint, wms_as_of timestamptz,
-- wms_before bigint, wms_as_of_before timestamptz, visible_before text, as_of timestamptz,
-- in_flight_limit interval
-- plan: message_doc_key_idx, line_pkey, ledger_message_key, business_key_pkey
INSERT INTO recon_move (
    warehouse_code, item_no, lot_no, status_no, qty, is_applied, in_erp, in_wms, in_erp_before, in_wms_before,
    is_late, by_time, straddles, is_converted, class, seq, line_no, entry_no, ledger_seq, delivery_id,
    posting_message_id, source_seq, doc_type, doc_no, state, happened_at, age_s
)
SELECT
    :warehouse_code,
    y.item_no,
    CASE
        WHEN CAST(:rolled AS boolean) THEN coalesce((
            SELECT r.to_code
            FROM recon_roll AS r
            WHERE (r.item_no IS NULL OR r.item_no = y.item_no) AND r.from_code IN (y.lot_no, '*')
            ORDER BY r.item_no ASC NULLS LAST, r.from_code DESC
            LIMIT 1
        ), y.lot_no)
        ELSE y.lot_no
    END,
    y.rolled_no,
    y.qty,
    false,
    false,
    true,
    false,
    coalesce(
        CASE
            WHEN y.source_seq IS NULL THEN y.happened_at <= CAST(:wms_as_of_before AS timestamptz)
            ELSE y.source_seq <= CAST(:wms_before AS bigint)
        END, false
    ),
    y.qty IS NOT NULL
    AND coalesce(
        CASE
            WHEN y.source_seq IS NULL THEN y.happened_at <= CAST(:wms_as_of_before AS timestamptz)
            ELSE y.source_seq <= CAST(:wms_before AS bigint)
        END, false
    )
    AND NOT pg_visible_in_snapshot(y.xid, CAST(CAST(:visible_before AS text) AS pg_snapshot)),
    y.source_seq IS NULL,
    false,
    y.is_converted,
    CASE
        WHEN y.state IN ('error', 'held') THEN 'REJECTED'
        WHEN :as_of - y.happened_at > CAST(:in_flight_limit AS interval) THEN 'IN_FLIGHT_LATE'
        ELSE 'IN_FLIGHT'
    END,
    y.seq,
    y.line_no,
    y.entry_no,
    NULL,
    NULL,
    NULL,
    y.source_seq,
    y.doc_type,
    y.doc_no,
    y.state,
    y.happened_at,
    extract(EPOCH FROM :as_of - y.happened_at)
FROM (
    SELECT
        f.seq,
        n.line_no,
        g.entry_no,
        i.item_no,
        coalesce(btrim(n.lot_no), '') AS lot_no,
        t.status_no,
        t.rolled_no,
        CASE
            WHEN f.doc_type <> 'stock_count' AND n.qty NOT IN ('NaN', 'Infinity', '-Infinity')
                THEN round(g.sign * n.qty * u.numerator / u.denominator, 6)
        END AS qty,
        coalesce(u.numerator <> u.denominator, false) AS is_converted,
        coalesce(
            (SELECT o.xid FROM staging.message AS o WHERE o.seq = f.amended_from),
            (SELECT o.xid FROM staging.message AS o WHERE o.superseded_by = f.seq ORDER BY o.seq LIMIT 1),
            n.xid
        ) AS xid,
        f.source_seq,
        f.doc_type,
        f.doc_no,
        f.state,
        f.happened_at
    FROM (
        SELECT
            m.seq,
            m.sender,
            m.doc_type,
            m.message_id,
            m.state,
            m.source_seq,
            m.doc_no,
            m.order_type,
            m.amended_from,
            m.xid,
            m.line_count,
            coalesce(nullif(btrim(m.action), ''), 'post') AS action,
            coalesce(m.occurred_at, m.received_at) AS happened_at
        FROM staging.message AS m
        WHERE
            m.lane = :warehouse_code
            AND m.state IN ('received', 'waiting', 'retrying', 'held', 'error')
            AND m.road IN ('fact', 'count')
            AND m.sender = :wms
            -- The same number with other content (DUP-001): what came first is in the ledger already.
            AND NOT EXISTS (
                SELECT
                FROM staging.business_key AS b
                INNER JOIN book.ledger AS e ON e.warehouse_code = :warehouse_code AND b.seq = e.message_seq
                WHERE
                    b.sender = m.sender AND b.doc_type = m.doc_type AND b.seq <> m.seq
                    AND b.business_key = concat_ws(' ', CAST(:warehouse_code AS text), btrim(m.doc_no))
            )
    ) AS f
    INNER JOIN staging.line AS n
        ON f.sender = n.sender AND f.doc_type = n.doc_type AND f.message_id = n.message_id
    LEFT JOIN recon_map AS im
        ON f.sender = im.system_code AND im.domain = 'item' AND im.external_code = btrim(n.item_code)
    INNER JOIN recon_item AS i ON i.item_code = coalesce(im.canonical_code, btrim(n.item_code))
    LEFT JOIN recon_map AS um
        ON f.sender = um.system_code AND um.domain = 'uom' AND um.external_code = btrim(n.uom)
    LEFT JOIN recon_unit AS u
        ON i.item_no = u.item_no AND u.uom = coalesce(um.canonical_code, nullif(btrim(n.uom), ''), i.base_uom)
    CROSS JOIN LATERAL (
        SELECT
            1 AS entry_no,
            CASE WHEN f.doc_type IN ('shipment', 'material_issue', 'stock_move') THEN -1 ELSE 1 END AS sign,
            nullif(btrim(n.stock_status), '') AS raw_status
        UNION ALL
        SELECT
            2,
            1,
            coalesce(nullif(btrim(n.to_stock_status), ''), nullif(btrim(n.stock_status), ''))
        WHERE f.doc_type = 'stock_move'
    ) AS g
    LEFT JOIN recon_map AS sm
        ON f.sender = sm.system_code AND sm.domain = 'stock_status' AND g.raw_status = sm.external_code
    INNER JOIN recon_status AS t
        ON t.stock_status = coalesce(
            sm.canonical_code, g.raw_status,
            CASE WHEN f.doc_type = 'goods_receipt' AND btrim(f.order_type) = 'customer_return' THEN 'returns' END,
            'unrestricted'
        )
    WHERE
        f.action = 'post'
        AND (f.line_count IS NOT NULL OR n.xid = f.xid)
        AND CASE
            WHEN f.source_seq IS NULL THEN f.happened_at <= :wms_as_of
            ELSE f.source_seq <= :wms_through
        END
        AND NOT (
            f.doc_type = 'stock_move'
            AND coalesce(nullif(btrim(n.to_stock_status), ''), nullif(btrim(n.stock_status), ''), 'unrestricted')
            = coalesce(nullif(btrim(n.stock_status), ''), 'unrestricted')
        )
    UNION ALL
    -- A reversal takes back what its original posted.
    SELECT
        f.seq,
        l.line_no,
        l.entry_no,
        i.item_no,
        l.lot_no,
        t.status_no,
        t.rolled_no,
        -l.qty,
        false,
        f.xid,
        f.source_seq,
        f.doc_type,
        f.doc_no,
        f.state,
        coalesce(f.occurred_at, f.received_at)
    FROM staging.message AS f
    INNER JOIN staging.business_key AS k
        ON
            f.sender = k.sender AND f.doc_type = k.doc_type
            AND k.business_key = concat_ws(' ', CAST(:warehouse_code AS text), btrim(f.reverses_no))
    INNER JOIN book.ledger AS l ON l.warehouse_code = :warehouse_code AND k.seq = l.message_seq
    INNER JOIN recon_item AS i ON l.item_code = i.item_code
    INNER JOIN recon_status AS t ON l.stock_status = t.stock_status
    WHERE
        f.lane = :warehouse_code
        AND f.state IN ('received', 'waiting', 'retrying', 'held', 'error')
        AND f.road = 'fact'
        AND f.sender = :wms
        AND btrim(f.action) = 'reverse'
        AND CASE
            WHEN f.source_seq IS NULL THEN coalesce(f.occurred_at, f.received_at) <= :wms_as_of
            ELSE f.source_seq <= :wms_through
        END
) AS y
WHERE
    NOT EXISTS (
        SELECT
        FROM recon_scope AS c
        WHERE (c.item_no IS NULL OR c.item_no = y.item_no) AND (c.status_no IS NULL OR c.status_no = y.status_no)
    );

-- name: recon_read_before
-- Reads what the last closed run of the warehouse left open, rolled up as the keys are now. The
-- balances themselves are compared only where the rules are the same as they were.
-- params: run_id bigint, warehouse_code text, rolled boolean, same_rules boolean
INSERT INTO recon_before (
    item_no, lot_no, status_no, erp_qty, wms_qty, erp_drift, wms_drift, residual, was, evidence, owner, action,
    first_run_id, first_seen_on, night_count, converted_count
)
SELECT
    x.item_no,
    x.lot_no,
    x.status_no,
    CASE WHEN CAST(:same_rules AS boolean) THEN sum(x.erp_qty) END,
    CASE WHEN CAST(:same_rules AS boolean) THEN sum(x.wms_qty) END,
    sum(x.erp_drift),
    sum(x.wms_drift),
    sum(x.residual),
    (array_agg(x.was ORDER BY abs(x.residual) DESC))[1],
    (array_agg(x.evidence ORDER BY abs(x.residual) DESC))[1],
    (array_agg(x.owner ORDER BY abs(x.residual) DESC))[1],
    (array_agg(x.action ORDER BY abs(x.residual) DESC))[1],
    min(x.first_run_id),
    min(x.first_seen_on),
    max(x.night_count),
    max(x.converted_count)
FROM (
    SELECT
        i.item_no,
        CASE
            WHEN CAST(:rolled AS boolean) THEN coalesce((
                SELECT r.to_code
                FROM recon_roll AS r
                WHERE (r.item_no IS NULL OR r.item_no = i.item_no) AND r.from_code IN (d.lot_no, '*')
                ORDER BY r.item_no ASC NULLS LAST, r.from_code DESC
                LIMIT 1
            ), d.lot_no)
            ELSE d.lot_no
        END AS lot_no,
        t.rolled_no AS status_no,
        d.erp_qty,
        d.wms_qty,
        d.erp_total_drift_qty AS erp_drift,
        d.wms_total_drift_qty AS wms_drift,
        d.residual_qty AS residual,
        coalesce(d.why_args ->> 'was', d.class) AS was,
        d.evidence,
        d.owner,
        d.action,
        d.first_run_id,
        d.first_seen_on,
        d.night_count,
        coalesce(CAST(d.why_args ->> 'converted' AS integer), 0) AS converted_count
    FROM recon.difference AS d
    INNER JOIN recon_item AS i ON d.item_code = i.item_code
    INNER JOIN recon_status AS t ON d.stock_status = t.stock_status
    WHERE
        d.run_id = :run_id AND d.warehouse_code = :warehouse_code
        AND NOT EXISTS (
            SELECT
            FROM recon_scope AS c
            WHERE (c.item_no IS NULL OR c.item_no = i.item_no) AND (c.status_no IS NULL OR c.status_no = t.status_no)
        )
) AS x
GROUP BY x.item_no, x.lot_no, x.status_no;

-- name: recon_read_echo
-- Compares what the ERP says it posted with what was delivered, by delivery and key. Moves and counts
-- are left out: an echo names one status, and the quantity of a count is no movement.
-- params: warehouse_code text, sender text
INSERT INTO recon_echo (
    warehouse_code, item_no, lot_no, status_no, delivery_id, intended, posted, document_count, documents,
    posting_message_id, uom_differs
)
SELECT
    :warehouse_code,
    z.item_no,
    z.lot_no,
    z.status_no,
    z.delivery_id,
    sum(z.intended),
    sum(z.posted),
    count(DISTINCT z.receiver_ref),
    string_agg(DISTINCT z.receiver_ref, ', ' ORDER BY z.receiver_ref),
    min(z.message_id),
    bool_or(z.uom_differs)
FROM (
    SELECT
        m.item_no,
        m.lot_no,
        m.status_no,
        m.delivery_id,
        m.qty AS intended,
        CAST(0 AS numeric) AS posted,
        CAST(NULL AS text) AS receiver_ref,
        CAST(NULL AS text) AS message_id,
        false AS uom_differs
    FROM recon_move AS m
    WHERE
        m.warehouse_code = :warehouse_code
        AND m.in_erp AND NOT m.in_erp_before AND m.posting_message_id IS NOT NULL
        AND m.doc_type NOT IN ('stock_move', 'stock_count')
    UNION ALL
    SELECT
        i.item_no,
        coalesce(btrim(p.lot_no), ''),
        t.rolled_no,
        p.delivery_id,
        0,
        round(
            CASE WHEN d.doc_type IN ('shipment', 'material_issue') THEN -1 ELSE 1 END
            * CASE d.action WHEN 'reverse' THEN -1 ELSE 1 END
            * p.qty * u.numerator / u.denominator, 6
        ),
        p.receiver_ref,
        p.message_id,
        coalesce(btrim(p.uom) <> btrim(dl.uom), false)
    FROM recon_delivery AS d
    INNER JOIN staging.posting_line AS p ON d.delivery_id = p.delivery_id
    LEFT JOIN staging.delivery_line AS dl ON p.delivery_id = dl.delivery_id AND p.line_no = dl.line_no
    LEFT JOIN recon_map AS im
        ON im.system_code = :sender AND im.domain = 'item' AND im.external_code = btrim(p.item_code)
    INNER JOIN recon_item AS i ON i.item_code = coalesce(im.canonical_code, btrim(p.item_code))
    LEFT JOIN recon_map AS um
        ON um.system_code = :sender AND um.domain = 'uom' AND um.external_code = btrim(p.uom)
    INNER JOIN recon_unit AS u
        ON i.item_no = u.item_no AND u.uom = coalesce(um.canonical_code, nullif(btrim(p.uom), ''), i.base_uom)
    LEFT JOIN recon_map AS sm
        ON sm.system_code = :sender AND sm.domain = 'stock_status' AND sm.external_code = btrim(p.stock_status)
    INNER JOIN recon_status AS t
        ON t.stock_status = coalesce(sm.canonical_code, nullif(btrim(p.stock_status), ''), 'unrestricted')
    WHERE
        d.doc_type NOT IN ('stock_move', 'stock_count')
        AND EXISTS (
            SELECT
            FROM recon_move AS m
            WHERE
                m.warehouse_code = :warehouse_code
                AND m.delivery_id = d.delivery_id AND m.in_erp AND NOT m.in_erp_before
        )
) AS z
GROUP BY z.item_no, z.lot_no, z.status_no, z.delivery_id
HAVING sum(z.intended) <> sum(z.posted);

-- name: recon_missing_numbers
-- Numbers of a WMS that numbers without gaps, which never came, in the window of this run.
-- params: warehouse_code text, wms text, wms_before bigint, wms_through bigint
-- returns: source_seq bigint
-- plan: ledger_source_seq_idx
SELECT g.source_seq
FROM generate_series(CAST(:wms_before AS bigint) + 1, CAST(:wms_through AS bigint)) AS g (source_seq)
WHERE
    NOT EXISTS (
        SELECT
        FROM book.ledger AS l
        WHERE l.warehouse_code = :warehouse_code AND l.source_seq = g.source_seq
    )
    AND g.source_seq NOT IN (
        SELECT m.source_seq
        FROM staging.message AS m
        WHERE
            m.sender = :wms AND m.lane = :warehouse_code
            AND m.source_seq > CAST(:wms_before AS bigint) AND m.source_seq <= CAST(:wms_through AS bigint)
    )
ORDER BY g.source_seq
LIMIT 1000;
