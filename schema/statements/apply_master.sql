-- Apply master data: the higher version wins, whatever the order of arrival.

-- name: apply_item
-- Writes the items.
INSERT INTO book.item AS b (
    item_code, description, base_uom, item_group, abc_class, gtin, lot_controlled,
    serial_controlled, shelf_life_days, unit_cost, currency, version, active, seq, received_at
)
SELECT
    m.item_code,
    m.description,
    m.base_uom,
    m.item_group,
    m.abc_class,
    m.gtin,
    coalesce(m.lot_controlled, false),
    coalesce(m.serial_controlled, false),
    m.shelf_life_days,
    m.unit_cost,
    m.currency,
    m.version,
    m.active,
    m.seq,
    m.received_at
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE m.doc_type = 'item' AND o.is_go
ORDER BY m.item_code
ON CONFLICT (item_code) DO UPDATE SET
    description = excluded.description,
    base_uom = excluded.base_uom,
    item_group = excluded.item_group,
    abc_class = excluded.abc_class,
    gtin = excluded.gtin,
    lot_controlled = excluded.lot_controlled,
    serial_controlled = excluded.serial_controlled,
    shelf_life_days = excluded.shelf_life_days,
    unit_cost = excluded.unit_cost,
    currency = excluded.currency,
    version = excluded.version,
    active = excluded.active,
    seq = excluded.seq,
    received_at = excluded.received_at
WHERE b.version <= excluded.version;

-- name: apply_item_uom
-- Writes the units of items.
INSERT INTO book.item_uom AS b (
    item_code, uom, numerator, denominator, gtin, version, active, seq, received_at
)
SELECT
    m.item_code,
    m.uom,
    m.numerator,
    m.denominator,
    m.gtin,
    m.version,
    m.active,
    m.seq,
    m.received_at
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE m.doc_type = 'item_uom' AND o.is_go
ORDER BY m.item_code, m.uom
ON CONFLICT (item_code, uom) DO UPDATE SET
    numerator = excluded.numerator,
    denominator = excluded.denominator,
    gtin = excluded.gtin,
    version = excluded.version,
    active = excluded.active,
    seq = excluded.seq,
    received_at = excluded.received_at
WHERE b.version <= excluded.version;

-- name: apply_party
-- Writes suppliers, customers and carriers.
INSERT INTO book.party AS b (
    party_code, role, name, country_code, address, version, active, seq, received_at
)
SELECT
    m.party_code,
    m.role,
    m.name,
    m.country_code,
    m.address,
    m.version,
    m.active,
    m.seq,
    m.received_at
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE m.doc_type = 'party' AND o.is_go
ORDER BY m.party_code, m.role
ON CONFLICT (party_code, role) DO UPDATE SET
    name = excluded.name,
    country_code = excluded.country_code,
    address = excluded.address,
    version = excluded.version,
    active = excluded.active,
    seq = excluded.seq,
    received_at = excluded.received_at
WHERE b.version <= excluded.version;

-- name: apply_warehouse
-- Writes the warehouses; a new one gets its counter below.
INSERT INTO book.warehouse AS b (
    warehouse_code, name, time_zone, version, active, seq, received_at
)
SELECT
    m.warehouse_code,
    m.name,
    coalesce(m.time_zone, 'UTC'),
    m.version,
    m.active,
    m.seq,
    m.received_at
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE m.doc_type = 'warehouse' AND o.is_go
ORDER BY m.warehouse_code
ON CONFLICT (warehouse_code) DO UPDATE SET
    name = excluded.name,
    time_zone = excluded.time_zone,
    version = excluded.version,
    active = excluded.active,
    seq = excluded.seq,
    received_at = excluded.received_at
WHERE b.version <= excluded.version;

-- name: open_lanes
-- Gives each new warehouse its counter row. Two workers that meet here: one of them retries.
INSERT INTO book.lane_counter (warehouse_code, warehouse_no, ledger_seq, delivery_n)
SELECT
    w.warehouse_code,
    (SELECT max(c.warehouse_no) FROM book.lane_counter AS c) + row_number() OVER (ORDER BY w.warehouse_code),
    0,
    0
FROM book.warehouse AS w
WHERE
    NOT EXISTS (
        SELECT
        FROM book.lane_counter AS c
        WHERE c.warehouse_code = w.warehouse_code
    );

