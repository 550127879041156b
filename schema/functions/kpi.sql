-- The promised figures: computed here for a run and for the live view alike, and their trends.
-- The functions run with the rights of the schema's owner, so that readers of ops.kpi need none on
-- staging; they take times and numbers only.

-- name: interface_figures
-- Messages received after since, up to until. Bounded by the BRIN index on received_at, the archive
-- by its partitions: what was received then cannot have ended before.
CREATE FUNCTION recon.interface_figures(since timestamptz, until timestamptz)
RETURNS TABLE (
    warehouse_code text, abc_class text, flow text, name text, value numeric, numerator numeric, denominator numeric
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
WITH sent AS MATERIALIZED (
    SELECT m.seq, m.sender, m.lane, m.road, m.doc_type, m.state, m.received_at, m.finished_at, m.source_seq,
        m.amended_from IS NOT NULL AS is_amended
    FROM ops.every_message AS m
    WHERE
        m.received_at > interface_figures.since AND m.received_at <= interface_figures.until
        AND (m.finished_at IS NULL OR m.finished_at > interface_figures.since)
        AND m.sender <> 'crossdock'
),

stepped AS (
    SELECT
        e.seq,
        bool_or(e.actor <> 'crossdock' OR (e.from_state = 'error' AND e.to_state = 'superseded')) AS by_hand,
        bool_or(e.to_state IN ('waiting', 'retrying', 'held', 'error')) AS stopped
    FROM ops.every_event AS e
    WHERE e.seq BETWEEN (SELECT min(s.seq) FROM sent AS s) AND (SELECT max(s.seq) FROM sent AS s)
    GROUP BY e.seq
),

judged AS (
    SELECT
        s.lane,
        s.doc_type,
        s.road,
        s.state,
        s.state NOT IN ('received', 'waiting', 'retrying') AS is_ended,
        s.is_amended OR coalesce(p.by_hand, false) AS by_hand,
        coalesce(p.stopped, false) AS stopped,
        CASE
            WHEN s.state = 'applied' AND s.road IN ('fact', 'count')
                THEN extract(EPOCH FROM s.finished_at - s.received_at)
        END AS lag_s
    FROM sent AS s
    LEFT JOIN stepped AS p ON s.seq = p.seq
),

counted AS (
    SELECT
        CASE GROUPING(j.lane) WHEN 0 THEN j.lane ELSE '*' END AS warehouse_code,
        CASE GROUPING(j.doc_type) WHEN 0 THEN j.doc_type ELSE '*' END AS flow,
        count(*) AS received,
        count(*) FILTER (WHERE j.is_ended) AS ended,
        count(*) FILTER (
            WHERE j.state IN ('applied', 'refused', 'duplicate', 'superseded') AND NOT j.by_hand
        ) AS by_itself,
        count(*) FILTER (WHERE j.state = 'applied' AND NOT j.by_hand AND NOT j.stopped) AS at_first,
        count(*) FILTER (WHERE j.state = 'duplicate') AS duplicates,
        count(j.lag_s) AS booked,
        percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY j.lag_s) AS lag_s
    FROM judged AS j
    GROUP BY GROUPING SETS ((j.lane, j.doc_type), (j.lane), (j.doc_type), ())
    HAVING GROUPING(j.lane) = 1 OR j.lane <> '*'
),

ended AS (
    SELECT
        CASE GROUPING(h.warehouse_code) WHEN 0 THEN h.warehouse_code ELSE '*' END AS warehouse_code,
        CASE GROUPING(h.order_type) WHEN 0 THEN h.order_type ELSE '*' END AS flow,
        count(*) AS orders,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
            ORDER BY extract(EPOCH FROM h.ended_at - h.released_at) / 3600
        ) AS cycle_h
    FROM book.lane_counter AS c
    INNER JOIN book.order_head AS h
        ON
            c.warehouse_code = h.warehouse_code
            AND h.ended_at > interface_figures.since AND h.ended_at <= interface_figures.until
    WHERE h.state IN ('completed', 'closed') AND h.order_type <> 'transit_notice'
    GROUP BY GROUPING SETS ((h.warehouse_code, h.order_type), (h.warehouse_code), (h.order_type), ())
),

