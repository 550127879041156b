-- Settle: keys remembered, numbers taken, ledger and deliveries written, states set.
-- After take_counter nothing may wait for another lock: a lane writes in the order of its counter.

-- name: supersede_earlier
-- A message that ended in error gives way to the one that says the same key again, and an older
-- revision in error or waiting for a reference gives way to a newer one.
-- params: now timestamptz
-- returns: seq bigint
-- plan: message_doc_key_idx
UPDATE staging.message AS m
SET
    state = 'superseded',
    superseded_by = x.by_seq,
    state_reason = 'replaced by message ' || x.by_seq,
    waiting_for = NULL,
    finished_at = :now
FROM (
    SELECT
        c.known_seq AS seq,
        c.seq AS by_seq
    FROM batch_content AS c
    INNER JOIN batch_outcome AS o ON c.seq = o.seq
    WHERE c.known_state = 'error' AND o.outcome NOT IN ('incomplete', 'later', 'busy')
    UNION
    SELECT
        e.seq,
        b.seq
    FROM batch_message AS b
    INNER JOIN batch_outcome AS o ON b.seq = o.seq
    INNER JOIN staging.message AS e
        ON
            b.lane = e.lane
            AND b.doc_type || ' ' || b.doc_no = e.doc_key
            AND b.sender = e.sender
            AND b.seq <> e.seq
            AND coalesce(e.revision, 1) < coalesce(b.revision, 1)
            AND (
                e.state = 'error'
                OR (
                    e.state = 'waiting' AND e.waiting_for NOT LIKE 'answer%'
                    -- A cancel or close without a revision that came before its order means whatever comes.
                    AND (e.revision IS NOT NULL OR coalesce(nullif(btrim(e.action), ''), 'upsert') = 'upsert')
                )
            )
    WHERE b.order_type = b.doc_type AND o.outcome IN ('go', 'ask')
) AS x
WHERE m.seq = x.seq AND m.state IN ('error', 'waiting')
RETURNING m.seq;

-- name: forget_waits_of
-- Forgets what messages that were replaced had waited for.
-- params: seqs bigint[]
-- plan: wait_key_seq_idx
DELETE FROM staging.wait_key AS w
WHERE w.seq = ANY(CAST(:seqs AS bigint []));

-- name: remember_keys
-- Remembers the business key and the content of every message that has one and is complete.
INSERT INTO staging.business_key AS k (sender, doc_type, business_key, seq, content_hash)
SELECT
    m.sender,
    m.doc_type,
    c.business_key,
    m.seq,
    c.content_hash
FROM batch_message AS m
INNER JOIN batch_content AS c ON m.seq = c.seq
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE
    c.business_key IS NOT NULL
    AND o.outcome NOT IN ('incomplete', 'later', 'busy', 'duplicate')
    AND (c.known_seq IS NULL OR c.known_state IN ('error', 'discarded'))
ORDER BY m.sender, m.doc_type, c.business_key
ON CONFLICT (sender, doc_type, business_key) DO UPDATE SET
    seq = excluded.seq,
    content_hash = excluded.content_hash;

-- name: remember_reversals
-- Remembers which facts are reversed: once only.
INSERT INTO staging.business_key AS k (sender, doc_type, business_key, seq, content_hash)
SELECT
    m.sender,
    m.doc_type,
    concat_ws(' ', 'reverses', m.warehouse_code, m.reverses_no),
    m.seq,
    c.content_hash
FROM batch_message AS m
INNER JOIN batch_content AS c ON m.seq = c.seq
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE m.action = 'reverse' AND o.is_go;

-- name: take_counter
-- Takes the next positions and delivery numbers of the lane; the row lock orders its writers.
-- params: deliveries bigint, warehouse_code text
-- returns: ledger_base bigint, delivery_base bigint, closed_before date; the numbers before the first
-- of the batch, and the first day after the lane's last closed period, as it is under the lock
-- locks: book.lane_counter, one row
UPDATE book.lane_counter AS c
SET
    ledger_seq = c.ledger_seq + (SELECT count(*) FROM batch_entry),
    delivery_n = c.delivery_n + :deliveries
WHERE c.warehouse_code = :warehouse_code
RETURNING
    c.ledger_seq - (SELECT count(*) FROM batch_entry) AS ledger_base,
    c.warehouse_no * 1000000000000 + c.delivery_n - :deliveries AS delivery_base,
    c.closed_before;

