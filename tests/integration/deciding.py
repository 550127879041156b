"""Decide what a DBA decides: policies and periods, as the functions of ops take them."""

from __future__ import annotations

from tests.support.builders_send import Row
from tests.support.builders_world import World


def decide(
    world: World, name: str, value: str | None, *, scope: str = "W1", scope_kind: str = "warehouse"
) -> Row:
    """Set a policy, of W1 unless another scope is named; return the values before and after."""
    [row] = world.admin.read(
        "SELECT * FROM ops.set_policy(%s, %s, %s, %s, 'a test')", scope_kind, scope, name, value
    )
    return row
