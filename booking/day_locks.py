"""The rows of resources on UTC days: every writer locks them, in one order, before it reads what is held, and
writes with what it holds what the day looks like then.
"""

import uuid
from collections.abc import Collection, Mapping

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.bookings import ResourceDay
from booking.bulk import Rows
from booking.day_rows import Day, DayRow


class DaysWanted(Exception):
    """These days must be locked too, in their place among the others: begin again with them."""

    def __init__(self, days: Collection[Day]) -> None:
        super().__init__(f"{len(days)} days of resources are to be locked")
        self.days = frozenset(days)


_LOCK = text("""
    SELECT resource_id, day, busy, load, crowded
    FROM lock_days(:venue, cast(:resources AS uuid[]), cast(:days AS date[]))
""")


async def lock_days(session: AsyncSession, venue_id: uuid.UUID, days: Collection[Day]) -> dict[Day, DayRow]:
    """Wait for all other writers of these days, in the one order; what is held on each of them.

    Rows that are wanting are made on the way, in their place (migration 0015). Whoever makes a resource
    unavailable locks its days before looking, as every writer of bookings does.
    """
    given = {"venue": venue_id, "resources": [r for r, _ in days], "days": [d for _, d in days]}
    return {(resource, day): DayRow(*row) for resource, day, *row in await session.execute(_LOCK, given)}


def day_rows(venue_id: uuid.UUID, rows: Mapping[Day, DayRow]) -> Rows:
    """What is held from now on, on days that are locked, to be written; each gets its next version."""
    written = [
        {
            "venue_id": venue_id,
            "resource_id": resource,
            "day": day,
            "busy": _hexadecimal(row.busy),
            "load": _hexadecimal(row.load),
            "crowded": row.crowded,
        }
        for (resource, day), row in rows.items()
    ]
    return Rows(ResourceDay, written, over=True, counted="version")


def _hexadecimal(octets: bytes) -> str:
    """As PostgreSQL writes a bytea."""
    return "\\x" + octets.hex()
