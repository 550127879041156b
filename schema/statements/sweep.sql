-- Sweeps: what wakes messages up, and what a worker asks before it works.

-- name: open_lanes_with_work
-- Which lanes and roads have messages to claim: a jump from one to the next over the index.
-- returns: lane text, road text
-- plan: message_claim_idx
WITH RECURSIVE found AS (
    (
        SELECT
            m.lane,
            m.road
        FROM staging.message AS m
        WHERE m.state IN ('received', 'retrying') AND m.waiting_for IS NULL
        ORDER BY m.lane, m.road
        LIMIT 1
    )
    UNION ALL
    SELECT
        n.lane,
        n.road
    FROM found AS f
    CROSS JOIN LATERAL (
        SELECT
            m.lane,
            m.road
        FROM staging.message AS m
        WHERE
            m.state IN ('received', 'retrying') AND m.waiting_for IS NULL
            AND (m.lane, m.road) > (f.lane, f.road)
        ORDER BY m.lane, m.road
        LIMIT 1
    ) AS n
)

SELECT
    f.lane,
    f.road
FROM found AS f;

-- name: known_with_work
-- Which of these pairs of lane and road have messages to claim from a number on; an empty claim of
-- each one costs ten times this.
-- params: lanes text[], roads text[], floors bigint[]
-- returns: lane text, road text
-- plan: message_claim_idx
SELECT
    k.lane,
    k.road
FROM unnest(CAST(:lanes AS text []), CAST(:roads AS text []), CAST(:floors AS bigint [])) AS k (lane, road, floor)
CROSS JOIN LATERAL (
    SELECT
    FROM staging.message AS m
    WHERE
        m.state IN ('received', 'retrying') AND m.waiting_for IS NULL
        AND m.lane = k.lane AND m.road = k.road AND m.seq >= k.floor
    ORDER BY m.seq
    LIMIT 1
) AS n;

-- name: newest_seq
-- The newest message that anybody sees.
-- returns: seq bigint
-- plan: message_pkey
SELECT max(m.seq) AS seq FROM staging.message AS m;

-- name: release_arrived
-- Releases waiting messages, and those in error for want of a reference, whose thing is there now.
-- An empty list is none; without both lists, all that wait are looked at.
-- params: keys text[], seqs bigint[]
-- returns: seq bigint
-- plan: wait_key_pkey, wait_key_seq_idx, message_pkey
UPDATE staging.message AS m
SET
    state = 'received',
    waiting_for = NULL,
    finished_at = NULL,
    state_reason = 'what it waited for is there',
    actor = 'crossdock'
