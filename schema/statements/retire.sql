-- Retire: what has long ended moves to the archive, and is remembered. No other work waits for it:
-- rows are locked with SKIP LOCKED, and one short transaction moves a few thousand messages.

-- name: retire_window
-- Looks at the next messages in the order of their numbers: where they end, and whether any is old
-- enough to be worth going on.
-- params: after bigint, before timestamptz, rows bigint
-- returns: last_seq bigint (null: none is left), is_old boolean (some was received before the limit)
-- plan: message_pkey
SELECT
    max(m.seq) AS last_seq,
    coalesce(bool_or(m.received_at < :before), false) AS is_old
FROM (
    SELECT
        w.seq,
        w.received_at
    FROM staging.message AS w
    WHERE w.seq > :after
    ORDER BY w.seq
    LIMIT :rows
) AS m;

-- name: retire_claim
-- Locks the messages of the window that have ended before the limit, and says what keeps one back:
-- a decision that is owed or on its way; an open message of the same document, or one that it is
-- linked to, or that waits for it.
-- params: after bigint, last_seq bigint, before timestamptz
-- returns: seq bigint, doc_type text, month date, kept_by text (null: nothing of these)
-- locks: staging.message rows, FOR UPDATE SKIP LOCKED
-- plan: message_pkey, message_doc_key_idx, decision_event_key or decision_open_idx, wait_key_pkey
SELECT
    m.seq,
    m.doc_type,
    CAST(date_trunc('month', m.finished_at AT TIME ZONE 'UTC') AS date) AS month,
    CASE
        WHEN
            (
                -- Not by state: the index of what is open would be read for each message.
                SELECT t.task_id
                FROM ops.decision AS t
                WHERE t.seq = m.seq AND t.closed_at IS NULL
                LIMIT 1
            ) IS NOT NULL
            OR m.seq = ANY(ARRAY(
                SELECT p.posted_seq
                FROM ops.decision AS p
                WHERE p.state = 'deciding' AND p.posted_seq IS NOT NULL
            )) THEN 'task'
        WHEN
            (
                SELECT o.seq
                FROM staging.message AS o
                WHERE
                    o.lane = m.lane
                    AND o.doc_key = m.doc_key
                    AND o.state IN ('received', 'waiting', 'retrying', 'held', 'error')
                LIMIT 1
            ) IS NOT NULL
            OR (
                SELECT o.seq
                FROM staging.message AS o
                WHERE
                    o.seq IN (m.duplicate_of, m.superseded_by)
                    AND o.state IN ('received', 'waiting', 'retrying', 'held', 'error')
                LIMIT 1
            ) IS NOT NULL
            OR (
                SELECT w.seq
                FROM staging.wait_key AS w
                WHERE
                    w.key = concat_ws(
                        E'\x1f', 'fact:' || m.sender, m.doc_type, btrim(m.warehouse_code), btrim(m.doc_no)
                    )
                LIMIT 1
            ) IS NOT NULL THEN 'message'
    END AS kept_by
FROM staging.message AS m
WHERE
    m.seq > :after
    AND m.seq <= :last_seq
    AND m.state IN ('applied', 'refused', 'duplicate', 'superseded', 'discarded')
    AND m.finished_at < :before
ORDER BY m.seq
FOR UPDATE OF m SKIP LOCKED;

-- name: retire_inboxes
-- Counts the deliveries of the window's messages, and tells whether one of them is unanswered, or
-- its answer not noticed yet.
-- params: after bigint, last_seq bigint
-- returns: seq bigint, total bigint, is_open boolean
-- plan: delivery_seq_idx
SELECT
    d.seq,
    count(*) AS total,
    bool_or(d.state IN ('pending', 'taken') OR NOT d.noticed) AS is_open
FROM staging.delivery AS d
WHERE d.seq > :after AND d.seq <= :last_seq
GROUP BY d.seq;

