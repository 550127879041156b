-- Claim: the row lock is the claim. Then read the lines and what was said before.

-- name: claim_messages
-- Locks up to :limit complete-looking, due messages of one lane and road, oldest first, the head
-- of each document key only, and copies them cleaned into the batch.
-- params: lane text, road text, now timestamptz, only bigint[] (these messages alone), floor bigint
-- (none below), limit bigint
-- returns: nothing; the row count is the size of the batch
-- locks: staging.message rows, FOR NO KEY UPDATE SKIP LOCKED
-- plan: message_claim_idx, message_doc_key_idx
INSERT INTO batch_message (
    seq, sender, doc_type, message_id, lane, state, xid, received_at, attempts, passes, waiting_since,
    line_count, warehouse_code, action, doc_no, revision, version, order_type, order_no,
    book_order_type, party_role, party_code, carrier_code, to_warehouse_code, item_code, qty, uom,
    is_final, occurred_at, source_seq, reverses_no, counted_through_seq, milestone, response,
    reason_code, note, attributes, codes, content, header_hash, description, base_uom, item_group,
    abc_class, gtin,
    lot_controlled, serial_controlled, shelf_life_days, unit_cost, currency, active, numerator,
    denominator, role, name, country_code, address, time_zone, location_code, zone, kind,
    system_code, domain, external_code, canonical_code, is_default_out, ordered_on, expected_at,
    requested_ship_at, ship_to, priority, start_at, due_at, original_order_no, delivery_note_no,
    tracking_no, as_of, through_seq, total_qty, request_no, run_id
)
SELECT
    m.seq,
    m.sender,
    m.doc_type,
    m.message_id,
    m.lane,
    m.state,
    m.xid,
    m.received_at,
    m.attempts,
    m.passes,
    m.waiting_since,
    m.line_count,
    nullif(btrim(m.warehouse_code), ''),
    coalesce(nullif(btrim(m.action), ''), CASE WHEN m.road IN ('master', 'detail', 'request') THEN 'upsert' ELSE 'post' END),
    nullif(btrim(m.doc_no), ''),
    m.revision,
    coalesce(m.version, 1),
    CASE
        WHEN m.road = 'request' THEN m.doc_type
        WHEN m.doc_type IN ('material_issue', 'production_receipt') THEN 'production_order'
        ELSE nullif(btrim(m.order_type), '')
    END,
    CASE
        WHEN m.doc_type = 'transit_notice' THEN m.order_no
        WHEN m.road = 'request' THEN nullif(btrim(m.doc_no), '')
        ELSE nullif(btrim(m.order_no), '')
    END,
    CASE
        WHEN m.road = 'request' THEN m.doc_type
        WHEN m.doc_type IN ('material_issue', 'production_receipt') THEN 'production_order'
        WHEN m.doc_type = 'goods_receipt' AND btrim(m.order_type) = 'transfer_order' THEN 'transit_notice'
        WHEN m.doc_type <> 'stock_move' THEN nullif(btrim(m.order_type), '')
    END,
    CASE
        WHEN m.doc_type IN ('purchase_order', 'supplier_return') THEN 'supplier'
        WHEN m.doc_type IN ('sales_order', 'customer_return') THEN 'customer'
    END,
    nullif(btrim(m.party_code), ''),
    nullif(btrim(m.carrier_code), ''),
    nullif(btrim(m.to_warehouse_code), ''),
    nullif(btrim(m.item_code), ''),
    m.qty,
    nullif(btrim(m.uom), ''),
    coalesce(m.is_final, false),
    coalesce(m.occurred_at, m.received_at),
    m.source_seq,
    nullif(btrim(m.reverses_no), ''),
    m.counted_through_seq,
    nullif(btrim(m.milestone), ''),
    nullif(btrim(m.response), ''),
    nullif(btrim(m.reason_code), ''),
    m.note,
    m.attributes,
    concat_ws(
        '|', btrim(m.warehouse_code), btrim(m.action), btrim(m.doc_no), btrim(m.order_type), btrim(m.order_no),
        btrim(m.party_code), btrim(m.carrier_code), btrim(m.to_warehouse_code), btrim(m.item_code),
        btrim(m.uom), btrim(m.reverses_no), btrim(m.milestone), btrim(m.response), btrim(m.reason_code),
        btrim(m.base_uom), btrim(m.role), btrim(m.location_code), btrim(m.system_code), btrim(m.domain),
        btrim(m.external_code), btrim(m.canonical_code), btrim(m.time_zone), btrim(m.original_order_no),
        btrim(m.delivery_note_no), btrim(m.tracking_no), btrim(m.request_no), btrim(m.message_id)
    ),
    staging.header_content(m),
    CASE m.road
        WHEN 'request' THEN CAST(md5(CAST(ROW(
            nullif(btrim(m.party_code), ''), nullif(btrim(m.carrier_code), ''),
            nullif(btrim(m.to_warehouse_code), ''), m.ordered_on, m.expected_at, m.requested_ship_at,
            m.ship_to, m.priority, m.start_at, m.due_at, nullif(btrim(m.original_order_no), ''), m.note
        ) AS text)) AS uuid)
    END,
    m.description,
    nullif(btrim(m.base_uom), ''),
    nullif(btrim(m.item_group), ''),
    nullif(btrim(m.abc_class), ''),
    nullif(btrim(m.gtin), ''),
    m.lot_controlled,
    m.serial_controlled,
    m.shelf_life_days,
    m.unit_cost,
    nullif(btrim(m.currency), ''),
    coalesce(m.active, true),
    m.numerator,
    m.denominator,
    nullif(btrim(m.role), ''),
    m.name,
    nullif(btrim(m.country_code), ''),
    m.address,
    nullif(btrim(m.time_zone), ''),
    nullif(btrim(m.location_code), ''),
    nullif(btrim(m.zone), ''),
    nullif(btrim(m.kind), ''),
    nullif(btrim(m.system_code), ''),
    nullif(btrim(m.domain), ''),
    nullif(btrim(m.external_code), ''),
    nullif(btrim(m.canonical_code), ''),
    coalesce(m.is_default_out, false),
    m.ordered_on,
    m.expected_at,
    m.requested_ship_at,
    m.ship_to,
    m.priority,
    m.start_at,
    m.due_at,
    nullif(btrim(m.original_order_no), ''),
    nullif(btrim(m.delivery_note_no), ''),
    nullif(btrim(m.tracking_no), ''),
    m.as_of,
    m.through_seq,
    m.total_qty,
    nullif(btrim(m.request_no), ''),
    m.run_id