stuck AS (
    SELECT
        CASE GROUPING(m.lane) WHEN 0 THEN m.lane ELSE '*' END AS warehouse_code,
        count(*) AS messages,
        round(extract(EPOCH FROM interface_figures.until - min(m.received_at)) / 3600, 3) AS oldest_h
    FROM staging.message AS m
    WHERE m.state IN ('held', 'error') AND m.received_at <= interface_figures.until
    GROUP BY GROUPING SETS ((m.lane), ())
    HAVING GROUPING(m.lane) = 1 OR m.lane <> '*'
),

numbered AS (
    SELECT
        s.lane AS warehouse_code,
        count(DISTINCT s.source_seq) AS found,
        max(s.source_seq) - min(s.source_seq) + 1 AS expected
    FROM sent AS s
    INNER JOIN ops.system AS y ON s.sender = y.system_code AND y.gapless_source_seq
    WHERE s.source_seq IS NOT NULL
    GROUP BY s.lane
)

SELECT f.warehouse_code, '*', f.flow, f.name,
    round(CAST(coalesce(f.value, k.factor * f.numerator / nullif(f.denominator, 0)) AS numeric), 6),
    f.numerator, f.denominator
FROM (
    SELECT c.warehouse_code, c.flow, v.name, CAST(v.value AS numeric) AS value,
        CAST(v.numerator AS numeric) AS numerator, CAST(v.denominator AS numeric) AS denominator
    FROM counted AS c
    CROSS JOIN LATERAL (
        VALUES
        ('interface_success_pct', NULL, c.by_itself, c.ended),
        ('first_pass_yield_pct', NULL, c.at_first, c.received),
        ('received_count', c.received, NULL, NULL),
        ('duplicates_suppressed_count', c.duplicates, NULL, NULL),
        ('dock_to_book_p50_s', c.lag_s[1], NULL, c.booked),
        ('dock_to_book_p95_s', c.lag_s[2], NULL, c.booked),
        ('dock_to_book_p99_s', c.lag_s[3], NULL, c.booked)
    ) AS v (name, value, numerator, denominator)
    WHERE v.name NOT LIKE 'dock%' OR c.booked > 0
    UNION ALL
    SELECT e.warehouse_code, e.flow, v.name, CAST(v.value AS numeric), NULL, e.orders
    FROM ended AS e
    CROSS JOIN LATERAL (
        VALUES ('order_cycle_p50_h', e.cycle_h[1]), ('order_cycle_p95_h', e.cycle_h[2])
    ) AS v (name, value)
    WHERE e.orders > 0
    UNION ALL
    SELECT s.warehouse_code, '*', v.name, v.value, NULL, NULL
    FROM stuck AS s
    CROSS JOIN LATERAL (
        VALUES ('rejected_open_count', CAST(s.messages AS numeric)), ('rejected_oldest_h', s.oldest_h)
    ) AS v (name, value)
    UNION ALL
    SELECT CASE GROUPING(n.warehouse_code) WHEN 0 THEN n.warehouse_code ELSE '*' END, '*',
        'sequence_completeness_pct', NULL, sum(n.found), sum(n.expected)
    FROM numbered AS n
    GROUP BY GROUPING SETS ((n.warehouse_code), ())
    HAVING count(*) > 0
) AS f
INNER JOIN recon.figure_kind AS k ON f.name = k.name
$body$;

