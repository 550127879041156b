-- Apply facts: allocate them to order lines, write ledger rows, move balances.
-- Nothing is written before the plan of the batch is complete; the writes are guarded by the
-- row_version that was read, so a lost race shows as a missing row and the batch starts again.

-- name: look_batch
-- Tells what the batch holds, in one reading of its messages and lines: what follows is run only
-- where it can find something. It may say yes for a message that goes no further; never no wrongly.
-- params: warehouse_code text, always_final text[] (order types that every fact ends), never_final
-- text[] (order types that no fact ends)
-- returns: has_order_facts boolean, has_other_facts boolean, has_reversals boolean,
-- has_transfers boolean, has_finals boolean, has_unnamed boolean, is_mixed boolean,
-- has_substitutes boolean, has_serials boolean, has_lots boolean, has_counts boolean
SELECT
    m.has_order_facts,
    m.has_other_facts,
    m.has_reversals,
    m.has_transfers,
    m.has_finals,
    m.has_order_facts AND l.has_unnamed AS has_unnamed,
    m.has_order_facts AND l.has_unnamed AND l.has_named AS is_mixed,
    m.has_order_facts AND l.has_substitutes AS has_substitutes,
    l.has_serials,
    m.has_order_facts AND (
        l.has_dates
        OR (l.has_lots AND EXISTS (SELECT FROM book.lot AS b WHERE b.warehouse_code = :warehouse_code))
    ) AS has_lots,
    EXISTS (SELECT FROM book.count_position AS c WHERE c.warehouse_code = :warehouse_code) AS has_counts
FROM (
    SELECT
        coalesce(bool_or(b.is_order_fact), false) AS has_order_facts,
        coalesce(bool_or(b.is_other_fact), false) AS has_other_facts,
        coalesce(bool_or(b.is_reversal), false) AS has_reversals,
        coalesce(bool_or(b.order_type = 'transfer_order'), false) AS has_transfers,
        coalesce(bool_or(
            (b.is_last OR (b.is_order_fact AND b.book_order_type = ANY(CAST(:always_final AS text []))))
            AND b.book_order_type <> ALL(CAST(:never_final AS text []))
        ), false) AS has_finals
    FROM batch_message AS b
) AS m
CROSS JOIN (
    SELECT
        coalesce(bool_or(b.is_unnamed), false) AS has_unnamed,
        coalesce(bool_or(NOT b.is_unnamed), false) AS has_named,
        coalesce(bool_or(b.reason_code = 'SUBSTITUTE'), false) AS has_substitutes,
        coalesce(bool_or(b.serial_no <> ''), false) AS has_serials,
        coalesce(bool_or(b.lot_no <> ''), false) AS has_lots,
        coalesce(bool_or(b.expires_on IS NOT NULL), false) AS has_dates
    FROM batch_line AS b
) AS l;

-- name: read_fact_orders
-- Reads the orders that the facts of the batch touch; a reversal touches its original's.
-- params: warehouse_code text
-- plan: order_head_pkey
INSERT INTO batch_order (
    order_type, order_no, revision, action, state, milestone, seq, delivery_id, is_forced,
    other_warehouse_code, row_version
)
SELECT
    x.order_type,
    x.order_no,
    h.revision,
    h.action,
    h.state,
    h.milestone,
    h.seq,
    h.delivery_id,
    h.forced_at IS NOT NULL,
    h.other_warehouse_code,
    h.row_version
FROM (
    SELECT DISTINCT
        m.book_order_type AS order_type,
        m.order_no
    FROM batch_message AS m
    INNER JOIN batch_outcome AS o ON m.seq = o.seq
    WHERE o.is_go AND m.book_order_type IS NOT NULL AND m.order_no IS NOT NULL
    UNION
    SELECT DISTINCT
        e.order_type,
        e.order_no
    FROM batch_entry AS e
    WHERE e.order_type IS NOT NULL AND e.order_no IS NOT NULL
) AS x
INNER JOIN book.order_head AS h
    ON
        h.warehouse_code = :warehouse_code
        AND x.order_type = h.order_type
        AND x.order_no = h.order_no;

-- name: read_reopened_orders
-- Reads the orders of final facts that are reversed: such a fact may have no ledger rows to tell.
-- Reversals are few: each is one probe, whatever the planner thinks of the work table's size.
-- params: warehouse_code text
-- plan: order_final_pkey, order_head_pkey
INSERT INTO batch_order (
    order_type, order_no, revision, action, state, milestone, seq, delivery_id,
    other_warehouse_code, row_version, is_forced
)
SELECT DISTINCT
    h.order_type,
    h.order_no,
    h.revision,
    h.action,
    h.state,
    h.milestone,
    h.seq,
    h.delivery_id,
    h.other_warehouse_code,
    h.row_version,
    h.forced_at IS NOT NULL
FROM batch_reversal AS r
CROSS JOIN LATERAL (
    SELECT
        n.order_type,
        n.order_no
    FROM book.order_final AS n
    WHERE n.warehouse_code = :warehouse_code AND n.message_seq = r.original_seq
    LIMIT 1
) AS f
CROSS JOIN LATERAL (
    SELECT
        n.order_type,
        n.order_no,
        n.revision,
        n.action,
        n.state,
        n.milestone,
        n.seq,
        n.delivery_id,
        n.other_warehouse_code,
        n.row_version,
        n.forced_at
    FROM book.order_head AS n
    WHERE
        n.warehouse_code = :warehouse_code
        AND n.order_type = f.order_type
        AND n.order_no = f.order_no
    LIMIT 1
) AS h
LEFT JOIN batch_order AS b ON h.order_type = b.order_type AND h.order_no = b.order_no
WHERE b.order_no IS NULL;

-- name: defer_mixed
-- Facts with and without order_line_no for one order do not go together: what the second kind may
-- take depends on the first. All but the first message wait for the next batch.
UPDATE batch_outcome AS o
SET outcome = 'later'
FROM (
    SELECT
        b.seq,
        bool_or(b.has_named) OVER one_order AS has_named,
        bool_or(b.has_unnamed) OVER one_order AS has_unnamed,
        min(b.seq) FILTER (WHERE b.has_named IS NOT NULL) OVER one_order AS first_seq
    FROM (
        SELECT
            m.seq,
            m.book_order_type,
            m.order_no,
            bool_or(NOT l.is_unnamed) AS has_named,
            bool_or(l.is_unnamed) AS has_unnamed
        FROM batch_message AS m
        INNER JOIN batch_outcome AS g ON m.seq = g.seq
        LEFT JOIN batch_line AS l
            ON m.seq = l.seq AND m.is_order_fact AND m.doc_type <> 'production_receipt'
        WHERE g.is_go AND m.order_no IS NOT NULL
        GROUP BY m.seq, m.book_order_type, m.order_no
    ) AS b
    WINDOW one_order AS (PARTITION BY b.book_order_type, b.order_no)
) AS x
WHERE o.seq = x.seq AND x.has_named AND x.has_unnamed AND x.seq > x.first_seq;

