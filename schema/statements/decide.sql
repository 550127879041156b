-- Decide: carry out what people decided about tasks, and close tasks that became moot.
-- What a decision posts is a message of our own, so that it takes the main road like any fact; the
-- task is done when that message is applied, and open again when it cannot be.

-- name: decisions_owed
-- Whether there are tasks that a person has decided, and open ones that may have become moot.
-- returns: is_decided boolean, is_owed boolean
-- plan: decision_deciding_idx or decision_open_idx
SELECT
    EXISTS (
        SELECT
        FROM ops.decision AS t
        WHERE t.state = 'deciding'
    ) AS is_decided,
    EXISTS (
        SELECT
        FROM ops.decision AS t
        WHERE t.state <> 'done'
    ) AS is_owed;

-- name: find_moot
-- Finds the tasks that nobody has to decide any more: the fact was reversed, the line is open
-- again, the stock came, the request was answered, the order has ended.
-- returns: task_id bigint, reason text
-- plan: message_pkey
SELECT
    x.task_id,
    x.reason
FROM (
    SELECT
        d.task_id,
        coalesce(
            (
                SELECT 'message ' || k.seq || ' took the fact back'
                FROM staging.business_key AS k
                WHERE
                    k.sender = m.sender AND k.doc_type = m.doc_type
                    AND k.business_key
                    = concat_ws(' ', 'reverses', btrim(m.warehouse_code), btrim(m.doc_no))
            ),
            CASE
                WHEN m.state = 'discarded' THEN 'its message was discarded'
                WHEN d.code = 'STA-009' AND m.finished_at IS NOT NULL
                    THEN 'the request is ' || m.state
                WHEN d.code = ANY(ARRAY(SELECT c.code FROM ops.choice AS c WHERE c.effect = 'end')) AND (
                    SELECT h.state
                    FROM book.order_head AS h
                    WHERE
                        h.warehouse_code = d.warehouse_code
                        AND h.order_type = d.order_type
                        AND h.order_no = d.order_no
                    LIMIT 1
                ) <> 'closing' THEN 'the last fact is applied, or the order was opened again'
                WHEN d.code = 'STA-005' AND (
                    SELECT l.line_no
                    FROM book.order_line AS l
                    WHERE
                        l.warehouse_code = d.warehouse_code
                        AND l.order_type = staging.order_type_of(m.doc_type, d.order_type)
                        AND l.order_no = d.order_no
                        AND (l.line_no = d.order_line_no OR (d.order_line_no IS NULL AND l.item_code = d.item_code))
                        AND l.state IN ('cancelled', 'refused', 'done_after_cancel')
                    LIMIT 1
                ) IS NULL THEN 'the order asks for it again'
                WHEN d.code = 'QTY-006' AND (
                    SELECT b.qty
                    FROM book.balance AS b
                    WHERE
                        b.warehouse_code = d.warehouse_code
                        AND b.item_code = d.detail ->> 'item_code'
                        AND b.lot_no = d.detail ->> 'lot_no'
                        AND b.location_code = d.detail ->> 'location_code'
                        AND b.stock_status = d.detail ->> 'stock_status'
                    LIMIT 1
                ) >= 0 THEN 'the stock came: the balance is no longer below zero'
            END
        ) AS reason
    FROM ops.decision AS d
    -- Scalar and lateral look-ups: one probe for each open task, whatever the statistics say.
    CROSS JOIN LATERAL (
        SELECT
            t.sender,
            t.doc_type,
            t.warehouse_code,
            t.doc_no,
            t.state,
            t.finished_at
        FROM staging.message AS t
        WHERE t.seq = d.seq
        LIMIT 1
    ) AS m
    WHERE d.state <> 'done' AND d.posted_seq IS NULL
) AS x
WHERE x.reason IS NOT NULL;

-- name: close_moot
-- Closes them. The guard is a CASE so that it does not lead the planner away from the key.
-- params: task_ids bigint[], reasons text[], now timestamptz
-- returns: nothing; the row count is the number of tasks closed
-- plan: decision_pkey
UPDATE ops.decision AS t
SET
    state = 'done',
    decision = 'moot',
    reason = x.reason,
    decided_by = 'crossdock',
    decided_at = :now,
    closed_at = :now