-- name: run_figures
-- The books of one run; what lies in recon alone, and the counts between its ledger positions.
CREATE FUNCTION recon.run_figures(run_id bigint)
RETURNS TABLE (
    warehouse_code text, abc_class text, flow text, name text, value numeric, numerator numeric, denominator numeric
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
WITH this AS MATERIALIZED (
    SELECT r.run_id, CAST(r.as_of AT TIME ZONE 'UTC' AS date) AS night, r.as_of, r.started_at
    FROM recon.run AS r
    WHERE r.run_id = run_figures.run_id
),

house AS MATERIALIZED (
    SELECT w.warehouse_code, w.previous_run_id, w.skew_s, w.straddling_count, w.compared_count,
        w.quarantined_count + w.not_comparable_count + w.not_assessable_count AS apart_count
    FROM recon.run_warehouse AS w
    WHERE w.run_id = run_figures.run_id
),

difference AS MATERIALIZED (
    SELECT
        d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.uom,
        coalesce(d.abc_class, '') AS abc_class,
        coalesce(d.currency, '') AS currency,
        d.erp_qty, d.wms_qty, d.difference_qty, d.residual_qty, d.tolerance_qty, d.is_tolerated, d.evidence,
        coalesce(d.unit_cost, 0) AS cost,
        coalesce(d.value, 0) AS value,
        d.residual_qty <> 0 AND NOT d.is_tolerated AS is_open,
        'RECURRENT' = ANY (d.flags) AS is_recurrent,
        d.first_run_id,
        greatest(0, t.night - d.first_seen_on) AS age,
        abs(d.cut_off_qty) + abs(d.in_flight_qty) + abs(d.rejected_qty) + abs(d.unconfirmed_qty) AS part_qty,
        CASE d.class WHEN 'CARRIED_FORWARD' THEN coalesce(d.why_args ->> 'was', d.class) ELSE d.class END AS cause
    FROM recon.difference AS d
    CROSS JOIN this AS t
    WHERE d.run_id = run_figures.run_id
),

agreed AS (
    SELECT
        CASE GROUPING(x.warehouse_code) WHEN 0 THEN x.warehouse_code ELSE '*' END AS warehouse_code,
        CASE GROUPING(x.abc_class) WHEN 0 THEN x.abc_class ELSE '*' END AS abc_class,
        sum(x.keys) AS keys,
        sum(x.raw_wrong) AS raw_wrong,
        sum(x.wrong) AS wrong,
        sum(x.unexplained) AS unexplained
    FROM (
        SELECT b.warehouse_code, b.abc_class, b.key_count AS keys, 0 AS raw_wrong, 0 AS wrong, 0 AS unexplained
        FROM recon.book_total AS b
        WHERE b.run_id = run_figures.run_id
        UNION ALL
        SELECT d.warehouse_code, d.abc_class,
            CASE WHEN d.wms_qty = 0 AND (d.erp_qty <> 0 OR d.is_open) THEN 1 ELSE 0 END,
            CASE WHEN abs(d.difference_qty) > d.tolerance_qty THEN 1 ELSE 0 END,
            CASE WHEN d.is_open THEN 1 ELSE 0 END,
            CASE
                WHEN d.is_open AND d.cause IN ('UNREPORTED_ERP', 'UNREPORTED_WMS', 'UNEXPLAINED') THEN 1
                ELSE 0
            END
        FROM difference AS d
    ) AS x
    GROUP BY GROUPING SETS ((x.warehouse_code, x.abc_class), (x.warehouse_code), (x.abc_class), ())
    HAVING GROUPING(x.abc_class) = 1 OR x.abc_class <> ''
),

counted AS (
    SELECT
        CASE GROUPING(x.warehouse_code) WHEN 0 THEN x.warehouse_code ELSE '*' END AS warehouse_code,
        CASE GROUPING(x.abc_class) WHEN 0 THEN x.abc_class ELSE '*' END AS abc_class,
        count(*) AS places,
        count(*) FILTER (WHERE abs(x.gain) <= x.pct / 100 * abs(x.counted_qty - x.gain)) AS right_places
    FROM (
        SELECT p.warehouse_code, coalesce(i.abc_class, '') AS abc_class, p.counted_qty, o.pct,
            coalesce((
                SELECT sum(g.qty)
                FROM book.ledger AS g
                WHERE
                    g.warehouse_code = p.warehouse_code AND g.message_seq = p.message_seq
                    AND g.item_code = p.item_code AND g.lot_no = p.lot_no AND g.location_code = p.location_code
                    AND g.stock_status = p.stock_status
            ), 0) AS gain
        FROM house AS w
        CROSS JOIN this AS t
        INNER JOIN book.count_position AS p ON w.warehouse_code = p.warehouse_code
        INNER JOIN ops.known_message AS m ON p.message_seq = m.seq
        LEFT JOIN book.item AS i ON p.item_code = i.item_code
        INNER JOIN recon.count_tolerance AS o
            ON o.abc_class = CASE WHEN i.abc_class IN ('A', 'B', 'C') THEN i.abc_class ELSE '*' END
        WHERE
            m.finished_at <= t.as_of
            AND m.finished_at > coalesce(
                (SELECT b.as_of FROM recon.run AS b WHERE b.run_id = w.previous_run_id), t.as_of - interval '1 day'
            )
    ) AS x
    GROUP BY GROUPING SETS ((x.warehouse_code, x.abc_class), (x.warehouse_code), (x.abc_class), ())
    HAVING count(*) > 0 AND (GROUPING(x.abc_class) = 1 OR x.abc_class <> '')
),

amount AS (
    SELECT
        CASE GROUPING(x.warehouse_code) WHEN 0 THEN x.warehouse_code ELSE '*' END AS warehouse_code,
        x.kind,
        x.flow,
        sum(x.stock) AS stock,
        sum(x.gross) AS gross,
        sum(x.net) AS net,
        sum(x.known) AS known,
        sum(x.open_value) AS open_value,
        sum(x.gross) FILTER (WHERE x.evidence = 'A') AS by_a,
        sum(x.gross) FILTER (WHERE x.evidence = 'B') AS by_b,
        sum(x.gross) FILTER (WHERE x.evidence = 'C') AS by_c,
        sum(x.gross) FILTER (WHERE x.evidence = 'none') AS by_none
    FROM (
        SELECT b.warehouse_code, v.kind, v.flow, v.stock, 0 AS gross, 0 AS net, 0 AS known, 0 AS open_value,
            CAST(NULL AS text) AS evidence
        FROM recon.book_total AS b
        CROSS JOIN LATERAL (
            VALUES ('qty', b.uom, b.abs_qty), ('value', b.currency, b.abs_value)
        ) AS v (kind, flow, stock)
        WHERE b.run_id = run_figures.run_id
        UNION ALL
        SELECT d.warehouse_code, v.kind, v.flow, 0, v.gross, v.net, v.known, v.open_value, d.evidence
        FROM difference AS d
        CROSS JOIN LATERAL (
            VALUES
            ('qty', d.uom, abs(d.residual_qty), d.residual_qty, 0, 0),
            (
                'value', d.currency, d.value, d.residual_qty * d.cost, d.part_qty * d.cost,
                CASE WHEN d.is_open THEN d.value ELSE 0 END
            )
        ) AS v (kind, flow, gross, net, known, open_value)
    ) AS x
    WHERE x.flow <> ''
    GROUP BY GROUPING SETS ((x.warehouse_code, x.kind, x.flow), (x.kind, x.flow))
),

gone AS (
    SELECT p.warehouse_code, greatest(0, t.night - p.first_seen_on) AS age
    FROM house AS w
    CROSS JOIN this AS t
    INNER JOIN recon.difference AS p ON w.previous_run_id = p.run_id AND w.warehouse_code = p.warehouse_code
    LEFT JOIN difference AS d
        ON
            p.warehouse_code = d.warehouse_code AND p.item_code = d.item_code AND p.lot_no = d.lot_no
            AND p.stock_status = d.stock_status AND d.is_open
    WHERE
        p.residual_qty <> 0 AND NOT p.is_tolerated
        AND d.item_code IS NULL
),

gone_before AS (
    SELECT f.warehouse_code, sum(f.value) AS closed
    FROM this AS t
    INNER JOIN recon.run AS r
        ON r.state = 'closed' AND r.run_id < t.run_id AND r.as_of > t.as_of - interval '30 days'
    INNER JOIN recon.figure AS f ON r.run_id = f.run_id
    WHERE f.name = 'closed_count' AND f.warehouse_code <> '*'
    GROUP BY f.warehouse_code
),

night AS (
    SELECT
        w.warehouse_code,
        count(d.item_code) AS open_count,
        max(d.age) AS oldest,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY d.age) AS median,
        count(*) FILTER (WHERE d.age BETWEEN 0 AND 1) AS open_0_1,
        count(*) FILTER (WHERE d.age BETWEEN 2 AND 3) AS open_2_3,
        count(*) FILTER (WHERE d.age BETWEEN 4 AND 7) AS open_4_7,
        count(*) FILTER (WHERE d.age BETWEEN 8 AND 30) AS open_8_30,
        count(*) FILTER (WHERE d.age > 30) AS open_over_30,
        count(*) FILTER (WHERE d.first_run_id = run_figures.run_id) AS opened,
        count(*) FILTER (WHERE d.first_run_id = run_figures.run_id AND d.is_recurrent) AS recurrent
    FROM (
        SELECT h.warehouse_code, h.warehouse_code AS house FROM house AS h
        UNION ALL
        SELECT '*', h.warehouse_code FROM house AS h
    ) AS w
    LEFT JOIN difference AS d ON w.house = d.warehouse_code AND d.is_open
    GROUP BY w.warehouse_code
),