FROM staging.message AS m
WHERE
    m.lane = :lane
    AND m.road = :road
    AND m.seq >= :floor
    AND m.state IN ('received', 'retrying')
    AND m.waiting_for IS NULL
    AND (m.next_attempt_at IS NULL OR m.next_attempt_at <= :now)
    AND (CAST(:only AS bigint []) IS NULL OR m.seq = ANY(CAST(:only AS bigint [])))
    -- A scalar subquery, not an anti join: one index probe for each candidate whatever the
    -- statistics say. As an anti join on a table nobody had analyzed it took 1 s for 2,000.
    AND (
        SELECT e.seq
        FROM staging.message AS e
        WHERE
            e.lane = m.lane
            AND e.doc_key = m.doc_key
            AND e.seq < m.seq
            AND e.state IN ('received', 'waiting', 'retrying', 'held')
            AND (e.state <> 'received' OR e.waiting_for IS DISTINCT FROM 'lines')
            -- A question that nobody has read yet gives way to what comes after it.
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
ORDER BY m.seq
LIMIT :limit
FOR NO KEY UPDATE OF m SKIP LOCKED;

-- name: read_lines
-- Copies the lines of the batch, cleaned. Without line_count a message is its header and the
-- lines of the same transaction.
-- returns: nothing; the row count is the number of lines
-- plan: line_pkey
INSERT INTO batch_sent (
    seq, line_no, warehouse_code, item_code, qty, uom, lot_no, over_tolerance_pct,
    under_tolerance_pct, reason_code, order_line_no, serial_no, expires_on, location_code,
    stock_status, to_location_code, to_stock_status, content, is_odd
)
SELECT
    b.seq,
    l.line_no,
    nullif(btrim(l.warehouse_code), ''),
    nullif(btrim(l.item_code), ''),
    l.qty,
    nullif(btrim(l.uom), ''),
    nullif(btrim(l.lot_no), ''),
    l.over_tolerance_pct,
    l.under_tolerance_pct,
    nullif(btrim(l.reason_code), ''),
    l.order_line_no,
    nullif(btrim(l.serial_no), ''),
    l.expires_on,
    nullif(btrim(l.location_code), ''),
    nullif(btrim(l.stock_status), ''),
    nullif(btrim(l.to_location_code), ''),
    nullif(btrim(l.to_stock_status), ''),
    c.content,
    c.content ~ '[\x01-\x1f\x7f-\x9f]' OR length(c.content) > 200
FROM batch_message AS b
INNER JOIN staging.line AS l
    ON b.sender = l.sender AND b.doc_type = l.doc_type AND b.message_id = l.message_id
CROSS JOIN LATERAL (
    SELECT staging.line_content(l) AS content
    LIMIT 1
) AS c
WHERE b.line_count IS NOT NULL OR l.xid = b.xid;

-- name: batch_systems
-- Tells which senders and receivers of the lane have code maps, so that mapping is paid for by
-- those who use it.
-- returns: system_code text
SELECT s.system_code
FROM ops.system AS s
WHERE
    EXISTS (
        SELECT
        FROM book.code_map AS c
        WHERE c.system_code = s.system_code AND c.active
    );

-- name: map_messages_in
-- Replaces the header's external codes by canonical ones, for senders with maps.
-- params: systems text[]
UPDATE batch_message AS m
SET
    item_code = coalesce(i.canonical_code, m.item_code),
    uom = coalesce(u.canonical_code, m.uom),
    carrier_code = coalesce(c.canonical_code, m.carrier_code),
    party_code = coalesce(p.canonical_code, m.party_code),
    reason_code = coalesce(r.canonical_code, m.reason_code)
FROM batch_message AS b
LEFT JOIN book.code_map AS i
    ON b.sender = i.system_code AND i.domain = 'item' AND b.item_code = i.external_code AND i.active
LEFT JOIN book.code_map AS u
    ON b.sender = u.system_code AND u.domain = 'uom' AND b.uom = u.external_code AND u.active
LEFT JOIN book.code_map AS c
    ON b.sender = c.system_code AND c.domain = 'carrier' AND b.carrier_code = c.external_code AND c.active
LEFT JOIN book.code_map AS p
    ON b.sender = p.system_code AND p.domain = 'party' AND b.party_code = p.external_code AND p.active
LEFT JOIN book.code_map AS r
    ON b.sender = r.system_code AND r.domain = 'reason' AND b.reason_code = r.external_code AND r.active
WHERE m.seq = b.seq AND b.sender = ANY(CAST(:systems AS text [])) AND b.doc_type <> 'code_map';

-- name: map_lines_in
-- Replaces the lines' external codes by canonical ones, for senders with maps.
-- params: systems text[]
UPDATE batch_sent AS l
SET
    item_code = coalesce(i.canonical_code, l.item_code),
    uom = coalesce(u.canonical_code, l.uom),
    reason_code = coalesce(r.canonical_code, l.reason_code),
    location_code = coalesce(f.canonical_code, l.location_code),
    to_location_code = coalesce(t.canonical_code, l.to_location_code),
    stock_status = coalesce(s.canonical_code, l.stock_status),
    to_stock_status = coalesce(o.canonical_code, l.to_stock_status)
FROM batch_sent AS b
INNER JOIN batch_message AS m ON b.seq = m.seq
LEFT JOIN book.code_map AS i
    ON m.sender = i.system_code AND i.domain = 'item' AND b.item_code = i.external_code AND i.active
LEFT JOIN book.code_map AS u
    ON m.sender = u.system_code AND u.domain = 'uom' AND b.uom = u.external_code AND u.active
LEFT JOIN book.code_map AS r
    ON m.sender = r.system_code AND r.domain = 'reason' AND b.reason_code = r.external_code AND r.active
LEFT JOIN book.code_map AS f
    ON m.sender = f.system_code AND f.domain = 'location' AND b.location_code = f.external_code AND f.active
LEFT JOIN book.code_map AS t
    ON m.sender = t.system_code AND t.domain = 'location' AND b.to_location_code = t.external_code AND t.active
LEFT JOIN book.code_map AS s
    ON m.sender = s.system_code AND s.domain = 'stock_status' AND b.stock_status = s.external_code AND s.active
LEFT JOIN book.code_map AS o
    ON m.sender = o.system_code AND o.domain = 'stock_status' AND b.to_stock_status = o.external_code AND o.active
WHERE l.seq = b.seq AND l.line_no = b.line_no AND m.sender = ANY(CAST(:systems AS text []));

-- name: resolve_lines
-- Adds item, unit ratio and the exact base quantity to the lines, and fills in their defaults.
-- A base quantity that is not exact, not finite or too large stays null: a rule tells why.
-- Without code maps there is no step between reading and this one: `read_and_resolve` is both.
INSERT INTO batch_line (
    seq, line_no, warehouse_code, item_code, qty, uom, lot_no, over_tolerance_pct,
    under_tolerance_pct, reason_code, order_line_no, serial_no, expires_on, location_code,
    stock_status, to_location_code, to_stock_status, base_uom, numerator, denominator, base_qty,
    lot_controlled, serial_controlled, content, is_odd
)
SELECT
    l.seq,
    l.line_no,
    l.warehouse_code,
    l.item_code,
    l.qty,
    coalesce(l.uom, i.base_uom),
    coalesce(l.lot_no, ''),
    coalesce(l.over_tolerance_pct, 0),
    coalesce(l.under_tolerance_pct, 0),
    l.reason_code,
    l.order_line_no,
    coalesce(l.serial_no, ''),
    l.expires_on,
    coalesce(l.location_code, ''),
    coalesce(
        l.stock_status,
        CASE WHEN m.doc_type = 'goods_receipt' AND m.order_type = 'customer_return' THEN 'returns' ELSE 'unrestricted' END
    ),
    coalesce(l.to_location_code, l.location_code, ''),
    coalesce(l.to_stock_status, l.stock_status, 'unrestricted'),
    i.base_uom,
    r.numerator,
    r.denominator,
    CASE
        WHEN l.qty IN ('NaN', 'Infinity', '-Infinity') OR abs(l.qty * r.numerator / r.denominator) >= 1e13 THEN NULL
        WHEN r.denominator = 1 AND scale(l.qty) <= 6 THEN l.qty * r.numerator
        WHEN mod(l.qty * r.numerator * 1000000, r.denominator) = 0
            THEN div(l.qty * r.numerator * 1000000, r.denominator) * 0.000001
    END,
    i.lot_controlled,
    i.serial_controlled,
    l.content,
    l.is_odd
FROM batch_sent AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
LEFT JOIN book.item AS i ON l.item_code = i.item_code
LEFT JOIN book.item_uom AS u ON l.item_code = u.item_code AND l.uom = u.uom AND u.active
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN i.item_code IS NULL THEN NULL
            WHEN l.uom IS NULL OR l.uom = i.base_uom THEN 1
            ELSE u.numerator
        END AS numerator,
        CASE
            WHEN i.item_code IS NULL THEN NULL
            WHEN l.uom IS NULL OR l.uom = i.base_uom THEN 1
            ELSE u.denominator
        END AS denominator
) AS r;

