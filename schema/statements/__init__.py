"""The internal SQL, one file for each stage; `statements` and `rules` hand it out by name."""

import re
from dataclasses import replace
from functools import cache

from schema.sql import Statement, load, read

READ_LINES = re.compile(
    r"INSERT INTO batch_sent \((?P<columns>[^)]*)\)\n(?P<select>SELECT.*[^;]);?", re.DOTALL
)
RESOLVED = "FROM batch_sent AS l"
CLAIMED = re.compile(r"\nFROM staging\.message AS m\nWHERE\n.*?\nORDER BY m\.seq\n", re.DOTALL)
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


@cache
def read_and_resolve() -> Statement:
    """Return ``read_lines`` and ``resolve_lines`` as one statement that fills ``batch_line``.

    For batches without code maps, which nothing happens to between the two.
    """
    reading, resolving = statements()["read_lines"], statements()["resolve_lines"]
    found = READ_LINES.match(reading.text)
    if found is None or resolving.text.count(RESOLVED) != 1:
        raise ValueError("read_lines and resolve_lines do not fit each other any more")
    source = f"FROM (\n{found['select']}\n) AS l ({found['columns']})"
    return Statement(
        "read_and_resolve",
        resolving.doc,
        resolving.text.replace(RESOLVED, source),
        reading.parameters | resolving.parameters,
    )


@cache
def first_due() -> Statement:
    """Return what tells the first message that ``claim_messages`` would take, without taking it."""
    claim = statements()["claim_messages"]
    found = CLAIMED.search(claim.text)
    if found is None:
        raise ValueError("claim_messages does not end in its messages by number any more")
    text = f"SELECT m.seq{found[0]}LIMIT 1;"
    return Statement("first_due", claim.doc, text, claim.parameters - {"limit"})


@cache
def work_tables(*, kept: bool) -> tuple[Statement, ...]:
    """Return the statements that make a session's work tables.

    ``kept``: their rows outlive the commit, and `clear_batch` empties them; else the commit does.
    """
    tables = _of_batch("CREATE TEMPORARY TABLE")
    if kept:
        return tables + _of_batch("CREATE INDEX")
    return tuple(replace(one, text=one.text + " ON COMMIT DELETE ROWS") for one in tables)


def _of_batch(command: str) -> tuple[Statement, ...]:
    return tuple(
        one for one in read(__name__, "batch_tables.sql").values() if one.text.startswith(command)
    )


@cache
def clear_batch() -> Statement:
    """Return the statement that empties the work tables without making cached plans invalid."""
    tables = [one.name for one in work_tables(kept=False)]
    deletes = ",\n".join(f"d_{name} AS (DELETE FROM {name})" for name in tables)  # noqa: S608
    return Statement("clear_batch", "", f"WITH\n{deletes}\nSELECT 1", frozenset())


@cache
def at_most(name: str, limit: int) -> Statement:
    """Return a statement with its ``limit`` as a literal: a generic plan knows it then."""
    found = statements()[name]
    return Statement(
        f"{name}_{limit}",
        found.doc,
        found.text.replace(":limit", str(int(limit))),
        found.parameters - {"limit"},
    )