-- name: retire_deliveries
-- Locks the answered deliveries of those messages, and of messages that were retired before: a WMS
-- that was registered later got all master data anew. One that somebody holds is not returned.
-- params: after bigint, last_seq bigint, seqs bigint[], before timestamptz
-- returns: delivery_id bigint, seq bigint, month date
-- locks: staging.delivery rows, FOR UPDATE SKIP LOCKED
SELECT
    d.delivery_id,
    d.seq,
    CAST(date_trunc('month', coalesce(d.answered_at, d.delivered_at) AT TIME ZONE 'UTC') AS date)
        AS month
FROM staging.delivery AS d
WHERE
    d.seq > :after
    AND d.seq <= :last_seq
    AND d.state NOT IN ('pending', 'taken')
    AND d.noticed
    AND (
        d.seq = ANY(CAST(:seqs AS bigint []))
        OR (
            coalesce(d.answered_at, d.delivered_at) < :before
            AND (
                SELECT x.seq
                FROM staging.memory AS x
                WHERE x.seq = d.seq
            ) IS NOT NULL
        )
    )
ORDER BY d.delivery_id
FOR UPDATE OF d SKIP LOCKED;

-- name: retire_late_findings
-- Locks the findings that were made after their messages had been retired.
-- params: after bigint, last_seq bigint, before timestamptz
-- returns: error_id bigint, month date
-- locks: staging.message_error rows, FOR UPDATE SKIP LOCKED
-- plan: message_error_seq_idx
SELECT
    e.error_id,
    CAST(date_trunc('month', e.first_seen_at AT TIME ZONE 'UTC') AS date) AS month
FROM staging.message_error AS e
WHERE
    e.seq > :after
    AND e.seq <= :last_seq
    AND e.first_seen_at < :before
    AND (
        SELECT x.seq
        FROM staging.memory AS x
        WHERE x.seq = e.seq
    ) IS NOT NULL
ORDER BY e.error_id
FOR UPDATE OF e SKIP LOCKED;

-- name: retire_late_lines
-- Finds lines whose message had been retired when they came, and which no resend has claimed.
-- params: since timestamptz, before timestamptz
-- returns: sender text, doc_type text, message_id text, line_no integer, month date
-- plan: line_received_at_idx, memory_message_id_idx
SELECT
    l.sender,
    l.doc_type,
    l.message_id,
    l.line_no,
    CAST(date_trunc('month', l.received_at AT TIME ZONE 'UTC') AS date) AS month
FROM staging.line AS l
WHERE
    l.received_at >= :since
    AND l.received_at < :before
    AND (
        SELECT x.seq
        FROM staging.memory AS x
        WHERE x.sender = l.sender AND x.doc_type = l.doc_type AND x.message_id = l.message_id
        LIMIT 1
    ) IS NOT NULL
    AND (
        SELECT m.seq
        FROM staging.message AS m
        WHERE m.sender = l.sender AND m.doc_type = l.doc_type AND m.message_id = l.message_id
    ) IS NULL
ORDER BY l.sender, l.doc_type, l.message_id, l.line_no;

-- name: retire_warn_lines
-- Leaves a warning of each on the retired message.
-- params: seqs bigint[], line_nos integer[], now timestamptz
-- plan: message_error_seq_idx
INSERT INTO staging.message_error (
    seq, line_no, column_name, code, severity, value, text, hint, first_seen_at
)
SELECT
    u.seq,
    u.line_no,
    'line_no',
    'SYN-010',
    'warning',
    CAST(u.line_no AS text),
    (SELECT r.text FROM staging.rule AS r WHERE r.code = 'SYN-010'),
    (SELECT r.hint FROM staging.rule AS r WHERE r.code = 'SYN-010'),
    :now
FROM unnest(CAST(:seqs AS bigint []), CAST(:line_nos AS integer [])) AS u (seq, line_no)
WHERE
    (
        SELECT e.error_id
        FROM staging.message_error AS e
        WHERE e.seq = u.seq AND e.code = 'SYN-010' AND e.line_no = u.line_no
        LIMIT 1
    ) IS NULL;

