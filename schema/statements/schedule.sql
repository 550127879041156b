-- Jobs of the clock: which are due, who runs them, what became of it.

-- name: schedule_look
-- Reads all jobs that are not paused, with what decides whether they are due. Asked every few
-- seconds; last_due_at is of runs by the schedule, retry_due_at of the newest one to be repeated.
-- returns: job text, schedule text, time_zone text, since timestamptz, next_due_at timestamptz,
-- last_due_at timestamptz, retry_due_at timestamptz, is_running boolean, at timestamptz; one row
-- for each job
-- plan: job_run_pkey, job_run_running_idx
SELECT
    j.job,
    j.schedule,
    j.time_zone,
    j.since,
    j.next_due_at,
    r.due_at AS last_due_at,
    CASE WHEN r.retry_at <= clock_timestamp() THEN r.due_at END AS retry_due_at,
    EXISTS (SELECT FROM ops.job_run AS x WHERE x.job = j.job AND x.state = 'running') AS is_running,
    clock_timestamp() AS at
FROM ops.job AS j
LEFT JOIN LATERAL (
    SELECT
        x.due_at,
        x.retry_at
    FROM ops.job_run AS x
    WHERE x.job = j.job AND x.origin = 'schedule'
    ORDER BY x.due_at DESC
    LIMIT 1
) AS r ON true
WHERE j.paused_at IS NULL
ORDER BY j.job;

-- name: schedule_next
-- Tells people when the job is due next.
-- params: job text, next_due_at timestamptz
UPDATE ops.job SET next_due_at = :next_due_at
WHERE job = :job AND next_due_at IS DISTINCT FROM :next_due_at;

-- name: schedule_guard
-- Takes the right to run a job: held as long as this transaction is open, gone when its session is. It
-- takes no transaction id and no snapshot, so it does not hold back cleaning.
-- params: job text
-- returns: is_mine boolean, patience text
-- locks: the advisory lock of the job
SELECT
    pg_try_advisory_xact_lock(hashtext('crossdock job'), hashtext(:job)) AS is_mine,
    set_config('idle_in_transaction_session_timeout', '0', true) AS patience;

-- name: schedule_lose
-- Marks as lost, and due again, what was left running by one who no longer holds the job's guard.
-- params: job text, now timestamptz, max_attempts integer
-- returns: due_at timestamptz, origin text; one row for each lost run
-- locks: the lost runs
-- plan: job_run_running_idx
UPDATE ops.job_run SET
    state = 'lost',
    ended_at = :now,
    retry_at = CASE
        WHEN attempts < :max_attempts AND origin = 'schedule' THEN CAST(:now AS timestamptz)
    END,
    error = 'the process that ran it is gone'
WHERE job = :job AND state = 'running'
RETURNING due_at, origin;

-- name: schedule_begin
-- Begins a run; of several daemons one gets the row.
-- params: job text, due_at timestamptz, origin text, missed_count integer, runner text, now
-- timestamptz
-- returns: attempts integer; no row: another one was faster
INSERT INTO ops.job_run (job, due_at, origin, state, missed_count, runner, started_at)
VALUES (:job, :due_at, :origin, 'running', :missed_count, :runner, :now)
ON CONFLICT (job, due_at) DO NOTHING
RETURNING attempts;

-- name: schedule_again
-- Begins a lost or failed run once more.
-- params: job text, due_at timestamptz, runner text, now timestamptz
-- returns: attempts integer; no row: another one was faster
-- plan: job_run_pkey
UPDATE ops.job_run SET
    state = 'running',
    attempts = attempts + 1,
    runner = :runner,
    started_at = :now,
    ended_at = NULL,
    retry_at = NULL,
    progress = NULL,
    error = NULL
WHERE job = :job AND due_at = :due_at AND state IN ('lost', 'failed') AND retry_at IS NOT NULL
RETURNING attempts;

-- name: schedule_progress
-- Says how far a run has come.
-- params: job text, due_at timestamptz, attempts integer, progress text
-- plan: job_run_pkey
UPDATE ops.job_run SET progress = :progress
WHERE job = :job AND due_at = :due_at AND attempts = :attempts AND state = 'running';

-- name: schedule_end
-- Ends a run, unless it was taken for lost meanwhile and begun again.
-- params: job text, due_at timestamptz, attempts integer, state text, counts jsonb, error text,
-- retry_at timestamptz, now timestamptz
-- plan: job_run_pkey
UPDATE ops.job_run SET
    state = :state,
    ended_at = :now,
    counts = CAST(:counts AS jsonb),
    error = :error,
    retry_at = :retry_at
WHERE job = :job AND due_at = :due_at AND attempts = :attempts AND state = 'running';

-- name: show_schedule
-- Shows every job with its last run.
-- returns: job text, schedule text, time_zone text, next_due_at timestamptz, paused_at timestamptz,
-- last_due_at timestamptz, last_origin text, last_state text, started_at timestamptz, ended_at
-- timestamptz, attempts integer, missed_count integer, runner text, progress text, counts jsonb,
-- error text, changed_by text, reason text, meaning text; in order of the name
SELECT
    job,
    schedule,
    time_zone,
    next_due_at,
    paused_at,
    last_due_at,
    last_origin,
    last_state,
    started_at,
    ended_at,
    attempts,
    missed_count,
    runner,
    progress,
    counts,
    error,
    changed_by,
    reason,
    meaning
FROM ops.schedule
ORDER BY job;

-- name: show_job_runs
-- Shows the newest runs, of one job or of all.
-- params: job text, limit bigint
-- returns: job text, due_at timestamptz, origin text, state text, attempts integer, missed_count
-- integer, runner text, started_at timestamptz, ended_at timestamptz, counts jsonb, error text;
-- newest first
SELECT
    job,
    due_at,
    origin,
    state,
    attempts,
    missed_count,
    runner,
    started_at,
    ended_at,
    counts,
    error
FROM ops.job_run
WHERE CAST(:job AS text) IS NULL OR job = :job
ORDER BY due_at DESC, job ASC
LIMIT :limit;

-- name: decide_schedule
-- Decides when a job is due.
-- params: job text, schedule text, time_zone text, reason text
-- returns: schedule_before text, schedule_after text
SELECT
    schedule_before,
    schedule_after
FROM ops.schedule_set(:job, :schedule, :time_zone, :reason);

-- name: decide_pause
-- Pauses a job.
-- params: job text, reason text
-- returns: state text
SELECT ops.schedule_pause(:job, :reason) AS state;

-- name: decide_resume
-- Lets a paused job go on.
-- params: job text, reason text
-- returns: state text
SELECT ops.schedule_resume(:job, :reason) AS state;