repaired AS (
    SELECT
        n.warehouse_code,
        count(g.age) AS closed,
        coalesce(sum(g.age), 0) AS ages,
        (
            SELECT coalesce(sum(b.closed), 0)
            FROM gone_before AS b
            INNER JOIN house AS h ON b.warehouse_code = h.warehouse_code
            WHERE n.warehouse_code IN ('*', b.warehouse_code)
        ) AS closed_before
    FROM night AS n
    LEFT JOIN gone AS g ON n.warehouse_code IN ('*', g.warehouse_code)
    GROUP BY n.warehouse_code
),

fitness AS (
    SELECT
        CASE GROUPING(w.warehouse_code) WHEN 0 THEN w.warehouse_code ELSE '*' END AS warehouse_code,
        sum(w.compared_count) AS compared,
        sum(w.compared_count + w.apart_count) AS total,
        max(w.skew_s) AS skew_s,
        sum(w.straddling_count) AS straddling
    FROM house AS w
    GROUP BY GROUPING SETS ((w.warehouse_code), ())
)

SELECT f.warehouse_code, f.abc_class, f.flow, f.name,
    round(CAST(coalesce(f.value, k.factor * f.numerator / nullif(f.denominator, 0)) AS numeric), 6),
    f.numerator, f.denominator
