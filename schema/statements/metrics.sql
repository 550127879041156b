-- Metrics: what Prometheus is told of the database. Bounded by open work, by the jobs that there are
-- or by the catalog; nothing counts history.

-- name: metrics_backlog
-- Open messages by lane, type and state. What waits for its window has no age; it has one from the
-- opening on.
-- returns: lane text, doc_type text, state text, total bigint, oldest_s numeric
-- plan: message_doc_key_idx
SELECT
    g.lane,
    g.doc_type,
    g.state,
    g.total,
    coalesce(extract(EPOCH FROM clock_timestamp() - CASE
        WHEN g.state = 'received' THEN greatest(g.oldest_at, (
            SELECT r.opened_at
            FROM ops.work_rule AS r
            WHERE r.doc_type = g.doc_type AND r.warehouse_code IN ('', g.lane) AND g.oldest_at IS NOT NULL
            ORDER BY r.warehouse_code DESC
            LIMIT 1
        ))
        ELSE g.oldest_at
    END), 0) AS oldest_s
FROM (
    SELECT
        m.lane,
        m.doc_type,
        m.state,
        count(*) AS total,
        min(m.received_at) FILTER (WHERE m.waiting_for IS DISTINCT FROM 'window') AS oldest_at
    FROM staging.message AS m
    WHERE m.state IN ('received', 'waiting', 'retrying', 'held', 'error')
    GROUP BY m.lane, m.doc_type, m.state
) AS g
ORDER BY g.lane, g.doc_type, g.state;

-- name: metrics_errors
-- Findings that still hold, by code; those of messages that ended are history and not counted.
-- returns: code text, severity text, total bigint
-- plan: message_error_open_idx
SELECT
    e.code,
    e.severity,
    count(*) AS total
FROM staging.message_error AS e
WHERE e.resolved_at IS NULL AND e.severity IN ('error', 'wait')
GROUP BY e.code, e.severity
ORDER BY e.code, e.severity;

-- name: metrics_jobs
-- The jobs of the clock, each with its last run.
-- returns: job_name text, is_good integer, ended_s numeric, lasted_s numeric, overdue_s numeric, is_paused
-- integer
SELECT
    s.job AS job_name,
    CASE WHEN s.last_state IN ('failed', 'lost') THEN 0 WHEN s.last_state IS NOT NULL THEN 1 END AS is_good,
    extract(EPOCH FROM s.ended_at) AS ended_s,
    extract(EPOCH FROM s.ended_at - s.started_at) AS lasted_s,
    CASE
        WHEN s.paused_at IS NULL AND coalesce(s.last_state, 'none') <> 'running'
            THEN greatest(extract(EPOCH FROM clock_timestamp() - s.next_due_at), 0)
    END AS overdue_s,
    CASE WHEN s.paused_at IS NULL THEN 0 ELSE 1 END AS is_paused
FROM ops.schedule AS s
ORDER BY s.job;

-- name: metrics_tables
-- Rows and sizes of the tables, by the statistics.
-- returns: table_name text, dead_rows bigint, live_rows bigint, bytes bigint
SELECT
    h.name AS table_name,
    h.dead_rows,
    h.live_rows,
    h.table_bytes + h.index_bytes AS bytes
FROM ops.health AS h
WHERE h.kind = 'table' AND h.name NOT LIKE 'archive.%'
ORDER BY h.name;

-- name: metrics_server
-- The oldest transaction, sizes, and who is alive.
-- returns: snapshot_s numeric, database_bytes bigint, slot_bytes numeric, daemon_count bigint
SELECT
    (
        SELECT coalesce(max(extract(EPOCH FROM clock_timestamp() - s.transaction_started_at)), 0)
        FROM ops.session() AS s
        WHERE s.snapshot_age IS NOT NULL
    ) AS snapshot_s,
    pg_database_size(current_database()) AS database_bytes,
    (
        SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), r.restart_lsn)), 0)
        FROM pg_catalog.pg_replication_slots AS r
        WHERE r.restart_lsn IS NOT NULL
    ) AS slot_bytes,
    (
        SELECT count(*)
        FROM ops.daemon AS d
        WHERE d.ended_at IS NULL AND d.seen_at > clock_timestamp() - CAST('2 minutes' AS interval)
    ) AS daemon_count;

-- name: metrics_alarms
-- Alarms that hold.
-- returns: rule text, severity text, total bigint
-- plan: alarm_state_open_key
SELECT
    a.code AS rule,
    a.severity,
    count(*) AS total
FROM ops.alarm_state AS a
WHERE a.state = 'firing'
GROUP BY a.code, a.severity
ORDER BY a.code;

-- name: metrics_traffic
-- How long each sender has been silent.
-- returns: system text, silent_s numeric
SELECT
    t.system_code AS system,
    extract(EPOCH FROM t.silent_for) AS silent_s
FROM ops.traffic AS t
WHERE t.last_at IS NOT NULL
ORDER BY t.system_code;
