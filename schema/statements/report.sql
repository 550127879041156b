-- Report: what the reconciliation report of one run reads. It reads what the run kept, and of the
-- ledger only what the run could see, so that a run's report is the same whenever it is written.
-- Warehouses are a list; null means all. "Open" is a residual that no tolerance covers.

-- name: report_run
-- Finds the run of a number, or without one the newest closed run that covers the warehouses.
-- params: run_id bigint, warehouses text[]
-- returns: run_id bigint, as_of timestamptz, state text, verdict text, reason text, trigger text,
-- requested_by text, started_at timestamptz, ended_at timestamptz, previous_run_id bigint, config
-- jsonb, config_hash text, input_hash text, previous_hash text, run_hash text, revision text,
-- durations jsonb
-- plan: run_pkey
SELECT
    r.run_id, r.as_of, r.state, r.verdict, r.reason, r.trigger, r.requested_by, r.started_at, r.ended_at,
    r.previous_run_id, r.config, r.config_hash, r.input_hash, r.previous_hash, r.run_hash, r.revision,
    r.durations
FROM recon.run AS r
WHERE
    CASE
        WHEN CAST(:run_id AS bigint) IS NOT NULL THEN r.run_id = CAST(:run_id AS bigint)
        ELSE
            r.state = 'closed' AND (
                CAST(:warehouses AS text []) IS NULL
                OR EXISTS (
                    SELECT 1 FROM recon.run_warehouse AS w
                    WHERE w.run_id = r.run_id AND w.warehouse_code = ANY(CAST(:warehouses AS text []))
                )
            )
    END
ORDER BY r.run_id DESC
LIMIT 1;

-- name: report_newest_run
-- Finds the newest run that has ended, whatever became of it: a run that is not valid is told on
-- the page of the one that stands.
-- returns: run_id bigint, as_of timestamptz, state text, verdict text, reason text, started_at
-- timestamptz, ended_at timestamptz
-- plan: run_pkey
SELECT r.run_id, r.as_of, r.state, r.verdict, r.reason, r.started_at, r.ended_at
FROM recon.run AS r
WHERE r.state <> 'running'
ORDER BY r.run_id DESC
LIMIT 1;

-- name: report_next_close
-- Tells when the next run closed: what was decided and commented until then belongs to this night.
-- params: run_id bigint
-- returns: until timestamptz
-- plan: run_pkey
SELECT min(r.ended_at) AS until
FROM recon.run AS r
WHERE r.run_id > CAST(:run_id AS bigint) AND r.state = 'closed';

-- name: report_runs
-- Lists the last 90 runs that had ended up to a run, newest first.
-- params: run_id bigint
-- returns: run_id bigint, as_of timestamptz, state text, verdict text, reason text, ended_at
-- timestamptz, previous_run_id bigint, previous_hash text, run_hash text, config_hash text
-- plan: run_pkey
SELECT
    r.run_id, r.as_of, r.state, r.verdict, r.reason, r.ended_at, r.previous_run_id, r.previous_hash, r.run_hash,
    r.config_hash
FROM recon.run AS r
WHERE r.run_id <= CAST(:run_id AS bigint) AND r.state <> 'running'
ORDER BY r.run_id DESC
LIMIT 90;

-- name: report_warehouses
-- Lists the warehouses of a run with positions, counts and control totals.
-- params: run_id bigint, warehouses text[]
-- returns: warehouse_code text, previous_run_id bigint, erp_seq bigint, wms_seq bigint,
-- erp_snapshot_no text, wms_snapshot_no text, erp_as_of timestamptz, wms_as_of timestamptz,
-- erp_through_seq bigint, wms_through_seq bigint, erp_line_count bigint, wms_line_count bigint,
-- erp_total_qty numeric, wms_total_qty numeric, erp_hash text, wms_hash text, ledger_seq bigint,
-- skew_s numeric, straddling_count bigint, key_count bigint, compared_count bigint,
-- quarantined_count bigint, not_comparable_count bigint, not_assessable_count bigint,
-- agreed_raw_count bigint, agreed_adjusted_count bigint, has_echo boolean
-- plan: run_warehouse_pkey
SELECT
    w.warehouse_code, w.previous_run_id, w.erp_seq, w.wms_seq, w.erp_snapshot_no, w.wms_snapshot_no,
    w.erp_as_of, w.wms_as_of, w.erp_through_seq, w.wms_through_seq, w.erp_line_count, w.wms_line_count,
    w.erp_total_qty, w.wms_total_qty, w.erp_hash, w.wms_hash, w.ledger_seq, w.skew_s, w.straddling_count,
    w.key_count, w.compared_count, w.quarantined_count, w.not_comparable_count, w.not_assessable_count,
    w.agreed_raw_count, w.agreed_adjusted_count, w.has_echo
FROM recon.run_warehouse AS w
WHERE
    w.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR w.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY w.warehouse_code;

-- name: report_gates
-- Lists the gates of a run, the ones that failed first.
-- params: run_id bigint, warehouses text[]
-- returns: warehouse_code text, gate text, passed boolean, expected text, found text, text text
-- plan: gate_pkey
SELECT g.warehouse_code, g.gate, g.passed, g.expected, g.found, g.text
FROM recon.gate AS g
WHERE
    g.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR g.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY g.passed, g.warehouse_code, g.gate;

