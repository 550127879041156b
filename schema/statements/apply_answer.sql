-- Apply answers and milestones: how far the warehouse has come with an order.

-- name: defer_responses
-- Two answers about one order do not go together: each answers the lowest open delivery.
UPDATE batch_outcome AS o
SET outcome = 'later'
FROM (
    SELECT
        m.seq,
        min(m.seq) OVER (PARTITION BY m.order_type, m.order_no) AS first_seq
    FROM batch_message AS m
    INNER JOIN batch_outcome AS g ON m.seq = g.seq
    WHERE g.is_go AND m.doc_type = 'order_response'
) AS x
WHERE o.seq = x.seq AND x.seq > x.first_seq;

-- name: find_replied
-- Finds the delivery that each response answers: among the open ones of its order and revision
-- that were made before the response, the newest that was taken; if none was, the newest when the
-- order is in work (whoever works has read the order), else the oldest.
-- params: warehouse_code text
-- returns: nothing; the row count is the number of responses that answer something
-- plan: delivery_document_idx, order_head_pkey
INSERT INTO batch_reply (seq, delivery_id)
SELECT
    m.seq,
    d.delivery_id
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
LEFT JOIN book.order_head AS h
    ON
        h.warehouse_code = :warehouse_code
        AND m.order_type = h.order_type
        AND m.order_no = h.order_no
CROSS JOIN LATERAL (
    SELECT p.delivery_id
    FROM staging.delivery AS p
    WHERE
        p.receiver = m.sender
        AND p.doc_type = m.order_type
        AND p.warehouse_code = :warehouse_code
        AND p.doc_no = m.order_no
        AND p.state IN ('pending', 'taken')
        AND p.delivered_at <= m.received_at
        AND (m.revision IS NULL OR p.revision = m.revision)
    ORDER BY
        p.state = 'taken' DESC,
        CASE WHEN p.state = 'taken' OR h.state <> 'released' THEN p.delivery_id ELSE -p.delivery_id END DESC
    LIMIT 1
) AS d
WHERE m.doc_type = 'order_response' AND o.is_go;

-- name: apply_responses
-- An order_response answers its delivery as the inbox would.
-- plan: delivery_pkey
UPDATE staging.delivery AS d
SET
    state = CASE m.response WHEN 'refused' THEN 'refused' ELSE 'accepted' END,
    answer_reason_code = coalesce(m.reason_code, CASE m.response WHEN 'refused' THEN m.response END),
    answer_note = m.note,
    receiver_ref = m.doc_no
FROM batch_reply AS r
INNER JOIN batch_message AS m ON r.seq = m.seq
WHERE d.delivery_id = r.delivery_id AND d.state IN ('pending', 'taken');

-- name: write_answer_lines
-- Keeps the answers by line: what they mean shows when the request they answer is worked.
INSERT INTO staging.answer_line (delivery_id, line_no, qty, uom, reason_code)
SELECT
    r.delivery_id,
    l.order_line_no,
    sum(l.qty),
    min(l.uom),
    min(l.reason_code)
FROM batch_reply AS r
INNER JOIN batch_message AS m ON r.seq = m.seq
INNER JOIN batch_line AS l ON r.seq = l.seq
WHERE m.response = 'partial' AND l.order_line_no IS NOT NULL
GROUP BY r.delivery_id, l.order_line_no;

-- name: apply_response_lines
-- A partial answer to the revision in force, line by line: what the warehouse does not accept is
-- cancelled, a line of which it accepts nothing is refused.
-- params: warehouse_code text
-- returns: nothing; the row count is the number of order lines that became less
-- plan: order_line_pkey
UPDATE book.order_line AS l
SET
    cancelled_qty = greatest(0, l.ordered_qty - greatest(x.accepted_qty, l.done_qty)),
    state = CASE
        WHEN x.accepted_qty <= 0 AND l.done_qty = 0 THEN 'refused'
        WHEN l.done_qty > 0 AND l.done_qty >= x.accepted_qty THEN 'completed'
        ELSE 'open'
    END,
    row_version = l.row_version + 1
FROM (
    SELECT
        m.order_type,
        m.order_no,
        b.order_line_no,
        round(min(coalesce(b.qty, 0) * coalesce(u.numerator, 1) / coalesce(u.denominator, 1)), 6) AS accepted_qty
    FROM batch_reply AS r
    INNER JOIN batch_message AS m ON r.seq = m.seq
    INNER JOIN batch_line AS b ON m.seq = b.seq
    INNER JOIN book.order_head AS h
        ON
            h.warehouse_code = :warehouse_code
            AND m.order_type = h.order_type
            AND m.order_no = h.order_no
            AND r.delivery_id IN (h.delivery_id, h.release_delivery_id)
    INNER JOIN book.order_line AS t
        ON
            t.warehouse_code = :warehouse_code
            AND m.order_type = t.order_type
            AND m.order_no = t.order_no
            AND b.order_line_no = t.line_no
    LEFT JOIN book.item_uom AS u ON t.item_code = u.item_code AND b.uom = u.uom
    WHERE m.response = 'partial' AND h.action = 'upsert'
    GROUP BY m.order_type, m.order_no, b.order_line_no
) AS x
WHERE
    l.warehouse_code = :warehouse_code
    AND l.order_type = x.order_type
    AND l.order_no = x.order_no
    AND l.line_no = x.order_line_no
    AND l.state = 'open'
    AND x.accepted_qty < l.ordered_qty;

