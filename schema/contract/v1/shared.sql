-- Views that both sides have under the same name, in {schema} for {role}.
-- The loader replaces {schema} and {role}; the texts are the same for the ERP and for a WMS.

-- name: inbox
CREATE VIEW {schema}.inbox WITH (security_barrier) AS
SELECT
    delivery_id,
    warehouse_code,
    doc_type,
    doc_no,
    revision,
    action,
    message_id,
    delivered_at,
    state,
    receiver_ref,
    answer_reason_code AS reason_code,
    answer_note AS note,
    answered_at
FROM staging.delivery
WHERE receiver = (SELECT staging.sender());

-- name: inbox_grant
GRANT SELECT, UPDATE (state, receiver_ref, reason_code, note) ON {schema}.inbox TO {role};

-- name: inbox_comment
COMMENT ON VIEW {schema}.inbox IS
'What you have to read and to answer: UPDATE state to taken, accepted or refused.';

-- name: inbox_column_comments
COMMENT ON COLUMN {schema}.inbox.delivery_id IS
'number of the delivery; joins the headers and lines to read';
COMMENT ON COLUMN {schema}.inbox.warehouse_code IS
'warehouse of the document; null for master data';
COMMENT ON COLUMN {schema}.inbox.doc_type IS 'document type: the name of the view that holds it';
COMMENT ON COLUMN {schema}.inbox.doc_no IS 'the document''s own number';
COMMENT ON COLUMN {schema}.inbox.revision IS 'revision of a request';
COMMENT ON COLUMN {schema}.inbox.action IS
'what is asked or reported: upsert, cancel, close, post, reverse';
COMMENT ON COLUMN {schema}.inbox.message_id IS 'the sender''s own id of the transmission';
COMMENT ON COLUMN {schema}.inbox.delivered_at IS 'when it was laid into the inbox';
COMMENT ON COLUMN {schema}.inbox.state IS 'pending, taken, accepted, refused or withdrawn';
COMMENT ON COLUMN {schema}.inbox.receiver_ref IS 'your own document number';
COMMENT ON COLUMN {schema}.inbox.reason_code IS 'why you refused';
COMMENT ON COLUMN {schema}.inbox.note IS 'your words';
COMMENT ON COLUMN {schema}.inbox.answered_at IS 'when you accepted or refused';

-- name: message_status
CREATE VIEW {schema}.message_status WITH (security_barrier) AS
SELECT
    seq,
    message_id,
    doc_type,
    coalesce(doc_no, CASE WHEN road IN ('master', 'detail') THEN substr(doc_key, length(doc_type) + 2) END)
        AS doc_no,
    revision,
    state,
    received_at,
    finished_at,
    attempts,
    waiting_for,
    duplicate_of,
    superseded_by
FROM ops.every_message
WHERE sender = (SELECT staging.sender())
UNION ALL
SELECT
    k.seq,
    k.message_id,
    k.doc_type,
    NULL,
    NULL,
    k.state,
    NULL,
    k.finished_at,
    NULL,
    NULL,
    NULL,
    NULL
FROM staging.memory AS k
WHERE
    k.sender = (SELECT staging.sender())
    AND NOT EXISTS (
        SELECT
        FROM archive.message AS a
        WHERE a.seq = k.seq AND a.finished_at = k.finished_at
    );

-- name: message_status_grant
GRANT SELECT ON {schema}.message_status TO {role};

-- name: message_status_comment
COMMENT ON VIEW {schema}.message_status IS 'Where each of your own messages stands, also those that were retired to the archive; of those whose month was dropped the end alone is known.';

