-- What a DBA looks at. Every view is bounded by open work or by one document; only the proofs
-- read history. All of them may be joined by seq. Messages, deliveries, findings and events are
-- shown wherever they lie: live, or retired to the archive.

-- name: session
-- Sessions of crossdock and of whoever holds an old snapshot. The owner's rights are needed:
-- PostgreSQL shows other logins' transactions to members of pg_read_all_stats alone.
CREATE FUNCTION ops.session() RETURNS TABLE (
    pid integer,
    login text,
    application_name text,
    state text,
    wait_event text,
    transaction_started_at timestamptz,
    snapshot_age bigint,
    blocked_by integer[],
    query text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT a.pid, CAST(a.usename AS text), a.application_name, a.state,
        concat_ws(' ', a.wait_event_type, a.wait_event), a.xact_start,
        -- A sender that forgot to commit has written and holds no snapshot: its number counts too.
        CAST(greatest(age(a.backend_xmin), age(a.backend_xid)) AS bigint), pg_blocking_pids(a.pid), left(a.query, 200)
    FROM pg_stat_activity AS a
    WHERE a.pid <> pg_backend_pid()
        -- A vacuum's own snapshot keeps nothing alive, and nobody should end it.
        AND a.backend_type <> 'autovacuum worker'
        AND (a.datname = current_database() OR a.backend_type = 'walsender')
        AND (
            a.application_name LIKE 'crossdock%'
            OR a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL
            OR a.xact_start < clock_timestamp() - CAST('1 minute' AS interval)
        )
$body$;

-- name: session_comment
COMMENT ON FUNCTION ops.session() IS
'Sessions of crossdock (application_name crossdock...), and all that keep dead rows alive or are long in a transaction.';

-- name: session_grant
REVOKE ALL ON FUNCTION ops.session() FROM public;

-- name: session_grant_roles
GRANT EXECUTE ON FUNCTION ops.session()
TO crossdock_dba, crossdock_daemon, crossdock_reader;

-- name: message
-- Live and retired messages are counted apart: a live one does not look into the archive.
CREATE VIEW ops.message AS
SELECT
    m.seq,
    m.sender,
    m.doc_type,
    m.message_id,
    m.lane,
    m.warehouse_code,
    coalesce(nullif(btrim(m.action), ''), t.actions[1]) AS action,
    CASE
        WHEN m.road IN ('master', 'detail') THEN substr(m.doc_key, length(m.doc_type) + 2)
        ELSE btrim(m.doc_no)
    END AS doc_no,
    m.revision,
    CASE
        WHEN m.doc_type IN ('material_issue', 'production_receipt') THEN 'production_order'
        WHEN m.doc_type = 'transit_notice' THEN 'transfer_order'
        WHEN m.road = 'request' THEN m.doc_type
        ELSE nullif(btrim(m.order_type), '')
    END AS order_type,
    CASE
        WHEN m.road = 'request' OR nullif(btrim(m.order_no), '') IS NOT NULL
            THEN coalesce(nullif(btrim(m.order_no), ''), btrim(m.doc_no))
    END AS order_no,
    m.state,
    m.state_reason,
    m.waiting_for,
    m.waiting_since,
    m.wait_until,
    m.attempts,
    m.next_attempt_at,
    m.received_at,
    m.finished_at,
    now() - m.received_at AS age,
    m.line_count,
    m.lines_arrived,
    m.open_findings,
    m.duplicate_of,
    m.superseded_by,
    m.occurred_at,
    m.source_seq,
    m.reverses_no,
    m.is_final,
    m.milestone,
    m.response,
    m.note,
    m.attributes,
    m.is_retired
FROM (
    SELECT
        h.seq,
        h.sender,
        h.doc_type,
        h.message_id,
        h.lane,
        h.road,
        h.doc_key,
        h.warehouse_code,
        h.action,
        h.doc_no,
        h.revision,
        h.order_type,
        h.order_no,
        h.state,
        h.state_reason,
        h.waiting_for,
        h.waiting_since,
        h.wait_until,
        h.attempts,
        h.next_attempt_at,
        h.received_at,
        h.finished_at,
        h.line_count,
        h.duplicate_of,
        h.superseded_by,
        h.occurred_at,
        h.source_seq,
        h.reverses_no,
        h.is_final,
        h.milestone,
        h.response,
        h.note,
        h.attributes,
        (
            SELECT count(*)
            FROM staging.line AS l
            WHERE l.sender = h.sender AND l.doc_type = h.doc_type AND l.message_id = h.message_id
        ) AS lines_arrived,
        (
            SELECT count(*)
            FROM staging.message_error AS e
            WHERE e.seq = h.seq AND e.resolved_at IS NULL
        ) AS open_findings,
        false AS is_retired
    FROM staging.message AS h
    UNION ALL
    SELECT
        h.seq,
        h.sender,
        h.doc_type,
        h.message_id,
        h.lane,
        h.road,
        h.doc_key,
        h.warehouse_code,
        h.action,
        h.doc_no,
        h.revision,
        h.order_type,
        h.order_no,
        h.state,
        h.state_reason,
        h.waiting_for,
        h.waiting_since,
        h.wait_until,
        h.attempts,
        h.next_attempt_at,
        h.received_at,
        h.finished_at,
        h.line_count,
        h.duplicate_of,
        h.superseded_by,
        h.occurred_at,
        h.source_seq,
        h.reverses_no,
        h.is_final,
        h.milestone,
        h.response,
        h.note,
        h.attributes,
        (
            SELECT count(*)
            FROM archive.line AS l
            WHERE l.seq = h.seq
        ) AS lines_arrived,
        (
            SELECT count(*)
            FROM ops.every_message_error AS e
            WHERE e.seq = h.seq AND e.resolved_at IS NULL
        ) AS open_findings,
        true AS is_retired
    FROM archive.message AS h
) AS m
LEFT JOIN staging.document_type AS t ON m.doc_type = t.doc_type;

-- name: message_comments
COMMENT ON VIEW ops.message IS 'One row for each message: what it is and where it stands.';
COMMENT ON COLUMN ops.message.seq IS 'number of the message; ops.why(seq) tells its story';
COMMENT ON COLUMN ops.message.sender IS 'system that sent it; crossdock: made here';
COMMENT ON COLUMN ops.message.doc_type IS 'document type: the name of the view it came through';
COMMENT ON COLUMN ops.message.message_id IS 'the sender''s own id of this transmission';
COMMENT ON COLUMN ops.message.lane IS 'warehouse whose worker applies it; * for master data';
COMMENT ON COLUMN ops.message.warehouse_code IS 'warehouse as sent';
COMMENT ON COLUMN ops.message.action IS
'upsert, cancel, close, post or reverse; the default filled in';
COMMENT ON COLUMN ops.message.doc_no IS 'own number of the document; master data: their codes';
COMMENT ON COLUMN ops.message.revision IS 'revision of a request, as sent';
COMMENT ON COLUMN ops.message.order_type IS
'order it is or names: the document type of the request';
COMMENT ON COLUMN ops.message.order_no IS 'order it is or names';
COMMENT ON COLUMN ops.message.state IS 'where it stands; staging.state says what that means';
COMMENT ON COLUMN ops.message.state_reason IS 'why it is in its state, in plain words';
COMMENT ON COLUMN ops.message.waiting_for IS 'the first thing it waits for; ops.waiting_on has all';
COMMENT ON COLUMN ops.message.waiting_since IS 'since when it waits';
COMMENT ON COLUMN ops.message.wait_until IS 'when its wait ends by decision; null: never by itself';
COMMENT ON COLUMN ops.message.attempts IS 'attempts that failed';
COMMENT ON COLUMN ops.message.next_attempt_at IS 'not tried before this';
COMMENT ON COLUMN ops.message.received_at IS 'when it was inserted';
COMMENT ON COLUMN ops.message.finished_at IS 'when it came to its end';
COMMENT ON COLUMN ops.message.age IS 'time since it was inserted';
COMMENT ON COLUMN ops.message.line_count IS 'control total: lines that the sender announced';
COMMENT ON COLUMN ops.message.lines_arrived IS 'lines that are here';
COMMENT ON COLUMN ops.message.open_findings IS 'findings that still hold; ops.error lists them';
COMMENT ON COLUMN ops.message.duplicate_of IS 'seq of the message with the same content';
COMMENT ON COLUMN ops.message.superseded_by IS 'seq of the message that replaced it';
COMMENT ON COLUMN ops.message.occurred_at IS 'facts: when it happened, as sent';
COMMENT ON COLUMN ops.message.source_seq IS 'facts: the sender''s own increasing number';
COMMENT ON COLUMN ops.message.reverses_no IS 'reversals: own number of the fact that is taken back';
COMMENT ON COLUMN ops.message.is_final IS 'facts: true when nothing more will come';
COMMENT ON COLUMN ops.message.milestone IS 'milestones: which one was reached';
COMMENT ON COLUMN ops.message.response IS 'answers to requests: accepted, partial or refused';
COMMENT ON COLUMN ops.message.note IS 'free text of the sender';
COMMENT ON COLUMN ops.message.attributes IS 'the sender''s extra fields';
COMMENT ON COLUMN ops.message.is_retired IS 'true: it lies in the archive';

-- name: backlog
-- plan: message_doc_key_idx (open messages only), line_received_at_idx (brin)
CREATE VIEW ops.backlog AS
SELECT
    m.lane,
    m.doc_type,
    m.state,
    split_part(m.waiting_for, ':', 1) AS waits_for,
    count(*) AS message_count,
    min(m.received_at) AS oldest_received_at,
    now() - min(m.received_at) AS oldest_age,
    min(m.seq) AS oldest_seq
FROM staging.message AS m
WHERE m.state IN ('received', 'waiting', 'retrying', 'held', 'error')
GROUP BY m.lane, m.doc_type, m.state, split_part(m.waiting_for, ':', 1)
UNION ALL
SELECT
    coalesce(nullif(btrim(l.warehouse_code), ''), '*') AS lane,
    l.doc_type,
    'no header' AS state,
    'header' AS waits_for,
    count(*) AS message_count,
    min(l.received_at) AS oldest_received_at,
    now() - min(l.received_at) AS oldest_age,
    NULL AS oldest_seq
FROM (
    SELECT
        n.sender,
        n.doc_type,
        n.message_id,
        min(n.warehouse_code) AS warehouse_code,
        min(n.received_at) AS received_at
    FROM staging.line AS n
    WHERE
        n.received_at >= now() - CAST('3 days' AS interval)
    GROUP BY n.sender, n.doc_type, n.message_id
) AS l
INNER JOIN ops.policy_kind AS k ON k.name = 'line_limit'
LEFT JOIN ops.policy_value AS p
    ON p.scope_kind = 'warehouse' AND btrim(l.warehouse_code) = p.scope AND k.name = p.name
WHERE
    l.received_at < now() - coalesce(p.duration, CAST(k.default_value AS interval))
    AND NOT EXISTS (
        SELECT
        FROM staging.message AS m
        WHERE m.sender = l.sender AND m.doc_type = l.doc_type AND m.message_id = l.message_id
    )
GROUP BY coalesce(nullif(btrim(l.warehouse_code), ''), '*'), l.doc_type;

-- name: backlog_comments
COMMENT ON VIEW ops.backlog IS
'Open messages by lane, type and state; and lines of 3 days without a header past line_limit.';
COMMENT ON COLUMN ops.backlog.lane IS 'warehouse; * for master data';
COMMENT ON COLUMN ops.backlog.doc_type IS 'document type';
COMMENT ON COLUMN ops.backlog.state IS 'state of the messages; no header: lines alone';
COMMENT ON COLUMN ops.backlog.waits_for IS
'kind of thing that they wait for: item, order, lines, answer ...';
COMMENT ON COLUMN ops.backlog.message_count IS 'number of messages';
COMMENT ON COLUMN ops.backlog.oldest_received_at IS 'when the oldest of them was inserted';
COMMENT ON COLUMN ops.backlog.oldest_age IS 'time since then';
COMMENT ON COLUMN ops.backlog.oldest_seq IS 'the oldest of them; ops.why(seq) tells its story';

-- name: waiting_on
-- One row for each thing that a message waits for.
-- plan: message_doc_key_idx (open messages only), wait_key_seq_idx
CREATE VIEW ops.waiting_on AS
SELECT
    m.seq,
    m.sender,
    m.lane,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    m.state,
    w.waits_for,
    w.need_qty,
    w.since,
    w.until,
    w.blocked_by,
    CASE split_part(w.waits_for, ':', 1)
        WHEN 'lines' THEN 'the missing lines: '
            || (
                SELECT count(*)
                FROM staging.line AS l
                WHERE
                    l.sender = m.sender
                    AND l.doc_type = m.doc_type
                    AND l.message_id = m.message_id
            ) || ' of ' || coalesce(CAST(m.line_count AS text), '?')
            || ' are here; at the limit error SYN-007'
        WHEN 'window' THEN 'its batch window, which opens ' || coalesce((
            SELECT CASE
                WHEN o.is_open THEN 'now'
                WHEN o.paused_at IS NOT NULL
                    THEN 'when its job is resumed: ops.schedule_resume(' || quote_literal(o.job) || ', reason)'
                ELSE 'at ' || to_char(o.opens_at, 'YYYY-MM-DD HH24:MI:SS OF')
            END
            FROM ops.work AS o
            WHERE o.doc_type = m.doc_type AND coalesce(o.warehouse_code, m.lane) = m.lane
            ORDER BY o.warehouse_code
            LIMIT 1
        ), 'soon') || '; ops.work shows it'
        WHEN 'message' THEN 'the end of message ' || w.blocked_by
            || ', which is of the same document and is ' || b.state
        WHEN 'operator' THEN 'the operator who holds it: ops.release(' || m.seq || ', reason)'
        WHEN 'clock' THEN 'the next attempt, after ' || m.attempts || ' that failed'
        WHEN 'answer' THEN coalesce(d.receiver, 'the receiver') || ' answers delivery '
            || split_part(w.waits_for, ':', 2) || ' (now ' || coalesce(d.state, 'unknown')
            || ') in its inbox or by order_response; nothing is assumed'
        WHEN 'stock' THEN 'an earlier fact that brings the stock; at the limit it is posted below'
            || ' zero, with task QTY-006'
        WHEN 'order' THEN 'the ERP sends the order; at the limit '
            || CASE
                WHEN m.road = 'fact' THEN 'it is posted without, with task REF-007'
                ELSE 'error REF-005'
            END
        WHEN 'fact' THEN 'the fact is applied; at the limit error REF-006'
        WHEN 'order_line' THEN 'the notice that this line of the transfer was shipped; at the limit it'
            || ' is posted beside the order''s lines'
        WHEN 'item_uom' THEN 'the ERP sends the item_uom; at the limit error UOM-001'
        ELSE 'the ERP sends the ' || split_part(w.waits_for, ':', 1) || '; at the limit error '
            || CASE split_part(w.waits_for, ':', 1)
                WHEN 'item' THEN 'REF-001'
                WHEN 'warehouse' THEN 'REF-002'
                WHEN 'party' THEN 'REF-003'
                ELSE 'REF-004'
            END
    END
    || CASE
        WHEN m.state = 'error' THEN ' (the limit is past; it still comes back by itself)'
        ELSE ''
    END AS released_by
FROM staging.message AS m
CROSS JOIN LATERAL (
    SELECT
        replace(k.key, E'\x1f', ' ') AS waits_for,
        k.need AS need_qty,
        coalesce(m.waiting_since, m.received_at) AS since,
        m.wait_until AS until,
        CAST(NULL AS bigint) AS blocked_by
    FROM staging.wait_key AS k
    WHERE k.seq = m.seq AND m.state IN ('waiting', 'held', 'error')
    UNION ALL
    SELECT
        m.waiting_for AS waits_for,
        NULL AS need_qty,
        coalesce(m.waiting_since, m.received_at) AS since,
        CASE WHEN m.waiting_for = 'window' THEN (
            SELECT o.opens_at
            FROM ops.work AS o
            WHERE o.doc_type = m.doc_type AND coalesce(o.warehouse_code, m.lane) = m.lane
            ORDER BY o.warehouse_code
            LIMIT 1
        ) ELSE m.wait_until END AS until,
        NULL AS blocked_by
    WHERE
        m.waiting_for IS NOT NULL
        AND (
            m.state = 'received'
            OR (
                m.state = 'waiting'
                AND NOT EXISTS (
                    SELECT
                    FROM staging.wait_key AS k
                    WHERE k.seq = m.seq
                )
            )
        )
    UNION ALL
    SELECT
        'clock' AS waits_for,
        NULL AS need_qty,
        coalesce(m.waiting_since, m.received_at) AS since,
        m.next_attempt_at AS until,
        NULL AS blocked_by
    WHERE m.state = 'retrying'
    UNION ALL
    SELECT
        'operator' AS waits_for,
        NULL AS need_qty,
        (
            SELECT max(e.at)
            FROM staging.event AS e
            WHERE e.seq = m.seq AND e.to_state = 'held'
        ) AS since,
        NULL AS until,
        NULL AS blocked_by
    WHERE m.state = 'held'
    UNION ALL
    SELECT
        'message:' || p.seq AS waits_for,
        NULL AS need_qty,
        m.received_at AS since,
        NULL AS until,
        p.seq AS blocked_by
    FROM (
        SELECT e.seq
        FROM staging.message AS e
        WHERE
            e.lane = m.lane
            AND e.doc_key = m.doc_key
            AND e.seq < m.seq
            AND e.state IN ('received', 'waiting', 'retrying', 'held')
            AND (
                e.state IN ('retrying', 'held')
                OR (e.state = 'received' AND e.waiting_for IS DISTINCT FROM 'lines')
                OR (e.state = 'waiting' AND e.waiting_for LIKE 'answer:%')
            )
        ORDER BY e.seq DESC
        LIMIT 1
    ) AS p
    WHERE m.state IN ('received', 'retrying') AND m.waiting_for IS NULL
) AS w
LEFT JOIN staging.message AS b ON w.blocked_by = b.seq
LEFT JOIN staging.delivery AS d
    ON
        CASE
            WHEN w.waits_for ~ '^answer:[0-9]+$'
                THEN CAST(split_part(w.waits_for, ':', 2) AS bigint)
        END = d.delivery_id
WHERE m.state IN ('received', 'waiting', 'retrying', 'held', 'error');

-- name: waiting_on_comments
COMMENT ON VIEW ops.waiting_on IS
'Who waits for what, since when, until when, and what would release it; one row for each thing.';
COMMENT ON COLUMN ops.waiting_on.seq IS 'message that waits';
COMMENT ON COLUMN ops.waiting_on.sender IS 'system that sent it';
COMMENT ON COLUMN ops.waiting_on.lane IS 'warehouse; * for master data';
COMMENT ON COLUMN ops.waiting_on.doc_type IS 'document type';
COMMENT ON COLUMN ops.waiting_on.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.waiting_on.state IS 'state of the message';
COMMENT ON COLUMN ops.waiting_on.waits_for IS
'the thing: lines, item, order, answer ... with its code; or message, operator, clock';
COMMENT ON COLUMN ops.waiting_on.need_qty IS 'stock: the base quantity that is needed';
COMMENT ON COLUMN ops.waiting_on.since IS 'since when';
COMMENT ON COLUMN ops.waiting_on.until IS
'when the wait ends by decision, or the window opens; null: never by itself';
COMMENT ON COLUMN ops.waiting_on.blocked_by IS 'message of the same document that goes first';
COMMENT ON COLUMN ops.waiting_on.released_by IS
'what would release it, and what happens at the limit';

-- name: error
-- What was found after a message was retired (lines that came late) is told of the memory.
-- plan: message_error_open_idx
CREATE VIEW ops.error AS
SELECT
    e.seq,
    m.sender,
    m.lane,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    m.message_id,
    m.state,
    e.line_no,
    e.column_name,
    e.code,
    e.severity,
    r.repair,
    e.value,
    e.expected,
    e.text,
    e.hint,
    e.first_seen_at,
    now() - e.first_seen_at AS age
FROM staging.message_error AS e
INNER JOIN staging.message AS m ON e.seq = m.seq
LEFT JOIN staging.rule AS r ON e.code = r.code
WHERE e.resolved_at IS NULL AND m.state NOT IN ('duplicate', 'superseded', 'discarded')
UNION ALL
SELECT
    e.seq,
    x.sender,
    coalesce(x.warehouse_code, '*') AS lane,
    x.doc_type,
    NULL AS doc_no,
    x.message_id,
    x.state,
    e.line_no,
    e.column_name,
    e.code,
    e.severity,
    r.repair,
    e.value,
    e.expected,
    e.text,
    e.hint,
    e.first_seen_at,
    now() - e.first_seen_at AS age
FROM staging.message_error AS e
INNER JOIN staging.memory AS x ON e.seq = x.seq
LEFT JOIN staging.rule AS r ON e.code = r.code
WHERE e.resolved_at IS NULL;

-- name: error_comments
COMMENT ON VIEW ops.error IS 'Open findings: all that still hold, with what to do about each.';
COMMENT ON COLUMN ops.error.seq IS 'message it was found in';
COMMENT ON COLUMN ops.error.sender IS 'system that sent the message';
COMMENT ON COLUMN ops.error.lane IS 'warehouse; * for master data';
COMMENT ON COLUMN ops.error.doc_type IS 'document type';
COMMENT ON COLUMN ops.error.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.error.message_id IS 'the sender''s own id of the transmission';
COMMENT ON COLUMN ops.error.state IS 'state of the message';
COMMENT ON COLUMN ops.error.line_no IS 'line it was found on; null for the header';
COMMENT ON COLUMN ops.error.column_name IS 'contract column it was found in';
COMMENT ON COLUMN ops.error.code IS 'rule that found it; see staging.rule';
COMMENT ON COLUMN ops.error.severity IS
'error, wait (it may still come), task (posted, decide) or warning';
COMMENT ON COLUMN ops.error.repair IS 'who can act: retry, fix data, fix configuration, decide';
COMMENT ON COLUMN ops.error.value IS 'what was sent';
COMMENT ON COLUMN ops.error.expected IS 'what would have been right';
COMMENT ON COLUMN ops.error.text IS 'the finding in words';
COMMENT ON COLUMN ops.error.hint IS 'what to do';
COMMENT ON COLUMN ops.error.first_seen_at IS 'when it was found first';
COMMENT ON COLUMN ops.error.age IS 'time since then';

-- name: order_timeline
-- Read it with WHERE order_no = '...' ORDER BY at.
CREATE VIEW ops.order_timeline AS
SELECT
    m.lane AS warehouse_code,
    m.order_type,
    m.order_no,
    m.received_at AS at,
    CASE
        WHEN m.doc_type = 'order_milestone' THEN 'milestone'
        WHEN m.doc_type = 'order_response' THEN 'answer'
        WHEN t.road = 'request' THEN 'request'
        ELSE 'fact'
    END AS kind,
    m.seq,
    CAST(NULL AS bigint) AS delivery_id,
    m.doc_type,
    m.doc_no,
    m.state,
    m.sender || ' sends ' || m.doc_type || ' ' || coalesce(m.doc_no, '?')
    || coalesce(' revision ' || m.revision, '')
    || CASE m.action WHEN 'post' THEN '' ELSE ', ' || coalesce(m.action, '?') END
    || CASE WHEN m.is_final THEN ', final' ELSE '' END
    || coalesce(', ' || coalesce(m.milestone, m.response), '')
    || coalesce('; ' || m.state_reason, '') AS what
FROM ops.message AS m
LEFT JOIN staging.document_type AS t ON m.doc_type = t.doc_type
WHERE m.order_no IS NOT NULL
UNION ALL
SELECT
    m.lane AS warehouse_code,
    m.order_type,
    m.order_no,
    d.delivered_at AS at,
    'delivery' AS kind,
    m.seq,
    d.delivery_id,
    d.doc_type,
    d.doc_no,
    d.state,
    d.doc_type || ' is laid into the inbox of ' || d.receiver || ', ' || d.action AS what
FROM ops.message AS m
INNER JOIN ops.every_delivery AS d ON m.seq = d.seq
WHERE m.order_no IS NOT NULL
UNION ALL
SELECT
    m.lane AS warehouse_code,
    m.order_type,
    m.order_no,
    d.answered_at AS at,
    'answer' AS kind,
    m.seq,
    d.delivery_id,
    d.doc_type,
    d.doc_no,
    d.state,
    d.receiver || ' answers ' || d.state || coalesce(' as ' || d.receiver_ref, '')
    || coalesce(', reason ' || d.answer_reason_code, '')
    || coalesce(', ' || d.answer_note, '') AS what
FROM ops.message AS m
INNER JOIN ops.every_delivery AS d ON m.seq = d.seq
WHERE m.order_no IS NOT NULL AND d.answered_at IS NOT NULL
UNION ALL
SELECT
    k.warehouse_code,
    CASE k.order_type
        WHEN 'transit_notice' THEN 'transfer_order'
        ELSE k.order_type
    END AS order_type,
    k.order_no,
    k.opened_at AS at,
    'task' AS kind,
    k.seq,
    NULL AS delivery_id,
    NULL AS doc_type,
    NULL AS doc_no,
    k.state,
    k.code || ' ' || k.text
    || coalesce('; decided ' || k.decision || ' by ' || k.decided_by, '') AS what
FROM ops.decision AS k
WHERE k.order_no IS NOT NULL;

-- name: order_timeline_comments
COMMENT ON VIEW ops.order_timeline IS
'All about an order, from requests to tasks: name its order_no and sort by at.';
COMMENT ON COLUMN ops.order_timeline.warehouse_code IS 'warehouse; a transfer has two';
COMMENT ON COLUMN ops.order_timeline.order_type IS
'document type of the request; null where a move names the number alone';
COMMENT ON COLUMN ops.order_timeline.order_no IS 'number of the order';
COMMENT ON COLUMN ops.order_timeline.at IS 'when';
COMMENT ON COLUMN ops.order_timeline.kind IS 'request, delivery, answer, milestone, fact or task';
COMMENT ON COLUMN ops.order_timeline.seq IS 'message it belongs to';
COMMENT ON COLUMN ops.order_timeline.delivery_id IS 'delivery it belongs to';
COMMENT ON COLUMN ops.order_timeline.doc_type IS 'document type';
COMMENT ON COLUMN ops.order_timeline.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.order_timeline.state IS 'state now: of the message, the delivery or the task';
COMMENT ON COLUMN ops.order_timeline.what IS 'what happened, in words';

-- name: gate
-- What keeps orders from ending: facts of theirs that are not applied yet.
CREATE VIEW ops.gate AS
SELECT
    h.warehouse_code,
    h.order_type,
    h.order_no,
    h.changed_at AS closing_since,
    m.seq,
    m.sender,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    m.state,
    m.waiting_for,
    m.received_at
FROM book.order_head AS h
INNER JOIN staging.message AS m
    ON
        h.warehouse_code = m.lane
        AND h.order_no = btrim(m.order_no)
        AND h.order_type = staging.order_type_of(m.doc_type, m.order_type)
WHERE
    h.state = 'closing'
    AND m.road = 'fact'
    AND m.order_no IS NOT NULL
    AND m.state IN ('received', 'waiting', 'retrying', 'held', 'error');

-- name: gate_comments
COMMENT ON VIEW ops.gate IS
'What blocks the end of orders: their facts that are not applied, one row for each; task STA-010 forces the end.';
COMMENT ON COLUMN ops.gate.warehouse_code IS 'warehouse of the order';
COMMENT ON COLUMN ops.gate.order_type IS 'order type; transit_notice at a transfer''s destination';
COMMENT ON COLUMN ops.gate.order_no IS 'number of the order';
COMMENT ON COLUMN ops.gate.closing_since IS 'when the order changed last';
COMMENT ON COLUMN ops.gate.seq IS 'message that blocks it';
COMMENT ON COLUMN ops.gate.sender IS 'system that sent the message';
COMMENT ON COLUMN ops.gate.doc_type IS 'document type of the message';
COMMENT ON COLUMN ops.gate.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.gate.state IS 'state of the message';
COMMENT ON COLUMN ops.gate.waiting_for IS 'what the message waits for';
COMMENT ON COLUMN ops.gate.received_at IS 'when the message was received';

-- name: claim
CREATE VIEW ops.claim AS
SELECT
    s.pid,
    s.login,
    s.application_name,
    s.state,
    s.transaction_started_at AS since,
    now() - s.transaction_started_at AS held_for,
    CASE
        WHEN l.relation IS NOT NULL THEN CAST(CAST(l.relation AS regclass) AS text)
        ELSE l.locktype
    END AS locked,
    l.mode,
    l.granted,
    s.wait_event,
    s.blocked_by,
    s.query
FROM ops.session() AS s
INNER JOIN pg_catalog.pg_locks AS l ON s.pid = l.pid
LEFT JOIN pg_catalog.pg_class AS c ON l.relation = c.oid
LEFT JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE
    s.application_name LIKE 'crossdock%'
    AND (l.database IS NULL OR l.database = (
        SELECT d.oid
        FROM pg_catalog.pg_database AS d
        WHERE d.datname = current_database()
    ))
    AND (
        (n.nspname IN ('staging', 'book', 'archive', 'ops') AND c.relkind IN ('r', 'p'))
        OR l.locktype = 'advisory'
        OR NOT l.granted
    );

-- name: claim_comments
COMMENT ON VIEW ops.claim IS
'Locks of crossdock''s sessions. A claim is a row lock: it ends with its transaction.';
COMMENT ON COLUMN ops.claim.pid IS
'server process; pg_terminate_backend(pid) ends it, nothing is left half done';
COMMENT ON COLUMN ops.claim.login IS 'database login';
COMMENT ON COLUMN ops.claim.application_name IS 'which program: crossdock, with its part';
COMMENT ON COLUMN ops.claim.state IS 'active, idle in transaction ...';
COMMENT ON COLUMN ops.claim.since IS 'when its transaction began';
COMMENT ON COLUMN ops.claim.held_for IS 'time since then';
COMMENT ON COLUMN ops.claim.locked IS 'table, or the kind of lock';
COMMENT ON COLUMN ops.claim.mode IS 'lock mode; RowShareLock on staging.message: rows are claimed';
COMMENT ON COLUMN ops.claim.granted IS 'false: it waits for the lock';
COMMENT ON COLUMN ops.claim.wait_event IS 'what the session waits for now';
COMMENT ON COLUMN ops.claim.blocked_by IS 'processes that it waits for';
COMMENT ON COLUMN ops.claim.query IS 'its present or last statement, the first 200 characters';

-- name: health
-- No table is counted: rows and dead rows come from the statistics, sizes from the files.
CREATE VIEW ops.health AS
SELECT
    'table' AS kind,
    t.name,
    t.live_rows,
    t.dead_rows,
    round(100.0 * t.dead_rows / greatest(t.live_rows + t.dead_rows, 1), 1) AS dead_pct,
    t.table_bytes,
    t.index_bytes,
    CAST(
        (t.table_bytes + t.index_bytes - g.table_bytes - g.index_bytes)
        / nullif(CAST(now() AT TIME ZONE 'UTC' AS date) - g.taken_on, 0) AS bigint
    ) AS growth_bytes_per_day,
    t.last_vacuum_at,
    t.last_analyze_at,
    CAST(NULL AS bigint) AS snapshot_age,
    CAST(NULL AS interval) AS held_for,
    CASE
        WHEN t.dead_rows > 10000 AND t.dead_rows > t.live_rows
            THEN 'more dead rows than live ones: end the oldest snapshot below, then VACUUM ' || t.name
        WHEN t.modified_rows > 10000 AND t.modified_rows > t.live_rows
            THEN 'statistics are old: ANALYZE ' || t.name
    END AS advice
FROM (
    SELECT
        s.schemaname || '.' || coalesce(p.relname, s.relname) AS name,
        CAST(sum(s.n_live_tup) AS bigint) AS live_rows,
        CAST(sum(s.n_dead_tup) AS bigint) AS dead_rows,
        CAST(sum(s.n_mod_since_analyze) AS bigint) AS modified_rows,
        CAST(sum(pg_catalog.pg_table_size(s.relid)) AS bigint) AS table_bytes,
        CAST(sum(pg_catalog.pg_indexes_size(s.relid)) AS bigint) AS index_bytes,
        max(greatest(s.last_vacuum, s.last_autovacuum)) AS last_vacuum_at,
        max(greatest(s.last_analyze, s.last_autoanalyze)) AS last_analyze_at
    FROM pg_catalog.pg_stat_user_tables AS s
    LEFT JOIN pg_catalog.pg_inherits AS i ON s.relid = i.inhrelid
    LEFT JOIN pg_catalog.pg_class AS p ON i.inhparent = p.oid
    WHERE s.schemaname IN ('staging', 'book', 'archive', 'ops', 'recon')
    GROUP BY s.schemaname || '.' || coalesce(p.relname, s.relname)
) AS t
LEFT JOIN LATERAL (
    SELECT
        z.taken_on,
        z.table_bytes,
        z.index_bytes
    FROM ops.table_size AS z
    WHERE z.table_name = t.name AND z.taken_on >= CAST(now() AT TIME ZONE 'UTC' AS date) - 30
    ORDER BY z.taken_on
    LIMIT 1
) AS g ON true
UNION ALL
SELECT
    'snapshot' AS kind,
    'process ' || s.pid || ', ' || coalesce(s.login, '?')
    || coalesce(', ' || nullif(s.application_name, ''), '') AS name,
    NULL AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    NULL AS table_bytes,
    NULL AS index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    s.snapshot_age,
    now() - s.transaction_started_at AS held_for,
    CASE
        WHEN now() - s.transaction_started_at > CAST('15 minutes' AS interval)
            THEN 'dead rows cannot be removed while it lasts: SELECT pg_terminate_backend('
                || s.pid || ')'
    END AS advice
FROM ops.session() AS s
WHERE s.snapshot_age IS NOT NULL
UNION ALL
SELECT
    'replication slot' AS kind,
    CAST(r.slot_name AS text) AS name,
    NULL AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    NULL AS table_bytes,
    NULL AS index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    pg_catalog.age(coalesce(r.xmin, r.catalog_xmin)) AS snapshot_age,
    NULL AS held_for,
    CASE
        WHEN r.wal_status = 'lost'
            THEN 'its standby can no longer follow: make the standby anew, and'
                || ' SELECT pg_drop_replication_slot(' || quote_literal(r.slot_name) || ')'
        WHEN NOT r.active
            THEN 'nobody reads it; it keeps dead rows and '
                || coalesce(pg_catalog.pg_size_pretty(w.kept_bytes), 'the') || ' of WAL: start its standby, or'
                || ' SELECT pg_drop_replication_slot(' || quote_literal(r.slot_name) || ')'
    END AS advice
FROM pg_catalog.pg_replication_slots AS r
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN NOT pg_catalog.pg_is_in_recovery()
                THEN pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.restart_lsn)
        END AS kept_bytes
) AS w
UNION ALL
SELECT
    'prepared transaction' AS kind,
    p.gid AS name,
    NULL AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    NULL AS table_bytes,
    NULL AS index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    pg_catalog.age(p.transaction) AS snapshot_age,
    now() - p.prepared AS held_for,
    'crossdock prepares none: COMMIT PREPARED or ROLLBACK PREPARED it' AS advice