-- name: insert_ledger
-- Writes the ledger rows, numbered in order of arrival. What happened in a closed period counts for
-- the first day of the next one that is not closed. The days are worked out once for each message.
-- params: warehouse_code text, ledger_base bigint, now timestamptz, closed_before date (null: no
-- period is closed)
INSERT INTO book.ledger (
    warehouse_code, ledger_seq, message_seq, line_no, entry_no, movement_type, reverses_ledger_seq,
    item_code, lot_no, serial_no, location_code, stock_status, qty, sent_qty, sent_uom, numerator,
    denominator, order_type, order_no, order_line_no, order_qty, reason_code, source_seq,
    occurred_at, business_date, received_at, applied_at, posting_date
)
SELECT
    :warehouse_code,
    :ledger_base + row_number() OVER (ORDER BY e.seq, e.line_no, e.entry_no),
    e.seq,
    e.line_no,
    e.entry_no,
    e.movement_type,
    e.reverses_ledger_seq,
    e.item_code,
    e.lot_no,
    e.serial_no,
    e.location_code,
    e.stock_status,
    e.qty,
    e.sent_qty,
    e.sent_uom,
    e.numerator,
    e.denominator,
    e.order_type,
    e.order_no,
    e.order_line_no,
    e.order_qty,
    e.reason_code,
    e.source_seq,
    m.occurred_at,
    m.business_date,
    m.received_at,
    :now,
    m.posting_date
FROM batch_entry AS e
INNER JOIN (
    SELECT
        d.seq,
        d.occurred_at,
        d.received_at,
        d.business_date,
        CASE
            WHEN
                d.business_date < CAST(:closed_before AS date)
                AND EXISTS (
                    SELECT
                    FROM book.period AS p
                    WHERE
                        p.warehouse_code = :warehouse_code
                        AND p.period_start = CAST(date_trunc('month', CAST(d.business_date AS timestamp)) AS date)
                        AND p.state = 'closed'
                )
                THEN (
                    SELECT CAST(min(n.period_start) AS date)
                    FROM generate_series(
                        date_trunc('month', CAST(d.business_date AS timestamp)),
                        CAST(:closed_before AS timestamp),
                        interval '1 month'
                    ) AS n (period_start)
                    LEFT JOIN book.period AS p
                        ON
                            p.warehouse_code = :warehouse_code
                            AND n.period_start = p.period_start
                            AND p.state = 'closed'
                    WHERE p.period_start IS NULL
                )
            ELSE d.business_date
        END AS posting_date
    FROM (
        SELECT
            b.seq,
            b.occurred_at,
            b.received_at,
            CAST(b.occurred_at AT TIME ZONE w.time_zone AS date) AS business_date
        FROM batch_message AS b
        INNER JOIN book.warehouse AS w ON w.warehouse_code = :warehouse_code
        OFFSET 0
    ) AS d
    OFFSET 0
) AS m ON e.seq = m.seq;

-- name: find_late
-- Tells a person of each fact that counts for a later period than it happened in.
-- params: warehouse_code text, ledger_base bigint
-- plan: ledger_pkey or ledger_late_idx
INSERT INTO batch_finding (seq, line_no, column_name, code, severity, value, expected)
SELECT
    g.message_seq,
    NULL,
    'occurred_at',
    'PER-002',
    'task',
    CAST(min(g.business_date) AS text),
    CAST(min(g.posting_date) AS text)
FROM book.ledger AS g
WHERE g.warehouse_code = :warehouse_code AND g.ledger_seq > :ledger_base AND g.is_late
GROUP BY g.message_seq;