FROM unnest(CAST(:task_ids AS bigint []), CAST(:reasons AS text [])) AS x (task_id, reason)
WHERE t.task_id = x.task_id AND CASE t.state WHEN 'done' THEN false ELSE t.posted_seq IS NULL END;

-- name: finish_decisions
-- Ends the tasks whose posting is applied.
-- params: now timestamptz
-- returns: nothing; the row count is the number of tasks
-- plan: decision_deciding_idx or decision_open_idx, message_pkey
UPDATE ops.decision AS t
SET
    state = 'done',
    closed_at = :now,
    outcome = concat_ws('; ', t.outcome, 'posted as ' || m.doc_type || ' ' || m.doc_no || ', message ' || m.seq)
FROM staging.message AS m
WHERE t.state = 'deciding' AND m.seq = t.posted_seq AND m.state = 'applied';

-- name: give_up_postings
-- Discards the postings that cannot be applied as they stand: a person decides again.
-- params: now timestamptz
-- returns: seq bigint
-- locks: staging.message rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: decision_deciding_idx or decision_open_idx, message_pkey
UPDATE staging.message AS m
SET
    state = 'discarded',
    state_reason = 'what was decided cannot be posted; its task is open again',
    waiting_for = NULL,
    finished_at = :now,
    actor = 'crossdock'
WHERE
    m.state IN ('waiting', 'error')
    AND m.seq IN (
        SELECT p.seq
        FROM ops.decision AS t
        INNER JOIN staging.message AS p ON t.posted_seq = p.seq
        WHERE t.state = 'deciding' AND p.state IN ('waiting', 'error')
        ORDER BY p.seq
        FOR NO KEY UPDATE OF p SKIP LOCKED
    )
RETURNING m.seq;

-- name: reopen_decisions
-- Opens the tasks whose posting was discarded, with what was found against it.
-- returns: nothing; the row count is the number of tasks
-- plan: decision_deciding_idx or decision_open_idx, message_pkey
UPDATE ops.decision AS t
SET
    state = 'open',
    decision = NULL,
    reason = NULL,
    decided_by = NULL,
    decided_at = NULL,
    posted_seq = NULL,
    posted_qty = NULL,
    attempts = t.attempts + 1,
    outcome = concat_ws('; ', t.outcome, t.decision || ' by ' || t.decided_by || ' could not be posted: ' || coalesce(
        (
            SELECT string_agg(DISTINCT e.text, ', ' ORDER BY e.text)
            FROM staging.message_error AS e
            WHERE e.seq = m.seq AND e.resolved_at IS NULL
        ), m.state_reason, 'message ' || m.seq || ' is ' || m.state
    ))
FROM staging.message AS m
WHERE t.state = 'deciding' AND m.seq = t.posted_seq AND m.state = 'discarded';

-- name: take_decisions
-- Takes what people decided, one task of a line at a time: what one of them releases depends on
-- what the others hold.
-- params: limit bigint
-- returns: nothing; the row count is the number of decisions
-- locks: ops.decision rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: decision_deciding_idx, message_pkey
INSERT INTO batch_decision (
    task_id, code, effect, decision, reason, decided_by, decided_at, seq, line_no, warehouse_code,
    order_type, order_no, qty, detail, delivery_id, posting_type, posting_id
)
SELECT
    t.task_id,
    t.code,
    coalesce(c.effect, 'stay'),
    t.decision,
    t.reason,
    t.decided_by,
    t.decided_at,
    t.seq,
    t.line_no,
    t.warehouse_code,
    t.order_type,
    t.order_no,
    t.qty,
    t.detail,
    CASE
        WHEN m.state = 'waiting' AND m.waiting_for ~ '^answer:[0-9]+$'
            THEN CAST(substr(m.waiting_for, 8) AS bigint)
    END,
    CASE
        WHEN c.effect IN ('release', 'block') THEN 'stock_move'
        WHEN c.effect IN ('scrap', 'lift') THEN 'stock_adjustment'
    END,
    'task-' || t.task_id || CASE WHEN t.attempts > 0 THEN '-' || (t.attempts + 1) ELSE '' END
