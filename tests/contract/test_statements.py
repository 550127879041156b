"""The internal SQL: every statement is prepared against a migrated database and keeps its header.

A header says in comment lines what the statement does, then ``params`` and ``returns`` with their
types, ``locks``, and the indexes of its ``plan``; a field that is not there says: none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.pq import ExecStatus

from schema.catalogue import ROADS, RULES
from schema.sql import Statement
from schema.statements import clear_batch, roads_of, rules, statements, work_tables
from sync import batch
from sync.recon import explain
from tests.support.cluster import Cluster, Connection
from tests.support.headers import field_of, typed_names

SYNC = Path(batch.__file__).parent
CODE = re.compile(r"'([A-Z]{3}-\d{3})'")
#: Not a code of the catalogue: it marks the finding of severity stale, which is never stored.
STALE = "SEQ-000"
_TOKEN = re.compile(r"'(?:[^']|'')*'|--[^\n]*|(?<![:\w]):([a-z_]+)")

ALL = statements()
WORK_TABLES = sorted(name for name, one in ALL.items() if one.text.startswith("CREATE TEMPORARY"))
RULE_NAMES = sorted(name for name in ALL if name.startswith("rule_"))
PREPARED = sorted(set(ALL) - set(WORK_TABLES))

Typed = list[tuple[str, str]]


@dataclass(frozen=True)
class Described:
    """Hold what the server says of a prepared statement: (name, type) of parameters and columns."""

    params: Typed
    columns: Typed


class Describer:
    """Prepare statements on one connection that has the work tables."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        for name in WORK_TABLES:
            connection.execute(ALL[name].text.encode())
        found = connection.execute("SELECT oid, oid::regtype::text FROM pg_type").fetchall()
        self._names: dict[int, str] = {int(oid): str(name) for oid, name in found}

    def describe(self, statement: Statement) -> Described:
        """Prepare a statement without naming types, and return what the server made of it."""
        names: list[str] = []

        def number(token: re.Match[str]) -> str:
            name = token[1]
            if name is None:
                return token[0]
            if name not in names:
                names.append(name)
            return f"${names.index(name) + 1}"

        server = self._connection.pgconn
        made = server.prepare(b"", _TOKEN.sub(number, statement.text).encode())
        assert made.status == ExecStatus.COMMAND_OK, (
            f"{statement.name}: {made.error_message.decode()}"
        )
        told = server.describe_prepared(b"")
        return Described(
            [(name, self._names[told.param_type(n)]) for n, name in enumerate(names)],
            [
                ((told.fname(n) or b"").decode(), self._names[told.ftype(n)])
                for n in range(told.nfields)
            ],
        )

    def spelled(self, pairs: Typed) -> Typed:
        """Return the pairs with each type as the server spells it; an unknown type stays."""
        return [(name, self._spelled(kind)) for name, kind in pairs]

    def _spelled(self, kind: str) -> str:
        row = self._connection.execute("SELECT to_regtype(%s)::text", (kind,)).fetchone()
        return str(row[0]) if row and row[0] else f"unknown type {kind!r}"


@pytest.fixture(scope="module")
def server(cluster: Cluster) -> Iterator[Describer]:
    """Give a connection that prepares; nothing is executed but the work tables."""
    database = cluster.clone()
    try:
        yield Describer(database.connect())
    finally:
        database.close()


@pytest.mark.parametrize("name", PREPARED)
def test_a_statement_is_what_its_header_says(server: Describer, name: str) -> None:
    """It parses; its parameters and its columns have the names and types of the header."""
    statement = ALL[name]
    told = server.describe(statement)
    params = server.spelled(typed_names(field_of(statement, "params")))
    assert sorted(params) == sorted(told.params)
    if name not in RULE_NAMES:
        assert server.spelled(typed_names(field_of(statement, "returns"))) == told.columns


@pytest.mark.parametrize("name", RULE_NAMES)
def test_a_rule_returns_findings(server: Describer, name: str) -> None:
    """The rules of a road are one UNION ALL: their columns are those of batch_finding."""
    query = "SELECT * FROM batch_finding"
    wanted = server.describe(Statement("finding", "", query, frozenset())).columns
    assert server.describe(ALL[name]).columns == wanted


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("mapped", [False, True])
def test_the_rules_of_a_road_run_as_one_statement(
    server: Describer, road: str, mapped: bool
) -> None:
    """A batch pays one round trip for all of its rules."""
    merged = rules(road, mapped=mapped)
    assert dict(server.describe(merged).params).keys() == merged.parameters
    assert server.describe(merged).columns == []