-- name: apply_location
-- Writes the locations.
INSERT INTO book.location AS b (
    warehouse_code, location_code, zone, kind, version, active, seq, received_at
)
SELECT
    m.warehouse_code,
    m.location_code,
    m.zone,
    m.kind,
    m.version,
    m.active,
    m.seq,
    m.received_at
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE m.doc_type = 'location' AND o.is_go
ORDER BY m.warehouse_code, m.location_code
ON CONFLICT (warehouse_code, location_code) DO UPDATE SET
    zone = excluded.zone,
    kind = excluded.kind,
    version = excluded.version,
    active = excluded.active,
    seq = excluded.seq,
    received_at = excluded.received_at
WHERE b.version <= excluded.version;

-- name: apply_code_map
-- Writes the codes of systems.
INSERT INTO book.code_map AS b (
    system_code, domain, external_code, canonical_code, is_default_out, version, active, seq,
    received_at
)
SELECT
    m.system_code,
    m.domain,
    m.external_code,
    m.canonical_code,
    m.is_default_out,
    m.version,
    m.active,
    m.seq,
    m.received_at
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE m.doc_type = 'code_map' AND o.is_go
ORDER BY m.system_code, m.domain, m.external_code
ON CONFLICT (system_code, domain, external_code) DO UPDATE SET
    canonical_code = excluded.canonical_code,
    is_default_out = excluded.is_default_out,
    version = excluded.version,
    active = excluded.active,
    seq = excluded.seq,
    received_at = excluded.received_at
WHERE b.version <= excluded.version;

-- name: plan_master_deliveries
-- Master data go once to each WMS; warehouses and locations to the WMS that runs them, a code map
-- to its own system.
-- params: systems text[] (receivers with maps)
-- returns: nothing; the row count is the number of deliveries
INSERT INTO batch_delivery (n, seq, receiver, doc_type, action, is_mapped)
SELECT
    row_number() OVER (ORDER BY m.seq, s.system_code),
    m.seq,
    s.system_code,
    m.doc_type,
    'upsert',
    s.system_code = ANY(CAST(:systems AS text [])) AND m.doc_type <> 'code_map'
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
INNER JOIN ops.system AS s ON s.kind = 'wms'
WHERE
    o.is_go
    AND m.doc_type <> 'master_resend'
    AND (m.doc_type <> 'code_map' OR m.system_code = s.system_code)
    AND (
        m.doc_type NOT IN ('warehouse', 'location')
        OR EXISTS (
            SELECT
            FROM ops.system_warehouse AS w
            WHERE w.system_code = s.system_code AND w.warehouse_code = m.warehouse_code
        )
    );

-- name: resend_master
-- Plans the deliveries of all master data in force to a WMS registered later.
-- params: systems text[] (receivers with maps)
-- returns: nothing; the row count is the number of deliveries
INSERT INTO batch_delivery (n, seq, receiver, doc_type, action, is_mapped)
SELECT
    (SELECT coalesce(max(d.n), 0) FROM batch_delivery AS d) + row_number() OVER (ORDER BY x.seq),
    x.seq,
    r.receiver,
    x.doc_type,
    'resend',
    r.receiver = ANY(CAST(:systems AS text [])) AND x.doc_type <> 'code_map'
FROM (
    SELECT DISTINCT m.attributes ->> 'receiver' AS receiver
    FROM batch_message AS m
    INNER JOIN batch_outcome AS o ON m.seq = o.seq
    WHERE m.doc_type = 'master_resend' AND o.is_go
) AS r
CROSS JOIN LATERAL (
    SELECT 'item' AS doc_type, i.seq
    FROM book.item AS i
    UNION ALL
    SELECT 'item_uom', u.seq
    FROM book.item_uom AS u
    UNION ALL
    SELECT 'party', p.seq
    FROM book.party AS p
    UNION ALL
    SELECT 'warehouse', w.seq
    FROM book.warehouse AS w
    WHERE EXISTS (
        SELECT
        FROM ops.system_warehouse AS s
        WHERE s.system_code = r.receiver AND s.warehouse_code = w.warehouse_code
    )
    UNION ALL
    SELECT 'location', l.seq
    FROM book.location AS l
    WHERE EXISTS (
        SELECT
        FROM ops.system_warehouse AS s
        WHERE s.system_code = r.receiver AND s.warehouse_code = l.warehouse_code
    )
    UNION ALL
    SELECT 'code_map', c.seq
    FROM book.code_map AS c
    WHERE c.system_code = r.receiver
) AS x
WHERE
    NOT EXISTS (
        SELECT
        FROM batch_delivery AS d
        WHERE d.seq = x.seq AND d.receiver = r.receiver
    );
