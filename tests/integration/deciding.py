"""Decide what a DBA decides: policies and periods, as the functions of ops take them."""

from __future__ import annotations

from datetime import date

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


def set_period(world: World, month: date, state: str, *, warehouse: str = "W1") -> Row:
    """Set a period, of W1 unless another is named; return the states before and after."""
    [row] = world.admin.read(
        "SELECT * FROM ops.period_set(%s, %s, %s, 'a test')", warehouse, month, state
    )
    return row


def close(world: World, month: date, *, warehouse: str = "W1") -> Row:
    """Close a period; return the states before and after."""
    return set_period(world, month, "closed", warehouse=warehouse)