-- name: resolve_products
-- Gives the header of a production order its base quantity, as a line has it.
UPDATE batch_message AS m
SET
    base_qty = CASE
        WHEN b.qty IN ('NaN', 'Infinity', '-Infinity') OR abs(b.qty * r.numerator / r.denominator) >= 1e13 THEN NULL
        WHEN mod(b.qty * r.numerator * 1000000, r.denominator) = 0
            THEN div(b.qty * r.numerator * 1000000, r.denominator) * 0.000001
    END,
    base_uom = i.base_uom
FROM batch_message AS b
INNER JOIN book.item AS i ON b.item_code = i.item_code
LEFT JOIN book.item_uom AS u ON b.item_code = u.item_code AND b.uom = u.uom AND u.active
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN b.uom IS NULL OR b.uom = i.base_uom THEN 1 ELSE u.numerator END AS numerator,
        CASE WHEN b.uom IS NULL OR b.uom = i.base_uom THEN 1 ELSE u.denominator END AS denominator
) AS r
WHERE m.seq = b.seq AND b.doc_type = 'production_order';

-- name: read_questions
-- Finds the forwarded requests of the same orders that wait for their answer. The revision that a
-- question means is what its delivery says: a cancel need not name one.
-- plan: message_doc_key_idx, delivery_pkey
INSERT INTO batch_question (by_seq, seq, delivery_id, revision, action)
SELECT
    b.seq,
    e.seq,
    e.delivery_id,
    e.revision,
    e.action
