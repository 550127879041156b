-- Rendered from schema/ by `make freeze`. Do not edit by hand.

DO $body$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY[
        'crossdock_erp', 'crossdock_wms', 'crossdock_dba', 'crossdock_daemon', 'crossdock_reader'
    ] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
END
$body$;

CREATE SCHEMA staging;

COMMENT ON SCHEMA staging IS 'The versioned intermediate tables; senders reach them by the contract''s views.';

CREATE SCHEMA book;

COMMENT ON SCHEMA book IS 'Current master data, orders, the inventory ledger and its balances.';

CREATE SCHEMA archive;

COMMENT ON SCHEMA archive IS 'Retired messages, in monthly partitions.';

CREATE SCHEMA recon;

COMMENT ON SCHEMA recon IS 'The nightly reconciliation: runs, differences and their causes.';

CREATE SCHEMA IF NOT EXISTS ops;

COMMENT ON SCHEMA ops IS 'What operators see and do.';

CREATE SCHEMA erp_v1;

COMMENT ON SCHEMA erp_v1 IS 'The contract with the ERP, version 1.';

CREATE SCHEMA wms_v1;

COMMENT ON SCHEMA wms_v1 IS 'The contract with WMSs, version 1.';

SET LOCAL check_function_bodies = off;

CREATE FUNCTION staging.sender() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    found text;
BEGIN
    SELECT l.system_code INTO found FROM ops.login AS l WHERE l.login = session_user;
    IF found IS NULL THEN
        RAISE EXCEPTION 'login % belongs to no registered system', session_user
            USING ERRCODE = '42501', HINT = 'the DBA runs ops.register_system for it';
    END IF;
    RETURN found;
END
$body$;

CREATE TABLE archive.answer_line (
	finished_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	delivery_id BIGINT NOT NULL, 
	line_no INTEGER NOT NULL, 
	qty NUMERIC, 
	uom TEXT, 
	reason_code TEXT, 
	CONSTRAINT answer_line_pkey PRIMARY KEY (delivery_id, line_no, finished_at)
)
 PARTITION BY RANGE (finished_at);

COMMENT ON TABLE archive.answer_line IS 'Answers by line to retired deliveries.';

COMMENT ON COLUMN archive.answer_line.finished_at IS 'when its message came to its end: says in which partition it lies';

COMMENT ON COLUMN archive.answer_line.delivery_id IS 'delivery that was answered in part';

COMMENT ON COLUMN archive.answer_line.line_no IS 'line of the order';

COMMENT ON COLUMN archive.answer_line.qty IS 'how much of what was asked is accepted; null: nothing of it';

COMMENT ON COLUMN archive.answer_line.uom IS 'unit of qty, canonical; null: the item''s base unit';

COMMENT ON COLUMN archive.answer_line.reason_code IS 'why not all of it';

CREATE TABLE archive.delivery (
	finished_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	delivery_id BIGINT NOT NULL, 
	receiver TEXT NOT NULL, 
	doc_type TEXT NOT NULL, 
	warehouse_code TEXT, 
	action TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	delivered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	state TEXT NOT NULL, 
	noticed BOOLEAN NOT NULL, 
	receiver_ref TEXT, 
	answer_reason_code TEXT, 
	answer_note TEXT, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	attributes JSONB, 
	item_code TEXT, 
	version BIGINT, 
	description TEXT, 
	base_uom TEXT, 
	item_group TEXT, 
	abc_class TEXT, 
	gtin TEXT, 
	lot_controlled BOOLEAN, 
	serial_controlled BOOLEAN, 
	shelf_life_days INTEGER, 
	unit_cost NUMERIC, 
	currency TEXT, 
	active BOOLEAN, 
	uom TEXT, 
	numerator BIGINT, 
	denominator BIGINT, 
	party_code TEXT, 
	role TEXT, 
	name TEXT, 
	country_code TEXT, 
	address TEXT, 
	time_zone TEXT, 
	location_code TEXT, 
	zone TEXT, 
	kind TEXT, 
	system_code TEXT, 
	domain TEXT, 
	external_code TEXT, 
	canonical_code TEXT, 
	is_default_out BOOLEAN, 
	doc_no TEXT, 
	revision INTEGER, 
	ordered_on DATE, 
	expected_at TIMESTAMP WITH TIME ZONE, 
	note TEXT, 
	requested_ship_at TIMESTAMP WITH TIME ZONE, 
	carrier_code TEXT, 
	ship_to TEXT, 
	priority INTEGER, 
	qty NUMERIC, 
	start_at TIMESTAMP WITH TIME ZONE, 
	due_at TIMESTAMP WITH TIME ZONE, 
	to_warehouse_code TEXT, 
	original_order_no TEXT, 
	order_type TEXT, 
	order_no TEXT, 
	delivery_note_no TEXT, 
	is_final BOOLEAN, 
	occurred_at TIMESTAMP WITH TIME ZONE, 
	source_seq BIGINT, 
	reverses_no TEXT, 
	tracking_no TEXT, 
	counted_through_seq BIGINT, 
	milestone TEXT, 
	response TEXT, 
	reason_code TEXT, 
	as_of TIMESTAMP WITH TIME ZONE, 
	through_seq BIGINT, 
	total_qty NUMERIC, 
	request_no TEXT, 
	run_id BIGINT, 
	CONSTRAINT delivery_pkey PRIMARY KEY (delivery_id, finished_at)
)
 PARTITION BY RANGE (finished_at);

CREATE INDEX delivery_seq_idx ON archive.delivery (seq);

COMMENT ON TABLE archive.delivery IS 'Deliveries of retired messages, with the receivers'' answers.';

COMMENT ON COLUMN archive.delivery.finished_at IS 'when its message came to its end: says in which partition it lies';

COMMENT ON COLUMN archive.delivery.delivery_id IS 'warehouse_no * 10^12 + n, n in commit order in its lane';

COMMENT ON COLUMN archive.delivery.receiver IS 'system that reads it';

COMMENT ON COLUMN archive.delivery.doc_type IS 'document type: the name of the receiver''s view';

COMMENT ON COLUMN archive.delivery.warehouse_code IS 'warehouse of the document; null for master data';

COMMENT ON COLUMN archive.delivery.action IS 'what the document asks or reports';

COMMENT ON COLUMN archive.delivery.message_id IS 'the sender''s message_id';

COMMENT ON COLUMN archive.delivery.seq IS 'number of the message it was made from';

COMMENT ON COLUMN archive.delivery.delivered_at IS 'when it was made';

COMMENT ON COLUMN archive.delivery.state IS 'where it stands in the receiver''s inbox';

COMMENT ON COLUMN archive.delivery.noticed IS 'true: the synchronizer has acted on the state';

COMMENT ON COLUMN archive.delivery.receiver_ref IS 'the receiver''s own document number';

COMMENT ON COLUMN archive.delivery.answer_reason_code IS 'why the receiver refused';

COMMENT ON COLUMN archive.delivery.answer_note IS 'the receiver''s words';

COMMENT ON COLUMN archive.delivery.answered_at IS 'when the receiver accepted or refused it';

COMMENT ON COLUMN archive.delivery.attributes IS 'the sender''s extra fields';

COMMENT ON COLUMN archive.delivery.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN archive.delivery.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN archive.delivery.description IS 'text for people';

COMMENT ON COLUMN archive.delivery.base_uom IS 'unit in which stock of the item is kept';

COMMENT ON COLUMN archive.delivery.item_group IS 'group of items, for people and reports';

COMMENT ON COLUMN archive.delivery.abc_class IS 'A, B or C: how closely the item is counted';

COMMENT ON COLUMN archive.delivery.gtin IS 'global trade item number';

COMMENT ON COLUMN archive.delivery.lot_controlled IS 'true: every quantity of the item names its lot';

COMMENT ON COLUMN archive.delivery.serial_controlled IS 'true: every piece of the item names its serial number';

COMMENT ON COLUMN archive.delivery.shelf_life_days IS 'days from production to expiry';

COMMENT ON COLUMN archive.delivery.unit_cost IS 'cost of one base unit, in currency';

COMMENT ON COLUMN archive.delivery.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN archive.delivery.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN archive.delivery.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN archive.delivery.numerator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN archive.delivery.denominator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN archive.delivery.party_code IS 'supplier, customer or carrier';

COMMENT ON COLUMN archive.delivery.role IS 'supplier, customer or carrier';

COMMENT ON COLUMN archive.delivery.name IS 'text for people';

COMMENT ON COLUMN archive.delivery.country_code IS 'ISO 3166 code of the country';

COMMENT ON COLUMN archive.delivery.address IS 'postal address, free text';

COMMENT ON COLUMN archive.delivery.time_zone IS 'IANA name of the zone in which the warehouse counts its days';

COMMENT ON COLUMN archive.delivery.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN archive.delivery.zone IS 'zone of the warehouse that holds the location';

COMMENT ON COLUMN archive.delivery.kind IS 'what the location is for';

COMMENT ON COLUMN archive.delivery.system_code IS 'the system whose codes are mapped';

COMMENT ON COLUMN archive.delivery.domain IS 'item, uom, stock_status, reason, carrier, location or party';

COMMENT ON COLUMN archive.delivery.external_code IS 'the code as that system writes it';

COMMENT ON COLUMN archive.delivery.canonical_code IS 'the code as the books write it';

COMMENT ON COLUMN archive.delivery.is_default_out IS 'true: this external code is the one that is sent out';

COMMENT ON COLUMN archive.delivery.doc_no IS 'the sender''s own number of the document';

COMMENT ON COLUMN archive.delivery.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN archive.delivery.ordered_on IS 'day of the order';

COMMENT ON COLUMN archive.delivery.expected_at IS 'when the goods are expected';

COMMENT ON COLUMN archive.delivery.note IS 'free text';

COMMENT ON COLUMN archive.delivery.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN archive.delivery.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN archive.delivery.ship_to IS 'address to ship to, free text';

COMMENT ON COLUMN archive.delivery.priority IS 'the lower, the sooner';

COMMENT ON COLUMN archive.delivery.qty IS 'quantity, in uom';

COMMENT ON COLUMN archive.delivery.start_at IS 'when production should start';

COMMENT ON COLUMN archive.delivery.due_at IS 'when production should be done';

COMMENT ON COLUMN archive.delivery.to_warehouse_code IS 'warehouse that receives the transfer';

COMMENT ON COLUMN archive.delivery.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN archive.delivery.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN archive.delivery.order_no IS 'number of the order';

COMMENT ON COLUMN archive.delivery.delivery_note_no IS 'supplier''s delivery note';

COMMENT ON COLUMN archive.delivery.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN archive.delivery.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN archive.delivery.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN archive.delivery.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN archive.delivery.tracking_no IS 'carrier''s tracking number';

COMMENT ON COLUMN archive.delivery.counted_through_seq IS 'source_seq of the last movement that the count includes';

COMMENT ON COLUMN archive.delivery.milestone IS 'accepted, picking, packed, loaded, delivered or put_back';

COMMENT ON COLUMN archive.delivery.response IS 'accepted, partial or refused';

COMMENT ON COLUMN archive.delivery.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN archive.delivery.as_of IS 'instant at which the stock was read';

COMMENT ON COLUMN archive.delivery.through_seq IS 'WMS: its last source_seq included; ERP: its last delivery_id posted';

COMMENT ON COLUMN archive.delivery.total_qty IS 'control total: sum of qty as sent; null means not checked';

COMMENT ON COLUMN archive.delivery.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN archive.delivery.run_id IS 'reconciliation run that it follows from; null means none';

CREATE TABLE archive.delivery_line (
	finished_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	delivery_id BIGINT NOT NULL, 
	line_no INTEGER NOT NULL, 
	receiver TEXT NOT NULL, 
	doc_type TEXT NOT NULL, 
	warehouse_code TEXT, 
	message_id TEXT NOT NULL, 
	item_code TEXT, 
	qty NUMERIC, 
	uom TEXT, 
	lot_no TEXT, 
	over_tolerance_pct NUMERIC, 
	under_tolerance_pct NUMERIC, 
	reason_code TEXT, 
	order_line_no INTEGER, 
	serial_no TEXT, 
	expires_on DATE, 
	location_code TEXT, 
	stock_status TEXT, 
	to_location_code TEXT, 
	to_stock_status TEXT, 
	CONSTRAINT delivery_line_pkey PRIMARY KEY (delivery_id, line_no, finished_at)
)
 PARTITION BY RANGE (finished_at);

COMMENT ON TABLE archive.delivery_line IS 'Lines of retired deliveries.';

COMMENT ON COLUMN archive.delivery_line.finished_at IS 'when its message came to its end: says in which partition it lies';

COMMENT ON COLUMN archive.delivery_line.delivery_id IS 'delivery it belongs to';

COMMENT ON COLUMN archive.delivery_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN archive.delivery_line.receiver IS 'system that reads it';

COMMENT ON COLUMN archive.delivery_line.doc_type IS 'document type of the header';

COMMENT ON COLUMN archive.delivery_line.warehouse_code IS 'warehouse of the document';

COMMENT ON COLUMN archive.delivery_line.message_id IS 'the sender''s message_id';

COMMENT ON COLUMN archive.delivery_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN archive.delivery_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN archive.delivery_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN archive.delivery_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN archive.delivery_line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN archive.delivery_line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

COMMENT ON COLUMN archive.delivery_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN archive.delivery_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN archive.delivery_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN archive.delivery_line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN archive.delivery_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN archive.delivery_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN archive.delivery_line.to_location_code IS 'location the goods reach; null means where they were';

COMMENT ON COLUMN archive.delivery_line.to_stock_status IS 'status after; null means unchanged';

CREATE TABLE archive.dropped (
	drop_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	month DATE NOT NULL, 
	dropped_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	dropped_by TEXT DEFAULT session_user NOT NULL, 
	part INTEGER, 
	message_count BIGINT NOT NULL, 
	delivery_counts JSONB NOT NULL, 
	restored_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT dropped_pkey PRIMARY KEY (drop_id)
);

CREATE INDEX dropped_month_idx ON archive.dropped (month);

COMMENT ON TABLE archive.dropped IS 'Months that left the archive: what a proof need not look for any more.';

COMMENT ON COLUMN archive.dropped.drop_id IS 'number of the entry';

COMMENT ON COLUMN archive.dropped.month IS 'first day of the month';

COMMENT ON COLUMN archive.dropped.dropped_at IS 'when';

COMMENT ON COLUMN archive.dropped.dropped_by IS 'database login that did it';

COMMENT ON COLUMN archive.dropped.part IS 'export that holds it; null: it was not exported, it is lost';

COMMENT ON COLUMN archive.dropped.message_count IS 'messages that were dropped';

COMMENT ON COLUMN archive.dropped.delivery_counts IS 'deliveries that were dropped, by number of the lane';

COMMENT ON COLUMN archive.dropped.restored_at IS 'when the export was loaded again';

CREATE TABLE archive.event (
	finished_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	event_id BIGINT NOT NULL, 
	seq BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	from_state TEXT NOT NULL, 
	to_state TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	reason TEXT, 
	CONSTRAINT event_pkey PRIMARY KEY (event_id, finished_at)
)
 PARTITION BY RANGE (finished_at);

CREATE INDEX event_seq_idx ON archive.event (seq, event_id);

COMMENT ON TABLE archive.event IS 'Steps of retired messages; append-only.';

COMMENT ON COLUMN archive.event.finished_at IS 'when its message came to its end: says in which partition it lies';

COMMENT ON COLUMN archive.event.event_id IS 'number of the event';

COMMENT ON COLUMN archive.event.seq IS 'message that made the step';

COMMENT ON COLUMN archive.event.at IS 'when';

COMMENT ON COLUMN archive.event.from_state IS 'state before';

COMMENT ON COLUMN archive.event.to_state IS 'state after';

COMMENT ON COLUMN archive.event.actor IS 'login, or the operator''s name beside it';

COMMENT ON COLUMN archive.event.reason IS 'why';

CREATE TABLE archive.export (
	month DATE NOT NULL, 
	part INTEGER NOT NULL, 
	exported_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	exported_by TEXT DEFAULT session_user NOT NULL, 
	file_format TEXT NOT NULL, 
	path TEXT NOT NULL, 
	revision TEXT NOT NULL, 
	content JSONB NOT NULL, 
	CONSTRAINT export_pkey PRIMARY KEY (month, part), 
	CONSTRAINT export_file_format_check CHECK (file_format IN ('csv', 'parquet'))
);

COMMENT ON TABLE archive.export IS 'Months that were written to files; what is dropped is compared with them.';

COMMENT ON COLUMN archive.export.month IS 'first day of the month';

COMMENT ON COLUMN archive.export.part IS 'number of the export of this month';

COMMENT ON COLUMN archive.export.exported_at IS 'when';

COMMENT ON COLUMN archive.export.exported_by IS 'database login that did it';

COMMENT ON COLUMN archive.export.file_format IS 'csv or parquet';

COMMENT ON COLUMN archive.export.path IS 'folder of the files, on the machine that wrote them';

COMMENT ON COLUMN archive.export.revision IS 'schema revision of the database that they were written from';

COMMENT ON COLUMN archive.export.content IS 'rows and digest of each table, as archive.month_content tells';

CREATE TABLE archive.line (
	finished_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seq BIGINT NOT NULL, 
	is_late BOOLEAN NOT NULL, 
	sender TEXT NOT NULL, 
	doc_type TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	line_no INTEGER NOT NULL, 
	warehouse_code TEXT, 
	xid xid8 NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	item_code TEXT, 
	qty NUMERIC, 
	uom TEXT, 
	lot_no TEXT, 
	over_tolerance_pct NUMERIC, 
	under_tolerance_pct NUMERIC, 
	reason_code TEXT, 
	order_line_no INTEGER, 
	serial_no TEXT, 
	expires_on DATE, 
	location_code TEXT, 
	stock_status TEXT, 
	to_location_code TEXT, 
	to_stock_status TEXT, 
	CONSTRAINT line_pkey PRIMARY KEY (seq, line_no, is_late, finished_at)
)
 PARTITION BY RANGE (finished_at);

COMMENT ON TABLE archive.line IS 'Lines of retired messages.';

COMMENT ON COLUMN archive.line.finished_at IS 'when its message came to its end: says in which partition it lies';

COMMENT ON COLUMN archive.line.seq IS 'message that it belongs to';

COMMENT ON COLUMN archive.line.is_late IS 'true: it came too late and had no effect';

COMMENT ON COLUMN archive.line.sender IS 'system that sent it; told by the login';

COMMENT ON COLUMN archive.line.doc_type IS 'document type of the header';

COMMENT ON COLUMN archive.line.message_id IS 'message_id of the header, trimmed';

COMMENT ON COLUMN archive.line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN archive.line.warehouse_code IS 'warehouse of the document; equal to the header''s';

COMMENT ON COLUMN archive.line.xid IS 'transaction that brought it';

COMMENT ON COLUMN archive.line.received_at IS 'when it was inserted';

COMMENT ON COLUMN archive.line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN archive.line.qty IS 'quantity, in uom';

COMMENT ON COLUMN archive.line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN archive.line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN archive.line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN archive.line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

COMMENT ON COLUMN archive.line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN archive.line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN archive.line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN archive.line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN archive.line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN archive.line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN archive.line.to_location_code IS 'location the goods reach; null means where they were';

COMMENT ON COLUMN archive.line.to_stock_status IS 'status after; null means unchanged';

CREATE TABLE archive.message (
	finished_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seq BIGINT NOT NULL, 
	sender TEXT NOT NULL, 
	doc_type TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	warehouse_code TEXT, 
	action TEXT, 
	line_count INTEGER, 
	state TEXT NOT NULL, 
	xid xid8 NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	lane TEXT NOT NULL, 
	road TEXT NOT NULL, 
	doc_key TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	passes INTEGER NOT NULL, 
	next_attempt_at TIMESTAMP WITH TIME ZONE, 
	waiting_for TEXT, 
	waiting_since TIMESTAMP WITH TIME ZONE, 
	wait_until TIMESTAMP WITH TIME ZONE, 
	duplicate_of BIGINT, 
	superseded_by BIGINT, 
	amended_from BIGINT, 
	state_reason TEXT, 
	actor TEXT, 
	attributes JSONB, 
	item_code TEXT, 
	version BIGINT, 
	description TEXT, 
	base_uom TEXT, 
	item_group TEXT, 
	abc_class TEXT, 
	gtin TEXT, 
	lot_controlled BOOLEAN, 
	serial_controlled BOOLEAN, 
	shelf_life_days INTEGER, 
	unit_cost NUMERIC, 
	currency TEXT, 
	active BOOLEAN, 
	uom TEXT, 
	numerator BIGINT, 
	denominator BIGINT, 
	party_code TEXT, 
	role TEXT, 
	name TEXT, 
	country_code TEXT, 
	address TEXT, 
	time_zone TEXT, 
	location_code TEXT, 
	zone TEXT, 
	kind TEXT, 
	system_code TEXT, 
	domain TEXT, 
	external_code TEXT, 
	canonical_code TEXT, 
	is_default_out BOOLEAN, 
	doc_no TEXT, 
	revision INTEGER, 
	ordered_on DATE, 
	expected_at TIMESTAMP WITH TIME ZONE, 
	note TEXT, 
	requested_ship_at TIMESTAMP WITH TIME ZONE, 
	carrier_code TEXT, 
	ship_to TEXT, 
	priority INTEGER, 
	qty NUMERIC, 
	start_at TIMESTAMP WITH TIME ZONE, 
	due_at TIMESTAMP WITH TIME ZONE, 
	to_warehouse_code TEXT, 
	original_order_no TEXT, 
	order_type TEXT, 
	order_no TEXT, 
	delivery_note_no TEXT, 
	is_final BOOLEAN, 
	occurred_at TIMESTAMP WITH TIME ZONE, 
	source_seq BIGINT, 
	reverses_no TEXT, 
	tracking_no TEXT, 
	counted_through_seq BIGINT, 
	milestone TEXT, 
	response TEXT, 
	reason_code TEXT, 
	as_of TIMESTAMP WITH TIME ZONE, 
	through_seq BIGINT, 
	total_qty NUMERIC, 
	request_no TEXT, 
	run_id BIGINT, 
	CONSTRAINT message_pkey PRIMARY KEY (seq, finished_at), 
	CONSTRAINT message_state_check CHECK (state IN ('applied', 'refused', 'duplicate', 'superseded', 'discarded'))
)
 PARTITION BY RANGE (finished_at);

CREATE INDEX message_duplicate_of_idx ON archive.message (duplicate_of) WHERE duplicate_of IS NOT NULL;

CREATE INDEX message_message_id_idx ON archive.message (message_id, sender, doc_type);

CREATE INDEX message_order_no_idx ON archive.message ((CASE WHEN road = 'request' OR nullif(btrim(order_no), '') IS NOT NULL THEN coalesce(nullif(btrim(order_no), ''), btrim(doc_no)) END));

CREATE INDEX message_superseded_by_idx ON archive.message (superseded_by) WHERE superseded_by IS NOT NULL;

COMMENT ON TABLE archive.message IS 'Headers of retired messages.';

COMMENT ON COLUMN archive.message.finished_at IS 'when its message came to its end: says in which partition it lies';

COMMENT ON COLUMN archive.message.seq IS 'number of the message, unique across everything';

COMMENT ON COLUMN archive.message.sender IS 'system that sent it; told by the login';

COMMENT ON COLUMN archive.message.doc_type IS 'document type: the name of the view it came through';

COMMENT ON COLUMN archive.message.message_id IS 'the sender''s own id of this transmission, trimmed';

COMMENT ON COLUMN archive.message.warehouse_code IS 'warehouse of the document, as sent';

COMMENT ON COLUMN archive.message.action IS 'requests: upsert, cancel, close; facts: post, reverse';

COMMENT ON COLUMN archive.message.line_count IS 'control total: the message is complete when so many lines exist';

COMMENT ON COLUMN archive.message.state IS 'where the message stands; see staging.step';

COMMENT ON COLUMN archive.message.xid IS 'transaction that brought it';

COMMENT ON COLUMN archive.message.received_at IS 'when it was inserted';

COMMENT ON COLUMN archive.message.lane IS 'warehouse whose worker applies it; * for master data and unknown warehouses';

COMMENT ON COLUMN archive.message.road IS 'kind of batch that applies it: master, detail, request, answer, fact, count ...';

COMMENT ON COLUMN archive.message.doc_key IS 'document key: messages with the same key in a lane are applied one after another';

COMMENT ON COLUMN archive.message.attempts IS 'attempts that failed';

COMMENT ON COLUMN archive.message.passes IS 'times it was processed without coming to an end';

COMMENT ON COLUMN archive.message.next_attempt_at IS 'not tried before this';

COMMENT ON COLUMN archive.message.waiting_for IS 'the first thing it waits for: lines, window, item:X, answer:N ...';

COMMENT ON COLUMN archive.message.waiting_since IS 'since when it waits';

COMMENT ON COLUMN archive.message.wait_until IS 'when its wait ends by decision';

COMMENT ON COLUMN archive.message.duplicate_of IS 'seq of the message with the same content';

COMMENT ON COLUMN archive.message.superseded_by IS 'seq of the message that replaced it';

COMMENT ON COLUMN archive.message.amended_from IS 'seq of the message that this one corrects by hand';

COMMENT ON COLUMN archive.message.state_reason IS 'why it is in its state, in plain words';

COMMENT ON COLUMN archive.message.actor IS 'who made the last step, where it was not the synchronizer';

COMMENT ON COLUMN archive.message.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN archive.message.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN archive.message.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN archive.message.description IS 'text for people';

COMMENT ON COLUMN archive.message.base_uom IS 'unit in which stock of the item is kept';

COMMENT ON COLUMN archive.message.item_group IS 'group of items, for people and reports';

COMMENT ON COLUMN archive.message.abc_class IS 'A, B or C: how closely the item is counted';

COMMENT ON COLUMN archive.message.gtin IS 'global trade item number';

COMMENT ON COLUMN archive.message.lot_controlled IS 'true: every quantity of the item names its lot';

COMMENT ON COLUMN archive.message.serial_controlled IS 'true: every piece of the item names its serial number';

COMMENT ON COLUMN archive.message.shelf_life_days IS 'days from production to expiry';

COMMENT ON COLUMN archive.message.unit_cost IS 'cost of one base unit, in currency';

COMMENT ON COLUMN archive.message.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN archive.message.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN archive.message.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN archive.message.numerator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN archive.message.denominator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN archive.message.party_code IS 'supplier, customer or carrier';

COMMENT ON COLUMN archive.message.role IS 'supplier, customer or carrier';

COMMENT ON COLUMN archive.message.name IS 'text for people';

COMMENT ON COLUMN archive.message.country_code IS 'ISO 3166 code of the country';

COMMENT ON COLUMN archive.message.address IS 'postal address, free text';

COMMENT ON COLUMN archive.message.time_zone IS 'IANA name of the zone in which the warehouse counts its days';

COMMENT ON COLUMN archive.message.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN archive.message.zone IS 'zone of the warehouse that holds the location';

COMMENT ON COLUMN archive.message.kind IS 'what the location is for';

COMMENT ON COLUMN archive.message.system_code IS 'the system whose codes are mapped';

COMMENT ON COLUMN archive.message.domain IS 'item, uom, stock_status, reason, carrier, location or party';

COMMENT ON COLUMN archive.message.external_code IS 'the code as that system writes it';

COMMENT ON COLUMN archive.message.canonical_code IS 'the code as the books write it';

COMMENT ON COLUMN archive.message.is_default_out IS 'true: this external code is the one that is sent out';

COMMENT ON COLUMN archive.message.doc_no IS 'the sender''s own number of the document';

COMMENT ON COLUMN archive.message.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN archive.message.ordered_on IS 'day of the order';

COMMENT ON COLUMN archive.message.expected_at IS 'when the goods are expected';

COMMENT ON COLUMN archive.message.note IS 'free text';

COMMENT ON COLUMN archive.message.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN archive.message.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN archive.message.ship_to IS 'address to ship to, free text';

COMMENT ON COLUMN archive.message.priority IS 'the lower, the sooner';

COMMENT ON COLUMN archive.message.qty IS 'quantity, in uom';

COMMENT ON COLUMN archive.message.start_at IS 'when production should start';

COMMENT ON COLUMN archive.message.due_at IS 'when production should be done';

COMMENT ON COLUMN archive.message.to_warehouse_code IS 'warehouse that receives the transfer';

COMMENT ON COLUMN archive.message.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN archive.message.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN archive.message.order_no IS 'number of the order';

COMMENT ON COLUMN archive.message.delivery_note_no IS 'supplier''s delivery note';

COMMENT ON COLUMN archive.message.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN archive.message.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN archive.message.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN archive.message.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN archive.message.tracking_no IS 'carrier''s tracking number';

COMMENT ON COLUMN archive.message.counted_through_seq IS 'source_seq of the last movement that the count includes';

COMMENT ON COLUMN archive.message.milestone IS 'accepted, picking, packed, loaded, delivered or put_back';

COMMENT ON COLUMN archive.message.response IS 'accepted, partial or refused';

COMMENT ON COLUMN archive.message.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN archive.message.as_of IS 'instant at which the stock was read';

COMMENT ON COLUMN archive.message.through_seq IS 'WMS: its last source_seq included; ERP: its last delivery_id posted';

COMMENT ON COLUMN archive.message.total_qty IS 'control total: sum of qty as sent; null means not checked';

COMMENT ON COLUMN archive.message.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN archive.message.run_id IS 'reconciliation run that it follows from; null means none';

CREATE TABLE archive.message_error (
	finished_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	error_id BIGINT NOT NULL, 
	seq BIGINT NOT NULL, 
	line_no INTEGER, 
	column_name TEXT, 
	code TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	value TEXT, 
	expected TEXT, 
	text TEXT NOT NULL, 
	hint TEXT, 
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	resolved_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT message_error_pkey PRIMARY KEY (error_id, finished_at)
)
 PARTITION BY RANGE (finished_at);

CREATE INDEX message_error_seq_idx ON archive.message_error (seq);

COMMENT ON TABLE archive.message_error IS 'Findings of retired messages.';

COMMENT ON COLUMN archive.message_error.finished_at IS 'when its message came to its end: says in which partition it lies';

COMMENT ON COLUMN archive.message_error.error_id IS 'number of the finding';

COMMENT ON COLUMN archive.message_error.seq IS 'message it was found in';

COMMENT ON COLUMN archive.message_error.line_no IS 'line it was found on; null for the header';

COMMENT ON COLUMN archive.message_error.column_name IS 'contract column it was found in';

COMMENT ON COLUMN archive.message_error.code IS 'rule that found it; see staging.rule';

COMMENT ON COLUMN archive.message_error.severity IS 'error, wait, task or warning';

COMMENT ON COLUMN archive.message_error.value IS 'what was sent';

COMMENT ON COLUMN archive.message_error.expected IS 'what would have been right';

COMMENT ON COLUMN archive.message_error.text IS 'the finding in words';

COMMENT ON COLUMN archive.message_error.hint IS 'what to do';

COMMENT ON COLUMN archive.message_error.first_seen_at IS 'when it was found first';

COMMENT ON COLUMN archive.message_error.resolved_at IS 'since when it no longer holds';

CREATE TABLE book.balance (
	warehouse_code TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	lot_no TEXT NOT NULL, 
	location_code TEXT NOT NULL, 
	stock_status TEXT NOT NULL, 
	qty NUMERIC(19, 6) DEFAULT 0 NOT NULL, 
	row_version BIGINT DEFAULT 0 NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT balance_pkey PRIMARY KEY (warehouse_code, item_code, lot_no, location_code, stock_status), 
	CONSTRAINT balance_stock_status_check CHECK (stock_status IN ('unrestricted', 'quality', 'blocked', 'returns', 'in_transit'))
)
 WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

COMMENT ON TABLE book.balance IS 'Stock by warehouse, item, lot, location and status.';

COMMENT ON COLUMN book.balance.warehouse_code IS 'warehouse';

COMMENT ON COLUMN book.balance.item_code IS 'item';

COMMENT ON COLUMN book.balance.lot_no IS 'lot; empty for none';

COMMENT ON COLUMN book.balance.location_code IS 'location; empty for the warehouse as a whole';

COMMENT ON COLUMN book.balance.stock_status IS 'stock status';

COMMENT ON COLUMN book.balance.qty IS 'quantity, in base units: the sum of its ledger rows';

COMMENT ON COLUMN book.balance.row_version IS 'raised by every change; guards optimistic updates';

COMMENT ON COLUMN book.balance.changed_at IS 'when the row changed last';

CREATE TABLE book.code_map (
	system_code TEXT NOT NULL, 
	domain TEXT NOT NULL, 
	external_code TEXT NOT NULL, 
	canonical_code TEXT NOT NULL, 
	is_default_out BOOLEAN NOT NULL, 
	version BIGINT NOT NULL, 
	active BOOLEAN NOT NULL, 
	seq BIGINT NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT code_map_pkey PRIMARY KEY (system_code, domain, external_code)
);

CREATE INDEX code_map_out_idx ON book.code_map (system_code, domain, canonical_code) WHERE active;

COMMENT ON TABLE book.code_map IS 'Codes of systems and their canonical codes, newest version.';

COMMENT ON COLUMN book.code_map.system_code IS 'system whose code it is';

COMMENT ON COLUMN book.code_map.domain IS 'item, uom, stock_status, reason, carrier, location or party';

COMMENT ON COLUMN book.code_map.external_code IS 'the code as that system writes it';

COMMENT ON COLUMN book.code_map.canonical_code IS 'the code as the books write it';

COMMENT ON COLUMN book.code_map.is_default_out IS 'true: this external code is the one sent out';

COMMENT ON COLUMN book.code_map.version IS 'version in force';

COMMENT ON COLUMN book.code_map.active IS 'false: no longer used';

COMMENT ON COLUMN book.code_map.seq IS 'message that brought the version';

COMMENT ON COLUMN book.code_map.received_at IS 'when that message was received; start of validity';

CREATE TABLE book.count_position (
	warehouse_code TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	lot_no TEXT NOT NULL, 
	location_code TEXT NOT NULL, 
	stock_status TEXT NOT NULL, 
	counted_through_seq BIGINT NOT NULL, 
	counted_qty NUMERIC(19, 6) NOT NULL, 
	message_seq BIGINT NOT NULL, 
	CONSTRAINT count_position_pkey PRIMARY KEY (warehouse_code, item_code, lot_no, location_code, stock_status)
);

COMMENT ON TABLE book.count_position IS 'The newest count of each balance: facts from before it correct themselves.';

COMMENT ON COLUMN book.count_position.warehouse_code IS 'warehouse';

COMMENT ON COLUMN book.count_position.item_code IS 'item';

COMMENT ON COLUMN book.count_position.lot_no IS 'lot; empty for none';

COMMENT ON COLUMN book.count_position.location_code IS 'location; empty for the warehouse as a whole';

COMMENT ON COLUMN book.count_position.stock_status IS 'stock status';

COMMENT ON COLUMN book.count_position.counted_through_seq IS 'source_seq of the last movement that the count includes';

COMMENT ON COLUMN book.count_position.counted_qty IS 'counted, in base units';

COMMENT ON COLUMN book.count_position.message_seq IS 'the count''s message';

CREATE TABLE book.item (
	item_code TEXT NOT NULL, 
	description TEXT, 
	base_uom TEXT NOT NULL, 
	item_group TEXT, 
	abc_class TEXT, 
	gtin TEXT, 
	lot_controlled BOOLEAN NOT NULL, 
	serial_controlled BOOLEAN NOT NULL, 
	shelf_life_days INTEGER, 
	unit_cost NUMERIC, 
	currency TEXT, 
	version BIGINT NOT NULL, 
	active BOOLEAN NOT NULL, 
	seq BIGINT NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT item_pkey PRIMARY KEY (item_code)
);

COMMENT ON TABLE book.item IS 'Items, newest version.';

COMMENT ON COLUMN book.item.item_code IS 'canonical item code';

COMMENT ON COLUMN book.item.description IS 'text for people';

COMMENT ON COLUMN book.item.base_uom IS 'unit in which stock is kept';

COMMENT ON COLUMN book.item.item_group IS 'group of items';

COMMENT ON COLUMN book.item.abc_class IS 'A, B or C: how closely the item is counted';

COMMENT ON COLUMN book.item.gtin IS 'global trade item number';

COMMENT ON COLUMN book.item.lot_controlled IS 'true: every quantity names its lot';

COMMENT ON COLUMN book.item.serial_controlled IS 'true: every piece names its serial number';

COMMENT ON COLUMN book.item.shelf_life_days IS 'days from production to expiry';

COMMENT ON COLUMN book.item.unit_cost IS 'cost of one base unit, in currency';

COMMENT ON COLUMN book.item.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN book.item.version IS 'version in force';

COMMENT ON COLUMN book.item.active IS 'false: no longer used';

COMMENT ON COLUMN book.item.seq IS 'message that brought the version';

COMMENT ON COLUMN book.item.received_at IS 'when that message was received; start of validity';

CREATE TABLE book.item_uom (
	item_code TEXT NOT NULL, 
	uom TEXT NOT NULL, 
	numerator BIGINT NOT NULL, 
	denominator BIGINT NOT NULL, 
	gtin TEXT, 
	version BIGINT NOT NULL, 
	active BOOLEAN NOT NULL, 
	seq BIGINT NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT item_uom_pkey PRIMARY KEY (item_code, uom), 
	CONSTRAINT item_uom_ratio_check CHECK (numerator > 0 AND denominator > 0)
);

COMMENT ON TABLE book.item_uom IS 'Units of items as exact ratios to the base unit, newest version.';

COMMENT ON COLUMN book.item_uom.item_code IS 'canonical item code';

COMMENT ON COLUMN book.item_uom.uom IS 'canonical unit';

COMMENT ON COLUMN book.item_uom.numerator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN book.item_uom.denominator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN book.item_uom.gtin IS 'global trade item number of the pack';

COMMENT ON COLUMN book.item_uom.version IS 'version in force';

COMMENT ON COLUMN book.item_uom.active IS 'false: no longer used';

COMMENT ON COLUMN book.item_uom.seq IS 'message that brought the version';

COMMENT ON COLUMN book.item_uom.received_at IS 'when that message was received; start of validity';

CREATE TABLE book.lane_counter (
	warehouse_code TEXT NOT NULL, 
	warehouse_no INTEGER NOT NULL, 
	ledger_seq BIGINT DEFAULT 0 NOT NULL, 
	delivery_n BIGINT DEFAULT 0 NOT NULL, 
	closed_before DATE, 
	CONSTRAINT lane_counter_pkey PRIMARY KEY (warehouse_code), 
	CONSTRAINT lane_counter_warehouse_no_key UNIQUE (warehouse_no)
)
 WITH (fillfactor = 10);

COMMENT ON TABLE book.lane_counter IS 'One counter row for each lane: positions without gaps, in commit order.';

COMMENT ON COLUMN book.lane_counter.warehouse_code IS 'lane; * for master data';

COMMENT ON COLUMN book.lane_counter.warehouse_no IS 'number of the lane; * is 0';

COMMENT ON COLUMN book.lane_counter.ledger_seq IS 'last position given in the lane''s ledger';

COMMENT ON COLUMN book.lane_counter.delivery_n IS 'last delivery number given in the lane';

COMMENT ON COLUMN book.lane_counter.closed_before IS 'first day after its last closed period; null: none is closed';

CREATE TABLE book.ledger (
	warehouse_code TEXT NOT NULL, 
	ledger_seq BIGINT NOT NULL, 
	message_seq BIGINT NOT NULL, 
	line_no INTEGER NOT NULL, 
	entry_no INTEGER NOT NULL, 
	movement_type TEXT NOT NULL, 
	reverses_ledger_seq BIGINT, 
	item_code TEXT NOT NULL, 
	lot_no TEXT NOT NULL, 
	serial_no TEXT NOT NULL, 
	location_code TEXT NOT NULL, 
	stock_status TEXT NOT NULL, 
	qty NUMERIC(19, 6) NOT NULL, 
	sent_qty NUMERIC, 
	sent_uom TEXT, 
	numerator BIGINT, 
	denominator BIGINT, 
	order_type TEXT, 
	order_no TEXT, 
	order_line_no INTEGER, 
	order_qty NUMERIC(19, 6), 
	reason_code TEXT, 
	source_seq BIGINT, 
	occurred_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	business_date DATE NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	applied_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	posting_date DATE NOT NULL, 
	is_late BOOLEAN GENERATED ALWAYS AS (posting_date <> business_date) STORED, 
	CONSTRAINT ledger_pkey PRIMARY KEY (warehouse_code, ledger_seq), 
	CONSTRAINT ledger_movement_type_check CHECK (movement_type IN ('receipt_purchase', 'receipt_production', 'receipt_return', 'receipt_transfer', 'issue_sales', 'issue_production', 'issue_transfer', 'issue_return', 'move_location', 'move_status', 'adjustment', 'count_gain', 'count_loss', 'initial_load'))
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.05);

CREATE INDEX ledger_late_idx ON book.ledger (warehouse_code, posting_date) WHERE is_late;

CREATE UNIQUE INDEX ledger_message_key ON book.ledger (warehouse_code, message_seq, line_no, entry_no);

CREATE INDEX ledger_source_seq_idx ON book.ledger (warehouse_code, source_seq) WHERE source_seq IS NOT NULL;

COMMENT ON TABLE book.ledger IS 'The inventory ledger; append-only, corrections are new rows linked to the old.';

COMMENT ON COLUMN book.ledger.warehouse_code IS 'warehouse';

COMMENT ON COLUMN book.ledger.ledger_seq IS 'position in the warehouse''s ledger: no gaps, in commit order';

COMMENT ON COLUMN book.ledger.message_seq IS 'message that caused it';

COMMENT ON COLUMN book.ledger.line_no IS 'line of that message; 0 for the whole';

COMMENT ON COLUMN book.ledger.entry_no IS 'number of the row within the line';

COMMENT ON COLUMN book.ledger.movement_type IS 'why the stock changed';

COMMENT ON COLUMN book.ledger.reverses_ledger_seq IS 'row of the same warehouse that this one negates';

COMMENT ON COLUMN book.ledger.item_code IS 'item';

COMMENT ON COLUMN book.ledger.lot_no IS 'lot; empty for none';

COMMENT ON COLUMN book.ledger.serial_no IS 'serial number; empty for none';

COMMENT ON COLUMN book.ledger.location_code IS 'location; empty for the warehouse as a whole';

COMMENT ON COLUMN book.ledger.stock_status IS 'stock status';

COMMENT ON COLUMN book.ledger.qty IS 'signed quantity, in base units';

COMMENT ON COLUMN book.ledger.sent_qty IS 'quantity of the line as sent';

COMMENT ON COLUMN book.ledger.sent_uom IS 'unit of the line as sent';

COMMENT ON COLUMN book.ledger.numerator IS 'ratio used: one sent_uom = numerator / denominator base units';

COMMENT ON COLUMN book.ledger.denominator IS 'ratio used';

COMMENT ON COLUMN book.ledger.order_type IS 'order it belongs to';

COMMENT ON COLUMN book.ledger.order_no IS 'order it belongs to';

COMMENT ON COLUMN book.ledger.order_line_no IS 'order line it was allocated to';

COMMENT ON COLUMN book.ledger.order_qty IS 'signed base quantity that it adds to the line''s done';

COMMENT ON COLUMN book.ledger.reason_code IS 'why, as sent';

COMMENT ON COLUMN book.ledger.source_seq IS 'the sender''s number of the fact';

COMMENT ON COLUMN book.ledger.occurred_at IS 'when it happened';

COMMENT ON COLUMN book.ledger.business_date IS 'day it happened, in the warehouse''s time zone';

COMMENT ON COLUMN book.ledger.received_at IS 'when the message was received';

COMMENT ON COLUMN book.ledger.applied_at IS 'when it was posted';

COMMENT ON COLUMN book.ledger.posting_date IS 'day it counts for: the first open day from business_date';

COMMENT ON COLUMN book.ledger.is_late IS 'true: it happened in a closed period and counts for a later one';

CREATE TABLE book.location (
	warehouse_code TEXT NOT NULL, 
	location_code TEXT NOT NULL, 
	zone TEXT, 
	kind TEXT, 
	version BIGINT NOT NULL, 
	active BOOLEAN NOT NULL, 
	seq BIGINT NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT location_pkey PRIMARY KEY (warehouse_code, location_code)
);

COMMENT ON TABLE book.location IS 'Locations in warehouses, newest version.';

COMMENT ON COLUMN book.location.warehouse_code IS 'warehouse';

COMMENT ON COLUMN book.location.location_code IS 'canonical location code';

COMMENT ON COLUMN book.location.zone IS 'zone of the warehouse';

COMMENT ON COLUMN book.location.kind IS 'what the location is for';

COMMENT ON COLUMN book.location.version IS 'version in force';

COMMENT ON COLUMN book.location.active IS 'false: no longer used';

COMMENT ON COLUMN book.location.seq IS 'message that brought the version';

COMMENT ON COLUMN book.location.received_at IS 'when that message was received; start of validity';

CREATE TABLE book.lot (
	warehouse_code TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	lot_no TEXT NOT NULL, 
	expires_on DATE, 
	message_seq BIGINT, 
	CONSTRAINT lot_pkey PRIMARY KEY (warehouse_code, item_code, lot_no)
);

COMMENT ON TABLE book.lot IS 'Lots whose day of expiry was told: another day for the same lot is a clash.';

COMMENT ON COLUMN book.lot.warehouse_code IS 'warehouse';

COMMENT ON COLUMN book.lot.item_code IS 'item';

COMMENT ON COLUMN book.lot.lot_no IS 'lot';

COMMENT ON COLUMN book.lot.expires_on IS 'day of expiry, as it was said first; null: taken back';

COMMENT ON COLUMN book.lot.message_seq IS 'message that said it first';

CREATE TABLE book.order_final (
	warehouse_code TEXT NOT NULL, 
	message_seq BIGINT NOT NULL, 
	order_type TEXT NOT NULL, 
	order_no TEXT NOT NULL, 
	order_seq BIGINT NOT NULL, 
	is_of_components BOOLEAN NOT NULL, 
	reversed_seq BIGINT, 
	CONSTRAINT order_final_pkey PRIMARY KEY (warehouse_code, message_seq)
);

CREATE INDEX order_final_order_idx ON book.order_final (warehouse_code, order_type, order_no);

COMMENT ON TABLE book.order_final IS 'Final facts of orders: a reversed one opens the order again, unless others stand.';

COMMENT ON COLUMN book.order_final.warehouse_code IS 'warehouse that works the order';

COMMENT ON COLUMN book.order_final.message_seq IS 'the fact that said so';

COMMENT ON COLUMN book.order_final.order_type IS 'document type of the order';

COMMENT ON COLUMN book.order_final.order_no IS 'number of the order';

COMMENT ON COLUMN book.order_final.order_seq IS 'message that had brought the order''s revision then in force';

COMMENT ON COLUMN book.order_final.is_of_components IS 'true: it ends the component lines of production only';

COMMENT ON COLUMN book.order_final.reversed_seq IS 'message that reversed it';

CREATE TABLE book.order_head (
	warehouse_code TEXT NOT NULL, 
	order_type TEXT NOT NULL, 
	order_no TEXT NOT NULL, 
	revision INTEGER NOT NULL, 
	action TEXT NOT NULL, 
	state TEXT NOT NULL, 
	milestone TEXT, 
	milestone_at TIMESTAMP WITH TIME ZONE, 
	party_code TEXT, 
	other_warehouse_code TEXT, 
	seq BIGINT NOT NULL, 
	delivery_id BIGINT, 
	release_delivery_id BIGINT, 
	asked_delivery_id BIGINT, 
	header_hash UUID, 
	forced_at TIMESTAMP WITH TIME ZONE, 
	released_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	row_version BIGINT DEFAULT 0 NOT NULL, 
	CONSTRAINT order_head_pkey PRIMARY KEY (warehouse_code, order_type, order_no), 
	CONSTRAINT order_head_state_check CHECK (state IN ('released', 'in_work', 'closing', 'completed', 'closed', 'cancelled', 'refused'))
)
 WITH (fillfactor = 50, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX order_head_closing_idx ON book.order_head (warehouse_code, order_type, order_no) WHERE state = 'closing';

CREATE INDEX order_head_ended_idx ON book.order_head (warehouse_code, ended_at) WHERE ended_at IS NOT NULL;

COMMENT ON TABLE book.order_head IS 'Orders: requests in their newest agreed revision.';

COMMENT ON COLUMN book.order_head.warehouse_code IS 'warehouse that works the order';

COMMENT ON COLUMN book.order_head.order_type IS 'document type of the order; transit_notice for a transfer''s destination';

COMMENT ON COLUMN book.order_head.order_no IS 'number of the order';

COMMENT ON COLUMN book.order_head.revision IS 'revision in force';

COMMENT ON COLUMN book.order_head.action IS 'action in force: upsert, cancel, close';

COMMENT ON COLUMN book.order_head.state IS 'where the order stands';

COMMENT ON COLUMN book.order_head.milestone IS 'last milestone, by the time it happened';

COMMENT ON COLUMN book.order_head.milestone_at IS 'when it happened';

COMMENT ON COLUMN book.order_head.party_code IS 'supplier or customer';

COMMENT ON COLUMN book.order_head.other_warehouse_code IS 'transfers: the warehouse at the other end';

COMMENT ON COLUMN book.order_head.seq IS 'message that brought the revision in force';

COMMENT ON COLUMN book.order_head.delivery_id IS 'delivery that carries the revision in force';

COMMENT ON COLUMN book.order_head.release_delivery_id IS 'delivery that released it; later ones change it';

COMMENT ON COLUMN book.order_head.asked_delivery_id IS 'delivery that last forwarded a question about it';

COMMENT ON COLUMN book.order_head.header_hash IS 'MD5 of the header in force, to see whether a revision changes it';

COMMENT ON COLUMN book.order_head.forced_at IS 'when it was closed by force, facts of it still unapplied';

COMMENT ON COLUMN book.order_head.released_at IS 'when the order was released first';

COMMENT ON COLUMN book.order_head.changed_at IS 'when this row changed last';

COMMENT ON COLUMN book.order_head.ended_at IS 'when the order ended';

COMMENT ON COLUMN book.order_head.row_version IS 'raised by every change; guards optimistic updates';

CREATE TABLE book.order_line (
	warehouse_code TEXT NOT NULL, 
	order_type TEXT NOT NULL, 
	order_no TEXT NOT NULL, 
	line_no INTEGER NOT NULL, 
	direction TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	lot_no TEXT DEFAULT '' NOT NULL, 
	uom TEXT, 
	ordered_qty NUMERIC(19, 6) NOT NULL, 
	done_qty NUMERIC(19, 6) DEFAULT 0 NOT NULL, 
	cancelled_qty NUMERIC(19, 6) DEFAULT 0 NOT NULL, 
	short_qty NUMERIC(19, 6) DEFAULT 0 NOT NULL, 
	over_qty NUMERIC(19, 6) GENERATED ALWAYS AS (greatest(0, done_qty + cancelled_qty - ordered_qty)) STORED, 
	open_qty NUMERIC(19, 6) GENERATED ALWAYS AS (ordered_qty + greatest(0, done_qty + cancelled_qty - ordered_qty) - done_qty - cancelled_qty - short_qty) STORED, 
	over_tolerance_pct NUMERIC DEFAULT 0 NOT NULL, 
	under_tolerance_pct NUMERIC DEFAULT 0 NOT NULL, 
	state TEXT DEFAULT 'open' NOT NULL, 
	was_refused BOOLEAN DEFAULT false NOT NULL, 
	final_seq BIGINT, 
	last_fact_seq BIGINT, 
	last_fact_at TIMESTAMP WITH TIME ZONE, 
	row_version BIGINT DEFAULT 0 NOT NULL, 
	CONSTRAINT order_line_pkey PRIMARY KEY (warehouse_code, order_type, order_no, line_no), 
	CONSTRAINT order_line_state_check CHECK (state IN ('open', 'completed', 'short', 'cancelled', 'refused', 'done_after_cancel')), 
	CONSTRAINT order_line_direction_check CHECK (direction IN ('in', 'out')), 
	CONSTRAINT order_line_arithmetic_check CHECK (ordered_qty >= 0 AND done_qty >= 0 AND cancelled_qty >= 0 AND short_qty >= 0 AND ordered_qty + greatest(0, done_qty + cancelled_qty - ordered_qty) - done_qty - cancelled_qty - short_qty >= 0)
)
 WITH (fillfactor = 50, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX order_line_open_idx ON book.order_line (warehouse_code, item_code) WHERE state = 'open';

COMMENT ON TABLE book.order_line IS 'Order lines: ordered + over = done + cancelled + short + open, in base units.';

COMMENT ON COLUMN book.order_line.warehouse_code IS 'warehouse that works the order';

COMMENT ON COLUMN book.order_line.order_type IS 'document type of the order';

COMMENT ON COLUMN book.order_line.order_no IS 'number of the order';

COMMENT ON COLUMN book.order_line.line_no IS 'line of the order; 0 is the product of a production_order';

COMMENT ON COLUMN book.order_line.direction IS 'in: goods come; out: goods leave';

COMMENT ON COLUMN book.order_line.item_code IS 'item';

COMMENT ON COLUMN book.order_line.lot_no IS 'lot asked for; empty: any';

COMMENT ON COLUMN book.order_line.uom IS 'unit as sent';

COMMENT ON COLUMN book.order_line.ordered_qty IS 'ordered, in base units';

COMMENT ON COLUMN book.order_line.done_qty IS 'received, shipped, issued or made, in base units';

COMMENT ON COLUMN book.order_line.cancelled_qty IS 'cancelled, in base units';

COMMENT ON COLUMN book.order_line.short_qty IS 'given up at the end, in base units';

COMMENT ON COLUMN book.order_line.over_qty IS 'done and cancelled above ordered, in base units';

COMMENT ON COLUMN book.order_line.open_qty IS 'still expected, in base units';

COMMENT ON COLUMN book.order_line.over_tolerance_pct IS 'percent above ordered that is accepted';

COMMENT ON COLUMN book.order_line.under_tolerance_pct IS 'percent below ordered at which the line is complete';

COMMENT ON COLUMN book.order_line.state IS 'where the line stands';

COMMENT ON COLUMN book.order_line.was_refused IS 'before a late fact came it was refused, not cancelled';

COMMENT ON COLUMN book.order_line.final_seq IS 'message that ended the line: a final fact or a close';

COMMENT ON COLUMN book.order_line.last_fact_seq IS 'message of the last fact that was applied to it';

COMMENT ON COLUMN book.order_line.last_fact_at IS 'when the last fact was applied to it';

COMMENT ON COLUMN book.order_line.row_version IS 'raised by every change; guards optimistic updates';

CREATE TABLE book.party (
	party_code TEXT NOT NULL, 
	role TEXT NOT NULL, 
	name TEXT, 
	country_code TEXT, 
	address TEXT, 
	version BIGINT NOT NULL, 
	active BOOLEAN NOT NULL, 
	seq BIGINT NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT party_pkey PRIMARY KEY (party_code, role)
);

COMMENT ON TABLE book.party IS 'Suppliers, customers and carriers, newest version; one row for each role.';

COMMENT ON COLUMN book.party.party_code IS 'canonical party code';

COMMENT ON COLUMN book.party.role IS 'supplier, customer or carrier';

COMMENT ON COLUMN book.party.name IS 'text for people';

COMMENT ON COLUMN book.party.country_code IS 'ISO 3166 code';

COMMENT ON COLUMN book.party.address IS 'postal address, free text';

COMMENT ON COLUMN book.party.version IS 'version in force';

COMMENT ON COLUMN book.party.active IS 'false: no longer used';

COMMENT ON COLUMN book.party.seq IS 'message that brought the version';

COMMENT ON COLUMN book.party.received_at IS 'when that message was received; start of validity';

CREATE TABLE book.period (
	warehouse_code TEXT NOT NULL, 
	period_start DATE NOT NULL, 
	state TEXT NOT NULL, 
	closed_ledger_seq BIGINT, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	changed_by TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT period_pkey PRIMARY KEY (warehouse_code, period_start), 
	CONSTRAINT period_state_check CHECK (state IN ('open', 'closing', 'closed')), 
	CONSTRAINT period_period_start_check CHECK (extract(day FROM period_start) = 1), 
	CONSTRAINT period_closed_check CHECK ((state = 'closed') = (closed_ledger_seq IS NOT NULL))
);

COMMENT ON TABLE book.period IS 'The months that somebody set; one that is not here is open. ops.period_set sets them.';

COMMENT ON COLUMN book.period.warehouse_code IS 'warehouse';

COMMENT ON COLUMN book.period.period_start IS 'first day of the month, in the warehouse''s calendar';

COMMENT ON COLUMN book.period.state IS 'open, closing or closed';

COMMENT ON COLUMN book.period.closed_ledger_seq IS 'position of the warehouse''s ledger when it was closed';

COMMENT ON COLUMN book.period.changed_at IS 'when the state was set';

COMMENT ON COLUMN book.period.changed_by IS 'login, and the operator''s name beside it';

COMMENT ON COLUMN book.period.reason IS 'why';

CREATE TABLE book.serial (
	warehouse_code TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	serial_no TEXT NOT NULL, 
	on_hand INTEGER NOT NULL, 
	message_seq BIGINT NOT NULL, 
	row_version BIGINT DEFAULT 0 NOT NULL, 
	changed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT serial_pkey PRIMARY KEY (warehouse_code, item_code, serial_no)
)
 WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);

COMMENT ON TABLE book.serial IS 'Serial numbers: 1 on hand, 0 gone, 2 two of one number, below 0 left unseen.';

COMMENT ON COLUMN book.serial.warehouse_code IS 'warehouse';

COMMENT ON COLUMN book.serial.item_code IS 'item';

COMMENT ON COLUMN book.serial.serial_no IS 'serial number';

COMMENT ON COLUMN book.serial.on_hand IS 'pieces on hand: the sum of its ledger rows but counts and transit';

COMMENT ON COLUMN book.serial.message_seq IS 'message that brought or took it last';

COMMENT ON COLUMN book.serial.row_version IS 'raised by every change; guards optimistic updates';

COMMENT ON COLUMN book.serial.changed_at IS 'when the row changed last';

CREATE TABLE book.warehouse (
	warehouse_code TEXT NOT NULL, 
	name TEXT, 
	time_zone TEXT NOT NULL, 
	version BIGINT NOT NULL, 
	active BOOLEAN NOT NULL, 
	seq BIGINT NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT warehouse_pkey PRIMARY KEY (warehouse_code)
);

COMMENT ON TABLE book.warehouse IS 'Warehouses, newest version.';

COMMENT ON COLUMN book.warehouse.warehouse_code IS 'warehouse, the same code in every system';

COMMENT ON COLUMN book.warehouse.name IS 'text for people';

COMMENT ON COLUMN book.warehouse.time_zone IS 'IANA zone in which the warehouse counts its days';

COMMENT ON COLUMN book.warehouse.version IS 'version in force';

COMMENT ON COLUMN book.warehouse.active IS 'false: no longer used';

COMMENT ON COLUMN book.warehouse.seq IS 'message that brought the version';

COMMENT ON COLUMN book.warehouse.received_at IS 'when that message was received; start of validity';

CREATE TABLE ops.act (
	act TEXT NOT NULL, 
	from_state TEXT NOT NULL, 
	to_state TEXT NOT NULL, 
	meaning TEXT NOT NULL, 
	CONSTRAINT act_pkey PRIMARY KEY (act, from_state)
);

COMMENT ON TABLE ops.act IS 'What a person may do with a message in which state, as data; the functions obey it.';

COMMENT ON COLUMN ops.act.act IS 'function of ops that a person calls';

COMMENT ON COLUMN ops.act.from_state IS 'state of the message before';

COMMENT ON COLUMN ops.act.to_state IS 'state of the message after';

COMMENT ON COLUMN ops.act.meaning IS 'what it does';

CREATE TABLE ops.alarm_notice (
	notice_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	route TEXT NOT NULL, 
	address INTEGER NOT NULL, 
	severity TEXT NOT NULL, 
	title TEXT NOT NULL, 
	body TEXT NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	state TEXT DEFAULT 'pending' NOT NULL, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	next_attempt_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	last_error TEXT, 
	CONSTRAINT alarm_notice_pkey PRIMARY KEY (notice_id), 
	CONSTRAINT alarm_notice_state_check CHECK (state IN ('pending', 'sent', 'failed'))
);

CREATE INDEX alarm_notice_made_idx ON ops.alarm_notice (made_at);

CREATE INDEX alarm_notice_pending_idx ON ops.alarm_notice (notice_id) WHERE state = 'pending';

COMMENT ON TABLE ops.alarm_notice IS 'Notifications, one for each address; written with the alarms, delivered afterwards.';

COMMENT ON COLUMN ops.alarm_notice.notice_id IS 'number of the notification';

COMMENT ON COLUMN ops.alarm_notice.route IS 'route of notifications, as the settings name it';

COMMENT ON COLUMN ops.alarm_notice.address IS 'number of the address in the list of the route';

COMMENT ON COLUMN ops.alarm_notice.severity IS 'the gravest of its alarms';

COMMENT ON COLUMN ops.alarm_notice.title IS 'subject line';

COMMENT ON COLUMN ops.alarm_notice.body IS 'text';

COMMENT ON COLUMN ops.alarm_notice.made_at IS 'when it was decided to send it';

COMMENT ON COLUMN ops.alarm_notice.state IS 'pending, sent or failed (given up)';

COMMENT ON COLUMN ops.alarm_notice.attempts IS 'attempts to deliver it';

COMMENT ON COLUMN ops.alarm_notice.next_attempt_at IS 'not tried before this; a daemon that tries moves it on';

COMMENT ON COLUMN ops.alarm_notice.ended_at IS 'when it was delivered or given up';

COMMENT ON COLUMN ops.alarm_notice.last_error IS 'why the last attempt failed, without secrets';

CREATE TABLE ops.alarm_rule (
	code TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	threshold NUMERIC NOT NULL, 
	unit TEXT NOT NULL, 
	hold INTERVAL NOT NULL, 
	is_on BOOLEAN DEFAULT true NOT NULL, 
	meaning TEXT NOT NULL, 
	what TEXT NOT NULL, 
	behind TEXT NOT NULL, 
	look TEXT NOT NULL, 
	CONSTRAINT alarm_rule_pkey PRIMARY KEY (code), 
	CONSTRAINT alarm_rule_severity_check CHECK (severity IN ('warning', 'critical'))
);

COMMENT ON TABLE ops.alarm_rule IS 'The rules of alarms, as data; ops.set_alarm_rule changes threshold and severity.';

COMMENT ON COLUMN ops.alarm_rule.code IS 'name of the rule';

COMMENT ON COLUMN ops.alarm_rule.severity IS 'warning or critical; a critical one breaks quiet hours';

COMMENT ON COLUMN ops.alarm_rule.threshold IS 'from here on it is an alarm, in unit';

COMMENT ON COLUMN ops.alarm_rule.unit IS 'what the threshold is counted in';

COMMENT ON COLUMN ops.alarm_rule.hold IS 'how long the condition must hold before it is an alarm';

COMMENT ON COLUMN ops.alarm_rule.is_on IS 'false: not looked at';

COMMENT ON COLUMN ops.alarm_rule.meaning IS 'what it looks for';

COMMENT ON COLUMN ops.alarm_rule.what IS 'words of the alarm: what happened; names in braces are replaced';

COMMENT ON COLUMN ops.alarm_rule.behind IS 'words of the alarm: what waits behind it';

COMMENT ON COLUMN ops.alarm_rule.look IS 'words of the alarm: what to type';

CREATE TABLE ops.audit (
	audit_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	login TEXT DEFAULT session_user NOT NULL, 
	operator TEXT, 
	action TEXT NOT NULL, 
	seq BIGINT, 
	task_id BIGINT, 
	reason TEXT NOT NULL, 
	detail JSONB, 
	CONSTRAINT audit_pkey PRIMARY KEY (audit_id)
);

CREATE INDEX audit_at_idx ON ops.audit USING brin (at);

CREATE INDEX audit_seq_idx ON ops.audit (seq) WHERE seq IS NOT NULL;

COMMENT ON TABLE ops.audit IS 'Every act of an operator, with the reason; append-only.';

COMMENT ON COLUMN ops.audit.audit_id IS 'number of the entry';

COMMENT ON COLUMN ops.audit.at IS 'when';

COMMENT ON COLUMN ops.audit.login IS 'database login that did it';

COMMENT ON COLUMN ops.audit.operator IS 'who sat there: the setting crossdock.operator, where it was set';

COMMENT ON COLUMN ops.audit.action IS 'what was done: requeue, hold, release, discard, amend ...';

COMMENT ON COLUMN ops.audit.seq IS 'message concerned';

COMMENT ON COLUMN ops.audit.task_id IS 'task concerned';

COMMENT ON COLUMN ops.audit.reason IS 'why, in the operator''s words';

COMMENT ON COLUMN ops.audit.detail IS 'what exactly: states or values before and after';

CREATE TABLE ops.choice (
	code TEXT NOT NULL, 
	doc_type TEXT NOT NULL, 
	choice TEXT NOT NULL, 
	meaning TEXT NOT NULL, 
	posts TEXT NOT NULL, 
	effect TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	CONSTRAINT choice_pkey PRIMARY KEY (code, choice, doc_type), 
	CONSTRAINT choice_effect_check CHECK (effect IN ('none', 'stay', 'release', 'block', 'scrap', 'lift', 'accept', 'refuse', 'end'))
);

COMMENT ON TABLE ops.choice IS 'What may be decided about a task, and what that posts.';

COMMENT ON COLUMN ops.choice.code IS 'code of the task';

COMMENT ON COLUMN ops.choice.doc_type IS 'document type of the message that raised it; * for all';

COMMENT ON COLUMN ops.choice.choice IS 'what may be decided';

COMMENT ON COLUMN ops.choice.meaning IS 'what it means';

COMMENT ON COLUMN ops.choice.posts IS 'what it posts, in words';

COMMENT ON COLUMN ops.choice.effect IS 'what it posts, for the engine';

COMMENT ON COLUMN ops.choice.owner IS 'role that owes the decision';

CREATE TABLE ops.daemon (
	daemon_name TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid INTEGER NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT daemon_pkey PRIMARY KEY (daemon_name)
);

COMMENT ON TABLE ops.daemon IS 'Daemons that run and that ran in the last week.';

COMMENT ON COLUMN ops.daemon.daemon_name IS 'machine, process and start';

COMMENT ON COLUMN ops.daemon.host IS 'machine or container';

COMMENT ON COLUMN ops.daemon.pid IS 'process on it';

COMMENT ON COLUMN ops.daemon.started_at IS 'when it started';

COMMENT ON COLUMN ops.daemon.seen_at IS 'when it was heard of last';

COMMENT ON COLUMN ops.daemon.ended_at IS 'when it ended of itself';

CREATE TABLE ops.decision (
	task_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	code TEXT NOT NULL, 
	state TEXT DEFAULT 'open' NOT NULL, 
	owner TEXT, 
	warehouse_code TEXT, 
	seq BIGINT NOT NULL, 
	line_no INTEGER, 
	order_type TEXT, 
	order_no TEXT, 
	order_line_no INTEGER, 
	item_code TEXT, 
	qty NUMERIC(19, 6), 
	text TEXT NOT NULL, 
	hint TEXT, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	decision TEXT, 
	reason TEXT, 
	decided_by TEXT, 
	decided_at TIMESTAMP WITH TIME ZONE, 
	posted_seq BIGINT, 
	posted_qty NUMERIC(19, 6), 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	outcome TEXT, 
	closed_at TIMESTAMP WITH TIME ZONE, 
	detail JSONB, 
	CONSTRAINT decision_pkey PRIMARY KEY (task_id), 
	CONSTRAINT decision_state_check CHECK (state IN ('open', 'deciding', 'done')), 
	CONSTRAINT decision_decided_check CHECK ((state = 'open') = (decision IS NULL))
);

CREATE INDEX decision_deciding_idx ON ops.decision (task_id) WHERE state = 'deciding';

CREATE UNIQUE INDEX decision_event_key ON ops.decision (seq, coalesce(line_no, 0), code);

CREATE INDEX decision_open_idx ON ops.decision (opened_at) WHERE state <> 'done';

COMMENT ON TABLE ops.decision IS 'Decisions owed by people; one event, one task. ops.task shows them with choices.';

COMMENT ON COLUMN ops.decision.task_id IS 'number of the task';

COMMENT ON COLUMN ops.decision.code IS 'rule that asks for the decision';

COMMENT ON COLUMN ops.decision.state IS 'open, deciding (the decision is on its way) or done';

COMMENT ON COLUMN ops.decision.owner IS 'who owes it, where it was assigned; else the role in ops.choice';

COMMENT ON COLUMN ops.decision.warehouse_code IS 'warehouse';

COMMENT ON COLUMN ops.decision.seq IS 'message that raised it';

COMMENT ON COLUMN ops.decision.line_no IS 'line that raised it';

COMMENT ON COLUMN ops.decision.order_type IS 'order concerned';

COMMENT ON COLUMN ops.decision.order_no IS 'order concerned';

COMMENT ON COLUMN ops.decision.order_line_no IS 'order line concerned';

COMMENT ON COLUMN ops.decision.item_code IS 'item concerned';

COMMENT ON COLUMN ops.decision.qty IS 'quantity at stake, in base units';

COMMENT ON COLUMN ops.decision.text IS 'what is to be decided';

COMMENT ON COLUMN ops.decision.hint IS 'what to do';

COMMENT ON COLUMN ops.decision.opened_at IS 'since when it is owed';

COMMENT ON COLUMN ops.decision.decision IS 'what was decided; moot: it was no longer needed';

COMMENT ON COLUMN ops.decision.reason IS 'why it was decided so';

COMMENT ON COLUMN ops.decision.decided_by IS 'who decided';

COMMENT ON COLUMN ops.decision.decided_at IS 'when';

COMMENT ON COLUMN ops.decision.posted_seq IS 'message that carries the decision out';

COMMENT ON COLUMN ops.decision.posted_qty IS 'how much of the line''s stock it took out of blocked';

COMMENT ON COLUMN ops.decision.attempts IS 'decisions that could not be carried out';

COMMENT ON COLUMN ops.decision.outcome IS 'what came of its decisions, the newest last';

COMMENT ON COLUMN ops.decision.closed_at IS 'when it was done';

COMMENT ON COLUMN ops.decision.detail IS 'evidence: lot, serial, location and status of the line as sent';

CREATE TABLE ops.job (
	job TEXT NOT NULL, 
	schedule TEXT NOT NULL, 
	time_zone TEXT DEFAULT 'UTC' NOT NULL, 
	since TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	next_due_at TIMESTAMP WITH TIME ZONE, 
	paused_at TIMESTAMP WITH TIME ZONE, 
	changed_by TEXT, 
	reason TEXT, 
	meaning TEXT NOT NULL, 
	CONSTRAINT job_pkey PRIMARY KEY (job)
);

COMMENT ON TABLE ops.job IS 'The jobs that the clock starts; ops.schedule shows them with their last run.';

COMMENT ON COLUMN ops.job.job IS 'name of the job';

COMMENT ON COLUMN ops.job.schedule IS 'when it is due: a cron expression of five fields';

COMMENT ON COLUMN ops.job.time_zone IS 'IANA zone in which the schedule is read';

COMMENT ON COLUMN ops.job.since IS 'times before this are not caught up';

COMMENT ON COLUMN ops.job.next_due_at IS 'when it is due next, as the daemon last saw it';

COMMENT ON COLUMN ops.job.paused_at IS 'since when it is paused; null: it is not';

COMMENT ON COLUMN ops.job.changed_by IS 'who set, paused or resumed it last';

COMMENT ON COLUMN ops.job.reason IS 'why';

COMMENT ON COLUMN ops.job.meaning IS 'what it does';

CREATE TABLE ops.policy_kind (
	name TEXT NOT NULL, 
	scope_kinds TEXT[] NOT NULL, 
	default_value TEXT NOT NULL, 
	choices TEXT[] NOT NULL, 
	unit TEXT NOT NULL, 
	setting TEXT, 
	meaning TEXT NOT NULL, 
	CONSTRAINT policy_kind_pkey PRIMARY KEY (name)
);

COMMENT ON TABLE ops.policy_kind IS 'The policies that there are, as data.';

COMMENT ON COLUMN ops.policy_kind.name IS 'name of the policy';

COMMENT ON COLUMN ops.policy_kind.scope_kinds IS 'for what it may be set: warehouse, system, order_type';

COMMENT ON COLUMN ops.policy_kind.default_value IS 'what holds where nothing was set';

COMMENT ON COLUMN ops.policy_kind.choices IS 'legal values; none: an interval such as 90min';

COMMENT ON COLUMN ops.policy_kind.unit IS 'what a value is, in words';

COMMENT ON COLUMN ops.policy_kind.setting IS 'setting of the program that goes before the default';

COMMENT ON COLUMN ops.policy_kind.meaning IS 'what it decides';

CREATE TABLE ops.system (
	system_code TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	gapless_source_seq BOOLEAN DEFAULT false NOT NULL, 
	registered_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	CONSTRAINT system_pkey PRIMARY KEY (system_code), 
	CONSTRAINT system_kind_check CHECK (kind IN ('erp', 'wms'))
);

CREATE UNIQUE INDEX system_one_erp_key ON ops.system (kind) WHERE kind = 'erp';

COMMENT ON TABLE ops.system IS 'The systems that exchange documents: one ERP, any number of WMSs.';

COMMENT ON COLUMN ops.system.system_code IS 'sender: the name of the ERP or of a WMS';

COMMENT ON COLUMN ops.system.kind IS 'erp or wms';

COMMENT ON COLUMN ops.system.gapless_source_seq IS 'true: its source_seq has no gaps';

COMMENT ON COLUMN ops.system.registered_at IS 'when it was registered first';

CREATE TABLE ops.table_size (
	table_name TEXT NOT NULL, 
	taken_on DATE NOT NULL, 
	live_rows BIGINT NOT NULL, 
	table_bytes BIGINT NOT NULL, 
	index_bytes BIGINT NOT NULL, 
	CONSTRAINT table_size_pkey PRIMARY KEY (table_name, taken_on)
);

COMMENT ON TABLE ops.table_size IS 'How large the tables were, once a day: ops.health tells from it how they grow.';

COMMENT ON COLUMN ops.table_size.table_name IS 'table with its schema; the archive''s months together';

COMMENT ON COLUMN ops.table_size.taken_on IS 'day (UTC)';

COMMENT ON COLUMN ops.table_size.live_rows IS 'rows in use, as estimated by the statistics';

COMMENT ON COLUMN ops.table_size.table_bytes IS 'size without indexes';

COMMENT ON COLUMN ops.table_size.index_bytes IS 'size of the indexes';

CREATE TABLE ops.traffic_hour (
	system_code TEXT NOT NULL, 
	hour TIMESTAMP WITH TIME ZONE NOT NULL, 
	message_count BIGINT NOT NULL, 
	last_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT traffic_hour_pkey PRIMARY KEY (system_code, hour)
);

COMMENT ON TABLE ops.traffic_hour IS 'How much each sender sent in each hour of the last five weeks; counted by the watch.';

COMMENT ON COLUMN ops.traffic_hour.system_code IS 'sender';

COMMENT ON COLUMN ops.traffic_hour.hour IS 'begin of the hour';

COMMENT ON COLUMN ops.traffic_hour.message_count IS 'messages that came in it';

COMMENT ON COLUMN ops.traffic_hour.last_at IS 'when the last of them came';

CREATE TABLE ops.watch_mark (
	name TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	position BIGINT DEFAULT 0 NOT NULL, 
	CONSTRAINT watch_mark_pkey PRIMARY KEY (name)
);

COMMENT ON TABLE ops.watch_mark IS 'How far the watch has come; whoever moves a mark takes that turn, others leave it.';

COMMENT ON COLUMN ops.watch_mark.name IS 'alarms: the last look; traffic: the last message counted';

COMMENT ON COLUMN ops.watch_mark.at IS 'when';

COMMENT ON COLUMN ops.watch_mark.position IS 'seq of the last message counted';

CREATE TABLE recon.approval_limit (
	role TEXT NOT NULL, 
	value_limit NUMERIC NOT NULL, 
	CONSTRAINT approval_limit_pkey PRIMARY KEY (role), 
	CONSTRAINT approval_limit_value_limit_check CHECK (value_limit >= 0)
);

COMMENT ON TABLE recon.approval_limit IS 'Up to which value the members of a role approve adjustments alone.';

COMMENT ON COLUMN recon.approval_limit.role IS 'database role; its members may approve so much alone';

COMMENT ON COLUMN recon.approval_limit.value_limit IS 'value up to which one person approves an adjustment';

CREATE TABLE recon.class (
	class TEXT NOT NULL, 
	test_order INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	action TEXT NOT NULL, 
	is_unexplained BOOLEAN NOT NULL, 
	may_adjust BOOLEAN NOT NULL, 
	meaning TEXT NOT NULL, 
	CONSTRAINT class_pkey PRIMARY KEY (class), 
	CONSTRAINT class_evidence_check CHECK (evidence IN ('A', 'B', 'C', 'none'))
);

COMMENT ON TABLE recon.class IS 'The classes of differences, as data.';

COMMENT ON COLUMN recon.class.class IS 'name of the class, the same in every report';

COMMENT ON COLUMN recon.class.test_order IS 'when it is tested: the first that fits is taken';

COMMENT ON COLUMN recon.class.kind IS 'run, quarantine, part (of the known movements) or residual';

COMMENT ON COLUMN recon.class.evidence IS 'A proven, B structural, C numeric suspicion, none';

COMMENT ON COLUMN recon.class.owner IS 'who acts';

COMMENT ON COLUMN recon.class.action IS 'what to do';

COMMENT ON COLUMN recon.class.is_unexplained IS 'true: a run that has it does not end well';

COMMENT ON COLUMN recon.class.may_adjust IS 'true: an adjustment may be suggested';

COMMENT ON COLUMN recon.class.meaning IS 'what it means';

CREATE TABLE recon.comment (
	comment_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	warehouse_code TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	lot_no TEXT DEFAULT '' NOT NULL, 
	stock_status TEXT NOT NULL, 
	run_id BIGINT, 
	at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	by TEXT DEFAULT session_user NOT NULL, 
	owner TEXT, 
	text TEXT NOT NULL, 
	CONSTRAINT comment_pkey PRIMARY KEY (comment_id)
);

CREATE INDEX comment_key_idx ON recon.comment (warehouse_code, item_code, lot_no, stock_status, comment_id);

COMMENT ON TABLE recon.comment IS 'What people say about a difference, and who takes it over; append-only.';

COMMENT ON COLUMN recon.comment.comment_id IS 'number of the comment';

COMMENT ON COLUMN recon.comment.warehouse_code IS 'warehouse';

COMMENT ON COLUMN recon.comment.item_code IS 'canonical item code';

COMMENT ON COLUMN recon.comment.lot_no IS 'lot; empty for none';

COMMENT ON COLUMN recon.comment.stock_status IS 'canonical stock status';

COMMENT ON COLUMN recon.comment.run_id IS 'run that was looked at';

COMMENT ON COLUMN recon.comment.at IS 'when';

COMMENT ON COLUMN recon.comment.by IS 'login, and the operator''s name beside it';

COMMENT ON COLUMN recon.comment.owner IS 'who takes it over; null: no change';

COMMENT ON COLUMN recon.comment.text IS 'what was said';

CREATE TABLE recon.count_tolerance (
	abc_class TEXT NOT NULL, 
	pct NUMERIC NOT NULL, 
	meaning TEXT NOT NULL, 
	CONSTRAINT count_tolerance_pkey PRIMARY KEY (abc_class), 
	CONSTRAINT count_tolerance_pct_check CHECK (pct >= 0)
);

COMMENT ON TABLE recon.count_tolerance IS 'How exact a count must be to be called right, by ABC class.';

COMMENT ON COLUMN recon.count_tolerance.abc_class IS 'A, B or C; * for items without a class';

COMMENT ON COLUMN recon.count_tolerance.pct IS 'percent of the book that a count may differ by';

COMMENT ON COLUMN recon.count_tolerance.meaning IS 'which items these are';

CREATE TABLE recon.figure_kind (
	name TEXT NOT NULL, 
	source TEXT NOT NULL, 
	per TEXT NOT NULL, 
	unit TEXT NOT NULL, 
	better TEXT NOT NULL, 
	meaning TEXT NOT NULL, 
	numerator TEXT NOT NULL, 
	denominator TEXT NOT NULL, 
	factor NUMERIC, 
	target NUMERIC, 
	position INTEGER NOT NULL, 
	CONSTRAINT figure_kind_pkey PRIMARY KEY (name), 
	CONSTRAINT figure_kind_source_check CHECK (source IN ('interface', 'run')), 
	CONSTRAINT figure_kind_better_check CHECK (better IN ('higher', 'lower', 'none'))
);

COMMENT ON TABLE recon.figure_kind IS 'The figures that crossdock promises, with their definitions.';

COMMENT ON COLUMN recon.figure_kind.name IS 'name of the figure';

COMMENT ON COLUMN recon.figure_kind.source IS 'interface (messages, live in ops.kpi) or run (the books)';

COMMENT ON COLUMN recon.figure_kind.per IS 'what it is published by besides the warehouse';

COMMENT ON COLUMN recon.figure_kind.unit IS 'unit of its value';

COMMENT ON COLUMN recon.figure_kind.better IS 'higher, lower or none';

COMMENT ON COLUMN recon.figure_kind.meaning IS 'what it says';

COMMENT ON COLUMN recon.figure_kind.numerator IS 'what is counted';

COMMENT ON COLUMN recon.figure_kind.denominator IS 'out of how many';

COMMENT ON COLUMN recon.figure_kind.factor IS 'value = factor * numerator / denominator; null: computed otherwise';

COMMENT ON COLUMN recon.figure_kind.target IS 'what it should be';

COMMENT ON COLUMN recon.figure_kind.position IS 'place in lists';

CREATE TABLE recon.phrase (
	why_key TEXT NOT NULL, 
	text TEXT NOT NULL, 
	CONSTRAINT phrase_pkey PRIMARY KEY (why_key)
);

COMMENT ON TABLE recon.phrase IS 'The sentences that say why a key differs.';

COMMENT ON COLUMN recon.phrase.why_key IS 'name of the sentence';

COMMENT ON COLUMN recon.phrase.text IS 'the sentence; {name} stands for an argument';

CREATE TABLE recon.roll_up (
	rule_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	side TEXT NOT NULL, 
	domain TEXT NOT NULL, 
	item_code TEXT, 
	from_code TEXT NOT NULL, 
	to_code TEXT NOT NULL, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	reason TEXT NOT NULL, 
	CONSTRAINT roll_up_pkey PRIMARY KEY (rule_id), 
	CONSTRAINT roll_up_side_check CHECK (side IN ('erp', 'wms')), 
	CONSTRAINT roll_up_domain_check CHECK (domain IN ('lot', 'stock_status'))
);

COMMENT ON TABLE recon.roll_up IS 'Declared roll-ups: several lots or statuses that are compared as one.';

COMMENT ON COLUMN recon.roll_up.rule_id IS 'number of the rule';

COMMENT ON COLUMN recon.roll_up.side IS 'side that is coarser; the key is rolled up on both sides and the ledger';

COMMENT ON COLUMN recon.roll_up.domain IS 'lot or stock_status';

COMMENT ON COLUMN recon.roll_up.item_code IS 'item; null: any';

COMMENT ON COLUMN recon.roll_up.from_code IS 'lot or status; * for any lot';

COMMENT ON COLUMN recon.roll_up.to_code IS 'what it counts as; an empty lot: without lots';

COMMENT ON COLUMN recon.roll_up.valid_from IS 'first day on which it holds';

COMMENT ON COLUMN recon.roll_up.valid_to IS 'last day on which it holds; null: until further notice';

COMMENT ON COLUMN recon.roll_up.reason IS 'why';

CREATE TABLE recon.run (
	run_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	as_of TIMESTAMP WITH TIME ZONE NOT NULL, 
	state TEXT DEFAULT 'running' NOT NULL, 
	verdict TEXT, 
	reason TEXT, 
	trigger TEXT NOT NULL, 
	requested_by TEXT DEFAULT session_user NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	previous_run_id BIGINT, 
	config JSONB NOT NULL, 
	config_hash TEXT, 
	input_hash TEXT, 
	previous_hash TEXT, 
	run_hash TEXT, 
	revision TEXT NOT NULL, 
	durations JSONB DEFAULT '{}' NOT NULL, 
	CONSTRAINT run_pkey PRIMARY KEY (run_id), 
	CONSTRAINT run_previous_hash_key UNIQUE (previous_hash), 
	CONSTRAINT run_state_check CHECK (state IN ('running', 'closed', 'not_valid', 'failed')), 
	CONSTRAINT run_verdict_check CHECK (verdict IN ('RECONCILED', 'OPEN_ITEMS', 'NOT_VALID')), 
	CONSTRAINT run_trigger_check CHECK (trigger IN ('nightly', 'command')), 
	CONSTRAINT run_closed_check CHECK ((state = 'closed') = (run_hash IS NOT NULL))
);

CREATE INDEX run_running_idx ON recon.run (run_id) WHERE state = 'running';

COMMENT ON TABLE recon.run IS 'The runs of the reconciliation; one that has ended is never changed.';

COMMENT ON COLUMN recon.run.run_id IS 'number of the run';

COMMENT ON COLUMN recon.run.as_of IS 'the newest snapshots up to this instant are compared';

COMMENT ON COLUMN recon.run.state IS 'running, closed, not_valid or failed';

COMMENT ON COLUMN recon.run.verdict IS 'RECONCILED, OPEN_ITEMS or NOT_VALID; null while it runs';

COMMENT ON COLUMN recon.run.reason IS 'why it is not valid or failed';

COMMENT ON COLUMN recon.run.trigger IS 'nightly or command';

COMMENT ON COLUMN recon.run.requested_by IS 'login, and the operator''s name beside it';

COMMENT ON COLUMN recon.run.started_at IS 'when it was started';

COMMENT ON COLUMN recon.run.ended_at IS 'when it ended';

COMMENT ON COLUMN recon.run.previous_run_id IS 'the closed run before it in the chain';

COMMENT ON COLUMN recon.run.config IS 'limits, tolerances, scope rules, roll-ups, version of the maps';

COMMENT ON COLUMN recon.run.config_hash IS 'SHA-256 of config';

COMMENT ON COLUMN recon.run.input_hash IS 'SHA-256 of the inputs: positions, totals and hashes of snapshots';

COMMENT ON COLUMN recon.run.previous_hash IS 'run_hash of the closed run before it; empty for the first';

COMMENT ON COLUMN recon.run.run_hash IS 'SHA-256 of previous_hash, header, inputs and all rows of the run';

COMMENT ON COLUMN recon.run.revision IS 'revision of the schema';

COMMENT ON COLUMN recon.run.durations IS 'seconds of each step';

CREATE TABLE recon.scope_rule (
	rule_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	warehouse_code TEXT, 
	item_code TEXT, 
	stock_status TEXT, 
	side TEXT, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	reason TEXT NOT NULL, 
	CONSTRAINT scope_rule_pkey PRIMARY KEY (rule_id), 
	CONSTRAINT scope_rule_side_check CHECK (side IN ('erp', 'wms'))
);

COMMENT ON TABLE recon.scope_rule IS 'Stock that is not compared, since one side does not keep it.';

COMMENT ON COLUMN recon.scope_rule.rule_id IS 'number of the rule';

COMMENT ON COLUMN recon.scope_rule.warehouse_code IS 'warehouse; null: any';

COMMENT ON COLUMN recon.scope_rule.item_code IS 'item; null: any';

COMMENT ON COLUMN recon.scope_rule.stock_status IS 'stock status; null: any';

COMMENT ON COLUMN recon.scope_rule.side IS 'side that does not keep it; null: both';

COMMENT ON COLUMN recon.scope_rule.valid_from IS 'first day on which it holds';

COMMENT ON COLUMN recon.scope_rule.valid_to IS 'last day on which it holds; null: until further notice';

COMMENT ON COLUMN recon.scope_rule.reason IS 'why';

CREATE TABLE recon.tolerance (
	abc_class TEXT DEFAULT '*' NOT NULL, 
	uom TEXT DEFAULT '*' NOT NULL, 
	abs_qty NUMERIC(19, 6) DEFAULT 0 NOT NULL, 
	pct NUMERIC DEFAULT 0 NOT NULL, 
	approval_value_limit NUMERIC, 
	CONSTRAINT tolerance_pkey PRIMARY KEY (abc_class, uom), 
	CONSTRAINT tolerance_not_negative_check CHECK (abs_qty >= 0 AND pct >= 0)
);

COMMENT ON TABLE recon.tolerance IS 'Residuals that are tolerated; the row that names class and unit best holds.';

COMMENT ON COLUMN recon.tolerance.abc_class IS 'A, B or C; * for any';

COMMENT ON COLUMN recon.tolerance.uom IS 'base unit; * for any';

COMMENT ON COLUMN recon.tolerance.abs_qty IS 'tolerated in any case';

COMMENT ON COLUMN recon.tolerance.pct IS 'tolerated in percent of the larger book';

COMMENT ON COLUMN recon.tolerance.approval_value_limit IS 'adjustments above it need a second person; null: all do';

CREATE TABLE staging.answer_line (
	delivery_id BIGINT NOT NULL, 
	line_no INTEGER NOT NULL, 
	qty NUMERIC, 
	uom TEXT, 
	reason_code TEXT, 
	CONSTRAINT answer_line_pkey PRIMARY KEY (delivery_id, line_no)
);

COMMENT ON TABLE staging.answer_line IS 'Answers by line to deliveries; a line that is not listed is accepted.';

COMMENT ON COLUMN staging.answer_line.delivery_id IS 'delivery that was answered in part';

COMMENT ON COLUMN staging.answer_line.line_no IS 'line of the order';

COMMENT ON COLUMN staging.answer_line.qty IS 'how much of what was asked is accepted; null: nothing of it';

COMMENT ON COLUMN staging.answer_line.uom IS 'unit of qty, canonical; null: the item''s base unit';

COMMENT ON COLUMN staging.answer_line.reason_code IS 'why not all of it';

CREATE TABLE staging.business_key (
	sender TEXT NOT NULL, 
	doc_type TEXT NOT NULL, 
	business_key TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	content_hash UUID NOT NULL, 
	CONSTRAINT business_key_pkey PRIMARY KEY (sender, doc_type, business_key)
)
 WITH (fillfactor = 90, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX business_key_seq_idx ON staging.business_key USING brin (seq) WITH (pages_per_range = 16);

COMMENT ON TABLE staging.business_key IS 'The memory of what was said before: the second level of idempotency.';

COMMENT ON COLUMN staging.business_key.sender IS 'system that sent the document';

COMMENT ON COLUMN staging.business_key.doc_type IS 'document type';

COMMENT ON COLUMN staging.business_key.business_key IS 'what identifies the document''s content, apart from message_id';

COMMENT ON COLUMN staging.business_key.seq IS 'message that holds the key';

COMMENT ON COLUMN staging.business_key.content_hash IS 'MD5 of all document columns and lines, trimmed, before mapping';

CREATE TABLE staging.column_name (
	doc_type TEXT NOT NULL, 
	part TEXT NOT NULL, 
	base TEXT NOT NULL, 
	name TEXT NOT NULL, 
	type TEXT NOT NULL, 
	CONSTRAINT column_name_pkey PRIMARY KEY (doc_type, part, base)
);

COMMENT ON TABLE staging.column_name IS 'What a sender may say in each document; findings and amendments name columns so.';

COMMENT ON COLUMN staging.column_name.doc_type IS 'document type';

COMMENT ON COLUMN staging.column_name.part IS 'header or line';

COMMENT ON COLUMN staging.column_name.base IS 'column of the staging table';

COMMENT ON COLUMN staging.column_name.name IS 'column of the contract''s view';

COMMENT ON COLUMN staging.column_name.type IS 'type of the column';

CREATE TABLE staging.delivery (
	delivery_id BIGSERIAL NOT NULL, 
	receiver TEXT NOT NULL, 
	doc_type TEXT NOT NULL, 
	warehouse_code TEXT, 
	action TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	delivered_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	state TEXT DEFAULT 'pending' NOT NULL, 
	noticed BOOLEAN DEFAULT true NOT NULL, 
	receiver_ref TEXT, 
	answer_reason_code TEXT, 
	answer_note TEXT, 
	answered_at TIMESTAMP WITH TIME ZONE, 
	attributes JSONB, 
	item_code TEXT, 
	version BIGINT, 
	description TEXT, 
	base_uom TEXT, 
	item_group TEXT, 
	abc_class TEXT, 
	gtin TEXT, 
	lot_controlled BOOLEAN, 
	serial_controlled BOOLEAN, 
	shelf_life_days INTEGER, 
	unit_cost NUMERIC, 
	currency TEXT, 
	active BOOLEAN, 
	uom TEXT, 
	numerator BIGINT, 
	denominator BIGINT, 
	party_code TEXT, 
	role TEXT, 
	name TEXT, 
	country_code TEXT, 
	address TEXT, 
	time_zone TEXT, 
	location_code TEXT, 
	zone TEXT, 
	kind TEXT, 
	system_code TEXT, 
	domain TEXT, 
	external_code TEXT, 
	canonical_code TEXT, 
	is_default_out BOOLEAN, 
	doc_no TEXT, 
	revision INTEGER, 
	ordered_on DATE, 
	expected_at TIMESTAMP WITH TIME ZONE, 
	note TEXT, 
	requested_ship_at TIMESTAMP WITH TIME ZONE, 
	carrier_code TEXT, 
	ship_to TEXT, 
	priority INTEGER, 
	qty NUMERIC, 
	start_at TIMESTAMP WITH TIME ZONE, 
	due_at TIMESTAMP WITH TIME ZONE, 
	to_warehouse_code TEXT, 
	original_order_no TEXT, 
	order_type TEXT, 
	order_no TEXT, 
	delivery_note_no TEXT, 
	is_final BOOLEAN, 
	occurred_at TIMESTAMP WITH TIME ZONE, 
	source_seq BIGINT, 
	reverses_no TEXT, 
	tracking_no TEXT, 
	counted_through_seq BIGINT, 
	milestone TEXT, 
	response TEXT, 
	reason_code TEXT, 
	as_of TIMESTAMP WITH TIME ZONE, 
	through_seq BIGINT, 
	total_qty NUMERIC, 
	request_no TEXT, 
	run_id BIGINT, 
	CONSTRAINT delivery_pkey PRIMARY KEY (delivery_id), 
	CONSTRAINT delivery_state_check CHECK (state IN ('pending', 'taken', 'accepted', 'refused', 'withdrawn'))
)
 WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX delivery_answered_idx ON staging.delivery (receiver, doc_type, warehouse_code, doc_no, delivery_id) WHERE revision IS NOT NULL AND state IN ('accepted', 'refused');

CREATE INDEX delivery_document_idx ON staging.delivery (receiver, doc_type, warehouse_code, doc_no, delivery_id) WHERE state IN ('pending', 'taken');

CREATE INDEX delivery_inbox_idx ON staging.delivery (receiver, delivery_id) WHERE state IN ('pending', 'taken');

CREATE INDEX delivery_noticed_idx ON staging.delivery (delivery_id) WHERE NOT noticed;

CREATE INDEX delivery_seq_idx ON staging.delivery USING brin (seq);

COMMENT ON TABLE staging.delivery IS 'Every document header made for a receiver, with the receiver''s answer.';

COMMENT ON COLUMN staging.delivery.delivery_id IS 'warehouse_no * 10^12 + n, n in commit order in its lane';

COMMENT ON COLUMN staging.delivery.receiver IS 'system that reads it';

COMMENT ON COLUMN staging.delivery.doc_type IS 'document type: the name of the receiver''s view';

COMMENT ON COLUMN staging.delivery.warehouse_code IS 'warehouse of the document; null for master data';

COMMENT ON COLUMN staging.delivery.action IS 'what the document asks or reports';

COMMENT ON COLUMN staging.delivery.message_id IS 'the sender''s message_id';

COMMENT ON COLUMN staging.delivery.seq IS 'number of the message it was made from';

COMMENT ON COLUMN staging.delivery.delivered_at IS 'when it was made';

COMMENT ON COLUMN staging.delivery.state IS 'where it stands in the receiver''s inbox';

COMMENT ON COLUMN staging.delivery.noticed IS 'true: the synchronizer has acted on the state';

COMMENT ON COLUMN staging.delivery.receiver_ref IS 'the receiver''s own document number';

COMMENT ON COLUMN staging.delivery.answer_reason_code IS 'why the receiver refused';

COMMENT ON COLUMN staging.delivery.answer_note IS 'the receiver''s words';

COMMENT ON COLUMN staging.delivery.answered_at IS 'when the receiver accepted or refused it';

COMMENT ON COLUMN staging.delivery.attributes IS 'the sender''s extra fields';

COMMENT ON COLUMN staging.delivery.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN staging.delivery.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN staging.delivery.description IS 'text for people';

COMMENT ON COLUMN staging.delivery.base_uom IS 'unit in which stock of the item is kept';

COMMENT ON COLUMN staging.delivery.item_group IS 'group of items, for people and reports';

COMMENT ON COLUMN staging.delivery.abc_class IS 'A, B or C: how closely the item is counted';

COMMENT ON COLUMN staging.delivery.gtin IS 'global trade item number';

COMMENT ON COLUMN staging.delivery.lot_controlled IS 'true: every quantity of the item names its lot';

COMMENT ON COLUMN staging.delivery.serial_controlled IS 'true: every piece of the item names its serial number';

COMMENT ON COLUMN staging.delivery.shelf_life_days IS 'days from production to expiry';

COMMENT ON COLUMN staging.delivery.unit_cost IS 'cost of one base unit, in currency';

COMMENT ON COLUMN staging.delivery.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN staging.delivery.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN staging.delivery.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN staging.delivery.numerator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN staging.delivery.denominator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN staging.delivery.party_code IS 'supplier, customer or carrier';

COMMENT ON COLUMN staging.delivery.role IS 'supplier, customer or carrier';

COMMENT ON COLUMN staging.delivery.name IS 'text for people';

COMMENT ON COLUMN staging.delivery.country_code IS 'ISO 3166 code of the country';

COMMENT ON COLUMN staging.delivery.address IS 'postal address, free text';

COMMENT ON COLUMN staging.delivery.time_zone IS 'IANA name of the zone in which the warehouse counts its days';

COMMENT ON COLUMN staging.delivery.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN staging.delivery.zone IS 'zone of the warehouse that holds the location';

COMMENT ON COLUMN staging.delivery.kind IS 'what the location is for';

COMMENT ON COLUMN staging.delivery.system_code IS 'the system whose codes are mapped';

COMMENT ON COLUMN staging.delivery.domain IS 'item, uom, stock_status, reason, carrier, location or party';

COMMENT ON COLUMN staging.delivery.external_code IS 'the code as that system writes it';

COMMENT ON COLUMN staging.delivery.canonical_code IS 'the code as the books write it';

COMMENT ON COLUMN staging.delivery.is_default_out IS 'true: this external code is the one that is sent out';

COMMENT ON COLUMN staging.delivery.doc_no IS 'the sender''s own number of the document';

COMMENT ON COLUMN staging.delivery.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN staging.delivery.ordered_on IS 'day of the order';

COMMENT ON COLUMN staging.delivery.expected_at IS 'when the goods are expected';

COMMENT ON COLUMN staging.delivery.note IS 'free text';

COMMENT ON COLUMN staging.delivery.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN staging.delivery.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN staging.delivery.ship_to IS 'address to ship to, free text';

COMMENT ON COLUMN staging.delivery.priority IS 'the lower, the sooner';

COMMENT ON COLUMN staging.delivery.qty IS 'quantity, in uom';

COMMENT ON COLUMN staging.delivery.start_at IS 'when production should start';

COMMENT ON COLUMN staging.delivery.due_at IS 'when production should be done';

COMMENT ON COLUMN staging.delivery.to_warehouse_code IS 'warehouse that receives the transfer';

COMMENT ON COLUMN staging.delivery.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN staging.delivery.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN staging.delivery.order_no IS 'number of the order';

COMMENT ON COLUMN staging.delivery.delivery_note_no IS 'supplier''s delivery note';

COMMENT ON COLUMN staging.delivery.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN staging.delivery.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN staging.delivery.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN staging.delivery.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN staging.delivery.tracking_no IS 'carrier''s tracking number';

COMMENT ON COLUMN staging.delivery.counted_through_seq IS 'source_seq of the last movement that the count includes';

COMMENT ON COLUMN staging.delivery.milestone IS 'accepted, picking, packed, loaded, delivered or put_back';

COMMENT ON COLUMN staging.delivery.response IS 'accepted, partial or refused';

COMMENT ON COLUMN staging.delivery.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN staging.delivery.as_of IS 'instant at which the stock was read';

COMMENT ON COLUMN staging.delivery.through_seq IS 'WMS: its last source_seq included; ERP: its last delivery_id posted';

COMMENT ON COLUMN staging.delivery.total_qty IS 'control total: sum of qty as sent; null means not checked';

COMMENT ON COLUMN staging.delivery.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN staging.delivery.run_id IS 'reconciliation run that it follows from; null means none';

CREATE TABLE staging.delivery_line (
	delivery_id BIGINT NOT NULL, 
	line_no INTEGER NOT NULL, 
	receiver TEXT NOT NULL, 
	doc_type TEXT NOT NULL, 
	warehouse_code TEXT, 
	message_id TEXT NOT NULL, 
	item_code TEXT, 
	qty NUMERIC, 
	uom TEXT, 
	lot_no TEXT, 
	over_tolerance_pct NUMERIC, 
	under_tolerance_pct NUMERIC, 
	reason_code TEXT, 
	order_line_no INTEGER, 
	serial_no TEXT, 
	expires_on DATE, 
	location_code TEXT, 
	stock_status TEXT, 
	to_location_code TEXT, 
	to_stock_status TEXT, 
	CONSTRAINT delivery_line_pkey PRIMARY KEY (delivery_id, line_no)
)
 WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

COMMENT ON TABLE staging.delivery_line IS 'Every document line made for a receiver, codes mapped to the receiver''s own.';

COMMENT ON COLUMN staging.delivery_line.delivery_id IS 'delivery it belongs to';

COMMENT ON COLUMN staging.delivery_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN staging.delivery_line.receiver IS 'system that reads it';

COMMENT ON COLUMN staging.delivery_line.doc_type IS 'document type of the header';

COMMENT ON COLUMN staging.delivery_line.warehouse_code IS 'warehouse of the document';

COMMENT ON COLUMN staging.delivery_line.message_id IS 'the sender''s message_id';

COMMENT ON COLUMN staging.delivery_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN staging.delivery_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN staging.delivery_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN staging.delivery_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN staging.delivery_line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN staging.delivery_line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

COMMENT ON COLUMN staging.delivery_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN staging.delivery_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN staging.delivery_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN staging.delivery_line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN staging.delivery_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN staging.delivery_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN staging.delivery_line.to_location_code IS 'location the goods reach; null means where they were';

COMMENT ON COLUMN staging.delivery_line.to_stock_status IS 'status after; null means unchanged';

CREATE TABLE staging.document_type (
	doc_type TEXT NOT NULL, 
	road TEXT NOT NULL, 
	lines TEXT NOT NULL, 
	actions TEXT[] NOT NULL, 
	order_types TEXT[] NOT NULL, 
	senders TEXT[] NOT NULL, 
	meaning TEXT NOT NULL, 
	CONSTRAINT document_type_pkey PRIMARY KEY (doc_type)
);

COMMENT ON TABLE staging.document_type IS 'The document types of the contract, as data.';

COMMENT ON COLUMN staging.document_type.doc_type IS 'document type';

COMMENT ON COLUMN staging.document_type.road IS 'kind of batch that applies it';

COMMENT ON COLUMN staging.document_type.lines IS 'required, optional or none';

COMMENT ON COLUMN staging.document_type.actions IS 'legal actions; the first is the default';

COMMENT ON COLUMN staging.document_type.order_types IS 'order types it may name';

COMMENT ON COLUMN staging.document_type.senders IS 'kinds of system that send it';

COMMENT ON COLUMN staging.document_type.meaning IS 'what it says';

CREATE TABLE staging.event (
	event_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	seq BIGINT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	from_state TEXT NOT NULL, 
	to_state TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	reason TEXT, 
	CONSTRAINT event_pkey PRIMARY KEY (event_id)
)
 WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX event_seq_idx ON staging.event (seq, event_id);

COMMENT ON TABLE staging.event IS 'Every step of every message; append-only.';

COMMENT ON COLUMN staging.event.event_id IS 'number of the event';

COMMENT ON COLUMN staging.event.seq IS 'message that made the step';

COMMENT ON COLUMN staging.event.at IS 'when';

COMMENT ON COLUMN staging.event.from_state IS 'state before';

COMMENT ON COLUMN staging.event.to_state IS 'state after';

COMMENT ON COLUMN staging.event.actor IS 'login, or the operator''s name beside it';

COMMENT ON COLUMN staging.event.reason IS 'why';

CREATE TABLE staging.line (
	sender TEXT DEFAULT staging.sender() NOT NULL, 
	doc_type TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	line_no INTEGER NOT NULL, 
	warehouse_code TEXT, 
	xid xid8 DEFAULT pg_current_xact_id() NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	item_code TEXT, 
	qty NUMERIC, 
	uom TEXT, 
	lot_no TEXT, 
	over_tolerance_pct NUMERIC, 
	under_tolerance_pct NUMERIC, 
	reason_code TEXT, 
	order_line_no INTEGER, 
	serial_no TEXT, 
	expires_on DATE, 
	location_code TEXT, 
	stock_status TEXT, 
	to_location_code TEXT, 
	to_stock_status TEXT, 
	CONSTRAINT line_pkey PRIMARY KEY (sender, doc_type, message_id, line_no), 
	CONSTRAINT line_message_id_check CHECK (message_id <> '' AND length(message_id) <= 200)
)
 WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX line_received_at_idx ON staging.line USING brin (received_at);

COMMENT ON TABLE staging.line IS 'Every document line sent; a line belongs to the header of its message_id.';

COMMENT ON COLUMN staging.line.sender IS 'system that sent it; told by the login';

COMMENT ON COLUMN staging.line.doc_type IS 'document type of the header';

COMMENT ON COLUMN staging.line.message_id IS 'message_id of the header, trimmed';

COMMENT ON COLUMN staging.line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN staging.line.warehouse_code IS 'warehouse of the document; equal to the header''s';

COMMENT ON COLUMN staging.line.xid IS 'transaction that brought it';

COMMENT ON COLUMN staging.line.received_at IS 'when it was inserted';

COMMENT ON COLUMN staging.line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN staging.line.qty IS 'quantity, in uom';

COMMENT ON COLUMN staging.line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN staging.line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN staging.line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN staging.line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

COMMENT ON COLUMN staging.line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN staging.line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN staging.line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN staging.line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN staging.line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN staging.line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN staging.line.to_location_code IS 'location the goods reach; null means where they were';

COMMENT ON COLUMN staging.line.to_stock_status IS 'status after; null means unchanged';

CREATE TABLE staging.memory (
	seq BIGSERIAL NOT NULL, 
	sender TEXT NOT NULL, 
	doc_type TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	warehouse_code TEXT, 
	action TEXT NOT NULL, 
	business_key TEXT, 
	content_hash UUID NOT NULL, 
	state TEXT NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	retired_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT memory_pkey PRIMARY KEY (seq), 
	CONSTRAINT memory_state_check CHECK (state IN ('applied', 'refused', 'duplicate', 'superseded', 'discarded'))
)
 WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX memory_message_id_idx ON staging.memory (sender, doc_type, message_id, seq);

COMMENT ON TABLE staging.memory IS 'What stays of a retired message for ever: a resend of it is still told as such.';

COMMENT ON COLUMN staging.memory.seq IS 'number of the retired message';

COMMENT ON COLUMN staging.memory.sender IS 'system that sent it';

COMMENT ON COLUMN staging.memory.doc_type IS 'document type';

COMMENT ON COLUMN staging.memory.message_id IS 'the sender''s own id of the transmission, trimmed';

COMMENT ON COLUMN staging.memory.warehouse_code IS 'warehouse of the document, trimmed';

COMMENT ON COLUMN staging.memory.action IS 'upsert, cancel, close, post or reverse; the default filled in';

COMMENT ON COLUMN staging.memory.business_key IS 'key that it holds in staging.business_key; null: none';

COMMENT ON COLUMN staging.memory.content_hash IS 'the same hash of its content as in staging.business_key';

COMMENT ON COLUMN staging.memory.state IS 'what became of it';

COMMENT ON COLUMN staging.memory.finished_at IS 'when it came to its end; the month of its archive partition';

COMMENT ON COLUMN staging.memory.retired_at IS 'when it was moved to the archive';

CREATE TABLE staging.message (
	seq BIGINT GENERATED ALWAYS AS IDENTITY, 
	sender TEXT DEFAULT staging.sender() NOT NULL, 
	doc_type TEXT NOT NULL, 
	message_id TEXT NOT NULL, 
	warehouse_code TEXT, 
	action TEXT, 
	line_count INTEGER, 
	state TEXT DEFAULT 'received' NOT NULL, 
	xid xid8 DEFAULT pg_current_xact_id() NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	lane TEXT NOT NULL, 
	road TEXT NOT NULL, 
	doc_key TEXT NOT NULL, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	passes INTEGER DEFAULT 0 NOT NULL, 
	next_attempt_at TIMESTAMP WITH TIME ZONE, 
	waiting_for TEXT, 
	waiting_since TIMESTAMP WITH TIME ZONE, 
	wait_until TIMESTAMP WITH TIME ZONE, 
	duplicate_of BIGINT, 
	superseded_by BIGINT, 
	amended_from BIGINT, 
	state_reason TEXT, 
	actor TEXT, 
	attributes JSONB, 
	item_code TEXT, 
	version BIGINT, 
	description TEXT, 
	base_uom TEXT, 
	item_group TEXT, 
	abc_class TEXT, 
	gtin TEXT, 
	lot_controlled BOOLEAN, 
	serial_controlled BOOLEAN, 
	shelf_life_days INTEGER, 
	unit_cost NUMERIC, 
	currency TEXT, 
	active BOOLEAN, 
	uom TEXT, 
	numerator BIGINT, 
	denominator BIGINT, 
	party_code TEXT, 
	role TEXT, 
	name TEXT, 
	country_code TEXT, 
	address TEXT, 
	time_zone TEXT, 
	location_code TEXT, 
	zone TEXT, 
	kind TEXT, 
	system_code TEXT, 
	domain TEXT, 
	external_code TEXT, 
	canonical_code TEXT, 
	is_default_out BOOLEAN, 
	doc_no TEXT, 
	revision INTEGER, 
	ordered_on DATE, 
	expected_at TIMESTAMP WITH TIME ZONE, 
	note TEXT, 
	requested_ship_at TIMESTAMP WITH TIME ZONE, 
	carrier_code TEXT, 
	ship_to TEXT, 
	priority INTEGER, 
	qty NUMERIC, 
	start_at TIMESTAMP WITH TIME ZONE, 
	due_at TIMESTAMP WITH TIME ZONE, 
	to_warehouse_code TEXT, 
	original_order_no TEXT, 
	order_type TEXT, 
	order_no TEXT, 
	delivery_note_no TEXT, 
	is_final BOOLEAN, 
	occurred_at TIMESTAMP WITH TIME ZONE, 
	source_seq BIGINT, 
	reverses_no TEXT, 
	tracking_no TEXT, 
	counted_through_seq BIGINT, 
	milestone TEXT, 
	response TEXT, 
	reason_code TEXT, 
	as_of TIMESTAMP WITH TIME ZONE, 
	through_seq BIGINT, 
	total_qty NUMERIC, 
	request_no TEXT, 
	run_id BIGINT, 
	CONSTRAINT message_pkey PRIMARY KEY (seq), 
	CONSTRAINT message_state_check CHECK (state IN ('received', 'waiting', 'retrying', 'held', 'error', 'applied', 'refused', 'duplicate', 'superseded', 'discarded')), 
	CONSTRAINT message_message_id_check CHECK (message_id <> '' AND length(message_id) <= 200), 
	CONSTRAINT message_a_fact_is_never_refused_check CHECK (state <> 'refused' OR road = 'request')
)
 WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX message_claim_idx ON staging.message (lane, road, seq) WHERE state IN ('received', 'retrying') AND waiting_for IS NULL;

CREATE INDEX message_doc_key_idx ON staging.message (lane, doc_key, seq) WHERE state IN ('received', 'waiting', 'retrying', 'held', 'error');

CREATE INDEX message_duplicate_of_idx ON staging.message (duplicate_of) WHERE duplicate_of IS NOT NULL;

CREATE INDEX message_incomplete_idx ON staging.message (seq) WHERE state = 'received' AND waiting_for = 'lines';

CREATE INDEX message_received_at_idx ON staging.message USING brin (received_at);

CREATE UNIQUE INDEX message_sender_doc_type_message_id_key ON staging.message (sender, doc_type, message_id);

CREATE INDEX message_superseded_by_idx ON staging.message (superseded_by) WHERE superseded_by IS NOT NULL;

CREATE INDEX message_unapplied_idx ON staging.message (lane, btrim(order_no)) WHERE road = 'fact' AND order_no IS NOT NULL AND state IN ('received', 'waiting', 'retrying', 'held', 'error');

CREATE INDEX message_wait_until_idx ON staging.message (wait_until) WHERE state = 'waiting';

CREATE INDEX message_window_idx ON staging.message (doc_type, lane, seq) WHERE state = 'received' AND waiting_for = 'window';

COMMENT ON TABLE staging.message IS 'Every document header sent, with its state; one row for each transmission.';

COMMENT ON COLUMN staging.message.seq IS 'number of the message, unique across everything';

COMMENT ON COLUMN staging.message.sender IS 'system that sent it; told by the login';

COMMENT ON COLUMN staging.message.doc_type IS 'document type: the name of the view it came through';

COMMENT ON COLUMN staging.message.message_id IS 'the sender''s own id of this transmission, trimmed';

COMMENT ON COLUMN staging.message.warehouse_code IS 'warehouse of the document, as sent';

COMMENT ON COLUMN staging.message.action IS 'requests: upsert, cancel, close; facts: post, reverse';

COMMENT ON COLUMN staging.message.line_count IS 'control total: the message is complete when so many lines exist';

COMMENT ON COLUMN staging.message.state IS 'where the message stands; see staging.step';

COMMENT ON COLUMN staging.message.xid IS 'transaction that brought it';

COMMENT ON COLUMN staging.message.received_at IS 'when it was inserted';

COMMENT ON COLUMN staging.message.lane IS 'warehouse whose worker applies it; * for master data and unknown warehouses';

COMMENT ON COLUMN staging.message.road IS 'kind of batch that applies it: master, detail, request, answer, fact, count ...';

COMMENT ON COLUMN staging.message.doc_key IS 'document key: messages with the same key in a lane are applied one after another';

COMMENT ON COLUMN staging.message.finished_at IS 'when it reached a state in which nothing moves by itself';

COMMENT ON COLUMN staging.message.attempts IS 'attempts that failed';

COMMENT ON COLUMN staging.message.passes IS 'times it was processed without coming to an end';

COMMENT ON COLUMN staging.message.next_attempt_at IS 'not tried before this';

COMMENT ON COLUMN staging.message.waiting_for IS 'the first thing it waits for: lines, window, item:X, answer:N ...';

COMMENT ON COLUMN staging.message.waiting_since IS 'since when it waits';

COMMENT ON COLUMN staging.message.wait_until IS 'when its wait ends by decision';

COMMENT ON COLUMN staging.message.duplicate_of IS 'seq of the message with the same content';

COMMENT ON COLUMN staging.message.superseded_by IS 'seq of the message that replaced it';

COMMENT ON COLUMN staging.message.amended_from IS 'seq of the message that this one corrects by hand';

COMMENT ON COLUMN staging.message.state_reason IS 'why it is in its state, in plain words';

COMMENT ON COLUMN staging.message.actor IS 'who made the last step, where it was not the synchronizer';

COMMENT ON COLUMN staging.message.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN staging.message.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN staging.message.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN staging.message.description IS 'text for people';

COMMENT ON COLUMN staging.message.base_uom IS 'unit in which stock of the item is kept';

COMMENT ON COLUMN staging.message.item_group IS 'group of items, for people and reports';

COMMENT ON COLUMN staging.message.abc_class IS 'A, B or C: how closely the item is counted';

COMMENT ON COLUMN staging.message.gtin IS 'global trade item number';

COMMENT ON COLUMN staging.message.lot_controlled IS 'true: every quantity of the item names its lot';

COMMENT ON COLUMN staging.message.serial_controlled IS 'true: every piece of the item names its serial number';

COMMENT ON COLUMN staging.message.shelf_life_days IS 'days from production to expiry';

COMMENT ON COLUMN staging.message.unit_cost IS 'cost of one base unit, in currency';

COMMENT ON COLUMN staging.message.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN staging.message.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN staging.message.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN staging.message.numerator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN staging.message.denominator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN staging.message.party_code IS 'supplier, customer or carrier';

COMMENT ON COLUMN staging.message.role IS 'supplier, customer or carrier';

COMMENT ON COLUMN staging.message.name IS 'text for people';

COMMENT ON COLUMN staging.message.country_code IS 'ISO 3166 code of the country';

COMMENT ON COLUMN staging.message.address IS 'postal address, free text';

COMMENT ON COLUMN staging.message.time_zone IS 'IANA name of the zone in which the warehouse counts its days';

COMMENT ON COLUMN staging.message.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN staging.message.zone IS 'zone of the warehouse that holds the location';

COMMENT ON COLUMN staging.message.kind IS 'what the location is for';

COMMENT ON COLUMN staging.message.system_code IS 'the system whose codes are mapped';

COMMENT ON COLUMN staging.message.domain IS 'item, uom, stock_status, reason, carrier, location or party';

COMMENT ON COLUMN staging.message.external_code IS 'the code as that system writes it';

COMMENT ON COLUMN staging.message.canonical_code IS 'the code as the books write it';

COMMENT ON COLUMN staging.message.is_default_out IS 'true: this external code is the one that is sent out';

COMMENT ON COLUMN staging.message.doc_no IS 'the sender''s own number of the document';

COMMENT ON COLUMN staging.message.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN staging.message.ordered_on IS 'day of the order';

COMMENT ON COLUMN staging.message.expected_at IS 'when the goods are expected';

COMMENT ON COLUMN staging.message.note IS 'free text';

COMMENT ON COLUMN staging.message.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN staging.message.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN staging.message.ship_to IS 'address to ship to, free text';

COMMENT ON COLUMN staging.message.priority IS 'the lower, the sooner';

COMMENT ON COLUMN staging.message.qty IS 'quantity, in uom';

COMMENT ON COLUMN staging.message.start_at IS 'when production should start';

COMMENT ON COLUMN staging.message.due_at IS 'when production should be done';

COMMENT ON COLUMN staging.message.to_warehouse_code IS 'warehouse that receives the transfer';

COMMENT ON COLUMN staging.message.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN staging.message.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN staging.message.order_no IS 'number of the order';

COMMENT ON COLUMN staging.message.delivery_note_no IS 'supplier''s delivery note';

COMMENT ON COLUMN staging.message.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN staging.message.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN staging.message.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN staging.message.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN staging.message.tracking_no IS 'carrier''s tracking number';

COMMENT ON COLUMN staging.message.counted_through_seq IS 'source_seq of the last movement that the count includes';

COMMENT ON COLUMN staging.message.milestone IS 'accepted, picking, packed, loaded, delivered or put_back';

COMMENT ON COLUMN staging.message.response IS 'accepted, partial or refused';

COMMENT ON COLUMN staging.message.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN staging.message.as_of IS 'instant at which the stock was read';

COMMENT ON COLUMN staging.message.through_seq IS 'WMS: its last source_seq included; ERP: its last delivery_id posted';

COMMENT ON COLUMN staging.message.total_qty IS 'control total: sum of qty as sent; null means not checked';

COMMENT ON COLUMN staging.message.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN staging.message.run_id IS 'reconciliation run that it follows from; null means none';

CREATE TABLE staging.message_error (
	error_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	seq BIGINT NOT NULL, 
	line_no INTEGER, 
	column_name TEXT, 
	code TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	value TEXT, 
	expected TEXT, 
	text TEXT NOT NULL, 
	hint TEXT, 
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	resolved_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT message_error_pkey PRIMARY KEY (error_id), 
	CONSTRAINT message_error_severity_check CHECK (severity IN ('error', 'wait', 'task', 'warning'))
)
 WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

CREATE INDEX message_error_open_idx ON staging.message_error (code, error_id) WHERE resolved_at IS NULL;

CREATE INDEX message_error_seq_idx ON staging.message_error (seq);

COMMENT ON TABLE staging.message_error IS 'Every finding of every message: all of them, not the first.';

COMMENT ON COLUMN staging.message_error.error_id IS 'number of the finding';

COMMENT ON COLUMN staging.message_error.seq IS 'message it was found in';

COMMENT ON COLUMN staging.message_error.line_no IS 'line it was found on; null for the header';

COMMENT ON COLUMN staging.message_error.column_name IS 'contract column it was found in';

COMMENT ON COLUMN staging.message_error.code IS 'rule that found it; see staging.rule';

COMMENT ON COLUMN staging.message_error.severity IS 'error, wait, task or warning';

COMMENT ON COLUMN staging.message_error.value IS 'what was sent';

COMMENT ON COLUMN staging.message_error.expected IS 'what would have been right';

COMMENT ON COLUMN staging.message_error.text IS 'the finding in words';

COMMENT ON COLUMN staging.message_error.hint IS 'what to do';

COMMENT ON COLUMN staging.message_error.first_seen_at IS 'when it was found first';

COMMENT ON COLUMN staging.message_error.resolved_at IS 'since when it no longer holds';

CREATE TABLE staging.posting_line (
	sender TEXT DEFAULT staging.sender() NOT NULL, 
	message_id TEXT NOT NULL, 
	warehouse_code TEXT, 
	delivery_id BIGINT, 
	line_no INTEGER, 
	receiver_ref TEXT, 
	item_code TEXT, 
	qty NUMERIC, 
	uom TEXT, 
	lot_no TEXT, 
	stock_status TEXT, 
	posted_at TIMESTAMP WITH TIME ZONE, 
	received_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL, 
	CONSTRAINT posting_line_pkey PRIMARY KEY (sender, message_id), 
	CONSTRAINT posting_line_message_id_check CHECK (message_id <> '' AND length(message_id) <= 200)
);

CREATE INDEX posting_line_delivery_idx ON staging.posting_line (delivery_id, line_no);

COMMENT ON TABLE staging.posting_line IS 'The echo: what the ERP says it posted for a delivery.';

COMMENT ON COLUMN staging.posting_line.sender IS 'system that posted; told by the login';

COMMENT ON COLUMN staging.posting_line.message_id IS 'the sender''s own id of this row, trimmed';

COMMENT ON COLUMN staging.posting_line.warehouse_code IS 'warehouse of the delivery';

COMMENT ON COLUMN staging.posting_line.delivery_id IS 'delivery that was posted';

COMMENT ON COLUMN staging.posting_line.line_no IS 'line of the delivery';

COMMENT ON COLUMN staging.posting_line.receiver_ref IS 'the ERP''s own document number';

COMMENT ON COLUMN staging.posting_line.item_code IS 'item as posted';

COMMENT ON COLUMN staging.posting_line.qty IS 'quantity as posted, in uom';

COMMENT ON COLUMN staging.posting_line.uom IS 'unit as posted';

COMMENT ON COLUMN staging.posting_line.lot_no IS 'lot as posted';

COMMENT ON COLUMN staging.posting_line.stock_status IS 'stock status as posted';

COMMENT ON COLUMN staging.posting_line.posted_at IS 'when it was posted';

COMMENT ON COLUMN staging.posting_line.received_at IS 'when it was inserted';

CREATE TABLE staging.race (
	situation TEXT NOT NULL, 
	event TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	strength INTEGER NOT NULL, 
	meaning TEXT NOT NULL, 
	CONSTRAINT race_pkey PRIMARY KEY (situation, event)
);

COMMENT ON TABLE staging.race IS 'The race table, as data: requests are judged by it.';

COMMENT ON COLUMN staging.race.situation IS 'how far the warehouse has come with the order';

COMMENT ON COLUMN staging.race.event IS 'what comes then: a change of the order, a fact, silence';

COMMENT ON COLUMN staging.race.outcome IS 'what becomes of it';

COMMENT ON COLUMN staging.race.strength IS 'of several changes in one revision the strongest decides';

COMMENT ON COLUMN staging.race.meaning IS 'the outcome in words';

CREATE TABLE staging.rule (
	code TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	repair TEXT NOT NULL, 
	text TEXT NOT NULL, 
	hint TEXT NOT NULL, 
	CONSTRAINT rule_pkey PRIMARY KEY (code)
);

COMMENT ON TABLE staging.rule IS 'The rule catalogue: one row for each error code.';

COMMENT ON COLUMN staging.rule.code IS 'error code, FAMILY-nnn';

COMMENT ON COLUMN staging.rule.severity IS 'error, wait, task or warning';

COMMENT ON COLUMN staging.rule.repair IS 'who can act: retry, fix data, fix configuration, decide';

COMMENT ON COLUMN staging.rule.text IS 'what is wrong; {value}, {expected}, {column} are replaced';

COMMENT ON COLUMN staging.rule.hint IS 'what to do';

CREATE TABLE staging.state (
	machine TEXT NOT NULL, 
	state TEXT NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	meaning TEXT NOT NULL, 
	CONSTRAINT state_pkey PRIMARY KEY (machine, state)
);

COMMENT ON TABLE staging.state IS 'The states of every state machine and what they mean.';

COMMENT ON COLUMN staging.state.machine IS 'message, inbox, order, order_line or task';

COMMENT ON COLUMN staging.state.state IS 'name of the state';

COMMENT ON COLUMN staging.state.is_open IS 'true: work may still follow';

COMMENT ON COLUMN staging.state.meaning IS 'what it means';

CREATE TABLE staging.step (
	machine TEXT NOT NULL, 
	from_state TEXT NOT NULL, 
	to_state TEXT NOT NULL, 
	by TEXT NOT NULL, 
	CONSTRAINT step_pkey PRIMARY KEY (machine, from_state, to_state)
);

COMMENT ON TABLE staging.step IS 'The legal steps of the state machines, as data; enforced by triggers.';

COMMENT ON COLUMN staging.step.machine IS 'message, inbox or task';

COMMENT ON COLUMN staging.step.from_state IS 'state before';

COMMENT ON COLUMN staging.step.to_state IS 'state after';

COMMENT ON COLUMN staging.step.by IS 'who may make it: synchronizer, operator, receiver';

CREATE TABLE staging.wait_key (
	key TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	need NUMERIC, 
	CONSTRAINT wait_key_pkey PRIMARY KEY (key, seq)
);

CREATE INDEX wait_key_seq_idx ON staging.wait_key (seq);

COMMENT ON TABLE staging.wait_key IS 'Who waits for what; the arrival of the thing releases the message.';

COMMENT ON COLUMN staging.wait_key.key IS 'what is missing: item:X, order:W type number, stock:..., answer:N';

COMMENT ON COLUMN staging.wait_key.seq IS 'message that waits for it';

COMMENT ON COLUMN staging.wait_key.need IS 'for stock: the base quantity the message takes from the key';

CREATE TABLE ops.alarm_state (
	alarm_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	code TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	severity TEXT NOT NULL, 
	state TEXT NOT NULL, 
	since TIMESTAMP WITH TIME ZONE NOT NULL, 
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	fired_at TIMESTAMP WITH TIME ZONE, 
	resolved_at TIMESTAMP WITH TIME ZONE, 
	value NUMERIC NOT NULL, 
	text TEXT NOT NULL, 
	behind TEXT NOT NULL, 
	look TEXT NOT NULL, 
	acknowledged_by TEXT, 
	acknowledged_at TIMESTAMP WITH TIME ZONE, 
	acknowledge_reason TEXT, 
	CONSTRAINT alarm_state_pkey PRIMARY KEY (alarm_id), 
	FOREIGN KEY(code) REFERENCES ops.alarm_rule (code), 
	CONSTRAINT alarm_state_severity_check CHECK (severity IN ('warning', 'critical')), 
	CONSTRAINT alarm_state_state_check CHECK (state IN ('pending', 'firing', 'resolved')), 
	CONSTRAINT alarm_state_resolved_check CHECK ((state = 'resolved') = (resolved_at IS NOT NULL))
);

CREATE UNIQUE INDEX alarm_state_open_key ON ops.alarm_state (code, subject) WHERE state <> 'resolved';

CREATE INDEX alarm_state_resolved_idx ON ops.alarm_state (resolved_at) WHERE state = 'resolved';

COMMENT ON TABLE ops.alarm_state IS 'Alarms that hold, and those that did in the last 90 days; ops.alarm shows them.';

COMMENT ON COLUMN ops.alarm_state.alarm_id IS 'number of the alarm';

COMMENT ON COLUMN ops.alarm_state.code IS 'rule that found it';

COMMENT ON COLUMN ops.alarm_state.subject IS 'what it is about: a lane, a sender, a code, a table ...';

COMMENT ON COLUMN ops.alarm_state.severity IS 'warning or critical';

COMMENT ON COLUMN ops.alarm_state.state IS 'pending (does not hold long enough yet), firing or resolved';

COMMENT ON COLUMN ops.alarm_state.since IS 'since when the condition holds, as the data say';

COMMENT ON COLUMN ops.alarm_state.first_seen_at IS 'when it was seen first';

COMMENT ON COLUMN ops.alarm_state.last_seen_at IS 'when it was seen last';

COMMENT ON COLUMN ops.alarm_state.fired_at IS 'when it became an alarm';

COMMENT ON COLUMN ops.alarm_state.resolved_at IS 'when it no longer held';

COMMENT ON COLUMN ops.alarm_state.value IS 'what was measured, in the unit of the rule';

COMMENT ON COLUMN ops.alarm_state.text IS 'what happened';

COMMENT ON COLUMN ops.alarm_state.behind IS 'what waits behind it';

COMMENT ON COLUMN ops.alarm_state.look IS 'what to type';

COMMENT ON COLUMN ops.alarm_state.acknowledged_by IS 'who sees to it';

COMMENT ON COLUMN ops.alarm_state.acknowledged_at IS 'since when';

COMMENT ON COLUMN ops.alarm_state.acknowledge_reason IS 'in whose words';

CREATE TABLE ops.job_run (
	job TEXT NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	origin TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER DEFAULT 1 NOT NULL, 
	missed_count INTEGER DEFAULT 0 NOT NULL, 
	runner TEXT NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	retry_at TIMESTAMP WITH TIME ZONE, 
	progress TEXT, 
	counts JSONB, 
	error TEXT, 
	CONSTRAINT job_run_pkey PRIMARY KEY (job, due_at), 
	FOREIGN KEY(job) REFERENCES ops.job (job), 
	CONSTRAINT job_run_origin_check CHECK (origin IN ('schedule', 'hand')), 
	CONSTRAINT job_run_state_check CHECK (state IN ('running', 'done', 'failed', 'lost')), 
	CONSTRAINT job_run_ended_check CHECK ((state = 'running') = (ended_at IS NULL))
);

CREATE INDEX job_run_running_idx ON ops.job_run (job) WHERE state = 'running';

COMMENT ON TABLE ops.job_run IS 'Each run of each job: unique by due time, so that of all daemons one runs it.';

COMMENT ON COLUMN ops.job_run.job IS 'name of the job';

COMMENT ON COLUMN ops.job_run.due_at IS 'when it was due; started by hand: when it was asked for';

COMMENT ON COLUMN ops.job_run.origin IS 'schedule, or hand';

COMMENT ON COLUMN ops.job_run.state IS 'running, done, failed or lost';

COMMENT ON COLUMN ops.job_run.attempts IS 'times it was started for this due time';

COMMENT ON COLUMN ops.job_run.missed_count IS 'due times before this one that it stands for';

COMMENT ON COLUMN ops.job_run.runner IS 'host and process that ran it last';

COMMENT ON COLUMN ops.job_run.started_at IS 'when it was started last';

COMMENT ON COLUMN ops.job_run.ended_at IS 'when it ended';

COMMENT ON COLUMN ops.job_run.retry_at IS 'not run again before this; null: it is not run again';

COMMENT ON COLUMN ops.job_run.progress IS 'how far it has come, in its own words';

COMMENT ON COLUMN ops.job_run.counts IS 'what it did, in numbers';

COMMENT ON COLUMN ops.job_run.error IS 'why it failed';

CREATE TABLE ops.login (
	login TEXT NOT NULL, 
	system_code TEXT NOT NULL, 
	CONSTRAINT login_pkey PRIMARY KEY (login), 
	FOREIGN KEY(system_code) REFERENCES ops.system (system_code)
);

COMMENT ON TABLE ops.login IS 'Which login sends for which system.';

COMMENT ON COLUMN ops.login.login IS 'database login';

COMMENT ON COLUMN ops.login.system_code IS 'system it sends for';

CREATE TABLE ops.policy_value (
	scope_kind TEXT NOT NULL, 
	scope TEXT NOT NULL, 
	name TEXT NOT NULL, 
	value TEXT NOT NULL, 
	duration INTERVAL, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	set_by TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT policy_value_pkey PRIMARY KEY (scope_kind, scope, name), 
	FOREIGN KEY(name) REFERENCES ops.policy_kind (name), 
	CONSTRAINT policy_value_scope_kind_check CHECK (scope_kind IN ('warehouse', 'system', 'order_type'))
);

COMMENT ON TABLE ops.policy_value IS 'Policies that were set, as they hold now; ops.audit keeps every change.';

COMMENT ON COLUMN ops.policy_value.scope_kind IS 'warehouse, system or order_type';

COMMENT ON COLUMN ops.policy_value.scope IS 'code of the warehouse or system; order type, or it and a warehouse';

COMMENT ON COLUMN ops.policy_value.name IS 'name of the policy';

COMMENT ON COLUMN ops.policy_value.value IS 'what was decided';

COMMENT ON COLUMN ops.policy_value.duration IS 'the same, where the policy is an interval';

COMMENT ON COLUMN ops.policy_value.set_at IS 'when';

COMMENT ON COLUMN ops.policy_value.set_by IS 'login, and the operator''s name beside it';

COMMENT ON COLUMN ops.policy_value.reason IS 'why';

CREATE TABLE ops.system_warehouse (
	system_code TEXT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	CONSTRAINT system_warehouse_pkey PRIMARY KEY (system_code, warehouse_code), 
	FOREIGN KEY(system_code) REFERENCES ops.system (system_code)
);

CREATE UNIQUE INDEX system_warehouse_one_wms_key ON ops.system_warehouse (warehouse_code) WHERE kind = 'wms';

COMMENT ON TABLE ops.system_warehouse IS 'Which system runs or names which warehouse; a warehouse belongs to one WMS.';

COMMENT ON COLUMN ops.system_warehouse.system_code IS 'the system';

COMMENT ON COLUMN ops.system_warehouse.warehouse_code IS 'warehouse that it runs (wms) or may name (erp; no row: all)';

COMMENT ON COLUMN ops.system_warehouse.kind IS 'kind of the system: erp or wms';

CREATE TABLE ops.traffic_expectation (
	system_code TEXT NOT NULL, 
	every INTERVAL, 
	from_time TIME WITHOUT TIME ZONE NOT NULL, 
	to_time TIME WITHOUT TIME ZONE NOT NULL, 
	weekdays INTEGER[] NOT NULL, 
	time_zone TEXT NOT NULL, 
	set_by TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT traffic_expectation_pkey PRIMARY KEY (system_code), 
	FOREIGN KEY(system_code) REFERENCES ops.system (system_code)
);

COMMENT ON TABLE ops.traffic_expectation IS 'When a sender should send; of those without a row it is learned.';

COMMENT ON COLUMN ops.traffic_expectation.system_code IS 'sender';

COMMENT ON COLUMN ops.traffic_expectation.every IS 'it sends at least once in this time; null: nothing is expected';

COMMENT ON COLUMN ops.traffic_expectation.from_time IS 'begin of the hours in which it sends';

COMMENT ON COLUMN ops.traffic_expectation.to_time IS 'end of these hours; 00:00 is midnight, the end of the day';

COMMENT ON COLUMN ops.traffic_expectation.weekdays IS 'days on which it sends, 1 is Monday';

COMMENT ON COLUMN ops.traffic_expectation.time_zone IS 'time zone of these hours';

COMMENT ON COLUMN ops.traffic_expectation.set_by IS 'who said so';

COMMENT ON COLUMN ops.traffic_expectation.reason IS 'why';

CREATE TABLE ops.work_rule (
	doc_type TEXT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	job TEXT, 
	lasts INTERVAL, 
	opened_at TIMESTAMP WITH TIME ZONE, 
	open_until TIMESTAMP WITH TIME ZONE, 
	set_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	set_by TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	CONSTRAINT work_rule_pkey PRIMARY KEY (doc_type, warehouse_code), 
	FOREIGN KEY(job) REFERENCES ops.job (job), 
	CONSTRAINT work_rule_priority_check CHECK (priority BETWEEN 0 AND 9), 
	CONSTRAINT work_rule_lasts_check CHECK ((job IS NULL) = (lasts IS NULL)), 
	CONSTRAINT work_rule_lasts_positive_check CHECK (lasts > '0')
);

CREATE INDEX work_rule_job_idx ON ops.work_rule (job) WHERE job IS NOT NULL;

COMMENT ON TABLE ops.work_rule IS 'Document types with a batch window or a priority; all others are worked at once.';

COMMENT ON COLUMN ops.work_rule.doc_type IS 'document type';

COMMENT ON COLUMN ops.work_rule.warehouse_code IS 'warehouse; empty: every one without a rule of its own';

COMMENT ON COLUMN ops.work_rule.priority IS '0 to 9; a level lets a message overtake those of a minute';

COMMENT ON COLUMN ops.work_rule.job IS 'job that opens its window; null: it is worked at once';

COMMENT ON COLUMN ops.work_rule.lasts IS 'how long the window stays open';

COMMENT ON COLUMN ops.work_rule.opened_at IS 'when the window was opened last';

COMMENT ON COLUMN ops.work_rule.open_until IS 'when that opening ends, or ended';

COMMENT ON COLUMN ops.work_rule.set_at IS 'when the rule was set';

COMMENT ON COLUMN ops.work_rule.set_by IS 'login, and the operator''s name beside it';

COMMENT ON COLUMN ops.work_rule.reason IS 'why';

CREATE TABLE recon.adjustment (
	adjustment_id BIGINT GENERATED ALWAYS AS IDENTITY, 
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	lot_no TEXT DEFAULT '' NOT NULL, 
	stock_status TEXT NOT NULL, 
	side TEXT NOT NULL, 
	qty NUMERIC(19, 6) NOT NULL, 
	uom TEXT NOT NULL, 
	value NUMERIC, 
	currency TEXT, 
	class TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	state TEXT NOT NULL, 
	idempotency_key TEXT NOT NULL, 
	suggested_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	requested_by TEXT, 
	requested_login TEXT, 
	approved_by TEXT, 
	approved_at TIMESTAMP WITH TIME ZONE, 
	reason TEXT, 
	expires_reason TEXT, 
	posted_at TIMESTAMP WITH TIME ZONE, 
	expired_at TIMESTAMP WITH TIME ZONE, 
	posted_seq BIGINT, 
	delivery_id BIGINT, 
	answered_state TEXT, 
	document_ref TEXT, 
	CONSTRAINT adjustment_pkey PRIMARY KEY (adjustment_id), 
	CONSTRAINT adjustment_idempotency_key_key UNIQUE (idempotency_key), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id), 
	CONSTRAINT adjustment_side_check CHECK (side IN ('erp', 'wms')), 
	CONSTRAINT adjustment_evidence_check CHECK (evidence IN ('A', 'B')), 
	CONSTRAINT adjustment_state_check CHECK (state IN ('suggested', 'approved', 'rejected', 'posted', 'expired', 'count_requested'))
);

CREATE INDEX adjustment_key_idx ON recon.adjustment (warehouse_code, item_code, lot_no, stock_status);

CREATE INDEX adjustment_open_idx ON recon.adjustment (adjustment_id) WHERE answered_state IS NULL AND state NOT IN ('rejected', 'expired');

COMMENT ON TABLE recon.adjustment IS 'Suggested corrections of one side''s book, and what became of them.';

COMMENT ON COLUMN recon.adjustment.adjustment_id IS 'number of the adjustment';

COMMENT ON COLUMN recon.adjustment.run_id IS 'the run';

COMMENT ON COLUMN recon.adjustment.warehouse_code IS 'warehouse';

COMMENT ON COLUMN recon.adjustment.item_code IS 'canonical item code';

COMMENT ON COLUMN recon.adjustment.lot_no IS 'lot; empty for none';

COMMENT ON COLUMN recon.adjustment.stock_status IS 'canonical stock status';

COMMENT ON COLUMN recon.adjustment.side IS 'whose book it changes: erp or wms';

COMMENT ON COLUMN recon.adjustment.qty IS 'signed quantity to post';

COMMENT ON COLUMN recon.adjustment.uom IS 'base unit of the item';

COMMENT ON COLUMN recon.adjustment.value IS 'abs(qty) * unit_cost';

COMMENT ON COLUMN recon.adjustment.currency IS 'ISO 4217 code of value';

COMMENT ON COLUMN recon.adjustment.class IS 'class of the difference';

COMMENT ON COLUMN recon.adjustment.evidence IS 'A or B: a suspicion is never adjusted';

COMMENT ON COLUMN recon.adjustment.state IS 'suggested, approved, rejected, posted, expired, count_requested';

COMMENT ON COLUMN recon.adjustment.idempotency_key IS 'made of run, key and quantity: it is posted once';

COMMENT ON COLUMN recon.adjustment.suggested_at IS 'when it was suggested';

COMMENT ON COLUMN recon.adjustment.requested_by IS 'who approved first, where a second person is needed';

COMMENT ON COLUMN recon.adjustment.requested_login IS 'that person''s login: another one approves';

COMMENT ON COLUMN recon.adjustment.approved_by IS 'who approved or rejected it';

COMMENT ON COLUMN recon.adjustment.approved_at IS 'when';

COMMENT ON COLUMN recon.adjustment.reason IS 'why';

COMMENT ON COLUMN recon.adjustment.expires_reason IS 'why it expired';

COMMENT ON COLUMN recon.adjustment.posted_at IS 'when it was sent to the system whose book it changes';

COMMENT ON COLUMN recon.adjustment.expired_at IS 'when it expired';

COMMENT ON COLUMN recon.adjustment.posted_seq IS 'message that carries it';

COMMENT ON COLUMN recon.adjustment.delivery_id IS 'delivery that carries it';

COMMENT ON COLUMN recon.adjustment.answered_state IS 'what the receiver answered';

COMMENT ON COLUMN recon.adjustment.document_ref IS 'the receiver''s document number';

CREATE TABLE recon.book_total (
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	abc_class TEXT NOT NULL, 
	uom TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	key_count BIGINT NOT NULL, 
	abs_qty NUMERIC NOT NULL, 
	abs_value NUMERIC NOT NULL, 
	CONSTRAINT book_total_pkey PRIMARY KEY (run_id, warehouse_code, abc_class, uom, currency), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id)
);

COMMENT ON TABLE recon.book_total IS 'What the WMS''s book held in a run: the denominators of its figures.';

COMMENT ON COLUMN recon.book_total.run_id IS 'the run';

COMMENT ON COLUMN recon.book_total.warehouse_code IS 'warehouse';

COMMENT ON COLUMN recon.book_total.abc_class IS 'A, B or C; empty for none';

COMMENT ON COLUMN recon.book_total.uom IS 'base unit: quantities never add across units';

COMMENT ON COLUMN recon.book_total.currency IS 'currency of the values; empty for none';

COMMENT ON COLUMN recon.book_total.key_count IS 'keys that the WMS''s book holds';

COMMENT ON COLUMN recon.book_total.abs_qty IS 'sum of abs(quantity), in uom';

COMMENT ON COLUMN recon.book_total.abs_value IS 'sum of abs(quantity) * unit cost, in currency';

CREATE TABLE recon.difference (
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	lot_no TEXT DEFAULT '' NOT NULL, 
	stock_status TEXT NOT NULL, 
	uom TEXT NOT NULL, 
	unit_cost NUMERIC, 
	currency TEXT, 
	abc_class TEXT, 
	erp_qty NUMERIC(19, 6) NOT NULL, 
	wms_qty NUMERIC(19, 6) NOT NULL, 
	book_qty NUMERIC(19, 6) NOT NULL, 
	difference_qty NUMERIC(19, 6) NOT NULL, 
	cut_off_qty NUMERIC(19, 6) NOT NULL, 
	in_flight_qty NUMERIC(19, 6) NOT NULL, 
	rejected_qty NUMERIC(19, 6) NOT NULL, 
	unconfirmed_qty NUMERIC(19, 6) NOT NULL, 
	residual_qty NUMERIC(19, 6) NOT NULL, 
	carried_qty NUMERIC(19, 6) NOT NULL, 
	reported_carried_qty NUMERIC(19, 6) NOT NULL, 
	erp_drift_qty NUMERIC(19, 6) NOT NULL, 
	wms_drift_qty NUMERIC(19, 6) NOT NULL, 
	erp_total_drift_qty NUMERIC(19, 6) NOT NULL, 
	wms_total_drift_qty NUMERIC(19, 6) NOT NULL, 
	class TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	flags TEXT[] DEFAULT '{}' NOT NULL, 
	tolerance_qty NUMERIC(19, 6) DEFAULT 0 NOT NULL, 
	is_tolerated BOOLEAN DEFAULT false NOT NULL, 
	value NUMERIC, 
	first_run_id BIGINT NOT NULL, 
	first_seen_on DATE NOT NULL, 
	night_count INTEGER NOT NULL, 
	owner TEXT NOT NULL, 
	action TEXT NOT NULL, 
	why TEXT NOT NULL, 
	why_key TEXT NOT NULL, 
	why_args JSONB NOT NULL, 
	candidate_count INTEGER DEFAULT 0 NOT NULL, 
	CONSTRAINT difference_pkey PRIMARY KEY (run_id, warehouse_code, item_code, lot_no, stock_status), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id), 
	CONSTRAINT difference_difference_qty_check CHECK (difference_qty = erp_qty - wms_qty), 
	CONSTRAINT difference_residual_qty_check CHECK (residual_qty = difference_qty - cut_off_qty - in_flight_qty - rejected_qty - unconfirmed_qty), 
	CONSTRAINT difference_identity_check CHECK (residual_qty = carried_qty + erp_drift_qty - wms_drift_qty), 
	CONSTRAINT difference_drift_check CHECK (residual_qty = erp_total_drift_qty - wms_total_drift_qty), 
	CONSTRAINT difference_class_check CHECK (class IN ('RUN_INVALID', 'UNKNOWN_ITEM', 'UNKNOWN_WAREHOUSE', 'UNKNOWN_STATUS', 'UNKNOWN_UOM', 'DUPLICATE_KEY', 'NOT_COMPARABLE', 'CUT_OFF', 'IN_FLIGHT', 'IN_FLIGHT_LATE', 'REJECTED', 'UNCONFIRMED', 'LATE_MESSAGE', 'CARRIED_FORWARD', 'ROUNDING', 'LOT_GRANULARITY', 'STATUS_SHIFT', 'LOT_SHIFT', 'WAREHOUSE_SHIFT', 'UOM_BALANCE', 'DUPLICATE', 'QTY_MISPOST', 'UOM_MISPOST', 'MISROUTED', 'SEQ_GAP', 'POSSIBLE_DUPLICATE', 'POSSIBLE_LOST_APPLY', 'POSSIBLE_SIGN', 'POSSIBLE_UOM_MOVE', 'UNREPORTED_ERP', 'UNREPORTED_WMS', 'OPENING_DIFFERENCE', 'UNEXPLAINED')), 
	CONSTRAINT difference_evidence_check CHECK (evidence IN ('A', 'B', 'C', 'none'))
);

CREATE INDEX difference_key_idx ON recon.difference (warehouse_code, item_code, lot_no, stock_status, run_id);

COMMENT ON TABLE recon.difference IS 'The keys of a run that differ, or whose parts do not vanish; the rest is counted.';

COMMENT ON COLUMN recon.difference.run_id IS 'the run';

COMMENT ON COLUMN recon.difference.warehouse_code IS 'warehouse';

COMMENT ON COLUMN recon.difference.item_code IS 'canonical item code';

COMMENT ON COLUMN recon.difference.lot_no IS 'lot; empty for none';

COMMENT ON COLUMN recon.difference.stock_status IS 'canonical stock status';

COMMENT ON COLUMN recon.difference.uom IS 'base unit of the item';

COMMENT ON COLUMN recon.difference.unit_cost IS 'cost of one base unit';

COMMENT ON COLUMN recon.difference.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN recon.difference.abc_class IS 'A, B or C';

COMMENT ON COLUMN recon.difference.erp_qty IS 'the ERP''s book';

COMMENT ON COLUMN recon.difference.wms_qty IS 'the WMS''s book';

COMMENT ON COLUMN recon.difference.book_qty IS 'the ledger''s balance when the run read it';

COMMENT ON COLUMN recon.difference.difference_qty IS 'ERP - WMS';

COMMENT ON COLUMN recon.difference.cut_off_qty IS 'known: cut-off';

COMMENT ON COLUMN recon.difference.in_flight_qty IS 'known: in flight, late or not';

COMMENT ON COLUMN recon.difference.rejected_qty IS 'known: in error or held';

COMMENT ON COLUMN recon.difference.unconfirmed_qty IS 'known: taken, not answered within the limit';

COMMENT ON COLUMN recon.difference.residual_qty IS 'difference without what is known; carried + ERP - WMS drift';

COMMENT ON COLUMN recon.difference.carried_qty IS 'residual of the last run, restated by late messages';

COMMENT ON COLUMN recon.difference.reported_carried_qty IS 'residual of the last run, as it was reported';

COMMENT ON COLUMN recon.difference.erp_drift_qty IS 'the ERP''s book changed so much without the ledger, since then';

COMMENT ON COLUMN recon.difference.wms_drift_qty IS 'the WMS''s book changed so much without the ledger, since then';

COMMENT ON COLUMN recon.difference.erp_total_drift_qty IS 'the ERP''s book less what it should hold';

COMMENT ON COLUMN recon.difference.wms_total_drift_qty IS 'the WMS''s book less what it should hold';

COMMENT ON COLUMN recon.difference.class IS 'cause, the first class that fits';

COMMENT ON COLUMN recon.difference.evidence IS 'A, B, C or none';

COMMENT ON COLUMN recon.difference.flags IS 'what else is to be said, sorted';

COMMENT ON COLUMN recon.difference.tolerance_qty IS 'residual that is tolerated';

COMMENT ON COLUMN recon.difference.is_tolerated IS 'true: the residual is within tolerance';

COMMENT ON COLUMN recon.difference.value IS 'abs(residual) * unit_cost, in currency';

COMMENT ON COLUMN recon.difference.first_run_id IS 'run in which the residual was seen first';

COMMENT ON COLUMN recon.difference.first_seen_on IS 'night in which it was seen first';

COMMENT ON COLUMN recon.difference.night_count IS 'closed runs in a row in which it is open, this one included';

COMMENT ON COLUMN recon.difference.owner IS 'who acts';

COMMENT ON COLUMN recon.difference.action IS 'what to do';

COMMENT ON COLUMN recon.difference.why IS 'the cause as a sentence';

COMMENT ON COLUMN recon.difference.why_key IS 'the sentence''s name in recon.phrase';

COMMENT ON COLUMN recon.difference.why_args IS 'its arguments';

COMMENT ON COLUMN recon.difference.candidate_count IS 'movements that may explain it, listed as parts';

CREATE TABLE recon.difference_part (
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	lot_no TEXT DEFAULT '' NOT NULL, 
	stock_status TEXT NOT NULL, 
	part_no INTEGER NOT NULL, 
	class TEXT NOT NULL, 
	evidence TEXT NOT NULL, 
	side TEXT NOT NULL, 
	qty NUMERIC(19, 6), 
	seq BIGINT, 
	line_no INTEGER, 
	ledger_seq BIGINT, 
	delivery_id BIGINT, 
	posting_message_id TEXT, 
	source_seq BIGINT, 
	doc_type TEXT, 
	doc_no TEXT, 
	state TEXT, 
	happened_at TIMESTAMP WITH TIME ZONE, 
	age_s NUMERIC, 
	detail JSONB DEFAULT '{}' NOT NULL, 
	CONSTRAINT difference_part_pkey PRIMARY KEY (run_id, warehouse_code, item_code, lot_no, stock_status, part_no), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id), 
	CONSTRAINT difference_part_class_check CHECK (class IN ('RUN_INVALID', 'UNKNOWN_ITEM', 'UNKNOWN_WAREHOUSE', 'UNKNOWN_STATUS', 'UNKNOWN_UOM', 'DUPLICATE_KEY', 'NOT_COMPARABLE', 'CUT_OFF', 'IN_FLIGHT', 'IN_FLIGHT_LATE', 'REJECTED', 'UNCONFIRMED', 'LATE_MESSAGE', 'CARRIED_FORWARD', 'ROUNDING', 'LOT_GRANULARITY', 'STATUS_SHIFT', 'LOT_SHIFT', 'WAREHOUSE_SHIFT', 'UOM_BALANCE', 'DUPLICATE', 'QTY_MISPOST', 'UOM_MISPOST', 'MISROUTED', 'SEQ_GAP', 'POSSIBLE_DUPLICATE', 'POSSIBLE_LOST_APPLY', 'POSSIBLE_SIGN', 'POSSIBLE_UOM_MOVE', 'UNREPORTED_ERP', 'UNREPORTED_WMS', 'OPENING_DIFFERENCE', 'UNEXPLAINED')), 
	CONSTRAINT difference_part_side_check CHECK (side IN ('erp', 'wms', 'both'))
);

COMMENT ON TABLE recon.difference_part IS 'The messages behind a difference: known movements, late messages, candidates.';

COMMENT ON COLUMN recon.difference_part.run_id IS 'the run';

COMMENT ON COLUMN recon.difference_part.warehouse_code IS 'warehouse';

COMMENT ON COLUMN recon.difference_part.item_code IS 'canonical item code';

COMMENT ON COLUMN recon.difference_part.lot_no IS 'lot; empty for none';

COMMENT ON COLUMN recon.difference_part.stock_status IS 'canonical stock status';

COMMENT ON COLUMN recon.difference_part.part_no IS 'number of the part within the key';

COMMENT ON COLUMN recon.difference_part.class IS 'class of the part; candidates have the class they would prove';

COMMENT ON COLUMN recon.difference_part.evidence IS 'A, B, C or none';

COMMENT ON COLUMN recon.difference_part.side IS 'side whose book has it: erp, wms or both';

COMMENT ON COLUMN recon.difference_part.qty IS 'signed as in ERP - WMS, or the suspected amount; null: not known';

COMMENT ON COLUMN recon.difference_part.seq IS 'message';

COMMENT ON COLUMN recon.difference_part.line_no IS 'line of the message';

COMMENT ON COLUMN recon.difference_part.ledger_seq IS 'position in the warehouse''s ledger';

COMMENT ON COLUMN recon.difference_part.delivery_id IS 'delivery to the ERP';

COMMENT ON COLUMN recon.difference_part.posting_message_id IS 'echo of the ERP';

COMMENT ON COLUMN recon.difference_part.source_seq IS 'the WMS''s number';

COMMENT ON COLUMN recon.difference_part.doc_type IS 'document type';

COMMENT ON COLUMN recon.difference_part.doc_no IS 'the sender''s number of the document';

COMMENT ON COLUMN recon.difference_part.state IS 'state of the message, or of its delivery';

COMMENT ON COLUMN recon.difference_part.happened_at IS 'when it happened';

COMMENT ON COLUMN recon.difference_part.age_s IS 'seconds from then to the run''s as_of';

COMMENT ON COLUMN recon.difference_part.detail IS 'more evidence';

CREATE TABLE recon.figure (
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	abc_class TEXT DEFAULT '*' NOT NULL, 
	flow TEXT DEFAULT '*' NOT NULL, 
	name TEXT NOT NULL, 
	value NUMERIC, 
	numerator NUMERIC, 
	denominator NUMERIC, 
	unit TEXT NOT NULL, 
	target NUMERIC, 
	CONSTRAINT figure_pkey PRIMARY KEY (run_id, warehouse_code, abc_class, flow, name), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id)
);

COMMENT ON TABLE recon.figure IS 'The figures of a run, with what they were computed from.';

COMMENT ON COLUMN recon.figure.run_id IS 'the run';

COMMENT ON COLUMN recon.figure.warehouse_code IS 'warehouse; * for all';

COMMENT ON COLUMN recon.figure.abc_class IS 'A, B or C; * for all';

COMMENT ON COLUMN recon.figure.flow IS 'document type; of quantities the unit, of values the currency; * for all';

COMMENT ON COLUMN recon.figure.name IS 'name of the figure';

COMMENT ON COLUMN recon.figure.value IS 'the figure; null: nothing to divide by';

COMMENT ON COLUMN recon.figure.numerator IS 'what was counted';

COMMENT ON COLUMN recon.figure.denominator IS 'out of how many';

COMMENT ON COLUMN recon.figure.unit IS 'unit of value';

COMMENT ON COLUMN recon.figure.target IS 'what it should be';

CREATE TABLE recon.gate (
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	gate TEXT NOT NULL, 
	passed BOOLEAN NOT NULL, 
	expected TEXT, 
	found TEXT, 
	text TEXT NOT NULL, 
	CONSTRAINT gate_pkey PRIMARY KEY (run_id, warehouse_code, gate), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id)
);

COMMENT ON TABLE recon.gate IS 'What was tested before anything was compared; one that fails makes the run invalid.';

COMMENT ON COLUMN recon.gate.run_id IS 'the run';

COMMENT ON COLUMN recon.gate.warehouse_code IS 'warehouse; * for the whole run';

COMMENT ON COLUMN recon.gate.gate IS 'name of the gate';

COMMENT ON COLUMN recon.gate.passed IS 'false: the run is not valid';

COMMENT ON COLUMN recon.gate.expected IS 'what would have been right';

COMMENT ON COLUMN recon.gate.found IS 'what was found';

COMMENT ON COLUMN recon.gate.text IS 'the finding in words';

CREATE TABLE recon.quarantine (
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	side TEXT NOT NULL, 
	line_no INTEGER NOT NULL, 
	item_code TEXT, 
	lot_no TEXT, 
	location_code TEXT, 
	stock_status TEXT, 
	uom TEXT, 
	qty NUMERIC, 
	class TEXT NOT NULL, 
	missing TEXT, 
	rule_id BIGINT, 
	CONSTRAINT quarantine_pkey PRIMARY KEY (run_id, warehouse_code, side, line_no), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id), 
	CONSTRAINT quarantine_class_check CHECK (class IN ('RUN_INVALID', 'UNKNOWN_ITEM', 'UNKNOWN_WAREHOUSE', 'UNKNOWN_STATUS', 'UNKNOWN_UOM', 'DUPLICATE_KEY', 'NOT_COMPARABLE', 'CUT_OFF', 'IN_FLIGHT', 'IN_FLIGHT_LATE', 'REJECTED', 'UNCONFIRMED', 'LATE_MESSAGE', 'CARRIED_FORWARD', 'ROUNDING', 'LOT_GRANULARITY', 'STATUS_SHIFT', 'LOT_SHIFT', 'WAREHOUSE_SHIFT', 'UOM_BALANCE', 'DUPLICATE', 'QTY_MISPOST', 'UOM_MISPOST', 'MISROUTED', 'SEQ_GAP', 'POSSIBLE_DUPLICATE', 'POSSIBLE_LOST_APPLY', 'POSSIBLE_SIGN', 'POSSIBLE_UOM_MOVE', 'UNREPORTED_ERP', 'UNREPORTED_WMS', 'OPENING_DIFFERENCE', 'UNEXPLAINED')), 
	CONSTRAINT quarantine_side_check CHECK (side IN ('erp', 'wms', 'both'))
);

COMMENT ON TABLE recon.quarantine IS 'Lines of snapshots that were set apart: unknown codes, doubles, out of scope.';

COMMENT ON COLUMN recon.quarantine.run_id IS 'the run';

COMMENT ON COLUMN recon.quarantine.warehouse_code IS 'warehouse';

COMMENT ON COLUMN recon.quarantine.side IS 'whose snapshot: erp or wms';

COMMENT ON COLUMN recon.quarantine.line_no IS 'line of the snapshot';

COMMENT ON COLUMN recon.quarantine.item_code IS 'item as sent';

COMMENT ON COLUMN recon.quarantine.lot_no IS 'lot as sent';

COMMENT ON COLUMN recon.quarantine.location_code IS 'location as sent';

COMMENT ON COLUMN recon.quarantine.stock_status IS 'stock status as sent';

COMMENT ON COLUMN recon.quarantine.uom IS 'unit as sent';

COMMENT ON COLUMN recon.quarantine.qty IS 'quantity as sent';

COMMENT ON COLUMN recon.quarantine.class IS 'UNKNOWN_*, DUPLICATE_KEY or NOT_COMPARABLE';

COMMENT ON COLUMN recon.quarantine.missing IS 'what has no mapping, or stands twice';

COMMENT ON COLUMN recon.quarantine.rule_id IS 'scope rule that sets it apart';

CREATE TABLE recon.run_total (
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	uom TEXT NOT NULL, 
	currency TEXT DEFAULT '' NOT NULL, 
	erp_qty NUMERIC DEFAULT 0 NOT NULL, 
	erp_value NUMERIC DEFAULT 0 NOT NULL, 
	cut_off_qty NUMERIC DEFAULT 0 NOT NULL, 
	cut_off_value NUMERIC DEFAULT 0 NOT NULL, 
	in_flight_qty NUMERIC DEFAULT 0 NOT NULL, 
	in_flight_value NUMERIC DEFAULT 0 NOT NULL, 
	rejected_qty NUMERIC DEFAULT 0 NOT NULL, 
	rejected_value NUMERIC DEFAULT 0 NOT NULL, 
	unconfirmed_qty NUMERIC DEFAULT 0 NOT NULL, 
	unconfirmed_value NUMERIC DEFAULT 0 NOT NULL, 
	carried_qty NUMERIC DEFAULT 0 NOT NULL, 
	carried_value NUMERIC DEFAULT 0 NOT NULL, 
	erp_drift_qty NUMERIC DEFAULT 0 NOT NULL, 
	erp_drift_value NUMERIC DEFAULT 0 NOT NULL, 
	wms_drift_qty NUMERIC DEFAULT 0 NOT NULL, 
	wms_drift_value NUMERIC DEFAULT 0 NOT NULL, 
	wms_qty NUMERIC DEFAULT 0 NOT NULL, 
	wms_value NUMERIC DEFAULT 0 NOT NULL, 
	CONSTRAINT run_total_pkey PRIMARY KEY (run_id, warehouse_code, uom, currency), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id), 
	CONSTRAINT run_total_qty_adds_up_check CHECK (erp_qty - cut_off_qty - in_flight_qty - rejected_qty - unconfirmed_qty - carried_qty - erp_drift_qty + wms_drift_qty = wms_qty), 
	CONSTRAINT run_total_value_adds_up_check CHECK (erp_value - cut_off_value - in_flight_value - rejected_value - unconfirmed_value - carried_value - erp_drift_value + wms_drift_value = wms_value)
);

COMMENT ON TABLE recon.run_total IS 'The waterfall: ERP total, its parts, WMS total; it adds up to the last digit.';

COMMENT ON COLUMN recon.run_total.run_id IS 'the run';

COMMENT ON COLUMN recon.run_total.warehouse_code IS 'warehouse';

COMMENT ON COLUMN recon.run_total.uom IS 'base unit: quantities never add across units';

COMMENT ON COLUMN recon.run_total.currency IS 'currency of the values; empty for none';

COMMENT ON COLUMN recon.run_total.erp_qty IS 'ERP''s book, in uom';

COMMENT ON COLUMN recon.run_total.erp_value IS 'ERP''s book, in currency';

COMMENT ON COLUMN recon.run_total.cut_off_qty IS 'cut-off, in uom';

COMMENT ON COLUMN recon.run_total.cut_off_value IS 'cut-off, in currency';

COMMENT ON COLUMN recon.run_total.in_flight_qty IS 'in flight, in uom';

COMMENT ON COLUMN recon.run_total.in_flight_value IS 'in flight, in currency';

COMMENT ON COLUMN recon.run_total.rejected_qty IS 'rejected, in uom';

COMMENT ON COLUMN recon.run_total.rejected_value IS 'rejected, in currency';

COMMENT ON COLUMN recon.run_total.unconfirmed_qty IS 'unconfirmed, in uom';

COMMENT ON COLUMN recon.run_total.unconfirmed_value IS 'unconfirmed, in currency';

COMMENT ON COLUMN recon.run_total.carried_qty IS 'carried forward, restated, in uom';

COMMENT ON COLUMN recon.run_total.carried_value IS 'carried forward, restated, in currency';

COMMENT ON COLUMN recon.run_total.erp_drift_qty IS 'new drift of the ERP''s book, in uom';

COMMENT ON COLUMN recon.run_total.erp_drift_value IS 'new drift of the ERP''s book, in currency';

COMMENT ON COLUMN recon.run_total.wms_drift_qty IS 'new drift of the WMS''s book, in uom';

COMMENT ON COLUMN recon.run_total.wms_drift_value IS 'new drift of the WMS''s book, in currency';

COMMENT ON COLUMN recon.run_total.wms_qty IS 'WMS''s book, in uom';

COMMENT ON COLUMN recon.run_total.wms_value IS 'WMS''s book, in currency';

CREATE TABLE recon.run_warehouse (
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	previous_run_id BIGINT, 
	erp_seq BIGINT, 
	wms_seq BIGINT, 
	erp_snapshot_no TEXT, 
	wms_snapshot_no TEXT, 
	erp_as_of TIMESTAMP WITH TIME ZONE, 
	wms_as_of TIMESTAMP WITH TIME ZONE, 
	erp_through_seq BIGINT, 
	wms_through_seq BIGINT, 
	erp_line_count BIGINT, 
	wms_line_count BIGINT, 
	erp_total_qty NUMERIC, 
	wms_total_qty NUMERIC, 
	erp_hash TEXT, 
	wms_hash TEXT, 
	ledger_seq BIGINT DEFAULT 0 NOT NULL, 
	visible pg_snapshot, 
	skew_s NUMERIC, 
	straddling_count BIGINT DEFAULT 0 NOT NULL, 
	key_count BIGINT DEFAULT 0 NOT NULL, 
	compared_count BIGINT DEFAULT 0 NOT NULL, 
	quarantined_count BIGINT DEFAULT 0 NOT NULL, 
	not_comparable_count BIGINT DEFAULT 0 NOT NULL, 
	not_assessable_count BIGINT DEFAULT 0 NOT NULL, 
	agreed_raw_count BIGINT DEFAULT 0 NOT NULL, 
	agreed_adjusted_count BIGINT DEFAULT 0 NOT NULL, 
	has_echo BOOLEAN DEFAULT false NOT NULL, 
	CONSTRAINT run_warehouse_pkey PRIMARY KEY (run_id, warehouse_code), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id)
);

CREATE INDEX run_warehouse_last_idx ON recon.run_warehouse (warehouse_code, run_id);

COMMENT ON TABLE recon.run_warehouse IS 'What a run compared in a warehouse: both snapshots, positions and counts.';

COMMENT ON COLUMN recon.run_warehouse.run_id IS 'the run';

COMMENT ON COLUMN recon.run_warehouse.warehouse_code IS 'warehouse';

COMMENT ON COLUMN recon.run_warehouse.previous_run_id IS 'last closed run of this warehouse';

COMMENT ON COLUMN recon.run_warehouse.erp_seq IS 'message of the ERP''s snapshot';

COMMENT ON COLUMN recon.run_warehouse.wms_seq IS 'message of the WMS''s snapshot';

COMMENT ON COLUMN recon.run_warehouse.erp_snapshot_no IS 'the ERP''s number of it';

COMMENT ON COLUMN recon.run_warehouse.wms_snapshot_no IS 'the WMS''s number of it';

COMMENT ON COLUMN recon.run_warehouse.erp_as_of IS 'instant of the ERP''s snapshot';

COMMENT ON COLUMN recon.run_warehouse.wms_as_of IS 'instant of the WMS''s snapshot';

COMMENT ON COLUMN recon.run_warehouse.erp_through_seq IS 'last delivery_id that the ERP''s snapshot contains';

COMMENT ON COLUMN recon.run_warehouse.wms_through_seq IS 'last source_seq that the WMS''s snapshot contains';

COMMENT ON COLUMN recon.run_warehouse.erp_line_count IS 'lines of the ERP''s snapshot, counted';

COMMENT ON COLUMN recon.run_warehouse.wms_line_count IS 'lines of the WMS''s snapshot, counted';

COMMENT ON COLUMN recon.run_warehouse.erp_total_qty IS 'sum of its quantities as sent, over all units';

COMMENT ON COLUMN recon.run_warehouse.wms_total_qty IS 'sum of its quantities as sent, over all units';

COMMENT ON COLUMN recon.run_warehouse.erp_hash IS 'hash of what the ERP''s snapshot says';

COMMENT ON COLUMN recon.run_warehouse.wms_hash IS 'hash of what the WMS''s snapshot says';

COMMENT ON COLUMN recon.run_warehouse.ledger_seq IS 'position of the warehouse''s ledger when it was read';

COMMENT ON COLUMN recon.run_warehouse.visible IS 'transactions that the run saw; tells what was told later';

COMMENT ON COLUMN recon.run_warehouse.skew_s IS 'seconds between the two snapshots';

COMMENT ON COLUMN recon.run_warehouse.straddling_count IS 'movements between the snapshots';

COMMENT ON COLUMN recon.run_warehouse.key_count IS 'keys that are not zero on a side, and in scope';

COMMENT ON COLUMN recon.run_warehouse.compared_count IS 'keys that were compared';

COMMENT ON COLUMN recon.run_warehouse.quarantined_count IS 'lines set apart: unknown codes, doubles';

COMMENT ON COLUMN recon.run_warehouse.not_comparable_count IS 'lines out of scope';

COMMENT ON COLUMN recon.run_warehouse.not_assessable_count IS 'keys of which lines lie apart';

COMMENT ON COLUMN recon.run_warehouse.agreed_raw_count IS 'keys whose books agree within tolerance';

COMMENT ON COLUMN recon.run_warehouse.agreed_adjusted_count IS 'keys whose residual is within tolerance';

COMMENT ON COLUMN recon.run_warehouse.has_echo IS 'true: the ERP says what it posts';

CREATE TABLE recon.second_look (
	run_id BIGINT NOT NULL, 
	warehouse_code TEXT NOT NULL, 
	item_code TEXT NOT NULL, 
	lot_no TEXT DEFAULT '' NOT NULL, 
	stock_status TEXT NOT NULL, 
	erp_qty NUMERIC(19, 6) NOT NULL, 
	wms_qty NUMERIC(19, 6) NOT NULL, 
	residual_qty NUMERIC(19, 6) NOT NULL, 
	is_transient BOOLEAN NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	CONSTRAINT second_look_pkey PRIMARY KEY (run_id, warehouse_code, item_code, lot_no, stock_status), 
	FOREIGN KEY(run_id) REFERENCES recon.run (run_id)
);

COMMENT ON TABLE recon.second_look IS 'What a second look at both sides found of a run''s open keys; append-only.';

COMMENT ON COLUMN recon.second_look.run_id IS 'run whose open keys were read a second time';

COMMENT ON COLUMN recon.second_look.warehouse_code IS 'warehouse';

COMMENT ON COLUMN recon.second_look.item_code IS 'canonical item code';

COMMENT ON COLUMN recon.second_look.lot_no IS 'lot; empty for none';

COMMENT ON COLUMN recon.second_look.stock_status IS 'canonical stock status';

COMMENT ON COLUMN recon.second_look.erp_qty IS 'the ERP''s book at the second look';

COMMENT ON COLUMN recon.second_look.wms_qty IS 'the WMS''s book at the second look';

COMMENT ON COLUMN recon.second_look.residual_qty IS 'what was left of the difference then';

COMMENT ON COLUMN recon.second_look.is_transient IS 'true: nothing was left, the difference had vanished';

COMMENT ON COLUMN recon.second_look.at IS 'when both answers were compared';

CREATE TABLE ops.alarm_told (
	alarm_id BIGINT NOT NULL, 
	route TEXT NOT NULL, 
	told_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	recovery_told_at TIMESTAMP WITH TIME ZONE, 
	CONSTRAINT alarm_told_pkey PRIMARY KEY (alarm_id, route), 
	FOREIGN KEY(alarm_id) REFERENCES ops.alarm_state (alarm_id) ON DELETE CASCADE
);

COMMENT ON TABLE ops.alarm_told IS 'Which route was told of which alarm; nobody is told twice.';

COMMENT ON COLUMN ops.alarm_told.alarm_id IS 'the alarm';

COMMENT ON COLUMN ops.alarm_told.route IS 'route of notifications, as the settings name it';

COMMENT ON COLUMN ops.alarm_told.told_at IS 'when the route was told last that it holds';

COMMENT ON COLUMN ops.alarm_told.recovery_told_at IS 'when the route was told that it is over';

INSERT INTO staging.document_type VALUES
    ('item', 'master', 'none', ARRAY['upsert']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Item master record; the higher version wins.'),
    ('item_uom', 'detail', 'none', ARRAY['upsert']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Unit of an item: one uom = numerator / denominator base units.'),
    ('party', 'master', 'none', ARRAY['upsert']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Supplier, customer or carrier; one record for each party and role.'),
    ('warehouse', 'master', 'none', ARRAY['upsert']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Warehouse; its time zone decides its business days.'),
    ('location', 'detail', 'none', ARRAY['upsert']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Location in a warehouse.'),
    ('code_map', 'detail', 'none', ARRAY['upsert']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'One code of one system and its canonical code; applied on the way in, reversed out.'),
    ('purchase_order', 'request', 'required', ARRAY['upsert', 'cancel', 'close']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Goods expected from a supplier.'),
    ('sales_order', 'request', 'required', ARRAY['upsert', 'cancel', 'close']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Goods to ship to a customer.'),
    ('production_order', 'request', 'required', ARRAY['upsert', 'cancel', 'close']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Product to make (header) and its components (lines).'),
    ('transfer_order', 'request', 'required', ARRAY['upsert', 'cancel', 'close']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Goods to move from warehouse_code to to_warehouse_code.'),
    ('customer_return', 'request', 'required', ARRAY['upsert', 'cancel', 'close']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Goods expected back from a customer.'),
    ('supplier_return', 'request', 'required', ARRAY['upsert', 'cancel', 'close']::text[], ARRAY[]::text[], ARRAY['erp']::text[], 'Goods to send back to a supplier.'),
    ('goods_receipt', 'fact', 'required', ARRAY['post', 'reverse']::text[], ARRAY['purchase_order', 'transfer_order', 'customer_return']::text[], ARRAY['wms']::text[], 'Goods received: for a purchase_order, a transfer_order, a customer_return, or no order.'),
    ('shipment', 'fact', 'required', ARRAY['post', 'reverse']::text[], ARRAY['sales_order', 'transfer_order', 'supplier_return']::text[], ARRAY['wms']::text[], 'Goods shipped: for a sales_order, a transfer_order, a supplier_return, or no order.'),
    ('material_issue', 'fact', 'required', ARRAY['post', 'reverse']::text[], ARRAY['production_order']::text[], ARRAY['wms']::text[], 'Components consumed by a production_order.'),
    ('production_receipt', 'fact', 'required', ARRAY['post', 'reverse']::text[], ARRAY['production_order']::text[], ARRAY['wms']::text[], 'Product made by a production_order; is_final completes the order.'),
    ('stock_move', 'fact', 'required', ARRAY['post', 'reverse']::text[], ARRAY[]::text[], ARRAY['wms']::text[], 'Stock moved between locations or statuses: put-away, quality release, blocking.'),
    ('stock_adjustment', 'fact', 'required', ARRAY['post', 'reverse']::text[], ARRAY['transfer_order']::text[], ARRAY['wms']::text[], 'Stock gained or lost; qty is signed, reason_code is required.'),
    ('stock_count', 'count', 'required', ARRAY['post', 'reverse']::text[], ARRAY[]::text[], ARRAY['wms']::text[], 'Stock counted, as of the sender''s position counted_through_seq.'),
    ('order_milestone', 'answer', 'none', ARRAY['post', 'reverse']::text[], ARRAY['purchase_order', 'sales_order', 'production_order', 'transfer_order', 'customer_return', 'supplier_return']::text[], ARRAY['wms']::text[], 'Progress of an order on the warehouse floor.'),
    ('order_response', 'answer', 'optional', ARRAY['post', 'reverse']::text[], ARRAY['purchase_order', 'sales_order', 'production_order', 'transfer_order', 'customer_return', 'supplier_return']::text[], ARRAY['wms']::text[], 'The warehouse''s answer to a request, whole or by line.'),
    ('stock_snapshot', 'snapshot', 'required', ARRAY['post', 'reverse']::text[], ARRAY[]::text[], ARRAY['erp', 'wms']::text[], 'A system''s whole stock at one instant, for reconciliation; with request_no of those keys.'),
    ('book_correction', 'instruction', 'required', ARRAY['post']::text[], ARRAY[]::text[], ARRAY[]::text[], 'From crossdock: change your own book by qty (signed); nothing moved, no fact follows.'),
    ('count_request', 'instruction', 'required', ARRAY['post']::text[], ARRAY[]::text[], ARRAY[]::text[], 'From crossdock: count this stock and send a stock_count; no location means all of them.'),
    ('snapshot_request', 'instruction', 'required', ARRAY['post']::text[], ARRAY[]::text[], ARRAY[]::text[], 'From crossdock: read these keys once more and send a stock_snapshot with its request_no.'),
    ('master_resend', 'master', 'none', ARRAY['upsert']::text[], ARRAY[]::text[], ARRAY[]::text[], 'For a WMS registered later: all current master data.'),
    ('transit_notice', 'request', 'required', ARRAY['upsert', 'cancel', 'close']::text[], ARRAY[]::text[], ARRAY[]::text[], 'From the source lane of a transfer: goods are under way.'),
    ('transit_receipt', 'fact', 'required', ARRAY['post', 'reverse']::text[], ARRAY[]::text[], ARRAY[]::text[], 'From the destination lane of a transfer: goods arrived.');

INSERT INTO staging.column_name VALUES
    ('item', 'header', 'action', 'action', 'text'),
    ('item', 'header', 'line_count', 'line_count', 'integer'),
    ('item', 'header', 'attributes', 'attributes', 'jsonb'),
    ('item', 'header', 'item_code', 'item_code', 'text'),
    ('item', 'header', 'version', 'version', 'bigint'),
    ('item', 'header', 'description', 'description', 'text'),
    ('item', 'header', 'base_uom', 'base_uom', 'text'),
    ('item', 'header', 'item_group', 'item_group', 'text'),
    ('item', 'header', 'abc_class', 'abc_class', 'text'),
    ('item', 'header', 'gtin', 'gtin', 'text'),
    ('item', 'header', 'lot_controlled', 'lot_controlled', 'boolean'),
    ('item', 'header', 'serial_controlled', 'serial_controlled', 'boolean'),
    ('item', 'header', 'shelf_life_days', 'shelf_life_days', 'integer'),
    ('item', 'header', 'unit_cost', 'unit_cost', 'numeric'),
    ('item', 'header', 'currency', 'currency', 'text'),
    ('item', 'header', 'active', 'active', 'boolean'),
    ('item_uom', 'header', 'action', 'action', 'text'),
    ('item_uom', 'header', 'line_count', 'line_count', 'integer'),
    ('item_uom', 'header', 'attributes', 'attributes', 'jsonb'),
    ('item_uom', 'header', 'item_code', 'item_code', 'text'),
    ('item_uom', 'header', 'uom', 'uom', 'text'),
    ('item_uom', 'header', 'version', 'version', 'bigint'),
    ('item_uom', 'header', 'numerator', 'numerator', 'bigint'),
    ('item_uom', 'header', 'denominator', 'denominator', 'bigint'),
    ('item_uom', 'header', 'gtin', 'gtin', 'text'),
    ('item_uom', 'header', 'active', 'active', 'boolean'),
    ('party', 'header', 'action', 'action', 'text'),
    ('party', 'header', 'line_count', 'line_count', 'integer'),
    ('party', 'header', 'attributes', 'attributes', 'jsonb'),
    ('party', 'header', 'party_code', 'party_code', 'text'),
    ('party', 'header', 'version', 'version', 'bigint'),
    ('party', 'header', 'role', 'role', 'text'),
    ('party', 'header', 'name', 'name', 'text'),
    ('party', 'header', 'country_code', 'country_code', 'text'),
    ('party', 'header', 'address', 'address', 'text'),
    ('party', 'header', 'active', 'active', 'boolean'),
    ('warehouse', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('warehouse', 'header', 'action', 'action', 'text'),
    ('warehouse', 'header', 'line_count', 'line_count', 'integer'),
    ('warehouse', 'header', 'attributes', 'attributes', 'jsonb'),
    ('warehouse', 'header', 'version', 'version', 'bigint'),
    ('warehouse', 'header', 'name', 'name', 'text'),
    ('warehouse', 'header', 'time_zone', 'time_zone', 'text'),
    ('warehouse', 'header', 'active', 'active', 'boolean'),
    ('location', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('location', 'header', 'action', 'action', 'text'),
    ('location', 'header', 'line_count', 'line_count', 'integer'),
    ('location', 'header', 'attributes', 'attributes', 'jsonb'),
    ('location', 'header', 'location_code', 'location_code', 'text'),
    ('location', 'header', 'version', 'version', 'bigint'),
    ('location', 'header', 'zone', 'zone', 'text'),
    ('location', 'header', 'kind', 'kind', 'text'),
    ('location', 'header', 'active', 'active', 'boolean'),
    ('code_map', 'header', 'action', 'action', 'text'),
    ('code_map', 'header', 'line_count', 'line_count', 'integer'),
    ('code_map', 'header', 'attributes', 'attributes', 'jsonb'),
    ('code_map', 'header', 'system_code', 'system_code', 'text'),
    ('code_map', 'header', 'domain', 'domain', 'text'),
    ('code_map', 'header', 'external_code', 'external_code', 'text'),
    ('code_map', 'header', 'version', 'version', 'bigint'),
    ('code_map', 'header', 'canonical_code', 'canonical_code', 'text'),
    ('code_map', 'header', 'active', 'active', 'boolean'),
    ('code_map', 'header', 'is_default_out', 'is_default_out', 'boolean'),
    ('purchase_order', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('purchase_order', 'header', 'action', 'action', 'text'),
    ('purchase_order', 'header', 'line_count', 'line_count', 'integer'),
    ('purchase_order', 'header', 'attributes', 'attributes', 'jsonb'),
    ('purchase_order', 'header', 'doc_no', 'order_no', 'text'),
    ('purchase_order', 'header', 'revision', 'revision', 'integer'),
    ('purchase_order', 'header', 'party_code', 'supplier_code', 'text'),
    ('purchase_order', 'header', 'ordered_on', 'ordered_on', 'date'),
    ('purchase_order', 'header', 'expected_at', 'expected_at', 'timestamp with time zone'),
    ('purchase_order', 'header', 'note', 'note', 'text'),
    ('purchase_order', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('purchase_order', 'line', 'item_code', 'item_code', 'text'),
    ('purchase_order', 'line', 'qty', 'qty', 'numeric'),
    ('purchase_order', 'line', 'uom', 'uom', 'text'),
    ('purchase_order', 'line', 'lot_no', 'lot_no', 'text'),
    ('purchase_order', 'line', 'over_tolerance_pct', 'over_tolerance_pct', 'numeric'),
    ('purchase_order', 'line', 'under_tolerance_pct', 'under_tolerance_pct', 'numeric'),
    ('sales_order', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('sales_order', 'header', 'action', 'action', 'text'),
    ('sales_order', 'header', 'line_count', 'line_count', 'integer'),
    ('sales_order', 'header', 'attributes', 'attributes', 'jsonb'),
    ('sales_order', 'header', 'doc_no', 'order_no', 'text'),
    ('sales_order', 'header', 'revision', 'revision', 'integer'),
    ('sales_order', 'header', 'party_code', 'customer_code', 'text'),
    ('sales_order', 'header', 'requested_ship_at', 'requested_ship_at', 'timestamp with time zone'),
    ('sales_order', 'header', 'carrier_code', 'carrier_code', 'text'),
    ('sales_order', 'header', 'ship_to', 'ship_to', 'text'),
    ('sales_order', 'header', 'priority', 'priority', 'integer'),
    ('sales_order', 'header', 'note', 'note', 'text'),
    ('sales_order', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('sales_order', 'line', 'item_code', 'item_code', 'text'),
    ('sales_order', 'line', 'qty', 'qty', 'numeric'),
    ('sales_order', 'line', 'uom', 'uom', 'text'),
    ('sales_order', 'line', 'lot_no', 'lot_no', 'text'),
    ('sales_order', 'line', 'over_tolerance_pct', 'over_tolerance_pct', 'numeric'),
    ('sales_order', 'line', 'under_tolerance_pct', 'under_tolerance_pct', 'numeric'),
    ('production_order', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('production_order', 'header', 'action', 'action', 'text'),
    ('production_order', 'header', 'line_count', 'line_count', 'integer'),
    ('production_order', 'header', 'attributes', 'attributes', 'jsonb'),
    ('production_order', 'header', 'doc_no', 'order_no', 'text'),
    ('production_order', 'header', 'revision', 'revision', 'integer'),
    ('production_order', 'header', 'item_code', 'item_code', 'text'),
    ('production_order', 'header', 'qty', 'qty', 'numeric'),
    ('production_order', 'header', 'uom', 'uom', 'text'),
    ('production_order', 'header', 'start_at', 'start_at', 'timestamp with time zone'),
    ('production_order', 'header', 'due_at', 'due_at', 'timestamp with time zone'),
    ('production_order', 'header', 'note', 'note', 'text'),
    ('production_order', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('production_order', 'line', 'item_code', 'item_code', 'text'),
    ('production_order', 'line', 'qty', 'qty', 'numeric'),
    ('production_order', 'line', 'uom', 'uom', 'text'),
    ('production_order', 'line', 'lot_no', 'lot_no', 'text'),
    ('transfer_order', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('transfer_order', 'header', 'action', 'action', 'text'),
    ('transfer_order', 'header', 'line_count', 'line_count', 'integer'),
    ('transfer_order', 'header', 'attributes', 'attributes', 'jsonb'),
    ('transfer_order', 'header', 'doc_no', 'order_no', 'text'),
    ('transfer_order', 'header', 'revision', 'revision', 'integer'),
    ('transfer_order', 'header', 'to_warehouse_code', 'to_warehouse_code', 'text'),
    ('transfer_order', 'header', 'requested_ship_at', 'requested_ship_at', 'timestamp with time zone'),
    ('transfer_order', 'header', 'note', 'note', 'text'),
    ('transfer_order', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('transfer_order', 'line', 'item_code', 'item_code', 'text'),
    ('transfer_order', 'line', 'qty', 'qty', 'numeric'),
    ('transfer_order', 'line', 'uom', 'uom', 'text'),
    ('transfer_order', 'line', 'lot_no', 'lot_no', 'text'),
    ('customer_return', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('customer_return', 'header', 'action', 'action', 'text'),
    ('customer_return', 'header', 'line_count', 'line_count', 'integer'),
    ('customer_return', 'header', 'attributes', 'attributes', 'jsonb'),
    ('customer_return', 'header', 'doc_no', 'order_no', 'text'),
    ('customer_return', 'header', 'revision', 'revision', 'integer'),
    ('customer_return', 'header', 'party_code', 'customer_code', 'text'),
    ('customer_return', 'header', 'original_order_no', 'original_order_no', 'text'),
    ('customer_return', 'header', 'note', 'note', 'text'),
    ('customer_return', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('customer_return', 'line', 'item_code', 'item_code', 'text'),
    ('customer_return', 'line', 'qty', 'qty', 'numeric'),
    ('customer_return', 'line', 'uom', 'uom', 'text'),
    ('customer_return', 'line', 'lot_no', 'lot_no', 'text'),
    ('customer_return', 'line', 'reason_code', 'reason_code', 'text'),
    ('supplier_return', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('supplier_return', 'header', 'action', 'action', 'text'),
    ('supplier_return', 'header', 'line_count', 'line_count', 'integer'),
    ('supplier_return', 'header', 'attributes', 'attributes', 'jsonb'),
    ('supplier_return', 'header', 'doc_no', 'order_no', 'text'),
    ('supplier_return', 'header', 'revision', 'revision', 'integer'),
    ('supplier_return', 'header', 'party_code', 'supplier_code', 'text'),
    ('supplier_return', 'header', 'original_order_no', 'original_order_no', 'text'),
    ('supplier_return', 'header', 'note', 'note', 'text'),
    ('supplier_return', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('supplier_return', 'line', 'item_code', 'item_code', 'text'),
    ('supplier_return', 'line', 'qty', 'qty', 'numeric'),
    ('supplier_return', 'line', 'uom', 'uom', 'text'),
    ('supplier_return', 'line', 'lot_no', 'lot_no', 'text'),
    ('supplier_return', 'line', 'reason_code', 'reason_code', 'text'),
    ('goods_receipt', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('goods_receipt', 'header', 'action', 'action', 'text'),
    ('goods_receipt', 'header', 'line_count', 'line_count', 'integer'),
    ('goods_receipt', 'header', 'attributes', 'attributes', 'jsonb'),
    ('goods_receipt', 'header', 'doc_no', 'receipt_no', 'text'),
    ('goods_receipt', 'header', 'order_type', 'order_type', 'text'),
    ('goods_receipt', 'header', 'order_no', 'order_no', 'text'),
    ('goods_receipt', 'header', 'delivery_note_no', 'delivery_note_no', 'text'),
    ('goods_receipt', 'header', 'carrier_code', 'carrier_code', 'text'),
    ('goods_receipt', 'header', 'is_final', 'is_final', 'boolean'),
    ('goods_receipt', 'header', 'occurred_at', 'occurred_at', 'timestamp with time zone'),
    ('goods_receipt', 'header', 'source_seq', 'source_seq', 'bigint'),
    ('goods_receipt', 'header', 'reverses_no', 'reverses_no', 'text'),
    ('goods_receipt', 'header', 'note', 'note', 'text'),
    ('goods_receipt', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('goods_receipt', 'line', 'order_line_no', 'order_line_no', 'integer'),
    ('goods_receipt', 'line', 'item_code', 'item_code', 'text'),
    ('goods_receipt', 'line', 'qty', 'qty', 'numeric'),
    ('goods_receipt', 'line', 'uom', 'uom', 'text'),
    ('goods_receipt', 'line', 'lot_no', 'lot_no', 'text'),
    ('goods_receipt', 'line', 'serial_no', 'serial_no', 'text'),
    ('goods_receipt', 'line', 'expires_on', 'expires_on', 'date'),
    ('goods_receipt', 'line', 'location_code', 'location_code', 'text'),
    ('goods_receipt', 'line', 'stock_status', 'stock_status', 'text'),
    ('goods_receipt', 'line', 'reason_code', 'reason_code', 'text'),
    ('shipment', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('shipment', 'header', 'action', 'action', 'text'),
    ('shipment', 'header', 'line_count', 'line_count', 'integer'),
    ('shipment', 'header', 'attributes', 'attributes', 'jsonb'),
    ('shipment', 'header', 'doc_no', 'shipment_no', 'text'),
    ('shipment', 'header', 'order_type', 'order_type', 'text'),
    ('shipment', 'header', 'order_no', 'order_no', 'text'),
    ('shipment', 'header', 'carrier_code', 'carrier_code', 'text'),
    ('shipment', 'header', 'tracking_no', 'tracking_no', 'text'),
    ('shipment', 'header', 'is_final', 'is_final', 'boolean'),
    ('shipment', 'header', 'occurred_at', 'occurred_at', 'timestamp with time zone'),
    ('shipment', 'header', 'source_seq', 'source_seq', 'bigint'),
    ('shipment', 'header', 'reverses_no', 'reverses_no', 'text'),
    ('shipment', 'header', 'note', 'note', 'text'),
    ('shipment', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('shipment', 'line', 'order_line_no', 'order_line_no', 'integer'),
    ('shipment', 'line', 'item_code', 'item_code', 'text'),
    ('shipment', 'line', 'qty', 'qty', 'numeric'),
    ('shipment', 'line', 'uom', 'uom', 'text'),
    ('shipment', 'line', 'lot_no', 'lot_no', 'text'),
    ('shipment', 'line', 'serial_no', 'serial_no', 'text'),
    ('shipment', 'line', 'location_code', 'location_code', 'text'),
    ('shipment', 'line', 'stock_status', 'stock_status', 'text'),
    ('shipment', 'line', 'reason_code', 'reason_code', 'text'),
    ('material_issue', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('material_issue', 'header', 'action', 'action', 'text'),
    ('material_issue', 'header', 'line_count', 'line_count', 'integer'),
    ('material_issue', 'header', 'attributes', 'attributes', 'jsonb'),
    ('material_issue', 'header', 'doc_no', 'issue_no', 'text'),
    ('material_issue', 'header', 'order_no', 'order_no', 'text'),
    ('material_issue', 'header', 'is_final', 'is_final', 'boolean'),
    ('material_issue', 'header', 'occurred_at', 'occurred_at', 'timestamp with time zone'),
    ('material_issue', 'header', 'source_seq', 'source_seq', 'bigint'),
    ('material_issue', 'header', 'reverses_no', 'reverses_no', 'text'),
    ('material_issue', 'header', 'note', 'note', 'text'),
    ('material_issue', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('material_issue', 'line', 'order_line_no', 'order_line_no', 'integer'),
    ('material_issue', 'line', 'item_code', 'item_code', 'text'),
    ('material_issue', 'line', 'qty', 'qty', 'numeric'),
    ('material_issue', 'line', 'uom', 'uom', 'text'),
    ('material_issue', 'line', 'lot_no', 'lot_no', 'text'),
    ('material_issue', 'line', 'serial_no', 'serial_no', 'text'),
    ('material_issue', 'line', 'location_code', 'location_code', 'text'),
    ('material_issue', 'line', 'stock_status', 'stock_status', 'text'),
    ('material_issue', 'line', 'reason_code', 'reason_code', 'text'),
    ('production_receipt', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('production_receipt', 'header', 'action', 'action', 'text'),
    ('production_receipt', 'header', 'line_count', 'line_count', 'integer'),
    ('production_receipt', 'header', 'attributes', 'attributes', 'jsonb'),
    ('production_receipt', 'header', 'doc_no', 'receipt_no', 'text'),
    ('production_receipt', 'header', 'order_no', 'order_no', 'text'),
    ('production_receipt', 'header', 'is_final', 'is_final', 'boolean'),
    ('production_receipt', 'header', 'occurred_at', 'occurred_at', 'timestamp with time zone'),
    ('production_receipt', 'header', 'source_seq', 'source_seq', 'bigint'),
    ('production_receipt', 'header', 'reverses_no', 'reverses_no', 'text'),
    ('production_receipt', 'header', 'note', 'note', 'text'),
    ('production_receipt', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('production_receipt', 'line', 'item_code', 'item_code', 'text'),
    ('production_receipt', 'line', 'qty', 'qty', 'numeric'),
    ('production_receipt', 'line', 'uom', 'uom', 'text'),
    ('production_receipt', 'line', 'lot_no', 'lot_no', 'text'),
    ('production_receipt', 'line', 'serial_no', 'serial_no', 'text'),
    ('production_receipt', 'line', 'expires_on', 'expires_on', 'date'),
    ('production_receipt', 'line', 'location_code', 'location_code', 'text'),
    ('production_receipt', 'line', 'stock_status', 'stock_status', 'text'),
    ('stock_move', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('stock_move', 'header', 'action', 'action', 'text'),
    ('stock_move', 'header', 'line_count', 'line_count', 'integer'),
    ('stock_move', 'header', 'attributes', 'attributes', 'jsonb'),
    ('stock_move', 'header', 'doc_no', 'move_no', 'text'),
    ('stock_move', 'header', 'order_no', 'order_no', 'text'),
    ('stock_move', 'header', 'occurred_at', 'occurred_at', 'timestamp with time zone'),
    ('stock_move', 'header', 'source_seq', 'source_seq', 'bigint'),
    ('stock_move', 'header', 'reverses_no', 'reverses_no', 'text'),
    ('stock_move', 'header', 'note', 'note', 'text'),
    ('stock_move', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('stock_move', 'line', 'item_code', 'item_code', 'text'),
    ('stock_move', 'line', 'qty', 'qty', 'numeric'),
    ('stock_move', 'line', 'uom', 'uom', 'text'),
    ('stock_move', 'line', 'lot_no', 'lot_no', 'text'),
    ('stock_move', 'line', 'serial_no', 'serial_no', 'text'),
    ('stock_move', 'line', 'location_code', 'from_location_code', 'text'),
    ('stock_move', 'line', 'to_location_code', 'to_location_code', 'text'),
    ('stock_move', 'line', 'stock_status', 'from_stock_status', 'text'),
    ('stock_move', 'line', 'to_stock_status', 'to_stock_status', 'text'),
    ('stock_move', 'line', 'reason_code', 'reason_code', 'text'),
    ('stock_adjustment', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('stock_adjustment', 'header', 'action', 'action', 'text'),
    ('stock_adjustment', 'header', 'line_count', 'line_count', 'integer'),
    ('stock_adjustment', 'header', 'attributes', 'attributes', 'jsonb'),
    ('stock_adjustment', 'header', 'doc_no', 'adjustment_no', 'text'),
    ('stock_adjustment', 'header', 'order_type', 'order_type', 'text'),
    ('stock_adjustment', 'header', 'order_no', 'order_no', 'text'),
    ('stock_adjustment', 'header', 'occurred_at', 'occurred_at', 'timestamp with time zone'),
    ('stock_adjustment', 'header', 'source_seq', 'source_seq', 'bigint'),
    ('stock_adjustment', 'header', 'reverses_no', 'reverses_no', 'text'),
    ('stock_adjustment', 'header', 'note', 'note', 'text'),
    ('stock_adjustment', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('stock_adjustment', 'line', 'order_line_no', 'order_line_no', 'integer'),
    ('stock_adjustment', 'line', 'item_code', 'item_code', 'text'),
    ('stock_adjustment', 'line', 'qty', 'qty', 'numeric'),
    ('stock_adjustment', 'line', 'uom', 'uom', 'text'),
    ('stock_adjustment', 'line', 'lot_no', 'lot_no', 'text'),
    ('stock_adjustment', 'line', 'serial_no', 'serial_no', 'text'),
    ('stock_adjustment', 'line', 'location_code', 'location_code', 'text'),
    ('stock_adjustment', 'line', 'stock_status', 'stock_status', 'text'),
    ('stock_adjustment', 'line', 'reason_code', 'reason_code', 'text'),
    ('stock_count', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('stock_count', 'header', 'action', 'action', 'text'),
    ('stock_count', 'header', 'line_count', 'line_count', 'integer'),
    ('stock_count', 'header', 'attributes', 'attributes', 'jsonb'),
    ('stock_count', 'header', 'doc_no', 'count_no', 'text'),
    ('stock_count', 'header', 'counted_through_seq', 'counted_through_seq', 'bigint'),
    ('stock_count', 'header', 'occurred_at', 'occurred_at', 'timestamp with time zone'),
    ('stock_count', 'header', 'source_seq', 'source_seq', 'bigint'),
    ('stock_count', 'header', 'reverses_no', 'reverses_no', 'text'),
    ('stock_count', 'header', 'note', 'note', 'text'),
    ('stock_count', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('stock_count', 'line', 'item_code', 'item_code', 'text'),
    ('stock_count', 'line', 'qty', 'counted_qty', 'numeric'),
    ('stock_count', 'line', 'uom', 'uom', 'text'),
    ('stock_count', 'line', 'lot_no', 'lot_no', 'text'),
    ('stock_count', 'line', 'location_code', 'location_code', 'text'),
    ('stock_count', 'line', 'stock_status', 'stock_status', 'text'),
    ('order_milestone', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('order_milestone', 'header', 'action', 'action', 'text'),
    ('order_milestone', 'header', 'line_count', 'line_count', 'integer'),
    ('order_milestone', 'header', 'attributes', 'attributes', 'jsonb'),
    ('order_milestone', 'header', 'doc_no', 'milestone_no', 'text'),
    ('order_milestone', 'header', 'order_type', 'order_type', 'text'),
    ('order_milestone', 'header', 'order_no', 'order_no', 'text'),
    ('order_milestone', 'header', 'milestone', 'milestone', 'text'),
    ('order_milestone', 'header', 'occurred_at', 'occurred_at', 'timestamp with time zone'),
    ('order_milestone', 'header', 'source_seq', 'source_seq', 'bigint'),
    ('order_milestone', 'header', 'reverses_no', 'reverses_no', 'text'),
    ('order_milestone', 'header', 'note', 'note', 'text'),
    ('order_response', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('order_response', 'header', 'action', 'action', 'text'),
    ('order_response', 'header', 'line_count', 'line_count', 'integer'),
    ('order_response', 'header', 'attributes', 'attributes', 'jsonb'),
    ('order_response', 'header', 'doc_no', 'response_no', 'text'),
    ('order_response', 'header', 'order_type', 'order_type', 'text'),
    ('order_response', 'header', 'order_no', 'order_no', 'text'),
    ('order_response', 'header', 'revision', 'revision', 'integer'),
    ('order_response', 'header', 'response', 'response', 'text'),
    ('order_response', 'header', 'reason_code', 'reason_code', 'text'),
    ('order_response', 'header', 'occurred_at', 'occurred_at', 'timestamp with time zone'),
    ('order_response', 'header', 'source_seq', 'source_seq', 'bigint'),
    ('order_response', 'header', 'reverses_no', 'reverses_no', 'text'),
    ('order_response', 'header', 'note', 'note', 'text'),
    ('order_response', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('order_response', 'line', 'order_line_no', 'order_line_no', 'integer'),
    ('order_response', 'line', 'qty', 'accepted_qty', 'numeric'),
    ('order_response', 'line', 'uom', 'uom', 'text'),
    ('order_response', 'line', 'reason_code', 'reason_code', 'text'),
    ('stock_snapshot', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('stock_snapshot', 'header', 'action', 'action', 'text'),
    ('stock_snapshot', 'header', 'line_count', 'line_count', 'integer'),
    ('stock_snapshot', 'header', 'attributes', 'attributes', 'jsonb'),
    ('stock_snapshot', 'header', 'doc_no', 'snapshot_no', 'text'),
    ('stock_snapshot', 'header', 'as_of', 'as_of', 'timestamp with time zone'),
    ('stock_snapshot', 'header', 'through_seq', 'through_seq', 'bigint'),
    ('stock_snapshot', 'header', 'total_qty', 'total_qty', 'numeric'),
    ('stock_snapshot', 'header', 'request_no', 'request_no', 'text'),
    ('stock_snapshot', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('stock_snapshot', 'line', 'item_code', 'item_code', 'text'),
    ('stock_snapshot', 'line', 'qty', 'qty', 'numeric'),
    ('stock_snapshot', 'line', 'uom', 'uom', 'text'),
    ('stock_snapshot', 'line', 'lot_no', 'lot_no', 'text'),
    ('stock_snapshot', 'line', 'location_code', 'location_code', 'text'),
    ('stock_snapshot', 'line', 'stock_status', 'stock_status', 'text'),
    ('book_correction', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('book_correction', 'header', 'action', 'action', 'text'),
    ('book_correction', 'header', 'line_count', 'line_count', 'integer'),
    ('book_correction', 'header', 'attributes', 'attributes', 'jsonb'),
    ('book_correction', 'header', 'doc_no', 'correction_no', 'text'),
    ('book_correction', 'header', 'run_id', 'run_id', 'bigint'),
    ('book_correction', 'header', 'note', 'reason', 'text'),
    ('book_correction', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('book_correction', 'line', 'item_code', 'item_code', 'text'),
    ('book_correction', 'line', 'qty', 'qty', 'numeric'),
    ('book_correction', 'line', 'uom', 'uom', 'text'),
    ('book_correction', 'line', 'lot_no', 'lot_no', 'text'),
    ('book_correction', 'line', 'stock_status', 'stock_status', 'text'),
    ('count_request', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('count_request', 'header', 'action', 'action', 'text'),
    ('count_request', 'header', 'line_count', 'line_count', 'integer'),
    ('count_request', 'header', 'attributes', 'attributes', 'jsonb'),
    ('count_request', 'header', 'doc_no', 'request_no', 'text'),
    ('count_request', 'header', 'run_id', 'run_id', 'bigint'),
    ('count_request', 'header', 'note', 'reason', 'text'),
    ('count_request', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('count_request', 'line', 'item_code', 'item_code', 'text'),
    ('count_request', 'line', 'lot_no', 'lot_no', 'text'),
    ('count_request', 'line', 'location_code', 'location_code', 'text'),
    ('count_request', 'line', 'stock_status', 'stock_status', 'text'),
    ('snapshot_request', 'header', 'warehouse_code', 'warehouse_code', 'text'),
    ('snapshot_request', 'header', 'action', 'action', 'text'),
    ('snapshot_request', 'header', 'line_count', 'line_count', 'integer'),
    ('snapshot_request', 'header', 'attributes', 'attributes', 'jsonb'),
    ('snapshot_request', 'header', 'doc_no', 'request_no', 'text'),
    ('snapshot_request', 'header', 'run_id', 'run_id', 'bigint'),
    ('snapshot_request', 'header', 'note', 'reason', 'text'),
    ('snapshot_request', 'line', 'warehouse_code', 'warehouse_code', 'text'),
    ('snapshot_request', 'line', 'item_code', 'item_code', 'text'),
    ('snapshot_request', 'line', 'lot_no', 'lot_no', 'text'),
    ('snapshot_request', 'line', 'stock_status', 'stock_status', 'text');

INSERT INTO staging.rule VALUES
    ('SYN-001', 'error', 'fix data', '{column} is missing', 'send the document again with it'),
    ('SYN-002', 'error', 'fix data', '{column} holds a control character: {value}', 'remove tabs, line ends and other control characters from codes'),
    ('SYN-003', 'error', 'fix data', '{column} is longer than {expected} characters: {value}', 'codes have up to 200 characters; use attributes for longer texts'),
    ('SYN-004', 'error', 'fix data', 'the document has no lines', 'send at least one line; only milestones, answers, final facts and empty snapshots have none'),
    ('SYN-005', 'error', 'fix data', 'more lines arrived than line_count says: {value}, not {expected}', 'send the document again under a new message_id with the right line_count'),
    ('SYN-006', 'error', 'fix data', 'lines were sent with action {expected}: {value}', 'cancel, close and reverse act on the whole document; to cancel one line send a revision without it'),
    ('SYN-007', 'error', 'fix data', 'lines are missing: {value} of {expected} arrived in time', 'send the missing lines; the message goes on by itself'),
    ('SYN-008', 'error', 'fix data', 'the line''s warehouse_code {value} is not its header''s {expected}', 'a document belongs to one warehouse'),
    ('SYN-009', 'error', 'fix data', '{column} {value} is not one of: {expected}', 'use one of the values listed'),
    ('SYN-010', 'warning', 'fix data', 'the line came after its message was processed; it has no effect', 'set line_count when header and lines travel in different transactions'),
    ('SYN-011', 'error', 'fix data', '{column} must be {expected}: {value}', 'correct the value'),
    ('SYN-012', 'error', 'fix data', 'time_zone {value} is not known', 'use an IANA name such as Europe/Berlin'),
    ('SYN-013', 'error', 'fix data', '{column} is infinite', 'send a real date'),
    ('SYN-014', 'error', 'fix data', '{column} says {value} and {expected} contradicts it', 'reverses_no goes with action reverse, and only with it'),
    ('SYN-015', 'error', 'fix data', 'the WMS cannot represent {column} {value}: {expected} is off', 'send it in a form that the WMS knows; when it has learnt more, ops.set_policy says so and ops.requeue tries again'),
    ('QTY-001', 'error', 'fix data', 'the quantity is zero', 'leave the line out'),
    ('QTY-002', 'error', 'fix data', 'the quantity is negative: {value}', 'only adjustments are signed; to take a fact back send action reverse'),
    ('QTY-003', 'error', 'fix data', 'the quantity is not a finite number: {value}', 'send a number'),
    ('QTY-004', 'error', 'fix data', 'the quantity is too large: {value} is {expected} or more base units', 'check the unit'),
    ('QTY-005', 'task', 'decide', 'more than the order line allows: {value} above {expected}', 'receipts above tolerance are booked blocked; agree with the party, then release, return or keep'),
    ('QTY-006', 'wait', 'decide', 'stock would fall below zero: {value} is there, {expected} is needed', 'an earlier fact is missing or late; count the location'),
    ('QTY-007', 'task', 'decide', '{value} is not in the order', 'posted without an order line; decide whose it is'),
    ('REF-001', 'wait', 'fix data', 'item {value} is not known', 'send the item; the message goes on by itself'),
    ('REF-002', 'wait', 'fix data', 'warehouse {value} is not known', 'send the warehouse; the message goes on by itself'),
    ('REF-003', 'wait', 'fix data', 'party {value} in the role {expected} is not known', 'send the party; the message goes on by itself'),
    ('REF-004', 'wait', 'fix data', 'location {value} is not known in the warehouse', 'send the location; the message goes on by itself'),
    ('REF-005', 'wait', 'fix data', 'order {value} is not known', 'send the order; the message goes on by itself'),
    ('REF-006', 'wait', 'fix data', 'the fact {value} to reverse is not applied', 'send or repair the fact; the reversal follows by itself'),
    ('REF-007', 'task', 'decide', 'order {value} did not come in time; posted without it', 'find the order and assign the quantity'),
    ('MAP-001', 'error', 'fix configuration', 'code {value} has no mapping in the domain {expected}', 'add a code_map row, then ops.requeue it, or send the document again under a new message_id'),
    ('DUP-001', 'error', 'fix data', 'the same key came before with other content: message {expected}', 'the earlier message stands; send a correction as a new revision or a reversal'),
    ('DUP-002', 'error', 'decide', 'the request was answered before: {expected}, now {value}', 'the first answer stands; agree on the telephone, then send a new revision'),
    ('SEQ-001', 'error', 'fix data', 'the fact {value} was discarded and cannot be reversed', 'neither the fact nor its reversal has an effect; ops.discard it'),
    ('SEQ-002', 'error', 'fix data', 'counted_through_seq {value} is not above the earlier count''s {expected}', 'count again with a newer position'),
    ('UOM-001', 'wait', 'fix data', 'unit {value} of item {expected} is not known', 'send the item_uom; the message goes on by itself'),
    ('UOM-002', 'error', 'fix data', '{value} is not exact in the base unit {expected}', 'send the quantity in a unit that divides it exactly'),
    ('UOM-003', 'error', 'fix data', '{column} cannot change from {expected} to {value}: stock is kept in it', 'send a new item_code, or send other units as item_uom'),
    ('LOT-001', 'error', 'fix data', 'item {value} is kept by lot and the line names none', 'send lot_no'),
    ('LOT-002', 'error', 'fix data', 'item {value} is kept by serial number and the line names none', 'send one line for each serial number'),
    ('LOT-003', 'error', 'fix data', 'a serial number stands for one piece, not {value}', 'send one line for each serial number'),
    ('LOT-004', 'task', 'decide', 'the lot expires on {expected} as it was said first, and the line says {value}', 'booked blocked; look at the label, then ops.resolve_task: release, keep_blocked or scrap'),
    ('LOT-005', 'task', 'decide', 'serial number {value} is on hand already', 'booked blocked; look at both pieces, then ops.resolve_task: release, keep_blocked or scrap'),
    ('LOT-006', 'task', 'decide', 'the goods had expired on {value}; they came or left on {expected}', 'what came is booked blocked, what left is posted; ops.resolve_task with one of its choices'),
    ('STA-001', 'error', 'fix data', 'the order is {value}; {expected} is no longer possible', 'send a new order for what is still needed'),
    ('STA-002', 'error', 'fix data', 'the move changes neither location nor status', 'ops.discard it, and send the move that was meant'),
    ('STA-003', 'error', 'fix data', '{value} cannot be reversed', 'send the opposite fact'),
    ('STA-004', 'error', 'fix data', 'the fact {value} is reversed already', 'the first reversal stands; ops.discard this one'),
    ('STA-005', 'task', 'decide', 'a fact came for a line that is {value}', 'keep it, or have it brought back'),
    ('STA-006', 'error', 'fix data', 'stock status {value} is not legal here', 'in_transit is moved by transfers; only a WRITE_OFF adjustment names it'),
    ('STA-007', 'error', 'decide', 'the warehouse refused the request: {value}', 'send a new revision'),
    ('STA-008', 'warning', 'decide', 'the warehouse kept the line at {value}, not {expected}', 'what is done stays done, and the warehouse answers line by line'),
    ('STA-009', 'task', 'decide', 'the warehouse did not answer within {expected}', 'ask the warehouse; nothing is assumed'),
    ('STA-010', 'task', 'decide', 'the order was said to be final; facts of it are not applied: {value}', 'repair or discard them, or force the end with resolve_task; they post all the same'),
    ('STA-011', 'task', 'decide', 'order {value} was closed by force before this fact came', 'posted as usual; look whether the end was right, then acknowledge'),
    ('STA-012', 'task', 'decide', 'the warehouse refused a change that needed no answer: {value}, {expected}', 'the order stands as agreed; talk to the warehouse, then send a new revision'),
    ('PER-001', 'task', 'decide', 'occurred_at {value} lies ahead of the clock by more than {expected}', 'check the sender''s clock'),
    ('PER-002', 'task', 'decide', 'it happened on {value}, in a closed period; it counts for {expected}', 'the view ops.cut_off lists it for both months; tell whoever reports them'),
    ('AUT-001', 'error', 'fix configuration', 'warehouse {value} is not assigned to this sender', 'ask the DBA to run ops.register_system with the warehouse, then ops.requeue'),
    ('AUT-002', 'error', 'fix configuration', 'no {expected} is registered for warehouse {value}', 'register it with ops.register_system, then ops.requeue the message'),
    ('RES-001', 'error', 'retry', 'a resource was short or busy: {value}', 'tried again by itself'),
    ('SYS-001', 'error', 'fix configuration', 'unexpected: {value}', 'ask support; after the repair ops.requeue it');

INSERT INTO staging.state VALUES
    ('message', 'received', true, 'waiting for its turn, or for its missing lines'),
    ('message', 'waiting', true, 'blocked by one named thing that is not here yet'),
    ('message', 'retrying', true, 'met a transient fault; tried again at next_attempt_at'),
    ('message', 'held', true, 'stopped by an operator'),
    ('message', 'error', false, 'needs a person or a corrected message; all its errors are listed'),
    ('message', 'applied', false, 'its effects and its deliveries are committed'),
    ('message', 'refused', false, 'a request that was answered no, with the reason'),
    ('message', 'duplicate', false, 'same business content as an earlier message; no effect'),
    ('message', 'superseded', false, 'replaced by a newer revision or a correction'),
    ('message', 'discarded', false, 'given up by an operator, with a reason'),
    ('inbox', 'pending', true, 'not yet read by the receiver'),
    ('inbox', 'taken', true, 'read; from here a cancel is a request to the receiver'),
    ('inbox', 'accepted', false, 'agreed, or posted by the receiver'),
    ('inbox', 'refused', false, 'answered no by the receiver, with a reason code'),
    ('inbox', 'withdrawn', false, 'superseded or cancelled before it was taken'),
    ('order', 'released', true, 'sent to the warehouse, not read there yet'),
    ('order', 'in_work', true, 'taken, a milestone or a fact exists'),
    ('order', 'closing', true, 'said final, facts of it are still unapplied'),
    ('order', 'completed', false, 'every line done'),
    ('order', 'closed', false, 'ended with a short quantity'),
    ('order', 'cancelled', false, 'every line cancelled'),
    ('order', 'refused', false, 'answered no by the warehouse'),
    ('order_line', 'open', true, 'quantity is still expected'),
    ('order_line', 'completed', false, 'done within tolerance'),
    ('order_line', 'short', false, 'ended below the ordered quantity'),
    ('order_line', 'cancelled', false, 'cancelled before it was done'),
    ('order_line', 'refused', false, 'answered no by the warehouse'),
    ('order_line', 'done_after_cancel', false, 'a fact came after the cancel; a person decides'),
    ('task', 'open', true, 'a person owes the decision'),
    ('task', 'deciding', true, 'decided; what it posts is on its way'),
    ('task', 'done', false, 'decided and carried out, or no longer needed'),
    ('period', 'open', true, 'takes postings; a month that nobody touched is open'),
    ('period', 'closing', true, 'still takes postings, while what blocks its close is cleared'),
    ('period', 'closed', false, 'takes none: what happened in it is posted in the next that is open');

INSERT INTO staging.step VALUES
    ('message', 'received', 'waiting', 'synchronizer'),
    ('message', 'received', 'retrying', 'synchronizer'),
    ('message', 'received', 'held', 'operator'),
    ('message', 'received', 'error', 'synchronizer'),
    ('message', 'received', 'applied', 'synchronizer'),
    ('message', 'received', 'refused', 'synchronizer'),
    ('message', 'received', 'duplicate', 'synchronizer'),
    ('message', 'received', 'superseded', 'synchronizer'),
    ('message', 'received', 'discarded', 'operator'),
    ('message', 'waiting', 'received', 'synchronizer'),
    ('message', 'waiting', 'retrying', 'synchronizer'),
    ('message', 'waiting', 'held', 'operator'),
    ('message', 'waiting', 'error', 'synchronizer'),
    ('message', 'waiting', 'applied', 'synchronizer'),
    ('message', 'waiting', 'refused', 'synchronizer'),
    ('message', 'waiting', 'duplicate', 'synchronizer'),
    ('message', 'waiting', 'superseded', 'synchronizer'),
    ('message', 'waiting', 'discarded', 'operator'),
    ('message', 'retrying', 'received', 'synchronizer'),
    ('message', 'retrying', 'waiting', 'synchronizer'),
    ('message', 'retrying', 'held', 'operator'),
    ('message', 'retrying', 'error', 'synchronizer'),
    ('message', 'retrying', 'applied', 'synchronizer'),
    ('message', 'retrying', 'refused', 'synchronizer'),
    ('message', 'retrying', 'duplicate', 'synchronizer'),
    ('message', 'retrying', 'superseded', 'synchronizer'),
    ('message', 'retrying', 'discarded', 'operator'),
    ('message', 'held', 'received', 'operator'),
    ('message', 'held', 'superseded', 'operator'),
    ('message', 'held', 'discarded', 'operator'),
    ('message', 'error', 'received', 'synchronizer'),
    ('message', 'error', 'held', 'operator'),
    ('message', 'error', 'superseded', 'synchronizer'),
    ('message', 'error', 'discarded', 'operator'),
    ('inbox', 'pending', 'taken', 'receiver'),
    ('inbox', 'pending', 'accepted', 'receiver'),
    ('inbox', 'pending', 'refused', 'receiver'),
    ('inbox', 'taken', 'accepted', 'receiver'),
    ('inbox', 'taken', 'refused', 'receiver'),
    ('inbox', 'taken', 'pending', 'receiver'),
    ('inbox', 'pending', 'withdrawn', 'synchronizer'),
    ('task', 'open', 'deciding', 'operator'),
    ('task', 'open', 'done', 'synchronizer'),
    ('task', 'deciding', 'open', 'synchronizer'),
    ('task', 'deciding', 'done', 'synchronizer'),
    ('period', 'open', 'closing', 'operator'),
    ('period', 'open', 'closed', 'operator'),
    ('period', 'closing', 'open', 'operator'),
    ('period', 'closing', 'closed', 'operator'),
    ('period', 'closed', 'open', 'operator');

INSERT INTO ops.choice VALUES
    ('QTY-005', 'goods_receipt', 'release', 'the surplus is accepted: pay for it, or agree on it', 'stock_move from blocked to the status as sent', 'release', 'purchasing'),
    ('QTY-005', 'goods_receipt', 'keep_blocked', 'it stays blocked, until it is sent back or moved', 'nothing', 'none', 'purchasing'),
    ('QTY-005', 'goods_receipt', 'scrap', 'the goods are thrown away here; the WMS does not report it as well', 'stock_adjustment out of blocked, reason SCRAP', 'scrap', 'purchasing'),
    ('QTY-005', 'production_receipt', 'release', 'the surplus is accepted: pay for it, or agree on it', 'stock_move from blocked to the status as sent', 'release', 'production'),
    ('QTY-005', 'production_receipt', 'keep_blocked', 'it stays blocked, until it is sent back or moved', 'nothing', 'none', 'production'),
    ('QTY-005', 'production_receipt', 'scrap', 'the goods are thrown away here; the WMS does not report it as well', 'stock_adjustment out of blocked, reason SCRAP', 'scrap', 'production'),
    ('QTY-005', 'shipment', 'keep', 'what left too much stays posted: charge it, or have it sent back', 'nothing', 'none', 'sales'),
    ('QTY-005', 'material_issue', 'keep', 'what left too much stays posted: charge it, or have it sent back', 'nothing', 'none', 'production'),
    ('QTY-006', '*', 'accept', 'it stays below zero until a late fact or a count mends it', 'nothing', 'none', 'stock control'),
    ('QTY-006', '*', 'adjust', 'the goods were there: the book was short', 'stock_adjustment of what is below zero, reason FOUND', 'lift', 'stock control'),
    ('QTY-007', 'goods_receipt', 'keep', 'it stays posted beside the order''s lines', 'nothing', 'none', 'purchasing'),
    ('QTY-007', 'goods_receipt', 'block', 'what came is set aside, until it is cleared', 'stock_move from the status as posted to blocked', 'block', 'purchasing'),
    ('QTY-007', 'production_receipt', 'keep', 'it stays posted beside the order''s lines', 'nothing', 'none', 'production'),
    ('QTY-007', 'production_receipt', 'block', 'what came is set aside, until it is cleared', 'stock_move from the status as posted to blocked', 'block', 'production'),
    ('QTY-007', 'shipment', 'keep', 'it stays posted beside the order''s lines', 'nothing', 'none', 'sales'),
    ('QTY-007', 'material_issue', 'keep', 'it stays posted beside the order''s lines', 'nothing', 'none', 'production'),
    ('REF-007', 'goods_receipt', 'keep', 'it stays posted without an order', 'nothing', 'none', 'purchasing'),
    ('REF-007', 'goods_receipt', 'block', 'what came is set aside, until it is cleared', 'stock_move from the status as posted to blocked', 'block', 'purchasing'),
    ('REF-007', 'production_receipt', 'keep', 'it stays posted without an order', 'nothing', 'none', 'production'),
    ('REF-007', 'production_receipt', 'block', 'what came is set aside, until it is cleared', 'stock_move from the status as posted to blocked', 'block', 'production'),
    ('REF-007', 'shipment', 'keep', 'it stays posted without an order', 'nothing', 'none', 'sales'),
    ('REF-007', 'material_issue', 'keep', 'it stays posted without an order', 'nothing', 'none', 'production'),
    ('REF-007', 'stock_adjustment', 'keep', 'it stays posted without an order', 'nothing', 'none', 'stock control'),
    ('STA-005', 'goods_receipt', 'keep', 'it stays posted to the line that had ended', 'nothing', 'none', 'purchasing'),
    ('STA-005', 'goods_receipt', 'block', 'what came is set aside, until it is cleared', 'stock_move from the status as posted to blocked', 'block', 'purchasing'),
    ('STA-005', 'production_receipt', 'keep', 'it stays posted to the line that had ended', 'nothing', 'none', 'production'),
    ('STA-005', 'production_receipt', 'block', 'what came is set aside, until it is cleared', 'stock_move from the status as posted to blocked', 'block', 'production'),
    ('STA-005', 'shipment', 'keep', 'it stays posted to the line that had ended', 'nothing', 'none', 'sales'),
    ('STA-005', 'material_issue', 'keep', 'it stays posted to the line that had ended', 'nothing', 'none', 'production'),
    ('LOT-004', 'goods_receipt', 'release', 'the date was checked: the lot is good', 'stock_move from blocked to the status as sent', 'release', 'stock control'),
    ('LOT-004', 'goods_receipt', 'keep_blocked', 'it stays blocked, until it is sent back or moved', 'nothing', 'none', 'stock control'),
    ('LOT-004', 'goods_receipt', 'scrap', 'the goods are thrown away here; the WMS does not report it as well', 'stock_adjustment out of blocked, reason SCRAP', 'scrap', 'stock control'),
    ('LOT-004', 'production_receipt', 'release', 'the date was checked: the lot is good', 'stock_move from blocked to the status as sent', 'release', 'stock control'),
    ('LOT-004', 'production_receipt', 'keep_blocked', 'it stays blocked, until it is sent back or moved', 'nothing', 'none', 'stock control'),
    ('LOT-004', 'production_receipt', 'scrap', 'the goods are thrown away here; the WMS does not report it as well', 'stock_adjustment out of blocked, reason SCRAP', 'scrap', 'stock control'),
    ('LOT-005', 'goods_receipt', 'release', 'the serial number was checked: this piece is the right one', 'stock_move from blocked to the status as sent', 'release', 'stock control'),
    ('LOT-005', 'goods_receipt', 'keep_blocked', 'it stays blocked, until it is sent back or moved', 'nothing', 'none', 'stock control'),
    ('LOT-005', 'goods_receipt', 'scrap', 'the goods are thrown away here; the WMS does not report it as well', 'stock_adjustment out of blocked, reason SCRAP', 'scrap', 'stock control'),
    ('LOT-005', 'production_receipt', 'release', 'the serial number was checked: this piece is the right one', 'stock_move from blocked to the status as sent', 'release', 'stock control'),
    ('LOT-005', 'production_receipt', 'keep_blocked', 'it stays blocked, until it is sent back or moved', 'nothing', 'none', 'stock control'),
    ('LOT-005', 'production_receipt', 'scrap', 'the goods are thrown away here; the WMS does not report it as well', 'stock_adjustment out of blocked, reason SCRAP', 'scrap', 'stock control'),
    ('LOT-006', 'goods_receipt', 'release', 'it may be used all the same', 'stock_move from blocked to the status as sent', 'release', 'stock control'),
    ('LOT-006', 'goods_receipt', 'keep_blocked', 'it stays blocked, until it is sent back or moved', 'nothing', 'none', 'stock control'),
    ('LOT-006', 'goods_receipt', 'scrap', 'the goods are thrown away here; the WMS does not report it as well', 'stock_adjustment out of blocked, reason SCRAP', 'scrap', 'stock control'),
    ('LOT-006', 'production_receipt', 'release', 'it may be used all the same', 'stock_move from blocked to the status as sent', 'release', 'stock control'),
    ('LOT-006', 'production_receipt', 'keep_blocked', 'it stays blocked, until it is sent back or moved', 'nothing', 'none', 'stock control'),
    ('LOT-006', 'production_receipt', 'scrap', 'the goods are thrown away here; the WMS does not report it as well', 'stock_adjustment out of blocked, reason SCRAP', 'scrap', 'stock control'),
    ('LOT-006', 'shipment', 'keep', 'it has left although it was expired: the customer is told', 'nothing', 'none', 'stock control'),
    ('LOT-006', 'material_issue', 'keep', 'it has left although it was expired: the customer is told', 'nothing', 'none', 'stock control'),
    ('STA-009', '*', 'accepted', 'the warehouse said yes, by telephone', 'the answer accepted to the request', 'accept', 'warehouse'),
    ('STA-009', '*', 'refused', 'the warehouse said no, by telephone', 'the answer refused to the request', 'refuse', 'warehouse'),
    ('STA-010', '*', 'force_close', 'the order ends now; facts of it that come later are posted, each with a task', 'the end of the order; no stock', 'end', 'stock control'),
    ('STA-010', '*', 'wait', 'the order ends by itself when its last fact is applied', 'nothing', 'stay', 'stock control'),
    ('STA-011', '*', 'acknowledge', 'the fact stays posted, after the end of its order', 'nothing', 'none', 'stock control'),
    ('STA-012', '*', 'acknowledge', 'the warehouse works on without the change', 'nothing', 'none', 'warehouse'),
    ('PER-001', '*', 'acknowledge', 'the clock was looked at; the fact stays posted', 'nothing', 'none', 'IT'),
    ('PER-002', '*', 'acknowledge', 'it stays in the month that it was posted to', 'nothing', 'none', 'finance');

INSERT INTO ops.act VALUES
    ('requeue', 'error', 'received', 'judge it afresh, from the start'),
    ('requeue', 'waiting', 'received', 'judge it afresh, from the start'),
    ('requeue', 'retrying', 'received', 'judge it afresh, from the start'),
    ('hold', 'received', 'held', 'stop it; later messages of its document wait too'),
    ('hold', 'waiting', 'held', 'stop it; later messages of its document wait too'),
    ('hold', 'retrying', 'held', 'stop it; later messages of its document wait too'),
    ('hold', 'error', 'held', 'stop it; later messages of its document wait too'),
    ('release', 'held', 'received', 'let a held message go on'),
    ('discard', 'held', 'discarded', 'give it up for good'),
    ('discard', 'error', 'discarded', 'give it up for good'),
    ('discard', 'waiting', 'discarded', 'give it up for good'),
    ('amend', 'error', 'superseded', 'replace it by a corrected version'),
    ('amend', 'waiting', 'superseded', 'replace it by a corrected version'),
    ('amend', 'held', 'superseded', 'replace it by a corrected version');

INSERT INTO staging.race VALUES
    ('unread', 'cancel', 'withdraw', 3, 'agreed at once; an unread delivery is withdrawn, the warehouse never hears of it'),
    ('unread', 'close', 'close', 4, 'agreed at once; the warehouse is told unless it never read the order'),
    ('unread', 'decrease', 'replace', 1, 'agreed at once; the unread delivery is withdrawn, the new revision takes its place'),
    ('unread', 'increase', 'replace', 1, 'agreed at once; the unread delivery is withdrawn, the new revision takes its place'),
    ('unread', 'header', 'replace', 1, 'agreed at once; the unread delivery is withdrawn, the new revision takes its place'),
    ('read', 'cancel', 'ask', 5, 'forwarded; only the warehouse''s answer decides, line by line'),
    ('read', 'close', 'close', 4, 'agreed at once; the warehouse is told unless it never read the order'),
    ('read', 'decrease', 'ask', 5, 'forwarded; only the warehouse''s answer decides, line by line'),
    ('read', 'increase', 'tell', 0, 'agreed at once; the new revision is delivered, no answer is needed'),
    ('read', 'header', 'tell', 0, 'agreed at once; the new revision is delivered, no answer is needed'),
    ('picking', 'cancel', 'ask', 5, 'forwarded; only the warehouse''s answer decides, line by line'),
    ('picking', 'close', 'close', 4, 'agreed at once; the warehouse is told unless it never read the order'),
    ('picking', 'decrease', 'ask', 5, 'forwarded; only the warehouse''s answer decides, line by line'),
    ('picking', 'increase', 'tell', 0, 'agreed at once; the new revision is delivered, no answer is needed'),
    ('picking', 'header', 'ask', 5, 'forwarded; only the warehouse''s answer decides, line by line'),
    ('ended', 'cancel', 'refuse', 6, 'refused: STA-001, naming the fact that ended the order'),
    ('ended', 'close', 'refuse', 6, 'refused: STA-001, naming the fact that ended the order'),
    ('ended', 'decrease', 'refuse', 6, 'refused: STA-001, naming the fact that ended the order'),
    ('ended', 'increase', 'refuse', 6, 'refused: STA-001, naming the fact that ended the order'),
    ('ended', 'header', 'refuse', 6, 'refused: STA-001, naming the fact that ended the order'),
    ('cancelled', 'cancel', 'withdraw', 3, 'agreed at once; an unread delivery is withdrawn, the warehouse never hears of it'),
    ('cancelled', 'close', 'withdraw', 3, 'agreed at once; an unread delivery is withdrawn, the warehouse never hears of it'),
    ('cancelled', 'decrease', 'release', 2, 'agreed at once; the order is released anew'),
    ('cancelled', 'increase', 'release', 2, 'agreed at once; the order is released anew'),
    ('cancelled', 'header', 'release', 2, 'agreed at once; the order is released anew'),
    ('refused', 'cancel', 'withdraw', 3, 'agreed at once; an unread delivery is withdrawn, the warehouse never hears of it'),
    ('refused', 'close', 'withdraw', 3, 'agreed at once; an unread delivery is withdrawn, the warehouse never hears of it'),
    ('refused', 'decrease', 'release', 2, 'agreed at once; the order is released anew'),
    ('refused', 'increase', 'release', 2, 'agreed at once; the order is released anew'),
    ('refused', 'header', 'release', 2, 'agreed at once; the order is released anew'),
    ('unread', 'fact', 'post', 7, 'posted; the order is in work, for whoever ships has read it'),
    ('read', 'fact', 'post', 7, 'posted; what is done stays done, whatever is asked later'),
    ('picking', 'fact', 'post', 7, 'posted; what is done stays done, whatever is asked later'),
    ('ended', 'fact', 'post', 7, 'posted; it lowers what was short, then tolerance decides'),
    ('cancelled', 'fact', 'post_flagged', 8, 'posted; the line is done_after_cancel, STA-005'),
    ('refused', 'fact', 'post_flagged', 8, 'posted; the line is done_after_cancel, STA-005'),
    ('asked_unread', 'newer', 'supersede', 9, 'the question is withdrawn, and the newer request is judged in its place'),
    ('asked_read', 'newer', 'wait', 10, 'the newer request waits until the question is answered'),
    ('asked_unread', 'silence', 'alarm', 11, 'a task; the question stays open, nothing is assumed'),
    ('asked_read', 'silence', 'alarm', 11, 'a task; the question stays open, nothing is assumed');

INSERT INTO book.lane_counter VALUES
    ('*', 0, 0, 0);

INSERT INTO recon.class VALUES
    ('RUN_INVALID', 0, 'run', 'A', 'DBA', 'mend what the gate names, run again', false, false, 'a gate failed; no differences are published'),
    ('UNKNOWN_ITEM', 1, 'quarantine', 'A', 'master data', 'add the mapping or the item, run again', false, false, 'an item code that neither the map nor the books know'),
    ('UNKNOWN_WAREHOUSE', 1, 'quarantine', 'A', 'master data', 'add the warehouse, run again', false, false, 'a warehouse that the books do not know'),
    ('UNKNOWN_STATUS', 1, 'quarantine', 'A', 'master data', 'add the mapping, run again', false, false, 'a stock status that neither the map nor the catalogue knows'),
    ('UNKNOWN_UOM', 1, 'quarantine', 'A', 'master data', 'add the unit of the item, run again', false, false, 'a unit without a ratio to the base unit'),
    ('DUPLICATE_KEY', 2, 'quarantine', 'A', 'integration', 'mend the extract of the snapshot', false, false, 'the same item, lot, location and status stands twice in one snapshot'),
    ('NOT_COMPARABLE', 3, 'quarantine', 'A', 'none', 'none: counted and shown', false, false, 'one side does not keep this stock, by a dated rule'),
    ('CUT_OFF', 4, 'part', 'A', 'none', 'none: gone with the next run', false, false, 'posted on both sides, on one of them after its snapshot'),
    ('IN_FLIGHT', 5, 'part', 'A', 'none', 'none: on its way', false, false, 'known here, not posted by the other side yet'),
    ('IN_FLIGHT_LATE', 5, 'part', 'A', 'IT queue', 'look why it is not posted yet', false, false, 'on its way for longer than agreed'),
    ('REJECTED', 6, 'part', 'A', 'key user', 'correct it and let it go on', false, false, 'stands in error or was stopped, and waits for a person'),
    ('UNCONFIRMED', 7, 'part', 'A', 'IT', 'ask the receiver by delivery, then post or give up', false, false, 'read by the receiver, no answer within the limit'),
    ('LATE_MESSAGE', 8, 'residual', 'A', 'none', 'none: the last run is restated', false, false, 'told after the last run, though it happened before'),
    ('CARRIED_FORWARD', 9, 'residual', 'A', 'as before', 'as before', false, false, 'open since an earlier night, nothing new'),
    ('ROUNDING', 10, 'residual', 'B', 'none', 'none while the sum stays small', false, false, 'smaller than what the coarser side cannot write'),
    ('LOT_GRANULARITY', 11, 'residual', 'A', 'master data', 'declare the roll-up of lots', false, false, 'one side keeps the item without lots; over all lots nothing is left'),
    ('STATUS_SHIFT', 12, 'residual', 'B', 'mapping owner', 'look at the map of statuses', false, true, 'stands under another status on the other side'),
    ('LOT_SHIFT', 12, 'residual', 'B', 'key user', 'look at the lot numbers', false, true, 'stands under another lot on the other side'),
    ('WAREHOUSE_SHIFT', 12, 'residual', 'B', 'transfer desk', 'look at the transfers', false, true, 'stands in another warehouse on the other side'),
    ('UOM_BALANCE', 13, 'residual', 'B', 'master data', 'look at the units of the item', false, false, 'the books differ by the factor of a unit'),
    ('DUPLICATE', 14, 'residual', 'A', 'key user', 'reverse the document that is named', false, true, 'the ERP posted one fact twice, its echo says so'),
    ('QTY_MISPOST', 15, 'residual', 'A', 'key user', 'correct the document that is named', false, true, 'the ERP posted another quantity, its echo says so'),
    ('UOM_MISPOST', 15, 'residual', 'A', 'key user', 'correct the document that is named', false, true, 'the ERP posted another unit, its echo says so'),
    ('MISROUTED', 16, 'residual', 'A', 'mapping owner', 'correct the map and the document', false, true, 'the ERP posted to another item, lot or status, its echo says so'),
    ('SEQ_GAP', 17, 'residual', 'B', 'IT', 'ask the WMS for the missing numbers', false, false, 'numbers of the WMS are missing in the window of this run'),
    ('POSSIBLE_DUPLICATE', 18, 'residual', 'C', 'key user', 'look up the document', false, false, 'as large as one movement: it may stand twice'),
    ('POSSIBLE_LOST_APPLY', 18, 'residual', 'C', 'key user', 'look up the document', false, false, 'as large as one movement: it may be missing'),
    ('POSSIBLE_SIGN', 18, 'residual', 'C', 'key user', 'look up the document', false, false, 'twice as large as one movement: it may have the wrong sign'),
    ('POSSIBLE_UOM_MOVE', 18, 'residual', 'C', 'key user', 'look up the document', false, false, 'one movement in another unit would explain it'),
    ('UNREPORTED_ERP', 19, 'residual', 'A', 'controller', 'find the posting in the ERP', true, true, 'the ERP''s book changed outside the interface'),
    ('UNREPORTED_WMS', 19, 'residual', 'A', 'controller', 'count the stock', true, true, 'the WMS''s book changed without a fact'),
    ('OPENING_DIFFERENCE', 20, 'residual', 'none', 'controller', 'align the books once', true, false, 'no earlier run of the warehouse: the books differed from the start'),
    ('UNEXPLAINED', 21, 'residual', 'none', 'controller', 'count the stock', true, false, 'no cause was found');

INSERT INTO recon.phrase VALUES
    ('parts', 'ERP {erp} = WMS {wms}{terms}'),
    ('late', 'ERP {erp} = WMS {wms}{terms}; a message told late restates the last run by {restated}'),
    ('carried', '{residual} {uom} open since {first_seen_on}, nothing new; was {was}'),
    ('closed', 'the {carried} {uom} of the last run are gone'),
    ('quarantine', '{residual} {uom} left, while {lines} lines of a snapshot lie apart ({classes})'),
    ('held_back', '{residual} {uom} left; a message of unknown quantity waits: {documents}'),
    ('rounding', '{residual} {uom} is within {limit}, what the coarser side cannot write'),
    ('lots', 'the {side} side keeps {item} without lots; over all lots nothing is left'),
    ('shift', '{residual} {uom} here, the opposite at {others}'),
    ('uom_balance', 'ERP {erp} is WMS {wms} times or divided by {factor}, the factor of {unit}'),
    ('echo', 'the ERP posted {posted} instead of {intended} {uom}: {documents}'),
    ('gap', 'the WMS''s book changed by {wms_drift} {uom}; its numbers {numbers} never came'),
    ('possible', 'the {side} book is off by {drift} {uom}; one movement would explain it: {documents}'),
    ('unreported', 'the {side} book changed by {drift} {uom} outside the interface'),
    ('both_sides', 'the ERP''s book changed by {erp_drift}, the WMS''s by {wms_drift} {uom}, both outside the interface'),
    ('opening', 'ERP {erp}, WMS {wms}{terms}; {residual} {uom} differ from the start'),
    ('unexplained', 'ERP {erp}, WMS {wms}{terms}; {residual} {uom} have no cause');

COMMENT ON FUNCTION staging.sender() IS
'The system that this login sends for; told by session_user, which SET ROLE does not change.';

CREATE FUNCTION staging.my_warehouses() RETURNS text []
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    me text := staging.sender();
BEGIN
    RETURN (
        SELECT CASE
            WHEN s.kind = 'erp' AND count(w.warehouse_code) = 0 THEN NULL
            ELSE coalesce(array_agg(w.warehouse_code) FILTER (WHERE w.warehouse_code IS NOT NULL), '{}')
        END
        FROM ops.system AS s
        LEFT JOIN ops.system_warehouse AS w ON w.system_code = s.system_code
        WHERE s.system_code = me
        GROUP BY s.kind
    );
END
$body$;

COMMENT ON FUNCTION staging.my_warehouses() IS
'The warehouses that this login sees; null means all of them.';

CREATE FUNCTION staging.map_out(receiver text, map_domain text, code text) RETURNS text
LANGUAGE sql STABLE
AS $body$
SELECT coalesce((
    SELECT c.external_code
    FROM book.code_map AS c
    WHERE c.system_code = receiver AND c.domain = map_domain AND c.canonical_code = code AND c.active
    ORDER BY c.is_default_out DESC, c.external_code
    LIMIT 1
), code)
$body$;

COMMENT ON FUNCTION staging.map_out(text, text, text) IS
'The code as the receiver writes it: its default code for the canonical one, else the lowest.';

CREATE FUNCTION staging.is_time_zone(zone text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN zone IS NULL OR (now() AT TIME ZONE zone) IS NOT NULL;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$body$;

COMMENT ON FUNCTION staging.is_time_zone(text) IS
'Says whether the server knows the time zone; null counts as known.';

CREATE FUNCTION staging.order_type_of(doc_type text, order_type text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $body$
SELECT CASE
    WHEN doc_type IN ('material_issue', 'production_receipt') THEN 'production_order'
    WHEN doc_type = 'goods_receipt' AND btrim(order_type) = 'transfer_order' THEN 'transit_notice'
    WHEN doc_type <> 'stock_move' THEN nullif(btrim(order_type), '')
END
$body$;

COMMENT ON FUNCTION staging.order_type_of(text, text) IS
'The type of the order that a fact names, as the book keeps it.';

CREATE FUNCTION staging.trim_message_id() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    NEW.message_id := btrim(NEW.message_id, E' \t\r\n');
    RETURN NEW;
END
$body$;

COMMENT ON FUNCTION staging.trim_message_id() IS 'Stores message_id trimmed.';

CREATE TRIGGER line_trim BEFORE INSERT ON staging.line
FOR EACH ROW WHEN (new.message_id <> btrim(new.message_id, E' \t\r\n'))
EXECUTE FUNCTION staging.trim_message_id();

CREATE TRIGGER posting_line_trim BEFORE INSERT ON staging.posting_line
FOR EACH ROW WHEN (new.message_id <> btrim(new.message_id, E' \t\r\n'))
EXECUTE FUNCTION staging.trim_message_id();

CREATE FUNCTION staging.refuse_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF NEW.state = 'received' AND NEW.waiting_for NOT IN ('lines', 'window') THEN
        RAISE EXCEPTION 'message % would be received and wait for % for ever', OLD.seq, NEW.waiting_for
            USING ERRCODE = '55000',
            HINT = 'ops.requeue(' || OLD.seq || ', reason) clears what it waits for and judges it afresh';
    END IF;
    RAISE EXCEPTION 'message % cannot go from % to %', OLD.seq, OLD.state, NEW.state
        USING ERRCODE = '55000', HINT = staging.legal_acts(OLD.seq, OLD.state);
END
$body$;

COMMENT ON FUNCTION staging.refuse_step() IS 'Refuses an illegal step of a message, whoever makes it.';

CREATE FUNCTION staging.record_steps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off
AS $body$
DECLARE
    me text := staging.actor();
    is_engine boolean := current_setting('application_name') LIKE 'crossdock%';
BEGIN
    INSERT INTO staging.event (seq, at, from_state, to_state, actor, reason)
    SELECT n.seq, clock_timestamp(), o.state, n.state,
        CASE
            WHEN n.actor IS DISTINCT FROM o.actor OR n.actor = me THEN coalesce(n.actor, me)
            WHEN is_engine THEN 'crossdock'
            ELSE me
        END,
        CASE
            WHEN is_engine OR n.actor IS DISTINCT FROM o.actor OR n.actor = me
                OR n.state_reason IS DISTINCT FROM o.state_reason
                THEN n.state_reason
        END
    FROM after_step AS n
    INNER JOIN before_step AS o ON n.seq = o.seq
    WHERE n.state <> o.state
    ORDER BY n.seq;
    RETURN NULL;
END
$body$;

COMMENT ON FUNCTION staging.record_steps() IS 'Writes an event for each step of each message.';

CREATE TRIGGER message_event AFTER UPDATE ON staging.message
REFERENCING OLD TABLE AS before_step NEW TABLE AS after_step
FOR EACH STATEMENT EXECUTE FUNCTION staging.record_steps();

CREATE FUNCTION staging.append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION '%.% is append-only', tg_table_schema, tg_table_name
        USING ERRCODE = '55000', HINT = 'corrections are new rows linked to the old';
END
$body$;

COMMENT ON FUNCTION staging.append_only() IS 'Refuses to change or delete rows of an append-only table.';

CREATE TRIGGER event_append_only BEFORE UPDATE ON staging.event
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE TRIGGER event_never_emptied BEFORE TRUNCATE ON staging.event
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE FUNCTION staging.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF tg_table_name = 'line' THEN
        PERFORM FROM staging.message AS m
        WHERE m.sender = OLD.sender AND m.doc_type = OLD.doc_type AND m.message_id = OLD.message_id
            AND m.state = 'held' AND m.amended_from IS NOT NULL;
        IF FOUND THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '%.% keeps what was said: it is not changed', tg_table_schema, tg_table_name
        USING ERRCODE = '55000', HINT = tg_argv[0];
END
$body$;

COMMENT ON FUNCTION staging.refuse_change() IS
'Refuses to change what a sender said or a receiver was told, whoever tries.';

CREATE FUNCTION staging.check_answer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    is_receiver boolean := EXISTS (SELECT FROM ops.login AS l WHERE l.login = session_user);
BEGIN
    IF NEW.state = OLD.state THEN
        IF (NEW.receiver_ref, NEW.answer_reason_code, NEW.answer_note)
            IS DISTINCT FROM (OLD.receiver_ref, OLD.answer_reason_code, OLD.answer_note) THEN
            RAISE EXCEPTION 'delivery % is % already; its answer cannot be changed', OLD.delivery_id, OLD.state
                USING ERRCODE = '55000', HINT = 'repeat the same answer, or send a new document';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM staging.step AS s
        WHERE s.machine = 'inbox' AND s.from_state = OLD.state AND s.to_state = NEW.state
            AND (s.by = 'receiver' OR NOT is_receiver)
    ) THEN
        RAISE EXCEPTION 'delivery % cannot go from % to %', OLD.delivery_id, OLD.state, NEW.state
            USING ERRCODE = '55000',
            HINT = 'pending may become taken, accepted or refused; taken may become accepted, refused or pending';
    END IF;
    IF NEW.state = 'refused' THEN
        IF NOT EXISTS (
            SELECT FROM staging.document_type AS t
            WHERE t.doc_type = NEW.doc_type AND t.road IN ('request', 'instruction')
        ) THEN
            RAISE EXCEPTION 'delivery % is no request and cannot be refused', OLD.delivery_id
                USING ERRCODE = '55000', HINT = 'what it tells has happened: accept it, and correct it with a document of your own';
        END IF;
        IF nullif(btrim(NEW.answer_reason_code), '') IS NULL THEN
            RAISE EXCEPTION 'delivery % cannot be refused without a reason_code', OLD.delivery_id
                USING ERRCODE = '55000', HINT = 'set reason_code in the same UPDATE';
        END IF;
    END IF;
    IF NEW.state <> 'withdrawn' THEN
        NEW.noticed := NOT EXISTS (
            SELECT FROM staging.document_type AS t
            WHERE t.doc_type = NEW.doc_type AND t.road = 'request'
        );
    END IF;
    NEW.answered_at := CASE WHEN NEW.state IN ('accepted', 'refused') THEN clock_timestamp() END;
    RETURN NEW;
END
$body$;

COMMENT ON FUNCTION staging.check_answer() IS 'Checks the receiver''s step in its inbox and stamps the answer.';

CREATE TRIGGER delivery_answer BEFORE UPDATE OF state, receiver_ref, answer_reason_code, answer_note
ON staging.delivery FOR EACH ROW EXECUTE FUNCTION staging.check_answer();

CREATE VIEW book.availability AS
SELECT
    f.warehouse_code,
    f.item_code,
    sum(f.unrestricted_qty) AS unrestricted_qty,
    sum(f.other_qty) AS other_qty,
    sum(f.reserved_qty) AS reserved_qty,
    sum(f.inbound_qty) AS inbound_qty
FROM (
    SELECT
        b.warehouse_code,
        b.item_code,
        CASE WHEN b.stock_status = 'unrestricted' THEN b.qty ELSE 0 END AS unrestricted_qty,
        CASE WHEN b.stock_status = 'unrestricted' THEN 0 ELSE b.qty END AS other_qty,
        0 AS reserved_qty,
        0 AS inbound_qty
    FROM book.balance AS b
    UNION ALL
    SELECT
        l.warehouse_code,
        l.item_code,
        0,
        0,
        CASE WHEN l.direction = 'out' THEN l.open_qty ELSE 0 END,
        CASE WHEN l.direction = 'in' THEN l.open_qty ELSE 0 END
    FROM book.order_line AS l
    WHERE l.state = 'open'
    UNION ALL
    SELECT
        h.other_warehouse_code,
        l.item_code,
        0,
        0,
        0,
        l.open_qty
    FROM book.order_line AS l
    INNER JOIN book.order_head AS h
        ON
            l.warehouse_code = h.warehouse_code
            AND l.order_type = h.order_type
            AND l.order_no = h.order_no
    WHERE l.state = 'open' AND l.order_type = 'transfer_order'
) AS f
GROUP BY f.warehouse_code, f.item_code;

COMMENT ON VIEW book.availability IS
'Stock, reservations and expected goods by warehouse and item, in base units.';

COMMENT ON COLUMN book.availability.warehouse_code IS 'warehouse';
COMMENT ON COLUMN book.availability.item_code IS 'item';
COMMENT ON COLUMN book.availability.unrestricted_qty IS 'stock in status unrestricted';
COMMENT ON COLUMN book.availability.other_qty IS 'stock in all other statuses';
COMMENT ON COLUMN book.availability.reserved_qty IS
'open outbound orders and production components';
COMMENT ON COLUMN book.availability.inbound_qty IS
'open inbound orders, transfers under way and production';

CREATE FUNCTION staging.place_message() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    NEW.message_id := btrim(NEW.message_id, E' \t\r\n');
    NEW.lane := CASE WHEN new.doc_type IN ('item', 'item_uom', 'party', 'warehouse', 'location', 'code_map') THEN '*' ELSE coalesce(nullif(btrim(new.warehouse_code), ''), '*') END;
    NEW.road := CASE new.doc_type WHEN 'item' THEN 'master' WHEN 'item_uom' THEN 'detail' WHEN 'party' THEN 'master' WHEN 'warehouse' THEN 'master' WHEN 'location' THEN 'detail' WHEN 'code_map' THEN 'detail' WHEN 'purchase_order' THEN 'request' WHEN 'sales_order' THEN 'request' WHEN 'production_order' THEN 'request' WHEN 'transfer_order' THEN 'request' WHEN 'customer_return' THEN 'request' WHEN 'supplier_return' THEN 'request' WHEN 'stock_count' THEN 'count' WHEN 'order_milestone' THEN 'answer' WHEN 'order_response' THEN 'answer' WHEN 'stock_snapshot' THEN 'snapshot' WHEN 'book_correction' THEN 'instruction' WHEN 'count_request' THEN 'instruction' WHEN 'snapshot_request' THEN 'instruction' WHEN 'master_resend' THEN 'master' WHEN 'transit_notice' THEN 'request' ELSE 'fact' END;
    NEW.doc_key := new.doc_type || ' ' || coalesce(CASE new.doc_type WHEN 'item' THEN btrim(new.item_code) WHEN 'item_uom' THEN btrim(new.item_code) || ' ' || btrim(new.uom) WHEN 'party' THEN btrim(new.party_code) || ' ' || btrim(new.role) WHEN 'warehouse' THEN btrim(new.warehouse_code) WHEN 'location' THEN btrim(new.warehouse_code) || ' ' || btrim(new.location_code) WHEN 'code_map' THEN btrim(new.system_code) || ' ' || btrim(new.domain) || ' ' || btrim(new.external_code) ELSE btrim(new.doc_no) END, new.message_id);
    RETURN NEW;
END
$body$;

COMMENT ON FUNCTION staging.place_message() IS 'Trims message_id; tells lane, road and document key of a message.';

CREATE TRIGGER message_place BEFORE INSERT OR UPDATE OF message_id, doc_type, warehouse_code, doc_no, item_code, uom, party_code, role, location_code, system_code, domain, external_code
ON staging.message FOR EACH ROW
EXECUTE FUNCTION staging.place_message();

CREATE TRIGGER message_step BEFORE UPDATE OF state ON staging.message
FOR EACH ROW
WHEN (
    OLD.state <> NEW.state
    AND (OLD.state || '>' || NEW.state <> ALL (ARRAY['received>waiting', 'received>retrying', 'received>held', 'received>error', 'received>applied', 'received>refused', 'received>duplicate', 'received>superseded', 'received>discarded', 'waiting>received', 'waiting>retrying', 'waiting>held', 'waiting>error', 'waiting>applied', 'waiting>refused', 'waiting>duplicate', 'waiting>superseded', 'waiting>discarded', 'retrying>received', 'retrying>waiting', 'retrying>held', 'retrying>error', 'retrying>applied', 'retrying>refused', 'retrying>duplicate', 'retrying>superseded', 'retrying>discarded', 'held>received', 'held>superseded', 'held>discarded', 'error>received', 'error>held', 'error>superseded', 'error>discarded'])
        OR (NEW.state = 'received' AND NEW.waiting_for NOT IN ('lines', 'window')))
)
EXECUTE FUNCTION staging.refuse_step();

CREATE TRIGGER message_content BEFORE UPDATE OF sender, doc_type, message_id, warehouse_code, xid, seq, action, attributes, lane, road, doc_key, line_count, amended_from, item_code, version, description, base_uom, item_group, abc_class, gtin, lot_controlled, serial_controlled, shelf_life_days, unit_cost, currency, active, uom, numerator, denominator, party_code, role, name, country_code, address, time_zone, location_code, zone, kind, system_code, domain, external_code, canonical_code, is_default_out, doc_no, revision, ordered_on, expected_at, note, requested_ship_at, carrier_code, ship_to, priority, qty, start_at, due_at, to_warehouse_code, original_order_no, order_type, order_no, delivery_note_no, is_final, occurred_at, source_seq, reverses_no, tracking_no, counted_through_seq, milestone, response, reason_code, as_of, through_seq, total_qty, request_no, run_id
ON staging.message FOR EACH ROW
WHEN (OLD.state <> 'held' OR OLD.amended_from IS NULL)
EXECUTE FUNCTION staging.refuse_change('to correct a document: ops.amend(seq, line_no, column_name, new_value, reason)');

CREATE TRIGGER message_never_emptied BEFORE TRUNCATE ON staging.message
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE TRIGGER line_content BEFORE UPDATE OF sender, doc_type, message_id, warehouse_code, xid, line_no, item_code, qty, uom, lot_no, over_tolerance_pct, under_tolerance_pct, reason_code, order_line_no, serial_no, expires_on, location_code, stock_status, to_location_code, to_stock_status
ON staging.line FOR EACH ROW
EXECUTE FUNCTION staging.refuse_change('to correct a document: ops.amend(seq, line_no, column_name, new_value, reason)');

CREATE TRIGGER line_never_emptied BEFORE TRUNCATE ON staging.line
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE TRIGGER delivery_content BEFORE UPDATE OF delivery_id, receiver, doc_type, message_id, warehouse_code, seq, action, attributes, item_code, version, description, base_uom, item_group, abc_class, gtin, lot_controlled, serial_controlled, shelf_life_days, unit_cost, currency, active, uom, numerator, denominator, party_code, role, name, country_code, address, time_zone, location_code, zone, kind, system_code, domain, external_code, canonical_code, is_default_out, doc_no, revision, ordered_on, expected_at, note, requested_ship_at, carrier_code, ship_to, priority, qty, start_at, due_at, to_warehouse_code, original_order_no, order_type, order_no, delivery_note_no, is_final, occurred_at, source_seq, reverses_no, tracking_no, counted_through_seq, milestone, response, reason_code, as_of, through_seq, total_qty, request_no, run_id
ON staging.delivery FOR EACH ROW
EXECUTE FUNCTION staging.refuse_change('what was delivered is corrected by a further document');

CREATE TRIGGER delivery_never_emptied BEFORE TRUNCATE ON staging.delivery
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE TRIGGER delivery_line_content BEFORE UPDATE OF delivery_id, receiver, doc_type, message_id, warehouse_code, line_no, item_code, qty, uom, lot_no, over_tolerance_pct, under_tolerance_pct, reason_code, order_line_no, serial_no, expires_on, location_code, stock_status, to_location_code, to_stock_status
ON staging.delivery_line FOR EACH ROW
EXECUTE FUNCTION staging.refuse_change('what was delivered is corrected by a further document');

CREATE TRIGGER delivery_line_never_emptied BEFORE TRUNCATE ON staging.delivery_line
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE FUNCTION staging.operator() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT nullif(left(btrim(current_setting('crossdock.operator', true)), 200), '')
$body$;

CREATE FUNCTION staging.actor() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT CAST(session_user AS text) || coalesce(' (' || nullif(staging.operator(), session_user) || ')', '')
$body$;

CREATE FUNCTION staging.need_reason(reason text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF nullif(btrim(reason, E' \t\r\n'), '') IS NULL THEN
        RAISE EXCEPTION 'a reason is needed'
            USING ERRCODE = '22023', HINT = 'say in a few words why; it is kept in ops.audit';
    END IF;
    RETURN btrim(reason, E' \t\r\n');
END
$body$;

CREATE FUNCTION staging.record_act(
    action text, reason text, seq bigint DEFAULT NULL, task_id bigint DEFAULT NULL, detail jsonb DEFAULT NULL
) RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $body$
    INSERT INTO ops.audit (operator, action, seq, task_id, reason, detail)
    VALUES (
        staging.operator(), record_act.action, record_act.seq, record_act.task_id,
        staging.need_reason(record_act.reason), record_act.detail
    )
    RETURNING audit_id
$body$;

COMMENT ON FUNCTION staging.operator() IS
'The name in the setting crossdock.operator; null when it is not set.';
COMMENT ON FUNCTION staging.actor() IS 'The login, and the operator''s name beside it: who made a step.';
COMMENT ON FUNCTION staging.need_reason(text) IS 'The reason, trimmed; fails with 22023 when there is none.';
COMMENT ON FUNCTION staging.record_act(text, text, bigint, bigint, jsonb) IS
'Writes an entry of ops.audit and returns its number; for the functions of operators alone.';

REVOKE ALL ON FUNCTION staging.record_act(text, text, bigint, bigint, jsonb) FROM public;

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

COMMENT ON FUNCTION staging.header_content(staging.message) IS
'What a header says: its document columns, trimmed, before mapping, without warehouse_code.';

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

COMMENT ON FUNCTION staging.line_content(staging.line) IS
'What a line says: its document columns, trimmed, before mapping.';

CREATE FUNCTION staging.snapshot_content(l staging.line) RETURNS text
LANGUAGE sql STABLE
AS $body$
SELECT md5(CAST(ROW(
    l.line_no, nullif(btrim(l.warehouse_code), ''), nullif(btrim(l.item_code), ''), trim_scale(l.qty),
    nullif(btrim(l.uom), ''), nullif(btrim(l.lot_no), ''), nullif(btrim(l.location_code), ''),
    nullif(btrim(l.stock_status), '')
) AS text))
$body$;

COMMENT ON FUNCTION staging.snapshot_content(staging.line) IS
'What a line of a stock snapshot says, as a hash: snapshots are long.';

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

COMMENT ON FUNCTION staging.leave_remembered() IS
'Refuses to delete what belongs to a message that is not retired, whoever tries.';

CREATE TRIGGER message_leave AFTER DELETE ON staging.message
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION staging.leave_remembered();

CREATE TRIGGER delivery_leave AFTER DELETE ON staging.delivery
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION staging.leave_remembered();

CREATE TRIGGER message_error_leave AFTER DELETE ON staging.message_error
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION staging.leave_remembered();

CREATE TRIGGER event_leave AFTER DELETE ON staging.event
REFERENCING OLD TABLE AS gone
FOR EACH STATEMENT EXECUTE FUNCTION staging.leave_remembered();

CREATE FUNCTION archive.parents() RETURNS text []
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT ARRAY['message', 'line', 'delivery', 'delivery_line', 'answer_line', 'message_error', 'event']
$body$;

COMMENT ON FUNCTION archive.parents() IS 'The tables whose partitions are a month together.';

CREATE FUNCTION archive.first_day(month date) RETURNS date
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF month IS NULL OR NOT isfinite(month) THEN
        RAISE EXCEPTION 'month must be a date, not %', coalesce(CAST(month AS text), 'null')
            USING ERRCODE = '22023';
    END IF;
    RETURN CAST(date_trunc('month', CAST(month AS timestamp)) AS date);
END
$body$;

COMMENT ON FUNCTION archive.first_day(date) IS 'The first day of the month of a date.';

CREATE FUNCTION archive.create_month(month date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $body$
DECLARE
    first date := archive.first_day(month);
    parent text;
    partition text;
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('crossdock archive', 0));
    FOREACH parent IN ARRAY archive.parents() LOOP
        partition := parent || to_char(first, '_YYYY_MM');
        CONTINUE WHEN to_regclass(format('archive.%I', partition)) IS NOT NULL;
        EXECUTE format('CREATE TABLE archive.%I (LIKE archive.%I INCLUDING ALL)', partition, parent);
        EXECUTE format(
            'COMMENT ON TABLE archive.%I IS %L', partition,
            'Partition of archive.' || parent || ': messages that ended in ' || to_char(first, 'YYYY-MM') || ' (UTC).'
        );
        EXECUTE format('GRANT SELECT ON archive.%I TO crossdock_dba, crossdock_daemon, crossdock_reader', partition);
        EXECUTE format(
            'ALTER TABLE archive.%I ATTACH PARTITION archive.%I FOR VALUES FROM (%L) TO (%L)', parent, partition,
            CAST(first AS timestamp) AT TIME ZONE 'UTC',
            CAST(first + interval '1 month' AS timestamp) AT TIME ZONE 'UTC'
        );
        made := made + 1;
    END LOOP;
    RETURN made;
END
$body$;

COMMENT ON FUNCTION archive.create_month(date) IS
'Makes the archive''s partitions of the month of a date, where they are missing; returns how many.';

REVOKE ALL ON FUNCTION archive.create_month(date) FROM public;

GRANT EXECUTE ON FUNCTION archive.create_month(date) TO crossdock_daemon;

CREATE FUNCTION archive.digest(
    relation regclass, columns text [], since timestamptz, until timestamptz
) RETURNS TABLE (row_count bigint, digest numeric)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET jit = off
AS $body$
DECLARE
    listed text := (
        SELECT string_agg(format('t.%I', u.name), ', ' ORDER BY u.n)
        FROM unnest(columns) WITH ORDINALITY AS u (name, n)
    );
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT count(*), coalesce(sum(CAST(CAST(CAST(''x'' || left(md5(CAST(ROW(%s) AS text)), 16) AS bit(64))'
        ' AS bigint) AS numeric)), 0) FROM %s AS t WHERE t.finished_at >= $1 AND t.finished_at < $2',
        listed, relation
    ) USING since, until;
END
$body$;

COMMENT ON FUNCTION archive.digest(regclass, text [], timestamptz, timestamptz) IS
'Number of rows of a month and a digest of their columns, whatever their order; reads the whole month.';

CREATE FUNCTION archive.month_content(month date, suffix text) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT jsonb_object_agg(p.name, jsonb_build_object('rows', d.row_count, 'digest', CAST(d.digest AS text)))
    FROM unnest(archive.parents()) AS p (name)
    CROSS JOIN LATERAL archive.digest(
        CAST('archive.' || p.name || to_char(archive.first_day(month), '_YYYY_MM') || suffix AS regclass),
        ARRAY(
            SELECT CAST(a.attname AS text) FROM pg_attribute AS a
            WHERE a.attrelid = CAST('archive.' || p.name AS regclass) AND a.attnum > 0 AND NOT a.attisdropped
            ORDER BY a.attname COLLATE "C"
        ),
        '-infinity', 'infinity'
    ) AS d
$body$;

COMMENT ON FUNCTION archive.month_content(date, text) IS
'Rows and digests of the tables of a month; suffix is empty, or _detached for a month that was detached.';

CREATE FUNCTION archive.detach_month(month date, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '300ms'
AS $body$
DECLARE
    suffix text := to_char(archive.first_day(month), '_YYYY_MM');
    parent text;
    detached integer := 0;
BEGIN
    PERFORM staging.need_reason(reason);
    PERFORM pg_advisory_xact_lock(hashtextextended('crossdock archive', 0));
    IF to_regclass('archive.message' || suffix || '_detached') IS NOT NULL THEN
        RAISE EXCEPTION 'a part of % is detached already', to_char(month, 'YYYY-MM')
            USING ERRCODE = '55000', HINT = 'drop that part first, or attach it again: archive.attach_month';
    END IF;
    IF to_regclass('archive.message' || suffix) IS NULL THEN
        RAISE EXCEPTION 'the archive has no month %', to_char(month, 'YYYY-MM')
            USING ERRCODE = 'P0002', HINT = 'ops.archive_month lists them';
    END IF;
    FOREACH parent IN ARRAY archive.parents() LOOP
        EXECUTE format('ALTER TABLE archive.%I DETACH PARTITION archive.%I', parent, parent || suffix);
        EXECUTE format('ALTER TABLE archive.%I RENAME TO %I', parent || suffix, parent || suffix || '_detached');
        detached := detached + 1;
    END LOOP;
    PERFORM staging.record_act('archive detach', reason, NULL, NULL, jsonb_build_object('month', archive.first_day(month)));
    RETURN detached;
END
$body$;

COMMENT ON FUNCTION archive.detach_month(date, text) IS
'Takes the partitions of a month out of the archive; they stay as tables *_detached. 55P03: try again.';

CREATE FUNCTION archive.attach_month(month date, reason text) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '300ms'
AS $body$
DECLARE
    first date := archive.first_day(month);
    suffix text := to_char(first, '_YYYY_MM');
    parent text;
    attached integer := 0;
BEGIN
    PERFORM staging.need_reason(reason);
    PERFORM pg_advisory_xact_lock(hashtextextended('crossdock archive', 0));
    IF to_regclass('archive.message' || suffix || '_detached') IS NULL THEN
        RAISE EXCEPTION 'no part of % is detached', to_char(month, 'YYYY-MM')
            USING ERRCODE = 'P0002', HINT = 'ops.archive_month lists the months of the archive';
    END IF;
    FOREACH parent IN ARRAY archive.parents() LOOP
        IF to_regclass('archive.' || parent || suffix) IS NOT NULL THEN
            EXECUTE format('ALTER TABLE archive.%I DETACH PARTITION archive.%I', parent, parent || suffix);
            EXECUTE format('INSERT INTO archive.%I SELECT * FROM archive.%I', parent || suffix || '_detached', parent || suffix);
            EXECUTE format('DROP TABLE archive.%I', parent || suffix);
        END IF;
        EXECUTE format('ALTER TABLE archive.%I RENAME TO %I', parent || suffix || '_detached', parent || suffix);
        EXECUTE format(
            'ALTER TABLE archive.%I ATTACH PARTITION archive.%I FOR VALUES FROM (%L) TO (%L)', parent, parent || suffix,
            CAST(first AS timestamp) AT TIME ZONE 'UTC',
            CAST(first + interval '1 month' AS timestamp) AT TIME ZONE 'UTC'
        );
        attached := attached + 1;
    END LOOP;
    PERFORM staging.record_act('archive attach', reason, NULL, NULL, jsonb_build_object('month', first));
    RETURN attached;
END
$body$;

COMMENT ON FUNCTION archive.attach_month(date, text) IS
'Puts a month that was detached back into the archive, with the rows that came since. 55P03: try again.';

CREATE FUNCTION archive.drop_month(month date, reason text, without_export boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '300ms'
AS $body$
DECLARE
    first date := archive.first_day(month);
    suffix text := to_char(first, '_YYYY_MM') || '_detached';
    parent text;
    held jsonb;
    found_part integer;
    gone bigint;
    deliveries jsonb;
    freed bigint := 0;
BEGIN
    PERFORM staging.need_reason(reason);
    PERFORM pg_advisory_xact_lock(hashtextextended('crossdock archive', 0));
    IF to_regclass('archive.message' || suffix) IS NULL THEN
        RAISE EXCEPTION 'no part of % is detached', to_char(month, 'YYYY-MM')
            USING ERRCODE = 'P0002', HINT = 'archive.detach_month takes a month out of the archive';
    END IF;
    IF without_export IS NOT TRUE THEN
        held := archive.month_content(first, '_detached');
        SELECT e.part INTO found_part FROM archive.export AS e
        WHERE e.month = first AND e.content = held
        ORDER BY e.part DESC LIMIT 1;
    END IF;
    IF found_part IS NULL AND without_export IS NOT TRUE THEN
        RAISE EXCEPTION '% was not exported as it is now', to_char(month, 'YYYY-MM')
            USING ERRCODE = '55000', HINT = 'crossdock archive export writes it to files; to lose it, say so';
    END IF;
    EXECUTE format('SELECT count(*) FROM archive.%I', 'message' || suffix) INTO gone;
    EXECUTE format(
        'SELECT coalesce(jsonb_object_agg(g.lane, g.row_count), ''{}'') FROM ('
        'SELECT d.delivery_id / 1000000000000 AS lane, count(*) AS row_count FROM archive.%I AS d GROUP BY 1) AS g',
        'delivery' || suffix
    ) INTO deliveries;
    FOREACH parent IN ARRAY archive.parents() LOOP
        freed := freed + pg_total_relation_size(CAST('archive.' || parent || suffix AS regclass));
        EXECUTE format('DROP TABLE archive.%I', parent || suffix);
    END LOOP;
    INSERT INTO archive.dropped (month, part, message_count, delivery_counts)
    VALUES (first, found_part, gone, deliveries);
    PERFORM staging.record_act('archive drop', reason, NULL, NULL, jsonb_build_object(
        'month', first, 'part', found_part, 'exported', found_part IS NOT NULL, 'bytes', freed
    ));
    RETURN freed;
END
$body$;

COMMENT ON FUNCTION archive.drop_month(date, text, boolean) IS
'Drops a month that is detached and returns the bytes freed; refuses what was not exported unless told.';

CREATE FUNCTION archive.record_export(
    month date, file_format text, path text, revision text, content jsonb
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    next_part integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('crossdock archive', 0));
    SELECT coalesce(max(e.part), 0) + 1 INTO next_part
    FROM archive.export AS e WHERE e.month = archive.first_day(record_export.month);
    INSERT INTO archive.export (month, part, file_format, path, revision, content)
    VALUES (archive.first_day(month), next_part, file_format, path, revision, content);
    RETURN next_part;
END
$body$;

COMMENT ON FUNCTION archive.record_export(date, text, text, text, jsonb) IS
'Remembers that a month was written to files, with what it held; returns the number of the part.';

CREATE FUNCTION archive.record_restore(month date, content jsonb) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    found_part integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('crossdock archive', 0));
    UPDATE archive.dropped AS d SET restored_at = clock_timestamp()
    WHERE d.drop_id = (
        SELECT max(o.drop_id)
        FROM archive.dropped AS o
        INNER JOIN archive.export AS e ON o.month = e.month AND o.part = e.part
        WHERE o.month = record_restore.month AND o.restored_at IS NULL AND e.content = record_restore.content
    )
    RETURNING d.part INTO found_part;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this export of % was not dropped here, or is back already', to_char(month, 'YYYY-MM')
            USING ERRCODE = '55000', HINT = 'crossdock archive list shows the months and their exports';
    END IF;
    RETURN found_part;
END
$body$;

COMMENT ON FUNCTION archive.record_restore(date, jsonb) IS
'Remembers that what was exported and dropped is loaded again; refuses what was not dropped here.';

CREATE FUNCTION archive.analyze_parents() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '2s'
AS $body$
DECLARE
    parent text;
    only_parent text := CASE WHEN CAST(current_setting('server_version_num') AS integer) >= 180000 THEN 'ONLY ' ELSE '' END;
BEGIN
    FOREACH parent IN ARRAY archive.parents() LOOP
        EXECUTE format('ANALYZE %sarchive.%I', only_parent, parent);
    END LOOP;
END
$body$;

COMMENT ON FUNCTION archive.analyze_parents() IS
'Takes the statistics of the archive''s tables as a whole; autovacuum takes those of the months alone.';

REVOKE ALL ON FUNCTION archive.analyze_parents(), archive.detach_month(date, text), archive.attach_month(date, text),
archive.drop_month(date, text, boolean), archive.record_export(date, text, text, text, jsonb),
archive.record_restore(date, jsonb) FROM public;

GRANT EXECUTE ON FUNCTION archive.analyze_parents(), archive.create_month(date), archive.detach_month(date, text),
archive.attach_month(date, text), archive.drop_month(date, text, boolean),
archive.record_export(date, text, text, text, jsonb), archive.record_restore(date, jsonb)
TO crossdock_daemon, crossdock_dba;

CREATE VIEW ops.archive_month AS
SELECT
    coalesce(t.month, e.month) AS month,
    coalesce(t.state, 'dropped') AS state,
    t.message_count,
    t.table_bytes,
    t.index_bytes,
    e.part AS exported_part,
    e.exported_at,
    e.file_format,
    e.path,
    CAST(e.content #>> '{message,rows}' AS bigint) AS exported_messages,
    d.dropped_at,
    d.restored_at
FROM (
    SELECT
        to_date(substring(c.relname FROM '_([0-9]{4}_[0-9]{2})(_detached)?$'), 'YYYY_MM') AS month,
        CASE WHEN c.relispartition THEN 'attached' ELSE 'detached' END AS state,
        CAST(greatest(sum(c.reltuples) FILTER (WHERE c.relname LIKE 'message\_2%'), 0) AS bigint) AS message_count,
        CAST(sum(pg_catalog.pg_table_size(c.oid)) AS bigint) AS table_bytes,
        CAST(sum(pg_catalog.pg_indexes_size(c.oid)) AS bigint) AS index_bytes
    FROM pg_catalog.pg_class AS c
    INNER JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
    WHERE
        n.nspname = 'archive' AND c.relkind = 'r'
        AND c.relname ~ '_[0-9]{4}_[0-9]{2}(_detached)?$'
    GROUP BY
        to_date(substring(c.relname FROM '_([0-9]{4}_[0-9]{2})(_detached)?$'), 'YYYY_MM'), c.relispartition
) AS t
FULL JOIN (
    SELECT DISTINCT ON (known.month)
        known.month,
        x.part,
        x.exported_at,
        x.file_format,
        x.path,
        x.content
    FROM (
        SELECT z.month FROM archive.export AS z
        UNION
        SELECT o.month FROM archive.dropped AS o
    ) AS known
    LEFT JOIN archive.export AS x ON known.month = x.month
    ORDER BY known.month ASC, x.part DESC
) AS e ON t.month = e.month
LEFT JOIN LATERAL (
    SELECT
        o.dropped_at,
        o.restored_at
    FROM archive.dropped AS o
    WHERE o.month = coalesce(t.month, e.month)
    ORDER BY o.drop_id DESC
    LIMIT 1
) AS d ON true;

COMMENT ON VIEW ops.archive_month IS
'The months of the archive: those that are here, those that are detached, those that were dropped.';
COMMENT ON COLUMN ops.archive_month.month IS 'first day of the month in which the messages ended (UTC)';
COMMENT ON COLUMN ops.archive_month.state IS 'attached (part of the archive), detached or dropped';
COMMENT ON COLUMN ops.archive_month.message_count IS 'messages, as estimated by the statistics';
COMMENT ON COLUMN ops.archive_month.table_bytes IS 'size of its tables without indexes, in bytes';
COMMENT ON COLUMN ops.archive_month.index_bytes IS 'size of their indexes, in bytes';
COMMENT ON COLUMN ops.archive_month.exported_part IS
'number of the newest export; a month to which rows came after it was dropped has several';
COMMENT ON COLUMN ops.archive_month.exported_at IS 'when it was written to files; null: never';
COMMENT ON COLUMN ops.archive_month.file_format IS 'csv or parquet';
COMMENT ON COLUMN ops.archive_month.path IS 'folder it was written to, on the machine that wrote it';
COMMENT ON COLUMN ops.archive_month.exported_messages IS 'messages in that export';
COMMENT ON COLUMN ops.archive_month.dropped_at IS 'when it was dropped last';
COMMENT ON COLUMN ops.archive_month.restored_at IS 'when it was loaded again';

CREATE FUNCTION ops.register_system(
    login text, system_code text, kind text, warehouses text [], gapless_source_seq boolean DEFAULT false
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    taken_by text;
    is_new boolean;
BEGIN
    IF nullif(btrim(system_code), '') IS NULL OR system_code IN ('crossdock', '*') THEN
        RAISE EXCEPTION 'system_code must be a name, and not crossdock' USING ERRCODE = '22023';
    END IF;
    IF kind IS NULL OR kind NOT IN ('erp', 'wms') THEN
        RAISE EXCEPTION 'kind must be erp or wms, not %', kind USING ERRCODE = '22023';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = register_system.login) THEN
        RAISE EXCEPTION 'login % does not exist', login
            USING ERRCODE = '42704', HINT = format('CREATE ROLE %I LOGIN PASSWORD ...', login);
    END IF;
    IF EXISTS (
        SELECT FROM ops.system AS s WHERE s.system_code = register_system.system_code AND s.kind <> register_system.kind
    ) THEN
        RAISE EXCEPTION 'system % is registered with the other kind', system_code USING ERRCODE = '22023';
    END IF;
    IF kind = 'erp' AND EXISTS (
        SELECT FROM ops.system AS s WHERE s.kind = 'erp' AND s.system_code <> register_system.system_code
    ) THEN
        RAISE EXCEPTION 'there is an ERP already' USING ERRCODE = '23505', HINT = 'exactly one system is of kind erp';
    END IF;
    SELECT w.warehouse_code || ' of ' || w.system_code INTO taken_by
    FROM ops.system_warehouse AS w
    WHERE register_system.kind = 'wms' AND w.kind = 'wms' AND w.system_code <> register_system.system_code
        AND w.warehouse_code = ANY (register_system.warehouses) LIMIT 1;
    IF taken_by IS NOT NULL THEN
        RAISE EXCEPTION 'warehouse % has a WMS already', taken_by
            USING ERRCODE = '23505', HINT = 'a warehouse belongs to one WMS';
    END IF;
    is_new := NOT EXISTS (SELECT FROM ops.system AS s WHERE s.system_code = register_system.system_code);
    INSERT INTO ops.system (system_code, kind, gapless_source_seq)
    VALUES (register_system.system_code, register_system.kind, coalesce(register_system.gapless_source_seq, false))
    ON CONFLICT ON CONSTRAINT system_pkey DO UPDATE SET gapless_source_seq = excluded.gapless_source_seq;
    DELETE FROM ops.system_warehouse AS w WHERE w.system_code = register_system.system_code;
    INSERT INTO ops.system_warehouse (system_code, warehouse_code, kind)
    SELECT DISTINCT register_system.system_code, btrim(u.code), register_system.kind
    FROM unnest(coalesce(register_system.warehouses, '{}')) AS u (code);
    INSERT INTO ops.login (login, system_code) VALUES (register_system.login, register_system.system_code)
    ON CONFLICT ON CONSTRAINT login_pkey DO UPDATE SET system_code = excluded.system_code;
    EXECUTE format('GRANT %I TO %I', 'crossdock_' || kind, login);
    IF kind = 'wms' AND is_new THEN
        INSERT INTO staging.message (sender, doc_type, message_id, action, attributes)
        VALUES ('crossdock', 'master_resend', 'master for ' || register_system.system_code, 'upsert',
            jsonb_build_object('receiver', register_system.system_code));
    END IF;
END
$body$;

COMMENT ON FUNCTION ops.register_system(text, text, text, text [], boolean) IS
'Ties a login to a system of kind erp or wms with its warehouses and grants its role; repeat to change the warehouses.';

REVOKE ALL ON FUNCTION ops.register_system(text, text, text, text [], boolean) FROM public;

GRANT EXECUTE ON FUNCTION ops.register_system(text, text, text, text [], boolean) TO crossdock_dba;

CREATE VIEW ops.every_message AS
SELECT t.seq, t.sender, t.doc_type, t.message_id, t.warehouse_code, t.action, t.line_count, t.state, t.xid, t.received_at, t.lane, t.road, t.doc_key, t.finished_at, t.attempts, t.passes, t.next_attempt_at, t.waiting_for, t.waiting_since, t.wait_until, t.duplicate_of, t.superseded_by, t.amended_from, t.state_reason, t.actor, t.attributes, t.item_code, t.version, t.description, t.base_uom, t.item_group, t.abc_class, t.gtin, t.lot_controlled, t.serial_controlled, t.shelf_life_days, t.unit_cost, t.currency, t.active, t.uom, t.numerator, t.denominator, t.party_code, t.role, t.name, t.country_code, t.address, t.time_zone, t.location_code, t.zone, t.kind, t.system_code, t.domain, t.external_code, t.canonical_code, t.is_default_out, t.doc_no, t.revision, t.ordered_on, t.expected_at, t.note, t.requested_ship_at, t.carrier_code, t.ship_to, t.priority, t.qty, t.start_at, t.due_at, t.to_warehouse_code, t.original_order_no, t.order_type, t.order_no, t.delivery_note_no, t.is_final, t.occurred_at, t.source_seq, t.reverses_no, t.tracking_no, t.counted_through_seq, t.milestone, t.response, t.reason_code, t.as_of, t.through_seq, t.total_qty, t.request_no, t.run_id
FROM staging.message AS t
UNION ALL
SELECT t.seq, t.sender, t.doc_type, t.message_id, t.warehouse_code, t.action, t.line_count, t.state, t.xid, t.received_at, t.lane, t.road, t.doc_key, t.finished_at, t.attempts, t.passes, t.next_attempt_at, t.waiting_for, t.waiting_since, t.wait_until, t.duplicate_of, t.superseded_by, t.amended_from, t.state_reason, t.actor, t.attributes, t.item_code, t.version, t.description, t.base_uom, t.item_group, t.abc_class, t.gtin, t.lot_controlled, t.serial_controlled, t.shelf_life_days, t.unit_cost, t.currency, t.active, t.uom, t.numerator, t.denominator, t.party_code, t.role, t.name, t.country_code, t.address, t.time_zone, t.location_code, t.zone, t.kind, t.system_code, t.domain, t.external_code, t.canonical_code, t.is_default_out, t.doc_no, t.revision, t.ordered_on, t.expected_at, t.note, t.requested_ship_at, t.carrier_code, t.ship_to, t.priority, t.qty, t.start_at, t.due_at, t.to_warehouse_code, t.original_order_no, t.order_type, t.order_no, t.delivery_note_no, t.is_final, t.occurred_at, t.source_seq, t.reverses_no, t.tracking_no, t.counted_through_seq, t.milestone, t.response, t.reason_code, t.as_of, t.through_seq, t.total_qty, t.request_no, t.run_id
FROM archive.message AS t;

COMMENT ON VIEW ops.every_message IS 'Headers of all messages, live and retired.';

COMMENT ON COLUMN ops.every_message.seq IS 'number of the message, unique across everything';

COMMENT ON COLUMN ops.every_message.sender IS 'system that sent it; told by the login';

COMMENT ON COLUMN ops.every_message.doc_type IS 'document type: the name of the view it came through';

COMMENT ON COLUMN ops.every_message.message_id IS 'the sender''s own id of this transmission, trimmed';

COMMENT ON COLUMN ops.every_message.warehouse_code IS 'warehouse of the document, as sent';

COMMENT ON COLUMN ops.every_message.action IS 'requests: upsert, cancel, close; facts: post, reverse';

COMMENT ON COLUMN ops.every_message.line_count IS 'control total: the message is complete when so many lines exist';

COMMENT ON COLUMN ops.every_message.state IS 'where the message stands; see staging.step';

COMMENT ON COLUMN ops.every_message.xid IS 'transaction that brought it';

COMMENT ON COLUMN ops.every_message.received_at IS 'when it was inserted';

COMMENT ON COLUMN ops.every_message.lane IS 'warehouse whose worker applies it; * for master data and unknown warehouses';

COMMENT ON COLUMN ops.every_message.road IS 'kind of batch that applies it: master, detail, request, answer, fact, count ...';

COMMENT ON COLUMN ops.every_message.doc_key IS 'document key: messages with the same key in a lane are applied one after another';

COMMENT ON COLUMN ops.every_message.finished_at IS 'when it reached a state in which nothing moves by itself';

COMMENT ON COLUMN ops.every_message.attempts IS 'attempts that failed';

COMMENT ON COLUMN ops.every_message.passes IS 'times it was processed without coming to an end';

COMMENT ON COLUMN ops.every_message.next_attempt_at IS 'not tried before this';

COMMENT ON COLUMN ops.every_message.waiting_for IS 'the first thing it waits for: lines, window, item:X, answer:N ...';

COMMENT ON COLUMN ops.every_message.waiting_since IS 'since when it waits';

COMMENT ON COLUMN ops.every_message.wait_until IS 'when its wait ends by decision';

COMMENT ON COLUMN ops.every_message.duplicate_of IS 'seq of the message with the same content';

COMMENT ON COLUMN ops.every_message.superseded_by IS 'seq of the message that replaced it';

COMMENT ON COLUMN ops.every_message.amended_from IS 'seq of the message that this one corrects by hand';

COMMENT ON COLUMN ops.every_message.state_reason IS 'why it is in its state, in plain words';

COMMENT ON COLUMN ops.every_message.actor IS 'who made the last step, where it was not the synchronizer';

COMMENT ON COLUMN ops.every_message.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN ops.every_message.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN ops.every_message.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN ops.every_message.description IS 'text for people';

COMMENT ON COLUMN ops.every_message.base_uom IS 'unit in which stock of the item is kept';

COMMENT ON COLUMN ops.every_message.item_group IS 'group of items, for people and reports';

COMMENT ON COLUMN ops.every_message.abc_class IS 'A, B or C: how closely the item is counted';

COMMENT ON COLUMN ops.every_message.gtin IS 'global trade item number';

COMMENT ON COLUMN ops.every_message.lot_controlled IS 'true: every quantity of the item names its lot';

COMMENT ON COLUMN ops.every_message.serial_controlled IS 'true: every piece of the item names its serial number';

COMMENT ON COLUMN ops.every_message.shelf_life_days IS 'days from production to expiry';

COMMENT ON COLUMN ops.every_message.unit_cost IS 'cost of one base unit, in currency';

COMMENT ON COLUMN ops.every_message.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN ops.every_message.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN ops.every_message.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN ops.every_message.numerator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN ops.every_message.denominator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN ops.every_message.party_code IS 'supplier, customer or carrier';

COMMENT ON COLUMN ops.every_message.role IS 'supplier, customer or carrier';

COMMENT ON COLUMN ops.every_message.name IS 'text for people';

COMMENT ON COLUMN ops.every_message.country_code IS 'ISO 3166 code of the country';

COMMENT ON COLUMN ops.every_message.address IS 'postal address, free text';

COMMENT ON COLUMN ops.every_message.time_zone IS 'IANA name of the zone in which the warehouse counts its days';

COMMENT ON COLUMN ops.every_message.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN ops.every_message.zone IS 'zone of the warehouse that holds the location';

COMMENT ON COLUMN ops.every_message.kind IS 'what the location is for';

COMMENT ON COLUMN ops.every_message.system_code IS 'the system whose codes are mapped';

COMMENT ON COLUMN ops.every_message.domain IS 'item, uom, stock_status, reason, carrier, location or party';

COMMENT ON COLUMN ops.every_message.external_code IS 'the code as that system writes it';

COMMENT ON COLUMN ops.every_message.canonical_code IS 'the code as the books write it';

COMMENT ON COLUMN ops.every_message.is_default_out IS 'true: this external code is the one that is sent out';

COMMENT ON COLUMN ops.every_message.doc_no IS 'the sender''s own number of the document';

COMMENT ON COLUMN ops.every_message.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN ops.every_message.ordered_on IS 'day of the order';

COMMENT ON COLUMN ops.every_message.expected_at IS 'when the goods are expected';

COMMENT ON COLUMN ops.every_message.note IS 'free text';

COMMENT ON COLUMN ops.every_message.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN ops.every_message.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN ops.every_message.ship_to IS 'address to ship to, free text';

COMMENT ON COLUMN ops.every_message.priority IS 'the lower, the sooner';

COMMENT ON COLUMN ops.every_message.qty IS 'quantity, in uom';

COMMENT ON COLUMN ops.every_message.start_at IS 'when production should start';

COMMENT ON COLUMN ops.every_message.due_at IS 'when production should be done';

COMMENT ON COLUMN ops.every_message.to_warehouse_code IS 'warehouse that receives the transfer';

COMMENT ON COLUMN ops.every_message.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN ops.every_message.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN ops.every_message.order_no IS 'number of the order';

COMMENT ON COLUMN ops.every_message.delivery_note_no IS 'supplier''s delivery note';

COMMENT ON COLUMN ops.every_message.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN ops.every_message.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN ops.every_message.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN ops.every_message.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN ops.every_message.tracking_no IS 'carrier''s tracking number';

COMMENT ON COLUMN ops.every_message.counted_through_seq IS 'source_seq of the last movement that the count includes';

COMMENT ON COLUMN ops.every_message.milestone IS 'accepted, picking, packed, loaded, delivered or put_back';

COMMENT ON COLUMN ops.every_message.response IS 'accepted, partial or refused';

COMMENT ON COLUMN ops.every_message.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN ops.every_message.as_of IS 'instant at which the stock was read';

COMMENT ON COLUMN ops.every_message.through_seq IS 'WMS: its last source_seq included; ERP: its last delivery_id posted';

COMMENT ON COLUMN ops.every_message.total_qty IS 'control total: sum of qty as sent; null means not checked';

COMMENT ON COLUMN ops.every_message.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN ops.every_message.run_id IS 'reconciliation run that it follows from; null means none';

CREATE VIEW ops.every_line AS
SELECT m.seq, t.sender, t.doc_type, t.message_id, t.line_no, t.warehouse_code, t.xid, t.received_at, t.item_code, t.qty, t.uom, t.lot_no, t.over_tolerance_pct, t.under_tolerance_pct, t.reason_code, t.order_line_no, t.serial_no, t.expires_on, t.location_code, t.stock_status, t.to_location_code, t.to_stock_status
FROM staging.line AS t INNER JOIN staging.message AS m
    ON t.sender = m.sender AND t.doc_type = m.doc_type AND t.message_id = m.message_id
UNION ALL
SELECT t.seq, t.sender, t.doc_type, t.message_id, t.line_no, t.warehouse_code, t.xid, t.received_at, t.item_code, t.qty, t.uom, t.lot_no, t.over_tolerance_pct, t.under_tolerance_pct, t.reason_code, t.order_line_no, t.serial_no, t.expires_on, t.location_code, t.stock_status, t.to_location_code, t.to_stock_status
FROM archive.line AS t;

COMMENT ON VIEW ops.every_line IS 'Lines of all messages, live and retired, with the seq of their message.';

COMMENT ON COLUMN ops.every_line.seq IS 'message that it belongs to';

COMMENT ON COLUMN ops.every_line.sender IS 'system that sent it; told by the login';

COMMENT ON COLUMN ops.every_line.doc_type IS 'document type of the header';

COMMENT ON COLUMN ops.every_line.message_id IS 'message_id of the header, trimmed';

COMMENT ON COLUMN ops.every_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN ops.every_line.warehouse_code IS 'warehouse of the document; equal to the header''s';

COMMENT ON COLUMN ops.every_line.xid IS 'transaction that brought it';

COMMENT ON COLUMN ops.every_line.received_at IS 'when it was inserted';

COMMENT ON COLUMN ops.every_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN ops.every_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN ops.every_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN ops.every_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN ops.every_line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN ops.every_line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

COMMENT ON COLUMN ops.every_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN ops.every_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN ops.every_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN ops.every_line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN ops.every_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN ops.every_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN ops.every_line.to_location_code IS 'location the goods reach; null means where they were';

COMMENT ON COLUMN ops.every_line.to_stock_status IS 'status after; null means unchanged';

CREATE VIEW ops.every_delivery AS
SELECT t.delivery_id, t.receiver, t.doc_type, t.warehouse_code, t.action, t.message_id, t.seq, t.delivered_at, t.state, t.noticed, t.receiver_ref, t.answer_reason_code, t.answer_note, t.answered_at, t.attributes, t.item_code, t.version, t.description, t.base_uom, t.item_group, t.abc_class, t.gtin, t.lot_controlled, t.serial_controlled, t.shelf_life_days, t.unit_cost, t.currency, t.active, t.uom, t.numerator, t.denominator, t.party_code, t.role, t.name, t.country_code, t.address, t.time_zone, t.location_code, t.zone, t.kind, t.system_code, t.domain, t.external_code, t.canonical_code, t.is_default_out, t.doc_no, t.revision, t.ordered_on, t.expected_at, t.note, t.requested_ship_at, t.carrier_code, t.ship_to, t.priority, t.qty, t.start_at, t.due_at, t.to_warehouse_code, t.original_order_no, t.order_type, t.order_no, t.delivery_note_no, t.is_final, t.occurred_at, t.source_seq, t.reverses_no, t.tracking_no, t.counted_through_seq, t.milestone, t.response, t.reason_code, t.as_of, t.through_seq, t.total_qty, t.request_no, t.run_id
FROM staging.delivery AS t
UNION ALL
SELECT t.delivery_id, t.receiver, t.doc_type, t.warehouse_code, t.action, t.message_id, t.seq, t.delivered_at, t.state, t.noticed, t.receiver_ref, t.answer_reason_code, t.answer_note, t.answered_at, t.attributes, t.item_code, t.version, t.description, t.base_uom, t.item_group, t.abc_class, t.gtin, t.lot_controlled, t.serial_controlled, t.shelf_life_days, t.unit_cost, t.currency, t.active, t.uom, t.numerator, t.denominator, t.party_code, t.role, t.name, t.country_code, t.address, t.time_zone, t.location_code, t.zone, t.kind, t.system_code, t.domain, t.external_code, t.canonical_code, t.is_default_out, t.doc_no, t.revision, t.ordered_on, t.expected_at, t.note, t.requested_ship_at, t.carrier_code, t.ship_to, t.priority, t.qty, t.start_at, t.due_at, t.to_warehouse_code, t.original_order_no, t.order_type, t.order_no, t.delivery_note_no, t.is_final, t.occurred_at, t.source_seq, t.reverses_no, t.tracking_no, t.counted_through_seq, t.milestone, t.response, t.reason_code, t.as_of, t.through_seq, t.total_qty, t.request_no, t.run_id
FROM archive.delivery AS t;

COMMENT ON VIEW ops.every_delivery IS 'Deliveries of all messages, live and retired.';

COMMENT ON COLUMN ops.every_delivery.delivery_id IS 'warehouse_no * 10^12 + n, n in commit order in its lane';

COMMENT ON COLUMN ops.every_delivery.receiver IS 'system that reads it';

COMMENT ON COLUMN ops.every_delivery.doc_type IS 'document type: the name of the receiver''s view';

COMMENT ON COLUMN ops.every_delivery.warehouse_code IS 'warehouse of the document; null for master data';

COMMENT ON COLUMN ops.every_delivery.action IS 'what the document asks or reports';

COMMENT ON COLUMN ops.every_delivery.message_id IS 'the sender''s message_id';

COMMENT ON COLUMN ops.every_delivery.seq IS 'number of the message it was made from';

COMMENT ON COLUMN ops.every_delivery.delivered_at IS 'when it was made';

COMMENT ON COLUMN ops.every_delivery.state IS 'where it stands in the receiver''s inbox';

COMMENT ON COLUMN ops.every_delivery.noticed IS 'true: the synchronizer has acted on the state';

COMMENT ON COLUMN ops.every_delivery.receiver_ref IS 'the receiver''s own document number';

COMMENT ON COLUMN ops.every_delivery.answer_reason_code IS 'why the receiver refused';

COMMENT ON COLUMN ops.every_delivery.answer_note IS 'the receiver''s words';

COMMENT ON COLUMN ops.every_delivery.answered_at IS 'when the receiver accepted or refused it';

COMMENT ON COLUMN ops.every_delivery.attributes IS 'the sender''s extra fields';

COMMENT ON COLUMN ops.every_delivery.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN ops.every_delivery.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN ops.every_delivery.description IS 'text for people';

COMMENT ON COLUMN ops.every_delivery.base_uom IS 'unit in which stock of the item is kept';

COMMENT ON COLUMN ops.every_delivery.item_group IS 'group of items, for people and reports';

COMMENT ON COLUMN ops.every_delivery.abc_class IS 'A, B or C: how closely the item is counted';

COMMENT ON COLUMN ops.every_delivery.gtin IS 'global trade item number';

COMMENT ON COLUMN ops.every_delivery.lot_controlled IS 'true: every quantity of the item names its lot';

COMMENT ON COLUMN ops.every_delivery.serial_controlled IS 'true: every piece of the item names its serial number';

COMMENT ON COLUMN ops.every_delivery.shelf_life_days IS 'days from production to expiry';

COMMENT ON COLUMN ops.every_delivery.unit_cost IS 'cost of one base unit, in currency';

COMMENT ON COLUMN ops.every_delivery.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN ops.every_delivery.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN ops.every_delivery.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN ops.every_delivery.numerator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN ops.every_delivery.denominator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN ops.every_delivery.party_code IS 'supplier, customer or carrier';

COMMENT ON COLUMN ops.every_delivery.role IS 'supplier, customer or carrier';

COMMENT ON COLUMN ops.every_delivery.name IS 'text for people';

COMMENT ON COLUMN ops.every_delivery.country_code IS 'ISO 3166 code of the country';

COMMENT ON COLUMN ops.every_delivery.address IS 'postal address, free text';

COMMENT ON COLUMN ops.every_delivery.time_zone IS 'IANA name of the zone in which the warehouse counts its days';

COMMENT ON COLUMN ops.every_delivery.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN ops.every_delivery.zone IS 'zone of the warehouse that holds the location';

COMMENT ON COLUMN ops.every_delivery.kind IS 'what the location is for';

COMMENT ON COLUMN ops.every_delivery.system_code IS 'the system whose codes are mapped';

COMMENT ON COLUMN ops.every_delivery.domain IS 'item, uom, stock_status, reason, carrier, location or party';

COMMENT ON COLUMN ops.every_delivery.external_code IS 'the code as that system writes it';

COMMENT ON COLUMN ops.every_delivery.canonical_code IS 'the code as the books write it';

COMMENT ON COLUMN ops.every_delivery.is_default_out IS 'true: this external code is the one that is sent out';

COMMENT ON COLUMN ops.every_delivery.doc_no IS 'the sender''s own number of the document';

COMMENT ON COLUMN ops.every_delivery.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN ops.every_delivery.ordered_on IS 'day of the order';

COMMENT ON COLUMN ops.every_delivery.expected_at IS 'when the goods are expected';

COMMENT ON COLUMN ops.every_delivery.note IS 'free text';

COMMENT ON COLUMN ops.every_delivery.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN ops.every_delivery.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN ops.every_delivery.ship_to IS 'address to ship to, free text';

COMMENT ON COLUMN ops.every_delivery.priority IS 'the lower, the sooner';

COMMENT ON COLUMN ops.every_delivery.qty IS 'quantity, in uom';

COMMENT ON COLUMN ops.every_delivery.start_at IS 'when production should start';

COMMENT ON COLUMN ops.every_delivery.due_at IS 'when production should be done';

COMMENT ON COLUMN ops.every_delivery.to_warehouse_code IS 'warehouse that receives the transfer';

COMMENT ON COLUMN ops.every_delivery.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN ops.every_delivery.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN ops.every_delivery.order_no IS 'number of the order';

COMMENT ON COLUMN ops.every_delivery.delivery_note_no IS 'supplier''s delivery note';

COMMENT ON COLUMN ops.every_delivery.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN ops.every_delivery.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN ops.every_delivery.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN ops.every_delivery.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN ops.every_delivery.tracking_no IS 'carrier''s tracking number';

COMMENT ON COLUMN ops.every_delivery.counted_through_seq IS 'source_seq of the last movement that the count includes';

COMMENT ON COLUMN ops.every_delivery.milestone IS 'accepted, picking, packed, loaded, delivered or put_back';

COMMENT ON COLUMN ops.every_delivery.response IS 'accepted, partial or refused';

COMMENT ON COLUMN ops.every_delivery.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN ops.every_delivery.as_of IS 'instant at which the stock was read';

COMMENT ON COLUMN ops.every_delivery.through_seq IS 'WMS: its last source_seq included; ERP: its last delivery_id posted';

COMMENT ON COLUMN ops.every_delivery.total_qty IS 'control total: sum of qty as sent; null means not checked';

COMMENT ON COLUMN ops.every_delivery.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN ops.every_delivery.run_id IS 'reconciliation run that it follows from; null means none';

CREATE VIEW ops.every_delivery_line AS
SELECT t.delivery_id, t.line_no, t.receiver, t.doc_type, t.warehouse_code, t.message_id, t.item_code, t.qty, t.uom, t.lot_no, t.over_tolerance_pct, t.under_tolerance_pct, t.reason_code, t.order_line_no, t.serial_no, t.expires_on, t.location_code, t.stock_status, t.to_location_code, t.to_stock_status
FROM staging.delivery_line AS t
UNION ALL
SELECT t.delivery_id, t.line_no, t.receiver, t.doc_type, t.warehouse_code, t.message_id, t.item_code, t.qty, t.uom, t.lot_no, t.over_tolerance_pct, t.under_tolerance_pct, t.reason_code, t.order_line_no, t.serial_no, t.expires_on, t.location_code, t.stock_status, t.to_location_code, t.to_stock_status
FROM archive.delivery_line AS t;

COMMENT ON VIEW ops.every_delivery_line IS 'Lines of all deliveries, live and retired.';

COMMENT ON COLUMN ops.every_delivery_line.delivery_id IS 'delivery it belongs to';

COMMENT ON COLUMN ops.every_delivery_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN ops.every_delivery_line.receiver IS 'system that reads it';

COMMENT ON COLUMN ops.every_delivery_line.doc_type IS 'document type of the header';

COMMENT ON COLUMN ops.every_delivery_line.warehouse_code IS 'warehouse of the document';

COMMENT ON COLUMN ops.every_delivery_line.message_id IS 'the sender''s message_id';

COMMENT ON COLUMN ops.every_delivery_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN ops.every_delivery_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN ops.every_delivery_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN ops.every_delivery_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN ops.every_delivery_line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN ops.every_delivery_line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

COMMENT ON COLUMN ops.every_delivery_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN ops.every_delivery_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN ops.every_delivery_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN ops.every_delivery_line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN ops.every_delivery_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN ops.every_delivery_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN ops.every_delivery_line.to_location_code IS 'location the goods reach; null means where they were';

COMMENT ON COLUMN ops.every_delivery_line.to_stock_status IS 'status after; null means unchanged';

CREATE VIEW ops.every_answer_line AS
SELECT t.delivery_id, t.line_no, t.qty, t.uom, t.reason_code
FROM staging.answer_line AS t
UNION ALL
SELECT t.delivery_id, t.line_no, t.qty, t.uom, t.reason_code
FROM archive.answer_line AS t;

COMMENT ON VIEW ops.every_answer_line IS 'Answers by line to all deliveries, live and retired.';

COMMENT ON COLUMN ops.every_answer_line.delivery_id IS 'delivery that was answered in part';

COMMENT ON COLUMN ops.every_answer_line.line_no IS 'line of the order';

COMMENT ON COLUMN ops.every_answer_line.qty IS 'how much of what was asked is accepted; null: nothing of it';

COMMENT ON COLUMN ops.every_answer_line.uom IS 'unit of qty, canonical; null: the item''s base unit';

COMMENT ON COLUMN ops.every_answer_line.reason_code IS 'why not all of it';

CREATE VIEW ops.every_message_error AS
SELECT t.error_id, t.seq, t.line_no, t.column_name, t.code, t.severity, t.value, t.expected, t.text, t.hint, t.first_seen_at, t.resolved_at
FROM staging.message_error AS t
UNION ALL
SELECT t.error_id, t.seq, t.line_no, t.column_name, t.code, t.severity, t.value, t.expected, t.text, t.hint, t.first_seen_at, t.resolved_at
FROM archive.message_error AS t;

COMMENT ON VIEW ops.every_message_error IS 'Findings of all messages, live and retired.';

COMMENT ON COLUMN ops.every_message_error.error_id IS 'number of the finding';

COMMENT ON COLUMN ops.every_message_error.seq IS 'message it was found in';

COMMENT ON COLUMN ops.every_message_error.line_no IS 'line it was found on; null for the header';

COMMENT ON COLUMN ops.every_message_error.column_name IS 'contract column it was found in';

COMMENT ON COLUMN ops.every_message_error.code IS 'rule that found it; see staging.rule';

COMMENT ON COLUMN ops.every_message_error.severity IS 'error, wait, task or warning';

COMMENT ON COLUMN ops.every_message_error.value IS 'what was sent';

COMMENT ON COLUMN ops.every_message_error.expected IS 'what would have been right';

COMMENT ON COLUMN ops.every_message_error.text IS 'the finding in words';

COMMENT ON COLUMN ops.every_message_error.hint IS 'what to do';

COMMENT ON COLUMN ops.every_message_error.first_seen_at IS 'when it was found first';

COMMENT ON COLUMN ops.every_message_error.resolved_at IS 'since when it no longer holds';

CREATE VIEW ops.every_event AS
SELECT t.event_id, t.seq, t.at, t.from_state, t.to_state, t.actor, t.reason
FROM staging.event AS t
UNION ALL
SELECT t.event_id, t.seq, t.at, t.from_state, t.to_state, t.actor, t.reason
FROM archive.event AS t;

COMMENT ON VIEW ops.every_event IS 'Steps of all messages, live and retired.';

COMMENT ON COLUMN ops.every_event.event_id IS 'number of the event';

COMMENT ON COLUMN ops.every_event.seq IS 'message that made the step';

COMMENT ON COLUMN ops.every_event.at IS 'when';

COMMENT ON COLUMN ops.every_event.from_state IS 'state before';

COMMENT ON COLUMN ops.every_event.to_state IS 'state after';

COMMENT ON COLUMN ops.every_event.actor IS 'login, or the operator''s name beside it';

COMMENT ON COLUMN ops.every_event.reason IS 'why';

CREATE FUNCTION staging.refuse_task_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION 'task % cannot go from % to %', OLD.task_id, OLD.state, NEW.state
        USING ERRCODE = '55000', HINT = 'decide with ops.resolve_task(task_id, decision, reason)';
END
$body$;

COMMENT ON FUNCTION staging.refuse_task_step() IS 'Refuses an illegal step of a task, whoever makes it.';

CREATE VIEW ops.task_value AS
SELECT
    t.task_id,
    v.value_at_risk,
    v.currency
FROM ops.decision AS t
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN min(x.currency) = max(x.currency) OR count(x.currency) = 0 THEN round(sum(x.amount), 2)
        END AS value_at_risk,
        CASE WHEN min(x.currency) = max(x.currency) THEN min(x.currency) END AS currency
    FROM (
        SELECT
            abs(t.qty) * i.unit_cost AS amount,
            i.currency
        FROM book.item AS i
        WHERE i.item_code = t.item_code AND t.qty IS NOT NULL
        UNION ALL
        SELECT
            (l.open_qty + l.short_qty) * i.unit_cost AS amount,
            i.currency
        FROM book.order_line AS l
        INNER JOIN book.item AS i ON l.item_code = i.item_code
        WHERE
            (t.item_code IS NULL OR t.qty IS NULL) AND t.code IN ('STA-009', 'STA-010', 'STA-012')
            AND l.warehouse_code = t.warehouse_code
            AND l.order_type = t.order_type
            AND l.order_no = t.order_no
        UNION ALL
        SELECT
            greatest(sum(g.qty) FILTER (WHERE g.qty > 0), -sum(g.qty) FILTER (WHERE g.qty < 0))
            * i.unit_cost AS amount,
            i.currency
        FROM book.ledger AS g
        INNER JOIN book.item AS i ON g.item_code = i.item_code
        WHERE
            (t.item_code IS NULL OR t.qty IS NULL)
            AND t.code NOT IN ('STA-009', 'STA-010', 'STA-012')
            AND g.warehouse_code = t.warehouse_code
            AND g.message_seq = t.seq
            AND (t.line_no IS NULL OR g.line_no = t.line_no)
        GROUP BY i.item_code, i.unit_cost, i.currency
    ) AS x
) AS v;

COMMENT ON VIEW ops.task_value IS
'What is at risk for each task: quantity by unit cost, of the line, the message or the order.';
COMMENT ON COLUMN ops.task_value.task_id IS 'the task';
COMMENT ON COLUMN ops.task_value.value_at_risk IS
'quantity by unit cost; null: no cost known, or several currencies';
COMMENT ON COLUMN ops.task_value.currency IS 'currency of the unit cost';

CREATE VIEW ops.task AS
SELECT
    t.task_id,
    t.code,
    t.text,
    t.state,
    coalesce(t.owner, (
        SELECT min(c.owner)
        FROM ops.choice AS c
        WHERE
            c.code = t.code
            AND c.doc_type IN ('*', (
                SELECT m.doc_type
                FROM ops.known_message AS m
                WHERE m.seq = t.seq
            ))
    )) AS owner,
    coalesce(t.closed_at, now()) - t.opened_at AS age,
    t.warehouse_code,
    t.order_type,
    t.order_no,
    t.order_line_no,
    t.item_code,
    t.qty,
    (
        SELECT v.value_at_risk
        FROM ops.task_value AS v
        WHERE v.task_id = t.task_id
    ) AS value_at_risk,
    (
        SELECT v.currency
        FROM ops.task_value AS v
        WHERE v.task_id = t.task_id
    ) AS currency,
    (
        SELECT
            coalesce(jsonb_agg(
                jsonb_build_object('choice', c.choice, 'meaning', c.meaning, 'posts', c.posts)
                ORDER BY c.choice
            ), CAST('[]' AS jsonb))
        FROM ops.choice AS c
        WHERE
            t.state = 'open' AND c.code = t.code
            AND c.doc_type IN ('*', (
                SELECT m.doc_type
                FROM ops.known_message AS m
                WHERE m.seq = t.seq
            ))
    ) AS choices,
    t.hint,
    t.opened_at,
    t.seq,
    t.line_no,
    (
        SELECT m.message_id
        FROM ops.known_message AS m
        WHERE m.seq = t.seq
    ) AS message_id,
    (
        SELECT m.doc_type
        FROM ops.known_message AS m
        WHERE m.seq = t.seq
    ) AS doc_type,
    t.decision,
    t.reason,
    t.decided_by,
    t.decided_at,
    t.posted_seq,
    t.outcome,
    t.closed_at,
    t.detail
FROM ops.decision AS t;

COMMENT ON VIEW ops.task IS
'Decisions that people owe, with the choices; ops.resolve_task(task_id, decision, reason) decides.';
COMMENT ON COLUMN ops.task.task_id IS 'number of the task';
COMMENT ON COLUMN ops.task.code IS 'rule that asks for the decision; see staging.rule';
COMMENT ON COLUMN ops.task.text IS 'what is to be decided';
COMMENT ON COLUMN ops.task.state IS 'open, deciding (the decision is on its way) or done';
COMMENT ON COLUMN ops.task.owner IS 'who owes it: assigned by ops.assign_task, else the role in ops.choice';
COMMENT ON COLUMN ops.task.age IS 'time since it was opened; of done ones, how long it took';
COMMENT ON COLUMN ops.task.warehouse_code IS 'warehouse';
COMMENT ON COLUMN ops.task.order_type IS 'order concerned';
COMMENT ON COLUMN ops.task.order_no IS 'order concerned';
COMMENT ON COLUMN ops.task.order_line_no IS 'order line concerned';
COMMENT ON COLUMN ops.task.item_code IS 'item concerned';
COMMENT ON COLUMN ops.task.qty IS 'quantity at stake, in base units';
COMMENT ON COLUMN ops.task.value_at_risk IS
'quantity by unit cost, of the line, the message or the order; null: no cost known';
COMMENT ON COLUMN ops.task.currency IS 'currency of value_at_risk';
COMMENT ON COLUMN ops.task.choices IS
'what may be decided, as a list of choice, meaning and posts; empty once decided';
COMMENT ON COLUMN ops.task.hint IS 'what to do';
COMMENT ON COLUMN ops.task.opened_at IS 'since when it is owed';
COMMENT ON COLUMN ops.task.seq IS 'message that raised it; ops.why(seq) tells its story';
COMMENT ON COLUMN ops.task.line_no IS 'line that raised it';
COMMENT ON COLUMN ops.task.message_id IS 'the sender''s own id of that message';
COMMENT ON COLUMN ops.task.doc_type IS 'document type of that message';
COMMENT ON COLUMN ops.task.decision IS 'what was decided; moot: it was no longer needed';
COMMENT ON COLUMN ops.task.reason IS 'why it was decided so';
COMMENT ON COLUMN ops.task.decided_by IS 'who decided';
COMMENT ON COLUMN ops.task.decided_at IS 'when';
COMMENT ON COLUMN ops.task.posted_seq IS 'message that carries the decision out';
COMMENT ON COLUMN ops.task.outcome IS
'what came of its decisions, the newest last: what was posted, or why it could not be carried out';
COMMENT ON COLUMN ops.task.closed_at IS 'when it was done';
COMMENT ON COLUMN ops.task.detail IS
'evidence: lot, serial, location and status of the line as sent';

CREATE FUNCTION staging.lock_task(task_id bigint) RETURNS ops.decision
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    found ops.decision;
BEGIN
    SELECT t.* INTO found FROM ops.decision AS t WHERE t.task_id = lock_task.task_id FOR UPDATE;
    IF found.task_id IS NULL THEN
        RAISE EXCEPTION 'there is no task %', coalesce(CAST(lock_task.task_id AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'ops.task lists them';
    END IF;
    RETURN found;
END
$body$;

CREATE FUNCTION ops.assign_task(task_id bigint, owner text, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    task ops.decision := staging.lock_task(assign_task.task_id);
    new_owner text := nullif(btrim(assign_task.owner, E' \t\r\n'), '');
BEGIN
    IF task.state = 'done' THEN
        RAISE EXCEPTION 'task % is done: %', task.task_id, task.decision
            USING ERRCODE = '55000', HINT = 'nothing is owed any more';
    END IF;
    IF new_owner IS NULL OR length(new_owner) > 200 OR new_owner ~ '[\x01-\x1f\x7f-\x9f]' THEN
        RAISE EXCEPTION 'the owner must be a name'
            USING ERRCODE = '22023', HINT = 'a role or a person, up to 200 characters';
    END IF;
    PERFORM staging.record_act('assign_task', assign_task.reason, task.seq, task.task_id,
        jsonb_build_object('from', task.owner, 'to', new_owner));
    UPDATE ops.decision AS t SET owner = new_owner WHERE t.task_id = task.task_id;
    RETURN jsonb_build_object('task_id', task.task_id, 'state', task.state, 'owner', new_owner);
END
$body$;

CREATE FUNCTION ops.resolve_task(task_id bigint, decision text, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    task ops.decision := staging.lock_task(resolve_task.task_id);
    choices text;
    posts text;
BEGIN
    IF task.state <> 'open' THEN
        RAISE EXCEPTION 'task % is % already: % by %', task.task_id, task.state, task.decision, task.decided_by
            USING ERRCODE = '55000', HINT = CASE task.state
                WHEN 'deciding' THEN 'it is being carried out; if that fails, the task opens again'
                ELSE 'what was posted is corrected by a new document'
            END;
    END IF;
    SELECT string_agg(c.choice, ', ' ORDER BY c.choice), max(c.posts) FILTER (WHERE c.choice = btrim(resolve_task.decision))
    INTO choices, posts
    FROM ops.choice AS c
    WHERE c.code = task.code AND c.doc_type IN ('*', (
        SELECT m.doc_type FROM staging.message AS m WHERE m.seq = task.seq
    ));
    IF posts IS NULL THEN
        RAISE EXCEPTION 'task % (%) cannot be decided as %', task.task_id, task.code,
            coalesce(resolve_task.decision, 'null')
            USING ERRCODE = '22023', HINT = 'choices: ' || coalesce(choices, 'none');
    END IF;
    PERFORM staging.record_act('resolve_task', resolve_task.reason, task.seq, task.task_id,
        jsonb_build_object('decision', btrim(resolve_task.decision), 'posts', posts));
    UPDATE ops.decision AS t
    SET state = 'deciding', decision = btrim(resolve_task.decision),
        reason = staging.need_reason(resolve_task.reason), decided_by = staging.actor(),
        decided_at = clock_timestamp()
    WHERE t.task_id = task.task_id;
    RETURN jsonb_build_object(
        'task_id', task.task_id, 'from', 'open', 'to', 'deciding', 'decision', btrim(resolve_task.decision),
        'posts', posts
    );
END
$body$;

COMMENT ON FUNCTION staging.lock_task(bigint) IS 'The task, locked; fails with P0002 when there is none.';
COMMENT ON FUNCTION ops.resolve_task(bigint, text, text) IS
'Decides an open task, with one of its choices; the engine carries it out at once. Returns task_id, from, to, decision, posts.';
COMMENT ON FUNCTION ops.assign_task(bigint, text, text) IS
'Makes a role or a person the owner of a task; fails with 55000 when it is done.';

REVOKE ALL ON FUNCTION staging.refuse_task_step(), staging.lock_task(bigint),
ops.assign_task(bigint, text, text), ops.resolve_task(bigint, text, text) FROM public;

GRANT EXECUTE ON FUNCTION ops.assign_task(bigint, text, text), ops.resolve_task(bigint, text, text)
TO crossdock_dba, crossdock_daemon;

CREATE TRIGGER decision_step BEFORE UPDATE OF state ON ops.decision
FOR EACH ROW
WHEN (
    OLD.state <> NEW.state
    AND (OLD.state || '>' || NEW.state <> ALL (ARRAY['open>deciding', 'open>done', 'deciding>open', 'deciding>done']))
)
EXECUTE FUNCTION staging.refuse_task_step();

INSERT INTO ops.policy_kind VALUES
    ('reference_limit', ARRAY['warehouse']::text[], '04:00:00', ARRAY[]::text[], 'interval', 'CROSSDOCK_REFERENCE_LIMIT', 'how long a message waits for an item, unit, party, location, warehouse or reversed fact'),
    ('order_limit', ARRAY['warehouse']::text[], '01:00:00', ARRAY[]::text[], 'interval', 'CROSSDOCK_ORDER_LIMIT', 'how long a fact waits for its order; then it is posted without, with a task'),
    ('stock_limit', ARRAY['warehouse']::text[], '00:15:00', ARRAY[]::text[], 'interval', 'CROSSDOCK_STOCK_LIMIT', 'how long a fact waits for stock; then it is posted below zero, with a task'),
    ('line_limit', ARRAY['warehouse']::text[], '00:15:00', ARRAY[]::text[], 'interval', 'CROSSDOCK_LINE_LIMIT', 'how long a header waits for its lines, and lines for their header'),
    ('answer_alarm', ARRAY['warehouse']::text[], '02:00:00', ARRAY[]::text[], 'interval', 'CROSSDOCK_ANSWER_ALARM', 'how long a forwarded request goes unanswered before a person is told'),
    ('clock_skew_limit', ARRAY['warehouse']::text[], '00:15:00', ARRAY[]::text[], 'interval', 'CROSSDOCK_CLOCK_SKEW_LIMIT', 'how far ahead of our clock a fact may say it happened before a person is told'),
    ('negative_stock', ARRAY['warehouse']::text[], 'wait', ARRAY['wait', 'post']::text[], 'one of wait, post', NULL, 'a fact that would take stock below zero: wait up to stock_limit for an earlier fact, or post at once; a task tells of it when it is posted'),
    ('remainder', ARRAY['order_type', 'warehouse']::text[], 'close_short', ARRAY['close_short', 'back_order_erp', 'back_order_wms']::text[], 'one of close_short, back_order_erp, back_order_wms', NULL, 'who owns what a receipt or shipment leaves. close_short: a final fact ends it, else it stays open; back_order_erp: every fact ends it, the ERP sends a new order; back_order_wms: no fact ends it, only the full quantity or a close does'),
    ('authoritative_book', ARRAY['warehouse']::text[], 'wms', ARRAY['wms', 'erp']::text[], 'one of wms, erp', NULL, 'whose book is right where both disagree and nobody knows better: adjustments correct the other one'),
    ('lots', ARRAY['system']::text[], 'on', ARRAY['on', 'off']::text[], 'one of on, off', NULL, 'off for a WMS: a line that names a lot cannot be sent to it (SYN-015)'),
    ('serials', ARRAY['system']::text[], 'on', ARRAY['on', 'off']::text[], 'one of on, off', NULL, 'off for a WMS: an item kept by serial number cannot be ordered from it (SYN-015)'),
    ('decimals', ARRAY['system']::text[], 'on', ARRAY['on', 'off']::text[], 'one of on, off', NULL, 'off for a WMS: a quantity that is not whole in its unit cannot be sent to it (SYN-015)'),
    ('repeated_items', ARRAY['system']::text[], 'on', ARRAY['on', 'off']::text[], 'one of on, off', NULL, 'off for a WMS: one item cannot stand on two lines of an order (SYN-015)'),
    ('partial', ARRAY['system']::text[], 'on', ARRAY['on', 'off']::text[], 'one of on, off', NULL, 'off for a WMS: it works a line in full or not at all: a line cannot have an under_tolerance_pct (SYN-015)'),
    ('cancel', ARRAY['system']::text[], 'on', ARRAY['on', 'off']::text[], 'one of on, off', NULL, 'off for a WMS: an order that it has read cannot be cancelled; one that it has not read can (SYN-015)'),
    ('packages', ARRAY['system']::text[], 'on', ARRAY['on', 'off']::text[], 'one of on, off', NULL, 'off for a WMS: it counts in base units: a line cannot be in another unit (SYN-015)'),
    ('production', ARRAY['system']::text[], 'on', ARRAY['on', 'off']::text[], 'one of on, off', NULL, 'off for a WMS: production orders cannot be sent to it (SYN-015)');

CREATE FUNCTION staging.policy_scope(scope_kind text, scope text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    code text := btrim(scope);
    order_type text := split_part(code, ' ', 1);
    place text := CASE scope_kind
        WHEN 'warehouse' THEN code
        WHEN 'order_type' THEN nullif(btrim(substr(code, length(order_type) + 1)), '')
    END;
BEGIN
    IF scope_kind = 'system'
        AND NOT EXISTS (SELECT FROM ops.system AS s WHERE s.system_code = code AND s.kind = 'wms') THEN
        RAISE EXCEPTION 'there is no WMS %', coalesce(code, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT system_code FROM ops.system lists them';
    END IF;
    IF scope_kind = 'order_type' AND NOT EXISTS (
        SELECT FROM staging.document_type AS t
        WHERE t.road = 'request' AND t.senders <> '{}' AND t.doc_type <> 'production_order' AND t.doc_type = order_type
    ) THEN
        RAISE EXCEPTION 'there is no order type % that leaves a remainder', coalesce(order_type, 'null')
            USING ERRCODE = 'P0002', HINT = 'name an order type, or an order type, a blank and a warehouse; production ends by its completion';
    END IF;
    IF (scope_kind = 'warehouse' OR place IS NOT NULL)
        AND NOT EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = place) THEN
        RAISE EXCEPTION 'there is no warehouse %', coalesce(place, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT warehouse_code FROM book.warehouse lists them';
    END IF;
    RETURN CASE WHEN scope_kind = 'order_type' THEN concat_ws(' ', order_type, place) ELSE code END;
END
$body$;

CREATE FUNCTION staging.policy_interval(value text) RETURNS interval
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $body$
DECLARE
    found interval;
BEGIN
    found := CAST(value AS interval);
    IF (value ~ '^[-+0-9. ]+$' AND found <> '0') OR found < '0' OR NOT isfinite(found)
        OR extract(year FROM found) <> 0 OR extract(month FROM found) <> 0 THEN
        RETURN NULL;
    END IF;
    RETURN found;
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow OR interval_field_overflow THEN
    RETURN NULL;
END
$body$;

CREATE FUNCTION ops.set_policy(scope_kind text, scope text, name text, value text, reason text)
RETURNS TABLE (value_before text, value_after text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    kinds text [];
    choices text [];
    standard text;
    place text;
    wanted text := nullif(nullif(btrim(value), ''), 'default');
    lasts interval;
BEGIN
    SELECT k.scope_kinds, k.choices, k.default_value INTO kinds, choices, standard
    FROM ops.policy_kind AS k WHERE k.name = set_policy.name;
    IF kinds IS NULL THEN
        RAISE EXCEPTION 'there is no policy %', coalesce(name, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT name, meaning FROM ops.policy lists them';
    END IF;
    IF scope_kind IS NULL OR scope_kind <> ALL (kinds) THEN
        RAISE EXCEPTION 'policy % is set for: %, not for %', name, array_to_string(kinds, ', '), coalesce(scope_kind, 'null')
            USING ERRCODE = '22023';
    END IF;
    place := staging.policy_scope(scope_kind, scope);
    IF choices = '{}' THEN
        lasts := staging.policy_interval(wanted);
    END IF;
    IF wanted IS NOT NULL AND NOT coalesce(wanted = ANY (choices), false) AND lasts IS NULL THEN
        RAISE EXCEPTION '% cannot be %', name, wanted USING ERRCODE = '22023', HINT = CASE
            WHEN choices = '{}' THEN 'say a duration such as 15min, 4h or 1 day'
            ELSE 'say one of: ' || array_to_string(choices, ', ')
        END;
    END IF;
    wanted := coalesce(CAST(lasts AS text), wanted);
    SELECT p.value INTO value_before FROM ops.policy_value AS p
    WHERE p.scope_kind = set_policy.scope_kind AND p.scope = place AND p.name = set_policy.name FOR UPDATE;
    IF wanted IS NULL THEN
        DELETE FROM ops.policy_value AS p
        WHERE p.scope_kind = set_policy.scope_kind AND p.scope = place AND p.name = set_policy.name;
    ELSE
        INSERT INTO ops.policy_value (scope_kind, scope, name, value, duration, set_at, set_by, reason)
        VALUES (scope_kind, place, name, wanted, lasts, clock_timestamp(), staging.actor(), why)
        ON CONFLICT ON CONSTRAINT policy_value_pkey DO UPDATE SET
            value = excluded.value, duration = excluded.duration, set_at = excluded.set_at,
            set_by = excluded.set_by, reason = excluded.reason;
    END IF;
    PERFORM staging.record_act('set_policy', why, NULL, NULL, jsonb_build_object(
        'scope_kind', scope_kind, 'scope', place, 'name', name, 'from', value_before, 'to', wanted
    ));
    IF scope_kind = 'warehouse' AND name IN ('reference_limit', 'order_limit', 'stock_limit', 'line_limit', 'negative_stock') THEN
        UPDATE staging.message AS m SET wait_until = clock_timestamp()
        WHERE m.seq IN (
            SELECT c.seq FROM staging.message AS c
            WHERE c.lane = place AND c.state IN ('received', 'waiting') AND c.wait_until > clock_timestamp()
            ORDER BY c.seq FOR NO KEY UPDATE SKIP LOCKED
        );
    END IF;
    value_before := coalesce(value_before, standard);
    value_after := coalesce(wanted, standard);
    RETURN NEXT;
END
$body$;

CREATE VIEW ops.policy AS
SELECT
    k.scope_kinds[1] AS scope_kind,
    CAST(NULL AS text) AS scope,
    k.name,
    k.default_value AS value,
    k.default_value AS "default",
    k.unit,
    k.setting,
    k.meaning,
    CAST(NULL AS timestamptz) AS set_at,
    CAST(NULL AS text) AS set_by,
    CAST(NULL AS text) AS reason
FROM ops.policy_kind AS k
UNION ALL
SELECT
    p.scope_kind,
    p.scope,
    p.name,
    p.value,
    k.default_value AS "default",
    k.unit,
    k.setting,
    k.meaning,
    p.set_at,
    p.set_by,
    p.reason
FROM ops.policy_value AS p
INNER JOIN ops.policy_kind AS k ON p.name = k.name;

COMMENT ON VIEW ops.policy IS
'Every policy with its default (scope null), and every one that was set; ops.set_policy sets one.';
COMMENT ON COLUMN ops.policy.scope_kind IS 'warehouse, system or order_type';
COMMENT ON COLUMN ops.policy.scope IS
'warehouse, system, order type, or order type and warehouse; null: everywhere where nothing was set';
COMMENT ON COLUMN ops.policy.name IS 'name of the policy';
COMMENT ON COLUMN ops.policy.value IS 'what holds; where a setting is named, it goes before the default';
COMMENT ON COLUMN ops.policy."default" IS 'what holds where nothing was decided';
COMMENT ON COLUMN ops.policy.unit IS 'what a value is';
COMMENT ON COLUMN ops.policy.setting IS 'setting of the program that goes before the default';
COMMENT ON COLUMN ops.policy.meaning IS 'what it decides';
COMMENT ON COLUMN ops.policy.set_at IS 'when it was set';
COMMENT ON COLUMN ops.policy.set_by IS 'who set it; ops.audit keeps every change';
COMMENT ON COLUMN ops.policy.reason IS 'why';
COMMENT ON FUNCTION ops.set_policy(text, text, text, text, text) IS
'Decides a policy for a warehouse, a system or an order type; null takes the decision back. Returns the values before and after.';
COMMENT ON FUNCTION staging.policy_scope(text, text) IS
'The scope as it is kept; fails with P0002 when there is no such warehouse, system or order type.';
COMMENT ON FUNCTION staging.policy_interval(text) IS 'The duration; null when the text is none.';

REVOKE ALL ON FUNCTION ops.set_policy(text, text, text, text, text), staging.policy_scope(text, text),
staging.policy_interval(text) FROM public;

GRANT EXECUTE ON FUNCTION ops.set_policy(text, text, text, text, text) TO crossdock_dba;

CREATE VIEW ops.period_blocker AS
SELECT
    m.lane AS warehouse_code,
    CAST(date_trunc('month', CAST(b.business_date AS timestamp)) AS date) AS period_start,
    'fact' AS kind,
    m.seq,
    m.sender,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    b.business_date,
    m.state,
    concat_ws(
        ' ', m.doc_type, btrim(m.doc_no), 'of', m.sender, 'is', m.state, 'for ' || nullif(m.waiting_for, '')
    ) AS what
FROM staging.message AS m
INNER JOIN book.warehouse AS w ON m.lane = w.warehouse_code
CROSS JOIN LATERAL (
    SELECT CAST(coalesce(m.occurred_at, m.received_at) AT TIME ZONE w.time_zone AS date) AS business_date
) AS b
WHERE
    m.road IN ('fact', 'count')
    AND m.state IN ('received', 'waiting', 'retrying', 'held', 'error')
    AND isfinite(coalesce(m.occurred_at, m.received_at))
UNION ALL
SELECT
    h.warehouse_code,
    CAST(date_trunc('month', CAST(b.business_date AS timestamp)) AS date) AS period_start,
    'order' AS kind,
    f.seq,
    m.sender,
    h.order_type AS doc_type,
    h.order_no AS doc_no,
    b.business_date,
    h.state,
    concat_ws(' ', h.order_type, h.order_no, 'is said to be final, facts of it are not applied') AS what
FROM book.order_head AS h
INNER JOIN book.warehouse AS w ON h.warehouse_code = w.warehouse_code
CROSS JOIN LATERAL (
    SELECT max(l.final_seq) AS seq
    FROM book.order_line AS l
    WHERE l.warehouse_code = h.warehouse_code AND l.order_type = h.order_type AND l.order_no = h.order_no
) AS f
LEFT JOIN staging.message AS m ON f.seq = m.seq
CROSS JOIN LATERAL (
    SELECT
        CAST(coalesce(m.occurred_at, m.received_at, h.changed_at) AT TIME ZONE w.time_zone AS date) AS business_date
) AS b
WHERE h.state = 'closing';

CREATE VIEW ops.period AS
SELECT
    x.warehouse_code,
    x.period_start,
    CAST(x.period_start + CAST('1 month' AS interval) AS date) - 1 AS period_end,
    coalesce(p.state, 'open') AS state,
    (
        SELECT count(*)
        FROM ops.period_blocker AS b
        WHERE b.warehouse_code = x.warehouse_code AND b.period_start = x.period_start
    ) AS blocker_count,
    p.changed_at,
    p.changed_by,
    p.reason
FROM (
    SELECT
        k.warehouse_code,
        k.period_start
    FROM book.period AS k
    UNION
    SELECT
        w.warehouse_code,
        CAST(date_trunc('month', now() AT TIME ZONE w.time_zone) + v.months * CAST('1 month' AS interval) AS date)
    FROM book.warehouse AS w
    CROSS JOIN (VALUES (0), (-1)) AS v (months)
    UNION
    SELECT
        b.warehouse_code,
        b.period_start
    FROM ops.period_blocker AS b
) AS x
LEFT JOIN book.period AS p ON x.warehouse_code = p.warehouse_code AND x.period_start = p.period_start;

CREATE VIEW ops.cut_off AS
SELECT
    g.warehouse_code,
    v.period_start,
    v.kind,
    g.business_date,
    g.posting_date,
    g.message_seq AS seq,
    m.sender,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    g.line_no,
    g.ledger_seq,
    g.movement_type,
    g.item_code,
    g.lot_no,
    g.stock_status,
    g.qty,
    i.base_uom AS uom,
    round(g.qty * i.unit_cost, 2) AS value,
    i.currency,
    g.occurred_at,
    g.received_at,
    g.applied_at
FROM book.ledger AS g
CROSS JOIN LATERAL (
    VALUES
    (CAST(date_trunc('month', CAST(g.business_date AS timestamp)) AS date), 'posted later'),
    (CAST(date_trunc('month', CAST(g.posting_date AS timestamp)) AS date), 'from an earlier period')
) AS v (period_start, kind)
LEFT JOIN staging.message AS m ON g.message_seq = m.seq
LEFT JOIN book.item AS i ON g.item_code = i.item_code
WHERE g.is_late;

CREATE FUNCTION ops.period_set(warehouse text, period_start date, state text, reason text)
RETURNS TABLE (state_before text, state_after text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO, YMD'
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    place text := btrim(warehouse);
    position_now bigint;
    blockers bigint;
    first_one text;
BEGIN
    IF NOT EXISTS (SELECT FROM staging.state AS s WHERE s.machine = 'period' AND s.state = period_set.state) THEN
        RAISE EXCEPTION 'a period cannot be %', coalesce(state, 'null')
            USING ERRCODE = '22023', HINT = 'say open, closing or closed';
    END IF;
    IF NOT coalesce(period_start BETWEEN DATE '1900-01-01' AND DATE '2999-12-01' AND extract(day FROM period_start) = 1, false) THEN
        RAISE EXCEPTION 'a period begins on the first day of a month, not on %', coalesce(CAST(period_start AS text), 'null')
            USING ERRCODE = '22023', HINT = 'say for example 2026-03-01';
    END IF;
    SELECT c.ledger_seq INTO position_now
    FROM book.lane_counter AS c
    WHERE c.warehouse_code = place AND EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = place)
    FOR UPDATE;
    IF position_now IS NULL THEN
        RAISE EXCEPTION 'there is no warehouse %', coalesce(place, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT warehouse_code FROM book.warehouse lists them';
    END IF;
    state_after := state;
    state_before := coalesce((
        SELECT p.state FROM book.period AS p
        WHERE p.warehouse_code = place AND p.period_start = period_set.period_start
    ), 'open');
    IF state_before = state_after THEN
        RETURN NEXT;
        RETURN;
    END IF;
    IF NOT EXISTS (
        SELECT FROM staging.step AS s
        WHERE s.machine = 'period' AND s.from_state = state_before AND s.to_state = state_after
    ) THEN
        RAISE EXCEPTION 'period % of % is % and cannot become %', period_start, place, state_before, state_after
            USING ERRCODE = '55000', HINT = 'open it first';
    END IF;
    IF state_after = 'closed' THEN
        SELECT count(*), (array_agg(b.what ORDER BY b.business_date, b.seq))[1] INTO blockers, first_one
        FROM ops.period_blocker AS b
        WHERE b.warehouse_code = place AND b.period_start = period_set.period_start;
        IF blockers > 0 THEN
            RAISE EXCEPTION 'period % of % cannot close: blocked by %, first %', period_start, place, blockers, first_one
                USING ERRCODE = '55000', HINT = format(
                    'SELECT * FROM ops.period_blocker WHERE warehouse_code = %L AND period_start = %L', place, period_start
                );
        END IF;
    END IF;
    INSERT INTO book.period (warehouse_code, period_start, state, closed_ledger_seq, changed_at, changed_by, reason)
    VALUES (
        place, period_start, state_after, CASE state_after WHEN 'closed' THEN position_now END, clock_timestamp(),
        staging.actor(), why
    )
    ON CONFLICT ON CONSTRAINT period_pkey DO UPDATE SET
        state = excluded.state, closed_ledger_seq = excluded.closed_ledger_seq, changed_at = excluded.changed_at,
        changed_by = excluded.changed_by, reason = excluded.reason;
    UPDATE book.lane_counter AS c
    SET closed_before = (
        SELECT CAST(max(p.period_start) + CAST('1 month' AS interval) AS date) FROM book.period AS p
        WHERE p.warehouse_code = place AND p.state = 'closed'
    )
    WHERE c.warehouse_code = place;
    PERFORM staging.record_act('period_set', why, NULL, NULL, jsonb_build_object(
        'warehouse_code', place, 'period_start', period_start, 'from', state_before, 'to', state_after
    ));
    RETURN NEXT;
END
$body$;

COMMENT ON VIEW ops.period_blocker IS
'What keeps a month of a warehouse from closing: facts of it that are not applied, orders in closing.';
COMMENT ON COLUMN ops.period_blocker.warehouse_code IS 'warehouse';
COMMENT ON COLUMN ops.period_blocker.period_start IS 'first day of the month that it blocks';
COMMENT ON COLUMN ops.period_blocker.kind IS 'fact or order';
COMMENT ON COLUMN ops.period_blocker.seq IS 'the fact; for an order the message that said final';
COMMENT ON COLUMN ops.period_blocker.sender IS 'system that sent that message';
COMMENT ON COLUMN ops.period_blocker.doc_type IS 'document type of the fact; type of the order';
COMMENT ON COLUMN ops.period_blocker.doc_no IS 'own number of the fact; number of the order';
COMMENT ON COLUMN ops.period_blocker.business_date IS 'day it happened, in the warehouse''s time zone';
COMMENT ON COLUMN ops.period_blocker.state IS 'state of the fact or of the order';
COMMENT ON COLUMN ops.period_blocker.what IS 'the same in words';
COMMENT ON VIEW ops.period IS
'The months of each warehouse: those set by ops.period_set, this and the last, and those with open work.';
COMMENT ON COLUMN ops.period.warehouse_code IS 'warehouse';
COMMENT ON COLUMN ops.period.period_start IS 'first day of the month, in the warehouse''s calendar';
COMMENT ON COLUMN ops.period.period_end IS 'its last day';
COMMENT ON COLUMN ops.period.state IS
'open; closing: it still takes postings while its blockers are cleared; closed: it takes none';
COMMENT ON COLUMN ops.period.blocker_count IS 'what keeps it from closing; ops.period_blocker lists it';
COMMENT ON COLUMN ops.period.changed_at IS 'when its state was set; null: never';
COMMENT ON COLUMN ops.period.changed_by IS 'who set it; ops.audit keeps every change';
COMMENT ON COLUMN ops.period.reason IS 'why';
COMMENT ON VIEW ops.cut_off IS
'Ledger rows posted in a later month than they happened in, under both months.';
COMMENT ON COLUMN ops.cut_off.warehouse_code IS 'warehouse';
COMMENT ON COLUMN ops.cut_off.period_start IS 'first day of the month that it concerns';
COMMENT ON COLUMN ops.cut_off.kind IS
'posted later: happened in this month; from an earlier period: posted in this month';
COMMENT ON COLUMN ops.cut_off.business_date IS 'day it happened';
COMMENT ON COLUMN ops.cut_off.posting_date IS 'day it counts for';
COMMENT ON COLUMN ops.cut_off.seq IS 'message that caused it; ops.why(seq) tells its story';
COMMENT ON COLUMN ops.cut_off.sender IS 'system that sent the message';
COMMENT ON COLUMN ops.cut_off.doc_type IS 'document type';
COMMENT ON COLUMN ops.cut_off.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.cut_off.line_no IS 'line of the document';
COMMENT ON COLUMN ops.cut_off.ledger_seq IS 'position in the warehouse''s ledger';
COMMENT ON COLUMN ops.cut_off.movement_type IS 'why the stock changed';
COMMENT ON COLUMN ops.cut_off.item_code IS 'item';
COMMENT ON COLUMN ops.cut_off.lot_no IS 'lot; empty for none';
COMMENT ON COLUMN ops.cut_off.stock_status IS 'stock status';
COMMENT ON COLUMN ops.cut_off.qty IS 'signed quantity, in base units';
COMMENT ON COLUMN ops.cut_off.uom IS 'base unit';
COMMENT ON COLUMN ops.cut_off.value IS 'quantity times the item''s present cost';
COMMENT ON COLUMN ops.cut_off.currency IS 'currency of the value';
COMMENT ON COLUMN ops.cut_off.occurred_at IS 'when it happened';
COMMENT ON COLUMN ops.cut_off.received_at IS 'when the message was received';
COMMENT ON COLUMN ops.cut_off.applied_at IS 'when it was posted';
COMMENT ON FUNCTION ops.period_set(text, date, text, text) IS
'Opens or closes a month of a warehouse; no close (55000) while something of it is unapplied. Returns the states before and after.';

REVOKE ALL ON FUNCTION ops.period_set(text, date, text, text) FROM public;

GRANT EXECUTE ON FUNCTION ops.period_set(text, date, text, text) TO crossdock_dba;

INSERT INTO ops.job (job, schedule, meaning) VALUES
    ('reconcile', '15 1 * * *', 'compare the books of ERP and WMS, and write the report''s run'),
    ('second_look', '*/15 * * * *', 'compare what both sides answered about keys that differed'),
    ('retire', '30 2 * * *', 'move messages that ended long ago to the archive'),
    ('archive', '15 3 * * *', 'make months ahead; export and drop those kept long enough'),
    ('proof', '0 4 * * *', 'check the laws of the ledger; fails and says so when one is broken');

CREATE FUNCTION staging.need_job(job text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM ops.job AS j WHERE j.job = btrim(need_job.job)) THEN
        RAISE EXCEPTION 'there is no job %', coalesce(job, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT job, meaning FROM ops.schedule lists them';
    END IF;
    RETURN btrim(job);
END
$body$;

CREATE FUNCTION staging.is_schedule(schedule text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    fields text [] := regexp_split_to_array(lower(btrim(schedule)), '\s+');
    least_of integer [] := '{0,0,1,1,0}';
    most_of integer [] := '{59,23,31,12,7}';
    months text [] := '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}';
    days text [] := '{sun,mon,tue,wed,thu,fri,sat}';
    part text;
    piece text [];
    said text [];
    ends integer [];
BEGIN
    IF cardinality(fields) IS DISTINCT FROM 5 THEN
        RETURN false;
    END IF;
    FOR i IN 1..5 LOOP
        FOREACH part IN ARRAY regexp_split_to_array(fields[i], ',') LOOP
            IF (i = 3 AND part IN ('l', 'lw')) OR (i = 5 AND part ~ '^[0-7](#[1-5]|l)$') THEN
                CONTINUE;
            END IF;
            piece := regexp_match(part, '^(\*|[0-9]{1,2}|[a-z]{3})(?:-([0-9]{1,2}|[a-z]{3}))?(?:/([0-9]{1,3}))?$');
            IF piece IS NULL OR piece[3] ~ '^0+$' OR (piece[1] = '*' AND piece[2] IS NOT NULL) THEN
                RETURN false;
            END IF;
            CONTINUE WHEN piece[1] = '*';
            said := ARRAY[piece[1], coalesce(piece[2], piece[1])];
            FOR k IN 1..2 LOOP
                ends[k] := CASE
                    WHEN said[k] ~ '^[0-9]' THEN CAST(said[k] AS integer)
                    WHEN i = 4 THEN array_position(months, said[k])
                    WHEN i = 5 THEN array_position(days, said[k]) - 1
                END;
            END LOOP;
            IF NOT coalesce(ends[1] BETWEEN least_of[i] AND ends[2] AND ends[2] <= most_of[i], false) THEN
                RETURN false;
            END IF;
        END LOOP;
    END LOOP;
    RETURN true;
END
$body$;

CREATE FUNCTION ops.schedule_set(job text, schedule text, time_zone text, reason text)
RETURNS TABLE (schedule_before text, schedule_after text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    name text := staging.need_job(job);
    wanted text := regexp_replace(btrim(schedule), '\s+', ' ', 'g');
    zone text := btrim(time_zone);
BEGIN
    IF NOT coalesce(staging.is_schedule(wanted), false) THEN
        RAISE EXCEPTION '% is no schedule', coalesce(schedule, 'null') USING ERRCODE = '22023',
            HINT = 'five fields: minute, hour, day of month, month, day of week; 15 1 * * * is each night at 01:15';
    END IF;
    SELECT j.schedule || ' ' || j.time_zone, coalesce(zone, j.time_zone) INTO schedule_before, zone
    FROM ops.job AS j WHERE j.job = name FOR UPDATE;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_timezone_names AS z WHERE z.name = zone) THEN
        RAISE EXCEPTION 'there is no time zone %', zone USING ERRCODE = '22023',
            HINT = 'SELECT name FROM pg_timezone_names lists them';
    END IF;
    schedule_after := wanted || ' ' || zone;
    UPDATE ops.job AS j SET
        schedule = wanted, time_zone = zone, since = clock_timestamp(), next_due_at = NULL,
        changed_by = staging.actor(), reason = why
    WHERE j.job = name;
    PERFORM staging.record_act('schedule_set', why, NULL, NULL, jsonb_build_object(
        'job', name, 'from', schedule_before, 'to', schedule_after
    ));
    RETURN NEXT;
END
$body$;

CREATE FUNCTION staging.schedule_halt(job text, halt boolean, reason text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    name text := staging.need_job(job);
    act text := CASE WHEN halt THEN 'schedule_pause' ELSE 'schedule_resume' END;
BEGIN
    UPDATE ops.job AS j SET
        paused_at = CASE WHEN halt THEN clock_timestamp() END,
        since = CASE WHEN halt THEN j.since ELSE clock_timestamp() END,
        next_due_at = NULL, changed_by = staging.actor(), reason = why
    WHERE j.job = name AND (j.paused_at IS NULL) = halt;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'job % %', name, CASE WHEN halt THEN 'is paused already' ELSE 'is not paused' END
            USING ERRCODE = '55000', HINT = 'SELECT job, paused_at, changed_by, reason FROM ops.schedule';
    END IF;
    PERFORM staging.record_act(act, why, NULL, NULL, jsonb_build_object('job', name));
    RETURN CASE WHEN halt THEN 'paused' ELSE 'active' END;
END
$body$;

CREATE FUNCTION ops.schedule_pause(job text, reason text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT staging.schedule_halt(job, true, reason) $body$;

CREATE FUNCTION ops.schedule_resume(job text, reason text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT staging.schedule_halt(job, false, reason) $body$;

CREATE VIEW ops.schedule AS
SELECT
    j.job,
    j.schedule,
    j.time_zone,
    j.next_due_at,
    j.paused_at,
    r.due_at AS last_due_at,
    r.origin AS last_origin,
    r.state AS last_state,
    r.started_at,
    r.ended_at,
    r.attempts,
    r.missed_count,
    r.runner,
    r.progress,
    r.counts,
    r.error,
    j.changed_by,
    j.reason,
    j.meaning
FROM ops.job AS j
LEFT JOIN LATERAL (
    SELECT
        x.due_at,
        x.origin,
        x.state,
        x.started_at,
        x.ended_at,
        x.attempts,
        x.missed_count,
        x.runner,
        x.progress,
        x.counts,
        x.error
    FROM ops.job_run AS x
    WHERE x.job = j.job
    ORDER BY x.due_at DESC
    LIMIT 1
) AS r ON true;

COMMENT ON VIEW ops.schedule IS
'The jobs of the clock, each with its last run; ops.job_run has all runs.';
COMMENT ON COLUMN ops.schedule.job IS 'name of the job';
COMMENT ON COLUMN ops.schedule.schedule IS 'when it is due: minute, hour, day, month, day of week';
COMMENT ON COLUMN ops.schedule.time_zone IS 'zone in which the schedule is read';
COMMENT ON COLUMN ops.schedule.next_due_at IS 'when it is due next, as the daemon last saw it';
COMMENT ON COLUMN ops.schedule.paused_at IS 'since when it is paused; null: it is not';
COMMENT ON COLUMN ops.schedule.last_due_at IS 'due time of its last run';
COMMENT ON COLUMN ops.schedule.last_origin IS 'schedule, or hand';
COMMENT ON COLUMN ops.schedule.last_state IS 'running, done, failed or lost';
COMMENT ON COLUMN ops.schedule.started_at IS 'when the last run was started';
COMMENT ON COLUMN ops.schedule.ended_at IS 'when it ended';
COMMENT ON COLUMN ops.schedule.attempts IS 'times it was started for this due time';
COMMENT ON COLUMN ops.schedule.missed_count IS 'due times before this one that it stands for';
COMMENT ON COLUMN ops.schedule.runner IS 'host and process that ran it';
COMMENT ON COLUMN ops.schedule.progress IS 'how far it has come';
COMMENT ON COLUMN ops.schedule.counts IS 'what it did, in numbers';
COMMENT ON COLUMN ops.schedule.error IS 'why it failed';
COMMENT ON COLUMN ops.schedule.changed_by IS 'who set, paused or resumed the job last';
COMMENT ON COLUMN ops.schedule.reason IS 'why';
COMMENT ON COLUMN ops.schedule.meaning IS 'what the job does';
COMMENT ON FUNCTION ops.schedule_set(text, text, text, text) IS
'Decides when a job is due, by a cron expression and a time zone (null: as it is).';
COMMENT ON FUNCTION ops.schedule_pause(text, text) IS 'Pauses a job; what falls due is left out.';
COMMENT ON FUNCTION ops.schedule_resume(text, text) IS 'Lets a paused job go on from now.';
COMMENT ON FUNCTION staging.schedule_halt(text, boolean, text) IS 'Pauses or resumes a job.';
COMMENT ON FUNCTION staging.is_schedule(text) IS 'Whether the text is a cron expression of five fields.';
COMMENT ON FUNCTION staging.need_job(text) IS 'The job''s name; fails with P0002 when there is none.';

REVOKE ALL ON FUNCTION ops.schedule_set(text, text, text, text), ops.schedule_pause(text, text),
ops.schedule_resume(text, text), staging.schedule_halt(text, boolean, text), staging.need_job(text),
staging.is_schedule(text) FROM public;

GRANT EXECUTE ON FUNCTION ops.schedule_set(text, text, text, text), ops.schedule_pause(text, text),
ops.schedule_resume(text, text) TO crossdock_dba;

CREATE FUNCTION staging.work_rule_words(doc_type text, warehouse_code text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $body$
    SELECT coalesce('from ' || j.schedule || ' ' || j.time_zone || ' for ' || r.lasts, 'at once')
        || ', priority ' || r.priority
    FROM ops.work_rule AS r LEFT JOIN ops.job AS j ON r.job = j.job
    WHERE r.doc_type = work_rule_words.doc_type AND r.warehouse_code = work_rule_words.warehouse_code
$body$;

CREATE FUNCTION staging.end_window_job(job text, reason text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $body$
    UPDATE ops.job AS j SET
        paused_at = clock_timestamp(), next_due_at = NULL, changed_by = staging.actor(),
        reason = end_window_job.reason
    WHERE j.job = end_window_job.job AND EXISTS (SELECT FROM ops.job_run AS r WHERE r.job = j.job);
    DELETE FROM ops.job AS j
    WHERE j.job = end_window_job.job AND NOT EXISTS (SELECT FROM ops.job_run AS r WHERE r.job = j.job);
$body$;

CREATE FUNCTION ops.set_work_rule(
    doc_type text, warehouse_code text, priority integer, schedule text, time_zone text, lasts interval, reason text
) RETURNS TABLE (rule_before text, rule_after text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    kind text := btrim(doc_type);
    place text := coalesce(btrim(warehouse_code), '');
    wanted text := regexp_replace(btrim(schedule), '\s+', ' ', 'g');
    zone text := coalesce(btrim(time_zone), 'UTC');
    job_before text;
    job_after text := 'window ' || btrim(concat_ws(' ', btrim(doc_type), btrim(warehouse_code)));
    road text;
BEGIN
    SELECT t.road INTO road FROM staging.document_type AS t WHERE t.doc_type = kind AND t.senders <> '{}';
    IF road IS NULL THEN
        RAISE EXCEPTION 'there is no document type % that is sent', coalesce(doc_type, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT doc_type FROM staging.document_type WHERE senders <> ''{}'' lists them';
    END IF;
    IF place <> '' AND road IN ('master', 'detail') THEN
        RAISE EXCEPTION '% is master data: a rule for it holds in every warehouse', kind
            USING ERRCODE = '22023', HINT = 'leave the warehouse out';
    END IF;
    IF place <> '' AND NOT EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = place) THEN
        RAISE EXCEPTION 'there is no warehouse %', place
            USING ERRCODE = 'P0002', HINT = 'SELECT warehouse_code FROM book.warehouse lists them';
    END IF;
    IF coalesce(priority, 0) NOT BETWEEN 0 AND 9 THEN
        RAISE EXCEPTION 'priority cannot be %', priority
            USING ERRCODE = '22023', HINT = 'say 0 (as all) to 9 (before all others)';
    END IF;
    IF (wanted IS NULL) <> (lasts IS NULL) THEN
        RAISE EXCEPTION 'a window needs a schedule and how long it stays open' USING ERRCODE = '22023',
            HINT = 'for example 0 2 * * * and 2h; neither of them: it is worked at once';
    END IF;
    IF wanted IS NOT NULL AND NOT staging.is_schedule(wanted) THEN
        RAISE EXCEPTION '% is no schedule', schedule USING ERRCODE = '22023',
            HINT = 'five fields: minute, hour, day of month, month, day of week; 0 2 * * * is each night at 02:00';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_timezone_names AS z WHERE z.name = zone) THEN
        RAISE EXCEPTION 'there is no time zone %', zone USING ERRCODE = '22023',
            HINT = 'SELECT name FROM pg_timezone_names lists them';
    END IF;
    IF lasts IS NOT NULL AND (lasts < interval '1 minute' OR lasts > interval '31 days') THEN
        RAISE EXCEPTION 'a window cannot stay open for %', lasts
            USING ERRCODE = '22023', HINT = 'say a duration from 1min to 31 days, such as 2h';
    END IF;
    rule_before := staging.work_rule_words(kind, place);
    SELECT r.job INTO job_before FROM ops.work_rule AS r
    WHERE r.doc_type = kind AND r.warehouse_code = place FOR UPDATE;
    IF wanted IS NOT NULL THEN
        INSERT INTO ops.job AS j (job, schedule, time_zone, since, changed_by, reason, meaning)
        VALUES (job_after, wanted, zone, clock_timestamp(), staging.actor(), why,
            'open the window of ' || kind || coalesce(' in ' || nullif(place, ''), '') || ' for ' || lasts)
        ON CONFLICT ON CONSTRAINT job_pkey DO UPDATE SET
            schedule = excluded.schedule, time_zone = excluded.time_zone, since = excluded.since,
            next_due_at = NULL, paused_at = NULL, changed_by = excluded.changed_by,
            reason = excluded.reason, meaning = excluded.meaning;
    END IF;
    INSERT INTO ops.work_rule AS r (doc_type, warehouse_code, priority, job, lasts, set_at, set_by, reason)
    VALUES (kind, place, coalesce(priority, 0), CASE WHEN wanted IS NOT NULL THEN job_after END, set_work_rule.lasts,
        clock_timestamp(), staging.actor(), why)
    ON CONFLICT ON CONSTRAINT work_rule_pkey DO UPDATE SET
        priority = excluded.priority, job = excluded.job, lasts = excluded.lasts, opened_at = NULL,
        open_until = NULL, set_at = excluded.set_at, set_by = excluded.set_by, reason = excluded.reason;
    IF wanted IS NULL AND job_before IS NOT NULL THEN
        PERFORM staging.end_window_job(job_before, why);
    END IF;
    rule_after := staging.work_rule_words(kind, place);
    PERFORM staging.record_act('set_work_rule', why, NULL, NULL, jsonb_build_object(
        'doc_type', kind, 'warehouse_code', place, 'from', rule_before, 'to', rule_after
    ));
    RETURN NEXT;
END
$body$;

CREATE FUNCTION ops.drop_work_rule(doc_type text, warehouse_code text, reason text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    kind text := btrim(doc_type);
    place text := coalesce(btrim(warehouse_code), '');
    words text := staging.work_rule_words(kind, place);
    opener text;
BEGIN
    DELETE FROM ops.work_rule AS r WHERE r.doc_type = kind AND r.warehouse_code = place RETURNING r.job INTO opener;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no rule for % in %', coalesce(kind, 'null'), coalesce(nullif(place, ''), 'every warehouse')
            USING ERRCODE = 'P0002', HINT = 'SELECT doc_type, warehouse_code FROM ops.work lists them';
    END IF;
    PERFORM staging.end_window_job(opener, why);
    PERFORM staging.record_act('drop_work_rule', why, NULL, NULL, jsonb_build_object(
        'doc_type', kind, 'warehouse_code', place, 'from', words
    ));
    RETURN words;
END
$body$;

CREATE VIEW ops.work AS
SELECT
    r.doc_type,
    nullif(r.warehouse_code, '') AS warehouse_code,
    r.priority,
    j.schedule,
    j.time_zone,
    r.lasts,
    coalesce(r.open_until > clock_timestamp(), false) AS is_open,
    CASE WHEN j.paused_at IS NULL THEN j.next_due_at END AS opens_at,
    r.opened_at,
    r.open_until,
    j.paused_at,
    CASE
        WHEN r.job IS NOT NULL THEN (
            SELECT count(*)
            FROM staging.message AS m
            WHERE
                m.state = 'received' AND m.waiting_for = 'window' AND m.doc_type = r.doc_type
                AND r.warehouse_code IN ('', m.lane)
        )
    END AS waiting_count,
    r.job,
    r.set_at,
    r.set_by,
    r.reason
FROM ops.work_rule AS r
LEFT JOIN ops.job AS j ON r.job = j.job;

COMMENT ON VIEW ops.work IS
'Rules of work: document types with a batch window or a priority; all others are worked at once.';
COMMENT ON COLUMN ops.work.doc_type IS 'document type';
COMMENT ON COLUMN ops.work.warehouse_code IS 'warehouse; null: every one without a rule of its own';
COMMENT ON COLUMN ops.work.priority IS 'each level lets a message overtake those of one minute before it';
COMMENT ON COLUMN ops.work.schedule IS 'when the window opens: minute, hour, day, month, day of week; null: at once';
COMMENT ON COLUMN ops.work.time_zone IS 'zone in which the schedule is read';
COMMENT ON COLUMN ops.work.lasts IS 'how long the window stays open';
COMMENT ON COLUMN ops.work.is_open IS 'true while the window is open';
COMMENT ON COLUMN ops.work.opens_at IS 'when it opens next; null: paused, or the daemon has not looked yet';
COMMENT ON COLUMN ops.work.opened_at IS 'when it was opened last';
COMMENT ON COLUMN ops.work.open_until IS 'when that opening ends, or ended';
COMMENT ON COLUMN ops.work.paused_at IS 'since when its job is paused; null: it is not';
COMMENT ON COLUMN ops.work.waiting_count IS 'messages that wait for the window';
COMMENT ON COLUMN ops.work.job IS 'job that opens it; ops.job_run has each opening';
COMMENT ON COLUMN ops.work.set_at IS 'when the rule was set';
COMMENT ON COLUMN ops.work.set_by IS 'who set it; ops.audit keeps every change';
COMMENT ON COLUMN ops.work.reason IS 'why';
COMMENT ON FUNCTION ops.set_work_rule(text, text, integer, text, text, interval, text) IS
'Decides when a document type is worked (a cron window, or null: at once) and its priority from 0 to 9.';
COMMENT ON FUNCTION ops.drop_work_rule(text, text, text) IS 'Takes a rule of work back; returns it in words.';
COMMENT ON FUNCTION staging.work_rule_words(text, text) IS 'A rule of work in words; null when there is none.';
COMMENT ON FUNCTION staging.end_window_job(text, text) IS 'Ends the job of a window that is no more.';

REVOKE ALL ON FUNCTION ops.set_work_rule(text, text, integer, text, text, interval, text),
ops.drop_work_rule(text, text, text), staging.work_rule_words(text, text), staging.end_window_job(text, text)
FROM public;

GRANT EXECUTE ON FUNCTION ops.set_work_rule(text, text, integer, text, text, interval, text),
ops.drop_work_rule(text, text, text) TO crossdock_dba;

CREATE FUNCTION recon.refuse_run_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION 'run % has ended (%): it is evidence and never changed', OLD.run_id, OLD.state
        USING ERRCODE = '55000', HINT = 'corrections show in the next run, as a restatement';
END
$body$;

CREATE TRIGGER run_immutable BEFORE UPDATE OR DELETE ON recon.run
FOR EACH ROW WHEN (old.state <> 'running') EXECUTE FUNCTION recon.refuse_run_change();

CREATE FUNCTION recon.refuse_row_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    ended bigint;
BEGIN
    SELECT min(r.run_id) INTO ended
    FROM recon.run AS r
    WHERE r.state <> 'running' AND r.run_id IN (SELECT c.run_id FROM changed AS c);
    IF ended IS NOT NULL THEN
        RAISE EXCEPTION 'run % has ended: % of it are evidence and never changed', ended, TG_TABLE_NAME
            USING ERRCODE = '55000', HINT = 'corrections show in the next run, as a restatement';
    END IF;
    RETURN NULL;
END
$body$;

DO $body$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY[
        'run_warehouse', 'run_total', 'book_total', 'gate', 'difference', 'difference_part', 'quarantine',
        'figure'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER %1$s_added AFTER INSERT ON recon.%1$I REFERENCING NEW TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_row_change()', part);
        EXECUTE format(
            'CREATE TRIGGER %1$s_changed AFTER UPDATE ON recon.%1$I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_row_change()', part);
        EXECUTE format(
            'CREATE TRIGGER %1$s_deleted AFTER DELETE ON recon.%1$I REFERENCING OLD TABLE AS changed'
            ' FOR EACH STATEMENT EXECUTE FUNCTION recon.refuse_row_change()', part);
        EXECUTE format(
            'CREATE TRIGGER %1$s_never_emptied BEFORE TRUNCATE ON recon.%1$I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only()', part);
    END LOOP;
END
$body$;

CREATE TRIGGER run_never_emptied BEFORE TRUNCATE ON recon.run
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE TRIGGER comment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recon.comment
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE TRIGGER second_look_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recon.second_look
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

CREATE FUNCTION recon.say(phrase text, args jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    said text := phrase;
    arg record;
BEGIN
    FOR arg IN SELECT e.key, e.value FROM jsonb_each_text(args) AS e LOOP
        said := replace(said, '{' || arg.key || '}', coalesce(arg.value, ''));
    END LOOP;
    RETURN said;
END
$body$;

INSERT INTO recon.tolerance (abc_class, uom, abs_qty, pct) VALUES ('*', '*', 0, 0);

COMMENT ON FUNCTION recon.refuse_run_change() IS 'Trigger: a run that has ended is never changed.';
COMMENT ON FUNCTION recon.refuse_row_change() IS 'Trigger: rows of a run that has ended are never changed.';
COMMENT ON FUNCTION recon.say(text, jsonb) IS 'A sentence of recon.phrase with its arguments put in.';

INSERT INTO recon.figure_kind VALUES
    ('interface_success_pct', 'interface', 'flow', '%', 'higher', 'messages that came to their end without a human', 'ended as applied, refused, duplicate or superseded; nobody touched or repaired them', 'messages received in the window that have ended, or stand in error or held', 100, 99.9, 1),
    ('first_pass_yield_pct', 'interface', 'flow', '%', 'higher', 'messages that were applied at the first look: no wait, no fault, no repair', 'applied without any stop', 'messages received in the window', 100, NULL, 2),
    ('received_count', 'interface', 'flow', 'messages', 'none', 'messages received in the window', '', '', NULL, NULL, 3),
    ('duplicates_suppressed_count', 'interface', 'flow', 'messages', 'none', 'resends that had no effect', '', '', NULL, NULL, 4),
    ('rejected_open_count', 'interface', '', 'messages', 'lower', 'messages that stand in error or held at this moment and wait for a person', '', '', NULL, NULL, 5),
    ('rejected_oldest_h', 'interface', '', 'h', 'lower', 'age of the oldest of them', '', '', NULL, NULL, 6),
    ('dock_to_book_p50_s', 'interface', 'flow', 's', 'lower', 'dock to book: from the fact''s insert to its ledger rows, percentile 50', '', 'facts and counts received in the window and applied', NULL, NULL, 7),
    ('dock_to_book_p95_s', 'interface', 'flow', 's', 'lower', 'dock to book: from the fact''s insert to its ledger rows, percentile 95', '', 'facts and counts received in the window and applied', NULL, NULL, 8),
    ('dock_to_book_p99_s', 'interface', 'flow', 's', 'lower', 'dock to book: from the fact''s insert to its ledger rows, percentile 99', '', 'facts and counts received in the window and applied', NULL, NULL, 9),
    ('order_cycle_p50_h', 'interface', 'flow', 'h', 'none', 'order cycle time: from the first release to the end, percentile 50', '', 'orders that were completed or closed in the window', NULL, NULL, 10),
    ('order_cycle_p95_h', 'interface', 'flow', 'h', 'none', 'order cycle time: from the first release to the end, percentile 95', '', 'orders that were completed or closed in the window', NULL, NULL, 11),
    ('sequence_completeness_pct', 'interface', '', '%', 'higher', 'numbers of the WMS that arrived, where its numbers have no gaps', 'different source_seq received', 'highest - lowest + 1', 100, 100, 12),
    ('record_accuracy_pct', 'run', 'ABC class', '%', 'higher', 'system agreement, adjusted: keys whose books agree once known movements are taken off', 'keys whose residual is within tolerance', 'keys that are not zero on a side, or open', 100, 99.5, 13),
    ('raw_agreement_pct', 'run', 'ABC class', '%', 'higher', 'system agreement, raw: keys whose books agree as they stand', 'keys whose difference is within tolerance', 'keys that are not zero on a side, or open', 100, NULL, 14),
    ('physical_accuracy_pct', 'run', 'ABC class', '%', 'higher', 'physical inventory record accuracy: what was counted against what the ledger held', 'places whose newest count lies within the tolerance of their class (A 1, B 3, C 5 %)', 'places counted in the window', 100, 99.5, 15),
    ('quantity_accuracy_gross_pct', 'run', 'unit', '%', 'higher', 'quantity accuracy: differences do not cancel each other', 'stock of the WMS less the sum of abs(residual)', 'sum of abs(stock of the WMS)', 100, NULL, 16),
    ('quantity_accuracy_net_pct', 'run', 'unit', '%', 'higher', 'quantity accuracy with differences that cancel; only beside the gross one', 'stock of the WMS less abs(sum of residuals)', 'sum of abs(stock of the WMS)', 100, NULL, 17),
    ('value_accuracy_gross_pct', 'run', 'currency', '%', 'higher', 'the same in value: differences do not cancel each other', 'value at the WMS less the sum of abs(residual value)', 'sum of abs(value at the WMS)', 100, NULL, 18),
    ('value_accuracy_net_pct', 'run', 'currency', '%', 'higher', 'the same in value with differences that cancel; only beside the gross one', 'value at the WMS less abs(sum of residual values)', 'sum of abs(value at the WMS)', 100, NULL, 19),
    ('explained_share_pct', 'run', 'currency', '%', 'higher', 'share of all one-sided value that known movements explain; pairs that cancel count', 'sum of abs(value of known movements)', 'the same and the sum of abs(residual value)', 100, NULL, 20),
    ('unexplained_ppm', 'run', 'ABC class', 'ppm', 'lower', 'keys that changed outside the interface, or whose cause nobody knows', 'open keys of class UNREPORTED_ERP, UNREPORTED_WMS or UNEXPLAINED', 'keys that are not zero on a side, or open', 1000000, NULL, 21),
    ('evidence_a_pct', 'run', 'currency', '%', 'none', 'share of the residual value whose cause is proven', 'value of residuals with evidence A', 'value of all residuals', 100, NULL, 22),
    ('evidence_b_pct', 'run', 'currency', '%', 'none', 'share of the residual value whose cause is structural', 'value of residuals with evidence B', 'value of all residuals', 100, NULL, 23),
    ('evidence_c_pct', 'run', 'currency', '%', 'none', 'share of the residual value whose cause is a suspicion', 'value of residuals with evidence C', 'value of all residuals', 100, NULL, 24),
    ('evidence_none_pct', 'run', 'currency', '%', 'none', 'share of the residual value whose cause is unknown', 'value of residuals with evidence none', 'value of all residuals', 100, NULL, 25),
    ('open_count', 'run', '', 'keys', 'lower', 'open differences: residual beyond tolerance', '', '', NULL, NULL, 26),
    ('open_value', 'run', 'currency', 'currency', 'lower', 'sum of abs(residual) * unit cost of open differences', '', '', NULL, NULL, 27),
    ('open_oldest_nights', 'run', '', 'nights', 'lower', 'age of the oldest open difference', '', '', NULL, NULL, 28),
    ('open_median_nights', 'run', '', 'nights', 'lower', 'median age of open differences', '', '', NULL, NULL, 29),
    ('open_0_1_count', 'run', '', 'keys', 'lower', 'open differences, 0 to 1 nights old', '', '', NULL, NULL, 30),
    ('open_2_3_count', 'run', '', 'keys', 'lower', 'open differences, 2 to 3 nights old', '', '', NULL, NULL, 31),
    ('open_4_7_count', 'run', '', 'keys', 'lower', 'open differences, 4 to 7 nights old', '', '', NULL, NULL, 32),
    ('open_8_30_count', 'run', '', 'keys', 'lower', 'open differences, 8 to 30 nights old', '', '', NULL, NULL, 33),
    ('open_over_30_count', 'run', '', 'keys', 'lower', 'open differences, more than 30 nights old', '', '', NULL, NULL, 34),
    ('open_over_7_count', 'run', '', 'keys', 'lower', 'open differences, more than 7 nights old', '', '', NULL, NULL, 35),
    ('opened_count', 'run', '', 'keys', 'lower', 'differences that were new this night', '', '', NULL, NULL, 36),
    ('closed_count', 'run', '', 'keys', 'none', 'differences that the last run had and this one has not', '', '', NULL, NULL, 37),
    ('net_opened_count', 'run', '', 'keys', 'lower', 'opened less closed', '', '', NULL, NULL, 38),
    ('repair_time_nights', 'run', '', 'nights', 'lower', 'mean time to repair: mean age of the differences that were closed this night', 'sum of their ages', 'differences closed this night', 1, NULL, 39),
    ('recurrence_pct', 'run', '', '%', 'lower', 'differences that came again within 30 nights of their end', 'opened this night, closed within the last 30 nights', 'differences closed within the last 30 nights', 100, NULL, 40),
    ('coverage_pct', 'run', '', '%', 'higher', 'what of both books could be compared', 'keys compared', 'these, and what lies apart, is out of scope or not assessable', 100, 100, 41),
    ('watermark_skew_s', 'run', '', 's', 'lower', 'time between the two snapshots', '', '', NULL, NULL, 42),
    ('straddling_count', 'run', '', 'movements', 'none', 'movements between the snapshots', '', '', NULL, NULL, 43),
    ('run_duration_s', 'run', '', 's', 'lower', 'the run, from its start to its figures', '', '', NULL, NULL, 44);

INSERT INTO recon.count_tolerance VALUES
    ('A', 1, 'items that are worth most'),
    ('B', 3, 'items in between'),
    ('C', 5, 'items that are worth least'),
    ('*', 1, 'items without a class: as strict as A');

CREATE FUNCTION recon.interface_figures(since timestamptz, until timestamptz)
RETURNS TABLE (
    warehouse_code text, abc_class text, flow text, name text, value numeric, numerator numeric, denominator numeric
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
WITH sent AS MATERIALIZED (
    SELECT m.seq, m.sender, m.lane, m.road, m.doc_type, m.state, m.received_at, m.finished_at, m.source_seq,
        m.amended_from IS NOT NULL AS is_amended
    FROM ops.every_message AS m
    WHERE
        m.received_at > interface_figures.since AND m.received_at <= interface_figures.until
        AND (m.finished_at IS NULL OR m.finished_at > interface_figures.since)
        AND m.sender <> 'crossdock'
),

stepped AS (
    SELECT
        e.seq,
        bool_or(e.actor <> 'crossdock' OR (e.from_state = 'error' AND e.to_state = 'superseded')) AS by_hand,
        bool_or(e.to_state IN ('waiting', 'retrying', 'held', 'error')) AS stopped
    FROM ops.every_event AS e
    WHERE e.seq BETWEEN (SELECT min(s.seq) FROM sent AS s) AND (SELECT max(s.seq) FROM sent AS s)
    GROUP BY e.seq
),

judged AS (
    SELECT
        s.lane,
        s.doc_type,
        s.road,
        s.state,
        s.state NOT IN ('received', 'waiting', 'retrying') AS is_ended,
        s.is_amended OR coalesce(p.by_hand, false) AS by_hand,
        coalesce(p.stopped, false) AS stopped,
        CASE
            WHEN s.state = 'applied' AND s.road IN ('fact', 'count')
                THEN extract(EPOCH FROM s.finished_at - s.received_at)
        END AS lag_s
    FROM sent AS s
    LEFT JOIN stepped AS p ON s.seq = p.seq
),

counted AS (
    SELECT
        CASE GROUPING(j.lane) WHEN 0 THEN j.lane ELSE '*' END AS warehouse_code,
        CASE GROUPING(j.doc_type) WHEN 0 THEN j.doc_type ELSE '*' END AS flow,
        count(*) AS received,
        count(*) FILTER (WHERE j.is_ended) AS ended,
        count(*) FILTER (
            WHERE j.state IN ('applied', 'refused', 'duplicate', 'superseded') AND NOT j.by_hand
        ) AS by_itself,
        count(*) FILTER (WHERE j.state = 'applied' AND NOT j.by_hand AND NOT j.stopped) AS at_first,
        count(*) FILTER (WHERE j.state = 'duplicate') AS duplicates,
        count(j.lag_s) AS booked,
        percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY j.lag_s) AS lag_s
    FROM judged AS j
    GROUP BY GROUPING SETS ((j.lane, j.doc_type), (j.lane), (j.doc_type), ())
    HAVING GROUPING(j.lane) = 1 OR j.lane <> '*'
),

ended AS (
    SELECT
        CASE GROUPING(h.warehouse_code) WHEN 0 THEN h.warehouse_code ELSE '*' END AS warehouse_code,
        CASE GROUPING(h.order_type) WHEN 0 THEN h.order_type ELSE '*' END AS flow,
        count(*) AS orders,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
            ORDER BY extract(EPOCH FROM h.ended_at - h.released_at) / 3600
        ) AS cycle_h
    FROM book.lane_counter AS c
    INNER JOIN book.order_head AS h
        ON
            c.warehouse_code = h.warehouse_code
            AND h.ended_at > interface_figures.since AND h.ended_at <= interface_figures.until
    WHERE h.state IN ('completed', 'closed') AND h.order_type <> 'transit_notice'
    GROUP BY GROUPING SETS ((h.warehouse_code, h.order_type), (h.warehouse_code), (h.order_type), ())
),

stuck AS (
    SELECT
        CASE GROUPING(m.lane) WHEN 0 THEN m.lane ELSE '*' END AS warehouse_code,
        count(*) AS messages,
        round(extract(EPOCH FROM interface_figures.until - min(m.received_at)) / 3600, 3) AS oldest_h
    FROM staging.message AS m
    WHERE m.state IN ('held', 'error') AND m.received_at <= interface_figures.until
    GROUP BY GROUPING SETS ((m.lane), ())
    HAVING GROUPING(m.lane) = 1 OR m.lane <> '*'
),

numbered AS (
    SELECT
        s.lane AS warehouse_code,
        count(DISTINCT s.source_seq) AS found,
        max(s.source_seq) - min(s.source_seq) + 1 AS expected
    FROM sent AS s
    INNER JOIN ops.system AS y ON s.sender = y.system_code AND y.gapless_source_seq
    WHERE s.source_seq IS NOT NULL
    GROUP BY s.lane
)

SELECT f.warehouse_code, '*', f.flow, f.name,
    round(CAST(coalesce(f.value, k.factor * f.numerator / nullif(f.denominator, 0)) AS numeric), 6),
    f.numerator, f.denominator
FROM (
    SELECT c.warehouse_code, c.flow, v.name, CAST(v.value AS numeric) AS value,
        CAST(v.numerator AS numeric) AS numerator, CAST(v.denominator AS numeric) AS denominator
    FROM counted AS c
    CROSS JOIN LATERAL (
        VALUES
        ('interface_success_pct', NULL, c.by_itself, c.ended),
        ('first_pass_yield_pct', NULL, c.at_first, c.received),
        ('received_count', c.received, NULL, NULL),
        ('duplicates_suppressed_count', c.duplicates, NULL, NULL),
        ('dock_to_book_p50_s', c.lag_s[1], NULL, c.booked),
        ('dock_to_book_p95_s', c.lag_s[2], NULL, c.booked),
        ('dock_to_book_p99_s', c.lag_s[3], NULL, c.booked)
    ) AS v (name, value, numerator, denominator)
    WHERE v.name NOT LIKE 'dock%' OR c.booked > 0
    UNION ALL
    SELECT e.warehouse_code, e.flow, v.name, CAST(v.value AS numeric), NULL, e.orders
    FROM ended AS e
    CROSS JOIN LATERAL (
        VALUES ('order_cycle_p50_h', e.cycle_h[1]), ('order_cycle_p95_h', e.cycle_h[2])
    ) AS v (name, value)
    WHERE e.orders > 0
    UNION ALL
    SELECT s.warehouse_code, '*', v.name, v.value, NULL, NULL
    FROM stuck AS s
    CROSS JOIN LATERAL (
        VALUES ('rejected_open_count', CAST(s.messages AS numeric)), ('rejected_oldest_h', s.oldest_h)
    ) AS v (name, value)
    UNION ALL
    SELECT CASE GROUPING(n.warehouse_code) WHEN 0 THEN n.warehouse_code ELSE '*' END, '*',
        'sequence_completeness_pct', NULL, sum(n.found), sum(n.expected)
    FROM numbered AS n
    GROUP BY GROUPING SETS ((n.warehouse_code), ())
    HAVING count(*) > 0
) AS f
INNER JOIN recon.figure_kind AS k ON f.name = k.name
$body$;

CREATE FUNCTION recon.run_figures(run_id bigint)
RETURNS TABLE (
    warehouse_code text, abc_class text, flow text, name text, value numeric, numerator numeric, denominator numeric
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
WITH this AS MATERIALIZED (
    SELECT r.run_id, CAST(r.as_of AT TIME ZONE 'UTC' AS date) AS night, r.as_of, r.started_at
    FROM recon.run AS r
    WHERE r.run_id = run_figures.run_id
),

house AS MATERIALIZED (
    SELECT w.warehouse_code, w.previous_run_id, w.skew_s, w.straddling_count, w.compared_count,
        w.quarantined_count + w.not_comparable_count + w.not_assessable_count AS apart_count
    FROM recon.run_warehouse AS w
    WHERE w.run_id = run_figures.run_id
),

difference AS MATERIALIZED (
    SELECT
        d.warehouse_code, d.item_code, d.lot_no, d.stock_status, d.uom,
        coalesce(d.abc_class, '') AS abc_class,
        coalesce(d.currency, '') AS currency,
        d.erp_qty, d.wms_qty, d.difference_qty, d.residual_qty, d.tolerance_qty, d.is_tolerated, d.evidence,
        coalesce(d.unit_cost, 0) AS cost,
        coalesce(d.value, 0) AS value,
        d.residual_qty <> 0 AND NOT d.is_tolerated AS is_open,
        'RECURRENT' = ANY (d.flags) AS is_recurrent,
        d.first_run_id,
        greatest(0, t.night - d.first_seen_on) AS age,
        abs(d.cut_off_qty) + abs(d.in_flight_qty) + abs(d.rejected_qty) + abs(d.unconfirmed_qty) AS part_qty,
        CASE d.class WHEN 'CARRIED_FORWARD' THEN coalesce(d.why_args ->> 'was', d.class) ELSE d.class END AS cause
    FROM recon.difference AS d
    CROSS JOIN this AS t
    WHERE d.run_id = run_figures.run_id
),

agreed AS (
    SELECT
        CASE GROUPING(x.warehouse_code) WHEN 0 THEN x.warehouse_code ELSE '*' END AS warehouse_code,
        CASE GROUPING(x.abc_class) WHEN 0 THEN x.abc_class ELSE '*' END AS abc_class,
        sum(x.keys) AS keys,
        sum(x.raw_wrong) AS raw_wrong,
        sum(x.wrong) AS wrong,
        sum(x.unexplained) AS unexplained
    FROM (
        SELECT b.warehouse_code, b.abc_class, b.key_count AS keys, 0 AS raw_wrong, 0 AS wrong, 0 AS unexplained
        FROM recon.book_total AS b
        WHERE b.run_id = run_figures.run_id
        UNION ALL
        SELECT d.warehouse_code, d.abc_class,
            CASE WHEN d.wms_qty = 0 AND (d.erp_qty <> 0 OR d.is_open) THEN 1 ELSE 0 END,
            CASE WHEN abs(d.difference_qty) > d.tolerance_qty THEN 1 ELSE 0 END,
            CASE WHEN d.is_open THEN 1 ELSE 0 END,
            CASE
                WHEN d.is_open AND d.cause IN ('UNREPORTED_ERP', 'UNREPORTED_WMS', 'UNEXPLAINED') THEN 1
                ELSE 0
            END
        FROM difference AS d
    ) AS x
    GROUP BY GROUPING SETS ((x.warehouse_code, x.abc_class), (x.warehouse_code), (x.abc_class), ())
    HAVING GROUPING(x.abc_class) = 1 OR x.abc_class <> ''
),

counted AS (
    SELECT
        CASE GROUPING(x.warehouse_code) WHEN 0 THEN x.warehouse_code ELSE '*' END AS warehouse_code,
        CASE GROUPING(x.abc_class) WHEN 0 THEN x.abc_class ELSE '*' END AS abc_class,
        count(*) AS places,
        count(*) FILTER (WHERE abs(x.gain) <= x.pct / 100 * abs(x.counted_qty - x.gain)) AS right_places
    FROM (
        SELECT p.warehouse_code, coalesce(i.abc_class, '') AS abc_class, p.counted_qty, o.pct,
            coalesce((
                SELECT sum(g.qty)
                FROM book.ledger AS g
                WHERE
                    g.warehouse_code = p.warehouse_code AND g.message_seq = p.message_seq
                    AND g.item_code = p.item_code AND g.lot_no = p.lot_no AND g.location_code = p.location_code
                    AND g.stock_status = p.stock_status
            ), 0) AS gain
        FROM house AS w
        CROSS JOIN this AS t
        INNER JOIN book.count_position AS p ON w.warehouse_code = p.warehouse_code
        INNER JOIN ops.known_message AS m ON p.message_seq = m.seq
        LEFT JOIN book.item AS i ON p.item_code = i.item_code
        INNER JOIN recon.count_tolerance AS o
            ON o.abc_class = CASE WHEN i.abc_class IN ('A', 'B', 'C') THEN i.abc_class ELSE '*' END
        WHERE
            m.finished_at <= t.as_of
            AND m.finished_at > coalesce(
                (SELECT b.as_of FROM recon.run AS b WHERE b.run_id = w.previous_run_id), t.as_of - interval '1 day'
            )
    ) AS x
    GROUP BY GROUPING SETS ((x.warehouse_code, x.abc_class), (x.warehouse_code), (x.abc_class), ())
    HAVING count(*) > 0 AND (GROUPING(x.abc_class) = 1 OR x.abc_class <> '')
),

amount AS (
    SELECT
        CASE GROUPING(x.warehouse_code) WHEN 0 THEN x.warehouse_code ELSE '*' END AS warehouse_code,
        x.kind,
        x.flow,
        sum(x.stock) AS stock,
        sum(x.gross) AS gross,
        sum(x.net) AS net,
        sum(x.known) AS known,
        sum(x.open_value) AS open_value,
        sum(x.gross) FILTER (WHERE x.evidence = 'A') AS by_a,
        sum(x.gross) FILTER (WHERE x.evidence = 'B') AS by_b,
        sum(x.gross) FILTER (WHERE x.evidence = 'C') AS by_c,
        sum(x.gross) FILTER (WHERE x.evidence = 'none') AS by_none
    FROM (
        SELECT b.warehouse_code, v.kind, v.flow, v.stock, 0 AS gross, 0 AS net, 0 AS known, 0 AS open_value,
            CAST(NULL AS text) AS evidence
        FROM recon.book_total AS b
        CROSS JOIN LATERAL (
            VALUES ('qty', b.uom, b.abs_qty), ('value', b.currency, b.abs_value)
        ) AS v (kind, flow, stock)
        WHERE b.run_id = run_figures.run_id
        UNION ALL
        SELECT d.warehouse_code, v.kind, v.flow, 0, v.gross, v.net, v.known, v.open_value, d.evidence
        FROM difference AS d
        CROSS JOIN LATERAL (
            VALUES
            ('qty', d.uom, abs(d.residual_qty), d.residual_qty, 0, 0),
            (
                'value', d.currency, d.value, d.residual_qty * d.cost, d.part_qty * d.cost,
                CASE WHEN d.is_open THEN d.value ELSE 0 END
            )
        ) AS v (kind, flow, gross, net, known, open_value)
    ) AS x
    WHERE x.flow <> ''
    GROUP BY GROUPING SETS ((x.warehouse_code, x.kind, x.flow), (x.kind, x.flow))
),

gone AS (
    SELECT p.warehouse_code, greatest(0, t.night - p.first_seen_on) AS age
    FROM house AS w
    CROSS JOIN this AS t
    INNER JOIN recon.difference AS p ON w.previous_run_id = p.run_id AND w.warehouse_code = p.warehouse_code
    LEFT JOIN difference AS d
        ON
            p.warehouse_code = d.warehouse_code AND p.item_code = d.item_code AND p.lot_no = d.lot_no
            AND p.stock_status = d.stock_status AND d.is_open
    WHERE
        p.residual_qty <> 0 AND NOT p.is_tolerated
        AND d.item_code IS NULL
),

gone_before AS (
    SELECT f.warehouse_code, sum(f.value) AS closed
    FROM this AS t
    INNER JOIN recon.run AS r
        ON r.state = 'closed' AND r.run_id < t.run_id AND r.as_of > t.as_of - interval '30 days'
    INNER JOIN recon.figure AS f ON r.run_id = f.run_id
    WHERE f.name = 'closed_count' AND f.warehouse_code <> '*'
    GROUP BY f.warehouse_code
),

night AS (
    SELECT
        w.warehouse_code,
        count(d.item_code) AS open_count,
        max(d.age) AS oldest,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY d.age) AS median,
        count(*) FILTER (WHERE d.age BETWEEN 0 AND 1) AS open_0_1,
        count(*) FILTER (WHERE d.age BETWEEN 2 AND 3) AS open_2_3,
        count(*) FILTER (WHERE d.age BETWEEN 4 AND 7) AS open_4_7,
        count(*) FILTER (WHERE d.age BETWEEN 8 AND 30) AS open_8_30,
        count(*) FILTER (WHERE d.age > 30) AS open_over_30,
        count(*) FILTER (WHERE d.first_run_id = run_figures.run_id) AS opened,
        count(*) FILTER (WHERE d.first_run_id = run_figures.run_id AND d.is_recurrent) AS recurrent
    FROM (
        SELECT h.warehouse_code, h.warehouse_code AS house FROM house AS h
        UNION ALL
        SELECT '*', h.warehouse_code FROM house AS h
    ) AS w
    LEFT JOIN difference AS d ON w.house = d.warehouse_code AND d.is_open
    GROUP BY w.warehouse_code
),

repaired AS (
    SELECT
        n.warehouse_code,
        count(g.age) AS closed,
        coalesce(sum(g.age), 0) AS ages,
        (
            SELECT coalesce(sum(b.closed), 0)
            FROM gone_before AS b
            INNER JOIN house AS h ON b.warehouse_code = h.warehouse_code
            WHERE n.warehouse_code IN ('*', b.warehouse_code)
        ) AS closed_before
    FROM night AS n
    LEFT JOIN gone AS g ON n.warehouse_code IN ('*', g.warehouse_code)
    GROUP BY n.warehouse_code
),

fitness AS (
    SELECT
        CASE GROUPING(w.warehouse_code) WHEN 0 THEN w.warehouse_code ELSE '*' END AS warehouse_code,
        sum(w.compared_count) AS compared,
        sum(w.compared_count + w.apart_count) AS total,
        max(w.skew_s) AS skew_s,
        sum(w.straddling_count) AS straddling
    FROM house AS w
    GROUP BY GROUPING SETS ((w.warehouse_code), ())
)

SELECT f.warehouse_code, f.abc_class, f.flow, f.name,
    round(CAST(coalesce(f.value, k.factor * f.numerator / nullif(f.denominator, 0)) AS numeric), 6),
    f.numerator, f.denominator
FROM (
    SELECT a.warehouse_code, a.abc_class, '*' AS flow, v.name, CAST(NULL AS numeric) AS value,
        CAST(v.numerator AS numeric) AS numerator, CAST(a.keys AS numeric) AS denominator
    FROM agreed AS a
    CROSS JOIN LATERAL (
        VALUES
        ('record_accuracy_pct', a.keys - a.wrong),
        ('raw_agreement_pct', a.keys - a.raw_wrong),
        ('unexplained_ppm', a.unexplained)
    ) AS v (name, numerator)
    WHERE a.keys > 0
    UNION ALL
    SELECT c.warehouse_code, c.abc_class, '*', 'physical_accuracy_pct', NULL, c.right_places, c.places
    FROM counted AS c
    UNION ALL
    SELECT a.warehouse_code, '*', a.flow, v.name, v.value, v.numerator, v.denominator
    FROM amount AS a
    CROSS JOIN LATERAL (
        VALUES
        ('qty', 'quantity_accuracy_gross_pct', CAST(NULL AS numeric), a.stock - a.gross, a.stock),
        ('qty', 'quantity_accuracy_net_pct', NULL, a.stock - abs(a.net), a.stock),
        ('value', 'value_accuracy_gross_pct', NULL, a.stock - a.gross, a.stock),
        ('value', 'value_accuracy_net_pct', NULL, a.stock - abs(a.net), a.stock),
        ('value', 'explained_share_pct', NULL, a.known, a.known + a.gross),
        ('value', 'evidence_a_pct', NULL, coalesce(a.by_a, 0), a.gross),
        ('value', 'evidence_b_pct', NULL, coalesce(a.by_b, 0), a.gross),
        ('value', 'evidence_c_pct', NULL, coalesce(a.by_c, 0), a.gross),
        ('value', 'evidence_none_pct', NULL, coalesce(a.by_none, 0), a.gross),
        ('value', 'open_value', a.open_value, NULL, NULL)
    ) AS v (kind, name, value, numerator, denominator)
    WHERE a.kind = v.kind
    UNION ALL
    SELECT n.warehouse_code, '*', '*', v.name, v.value, v.numerator, v.denominator
    FROM night AS n
    INNER JOIN repaired AS r ON n.warehouse_code = r.warehouse_code
    CROSS JOIN LATERAL (
        VALUES
        ('open_count', CAST(n.open_count AS numeric), CAST(NULL AS numeric), CAST(NULL AS numeric)),
        ('open_oldest_nights', n.oldest, NULL, NULL),
        ('open_median_nights', CAST(n.median AS numeric), NULL, NULL),
        ('open_0_1_count', n.open_0_1, NULL, NULL),
        ('open_2_3_count', n.open_2_3, NULL, NULL),
        ('open_4_7_count', n.open_4_7, NULL, NULL),
        ('open_8_30_count', n.open_8_30, NULL, NULL),
        ('open_over_30_count', n.open_over_30, NULL, NULL),
        ('open_over_7_count', n.open_8_30 + n.open_over_30, NULL, NULL),
        ('opened_count', n.opened, NULL, NULL),
        ('closed_count', r.closed, NULL, NULL),
        ('net_opened_count', n.opened - r.closed, NULL, NULL),
        ('repair_time_nights', NULL, r.ages, r.closed),
        ('recurrence_pct', NULL, n.recurrent, r.closed + r.closed_before)
    ) AS v (name, value, numerator, denominator)
    UNION ALL
    SELECT f.warehouse_code, '*', '*', v.name, v.value, v.numerator, v.denominator
    FROM fitness AS f
    CROSS JOIN LATERAL (
        VALUES
        ('coverage_pct', CAST(NULL AS numeric), CAST(f.compared AS numeric), CAST(f.total AS numeric)),
        ('watermark_skew_s', f.skew_s, NULL, NULL),
        ('straddling_count', f.straddling, NULL, NULL)
    ) AS v (name, value, numerator, denominator)
    UNION ALL
    SELECT '*', '*', '*', 'run_duration_s', extract(EPOCH FROM clock_timestamp() - t.started_at), NULL, NULL
    FROM this AS t
) AS f
INNER JOIN recon.figure_kind AS k ON f.name = k.name
$body$;

CREATE VIEW ops.kpi AS
SELECT
    f.warehouse_code,
    f.abc_class,
    f.flow,
    f.name,
    f.value,
    k.unit,
    k.target,
    CASE k.better
        WHEN 'higher' THEN f.value >= k.target
        WHEN 'lower' THEN f.value <= k.target
    END AS is_met,
    f.numerator,
    f.denominator,
    f.run_id,
    f.until,
    k.better,
    k.meaning
FROM (
    SELECT i.warehouse_code, i.abc_class, i.flow, i.name, i.value, i.numerator, i.denominator,
        CAST(NULL AS bigint) AS run_id, now() AS until
    FROM recon.interface_figures(now() - interval '1 day', now()) AS i
    UNION ALL
    SELECT g.warehouse_code, g.abc_class, g.flow, g.name, g.value, g.numerator, g.denominator, g.run_id, l.as_of
    FROM (
        SELECT w.warehouse_code, max(w.run_id) AS run_id
        FROM recon.run_warehouse AS w
        INNER JOIN recon.run AS r ON w.run_id = r.run_id AND r.state = 'closed'
        GROUP BY w.warehouse_code
        UNION ALL
        SELECT '*', max(r.run_id)
        FROM recon.run AS r
        WHERE r.state = 'closed'
    ) AS n
    INNER JOIN recon.run AS l ON n.run_id = l.run_id
    INNER JOIN recon.figure AS g ON n.run_id = g.run_id AND n.warehouse_code = g.warehouse_code
    INNER JOIN recon.figure_kind AS s ON g.name = s.name AND s.source = 'run'
) AS f
INNER JOIN recon.figure_kind AS k ON f.name = k.name;

CREATE FUNCTION recon.trend(
    name text, nights integer DEFAULT 30, warehouse_code text DEFAULT '*', abc_class text DEFAULT '*',
    flow text DEFAULT '*'
)
RETURNS TABLE (
    run_id bigint, as_of timestamptz, value numeric, numerator numeric, denominator numeric, target numeric,
    mean numeric, lower_limit numeric, upper_limit numeric, is_outside boolean
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
SELECT y.run_id, y.as_of, y.value, y.numerator, y.denominator, y.target, round(y.mean, 6),
    round(y.mean - y.reach, 6), round(y.mean + y.reach, 6), abs(y.value - y.mean) > y.reach
FROM (
    SELECT x.run_id, x.as_of, x.value, x.numerator, x.denominator, x.target,
        avg(x.value) OVER () AS mean, 2.66 * avg(abs(x.value - x.before)) OVER () AS reach
    FROM (
        SELECT r.run_id, r.as_of, f.value, f.numerator, f.denominator, f.target,
            lag(f.value) OVER (ORDER BY r.run_id) AS before
        FROM recon.figure AS f
        INNER JOIN (
            SELECT c.run_id, c.as_of
            FROM recon.run AS c
            WHERE c.state = 'closed'
            ORDER BY c.run_id DESC
            LIMIT greatest(0, trend.nights)
        ) AS r ON f.run_id = r.run_id
        WHERE
            f.name = trend.name AND f.warehouse_code = trend.warehouse_code
            AND f.abc_class = trend.abc_class AND f.flow = trend.flow
    ) AS x
) AS y
ORDER BY y.run_id
$body$;

COMMENT ON FUNCTION recon.interface_figures(timestamptz, timestamptz) IS
'The figures of the messages received in a window; recon.figure_kind defines them.';
COMMENT ON FUNCTION recon.run_figures(bigint) IS
'The figures of the books of a run; recon.figure_kind defines them.';
COMMENT ON FUNCTION recon.trend(text, integer, text, text, text) IS
'One figure over the last closed runs, oldest first, with the limits of an individuals chart.';
COMMENT ON VIEW ops.kpi IS
'The promised figures: of messages over the last 24 hours, of the books as the newest closed run found them.';
COMMENT ON COLUMN ops.kpi.warehouse_code IS 'warehouse; * for all';
COMMENT ON COLUMN ops.kpi.abc_class IS 'A, B or C; * for all';
COMMENT ON COLUMN ops.kpi.flow IS 'document type; of quantities the unit, of values the currency; * for all';
COMMENT ON COLUMN ops.kpi.name IS 'name of the figure; recon.figure_kind defines it';
COMMENT ON COLUMN ops.kpi.value IS 'the figure; null: nothing to divide by';
COMMENT ON COLUMN ops.kpi.unit IS 'unit of value';
COMMENT ON COLUMN ops.kpi.target IS 'what it should be; null: no target';
COMMENT ON COLUMN ops.kpi.is_met IS 'true: the target is reached; null: no target';
COMMENT ON COLUMN ops.kpi.numerator IS 'what was counted';
COMMENT ON COLUMN ops.kpi.denominator IS 'out of how many';
COMMENT ON COLUMN ops.kpi.run_id IS 'run that found it; null: computed now';
COMMENT ON COLUMN ops.kpi.until IS 'end of the time that it covers';
COMMENT ON COLUMN ops.kpi.better IS 'higher, lower or none';
COMMENT ON COLUMN ops.kpi.meaning IS 'what it says';

REVOKE ALL ON FUNCTION recon.interface_figures(timestamptz, timestamptz), recon.run_figures(bigint),
recon.trend(text, integer, text, text, text) FROM public;

GRANT EXECUTE ON FUNCTION recon.interface_figures(timestamptz, timestamptz), recon.run_figures(bigint),
recon.trend(text, integer, text, text, text) TO crossdock_dba, crossdock_reader, crossdock_daemon;

CREATE FUNCTION recon.refuse_adjustment_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION 'adjustment % cannot go from % to %', OLD.adjustment_id, OLD.state, NEW.state
        USING ERRCODE = '55000', HINT = 'what was posted is corrected by a new adjustment';
END
$body$;

CREATE TRIGGER adjustment_step BEFORE UPDATE OF state ON recon.adjustment
FOR EACH ROW
WHEN (
    old.state <> new.state
    AND (old.state || '>' || new.state) <> ALL (ARRAY[
        'suggested>approved', 'suggested>rejected', 'suggested>expired', 'suggested>count_requested',
        'approved>posted', 'approved>rejected', 'approved>expired', 'count_requested>expired'
    ])
)
EXECUTE FUNCTION recon.refuse_adjustment_step();

CREATE FUNCTION recon.adjustment_stale(adjustment_id bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
SELECT CASE
    WHEN d.residual_qty IS NULL THEN 'run ' || w.run_id || ' finds no difference any more'
    WHEN d.residual_qty <> CASE a.side WHEN 'erp' THEN -a.qty ELSE a.qty END
        THEN 'run ' || w.run_id || ' finds ' || trim_scale(d.residual_qty)
    WHEN m.ledger_seq IS NOT NULL
        THEN 'the stock moved after run ' || w.run_id || ', at ledger position ' || m.ledger_seq
END
FROM recon.adjustment AS a
CROSS JOIN LATERAL (
    SELECT v.run_id, v.ledger_seq
    FROM recon.run_warehouse AS v
    INNER JOIN recon.run AS r ON v.run_id = r.run_id AND r.state = 'closed'
    WHERE v.warehouse_code = a.warehouse_code
    ORDER BY v.run_id DESC
    LIMIT 1
) AS w
LEFT JOIN recon.difference AS d
    ON
        w.run_id = d.run_id AND a.warehouse_code = d.warehouse_code AND a.item_code = d.item_code
        AND a.lot_no = d.lot_no AND a.stock_status = d.stock_status AND d.residual_qty <> 0
LEFT JOIN LATERAL (
    SELECT g.ledger_seq
    FROM book.ledger AS g
    WHERE
        g.warehouse_code = a.warehouse_code AND g.ledger_seq > w.ledger_seq AND g.item_code = a.item_code
        AND g.lot_no = a.lot_no AND g.stock_status = a.stock_status
    ORDER BY g.ledger_seq
    LIMIT 1
) AS m ON true
WHERE a.adjustment_id = adjustment_stale.adjustment_id
$body$;

CREATE FUNCTION recon.approval_value(abc_class text, uom text) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
SELECT coalesce(
    (
        SELECT max(l.value_limit)
        FROM recon.approval_limit AS l
        INNER JOIN pg_roles AS o ON l.role = o.rolname
        WHERE pg_has_role(session_user, o.oid, 'MEMBER')
    ),
    (
        SELECT t.approval_value_limit
        FROM recon.tolerance AS t
        WHERE t.abc_class IN (approval_value.abc_class, '*') AND t.uom IN (approval_value.uom, '*')
        ORDER BY t.abc_class = '*', t.uom = '*'
        LIMIT 1
    )
)
$body$;

CREATE FUNCTION recon.lock_adjustment(adjustment_id bigint, VARIADIC legal text []) RETURNS recon.adjustment
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    found recon.adjustment;
BEGIN
    SELECT a.* INTO found FROM recon.adjustment AS a
    WHERE a.adjustment_id = lock_adjustment.adjustment_id FOR NO KEY UPDATE;
    IF found.adjustment_id IS NULL THEN
        RAISE EXCEPTION 'there is no adjustment %', coalesce(CAST(adjustment_id AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT * FROM ops.adjustment lists them';
    END IF;
    IF found.state <> ALL (legal) THEN
        RAISE EXCEPTION 'adjustment % is % already', adjustment_id, found.state
            USING ERRCODE = '55000', HINT = coalesce(found.expires_reason, found.approved_by || ': ' || found.reason);
    END IF;
    RETURN found;
END
$body$;

CREATE FUNCTION ops.adjustment_approve(adjustment_id bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    a recon.adjustment := recon.lock_adjustment(adjustment_id, 'suggested');
    stale text := recon.adjustment_stale(adjustment_id);
    may numeric;
    becomes text := 'approved';
BEGIN
    IF stale IS NOT NULL THEN
        becomes := 'expired';
    ELSIF a.requested_login = session_user THEN
        RAISE EXCEPTION 'adjustment % was asked for by %: somebody else approves it', adjustment_id, a.requested_by
            USING ERRCODE = '42501', HINT = 'its value is above what one person may approve';
    ELSIF a.requested_login IS NULL THEN
        SELECT recon.approval_value(coalesce(d.abc_class, '*'), d.uom) INTO may
        FROM recon.difference AS d
        WHERE d.run_id = a.run_id AND d.warehouse_code = a.warehouse_code AND d.item_code = a.item_code
            AND d.lot_no = a.lot_no AND d.stock_status = a.stock_status;
        IF may IS NULL OR a.value IS NULL OR a.value > may THEN
            becomes := 'suggested';
        END IF;
    END IF;
    PERFORM staging.record_act('adjustment_approve', why, NULL, NULL, jsonb_strip_nulls(jsonb_build_object(
        'adjustment_id', adjustment_id, 'from', 'suggested', 'to', becomes, 'value', a.value, 'limit', may,
        'stale', stale
    )));
    UPDATE recon.adjustment AS x SET
        state = becomes,
        requested_by = CASE becomes WHEN 'suggested' THEN staging.actor() ELSE x.requested_by END,
        requested_login = CASE becomes WHEN 'suggested' THEN session_user ELSE x.requested_login END,
        approved_by = CASE becomes WHEN 'approved' THEN staging.actor() END,
        approved_at = CASE becomes WHEN 'approved' THEN clock_timestamp() END,
        reason = CASE becomes WHEN 'expired' THEN x.reason ELSE concat_ws('; ', x.reason, why) END,
        expires_reason = stale,
        expired_at = CASE becomes WHEN 'expired' THEN clock_timestamp() END
    WHERE x.adjustment_id = a.adjustment_id;
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'adjustment_id', adjustment_id, 'from', 'suggested', 'to', becomes, 'why', stale,
        'needs', CASE becomes WHEN 'suggested' THEN 'the approval of another login' END
    ));
END
$body$;

CREATE FUNCTION ops.adjustment_reject(adjustment_id bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    a recon.adjustment := recon.lock_adjustment(adjustment_id, 'suggested', 'approved');
BEGIN
    PERFORM staging.record_act('adjustment_reject', why, NULL, NULL,
        jsonb_build_object('adjustment_id', adjustment_id, 'from', a.state, 'to', 'rejected'));
    UPDATE recon.adjustment AS x SET
        state = 'rejected', approved_by = staging.actor(), approved_at = clock_timestamp(), reason = why
    WHERE x.adjustment_id = a.adjustment_id;
    RETURN jsonb_build_object('adjustment_id', adjustment_id, 'from', a.state, 'to', 'rejected');
END
$body$;

CREATE FUNCTION ops.adjustment_request_count(adjustment_id bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    a recon.adjustment := recon.lock_adjustment(adjustment_id, 'suggested');
BEGIN
    PERFORM staging.record_act('adjustment_request_count', why, NULL, NULL,
        jsonb_build_object('adjustment_id', adjustment_id, 'from', a.state, 'to', 'count_requested'));
    UPDATE recon.adjustment AS x SET
        state = 'count_requested', approved_by = staging.actor(), approved_at = clock_timestamp(), reason = why
    WHERE x.adjustment_id = a.adjustment_id;
    RETURN jsonb_build_object('adjustment_id', adjustment_id, 'from', a.state, 'to', 'count_requested');
END
$body$;

CREATE FUNCTION ops.set_approval_limit(role text, value_limit numeric, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    before numeric;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles AS o WHERE o.rolname = set_approval_limit.role) THEN
        RAISE EXCEPTION 'there is no role %', coalesce(role, 'null') USING ERRCODE = 'P0002';
    END IF;
    IF value_limit < 0 OR value_limit = 'NaN' THEN
        RAISE EXCEPTION 'the limit must be 0 or more, not %', value_limit USING ERRCODE = '22023';
    END IF;
    IF pg_has_role(session_user, role, 'MEMBER')
        AND NOT (SELECT o.rolsuper FROM pg_roles AS o WHERE o.rolname = session_user) THEN
        RAISE EXCEPTION 'nobody sets a limit of their own: % is a member of %', session_user, role
            USING ERRCODE = '42501';
    END IF;
    SELECT l.value_limit INTO before FROM recon.approval_limit AS l WHERE l.role = set_approval_limit.role FOR UPDATE;
    PERFORM staging.record_act('set_approval_limit', reason, NULL, NULL,
        jsonb_build_object('role', role, 'from', before, 'to', value_limit));
    IF value_limit IS NULL THEN
        DELETE FROM recon.approval_limit AS l WHERE l.role = set_approval_limit.role;
    ELSE
        INSERT INTO recon.approval_limit VALUES (role, value_limit)
        ON CONFLICT ON CONSTRAINT approval_limit_pkey DO UPDATE SET value_limit = excluded.value_limit;
    END IF;
END
$body$;

CREATE FUNCTION recon.difference_say(
    action text, warehouse_code text, item_code text, lot_no text, stock_status text, owner text, text text
) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    said text := staging.need_reason(text);
    made bigint;
    seen bigint;
BEGIN
    SELECT max(d.run_id) INTO seen FROM recon.difference AS d
    WHERE d.warehouse_code = difference_say.warehouse_code AND d.item_code = difference_say.item_code
        AND d.lot_no = coalesce(difference_say.lot_no, '') AND d.stock_status = difference_say.stock_status;
    IF seen IS NULL THEN
        RAISE EXCEPTION 'no run found a difference of % % lot % %', warehouse_code, item_code, coalesce(lot_no, ''), stock_status
            USING ERRCODE = 'P0002', HINT = 'the canonical key, as recon.difference has it';
    END IF;
    INSERT INTO recon.comment (warehouse_code, item_code, lot_no, stock_status, run_id, by, owner, text)
    VALUES (warehouse_code, item_code, coalesce(lot_no, ''), stock_status, seen, staging.actor(), owner, said)
    RETURNING comment_id INTO made;
    PERFORM staging.record_act(action, said, NULL, NULL, jsonb_strip_nulls(jsonb_build_object(
        'comment_id', made, 'warehouse_code', warehouse_code, 'item_code', item_code, 'lot_no', lot_no,
        'stock_status', stock_status, 'owner', owner
    )));
    RETURN made;
END
$body$;

CREATE FUNCTION ops.difference_comment(
    warehouse_code text, item_code text, lot_no text, stock_status text, text text
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
SELECT recon.difference_say('difference_comment', warehouse_code, item_code, lot_no, stock_status, NULL, text)
$body$;

CREATE FUNCTION ops.difference_assign(
    warehouse_code text, item_code text, lot_no text, stock_status text, owner text, reason text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    name text := btrim(owner);
BEGIN
    IF coalesce(name, '') = '' OR length(name) > 200 OR name ~ '[\x01-\x1f\x7f-\x9f]' THEN
        RAISE EXCEPTION 'the owner must be a name'
            USING ERRCODE = '22023', HINT = 'a role or a person, up to 200 characters';
    END IF;
    RETURN recon.difference_say('difference_assign', warehouse_code, item_code, lot_no, stock_status, name, reason);
END
$body$;

CREATE VIEW ops.adjustment AS
SELECT
    a.adjustment_id,
    a.state,
    a.warehouse_code,
    a.item_code,
    a.lot_no,
    a.stock_status,
    a.side,
    a.qty,
    a.uom,
    a.value,
    a.currency,
    a.class,
    a.evidence,
    d.why,
    a.run_id,
    a.suggested_at,
    a.requested_by,
    a.approved_by,
    a.approved_at,
    a.reason,
    a.posted_at,
    a.posted_seq,
    m.state AS message_state,
    a.answered_state,
    a.document_ref,
    a.expired_at,
    a.expires_reason
FROM recon.adjustment AS a
LEFT JOIN recon.difference AS d
    ON
        a.run_id = d.run_id AND a.warehouse_code = d.warehouse_code AND a.item_code = d.item_code
        AND a.lot_no = d.lot_no AND a.stock_status = d.stock_status
LEFT JOIN ops.known_message AS m ON a.posted_seq = m.seq;

COMMENT ON VIEW ops.adjustment IS
'Suggested corrections of one book, who decided them, what was posted and answered.';
COMMENT ON COLUMN ops.adjustment.adjustment_id IS 'number of the adjustment';
COMMENT ON COLUMN ops.adjustment.state IS 'suggested, approved, rejected, posted, expired, count_requested';
COMMENT ON COLUMN ops.adjustment.warehouse_code IS 'warehouse';
COMMENT ON COLUMN ops.adjustment.item_code IS 'canonical item code';
COMMENT ON COLUMN ops.adjustment.lot_no IS 'lot; empty for none';
COMMENT ON COLUMN ops.adjustment.stock_status IS 'canonical stock status';
COMMENT ON COLUMN ops.adjustment.side IS 'whose book it changes: erp or wms';
COMMENT ON COLUMN ops.adjustment.qty IS 'signed quantity to post';
COMMENT ON COLUMN ops.adjustment.uom IS 'base unit of the item';
COMMENT ON COLUMN ops.adjustment.value IS 'abs(qty) * unit cost';
COMMENT ON COLUMN ops.adjustment.currency IS 'currency of value';
COMMENT ON COLUMN ops.adjustment.class IS 'cause of the difference';
COMMENT ON COLUMN ops.adjustment.evidence IS 'A proven or B structural; a suspicion is never adjusted';
COMMENT ON COLUMN ops.adjustment.why IS 'the cause as a sentence';
COMMENT ON COLUMN ops.adjustment.run_id IS 'run that suggested it';
COMMENT ON COLUMN ops.adjustment.suggested_at IS 'when';
COMMENT ON COLUMN ops.adjustment.requested_by IS 'who approved first, where a second person is needed';
COMMENT ON COLUMN ops.adjustment.approved_by IS 'who approved, rejected or asked for a count';
COMMENT ON COLUMN ops.adjustment.approved_at IS 'when';
COMMENT ON COLUMN ops.adjustment.reason IS 'why';
COMMENT ON COLUMN ops.adjustment.posted_at IS 'when the document was sent';
COMMENT ON COLUMN ops.adjustment.posted_seq IS 'message that carries it; ops.why tells its story';
COMMENT ON COLUMN ops.adjustment.message_state IS 'where that message stands';
COMMENT ON COLUMN ops.adjustment.answered_state IS 'accepted or refused by the system whose book it changes';
COMMENT ON COLUMN ops.adjustment.document_ref IS 'document number of that system';
COMMENT ON COLUMN ops.adjustment.expired_at IS 'when it expired';
COMMENT ON COLUMN ops.adjustment.expires_reason IS 'why it expired';
COMMENT ON FUNCTION recon.refuse_adjustment_step() IS 'Trigger: refuses an illegal step of an adjustment.';
COMMENT ON FUNCTION recon.adjustment_stale(bigint) IS 'Why an adjustment no longer holds; null: it does.';
COMMENT ON FUNCTION recon.approval_value(text, text) IS 'What this login may approve alone; null: nothing.';
COMMENT ON FUNCTION recon.lock_adjustment(bigint, text []) IS
'The adjustment, locked; fails with P0002 when there is none, 55000 when its state is none of these.';
COMMENT ON FUNCTION ops.adjustment_approve(bigint, text) IS
'Approves a suggested adjustment; above your limit it needs another login too. One that no longer holds expires.';
COMMENT ON FUNCTION ops.adjustment_reject(bigint, text) IS 'Rejects an adjustment that is not posted yet.';
COMMENT ON FUNCTION ops.adjustment_request_count(bigint, text) IS
'Has the stock counted instead of adjusting the book.';
COMMENT ON FUNCTION ops.set_approval_limit(text, numeric, text) IS
'Says up to which value members of a role approve adjustments alone; null takes it back.';
COMMENT ON FUNCTION recon.difference_say(text, text, text, text, text, text, text) IS
'Writes a comment on a key, with its audit entry; returns its number.';
COMMENT ON FUNCTION ops.difference_comment(text, text, text, text, text) IS
'Says something about a difference; it stays with the key over nights. Returns the number of the comment.';
COMMENT ON FUNCTION ops.difference_assign(text, text, text, text, text, text) IS
'Gives a difference an owner, from the next run on while it is open. Returns the number of the comment.';

REVOKE ALL ON FUNCTION recon.adjustment_stale(bigint), recon.approval_value(text, text),
recon.lock_adjustment(bigint, text []), recon.difference_say(text, text, text, text, text, text, text),
ops.adjustment_approve(bigint, text), ops.adjustment_reject(bigint, text), ops.adjustment_request_count(bigint, text),
ops.set_approval_limit(text, numeric, text), ops.difference_comment(text, text, text, text, text),
ops.difference_assign(text, text, text, text, text, text) FROM public;

GRANT EXECUTE ON FUNCTION ops.adjustment_approve(bigint, text), ops.adjustment_reject(bigint, text),
ops.adjustment_request_count(bigint, text), ops.set_approval_limit(text, numeric, text),
ops.difference_comment(text, text, text, text, text), ops.difference_assign(text, text, text, text, text, text)
TO crossdock_dba;

GRANT EXECUTE ON FUNCTION recon.adjustment_stale(bigint) TO crossdock_daemon;

INSERT INTO ops.alarm_rule VALUES
    ('backlog', 'critical', 300, 'seconds', '0 seconds', true, 'complete messages of a lane are not worked for so long', 'lane {subject} is not worked: message {seq} has waited for its turn for {lasts}', '{count} messages of the lane', 'crossdock status; crossdock why {seq}; SELECT * FROM ops.claim'),
    ('waiting', 'warning', 50, 'percent of the limit', '0 seconds', true, 'messages have waited for a missing thing for more than so much of their limit', '{count} messages of lane {subject} are past {threshold} percent of their limit; the first waits for {waiting_for} and its limit passes at {until}', '{behind_count} later messages of the same documents', 'crossdock why {seq}; SELECT * FROM ops.waiting_on WHERE lane = ''{subject}'''),
    ('errors', 'warning', 10, 'messages', '0 seconds', true, 'so many messages are in error with one code', '{count} messages are in error {subject}: {example}', '{behind_count} later messages of the same documents', 'crossdock why {seq}; SELECT * FROM ops.error WHERE code = ''{subject}'''),
    ('system_error', 'critical', 1, 'messages', '0 seconds', true, 'so many messages failed for no reason that the program knows', '{count} messages ended in {subject}, a fault of the program or the server: {example}', '{behind_count} later messages of the same documents', 'crossdock why {seq}; when the cause is mended: crossdock requeue {seq} --reason ''...'''),
    ('error_age', 'warning', 14400, 'seconds', '0 seconds', true, 'a message is in error for so long and nobody has seen to it', '{count} messages of lane {subject} are in error and nobody sees to them; the oldest is {doc_type} {doc_no} of {sender}', '{behind_count} later messages of the same documents', 'crossdock why {seq}; SELECT * FROM ops.error WHERE lane = ''{subject}'''),
    ('retrying', 'warning', 20, 'messages', '60 seconds', true, 'so many messages of a lane are tried again after faults', '{count} messages of lane {subject} are tried again and again; one of them: {example}', '{behind_count} later messages of the same documents', 'crossdock why {seq}; crossdock doctor'),
    ('unanswered', 'warning', 100, 'percent of answer_alarm', '0 seconds', true, 'a forwarded change or cancel is not answered for so much of answer_alarm', '{subject} has not answered {count} requests; the oldest is {doc_type} {doc_no}, delivery {delivery_id}, now {delivery_state}', '{behind_count} later messages of the same documents', 'crossdock why {seq}; crossdock tasks --code STA-009'),
    ('unread', 'warning', 7200, 'seconds', '0 seconds', true, 'a receiver has not taken a delivery from its inbox for so long', '{subject} does not read its inbox: {doc_type} {doc_no}, delivery {delivery_id}, lies there for {lasts}', '{count} deliveries to {subject}', 'crossdock status; crossdock why {seq}'),
    ('task_age', 'warning', 86400, 'seconds', '0 seconds', true, 'a decision is owed for so long', '{count} decisions {subject} are owed and overdue; the oldest is task {task_id}: {example}', '{count} decisions', 'crossdock tasks --code {subject}'),
    ('no_traffic', 'warning', 3600, 'seconds', '0 seconds', true, 'a sender is silent when it should send; for so long, where nothing was said for it', '{subject} is silent: nothing has come for {lasts}; {expected}', 'everything that {subject} would have sent', 'SELECT * FROM ops.traffic WHERE system_code = ''{subject}''; look whether {subject} runs'),
    ('sender_failing', 'warning', 20, 'percent of its messages in the hour', '0 seconds', true, 'so much of what a sender sends ends in error, five messages at least', '{value} percent of what {subject} sent in the last hour ended in error ({count} messages), most of them with {example}', '{count} messages of {subject}', 'SELECT * FROM ops.error WHERE sender = ''{subject}''; crossdock why {seq}'),
    ('dead_rows', 'warning', 100, 'percent of the live rows', '900 seconds', true, 'a table has so many dead rows, ten thousand at least', 'table {subject} has {dead} dead rows beside {live} live ones', 'every claim walks over them', 'SELECT * FROM ops.health WHERE advice IS NOT NULL; VACUUM {subject}'),
    ('snapshot', 'warning', 900, 'seconds', '0 seconds', true, 'a transaction is open for so long: dead rows cannot be removed', '{subject} holds a transaction open for {lasts}; no dead row can be removed', 'the cleaning of every table', 'crossdock doctor; SELECT * FROM ops.health WHERE kind <> ''table''; {remedy}'),
    ('slot', 'critical', 10, 'GiB', '0 seconds', true, 'a replication slot keeps so much WAL on the server''s disk', 'replication slot {subject} keeps {value} GiB of WAL on the disk ({activity})', 'the disk: when it is full the server stops', 'SELECT * FROM pg_replication_slots; SELECT pg_drop_replication_slot(''{subject}'')'),
    ('database_size', 'critical', 0, 'GiB', '0 seconds', true, 'the database is larger than this; 0: not looked at', 'database {subject} has {value} GiB; the limit is {threshold} GiB', 'the disk: when it is full the server stops', 'SELECT * FROM ops.health ORDER BY table_bytes DESC NULLS LAST; crossdock retire'),
    ('proof', 'critical', 1, 'runs', '0 seconds', true, 'the newest proof of the ledger failed: a law is broken', 'the proof that was due at {due} failed: {example}', 'trust in every balance that the breaches name', 'crossdock proof; SELECT * FROM ops.proof'),
    ('job_failed', 'warning', 1, 'runs', '0 seconds', true, 'the newest run of a job failed, or who ran it is gone, and it is not tried again', 'job {subject} that was due at {due} {state} after {attempts} attempts: {example}', 'what the job should have done: {meaning}', 'crossdock schedule list; crossdock schedule run {subject}'),
    ('job_overdue', 'warning', 1800, 'seconds', '0 seconds', true, 'a job is due for so long and has not been started, though it is not paused', 'job {subject} is overdue by {lasts}', 'what the job should do: {meaning}', 'crossdock schedule list; SELECT * FROM ops.daemon'),
    ('recon_invalid', 'critical', 1, 'runs', '0 seconds', true, 'the newest reconciliation run is not valid or failed', 'reconciliation run {subject} is {state}: {example}', 'nobody knows whether the books agree; the last closed run is of {last_closed}', 'SELECT * FROM recon.run WHERE run_id = {subject}; SELECT * FROM recon.gate WHERE run_id = {subject} AND NOT passed'),
    ('recon_missing', 'warning', 93600, 'seconds', '0 seconds', true, 'no reconciliation has run for so long, though there were some', 'no reconciliation has run for {lasts}; the last one is run {run_id}', 'differences that nobody sees', 'crossdock reconcile; SELECT * FROM recon.run ORDER BY run_id DESC LIMIT 5'),
    ('recon_unexplained', 'warning', 1, 'differences', '0 seconds', true, 'the newest closed run has so many differences of a warehouse that nothing explains', '{count} differences of warehouse {subject} are not explained by run {run_id}; the dearest is {item_code}', '{count} differences', 'crossdock report; SELECT * FROM recon.difference WHERE run_id = {run_id} AND warehouse_code = ''{subject}'''),
    ('recon_below_target', 'warning', 0, 'points below the target', '0 seconds', true, 'a figure in percent of the newest closed run is below its target by more than this', '{subject} is {measured} percent in run {run_id}; the target is {target}', '{missing} of {denominator}', 'crossdock report; SELECT * FROM recon.figure WHERE run_id = {run_id}'),
    ('daemon_missing', 'critical', 120, 'seconds', '0 seconds', true, 'a daemon has vanished without an end, and none has started since', 'daemon {subject} has not been heard of for {lasts}; {others} others are alive', 'what it worked is worked by the others, if there are any', 'crossdock status; systemctl status crossdock on {host}; SELECT * FROM ops.daemon'),
    ('notification', 'critical', 1, 'notifications', '0 seconds', true, 'so many notifications of a route could not be delivered in the last hour', 'route {subject} does not take notifications: {count} failed in the last hour; {example}', '{count} notifications; nobody reads this on {subject}', 'crossdock alarm test --route {subject}; SELECT * FROM ops.alarm_notice WHERE route = ''{subject}''');

CREATE VIEW ops.alarm AS
SELECT
    a.alarm_id,
    a.severity,
    a.state,
    a.code,
    a.subject,
    a.since,
    coalesce(a.resolved_at, now()) - a.since AS lasts,
    a.text,
    a.behind,
    a.look,
    a.value,
    r.threshold,
    r.unit,
    a.fired_at,
    a.last_seen_at,
    a.resolved_at,
    a.acknowledged_by,
    a.acknowledged_at,
    a.acknowledge_reason,
    (
        SELECT array_agg(t.route ORDER BY t.told_at, t.route)
        FROM ops.alarm_told AS t
        WHERE t.alarm_id = a.alarm_id
    ) AS told
FROM ops.alarm_state AS a
INNER JOIN ops.alarm_rule AS r ON a.code = r.code;

COMMENT ON VIEW ops.alarm IS
'Alarms that hold (state firing), will if it lasts (pending), or did in the last 90 days (resolved).';
COMMENT ON COLUMN ops.alarm.alarm_id IS 'number of the alarm; ops.alarm_ack(alarm_id, reason)';
COMMENT ON COLUMN ops.alarm.severity IS 'warning or critical';
COMMENT ON COLUMN ops.alarm.state IS 'pending, firing or resolved';
COMMENT ON COLUMN ops.alarm.code IS 'rule that found it; ops.alarm_rule explains it';
COMMENT ON COLUMN ops.alarm.subject IS 'what it is about: a lane, a sender, a code, a table ...';
COMMENT ON COLUMN ops.alarm.since IS 'since when the condition holds, as the data say';
COMMENT ON COLUMN ops.alarm.lasts IS 'how long it holds or held';
COMMENT ON COLUMN ops.alarm.text IS 'what happened';
COMMENT ON COLUMN ops.alarm.behind IS 'what waits behind it';
COMMENT ON COLUMN ops.alarm.look IS 'what to type';
COMMENT ON COLUMN ops.alarm.value IS 'what was measured last, in unit';
COMMENT ON COLUMN ops.alarm.threshold IS 'from here on it is an alarm';
COMMENT ON COLUMN ops.alarm.unit IS 'what value and threshold are counted in';
COMMENT ON COLUMN ops.alarm.fired_at IS 'when it became an alarm';
COMMENT ON COLUMN ops.alarm.last_seen_at IS 'when the condition was seen last';
COMMENT ON COLUMN ops.alarm.resolved_at IS 'when it no longer held';
COMMENT ON COLUMN ops.alarm.acknowledged_by IS 'who sees to it; null: nobody';
COMMENT ON COLUMN ops.alarm.acknowledged_at IS 'since when';
COMMENT ON COLUMN ops.alarm.acknowledge_reason IS 'in whose words';
COMMENT ON COLUMN ops.alarm.told IS 'routes that were told';

CREATE VIEW ops.traffic AS
SELECT
    s.system_code,
    s.kind,
    t.last_at,
    now() - t.last_at AS silent_for,
    coalesce(t.day_count, 0) AS day_count,
    e.every,
    e.from_time,
    e.to_time,
    e.weekdays,
    e.time_zone,
    e.system_code IS NULL AS is_learned,
    e.set_by,
    e.reason
FROM ops.system AS s
LEFT JOIN ops.traffic_expectation AS e ON s.system_code = e.system_code
LEFT JOIN LATERAL (
    SELECT
        max(h.last_at) AS last_at,
        sum(h.message_count) FILTER (WHERE h.hour > now() - CAST('1 day' AS interval)) AS day_count
    FROM ops.traffic_hour AS h
    WHERE h.system_code = s.system_code
) AS t ON true;

COMMENT ON VIEW ops.traffic IS 'When each sender sent last, and when it should send.';
COMMENT ON COLUMN ops.traffic.system_code IS 'sender';
COMMENT ON COLUMN ops.traffic.kind IS 'erp or wms';
COMMENT ON COLUMN ops.traffic.last_at IS 'when its last message came, as counted every half minute';
COMMENT ON COLUMN ops.traffic.silent_for IS 'time since then';
COMMENT ON COLUMN ops.traffic.day_count IS 'messages of the last 24 hours';
COMMENT ON COLUMN ops.traffic.every IS
'it should send at least once in this time; null: learned, or nothing is expected';
COMMENT ON COLUMN ops.traffic.from_time IS 'begin of the hours in which it sends';
COMMENT ON COLUMN ops.traffic.to_time IS 'end of these hours';
COMMENT ON COLUMN ops.traffic.weekdays IS 'days on which it sends, 1 is Monday';
COMMENT ON COLUMN ops.traffic.time_zone IS 'time zone of these hours';
COMMENT ON COLUMN ops.traffic.is_learned IS
'true: it should send in an hour in which it did in three of the last four weeks';
COMMENT ON COLUMN ops.traffic.set_by IS 'who said when it should send';
COMMENT ON COLUMN ops.traffic.reason IS 'why';

CREATE FUNCTION ops.alarm_ack(id bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    found ops.alarm_state;
BEGIN
    SELECT * INTO found FROM ops.alarm_state AS a WHERE a.alarm_id = id FOR UPDATE;
    IF found.alarm_id IS NULL THEN
        RAISE EXCEPTION 'there is no alarm %', coalesce(CAST(id AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT alarm_id, text FROM ops.alarm WHERE state = ''firing'' lists them';
    END IF;
    IF found.state = 'resolved' THEN
        RAISE EXCEPTION 'alarm % is over since %', id, found.resolved_at USING ERRCODE = '55000';
    END IF;
    IF found.acknowledged_by IS NOT NULL THEN
        RAISE EXCEPTION '% sees to alarm % since %', found.acknowledged_by, id, found.acknowledged_at
            USING ERRCODE = '55000';
    END IF;
    UPDATE ops.alarm_state AS a
    SET acknowledged_by = staging.actor(), acknowledged_at = clock_timestamp(), acknowledge_reason = why
    WHERE a.alarm_id = id;
    PERFORM staging.record_act('alarm_ack', why, NULL, NULL, jsonb_build_object(
        'alarm_id', id, 'code', found.code, 'subject', found.subject, 'text', found.text
    ));
    RETURN jsonb_build_object(
        'alarm_id', id, 'code', found.code, 'subject', found.subject, 'text', found.text,
        'acknowledged_by', staging.actor()
    );
END
$body$;

COMMENT ON FUNCTION ops.alarm_ack(bigint, text) IS
'Says that somebody sees to an alarm: no escalation, no reminder. Recovery is told all the same.';

CREATE FUNCTION ops.set_alarm_rule(code text, name text, value text, reason text)
RETURNS TABLE (value_before text, value_after text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    wanted text := btrim(value);
    rule ops.alarm_rule;
BEGIN
    SELECT * INTO rule FROM ops.alarm_rule AS r WHERE r.code = set_alarm_rule.code FOR UPDATE;
    IF rule.code IS NULL THEN
        RAISE EXCEPTION 'there is no alarm rule %', coalesce(code, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT code, meaning FROM ops.alarm_rule lists them';
    END IF;
    IF name = 'threshold' AND wanted ~ '^[0-9]{1,12}([.][0-9]{1,6})?$' THEN
        value_before := CAST(rule.threshold AS text);
        rule.threshold := CAST(wanted AS numeric);
        value_after := CAST(rule.threshold AS text);
    ELSIF name = 'severity' AND wanted IN ('warning', 'critical') THEN
        value_before := rule.severity;
        rule.severity := wanted;
        value_after := wanted;
    ELSIF name = 'hold' AND staging.policy_interval(wanted) IS NOT NULL THEN
        value_before := CAST(rule.hold AS text);
        rule.hold := staging.policy_interval(wanted);
        value_after := CAST(rule.hold AS text);
    ELSIF name = 'is_on' AND wanted IN ('true', 'false') THEN
        value_before := CAST(rule.is_on AS text);
        rule.is_on := CAST(wanted AS boolean);
        value_after := wanted;
    ELSE
        RAISE EXCEPTION '% of alarm rule % cannot be %', coalesce(name, 'null'), code, coalesce(wanted, 'null')
            USING ERRCODE = '22023',
            HINT = 'threshold: a number; severity: warning or critical; hold: 15min; is_on: true or false';
    END IF;
    UPDATE ops.alarm_rule AS r
    SET threshold = rule.threshold, severity = rule.severity, hold = rule.hold, is_on = rule.is_on
    WHERE r.code = rule.code;
    PERFORM staging.record_act('set_alarm_rule', why, NULL, NULL, jsonb_build_object(
        'code', rule.code, 'name', name, 'from', value_before, 'to', value_after
    ));
    RETURN NEXT;
END
$body$;

COMMENT ON FUNCTION ops.set_alarm_rule(text, text, text, text) IS
'Changes threshold, severity, hold or is_on of an alarm rule, for all daemons.';

CREATE FUNCTION ops.expect_traffic(
    system_code text, every interval, from_time time, to_time time, weekdays integer [], time_zone text, reason text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
BEGIN
    IF NOT EXISTS (SELECT FROM ops.system AS s WHERE s.system_code = expect_traffic.system_code) THEN
        RAISE EXCEPTION 'there is no system %', coalesce(system_code, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT system_code FROM ops.system lists them';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_timezone_names AS z WHERE z.name = expect_traffic.time_zone) THEN
        RAISE EXCEPTION 'there is no time zone %', coalesce(time_zone, 'null')
            USING ERRCODE = '22023', HINT = 'say one such as Europe/Berlin or UTC';
    END IF;
    IF every <= CAST('0' AS interval) OR weekdays IS NULL OR weekdays = '{}'
        OR NOT (weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7]) OR from_time IS NULL OR to_time IS NULL THEN
        RAISE EXCEPTION 'no such expectation' USING ERRCODE = '22023',
            HINT = 'every: 30min, or null for none; hours: 06:00 and 22:00; weekdays: 1 (Monday) to 7';
    END IF;
    INSERT INTO ops.traffic_expectation (
        system_code, every, from_time, to_time, weekdays, time_zone, set_by, reason
    ) VALUES (system_code, every, from_time, to_time, weekdays, time_zone, staging.actor(), why)
    ON CONFLICT ON CONSTRAINT traffic_expectation_pkey DO UPDATE SET
        every = excluded.every, from_time = excluded.from_time, to_time = excluded.to_time,
        weekdays = excluded.weekdays, time_zone = excluded.time_zone, set_by = excluded.set_by,
        reason = excluded.reason;
    PERFORM staging.record_act('expect_traffic', why, NULL, NULL, jsonb_build_object(
        'system_code', system_code, 'every', every, 'from', from_time, 'to', to_time,
        'weekdays', weekdays, 'time_zone', time_zone
    ));
END
$body$;

COMMENT ON FUNCTION ops.expect_traffic(text, interval, time, time, integer [], text, text) IS
'Says at which hours a sender should send at least once in which time; every null: never.';

REVOKE ALL ON FUNCTION ops.alarm_ack(bigint, text), ops.set_alarm_rule(text, text, text, text),
ops.expect_traffic(text, interval, time, time, integer [], text, text) FROM public;

GRANT EXECUTE ON FUNCTION ops.alarm_ack(bigint, text), ops.set_alarm_rule(text, text, text, text),
ops.expect_traffic(text, interval, time, time, integer [], text, text) TO crossdock_dba;

GRANT INSERT, UPDATE, DELETE ON ops.alarm_state, ops.alarm_told, ops.alarm_notice, ops.watch_mark,
ops.traffic_hour, ops.daemon TO crossdock_daemon;

CREATE FUNCTION ops.session() RETURNS TABLE (
    pid integer,
    login text,
    application_name text,
    state text,
    wait_event text,
    transaction_started_at timestamptz,
    snapshot_age bigint,
    blocked_by integer[],
    query text
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT a.pid, CAST(a.usename AS text), a.application_name, a.state,
        concat_ws(' ', a.wait_event_type, a.wait_event), a.xact_start,
        -- A sender that forgot to commit has written and holds no snapshot: its number counts too.
        CAST(greatest(age(a.backend_xmin), age(a.backend_xid)) AS bigint), pg_blocking_pids(a.pid), left(a.query, 200)
    FROM pg_stat_activity AS a
    WHERE a.pid <> pg_backend_pid()
        -- A vacuum's own snapshot keeps nothing alive, and nobody should end it.
        AND a.backend_type <> 'autovacuum worker'
        AND (a.datname = current_database() OR a.backend_type = 'walsender')
        AND (
            a.application_name LIKE 'crossdock%'
            OR a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL
            OR a.xact_start < clock_timestamp() - CAST('1 minute' AS interval)
        )
$body$;

COMMENT ON FUNCTION ops.session() IS
'Sessions of crossdock (application_name crossdock...), and all that keep dead rows alive or are long in a transaction.';

REVOKE ALL ON FUNCTION ops.session() FROM public;

GRANT EXECUTE ON FUNCTION ops.session()
TO crossdock_dba, crossdock_daemon, crossdock_reader;

CREATE VIEW ops.message AS
SELECT
    m.seq,
    m.sender,
    m.doc_type,
    m.message_id,
    m.lane,
    m.warehouse_code,
    coalesce(nullif(btrim(m.action), ''), t.actions[1]) AS action,
    CASE
        WHEN m.road IN ('master', 'detail') THEN substr(m.doc_key, length(m.doc_type) + 2)
        ELSE btrim(m.doc_no)
    END AS doc_no,
    m.revision,
    CASE
        WHEN m.doc_type IN ('material_issue', 'production_receipt') THEN 'production_order'
        WHEN m.doc_type = 'transit_notice' THEN 'transfer_order'
        WHEN m.road = 'request' THEN m.doc_type
        ELSE nullif(btrim(m.order_type), '')
    END AS order_type,
    CASE
        WHEN m.road = 'request' OR nullif(btrim(m.order_no), '') IS NOT NULL
            THEN coalesce(nullif(btrim(m.order_no), ''), btrim(m.doc_no))
    END AS order_no,
    m.state,
    m.state_reason,
    m.waiting_for,
    m.waiting_since,
    m.wait_until,
    m.attempts,
    m.next_attempt_at,
    m.received_at,
    m.finished_at,
    now() - m.received_at AS age,
    m.line_count,
    m.lines_arrived,
    m.open_findings,
    m.duplicate_of,
    m.superseded_by,
    m.occurred_at,
    m.source_seq,
    m.reverses_no,
    m.is_final,
    m.milestone,
    m.response,
    m.note,
    m.attributes,
    m.is_retired
FROM (
    SELECT
        h.seq,
        h.sender,
        h.doc_type,
        h.message_id,
        h.lane,
        h.road,
        h.doc_key,
        h.warehouse_code,
        h.action,
        h.doc_no,
        h.revision,
        h.order_type,
        h.order_no,
        h.state,
        h.state_reason,
        h.waiting_for,
        h.waiting_since,
        h.wait_until,
        h.attempts,
        h.next_attempt_at,
        h.received_at,
        h.finished_at,
        h.line_count,
        h.duplicate_of,
        h.superseded_by,
        h.occurred_at,
        h.source_seq,
        h.reverses_no,
        h.is_final,
        h.milestone,
        h.response,
        h.note,
        h.attributes,
        (
            SELECT count(*)
            FROM staging.line AS l
            WHERE l.sender = h.sender AND l.doc_type = h.doc_type AND l.message_id = h.message_id
        ) AS lines_arrived,
        (
            SELECT count(*)
            FROM staging.message_error AS e
            WHERE e.seq = h.seq AND e.resolved_at IS NULL
        ) AS open_findings,
        false AS is_retired
    FROM staging.message AS h
    UNION ALL
    SELECT
        h.seq,
        h.sender,
        h.doc_type,
        h.message_id,
        h.lane,
        h.road,
        h.doc_key,
        h.warehouse_code,
        h.action,
        h.doc_no,
        h.revision,
        h.order_type,
        h.order_no,
        h.state,
        h.state_reason,
        h.waiting_for,
        h.waiting_since,
        h.wait_until,
        h.attempts,
        h.next_attempt_at,
        h.received_at,
        h.finished_at,
        h.line_count,
        h.duplicate_of,
        h.superseded_by,
        h.occurred_at,
        h.source_seq,
        h.reverses_no,
        h.is_final,
        h.milestone,
        h.response,
        h.note,
        h.attributes,
        (
            SELECT count(*)
            FROM archive.line AS l
            WHERE l.seq = h.seq
        ) AS lines_arrived,
        (
            SELECT count(*)
            FROM ops.every_message_error AS e
            WHERE e.seq = h.seq AND e.resolved_at IS NULL
        ) AS open_findings,
        true AS is_retired
    FROM archive.message AS h
) AS m
LEFT JOIN staging.document_type AS t ON m.doc_type = t.doc_type;

COMMENT ON VIEW ops.message IS 'One row for each message: what it is and where it stands.';
COMMENT ON COLUMN ops.message.seq IS 'number of the message; ops.why(seq) tells its story';
COMMENT ON COLUMN ops.message.sender IS 'system that sent it; crossdock: made here';
COMMENT ON COLUMN ops.message.doc_type IS 'document type: the name of the view it came through';
COMMENT ON COLUMN ops.message.message_id IS 'the sender''s own id of this transmission';
COMMENT ON COLUMN ops.message.lane IS 'warehouse whose worker applies it; * for master data';
COMMENT ON COLUMN ops.message.warehouse_code IS 'warehouse as sent';
COMMENT ON COLUMN ops.message.action IS
'upsert, cancel, close, post or reverse; the default filled in';
COMMENT ON COLUMN ops.message.doc_no IS 'own number of the document; master data: their codes';
COMMENT ON COLUMN ops.message.revision IS 'revision of a request, as sent';
COMMENT ON COLUMN ops.message.order_type IS
'order it is or names: the document type of the request';
COMMENT ON COLUMN ops.message.order_no IS 'order it is or names';
COMMENT ON COLUMN ops.message.state IS 'where it stands; staging.state says what that means';
COMMENT ON COLUMN ops.message.state_reason IS 'why it is in its state, in plain words';
COMMENT ON COLUMN ops.message.waiting_for IS 'the first thing it waits for; ops.waiting_on has all';
COMMENT ON COLUMN ops.message.waiting_since IS 'since when it waits';
COMMENT ON COLUMN ops.message.wait_until IS 'when its wait ends by decision; null: never by itself';
COMMENT ON COLUMN ops.message.attempts IS 'attempts that failed';
COMMENT ON COLUMN ops.message.next_attempt_at IS 'not tried before this';
COMMENT ON COLUMN ops.message.received_at IS 'when it was inserted';
COMMENT ON COLUMN ops.message.finished_at IS 'when it came to its end';
COMMENT ON COLUMN ops.message.age IS 'time since it was inserted';
COMMENT ON COLUMN ops.message.line_count IS 'control total: lines that the sender announced';
COMMENT ON COLUMN ops.message.lines_arrived IS 'lines that are here';
COMMENT ON COLUMN ops.message.open_findings IS 'findings that still hold; ops.error lists them';
COMMENT ON COLUMN ops.message.duplicate_of IS 'seq of the message with the same content';
COMMENT ON COLUMN ops.message.superseded_by IS 'seq of the message that replaced it';
COMMENT ON COLUMN ops.message.occurred_at IS 'facts: when it happened, as sent';
COMMENT ON COLUMN ops.message.source_seq IS 'facts: the sender''s own increasing number';
COMMENT ON COLUMN ops.message.reverses_no IS 'reversals: own number of the fact that is taken back';
COMMENT ON COLUMN ops.message.is_final IS 'facts: true when nothing more will come';
COMMENT ON COLUMN ops.message.milestone IS 'milestones: which one was reached';
COMMENT ON COLUMN ops.message.response IS 'answers to requests: accepted, partial or refused';
COMMENT ON COLUMN ops.message.note IS 'free text of the sender';
COMMENT ON COLUMN ops.message.attributes IS 'the sender''s extra fields';
COMMENT ON COLUMN ops.message.is_retired IS 'true: it lies in the archive';

CREATE VIEW ops.backlog AS
SELECT
    m.lane,
    m.doc_type,
    m.state,
    split_part(m.waiting_for, ':', 1) AS waits_for,
    count(*) AS message_count,
    min(m.received_at) AS oldest_received_at,
    now() - min(m.received_at) AS oldest_age,
    min(m.seq) AS oldest_seq
FROM staging.message AS m
WHERE m.state IN ('received', 'waiting', 'retrying', 'held', 'error')
GROUP BY m.lane, m.doc_type, m.state, split_part(m.waiting_for, ':', 1)
UNION ALL
SELECT
    coalesce(nullif(btrim(l.warehouse_code), ''), '*') AS lane,
    l.doc_type,
    'no header' AS state,
    'header' AS waits_for,
    count(*) AS message_count,
    min(l.received_at) AS oldest_received_at,
    now() - min(l.received_at) AS oldest_age,
    NULL AS oldest_seq
FROM (
    SELECT
        n.sender,
        n.doc_type,
        n.message_id,
        min(n.warehouse_code) AS warehouse_code,
        min(n.received_at) AS received_at
    FROM staging.line AS n
    WHERE
        n.received_at >= now() - CAST('3 days' AS interval)
    GROUP BY n.sender, n.doc_type, n.message_id
) AS l
INNER JOIN ops.policy_kind AS k ON k.name = 'line_limit'
LEFT JOIN ops.policy_value AS p
    ON p.scope_kind = 'warehouse' AND btrim(l.warehouse_code) = p.scope AND k.name = p.name
WHERE
    l.received_at < now() - coalesce(p.duration, CAST(k.default_value AS interval))
    AND NOT EXISTS (
        SELECT
        FROM staging.message AS m
        WHERE m.sender = l.sender AND m.doc_type = l.doc_type AND m.message_id = l.message_id
    )
GROUP BY coalesce(nullif(btrim(l.warehouse_code), ''), '*'), l.doc_type;

COMMENT ON VIEW ops.backlog IS
'Open messages by lane, type and state; and lines of 3 days without a header past line_limit.';
COMMENT ON COLUMN ops.backlog.lane IS 'warehouse; * for master data';
COMMENT ON COLUMN ops.backlog.doc_type IS 'document type';
COMMENT ON COLUMN ops.backlog.state IS 'state of the messages; no header: lines alone';
COMMENT ON COLUMN ops.backlog.waits_for IS
'kind of thing that they wait for: item, order, lines, answer ...';
COMMENT ON COLUMN ops.backlog.message_count IS 'number of messages';
COMMENT ON COLUMN ops.backlog.oldest_received_at IS 'when the oldest of them was inserted';
COMMENT ON COLUMN ops.backlog.oldest_age IS 'time since then';
COMMENT ON COLUMN ops.backlog.oldest_seq IS 'the oldest of them; ops.why(seq) tells its story';

CREATE VIEW ops.waiting_on AS
SELECT
    m.seq,
    m.sender,
    m.lane,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    m.state,
    w.waits_for,
    w.need_qty,
    w.since,
    w.until,
    w.blocked_by,
    CASE split_part(w.waits_for, ':', 1)
        WHEN 'lines' THEN 'the missing lines: '
            || (
                SELECT count(*)
                FROM staging.line AS l
                WHERE
                    l.sender = m.sender
                    AND l.doc_type = m.doc_type
                    AND l.message_id = m.message_id
            ) || ' of ' || coalesce(CAST(m.line_count AS text), '?')
            || ' are here; at the limit error SYN-007'
        WHEN 'window' THEN 'its batch window, which opens ' || coalesce((
            SELECT CASE
                WHEN o.is_open THEN 'now'
                WHEN o.paused_at IS NOT NULL
                    THEN 'when its job is resumed: ops.schedule_resume(' || quote_literal(o.job) || ', reason)'
                ELSE 'at ' || to_char(o.opens_at, 'YYYY-MM-DD HH24:MI:SS OF')
            END
            FROM ops.work AS o
            WHERE o.doc_type = m.doc_type AND coalesce(o.warehouse_code, m.lane) = m.lane
            ORDER BY o.warehouse_code
            LIMIT 1
        ), 'soon') || '; ops.work shows it'
        WHEN 'message' THEN 'the end of message ' || w.blocked_by
            || ', which is of the same document and is ' || b.state
        WHEN 'operator' THEN 'the operator who holds it: ops.release(' || m.seq || ', reason)'
        WHEN 'clock' THEN 'the next attempt, after ' || m.attempts || ' that failed'
        WHEN 'answer' THEN coalesce(d.receiver, 'the receiver') || ' answers delivery '
            || split_part(w.waits_for, ':', 2) || ' (now ' || coalesce(d.state, 'unknown')
            || ') in its inbox or by order_response; nothing is assumed'
        WHEN 'stock' THEN 'an earlier fact that brings the stock; at the limit it is posted below'
            || ' zero, with task QTY-006'
        WHEN 'order' THEN 'the ERP sends the order; at the limit '
            || CASE
                WHEN m.road = 'fact' THEN 'it is posted without, with task REF-007'
                ELSE 'error REF-005'
            END
        WHEN 'fact' THEN 'the fact is applied; at the limit error REF-006'
        WHEN 'order_line' THEN 'the notice that this line of the transfer was shipped; at the limit it'
            || ' is posted beside the order''s lines'
        WHEN 'item_uom' THEN 'the ERP sends the item_uom; at the limit error UOM-001'
        ELSE 'the ERP sends the ' || split_part(w.waits_for, ':', 1) || '; at the limit error '
            || CASE split_part(w.waits_for, ':', 1)
                WHEN 'item' THEN 'REF-001'
                WHEN 'warehouse' THEN 'REF-002'
                WHEN 'party' THEN 'REF-003'
                ELSE 'REF-004'
            END
    END
    || CASE
        WHEN m.state = 'error' THEN ' (the limit is past; it still comes back by itself)'
        ELSE ''
    END AS released_by
FROM staging.message AS m
CROSS JOIN LATERAL (
    SELECT
        replace(k.key, E'\x1f', ' ') AS waits_for,
        k.need AS need_qty,
        coalesce(m.waiting_since, m.received_at) AS since,
        m.wait_until AS until,
        CAST(NULL AS bigint) AS blocked_by
    FROM staging.wait_key AS k
    WHERE k.seq = m.seq AND m.state IN ('waiting', 'held', 'error')
    UNION ALL
    SELECT
        m.waiting_for AS waits_for,
        NULL AS need_qty,
        coalesce(m.waiting_since, m.received_at) AS since,
        CASE WHEN m.waiting_for = 'window' THEN (
            SELECT o.opens_at
            FROM ops.work AS o
            WHERE o.doc_type = m.doc_type AND coalesce(o.warehouse_code, m.lane) = m.lane
            ORDER BY o.warehouse_code
            LIMIT 1
        ) ELSE m.wait_until END AS until,
        NULL AS blocked_by
    WHERE
        m.waiting_for IS NOT NULL
        AND (
            m.state = 'received'
            OR (
                m.state = 'waiting'
                AND NOT EXISTS (
                    SELECT
                    FROM staging.wait_key AS k
                    WHERE k.seq = m.seq
                )
            )
        )
    UNION ALL
    SELECT
        'clock' AS waits_for,
        NULL AS need_qty,
        coalesce(m.waiting_since, m.received_at) AS since,
        m.next_attempt_at AS until,
        NULL AS blocked_by
    WHERE m.state = 'retrying'
    UNION ALL
    SELECT
        'operator' AS waits_for,
        NULL AS need_qty,
        (
            SELECT max(e.at)
            FROM staging.event AS e
            WHERE e.seq = m.seq AND e.to_state = 'held'
        ) AS since,
        NULL AS until,
        NULL AS blocked_by
    WHERE m.state = 'held'
    UNION ALL
    SELECT
        'message:' || p.seq AS waits_for,
        NULL AS need_qty,
        m.received_at AS since,
        NULL AS until,
        p.seq AS blocked_by
    FROM (
        SELECT e.seq
        FROM staging.message AS e
        WHERE
            e.lane = m.lane
            AND e.doc_key = m.doc_key
            AND e.seq < m.seq
            AND e.state IN ('received', 'waiting', 'retrying', 'held')
            AND (
                e.state IN ('retrying', 'held')
                OR (e.state = 'received' AND e.waiting_for IS DISTINCT FROM 'lines')
                OR (e.state = 'waiting' AND e.waiting_for LIKE 'answer:%')
            )
        ORDER BY e.seq DESC
        LIMIT 1
    ) AS p
    WHERE m.state IN ('received', 'retrying') AND m.waiting_for IS NULL
) AS w
LEFT JOIN staging.message AS b ON w.blocked_by = b.seq
LEFT JOIN staging.delivery AS d
    ON
        CASE
            WHEN w.waits_for ~ '^answer:[0-9]+$'
                THEN CAST(split_part(w.waits_for, ':', 2) AS bigint)
        END = d.delivery_id
WHERE m.state IN ('received', 'waiting', 'retrying', 'held', 'error');

COMMENT ON VIEW ops.waiting_on IS
'Who waits for what, since when, until when, and what would release it; one row for each thing.';
COMMENT ON COLUMN ops.waiting_on.seq IS 'message that waits';
COMMENT ON COLUMN ops.waiting_on.sender IS 'system that sent it';
COMMENT ON COLUMN ops.waiting_on.lane IS 'warehouse; * for master data';
COMMENT ON COLUMN ops.waiting_on.doc_type IS 'document type';
COMMENT ON COLUMN ops.waiting_on.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.waiting_on.state IS 'state of the message';
COMMENT ON COLUMN ops.waiting_on.waits_for IS
'the thing: lines, item, order, answer ... with its code; or message, operator, clock';
COMMENT ON COLUMN ops.waiting_on.need_qty IS 'stock: the base quantity that is needed';
COMMENT ON COLUMN ops.waiting_on.since IS 'since when';
COMMENT ON COLUMN ops.waiting_on.until IS
'when the wait ends by decision, or the window opens; null: never by itself';
COMMENT ON COLUMN ops.waiting_on.blocked_by IS 'message of the same document that goes first';
COMMENT ON COLUMN ops.waiting_on.released_by IS
'what would release it, and what happens at the limit';

CREATE VIEW ops.error AS
SELECT
    e.seq,
    m.sender,
    m.lane,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    m.message_id,
    m.state,
    e.line_no,
    e.column_name,
    e.code,
    e.severity,
    r.repair,
    e.value,
    e.expected,
    e.text,
    e.hint,
    e.first_seen_at,
    now() - e.first_seen_at AS age
FROM staging.message_error AS e
INNER JOIN staging.message AS m ON e.seq = m.seq
LEFT JOIN staging.rule AS r ON e.code = r.code
WHERE e.resolved_at IS NULL AND m.state NOT IN ('duplicate', 'superseded', 'discarded')
UNION ALL
SELECT
    e.seq,
    x.sender,
    coalesce(x.warehouse_code, '*') AS lane,
    x.doc_type,
    NULL AS doc_no,
    x.message_id,
    x.state,
    e.line_no,
    e.column_name,
    e.code,
    e.severity,
    r.repair,
    e.value,
    e.expected,
    e.text,
    e.hint,
    e.first_seen_at,
    now() - e.first_seen_at AS age
FROM staging.message_error AS e
INNER JOIN staging.memory AS x ON e.seq = x.seq
LEFT JOIN staging.rule AS r ON e.code = r.code
WHERE e.resolved_at IS NULL;

COMMENT ON VIEW ops.error IS 'Open findings: all that still hold, with what to do about each.';
COMMENT ON COLUMN ops.error.seq IS 'message it was found in';
COMMENT ON COLUMN ops.error.sender IS 'system that sent the message';
COMMENT ON COLUMN ops.error.lane IS 'warehouse; * for master data';
COMMENT ON COLUMN ops.error.doc_type IS 'document type';
COMMENT ON COLUMN ops.error.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.error.message_id IS 'the sender''s own id of the transmission';
COMMENT ON COLUMN ops.error.state IS 'state of the message';
COMMENT ON COLUMN ops.error.line_no IS 'line it was found on; null for the header';
COMMENT ON COLUMN ops.error.column_name IS 'contract column it was found in';
COMMENT ON COLUMN ops.error.code IS 'rule that found it; see staging.rule';
COMMENT ON COLUMN ops.error.severity IS
'error, wait (it may still come), task (posted, decide) or warning';
COMMENT ON COLUMN ops.error.repair IS 'who can act: retry, fix data, fix configuration, decide';
COMMENT ON COLUMN ops.error.value IS 'what was sent';
COMMENT ON COLUMN ops.error.expected IS 'what would have been right';
COMMENT ON COLUMN ops.error.text IS 'the finding in words';
COMMENT ON COLUMN ops.error.hint IS 'what to do';
COMMENT ON COLUMN ops.error.first_seen_at IS 'when it was found first';
COMMENT ON COLUMN ops.error.age IS 'time since then';

CREATE VIEW ops.order_timeline AS
SELECT
    m.lane AS warehouse_code,
    m.order_type,
    m.order_no,
    m.received_at AS at,
    CASE
        WHEN m.doc_type = 'order_milestone' THEN 'milestone'
        WHEN m.doc_type = 'order_response' THEN 'answer'
        WHEN t.road = 'request' THEN 'request'
        ELSE 'fact'
    END AS kind,
    m.seq,
    CAST(NULL AS bigint) AS delivery_id,
    m.doc_type,
    m.doc_no,
    m.state,
    m.sender || ' sends ' || m.doc_type || ' ' || coalesce(m.doc_no, '?')
    || coalesce(' revision ' || m.revision, '')
    || CASE m.action WHEN 'post' THEN '' ELSE ', ' || coalesce(m.action, '?') END
    || CASE WHEN m.is_final THEN ', final' ELSE '' END
    || coalesce(', ' || coalesce(m.milestone, m.response), '')
    || coalesce('; ' || m.state_reason, '') AS what
FROM ops.message AS m
LEFT JOIN staging.document_type AS t ON m.doc_type = t.doc_type
WHERE m.order_no IS NOT NULL
UNION ALL
SELECT
    m.lane AS warehouse_code,
    m.order_type,
    m.order_no,
    d.delivered_at AS at,
    'delivery' AS kind,
    m.seq,
    d.delivery_id,
    d.doc_type,
    d.doc_no,
    d.state,
    d.doc_type || ' is laid into the inbox of ' || d.receiver || ', ' || d.action AS what
FROM ops.message AS m
INNER JOIN ops.every_delivery AS d ON m.seq = d.seq
WHERE m.order_no IS NOT NULL
UNION ALL
SELECT
    m.lane AS warehouse_code,
    m.order_type,
    m.order_no,
    d.answered_at AS at,
    'answer' AS kind,
    m.seq,
    d.delivery_id,
    d.doc_type,
    d.doc_no,
    d.state,
    d.receiver || ' answers ' || d.state || coalesce(' as ' || d.receiver_ref, '')
    || coalesce(', reason ' || d.answer_reason_code, '')
    || coalesce(', ' || d.answer_note, '') AS what
FROM ops.message AS m
INNER JOIN ops.every_delivery AS d ON m.seq = d.seq
WHERE m.order_no IS NOT NULL AND d.answered_at IS NOT NULL
UNION ALL
SELECT
    k.warehouse_code,
    CASE k.order_type
        WHEN 'transit_notice' THEN 'transfer_order'
        ELSE k.order_type
    END AS order_type,
    k.order_no,
    k.opened_at AS at,
    'task' AS kind,
    k.seq,
    NULL AS delivery_id,
    NULL AS doc_type,
    NULL AS doc_no,
    k.state,
    k.code || ' ' || k.text
    || coalesce('; decided ' || k.decision || ' by ' || k.decided_by, '') AS what
FROM ops.decision AS k
WHERE k.order_no IS NOT NULL;

COMMENT ON VIEW ops.order_timeline IS
'All about an order, from requests to tasks: name its order_no and sort by at.';
COMMENT ON COLUMN ops.order_timeline.warehouse_code IS 'warehouse; a transfer has two';
COMMENT ON COLUMN ops.order_timeline.order_type IS
'document type of the request; null where a move names the number alone';
COMMENT ON COLUMN ops.order_timeline.order_no IS 'number of the order';
COMMENT ON COLUMN ops.order_timeline.at IS 'when';
COMMENT ON COLUMN ops.order_timeline.kind IS 'request, delivery, answer, milestone, fact or task';
COMMENT ON COLUMN ops.order_timeline.seq IS 'message it belongs to';
COMMENT ON COLUMN ops.order_timeline.delivery_id IS 'delivery it belongs to';
COMMENT ON COLUMN ops.order_timeline.doc_type IS 'document type';
COMMENT ON COLUMN ops.order_timeline.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.order_timeline.state IS 'state now: of the message, the delivery or the task';
COMMENT ON COLUMN ops.order_timeline.what IS 'what happened, in words';

CREATE VIEW ops.gate AS
SELECT
    h.warehouse_code,
    h.order_type,
    h.order_no,
    h.changed_at AS closing_since,
    m.seq,
    m.sender,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    m.state,
    m.waiting_for,
    m.received_at
FROM book.order_head AS h
INNER JOIN staging.message AS m
    ON
        h.warehouse_code = m.lane
        AND h.order_no = btrim(m.order_no)
        AND h.order_type = staging.order_type_of(m.doc_type, m.order_type)
WHERE
    h.state = 'closing'
    AND m.road = 'fact'
    AND m.order_no IS NOT NULL
    AND m.state IN ('received', 'waiting', 'retrying', 'held', 'error');

COMMENT ON VIEW ops.gate IS
'What blocks the end of orders: their facts that are not applied, one row for each; task STA-010 forces the end.';
COMMENT ON COLUMN ops.gate.warehouse_code IS 'warehouse of the order';
COMMENT ON COLUMN ops.gate.order_type IS 'order type; transit_notice at a transfer''s destination';
COMMENT ON COLUMN ops.gate.order_no IS 'number of the order';
COMMENT ON COLUMN ops.gate.closing_since IS 'when the order changed last';
COMMENT ON COLUMN ops.gate.seq IS 'message that blocks it';
COMMENT ON COLUMN ops.gate.sender IS 'system that sent the message';
COMMENT ON COLUMN ops.gate.doc_type IS 'document type of the message';
COMMENT ON COLUMN ops.gate.doc_no IS 'own number of the document';
COMMENT ON COLUMN ops.gate.state IS 'state of the message';
COMMENT ON COLUMN ops.gate.waiting_for IS 'what the message waits for';
COMMENT ON COLUMN ops.gate.received_at IS 'when the message was received';

CREATE VIEW ops.claim AS
SELECT
    s.pid,
    s.login,
    s.application_name,
    s.state,
    s.transaction_started_at AS since,
    now() - s.transaction_started_at AS held_for,
    CASE
        WHEN l.relation IS NOT NULL THEN CAST(CAST(l.relation AS regclass) AS text)
        ELSE l.locktype
    END AS locked,
    l.mode,
    l.granted,
    s.wait_event,
    s.blocked_by,
    s.query
FROM ops.session() AS s
INNER JOIN pg_catalog.pg_locks AS l ON s.pid = l.pid
LEFT JOIN pg_catalog.pg_class AS c ON l.relation = c.oid
LEFT JOIN pg_catalog.pg_namespace AS n ON c.relnamespace = n.oid
WHERE
    s.application_name LIKE 'crossdock%'
    AND (l.database IS NULL OR l.database = (
        SELECT d.oid
        FROM pg_catalog.pg_database AS d
        WHERE d.datname = current_database()
    ))
    AND (
        (n.nspname IN ('staging', 'book', 'archive', 'ops') AND c.relkind IN ('r', 'p'))
        OR l.locktype = 'advisory'
        OR NOT l.granted
    );

COMMENT ON VIEW ops.claim IS
'Locks of crossdock''s sessions. A claim is a row lock: it ends with its transaction.';
COMMENT ON COLUMN ops.claim.pid IS
'server process; pg_terminate_backend(pid) ends it, nothing is left half done';
COMMENT ON COLUMN ops.claim.login IS 'database login';
COMMENT ON COLUMN ops.claim.application_name IS 'which program: crossdock, with its part';
COMMENT ON COLUMN ops.claim.state IS 'active, idle in transaction ...';
COMMENT ON COLUMN ops.claim.since IS 'when its transaction began';
COMMENT ON COLUMN ops.claim.held_for IS 'time since then';
COMMENT ON COLUMN ops.claim.locked IS 'table, or the kind of lock';
COMMENT ON COLUMN ops.claim.mode IS 'lock mode; RowShareLock on staging.message: rows are claimed';
COMMENT ON COLUMN ops.claim.granted IS 'false: it waits for the lock';
COMMENT ON COLUMN ops.claim.wait_event IS 'what the session waits for now';
COMMENT ON COLUMN ops.claim.blocked_by IS 'processes that it waits for';
COMMENT ON COLUMN ops.claim.query IS 'its present or last statement, the first 200 characters';

CREATE VIEW ops.health AS
SELECT
    'table' AS kind,
    t.name,
    t.live_rows,
    t.dead_rows,
    round(100.0 * t.dead_rows / greatest(t.live_rows + t.dead_rows, 1), 1) AS dead_pct,
    t.table_bytes,
    t.index_bytes,
    CAST(
        (t.table_bytes + t.index_bytes - g.table_bytes - g.index_bytes)
        / nullif(CAST(now() AT TIME ZONE 'UTC' AS date) - g.taken_on, 0) AS bigint
    ) AS growth_bytes_per_day,
    t.last_vacuum_at,
    t.last_analyze_at,
    CAST(NULL AS bigint) AS snapshot_age,
    CAST(NULL AS interval) AS held_for,
    CASE
        WHEN t.dead_rows > 10000 AND t.dead_rows > t.live_rows
            THEN 'more dead rows than live ones: end the oldest snapshot below, then VACUUM ' || t.name
        WHEN t.modified_rows > 10000 AND t.modified_rows > t.live_rows
            THEN 'statistics are old: ANALYZE ' || t.name
    END AS advice
FROM (
    SELECT
        s.schemaname || '.' || coalesce(p.relname, s.relname) AS name,
        CAST(sum(s.n_live_tup) AS bigint) AS live_rows,
        CAST(sum(s.n_dead_tup) AS bigint) AS dead_rows,
        CAST(sum(s.n_mod_since_analyze) AS bigint) AS modified_rows,
        CAST(sum(pg_catalog.pg_table_size(s.relid)) AS bigint) AS table_bytes,
        CAST(sum(pg_catalog.pg_indexes_size(s.relid)) AS bigint) AS index_bytes,
        max(greatest(s.last_vacuum, s.last_autovacuum)) AS last_vacuum_at,
        max(greatest(s.last_analyze, s.last_autoanalyze)) AS last_analyze_at
    FROM pg_catalog.pg_stat_user_tables AS s
    LEFT JOIN pg_catalog.pg_inherits AS i ON s.relid = i.inhrelid
    LEFT JOIN pg_catalog.pg_class AS p ON i.inhparent = p.oid
    WHERE s.schemaname IN ('staging', 'book', 'archive', 'ops', 'recon')
    GROUP BY s.schemaname || '.' || coalesce(p.relname, s.relname)
) AS t
LEFT JOIN LATERAL (
    SELECT
        z.taken_on,
        z.table_bytes,
        z.index_bytes
    FROM ops.table_size AS z
    WHERE z.table_name = t.name AND z.taken_on >= CAST(now() AT TIME ZONE 'UTC' AS date) - 30
    ORDER BY z.taken_on
    LIMIT 1
) AS g ON true
UNION ALL
SELECT
    'snapshot' AS kind,
    'process ' || s.pid || ', ' || coalesce(s.login, '?')
    || coalesce(', ' || nullif(s.application_name, ''), '') AS name,
    NULL AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    NULL AS table_bytes,
    NULL AS index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    s.snapshot_age,
    now() - s.transaction_started_at AS held_for,
    CASE
        WHEN now() - s.transaction_started_at > CAST('15 minutes' AS interval)
            THEN 'dead rows cannot be removed while it lasts: SELECT pg_terminate_backend('
                || s.pid || ')'
    END AS advice
FROM ops.session() AS s
WHERE s.snapshot_age IS NOT NULL
UNION ALL
SELECT
    'replication slot' AS kind,
    CAST(r.slot_name AS text) AS name,
    NULL AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    NULL AS table_bytes,
    NULL AS index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    pg_catalog.age(coalesce(r.xmin, r.catalog_xmin)) AS snapshot_age,
    NULL AS held_for,
    CASE
        WHEN r.wal_status = 'lost'
            THEN 'its standby can no longer follow: make the standby anew, and'
                || ' SELECT pg_drop_replication_slot(' || quote_literal(r.slot_name) || ')'
        WHEN NOT r.active
            THEN 'nobody reads it; it keeps dead rows and '
                || coalesce(pg_catalog.pg_size_pretty(w.kept_bytes), 'the') || ' of WAL: start its standby, or'
                || ' SELECT pg_drop_replication_slot(' || quote_literal(r.slot_name) || ')'
    END AS advice
FROM pg_catalog.pg_replication_slots AS r
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN NOT pg_catalog.pg_is_in_recovery()
                THEN pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.restart_lsn)
        END AS kept_bytes
) AS w
UNION ALL
SELECT
    'prepared transaction' AS kind,
    p.gid AS name,
    NULL AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    NULL AS table_bytes,
    NULL AS index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    pg_catalog.age(p.transaction) AS snapshot_age,
    now() - p.prepared AS held_for,
    'crossdock prepares none: COMMIT PREPARED or ROLLBACK PREPARED it' AS advice
FROM pg_catalog.pg_prepared_xacts AS p
WHERE p.database = current_database()
UNION ALL
SELECT
    'archive month' AS kind,
    to_char(m.month, 'YYYY-MM') AS name,
    m.message_count AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    m.table_bytes,
    m.index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    NULL AS snapshot_age,
    NULL AS held_for,
    'detached and not shown any more: crossdock archive drop ' || to_char(m.month, 'YYYY-MM')
    || ', or crossdock archive attach ' || to_char(m.month, 'YYYY-MM') AS advice
FROM ops.archive_month AS m
WHERE m.state = 'detached'
UNION ALL
SELECT
    'database' AS kind,
    CAST(d.datname AS text) AS name,
    NULL AS live_rows,
    NULL AS dead_rows,
    NULL AS dead_pct,
    pg_catalog.pg_database_size(d.oid) AS table_bytes,
    NULL AS index_bytes,
    NULL AS growth_bytes_per_day,
    NULL AS last_vacuum_at,
    NULL AS last_analyze_at,
    pg_catalog.age(d.datfrozenxid) AS snapshot_age,
    NULL AS held_for,
    CASE
        WHEN pg_catalog.age(d.datfrozenxid) > 1000000000
            THEN 'half of all transaction numbers are used up: end old snapshots, then VACUUM (FREEZE)'
    END AS advice
FROM pg_catalog.pg_database AS d
WHERE d.datname = current_database();

COMMENT ON VIEW ops.health IS
'Dead rows, sizes and growth of crossdock''s tables, and whoever keeps dead rows from being removed.';
COMMENT ON COLUMN ops.health.kind IS
'table, snapshot, replication slot, prepared transaction, archive month or database';
COMMENT ON COLUMN ops.health.name IS 'which one; a table of the archive stands for all its months';
COMMENT ON COLUMN ops.health.live_rows IS 'rows in use, as estimated by the statistics';
COMMENT ON COLUMN ops.health.dead_rows IS
'rows to be removed by vacuum, as estimated by the statistics';
COMMENT ON COLUMN ops.health.dead_pct IS 'dead rows in percent of all';
COMMENT ON COLUMN ops.health.table_bytes IS 'size without indexes, in bytes; database: its whole size';
COMMENT ON COLUMN ops.health.index_bytes IS 'size of the indexes, in bytes';
COMMENT ON COLUMN ops.health.growth_bytes_per_day IS
'growth of table and indexes since the oldest size of the last 30 days; null: none was taken before today';
COMMENT ON COLUMN ops.health.last_vacuum_at IS 'when it was vacuumed last, by hand or by itself';
COMMENT ON COLUMN ops.health.last_analyze_at IS 'when its statistics were taken last';
COMMENT ON COLUMN ops.health.snapshot_age IS
'transactions begun since the snapshot was taken; database: since its oldest row was frozen';
COMMENT ON COLUMN ops.health.held_for IS 'time since the transaction began';
COMMENT ON COLUMN ops.health.advice IS 'what to do; null: nothing';

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

COMMENT ON VIEW ops.proof_posting IS
'Law 1: each accepted fact has exactly one set of ledger rows; a stock move sums to zero.';

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

COMMENT ON VIEW ops.proof_reversal IS
'Laws 1 and 6: a reversal negates each ledger row of its fact exactly, and once only.';

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

COMMENT ON VIEW ops.proof_balance IS
'Law 2: balance = sum of its ledger rows, for every warehouse, item, lot, location and status.';

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

COMMENT ON VIEW ops.proof_serial IS
'Law 2 for pieces: what is on hand of a serial number is the sum of its ledger rows.';

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

COMMENT ON VIEW ops.proof_order IS
'Law 3: order lines add up, their done is what the ledger says, and their states fit.';

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

COMMENT ON VIEW ops.proof_transfer IS
'Law 3: what was shipped is in transit, received, written off or on the way between two lanes.';

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

COMMENT ON VIEW ops.proof_number IS
'Ledger positions and delivery numbers of each lane: without gaps, and equal to its counter.';

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

COMMENT ON VIEW ops.proof_delivery IS
'Each applied fact is delivered to the ERP once, a request to its WMS at most once.';

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

COMMENT ON VIEW ops.proof_message IS
'Law 5: no message is silent past its limit, none is terminal and pending, no link is broken.';

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

COMMENT ON VIEW ops.proof_event IS
'Law 6: the events of a message are a chain of legal steps that ends in its state.';

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

COMMENT ON VIEW ops.proof_count IS
'What the book holds at the position of the newest count of a balance is what was counted.';

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

COMMENT ON VIEW ops.proof_period IS
'Postings into periods that were closed, postings before the day they happened, a wrong last closed period.';

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

COMMENT ON VIEW ops.proof_memory IS
'Each retired message is in the archive and remembered, and nowhere twice.';

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

COMMENT ON VIEW ops.proof IS 'The conservation laws: each row breaks one; empty when all hold.';

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

CREATE FUNCTION ops.instant(at timestamptz) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT to_char(at, 'YYYY-MM-DD HH24:MI:SS OF')
$body$;

COMMENT ON FUNCTION ops.instant(timestamptz) IS 'Writes a time as the stories do.';

CREATE FUNCTION ops.why_what(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT 'Message ' || m.seq || ' is ' || m.doc_type || ' ' || coalesce(m.doc_no, 'without a number')
        || coalesce(' revision ' || m.revision, '')
        || CASE WHEN m.action IN ('post', 'upsert') THEN '' ELSE ', action ' || m.action END
        || coalesce(', taking back ' || m.reverses_no, '')
        || CASE WHEN m.is_final THEN ', final' ELSE '' END
        || coalesce(', ' || coalesce(m.milestone, m.response), '')
        || CASE
            WHEN m.order_no IS NULL OR m.order_no = m.doc_no THEN ''
            ELSE ', for ' || concat_ws(' ', coalesce(m.order_type, 'order'), m.order_no)
        END
        || ', from ' || m.sender || coalesce(' for warehouse ' || m.warehouse_code, '') || '.'
    FROM ops.message AS m WHERE m.seq = why_what.seq
    UNION ALL
    SELECT 'It was received at ' || ops.instant(m.received_at) || ' with message_id ' || m.message_id
        || CASE
            WHEN m.occurred_at IS NULL THEN ''
            WHEN isfinite(m.occurred_at) THEN '; it happened at ' || ops.instant(m.occurred_at)
            ELSE '; it happened at ' || m.occurred_at
        END
        || coalesce('; the sender''s position is ' || m.source_seq, '') || '.'
    FROM ops.every_message AS m WHERE m.seq = why_what.seq
    UNION ALL
    SELECT CASE
            WHEN d.task_id IS NULL THEN 'crossdock made it itself: ' || t.meaning
            ELSE 'crossdock made it itself: it carries out what was decided about task ' || d.task_id
                || ' (' || d.code || ') of message ' || d.seq || '.'
        END
    FROM ops.every_message AS m
    INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
    LEFT JOIN ops.decision AS d
        ON CASE
            WHEN m.attributes ->> 'task_id' ~ '^[0-9]{1,18}$' THEN CAST(m.attributes ->> 'task_id' AS bigint)
        END = d.task_id
    WHERE m.seq = why_what.seq AND m.sender = 'crossdock'
    UNION ALL
    SELECT 'Message ' || x.seq || ' was ' || x.doc_type || ', message_id ' || x.message_id || ', from ' || x.sender
        || coalesce(' for warehouse ' || x.warehouse_code, '') || '. What it said is no longer kept.'
    FROM staging.memory AS x
    WHERE x.seq = why_what.seq AND NOT EXISTS (SELECT FROM ops.every_message AS m WHERE m.seq = x.seq)
    UNION ALL
    SELECT 'Its note: ' || left(m.note, 200) || CASE WHEN length(m.note) > 200 THEN ' ...' ELSE '' END
    FROM ops.every_message AS m WHERE m.seq = why_what.seq AND btrim(m.note) <> ''
$body$;

CREATE FUNCTION ops.why_state(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT 'State: ' || m.state || ', ' || s.meaning || '.'
        || coalesce(' Since ' || ops.instant(m.finished_at) || '.', '')
    FROM ops.every_message AS m
    INNER JOIN staging.state AS s ON s.machine = 'message' AND m.state = s.state
    WHERE m.seq = why_state.seq
    UNION ALL
    SELECT 'It was retired at ' || ops.instant(x.retired_at) || ' as ' || x.state || ', ended at '
        || ops.instant(x.finished_at) || '; the same message sent again is still known.'
    FROM staging.memory AS x WHERE x.seq = why_state.seq
    UNION ALL
    SELECT 'Reason: ' || m.state_reason
    FROM ops.every_message AS m WHERE m.seq = why_state.seq AND m.state_reason IS NOT NULL
    UNION ALL
    SELECT m.attempts || ' attempts failed' || CASE
            WHEN m.state = 'retrying' AND m.next_attempt_at IS NOT NULL
                THEN '; the next one is at ' || ops.instant(m.next_attempt_at)
            ELSE ''
        END || '.'
    FROM ops.every_message AS m WHERE m.seq = why_state.seq AND m.attempts > 0
    UNION ALL
    SELECT CASE m.state
            WHEN 'duplicate' THEN 'Message ' || m.duplicate_of || ' said the same before: this one has no effect.'
            ELSE 'It has the same content as message ' || m.duplicate_of || '.'
        END
    FROM ops.every_message AS m WHERE m.seq = why_state.seq AND m.duplicate_of IS NOT NULL
    UNION ALL
    SELECT 'Message ' || m.superseded_by || ' replaced it' || coalesce(': ' || o.doc_type || ' '
        || btrim(o.doc_no) || coalesce(' revision ' || o.revision, ''), '') || '.'
    FROM ops.every_message AS m LEFT JOIN ops.every_message AS o ON m.superseded_by = o.seq
    WHERE m.seq = why_state.seq AND m.superseded_by IS NOT NULL
    UNION ALL
    (
        SELECT 'Message ' || o.seq || ' ' || CASE
                WHEN o.duplicate_of = why_state.seq THEN 'said the same again at '
                ELSE 'gave way to it; it had come at '
            END || ops.instant(o.received_at) || '.'
        FROM ops.every_message AS o
        WHERE o.duplicate_of = why_state.seq OR o.superseded_by = why_state.seq
        ORDER BY o.seq LIMIT 20
    )
$body$;

CREATE FUNCTION ops.why_findings(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT f.finding FROM (
        SELECT e.resolved_at IS NOT NULL AS is_resolved, e.error_id,
            CASE
                WHEN e.resolved_at IS NOT NULL THEN 'No longer: '
                WHEN e.severity = 'wait' THEN 'Missing: '
                WHEN e.severity = 'task' THEN 'To decide: '
                WHEN e.severity = 'warning' THEN 'Warning: '
                ELSE 'Error: '
            END || e.code || coalesce(' in line ' || e.line_no, '')
            || coalesce(', ' || e.column_name, '') || ': ' || e.text || '.'
            || CASE
                WHEN e.resolved_at IS NOT NULL THEN ' It was so from ' || ops.instant(e.first_seen_at)
                    || ' to ' || ops.instant(e.resolved_at) || '.'
                ELSE coalesce(' What to do: ' || e.hint || '.', '')
            END AS finding
        FROM ops.every_message_error AS e
        WHERE e.seq = why_findings.seq
            AND NOT (e.severity = 'task' AND EXISTS (
                SELECT FROM ops.decision AS t WHERE t.seq = e.seq AND t.code = e.code
            ))
        ORDER BY is_resolved, e.line_no NULLS FIRST, e.error_id LIMIT 50
    ) AS f
    UNION ALL
    SELECT '... and ' || (count(*) - 50) || ' more: SELECT * FROM ops.every_message_error WHERE seq = '
        || why_findings.seq
    FROM ops.every_message_error AS e WHERE e.seq = why_findings.seq HAVING count(*) > 50
$body$;

CREATE FUNCTION ops.why_waits(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT 'It waits for ' || w.waits_for
        || coalesce(' (' || trim_scale(w.need_qty) || ' in base units)', '')
        || coalesce(' since ' || ops.instant(w.since), '')
        || coalesce(', until ' || ops.instant(w.until), '')
        || '. What releases it: ' || w.released_by || '.'
    FROM ops.waiting_on AS w WHERE w.seq = why_waits.seq
    UNION ALL
    SELECT 'Message ' || o.seq || ', ' || o.doc_type || ' of the same document, waits behind it.'
    FROM staging.message AS m
    INNER JOIN staging.message AS o
        ON m.lane = o.lane AND m.doc_key = o.doc_key AND m.seq < o.seq
            AND o.state IN ('received', 'waiting', 'retrying', 'held', 'error')
    WHERE m.seq = why_waits.seq AND m.state IN ('received', 'waiting', 'retrying', 'held')
$body$;

CREATE FUNCTION ops.why_ledger(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT p.entry FROM (
        SELECT b.ledger_seq,
            'Posted at position ' || b.ledger_seq || ' of ' || b.warehouse_code || ', '
            || ops.instant(b.applied_at) || ', for ' || b.posting_date
            || CASE WHEN b.is_late THEN ' (it happened on ' || b.business_date || ', in a closed period)' ELSE '' END || ': '
            || CASE WHEN b.qty > 0 THEN '+' ELSE '' END || trim_scale(b.qty)
            || coalesce(' ' || i.base_uom, '') || ' of ' || b.item_code
            || coalesce(', lot ' || nullif(b.lot_no, ''), '')
            || coalesce(', serial ' || nullif(b.serial_no, ''), '')
            || coalesce(', at ' || nullif(b.location_code, ''), '') || ', ' || b.stock_status
            || ' (' || b.movement_type || coalesce(', reason ' || b.reason_code, '') || ')'
            || CASE
                WHEN b.sent_uom <> i.base_uom THEN ', sent as ' || trim_scale(b.sent_qty) || ' ' || b.sent_uom
                ELSE ''
            END
            || coalesce(', for ' || replace(b.order_type, 'transit_notice', 'transfer_order') || ' '
                || b.order_no, '')
            || coalesce(' line ' || b.order_line_no, '')
            || coalesce(', taking back position ' || b.reverses_ledger_seq, '') || '.' AS entry
        FROM ops.known_message AS m
        INNER JOIN book.ledger AS b ON m.lane = b.warehouse_code AND m.seq = b.message_seq
        LEFT JOIN book.item AS i ON b.item_code = i.item_code
        WHERE m.seq = why_ledger.seq
        ORDER BY b.ledger_seq LIMIT 20
    ) AS p
    UNION ALL
    SELECT '... and ' || (count(*) - 20) || ' more ledger rows: SELECT * FROM book.ledger WHERE '
        || 'warehouse_code = ' || quote_literal(m.lane) || ' AND message_seq = ' || m.seq
    FROM ops.known_message AS m
    INNER JOIN book.ledger AS b ON m.lane = b.warehouse_code AND m.seq = b.message_seq
    WHERE m.seq = why_ledger.seq GROUP BY m.seq, m.lane HAVING count(*) > 20
    UNION ALL
    SELECT 'It moved no stock: the count found what the book holds.'
    FROM ops.known_message AS m
    WHERE m.seq = why_ledger.seq AND m.state = 'applied' AND m.road = 'count'
        AND NOT EXISTS (
            SELECT FROM book.ledger AS b WHERE b.warehouse_code = m.lane AND b.message_seq = m.seq
        )
$body$;

CREATE FUNCTION ops.why_deliveries(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT p.delivery FROM (
        SELECT d.delivery_id,
            'Delivery ' || d.delivery_id || ' of ' || ops.instant(d.delivered_at) || ' to ' || d.receiver
            || ' (' || d.doc_type || ', ' || d.action || '): ' || d.state || ', ' || s.meaning
            || coalesce(', at ' || ops.instant(d.answered_at), '')
            || coalesce(', as ' || d.receiver_ref, '')
            || coalesce(', reason ' || d.answer_reason_code, '')
            || coalesce(', ' || left(d.answer_note, 200), '') || '.' AS delivery
        FROM ops.every_delivery AS d
        INNER JOIN staging.state AS s ON s.machine = 'inbox' AND d.state = s.state
        WHERE d.seq = why_deliveries.seq
        ORDER BY d.delivery_id LIMIT 20
    ) AS p
    UNION ALL
    SELECT '... and ' || (count(*) - 20) || ' more deliveries.'
    FROM ops.every_delivery AS d WHERE d.seq = why_deliveries.seq HAVING count(*) > 20
$body$;

CREATE FUNCTION ops.why_tasks(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT p.sentence FROM (
        SELECT t.task_id, 1 AS part,
            'Task ' || t.task_id || ' (' || t.code || '), ' || t.state || ' since '
            || ops.instant(t.opened_at) || coalesce(', owed by ' || t.owner, '')
            || coalesce(', line ' || t.line_no, '')
            || coalesce(', worth ' || t.value_at_risk || coalesce(' ' || t.currency, ''), '')
            || ': ' || t.text || '.'
            || CASE t.state WHEN 'open' THEN coalesce(' What to do: ' || t.hint || '.', '') ELSE '' END
            AS sentence
        FROM ops.task AS t WHERE t.seq = why_tasks.seq
        UNION ALL
        SELECT t.task_id, 2,
            'Task ' || t.task_id || ' was decided: ' || t.decision || coalesce(', ' || c.meaning, '')
            || coalesce(', by ' || t.decided_by, '') || coalesce(' at ' || ops.instant(t.decided_at), '')
            || coalesce(', because: ' || t.reason, '') || '.'
        FROM ops.task AS t
        LEFT JOIN ops.choice AS c
            ON t.code = c.code AND t.decision = c.choice AND c.doc_type IN ('*', t.doc_type)
        WHERE t.seq = why_tasks.seq AND t.decision IS NOT NULL
        UNION ALL
        SELECT t.task_id, 3,
            'Message ' || m.seq || ', ' || m.doc_type || ' ' || btrim(m.doc_no) || ', carries it out; it is '
            || m.state || coalesce(': ' || m.state_reason, '') || '.'
        FROM ops.task AS t INNER JOIN staging.message AS m ON t.posted_seq = m.seq
        WHERE t.seq = why_tasks.seq
        UNION ALL
        SELECT t.task_id, 4, 'What came of task ' || t.task_id || ': ' || t.outcome || '.'
        FROM ops.task AS t WHERE t.seq = why_tasks.seq AND t.outcome IS NOT NULL
        UNION ALL
        SELECT t.task_id, 5,
            'It may be decided as ' || (c.value ->> 'choice') || ': ' || (c.value ->> 'meaning')
            || '; that posts ' || (c.value ->> 'posts') || '. SELECT ops.resolve_task(' || t.task_id
            || ', ' || quote_literal(c.value ->> 'choice') || ', reason).'
        FROM ops.task AS t CROSS JOIN LATERAL jsonb_array_elements(t.choices) AS c
        WHERE t.seq = why_tasks.seq
    ) AS p
    ORDER BY p.task_id, p.part, p.sentence
$body$;

CREATE FUNCTION ops.why_lines(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET max_parallel_workers_per_gather = 0
AS $body$
    SELECT 'It has ' || m.lines_arrived || CASE m.lines_arrived WHEN 1 THEN ' line' ELSE ' lines' END
        || coalesce(' of ' || m.line_count || ' announced', '') || '.'
    FROM ops.message AS m
    WHERE m.seq = why_lines.seq AND (m.lines_arrived > 0 OR m.line_count > 0)
    UNION ALL
    SELECT p.line FROM (
        SELECT l.line_no,
            'Line ' || l.line_no || ': ' || coalesce(CAST(trim_scale(l.qty) AS text), 'no quantity')
            || coalesce(' ' || l.uom, '') || ' of ' || coalesce(l.item_code, 'no item')
            || coalesce(', lot ' || nullif(l.lot_no, ''), '')
            || coalesce(', serial ' || nullif(l.serial_no, ''), '')
            || coalesce(', at ' || nullif(l.location_code, ''), '')
            || coalesce(', ' || nullif(l.stock_status, ''), '')
            || coalesce(', to ' || nullif(concat_ws(', ', l.to_location_code, l.to_stock_status), ''), '')
            || coalesce(', order line ' || l.order_line_no, '')
            || coalesce(', reason ' || l.reason_code, '') || '.' AS line
        FROM ops.every_line AS l
        WHERE l.seq = why_lines.seq
        ORDER BY l.line_no LIMIT 20
    ) AS p
    UNION ALL
    SELECT '... and ' || (m.lines_arrived - 20) || ' more lines.'
    FROM ops.message AS m WHERE m.seq = why_lines.seq AND m.lines_arrived > 20
$body$;

CREATE FUNCTION ops.why_events(seq bigint) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT ops.instant(e.at) || ': ' || e.from_state || ' to ' || e.to_state || ' by ' || e.actor
        || coalesce(': ' || e.reason, '') || '.'
    FROM ops.every_event AS e WHERE e.seq = why_events.seq ORDER BY e.event_id
$body$;

CREATE FUNCTION ops.why(seq bigint) RETURNS SETOF text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF NOT EXISTS (SELECT FROM ops.every_message AS m WHERE m.seq = why.seq)
        AND NOT EXISTS (SELECT FROM staging.memory AS x WHERE x.seq = why.seq) THEN
        RAISE EXCEPTION 'there is no message %', coalesce(CAST(why.seq AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'ops.message lists them; seq is our number, not message_id';
    END IF;
    RETURN QUERY
    SELECT regexp_replace(s.sentence, '[\x01-\x1f\x7f-\x9f]', '?', 'g')
    FROM (
        SELECT 1 AS part, w.n, w.sentence FROM ops.why_what(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 2, w.n, w.sentence FROM ops.why_state(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 3, w.n, w.sentence FROM ops.why_findings(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 4, w.n, w.sentence FROM ops.why_waits(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 5, w.n, w.sentence FROM ops.why_tasks(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 6, w.n, w.sentence FROM ops.why_lines(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 7, w.n, w.sentence FROM ops.why_ledger(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 8, w.n, w.sentence FROM ops.why_deliveries(why.seq) WITH ORDINALITY AS w (sentence, n)
        UNION ALL
        SELECT 9, w.n, w.sentence FROM ops.why_events(why.seq) WITH ORDINALITY AS w (sentence, n)
    ) AS s
    ORDER BY s.part, s.n;
END
$body$;

CREATE FUNCTION ops.why_json(seq bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT jsonb_build_object(
        'seq', why_json.seq,
        'state', coalesce(
            (SELECT m.state FROM staging.message AS m WHERE m.seq = why_json.seq),
            (SELECT x.state FROM staging.memory AS x WHERE x.seq = why_json.seq)
        ),
        'story', (
            SELECT jsonb_agg(w.sentence ORDER BY w.n)
            FROM ops.why(why_json.seq) WITH ORDINALITY AS w (sentence, n)
        ),
        'errors', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'line_no', e.line_no, 'column_name', e.column_name, 'code', e.code,
                'severity', e.severity, 'value', e.value, 'expected', e.expected,
                'text', e.text, 'hint', e.hint, 'first_seen_at', e.first_seen_at
            ) ORDER BY e.line_no NULLS FIRST, e.error_id), CAST('[]' AS jsonb))
            FROM ops.every_message_error AS e
            WHERE e.seq = why_json.seq AND e.resolved_at IS NULL
        )
    )
$body$;

COMMENT ON FUNCTION ops.why(bigint) IS
'The whole story of a message in plain words; one sentence for each row, in the order to read.';
COMMENT ON FUNCTION ops.why_json(bigint) IS
'The same for machines: seq, state, story (sentences), errors (findings that still hold).';
COMMENT ON FUNCTION ops.why_what(bigint) IS 'What a message is, who sent it, when.';
COMMENT ON FUNCTION ops.why_state(bigint) IS 'Where a message stands and why, and its links.';
COMMENT ON FUNCTION ops.why_findings(bigint) IS 'What is wrong with a message and what to do.';
COMMENT ON FUNCTION ops.why_waits(bigint) IS 'What a message waits for and what would release it.';
COMMENT ON FUNCTION ops.why_tasks(bigint) IS
'Which decisions a message raised, what may be chosen, what was decided and posted.';
COMMENT ON FUNCTION ops.why_lines(bigint) IS 'What the lines of a message say, as sent.';
COMMENT ON FUNCTION ops.why_ledger(bigint) IS 'What a message moved.';
COMMENT ON FUNCTION ops.why_deliveries(bigint) IS 'Who was told, and what they answered.';
COMMENT ON FUNCTION ops.why_events(bigint) IS 'Every step that a message made.';

REVOKE ALL ON FUNCTION ops.instant(timestamptz), ops.why(bigint), ops.why_json(bigint),
ops.why_what(bigint), ops.why_state(bigint), ops.why_findings(bigint), ops.why_waits(bigint),
ops.why_tasks(bigint), ops.why_lines(bigint), ops.why_ledger(bigint), ops.why_deliveries(bigint),
ops.why_events(bigint) FROM public;

GRANT EXECUTE ON FUNCTION ops.instant(timestamptz), ops.why(bigint), ops.why_json(bigint),
ops.why_what(bigint), ops.why_state(bigint), ops.why_findings(bigint), ops.why_waits(bigint),
ops.why_tasks(bigint), ops.why_lines(bigint), ops.why_ledger(bigint), ops.why_deliveries(bigint),
ops.why_events(bigint) TO crossdock_dba, crossdock_daemon;

CREATE FUNCTION staging.legal_acts(seq bigint, state text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT CASE
        WHEN count(*) > 0
            THEN 'legal from ' || legal_acts.state || ': '
                || string_agg(
                    'ops.' || a.act || '(' || legal_acts.seq
                    || CASE a.act WHEN 'amend' THEN ', line_no, column_name, new_value, reason)' ELSE ', reason)' END,
                    ', ' ORDER BY a.act
                )
        ELSE 'what is ' || legal_acts.state || ' stays so: a fact is taken back with action reverse,'
            || ' an order changes with a higher revision, a lost document is sent again'
    END
    FROM ops.act AS a
    WHERE a.from_state = legal_acts.state
$body$;

CREATE FUNCTION staging.lock_message(seq bigint, act text) RETURNS staging.message
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s'
AS $body$
DECLARE
    found staging.message;
BEGIN
    BEGIN
        SELECT m.* INTO found FROM staging.message AS m WHERE m.seq = lock_message.seq
        FOR NO KEY UPDATE;
    EXCEPTION WHEN lock_not_available THEN
        RAISE EXCEPTION 'message % is being worked on at this moment', lock_message.seq
            USING ERRCODE = '55P03', HINT = 'try again in a moment; ops.claim shows who holds which lock, since when';
    END;
    IF found.seq IS NULL THEN
        SELECT x.seq, x.state INTO found.seq, found.state FROM staging.memory AS x WHERE x.seq = lock_message.seq;
    END IF;
    IF found.seq IS NULL THEN
        RAISE EXCEPTION 'there is no message %', coalesce(CAST(lock_message.seq AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'ops.message lists them; seq is our number, not message_id';
    END IF;
    IF NOT EXISTS (SELECT FROM ops.act AS a WHERE a.act = lock_message.act AND a.from_state = found.state) THEN
        RAISE EXCEPTION 'message % is %; % is legal from %', found.seq, found.state, lock_message.act, (
                SELECT string_agg(a.from_state, ', ' ORDER BY a.from_state)
                FROM ops.act AS a WHERE a.act = lock_message.act
            )
            USING ERRCODE = '55000', HINT = staging.legal_acts(found.seq, found.state);
    END IF;
    RETURN found;
END
$body$;

CREATE FUNCTION staging.take_back_question(seq bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    asked staging.delivery;
BEGIN
    FOR asked IN
        SELECT d.*
        FROM staging.wait_key AS w
        INNER JOIN staging.delivery AS d
            ON CASE WHEN w.key LIKE 'answer:%' THEN CAST(substr(w.key, 8) AS bigint) END = d.delivery_id
        WHERE w.seq = take_back_question.seq
        ORDER BY d.delivery_id
        FOR NO KEY UPDATE OF d NOWAIT
    LOOP
        IF asked.state IN ('accepted', 'refused') THEN
            RAISE EXCEPTION 'message % was answered: delivery % is %', seq, asked.delivery_id, asked.state
                USING ERRCODE = '55000', HINT = 'the answer decides, and the message goes on by itself';
        ELSIF asked.state = 'taken' THEN
            RAISE EXCEPTION 'message % was forwarded and % has read it: delivery % is taken',
                seq, asked.receiver, asked.delivery_id
                USING ERRCODE = '55000',
                HINT = 'only the answer decides: in its inbox, by order_response, or told by telephone: ops.resolve_task';
        END IF;
        UPDATE staging.delivery AS d SET state = 'withdrawn', noticed = true
        WHERE d.delivery_id = asked.delivery_id AND d.state = 'pending';
    END LOOP;
EXCEPTION WHEN lock_not_available THEN
    RAISE EXCEPTION 'the question of message % is being read or answered at this moment', seq
        USING ERRCODE = '55P03', HINT = 'try again in a moment';
END
$body$;

CREATE FUNCTION staging.let_go(seq bigint, outcome text, reason text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    deciding bigint;
BEGIN
    SELECT min(t.task_id) INTO deciding
    FROM ops.decision AS t WHERE t.seq = let_go.seq AND t.state = 'deciding';
    IF deciding IS NOT NULL THEN
        RAISE EXCEPTION 'the decision of task % about message % is on its way', deciding, let_go.seq
            USING ERRCODE = '55000', HINT = 'it is carried out by the next batch; look again then';
    END IF;
    PERFORM staging.take_back_question(let_go.seq);
    DELETE FROM staging.wait_key AS w WHERE w.seq = let_go.seq;
    UPDATE staging.message_error AS e SET resolved_at = clock_timestamp()
    WHERE e.seq = let_go.seq AND e.resolved_at IS NULL;
    UPDATE ops.decision AS t
    SET
        state = 'done', decision = 'moot', reason = let_go.reason, decided_by = staging.actor(),
        decided_at = clock_timestamp(), closed_at = clock_timestamp(),
        outcome = 'message ' || let_go.seq || ' was ' || let_go.outcome
    WHERE t.seq = let_go.seq AND t.state = 'open';
END
$body$;

CREATE FUNCTION staging.step_by_hand(message staging.message, act text, reason text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    target text := (
        SELECT a.to_state FROM ops.act AS a
        WHERE a.act = step_by_hand.act AND a.from_state = (message).state
    );
    told jsonb := jsonb_build_object('from', (message).state, 'to', target);
BEGIN
    UPDATE staging.message AS m
    SET
        state = target,
        attempts = CASE target WHEN 'received' THEN 0 ELSE m.attempts END,
        next_attempt_at = NULL,
        waiting_for = CASE target WHEN 'held' THEN m.waiting_for END,
        waiting_since = CASE target WHEN 'held' THEN m.waiting_since END,
        wait_until = NULL,
        finished_at = CASE target WHEN 'discarded' THEN clock_timestamp() END,
        state_reason = step_by_hand.reason,
        actor = staging.actor()
    WHERE m.seq = (message).seq;
    PERFORM staging.record_act(step_by_hand.act, step_by_hand.reason, (message).seq, NULL, told);
    RETURN jsonb_build_object('seq', (message).seq) || told;
END
$body$;

CREATE FUNCTION ops.requeue(seq bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    message staging.message := staging.lock_message(seq, 'requeue');
BEGIN
    DELETE FROM staging.wait_key AS w WHERE w.seq = requeue.seq AND w.key NOT LIKE 'answer:%';
    RETURN staging.step_by_hand(message, 'requeue', why);
END
$body$;

CREATE FUNCTION ops.hold(seq bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    message staging.message := staging.lock_message(seq, 'hold');
BEGIN
    RETURN staging.step_by_hand(message, 'hold', why);
END
$body$;

CREATE FUNCTION ops.release(seq bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    message staging.message := staging.lock_message(seq, 'release');
BEGIN
    DELETE FROM staging.wait_key AS w WHERE w.seq = release.seq AND w.key NOT LIKE 'answer:%';
    RETURN staging.step_by_hand(message, 'release', why);
END
$body$;

CREATE FUNCTION ops.discard(seq bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    message staging.message := staging.lock_message(seq, 'discard');
BEGIN
    IF (message).doc_type IN ('transit_notice', 'transit_receipt') THEN
        RAISE EXCEPTION 'message % carries goods of transfer % from lane to lane', seq, (message).order_no
            USING ERRCODE = '55000',
            HINT = 'mend what it lacks and call ops.requeue; lost goods leave transit by a stock_adjustment with reason WRITE_OFF';
    END IF;
    PERFORM staging.let_go(seq, 'discarded', why);
    IF (message).road = 'fact' AND nullif(btrim((message).doc_no), '') IS NOT NULL THEN
        INSERT INTO staging.business_key (sender, doc_type, business_key, seq, content_hash)
        VALUES (
            (message).sender, (message).doc_type,
            concat_ws(' ', nullif(btrim((message).warehouse_code), ''), btrim((message).doc_no)),
            seq, '00000000-0000-0000-0000-000000000000'
        )
        ON CONFLICT ON CONSTRAINT business_key_pkey DO NOTHING;
    END IF;
    RETURN staging.step_by_hand(message, 'discard', why);
END
$body$;

COMMENT ON FUNCTION ops.requeue(bigint, text) IS
'Judges a message afresh: from error, waiting or retrying to received; returns seq, from, to.';
COMMENT ON FUNCTION ops.hold(bigint, text) IS
'Stops a message until ops.release; later messages of its document wait behind it.';
COMMENT ON FUNCTION ops.release(bigint, text) IS
'Lets a held message go on; its limits begin anew.';
COMMENT ON FUNCTION ops.discard(bigint, text) IS
'Gives up a message that is held, in error or waiting, for good; an unread question is withdrawn.';
COMMENT ON FUNCTION staging.legal_acts(bigint, text) IS 'What a person may do with a message in a state, for hints.';
COMMENT ON FUNCTION staging.lock_message(bigint, text) IS
'Locks a message for an act; fails with P0002, 55000 or 55P03.';
COMMENT ON FUNCTION staging.take_back_question(bigint) IS
'Withdraws the unread question of a forwarded request; fails with 55000 when it was read.';
COMMENT ON FUNCTION staging.let_go(bigint, text, text) IS
'Ends what hangs on a message that is given up: question, waits, findings, tasks.';
COMMENT ON FUNCTION staging.step_by_hand(staging.message, text, text) IS
'Makes the step of an act, with its entry in ops.audit.';

REVOKE ALL ON FUNCTION ops.requeue(bigint, text), ops.hold(bigint, text), ops.release(bigint, text),
ops.discard(bigint, text), staging.lock_message(bigint, text),
staging.take_back_question(bigint), staging.let_go(bigint, text, text),
staging.step_by_hand(staging.message, text, text) FROM public;

GRANT EXECUTE ON FUNCTION ops.requeue(bigint, text), ops.hold(bigint, text), ops.release(bigint, text),
ops.discard(bigint, text) TO crossdock_dba, crossdock_daemon;

CREATE FUNCTION staging.amendable_column(message staging.message, line_no integer, column_name text)
RETURNS staging.column_name
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    place text := CASE WHEN line_no IS NULL THEN 'header' ELSE 'line' END;
    found staging.column_name;
    known text;
BEGIN
    SELECT c.* INTO found FROM staging.column_name AS c
    WHERE c.doc_type = (message).doc_type AND c.part = place AND c.name = amendable_column.column_name;
    IF found.name IS NULL THEN
        SELECT string_agg(c.name, ', ' ORDER BY c.name) INTO known
        FROM staging.column_name AS c WHERE c.doc_type = (message).doc_type AND c.part = place;
        RAISE EXCEPTION '% is no column of a % that may be amended in its %',
            coalesce(column_name, 'null'), (message).doc_type, place
            USING ERRCODE = '22023', HINT = coalesce('these may: ' || known, CASE
                    WHEN (message).sender = 'crossdock' THEN 'crossdock made it itself: mend its cause, then ops.requeue'
                    ELSE 'it has no lines: line_no is null for the header'
                END);
    END IF;
    RETURN found;
END
$body$;

CREATE FUNCTION staging.check_value(target staging.column_name, old_value text, new_value text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    is_same boolean;
BEGIN
    BEGIN
        EXECUTE format('SELECT CAST($1 AS %1$s) IS NOT DISTINCT FROM CAST($2 AS %1$s)', (target).type)
        INTO is_same USING old_value, new_value;
    EXCEPTION WHEN data_exception THEN
        RAISE EXCEPTION '% takes a %, not "%"', (target).name, (target).type, new_value
            USING ERRCODE = '22P02', HINT = sqlerrm;
    END;
    IF is_same THEN
        RAISE EXCEPTION '% is % already', (target).name, coalesce('"' || new_value || '"', 'null')
            USING ERRCODE = '22023', HINT = 'to judge the message again as it is: ops.requeue';
    END IF;
END
$body$;

CREATE FUNCTION staging.copy_message(message staging.message, is_counted boolean) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    root text := left(
        CASE
            WHEN (message).amended_from IS NULL THEN (message).message_id
            ELSE regexp_replace((message).message_id, '~[0-9]+$', '')
        END, 190
    );
    copy_no integer := 1;
    header text;
    lines text;
    made bigint;
BEGIN
    SELECT
        string_agg(quote_ident(c.base), ', ') FILTER (WHERE c.part = 'header'),
        string_agg(quote_ident(c.base), ', ') FILTER (WHERE c.part = 'line')
    INTO header, lines
    FROM staging.column_name AS c WHERE c.doc_type = (message).doc_type;
    WHILE EXISTS (
        SELECT FROM ops.known_message AS m
        WHERE m.sender = (message).sender AND m.doc_type = (message).doc_type
            AND m.message_id = root || '~' || copy_no
    ) LOOP
        copy_no := copy_no + 1;
    END LOOP;
    EXECUTE format(
        'INSERT INTO staging.message (sender, doc_type, message_id, received_at, amended_from, %1$s)'
        ' SELECT sender, doc_type, $1, received_at, seq, %1$s FROM staging.message WHERE seq = $2'
        ' RETURNING seq', header
    ) INTO made USING root || '~' || copy_no, (message).seq;
    IF lines IS NOT NULL THEN
        EXECUTE format(
            'INSERT INTO staging.line (sender, doc_type, message_id, line_no, %1$s)'
            ' SELECT sender, doc_type, $1, line_no, %1$s FROM staging.line'
            ' WHERE sender = $2 AND doc_type = $3 AND message_id = $4 AND ($5 OR xid = $6)', lines
        ) USING root || '~' || copy_no, (message).sender, (message).doc_type, (message).message_id,
            is_counted, (message).xid;
    END IF;
    RETURN made;
END
$body$;

CREATE FUNCTION ops.amend(
    seq bigint, line_no integer, column_name text, new_value text, reason text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    message staging.message := staging.lock_message(seq, 'amend');
    target staging.column_name := staging.amendable_column(message, line_no, column_name);
    is_version boolean := (message).state = 'held' AND (message).amended_from IS NOT NULL;
    is_counted boolean := (message).line_count IS NOT NULL
        OR (target.part = 'header' AND target.base = 'line_count' AND new_value IS NOT NULL);
    line staging.line;
    old_value text := to_jsonb(message) ->> target.base;
    made bigint := seq;
    told jsonb;
BEGIN
    IF line_no IS NOT NULL THEN
        SELECT l.* INTO line FROM staging.line AS l
        WHERE l.sender = (message).sender AND l.doc_type = (message).doc_type
            AND l.message_id = (message).message_id AND l.line_no = amend.line_no
            AND (is_counted OR l.xid = (message).xid);
        IF line.line_no IS NULL THEN
            RAISE EXCEPTION 'message % has no line %', seq, line_no
                USING ERRCODE = 'P0002', HINT = 'ops.why(' || seq || ') lists its lines; line_no is null for the header';
        END IF;
        old_value := to_jsonb(line) ->> target.base;
    END IF;
    PERFORM staging.check_value(target, old_value, new_value);
    IF NOT is_version THEN
        made := staging.copy_message(message, is_counted);
        PERFORM staging.let_go(seq, 'amended', why);
        UPDATE staging.message AS m SET state = 'held', state_reason = why, actor = staging.actor()
        WHERE m.seq = made;
        UPDATE staging.message AS m
        SET
            state = 'superseded', superseded_by = made, waiting_for = NULL, wait_until = NULL,
            next_attempt_at = NULL, finished_at = clock_timestamp(), state_reason = why, actor = staging.actor()
        WHERE m.seq = amend.seq;
        UPDATE staging.business_key AS k SET seq = made
        WHERE k.sender = (message).sender AND k.doc_type = (message).doc_type AND k.seq = amend.seq;
    END IF;
    IF line_no IS NULL THEN
        EXECUTE format('UPDATE staging.message SET %I = CAST($1 AS %s) WHERE seq = $2', target.base, target.type)
        USING new_value, made;
    END IF;
    IF line_no IS NOT NULL OR target.base = 'warehouse_code' THEN
        EXECUTE format(
            'UPDATE staging.line AS l SET %I = CAST($1 AS %s) FROM staging.message AS m'
            ' WHERE m.seq = $2 AND l.sender = m.sender AND l.doc_type = m.doc_type AND l.message_id = m.message_id'
            ' AND (l.line_no = $3 OR ($3 IS NULL AND l.warehouse_code IS NOT DISTINCT FROM $4))',
            target.base, target.type
        ) USING new_value, made, line_no, old_value;
    END IF;
    told := jsonb_build_object(
        'line_no', line_no, 'column_name', column_name, 'old', old_value, 'new', new_value, 'version', made
    );
    PERFORM staging.record_act('amend', why, seq, NULL, told);
    RETURN made;
END
$body$;

COMMENT ON FUNCTION ops.amend(bigint, integer, text, text, text) IS
'Makes a corrected version of a message, held until ops.release, and returns its seq; the original is superseded.';
COMMENT ON FUNCTION staging.amendable_column(staging.message, integer, text) IS
'The column behind a contract column; fails with 22023, naming those that may be amended.';
COMMENT ON FUNCTION staging.check_value(staging.column_name, text, text) IS
'Fails with 22P02 when a value is not of its column''s type, with 22023 when it changes nothing.';
COMMENT ON FUNCTION staging.copy_message(staging.message, boolean) IS
'Copies what a sender said under the next free message_id and returns the seq of the copy.';

REVOKE ALL ON FUNCTION ops.amend(bigint, integer, text, text, text),
staging.amendable_column(staging.message, integer, text),
staging.check_value(staging.column_name, text, text), staging.copy_message(staging.message, boolean)
FROM public;

GRANT EXECUTE ON FUNCTION ops.amend(bigint, integer, text, text, text) TO crossdock_dba, crossdock_daemon;

CREATE TYPE ops.finding AS (
    seq bigint,
    line_no integer,
    column_name text,
    code text,
    severity text,
    value text,
    expected text,
    text text,
    hint text
);

COMMENT ON TYPE ops.finding IS 'What ops.dry_run finds: the columns of message_error.';

CREATE FUNCTION ops.dry_run(seq bigint) RETURNS SETOF ops.finding
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC' SET datestyle = 'ISO, YMD' SET client_min_messages = warning
AS $dry$
#variable_conflict use_column
DECLARE
    _seq bigint := dry_run.seq;
    _now timestamptz := clock_timestamp();
    _road text;
    _lane text;
    _systems text[];
    _reference_limit interval := '04:00:00';
    _order_limit interval := '01:00:00';
    _stock_limit interval := '00:15:00';
    _line_limit interval := '00:15:00';
    _clock_skew_limit interval := '00:15:00';
    _found ops.finding[];
BEGIN
    SELECT m.road, m.lane INTO _road, _lane FROM staging.message AS m WHERE m.seq = _seq;
    IF _road IS NULL THEN
        RAISE EXCEPTION 'there is no message %', coalesce(CAST(_seq AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'ops.message lists them; seq is our number, not message_id';
    END IF;
SELECT
    coalesce(max(p.duration) FILTER (WHERE p.name = 'reference_limit'), _reference_limit),
    coalesce(max(p.duration) FILTER (WHERE p.name = 'order_limit'), _order_limit),
    coalesce(max(p.duration) FILTER (WHERE p.name = 'stock_limit'), _stock_limit),
    coalesce(max(p.duration) FILTER (WHERE p.name = 'line_limit'), _line_limit),
    coalesce(max(p.duration) FILTER (WHERE p.name = 'clock_skew_limit'), _clock_skew_limit)
INTO _reference_limit, _order_limit, _stock_limit, _line_limit, _clock_skew_limit
FROM ops.policy_value AS p WHERE p.scope_kind = 'warehouse' AND p.scope = _lane;
    BEGIN
CREATE TEMPORARY TABLE dry_content (
    seq bigint PRIMARY KEY,
    line_total integer NOT NULL,
    content_hash uuid NOT NULL,
    business_key text,
    known_seq bigint,
    known_hash uuid,
    known_state text
);
CREATE TEMPORARY TABLE dry_finding (
    seq bigint NOT NULL,
    line_no integer,
    column_name text,
    code text NOT NULL,
    severity text NOT NULL,
    value text,
    expected text,
    wait_key text,
    need numeric
);
CREATE TEMPORARY TABLE dry_line (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    warehouse_code text,
    item_code text,
    qty numeric,
    uom text,
    lot_no text NOT NULL,
    over_tolerance_pct numeric NOT NULL,
    under_tolerance_pct numeric NOT NULL,
    reason_code text,
    order_line_no integer,
    serial_no text NOT NULL,
    expires_on date,
    location_code text NOT NULL,
    stock_status text NOT NULL,
    to_location_code text NOT NULL,
    to_stock_status text NOT NULL,
    base_uom text,
    numerator bigint,
    denominator bigint,
    base_qty numeric(19, 6),
    lot_controlled boolean,
    serial_controlled boolean,
    content text NOT NULL,
    is_odd boolean NOT NULL,
    is_unnamed boolean GENERATED ALWAYS AS (order_line_no IS NULL) STORED,
    PRIMARY KEY (seq, line_no)
);
CREATE TEMPORARY TABLE dry_message (
    seq bigint PRIMARY KEY,
    sender text NOT NULL,
    doc_type text NOT NULL,
    message_id text NOT NULL,
    lane text NOT NULL,
    state text NOT NULL,
    xid xid8 NOT NULL,
    received_at timestamptz NOT NULL,
    attempts integer NOT NULL,
    passes integer NOT NULL,
    waiting_since timestamptz,
    line_count integer,
    warehouse_code text,
    action text NOT NULL,
    doc_no text,
    revision integer,
    version bigint,
    order_type text,
    order_no text,
    book_order_type text,
    party_role text,
    party_code text,
    carrier_code text,
    to_warehouse_code text,
    item_code text,
    qty numeric,
    uom text,
    base_qty numeric(19, 6),
    is_final boolean NOT NULL,
    occurred_at timestamptz NOT NULL,
    source_seq bigint,
    reverses_no text,
    counted_through_seq bigint,
    milestone text,
    response text,
    reason_code text,
    note text,
    attributes jsonb,
    codes text,
    content text NOT NULL,
    header_hash uuid,
    description text,
    base_uom text,
    item_group text,
    abc_class text,
    gtin text,
    lot_controlled boolean,
    serial_controlled boolean,
    shelf_life_days integer,
    unit_cost numeric,
    currency text,
    active boolean NOT NULL,
    numerator bigint,
    denominator bigint,
    role text,
    name text,
    country_code text,
    address text,
    time_zone text,
    location_code text,
    zone text,
    kind text,
    system_code text,
    domain text,
    external_code text,
    canonical_code text,
    is_default_out boolean NOT NULL,
    ordered_on date,
    expected_at timestamptz,
    requested_ship_at timestamptz,
    ship_to text,
    priority integer,
    start_at timestamptz,
    due_at timestamptz,
    original_order_no text,
    delivery_note_no text,
    tracking_no text,
    as_of timestamptz,
    through_seq bigint,
    total_qty numeric,
    request_no text,
    run_id bigint,
    is_order_fact boolean GENERATED ALWAYS AS (
        action = 'post' AND doc_type IN ('goods_receipt', 'shipment', 'material_issue', 'production_receipt')
    ) STORED,
    is_other_fact boolean GENERATED ALWAYS AS (
        action = 'post' AND doc_type IN ('stock_move', 'stock_adjustment', 'transit_receipt')
    ) STORED,
    is_reversal boolean GENERATED ALWAYS AS (action = 'reverse') STORED,
    is_last boolean GENERATED ALWAYS AS (is_final AND action = 'post' AND order_no IS NOT NULL) STORED,
    is_notice boolean GENERATED ALWAYS AS (doc_type = 'transit_notice') STORED
);
CREATE TEMPORARY TABLE dry_outcome (
    seq bigint PRIMARY KEY,
    outcome text NOT NULL,
    is_go boolean GENERATED ALWAYS AS (outcome = 'go') STORED,
    waiting_for text,
    wait_until timestamptz,
    other_seq bigint,
    reason text
);
CREATE TEMPORARY TABLE dry_question (
    by_seq bigint PRIMARY KEY,
    seq bigint NOT NULL,
    delivery_id bigint NOT NULL,
    revision integer NOT NULL,
    action text NOT NULL
);
CREATE TEMPORARY TABLE dry_sent (
    seq bigint NOT NULL,
    line_no integer NOT NULL,
    warehouse_code text,
    item_code text,
    qty numeric,
    uom text,
    lot_no text,
    over_tolerance_pct numeric,
    under_tolerance_pct numeric,
    reason_code text,
    order_line_no integer,
    serial_no text,
    expires_on date,
    location_code text,
    stock_status text,
    to_location_code text,
    to_stock_status text,
    content text NOT NULL,
    is_odd boolean NOT NULL
);
INSERT INTO dry_message (
    seq, sender, doc_type, message_id, lane, state, xid, received_at, attempts, passes, waiting_since,
    line_count, warehouse_code, action, doc_no, revision, version, order_type, order_no,
    book_order_type, party_role, party_code, carrier_code, to_warehouse_code, item_code, qty, uom,
    is_final, occurred_at, source_seq, reverses_no, counted_through_seq, milestone, response,
    reason_code, note, attributes, codes, content, header_hash, description, base_uom, item_group,
    abc_class, gtin,
    lot_controlled, serial_controlled, shelf_life_days, unit_cost, currency, active, numerator,
    denominator, role, name, country_code, address, time_zone, location_code, zone, kind,
    system_code, domain, external_code, canonical_code, is_default_out, ordered_on, expected_at,
    requested_ship_at, ship_to, priority, start_at, due_at, original_order_no, delivery_note_no,
    tracking_no, as_of, through_seq, total_qty, request_no, run_id
)
SELECT
    m.seq,
    m.sender,
    m.doc_type,
    m.message_id,
    m.lane,
    m.state,
    m.xid,
    m.received_at,
    m.attempts,
    m.passes,
    m.waiting_since,
    m.line_count,
    nullif(btrim(m.warehouse_code), ''),
    coalesce(nullif(btrim(m.action), ''), CASE WHEN m.road IN ('master', 'detail', 'request') THEN 'upsert' ELSE 'post' END),
    nullif(btrim(m.doc_no), ''),
    m.revision,
    coalesce(m.version, 1),
    CASE
        WHEN m.road = 'request' THEN m.doc_type
        WHEN m.doc_type IN ('material_issue', 'production_receipt') THEN 'production_order'
        ELSE nullif(btrim(m.order_type), '')
    END,
    CASE
        WHEN m.doc_type = 'transit_notice' THEN m.order_no
        WHEN m.road = 'request' THEN nullif(btrim(m.doc_no), '')
        ELSE nullif(btrim(m.order_no), '')
    END,
    CASE
        WHEN m.road = 'request' THEN m.doc_type
        WHEN m.doc_type IN ('material_issue', 'production_receipt') THEN 'production_order'
        WHEN m.doc_type = 'goods_receipt' AND btrim(m.order_type) = 'transfer_order' THEN 'transit_notice'
        WHEN m.doc_type <> 'stock_move' THEN nullif(btrim(m.order_type), '')
    END,
    CASE
        WHEN m.doc_type IN ('purchase_order', 'supplier_return') THEN 'supplier'
        WHEN m.doc_type IN ('sales_order', 'customer_return') THEN 'customer'
    END,
    nullif(btrim(m.party_code), ''),
    nullif(btrim(m.carrier_code), ''),
    nullif(btrim(m.to_warehouse_code), ''),
    nullif(btrim(m.item_code), ''),
    m.qty,
    nullif(btrim(m.uom), ''),
    coalesce(m.is_final, false),
    coalesce(m.occurred_at, m.received_at),
    m.source_seq,
    nullif(btrim(m.reverses_no), ''),
    m.counted_through_seq,
    nullif(btrim(m.milestone), ''),
    nullif(btrim(m.response), ''),
    nullif(btrim(m.reason_code), ''),
    m.note,
    m.attributes,
    concat_ws(
        '|', btrim(m.warehouse_code), btrim(m.action), btrim(m.doc_no), btrim(m.order_type), btrim(m.order_no),
        btrim(m.party_code), btrim(m.carrier_code), btrim(m.to_warehouse_code), btrim(m.item_code),
        btrim(m.uom), btrim(m.reverses_no), btrim(m.milestone), btrim(m.response), btrim(m.reason_code),
        btrim(m.base_uom), btrim(m.role), btrim(m.location_code), btrim(m.system_code), btrim(m.domain),
        btrim(m.external_code), btrim(m.canonical_code), btrim(m.time_zone), btrim(m.original_order_no),
        btrim(m.delivery_note_no), btrim(m.tracking_no), btrim(m.request_no), btrim(m.message_id)
    ),
    staging.header_content(m),
    CASE m.road
        WHEN 'request' THEN CAST(md5(CAST(ROW(
            nullif(btrim(m.party_code), ''), nullif(btrim(m.carrier_code), ''),
            nullif(btrim(m.to_warehouse_code), ''), m.ordered_on, m.expected_at, m.requested_ship_at,
            m.ship_to, m.priority, m.start_at, m.due_at, nullif(btrim(m.original_order_no), ''), m.note
        ) AS text)) AS uuid)
    END,
    m.description,
    nullif(btrim(m.base_uom), ''),
    nullif(btrim(m.item_group), ''),
    nullif(btrim(m.abc_class), ''),
    nullif(btrim(m.gtin), ''),
    m.lot_controlled,
    m.serial_controlled,
    m.shelf_life_days,
    m.unit_cost,
    nullif(btrim(m.currency), ''),
    coalesce(m.active, true),
    m.numerator,
    m.denominator,
    nullif(btrim(m.role), ''),
    m.name,
    nullif(btrim(m.country_code), ''),
    m.address,
    nullif(btrim(m.time_zone), ''),
    nullif(btrim(m.location_code), ''),
    nullif(btrim(m.zone), ''),
    nullif(btrim(m.kind), ''),
    nullif(btrim(m.system_code), ''),
    nullif(btrim(m.domain), ''),
    nullif(btrim(m.external_code), ''),
    nullif(btrim(m.canonical_code), ''),
    coalesce(m.is_default_out, false),
    m.ordered_on,
    m.expected_at,
    m.requested_ship_at,
    m.ship_to,
    m.priority,
    m.start_at,
    m.due_at,
    nullif(btrim(m.original_order_no), ''),
    nullif(btrim(m.delivery_note_no), ''),
    nullif(btrim(m.tracking_no), ''),
    m.as_of,
    m.through_seq,
    m.total_qty,
    nullif(btrim(m.request_no), ''),
    m.run_id
FROM staging.message AS m
WHERE
    m.seq = _seq;
_systems := ARRAY(SELECT s.system_code
FROM ops.system AS s
WHERE
    EXISTS (
        SELECT
        FROM book.code_map AS c
        WHERE c.system_code = s.system_code AND c.active
    ));
IF _road NOT IN ('master', 'detail', 'snapshot') THEN
INSERT INTO dry_sent (
    seq, line_no, warehouse_code, item_code, qty, uom, lot_no, over_tolerance_pct,
    under_tolerance_pct, reason_code, order_line_no, serial_no, expires_on, location_code,
    stock_status, to_location_code, to_stock_status, content, is_odd
)
SELECT
    b.seq,
    l.line_no,
    nullif(btrim(l.warehouse_code), ''),
    nullif(btrim(l.item_code), ''),
    l.qty,
    nullif(btrim(l.uom), ''),
    nullif(btrim(l.lot_no), ''),
    l.over_tolerance_pct,
    l.under_tolerance_pct,
    nullif(btrim(l.reason_code), ''),
    l.order_line_no,
    nullif(btrim(l.serial_no), ''),
    l.expires_on,
    nullif(btrim(l.location_code), ''),
    nullif(btrim(l.stock_status), ''),
    nullif(btrim(l.to_location_code), ''),
    nullif(btrim(l.to_stock_status), ''),
    c.content,
    c.content ~ '[\x01-\x1f\x7f-\x9f]' OR length(c.content) > 200
FROM dry_message AS b
INNER JOIN staging.line AS l
    ON b.sender = l.sender AND b.doc_type = l.doc_type AND b.message_id = l.message_id
CROSS JOIN LATERAL (
    SELECT staging.line_content(l) AS content
    LIMIT 1
) AS c
WHERE b.line_count IS NOT NULL OR l.xid = b.xid;
END IF;
IF _systems <> '{}' AND _road NOT IN ('master', 'detail') THEN
UPDATE dry_message AS m
SET
    item_code = coalesce(i.canonical_code, m.item_code),
    uom = coalesce(u.canonical_code, m.uom),
    carrier_code = coalesce(c.canonical_code, m.carrier_code),
    party_code = coalesce(p.canonical_code, m.party_code),
    reason_code = coalesce(r.canonical_code, m.reason_code)
FROM dry_message AS b
LEFT JOIN book.code_map AS i
    ON b.sender = i.system_code AND i.domain = 'item' AND b.item_code = i.external_code AND i.active
LEFT JOIN book.code_map AS u
    ON b.sender = u.system_code AND u.domain = 'uom' AND b.uom = u.external_code AND u.active
LEFT JOIN book.code_map AS c
    ON b.sender = c.system_code AND c.domain = 'carrier' AND b.carrier_code = c.external_code AND c.active
LEFT JOIN book.code_map AS p
    ON b.sender = p.system_code AND p.domain = 'party' AND b.party_code = p.external_code AND p.active
LEFT JOIN book.code_map AS r
    ON b.sender = r.system_code AND r.domain = 'reason' AND b.reason_code = r.external_code AND r.active
WHERE m.seq = b.seq AND b.sender = ANY(CAST(_systems AS text [])) AND b.doc_type <> 'code_map';
END IF;
IF _systems <> '{}' AND _road NOT IN ('master', 'detail') THEN
UPDATE dry_sent AS l
SET
    item_code = coalesce(i.canonical_code, l.item_code),
    uom = coalesce(u.canonical_code, l.uom),
    reason_code = coalesce(r.canonical_code, l.reason_code),
    location_code = coalesce(f.canonical_code, l.location_code),
    to_location_code = coalesce(t.canonical_code, l.to_location_code),
    stock_status = coalesce(s.canonical_code, l.stock_status),
    to_stock_status = coalesce(o.canonical_code, l.to_stock_status)
FROM dry_sent AS b
INNER JOIN dry_message AS m ON b.seq = m.seq
LEFT JOIN book.code_map AS i
    ON m.sender = i.system_code AND i.domain = 'item' AND b.item_code = i.external_code AND i.active
LEFT JOIN book.code_map AS u
    ON m.sender = u.system_code AND u.domain = 'uom' AND b.uom = u.external_code AND u.active
LEFT JOIN book.code_map AS r
    ON m.sender = r.system_code AND r.domain = 'reason' AND b.reason_code = r.external_code AND r.active
LEFT JOIN book.code_map AS f
    ON m.sender = f.system_code AND f.domain = 'location' AND b.location_code = f.external_code AND f.active
LEFT JOIN book.code_map AS t
    ON m.sender = t.system_code AND t.domain = 'location' AND b.to_location_code = t.external_code AND t.active
LEFT JOIN book.code_map AS s
    ON m.sender = s.system_code AND s.domain = 'stock_status' AND b.stock_status = s.external_code AND s.active
LEFT JOIN book.code_map AS o
    ON m.sender = o.system_code AND o.domain = 'stock_status' AND b.to_stock_status = o.external_code AND o.active
WHERE l.seq = b.seq AND l.line_no = b.line_no AND m.sender = ANY(CAST(_systems AS text []));
END IF;
IF _road = 'request' THEN
INSERT INTO dry_question (by_seq, seq, delivery_id, revision, action)
SELECT
    b.seq,
    e.seq,
    e.delivery_id,
    e.revision,
    e.action
FROM dry_message AS b
CROSS JOIN LATERAL (
    SELECT
        q.seq,
        d.delivery_id,
        d.revision,
        d.action
    FROM staging.message AS q
    INNER JOIN staging.delivery AS d ON d.delivery_id = CAST(substr(q.waiting_for, 8) AS bigint)
    WHERE
        q.lane = b.lane
        AND q.doc_key = b.doc_type || ' ' || b.doc_no
        AND q.seq <> b.seq
        AND q.state = 'waiting'
        AND q.waiting_for LIKE 'answer:%'
    ORDER BY q.seq DESC
    LIMIT 1
) AS e
WHERE NOT b.is_notice;
END IF;
IF _road = 'request' THEN
UPDATE dry_message AS m
SET revision = x.revision
FROM (
    SELECT
        b.seq,
        coalesce(d.revision, greatest(h.revision, q.revision)) AS revision
    FROM dry_message AS b
    LEFT JOIN book.order_head AS h
        ON
            h.warehouse_code = _lane
            AND b.doc_type = h.order_type
            AND b.order_no = h.order_no
    LEFT JOIN dry_question AS q ON b.seq = q.by_seq
    LEFT JOIN LATERAL (
        SELECT f.revision
        FROM staging.wait_key AS w
        INNER JOIN staging.delivery AS f ON f.delivery_id = CAST(substr(w.key, 8) AS bigint)
        WHERE w.seq = b.seq AND left(w.key, 7) = 'answer:'
        ORDER BY f.delivery_id DESC
        LIMIT 1
    ) AS d ON true
    WHERE b.action <> 'upsert' AND b.revision IS NULL AND NOT b.is_notice
) AS x
WHERE m.seq = x.seq;
END IF;
IF _road = 'request' THEN
UPDATE dry_message AS m
SET
    base_qty = CASE
        WHEN b.qty IN ('NaN', 'Infinity', '-Infinity') OR abs(b.qty * r.numerator / r.denominator) >= 1e13 THEN NULL
        WHEN mod(b.qty * r.numerator * 1000000, r.denominator) = 0
            THEN div(b.qty * r.numerator * 1000000, r.denominator) * 0.000001
    END,
    base_uom = i.base_uom
FROM dry_message AS b
INNER JOIN book.item AS i ON b.item_code = i.item_code
LEFT JOIN book.item_uom AS u ON b.item_code = u.item_code AND b.uom = u.uom AND u.active
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN b.uom IS NULL OR b.uom = i.base_uom THEN 1 ELSE u.numerator END AS numerator,
        CASE WHEN b.uom IS NULL OR b.uom = i.base_uom THEN 1 ELSE u.denominator END AS denominator
) AS r
WHERE m.seq = b.seq AND b.doc_type = 'production_order';
END IF;
IF _road NOT IN ('master', 'detail', 'snapshot') THEN
INSERT INTO dry_line (
    seq, line_no, warehouse_code, item_code, qty, uom, lot_no, over_tolerance_pct,
    under_tolerance_pct, reason_code, order_line_no, serial_no, expires_on, location_code,
    stock_status, to_location_code, to_stock_status, base_uom, numerator, denominator, base_qty,
    lot_controlled, serial_controlled, content, is_odd
)
SELECT
    l.seq,
    l.line_no,
    l.warehouse_code,
    l.item_code,
    l.qty,
    coalesce(l.uom, i.base_uom),
    coalesce(l.lot_no, ''),
    coalesce(l.over_tolerance_pct, 0),
    coalesce(l.under_tolerance_pct, 0),
    l.reason_code,
    l.order_line_no,
    coalesce(l.serial_no, ''),
    l.expires_on,
    coalesce(l.location_code, ''),
    coalesce(
        l.stock_status,
        CASE WHEN m.doc_type = 'goods_receipt' AND m.order_type = 'customer_return' THEN 'returns' ELSE 'unrestricted' END
    ),
    coalesce(l.to_location_code, l.location_code, ''),
    coalesce(l.to_stock_status, l.stock_status, 'unrestricted'),
    i.base_uom,
    r.numerator,
    r.denominator,
    CASE
        WHEN l.qty IN ('NaN', 'Infinity', '-Infinity') OR abs(l.qty * r.numerator / r.denominator) >= 1e13 THEN NULL
        WHEN r.denominator = 1 AND scale(l.qty) <= 6 THEN l.qty * r.numerator
        WHEN mod(l.qty * r.numerator * 1000000, r.denominator) = 0
            THEN div(l.qty * r.numerator * 1000000, r.denominator) * 0.000001
    END,
    i.lot_controlled,
    i.serial_controlled,
    l.content,
    l.is_odd
FROM dry_sent AS l
INNER JOIN dry_message AS m ON l.seq = m.seq
LEFT JOIN book.item AS i ON l.item_code = i.item_code
LEFT JOIN book.item_uom AS u ON l.item_code = u.item_code AND l.uom = u.uom AND u.active
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN i.item_code IS NULL THEN NULL
            WHEN l.uom IS NULL OR l.uom = i.base_uom THEN 1
            ELSE u.numerator
        END AS numerator,
        CASE
            WHEN i.item_code IS NULL THEN NULL
            WHEN l.uom IS NULL OR l.uom = i.base_uom THEN 1
            ELSE u.denominator
        END AS denominator
) AS r;
END IF;
IF _road = 'snapshot' THEN
INSERT INTO dry_content (
    seq, line_total, content_hash, business_key, known_seq, known_hash, known_state
)
SELECT
    m.seq,
    l.line_total,
    CAST(md5(m.content || coalesce(l.content, '')) AS uuid),
    concat_ws(' ', m.warehouse_code, m.doc_no),
    coalesce(r.seq, k.seq),
    coalesce(r.content_hash, k.content_hash),
    CASE
        WHEN r.seq IS NOT NULL THEN 'retired'
        WHEN k.seq IS NOT NULL
            THEN coalesce(e.state, (SELECT x.state FROM staging.memory AS x WHERE x.seq = k.seq))
    END
FROM dry_message AS m
CROSS JOIN LATERAL (
    SELECT
        count(*) AS line_total,
        string_agg(staging.snapshot_content(n), '' ORDER BY n.line_no) AS content
    FROM staging.line AS n
    WHERE
        n.sender = m.sender AND n.doc_type = m.doc_type AND n.message_id = m.message_id
        AND (m.line_count IS NOT NULL OR n.xid = m.xid)
) AS l
LEFT JOIN staging.business_key AS k
    ON
        m.sender = k.sender AND m.doc_type = k.doc_type
        AND k.business_key = concat_ws(' ', m.warehouse_code, m.doc_no) AND m.seq <> k.seq
LEFT JOIN staging.message AS e ON k.seq = e.seq
LEFT JOIN LATERAL (
    SELECT
        y.seq,
        CASE
            WHEN coalesce(y.warehouse_code, '') = coalesce(m.warehouse_code, '') THEN y.content_hash
            ELSE '00000000-0000-0000-0000-000000000000'
        END AS content_hash
    FROM staging.memory AS y
    WHERE y.sender = m.sender AND y.doc_type = m.doc_type AND y.message_id = m.message_id
    ORDER BY y.seq
    LIMIT 1
) AS r ON true;
END IF;
IF _road <> 'snapshot' THEN
INSERT INTO dry_content (
    seq, line_total, content_hash, business_key, known_seq, known_hash, known_state
)
SELECT
    c.seq,
    c.line_total,
    c.content_hash,
    c.business_key,
    coalesce(r.seq, k.seq),
    coalesce(r.content_hash, k.content_hash),
    CASE
        WHEN r.seq IS NOT NULL THEN 'retired'
        WHEN k.seq IS NOT NULL
            THEN coalesce(e.state, (SELECT x.state FROM staging.memory AS x WHERE x.seq = k.seq))
    END
FROM (
    SELECT
        m.seq,
        m.sender,
        m.doc_type,
        m.message_id,
        m.warehouse_code,
        coalesce(l.line_total, 0) AS line_total,
        CAST(md5(m.content || coalesce(l.content, '')) AS uuid) AS content_hash,
        CASE
            WHEN m.doc_type IN ('master_resend', 'transit_notice', 'transit_receipt') THEN NULL
            WHEN m.doc_type = 'item' THEN concat_ws(' ', m.item_code, m.version)
            WHEN m.doc_type = 'item_uom' THEN concat_ws(' ', m.item_code, m.uom, m.version)
            WHEN m.doc_type = 'party' THEN concat_ws(' ', m.party_code, m.role, m.version)
            WHEN m.doc_type = 'warehouse' THEN concat_ws(' ', m.warehouse_code, m.version)
            WHEN m.doc_type = 'location' THEN concat_ws(' ', m.warehouse_code, m.location_code, m.version)
            WHEN m.doc_type = 'code_map'
                THEN concat_ws(' ', m.system_code, m.domain, m.external_code, m.version)
            WHEN m.doc_no IS NULL THEN NULL
            WHEN m.order_type = m.doc_type
                THEN concat_ws(' ', m.warehouse_code, m.doc_no, coalesce(m.revision, 1), m.action)
            -- Only crossdock's own instructions name a system: the one that they are addressed to.
            ELSE concat_ws(' ', m.warehouse_code, m.doc_no, m.system_code)
        END AS business_key
    FROM dry_message AS m
    LEFT JOIN (
        SELECT
            s.seq,
            count(*) AS line_total,
            string_agg(s.content, '' ORDER BY s.line_no) AS content
        FROM dry_line AS s
        GROUP BY s.seq
    ) AS l ON m.seq = l.seq
    -- Keeps the key a plain column: as a CASE pulled up into the join it was no index condition.
    OFFSET 0
) AS c
LEFT JOIN staging.business_key AS k
    ON c.sender = k.sender AND c.doc_type = k.doc_type AND c.business_key = k.business_key AND c.seq <> k.seq
LEFT JOIN staging.message AS e ON k.seq = e.seq
-- A probe for each message, also when nobody has analyzed the memory yet; LIMIT keeps it one.
LEFT JOIN LATERAL (
    SELECT
        y.seq,
        CASE
            WHEN coalesce(y.warehouse_code, '') = coalesce(c.warehouse_code, '') THEN y.content_hash
            ELSE '00000000-0000-0000-0000-000000000000'
        END AS content_hash
    FROM staging.memory AS y
    WHERE y.sender = c.sender AND y.doc_type = c.doc_type AND y.message_id = c.message_id
    ORDER BY y.seq
    LIMIT 1
) AS r ON true;
END IF;
        UPDATE dry_message AS m SET waiting_since = NULL WHERE m.state IN ('held', 'error');
IF true THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    c.seq,
    CAST(NULL AS integer) AS line_no,
    CASE c.known_state WHEN 'retired' THEN 'message_id' ELSE 'doc_no' END AS column_name,
    'DUP-001' AS code,
    'error' AS severity,
    CASE c.known_state
        WHEN 'retired' THEN (SELECT m.message_id FROM dry_message AS m WHERE m.seq = c.seq)
        ELSE c.business_key
    END AS value,
    CAST(c.known_seq AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_content AS c
WHERE
    c.known_seq IS NOT NULL
    AND c.known_hash <> c.content_hash
    AND coalesce(c.known_state, 'applied') NOT IN ('error', 'discarded');
END IF;
IF true THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE v.code WHEN 'SYN-006' THEN 'action' ELSE 'line_count' END AS column_name,
    v.code,
    'error' AS severity,
    CAST(c.line_total AS text) AS value,
    CASE v.code WHEN 'SYN-006' THEN m.action ELSE CAST(m.line_count AS text) END AS expected,
    CASE v.code WHEN 'SYN-007' THEN 'lines:' || m.seq END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN dry_content AS c ON m.seq = c.seq
INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN m.action IN ('cancel', 'close', 'reverse') AND c.line_total > 0 THEN 'SYN-006'
            WHEN c.line_total > m.line_count THEN 'SYN-005'
            WHEN c.line_total < m.line_count AND m.waiting_since + _line_limit <= _now THEN 'SYN-007'
            WHEN
                c.line_total = 0 AND t.lines = 'required' AND m.action IN ('upsert', 'post')
                AND NOT m.is_final AND coalesce(m.line_count, 0) = 0
                AND NOT (m.doc_type = 'stock_snapshot' AND m.line_count IS NOT DISTINCT FROM 0)
                THEN 'SYN-004'
        END AS code
) AS v
WHERE v.code IS NOT NULL;
END IF;
IF _road IN ('answer', 'count', 'fact', 'request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    l.line_no,
    'line_no' AS column_name,
    'SYN-010' AS code,
    'warning' AS severity,
    CAST(l.line_no AS text) AS value,
    CAST(NULL AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN staging.line AS l
    ON m.sender = l.sender AND m.doc_type = l.doc_type AND m.message_id = l.message_id
WHERE m.line_count IS NULL AND l.xid <> m.xid;
END IF;
IF true THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    CASE WHEN length(v.value) > 200 THEN 'SYN-003' ELSE 'SYN-002' END AS code,
    'error' AS severity,
    left(v.value, 250) AS value,
    '200' AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
CROSS JOIN LATERAL (
    VALUES
    ('message_id', m.message_id), ('warehouse_code', m.warehouse_code), ('action', m.action),
    ('doc_no', m.doc_no), ('order_type', m.order_type), ('order_no', m.order_no),
    ('party_code', m.party_code), ('carrier_code', m.carrier_code),
    ('to_warehouse_code', m.to_warehouse_code), ('item_code', m.item_code), ('uom', m.uom),
    ('reverses_no', m.reverses_no), ('milestone', m.milestone), ('response', m.response),
    ('reason_code', m.reason_code), ('base_uom', m.base_uom), ('role', m.role),
    ('location_code', m.location_code), ('system_code', m.system_code), ('domain', m.domain),
    ('external_code', m.external_code), ('canonical_code', m.canonical_code),
    ('original_order_no', m.original_order_no), ('delivery_note_no', m.delivery_note_no),
    ('tracking_no', m.tracking_no), ('time_zone', m.time_zone), ('request_no', m.request_no)
) AS v (column_name, value)
WHERE
    (length(m.codes) > 200 OR m.codes ~ '[\x01-\x1f\x7f-\x9f]')
    AND (length(v.value) > 200 OR v.value ~ '[\x01-\x1f\x7f-\x9f]')
    AND NOT (v.column_name = 'order_no' AND v.value = m.doc_no)
    AND NOT (v.column_name = 'order_type' AND v.value = m.doc_type);
END IF;
IF _road IN ('answer', 'count', 'fact', 'request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    CASE WHEN length(v.value) > 200 THEN 'SYN-003' ELSE 'SYN-002' END AS code,
    'error' AS severity,
    left(v.value, 250) AS value,
    '200' AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_line AS l
CROSS JOIN LATERAL (
    VALUES
    ('warehouse_code', l.warehouse_code), ('item_code', l.item_code), ('uom', l.uom),
    ('lot_no', l.lot_no), ('reason_code', l.reason_code), ('serial_no', l.serial_no),
    ('location_code', l.location_code), ('stock_status', l.stock_status),
    ('to_location_code', l.to_location_code), ('to_stock_status', l.to_stock_status)
) AS v (column_name, value)
WHERE
    l.is_odd AND (length(v.value) > 200 OR v.value ~ '[\x01-\x1f\x7f-\x9f]')
    AND NOT (v.column_name = 'to_location_code' AND v.value = l.location_code)
    AND NOT (v.column_name = 'to_stock_status' AND v.value = l.stock_status);
END IF;
IF _road IN ('detail', 'master') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    'SYN-001' AS code,
    'error' AS severity,
    CAST(NULL AS text) AS value,
    CAST(NULL AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
CROSS JOIN LATERAL (
    VALUES
    ('item_code', m.item_code IS NULL AND m.doc_type IN ('item', 'item_uom')),
    ('base_uom', m.base_uom IS NULL AND m.doc_type = 'item'),
    ('uom', m.uom IS NULL AND m.doc_type = 'item_uom'),
    ('numerator', m.numerator IS NULL AND m.doc_type = 'item_uom'),
    ('denominator', m.denominator IS NULL AND m.doc_type = 'item_uom'),
    ('party_code', m.party_code IS NULL AND m.doc_type = 'party'),
    ('role', m.role IS NULL AND m.doc_type = 'party'),
    ('warehouse_code', m.warehouse_code IS NULL AND m.doc_type IN ('warehouse', 'location')),
    ('location_code', m.location_code IS NULL AND m.doc_type = 'location'),
    ('system_code', m.system_code IS NULL AND m.doc_type = 'code_map'),
    ('domain', m.domain IS NULL AND m.doc_type = 'code_map'),
    ('external_code', m.external_code IS NULL AND m.doc_type = 'code_map'),
    ('canonical_code', m.canonical_code IS NULL AND m.doc_type = 'code_map')
) AS v (column_name, is_missing)
WHERE v.is_missing;
END IF;
IF _road IN ('detail', 'master') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    v.value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
CROSS JOIN LATERAL (
    VALUES
    (
        'role', 'SYN-009', m.role, 'supplier, customer, carrier',
        m.doc_type = 'party' AND m.role NOT IN ('supplier', 'customer', 'carrier')
    ),
    (
        'domain', 'SYN-009', m.domain, 'item, uom, stock_status, reason, carrier, location, party',
        m.doc_type = 'code_map'
        AND m.domain NOT IN ('item', 'uom', 'stock_status', 'reason', 'carrier', 'location', 'party')
    ),
    ('action', 'SYN-009', m.action, 'upsert', m.action <> 'upsert'),
    ('numerator', 'SYN-011', CAST(m.numerator AS text), 'above 0', m.doc_type = 'item_uom' AND m.numerator <= 0),
    (
        'denominator', 'SYN-011', CAST(m.denominator AS text), 'above 0',
        m.doc_type = 'item_uom' AND m.denominator <= 0
    ),
    (
        'shelf_life_days', 'SYN-011', CAST(m.shelf_life_days AS text), '0 or more',
        m.shelf_life_days < 0
    ),
    (
        'unit_cost', 'SYN-011', left(CAST(m.unit_cost AS text), 250), 'a finite number of 0 or more',
        m.unit_cost < 0 OR m.unit_cost IN ('NaN', 'Infinity')
    ),
    (
        'time_zone', 'SYN-012', m.time_zone, CAST(NULL AS text),
        m.doc_type = 'warehouse' AND NOT staging.is_time_zone(m.time_zone)
    )
) AS v (column_name, code, value, expected, is_wrong)
WHERE v.is_wrong;
END IF;
IF _road IN ('detail', 'master') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'version' AS column_name,
    'SEQ-000' AS code,
    'stale' AS severity,
    CAST(m.version AS text) AS value,
    CAST(b.seq AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN LATERAL (
    SELECT i.version, i.seq
    FROM book.item AS i
    WHERE m.doc_type = 'item' AND i.item_code = m.item_code
    UNION ALL
    SELECT u.version, u.seq
    FROM book.item_uom AS u
    WHERE m.doc_type = 'item_uom' AND u.item_code = m.item_code AND u.uom = m.uom
    UNION ALL
    SELECT p.version, p.seq
    FROM book.party AS p
    WHERE m.doc_type = 'party' AND p.party_code = m.party_code AND p.role = m.role
    UNION ALL
    SELECT w.version, w.seq
    FROM book.warehouse AS w
    WHERE m.doc_type = 'warehouse' AND w.warehouse_code = m.warehouse_code
    UNION ALL
    SELECT l.version, l.seq
    FROM book.location AS l
    WHERE m.doc_type = 'location' AND l.warehouse_code = m.warehouse_code AND l.location_code = m.location_code
    UNION ALL
    SELECT c.version, c.seq
    FROM book.code_map AS c
    WHERE
        m.doc_type = 'code_map' AND c.system_code = m.system_code AND c.domain = m.domain
        AND c.external_code = m.external_code
) AS b ON m.version < b.version;
END IF;
IF _road IN ('master') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'base_uom' AS column_name,
    'UOM-003' AS code,
    'error' AS severity,
    m.base_uom AS value,
    i.base_uom AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN book.item AS i ON m.item_code = i.item_code
WHERE m.doc_type = 'item' AND m.base_uom <> i.base_uom AND m.version >= i.version;
END IF;
IF _road IN ('detail', 'master') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE m.doc_type WHEN 'item_uom' THEN 'item_code' ELSE 'warehouse_code' END AS column_name,
    CASE m.doc_type WHEN 'item_uom' THEN 'REF-001' ELSE 'REF-002' END AS code,
    CASE WHEN m.waiting_since + _reference_limit <= _now THEN 'error' ELSE 'wait' END AS severity,
    CASE m.doc_type WHEN 'item_uom' THEN m.item_code ELSE m.warehouse_code END AS value,
    CAST(NULL AS text) AS expected,
    CASE m.doc_type WHEN 'item_uom' THEN 'item:' || m.item_code ELSE 'warehouse:' || m.warehouse_code END
        AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
WHERE
    (
        m.doc_type = 'item_uom' AND m.item_code IS NOT NULL
        AND NOT EXISTS (SELECT FROM book.item AS i WHERE i.item_code = m.item_code)
    )
    OR (
        m.doc_type = 'location' AND m.warehouse_code IS NOT NULL
        AND NOT EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = m.warehouse_code)
    );
END IF;
IF _road IN ('answer', 'count', 'fact', 'request', 'snapshot') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    'SYN-001' AS code,
    'error' AS severity,
    CAST(NULL AS text) AS value,
    CAST(NULL AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
CROSS JOIN LATERAL (
    VALUES
    ('warehouse_code', m.warehouse_code IS NULL),
    ('doc_no', m.doc_no IS NULL),
    ('item_code', m.item_code IS NULL AND m.doc_type = 'production_order' AND m.action = 'upsert'),
    ('qty', m.qty IS NULL AND m.doc_type = 'production_order' AND m.action = 'upsert'),
    ('party_code', m.party_code IS NULL AND m.party_role IS NOT NULL AND m.action = 'upsert'),
    (
        'to_warehouse_code',
        m.to_warehouse_code IS NULL AND m.doc_type = 'transfer_order' AND m.action = 'upsert'
    ),
    (
        'order_type',
        m.order_type IS NULL
        AND (m.order_no IS NOT NULL OR m.doc_type IN ('order_milestone', 'order_response'))
        AND m.doc_type <> 'stock_move'
    ),
    (
        'order_no',
        m.order_no IS NULL AND m.action = 'post' AND m.doc_type IN (
            'material_issue', 'production_receipt', 'order_milestone', 'order_response'
        )
    ),
    ('milestone', m.milestone IS NULL AND m.doc_type = 'order_milestone'),
    ('response', m.response IS NULL AND m.doc_type = 'order_response'),
    ('as_of', m.as_of IS NULL AND m.doc_type = 'stock_snapshot'),
    ('reverses_no', m.reverses_no IS NULL AND m.action = 'reverse')
) AS v (column_name, is_missing)
WHERE
    (
        m.warehouse_code IS NULL OR m.doc_no IS NULL OR m.order_type IS NULL OR m.order_no IS NULL
        OR m.doc_type NOT IN ('goods_receipt', 'shipment', 'material_issue', 'production_receipt')
        OR m.action = 'reverse'
    )
    AND v.is_missing;
END IF;
IF _road IN ('answer', 'count', 'fact', 'request', 'snapshot') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    v.value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
CROSS JOIN LATERAL (
    VALUES
    ('action', 'SYN-009', m.action, array_to_string(t.actions, ', '), m.action <> ALL(t.actions)),
    (
        'order_type', 'SYN-009', m.order_type, array_to_string(t.order_types, ', '),
        m.order_type IS NOT NULL AND m.order_type <> ALL(t.order_types)
        AND t.road NOT IN ('request', 'snapshot') AND m.sender <> 'crossdock'
    ),
    (
        'milestone', 'SYN-009', m.milestone, 'accepted, picking, packed, loaded, delivered, put_back',
        m.milestone NOT IN ('accepted', 'picking', 'packed', 'loaded', 'delivered', 'put_back')
    ),
    (
        'response', 'SYN-009', m.response, 'accepted, partial, refused',
        m.response NOT IN ('accepted', 'partial', 'refused')
    ),
    ('line_count', 'SYN-011', CAST(m.line_count AS text), '0 or more', m.line_count < 0),
    ('revision', 'SYN-011', CAST(m.revision AS text), '1 or more', m.revision < 1),
    ('occurred_at', 'SYN-013', CAST(m.occurred_at AS text), NULL, NOT isfinite(m.occurred_at)),
    ('ordered_on', 'SYN-013', CAST(m.ordered_on AS text), NULL, NOT isfinite(m.ordered_on)),
    ('expected_at', 'SYN-013', CAST(m.expected_at AS text), NULL, NOT isfinite(m.expected_at)),
    (
        'requested_ship_at', 'SYN-013', CAST(m.requested_ship_at AS text), NULL,
        NOT isfinite(m.requested_ship_at)
    ),
    ('start_at', 'SYN-013', CAST(m.start_at AS text), NULL, NOT isfinite(m.start_at)),
    ('due_at', 'SYN-013', CAST(m.due_at AS text), NULL, NOT isfinite(m.due_at)),
    ('as_of', 'SYN-013', CAST(m.as_of AS text), NULL, NOT isfinite(m.as_of)),
    ('reverses_no', 'SYN-014', m.reverses_no, m.action, m.reverses_no IS NOT NULL AND m.action <> 'reverse'),
    (
        'to_warehouse_code', 'SYN-014', m.to_warehouse_code, 'warehouse_code',
        m.to_warehouse_code = m.warehouse_code AND m.doc_type = 'transfer_order'
    )
) AS v (column_name, code, value, expected, is_wrong)
WHERE
    (
        m.action NOT IN ('post', 'upsert')
        OR t.road <> 'fact'
        OR m.order_type <> ALL(t.order_types)
        OR NOT isfinite(m.occurred_at)
        OR m.reverses_no IS NOT NULL
        OR m.line_count < 0
        OR m.action <> ALL(t.actions)
    )
    AND v.is_wrong;
END IF;
IF _road IN ('count', 'fact', 'request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    l.seq,
    l.line_no,
    CASE WHEN v.code = 'UOM-002' THEN 'uom' WHEN v.code = 'LOT-003' THEN 'serial_no' ELSE 'qty' END
        AS column_name,
    v.code,
    'error' AS severity,
    left(trim_scale(l.qty) || CASE WHEN v.code = 'UOM-002' THEN ' ' || l.uom ELSE '' END, 250) AS value,
    CASE v.code WHEN 'UOM-002' THEN l.base_uom WHEN 'QTY-004' THEN '10000000000000' END AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_line AS l
INNER JOIN dry_message AS m ON l.seq = m.seq
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN l.qty IS NULL THEN 'SYN-001'
            WHEN l.qty IN ('NaN', 'Infinity', '-Infinity') THEN 'QTY-003'
            WHEN l.qty = 0 AND m.doc_type <> 'stock_count' THEN 'QTY-001'
            WHEN l.qty < 0 AND m.doc_type NOT IN ('stock_adjustment', 'transit_receipt', 'transit_notice')
                THEN 'QTY-002'
            WHEN l.base_qty IS NULL AND abs(l.qty * l.numerator / l.denominator) >= 1e13 THEN 'QTY-004'
            WHEN l.base_qty IS NULL AND l.numerator IS NOT NULL THEN 'UOM-002'
            WHEN l.serial_no <> '' AND abs(l.base_qty) <> 1 THEN 'LOT-003'
        END AS code
) AS v
WHERE
    (l.base_qty IS NULL OR l.base_qty <= 0 OR l.serial_no <> '')
    AND v.code IS NOT NULL;
END IF;
IF _road IN ('request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE WHEN v.code = 'UOM-002' THEN 'uom' ELSE 'qty' END AS column_name,
    v.code,
    'error' AS severity,
    left(trim_scale(m.qty) || CASE WHEN v.code = 'UOM-002' THEN ' ' || coalesce(m.uom, m.base_uom) ELSE '' END, 250)
        AS value,
    CASE v.code WHEN 'UOM-002' THEN m.base_uom WHEN 'QTY-004' THEN '10000000000000' END AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
LEFT JOIN book.item_uom AS u ON m.item_code = u.item_code AND m.uom = u.uom AND u.active
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN m.qty IN ('NaN', 'Infinity', '-Infinity') THEN 'QTY-003'
            WHEN m.qty = 0 THEN 'QTY-001'
            WHEN m.qty < 0 THEN 'QTY-002'
            WHEN m.base_qty IS NOT NULL OR m.base_uom IS NULL THEN NULL
            WHEN m.qty * coalesce(u.numerator, 1) / coalesce(u.denominator, 1) >= 1e13 THEN 'QTY-004'
            WHEN m.qty > 0 AND (coalesce(m.uom, m.base_uom) = m.base_uom OR u.uom IS NOT NULL) THEN 'UOM-002'
        END AS code
) AS v
WHERE m.doc_type = 'production_order' AND m.action = 'upsert' AND v.code IS NOT NULL;
END IF;
IF _road IN ('count', 'fact', 'request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    v.value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_line AS l
INNER JOIN dry_message AS m ON l.seq = m.seq
CROSS JOIN LATERAL (
    VALUES
    ('item_code', 'SYN-001', NULL, NULL, l.item_code IS NULL),
    (
        'reason_code', 'SYN-001', NULL, NULL,
        l.reason_code IS NULL AND (
            m.doc_type = 'stock_adjustment'
            OR (m.doc_type IN ('goods_receipt', 'shipment') AND m.order_no IS NULL)
        )
    ),
    ('warehouse_code', 'SYN-008', l.warehouse_code, m.warehouse_code, l.warehouse_code <> m.warehouse_code),
    (
        'stock_status', 'SYN-009', l.stock_status, 'unrestricted, quality, blocked, returns',
        l.stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns', 'in_transit')
    ),
    (
        'to_stock_status', 'SYN-009', l.to_stock_status, 'unrestricted, quality, blocked, returns',
        m.doc_type = 'stock_move' AND l.to_stock_status <> l.stock_status
        AND l.to_stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns', 'in_transit')
    ),
    (
        'stock_status', 'STA-006', l.stock_status, NULL,
        l.stock_status = 'in_transit' AND m.sender <> 'crossdock' AND m.doc_type <> 'stock_count'
        AND NOT (m.doc_type = 'stock_adjustment' AND l.reason_code = 'WRITE_OFF' AND l.qty < 0)
    ),
    (
        'stock_status', 'STA-006', l.stock_status, NULL,
        l.stock_status = 'in_transit' AND m.doc_type = 'stock_count'
    ),
    (
        'to_stock_status', 'STA-006', l.to_stock_status, NULL,
        m.doc_type = 'stock_move' AND l.to_stock_status = 'in_transit'
    ),
    (
        'to_location_code', 'STA-002', NULL, NULL,
        m.doc_type = 'stock_move' AND l.to_location_code = l.location_code AND l.to_stock_status = l.stock_status
    ),
    (
        'line_no', 'SYN-011', CAST(l.line_no AS text), 'other than 0, which is the product',
        m.doc_type = 'production_order' AND l.line_no = 0
    ),
    (
        'over_tolerance_pct', 'SYN-011', left(CAST(l.over_tolerance_pct AS text), 250), 'a finite number of 0 or more',
        l.over_tolerance_pct < 0 OR l.over_tolerance_pct IN ('NaN', 'Infinity')
    ),
    (
        'under_tolerance_pct', 'SYN-011', left(CAST(l.under_tolerance_pct AS text), 250), 'from 0 to 100',
        l.under_tolerance_pct < 0 OR l.under_tolerance_pct > 100 OR l.under_tolerance_pct = 'NaN'
    ),
    ('expires_on', 'SYN-013', CAST(l.expires_on AS text), NULL, NOT isfinite(l.expires_on))
) AS v (column_name, code, value, expected, is_wrong)
WHERE
    (
        l.item_code IS NULL OR l.warehouse_code <> m.warehouse_code
        OR (l.reason_code IS NULL AND (m.order_no IS NULL OR m.doc_type = 'stock_adjustment'))
        OR l.stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns')
        OR m.doc_type = 'stock_move'
        OR l.over_tolerance_pct <> 0 OR l.under_tolerance_pct <> 0
        OR NOT isfinite(l.expires_on)
        OR l.line_no = 0
    )
    AND v.is_wrong;
END IF;
IF _road IN ('snapshot') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    n.line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    left(v.value, 250) AS value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN staging.line AS n
    ON m.sender = n.sender AND m.doc_type = n.doc_type AND m.message_id = n.message_id
CROSS JOIN LATERAL (
    SELECT
        'item_code' AS column_name,
        'SYN-001' AS code,
        CAST(NULL AS text) AS value,
        CAST(NULL AS text) AS expected
    WHERE nullif(btrim(n.item_code), '') IS NULL
    UNION ALL
    SELECT 'qty', 'SYN-001', NULL, NULL
    WHERE n.qty IS NULL
    UNION ALL
    SELECT 'qty', 'QTY-003', CAST(n.qty AS text), NULL
    WHERE n.qty IN ('NaN', 'Infinity', '-Infinity')
    UNION ALL
    SELECT 'warehouse_code', 'SYN-008', n.warehouse_code, m.warehouse_code
    WHERE nullif(btrim(n.warehouse_code), '') <> m.warehouse_code
    UNION ALL
    SELECT
        c.column_name,
        CASE WHEN length(c.value) > 200 THEN 'SYN-003' ELSE 'SYN-002' END,
        c.value,
        '200'
    FROM (
        VALUES
        ('item_code', btrim(n.item_code)), ('uom', btrim(n.uom)), ('lot_no', btrim(n.lot_no)),
        ('location_code', btrim(n.location_code)), ('stock_status', btrim(n.stock_status))
    ) AS c (column_name, value)
    WHERE length(c.value) > 200 OR c.value ~ '[\x01-\x1f\x7f-\x9f]'
) AS v
WHERE
    (m.line_count IS NOT NULL OR n.xid = m.xid)
    -- A sieve with one pattern for all codes: the rules above see only lines that may be wrong.
    AND (
        nullif(btrim(n.item_code), '') IS NULL
        OR n.qty IS NULL
        OR n.qty IN ('NaN', 'Infinity', '-Infinity')
        OR nullif(btrim(n.warehouse_code), '') <> m.warehouse_code
        OR octet_length(concat(n.item_code, n.uom, n.lot_no, n.location_code, n.stock_status)) > 200
        OR concat(n.item_code, n.uom, n.lot_no, n.location_code, n.stock_status) ~ '[\x01-\x1f\x7f-\x9f]'
    );
END IF;
IF _road IN ('answer', 'count', 'fact', 'request', 'snapshot') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'warehouse_code' AS column_name,
    CASE WHEN w.warehouse_code IS NULL THEN 'REF-002' ELSE 'AUT-001' END AS code,
    CASE
        WHEN w.warehouse_code IS NULL AND NOT coalesce(m.waiting_since + _reference_limit <= _now, false) THEN 'wait'
        ELSE 'error'
    END AS severity,
    m.warehouse_code AS value,
    CAST(NULL AS text) AS expected,
    CASE WHEN w.warehouse_code IS NULL THEN 'warehouse:' || m.warehouse_code END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
LEFT JOIN book.warehouse AS w ON m.warehouse_code = w.warehouse_code
LEFT JOIN ops.system AS s ON m.sender = s.system_code
LEFT JOIN ops.system_warehouse AS o ON m.sender = o.system_code AND m.warehouse_code = o.warehouse_code
WHERE
    m.warehouse_code IS NOT NULL
    AND (
        w.warehouse_code IS NULL
        OR (
            s.kind IS NOT NULL AND o.warehouse_code IS NULL
            AND (
                s.kind = 'wms'
                OR EXISTS (SELECT FROM ops.system_warehouse AS a WHERE a.system_code = m.sender)
            )
        )
    );
END IF;
IF _road IN ('request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'warehouse_code' AS column_name,
    'AUT-002' AS code,
    'error' AS severity,
    m.warehouse_code AS value,
    'WMS' AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
WHERE
    EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = m.warehouse_code)
    AND NOT EXISTS (
        SELECT
        FROM ops.system_warehouse AS o
        WHERE o.warehouse_code = m.warehouse_code AND o.kind = 'wms'
    );
END IF;
IF _road IN ('instruction') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'warehouse_code' AS column_name,
    'AUT-002' AS code,
    'error' AS severity,
    m.warehouse_code AS value,
    coalesce(m.system_code, 'ERP') AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
WHERE
    NOT EXISTS (
        SELECT
        FROM ops.system AS s
        LEFT JOIN ops.system_warehouse AS o
            ON s.system_code = o.system_code AND o.warehouse_code = m.warehouse_code
        WHERE
            s.system_code = m.system_code
            AND (
                o.warehouse_code IS NOT NULL
                OR (
                    s.kind = 'erp'
                    AND NOT EXISTS (
                        SELECT
                        FROM ops.system_warehouse AS a
                        WHERE a.system_code = s.system_code
                    )
                )
            )
    );
END IF;
IF _road IN ('request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    v.line_no,
    v.column_name,
    'SYN-015' AS code,
    'error' AS severity,
    left(v.value, 250) AS value,
    c.name || ' of ' || r.system_code AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN ops.system_warehouse AS r
    ON r.kind = 'wms' AND r.warehouse_code IN (m.warehouse_code, m.to_warehouse_code)
INNER JOIN ops.policy_value AS c
    ON c.scope_kind = 'system' AND r.system_code = c.scope AND c.value = 'off'
LEFT JOIN book.item AS p ON m.doc_type = 'production_order' AND m.item_code = p.item_code
CROSS JOIN LATERAL (
    SELECT
        h.line_no,
        h.column_name,
        h.value
    FROM (
        VALUES
        (CAST(NULL AS integer), 'production', 'doc_no', m.order_no, m.doc_type = 'production_order'),
        (NULL, 'serials', 'item_code', m.item_code, p.serial_controlled),
        (NULL, 'decimals', 'qty', CAST(trim_scale(m.qty) AS text), p.item_code IS NOT NULL AND m.qty <> trunc(m.qty)),
        (NULL, 'packages', 'uom', m.uom, m.uom <> p.base_uom)
    ) AS h (line_no, capability, column_name, value, is_lacking)
    WHERE h.capability = c.name AND h.is_lacking AND m.action = 'upsert'
    UNION ALL
    SELECT
        l.line_no,
        h.column_name,
        h.value
    FROM dry_line AS l
    CROSS JOIN LATERAL (
        SELECT
            r.warehouse_code = m.warehouse_code AS is_here,
            CASE WHEN r.warehouse_code = m.warehouse_code THEN l.qty ELSE l.base_qty END AS qty
    ) AS s
    CROSS JOIN LATERAL (
        VALUES
        ('lots', 'lot_no', l.lot_no, l.lot_no <> ''),
        ('serials', 'item_code', l.item_code, l.serial_controlled),
        ('decimals', 'qty', CAST(trim_scale(s.qty) AS text), s.qty <> trunc(s.qty)),
        ('packages', 'uom', l.uom, s.is_here AND l.uom <> l.base_uom),
        (
            'partial', 'under_tolerance_pct', CAST(trim_scale(l.under_tolerance_pct) AS text),
            s.is_here AND l.under_tolerance_pct <> 0
        ),
        (
            'repeated_items', 'item_code', l.item_code, EXISTS (
                SELECT
                FROM dry_line AS e
                WHERE e.seq = l.seq AND e.line_no < l.line_no AND e.item_code = l.item_code
            )
        )
    ) AS h (capability, column_name, value, is_lacking)
    WHERE l.seq = m.seq AND h.capability = c.name AND h.is_lacking
    UNION ALL
    SELECT
        NULL,
        'action',
        m.action
    FROM book.order_head AS h
    LEFT JOIN staging.delivery AS d ON h.delivery_id = d.delivery_id
    WHERE
        c.name = 'cancel' AND m.action = 'cancel' AND r.warehouse_code = m.warehouse_code
        AND h.warehouse_code = _lane
        AND h.order_type = m.doc_type
        AND h.order_no = m.order_no
        AND h.state IN ('released', 'in_work')
        AND (h.state = 'in_work' OR d.state <> 'pending')
) AS v
WHERE
    m.sender <> 'crossdock'
    AND NOT EXISTS (
        SELECT
        FROM staging.wait_key AS k
        WHERE k.seq = m.seq AND k.key LIKE 'answer:%'
    );
END IF;
IF _road IN ('count', 'fact', 'request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    l.seq,
    l.line_no,
    CASE WHEN l.base_uom IS NULL THEN 'item_code' ELSE 'uom' END AS column_name,
    CASE WHEN l.base_uom IS NULL THEN 'REF-001' ELSE 'UOM-001' END AS code,
    CASE WHEN m.waiting_since + _reference_limit <= _now THEN 'error' ELSE 'wait' END AS severity,
    CASE WHEN l.base_uom IS NULL THEN l.item_code ELSE l.uom END AS value,
    CASE WHEN l.base_uom IS NOT NULL THEN l.item_code END AS expected,
    CASE
        WHEN l.base_uom IS NULL THEN 'item:' || l.item_code
        ELSE 'item_uom:' || l.item_code || E'\x1f' || l.uom
    END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_line AS l
INNER JOIN dry_message AS m ON l.seq = m.seq
WHERE l.numerator IS NULL AND l.item_code IS NOT NULL
UNION ALL
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE WHEN m.base_uom IS NULL THEN 'item_code' ELSE 'uom' END AS column_name,
    CASE WHEN m.base_uom IS NULL THEN 'REF-001' ELSE 'UOM-001' END AS code,
    CASE WHEN m.waiting_since + _reference_limit <= _now THEN 'error' ELSE 'wait' END AS severity,
    CASE WHEN m.base_uom IS NULL THEN m.item_code ELSE m.uom END AS value,
    CASE WHEN m.base_uom IS NOT NULL THEN m.item_code END AS expected,
    CASE
        WHEN m.base_uom IS NULL THEN 'item:' || m.item_code
        ELSE 'item_uom:' || m.item_code || E'\x1f' || m.uom
    END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
WHERE
    m.doc_type = 'production_order' AND m.item_code IS NOT NULL AND m.base_qty IS NULL
    AND (
        m.base_uom IS NULL
        OR (
            m.uom <> m.base_uom
            AND NOT EXISTS (
                SELECT
                FROM book.item_uom AS u
                WHERE u.item_code = m.item_code AND u.uom = m.uom AND u.active
            )
        )
    );
END IF;
IF _road IN ('answer', 'fact', 'request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    v.column_name,
    CASE v.role WHEN 'warehouse' THEN 'REF-002' ELSE 'REF-003' END AS code,
    CASE WHEN m.waiting_since + _reference_limit <= _now THEN 'error' ELSE 'wait' END AS severity,
    v.code AS value,
    v.role AS expected,
    CASE v.role WHEN 'warehouse' THEN 'warehouse:' || v.code ELSE 'party:' || v.role || E'\x1f' || v.code END
        AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
CROSS JOIN LATERAL (
    SELECT 'party_code' AS column_name, m.party_role AS role, m.party_code AS code
    WHERE m.party_role IS NOT NULL AND m.party_code IS NOT NULL
    UNION ALL
    SELECT 'carrier_code', 'carrier', m.carrier_code
    WHERE m.carrier_code IS NOT NULL
    UNION ALL
    SELECT 'to_warehouse_code', 'warehouse', m.to_warehouse_code
    WHERE m.to_warehouse_code IS NOT NULL
) AS v
WHERE
    (m.party_code IS NOT NULL OR m.carrier_code IS NOT NULL OR m.to_warehouse_code IS NOT NULL)
    AND NOT EXISTS (SELECT FROM book.party AS p WHERE p.party_code = v.code AND p.role = v.role)
    AND NOT (
        v.role = 'warehouse' AND EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = v.code)
    );
END IF;
IF _road IN ('count', 'fact') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    'REF-004' AS code,
    CASE WHEN m.waiting_since + _reference_limit <= _now THEN 'error' ELSE 'wait' END AS severity,
    v.code AS value,
    CAST(NULL AS text) AS expected,
    'location:' || m.warehouse_code || E'\x1f' || v.code AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_line AS l
INNER JOIN dry_message AS m ON l.seq = m.seq
CROSS JOIN LATERAL (
    SELECT 'location_code' AS column_name, l.location_code AS code
    WHERE l.location_code <> ''
    UNION ALL
    SELECT 'to_location_code', l.to_location_code
    WHERE l.to_location_code <> '' AND l.to_location_code <> l.location_code AND m.doc_type = 'stock_move'
) AS v
WHERE
    (l.location_code <> '' OR l.to_location_code <> '')
    AND m.warehouse_code IS NOT NULL
    AND NOT EXISTS (
        SELECT
        FROM book.location AS b
        WHERE b.warehouse_code = m.warehouse_code AND b.location_code = v.code
    );
END IF;
IF _road IN ('answer', 'count', 'fact', 'request') AND _systems <> '{}' THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    x.seq,
    x.line_no,
    x.column_name,
    'MAP-001' AS code,
    'error' AS severity,
    x.value,
    x.domain AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM (
    SELECT m.sender, m.seq, l.line_no, v.column_name, v.domain, v.value
    FROM dry_line AS l
    INNER JOIN dry_message AS m ON l.seq = m.seq
    CROSS JOIN LATERAL (
        VALUES
        ('item_code', 'item', l.item_code, l.base_uom IS NULL),
        ('uom', 'uom', l.uom, l.base_uom IS NOT NULL AND l.numerator IS NULL),
        (
            'stock_status', 'stock_status', l.stock_status,
            l.stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns', 'in_transit')
        ),
        (
            'location_code', 'location', l.location_code,
            l.location_code <> '' AND NOT EXISTS (
                SELECT
                FROM book.location AS b
                WHERE b.warehouse_code = m.warehouse_code AND b.location_code = l.location_code
            )
        ),
        (
            'to_stock_status', 'stock_status', l.to_stock_status,
            l.to_stock_status <> l.stock_status
            AND l.to_stock_status NOT IN ('unrestricted', 'quality', 'blocked', 'returns', 'in_transit')
        ),
        (
            'to_location_code', 'location', l.to_location_code,
            l.to_location_code <> '' AND l.to_location_code <> l.location_code AND NOT EXISTS (
                SELECT
                FROM book.location AS b
                WHERE b.warehouse_code = m.warehouse_code AND b.location_code = l.to_location_code
            )
        )
    ) AS v (column_name, domain, value, is_unknown)
    WHERE m.sender = ANY(CAST(_systems AS text [])) AND v.is_unknown AND v.value IS NOT NULL
    UNION ALL
    SELECT m.sender, m.seq, NULL, v.column_name, v.domain, v.value
    FROM dry_message AS m
    CROSS JOIN LATERAL (
        VALUES
        (
            'carrier_code', 'carrier', m.carrier_code, NOT EXISTS (
                SELECT FROM book.party AS p WHERE p.party_code = m.carrier_code AND p.role = 'carrier'
            )
        ),
        (
            'party_code', 'party', m.party_code, m.party_role IS NOT NULL AND NOT EXISTS (
                SELECT FROM book.party AS p WHERE p.party_code = m.party_code AND p.role = m.party_role
            )
        ),
        ('item_code', 'item', m.item_code, m.doc_type = 'production_order' AND m.base_uom IS NULL),
        (
            'uom', 'uom', m.uom, m.doc_type = 'production_order' AND m.uom <> m.base_uom AND NOT EXISTS (
                SELECT
                FROM book.item_uom AS u
                WHERE u.item_code = m.item_code AND u.uom = m.uom AND u.active
            )
        )
    ) AS v (column_name, domain, value, is_unknown)
    WHERE m.sender = ANY(CAST(_systems AS text [])) AND v.is_unknown AND v.value IS NOT NULL
) AS x
WHERE
    EXISTS (
        SELECT
        FROM book.code_map AS c
        WHERE c.system_code = x.sender AND c.domain = x.domain AND c.active
    )
    AND NOT EXISTS (
        SELECT
        FROM book.code_map AS c
        WHERE c.system_code = x.sender AND c.domain = x.domain AND c.canonical_code = x.value AND c.active
    );
END IF;
IF _road IN ('count', 'fact') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    l.item_code AS value,
    CAST(NULL AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_line AS l
INNER JOIN dry_message AS m ON l.seq = m.seq
CROSS JOIN LATERAL (
    VALUES
    ('lot_no', 'LOT-001', l.lot_controlled AND l.lot_no = ''),
    (
        'serial_no', 'LOT-002',
        l.serial_controlled AND l.serial_no = '' AND m.doc_type NOT IN ('stock_count', 'transit_receipt')
    )
) AS v (column_name, code, is_wrong)
WHERE (l.lot_controlled OR l.serial_controlled) AND v.is_wrong AND m.sender <> 'crossdock';
END IF;
IF _road IN ('answer', 'fact') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'order_no' AS column_name,
    CASE WHEN v.is_late AND t.road = 'fact' THEN 'REF-007' ELSE 'REF-005' END AS code,
    CASE WHEN NOT v.is_late THEN 'wait' WHEN t.road = 'fact' THEN 'task' ELSE 'error' END AS severity,
    m.order_no AS value,
    CAST(NULL AS text) AS expected,
    'order:' || m.lane || E'\x1f' || m.book_order_type || E'\x1f' || m.order_no AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
LEFT JOIN book.order_head AS h
    ON
        h.warehouse_code = _lane
        AND m.book_order_type = h.order_type
        AND m.order_no = h.order_no
CROSS JOIN LATERAL (
    SELECT coalesce(m.waiting_since + _order_limit <= _now, false) AS is_late
) AS v
WHERE
    m.book_order_type IS NOT NULL AND m.order_no IS NOT NULL AND h.order_no IS NULL
    AND m.action = 'post' AND m.doc_type <> 'transit_receipt';
END IF;
IF _road IN ('fact') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    l.seq,
    l.line_no,
    CASE WHEN l.is_unnamed THEN 'item_code' ELSE 'order_line_no' END AS column_name,
    'REF-005' AS code,
    'wait' AS severity,
    concat_ws(' ', m.order_no, 'line', coalesce(CAST(l.order_line_no AS text), l.item_code)) AS value,
    CAST(NULL AS text) AS expected,
    concat_ws(
        E'\x1f', 'order_line:' || m.lane, m.order_no, coalesce('#' || l.order_line_no, l.item_code)
    ) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_line AS l
INNER JOIN dry_message AS m ON l.seq = m.seq
WHERE
    m.book_order_type = 'transit_notice'
    AND m.is_order_fact
    AND NOT coalesce(m.waiting_since + _order_limit <= _now, false)
    AND EXISTS (
        SELECT
        FROM book.order_head AS h
        WHERE
            h.warehouse_code = _lane AND h.order_type = 'transit_notice'
            AND h.order_no = m.order_no
    )
    AND NOT EXISTS (
        SELECT
        FROM book.order_line AS ol
        WHERE
            ol.warehouse_code = _lane AND ol.order_type = 'transit_notice'
            AND ol.order_no = m.order_no
            AND (ol.line_no = l.order_line_no OR (l.is_unnamed AND ol.item_code = l.item_code))
    );
END IF;
IF _road IN ('answer', 'count', 'fact') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'reverses_no' AS column_name,
    v.code,
    CASE WHEN v.code = 'REF-006' AND NOT coalesce(m.waiting_since + _reference_limit <= _now, false) THEN 'wait' ELSE 'error' END
        AS severity,
    CASE v.code WHEN 'STA-003' THEN concat_ws(' ', m.doc_type, m.reverses_no) ELSE m.reverses_no END AS value,
    CAST(NULL AS text) AS expected,
    CASE v.code
        WHEN 'REF-006' THEN concat_ws(E'\x1f', 'fact:' || m.sender, m.doc_type, m.warehouse_code, m.reverses_no)
    END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN staging.document_type AS t ON m.doc_type = t.doc_type
LEFT JOIN staging.business_key AS k
    ON
        m.sender = k.sender AND m.doc_type = k.doc_type
        AND k.business_key = concat_ws(' ', m.warehouse_code, m.reverses_no)
LEFT JOIN staging.message AS o ON k.seq = o.seq
LEFT JOIN staging.memory AS y ON k.seq = y.seq
LEFT JOIN staging.business_key AS r
    ON
        m.sender = r.sender AND m.doc_type = r.doc_type
        AND r.business_key = concat_ws(' ', 'reverses', m.warehouse_code, m.reverses_no)
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN t.road <> 'fact' OR m.doc_type = 'transit_receipt' THEN 'STA-003'
            WHEN coalesce(o.action, y.action) = 'reverse' THEN 'STA-003'
            WHEN r.seq <> m.seq THEN 'STA-004'
            WHEN coalesce(o.state, y.state) = 'discarded' THEN 'SEQ-001'
            WHEN k.seq IS NULL OR coalesce(o.state, y.state, 'applied') <> 'applied' THEN 'REF-006'
        END AS code
) AS v
WHERE m.action = 'reverse' AND m.reverses_no IS NOT NULL AND v.code IS NOT NULL;
END IF;
IF _road IN ('count', 'fact') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'occurred_at' AS column_name,
    'PER-001' AS code,
    'task' AS severity,
    CAST(m.occurred_at AS text) AS value,
    CAST(CAST(_clock_skew_limit AS interval) AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
WHERE m.occurred_at > CAST(_now AS timestamptz) + CAST(_clock_skew_limit AS interval) AND isfinite(m.occurred_at);
END IF;
IF _road IN ('request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    CASE WHEN h.order_no IS NULL THEN 'order_no' ELSE 'revision' END AS column_name,
    CASE WHEN h.order_no IS NULL THEN 'REF-005' ELSE 'SEQ-000' END AS code,
    CASE
        WHEN h.order_no IS NOT NULL THEN 'stale'
        WHEN m.waiting_since + _reference_limit <= _now THEN 'error'
        ELSE 'wait'
    END AS severity,
    CASE WHEN h.order_no IS NULL THEN m.order_no ELSE CAST(m.revision AS text) END AS value,
    CAST(CASE WHEN v.is_before_question THEN q.seq ELSE h.seq END AS text) AS expected,
    CASE WHEN h.order_no IS NULL THEN 'order:' || m.lane || E'\x1f' || m.doc_type || E'\x1f' || m.order_no END AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
LEFT JOIN book.order_head AS h
    ON
        h.warehouse_code = _lane
        AND m.doc_type = h.order_type
        AND m.order_no = h.order_no
LEFT JOIN dry_question AS q ON m.seq = q.by_seq
CROSS JOIN LATERAL (
    SELECT
        coalesce(m.revision, 1) < q.revision OR (
            coalesce(m.revision, 1) = q.revision
            AND array_position(ARRAY['upsert', 'close', 'cancel'], m.action)
            < array_position(ARRAY['upsert', 'close', 'cancel'], q.action)
        ) AS is_before_question
) AS v
WHERE
    m.doc_type <> 'transit_notice'
    AND m.order_no IS NOT NULL
    AND (
        (h.order_no IS NULL AND m.action IN ('cancel', 'close'))
        OR coalesce(m.revision, 1) < h.revision
        OR (
            coalesce(m.revision, 1) = h.revision
            AND m.seq <> h.seq
            AND array_position(ARRAY['upsert', 'close', 'cancel'], m.action)
            < array_position(ARRAY['upsert', 'close', 'cancel'], h.action)
        )
        OR v.is_before_question
    );
END IF;
IF _road IN ('request') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'order_no' AS column_name,
    'DUP-001' AS code,
    'error' AS severity,
    m.order_no AS value,
    CAST(h.seq AS text) AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN book.order_head AS h
    ON
        h.warehouse_code = _lane
        AND m.doc_type = h.order_type
        AND m.order_no = h.order_no
WHERE
    m.doc_type = 'transit_notice'
    AND h.other_warehouse_code <> m.attributes ->> 'from_warehouse_code';
END IF;
IF _road IN ('count') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    l.seq,
    l.line_no,
    'counted_through_seq' AS column_name,
    CASE WHEN m.counted_through_seq = p.counted_through_seq THEN 'DUP-001' ELSE 'SEQ-002' END AS code,
    'error' AS severity,
    CASE
        WHEN m.counted_through_seq = p.counted_through_seq THEN CAST(trim_scale(l.counted_qty) AS text)
        ELSE CAST(m.counted_through_seq AS text)
    END AS value,
    CASE
        WHEN m.counted_through_seq = p.counted_through_seq THEN CAST(p.message_seq AS text)
        ELSE CAST(p.counted_through_seq AS text)
    END AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM (
    SELECT
        n.seq,
        n.line_no,
        n.item_code,
        n.lot_no,
        n.location_code,
        n.stock_status,
        sum(n.base_qty) OVER (
            PARTITION BY n.seq, n.item_code, n.lot_no, n.location_code, n.stock_status
        ) AS counted_qty
    FROM dry_line AS n
) AS l
INNER JOIN dry_message AS m ON l.seq = m.seq
INNER JOIN book.count_position AS p
    ON
        p.warehouse_code = _lane
        AND l.item_code = p.item_code
        AND l.lot_no = p.lot_no
        AND l.location_code = p.location_code
        AND l.stock_status = p.stock_status
WHERE
    m.counted_through_seq < p.counted_through_seq
    OR (m.counted_through_seq = p.counted_through_seq AND l.counted_qty <> p.counted_qty);
END IF;
IF _road IN ('answer') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    m.seq,
    CAST(NULL AS integer) AS line_no,
    'response' AS column_name,
    'DUP-002' AS code,
    'error' AS severity,
    m.response AS value,
    d.state AS expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_message AS m
INNER JOIN book.order_head AS h
    ON
        h.warehouse_code = _lane
        AND m.order_type = h.order_type
        AND m.order_no = h.order_no
INNER JOIN LATERAL (
    -- The newest one that was answered: an earlier answer to the same revision may differ.
    SELECT v.state
    FROM (
        SELECT
            p.delivery_id,
            p.state,
            p.revision
        FROM ops.every_delivery AS p
        WHERE
            p.delivery_id IN (h.delivery_id, h.release_delivery_id, h.asked_delivery_id)
            AND p.state IN ('accepted', 'refused')
        UNION
        SELECT
            p.delivery_id,
            p.state,
            p.revision
        FROM staging.delivery AS p
        WHERE
            p.receiver = m.sender AND p.doc_type = m.order_type
            AND p.warehouse_code = _lane AND p.doc_no = m.order_no
            AND p.revision IS NOT NULL AND p.state IN ('accepted', 'refused')
    ) AS v
    WHERE v.revision IS NOT DISTINCT FROM coalesce(m.revision, v.revision)
    ORDER BY v.delivery_id DESC
    LIMIT 1
) AS d ON true
WHERE
    m.doc_type = 'order_response'
    AND d.state <> CASE m.response WHEN 'refused' THEN 'refused' ELSE 'accepted' END
    AND NOT EXISTS (
        SELECT
        FROM staging.delivery AS o
        WHERE
            o.receiver = m.sender AND o.doc_type = m.order_type AND o.warehouse_code = m.warehouse_code
            AND o.doc_no = m.order_no AND o.state IN ('pending', 'taken')
            AND o.delivered_at <= m.received_at
            AND (m.revision IS NULL OR o.revision = m.revision)
    );
END IF;
IF _road IN ('answer') THEN
INSERT INTO dry_finding (seq, line_no, column_name, code, severity, value, expected, wait_key, need)
SELECT
    l.seq,
    l.line_no,
    v.column_name,
    v.code,
    'error' AS severity,
    v.value,
    v.expected,
    CAST(NULL AS text) AS wait_key,
    CAST(NULL AS numeric) AS need
FROM dry_line AS l
INNER JOIN dry_message AS m ON l.seq = m.seq
LEFT JOIN book.order_line AS ol
    ON
        ol.warehouse_code = _lane
        AND m.order_type = ol.order_type
        AND m.order_no = ol.order_no
        AND l.order_line_no = ol.line_no
LEFT JOIN book.item AS i ON ol.item_code = i.item_code
CROSS JOIN LATERAL (
    SELECT
        'order_line_no' AS column_name,
        'SYN-001' AS code,
        CAST(NULL AS text) AS value,
        CAST(NULL AS text) AS expected
    WHERE l.order_line_no IS NULL
    UNION ALL
    SELECT 'qty', 'QTY-003', CAST(l.qty AS text), NULL
    WHERE l.qty IN ('NaN', 'Infinity', '-Infinity')
    UNION ALL
    SELECT 'qty', 'QTY-002', CAST(trim_scale(l.qty) AS text), NULL
    WHERE l.qty < 0 AND l.qty > '-Infinity'
    UNION ALL
    SELECT 'uom', 'UOM-001', l.uom, ol.item_code
    WHERE
        l.uom <> i.base_uom AND NOT EXISTS (
            SELECT
            FROM book.item_uom AS u
            WHERE u.item_code = ol.item_code AND u.uom = l.uom AND u.active
        )
) AS v
WHERE m.doc_type = 'order_response';
END IF;
DELETE FROM dry_finding AS f
USING dry_finding AS g
WHERE
    g.code = 'MAP-001' AND f.code <> 'MAP-001' AND (f.severity = 'wait' OR f.code = 'SYN-009')
    AND f.seq = g.seq AND f.line_no IS NOT DISTINCT FROM g.line_no AND f.column_name = g.column_name;
INSERT INTO dry_outcome (seq, outcome, waiting_for, wait_until, other_seq, reason)
SELECT
    m.seq,
    CASE
        WHEN c.line_total < m.line_count AND NOT coalesce(m.waiting_since + _line_limit <= _now, false) THEN 'incomplete'
        WHEN
            c.known_seq IS NOT NULL AND c.known_hash = c.content_hash
            AND coalesce(c.known_state, 'applied') NOT IN ('error', 'discarded')
            THEN 'duplicate'
        WHEN f.stale_seq IS NOT NULL THEN 'superseded'
        WHEN f.error_count > 0 THEN 'error'
        WHEN f.wait_count > 0 THEN 'waiting'
        ELSE 'go'
    END,
    CASE
        WHEN c.line_total < m.line_count AND NOT coalesce(m.waiting_since + _line_limit <= _now, false) THEN 'lines'
        ELSE replace(f.waiting_for, E'\x1f', ' ')
    END,
    CASE
        WHEN c.line_total < m.line_count THEN coalesce(m.waiting_since, _now) + _line_limit
        ELSE coalesce(m.waiting_since, _now) + f.wait_limit
    END,
    CASE
        WHEN
            c.known_hash = c.content_hash AND coalesce(c.known_state, 'applied') NOT IN ('error', 'discarded')
            THEN c.known_seq
        ELSE f.stale_seq
    END,
    f.reason
FROM dry_message AS m
INNER JOIN dry_content AS c ON m.seq = c.seq
LEFT JOIN (
    SELECT
        x.seq,
        max(CASE WHEN x.severity = 'stale' THEN CAST(x.expected AS bigint) END) AS stale_seq,
        count(*) FILTER (WHERE x.severity = 'error') AS error_count,
        count(*) FILTER (WHERE x.severity = 'wait') AS wait_count,
        min(x.code) FILTER (WHERE x.severity = 'error') AS reason,
        (
            array_agg(x.wait_key ORDER BY x.line_no NULLS FIRST, x.column_name)
            FILTER (WHERE x.severity = 'wait')
        )[1] AS waiting_for,
        min(
            CASE x.code
                WHEN 'QTY-006' THEN CAST(_stock_limit AS interval)
                WHEN 'REF-005' THEN CAST(_order_limit AS interval)
                ELSE CAST(_reference_limit AS interval)
            END
        ) FILTER (WHERE x.severity = 'wait') AS wait_limit
    FROM dry_finding AS x
    GROUP BY x.seq
) AS f ON m.seq = f.seq;
        CREATE TEMPORARY TABLE dry_found (
            seq bigint, line_no integer, column_name text, code text, severity text, value text,
            expected text, text text, hint text, at timestamptz
        ) ON COMMIT DROP;
INSERT INTO dry_found
SELECT
    f.seq,
    f.line_no,
    coalesce(n.name, f.column_name),
    f.code,
    f.severity,
    f.value,
    f.expected,
    replace(replace(replace(
        r.text, '{value}', coalesce(f.value, '')), '{expected}', coalesce(f.expected, '')),
    '{column}', coalesce(n.name, f.column_name, '')
    ),
    r.hint,
    _now
FROM dry_finding AS f
INNER JOIN dry_message AS m ON f.seq = m.seq
INNER JOIN dry_outcome AS o ON f.seq = o.seq
INNER JOIN staging.rule AS r ON f.code = r.code
LEFT JOIN staging.column_name AS n
    ON
        m.doc_type = n.doc_type
        AND CASE WHEN f.line_no IS NULL THEN 'header' ELSE 'line' END = n.part
        AND f.column_name = n.base;
        _found := ARRAY(
            SELECT CAST(ROW(
                _seq, f.line_no, f.column_name, f.code, f.severity, f.value, f.expected, f.text, f.hint
            ) AS ops.finding)
            FROM (
                SELECT line_no, column_name, code, severity, value, expected, text, hint FROM dry_found
                UNION ALL
                SELECT NULL, NULL, NULL, 'wait', NULL, NULL, 'it waits for ' || w.waits_for, w.released_by
                FROM ops.waiting_on AS w WHERE w.seq = _seq AND w.blocked_by IS NOT NULL
                UNION ALL
                SELECT NULL, 'line_count', 'SYN-007', 'wait', CAST(c.line_total AS text), CAST(m.line_count AS text),
                    'lines are missing: ' || c.line_total || ' of ' || m.line_count || ' are here',
                    'send the missing lines'
                FROM dry_outcome AS o
                INNER JOIN dry_message AS m ON o.seq = m.seq
                INNER JOIN dry_content AS c ON o.seq = c.seq
                WHERE o.outcome = 'incomplete'
                UNION ALL
                SELECT NULL, NULL, CASE o.outcome WHEN 'duplicate' THEN 'DUP-000' ELSE 'SEQ-000' END, o.outcome,
                    NULL, CAST(o.other_seq AS text),
                    'message ' || o.other_seq
                    || CASE o.outcome WHEN 'duplicate' THEN ' said the same before' ELSE ' is newer' END,
                    'it would have no effect'
                FROM dry_outcome AS o WHERE o.outcome IN ('duplicate', 'superseded')
            ) AS f
            ORDER BY f.line_no NULLS FIRST, f.code, f.column_name
        );
        RAISE EXCEPTION USING ERRCODE = 'XDRUN';
    EXCEPTION WHEN SQLSTATE 'XDRUN' THEN
        NULL;
    END;
    RETURN QUERY SELECT f.* FROM unnest(_found) AS f;
END
$dry$;

COMMENT ON FUNCTION ops.dry_run(bigint) IS
'What the rules find in a message if it were judged now, whatever its state; changes nothing.';

REVOKE ALL ON FUNCTION ops.dry_run(bigint) FROM public;

GRANT EXECUTE ON FUNCTION ops.dry_run(bigint) TO crossdock_dba, crossdock_daemon;

CREATE VIEW erp_v1.item WITH (security_barrier) AS
SELECT
    message_id,
    action,
    line_count,
    attributes,
    item_code,
    version,
    description,
    base_uom,
    item_group,
    abc_class,
    gtin,
    lot_controlled,
    serial_controlled,
    shelf_life_days,
    unit_cost,
    currency,
    active,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'item' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.item ALTER COLUMN doc_type SET DEFAULT 'item';

GRANT SELECT, INSERT (message_id, action, line_count, attributes, item_code, version, description, base_uom, item_group, abc_class, gtin, lot_controlled, serial_controlled, shelf_life_days, unit_cost, currency, active) ON erp_v1.item TO crossdock_erp;

COMMENT ON VIEW erp_v1.item IS 'Item master record; the higher version wins.';

COMMENT ON COLUMN erp_v1.item.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.item.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.item.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.item.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.item.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.item.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN erp_v1.item.description IS 'text for people';

COMMENT ON COLUMN erp_v1.item.base_uom IS 'unit in which stock of the item is kept';

COMMENT ON COLUMN erp_v1.item.item_group IS 'group of items, for people and reports';

COMMENT ON COLUMN erp_v1.item.abc_class IS 'A, B or C: how closely the item is counted';

COMMENT ON COLUMN erp_v1.item.gtin IS 'global trade item number';

COMMENT ON COLUMN erp_v1.item.lot_controlled IS 'true: every quantity of the item names its lot';

COMMENT ON COLUMN erp_v1.item.serial_controlled IS 'true: every piece of the item names its serial number';

COMMENT ON COLUMN erp_v1.item.shelf_life_days IS 'days from production to expiry';

COMMENT ON COLUMN erp_v1.item.unit_cost IS 'cost of one base unit, in currency';

COMMENT ON COLUMN erp_v1.item.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN erp_v1.item.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN erp_v1.item.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.item.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.item.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.item.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.item.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.item WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    item_code,
    version,
    description,
    base_uom,
    item_group,
    abc_class,
    gtin,
    lot_controlled,
    serial_controlled,
    shelf_life_days,
    unit_cost,
    currency,
    active,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'item' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.item TO crossdock_wms;

COMMENT ON VIEW wms_v1.item IS 'To read: Item master record; the higher version wins.';

COMMENT ON COLUMN wms_v1.item.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.item.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.item.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.item.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.item.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.item.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN wms_v1.item.description IS 'text for people';

COMMENT ON COLUMN wms_v1.item.base_uom IS 'unit in which stock of the item is kept';

COMMENT ON COLUMN wms_v1.item.item_group IS 'group of items, for people and reports';

COMMENT ON COLUMN wms_v1.item.abc_class IS 'A, B or C: how closely the item is counted';

COMMENT ON COLUMN wms_v1.item.gtin IS 'global trade item number';

COMMENT ON COLUMN wms_v1.item.lot_controlled IS 'true: every quantity of the item names its lot';

COMMENT ON COLUMN wms_v1.item.serial_controlled IS 'true: every piece of the item names its serial number';

COMMENT ON COLUMN wms_v1.item.shelf_life_days IS 'days from production to expiry';

COMMENT ON COLUMN wms_v1.item.unit_cost IS 'cost of one base unit, in currency';

COMMENT ON COLUMN wms_v1.item.currency IS 'ISO 4217 code of unit_cost';

COMMENT ON COLUMN wms_v1.item.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN wms_v1.item.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.item.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.item.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.item_uom WITH (security_barrier) AS
SELECT
    message_id,
    action,
    line_count,
    attributes,
    item_code,
    uom,
    version,
    numerator,
    denominator,
    gtin,
    active,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'item_uom' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.item_uom ALTER COLUMN doc_type SET DEFAULT 'item_uom';

GRANT SELECT, INSERT (message_id, action, line_count, attributes, item_code, uom, version, numerator, denominator, gtin, active) ON erp_v1.item_uom TO crossdock_erp;

COMMENT ON VIEW erp_v1.item_uom IS 'Unit of an item: one uom = numerator / denominator base units.';

COMMENT ON COLUMN erp_v1.item_uom.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.item_uom.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.item_uom.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.item_uom.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.item_uom.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.item_uom.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.item_uom.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN erp_v1.item_uom.numerator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN erp_v1.item_uom.denominator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN erp_v1.item_uom.gtin IS 'global trade item number';

COMMENT ON COLUMN erp_v1.item_uom.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN erp_v1.item_uom.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.item_uom.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.item_uom.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.item_uom.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.item_uom.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.item_uom WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    item_code,
    uom,
    version,
    numerator,
    denominator,
    gtin,
    active,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'item_uom' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.item_uom TO crossdock_wms;

COMMENT ON VIEW wms_v1.item_uom IS 'To read: Unit of an item: one uom = numerator / denominator base units.';

COMMENT ON COLUMN wms_v1.item_uom.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.item_uom.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.item_uom.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.item_uom.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.item_uom.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.item_uom.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.item_uom.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN wms_v1.item_uom.numerator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN wms_v1.item_uom.denominator IS 'one uom = numerator / denominator base units';

COMMENT ON COLUMN wms_v1.item_uom.gtin IS 'global trade item number';

COMMENT ON COLUMN wms_v1.item_uom.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN wms_v1.item_uom.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.item_uom.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.item_uom.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.party WITH (security_barrier) AS
SELECT
    message_id,
    action,
    line_count,
    attributes,
    party_code,
    version,
    role,
    name,
    country_code,
    address,
    active,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'party' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.party ALTER COLUMN doc_type SET DEFAULT 'party';

GRANT SELECT, INSERT (message_id, action, line_count, attributes, party_code, version, role, name, country_code, address, active) ON erp_v1.party TO crossdock_erp;

COMMENT ON VIEW erp_v1.party IS 'Supplier, customer or carrier; one record for each party and role.';

COMMENT ON COLUMN erp_v1.party.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.party.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.party.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.party.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.party.party_code IS 'supplier, customer or carrier';

COMMENT ON COLUMN erp_v1.party.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN erp_v1.party.role IS 'supplier, customer or carrier';

COMMENT ON COLUMN erp_v1.party.name IS 'text for people';

COMMENT ON COLUMN erp_v1.party.country_code IS 'ISO 3166 code of the country';

COMMENT ON COLUMN erp_v1.party.address IS 'postal address, free text';

COMMENT ON COLUMN erp_v1.party.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN erp_v1.party.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.party.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.party.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.party.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.party.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.party WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    party_code,
    version,
    role,
    name,
    country_code,
    address,
    active,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'party' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.party TO crossdock_wms;

COMMENT ON VIEW wms_v1.party IS 'To read: Supplier, customer or carrier; one record for each party and role.';

COMMENT ON COLUMN wms_v1.party.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.party.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.party.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.party.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.party.party_code IS 'supplier, customer or carrier';

COMMENT ON COLUMN wms_v1.party.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN wms_v1.party.role IS 'supplier, customer or carrier';

COMMENT ON COLUMN wms_v1.party.name IS 'text for people';

COMMENT ON COLUMN wms_v1.party.country_code IS 'ISO 3166 code of the country';

COMMENT ON COLUMN wms_v1.party.address IS 'postal address, free text';

COMMENT ON COLUMN wms_v1.party.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN wms_v1.party.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.party.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.party.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.warehouse WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    version,
    name,
    time_zone,
    active,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'warehouse' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.warehouse ALTER COLUMN doc_type SET DEFAULT 'warehouse';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, version, name, time_zone, active) ON erp_v1.warehouse TO crossdock_erp;

COMMENT ON VIEW erp_v1.warehouse IS 'Warehouse; its time zone decides its business days.';

COMMENT ON COLUMN erp_v1.warehouse.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.warehouse.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.warehouse.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.warehouse.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.warehouse.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.warehouse.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN erp_v1.warehouse.name IS 'text for people';

COMMENT ON COLUMN erp_v1.warehouse.time_zone IS 'IANA name of the zone in which the warehouse counts its days';

COMMENT ON COLUMN erp_v1.warehouse.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN erp_v1.warehouse.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.warehouse.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.warehouse.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.warehouse.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.warehouse.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.warehouse WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    version,
    name,
    time_zone,
    active,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'warehouse' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.warehouse TO crossdock_wms;

COMMENT ON VIEW wms_v1.warehouse IS 'To read: Warehouse; its time zone decides its business days.';

COMMENT ON COLUMN wms_v1.warehouse.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.warehouse.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.warehouse.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.warehouse.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.warehouse.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN wms_v1.warehouse.name IS 'text for people';

COMMENT ON COLUMN wms_v1.warehouse.time_zone IS 'IANA name of the zone in which the warehouse counts its days';

COMMENT ON COLUMN wms_v1.warehouse.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN wms_v1.warehouse.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.warehouse.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.warehouse.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.location WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    location_code,
    version,
    zone,
    kind,
    active,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'location' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.location ALTER COLUMN doc_type SET DEFAULT 'location';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, location_code, version, zone, kind, active) ON erp_v1.location TO crossdock_erp;

COMMENT ON VIEW erp_v1.location IS 'Location in a warehouse.';

COMMENT ON COLUMN erp_v1.location.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.location.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.location.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.location.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.location.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.location.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN erp_v1.location.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN erp_v1.location.zone IS 'zone of the warehouse that holds the location';

COMMENT ON COLUMN erp_v1.location.kind IS 'what the location is for';

COMMENT ON COLUMN erp_v1.location.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN erp_v1.location.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.location.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.location.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.location.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.location.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.location WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    location_code,
    version,
    zone,
    kind,
    active,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'location' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.location TO crossdock_wms;

COMMENT ON VIEW wms_v1.location IS 'To read: Location in a warehouse.';

COMMENT ON COLUMN wms_v1.location.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.location.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.location.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.location.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.location.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN wms_v1.location.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN wms_v1.location.zone IS 'zone of the warehouse that holds the location';

COMMENT ON COLUMN wms_v1.location.kind IS 'what the location is for';

COMMENT ON COLUMN wms_v1.location.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN wms_v1.location.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.location.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.location.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.code_map WITH (security_barrier) AS
SELECT
    message_id,
    action,
    line_count,
    attributes,
    system_code,
    domain,
    external_code,
    version,
    canonical_code,
    active,
    is_default_out,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'code_map' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.code_map ALTER COLUMN doc_type SET DEFAULT 'code_map';

GRANT SELECT, INSERT (message_id, action, line_count, attributes, system_code, domain, external_code, version, canonical_code, active, is_default_out) ON erp_v1.code_map TO crossdock_erp;

COMMENT ON VIEW erp_v1.code_map IS 'One code of one system and its canonical code; applied on the way in, reversed out.';

COMMENT ON COLUMN erp_v1.code_map.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.code_map.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.code_map.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.code_map.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.code_map.system_code IS 'the system whose codes are mapped';

COMMENT ON COLUMN erp_v1.code_map.domain IS 'item, uom, stock_status, reason, carrier, location or party';

COMMENT ON COLUMN erp_v1.code_map.external_code IS 'the code as that system writes it';

COMMENT ON COLUMN erp_v1.code_map.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN erp_v1.code_map.canonical_code IS 'the code as the books write it';

COMMENT ON COLUMN erp_v1.code_map.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN erp_v1.code_map.is_default_out IS 'true: this external code is the one that is sent out';

COMMENT ON COLUMN erp_v1.code_map.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.code_map.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.code_map.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.code_map.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.code_map.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.code_map WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    system_code,
    domain,
    external_code,
    version,
    canonical_code,
    active,
    is_default_out,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'code_map' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.code_map TO crossdock_wms;

COMMENT ON VIEW wms_v1.code_map IS 'To read: One code of one system and its canonical code; applied on the way in, reversed out.';

COMMENT ON COLUMN wms_v1.code_map.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.code_map.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.code_map.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.code_map.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.code_map.system_code IS 'the system whose codes are mapped';

COMMENT ON COLUMN wms_v1.code_map.domain IS 'item, uom, stock_status, reason, carrier, location or party';

COMMENT ON COLUMN wms_v1.code_map.external_code IS 'the code as that system writes it';

COMMENT ON COLUMN wms_v1.code_map.version IS 'version of the record; the higher wins, whatever the order of arrival';

COMMENT ON COLUMN wms_v1.code_map.canonical_code IS 'the code as the books write it';

COMMENT ON COLUMN wms_v1.code_map.active IS 'false: no longer used; null means true';

COMMENT ON COLUMN wms_v1.code_map.is_default_out IS 'true: this external code is the one that is sent out';

COMMENT ON COLUMN wms_v1.code_map.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.code_map.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.code_map.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.purchase_order WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS order_no,
    revision,
    party_code AS supplier_code,
    ordered_on,
    expected_at,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'purchase_order' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.purchase_order ALTER COLUMN doc_type SET DEFAULT 'purchase_order';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, order_no, revision, supplier_code, ordered_on, expected_at, note) ON erp_v1.purchase_order TO crossdock_erp;

COMMENT ON VIEW erp_v1.purchase_order IS 'Goods expected from a supplier.';

COMMENT ON COLUMN erp_v1.purchase_order.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.purchase_order.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.purchase_order.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.purchase_order.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.purchase_order.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.purchase_order.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.purchase_order.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN erp_v1.purchase_order.supplier_code IS 'party in the role supplier';

COMMENT ON COLUMN erp_v1.purchase_order.ordered_on IS 'day of the order';

COMMENT ON COLUMN erp_v1.purchase_order.expected_at IS 'when the goods are expected';

COMMENT ON COLUMN erp_v1.purchase_order.note IS 'free text';

COMMENT ON COLUMN erp_v1.purchase_order.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.purchase_order.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.purchase_order.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.purchase_order.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.purchase_order.doc_type IS 'name of this view; set by itself';

CREATE VIEW erp_v1.purchase_order_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    over_tolerance_pct,
    under_tolerance_pct,
    doc_type
FROM staging.line
WHERE doc_type = 'purchase_order' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.purchase_order_line ALTER COLUMN doc_type SET DEFAULT 'purchase_order';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no, over_tolerance_pct, under_tolerance_pct) ON erp_v1.purchase_order_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.purchase_order_line IS 'Lines: Goods expected from a supplier.';

COMMENT ON COLUMN erp_v1.purchase_order_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.purchase_order_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.purchase_order_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.purchase_order_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.purchase_order_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.purchase_order_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.purchase_order_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.purchase_order_line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN erp_v1.purchase_order_line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

COMMENT ON COLUMN erp_v1.purchase_order_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW wms_v1.purchase_order WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS order_no,
    revision,
    party_code AS supplier_code,
    ordered_on,
    expected_at,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'purchase_order' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.purchase_order TO crossdock_wms;

COMMENT ON VIEW wms_v1.purchase_order IS 'To read: Goods expected from a supplier.';

COMMENT ON COLUMN wms_v1.purchase_order.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.purchase_order.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.purchase_order.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.purchase_order.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.purchase_order.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.purchase_order.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN wms_v1.purchase_order.supplier_code IS 'party in the role supplier';

COMMENT ON COLUMN wms_v1.purchase_order.ordered_on IS 'day of the order';

COMMENT ON COLUMN wms_v1.purchase_order.expected_at IS 'when the goods are expected';

COMMENT ON COLUMN wms_v1.purchase_order.note IS 'free text';

COMMENT ON COLUMN wms_v1.purchase_order.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.purchase_order.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.purchase_order.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.purchase_order_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    over_tolerance_pct,
    under_tolerance_pct
FROM staging.delivery_line
WHERE doc_type = 'purchase_order' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.purchase_order_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.purchase_order_line IS 'Lines to read: Goods expected from a supplier.';

COMMENT ON COLUMN wms_v1.purchase_order_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.purchase_order_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.purchase_order_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.purchase_order_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.purchase_order_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.purchase_order_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.purchase_order_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.purchase_order_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.purchase_order_line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN wms_v1.purchase_order_line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

CREATE VIEW erp_v1.sales_order WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS order_no,
    revision,
    party_code AS customer_code,
    requested_ship_at,
    carrier_code,
    ship_to,
    priority,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'sales_order' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.sales_order ALTER COLUMN doc_type SET DEFAULT 'sales_order';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, order_no, revision, customer_code, requested_ship_at, carrier_code, ship_to, priority, note) ON erp_v1.sales_order TO crossdock_erp;

COMMENT ON VIEW erp_v1.sales_order IS 'Goods to ship to a customer.';

COMMENT ON COLUMN erp_v1.sales_order.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.sales_order.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.sales_order.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.sales_order.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.sales_order.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.sales_order.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.sales_order.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN erp_v1.sales_order.customer_code IS 'party in the role customer';

COMMENT ON COLUMN erp_v1.sales_order.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN erp_v1.sales_order.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN erp_v1.sales_order.ship_to IS 'address to ship to, free text';

COMMENT ON COLUMN erp_v1.sales_order.priority IS 'the lower, the sooner';

COMMENT ON COLUMN erp_v1.sales_order.note IS 'free text';

COMMENT ON COLUMN erp_v1.sales_order.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.sales_order.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.sales_order.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.sales_order.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.sales_order.doc_type IS 'name of this view; set by itself';

CREATE VIEW erp_v1.sales_order_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    over_tolerance_pct,
    under_tolerance_pct,
    doc_type
FROM staging.line
WHERE doc_type = 'sales_order' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.sales_order_line ALTER COLUMN doc_type SET DEFAULT 'sales_order';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no, over_tolerance_pct, under_tolerance_pct) ON erp_v1.sales_order_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.sales_order_line IS 'Lines: Goods to ship to a customer.';

COMMENT ON COLUMN erp_v1.sales_order_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.sales_order_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.sales_order_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.sales_order_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.sales_order_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.sales_order_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.sales_order_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.sales_order_line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN erp_v1.sales_order_line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

COMMENT ON COLUMN erp_v1.sales_order_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW wms_v1.sales_order WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS order_no,
    revision,
    party_code AS customer_code,
    requested_ship_at,
    carrier_code,
    ship_to,
    priority,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'sales_order' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.sales_order TO crossdock_wms;

COMMENT ON VIEW wms_v1.sales_order IS 'To read: Goods to ship to a customer.';

COMMENT ON COLUMN wms_v1.sales_order.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.sales_order.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.sales_order.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.sales_order.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.sales_order.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.sales_order.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN wms_v1.sales_order.customer_code IS 'party in the role customer';

COMMENT ON COLUMN wms_v1.sales_order.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN wms_v1.sales_order.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN wms_v1.sales_order.ship_to IS 'address to ship to, free text';

COMMENT ON COLUMN wms_v1.sales_order.priority IS 'the lower, the sooner';

COMMENT ON COLUMN wms_v1.sales_order.note IS 'free text';

COMMENT ON COLUMN wms_v1.sales_order.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.sales_order.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.sales_order.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.sales_order_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    over_tolerance_pct,
    under_tolerance_pct
FROM staging.delivery_line
WHERE doc_type = 'sales_order' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.sales_order_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.sales_order_line IS 'Lines to read: Goods to ship to a customer.';

COMMENT ON COLUMN wms_v1.sales_order_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.sales_order_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.sales_order_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.sales_order_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.sales_order_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.sales_order_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.sales_order_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.sales_order_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.sales_order_line.over_tolerance_pct IS 'percent above the quantity that is accepted; null means 0';

COMMENT ON COLUMN wms_v1.sales_order_line.under_tolerance_pct IS 'percent below the quantity at which the line is complete; null means 0';

CREATE VIEW erp_v1.production_order WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS order_no,
    revision,
    item_code,
    qty,
    uom,
    start_at,
    due_at,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'production_order' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.production_order ALTER COLUMN doc_type SET DEFAULT 'production_order';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, order_no, revision, item_code, qty, uom, start_at, due_at, note) ON erp_v1.production_order TO crossdock_erp;

COMMENT ON VIEW erp_v1.production_order IS 'Product to make (header) and its components (lines).';

COMMENT ON COLUMN erp_v1.production_order.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.production_order.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.production_order.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.production_order.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.production_order.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.production_order.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.production_order.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN erp_v1.production_order.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.production_order.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.production_order.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.production_order.start_at IS 'when production should start';

COMMENT ON COLUMN erp_v1.production_order.due_at IS 'when production should be done';

COMMENT ON COLUMN erp_v1.production_order.note IS 'free text';

COMMENT ON COLUMN erp_v1.production_order.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.production_order.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.production_order.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.production_order.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.production_order.doc_type IS 'name of this view; set by itself';

CREATE VIEW erp_v1.production_order_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    doc_type
FROM staging.line
WHERE doc_type = 'production_order' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.production_order_line ALTER COLUMN doc_type SET DEFAULT 'production_order';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no) ON erp_v1.production_order_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.production_order_line IS 'Lines: Product to make (header) and its components (lines).';

COMMENT ON COLUMN erp_v1.production_order_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.production_order_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.production_order_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.production_order_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.production_order_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.production_order_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.production_order_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.production_order_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW wms_v1.production_order WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS order_no,
    revision,
    item_code,
    qty,
    uom,
    start_at,
    due_at,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'production_order' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.production_order TO crossdock_wms;

COMMENT ON VIEW wms_v1.production_order IS 'To read: Product to make (header) and its components (lines).';

COMMENT ON COLUMN wms_v1.production_order.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.production_order.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.production_order.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.production_order.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.production_order.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.production_order.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN wms_v1.production_order.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.production_order.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.production_order.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.production_order.start_at IS 'when production should start';

COMMENT ON COLUMN wms_v1.production_order.due_at IS 'when production should be done';

COMMENT ON COLUMN wms_v1.production_order.note IS 'free text';

COMMENT ON COLUMN wms_v1.production_order.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.production_order.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.production_order.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.production_order_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no
FROM staging.delivery_line
WHERE doc_type = 'production_order' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.production_order_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.production_order_line IS 'Lines to read: Product to make (header) and its components (lines).';

COMMENT ON COLUMN wms_v1.production_order_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.production_order_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.production_order_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.production_order_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.production_order_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.production_order_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.production_order_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.production_order_line.lot_no IS 'lot; null means none';

CREATE VIEW erp_v1.transfer_order WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS order_no,
    revision,
    to_warehouse_code,
    requested_ship_at,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'transfer_order' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.transfer_order ALTER COLUMN doc_type SET DEFAULT 'transfer_order';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, order_no, revision, to_warehouse_code, requested_ship_at, note) ON erp_v1.transfer_order TO crossdock_erp;

COMMENT ON VIEW erp_v1.transfer_order IS 'Goods to move from warehouse_code to to_warehouse_code.';

COMMENT ON COLUMN erp_v1.transfer_order.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.transfer_order.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.transfer_order.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.transfer_order.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.transfer_order.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.transfer_order.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.transfer_order.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN erp_v1.transfer_order.to_warehouse_code IS 'warehouse that receives the transfer';

COMMENT ON COLUMN erp_v1.transfer_order.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN erp_v1.transfer_order.note IS 'free text';

COMMENT ON COLUMN erp_v1.transfer_order.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.transfer_order.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.transfer_order.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.transfer_order.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.transfer_order.doc_type IS 'name of this view; set by itself';

CREATE VIEW erp_v1.transfer_order_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    doc_type
FROM staging.line
WHERE doc_type = 'transfer_order' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.transfer_order_line ALTER COLUMN doc_type SET DEFAULT 'transfer_order';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no) ON erp_v1.transfer_order_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.transfer_order_line IS 'Lines: Goods to move from warehouse_code to to_warehouse_code.';

COMMENT ON COLUMN erp_v1.transfer_order_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.transfer_order_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.transfer_order_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.transfer_order_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.transfer_order_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.transfer_order_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.transfer_order_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.transfer_order_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW wms_v1.transfer_order WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS order_no,
    revision,
    to_warehouse_code,
    requested_ship_at,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'transfer_order' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.transfer_order TO crossdock_wms;

COMMENT ON VIEW wms_v1.transfer_order IS 'To read: Goods to move from warehouse_code to to_warehouse_code.';

COMMENT ON COLUMN wms_v1.transfer_order.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.transfer_order.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.transfer_order.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.transfer_order.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.transfer_order.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.transfer_order.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN wms_v1.transfer_order.to_warehouse_code IS 'warehouse that receives the transfer';

COMMENT ON COLUMN wms_v1.transfer_order.requested_ship_at IS 'when the goods should leave';

COMMENT ON COLUMN wms_v1.transfer_order.note IS 'free text';

COMMENT ON COLUMN wms_v1.transfer_order.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.transfer_order.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.transfer_order.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.transfer_order_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no
FROM staging.delivery_line
WHERE doc_type = 'transfer_order' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.transfer_order_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.transfer_order_line IS 'Lines to read: Goods to move from warehouse_code to to_warehouse_code.';

COMMENT ON COLUMN wms_v1.transfer_order_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.transfer_order_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.transfer_order_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.transfer_order_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.transfer_order_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.transfer_order_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.transfer_order_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.transfer_order_line.lot_no IS 'lot; null means none';

CREATE VIEW erp_v1.customer_return WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS order_no,
    revision,
    party_code AS customer_code,
    original_order_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'customer_return' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.customer_return ALTER COLUMN doc_type SET DEFAULT 'customer_return';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, order_no, revision, customer_code, original_order_no, note) ON erp_v1.customer_return TO crossdock_erp;

COMMENT ON VIEW erp_v1.customer_return IS 'Goods expected back from a customer.';

COMMENT ON COLUMN erp_v1.customer_return.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.customer_return.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.customer_return.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.customer_return.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.customer_return.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.customer_return.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.customer_return.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN erp_v1.customer_return.customer_code IS 'party in the role customer';

COMMENT ON COLUMN erp_v1.customer_return.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN erp_v1.customer_return.note IS 'free text';

COMMENT ON COLUMN erp_v1.customer_return.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.customer_return.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.customer_return.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.customer_return.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.customer_return.doc_type IS 'name of this view; set by itself';

CREATE VIEW erp_v1.customer_return_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    reason_code,
    doc_type
FROM staging.line
WHERE doc_type = 'customer_return' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.customer_return_line ALTER COLUMN doc_type SET DEFAULT 'customer_return';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no, reason_code) ON erp_v1.customer_return_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.customer_return_line IS 'Lines: Goods expected back from a customer.';

COMMENT ON COLUMN erp_v1.customer_return_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.customer_return_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.customer_return_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.customer_return_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.customer_return_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.customer_return_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.customer_return_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.customer_return_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN erp_v1.customer_return_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW wms_v1.customer_return WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS order_no,
    revision,
    party_code AS customer_code,
    original_order_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'customer_return' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.customer_return TO crossdock_wms;

COMMENT ON VIEW wms_v1.customer_return IS 'To read: Goods expected back from a customer.';

COMMENT ON COLUMN wms_v1.customer_return.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.customer_return.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.customer_return.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.customer_return.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.customer_return.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.customer_return.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN wms_v1.customer_return.customer_code IS 'party in the role customer';

COMMENT ON COLUMN wms_v1.customer_return.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN wms_v1.customer_return.note IS 'free text';

COMMENT ON COLUMN wms_v1.customer_return.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.customer_return.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.customer_return.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.customer_return_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    reason_code
FROM staging.delivery_line
WHERE doc_type = 'customer_return' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.customer_return_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.customer_return_line IS 'Lines to read: Goods expected back from a customer.';

COMMENT ON COLUMN wms_v1.customer_return_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.customer_return_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.customer_return_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.customer_return_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.customer_return_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.customer_return_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.customer_return_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.customer_return_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.customer_return_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

CREATE VIEW erp_v1.supplier_return WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS order_no,
    revision,
    party_code AS supplier_code,
    original_order_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'supplier_return' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.supplier_return ALTER COLUMN doc_type SET DEFAULT 'supplier_return';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, order_no, revision, supplier_code, original_order_no, note) ON erp_v1.supplier_return TO crossdock_erp;

COMMENT ON VIEW erp_v1.supplier_return IS 'Goods to send back to a supplier.';

COMMENT ON COLUMN erp_v1.supplier_return.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.supplier_return.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.supplier_return.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.supplier_return.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.supplier_return.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.supplier_return.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.supplier_return.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN erp_v1.supplier_return.supplier_code IS 'party in the role supplier';

COMMENT ON COLUMN erp_v1.supplier_return.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN erp_v1.supplier_return.note IS 'free text';

COMMENT ON COLUMN erp_v1.supplier_return.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.supplier_return.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.supplier_return.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.supplier_return.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.supplier_return.doc_type IS 'name of this view; set by itself';

CREATE VIEW erp_v1.supplier_return_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    reason_code,
    doc_type
FROM staging.line
WHERE doc_type = 'supplier_return' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.supplier_return_line ALTER COLUMN doc_type SET DEFAULT 'supplier_return';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no, reason_code) ON erp_v1.supplier_return_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.supplier_return_line IS 'Lines: Goods to send back to a supplier.';

COMMENT ON COLUMN erp_v1.supplier_return_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.supplier_return_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.supplier_return_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.supplier_return_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.supplier_return_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.supplier_return_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.supplier_return_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.supplier_return_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN erp_v1.supplier_return_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW wms_v1.supplier_return WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS order_no,
    revision,
    party_code AS supplier_code,
    original_order_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'supplier_return' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.supplier_return TO crossdock_wms;

COMMENT ON VIEW wms_v1.supplier_return IS 'To read: Goods to send back to a supplier.';

COMMENT ON COLUMN wms_v1.supplier_return.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.supplier_return.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.supplier_return.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.supplier_return.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.supplier_return.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.supplier_return.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN wms_v1.supplier_return.supplier_code IS 'party in the role supplier';

COMMENT ON COLUMN wms_v1.supplier_return.original_order_no IS 'order that the return refers to';

COMMENT ON COLUMN wms_v1.supplier_return.note IS 'free text';

COMMENT ON COLUMN wms_v1.supplier_return.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.supplier_return.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.supplier_return.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.supplier_return_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    reason_code
FROM staging.delivery_line
WHERE doc_type = 'supplier_return' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.supplier_return_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.supplier_return_line IS 'Lines to read: Goods to send back to a supplier.';

COMMENT ON COLUMN wms_v1.supplier_return_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.supplier_return_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.supplier_return_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.supplier_return_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.supplier_return_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.supplier_return_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.supplier_return_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.supplier_return_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.supplier_return_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

CREATE VIEW wms_v1.goods_receipt WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS receipt_no,
    order_type,
    order_no,
    delivery_note_no,
    carrier_code,
    is_final,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'goods_receipt' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.goods_receipt ALTER COLUMN doc_type SET DEFAULT 'goods_receipt';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, receipt_no, order_type, order_no, delivery_note_no, carrier_code, is_final, occurred_at, source_seq, reverses_no, note) ON wms_v1.goods_receipt TO crossdock_wms;

COMMENT ON VIEW wms_v1.goods_receipt IS 'Goods received: for a purchase_order, a transfer_order, a customer_return, or no order.';

COMMENT ON COLUMN wms_v1.goods_receipt.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.goods_receipt.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.goods_receipt.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.goods_receipt.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.goods_receipt.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.goods_receipt.receipt_no IS 'the sender''s number of the receipt';

COMMENT ON COLUMN wms_v1.goods_receipt.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN wms_v1.goods_receipt.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.goods_receipt.delivery_note_no IS 'supplier''s delivery note';

COMMENT ON COLUMN wms_v1.goods_receipt.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN wms_v1.goods_receipt.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN wms_v1.goods_receipt.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN wms_v1.goods_receipt.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN wms_v1.goods_receipt.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN wms_v1.goods_receipt.note IS 'free text';

COMMENT ON COLUMN wms_v1.goods_receipt.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.goods_receipt.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.goods_receipt.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.goods_receipt.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.goods_receipt.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.goods_receipt_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    expires_on,
    location_code,
    stock_status,
    reason_code,
    doc_type
FROM staging.line
WHERE doc_type = 'goods_receipt' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.goods_receipt_line ALTER COLUMN doc_type SET DEFAULT 'goods_receipt';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, order_line_no, item_code, qty, uom, lot_no, serial_no, expires_on, location_code, stock_status, reason_code) ON wms_v1.goods_receipt_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.goods_receipt_line IS 'Lines: Goods received: for a purchase_order, a transfer_order, a customer_return, or no order.';

COMMENT ON COLUMN wms_v1.goods_receipt_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.goods_receipt_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.goods_receipt_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.goods_receipt_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN wms_v1.goods_receipt_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.goods_receipt_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.goods_receipt_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.goods_receipt_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.goods_receipt_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN wms_v1.goods_receipt_line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN wms_v1.goods_receipt_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN wms_v1.goods_receipt_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN wms_v1.goods_receipt_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN wms_v1.goods_receipt_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW erp_v1.goods_receipt WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS receipt_no,
    order_type,
    order_no,
    delivery_note_no,
    carrier_code,
    is_final,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'goods_receipt' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.goods_receipt TO crossdock_erp;

COMMENT ON VIEW erp_v1.goods_receipt IS 'To read: Goods received: for a purchase_order, a transfer_order, a customer_return, or no order.';

COMMENT ON COLUMN erp_v1.goods_receipt.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.goods_receipt.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.goods_receipt.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.goods_receipt.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.goods_receipt.receipt_no IS 'the sender''s number of the receipt';

COMMENT ON COLUMN erp_v1.goods_receipt.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN erp_v1.goods_receipt.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.goods_receipt.delivery_note_no IS 'supplier''s delivery note';

COMMENT ON COLUMN erp_v1.goods_receipt.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN erp_v1.goods_receipt.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN erp_v1.goods_receipt.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN erp_v1.goods_receipt.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN erp_v1.goods_receipt.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN erp_v1.goods_receipt.note IS 'free text';

COMMENT ON COLUMN erp_v1.goods_receipt.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.goods_receipt.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.goods_receipt.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.goods_receipt_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    expires_on,
    location_code,
    stock_status,
    reason_code
FROM staging.delivery_line
WHERE doc_type = 'goods_receipt' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.goods_receipt_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.goods_receipt_line IS 'Lines to read: Goods received: for a purchase_order, a transfer_order, a customer_return, or no order.';

COMMENT ON COLUMN erp_v1.goods_receipt_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.goods_receipt_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.goods_receipt_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.goods_receipt_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.goods_receipt_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN erp_v1.goods_receipt_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.goods_receipt_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.goods_receipt_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.goods_receipt_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.goods_receipt_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN erp_v1.goods_receipt_line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN erp_v1.goods_receipt_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN erp_v1.goods_receipt_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN erp_v1.goods_receipt_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

CREATE VIEW wms_v1.shipment WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS shipment_no,
    order_type,
    order_no,
    carrier_code,
    tracking_no,
    is_final,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'shipment' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.shipment ALTER COLUMN doc_type SET DEFAULT 'shipment';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, shipment_no, order_type, order_no, carrier_code, tracking_no, is_final, occurred_at, source_seq, reverses_no, note) ON wms_v1.shipment TO crossdock_wms;

COMMENT ON VIEW wms_v1.shipment IS 'Goods shipped: for a sales_order, a transfer_order, a supplier_return, or no order.';

COMMENT ON COLUMN wms_v1.shipment.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.shipment.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.shipment.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.shipment.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.shipment.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.shipment.shipment_no IS 'the sender''s number of the shipment';

COMMENT ON COLUMN wms_v1.shipment.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN wms_v1.shipment.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.shipment.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN wms_v1.shipment.tracking_no IS 'carrier''s tracking number';

COMMENT ON COLUMN wms_v1.shipment.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN wms_v1.shipment.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN wms_v1.shipment.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN wms_v1.shipment.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN wms_v1.shipment.note IS 'free text';

COMMENT ON COLUMN wms_v1.shipment.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.shipment.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.shipment.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.shipment.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.shipment.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.shipment_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    location_code,
    stock_status,
    reason_code,
    doc_type
FROM staging.line
WHERE doc_type = 'shipment' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.shipment_line ALTER COLUMN doc_type SET DEFAULT 'shipment';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, order_line_no, item_code, qty, uom, lot_no, serial_no, location_code, stock_status, reason_code) ON wms_v1.shipment_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.shipment_line IS 'Lines: Goods shipped: for a sales_order, a transfer_order, a supplier_return, or no order.';

COMMENT ON COLUMN wms_v1.shipment_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.shipment_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.shipment_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.shipment_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN wms_v1.shipment_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.shipment_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.shipment_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.shipment_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.shipment_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN wms_v1.shipment_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN wms_v1.shipment_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN wms_v1.shipment_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN wms_v1.shipment_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW erp_v1.shipment WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS shipment_no,
    order_type,
    order_no,
    carrier_code,
    tracking_no,
    is_final,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'shipment' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.shipment TO crossdock_erp;

COMMENT ON VIEW erp_v1.shipment IS 'To read: Goods shipped: for a sales_order, a transfer_order, a supplier_return, or no order.';

COMMENT ON COLUMN erp_v1.shipment.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.shipment.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.shipment.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.shipment.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.shipment.shipment_no IS 'the sender''s number of the shipment';

COMMENT ON COLUMN erp_v1.shipment.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN erp_v1.shipment.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.shipment.carrier_code IS 'party in the role carrier';

COMMENT ON COLUMN erp_v1.shipment.tracking_no IS 'carrier''s tracking number';

COMMENT ON COLUMN erp_v1.shipment.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN erp_v1.shipment.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN erp_v1.shipment.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN erp_v1.shipment.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN erp_v1.shipment.note IS 'free text';

COMMENT ON COLUMN erp_v1.shipment.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.shipment.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.shipment.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.shipment_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    location_code,
    stock_status,
    reason_code
FROM staging.delivery_line
WHERE doc_type = 'shipment' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.shipment_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.shipment_line IS 'Lines to read: Goods shipped: for a sales_order, a transfer_order, a supplier_return, or no order.';

COMMENT ON COLUMN erp_v1.shipment_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.shipment_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.shipment_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.shipment_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.shipment_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN erp_v1.shipment_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.shipment_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.shipment_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.shipment_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.shipment_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN erp_v1.shipment_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN erp_v1.shipment_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN erp_v1.shipment_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

CREATE VIEW wms_v1.material_issue WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS issue_no,
    order_no,
    is_final,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'material_issue' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.material_issue ALTER COLUMN doc_type SET DEFAULT 'material_issue';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, issue_no, order_no, is_final, occurred_at, source_seq, reverses_no, note) ON wms_v1.material_issue TO crossdock_wms;

COMMENT ON VIEW wms_v1.material_issue IS 'Components consumed by a production_order.';

COMMENT ON COLUMN wms_v1.material_issue.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.material_issue.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.material_issue.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.material_issue.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.material_issue.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.material_issue.issue_no IS 'the sender''s number of the issue';

COMMENT ON COLUMN wms_v1.material_issue.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.material_issue.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN wms_v1.material_issue.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN wms_v1.material_issue.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN wms_v1.material_issue.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN wms_v1.material_issue.note IS 'free text';

COMMENT ON COLUMN wms_v1.material_issue.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.material_issue.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.material_issue.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.material_issue.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.material_issue.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.material_issue_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    location_code,
    stock_status,
    reason_code,
    doc_type
FROM staging.line
WHERE doc_type = 'material_issue' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.material_issue_line ALTER COLUMN doc_type SET DEFAULT 'material_issue';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, order_line_no, item_code, qty, uom, lot_no, serial_no, location_code, stock_status, reason_code) ON wms_v1.material_issue_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.material_issue_line IS 'Lines: Components consumed by a production_order.';

COMMENT ON COLUMN wms_v1.material_issue_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.material_issue_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.material_issue_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.material_issue_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN wms_v1.material_issue_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.material_issue_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.material_issue_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.material_issue_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.material_issue_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN wms_v1.material_issue_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN wms_v1.material_issue_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN wms_v1.material_issue_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN wms_v1.material_issue_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW erp_v1.material_issue WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS issue_no,
    order_no,
    is_final,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'material_issue' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.material_issue TO crossdock_erp;

COMMENT ON VIEW erp_v1.material_issue IS 'To read: Components consumed by a production_order.';

COMMENT ON COLUMN erp_v1.material_issue.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.material_issue.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.material_issue.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.material_issue.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.material_issue.issue_no IS 'the sender''s number of the issue';

COMMENT ON COLUMN erp_v1.material_issue.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.material_issue.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN erp_v1.material_issue.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN erp_v1.material_issue.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN erp_v1.material_issue.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN erp_v1.material_issue.note IS 'free text';

COMMENT ON COLUMN erp_v1.material_issue.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.material_issue.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.material_issue.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.material_issue_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    location_code,
    stock_status,
    reason_code
FROM staging.delivery_line
WHERE doc_type = 'material_issue' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.material_issue_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.material_issue_line IS 'Lines to read: Components consumed by a production_order.';

COMMENT ON COLUMN erp_v1.material_issue_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.material_issue_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.material_issue_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.material_issue_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.material_issue_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN erp_v1.material_issue_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.material_issue_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.material_issue_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.material_issue_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.material_issue_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN erp_v1.material_issue_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN erp_v1.material_issue_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN erp_v1.material_issue_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

CREATE VIEW wms_v1.production_receipt WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS receipt_no,
    order_no,
    is_final,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'production_receipt' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.production_receipt ALTER COLUMN doc_type SET DEFAULT 'production_receipt';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, receipt_no, order_no, is_final, occurred_at, source_seq, reverses_no, note) ON wms_v1.production_receipt TO crossdock_wms;

COMMENT ON VIEW wms_v1.production_receipt IS 'Product made by a production_order; is_final completes the order.';

COMMENT ON COLUMN wms_v1.production_receipt.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.production_receipt.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.production_receipt.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.production_receipt.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.production_receipt.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.production_receipt.receipt_no IS 'the sender''s number of the receipt';

COMMENT ON COLUMN wms_v1.production_receipt.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.production_receipt.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN wms_v1.production_receipt.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN wms_v1.production_receipt.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN wms_v1.production_receipt.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN wms_v1.production_receipt.note IS 'free text';

COMMENT ON COLUMN wms_v1.production_receipt.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.production_receipt.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.production_receipt.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.production_receipt.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.production_receipt.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.production_receipt_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    expires_on,
    location_code,
    stock_status,
    doc_type
FROM staging.line
WHERE doc_type = 'production_receipt' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.production_receipt_line ALTER COLUMN doc_type SET DEFAULT 'production_receipt';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no, serial_no, expires_on, location_code, stock_status) ON wms_v1.production_receipt_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.production_receipt_line IS 'Lines: Product made by a production_order; is_final completes the order.';

COMMENT ON COLUMN wms_v1.production_receipt_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.production_receipt_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.production_receipt_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.production_receipt_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.production_receipt_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.production_receipt_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.production_receipt_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.production_receipt_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN wms_v1.production_receipt_line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN wms_v1.production_receipt_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN wms_v1.production_receipt_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN wms_v1.production_receipt_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW erp_v1.production_receipt WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS receipt_no,
    order_no,
    is_final,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'production_receipt' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.production_receipt TO crossdock_erp;

COMMENT ON VIEW erp_v1.production_receipt IS 'To read: Product made by a production_order; is_final completes the order.';

COMMENT ON COLUMN erp_v1.production_receipt.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.production_receipt.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.production_receipt.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.production_receipt.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.production_receipt.receipt_no IS 'the sender''s number of the receipt';

COMMENT ON COLUMN erp_v1.production_receipt.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.production_receipt.is_final IS 'true: nothing more will come; closes the order, short if short';

COMMENT ON COLUMN erp_v1.production_receipt.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN erp_v1.production_receipt.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN erp_v1.production_receipt.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN erp_v1.production_receipt.note IS 'free text';

COMMENT ON COLUMN erp_v1.production_receipt.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.production_receipt.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.production_receipt.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.production_receipt_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    expires_on,
    location_code,
    stock_status
FROM staging.delivery_line
WHERE doc_type = 'production_receipt' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.production_receipt_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.production_receipt_line IS 'Lines to read: Product made by a production_order; is_final completes the order.';

COMMENT ON COLUMN erp_v1.production_receipt_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.production_receipt_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.production_receipt_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.production_receipt_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.production_receipt_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.production_receipt_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.production_receipt_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.production_receipt_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.production_receipt_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN erp_v1.production_receipt_line.expires_on IS 'day of expiry of the lot';

COMMENT ON COLUMN erp_v1.production_receipt_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN erp_v1.production_receipt_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

CREATE VIEW wms_v1.stock_move WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS move_no,
    order_no,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'stock_move' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.stock_move ALTER COLUMN doc_type SET DEFAULT 'stock_move';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, move_no, order_no, occurred_at, source_seq, reverses_no, note) ON wms_v1.stock_move TO crossdock_wms;

COMMENT ON VIEW wms_v1.stock_move IS 'Stock moved between locations or statuses: put-away, quality release, blocking.';

COMMENT ON COLUMN wms_v1.stock_move.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.stock_move.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.stock_move.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.stock_move.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.stock_move.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.stock_move.move_no IS 'the sender''s number of the move';

COMMENT ON COLUMN wms_v1.stock_move.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.stock_move.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN wms_v1.stock_move.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN wms_v1.stock_move.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN wms_v1.stock_move.note IS 'free text';

COMMENT ON COLUMN wms_v1.stock_move.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.stock_move.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.stock_move.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.stock_move.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.stock_move.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.stock_move_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    location_code AS from_location_code,
    to_location_code,
    stock_status AS from_stock_status,
    to_stock_status,
    reason_code,
    doc_type
FROM staging.line
WHERE doc_type = 'stock_move' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.stock_move_line ALTER COLUMN doc_type SET DEFAULT 'stock_move';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no, serial_no, from_location_code, to_location_code, from_stock_status, to_stock_status, reason_code) ON wms_v1.stock_move_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.stock_move_line IS 'Lines: Stock moved between locations or statuses: put-away, quality release, blocking.';

COMMENT ON COLUMN wms_v1.stock_move_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.stock_move_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.stock_move_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.stock_move_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.stock_move_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.stock_move_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.stock_move_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.stock_move_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN wms_v1.stock_move_line.from_location_code IS 'location the goods leave';

COMMENT ON COLUMN wms_v1.stock_move_line.to_location_code IS 'location the goods reach; null means where they were';

COMMENT ON COLUMN wms_v1.stock_move_line.from_stock_status IS 'status before; null means unrestricted';

COMMENT ON COLUMN wms_v1.stock_move_line.to_stock_status IS 'status after; null means unchanged';

COMMENT ON COLUMN wms_v1.stock_move_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN wms_v1.stock_move_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW erp_v1.stock_move WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS move_no,
    order_no,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'stock_move' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.stock_move TO crossdock_erp;

COMMENT ON VIEW erp_v1.stock_move IS 'To read: Stock moved between locations or statuses: put-away, quality release, blocking.';

COMMENT ON COLUMN erp_v1.stock_move.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.stock_move.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.stock_move.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.stock_move.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.stock_move.move_no IS 'the sender''s number of the move';

COMMENT ON COLUMN erp_v1.stock_move.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.stock_move.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN erp_v1.stock_move.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN erp_v1.stock_move.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN erp_v1.stock_move.note IS 'free text';

COMMENT ON COLUMN erp_v1.stock_move.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.stock_move.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.stock_move.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.stock_move_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    location_code AS from_location_code,
    to_location_code,
    stock_status AS from_stock_status,
    to_stock_status,
    reason_code
FROM staging.delivery_line
WHERE doc_type = 'stock_move' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.stock_move_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.stock_move_line IS 'Lines to read: Stock moved between locations or statuses: put-away, quality release, blocking.';

COMMENT ON COLUMN erp_v1.stock_move_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.stock_move_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.stock_move_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.stock_move_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.stock_move_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.stock_move_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.stock_move_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.stock_move_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.stock_move_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN erp_v1.stock_move_line.from_location_code IS 'location the goods leave';

COMMENT ON COLUMN erp_v1.stock_move_line.to_location_code IS 'location the goods reach; null means where they were';

COMMENT ON COLUMN erp_v1.stock_move_line.from_stock_status IS 'status before; null means unrestricted';

COMMENT ON COLUMN erp_v1.stock_move_line.to_stock_status IS 'status after; null means unchanged';

COMMENT ON COLUMN erp_v1.stock_move_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

CREATE VIEW wms_v1.stock_adjustment WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS adjustment_no,
    order_type,
    order_no,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'stock_adjustment' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.stock_adjustment ALTER COLUMN doc_type SET DEFAULT 'stock_adjustment';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, adjustment_no, order_type, order_no, occurred_at, source_seq, reverses_no, note) ON wms_v1.stock_adjustment TO crossdock_wms;

COMMENT ON VIEW wms_v1.stock_adjustment IS 'Stock gained or lost; qty is signed, reason_code is required.';

COMMENT ON COLUMN wms_v1.stock_adjustment.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.stock_adjustment.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.stock_adjustment.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.stock_adjustment.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.stock_adjustment.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.stock_adjustment.adjustment_no IS 'the sender''s number of the adjustment';

COMMENT ON COLUMN wms_v1.stock_adjustment.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN wms_v1.stock_adjustment.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.stock_adjustment.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN wms_v1.stock_adjustment.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN wms_v1.stock_adjustment.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN wms_v1.stock_adjustment.note IS 'free text';

COMMENT ON COLUMN wms_v1.stock_adjustment.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.stock_adjustment.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.stock_adjustment.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.stock_adjustment.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.stock_adjustment.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.stock_adjustment_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    location_code,
    stock_status,
    reason_code,
    doc_type
FROM staging.line
WHERE doc_type = 'stock_adjustment' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.stock_adjustment_line ALTER COLUMN doc_type SET DEFAULT 'stock_adjustment';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, order_line_no, item_code, qty, uom, lot_no, serial_no, location_code, stock_status, reason_code) ON wms_v1.stock_adjustment_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.stock_adjustment_line IS 'Lines: Stock gained or lost; qty is signed, reason_code is required.';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN wms_v1.stock_adjustment_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW erp_v1.stock_adjustment WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS adjustment_no,
    order_type,
    order_no,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'stock_adjustment' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.stock_adjustment TO crossdock_erp;

COMMENT ON VIEW erp_v1.stock_adjustment IS 'To read: Stock gained or lost; qty is signed, reason_code is required.';

COMMENT ON COLUMN erp_v1.stock_adjustment.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.stock_adjustment.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.stock_adjustment.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.stock_adjustment.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.stock_adjustment.adjustment_no IS 'the sender''s number of the adjustment';

COMMENT ON COLUMN erp_v1.stock_adjustment.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN erp_v1.stock_adjustment.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.stock_adjustment.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN erp_v1.stock_adjustment.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN erp_v1.stock_adjustment.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN erp_v1.stock_adjustment.note IS 'free text';

COMMENT ON COLUMN erp_v1.stock_adjustment.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.stock_adjustment.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.stock_adjustment.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.stock_adjustment_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    item_code,
    qty,
    uom,
    lot_no,
    serial_no,
    location_code,
    stock_status,
    reason_code
FROM staging.delivery_line
WHERE doc_type = 'stock_adjustment' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.stock_adjustment_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.stock_adjustment_line IS 'Lines to read: Stock gained or lost; qty is signed, reason_code is required.';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.serial_no IS 'serial number; null means none';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN erp_v1.stock_adjustment_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

CREATE VIEW wms_v1.stock_count WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS count_no,
    counted_through_seq,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'stock_count' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.stock_count ALTER COLUMN doc_type SET DEFAULT 'stock_count';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, count_no, counted_through_seq, occurred_at, source_seq, reverses_no, note) ON wms_v1.stock_count TO crossdock_wms;

COMMENT ON VIEW wms_v1.stock_count IS 'Stock counted, as of the sender''s position counted_through_seq.';

COMMENT ON COLUMN wms_v1.stock_count.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.stock_count.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.stock_count.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.stock_count.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.stock_count.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.stock_count.count_no IS 'the sender''s number of the count';

COMMENT ON COLUMN wms_v1.stock_count.counted_through_seq IS 'source_seq of the last movement that the count includes';

COMMENT ON COLUMN wms_v1.stock_count.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN wms_v1.stock_count.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN wms_v1.stock_count.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN wms_v1.stock_count.note IS 'free text';

COMMENT ON COLUMN wms_v1.stock_count.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.stock_count.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.stock_count.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.stock_count.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.stock_count.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.stock_count_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty AS counted_qty,
    uom,
    lot_no,
    location_code,
    stock_status,
    doc_type
FROM staging.line
WHERE doc_type = 'stock_count' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.stock_count_line ALTER COLUMN doc_type SET DEFAULT 'stock_count';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, counted_qty, uom, lot_no, location_code, stock_status) ON wms_v1.stock_count_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.stock_count_line IS 'Lines: Stock counted, as of the sender''s position counted_through_seq.';

COMMENT ON COLUMN wms_v1.stock_count_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.stock_count_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.stock_count_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.stock_count_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.stock_count_line.counted_qty IS 'quantity found by the count, in uom';

COMMENT ON COLUMN wms_v1.stock_count_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.stock_count_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.stock_count_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN wms_v1.stock_count_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN wms_v1.stock_count_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW erp_v1.stock_count WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS count_no,
    counted_through_seq,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'stock_count' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.stock_count TO crossdock_erp;

COMMENT ON VIEW erp_v1.stock_count IS 'To read: Stock counted, as of the sender''s position counted_through_seq.';

COMMENT ON COLUMN erp_v1.stock_count.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.stock_count.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.stock_count.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.stock_count.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.stock_count.count_no IS 'the sender''s number of the count';

COMMENT ON COLUMN erp_v1.stock_count.counted_through_seq IS 'source_seq of the last movement that the count includes';

COMMENT ON COLUMN erp_v1.stock_count.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN erp_v1.stock_count.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN erp_v1.stock_count.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN erp_v1.stock_count.note IS 'free text';

COMMENT ON COLUMN erp_v1.stock_count.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.stock_count.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.stock_count.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.stock_count_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty AS counted_qty,
    uom,
    lot_no,
    location_code,
    stock_status
FROM staging.delivery_line
WHERE doc_type = 'stock_count' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.stock_count_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.stock_count_line IS 'Lines to read: Stock counted, as of the sender''s position counted_through_seq.';

COMMENT ON COLUMN erp_v1.stock_count_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.stock_count_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.stock_count_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.stock_count_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.stock_count_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.stock_count_line.counted_qty IS 'quantity found by the count, in uom';

COMMENT ON COLUMN erp_v1.stock_count_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.stock_count_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.stock_count_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN erp_v1.stock_count_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

CREATE VIEW wms_v1.order_milestone WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS milestone_no,
    order_type,
    order_no,
    milestone,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'order_milestone' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.order_milestone ALTER COLUMN doc_type SET DEFAULT 'order_milestone';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, milestone_no, order_type, order_no, milestone, occurred_at, source_seq, reverses_no, note) ON wms_v1.order_milestone TO crossdock_wms;

COMMENT ON VIEW wms_v1.order_milestone IS 'Progress of an order on the warehouse floor.';

COMMENT ON COLUMN wms_v1.order_milestone.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.order_milestone.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.order_milestone.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.order_milestone.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.order_milestone.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.order_milestone.milestone_no IS 'the sender''s number of the milestone';

COMMENT ON COLUMN wms_v1.order_milestone.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN wms_v1.order_milestone.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.order_milestone.milestone IS 'accepted, picking, packed, loaded, delivered or put_back';

COMMENT ON COLUMN wms_v1.order_milestone.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN wms_v1.order_milestone.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN wms_v1.order_milestone.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN wms_v1.order_milestone.note IS 'free text';

COMMENT ON COLUMN wms_v1.order_milestone.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.order_milestone.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.order_milestone.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.order_milestone.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.order_milestone.doc_type IS 'name of this view; set by itself';

CREATE VIEW erp_v1.order_milestone WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS milestone_no,
    order_type,
    order_no,
    milestone,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'order_milestone' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.order_milestone TO crossdock_erp;

COMMENT ON VIEW erp_v1.order_milestone IS 'To read: Progress of an order on the warehouse floor.';

COMMENT ON COLUMN erp_v1.order_milestone.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.order_milestone.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.order_milestone.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.order_milestone.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.order_milestone.milestone_no IS 'the sender''s number of the milestone';

COMMENT ON COLUMN erp_v1.order_milestone.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN erp_v1.order_milestone.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.order_milestone.milestone IS 'accepted, picking, packed, loaded, delivered or put_back';

COMMENT ON COLUMN erp_v1.order_milestone.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN erp_v1.order_milestone.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN erp_v1.order_milestone.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN erp_v1.order_milestone.note IS 'free text';

COMMENT ON COLUMN erp_v1.order_milestone.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.order_milestone.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.order_milestone.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.order_response WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS response_no,
    order_type,
    order_no,
    revision,
    response,
    reason_code,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'order_response' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.order_response ALTER COLUMN doc_type SET DEFAULT 'order_response';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, response_no, order_type, order_no, revision, response, reason_code, occurred_at, source_seq, reverses_no, note) ON wms_v1.order_response TO crossdock_wms;

COMMENT ON VIEW wms_v1.order_response IS 'The warehouse''s answer to a request, whole or by line.';

COMMENT ON COLUMN wms_v1.order_response.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.order_response.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.order_response.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.order_response.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.order_response.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.order_response.response_no IS 'the sender''s number of the answer';

COMMENT ON COLUMN wms_v1.order_response.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN wms_v1.order_response.order_no IS 'number of the order';

COMMENT ON COLUMN wms_v1.order_response.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN wms_v1.order_response.response IS 'accepted, partial or refused';

COMMENT ON COLUMN wms_v1.order_response.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN wms_v1.order_response.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN wms_v1.order_response.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN wms_v1.order_response.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN wms_v1.order_response.note IS 'free text';

COMMENT ON COLUMN wms_v1.order_response.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.order_response.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.order_response.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.order_response.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.order_response.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.order_response_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    qty AS accepted_qty,
    uom,
    reason_code,
    doc_type
FROM staging.line
WHERE doc_type = 'order_response' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.order_response_line ALTER COLUMN doc_type SET DEFAULT 'order_response';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, order_line_no, accepted_qty, uom, reason_code) ON wms_v1.order_response_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.order_response_line IS 'Lines: The warehouse''s answer to a request, whole or by line.';

COMMENT ON COLUMN wms_v1.order_response_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.order_response_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.order_response_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.order_response_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN wms_v1.order_response_line.accepted_qty IS 'quantity agreed to, in uom';

COMMENT ON COLUMN wms_v1.order_response_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.order_response_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN wms_v1.order_response_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW erp_v1.order_response WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS response_no,
    order_type,
    order_no,
    revision,
    response,
    reason_code,
    occurred_at,
    source_seq,
    reverses_no,
    note,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'order_response' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.order_response TO crossdock_erp;

COMMENT ON VIEW erp_v1.order_response IS 'To read: The warehouse''s answer to a request, whole or by line.';

COMMENT ON COLUMN erp_v1.order_response.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.order_response.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.order_response.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.order_response.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.order_response.response_no IS 'the sender''s number of the answer';

COMMENT ON COLUMN erp_v1.order_response.order_type IS 'document type of the order: the name of its view';

COMMENT ON COLUMN erp_v1.order_response.order_no IS 'number of the order';

COMMENT ON COLUMN erp_v1.order_response.revision IS 'revision of the order, a full image; the higher wins; null means 1';

COMMENT ON COLUMN erp_v1.order_response.response IS 'accepted, partial or refused';

COMMENT ON COLUMN erp_v1.order_response.reason_code IS 'why, free text; codes of the catalogue have an effect';

COMMENT ON COLUMN erp_v1.order_response.occurred_at IS 'when it happened; null means when it was received';

COMMENT ON COLUMN erp_v1.order_response.source_seq IS 'the sender''s increasing number of the fact per warehouse; gaps allowed';

COMMENT ON COLUMN erp_v1.order_response.reverses_no IS 'own number of the fact that this one reverses; with action reverse';

COMMENT ON COLUMN erp_v1.order_response.note IS 'free text';

COMMENT ON COLUMN erp_v1.order_response.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.order_response.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.order_response.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.order_response_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    order_line_no,
    qty AS accepted_qty,
    uom,
    reason_code
FROM staging.delivery_line
WHERE doc_type = 'order_response' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.order_response_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.order_response_line IS 'Lines to read: The warehouse''s answer to a request, whole or by line.';

COMMENT ON COLUMN erp_v1.order_response_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.order_response_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.order_response_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.order_response_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.order_response_line.order_line_no IS 'line of the order; null: allocated over the open lines of the item';

COMMENT ON COLUMN erp_v1.order_response_line.accepted_qty IS 'quantity agreed to, in uom';

COMMENT ON COLUMN erp_v1.order_response_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.order_response_line.reason_code IS 'why, free text; codes of the catalogue have an effect';

CREATE VIEW erp_v1.stock_snapshot WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS snapshot_no,
    as_of,
    through_seq,
    total_qty,
    request_no,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'stock_snapshot' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.stock_snapshot ALTER COLUMN doc_type SET DEFAULT 'stock_snapshot';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, snapshot_no, as_of, through_seq, total_qty, request_no) ON erp_v1.stock_snapshot TO crossdock_erp;

COMMENT ON VIEW erp_v1.stock_snapshot IS 'A system''s whole stock at one instant, for reconciliation; with request_no of those keys.';

COMMENT ON COLUMN erp_v1.stock_snapshot.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.stock_snapshot.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.stock_snapshot.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.stock_snapshot.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN erp_v1.stock_snapshot.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.stock_snapshot.snapshot_no IS 'the sender''s number of the snapshot';

COMMENT ON COLUMN erp_v1.stock_snapshot.as_of IS 'instant at which the stock was read';

COMMENT ON COLUMN erp_v1.stock_snapshot.through_seq IS 'WMS: its last source_seq included; ERP: its last delivery_id posted';

COMMENT ON COLUMN erp_v1.stock_snapshot.total_qty IS 'control total: sum of qty as sent; null means not checked';

COMMENT ON COLUMN erp_v1.stock_snapshot.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN erp_v1.stock_snapshot.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.stock_snapshot.state IS 'where the message stands';

COMMENT ON COLUMN erp_v1.stock_snapshot.received_at IS 'when it was inserted';

COMMENT ON COLUMN erp_v1.stock_snapshot.finished_at IS 'when it came to its end';

COMMENT ON COLUMN erp_v1.stock_snapshot.doc_type IS 'name of this view; set by itself';

CREATE VIEW erp_v1.stock_snapshot_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    location_code,
    stock_status,
    doc_type
FROM staging.line
WHERE doc_type = 'stock_snapshot' AND sender = (SELECT staging.sender());

ALTER VIEW erp_v1.stock_snapshot_line ALTER COLUMN doc_type SET DEFAULT 'stock_snapshot';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no, location_code, stock_status) ON erp_v1.stock_snapshot_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.stock_snapshot_line IS 'Lines: A system''s whole stock at one instant, for reconciliation; with request_no of those keys.';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN erp_v1.stock_snapshot_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW wms_v1.stock_snapshot WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    action,
    line_count,
    attributes,
    doc_no AS snapshot_no,
    as_of,
    through_seq,
    total_qty,
    request_no,
    seq,
    state,
    received_at,
    finished_at,
    doc_type
FROM staging.message
WHERE doc_type = 'stock_snapshot' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.stock_snapshot ALTER COLUMN doc_type SET DEFAULT 'stock_snapshot';

GRANT SELECT, INSERT (message_id, warehouse_code, action, line_count, attributes, snapshot_no, as_of, through_seq, total_qty, request_no) ON wms_v1.stock_snapshot TO crossdock_wms;

COMMENT ON VIEW wms_v1.stock_snapshot IS 'A system''s whole stock at one instant, for reconciliation; with request_no of those keys.';

COMMENT ON COLUMN wms_v1.stock_snapshot.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.stock_snapshot.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.stock_snapshot.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.stock_snapshot.line_count IS 'control total: complete when so many lines exist; null: with this transaction';

COMMENT ON COLUMN wms_v1.stock_snapshot.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.stock_snapshot.snapshot_no IS 'the sender''s number of the snapshot';

COMMENT ON COLUMN wms_v1.stock_snapshot.as_of IS 'instant at which the stock was read';

COMMENT ON COLUMN wms_v1.stock_snapshot.through_seq IS 'WMS: its last source_seq included; ERP: its last delivery_id posted';

COMMENT ON COLUMN wms_v1.stock_snapshot.total_qty IS 'control total: sum of qty as sent; null means not checked';

COMMENT ON COLUMN wms_v1.stock_snapshot.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN wms_v1.stock_snapshot.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.stock_snapshot.state IS 'where the message stands';

COMMENT ON COLUMN wms_v1.stock_snapshot.received_at IS 'when it was inserted';

COMMENT ON COLUMN wms_v1.stock_snapshot.finished_at IS 'when it came to its end';

COMMENT ON COLUMN wms_v1.stock_snapshot.doc_type IS 'name of this view; set by itself';

CREATE VIEW wms_v1.stock_snapshot_line WITH (security_barrier) AS
SELECT
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    location_code,
    stock_status,
    doc_type
FROM staging.line
WHERE doc_type = 'stock_snapshot' AND sender = (SELECT staging.sender());

ALTER VIEW wms_v1.stock_snapshot_line ALTER COLUMN doc_type SET DEFAULT 'stock_snapshot';

GRANT SELECT, INSERT (message_id, warehouse_code, line_no, item_code, qty, uom, lot_no, location_code, stock_status) ON wms_v1.stock_snapshot_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.stock_snapshot_line IS 'Lines: A system''s whole stock at one instant, for reconciliation; with request_no of those keys.';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

COMMENT ON COLUMN wms_v1.stock_snapshot_line.doc_type IS 'name of the header''s view; set by itself';

CREATE VIEW erp_v1.book_correction WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS correction_no,
    run_id,
    note AS reason,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'book_correction' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.book_correction TO crossdock_erp;

COMMENT ON VIEW erp_v1.book_correction IS 'To read: From crossdock: change your own book by qty (signed); nothing moved, no fact follows.';

COMMENT ON COLUMN erp_v1.book_correction.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.book_correction.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.book_correction.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.book_correction.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.book_correction.correction_no IS 'crossdock''s number of the correction';

COMMENT ON COLUMN erp_v1.book_correction.run_id IS 'reconciliation run that it follows from; null means none';

COMMENT ON COLUMN erp_v1.book_correction.reason IS 'why, in words';

COMMENT ON COLUMN erp_v1.book_correction.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.book_correction.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.book_correction.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.book_correction_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    stock_status
FROM staging.delivery_line
WHERE doc_type = 'book_correction' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.book_correction_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.book_correction_line IS 'Lines to read: From crossdock: change your own book by qty (signed); nothing moved, no fact follows.';

COMMENT ON COLUMN erp_v1.book_correction_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.book_correction_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.book_correction_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.book_correction_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.book_correction_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.book_correction_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN erp_v1.book_correction_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN erp_v1.book_correction_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.book_correction_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

CREATE VIEW wms_v1.book_correction WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS correction_no,
    run_id,
    note AS reason,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'book_correction' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.book_correction TO crossdock_wms;

COMMENT ON VIEW wms_v1.book_correction IS 'To read: From crossdock: change your own book by qty (signed); nothing moved, no fact follows.';

COMMENT ON COLUMN wms_v1.book_correction.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.book_correction.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.book_correction.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.book_correction.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.book_correction.correction_no IS 'crossdock''s number of the correction';

COMMENT ON COLUMN wms_v1.book_correction.run_id IS 'reconciliation run that it follows from; null means none';

COMMENT ON COLUMN wms_v1.book_correction.reason IS 'why, in words';

COMMENT ON COLUMN wms_v1.book_correction.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.book_correction.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.book_correction.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.book_correction_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    qty,
    uom,
    lot_no,
    stock_status
FROM staging.delivery_line
WHERE doc_type = 'book_correction' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.book_correction_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.book_correction_line IS 'Lines to read: From crossdock: change your own book by qty (signed); nothing moved, no fact follows.';

COMMENT ON COLUMN wms_v1.book_correction_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.book_correction_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.book_correction_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.book_correction_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.book_correction_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.book_correction_line.qty IS 'quantity, in uom';

COMMENT ON COLUMN wms_v1.book_correction_line.uom IS 'unit of the quantity; null means the item''s base unit';

COMMENT ON COLUMN wms_v1.book_correction_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.book_correction_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

CREATE VIEW wms_v1.count_request WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS request_no,
    run_id,
    note AS reason,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'count_request' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.count_request TO crossdock_wms;

COMMENT ON VIEW wms_v1.count_request IS 'To read: From crossdock: count this stock and send a stock_count; no location means all of them.';

COMMENT ON COLUMN wms_v1.count_request.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.count_request.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.count_request.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.count_request.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.count_request.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN wms_v1.count_request.run_id IS 'reconciliation run that it follows from; null means none';

COMMENT ON COLUMN wms_v1.count_request.reason IS 'why, in words';

COMMENT ON COLUMN wms_v1.count_request.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.count_request.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.count_request.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.count_request_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    lot_no,
    location_code,
    stock_status
FROM staging.delivery_line
WHERE doc_type = 'count_request' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.count_request_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.count_request_line IS 'Lines to read: From crossdock: count this stock and send a stock_count; no location means all of them.';

COMMENT ON COLUMN wms_v1.count_request_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.count_request_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.count_request_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.count_request_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.count_request_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.count_request_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.count_request_line.location_code IS 'bin or area in the warehouse; null means the warehouse as a whole';

COMMENT ON COLUMN wms_v1.count_request_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

CREATE VIEW erp_v1.snapshot_request WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS request_no,
    run_id,
    note AS reason,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'snapshot_request' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.snapshot_request TO crossdock_erp;

COMMENT ON VIEW erp_v1.snapshot_request IS 'To read: From crossdock: read these keys once more and send a stock_snapshot with its request_no.';

COMMENT ON COLUMN erp_v1.snapshot_request.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN erp_v1.snapshot_request.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN erp_v1.snapshot_request.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN erp_v1.snapshot_request.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN erp_v1.snapshot_request.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN erp_v1.snapshot_request.run_id IS 'reconciliation run that it follows from; null means none';

COMMENT ON COLUMN erp_v1.snapshot_request.reason IS 'why, in words';

COMMENT ON COLUMN erp_v1.snapshot_request.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.snapshot_request.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN erp_v1.snapshot_request.delivered_at IS 'when it was made';

CREATE VIEW erp_v1.snapshot_request_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    lot_no,
    stock_status
FROM staging.delivery_line
WHERE doc_type = 'snapshot_request' AND receiver = (SELECT staging.sender());

GRANT SELECT ON erp_v1.snapshot_request_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.snapshot_request_line IS 'Lines to read: From crossdock: read these keys once more and send a stock_snapshot with its request_no.';

COMMENT ON COLUMN erp_v1.snapshot_request_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN erp_v1.snapshot_request_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN erp_v1.snapshot_request_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN erp_v1.snapshot_request_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN erp_v1.snapshot_request_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN erp_v1.snapshot_request_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN erp_v1.snapshot_request_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

CREATE VIEW wms_v1.snapshot_request WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    action,
    attributes,
    seq,
    doc_no AS request_no,
    run_id,
    note AS reason,
    delivered_at
FROM staging.delivery
WHERE doc_type = 'snapshot_request' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.snapshot_request TO crossdock_wms;

COMMENT ON VIEW wms_v1.snapshot_request IS 'To read: From crossdock: read these keys once more and send a stock_snapshot with its request_no.';

COMMENT ON COLUMN wms_v1.snapshot_request.message_id IS 'the sender''s own id of this transmission; repeating it fails with 23505';

COMMENT ON COLUMN wms_v1.snapshot_request.warehouse_code IS 'warehouse: the lane';

COMMENT ON COLUMN wms_v1.snapshot_request.action IS 'requests: upsert (default), cancel, close; facts: post (default), reverse';

COMMENT ON COLUMN wms_v1.snapshot_request.attributes IS 'the sender''s extra fields; passed through untouched';

COMMENT ON COLUMN wms_v1.snapshot_request.request_no IS 'crossdock''s number of the request; of a snapshot that answers one: its number';

COMMENT ON COLUMN wms_v1.snapshot_request.run_id IS 'reconciliation run that it follows from; null means none';

COMMENT ON COLUMN wms_v1.snapshot_request.reason IS 'why, in words';

COMMENT ON COLUMN wms_v1.snapshot_request.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.snapshot_request.seq IS 'our number of the message, unique across everything';

COMMENT ON COLUMN wms_v1.snapshot_request.delivered_at IS 'when it was made';

CREATE VIEW wms_v1.snapshot_request_line WITH (security_barrier) AS
SELECT
    delivery_id,
    message_id,
    warehouse_code,
    line_no,
    item_code,
    lot_no,
    stock_status
FROM staging.delivery_line
WHERE doc_type = 'snapshot_request' AND receiver = (SELECT staging.sender());

GRANT SELECT ON wms_v1.snapshot_request_line TO crossdock_wms;

COMMENT ON VIEW wms_v1.snapshot_request_line IS 'Lines to read: From crossdock: read these keys once more and send a stock_snapshot with its request_no.';

COMMENT ON COLUMN wms_v1.snapshot_request_line.delivery_id IS 'joins header, lines and inbox';

COMMENT ON COLUMN wms_v1.snapshot_request_line.message_id IS 'message_id of the header';

COMMENT ON COLUMN wms_v1.snapshot_request_line.warehouse_code IS 'the same as the header''s';

COMMENT ON COLUMN wms_v1.snapshot_request_line.line_no IS 'number of the line in the document';

COMMENT ON COLUMN wms_v1.snapshot_request_line.item_code IS 'item, in the sender''s or the canonical code';

COMMENT ON COLUMN wms_v1.snapshot_request_line.lot_no IS 'lot; null means none';

COMMENT ON COLUMN wms_v1.snapshot_request_line.stock_status IS 'unrestricted, quality, blocked, returns; null means the default';

CREATE VIEW erp_v1.inbox WITH (security_barrier) AS
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

GRANT SELECT, UPDATE (state, receiver_ref, reason_code, note) ON erp_v1.inbox TO crossdock_erp;

COMMENT ON VIEW erp_v1.inbox IS
'What you have to read and to answer: UPDATE state to taken, accepted or refused.';

COMMENT ON COLUMN erp_v1.inbox.delivery_id IS
'number of the delivery; joins the headers and lines to read';
COMMENT ON COLUMN erp_v1.inbox.warehouse_code IS
'warehouse of the document; null for master data';
COMMENT ON COLUMN erp_v1.inbox.doc_type IS 'document type: the name of the view that holds it';
COMMENT ON COLUMN erp_v1.inbox.doc_no IS 'the document''s own number';
COMMENT ON COLUMN erp_v1.inbox.revision IS 'revision of a request';
COMMENT ON COLUMN erp_v1.inbox.action IS
'what is asked or reported: upsert, cancel, close, post, reverse';
COMMENT ON COLUMN erp_v1.inbox.message_id IS 'the sender''s own id of the transmission';
COMMENT ON COLUMN erp_v1.inbox.delivered_at IS 'when it was laid into the inbox';
COMMENT ON COLUMN erp_v1.inbox.state IS 'pending, taken, accepted, refused or withdrawn';
COMMENT ON COLUMN erp_v1.inbox.receiver_ref IS 'your own document number';
COMMENT ON COLUMN erp_v1.inbox.reason_code IS 'why you refused';
COMMENT ON COLUMN erp_v1.inbox.note IS 'your words';
COMMENT ON COLUMN erp_v1.inbox.answered_at IS 'when you accepted or refused';

CREATE VIEW erp_v1.message_status WITH (security_barrier) AS
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

GRANT SELECT ON erp_v1.message_status TO crossdock_erp;

COMMENT ON VIEW erp_v1.message_status IS 'Where each of your own messages stands, also those that were retired to the archive; of those whose month was dropped the end alone is known.';

COMMENT ON COLUMN erp_v1.message_status.seq IS
'our number of the message, unique across everything';
COMMENT ON COLUMN erp_v1.message_status.message_id IS 'your own id of the transmission';
COMMENT ON COLUMN erp_v1.message_status.doc_type IS
'document type: the name of the view it came through';
COMMENT ON COLUMN erp_v1.message_status.doc_no IS
'own number of the document; master data: their codes';
COMMENT ON COLUMN erp_v1.message_status.revision IS 'revision of a request';
COMMENT ON COLUMN erp_v1.message_status.state IS 'where the message stands';
COMMENT ON COLUMN erp_v1.message_status.received_at IS
'when it was inserted; null: its month was dropped';
COMMENT ON COLUMN erp_v1.message_status.finished_at IS 'when it came to its end';
COMMENT ON COLUMN erp_v1.message_status.attempts IS 'attempts that failed';
COMMENT ON COLUMN erp_v1.message_status.waiting_for IS
'the first thing that it waits for: lines, item:X, answer:N ...';
COMMENT ON COLUMN erp_v1.message_status.duplicate_of IS
'seq of the message with the same content';
COMMENT ON COLUMN erp_v1.message_status.superseded_by IS 'seq of the message that replaced it';

CREATE VIEW erp_v1.message_error WITH (security_barrier) AS
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

GRANT SELECT ON erp_v1.message_error TO crossdock_erp;

COMMENT ON VIEW erp_v1.message_error IS
'Every finding of your own messages, one row for each line and column.';

COMMENT ON COLUMN erp_v1.message_error.seq IS 'message it was found in';
COMMENT ON COLUMN erp_v1.message_error.message_id IS 'your own id of the transmission';
COMMENT ON COLUMN erp_v1.message_error.line_no IS 'line it was found on; null for the header';
COMMENT ON COLUMN erp_v1.message_error.column_name IS 'column it was found in';
COMMENT ON COLUMN erp_v1.message_error.code IS 'error code, FAMILY-nnn';
COMMENT ON COLUMN erp_v1.message_error.severity IS
'error, wait (it may still come), task (posted, a person decides) or warning';
COMMENT ON COLUMN erp_v1.message_error.value IS 'what was sent';
COMMENT ON COLUMN erp_v1.message_error.expected IS 'what would have been right';
COMMENT ON COLUMN erp_v1.message_error.text IS 'the finding in words';
COMMENT ON COLUMN erp_v1.message_error.hint IS 'what to do';
COMMENT ON COLUMN erp_v1.message_error.first_seen_at IS 'when it was found first';
COMMENT ON COLUMN erp_v1.message_error.resolved_at IS
'since when it no longer holds; null: it does';

CREATE VIEW erp_v1.order_status WITH (security_barrier) AS
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

GRANT SELECT ON erp_v1.order_status TO crossdock_erp;

COMMENT ON VIEW erp_v1.order_status IS
'Progress of every order line, in base units: ordered + over = done + cancelled + short + open.';

COMMENT ON COLUMN erp_v1.order_status.warehouse_code IS 'warehouse that works the order';
COMMENT ON COLUMN erp_v1.order_status.order_type IS 'document type of the order';
COMMENT ON COLUMN erp_v1.order_status.order_no IS 'number of the order';
COMMENT ON COLUMN erp_v1.order_status.revision IS 'revision in force';
COMMENT ON COLUMN erp_v1.order_status.state IS 'where the order stands';
COMMENT ON COLUMN erp_v1.order_status.line_no IS
'line of the order; 0 is the product of a production_order';
COMMENT ON COLUMN erp_v1.order_status.item_code IS 'item, in the canonical code';
COMMENT ON COLUMN erp_v1.order_status.uom IS 'base unit of the item: all quantities are in it';
COMMENT ON COLUMN erp_v1.order_status.ordered_qty IS 'ordered';
COMMENT ON COLUMN erp_v1.order_status.done_qty IS 'received, shipped, issued or made';
COMMENT ON COLUMN erp_v1.order_status.cancelled_qty IS 'cancelled';
COMMENT ON COLUMN erp_v1.order_status.short_qty IS 'given up at the end';
COMMENT ON COLUMN erp_v1.order_status.over_qty IS 'done and cancelled above ordered';
COMMENT ON COLUMN erp_v1.order_status.open_qty IS 'still expected';
COMMENT ON COLUMN erp_v1.order_status.state_of_line IS 'where the line stands';
COMMENT ON COLUMN erp_v1.order_status.last_fact_at IS
'when the last fact was applied to the line';

CREATE VIEW erp_v1.stock WITH (security_barrier) AS
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

GRANT SELECT ON erp_v1.stock TO crossdock_erp;

COMMENT ON VIEW erp_v1.stock IS 'Stock as the ledger has it, in base units and canonical codes.';

COMMENT ON COLUMN erp_v1.stock.warehouse_code IS 'warehouse';
COMMENT ON COLUMN erp_v1.stock.item_code IS 'item, in the canonical code';
COMMENT ON COLUMN erp_v1.stock.lot_no IS 'lot; empty for none';
COMMENT ON COLUMN erp_v1.stock.location_code IS 'location; empty for the warehouse as a whole';
COMMENT ON COLUMN erp_v1.stock.stock_status IS
'unrestricted, quality, blocked, returns or in_transit';
COMMENT ON COLUMN erp_v1.stock.qty IS 'quantity, in uom';
COMMENT ON COLUMN erp_v1.stock.uom IS 'base unit of the item';
COMMENT ON COLUMN erp_v1.stock.row_version IS 'raised by every change';
COMMENT ON COLUMN erp_v1.stock.changed_at IS 'when it changed last';

CREATE VIEW erp_v1.availability WITH (security_barrier) AS
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

GRANT SELECT ON erp_v1.availability TO crossdock_erp;

COMMENT ON VIEW erp_v1.availability IS
'What may be promised: unrestricted stock less open outbound and component demand, in base units.';

COMMENT ON COLUMN erp_v1.availability.warehouse_code IS 'warehouse';
COMMENT ON COLUMN erp_v1.availability.item_code IS 'item, in the canonical code';
COMMENT ON COLUMN erp_v1.availability.uom IS 'base unit of the item: all quantities are in it';
COMMENT ON COLUMN erp_v1.availability.unrestricted_qty IS 'stock in status unrestricted';
COMMENT ON COLUMN erp_v1.availability.other_qty IS 'stock in all other statuses';
COMMENT ON COLUMN erp_v1.availability.reserved_qty IS
'open outbound orders and production components';
COMMENT ON COLUMN erp_v1.availability.inbound_qty IS
'open inbound orders, transfers and production; shown, not promised';
COMMENT ON COLUMN erp_v1.availability.available_to_promise IS
'unrestricted less reserved; may be negative';

CREATE FUNCTION erp_v1.take(max_rows integer, doc_type text DEFAULT NULL)
RETURNS SETOF erp_v1.inbox
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
    SELECT i.* FROM erp_v1.inbox AS i
    WHERE i.delivery_id = ANY (picked) ORDER BY i.delivery_id;
END
$body$;

REVOKE ALL ON FUNCTION erp_v1.take(integer, text) FROM public;

GRANT EXECUTE ON FUNCTION erp_v1.take(integer, text) TO crossdock_erp;

COMMENT ON FUNCTION erp_v1.take(integer, text) IS
'Claims up to max_rows pending rows of your inbox for one of several readers, and returns them.';

GRANT USAGE ON SCHEMA erp_v1 TO crossdock_erp;

CREATE VIEW wms_v1.inbox WITH (security_barrier) AS
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

GRANT SELECT, UPDATE (state, receiver_ref, reason_code, note) ON wms_v1.inbox TO crossdock_wms;

COMMENT ON VIEW wms_v1.inbox IS
'What you have to read and to answer: UPDATE state to taken, accepted or refused.';

COMMENT ON COLUMN wms_v1.inbox.delivery_id IS
'number of the delivery; joins the headers and lines to read';
COMMENT ON COLUMN wms_v1.inbox.warehouse_code IS
'warehouse of the document; null for master data';
COMMENT ON COLUMN wms_v1.inbox.doc_type IS 'document type: the name of the view that holds it';
COMMENT ON COLUMN wms_v1.inbox.doc_no IS 'the document''s own number';
COMMENT ON COLUMN wms_v1.inbox.revision IS 'revision of a request';
COMMENT ON COLUMN wms_v1.inbox.action IS
'what is asked or reported: upsert, cancel, close, post, reverse';
COMMENT ON COLUMN wms_v1.inbox.message_id IS 'the sender''s own id of the transmission';
COMMENT ON COLUMN wms_v1.inbox.delivered_at IS 'when it was laid into the inbox';
COMMENT ON COLUMN wms_v1.inbox.state IS 'pending, taken, accepted, refused or withdrawn';
COMMENT ON COLUMN wms_v1.inbox.receiver_ref IS 'your own document number';
COMMENT ON COLUMN wms_v1.inbox.reason_code IS 'why you refused';
COMMENT ON COLUMN wms_v1.inbox.note IS 'your words';
COMMENT ON COLUMN wms_v1.inbox.answered_at IS 'when you accepted or refused';

CREATE VIEW wms_v1.message_status WITH (security_barrier) AS
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

GRANT SELECT ON wms_v1.message_status TO crossdock_wms;

COMMENT ON VIEW wms_v1.message_status IS 'Where each of your own messages stands, also those that were retired to the archive; of those whose month was dropped the end alone is known.';

COMMENT ON COLUMN wms_v1.message_status.seq IS
'our number of the message, unique across everything';
COMMENT ON COLUMN wms_v1.message_status.message_id IS 'your own id of the transmission';
COMMENT ON COLUMN wms_v1.message_status.doc_type IS
'document type: the name of the view it came through';
COMMENT ON COLUMN wms_v1.message_status.doc_no IS
'own number of the document; master data: their codes';
COMMENT ON COLUMN wms_v1.message_status.revision IS 'revision of a request';
COMMENT ON COLUMN wms_v1.message_status.state IS 'where the message stands';
COMMENT ON COLUMN wms_v1.message_status.received_at IS
'when it was inserted; null: its month was dropped';
COMMENT ON COLUMN wms_v1.message_status.finished_at IS 'when it came to its end';
COMMENT ON COLUMN wms_v1.message_status.attempts IS 'attempts that failed';
COMMENT ON COLUMN wms_v1.message_status.waiting_for IS
'the first thing that it waits for: lines, item:X, answer:N ...';
COMMENT ON COLUMN wms_v1.message_status.duplicate_of IS
'seq of the message with the same content';
COMMENT ON COLUMN wms_v1.message_status.superseded_by IS 'seq of the message that replaced it';

CREATE VIEW wms_v1.message_error WITH (security_barrier) AS
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

GRANT SELECT ON wms_v1.message_error TO crossdock_wms;

COMMENT ON VIEW wms_v1.message_error IS
'Every finding of your own messages, one row for each line and column.';

COMMENT ON COLUMN wms_v1.message_error.seq IS 'message it was found in';
COMMENT ON COLUMN wms_v1.message_error.message_id IS 'your own id of the transmission';
COMMENT ON COLUMN wms_v1.message_error.line_no IS 'line it was found on; null for the header';
COMMENT ON COLUMN wms_v1.message_error.column_name IS 'column it was found in';
COMMENT ON COLUMN wms_v1.message_error.code IS 'error code, FAMILY-nnn';
COMMENT ON COLUMN wms_v1.message_error.severity IS
'error, wait (it may still come), task (posted, a person decides) or warning';
COMMENT ON COLUMN wms_v1.message_error.value IS 'what was sent';
COMMENT ON COLUMN wms_v1.message_error.expected IS 'what would have been right';
COMMENT ON COLUMN wms_v1.message_error.text IS 'the finding in words';
COMMENT ON COLUMN wms_v1.message_error.hint IS 'what to do';
COMMENT ON COLUMN wms_v1.message_error.first_seen_at IS 'when it was found first';
COMMENT ON COLUMN wms_v1.message_error.resolved_at IS
'since when it no longer holds; null: it does';

CREATE VIEW wms_v1.order_status WITH (security_barrier) AS
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

GRANT SELECT ON wms_v1.order_status TO crossdock_wms;

COMMENT ON VIEW wms_v1.order_status IS
'Progress of every order line, in base units: ordered + over = done + cancelled + short + open.';

COMMENT ON COLUMN wms_v1.order_status.warehouse_code IS 'warehouse that works the order';
COMMENT ON COLUMN wms_v1.order_status.order_type IS 'document type of the order';
COMMENT ON COLUMN wms_v1.order_status.order_no IS 'number of the order';
COMMENT ON COLUMN wms_v1.order_status.revision IS 'revision in force';
COMMENT ON COLUMN wms_v1.order_status.state IS 'where the order stands';
COMMENT ON COLUMN wms_v1.order_status.line_no IS
'line of the order; 0 is the product of a production_order';
COMMENT ON COLUMN wms_v1.order_status.item_code IS 'item, in the canonical code';
COMMENT ON COLUMN wms_v1.order_status.uom IS 'base unit of the item: all quantities are in it';
COMMENT ON COLUMN wms_v1.order_status.ordered_qty IS 'ordered';
COMMENT ON COLUMN wms_v1.order_status.done_qty IS 'received, shipped, issued or made';
COMMENT ON COLUMN wms_v1.order_status.cancelled_qty IS 'cancelled';
COMMENT ON COLUMN wms_v1.order_status.short_qty IS 'given up at the end';
COMMENT ON COLUMN wms_v1.order_status.over_qty IS 'done and cancelled above ordered';
COMMENT ON COLUMN wms_v1.order_status.open_qty IS 'still expected';
COMMENT ON COLUMN wms_v1.order_status.state_of_line IS 'where the line stands';
COMMENT ON COLUMN wms_v1.order_status.last_fact_at IS
'when the last fact was applied to the line';

CREATE VIEW wms_v1.stock WITH (security_barrier) AS
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

GRANT SELECT ON wms_v1.stock TO crossdock_wms;

COMMENT ON VIEW wms_v1.stock IS 'Stock as the ledger has it, in base units and canonical codes.';

COMMENT ON COLUMN wms_v1.stock.warehouse_code IS 'warehouse';
COMMENT ON COLUMN wms_v1.stock.item_code IS 'item, in the canonical code';
COMMENT ON COLUMN wms_v1.stock.lot_no IS 'lot; empty for none';
COMMENT ON COLUMN wms_v1.stock.location_code IS 'location; empty for the warehouse as a whole';
COMMENT ON COLUMN wms_v1.stock.stock_status IS
'unrestricted, quality, blocked, returns or in_transit';
COMMENT ON COLUMN wms_v1.stock.qty IS 'quantity, in uom';
COMMENT ON COLUMN wms_v1.stock.uom IS 'base unit of the item';
COMMENT ON COLUMN wms_v1.stock.row_version IS 'raised by every change';
COMMENT ON COLUMN wms_v1.stock.changed_at IS 'when it changed last';

CREATE VIEW wms_v1.availability WITH (security_barrier) AS
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

GRANT SELECT ON wms_v1.availability TO crossdock_wms;

COMMENT ON VIEW wms_v1.availability IS
'What may be promised: unrestricted stock less open outbound and component demand, in base units.';

COMMENT ON COLUMN wms_v1.availability.warehouse_code IS 'warehouse';
COMMENT ON COLUMN wms_v1.availability.item_code IS 'item, in the canonical code';
COMMENT ON COLUMN wms_v1.availability.uom IS 'base unit of the item: all quantities are in it';
COMMENT ON COLUMN wms_v1.availability.unrestricted_qty IS 'stock in status unrestricted';
COMMENT ON COLUMN wms_v1.availability.other_qty IS 'stock in all other statuses';
COMMENT ON COLUMN wms_v1.availability.reserved_qty IS
'open outbound orders and production components';
COMMENT ON COLUMN wms_v1.availability.inbound_qty IS
'open inbound orders, transfers and production; shown, not promised';
COMMENT ON COLUMN wms_v1.availability.available_to_promise IS
'unrestricted less reserved; may be negative';

CREATE FUNCTION wms_v1.take(max_rows integer, doc_type text DEFAULT NULL)
RETURNS SETOF wms_v1.inbox
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
    SELECT i.* FROM wms_v1.inbox AS i
    WHERE i.delivery_id = ANY (picked) ORDER BY i.delivery_id;
END
$body$;

REVOKE ALL ON FUNCTION wms_v1.take(integer, text) FROM public;

GRANT EXECUTE ON FUNCTION wms_v1.take(integer, text) TO crossdock_wms;

COMMENT ON FUNCTION wms_v1.take(integer, text) IS
'Claims up to max_rows pending rows of your inbox for one of several readers, and returns them.';

GRANT USAGE ON SCHEMA wms_v1 TO crossdock_wms;

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

GRANT SELECT, INSERT (
    message_id, warehouse_code, delivery_id, line_no, receiver_ref, item_code, qty, uom, lot_no,
    stock_status, posted_at
) ON erp_v1.posting_line TO crossdock_erp;

COMMENT ON VIEW erp_v1.posting_line IS
'The echo, optional: what you posted for a delivery; proves double and wrong postings.';

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

GRANT USAGE ON SCHEMA staging, book, archive, recon, ops, erp_v1, wms_v1 TO crossdock_dba;

GRANT SELECT ON ALL TABLES IN SCHEMA staging, book, archive, recon, ops TO crossdock_dba;

GRANT USAGE ON SCHEMA archive, recon, ops TO crossdock_reader;

GRANT SELECT ON ALL TABLES IN SCHEMA archive, recon, ops TO crossdock_reader;

GRANT USAGE ON SCHEMA staging, book, archive, recon, ops TO crossdock_daemon;

GRANT SELECT ON ALL TABLES IN SCHEMA staging, book, archive, recon, ops TO crossdock_daemon;

GRANT INSERT ON staging.message, staging.line, staging.delivery, staging.delivery_line,
staging.business_key, staging.message_error, staging.wait_key, staging.event, staging.answer_line TO crossdock_daemon;

GRANT UPDATE ON staging.message, staging.delivery, staging.business_key, staging.message_error
TO crossdock_daemon;

GRANT DELETE ON staging.wait_key TO crossdock_daemon;

GRANT INSERT ON staging.memory, archive.message, archive.line, archive.delivery,
archive.delivery_line, archive.answer_line, archive.message_error, archive.event TO crossdock_daemon;

GRANT DELETE ON staging.message, staging.line, staging.delivery, staging.delivery_line,
staging.answer_line, staging.message_error, staging.event TO crossdock_daemon;

GRANT INSERT, UPDATE ON book.item, book.item_uom, book.party, book.warehouse, book.location,
book.code_map, book.lane_counter, book.order_head, book.order_line, book.order_final,
book.balance, book.lot, book.serial, book.count_position TO crossdock_daemon;

GRANT INSERT ON book.ledger TO crossdock_daemon;

GRANT INSERT, UPDATE ON ops.decision TO crossdock_daemon;

GRANT INSERT, UPDATE ON ops.job_run TO crossdock_daemon;

GRANT UPDATE (next_due_at) ON ops.job TO crossdock_daemon;

GRANT UPDATE (opened_at, open_until) ON ops.work_rule TO crossdock_daemon;

GRANT INSERT, UPDATE ON recon.run, recon.run_warehouse, recon.difference, recon.adjustment TO crossdock_daemon;

GRANT INSERT ON recon.run_total, recon.book_total, recon.gate, recon.difference_part, recon.quarantine, recon.figure,
recon.comment, recon.second_look TO crossdock_daemon;

GRANT INSERT, UPDATE ON recon.scope_rule, recon.roll_up, recon.tolerance, recon.count_tolerance TO crossdock_dba;

GRANT INSERT, UPDATE, DELETE ON ops.table_size TO crossdock_daemon;
