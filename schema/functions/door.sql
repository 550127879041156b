-- What stands at the door: who sends, what may be changed, and by which step.

-- name: sender
-- The system of this login. SET ROLE does not change session_user, so no one borrows a sender.
CREATE FUNCTION staging.sender() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    found text;
BEGIN
    SELECT l.system_code INTO found FROM ops.login AS l WHERE l.login = session_user;
    IF found IS NULL THEN
        RAISE EXCEPTION 'login % belongs to no registered system', session_user
            USING ERRCODE = '42501', HINT = 'the DBA runs ops.register_system for it';
    END IF;
    RETURN found;
END
$body$;

-- name: sender_comment
COMMENT ON FUNCTION staging.sender() IS
'The system that this login sends for; told by session_user, which SET ROLE does not change.';

-- name: my_warehouses
CREATE FUNCTION staging.my_warehouses() RETURNS text []
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    me text := staging.sender();
BEGIN
    RETURN (
        SELECT CASE
            WHEN s.kind = 'erp' AND count(w.warehouse_code) = 0 THEN NULL
            ELSE coalesce(array_agg(w.warehouse_code) FILTER (WHERE w.warehouse_code IS NOT NULL), '{}')
        END
        FROM ops.system AS s
        LEFT JOIN ops.system_warehouse AS w ON w.system_code = s.system_code
        WHERE s.system_code = me
        GROUP BY s.kind
    );
END
$body$;

-- name: my_warehouses_comment
COMMENT ON FUNCTION staging.my_warehouses() IS
'The warehouses that this login sees; null means all of them.';

-- name: map_out
-- Called for receivers with maps only: a function with a subquery is never inlined.
CREATE FUNCTION staging.map_out(receiver text, map_domain text, code text) RETURNS text
LANGUAGE sql STABLE
AS $body$
SELECT coalesce((
    SELECT c.external_code
    FROM book.code_map AS c
    WHERE c.system_code = receiver AND c.domain = map_domain AND c.canonical_code = code AND c.active
    ORDER BY c.is_default_out DESC, c.external_code
    LIMIT 1
), code)
$body$;

-- name: map_out_comment
COMMENT ON FUNCTION staging.map_out(text, text, text) IS
'The code as the receiver writes it: its default code for the canonical one, else the lowest.';