-- name: insert_deliveries
-- Writes the headers for the receivers, codes mapped to their own.
-- params: delivery_base bigint, now timestamptz
INSERT INTO staging.delivery (
    delivery_id, receiver, doc_type, warehouse_code, action, message_id, seq, delivered_at,
    attributes, item_code, version, description, base_uom, item_group, abc_class, gtin,
    lot_controlled, serial_controlled, shelf_life_days, unit_cost, currency, active, uom, numerator,
    denominator, party_code, role, name, country_code, address, time_zone, location_code, zone,
    kind, system_code, domain, external_code, canonical_code, is_default_out, doc_no, revision,
    ordered_on, expected_at, note, requested_ship_at, carrier_code, ship_to, priority, qty,
    start_at, due_at, to_warehouse_code, original_order_no, order_type, order_no, delivery_note_no,
    is_final, occurred_at, source_seq, reverses_no, tracking_no, counted_through_seq, milestone,
    response, reason_code, run_id
)
SELECT
    CAST(:delivery_base AS bigint) + d.n,
    d.receiver,
    d.doc_type,
    CASE WHEN m.lane <> '*' THEN m.warehouse_code WHEN d.doc_type IN ('warehouse', 'location') THEN m.warehouse_code END,
    d.action,
    m.message_id,
    m.seq,
    :now,
    m.attributes,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'item', m.item_code) ELSE m.item_code END,
    CASE WHEN m.lane = '*' THEN m.version END,
    m.description,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'uom', m.base_uom) ELSE m.base_uom END,
    m.item_group,
    m.abc_class,
    m.gtin,
    m.lot_controlled,
    m.serial_controlled,
    m.shelf_life_days,
    m.unit_cost,
    m.currency,
    m.active,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'uom', m.uom) ELSE m.uom END,
    m.numerator,
    m.denominator,
    CASE
        WHEN d.is_mapped THEN staging.map_out(d.receiver, CASE m.role WHEN 'carrier' THEN 'carrier' ELSE 'party' END, m.party_code)
        ELSE m.party_code
    END,
    m.role,
    m.name,
    m.country_code,
    m.address,
    m.time_zone,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'location', m.location_code) ELSE m.location_code END,
    m.zone,
    m.kind,
    m.system_code,
    m.domain,
    m.external_code,
    m.canonical_code,
    m.is_default_out,
    CASE
        WHEN m.doc_type = 'transit_notice' THEN m.order_no
        WHEN m.lane = '*' THEN concat_ws(
            ' ', m.warehouse_code, m.location_code, m.item_code, CASE m.doc_type WHEN 'item_uom' THEN m.uom END,
            m.party_code, m.role, m.system_code, m.domain, m.external_code
        )
        ELSE m.doc_no
    END,
    CASE WHEN m.order_type = m.doc_type THEN coalesce(r.revision, m.revision, 1) ELSE m.revision END,
    m.ordered_on,
    m.expected_at,
    m.note,
    m.requested_ship_at,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'carrier', m.carrier_code) ELSE m.carrier_code END,
    m.ship_to,
    m.priority,
    m.qty,
    m.start_at,
    m.due_at,
    CASE m.doc_type WHEN 'transit_notice' THEN m.warehouse_code ELSE m.to_warehouse_code END,
    m.original_order_no,
    m.order_type,
    m.order_no,
    m.delivery_note_no,
    m.is_final,
    m.occurred_at,
    m.source_seq,
    m.reverses_no,
    m.tracking_no,
    m.counted_through_seq,
    m.milestone,
    m.response,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'reason', m.reason_code) ELSE m.reason_code END,
    m.run_id
FROM batch_delivery AS d
INNER JOIN batch_message AS m ON d.seq = m.seq
LEFT JOIN batch_request AS r ON d.seq = r.seq
WHERE d.action <> 'resend';

-- name: plan_blocked_lines
-- The ERP reads what was booked. Finds the lines that were booked blocked, though not sent so, as a
-- whole or in part. The blocked part becomes a line of its own, numbered a million higher; where
-- the sender uses such numbers itself, above or below all of its own. Its unit is the one sent as
-- long as it has no more decimals in it than the line had, else the base unit.
-- returns: nothing; the row count is the number of lines that are shown otherwise than sent
INSERT INTO batch_split (
    seq, line_no, blocked_line_no, uom, numerator, denominator, rest_qty, blocked_qty, blocked_base_qty,
    sent_status
)
SELECT
    l.seq,
    l.line_no,
    CASE
        WHEN b.blocked_qty = b.qty THEN NULL
        WHEN n.lowest >= 0 AND n.highest < 1000000 THEN l.line_no + 1000000
        WHEN n.highest < 2000000000
            THEN n.highest + row_number() OVER (PARTITION BY l.seq ORDER BY l.line_no)
        ELSE n.lowest - row_number() OVER (PARTITION BY l.seq ORDER BY l.line_no)
    END,
    CASE WHEN v.is_exact THEN l.uom ELSE l.base_uom END,
    CASE WHEN v.is_exact THEN l.numerator ELSE 1 END,
    CASE WHEN v.is_exact THEN l.denominator ELSE 1 END,
    CASE WHEN v.is_exact THEN l.qty - v.part ELSE b.qty - b.blocked_qty END,
    CASE WHEN v.is_exact THEN v.part ELSE b.blocked_qty END,
    b.blocked_qty,
    l.stock_status
