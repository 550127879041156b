-- Roles and logins with the least they need. Run once as a superuser (or the administrator of a
-- managed server: CREATEROLE, pg_read_all_stats with ADMIN), in the database of crossdock:
--
--   createdb --encoding UTF8 crossdock
--   psql -d crossdock -v ON_ERROR_STOP=1 -f deploy/sql/roles.sql
--   psql -d crossdock -c '\password crossdock_owner' -c '\password crossdock_daemon_login'
--
-- It may be repeated. Other names of logins: -v owner=... -v daemon=... -v reader=...
--
-- who                     is                        may
-- crossdock_owner         owner of the database     migrate; owns the schemas, no superuser
-- crossdock_daemon_login  member crossdock_daemon   run the daemon; owns nothing, no DDL
-- crossdock_reader_login  member crossdock_reader   dashboards, auditors: read ops, archive, recon
-- a DBA's own login       member crossdock_dba      read all, call the audited functions of ops
-- an ERP's, a WMS's login member by registering     the views of its contract, its own rows
--
-- An ERP's and a WMS's login:  CREATE ROLE wms1 LOGIN CONNECTION LIMIT 20; \password wms1
--                              crossdock register wms1 WMS1 --kind wms --warehouse W1
\set QUIET on
\if :{?owner} \else \set owner crossdock_owner \endif
\if :{?daemon} \else \set daemon crossdock_daemon_login \endif
\if :{?reader} \else \set reader crossdock_reader_login \endif

-- The roles that the schema grants to. They are the server's: several databases share them.
SELECT format('CREATE ROLE %I NOLOGIN', r.name)
FROM unnest(ARRAY[
    'crossdock_erp', 'crossdock_wms', 'crossdock_dba', 'crossdock_daemon', 'crossdock_reader'
]) AS r (name)
WHERE r.name NOT IN (SELECT rolname FROM pg_roles) \gexec

SELECT format('CREATE ROLE %I LOGIN CONNECTION LIMIT %s', r.name, r.connections)
FROM (VALUES (:'owner', 5), (:'daemon', 50), (:'reader', 20)) AS r (name, connections)
WHERE r.name NOT IN (SELECT rolname FROM pg_roles) \gexec

-- Registering a system grants a role with the owner's rights: it must be able to give these two.
GRANT crossdock_erp, crossdock_wms TO :"owner" WITH ADMIN OPTION;
-- ops.session() and ops.health show other logins' transactions.
GRANT pg_read_all_stats TO :"owner";
GRANT crossdock_daemon TO :"daemon";
GRANT crossdock_reader TO :"reader";

SELECT format('ALTER DATABASE %I OWNER TO %I', current_database(), :'owner') \gexec
-- Nobody else connects; who is registered gets CONNECT by the role of the contract.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format(
    'GRANT CONNECT ON DATABASE %I TO crossdock_erp, crossdock_wms, crossdock_dba, crossdock_daemon, crossdock_reader',
    current_database()
) \gexec
-- The batches' work tables are temporary.
SELECT format('GRANT TEMPORARY ON DATABASE %I TO crossdock_daemon', current_database()) \gexec
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

-- A report that runs away, a sender that hangs: neither holds an old snapshot for hours.
ALTER ROLE :"reader" SET statement_timeout = '5min';
ALTER ROLE :"reader" SET default_transaction_read_only = on;
SELECT format('ALTER DATABASE %I SET idle_in_transaction_session_timeout = %L', current_database(), '10min') \gexec
SELECT format('ALTER DATABASE %I SET jit = off', current_database()) \gexec
