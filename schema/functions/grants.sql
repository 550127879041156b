-- Least privilege: senders reach only their contract schema, the daemon owns nothing.

-- name: dba
GRANT USAGE ON SCHEMA staging, book, archive, recon, ops, erp_v1, wms_v1 TO crossdock_dba;

-- name: dba_read
GRANT SELECT ON ALL TABLES IN SCHEMA staging, book, archive, recon, ops TO crossdock_dba;

-- name: reader
GRANT USAGE ON SCHEMA archive, recon, ops TO crossdock_reader;

-- name: reader_read
GRANT SELECT ON ALL TABLES IN SCHEMA archive, recon, ops TO crossdock_reader;

-- name: daemon
GRANT USAGE ON SCHEMA staging, book, archive, recon, ops TO crossdock_daemon;

-- name: daemon_read
GRANT SELECT ON ALL TABLES IN SCHEMA staging, book, archive, recon, ops TO crossdock_daemon;

-- name: daemon_staging
GRANT INSERT ON staging.message, staging.line, staging.delivery, staging.delivery_line,
staging.business_key, staging.message_error, staging.wait_key, staging.event, staging.answer_line TO crossdock_daemon;

-- name: daemon_staging_update
GRANT UPDATE ON staging.message, staging.delivery, staging.business_key, staging.message_error
TO crossdock_daemon;

-- name: daemon_staging_delete
GRANT DELETE ON staging.wait_key TO crossdock_daemon;

-- name: daemon_retire
-- What is retired leaves staging; the triggers *_leave see to it that it is remembered.
GRANT INSERT ON staging.memory, archive.message, archive.line, archive.delivery,
archive.delivery_line, archive.answer_line, archive.message_error, archive.event TO crossdock_daemon;

-- name: daemon_retire_delete
GRANT DELETE ON staging.message, staging.line, staging.delivery, staging.delivery_line,
staging.answer_line, staging.message_error, staging.event TO crossdock_daemon;

-- name: daemon_book
GRANT INSERT, UPDATE ON book.item, book.item_uom, book.party, book.warehouse, book.location,
book.code_map, book.lane_counter, book.order_head, book.order_line, book.order_final,
book.balance, book.lot, book.serial, book.count_position TO crossdock_daemon;

-- name: daemon_ledger
GRANT INSERT ON book.ledger TO crossdock_daemon;

-- name: daemon_ops
GRANT INSERT, UPDATE ON ops.decision TO crossdock_daemon;

-- name: daemon_jobs
GRANT INSERT, UPDATE ON ops.job_run TO crossdock_daemon;

-- name: daemon_jobs_next
GRANT UPDATE (next_due_at) ON ops.job TO crossdock_daemon;

-- name: daemon_windows
GRANT UPDATE (opened_at, open_until) ON ops.work_rule TO crossdock_daemon;

-- name: daemon_recon
GRANT INSERT, UPDATE ON recon.run, recon.run_warehouse, recon.difference, recon.adjustment TO crossdock_daemon;

-- name: daemon_recon_insert
GRANT INSERT ON recon.run_total, recon.book_total, recon.gate, recon.difference_part, recon.quarantine, recon.figure,
recon.comment, recon.second_look TO crossdock_daemon;

-- name: dba_recon
-- What is compared and what is tolerated is decided by people; every run keeps what held.
GRANT INSERT, UPDATE ON recon.scope_rule, recon.roll_up, recon.tolerance, recon.count_tolerance TO crossdock_dba;

-- name: daemon_sizes
GRANT INSERT, UPDATE, DELETE ON ops.table_size TO crossdock_daemon;
