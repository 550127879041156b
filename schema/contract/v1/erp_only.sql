-- Views that only the ERP has.

-- name: posting_line
CREATE VIEW erp_v1.posting_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    delivery_id,
    line_no,
    receiver_ref,
    item_code,
    qty,
    uom,
    lot_no,
    stock_status,
    posted_at,
    received_at
FROM staging.posting_line
WHERE sender = (SELECT staging.sender());

-- name: posting_line_grant
GRANT SELECT, INSERT (
    message_id, warehouse_code, delivery_id, line_no, receiver_ref, item_code, qty, uom, lot_no,
    stock_status, posted_at
) ON erp_v1.posting_line TO crossdock_erp;

-- name: posting_line_comment
COMMENT ON VIEW erp_v1.posting_line IS
'The echo, optional: what you posted for a delivery; proves double and wrong postings.';

-- name: posting_line_column_comments
COMMENT ON COLUMN erp_v1.posting_line.message_id IS
'your own id of this row; repeating it fails with 23505';
COMMENT ON COLUMN erp_v1.posting_line.warehouse_code IS 'warehouse of the delivery';
COMMENT ON COLUMN erp_v1.posting_line.delivery_id IS 'delivery that was posted';
COMMENT ON COLUMN erp_v1.posting_line.line_no IS 'line of the delivery';
COMMENT ON COLUMN erp_v1.posting_line.receiver_ref IS 'your own document number';
COMMENT ON COLUMN erp_v1.posting_line.item_code IS 'item as posted';
COMMENT ON COLUMN erp_v1.posting_line.qty IS 'quantity as posted, in uom';
COMMENT ON COLUMN erp_v1.posting_line.uom IS 'unit as posted';
COMMENT ON COLUMN erp_v1.posting_line.lot_no IS 'lot as posted';
COMMENT ON COLUMN erp_v1.posting_line.stock_status IS 'stock status as posted';
COMMENT ON COLUMN erp_v1.posting_line.posted_at IS 'when it was posted';
COMMENT ON COLUMN erp_v1.posting_line.received_at IS 'when it was inserted here';
