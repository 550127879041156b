-- Apply requests: a new current revision of an order, a forwarded question, or the answer "no".

-- name: read_request_orders
-- Reads the orders that the requests of the batch name, as they stand.
-- params: warehouse_code text
-- plan: order_head_pkey
INSERT INTO batch_order (
    order_type, order_no, revision, action, state, milestone, seq, delivery_id,
    other_warehouse_code, row_version, by_seq
)
SELECT
    m.doc_type,
    m.order_no,
    h.revision,
    h.action,
    h.state,
    h.milestone,
    h.seq,
    h.delivery_id,
    h.other_warehouse_code,
    h.row_version,
    m.seq
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
LEFT JOIN book.order_head AS h
    ON
        h.warehouse_code = :warehouse_code
        AND m.doc_type = h.order_type
        AND m.order_no = h.order_no
WHERE o.is_go AND NOT m.is_notice;

-- name: look_deliveries
-- Looks at the deliveries of those orders, and at the answers waited for, under lock.
-- One that is being taken at this moment is not returned.
-- locks: staging.delivery rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: delivery_pkey
INSERT INTO batch_look (delivery_id, state, reason_code, note)
SELECT
    d.delivery_id,
    d.state,
    d.answer_reason_code,
    d.answer_note
FROM staging.delivery AS d
WHERE
    d.delivery_id IN (
        SELECT b.delivery_id
        FROM batch_order AS b
        WHERE b.delivery_id IS NOT NULL
        UNION ALL
        SELECT CAST(substr(w.key, 8) AS bigint)
        FROM staging.wait_key AS w
        INNER JOIN batch_message AS m ON w.seq = m.seq
        WHERE w.key LIKE 'answer:%'
    )
ORDER BY d.delivery_id
FOR NO KEY UPDATE OF d SKIP LOCKED;

-- name: judge_requests
-- Decides what becomes of each request, by the race table: how far the warehouse has come with the
-- order decides whether it is agreed at once, forwarded, or too late.
-- params: warehouse_code text
-- plan: order_line_pkey
INSERT INTO batch_request (
    seq, order_type, order_no, action, revision, step, withdraw_delivery_id, answer_delivery_id,
    reason, row_version
)
SELECT
    x.seq,
    x.order_type,
    x.order_no,
    x.action,
    x.revision,
    x.step,
    CASE
        WHEN x.step IN ('replace', 'change', 'cancel', 'close') AND x.is_pending THEN x.delivery_id
    END,
    x.answer_delivery_id,
    x.reason,
    x.row_version
FROM (
    SELECT
        m.seq,
        b.order_type,
        b.order_no,
        m.action,
        coalesce(m.revision, CASE WHEN m.action <> 'upsert' THEN b.revision END, 1) AS revision,
        b.delivery_id,
        k.answer_delivery_id,
        b.row_version,
        l.state = 'pending' AS is_pending,
        coalesce(a.reason_code, b.state) AS reason,
        CASE
            WHEN k.answer_delivery_id IS NOT NULL AND a.state IS NULL THEN 'busy'
            WHEN a.state = 'accepted' THEN 'agreed'
            WHEN a.state = 'refused' THEN 'declined'
            WHEN a.state IN ('pending', 'taken') THEN 'waiting'
            WHEN b.row_version IS NULL THEN 'release'
            WHEN m.action = 'upsert' AND b.state IN ('cancelled', 'refused') THEN 'release'
            -- At the same revision cancel beats close, in either order of arrival.
            WHEN
                m.action = 'cancel' AND b.action = 'close' AND b.state = 'closed'
                AND coalesce(m.revision, b.revision) = b.revision AND NOT coalesce(d.is_begun, false)
                THEN 'cancel'
            WHEN b.state IN ('completed', 'closed', 'cancelled', 'refused') THEN 'late'
            WHEN b.delivery_id IS NOT NULL AND l.state IS NULL THEN 'busy'
            WHEN m.action = 'close' THEN 'close'
            WHEN l.state = 'pending' AND b.state = 'released'
                THEN CASE m.action WHEN 'cancel' THEN 'cancel' ELSE 'replace' END
            WHEN m.action = 'cancel' THEN 'ask'
            WHEN d.is_less THEN 'ask'
            ELSE 'change'
        END AS step
    FROM batch_message AS m
    INNER JOIN batch_order AS b ON m.seq = b.by_seq
    LEFT JOIN batch_look AS l ON b.delivery_id = l.delivery_id
    LEFT JOIN (
        SELECT
            w.seq,
            max(CAST(substr(w.key, 8) AS bigint)) AS answer_delivery_id
        FROM staging.wait_key AS w
        WHERE w.key LIKE 'answer:%' AND w.seq IN (SELECT c.seq FROM batch_message AS c)
        GROUP BY w.seq
    ) AS k ON m.seq = k.seq
    LEFT JOIN batch_look AS a ON k.answer_delivery_id = a.delivery_id
    LEFT JOIN (
        SELECT
            c.seq,
            bool_or(ol.done_qty > 0) AS is_begun,
            bool_or(
                CASE
                    WHEN ol.line_no = 0 AND ol.order_type = 'production_order'
                        THEN c.base_qty < ol.ordered_qty OR c.item_code <> ol.item_code
                    ELSE
                        ol.state <> 'cancelled' AND (
                            n.line_no IS NULL OR n.base_qty < ol.ordered_qty
                            OR n.item_code <> ol.item_code OR n.lot_no <> ol.lot_no
                        )
                END
            ) AS is_less
        FROM batch_message AS c
        INNER JOIN batch_order AS o ON c.seq = o.by_seq
        INNER JOIN book.order_line AS ol
            ON
                ol.warehouse_code = :warehouse_code
                AND o.order_type = ol.order_type
                AND o.order_no = ol.order_no
        LEFT JOIN batch_line AS n ON c.seq = n.seq AND ol.line_no = n.line_no
        GROUP BY c.seq
    ) AS d ON m.seq = d.seq
) AS x;

