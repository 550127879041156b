"""Render the views and grants of contract version 1 from its documents.

Every view is automatically updatable (one table, no INSTEAD OF trigger) and a security barrier.
The sender is told by the login: ``(SELECT staging.sender())`` runs once for each statement.
"""

from collections.abc import Iterator

from schema.contract.v1.documents import DOCUMENTS, Column, Document

VERSION = 1
SCHEMAS = {"erp": "erp_v1", "wms": "wms_v1"}
ROLES = {"erp": "crossdock_erp", "wms": "crossdock_wms"}

_ENVELOPE = {
    "message_id": "the sender's own id of this transmission; repeating it fails with 23505",
    "warehouse_code": "warehouse: the lane",
    "action": "requests: upsert (default), cancel, close; facts: post (default), reverse",
    "line_count": "control total: complete when so many lines exist; null: with this transaction",
    "attributes": "the sender's extra fields; passed through untouched",
}
_TYPES = {"line_count": "integer", "attributes": "jsonb"}
_READ_BACK = {
    "seq": "our number of the message, unique across everything",
    "state": "where the message stands",
    "received_at": "when it was inserted",
    "finished_at": "when it came to its end",
    "doc_type": "name of this view; set by itself",
}
_MINE = "(SELECT staging.sender())"


def _selected(columns: list[tuple[str, str]]) -> str:
    return ",\n    ".join(name if name == base else f"{base} AS {name}" for name, base in columns)


def _pairs(columns: tuple[Column, ...]) -> list[tuple[str, str]]:
    return [(column.name, column.base) for column in columns]


def _same(names: list[str]) -> list[tuple[str, str]]:
    return [(name, name) for name in names]


def _comments(view: str, comment: str, columns: dict[str, str]) -> Iterator[str]:
    yield f"COMMENT ON VIEW {view} IS {_quoted(comment)}"
    for name, text in columns.items():
        yield f"COMMENT ON COLUMN {view}.{name} IS {_quoted(text)}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def envelope(document: Document) -> list[str]:
    """Return the envelope columns that the document's insertable header view has."""
    return [c for c in _ENVELOPE if c != "warehouse_code" or document.has_warehouse]


def amendable(document: Document, part: str) -> tuple[Column, ...]:
    """Return what a header or a line says besides its identity: all that may be corrected."""
    if part == "line":
        own, names = document.line, ["warehouse_code"] if document.line else []
    else:
        own, names = document.header, [name for name in envelope(document) if name != "message_id"]
    return (*(Column(n, _TYPES.get(n, "text"), _ENVELOPE[n], n) for n in names), *own)


def insertable(document: Document, kind: str) -> Iterator[str]:
    """Render the header and line views that a sender of ``kind`` inserts into, with grants."""
    view, role = f"{SCHEMAS[kind]}.{document.name}", ROLES[kind]
    sent = envelope(document) + [column.name for column in document.header]
    columns = _same(envelope(document)) + _pairs(document.header) + _same(list(_READ_BACK))
    yield from _insertable(
        document, view, role, "staging.message", columns, sent, _header_comments(document), ""
    )
    if not document.line:
        return
    keys = ["message_id", "warehouse_code", "line_no"]
    columns = _same(keys) + _pairs(document.line) + _same(["doc_type"])
    yield from _insertable(
        document,
        f"{view}_line",
        role,
        "staging.line",
        columns,
        keys + [column.name for column in document.line],
        _line_comments(document),
        "Lines: ",
    )


def _insertable(
    document: Document,
    view: str,
    role: str,
    table: str,
    columns: list[tuple[str, str]],
    sent: list[str],
    comments: dict[str, str],
    prefix: str,
) -> Iterator[str]:
    yield (
        f"CREATE VIEW {view} WITH (security_barrier) AS\nSELECT\n    {_selected(columns)}\n"
        f"FROM {table}\nWHERE doc_type = '{document.name}' AND sender = {_MINE}"
    )
    yield f"ALTER VIEW {view} ALTER COLUMN doc_type SET DEFAULT '{document.name}'"
    yield f"GRANT SELECT, INSERT ({', '.join(sent)}) ON {view} TO {role}"
    yield from _comments(view, prefix + document.comment, comments)


def _header_comments(document: Document) -> dict[str, str]:
    own = {column.name: column.comment for column in document.header}
    shared = {name: _ENVELOPE[name] for name in envelope(document)}
    return {**shared, **own, **_READ_BACK}


def _line_comments(document: Document) -> dict[str, str]:
    own = {column.name: column.comment for column in document.line}
    return {
        "message_id": "message_id of the header",
        "warehouse_code": "the same as the header's",
        "line_no": "number of the line in the document",
        **own,
        "doc_type": "name of the header's view; set by itself",
    }


def readable(document: Document, kind: str) -> Iterator[str]:
    """Render the header and line views that a receiver of ``kind`` reads, with grants."""
    view, role = f"{SCHEMAS[kind]}.{document.name}", ROLES[kind]
    first = ["delivery_id", "message_id", "warehouse_code", "action", "attributes", "seq"]
    columns = _same(first) + _pairs(document.header) + _same(["delivered_at"])
    comments = {
        **_ENVELOPE,
        **{column.name: column.comment for column in document.header},
        "delivery_id": "joins header, lines and inbox",
        "seq": _READ_BACK["seq"],
        "delivered_at": "when it was made",
    }
    comments.pop("line_count")
    yield _readable(document, view, "staging.delivery", columns)
    yield f"GRANT SELECT ON {view} TO {role}"
    yield from _comments(view, "To read: " + document.comment, comments)
    if not document.line:
        return
    columns = _same(["delivery_id", "message_id", "warehouse_code", "line_no"])
    yield _readable(
        document, f"{view}_line", "staging.delivery_line", columns + _pairs(document.line)
    )
    yield f"GRANT SELECT ON {view}_line TO {role}"
    line_comments = _line_comments(document)
    line_comments.pop("doc_type")
    yield from _comments(
        f"{view}_line",
        "Lines to read: " + document.comment,
        {"delivery_id": "joins header, lines and inbox", **line_comments},
    )


def _readable(document: Document, view: str, table: str, columns: list[tuple[str, str]]) -> str:
    return (
        f"CREATE VIEW {view} WITH (security_barrier) AS\nSELECT\n    {_selected(columns)}\n"
        f"FROM {table}\nWHERE doc_type = '{document.name}' AND receiver = {_MINE}"
    )


def statements() -> Iterator[str]:
    """Yield the DDL of every document view of both sides, in the order of the documents."""
    for document in DOCUMENTS:
        for kind in document.senders:
            yield from insertable(document, kind)
        for kind in document.receivers:
            yield from readable(document, kind)