FROM batch_message AS b
CROSS JOIN LATERAL (
    SELECT
        q.seq,
        d.delivery_id,
        d.revision,
        d.action
    FROM staging.message AS q
    INNER JOIN staging.delivery AS d ON d.delivery_id = CAST(substr(q.waiting_for, 8) AS bigint)
    WHERE
        q.lane = b.lane
        AND q.doc_key = b.doc_type || ' ' || b.doc_no
        AND q.seq <> b.seq
        AND q.state = 'waiting'
        AND q.waiting_for LIKE 'answer:%'
    ORDER BY q.seq DESC
    LIMIT 1
) AS e
WHERE NOT b.is_notice;

-- name: name_revisions
-- A cancel or close without a revision means the newest one known when it was first judged: where
-- it was forwarded, its delivery says which.
-- params: warehouse_code text
-- plan: order_head_pkey, wait_key_seq_idx, delivery_pkey
UPDATE batch_message AS m
SET revision = x.revision
FROM (
    SELECT
        b.seq,
        coalesce(d.revision, greatest(h.revision, q.revision)) AS revision
    FROM batch_message AS b
    LEFT JOIN book.order_head AS h
        ON
            h.warehouse_code = :warehouse_code
            AND b.doc_type = h.order_type
            AND b.order_no = h.order_no
    LEFT JOIN batch_question AS q ON b.seq = q.by_seq
    LEFT JOIN LATERAL (
        SELECT f.revision
        FROM staging.wait_key AS w
        INNER JOIN staging.delivery AS f ON f.delivery_id = CAST(substr(w.key, 8) AS bigint)
        WHERE w.seq = b.seq AND left(w.key, 7) = 'answer:'
        ORDER BY f.delivery_id DESC
        LIMIT 1
    ) AS d ON true
    WHERE b.action <> 'upsert' AND b.revision IS NULL AND NOT b.is_notice
) AS x
WHERE m.seq = x.seq;

