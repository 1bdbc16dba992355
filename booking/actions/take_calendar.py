"""The busy times of a calendar elsewhere as blocks of a resource. What is booked there stays, and is told."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.block import Standing, standing
from booking.bookings import BookingRow
from booking.desk import Desk
from booking.events import Happening, publish
from catalog.base import new_id
from catalog.calendars import Block, ImportedCalendar
from catalog.opening import merged
from catalog.queries import StoredVenue
from catalog.service import exchange_blocks
from catalog.times import Interval, instant, minute

OURS = "@sojourn"
"""How the UIDs of what Sojourn wrote end."""


async def replace_blocks(
    session: AsyncSession,
    venue: StoredVenue,
    calendar: ImportedCalendar,
    busy: Collection[Interval],
    now: datetime,
) -> bool:
    """Make the blocks of the calendar that are not over yet exactly these; whether anything changed.

    What stays as it is keeps its id. To be called last in its transaction: it publishes.
    """
    in_force = _in_force(venue.id, calendar.id).where(Block.ends_at > now)
    there = {(minute(b.starts_at), minute(b.ends_at)): b.id for b in await session.scalars(in_force)}
    wanted = {(start, end) for start, end in busy if instant(end) > now}
    gone = [block for span, block in there.items() if span not in wanted]
    new = [
        {
            "venue_id": venue.id,
            "id": new_id(),
            "resource_id": calendar.resource_id,
            "starts_at": instant(start),
            "ends_at": instant(end),
            "note": calendar.name,
            "created_at": now,
            "calendar_id": calendar.id,
        }
        for start, end in sorted(wanted - there.keys())
    ]
    await exchange_blocks(session, venue.id, gone, new, now)
    if gone or new:
        data = {"resource": venue.resource_keys[calendar.resource_id], "calendar": str(calendar.id)}
        await publish(session, venue.id, [Happening(kind="block", data=data)], now=now)
    return bool(gone or new)


async def with_foreign(
    session: AsyncSession,
    venue: StoredVenue,
    busy: Sequence[Interval],
    ours: Mapping[str, Sequence[Interval]],
) -> tuple[Interval, ...]:
    """All busy times but those of this venue's own bookings and blocks, which came back by a detour."""
    ids: dict[uuid.UUID, list[Sequence[Interval]]] = {}
    foreign: list[Sequence[Interval]] = []
    for uid, times in ours.items():
        try:
            ids.setdefault(uuid.UUID(uid[:36]), []).append(times)
        except ValueError:
            foreign.append(times)
    own: set[uuid.UUID] = set()
    for entity in (BookingRow, Block):
        known = select(entity.id).where(entity.venue_id == venue.id, entity.id.in_(ids))
        own |= set(await session.scalars(known))
    foreign += [times for id_, all_times in ids.items() if id_ not in own for times in all_times]
    return merged(chain(busy, *foreign))


async def blocks_of(session: AsyncSession, venue_id: uuid.UUID, calendar_id: uuid.UUID) -> list[Interval]:
    """When the calendar puts its resource out of use, by the start."""
    found = await session.scalars(_in_force(venue_id, calendar_id).order_by(Block.starts_at))
    return [(minute(b.starts_at), minute(b.ends_at)) for b in found]


async def affected_by(
    session: AsyncSession,
    desk: Desk,
    venue: StoredVenue,
    calendar: ImportedCalendar,
    blocks: Sequence[Interval],
) -> list[Standing]:
    """The bookings still to come that hold the resource in those times, the earliest first."""
    now = minute(desk.now())
    ahead = [(start, end) for start, end in blocks if end > now]
    if not ahead:
        return []
    resource = venue.resource_keys[calendar.resource_id]
    span = max(now, min(start for start, _ in ahead)), max(end for _, end in ahead)
    held = await standing(session, venue, resource, *span, desk.now())
    return [one for one in held if any(one.during.overlaps(Range(instant(a), instant(b))) for a, b in ahead)]


def _in_force(venue_id: uuid.UUID, calendar_id: uuid.UUID) -> Select[Block]:
    return select(Block).where(
        Block.venue_id == venue_id, Block.calendar_id == calendar_id, Block.removed_at.is_(None)
    )
