"""Make a held order firm."""

import uuid
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.cancel import unchanged
from booking.actions.draft import Draft
from booking.actions.find import present
from booking.actions.settle import settle
from booking.apply import Actor
from booking.desk import Desk
from booking.lines import Order
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

    async def held(session: AsyncSession, now: datetime) -> Order:
        order = await present(session, venue, order_id, now, if_match, cancelled_too=True)
        if order.status == "cancelled":
            expired = order.held_until is not None and order.held_until <= now.timestamp()
            how = "its hold has expired" if expired else "it is cancelled"
            raise Conflict(
                f"Order {order.number} cannot be confirmed: {how}.",
                code="hold_expired" if expired else "cancelled",
            )
        return order

    async with desk.sessions() as session:
        order = await held(session, desk.now())
        if order.status == "confirmed":
            return await unchanged(session, order, keep)

    async def draft(session: AsyncSession, now: datetime) -> Draft:
        before = await held(session, now)
        after = replace(before, status="confirmed", held_until=None)
        return Draft(before=(before,), orders=(after,), what="Confirmed.", stay=True)

    return await settle(
        desk, venue, draft, ("confirm", order_id), caller=caller, preview=preview, keep=keep, plan=plan
    )
