-- The conservation laws, each as the rows that break it: none when it holds. One statement sees
-- one snapshot, so the laws hold while the synchronizer works. Here alone history is read whole:
-- the live tables and the archive. What a law asks of a message beside its lines, deliveries and
-- events stands in staging.memory too, which stays when partitions of the archive are dropped.
-- Columns of every proof: law, warehouse_code, key, expected, found; all of them text.

-- name: proof_posting
-- Law 1: each accepted fact has exactly one set of ledger rows.
CREATE VIEW ops.proof_posting AS
SELECT
    'posted once' AS law,
    f.lane AS warehouse_code,
    f.doc_type || ' message ' || f.seq || ' line ' || f.line_no AS key,
    CASE f.doc_type
        WHEN 'stock_move' THEN 'sum 0, moved ' || trim_scale(f.base_qty)
        ELSE CAST(trim_scale(f.base_qty) AS text)
    END AS expected,
    CASE
        WHEN f.ledger_rows = 0 THEN 'no ledger row'
        WHEN f.doc_type = 'stock_move'
            THEN 'sum ' || trim_scale(f.own_qty) || ', moved ' || trim_scale(f.gained_qty)
        ELSE trim_scale(f.own_qty) || coalesce(', into transit ' || trim_scale(f.transit_qty), '')
    END AS found
FROM (
    SELECT
        m.lane,
        m.seq,
        m.doc_type,
        m.line_no,
        CASE WHEN m.doc_type IN ('shipment', 'material_issue', 'transit_receipt') THEN -1 ELSE 1 END
        * m.qty * coalesce(g.numerator, 1) / coalesce(g.denominator, 1) AS base_qty,
        coalesce(g.ledger_rows, 0) AS ledger_rows,
        g.own_qty,
        g.gained_qty,
        g.transit_qty
    FROM (
        SELECT
            h.lane,
            h.seq,
            h.doc_type,
            n.line_no,
            n.qty
        FROM staging.message AS h
        INNER JOIN staging.line AS n
            ON h.sender = n.sender AND h.doc_type = n.doc_type AND h.message_id = n.message_id
        WHERE
            h.state = 'applied'
            AND h.road = 'fact'
            AND (h.line_count IS NOT NULL OR n.xid = h.xid)
            AND NOT EXISTS (
                SELECT
                FROM staging.message_error AS e
                WHERE e.seq = h.seq AND e.line_no = n.line_no AND e.code = 'SYN-010'
            )
        UNION ALL
        SELECT
            h.lane,
            h.seq,
            h.doc_type,
            n.line_no,
            n.qty
        FROM archive.message AS h
        INNER JOIN archive.line AS n ON h.seq = n.seq AND h.finished_at = n.finished_at
        WHERE h.state = 'applied' AND h.road = 'fact' AND NOT n.is_late
    ) AS m
    LEFT JOIN (
        SELECT
            b.warehouse_code,
            b.message_seq,
            b.line_no,
            count(*) AS ledger_rows,
            max(b.numerator) AS numerator,
            max(b.denominator) AS denominator,
            sum(b.qty) FILTER (
                WHERE b.movement_type <> 'issue_transfer' OR b.stock_status <> 'in_transit'
            ) AS own_qty,
            sum(b.qty) FILTER (WHERE b.qty > 0) AS gained_qty,
            sum(b.qty) FILTER (
                WHERE b.movement_type = 'issue_transfer' AND b.stock_status = 'in_transit'
            ) AS transit_qty
        FROM book.ledger AS b
        WHERE b.movement_type NOT IN ('count_gain', 'count_loss')
        GROUP BY b.warehouse_code, b.message_seq, b.line_no
    ) AS g ON m.lane = g.warehouse_code AND m.seq = g.message_seq AND m.line_no = g.line_no
) AS f
WHERE
    f.ledger_rows = 0
    OR (f.doc_type = 'stock_move' AND (f.own_qty <> 0 OR f.gained_qty <> f.base_qty))
    OR (f.doc_type <> 'stock_move' AND f.own_qty IS DISTINCT FROM f.base_qty)
    OR f.transit_qty <> -f.base_qty
UNION ALL
SELECT
    'posted once' AS law,
    g.warehouse_code,
    'ledger rows of message ' || g.message_seq AS key,
    'an applied fact or count of the lane' AS expected,
    coalesce(m.doc_type || ' in lane ' || m.lane || ', ' || m.state, 'no such message') AS found
FROM (
    SELECT
        b.warehouse_code,
        b.message_seq
    FROM book.ledger AS b
    GROUP BY b.warehouse_code, b.message_seq
) AS g
LEFT JOIN ops.known_message AS m ON g.message_seq = m.seq
WHERE
    m.seq IS NULL
    OR m.state <> 'applied'
    OR m.road NOT IN ('fact', 'count')
    OR m.lane <> g.warehouse_code
UNION ALL
SELECT
    'posted once' AS law,
    m.lane AS warehouse_code,
    m.doc_type || ' ' || btrim(m.doc_no) || ' of ' || m.sender AS key,
    '1 applied message' AS expected,
    count(*) || ': ' || string_agg(CAST(m.seq AS text), ', ' ORDER BY m.seq) AS found
FROM ops.every_message AS m
WHERE
    m.state = 'applied'
    AND m.road IN ('fact', 'count', 'answer', 'snapshot')
    AND m.doc_type <> 'transit_receipt'
