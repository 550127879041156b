"""Keep the plans of the engine's statements as the server ran them, each with its rows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import CursorResult

from schema.sql import Statement
from sync.store import Transaction, _driver_text
from tests.support.builders_world import World

#: A parameter as the driver takes it and as it sends it.
PARAMETER = re.compile(r"%\(\w+\)s|\$\d+")
#: A quick session's statement is named after its limit, too: ``claim_400``.
ENDS_IN_LIMIT = re.compile(r"_\d+$")
#: Statements that run as one where nobody has code maps.
TOGETHER = {"read_and_resolve": ("read_lines", "resolve_lines")}

Plan = dict[str, Any]


@dataclass
class Seen:
    """Collect the plans of each statement, in the order in which they ran."""

    plans: dict[str, list[Plan]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> list[Plan]:
        """Return the plans of a statement; fail when no batch ran it."""
        assert self.plans.get(name), f"no batch ran {name}"
        return self.plans[name]


def nodes(plan: Plan) -> Iterator[Plan]:
    """Yield a plan's nodes from the top."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def handled(node: Plan) -> float:
    """Return how many rows a node handled, those that it threw away included."""
    thrown = ("Filter", "Join Filter", "Index Recheck")
    each = sum(float(node.get(f"Rows Removed by {kind}", 0)) for kind in thrown)
    return (float(node["Actual Rows"]) + each) * float(node["Actual Loops"])


def explaining(
    seen: Seen,
) -> Callable[[Transaction, Statement, dict[str, Any]], CursorResult[Any]]:
    """Return an `execute_statement` that keeps the plans which the server tells.

    It tells a plan when it drops it, which may be as late as the next statement: each plan comes
    with its text.
    """
    plain = Transaction.execute_statement
    names: dict[str, str] = {}
    listening = set()

    def listen(diagnostic: psycopg.errors.Diagnostic) -> None:
        message = diagnostic.message_primary or ""
        if " plan:" in message:
            told = json.loads(message[message.index("{") :])
            name = names.get(PARAMETER.sub("?", told["Query Text"]))
            for part in TOGETHER.get(name, (name,)) if name else ():
                seen.plans.setdefault(part, []).append(told["Plan"])

    def execute(
        self: Transaction, statement: Statement, params: dict[str, Any]
    ) -> CursorResult[Any]:
        driver = self.connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        if driver not in listening:
            driver.add_notice_handler(listen)
            listening.add(driver)
        if not statement.text.startswith("CREATE"):
            text = PARAMETER.sub("?", _driver_text(statement.text)).replace("%%", "%")
            names[text] = ENDS_IN_LIMIT.sub("", statement.name)
        return plain(self, statement, params)

    return execute


def tell_plans(world: World) -> None:
    """Let the server tell each plan that it has run, with its rows, to sessions that begin now."""
    world.store.close()  # its sessions began before
    told = {
        "session_preload_libraries": "auto_explain",
        "auto_explain.log_min_duration": "0",
        "auto_explain.log_analyze": "on",
        "auto_explain.log_timing": "off",
        "auto_explain.log_format": "json",
        "auto_explain.log_level": "warning",
    }
    name = world.admin.read("SELECT current_database() AS name")[0]["name"]
    world.admin.connection.execute(b"LOAD 'auto_explain'")  # it says which settings it has
    for setting, value in told.items():
        command = sql.SQL("ALTER DATABASE {} SET {} = {}").format(
            sql.Identifier(str(name)), sql.SQL(setting), sql.Literal(value)
        )
        world.admin.connection.execute(command)
