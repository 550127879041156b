-- Validate: each rule is one SELECT that returns what it found in the batch.
-- A rule's first comment line names its roads and codes. The rules of a road run as one
-- statement (UNION ALL), so a batch pays one round trip for all of them.
-- Columns: seq, line_no, column_name, code, severity, value, expected, wait_key, need.
-- Severity stale marks an older revision or version: the message becomes superseded.

-- name: rule_duplicate
-- roads: all; codes: DUP-001. Same business key, or the message_id of a retired message, and
-- other content: the earlier message stands.
SELECT
    c.seq,
    CAST(NULL AS integer) AS line_no,
    CASE c.known_state WHEN 'retired' THEN 'message_id' ELSE 'doc_no' END AS column_name,
    'DUP-001' AS code,
    'error' AS severity,
    CASE c.known_state
        WHEN 'retired' THEN (SELECT m.message_id FROM batch_message AS m WHERE m.seq = c.seq)
        ELSE c.business_key
    END AS value,
    CAST(c.known_seq AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_content AS c
WHERE
    c.known_seq IS NOT NULL
    AND c.known_hash <> c.content_hash
    AND coalesce(c.known_state, 'applied') NOT IN ('error', 'discarded');

-- name: rule_lines
-- roads: all; codes: SYN-004, SYN-005, SYN-006, SYN-007. Control totals and empty documents.
-- params: line_limit interval, now timestamptz
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE v.code WHEN 'SYN-006' THEN 'action' ELSE 'line_count' END AS column_name,
    v.code,
    'error' AS severity,
    CAST(c.line_total AS text) AS value,
    CASE v.code WHEN 'SYN-006' THEN m.action ELSE CAST(m.line_count AS text) END AS expected,
    CASE v.code WHEN 'SYN-007' THEN 'lines:' || m.seq END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN batch_content AS c ON m.seq = c.seq
INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN m.action IN ('cancel', 'close', 'reverse') AND c.line_total > 0 THEN 'SYN-006'
            WHEN c.line_total > m.line_count THEN 'SYN-005'
            WHEN c.line_total < m.line_count AND m.waiting_since + :line_limit <= :now THEN 'SYN-007'
            WHEN
                c.line_total = 0 AND t.lines = 'required' AND m.action IN ('upsert', 'post')
                AND NOT m.is_final AND coalesce(m.line_count, 0) = 0
                AND NOT (m.doc_type = 'stock_snapshot' AND m.line_count IS NOT DISTINCT FROM 0)
                THEN 'SYN-004'
        END AS code
) AS v
WHERE v.code IS NOT NULL;