FROM ops.decision AS t
LEFT JOIN staging.message AS m ON t.seq = m.seq
LEFT JOIN LATERAL (
    SELECT h.effect
    FROM ops.choice AS h
    WHERE h.code = t.code AND h.choice = t.decision AND h.doc_type IN ('*', m.doc_type)
    LIMIT 1
) AS c ON true
WHERE
    t.state = 'deciding' AND t.posted_seq IS NULL
    AND (
        SELECT e.task_id
        FROM ops.decision AS e
        WHERE
            e.seq = t.seq AND coalesce(e.line_no, 0) = coalesce(t.line_no, 0) AND e.task_id < t.task_id
            AND CASE e.state WHEN 'deciding' THEN e.posted_seq IS NULL ELSE false END
        LIMIT 1
    ) IS NULL
ORDER BY t.task_id
LIMIT :limit
FOR NO KEY UPDATE OF t SKIP LOCKED;

-- name: count_decisions
-- What there is to do, so that what is not needed is not run.
-- returns: answers bigint, ends bigint, postings bigint
SELECT
    count(*) FILTER (WHERE d.effect IN ('accept', 'refuse')) AS answers,
    count(*) FILTER (WHERE d.effect = 'end') AS ends,
    count(d.posting_type) AS postings
FROM batch_decision AS d;

-- name: judge_quiet
-- Decisions that post nothing are carried out by being taken.
UPDATE batch_decision AS d
SET
    verdict = CASE d.effect WHEN 'stay' THEN 'open' ELSE 'done' END,
    note = CASE d.effect WHEN 'stay' THEN 'goes on: ' || d.reason ELSE 'nothing was posted' END
WHERE d.effect IN ('none', 'stay');

-- name: look_answers
-- Looks at the deliveries that wait for an answer, under lock. One that is being answered at this
-- moment is not returned: its task is looked at again.
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
        FROM batch_decision AS b
        WHERE b.effect IN ('accept', 'refuse')
    )
ORDER BY d.delivery_id
FOR NO KEY UPDATE OF d SKIP LOCKED;

-- name: judge_answers
-- An answer is given where the delivery still waits for one.
UPDATE batch_decision AS d
SET
    verdict = CASE WHEN x.is_open THEN 'done' ELSE 'open' END,
    note = CASE
        WHEN x.is_open THEN 'delivery ' || d.delivery_id || ' answered'
        ELSE 'the request does not wait for an answer'
    END
FROM (
    SELECT
        b.task_id,
        coalesce(l.state IN ('pending', 'taken'), false) AS is_open
    FROM batch_decision AS b
    LEFT JOIN batch_look AS l ON b.delivery_id = l.delivery_id
    WHERE
        b.effect IN ('accept', 'refuse')
        AND (b.delivery_id IS NULL OR l.delivery_id IS NOT NULL)
) AS x
WHERE d.task_id = x.task_id;

-- name: answer_deliveries
-- Answers them as an operator: the usual notice brings the answer into the book.
-- plan: delivery_pkey
UPDATE staging.delivery AS d
SET
    state = CASE b.effect WHEN 'accept' THEN 'accepted' ELSE 'refused' END,
    answer_reason_code = CASE b.effect WHEN 'refuse' THEN 'TELEPHONE' END,
    answer_note = 'by telephone, ' || b.decided_by || ': ' || b.reason
FROM batch_decision AS b
WHERE
    b.effect IN ('accept', 'refuse') AND b.verdict = 'done'
    AND d.delivery_id = b.delivery_id AND d.state IN ('pending', 'taken');