GROUP BY m.lane, m.doc_type, btrim(m.doc_no), m.sender
HAVING count(*) > 1;

-- name: proof_posting_comment
COMMENT ON VIEW ops.proof_posting IS
'Law 1: each accepted fact has exactly one set of ledger rows; a stock move sums to zero.';

-- name: proof_reversal
-- Laws 1 and 6: a correction is the exact negation of what it names, linked, and once only.
CREATE VIEW ops.proof_reversal AS
SELECT
    'reversal' AS law,
    r.warehouse_code,
    'ledger position ' || r.ledger_seq AS key,
    'the negation of position ' || r.reverses_ledger_seq AS expected,
    coalesce(
        trim_scale(o.qty) || ' of ' || o.item_code || ' there, ' || trim_scale(r.qty) || ' of '
        || r.item_code || ' here', 'no such position'
    ) AS found
FROM book.ledger AS r
LEFT JOIN book.ledger AS o
    ON r.warehouse_code = o.warehouse_code AND r.reverses_ledger_seq = o.ledger_seq
WHERE
    r.reverses_ledger_seq IS NOT NULL
    AND (
        o.ledger_seq IS NULL
        OR (r.item_code, r.lot_no, r.serial_no, r.location_code, r.stock_status, r.qty)
        <> (o.item_code, o.lot_no, o.serial_no, o.location_code, o.stock_status, -o.qty)
    )
UNION ALL
SELECT
    'reversal' AS law,
    r.warehouse_code,
    'ledger position ' || r.reverses_ledger_seq AS key,
    'reversed once' AS expected,
    'by positions ' || string_agg(CAST(r.ledger_seq AS text), ', ' ORDER BY r.ledger_seq) AS found
FROM book.ledger AS r
WHERE r.reverses_ledger_seq IS NOT NULL
GROUP BY r.warehouse_code, r.reverses_ledger_seq
HAVING count(*) > 1
UNION ALL
SELECT
    'reversal' AS law,
    m.lane AS warehouse_code,
    m.doc_type || ' message ' || m.seq AS key,
    coalesce(o.row_count || ' rows of message ' || o.seq, 'an applied fact to reverse') AS expected,
    coalesce(r.row_count, 0) || ' rows' AS found
FROM ops.every_message AS m
LEFT JOIN (
    SELECT
        f.seq,
        f.lane,
        f.sender,
        f.doc_type,
        btrim(f.doc_no) AS doc_no,
        count(b.ledger_seq) AS row_count
    FROM ops.every_message AS f
    LEFT JOIN book.ledger AS b
        ON
            f.lane = b.warehouse_code
            AND f.seq = b.message_seq
            AND b.movement_type NOT IN ('count_gain', 'count_loss')
    WHERE f.state = 'applied' AND f.road = 'fact'
    GROUP BY f.seq, f.lane, f.sender, f.doc_type, btrim(f.doc_no)
) AS o
    ON
        m.lane = o.lane
        AND m.sender = o.sender
        AND m.doc_type = o.doc_type
        AND btrim(m.reverses_no) = o.doc_no
LEFT JOIN (
    SELECT
        b.warehouse_code,
        b.message_seq,
        count(*) AS row_count
    FROM book.ledger AS b
    WHERE b.reverses_ledger_seq IS NOT NULL
    GROUP BY b.warehouse_code, b.message_seq
) AS r ON m.lane = r.warehouse_code AND m.seq = r.message_seq
WHERE
    m.state = 'applied'
    AND m.road = 'fact'
    AND btrim(m.action) = 'reverse'
    AND (
        (
            o.seq IS NULL
            AND NOT EXISTS (
                SELECT
                FROM staging.business_key AS k
                INNER JOIN staging.memory AS x ON k.seq = x.seq AND x.state = 'applied'
                INNER JOIN archive.dropped AS d
                    ON date_trunc('month', x.finished_at AT TIME ZONE 'UTC') = d.month AND d.restored_at IS NULL
                WHERE
                    k.sender = m.sender
                    AND k.doc_type = m.doc_type
                    AND k.business_key = concat_ws(' ', m.lane, btrim(m.reverses_no))
            )
        )
        OR o.row_count <> coalesce(r.row_count, 0)
    );

-- name: proof_reversal_comment
COMMENT ON VIEW ops.proof_reversal IS
'Laws 1 and 6: a reversal negates each ledger row of its fact exactly, and once only.';

-- name: proof_balance
-- Law 2. A key with ledger rows has a balance row even at quantity 0.
CREATE VIEW ops.proof_balance AS
SELECT
    'balance' AS law,
    coalesce(b.warehouse_code, g.warehouse_code) AS warehouse_code,
    concat_ws(
        ' | ', coalesce(b.item_code, g.item_code), coalesce(b.lot_no, g.lot_no),
        coalesce(b.location_code, g.location_code), coalesce(b.stock_status, g.stock_status)
    ) AS key,
    CAST(trim_scale(coalesce(g.qty, 0)) AS text) AS expected,
    coalesce(CAST(trim_scale(b.qty) AS text), 'no balance') AS found
FROM book.balance AS b
FULL OUTER JOIN (
    SELECT
        l.warehouse_code,
        l.item_code,
        l.lot_no,
        l.location_code,
        l.stock_status,
        sum(l.qty) AS qty
    FROM book.ledger AS l
    GROUP BY l.warehouse_code, l.item_code, l.lot_no, l.location_code, l.stock_status
) AS g
    ON
        b.warehouse_code = g.warehouse_code
        AND b.item_code = g.item_code
        AND b.lot_no = g.lot_no
        AND b.location_code = g.location_code
        AND b.stock_status = g.stock_status
