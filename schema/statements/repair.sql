-- Repair: what the command line asks when a person lays hands on messages.

-- name: set_operator
-- Says for this transaction who sits there; events and ops.audit name it beside the login.
-- params: operator text
-- returns: set_config text
SELECT set_config('crossdock.operator', :operator, true);

-- name: act_on_message
-- Requeues, holds, releases or discards a message; fails with P0002, 22023, 55000 or 55P03.
-- params: act text, seq bigint, reason text
-- returns: told jsonb; seq, from, to
SELECT
    CASE CAST(:act AS text)
        WHEN 'requeue' THEN ops.requeue(:seq, :reason)
        WHEN 'hold' THEN ops.hold(:seq, :reason)
        WHEN 'release' THEN ops.release(:seq, :reason)
        WHEN 'discard' THEN ops.discard(:seq, :reason)
    END AS told;

-- name: amend_message
-- Makes a corrected version of a message, or corrects the version further.
-- params: seq bigint, line_no integer, column_name text, new_value text, reason text
-- returns: seq bigint; the version's
SELECT
    ops.amend(
        :seq, CAST(:line_no AS integer), CAST(:column_name AS text), CAST(:new_value AS text), :reason
    ) AS seq;

-- name: show_message
-- Tells what a message is and where it stands.
-- params: seq bigint
-- returns: seq bigint, message_id text, state text, waiting_for text, state_reason text,
-- amended_from bigint; one row, or none
-- plan: message_pkey
SELECT
    m.seq,
    m.message_id,
    m.state,
    m.waiting_for,
    m.state_reason,
    m.amended_from
FROM staging.message AS m
WHERE m.seq = :seq;

-- name: show_candidates
-- Finds open messages by what a person knows of them; a null parameter asks nothing.
-- params: states text[], doc_type text, code text, lane text, order_no text, sender text,
-- older_than interval
-- returns: seq bigint, lane text, doc_type text, doc_no text, sender text, state text, age_s bigint,
-- finding text; oldest first
-- plan: message_doc_key_idx
SELECT
    m.seq,
    m.lane,
    m.doc_type,
    btrim(m.doc_no) AS doc_no,
    m.sender,
    m.state,
    CAST(extract(EPOCH FROM now() - m.received_at) AS bigint) AS age_s,
    (
        SELECT min(e.code || ' ' || e.text)
        FROM staging.message_error AS e
        WHERE e.seq = m.seq AND e.resolved_at IS NULL
    ) AS finding
FROM staging.message AS m
WHERE
    m.state IN ('received', 'waiting', 'retrying', 'held', 'error')
    AND m.state = ANY(CAST(:states AS text []))
    AND (CAST(:doc_type AS text) IS NULL OR m.doc_type = :doc_type)
    AND (CAST(:lane AS text) IS NULL OR m.lane = :lane)
    AND (CAST(:sender AS text) IS NULL OR m.sender = :sender)
    AND (
        CAST(:order_no AS text) IS NULL
        OR btrim(m.order_no) = :order_no
        OR (m.road = 'request' AND btrim(m.doc_no) = :order_no)
    )
    AND (
        CAST(:older_than AS interval) IS NULL
        OR m.received_at < now() - CAST(:older_than AS interval)
    )
    AND (
        CAST(:code AS text) IS NULL
        OR EXISTS (
            SELECT
            FROM staging.message_error AS e
            WHERE e.seq = m.seq AND e.code = :code AND e.resolved_at IS NULL
        )
    )
ORDER BY m.seq;
