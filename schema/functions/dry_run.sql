-- What the rules find in a message: the engine's own statements, put in by `schema/dry_run.py`.

-- name: finding
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

-- name: finding_comment
COMMENT ON TYPE ops.finding IS 'What ops.dry_run finds: the columns of message_error.';

-- name: dry_run
-- Everything runs in a subtransaction that is rolled back: not even a temporary table is left.
-- Contents are hashed as text, so the session's zone and date style are the engine's.
-- After a requeue or a release all limits begin anew.
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
{limits}
    _found ops.finding[];
BEGIN
    SELECT m.road, m.lane INTO _road, _lane FROM staging.message AS m WHERE m.seq = _seq;
    IF _road IS NULL THEN
        RAISE EXCEPTION 'there is no message %', coalesce(CAST(_seq AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'ops.message lists them; seq is our number, not message_id';
    END IF;
{policies}
    BEGIN
{tables}
{claim}
        UPDATE dry_message AS m SET waiting_since = NULL WHERE m.state IN ('held', 'error');
{validate}
        CREATE TEMPORARY TABLE dry_found (
            seq bigint, line_no integer, column_name text, code text, severity text, value text,
            expected text, text text, hint text, at timestamptz
        ) ON COMMIT DROP;
{findings}
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

-- name: dry_run_comment
COMMENT ON FUNCTION ops.dry_run(bigint) IS
'What the rules find in a message if it were judged now, whatever its state; changes nothing.';

-- name: dry_run_revoke
REVOKE ALL ON FUNCTION ops.dry_run(bigint) FROM public;

-- name: dry_run_grant
GRANT EXECUTE ON FUNCTION ops.dry_run(bigint) TO crossdock_dba, crossdock_daemon;
