"""What tells one state of a venue from another: every writer raises the number of the last event."""

import uuid
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.orders import OrderRow
from catalog.queries import BY_KEY, StoredVenue, load_venue_with
from catalog.times import minute
from catalog.venues import Venue, VenueCounter


class State(NamedTuple):
    """What tells one state of a venue's bookings and blocks from another, until a hold ends (minutes)."""

    event: int
    until: int | None


async def venue_and_state(
    session: AsyncSession, organisation_id: uuid.UUID, key: str, now: datetime
) -> tuple[StoredVenue, State]:
    """The venue of that key and its state, read at once; raises NotFound."""
    venue, row = await load_venue_with(session, organisation_id, key, _VENUE_AND_STATE, {"now": now})
    return venue, _state(row.last_event, row.until)


async def state_of(session: AsyncSession, venue_id: uuid.UUID, now: datetime) -> State:
    """The number of the last event, and when the next hold ends."""
    event, until = (await session.execute(_STATE, {"venue": venue_id, "now": now})).one()
    return _state(event, until)


def _state(event: int, until: datetime | None) -> State:
    return State(event, None if until is None else minute(until))


# Made once: every search asks one of them.
_ENDS = select(func.min(OrderRow.held_until)).where(
    OrderRow.venue_id == VenueCounter.venue_id,
    OrderRow.status == "held",
    OrderRow.held_until > bindparam("now"),
)
_NOW = (VenueCounter.last_event, _ENDS.correlate(VenueCounter).scalar_subquery().label("until"))
_STATE = select(*_NOW).where(VenueCounter.venue_id == bindparam("venue"))
_VENUE_AND_STATE = BY_KEY.add_columns(*_NOW).join(VenueCounter, VenueCounter.venue_id == Venue.id)
