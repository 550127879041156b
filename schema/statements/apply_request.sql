-- Apply requests: a new current revision of an order, a forwarded question, or the answer "no".
-- The race table (staging.race) decides which, by how far the warehouse has come with the order.

-- name: read_request_orders
-- Reads the orders that the requests of the batch name, as they stand.
-- params: warehouse_code text
-- plan: order_head_pkey
INSERT INTO batch_order (
    order_type, order_no, revision, action, state, milestone, seq, delivery_id, header_hash,
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
    h.header_hash,
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

-- name: read_request_lines
-- Lays the lines of those orders beside the lines that the requests ask for; line 0 is the product
-- of a production order.
-- params: warehouse_code text
-- plan: order_line_pkey
INSERT INTO batch_request_line (
    seq, line_no, old_version, old_state, old_item_code, old_lot_no, ordered_qty, done_qty,
    cancelled_qty, short_qty, final_seq, last_fact_seq, item_code, lot_no, uom, asked_qty,
    over_tolerance_pct, under_tolerance_pct, is_answered
)
SELECT
    coalesce(x.seq, l.seq),
    coalesce(x.line_no, l.line_no),
    l.row_version,
    l.state,
    l.item_code,
    l.lot_no,
    coalesce(l.ordered_qty, 0),
    coalesce(l.done_qty, 0),
    coalesce(l.cancelled_qty, 0),
    coalesce(l.short_qty, 0),
    l.final_seq,
    l.last_fact_seq,
    x.item_code,
    x.lot_no,
    x.uom,
    x.base_qty,
    x.over_tolerance_pct,
    x.under_tolerance_pct,
    false
FROM (
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
    INNER JOIN batch_order AS o ON b.seq = o.by_seq
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
    INNER JOIN batch_order AS o ON m.seq = o.by_seq
    WHERE m.doc_type = 'production_order' AND m.action = 'upsert'
) AS x
FULL JOIN (
    SELECT
        o.by_seq AS seq,
        ol.line_no,
        ol.row_version,
        ol.state,
        ol.item_code,
        ol.lot_no,
        ol.ordered_qty,
        ol.done_qty,
        ol.cancelled_qty,
        ol.short_qty,
        ol.final_seq,
        ol.last_fact_seq
    FROM batch_order AS o
    INNER JOIN book.order_line AS ol
        ON
            ol.warehouse_code = :warehouse_code
            AND o.order_type = ol.order_type
            AND o.order_no = ol.order_no
) AS l ON x.seq = l.seq AND x.line_no = l.line_no;

-- name: look_deliveries
-- Looks at the deliveries of those orders, at the answers waited for and at the questions that
-- would give way, under lock. One that is being taken at this moment is not returned; one that was
-- retired counts as accepted: only what was answered is retired, and a no has ended the order.
-- locks: staging.delivery rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: delivery_pkey
INSERT INTO batch_look (delivery_id, state, reason_code, note)
SELECT
    v.delivery_id,
    v.state,
    v.answer_reason_code,
    v.answer_note
FROM (
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
            UNION ALL
            SELECT q.delivery_id
            FROM batch_question AS q
        )
    ORDER BY d.delivery_id
    FOR NO KEY UPDATE OF d SKIP LOCKED
) AS v
UNION ALL
SELECT
    b.delivery_id,
    'accepted',
    NULL,
    NULL
FROM batch_order AS b
WHERE
    b.delivery_id IS NOT NULL
    AND (
        SELECT e.delivery_id
        FROM staging.delivery AS e
        WHERE e.delivery_id = b.delivery_id
    ) IS NULL;