-- name: message_status_column_comments
COMMENT ON COLUMN {schema}.message_status.seq IS
'our number of the message, unique across everything';
COMMENT ON COLUMN {schema}.message_status.message_id IS 'your own id of the transmission';
COMMENT ON COLUMN {schema}.message_status.doc_type IS
'document type: the name of the view it came through';
COMMENT ON COLUMN {schema}.message_status.doc_no IS
'own number of the document; master data: their codes';
COMMENT ON COLUMN {schema}.message_status.revision IS 'revision of a request';
COMMENT ON COLUMN {schema}.message_status.state IS 'where the message stands';
COMMENT ON COLUMN {schema}.message_status.received_at IS
'when it was inserted; null: its month was dropped';
COMMENT ON COLUMN {schema}.message_status.finished_at IS 'when it came to its end';
COMMENT ON COLUMN {schema}.message_status.attempts IS 'attempts that failed';
COMMENT ON COLUMN {schema}.message_status.waiting_for IS
'the first thing that it waits for: lines, item:X, answer:N ...';
COMMENT ON COLUMN {schema}.message_status.duplicate_of IS
'seq of the message with the same content';
COMMENT ON COLUMN {schema}.message_status.superseded_by IS 'seq of the message that replaced it';

-- name: message_error
CREATE VIEW {schema}.message_error WITH (security_barrier) AS
SELECT
    e.seq,
    m.message_id,
    e.line_no,
    e.column_name,
    e.code,
    e.severity,
    e.value,
    e.expected,
    e.text,
    e.hint,
    e.first_seen_at,
    e.resolved_at
FROM ops.every_message_error AS e
INNER JOIN ops.every_message AS m ON e.seq = m.seq
WHERE m.sender = (SELECT staging.sender());

-- name: message_error_grant
GRANT SELECT ON {schema}.message_error TO {role};

-- name: message_error_comment
COMMENT ON VIEW {schema}.message_error IS
'Every finding of your own messages, one row for each line and column.';

-- name: message_error_column_comments
COMMENT ON COLUMN {schema}.message_error.seq IS 'message it was found in';
COMMENT ON COLUMN {schema}.message_error.message_id IS 'your own id of the transmission';
COMMENT ON COLUMN {schema}.message_error.line_no IS 'line it was found on; null for the header';
COMMENT ON COLUMN {schema}.message_error.column_name IS 'column it was found in';
COMMENT ON COLUMN {schema}.message_error.code IS 'error code, FAMILY-nnn';
COMMENT ON COLUMN {schema}.message_error.severity IS
'error, wait (it may still come), task (posted, a person decides) or warning';
COMMENT ON COLUMN {schema}.message_error.value IS 'what was sent';
COMMENT ON COLUMN {schema}.message_error.expected IS 'what would have been right';
COMMENT ON COLUMN {schema}.message_error.text IS 'the finding in words';
COMMENT ON COLUMN {schema}.message_error.hint IS 'what to do';
COMMENT ON COLUMN {schema}.message_error.first_seen_at IS 'when it was found first';
COMMENT ON COLUMN {schema}.message_error.resolved_at IS
'since when it no longer holds; null: it does';

-- name: order_status
CREATE VIEW {schema}.order_status WITH (security_barrier) AS
SELECT
    h.warehouse_code,
    CASE h.order_type WHEN 'transit_notice' THEN 'transfer_order' ELSE h.order_type END
        AS order_type,
    h.order_no,
    h.revision,
    h.state,
    l.line_no,
    l.item_code,
    i.base_uom AS uom,
    l.ordered_qty,
    l.done_qty,
    l.cancelled_qty,
    l.short_qty,
    l.over_qty,
    l.open_qty,
    l.state AS state_of_line,
    l.last_fact_at
FROM book.order_head AS h
LEFT JOIN book.order_line AS l
    ON
        h.warehouse_code = l.warehouse_code
        AND h.order_type = l.order_type
        AND h.order_no = l.order_no
LEFT JOIN book.item AS i ON l.item_code = i.item_code
WHERE
    (SELECT staging.my_warehouses()) IS NULL
    OR h.warehouse_code = ANY(CAST((SELECT staging.my_warehouses()) AS text []));

-- name: order_status_grant
GRANT SELECT ON {schema}.order_status TO {role};

-- name: order_status_comment
COMMENT ON VIEW {schema}.order_status IS
'Progress of every order line, in base units: ordered + over = done + cancelled + short + open.';

