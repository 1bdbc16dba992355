"""Reading what is held of all resources on many days, as an index takes it."""

import uuid
from collections import defaultdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.day_rows import Day, DayRow, Part, exchanged, minutes_before, parts_of, summed
from booking.index.free import Occupied
from booking.index.held import HeldOnDay, by_resource
from catalog.times import instant, minute


async def held_days(
    session: AsyncSession, venue_id: uuid.UUID, first: date, last: date, now: datetime
) -> dict[uuid.UUID, Occupied]:
    """What is held on the days from `first` to before `last`, by resource. Blocks stand apart.

    A hold that has expired by `now` holds nothing, whether it has been cleared away or not.
    """
    given = {"venue": venue_id, "first": first, "last": last, "now": now}
    found = (await session.execute(_DAYS, given)).all()
    days = [
        HeldOnDay(day, whole or b"", busy, shared or (), load or ())
        for day, whole, busy, shared, load, _ in found
    ]
    instead = await _without_expired(session, given) if found and found[0].expired else {}
    return by_resource(days, instead)


async def _without_expired(session: AsyncSession, given: dict[str, Any]) -> dict[Day, DayRow]:
    """What stands on the days that expired holds hold, when they are cleared away."""
    expired = await _parts(session, _EXPIRED, given)
    on = {"resources": [r for r, _ in expired], "days": [d for _, d in expired]}
    rest = {}
    for resource, day, *row in await session.execute(_THESE, {"venue": given["venue"]} | on):
        before = DayRow(*row)
        if before.crowded:
            parts = await _parts(session, _STANDING, given | {"resource": resource})
            rest[resource, day] = summed(parts.get((resource, day), ()))
        else:
            rest[resource, day] = exchanged(before, expired[resource, day], ())
    return rest


async def _parts(session: AsyncSession, query: TextClause, given: dict[str, Any]) -> dict[Day, list[Part]]:
    start, end = (instant(minutes_before(given[name])) for name in ("first", "last"))
    found = await session.execute(query, given | {"start": start, "end": end})
    parts: defaultdict[Day, list[Part]] = defaultdict(list)
    for resource, lower, upper, use, quantity in found:
        for day, part in parts_of(resource, minute(lower), minute(upper), use, quantity):
            parts[day].append(part)
    return parts


# One row for each day, its columns in one piece: a row for each resource takes several times as long.
_DAYS = text("""
    SELECT day,
           string_agg(uuid_send(resource_id), '') FILTER (WHERE busy <> ''), string_agg(busy, ''),
           array_agg(resource_id) FILTER (WHERE load <> ''), array_agg(load) FILTER (WHERE load <> ''),
           EXISTS (SELECT FROM orders o
                   WHERE o.venue_id = :venue AND o.status = 'held' AND o.held_until <= :now) AS expired
    FROM resource_day
    WHERE venue_id = :venue AND day >= :first AND day < :last
    GROUP BY day ORDER BY day
""")

_THESE = text("""
    SELECT d.resource_id, d.day, d.busy, d.load, d.crowded
    FROM unnest(cast(:resources AS uuid[]), cast(:days AS date[])) AS wanted (resource_id, day)
    JOIN resource_day d ON d.venue_id = :venue AND d.resource_id = wanted.resource_id AND d.day = wanted.day
""")

_EXPIRED = text("""
    SELECT a.resource_id, lower(a.during), upper(a.during), a.use, a.quantity
    FROM orders o JOIN allocation a ON a.venue_id = o.venue_id AND a.order_id = o.id
    WHERE o.venue_id = :venue AND o.status = 'held' AND o.held_until <= :now
      AND a.during && tstzrange(:start, :end)
""")

_STANDING = text("""
    SELECT a.resource_id, lower(a.during), upper(a.during), a.use, a.quantity
    FROM allocation a JOIN orders o ON o.venue_id = a.venue_id AND o.id = a.order_id
    WHERE a.venue_id = :venue AND a.resource_id = :resource AND a.during && tstzrange(:start, :end)
      AND NOT (o.status = 'held' AND o.held_until <= :now)
""")