-- name: report_totals
-- Lists the waterfall of each warehouse, unit and currency, over all keys compared.
-- params: run_id bigint, warehouses text[]
-- returns: warehouse_code text, uom text, currency text, erp_qty numeric, cut_off_qty numeric,
-- in_flight_qty numeric, rejected_qty numeric, unconfirmed_qty numeric, carried_qty numeric,
-- erp_drift_qty numeric, wms_drift_qty numeric, wms_qty numeric, erp_value numeric, cut_off_value
-- numeric, in_flight_value numeric, rejected_value numeric, unconfirmed_value numeric,
-- carried_value numeric, erp_drift_value numeric, wms_drift_value numeric, wms_value numeric
-- plan: run_total_pkey
SELECT
    t.warehouse_code, t.uom, t.currency, t.erp_qty, t.cut_off_qty, t.in_flight_qty, t.rejected_qty,
    t.unconfirmed_qty, t.carried_qty, t.erp_drift_qty, t.wms_drift_qty, t.wms_qty, t.erp_value, t.cut_off_value,
    t.in_flight_value, t.rejected_value, t.unconfirmed_value, t.carried_value, t.erp_drift_value, t.wms_drift_value,
    t.wms_value
FROM recon.run_total AS t
WHERE
    t.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR t.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY t.warehouse_code, t.uom, t.currency;

-- name: report_residuals
-- Adds up the residuals by warehouse, unit and currency: gross, net, and what is tolerated of them.
-- A currency is empty where the item has no cost.
-- params: run_id bigint, warehouses text[]
-- returns: warehouse_code text, uom text, currency text, key_count bigint, open_count bigint,
-- tolerated_count bigint, gross_qty numeric, net_qty numeric, tolerated_gross_qty numeric,
-- tolerated_net_qty numeric, gross_value numeric, net_value numeric, tolerated_gross_value
-- numeric, tolerated_net_value numeric
-- plan: difference_pkey
SELECT
    d.warehouse_code,
    d.uom,
    coalesce(CASE WHEN d.unit_cost IS NOT NULL THEN d.currency END, '') AS currency,
    count(*) AS key_count,
    count(*) FILTER (WHERE d.residual_qty <> 0 AND NOT d.is_tolerated) AS open_count,
    count(*) FILTER (WHERE d.residual_qty <> 0 AND d.is_tolerated) AS tolerated_count,
    sum(abs(d.residual_qty)) AS gross_qty,
    sum(d.residual_qty) AS net_qty,
    coalesce(sum(abs(d.residual_qty)) FILTER (WHERE d.is_tolerated), 0) AS tolerated_gross_qty,
    coalesce(sum(d.residual_qty) FILTER (WHERE d.is_tolerated), 0) AS tolerated_net_qty,
    coalesce(sum(abs(d.residual_qty) * d.unit_cost), 0) AS gross_value,
    coalesce(sum(d.residual_qty * d.unit_cost), 0) AS net_value,
    coalesce(sum(abs(d.residual_qty) * d.unit_cost) FILTER (WHERE d.is_tolerated), 0) AS tolerated_gross_value,
    coalesce(sum(d.residual_qty * d.unit_cost) FILTER (WHERE d.is_tolerated), 0) AS tolerated_net_value
FROM recon.difference AS d
WHERE
    d.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;

-- name: report_matrix
-- Counts the differences by warehouse, cause, owner and age in nights; what is carried forward
-- counts for the class of its first night; the amount is the
-- residual's value, or where nothing is left the value of what explains the difference. Keys that
-- only tell that they are closed are left out.
-- params: run_id bigint, warehouses text[]
-- returns: warehouse_code text, cause text, owner text, bucket integer, is_open boolean, key_count
-- bigint, open_value numeric, amount numeric, oldest integer
-- plan: difference_pkey
SELECT
    d.warehouse_code,
    CASE WHEN d.class = 'CARRIED_FORWARD' THEN coalesce(d.why_args ->> 'was', 'UNEXPLAINED') ELSE d.class END AS cause,
    d.owner,
    CASE
        WHEN d.night_count <= 1 THEN 0
        WHEN d.night_count <= 3 THEN 1
        WHEN d.night_count <= 7 THEN 2
        WHEN d.night_count <= 30 THEN 3
        ELSE 4
    END AS bucket,
    d.residual_qty <> 0 AND NOT d.is_tolerated AS is_open,
    count(*) AS key_count,
    coalesce(sum(d.value), 0) AS open_value,
    coalesce(sum(
        CASE
            WHEN d.residual_qty <> 0 THEN d.value
            ELSE abs(d.cut_off_qty + d.in_flight_qty + d.rejected_qty + d.unconfirmed_qty) * d.unit_cost
        END
    ), 0) AS amount,
    max(d.night_count) AS oldest
FROM recon.difference AS d
WHERE
    d.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
    AND NOT 'CLOSED' = ANY(d.flags)
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 2, 3, 4, 5;

-- name: report_changes
-- Compares the open residuals with those of each warehouse's last closed run.
-- params: run_id bigint, warehouses text[]
-- returns: change text, key_count bigint, value_now numeric, value_before numeric
-- plan: difference_pkey on both sides
WITH tonight AS (
    SELECT d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.residual_qty, d.value
    FROM recon.difference AS d
    WHERE
        d.run_id = CAST(:run_id AS bigint) AND d.residual_qty <> 0 AND NOT d.is_tolerated
        AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
),

before AS (
    SELECT d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.residual_qty, d.value
    FROM recon.run_warehouse AS w
    INNER JOIN recon.difference AS d ON d.run_id = w.previous_run_id AND d.warehouse_code = w.warehouse_code
    WHERE
        w.run_id = CAST(:run_id AS bigint) AND d.residual_qty <> 0 AND NOT d.is_tolerated
        AND (CAST(:warehouses AS text []) IS NULL OR w.warehouse_code = ANY(CAST(:warehouses AS text [])))
)

