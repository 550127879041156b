-- Look at the lots and the serial numbers of a batch of facts: another expiry than the lot is known
-- by, a piece that is on hand already, goods that have expired. What comes so is booked blocked and
-- a person decides; what left so is posted. Run only where the batch names lots or serial numbers.

-- name: lock_pieces
-- After a few lost races: locks the serial numbers of the batch in one global key order.
-- params: warehouse_code text
-- returns: row_version bigint
-- locks: book.serial rows, FOR NO KEY UPDATE, by key
-- plan: serial_pkey
SELECT s.row_version
FROM book.serial AS s
WHERE
    s.warehouse_code = :warehouse_code
    AND (s.item_code, s.serial_no) IN (
        SELECT
            e.item_code,
            e.serial_no
        FROM batch_entry AS e
        WHERE e.is_piece
    )
ORDER BY s.item_code, s.serial_no
FOR NO KEY UPDATE;

-- name: read_pieces
-- Follows each serial number through the batch, in order of arrival: what was on hand when the
-- line came, and what after it. A line that only moves it within the warehouse changes nothing. A
-- piece that comes while one of its number is on hand clashes; what a reversal brings back does
-- not: it belongs where it was.
-- params: warehouse_code text
-- returns: nothing; the row count is the number of lines that bring or take a piece
-- plan: serial_pkey
INSERT INTO batch_piece (
    seq, line_no, item_code, serial_no, qty, on_hand, row_version, is_blocked
)
SELECT
    x.seq,
    x.line_no,
    x.item_code,
    x.serial_no,
    x.qty,
    s.on_hand,
    s.row_version,
    coalesce(l.serial_controlled AND x.qty > 0 AND coalesce(s.on_hand, 0) + x.upto > 1, false)
FROM (
    SELECT
        d.seq,
        d.line_no,
        d.item_code,
        d.serial_no,
        d.qty,
        sum(d.qty) OVER (
            PARTITION BY d.item_code, d.serial_no
            ORDER BY d.seq, d.line_no
        ) AS upto
    FROM (
        SELECT
            e.seq,
            e.line_no,
            e.item_code,
            e.serial_no,
            sum(e.qty) AS qty
        FROM batch_entry AS e
        WHERE e.is_piece
        GROUP BY e.seq, e.line_no, e.item_code, e.serial_no
        HAVING sum(e.qty) <> 0
    ) AS d
) AS x
LEFT JOIN batch_line AS l ON x.seq = l.seq AND x.line_no = l.line_no
LEFT JOIN LATERAL (
    SELECT
        b.on_hand,
        b.row_version
    FROM book.serial AS b
    WHERE
        b.warehouse_code = :warehouse_code
        AND b.item_code = x.item_code
        AND b.serial_no = x.serial_no
    LIMIT 1
) AS s ON true;

-- name: look_goods
-- Tells how many serial numbers the batch brings or takes and how many are new, how many lots get
-- their date by it, and how many lines a person must look at.
-- returns: pieces bigint, new_pieces bigint, odd_pieces bigint, new_lots bigint, odd_lots bigint
SELECT
    p.pieces,
    p.new_pieces,
    p.odd_pieces,
    b.new_lots,
    b.odd_lots
FROM (
    SELECT
        count(DISTINCT x.item_code || E'\x1f' || x.serial_no) AS pieces,
        count(*) FILTER (WHERE x.row_version IS NULL) AS new_pieces,
        count(*) FILTER (WHERE x.is_blocked) AS odd_pieces
    FROM batch_piece AS x
) AS p
CROSS JOIN (
    SELECT
        count(*) FILTER (WHERE x.is_first) AS new_lots,
        count(*) FILTER (WHERE x.is_clash OR x.is_expired) AS odd_lots
    FROM batch_lot AS x
) AS b;

-- name: find_pieces
-- Finds the pieces that are on hand already.
INSERT INTO batch_finding (seq, line_no, column_name, code, severity, value, need)
SELECT
    p.seq,
    p.line_no,
    'serial_no',
    'LOT-005',
    'task',
    p.serial_no,
    p.qty