-- name: judge_clashes
-- A line that has facts cannot become another item: the request is refused.
-- params: warehouse_code text
-- plan: order_line_pkey
UPDATE batch_request AS r
SET step = 'late', reason = 'in work'
FROM (
    SELECT DISTINCT q.seq
    FROM batch_request AS q
    INNER JOIN batch_line AS n ON q.seq = n.seq
    INNER JOIN book.order_line AS ol
        ON
            ol.warehouse_code = :warehouse_code
            AND q.order_type = ol.order_type
            AND q.order_no = ol.order_no
            AND n.line_no = ol.line_no
    WHERE ol.done_qty > 0 AND ol.item_code <> n.item_code
) AS x
WHERE
    r.seq = x.seq
    AND r.step IN ('release', 'replace', 'change', 'ask', 'agreed') AND r.action = 'upsert';

-- name: settle_requests
-- Carries the steps that are not applied now over to the outcomes.
UPDATE batch_outcome AS o
SET
    outcome = CASE r.step
        WHEN 'busy' THEN 'busy'
        WHEN 'ask' THEN 'ask'
        WHEN 'waiting' THEN 'asked'
        ELSE 'refused'
    END,
    waiting_for = CASE r.step WHEN 'waiting' THEN 'answer:' || r.answer_delivery_id END,
    reason = r.reason
FROM batch_request AS r
WHERE o.seq = r.seq AND r.step IN ('busy', 'ask', 'waiting', 'late', 'declined');

-- name: find_refusals
-- Tells why a request was refused.
INSERT INTO batch_finding (seq, line_no, column_name, code, severity, value, expected)
SELECT
    r.seq,
    NULL,
    'doc_no',
    CASE r.step WHEN 'declined' THEN 'STA-007' ELSE 'STA-001' END,
    'error',
    r.reason,
    r.action
FROM batch_request AS r
WHERE r.step IN ('late', 'declined');

-- name: count_requests
-- How many requests are agreed, so that a lost race shows, and how many concern a known order.
-- returns: agreed bigint, known bigint
SELECT
    count(*) FILTER (WHERE r.is_agreed) AS agreed,
    count(r.row_version) AS known
FROM batch_request AS r;

-- name: write_orders
-- Makes each agreed request the revision in force. The row_version read guards the write.
-- params: warehouse_code text, now timestamptz
-- returns: nothing; the row count must be the number of agreed requests
INSERT INTO book.order_head AS h (
    warehouse_code, order_type, order_no, revision, action, state, party_code,
    other_warehouse_code, seq, delivery_id, released_at, changed_at, row_version
)
SELECT
    :warehouse_code,
    r.order_type,
    r.order_no,
    r.revision,
    r.action,
    'released',
    m.party_code,
    m.to_warehouse_code,
    r.seq,
    r.answer_delivery_id,
    :now,
    :now,
    coalesce(r.row_version, 0) + 1