WHERE b.qty IS NULL OR b.qty <> coalesce(g.qty, 0);

-- name: proof_balance_comment
COMMENT ON VIEW ops.proof_balance IS
'Law 2: balance = sum of its ledger rows, for every warehouse, item, lot, location and status.';

-- name: proof_serial
-- The same for pieces with a serial number. What is in transit is on nobody's hand; counts do not
-- name pieces, so neither do the rows that correct a late fact from before a count.
CREATE VIEW ops.proof_serial AS
SELECT
    'serial' AS law,
    coalesce(s.warehouse_code, g.warehouse_code) AS warehouse_code,
    concat_ws(
        ' | ', coalesce(s.item_code, g.item_code), coalesce(s.serial_no, g.serial_no)
    ) AS key,
    CAST(trim_scale(coalesce(g.qty, 0)) AS text) AS expected,
    coalesce(CAST(s.on_hand AS text), 'no serial number') AS found
FROM book.serial AS s
FULL OUTER JOIN (
    SELECT
        l.warehouse_code,
        l.item_code,
        l.serial_no,
        sum(l.qty) AS qty
    FROM book.ledger AS l
    WHERE
        l.serial_no <> ''
        AND l.stock_status <> 'in_transit'
        AND l.movement_type NOT IN ('count_gain', 'count_loss')
    GROUP BY l.warehouse_code, l.item_code, l.serial_no
) AS g
    ON
        s.warehouse_code = g.warehouse_code
        AND s.item_code = g.item_code
        AND s.serial_no = g.serial_no
WHERE coalesce(s.on_hand, 0) <> coalesce(g.qty, 0);

-- name: proof_serial_comment
COMMENT ON VIEW ops.proof_serial IS
'Law 2 for pieces: what is on hand of a serial number is the sum of its ledger rows.';

-- name: proof_order
-- Law 3 for order lines: the arithmetic, what the ledger says was done, and the states.
CREATE VIEW ops.proof_order AS
SELECT
    'order arithmetic' AS law,
    l.warehouse_code,
    concat_ws(' ', l.order_type, l.order_no, 'line', l.line_no) AS key,
    'ordered + over = done + cancelled + short + open, none below 0' AS expected,
    concat_ws(
        ' ', trim_scale(l.ordered_qty), '+', trim_scale(l.over_qty), '=', trim_scale(l.done_qty),
        '+', trim_scale(l.cancelled_qty), '+', trim_scale(l.short_qty), '+', trim_scale(l.open_qty)
    ) AS found
FROM book.order_line AS l
WHERE
    l.ordered_qty + l.over_qty <> l.done_qty + l.cancelled_qty + l.short_qty + l.open_qty
    OR l.over_qty <> greatest(0, l.done_qty + l.cancelled_qty - l.ordered_qty)
    OR least(l.ordered_qty, l.done_qty, l.cancelled_qty, l.short_qty, l.open_qty) < 0
UNION ALL
SELECT
    'order done' AS law,
    coalesce(l.warehouse_code, g.warehouse_code) AS warehouse_code,
    concat_ws(
        ' ', coalesce(l.order_type, g.order_type), coalesce(l.order_no, g.order_no), 'line',
        coalesce(l.line_no, g.order_line_no)
    ) AS key,
    CAST(trim_scale(coalesce(g.order_qty, 0)) AS text) AS expected,
    coalesce(CAST(trim_scale(l.done_qty) AS text), 'no order line') AS found
FROM book.order_line AS l
FULL OUTER JOIN (
    SELECT
        b.warehouse_code,
        b.order_type,
        b.order_no,
        b.order_line_no,
        sum(b.order_qty) AS order_qty
    FROM book.ledger AS b
    WHERE b.order_qty <> 0
    GROUP BY b.warehouse_code, b.order_type, b.order_no, b.order_line_no
) AS g
    ON
        l.warehouse_code = g.warehouse_code
        AND l.order_type = g.order_type
        AND l.order_no = g.order_no
        AND l.line_no = g.order_line_no
WHERE l.line_no IS NULL OR l.done_qty <> coalesce(g.order_qty, 0)
UNION ALL
SELECT
    'order line state' AS law,
    l.warehouse_code,
    concat_ws(' ', l.order_type, l.order_no, 'line', l.line_no) AS key,
    'open as long as a quantity is open, and no longer' AS expected,
    l.state || ' with ' || trim_scale(l.open_qty) || ' open' AS found
FROM book.order_line AS l
WHERE (l.state = 'open') <> (l.open_qty > 0)
UNION ALL
SELECT
    'order state' AS law,
    h.warehouse_code,
    concat_ws(' ', h.order_type, h.order_no) AS key,
    CASE WHEN s.is_open THEN 'an open line, no end' ELSE 'no open line, an end' END AS expected,
    h.state || ' with ' || coalesce(l.open_lines, 0) || ' open lines, ended_at '
    || coalesce(CAST(h.ended_at AS text), 'null') AS found
FROM book.order_head AS h
INNER JOIN staging.state AS s ON h.state = s.state AND s.machine = 'order'
LEFT JOIN (
    SELECT
        o.warehouse_code,
        o.order_type,
        o.order_no,
        count(*) FILTER (WHERE o.state = 'open') AS open_lines
    FROM book.order_line AS o
    GROUP BY o.warehouse_code, o.order_type, o.order_no
) AS l
    ON
        h.warehouse_code = l.warehouse_code
        AND h.order_type = l.order_type
        AND h.order_no = l.order_no
