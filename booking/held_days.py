"""Reading what is held of all resources on many days: a row for each, ready to be put into an index."""

import uuid
from collections import defaultdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.day_rows import Day, DayRow, Part, exchanged, minutes_before, parts_of, summed
from catalog.times import instant, minute


async def held_days(
    session: AsyncSession, venue_id: uuid.UUID, first: date, last: date, now: datetime
) -> dict[Day, DayRow]:
    """The days from `first` to before `last` on which anything is held of a resource. Blocks stand apart.

    A hold that has expired by `now` holds nothing, whether it has been cleared away or not.
    """
    window = {"venue": venue_id, "first": first, "last": last}
    found = await session.execute(_DAYS, window)
    days = {
        (resource, day): row
        for resource, dates, *columns in found
        for day, row in zip(dates, map(DayRow, *columns), strict=True)
    }
    expired = await _parts(session, _EXPIRED, window | {"now": now})
    for day, gone in expired.items():
        row = days.get(day, DayRow())
        if row.crowded:
            rest = await _parts(session, _STANDING, window | {"now": now, "resource": day[0]})
            days[day] = summed(rest.get(day, ()))
        elif row != DayRow():
            days[day] = exchanged(row, gone, ())
    return days


async def _parts(session: AsyncSession, query: TextClause, given: dict[str, Any]) -> dict[Day, list[Part]]:
    start, end = (instant(minutes_before(given[name])) for name in ("first", "last"))
    found = await session.execute(query, given | {"start": start, "end": end})
    parts: defaultdict[Day, list[Part]] = defaultdict(list)
    for resource, lower, upper, use, quantity in found:
        for day, part in parts_of(resource, minute(lower), minute(upper), use, quantity):
            parts[day].append(part)
    return parts


# One row for each resource, with arrays: a row for each day takes several times as long to fetch.
_DAYS = text("""
    SELECT resource_id, array_agg(day), array_agg(busy), array_agg(load), array_agg(crowded)
    FROM resource_day
    WHERE venue_id = :venue AND day >= :first AND day < :last AND (busy <> '' OR load <> '')
    GROUP BY resource_id
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
