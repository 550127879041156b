-- Loading: master data frozen for the run, then both snapshots and the ledger of one warehouse.

-- name: recon_read_items
-- Numbers the items.
INSERT INTO recon_item (item_no, item_code, base_uom, unit_cost, currency, abc_class)
SELECT
    row_number() OVER (ORDER BY i.item_code),
    i.item_code,
    i.base_uom,
    i.unit_cost,
    i.currency,
    i.abc_class
FROM book.item AS i;

-- name: recon_read_statuses
-- Numbers the statuses, and says as what each is compared.
-- params: statuses text[], as_of timestamptz
INSERT INTO recon_status (status_no, stock_status, rolled_no)
SELECT
    s.n,
    s.stock_status,
    coalesce(array_position(CAST(:statuses AS text []), (
        SELECT u.to_code
        FROM recon.roll_up AS u
        WHERE
            u.domain = 'stock_status' AND u.from_code = s.stock_status
            AND u.valid_from <= CAST(CAST(:as_of AS timestamptz) AS date)
            AND coalesce(u.valid_to, 'infinity') >= CAST(CAST(:as_of AS timestamptz) AS date)
        ORDER BY u.rule_id DESC
        LIMIT 1
    )), s.n)
FROM unnest(CAST(:statuses AS text [])) WITH ORDINALITY AS s (stock_status, n);

-- name: recon_read_codes
-- Freezes the codes of systems: of each the newest version that was received by the run's as_of.
-- params: as_of timestamptz
INSERT INTO recon_map (system_code, domain, external_code, canonical_code, version)
SELECT
    v.system_code,
    v.domain,
    v.external_code,
    v.canonical_code,
    v.version
FROM (
    SELECT DISTINCT ON (c.system_code, c.domain, c.external_code)
        c.system_code,
        c.domain,
        c.external_code,
        c.canonical_code,
        c.version,
        c.active
    FROM (
        SELECT
            m.system_code,
            m.domain,
            m.external_code,
            m.canonical_code,
            m.version,
            m.active
        FROM book.code_map AS m
        WHERE m.received_at <= :as_of
        UNION ALL
        -- A version that was replaced later than the instant asked for: its message tells it.
        SELECT
            btrim(e.system_code),
            btrim(e.domain),
            btrim(e.external_code),
            btrim(e.canonical_code),
            e.version,
            coalesce(e.active, true)
        FROM book.code_map AS n
        INNER JOIN staging.message AS e
            ON
                e.doc_type = 'code_map'
                AND e.state = 'applied'
                AND n.system_code = btrim(e.system_code)
                AND n.domain = btrim(e.domain)
                AND n.external_code = btrim(e.external_code)
        WHERE n.received_at > :as_of AND e.received_at <= :as_of
    ) AS c
    ORDER BY c.system_code ASC, c.domain ASC, c.external_code ASC, c.version DESC
) AS v
WHERE v.active;

-- name: recon_read_units
-- Freezes the units of items likewise; the base unit is one of them.
-- params: as_of timestamptz
INSERT INTO recon_unit (item_no, uom, numerator, denominator, version)
SELECT
    v.item_no,
    v.uom,
    v.numerator,
    v.denominator,
    v.version
FROM (
    SELECT DISTINCT ON (c.item_no, c.uom)
        c.item_no,
        c.uom,
        c.numerator,
        c.denominator,
        c.version,
        c.active
    FROM (
        SELECT
            i.item_no,
            i.base_uom AS uom,
            CAST(1 AS bigint) AS numerator,
            CAST(1 AS bigint) AS denominator,
            CAST(9223372036854775807 AS bigint) AS version,
            true AS active
        FROM recon_item AS i
        UNION ALL
        SELECT
            i.item_no,
            u.uom,
            u.numerator,
            u.denominator,
            u.version,
            u.active
        FROM book.item_uom AS u
        INNER JOIN recon_item AS i ON u.item_code = i.item_code
        WHERE u.received_at <= :as_of
        UNION ALL
        SELECT
            i.item_no,
            u.uom,
            e.numerator,
            e.denominator,
            e.version,
            coalesce(e.active, true)
        FROM book.item_uom AS u
        INNER JOIN recon_item AS i ON u.item_code = i.item_code
        INNER JOIN staging.message AS e
            ON
                e.doc_type = 'item_uom'
                AND e.state = 'applied'
                AND u.item_code = btrim(e.item_code)
                AND u.uom = btrim(e.uom)
        WHERE u.received_at > :as_of AND e.received_at <= :as_of
    ) AS c
    ORDER BY c.item_no ASC, c.uom ASC, c.version DESC
) AS v
WHERE v.active AND v.numerator > 0 AND v.denominator > 0;

