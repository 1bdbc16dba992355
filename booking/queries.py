"""Reading orders and what they hold. A hold that has expired by `now` reads as cancelled, holding nothing."""

import uuid
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Text, and_, cast, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import BookingRow
from booking.events import EventRow
from booking.lines import Allocation, Booking, Line, Order, Status
from booking.occupancy import Held
from booking.orders import REACH, OrderLineRow, OrderRow, OrderVersionRow
from booking.rows import as_of, read_order
from catalog.errors import Invalid, NotFound
from catalog.queries import StoredVenue
from catalog.times import Interval, instant, minute
from catalog.venues import Venue
from pricing.customers import Customer


class Entry(Struct, frozen=True, kw_only=True):
    """Something that stands in the calendar: a resource held by a booking. `customer` is the name."""

    order: Order
    line: Line
    booking: Booking
    allocation: Allocation
    customer: str


async def load_order(session: AsyncSession, venue: StoredVenue, order_id: uuid.UUID, now: datetime) -> Order:
    """The order as it reads now; raises NotFound."""
    for order in await load_orders(session, venue, [order_id], now):
        return order
    raise NotFound("There is no such order.")


async def load_orders(
    session: AsyncSession, venue: StoredVenue, ids: Collection[uuid.UUID], now: datetime
) -> tuple[Order, ...]:
    """Those of the orders that exist, by their ids."""
    statement = present_values(venue.id).where(OrderRow.id.in_(ids)).order_by(OrderRow.id)
    return tuple(as_of(read_order(value), now) for value in await session.scalars(statement))


def present_values(venue_id: uuid.UUID) -> Select[str]:
    """The present value of orders, as JSON text."""
    present = and_(
        OrderVersionRow.venue_id == OrderRow.venue_id,
        OrderVersionRow.order_id == OrderRow.id,
        OrderVersionRow.version == OrderRow.version,
    )
    values = select(cast(OrderVersionRow.value, Text)).select_from(OrderRow)
    return values.join(OrderVersionRow, present).where(OrderRow.venue_id == venue_id)


async def locate_order(
    session: AsyncSession, organisation_id: uuid.UUID, order_id: uuid.UUID
) -> tuple[uuid.UUID, uuid.UUID]:
    """The venue and the order; raises NotFound, also for those of other organisations."""
    return await _locate(session, organisation_id, OrderRow, OrderRow.id, order_id, "order")


async def locate_line(
    session: AsyncSession, organisation_id: uuid.UUID, line_id: uuid.UUID
) -> tuple[uuid.UUID, uuid.UUID]:
    """The venue and the order of the line; raises NotFound."""
    return await _locate(session, organisation_id, OrderLineRow, OrderLineRow.order_id, line_id, "line")


async def locate_booking(
    session: AsyncSession, organisation_id: uuid.UUID, booking_id: uuid.UUID
) -> tuple[uuid.UUID, uuid.UUID]:
    """The venue and the order of the booking; raises NotFound."""
    return await _locate(session, organisation_id, BookingRow, BookingRow.order_id, booking_id, "booking")


async def _locate(
    session: AsyncSession,
    organisation_id: uuid.UUID,
    entity: type[OrderRow] | type[OrderLineRow] | type[BookingRow],
    order: Any,
    wanted: uuid.UUID,
    noun: str,
) -> tuple[uuid.UUID, uuid.UUID]:
    venues = select(Venue.id).where(Venue.organisation_id == organisation_id)
    found = await session.execute(
        select(entity.venue_id, order).where(entity.venue_id.in_(venues), entity.id == wanted)
    )
    row = found.one_or_none()
    if row is None:
        raise NotFound(f"There is no such {noun}.")
    return row[0], row[1]


async def find_orders(
    session: AsyncSession,
    venue: StoredVenue,
    now: datetime,
    *,
    first: int | None = None,
    last: int | None = None,
    customer: uuid.UUID | None = None,
    status: Status | None = None,
    limit: int = 100,
    after: str | None = None,
) -> tuple[tuple[Order, ...], str | None]:
    """Orders that reach into [first, last), by their start, and the cursor of the next page."""
    statement = present_values(venue.id).add_columns(OrderRow.starts_at, OrderRow.id)
    if first is not None or last is not None:
        statement = statement.where(_reaches_into(first, last))
    if customer is not None:
        statement = statement.where(OrderRow.customer_id == customer)
    if status is not None:
        statement = statement.where(_reads_as(status, now))
    if after is not None:
        statement = statement.where(tuple_(OrderRow.starts_at, OrderRow.id) > tuple_(*_cursor(after)))
    statement = statement.order_by(OrderRow.starts_at, OrderRow.id).limit(limit + 1)
    rows = (await session.execute(statement)).all()
    orders = tuple(as_of(read_order(row[0]), now) for row in rows[:limit])
    more = f"{minute(rows[limit - 1][1])}.{rows[limit - 1][2]}" if len(rows) > limit else None
    return orders, more


def _reaches_into(first: int | None, last: int | None) -> ColumnElement[bool]:
    window = Range(None if first is None else instant(first), None if last is None else instant(last))
    return REACH.op("&&")(cast(window, TSTZRANGE))


