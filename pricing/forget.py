"""Taking a person out of what is kept of money. Amounts, dates and means of payment stay as they are."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from pricing.credits import CreditEntry
from pricing.customers import Customer
from pricing.payments import Payment
from pricing.sales import SaleRow, SaleVersionRow

ERASED = "–"
"""What stands in the place of a name."""


async def sold_last(session: AsyncSession, venue_id: uuid.UUID, customer: uuid.UUID) -> datetime | None:
    """When the customer bought last at the counter."""
    last: datetime | None = await session.scalar(
        select(SaleRow.sold_at)
        .where(SaleRow.venue_id == venue_id, SaleRow.customer_id == customer)
        .order_by(SaleRow.sold_at.desc())
        .limit(1)
    )
    return last


async def forget_customer(
    session: AsyncSession, customer: Customer, orders: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Empties the customer and what it did itself with the orders and its sales; the sales."""
    venue_id, name = customer.venue_id, customer.name
    customer.name, customer.email, customer.phone = ERASED, "", ""
    customer.language = None
    sales = (
        await session.scalars(
            select(SaleRow.id).where(SaleRow.venue_id == venue_id, SaleRow.customer_id == customer.id)
        )
    ).all()
    theirs = or_(Payment.order_id.in_(orders), Payment.sale_id.in_(sales))
    paid = update(Payment).where(Payment.venue_id == venue_id, theirs)
    await session.execute(
        paid.where(Payment.actor_role == "customer").values(actor_name="", actor_address="")
    )
    if name:
        await session.execute(paid.where(Payment.reference == name).values(reference=""))
    sold = update(SaleVersionRow).where(
        SaleVersionRow.venue_id == venue_id, SaleVersionRow.sale_id.in_(sales)
    )
    await session.execute(
        sold.where(SaleVersionRow.actor_role == "customer").values(actor_name="", actor_address="")
    )
    moved = update(CreditEntry).where(CreditEntry.venue_id == venue_id, CreditEntry.order_id.in_(orders))
    await session.execute(
        moved.where(CreditEntry.actor_role == "customer").values(actor_name="", actor_address="")
    )
    return list(sales)