-- name: allocate_named
-- Allocates lines that name their order line, the product of production, and lines without order.
-- A line whose name is unknown, or is of another item, stays without one. What the order line has
-- room for is read here once: a look at a line costs 2 us, and there were five.
-- params: warehouse_code text
-- plan: order_line_pkey
INSERT INTO batch_allocation (
    seq, line_no, part, order_type, order_no, order_line_no, qty, excess_qty, room_qty, ended_state
)
SELECT
    l.seq,
    l.line_no,
    1,
    m.book_order_type,
    m.order_no,
    ol.line_no,
    l.base_qty,
    0,
    CASE
        WHEN ol.state NOT IN ('cancelled', 'refused', 'done_after_cancel') AND ol.order_type <> 'transit_notice'
            THEN ol.ordered_qty * (1 + ol.over_tolerance_pct / 100) - ol.cancelled_qty - ol.done_qty
    END,
    CASE WHEN ol.state IN ('cancelled', 'refused', 'done_after_cancel') THEN ol.state END
FROM batch_line AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
INNER JOIN batch_outcome AS o ON l.seq = o.seq
LEFT JOIN book.order_line AS ol
    ON
        ol.warehouse_code = :warehouse_code
        AND m.book_order_type = ol.order_type
        AND m.order_no = ol.order_no
        AND CASE m.doc_type WHEN 'production_receipt' THEN 0 ELSE l.order_line_no END = ol.line_no
        AND l.item_code = ol.item_code
WHERE
    o.is_go
    AND m.is_order_fact
    AND (NOT l.is_unnamed OR m.order_no IS NULL OR m.doc_type = 'production_receipt');

-- name: allocate_substitutes
-- Lets a line with the reason SUBSTITUTE fill the order line that it names, though that asks for
-- another item: base unit for base unit, so both items must be kept in the same one.
-- params: warehouse_code text
-- plan: order_line_pkey
UPDATE batch_allocation AS a
SET
    order_line_no = x.order_line_no,
    room_qty = x.room_qty,
    ended_state = x.ended_state
FROM (
    SELECT
        l.seq,
        l.line_no,
        ol.line_no AS order_line_no,
        CASE
            WHEN ol.state NOT IN ('cancelled', 'refused', 'done_after_cancel') AND ol.order_type <> 'transit_notice'
                THEN ol.ordered_qty * (1 + ol.over_tolerance_pct / 100) - ol.cancelled_qty - ol.done_qty
        END AS room_qty,
        CASE WHEN ol.state IN ('cancelled', 'refused', 'done_after_cancel') THEN ol.state END AS ended_state
    FROM batch_line AS l
    INNER JOIN batch_message AS m ON l.seq = m.seq
    INNER JOIN book.order_line AS ol
        ON
            ol.warehouse_code = :warehouse_code
            AND m.book_order_type = ol.order_type
            AND m.order_no = ol.order_no
            AND l.order_line_no = ol.line_no
    INNER JOIN book.item AS i ON ol.item_code = i.item_code AND l.base_uom = i.base_uom
    WHERE
        l.reason_code = 'SUBSTITUTE'
        AND m.doc_type IN ('shipment', 'material_issue')
        AND NOT (ol.order_type = 'production_order' AND ol.line_no = 0)
) AS x
WHERE a.seq = x.seq AND a.line_no = x.line_no AND a.order_line_no IS NULL;

-- name: allocate_open
-- Allocates lines without order_line_no over the lines of their item, by line number; the surplus
-- goes to the last of them. What a line gave up as short is room like what is open: else it would
-- matter whether the final fact before was applied in the same batch. Demand and supply are laid
-- side by side as running sums and cut where they overlap.
-- params: warehouse_code text
-- plan: order_line_pkey
INSERT INTO batch_allocation (
    seq, line_no, part, order_type, order_no, order_line_no, qty, excess_qty, room_qty, ended_state
)
SELECT
    d.seq,
    d.line_no,
    row_number() OVER (PARTITION BY d.seq, d.line_no ORDER BY s.line_no),
    d.order_type,
    d.order_no,
    s.line_no,
    CASE WHEN s.line_no IS NULL THEN d.qty ELSE least(d.upto, s.upto) - greatest(d.upto - d.qty, s.from_qty) END,
    0,
    s.room_qty,
    s.ended_state
FROM (
    SELECT
        l.seq,
        l.line_no,
        m.book_order_type AS order_type,
        m.order_no,
        l.item_code,
        l.base_qty AS qty,
        sum(l.base_qty) OVER (
            PARTITION BY m.book_order_type, m.order_no, l.item_code
            ORDER BY l.seq, l.line_no
        ) AS upto
    FROM batch_line AS l
    INNER JOIN batch_message AS m ON l.seq = m.seq
    INNER JOIN batch_outcome AS o ON l.seq = o.seq
    WHERE
        o.is_go
        AND m.is_order_fact
        AND m.doc_type <> 'production_receipt'
        AND m.order_no IS NOT NULL
        AND l.is_unnamed
) AS d
LEFT JOIN (
    SELECT
        ol.order_type,
        ol.order_no,
        ol.item_code,
        ol.line_no,
        sum(ol.open_qty + ol.short_qty) OVER w - ol.open_qty - ol.short_qty AS from_qty,
        CASE
            WHEN row_number() OVER (PARTITION BY ol.order_type, ol.order_no, ol.item_code ORDER BY ol.line_no DESC) = 1
                THEN CAST('Infinity' AS numeric)
            ELSE sum(ol.open_qty + ol.short_qty) OVER w
        END AS upto,
        CASE
            WHEN ol.state NOT IN ('cancelled', 'refused', 'done_after_cancel') AND ol.order_type <> 'transit_notice'
                THEN ol.ordered_qty * (1 + ol.over_tolerance_pct / 100) - ol.cancelled_qty - ol.done_qty
        END AS room_qty,
        CASE WHEN ol.state IN ('cancelled', 'refused', 'done_after_cancel') THEN ol.state END AS ended_state
    FROM book.order_line AS ol
    INNER JOIN batch_order AS b ON ol.order_type = b.order_type AND ol.order_no = b.order_no
    WHERE ol.warehouse_code = :warehouse_code AND NOT (ol.order_type = 'production_order' AND ol.line_no = 0)
    WINDOW w AS (PARTITION BY ol.order_type, ol.order_no, ol.item_code ORDER BY ol.line_no)
) AS s
    ON
        d.order_type = s.order_type
        AND d.order_no = s.order_no
        AND d.item_code = s.item_code
        AND s.from_qty < s.upto
        AND s.from_qty < d.upto
        AND s.upto > d.upto - d.qty;

