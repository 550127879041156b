-- Rehearse: what one message would do, read in the transaction that is rolled back afterwards.

-- name: rehearse_lock
-- Takes the message under lock, whatever its state; a batch that works on it is waited for.
-- params: seq bigint
-- returns: lane text, road text, state text, is_open boolean, doc_type text, doc_no text; one row, or
-- none; open: it may still be applied
-- locks: one row of staging.message
-- plan: message_pkey
SELECT
    m.lane,
    m.road,
    m.state,
    m.state IN ('received', 'waiting', 'retrying', 'held', 'error') AS is_open,
    m.doc_type,
    btrim(m.doc_no) AS doc_no
FROM staging.message AS m
WHERE m.seq = :seq
FOR NO KEY UPDATE;

-- name: rehearse_wake
-- Makes the message due; what an operator would have to requeue or release begins its limits anew.
-- params: seq bigint
-- plan: message_pkey
UPDATE staging.message AS m
SET
    state = 'received',
    waiting_for = NULL,
    next_attempt_at = NULL,
    waiting_since = CASE WHEN m.state IN ('received', 'waiting', 'retrying') THEN m.waiting_since END,
    state_reason = 'rehearsed'
WHERE m.seq = :seq;

-- name: rehearse_orders
-- The orders that the message concerns: the one it is or names, and those its ledger rows name.
-- params: seq bigint, warehouse_code text
-- returns: order_type text, order_no text
-- plan: ledger_message_key
SELECT
    m.book_order_type AS order_type,
    m.order_no
FROM batch_message AS m
WHERE m.book_order_type IS NOT NULL AND m.order_no IS NOT NULL
UNION
SELECT
    l.order_type,
    l.order_no
FROM book.ledger AS l
WHERE l.warehouse_code = :warehouse_code AND l.message_seq = :seq AND l.order_no IS NOT NULL;

-- name: rehearse_order_lines
-- The lines of orders as they stand at this moment.
-- params: warehouse_code text, order_types text[], order_nos text[]
-- returns: order_type text, order_no text, order_state text, revision integer, line_no integer,
-- item_code text, state text, ordered_qty numeric, done_qty numeric, cancelled_qty numeric, short_qty
-- numeric, open_qty numeric; one row for each line
-- plan: order_head_pkey, order_line_pkey
SELECT
    h.order_type,
    h.order_no,
    h.state AS order_state,
    h.revision,
    l.line_no,
    l.item_code,
    l.state,
    l.ordered_qty,
    l.done_qty,
    l.cancelled_qty,
    l.short_qty,
    l.open_qty
FROM unnest(CAST(:order_types AS text []), CAST(:order_nos AS text [])) AS o (order_type, order_no)
INNER JOIN book.order_head AS h
    ON h.warehouse_code = :warehouse_code AND o.order_type = h.order_type AND o.order_no = h.order_no
LEFT JOIN book.order_line AS l
    ON l.warehouse_code = :warehouse_code AND h.order_type = l.order_type AND h.order_no = l.order_no
ORDER BY h.order_type, h.order_no, l.line_no;

-- name: rehearse_ledger
-- The ledger rows of the message.
-- params: seq bigint, warehouse_code text
-- returns: line_no integer, movement_type text, item_code text, lot_no text, serial_no text,
-- location_code text, stock_status text, qty numeric, posting_date date, order_no text, order_line_no
-- integer
-- plan: ledger_message_key
SELECT
    l.line_no,
    l.movement_type,
    l.item_code,
    nullif(l.lot_no, '') AS lot_no,
    nullif(l.serial_no, '') AS serial_no,
    nullif(l.location_code, '') AS location_code,
    l.stock_status,
    l.qty,
    l.posting_date,
    l.order_no,
    l.order_line_no
FROM book.ledger AS l
WHERE l.warehouse_code = :warehouse_code AND l.message_seq = :seq
ORDER BY l.ledger_seq;

-- name: rehearse_balances
-- The balances that those rows change, before and after.
-- params: seq bigint, warehouse_code text
-- returns: item_code text, lot_no text, location_code text, stock_status text, qty_before numeric,
-- qty_after numeric
-- plan: ledger_message_key, balance_pkey
SELECT
    b.item_code,
    nullif(b.lot_no, '') AS lot_no,
    nullif(b.location_code, '') AS location_code,
    b.stock_status,
    b.qty - x.qty AS qty_before,
    b.qty AS qty_after
FROM (
    SELECT
        l.item_code,
        l.lot_no,
        l.location_code,
        l.stock_status,
        sum(l.qty) AS qty
    FROM book.ledger AS l
    WHERE l.warehouse_code = :warehouse_code AND l.message_seq = :seq
    GROUP BY l.item_code, l.lot_no, l.location_code, l.stock_status
) AS x
INNER JOIN book.balance AS b
    ON
        b.warehouse_code = :warehouse_code
        AND x.item_code = b.item_code
        AND x.lot_no = b.lot_no
        AND x.location_code = b.location_code
        AND x.stock_status = b.stock_status
