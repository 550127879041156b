# Run by the service `roles`: make the roles, then set the passwords from the secrets.
PGPASSWORD=$(cat /run/secrets/superuser_password)
export PGPASSWORD
psql -X -q -v ON_ERROR_STOP=1 -f /roles.sql
psql -X -q -v ON_ERROR_STOP=1 \
  -v owner_password="$(cat /run/secrets/owner_password)" \
  -v daemon_password="$(cat /run/secrets/daemon_password)" <<'SQL'
ALTER ROLE crossdock_owner PASSWORD :'owner_password';
ALTER ROLE crossdock_daemon_login PASSWORD :'daemon_password';
SQL
