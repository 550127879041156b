-- Decisions owed: who owes them, what they are worth, what may be chosen and what that posts.

-- name: refuse_task_step
CREATE FUNCTION staging.refuse_task_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION 'task % cannot go from % to %', OLD.task_id, OLD.state, NEW.state
        USING ERRCODE = '55000', HINT = 'decide with ops.resolve_task(task_id, decision, reason)';
END
$body$;

-- name: refuse_task_step_comment
COMMENT ON FUNCTION staging.refuse_task_step() IS 'Refuses an illegal step of a task, whoever makes it.';

-- name: task_value
-- Name the task: WHERE task_id = ...; each branch reads one item, one order or one message.
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

-- name: task_value_comments
COMMENT ON VIEW ops.task_value IS
'What is at risk for each task: quantity by unit cost, of the line, the message or the order.';
COMMENT ON COLUMN ops.task_value.task_id IS 'the task';
COMMENT ON COLUMN ops.task_value.value_at_risk IS
'quantity by unit cost; null: no cost known, or several currencies';
COMMENT ON COLUMN ops.task_value.currency IS 'currency of the unit cost';

-- name: task
-- Columns of the table pass through; the others are looked up for the rows that are read.
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

-- name: task_comments
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

-- name: lock_task
-- Every function that acts on a task begins with this.
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

-- name: assign_task
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

-- name: resolve_task
-- Writes the intent; the engine carries it out. The first decision stands: a second one could cross
-- the posting of the first on its way. One that cannot be carried out opens the task again.
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

-- name: task_function_comments
COMMENT ON FUNCTION staging.lock_task(bigint) IS 'The task, locked; fails with P0002 when there is none.';
COMMENT ON FUNCTION ops.resolve_task(bigint, text, text) IS
'Decides an open task, with one of its choices; the engine carries it out at once. Returns task_id, from, to, decision, posts.';
COMMENT ON FUNCTION ops.assign_task(bigint, text, text) IS
'Makes a role or a person the owner of a task; fails with 55000 when it is done.';

-- name: task_function_revoke
REVOKE ALL ON FUNCTION staging.refuse_task_step(), staging.lock_task(bigint),
ops.assign_task(bigint, text, text), ops.resolve_task(bigint, text, text) FROM public;

-- name: task_function_grant
GRANT EXECUTE ON FUNCTION ops.assign_task(bigint, text, text), ops.resolve_task(bigint, text, text)
TO crossdock_dba, crossdock_daemon;
