"""Name the peers: how each is installed, loaded and started, with the best settings found.

The settings were searched on 2 cores with the server beside the worker, each peer alone: pools of
2 to 40 connections, batches and concurrency of 1 to 1,000.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
_JSON = (
    "jsonb_build_object('key', movement_key, 'item', item_code, 'location', location_code,"
    " 'qty', qty)"
)


@dataclass(frozen=True)
class Peer:
    """Hold one peer; `load` is SQL that puts jobs %(first)s to %(last)s into its queue.

    `jobs` are drained in a turn: as many as take some seconds.
    """

    name: str
    program: str
    load: str
    jobs: int
    options: dict[str, Any] = field(default_factory=dict)
    library: str | None = None
    sql: tuple[str, ...] = ()
    chunk: int | None = None
    after_chunk: str | None = None

    def command(self, python: Path, *words: str) -> list[str]:
        """Return the command that works off jobs, or that installs."""
        program = str(FOLDER / self.program)
        runner = "node" if program.endswith(".cjs") else str(python)
        return [runner, program, json.dumps(self.options), *words]

    @property
    def installs(self) -> bool:
        """Return whether its program makes the tables of the queue."""
        return self.library is not None


_JOB_TABLE = """
INSERT INTO job (id, movement_key, item_code, location_code, qty)
SELECT n, movement_key, item_code, location_code, qty FROM jobs(%(first)s, %(last)s)"""

PEERS = (
    Peer("row loop", "run_row_loop.py", _JOB_TABLE, 4000, sql=("row_loop.sql",)),
    Peer("set-based by hand", "run_row_loop.py", _JOB_TABLE, 100_000, {"batch": 500},
         sql=("row_loop.sql",)),
    Peer(
        "pgqueuer", "run_pgqueuer.py",
        f"""
        INSERT INTO pgqueuer (priority, status, entrypoint, payload)
        SELECT 0, 'queued', 'move', convert_to(({_JSON})::text, 'UTF8')
        FROM jobs(%(first)s, %(last)s)""",
        12_000, {"pool": 20, "batch": 200}, library="pgqueuer",
    ),
    Peer(
        "graphile-worker", "run_graphile.cjs",
        f"""
        SELECT count(*) FROM graphile_worker.add_jobs(ARRAY(
            SELECT json_populate_record(NULL::graphile_worker.job_spec, json_build_object(
                'identifier', 'move', 'payload', {_JSON}))
            FROM jobs(%(first)s, %(last)s)))""",
        15_000, {"pool": 20, "concurrency": 40, "batch": 500, "complete_ms": 20},
        library="graphile-worker",
    ),
    Peer(
        "PgQ", "run_pgq.py",
        """
        SELECT count(pgq.insert_event(
            'moves', 'move', movement_key, item_code, location_code, qty::text, NULL))
        FROM jobs(%(first)s, %(last)s)""",
        60_000, sql=("pgq.sql",), chunk=1000,
        after_chunk="SELECT pgq.force_tick('moves'), pgq.ticker('moves')",
    ),
    Peer(
        "procrastinate", "run_procrastinate.py",
        f"""
        INSERT INTO procrastinate_jobs (queue_name, task_name, args)
        SELECT 'default', 'move', {_JSON} FROM jobs(%(first)s, %(last)s)""",
        2500, {"pool": 10, "concurrency": 20, "connector": 10}, library="procrastinate",
    ),
    Peer(
        "Oban for Python", "run_oban.py",
        f"""
        INSERT INTO oban_jobs (queue, worker, args)
        SELECT 'default', '__main__.Move', {_JSON} FROM jobs(%(first)s, %(last)s)""",
        6000, {"pool": 10, "concurrency": 100, "connector": 4}, library="oban",
    ),
    Peer(
        "chancy", "run_chancy.py",
        f"""
        INSERT INTO chancy_jobs (id, queue, func, kwargs)
        SELECT gen_random_uuid(), 'default', 'run_chancy.move',
            {_JSON} || jsonb_build_object('pool', 10)
        FROM jobs(%(first)s, %(last)s)""",
        4000, {"concurrency": 100, "connector": 10}, library="chancy",
    ),
)  # fmt: skip


def own_python() -> Path:
    """Return the interpreter that runs the peers without a library of their own."""
    return Path(sys.executable)
