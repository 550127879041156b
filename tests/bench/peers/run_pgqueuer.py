"""Run pgqueuer with a handler that moves stock: ``python run_pgqueuer.py OPTIONS [install]``."""

import asyncio
import json
import signal
import sys
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

MOVE = "SELECT move($1, $2, $3, $4)"


async def install() -> None:
    """Make the tables of the queue."""
    connection = await asyncpg.connect()
    await Queries(AsyncpgDriver(connection)).install()
    await connection.close()


async def work(options: dict[str, int]) -> None:
    """Work off jobs until told to stop."""
    connection = await asyncpg.connect()
    pool = await asyncpg.create_pool(min_size=options["pool"], max_size=options["pool"])
    queue = PgQueuer.from_asyncpg_connection(connection)

    @queue.entrypoint("move")
    async def move(job):  # type: ignore[no-untyped-def]  # the library is not here to be checked
        told = json.loads(job.payload)
        await pool.fetchval(MOVE, told["key"], told["item"], told["location"], told["qty"])

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, queue.shutdown.set)
    await queue.run(
        batch_size=options["batch"],
        max_concurrent_tasks=options.get("tasks"),
        dequeue_timeout=timedelta(seconds=0.2),
    )


if __name__ == "__main__":
    uvloop.run(install() if "install" in sys.argv else work(json.loads(sys.argv[1])))
