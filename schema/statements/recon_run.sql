-- The frame of a reconciliation: which run, which snapshots, the gates, and the end.

-- name: recon_lock
-- Locks the reconciliation: one run at a time, since each is chained to the one before.
-- returns: got boolean
-- locks: an advisory lock until the end of the transaction; a killed run leaves none
SELECT pg_try_advisory_xact_lock(hashtextextended('crossdock reconciliation', 0)) AS got;

-- name: recon_no_limits
-- Lifts the time limits for this transaction: a run over millions of keys takes minutes.
-- returns: statement text, idle text
SELECT
    set_config('statement_timeout', '0', true) AS statement,
    set_config('idle_in_transaction_session_timeout', '0', true) AS idle;

-- name: recon_plan_by_hash
-- Lets this transaction join and sum whole books by hash. With a merge join the planner sorts both
-- books by lot, on disk: at a million keys that was half of the explain step. 128 MB, or more where
-- the server gives more, spill five million keys in a few batches.
-- returns: merge_joins text, memory text
SELECT
    set_config('enable_mergejoin', 'off', true) AS merge_joins,
    set_config(
        'work_mem',
        greatest(pg_size_bytes(current_setting('work_mem')), 128 * 1024 * 1024) / 1024 || 'kB',
        true
    ) AS memory;

-- name: recon_fail_left
-- Ends runs that were cut off: who holds the lock knows that nobody works on them.
-- params: now timestamptz
UPDATE recon.run AS r
SET
    state = 'failed',
    ended_at = :now,
    reason = 'the run was cut off'
WHERE r.state = 'running';

-- name: recon_begin_run
-- Writes the run as running, visible to all.
-- params: as_of timestamptz, trigger text, now timestamptz, revision text
-- returns: run_id bigint
INSERT INTO recon.run (as_of, trigger, requested_by, started_at, config, revision)
SELECT
    :as_of,
    :trigger,
    staging.actor(),
    :now,
    '{}',
    :revision
RETURNING run_id;

-- name: recon_warehouses
-- The warehouses that have a WMS, with the ERP: what is compared when nobody names a warehouse.
-- returns: warehouse_code text, wms text, erp text, gapless boolean, is_known boolean
SELECT
    w.warehouse_code,
    w.system_code AS wms,
    (SELECT e.system_code FROM ops.system AS e WHERE e.kind = 'erp') AS erp,
    s.gapless_source_seq AS gapless,
    EXISTS (SELECT FROM book.warehouse AS b WHERE b.warehouse_code = w.warehouse_code) AS is_known
FROM ops.system_warehouse AS w
INNER JOIN ops.system AS s ON w.system_code = s.system_code
WHERE s.kind = 'wms'
ORDER BY w.warehouse_code;

-- name: recon_snapshot
-- The newest applied snapshot of a side up to an instant. One that answers a request holds the keys
-- that were asked for, not the whole stock: it is never taken for a night's.
-- params: sender text, warehouse_code text, as_of timestamptz
-- returns: seq bigint, message_id text, xid text, snapshot_no text, as_of timestamptz,
-- through_seq bigint, line_count integer, total_qty numeric, content_hash text
SELECT
    m.seq,
    m.message_id,
    CAST(m.xid AS text) AS xid,
    m.doc_no AS snapshot_no,
    m.as_of,
    m.through_seq,
    m.line_count,
    m.total_qty,
    CAST(k.content_hash AS text) AS content_hash
FROM staging.message AS m
LEFT JOIN staging.business_key AS k ON m.seq = k.seq
WHERE
    m.sender = :sender
    AND m.doc_type = 'stock_snapshot'
    AND m.state = 'applied'
    AND m.lane = :warehouse_code
    AND nullif(btrim(m.request_no), '') IS NULL
    AND m.as_of <= :as_of
ORDER BY m.as_of DESC, m.seq DESC
LIMIT 1;

-- name: recon_last
-- The last closed run of a warehouse.
-- params: warehouse_code text
-- returns: run_id bigint, erp_seq bigint, wms_seq bigint, erp_as_of timestamptz, wms_as_of timestamptz,
-- erp_through_seq bigint, wms_through_seq bigint, ledger_seq bigint, visible text, key_count bigint, config jsonb
SELECT
    w.run_id,
    w.erp_seq,
    w.wms_seq,
    w.erp_as_of,
    w.wms_as_of,
    w.erp_through_seq,
    w.wms_through_seq,
    w.ledger_seq,
    CAST(w.visible AS text) AS visible,
    w.key_count,
    r.config