WHERE
    m.state IN ('waiting', 'error')
    AND m.seq IN (
        SELECT c.seq
        FROM staging.message AS c
        WHERE
            c.state IN ('waiting', 'error')
            AND c.seq IN (
                SELECT w.seq
                -- Two arms, each with its index: "no list, or in the list" has none in a plan that is kept.
                FROM (
                    SELECT
                        k.seq,
                        k.key,
                        k.need
                    FROM staging.wait_key AS k
                    WHERE
                        k.key = ANY(
                            CASE
                                WHEN
                                    CAST(:keys AS text []) IS NULL AND CAST(:seqs AS bigint []) IS NULL
                                    THEN (SELECT array_agg(DISTINCT a.key) FROM staging.wait_key AS a)
                                ELSE CAST(:keys AS text [])
                            END
                        )
                    UNION ALL
                    SELECT
                        s.seq,
                        s.key,
                        s.need
                    FROM staging.wait_key AS s
                    WHERE s.seq = ANY(CAST(:seqs AS bigint []))
                ) AS w
                WHERE
                    CASE split_part(w.key, ':', 1)
                        WHEN 'item' THEN EXISTS (
                            SELECT
                            FROM book.item AS i
                            WHERE i.item_code = substr(w.key, 6)
                        )
                        WHEN 'item_uom' THEN EXISTS (
                            SELECT
                            FROM book.item_uom AS u
                            WHERE
                                u.item_code = split_part(substr(w.key, 10), E'\x1f', 1)
                                AND u.uom = split_part(w.key, E'\x1f', 2)
                                AND u.active
                        )
                        WHEN 'party' THEN EXISTS (
                            SELECT
                            FROM book.party AS p
                            WHERE
                                p.role = split_part(substr(w.key, 7), E'\x1f', 1)
                                AND p.party_code = split_part(w.key, E'\x1f', 2)
                        )
                        WHEN 'warehouse' THEN EXISTS (
                            SELECT
                            FROM book.warehouse AS h
                            WHERE h.warehouse_code = substr(w.key, 11)
                        )
                        WHEN 'location' THEN EXISTS (
                            SELECT
                            FROM book.location AS l
                            WHERE
                                l.warehouse_code = split_part(substr(w.key, 10), E'\x1f', 1)
                                AND l.location_code = split_part(w.key, E'\x1f', 2)
                        )
                        WHEN 'order' THEN EXISTS (
                            SELECT
                            FROM book.order_head AS o
                            WHERE
                                o.warehouse_code = split_part(substr(w.key, 7), E'\x1f', 1)
                                AND o.order_type = split_part(w.key, E'\x1f', 2)
                                AND o.order_no = split_part(w.key, E'\x1f', 3)
                        )
                        WHEN 'order_line' THEN EXISTS (
                            SELECT
                            FROM book.order_line AS t
                            WHERE
                                t.warehouse_code = split_part(substr(w.key, 12), E'\x1f', 1)
                                AND t.order_type = 'transit_notice'
                                AND t.order_no = split_part(w.key, E'\x1f', 2)
                                AND split_part(w.key, E'\x1f', 3) IN ('#' || t.line_no, t.item_code)
                        )
                        WHEN 'fact' THEN EXISTS (
                            SELECT
                            FROM staging.business_key AS k
                            LEFT JOIN staging.message AS f ON k.seq = f.seq
                            WHERE
                                k.sender = split_part(substr(w.key, 6), E'\x1f', 1)
                                AND k.doc_type = split_part(w.key, E'\x1f', 2)
                                AND k.business_key
                                = split_part(w.key, E'\x1f', 3) || ' ' || split_part(w.key, E'\x1f', 4)
                                AND coalesce(f.state, 'applied') IN ('applied', 'discarded')
                        )
                        WHEN 'stock' THEN EXISTS (
                            SELECT
                            FROM book.balance AS b
                            WHERE
                                b.warehouse_code = split_part(substr(w.key, 7), E'\x1f', 1)
                                AND b.item_code = split_part(w.key, E'\x1f', 2)
                                AND b.lot_no = split_part(w.key, E'\x1f', 3)
                                AND b.location_code = split_part(w.key, E'\x1f', 4)
                                AND b.stock_status = split_part(w.key, E'\x1f', 5)
                                AND (
                                    b.qty >= w.need
                                    OR EXISTS (
                                        SELECT
                                        FROM book.count_position AS p
                                        INNER JOIN staging.message AS s ON s.seq = w.seq
                                        WHERE
                                            p.warehouse_code = b.warehouse_code
                                            AND p.item_code = b.item_code
                                            AND p.lot_no = b.lot_no
                                            AND p.location_code = b.location_code
                                            AND p.stock_status = b.stock_status
                                            AND p.counted_through_seq >= s.source_seq
                                    )
                                )
                        )
                        WHEN 'lines' THEN EXISTS (
                            SELECT
                            FROM staging.message AS g
                            WHERE
                                g.seq = w.seq
                                AND g.line_count <= (
                                    SELECT count(*)
                                    FROM staging.line AS n
                                    WHERE
                                        n.sender = g.sender AND n.doc_type = g.doc_type
                                        AND n.message_id = g.message_id
                                )
                        )
                        WHEN 'answer' THEN EXISTS (
                            SELECT
                            FROM staging.delivery AS d
                            WHERE
                                d.delivery_id = CAST(split_part(w.key, ':', 2) AS bigint)
                                AND d.state IN ('accepted', 'refused', 'withdrawn')
                        )
                        ELSE false
                    END
            )
        ORDER BY c.seq
        FOR NO KEY UPDATE OF c SKIP LOCKED
    )
RETURNING m.seq;