-- name: retire_month
-- Makes the archive's partitions of the month of a date, where they are missing.
-- params: month date
-- returns: made integer
SELECT archive.create_month(:month) AS made;

-- name: retire_remember
-- Remembers the messages. Their content is hashed as it was when they were claimed: where the
-- business key has the hash it is taken from there, else (and for a fact that was given up before
-- anybody had looked at it: its key has the hash 0) it is computed from the same text.
-- params: seqs bigint[], after bigint, last_seq bigint, now timestamptz
-- plan: message_pkey, line_pkey
INSERT INTO staging.memory (
    seq, sender, doc_type, message_id, warehouse_code, action, business_key, content_hash, state,
    finished_at, retired_at
)
SELECT
    m.seq,
    m.sender,
    m.doc_type,
    m.message_id,
    nullif(btrim(m.warehouse_code), ''),
    coalesce(nullif(btrim(m.action), ''), CASE WHEN m.road IN ('master', 'detail', 'request') THEN 'upsert' ELSE 'post' END),
    k.business_key,
    coalesce(k.content_hash, CAST(md5(staging.header_content(m) || coalesce(c.content, '')) AS uuid)),
    m.state,
    m.finished_at,
    :now
FROM staging.message AS m
LEFT JOIN (
    SELECT
        b.seq,
        max(b.business_key) FILTER (WHERE b.business_key NOT LIKE 'reverses %') AS business_key,
        CAST(nullif(max(CAST(b.content_hash AS text)), '00000000-0000-0000-0000-000000000000') AS uuid) AS content_hash
    FROM staging.business_key AS b
    WHERE b.seq > :after AND b.seq <= :last_seq
    GROUP BY b.seq
) AS k ON m.seq = k.seq
LEFT JOIN LATERAL (
    SELECT
        string_agg(
            CASE m.road WHEN 'snapshot' THEN staging.snapshot_content(l) ELSE staging.line_content(l) END,
            '' ORDER BY l.line_no
        ) AS content
    FROM staging.line AS l
    WHERE
        l.sender = m.sender AND l.doc_type = m.doc_type AND l.message_id = m.message_id
        AND (m.line_count IS NOT NULL OR l.xid = m.xid)
        AND (
            SELECT e.error_id
            FROM staging.message_error AS e
            WHERE e.seq = m.seq AND e.line_no = l.line_no AND e.code = 'SYN-010'
            LIMIT 1
        ) IS NULL
) AS c ON k.content_hash IS NULL
WHERE m.seq = ANY(CAST(:seqs AS bigint []));

-- name: retire_move_lines
-- Moves the lines. Those that came too late are marked: they had no effect.
-- params: seqs bigint[]
-- plan: message_pkey, line_pkey
WITH gone AS (
    DELETE FROM staging.line AS t
    USING staging.message AS m
    WHERE
        m.seq = ANY(CAST(:seqs AS bigint []))
        AND t.sender = m.sender AND t.doc_type = m.doc_type AND t.message_id = m.message_id
    RETURNING
        m.finished_at,
        m.seq,
        m.line_count IS NULL AND t.xid <> m.xid AS is_other,
        t.sender, t.doc_type, t.message_id, t.line_no, t.warehouse_code, t.xid, t.received_at,
        t.item_code, t.qty, t.uom, t.lot_no, t.over_tolerance_pct, t.under_tolerance_pct,
        t.reason_code, t.order_line_no, t.serial_no, t.expires_on, t.location_code, t.stock_status,
        t.to_location_code, t.to_stock_status
)

