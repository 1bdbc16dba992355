"""Writing customers."""

import uuid
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from catalog.base import new_id
from pricing.customers import Customer


def create_customer(
    session: AsyncSession,
    venue_id: uuid.UUID,
    *,
    name: str,
    email: str = "",
    phone: str = "",
    tier: str | None = None,
    now: datetime,
    customer_id: uuid.UUID | None = None,
) -> Customer:
    """A new customer, written with the session's transaction; nobody is merged (contract.md).

    `customer_id` is given where an order names the customer before the transaction that makes both.
    """
    customer = Customer(
        venue_id=venue_id,
        id=customer_id or new_id(),
        name=name,
        email=email,
        phone=phone,
        tier=tier,
        created_at=now,
    )
    session.add(customer)
    return customer
