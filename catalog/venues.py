"""A venue, its numbers, and what every definition of its catalog has in common."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from catalog.base import Base


class Venue(Base):
    """`spec` is a VenueSpec, `settings` a SettingsSpec; `catalog_version` rises when the document changes."""

    __tablename__ = "venue"
    __table_args__ = (UniqueConstraint("organisation_id", "key"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    key: Mapped[str]
    spec: Mapped[dict[str, Any]] = mapped_column(JSONB)
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)
    catalog_version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class VenueCounter(Base):
    """The numbers last given out in a venue: to an order, and to an event of its calendar.

    `parts_version` is the version of the catalog that last changed what a divisible resource consists of.
    A table of its own: every order writes it, and the venue itself is read all the time.
    """

    __tablename__ = "venue_counter"

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    last_order: Mapped[int]
    last_event: Mapped[int] = mapped_column(BigInteger)
    parts_version: Mapped[int] = mapped_column(server_default="0")


class Definition:
    """One definition of the catalog document, whole (docs/decisions/0001-definitions-as-values.md).

    `position` is its place in the document. What is gone from the document is `retired_at` an instant and
    keeps its id and key; it comes back to life when the document names the key again.
    """

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[UniqueConstraint, ...]:
        return (UniqueConstraint("venue_id", "key"),)

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key: Mapped[str]
    position: Mapped[int]
    spec: Mapped[dict[str, Any]] = mapped_column(JSONB)
    retired_at: Mapped[datetime | None]