WHERE
    s.is_open <> (h.ended_at IS NULL)
    OR (h.state IN ('released', 'in_work') AND coalesce(l.open_lines, 0) = 0)
    OR (NOT s.is_open AND l.open_lines > 0)
UNION ALL
SELECT
    'order head' AS law,
    l.warehouse_code,
    concat_ws(' ', l.order_type, l.order_no, 'line', l.line_no) AS key,
    'an order' AS expected,
    'none' AS found
FROM book.order_line AS l
WHERE
    NOT EXISTS (
        SELECT
        FROM book.order_head AS h
        WHERE
            h.warehouse_code = l.warehouse_code
            AND h.order_type = l.order_type
            AND h.order_no = l.order_no
    );

-- name: proof_order_comment
COMMENT ON VIEW ops.proof_order IS
'Law 3: order lines add up, their done is what the ledger says, and their states fit.';

-- name: proof_transfer
-- Law 3 for transfers, over two lanes. What a lane has told the other and the other has not yet
-- applied is on the way: an open message of sender crossdock, and no breach.
CREATE VIEW ops.proof_transfer AS
SELECT
    'transfer' AS law,
    f.warehouse_code,
    concat_ws(' ', 'transfer_order', f.order_no, f.item_code, 'received') AS key,
    trim_scale(sum(f.received_qty)) || ' received at the destination' AS expected,
    trim_scale(sum(f.taken_qty)) || ' out of transit + ' || trim_scale(sum(f.under_way_qty))
    || ' on the way' AS found
FROM (
    SELECT
        h.other_warehouse_code AS warehouse_code,
        b.order_no,
        b.item_code,
        b.qty AS received_qty,
        0 AS taken_qty,
        0 AS under_way_qty
    FROM book.ledger AS b
    INNER JOIN book.order_head AS h
        ON
            b.warehouse_code = h.warehouse_code
            AND b.order_type = h.order_type
            AND b.order_no = h.order_no
    WHERE b.order_type = 'transit_notice' AND b.movement_type = 'receipt_transfer'
    UNION ALL
    SELECT
        b.warehouse_code,
        b.order_no,
        b.item_code,
        0 AS received_qty,
        -b.qty AS taken_qty,
        0 AS under_way_qty
    FROM book.ledger AS b
    WHERE
        b.order_type = 'transfer_order'
        AND b.movement_type = 'receipt_transfer'
        AND b.stock_status = 'in_transit'
    UNION ALL
    SELECT
        m.lane AS warehouse_code,
        m.order_no,
        l.item_code,
        0 AS received_qty,
        0 AS taken_qty,
        l.qty AS under_way_qty
    FROM staging.message AS m
    INNER JOIN staging.line AS l
        ON m.sender = l.sender AND m.doc_type = l.doc_type AND m.message_id = l.message_id
    WHERE
        m.doc_type = 'transit_receipt'
        AND m.state IN ('received', 'waiting', 'retrying', 'held', 'error')
) AS f
GROUP BY f.warehouse_code, f.order_no, f.item_code
HAVING sum(f.received_qty) <> sum(f.taken_qty) + sum(f.under_way_qty)
UNION ALL
SELECT
    'transfer' AS law,
    f.warehouse_code,
    concat_ws(' ', 'transfer_order', f.order_no, f.item_code, 'announced') AS key,
    trim_scale(sum(f.shipped_qty)) || ' shipped' AS expected,
    trim_scale(sum(f.announced_qty)) || ' announced at the destination + '
    || trim_scale(sum(f.under_way_qty)) || ' on the way' AS found
FROM (
    SELECT
        b.warehouse_code,
        b.order_no,
        b.item_code,
        b.qty AS shipped_qty,
        0 AS announced_qty,
        0 AS under_way_qty
    FROM book.ledger AS b
    WHERE b.movement_type = 'issue_transfer' AND b.stock_status = 'in_transit'
    UNION ALL
    SELECT
        h.other_warehouse_code AS warehouse_code,
        ol.order_no,
        ol.item_code,
        0 AS shipped_qty,
        ol.ordered_qty AS announced_qty,
        0 AS under_way_qty
    FROM book.order_line AS ol
    INNER JOIN book.order_head AS h
        ON
            ol.warehouse_code = h.warehouse_code
            AND ol.order_type = h.order_type
            AND ol.order_no = h.order_no
    WHERE ol.order_type = 'transit_notice'
    UNION ALL
    SELECT
        m.attributes ->> 'from_warehouse_code' AS warehouse_code,
        m.order_no,
        l.item_code,
        0 AS shipped_qty,
        0 AS announced_qty,
        l.qty AS under_way_qty
    FROM staging.message AS m
    INNER JOIN staging.line AS l
        ON m.sender = l.sender AND m.doc_type = l.doc_type AND m.message_id = l.message_id
    WHERE
        m.doc_type = 'transit_notice'
        AND m.state IN ('received', 'waiting', 'retrying', 'held', 'error')
) AS f
GROUP BY f.warehouse_code, f.order_no, f.item_code
HAVING sum(f.shipped_qty) <> sum(f.announced_qty) + sum(f.under_way_qty)
UNION ALL
SELECT
    'transfer' AS law,
    b.warehouse_code,
    'ledger position ' || b.ledger_seq AS key,
    'in transit for a transfer order, at no location' AS expected,
    concat_ws(' ', b.movement_type, b.order_type, b.order_no, b.location_code) AS found