-- name: judge_requests
-- Decides what becomes of each request by the race table: the situation of its order and what it
-- changes give the outcome; of several changes the strongest counts.
-- returns: nothing; the row count is the number of requests
-- plan: wait_key_seq_idx
INSERT INTO batch_request (
    seq, order_type, order_no, action, revision, step, withdraw_delivery_id, answer_delivery_id,
    question_seq, question_delivery_id, reason, row_version
)
SELECT
    x.seq,
    x.order_type,
    x.order_no,
    x.action,
    x.revision,
    x.step,
    CASE
        WHEN x.step IN ('replace', 'tell', 'withdraw', 'close') AND x.is_pending THEN x.delivery_id
    END,
    x.answer_delivery_id,
    x.question_seq,
    x.question_delivery_id,
    CASE
        WHEN x.step IN ('refuse', 'agreed') THEN concat_ws(
            ', ', x.state,
            'by ' || coalesce(f.doc_type || ' ' || f.doc_no, y.doc_type || ' ' || y.business_key)
            || ' (message ' || x.last_fact_seq || ')'
        )
        ELSE x.reason
    END,
    x.row_version
FROM (
    SELECT
        m.seq,
        b.order_type,
        b.order_no,
        m.action,
        coalesce(m.revision, CASE WHEN m.action <> 'upsert' THEN b.revision END, 1) AS revision,
        b.delivery_id,
        CASE WHEN a.state = 'withdrawn' THEN NULL ELSE k.answer_delivery_id END AS answer_delivery_id,
        q.seq AS question_seq,
        q.delivery_id AS question_delivery_id,
        b.row_version,
        l.state = 'pending' AS is_pending,
        coalesce(a.reason_code, b.state) AS reason,
        b.state,
        d.last_fact_seq,
        CASE
            WHEN q.seq IS NOT NULL AND ql.state IS NULL THEN 'busy'
            WHEN q.seq IS NOT NULL AND ql.state <> 'pending' THEN 'later'
            WHEN k.answer_delivery_id IS NOT NULL AND a.state IS NULL THEN 'busy'
            WHEN a.state = 'accepted' THEN 'agreed'
            WHEN a.state = 'refused' THEN 'declined'
            WHEN a.state IN ('pending', 'taken') THEN 'waiting'
            WHEN b.row_version IS NULL THEN 'release'
            WHEN d.is_clash THEN 'refuse'
            -- Cancel beats close, in either order of arrival.
            WHEN
                m.action = 'cancel' AND b.action = 'close' AND b.state IN ('closing', 'closed')
                AND NOT coalesce(d.is_begun, false)
                THEN 'withdraw'
            WHEN b.state IN ('released', 'in_work') AND b.delivery_id IS NOT NULL AND l.state IS NULL
                THEN 'busy'
            ELSE r.outcome
        END AS step
    FROM batch_message AS m
    INNER JOIN batch_order AS b ON m.seq = b.by_seq
    LEFT JOIN batch_question AS q ON m.seq = q.by_seq
    LEFT JOIN batch_look AS ql ON q.delivery_id = ql.delivery_id
    LEFT JOIN batch_look AS l ON b.delivery_id = l.delivery_id
    -- Laterals, so that each request probes by its key, whatever the planner thinks of the tables.
    CROSS JOIN LATERAL (
        SELECT max(CAST(substr(w.key, 8) AS bigint)) AS answer_delivery_id
        FROM staging.wait_key AS w
        -- left, not LIKE: a range over all open questions would be no better than a scan of them.
        WHERE w.seq = m.seq AND left(w.key, 7) = 'answer:'
    ) AS k
    LEFT JOIN batch_look AS a ON k.answer_delivery_id = a.delivery_id
    CROSS JOIN LATERAL (
        SELECT
            max(n.last_fact_seq) AS last_fact_seq,
            bool_or(n.done_qty > 0) AS is_begun,
            bool_or(n.is_clash) AS is_clash,
            bool_or(
                n.old_state = 'open' AND n.line_no >= CASE WHEN n.item_code IS NULL THEN 1 ELSE 0 END
                AND (
                    n.item_code IS NULL OR n.item_code <> n.old_item_code OR n.lot_no <> n.old_lot_no
                    OR greatest(n.asked_qty, n.done_qty) < n.ordered_qty - n.cancelled_qty
                )
            ) AS is_decrease
        FROM batch_request_line AS n
        WHERE n.seq = m.seq
    ) AS d
    LEFT JOIN LATERAL (
        SELECT t.outcome
        FROM staging.race AS t
        WHERE
            t.situation = CASE
                WHEN b.state IN ('closing', 'completed', 'closed') THEN 'ended'
                WHEN b.state IN ('cancelled', 'refused') THEN b.state
                WHEN b.state = 'released' AND l.state = 'pending' THEN 'unread'
                WHEN b.milestone IN ('picking', 'packed', 'loaded', 'delivered') THEN 'picking'
                ELSE 'read'
            END
            AND t.event IN (
                CASE m.action WHEN 'upsert' THEN 'increase' ELSE m.action END,
                CASE WHEN m.action = 'upsert' AND d.is_decrease THEN 'decrease' END,
                CASE WHEN m.action = 'upsert' AND m.header_hash <> b.header_hash THEN 'header' END
            )
        ORDER BY t.strength DESC
        LIMIT 1
    ) AS r ON true
) AS x
LEFT JOIN staging.message AS f ON x.last_fact_seq = f.seq
LEFT JOIN staging.memory AS y ON x.last_fact_seq = y.seq;