-- name: is_time_zone
CREATE FUNCTION staging.is_time_zone(zone text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN zone IS NULL OR (now() AT TIME ZONE zone) IS NOT NULL;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN false;
END
$body$;

-- name: is_time_zone_comment
COMMENT ON FUNCTION staging.is_time_zone(text) IS
'Says whether the server knows the time zone; null counts as known.';

-- name: order_type_of
-- Inlined by the planner: one expression, no table.
CREATE FUNCTION staging.order_type_of(doc_type text, order_type text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $body$
SELECT CASE
    WHEN doc_type IN ('material_issue', 'production_receipt') THEN 'production_order'
    WHEN doc_type = 'goods_receipt' AND btrim(order_type) = 'transfer_order' THEN 'transit_notice'
    WHEN doc_type <> 'stock_move' THEN nullif(btrim(order_type), '')
END
$body$;

-- name: order_type_of_comment
COMMENT ON FUNCTION staging.order_type_of(text, text) IS
'The type of the order that a fact names, as the book keeps it.';

-- name: trim_message_id
CREATE FUNCTION staging.trim_message_id() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    NEW.message_id := btrim(NEW.message_id, E' \t\r\n');
    RETURN NEW;
END
$body$;

-- name: trim_message_id_comment
COMMENT ON FUNCTION staging.trim_message_id() IS 'Stores message_id trimmed.';

-- name: line_trim
-- The condition is tested in C, so that the usual row costs no function call.
CREATE TRIGGER line_trim BEFORE INSERT ON staging.line
FOR EACH ROW WHEN (new.message_id <> btrim(new.message_id, E' \t\r\n'))
EXECUTE FUNCTION staging.trim_message_id();

-- name: posting_line_trim
CREATE TRIGGER posting_line_trim BEFORE INSERT ON staging.posting_line
FOR EACH ROW WHEN (new.message_id <> btrim(new.message_id, E' \t\r\n'))
EXECUTE FUNCTION staging.trim_message_id();

-- name: refuse_step
CREATE FUNCTION staging.refuse_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF NEW.state = 'received' AND NEW.waiting_for NOT IN ('lines', 'window') THEN
        RAISE EXCEPTION 'message % would be received and wait for % for ever', OLD.seq, NEW.waiting_for
            USING ERRCODE = '55000',
            HINT = 'ops.requeue(' || OLD.seq || ', reason) clears what it waits for and judges it afresh';
    END IF;
    RAISE EXCEPTION 'message % cannot go from % to %', OLD.seq, OLD.state, NEW.state
        USING ERRCODE = '55000', HINT = staging.legal_acts(OLD.seq, OLD.state);
END
$body$;

-- name: refuse_step_comment
COMMENT ON FUNCTION staging.refuse_step() IS 'Refuses an illegal step of a message, whoever makes it.';

-- name: record_steps
-- nestloop off: the plan is cached from the first, perhaps one-row, call and must suit thousands.
-- An UPDATE by hand names neither actor nor reason: the event names its login, and not the words
-- of the step before.
CREATE FUNCTION staging.record_steps() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET enable_nestloop = off
AS $body$
DECLARE
    me text := staging.actor();
    is_engine boolean := current_setting('application_name') LIKE 'crossdock%';
BEGIN
    INSERT INTO staging.event (seq, at, from_state, to_state, actor, reason)
    SELECT n.seq, clock_timestamp(), o.state, n.state,
        CASE
            WHEN n.actor IS DISTINCT FROM o.actor OR n.actor = me THEN coalesce(n.actor, me)
            WHEN is_engine THEN 'crossdock'
            ELSE me
        END,
        CASE
            WHEN is_engine OR n.actor IS DISTINCT FROM o.actor OR n.actor = me
                OR n.state_reason IS DISTINCT FROM o.state_reason
                THEN n.state_reason
        END
    FROM after_step AS n
    INNER JOIN before_step AS o ON n.seq = o.seq
    WHERE n.state <> o.state
    ORDER BY n.seq;
    RETURN NULL;
END
$body$;

-- name: record_steps_comment
COMMENT ON FUNCTION staging.record_steps() IS 'Writes an event for each step of each message.';

-- name: message_event
CREATE TRIGGER message_event AFTER UPDATE ON staging.message
REFERENCING OLD TABLE AS before_step NEW TABLE AS after_step
FOR EACH STATEMENT EXECUTE FUNCTION staging.record_steps();

-- name: append_only
CREATE FUNCTION staging.append_only() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION '%.% is append-only', tg_table_schema, tg_table_name
        USING ERRCODE = '55000', HINT = 'corrections are new rows linked to the old';
END
$body$;

-- name: append_only_comment
COMMENT ON FUNCTION staging.append_only() IS 'Refuses to change or delete rows of an append-only table.';

-- name: event_append_only
-- Deleting is watched by event_leave: events leave with their message, into the archive.
CREATE TRIGGER event_append_only BEFORE UPDATE ON staging.event
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

-- name: event_never_emptied
CREATE TRIGGER event_never_emptied BEFORE TRUNCATE ON staging.event
FOR EACH STATEMENT EXECUTE FUNCTION staging.append_only();

-- name: refuse_change
-- What a sender said stays as it was said: the ledger, the hashes and the receivers' rows point to
-- it. TG_ARGV names what to do instead.
CREATE FUNCTION staging.refuse_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF tg_table_name = 'line' THEN
        PERFORM FROM staging.message AS m
        WHERE m.sender = OLD.sender AND m.doc_type = OLD.doc_type AND m.message_id = OLD.message_id
            AND m.state = 'held' AND m.amended_from IS NOT NULL;
        IF FOUND THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '%.% keeps what was said: it is not changed', tg_table_schema, tg_table_name
        USING ERRCODE = '55000', HINT = tg_argv[0];
END
$body$;

-- name: refuse_change_comment
COMMENT ON FUNCTION staging.refuse_change() IS
'Refuses to change what a sender said or a receiver was told, whoever tries.';

-- name: check_answer
-- The receiver's step in its inbox: legal ones pass, a repeated one changes nothing.
CREATE FUNCTION staging.check_answer() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    is_receiver boolean := EXISTS (SELECT FROM ops.login AS l WHERE l.login = session_user);
BEGIN
    IF NEW.state = OLD.state THEN
        IF (NEW.receiver_ref, NEW.answer_reason_code, NEW.answer_note)
            IS DISTINCT FROM (OLD.receiver_ref, OLD.answer_reason_code, OLD.answer_note) THEN
            RAISE EXCEPTION 'delivery % is % already; its answer cannot be changed', OLD.delivery_id, OLD.state
                USING ERRCODE = '55000', HINT = 'repeat the same answer, or send a new document';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM staging.step AS s
        WHERE s.machine = 'inbox' AND s.from_state = OLD.state AND s.to_state = NEW.state
            AND (s.by = 'receiver' OR NOT is_receiver)
    ) THEN
        RAISE EXCEPTION 'delivery % cannot go from % to %', OLD.delivery_id, OLD.state, NEW.state
            USING ERRCODE = '55000',
            HINT = 'pending may become taken, accepted or refused; taken may become accepted, refused or pending';
    END IF;
    IF NEW.state = 'refused' THEN
        IF NOT EXISTS (
            SELECT FROM staging.document_type AS t
            WHERE t.doc_type = NEW.doc_type AND t.road IN ('request', 'instruction')
        ) THEN
            RAISE EXCEPTION 'delivery % is no request and cannot be refused', OLD.delivery_id
                USING ERRCODE = '55000', HINT = 'what it tells has happened: accept it, and correct it with a document of your own';
        END IF;
        IF nullif(btrim(NEW.answer_reason_code), '') IS NULL THEN
            RAISE EXCEPTION 'delivery % cannot be refused without a reason_code', OLD.delivery_id
                USING ERRCODE = '55000', HINT = 'set reason_code in the same UPDATE';
        END IF;
    END IF;
    IF NEW.state <> 'withdrawn' THEN
        NEW.noticed := NOT EXISTS (
            SELECT FROM staging.document_type AS t
            WHERE t.doc_type = NEW.doc_type AND t.road = 'request'
        );
    END IF;
    NEW.answered_at := CASE WHEN NEW.state IN ('accepted', 'refused') THEN clock_timestamp() END;
    RETURN NEW;
END
$body$;

-- name: check_answer_comment
COMMENT ON FUNCTION staging.check_answer() IS 'Checks the receiver''s step in its inbox and stamps the answer.';

-- name: delivery_answer
CREATE TRIGGER delivery_answer BEFORE UPDATE OF state, receiver_ref, answer_reason_code, answer_note
ON staging.delivery FOR EACH ROW EXECUTE FUNCTION staging.check_answer();

-- name: availability
CREATE VIEW book.availability AS
SELECT
    f.warehouse_code,
    f.item_code,
    sum(f.unrestricted_qty) AS unrestricted_qty,
    sum(f.other_qty) AS other_qty,
    sum(f.reserved_qty) AS reserved_qty,
    sum(f.inbound_qty) AS inbound_qty
FROM (
    SELECT
        b.warehouse_code,
        b.item_code,
        CASE WHEN b.stock_status = 'unrestricted' THEN b.qty ELSE 0 END AS unrestricted_qty,
        CASE WHEN b.stock_status = 'unrestricted' THEN 0 ELSE b.qty END AS other_qty,
        0 AS reserved_qty,
        0 AS inbound_qty
    FROM book.balance AS b
    UNION ALL
    SELECT
        l.warehouse_code,
        l.item_code,
        0,
        0,
        CASE WHEN l.direction = 'out' THEN l.open_qty ELSE 0 END,
        CASE WHEN l.direction = 'in' THEN l.open_qty ELSE 0 END
    FROM book.order_line AS l
    WHERE l.state = 'open'
    UNION ALL
    SELECT
        h.other_warehouse_code,
        l.item_code,
        0,
        0,
        0,
        l.open_qty
    FROM book.order_line AS l
    INNER JOIN book.order_head AS h
        ON
            l.warehouse_code = h.warehouse_code
            AND l.order_type = h.order_type
            AND l.order_no = h.order_no
    WHERE l.state = 'open' AND l.order_type = 'transfer_order'
) AS f
GROUP BY f.warehouse_code, f.item_code;

-- name: availability_comment
COMMENT ON VIEW book.availability IS
'Stock, reservations and expected goods by warehouse and item, in base units.';

-- name: availability_column_comments
COMMENT ON COLUMN book.availability.warehouse_code IS 'warehouse';
COMMENT ON COLUMN book.availability.item_code IS 'item';
COMMENT ON COLUMN book.availability.unrestricted_qty IS 'stock in status unrestricted';
COMMENT ON COLUMN book.availability.other_qty IS 'stock in all other statuses';
COMMENT ON COLUMN book.availability.reserved_qty IS
'open outbound orders and production components';
COMMENT ON COLUMN book.availability.inbound_qty IS
'open inbound orders, transfers under way and production';