-- name: rule_late_lines
-- roads: request answer fact count; codes: SYN-010. Lines of another transaction than the header's
-- that are there already: without line_count they are no part of the message. Those that come
-- afterwards are found by warn_late_lines.
SELECT
    m.seq,
    l.line_no,
    'line_no' AS column_name,
    'SYN-010' AS code,
    'warning' AS severity,
    CAST(l.line_no AS text) AS value,
    CAST(NULL AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN staging.line AS l
    ON m.sender = l.sender AND m.doc_type = l.doc_type AND m.message_id = l.message_id
WHERE m.line_count IS NULL AND l.xid <> m.xid;

-- name: rule_header_codes
-- roads: all; codes: SYN-002, SYN-003. Control characters and over-long codes in headers.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    CASE WHEN length(v.value) > 200 THEN 'SYN-003' ELSE 'SYN-002' END AS code,
    'error' AS severity,
    left(v.value, 250) AS value,
    '200' AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
CROSS JOIN LATERAL (
    VALUES
    ('message_id', m.message_id), ('warehouse_code', m.warehouse_code), ('action', m.action),
    ('doc_no', m.doc_no), ('order_type', m.order_type), ('order_no', m.order_no),
    ('party_code', m.party_code), ('carrier_code', m.carrier_code),
    ('to_warehouse_code', m.to_warehouse_code), ('item_code', m.item_code), ('uom', m.uom),
    ('reverses_no', m.reverses_no), ('milestone', m.milestone), ('response', m.response),
    ('reason_code', m.reason_code), ('base_uom', m.base_uom), ('role', m.role),
    ('location_code', m.location_code), ('system_code', m.system_code), ('domain', m.domain),
    ('external_code', m.external_code), ('canonical_code', m.canonical_code),
    ('original_order_no', m.original_order_no), ('delivery_note_no', m.delivery_note_no),
    ('tracking_no', m.tracking_no), ('time_zone', m.time_zone), ('request_no', m.request_no)
) AS v (column_name, value)
WHERE
    (length(m.codes) > 200 OR m.codes ~ '[\x01-\x1f\x7f-\x9f]')
    AND (length(v.value) > 200 OR v.value ~ '[\x01-\x1f\x7f-\x9f]')
    AND NOT (v.column_name = 'order_no' AND v.value = m.doc_no)
    AND NOT (v.column_name = 'order_type' AND v.value = m.doc_type);

-- name: rule_line_codes
-- roads: request answer fact count; codes: SYN-002, SYN-003. The same in lines.
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    CASE WHEN length(v.value) > 200 THEN 'SYN-003' ELSE 'SYN-002' END AS code,
    'error' AS severity,
    left(v.value, 250) AS value,
    '200' AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_line AS l
CROSS JOIN LATERAL (
    VALUES
    ('warehouse_code', l.warehouse_code), ('item_code', l.item_code), ('uom', l.uom),
    ('lot_no', l.lot_no), ('reason_code', l.reason_code), ('serial_no', l.serial_no),
    ('location_code', l.location_code), ('stock_status', l.stock_status),
    ('to_location_code', l.to_location_code), ('to_stock_status', l.to_stock_status)
) AS v (column_name, value)
WHERE
    l.is_odd AND (length(v.value) > 200 OR v.value ~ '[\x01-\x1f\x7f-\x9f]')
    AND NOT (v.column_name = 'to_location_code' AND v.value = l.location_code)
    AND NOT (v.column_name = 'to_stock_status' AND v.value = l.stock_status);

-- name: rule_master_required
-- roads: master detail; codes: SYN-001. Columns that master data cannot do without.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    'SYN-001' AS code,
    'error' AS severity,
    CAST(NULL AS text) AS value,
    CAST(NULL AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
CROSS JOIN LATERAL (
    VALUES
    ('item_code', m.item_code IS NULL AND m.doc_type IN ('item', 'item_uom')),
    ('base_uom', m.base_uom IS NULL AND m.doc_type = 'item'),
    ('uom', m.uom IS NULL AND m.doc_type = 'item_uom'),
    ('numerator', m.numerator IS NULL AND m.doc_type = 'item_uom'),
    ('denominator', m.denominator IS NULL AND m.doc_type = 'item_uom'),
    ('party_code', m.party_code IS NULL AND m.doc_type = 'party'),
    ('role', m.role IS NULL AND m.doc_type = 'party'),
    ('warehouse_code', m.warehouse_code IS NULL AND m.doc_type IN ('warehouse', 'location')),
    ('location_code', m.location_code IS NULL AND m.doc_type = 'location'),
    ('system_code', m.system_code IS NULL AND m.doc_type = 'code_map'),
    ('domain', m.domain IS NULL AND m.doc_type = 'code_map'),
    ('external_code', m.external_code IS NULL AND m.doc_type = 'code_map'),
    ('canonical_code', m.canonical_code IS NULL AND m.doc_type = 'code_map')
) AS v (column_name, is_missing)
WHERE v.is_missing;

-- name: rule_master_values
-- roads: master detail; codes: SYN-009, SYN-011, SYN-012. Closed lists, ratios, time zones.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    v.value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
CROSS JOIN LATERAL (
    VALUES
    (
        'role', 'SYN-009', m.role, 'supplier, customer, carrier',
        m.doc_type = 'party' AND m.role NOT IN ('supplier', 'customer', 'carrier')
    ),
    (
        'domain', 'SYN-009', m.domain, 'item, uom, stock_status, reason, carrier, location, party',
        m.doc_type = 'code_map'
        AND m.domain NOT IN ('item', 'uom', 'stock_status', 'reason', 'carrier', 'location', 'party')
    ),
    ('action', 'SYN-009', m.action, 'upsert', m.action <> 'upsert'),
    ('numerator', 'SYN-011', CAST(m.numerator AS text), 'above 0', m.doc_type = 'item_uom' AND m.numerator <= 0),
    (
        'denominator', 'SYN-011', CAST(m.denominator AS text), 'above 0',
        m.doc_type = 'item_uom' AND m.denominator <= 0
    ),
    (
        'shelf_life_days', 'SYN-011', CAST(m.shelf_life_days AS text), '0 or more',
        m.shelf_life_days < 0
    ),
    (
        'unit_cost', 'SYN-011', left(CAST(m.unit_cost AS text), 250), 'a finite number of 0 or more',
        m.unit_cost < 0 OR m.unit_cost IN ('NaN', 'Infinity')
    ),
    (
        'time_zone', 'SYN-012', m.time_zone, CAST(NULL AS text),
        m.doc_type = 'warehouse' AND NOT staging.is_time_zone(m.time_zone)
    )
) AS v (column_name, code, value, expected, is_wrong)
WHERE v.is_wrong;

-- name: rule_master_stale
-- roads: master detail; severity stale. A higher version is in force already.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'version' AS column_name,
    'SEQ-000' AS code,
    'stale' AS severity,
    CAST(m.version AS text) AS value,
    CAST(b.seq AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN LATERAL (
    SELECT i.version, i.seq
    FROM book.item AS i
    WHERE m.doc_type = 'item' AND i.item_code = m.item_code
    UNION ALL
    SELECT u.version, u.seq
    FROM book.item_uom AS u
    WHERE m.doc_type = 'item_uom' AND u.item_code = m.item_code AND u.uom = m.uom
    UNION ALL
    SELECT p.version, p.seq
    FROM book.party AS p
    WHERE m.doc_type = 'party' AND p.party_code = m.party_code AND p.role = m.role
    UNION ALL
    SELECT w.version, w.seq
    FROM book.warehouse AS w
    WHERE m.doc_type = 'warehouse' AND w.warehouse_code = m.warehouse_code
    UNION ALL
    SELECT l.version, l.seq
    FROM book.location AS l
    WHERE m.doc_type = 'location' AND l.warehouse_code = m.warehouse_code AND l.location_code = m.location_code
    UNION ALL
    SELECT c.version, c.seq
    FROM book.code_map AS c
    WHERE
        m.doc_type = 'code_map' AND c.system_code = m.system_code AND c.domain = m.domain
        AND c.external_code = m.external_code
) AS b ON m.version < b.version;

-- name: rule_base_uom
-- roads: master; codes: UOM-003. All stock, orders and ratios of an item are in its base unit.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'base_uom' AS column_name,
    'UOM-003' AS code,
    'error' AS severity,
    m.base_uom AS value,
    i.base_uom AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN book.item AS i ON m.item_code = i.item_code
WHERE m.doc_type = 'item' AND m.base_uom <> i.base_uom AND m.version >= i.version;

-- name: rule_master_references
-- roads: master detail; codes: REF-001, REF-002. A unit needs its item, a location its warehouse.
-- params: reference_limit interval, now timestamptz
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE m.doc_type WHEN 'item_uom' THEN 'item_code' ELSE 'warehouse_code' END AS column_name,
    CASE m.doc_type WHEN 'item_uom' THEN 'REF-001' ELSE 'REF-002' END AS code,
    CASE WHEN m.waiting_since + :reference_limit <= :now THEN 'error' ELSE 'wait' END AS severity,
    CASE m.doc_type WHEN 'item_uom' THEN m.item_code ELSE m.warehouse_code END AS value,
    CAST(NULL AS text) AS expected,
    CASE m.doc_type WHEN 'item_uom' THEN 'item:' || m.item_code ELSE 'warehouse:' || m.warehouse_code END
        AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
WHERE
    (
        m.doc_type = 'item_uom' AND m.item_code IS NOT NULL
        AND NOT EXISTS (SELECT FROM book.item AS i WHERE i.item_code = m.item_code)
    )
    OR (
        m.doc_type = 'location' AND m.warehouse_code IS NOT NULL
        AND NOT EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = m.warehouse_code)
    );

-- name: rule_required
-- roads: request answer fact count snapshot; codes: SYN-001. Header columns needed.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    'SYN-001' AS code,
    'error' AS severity,
    CAST(NULL AS text) AS value,
    CAST(NULL AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
CROSS JOIN LATERAL (
    VALUES
    ('warehouse_code', m.warehouse_code IS NULL),
    ('doc_no', m.doc_no IS NULL),
    ('item_code', m.item_code IS NULL AND m.doc_type = 'production_order' AND m.action = 'upsert'),
    ('qty', m.qty IS NULL AND m.doc_type = 'production_order' AND m.action = 'upsert'),
    ('party_code', m.party_code IS NULL AND m.party_role IS NOT NULL AND m.action = 'upsert'),
    (
        'to_warehouse_code',
        m.to_warehouse_code IS NULL AND m.doc_type = 'transfer_order' AND m.action = 'upsert'
    ),
    (
        'order_type',
        m.order_type IS NULL
        AND (m.order_no IS NOT NULL OR m.doc_type IN ('order_milestone', 'order_response'))
        AND m.doc_type <> 'stock_move'
    ),
    (
        'order_no',
        m.order_no IS NULL AND m.action = 'post' AND m.doc_type IN (
            'material_issue', 'production_receipt', 'order_milestone', 'order_response'
        )
    ),
    ('milestone', m.milestone IS NULL AND m.doc_type = 'order_milestone'),
    ('response', m.response IS NULL AND m.doc_type = 'order_response'),
    ('as_of', m.as_of IS NULL AND m.doc_type = 'stock_snapshot'),
    ('reverses_no', m.reverses_no IS NULL AND m.action = 'reverse')
) AS v (column_name, is_missing)
WHERE
    (
        m.warehouse_code IS NULL OR m.doc_no IS NULL OR m.order_type IS NULL OR m.order_no IS NULL
        OR m.doc_type NOT IN ('goods_receipt', 'shipment', 'material_issue', 'production_receipt')
        OR m.action = 'reverse'
    )
    AND v.is_missing;

-- name: rule_values
-- roads: request answer fact count snapshot; codes: SYN-009, SYN-011, SYN-013, SYN-014.
-- Closed lists, infinite times, contradictions in headers.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    v.value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
CROSS JOIN LATERAL (
    VALUES
    ('action', 'SYN-009', m.action, array_to_string(t.actions, ', '), m.action <> ALL(t.actions)),
    (
        'order_type', 'SYN-009', m.order_type, array_to_string(t.order_types, ', '),
        m.order_type IS NOT NULL AND m.order_type <> ALL(t.order_types)
        AND t.road NOT IN ('request', 'snapshot') AND m.sender <> 'crossdock'
    ),
    (
        'milestone', 'SYN-009', m.milestone, 'accepted, picking, packed, loaded, delivered, put_back',
        m.milestone NOT IN ('accepted', 'picking', 'packed', 'loaded', 'delivered', 'put_back')
    ),
    (
        'response', 'SYN-009', m.response, 'accepted, partial, refused',
        m.response NOT IN ('accepted', 'partial', 'refused')
    ),
    ('line_count', 'SYN-011', CAST(m.line_count AS text), '0 or more', m.line_count < 0),
    ('revision', 'SYN-011', CAST(m.revision AS text), '1 or more', m.revision < 1),
    ('occurred_at', 'SYN-013', CAST(m.occurred_at AS text), NULL, NOT isfinite(m.occurred_at)),
    ('ordered_on', 'SYN-013', CAST(m.ordered_on AS text), NULL, NOT isfinite(m.ordered_on)),
    ('expected_at', 'SYN-013', CAST(m.expected_at AS text), NULL, NOT isfinite(m.expected_at)),
    (
        'requested_ship_at', 'SYN-013', CAST(m.requested_ship_at AS text), NULL,
        NOT isfinite(m.requested_ship_at)
    ),
    ('start_at', 'SYN-013', CAST(m.start_at AS text), NULL, NOT isfinite(m.start_at)),
    ('due_at', 'SYN-013', CAST(m.due_at AS text), NULL, NOT isfinite(m.due_at)),
    ('as_of', 'SYN-013', CAST(m.as_of AS text), NULL, NOT isfinite(m.as_of)),
    ('reverses_no', 'SYN-014', m.reverses_no, m.action, m.reverses_no IS NOT NULL AND m.action <> 'reverse'),
    (
        'to_warehouse_code', 'SYN-014', m.to_warehouse_code, 'warehouse_code',
        m.to_warehouse_code = m.warehouse_code AND m.doc_type = 'transfer_order'
    )
) AS v (column_name, code, value, expected, is_wrong)
WHERE
    (
        m.action NOT IN ('post', 'upsert')
        OR t.road <> 'fact'
        OR m.order_type <> ALL(t.order_types)
        OR NOT isfinite(m.occurred_at)
        OR m.reverses_no IS NOT NULL
        OR m.line_count < 0
        OR m.action <> ALL(t.actions)
    )
    AND v.is_wrong;

-- name: rule_quantity
-- roads: request fact count; codes: LOT-003, QTY-001, QTY-002, QTY-003, QTY-004, SYN-001, UOM-002.
-- The quantity of a line, and its exactness in the base unit.
SELECT
    l.seq,
    l.line_no,
    CASE WHEN v.code = 'UOM-002' THEN 'uom' WHEN v.code = 'LOT-003' THEN 'serial_no' ELSE 'qty' END
        AS column_name,
    v.code,
    'error' AS severity,
    left(trim_scale(l.qty) || CASE WHEN v.code = 'UOM-002' THEN ' ' || l.uom ELSE '' END, 250) AS value,
    CASE v.code WHEN 'UOM-002' THEN l.base_uom WHEN 'QTY-004' THEN '10000000000000' END AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_line AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN l.qty IS NULL THEN 'SYN-001'
            WHEN l.qty IN ('NaN', 'Infinity', '-Infinity') THEN 'QTY-003'
            WHEN l.qty = 0 AND m.doc_type <> 'stock_count' THEN 'QTY-001'
            WHEN l.qty < 0 AND m.doc_type NOT IN ('stock_adjustment', 'transit_receipt', 'transit_notice')
                THEN 'QTY-002'
            WHEN l.base_qty IS NULL AND abs(l.qty * l.numerator / l.denominator) >= 1e13 THEN 'QTY-004'
            WHEN l.base_qty IS NULL AND l.numerator IS NOT NULL THEN 'UOM-002'
            WHEN l.serial_no <> '' AND abs(l.base_qty) <> 1 THEN 'LOT-003'
        END AS code
) AS v
WHERE
    (l.base_qty IS NULL OR l.base_qty <= 0 OR l.serial_no <> '')
    AND v.code IS NOT NULL;

-- name: rule_product_quantity
-- roads: request; codes: QTY-001, QTY-002, QTY-003, QTY-004, UOM-002. The quantity of a production
-- order.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE WHEN v.code = 'UOM-002' THEN 'uom' ELSE 'qty' END AS column_name,
    v.code,
    'error' AS severity,
    left(trim_scale(m.qty) || CASE WHEN v.code = 'UOM-002' THEN ' ' || coalesce(m.uom, m.base_uom) ELSE '' END, 250)
        AS value,
    CASE v.code WHEN 'UOM-002' THEN m.base_uom WHEN 'QTY-004' THEN '10000000000000' END AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
LEFT JOIN book.item_uom AS u ON m.item_code = u.item_code AND m.uom = u.uom AND u.active
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN m.qty IN ('NaN', 'Infinity', '-Infinity') THEN 'QTY-003'
            WHEN m.qty = 0 THEN 'QTY-001'
            WHEN m.qty < 0 THEN 'QTY-002'
            WHEN m.base_qty IS NOT NULL OR m.base_uom IS NULL THEN NULL
            WHEN m.qty * coalesce(u.numerator, 1) / coalesce(u.denominator, 1) >= 1e13 THEN 'QTY-004'
            WHEN m.qty > 0 AND (coalesce(m.uom, m.base_uom) = m.base_uom OR u.uom IS NOT NULL) THEN 'UOM-002'
        END AS code
) AS v
WHERE m.doc_type = 'production_order' AND m.action = 'upsert' AND v.code IS NOT NULL;

-- name: rule_line_required
-- roads: request fact count; codes: SYN-001, SYN-008, SYN-009, SYN-011, SYN-013, STA-002, STA-006.
-- What a line needs, and its closed lists.
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    v.value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_line AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
CROSS JOIN LATERAL (
    VALUES
    ('item_code', 'SYN-001', NULL, NULL, l.item_code IS NULL),
    (
        'reason_code', 'SYN-001', NULL, NULL,
        l.reason_code IS NULL AND (
            m.doc_type = 'stock_adjustment'
            OR (m.doc_type IN ('goods_receipt', 'shipment') AND m.order_no IS NULL)
        )
    ),
    ('warehouse_code', 'SYN-008', l.warehouse_code, m.warehouse_code, l.warehouse_code <> m.warehouse_code),
    (
        'stock_status', 'SYN-009', l.stock_status, 'unrestricted, quality, blocked, returns',
        l.stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns', 'in_transit')
    ),
    (
        'to_stock_status', 'SYN-009', l.to_stock_status, 'unrestricted, quality, blocked, returns',
        m.doc_type = 'stock_move' AND l.to_stock_status <> l.stock_status
        AND l.to_stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns', 'in_transit')
    ),
    (
        'stock_status', 'STA-006', l.stock_status, NULL,
        l.stock_status = 'in_transit' AND m.sender <> 'crossdock' AND m.doc_type <> 'stock_count'
        AND NOT (m.doc_type = 'stock_adjustment' AND l.reason_code = 'WRITE_OFF' AND l.qty < 0)
    ),
    (
        'stock_status', 'STA-006', l.stock_status, NULL,
        l.stock_status = 'in_transit' AND m.doc_type = 'stock_count'
    ),
    (
        'to_stock_status', 'STA-006', l.to_stock_status, NULL,
        m.doc_type = 'stock_move' AND l.to_stock_status = 'in_transit'
    ),
    (
        'to_location_code', 'STA-002', NULL, NULL,
        m.doc_type = 'stock_move' AND l.to_location_code = l.location_code AND l.to_stock_status = l.stock_status
    ),
    (
        'line_no', 'SYN-011', CAST(l.line_no AS text), 'other than 0, which is the product',
        m.doc_type = 'production_order' AND l.line_no = 0
    ),
    (
        'over_tolerance_pct', 'SYN-011', left(CAST(l.over_tolerance_pct AS text), 250), 'a finite number of 0 or more',
        l.over_tolerance_pct < 0 OR l.over_tolerance_pct IN ('NaN', 'Infinity')
    ),
    (
        'under_tolerance_pct', 'SYN-011', left(CAST(l.under_tolerance_pct AS text), 250), 'from 0 to 100',
        l.under_tolerance_pct < 0 OR l.under_tolerance_pct > 100 OR l.under_tolerance_pct = 'NaN'
    ),
    ('expires_on', 'SYN-013', CAST(l.expires_on AS text), NULL, NOT isfinite(l.expires_on))
) AS v (column_name, code, value, expected, is_wrong)
WHERE
    (
        l.item_code IS NULL OR l.warehouse_code <> m.warehouse_code
        OR (l.reason_code IS NULL AND (m.order_no IS NULL OR m.doc_type = 'stock_adjustment'))
        OR l.stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns')
        OR m.doc_type = 'stock_move'
        OR l.over_tolerance_pct <> 0 OR l.under_tolerance_pct <> 0
        OR NOT isfinite(l.expires_on)
        OR l.line_no = 0
    )
    AND v.is_wrong;

-- name: rule_snapshot_lines
-- roads: snapshot; codes: QTY-003, SYN-001, SYN-002, SYN-003, SYN-008. Lines of snapshots are checked
-- where they lie; what they name is not looked up: an item that nobody knows is a difference.
SELECT
    m.seq,
    n.line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    left(v.value, 250) AS value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN staging.line AS n
    ON m.sender = n.sender AND m.doc_type = n.doc_type AND m.message_id = n.message_id
CROSS JOIN LATERAL (
    SELECT
        'item_code' AS column_name,
        'SYN-001' AS code,
        CAST(NULL AS text) AS value,
        CAST(NULL AS text) AS expected
    WHERE nullif(btrim(n.item_code), '') IS NULL
    UNION ALL
    SELECT 'qty', 'SYN-001', NULL, NULL
    WHERE n.qty IS NULL
    UNION ALL
    SELECT 'qty', 'QTY-003', CAST(n.qty AS text), NULL
    WHERE n.qty IN ('NaN', 'Infinity', '-Infinity')
    UNION ALL
    SELECT 'warehouse_code', 'SYN-008', n.warehouse_code, m.warehouse_code
    WHERE nullif(btrim(n.warehouse_code), '') <> m.warehouse_code
    UNION ALL
    SELECT
        c.column_name,
        CASE WHEN length(c.value) > 200 THEN 'SYN-003' ELSE 'SYN-002' END,
        c.value,
        '200'
    FROM (
        VALUES
        ('item_code', btrim(n.item_code)), ('uom', btrim(n.uom)), ('lot_no', btrim(n.lot_no)),
        ('location_code', btrim(n.location_code)), ('stock_status', btrim(n.stock_status))
    ) AS c (column_name, value)
    WHERE length(c.value) > 200 OR c.value ~ '[\x01-\x1f\x7f-\x9f]'
) AS v
WHERE
    (m.line_count IS NOT NULL OR n.xid = m.xid)
    -- A sieve with one pattern for all codes: the rules above see only lines that may be wrong.
    AND (
        nullif(btrim(n.item_code), '') IS NULL
        OR n.qty IS NULL
        OR n.qty IN ('NaN', 'Infinity', '-Infinity')
        OR nullif(btrim(n.warehouse_code), '') <> m.warehouse_code
        OR octet_length(concat(n.item_code, n.uom, n.lot_no, n.location_code, n.stock_status)) > 200
        OR concat(n.item_code, n.uom, n.lot_no, n.location_code, n.stock_status) ~ '[\x01-\x1f\x7f-\x9f]'
    );

-- name: rule_warehouse
-- roads: request answer fact count snapshot; codes: REF-002, AUT-001. The lane and its owner.
-- params: reference_limit interval, now timestamptz
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'warehouse_code' AS column_name,
    CASE WHEN w.warehouse_code IS NULL THEN 'REF-002' ELSE 'AUT-001' END AS code,
    CASE
        WHEN w.warehouse_code IS NULL AND NOT coalesce(m.waiting_since + :reference_limit <= :now, false) THEN 'wait'
        ELSE 'error'
    END AS severity,
    m.warehouse_code AS value,
    CAST(NULL AS text) AS expected,
    CASE WHEN w.warehouse_code IS NULL THEN 'warehouse:' || m.warehouse_code END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
LEFT JOIN book.warehouse AS w ON m.warehouse_code = w.warehouse_code
LEFT JOIN ops.system AS s ON m.sender = s.system_code
LEFT JOIN ops.system_warehouse AS o ON m.sender = o.system_code AND m.warehouse_code = o.warehouse_code
WHERE
    m.warehouse_code IS NOT NULL
    AND (
        w.warehouse_code IS NULL
        OR (
            s.kind IS NOT NULL AND o.warehouse_code IS NULL
            AND (
                s.kind = 'wms'
                OR EXISTS (SELECT FROM ops.system_warehouse AS a WHERE a.system_code = m.sender)
            )
        )
    );

-- name: rule_receiver
-- roads: request; codes: AUT-002. A request needs a WMS that reads it.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'warehouse_code' AS column_name,
    'AUT-002' AS code,
    'error' AS severity,
    m.warehouse_code AS value,
    'WMS' AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
WHERE
    EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = m.warehouse_code)
    AND NOT EXISTS (
        SELECT
        FROM ops.system_warehouse AS o
        WHERE o.warehouse_code = m.warehouse_code AND o.kind = 'wms'
    );

