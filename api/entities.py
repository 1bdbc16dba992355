"""Every module with entities: importing this one completes `METADATA`, for migrations and new databases."""

from booking import bookings, events, idempotency, orders
from catalog import calendars, organisations, products, resources, venues
from catalog.base import Base
from pricing import customers

MODULES = (
    *(organisations, venues, resources, calendars, products),
    *(customers,),
    *(orders, bookings, events, idempotency),
)
METADATA = Base.metadata
