-- The second look: the open keys of a run are read once more from both sides. What has vanished was
-- no difference but a movement between two extracts.

-- name: second_keys
-- Reads the keys of a closed run whose residual is beyond tolerance.
-- params: run_id bigint
-- returns: warehouse_code text, item_code text, lot_no text, stock_status text; by key
-- plan: difference_pkey
SELECT
    d.warehouse_code,
    d.item_code,
    d.lot_no,
    d.stock_status
FROM recon.difference AS d
WHERE d.run_id = :run_id AND d.residual_qty <> 0 AND NOT d.is_tolerated
ORDER BY d.warehouse_code, d.item_code, d.lot_no, d.stock_status;

-- name: second_open
-- Finds warehouses of the newest closed runs that were asked and whose answers were not compared.
-- params: since timestamptz
-- returns: run_id bigint, warehouse_code text; oldest first
SELECT
    w.run_id,
    w.warehouse_code
FROM recon.run_warehouse AS w
INNER JOIN recon.run AS r ON w.run_id = r.run_id
WHERE
    r.state = 'closed'
    AND r.ended_at > :since
    AND EXISTS (
        SELECT
        FROM staging.message AS m
        WHERE
            m.sender = 'crossdock'
            AND m.doc_type = 'snapshot_request'
            AND m.lane = w.warehouse_code
            AND m.doc_no = 'RUN-' || w.run_id || '-' || w.warehouse_code
    )
    AND NOT EXISTS (
        SELECT
        FROM recon.second_look AS s
        WHERE s.run_id = w.run_id AND s.warehouse_code = w.warehouse_code
    )
    -- A newer run has read everything anyhow.
    AND NOT EXISTS (
        SELECT
        FROM recon.run_warehouse AS n
        INNER JOIN recon.run AS c ON n.run_id = c.run_id AND c.state = 'closed'
        WHERE n.warehouse_code = w.warehouse_code AND n.run_id > w.run_id
    )
ORDER BY w.run_id, w.warehouse_code;

-- name: recon_answer
-- Finds the newest applied snapshot by which a side answered a request.
-- params: sender text, warehouse_code text, request_no text
-- returns: seq bigint, message_id text, xid text, snapshot_no text, as_of timestamptz,
-- through_seq bigint, line_count integer, total_qty numeric, content_hash text
SELECT
    m.seq,
    m.message_id,
    CAST(m.xid AS text) AS xid,
    m.doc_no AS snapshot_no,
    m.as_of,
    m.through_seq,
    m.line_count,
    m.total_qty,
    CAST(NULL AS text) AS content_hash
FROM staging.message AS m
WHERE
    m.sender = :sender
    AND m.doc_type = 'stock_snapshot'
    AND m.state = 'applied'
    AND m.lane = :warehouse_code
    AND btrim(m.request_no) = :request_no
    AND m.through_seq IS NOT NULL
ORDER BY m.as_of DESC, m.seq DESC
LIMIT 1;

-- name: second_write
-- Writes what is left of the keys that were asked for.
-- params: run_id bigint, warehouse_code text, now timestamptz
-- returns: is_transient boolean; one row for each key
INSERT INTO recon.second_look (
    run_id, warehouse_code, item_code, lot_no, stock_status, erp_qty, wms_qty, residual_qty, is_transient, at
)
SELECT
    d.run_id,
    d.warehouse_code,
    d.item_code,
    d.lot_no,
    d.stock_status,
    k.erp,
    k.wms,
    k.r,
    k.r = 0,
    :now
FROM recon.difference AS d
INNER JOIN recon_item AS i ON d.item_code = i.item_code
INNER JOIN recon_status AS s ON d.stock_status = s.stock_status
INNER JOIN recon_key AS k
    ON
        d.warehouse_code = k.warehouse_code AND i.item_no = k.item_no AND d.lot_no = k.lot_no
        AND s.rolled_no = k.status_no
WHERE
    d.run_id = :run_id AND d.warehouse_code = :warehouse_code
    AND d.residual_qty <> 0 AND NOT d.is_tolerated
RETURNING is_transient;
