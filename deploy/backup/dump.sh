#!/bin/sh
# Dump the database, restore the dump beside it, and prove the copy. Usage: dump.sh FOLDER
# Libpq's variables (PGHOST, PGUSER, PGDATABASE ...) name the database and a login that may make one.
# A dump is a copy of one moment: what came after it is lost. For less, see base.sh.
set -eu
folder=${1:?usage: dump.sh FOLDER}
database=${PGDATABASE:-crossdock}
file=$folder/$database-$(date -u +%Y%m%dT%H%M%SZ).dump
copy=${database}_proof_$$

umask 077
mkdir -p "$folder"
pg_dump --format=custom --compress=6 --file="$file.part" --dbname="$database"
trap 'dropdb --if-exists --force "$copy"; rm -f "$file.part"' EXIT INT TERM
createdb --template=template0 --encoding=UTF8 "$copy"
pg_restore --exit-on-error --no-owner --dbname="$copy" "$file.part"
# The views of the laws are in the dump: a copy that is not whole, or a book that is wrong, shows here.
breaches=$(psql -XAtq --dbname="$copy" -c "ANALYZE" -c "SELECT count(*) FROM ops.proof")
if [ "$breaches" != 0 ]; then
  echo "dump.sh: $breaches breaches of the laws in the restored copy; $file.part is kept" >&2
  trap 'dropdb --if-exists --force "$copy"' EXIT
  exit 1
fi
mv "$file.part" "$file"
echo "$file: restored and proved"
