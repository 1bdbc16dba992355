"""From lines and what is desired of them to the quote; from orders to what they owe and are to be charged."""

from collections.abc import Iterator, Sequence
from datetime import date as Date  # noqa: N812 - as in pricing.quote
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from booking.expand import Desired
from booking.lines import Line, Order
from booking.paying_by_credit import Credits, paid_by_credit
from catalog.times import wall_of
from pricing.discounts import Discount
from pricing.fees import Fee, cancellation_fee
from pricing.installments import Installment, replanned
from pricing.paying import Owed, difference, summed
from pricing.quote import LineToPrice, Portion, Price, quote
from pricing.taxes import TaxRow

ChargeKind = Literal["booking", "change", "discount", "cancellation", "fee"]


def priced(
    lines: Sequence[tuple[Line, Desired]],
    tz: ZoneInfo,
    *,
    currency: str,
    tier: str | None,
    discount: dict[str, Any] | None,
    today: Date,
    before: Order | None,
    means: Credits | None = None,
) -> Price:
    """The price of the lines as they should be; raises Invalid where a component has no price (S3-20).

    `before`: the order that they change, whose installments stay as far as they were due. `means`: credits
    that pay for what they cover.
    """
    asked = [
        LineToPrice(
            line=line.position,
            sold=line.sold,
            participants=line.participants,
            start=wall_of(tz, line.start)[0],
            portions=portions_of(line, desired),
            prices={key: a.unit_price for key, a in line.adjustments.items() if a.unit_price is not None},
            discount=_discount(line.discount),
        )
        for line, desired in lines
    ]
    terms: dict[str, Any] = {
        "currency": currency,
        "tier": tier,
        "discount": _discount(discount),
        "booked_on": today,
    }
    price = quote(asked, **terms)
    if means is not None and means.lots:
        price = quote(paid_by_credit(asked, price, means, tz), **terms)
    if before is None:
        return price
    planned = msgspec.convert(before.price.get("installments", ()), tuple[Installment, ...])
    return replace(price, installments=replanned(planned, price.installments, today=today, currency=currency))


def _discount(kept: dict[str, Any] | None) -> Discount | None:
    return None if kept is None else msgspec.convert(kept, Discount)


def cancellation_fees(
    order: Order, ending: Sequence[Line], tz: ZoneInfo, *, today: Date, currency: str
) -> tuple[Fee, ...]:
    """What cancelling these lines costs today, by the terms they were sold on. A hold is free."""
    if order.status == "held":
        return ()
    fees = (
        cancellation_fee(
            line.sold.cancellation,
            line.position,
            _price_of(order, line),
            start=wall_of(tz, line.start)[0],
            today=today,
            taxes=line.sold.taxes,
            currency=currency,
        )
        for line in ending
        if line.status != "cancelled"
    )
    return tuple(fee for fee in fees if fee is not None)


def portions_of(line: Line, desired: Desired) -> tuple[Portion, ...]:
    """What is to be priced, in catalog order: services by guest and date, goods by portion (S3-22, S3-25)."""
    counted: dict[tuple[str, str, Date], int] = {}
    for session in desired.sessions:
        key = (session.component, session.product, session.day)
        counted[key] = counted.get(key, 0) + session.quantity
    for delivery in desired.deliveries:
        key = (delivery.component, delivery.product, delivery.day)
        counted[key] = counted.get(key, 0) + delivery.quantity
    out = []
    for component in line.sold.package.components:
        multiplier = line.participants if component.quantity == "one" else 1
        out += [
            Portion(component=key, product=product, quantity=quantity, multiplier=multiplier, date=day)
            for (key, product, day), quantity in counted.items()
            if key == component.key
        ]
    return tuple(out)


def _price_of(order: Order, line: Line) -> Decimal:
    amounts = (Decimal(p["amount"]) for p in order.price.get("lines", ()) if p["line"] == line.position)
    return sum(amounts, order.total * 0)


def owed(order: Order) -> Owed:
    """What the order costs, with its fees: the price that is shown and all that was charged come to this."""
    return summed([_of_price(order), _of_fees(order)])


def payable(order: Order) -> tuple[Installment, ...]:
    """When what the order owes is due, fees too; the earliest first."""
    of_price = msgspec.convert(order.price.get("installments", ()), tuple[Installment, ...])
    of_fees = tuple(Installment(due=fee.on, amount=fee.amount) for fee in order.fees)
    return tuple(sorted((*of_price, *of_fees), key=lambda part: part.due))


def charged(before: Order | None, after: Order) -> Iterator[tuple[ChargeKind, Owed]]:
    """What has to be charged when `before` (None: nothing was owed) becomes `after`."""
    nothing = Owed(amount=Decimal(0))
    price = difference(_of_price(before) if before else nothing, _of_price(after))
    fees = difference(_of_fees(before) if before else nothing, _of_fees(after))
    if price.amount or price.taxes:
        yield _kind(before, after), price
    if fees.amount or fees.taxes:
        yield "fee", fees


def _kind(before: Order | None, after: Order) -> ChargeKind:
    if before is None:
        return "booking"
    if after.status == "cancelled" and before.status != "cancelled":
        return "cancellation"
    return "change" if _discounts(before) == _discounts(after) else "discount"


def _discounts(order: Order) -> list[Any]:
    return [order.discount, *({line.id: line.discount} for line in order.lines if line.discount)]


def _of_price(order: Order) -> Owed:
    return Owed(amount=order.total, taxes=msgspec.convert(order.price.get("taxes", ()), tuple[TaxRow, ...]))


def _of_fees(order: Order) -> Owed:
    return summed(Owed(amount=fee.amount, taxes=fee.taxes) for fee in order.fees)
