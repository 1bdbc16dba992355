"""Every module with entities: importing this one completes `METADATA`, for migrations and new databases."""

from api.mail import stored as mails
from api.my import stored as links
from booking import bookings, charges, events, idempotency, orders
from catalog import calendars, organisations, products, resources, venues
from catalog.base import Base
from pricing import customers, payments

MODULES = (
    *(organisations, venues, resources, calendars, products),
    *(customers, payments),
    *(orders, bookings, charges, events, idempotency),
    *(mails, links),
)
METADATA = Base.metadata
