"""Every module with entities: importing this one completes `METADATA`, for migrations and new databases."""

from api.mail import stored as mails
from api.my import stored as links
from api.people import stored as people
from booking import bookings, charges, day_plans, events, feeds, idempotency, orders
from catalog import calendars, organisations, products, resources, venues, versions
from catalog.base import Base
from pricing import credits, customers, payments, sales, stock, ticket_store

MODULES = (
    *(organisations, venues, resources, calendars, products, versions),
    *(customers, payments, credits, sales, stock, ticket_store),
    *(orders, bookings, charges, events, feeds, idempotency, day_plans),
    *(mails, links, people),
)
METADATA = Base.metadata