FROM recon.run_warehouse AS w
INNER JOIN recon.run AS r ON w.run_id = r.run_id
WHERE w.warehouse_code = :warehouse_code AND r.state = 'closed'
ORDER BY w.run_id DESC
LIMIT 1;

-- name: recon_lines_read
-- Counts a snapshot as it was loaded.
-- params: sender text, message_id text, counted boolean, xid text
-- returns: line_count bigint, total_qty numeric
-- plan: line_pkey
SELECT
    count(*) AS line_count,
    coalesce(sum(n.qty), 0) AS total_qty
FROM staging.line AS n
WHERE
    n.sender = :sender
    AND n.doc_type = 'stock_snapshot'
    AND n.message_id = :message_id
    AND (CAST(:counted AS boolean) OR n.xid = CAST(CAST(:xid AS text) AS xid8));

-- name: recon_positions
-- What is known of positions: the highest of the ledger and of the deliveries, and what contradicts
-- the headers.
-- params: warehouse_code text, sender text, receiver text, erp_through bigint, wms_through bigint,
-- erp_as_of timestamptz, wms_as_of timestamptz
-- returns: ledger_seq bigint, first_delivery_id bigint, last_delivery_id bigint, visible text,
-- told_above bigint, answered_above bigint, unanswered_below bigint, has_echo boolean
SELECT
    c.ledger_seq,
    c.first_delivery_id,
    c.last_delivery_id,
    CAST(pg_current_snapshot() AS text) AS visible,
    (
        SELECT count(DISTINCT l.message_seq)
        FROM book.ledger AS l
        WHERE
            l.warehouse_code = :warehouse_code
            AND l.source_seq > CAST(:wms_through AS bigint)
            AND l.occurred_at < l.received_at
            AND l.occurred_at <= CAST(:wms_as_of AS timestamptz)
    ) AS told_above,
    (
        SELECT count(*)
        FROM staging.delivery AS d
        WHERE
            d.delivery_id > CAST(:erp_through AS bigint)
            AND d.delivery_id <= c.last_delivery_id
            AND d.receiver = :receiver
            AND d.state = 'accepted'
            AND d.answered_at <= CAST(:erp_as_of AS timestamptz)
    ) AS answered_above,
    (
        SELECT count(*)
        FROM staging.delivery AS d
        WHERE
            d.receiver = :receiver
            AND d.delivery_id > c.first_delivery_id
            AND d.delivery_id <= CAST(:erp_through AS bigint)
            AND d.state IN ('pending', 'taken')
    ) AS unanswered_below,
    EXISTS (
        SELECT
        FROM staging.posting_line AS p
        WHERE p.delivery_id > c.first_delivery_id AND p.delivery_id <= c.last_delivery_id
    ) AS has_echo
FROM (
    SELECT
        n.ledger_seq,
        n.warehouse_no * 1000000000000 AS first_delivery_id,
        n.warehouse_no * 1000000000000 + n.delivery_n AS last_delivery_id
    FROM book.lane_counter AS n
    WHERE n.warehouse_code = :warehouse_code
) AS c
WHERE CAST(:sender AS text) IS NOT NULL;

-- name: recon_insert_gate
-- Writes what a gate found.
-- params: run_id bigint, warehouse_code text, gate text, passed boolean, expected text, found text, said text
INSERT INTO recon.gate (run_id, warehouse_code, gate, passed, expected, found, text)
VALUES (:run_id, :warehouse_code, :gate, :passed, :expected, :found, :said);

-- name: recon_insert_warehouse
-- Writes what is compared in a warehouse.
-- params: run_id bigint, warehouse_code text, previous_run_id bigint, erp_seq bigint, wms_seq bigint,
-- erp_snapshot_no text, wms_snapshot_no text, erp_as_of timestamptz, wms_as_of timestamptz,
-- erp_through bigint, wms_through bigint, erp_lines bigint, wms_lines bigint, erp_total numeric,
-- wms_total numeric, erp_hash text, wms_hash text, ledger_seq bigint, visible text, skew_s numeric,
-- straddling bigint, has_echo boolean
INSERT INTO recon.run_warehouse (
    run_id, warehouse_code, previous_run_id, erp_seq, wms_seq, erp_snapshot_no, wms_snapshot_no, erp_as_of,
    wms_as_of, erp_through_seq, wms_through_seq, erp_line_count, wms_line_count, erp_total_qty, wms_total_qty,
    erp_hash, wms_hash, ledger_seq, visible, skew_s, straddling_count, has_echo
)
VALUES (
    :run_id, :warehouse_code, :previous_run_id, :erp_seq, :wms_seq, :erp_snapshot_no, :wms_snapshot_no,
    :erp_as_of, :wms_as_of, :erp_through, :wms_through, :erp_lines, :wms_lines, :erp_total, :wms_total,
    :erp_hash, :wms_hash, :ledger_seq, CAST(CAST(:visible AS text) AS pg_snapshot), :skew_s, :straddling,
    :has_echo
);

