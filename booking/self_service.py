"""What customers may do to their own orders, and until when: the venue's rules, apart from who asks how."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct

from booking.lines import Guest, Order
from booking.requests import ChangeRequest
from catalog.errors import Conflict, NotAllowed
from catalog.times import clock_text, minute, wall_of

OWN_FIELDS = ("participants", "remove_guests", "start", "guests", "plan")
"""Of a change: what customers may ask for themselves. The rest is for staff."""


class Rights(Struct, frozen=True, kw_only=True):
    """What may be done now. `until`: to when times and numbers may be changed, minutes since the epoch."""

    change: bool
    cancel: bool
    guests: bool
    until: int


def rights(order: Order, notice_hours: int, now: datetime) -> Rights:
    """Changes until so many hours before the first thing booked.

    Where every package was sold with terms of cancellation, it can be cancelled, at their price, until it
    begins. Names, diets and wishes can be told until then too.
    """
    starts = [b.start for b in order.bookings if b.active and b.start is not None]
    starts += [line.start for line in order.lines if line.status != "cancelled" and not starts]
    begin = min(starts, default=0)
    until = begin - 60 * notice_hours
    standing = [line for line in order.lines if line.status != "cancelled"]
    firm, at = order.status == "confirmed", minute(now)
    has_terms = bool(standing) and all(line.sold.cancellation for line in standing)
    return Rights(
        change=firm and at < until,
        cancel=firm and (at < until or (has_terms and at < begin)),
        guests=firm and at < begin,
        until=until,
    )


def check_own_change(
    order: Order, request: ChangeRequest, tz: ZoneInfo, notice_hours: int, now: datetime
) -> None:
    """Raises NotAllowed for what only staff may ask, Conflict (code too_late) within the notice."""
    foreign = [
        name
        for name in ChangeRequest.__struct_fields__
        if name not in OWN_FIELDS and getattr(request, name) not in (UNSET, ())
    ]
    if foreign:
        raise NotAllowed(
            f"Customers may change {', '.join(OWN_FIELDS[:4])}; {', '.join(foreign)} only staff."
        )
    may = rights(order, notice_hours, now)
    if may.change or order.status == "cancelled":  # the action itself says that it is cancelled
        return
    named = any(only_names(line.guests, request) for line in order.lines if line.status != "cancelled")
    if not (may.guests and named):
        raise too_late(order, tz, may.until, "changed")


def check_own_cancel(order: Order, tz: ZoneInfo, notice_hours: int, now: datetime) -> None:
    """Raises Conflict (code too_late) where customers cannot cancel any more."""
    may = rights(order, notice_hours, now)
    if not may.cancel and order.status != "cancelled":
        raise too_late(order, tz, may.until, "cancelled")


def too_late(order: Order, tz: ZoneInfo, until: int, what: str) -> Conflict:
    """The refusal of what only the venue can still do."""
    if order.status == "held":
        return Conflict(f"Order {order.number} is not confirmed yet; please contact the venue.", code="held")
    day, minutes = wall_of(tz, until)
    return Conflict(
        f"Order {order.number} could be {what} online until {day.isoformat()} {clock_text(minutes)};"
        " please contact the venue.",
        code="too_late",
    )


def only_names(guests: Sequence[Guest], request: ChangeRequest) -> bool:
    """Whether it only says who these guests are, so that nothing has to be placed again."""
    if request.guests is UNSET or request.participants is not UNSET or request.start is not UNSET:
        return False
    if request.remove_guests or request.components or len(request.guests) > len(guests):
        return False
    return all(
        (wish.required, wish.preferred, wish.choices) == (guest.required, guest.preferred, guest.choices)
        for wish, guest in zip(request.guests, guests, strict=False)
    )
