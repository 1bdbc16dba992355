"""When the catalog divides a hall, or joins it again, what was booked of it follows to its present parts.

Nobody loses a booking by it. Where two have the same then, both keep it (booking/crowding.py) and staff are
told; from then on the guard refuses whoever comes new, on the hall as on its parts.
"""

import dataclasses
import uuid
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import AllocationRow
from booking.bulk import write
from booking.crowded_days import allocations, resettle
from booking.day_locks import DaysWanted, day_rows, lock_days
from booking.day_rows import Day, days_of
from booking.queries import load_orders
from booking.rows import Row, allocation_rows
from catalog.errors import LostRace
from catalog.opening import leaves
from catalog.queries import StoredVenue
from catalog.specs import Catalog
from catalog.venues import VenueCounter

ATTEMPTS = 8


async def follow_parts(session: AsyncSession, venue: StoredVenue, before: Catalog, now: datetime) -> None:
    """Bring what is held from now on to the parts that the venue's catalog names, in this transaction.

    `before`: the resources as they were, retired ones too. Writers who still go by another catalog are turned
    away when they come to the venue's counter (booking/apply.py).
    """
    concerned = {
        r.key for r in venue.catalog.resources if leaves(venue.catalog, r.key) != leaves(before, r.key)
    }
    if not concerned:
        return
    places = concerned | {leaf for key in concerned for leaf in leaves(before, key)}
    here = AllocationRow.resource_id.in_([venue.resource_ids[key] for key in places])
    days: frozenset[Day] = frozenset()
    for _ in range(ATTEMPTS):
        attempt = await session.begin_nested()
        try:
            await _follow(session, venue, here, days, now)
            await attempt.commit()
            return
        except DaysWanted as wanted:
            days |= wanted.days
            await attempt.rollback()  # and with it the locks: they are taken anew, in order
    raise LostRace("Too many are booking at this moment; please read the catalog in again.")


def with_retired(venue: StoredVenue) -> Catalog:
    """The catalog with the resources that are no longer in it, as they were."""
    return replace(venue.catalog, resources=(*venue.catalog.resources, *venue.retired.values()))


async def doubled_bookings(session: AsyncSession, venue: StoredVenue, now: datetime) -> dict[uuid.UUID, str]:
    """Of each booking that holds what another holds too: a sentence that names the other."""
    found = await session.execute(_DOUBLED, {"venue": venue.id, "now": now})
    labels = {r.key: r.label for r in with_retired(venue).resources}
    return {
        booking: f"Order {number} has {labels[venue.resource_keys[resource]]} at the same time, since what a"
        " divisible room consists of was changed; move one of the two."
        for booking, resource, number in found
    }


_DOUBLED = text("""
    SELECT a.booking_id, a.resource_id, min(o.number)
    FROM allocation a
    JOIN allocation b ON b.venue_id = a.venue_id AND b.resource_id = a.resource_id
     AND b.during && a.during AND b.booking_id <> a.booking_id
    JOIN orders o ON o.venue_id = b.venue_id AND o.id = b.order_id
    WHERE a.venue_id = :venue AND a.doubled AND upper(a.during) > :now
      AND NOT (o.status = 'held' AND o.held_until <= :now)
    GROUP BY a.booking_id, a.resource_id
""")


async def _follow(
    session: AsyncSession, venue: StoredVenue, here: ColumnElement[bool], days: frozenset[Day], now: datetime
) -> None:
    """Raises DaysWanted with the days that are to be locked."""
    locked = await lock_days(session, venue.id, days)
    counter = update(VenueCounter).where(VenueCounter.venue_id == venue.id)
    await session.execute(counter.values(parts_version=venue.version))  # from here on nobody else commits
    still = (AllocationRow.venue_id == venue.id, here, func.upper(AllocationRow.during) > now)
    booked = AllocationRow.booking_id.in_(select(AllocationRow.booking_id).where(*still))
    rows = await allocations(session, venue.id, booked)
    gone, come = await _exchanged(session, venue, rows, now)
    concerned = {d for row in [*gone, *come] for d in days_of(row["resource_id"], row["start"], row["end"])}
    if missing := concerned - locked.keys():
        raise DaysWanted(missing)
    ids = AllocationRow.id.in_([row["id"] for row in gone])
    await session.execute(delete(AllocationRow).where(AllocationRow.venue_id == venue.id, ids))
    after = await resettle(session, venue.id, concerned, locked, come)
    different = {day: row for day, row in after.items() if row != locked[day]}
    await write(session, day_rows(venue.id, different))


async def _exchanged(
    session: AsyncSession, venue: StoredVenue, rows: Collection[Row], now: datetime
) -> tuple[list[Row], list[Row]]:
    """The rows that stand on what the chosen resource does not consist of now, and those that are wanting."""
    stays: defaultdict[tuple[uuid.UUID, int, uuid.UUID], list[Row]] = defaultdict(list)
    for row in rows:
        stays[row["booking_id"], row["need"], row["chosen_id"]].append(row)
    orders = await load_orders(session, venue, {row["order_id"] for row in rows}, now) if rows else ()
    known = dataclasses.replace(venue, catalog=with_retired(venue))
    held = {
        (b.id, a.need, venue.resource_ids[a.resource]): list(allocation_rows(known, order.id, b.id, [a]))
        for order in orders
        for b in order.bookings
        for a in b.allocations
    }
    gone: list[Row] = []
    come: list[Row] = []
    for stay, there in stays.items():
        wanted = held.get(stay)
        if wanted is None:  # of a hold that has expired: it goes where it stands
            continue
        leaves_now = {row["resource_id"] for row in wanted}
        gone += [row for row in there if row["resource_id"] not in leaves_now]
        come += [row for row in wanted if row["resource_id"] not in {r["resource_id"] for r in there}]
    return gone, come