-- name: measure_excess
-- Tells which part of each allocation lies above what its order line allows, in order of arrival.
-- Lines that were cancelled or refused have their own rule; at a transfer's destination the notice
-- of the next truck may still be under way, so what came is never too much there: neither has room.
-- returns: nothing; the row count is the number of allocations above tolerance
UPDATE batch_allocation AS a
SET excess_qty = x.excess_qty
FROM (
    SELECT
        b.seq,
        b.line_no,
        b.part,
        round(
            greatest(0, least(
                b.qty,
                sum(b.qty) OVER (
                    PARTITION BY b.order_type, b.order_no, b.order_line_no
                    ORDER BY b.seq, b.line_no, b.part
                )
                - b.room_qty
            )), 6
        ) AS excess_qty
    FROM batch_allocation AS b
    INNER JOIN (
        SELECT
            c.order_type,
            c.order_no,
            c.order_line_no
        FROM batch_allocation AS c
        WHERE c.room_qty IS NOT NULL
        GROUP BY c.order_type, c.order_no, c.order_line_no
        HAVING sum(c.qty) > min(c.room_qty)
    ) AS f ON b.order_type = f.order_type AND b.order_no = f.order_no AND b.order_line_no = f.order_line_no
) AS x
WHERE a.seq = x.seq AND a.line_no = x.line_no AND a.part = x.part AND x.excess_qty > 0;

-- name: find_surprises
-- Finds what a person must decide: above tolerance, not in the order, done after a cancel.
INSERT INTO batch_finding (seq, line_no, column_name, code, severity, value, expected, need)
SELECT
    a.seq,
    a.line_no,
    'qty',
    'QTY-005',
    'task',
    CAST(trim_scale(sum(a.qty)) AS text),
    CAST(trim_scale(sum(a.qty - a.excess_qty)) AS text),
    sum(a.excess_qty)
FROM batch_allocation AS a
WHERE a.excess_qty > 0
GROUP BY a.seq, a.line_no
UNION ALL
SELECT
    a.seq,
    a.line_no,
    CASE WHEN l.order_line_no IS NULL THEN 'item_code' ELSE 'order_line_no' END,
    'QTY-007',
    'task',
    CASE WHEN l.order_line_no IS NULL THEN 'item ' || l.item_code ELSE 'line ' || l.order_line_no END,
    NULL,
    a.qty
FROM batch_allocation AS a
INNER JOIN batch_line AS l ON a.seq = l.seq AND a.line_no = l.line_no
INNER JOIN batch_order AS b ON a.order_type = b.order_type AND a.order_no = b.order_no
WHERE a.order_line_no IS NULL
UNION ALL
SELECT
    a.seq,
    a.line_no,
    'order_no',
    'STA-005',
    'task',
    min(a.ended_state),
    NULL,
    sum(a.qty)
FROM batch_allocation AS a
WHERE a.ended_state IS NOT NULL
GROUP BY a.seq, a.line_no;

-- name: enter_order_facts
-- Ledger rows of receipts, shipments, issues and production receipts.
-- A receipt above tolerance is booked blocked; a transfer's shipment goes into transit.
-- The join by order stands alone (OFFSET 0): among the others a kept plan compared all with all.
INSERT INTO batch_entry (
    seq, line_no, entry_no, movement_type, item_code, lot_no, serial_no, location_code,
    stock_status, qty, order_type, order_no, order_line_no, order_qty, source_seq, sent_qty,
    sent_uom, numerator, denominator, reason_code
)
SELECT
    a.seq,
    a.line_no,
    a.part * 4 + v.n,
    CASE
        WHEN m.doc_type = 'production_receipt' THEN 'receipt_production'
        WHEN m.doc_type = 'material_issue' THEN 'issue_production'
        WHEN m.doc_type = 'goods_receipt' THEN
            CASE m.order_type
                WHEN 'customer_return' THEN 'receipt_return'
                WHEN 'transfer_order' THEN 'receipt_transfer'
                ELSE 'receipt_purchase'
            END
        ELSE
            CASE m.order_type
                WHEN 'supplier_return' THEN 'issue_return'
                WHEN 'transfer_order' THEN 'issue_transfer'
                ELSE 'issue_sales'
            END
    END,
    l.item_code,
    l.lot_no,
    l.serial_no,
    v.location_code,
    v.stock_status,
    v.qty,
    a.order_type,
    a.order_no,
    a.order_line_no,
    CASE WHEN v.n <> 3 AND a.order_line_no IS NOT NULL THEN abs(v.qty) END,
    m.source_seq,
    l.qty,
    l.uom,
    l.numerator,
    l.denominator,
    l.reason_code
FROM (
    SELECT
        x.seq,
        x.line_no,
        x.part,
        x.order_line_no,
        x.qty,
        x.excess_qty,
        b.order_type,
        b.order_no
    FROM batch_allocation AS x
    LEFT JOIN batch_order AS b ON x.order_type = b.order_type AND x.order_no = b.order_no
    OFFSET 0
) AS a
INNER JOIN batch_message AS m ON a.seq = m.seq
INNER JOIN batch_line AS l ON a.seq = l.seq AND a.line_no = l.line_no
CROSS JOIN LATERAL (
    SELECT
        0 AS n,
        l.location_code,
        l.stock_status,
        a.qty - a.excess_qty AS qty
    WHERE m.doc_type IN ('goods_receipt', 'production_receipt') AND a.qty > a.excess_qty
    UNION ALL
    SELECT
        1,
        l.location_code,
        'blocked',
        a.excess_qty
    WHERE m.doc_type IN ('goods_receipt', 'production_receipt') AND a.excess_qty > 0
    UNION ALL
    SELECT
        2,
        l.location_code,
        l.stock_status,
        -a.qty
    WHERE m.doc_type IN ('shipment', 'material_issue')
    UNION ALL
    SELECT
        3,
        '',
        'in_transit',
        a.qty
    WHERE m.doc_type = 'shipment' AND m.order_type = 'transfer_order' AND a.order_no IS NOT NULL
) AS v;

-- name: enter_other_facts
-- Ledger rows of moves, adjustments and what a transfer's destination took out of transit.
INSERT INTO batch_entry (
    seq, line_no, entry_no, movement_type, item_code, lot_no, serial_no, location_code,
    stock_status, qty, order_type, order_no, order_line_no, order_qty, source_seq, sent_qty,
    sent_uom, numerator, denominator, reason_code
)
SELECT
    l.seq,
    l.line_no,
    v.n,
    v.movement_type,
    l.item_code,
    l.lot_no,
    l.serial_no,
    v.location_code,
    v.stock_status,
    v.qty,
    m.order_type,
    m.order_no,
    l.order_line_no,
    NULL,
    m.source_seq,
    l.qty,
    l.uom,
    l.numerator,
    l.denominator,
    l.reason_code
