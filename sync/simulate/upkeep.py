"""Do what no order asks for: opening stock, moves, damage, finds, counts, snapshots."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING

from sync.simulate.floor import DOCK, Goods
from sync.simulate.inbound import put_goods_away, receipt_line, report_move
from sync.simulate.truth import IN_TRANSIT, StockKey, decimal
from sync.simulate.writing import Message, Row

if TYPE_CHECKING:
    from sync.simulate.wms import Wms

_KEYS_PER_COUNT = 4


def load_opening_stock(wms: Wms, warehouse: str) -> Message:
    """Report what lies in a warehouse when crossdock begins: one document, loaded in bulk."""
    lines: list[Row] = []
    for row in wms.company.opening:
        if row.warehouse != warehouse:
            continue
        key = StockKey(warehouse, row.item, row.lot, row.location, row.status)
        pieces = [Goods(key, Fraction(1), serial) for serial in row.serials]
        for goods in pieces or [Goods(key, row.qty)]:
            wms.floor.put(goods)
            lines.append(
                {
                    **wms.quantity(goods),
                    "location_code": key.location,
                    "stock_status": key.status,
                    "reason_code": "INITIAL",
                }
            )
    return wms.report_in_bulk("stock_adjustment", warehouse, lines, note="opening stock")


def tidy_up(wms: Wms, warehouse: str, number: int) -> None:
    """Move the free goods of one place to another, as a floor does all day."""
    random = wms.random("tidy", warehouse, wms.hour, number)
    items = [item for item in wms.company.items.values() if not item.serial]
    places = [
        place
        for item in random.sample(items, 5)
        for place in wms.floor.free_keys(warehouse, item.code)
    ]
    if not places:
        return
    key, free = random.choice(places)
    racks = [rack for rack in wms.company.places(warehouse, "storage") if rack != key.location]
    goods = Goods(key, free)
    carried = wms.floor.carry(goods, random.choice(racks), key.status)
    report_move(wms, [(goods, carried)], None, "REPLENISH")


def report_damage(wms: Wms, warehouse: str) -> None:
    """Write off a few broken pieces of one place."""
    random = wms.random("damage", warehouse, wms.hour)
    items = [item for item in wms.company.items.values() if not item.serial]
    item = random.choice(items)
    places = wms.floor.free_keys(warehouse, item.code)
    if not places:
        return
    key, free = places[0]
    goods = Goods(key, min(free, Fraction(random.randint(1, 3))))
    wms.floor.remove(goods)
    line = {**wms.quantity(goods), "location_code": key.location, "reason_code": "DAMAGED"}
    line["qty"] = -line["qty"]
    wms.report("stock_adjustment", warehouse, [line])


def receive_sample(wms: Wms, warehouse: str) -> None:
    """Receive goods without an order: the reason stands on the line."""
    random = wms.random("sample", warehouse)
    item = random.choice([one for one in wms.company.role("trade") if not one.serial])
    lot = f"S{wms.tag}-{item.number}" if item.lot else ""
    goods = Goods(
        StockKey(warehouse, item.code, lot, DOCK, "unrestricted"), Fraction(random.randint(2, 9))
    )
    wms.floor.put(goods)
    line = {**receipt_line(wms, goods), "reason_code": "SAMPLE"}
    wms.report("goods_receipt", warehouse, [line])
    wms.plan_job(wms.hour + 1, f"sample {warehouse}", lambda: put_goods_away(wms, [goods], None))


def ship_gift(wms: Wms, warehouse: str) -> None:
    """Ship goods without an order, for an exhibition stand."""
    random = wms.random("gift", warehouse)
    item = random.choice([one for one in wms.company.role("trade") if not one.serial])
    picked = wms.floor.reserve(warehouse, item.code, Fraction(2))
    if not picked:
        return
    lines = []
    for goods in picked:
        wms.floor.release(goods)
        wms.floor.remove(goods)
        lines.append(
            {
                **wms.quantity(goods),
                "location_code": goods.key.location,
                "reason_code": "EXHIBITION",
            }
        )
    wms.report("shipment", warehouse, lines, tracking_no=f"GIFT-{wms.tag}-{warehouse}")


def lose_and_count(wms: Wms, warehouse: str, documents: int) -> list[Message]:
    """Let a few pieces vanish or turn up unseen, then count those places and some others.

    Nothing reports the loss but the count itself, which says up to which position it counted.
    """
    random = wms.random("count", warehouse)
    storage = set(wms.company.places(warehouse, "storage"))
    keys = [
        key
        for key, _ in wms.floor.truth.rows(warehouse)
        if key.location in storage
        and key.status == "unrestricted"
        and wms.floor.free(key) == wms.floor.truth.quantity(key)
        and not wms.company.item(key.item).serial
    ]
    random.shuffle(keys)
    messages = []
    for number in range(documents):
        chosen = keys[number * _KEYS_PER_COUNT : (number + 1) * _KEYS_PER_COUNT]
        if not chosen:
            break
        lost = chosen[0]
        if random.random() < 0.7 and wms.floor.free(lost) > 3:
            wms.floor.remove(Goods(lost, Fraction(random.randint(1, 3))))
        else:
            wms.floor.put(Goods(lost, Fraction(random.randint(1, 2))))
        messages.append(report_count(wms, warehouse, chosen))
    return messages


def report_count(wms: Wms, warehouse: str, keys: list[StockKey]) -> Message:
    """Count places: report what lies there and through which position that is true."""
    lines: list[Row] = []
    for key in keys:
        line = wms.quantity(Goods(key, wms.floor.truth.quantity(key)))
        line["counted_qty"] = line.pop("qty")
        line.pop("serial_no")
        lines.append({**line, "location_code": key.location, "stock_status": key.status})
    position = wms.source_seqs[warehouse]
    return wms.report("stock_count", warehouse, lines, counted_through_seq=position)


def send_snapshot(wms: Wms, warehouse: str, as_of: datetime) -> Message:
    """Report the whole stock of a warehouse at the end of the day, loaded in bulk."""
    rows = [(key, qty) for key, qty in wms.floor.truth.rows(warehouse) if key.status != IN_TRANSIT]
    lines: list[Row] = []
    for key, qty in rows:
        item = wms.company.item(key.item)
        lines.append(
            {
                "item_code": item.code,
                "qty": decimal(qty),
                "uom": item.base_uom,
                "lot_no": key.lot or None,
                "location_code": key.location,
                "stock_status": key.status,
            }
        )
    return wms.report_in_bulk(
        "stock_snapshot",
        warehouse,
        lines,
        as_of=as_of,
        through_seq=wms.source_seqs[warehouse],
        total_qty=decimal(sum((qty for _, qty in rows), Fraction(0))),
    )