FROM batch_piece AS p
WHERE p.is_blocked;

-- name: read_lots
-- Lays beside each line what its lot was known to expire on when the line came: what the book says,
-- or the first line of the batch that said it. Who brought the date and is reversed takes it along:
-- lines after the reversal say it anew.
-- params: warehouse_code text
-- returns: nothing; the row count is the number of lines with a date to look at
-- plan: lot_pkey
INSERT INTO batch_lot (
    seq, line_no, item_code, lot_no, expires_on, known_on, business_date, is_incoming, is_first,
    is_clash, is_expired
)
SELECT
    k.seq,
    k.line_no,
    k.item_code,
    k.lot_no,
    coalesce(k.expires_on, k.known_on),
    k.known_on,
    k.business_date,
    k.is_incoming,
    k.expires_on IS NOT NULL AND k.lot_no <> '' AND k.known_on IS NULL,
    coalesce(k.expires_on <> k.known_on, false),
    coalesce(k.expires_on, k.known_on) < k.business_date AND k.is_judged
FROM (
    SELECT
        x.seq,
        x.line_no,
        x.item_code,
        x.lot_no,
        x.expires_on,
        x.is_incoming,
        x.is_judged,
        x.business_date,
        CASE
            WHEN x.lot_no = '' THEN NULL
            WHEN NOT x.is_after AND x.book_on IS NOT NULL THEN x.book_on
            WHEN (first_value(x.seq) OVER w, first_value(x.line_no) OVER w) < (x.seq, x.line_no)
                THEN first_value(x.expires_on) OVER w
        END AS known_on
    FROM (
        SELECT
            l.seq,
            l.line_no,
            l.item_code,
            l.lot_no,
            l.expires_on,
            m.doc_type IN ('goods_receipt', 'production_receipt') AS is_incoming,
            coalesce(m.order_type, '') <> 'supplier_return' AS is_judged,
            CAST(m.occurred_at AT TIME ZONE w.time_zone AS date) AS business_date,
            b.expires_on AS book_on,
            coalesce(l.seq > r.seq, false) AS is_after
        FROM batch_line AS l
        INNER JOIN batch_message AS m ON l.seq = m.seq
        INNER JOIN batch_outcome AS o ON l.seq = o.seq
        INNER JOIN book.warehouse AS w ON w.warehouse_code = :warehouse_code
        LEFT JOIN LATERAL (
            SELECT
                n.expires_on,
                n.message_seq
            FROM book.lot AS n
            WHERE
                n.warehouse_code = :warehouse_code
                AND n.item_code = l.item_code
                AND n.lot_no = l.lot_no
            LIMIT 1
        ) AS b ON true
        LEFT JOIN batch_reversal AS r ON b.message_seq = r.original_seq
        WHERE
            o.is_go AND m.is_order_fact
            AND (l.expires_on IS NOT NULL OR b.expires_on IS NOT NULL OR l.lot_no <> '')
    ) AS x
    WINDOW w AS (
        PARTITION BY x.item_code, x.lot_no, x.is_after
        ORDER BY x.expires_on IS NULL, x.seq, x.line_no
    )
) AS k
WHERE coalesce(k.expires_on, k.known_on) IS NOT NULL;

-- name: find_lots
-- Finds the lines whose date is not the lot's, and those that had expired on the day they came or
-- left. A date that is in doubt is told once.
INSERT INTO batch_finding (seq, line_no, column_name, code, severity, value, expected, need)
SELECT
    b.seq,
    b.line_no,
    CASE WHEN b.is_incoming THEN 'expires_on' ELSE 'lot_no' END,
    CASE WHEN b.is_clash THEN 'LOT-004' ELSE 'LOT-006' END,
    'task',
    CAST(b.expires_on AS text),
    CAST(CASE WHEN b.is_clash THEN b.known_on ELSE b.business_date END AS text),
    l.base_qty
FROM batch_lot AS b
INNER JOIN batch_line AS l ON b.seq = l.seq AND b.line_no = l.line_no
WHERE b.is_clash OR b.is_expired;

