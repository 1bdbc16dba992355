"""Users, their sessions and the record of what was done with rights, as stored. Reference tables, small."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

USER_ROLES = ("admin", "manager", "reception", "staff")


class UserRow(Base):
    """A person who signs in. `email` in small letters; `password` as argon2id's encoded hash.

    `venue_id` narrows the user to one venue; `resource_key` is the calendar that `staff` see.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("organisation_id", "email"),
        CheckConstraint(f"role IN {USER_ROLES}", name="role"),
        CheckConstraint(
            "role <> 'staff' OR (venue_id IS NOT NULL AND resource_key IS NOT NULL)", name="staff"
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organisation.id"))
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    venue_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("venue.id"))
    resource_key: Mapped[str | None]
    password: Mapped[str]
    created_at: Mapped[datetime]
    password_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]


class SessionRow(Base):
    """A browser that is signed in. Only the digest of its cookie is kept.

    `expires_at` moves ahead with use, up to a limit that counts from `created_at`.
    """

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_user_id", "user_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("user_account.id"))
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AuditRow(Base):
    """Something that was done with rights or with personal data: who, when, from where. Only ever added.

    `by` is the id of the key or user (None: of the server itself), `subject` what it was done to.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_organisation_id_id", "organisation_id", "id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    organisation_id: Mapped[uuid.UUID | None]
    at: Mapped[datetime]
    what: Mapped[str]
    by: Mapped[uuid.UUID | None]
    role: Mapped[str]
    name: Mapped[str]
    address: Mapped[str]
    subject: Mapped[uuid.UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)


class BucketRow(Base):
    """How often somebody has asked lately: `due` is when all of it is forgotten (api.limits).

    `who` is a digest. Not logged: after a crash of the database everybody begins anew.
    """

    __tablename__ = "throttle"
    __table_args__ = {"prefixes": ["UNLOGGED"]}  # noqa: RUF012 - SQLAlchemy reads it from the class

    who: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[datetime]