-- name: rule_addressee
-- roads: instruction; codes: AUT-002. An instruction needs the system that it is addressed to.
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'warehouse_code' AS column_name,
    'AUT-002' AS code,
    'error' AS severity,
    m.warehouse_code AS value,
    coalesce(m.system_code, 'ERP') AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
WHERE
    NOT EXISTS (
        SELECT
        FROM ops.system AS s
        LEFT JOIN ops.system_warehouse AS o
            ON s.system_code = o.system_code AND o.warehouse_code = m.warehouse_code
        WHERE
            s.system_code = m.system_code
            AND (
                o.warehouse_code IS NOT NULL
                OR (
                    s.kind = 'erp'
                    AND NOT EXISTS (
                        SELECT
                        FROM ops.system_warehouse AS a
                        WHERE a.system_code = s.system_code
                    )
                )
            )
    );

-- name: rule_capability
-- roads: request; codes: SYN-015. What the WMS that reads the order cannot represent. Run only where
-- some WMS lacks something. What was forwarded to it already is not judged again. The destination of
-- a transfer reads it too, in base units.
-- params: warehouse_code text
SELECT
    m.seq,
    v.line_no,
    v.column_name,
    'SYN-015' AS code,
    'error' AS severity,
    left(v.value, 250) AS value,
    c.name || ' of ' || r.system_code AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN ops.system_warehouse AS r
    ON r.kind = 'wms' AND r.warehouse_code IN (m.warehouse_code, m.to_warehouse_code)
