"""From orders to what the house has to serve: quantities by time and place."""

from collections.abc import Iterable
from datetime import date as Date  # noqa: N812 - as in pricing.quote
from datetime import timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from booking.lines import Booking, Line, Order, Status
from catalog.times import wall, wall_of


class Served(Struct, frozen=True, kw_only=True):
    """So much of a product at a time and place, for one order. Units of goods, guests of a service.

    `place`: the key of the resource; `start` None: some time of the day.
    """

    day: Date
    start: int | None
    end: int | None
    place: str | None
    what: str
    quantity: int
    participants: int
    order: int
    customer: str
    status: Status
    message: str


def served(orders: Iterable[tuple[Order, str]], tz: ZoneInfo, first: int, last: int) -> tuple[Served, ...]:
    """What begins in [first, last), by time; `orders` come with the names of their customers.

    What is the same at the same time and place of one order is one entry.
    """
    summed: dict[tuple[object, ...], Served] = {}
    for order, customer in orders:
        for line in order.lines:
            for booking in line.bookings:
                if not booking.active or not booking.quantity:
                    continue
                entry = _served(order, line, booking, customer, tz)
                if not first <= (wall(tz, entry.day, 0) if entry.start is None else entry.start) < last:
                    continue
                key = (order.id, line.id, booking.component, *_but_quantity(entry))
                known = summed.get(key)
                summed[key] = replace(known, quantity=known.quantity + entry.quantity) if known else entry
    return tuple(sorted(summed.values(), key=lambda e: (e.day, e.start or 0, e.place or "", e.order, e.what)))


def _served(order: Order, line: Line, booking: Booking, customer: str, tz: ZoneInfo) -> Served:
    component = line.sold.component(booking.component)
    if booking.start is not None:
        day = wall_of(tz, booking.start)[0]
    else:
        day = wall_of(tz, line.start)[0] + timedelta(days=component.day - 1 if component else 0)
    return Served(
        day=day,
        start=booking.start,
        end=booking.end,
        place=booking.place,
        what=line.sold.products[booking.product].label,
        quantity=booking.quantity * (component.count if component and booking.goods else 1),
        participants=line.participants,
        order=order.number,
        customer=customer,
        status=order.status,
        message=booking.message,
    )


def _but_quantity(entry: Served) -> tuple[object, ...]:
    return entry.day, entry.start, entry.end, entry.place, entry.what, entry.message