SELECT
    CASE
        WHEN b.item_code IS NULL THEN 'new'
        WHEN t.item_code IS NULL THEN 'closed'
        WHEN abs(t.residual_qty) > abs(b.residual_qty) THEN 'worse'
        WHEN abs(t.residual_qty) < abs(b.residual_qty) THEN 'better'
        ELSE 'same'
    END AS change,
    count(*) AS key_count,
    coalesce(sum(coalesce(t.value, 0)), 0) AS value_now,
    coalesce(sum(coalesce(b.value, 0)), 0) AS value_before
FROM tonight AS t
FULL JOIN before AS b
    ON
        t.warehouse_code = b.warehouse_code AND t.item_code = b.item_code AND t.lot_no = b.lot_no
        AND t.stock_status = b.stock_status
GROUP BY 1
ORDER BY 1;

-- name: report_changed_keys
-- Names the keys that are new, closed or worse than at the warehouse's last closed run, the most
-- valuable of each kind first.
-- params: run_id bigint, warehouses text[], key_limit integer
-- returns: change text, warehouse_code text, item_code text, lot_no text, stock_status text, class
-- text, qty_now numeric, qty_before numeric, value numeric
-- plan: difference_pkey on both sides
WITH tonight AS (
    SELECT d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.residual_qty, d.value, d.class
    FROM recon.difference AS d
    WHERE
        d.run_id = CAST(:run_id AS bigint) AND d.residual_qty <> 0 AND NOT d.is_tolerated
        AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
),

before AS (
    SELECT d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.residual_qty, d.value, d.class
    FROM recon.run_warehouse AS w
    INNER JOIN recon.difference AS d ON d.run_id = w.previous_run_id AND d.warehouse_code = w.warehouse_code
    WHERE
        w.run_id = CAST(:run_id AS bigint) AND d.residual_qty <> 0 AND NOT d.is_tolerated
        AND (CAST(:warehouses AS text []) IS NULL OR w.warehouse_code = ANY(CAST(:warehouses AS text [])))
),

changed AS (
    SELECT
        CASE
            WHEN b.item_code IS NULL THEN 'new'
            WHEN t.item_code IS NULL THEN 'closed'
            ELSE 'worse'
        END AS change,
        coalesce(t.warehouse_code, b.warehouse_code) AS warehouse_code,
        coalesce(t.item_code, b.item_code) AS item_code,
        coalesce(t.lot_no, b.lot_no) AS lot_no,
        coalesce(t.stock_status, b.stock_status) AS stock_status,
        coalesce(t.class, b.class) AS class,
        coalesce(t.residual_qty, 0) AS qty_now,
        coalesce(b.residual_qty, 0) AS qty_before,
        coalesce(t.value, b.value) AS value
    FROM tonight AS t
    FULL JOIN before AS b
        ON
            t.warehouse_code = b.warehouse_code AND t.item_code = b.item_code AND t.lot_no = b.lot_no
            AND t.stock_status = b.stock_status
    WHERE t.item_code IS NULL OR b.item_code IS NULL OR abs(t.residual_qty) > abs(b.residual_qty)
),

numbered AS (
    SELECT
        c.change, c.warehouse_code, c.item_code, c.lot_no, c.stock_status, c.class, c.qty_now, c.qty_before, c.value,
        row_number() OVER (
            PARTITION BY c.change
            ORDER BY c.value DESC NULLS LAST, c.warehouse_code ASC, c.item_code ASC, c.lot_no ASC, c.stock_status ASC
        ) AS place
    FROM changed AS c
)

SELECT
    n.change, n.warehouse_code, n.item_code, n.lot_no, n.stock_status, n.class, n.qty_now, n.qty_before, n.value
FROM numbered AS n
WHERE n.place <= CAST(:key_limit AS integer)
ORDER BY n.change, n.place;

-- name: report_worst
-- Lists the worst differences: open ones by value times age, then what is explained or tolerated.
-- What had vanished at the second look is flagged so.
-- params: run_id bigint, warehouses text[], row_limit integer
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, uom text,
-- unit_cost numeric, currency text, abc_class text, erp_qty numeric, wms_qty numeric, book_qty
-- numeric, difference_qty numeric, cut_off_qty numeric, in_flight_qty numeric, rejected_qty
-- numeric, unconfirmed_qty numeric, residual_qty numeric, carried_qty numeric,
-- reported_carried_qty numeric, erp_drift_qty numeric, wms_drift_qty numeric, class text, cause
-- text, evidence text, flags text[], tolerance_qty numeric, is_tolerated boolean, value numeric,
-- first_run_id bigint, first_seen_on date, night_count integer, owner text, action text, why text,
-- why_key text, why_args jsonb, candidate_count integer, amount numeric
-- plan: difference_pkey
SELECT
    d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.uom, d.unit_cost, d.currency, d.abc_class,
    d.erp_qty, d.wms_qty, d.book_qty, d.difference_qty, d.cut_off_qty, d.in_flight_qty, d.rejected_qty,
    d.unconfirmed_qty, d.residual_qty, d.carried_qty, d.reported_carried_qty, d.erp_drift_qty, d.wms_drift_qty,
    d.class,
    CASE WHEN d.class = 'CARRIED_FORWARD' THEN coalesce(d.why_args ->> 'was', 'UNEXPLAINED') ELSE d.class END AS cause,
    d.evidence,
    d.flags || CASE WHEN s.is_transient THEN ARRAY['TRANSIENT'] ELSE CAST('{}' AS text []) END AS flags,
    d.tolerance_qty, d.is_tolerated, d.value, d.first_run_id, d.first_seen_on,
    d.night_count, d.owner, d.action, d.why, d.why_key, d.why_args,
    d.candidate_count,
    CASE
        WHEN d.residual_qty <> 0 THEN d.value
        ELSE abs(d.cut_off_qty + d.in_flight_qty + d.rejected_qty + d.unconfirmed_qty) * d.unit_cost
    END AS amount
