"""Who owns venues, and the keys by which programs and people get in. Reference tables, small."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

ROLES = ("admin", "manager", "reception", "staff", "customer")


class Organisation(Base):
    """Owns venues. Nothing of one organisation can be told apart from what does not exist by another."""

    __tablename__ = "organisation"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime]


class ApiKey(Base):
    """A right to call. Only the SHA-256 `digest` of the key is kept, so a stolen database opens nothing.

    `venue_id` narrows it to one venue; `resource_key` is the calendar of a `staff` key, `customer_id` the
    customer of a signed link.
    """

    __tablename__ = "api_key"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    venue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("venue.id"))
    resource_key: Mapped[str | None]
    customer_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
