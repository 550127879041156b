-- Operate: what the command line asks. Bounded by open work or by one message; the proof is not.

-- name: show_backlog
-- Counts the open messages by lane, type, state and what they wait for, oldest first.
-- returns: lane text, doc_type text, state text, waits_for text, message_count bigint, oldest_seq
-- bigint, oldest_age_s bigint; one row for each group; none when nothing is open
-- plan: message_doc_key_idx
SELECT
    b.lane,
    b.doc_type,
    b.state,
    b.waits_for,
    b.message_count,
    b.oldest_seq,
    CAST(extract(EPOCH FROM b.oldest_age) AS bigint) AS oldest_age_s
FROM ops.backlog AS b
ORDER BY b.oldest_received_at, b.lane, b.doc_type, b.state, b.waits_for;

-- name: show_inboxes
-- Counts the deliveries that their receivers have not answered yet.
-- returns: receiver text, state text, delivery_count bigint, oldest_age_s bigint; one row for each
-- receiver and state
-- plan: delivery_inbox_idx
SELECT
    d.receiver,
    d.state,
    count(*) AS delivery_count,
    CAST(extract(EPOCH FROM now() - min(d.delivered_at)) AS bigint) AS oldest_age_s
FROM staging.delivery AS d
WHERE d.state IN ('pending', 'taken')
GROUP BY d.receiver, d.state
ORDER BY d.receiver, d.state;

-- name: show_tasks
-- Counts the decisions owed by people.
-- returns: code text, task_count bigint, oldest_age_s bigint; one row for each code
-- plan: decision_open_idx
SELECT
    t.code,
    count(*) AS task_count,
    CAST(extract(EPOCH FROM now() - min(t.opened_at)) AS bigint) AS oldest_age_s
FROM ops.decision AS t
WHERE t.state <> 'done'
GROUP BY t.code
ORDER BY t.code;

-- name: show_watch
-- Counts the daemons that were heard of in the last two minutes, and the alarms that hold.
-- returns: daemon_count bigint, critical_count bigint, warning_count bigint
SELECT
    (
        SELECT count(*)
        FROM ops.daemon AS d
        WHERE d.ended_at IS NULL AND d.seen_at > clock_timestamp() - CAST('2 minutes' AS interval)
    ) AS daemon_count,
    count(*) FILTER (WHERE a.severity = 'critical') AS critical_count,
    count(*) FILTER (WHERE a.severity = 'warning') AS warning_count
FROM ops.alarm AS a
WHERE a.state = 'firing';

-- name: tell_story
-- Tells the whole story of a message: seq, state, story (sentences), errors (what still holds).
-- params: seq bigint
-- returns: answer jsonb; one row with one JSON object; fails with P0002 when there is no such
-- message
SELECT ops.why_json(:seq) AS answer;

-- name: list_breaches
-- Lists every breach of a law.
-- returns: law text, warehouse_code text, key text, expected text, found text; one row for each
-- breach; none when all laws hold
SELECT
    p.law,
    p.warehouse_code,
    p.key,
    p.expected,
    p.found
FROM ops.proof AS p
ORDER BY p.law, p.warehouse_code, p.key;

-- name: register_login
-- Ties a login to a system and grants its role.
-- params: login text, system_code text, kind text, warehouses text[]
-- returns: register_system void
SELECT ops.register_system(:login, :system_code, :kind, CAST(:warehouses AS text []));

-- name: show_policies
-- Lists the policies with their defaults, and those that were set, for all scopes or one.
-- params: scope text (null: all)
-- returns: scope_kind text, scope text, name text, value text, default text, unit text, setting
-- text, meaning text, set_at timestamptz, set_by text, reason text
SELECT
    p.scope_kind,
    p.scope,
    p.name,
    p.value,
    p."default",
    p.unit,
    p.setting,
    p.meaning,
    p.set_at,
    p.set_by,
    p.reason
FROM ops.policy AS p
WHERE CAST(:scope AS text) IS NULL OR p.scope = CAST(:scope AS text)
ORDER BY p.scope_kind, p.name, p.scope NULLS FIRST;

-- name: decide_policy
-- Sets a policy for a scope; fails with P0002 or 22023 where that is none.
-- params: scope_kind text, scope text, policy_name text, value text, reason text
-- returns: value_before text, value_after text
SELECT
    s.value_before,
    s.value_after
FROM ops.set_policy(:scope_kind, :scope, :policy_name, :value, :reason) AS s;

-- name: show_periods
-- Lists the periods worth a look, for all warehouses or one, newest first.
-- params: warehouse_code text (null: all)
-- returns: warehouse_code text, period_start date, period_end date, state text, blocker_count bigint,
-- changed_at timestamptz, changed_by text, reason text
SELECT
    p.warehouse_code,
    p.period_start,
    p.period_end,
    p.state,
    p.blocker_count,
    p.changed_at,
    p.changed_by,
    p.reason
FROM ops.period AS p
WHERE CAST(:warehouse_code AS text) IS NULL OR p.warehouse_code = CAST(:warehouse_code AS text)
ORDER BY p.warehouse_code ASC, p.period_start DESC;

-- name: decide_period
-- Opens or closes a period; fails with P0002, 22023, or 55000 while something of it is unapplied.
-- params: warehouse_code text, period_start date, state text, reason text
-- returns: state_before text, state_after text
SELECT
    s.state_before,
    s.state_after
FROM ops.period_set(:warehouse_code, :period_start, :state, :reason) AS s;

-- name: list_tasks
-- Lists the decisions owed or on their way, oldest first, with their choices.
-- params: codes text[] (null for all), warehouses text[] (null for all), owners text[] (null for
-- all)
-- returns: task_id bigint, code text, state text, owner text, age_s bigint, warehouse_code text,
-- order_type text, order_no text, order_line_no integer, item_code text, qty numeric, value_at_risk
-- numeric, currency text, text text, hint text, choices jsonb, decision text, decided_by text,
-- outcome text, seq bigint, line_no integer, message_id text, doc_type text, opened_at timestamptz
-- plan: decision_open_idx
SELECT
    t.task_id,
    t.code,
    t.state,
    t.owner,
    CAST(extract(EPOCH FROM t.age) AS bigint) AS age_s,
    t.warehouse_code,
    t.order_type,
    t.order_no,
    t.order_line_no,
    t.item_code,
    trim_scale(t.qty) AS qty,
    t.value_at_risk,
    t.currency,
    t.text,
    t.hint,
    t.choices,
    t.decision,
    t.decided_by,
    t.outcome,
    t.seq,
    t.line_no,
    t.message_id,
    t.doc_type,
    t.opened_at
FROM ops.task AS t
WHERE
    t.state <> 'done'
    AND (CAST(:codes AS text []) IS NULL OR t.code = ANY(CAST(:codes AS text [])))
    AND (CAST(:warehouses AS text []) IS NULL OR t.warehouse_code = ANY(CAST(:warehouses AS text [])))
    AND (CAST(:owners AS text []) IS NULL OR t.owner = ANY(CAST(:owners AS text [])))
ORDER BY t.opened_at, t.task_id;

-- name: name_operator
-- Says who sits there, for this transaction.
-- params: operator text
-- returns: operator text
SELECT set_config('crossdock.operator', :operator, true) AS operator;

-- name: decide_task
-- Decides a task: task_id, from, to, decision, posts.
-- params: task_id bigint, decision text, reason text
-- returns: told jsonb; fails with P0002, 55000 or 22023
SELECT ops.resolve_task(:task_id, :decision, :reason) AS told;