-- name: read_answers
-- Reads the answers by line to what is agreed now, in base units. A yes cannot make another item of
-- a line of which something was done meanwhile: that line counts as refused.
-- returns: nothing; the row count is the number of lines that are not accepted as asked
UPDATE batch_request_line AS n
SET is_answered = true, accepted_qty = x.accepted_qty
FROM (
    SELECT
        r.seq,
        l.line_no,
        CASE
            WHEN a.qty > 0 AND NOT l.is_clash
                THEN round(a.qty * coalesce(u.numerator, 1) / coalesce(u.denominator, 1), 6)
        END AS accepted_qty
    FROM batch_request AS r
    INNER JOIN batch_request_line AS l ON r.seq = l.seq
    LEFT JOIN staging.answer_line AS a ON r.answer_delivery_id = a.delivery_id AND l.line_no = a.line_no
    LEFT JOIN book.item_uom AS u ON coalesce(l.item_code, l.old_item_code) = u.item_code AND a.uom = u.uom
    WHERE r.step = 'agreed' AND (a.line_no IS NOT NULL OR l.is_clash)
) AS x
WHERE n.seq = x.seq AND n.line_no = x.line_no;

-- name: decline_unaccepted
-- An answer by line that accepts nothing of what was asked is a no; a yes of which the facts have
-- left nothing is refused as if it had been asked after them.
UPDATE batch_request AS r
SET
    step = CASE WHEN x.is_clash THEN 'refuse' ELSE 'declined' END,
    reason = CASE WHEN x.is_clash THEN r.reason ELSE coalesce(x.reason_code, 'refused') END
FROM (
    SELECT
        q.seq,
        bool_or(n.is_clash) AS is_clash,
        min(a.reason_code) AS reason_code
    FROM batch_request AS q
    INNER JOIN batch_request_line AS n ON q.seq = n.seq
    LEFT JOIN staging.answer_line AS a ON q.answer_delivery_id = a.delivery_id AND n.line_no = a.line_no
    WHERE
        q.step = 'agreed'
        AND CASE
            WHEN n.item_code IS NULL THEN n.old_state IN ('open', 'short') AND n.line_no <> 0
            ELSE
                n.old_item_code IS NULL OR n.item_code <> n.old_item_code OR n.lot_no <> n.old_lot_no
                OR n.asked_qty <> n.ordered_qty - n.cancelled_qty
        END
    GROUP BY q.seq
    HAVING bool_and(n.is_answered AND n.accepted_qty IS NULL)
) AS x
WHERE r.seq = x.seq;

-- name: plan_request_lines
-- Computes what becomes of each line of the agreed requests; a line that stays as it is gets no
-- new state. What is done stays done: a quantity below it becomes what is done. A line that a
-- final fact or tolerance has ended stays ended unless more is asked for.
UPDATE batch_request_line AS n
SET
    new_state = x.state,
    new_ordered_qty = x.ordered_qty,
    new_cancelled_qty = x.cancelled_qty,
    new_short_qty = x.short_qty,
    new_final_seq = x.final_seq
