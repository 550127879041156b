#!/bin/sh
# Runs a command with a pgbouncer in transaction mode in front of the server in
# CROSSDOCK_TEST_DATABASE_URL: the tests' engine goes through it, and the senders of
# test_inbox_loop.py; the other senders and the DBA go past it.
# usage: pooled.sh command...
set -eu
: "${CROSSDOCK_TEST_DATABASE_URL:?name the server to put the pooler in front of}"
command -v pgbouncer >/dev/null || { echo "pgbouncer is not installed" >&2; exit 1; }
base=$(mktemp -d /tmp/crossdock-pooler.XXXXXX)
server=$(python3 - "$CROSSDOCK_TEST_DATABASE_URL" <<'PYTHON'
import sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
query = dict(urllib.parse.parse_qsl(url.query))
host = query.get("host") or url.hostname or "localhost"
print(f"host={host} port={query.get('port') or url.port or 5432}")
PYTHON
)
cat > "$base/pgbouncer.ini" <<INI
[databases]
* = $server
[pgbouncer]
listen_addr =
unix_socket_dir = $base
listen_port = 6432
auth_type = trust
auth_file = $base/users
auth_user = postgres
pool_mode = transaction
default_pool_size = 4
max_client_conn = 500
server_reset_query_always = 0
ignore_startup_parameters = extra_float_digits
logfile = $base/log
INI
echo '"postgres" ""' > "$base/users"
chmod 755 "$base"
# The pooler refuses root, as the server does.
if [ "$(id -u)" -eq 0 ]; then
  chown -R postgres: "$base"
  setpriv --reuid postgres --regid postgres --clear-groups pgbouncer -q "$base/pgbouncer.ini" &
else
  pgbouncer -q "$base/pgbouncer.ini" &
fi
pooler=$!
trap 'kill $pooler 2>/dev/null || true; wait $pooler 2>/dev/null || true; rm -rf "$base"' EXIT
tries=0
while [ ! -S "$base/.s.PGSQL.6432" ]; do
  tries=$((tries + 1))
  [ $tries -lt 100 ] || { echo "pgbouncer did not start:" >&2; cat "$base/log" >&2; exit 1; }
  sleep 0.1
done
CROSSDOCK_TEST_POOLER="host=$base port=6432" "$@"
