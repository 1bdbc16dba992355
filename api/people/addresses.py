"""The addresses that changes came from are forgotten after a while; who made them, and what, stays."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.expression import select, tuple_

from booking.orders import OrderVersionRow
from catalog.record import forgetting
from catalog.versions import CatalogVersion
from pricing.credits import CreditEntry
from pricing.payments import Payment
from pricing.sales import SaleVersionRow
from pricing.stock import StockMovement

AT_ONCE = 500
ADDRESSED: tuple[InstrumentedAttribute[datetime], ...] = (
    OrderVersionRow.at,
    SaleVersionRow.at,
    Payment.at,
    StockMovement.at,
    CreditEntry.recorded_at,
    CatalogVersion.at,
)
"""Every table that keeps an address with a change, by the column that says when it was made."""


async def forget_addresses(sessions: async_sessionmaker[AsyncSession], before: datetime) -> int:
    """Empties the addresses of what was done before then, in short transactions; how many."""
    forgotten = 0
    for at in ADDRESSED:
        table = at.class_.__table__
        key = tuple_(*table.primary_key)
        old = (
            select(*table.primary_key)
            .where(table.c.actor_address != "", table.c[at.key] < before)
            .order_by(table.c[at.key])
            .limit(AT_ONCE)
            .with_for_update(skip_locked=True)
            .cte()
        )
        emptied = update(table).where(key.in_(select(old))).values(actor_address="")
        while True:
            async with sessions.begin() as session:
                await forgetting(session)
                done = (await session.execute(emptied)).rowcount  # type: ignore[attr-defined]
            forgotten += done
            if done < AT_ONCE:
                break
    return forgotten
