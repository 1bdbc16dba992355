"""Orders, bookings and customers as sent: values in the shapes of api.shapes, by the venue's clock."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import UNSET

from api.bills import bill
from api.given_shapes import GivenView, TicketView
from api.shapes import (
    AdjustedStart,
    AdjustmentView,
    AllocationView,
    BookingView,
    ChangeView,
    CustomerView,
    GuestView,
    LineView,
    OrderView,
)
from booking.lines import Adjustment, Booking, Guest, Line, Order
from booking.outcome import BookingChange, Outcome
from catalog.times import clock_text, local
from pricing.customers import Customer
from pricing.payments import Payment


def order_view(
    order: Order,
    tz: ZoneInfo,
    *,
    customer: Customer | None,
    payments: Sequence[Payment],
    tickets: Sequence[TicketView] = (),
    credits: Sequence[GivenView] = (),
    today: date,
    base_url: str,
    version: int | None = None,
) -> OrderView:
    """The order by the venue's clock; `version`: of the answer, where the order does not have it yet."""
    version = order.version if version is None else version
    lines = [_line(line, tz) for line in order.lines]
    single: dict[str, Any] = {}
    if len(lines) == 1:
        only = lines[0]
        single = {
            "package": only.package,
            "product": only.product,
            "participants": only.participants,
            "start": only.start,
        }
    return OrderView(
        id=order.id,
        number=order.number or None,
        version=version,
        status=order.status,
        held_until=held_until(order, tz),
        **single,
        end=max((line.end for line in lines if line.status != "cancelled"), default=lines[-1].end),
        customer=None if customer is None else customer_view(customer),
        note=order.note,
        discount=order.discount,
        lines=lines,
        guests=[_guest(guest, line) for line in order.lines for guest in line.guests],
        bookings=[
            booking_view(b, tz, order=order.id, line=line.id, version=version)
            for line in order.lines
            for b in line.bookings
        ],
        use_credits=order.use_credits,
        price=order.price,
        **bill(order, payments, tz, today),
        tickets=list(tickets),
        credits=list(credits),
        calendar_url=f"{base_url}/ical/{order.feed_token}.ics" if order.feed_token else None,
        optimal=order.optimal,
    )


def booking_view(
    booking: Booking, tz: ZoneInfo, *, order: uuid.UUID, line: uuid.UUID, version: int
) -> BookingView:
    """One booking by the venue's clock."""
    return BookingView(
        id=booking.id,
        version=version,
        order=order,
        line=line,
        component=booking.component,
        product=booking.product,
        quantity=booking.quantity,
        guests=booking.guests,
        start=None if booking.start is None else local(tz, booking.start),
        end=None if booking.end is None else local(tz, booking.end),
        status=booking.status,
        message=booking.message,
        locked=booking.locked,
        place=booking.place,
        warnings=booking.warnings,
        allocations=[
            AllocationView(
                resource=a.resource,
                pool=a.pool,
                use=a.use,
                places=a.places,
                start=local(tz, a.start),
                end=local(tz, a.end),
            )
            for a in booking.allocations
        ],
    )


def changes_view(outcome: Outcome, tz: ZoneInfo) -> list[ChangeView]:
    """What the change did to each booking, in the order of the outcome."""
    known = (*outcome.orders, *(order for order in outcome.before if order is not None))
    homes: dict[uuid.UUID, tuple[Order, Line]] = {}
    for order in reversed(known):
        homes |= {b.id: (order, line) for line in order.lines for b in line.bookings}

    def shown(change: BookingChange, booking: Booking | None) -> BookingView | None:
        if booking is None:
            return None
        order, line = homes[change.booking]
        return booking_view(booking, tz, order=order.id, line=line.id, version=order.version)

    return [
        ChangeView(
            kind=change.kind,
            booking=change.booking,
            component=(change.now or change.was or _nothing()).component,
            was=shown(change, change.was),
            now=shown(change, change.now),
        )
        for change in outcome.changes
    ]


def held_until(order: Order, tz: ZoneInfo) -> datetime | None:
    """When its hold ends; None for an order that is not held."""
    if order.status != "held" or order.held_until is None:
        return None
    return datetime.fromtimestamp(order.held_until, tz)


def customer_view(customer: Customer) -> CustomerView:
    return CustomerView(
        id=customer.id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        tier=customer.tier,
        language=customer.language,
    )


def _line(line: Line, tz: ZoneInfo) -> LineView:
    key = line.sold.package.key
    return LineView(
        id=line.id,
        package=UNSET if line.sold.single else key,
        product=key if line.sold.single else UNSET,
        name=line.sold.package.label,
        participants=line.participants,
        start=local(tz, line.start),
        end=local(tz, _end(line)),
        status=line.status,
        discount=line.discount,
        adjustments={component: _adjustment(a) for component, a in line.adjustments.items()},
    )


def _end(line: Line) -> int:
    """When the last of it ends: of what is not cancelled, where anything is not."""

    def ends(bookings: Iterable[Booking]) -> list[int]:
        return [at for b in bookings if (at := b.start if b.end is None else b.end) is not None]

    return max(ends(b for b in line.bookings if b.active) or ends(line.bookings) or [line.start])


def _adjustment(adjustment: Adjustment) -> AdjustmentView:
    at = adjustment.start
    return AdjustmentView(
        difference=adjustment.difference,
        excluded=adjustment.excluded,
        start=None if at is None else AdjustedStart(day=at.day, time=clock_text(at.minutes)),
        message=adjustment.message,
        cancelled=adjustment.cancelled,
        unit_price=adjustment.unit_price,
        duration_minutes=adjustment.duration_minutes,
    )


def _guest(guest: Guest, line: Line) -> GuestView:
    return GuestView(
        line=line.id,
        number=guest.number,
        name=guest.name,
        email=guest.email,
        note=guest.note,
        required=guest.required,
        preferred=guest.preferred,
        choices=guest.choices,
    )


def _nothing() -> Booking:
    raise ValueError("a change of a booking has a before or an after")