FROM batch_line AS l
INNER JOIN batch_message AS m ON l.seq = m.seq
INNER JOIN batch_outcome AS o ON l.seq = o.seq
CROSS JOIN LATERAL (
    SELECT
        0 AS n,
        CASE WHEN l.stock_status = l.to_stock_status THEN 'move_location' ELSE 'move_status' END AS movement_type,
        l.location_code,
        l.stock_status,
        -l.base_qty AS qty
    WHERE m.doc_type = 'stock_move'
    UNION ALL
    SELECT
        1,
        CASE WHEN l.stock_status = l.to_stock_status THEN 'move_location' ELSE 'move_status' END,
        l.to_location_code,
        l.to_stock_status,
        l.base_qty
    WHERE m.doc_type = 'stock_move'
    UNION ALL
    SELECT
        0,
        CASE l.reason_code WHEN 'INITIAL' THEN 'initial_load' ELSE 'adjustment' END,
        CASE l.stock_status WHEN 'in_transit' THEN '' ELSE l.location_code END,
        l.stock_status,
        l.base_qty
    WHERE m.doc_type = 'stock_adjustment'
    UNION ALL
    SELECT
        0,
        'receipt_transfer',
        '',
        'in_transit',
        -l.base_qty
    WHERE m.doc_type = 'transit_receipt'
) AS v
WHERE o.is_go AND m.is_other_fact;

-- name: read_reversals
-- Finds the facts that the reversals of the batch take back.
-- returns: nothing; the row count is the number of reversals
-- plan: business_key_pkey
INSERT INTO batch_reversal (seq, original_seq)
SELECT
    m.seq,
    k.seq
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
INNER JOIN staging.business_key AS k
    ON
        m.sender = k.sender AND m.doc_type = k.doc_type
        AND k.business_key = concat_ws(' ', m.warehouse_code, m.reverses_no)
WHERE o.is_go AND m.is_reversal;

-- name: enter_reversals
-- Ledger rows of reversals: the exact negation of their originals' rows.
-- params: warehouse_code text
-- plan: ledger_message_key
INSERT INTO batch_entry (
    seq, line_no, entry_no, movement_type, reverses_ledger_seq, item_code, lot_no, serial_no,
    location_code, stock_status, qty, order_type, order_no, order_line_no, order_qty, source_seq,
    sent_qty, sent_uom, numerator, denominator, reason_code
)
SELECT
    m.seq,
    g.line_no,
    g.entry_no,
    g.movement_type,
    g.ledger_seq,
    g.item_code,
    g.lot_no,
    g.serial_no,
    g.location_code,
    g.stock_status,
    -g.qty,
    g.order_type,
    g.order_no,
    g.order_line_no,
    -g.order_qty,
    m.source_seq,
    -g.sent_qty,
    g.sent_uom,
    g.numerator,
    g.denominator,
    g.reason_code
FROM batch_reversal AS r
INNER JOIN batch_message AS m ON r.seq = m.seq
INNER JOIN book.ledger AS g
    ON g.warehouse_code = :warehouse_code AND r.original_seq = g.message_seq
WHERE g.movement_type NOT IN ('count_gain', 'count_loss');

-- name: enter_count_corrections
-- A fact from before a count that arrives after it: the count knew it already, so an equal and
-- opposite count row keeps the book at the counted truth.
-- params: warehouse_code text
-- plan: count_position_pkey
INSERT INTO batch_entry (
    seq, line_no, entry_no, movement_type, item_code, lot_no, serial_no, location_code,
    stock_status, qty, source_seq, reason_code
)
SELECT
    e.seq,
    e.line_no,
    e.entry_no + 1000000,
    CASE WHEN e.qty < 0 THEN 'count_gain' ELSE 'count_loss' END,
    e.item_code,
    e.lot_no,
    e.serial_no,
    e.location_code,
    e.stock_status,
    -e.qty,
    e.source_seq,
    'BEFORE_COUNT'
FROM batch_entry AS e
INNER JOIN book.count_position AS p
    ON
        p.warehouse_code = :warehouse_code
        AND e.item_code = p.item_code
        AND e.lot_no = p.lot_no
        AND e.location_code = p.location_code
        AND e.stock_status = p.stock_status
WHERE e.source_seq <= p.counted_through_seq;

-- name: lock_balances
-- After a few lost races: locks the balances of the batch in one global key order.
-- params: warehouse_code text
-- returns: row_version bigint
-- locks: book.balance rows, FOR NO KEY UPDATE, by key
-- plan: balance_pkey
SELECT b.row_version
FROM book.balance AS b
WHERE
    b.warehouse_code = :warehouse_code
    AND (b.item_code, b.lot_no, b.location_code, b.stock_status) IN (
        SELECT
            e.item_code,
            e.lot_no,
            e.location_code,
            e.stock_status
        FROM batch_entry AS e
        UNION
        SELECT
            c.item_code,
            c.lot_no,
            c.location_code,
            c.stock_status
        FROM batch_count AS c
    )
ORDER BY b.item_code, b.lot_no, b.location_code, b.stock_status
FOR NO KEY UPDATE;

-- name: lock_orders
-- The same for the order heads of the batch; lines follow their head.
-- params: warehouse_code text
-- returns: row_version bigint
-- locks: book.order_head rows, FOR NO KEY UPDATE, by key
-- plan: order_head_pkey
SELECT h.row_version
FROM book.order_head AS h
WHERE
    h.warehouse_code = :warehouse_code
    AND (h.order_type, h.order_no) IN (
        SELECT
            m.book_order_type,
            m.order_no
        FROM batch_message AS m
        WHERE m.book_order_type IS NOT NULL
    )
ORDER BY h.order_type, h.order_no
FOR NO KEY UPDATE;

-- name: read_balances
-- Sums the entries for each balance, in key order, and reads the balances without locking them.
-- The index is read backwards, newest row first, and the first that is seen ends the look: under an
-- old snapshot a busy balance has hundreds of dead versions (1,500 keys after 160 batches: 113 ms
-- forwards). A range of one status makes the order one that only the index can give.
-- params: warehouse_code text
-- plan: balance_pkey
INSERT INTO batch_balance (
    item_code, lot_no, location_code, stock_status, delta, outflow, is_counted, tid, qty, row_version
)
SELECT
    x.item_code,
    x.lot_no,
    x.location_code,
    x.stock_status,
    x.delta,
    x.outflow,
    x.is_counted,
    b.tid,
    b.qty,
    b.row_version