-- name: release_due
-- Sends on messages whose wait has reached its limit: they become an error, or are posted.
-- params: now timestamptz
-- returns: seq bigint
-- plan: message_wait_until_idx
UPDATE staging.message AS m
SET state = 'received', waiting_for = NULL, state_reason = 'its wait has reached the limit', actor = 'crossdock'
WHERE
    m.state = 'waiting'
    AND m.seq IN (
        SELECT c.seq
        FROM staging.message AS c
        WHERE c.state = 'waiting' AND c.wait_until <= :now
        ORDER BY c.seq
        FOR NO KEY UPDATE OF c SKIP LOCKED
    )
RETURNING m.seq;

-- name: release_complete
-- Sends on messages whose missing lines have come, or whose time for them is over. Lines are counted, so
-- a look that is taken often leaves the long documents to one that is taken seldom.
-- params: now timestamptz, longest integer (null: any)
-- returns: seq bigint
-- plan: message_incomplete_idx
UPDATE staging.message AS m
SET waiting_for = NULL
WHERE
    m.state = 'received' AND m.waiting_for = 'lines'
    AND m.line_count <= coalesce(CAST(:longest AS integer), m.line_count)
    AND (
        m.wait_until <= :now
        OR m.line_count <= (
            SELECT count(*)
            FROM staging.line AS l
            WHERE l.sender = m.sender AND l.doc_type = m.doc_type AND l.message_id = m.message_id
        )
    )
RETURNING m.seq;

-- name: warn_late_lines
-- Leaves a warning on lines that came after their message was processed. The lines of a message are
-- looked at together: one probe for a snapshot of millions of lines, not one for each.
-- params: now timestamptz, since timestamptz
-- plan: line_received_at_idx
INSERT INTO staging.message_error (
    seq, line_no, column_name, code, severity, value, text, hint, first_seen_at
)
SELECT
    m.seq,
    l.line_no,
    'line_no',
    r.code,
    r.severity,
    CAST(l.line_no AS text),
    r.text,
    r.hint,
    :now
FROM (
    SELECT
        n.sender,
        n.doc_type,
        n.message_id,
        max(n.received_at) AS last_at,
        min(n.xid) AS first_xid,
        max(n.xid) AS last_xid
    FROM staging.line AS n
    WHERE n.received_at >= :since
    GROUP BY n.sender, n.doc_type, n.message_id
) AS g
CROSS JOIN LATERAL (
    SELECT
        h.seq,
        h.state,
        h.line_count,
        h.xid,
        h.finished_at
    FROM staging.message AS h
    WHERE
        h.sender = g.sender AND h.doc_type = g.doc_type AND h.message_id = g.message_id
        AND h.state IN ('applied', 'refused', 'superseded', 'duplicate')
        AND CASE
            WHEN h.line_count IS NULL THEN g.first_xid <> h.xid OR g.last_xid <> h.xid
            ELSE g.last_at > h.finished_at
        END
    LIMIT 1
) AS m
INNER JOIN staging.line AS l
    ON g.sender = l.sender AND g.doc_type = l.doc_type AND g.message_id = l.message_id
INNER JOIN staging.rule AS r ON r.code = 'SYN-010'
WHERE
    l.received_at >= :since
    AND (
        (m.line_count IS NULL AND l.xid <> m.xid)
        OR (m.line_count IS NOT NULL AND l.received_at > m.finished_at)
    )
    AND NOT EXISTS (
        SELECT
        FROM staging.message_error AS e
        WHERE e.seq = m.seq AND e.code = 'SYN-010' AND e.line_no = l.line_no
    );

-- name: alarm_unanswered
-- Opens a task for each forwarded request that nobody has answered in time. It goes on waiting:
-- nothing is assumed. The warehouse's own limit goes before the parameter.
-- params: answer_alarm interval, now timestamptz
-- returns: nothing; the row count is the number of new tasks
INSERT INTO ops.decision (
    code, warehouse_code, seq, order_type, order_no, text, hint, opened_at
)
SELECT
    r.code,
    m.warehouse_code,
    m.seq,
    m.doc_type,
    m.doc_no,
    replace(r.text, '{expected}', CAST(coalesce(p.duration, CAST(:answer_alarm AS interval)) AS text)),
    r.hint,
    :now
