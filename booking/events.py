"""What happened in a venue, in order and without gaps: the outbox that pages, mails and calendars follow."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from booking.bulk import Rows, write
from catalog.base import Base
from catalog.times import Interval, instant


class EventRow(Base):
    """`seq` is given out in the order of commits: who has read up to n has missed nothing before n."""

    __tablename__ = "event"

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str]
    order_id: Mapped[uuid.UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)


class Happening(Struct, frozen=True, kw_only=True):
    """An event to be published. `data` says what is worth reading again, never what it now contains."""

    kind: str
    order: uuid.UUID | None = None
    data: dict[str, Any] = {}


async def publish(
    session: AsyncSession, venue_id: uuid.UUID, happenings: Sequence[Happening], *, now: datetime
) -> None:
    """Write the events into the outbox with this transaction, and wake the listeners when it commits.

    To be called last: it locks the venue's counter, for which every other writer of the venue waits.
    """
    if happenings:
        counted = await count(session, venue_id, events=len(happenings))
        await write(session, told(venue_id, counted, happenings, now=now), wake=venue_id)


class Counted(NamedTuple):
    """The venue's numbers as they are from now on; whether anything is out of use in the time asked about."""

    last_order: int
    last_event: int
    parts_version: int
    blocked: bool


async def count(
    session: AsyncSession,
    venue_id: uuid.UUID,
    *,
    events: int,
    orders: int = 0,
    within: Interval | None = None,
) -> Counted:
    """Take the next numbers. From here to the commit every other writer of the venue waits."""
    first, last = (None, None) if within is None else map(instant, within)
    given = {"venue": venue_id, "orders": orders, "events": events, "first": first, "last": last}
    return Counted(*(await session.execute(_COUNT, given)).one())


def told(venue_id: uuid.UUID, counted: Counted, happenings: Sequence[Happening], *, now: datetime) -> Rows:
    """The events under the numbers that were taken for them. Whoever writes them wakes the listeners."""
    first = counted.last_event - len(happenings) + 1
    rows = [
        {"venue_id": venue_id, "seq": seq, "at": now, "kind": h.kind, "order_id": h.order, "data": h.data}
        for seq, h in enumerate(happenings, first)
    ]
    return Rows(EventRow, rows)


_COUNT = text("""
    UPDATE venue_counter SET last_order = last_order + :orders, last_event = last_event + :events
    WHERE venue_id = :venue
    RETURNING last_order, last_event, parts_version, EXISTS (
        SELECT FROM block b
        WHERE b.venue_id = :venue AND b.removed_at IS NULL
          AND b.starts_at < cast(:last AS timestamptz) AND b.ends_at > cast(:first AS timestamptz)
    )
""")