INSERT INTO archive.line (
    finished_at, seq, is_late, sender, doc_type, message_id, line_no, warehouse_code, xid,
    received_at, item_code, qty, uom, lot_no, over_tolerance_pct, under_tolerance_pct, reason_code,
    order_line_no, serial_no, expires_on, location_code, stock_status, to_location_code,
    to_stock_status
)
SELECT
    g.finished_at,
    g.seq,
    g.is_other OR (
        SELECT e.error_id
        FROM staging.message_error AS e
        WHERE e.seq = g.seq AND e.line_no = g.line_no AND e.code = 'SYN-010'
        LIMIT 1
    ) IS NOT NULL,
    g.sender, g.doc_type, g.message_id, g.line_no, g.warehouse_code, g.xid, g.received_at,
    g.item_code, g.qty, g.uom, g.lot_no, g.over_tolerance_pct, g.under_tolerance_pct, g.reason_code,
    g.order_line_no, g.serial_no, g.expires_on, g.location_code, g.stock_status, g.to_location_code,
    g.to_stock_status
FROM gone AS g;

-- name: retire_move_late_lines
-- Moves lines that came after their message had been retired.
-- params: senders text[], doc_types text[], message_ids text[], line_nos integer[]
-- returns: seq bigint, line_no integer; what another run has not moved already
-- plan: line_pkey, memory_message_id_idx
WITH gone AS (
    DELETE FROM staging.line AS t
    USING unnest(
        CAST(:senders AS text []), CAST(:doc_types AS text []), CAST(:message_ids AS text []),
        CAST(:line_nos AS integer [])
    ) AS u (sender, doc_type, message_id, line_no)
    WHERE
        t.sender = u.sender AND t.doc_type = u.doc_type AND t.message_id = u.message_id
        AND t.line_no = u.line_no
    RETURNING
        t.sender, t.doc_type, t.message_id, t.line_no, t.warehouse_code, t.xid, t.received_at,
        t.item_code, t.qty, t.uom, t.lot_no, t.over_tolerance_pct, t.under_tolerance_pct,
        t.reason_code, t.order_line_no, t.serial_no, t.expires_on, t.location_code, t.stock_status,
        t.to_location_code, t.to_stock_status
)

INSERT INTO archive.line (
    finished_at, seq, is_late, sender, doc_type, message_id, line_no, warehouse_code, xid,
    received_at, item_code, qty, uom, lot_no, over_tolerance_pct, under_tolerance_pct, reason_code,
    order_line_no, serial_no, expires_on, location_code, stock_status, to_location_code,
    to_stock_status
)
SELECT
    g.received_at,
    (
        SELECT x.seq
        FROM staging.memory AS x
        WHERE x.sender = g.sender AND x.doc_type = g.doc_type AND x.message_id = g.message_id
        ORDER BY x.seq
        LIMIT 1
    ),
    true,
    g.sender, g.doc_type, g.message_id, g.line_no, g.warehouse_code, g.xid, g.received_at,
    g.item_code, g.qty, g.uom, g.lot_no, g.over_tolerance_pct, g.under_tolerance_pct, g.reason_code,
    g.order_line_no, g.serial_no, g.expires_on, g.location_code, g.stock_status, g.to_location_code,
    g.to_stock_status
FROM gone AS g
RETURNING seq, line_no;

-- name: retire_move_findings
-- Moves the findings; those that were made later keep the time at which they were made.
-- params: seqs bigint[], error_ids bigint[]
-- plan: message_error_seq_idx, message_error_pkey
WITH gone AS (
    DELETE FROM staging.message_error AS t
    WHERE
        t.seq = ANY(CAST(:seqs AS bigint []))
        OR t.error_id = ANY(CAST(:error_ids AS bigint []))
    RETURNING
        t.error_id, t.seq, t.line_no, t.column_name, t.code, t.severity, t.value, t.expected,
        t.text, t.hint, t.first_seen_at, t.resolved_at
)

INSERT INTO archive.message_error (
    finished_at, error_id, seq, line_no, column_name, code, severity, value, expected, text, hint,
    first_seen_at, resolved_at
)
SELECT
    coalesce(m.finished_at, g.first_seen_at),
    g.error_id, g.seq, g.line_no, g.column_name, g.code, g.severity, g.value, g.expected, g.text,
    g.hint, g.first_seen_at, g.resolved_at
FROM gone AS g
LEFT JOIN staging.message AS m ON g.seq = m.seq;

