"""What administrators of people and keys share: the venues by their ids, and how far they may see."""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.call import Call
from catalog.errors import Invalid, NotFound, Problem
from catalog.venues import Venue


async def venue_keys(session: AsyncSession, organisation: uuid.UUID) -> dict[uuid.UUID, str]:
    """Of the organisation."""
    found = await session.execute(select(Venue.id, Venue.key).where(Venue.organisation_id == organisation))
    return {row[0]: row[1] for row in found}


def own_venue(call: Call, keys: dict[uuid.UUID, str], wanted: str | None) -> str | None:
    """The venue that somebody new is narrowed to: an administrator of one venue gives no rights elsewhere.

    Raises NotFound for another one.
    """
    if call.caller.venue is None:
        return wanted
    own = keys[call.caller.venue]
    if wanted not in (None, own):
        raise NotFound(f"There is no venue '{wanted}'.")
    return own


def page_after(text: str | None) -> uuid.UUID | None:
    """Where a page begins; raises Invalid."""
    try:
        return None if text is None else uuid.UUID(text)
    except ValueError:
        raise Invalid(problems=(Problem("after", "is not the `next` of an earlier page"),)) from None
