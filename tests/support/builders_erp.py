"""Build what an ERP sends: master data and requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.support.builders import Document, Documents, LineSpec, numbered


class ErpDocuments(Documents):
    """Build what an ERP sends: master data and requests."""

    def item(
        self, item_code: str, *, version: int = 1, base_uom: str = "PCE", **more: Any
    ) -> Document:
        """Build an item."""
        header = {"item_code": item_code, "version": version, "base_uom": base_uom, **more}
        return self.build("item", header)

    def item_uom(
        self,
        item_code: str,
        uom: str,
        numerator: int,
        denominator: int = 1,
        *,
        version: int = 1,
        **more: Any,
    ) -> Document:
        """Build a unit: one uom = numerator / denominator base units."""
        ratio = {"numerator": numerator, "denominator": denominator}
        return self.build(
            "item_uom", {"item_code": item_code, "uom": uom, "version": version, **ratio, **more}
        )

    def party(self, party_code: str, role: str, *, version: int = 1, **more: Any) -> Document:
        """Build a party in one role."""
        return self.build(
            "party", {"party_code": party_code, "role": role, "version": version, **more}
        )

    def warehouse(
        self, code: str, *, version: int = 1, time_zone: str = "UTC", **more: Any
    ) -> Document:
        """Build a warehouse."""
        return self.build(
            "warehouse",
            {"warehouse_code": code, "version": version, "time_zone": time_zone, **more},
        )

    def location(self, warehouse: str, code: str, *, version: int = 1, **more: Any) -> Document:
        """Build a location."""
        header = {"warehouse_code": warehouse, "location_code": code, "version": version, **more}
        return self.build("location", header)

    def code_map(
        self,
        system: str,
        domain: str,
        external: str,
        canonical: str,
        *,
        version: int = 1,
        **more: Any,
    ) -> Document:
        """Build a mapping of one code of one system."""
        codes = {"external_code": external, "canonical_code": canonical}
        return self.build(
            "code_map",
            {"system_code": system, "domain": domain, "version": version, **codes, **more},
        )

    def order(
        self,
        order_type: str,
        order_no: str,
        *,
        warehouse: str,
        lines: Sequence[LineSpec] = (),
        revision: int | None = 1,
        **more: Any,
    ) -> Document:
        """Build a request of any type; the named methods below add what their type needs."""
        envelope = {"warehouse_code": warehouse, "order_no": order_no, "revision": revision}
        return self.build(order_type, {**envelope, **more}, lines)

    def purchase_order(
        self,
        order_no: str,
        *,
        warehouse: str,
        lines: Sequence[LineSpec],
        supplier: str = "SUP",
        **more: Any,
    ) -> Document:
        """Build a purchase order."""
        more = {"supplier_code": supplier, **more}
        return self.order("purchase_order", order_no, warehouse=warehouse, lines=lines, **more)

    def sales_order(
        self,
        order_no: str,
        *,
        warehouse: str,
        lines: Sequence[LineSpec],
        customer: str = "CUS",
        **more: Any,
    ) -> Document:
        """Build a sales order."""
        more = {"customer_code": customer, **more}
        return self.order("sales_order", order_no, warehouse=warehouse, lines=lines, **more)

    def production_order(
        self,
        order_no: str,
        *,
        warehouse: str,
        product: LineSpec,
        lines: Sequence[LineSpec],
        **more: Any,
    ) -> Document:
        """Build a production order; `product` is told like a line."""
        made = dict(numbered([product])[0])
        made.pop("line_no")
        more = {**made, **more}
        return self.order("production_order", order_no, warehouse=warehouse, lines=lines, **more)

    def transfer_order(
        self, order_no: str, *, warehouse: str, to: str, lines: Sequence[LineSpec], **more: Any
    ) -> Document:
        """Build a transfer order from `warehouse` to `to`."""
        more = {"to_warehouse_code": to, **more}
        return self.order("transfer_order", order_no, warehouse=warehouse, lines=lines, **more)

    def customer_return(
        self,
        order_no: str,
        *,
        warehouse: str,
        lines: Sequence[LineSpec],
        customer: str = "CUS",
        **more: Any,
    ) -> Document:
        """Build a customer return."""
        more = {"customer_code": customer, **more}
        return self.order("customer_return", order_no, warehouse=warehouse, lines=lines, **more)

    def supplier_return(
        self,
        order_no: str,
        *,
        warehouse: str,
        lines: Sequence[LineSpec],
        supplier: str = "SUP",
        **more: Any,
    ) -> Document:
        """Build a supplier return."""
        more = {"supplier_code": supplier, **more}
        return self.order("supplier_return", order_no, warehouse=warehouse, lines=lines, **more)

    def cancel(
        self,
        order_type: str,
        order_no: str,
        *,
        warehouse: str,
        revision: int | None = None,
        **more: Any,
    ) -> Document:
        """Build the cancel of an order; no revision means the newest known."""
        more = {"action": "cancel", **more}
        return self.order(order_type, order_no, warehouse=warehouse, revision=revision, **more)

    def close(
        self,
        order_type: str,
        order_no: str,
        *,
        warehouse: str,
        revision: int | None = None,
        **more: Any,
    ) -> Document:
        """Build the close of an order; no revision means the newest known."""
        more = {"action": "close", **more}
        return self.order(order_type, order_no, warehouse=warehouse, revision=revision, **more)
