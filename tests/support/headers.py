"""Read the headers of SQL statements: ``params``, ``returns``, ``locks`` and ``plan``.

A field begins a comment line with its name and goes on until the next field or the end of the
header. ``params`` and ``returns`` list ``name type``, each perhaps with an explanation in
parentheses; what follows a semicolon is prose. A field that is not there says: none.
"""

from __future__ import annotations

import re

from schema.sql import Statement

_FIELD = re.compile(r"^(params|returns|locks|plan): ", re.MULTILINE)
_NOT_IN_PARENTHESES = re.compile(r",(?![^()]*\))")


def field_of(statement: Statement, name: str) -> str:
    """Return a field of a statement's header on one line; empty when it is not there.

    Raises `ValueError` when the field stands twice.
    """
    parts = _FIELD.split(statement.doc)
    found = [text for field, text in zip(parts[1::2], parts[2::2], strict=True) if field == name]
    if len(found) > 1:
        raise ValueError(f"{statement.name}: {name} stands twice")
    return " ".join(found[0].split()) if found else ""


def names_in(text: str) -> list[str]:
    """Return the first word of each item of a list, in its order."""
    return [item.split()[0] for item in _items(text)]


def typed_names(text: str) -> list[tuple[str, str]]:
    """Return (name, type) of each item of a list, in its order; empty for ``nothing``."""
    pairs = []
    for item in _items(text):
        if item == "nothing":
            continue
        name, _, kind = re.sub(r" \(.*\)$", "", item).partition(" ")
        pairs.append((name, kind))
    return pairs


def _items(text: str) -> list[str]:
    listed = text.partition(";")[0]
    return [item.strip() for item in _NOT_IN_PARENTHESES.split(listed) if item.strip()]