INNER JOIN ops.policy_value AS c
    ON c.scope_kind = 'system' AND r.system_code = c.scope AND c.value = 'off'
LEFT JOIN book.item AS p ON m.doc_type = 'production_order' AND m.item_code = p.item_code
CROSS JOIN LATERAL (
    SELECT
        h.line_no,
        h.column_name,
        h.value
    FROM (
        VALUES
        (CAST(NULL AS integer), 'production', 'doc_no', m.order_no, m.doc_type = 'production_order'),
        (NULL, 'serials', 'item_code', m.item_code, p.serial_controlled),
        (NULL, 'decimals', 'qty', CAST(trim_scale(m.qty) AS text), p.item_code IS NOT NULL AND m.qty <> trunc(m.qty)),
        (NULL, 'packages', 'uom', m.uom, m.uom <> p.base_uom)
    ) AS h (line_no, capability, column_name, value, is_lacking)
    WHERE h.capability = c.name AND h.is_lacking AND m.action = 'upsert'
    UNION ALL
    SELECT
        l.line_no,
        h.column_name,
        h.value
    FROM batch_line AS l
    CROSS JOIN LATERAL (
        SELECT
            r.warehouse_code = m.warehouse_code AS is_here,
            CASE WHEN r.warehouse_code = m.warehouse_code THEN l.qty ELSE l.base_qty END AS qty
    ) AS s
    CROSS JOIN LATERAL (
        VALUES
        ('lots', 'lot_no', l.lot_no, l.lot_no <> ''),
        ('serials', 'item_code', l.item_code, l.serial_controlled),
        ('decimals', 'qty', CAST(trim_scale(s.qty) AS text), s.qty <> trunc(s.qty)),
        ('packages', 'uom', l.uom, s.is_here AND l.uom <> l.base_uom),
        (
            'partial', 'under_tolerance_pct', CAST(trim_scale(l.under_tolerance_pct) AS text),
            s.is_here AND l.under_tolerance_pct <> 0
        ),
        (
            'repeated_items', 'item_code', l.item_code, EXISTS (
                SELECT
                FROM batch_line AS e
                WHERE e.seq = l.seq AND e.line_no < l.line_no AND e.item_code = l.item_code
            )
        )
    ) AS h (capability, column_name, value, is_lacking)
    WHERE l.seq = m.seq AND h.capability = c.name AND h.is_lacking
    UNION ALL
    SELECT
        NULL,
        'action',
        m.action
    FROM book.order_head AS h
    LEFT JOIN staging.delivery AS d ON h.delivery_id = d.delivery_id
    WHERE
        c.name = 'cancel' AND m.action = 'cancel' AND r.warehouse_code = m.warehouse_code
        AND h.warehouse_code = :warehouse_code
        AND h.order_type = m.doc_type
        AND h.order_no = m.order_no
        AND h.state IN ('released', 'in_work')
        AND (h.state = 'in_work' OR d.state <> 'pending')
) AS v
WHERE
    m.sender <> 'crossdock'
    AND NOT EXISTS (
        SELECT
        FROM staging.wait_key AS k
        WHERE k.seq = m.seq AND k.key LIKE 'answer:%'
    );