FROM (
    SELECT a.warehouse_code, a.abc_class, '*' AS flow, v.name, CAST(NULL AS numeric) AS value,
        CAST(v.numerator AS numeric) AS numerator, CAST(a.keys AS numeric) AS denominator
    FROM agreed AS a
    CROSS JOIN LATERAL (
        VALUES
        ('record_accuracy_pct', a.keys - a.wrong),
        ('raw_agreement_pct', a.keys - a.raw_wrong),
        ('unexplained_ppm', a.unexplained)
    ) AS v (name, numerator)
    WHERE a.keys > 0
    UNION ALL
    SELECT c.warehouse_code, c.abc_class, '*', 'physical_accuracy_pct', NULL, c.right_places, c.places
    FROM counted AS c
    UNION ALL
    SELECT a.warehouse_code, '*', a.flow, v.name, v.value, v.numerator, v.denominator
    FROM amount AS a
    CROSS JOIN LATERAL (
        VALUES
        ('qty', 'quantity_accuracy_gross_pct', CAST(NULL AS numeric), a.stock - a.gross, a.stock),
        ('qty', 'quantity_accuracy_net_pct', NULL, a.stock - abs(a.net), a.stock),
        ('value', 'value_accuracy_gross_pct', NULL, a.stock - a.gross, a.stock),
        ('value', 'value_accuracy_net_pct', NULL, a.stock - abs(a.net), a.stock),
        ('value', 'explained_share_pct', NULL, a.known, a.known + a.gross),
        ('value', 'evidence_a_pct', NULL, coalesce(a.by_a, 0), a.gross),
        ('value', 'evidence_b_pct', NULL, coalesce(a.by_b, 0), a.gross),
        ('value', 'evidence_c_pct', NULL, coalesce(a.by_c, 0), a.gross),
        ('value', 'evidence_none_pct', NULL, coalesce(a.by_none, 0), a.gross),
        ('value', 'open_value', a.open_value, NULL, NULL)
    ) AS v (kind, name, value, numerator, denominator)
    WHERE a.kind = v.kind
    UNION ALL
    SELECT n.warehouse_code, '*', '*', v.name, v.value, v.numerator, v.denominator
    FROM night AS n
    INNER JOIN repaired AS r ON n.warehouse_code = r.warehouse_code
    CROSS JOIN LATERAL (
        VALUES
        ('open_count', CAST(n.open_count AS numeric), CAST(NULL AS numeric), CAST(NULL AS numeric)),
        ('open_oldest_nights', n.oldest, NULL, NULL),
        ('open_median_nights', CAST(n.median AS numeric), NULL, NULL),
        ('open_0_1_count', n.open_0_1, NULL, NULL),
        ('open_2_3_count', n.open_2_3, NULL, NULL),
        ('open_4_7_count', n.open_4_7, NULL, NULL),
        ('open_8_30_count', n.open_8_30, NULL, NULL),
        ('open_over_30_count', n.open_over_30, NULL, NULL),
        ('open_over_7_count', n.open_8_30 + n.open_over_30, NULL, NULL),
        ('opened_count', n.opened, NULL, NULL),
        ('closed_count', r.closed, NULL, NULL),
        ('net_opened_count', n.opened - r.closed, NULL, NULL),
        ('repair_time_nights', NULL, r.ages, r.closed),
        ('recurrence_pct', NULL, n.recurrent, r.closed + r.closed_before)
    ) AS v (name, value, numerator, denominator)
    UNION ALL
    SELECT f.warehouse_code, '*', '*', v.name, v.value, v.numerator, v.denominator
    FROM fitness AS f
    CROSS JOIN LATERAL (
        VALUES
        ('coverage_pct', CAST(NULL AS numeric), CAST(f.compared AS numeric), CAST(f.total AS numeric)),
        ('watermark_skew_s', f.skew_s, NULL, NULL),
        ('straddling_count', f.straddling, NULL, NULL)
    ) AS v (name, value, numerator, denominator)
    UNION ALL
    SELECT '*', '*', '*', 'run_duration_s', extract(EPOCH FROM clock_timestamp() - t.started_at), NULL, NULL
    FROM this AS t
) AS f
INNER JOIN recon.figure_kind AS k ON f.name = k.name
$body$;

