"""Customers: who pays, and who is written to."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class Customer(Base):
    """Known by its id alone: two customers may have the same name and the same e-mail address.

    `language`: of what is written to them; None: the venue's.
    """

    __tablename__ = "customer"
    __table_args__ = (Index("ix_customer_venue_id_name", "venue_id", "name", "id"),)

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    email: Mapped[str]
    phone: Mapped[str]
    tier: Mapped[str | None]
    language: Mapped[str | None]
    created_at: Mapped[datetime]