FROM (
    SELECT
        e.item_code,
        e.lot_no,
        e.location_code,
        e.stock_status,
        sum(e.qty) AS delta,
        sum(least(e.qty, 0)) AS outflow,
        bool_or(e.is_counted) AS is_counted
    FROM (
        SELECT
            d.item_code,
            d.lot_no,
            d.location_code,
            d.stock_status,
            d.qty,
            false AS is_counted
        FROM batch_entry AS d
        UNION ALL
        SELECT
            c.item_code,
            c.lot_no,
            c.location_code,
            c.stock_status,
            0,
            true
        FROM batch_count AS c
    ) AS e
    GROUP BY e.item_code, e.lot_no, e.location_code, e.stock_status
) AS x
LEFT JOIN LATERAL (
    SELECT
        o.ctid AS tid,
        o.qty,
        o.row_version
    FROM book.balance AS o
    WHERE
        o.warehouse_code = :warehouse_code
        AND o.item_code = x.item_code
        AND o.lot_no = x.lot_no
        AND o.location_code = x.location_code
        AND o.stock_status >= x.stock_status
        AND o.stock_status <= x.stock_status
    ORDER BY o.stock_status DESC
    LIMIT 1
) AS b ON true
ORDER BY x.item_code, x.lot_no, x.location_code, x.stock_status;

-- name: risk_of_shortage
-- Tells whether any balance could fall below zero within the batch, and how many are new.
-- returns: risky bigint, missing bigint, total bigint
SELECT
    count(*) FILTER (WHERE coalesce(b.qty, 0) + b.outflow < 0 AND b.outflow < 0) AS risky,
    count(*) FILTER (WHERE b.row_version IS NULL) AS missing,
    count(*) AS total
FROM batch_balance AS b;

-- name: judge_stock
-- Finds the facts that would take a balance below zero, in order of arrival: they wait for an
-- earlier fact for a limited time, then they are posted and a person is asked. Where the warehouse
-- posts such facts, nothing waits.
-- A fact counts with what it takes from the balance on the whole: one that a later count knew
-- already takes nothing, and a reversal does not lack what undo_postings brings back after it.
-- params: posts_negative boolean, stock_limit interval, now timestamptz, warehouse_code text
-- returns: nothing; the row count is the number of findings
-- plan: decision_event_key, ledger_message_key
INSERT INTO batch_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    x.seq,
    x.line_no,
    'qty',
    'QTY-006',
    CASE WHEN x.is_late THEN 'task' ELSE 'wait' END,
    CAST(trim_scale(x.on_hand) AS text),
    CAST(trim_scale(-x.qty) AS text),
    concat_ws(E'\x1f', 'stock:' || x.lane, x.item_code, x.lot_no, x.location_code, x.stock_status),
    -x.qty
FROM (
    SELECT
        e.seq,
        e.line_no,
        m.lane,
        e.item_code,
        e.lot_no,
        e.location_code,
        e.stock_status,
        e.qty,
        coalesce(b.qty, 0) AS on_hand,
        :posts_negative OR coalesce(m.waiting_since + :stock_limit <= :now, false) AS is_late,
        coalesce(b.qty, 0) + sum(e.qty) OVER (
            PARTITION BY e.item_code, e.lot_no, e.location_code, e.stock_status
            ORDER BY e.seq
        ) AS left_over
    FROM (
        SELECT
            d.seq,
            d.item_code,
            d.lot_no,
            d.location_code,
            d.stock_status,
            min(d.line_no) AS line_no,
            sum(d.qty) AS qty
        FROM (
            SELECT
                t.seq,
                t.item_code,
                t.lot_no,
                t.location_code,
                t.stock_status,
                t.line_no,
                t.qty
            FROM batch_entry AS t
            UNION ALL
            SELECT
                r.seq,
                g.item_code,
                g.lot_no,
                g.location_code,
                g.stock_status,
                NULL,
                -g.qty
            FROM batch_reversal AS r
            CROSS JOIN LATERAL (
                SELECT n.posted_seq
                FROM ops.decision AS n
                WHERE n.seq = r.original_seq AND n.posted_seq IS NOT NULL AND n.code <> 'QTY-006'
                OFFSET 0
            ) AS p
            CROSS JOIN LATERAL (
                SELECT
                    n.item_code,
                    n.lot_no,
                    n.location_code,
                    n.stock_status,
                    n.qty
                FROM book.ledger AS n
                WHERE n.warehouse_code = :warehouse_code AND n.message_seq = p.posted_seq AND n.qty < 0
                UNION ALL
                SELECT
                    n.item_code,
                    n.lot_no,
                    n.location_code,
                    n.stock_status,
                    n.qty
                FROM batch_entry AS n
                WHERE n.seq = p.posted_seq AND n.qty < 0
            ) AS g
        ) AS d
        GROUP BY d.seq, d.item_code, d.lot_no, d.location_code, d.stock_status
    ) AS e
    INNER JOIN batch_message AS m ON e.seq = m.seq
    INNER JOIN batch_balance AS b
        ON
            e.item_code = b.item_code
            AND e.lot_no = b.lot_no
            AND e.location_code = b.location_code
            AND e.stock_status = b.stock_status
    WHERE coalesce(b.qty, 0) + b.outflow < 0
) AS x
WHERE x.qty < 0 AND x.left_over < 0;

-- name: wait_for_stock
-- Takes the messages that wait for stock out of the plan.
-- params: now timestamptz, stock_limit interval
-- returns: nothing; the row count is the number of messages
UPDATE batch_outcome AS o
SET
    outcome = 'waiting',
    waiting_for = replace(x.wait_key, E'\x1f', ' '),
    wait_until = coalesce(m.waiting_since, :now) + :stock_limit
FROM batch_message AS m
INNER JOIN (
    SELECT
        f.seq,
        min(f.wait_key) AS wait_key
    FROM batch_finding AS f
    WHERE f.code = 'QTY-006' AND f.severity = 'wait'
    GROUP BY f.seq
) AS x ON m.seq = x.seq
WHERE o.seq = m.seq AND o.is_go;

-- name: forget_plan
-- Empties the plan, so that it is made again without the messages that wait.
WITH gone_entry AS (
    DELETE FROM batch_entry
),

gone_allocation AS (
    DELETE FROM batch_allocation
),

gone_order AS (
    DELETE FROM batch_order
),

gone_reversal AS (
    DELETE FROM batch_reversal
),

gone_piece AS (
    DELETE FROM batch_piece
),

gone_lot AS (
    DELETE FROM batch_lot
),

gone_finding AS (
    DELETE FROM batch_finding
    WHERE
        code IN ('QTY-005', 'QTY-007', 'STA-005', 'LOT-004', 'LOT-005', 'LOT-006', 'STA-011')
        OR (code = 'QTY-006' AND severity = 'task')
)

DELETE FROM batch_balance;

-- name: plan_finals
-- Tells what ends the lines of each order of the batch: the finals of the batch, and those in the
-- book that nobody has reversed and no later revision or notice has overtaken.
-- params: warehouse_code text, always_final text[] (order types that every fact ends), never_final
-- text[] (order types that no fact ends)
-- plan: order_final_order_idx
UPDATE batch_order AS b
SET
    final_seq = CASE b.action WHEN 'close' THEN b.seq ELSE x.final_seq END,
    issue_seq = x.issue_seq,
    reversed_seqs = x.reversed_seqs
