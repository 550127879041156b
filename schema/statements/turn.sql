-- Turns: what waits for its window, and what goes before what. Nothing of this runs in a lane for
-- which no rule of work was set.

-- name: park_closed
-- Puts claimable messages of types whose window is closed out of the claim's way.
-- params: lane text, road text, closed text[], limit bigint
-- locks: staging.message rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: message_claim_idx
UPDATE staging.message AS m
SET waiting_for = 'window', wait_until = NULL
WHERE
    m.state = 'received' AND m.waiting_for IS NULL
    AND m.seq = ANY(ARRAY(
        SELECT c.seq
        FROM staging.message AS c
        WHERE
            c.lane = :lane
            AND c.road = :road
            AND c.state = 'received'
            AND c.waiting_for IS NULL
            AND c.doc_type = ANY(CAST(:closed AS text []))
        ORDER BY c.seq
        LIMIT :limit
        FOR NO KEY UPDATE OF c SKIP LOCKED
    ));

-- name: choose_messages
-- Locks the messages whose turn it is: one of a higher priority goes before those of a lower one that
-- came up to :step before it for each level, so that nothing waits for ever. Looked at are the oldest
-- heads of document keys in the lane, and the oldest ones of each type that has a priority.
-- params: lane text, road text, now timestamptz, closed text[], ranked text[] (types with a priority),
-- ranks bigint[] (their priorities), step interval, floor bigint (none below), limit bigint
-- returns: seq bigint
-- locks: staging.message rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: message_claim_idx, message_doc_key_idx
SELECT m.seq
FROM staging.message AS m
WHERE
    m.state IN ('received', 'retrying') AND m.waiting_for IS NULL
    AND m.seq = ANY(ARRAY(
    SELECT t.seq FROM (
    SELECT
        h.seq,
        min(h.received_at - coalesce(r.priority, 0) * CAST(:step AS interval)) AS turn_at
    FROM unnest(array_append(CAST(:ranked AS text []), NULL)) AS k (doc_type)
    CROSS JOIN LATERAL (
        SELECT
            c.seq,
            c.doc_type,
            c.received_at
        FROM staging.message AS c
        WHERE
            c.lane = :lane
            AND c.road = :road
            AND c.seq >= :floor
            AND c.state IN ('received', 'retrying')
            AND c.waiting_for IS NULL
            AND (c.next_attempt_at IS NULL OR c.next_attempt_at <= :now)
            AND (k.doc_type IS NULL OR c.doc_type = k.doc_type)
            AND (c.state = 'retrying' OR c.doc_type <> ALL(CAST(:closed AS text [])))
            -- The head of its document key, as claim_messages asks for it.
            AND (
                SELECT e.seq
                FROM staging.message AS e
                WHERE
                    e.lane = c.lane
                    AND e.doc_key = c.doc_key
                    AND e.seq < c.seq
                    AND e.state IN ('received', 'waiting', 'retrying', 'held')
                    AND (e.state <> 'received' OR e.waiting_for IS DISTINCT FROM 'lines')
                    AND (e.state <> 'waiting' OR CASE
                        WHEN e.waiting_for LIKE 'answer:%' THEN NOT EXISTS (
                            SELECT
                            FROM staging.delivery AS d
                            WHERE d.delivery_id = CAST(substr(e.waiting_for, 8) AS bigint) AND d.state = 'pending'
                        )
                    END)
                ORDER BY e.seq
                LIMIT 1
            ) IS NULL
        ORDER BY c.seq
        LIMIT :limit
    ) AS h
    LEFT JOIN unnest(CAST(:ranked AS text []), CAST(:ranks AS bigint [])) AS r (doc_type, priority)
        ON h.doc_type = r.doc_type
    GROUP BY h.seq
    ORDER BY turn_at, h.seq
    LIMIT :limit
) AS t))
ORDER BY m.seq
FOR NO KEY UPDATE OF m SKIP LOCKED;

-- name: any_window
-- Whether some document type waits for windows at all.
-- returns: is_there boolean
SELECT EXISTS (SELECT FROM ops.work_rule AS r WHERE r.job IS NOT NULL) AS is_there;