-- name: rule_item
-- roads: request fact count; codes: REF-001, UOM-001. The item and its unit.
-- params: reference_limit interval, now timestamptz
SELECT
    l.seq,
    l.line_no,
    CASE WHEN l.base_uom IS NULL THEN 'item_code' ELSE 'uom' END AS column_name,
    CASE WHEN l.base_uom IS NULL THEN 'REF-001' ELSE 'UOM-001' END AS code,
    CASE WHEN m.waiting_since + :reference_limit <= :now THEN 'error' ELSE 'wait' END AS severity,
    CASE WHEN l.base_uom IS NULL THEN l.item_code ELSE l.uom END AS value,
    CASE WHEN l.base_uom IS NOT NULL THEN l.item_code END AS expected,
    CASE
        WHEN l.base_uom IS NULL THEN 'item:' || l.item_code
        ELSE 'item_uom:' || l.item_code || E'\x1f' || l.uom
    END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_line AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
WHERE l.numerator IS NULL AND l.item_code IS NOT NULL
UNION ALL
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE WHEN m.base_uom IS NULL THEN 'item_code' ELSE 'uom' END AS column_name,
    CASE WHEN m.base_uom IS NULL THEN 'REF-001' ELSE 'UOM-001' END AS code,
    CASE WHEN m.waiting_since + :reference_limit <= :now THEN 'error' ELSE 'wait' END AS severity,
    CASE WHEN m.base_uom IS NULL THEN m.item_code ELSE m.uom END AS value,
    CASE WHEN m.base_uom IS NOT NULL THEN m.item_code END AS expected,
    CASE
        WHEN m.base_uom IS NULL THEN 'item:' || m.item_code
        ELSE 'item_uom:' || m.item_code || E'\x1f' || m.uom
    END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
WHERE
    m.doc_type = 'production_order' AND m.item_code IS NOT NULL AND m.base_qty IS NULL
    AND (
        m.base_uom IS NULL
        OR (
            m.uom <> m.base_uom
            AND NOT EXISTS (
                SELECT
                FROM book.item_uom AS u
                WHERE u.item_code = m.item_code AND u.uom = m.uom AND u.active
            )
        )
    );

-- name: rule_parties
-- roads: request answer fact; codes: REF-003, REF-002. Parties, carriers, the other warehouse.
-- params: reference_limit interval, now timestamptz
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    CASE v.role WHEN 'warehouse' THEN 'REF-002' ELSE 'REF-003' END AS code,
    CASE WHEN m.waiting_since + :reference_limit <= :now THEN 'error' ELSE 'wait' END AS severity,
    v.code AS value,
    v.role AS expected,
    CASE v.role WHEN 'warehouse' THEN 'warehouse:' || v.code ELSE 'party:' || v.role || E'\x1f' || v.code END
        AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
CROSS JOIN LATERAL (
    SELECT 'party_code' AS column_name, m.party_role AS role, m.party_code AS code
    WHERE m.party_role IS NOT NULL AND m.party_code IS NOT NULL
    UNION ALL
    SELECT 'carrier_code', 'carrier', m.carrier_code
    WHERE m.carrier_code IS NOT NULL
    UNION ALL
    SELECT 'to_warehouse_code', 'warehouse', m.to_warehouse_code
    WHERE m.to_warehouse_code IS NOT NULL
) AS v
WHERE
    (m.party_code IS NOT NULL OR m.carrier_code IS NOT NULL OR m.to_warehouse_code IS NOT NULL)
    AND NOT EXISTS (SELECT FROM book.party AS p WHERE p.party_code = v.code AND p.role = v.role)
    AND NOT (
        v.role = 'warehouse' AND EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = v.code)
    );