FROM (
    SELECT
        f.order_type,
        f.order_no,
        min(f.seq) FILTER (WHERE NOT f.is_reversed AND NOT f.is_of_components) AS final_seq,
        min(f.seq) FILTER (WHERE NOT f.is_reversed AND f.is_of_components) AS issue_seq,
        array_agg(f.seq) FILTER (WHERE f.is_reversed) AS reversed_seqs
    FROM (
        SELECT
            m.book_order_type AS order_type,
            m.order_no,
            m.seq,
            m.doc_type = 'material_issue' AS is_of_components,
            false AS is_reversed
        FROM batch_message AS m
        INNER JOIN batch_outcome AS o ON m.seq = o.seq
        WHERE
            o.is_go AND m.order_no IS NOT NULL
            AND (m.is_last OR (m.is_order_fact AND m.book_order_type = ANY(CAST(:always_final AS text []))))
            AND m.book_order_type <> ALL(CAST(:never_final AS text []))
        UNION ALL
        SELECT
            n.order_type,
            n.order_no,
            n.message_seq,
            n.is_of_components,
            r.seq IS NOT NULL
        FROM batch_order AS c
        CROSS JOIN LATERAL (
            SELECT
                t.order_type,
                t.order_no,
                t.message_seq,
                t.order_seq,
                t.is_of_components
            FROM book.order_final AS t
            WHERE
                t.warehouse_code = :warehouse_code
                AND t.order_type = c.order_type
                AND t.order_no = c.order_no
                AND t.reversed_seq IS NULL
            OFFSET 0
        ) AS n
        LEFT JOIN batch_reversal AS r ON n.message_seq = r.original_seq
        WHERE r.seq IS NOT NULL OR n.order_seq = c.seq
    ) AS f
    GROUP BY f.order_type, f.order_no
) AS x
WHERE b.order_type = x.order_type AND b.order_no = x.order_no;

-- name: plan_order_lines
-- Computes what becomes of each order line: done, short, state.
-- A line ends by itself when done reaches what tolerance asks; a final fact ends it short; a
-- reversal opens it again.
-- params: warehouse_code text
-- returns: nothing; the row count is the number of order lines to write
-- plan: order_line_pkey
INSERT INTO batch_order_line (
    order_type, order_no, line_no, row_version, done_qty, short_qty, state, final_seq, last_fact_seq
)
SELECT
    x.order_type,
    x.order_no,
    x.line_no,
    x.row_version,
    x.done_qty,
    CASE
        WHEN x.is_cancelled THEN 0
        WHEN x.final_seq IS NOT NULL OR x.is_complete THEN x.rest_qty
        ELSE 0
    END,
    CASE
        WHEN x.is_cancelled AND x.done_qty > 0 THEN 'done_after_cancel'
        WHEN x.is_cancelled THEN CASE WHEN x.was_refused THEN 'refused' ELSE 'cancelled' END
        WHEN x.is_complete THEN 'completed'
        WHEN x.final_seq IS NOT NULL THEN 'short'
        ELSE 'open'
    END,
    x.final_seq,
    x.last_fact_seq
FROM (
    SELECT
        ol.order_type,
        ol.order_no,
        ol.line_no,
        ol.row_version,
        CASE ol.state WHEN 'done_after_cancel' THEN ol.was_refused ELSE ol.state = 'refused' END AS was_refused,
        greatest(
            ol.last_fact_seq, d.seq, CASE WHEN v.final_seq IS DISTINCT FROM ol.final_seq THEN nullif(v.final_seq, b.seq) END
        ) AS last_fact_seq,
        ol.state IN ('cancelled', 'refused', 'done_after_cancel') AS is_cancelled,
        ol.done_qty + coalesce(d.qty, 0) AS done_qty,
        greatest(0, ol.ordered_qty - ol.done_qty - coalesce(d.qty, 0) - ol.cancelled_qty) AS rest_qty,
        ol.done_qty + coalesce(d.qty, 0) > 0
        AND ol.done_qty + coalesce(d.qty, 0)
        >= (ol.ordered_qty - ol.cancelled_qty) * (1 - ol.under_tolerance_pct / 100) AS is_complete,
        v.final_seq
    FROM batch_order AS b
    INNER JOIN book.order_line AS ol
        ON
            ol.warehouse_code = :warehouse_code
            AND b.order_type = ol.order_type
            AND b.order_no = ol.order_no
    LEFT JOIN (
        SELECT
            e.order_type,
            e.order_no,
            e.order_line_no,
            max(e.seq) AS seq,
            sum(e.order_qty) AS qty
        FROM batch_entry AS e
        WHERE e.order_qty IS NOT NULL
        GROUP BY e.order_type, e.order_no, e.order_line_no
    ) AS d ON ol.order_type = d.order_type AND ol.order_no = d.order_no AND ol.line_no = d.order_line_no
    CROSS JOIN LATERAL (
        SELECT
            CASE
                WHEN ol.final_seq IS NOT NULL AND NOT coalesce(ol.final_seq = ANY(b.reversed_seqs), false)
                    THEN ol.final_seq
                WHEN ol.line_no = 0 THEN b.final_seq
                ELSE least(b.final_seq, b.issue_seq)
            END AS final_seq
    ) AS v
    WHERE d.qty IS NOT NULL OR v.final_seq IS DISTINCT FROM ol.final_seq
) AS x;

-- name: update_order_lines
-- Writes what was planned for the order lines; guarded by the version read.
-- params: now timestamptz, warehouse_code text
-- returns: nothing; the row count must be the number of planned order lines
-- plan: order_line_pkey
UPDATE book.order_line AS l
SET
    done_qty = p.done_qty,
    short_qty = p.short_qty,
    state = p.state,
    was_refused = CASE l.state WHEN 'done_after_cancel' THEN l.was_refused ELSE l.state = 'refused' END,
    final_seq = p.final_seq,
    last_fact_seq = p.last_fact_seq,
    last_fact_at = :now,
    row_version = l.row_version + 1
FROM batch_order_line AS p
WHERE
    l.warehouse_code = :warehouse_code
    AND l.order_type = p.order_type
    AND l.order_no = p.order_no
    AND l.line_no = p.line_no
    AND l.row_version = p.row_version;

-- name: write_finals
-- Remembers the final facts of the batch.
-- params: warehouse_code text, always_final text[] (order types that every fact ends), never_final
-- text[] (order types that no fact ends)
INSERT INTO book.order_final (
    warehouse_code, message_seq, order_type, order_no, order_seq, is_of_components
)
SELECT
    :warehouse_code,
    m.seq,
    b.order_type,
    b.order_no,
    b.seq,
    m.doc_type = 'material_issue'
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
INNER JOIN batch_order AS b ON m.book_order_type = b.order_type AND m.order_no = b.order_no
WHERE
    o.is_go AND m.order_no IS NOT NULL
    AND (m.is_last OR (m.is_order_fact AND m.book_order_type = ANY(CAST(:always_final AS text []))))
    AND m.book_order_type <> ALL(CAST(:never_final AS text []));