FROM pg_catalog.pg_prepared_xacts AS p
WHERE p.database = current_database()
UNION ALL
SELECT
    'archive month' AS kind,
    to_char(m.month, 'YYYY-MM') AS name,
    m.message_count AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    m.table_bytes,
    m.index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    NULL AS snapshot_age,
    NULL AS held_for,
    'detached and not shown any more: crossdock archive drop ' || to_char(m.month, 'YYYY-MM')
    || ', or crossdock archive attach ' || to_char(m.month, 'YYYY-MM') AS advice
FROM ops.archive_month AS m
WHERE m.state = 'detached'
UNION ALL
SELECT
    'database' AS kind,
    CAST(d.datname AS text) AS name,
    NULL AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    pg_catalog.pg_database_size(d.oid) AS table_bytes,
    NULL AS index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    pg_catalog.age(d.datfrozenxid) AS snapshot_age,
    NULL AS held_for,
    CASE
        WHEN pg_catalog.age(d.datfrozenxid) > 1000000000
            THEN 'half of all transaction numbers are used up: end old snapshots, then VACUUM (FREEZE)'
    END AS advice
FROM pg_catalog.pg_database AS d
WHERE d.datname = current_database();

-- name: health_comments
COMMENT ON VIEW ops.health IS
'Dead rows, sizes and growth of crossdock''s tables, and whoever keeps dead rows from being removed.';
COMMENT ON COLUMN ops.health.kind IS
'table, snapshot, replication slot, prepared transaction, archive month or database';
COMMENT ON COLUMN ops.health.name IS 'which one; a table of the archive stands for all its months';
COMMENT ON COLUMN ops.health.live_rows IS 'rows in use, as estimated by the statistics';
COMMENT ON COLUMN ops.health.dead_rows IS
'rows to be removed by vacuum, as estimated by the statistics';
COMMENT ON COLUMN ops.health.dead_pct IS 'dead rows in percent of all';
COMMENT ON COLUMN ops.health.table_bytes IS 'size without indexes, in bytes; database: its whole size';
COMMENT ON COLUMN ops.health.index_bytes IS 'size of the indexes, in bytes';
COMMENT ON COLUMN ops.health.growth_bytes_per_day IS
'growth of table and indexes since the oldest size of the last 30 days; null: none was taken before today';
COMMENT ON COLUMN ops.health.last_vacuum_at IS 'when it was vacuumed last, by hand or by itself';
COMMENT ON COLUMN ops.health.last_analyze_at IS 'when its statistics were taken last';
COMMENT ON COLUMN ops.health.snapshot_age IS
'transactions begun since the snapshot was taken; database: since its oldest row was frozen';
COMMENT ON COLUMN ops.health.held_for IS 'time since the transaction began';
COMMENT ON COLUMN ops.health.advice IS 'what to do; null: nothing';
