"""Make products: issue components, receive what was made, complete the order."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from sync.simulate.floor import PRODUCTION, Goods
from sync.simulate.inbound import put_goods_away
from sync.simulate.outbound import pick
from sync.simulate.truth import StockKey, to_base
from sync.simulate.writing import Row

if TYPE_CHECKING:
    from sync.simulate.wms import Wms, Work


def start_production(wms: Wms, work: Work) -> None:
    """Plan issue, production and completion of a production order."""
    wms.plan_job(wms.hour + 1, work.order_no, lambda: _issue(wms, work))


def _issue(wms: Wms, work: Work) -> None:
    """Issue the components, sometimes in two documents; then make the product."""
    if work.state != "open":
        return
    complete = pick(wms, work)
    picked = list(work.picked)
    in_two = wms.random("issue", work.order_no).random() < 0.3
    cut = len(picked) // 2 if in_two else 0
    for part, last in ((picked[:cut], False), (picked[cut:], True)):
        if part:
            _report_issue(wms, work, part, final=last and not complete)
    work.picked, work.state = [], "done"
    wms.plan_job(wms.hour + 1, work.order_no, lambda: _make(wms, work))


def _report_issue(wms: Wms, work: Work, part: list[Goods], *, final: bool) -> None:
    lines: list[Row] = []
    for goods in part:
        wms.floor.release(goods)
        wms.floor.remove(goods)
        work.lines[goods.line_no or 0].done += goods.qty
        location = goods.key.location
        lines.append(
            {"order_line_no": goods.line_no, **wms.quantity(goods), "location_code": location}
        )
    wms.report(
        "material_issue", work.warehouse, lines, order_no=work.order_no, is_final=final or None
    )


def _make(wms: Wms, work: Work) -> None:
    """Report the product: all at once, or a part now and the rest with the completion."""
    header = work.header
    item = wms.company.item(header["item_code"])
    pieces = to_base(item, header["qty"], header["uom"])
    random = wms.random("yield", work.order_no)
    if wms.fates.get(work.order_no) == "low_yield":
        pieces -= random.randint(1, 5)
    if random.random() < 0.5:
        _report_product(wms, work, pieces, final=True)
        return
    first = Fraction(int(pieces / 2))
    _report_product(wms, work, first, final=False)
    wms.plan_job(
        wms.hour + 1,
        work.order_no,
        lambda: _report_product(wms, work, pieces - first, final=True),
    )


def _report_product(wms: Wms, work: Work, pieces: Fraction, *, final: bool) -> None:
    item = wms.company.item(work.header["item_code"])
    lot = f"P{work.order_no[3:]}" if item.lot else ""
    key = StockKey(work.warehouse, item.code, lot, PRODUCTION, "unrestricted")
    made = Goods(key, pieces, None, None, work.header["uom"])
    wms.floor.put(made)
    line = {
        **wms.quantity(made),
        "expires_on": wms.floor.expiry(item.code, lot),
        "location_code": PRODUCTION,
    }
    wms.report(
        "production_receipt",
        work.warehouse,
        [line],
        order_no=work.order_no,
        is_final=final or None,
    )
    wms.plan_job(wms.hour + 1, work.order_no, lambda: put_goods_away(wms, [made], work.order_no))