FROM recon.difference AS d
LEFT JOIN recon.second_look AS s
    ON
        d.run_id = s.run_id AND d.warehouse_code = s.warehouse_code AND d.item_code = s.item_code
        AND d.lot_no = s.lot_no AND d.stock_status = s.stock_status
WHERE
    d.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY
    d.residual_qty <> 0 AND NOT d.is_tolerated DESC,
    coalesce(d.value, 0) * (d.night_count + 1) DESC,
    abs(d.difference_qty) DESC,
    d.warehouse_code, d.item_code ASC, d.lot_no ASC, d.stock_status ASC
LIMIT CAST(:row_limit AS integer);

-- name: report_count
-- Counts all differences of a run: how much a shortened list leaves out.
-- params: run_id bigint, warehouses text[]
-- returns: key_count bigint
-- plan: difference_pkey
SELECT count(*) AS key_count
FROM recon.difference AS d
WHERE
    d.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])));

-- name: report_parts
-- Lists the parts of some keys, at most 60 for each: the messages and documents behind them.
-- params: warehouses text[], items text[], lots text[], stock_statuses text[], run_id bigint
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, part_no integer,
-- class text, evidence text, side text, qty numeric, seq bigint, line_no integer, ledger_seq
-- bigint, delivery_id bigint, posting_message_id text, source_seq bigint, doc_type text, doc_no
-- text, state text, happened_at timestamptz, age_s numeric, detail jsonb
-- plan: difference_part_pkey
SELECT
    p.warehouse_code, p.item_code, p.lot_no, p.stock_status, p.part_no, p.class, p.evidence, p.side, p.qty, p.seq,
    p.line_no, p.ledger_seq, p.delivery_id, p.posting_message_id, p.source_seq, p.doc_type, p.doc_no, p.state,
    p.happened_at, p.age_s, p.detail
FROM unnest(
    CAST(:warehouses AS text []), CAST(:items AS text []), CAST(:lots AS text []), CAST(:stock_statuses AS text [])
) AS k (warehouse_code, item_code, lot_no, stock_status)
INNER JOIN recon.difference_part AS p
    ON
        p.run_id = CAST(:run_id AS bigint) AND p.warehouse_code = k.warehouse_code AND p.item_code = k.item_code
        AND p.lot_no = k.lot_no AND p.stock_status = k.stock_status
WHERE p.part_no <= 60
ORDER BY p.warehouse_code, p.item_code, p.lot_no, p.stock_status, p.part_no;

-- name: report_history
-- Lists the residual of some keys in some runs; a run without a row had none.
-- params: warehouses text[], items text[], lots text[], stock_statuses text[], run_ids bigint[]
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, run_id bigint,
-- erp_qty numeric, wms_qty numeric, residual_qty numeric, class text
-- plan: difference_pkey
SELECT
    d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.run_id, d.erp_qty, d.wms_qty, d.residual_qty, d.class
FROM unnest(
    CAST(:warehouses AS text []), CAST(:items AS text []), CAST(:lots AS text []), CAST(:stock_statuses AS text [])
) AS k (warehouse_code, item_code, lot_no, stock_status)
INNER JOIN recon.difference AS d
    ON
        d.run_id = ANY(CAST(:run_ids AS bigint [])) AND d.warehouse_code = k.warehouse_code
        AND d.item_code = k.item_code AND d.lot_no = k.lot_no AND d.stock_status = k.stock_status
ORDER BY d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.run_id;

-- name: report_movements
-- Lists the newest 40 ledger movements of some keys in a run's window, that is between the ledger
-- position of the warehouse's last closed run and this one's, in position order; `later_qty` is
-- what the rest of the window after the movement adds.
-- params: run_id bigint, warehouses text[], items text[], lots text[], stock_statuses text[]
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, ledger_seq bigint,
-- message_seq bigint, line_no integer, movement_type text, location_code text, qty numeric,
-- source_seq bigint, occurred_at timestamptz, applied_at timestamptz, order_type text, order_no
-- text
-- plan: ledger_pkey
WITH window_of AS (
    SELECT w.warehouse_code, coalesce(p.ledger_seq, 0) AS after_seq, w.ledger_seq AS last_seq
    FROM recon.run_warehouse AS w
    LEFT JOIN recon.run_warehouse AS p
        ON p.run_id = w.previous_run_id AND p.warehouse_code = w.warehouse_code
    WHERE w.run_id = CAST(:run_id AS bigint) AND w.warehouse_code = ANY(CAST(:warehouses AS text []))
),

