"""Receive goods: from suppliers, customers and other warehouses; put away, release, dispose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from sync.simulate.floor import DOCK, RETURNS, Goods
from sync.simulate.truth import StockKey, split_over_tolerance
from sync.simulate.writing import Message, Row

if TYPE_CHECKING:
    from sync.simulate.wms import Wms, Work, WorkLine


def start_purchase(wms: Wms, work: Work) -> None:
    """Plan the arrival of a purchase order, as the supplier really delivers it."""
    due = work.header["expected_at"].hour
    fate = wms.fates.get(work.order_no, "exact")
    if fate == "in_two":
        wms.plan_job(due, work.order_no, lambda: receive(wms, work, Fraction(1, 2)))
        wms.plan_job(due + 2, work.order_no, lambda: receive(wms, work, Fraction(1)))
    elif fate == "reversed":
        wms.plan_job(due, work.order_no, lambda: _receive_wrongly(wms, work, due))
    elif fate in ("short_final", "short_open"):
        final = fate == "short_final"
        wms.plan_job(due, work.order_no, lambda: receive(wms, work, Fraction(4, 5), final=final))
    elif fate == "within_tolerance":
        wms.plan_job(due, work.order_no, lambda: receive(wms, work, Fraction(2)))
    else:
        by_item = fate == "by_item"
        wms.plan_job(due, work.order_no, lambda: receive(wms, work, Fraction(1), by_item=by_item))


def receive(
    wms: Wms, work: Work, share: Fraction, *, final: bool = False, by_item: bool = False
) -> None:
    """Receive every line of an order up to ``share`` of what was ordered, and report it.

    A share above 1 means as much as the tolerance allows. Goods come in whole units of the order
    line; ``by_item`` leaves the order line to crossdock.
    """
    arrived: list[Goods] = []
    for line in work.lines.values():
        qty = _arriving(wms, line, share)
        if qty > 0:
            arrived += unpack(wms, work, line, qty)
    if arrived or final:
        report_receipt(wms, work, arrived, final=final, by_item=by_item)


def unpack(wms: Wms, work: Work, line: WorkLine, qty: Fraction, suffix: str = "") -> list[Goods]:
    """Return goods of one line as they stand at the dock: piece by piece with serials, or whole.

    They are not put down yet; their status is the one that the WMS will report.
    """
    item = wms.company.item(line.item)
    lot = f"L{work.order_no[3:]}-{line.line_no}{suffix}" if item.lot else ""
    status = "quality" if item.inspected else "unrestricted"
    key = StockKey(work.warehouse, item.code, lot, DOCK, status)
    if not item.serial:
        return [Goods(key, qty, None, line.line_no, line.uom)]
    first = int(line.done)
    return [
        Goods(key, Fraction(1), f"S{work.order_no[3:]}-{line.line_no}{suffix}-{n}", line.line_no)
        for n in range(first, first + int(qty))
    ]


def report_receipt(
    wms: Wms,
    work: Work,
    arrived: Sequence[Goods],
    *,
    final: bool = False,
    by_item: bool = False,
    put_away: bool = True,
) -> Message:
    """Put goods down at the dock, report the receipt, and plan the put-away."""
    lying = [stand for goods in arrived for stand in put_down(wms, work, goods)]
    lines = [receipt_line(wms, goods, by_item=by_item) for goods in arrived]
    message = wms.report(
        "goods_receipt",
        work.warehouse,
        lines,
        order_type=work.kind,
        order_no=work.order_no,
        delivery_note_no=f"DN-{work.order_no[3:]}",
        is_final=final or None,
    )
    usable = [goods for goods in lying if goods.key.status != "blocked"]
    if put_away and usable:
        order_no = work.order_no
        wms.plan_job(wms.hour + 1, order_no, lambda: put_goods_away(wms, usable, order_no))
    return message


def put_down(wms: Wms, work: Work, goods: Goods) -> list[Goods]:
    """Put goods of an order down; what exceeds the line's tolerance is booked ``blocked``.

    Returns the goods as they lie: one or two parts.
    """
    line = work.lines[goods.line_no or 0]
    normal, excess = split_over_tolerance(line.ordered, line.done, goods.qty, line.over_pct)
    line.done += goods.qty
    parts = []
    if normal:
        parts.append(Goods(goods.key, normal, goods.serial, goods.line_no, goods.uom))
    if excess:
        blocked = goods.key._replace(status="blocked")
        parts.append(Goods(blocked, excess, goods.serial, goods.line_no, goods.uom))
    for part in parts:
        wms.floor.put(part)
    return parts


def receipt_line(wms: Wms, goods: Goods, *, by_item: bool = False) -> Row:
    """Return the line of a goods_receipt that reports goods at their key."""
    key = goods.key
    return {
        "order_line_no": None if by_item else goods.line_no,
        **wms.quantity(goods),
        "expires_on": wms.floor.expiry(key.item, key.lot),
        "location_code": key.location,
        "stock_status": None if key.status == "unrestricted" else key.status,
    }


def put_goods_away(wms: Wms, lying: Iterable[Goods], order_no: str | None) -> None:
    """Carry goods from the dock into the racks, and plan the inspection of what needs one."""
    carried: list[tuple[Goods, Goods]] = []
    for goods in lying:
        random = wms.random("rack", goods.key, goods.serial)
        rack = random.choice(wms.company.places(goods.key.warehouse, "storage"))
        carried.append((goods, wms.floor.carry(goods, rack, goods.key.status)))
    report_move(wms, carried, order_no)
    waiting = [after for _, after in carried if after.key.status == "quality"]
    if waiting:
        wms.plan_job(wms.hour + 1, order_no or "", lambda: _inspect(wms, waiting, order_no))


def report_move(
    wms: Wms,
    carried: Sequence[tuple[Goods, Goods]],
    order_no: str | None,
    reason: str | None = None,
) -> Message:
    """Report that goods were carried or changed their status, one line per carriage."""
    lines = []
    for before, after in carried:
        changes_status = before.key.status != after.key.status
        changes_place = before.key.location != after.key.location
        lines.append(
            {
                **wms.quantity(after),
                "from_location_code": before.key.location,
                "to_location_code": after.key.location if changes_place else None,
                "from_stock_status": before.key.status,
                "to_stock_status": after.key.status if changes_status else None,
                "reason_code": reason,
            }
        )
    warehouse = carried[0][0].key.warehouse
    return wms.report("stock_move", warehouse, lines, order_no=order_no)


def _inspect(wms: Wms, waiting: Sequence[Goods], order_no: str | None) -> None:
    """Release inspected goods where they lie; a few fail and are blocked."""
    for goods in waiting:
        fails = wms.random("inspection", goods.key).random() < 0.07
        after = wms.floor.carry(goods, goods.key.location, "blocked" if fails else "unrestricted")
        report_move(wms, [(goods, after)], order_no, "QC FAILED" if fails else "QC PASSED")


def start_return(wms: Wms, work: Work) -> None:
    """Plan the arrival of goods that a customer sends back."""
    wms.plan_job(wms.hour + 2, work.order_no, lambda: _receive_return(wms, work))


def _receive_return(wms: Wms, work: Work) -> None:
    """Receive a return: the status is left to the contract's default, ``returns``."""
    lying: list[Goods] = []
    lines: list[Row] = []
    for line in work.lines.values():
        item = wms.company.item(line.item)
        lot = f"R{wms.tag}-{item.number}" if item.lot else ""
        key = StockKey(work.warehouse, item.code, lot, RETURNS, "returns")
        serial = f"SR{work.order_no[3:]}-{line.line_no}" if item.serial else None
        goods = Goods(key, line.ordered, serial, line.line_no, line.uom)
        line.done += goods.qty
        wms.floor.put(goods)
        lying.append(goods)
        lines.append(
            {**receipt_line(wms, goods), "stock_status": None, "reason_code": "CUSTOMER RETURN"}
        )
    wms.report("goods_receipt", work.warehouse, lines, order_type=work.kind, order_no=work.order_no)
    wms.plan_job(wms.hour + 1, work.order_no, lambda: _dispose(wms, work, lying))