-- name: recon_count_warehouse
-- Writes the counts of a warehouse. What is no candidate agrees: it is counted by the ERP's book,
-- since both hold the same.
-- params: run_id bigint, warehouse_code text, key_count bigint, apart bigint, out_of_scope bigint,
-- not_assessable bigint, straddling bigint, raw_open bigint, adjusted_open bigint
UPDATE recon.run_warehouse AS w
SET
    key_count = :key_count,
    compared_count = CAST(:key_count AS bigint) - CAST(:not_assessable AS bigint),
    quarantined_count = :apart,
    not_comparable_count = :out_of_scope,
    not_assessable_count = :not_assessable,
    straddling_count = greatest(w.straddling_count, CAST(:straddling AS bigint)),
    agreed_raw_count = CAST(:key_count AS bigint) - CAST(:raw_open AS bigint),
    agreed_adjusted_count = CAST(:key_count AS bigint) - CAST(:adjusted_open AS bigint)
WHERE w.run_id = :run_id AND w.warehouse_code = :warehouse_code;

-- name: recon_configuration
-- What the run goes by, as it is now: tolerances, scope rules, roll-ups, and the version of the maps.
-- params: limits jsonb, as_of timestamptz
-- returns: config jsonb, config_hash text
SELECT
    c.config,
    encode(sha256(convert_to(CAST(c.config AS text), 'UTF8')), 'hex') AS config_hash
FROM (
    SELECT
        CAST(:limits AS jsonb) || jsonb_build_object(
            'as_of', CAST(:as_of AS timestamptz),
            'tolerances', (
                SELECT jsonb_agg(to_jsonb(t) ORDER BY t.abc_class, t.uom)
                FROM recon.tolerance AS t
            ),
            'scope', (SELECT jsonb_agg(to_jsonb(s) ORDER BY s.rule_id) FROM recon.scope_rule AS s),
            'roll_ups', (SELECT jsonb_agg(to_jsonb(u) ORDER BY u.rule_id) FROM recon.roll_up AS u),
            'map', (
                SELECT jsonb_build_object('codes', count(*), 'hash', md5(string_agg(
                    concat_ws(E'\x1f', m.system_code, m.domain, m.external_code, m.canonical_code, m.version),
                    E'\x1e' ORDER BY m.system_code, m.domain, m.external_code)))
                FROM recon_map AS m
            ),
            'units', (
                SELECT jsonb_build_object('units', count(*), 'hash', md5(string_agg(
                    concat_ws(E'\x1f', i.item_code, n.uom, n.numerator, n.denominator, n.version),
                    E'\x1e' ORDER BY i.item_code, n.uom)))
                FROM recon_unit AS n
                INNER JOIN recon_item AS i ON n.item_no = i.item_no
            )
        ) AS config
) AS c;

-- name: recon_close_run
-- Closes the run: hashes what it compared and every row of it, chained to the run before.
-- params: run_id bigint, verdict text, now timestamptz, config jsonb, config_hash text, durations jsonb
-- returns: run_hash text, input_hash text
UPDATE recon.run AS r
SET
    state = 'closed',
    verdict = :verdict,
    ended_at = :now,
    config = :config,
    config_hash = :config_hash,
    durations = :durations,
    previous_run_id = h.previous_run_id,
    previous_hash = h.previous_hash,
    input_hash = h.input_hash,
    run_hash = encode(sha256(convert_to(concat_ws(
        E'\x1f', h.previous_hash, r.run_id, r.as_of, CAST(:verdict AS text), CAST(:config_hash AS text), h.input_hash, h.row_hash
    ), 'UTF8')), 'hex')
