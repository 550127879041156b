-- Amend: a corrected version beside the original. The original stays as it was sent, superseded;
-- the version is held until ops.release, and until then it may be corrected further.

-- name: amendable_column
-- The staging column behind a contract column, or the reason why there is none to amend.
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

-- name: check_value
-- Fails with 22P02 when the value is not of the type, with 22023 when it says what is there.
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

-- name: copy_message
-- The new version: all that the sender said, under the next free message_id. It keeps the time of
-- arrival: a fact that names no time happened when it was received. A line is copied when it
-- belongs to the message: those of other transactions do so only with line_count.
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

-- name: amend
-- The warehouse of a header is that of its lines: both change together. The business key goes over
-- to the version: a resend and a reversal meet it, and to itself it is no conflict.
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

-- name: amend_comments
COMMENT ON FUNCTION ops.amend(bigint, integer, text, text, text) IS
'Makes a corrected version of a message, held until ops.release, and returns its seq; the original is superseded.';
COMMENT ON FUNCTION staging.amendable_column(staging.message, integer, text) IS
'The column behind a contract column; fails with 22023, naming those that may be amended.';
COMMENT ON FUNCTION staging.check_value(staging.column_name, text, text) IS
'Fails with 22P02 when a value is not of its column''s type, with 22023 when it changes nothing.';
COMMENT ON FUNCTION staging.copy_message(staging.message, boolean) IS
'Copies what a sender said under the next free message_id and returns the seq of the copy.';

-- name: amend_revoke
REVOKE ALL ON FUNCTION ops.amend(bigint, integer, text, text, text),
staging.amendable_column(staging.message, integer, text),
staging.check_value(staging.column_name, text, text), staging.copy_message(staging.message, boolean)
FROM public;

-- name: amend_grant
GRANT EXECUTE ON FUNCTION ops.amend(bigint, integer, text, text, text) TO crossdock_dba, crossdock_daemon;
