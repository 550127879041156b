-- What may be decided for a warehouse, a system or an order type. The engine reads the values with
-- each batch (batch_begin), so a change holds from the next batch on.

-- name: policy_scope
-- The scope in the form in which it is kept; fails when there is no such thing.
CREATE FUNCTION staging.policy_scope(scope_kind text, scope text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    code text := btrim(scope);
    order_type text := split_part(code, ' ', 1);
    place text := CASE scope_kind
        WHEN 'warehouse' THEN code
        WHEN 'order_type' THEN nullif(btrim(substr(code, length(order_type) + 1)), '')
    END;
BEGIN
    IF scope_kind = 'system'
        AND NOT EXISTS (SELECT FROM ops.system AS s WHERE s.system_code = code AND s.kind = 'wms') THEN
        RAISE EXCEPTION 'there is no WMS %', coalesce(code, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT system_code FROM ops.system lists them';
    END IF;
    IF scope_kind = 'order_type' AND NOT EXISTS (
        SELECT FROM staging.document_type AS t
        WHERE t.road = 'request' AND t.senders <> '{}' AND t.doc_type <> 'production_order' AND t.doc_type = order_type
    ) THEN
        RAISE EXCEPTION 'there is no order type % that leaves a remainder', coalesce(order_type, 'null')
            USING ERRCODE = 'P0002', HINT = 'name an order type, or an order type, a blank and a warehouse; production ends by its completion';
    END IF;
    IF (scope_kind = 'warehouse' OR place IS NOT NULL)
        AND NOT EXISTS (SELECT FROM book.warehouse AS w WHERE w.warehouse_code = place) THEN
        RAISE EXCEPTION 'there is no warehouse %', coalesce(place, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT warehouse_code FROM book.warehouse lists them';
    END IF;
    RETURN CASE WHEN scope_kind = 'order_type' THEN concat_ws(' ', order_type, place) ELSE code END;
END
$body$;

-- name: policy_interval
-- A duration as it is kept; null when the text is none. A bare number is none: nobody can see
-- whether it means seconds or minutes. Nor is a month: it has no length.
CREATE FUNCTION staging.policy_interval(value text) RETURNS interval
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $body$
DECLARE
    found interval;
BEGIN
    found := CAST(value AS interval);
    IF (value ~ '^[-+0-9. ]+$' AND found <> '0') OR found < '0' OR NOT isfinite(found)
        OR extract(year FROM found) <> 0 OR extract(month FROM found) <> 0 THEN
        RETURN NULL;
    END IF;
    RETURN found;
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow OR interval_field_overflow THEN
    RETURN NULL;
END
$body$;

-- name: set_policy
-- Decides a policy for a scope, or takes the decision back (null or 'default'). What waits already
-- is judged anew by a changed limit.
CREATE FUNCTION ops.set_policy(scope_kind text, scope text, name text, value text, reason text)
RETURNS TABLE (value_before text, value_after text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET intervalstyle = 'postgres'
AS $body$
DECLARE
    why text := staging.need_reason(reason);
    kinds text [];
    choices text [];
    standard text;
    place text;
    wanted text := nullif(nullif(btrim(value), ''), 'default');
    lasts interval;
BEGIN
    SELECT k.scope_kinds, k.choices, k.default_value INTO kinds, choices, standard
    FROM ops.policy_kind AS k WHERE k.name = set_policy.name;
    IF kinds IS NULL THEN
        RAISE EXCEPTION 'there is no policy %', coalesce(name, 'null')
            USING ERRCODE = 'P0002', HINT = 'SELECT name, meaning FROM ops.policy lists them';
    END IF;
    IF scope_kind IS NULL OR scope_kind <> ALL (kinds) THEN
        RAISE EXCEPTION 'policy % is set for: %, not for %', name, array_to_string(kinds, ', '), coalesce(scope_kind, 'null')
            USING ERRCODE = '22023';
    END IF;
    place := staging.policy_scope(scope_kind, scope);
    IF choices = '{}' THEN
        lasts := staging.policy_interval(wanted);
    END IF;
    IF wanted IS NOT NULL AND NOT coalesce(wanted = ANY (choices), false) AND lasts IS NULL THEN
        RAISE EXCEPTION '% cannot be %', name, wanted USING ERRCODE = '22023', HINT = CASE
            WHEN choices = '{}' THEN 'say a duration such as 15min, 4h or 1 day'
            ELSE 'say one of: ' || array_to_string(choices, ', ')
        END;
    END IF;
    wanted := coalesce(CAST(lasts AS text), wanted);
    SELECT p.value INTO value_before FROM ops.policy_value AS p
    WHERE p.scope_kind = set_policy.scope_kind AND p.scope = place AND p.name = set_policy.name FOR UPDATE;
    IF wanted IS NULL THEN
        DELETE FROM ops.policy_value AS p
        WHERE p.scope_kind = set_policy.scope_kind AND p.scope = place AND p.name = set_policy.name;
    ELSE
        INSERT INTO ops.policy_value (scope_kind, scope, name, value, duration, set_at, set_by, reason)
        VALUES (scope_kind, place, name, wanted, lasts, clock_timestamp(), staging.actor(), why)
        ON CONFLICT ON CONSTRAINT policy_value_pkey DO UPDATE SET
            value = excluded.value, duration = excluded.duration, set_at = excluded.set_at,
            set_by = excluded.set_by, reason = excluded.reason;
    END IF;
    PERFORM staging.record_act('set_policy', why, NULL, NULL, jsonb_build_object(
        'scope_kind', scope_kind, 'scope', place, 'name', name, 'from', value_before, 'to', wanted
    ));
    IF scope_kind = 'warehouse' AND name IN ('reference_limit', 'order_limit', 'stock_limit', 'line_limit', 'negative_stock') THEN
        UPDATE staging.message AS m SET wait_until = clock_timestamp()
        WHERE m.seq IN (
            SELECT c.seq FROM staging.message AS c
            WHERE c.lane = place AND c.state IN ('received', 'waiting') AND c.wait_until > clock_timestamp()
            ORDER BY c.seq FOR NO KEY UPDATE SKIP LOCKED
        );
    END IF;
    value_before := coalesce(value_before, standard);
    value_after := coalesce(wanted, standard);
    RETURN NEXT;
END
$body$;

-- name: policy
-- plan: a handful of rows
CREATE VIEW ops.policy AS
SELECT
    k.scope_kinds[1] AS scope_kind,
    CAST(NULL AS text) AS scope,
    k.name,
    k.default_value AS value,
    k.default_value AS "default",
    k.unit,
    k.setting,
    k.meaning,
    CAST(NULL AS timestamptz) AS set_at,
    CAST(NULL AS text) AS set_by,
    CAST(NULL AS text) AS reason
FROM ops.policy_kind AS k
UNION ALL
SELECT
    p.scope_kind,
    p.scope,
    p.name,
    p.value,
    k.default_value AS "default",
    k.unit,
    k.setting,
    k.meaning,
    p.set_at,
    p.set_by,
    p.reason
FROM ops.policy_value AS p
INNER JOIN ops.policy_kind AS k ON p.name = k.name;

-- name: policy_comments
COMMENT ON VIEW ops.policy IS
'Every policy with its default (scope null), and every one that was set; ops.set_policy sets one.';
COMMENT ON COLUMN ops.policy.scope_kind IS 'warehouse, system or order_type';
COMMENT ON COLUMN ops.policy.scope IS
'warehouse, system, order type, or order type and warehouse; null: everywhere where nothing was set';
COMMENT ON COLUMN ops.policy.name IS 'name of the policy';
COMMENT ON COLUMN ops.policy.value IS 'what holds; where a setting is named, it goes before the default';
COMMENT ON COLUMN ops.policy."default" IS 'what holds where nothing was decided';
COMMENT ON COLUMN ops.policy.unit IS 'what a value is';
COMMENT ON COLUMN ops.policy.setting IS 'setting of the program that goes before the default';
COMMENT ON COLUMN ops.policy.meaning IS 'what it decides';
COMMENT ON COLUMN ops.policy.set_at IS 'when it was set';
COMMENT ON COLUMN ops.policy.set_by IS 'who set it; ops.audit keeps every change';
COMMENT ON COLUMN ops.policy.reason IS 'why';
COMMENT ON FUNCTION ops.set_policy(text, text, text, text, text) IS
'Decides a policy for a warehouse, a system or an order type; null takes the decision back. Returns the values before and after.';
COMMENT ON FUNCTION staging.policy_scope(text, text) IS
'The scope as it is kept; fails with P0002 when there is no such warehouse, system or order type.';
COMMENT ON FUNCTION staging.policy_interval(text) IS 'The duration; null when the text is none.';

-- name: policy_revoke
REVOKE ALL ON FUNCTION ops.set_policy(text, text, text, text, text), staging.policy_scope(text, text),
staging.policy_interval(text) FROM public;

-- name: policy_grant
GRANT EXECUTE ON FUNCTION ops.set_policy(text, text, text, text, text) TO crossdock_dba;
