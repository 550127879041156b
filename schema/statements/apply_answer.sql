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

-- name: apply_responses
-- An order_response answers the lowest open delivery of its order and revision, as the inbox
-- would; never one that was made after the answer was written: a cancel of the same revision that
-- crosses the answer to the release is not agreed to by it.
-- params: warehouse_code text
-- plan: delivery_document_idx, delivery_pkey
UPDATE staging.delivery AS d
SET
    state = CASE m.response WHEN 'refused' THEN 'refused' ELSE 'accepted' END,
    answer_reason_code = coalesce(m.reason_code, CASE m.response WHEN 'refused' THEN m.response END),
    answer_note = m.note,
    receiver_ref = m.doc_no
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE
    m.doc_type = 'order_response'
    AND o.is_go
    AND d.delivery_id = (
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
        ORDER BY p.delivery_id
        LIMIT 1
    );

-- name: apply_response_lines
-- A partial answer to a release, line by line: what the warehouse does not accept is cancelled, a
-- line of which it accepts nothing is refused. Accepted quantities are in the line's item.
-- params: warehouse_code text
-- returns: nothing; the row count is the number of order lines that became less
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
        round(min(b.qty * coalesce(u.numerator, 1) / coalesce(u.denominator, 1)), 6) AS accepted_qty
    FROM batch_message AS m
    INNER JOIN batch_outcome AS o ON m.seq = o.seq
    INNER JOIN batch_line AS b ON m.seq = b.seq
    INNER JOIN book.order_head AS h
        ON
            h.warehouse_code = :warehouse_code
            AND m.order_type = h.order_type
            AND m.order_no = h.order_no
    INNER JOIN staging.delivery AS d ON h.delivery_id = d.delivery_id AND m.doc_no = d.receiver_ref
    INNER JOIN book.order_line AS t
        ON
            t.warehouse_code = :warehouse_code
            AND m.order_type = t.order_type
            AND m.order_no = t.order_no
            AND b.order_line_no = t.line_no
    LEFT JOIN book.item_uom AS u ON t.item_code = u.item_code AND b.uom = u.uom
    WHERE o.is_go AND m.response = 'partial' AND b.qty IS NOT NULL AND d.action = 'upsert'
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

-- name: any_unnoticed
-- Whether there is anything to take notice of: asked many times a second, it must not touch a work
-- table, for the commit would empty all of them.
-- returns: found boolean
-- plan: delivery_noticed_idx
SELECT
    EXISTS (
        SELECT
        FROM staging.delivery AS d
        WHERE NOT d.noticed
    ) AS found;

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
-- A first release that the warehouse refused: its lines are refused where nothing is done.
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
        AND d.delivery_id = h.delivery_id
WHERE
    b.state = 'refused'
    AND l.warehouse_code = h.warehouse_code
    AND l.order_type = h.order_type
    AND l.order_no = h.order_no
    AND l.state = 'open';

-- name: notice_orders
-- A delivery that was taken or accepted puts its order in work; a refused one ends it.
-- params: now timestamptz
-- plan: delivery_pkey, order_head_pkey
UPDATE book.order_head AS h
SET
    state = CASE
        WHEN b.state = 'refused' AND NOT EXISTS (
            SELECT
            FROM book.order_line AS l
            WHERE
                l.warehouse_code = h.warehouse_code AND l.order_type = h.order_type
                AND l.order_no = h.order_no AND l.state <> 'refused'
        ) THEN 'refused'
        WHEN h.state = 'released' AND b.state IN ('taken', 'accepted', 'refused') THEN 'in_work'
        ELSE h.state
    END,
    ended_at = CASE WHEN b.state = 'refused' THEN :now ELSE h.ended_at END,
    changed_at = :now,
    row_version = h.row_version + 1
FROM batch_look AS b
INNER JOIN staging.delivery AS d ON b.delivery_id = d.delivery_id
WHERE
    d.warehouse_code = h.warehouse_code
    AND h.order_type IN (d.doc_type, CASE d.doc_type WHEN 'transfer_order' THEN 'transit_notice' END)
    AND d.doc_no = h.order_no
    AND (d.delivery_id = h.delivery_id OR h.order_type = 'transit_notice')
    AND h.state IN ('released', 'in_work');

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
