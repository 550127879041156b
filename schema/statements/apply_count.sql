-- Apply counts: the difference to what the book held at the count's position.

-- name: defer_counts
-- Two counts of one balance do not go together: the second must see the first.
UPDATE batch_outcome AS o
SET outcome = 'later'
FROM (
    SELECT
        l.seq,
        min(l.seq) OVER (
            PARTITION BY l.item_code, l.lot_no, l.location_code, l.stock_status
        ) AS first_seq
    FROM batch_line AS l
    INNER JOIN batch_outcome AS g ON l.seq = g.seq
    WHERE g.is_go
) AS x
WHERE o.seq = x.seq AND x.seq > x.first_seq AND o.is_go;

-- name: create_counted_balances
-- Makes the counted balances that do not exist yet, at zero, so that they can be locked.
-- params: warehouse_code text, now timestamptz
INSERT INTO book.balance (
    warehouse_code, item_code, lot_no, location_code, stock_status, qty, row_version, changed_at
)
SELECT DISTINCT
    :warehouse_code,
    l.item_code,
    l.lot_no,
    l.location_code,
    l.stock_status,
    0,
    0,
    CAST(:now AS timestamptz)
FROM batch_line AS l
INNER JOIN batch_outcome AS o ON l.seq = o.seq
WHERE o.is_go
ORDER BY l.item_code, l.lot_no, l.location_code, l.stock_status
ON CONFLICT (warehouse_code, item_code, lot_no, location_code, stock_status) DO NOTHING;

-- name: lock_counted_balances
-- Locks the counted balances in the global key order.
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
            l.item_code,
            l.lot_no,
            l.location_code,
            l.stock_status
        FROM batch_line AS l
        INNER JOIN batch_outcome AS o ON l.seq = o.seq
        WHERE o.is_go
    )
ORDER BY b.item_code, b.lot_no, b.location_code, b.stock_status
FOR NO KEY UPDATE;

-- name: lowest_position
-- The lowest position that a count of the batch includes: below it the ledger is not read.
-- returns: lowest bigint
SELECT min(m.counted_through_seq) AS lowest
FROM batch_message AS m;

-- name: read_counts
-- Reads what the book held, for each counted balance, at the position that the count includes.
-- The ledger above the lowest position is read once and joined: as a sum for each counted balance
-- 2,000 of them read 30 million rows in 13 s, joined 15,000 rows in 0.13 s.
-- params: warehouse_code text, lowest bigint
-- plan: balance_pkey, ledger_source_seq_idx
INSERT INTO batch_count (
    seq, line_no, item_code, lot_no, location_code, stock_status, counted_qty, book_qty, position,
    earlier_position, earlier_qty
)
SELECT
    c.seq,
    c.line_no,
    c.item_code,
    c.lot_no,
    c.location_code,
    c.stock_status,
    c.counted_qty,
    coalesce(b.qty, 0) - coalesce(g.qty, 0),
    c.position,
    p.counted_through_seq,
    p.counted_qty
FROM (
    SELECT
        l.seq,
        min(l.line_no) AS line_no,
        l.item_code,
        l.lot_no,
        l.location_code,
        l.stock_status,
        sum(l.base_qty) AS counted_qty,
        max(m.counted_through_seq) AS position
    FROM batch_line AS l
    INNER JOIN batch_message AS m ON l.seq = m.seq
    INNER JOIN batch_outcome AS o ON l.seq = o.seq
    WHERE o.is_go
    GROUP BY l.seq, l.item_code, l.lot_no, l.location_code, l.stock_status
) AS c
LEFT JOIN book.balance AS b
    ON
        b.warehouse_code = :warehouse_code
        AND c.item_code = b.item_code
        AND c.lot_no = b.lot_no
        AND c.location_code = b.location_code
        AND c.stock_status = b.stock_status
LEFT JOIN (
    SELECT
        n.seq,
        a.item_code,
        a.lot_no,
        a.location_code,
        a.stock_status,
        sum(a.qty) AS qty
    FROM book.ledger AS a
    INNER JOIN (
        SELECT DISTINCT
            l.seq,
            l.item_code,
            l.lot_no,
            l.location_code,
            l.stock_status,
            m.counted_through_seq AS position
        FROM batch_line AS l
        INNER JOIN batch_message AS m ON l.seq = m.seq
    ) AS n
        ON
            a.item_code = n.item_code
            AND a.lot_no = n.lot_no
            AND a.location_code = n.location_code
            AND a.stock_status = n.stock_status
            AND a.source_seq > n.position
    WHERE a.warehouse_code = :warehouse_code AND a.source_seq > CAST(:lowest AS bigint)
    GROUP BY n.seq, a.item_code, a.lot_no, a.location_code, a.stock_status
) AS g
    ON
        c.seq = g.seq
        AND c.item_code = g.item_code
        AND c.lot_no = g.lot_no
        AND c.location_code = g.location_code
        AND c.stock_status = g.stock_status
LEFT JOIN book.count_position AS p
    ON
        p.warehouse_code = :warehouse_code
        AND c.item_code = p.item_code
        AND c.lot_no = p.lot_no
        AND c.location_code = p.location_code
        AND c.stock_status = p.stock_status;

-- name: enter_counts
-- Ledger rows of the differences. They carry the count's position as source_seq, for they are
-- true as of it. The same count said twice has no effect.
INSERT INTO batch_entry (
    seq, line_no, entry_no, movement_type, item_code, lot_no, serial_no, location_code,
    stock_status, qty, source_seq, sent_qty, sent_uom, numerator, denominator, reason_code
)
SELECT
    c.seq,
    c.line_no,
    0,
    CASE WHEN c.counted_qty > c.book_qty THEN 'count_gain' ELSE 'count_loss' END,
    c.item_code,
    c.lot_no,
    '',
    c.location_code,
    c.stock_status,
    c.counted_qty - c.book_qty,
    c.position,
    l.qty,
    l.uom,
    l.numerator,
    l.denominator,
    l.reason_code
FROM batch_count AS c
INNER JOIN batch_line AS l ON c.seq = l.seq AND c.line_no = l.line_no
WHERE
    c.counted_qty <> c.book_qty
    AND NOT coalesce(c.earlier_position = c.position, false);

-- name: write_count_positions
-- Keeps the newest count of each balance.
-- params: warehouse_code text
INSERT INTO book.count_position AS p (
    warehouse_code, item_code, lot_no, location_code, stock_status, counted_through_seq,
    counted_qty, message_seq
)
SELECT
    :warehouse_code,
    c.item_code,
    c.lot_no,
    c.location_code,
    c.stock_status,
    c.position,
    c.counted_qty,
    c.seq
FROM batch_count AS c
WHERE c.position IS NOT NULL
ORDER BY c.item_code, c.lot_no, c.location_code, c.stock_status
ON CONFLICT (warehouse_code, item_code, lot_no, location_code, stock_status) DO UPDATE SET
    counted_through_seq = excluded.counted_through_seq,
    counted_qty = excluded.counted_qty,
    message_seq = excluded.message_seq
WHERE p.counted_through_seq < excluded.counted_through_seq;