-- name: read_content
-- Hashes what each message says and looks up who said it before: a retired message of the same
-- message_id, else the one with the same business key. The same message_id for another warehouse
-- is other content: no hash is equal.
-- plan: business_key_pkey, message_pkey, memory_message_id_idx
INSERT INTO batch_content (
    seq, line_total, content_hash, business_key, known_seq, known_hash, known_state
)
SELECT
    c.seq,
    c.line_total,
    c.content_hash,
    c.business_key,
    coalesce(r.seq, k.seq),
    coalesce(r.content_hash, k.content_hash),
    CASE
        WHEN r.seq IS NOT NULL THEN 'retired'
        WHEN k.seq IS NOT NULL
            THEN coalesce(e.state, (SELECT x.state FROM staging.memory AS x WHERE x.seq = k.seq))
    END
FROM (
    SELECT
        m.seq,
        m.sender,
        m.doc_type,
        m.message_id,
        m.warehouse_code,
        coalesce(l.line_total, 0) AS line_total,
        CAST(md5(m.content || coalesce(l.content, '')) AS uuid) AS content_hash,
        CASE
            WHEN m.doc_type IN ('master_resend', 'transit_notice', 'transit_receipt') THEN NULL
            WHEN m.doc_type = 'item' THEN concat_ws(' ', m.item_code, m.version)
            WHEN m.doc_type = 'item_uom' THEN concat_ws(' ', m.item_code, m.uom, m.version)
            WHEN m.doc_type = 'party' THEN concat_ws(' ', m.party_code, m.role, m.version)
            WHEN m.doc_type = 'warehouse' THEN concat_ws(' ', m.warehouse_code, m.version)
            WHEN m.doc_type = 'location' THEN concat_ws(' ', m.warehouse_code, m.location_code, m.version)
            WHEN m.doc_type = 'code_map'
                THEN concat_ws(' ', m.system_code, m.domain, m.external_code, m.version)
            WHEN m.doc_no IS NULL THEN NULL
            WHEN m.order_type = m.doc_type
                THEN concat_ws(' ', m.warehouse_code, m.doc_no, coalesce(m.revision, 1), m.action)
            -- Only crossdock's own instructions name a system: the one that they are addressed to.
            ELSE concat_ws(' ', m.warehouse_code, m.doc_no, m.system_code)
        END AS business_key
    FROM batch_message AS m
    LEFT JOIN (
        SELECT
            s.seq,
            count(*) AS line_total,
            string_agg(s.content, '' ORDER BY s.line_no) AS content
        FROM batch_line AS s
        GROUP BY s.seq
    ) AS l ON m.seq = l.seq
    -- Keeps the key a plain column: as a CASE pulled up into the join it was no index condition.
    OFFSET 0
) AS c
LEFT JOIN staging.business_key AS k
    ON c.sender = k.sender AND c.doc_type = k.doc_type AND c.business_key = k.business_key AND c.seq <> k.seq