placed AS (
    SELECT
        l.warehouse_code, l.item_code, l.lot_no, l.stock_status, l.ledger_seq, l.message_seq, l.line_no,
        l.movement_type, l.location_code, l.qty, l.source_seq, l.occurred_at, l.applied_at, l.order_type, l.order_no,
        row_number() OVER (
            PARTITION BY l.warehouse_code, l.item_code, l.lot_no, l.stock_status ORDER BY l.ledger_seq DESC
        ) AS place
    FROM window_of AS o
    INNER JOIN book.ledger AS l
        ON
            l.warehouse_code = o.warehouse_code AND l.ledger_seq > o.after_seq AND l.ledger_seq <= o.last_seq
    INNER JOIN unnest(
        CAST(:warehouses AS text []), CAST(:items AS text []), CAST(:lots AS text []),
        CAST(:stock_statuses AS text [])
    ) AS k (warehouse_code, item_code, lot_no, stock_status)
        ON
            l.warehouse_code = k.warehouse_code AND l.item_code = k.item_code AND l.lot_no = k.lot_no
            AND l.stock_status = k.stock_status
)

SELECT
    p.warehouse_code, p.item_code, p.lot_no, p.stock_status, p.ledger_seq, p.message_seq, p.line_no, p.movement_type,
    p.location_code, p.qty, p.source_seq, p.occurred_at, p.applied_at, p.order_type, p.order_no
FROM placed AS p
WHERE p.place <= 40
ORDER BY p.warehouse_code, p.item_code, p.lot_no, p.stock_status, p.ledger_seq;

-- name: report_echo
-- Lists what the ERP said it posted for some deliveries, as far as the run could know it.
-- params: run_id bigint, delivery_ids bigint[]
-- returns: delivery_id bigint, line_no integer, message_id text, receiver_ref text, item_code
-- text, qty numeric, uom text, lot_no text, stock_status text, posted_at timestamptz
-- plan: posting_line_delivery_idx
SELECT
    e.delivery_id, e.line_no, e.message_id, e.receiver_ref, e.item_code, e.qty, e.uom, e.lot_no, e.stock_status,
    e.posted_at
FROM staging.posting_line AS e
INNER JOIN recon.run AS r ON r.run_id = CAST(:run_id AS bigint) AND e.received_at <= r.started_at
WHERE e.delivery_id = ANY(CAST(:delivery_ids AS bigint []))
ORDER BY e.delivery_id, e.line_no, e.message_id;

-- name: report_bins
-- Lists where the ledger had the stock of some items when the run read it: today's balances without
-- what was posted afterwards. Zones are those of today's master data.
-- params: warehouses text[], items text[], lots text[], stock_statuses text[], run_id bigint
-- returns: warehouse_code text, zone text, location_code text, item_code text, lot_no text,
-- stock_status text, qty numeric
-- plan: balance_pkey, ledger_pkey
WITH k AS (
    SELECT u.warehouse_code, u.item_code, u.lot_no, u.stock_status
    FROM unnest(
        CAST(:warehouses AS text []), CAST(:items AS text []), CAST(:lots AS text []),
        CAST(:stock_statuses AS text [])
    ) AS u (warehouse_code, item_code, lot_no, stock_status)
),

since AS (
    SELECT l.warehouse_code, l.item_code, l.lot_no, l.stock_status, l.location_code, sum(l.qty) AS qty
    FROM recon.run_warehouse AS w
    INNER JOIN book.ledger AS l ON l.warehouse_code = w.warehouse_code AND l.ledger_seq > w.ledger_seq
    INNER JOIN k
        ON
            l.warehouse_code = k.warehouse_code AND l.item_code = k.item_code AND l.lot_no = k.lot_no
            AND l.stock_status = k.stock_status
    WHERE w.run_id = CAST(:run_id AS bigint)
    GROUP BY l.warehouse_code, l.item_code, l.lot_no, l.stock_status, l.location_code
)

SELECT
    k.warehouse_code, coalesce(p.zone, '') AS zone, b.location_code, k.item_code, k.lot_no, k.stock_status,
    b.qty - coalesce(s.qty, 0) AS qty
FROM k
INNER JOIN book.balance AS b
    ON
        b.warehouse_code = k.warehouse_code AND b.item_code = k.item_code AND b.lot_no = k.lot_no
        AND b.stock_status = k.stock_status
LEFT JOIN since AS s
    ON
        s.warehouse_code = b.warehouse_code AND s.item_code = b.item_code AND s.lot_no = b.lot_no
        AND s.stock_status = b.stock_status AND s.location_code = b.location_code
LEFT JOIN book.location AS p ON p.warehouse_code = b.warehouse_code AND p.location_code = b.location_code
WHERE b.qty - coalesce(s.qty, 0) <> 0
ORDER BY k.warehouse_code, 2, b.location_code, k.item_code, k.lot_no, k.stock_status;

-- name: report_maps
-- Lists the codes by which the systems call some items, units and statuses, as mapped when the run
-- began.
-- params: run_id bigint, items text[]
-- returns: system_code text, domain text, external_code text, canonical_code text, version bigint
-- plan: code_map_out_idx
SELECT m.system_code, m.domain, m.external_code, m.canonical_code, m.version
FROM book.code_map AS m
INNER JOIN recon.run AS r ON r.run_id = CAST(:run_id AS bigint) AND m.received_at <= r.started_at
WHERE m.domain = 'item' AND m.canonical_code = ANY(CAST(:items AS text [])) AND m.active
ORDER BY m.canonical_code, m.system_code, m.external_code;

-- name: report_parts_waiting
-- Lists the messages that hold a difference open, the oldest first: rejected, unconfirmed, late, or
-- missing in a sequence.
-- params: run_id bigint, warehouses text[], row_limit integer
-- returns: warehouse_code text, class text, side text, seq bigint, line_no integer, delivery_id
-- bigint, source_seq bigint, doc_type text, doc_no text, state text, item_code text, lot_no text,
-- stock_status text, qty numeric, happened_at timestamptz, age_s numeric, detail jsonb
-- plan: difference_part_pkey
SELECT
    p.warehouse_code, p.class, p.side, p.seq, p.line_no, p.delivery_id, p.source_seq, p.doc_type, p.doc_no, p.state,
    p.item_code, p.lot_no, p.stock_status, p.qty, p.happened_at, p.age_s, p.detail