FROM book.ledger AS b
WHERE
    b.stock_status = 'in_transit'
    AND (
        b.location_code <> ''
        OR (
            b.movement_type IN ('issue_transfer', 'receipt_transfer')
            AND (b.order_type IS DISTINCT FROM 'transfer_order' OR b.order_no IS NULL)
        )
        OR b.movement_type NOT IN (
            'issue_transfer', 'receipt_transfer', 'adjustment', 'count_gain', 'count_loss'
        )
    );

-- name: proof_transfer_comment
COMMENT ON VIEW ops.proof_transfer IS
'Law 3: what was shipped is in transit, received, written off or on the way between two lanes.';

-- name: proof_number
-- Positions and delivery numbers have no gaps and end where the lane's counter stands.
CREATE VIEW ops.proof_number AS
SELECT
    'ledger position' AS law,
    coalesce(c.warehouse_code, g.warehouse_code) AS warehouse_code,
    'ledger_seq' AS key,
    '1 to ' || coalesce(CAST(c.ledger_seq AS text), '? (no counter)') AS expected,
    coalesce(g.row_count || ' rows from ' || g.lowest || ' to ' || g.highest, 'no rows') AS found
FROM book.lane_counter AS c
FULL OUTER JOIN (
    SELECT
        b.warehouse_code,
        count(*) AS row_count,
        min(b.ledger_seq) AS lowest,
        max(b.ledger_seq) AS highest
    FROM book.ledger AS b
    GROUP BY b.warehouse_code
) AS g ON c.warehouse_code = g.warehouse_code
WHERE
    c.warehouse_code IS NULL
    OR c.ledger_seq <> coalesce(g.row_count, 0)
    OR c.ledger_seq <> coalesce(g.highest, 0)
    OR g.lowest <> 1
UNION ALL
SELECT
    'delivery number' AS law,
    coalesce(c.warehouse_code, 'number ' || g.warehouse_no) AS warehouse_code,
    'delivery_id' AS key,
    '1 to ' || coalesce(CAST(c.delivery_n AS text), '? (no counter)') AS expected,
    coalesce(g.row_count || ' rows from ' || g.lowest || ' to ' || g.highest, 'no rows') AS found
FROM book.lane_counter AS c
FULL OUTER JOIN (
    SELECT
        d.delivery_id / 1000000000000 AS warehouse_no,
        count(*) AS row_count,
        min(d.delivery_id % 1000000000000) AS lowest,
        max(d.delivery_id % 1000000000000) AS highest
    FROM ops.every_delivery AS d
    GROUP BY d.delivery_id / 1000000000000
) AS g ON c.warehouse_no = g.warehouse_no
-- What left the archive is gone from the lower numbers.
CROSS JOIN LATERAL (
    SELECT coalesce(sum(CAST(o.delivery_counts ->> CAST(c.warehouse_no AS text) AS bigint)), 0) AS row_count
    FROM archive.dropped AS o
    WHERE o.restored_at IS NULL
) AS gone
WHERE
    c.warehouse_code IS NULL
    OR c.delivery_n <> coalesce(g.row_count, 0) + gone.row_count
    OR (gone.row_count = 0 AND c.delivery_n <> coalesce(g.highest, 0))
    OR (gone.row_count = 0 AND g.lowest <> 1)
    OR c.delivery_n < g.highest;

-- name: proof_number_comment
COMMENT ON VIEW ops.proof_number IS
'Ledger positions and delivery numbers of each lane: without gaps, and equal to its counter.';

-- name: proof_delivery
CREATE VIEW ops.proof_delivery AS
SELECT
    'fact delivered once' AS law,
    m.lane AS warehouse_code,
    m.doc_type || ' message ' || m.seq AS key,
    '1 delivery to ' || e.system_code AS expected,
    coalesce(d.row_count, 0) || ' of ' || m.state AS found
FROM ops.every_message AS m
INNER JOIN ops.system AS e ON m.finished_at > e.registered_at AND e.kind = 'erp'
LEFT JOIN (
    SELECT
        s.seq,
        s.receiver,
        count(*) AS row_count
    FROM ops.every_delivery AS s
    GROUP BY s.seq, s.receiver
) AS d ON m.seq = d.seq AND e.system_code = d.receiver
WHERE
    m.road IN ('fact', 'count', 'answer')
    AND m.doc_type <> 'transit_receipt'
    AND coalesce(d.row_count, 0) <> CASE m.state WHEN 'applied' THEN 1 ELSE 0 END
UNION ALL
SELECT
    'request delivered once' AS law,
    m.lane AS warehouse_code,
    m.doc_type || ' message ' || m.seq AS key,
    'at most 1 delivery to ' || d.receiver AS expected,
    CAST(count(*) AS text) AS found
FROM ops.every_message AS m
INNER JOIN ops.every_delivery AS d ON m.seq = d.seq
WHERE
    m.road IN ('master', 'detail', 'request', 'instruction') AND m.doc_type <> 'master_resend'
    AND d.state <> 'withdrawn'  -- a question that nobody heard is asked or released anew
