-- Doctor: what the server, the settings and the rights look like. Reads the catalog only.

-- name: doctor_server
-- Says who is asked, how old it is, and what its clock says.
-- returns: version_number integer, version text, database_name name, login name, encoding name,
-- now timestamptz, is_standby boolean, is_superuser boolean, sessions bigint
SELECT
    CAST(current_setting('server_version_num') AS integer) AS version_number,
    current_setting('server_version') AS version,
    current_database() AS database_name,
    session_user AS login,
    pg_encoding_to_char(d.encoding) AS encoding,
    clock_timestamp() AS now,
    pg_is_in_recovery() AS is_standby,
    r.rolsuper AS is_superuser,
    (SELECT CAST(sum(a.numbackends) AS bigint) FROM pg_stat_database AS a) AS sessions
FROM pg_database AS d
INNER JOIN pg_roles AS r ON r.rolname = session_user
WHERE d.datname = current_database();

-- name: doctor_settings
-- Shows the settings that decide whether the daemon is safe and quick, as a new session of this
-- login gets them: what this session set for itself does not count.
-- params: names text[]
-- returns: name text, setting text, unit text; one row for each setting
SELECT
    s.name,
    s.reset_val AS setting,
    s.unit
FROM pg_settings AS s
WHERE s.name = any(CAST(:names AS text []))
ORDER BY s.name;

-- name: doctor_roles
-- Says which of crossdock's roles exist and which of them this login has.
-- params: names text[]
-- returns: name text, found boolean, is_mine boolean; one row for each name
SELECT
    w.name,
    r.oid IS NOT NULL AS found,
    CASE WHEN r.oid IS NULL THEN false ELSE pg_has_role(session_user, r.oid, 'USAGE') END AS is_mine
FROM unnest(CAST(:names AS text [])) AS w (name)
LEFT JOIN pg_roles AS r ON w.name = r.rolname
ORDER BY w.name;

-- name: doctor_leaks
-- Finds tables of the internal schemas that a sender's role, or everybody, may read or write.
-- returns: grantee name, table_name text, privileges text; one row for each table and role; none
-- when the views are the only way in
SELECT
    p.grantee,
    n.nspname || '.' || c.relname AS table_name,
    string_agg(DISTINCT p.privilege_type, ', ' ORDER BY p.privilege_type) AS privileges
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
CROSS JOIN LATERAL (
    SELECT
        a.privilege_type,
        CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_get_userbyid(a.grantee) END AS grantee
    FROM aclexplode(c.relacl) AS a
) AS p
WHERE
    n.nspname IN ('staging', 'book', 'recon')
    AND p.grantee IN ('public', 'crossdock_erp', 'crossdock_wms')
GROUP BY p.grantee, n.nspname, c.relname
ORDER BY p.grantee, table_name;

-- name: doctor_systems
-- Shows who is registered, and whether the login is still there with its role.
-- returns: system_code text, kind text, login text, login_found boolean, has_role boolean,
-- warehouses bigint; one row for each login of each system; systems without a login have one row
SELECT
    s.system_code,
    s.kind,
    l.login,
    r.oid IS NOT NULL AS login_found,
    CASE WHEN r.oid IS NULL THEN false ELSE pg_has_role(r.oid, 'crossdock_' || s.kind, 'MEMBER') END AS has_role,
    (
        SELECT count(*) FROM ops.system_warehouse AS w
        WHERE w.system_code = s.system_code
    ) AS warehouses
FROM ops.system AS s
LEFT JOIN ops.login AS l ON s.system_code = l.system_code
LEFT JOIN pg_roles AS r ON l.login = r.rolname
ORDER BY s.kind, s.system_code, l.login;

-- name: doctor_old_snapshots
-- Finds who keeps dead rows from being cleaned: open transactions, prepared ones, slots. By
-- ops.session(), for pg_stat_activity hides other logins' transactions from this one.
-- params: older_than interval
-- returns: kind text, holder text, login text, application_name text, state text, age_s bigint;
-- one row for each holder, oldest first
SELECT
    'session' AS kind,
    CAST(a.pid AS text) AS holder,
    a.login,
    a.application_name,
    a.state,
    CAST(extract(EPOCH FROM clock_timestamp() - a.transaction_started_at) AS bigint) AS age_s
FROM ops.session() AS a
WHERE a.transaction_started_at < clock_timestamp() - CAST(:older_than AS interval)
UNION ALL
SELECT
    'prepared transaction',
    p.gid,
    CAST(p.owner AS text),
    NULL,
    'prepared',
    CAST(extract(EPOCH FROM clock_timestamp() - p.prepared) AS bigint)
FROM pg_prepared_xacts AS p
WHERE p.database = current_database() AND p.prepared < clock_timestamp() - CAST(:older_than AS interval)
UNION ALL
SELECT
    'replication slot',
    r.slot_name,
    NULL,
    r.plugin,
    CASE WHEN r.active THEN 'active' ELSE 'inactive' END,
    NULL
FROM pg_replication_slots AS r
WHERE NOT r.active
ORDER BY age_s DESC NULLS LAST;

-- name: look_at_server
-- Looks whether a daemon can work here at all.
-- returns: is_standby boolean, login text, is_daemon boolean; one row
SELECT
    pg_is_in_recovery() AS is_standby,
    CAST(current_user AS text) AS login,
    pg_has_role('crossdock_daemon', 'USAGE') OR pg_has_role(n.nspowner, 'USAGE') AS is_daemon
FROM pg_namespace AS n
WHERE n.nspname = 'staging';