-- name: recon_read_rolls
-- Freezes the roll-ups of lots.
-- params: as_of timestamptz
-- returns: nothing; the row count is their number
INSERT INTO recon_roll (item_no, from_code, to_code)
SELECT
    i.item_no,
    u.from_code,
    u.to_code
FROM recon.roll_up AS u
LEFT JOIN recon_item AS i ON u.item_code = i.item_code
WHERE
    u.domain = 'lot'
    AND (u.item_code IS NULL OR i.item_no IS NOT NULL)
    AND u.valid_from <= CAST(CAST(:as_of AS timestamptz) AS date)
    AND coalesce(u.valid_to, 'infinity') >= CAST(CAST(:as_of AS timestamptz) AS date);

-- name: recon_read_scope
-- What is not compared in a warehouse: by rule, and stock in transit unless both sides tell of it.
-- params: warehouse_code text, as_of timestamptz, with_transit boolean
INSERT INTO recon_scope (item_no, status_no, rule_id)
SELECT
    i.item_no,
    t.status_no,
    s.rule_id
FROM recon.scope_rule AS s
LEFT JOIN recon_item AS i ON s.item_code = i.item_code
LEFT JOIN recon_status AS t ON s.stock_status = t.stock_status
WHERE
    (s.warehouse_code IS NULL OR s.warehouse_code = :warehouse_code)
    AND (s.item_code IS NULL OR i.item_no IS NOT NULL)
    AND (s.stock_status IS NULL OR t.status_no IS NOT NULL)
    AND s.valid_from <= CAST(CAST(:as_of AS timestamptz) AS date)
    AND coalesce(s.valid_to, 'infinity') >= CAST(CAST(:as_of AS timestamptz) AS date)
UNION ALL
SELECT
    NULL,
    t.status_no,
    NULL
FROM recon_status AS t
WHERE t.stock_status = 'in_transit' AND NOT CAST(:with_transit AS boolean);

-- name: recon_tells_transit
-- Whether a snapshot tells of stock in transit.
-- params: sender text, message_id text
-- returns: told boolean
SELECT
    EXISTS (
        SELECT
        FROM staging.line AS n
        WHERE
            n.sender = :sender
            AND n.doc_type = 'stock_snapshot'
            AND n.message_id = :message_id
            AND btrim(n.stock_status) IN (
                SELECT 'in_transit'
                UNION ALL
                SELECT m.external_code
                FROM recon_map AS m
                WHERE
                    m.system_code = :sender
                    AND m.domain = 'stock_status'
                    AND m.canonical_code = 'in_transit'
            )
    ) AS told;

-- name: recon_load_lines
-- Loads the lines of a snapshot: codes mapped, quantities in base units, and what is wrong with one.
-- params: side text, sender text, message_id text, counted boolean, xid text, rolled boolean
-- plan: line_pkey
INSERT INTO recon_line (side, line_no, item_no, lot_no, status_no, qty, problem, missing, rule_id)
SELECT
    :side,
    x.line_no,
    x.item_no,
    CASE
        WHEN CAST(:rolled AS boolean) THEN coalesce((
            SELECT r.to_code
            FROM recon_roll AS r
            WHERE (r.item_no IS NULL OR r.item_no = x.item_no) AND r.from_code IN (x.lot_no, '*')
            ORDER BY r.item_no ASC NULLS LAST, r.from_code DESC
            LIMIT 1
        ), x.lot_no)
        ELSE x.lot_no
    END,
    x.rolled_no,
    CASE
        WHEN x.numerator = 1 AND x.denominator = 1 THEN x.qty
        WHEN x.denominator = 1 THEN x.qty * x.numerator
        ELSE round(x.qty * x.numerator / x.denominator, 6)
    END,
    CASE
        WHEN x.item_no IS NULL THEN 'UNKNOWN_ITEM'
        WHEN x.rolled_no IS NULL THEN 'UNKNOWN_STATUS'
        WHEN x.numerator IS NULL THEN 'UNKNOWN_UOM'
        WHEN s.is_out THEN 'NOT_COMPARABLE'
    END,
    CASE
        WHEN x.item_no IS NULL THEN 'item ' || x.raw_item
        WHEN x.rolled_no IS NULL THEN 'stock_status ' || x.raw_status
        WHEN x.numerator IS NULL THEN 'uom ' || x.raw_uom
    END,
    s.rule_id
