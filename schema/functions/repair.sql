-- Hands on the messages: requeue, hold, release, discard. They act at once, in the caller's
-- transaction, and leave an event and an entry of ops.audit, both with the reason.
-- What is legal from which state is data: ops.act.

-- name: legal_acts
-- For hints: what a person may do instead.
CREATE FUNCTION staging.legal_acts(seq bigint, state text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT CASE
        WHEN count(*) > 0
            THEN 'legal from ' || legal_acts.state || ': '
                || string_agg(
                    'ops.' || a.act || '(' || legal_acts.seq
                    || CASE a.act WHEN 'amend' THEN ', line_no, column_name, new_value, reason)' ELSE ', reason)' END,
                    ', ' ORDER BY a.act
                )
        ELSE 'what is ' || legal_acts.state || ' stays so: a fact is taken back with action reverse,'
            || ' an order changes with a higher revision, a lost document is sent again'
    END
    FROM ops.act AS a
    WHERE a.from_state = legal_acts.state
$body$;

-- name: lock_message
-- Takes the message under lock and refuses what is not legal from where it stands. A batch that
-- holds it is waited for: it takes some milliseconds.
CREATE FUNCTION staging.lock_message(seq bigint, act text) RETURNS staging.message
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s'
AS $body$
DECLARE
    found staging.message;
BEGIN
    BEGIN
        SELECT m.* INTO found FROM staging.message AS m WHERE m.seq = lock_message.seq
        FOR NO KEY UPDATE;
    EXCEPTION WHEN lock_not_available THEN
        RAISE EXCEPTION 'message % is being worked on at this moment', lock_message.seq
            USING ERRCODE = '55P03', HINT = 'try again in a moment; ops.claim shows who holds which lock, since when';
    END;
    IF found.seq IS NULL THEN
        SELECT x.seq, x.state INTO found.seq, found.state FROM staging.memory AS x WHERE x.seq = lock_message.seq;
    END IF;
    IF found.seq IS NULL THEN
        RAISE EXCEPTION 'there is no message %', coalesce(CAST(lock_message.seq AS text), 'null')
            USING ERRCODE = 'P0002', HINT = 'ops.message lists them; seq is our number, not message_id';
    END IF;
    IF NOT EXISTS (SELECT FROM ops.act AS a WHERE a.act = lock_message.act AND a.from_state = found.state) THEN
        RAISE EXCEPTION 'message % is %; % is legal from %', found.seq, found.state, lock_message.act, (
                SELECT string_agg(a.from_state, ', ' ORDER BY a.from_state)
                FROM ops.act AS a WHERE a.act = lock_message.act
            )
            USING ERRCODE = '55000', HINT = staging.legal_acts(found.seq, found.state);
    END IF;
    RETURN found;
END
$body$;

-- name: take_back_question
-- A forwarded request that is given up: its question is withdrawn while nobody has read it.
-- NOWAIT: who takes notice of an answer holds the delivery and wants the message.
CREATE FUNCTION staging.take_back_question(seq bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    asked staging.delivery;
BEGIN
    FOR asked IN
        SELECT d.*
        FROM staging.wait_key AS w
        INNER JOIN staging.delivery AS d
            ON CASE WHEN w.key LIKE 'answer:%' THEN CAST(substr(w.key, 8) AS bigint) END = d.delivery_id
        WHERE w.seq = take_back_question.seq
        ORDER BY d.delivery_id
        FOR NO KEY UPDATE OF d NOWAIT
    LOOP
        IF asked.state IN ('accepted', 'refused') THEN
            RAISE EXCEPTION 'message % was answered: delivery % is %', seq, asked.delivery_id, asked.state
                USING ERRCODE = '55000', HINT = 'the answer decides, and the message goes on by itself';
        ELSIF asked.state = 'taken' THEN
            RAISE EXCEPTION 'message % was forwarded and % has read it: delivery % is taken',
                seq, asked.receiver, asked.delivery_id
                USING ERRCODE = '55000',
                HINT = 'only the answer decides: in its inbox, by order_response, or told by telephone: ops.resolve_task';
        END IF;
        UPDATE staging.delivery AS d SET state = 'withdrawn', noticed = true
        WHERE d.delivery_id = asked.delivery_id AND d.state = 'pending';
    END LOOP;
EXCEPTION WHEN lock_not_available THEN
    RAISE EXCEPTION 'the question of message % is being read or answered at this moment', seq
        USING ERRCODE = '55P03', HINT = 'try again in a moment';
END
$body$;

-- name: let_go
-- What hangs on a message that is given up: its question, what it waits for, its findings, its tasks.
CREATE FUNCTION staging.let_go(seq bigint, outcome text, reason text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    deciding bigint;
BEGIN
    SELECT min(t.task_id) INTO deciding
    FROM ops.decision AS t WHERE t.seq = let_go.seq AND t.state = 'deciding';
    IF deciding IS NOT NULL THEN
        RAISE EXCEPTION 'the decision of task % about message % is on its way', deciding, let_go.seq
            USING ERRCODE = '55000', HINT = 'it is carried out by the next batch; look again then';
    END IF;
    PERFORM staging.take_back_question(let_go.seq);
    DELETE FROM staging.wait_key AS w WHERE w.seq = let_go.seq;
    UPDATE staging.message_error AS e SET resolved_at = clock_timestamp()
    WHERE e.seq = let_go.seq AND e.resolved_at IS NULL;
    UPDATE ops.decision AS t
    SET
        state = 'done', decision = 'moot', reason = let_go.reason, decided_by = staging.actor(),
        decided_at = clock_timestamp(), closed_at = clock_timestamp(),
        outcome = 'message ' || let_go.seq || ' was ' || let_go.outcome
    WHERE t.seq = let_go.seq AND t.state = 'open';
END
$body$;

-- name: step_by_hand
-- Makes the step, writes it into the operators' book, and tells it. On the way back to received
-- all limits begin anew: a message is judged as if it had just come.
CREATE FUNCTION staging.step_by_hand(message staging.message, act text, reason text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    target text := (
        SELECT a.to_state FROM ops.act AS a
        WHERE a.act = step_by_hand.act AND a.from_state = (message).state
    );
    told jsonb := jsonb_build_object('from', (message).state, 'to', target);
BEGIN
    UPDATE staging.message AS m
    SET
        state = target,
        attempts = CASE target WHEN 'received' THEN 0 ELSE m.attempts END,
        next_attempt_at = NULL,
        waiting_for = CASE target WHEN 'held' THEN m.waiting_for END,
        waiting_since = CASE target WHEN 'held' THEN m.waiting_since END,
        wait_until = NULL,
        finished_at = CASE target WHEN 'discarded' THEN clock_timestamp() END,
        state_reason = step_by_hand.reason,
        actor = staging.actor()
    WHERE m.seq = (message).seq;
    PERFORM staging.record_act(step_by_hand.act, step_by_hand.reason, (message).seq, NULL, told);
    RETURN jsonb_build_object('seq', (message).seq) || told;
END
$body$;

-- name: requeue
-- The wait for an answer stays: the question is asked once.
CREATE FUNCTION ops.requeue(seq bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    message staging.message := staging.lock_message(seq, 'requeue');
BEGIN
    DELETE FROM staging.wait_key AS w WHERE w.seq = requeue.seq AND w.key NOT LIKE 'answer:%';
    RETURN staging.step_by_hand(message, 'requeue', why);
END
$body$;

-- name: hold
CREATE FUNCTION ops.hold(seq bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    message staging.message := staging.lock_message(seq, 'hold');
BEGIN
    RETURN staging.step_by_hand(message, 'hold', why);
END
$body$;

-- name: release
CREATE FUNCTION ops.release(seq bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    message staging.message := staging.lock_message(seq, 'release');
BEGIN
    DELETE FROM staging.wait_key AS w WHERE w.seq = release.seq AND w.key NOT LIKE 'answer:%';
    RETURN staging.step_by_hand(message, 'release', why);
END
$body$;

-- name: discard
-- A document that crossdock sent from lane to lane carries stock in transit: without it the two
-- ends of a transfer would never agree again. A fact that was given up before it was ever judged
-- is remembered, so that its reversal learns of it.
CREATE FUNCTION ops.discard(seq bigint, reason text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    message staging.message := staging.lock_message(seq, 'discard');
BEGIN
    IF (message).doc_type IN ('transit_notice', 'transit_receipt') THEN
        RAISE EXCEPTION 'message % carries goods of transfer % from lane to lane', seq, (message).order_no
            USING ERRCODE = '55000',
            HINT = 'mend what it lacks and call ops.requeue; lost goods leave transit by a stock_adjustment with reason WRITE_OFF';
    END IF;
    PERFORM staging.let_go(seq, 'discarded', why);
    IF (message).road = 'fact' AND nullif(btrim((message).doc_no), '') IS NOT NULL THEN
        INSERT INTO staging.business_key (sender, doc_type, business_key, seq, content_hash)
        VALUES (
            (message).sender, (message).doc_type,
            concat_ws(' ', nullif(btrim((message).warehouse_code), ''), btrim((message).doc_no)),
            seq, '00000000-0000-0000-0000-000000000000'
        )
        ON CONFLICT ON CONSTRAINT business_key_pkey DO NOTHING;
    END IF;
    RETURN staging.step_by_hand(message, 'discard', why);
END
$body$;

-- name: repair_comments
COMMENT ON FUNCTION ops.requeue(bigint, text) IS
'Judges a message afresh: from error, waiting or retrying to received; returns seq, from, to.';
COMMENT ON FUNCTION ops.hold(bigint, text) IS
'Stops a message until ops.release; later messages of its document wait behind it.';
COMMENT ON FUNCTION ops.release(bigint, text) IS
'Lets a held message go on; its limits begin anew.';
COMMENT ON FUNCTION ops.discard(bigint, text) IS
'Gives up a message that is held, in error or waiting, for good; an unread question is withdrawn.';
COMMENT ON FUNCTION staging.legal_acts(bigint, text) IS 'What a person may do with a message in a state, for hints.';
COMMENT ON FUNCTION staging.lock_message(bigint, text) IS
'Locks a message for an act; fails with P0002, 55000 or 55P03.';
COMMENT ON FUNCTION staging.take_back_question(bigint) IS
'Withdraws the unread question of a forwarded request; fails with 55000 when it was read.';
COMMENT ON FUNCTION staging.let_go(bigint, text, text) IS
'Ends what hangs on a message that is given up: question, waits, findings, tasks.';
COMMENT ON FUNCTION staging.step_by_hand(staging.message, text, text) IS
'Makes the step of an act, with its entry in ops.audit.';

-- name: repair_revoke
REVOKE ALL ON FUNCTION ops.requeue(bigint, text), ops.hold(bigint, text), ops.release(bigint, text),
ops.discard(bigint, text), staging.lock_message(bigint, text),
staging.take_back_question(bigint), staging.let_go(bigint, text, text),
staging.step_by_hand(staging.message, text, text) FROM public;

-- name: repair_grant
GRANT EXECUTE ON FUNCTION ops.requeue(bigint, text), ops.hold(bigint, text), ops.release(bigint, text),
ops.discard(bigint, text) TO crossdock_dba, crossdock_daemon;
