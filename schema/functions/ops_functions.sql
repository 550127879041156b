-- The story of a message in plain words, for a DBA at night: short sentences, codes named.
-- Each paragraph is a function of its own; ops.why puts them together. They read with the rights
-- of the caller and change nothing. Parallel workers are off where they could mix the sentences.

-- name: instant
CREATE FUNCTION ops.instant(at timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT to_char(at, 'YYYY-MM-DD HH24:MI:SS OF')
$body$;

-- name: instant_comment
COMMENT ON FUNCTION ops.instant(timestamptz) IS 'Writes a time as the stories do.';

-- name: why_what
-- What it is, who sent it, when.
CREATE FUNCTION ops.why_what(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT 'Message ' || m.seq || ' is ' || m.doc_type || ' ' || coalesce(m.doc_no, 'without a number')
        || coalesce(' revision ' || m.revision, '')
        || CASE WHEN m.action IN ('post', 'upsert') THEN '' ELSE ', action ' || m.action END
        || coalesce(', taking back ' || m.reverses_no, '')
        || CASE WHEN m.is_final THEN ', final' ELSE '' END
        || coalesce(', ' || coalesce(m.milestone, m.response), '')
        || CASE
            WHEN m.order_no IS NULL OR m.order_no = m.doc_no THEN ''
            ELSE ', for ' || concat_ws(' ', coalesce(m.order_type, 'order'), m.order_no)
        END
        || ', from ' || m.sender || coalesce(' for warehouse ' || m.warehouse_code, '') || '.'
    FROM ops.message AS m WHERE m.seq = why_what.seq
    UNION ALL
    SELECT 'It was received at ' || ops.instant(m.received_at) || ' with message_id ' || m.message_id
        || CASE
            WHEN m.occurred_at IS NULL THEN ''
            WHEN isfinite(m.occurred_at) THEN '; it happened at ' || ops.instant(m.occurred_at)
            ELSE '; it happened at ' || m.occurred_at
        END
        || coalesce('; the sender''s position is ' || m.source_seq, '') || '.'
    FROM ops.every_message AS m WHERE m.seq = why_what.seq
    UNION ALL
    SELECT CASE
            WHEN d.task_id IS NULL THEN 'crossdock made it itself: ' || t.meaning
            ELSE 'crossdock made it itself: it carries out what was decided about task ' || d.task_id
                || ' (' || d.code || ') of message ' || d.seq || '.'
        END
    FROM ops.every_message AS m
    INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
    LEFT JOIN ops.decision AS d
        ON CASE
            WHEN m.attributes ->> 'task_id' ~ '^[0-9]{1,18}$' THEN CAST(m.attributes ->> 'task_id' AS bigint)
        END = d.task_id
    WHERE m.seq = why_what.seq AND m.sender = 'crossdock'
    UNION ALL
    SELECT 'Message ' || x.seq || ' was ' || x.doc_type || ', message_id ' || x.message_id || ', from ' || x.sender
        || coalesce(' for warehouse ' || x.warehouse_code, '') || '. What it said is no longer kept.'
    FROM staging.memory AS x
    WHERE x.seq = why_what.seq AND NOT EXISTS (SELECT FROM ops.every_message AS m WHERE m.seq = x.seq)
    UNION ALL
    SELECT 'Its note: ' || left(m.note, 200) || CASE WHEN length(m.note) > 200 THEN ' ...' ELSE '' END
    FROM ops.every_message AS m WHERE m.seq = why_what.seq AND btrim(m.note) <> ''
$body$;

-- name: why_state
-- Where it stands and why.
CREATE FUNCTION ops.why_state(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT 'State: ' || m.state || ', ' || s.meaning || '.'
        || coalesce(' Since ' || ops.instant(m.finished_at) || '.', '')
    FROM ops.every_message AS m
    INNER JOIN staging.state AS s ON s.machine = 'message' AND m.state = s.state
    WHERE m.seq = why_state.seq
    UNION ALL
    SELECT 'It was retired at ' || ops.instant(x.retired_at) || ' as ' || x.state || ', ended at '
        || ops.instant(x.finished_at) || '; the same message sent again is still known.'
    FROM staging.memory AS x WHERE x.seq = why_state.seq
    UNION ALL
    SELECT 'Reason: ' || m.state_reason
    FROM ops.every_message AS m WHERE m.seq = why_state.seq AND m.state_reason IS NOT NULL
    UNION ALL
    SELECT m.attempts || ' attempts failed' || CASE
            WHEN m.state = 'retrying' AND m.next_attempt_at IS NOT NULL
                THEN '; the next one is at ' || ops.instant(m.next_attempt_at)
            ELSE ''
        END || '.'
    FROM ops.every_message AS m WHERE m.seq = why_state.seq AND m.attempts > 0
    UNION ALL
    SELECT CASE m.state
            WHEN 'duplicate' THEN 'Message ' || m.duplicate_of || ' said the same before: this one has no effect.'
            ELSE 'It has the same content as message ' || m.duplicate_of || '.'
        END
    FROM ops.every_message AS m WHERE m.seq = why_state.seq AND m.duplicate_of IS NOT NULL
    UNION ALL
    SELECT 'Message ' || m.superseded_by || ' replaced it' || coalesce(': ' || o.doc_type || ' '
        || btrim(o.doc_no) || coalesce(' revision ' || o.revision, ''), '') || '.'
    FROM ops.every_message AS m LEFT JOIN ops.every_message AS o ON m.superseded_by = o.seq
    WHERE m.seq = why_state.seq AND m.superseded_by IS NOT NULL
    UNION ALL
    (
        SELECT 'Message ' || o.seq || ' ' || CASE
                WHEN o.duplicate_of = why_state.seq THEN 'said the same again at '
                ELSE 'gave way to it; it had come at '
            END || ops.instant(o.received_at) || '.'
        FROM ops.every_message AS o
        WHERE o.duplicate_of = why_state.seq OR o.superseded_by = why_state.seq
        ORDER BY o.seq LIMIT 20
    )
$body$;

-- name: why_findings
-- What is wrong and what to do about it; then what was wrong and no longer is.
CREATE FUNCTION ops.why_findings(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT f.finding FROM (
        SELECT e.resolved_at IS NOT NULL AS is_resolved, e.error_id,
            CASE
                WHEN e.resolved_at IS NOT NULL THEN 'No longer: '
                WHEN e.severity = 'wait' THEN 'Missing: '
                WHEN e.severity = 'task' THEN 'To decide: '
                WHEN e.severity = 'warning' THEN 'Warning: '
                ELSE 'Error: '
            END || e.code || coalesce(' in line ' || e.line_no, '')
            || coalesce(', ' || e.column_name, '') || ': ' || e.text || '.'
            || CASE
                WHEN e.resolved_at IS NOT NULL THEN ' It was so from ' || ops.instant(e.first_seen_at)
                    || ' to ' || ops.instant(e.resolved_at) || '.'
                ELSE coalesce(' What to do: ' || e.hint || '.', '')
            END AS finding
        FROM ops.every_message_error AS e
        WHERE e.seq = why_findings.seq
            AND NOT (e.severity = 'task' AND EXISTS (
                SELECT FROM ops.decision AS t WHERE t.seq = e.seq AND t.code = e.code
            ))
        ORDER BY is_resolved, e.line_no NULLS FIRST, e.error_id LIMIT 50
    ) AS f
    UNION ALL
    SELECT '... and ' || (count(*) - 50) || ' more: SELECT * FROM ops.every_message_error WHERE seq = '
        || why_findings.seq
    FROM ops.every_message_error AS e WHERE e.seq = why_findings.seq HAVING count(*) > 50
$body$;

-- name: why_waits
-- What it waits for and what would release it.
CREATE FUNCTION ops.why_waits(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT 'It waits for ' || w.waits_for
        || coalesce(' (' || trim_scale(w.need_qty) || ' in base units)', '')
        || coalesce(' since ' || ops.instant(w.since), '')
        || coalesce(', until ' || ops.instant(w.until), '')
        || '. What releases it: ' || w.released_by || '.'
    FROM ops.waiting_on AS w WHERE w.seq = why_waits.seq
    UNION ALL
    SELECT 'Message ' || o.seq || ', ' || o.doc_type || ' of the same document, waits behind it.'
    FROM staging.message AS m
    INNER JOIN staging.message AS o
        ON m.lane = o.lane AND m.doc_key = o.doc_key AND m.seq < o.seq
            AND o.state IN ('received', 'waiting', 'retrying', 'held', 'error')
    WHERE m.seq = why_waits.seq AND m.state IN ('received', 'waiting', 'retrying', 'held')
$body$;

-- name: why_ledger
-- What it moved.
CREATE FUNCTION ops.why_ledger(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT p.entry FROM (
        SELECT b.ledger_seq,
            'Posted at position ' || b.ledger_seq || ' of ' || b.warehouse_code || ', '
            || ops.instant(b.applied_at) || ', for ' || b.posting_date
            || CASE WHEN b.is_late THEN ' (it happened on ' || b.business_date || ', in a closed period)' ELSE '' END || ': '
            || CASE WHEN b.qty > 0 THEN '+' ELSE '' END || trim_scale(b.qty)
            || coalesce(' ' || i.base_uom, '') || ' of ' || b.item_code
            || coalesce(', lot ' || nullif(b.lot_no, ''), '')
            || coalesce(', serial ' || nullif(b.serial_no, ''), '')
            || coalesce(', at ' || nullif(b.location_code, ''), '') || ', ' || b.stock_status
            || ' (' || b.movement_type || coalesce(', reason ' || b.reason_code, '') || ')'
            || CASE
                WHEN b.sent_uom <> i.base_uom THEN ', sent as ' || trim_scale(b.sent_qty) || ' ' || b.sent_uom
                ELSE ''
            END
            || coalesce(', for ' || replace(b.order_type, 'transit_notice', 'transfer_order') || ' '
                || b.order_no, '')
            || coalesce(' line ' || b.order_line_no, '')
            || coalesce(', taking back position ' || b.reverses_ledger_seq, '') || '.' AS entry
        FROM ops.known_message AS m
        INNER JOIN book.ledger AS b ON m.lane = b.warehouse_code AND m.seq = b.message_seq
        LEFT JOIN book.item AS i ON b.item_code = i.item_code
        WHERE m.seq = why_ledger.seq
        ORDER BY b.ledger_seq LIMIT 20
    ) AS p
    UNION ALL
    SELECT '... and ' || (count(*) - 20) || ' more ledger rows: SELECT * FROM book.ledger WHERE '
        || 'warehouse_code = ' || quote_literal(m.lane) || ' AND message_seq = ' || m.seq
    FROM ops.known_message AS m
    INNER JOIN book.ledger AS b ON m.lane = b.warehouse_code AND m.seq = b.message_seq
    WHERE m.seq = why_ledger.seq GROUP BY m.seq, m.lane HAVING count(*) > 20
    UNION ALL
    SELECT 'It moved no stock: the count found what the book holds.'
    FROM ops.known_message AS m
    WHERE m.seq = why_ledger.seq AND m.state = 'applied' AND m.road = 'count'
        AND NOT EXISTS (
            SELECT FROM book.ledger AS b WHERE b.warehouse_code = m.lane AND b.message_seq = m.seq
        )
$body$;

-- name: why_deliveries
-- Who was told, and what they answered.
CREATE FUNCTION ops.why_deliveries(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT p.delivery FROM (
        SELECT d.delivery_id,
            'Delivery ' || d.delivery_id || ' of ' || ops.instant(d.delivered_at) || ' to ' || d.receiver
            || ' (' || d.doc_type || ', ' || d.action || '): ' || d.state || ', ' || s.meaning
            || coalesce(', at ' || ops.instant(d.answered_at), '')
            || coalesce(', as ' || d.receiver_ref, '')
            || coalesce(', reason ' || d.answer_reason_code, '')
            || coalesce(', ' || left(d.answer_note, 200), '') || '.' AS delivery
        FROM ops.every_delivery AS d
        INNER JOIN staging.state AS s ON s.machine = 'inbox' AND d.state = s.state
        WHERE d.seq = why_deliveries.seq
        ORDER BY d.delivery_id LIMIT 20
    ) AS p
    UNION ALL
    SELECT '... and ' || (count(*) - 20) || ' more deliveries.'
    FROM ops.every_delivery AS d WHERE d.seq = why_deliveries.seq HAVING count(*) > 20
$body$;

-- name: why_tasks
-- Which decisions it raised: who owes them, what may be chosen, what was decided and posted.
CREATE FUNCTION ops.why_tasks(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT p.sentence FROM (
        SELECT t.task_id, 1 AS part,
            'Task ' || t.task_id || ' (' || t.code || '), ' || t.state || ' since '
            || ops.instant(t.opened_at) || coalesce(', owed by ' || t.owner, '')
            || coalesce(', line ' || t.line_no, '')
            || coalesce(', worth ' || t.value_at_risk || coalesce(' ' || t.currency, ''), '')
            || ': ' || t.text || '.'
            || CASE t.state WHEN 'open' THEN coalesce(' What to do: ' || t.hint || '.', '') ELSE '' END
            AS sentence
        FROM ops.task AS t WHERE t.seq = why_tasks.seq
        UNION ALL
        SELECT t.task_id, 2,
            'Task ' || t.task_id || ' was decided: ' || t.decision || coalesce(', ' || c.meaning, '')
            || coalesce(', by ' || t.decided_by, '') || coalesce(' at ' || ops.instant(t.decided_at), '')
            || coalesce(', because: ' || t.reason, '') || '.'
        FROM ops.task AS t
        LEFT JOIN ops.choice AS c
            ON t.code = c.code AND t.decision = c.choice AND c.doc_type IN ('*', t.doc_type)
        WHERE t.seq = why_tasks.seq AND t.decision IS NOT NULL
        UNION ALL
        SELECT t.task_id, 3,
            'Message ' || m.seq || ', ' || m.doc_type || ' ' || btrim(m.doc_no) || ', carries it out; it is '
            || m.state || coalesce(': ' || m.state_reason, '') || '.'
        FROM ops.task AS t INNER JOIN staging.message AS m ON t.posted_seq = m.seq
        WHERE t.seq = why_tasks.seq
        UNION ALL
        SELECT t.task_id, 4, 'What came of task ' || t.task_id || ': ' || t.outcome || '.'
        FROM ops.task AS t WHERE t.seq = why_tasks.seq AND t.outcome IS NOT NULL
        UNION ALL
        SELECT t.task_id, 5,
            'It may be decided as ' || (c.value ->> 'choice') || ': ' || (c.value ->> 'meaning')
            || '; that posts ' || (c.value ->> 'posts') || '. SELECT ops.resolve_task(' || t.task_id
            || ', ' || quote_literal(c.value ->> 'choice') || ', reason).'
        FROM ops.task AS t CROSS JOIN LATERAL jsonb_array_elements(t.choices) AS c
        WHERE t.seq = why_tasks.seq
    ) AS p
    ORDER BY p.task_id, p.part, p.sentence
$body$;

-- name: why_lines
-- What its lines say, as sent.
CREATE FUNCTION ops.why_lines(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT 'It has ' || m.lines_arrived || CASE m.lines_arrived WHEN 1 THEN ' line' ELSE ' lines' END
        || coalesce(' of ' || m.line_count || ' announced', '') || '.'
    FROM ops.message AS m
    WHERE m.seq = why_lines.seq AND (m.lines_arrived > 0 OR m.line_count > 0)
    UNION ALL
    SELECT p.line FROM (
        SELECT l.line_no,
            'Line ' || l.line_no || ': ' || coalesce(CAST(trim_scale(l.qty) AS text), 'no quantity')
            || coalesce(' ' || l.uom, '') || ' of ' || coalesce(l.item_code, 'no item')
            || coalesce(', lot ' || nullif(l.lot_no, ''), '')
            || coalesce(', serial ' || nullif(l.serial_no, ''), '')
            || coalesce(', at ' || nullif(l.location_code, ''), '')
            || coalesce(', ' || nullif(l.stock_status, ''), '')
            || coalesce(', to ' || nullif(concat_ws(', ', l.to_location_code, l.to_stock_status), ''), '')
            || coalesce(', order line ' || l.order_line_no, '')
            || coalesce(', reason ' || l.reason_code, '') || '.' AS line
        FROM ops.every_line AS l
        WHERE l.seq = why_lines.seq
        ORDER BY l.line_no LIMIT 20
    ) AS p
    UNION ALL
    SELECT '... and ' || (m.lines_arrived - 20) || ' more lines.'
    FROM ops.message AS m WHERE m.seq = why_lines.seq AND m.lines_arrived > 20
$body$;

-- name: why_events
-- Every step it made.
CREATE FUNCTION ops.why_events(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT ops.instant(e.at) || ': ' || e.from_state || ' to ' || e.to_state || ' by ' || e.actor
        || coalesce(': ' || e.reason, '') || '.'
    FROM ops.every_event AS e WHERE e.seq = why_events.seq ORDER BY e.event_id
$body$;

-- name: why
-- Control characters that a sender sent do not reach the terminal.
CREATE FUNCTION ops.why(seq bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM ops.every_message AS m WHERE m.seq = why.seq)
        AND NOT EXISTS (SELECT FROM staging.memory AS x WHERE x.seq = why.seq) THEN
        RAISE EXCEPTION 'there is no message %', coalesce(CAST(why.seq AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'ops.message lists them; seq is our number, not message_id';
    END IF;
    RETURN QUERY
    SELECT regexp_replace(s.sentence, '[\x01-\x1f\x7f-\x9f]', '?', 'g')
    FROM (
        SELECT 1 AS part, w.n, w.sentence FROM ops.why_what(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 2, w.n, w.sentence FROM ops.why_state(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 3, w.n, w.sentence FROM ops.why_findings(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 4, w.n, w.sentence FROM ops.why_waits(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 5, w.n, w.sentence FROM ops.why_tasks(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 6, w.n, w.sentence FROM ops.why_lines(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 7, w.n, w.sentence FROM ops.why_ledger(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 8, w.n, w.sentence FROM ops.why_deliveries(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 9, w.n, w.sentence FROM ops.why_events(why.seq) WITH ORDINALITY AS w (sentence, n)
    ) AS s
    ORDER BY s.part, s.n;
END
$body$;

-- name: why_json
CREATE FUNCTION ops.why_json(seq bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT jsonb_build_object(
        'seq', why_json.seq,
        'state', coalesce(
            (SELECT m.state FROM staging.message AS m WHERE m.seq = why_json.seq),
            (SELECT x.state FROM staging.memory AS x WHERE x.seq = why_json.seq)
        ),
        'story', (
            SELECT jsonb_agg(w.sentence ORDER BY w.n)
            FROM ops.why(why_json.seq) WITH ORDINALITY AS w (sentence, n)
        ),
        'errors', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'line_no', e.line_no, 'column_name', e.column_name, 'code', e.code,
                'severity', e.severity, 'value', e.value, 'expected', e.expected,
                'text', e.text, 'hint', e.hint, 'first_seen_at', e.first_seen_at
            ) ORDER BY e.line_no NULLS FIRST, e.error_id), CAST('[]' AS jsonb))
            FROM ops.every_message_error AS e
            WHERE e.seq = why_json.seq AND e.resolved_at IS NULL
        )
    )
$body$;

-- name: why_comments
COMMENT ON FUNCTION ops.why(bigint) IS
'The whole story of a message in plain words; one sentence for each row, in the order to read.';
COMMENT ON FUNCTION ops.why_json(bigint) IS
'The same for machines: seq, state, story (sentences), errors (findings that still hold).';
COMMENT ON FUNCTION ops.why_what(bigint) IS 'What a message is, who sent it, when.';
COMMENT ON FUNCTION ops.why_state(bigint) IS 'Where a message stands and why, and its links.';
COMMENT ON FUNCTION ops.why_findings(bigint) IS 'What is wrong with a message and what to do.';
COMMENT ON FUNCTION ops.why_waits(bigint) IS 'What a message waits for and what would release it.';
COMMENT ON FUNCTION ops.why_tasks(bigint) IS
'Which decisions a message raised, what may be chosen, what was decided and posted.';
COMMENT ON FUNCTION ops.why_lines(bigint) IS 'What the lines of a message say, as sent.';
COMMENT ON FUNCTION ops.why_ledger(bigint) IS 'What a message moved.';
COMMENT ON FUNCTION ops.why_deliveries(bigint) IS 'Who was told, and what they answered.';
COMMENT ON FUNCTION ops.why_events(bigint) IS 'Every step that a message made.';

-- name: why_revoke
REVOKE ALL ON FUNCTION ops.instant(timestamptz), ops.why(bigint), ops.why_json(bigint),
ops.why_what(bigint), ops.why_state(bigint), ops.why_findings(bigint), ops.why_waits(bigint),
ops.why_tasks(bigint), ops.why_lines(bigint), ops.why_ledger(bigint), ops.why_deliveries(bigint),
ops.why_events(bigint) FROM public;

-- name: why_grant
GRANT EXECUTE ON FUNCTION ops.instant(timestamptz), ops.why(bigint), ops.why_json(bigint),
ops.why_what(bigint), ops.why_state(bigint), ops.why_findings(bigint), ops.why_waits(bigint),
ops.why_tasks(bigint), ops.why_lines(bigint), ops.why_ledger(bigint), ops.why_deliveries(bigint),
ops.why_events(bigint) TO crossdock_dba, crossdock_daemon;