FROM recon.difference_part AS p
WHERE
    p.run_id = CAST(:run_id AS bigint)
    AND p.class IN ('REJECTED', 'UNCONFIRMED', 'IN_FLIGHT_LATE', 'SEQ_GAP', 'LATE_MESSAGE')
    AND (CAST(:warehouses AS text []) IS NULL OR p.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY p.age_s DESC NULLS LAST, p.warehouse_code ASC, p.item_code ASC, p.lot_no ASC, p.stock_status ASC, p.part_no ASC
LIMIT CAST(:row_limit AS integer);

-- name: report_queue
-- Counts the parts by class, state and the first finding of their message: the queue as the run saw
-- it, and what was rejected why.
-- params: run_id bigint, warehouses text[]
-- returns: class text, state text, code text, part_count bigint, message_count bigint,
-- oldest_age_s numeric
-- plan: difference_part_pkey, message_error_seq_idx
SELECT
    p.class,
    coalesce(p.state, '') AS state,
    coalesce(f.code, '') AS code,
    count(*) AS part_count,
    count(DISTINCT p.seq) AS message_count,
    max(p.age_s) AS oldest_age_s
FROM recon.difference_part AS p
INNER JOIN recon.run AS r ON p.run_id = r.run_id
LEFT JOIN LATERAL (
    SELECT e.code
    FROM ops.every_message_error AS e
    WHERE e.seq = p.seq AND e.severity = 'error' AND e.first_seen_at <= r.started_at AND p.class = 'REJECTED'
    ORDER BY e.error_id
    LIMIT 1
) AS f ON true
WHERE
    p.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR p.warehouse_code = ANY(CAST(:warehouses AS text [])))
GROUP BY 1, 2, 3
ORDER BY part_count DESC, 1 ASC, 2 ASC, 3 ASC;

-- name: report_flags
-- Counts the flags of the differences.
-- params: run_id bigint, warehouses text[]
-- returns: flag text, key_count bigint, value numeric
-- plan: difference_pkey
SELECT f.flag, count(*) AS key_count, coalesce(sum(d.value), 0) AS value
FROM recon.difference AS d, unnest(d.flags) AS f (flag)
WHERE
    d.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
GROUP BY f.flag
ORDER BY f.flag;

-- name: report_restated
-- Lists the keys whose carried-forward residual is no longer what the last run reported.
-- params: run_id bigint, warehouses text[], row_limit integer
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, uom text,
-- reported_carried_qty numeric, carried_qty numeric, value numeric, why text, why_key text,
-- why_args jsonb
-- plan: difference_pkey
SELECT
    d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.uom, d.reported_carried_qty, d.carried_qty,
    (d.carried_qty - d.reported_carried_qty) * d.unit_cost AS value, d.why, d.why_key, d.why_args
FROM recon.difference AS d
WHERE
    d.run_id = CAST(:run_id AS bigint) AND d.carried_qty <> d.reported_carried_qty
    AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY
    abs((d.carried_qty - d.reported_carried_qty) * d.unit_cost) DESC NULLS LAST,
    d.warehouse_code, d.item_code ASC, d.lot_no ASC, d.stock_status ASC
LIMIT CAST(:row_limit AS integer);

-- name: report_flagged
-- Lists the keys with a flag, or with a grade of evidence, the most valuable first.
-- params: run_id bigint, flag text, evidence text, warehouses text[], row_limit integer
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, uom text, erp_qty
-- numeric, wms_qty numeric, residual_qty numeric, explained_qty numeric, value numeric, class
-- text, evidence text, candidate_count integer, why text, why_key text, why_args jsonb
-- plan: difference_pkey
SELECT
    d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.uom, d.erp_qty, d.wms_qty, d.residual_qty,
    d.cut_off_qty + d.in_flight_qty + d.rejected_qty + d.unconfirmed_qty AS explained_qty, d.value, d.class,
    d.evidence, d.candidate_count, d.why, d.why_key, d.why_args
FROM recon.difference AS d
WHERE
    d.run_id = CAST(:run_id AS bigint)
    AND (CAST(:flag AS text) IS NULL OR CAST(:flag AS text) = ANY(d.flags))
    AND (CAST(:evidence AS text) IS NULL OR d.evidence = CAST(:evidence AS text))
    AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY d.value DESC NULLS LAST, d.warehouse_code ASC, d.item_code ASC, d.lot_no ASC, d.stock_status ASC
LIMIT CAST(:row_limit AS integer);

-- name: report_sample
-- Draws a sample of the differences: those whose hash with the seed is lowest, so that whoever has
-- the seed draws the same.
-- params: run_id bigint, warehouses text[], seed text, row_limit integer
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, uom text, erp_qty
-- numeric, wms_qty numeric, residual_qty numeric, value numeric, class text, evidence text
-- plan: difference_pkey
SELECT
    d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.uom, d.erp_qty, d.wms_qty, d.residual_qty, d.value,
    d.class, d.evidence
FROM recon.difference AS d
WHERE
    d.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY
    md5(concat_ws(chr(31), CAST(:seed AS text), d.warehouse_code, d.item_code, d.lot_no, d.stock_status)),
    d.warehouse_code, d.item_code, d.lot_no, d.stock_status
