"""The job that reminds: a day ahead of each visit, once for each start that it has."""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.itinerary import first_start
from api.mail.stored import Mail
from api.mail.writing import Occasion, write_letters
from api.settings import Settings
from booking.orders import OrderRow
from booking.queries import load_order
from catalog.queries import load_venue_by_id
from catalog.times import instant
from pricing.customers import Customer

AHEAD = timedelta(hours=24)
_AROUND = timedelta(days=1)  # an order's row begins with its buffers, and with its line's start


async def write_reminders(
    sessions: async_sessionmaker[AsyncSession], settings: Settings, now: datetime
) -> int:
    """Of every visit that begins within a day, unless it was booked or changed within that day."""
    reminded = exists().where(
        Mail.venue_id == OrderRow.venue_id,
        Mail.order_id == OrderRow.id,
        Mail.kind == "reminder",
        Mail.reminds_of > now,
    )
    soon = select(OrderRow.venue_id, OrderRow.id).where(
        OrderRow.status == "confirmed",
        OrderRow.starts_at > now - _AROUND,
        OrderRow.starts_at <= now + AHEAD,
        Customer.email != "",
        ~reminded,
    )
    soon = soon.join(
        Customer, (Customer.venue_id == OrderRow.venue_id) & (Customer.id == OrderRow.customer_id)
    )
    async with sessions() as session:
        found = (await session.execute(soon.order_by(OrderRow.starts_at))).all()
    written = 0
    for venue_id, order_id in found:
        async with sessions.begin() as session:
            venue = await load_venue_by_id(session, venue_id)
            order = await load_order(session, venue, order_id, now)
            start = instant(first_start(order))
            row = await session.get(OrderRow, (venue_id, order_id))
            if not now < start <= now + AHEAD or row is None or row.updated_at > start - AHEAD:
                continue
            occasion = Occasion(at=now, reminds_of=start)
            await write_letters(session, settings, venue, order, order, occasion, now, "reminder")
            written += 1
    return written