-- name: rule_location
-- roads: fact count; codes: REF-004. Locations that goods leave or reach.
-- params: reference_limit interval, now timestamptz
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    'REF-004' AS code,
    CASE WHEN m.waiting_since + :reference_limit <= :now THEN 'error' ELSE 'wait' END AS severity,
    v.code AS value,
    CAST(NULL AS text) AS expected,
    'location:' || m.warehouse_code || E'\x1f' || v.code AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_line AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
CROSS JOIN LATERAL (
    SELECT 'location_code' AS column_name, l.location_code AS code
    WHERE l.location_code <> ''
    UNION ALL
    SELECT 'to_location_code', l.to_location_code
    WHERE l.to_location_code <> '' AND l.to_location_code <> l.location_code AND m.doc_type = 'stock_move'
) AS v
WHERE
    (l.location_code <> '' OR l.to_location_code <> '')
    AND m.warehouse_code IS NOT NULL
    AND NOT EXISTS (
        SELECT
        FROM book.location AS b
        WHERE b.warehouse_code = m.warehouse_code AND b.location_code = v.code
    );

-- name: rule_mapping
-- roads: request answer fact count; codes: MAP-001. A system with maps in a domain uses them.
-- params: systems text[] (senders with maps)
SELECT
    x.seq,
    x.line_no,
    x.column_name,
    'MAP-001' AS code,
    'error' AS severity,
    x.value,
    x.domain AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM (
    SELECT m.sender, m.seq, l.line_no, v.column_name, v.domain, v.value
    FROM batch_line AS l
    INNER JOIN batch_message AS m ON l.seq = m.seq
    CROSS JOIN LATERAL (
        VALUES
        ('item_code', 'item', l.item_code, l.base_uom IS NULL),
        ('uom', 'uom', l.uom, l.base_uom IS NOT NULL AND l.numerator IS NULL),
        (
            'stock_status', 'stock_status', l.stock_status,
            l.stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns', 'in_transit')
        ),
        (
            'location_code', 'location', l.location_code,
            l.location_code <> '' AND NOT EXISTS (
                SELECT
                FROM book.location AS b
                WHERE b.warehouse_code = m.warehouse_code AND b.location_code = l.location_code
            )
        ),
        (
            'to_stock_status', 'stock_status', l.to_stock_status,
            l.to_stock_status <> l.stock_status
            AND l.to_stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns', 'in_transit')
        ),
        (
            'to_location_code', 'location', l.to_location_code,
            l.to_location_code <> '' AND l.to_location_code <> l.location_code AND NOT EXISTS (
                SELECT
                FROM book.location AS b
                WHERE b.warehouse_code = m.warehouse_code AND b.location_code = l.to_location_code
            )
        )
    ) AS v (column_name, domain, value, is_unknown)
    WHERE m.sender = ANY(CAST(:systems AS text [])) AND v.is_unknown AND v.value IS NOT NULL
    UNION ALL
    SELECT m.sender, m.seq, NULL, v.column_name, v.domain, v.value
    FROM batch_message AS m
    CROSS JOIN LATERAL (
        VALUES
        (
            'carrier_code', 'carrier', m.carrier_code, NOT EXISTS (
                SELECT FROM book.party AS p WHERE p.party_code = m.carrier_code AND p.role = 'carrier'
            )
        ),
        (
            'party_code', 'party', m.party_code, m.party_role IS NOT NULL AND NOT EXISTS (
                SELECT FROM book.party AS p WHERE p.party_code = m.party_code AND p.role = m.party_role
            )
        ),
        ('item_code', 'item', m.item_code, m.doc_type = 'production_order' AND m.base_uom IS NULL),
        (
            'uom', 'uom', m.uom, m.doc_type = 'production_order' AND m.uom <> m.base_uom AND NOT EXISTS (
                SELECT
                FROM book.item_uom AS u
                WHERE u.item_code = m.item_code AND u.uom = m.uom AND u.active
            )
        )
    ) AS v (column_name, domain, value, is_unknown)
    WHERE m.sender = ANY(CAST(:systems AS text [])) AND v.is_unknown AND v.value IS NOT NULL
) AS x
WHERE
    EXISTS (
        SELECT
        FROM book.code_map AS c
        WHERE c.system_code = x.sender AND c.domain = x.domain AND c.active
    )
    AND NOT EXISTS (
        SELECT
        FROM book.code_map AS c
        WHERE c.system_code = x.sender AND c.domain = x.domain AND c.canonical_code = x.value AND c.active
    );