-- name: retire_move_events
-- Moves the steps.
-- params: seqs bigint[]
-- plan: event_seq_idx, message_pkey
WITH gone AS (
    DELETE FROM staging.event AS t
    WHERE t.seq = ANY(CAST(:seqs AS bigint []))
    RETURNING
        t.event_id, t.seq, t.at, t.from_state, t.to_state, t.actor, t.reason
)

INSERT INTO archive.event (
    finished_at, event_id, seq, at, from_state, to_state, actor, reason
)
SELECT
    m.finished_at,
    g.event_id, g.seq, g.at, g.from_state, g.to_state, g.actor, g.reason
FROM gone AS g
INNER JOIN staging.message AS m ON g.seq = m.seq;

-- name: retire_move_delivery_lines
-- Moves the lines of deliveries.
-- params: delivery_ids bigint[]
-- plan: delivery_pkey, delivery_line_pkey, message_pkey
WITH gone AS (
    DELETE FROM staging.delivery_line AS t
    WHERE t.delivery_id = ANY(CAST(:delivery_ids AS bigint []))
    RETURNING
        t.delivery_id, t.line_no, t.receiver, t.doc_type, t.warehouse_code, t.message_id,
        t.item_code, t.qty, t.uom, t.lot_no, t.over_tolerance_pct, t.under_tolerance_pct,
        t.reason_code, t.order_line_no, t.serial_no, t.expires_on, t.location_code, t.stock_status,
        t.to_location_code, t.to_stock_status
)

INSERT INTO archive.delivery_line (
    finished_at, delivery_id, line_no, receiver, doc_type, warehouse_code, message_id, item_code,
    qty, uom, lot_no, over_tolerance_pct, under_tolerance_pct, reason_code, order_line_no,
    serial_no, expires_on, location_code, stock_status, to_location_code, to_stock_status
)
SELECT
    coalesce(m.finished_at, d.answered_at, d.delivered_at),
    g.delivery_id, g.line_no, g.receiver, g.doc_type, g.warehouse_code, g.message_id, g.item_code,
    g.qty, g.uom, g.lot_no, g.over_tolerance_pct, g.under_tolerance_pct, g.reason_code,
    g.order_line_no, g.serial_no, g.expires_on, g.location_code, g.stock_status, g.to_location_code,
    g.to_stock_status
FROM gone AS g
INNER JOIN staging.delivery AS d ON g.delivery_id = d.delivery_id
LEFT JOIN staging.message AS m ON d.seq = m.seq;

-- name: retire_move_answer_lines
-- Moves the answers by line to deliveries.
-- params: delivery_ids bigint[]
-- locks: staging.answer_line rows
WITH gone AS (
    DELETE FROM staging.answer_line AS t
    WHERE t.delivery_id = ANY(CAST(:delivery_ids AS bigint []))
    RETURNING
        t.delivery_id, t.line_no, t.qty, t.uom, t.reason_code
)

INSERT INTO archive.answer_line (
    finished_at, delivery_id, line_no, qty, uom, reason_code
)
SELECT
    coalesce(m.finished_at, d.answered_at, d.delivered_at),
    g.delivery_id, g.line_no, g.qty, g.uom, g.reason_code
FROM gone AS g
INNER JOIN staging.delivery AS d ON g.delivery_id = d.delivery_id
LEFT JOIN staging.message AS m ON d.seq = m.seq;