FROM (
    SELECT
        p.seq,
        p.line_no,
        CASE p.kind WHEN 'image' THEN p.qty WHEN 'no' THEN p.asked_qty ELSE p.ordered_qty END AS ordered_qty,
        CASE p.kind
            WHEN 'image' THEN 0
            WHEN 'no' THEN p.asked_qty
            WHEN 'cancel' THEN p.cancelled_qty + p.taken_qty
            ELSE p.cancelled_qty
        END AS cancelled_qty,
        CASE
            WHEN p.kind = 'image' AND (p.is_ended OR p.is_complete) THEN greatest(0, p.qty - p.done_qty)
            WHEN p.kind = 'close' THEN p.rest_qty
            ELSE 0
        END AS short_qty,
        CASE
            WHEN p.kind = 'image' AND p.is_ended THEN p.final_seq
            WHEN p.kind = 'close' THEN p.seq
        END AS final_seq,
        CASE
            WHEN p.kind = 'image' THEN
                CASE
                    WHEN p.is_ended AND p.done_qty < p.qty THEN p.old_state
                    WHEN p.is_ended OR p.is_complete THEN 'completed'
                    ELSE 'open'
                END
            WHEN p.kind = 'no' THEN 'refused'
            WHEN p.kind = 'close' THEN CASE WHEN p.rest_qty > 0 THEN 'short' ELSE 'completed' END
            WHEN p.rest_qty > p.taken_qty THEN 'open'
            WHEN p.done_qty = 0 THEN 'cancelled'
            ELSE 'completed'
        END AS state
    FROM (
        SELECT
            l.seq,
            l.line_no,
            l.asked_qty,
            l.ordered_qty,
            l.done_qty,
            l.cancelled_qty,
            l.old_state,
            l.final_seq,
            k.kind,
            v.rest_qty,
            v.qty,
            least(coalesce(l.accepted_qty, v.rest_qty), v.rest_qty) AS taken_qty,
            l.old_item_code = l.item_code AND v.qty <= l.ordered_qty
            AND (l.old_state = 'short' OR (l.old_state = 'completed' AND l.short_qty > 0)) AS is_ended,
            l.done_qty > 0 AND l.done_qty >= v.qty * (1 - l.under_tolerance_pct / 100) AS is_complete
        FROM batch_request_line AS l
        INNER JOIN batch_request AS r ON l.seq = r.seq
        CROSS JOIN LATERAL (
            SELECT
                CASE
                    WHEN l.old_state IN ('cancelled', 'refused', 'done_after_cancel') THEN 0
                    ELSE l.ordered_qty - l.cancelled_qty
                END AS agreed_qty,
                l.is_answered AND l.accepted_qty IS NULL AS is_no
        ) AS e
        CROSS JOIN LATERAL (
            SELECT
                greatest(0, l.ordered_qty - l.done_qty - l.cancelled_qty) AS rest_qty,
                greatest(
                    l.done_qty,
                    CASE
                        WHEN l.accepted_qty IS NULL THEN l.asked_qty
                        WHEN l.item_code IS DISTINCT FROM l.old_item_code THEN least(l.accepted_qty, l.asked_qty)
                        ELSE greatest(
                            least(l.accepted_qty, greatest(l.asked_qty, e.agreed_qty)),
                            least(l.asked_qty, e.agreed_qty)
                        )
                    END
                ) AS qty
        ) AS v
        CROSS JOIN LATERAL (
            SELECT
                CASE
                    WHEN r.action = 'upsert' AND l.item_code IS NOT NULL THEN
                        CASE WHEN NOT e.is_no THEN 'image' WHEN l.old_version IS NULL THEN 'no' END
                    WHEN e.is_no OR l.old_version IS NULL THEN NULL
                    WHEN r.action = 'upsert' AND l.old_state = 'open' AND l.line_no <> 0 THEN 'cancel'
                    WHEN r.action = 'cancel' AND l.old_state IN ('open', 'short') THEN 'cancel'
                    WHEN r.action = 'close' AND l.old_state = 'open' THEN 'close'
                END AS kind
        ) AS k
        WHERE r.is_agreed AND k.kind IS NOT NULL
    ) AS p
) AS x
WHERE n.seq = x.seq AND n.line_no = x.line_no;

