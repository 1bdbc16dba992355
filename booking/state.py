"""What tells one state of a venue from another: every writer raises the number of the last event."""

import uuid
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.orders import OrderRow
from catalog.times import minute
from catalog.venues import VenueCounter


class State(NamedTuple):
    """What tells one state of a venue's bookings and blocks from another, until a hold ends (minutes)."""

    event: int
    until: int | None


async def state_of(session: AsyncSession, venue_id: uuid.UUID, now: datetime) -> State:
    """The number of the last event, and when the next hold ends."""
    event, until = (await session.execute(_STATE, {"venue": venue_id, "now": now})).one()
    return State(event, None if until is None else minute(until))


# Made once: every search asks it.
_ENDS = select(func.min(OrderRow.held_until)).where(
    OrderRow.venue_id == bindparam("venue"), OrderRow.status == "held", OrderRow.held_until > bindparam("now")
)
_STATE = select(VenueCounter.last_event, _ENDS.scalar_subquery()).where(
    VenueCounter.venue_id == bindparam("venue")
)
