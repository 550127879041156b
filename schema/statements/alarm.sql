-- Alarm: what the watch looks for, and what becomes of what it found. Each `watch_*` statement is
-- bounded by open work, by the last hour or by the catalog, and returns a row for each subject for
-- which its condition holds now.

-- name: watch_turn
-- Takes the turn of looking when the last one is long enough ago: one daemon gets it.
-- params: now timestamptz, period interval
-- returns: at timestamptz; no row: another daemon had it
INSERT INTO ops.watch_mark (name, at)
VALUES ('alarms', :now)
ON CONFLICT (name) DO UPDATE SET at = excluded.at
WHERE watch_mark.at <= excluded.at - CAST(:period AS interval)
RETURNING at;

-- name: watch_still_mine
-- Locks the turn, and says whether no other daemon has taken a newer one meanwhile.
-- params: now timestamptz
-- returns: mine boolean
SELECT m.at = :now AS mine
FROM ops.watch_mark AS m
WHERE m.name = 'alarms'
FOR UPDATE;

-- name: watch_rules
-- Reads the rules that are on.
-- returns: code text, severity text, threshold numeric, hold interval
SELECT
    r.code,
    r.severity,
    r.threshold,
    r.hold
FROM ops.alarm_rule AS r
WHERE r.is_on
ORDER BY r.code;

-- name: watch_daemon
-- Says that a daemon is alive.
-- params: daemon_name text, host text, pid integer, now timestamptz
INSERT INTO ops.daemon (daemon_name, host, pid, started_at, seen_at)
VALUES (:daemon_name, :host, :pid, :now, :now)
ON CONFLICT (daemon_name) DO UPDATE SET seen_at = greatest(daemon.seen_at, excluded.seen_at);

-- name: watch_daemon_ends
-- Says that a daemon has ended of itself.
-- params: daemon_name text, now timestamptz
UPDATE ops.daemon AS d
SET ended_at = :now
WHERE d.daemon_name = :daemon_name;

-- name: watch_traffic_range
-- Says up to which message traffic was counted, and which is the last one now. The first look counts
-- the last hundred thousand messages.
-- returns: after bigint, last bigint
-- plan: message_pkey
SELECT
    coalesce(w.position, x.last - 100000) AS after,
    x.last
FROM (
    SELECT coalesce(max(m.seq), 0) AS last
    FROM staging.message AS m
) AS x
LEFT JOIN ops.watch_mark AS w ON w.name = 'traffic';

-- name: watch_count_traffic
-- Adds what was sent since the last look to the hours of its senders. Messages that commit after
-- later ones were counted are missed: it is a statistic, not a book.
-- params: after bigint, last bigint
-- plan: message_pkey
INSERT INTO ops.traffic_hour (system_code, hour, message_count, last_at)
SELECT
    m.sender,
    date_trunc('hour', m.received_at) AS hour,
    count(*) AS message_count,
    max(m.received_at) AS last_at
FROM staging.message AS m
WHERE m.seq > :after AND m.seq <= :last AND m.sender <> 'crossdock'
GROUP BY m.sender, date_trunc('hour', m.received_at)
ON CONFLICT (system_code, hour) DO UPDATE SET
    message_count = traffic_hour.message_count + excluded.message_count,
    last_at = greatest(traffic_hour.last_at, excluded.last_at);

-- name: watch_traffic_counted
-- Notes up to which message traffic was counted.
-- params: last bigint, now timestamptz
INSERT INTO ops.watch_mark (name, at, position)
VALUES ('traffic', :now, :last)
ON CONFLICT (name) DO UPDATE SET at = excluded.at, position = excluded.position;

-- name: watch_forget_hours
-- Forgets traffic from which nothing is learned any more.
-- params: now timestamptz
DELETE FROM ops.traffic_hour AS h
WHERE h.hour < CAST(:now AS timestamptz) - CAST('35 days' AS interval);

-- name: watch_forget_daemons
-- Forgets the daemons of last week.
-- params: now timestamptz
DELETE FROM ops.daemon AS d
WHERE d.seen_at < CAST(:now AS timestamptz) - CAST('7 days' AS interval);

-- name: watch_backlog
-- Lanes whose complete messages wait for their turn for too long, though nothing blocks them.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: message_claim_idx, message_doc_key_idx
SELECT
    l.lane AS subject,
    round(extract(EPOCH FROM CAST(:now AS timestamptz) - x.since)) AS value,
    x.since,
    jsonb_build_object('count', l.total, 'seq', x.seq) AS facts
FROM (
    SELECT
        m.lane,
        count(*) AS total
    FROM staging.message AS m
    WHERE m.state IN ('received', 'retrying') AND m.waiting_for IS NULL
    GROUP BY m.lane
) AS l
CROSS JOIN LATERAL (
    SELECT
        m.seq,
        greatest(m.received_at, w.opened_at) AS since
    FROM staging.message AS m
    LEFT JOIN LATERAL (
        SELECT r.opened_at
        FROM ops.work_rule AS r
        WHERE r.doc_type = m.doc_type AND r.warehouse_code IN ('', m.lane)
        ORDER BY r.warehouse_code DESC
        LIMIT 1
    ) AS w ON true
    WHERE
        m.lane = l.lane
        AND m.state = 'received' AND m.waiting_for IS NULL
        AND m.received_at < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval)
        -- What came for a window is late from its opening on.
        AND (
            w.opened_at IS NULL
            OR w.opened_at < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval)
        )
        AND NOT EXISTS (
            SELECT
            FROM staging.message AS p
            WHERE
                p.lane = m.lane AND p.doc_key = m.doc_key AND p.seq < m.seq
                AND p.state IN ('received', 'waiting', 'retrying', 'held', 'error')
        )
    ORDER BY m.road, m.seq
    LIMIT 1
) AS x;

