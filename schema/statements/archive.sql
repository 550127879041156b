-- Archive: months that are exported, dropped, restored; and how tables grow. What reads and writes
-- whole months is rendered from the tables: see schema/archive_copy.py.

-- name: archive_months
-- Lists the months of the archive: here, detached, or dropped.
-- returns: month date, state text, message_count bigint, table_bytes bigint, index_bytes bigint,
-- exported_part integer, exported_at timestamptz, file_format text, path text, exported_messages
-- bigint, dropped_at timestamptz, restored_at timestamptz; oldest first
SELECT
    m.month,
    m.state,
    m.message_count,
    m.table_bytes,
    m.index_bytes,
    m.exported_part,
    m.exported_at,
    m.file_format,
    m.path,
    m.exported_messages,
    m.dropped_at,
    m.restored_at
FROM ops.archive_month AS m
ORDER BY m.month, m.state;

-- name: archive_patience
-- Lets the statements of this transaction take as long as they need: they read or write a month.
-- returns: set_config text
SELECT set_config('statement_timeout', '0', true);

-- name: archive_content
-- Tells rows and digest of each table of a month that is attached.
-- params: month date
-- returns: content jsonb
SELECT archive.month_content(:month, '') AS content;

-- name: archive_digest
-- Tells rows and digest of one table in a month, over the columns that are named.
-- params: relation text, columns text[], since timestamptz, before timestamptz
-- returns: row_count bigint, digest numeric
SELECT
    d.row_count,
    d.digest
FROM archive.digest(CAST(CAST(:relation AS text) AS regclass), CAST(:columns AS text []), :since, :before) AS d;

-- name: archive_record_export
-- Remembers that a month was written to files.
-- params: month date, file_format text, path text, revision text, content jsonb
-- returns: part integer
SELECT archive.record_export(:month, :file_format, :path, :revision, CAST(:content AS jsonb)) AS part;

-- name: archive_record_restore
-- Remembers that what was exported was loaded again.
-- params: month date, content jsonb
-- returns: part integer; fails with 55000 for what was not dropped here
SELECT archive.record_restore(:month, CAST(:content AS jsonb)) AS part;

-- name: archive_detach
-- Takes a month out of the archive.
-- params: month date, reason text
-- returns: tables integer
-- locks: the tables of the archive, ACCESS EXCLUSIVE, for milliseconds
SELECT archive.detach_month(:month, :reason) AS tables;

-- name: archive_attach
-- Puts a month that was detached back.
-- params: month date, reason text
-- returns: tables integer
SELECT archive.attach_month(:month, :reason) AS tables;

-- name: archive_drop
-- Drops a month that is detached.
-- params: month date, reason text, without_export boolean
-- returns: bytes bigint
SELECT archive.drop_month(:month, :reason, :without_export) AS bytes;

-- name: archive_analyze
-- Takes the statistics of the archive's tables as a whole.
-- returns: analyze_parents void
-- locks: the tables of the archive, SHARE UPDATE EXCLUSIVE
SELECT archive.analyze_parents();

-- name: table_sizes_record
-- Notes how large the tables are today.
-- params: today date
INSERT INTO ops.table_size (table_name, taken_on, live_rows, table_bytes, index_bytes)
SELECT
    h.name,
    :today,
    h.live_rows,
    h.table_bytes,
    h.index_bytes
FROM ops.health AS h
WHERE h.kind = 'table'
ON CONFLICT (table_name, taken_on) DO UPDATE SET
    live_rows = excluded.live_rows,
    table_bytes = excluded.table_bytes,
    index_bytes = excluded.index_bytes;

-- name: table_sizes_forget
-- Forgets sizes that nobody compares with any more.
-- params: before date
DELETE FROM ops.table_size AS z
WHERE z.taken_on < :before;
