-- Figures: what a run measures before it closes. schema/functions/kpi.sql computes.

-- name: count_books
-- Counts what the WMS's book of the warehouse at hand holds, by class, unit and currency: the
-- denominators. Keys that both sides do not hold alike are listed as differences.
-- params: run_id bigint, warehouse_code text
-- returns: nothing; the row count is the number of groups
INSERT INTO recon.book_total (
    run_id, warehouse_code, abc_class, uom, currency, key_count, abs_qty, abs_value
)
SELECT
    :run_id,
    :warehouse_code,
    coalesce(i.abc_class, ''),
    i.base_uom,
    coalesce(i.currency, ''),
    sum(b.key_count),
    sum(b.abs_qty),
    sum(b.abs_qty * coalesce(i.unit_cost, 0))
FROM (
    SELECT
        w.item_no,
        count(*) AS key_count,
        sum(abs(w.qty)) AS abs_qty
    FROM recon_wms AS w
    WHERE w.qty <> 0
    GROUP BY w.item_no
) AS b
INNER JOIN recon_item AS i ON b.item_no = i.item_no
GROUP BY coalesce(i.abc_class, ''), i.base_uom, coalesce(i.currency, '');

-- name: insert_figures
-- Computes every figure of the run and keeps it. The window of the messages ends at the run's as_of
-- and begins at that of the closed run before it, a day at most 31 days ago.
-- params: run_id bigint
-- returns: nothing; the row count is the number of figures
INSERT INTO recon.figure (
    run_id, warehouse_code, abc_class, flow, name, value, numerator, denominator, unit, target
)
SELECT
    :run_id,
    f.warehouse_code,
    f.abc_class,
    f.flow,
    f.name,
    f.value,
    f.numerator,
    f.denominator,
    k.unit,
    k.target
FROM (
    SELECT
        r.as_of AS until,
        greatest(coalesce(p.as_of, r.as_of - interval '1 day'), r.as_of - interval '31 days') AS since
    FROM recon.run AS r
    LEFT JOIN recon.run AS p
        ON p.run_id = (
            SELECT max(c.run_id)
            FROM recon.run AS c
            WHERE c.state = 'closed' AND c.run_id < r.run_id AND c.as_of < r.as_of
        )
    WHERE r.run_id = :run_id
) AS t
CROSS JOIN LATERAL (
    SELECT
        i.warehouse_code,
        i.abc_class,
        i.flow,
        i.name,
        i.value,
        i.numerator,
        i.denominator
    FROM recon.interface_figures(t.since, t.until) AS i
    UNION ALL
    SELECT
        b.warehouse_code,
        b.abc_class,
        b.flow,
        b.name,
        b.value,
        b.numerator,
        b.denominator
    FROM recon.run_figures(:run_id) AS b
) AS f
INNER JOIN recon.figure_kind AS k ON f.name = k.name;
