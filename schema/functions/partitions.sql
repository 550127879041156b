-- Months of the archive: made ahead, detached, attached again, dropped. The daemon owns nothing, so
-- these run with the rights of the schema's owner. A plain DETACH takes an exclusive lock on the
-- parent: it is asked for during 300 ms, less than PostgreSQL takes to look for deadlocks, and whoever
-- calls tries again. CONCURRENTLY cannot run inside a function, and waits for every old snapshot.

-- name: parents
CREATE FUNCTION archive.parents() RETURNS text []
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT ARRAY['message', 'line', 'delivery', 'delivery_line', 'answer_line', 'message_error', 'event']
$body$;

-- name: parents_comment
COMMENT ON FUNCTION archive.parents() IS 'The tables whose partitions are a month together.';

-- name: first_day
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

-- name: first_day_comment
COMMENT ON FUNCTION archive.first_day(date) IS 'The first day of the month of a date.';

-- name: create_month
-- Each partition is made as a table of its own and attached: readers of the archive are not
-- blocked, as CREATE TABLE .. PARTITION OF would do. Two callers make it one after the other.
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

-- name: create_month_comment
COMMENT ON FUNCTION archive.create_month(date) IS
'Makes the archive''s partitions of the month of a date, where they are missing; returns how many.';

-- name: create_month_grant
REVOKE ALL ON FUNCTION archive.create_month(date) FROM public;

-- name: create_month_grant_daemon
GRANT EXECUTE ON FUNCTION archive.create_month(date) TO crossdock_daemon;

-- name: digest
-- Every column of every row is in it, whatever their order. MD5, not hashtext: it is the same on
-- every version and machine. Two digests of parts add up to that of the whole.
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

-- name: digest_comment
COMMENT ON FUNCTION archive.digest(regclass, text [], timestamptz, timestamptz) IS
'Number of rows of a month and a digest of their columns, whatever their order; reads the whole month.';

-- name: month_content
-- What a month holds, table by table, in the form in which archive.export keeps it.
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

-- name: month_content_comment
COMMENT ON FUNCTION archive.month_content(date, text) IS
'Rows and digests of the tables of a month; suffix is empty, or _detached for a month that was detached.';

-- name: detach_month
-- Whole or not at all. What the archive's readers hold open is waited for 300 ms a table.
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

-- name: detach_month_comment
COMMENT ON FUNCTION archive.detach_month(date, text) IS
'Takes the partitions of a month out of the archive; they stay as tables *_detached. 55P03: try again.';

-- name: attach_month
-- Rows that came for the month in the meantime lie in a new partition: they go into the old one.
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

-- name: attach_month_comment
COMMENT ON FUNCTION archive.attach_month(date, text) IS
'Puts a month that was detached back into the archive, with the rows that came since. 55P03: try again.';

-- name: drop_month
-- Nothing can be added to a month that is detached: what was exported is compared with what is there.
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

-- name: drop_month_comment
COMMENT ON FUNCTION archive.drop_month(date, text, boolean) IS
'Drops a month that is detached and returns the bytes freed; refuses what was not exported unless told.';

-- name: record_export
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

-- name: record_export_comment
COMMENT ON FUNCTION archive.record_export(date, text, text, text, jsonb) IS
'Remembers that a month was written to files, with what it held; returns the number of the part.';

-- name: record_restore
-- Only what this database dropped comes back: the memory of anything else is not here.
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

-- name: record_restore_comment
COMMENT ON FUNCTION archive.record_restore(date, jsonb) IS
'Remembers that what was exported and dropped is loaded again; refuses what was not dropped here.';

-- name: analyze_parents
-- Autovacuum analyzes partitions, never the table that they are parts of: without its statistics a
-- join over the whole archive is planned as if a column had 200 values.
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

-- name: analyze_parents_comment
COMMENT ON FUNCTION archive.analyze_parents() IS
'Takes the statistics of the archive''s tables as a whole; autovacuum takes those of the months alone.';

-- name: month_revoke
REVOKE ALL ON FUNCTION archive.analyze_parents(), archive.detach_month(date, text), archive.attach_month(date, text),
archive.drop_month(date, text, boolean), archive.record_export(date, text, text, text, jsonb),
archive.record_restore(date, jsonb) FROM public;

-- name: month_grant
-- The DBA, too: at three in the morning the disk is full and the daemon's password is not at hand.
GRANT EXECUTE ON FUNCTION archive.analyze_parents(), archive.create_month(date), archive.detach_month(date, text),
archive.attach_month(date, text), archive.drop_month(date, text, boolean),
archive.record_export(date, text, text, text, jsonb), archive.record_restore(date, jsonb)
TO crossdock_daemon, crossdock_dba;

-- name: archive_month
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

-- name: archive_month_comments
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