-- name: force_close_orders
-- Ends orders that wait for facts: as their lines have ended, and marked as forced. Facts that are
-- applied later find forced_at and open a task each. The guard is a CASE so that the planner begins
-- with the decisions, not with all that are closing.
-- params: now timestamptz
-- returns: nothing; the row count is the number of orders
-- plan: order_head_pkey, order_line_pkey
UPDATE book.order_head AS h
SET
    state = (
        SELECT CASE WHEN bool_or(l.state = 'short') THEN 'closed' ELSE 'completed' END
        FROM book.order_line AS l
        WHERE
            l.warehouse_code = h.warehouse_code
            AND l.order_type = h.order_type
            AND l.order_no = h.order_no
    ),
    forced_at = :now,
    ended_at = :now,
    changed_at = :now,
    row_version = h.row_version + 1
FROM batch_decision AS d
WHERE
    d.effect = 'end'
    AND h.warehouse_code = d.warehouse_code
    AND h.order_type = d.order_type
    AND h.order_no = d.order_no
    AND CASE h.state WHEN 'closing' THEN true ELSE false END;

-- name: judge_ends
-- Tells which of those orders have ended.
-- params: now timestamptz
-- plan: order_head_pkey
UPDATE batch_decision AS d
SET
    verdict = CASE WHEN h.forced_at = :now THEN 'done' ELSE 'open' END,
    note = CASE WHEN h.forced_at = :now THEN 'the order is ' || h.state ELSE 'the order is ' || h.state || ', not closing' END
FROM book.order_head AS h
WHERE
    d.effect = 'end'
    AND h.warehouse_code = d.warehouse_code
    AND h.order_type = d.order_type
    AND h.order_no = d.order_no;

-- name: plan_releases
-- What of a line is taken out of blocked. Stock that is blocked for two reasons is free when
-- neither holds it: a surplus is the last part of its line, another reason holds the whole line, so
-- what is free is what the released ones cover less what the others hold and what has gone already.
-- plan: ledger_message_key, decision_event_key
INSERT INTO batch_posting (
    task_id, line_no, item_code, lot_no, serial_no, location_code, stock_status, to_stock_status, qty, held_by
)
SELECT
    d.task_id,
    1,
    g.item_code,
    g.lot_no,
    g.serial_no,
    g.location_code,
    'blocked',
    CASE d.effect WHEN 'release' THEN coalesce(d.detail ->> 'stock_status', 'unrestricted') END,
    greatest(0, least(
        g.qty - s.moved_qty,
        CASE d.effect
            WHEN 'release' THEN s.released_qty - s.held_qty - s.moved_qty
            ELSE coalesce(d.qty, g.qty)
        END
    )),
    CASE WHEN s.held_qty >= s.released_qty - s.moved_qty THEN s.held_by END
FROM batch_decision AS d
CROSS JOIN LATERAL (
    SELECT
        e.item_code,
        e.lot_no,
        e.serial_no,
        e.location_code,
        sum(e.qty) AS qty
    FROM book.ledger AS e
    WHERE
        e.warehouse_code = d.warehouse_code
        AND e.message_seq = d.seq
        AND e.line_no = d.line_no
        AND e.stock_status = 'blocked'
    GROUP BY e.item_code, e.lot_no, e.serial_no, e.location_code
) AS g
CROSS JOIN LATERAL (
    SELECT
        coalesce(max(coalesce(t.qty, g.qty)) FILTER (WHERE t.decision = 'release'), 0) AS released_qty,
        coalesce(max(coalesce(t.qty, g.qty)) FILTER (WHERE t.is_holding), 0) AS held_qty,
        coalesce(sum(t.posted_qty), 0) AS moved_qty,
        min(t.task_id) FILTER (WHERE t.is_holding) AS held_by
    FROM (
        SELECT
            o.task_id,
            o.qty,
            o.decision,
            o.posted_qty,
            o.state = 'open' OR o.decision = 'keep_blocked'
            OR (o.decision = 'scrap' AND o.posted_seq IS NULL) AS is_holding
        FROM ops.decision AS o
        WHERE
            o.seq = d.seq AND o.line_no = d.line_no
            AND EXISTS (
                SELECT
                FROM ops.choice AS c
                WHERE c.code = o.code AND c.effect = 'release'
            )
    ) AS t
) AS s
WHERE d.effect IN ('release', 'scrap');