FROM (
    SELECT
        e.seq,
        e.line_no,
        sum(e.qty) AS qty,
        sum(e.qty) FILTER (WHERE e.stock_status = 'blocked') AS blocked_qty
    FROM batch_entry AS e
    WHERE e.movement_type NOT IN ('count_gain', 'count_loss', 'move_location', 'move_status')
    GROUP BY e.seq, e.line_no
    HAVING sum(e.qty) FILTER (WHERE e.stock_status = 'blocked') > 0
) AS b
INNER JOIN batch_line AS l ON b.seq = l.seq AND b.line_no = l.line_no
CROSS JOIN LATERAL (
    SELECT
        min(x.line_no) AS lowest,
        max(x.line_no) AS highest
    FROM batch_line AS x
    WHERE x.seq = l.seq
) AS n
CROSS JOIN LATERAL (
    SELECT
        p.part,
        p.part * l.numerator = b.blocked_qty * l.denominator AS is_exact
    FROM (
        SELECT round(b.blocked_qty * l.denominator / l.numerator, scale(trim_scale(l.qty))) AS part
    ) AS p
) AS v
WHERE l.stock_status <> 'blocked';

-- name: show_blocked_lines
-- Shows the lines as they were booked: with the part that is not blocked, or blocked as a whole.
UPDATE batch_line AS l
SET
    qty = CASE WHEN s.blocked_line_no IS NULL THEN l.qty ELSE s.rest_qty END,
    uom = CASE WHEN s.blocked_line_no IS NULL THEN l.uom ELSE s.uom END,
    stock_status = CASE WHEN s.blocked_line_no IS NULL THEN 'blocked' ELSE l.stock_status END
FROM batch_split AS s
WHERE l.seq = s.seq AND l.line_no = s.line_no;

-- name: show_blocked_parts
-- And beside them the parts that are.
INSERT INTO batch_line (
    seq, line_no, warehouse_code, item_code, qty, uom, lot_no, over_tolerance_pct,
    under_tolerance_pct, reason_code, order_line_no, serial_no, expires_on, location_code,
    stock_status, to_location_code, to_stock_status, base_uom, numerator, denominator, base_qty,
    lot_controlled, serial_controlled, content, is_odd
)
SELECT
    l.seq,
    s.blocked_line_no,
    l.warehouse_code,
    l.item_code,
    s.blocked_qty,
    s.uom,
    l.lot_no,
    l.over_tolerance_pct,
    l.under_tolerance_pct,
    l.reason_code,
    l.order_line_no,
    l.serial_no,
    l.expires_on,
    l.location_code,
    'blocked',
    l.to_location_code,
    l.to_stock_status,
    l.base_uom,
    s.numerator,
    s.denominator,
    s.blocked_base_qty,
    l.lot_controlled,
    l.serial_controlled,
    '',
    l.is_odd
FROM batch_split AS s
INNER JOIN batch_line AS l ON s.seq = l.seq AND s.line_no = l.line_no
WHERE s.blocked_line_no IS NOT NULL;

-- name: insert_delivery_lines
-- Writes their lines, codes mapped to the receivers' own.
-- params: delivery_base bigint
INSERT INTO staging.delivery_line (
    delivery_id, line_no, receiver, doc_type, warehouse_code, message_id, item_code, qty, uom,
    lot_no, over_tolerance_pct, under_tolerance_pct, reason_code, order_line_no, serial_no,
    expires_on, location_code, stock_status, to_location_code, to_stock_status
)
SELECT
    CAST(:delivery_base AS bigint) + d.n,
    l.line_no,
    d.receiver,
    d.doc_type,
    m.warehouse_code,
    m.message_id,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'item', l.item_code) ELSE l.item_code END,
    l.qty,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'uom', l.uom) ELSE l.uom END,
    nullif(l.lot_no, ''),
    l.over_tolerance_pct,
    l.under_tolerance_pct,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'reason', l.reason_code) ELSE l.reason_code END,
    l.order_line_no,
    nullif(l.serial_no, ''),
    l.expires_on,
    CASE
        WHEN d.is_mapped THEN staging.map_out(d.receiver, 'location', nullif(l.location_code, ''))
        ELSE nullif(l.location_code, '')
    END,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'stock_status', l.stock_status) ELSE l.stock_status END,
    CASE
        WHEN d.is_mapped THEN staging.map_out(d.receiver, 'location', nullif(l.to_location_code, ''))
        ELSE nullif(l.to_location_code, '')
    END,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'stock_status', l.to_stock_status) ELSE l.to_stock_status END