FROM batch_request AS r
INNER JOIN batch_message AS m ON r.seq = m.seq
WHERE r.is_agreed
ORDER BY r.order_type, r.order_no
ON CONFLICT (warehouse_code, order_type, order_no) DO UPDATE SET
    revision = excluded.revision,
    action = excluded.action,
    state = CASE WHEN h.state IN ('cancelled', 'refused') THEN 'released' ELSE h.state END,
    party_code = coalesce(excluded.party_code, h.party_code),
    other_warehouse_code = coalesce(excluded.other_warehouse_code, h.other_warehouse_code),
    seq = excluded.seq,
    delivery_id = coalesce(excluded.delivery_id, h.delivery_id),
    changed_at = excluded.changed_at,
    ended_at = NULL,
    row_version = excluded.row_version
WHERE h.row_version = excluded.row_version - 1;

-- name: write_order_lines
-- Writes the lines of agreed upserts; line 0 is the product of a production order.
-- A quantity below what is done becomes what is done.
-- params: warehouse_code text
INSERT INTO book.order_line AS l (
    warehouse_code, order_type, order_no, line_no, direction, item_code, lot_no, uom, ordered_qty,
    over_tolerance_pct, under_tolerance_pct, state
)
SELECT
    :warehouse_code,
    r.order_type,
    r.order_no,
    x.line_no,
    CASE
        WHEN r.order_type IN ('purchase_order', 'customer_return') OR (r.order_type = 'production_order' AND x.line_no = 0)
            THEN 'in'
        ELSE 'out'
    END,
    x.item_code,
    x.lot_no,
    x.uom,
    x.base_qty,
    x.over_tolerance_pct,
    x.under_tolerance_pct,
    'open'
FROM batch_request AS r
INNER JOIN (
    SELECT
        b.seq,
        b.line_no,
        b.item_code,
        b.lot_no,
        b.uom,
        b.base_qty,
        b.over_tolerance_pct,
        b.under_tolerance_pct
    FROM batch_line AS b
    UNION ALL
    SELECT
        m.seq,
        0,
        m.item_code,
        '',
        coalesce(m.uom, m.base_uom),
        m.base_qty,
        0,
        0
    FROM batch_message AS m
    WHERE m.doc_type = 'production_order'
) AS x ON r.seq = x.seq
WHERE r.is_written
ORDER BY r.order_type, r.order_no, x.line_no
ON CONFLICT (warehouse_code, order_type, order_no, line_no) DO UPDATE SET
    item_code = excluded.item_code,
    lot_no = excluded.lot_no,
    uom = excluded.uom,
    ordered_qty = greatest(excluded.ordered_qty, l.done_qty),
    cancelled_qty = 0,
    short_qty = 0,
    final_seq = NULL,
    over_tolerance_pct = excluded.over_tolerance_pct,
    under_tolerance_pct = excluded.under_tolerance_pct,
    state = CASE
        WHEN l.done_qty > 0 AND l.done_qty >= excluded.ordered_qty THEN 'completed'
        ELSE 'open'
    END,
    row_version = l.row_version + 1;

-- name: find_below_done
-- Tells where a revision asked for less than is done already: what is done stays.
-- params: warehouse_code text
-- plan: order_line_pkey
INSERT INTO batch_finding (seq, line_no, column_name, code, severity, value, expected)
SELECT
    r.seq,
    n.line_no,
    'qty',
    'STA-008',
    'warning',
    CAST(trim_scale(ol.done_qty) AS text),
    CAST(trim_scale(n.base_qty) AS text)
FROM batch_request AS r
INNER JOIN batch_line AS n ON r.seq = n.seq
CROSS JOIN LATERAL (
    SELECT l.done_qty
    FROM book.order_line AS l
    WHERE
        l.warehouse_code = :warehouse_code
        AND l.order_type = r.order_type
        AND l.order_no = r.order_no
        AND l.line_no = n.line_no
    LIMIT 1
) AS ol
WHERE
    r.is_written
    AND n.base_qty < ol.done_qty;

