"""Consume a queue of PgQ by a stored procedure, a batch a transaction: ``python run_pgq.py OPTIONS``."""

import signal
import threading

import psycopg


def main() -> None:
    """Work off batches until told to stop."""
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with psycopg.connect("", prepare_threshold=0) as connection:
        while not stopped.is_set():
            row = connection.execute("SELECT consume()").fetchone()
            connection.commit()
            if row is None or row[0] is None:
                stopped.wait(0.01)


if __name__ == "__main__":
    main()