FROM batch_delivery AS d
INNER JOIN batch_message AS m ON d.seq = m.seq
INNER JOIN batch_line AS l ON d.seq = l.seq
WHERE d.action <> 'resend';

-- name: insert_resent_deliveries
-- Writes all master data in force for a WMS that was registered later.
-- params: delivery_base bigint, now timestamptz
INSERT INTO staging.delivery (
    delivery_id, receiver, doc_type, warehouse_code, action, message_id, seq, delivered_at, doc_no,
    item_code, version, description, base_uom, item_group, abc_class, gtin, lot_controlled,
    serial_controlled, shelf_life_days, unit_cost, currency, active, uom, numerator, denominator,
    party_code, role, name, country_code, address, time_zone, location_code, zone, kind,
    system_code, domain, external_code, canonical_code, is_default_out
)
SELECT
    CAST(:delivery_base AS bigint) + d.n,
    d.receiver,
    d.doc_type,
    coalesce(w.warehouse_code, l.warehouse_code),
    'upsert',
    coalesce(m.message_id, y.message_id, 'resent ' || d.seq),
    d.seq,
    :now,
    concat_ws(
        ' ', w.warehouse_code, l.warehouse_code, l.location_code, i.item_code, u.item_code, u.uom, p.party_code, p.role,
        c.system_code, c.domain, c.external_code
    ),
    CASE
        WHEN d.is_mapped THEN staging.map_out(d.receiver, 'item', coalesce(i.item_code, u.item_code))
        ELSE coalesce(i.item_code, u.item_code)
    END,
    coalesce(i.version, u.version, p.version, w.version, l.version, c.version),
    i.description,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'uom', i.base_uom) ELSE i.base_uom END,
    i.item_group,
    i.abc_class,
    coalesce(i.gtin, u.gtin),
    i.lot_controlled,
    i.serial_controlled,
    i.shelf_life_days,
    i.unit_cost,
    i.currency,
    coalesce(i.active, u.active, p.active, w.active, l.active, c.active),
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'uom', u.uom) ELSE u.uom END,
    u.numerator,
    u.denominator,
    CASE
        WHEN d.is_mapped THEN staging.map_out(d.receiver, CASE p.role WHEN 'carrier' THEN 'carrier' ELSE 'party' END, p.party_code)
        ELSE p.party_code
    END,
    p.role,
    coalesce(p.name, w.name),
    p.country_code,
    p.address,
    w.time_zone,
    CASE WHEN d.is_mapped THEN staging.map_out(d.receiver, 'location', l.location_code) ELSE l.location_code END,
    l.zone,
    l.kind,
    c.system_code,
    c.domain,
    c.external_code,
    c.canonical_code,
    c.is_default_out
FROM batch_delivery AS d
LEFT JOIN staging.message AS m ON d.seq = m.seq
LEFT JOIN staging.memory AS y ON d.seq = y.seq
LEFT JOIN book.item AS i ON d.doc_type = 'item' AND d.seq = i.seq
LEFT JOIN book.item_uom AS u ON d.doc_type = 'item_uom' AND d.seq = u.seq
LEFT JOIN book.party AS p ON d.doc_type = 'party' AND d.seq = p.seq
LEFT JOIN book.warehouse AS w ON d.doc_type = 'warehouse' AND d.seq = w.seq
LEFT JOIN book.location AS l ON d.doc_type = 'location' AND d.seq = l.seq
LEFT JOIN book.code_map AS c ON d.doc_type = 'code_map' AND d.seq = c.seq
WHERE d.action = 'resend';

-- name: settle_messages
-- Gives every message of the batch its next state; the trigger writes the events.
-- params: now timestamptz, delivery_base bigint
-- plan: message_pkey
UPDATE staging.message AS m
SET
    state = x.state,
    finished_at = CASE WHEN x.is_final THEN CAST(:now AS timestamptz) END,
    passes = m.passes + CASE WHEN x.is_final AND x.state <> 'error' THEN 0 ELSE 1 END,
    next_attempt_at = CASE x.outcome WHEN 'busy' THEN CAST(:now AS timestamptz) + interval '200 ms' END,
    waiting_for = x.waiting_for,
    waiting_since = CASE
        WHEN x.state = 'waiting' OR x.outcome = 'incomplete' THEN coalesce(m.waiting_since, :now)
        WHEN x.outcome = 'busy' THEN m.waiting_since
    END,
    wait_until = x.wait_until,
    duplicate_of = CASE x.outcome WHEN 'duplicate' THEN x.other_seq END,
    superseded_by = CASE x.outcome WHEN 'superseded' THEN x.other_seq END,
    state_reason = x.reason,
    actor = 'crossdock'
