-- What people decide about the jobs of the clock, and what they see of them.

-- name: need_job
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

-- name: is_schedule
-- Whether the text is a cron expression of five fields. Day of month may be L or LW; day of week may
-- name the n-th of a month (5#2) or the last (5L).
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

-- name: schedule_set
-- Decides when a job is due. Times that have passed are not caught up.
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

-- name: schedule_halt
-- Pauses a job, or lets it go on. What was due meanwhile is not caught up: who pauses means it.
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

-- name: schedule_pause
CREATE FUNCTION ops.schedule_pause(job text, reason text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT staging.schedule_halt(job, true, reason) $body$;

-- name: schedule_resume
CREATE FUNCTION ops.schedule_resume(job text, reason text) RETURNS text
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$ SELECT staging.schedule_halt(job, false, reason) $body$;

-- name: schedule
-- plan: job_run_pkey, one probe for each job
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

-- name: schedule_comments
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

-- name: schedule_revoke
REVOKE ALL ON FUNCTION ops.schedule_set(text, text, text, text), ops.schedule_pause(text, text),
ops.schedule_resume(text, text), staging.schedule_halt(text, boolean, text), staging.need_job(text),
staging.is_schedule(text) FROM public;

-- name: schedule_grant
GRANT EXECUTE ON FUNCTION ops.schedule_set(text, text, text, text), ops.schedule_pause(text, text),
ops.schedule_resume(text, text) TO crossdock_dba;