GROUP BY m.seq, m.lane, m.doc_type, d.receiver
HAVING count(*) > 1
UNION ALL
SELECT
    'delivery' AS law,
    coalesce(d.warehouse_code, '*') AS warehouse_code,
    'delivery ' || d.delivery_id AS key,
    'a message, a lane and, once answered, the time of the answer' AS expected,
    concat_ws(
        ', ', d.state, CASE WHEN m.seq IS NULL THEN 'no message' END,
        'numbered in lane ' || c.warehouse_code,
        'answered_at ' || coalesce(CAST(d.answered_at AS text), 'null')
    ) AS found
FROM ops.every_delivery AS d
LEFT JOIN ops.known_message AS m ON d.seq = m.seq
LEFT JOIN book.lane_counter AS c ON d.delivery_id / 1000000000000 = c.warehouse_no
WHERE
    m.seq IS NULL
    OR (d.state IN ('accepted', 'refused')) <> (d.answered_at IS NOT NULL)
    OR (m.road NOT IN ('master', 'detail') AND c.warehouse_code IS DISTINCT FROM d.warehouse_code)
UNION ALL
SELECT
    'delivery line' AS law,
    coalesce(l.warehouse_code, '*') AS warehouse_code,
    'delivery ' || l.delivery_id || ' line ' || l.line_no AS key,
    'a delivery' AS expected,
    'none' AS found
FROM ops.every_delivery_line AS l
WHERE
    NOT EXISTS (
        SELECT
        FROM ops.every_delivery AS d
        WHERE d.delivery_id = l.delivery_id
    );

-- name: proof_delivery_comment
COMMENT ON VIEW ops.proof_delivery IS
'Each applied fact is delivered to the ERP once, a request to its WMS at most once.';

-- name: proof_message
-- Law 5: nothing silent, nothing terminal and pending; and the links between messages.
CREATE VIEW ops.proof_message AS
SELECT
    'message state' AS law,
    m.lane AS warehouse_code,
    m.doc_type || ' message ' || m.seq AS key,
    v.expected,
    v.found
FROM staging.message AS m
CROSS JOIN LATERAL (
    SELECT
        'only requests are refused' AS expected,
        'a refused ' || m.road AS found
    WHERE m.state = 'refused' AND m.road <> 'request'
    UNION ALL
    SELECT
        'finished_at' AS expected,
        m.state || ' without it' AS found
    WHERE
        m.finished_at IS NULL
        AND m.state IN ('applied', 'refused', 'duplicate', 'superseded', 'discarded')
    UNION ALL
    SELECT
        'no finished_at' AS expected,
        m.state || ' since ' || m.finished_at AS found
    WHERE m.finished_at IS NOT NULL AND m.state IN ('received', 'waiting', 'retrying')
    UNION ALL
    SELECT
        'duplicate_of' AS expected,
        coalesce('no message ' || m.duplicate_of, 'null') AS found
    WHERE
        m.state = 'duplicate'
        AND NOT EXISTS (
            SELECT
            FROM ops.known_message AS o
            WHERE o.seq = m.duplicate_of AND o.sender = m.sender AND o.doc_type = m.doc_type
        )
    UNION ALL
    SELECT
        'superseded_by' AS expected,
        coalesce('no message ' || m.superseded_by, 'null') AS found
    WHERE
        m.state = 'superseded'
        AND NOT EXISTS (
            SELECT
            FROM ops.known_message AS o
            WHERE o.seq = m.superseded_by
        )
    UNION ALL
    SELECT
        'what it waits for' AS expected,
        'nothing will release it' AS found
    WHERE
        m.state = 'waiting'
        AND (
            m.waiting_for IS NULL
            OR NOT EXISTS (
                SELECT
                FROM staging.wait_key AS k
                WHERE k.seq = m.seq
            )
        )
    UNION ALL
    SELECT
        'a limit' AS expected,
        'waits for ' || m.waiting_for || ' without one' AS found
    WHERE m.state = 'waiting' AND m.wait_until IS NULL AND m.waiting_for NOT LIKE 'answer:%'
    UNION ALL
    SELECT
        'decided at ' || m.wait_until AS expected,
        m.state || ' for ' || m.waiting_for || ', although others were applied since' AS found
    WHERE
        m.state IN ('received', 'waiting')
        AND m.waiting_for IS NOT NULL
        AND m.wait_until < (
            SELECT e.at - CAST('15 minutes' AS interval)
            FROM staging.event AS e
            WHERE e.to_state = 'applied'
            ORDER BY e.event_id DESC
            LIMIT 1
        )
    UNION ALL
    SELECT
        'an open finding' AS expected,
        'error without one' AS found
    WHERE
        m.state = 'error'
        AND NOT EXISTS (
            SELECT
            FROM staging.message_error AS e
            WHERE e.seq = m.seq AND e.severity IN ('error', 'wait') AND e.resolved_at IS NULL
        )
) AS v
UNION ALL
SELECT
    'applied without error' AS law,
    m.lane AS warehouse_code,
    m.doc_type || ' message ' || m.seq AS key,
    'no open error' AS expected,
    string_agg(e.code, ', ' ORDER BY e.code) AS found
FROM ops.every_message_error AS e
INNER JOIN ops.every_message AS m ON e.seq = m.seq
WHERE e.resolved_at IS NULL AND e.severity IN ('error', 'wait') AND m.state = 'applied'
GROUP BY m.seq, m.lane, m.doc_type
UNION ALL
SELECT
    'wait key' AS law,
    coalesce(m.lane, '*') AS warehouse_code,
    'message ' || k.seq || ' for ' || k.key AS key,
    'a message that may still wait' AS expected,
    coalesce(m.state, 'no such message') AS found