-- name: plan_blocks
-- What a fact booked, as far as it is not blocked, line by line.
-- plan: ledger_message_key
INSERT INTO batch_posting (
    task_id, line_no, item_code, lot_no, serial_no, location_code, stock_status, to_stock_status, qty
)
SELECT
    d.task_id,
    row_number() OVER (
        PARTITION BY d.task_id ORDER BY g.line_no, g.item_code, g.lot_no, g.serial_no, g.location_code, g.stock_status
    ),
    g.item_code,
    g.lot_no,
    g.serial_no,
    g.location_code,
    g.stock_status,
    'blocked',
    g.qty
FROM batch_decision AS d
CROSS JOIN LATERAL (
    SELECT
        e.line_no,
        e.item_code,
        e.lot_no,
        e.serial_no,
        e.location_code,
        e.stock_status,
        sum(e.qty) AS qty
    FROM book.ledger AS e
    WHERE
        e.warehouse_code = d.warehouse_code
        AND e.message_seq = d.seq
        AND (d.line_no IS NULL OR e.line_no = d.line_no)
        AND e.stock_status NOT IN ('blocked', 'in_transit')
    GROUP BY e.line_no, e.item_code, e.lot_no, e.serial_no, e.location_code, e.stock_status
    HAVING sum(e.qty) > 0
) AS g
WHERE d.effect = 'block';

-- name: plan_lifts
-- What a balance lacks to be zero.
-- plan: balance_pkey
INSERT INTO batch_posting (
    task_id, line_no, item_code, lot_no, serial_no, location_code, stock_status, qty
)
SELECT
    d.task_id,
    1,
    b.item_code,
    b.lot_no,
    '',
    b.location_code,
    b.stock_status,
    -b.qty
FROM batch_decision AS d
INNER JOIN book.balance AS b
    ON
        d.warehouse_code = b.warehouse_code
        AND b.item_code = d.detail ->> 'item_code'
        AND b.lot_no = d.detail ->> 'lot_no'
        AND b.location_code = d.detail ->> 'location_code'
        AND b.stock_status = d.detail ->> 'stock_status'
WHERE d.effect = 'lift' AND b.qty < 0;

-- name: judge_postings
-- Posts what is there. What lacks its stock is for a person to decide again; what only another
-- decision of the batch leaves too little for is looked at again after that one.
-- plan: balance_pkey
UPDATE batch_decision AS d
SET
    verdict = x.verdict,
    note = x.note
FROM (
    SELECT
        b.task_id,
        CASE
            WHEN p.task_id IS NULL OR p.is_same OR p.total = 0 THEN 'done'
            WHEN p.shortage IS NOT NULL THEN 'open'
            WHEN p.is_late THEN NULL
            ELSE 'post'
        END AS verdict,
        CASE
            WHEN p.is_same THEN 'nothing to post: it was sent as blocked'
            WHEN p.held_by IS NOT NULL AND p.total = 0 THEN 'nothing to post yet: task ' || p.held_by || ' keeps it blocked'
            WHEN p.task_id IS NULL OR p.total = 0 THEN 'nothing to post: nothing of it is left'
            ELSE p.shortage
        END AS note
    FROM batch_decision AS b
    LEFT JOIN (
        SELECT
            q.task_id,
            sum(q.qty) AS total,
            bool_or(q.stock_status = q.to_stock_status) AS is_same,
            max(q.held_by) AS held_by,
            bool_or(q.on_hand < q.upto) AS is_late,
            min('only ' || trim_scale(greatest(q.on_hand, 0)) || ' of ' || trim_scale(q.qty) || ' ' || q.item_code
                || ' ' || q.stock_status || coalesce(' at ' || nullif(q.location_code, ''), ''))
            FILTER (WHERE q.on_hand < q.qty) AS shortage
        FROM (
            SELECT
                o.task_id,
                o.item_code,
                o.location_code,
                o.stock_status,
                o.to_stock_status,
                o.qty,
                o.held_by,
                CASE c.effect WHEN 'lift' THEN CAST('Infinity' AS numeric) ELSE coalesce(l.qty, 0) END AS on_hand,
                sum(o.qty) OVER (
                    PARTITION BY c.warehouse_code, o.item_code, o.lot_no, o.location_code, o.stock_status
                    ORDER BY o.task_id, o.line_no
                ) AS upto
            FROM batch_posting AS o
            INNER JOIN batch_decision AS c ON o.task_id = c.task_id
            LEFT JOIN book.balance AS l
                ON
                    c.warehouse_code = l.warehouse_code
                    AND o.item_code = l.item_code
                    AND o.lot_no = l.lot_no
                    AND o.location_code = l.location_code
                    AND o.stock_status = l.stock_status
        ) AS q
        GROUP BY q.task_id
    ) AS p ON b.task_id = p.task_id
    WHERE b.posting_type IS NOT NULL
) AS x
WHERE d.task_id = x.task_id;