-- name: open_window
-- Opens the window of a job from now on, for as long as its rule says.
-- params: job text, now timestamptz
-- returns: nothing; the row count is 0 when the rule is gone
UPDATE ops.work_rule
SET opened_at = :now, open_until = CAST(:now AS timestamptz) + lasts
WHERE job = :job;

-- name: open_all_windows
-- Holds every window open for a little while: what a drain does in each of its rounds.
-- params: now timestamptz, until timestamptz
UPDATE ops.work_rule
SET
    opened_at = CASE WHEN open_until > :now THEN opened_at ELSE :now END,
    open_until = greatest(open_until, CAST(:until AS timestamptz))
WHERE job IS NOT NULL;

-- name: release_windows
-- Sends on parked messages whose window is open or whose rule is gone, the oldest first.
-- params: now timestamptz, limit bigint (of each document type and lane)
-- returns: seq bigint
-- locks: staging.message rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: message_window_idx
WITH RECURSIVE parked AS (
    (
        SELECT
            m.doc_type,
            m.lane
        FROM staging.message AS m
        WHERE m.state = 'received' AND m.waiting_for = 'window'
        ORDER BY m.doc_type, m.lane
        LIMIT 1
    )
    UNION ALL
    SELECT
        n.doc_type,
        n.lane
    FROM parked AS p
    CROSS JOIN LATERAL (
        SELECT
            m.doc_type,
            m.lane
        FROM staging.message AS m
        WHERE
            m.state = 'received' AND m.waiting_for = 'window'
            AND (m.doc_type, m.lane) > (p.doc_type, p.lane)
        ORDER BY m.doc_type, m.lane
        LIMIT 1
    ) AS n
)

UPDATE staging.message AS m
SET waiting_for = NULL
WHERE
    m.state = 'received' AND m.waiting_for = 'window'
    -- An array is made once; as a semijoin it was made anew for each row where nobody had analyzed.
    AND m.seq = ANY(ARRAY(
        SELECT c.seq
        FROM (
            SELECT
                q.doc_type,
                q.lane
            FROM parked AS q
            WHERE
                coalesce((
                    SELECT r.job IS NULL OR coalesce(r.open_until > CAST(:now AS timestamptz), false)
                    FROM ops.work_rule AS r
                    WHERE r.doc_type = q.doc_type AND r.warehouse_code IN ('', q.lane)
                    ORDER BY r.warehouse_code DESC
                    LIMIT 1
                ), true)
            OFFSET 0
        ) AS p
        CROSS JOIN LATERAL (
            SELECT w.seq
            FROM staging.message AS w
            WHERE
                w.state = 'received' AND w.waiting_for = 'window'
                AND w.doc_type = p.doc_type AND w.lane = p.lane
            ORDER BY w.seq
            LIMIT :limit
            FOR NO KEY UPDATE OF w SKIP LOCKED
        ) AS c
    ))
RETURNING m.seq;

-- name: show_work
-- Shows the rules of work with their windows.
-- returns: doc_type text, warehouse_code text, priority integer, schedule text, time_zone text, lasts
-- interval, is_open boolean, opens_at timestamptz, opened_at timestamptz, open_until timestamptz,
-- paused_at timestamptz, waiting_count bigint, job text, set_at timestamptz, set_by text, reason text
SELECT
    doc_type,
    warehouse_code,
    priority,
    schedule,
    time_zone,
    lasts,
    is_open,
    opens_at,
    opened_at,
    open_until,
    paused_at,
    waiting_count,
    job,
    set_at,
    set_by,
    reason
FROM ops.work
ORDER BY doc_type, warehouse_code NULLS FIRST;

-- name: decide_work_rule
-- Sets the rule of work for a document type, everywhere or in one warehouse.
-- params: doc_type text, warehouse_code text, priority integer, schedule text, time_zone text, lasts
-- interval, reason text
-- returns: rule_before text, rule_after text
SELECT
    s.rule_before,
    s.rule_after
FROM ops.set_work_rule(
    :doc_type, :warehouse_code, CAST(:priority AS integer), :schedule, :time_zone, CAST(:lasts AS interval), :reason
) AS s;

-- name: decide_no_work_rule
-- Takes the rule back.
-- params: doc_type text, warehouse_code text, reason text
-- returns: rule_before text
SELECT ops.drop_work_rule(:doc_type, :warehouse_code, :reason) AS rule_before;