-- name: settle_requests
-- Carries the steps that are not applied now over to the outcomes.
UPDATE batch_outcome AS o
SET
    outcome = CASE r.step
        WHEN 'busy' THEN 'busy'
        WHEN 'later' THEN 'later'
        WHEN 'ask' THEN 'ask'
        WHEN 'waiting' THEN 'asked'
        ELSE 'refused'
    END,
    waiting_for = CASE r.step WHEN 'waiting' THEN 'answer:' || r.answer_delivery_id END,
    reason = r.reason
FROM batch_request AS r
WHERE o.seq = r.seq AND r.step IN ('busy', 'later', 'ask', 'waiting', 'refuse', 'declined');

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
WHERE r.step IN ('refuse', 'declined');

-- name: find_kept
-- Tells where a line did not become what was asked: what is done stays, and the warehouse answers
-- line by line. The items are named where they differ.
-- returns: nothing; the row count is the number of such lines
INSERT INTO batch_finding (seq, line_no, column_name, code, severity, value, expected)
SELECT
    n.seq,
    n.line_no,
    CASE WHEN v.is_other THEN 'item_code' ELSE 'qty' END,
    'STA-008',
    'warning',
    concat_ws(' ', trim_scale(v.kept_qty), CASE WHEN v.is_other THEN n.old_item_code END),
    concat_ws(' ', trim_scale(v.asked_qty), CASE WHEN v.is_other THEN n.item_code END)
FROM batch_request_line AS n
INNER JOIN batch_request AS r ON n.seq = r.seq
CROSS JOIN LATERAL (
    SELECT
        coalesce(n.new_ordered_qty - n.new_cancelled_qty, n.ordered_qty - n.cancelled_qty) AS kept_qty,
        coalesce(n.asked_qty, 0) AS asked_qty,
        n.new_state IS NULL AND coalesce(n.item_code <> n.old_item_code, false) AS is_other
) AS v
WHERE
    r.is_agreed
    AND (
        (n.is_answered AND (v.is_other OR v.kept_qty <> v.asked_qty))
        OR (r.action <> 'close' AND v.asked_qty < n.done_qty)
    );

-- name: count_requests
-- How many requests are agreed or asked about known orders, so that a lost race shows; how many
-- questions give way; and how many lines are written anew or changed.
-- returns: agreed bigint, asked bigint, known bigint, questions bigint, added bigint, changed bigint
SELECT
    count(*) FILTER (WHERE r.is_agreed) AS agreed,
    count(*) FILTER (WHERE r.step = 'ask') AS asked,
    count(r.row_version) AS known,
    count(r.question_seq) FILTER (WHERE r.is_agreed OR r.step = 'ask') AS questions,
    (
        SELECT count(*)
        FROM batch_request_line AS n
        WHERE n.new_state IS NOT NULL AND n.old_version IS NULL
    ) AS added,
    (
        SELECT count(*)
        FROM batch_request_line AS n
        WHERE n.new_state IS NOT NULL AND n.old_version IS NOT NULL
    ) AS changed
FROM batch_request AS r;

-- name: supersede_questions
-- A question that nobody has read gives way to what was said after it.
-- params: now timestamptz
-- returns: seq bigint; one row for each question, or the race was lost
-- plan: message_pkey
UPDATE staging.message AS m
SET
    state = 'superseded',
    superseded_by = r.seq,
    state_reason = 'replaced by message ' || r.seq || ' before anybody had read it',
    waiting_for = NULL,
    finished_at = :now,
    actor = 'crossdock'
FROM batch_request AS r
WHERE
    m.seq = r.question_seq
    AND m.waiting_for = 'answer:' || r.question_delivery_id
    AND (r.is_agreed OR r.step = 'ask')
RETURNING m.seq;