LIMIT CAST(:row_limit AS integer);

-- name: report_quarantine_totals
-- Counts what could not be compared, by what is missing or by the rule that leaves it out.
-- params: run_id bigint, warehouses text[]
-- returns: warehouse_code text, class text, side text, missing text, rule_id bigint, reason text,
-- uom text, line_count bigint, qty numeric
-- plan: quarantine_pkey
SELECT
    q.warehouse_code, q.class, q.side, coalesce(q.missing, '') AS missing, q.rule_id, coalesce(s.reason, '') AS reason,
    coalesce(q.uom, '') AS uom, count(*) AS line_count, sum(q.qty) AS qty
FROM recon.quarantine AS q
LEFT JOIN recon.scope_rule AS s ON s.rule_id = q.rule_id
WHERE
    q.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR q.warehouse_code = ANY(CAST(:warehouses AS text [])))
GROUP BY 1, 2, 3, 4, 5, 6, 7
ORDER BY 8 DESC, 1, 2, 3, 4, 5, 7;

-- name: report_figures
-- Lists the figures of a run.
-- params: run_id bigint
-- returns: warehouse_code text, abc_class text, flow text, name text, value numeric, numerator
-- numeric, denominator numeric, unit text, target numeric
-- plan: figure_pkey
SELECT f.warehouse_code, f.abc_class, f.flow, f.name, f.value, f.numerator, f.denominator, f.unit, f.target
FROM recon.figure AS f
WHERE f.run_id = CAST(:run_id AS bigint)
ORDER BY f.name, f.warehouse_code, f.abc_class, f.flow;

-- name: report_trend
-- Lists the figures over all warehouses and classes of some runs, in the order of the runs; of
-- values those in one currency.
-- params: run_ids bigint[], currency text
-- returns: run_id bigint, name text, value numeric
-- plan: figure_pkey
SELECT f.run_id, f.name, f.value
FROM recon.figure AS f
WHERE
    f.run_id = ANY(CAST(:run_ids AS bigint [])) AND f.warehouse_code = '*' AND f.abc_class = '*'
    AND f.flow IN ('*', CAST(:currency AS text))
ORDER BY f.name, f.run_id, f.flow;

-- name: report_comments
-- Lists what was said about some keys until an instant, in the order in which it was said; null:
-- all of it.
-- params: warehouses text[], items text[], lots text[], stock_statuses text[], until timestamptz
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, run_id bigint, at
-- timestamptz, by text, owner text, text text
-- plan: comment_key_idx
SELECT c.warehouse_code, c.item_code, c.lot_no, c.stock_status, c.run_id, c.at, c.by, c.owner, c.text
FROM unnest(
    CAST(:warehouses AS text []), CAST(:items AS text []), CAST(:lots AS text []), CAST(:stock_statuses AS text [])
) AS k (warehouse_code, item_code, lot_no, stock_status)
INNER JOIN recon.comment AS c
    ON
        c.warehouse_code = k.warehouse_code AND c.item_code = k.item_code AND c.lot_no = k.lot_no
        AND c.stock_status = k.stock_status
WHERE CAST(:until AS timestamptz) IS NULL OR c.at <= CAST(:until AS timestamptz)
ORDER BY c.warehouse_code, c.item_code, c.lot_no, c.stock_status, c.comment_id;

-- name: report_adjustments
-- Lists the adjustments that were suggested up to a run and not yet settled before it, as they
-- stood at an instant; null: as they stand.
-- params: until timestamptz, run_id bigint, warehouses text[], row_limit integer
-- returns: adjustment_id bigint, run_id bigint, warehouse_code text, item_code text, lot_no text,
-- stock_status text, side text, qty numeric, uom text, value numeric, currency text, class text,
-- evidence text, state text, idempotency_key text, suggested_at timestamptz, requested_by text,
-- approved_by text, approved_at timestamptz, reason text, expires_reason text, posted_seq bigint,
-- delivery_id bigint, answered_state text, document_ref text
-- plan: adjustment_pkey
SELECT
    a.adjustment_id, a.run_id, a.warehouse_code, a.item_code, a.lot_no, a.stock_status, a.side, a.qty, a.uom,
    a.value, a.currency, a.class, a.evidence,
    CASE
        WHEN a.approved_at > CAST(:until AS timestamptz) THEN 'suggested'
        ELSE a.state
    END AS state,
    a.idempotency_key, a.suggested_at, a.requested_by,
    CASE WHEN a.approved_at <= CAST(:until AS timestamptz) OR CAST(:until AS timestamptz) IS NULL THEN a.approved_by END
        AS approved_by,
    CASE WHEN a.approved_at <= CAST(:until AS timestamptz) OR CAST(:until AS timestamptz) IS NULL THEN a.approved_at END
        AS approved_at,
    a.reason, a.expires_reason, a.posted_seq, a.delivery_id, a.answered_state, a.document_ref
FROM recon.adjustment AS a
WHERE
    a.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR a.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY a.value DESC NULLS LAST, a.adjustment_id ASC
LIMIT CAST(:row_limit AS integer);

