"""The internal SQL, one file for each stage; `statements` and `rules` hand it out by name."""

import re
from functools import cache

from schema.sql import Statement, load

ROADS_LINE = re.compile(r"roads: ([a-z ]+);")


def statements() -> dict[str, Statement]:
    """Return every statement by name."""
    return load(__name__)


def roads_of(rule: Statement) -> frozenset[str]:
    """Return the roads that a rule runs on, as its first comment line says; empty for all.

    Raises `ValueError` when the line is missing.
    """
    found = ROADS_LINE.match(rule.doc)
    if found is None:
        raise ValueError(f"{rule.name}: the first comment line must name the roads")
    words = frozenset(found[1].split())
    return frozenset() if words == {"all"} else words


@cache
def rules(road: str, *, mapped: bool, limited: bool = True) -> Statement:
    """Return the rules of a road as one statement that fills ``batch_finding``.

    ``mapped`` says whether some sender has code maps, ``limited`` whether some WMS lacks a
    capability; without, the rules for them are left out.
    """
    chosen = [
        statement
        for name, statement in statements().items()
        if name.startswith("rule_")
        and (not roads_of(statement) or road in roads_of(statement))
        and (mapped or name != "rule_mapping")
        and (limited or name != "rule_capability")
    ]
    head = (
        "INSERT INTO batch_finding"
        " (seq, line_no, column_name, code, severity, value, expected, wait_key, need)\n"
    )
    text = head + "\nUNION ALL\n".join(statement.text for statement in chosen)
    parameters = frozenset().union(*(statement.parameters for statement in chosen))
    return Statement(f"rules_{road}", "", text, parameters)