-- name: send_postings
-- Sends what was decided as messages of our own. The message_id is the task's, so that a decision
-- is posted once whatever is killed.
-- returns: seq bigint, task_id bigint
INSERT INTO staging.message (
    sender, doc_type, message_id, warehouse_code, action, line_count, doc_no, order_no, occurred_at,
    note, attributes
)
SELECT
    'crossdock',
    d.posting_type,
    d.posting_id,
    d.warehouse_code,
    'post',
    (
        SELECT count(*)
        FROM batch_posting AS p
        WHERE p.task_id = d.task_id
    ),
    'TASK-' || d.task_id,
    CASE d.posting_type WHEN 'stock_move' THEN d.order_no END,
    d.decided_at,
    d.decision || ' by ' || d.decided_by || ': ' || d.reason,
    jsonb_build_object('task_id', d.task_id, 'code', d.code, 'decision', d.decision, 'seq', d.seq)
FROM batch_decision AS d
WHERE d.verdict = 'post'
ORDER BY d.task_id
ON CONFLICT (sender, doc_type, message_id) DO NOTHING
RETURNING seq, CAST(attributes ->> 'task_id' AS bigint) AS task_id;

-- name: send_posting_lines
-- Their lines, in base units and canonical codes.
INSERT INTO staging.line (
    sender, doc_type, message_id, line_no, warehouse_code, item_code, qty, lot_no, serial_no,
    location_code, stock_status, to_stock_status, reason_code
)
SELECT
    'crossdock',
    d.posting_type,
    d.posting_id,
    p.line_no,
    d.warehouse_code,
    p.item_code,
    CASE d.effect WHEN 'scrap' THEN -p.qty ELSE p.qty END,
    nullif(p.lot_no, ''),
    nullif(p.serial_no, ''),
    nullif(p.location_code, ''),
    p.stock_status,
    p.to_stock_status,
    CASE d.effect WHEN 'scrap' THEN 'SCRAP' WHEN 'lift' THEN 'FOUND' ELSE d.code END
FROM batch_decision AS d
INNER JOIN batch_posting AS p ON d.task_id = p.task_id
WHERE d.verdict = 'post'
ORDER BY d.task_id, p.line_no
ON CONFLICT (sender, doc_type, message_id, line_no) DO NOTHING;

-- name: link_postings
-- Ties each task to the message that carries its decision out.
-- params: task_ids bigint[], seqs bigint[]
-- plan: decision_pkey
UPDATE ops.decision AS t
SET
    posted_seq = x.seq,
    posted_qty = (
        SELECT sum(p.qty)
        FROM batch_posting AS p
        WHERE p.task_id = x.task_id AND p.stock_status = 'blocked'
    )
FROM unnest(CAST(:task_ids AS bigint []), CAST(:seqs AS bigint [])) AS x (task_id, seq)
WHERE t.task_id = x.task_id;