-- name: end_answered_orders
-- Ends the orders that such an answer has left without an open line.
-- params: now timestamptz, warehouse_code text
UPDATE book.order_head AS h
SET
    state = CASE
        WHEN x.all_refused THEN 'refused'
        WHEN x.all_cancelled THEN 'cancelled'
        ELSE 'completed'
    END,
    ended_at = :now,
    row_version = h.row_version + 1
FROM (
    SELECT
        l.order_type,
        l.order_no,
        bool_and(l.state = 'refused') AS all_refused,
        bool_and(l.state IN ('cancelled', 'refused')) AS all_cancelled
    FROM book.order_line AS l
    WHERE
        l.warehouse_code = :warehouse_code
        AND (l.order_type, l.order_no) IN (
            SELECT
                m.order_type,
                m.order_no
            FROM batch_message AS m
            WHERE m.response = 'partial'
        )
    GROUP BY l.order_type, l.order_no
    HAVING bool_and(l.state <> 'open')
) AS x
WHERE
    h.warehouse_code = :warehouse_code
    AND h.order_type = x.order_type
    AND h.order_no = x.order_no
    AND h.ended_at IS NULL;

-- name: apply_milestones
-- Notes the last milestone of each order; the first one puts it in work.
-- params: now timestamptz, warehouse_code text
-- plan: order_head_pkey
UPDATE book.order_head AS h
SET
    milestone = CASE WHEN h.milestone_at > x.occurred_at THEN h.milestone ELSE x.milestone END,
    milestone_at = greatest(h.milestone_at, x.occurred_at),
    state = CASE WHEN h.state = 'released' THEN 'in_work' ELSE h.state END,
    changed_at = :now,
    row_version = h.row_version + 1
FROM (
    SELECT DISTINCT ON (m.order_type, m.order_no)
        m.order_type,
        m.order_no,
        m.milestone,
        m.occurred_at
    FROM batch_message AS m
    INNER JOIN batch_outcome AS o ON m.seq = o.seq
    WHERE m.doc_type = 'order_milestone' AND o.is_go
    ORDER BY m.order_type ASC, m.order_no ASC, m.occurred_at DESC, m.seq DESC
) AS x
WHERE h.warehouse_code = :warehouse_code AND h.order_type = x.order_type AND h.order_no = x.order_no;

-- name: look_around
-- Whether there are inbox answers to take notice of, and messages that lack lines: asked many times a
-- second, it must not touch a work table, for the commit would empty all of them.
-- returns: unnoticed boolean, incomplete boolean
-- plan: delivery_noticed_idx, message_incomplete_idx
SELECT
    EXISTS (
        SELECT
        FROM staging.delivery AS d
        WHERE NOT d.noticed
    ) AS unnoticed,
    EXISTS (
        SELECT
        FROM staging.message AS m
        WHERE m.state = 'received' AND m.waiting_for = 'lines'
    ) AS incomplete;

-- name: notice_claim
-- Takes the inbox answers to requests that the book has not taken notice of yet.
-- params: limit bigint
-- locks: staging.delivery rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: delivery_noticed_idx
INSERT INTO batch_look (delivery_id, state, reason_code, note)
SELECT
    d.delivery_id,
    d.state,
    d.answer_reason_code,
    d.answer_note
FROM staging.delivery AS d
WHERE NOT d.noticed
ORDER BY d.delivery_id
LIMIT :limit
FOR NO KEY UPDATE OF d SKIP LOCKED;

-- name: notice_lines
-- A release that the warehouse refused: its lines are refused where nothing is done.
-- plan: order_head_pkey, order_line_pkey
UPDATE book.order_line AS l
SET
    state = CASE WHEN l.done_qty = 0 THEN 'refused' ELSE 'completed' END,
    cancelled_qty = greatest(0, l.ordered_qty - l.done_qty),
    short_qty = 0,
    row_version = l.row_version + 1
FROM batch_look AS b
INNER JOIN staging.delivery AS d ON b.delivery_id = d.delivery_id
INNER JOIN book.order_head AS h
    ON
        d.warehouse_code = h.warehouse_code
        AND d.doc_type = h.order_type
        AND d.doc_no = h.order_no
        AND d.delivery_id = h.release_delivery_id
WHERE
    b.state = 'refused'
    AND h.state IN ('released', 'in_work')
    AND l.warehouse_code = h.warehouse_code
    AND l.order_type = h.order_type
    AND l.order_no = h.order_no
    AND l.state = 'open';

