"""Run chancy with a job that moves stock: ``python run_chancy.py OPTIONS [install]``."""

import asyncio
import json
import logging
import sys

import asyncpg
import uvloop
from chancy import Chancy, Queue, Worker

MOVE = "SELECT move($1, $2, $3, $4)"
#: Chancy imports this file again by its name: the pool is made by the module that has the job.
_pools: list[asyncpg.Pool] = []
_opening = asyncio.Lock()


async def move(*, key: str, item: str, location: str, qty: int, pool: int) -> None:
    """Move stock."""
    async with _opening:
        if not _pools:
            _pools.append(await asyncpg.create_pool(max_size=pool))
    await _pools[0].fetchval(MOVE, key, item, location, qty)


async def run(options: dict[str, int], *, install: bool) -> None:
    """Make the tables of the queue, or work off jobs until told to stop."""
    quiet = logging.getLogger("chancy")
    quiet.setLevel(logging.ERROR)
    async with Chancy(
        "", max_connection_pool_size=options.get("connector", 4), log=quiet
    ) as chancy:
        if install:
            await chancy.migrate()
            return
        await chancy.declare(
            Queue(
                "default",
                concurrency=options["concurrency"],
                executor="chancy.executors.asyncex.AsyncExecutor",
                polling_interval=1,
                eager_polling=True,
            ),
            upsert=True,
        )
        async with Worker(chancy) as worker:
            await worker.wait_for_shutdown()


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(run(json.loads(sys.argv[1]), install="install" in sys.argv))
