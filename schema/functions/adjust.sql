-- Adjustments: what the reconciliation suggests, who approves it, and what people say of differences.
-- A person writes an intent; the daemon posts it as a document of crossdock's own.

-- name: adjustment_refuse_step
CREATE FUNCTION recon.refuse_adjustment_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION 'adjustment % cannot go from % to %', OLD.adjustment_id, OLD.state, NEW.state
        USING ERRCODE = '55000', HINT = 'what was posted is corrected by a new adjustment';
END
$body$;

-- name: adjustment_step
CREATE TRIGGER adjustment_step BEFORE UPDATE OF state ON recon.adjustment
FOR EACH ROW
WHEN (
    old.state <> new.state
    AND (old.state || '>' || new.state) <> ALL (ARRAY[
        'suggested>approved', 'suggested>rejected', 'suggested>expired', 'suggested>count_requested',
        'approved>posted', 'approved>rejected', 'approved>expired', 'count_requested>expired'
    ])
)
EXECUTE FUNCTION recon.refuse_adjustment_step();

-- name: adjustment_stale
-- The newest closed run of the warehouse must still find the residual, and nothing of the key may
-- have moved since then.
CREATE FUNCTION recon.adjustment_stale(adjustment_id bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
SELECT CASE
    WHEN d.residual_qty IS NULL THEN 'run ' || w.run_id || ' finds no difference any more'
    WHEN d.residual_qty <> CASE a.side WHEN 'erp' THEN -a.qty ELSE a.qty END
        THEN 'run ' || w.run_id || ' finds ' || trim_scale(d.residual_qty)
    WHEN m.ledger_seq IS NOT NULL
        THEN 'the stock moved after run ' || w.run_id || ', at ledger position ' || m.ledger_seq
END
FROM recon.adjustment AS a
CROSS JOIN LATERAL (
    SELECT v.run_id, v.ledger_seq
    FROM recon.run_warehouse AS v
    INNER JOIN recon.run AS r ON v.run_id = r.run_id AND r.state = 'closed'
    WHERE v.warehouse_code = a.warehouse_code
    ORDER BY v.run_id DESC
    LIMIT 1
) AS w
LEFT JOIN recon.difference AS d
    ON
        w.run_id = d.run_id AND a.warehouse_code = d.warehouse_code AND a.item_code = d.item_code
        AND a.lot_no = d.lot_no AND a.stock_status = d.stock_status AND d.residual_qty <> 0
LEFT JOIN LATERAL (
    SELECT g.ledger_seq
    FROM book.ledger AS g
    WHERE
        g.warehouse_code = a.warehouse_code AND g.ledger_seq > w.ledger_seq AND g.item_code = a.item_code
        AND g.lot_no = a.lot_no AND g.stock_status = a.stock_status
    ORDER BY g.ledger_seq
    LIMIT 1
) AS m ON true
WHERE a.adjustment_id = adjustment_stale.adjustment_id
$body$;

-- name: approval_value
-- What this login may approve alone: the highest limit of its roles, else the limit of the item's
-- class and unit; null: nothing.
CREATE FUNCTION recon.approval_value(abc_class text, uom text) RETURNS numeric
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
SELECT coalesce(
    (
        SELECT max(l.value_limit)
        FROM recon.approval_limit AS l
        INNER JOIN pg_roles AS o ON l.role = o.rolname
        WHERE pg_has_role(session_user, o.oid, 'MEMBER')
    ),
    (
        SELECT t.approval_value_limit
        FROM recon.tolerance AS t
        WHERE t.abc_class IN (approval_value.abc_class, '*') AND t.uom IN (approval_value.uom, '*')
        ORDER BY t.abc_class = '*', t.uom = '*'
        LIMIT 1
    )
)
$body$;

-- name: lock_adjustment
CREATE FUNCTION recon.lock_adjustment(adjustment_id bigint, VARIADIC legal text []) RETURNS recon.adjustment
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    found recon.adjustment;
BEGIN
    SELECT a.* INTO found FROM recon.adjustment AS a
    WHERE a.adjustment_id = lock_adjustment.adjustment_id FOR NO KEY UPDATE;
    IF found.adjustment_id IS NULL THEN
        RAISE EXCEPTION 'there is no adjustment %', coalesce(CAST(adjustment_id AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT * FROM ops.adjustment lists them';
    END IF;
    IF found.state <> ALL (legal) THEN
        RAISE EXCEPTION 'adjustment % is % already', adjustment_id, found.state
            USING ERRCODE = '55000', HINT = coalesce(found.expires_reason, found.approved_by || ': ' || found.reason);
    END IF;
    RETURN found;
END
$body$;

-- name: adjustment_approve
-- Above the limit of whoever approves, the first approval is a request, and another login approves.
CREATE FUNCTION ops.adjustment_approve(adjustment_id bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    a recon.adjustment := recon.lock_adjustment(adjustment_id, 'suggested');
    stale text := recon.adjustment_stale(adjustment_id);
    may numeric;
    becomes text := 'approved';
BEGIN
    IF stale IS NOT NULL THEN
        becomes := 'expired';
    ELSIF a.requested_login = session_user THEN
        RAISE EXCEPTION 'adjustment % was asked for by %: somebody else approves it', adjustment_id, a.requested_by
            USING ERRCODE = '42501', HINT = 'its value is above what one person may approve';
    ELSIF a.requested_login IS NULL THEN
        SELECT recon.approval_value(coalesce(d.abc_class, '*'), d.uom) INTO may
        FROM recon.difference AS d
        WHERE d.run_id = a.run_id AND d.warehouse_code = a.warehouse_code AND d.item_code = a.item_code
            AND d.lot_no = a.lot_no AND d.stock_status = a.stock_status;
        IF may IS NULL OR a.value IS NULL OR a.value > may THEN
            becomes := 'suggested';
        END IF;
    END IF;
    PERFORM staging.record_act('adjustment_approve', why, NULL, NULL, jsonb_strip_nulls(jsonb_build_object(
        'adjustment_id', adjustment_id, 'from', 'suggested', 'to', becomes, 'value', a.value, 'limit', may,
        'stale', stale
    )));
    UPDATE recon.adjustment AS x SET
        state = becomes,
        requested_by = CASE becomes WHEN 'suggested' THEN staging.actor() ELSE x.requested_by END,
        requested_login = CASE becomes WHEN 'suggested' THEN session_user ELSE x.requested_login END,
        approved_by = CASE becomes WHEN 'approved' THEN staging.actor() END,
        approved_at = CASE becomes WHEN 'approved' THEN clock_timestamp() END,
        reason = CASE becomes WHEN 'expired' THEN x.reason ELSE concat_ws('; ', x.reason, why) END,
        expires_reason = stale,
        expired_at = CASE becomes WHEN 'expired' THEN clock_timestamp() END
    WHERE x.adjustment_id = a.adjustment_id;
    RETURN jsonb_strip_nulls(jsonb_build_object(
        'adjustment_id', adjustment_id, 'from', 'suggested', 'to', becomes, 'why', stale,
        'needs', CASE becomes WHEN 'suggested' THEN 'the approval of another login' END
    ));
END
$body$;

-- name: adjustment_reject
CREATE FUNCTION ops.adjustment_reject(adjustment_id bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    a recon.adjustment := recon.lock_adjustment(adjustment_id, 'suggested', 'approved');
BEGIN
    PERFORM staging.record_act('adjustment_reject', why, NULL, NULL,
        jsonb_build_object('adjustment_id', adjustment_id, 'from', a.state, 'to', 'rejected'));
    UPDATE recon.adjustment AS x SET
        state = 'rejected', approved_by = staging.actor(), approved_at = clock_timestamp(), reason = why
    WHERE x.adjustment_id = a.adjustment_id;
    RETURN jsonb_build_object('adjustment_id', adjustment_id, 'from', a.state, 'to', 'rejected');
END
$body$;

-- name: adjustment_request_count
CREATE FUNCTION ops.adjustment_request_count(adjustment_id bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    a recon.adjustment := recon.lock_adjustment(adjustment_id, 'suggested');
BEGIN
    PERFORM staging.record_act('adjustment_request_count', why, NULL, NULL,
        jsonb_build_object('adjustment_id', adjustment_id, 'from', a.state, 'to', 'count_requested'));
    UPDATE recon.adjustment AS x SET
        state = 'count_requested', approved_by = staging.actor(), approved_at = clock_timestamp(), reason = why
    WHERE x.adjustment_id = a.adjustment_id;
    RETURN jsonb_build_object('adjustment_id', adjustment_id, 'from', a.state, 'to', 'count_requested');
END
$body$;

-- name: set_approval_limit
CREATE FUNCTION ops.set_approval_limit(role text, value_limit numeric, reason text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    before numeric;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles AS o WHERE o.rolname = set_approval_limit.role) THEN
        RAISE EXCEPTION 'there is no role %', coalesce(role, 'null') USING ERRCODE = 'P0002';
    END IF;
    IF value_limit < 0 OR value_limit = 'NaN' THEN
        RAISE EXCEPTION 'the limit must be 0 or more, not %', value_limit USING ERRCODE = '22023';
    END IF;
    IF pg_has_role(session_user, role, 'MEMBER')
        AND NOT (SELECT o.rolsuper FROM pg_roles AS o WHERE o.rolname = session_user) THEN
        RAISE EXCEPTION 'nobody sets a limit of their own: % is a member of %', session_user, role
            USING ERRCODE = '42501';
    END IF;
    SELECT l.value_limit INTO before FROM recon.approval_limit AS l WHERE l.role = set_approval_limit.role FOR UPDATE;
    PERFORM staging.record_act('set_approval_limit', reason, NULL, NULL,
        jsonb_build_object('role', role, 'from', before, 'to', value_limit));
    IF value_limit IS NULL THEN
        DELETE FROM recon.approval_limit AS l WHERE l.role = set_approval_limit.role;
    ELSE
        INSERT INTO recon.approval_limit VALUES (role, value_limit)
        ON CONFLICT ON CONSTRAINT approval_limit_pkey DO UPDATE SET value_limit = excluded.value_limit;
    END IF;
END
$body$;

-- name: difference_say
-- Writes the comment; owner null changes nothing. The key must have differed at some time.
CREATE FUNCTION recon.difference_say(
    action text, warehouse_code text, item_code text, lot_no text, stock_status text, owner text, text text
) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    said text := staging.need_reason(text);
    made bigint;
    seen bigint;
BEGIN
    SELECT max(d.run_id) INTO seen FROM recon.difference AS d
    WHERE d.warehouse_code = difference_say.warehouse_code AND d.item_code = difference_say.item_code
        AND d.lot_no = coalesce(difference_say.lot_no, '') AND d.stock_status = difference_say.stock_status;
    IF seen IS NULL THEN
        RAISE EXCEPTION 'no run found a difference of % % lot % %', warehouse_code, item_code, coalesce(lot_no, ''), stock_status
            USING ERRCODE = 'P0002', HINT = 'the canonical key, as recon.difference has it';
    END IF;
    INSERT INTO recon.comment (warehouse_code, item_code, lot_no, stock_status, run_id, by, owner, text)
    VALUES (warehouse_code, item_code, coalesce(lot_no, ''), stock_status, seen, staging.actor(), owner, said)
    RETURNING comment_id INTO made;
    PERFORM staging.record_act(action, said, NULL, NULL, jsonb_strip_nulls(jsonb_build_object(
        'comment_id', made, 'warehouse_code', warehouse_code, 'item_code', item_code, 'lot_no', lot_no,
        'stock_status', stock_status, 'owner', owner
    )));
    RETURN made;
END
$body$;

-- name: difference_comment
CREATE FUNCTION ops.difference_comment(
    warehouse_code text, item_code text, lot_no text, stock_status text, text text
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
SELECT recon.difference_say('difference_comment', warehouse_code, item_code, lot_no, stock_status, NULL, text)
$body$;

-- name: difference_assign
CREATE FUNCTION ops.difference_assign(
    warehouse_code text, item_code text, lot_no text, stock_status text, owner text, reason text
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    name text := btrim(owner);
BEGIN
    IF coalesce(name, '') = '' OR length(name) > 200 OR name ~ '[\x01-\x1f\x7f-\x9f]' THEN
        RAISE EXCEPTION 'the owner must be a name'
            USING ERRCODE = '22023', HINT = 'a role or a person, up to 200 characters';
    END IF;
    RETURN recon.difference_say('difference_assign', warehouse_code, item_code, lot_no, stock_status, name, reason);
END
$body$;

-- name: adjustment
-- plan: message_pkey, delivery_seq_idx
CREATE VIEW ops.adjustment AS
SELECT
    a.adjustment_id,
    a.state,
    a.warehouse_code,
    a.item_code,
    a.lot_no,
    a.stock_status,
    a.side,
    a.qty,
    a.uom,
    a.value,
    a.currency,
    a.class,
    a.evidence,
    d.why,
    a.run_id,
    a.suggested_at,
    a.requested_by,
    a.approved_by,
    a.approved_at,
    a.reason,
    a.posted_at,
    a.posted_seq,
    m.state AS message_state,
    a.answered_state,
    a.document_ref,
    a.expired_at,
    a.expires_reason
FROM recon.adjustment AS a
LEFT JOIN recon.difference AS d
    ON
        a.run_id = d.run_id AND a.warehouse_code = d.warehouse_code AND a.item_code = d.item_code
        AND a.lot_no = d.lot_no AND a.stock_status = d.stock_status
LEFT JOIN ops.known_message AS m ON a.posted_seq = m.seq;

-- name: adjustment_comments
COMMENT ON VIEW ops.adjustment IS
'Suggested corrections of one book, who decided them, what was posted and answered.';
COMMENT ON COLUMN ops.adjustment.adjustment_id IS 'number of the adjustment';
COMMENT ON COLUMN ops.adjustment.state IS 'suggested, approved, rejected, posted, expired, count_requested';
COMMENT ON COLUMN ops.adjustment.warehouse_code IS 'warehouse';
COMMENT ON COLUMN ops.adjustment.item_code IS 'canonical item code';
COMMENT ON COLUMN ops.adjustment.lot_no IS 'lot; empty for none';
COMMENT ON COLUMN ops.adjustment.stock_status IS 'canonical stock status';
COMMENT ON COLUMN ops.adjustment.side IS 'whose book it changes: erp or wms';
COMMENT ON COLUMN ops.adjustment.qty IS 'signed quantity to post';
COMMENT ON COLUMN ops.adjustment.uom IS 'base unit of the item';
COMMENT ON COLUMN ops.adjustment.value IS 'abs(qty) * unit cost';
COMMENT ON COLUMN ops.adjustment.currency IS 'currency of value';
COMMENT ON COLUMN ops.adjustment.class IS 'cause of the difference';
COMMENT ON COLUMN ops.adjustment.evidence IS 'A proven or B structural; a suspicion is never adjusted';
COMMENT ON COLUMN ops.adjustment.why IS 'the cause as a sentence';
COMMENT ON COLUMN ops.adjustment.run_id IS 'run that suggested it';
COMMENT ON COLUMN ops.adjustment.suggested_at IS 'when';
COMMENT ON COLUMN ops.adjustment.requested_by IS 'who approved first, where a second person is needed';
COMMENT ON COLUMN ops.adjustment.approved_by IS 'who approved, rejected or asked for a count';
COMMENT ON COLUMN ops.adjustment.approved_at IS 'when';
COMMENT ON COLUMN ops.adjustment.reason IS 'why';
COMMENT ON COLUMN ops.adjustment.posted_at IS 'when the document was sent';
COMMENT ON COLUMN ops.adjustment.posted_seq IS 'message that carries it; ops.why tells its story';
COMMENT ON COLUMN ops.adjustment.message_state IS 'where that message stands';
COMMENT ON COLUMN ops.adjustment.answered_state IS 'accepted or refused by the system whose book it changes';
COMMENT ON COLUMN ops.adjustment.document_ref IS 'document number of that system';
COMMENT ON COLUMN ops.adjustment.expired_at IS 'when it expired';
COMMENT ON COLUMN ops.adjustment.expires_reason IS 'why it expired';
COMMENT ON FUNCTION recon.refuse_adjustment_step() IS 'Trigger: refuses an illegal step of an adjustment.';
COMMENT ON FUNCTION recon.adjustment_stale(bigint) IS 'Why an adjustment no longer holds; null: it does.';
COMMENT ON FUNCTION recon.approval_value(text, text) IS 'What this login may approve alone; null: nothing.';
COMMENT ON FUNCTION recon.lock_adjustment(bigint, text []) IS
'The adjustment, locked; fails with P0002 when there is none, 55000 when its state is none of these.';
COMMENT ON FUNCTION ops.adjustment_approve(bigint, text) IS
'Approves a suggested adjustment; above your limit it needs another login too. One that no longer holds expires.';
COMMENT ON FUNCTION ops.adjustment_reject(bigint, text) IS 'Rejects an adjustment that is not posted yet.';
COMMENT ON FUNCTION ops.adjustment_request_count(bigint, text) IS
'Has the stock counted instead of adjusting the book.';
COMMENT ON FUNCTION ops.set_approval_limit(text, numeric, text) IS
'Says up to which value members of a role approve adjustments alone; null takes it back.';
COMMENT ON FUNCTION recon.difference_say(text, text, text, text, text, text, text) IS
'Writes a comment on a key, with its audit entry; returns its number.';
COMMENT ON FUNCTION ops.difference_comment(text, text, text, text, text) IS
'Says something about a difference; it stays with the key over nights. Returns the number of the comment.';
COMMENT ON FUNCTION ops.difference_assign(text, text, text, text, text, text) IS
'Gives a difference an owner, from the next run on while it is open. Returns the number of the comment.';

-- name: adjustment_revoke
REVOKE ALL ON FUNCTION recon.adjustment_stale(bigint), recon.approval_value(text, text),
recon.lock_adjustment(bigint, text []), recon.difference_say(text, text, text, text, text, text, text),
ops.adjustment_approve(bigint, text), ops.adjustment_reject(bigint, text), ops.adjustment_request_count(bigint, text),
ops.set_approval_limit(text, numeric, text), ops.difference_comment(text, text, text, text, text),
ops.difference_assign(text, text, text, text, text, text) FROM public;

-- name: adjustment_grant
GRANT EXECUTE ON FUNCTION ops.adjustment_approve(bigint, text), ops.adjustment_reject(bigint, text),
ops.adjustment_request_count(bigint, text), ops.set_approval_limit(text, numeric, text),
ops.difference_comment(text, text, text, text, text), ops.difference_assign(text, text, text, text, text, text)
TO crossdock_dba;

-- name: adjustment_grant_daemon
GRANT EXECUTE ON FUNCTION recon.adjustment_stale(bigint) TO crossdock_daemon;
