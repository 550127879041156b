"""Render the views that show live and retired rows together: `ops.every_message` and the like.

Whoever asks for one message names its seq: each table, and each partition of its archive, is then
reached by an index.
"""

from collections.abc import Iterator

from sqlalchemy import Table

from schema.tables import archive, staging

_LIVE: tuple[Table, ...] = (
    staging.message,
    staging.line,
    staging.delivery,
    staging.delivery_line,
    staging.answer_line,
    staging.message_error,
    staging.event,
)

_COMMENTS = {
    "message": "Headers of all messages, live and retired.",
    "line": "Lines of all messages, live and retired, with the seq of their message.",
    "delivery": "Deliveries of all messages, live and retired.",
    "delivery_line": "Lines of all deliveries, live and retired.",
    "answer_line": "Answers by line to all deliveries, live and retired.",
    "message_error": "Findings of all messages, live and retired.",
    "event": "Steps of all messages, live and retired.",
}

#: A line names its header by the sender's ids; only the archive has the seq beside it.
_OF_HEADER = (
    "staging.line AS t INNER JOIN staging.message AS m\n"
    "    ON t.sender = m.sender AND t.doc_type = m.doc_type AND t.message_id = m.message_id"
)


def statements() -> Iterator[str]:
    """Yield the views with their comments."""
    for live in _LIVE:
        yield from _every(live)


def _every(live: Table) -> Iterator[str]:
    name = f"ops.every_{live.name}"
    columns = {column.name: column.comment or "" for column in live.columns}
    own = ", ".join(f"t.{column}" for column in columns)
    first, source = "", f"staging.{live.name} AS t"
    if live is staging.line:
        comment = archive.line.columns["seq"].comment or ""
        columns = {"seq": comment, **columns}
        first, source = "m.seq, ", _OF_HEADER
    retired = ", ".join(f"t.{column}" for column in columns)
    yield (
        f"CREATE VIEW {name} AS\nSELECT {first}{own}\nFROM {source}\n"
        f"UNION ALL\nSELECT {retired}\nFROM archive.{live.name} AS t"
    )
    yield f"COMMENT ON VIEW {name} IS {_quoted(_COMMENTS[live.name])}"
    for column, comment in columns.items():
        yield f"COMMENT ON COLUMN {name}.{column} IS {_quoted(comment)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