-- name: end_order_lines
-- Cancels lines that a revision lacks, all lines of a cancelled order, and closes short.
-- What is done stays.
-- params: warehouse_code text
UPDATE book.order_line AS l
SET
    cancelled_qty = CASE
        WHEN r.action = 'close' THEN l.cancelled_qty
        ELSE greatest(0, l.ordered_qty - l.done_qty)
    END,
    short_qty = CASE
        WHEN r.action = 'close' THEN greatest(0, l.ordered_qty - l.done_qty - l.cancelled_qty)
        ELSE 0
    END,
    final_seq = CASE WHEN r.action = 'close' THEN r.seq END,
    state = CASE
        WHEN r.action = 'close'
            THEN CASE WHEN l.ordered_qty > l.done_qty + l.cancelled_qty THEN 'short' ELSE 'completed' END
        WHEN l.done_qty = 0 THEN 'cancelled'
        ELSE 'completed'
    END,
    row_version = l.row_version + 1
FROM batch_request AS r
WHERE
    l.warehouse_code = :warehouse_code
    AND l.order_type = r.order_type
    AND l.order_no = r.order_no
    AND (l.state = 'open' OR (l.state = 'short' AND r.action = 'cancel'))
    AND r.is_agreed
    AND (
        r.action <> 'upsert'
        OR (
            NOT (l.line_no = 0 AND l.order_type = 'production_order')
            AND NOT EXISTS (
                SELECT
                FROM batch_line AS n
                WHERE n.seq = r.seq AND n.line_no = l.line_no
            )
        )
    );

-- name: withdraw_deliveries
-- Takes back what the receiver has not read: it is replaced or cancelled.
-- plan: delivery_pkey
UPDATE staging.delivery AS d
SET state = 'withdrawn', noticed = true
FROM batch_request AS r
WHERE d.delivery_id = r.withdraw_delivery_id AND d.state = 'pending';

-- name: plan_request_deliveries
-- Requests go to the WMS of their warehouse; a cancel of what was never read goes nowhere.
-- params: systems text[] (receivers with maps)
-- returns: nothing; the row count is the number of deliveries
INSERT INTO batch_delivery (n, seq, receiver, doc_type, action, is_mapped)
SELECT
    row_number() OVER (ORDER BY m.seq),
    m.seq,
    w.system_code,
    CASE m.doc_type WHEN 'transit_notice' THEN 'transfer_order' ELSE m.doc_type END,
    m.action,
    w.system_code = ANY(CAST(:systems AS text []))
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
INNER JOIN ops.system_warehouse AS w ON m.warehouse_code = w.warehouse_code AND w.kind = 'wms'
LEFT JOIN batch_request AS r ON m.seq = r.seq
WHERE
    (m.is_notice AND o.is_go)
    OR r.step IN ('release', 'replace', 'change', 'ask')
    OR (r.step = 'close' AND NOT (r.withdraw_delivery_id IS NOT NULL AND EXISTS (
        SELECT
        FROM batch_order AS b
        WHERE b.order_type = r.order_type AND b.order_no = r.order_no AND b.state = 'released'
    )));

-- name: point_orders
-- Notes at each order the delivery that carries its revision in force.
-- params: delivery_base bigint, warehouse_code text
-- plan: order_head_pkey
UPDATE book.order_head AS h
SET delivery_id = CAST(:delivery_base AS bigint) + d.n
FROM batch_delivery AS d
INNER JOIN batch_request AS r ON d.seq = r.seq
WHERE
    h.warehouse_code = :warehouse_code
    AND h.order_type = r.order_type
    AND h.order_no = r.order_no
    AND r.step <> 'ask';

-- name: wait_for_answers
-- Ties each forwarded request to the delivery whose answer decides it.
-- params: delivery_base bigint
INSERT INTO staging.wait_key (key, seq)
SELECT
    'answer:' || (CAST(:delivery_base AS bigint) + d.n),
    d.seq
FROM batch_delivery AS d
INNER JOIN batch_request AS r ON d.seq = r.seq
WHERE r.step = 'ask'
ON CONFLICT (key, seq) DO NOTHING;

-- name: write_notice_orders
-- Keeps, at the destination of a transfer, the order of what is under way.
-- params: warehouse_code text, now timestamptz
INSERT INTO book.order_head AS h (
    warehouse_code, order_type, order_no, revision, action, state, other_warehouse_code, seq,
    released_at, changed_at, row_version
)
SELECT
    :warehouse_code,
    'transit_notice',
    m.order_no,
    max(coalesce(m.revision, 1)),
    'upsert',
    'released',
    max(m.attributes ->> 'from_warehouse_code'),
    max(m.seq),
    :now,
    :now,
    1
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE m.is_notice AND o.is_go
GROUP BY m.order_no
ORDER BY m.order_no
ON CONFLICT (warehouse_code, order_type, order_no) DO UPDATE SET
    seq = excluded.seq,
    changed_at = excluded.changed_at,
    state = CASE WHEN h.state = 'released' THEN 'released' ELSE 'in_work' END,
    ended_at = NULL,
    row_version = h.row_version + 1;

