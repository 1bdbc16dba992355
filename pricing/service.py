"""Writing customers and payments."""

import uuid
from datetime import datetime

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.actors import Actor
from catalog.base import new_id
from catalog.errors import Conflict
from catalog.queries import StoredVenue
from pricing.customers import Customer
from pricing.money import rounded
from pricing.paying import Owed, PaymentRequest, check_payment, settles, summed
from pricing.payments import Payment
from pricing.providers import PROVIDERS
from pricing.queries import payments_of, settled_by


def create_customer(
    session: AsyncSession,
    venue_id: uuid.UUID,
    *,
    name: str,
    email: str = "",
    phone: str = "",
    tier: str | None = None,
    language: str | None = None,
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
        language=language,
        created_at=now,
    )
    session.add(customer)
    return customer


async def record_payment(
    session: AsyncSession,
    venue: StoredVenue,
    asked: PaymentRequest,
    owed: Owed,
    *,
    order_id: uuid.UUID | None = None,
    sale_id: uuid.UUID | None = None,
    now: datetime,
    actor: Actor,
) -> Payment:
    """A payment for an order or a sale, carried out and written with the session's transaction.

    The caller has locked the row of the order or sale, so that no two refunds pass each other. Raises Invalid
    and RefundTooLarge, and what the provider refuses.
    """
    currency = venue.catalog.venue.currency
    earlier = await payments_of(session, venue.id, order_id=order_id, sale_id=sale_id)
    paid = summed(map(settled_by, earlier))
    check_payment(asked, paid.amount, currency)
    provider = PROVIDERS.get(asked.method)
    if provider is None:
        raise Conflict(f"Payments by {asked.method} are not taken here.", code="method_not_taken")
    amount = rounded(asked.amount, currency)
    payment = Payment(
        venue_id=venue.id,
        id=new_id(),
        order_id=order_id,
        sale_id=sale_id,
        at=now,
        amount=amount,
        method=asked.method,
        reference=asked.reference,
        taxes=msgspec.json.decode(msgspec.json.encode(settles(owed, paid, amount, currency))),
        actor_key=actor.key,
        actor_role=actor.role,
        actor_name=actor.name,
        actor_address=actor.address,
    )
    payment.reference = await provider.carry_out(session, payment)
    session.add(payment)
    await session.flush()
    return payment
