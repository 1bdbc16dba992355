"""Record a payment for an order, or pay something back. What the order is does not change by it."""

import uuid
from collections.abc import Awaitable, Callable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.actions.find import present
from booking.billing import owed
from booking.desk import Desk
from booking.lines import Order
from booking.orders import OrderRow
from catalog.actors import Actor
from catalog.queries import StoredVenue
from pricing.paying import PaymentRequest
from pricing.service import record_payment


async def pay(
    desk: Desk,
    venue: StoredVenue,
    order_id: uuid.UUID,
    request: PaymentRequest,
    if_match: int | None = None,
    *,
    caller: Actor,
    keep: Callable[[AsyncSession, Order], Awaitable[None]],
) -> None:
    """Also for an order that is cancelled: its fee is paid, and what was paid too much is paid back.

    `keep` is given the order in the transaction, after the payment. Raises NotFound, Stale, Invalid and
    RefundTooLarge.
    """
    async with desk.sessions.begin() as session:
        mine = select(OrderRow.id).where(OrderRow.venue_id == venue.id, OrderRow.id == order_id)
        await session.execute(mine.with_for_update())  # else two refunds may pass each other
        now = desk.now()
        order = await present(session, venue, order_id, now, if_match, cancelled_too=True)
        await record_payment(session, venue, request, owed(order), order_id=order_id, now=now, actor=caller)
        await keep(session, order)