-- name: rule_lot
-- roads: fact count; codes: LOT-001, LOT-002. Lots and serial numbers where the item has them.
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    l.item_code AS value,
    CAST(NULL AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_line AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
CROSS JOIN LATERAL (
    VALUES
    ('lot_no', 'LOT-001', l.lot_controlled AND l.lot_no = ''),
    (
        'serial_no', 'LOT-002',
        l.serial_controlled AND l.serial_no = '' AND m.doc_type NOT IN ('stock_count', 'transit_receipt')
    )
) AS v (column_name, code, is_wrong)
WHERE (l.lot_controlled OR l.serial_controlled) AND v.is_wrong AND m.sender <> 'crossdock';

-- name: rule_order
-- roads: answer fact; codes: REF-005, REF-007. The order of a fact; it may come late.
-- A fact whose order did not come in time is posted without it, with a task.
-- params: warehouse_code text, order_limit interval, now timestamptz
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'order_no' AS column_name,
    CASE WHEN v.is_late AND t.road = 'fact' THEN 'REF-007' ELSE 'REF-005' END AS code,
    CASE WHEN NOT v.is_late THEN 'wait' WHEN t.road = 'fact' THEN 'task' ELSE 'error' END AS severity,
    m.order_no AS value,
    CAST(NULL AS text) AS expected,
    'order:' || m.lane || E'\x1f' || m.book_order_type || E'\x1f' || m.order_no AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
LEFT JOIN book.order_head AS h
    ON
        h.warehouse_code = :warehouse_code
        AND m.book_order_type = h.order_type
        AND m.order_no = h.order_no
CROSS JOIN LATERAL (
    SELECT coalesce(m.waiting_since + :order_limit <= :now, false) AS is_late
) AS v
WHERE
    m.book_order_type IS NOT NULL AND m.order_no IS NOT NULL AND h.order_no IS NULL
    AND m.action = 'post' AND m.doc_type <> 'transit_receipt';

-- name: rule_transit_line
-- roads: fact; codes: REF-005. At a transfer's destination a line of which no notice has come yet
-- is under way: the receipt waits for it, or the end would depend on which truck was first.
-- After the limit it is posted, beside the order's lines.
-- params: order_limit interval, now timestamptz, warehouse_code text
SELECT
    l.seq,
    l.line_no,
    CASE WHEN l.is_unnamed THEN 'item_code' ELSE 'order_line_no' END AS column_name,
    'REF-005' AS code,
    'wait' AS severity,
    concat_ws(' ', m.order_no, 'line', coalesce(CAST(l.order_line_no AS text), l.item_code)) AS value,
    CAST(NULL AS text) AS expected,
    concat_ws(
        E'\x1f', 'order_line:' || m.lane, m.order_no, coalesce('#' || l.order_line_no, l.item_code)
    ) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_line AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
WHERE
    m.book_order_type = 'transit_notice'
    AND m.is_order_fact
    AND NOT coalesce(m.waiting_since + :order_limit <= :now, false)
    AND EXISTS (
        SELECT
        FROM book.order_head AS h
        WHERE
            h.warehouse_code = :warehouse_code AND h.order_type = 'transit_notice'
            AND h.order_no = m.order_no
    )
    AND NOT EXISTS (
        SELECT
        FROM book.order_line AS ol
        WHERE
            ol.warehouse_code = :warehouse_code AND ol.order_type = 'transit_notice'
            AND ol.order_no = m.order_no
            AND (ol.line_no = l.order_line_no OR (l.is_unnamed AND ol.item_code = l.item_code))
    );

-- name: rule_reversal
-- roads: answer fact count; codes: REF-006, SEQ-001, STA-003, STA-004. What may be reversed.
-- params: reference_limit interval, now timestamptz
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'reverses_no' AS column_name,
    v.code,
    CASE WHEN v.code = 'REF-006' AND NOT coalesce(m.waiting_since + :reference_limit <= :now, false) THEN 'wait' ELSE 'error' END
        AS severity,
    CASE v.code WHEN 'STA-003' THEN concat_ws(' ', m.doc_type, m.reverses_no) ELSE m.reverses_no END AS value,
    CAST(NULL AS text) AS expected,
    CASE v.code
        WHEN 'REF-006' THEN concat_ws(E'\x1f', 'fact:' || m.sender, m.doc_type, m.warehouse_code, m.reverses_no)
    END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
LEFT JOIN staging.business_key AS k
    ON
        m.sender = k.sender AND m.doc_type = k.doc_type
        AND k.business_key = concat_ws(' ', m.warehouse_code, m.reverses_no)
LEFT JOIN staging.message AS o ON k.seq = o.seq
LEFT JOIN staging.memory AS y ON k.seq = y.seq
LEFT JOIN staging.business_key AS r
    ON
        m.sender = r.sender AND m.doc_type = r.doc_type
        AND r.business_key = concat_ws(' ', 'reverses', m.warehouse_code, m.reverses_no)
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN t.road <> 'fact' OR m.doc_type = 'transit_receipt' THEN 'STA-003'
            WHEN coalesce(o.action, y.action) = 'reverse' THEN 'STA-003'
            WHEN r.seq <> m.seq THEN 'STA-004'
            WHEN coalesce(o.state, y.state) = 'discarded' THEN 'SEQ-001'
            WHEN k.seq IS NULL OR coalesce(o.state, y.state, 'applied') <> 'applied' THEN 'REF-006'
        END AS code
) AS v
WHERE m.action = 'reverse' AND m.reverses_no IS NOT NULL AND v.code IS NOT NULL;