-- name: report_every_difference
-- Streams all differences of a run by key.
-- params: run_id bigint, warehouses text[]
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, uom text,
-- unit_cost numeric, currency text, abc_class text, erp_qty numeric, wms_qty numeric, book_qty
-- numeric, difference_qty numeric, cut_off_qty numeric, in_flight_qty numeric, rejected_qty
-- numeric, unconfirmed_qty numeric, residual_qty numeric, carried_qty numeric,
-- reported_carried_qty numeric, erp_drift_qty numeric, wms_drift_qty numeric, erp_total_drift_qty
-- numeric, wms_total_drift_qty numeric, class text, evidence text, flags text[], tolerance_qty
-- numeric, is_tolerated boolean, value numeric, first_run_id bigint, first_seen_on date,
-- night_count integer, owner text, action text, why text, why_key text, why_args jsonb,
-- candidate_count integer
-- plan: difference_pkey
SELECT
    d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.uom, d.unit_cost, d.currency, d.abc_class,
    d.erp_qty, d.wms_qty, d.book_qty, d.difference_qty, d.cut_off_qty, d.in_flight_qty, d.rejected_qty,
    d.unconfirmed_qty, d.residual_qty, d.carried_qty, d.reported_carried_qty, d.erp_drift_qty, d.wms_drift_qty,
    d.erp_total_drift_qty, d.wms_total_drift_qty, d.class, d.evidence,
    d.flags || CASE WHEN s.is_transient THEN ARRAY['TRANSIENT'] ELSE CAST('{}' AS text []) END AS flags,
    d.tolerance_qty, d.is_tolerated, d.value, d.first_run_id, d.first_seen_on, d.night_count, d.owner, d.action, d.why,
    d.why_key, d.why_args,
    d.candidate_count
FROM recon.difference AS d
LEFT JOIN recon.second_look AS s
    ON
        d.run_id = s.run_id AND d.warehouse_code = s.warehouse_code AND d.item_code = s.item_code
        AND d.lot_no = s.lot_no AND d.stock_status = s.stock_status
WHERE
    d.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY d.warehouse_code, d.item_code, d.lot_no, d.stock_status;

-- name: report_every_part
-- Streams all parts of a run by key.
-- params: run_id bigint, warehouses text[]
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text, part_no integer,
-- class text, evidence text, side text, qty numeric, seq bigint, line_no integer, ledger_seq
-- bigint, delivery_id bigint, posting_message_id text, source_seq bigint, doc_type text, doc_no
-- text, state text, happened_at timestamptz, age_s numeric, detail jsonb
-- plan: difference_part_pkey
SELECT
    p.warehouse_code, p.item_code, p.lot_no, p.stock_status, p.part_no, p.class, p.evidence, p.side, p.qty, p.seq,
    p.line_no, p.ledger_seq, p.delivery_id, p.posting_message_id, p.source_seq, p.doc_type, p.doc_no, p.state,
    p.happened_at, p.age_s, p.detail
FROM recon.difference_part AS p
WHERE
    p.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR p.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY p.warehouse_code, p.item_code, p.lot_no, p.stock_status, p.part_no;

-- name: report_every_quarantined
-- Streams all lines that were set apart, in the order of the snapshots.
-- params: run_id bigint, warehouses text[]
-- returns: warehouse_code text, side text, line_no integer, item_code text, lot_no text,
-- location_code text, stock_status text, uom text, qty numeric, class text, missing text, rule_id
-- bigint
-- plan: quarantine_pkey
SELECT
    q.warehouse_code, q.side, q.line_no, q.item_code, q.lot_no, q.location_code, q.stock_status, q.uom, q.qty,
    q.class, q.missing, q.rule_id
FROM recon.quarantine AS q
WHERE
    q.run_id = CAST(:run_id AS bigint)
    AND (CAST(:warehouses AS text []) IS NULL OR q.warehouse_code = ANY(CAST(:warehouses AS text [])))
ORDER BY q.warehouse_code, q.side, q.line_no;

-- name: report_actions
-- Lists for each owner the most valuable keys that wait for him, open or explained.
-- params: run_id bigint, warehouses text[], row_limit integer
-- returns: owner text, warehouse_code text, item_code text, lot_no text, stock_status text, uom
-- text, residual_qty numeric, difference_qty numeric, class text, action text, night_count
-- integer, currency text, amount numeric
-- plan: difference_pkey
WITH placed AS (
    SELECT
        d.owner, d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.uom, d.residual_qty, d.difference_qty,
        d.class, d.action, d.night_count, d.currency,
        CASE
            WHEN d.residual_qty <> 0 THEN d.value
            ELSE abs(d.cut_off_qty + d.in_flight_qty + d.rejected_qty + d.unconfirmed_qty) * d.unit_cost
        END AS amount,
        row_number() OVER (
            PARTITION BY d.owner
            ORDER BY
                CASE
                    WHEN d.residual_qty <> 0 THEN d.value
                    ELSE abs(d.cut_off_qty + d.in_flight_qty + d.rejected_qty + d.unconfirmed_qty) * d.unit_cost
                END DESC NULLS LAST,
                d.warehouse_code, d.item_code ASC, d.lot_no ASC, d.stock_status ASC
        ) AS place
    FROM recon.difference AS d
    WHERE
        d.run_id = CAST(:run_id AS bigint) AND d.owner <> 'none' AND NOT d.is_tolerated
        AND NOT 'CLOSED' = ANY(d.flags)
        AND (CAST(:warehouses AS text []) IS NULL OR d.warehouse_code = ANY(CAST(:warehouses AS text [])))
)

SELECT
    p.owner, p.warehouse_code, p.item_code, p.lot_no, p.stock_status, p.uom, p.residual_qty, p.difference_qty, p.class,
    p.action, p.night_count, p.currency, p.amount
FROM placed AS p
WHERE p.place <= CAST(:row_limit AS integer)
ORDER BY p.amount DESC NULLS LAST, p.warehouse_code ASC, p.item_code ASC, p.lot_no ASC, p.stock_status ASC;