-- name: watch_waiting
-- Lanes with messages that are past a part of their limit.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: message_wait_until_idx, message_doc_key_idx
SELECT
    m.lane AS subject,
    CAST(count(*) AS numeric) AS value,
    min(m.waiting_since) AS since,
    jsonb_build_object(
        'count', count(*),
        'seq', (array_agg(m.seq ORDER BY m.wait_until, m.seq))[1],
        'waiting_for', (array_agg(replace(m.waiting_for, E'\x1f', ' ') ORDER BY m.wait_until, m.seq))[1],
        'until', to_char(min(m.wait_until) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC'),
        'behind_count', sum(b.total)
    ) AS facts
FROM staging.message AS m
CROSS JOIN LATERAL (
    SELECT count(*) AS total
    FROM staging.message AS p
    WHERE
        p.lane = m.lane AND p.doc_key = m.doc_key AND p.seq > m.seq
        AND p.state IN ('received', 'waiting', 'retrying', 'held', 'error')
) AS b
WHERE
    m.state = 'waiting' AND m.wait_until IS NOT NULL
    AND m.waiting_since + (m.wait_until - m.waiting_since) * CAST(CAST(:threshold AS numeric) / 100 AS double precision)
    <= CAST(:now AS timestamptz)
GROUP BY m.lane;

-- name: watch_errors
-- Codes with many messages in error; unexpected faults (SYS) have a rule of their own.
-- params: threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: message_error_open_idx, message_doc_key_idx
SELECT
    e.code AS subject,
    CAST(count(DISTINCT m.seq) AS numeric) AS value,
    min(e.first_seen_at) AS since,
    jsonb_build_object(
        'count', count(DISTINCT m.seq),
        'seq', min(m.seq),
        'example', (array_agg(e.text ORDER BY e.error_id))[1],
        'behind_count', sum(b.total)
    ) AS facts
FROM staging.message_error AS e
INNER JOIN staging.message AS m ON e.seq = m.seq
CROSS JOIN LATERAL (
    SELECT count(*) AS total
    FROM staging.message AS p
    WHERE
        p.lane = m.lane AND p.doc_key = m.doc_key AND p.seq > m.seq
        AND p.state IN ('received', 'waiting', 'retrying', 'held', 'error')
) AS b
WHERE
    e.resolved_at IS NULL AND e.severity = 'error' AND e.code NOT LIKE 'SYS%'
    AND m.state = 'error'
GROUP BY e.code
HAVING count(DISTINCT m.seq) >= CAST(:threshold AS numeric);

-- name: watch_system_error
-- Codes of unexpected faults.
-- params: threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: message_error_open_idx, message_doc_key_idx
SELECT
    e.code AS subject,
    CAST(count(DISTINCT m.seq) AS numeric) AS value,
    min(e.first_seen_at) AS since,
    jsonb_build_object(
        'count', count(DISTINCT m.seq),
        'seq', min(m.seq),
        'example', (array_agg(e.value ORDER BY e.error_id))[1],
        'behind_count', sum(b.total)
    ) AS facts
FROM staging.message_error AS e
INNER JOIN staging.message AS m ON e.seq = m.seq
CROSS JOIN LATERAL (
    SELECT count(*) AS total
    FROM staging.message AS p
    WHERE
        p.lane = m.lane AND p.doc_key = m.doc_key AND p.seq > m.seq
        AND p.state IN ('received', 'waiting', 'retrying', 'held', 'error')
) AS b
WHERE
    e.resolved_at IS NULL AND e.severity = 'error' AND e.code LIKE 'SYS%'
    AND m.state = 'error'
GROUP BY e.code
HAVING count(DISTINCT m.seq) >= CAST(:threshold AS numeric);

-- name: watch_error_age
-- Lanes with messages that are in error for long.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: message_doc_key_idx
SELECT
    x.lane AS subject,
    round(extract(EPOCH FROM CAST(:now AS timestamptz) - min(x.at))) AS value,
    min(x.at) AS since,
    jsonb_build_object(
        'count', count(*),
        'seq', (array_agg(x.seq ORDER BY x.at, x.seq))[1],
        'doc_type', (array_agg(x.doc_type ORDER BY x.at, x.seq))[1],
        'doc_no', (array_agg(x.doc_no ORDER BY x.at, x.seq))[1],
        'sender', (array_agg(x.sender ORDER BY x.at, x.seq))[1],
        'behind_count', sum(b.total)
    ) AS facts
FROM (
    SELECT
        m.lane,
        m.seq,
        m.doc_type,
        m.doc_key,
        m.sender,
        coalesce(btrim(m.doc_no), m.message_id) AS doc_no,
        coalesce(m.finished_at, m.received_at) AS at
    FROM staging.message AS m
    WHERE m.state = 'error'
) AS x
CROSS JOIN LATERAL (
    SELECT count(*) AS total
    FROM staging.message AS p
    WHERE
        p.lane = x.lane AND p.doc_key = x.doc_key AND p.seq > x.seq
        AND p.state IN ('received', 'waiting', 'retrying', 'held', 'error')
) AS b
WHERE x.at < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval)
GROUP BY x.lane;