-- name: rule_clock
-- roads: fact count; codes: PER-001. A fact from the future: posted, and a person is asked.
-- params: clock_skew_limit interval, now timestamptz
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'occurred_at' AS column_name,
    'PER-001' AS code,
    'task' AS severity,
    CAST(m.occurred_at AS text) AS value,
    CAST(CAST(:clock_skew_limit AS interval) AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
WHERE m.occurred_at > CAST(:now AS timestamptz) + CAST(:clock_skew_limit AS interval) AND isfinite(m.occurred_at);

-- name: rule_request
-- roads: request; codes: REF-005; severity stale. Older revisions, and orders not known yet.
-- At the same revision cancel beats close beats upsert. What was forwarded and not answered counts
-- as known.
-- params: reference_limit interval, now timestamptz, warehouse_code text
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE WHEN h.order_no IS NULL THEN 'order_no' ELSE 'revision' END AS column_name,
    CASE WHEN h.order_no IS NULL THEN 'REF-005' ELSE 'SEQ-000' END AS code,
    CASE
        WHEN h.order_no IS NOT NULL THEN 'stale'
        WHEN m.waiting_since + :reference_limit <= :now THEN 'error'
        ELSE 'wait'
    END AS severity,
    CASE WHEN h.order_no IS NULL THEN m.order_no ELSE CAST(m.revision AS text) END AS value,
    CAST(CASE WHEN v.is_before_question THEN q.seq ELSE h.seq END AS text) AS expected,
    CASE WHEN h.order_no IS NULL THEN 'order:' || m.lane || E'\x1f' || m.doc_type || E'\x1f' || m.order_no END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
LEFT JOIN book.order_head AS h
    ON
        h.warehouse_code = :warehouse_code
        AND m.doc_type = h.order_type
        AND m.order_no = h.order_no
LEFT JOIN batch_question AS q ON m.seq = q.by_seq
CROSS JOIN LATERAL (
    SELECT
        coalesce(m.revision, 1) < q.revision OR (
            coalesce(m.revision, 1) = q.revision
            AND array_position(ARRAY['upsert', 'close', 'cancel'], m.action)
            < array_position(ARRAY['upsert', 'close', 'cancel'], q.action)
        ) AS is_before_question
) AS v
WHERE
    m.doc_type <> 'transit_notice'
    AND m.order_no IS NOT NULL
    AND (
        (h.order_no IS NULL AND m.action IN ('cancel', 'close'))
        OR coalesce(m.revision, 1) < h.revision
        OR (
            coalesce(m.revision, 1) = h.revision
            AND m.seq <> h.seq
            AND array_position(ARRAY['upsert', 'close', 'cancel'], m.action)
            < array_position(ARRAY['upsert', 'close', 'cancel'], h.action)
        )
        OR v.is_before_question
    );

-- name: rule_notice
-- roads: request; codes: DUP-001. Two warehouses cannot send one destination the same order number.
-- params: warehouse_code text
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'order_no' AS column_name,
    'DUP-001' AS code,
    'error' AS severity,
    m.order_no AS value,
    CAST(h.seq AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN book.order_head AS h
    ON
        h.warehouse_code = :warehouse_code
        AND m.doc_type = h.order_type
        AND m.order_no = h.order_no
WHERE
    m.doc_type = 'transit_notice'
    AND h.other_warehouse_code <> m.attributes ->> 'from_warehouse_code';

-- name: rule_count
-- roads: count; codes: DUP-001, SEQ-002. A recount needs a higher position. What several lines count
-- of one balance adds up before it is compared.
-- params: warehouse_code text
SELECT
    l.seq,
    l.line_no,
    'counted_through_seq' AS column_name,
    CASE WHEN m.counted_through_seq = p.counted_through_seq THEN 'DUP-001' ELSE 'SEQ-002' END AS code,
    'error' AS severity,
    CASE
        WHEN m.counted_through_seq = p.counted_through_seq THEN CAST(trim_scale(l.counted_qty) AS text)
        ELSE CAST(m.counted_through_seq AS text)
    END AS value,
    CASE
        WHEN m.counted_through_seq = p.counted_through_seq THEN CAST(p.message_seq AS text)
        ELSE CAST(p.counted_through_seq AS text)
    END AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM (
    SELECT
        n.seq,
        n.line_no,
        n.item_code,
        n.lot_no,
        n.location_code,
        n.stock_status,
        sum(n.base_qty) OVER (
            PARTITION BY n.seq, n.item_code, n.lot_no, n.location_code, n.stock_status
        ) AS counted_qty
    FROM batch_line AS n
) AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
INNER JOIN book.count_position AS p
    ON
        p.warehouse_code = :warehouse_code
        AND l.item_code = p.item_code
        AND l.lot_no = p.lot_no
        AND l.location_code = p.location_code
        AND l.stock_status = p.stock_status
WHERE
    m.counted_through_seq < p.counted_through_seq
    OR (m.counted_through_seq = p.counted_through_seq AND l.counted_qty <> p.counted_qty);

-- name: rule_response
-- roads: answer; codes: DUP-002. The first answer to a request wins, whichever revision it was. Of
-- what is retired only the revision in force, the release and the last question are looked at.
-- params: warehouse_code text
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'response' AS column_name,
    'DUP-002' AS code,
    'error' AS severity,
    m.response AS value,
    d.state AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_message AS m
INNER JOIN book.order_head AS h
    ON
        h.warehouse_code = :warehouse_code
        AND m.order_type = h.order_type
        AND m.order_no = h.order_no
INNER JOIN LATERAL (
    -- The newest one that was answered: an earlier answer to the same revision may differ.
    SELECT v.state
    FROM (
        SELECT
            p.delivery_id,
            p.state,
            p.revision
        FROM ops.every_delivery AS p
        WHERE
            p.delivery_id IN (h.delivery_id, h.release_delivery_id, h.asked_delivery_id)
            AND p.state IN ('accepted', 'refused')
        UNION
        SELECT
            p.delivery_id,
            p.state,
            p.revision
        FROM staging.delivery AS p
        WHERE
            p.receiver = m.sender AND p.doc_type = m.order_type
            AND p.warehouse_code = :warehouse_code AND p.doc_no = m.order_no
            AND p.revision IS NOT NULL AND p.state IN ('accepted', 'refused')
    ) AS v
    WHERE v.revision IS NOT DISTINCT FROM coalesce(m.revision, v.revision)
    ORDER BY v.delivery_id DESC
    LIMIT 1
) AS d ON true
WHERE
    m.doc_type = 'order_response'
    AND d.state <> CASE m.response WHEN 'refused' THEN 'refused' ELSE 'accepted' END
    AND NOT EXISTS (
        SELECT
        FROM staging.delivery AS o
        WHERE
            o.receiver = m.sender AND o.doc_type = m.order_type AND o.warehouse_code = m.warehouse_code
            AND o.doc_no = m.order_no AND o.state IN ('pending', 'taken')
            AND o.delivered_at <= m.received_at
            AND (m.revision IS NULL OR o.revision = m.revision)
    );

-- name: rule_response_lines
-- roads: answer; codes: QTY-002, QTY-003, SYN-001, UOM-001. An answer by line names the order's line;
-- its quantity is in a unit of the line's item. A line that the order does not have yet may be one
-- that the forwarded revision adds.
-- params: warehouse_code text
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    v.value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM batch_line AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
LEFT JOIN book.order_line AS ol
    ON
        ol.warehouse_code = :warehouse_code
        AND m.order_type = ol.order_type
        AND m.order_no = ol.order_no
        AND l.order_line_no = ol.line_no
LEFT JOIN book.item AS i ON ol.item_code = i.item_code
CROSS JOIN LATERAL (
    SELECT
        'order_line_no' AS column_name,
        'SYN-001' AS code,
        CAST(NULL AS text) AS value,
        CAST(NULL AS text) AS expected
    WHERE l.order_line_no IS NULL
    UNION ALL
    SELECT 'qty', 'QTY-003', CAST(l.qty AS text), NULL
    WHERE l.qty IN ('NaN', 'Infinity', '-Infinity')
    UNION ALL
    SELECT 'qty', 'QTY-002', CAST(trim_scale(l.qty) AS text), NULL
    WHERE l.qty < 0 AND l.qty > '-Infinity'
    UNION ALL
    SELECT 'uom', 'UOM-001', l.uom, ol.item_code
    WHERE
        l.uom <> i.base_uom AND NOT EXISTS (
            SELECT
            FROM book.item_uom AS u
            WHERE u.item_code = ol.item_code AND u.uom = l.uom AND u.active
        )
) AS v
WHERE m.doc_type = 'order_response';

-- name: prefer_mapping
-- A code that its system's maps lack is not awaited as well, and not in a closed list anyway: one
-- finding, one hint.
DELETE FROM batch_finding AS f
USING batch_finding AS g
WHERE
    g.code = 'MAP-001' AND f.code <> 'MAP-001' AND (f.severity = 'wait' OR f.code = 'SYN-009')
    AND f.seq = g.seq AND f.line_no IS NOT DISTINCT FROM g.line_no AND f.column_name = g.column_name;

-- name: verdict
-- Weighs the findings: one outcome for each message of the batch.
-- Order: incomplete, duplicate, superseded, error, waiting, go.
-- params: line_limit interval, now timestamptz, stock_limit interval, order_limit interval,
-- reference_limit interval
INSERT INTO batch_outcome (seq, outcome, waiting_for, wait_until, other_seq, reason)
SELECT
    m.seq,
    CASE
        WHEN c.line_total < m.line_count AND NOT coalesce(m.waiting_since + :line_limit <= :now, false) THEN 'incomplete'
        WHEN
            c.known_seq IS NOT NULL AND c.known_hash = c.content_hash
            AND coalesce(c.known_state, 'applied') NOT IN ('error', 'discarded')
            THEN 'duplicate'
        WHEN f.stale_seq IS NOT NULL THEN 'superseded'
        WHEN f.error_count > 0 THEN 'error'
        WHEN f.wait_count > 0 THEN 'waiting'
        ELSE 'go'
    END,
    CASE
        WHEN c.line_total < m.line_count AND NOT coalesce(m.waiting_since + :line_limit <= :now, false) THEN 'lines'
        ELSE replace(f.waiting_for, E'\x1f', ' ')
    END,
    CASE
        WHEN c.line_total < m.line_count THEN coalesce(m.waiting_since, :now) + :line_limit
        ELSE coalesce(m.waiting_since, :now) + f.wait_limit
    END,
    CASE
        WHEN
            c.known_hash = c.content_hash AND coalesce(c.known_state, 'applied') NOT IN ('error', 'discarded')
            THEN c.known_seq
        ELSE f.stale_seq
    END,
    f.reason
FROM batch_message AS m
INNER JOIN batch_content AS c ON m.seq = c.seq
LEFT JOIN (
    SELECT
        x.seq,
        max(CASE WHEN x.severity = 'stale' THEN CAST(x.expected AS bigint) END) AS stale_seq,
        count(*) FILTER (WHERE x.severity = 'error') AS error_count,
        count(*) FILTER (WHERE x.severity = 'wait') AS wait_count,
        min(x.code) FILTER (WHERE x.severity = 'error') AS reason,
        (
            array_agg(x.wait_key ORDER BY x.line_no NULLS FIRST, x.column_name)
            FILTER (WHERE x.severity = 'wait')
        )[1] AS waiting_for,
        min(
            CASE x.code
                WHEN 'QTY-006' THEN CAST(:stock_limit AS interval)
                WHEN 'REF-005' THEN CAST(:order_limit AS interval)
                ELSE CAST(:reference_limit AS interval)
            END
        ) FILTER (WHERE x.severity = 'wait') AS wait_limit
    FROM batch_finding AS x
    GROUP BY x.seq
) AS f ON m.seq = f.seq;
