-- Which document types wait for a window of the clock, and which ones go before others. Where no rule
-- stands, a message is worked at once, in the order of its number.

-- name: work_rule_words
-- A rule in words, for commands and the audit.
CREATE FUNCTION staging.work_rule_words(doc_type text, warehouse_code text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $body$
    SELECT coalesce('from ' || j.schedule || ' ' || j.time_zone || ' for ' || r.lasts, 'at once')
        || ', priority ' || r.priority
    FROM ops.work_rule AS r LEFT JOIN ops.job AS j ON r.job = j.job
    WHERE r.doc_type = work_rule_words.doc_type AND r.warehouse_code = work_rule_words.warehouse_code
$body$;

-- name: end_window_job
-- Ends a window's job that no rule names any more. Its runs are history: with some, it stays, paused.
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

-- name: set_work_rule
-- Decides when a document type is worked and what it goes before, everywhere (warehouse null) or in
-- one warehouse. A schedule of null means at once.
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

-- name: drop_work_rule
-- Takes a rule back: the one for every warehouse holds, or the type is worked at once.
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

-- name: work
-- plan: message_window_idx; a handful of rules
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

-- name: work_comments
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

-- name: work_revoke
REVOKE ALL ON FUNCTION ops.set_work_rule(text, text, integer, text, text, interval, text),
ops.drop_work_rule(text, text, text), staging.work_rule_words(text, text), staging.end_window_job(text, text)
FROM public;

-- name: work_grant
GRANT EXECUTE ON FUNCTION ops.set_work_rule(text, text, integer, text, text, interval, text),
ops.drop_work_rule(text, text, text) TO crossdock_dba;
