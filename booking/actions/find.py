"""Reading the order that is to be changed, as it is now."""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from booking.lines import Booking, Line, Order
from booking.queries import load_order
from catalog.errors import Conflict, Invalid, NotFound, Stale
from catalog.queries import StoredVenue


async def present(
    session: AsyncSession,
    venue: StoredVenue,
    order_id: uuid.UUID,
    now: datetime,
    if_match: int | None,
    *,
    cancelled_too: bool = False,
) -> Order:
    """The order; raises NotFound, Stale (another version was expected), Conflict (it is cancelled)."""
    order = await load_order(session, venue, order_id, now)
    if if_match is not None and if_match != order.version:
        raise Stale(f"Order {order.number} is at version {order.version} now, not {if_match}: read it again.")
    if order.status == "cancelled" and not cancelled_too:
        raise Conflict(f"Order {order.number} is cancelled.", code="cancelled")
    return order


def line_of(order: Order, line_id: uuid.UUID) -> Line:
    """A line of the order that stands; raises NotFound, and Conflict where it is cancelled."""
    line = next((one for one in order.lines if one.id == line_id), None)
    if line is None:
        raise NotFound("There is no such line.")
    if line.status == "cancelled":
        raise Conflict("This line is cancelled.", code="cancelled")
    return line


def booking_of(order: Order, booking_id: uuid.UUID) -> tuple[Line, Booking]:
    """A standing booking of the order, and its line; raises NotFound, and Conflict where it is cancelled."""
    for line in order.lines:
        for booking in line.bookings:
            if booking.id == booking_id:
                if not booking.active:
                    raise Conflict(f"This booking of {booking.component} is cancelled.", code="cancelled")
                return line, booking
    raise NotFound("There is no such booking.")


def only_line(order: Order) -> Line:
    """The line of an order that has one; raises Invalid where there are several."""
    standing = [line for line in order.lines if line.status != "cancelled"]
    if len(standing) != 1:
        raise Invalid(
            f"Order {order.number} has several lines: change one of them at /lines/{{id}}.",
            code="several_lines",
        )
    return standing[0]


def with_line(order: Order, line: Line) -> tuple[Line, ...]:
    """The order's lines with this one in its place."""
    return tuple(line if one.id == line.id else one for one in order.lines)