-- name: watch_retrying
-- Lanes in which many messages are tried again after faults.
-- params: threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: message_doc_key_idx
SELECT
    m.lane AS subject,
    CAST(count(*) AS numeric) AS value,
    min(m.received_at) AS since,
    jsonb_build_object(
        'count', count(*),
        'seq', min(m.seq),
        'example', (array_agg(m.state_reason ORDER BY m.attempts DESC, m.seq ASC))[1],
        'behind_count', sum(b.total)
    ) AS facts
FROM staging.message AS m
CROSS JOIN LATERAL (
    SELECT count(*) AS total
    FROM staging.message AS p
    WHERE
        p.lane = m.lane AND p.doc_key = m.doc_key AND p.seq > m.seq
        AND p.state IN ('received', 'waiting', 'retrying', 'held', 'error')
) AS b
WHERE m.state = 'retrying'
GROUP BY m.lane
HAVING count(*) >= CAST(:threshold AS numeric);

-- name: watch_unanswered
-- Receivers that have not answered forwarded requests in time; a warehouse's own limit goes first.
-- params: now timestamptz, threshold numeric, answer_alarm interval
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: message_doc_key_idx, delivery_pkey
SELECT
    d.receiver AS subject,
    CAST(count(*) AS numeric) AS value,
    min(m.waiting_since) AS since,
    jsonb_build_object(
        'count', count(*),
        'seq', (array_agg(m.seq ORDER BY m.waiting_since, m.seq))[1],
        'doc_type', (array_agg(m.doc_type ORDER BY m.waiting_since, m.seq))[1],
        'doc_no', (array_agg(btrim(m.doc_no) ORDER BY m.waiting_since, m.seq))[1],
        'delivery_id', (array_agg(d.delivery_id ORDER BY m.waiting_since, m.seq))[1],
        'delivery_state', (array_agg(d.state ORDER BY m.waiting_since, m.seq))[1],
        'behind_count', sum(b.total)
    ) AS facts
FROM staging.message AS m
INNER JOIN staging.delivery AS d
    ON d.delivery_id = CASE
        WHEN m.waiting_for ~ '^answer:[0-9]+$' THEN CAST(substr(m.waiting_for, 8) AS bigint)
    END
LEFT JOIN ops.policy_value AS v
    ON v.scope_kind = 'warehouse' AND m.lane = v.scope AND v.name = 'answer_alarm'
CROSS JOIN LATERAL (
    SELECT count(*) AS total
    FROM staging.message AS p
    WHERE
        p.lane = m.lane AND p.doc_key = m.doc_key AND p.seq > m.seq
        AND p.state IN ('received', 'waiting', 'retrying', 'held', 'error')
) AS b
WHERE
    m.state = 'waiting'
    AND m.waiting_since
    + coalesce(v.duration, CAST(:answer_alarm AS interval)) * CAST(CAST(:threshold AS numeric) / 100 AS double precision)
    <= CAST(:now AS timestamptz)
GROUP BY d.receiver;

-- name: watch_unread
-- Receivers that leave deliveries in their inbox.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: delivery_inbox_idx
SELECT
    d.receiver AS subject,
    round(extract(EPOCH FROM CAST(:now AS timestamptz) - min(d.delivered_at))) AS value,
    min(d.delivered_at) AS since,
    jsonb_build_object(
        'count', count(*),
        'seq', (array_agg(d.seq ORDER BY d.delivered_at, d.delivery_id))[1],
        'doc_type', (array_agg(d.doc_type ORDER BY d.delivered_at, d.delivery_id))[1],
        'doc_no', (array_agg(coalesce(btrim(d.doc_no), d.message_id) ORDER BY d.delivered_at, d.delivery_id))[1],
        'delivery_id', (array_agg(d.delivery_id ORDER BY d.delivered_at, d.delivery_id))[1]
    ) AS facts
FROM staging.delivery AS d
WHERE d.state = 'pending'
GROUP BY d.receiver
HAVING
    min(d.delivered_at)
    < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval);

-- name: watch_task_age
-- Codes of decisions that are owed for long.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: decision_open_idx
SELECT
    t.code AS subject,
    CAST(count(*) AS numeric) AS value,
    min(t.opened_at) AS since,
    jsonb_build_object(
        'count', count(*),
        'task_id', (array_agg(t.task_id ORDER BY t.opened_at, t.task_id))[1],
        'example', (array_agg(t.text ORDER BY t.opened_at, t.task_id))[1]
    ) AS facts
FROM ops.decision AS t
WHERE
    t.state <> 'done'
    AND t.opened_at < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval)
GROUP BY t.code;

-- name: watch_no_traffic
-- Senders that are silent when they should send: in the hours that were said for them, else in an
-- hour in which they sent in three of the last four weeks.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
SELECT
    s.system_code AS subject,
    round(extract(EPOCH FROM CAST(:now AS timestamptz) - x.silent_since)) AS value,
    x.silent_since AS since,
    jsonb_build_object('expected', x.expected) AS facts
