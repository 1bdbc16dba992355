"""Blocks: intervals in which a resource is out of use."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class Block(Base):
    """The resource is out of use in [starts_at, ends_at), both on a whole minute. Removed, never deleted."""

    __tablename__ = "block"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "resource_id"], ["resource.venue_id", "resource.id"]),
        CheckConstraint("starts_at < ends_at", name="not_empty"),
        Index(
            "ix_block_venue_id_ends_at", "venue_id", "ends_at", postgresql_where=text("removed_at IS NULL")
        ),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    resource_id: Mapped[uuid.UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
