"""Load SQL files: each statement stands under a header ``-- name: claim_batch``.

The lines of comment under the header are its documentation: what it does, ``params``,
``returns``, ``locks`` and ``plan``. Nothing is templated; parameters are ``:name``.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_HEADER = re.compile(r"^-- name: ([a-z0-9_]+)[ \t]*$", re.MULTILINE)
LITERAL_OR_COMMENT = re.compile(r"'(?:[^']|'')*'|--[^\n]*")
PARAMETER = re.compile(r"(?<![:\w]):([a-z_]+)")


@dataclass(frozen=True)
class Statement:
    """Hold one named statement: its text, its comment lines and its parameter names."""

    name: str
    doc: str
    text: str
    parameters: frozenset[str]


def parse(text: str, source: str) -> dict[str, Statement]:
    """Split a file's text into its statements, in file order.

    Raises `ValueError` when a name stands twice or a ``:word`` stands inside a literal or a
    comment, where it would look like a parameter without being one.
    """
    parts = _HEADER.split(text)
    found: dict[str, Statement] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in found:
            raise ValueError(f"{source}: statement {name} stands twice")
        lines = body.strip("\n").split("\n")
        count = next((i for i, one in enumerate(lines) if not one.startswith("--")), len(lines))
        doc = "\n".join(one.removeprefix("--").strip() for one in lines[:count])
        sql = "\n".join(lines[count:]).strip().removesuffix(";")
        for hidden in LITERAL_OR_COMMENT.findall(sql):
            if PARAMETER.search(hidden):
                raise ValueError(f"{source}: {name} has a :word inside {hidden!r}")
        bare = LITERAL_OR_COMMENT.sub("''", sql)
        found[name] = Statement(name, doc, sql, frozenset(PARAMETER.findall(bare)))
    return found


def read(package: str, file: str) -> dict[str, Statement]:
    """Return the statements of ``file`` in the package, by name."""
    return parse(files(package).joinpath(file).read_text("utf-8"), file)


@cache
def load(package: str) -> dict[str, Statement]:
    """Return the statements of every ``.sql`` file of the package, by name."""
    found: dict[str, Statement] = {}
    for entry in sorted(files(package).iterdir(), key=lambda entry: entry.name):
        if not entry.name.endswith(".sql"):
            continue
        for name, statement in read(package, entry.name).items():
            if name in found:
                raise ValueError(f"{entry.name}: statement {name} stands in another file too")
            found[name] = statement
    return found