FROM ops.system AS s
LEFT JOIN ops.traffic_expectation AS e ON s.system_code = e.system_code
CROSS JOIN LATERAL (
    SELECT
        max(h.last_at) AS last_at,
        count(*) FILTER (
            WHERE h.hour IN (
                date_trunc('hour', CAST(:now AS timestamptz)) - CAST('7 days 1 hour' AS interval),
                date_trunc('hour', CAST(:now AS timestamptz)) - CAST('14 days 1 hour' AS interval),
                date_trunc('hour', CAST(:now AS timestamptz)) - CAST('21 days 1 hour' AS interval),
                date_trunc('hour', CAST(:now AS timestamptz)) - CAST('28 days 1 hour' AS interval)
            )
        ) AS week_count
    FROM ops.traffic_hour AS h
    WHERE h.system_code = s.system_code
) AS t
CROSS JOIN LATERAL (
    -- The hours may go over midnight: then they began yesterday. Hours round the clock do not begin
    -- anew each day: they began after the last day (of a week) on which nothing is expected.
    SELECT
        (
            CAST(c.local_now AS date) - c.days_back
            - CASE
                WHEN e.from_time = e.to_time
                    THEN (
                        SELECT coalesce(min(g.n) - 1, 7)
                        FROM generate_series(1, 7) AS g (n)
                        WHERE CAST(
                            extract(ISODOW FROM CAST(c.local_now AS date) - c.days_back - g.n) AS integer
                        ) <> ALL(e.weekdays)
                    )
                ELSE 0
            END
            + e.from_time
        ) AT TIME ZONE e.time_zone AS opened_at
    FROM (
        SELECT
            z.local_now,
            CASE WHEN e.to_time <= e.from_time AND CAST(z.local_now AS time) < e.from_time THEN 1 ELSE 0 END
            AS days_back
        FROM (SELECT CAST(:now AS timestamptz) AT TIME ZONE e.time_zone AS local_now) AS z
    ) AS c
    WHERE
        e.system_code IS NULL
        OR (
            CAST(extract(ISODOW FROM CAST(c.local_now AS date) - c.days_back) AS integer) = ANY(e.weekdays)
            AND (
                (e.from_time < e.to_time AND CAST(c.local_now AS time) >= e.from_time AND CAST(c.local_now AS time) < e.to_time)
                OR (
                    e.to_time <= e.from_time
                    AND (CAST(c.local_now AS time) >= e.from_time OR CAST(c.local_now AS time) < e.to_time)
                )
            )
        )
) AS w
CROSS JOIN LATERAL (
    SELECT
        greatest(t.last_at, CASE WHEN e.system_code IS NOT NULL THEN w.opened_at END) AS silent_since,
        CASE
            WHEN e.system_code IS NOT NULL
                THEN 'it should send every ' || e.every || ' from ' || to_char(e.from_time, 'HH24:MI') || ' to '
                || to_char(e.to_time, 'HH24:MI') || ' ' || e.time_zone
            ELSE 'in this hour it sent in ' || t.week_count || ' of the last 4 weeks'
        END AS expected
) AS x
WHERE
    CASE
        WHEN e.system_code IS NOT NULL THEN x.silent_since + e.every <= CAST(:now AS timestamptz)
        ELSE
            t.week_count >= 3
            AND x.silent_since < date_trunc('hour', CAST(:now AS timestamptz)) - CAST('1 hour' AS interval)
            AND x.silent_since
            < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval)
    END;

-- name: watch_sender_failing
-- Senders of whose messages many end in error; the messages of this and the last hour count.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: message_doc_key_idx, message_error_seq_idx
SELECT
    x.sender AS subject,
    round(100.0 * x.failed / greatest(t.sent, x.failed), 1) AS value,
    x.since,
    jsonb_build_object('count', x.failed, 'seq', x.last_seq, 'example', coalesce(c.code, 'an unknown code')) AS facts
FROM (
    SELECT
        m.sender,
        count(*) AS failed,
        max(m.seq) AS last_seq,
        min(coalesce(m.finished_at, m.received_at)) AS since,
        array_agg(m.seq) AS seqs
    FROM staging.message AS m
    WHERE
        m.state = 'error' AND m.sender <> 'crossdock'
        AND coalesce(m.finished_at, m.received_at) > CAST(:now AS timestamptz) - CAST('1 hour' AS interval)
    GROUP BY m.sender
    HAVING count(*) >= 5
) AS x
CROSS JOIN LATERAL (
    SELECT coalesce(sum(h.message_count), 0) AS sent
    FROM ops.traffic_hour AS h
    WHERE
        h.system_code = x.sender
        AND h.hour >= date_trunc('hour', CAST(:now AS timestamptz) - CAST('1 hour' AS interval))
) AS t
LEFT JOIN LATERAL (
    SELECT e.code
    FROM staging.message_error AS e
    WHERE e.seq = any(x.seqs) AND e.severity = 'error' AND e.resolved_at IS NULL
    GROUP BY e.code
    ORDER BY count(*) DESC, e.code ASC
    LIMIT 1
) AS c ON true
WHERE 100.0 * x.failed / greatest(t.sent, x.failed) >= CAST(:threshold AS numeric);

-- name: watch_dead_rows
-- Tables with many dead rows, by the statistics of the server.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
SELECT
    h.name AS subject,
    round(100.0 * h.dead_rows / greatest(h.live_rows, 1)) AS value,
    coalesce(h.last_vacuum_at, CAST(:now AS timestamptz)) AS since,
    jsonb_build_object('dead', h.dead_rows, 'live', h.live_rows) AS facts
