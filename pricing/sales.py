"""Sales at the point of sale and their versions, as stored.

As with orders, what a sale is, is the value of its present version (pricing.sale); the other columns are what
it is found and joined by.
"""

import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

STATUSES = ("open", "saved", "closed", "voided", "refunded")


class SaleRow(Base):
    """A sale, as of the instant at which it took place."""

    __tablename__ = "sale"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "customer_id"], ["customer.venue_id", "customer.id"]),
        CheckConstraint(f"status IN {STATUSES}", name="status"),
        Index("ix_sale_venue_id_sold_at", "venue_id", "sold_at", "id"),
        Index("ix_sale_venue_id_customer_id", "venue_id", "customer_id"),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    status: Mapped[str]
    customer_id: Mapped[uuid.UUID | None]
    sold_at: Mapped[datetime]
    total: Mapped[Decimal]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class SaleVersionRow(Base):
    """What the sale was from `at` on, whole, and who made it so. Only ever added."""

    __tablename__ = "sale_version"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "sale_id"], ["sale.venue_id", "sale.id"]),
        Index("ix_sale_version_addressed", "at", postgresql_where=text("actor_address <> ''")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    sale_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor_key: Mapped[uuid.UUID | None]
    actor_role: Mapped[str]
    actor_name: Mapped[str]
    actor_address: Mapped[str] = mapped_column(server_default="")
    what: Mapped[str]
    value: Mapped[dict[str, Any]] = mapped_column(JSONB)
