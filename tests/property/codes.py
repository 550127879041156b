"""Let WMS2 speak its own codes: maps for every domain that lines carry, and their translation."""

from __future__ import annotations

from tests.support.builders import Columns, Document
from tests.support.builders_erp import ErpDocuments

SYSTEM = "WMS2"
#: domain, external code, canonical code, whether it is the one sent out.
MAPS = (
    ("item", "X-100", "A", True),
    ("item", "X-099", "A", False),
    ("item", "X-200", "L", False),
    ("uom", "KAR", "BOX", True),
    ("stock_status", "QI", "quality", True),
    ("location", "R-01-01", "BIN1", True),
    ("reason", "BRUCH", "BROKEN", True),
)
_DOMAIN = {
    "item_code": "item",
    "uom": "uom",
    "stock_status": "stock_status",
    "from_stock_status": "stock_status",
    "to_stock_status": "stock_status",
    "location_code": "location",
    "from_location_code": "location",
    "to_location_code": "location",
    "reason_code": "reason",
}


def code_documents() -> list[Document]:
    """Build the maps as documents."""
    erp = ErpDocuments("codes")
    return [
        erp.code_map(SYSTEM, domain, external, canonical, is_default_out=is_default)
        for domain, external, canonical, is_default in MAPS
    ]


def in_own_words(document: Document, alias: int) -> Document:
    """Return a document of WMS2 in its own codes; `alias` chooses among several for one code."""
    lines = [_translated(columns, alias) for columns in document.lines]
    return Document(document.view, document.header, tuple(lines))


def _translated(columns: Columns, alias: int) -> Columns:
    found = dict(columns)
    for column, domain in _DOMAIN.items():
        words = [
            e for d, e, canonical, _ in MAPS if (d, canonical) == (domain, columns.get(column))
        ]
        if words:
            found[column] = words[alias % len(words)]
    return found
