"""What happened in a venue, in order and without gaps: the outbox that pages, mails and calendars follow."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import BigInteger, ForeignKey, func, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base
from catalog.venues import VenueCounter

CHANNEL = "sojourn"
"""The channel that is notified, with the venue's id, when events of a venue are committed."""


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
    if not happenings:
        return
    counter = (
        update(VenueCounter)
        .where(VenueCounter.venue_id == venue_id)
        .values(last_event=VenueCounter.last_event + len(happenings))
        .returning(VenueCounter.last_event)
    )
    last = (await session.execute(counter)).scalar_one()
    first = last - len(happenings) + 1
    session.add_all(
        EventRow(venue_id=venue_id, seq=seq, at=now, kind=h.kind, order_id=h.order, data=h.data)
        for seq, h in enumerate(happenings, first)
    )
    await session.flush()
    await session.execute(select(func.pg_notify(CHANNEL, str(venue_id))))