-- name: notice_orders
-- A delivery that was taken or accepted puts its order in work; a release that was refused ends
-- it, as its lines say.
-- params: now timestamptz
-- plan: delivery_pkey, order_head_pkey, order_line_pkey
UPDATE book.order_head AS h
SET
    state = CASE WHEN x.is_refused THEN y.state ELSE 'in_work' END,
    ended_at = CASE WHEN x.is_refused THEN CAST(:now AS timestamptz) ELSE h.ended_at END,
    changed_at = :now,
    row_version = h.row_version + 1
FROM (
    SELECT
        d.delivery_id,
        d.warehouse_code,
        d.doc_no,
        t.order_type,
        b.state = 'refused' AS is_refused
    FROM batch_look AS b
    INNER JOIN staging.delivery AS d ON b.delivery_id = d.delivery_id
    CROSS JOIN LATERAL (
        SELECT d.doc_type AS order_type
        UNION ALL
        SELECT 'transit_notice'
        WHERE d.doc_type = 'transfer_order'
    ) AS t
    WHERE b.state IN ('taken', 'accepted', 'refused')
) AS x
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN bool_and(l.state = 'refused') THEN 'refused'
            WHEN bool_and(l.state IN ('cancelled', 'refused')) THEN 'cancelled'
            WHEN bool_or(l.state = 'short') THEN 'closed'
            ELSE 'completed'
        END AS state
    FROM book.order_line AS l
    WHERE
        x.is_refused
        AND l.warehouse_code = x.warehouse_code
        AND l.order_type = x.order_type
        AND l.order_no = x.doc_no
) AS y
WHERE
    h.warehouse_code = x.warehouse_code
    AND h.order_type = x.order_type
    AND h.order_no = x.doc_no
    AND (
        (x.is_refused AND h.release_delivery_id = x.delivery_id AND h.state IN ('released', 'in_work'))
        OR (
            NOT x.is_refused AND h.state = 'released'
            AND (h.delivery_id = x.delivery_id OR h.order_type = 'transit_notice')
        )
    );

-- name: notice_withdrawn
-- What the warehouse has not read of an order that it refused is withdrawn, questions too.
-- returns: delivery_id bigint
-- plan: delivery_document_idx
UPDATE staging.delivery AS d
SET state = 'withdrawn', noticed = true
FROM (
    SELECT
        r.receiver,
        r.doc_type,
        r.warehouse_code,
        r.doc_no,
        r.delivery_id
    FROM batch_look AS b
    INNER JOIN staging.delivery AS r ON b.delivery_id = r.delivery_id
    INNER JOIN book.order_head AS h
        ON
            r.warehouse_code = h.warehouse_code
            AND r.doc_type = h.order_type
            AND r.doc_no = h.order_no
            AND r.delivery_id = h.release_delivery_id
    WHERE b.state = 'refused'
) AS x
WHERE
    d.receiver = x.receiver
    AND d.doc_type = x.doc_type
    AND d.warehouse_code = x.warehouse_code
    AND d.doc_no = x.doc_no
    AND d.state = 'pending'
    AND d.delivery_id > x.delivery_id
RETURNING d.delivery_id;

-- name: notice_refused_changes
-- A change that needed no answer was refused all the same: the order stands, a person decides.
-- params: now timestamptz
-- plan: delivery_pkey
INSERT INTO ops.decision (
    code, warehouse_code, seq, order_type, order_no, text, hint, opened_at
)
SELECT
    r.code,
    d.warehouse_code,
    d.seq,
    d.doc_type,
    d.doc_no,
    replace(replace(r.text, '{value}', d.action), '{expected}', coalesce(d.answer_reason_code, '')),
    r.hint,
    :now
FROM batch_look AS b
INNER JOIN staging.delivery AS d ON b.delivery_id = d.delivery_id
INNER JOIN staging.message AS m ON d.seq = m.seq
INNER JOIN staging.rule AS r ON r.code = 'STA-012'
INNER JOIN book.order_head AS h
    ON
        d.warehouse_code = h.warehouse_code
        AND d.doc_type = h.order_type
        AND d.doc_no = h.order_no
WHERE
    b.state = 'refused' AND m.state = 'applied' AND d.delivery_id <> h.release_delivery_id
ON CONFLICT (seq, coalesce(line_no, 0), code) DO NOTHING;

-- name: notice_release
-- Wakes the forwarded requests whose answer is there.
-- returns: seq bigint
-- plan: wait_key_pkey
UPDATE staging.message AS m
SET state = 'received', waiting_for = NULL, next_attempt_at = NULL
FROM batch_look AS b
INNER JOIN staging.wait_key AS w ON w.key = 'answer:' || b.delivery_id
WHERE m.seq = w.seq AND m.state = 'waiting' AND b.state IN ('accepted', 'refused')
RETURNING m.seq;

-- name: notice_done
-- Marks the answers as noticed.
-- plan: delivery_pkey
UPDATE staging.delivery AS d
SET noticed = true
FROM batch_look AS b
WHERE d.delivery_id = b.delivery_id;
