"""What is served where something else takes place follows it: moved and cancelled with it (S3-17, P11)."""

import uuid
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from booking.case import hosts
from booking.expand import Delivery, Session, expand
from booking.lines import Adjustment, Booking, DayTime, Line
from catalog.times import DAY, wall_of


def moved(
    line: Line,
    tz: ZoneInfo,
    booking_id: uuid.UUID,
    to: DayTime,
    leave: set[str] | frozenset[str] = frozenset(),
) -> Line:
    """The line with a booking at another time, and what is associated by the same days and minutes (S3-17).

    Locked ones and components in `leave` stay where they are.
    """
    booking = next(b for b in line.bookings if b.id == booking_id)
    first = wall_of(tz, line.start)[0]
    followers = associated(line, tz, booking)
    line = _replace_booking(line, replace(booking, adjusted=to))
    if booking.start is None:
        return line
    on, minutes = wall_of(tz, booking.start)
    days, shift = to.day - ((on - first).days + 1), to.minutes - minutes
    for follower in followers:
        if follower.locked or follower.start is None or follower.component in leave:
            continue
        on, minutes = wall_of(tz, follower.start)
        total = ((on - first).days + 1 + days) * DAY + minutes + shift
        line = moved(line, tz, follower.id, DayTime(total // DAY, total % DAY), leave)
    return line


def associated(line: Line, tz: ZoneInfo, host: Booking) -> list[Booking]:
    """The bookings whose host this one is: services that share a guest; goods with the first of the
    component.
    """
    desired = expand(line, tz)
    found: list[Session | Delivery] = []
    for session, index in zip(desired.sessions, hosts(desired.sessions), strict=True):
        if index is None:
            continue
        at = desired.sessions[index].was
        if at is not None and at.id == host.id:
            found.append(session)
    for delivery in desired.deliveries:
        first = first_of(desired.sessions, desired.deliveries, delivery.host)
        if first is not None and first.was is not None and first.was.id == host.id:
            found.append(delivery)
    return [one.was for one in found if one.was is not None]


def first_of(
    sessions: Sequence[Session], deliveries: Sequence[Delivery], component: str | None
) -> Session | Delivery | None:
    """The first session or delivery of a component."""
    everything: tuple[Session | Delivery, ...] = (*sessions, *deliveries)
    return next((one for one in everything if one.component == component), None) if component else None


def without_booking(line: Line, tz: ZoneInfo, booking: Booking) -> Line:
    """One booking cancelled, and what is associated with it (S3-17); its guests do not come back to it.

    Goods go when no session of their host is left. A component with nothing left is cancelled for good.
    """
    followers = associated(line, tz, booking)
    component = line.sold.component(booking.component)
    adjustment = line.adjustments.get(booking.component, Adjustment())
    others = [
        b for b in line.bookings if b.active and b.component == booking.component and b.id != booking.id
    ]
    if component is None or component.quantity == "one" or not others:
        adjustment = replace(adjustment, cancelled=True)
    else:
        leaving = tuple(n for n in booking.guests if n not in adjustment.excluded)
        adjustment = replace(adjustment, excluded=(*adjustment.excluded, *leaving))
    line = replace(line, adjustments={**line.adjustments, booking.component: adjustment})
    for follower in followers:
        if follower.goods and others:
            continue
        still = next(b for b in line.bookings if b.id == follower.id)
        line = without_booking(line, tz, still)
    return line


def _replace_booking(line: Line, booking: Booking) -> Line:
    return replace(line, bookings=tuple(booking if b.id == booking.id else b for b in line.bookings))
