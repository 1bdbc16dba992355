"""What happened in a venue, in order and without gaps: the outbox that pages, mails and calendars follow."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

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
    if happenings:
        counted = await count(session, venue_id, events=len(happenings))
        await tell(session, venue_id, counted, happenings, now=now)


class Counted(NamedTuple):
    """The venue's numbers as they are from now on."""

    last_order: int
    last_event: int
    parts_version: int


async def count(session: AsyncSession, venue_id: uuid.UUID, *, events: int, orders: int = 0) -> Counted:
    """Take the next numbers. From here to the commit every other writer of the venue waits."""
    given = {"venue": venue_id, "orders": orders, "events": events}
    return Counted(*(await session.execute(_COUNT, given)).one())


async def tell(
    session: AsyncSession,
    venue_id: uuid.UUID,
    counted: Counted,
    happenings: Sequence[Happening],
    *,
    now: datetime,
) -> None:
    """Write the events under the numbers that were taken for them, and wake the listeners."""
    first = counted.last_event - len(happenings) + 1
    rows = [
        {"seq": seq, "kind": h.kind, "order_id": h.order, "data": h.data}
        for seq, h in enumerate(happenings, first)
    ]
    given = {"venue": venue_id, "now": now, "channel": CHANNEL, "whose": str(venue_id)}
    await session.execute(_TELL, given | {"rows": msgspec.json.encode(rows).decode()})


_COUNT = text("""
    UPDATE venue_counter SET last_order = last_order + :orders, last_event = last_event + :events
    WHERE venue_id = :venue RETURNING last_order, last_event, parts_version
""")

_TELL = text("""
    WITH told AS (
        INSERT INTO event (venue_id, seq, at, kind, order_id, data)
        SELECT :venue, seq, :now, kind, order_id, data
        FROM json_to_recordset(cast(:rows AS json)) AS e (seq bigint, kind text, order_id uuid, data jsonb)
    )
    SELECT pg_notify(:channel, :whose)
""")
