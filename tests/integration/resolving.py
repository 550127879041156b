"""Decide tasks as a DBA does, and read what came of it."""

from __future__ import annotations

from typing import Any

from tests.support.builders_send import Row
from tests.support.builders_world import World


def task(world: World, code: str) -> Row:
    """Return the only task of a code."""
    [found] = world.tasks(code)
    return found


def resolve(world: World, task_id: int, choice: str, reason: str = "agreed") -> str:
    """Decide a task and return what the choice posts; nothing is carried out yet."""
    query = "SELECT ops.resolve_task(%s, %s, %s) AS told"
    [row] = world.admin.read(query, task_id, choice, reason)
    told: Row = row["told"]
    assert (told["task_id"], told["from"], told["to"]) == (task_id, "open", "deciding")
    assert told["decision"] == choice.strip()
    return str(told["posts"])


def decided(world: World, code: str, choice: str) -> Row:
    """Decide the only task of a code, let crossdock work, and return the task as it is then."""
    resolve(world, task(world, code)["task_id"], choice)
    world.drain()
    return task(world, code)


def end_of(row: Row) -> tuple[Any, ...]:
    """Return how a task ended: state, decision, outcome."""
    return row["state"], row["decision"], row["outcome"]


def posting(world: World, row: Row) -> Row:
    """Return the message that carries a task's decision out."""
    [found] = world.admin.read("SELECT * FROM staging.message WHERE seq = %s", row["posted_seq"])
    return found
