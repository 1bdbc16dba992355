"""Reading customers and payments."""

import uuid
from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import Invalid
from catalog.venues import Venue
from pricing.customers import Customer
from pricing.paying import Owed
from pricing.payments import Payment
from pricing.taxes import TaxRow


async def find_customer(
    session: AsyncSession, venue_id: uuid.UUID, customer_id: uuid.UUID
) -> Customer | None:
    """The customer of that id."""
    return await session.get(Customer, (venue_id, customer_id))


async def locate_customer(
    session: AsyncSession, organisation_id: uuid.UUID, customer_id: uuid.UUID
) -> Customer | None:
    """The customer of that id, of any venue of the organisation."""
    venues = select(Venue.id).where(Venue.organisation_id == organisation_id)
    known = select(Customer).where(Customer.venue_id.in_(venues), Customer.id == customer_id)
    return await session.scalar(known)


async def find_customers(
    session: AsyncSession, venue_id: uuid.UUID, words: str = "", *, limit: int = 100, after: str | None = None
) -> tuple[list[Customer], str | None]:
    """Those with each word in name, e-mail address or telephone number, by name; the cursor of the next."""
    statement = select(Customer).where(Customer.venue_id == venue_id)
    for word in words.split():
        columns = (Customer.name, Customer.email, Customer.phone)
        statement = statement.where(or_(*(c.icontains(word, autoescape=True) for c in columns)))
    if after is not None:
        last = await find_customer(session, venue_id, _id(after))
        if last is None:
            raise Invalid("`after` is not the `next` of an earlier page.")
        statement = statement.where(tuple_(Customer.name, Customer.id) > tuple_(last.name, last.id))
    found = await session.scalars(statement.order_by(Customer.name, Customer.id).limit(limit + 1))
    customers = list(found)
    return customers[:limit], str(customers[limit - 1].id) if len(customers) > limit else None


async def payments_of(
    session: AsyncSession,
    venue_id: uuid.UUID,
    *,
    order_id: uuid.UUID | None = None,
    sale_id: uuid.UUID | None = None,
) -> tuple[Payment, ...]:
    """What was paid for an order or a sale, the first payment first."""
    subject = Payment.order_id == order_id if sale_id is None else Payment.sale_id == sale_id
    found = select(Payment).where(Payment.venue_id == venue_id, subject).order_by(Payment.id)
    return tuple(await session.scalars(found))


async def payments_by_order(
    session: AsyncSession, venue_id: uuid.UUID, orders: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[Payment, ...]]:
    """The same of several orders at once; every order is in it."""
    if not orders:
        return {}
    wanted = select(Payment).where(Payment.venue_id == venue_id, Payment.order_id.in_(orders))
    found = list(await session.scalars(wanted.order_by(Payment.id)))
    return {order: tuple(p for p in found if p.order_id == order) for order in orders}


async def payments_between(
    session: AsyncSession, venue_id: uuid.UUID, first: datetime, last: datetime
) -> tuple[Payment, ...]:
    """What was paid and paid back in [first, last), for whatever it was, the first payment first."""
    wanted = select(Payment).where(Payment.venue_id == venue_id, Payment.at >= first, Payment.at < last)
    return tuple(await session.scalars(wanted.order_by(Payment.at, Payment.id)))


def settled_by(payment: Payment) -> Owed:
    """What a payment settles, by rate."""
    return Owed(amount=payment.amount, taxes=msgspec.convert(payment.taxes, tuple[TaxRow, ...]))


def _id(after: str) -> uuid.UUID:
    try:
        return uuid.UUID(after)
    except ValueError:
        raise Invalid("`after` is not the `next` of an earlier page.") from None