LEFT JOIN staging.message AS e ON k.seq = e.seq
-- A probe for each message, also when nobody has analyzed the memory yet; LIMIT keeps it one.
LEFT JOIN LATERAL (
    SELECT
        y.seq,
        CASE
            WHEN coalesce(y.warehouse_code, '') = coalesce(c.warehouse_code, '') THEN y.content_hash
            ELSE '00000000-0000-0000-0000-000000000000'
        END AS content_hash
    FROM staging.memory AS y
    WHERE y.sender = c.sender AND y.doc_type = c.doc_type AND y.message_id = c.message_id
    ORDER BY y.seq
    LIMIT 1
) AS r ON true;

-- name: lift_limit
-- Lifts the time limit of statements for this transaction: a snapshot takes as long as it has lines,
-- and the proof as there is history.
-- returns: statement text
SELECT set_config('statement_timeout', '0', true) AS statement;

-- name: read_snapshot_content
-- The same for snapshots, whose lines stay where they are: they are counted and hashed, not copied.
-- plan: business_key_pkey, line_pkey, message_pkey, memory_message_id_idx
INSERT INTO batch_content (
    seq, line_total, content_hash, business_key, known_seq, known_hash, known_state
)
SELECT
    m.seq,
    l.line_total,
    CAST(md5(m.content || coalesce(l.content, '')) AS uuid),
    concat_ws(' ', m.warehouse_code, m.doc_no),
    coalesce(r.seq, k.seq),
    coalesce(r.content_hash, k.content_hash),
    CASE
        WHEN r.seq IS NOT NULL THEN 'retired'
        WHEN k.seq IS NOT NULL
            THEN coalesce(e.state, (SELECT x.state FROM staging.memory AS x WHERE x.seq = k.seq))
    END
FROM batch_message AS m
CROSS JOIN LATERAL (
    SELECT
        count(*) AS line_total,
        string_agg(staging.snapshot_content(n), '' ORDER BY n.line_no) AS content
    FROM staging.line AS n
    WHERE
        n.sender = m.sender AND n.doc_type = m.doc_type AND n.message_id = m.message_id
        AND (m.line_count IS NOT NULL OR n.xid = m.xid)
) AS l
LEFT JOIN staging.business_key AS k
    ON
        m.sender = k.sender AND m.doc_type = k.doc_type
        AND k.business_key = concat_ws(' ', m.warehouse_code, m.doc_no) AND m.seq <> k.seq
LEFT JOIN staging.message AS e ON k.seq = e.seq
LEFT JOIN LATERAL (
    SELECT
        y.seq,
        CASE
            WHEN coalesce(y.warehouse_code, '') = coalesce(m.warehouse_code, '') THEN y.content_hash
            ELSE '00000000-0000-0000-0000-000000000000'
        END AS content_hash
    FROM staging.memory AS y
    WHERE y.sender = m.sender AND y.doc_type = m.doc_type AND y.message_id = m.message_id
    ORDER BY y.seq
    LIMIT 1
) AS r ON true;
