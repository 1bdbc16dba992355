"""What is answered: orders, bookings, slots, calendars, customers, as sent (contract.md).

Instants carry the venue's offset, amounts are strings. A booking's version is that of its order.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from msgspec import UNSET, Struct, UnsetType

from booking.lines import Adjustment, Booking, Guest, Line, Order, Status
from booking.outcome import BookingChange, Outcome
from catalog.specs import Use
from catalog.times import clock_text, local
from pricing.customers import Customer


class View(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of an answer."""


class CustomerView(View, frozen=True, kw_only=True):
    """Who pays."""

    id: uuid.UUID
    name: str
    email: str
    phone: str
    tier: str | None


class AllocationView(View, frozen=True, kw_only=True):
    """A resource held, buffers included: the one chosen, not its parts."""

    resource: str
    pool: str
    use: Use
    places: int
    start: datetime
    end: datetime


class BookingView(View, frozen=True, kw_only=True):
    """One session of a service, or one delivery of goods (`end` null)."""

    id: uuid.UUID
    version: int
    order: uuid.UUID
    line: uuid.UUID
    component: str
    product: str
    quantity: int
    guests: tuple[int, ...]
    start: datetime | None
    end: datetime | None
    status: Status
    message: str
    locked: bool
    place: str | None
    warnings: tuple[str, ...]
    allocations: list[AllocationView]


class GuestView(View, frozen=True, kw_only=True):
    """One of the participants of a line, by number."""

    line: uuid.UUID
    number: int
    name: str
    required: dict[str, str]
    preferred: dict[str, str]
    choices: dict[str, str]


class AdjustedStart(View, frozen=True, kw_only=True):
    """A time that staff gave a component: day 1 is the first date of its line."""

    day: int
    time: str


class AdjustmentView(View, frozen=True, kw_only=True):
    """What staff made of a component: the difference that is kept, and who does not take part."""

    difference: int
    excluded: tuple[int, ...]
    start: AdjustedStart | None
    message: str
    cancelled: bool


class LineView(View, frozen=True, kw_only=True):
    """One package (or single product) on an order."""

    id: uuid.UUID
    package: str | UnsetType = UNSET
    product: str | UnsetType = UNSET
    name: str
    participants: int
    start: datetime
    end: datetime
    status: Status
    adjustments: dict[str, AdjustmentView]


class ChangeView(View, frozen=True, kw_only=True):
    """What became of one booking."""

    kind: Literal["added", "moved", "reassigned", "resized", "cancelled"]
    booking: uuid.UUID
    component: str
    was: BookingView | None
    now: BookingView | None


class OrderView(View, frozen=True, kw_only=True):
    """An order, whole. `package` (or `product`), `participants` and `start` where it has a single line."""

    id: uuid.UUID
    number: int | None
    version: int
    status: Status
    held_until: datetime | None
    package: str | UnsetType = UNSET
    product: str | UnsetType = UNSET
    participants: int | UnsetType = UNSET
    start: datetime | UnsetType = UNSET
    end: datetime
    customer: CustomerView | None
    note: str
    discount: dict[str, Any] | None
    lines: list[LineView]
    guests: list[GuestView]
    bookings: list[BookingView]
    price: dict[str, Any]
    calendar_url: str | None
    optimal: bool
    changes: list[ChangeView] | UnsetType = UNSET
    price_difference: Decimal | UnsetType = UNSET
    warnings: tuple[str, ...] | UnsetType = UNSET
    plan: str | UnsetType = UNSET


class OrdersView(View, frozen=True, kw_only=True):
    """Several orders changed at once."""

    orders: list[OrderView]
    changes: list[ChangeView]
    price_difference: Decimal
    warnings: tuple[str, ...]
    plan: str | UnsetType = UNSET


class OrderPage(View, frozen=True, kw_only=True):
    """A page of orders."""

    items: list[OrderView]
    next: str | None


class VersionView(View, frozen=True, kw_only=True):
    """One version of an order: what was done, and by whom."""

    version: int
    at: datetime
    what: str
    role: str
    by: str


class HistoryView(View, frozen=True, kw_only=True):
    """The versions of an order, in order."""

    items: list[VersionView]
    next: None


class CustomerPage(View, frozen=True, kw_only=True):
    """A page of customers."""

    items: list[CustomerView]
    next: str | None


class SlotView(View, frozen=True, kw_only=True):
    """A start; `end` where it is the same for every placement."""

    start: datetime
    end: datetime | None


class SlotsView(View, frozen=True, kw_only=True):
    """Every start that can be booked. Not `complete`: from `unknown_from` on it is not known."""

    slots: list[SlotView]
    complete: bool
    unknown_from: datetime | None
    next: datetime | None
    refused: list[dict[str, Any]] | UnsetType = UNSET


class OpenView(View, frozen=True, kw_only=True):
    """An interval of a calendar."""

    start: datetime
    end: datetime


class BlockView(View, frozen=True, kw_only=True):
    """A resource out of use."""

    id: uuid.UUID
    resource: str
    start: datetime
    end: datetime
    note: str


class RowView(View, frozen=True, kw_only=True):
    """A resource of the calendar, and when it is open in the range."""

    key: str
    name: str
    kind: str
    pools: tuple[str, ...]
    capacity: int
    parts: tuple[str, ...]
    open: list[OpenView]
    blocks: list[BlockView]


class EntryView(View, frozen=True, kw_only=True):
    """A resource held by a booking, buffers included; the booking itself is [`start`, `end`)."""

    resource: str
    held_from: datetime
    held_to: datetime
    use: Use
    places: int
    booking: uuid.UUID
    order: uuid.UUID
    number: int
    line: uuid.UUID
    component: str
    product: str
    name: str
    customer: str
    package: str
    guests: tuple[int, ...]
    guest_names: tuple[str, ...]
    participants: int
    quantity: int
    start: datetime
    end: datetime
    status: Status
    held_until: datetime | None
    message: str
    locked: bool
    warnings: tuple[str, ...]


class CalendarView(View, frozen=True, kw_only=True):
    """What the reception page draws. `event`: the last event in it; the stream goes on `after` it."""

    start: datetime
    end: datetime
    time_zone: str
    grid_minutes: int
    event: int
    resources: list[RowView]
    entries: list[EntryView]


def order_view(
    order: Order,
    tz: ZoneInfo,
    *,
    customer: Customer | None,
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
        price=order.price,
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
    )


def _guest(guest: Guest, line: Line) -> GuestView:
    return GuestView(
        line=line.id,
        number=guest.number,
        name=guest.name,
        required=guest.required,
        preferred=guest.preferred,
        choices=guest.choices,
    )


def _nothing() -> Booking:
    raise ValueError("a change of a booking has a before or an after")
