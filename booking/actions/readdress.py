"""Give the calendar of an order another address, because the present one has got into wrong hands."""

import uuid

from booking.actions.find import present
from booking.apply import Actor, BeforeCommit, OrderChange, Outrun, apply
from booking.desk import Desk
from booking.lines import Order
from catalog.errors import LostRace
from catalog.queries import StoredVenue

ATTEMPTS = 4


async def readdress(
    desk: Desk, venue: StoredVenue, order_id: uuid.UUID, *, caller: Actor, before_commit: BeforeCommit
) -> Order:
    """The order with a new feed token, as a new version; the one before opens nothing any more."""
    for _ in range(ATTEMPTS):
        now = desk.now()
        async with desk.sessions() as session:
            order = await present(session, venue, order_id, now, None, cancelled_too=True)
        change = OrderChange(
            before=order, after=order, what="The calendar got a new address.", readdressed=True
        )
        try:
            stored = await apply(
                desk.sessions, venue, [change], now=now, actor=caller, before_commit=before_commit
            )
            return stored[0]
        except Outrun:
            continue
    raise LostRace("Too many are changing this order at this moment; please try again.")