-- name: retire_move_deliveries
-- Moves the deliveries, after their lines.
-- params: delivery_ids bigint[]
-- plan: delivery_pkey, message_pkey
WITH gone AS (
    DELETE FROM staging.delivery AS t
    WHERE t.delivery_id = ANY(CAST(:delivery_ids AS bigint []))
    RETURNING
        t.delivery_id, t.receiver, t.doc_type, t.warehouse_code, t.action, t.message_id, t.seq,
        t.delivered_at, t.state, t.noticed, t.receiver_ref, t.answer_reason_code, t.answer_note,
        t.answered_at, t.attributes, t.item_code, t.version, t.description, t.base_uom,
        t.item_group, t.abc_class, t.gtin, t.lot_controlled, t.serial_controlled, t.shelf_life_days,
        t.unit_cost, t.currency, t.active, t.uom, t.numerator, t.denominator, t.party_code, t.role,
        t.name, t.country_code, t.address, t.time_zone, t.location_code, t.zone, t.kind,
        t.system_code, t.domain, t.external_code, t.canonical_code, t.is_default_out, t.doc_no,
        t.revision, t.ordered_on, t.expected_at, t.note, t.requested_ship_at, t.carrier_code,
        t.ship_to, t.priority, t.qty, t.start_at, t.due_at, t.to_warehouse_code,
        t.original_order_no, t.order_type, t.order_no, t.delivery_note_no, t.is_final,
        t.occurred_at, t.source_seq, t.reverses_no, t.tracking_no, t.counted_through_seq,
        t.milestone, t.response, t.reason_code, t.as_of, t.through_seq, t.total_qty, t.request_no,
        t.run_id
)

INSERT INTO archive.delivery (
    finished_at, delivery_id, receiver, doc_type, warehouse_code, action, message_id, seq,
    delivered_at, state, noticed, receiver_ref, answer_reason_code, answer_note, answered_at,
    attributes, item_code, version, description, base_uom, item_group, abc_class, gtin,
    lot_controlled, serial_controlled, shelf_life_days, unit_cost, currency, active, uom, numerator,
    denominator, party_code, role, name, country_code, address, time_zone, location_code, zone,
    kind, system_code, domain, external_code, canonical_code, is_default_out, doc_no, revision,
    ordered_on, expected_at, note, requested_ship_at, carrier_code, ship_to, priority, qty,
    start_at, due_at, to_warehouse_code, original_order_no, order_type, order_no, delivery_note_no,
    is_final, occurred_at, source_seq, reverses_no, tracking_no, counted_through_seq, milestone,
    response, reason_code, as_of, through_seq, total_qty, request_no, run_id
)
SELECT
    coalesce(m.finished_at, g.answered_at, g.delivered_at),
    g.delivery_id, g.receiver, g.doc_type, g.warehouse_code, g.action, g.message_id, g.seq,
    g.delivered_at, g.state, g.noticed, g.receiver_ref, g.answer_reason_code, g.answer_note,
    g.answered_at, g.attributes, g.item_code, g.version, g.description, g.base_uom, g.item_group,
    g.abc_class, g.gtin, g.lot_controlled, g.serial_controlled, g.shelf_life_days, g.unit_cost,
    g.currency, g.active, g.uom, g.numerator, g.denominator, g.party_code, g.role, g.name,
    g.country_code, g.address, g.time_zone, g.location_code, g.zone, g.kind, g.system_code,
    g.domain, g.external_code, g.canonical_code, g.is_default_out, g.doc_no, g.revision,
    g.ordered_on, g.expected_at, g.note, g.requested_ship_at, g.carrier_code, g.ship_to, g.priority,
    g.qty, g.start_at, g.due_at, g.to_warehouse_code, g.original_order_no, g.order_type, g.order_no,
    g.delivery_note_no, g.is_final, g.occurred_at, g.source_seq, g.reverses_no, g.tracking_no,
    g.counted_through_seq, g.milestone, g.response, g.reason_code, g.as_of, g.through_seq,
    g.total_qty, g.request_no, g.run_id
FROM gone AS g
LEFT JOIN staging.message AS m ON g.seq = m.seq;