-- name: kpi
-- Read it with WHERE name = '...' or WHERE is_met = false.
CREATE VIEW ops.kpi AS
SELECT
    f.warehouse_code,
    f.abc_class,
    f.flow,
    f.name,
    f.value,
    k.unit,
    k.target,
    CASE k.better
        WHEN 'higher' THEN f.value >= k.target
        WHEN 'lower' THEN f.value <= k.target
    END AS is_met,
    f.numerator,
    f.denominator,
    f.run_id,
    f.until,
    k.better,
    k.meaning
FROM (
    SELECT i.warehouse_code, i.abc_class, i.flow, i.name, i.value, i.numerator, i.denominator,
        CAST(NULL AS bigint) AS run_id, now() AS until
    FROM recon.interface_figures(now() - interval '1 day', now()) AS i
    UNION ALL
    SELECT g.warehouse_code, g.abc_class, g.flow, g.name, g.value, g.numerator, g.denominator, g.run_id, l.as_of
    FROM (
        SELECT w.warehouse_code, max(w.run_id) AS run_id
        FROM recon.run_warehouse AS w
        INNER JOIN recon.run AS r ON w.run_id = r.run_id AND r.state = 'closed'
        GROUP BY w.warehouse_code
        UNION ALL
        SELECT '*', max(r.run_id)
        FROM recon.run AS r
        WHERE r.state = 'closed'
    ) AS n
    INNER JOIN recon.run AS l ON n.run_id = l.run_id
    INNER JOIN recon.figure AS g ON n.run_id = g.run_id AND n.warehouse_code = g.warehouse_code
    INNER JOIN recon.figure_kind AS s ON g.name = s.name AND s.source = 'run'
) AS f
INNER JOIN recon.figure_kind AS k ON f.name = k.name;