FROM (
    SELECT
        n.line_no,
        n.qty,
        i.item_no,
        coalesce(btrim(n.lot_no), '') AS lot_no,
        t.status_no,
        t.rolled_no,
        u.numerator,
        u.denominator,
        btrim(n.item_code) AS raw_item,
        btrim(n.stock_status) AS raw_status,
        btrim(n.uom) AS raw_uom
    FROM staging.line AS n
    LEFT JOIN recon_map AS im
        ON im.system_code = :sender AND im.domain = 'item' AND im.external_code = btrim(n.item_code)
    LEFT JOIN recon_item AS i ON i.item_code = coalesce(im.canonical_code, btrim(n.item_code))
    LEFT JOIN recon_map AS sm
        ON sm.system_code = :sender AND sm.domain = 'stock_status' AND sm.external_code = btrim(n.stock_status)
    LEFT JOIN recon_status AS t
        ON t.stock_status = coalesce(sm.canonical_code, nullif(btrim(n.stock_status), ''), 'unrestricted')
    LEFT JOIN recon_map AS um
        ON um.system_code = :sender AND um.domain = 'uom' AND um.external_code = btrim(n.uom)
    LEFT JOIN recon_unit AS u
        ON i.item_no = u.item_no AND u.uom = coalesce(um.canonical_code, nullif(btrim(n.uom), ''), i.base_uom)
    WHERE
        n.sender = :sender
        AND n.doc_type = 'stock_snapshot'
        AND n.message_id = :message_id
        AND (CAST(:counted AS boolean) OR n.xid = CAST(CAST(:xid AS text) AS xid8))
) AS x
LEFT JOIN LATERAL (
    SELECT
        true AS is_out,
        c.rule_id
    FROM recon_scope AS c
    WHERE (c.item_no IS NULL OR c.item_no = x.item_no) AND (c.status_no IS NULL OR c.status_no = x.status_no)
    LIMIT 1
) AS s ON true;

-- name: recon_find_doubles
-- Finds places that stand twice in a snapshot, as sent. A hash finds who may be double in one pass
-- of narrow rows; only those are compared by what they say.
-- params: side text, sender text, message_id text, counted boolean, xid text
INSERT INTO recon_double (side, line_no, first_line_no)
SELECT
    :side,
    z.line_no,
    z.first_line_no
FROM (
    SELECT
        n.line_no,
        min(n.line_no) OVER w AS first_line_no,
        count(*) OVER w AS line_count
    FROM staging.line AS n
    WHERE
        n.sender = :sender
        AND n.doc_type = 'stock_snapshot'
        AND n.message_id = :message_id
        AND (CAST(:counted AS boolean) OR n.xid = CAST(CAST(:xid AS text) AS xid8))
        AND hashtextextended(concat_ws(
            E'\x1f', btrim(n.item_code), coalesce(btrim(n.lot_no), ''), coalesce(btrim(n.location_code), ''),
            coalesce(btrim(n.stock_status), '')
        ), 0) IN (
            SELECT hashtextextended(concat_ws(
                E'\x1f', btrim(h.item_code), coalesce(btrim(h.lot_no), ''), coalesce(btrim(h.location_code), ''),
                coalesce(btrim(h.stock_status), '')
            ), 0)
            FROM staging.line AS h
            WHERE
                h.sender = :sender
                AND h.doc_type = 'stock_snapshot'
                AND h.message_id = :message_id
                AND (CAST(:counted AS boolean) OR h.xid = CAST(CAST(:xid AS text) AS xid8))
            GROUP BY hashtextextended(concat_ws(
                E'\x1f', btrim(h.item_code), coalesce(btrim(h.lot_no), ''), coalesce(btrim(h.location_code), ''),
                coalesce(btrim(h.stock_status), '')
            ), 0)
            HAVING count(*) > 1
        )
    WINDOW w AS (
        PARTITION BY
            btrim(n.item_code), coalesce(btrim(n.lot_no), ''), coalesce(btrim(n.location_code), ''),
            coalesce(btrim(n.stock_status), '')
    )
) AS z
WHERE z.line_count > 1;

-- name: recon_sum_erp
-- Sums the ERP's lines over locations.
INSERT INTO recon_erp (item_no, lot_no, status_no, qty, decimals)
SELECT
    l.item_no,
    l.lot_no,
    l.status_no,
    round(sum(l.qty), 6),
    max(min_scale(l.qty))
FROM recon_line AS l
WHERE l.side = 'erp' AND l.problem IS NULL
GROUP BY l.item_no, l.lot_no, l.status_no;

-- name: recon_sum_wms
-- Sums the WMS's lines over locations.
INSERT INTO recon_wms (item_no, lot_no, status_no, qty, decimals)
SELECT
    l.item_no,
    l.lot_no,
    l.status_no,
    round(sum(l.qty), 6),
    max(min_scale(l.qty))
FROM recon_line AS l
WHERE l.side = 'wms' AND l.problem IS NULL
GROUP BY l.item_no, l.lot_no, l.status_no;