-- name: retire_move_messages
-- Moves the headers, last of all.
-- params: seqs bigint[]
-- plan: message_pkey
WITH gone AS (
    DELETE FROM staging.message AS t
    WHERE t.seq = ANY(CAST(:seqs AS bigint []))
    RETURNING
        t.finished_at,
        t.seq, t.sender, t.doc_type, t.message_id, t.warehouse_code, t.action, t.line_count,
        t.state, t.xid, t.received_at, t.lane, t.road, t.doc_key, t.attempts, t.passes,
        t.next_attempt_at, t.waiting_for, t.waiting_since, t.wait_until, t.duplicate_of,
        t.superseded_by, t.amended_from, t.state_reason, t.actor, t.attributes, t.item_code,
        t.version, t.description, t.base_uom, t.item_group, t.abc_class, t.gtin, t.lot_controlled,
        t.serial_controlled, t.shelf_life_days, t.unit_cost, t.currency, t.active, t.uom,
        t.numerator, t.denominator, t.party_code, t.role, t.name, t.country_code, t.address,
        t.time_zone, t.location_code, t.zone, t.kind, t.system_code, t.domain, t.external_code,
        t.canonical_code, t.is_default_out, t.doc_no, t.revision, t.ordered_on, t.expected_at,
        t.note, t.requested_ship_at, t.carrier_code, t.ship_to, t.priority, t.qty, t.start_at,
        t.due_at, t.to_warehouse_code, t.original_order_no, t.order_type, t.order_no,
        t.delivery_note_no, t.is_final, t.occurred_at, t.source_seq, t.reverses_no, t.tracking_no,
        t.counted_through_seq, t.milestone, t.response, t.reason_code, t.as_of, t.through_seq,
        t.total_qty, t.request_no, t.run_id
)

INSERT INTO archive.message (
    finished_at, seq, sender, doc_type, message_id, warehouse_code, action, line_count, state, xid,
    received_at, lane, road, doc_key, attempts, passes, next_attempt_at, waiting_for, waiting_since,
    wait_until, duplicate_of, superseded_by, amended_from, state_reason, actor, attributes,
    item_code, version, description, base_uom, item_group, abc_class, gtin, lot_controlled,
    serial_controlled, shelf_life_days, unit_cost, currency, active, uom, numerator, denominator,
    party_code, role, name, country_code, address, time_zone, location_code, zone, kind,
    system_code, domain, external_code, canonical_code, is_default_out, doc_no, revision,
    ordered_on, expected_at, note, requested_ship_at, carrier_code, ship_to, priority, qty,
    start_at, due_at, to_warehouse_code, original_order_no, order_type, order_no, delivery_note_no,
    is_final, occurred_at, source_seq, reverses_no, tracking_no, counted_through_seq, milestone,
    response, reason_code, as_of, through_seq, total_qty, request_no, run_id
)
SELECT
    g.finished_at,
    g.seq, g.sender, g.doc_type, g.message_id, g.warehouse_code, g.action, g.line_count, g.state,
    g.xid, g.received_at, g.lane, g.road, g.doc_key, g.attempts, g.passes, g.next_attempt_at,
    g.waiting_for, g.waiting_since, g.wait_until, g.duplicate_of, g.superseded_by, g.amended_from,
    g.state_reason, g.actor, g.attributes, g.item_code, g.version, g.description, g.base_uom,
    g.item_group, g.abc_class, g.gtin, g.lot_controlled, g.serial_controlled, g.shelf_life_days,
    g.unit_cost, g.currency, g.active, g.uom, g.numerator, g.denominator, g.party_code, g.role,
    g.name, g.country_code, g.address, g.time_zone, g.location_code, g.zone, g.kind, g.system_code,
    g.domain, g.external_code, g.canonical_code, g.is_default_out, g.doc_no, g.revision,
    g.ordered_on, g.expected_at, g.note, g.requested_ship_at, g.carrier_code, g.ship_to, g.priority,
    g.qty, g.start_at, g.due_at, g.to_warehouse_code, g.original_order_no, g.order_type, g.order_no,
    g.delivery_note_no, g.is_final, g.occurred_at, g.source_seq, g.reverses_no, g.tracking_no,
    g.counted_through_seq, g.milestone, g.response, g.reason_code, g.as_of, g.through_seq,
    g.total_qty, g.request_no, g.run_id
FROM gone AS g;
