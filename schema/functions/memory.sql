-- What a message says, as text to be hashed; and what becomes of it when it is retired.
-- The three content functions are single expressions without settings of their own, so that the
-- planner writes them into the statement that calls them: the claim pays for no function call.

-- name: header_content
CREATE FUNCTION staging.header_content(m staging.message) RETURNS text
LANGUAGE sql STABLE
AS $body$
SELECT CAST(ROW(
    nullif(btrim(m.action), ''), nullif(btrim(m.doc_no), ''), m.revision, m.version,
    nullif(btrim(m.order_type), ''), nullif(btrim(m.order_no), ''), nullif(btrim(m.party_code), ''),
    nullif(btrim(m.carrier_code), ''), nullif(btrim(m.to_warehouse_code), ''),
    nullif(btrim(m.item_code), ''), trim_scale(m.qty), nullif(btrim(m.uom), ''), m.is_final,
    m.occurred_at, nullif(btrim(m.reverses_no), ''), m.counted_through_seq,
    nullif(btrim(m.milestone), ''), nullif(btrim(m.response), ''), nullif(btrim(m.reason_code), ''),
    m.note, m.description, nullif(btrim(m.base_uom), ''), nullif(btrim(m.item_group), ''),
    nullif(btrim(m.abc_class), ''), nullif(btrim(m.gtin), ''), m.lot_controlled, m.serial_controlled,
    m.shelf_life_days, trim_scale(m.unit_cost), nullif(btrim(m.currency), ''), m.active, m.numerator,
    m.denominator, nullif(btrim(m.role), ''), m.name, nullif(btrim(m.country_code), ''), m.address,
    nullif(btrim(m.time_zone), ''), nullif(btrim(m.location_code), ''), nullif(btrim(m.zone), ''),
    nullif(btrim(m.kind), ''), nullif(btrim(m.system_code), ''), nullif(btrim(m.domain), ''),
    nullif(btrim(m.external_code), ''), nullif(btrim(m.canonical_code), ''), m.is_default_out,
    m.ordered_on, m.expected_at, m.requested_ship_at, m.ship_to, m.priority, m.start_at, m.due_at,
    nullif(btrim(m.original_order_no), ''), nullif(btrim(m.delivery_note_no), ''),
    nullif(btrim(m.tracking_no), ''), m.as_of, m.through_seq, trim_scale(m.total_qty),
    nullif(btrim(m.request_no), ''), m.run_id
) AS text)
$body$;

-- name: header_content_comment
COMMENT ON FUNCTION staging.header_content(staging.message) IS
'What a header says: its document columns, trimmed, before mapping, without warehouse_code.';

-- name: line_content
CREATE FUNCTION staging.line_content(l staging.line) RETURNS text
LANGUAGE sql STABLE
AS $body$
SELECT CAST(ROW(
    l.line_no, nullif(btrim(l.warehouse_code), ''), nullif(btrim(l.item_code), ''), trim_scale(l.qty),
    nullif(btrim(l.uom), ''), nullif(btrim(l.lot_no), ''), trim_scale(l.over_tolerance_pct),
    trim_scale(l.under_tolerance_pct), nullif(btrim(l.reason_code), ''), l.order_line_no,
    nullif(btrim(l.serial_no), ''), l.expires_on, nullif(btrim(l.location_code), ''),
    nullif(btrim(l.stock_status), ''), nullif(btrim(l.to_location_code), ''),
    nullif(btrim(l.to_stock_status), '')
) AS text)
$body$;

-- name: line_content_comment
COMMENT ON FUNCTION staging.line_content(staging.line) IS
'What a line says: its document columns, trimmed, before mapping.';

-- name: snapshot_content
CREATE FUNCTION staging.snapshot_content(l staging.line) RETURNS text
LANGUAGE sql STABLE
AS $body$
SELECT md5(CAST(ROW(
    l.line_no, nullif(btrim(l.warehouse_code), ''), nullif(btrim(l.item_code), ''), trim_scale(l.qty),
    nullif(btrim(l.uom), ''), nullif(btrim(l.lot_no), ''), nullif(btrim(l.location_code), ''),
    nullif(btrim(l.stock_status), '')
) AS text))
$body$;

-- name: snapshot_content_comment
COMMENT ON FUNCTION staging.snapshot_content(staging.line) IS
'What a line of a stock snapshot says, as a hash: snapshots are long.';

-- name: known_message
-- What holds for a message whether it is live or retired, and for ever: the archive is not asked.
CREATE VIEW ops.known_message AS
SELECT
    m.seq,
    m.sender,
    m.doc_type,
    m.message_id,
    m.lane,
    m.road,
    m.state,
    m.finished_at
FROM staging.message AS m
UNION ALL
SELECT
    x.seq,
    x.sender,
    x.doc_type,
    x.message_id,
    CASE WHEN t.road IN ('master', 'detail') THEN '*' ELSE coalesce(x.warehouse_code, '*') END AS lane,
    t.road,
    x.state,
    x.finished_at
FROM staging.memory AS x
LEFT JOIN staging.document_type AS t ON x.doc_type = t.doc_type;

-- name: known_message_comments
COMMENT ON VIEW ops.known_message IS
'What is known of every message, live or retired, also when its archive partition was dropped.';
COMMENT ON COLUMN ops.known_message.seq IS 'number of the message';
COMMENT ON COLUMN ops.known_message.sender IS 'system that sent it';
COMMENT ON COLUMN ops.known_message.doc_type IS 'document type';
COMMENT ON COLUMN ops.known_message.message_id IS 'the sender''s own id of the transmission';
COMMENT ON COLUMN ops.known_message.lane IS 'warehouse; * for master data';
COMMENT ON COLUMN ops.known_message.road IS 'kind of batch that applies it';
COMMENT ON COLUMN ops.known_message.state IS 'where it stands, or what became of it';
COMMENT ON COLUMN ops.known_message.finished_at IS 'when it came to its end';

-- name: leave_remembered
-- A row leaves staging only with its message, and a message only after it is remembered. The
-- subqueries are probes of an index, whatever the planner thinks of the number of rows.
CREATE FUNCTION staging.leave_remembered() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    forgotten bigint;
BEGIN
    SELECT g.seq INTO forgotten
    FROM gone AS g
    WHERE (SELECT x.seq FROM staging.memory AS x WHERE x.seq = g.seq) IS NULL
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%.% is append-only: message % is not retired', tg_table_schema, tg_table_name, forgotten
            USING ERRCODE = '55000',
            HINT = 'crossdock retire moves finished messages to the archive; nothing is deleted';
    END IF;
    RETURN NULL;
END
$body$;

-- name: leave_remembered_comment
COMMENT ON FUNCTION staging.leave_remembered() IS
'Refuses to delete what belongs to a message that is not retired, whoever tries.';

-- name: message_leave
CREATE TRIGGER message_leave AFTER DELETE ON staging.message
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION staging.leave_remembered();

-- name: delivery_leave
CREATE TRIGGER delivery_leave AFTER DELETE ON staging.delivery
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION staging.leave_remembered();

-- name: message_error_leave
CREATE TRIGGER message_error_leave AFTER DELETE ON staging.message_error
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION staging.leave_remembered();

-- name: event_leave
CREATE TRIGGER event_leave AFTER DELETE ON staging.event
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION staging.leave_remembered();
