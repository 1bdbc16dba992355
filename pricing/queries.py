"""Reading customers."""

import uuid

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from catalog.errors import Invalid
from catalog.venues import Venue
from pricing.customers import Customer


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


def _id(after: str) -> uuid.UUID:
    try:
        return uuid.UUID(after)
    except ValueError:
        raise Invalid("`after` is not the `next` of an earlier page.") from None
