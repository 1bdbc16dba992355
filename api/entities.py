"""Every module with entities: importing this one completes `METADATA`, for migrations and new databases."""

from catalog import calendars, organisations, products, resources, venues
from catalog.base import Base

MODULES = (organisations, venues, resources, calendars, products)
METADATA = Base.metadata