-- name: block_entries
-- Books what came so as blocked, whatever status was sent; what left is posted as it left.
UPDATE batch_entry AS e
SET stock_status = 'blocked'
FROM (
    SELECT
        p.seq,
        p.line_no
    FROM batch_piece AS p
    WHERE p.is_blocked
    UNION
    SELECT
        b.seq,
        b.line_no
    FROM batch_lot AS b
    WHERE b.is_incoming AND (b.is_clash OR b.is_expired)
) AS x
WHERE e.seq = x.seq AND e.line_no = x.line_no;

-- name: create_pieces
-- Makes the serial numbers that were not known yet, none on hand; two workers that meet make one
-- row.
-- params: warehouse_code text, now timestamptz
INSERT INTO book.serial (
    warehouse_code, item_code, serial_no, on_hand, message_seq, row_version, changed_at
)
SELECT
    :warehouse_code,
    p.item_code,
    p.serial_no,
    0,
    max(p.seq),
    0,
    :now
FROM batch_piece AS p
WHERE p.row_version IS NULL
GROUP BY p.item_code, p.serial_no
ORDER BY p.item_code, p.serial_no
ON CONFLICT (warehouse_code, item_code, serial_no) DO NOTHING;

-- name: update_pieces
-- One update for each serial number; guarded by the version read.
-- params: now timestamptz, warehouse_code text
-- returns: nothing; the row count must be the number of serial numbers of the batch
-- plan: serial_pkey
UPDATE book.serial AS s
SET
    on_hand = coalesce(x.on_hand, 0) + x.qty,
    message_seq = x.message_seq,
    row_version = s.row_version + 1,
    changed_at = :now
FROM (
    SELECT
        p.item_code,
        p.serial_no,
        p.on_hand,
        p.row_version,
        sum(p.qty) AS qty,
        max(p.seq) AS message_seq
    FROM batch_piece AS p
    GROUP BY p.item_code, p.serial_no, p.on_hand, p.row_version
) AS x
WHERE
    s.warehouse_code = :warehouse_code
    AND s.item_code = x.item_code
    AND s.serial_no = x.serial_no
    AND s.row_version = coalesce(x.row_version, 0);

-- name: find_forgotten
-- Finds the lots whose date was brought by a receipt that the batch reverses.
-- params: warehouse_code text
-- returns: item_code text, lot_no text
-- plan: lot_pkey
SELECT DISTINCT
    e.item_code,
    e.lot_no
FROM batch_reversal AS r
INNER JOIN batch_entry AS e ON r.seq = e.seq
CROSS JOIN LATERAL (
    SELECT n.message_seq
    FROM book.lot AS n
    WHERE
        n.warehouse_code = :warehouse_code
        AND n.item_code = e.item_code
        AND n.lot_no = e.lot_no
    LIMIT 1
) AS b
WHERE b.message_seq = r.original_seq;

-- name: forget_lots
-- Forgets their dates: the corrected receipt says its own.
-- params: items text[], lots text[], warehouse_code text
-- plan: lot_pkey
UPDATE book.lot AS b
SET
    expires_on = NULL,
    message_seq = NULL
FROM unnest(CAST(:items AS text []), CAST(:lots AS text [])) AS x (item_code, lot_no)
WHERE b.warehouse_code = :warehouse_code AND b.item_code = x.item_code AND b.lot_no = x.lot_no;

-- name: write_lots
-- Remembers the date of a lot when it is said first. Of two workers that meet with two dates the
-- slower one writes no row, and judges its line anew.
-- params: warehouse_code text
-- returns: nothing; the row count must be the number of lots whose date is new
INSERT INTO book.lot AS n (warehouse_code, item_code, lot_no, expires_on, message_seq)
SELECT
    :warehouse_code,
    b.item_code,
    b.lot_no,
    b.expires_on,
    b.seq
FROM batch_lot AS b
WHERE b.is_first
ORDER BY b.item_code, b.lot_no
ON CONFLICT (warehouse_code, item_code, lot_no) DO UPDATE SET
    expires_on = excluded.expires_on,
    message_seq = excluded.message_seq
WHERE n.expires_on IS NULL;
