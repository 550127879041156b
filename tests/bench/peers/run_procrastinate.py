"""Run procrastinate with a task that moves stock: ``python run_procrastinate.py OPTIONS [install]``."""

import asyncio
import json
import logging
import sys

import asyncpg
import procrastinate
import uvloop

MOVE = "SELECT move($1, $2, $3, $4)"


async def run(options: dict[str, int], *, install: bool) -> None:
    """Make the tables of the queue, or work off jobs until told to stop."""
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(max_size=options.get("connector", 4))
    )
    pool = None if install else await asyncpg.create_pool(max_size=options["pool"])

    @app.task(name="move")
    async def move(key: str, item: str, location: str, qty: int) -> None:
        assert pool is not None
        await pool.fetchval(MOVE, key, item, location, qty)

    async with app.open_async():
        if install:
            await app.schema_manager.apply_schema_async()
        else:
            await app.run_worker_async(
                concurrency=options["concurrency"], fetch_job_polling_interval=0.2
            )


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    asyncio.run(run(json.loads(sys.argv[1]), install="install" in sys.argv))