-- name: reverse_finals
-- Remembers which final facts are reversed.
-- params: warehouse_code text
UPDATE book.order_final AS f
SET reversed_seq = r.seq
FROM batch_reversal AS r
WHERE f.warehouse_code = :warehouse_code AND f.message_seq = r.original_seq;

-- name: update_order_heads
-- Brings the state of each order of the batch in line with its lines. An order that was said to be
-- final stays closing while facts of it are not applied: not those of this batch.
-- params: now timestamptz, warehouse_code text
-- returns: nothing; the row count must be the number of orders read
-- plan: order_head_pkey, order_line_pkey
UPDATE book.order_head AS h
SET
    state = CASE
        WHEN x.is_open THEN 'in_work'
        WHEN x.all_refused THEN 'refused'
        WHEN x.all_cancelled THEN 'cancelled'
        WHEN x.is_gated THEN 'closing'
        WHEN x.any_short THEN 'closed'
        ELSE 'completed'
    END,
    ended_at = CASE WHEN x.is_open OR x.is_gated THEN NULL ELSE coalesce(h.ended_at, :now) END,
    changed_at = :now,
    row_version = h.row_version + 1
FROM (
    SELECT
        s.order_type,
        s.order_no,
        s.row_version,
        s.is_open,
        s.all_refused,
        s.all_cancelled,
        s.any_short,
        s.any_final AND NOT s.is_open AND NOT s.is_forced AND EXISTS (
            SELECT
            FROM staging.message AS f
            LEFT JOIN batch_outcome AS g
                ON f.seq = g.seq AND g.outcome IN ('go', 'duplicate', 'superseded')
            WHERE
                f.lane = :warehouse_code
                AND btrim(f.order_no) = s.order_no
                AND f.road = 'fact'
                AND f.order_no IS NOT NULL
                AND f.state IN ('received', 'waiting', 'retrying', 'held', 'error')
                AND staging.order_type_of(f.doc_type, f.order_type) = s.order_type
                AND g.seq IS NULL
        ) AS is_gated
    FROM (
        SELECT
            b.order_type,
            b.order_no,
            b.row_version,
            b.is_forced,
            bool_or(l.state = 'open') AS is_open,
            bool_and(l.state = 'refused') AS all_refused,
            bool_and(l.state IN ('cancelled', 'refused')) AS all_cancelled,
            bool_or(l.state = 'short') AS any_short,
            bool_or(l.final_seq IS NOT NULL) AS any_final
        FROM batch_order AS b
        INNER JOIN book.order_line AS l
            ON
                l.warehouse_code = :warehouse_code
                AND b.order_type = l.order_type
                AND b.order_no = l.order_no
        GROUP BY b.order_type, b.order_no, b.row_version, b.is_forced
    ) AS s
) AS x
WHERE
    h.warehouse_code = :warehouse_code
    AND h.order_type = x.order_type
    AND h.order_no = x.order_no
    AND h.row_version = x.row_version;

-- name: count_orders
-- How many orders the batch touches, so that a lost race shows, and how many were closed by force.
-- returns: total bigint, forced bigint
SELECT
    count(*) AS total,
    count(*) FILTER (WHERE b.is_forced) AS forced
FROM batch_order AS b;

-- name: find_forced
-- Finds the facts of orders that were closed by force: they are posted, and a person is told.
INSERT INTO batch_finding (seq, column_name, code, severity, value)
SELECT
    m.seq,
    'order_no',
    'STA-011',
    'task',
    b.order_no
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
INNER JOIN batch_order AS b ON m.book_order_type = b.order_type AND m.order_no = b.order_no
WHERE o.is_go AND b.is_forced AND m.sender <> 'crossdock'
UNION
SELECT
    e.seq,
    'reverses_no',
    'STA-011',
    'task',
    b.order_no
FROM batch_reversal AS r
INNER JOIN batch_entry AS e ON r.seq = e.seq
INNER JOIN batch_order AS b ON e.order_type = b.order_type AND e.order_no = b.order_no
WHERE b.is_forced;

-- name: end_orders
-- Ends the orders that a cancel, a close or a dropped line has left without an open line; one that
-- was said to be final stays closing while facts of it are not applied.
-- params: now timestamptz, warehouse_code text
-- plan: order_head_pkey, order_line_pkey
UPDATE book.order_head AS h
SET
    state = CASE
        WHEN x.all_refused THEN 'refused'
        WHEN x.all_cancelled THEN 'cancelled'
        WHEN x.is_gated THEN 'closing'
        WHEN x.any_short THEN 'closed'
        ELSE 'completed'
    END,
    ended_at = CASE WHEN x.all_cancelled OR NOT x.is_gated THEN CAST(:now AS timestamptz) END
FROM (
    SELECT
        s.order_type,
        s.order_no,
        s.all_refused,
        s.all_cancelled,
        s.any_short,
        s.any_final AND EXISTS (
            SELECT
            FROM staging.message AS f
            WHERE
                f.lane = :warehouse_code
                AND btrim(f.order_no) = s.order_no
                AND f.road = 'fact'
                AND f.order_no IS NOT NULL
                AND f.state IN ('received', 'waiting', 'retrying', 'held', 'error')
                AND staging.order_type_of(f.doc_type, f.order_type) = s.order_type
        ) AS is_gated
    FROM (
        SELECT
            l.order_type,
            l.order_no,
            bool_and(l.state = 'refused') AS all_refused,
            bool_and(l.state IN ('cancelled', 'refused')) AS all_cancelled,
            bool_or(l.state = 'short') AS any_short,
            bool_or(l.final_seq IS NOT NULL) AS any_final
        FROM batch_request AS r
        INNER JOIN book.order_line AS l
            ON
                l.warehouse_code = :warehouse_code
                AND r.order_type = l.order_type
                AND r.order_no = l.order_no
        WHERE r.is_agreed
        GROUP BY l.order_type, l.order_no
        HAVING bool_and(l.state <> 'open')
    ) AS s
) AS x
WHERE h.warehouse_code = :warehouse_code AND h.order_type = x.order_type AND h.order_no = x.order_no;

-- name: mark_in_work
-- A change that was agreed after the warehouse had read the order leaves it in work.
-- params: warehouse_code text
-- plan: order_head_pkey
UPDATE book.order_head AS h
SET state = 'in_work'
FROM batch_request AS r
WHERE
    h.warehouse_code = :warehouse_code
    AND h.order_type = r.order_type
    AND h.order_no = r.order_no
    AND r.is_in_work
    AND h.state = 'released';

