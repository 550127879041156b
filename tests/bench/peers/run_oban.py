"""Run Oban for Python with a worker that moves stock: ``python run_oban.py OPTIONS [install]``."""

import asyncio
import json
import signal
import sys

import asyncpg
import uvloop
from oban import Oban, worker
from oban.schema import install as install_schema
from psycopg_pool import AsyncConnectionPool

MOVE = "SELECT move($1, $2, $3, $4)"
connections: list[asyncpg.Pool] = []


@worker(queue="default")
class Move:
    """Move stock."""

    async def process(self, job):  # type: ignore[no-untyped-def]  # the library is not here to be checked
        """Move what the job says."""
        told = job.args
        await connections[0].fetchval(
            MOVE, told["key"], told["item"], told["location"], told["qty"]
        )


async def run(options: dict[str, int], *, install: bool) -> None:
    """Make the tables of the queue, or work off jobs until told to stop."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with AsyncConnectionPool("", max_size=options.get("connector", 4)) as pool:
        if install:
            await install_schema(pool)
            return
        connections.append(await asyncpg.create_pool(max_size=options["pool"]))
        async with Oban(
            pool=pool, queues={"default": options["concurrency"]}, stager={"interval": 0.2}
        ):
            await stopped.wait()


if __name__ == "__main__":
    uvloop.run(run(json.loads(sys.argv[1]), install="install" in sys.argv))