FROM staging.wait_key AS k
LEFT JOIN staging.message AS m ON k.seq = m.seq
WHERE
    m.seq IS NULL
    OR m.state IN ('applied', 'refused', 'duplicate', 'superseded', 'discarded')
UNION ALL
SELECT
    'business key' AS law,
    coalesce(m.lane, '*') AS warehouse_code,
    k.doc_type || ' ' || k.business_key || ' of ' || k.sender AS key,
    'a message of the same sender and type' AS expected,
    coalesce(m.doc_type || ' of ' || m.sender, 'no message ' || k.seq) AS found
FROM staging.business_key AS k
LEFT JOIN ops.known_message AS m ON k.seq = m.seq
WHERE m.seq IS NULL OR m.sender <> k.sender OR m.doc_type <> k.doc_type
UNION ALL
SELECT
    'business key' AS law,
    m.lane AS warehouse_code,
    m.doc_type || ' message ' || m.seq AS key,
    'its content is remembered' AS expected,
    'no business key' AS found
FROM ops.known_message AS m
WHERE
    m.state = 'applied'
    AND m.doc_type NOT IN ('master_resend', 'transit_notice', 'transit_receipt')
    AND NOT EXISTS (
        SELECT
        FROM staging.business_key AS k
        WHERE k.seq = m.seq
    )
UNION ALL
SELECT
    'task' AS law,
    coalesce(t.warehouse_code, '*') AS warehouse_code,
    'task ' || t.task_id AS key,
    'a message' AS expected,
    'no message ' || t.seq AS found
FROM ops.decision AS t
WHERE
    NOT EXISTS (
        SELECT
        FROM ops.known_message AS m
        WHERE m.seq = t.seq
    );

-- name: proof_message_comment
COMMENT ON VIEW ops.proof_message IS
'Law 5: no message is silent past its limit, none is terminal and pending, no link is broken.';

-- name: proof_event
-- Law 6: the events of a message are a chain of legal steps from its beginning to its state.
CREATE VIEW ops.proof_event AS
SELECT
    'event' AS law,
    m.lane AS warehouse_code,
    m.doc_type || ' message ' || m.seq AS key,
    'the last event leads to ' || m.state AS expected,
    coalesce(e.to_state, 'no event') AS found
FROM ops.every_message AS m
LEFT JOIN (
    SELECT DISTINCT ON (v.seq)
        v.seq,
        v.to_state
    FROM ops.every_event AS v
    ORDER BY v.seq ASC, v.event_id DESC
) AS e ON m.seq = e.seq
WHERE
    m.state <> e.to_state
    OR (e.seq IS NULL AND m.state NOT IN ('received', 'held'))
UNION ALL
SELECT
    'event' AS law,
    coalesce(m.lane, '*') AS warehouse_code,
    'event ' || c.event_id || ' of message ' || c.seq AS key,
    'a legal step from ' || coalesce(c.earlier_state, 'received') AS expected,
    c.from_state || ' to ' || c.to_state AS found
FROM (
    SELECT
        v.event_id,
        v.seq,
        v.from_state,
        v.to_state,
        lag(v.to_state) OVER (
            PARTITION BY v.seq
            ORDER BY v.event_id
        ) AS earlier_state
    FROM ops.every_event AS v
) AS c
LEFT JOIN ops.every_message AS m ON c.seq = m.seq
LEFT JOIN staging.step AS s
    ON c.from_state = s.from_state AND s.machine = 'message' AND c.to_state = s.to_state
WHERE
    s.machine IS NULL
    OR m.seq IS NULL
    OR c.earlier_state <> c.from_state
    OR (c.earlier_state IS NULL AND c.from_state NOT IN ('received', 'held'));

-- name: proof_event_comment
COMMENT ON VIEW ops.proof_event IS
'Law 6: the events of a message are a chain of legal steps that ends in its state.';

-- name: proof_count
-- After a count the book ends at the counted truth, whatever came late from before it.
CREATE VIEW ops.proof_count AS
SELECT
    'count' AS law,
    p.warehouse_code,
    concat_ws(' | ', p.item_code, p.lot_no, p.location_code, p.stock_status) AS key,
    trim_scale(p.counted_qty) || ' counted at position ' || p.counted_through_seq AS expected,
    CAST(trim_scale(coalesce(sum(b.qty), 0)) AS text) AS found
-- The time of the count is looked up for each row: joined, the planner takes one message for many and
-- reads the whole ledger for each position (25,000 positions, 2.7 million ledger rows: hours).
FROM (
    SELECT
        c.warehouse_code,
        c.item_code,
        c.lot_no,
        c.location_code,
        c.stock_status,
        c.counted_through_seq,
        c.counted_qty,
        (
            SELECT m.finished_at
            FROM ops.known_message AS m
            WHERE m.seq = c.message_seq
        ) AS counted_at
    FROM book.count_position AS c
) AS p
LEFT JOIN book.ledger AS b
    ON
        p.warehouse_code = b.warehouse_code
        AND p.item_code = b.item_code
        AND p.lot_no = b.lot_no
        AND p.location_code = b.location_code
        AND p.stock_status = b.stock_status
        AND (
            p.counted_through_seq >= b.source_seq
            OR (p.counted_at >= b.applied_at AND b.source_seq IS NULL)
        )
GROUP BY
    p.warehouse_code, p.item_code, p.lot_no, p.location_code, p.stock_status, p.counted_qty,
    p.counted_through_seq
