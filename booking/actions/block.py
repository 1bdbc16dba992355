"""A resource out of use for a while, and back into use. Never under the feet of those who booked it."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import AllocationRow
from booking.day_locks import lock_days
from booking.day_rows import Day, days_of
from booking.desk import Desk
from booking.events import Happening, publish
from booking.orders import OrderRow
from catalog.errors import Conflict, NotFound
from catalog.opening import leaves
from catalog.queries import StoredBlock, StoredVenue
from catalog.service import create_block, remove_block
from catalog.specs import Catalog
from catalog.times import instant

SHOWN = 5
BeforeCommit = Callable[[AsyncSession, StoredBlock], Awaitable[None]]


class Standing(NamedTuple):
    """A booking that holds the resource; `during` with buffers; `number` is the order's."""

    booking: uuid.UUID
    during: Range[datetime]
    order: uuid.UUID
    number: int


class BookingsStandThere(Conflict):
    """Bookings hold the resource in that time; `bookings` are their ids."""

    code = "bookings_stand_there"

    def __init__(self, sentence: str, bookings: tuple[uuid.UUID, ...]) -> None:
        super().__init__(sentence)
        self.bookings = bookings


async def block(
    desk: Desk,
    venue: StoredVenue,
    resource: str,
    start: int,
    end: int,
    note: str,
    *,
    before_commit: BeforeCommit,
) -> StoredBlock:
    """Takes the resource out of use in [start, end). Raises BookingsStandThere; NotFound: another key."""
    if venue.catalog.resource(resource) is None:
        raise NotFound(f"'{venue.key}' has no resource '{resource}'.")
    days = days_of_block(venue, resource, start, end)
    async with desk.sessions.begin() as session:
        await lock_days(session, venue.id, days)
        stored = await put_block(session, desk, venue, resource, start, end, note)
        await before_commit(session, stored)
    return stored


async def put_block(
    session: AsyncSession,
    desk: Desk,
    venue: StoredVenue,
    resource: str,
    start: int,
    end: int,
    note: str,
) -> StoredBlock:
    """The block, written by a transaction that has locked its days; raises BookingsStandThere."""
    await _refuse_where_bookings_stand(session, desk, venue, resource, start, end)
    now = desk.now()
    made = await create_block(session, venue, resource, start, end, note, now)
    happening = Happening(kind="block", data={"resource": resource, "block": str(made)})
    await publish(session, venue.id, [happening], now=now)
    return StoredBlock(id=made, resource=resource, start=start, end=end, note=note)


async def unblock(
    desk: Desk,
    venue: StoredVenue,
    block_id: uuid.UUID,
    resource: str,
    *,
    before_commit: Callable[[AsyncSession], Awaitable[None]],
) -> None:
    """Puts the resource back into use; raises NotFound where the block is gone already."""
    now = desk.now()
    async with desk.sessions.begin() as session:
        await remove_block(session, venue.id, block_id, now)
        happening = Happening(kind="unblock", data={"resource": resource, "block": str(block_id)})
        await publish(session, venue.id, [happening], now=now)
        await before_commit(session)


def days_of_block(venue: StoredVenue, resource: str, start: int, end: int) -> frozenset[Day]:
    """What a writer of any booking that the block concerns locks as well."""
    return frozenset(
        day
        for leaf in leaves(venue.catalog, resource)
        for day in days_of(venue.resource_ids[leaf], start, end)
    )


async def standing(
    session: AsyncSession, venue: StoredVenue, resource: str, start: int, end: int, now: datetime
) -> list[Standing]:
    """What holds the resource, or what it is a part of, in that time, the earliest first."""
    same = (OrderRow.venue_id == AllocationRow.venue_id) & (OrderRow.id == AllocationRow.order_id)
    concerned = [venue.resource_ids[key] for key in _with_wholes(venue.catalog, resource)]
    found = await session.execute(
        select(AllocationRow.booking_id, AllocationRow.during, OrderRow.id, OrderRow.number)
        .join(OrderRow, same)
        .where(
            AllocationRow.venue_id == venue.id,
            AllocationRow.chosen_id.in_(concerned),
            AllocationRow.during.op("&&")(Range(instant(start), instant(end))),
            ~((OrderRow.status == "held") & (OrderRow.held_until <= now)),
        )
        .order_by(AllocationRow.during)
    )
    return [Standing(*row) for row in found]


async def _refuse_where_bookings_stand(
    session: AsyncSession, desk: Desk, venue: StoredVenue, resource: str, start: int, end: int
) -> None:
    found = await standing(session, venue, resource, start, end, desk.now())
    bookings = {one.booking: (one.during, one.number) for one in found}
    if not bookings:
        return
    spec = venue.catalog.resource(resource)
    told = [f"order {number} ({_shown(during, venue)})" for during, number in list(bookings.values())[:SHOWN]]
    more = f" and {len(bookings) - SHOWN} more" if len(bookings) > SHOWN else ""
    raise BookingsStandThere(
        f"{spec.label if spec else resource} is booked in that time: {', '.join(told)}{more}. "
        "Move or cancel these first.",
        tuple(bookings),
    )


def _shown(during: Range[datetime], venue: StoredVenue) -> str:
    return "" if during.lower is None else f"{during.lower.astimezone(venue.tz):%Y-%m-%d %H:%M}"


def _with_wholes(catalog: Catalog, resource: str) -> tuple[str, ...]:
    """The resource and every divisible one that it is a part of: what is unusable without it."""
    wholes = [w.key for w in catalog.resources if resource in w.parts]
    return (resource, *(key for whole in wholes for key in _with_wholes(catalog, whole)))