def _dispose(wms: Wms, work: Work, lying: Sequence[Goods]) -> None:
    """Decide on returned goods: back into the racks, blocked, or scrapped."""
    for goods in lying:
        random = wms.random("disposition", work.order_no, goods.line_no)
        verdict = random.choices(("unrestricted", "blocked", "scrap"), weights=(7, 2, 1))[0]
        if verdict == "scrap":
            wms.floor.remove(goods)
            line = {**wms.quantity(goods), "location_code": RETURNS, "stock_status": "returns"}
            line["qty"] = -line["qty"]
            wms.report("stock_adjustment", work.warehouse, [{**line, "reason_code": "SCRAPPED"}])
            continue
        rack = random.choice(wms.company.places(work.warehouse, "storage"))
        after = wms.floor.carry(goods, rack, verdict)
        report_move(wms, [(goods, after)], work.order_no, "RETURN CHECKED")


def expect_transfer(wms: Wms, order_no: str, warehouse: str) -> None:
    """Plan to unload the truck of a transfer that another warehouse announced.

    Some trucks drive overnight: their goods are still in transit when the day ends.
    """
    if wms.fates.get(order_no) == "overnight":
        return
    wms.plan_job(wms.hour + 1, order_no, lambda: _unload(wms, order_no, warehouse))


def _unload(wms: Wms, order_no: str, warehouse: str) -> None:
    """Unload whatever is on the road for a transfer order, report it, and plan the put-away."""
    lying: list[Goods] = []
    for load in wms.floor.truth.unload(order_no, warehouse):
        key = StockKey(warehouse, load.item, load.lot, DOCK, "unrestricted")
        lying.append(Goods(key, load.qty, load.serial, load.order_line_no, None))
    if not lying:
        return
    for goods in lying:
        wms.floor.put(goods)
    lines = [receipt_line(wms, goods) for goods in lying]
    wms.report("goods_receipt", warehouse, lines, order_type="transfer_order", order_no=order_no)
    wms.plan_job(wms.hour + 1, order_no, lambda: put_goods_away(wms, lying, order_no))


def _receive_wrongly(wms: Wms, work: Work, due: int) -> None:
    """Report a receipt with wrong labels, reverse it an hour later, then report the right one."""
    arrived = [
        goods
        for line in work.lines.values()
        for goods in unpack(wms, work, line, line.ordered, "X")
    ]
    message = report_receipt(wms, work, arrived, put_away=False)

    def reverse() -> None:
        for goods in arrived:
            wms.floor.remove(goods)
            work.lines[goods.line_no or 0].done -= goods.qty
        wms.report(
            "goods_receipt",
            work.warehouse,
            action="reverse",
            reverses_no=message.header["receipt_no"],
        )

    wms.plan_job(due + 1, work.order_no, reverse)
    wms.plan_job(due + 2, work.order_no, lambda: receive(wms, work, Fraction(1)))


def _arriving(wms: Wms, line: WorkLine, share: Fraction) -> Fraction:
    """Return the base quantity that arrives now, in whole units where the unit is a piece."""
    factor = wms.company.item(line.item).factor(line.uom)
    target = line.ordered * share
    if share > 1:
        target = line.ordered * (1 + Fraction(line.over_pct or 0) / 100)
    if share != 1:
        target = factor * (target // factor)
    return target - line.done