def test_a_header_begins_with_what_the_statement_does() -> None:
    """Someone who reads the file from the top learns the main road from the comments alone."""
    silent = r"$|(params|returns|locks|plan): "
    assert [name for name, one in ALL.items() if re.match(silent, one.doc)] == []


@pytest.mark.parametrize("name", RULE_NAMES)
def test_a_rule_names_its_roads_and_its_codes(name: str) -> None:
    """The first comment line: ``roads: ...; codes: ...``, or severity stale."""
    rule = ALL[name]
    assert roads_of(rule) <= set(ROADS)
    head = rule.doc.partition(".")[0]
    named = set(re.findall(r"\b[A-Z]{3}-\d{3}\b", head))
    used = set(CODE.findall(rule.text))
    assert named == used - {STALE}
    assert ("severity stale" in head) == (STALE in used)


def test_every_code_of_the_catalogue_is_produced() -> None:
    """A code that nothing writes explains nothing; a code outside the catalogue has no text."""
    written = {code for one in ALL.values() for code in CODE.findall(one.text)}
    literals, _ = _strings_of_sync()
    written |= {text for text in literals if CODE.fullmatch(f"'{text}'")}
    assert written - {STALE} == {rule.code for rule in RULES}


def test_no_statement_is_unused() -> None:
    """Each statement is named in sync, or is a rule, or makes a work table."""
    literals, patterns = _strings_of_sync()
    unused = [
        name
        for name in ALL
        if name not in literals
        and name not in RULE_NAMES
        and name not in {one.name for one in work_tables(kept=True)}
        and not any(re.fullmatch(pattern, name) for pattern in patterns)
    ]
    assert unused == []


def test_every_statement_that_sync_asks_for_exists() -> None:
    """A misspelt name would show only when its line runs."""
    asked = {
        argument.value
        for path in SYNC.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("run", "rows", "one", "scalar")
        and node.args
        and isinstance(argument := node.args[0], ast.Constant)
        and isinstance(argument.value, str)
        and re.fullmatch(r"[a-z_]+", argument.value)
    }
    assert len(asked) > 80
    assert asked - set(ALL) == set()


def test_the_work_tables_are_those_that_a_session_makes() -> None:
    """A work table that is not made, or made for nothing, is a mistake."""
    kept, emptied = work_tables(kept=True), work_tables(kept=False)
    assert sorted([*(one.name for one in kept), *explain.TABLES]) == WORK_TABLES
    assert not any("ON COMMIT" in one.text for one in kept)
    assert all(one.text.endswith("ON COMMIT DELETE ROWS") for one in emptied)
    assert all("ON COMMIT DELETE ROWS" in ALL[name].text for name in explain.TABLES)
    assert all(clear_batch().text.count(f" {one.name})") == 1 for one in kept)


def test_a_statement_that_writes_is_given_the_time() -> None:
    """The clock is read once for each batch and passed on; queries for people may ask it."""
    writes = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b")
    clock = re.compile(r"\b(now|clock_timestamp|statement_timestamp)\s*\(|\bcurrent_timestamp\b")
    assert [n for n, one in ALL.items() if writes.search(one.text) and clock.search(one.text)] == []


def test_every_index_that_a_header_names_is_there(cluster: Cluster) -> None:
    """A plan that names an index which was renamed or dropped is a promise that nobody can keep."""
    named = {
        (name, index)
        for name, one in ALL.items()
        for index in re.findall(r"\b\w+_(?:pkey|idx|key)\b", field_of(one, "plan"))
    }
    database = cluster.clone()
    try:
        found = database.connect().execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('i', 'I')"
        )
        there = {str(row[0]) for row in found}
    finally:
        database.close()
    assert sorted(pair for pair in named if pair[1] not in there) == []


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("an INSERT inside a WITH", r"\(\s*INSERT INTO"),
        ("a star", r"SELECT\s+(\w+\.)?\*"),
        ("something random, or a sequence", r"\b(random|nextval|gen_random_uuid)\s*\("),
    ],
)
def test_the_statements_would_run_on_a_sharded_database(what: str, pattern: str) -> None:
    """Rules that cost nothing on one machine and keep the door to many open."""
    assert [name for name, one in ALL.items() if re.search(pattern, one.text)] == [], what


def _strings_of_sync() -> tuple[set[str], set[str]]:
    """Return the string literals of sync, and its f-strings as patterns with a fixed beginning."""
    literals: set[str] = set()
    patterns: set[str] = set()
    for path in SYNC.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                literals.add(node.value)
            elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                pieces = [
                    re.escape(str(piece.value)) if isinstance(piece, ast.Constant) else "[a-z_]+"
                    for piece in node.values
                ]
                patterns.add("".join(pieces))
    return literals, patterns
