"""The links by which customers reach their orders, as stored."""

import uuid
from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class OrderLink(Base):
    """A link to one order. Only the digest of its secret is kept.

    It is made for the order's customer at that time and ends with that: whoever paid before does not
    reach what belongs to somebody else now.
    """

    __tablename__ = "order_link"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "order_id"], ["orders.venue_id", "orders.id"]),
        UniqueConstraint("venue_id", "digest"),
        Index("ix_order_link_venue_id_order_id", "venue_id", "order_id"),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    order_id: Mapped[uuid.UUID]
    customer_id: Mapped[uuid.UUID | None]
    digest: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