-- name: insert_balances
-- Makes the balances that did not exist when they were read; of two workers that meet one loses.
-- params: warehouse_code text, now timestamptz
-- returns: nothing; the row count must be the number of missing balances
INSERT INTO book.balance (
    warehouse_code, item_code, lot_no, location_code, stock_status, qty, row_version, changed_at
)
SELECT
    :warehouse_code,
    b.item_code,
    b.lot_no,
    b.location_code,
    b.stock_status,
    b.delta,
    1,
    :now
FROM batch_balance AS b
WHERE b.row_version IS NULL
ORDER BY b.item_code, b.lot_no, b.location_code, b.stock_status
ON CONFLICT (warehouse_code, item_code, lot_no, location_code, stock_status) DO NOTHING;

-- name: update_balances
-- One update for each balance, whatever the number of entries; guarded by the version read.
-- Straight to the row that was read, without the index, which knows all its dead versions. Its place
-- may be another row's by now, so that the key is asked for as well.
-- params: now timestamptz, warehouse_code text
-- returns: nothing; the row count must be the number of balances that were read
-- plan: Tid Scan
UPDATE book.balance AS b
SET
    qty = p.qty + p.delta,
    row_version = b.row_version + 1,
    changed_at = :now
FROM batch_balance AS p
WHERE
    b.ctid = p.tid
    AND b.warehouse_code = :warehouse_code
    AND b.item_code = p.item_code
    AND b.lot_no = p.lot_no
    AND b.location_code = p.location_code
    AND b.stock_status = p.stock_status
    AND b.row_version = p.row_version;

-- name: plan_fact_deliveries
-- Facts and answers go to the ERP, also what people decided about them; what one lane tells another
-- goes nowhere.
-- params: systems text[] (receivers with maps)
-- returns: nothing; the row count is the number of deliveries
INSERT INTO batch_delivery (n, seq, receiver, doc_type, action, is_mapped)
SELECT
    row_number() OVER (ORDER BY m.seq),
    m.seq,
    s.system_code,
    m.doc_type,
    m.action,
    s.system_code = ANY(CAST(:systems AS text []))
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
INNER JOIN ops.system AS s ON s.kind = 'erp'
WHERE o.is_go AND m.doc_type NOT IN ('stock_snapshot', 'transit_receipt');

-- name: send_transit
-- Tells the other lane of a transfer what was shipped, or what arrived: a message of our own, so
-- that no transaction joins two warehouses.
-- params: warehouse_code text
-- returns: nothing; the row count is the number of messages sent
INSERT INTO staging.message (
    sender, doc_type, message_id, warehouse_code, action, doc_no, revision, order_type, order_no, occurred_at,
    attributes
)
SELECT DISTINCT
    'crossdock',
    v.doc_type,
    v.doc_type || ' ' || m.seq || ' ' || e.order_no,
    b.other_warehouse_code,
    CASE v.doc_type WHEN 'transit_notice' THEN 'upsert' ELSE 'post' END,
    coalesce(m.doc_no, CAST(m.seq AS text)),
    b.revision,
    'transfer_order',
    e.order_no,
    m.occurred_at,
    jsonb_build_object('from_warehouse_code', CAST(:warehouse_code AS text), 'seq', m.seq)
FROM batch_entry AS e
INNER JOIN batch_message AS m ON e.seq = m.seq
INNER JOIN batch_order AS b ON e.order_type = b.order_type AND e.order_no = b.order_no
CROSS JOIN LATERAL (
    SELECT CASE e.order_type WHEN 'transfer_order' THEN 'transit_notice' ELSE 'transit_receipt' END AS doc_type
) AS v
WHERE
    (m.doc_type = 'shipment' AND e.order_type = 'transfer_order' AND e.stock_status = 'in_transit')
    OR (m.doc_type = 'goods_receipt' AND e.order_type = 'transit_notice');

-- name: send_notice_lines
-- The lines of the notices, in base units and canonical codes, numbered as the order's lines are:
-- the destination names them in its receipt. Items shipped beside the order's lines, and those that
-- fill the line of another item, get a line of their own, numbered by the item, so that a second
-- notice finds it. A lot is named where the line has one lot only.
-- params: warehouse_code text
INSERT INTO staging.line (
    sender, doc_type, message_id, line_no, warehouse_code, item_code, qty, lot_no, order_line_no
)
SELECT
    'crossdock',
    'transit_notice',
    'transit_notice ' || x.seq || ' ' || x.order_no,
    x.line_no,
    x.other_warehouse_code,
    x.item_code,
    sum(x.qty),
    CASE WHEN min(x.lot_no) = max(x.lot_no) THEN min(x.lot_no) END,
    x.line_no
FROM (
    SELECT
        m.seq,
        e.order_no,
        coalesce(ol.line_no, 1000000000 + abs(mod(hashtext(e.item_code), 1000000000))) AS line_no,
        b.other_warehouse_code,
        e.item_code,
        e.lot_no,
        e.qty
    FROM batch_entry AS e
    INNER JOIN batch_message AS m ON e.seq = m.seq
    INNER JOIN batch_order AS b ON e.order_type = b.order_type AND e.order_no = b.order_no
    LEFT JOIN book.order_line AS ol
        ON
            ol.warehouse_code = :warehouse_code
            AND e.order_type = ol.order_type
            AND e.order_no = ol.order_no
            AND e.order_line_no = ol.line_no
            AND e.item_code = ol.item_code
    WHERE
        m.doc_type = 'shipment' AND e.order_type = 'transfer_order' AND e.stock_status = 'in_transit'
) AS x
GROUP BY x.seq, x.order_no, x.line_no, x.other_warehouse_code, x.item_code;

-- name: send_receipt_lines
-- The lines of the receipts, in base units and canonical codes: what comes out of transit.
INSERT INTO staging.line (
    sender, doc_type, message_id, line_no, warehouse_code, item_code, qty, lot_no, serial_no, order_line_no
)
SELECT
    'crossdock',
    'transit_receipt',
    'transit_receipt ' || x.seq || ' ' || x.order_no,
    row_number() OVER (PARTITION BY x.seq, x.order_no ORDER BY x.line_no, x.order_line_no),
    x.other_warehouse_code,
    x.item_code,
    x.qty,
    x.lot_no,
    x.serial_no,
    x.order_line_no
FROM (
    SELECT
        m.seq,
        e.order_no,
        e.line_no,
        e.order_line_no,
        b.other_warehouse_code,
        e.item_code,
        e.lot_no,
        e.serial_no,
        sum(e.qty) AS qty
    FROM batch_entry AS e
    INNER JOIN batch_message AS m ON e.seq = m.seq
    INNER JOIN batch_order AS b ON e.order_type = b.order_type AND e.order_no = b.order_no
    WHERE
        m.doc_type = 'goods_receipt' AND e.order_type = 'transit_notice'
        AND e.movement_type NOT IN ('count_gain', 'count_loss')
    GROUP BY
        m.seq, e.order_no, e.line_no, e.order_line_no, b.other_warehouse_code, e.item_code, e.lot_no,
        e.serial_no
) AS x;
