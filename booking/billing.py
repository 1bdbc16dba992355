"""From lines and what is desired of them to the quote (design: bill = quote(desired))."""

from collections.abc import Sequence
from datetime import date as Date  # noqa: N812 - as in pricing.quote
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from booking.expand import Desired
from booking.lines import Line
from catalog.times import wall_of
from pricing.discounts import Discount
from pricing.quote import LineToPrice, Portion, Price, quote


def priced(
    lines: Sequence[tuple[Line, Desired]],
    tz: ZoneInfo,
    *,
    currency: str,
    tier: str | None,
    discount: dict[str, Any] | None,
    booked_on: Date,
) -> Price:
    """The price of the lines as they should be; raises Invalid where a component has no price (S3-20)."""
    return quote(
        [
            LineToPrice(
                line=line.position,
                sold=line.sold,
                participants=line.participants,
                start=wall_of(tz, line.start)[0],
                portions=portions_of(line, desired),
            )
            for line, desired in lines
        ],
        currency=currency,
        tier=tier,
        discount=msgspec.convert(discount, Discount) if discount is not None else None,
        booked_on=booked_on,
    )


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
