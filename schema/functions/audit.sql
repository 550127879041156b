-- The operators' book: who did what by hand, when and why. Nobody changes or empties it.

-- name: audit_append_only
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ops.audit
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

-- name: operator
-- Who sits there. One login is often shared: the command line sets the name, so may a psql session.
CREATE FUNCTION staging.operator() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT nullif(left(btrim(current_setting('crossdock.operator', true)), 200), '')
$body$;

-- name: actor
-- For events: the login, and the operator's name beside it.
CREATE FUNCTION staging.actor() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT CAST(session_user AS text) || coalesce(' (' || nullif(staging.operator(), session_user) || ')', '')
$body$;

-- name: need_reason
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

-- name: record_act
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

-- name: audit_comments
COMMENT ON FUNCTION staging.operator() IS
'The name in the setting crossdock.operator; null when it is not set.';
COMMENT ON FUNCTION staging.actor() IS 'The login, and the operator''s name beside it: who made a step.';
COMMENT ON FUNCTION staging.need_reason(text) IS 'The reason, trimmed; fails with 22023 when there is none.';
COMMENT ON FUNCTION staging.record_act(text, text, bigint, bigint, jsonb) IS
'Writes an entry of ops.audit and returns its number; for the functions of operators alone.';

-- name: audit_revoke
-- Only inside functions that run with the rights of the schema's owner.
REVOKE ALL ON FUNCTION staging.record_act(text, text, bigint, bigint, jsonb) FROM public;
