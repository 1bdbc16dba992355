"""The rows of resources on UTC days: every writer locks them, in one order, before it reads what is held, and
writes with what it holds what the day looks like then.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.day_rows import Day, DayRow


class DaysWanted(Exception):
    """These days must be locked too, in their place among the others: make them and begin again."""

    def __init__(self, days: Collection[Day]) -> None:
        super().__init__(f"{len(days)} days of resources are to be locked")
        self.days = frozenset(days)


_MAKE = text("""
    INSERT INTO resource_day (venue_id, resource_id, day)
    SELECT :venue, resource_id, day
    FROM unnest(cast(:resources AS uuid[]), cast(:days AS date[])) AS wanted (resource_id, day)
    ORDER BY resource_id, day
    ON CONFLICT DO NOTHING
""")

_LOCK = text("""
    SELECT d.resource_id, d.day, d.busy, d.load, d.crowded
    FROM unnest(cast(:resources AS uuid[]), cast(:days AS date[])) AS wanted (resource_id, day)
    JOIN resource_day d ON d.venue_id = :venue AND d.resource_id = wanted.resource_id AND d.day = wanted.day
    ORDER BY d.resource_id, d.day
    FOR UPDATE OF d
""")

_WRITE = text("""
    UPDATE resource_day d SET busy = new.busy, load = new.load, crowded = new.crowded, version = version + 1
    FROM unnest(cast(:resources AS uuid[]), cast(:days AS date[]), cast(:busy AS bytea[]),
                cast(:load AS bytea[]), cast(:crowded AS boolean[]))
         AS new (resource_id, day, busy, load, crowded)
    WHERE d.venue_id = :venue AND d.resource_id = new.resource_id AND d.day = new.day
""")


async def make_days(
    sessions: async_sessionmaker[AsyncSession], venue_id: uuid.UUID, days: Iterable[Day]
) -> None:
    """Make the rows that are locked, in a transaction of their own: made in the writer's, they deadlock."""
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        await make_days_here(session, venue_id, days)


async def make_days_here(session: AsyncSession, venue_id: uuid.UUID, days: Iterable[Day]) -> None:
    """The same in a transaction that holds no days yet, and locks all of them next."""
    await session.execute(_MAKE, _named(venue_id, days))


async def lock_days(session: AsyncSession, venue_id: uuid.UUID, days: Collection[Day]) -> dict[Day, DayRow]:
    """Wait for all other writers of these days, in the one order; what is held on each of them.

    Raises DaysWanted where rows are missing. Whoever makes a resource unavailable locks its days before
    looking, as every writer of bookings does.
    """
    found = await session.execute(_LOCK, _named(venue_id, days))
    locked = {(resource, day): DayRow(*row) for resource, day, *row in found}
    if len(locked) < len(days):
        raise DaysWanted(days)
    return locked


async def write_days(session: AsyncSession, venue_id: uuid.UUID, rows: Mapping[Day, DayRow]) -> None:
    """What is held from now on, on days that are locked; each gets its next version."""
    if rows:
        busy, load, crowded = (list(column) for column in zip(*rows.values(), strict=True))
        given = {"busy": busy, "load": load, "crowded": crowded}
        await session.execute(_WRITE, _named(venue_id, rows) | given)


def _named(venue_id: uuid.UUID, days: Iterable[Day]) -> dict[str, object]:
    pairs = list(days)
    return {"venue": venue_id, "resources": [r for r, _ in pairs], "days": [d for _, d in pairs]}