FROM (
    SELECT
        o.seq,
        o.outcome,
        o.other_seq,
        CASE o.outcome
            WHEN 'go' THEN 'applied'
            WHEN 'incomplete' THEN 'received'
            WHEN 'ask' THEN 'waiting'
            WHEN 'asked' THEN 'waiting'
            WHEN 'busy' THEN 'retrying'
            ELSE o.outcome
        END AS state,
        o.outcome NOT IN ('incomplete', 'ask', 'asked', 'busy', 'waiting') AS is_final,
        CASE
            WHEN o.outcome = 'ask' THEN 'answer:' || (CAST(:delivery_base AS bigint) + d.n)
            WHEN o.outcome IN ('waiting', 'incomplete', 'asked') THEN o.waiting_for
        END AS waiting_for,
        CASE WHEN o.outcome IN ('waiting', 'incomplete') THEN o.wait_until END AS wait_until,
        CASE o.outcome
            WHEN 'duplicate' THEN 'same content as message ' || o.other_seq
            WHEN 'superseded' THEN 'message ' || o.other_seq || ' is newer'
            WHEN 'error' THEN o.reason
            WHEN 'refused' THEN o.reason
            WHEN 'waiting' THEN 'waits for ' || o.waiting_for
            WHEN 'incomplete' THEN 'lines are missing'
            WHEN 'ask' THEN 'forwarded; the answer decides'
            WHEN 'busy' THEN 'the delivery is being taken at this moment'
        END AS reason
    FROM batch_outcome AS o
    LEFT JOIN batch_delivery AS d ON o.seq = d.seq AND o.outcome = 'ask'
    WHERE o.outcome <> 'later'
) AS x
WHERE m.seq = x.seq;