-- name: settle_decisions
-- Ends or opens again the tasks whose decision is carried out or cannot be.
-- params: now timestamptz
-- returns: nothing; the row count is the number of tasks
UPDATE ops.decision AS t
SET
    state = d.verdict,
    decision = CASE d.verdict WHEN 'done' THEN t.decision END,
    reason = CASE d.verdict WHEN 'done' THEN t.reason END,
    decided_by = CASE d.verdict WHEN 'done' THEN t.decided_by END,
    decided_at = CASE d.verdict WHEN 'done' THEN t.decided_at END,
    attempts = t.attempts + CASE d.verdict WHEN 'done' THEN 0 ELSE 1 END,
    closed_at = CASE d.verdict WHEN 'done' THEN CAST(:now AS timestamptz) END,
    outcome = concat_ws('; ', t.outcome, CASE
        WHEN d.verdict = 'open' THEN d.decision || ' by ' || d.decided_by || ' '
        ELSE ''
    END || d.note)
FROM batch_decision AS d
WHERE t.task_id = d.task_id AND d.verdict IN ('done', 'open');

-- name: discard_undone
-- A fact is taken back: what people decided about it and is not posted yet is not posted any more.
-- Decisions are probed by decision_event_key once there are more of them than a batch has messages.
-- params: now timestamptz
-- returns: seq bigint
-- plan: message_pkey
UPDATE staging.message AS m
SET
    state = 'discarded',
    state_reason = 'the fact it was decided about is taken back',
    waiting_for = NULL,
    finished_at = :now,
    actor = 'crossdock'
WHERE
    m.state IN ('received', 'waiting', 'retrying', 'error')
    AND m.seq IN (
        SELECT t.posted_seq
        FROM batch_reversal AS r
        INNER JOIN batch_outcome AS o ON r.seq = o.seq
        INNER JOIN ops.decision AS t ON r.original_seq = t.seq
        LEFT JOIN batch_message AS b ON t.posted_seq = b.seq
        WHERE o.is_go AND t.posted_seq IS NOT NULL AND t.code <> 'QTY-006' AND b.seq IS NULL
    )
RETURNING m.seq;

-- name: undo_postings
-- Takes back, with a fact, what people decided about its goods: a reversal of our own for each
-- posting, so that blocked stock is not left below zero and the ERP is told. What was found to
-- mend a balance below zero stays: those goods were there.
-- Decisions are probed by decision_event_key once there are more of them than a batch has messages.
-- params: warehouse_code text
-- returns: nothing; the row count is the number of messages sent
INSERT INTO staging.message (
    sender, doc_type, message_id, warehouse_code, action, doc_no, reverses_no, occurred_at, note,
    attributes
)
SELECT
    'crossdock',
    CASE c.effect WHEN 'scrap' THEN 'stock_adjustment' ELSE 'stock_move' END,
    'task-' || t.task_id || '-undone',
    :warehouse_code,
    'reverse',
    'TASK-' || t.task_id || '-R',
    'TASK-' || t.task_id,
    m.occurred_at,
    'the fact was taken back by ' || m.doc_no,
    jsonb_build_object('task_id', t.task_id, 'code', t.code, 'decision', t.decision, 'seq', m.seq)
FROM batch_reversal AS r
INNER JOIN batch_outcome AS o ON r.seq = o.seq
INNER JOIN batch_message AS m ON r.seq = m.seq
INNER JOIN ops.decision AS t ON r.original_seq = t.seq
LEFT JOIN staging.message AS p ON t.posted_seq = p.seq
INNER JOIN ops.choice AS c
    ON t.code = c.code AND t.decision = c.choice AND c.doc_type IN ('*', m.doc_type)
WHERE
    o.is_go AND t.posted_seq IS NOT NULL AND c.effect IN ('release', 'block', 'scrap')
    AND coalesce(p.state, 'applied') <> 'discarded'
ORDER BY t.task_id
ON CONFLICT (sender, doc_type, message_id) DO NOTHING;

-- name: tell_undone
-- Says so at the tasks: what was decided is on record, and that it no longer holds.
-- Decisions are probed by decision_event_key once there are more of them than a batch has messages.
UPDATE ops.decision AS t
SET outcome = concat_ws('; ', t.outcome, 'taken back with its fact by message ' || r.seq)
FROM batch_reversal AS r
INNER JOIN batch_outcome AS o ON r.seq = o.seq
WHERE o.is_go AND t.seq = r.original_seq AND t.posted_seq IS NOT NULL AND t.code <> 'QTY-006';