-- name: order_status_column_comments
COMMENT ON COLUMN {schema}.order_status.warehouse_code IS 'warehouse that works the order';
COMMENT ON COLUMN {schema}.order_status.order_type IS 'document type of the order';
COMMENT ON COLUMN {schema}.order_status.order_no IS 'number of the order';
COMMENT ON COLUMN {schema}.order_status.revision IS 'revision in force';
COMMENT ON COLUMN {schema}.order_status.state IS 'where the order stands';
COMMENT ON COLUMN {schema}.order_status.line_no IS
'line of the order; 0 is the product of a production_order';
COMMENT ON COLUMN {schema}.order_status.item_code IS 'item, in the canonical code';
COMMENT ON COLUMN {schema}.order_status.uom IS 'base unit of the item: all quantities are in it';
COMMENT ON COLUMN {schema}.order_status.ordered_qty IS 'ordered';
COMMENT ON COLUMN {schema}.order_status.done_qty IS 'received, shipped, issued or made';
COMMENT ON COLUMN {schema}.order_status.cancelled_qty IS 'cancelled';
COMMENT ON COLUMN {schema}.order_status.short_qty IS 'given up at the end';
COMMENT ON COLUMN {schema}.order_status.over_qty IS 'done and cancelled above ordered';
COMMENT ON COLUMN {schema}.order_status.open_qty IS 'still expected';
COMMENT ON COLUMN {schema}.order_status.state_of_line IS 'where the line stands';
COMMENT ON COLUMN {schema}.order_status.last_fact_at IS
'when the last fact was applied to the line';

-- name: stock
CREATE VIEW {schema}.stock WITH (security_barrier) AS
SELECT
    b.warehouse_code,
    b.item_code,
    b.lot_no,
    b.location_code,
    b.stock_status,
    b.qty,
    i.base_uom AS uom,
    b.row_version,
    b.changed_at
FROM book.balance AS b
LEFT JOIN book.item AS i ON b.item_code = i.item_code
WHERE
    (SELECT staging.my_warehouses()) IS NULL
    OR b.warehouse_code = ANY(CAST((SELECT staging.my_warehouses()) AS text []));

-- name: stock_grant
GRANT SELECT ON {schema}.stock TO {role};

-- name: stock_comment
COMMENT ON VIEW {schema}.stock IS 'Stock as the ledger has it, in base units and canonical codes.';

-- name: stock_column_comments
COMMENT ON COLUMN {schema}.stock.warehouse_code IS 'warehouse';
COMMENT ON COLUMN {schema}.stock.item_code IS 'item, in the canonical code';
COMMENT ON COLUMN {schema}.stock.lot_no IS 'lot; empty for none';
COMMENT ON COLUMN {schema}.stock.location_code IS 'location; empty for the warehouse as a whole';
COMMENT ON COLUMN {schema}.stock.stock_status IS
'unrestricted, quality, blocked, returns or in_transit';
COMMENT ON COLUMN {schema}.stock.qty IS 'quantity, in uom';
COMMENT ON COLUMN {schema}.stock.uom IS 'base unit of the item';
COMMENT ON COLUMN {schema}.stock.row_version IS 'raised by every change';
COMMENT ON COLUMN {schema}.stock.changed_at IS 'when it changed last';

-- name: availability
CREATE VIEW {schema}.availability WITH (security_barrier) AS
SELECT
    a.warehouse_code,
    a.item_code,
    i.base_uom AS uom,
    a.unrestricted_qty,
    a.other_qty,
    a.reserved_qty,
    a.inbound_qty,
    a.unrestricted_qty - a.reserved_qty AS available_to_promise
FROM book.availability AS a
LEFT JOIN book.item AS i ON a.item_code = i.item_code
WHERE
    (SELECT staging.my_warehouses()) IS NULL
    OR a.warehouse_code = ANY(CAST((SELECT staging.my_warehouses()) AS text []));

-- name: availability_grant
GRANT SELECT ON {schema}.availability TO {role};

-- name: availability_comment
COMMENT ON VIEW {schema}.availability IS
'What may be promised: unrestricted stock less open outbound and component demand, in base units.';