FROM staging.message AS m
INNER JOIN staging.rule AS r ON r.code = 'STA-009'
LEFT JOIN ops.policy_value AS p
    ON p.scope_kind = 'warehouse' AND m.lane = p.scope AND p.name = 'answer_alarm'
WHERE
    m.state = 'waiting' AND m.waiting_for LIKE 'answer:%'
    AND m.waiting_since + coalesce(p.duration, CAST(:answer_alarm AS interval)) <= :now
ON CONFLICT (seq, coalesce(line_no, 0), code) DO NOTHING;

-- name: end_gated_orders
-- Ends the orders whose last unapplied fact is applied, discarded or replaced.
-- params: now timestamptz
-- returns: warehouse_code text, order_type text, order_no text
-- plan: order_head_closing_idx, message_unapplied_idx
UPDATE book.order_head AS h
SET
    state = x.state,
    ended_at = :now,
    changed_at = :now,
    row_version = h.row_version + 1
FROM (
    SELECT
        c.warehouse_code,
        c.order_type,
        c.order_no,
        c.row_version,
        CASE WHEN bool_or(l.state = 'short') THEN 'closed' ELSE 'completed' END AS state
    FROM book.order_head AS c
    INNER JOIN book.order_line AS l
        ON
            c.warehouse_code = l.warehouse_code
            AND c.order_type = l.order_type
            AND c.order_no = l.order_no
    WHERE
        c.state = 'closing'
        -- As a scalar subquery it is one probe for each closing order, whatever the statistics say.
        AND (
            SELECT f.seq
            FROM staging.message AS f
            WHERE
                f.lane = c.warehouse_code
                AND btrim(f.order_no) = c.order_no
                AND f.road = 'fact'
                AND f.order_no IS NOT NULL
                AND f.state IN ('received', 'waiting', 'retrying', 'held', 'error')
                AND staging.order_type_of(f.doc_type, f.order_type) = c.order_type
            LIMIT 1
        ) IS NULL
    GROUP BY c.warehouse_code, c.order_type, c.order_no, c.row_version
) AS x
WHERE
    h.warehouse_code = x.warehouse_code
    AND h.order_type = x.order_type
    AND h.order_no = x.order_no
    AND h.row_version = x.row_version
RETURNING h.warehouse_code, h.order_type, h.order_no;

-- name: open_gate_tasks
-- Opens a task for each order that cannot be closed yet, with what blocks it.
-- params: now timestamptz
-- plan: order_head_closing_idx
INSERT INTO ops.decision (
    code, warehouse_code, seq, order_type, order_no, text, hint, opened_at, detail
)
SELECT
    r.code,
    g.warehouse_code,
    x.final_seq,
    g.order_type,
    g.order_no,
    replace(r.text, '{value}', string_agg(concat_ws(' ', g.doc_type, g.doc_no, g.state), ', ' ORDER BY g.seq)),
    r.hint,
    :now,
    jsonb_build_object('blockers', jsonb_agg(g.seq ORDER BY g.seq))
FROM ops.gate AS g
INNER JOIN staging.rule AS r ON r.code = 'STA-010'
CROSS JOIN LATERAL (
    SELECT max(l.final_seq) AS final_seq
    FROM book.order_line AS l
    WHERE
        l.warehouse_code = g.warehouse_code AND l.order_type = g.order_type AND l.order_no = g.order_no
) AS x
WHERE x.final_seq IS NOT NULL
GROUP BY r.code, r.text, r.hint, g.warehouse_code, g.order_type, g.order_no, x.final_seq
ON CONFLICT (seq, coalesce(line_no, 0), code) DO NOTHING;

-- name: next_retry
-- When the next message that met a fault is due; null when there is none.
-- returns: due_at timestamptz
-- plan: message_doc_key_idx
SELECT min(m.next_attempt_at) AS due_at
FROM staging.message AS m
WHERE m.state = 'retrying';

-- name: state_counts
-- How many messages are in each state.
-- returns: state text, total bigint
SELECT
    s.state,
    count(m.seq) AS total
FROM staging.state AS s
LEFT JOIN staging.message AS m ON s.state = m.state
WHERE s.machine = 'message'
GROUP BY s.state;
