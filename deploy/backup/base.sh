#!/bin/sh
# Take a base backup and verify it. Usage: base.sh FOLDER. Wants a login with REPLICATION.
# Together with archived WAL the database can be brought back as it was at any moment since:
#   archive_mode = on
#   archive_command = 'test ! -f /backup/wal/%f && cp %p /backup/wal/%f'
set -eu
folder=${1:?usage: base.sh FOLDER}
target=$folder/base-$(date -u +%Y%m%dT%H%M%SZ)
umask 077
mkdir -p "$folder"
pg_basebackup --pgdata="$target" --checkpoint=fast --wal-method=stream
pg_verifybackup "$target"
echo "$target: verified"