-- name: availability_column_comments
COMMENT ON COLUMN {schema}.availability.warehouse_code IS 'warehouse';
COMMENT ON COLUMN {schema}.availability.item_code IS 'item, in the canonical code';
COMMENT ON COLUMN {schema}.availability.uom IS 'base unit of the item: all quantities are in it';
COMMENT ON COLUMN {schema}.availability.unrestricted_qty IS 'stock in status unrestricted';
COMMENT ON COLUMN {schema}.availability.other_qty IS 'stock in all other statuses';
COMMENT ON COLUMN {schema}.availability.reserved_qty IS
'open outbound orders and production components';
COMMENT ON COLUMN {schema}.availability.inbound_qty IS
'open inbound orders, transfers and production; shown, not promised';
COMMENT ON COLUMN {schema}.availability.available_to_promise IS
'unrestricted less reserved; may be negative';

-- name: take
-- Looks at the oldest open deliveries and numbers those of one document: all that could go before a
-- delivery is among the older ones. A probe for each delivery instead cost n squared for a pile of n
-- whenever the planner, without statistics, chose the wrong one of two indexes. Master data has no
-- document number: what it is about makes the document.
CREATE FUNCTION {schema}.take(max_rows integer, doc_type text DEFAULT NULL)
RETURNS SETOF {schema}.inbox
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    reader text := staging.sender();
    wanted bigint := 2 * max_rows + 100;
    seen bigint;
    heads bigint[];
    picked bigint[];
BEGIN
    IF max_rows IS NULL OR max_rows NOT BETWEEN 1 AND 10000 THEN
        RAISE EXCEPTION 'max_rows must be from 1 to 10000, not %', max_rows
            USING ERRCODE = '22023';
    END IF;
    LOOP
        SELECT
            array_agg(n.delivery_id) FILTER (WHERE n.place = 1 AND n.state = 'pending'),
            count(*)
        INTO heads, seen
        FROM (
            SELECT
                o.delivery_id,
                o.state,
                row_number() OVER (
                    PARTITION BY o.doc_type, o.warehouse_code, o.doc_no, o.about ORDER BY o.delivery_id
                ) AS place
            FROM (
                SELECT
                    d.delivery_id,
                    d.state,
                    d.doc_type,
                    d.warehouse_code,
                    d.doc_no,
                    CASE
                        WHEN d.doc_no IS NULL THEN CAST(ROW(
                            d.item_code, d.uom, d.party_code, d.role, d.location_code, d.system_code,
                            d.domain, d.external_code
                        ) AS text)
                    END AS about
                FROM staging.delivery AS d
                WHERE d.receiver = reader
                    AND d.state IN ('pending', 'taken')
                    AND (take.doc_type IS NULL OR d.doc_type = take.doc_type)
                ORDER BY d.delivery_id
                LIMIT wanted
            ) AS o
        ) AS n;
        SELECT array_agg(open.delivery_id) INTO picked
        FROM (
            SELECT d.delivery_id
            FROM staging.delivery AS d
            WHERE d.delivery_id = ANY(heads) AND d.state = 'pending'
            ORDER BY d.delivery_id
            LIMIT take.max_rows
            FOR NO KEY UPDATE OF d SKIP LOCKED
        ) AS open;
        EXIT WHEN cardinality(picked) = max_rows OR seen < wanted;
        wanted := wanted * 4;
    END LOOP;
    UPDATE staging.delivery AS d SET state = 'taken' WHERE d.delivery_id = ANY (picked);
    RETURN QUERY
    SELECT i.* FROM {schema}.inbox AS i
    WHERE i.delivery_id = ANY (picked) ORDER BY i.delivery_id;
END
$body$;

-- name: take_grant
REVOKE ALL ON FUNCTION {schema}.take(integer, text) FROM public;

-- name: take_grant_role
GRANT EXECUTE ON FUNCTION {schema}.take(integer, text) TO {role};

-- name: take_comment
COMMENT ON FUNCTION {schema}.take(integer, text) IS
'Claims up to max_rows pending rows of your inbox for one of several readers, and returns them.';
