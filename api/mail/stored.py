"""Mails, how far a venue's events have been read for them, and a venue's own wordings, as stored."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base

KINDS = ("confirmation", "change", "cancellation", "reminder")
STATES = ("queued", "sent", "failed", "kept")


class Mail(Base):
    """One mail to one recipient, whole, as it goes out however often it is tried.

    `event_seq` is the event that it tells of, `reminds_of` the start that it reminds of; neither: staff asked
    for it. `version` is that of the order it shows. `calendars`: its iTIP parts, `{method, name, content}`.
    `kept`: it is not sent, and `last_error` says why not. Queued, it is tried again at `next_at`.
    """

    __tablename__ = "mail"
    __table_args__ = (
        ForeignKeyConstraint(["venue_id", "order_id"], ["orders.venue_id", "orders.id"]),
        UniqueConstraint("venue_id", "message_id"),
        UniqueConstraint("venue_id", "event_seq", "recipient"),
        UniqueConstraint("venue_id", "order_id", "reminds_of", "recipient"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_mail_venue_id_order_id", "venue_id", "order_id"),
        Index("ix_mail_queued", "venue_id", "next_at", postgresql_where=text("state = 'queued'")),
    )

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    order_id: Mapped[uuid.UUID]
    version: Mapped[int]
    event_seq: Mapped[int | None] = mapped_column(BigInteger)
    reminds_of: Mapped[datetime | None]
    kind: Mapped[str]
    language: Mapped[str]
    recipient: Mapped[str]
    recipient_name: Mapped[str]
    sender: Mapped[str]
    sender_name: Mapped[str]
    message_id: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    calendars: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    state: Mapped[str]
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class MailCursor(Base):
    """Up to which event a venue's mails are written; without a row, from the first one on."""

    __tablename__ = "mail_cursor"

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    last_event: Mapped[int] = mapped_column(BigInteger)


class MailTemplate(Base):
    """A venue's own wording of one kind of mail in one language; without a row, the built-in one."""

    __tablename__ = "mail_template"
    __table_args__ = (CheckConstraint(f"kind IN {KINDS}", name="kind"),)

    venue_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    body: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]