FROM ops.health AS h
WHERE
    h.kind = 'table' AND h.dead_rows >= 10000
    AND 100.0 * h.dead_rows / greatest(h.live_rows, 1) >= CAST(:threshold AS numeric);

-- name: watch_snapshot
-- Transactions, prepared ones too, that are open for long and keep dead rows alive.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
SELECT
    'process ' || s.pid || ' of ' || coalesce(s.login, '?') || coalesce(', ' || nullif(s.application_name, ''), '')
    AS subject,
    round(extract(EPOCH FROM CAST(:now AS timestamptz) - s.transaction_started_at)) AS value,
    s.transaction_started_at AS since,
    jsonb_build_object('remedy', 'SELECT pg_terminate_backend(' || s.pid || ')') AS facts
FROM ops.session() AS s
WHERE
    s.snapshot_age IS NOT NULL
    AND s.transaction_started_at
    < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval)
UNION ALL
SELECT
    'prepared transaction ' || p.gid,
    round(extract(EPOCH FROM CAST(:now AS timestamptz) - p.prepared)),
    p.prepared,
    jsonb_build_object('remedy', 'ROLLBACK PREPARED ''' || p.gid || '''')
FROM pg_catalog.pg_prepared_xacts AS p
WHERE
    p.database = current_database()
    AND p.prepared < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval);

-- name: watch_slot
-- Replication slots that keep much WAL.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
SELECT
    CAST(r.slot_name AS text) AS subject,
    round(pg_wal_lsn_diff(pg_current_wal_lsn(), r.restart_lsn) / 1073741824, 2) AS value,
    CAST(:now AS timestamptz) AS since,
    jsonb_build_object('activity', CASE WHEN r.active THEN 'it is read' ELSE 'nobody reads it' END) AS facts
FROM pg_catalog.pg_replication_slots AS r
WHERE
    r.restart_lsn IS NOT NULL
    AND pg_wal_lsn_diff(pg_current_wal_lsn(), r.restart_lsn) / 1073741824 >= CAST(:threshold AS numeric);

-- name: watch_database_size
-- The database, when it is larger than its limit.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
SELECT
    CAST(current_database() AS text) AS subject,
    round(CAST(pg_database_size(current_database()) AS numeric) / 1073741824, 2) AS value,
    CAST(:now AS timestamptz) AS since,
    CAST('{}' AS jsonb) AS facts
WHERE
    CAST(:threshold AS numeric) > 0
    AND CAST(pg_database_size(current_database()) AS numeric) / 1073741824 >= CAST(:threshold AS numeric);

-- name: watch_proof
-- The newest proof that ended, when it failed.
-- params: threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: job_run_pkey
SELECT
    r.job AS subject,
    CAST(1 AS numeric) AS value,
    r.started_at AS since,
    jsonb_build_object(
        'due', to_char(r.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC'), 'example', r.error
    ) AS facts
FROM (
    SELECT
        x.job,
        x.due_at,
        x.state,
        x.started_at,
        x.error
    FROM ops.job_run AS x
    WHERE x.job = 'proof' AND x.state <> 'running'
    ORDER BY x.due_at DESC
    LIMIT 1
) AS r
WHERE r.state = 'failed' AND CAST(:threshold AS numeric) <= 1;

-- name: watch_job_failed
-- Jobs whose newest run failed for good; the proof has a rule of its own.
-- params: threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: job_run_pkey
SELECT
    j.job AS subject,
    CAST(1 AS numeric) AS value,
    r.started_at AS since,
    jsonb_build_object(
        'due', to_char(r.due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC'),
        'state', CASE r.state WHEN 'lost' THEN 'was lost' ELSE 'failed' END,
        'attempts', r.attempts,
        'example', coalesce(r.error, 'who ran it is gone'),
        'meaning', j.meaning
    ) AS facts
FROM ops.job AS j
CROSS JOIN LATERAL (
    SELECT
        x.due_at,
        x.state,
        x.started_at,
        x.attempts,
        x.retry_at,
        x.error
    FROM ops.job_run AS x
    WHERE x.job = j.job
    ORDER BY x.due_at DESC
    LIMIT 1
) AS r
WHERE j.job <> 'proof' AND r.state IN ('failed', 'lost') AND r.retry_at IS NULL AND CAST(:threshold AS numeric) <= 1;

-- name: watch_job_overdue
-- Jobs that are due and have not been started.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: job_pkey
SELECT
    j.job AS subject,
    round(extract(EPOCH FROM CAST(:now AS timestamptz) - j.next_due_at)) AS value,
    j.next_due_at AS since,
    jsonb_build_object('meaning', j.meaning) AS facts
FROM ops.job AS j
WHERE
    j.paused_at IS NULL
    AND j.next_due_at < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval)
    AND NOT EXISTS (
        SELECT
        FROM ops.job_run AS x
        WHERE x.job = j.job AND x.due_at >= j.next_due_at
    );

-- name: watch_recon_invalid
-- The newest run of the reconciliation that ended, when it did not end well.
-- params: threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: run_pkey
SELECT
    CAST(r.run_id AS text) AS subject,
    CAST(1 AS numeric) AS value,
    coalesce(r.ended_at, r.started_at) AS since,
    jsonb_build_object('state', replace(r.state, '_', ' '), 'example', r.reason, 'last_closed', coalesce((
        SELECT to_char(c.as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI UTC')
        FROM recon.run AS c
        WHERE c.state = 'closed'
        ORDER BY c.run_id DESC
        LIMIT 1
    ), 'never')) AS facts
FROM (
    SELECT
        n.run_id,
        n.state,
        n.reason,
        n.started_at,
        n.ended_at
    FROM recon.run AS n
    WHERE n.state <> 'running'
    ORDER BY n.run_id DESC
    LIMIT 1
) AS r
WHERE r.state IN ('not_valid', 'failed') AND CAST(:threshold AS numeric) <= 1;

-- name: watch_recon_missing
-- The reconciliation, when it has not run for long.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: run_pkey
SELECT
    'reconciliation' AS subject,
    round(extract(EPOCH FROM CAST(:now AS timestamptz) - r.started_at)) AS value,
    r.started_at AS since,
    jsonb_build_object('run_id', r.run_id) AS facts
FROM (
    SELECT
        n.run_id,
        n.started_at
    FROM recon.run AS n
    ORDER BY n.run_id DESC
    LIMIT 1
) AS r
WHERE r.started_at < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval);

-- name: watch_recon_unexplained
-- Warehouses of the newest closed run with differences that nothing explains.
-- params: threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: run_pkey, difference_pkey
SELECT
    d.warehouse_code AS subject,
    CAST(count(*) AS numeric) AS value,
    r.started_at AS since,
    jsonb_build_object(
        'count', count(*),
        'run_id', r.run_id,
        'item_code', (array_agg(d.item_code ORDER BY d.value DESC NULLS LAST, d.item_code ASC))[1]
    ) AS facts
FROM (
    SELECT
        n.run_id,
        n.started_at
    FROM recon.run AS n
    WHERE n.state = 'closed'
    ORDER BY n.run_id DESC
    LIMIT 1
) AS r
INNER JOIN recon.difference AS d ON r.run_id = d.run_id
INNER JOIN recon.class AS c ON d.class = c.class AND c.is_unexplained
WHERE NOT d.is_tolerated
GROUP BY d.warehouse_code, r.run_id, r.started_at
HAVING count(*) >= CAST(:threshold AS numeric);

-- name: watch_recon_below_target
-- Figures in percent of the newest closed run that are below their target.
-- params: threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: run_pkey, figure_pkey
SELECT
    concat_ws(
        ' ', f.name, 'of', CASE WHEN f.warehouse_code = '*' THEN 'all warehouses' ELSE f.warehouse_code END,
        CASE WHEN f.abc_class <> '*' THEN 'class ' || f.abc_class END, CASE WHEN f.flow <> '*' THEN f.flow END
    ) AS subject,
    f.target - f.value AS value,
    r.started_at AS since,
    jsonb_build_object(
        'run_id', r.run_id,
        'measured', trim_scale(round(f.value, 3)),
        'target', trim_scale(f.target),
        'missing', trim_scale(f.denominator - f.numerator),
        'denominator', trim_scale(f.denominator)
    ) AS facts
FROM (
    SELECT
        n.run_id,
        n.started_at
    FROM recon.run AS n
    WHERE n.state = 'closed'
    ORDER BY n.run_id DESC
    LIMIT 1
) AS r
INNER JOIN recon.figure AS f ON r.run_id = f.run_id
WHERE
    f.unit IN ('%', 'percent') AND f.target IS NOT NULL
    AND f.target - f.value > CAST(:threshold AS numeric);

-- name: watch_daemon_missing
-- Daemons that are silent, have not ended of themselves, and after which none has started.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
SELECT
    d.daemon_name AS subject,
    round(extract(EPOCH FROM CAST(:now AS timestamptz) - d.seen_at)) AS value,
    d.seen_at AS since,
    jsonb_build_object('host', d.host, 'others', (
        SELECT count(*)
        FROM ops.daemon AS o
        WHERE
            o.ended_at IS NULL
            AND o.seen_at >= CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval)
    )) AS facts
FROM ops.daemon AS d
WHERE
    d.ended_at IS NULL
    AND d.seen_at < CAST(:now AS timestamptz) - CAST(:threshold AS numeric) * CAST('1 second' AS interval)
    AND NOT EXISTS (
        SELECT
        FROM ops.daemon AS n
        WHERE n.started_at > d.seen_at
    );

-- name: watch_notification
-- Routes that did not take notifications in the last hour.
-- params: now timestamptz, threshold numeric
-- returns: subject text, value numeric, since timestamptz, facts jsonb
-- plan: alarm_notice_made_idx
SELECT
    n.route AS subject,
    CAST(count(*) AS numeric) AS value,
    min(n.made_at) AS since,
    jsonb_build_object('count', count(*), 'example', (array_agg(n.last_error ORDER BY n.notice_id DESC))[1]) AS facts
FROM ops.alarm_notice AS n
WHERE
    n.state <> 'sent' AND n.attempts > 0
    AND n.made_at > CAST(:now AS timestamptz) - CAST('1 hour' AS interval)
GROUP BY n.route
HAVING count(*) >= CAST(:threshold AS numeric);

-- name: alarm_seen
-- Writes what was found. A subject that is known is brought up to date, and fires when its
-- condition has held for long enough.
-- params: codes text[], subjects text[], severities text[], numbers numeric[], times timestamptz[],
-- texts text[], behinds text[], looks text[], holds interval[], now timestamptz
INSERT INTO ops.alarm_state (
    code, subject, severity, state, since, first_seen_at, last_seen_at, fired_at, value, text, behind, look
)
SELECT
    f.code,
    f.subject,
    f.severity,
    CASE WHEN f.hold <= CAST('0' AS interval) THEN 'firing' ELSE 'pending' END AS state,
    f.since,
    :now AS first_seen_at,
    :now AS last_seen_at,
    CASE WHEN f.hold <= CAST('0' AS interval) THEN CAST(:now AS timestamptz) END AS fired_at,
    f.value,
    f.text,
    f.behind,
    f.look
FROM unnest(
    CAST(:codes AS text []), CAST(:subjects AS text []), CAST(:severities AS text []),
    CAST(:numbers AS numeric []), CAST(:times AS timestamptz []), CAST(:texts AS text []),
    CAST(:behinds AS text []), CAST(:looks AS text []), CAST(:holds AS interval [])
) AS f (code, subject, severity, value, since, text, behind, look, hold)
ON CONFLICT (code, subject) WHERE state <> 'resolved' DO UPDATE SET
    severity = excluded.severity,
    last_seen_at = excluded.last_seen_at,
    since = least(alarm_state.since, excluded.since),
    value = excluded.value,
    text = excluded.text,
    behind = excluded.behind,
    look = excluded.look;

-- name: alarm_fire
-- Makes alarms of what has held for as long as its rule says.
-- params: codes text[], holds interval[], now timestamptz
UPDATE ops.alarm_state AS a
SET state = 'firing', fired_at = :now
FROM unnest(CAST(:codes AS text []), CAST(:holds AS interval [])) AS r (code, hold)
WHERE
    a.code = r.code AND a.state = 'pending' AND a.last_seen_at = :now
    AND a.first_seen_at + r.hold <= CAST(:now AS timestamptz);

-- name: alarm_forget
-- Forgets what never became an alarm, and alarms of long ago.
-- params: codes text[], now timestamptz
DELETE FROM ops.alarm_state AS a
WHERE
    (a.state = 'pending' AND a.code = any(CAST(:codes AS text [])) AND a.last_seen_at < :now)
    OR (a.state = 'resolved' AND a.resolved_at < CAST(:now AS timestamptz) - CAST('90 days' AS interval));

-- name: alarm_forget_notices
-- Forgets notifications of long ago.
-- params: now timestamptz
DELETE FROM ops.alarm_notice AS n
WHERE n.made_at < CAST(:now AS timestamptz) - CAST('90 days' AS interval);

-- name: alarm_resolve
-- Ends alarms whose condition was not seen for a while, of the rules that could be looked at. The
-- while keeps a condition that comes and goes from telling people each time.
-- params: codes text[], clear interval, now timestamptz
-- returns: alarm_id bigint, code text, subject text, text text
UPDATE ops.alarm_state AS a
SET state = 'resolved', resolved_at = :now
WHERE
    a.state = 'firing' AND a.code = any(CAST(:codes AS text []))
    AND a.last_seen_at <= CAST(:now AS timestamptz) - CAST(:clear AS interval)
RETURNING a.alarm_id, a.code, a.subject, a.text;

-- name: alarm_to_tell
-- Reads the alarms that hold, and those that are over and of which somebody was told, with what
-- each route was told.
-- returns: alarm_id bigint, code text, subject text, severity text, state text, since timestamptz,
-- fired_at timestamptz, resolved_at timestamptz, text text, behind text, look text, acknowledged_by
-- text, told jsonb
-- plan: alarm_state_open_key, alarm_told_pkey
SELECT
    a.alarm_id,
    a.code,
    a.subject,
    a.severity,
    a.state,
    a.since,
    a.fired_at,
    a.resolved_at,
    a.text,
    a.behind,
    a.look,
    a.acknowledged_by,
    t.told
FROM ops.alarm_state AS a
CROSS JOIN LATERAL (
    SELECT
        coalesce(jsonb_object_agg(x.route, extract(EPOCH FROM x.told_at)), CAST('{}' AS jsonb)) AS told,
        bool_or(x.recovery_told_at IS NULL) AS owed
    FROM ops.alarm_told AS x
    WHERE x.alarm_id = a.alarm_id AND x.recovery_told_at IS NULL
) AS t
WHERE a.state = 'firing' OR (a.state = 'resolved' AND t.owed)
ORDER BY a.severity, a.fired_at, a.alarm_id;

-- name: alarm_last_notices
-- When each route got its last notification of each severity.
-- params: now timestamptz
-- returns: route text, severity text, made_at timestamptz
-- plan: alarm_notice_made_idx
SELECT
    n.route,
    n.severity,
    max(n.made_at) AS made_at
FROM ops.alarm_notice AS n
WHERE n.made_at > CAST(:now AS timestamptz) - CAST('1 day' AS interval)
GROUP BY n.route, n.severity;

-- name: alarm_tell
-- Notes that a route is told of alarms, or that they are over.
-- params: route text, firing bigint[], resolved bigint[], now timestamptz
INSERT INTO ops.alarm_told (alarm_id, route, told_at, recovery_told_at)
SELECT
    x.alarm_id,
    :route AS route,
    :now AS told_at,
    CASE WHEN x.is_over THEN CAST(:now AS timestamptz) END AS recovery_told_at
FROM (
    SELECT
        f.alarm_id,
        false AS is_over
    FROM unnest(CAST(:firing AS bigint [])) AS f (alarm_id)
    UNION ALL
    SELECT
        r.alarm_id,
        true AS is_over
    FROM unnest(CAST(:resolved AS bigint [])) AS r (alarm_id)
) AS x
ON CONFLICT (alarm_id, route) DO UPDATE SET
    told_at = CASE WHEN excluded.recovery_told_at IS NULL THEN excluded.told_at ELSE alarm_told.told_at END,
    recovery_told_at = excluded.recovery_told_at;

-- name: alarm_notify
-- Writes a notification for each address of a route; they are delivered afterwards.
-- params: route text, address_count integer, severity text, title text, body text, now timestamptz
INSERT INTO ops.alarm_notice (route, address, severity, title, body, made_at, next_attempt_at)
SELECT
    CAST(:route AS text) AS route,
    a.address,
    CAST(:severity AS text) AS severity,
    CAST(:title AS text) AS title,
    CAST(:body AS text) AS body,
    CAST(:now AS timestamptz) AS made_at,
    CAST(:now AS timestamptz) AS next_attempt_at
FROM generate_series(1, CAST(:address_count AS integer)) AS a (address);

-- name: alarm_claim_notices
-- Takes notifications that are due; they are not due again before the lease is over, so that one
-- daemon delivers them, and another one if it dies.
-- params: now timestamptz, lease interval
-- returns: notice_id bigint, route text, address integer, severity text, title text, body text,
-- attempts integer
-- locks: ops.alarm_notice rows, skip locked
-- plan: alarm_notice_pending_idx
UPDATE ops.alarm_notice AS n
SET attempts = n.attempts + 1, next_attempt_at = CAST(:now AS timestamptz) + CAST(:lease AS interval)
WHERE
    n.notice_id IN (
        SELECT d.notice_id
        FROM ops.alarm_notice AS d
        WHERE d.state = 'pending' AND d.next_attempt_at <= CAST(:now AS timestamptz)
        ORDER BY d.notice_id
        LIMIT 10
        FOR UPDATE SKIP LOCKED
    )
    AND n.state = 'pending'
RETURNING n.notice_id, n.route, n.address, n.severity, n.title, n.body, n.attempts;

-- name: alarm_settle_notice
-- Notes how an attempt to deliver a notification ended.
-- params: notice_id bigint, state text, last_error text, next_attempt_at timestamptz, now timestamptz
UPDATE ops.alarm_notice AS n
SET
    state = :state,
    last_error = :last_error,
    next_attempt_at = :next_attempt_at,
    ended_at = CASE WHEN CAST(:state AS text) <> 'pending' THEN CAST(:now AS timestamptz) END
WHERE n.notice_id = :notice_id AND n.state = 'pending';

-- name: alarm_list
-- Lists alarms, gravest first: those that hold, or all that are remembered.
-- params: every_one boolean
-- returns: alarm_id bigint, severity text, state text, code text, subject text, since timestamptz,
-- lasts_s bigint, text text, behind text, look text, fired_at timestamptz, resolved_at timestamptz,
-- acknowledged_by text, acknowledge_reason text, told text[]
SELECT
    a.alarm_id,
    a.severity,
    a.state,
    a.code,
    a.subject,
    a.since,
    CAST(extract(EPOCH FROM a.lasts) AS bigint) AS lasts_s,
    a.text,
    a.behind,
    a.look,
    a.fired_at,
    a.resolved_at,
    a.acknowledged_by,
    a.acknowledge_reason,
    a.told
FROM ops.alarm AS a
WHERE a.state = 'firing' OR CAST(:every_one AS boolean)
ORDER BY a.state = 'firing' DESC, a.severity ASC, a.since ASC, a.alarm_id ASC;

-- name: alarm_list_rules
-- Lists the rules of alarms.
-- returns: code text, severity text, threshold numeric, unit text, hold_s bigint, is_on boolean,
-- meaning text
SELECT
    r.code,
    r.severity,
    trim_scale(r.threshold) AS threshold,
    r.unit,
    CAST(extract(EPOCH FROM r.hold) AS bigint) AS hold_s,
    r.is_on,
    r.meaning
FROM ops.alarm_rule AS r
ORDER BY r.code;

-- name: alarm_acknowledge
-- Says that somebody sees to an alarm.
-- params: alarm_id bigint, reason text
-- returns: told jsonb; fails with P0002, 55000 or 22023
SELECT ops.alarm_ack(:alarm_id, :reason) AS told;

-- name: alarm_set_rule
-- Changes one thing of a rule.
-- params: code text, part text, value text, reason text
-- returns: value_before text, value_after text
SELECT
    s.value_before,
    s.value_after
FROM ops.set_alarm_rule(:code, :part, :value, :reason) AS s;

-- name: alarm_expect
-- Says when a sender should send.
-- params: system_code text, every interval, from_time time, to_time time, weekdays integer[],
-- time_zone text, reason text
-- returns: expect_traffic void
SELECT ops.expect_traffic(
    :system_code, :every, :from_time, :to_time, CAST(:weekdays AS integer []), :time_zone, :reason
);
