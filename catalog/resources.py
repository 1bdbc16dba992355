"""Rooms, staff and equipment, as stored."""

from catalog.base import Base
from catalog.venues import Definition


class Resource(Definition, Base):
    """`spec` is a ResourceSpec."""

    __tablename__ = "resource"
