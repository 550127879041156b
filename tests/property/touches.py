"""Name everything whose state a document may change or depend on."""

from __future__ import annotations

from tests.support.builders import NUMBER, Document
from tests.support.oracle_book import ORDER_VIEWS

Token = tuple[str, ...]
LANES = ("W1", "W3")
ITEMS = ("A", "B", "C", "L", "S")


def touches(document: Document) -> set[Token]:
    """Return names of everything whose state a document may change or depend on."""
    header, warehouse = document.header, str(document.warehouse)
    own = NUMBER.get(document.view)
    found: set[Token] = {(document.view, warehouse, str(header.get(own or "item_code")))}
    if "reverses_no" in header:
        found.add((document.view, warehouse, str(header["reverses_no"])))
    if header.get("order_no"):
        found.add(("order", str(header["order_no"])))
    stocked = document.view not in ORDER_VIEWS
    for line in document.lines:
        item = str(line.get("item_code"))
        if item.startswith("NEW"):
            found.add(("item", "None", item))
        if stocked:
            found.add(("stock", warehouse, item))
    if "reverses_no" in header:
        found |= {("stock", warehouse, item) for item in (*ITEMS, "P")}
    if header.get("order_type") == "transfer_order" or "reverses_no" in header:
        # What happens at the one end moves the transit stock at the other.
        items = {token[2] for token in found if token[0] == "stock"}
        found |= {("stock", lane, item) for lane in LANES for item in items}
    return found