-- name: touch_asked_orders
-- A question is a decision by what was read: it raises the version too, so that a fact that was
-- applied meanwhile shows.
-- params: warehouse_code text
-- returns: nothing; the row count must be the number of questions
-- plan: order_head_pkey
UPDATE book.order_head AS h
SET row_version = h.row_version + 1
FROM batch_request AS r
WHERE
    h.warehouse_code = :warehouse_code
    AND h.order_type = r.order_type
    AND h.order_no = r.order_no
    AND h.row_version = r.row_version
    AND r.step = 'ask';

-- name: write_orders
-- Makes each agreed request the revision in force. The row_version read guards the write.
-- params: warehouse_code text, now timestamptz
-- returns: nothing; the row count must be the number of agreed requests
INSERT INTO book.order_head AS h (
    warehouse_code, order_type, order_no, revision, action, state, party_code,
    other_warehouse_code, seq, delivery_id, header_hash, released_at, changed_at, row_version
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
    CASE r.action WHEN 'upsert' THEN m.header_hash END,
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
    -- What has ended opens again for what is agreed; end_orders ends it when no line is open.
    state = CASE
        WHEN h.state IN ('cancelled', 'refused') THEN 'released'
        WHEN h.state IN ('closing', 'completed', 'closed') THEN 'in_work'
        ELSE h.state
    END,
    party_code = coalesce(excluded.party_code, h.party_code),
    other_warehouse_code = coalesce(excluded.other_warehouse_code, h.other_warehouse_code),
    seq = excluded.seq,
    delivery_id = coalesce(excluded.delivery_id, h.delivery_id),
    header_hash = coalesce(excluded.header_hash, h.header_hash),
    milestone = CASE WHEN h.state IN ('cancelled', 'refused') THEN NULL ELSE h.milestone END,
    changed_at = excluded.changed_at,
    ended_at = NULL,
    row_version = excluded.row_version
WHERE h.row_version = excluded.row_version - 1;

-- name: insert_order_lines
-- Writes the lines that the order does not have yet.
-- params: warehouse_code text
INSERT INTO book.order_line (
    warehouse_code, order_type, order_no, line_no, direction, item_code, lot_no, uom, ordered_qty,
    cancelled_qty, over_tolerance_pct, under_tolerance_pct, state
)
SELECT
    :warehouse_code,
    r.order_type,
    r.order_no,
    n.line_no,
    CASE
        WHEN r.order_type IN ('purchase_order', 'customer_return') OR (r.order_type = 'production_order' AND n.line_no = 0)
            THEN 'in'
        ELSE 'out'
    END,
    n.item_code,
    n.lot_no,
    n.uom,
    n.new_ordered_qty,
    n.new_cancelled_qty,
    n.over_tolerance_pct,
    n.under_tolerance_pct,
    n.new_state
FROM batch_request AS r
INNER JOIN batch_request_line AS n ON r.seq = n.seq
WHERE n.new_state IS NOT NULL AND n.old_version IS NULL
ORDER BY r.order_type, r.order_no, n.line_no;

-- name: change_order_lines
-- Writes the lines that become different; guarded by the version read.
-- params: warehouse_code text
-- returns: nothing; the row count must be the number of planned lines
-- plan: order_line_pkey
UPDATE book.order_line AS l
SET
    item_code = coalesce(n.item_code, l.item_code),
    lot_no = coalesce(n.lot_no, l.lot_no),
    uom = coalesce(n.uom, l.uom),
    over_tolerance_pct = coalesce(n.over_tolerance_pct, l.over_tolerance_pct),
    under_tolerance_pct = coalesce(n.under_tolerance_pct, l.under_tolerance_pct),
    ordered_qty = n.new_ordered_qty,
    cancelled_qty = n.new_cancelled_qty,
    short_qty = n.new_short_qty,
    final_seq = n.new_final_seq,
    state = n.new_state,
    row_version = l.row_version + 1
FROM batch_request_line AS n
INNER JOIN batch_request AS r ON n.seq = r.seq
WHERE
    l.warehouse_code = :warehouse_code
    AND l.order_type = r.order_type
    AND l.order_no = r.order_no
    AND l.line_no = n.line_no
    AND l.row_version = n.old_version
    AND n.new_state IS NOT NULL;

-- name: withdraw_deliveries
-- Takes back what the receiver has not read: it is replaced or cancelled.
-- plan: delivery_pkey
UPDATE staging.delivery AS d
SET state = 'withdrawn', noticed = true
FROM (
    SELECT r.withdraw_delivery_id AS delivery_id
    FROM batch_request AS r
    UNION
    SELECT r.question_delivery_id
    FROM batch_request AS r
    WHERE r.is_agreed OR r.step = 'ask'
) AS x
WHERE d.delivery_id = x.delivery_id AND d.state = 'pending';

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
    OR r.step IN ('release', 'replace', 'tell', 'ask')
    OR (r.step = 'close' AND NOT (r.withdraw_delivery_id IS NOT NULL AND EXISTS (
        SELECT
        FROM batch_order AS b
        WHERE b.order_type = r.order_type AND b.order_no = r.order_no AND b.state = 'released'
    )));

-- name: point_orders
-- Notes at each order the delivery that carries its revision in force, the one that released it,
-- and the one that asks about it.
-- The two work tables are joined first: beside the book a plan expects one order, and compares all
-- with all.
-- params: delivery_base bigint, warehouse_code text
-- plan: order_head_pkey
WITH r AS MATERIALIZED (
    SELECT
        q.order_type,
        q.order_no,
        q.step,
        q.withdraw_delivery_id,
        d.n
    FROM batch_delivery AS d
    INNER JOIN batch_request AS q ON d.seq = q.seq
)

UPDATE book.order_head AS h
SET
    delivery_id = CASE WHEN r.step = 'ask' THEN h.delivery_id ELSE CAST(:delivery_base AS bigint) + r.n END,
    release_delivery_id = CASE
        WHEN
            r.step IN ('release', 'replace')
            OR (r.step = 'tell' AND r.withdraw_delivery_id = h.release_delivery_id)
            THEN CAST(:delivery_base AS bigint) + r.n
        ELSE h.release_delivery_id
    END,
    asked_delivery_id = CASE
        WHEN r.step = 'ask' THEN CAST(:delivery_base AS bigint) + r.n
        ELSE h.asked_delivery_id
    END
FROM r
WHERE
    h.warehouse_code = :warehouse_code
    AND h.order_type = r.order_type
    AND h.order_no = r.order_no;

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
-- Raises what the destination expects by what was shipped; lines are numbered as the order's. What
-- was shipped and taken back before the destination heard of it makes a line too, a cancelled one.
-- A truck that comes after a final receipt opens its line again.
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
    CASE sum(x.base_qty) WHEN 0 THEN 'cancelled' ELSE 'open' END
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
HAVING sum(x.base_qty) >= 0
ORDER BY x.order_no, x.line_no
ON CONFLICT (warehouse_code, order_type, order_no, line_no) DO UPDATE SET
    ordered_qty = l.ordered_qty + excluded.ordered_qty,
    cancelled_qty = 0,
    short_qty = 0,
    final_seq = NULL,
    state = CASE
        WHEN l.done_qty > 0 AND l.done_qty >= l.ordered_qty + excluded.ordered_qty THEN 'completed'
        WHEN l.ordered_qty + excluded.ordered_qty = 0 THEN 'cancelled'
        ELSE 'open'
    END,
    row_version = l.row_version + 1;

-- name: lower_notice_lines
-- Lowers it by shipments that were reversed; a line of which nothing is left is cancelled, one that
-- a final receipt has ended stays ended.
-- params: warehouse_code text
UPDATE book.order_line AS l
SET
    ordered_qty = greatest(0, l.ordered_qty + n.qty),
    short_qty = CASE
        WHEN l.final_seq IS NULL THEN 0
        ELSE greatest(0, l.ordered_qty + n.qty - l.done_qty)
    END,
    state = CASE
        WHEN l.done_qty = 0 AND l.ordered_qty + n.qty <= 0 THEN 'cancelled'
        WHEN l.done_qty > 0 AND l.done_qty >= l.ordered_qty + n.qty THEN 'completed'
        WHEN l.final_seq IS NOT NULL THEN 'short'
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
