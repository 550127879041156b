"""Answer requests, pick and ship: sales orders, transfers, returns to suppliers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from sync.simulate.actor import InboxRow
from sync.simulate.floor import Goods
from sync.simulate.truth import decimal
from sync.simulate.writing import Message, Row

if TYPE_CHECKING:
    from sync.simulate.wms import Wms, Work


def answer_release(wms: Wms, work: Work) -> bool:
    """Answer a first release, in the inbox or with an order_response; say whether to go on."""
    fate = wms.fates.get(work.order_no, "exact")
    if fate == "refused":
        work.state = "cancelled"
        wms.refuse(work.delivery_id, "NO CAPACITY", "no dock before the requested time")
        return False
    if fate == "line_refused":
        refuse_lines(wms, work)
        return True
    answers_by_document = wms.random("answer", work.order_no).random() < 0.4
    if answers_by_document:
        respond(wms, work, "accepted")
    else:
        wms.accept([work.delivery_id], f"WO-{work.delivery_id}")
    if work.kind == "sales_order" and wms.random("milestone", work.order_no).random() < 0.3:
        report_milestone(wms, work, "accepted")
    return True


def refuse_lines(wms: Wms, work: Work) -> Message:
    """Accept an order but for its last line, which the warehouse cannot serve."""
    last = max(work.lines)
    work.refused_lines.add(last)
    lines = []
    for line in work.lines.values():
        refused = line.line_no == last
        item = wms.company.item(line.item)
        lines.append(
            {
                "order_line_no": line.line_no,
                "accepted_qty": 0 if refused else decimal(line.ordered),
                "uom": item.base_uom,
                "reason_code": "DISCONTINUED" if refused else None,
            }
        )
    return respond(wms, work, "partial", lines=lines)


def respond(
    wms: Wms,
    work: Work,
    response: str,
    *,
    revision: int | None = None,
    reason: str | None = None,
    lines: Sequence[Row] = (),
) -> Message:
    """Send an order_response for an order; without lines it holds for all of them."""
    return wms.report(
        "order_response",
        work.warehouse,
        lines,
        order_type=work.kind,
        order_no=work.order_no,
        revision=revision or work.revision,
        response=response,
        reason_code=reason,
    )


def report_milestone(wms: Wms, work: Work, milestone: str) -> Message:
    """Tell how far an order has come."""
    return wms.report(
        "order_milestone",
        work.warehouse,
        order_type=work.kind,
        order_no=work.order_no,
        milestone=milestone,
    )


def answer_cancel(wms: Wms, work: Work | None, row: InboxRow) -> None:
    """Answer a cancel: yes while nothing is picked, afterwards as the floor decides."""
    if work is None or work.state == "open":
        if work is not None:
            work.state = "cancelled"
        wms.accept([row.delivery_id], "CANCELLED")
        return
    put_back = wms.cancel_policy.get(work.order_no, "put_back") == "put_back"
    if work.state == "picking" and put_back:
        for goods in work.picked:
            wms.floor.release(goods)
        work.picked, work.state = [], "cancelled"
        report_milestone(wms, work, "put_back")
        wms.accept([row.delivery_id], "PUT BACK")
    elif work.state == "picking":
        respond(wms, work, "refused", revision=row.revision, reason="ALREADY PICKED")
    else:
        wms.refuse(row.delivery_id, "ALREADY SHIPPED", "the truck has left")


def start_sales(wms: Wms, work: Work) -> None:
    """Plan the picking, packing and shipping of a sales order."""
    wms.plan_job(wms.hour + 1, work.order_no, lambda: _pick_sales(wms, work))


def pick(wms: Wms, work: Work, status: str = "unrestricted") -> bool:
    """Reserve the goods of an order; return whether everything was found."""
    work.state = "picking"
    complete = True
    for line in work.lines.values():
        if line.line_no in work.refused_lines:
            continue
        found = wms.floor.reserve(
            work.warehouse, line.item, line.ordered, line_no=line.line_no, uom=line.uom,
            status=status,
        )  # fmt: skip
        work.picked += found
        complete = complete and sum(goods.qty for goods in found) == line.ordered
    return complete


def ship(wms: Wms, work: Work, parcel: Sequence[Goods], *, final: bool) -> Message:
    """Send goods on their way and report the shipment; a final one may be empty."""
    lines: list[Row] = []
    destination = work.header.get("to_warehouse_code")
    for goods in parcel:
        wms.floor.release(goods)
        if destination is None:
            wms.floor.remove(goods)
        else:
            wms.floor.load(goods, work.order_no, destination)
        status = None if goods.key.status == "unrestricted" else goods.key.status
        lines.append(
            {
                "order_line_no": goods.line_no,
                **wms.quantity(goods),
                "location_code": goods.key.location,
                "stock_status": status,
            }
        )
        work.lines[goods.line_no or 0].done += goods.qty
    work.picked = [goods for goods in work.picked if goods not in parcel]
    return wms.report(
        "shipment",
        work.warehouse,
        lines,
        order_type=work.kind,
        order_no=work.order_no,
        carrier_code=work.header.get("carrier_code"),
        tracking_no=f"TRK{work.order_no[3:]}-{len(lines):02d}",
        is_final=final or None,
    )


def _pick_sales(wms: Wms, work: Work) -> None:
    if work.state != "open":
        return
    report_milestone(wms, work, "picking")
    complete = pick(wms, work)
    fate = wms.fates.get(work.order_no, "exact")
    if fate == "short" and work.picked:
        wms.floor.release(work.picked.pop())
        complete = False
    wms.plan_job(wms.hour + 1, work.order_no, lambda: _pack(wms, work, complete=complete))


def _pack(wms: Wms, work: Work, *, complete: bool) -> None:
    if work.state != "picking":
        return
    report_milestone(wms, work, "packed")
    wms.plan_job(wms.hour + 1, work.order_no, lambda: _ship_sales(wms, work, complete=complete))


def _ship_sales(wms: Wms, work: Work, *, complete: bool) -> None:
    if work.state != "picking":
        return
    random = wms.random("truck", work.order_no)
    if random.random() < 0.6:
        report_milestone(wms, work, "loaded")
    work.state = "done"
    ship_in_parts(wms, work, complete=complete)
    if random.random() < 0.3:
        wms.plan_job(wms.hour + 2, work.order_no, lambda: _deliver(wms, work))


def _deliver(wms: Wms, work: Work) -> None:
    report_milestone(wms, work, "delivered")


def ship_in_parts(wms: Wms, work: Work, *, complete: bool) -> None:
    """Ship what was picked: at once, or half now and half an hour later if that is its fate."""
    picked = list(work.picked)
    if wms.fates.get(work.order_no) == "in_two" and len(picked) > 1:
        first, second = picked[: len(picked) // 2], picked[len(picked) // 2 :]
        ship(wms, work, first, final=False)

        def ship_rest() -> None:
            ship(wms, work, second, final=not complete)

        wms.plan_job(wms.hour + 1, work.order_no, ship_rest)
        return
    ship(wms, work, picked, final=not complete)


def start_transfer(wms: Wms, work: Work) -> None:
    """Plan the loading of a transfer to another warehouse."""
    wms.plan_job(wms.hour + 1, work.order_no, lambda: _ship_transfer(wms, work))


def _ship_transfer(wms: Wms, work: Work) -> None:
    if work.state != "open":
        return
    complete = pick(wms, work)
    work.state = "done"
    ship_in_parts(wms, work, complete=complete)


def start_supplier_return(wms: Wms, work: Work) -> None:
    """Plan the dispatch of goods that go back to a supplier."""
    wms.plan_job(wms.hour + 2, work.order_no, lambda: _ship_supplier_return(wms, work))


def _ship_supplier_return(wms: Wms, work: Work) -> None:
    """Ship blocked goods first, then good ones; close short when there is not enough."""
    if work.state != "open":
        return
    pick(wms, work, "blocked")
    complete = True
    for line in work.lines.values():
        found = sum(
            (goods.qty for goods in work.picked if goods.line_no == line.line_no), Fraction(0)
        )
        more = wms.floor.reserve(
            work.warehouse, line.item, line.ordered - found, line_no=line.line_no, uom=line.uom
        )
        work.picked += more
        complete = complete and found + sum(goods.qty for goods in more) == line.ordered
    work.state = "done"
    ship(wms, work, list(work.picked), final=not complete)