-- name: trend
-- An individuals chart: the nights are correlated and their keys many, so limits by the number of
-- keys would alarm every night. 2.66 = 3 / 1.128, for moving ranges of two.
CREATE FUNCTION recon.trend(
    name text, nights integer DEFAULT 30, warehouse_code text DEFAULT '*', abc_class text DEFAULT '*',
    flow text DEFAULT '*'
)
RETURNS TABLE (
    run_id bigint, as_of timestamptz, value numeric, numerator numeric, denominator numeric, target numeric,
    mean numeric, lower_limit numeric, upper_limit numeric, is_outside boolean
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
SELECT y.run_id, y.as_of, y.value, y.numerator, y.denominator, y.target, round(y.mean, 6),
    round(y.mean - y.reach, 6), round(y.mean + y.reach, 6), abs(y.value - y.mean) > y.reach
FROM (
    SELECT x.run_id, x.as_of, x.value, x.numerator, x.denominator, x.target,
        avg(x.value) OVER () AS mean, 2.66 * avg(abs(x.value - x.before)) OVER () AS reach
    FROM (
        SELECT r.run_id, r.as_of, f.value, f.numerator, f.denominator, f.target,
            lag(f.value) OVER (ORDER BY r.run_id) AS before
        FROM recon.figure AS f
        INNER JOIN (
            SELECT c.run_id, c.as_of
            FROM recon.run AS c
            WHERE c.state = 'closed'
            ORDER BY c.run_id DESC
            LIMIT greatest(0, trend.nights)
        ) AS r ON f.run_id = r.run_id
        WHERE
            f.name = trend.name AND f.warehouse_code = trend.warehouse_code
            AND f.abc_class = trend.abc_class AND f.flow = trend.flow
    ) AS x
) AS y
ORDER BY y.run_id
$body$;

-- name: kpi_comments
COMMENT ON FUNCTION recon.interface_figures(timestamptz, timestamptz) IS
'The figures of the messages received in a window; recon.figure_kind defines them.';
COMMENT ON FUNCTION recon.run_figures(bigint) IS
'The figures of the books of a run; recon.figure_kind defines them.';
COMMENT ON FUNCTION recon.trend(text, integer, text, text, text) IS
'One figure over the last closed runs, oldest first, with the limits of an individuals chart.';
COMMENT ON VIEW ops.kpi IS
'The promised figures: of messages over the last 24 hours, of the books as the newest closed run found them.';
COMMENT ON COLUMN ops.kpi.warehouse_code IS 'warehouse; * for all';
COMMENT ON COLUMN ops.kpi.abc_class IS 'A, B or C; * for all';
COMMENT ON COLUMN ops.kpi.flow IS 'document type; of quantities the unit, of values the currency; * for all';
COMMENT ON COLUMN ops.kpi.name IS 'name of the figure; recon.figure_kind defines it';
COMMENT ON COLUMN ops.kpi.value IS 'the figure; null: nothing to divide by';
COMMENT ON COLUMN ops.kpi.unit IS 'unit of value';
COMMENT ON COLUMN ops.kpi.target IS 'what it should be; null: no target';
COMMENT ON COLUMN ops.kpi.is_met IS 'true: the target is reached; null: no target';
COMMENT ON COLUMN ops.kpi.numerator IS 'what was counted';
COMMENT ON COLUMN ops.kpi.denominator IS 'out of how many';
COMMENT ON COLUMN ops.kpi.run_id IS 'run that found it; null: computed now';
COMMENT ON COLUMN ops.kpi.until IS 'end of the time that it covers';
COMMENT ON COLUMN ops.kpi.better IS 'higher, lower or none';
COMMENT ON COLUMN ops.kpi.meaning IS 'what it says';

-- name: kpi_revoke
REVOKE ALL ON FUNCTION recon.interface_figures(timestamptz, timestamptz), recon.run_figures(bigint),
recon.trend(text, integer, text, text, text) FROM public;

-- name: kpi_grant
GRANT EXECUTE ON FUNCTION recon.interface_figures(timestamptz, timestamptz), recon.run_figures(bigint),
recon.trend(text, integer, text, text, text) TO crossdock_dba, crossdock_reader, crossdock_daemon;