-- name: count_batch
-- What the batch came to, so that what is not needed is not run.
-- returns: outcome text, total bigint, repeated bigint, oldest_s numeric, within bigint[], taken_s
-- numeric; oldest_s: when the first of those to apply happened, in seconds since 1970; within: how
-- many of them came at most so long ago, for each of sync.steps.LATENCY_BOUNDS_S; taken_s: all ages
SELECT
    o.outcome,
    count(*) AS total,
    count(*) FILTER (WHERE m.passes > 0) AS repeated,
    extract(EPOCH FROM min(m.occurred_at) FILTER (WHERE o.is_go)) AS oldest_s,
    ARRAY[
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('0.01 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('0.025 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('0.05 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('0.1 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('0.25 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('0.5 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('1 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('2.5 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('5 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('10 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('30 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('60 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('300 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('900 s' AS interval)),
        count(*) FILTER (WHERE m.received_at >= t.at - CAST('3600 s' AS interval))
    ] AS within,
    extract(EPOCH FROM sum(greatest(t.at - m.received_at, CAST('0' AS interval)))) AS taken_s
FROM batch_outcome AS o
INNER JOIN batch_message AS m ON o.seq = m.seq
CROSS JOIN (SELECT clock_timestamp() AS at) AS t
GROUP BY o.outcome;

-- name: resolve_findings
-- Marks findings of earlier passes as resolved; those that still hold are written again below.
-- params: now timestamptz
UPDATE staging.message_error AS e
SET resolved_at = :now
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE
    e.seq = m.seq AND e.resolved_at IS NULL AND o.outcome NOT IN ('later', 'busy')
    AND NOT EXISTS (
        SELECT
        FROM batch_finding AS f
        WHERE
            f.seq = e.seq AND f.code = e.code AND f.line_no IS NOT DISTINCT FROM e.line_no
            AND f.value IS NOT DISTINCT FROM e.value AND f.severity = e.severity
            AND o.outcome IN ('error', 'waiting', 'go', 'refused')
    );

-- name: insert_findings
-- Writes every finding of the messages that it matters to, in words.
-- params: now timestamptz
-- plan: message_error_seq_idx
INSERT INTO staging.message_error (
    seq, line_no, column_name, code, severity, value, expected, text, hint, first_seen_at
)
SELECT
    f.seq,
    f.line_no,
    coalesce(n.name, f.column_name),
    f.code,
    f.severity,
    f.value,
    f.expected,
    replace(replace(replace(
        r.text, '{value}', coalesce(f.value, '')), '{expected}', coalesce(f.expected, '')),
    '{column}', coalesce(n.name, f.column_name, '')
    ),
    r.hint,
    :now
FROM batch_finding AS f
INNER JOIN batch_message AS m ON f.seq = m.seq
INNER JOIN batch_outcome AS o ON f.seq = o.seq
INNER JOIN staging.rule AS r ON f.code = r.code
LEFT JOIN staging.column_name AS n
    ON
        m.doc_type = n.doc_type
        AND CASE WHEN f.line_no IS NULL THEN 'header' ELSE 'line' END = n.part
        AND f.column_name = n.base
WHERE
    o.outcome IN ('error', 'waiting', 'go', 'refused')
    AND NOT EXISTS (
        SELECT
        FROM staging.message_error AS e
        WHERE
            e.seq = f.seq AND e.code = f.code AND e.line_no IS NOT DISTINCT FROM f.line_no
            AND e.value IS NOT DISTINCT FROM f.value AND e.severity = f.severity
            AND e.resolved_at IS NULL
    )
ORDER BY f.seq, f.line_no NULLS FIRST, f.code;

-- name: forget_waits
-- A message that was processed again waits anew, or not at all.
DELETE FROM staging.wait_key AS w
USING batch_outcome AS o
WHERE
    w.seq = o.seq AND o.outcome NOT IN ('later', 'busy', 'asked');

-- name: insert_waits
-- Writes what each waiting message waits for; also for those in error, so that the arrival of a
-- missing thing sends them on.
INSERT INTO staging.wait_key AS w (key, seq, need)
SELECT
    f.wait_key,
    f.seq,
    max(f.need)
FROM batch_finding AS f
INNER JOIN batch_outcome AS o ON f.seq = o.seq
WHERE f.wait_key IS NOT NULL AND o.outcome IN ('waiting', 'error')
GROUP BY f.wait_key, f.seq
ON CONFLICT (key, seq) DO UPDATE SET need = excluded.need;

-- name: open_tasks
-- One event, one task. It keeps what its choices may have to post: where the goods lie, and the
-- status as sent, which a line that was booked blocked as a whole no longer shows; or which balance
-- fell below zero.
-- params: now timestamptz
INSERT INTO ops.decision (
    code, warehouse_code, seq, line_no, order_type, order_no, order_line_no, item_code, qty, text, hint,
    opened_at, detail
)
SELECT
    f.code,
    m.warehouse_code,
    f.seq,
    f.line_no,
    m.order_type,
    m.order_no,
    l.order_line_no,
    l.item_code,
    coalesce(f.need, l.base_qty),
    replace(replace(r.text, '{value}', coalesce(f.value, '')), '{expected}', coalesce(f.expected, '')),
    r.hint,
    :now,
    CASE
        WHEN f.wait_key LIKE 'stock:%' THEN jsonb_build_object(
            'item_code', split_part(f.wait_key, E'\x1f', 2),
            'lot_no', split_part(f.wait_key, E'\x1f', 3),
            'location_code', split_part(f.wait_key, E'\x1f', 4),
            'stock_status', split_part(f.wait_key, E'\x1f', 5)
        )
        WHEN l.seq IS NOT NULL THEN jsonb_build_object(
            'item_code', l.item_code, 'lot_no', l.lot_no, 'serial_no', l.serial_no,
            'location_code', l.location_code, 'stock_status', coalesce(s.sent_status, l.stock_status)
        )
    END
FROM batch_finding AS f
INNER JOIN batch_message AS m ON f.seq = m.seq
INNER JOIN batch_outcome AS o ON f.seq = o.seq
INNER JOIN staging.rule AS r ON f.code = r.code
LEFT JOIN batch_line AS l ON f.seq = l.seq AND f.line_no = l.line_no
LEFT JOIN batch_split AS s ON f.seq = s.seq AND f.line_no = s.line_no
WHERE f.severity = 'task' AND o.is_go
ORDER BY f.seq, f.line_no, f.code
ON CONFLICT (seq, coalesce(line_no, 0), code) DO NOTHING;

-- name: provided_keys
-- Which of the things that others wait for this batch has brought.
-- params: warehouse_code text
-- returns: key text
SELECT w.key
FROM staging.wait_key AS w
WHERE
    w.key IN (
        SELECT CASE m.doc_type
            WHEN 'item' THEN 'item:' || m.item_code
            WHEN 'item_uom' THEN 'item_uom:' || m.item_code || E'\x1f' || m.uom
            WHEN 'party' THEN 'party:' || m.role || E'\x1f' || m.party_code
            WHEN 'warehouse' THEN 'warehouse:' || m.warehouse_code
            WHEN 'location' THEN 'location:' || m.warehouse_code || E'\x1f' || m.location_code
            WHEN 'transit_notice' THEN 'order:' || m.lane || E'\x1f' || m.doc_type || E'\x1f' || m.order_no
            ELSE CASE
                WHEN m.order_type = m.doc_type
                    THEN 'order:' || m.lane || E'\x1f' || m.doc_type || E'\x1f' || m.order_no
                ELSE concat_ws(E'\x1f', 'fact:' || m.sender, m.doc_type, m.warehouse_code, m.doc_no)
            END
        END
        FROM batch_message AS m
        INNER JOIN batch_outcome AS o ON m.seq = o.seq
        WHERE o.is_go
        UNION ALL
        SELECT concat_ws(E'\x1f', 'order_line:' || m.lane, m.order_no, v.line)
        FROM batch_line AS l
        INNER JOIN batch_message AS m ON l.seq = m.seq
        INNER JOIN batch_outcome AS o ON l.seq = o.seq
        CROSS JOIN LATERAL (VALUES ('#' || l.line_no), (l.item_code)) AS v (line)
        WHERE m.is_notice AND o.is_go
        UNION ALL
        SELECT concat_ws(
            E'\x1f', 'stock:' || CAST(:warehouse_code AS text), b.item_code, b.lot_no, b.location_code, b.stock_status
        )
        FROM batch_balance AS b
        WHERE b.delta > 0 OR b.is_counted
    )
GROUP BY w.key;

-- name: mark_retrying
-- A message that failed alone: it is tried again later, and after its attempts it becomes an error.
-- The delay doubles with each attempt.
-- params: max_attempts integer, now timestamptz, base_delay interval, reason text, seq bigint
-- returns: state text
UPDATE staging.message AS m
SET
    state = CASE WHEN m.attempts + 1 >= :max_attempts THEN 'error' ELSE 'retrying' END,
    attempts = m.attempts + 1,
    passes = m.passes + 1,
    next_attempt_at = CAST(:now AS timestamptz) + CAST(:base_delay AS interval) * power(2, m.attempts),
    finished_at = CASE WHEN m.attempts + 1 >= :max_attempts THEN CAST(:now AS timestamptz) END,
    state_reason = :reason,
    actor = 'crossdock'
WHERE m.seq = :seq AND m.state IN ('received', 'retrying')
RETURNING m.state;

-- name: resolve_failures
-- What went wrong with it in earlier attempts no longer matters: the last failure tells.
-- params: seq bigint, value text, now timestamptz, code text, severity text
-- plan: message_error_seq_idx
UPDATE staging.message_error AS e
SET resolved_at = :now
WHERE
    e.seq = :seq AND e.resolved_at IS NULL AND e.code IN ('RES-001', 'SYS-001')
    AND (e.code, e.severity, e.value) IS DISTINCT FROM (:code, CAST(:severity AS text), CAST(:value AS text));

-- name: insert_failure
-- Writes what went wrong with it.
-- params: seq bigint, severity text, value text, now timestamptz, code text
-- plan: message_error_seq_idx or message_error_open_idx
INSERT INTO staging.message_error (seq, code, severity, value, text, hint, first_seen_at)
SELECT
    :seq,
    r.code,
    CAST(:severity AS text),
    CAST(:value AS text),
    replace(r.text, '{value}', CAST(:value AS text)),
    r.hint,
    :now
FROM staging.rule AS r
WHERE
    r.code = :code
    AND NOT EXISTS (
        SELECT
        FROM staging.message_error AS e
        WHERE e.seq = :seq AND e.code = r.code AND e.severity = :severity AND e.resolved_at IS NULL
    );

-- name: count_findings
-- Whether the rules found anything.
-- returns: total bigint
SELECT count(*) AS total
FROM batch_finding;

-- name: waiting_seqs
-- The messages of the batch that wait for a thing, or are in error for want of it.
-- returns: seq bigint
SELECT DISTINCT o.seq
FROM batch_outcome AS o
INNER JOIN batch_finding AS f ON o.seq = f.seq
WHERE o.outcome IN ('waiting', 'error') AND f.wait_key IS NOT NULL;

-- name: batch_seqs
-- The claimed messages, in order.
-- returns: seq bigint
SELECT m.seq
FROM batch_message AS m
ORDER BY m.seq;
