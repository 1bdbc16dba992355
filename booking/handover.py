"""What an order hands over besides times and places: goods from the shelf, tickets, credits (S3-2).

Goods leave the shelf when the order is held or booked; tickets and credits are given when it is confirmed.
All of it follows every change, and goes back when the order is cancelled. Nothing is read or written here.
"""

import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from booking.lines import Booking, Line, Order
from catalog.specs import Component, ProductSpec
from catalog.times import wall_of
from pricing.money import share
from pricing.rights import Right
from pricing.tickets import TicketsWanted

GIVEN = ("stock_item", "entry", "value_card")


class Handover(Struct, frozen=True, kw_only=True):
    """`goods`: units of stock items. `customer`: who owns the credits; None: whoever brings the card."""

    goods: dict[str, int] = {}
    tickets: tuple[TicketsWanted, ...] = ()
    rights: tuple[Right, ...] = ()
    customer: uuid.UUID | None = None


class _Part(Struct, frozen=True, kw_only=True):
    """A delivery: `units` that are sold, and of them those `covered` by credits; `amount`: for the others."""

    line: Line
    booking: Booking
    component: Component
    product: ProductSpec
    units: int
    covered: int
    amount: Decimal


def gives(order: Order | None) -> bool:
    """Whether any product on it is goods from stock, an entry, or gives credits."""
    products = (p for line in order.lines for p in line.sold.products.values()) if order is not None else ()
    return any(p.kind in GIVEN or p.series is not None for p in products)


def handed_over(order: Order | None, tz: ZoneInfo, currency: str) -> Handover:
    """What the order hands over as it is; None and cancelled orders nothing."""
    if order is None or order.status == "cancelled":
        return Handover()
    parts = list(_parts(order))
    firm = parts if order.status == "confirmed" else []
    return Handover(
        goods=_goods(parts),
        tickets=tuple(ticket for part in firm for ticket in _tickets(part, tz)),
        rights=tuple(r for part in firm if _is_owned(order, part.product) for r in _rights(part, currency)),
        customer=order.customer,
    )


def without_an_owner(order: Order) -> tuple[str, ...]:
    """What would give credits if the order had a customer, as people call it."""
    parts = _parts(order) if order.status == "confirmed" else ()
    unowned = (p.product.label for p in parts if p.product.series and not _is_owned(order, p.product))
    return tuple(dict.fromkeys(unowned))


def _is_owned(order: Order, product: ProductSpec) -> bool:
    """A value card may belong to whoever brings it along; a series is a customer's."""
    return order.customer is not None or product.series is None


def _parts(order: Order) -> Iterator[_Part]:
    for line in order.lines:
        for booking in line.bookings:
            component = line.sold.component(booking.component)
            if not (booking.active and booking.goods and component is not None):
                continue
            priced = [
                p
                for p in order.price.get("lines", ())
                if (p["line"], p["component"], p["product"])
                == (line.position, booking.component, booking.product)
            ]
            yield _Part(
                line=line,
                booking=booking,
                component=component,
                product=line.sold.products[booking.product],
                units=booking.quantity * component.count,
                covered=sum(p["quantity"] * p["count"] for p in priced if p.get("lot")),
                amount=sum((Decimal(p["amount"]) for p in priced if not p.get("lot")), Decimal(0)),
            )


def _goods(parts: list[_Part]) -> dict[str, int]:
    """A series of goods leaves the shelf when it is redeemed, not when it is sold (S0-11)."""
    out: Counter[str] = Counter()
    for part in parts:
        if part.product.kind == "stock_item":
            out[part.product.key] += part.units if part.product.series is None else part.covered
    return {key: units for key, units in sorted(out.items()) if units}


def _tickets(part: _Part, tz: ZoneInfo) -> Iterator[TicketsWanted]:
    """One for a component sold `one`, else one for each unit (S3-24, S3-27)."""
    if part.product.kind != "entry":
        return
    each = part.units if part.product.series is None else part.covered
    count = min(part.booking.quantity, each) if part.component.quantity == "one" else each
    if not count:
        return
    line, start = part.line, part.booking.start
    first = wall_of(tz, line.start)[0]
    day = first + timedelta(days=part.component.day - 1) if start is None else wall_of(tz, start)[0]
    yield TicketsWanted(
        line=line.id,
        product=part.product.key,
        name=part.product.label,
        component=None if line.sold.single else part.component.key,
        day=day,
        count=count,
    )


def _rights(part: _Part, currency: str) -> Iterator[Right]:
    """A lot for each card or series sold; their prices sum to what was paid for them, to the cent."""
    product, package = part.product, part.line.sold.package
    card, series = product.value_card, product.series
    if card is None and series is None:
        return
    seller = product if part.line.sold.single else package
    days = product.valid_days if product.valid_days is not None else package.valid_days
    for price in share(part.amount, [1] * (part.units - part.covered), currency):
        products: tuple[str, ...] = ()
        quantity = Decimal(0)
        if series is not None:
            products, quantity = (series.product or product.key,), Decimal(series.quantity)
            days = series.valid_days
        elif card is not None and card.kind == "gift":
            quantity = card.amount or Decimal(0)
        elif card is not None:
            products, quantity = (card.product or "",), Decimal(card.quantity or 0)
        yield Right(
            line=part.line.id,
            component=part.component.key,
            sold_as=seller.key,
            sold_name=seller.label,
            products=products,
            quantity=quantity,
            price=price,
            valid_days=days,
            commission_base=seller.commission_base,
        )