FROM (
    SELECT
        p.run_id AS previous_run_id,
        coalesce(p.run_hash, '') AS previous_hash,
        (
            SELECT encode(sha256(convert_to(coalesce(string_agg(CAST(ROW(
                w.warehouse_code, w.erp_snapshot_no, w.wms_snapshot_no, w.erp_as_of, w.wms_as_of, w.erp_through_seq,
                w.wms_through_seq, w.erp_line_count, w.wms_line_count, w.erp_total_qty, w.wms_total_qty,
                w.erp_hash, w.wms_hash, w.ledger_seq
            ) AS text), E'\x1e' ORDER BY w.warehouse_code), ''), 'UTF8')), 'hex')
            FROM recon.run_warehouse AS w
            WHERE w.run_id = :run_id
        ) AS input_hash,
        -- In pieces of some 4,000 rows: a day on which five million keys differ is hashed too.
        (
            SELECT encode(sha256(coalesce(string_agg(y.hash, '' ORDER BY y.piece), '')), 'hex')
            FROM (
                SELECT
                    x.piece,
                    sha256(string_agg(x.hash, '' ORDER BY x.hash)) AS hash
                FROM (
                    SELECT
                        mod(abs(hashtext(d.item_code)), 4096) AS piece,
                        sha256(convert_to('d' || CAST(d AS text), 'UTF8')) AS hash
                    FROM recon.difference AS d
                    WHERE d.run_id = :run_id
                    UNION ALL
                    SELECT
                        mod(abs(hashtext(p.item_code)), 4096),
                        sha256(convert_to('p' || CAST(p AS text), 'UTF8'))
                    FROM recon.difference_part AS p
                    WHERE p.run_id = :run_id
                    UNION ALL
                    SELECT
                        4096,
                        sha256(convert_to('q' || CAST(q AS text), 'UTF8'))
                    FROM recon.quarantine AS q
                    WHERE q.run_id = :run_id
                    UNION ALL
                    SELECT
                        4097,
                        sha256(convert_to('g' || CAST(g AS text), 'UTF8'))
                    FROM recon.gate AS g
                    WHERE g.run_id = :run_id
                    UNION ALL
                    SELECT
                        4098,
                        sha256(convert_to('f' || CAST(f AS text), 'UTF8'))
                    FROM recon.figure AS f
                    WHERE f.run_id = :run_id
                    UNION ALL
                    SELECT
                        4099,
                        sha256(convert_to('t' || CAST(t AS text), 'UTF8'))
                    FROM recon.run_total AS t
                    WHERE t.run_id = :run_id
                ) AS x
                GROUP BY x.piece
            ) AS y
        ) AS row_hash
    FROM (SELECT 1 AS one) AS o
    LEFT JOIN LATERAL (
        SELECT
            e.run_id,
            e.run_hash
        FROM recon.run AS e
        WHERE e.state = 'closed'
        ORDER BY e.run_id DESC
        LIMIT 1
    ) AS p ON true
) AS h
WHERE r.run_id = :run_id AND r.state = 'running'
RETURNING r.run_hash, r.input_hash;

-- name: recon_end_run
-- Ends a run that is not valid, or that failed.
-- params: run_id bigint, state text, reason text, now timestamptz, config jsonb, durations jsonb
UPDATE recon.run AS r
SET
    state = :state,
    verdict = CASE CAST(:state AS text) WHEN 'not_valid' THEN 'NOT_VALID' END,
    reason = :reason,
    ended_at = :now,
    config = :config,
    durations = :durations
WHERE r.run_id = :run_id AND r.state = 'running';

-- name: recon_list_runs
-- The runs, newest first.
-- params: limit bigint
-- returns: run_id bigint, as_of timestamptz, state text, verdict text, reason text, trigger text, requested_by text,
-- started_at timestamptz, ended_at timestamptz, warehouses text[], difference_count bigint, residual_count bigint
SELECT
    r.run_id,
    r.as_of,
    r.state,
    r.verdict,
    r.reason,
    r.trigger,
    r.requested_by,
    r.started_at,
    r.ended_at,
    ARRAY(
        SELECT w.warehouse_code
        FROM recon.run_warehouse AS w
        WHERE w.run_id = r.run_id
        ORDER BY w.warehouse_code
    ) AS warehouses,
    (SELECT count(*) FROM recon.difference AS d WHERE d.run_id = r.run_id) AS difference_count,
    (SELECT count(*) FROM recon.difference AS d WHERE d.run_id = r.run_id AND d.residual_qty <> 0) AS residual_count
FROM recon.run AS r
ORDER BY r.run_id DESC
LIMIT :limit;