-- name: recon_sum_book
-- Sums the ledger's balances over locations.
-- params: warehouse_code text, rolled boolean
-- plan: balance_pkey
INSERT INTO recon_book (item_no, lot_no, status_no, qty)
SELECT
    x.item_no,
    x.lot_no,
    x.status_no,
    sum(x.qty)
FROM (
    SELECT
        i.item_no,
        CASE
            WHEN CAST(:rolled AS boolean) THEN coalesce((
                SELECT r.to_code
                FROM recon_roll AS r
                WHERE (r.item_no IS NULL OR r.item_no = i.item_no) AND r.from_code IN (b.lot_no, '*')
                ORDER BY r.item_no ASC NULLS LAST, r.from_code DESC
                LIMIT 1
            ), b.lot_no)
            ELSE b.lot_no
        END AS lot_no,
        t.rolled_no AS status_no,
        b.qty
    FROM book.balance AS b
    INNER JOIN recon_item AS i ON b.item_code = i.item_code
    INNER JOIN recon_status AS t ON b.stock_status = t.stock_status
    WHERE
        b.warehouse_code = :warehouse_code
        AND b.qty <> 0
        AND NOT EXISTS (
            SELECT
            FROM recon_scope AS c
            WHERE (c.item_no IS NULL OR c.item_no = i.item_no) AND (c.status_no IS NULL OR c.status_no = t.status_no)
        )
) AS x
GROUP BY x.item_no, x.lot_no, x.status_no;

-- name: recon_insert_quarantine
-- Writes the lines that lie apart, as they were sent.
-- params: run_id bigint, warehouse_code text, side text, sender text, message_id text
-- returns: nothing; the row count is their number
INSERT INTO recon.quarantine (
    run_id, warehouse_code, side, line_no, item_code, lot_no, location_code, stock_status, uom, qty, class, missing,
    rule_id
)
SELECT
    :run_id,
    :warehouse_code,
    :side,
    n.line_no,
    n.item_code,
    n.lot_no,
    n.location_code,
    n.stock_status,
    n.uom,
    n.qty,
    x.class,
    x.missing,
    x.rule_id
FROM (
    SELECT
        l.line_no,
        l.problem AS class,
        l.missing,
        l.rule_id
    FROM recon_line AS l
    WHERE l.side = :side AND l.problem IS NOT NULL
    UNION ALL
    SELECT
        b.line_no,
        'DUPLICATE_KEY',
        'line ' || b.first_line_no,
        NULL
    FROM recon_double AS b
    INNER JOIN recon_line AS k ON b.side = k.side AND b.line_no = k.line_no AND k.problem IS NULL
    WHERE b.side = :side
) AS x
INNER JOIN staging.line AS n
    ON n.sender = :sender AND n.doc_type = 'stock_snapshot' AND n.message_id = :message_id AND x.line_no = n.line_no;

-- name: recon_note_apart
-- Notes the keys of which lines lie apart; an unknown status leaves the status open.
-- params: warehouse_code text
INSERT INTO recon_apart (warehouse_code, side, item_no, lot_no, status_no, class, line_count)
SELECT
    :warehouse_code,
    l.side,
    l.item_no,
    l.lot_no,
    l.status_no,
    coalesce(l.problem, 'DUPLICATE_KEY'),
    count(*)
FROM recon_line AS l
WHERE
    l.item_no IS NOT NULL
    AND (
        l.problem IN ('UNKNOWN_STATUS', 'UNKNOWN_UOM')
        OR (
            l.problem IS NULL
            AND EXISTS (SELECT FROM recon_double AS b WHERE b.side = l.side AND b.line_no = l.line_no)
        )
    )
GROUP BY l.side, l.item_no, l.lot_no, l.status_no, coalesce(l.problem, 'DUPLICATE_KEY');

-- name: recon_count_sides
-- Counts the ERP's keys that are not zero.
-- returns: erp_keys bigint
SELECT count(*) AS erp_keys
FROM recon_erp AS e
WHERE e.qty <> 0;

-- name: recon_empty_lines
-- Empties the lines for the next warehouse.
TRUNCATE recon_line, recon_double, recon_scope;

-- name: recon_empty_sides
-- Empties both sides for the next warehouse.
TRUNCATE recon_erp, recon_wms, recon_book, recon_delivery, recon_position, recon_before;

-- name: recon_analyze_lines
-- Tells the planner how much was loaded.
ANALYZE recon_line, recon_item, recon_unit, recon_map;

-- name: recon_analyze_sides
-- Tells the planner how large both sides are.
ANALYZE recon_erp, recon_wms, recon_book, recon_move, recon_before;

-- name: recon_analyze_keys
-- Tells the planner how many candidates there are.
ANALYZE recon_key, recon_move, recon_apart, recon_echo;
