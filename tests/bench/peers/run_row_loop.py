"""Move stock job by job as a careful programmer would: ``python run_row_loop.py OPTIONS``.

One transaction a job: locked with SKIP LOCKED, moved, deleted. With "batch" in the options it is
the set-based variant: one call and one transaction for so many jobs.
"""

import json
import signal
import sys
import threading

import psycopg

TAKE = """SELECT id, movement_key, item_code, location_code, qty FROM job
ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"""
MOVEMENT = """INSERT INTO movement (movement_key, item_code, location_code, qty)
VALUES (%s, %s, %s, %s) ON CONFLICT (movement_key) DO NOTHING"""
READ = "SELECT qty, row_version FROM balance WHERE item_code = %s AND location_code = %s"
CREATE = """INSERT INTO balance (item_code, location_code, qty, row_version) VALUES (%s, %s, 0, 0)
ON CONFLICT (item_code, location_code) DO NOTHING"""
UPDATE = """UPDATE balance SET qty = %s, row_version = row_version + 1
WHERE item_code = %s AND location_code = %s AND row_version = %s"""
DONE = "DELETE FROM job WHERE id = %s"


def one(connection: psycopg.Connection) -> int:
    """Move one job; return how many were moved."""
    row = connection.execute(TAKE).fetchone()
    if row is None:
        return 0
    number, key, item, location, qty = row
    moved = connection.execute(MOVEMENT, (key, item, location, qty)).rowcount
    while moved:
        found = connection.execute(READ, (item, location)).fetchone()
        if found is None:
            connection.execute(CREATE, (item, location))
            continue
        total, version = found
        changed = connection.execute(UPDATE, (total + qty, item, location, version)).rowcount
        moved -= changed
    connection.execute(DONE, (number,))
    return 1


def main() -> None:
    """Work off jobs until told to stop."""
    options = json.loads(sys.argv[1])
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with psycopg.connect("", prepare_threshold=0) as connection:
        while not stopped.is_set():
            if "batch" in options:
                row = connection.execute("SELECT move_jobs(%s)", (options["batch"],)).fetchone()
                done = 0 if row is None else row[0]
            else:
                done = one(connection)
            connection.commit()
            if not done:
                stopped.wait(0.01)


if __name__ == "__main__":
    main()
