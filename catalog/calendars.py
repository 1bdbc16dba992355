"""Blocks: intervals in which a resource is out of use, and the calendars elsewhere that some come from."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class Block(Base):
    """The resource is out of use in [starts_at, ends_at), both on a whole minute. Removed, never deleted.

    `calendar_id`: the imported calendar that it comes from; None where somebody made it.
    """

    __tablename__ = "block"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "resource_id"], ["resource.venue_id", "resource.id"]),
        ForeignKeyConstraint(
            ["venue_id", "calendar_id"], ["imported_calendar.venue_id", "imported_calendar.id"]
        ),
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
    calendar_id: Mapped[uuid.UUID | None]


class ImportedCalendar(Base):
    """A calendar elsewhere whose busy times are blocks of a resource: at an address, or from a file.

    `refreshed_at` is the last success, `error` the sentence of a failure since; `next_at` is when it is to
    be read again. The blocks stay as they were at the last success until there is another.
    """

    __tablename__ = "imported_calendar"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "resource_id"], ["resource.venue_id", "resource.id"]),
        CheckConstraint("(url IS NULL) <> (content IS NULL)", name="source"),
        Index("ix_imported_calendar_next_at", "next_at", postgresql_where=text("removed_at IS NULL")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    resource_id: Mapped[uuid.UUID]
    name: Mapped[str]
    url: Mapped[str | None]
    content: Mapped[bytes | None]
    created_at: Mapped[datetime]
    tried_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    next_at: Mapped[datetime]
    failures: Mapped[int]
    error: Mapped[str]
    removed_at: Mapped[datetime | None]
