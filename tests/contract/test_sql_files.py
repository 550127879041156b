"""The loader of SQL files: names, documentation, parameters, and what it refuses."""

from __future__ import annotations

import pytest

from schema import sql

ONE = """-- What the file is about.

-- name: find_thing
-- Finds a thing.
-- params: seq, at
-- returns: one row
SELECT t.a, CAST(:seq AS bigint) FROM s.t WHERE t.b = :at AND t.c = 'it''s';

-- name: do_nothing
SELECT 1;
"""


def test_a_file_is_split_into_named_statements() -> None:
    """Text without the closing semicolon, documentation, parameter names."""
    found = sql.parse(ONE, "one.sql")
    assert list(found) == ["find_thing", "do_nothing"]
    thing = found["find_thing"]
    assert thing.doc == "Finds a thing.\nparams: seq, at\nreturns: one row"
    assert thing.text.startswith("SELECT t.a")
    assert not thing.text.endswith(";")
    assert thing.parameters == frozenset({"seq", "at"})
    assert found["do_nothing"].parameters == frozenset()


@pytest.mark.parametrize(
    "body",
    [
        "SELECT ':word'",
        "SELECT 'a :word b'",
        "SELECT 'it''s :word'",
        "SELECT 1 -- and :word\n, 2",
    ],
)
def test_a_word_with_a_colon_inside_a_literal_or_comment_is_refused(body: str) -> None:
    """It looks like a parameter and is none: the mistake is found when the file is read."""
    with pytest.raises(ValueError, match=r"bad\.sql: x has a :word inside"):
        sql.parse(f"-- name: x\n{body};\n", "bad.sql")


@pytest.mark.parametrize(
    ("body", "parameters"),
    [
        ("SELECT a::text", set()),
        ("SELECT now() AS at, '12:30'", set()),
        ("SELECT 'order:X', 'HH24:MI'", set()),
        ("SELECT a[1:2]", set()),
        ("BEGIN x := 1; END", set()),
        ("SELECT :one, CAST(:two_words AS bigint [])", {"one", "two_words"}),
        ("SELECT -:one", {"one"}),
    ],
)
def test_colons_that_are_no_parameters_are_told_apart(body: str, parameters: set[str]) -> None:
    """Casts, times, slices and assignments are not parameters."""
    assert sql.parse(f"-- name: x\n{body};\n", "x.sql")["x"].parameters == parameters


def test_a_name_that_stands_twice_is_refused() -> None:
    """Otherwise one of the two would never run."""
    with pytest.raises(ValueError, match=r"twice\.sql: statement x stands twice"):
        sql.parse("-- name: x\nSELECT 1;\n\n-- name: x\nSELECT 2;\n", "twice.sql")


@pytest.mark.parametrize("package", ["schema.functions", "schema.statements"])
def test_every_statement_of_the_project_has_a_text(package: str) -> None:
    """No header without a statement; no statement in two files of a package."""
    found = sql.load(package)
    assert found
    assert [name for name, statement in found.items() if not statement.text] == []
