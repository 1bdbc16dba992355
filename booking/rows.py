"""An order as rows: what of the value stands in columns, for the database to find, join and guard it by."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy.dialects.postgresql import Range

from booking.lines import Allocation, Booking, Line, Order
from booking.places import EVERY
from catalog.base import new_id
from catalog.errors import Conflict
from catalog.opening import leaves
from catalog.queries import StoredVenue
from catalog.times import DAY, Interval, instant, minute

Row = dict[str, Any]


_DECODER = msgspec.json.Decoder(Order)


def read_order(value: str | bytes) -> Order:
    """The order of the JSON text that a version keeps."""
    return _DECODER.decode(value)


def settled(order: Order) -> Order:
    """The order as it is kept: what is cancelled holds nothing, allocations stand in one order."""
    return replace(
        order, lines=tuple(replace(n, bookings=tuple(map(_settled, n.bookings))) for n in order.lines)
    )


def _settled(booking: Booking) -> Booking:
    held = sorted(booking.allocations, key=lambda a: (a.need, a.resource)) if booking.active else ()
    return replace(booking, allocations=tuple(held))


def expired(order: Order, now: datetime) -> bool:
    """Whether it was held, and its time is over."""
    if order.status != "held" or order.held_until is None:
        return False
    return datetime.fromtimestamp(order.held_until, UTC) <= now


def as_of(order: Order, now: datetime) -> Order:
    """The order as it reads at this instant: a hold that has expired is cancelled (placement.md, 4)."""
    return cancelled(order) if expired(order, now) else order


def cancelled(order: Order) -> Order:
    """The order with everything on it cancelled, holding and costing nothing; its times stay to be read."""

    def gone(line: Line) -> Line:
        bookings = tuple(
            replace(b, status="cancelled", allocations=(), sequence=b.sequence + b.active)
            for b in line.bookings
        )
        return replace(line, status="cancelled", bookings=bookings)

    nothing = order.total * 0  # with the currency's decimals
    price: Row = {"total": str(nothing), "lines": [], "discount": None, "taxes": [], "installments": []}
    return replace(order, status="cancelled", lines=tuple(map(gone, order.lines)), price=price, total=nothing)


def holdings(order: Order | None) -> dict[uuid.UUID, tuple[Allocation, ...]]:
    """What each booking of the order holds; those that hold nothing are left out."""
    bookings = order.bookings if order is not None else ()
    return {b.id: b.allocations for b in bookings if b.active and b.allocations}


def reach(order: Order) -> tuple[int, int]:
    """From the first to the last minute of its lines' starts and of what is booked, buffers included.

    Goods without a time count at that of the line on their day.
    """
    at = [(n.start, n.start + 1) for n in order.lines]
    for line in order.lines:
        for b in line.bookings:
            if b.active and b.start is not None:
                at.append((b.start, b.end or b.start + 1))
                at += [(a.start, a.end) for a in b.allocations]
            elif b.active and (component := line.sold.component(b.component)) is not None:
                same_time = line.start + (component.day - 1) * DAY
                at.append((same_time, same_time + 1))
    return min(start for start, _ in at), max(end for _, end in at)


def minutes_of(during: Range[datetime]) -> Interval:
    """The interval of a row of `allocation`."""
    assert during.lower is not None  # noqa: S101 - a CHECK of the table
    assert during.upper is not None  # noqa: S101
    return minute(during.lower), minute(during.upper)


def during_of(start: int, end: int) -> str:
    """The interval as it is written."""
    return f"[{instant(start).isoformat()},{instant(end).isoformat()})"


def order_row(venue_id: uuid.UUID, order: Order, now: datetime) -> Row:
    """The row of `orders`, as if it were created now."""
    start, end = reach(order)
    return {
        "venue_id": venue_id,
        "id": order.id,
        "number": order.number,
        "version": order.version,
        "status": order.status,
        "held_until": None if order.held_until is None else datetime.fromtimestamp(order.held_until, UTC),
        "customer_id": order.customer,
        "total": order.total,
        "feed_token": order.feed_token,
        "starts_at": instant(start),
        "ends_at": instant(end),
        "created_at": now,
        "updated_at": now,
    }


def line_rows(venue_id: uuid.UUID, order: Order | None) -> dict[uuid.UUID, Row]:
    """The rows of `order_line` by their id."""
    if order is None:
        return {}
    return {
        n.id: {
            "venue_id": venue_id,
            "id": n.id,
            "order_id": order.id,
            "position": n.position,
            "package": n.sold.package.key,
            "start_at": instant(n.start),
            "participants": n.participants,
            "status": n.status,
        }
        for n in order.lines
    }


def booking_rows(venue_id: uuid.UUID, order: Order | None) -> dict[uuid.UUID, Row]:
    """The rows of `booking` by their id, without the instant of their last change."""
    if order is None:
        return {}
    names = {line.id: {g.number: g.name for g in line.guests} for line in order.lines}
    return {
        b.id: {
            "venue_id": venue_id,
            "id": b.id,
            "order_id": order.id,
            "line_id": line.id,
            "position": position,
            "component": b.component,
            "product": b.product,
            "goods": b.goods,
            "guests": b.guests,
            "quantity": b.quantity,
            "start_at": None if b.start is None else instant(b.start),
            "end_at": None if b.end is None else instant(b.end),
            "status": b.status,
            "message": b.message,
            "locked": b.locked,
            "place": b.place,
            "overrides": b.overrides,
            "warnings": b.warnings,
            "sequence": b.sequence,
            "names": [name for n in b.guests if (name := names[line.id].get(n))],
        }
        for line in order.lines
        for position, b in enumerate(line.bookings)
    }


def allocation_rows(
    venue: StoredVenue, order: uuid.UUID, booking: uuid.UUID, allocations: Iterable[Allocation]
) -> Iterator[Row]:
    """The rows of `allocation`, one for each leaf: `start` and `end` for `during`, places not numbered yet.

    What guests share holds the parts whole if it has been divided since. Raises Conflict for a resource that
    the venue no longer has.
    """
    for a in allocations:
        for leaf in leaves(venue.catalog, a.resource):
            spec = venue.catalog.resource(leaf)
            if spec is None:
                raise Conflict(f"{a.resource} is no longer in use.", code="resource_retired")
            shared = a.use == "shared" and leaf == a.resource
            yield {
                "venue_id": venue.id,
                "id": new_id(),
                "booking_id": booking,
                "order_id": order,
                "resource_id": venue.resource_ids[leaf],
                "chosen_id": venue.resource_ids[a.resource],
                "pool": a.pool,
                "need": a.need,
                "use": "seated" if a.use == "shared" and not shared else a.use,
                "quantity": a.places if shared else 1,
                "capacity": spec.capacity,
                "places": EVERY,
                "start": a.start,
                "end": a.end,
            }