-- name: write_notice_lines
-- Raises what the destination expects by what was shipped; lines are numbered as the order's.
-- params: warehouse_code text
INSERT INTO book.order_line AS l (
    warehouse_code, order_type, order_no, line_no, direction, item_code, lot_no, uom, ordered_qty, state
)
SELECT
    :warehouse_code,
    'transit_notice',
    x.order_no,
    x.line_no,
    'in',
    x.item_code,
    '',
    x.base_uom,
    sum(x.base_qty),
    'open'
FROM (
    SELECT
        m.order_no,
        b.line_no,
        b.item_code,
        b.base_uom,
        b.base_qty
    FROM batch_line AS b
    INNER JOIN batch_message AS m ON b.seq = m.seq
    INNER JOIN batch_outcome AS o ON m.seq = o.seq
    WHERE m.is_notice AND o.is_go
) AS x
GROUP BY x.order_no, x.line_no, x.item_code, x.base_uom
HAVING sum(x.base_qty) > 0
ORDER BY x.order_no, x.line_no
ON CONFLICT (warehouse_code, order_type, order_no, line_no) DO UPDATE SET
    ordered_qty = l.ordered_qty + excluded.ordered_qty,
    cancelled_qty = 0,
    short_qty = 0,
    final_seq = NULL,
    state = CASE
        WHEN l.done_qty > 0 AND l.done_qty >= l.ordered_qty + excluded.ordered_qty THEN 'completed'
        ELSE 'open'
    END,
    row_version = l.row_version + 1;

-- name: lower_notice_lines
-- Lowers it by shipments that were reversed; a line of which nothing is left is cancelled.
-- params: warehouse_code text
UPDATE book.order_line AS l
SET
    ordered_qty = greatest(0, l.ordered_qty + n.qty),
    short_qty = 0,
    state = CASE
        WHEN l.done_qty = 0 AND l.ordered_qty + n.qty <= 0 THEN 'cancelled'
        WHEN l.done_qty > 0 AND l.done_qty >= l.ordered_qty + n.qty THEN 'completed'
        ELSE 'open'
    END,
    row_version = l.row_version + 1
FROM (
    SELECT
        x.order_no,
        x.line_no,
        sum(x.base_qty) AS qty
    FROM (
        SELECT
            m.order_no,
            b.line_no,
            b.item_code,
            b.base_uom,
            b.base_qty
        FROM batch_line AS b
        INNER JOIN batch_message AS m ON b.seq = m.seq
        INNER JOIN batch_outcome AS o ON m.seq = o.seq
        WHERE m.is_notice AND o.is_go
    ) AS x
    GROUP BY x.order_no, x.line_no
    HAVING sum(x.base_qty) < 0
) AS n
WHERE
    l.warehouse_code = :warehouse_code
    AND l.order_type = 'transit_notice'
    AND l.order_no = n.order_no
    AND l.line_no = n.line_no;

-- name: end_notice_orders
-- Brings the state of those orders in line with their lines.
-- params: now timestamptz, warehouse_code text
UPDATE book.order_head AS h
SET
    state = CASE
        WHEN x.all_cancelled THEN 'cancelled'
        WHEN x.any_short THEN 'closed'
        ELSE 'completed'
    END,
    ended_at = :now
FROM (
    SELECT
        l.order_no,
        bool_and(l.state = 'cancelled') AS all_cancelled,
        bool_or(l.state = 'short') AS any_short
    FROM book.order_line AS l
    WHERE
        l.warehouse_code = :warehouse_code
        AND l.order_type = 'transit_notice'
        AND l.order_no IN (
            SELECT m.order_no
            FROM batch_message AS m
            WHERE m.is_notice
        )
    GROUP BY l.order_no
    HAVING bool_and(l.state <> 'open')
) AS x
WHERE h.warehouse_code = :warehouse_code AND h.order_type = 'transit_notice' AND h.order_no = x.order_no;