ORDER BY b.item_code, b.lot_no, b.location_code, b.stock_status;

-- name: rehearse_open_deliveries
-- The deliveries of the document that its receiver has not answered.
-- params: doc_type text, doc_no text, warehouse_code text
-- returns: delivery_id bigint
-- plan: delivery_document_idx
SELECT d.delivery_id
FROM staging.delivery AS d
WHERE
    d.doc_type = :doc_type AND d.doc_no = :doc_no AND d.warehouse_code = :warehouse_code
    AND d.state IN ('pending', 'taken')
ORDER BY d.delivery_id;

-- name: rehearse_deliveries
-- What the message lays into inboxes, and what becomes of the deliveries that were open before.
-- params: seq bigint, warehouse_code text, delivery_n bigint (the lane's counter before), earlier
-- bigint[] (open before)
-- returns: delivery_id bigint, receiver text, doc_type text, doc_no text, action text, state text,
-- is_new boolean
-- plan: delivery_pkey
SELECT
    d.delivery_id,
    d.receiver,
    d.doc_type,
    d.doc_no,
    d.action,
    d.state,
    true AS is_new
FROM book.lane_counter AS c
INNER JOIN staging.delivery AS d
    ON
        d.delivery_id > c.warehouse_no * 1000000000000 + :delivery_n
        AND d.delivery_id <= c.warehouse_no * 1000000000000 + c.delivery_n
WHERE c.warehouse_code = :warehouse_code AND d.seq = :seq
UNION ALL
SELECT
    e.delivery_id,
    e.receiver,
    e.doc_type,
    e.doc_no,
    e.action,
    e.state,
    false AS is_new
FROM staging.delivery AS e
WHERE e.delivery_id = ANY(CAST(:earlier AS bigint [])) AND e.state NOT IN ('pending', 'taken')
ORDER BY delivery_id;

-- name: rehearse_known
-- What there is before: the lane's counter of deliveries, the message's tasks, the highest seq.
-- params: seq bigint, warehouse_code text
-- returns: delivery_n bigint, tasks bigint[], highest bigint
SELECT
    coalesce((
        SELECT c.delivery_n
        FROM book.lane_counter AS c
        WHERE c.warehouse_code = :warehouse_code
    ), 0) AS delivery_n,
    ARRAY(SELECT t.task_id FROM ops.decision AS t WHERE t.seq = :seq) AS tasks,
    (SELECT max(m.seq) FROM staging.message AS m) AS highest;

-- name: rehearse_tasks
-- The decisions that the message asks for.
-- params: seq bigint, known bigint[]
-- returns: code text, line_no integer, text text, hint text
-- plan: decision_event_key
SELECT
    t.code,
    t.line_no,
    t.text,
    t.hint
FROM ops.decision AS t
WHERE t.seq = :seq AND t.task_id <> ALL(CAST(:known AS bigint []))
ORDER BY t.task_id;

-- name: rehearse_messages
-- Messages that it replaces, and messages that it sends to other lanes.
-- params: seq bigint, highest bigint
-- returns: seq bigint, doc_type text, doc_no text, lane text, state text, is_new boolean
-- plan: message_superseded_by_idx, message_pkey
SELECT
    m.seq,
    m.doc_type,
    m.doc_no,
    m.lane,
    m.state,
    m.superseded_by IS NULL AS is_new
FROM staging.message AS m
WHERE
    m.superseded_by = :seq
    OR (m.seq > :highest AND m.xid = pg_current_xact_id() AND m.sender = 'crossdock')
ORDER BY m.seq;

-- name: rehearse_findings
-- What the rules found, as stored.
-- params: seq bigint
-- returns: line_no integer, column_name text, code text, severity text, value text, expected text,
-- text text, hint text
-- plan: message_error_seq_idx
SELECT
    e.line_no,
    e.column_name,
    e.code,
    e.severity,
    e.value,
    e.expected,
    e.text,
    e.hint
FROM staging.message_error AS e
WHERE e.seq = :seq AND e.resolved_at IS NULL
ORDER BY e.line_no NULLS FIRST, e.code, e.column_name;

-- name: rehearse_blocker
-- Who of the same document goes first.
-- params: seq bigint
-- returns: blocked_by bigint; one row, or none
-- plan: message_doc_key_idx
SELECT w.blocked_by
FROM ops.waiting_on AS w
WHERE w.seq = :seq AND w.blocked_by IS NOT NULL;
