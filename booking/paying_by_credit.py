"""Which portions of an order credits pay for: planned with its price, claimed when it is written (S1-2)."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from booking.lines import Order
from catalog.times import instant, wall
from pricing.claims import Want, Wanted
from pricing.lots import Cause, Lot
from pricing.quote import LineToPrice, Portion, Price
from pricing.redeem import Cover, Item, Policy, plan


class Credits(Struct, frozen=True, kw_only=True):
    """What an order may be paid with: the customer's lots, and of each what the order holds already."""

    lots: Mapping[uuid.UUID, Lot]
    held: Mapping[uuid.UUID, tuple[int, ...]]
    policy: Policy
    free_items: bool
    now: datetime


def credits_for(
    order: Order, lots: Mapping[uuid.UUID, Lot], *, policy: Policy, free_items: bool, now: datetime
) -> Credits:
    """The order's own credits count as free, used ones too."""
    own = Cause(order=order.id)
    held = {key: lot.held(own, "reserved", "used") for key, lot in lots.items()}
    return Credits(lots=lots, held=held, policy=policy, free_items=free_items, now=now)


def paid_by_credit(
    lines: Sequence[LineToPrice], price: Price, means: Credits, tz: ZoneInfo
) -> list[LineToPrice]:
    """The lines with their portions split into what credits pay for and what they do not.

    `price`: without credits. A credit pays for a unit that is charged by itself: not for a share of a fixed
    price, nor for a room whose price counts once for each participant. It has to be valid on the day of the
    service.
    """
    items: list[Item] = []
    places: list[tuple[int, int]] = []
    for at, line in enumerate(lines):
        if line.sold.package.pricing == "fixed":
            continue
        priced = [part for part in price.lines if part.line == line.line]
        for index, (portion, part) in enumerate(zip(line.portions, priced, strict=True)):
            units = part.quantity * part.count
            if portion.multiplier == 1 and units:
                items.append(
                    Item(
                        line=len(items),
                        product=portion.product,
                        quantity=units,
                        unit_price=Fraction(part.amount) / units,
                        since=means.now,
                        until=instant(wall(tz, portion.date, 0)),
                    )
                )
                places.append((at, index))
    covers: dict[tuple[int, int], list[Cover]] = {}
    for cover in plan(
        items,
        means.lots.values(),
        policy=means.policy,
        free_items=means.free_items,
        held=dict(means.held),
    ):
        covers.setdefault(places[cover.line], []).append(cover)
    quantities = dict(zip(places, (item.quantity for item in items), strict=True))
    return [
        replace(
            line,
            portions=tuple(
                piece
                for index, portion in enumerate(line.portions)
                for piece in _split(portion, quantities.get((at, index), 0), covers.get((at, index), []))
            ),
        )
        for at, line in enumerate(lines)
    ]


def _split(portion: Portion, units: int, covers: Sequence[Cover]) -> list[Portion]:
    if not covers:
        return [portion]
    pieces = [replace(portion, quantity=len(c.units), count=1, lot=c.lot) for c in covers]
    rest = units - sum(piece.quantity for piece in pieces)
    return [*pieces, replace(portion, quantity=rest, count=1)] if rest else pieces


def wanted_by(order: Order) -> Wanted:
    """The credits that the order is priced with; none once it is cancelled."""
    out: dict[tuple[uuid.UUID, uuid.UUID, str], Want] = {}
    if order.status == "cancelled":
        return out
    lines = {line.position: line for line in order.lines}
    for part in order.price.get("lines", ()):
        if part.get("lot"):
            line = lines[part["line"]]
            key = (uuid.UUID(part["lot"]), line.id, part["product"])
            before = out[key].count if key in out else 0
            out[key] = Want(count=before + part["quantity"], until=instant(line.start))
    return out


def is_paid_by_credit(order: Order | None) -> bool:
    """Whether the order holds credits, or did when it was cancelled."""
    return order is not None and any(part.get("lot") for part in order.price.get("lines", ()))