def _reads_as(status: Status, now: datetime) -> ColumnElement[bool]:
    over = and_(OrderRow.status == "held", OrderRow.held_until <= now)
    if status == "cancelled":
        return or_(OrderRow.status == "cancelled", over)
    return and_(OrderRow.status == status, ~over) if status == "held" else OrderRow.status == status


def _cursor(after: str) -> tuple[datetime, uuid.UUID]:
    try:
        start, order_id = after.split(".")
        return instant(int(start)), uuid.UUID(order_id)
    except (ValueError, OverflowError):
        raise Invalid("`after` is not the `next` of an earlier page.") from None


class Occupancy(NamedTuple):
    """What stands in the way at some time: what is held of indivisible resources, and when which resources,
    by key, are out of use, each interval whole.
    """

    held: tuple[Held, ...]
    blocks: dict[str, tuple[Interval, ...]]


async def occupancy(
    session: AsyncSession,
    venue: StoredVenue,
    first: int,
    last: int,
    now: datetime,
    *,
    without: Collection[uuid.UUID] = (),
) -> Occupancy:
    """What stands in the way at some time in [first, last), but for the orders `without`. What has become a
    resource since the venue was read is left out.
    """
    given = {"venue": venue.id, "now": now, "without": list(without)}
    given |= {"first": instant(first), "last": instant(last)}
    held: list[Held] = []
    blocks: dict[str, tuple[Interval, ...]] = {}
    known = {of.bytes: key for of, key in venue.resource_keys.items()}
    for use, resources, places, *times, bookings in await session.execute(_OCCUPANCY, given):
        keys = map(known.get, np.frombuffer(resources, "V16").tolist())
        starts, ends = map(_minutes, times)
        if use is None:
            for key, start, end in zip(keys, starts, ends, strict=True):
                if key is not None:
                    blocks[key] = (*blocks.get(key, ()), (start, end))
        else:
            ids = (bookings[at : at + 36] for at in range(0, len(bookings), 36))
            rows = zip(keys, repeat(use), places, starts, ends, ids)
            held += map(Held._make, filter(itemgetter(0), rows))
    return Occupancy(tuple(held), blocks)


def _minutes(sent: bytes) -> list[int]:
    """Instants as PostgreSQL sends them, in microseconds since 2000, as minutes since the epoch."""
    found: list[int] = (np.frombuffer(sent, ">i8") // 60_000_000 + _MINUTES_TO_2000).tolist()
    return found


_MINUTES_TO_2000 = minute(datetime(2000, 1, 1, tzinfo=UTC))

# One row for each use, its columns in one piece: arrays for each resource take twice as long, and a row for
# each allocation takes several times that. Expired holds are few: they are looked up once, for all.
_OCCUPANCY = text("""
    SELECT a.use, string_agg(uuid_send(a.resource_id), ''), array_agg(a.quantity),
           string_agg(timestamptz_send(lower(a.during)), ''),
           string_agg(timestamptz_send(upper(a.during)), ''),
           string_agg(a.booking_id::text, '')
    FROM allocation a
    WHERE a.venue_id = :venue AND a.during && tstzrange(:first, :last)
      AND a.order_id <> ALL(:without)
      AND a.order_id NOT IN (SELECT o.id FROM orders o
                             WHERE o.venue_id = :venue AND o.status = 'held' AND o.held_until <= :now)
    GROUP BY a.use
    UNION ALL
    SELECT NULL, string_agg(uuid_send(b.resource_id), '' ORDER BY b.starts_at, b.id), NULL,
           string_agg(timestamptz_send(b.starts_at), '' ORDER BY b.starts_at, b.id),
           string_agg(timestamptz_send(b.ends_at), '' ORDER BY b.starts_at, b.id), NULL
    FROM block b
    WHERE b.venue_id = :venue AND b.removed_at IS NULL AND b.starts_at < :last AND b.ends_at > :first
    HAVING count(*) > 0
""")


async def calendar_entries(
    session: AsyncSession, venue: StoredVenue, first: int, last: int, now: datetime
) -> tuple[Entry, ...]:
    """What is held at some time in [first, last), as the reception sees it."""
    return tuple(
        Entry(order=order, line=line, booking=booking, allocation=allocation, customer=name)
        for order, name in await orders_reaching(session, venue, first, last, now)
        for line in order.lines
        for booking in line.bookings
        for allocation in booking.allocations
        if allocation.start < last and first < allocation.end
    )


async def orders_reaching(
    session: AsyncSession, venue: StoredVenue, first: int, last: int, now: datetime
) -> tuple[tuple[Order, str], ...]:
    """The orders that reach into [first, last), but for cancelled ones, with the names of their customers."""
    with_name = present_values(venue.id).add_columns(Customer.name).where(OrderRow.status != "cancelled")
    same = and_(Customer.venue_id == OrderRow.venue_id, Customer.id == OrderRow.customer_id)
    found = await session.execute(with_name.outerjoin(Customer, same).where(_reaches_into(first, last)))
    return tuple((as_of(read_order(value), now), name or "") for value, name in found)


async def events_since(
    session: AsyncSession, venue_id: uuid.UUID, seq: int, limit: int = 500
) -> Sequence[EventRow]:
    """The events after number `seq`, in order."""
    later = select(EventRow).where(EventRow.venue_id == venue_id, EventRow.seq > seq)
    return (await session.scalars(later.order_by(EventRow.seq).limit(limit))).all()
