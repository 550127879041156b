-- Who may send what.

-- name: register_system
-- Ties a login to a system, grants its role, replaces the system's warehouses.
-- A WMS registered after master data exist gets all of them: an internal message asks for it.
CREATE FUNCTION ops.register_system(
    login text, system_code text, kind text, warehouses text [], gapless_source_seq boolean DEFAULT false
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    taken_by text;
    is_new boolean;
BEGIN
    IF nullif(btrim(system_code), '') IS NULL OR system_code IN ('crossdock', '*') THEN
        RAISE EXCEPTION 'system_code must be a name, and not crossdock' USING ERRCODE = '22023';
    END IF;
    IF kind IS NULL OR kind NOT IN ('erp', 'wms') THEN
        RAISE EXCEPTION 'kind must be erp or wms, not %', kind USING ERRCODE = '22023';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = register_system.login) THEN
        RAISE EXCEPTION 'login % does not exist', login
            USING ERRCODE = '42704', HINT = format('CREATE ROLE %I LOGIN PASSWORD ...', login);
    END IF;
    IF EXISTS (
        SELECT FROM ops.system AS s WHERE s.system_code = register_system.system_code AND s.kind <> register_system.kind
    ) THEN
        RAISE EXCEPTION 'system % is registered with the other kind', system_code USING ERRCODE = '22023';
    END IF;
    IF kind = 'erp' AND EXISTS (
        SELECT FROM ops.system AS s WHERE s.kind = 'erp' AND s.system_code <> register_system.system_code
    ) THEN
        RAISE EXCEPTION 'there is an ERP already' USING ERRCODE = '23505', HINT = 'exactly one system is of kind erp';
    END IF;
    SELECT w.warehouse_code || ' of ' || w.system_code INTO taken_by
    FROM ops.system_warehouse AS w
    WHERE register_system.kind = 'wms' AND w.kind = 'wms' AND w.system_code <> register_system.system_code
        AND w.warehouse_code = ANY (register_system.warehouses) LIMIT 1;
    IF taken_by IS NOT NULL THEN
        RAISE EXCEPTION 'warehouse % has a WMS already', taken_by
            USING ERRCODE = '23505', HINT = 'a warehouse belongs to one WMS';
    END IF;
    is_new := NOT EXISTS (SELECT FROM ops.system AS s WHERE s.system_code = register_system.system_code);
    INSERT INTO ops.system (system_code, kind, gapless_source_seq)
    VALUES (register_system.system_code, register_system.kind, coalesce(register_system.gapless_source_seq, false))
    ON CONFLICT ON CONSTRAINT system_pkey DO UPDATE SET gapless_source_seq = excluded.gapless_source_seq;
    DELETE FROM ops.system_warehouse AS w WHERE w.system_code = register_system.system_code;
    INSERT INTO ops.system_warehouse (system_code, warehouse_code, kind)
    SELECT DISTINCT register_system.system_code, btrim(u.code), register_system.kind
    FROM unnest(coalesce(register_system.warehouses, '{}')) AS u (code);
    INSERT INTO ops.login (login, system_code) VALUES (register_system.login, register_system.system_code)
    ON CONFLICT ON CONSTRAINT login_pkey DO UPDATE SET system_code = excluded.system_code;
    EXECUTE format('GRANT %I TO %I', 'crossdock_' || kind, login);
    IF kind = 'wms' AND is_new THEN
        INSERT INTO staging.message (sender, doc_type, message_id, action, attributes)
        VALUES ('crossdock', 'master_resend', 'master for ' || register_system.system_code, 'upsert',
            jsonb_build_object('receiver', register_system.system_code));
    END IF;
END
$body$;

-- name: register_system_comment
COMMENT ON FUNCTION ops.register_system(text, text, text, text [], boolean) IS
'Ties a login to a system of kind erp or wms with its warehouses and grants its role; repeat to change the warehouses.';

-- name: register_system_grant
REVOKE ALL ON FUNCTION ops.register_system(text, text, text, text [], boolean) FROM public;

-- name: register_system_grant_dba
GRANT EXECUTE ON FUNCTION ops.register_system(text, text, text, text [], boolean) TO crossdock_dba;
