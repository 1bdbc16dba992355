"""Use the credits of orders that are over: the guests have had what they paid for (S1-2)."""

from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from booking.orders import OrderRow
from pricing.credits import CreditEntry
from pricing.ledger import use_for_order


async def use_credits_of_past_orders(sessions: async_sessionmaker[AsyncSession], now: datetime) -> int:
    """Uses what confirmed orders had reserved when their last booking ended; how many orders there were.

    May run twice and late without harm: what is used is not reserved any more.
    """
    sign = case((CreditEntry.target == "reserved", 1), (CreditEntry.source == "reserved", -1), else_=0)
    same = (OrderRow.venue_id == CreditEntry.venue_id) & (OrderRow.id == CreditEntry.order_id)
    due = (
        select(OrderRow.venue_id, OrderRow.id)
        .join(CreditEntry, same)
        .where(OrderRow.status == "confirmed", OrderRow.ends_at <= now)
        .group_by(OrderRow.venue_id, OrderRow.id)
        .having(func.sum(CreditEntry.quantity * sign) > 0)
        .order_by(OrderRow.venue_id, OrderRow.id)
    )
    async with sessions() as session:
        found = (await session.execute(due)).all()
    used = 0
    for venue_id, order_id in found:
        async with sessions.begin() as session:
            order = select(OrderRow.status, OrderRow.ends_at).where(
                OrderRow.venue_id == venue_id, OrderRow.id == order_id
            )
            present = (await session.execute(order.with_for_update())).one()
            if present.status == "confirmed" and present.ends_at <= now:
                used += await use_for_order(session, venue_id, order_id, now) > 0
    return used