HAVING p.counted_qty <> coalesce(sum(b.qty), 0);

-- name: proof_count_comment
COMMENT ON VIEW ops.proof_count IS
'What the book holds at the position of the newest count of a balance is what was counted.';

-- name: proof_period
-- Nothing is posted into a period after it was closed, and nothing before the day it happened.
CREATE VIEW ops.proof_period AS
SELECT
    'closed period' AS law,
    g.warehouse_code,
    'ledger_seq ' || g.ledger_seq AS key,
    'no posting for ' || p.period_start || ' behind position ' || p.closed_ledger_seq AS expected,
    'posted for ' || g.posting_date AS found
FROM book.period AS p
INNER JOIN book.ledger AS g
    ON
        p.warehouse_code = g.warehouse_code
        AND p.closed_ledger_seq < g.ledger_seq
        AND date_trunc('month', CAST(g.posting_date AS timestamp)) = p.period_start
WHERE p.state = 'closed'
UNION ALL
SELECT
    'posting date' AS law,
    g.warehouse_code,
    'ledger_seq ' || g.ledger_seq AS key,
    g.business_date || ', or the first day of a later month' AS expected,
    CAST(g.posting_date AS text) AS found
FROM book.ledger AS g
WHERE
    g.is_late
    AND NOT (g.posting_date > g.business_date AND extract(DAY FROM g.posting_date) = 1)
UNION ALL
SELECT
    'closed before' AS law,
    c.warehouse_code,
    'lane_counter' AS key,
    coalesce(CAST(x.closed_before AS text), 'none') AS expected,
    coalesce(CAST(c.closed_before AS text), 'none') AS found
FROM book.lane_counter AS c
LEFT JOIN (
    SELECT
        p.warehouse_code,
        CAST(max(p.period_start) + CAST('1 month' AS interval) AS date) AS closed_before
    FROM book.period AS p
    WHERE p.state = 'closed'
    GROUP BY p.warehouse_code
) AS x ON c.warehouse_code = x.warehouse_code
WHERE c.closed_before IS DISTINCT FROM x.closed_before;

-- name: proof_period_comment
COMMENT ON VIEW ops.proof_period IS
'Postings into periods that were closed, postings before the day they happened, a wrong last closed period.';

-- name: proof_memory
-- Retiring loses nothing and doubles nothing. What ended in a month that was dropped is remembered
-- alone.
CREATE VIEW ops.proof_memory AS
SELECT
    'memory' AS law,
    coalesce(x.warehouse_code, '*') AS warehouse_code,
    x.doc_type || ' message ' || x.seq AS key,
    'in the archive and not in staging' AS expected,
    concat_ws(
        ', ', CASE WHEN a.seq IS NULL THEN 'not in the archive' END,
        CASE WHEN m.seq IS NOT NULL THEN 'in staging' END,
        'ended as ' || x.state || CASE WHEN a.state <> x.state THEN ', archived as ' || a.state ELSE '' END
    ) AS found
FROM staging.memory AS x
LEFT JOIN archive.message AS a ON x.seq = a.seq AND x.finished_at = a.finished_at
LEFT JOIN staging.message AS m ON x.seq = m.seq
WHERE
    m.seq IS NOT NULL
    OR a.state <> x.state
    OR (
        a.seq IS NULL
        AND NOT EXISTS (
            SELECT
            FROM archive.dropped AS d
            WHERE
                d.month = date_trunc('month', x.finished_at AT TIME ZONE 'UTC')
                AND d.restored_at IS NULL
        )
    )
UNION ALL
SELECT
    'memory' AS law,
    a.lane AS warehouse_code,
    a.doc_type || ' message ' || a.seq AS key,
    'remembered' AS expected,
    'forgotten' AS found
FROM archive.message AS a
WHERE
    NOT EXISTS (
        SELECT
        FROM staging.memory AS x
        WHERE x.seq = a.seq
    );

-- name: proof_memory_comment
COMMENT ON VIEW ops.proof_memory IS
'Each retired message is in the archive and remembered, and nowhere twice.';

-- name: proof
CREATE VIEW ops.proof AS
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_posting AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_reversal AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_balance AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_serial AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_order AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_transfer AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_number AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_delivery AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_message AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_event AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_count AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_period AS p
UNION ALL
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof_memory AS p;

-- name: proof_comment
COMMENT ON VIEW ops.proof IS 'The conservation laws: each row breaks one; empty when all hold.';

-- name: proof_column_comments
-- The columns of all proofs are the same.
DO $body$
DECLARE
    proof text;
BEGIN
    FOR proof IN
        SELECT c.relname FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = CAST('ops' AS regnamespace) AND c.relname LIKE 'proof%'
            AND c.relkind = 'v'
    LOOP
        EXECUTE format($sql$COMMENT ON COLUMN ops.%I.law IS 'law that is broken'$sql$, proof);
        EXECUTE format($sql$COMMENT ON COLUMN ops.%I.warehouse_code IS 'lane'$sql$, proof);
        EXECUTE format($sql$COMMENT ON COLUMN ops.%I.key IS 'where'$sql$, proof);
        EXECUTE format($sql$COMMENT ON COLUMN ops.%I.expected IS 'what must be'$sql$, proof);
        EXECUTE format($sql$COMMENT ON COLUMN ops.%I.found IS 'what is'$sql$, proof);
    END LOOP;
END
$body$;
