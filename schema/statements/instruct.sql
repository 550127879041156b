-- Instruct: the documents that crossdock itself sends to a system. They take the main road as
-- messages of our own, are read and answered in the receiver's inbox, and touch no ledger row.

-- name: plan_instruction_deliveries
-- One delivery for each, to the system that it is addressed to.
-- params: systems text[] (receivers with maps)
-- returns: nothing; the row count is the number of deliveries
INSERT INTO batch_delivery (n, seq, receiver, doc_type, action, is_mapped)
SELECT
    row_number() OVER (ORDER BY m.seq),
    m.seq,
    m.system_code,
    m.doc_type,
    m.action,
    m.system_code = ANY(CAST(:systems AS text []))
FROM batch_message AS m
INNER JOIN batch_outcome AS o ON m.seq = o.seq
WHERE o.is_go;

-- name: addressees
-- Which system keeps the book of a side in each warehouse; the ERP's in all that it works for.
-- params: warehouse_codes text[], side text (erp or wms)
-- returns: warehouse_code text, system_code text
SELECT
    w.warehouse_code,
    s.system_code
FROM unnest(CAST(:warehouse_codes AS text [])) AS w (warehouse_code)
INNER JOIN ops.system AS s ON s.kind = :side
WHERE
    EXISTS (
        SELECT
        FROM ops.system_warehouse AS o
        WHERE o.system_code = s.system_code AND o.warehouse_code = w.warehouse_code
    )
    OR (
        s.kind = 'erp'
        AND NOT EXISTS (
            SELECT
            FROM ops.system_warehouse AS a
            WHERE a.system_code = s.system_code
        )
    );

-- name: send_instruction
-- Sends one document. What was sent before under the same number is not sent again.
-- params: doc_type text, message_id text, warehouse_code text, line_count integer, doc_no text,
-- system_code text, run_id bigint (null: none), note text, attributes jsonb
-- returns: seq bigint; no row when it was sent before
INSERT INTO staging.message (
    sender, doc_type, message_id, warehouse_code, action, line_count, doc_no, system_code, run_id,
    note, attributes
)
VALUES (
    'crossdock', :doc_type, :message_id, :warehouse_code, 'post', :line_count, :doc_no, :system_code,
    :run_id, :note, :attributes
)
ON CONFLICT (sender, doc_type, message_id) DO NOTHING
RETURNING seq;

-- name: send_instruction_lines
-- Its lines, in canonical codes and the items' base units.
-- params: doc_type text, message_id text, warehouse_code text, item_codes text[], lot_nos text[],
-- stock_statuses text[], location_codes text[] (a null: no location), qtys numeric[] (a null: none)
-- returns: nothing; the row count is the number of lines
INSERT INTO staging.line (
    sender, doc_type, message_id, line_no, warehouse_code, item_code, lot_no, stock_status,
    location_code, qty
)
SELECT
    'crossdock',
    :doc_type,
    :message_id,
    l.line_no,
    :warehouse_code,
    l.item_code,
    nullif(l.lot_no, ''),
    l.stock_status,
    nullif(l.location_code, ''),
    l.qty
FROM unnest(
    CAST(:item_codes AS text []),
    CAST(:lot_nos AS text []),
    CAST(:stock_statuses AS text []),
    CAST(:location_codes AS text []),
    CAST(:qtys AS numeric [])
) WITH ORDINALITY AS l (item_code, lot_no, stock_status, location_code, qty, line_no)
ON CONFLICT (sender, doc_type, message_id, line_no) DO NOTHING;
