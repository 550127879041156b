"""Render `ops.dry_run`: the statements of claim and validate, as one function for one message.

The engine's own texts are taken, so there is no second copy of a rule. What is changed in them: the
parameters become variables, the work tables get names of their own (a session of the daemon has
some already), and the claim takes one message whatever its state, without a lock.
"""

import re
from collections.abc import Iterable, Iterator

from schema.policies import BY_NAME, DEFAULT_LIMITS
from schema.sql import LITERAL_OR_COMMENT, PARAMETER, Statement, read
from schema.statements import roads_of, statements

LIMITS = tuple(name for name in DEFAULT_LIMITS if name != "answer_alarm")
_VARIABLES = {"now": "_now", "warehouse_code": "_lane", "systems": "_systems"} | {
    name: f"_{name}" for name in LIMITS
}
_LINES, _MAPPED = "_road NOT IN ('master', 'detail', 'snapshot')", "_systems <> '{}'"
#: What a batch runs between its claim and its rules, and for which messages.
STEPS = (
    ("read_lines", _LINES),
    ("map_messages_in", f"{_MAPPED} AND _road NOT IN ('master', 'detail')"),
    ("map_lines_in", f"{_MAPPED} AND _road NOT IN ('master', 'detail')"),
    ("read_questions", "_road = 'request'"),
    ("name_revisions", "_road = 'request'"),
    ("resolve_products", "_road = 'request'"),
    ("resolve_lines", _LINES),
    ("read_snapshot_content", "_road = 'snapshot'"),
    ("read_content", "_road <> 'snapshot'"),
)
_CLAIM_END = "\nFROM staging.message AS m\nWHERE\n"
#: Parameters that stand in the part of the claim that is not taken over.
_CLAIM_ONLY = {"lane", "road", "limit", "only", "floor"}


def render() -> Iterator[str]:
    """Yield the DDL of `ops.dry_run` and of what belongs to it."""
    made = {
        "limits": _limits(),
        "policies": _policies(),
        "claim": _claim(),
        "validate": _validate(),
        "findings": _found(),
    }
    parts = {name: "\n".join(lines) for name, lines in made.items()}
    used = set(re.findall(r"\bdry_[a-z_]+", "".join(parts.values())))
    parts["tables"] = "\n".join(_tables(used - {"dry_found", "dry_run"}))
    for statement in read("schema.functions", "dry_run.sql").values():
        text = statement.text
        for name, lines in parts.items():
            if f"{{{name}}}" in text:
                text = text.replace(f"{{{name}}}", lines)
        yield text


def _tables(used: set[str]) -> Iterator[str]:
    """Yield the work tables that the other parts use, as a batch makes them."""
    for name in sorted(used):
        yield _text(statements()[name.replace("dry_", "batch_", 1)])


def _limits() -> Iterator[str]:
    for name in LIMITS:
        yield f"    _{name} interval := '{BY_NAME[name].default}';"


def _policies() -> Iterator[str]:
    """Yield what sets the limits of the warehouse; the program's settings are not known here."""
    chosen = (
        f"coalesce(max(p.duration) FILTER (WHERE p.name = '{name}'), _{name})" for name in LIMITS
    )
    yield "SELECT\n    " + ",\n    ".join(chosen)
    yield "INTO " + ", ".join(f"_{name}" for name in LIMITS)
    yield "FROM ops.policy_value AS p WHERE p.scope_kind = 'warehouse' AND p.scope = _lane;"


def _claim() -> Iterator[str]:
    """Yield what claims the message, cleans it and its lines, and looks up who said it before."""
    named = statements()
    claim = _before(_text(named["claim_messages"], _CLAIM_ONLY), _CLAIM_END)
    yield f"{claim}{_CLAIM_END}    m.seq = _seq;"
    yield f"_systems := ARRAY({_text(named['batch_systems']).removesuffix(';')});"
    for name, condition in STEPS:
        yield from _when(condition, [_text(named[name])])


def _validate() -> Iterator[str]:
    """Yield every rule, each inside a question for its roads, and the verdict."""
    named = statements()
    for name, statement in named.items():
        if not name.startswith("rule_"):
            continue
        roads = ", ".join(f"'{road}'" for road in sorted(roads_of(statement)))
        asked = f"_road IN ({roads})" if roads else "true"
        if name == "rule_mapping":
            asked += f" AND {_MAPPED}"
        yield from _when(asked, [f"INSERT INTO dry_finding ({_FINDING})\n{_text(statement)}"])
    yield _text(named["prefer_mapping"])
    yield _text(named["verdict"])


_FINDING = "seq, line_no, column_name, code, severity, value, expected, wait_key, need"


def _found() -> Iterator[str]:
    """Yield what puts the findings into words: insert_findings, but for where they go."""
    text = _text(statements()["insert_findings"])
    told = _before(_after(text, "\nSELECT\n"), "\nWHERE\n")
    yield f"INSERT INTO dry_found\nSELECT\n{told};"


def _when(condition: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"IF {condition} THEN"
    yield from lines
    yield "END IF;"


def _text(statement: Statement, unused: Iterable[str] = ()) -> str:
    """Return the statement's text with variables for parameters and tables of its own.

    Raises `ValueError` for a parameter that a single message has no value for.
    """
    unknown = statement.parameters - set(_VARIABLES) - set(unused)
    if unknown:
        raise ValueError(f"{statement.name}: ops.dry_run has no value for {sorted(unknown)}")
    parts, end = [], 0
    for hidden in LITERAL_OR_COMMENT.finditer(statement.text):
        parts += [_named(statement.text[end : hidden.start()]), hidden[0]]
        end = hidden.end()
    return "".join(parts) + _named(statement.text[end:]) + ";"


def _named(sql: str) -> str:
    sql = PARAMETER.sub(lambda found: _VARIABLES.get(found[1], found[0]), sql)
    return re.sub(r"\bbatch_", "dry_", sql)


def _before(text: str, mark: str) -> str:
    return _split(text, mark)[0]


def _after(text: str, mark: str) -> str:
    return _split(text, mark)[1]


def _split(text: str, mark: str) -> list[str]:
    """Return what stands before and after the mark's first occurrence.

    Raises `ValueError` when there is none: the statement was rewritten, and this module with it.
    """
    if mark not in text:
        raise ValueError(f"{mark!r} does not stand in {text[:60]!r}")
    return text.split(mark, 1)
