"""Make a held order firm."""

import uuid
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.cancel import unchanged
from booking.actions.draft import AlreadyDone, Draft
from booking.actions.find import present
from booking.actions.settle import settle
from booking.apply import Actor
from booking.desk import Desk
from booking.outcome import Keep, Outcome
from catalog.errors import Conflict
from catalog.queries import StoredVenue


async def confirm(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    plan: str | None = None,
    if_match: int | None = None,
    *,
    caller: Actor,
    preview: bool = False,
    keep: Keep | None = None,
) -> Outcome:
    """The hold becomes a booking where it stands; an expired one is a Conflict, a confirmed one is left as
    it is.
    """

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        before = await present(session, venue, order_id, now, if_match, cancelled_too=True)
        if before.status == "confirmed":
            raise AlreadyDone(before)
        if before.status == "cancelled":
            expired = before.held_until is not None and before.held_until <= now.timestamp()
            how = "its hold has expired" if expired else "it is cancelled"
            raise Conflict(
                f"Order {before.number} cannot be confirmed: {how}.",
                code="hold_expired" if expired else "cancelled",
            )
        after = replace(before, status="confirmed", held_until=None)
        return Draft(before=(before,), orders=(after,), what="Confirmed.", stay=True)

    asked = ("confirm", order_id)
    try:
        return await settle(desk, venue, draft, asked, caller=caller, preview=preview, keep=keep, plan=plan)
    except AlreadyDone as done:
        return await unchanged(desk, done.order, keep)
